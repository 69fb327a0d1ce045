//! A statement that is written anew means what it is to mean: it is put in the place of the old one, read again and compared.

use std::collections::BTreeMap;

use rolelint::estate::{Estate, gather};
use rolelint::eval::{Options, STACK_SIZE};
use rolelint::policy::rewrite::{Draft, lines};
use rolelint::policy::{Items, Statement};
use rolelint::source::{File, FileKind, Files, ReadError, Sources, Span};
use rolelint::terraform;

struct Memory(BTreeMap<String, String>);

impl Files for Memory {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        self.0.get(path).map(|text| text.clone().into_bytes()).ok_or(ReadError::NotFound)
    }
    fn exists(&self, path: &str) -> bool {
        self.0.contains_key(path)
    }
    fn list(&self, _: &str) -> Vec<String> {
        self.0.keys().cloned().collect()
    }
}

/// What `use_statements` makes of all statements of the policies of a project.
fn read<T: Send>(files: &[(&str, String)], use_statements: impl FnOnce(&[Statement], &Sources) -> T + Send) -> T {
    let run = || {
        let memory = files.iter().map(|(name, text)| ((*name).to_owned(), text.clone())).collect();
        let sources = Sources::new(Box::new(Memory(memory)));
        let kind = |name: &str| match name.ends_with(".tf.json") {
            true => Some(FileKind::HclJson),
            false => name.ends_with(".tf").then_some(FileKind::Hcl),
        };
        let parsed = files.iter().filter_map(|(name, text)| Some(File::new(*name, kind(name)?, text.as_bytes().to_vec())));
        let mut ids: Vec<_> = parsed.map(|file| sources.add(file)).collect();
        let (tree, _) = terraform::complete(&sources, &mut ids, &[], ".terraform", &mut |_| Vec::new());
        let options = Options { workspace: None, variables: Vec::new() };
        let gathered = |root| gather(&tree, &sources, &options, root, &|_| true).estate;
        let estates: Vec<Estate> = tree.roots().into_iter().map(gathered).collect();
        let policies = estates.iter().flat_map(|estate| &estate.policies);
        let statements: Vec<Statement> = policies.flat_map(|attached| attached.document.statements.clone()).collect();
        use_statements(&statements, &sources)
    };
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK_SIZE).spawn_scoped(scope, run).unwrap();
        thread.join().unwrap()
    })
}

fn items(items: &Option<Items>) -> Vec<String> {
    let Some(items) = items else { return Vec::new() };
    let negated = if items.negated { "not " } else { "" };
    assert!(items.gap.is_none(), "{items:?}");
    items.items.iter().map(|item| format!("{negated}{:?}", item.pattern)).collect()
}

/// What a statement means.
fn meaning(statement: &Statement) -> String {
    let principals = statement.principals.iter().flat_map(|principals| &principals.items);
    let principals: Vec<String> = principals.map(|principal| format!("{:?} {:?}", principal.kind, principal.item.pattern)).collect();
    let mut conditions: Vec<String> = Vec::new();
    for condition in &statement.conditions {
        let values: Vec<_> = condition.values.iter().map(|value| &value.pattern).collect();
        conditions.push(format!("{:?} {} {values:?} {:?}", condition.operator, condition.key, condition.gap.is_some()));
    }
    conditions.sort();
    let sid = statement.sid.as_ref().map(|sid| &*sid.text).filter(|sid| !sid.is_empty());
    let (actions, resources) = (items(&statement.actions), items(&statement.resources));
    format!("{sid:?} {:?}\n  {principals:?}\n  {actions:?}\n  {resources:?}\n  {conditions:#?}", statement.effect)
}

/// A project whose first statement of a file is replaced.
struct Case {
    file: &'static str,
    files: Vec<(&'static str, String)>,
}

impl Case {
    fn one(file: &'static str, text: String) -> Case {
        Case { file, files: vec![(file, text)] }
    }

    fn text(&self) -> &str {
        self.files.iter().find(|(name, _)| *name == self.file).map_or("", |(_, text)| text)
    }

    /// The statement as `drafts` write it, and what the policy means with that in its place; nothing if it could not be written.
    fn rewritten(&self, drafts: impl Fn(&Statement) -> Vec<Draft<'_>> + Send + Sync) -> Option<(String, Vec<String>)> {
        let (span, written): (Span, Option<Vec<String>>) = read(&self.files, |statements, sources| {
            let first = statements.first().expect("a statement");
            assert_eq!(sources.file(first.place.span.file).path, self.file);
            (first.place.span, lines(&drafts(first), sources))
        });
        let written = written?.join("\n");
        let (before, rest) = self.text().split_at(span.range().start);
        let text = format!("{before}{}{}", written.trim_start(), rest.split_at(span.range().len()).1);
        let files: Vec<(&str, String)> =
            self.files.iter().map(|(name, old)| (*name, if *name == self.file { text.clone() } else { old.clone() })).collect();
        let meanings = read(&files, |statements, _| statements.iter().map(meaning).collect());
        Some((written, meanings))
    }

    fn meaning(&self) -> Vec<String> {
        read(&self.files, |statements, _| statements.iter().map(meaning).collect())
    }
}

/// What people and attackers put into strings, as IAM is to get it.
const HOSTILE: &[&str] = &[
    "plain",
    "a\"b",
    "back\\slash \\052",
    "${aws:username}",
    "$${x}",
    "%{ if true }",
    "&{aws:username}",
    "line\nbreak\ttab",
    "\u{7}bell é 𝄞",
    "*?",
    "]}, {[",
    "# no comment // /* ",
    "<<EOT",
    "trailing\\",
    "'",
];

fn hcl(text: &str) -> String {
    let json = serde_json::to_string(text).unwrap();
    json.replace("\\b", "\\u0008").replace("\\f", "\\u000c").replace("${", "$${").replace("%{", "%%{")
}

fn json(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

fn policy(of: &str) -> String {
    format!("resource \"aws_s3_bucket\" \"b\" {{}}\n\nresource \"aws_iam_policy\" \"p\" {{\n  policy = {of}\n}}\n")
}

fn object(text: &str) -> String {
    let text = hcl(text);
    format!(
        "{{\n  Sid = \"One\"\n  Effect = \"Allow\"\n  Action = [\"s3:GetObject\", {text}]\n  Resource = [aws_s3_bucket.b.arn, {text}]\n  \
         Condition = {{ StringLike = {{ {text} = [{text}, \"x\"] }} }}\n}}"
    )
}

fn json_object(text: &str, template: bool) -> String {
    let text = if template { json(text).replace("${", "$${").replace("%{", "%%{") } else { json(text) };
    let bucket = if template { "${aws_s3_bucket.b.arn}" } else { "arn:aws:s3:::b" };
    format!(
        "{{ \"Sid\": \"One\", \"Effect\": \"Allow\", \"Action\": [\"s3:GetObject\", {text}], \"Resource\": [\"{bucket}\", {text}],\n \
         \"Condition\": {{ \"StringLike\": {{ {text}: [{text}, \"x\"] }} }} }}"
    )
}

fn block(text: &str) -> String {
    let text = hcl(text);
    format!(
        "statement {{\n    sid = \"One\"\n    actions = [\"s3:GetObject\", {text}]\n    resources = [aws_s3_bucket.b.arn, {text}]\n    \
         condition {{\n      test = \"StringLike\"\n      variable = {text}\n      values = [{text}, \"x\"]\n    }}\n  }}"
    )
}

fn document(statement: &str) -> String {
    let used = policy("data.aws_iam_policy_document.d.json");
    format!("data \"aws_iam_policy_document\" \"d\" {{\n  {statement}\n}}\n{used}")
}

/// One statement with `text` in it, in every language; in some it does not stand there as such.
fn everywhere(text: &str) -> Vec<Case> {
    let whole = |statement: String| format!("{{ \"Version\": \"2012-10-17\", \"Statement\": [{statement}] }}");
    let heredoc = |text: &str| policy(&format!("<<-JSON\n    {}\n  JSON", whole(json_object(text, true))));
    let values = |text: &str| format!("[{}, \"x\"]", hcl(text));
    let made = format!(
        "merge({{ Effect = \"Allow\", Action = {0} }}, {{ Sid = \"One\", Resource = concat([aws_s3_bucket.b.arn], {0}), Condition = {{ StringLike = {{ {1} = {0} }} }} }})",
        values(text),
        hcl(text)
    );
    let dynamic = format!(
        "dynamic \"statement\" {{\n  for_each = [{}]\n  content {{\n    actions = [statement.value]\n    resources = [statement.value, \
         aws_s3_bucket.b.arn]\n  }}\n}}",
        hcl(text)
    );
    vec![
        Case::one("object.tf", policy(&format!("jsonencode({{\n  Version = \"2012-10-17\"\n  Statement = [{}] }})", object(text)))),
        Case::one("alone.tf", policy(&format!("jsonencode({{\n  Version = \"2012-10-17\"\n  Statement = {} }})", object(text)))),
        Case::one("heredoc.tf", heredoc(text)),
        Case {
            file: "policy.json",
            files: vec![("policy.json", whole(json_object(text, false))), ("main.tf", policy("file(\"${path.module}/policy.json\")"))],
        },
        Case::one("block.tf", document(&block(text))),
        Case::one("made.tf", policy(&format!("jsonencode({{\n  Version = \"2012-10-17\"\n  Statement = [{made}] }})"))),
        Case::one("dynamic.tf", document(&dynamic)),
    ]
}

#[test]
fn a_statement_written_again_is_the_same() {
    for text in HOSTILE {
        for case in everywhere(text) {
            let same = case.meaning();
            if case.file == "dynamic.tf" {
                // It has no statement of its own to be put in the place of.
                continue;
            }
            let (written, meanings) = case.rewritten(|statement| vec![Draft::of(statement)]).unwrap_or_else(|| panic!("{}", case.text()));
            assert_eq!(meanings, same, "{}: {text:?}\n{written}", case.file);
            assert!(written.lines().all(|line| line.starts_with(' ')), "{written}");
        }
    }
}

#[test]
fn a_statement_is_split_and_changed() {
    for text in HOSTILE {
        for case in everywhere(text).into_iter().filter(|case| case.file != "dynamic.tf") {
            let first = |item: &rolelint::policy::Item| &*item.text == "s3:GetObject";
            let (written, meanings) = case
                .rewritten(|statement| {
                    let conditioned = Draft::of(statement).keep_actions(|item| !first(item)).resources(&[text]);
                    let conditioned = conditioned.condition("StringEquals", "aws:PrincipalTag/team", &[text, "y"]);
                    vec![conditioned, Draft::of(statement).named("Others").keep_actions(first).keep_conditions(|_| false)]
                })
                .unwrap_or_else(|| panic!("{}", case.text()));
            let [conditioned, others] = meanings.as_slice() else { panic!("{}\n{written}\n{meanings:#?}", case.file) };
            assert!(conditioned.starts_with("Some(\"One\")") && others.starts_with("Some(\"OneOthers\")"), "{written}");
            // All that it said before is still there, and what it is to say from now on.
            let (test, tag) = ("base: StringLike", "base: StringEquals");
            assert!(
                conditioned.contains(test) && conditioned.contains(tag) && !others.contains(test) && !others.contains(tag),
                "{written}"
            );
            assert!(!conditioned.contains("s3:GetObject"), "{written}");
            assert_eq!(others.contains("s3:GetObject"), case.file != "made.tf", "{written}");
        }
    }
}

#[test]
fn what_a_user_wrote_stays_as_it_is() {
    let text = r#"
variable "zones" { type = list(string) }
resource "aws_iam_policy" "p" {
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = {
      "Effect" = "Allow"
      Action = [
        "route53:ChangeResourceRecordSets", # the challenge
        "route53:List*",
      ]
      Resource  = [for zone in var.zones : "arn:aws:route53:::hostedzone/${zone}"]
      Condition = { StringEquals = { "aws:PrincipalTag/${var.zones[0]}" = "x" } }
    }
  })
}
"#;
    let case = Case::one("main.tf", text.to_owned());
    let written = read(&case.files, |statements, sources| {
        let first = statements.first().unwrap();
        let change = |item: &rolelint::policy::Item| item.text.contains("Change");
        let drafts = [Draft::of(first).keep_actions(change), Draft::of(first).keep_actions(|item| !change(item))];
        lines(&drafts, sources).unwrap().join("\n")
    });
    let expected = r#"  [
    {
      Effect    = "Allow"
      Action    = ["route53:ChangeResourceRecordSets"]
      Resource  = [for zone in var.zones : "arn:aws:route53:::hostedzone/${zone}"]
      Condition = { StringEquals = { "aws:PrincipalTag/${var.zones[0]}" = "x" } }
    },
    {
      Effect    = "Allow"
      Action    = ["route53:List*"]
      Resource  = [for zone in var.zones : "arn:aws:route53:::hostedzone/${zone}"]
      Condition = { StringEquals = { "aws:PrincipalTag/${var.zones[0]}" = "x" } }
    }
  ]"#;
    assert_eq!(written, expected);
}
