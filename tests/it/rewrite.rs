//! A statement that is written anew means what it is to mean: it is put in the place of the old one, read again and compared.

use std::collections::BTreeMap;

use rolelint::config::Config;
use rolelint::estate::{Concerns, Estate, gather};
use rolelint::eval::{Options, STACK_SIZE};
use rolelint::finding::{Edit, Replacement};
use rolelint::policy::rewrite::{self, Draft, Paste, paste};
use rolelint::policy::{Items, Statement};
use rolelint::source::{File, FileKind, Files, ReadError, Sources};
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

/// A line as a report shows it.
fn shown(line: &str) -> String {
    if line.is_empty() { String::new() } else { format!("  {line}") }
}

fn lines(drafts: &[Draft], sources: &Sources) -> Option<Vec<String>> {
    paste(drafts, sources).map(|paste| paste.text.lines().map(shown).collect())
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
        let gathered = |root| gather(&tree, &sources, &options, &Config::default(), root, &Concerns::of(&tree, &sources, &options)).estate;
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
        let pasted: Option<(Paste, String)> = read(&self.files, |statements, sources| {
            let first = statements.first().expect("a statement");
            assert_eq!(sources.file(first.place.span.file).path, self.file);
            let paste = paste(&drafts(first), sources)?;
            let replacement = Replacement { span: paste.span, text: paste.text.clone() };
            Some((paste, replacement.in_place(sources)))
        });
        let (Paste { text: written, span, stands, .. }, in_place) = pasted?;
        assert!(stands, "{written}");
        let (before, rest) = self.text().split_at(span.range().start);
        let text = format!("{before}{in_place}{}", rest.split_at(span.range().len()).1);
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

/// A string of Terraform's JSON syntax, which is a template.
fn json_template(text: &str) -> String {
    json(&text.replace("${", "$${").replace("%{", "%%{"))
}

fn json_block(text: &str) -> String {
    let text = json_template(text);
    format!(
        "{{\"data\": {{\"aws_iam_policy_document\": {{\"d\": {{\"statement\": [\n  {{ \"sid\": \"One\", \"actions\": [\"s3:GetObject\", {text}], \
         \"resources\": [\"arn:aws:s3:::b\", {text}], \"condition\": {{ \"test\": \"StringLike\", \"variable\": {text}, \"values\": [{text}, \"x\"] }} }}\n\
         ]}}}}}}, \"resource\": {{\"aws_iam_policy\": {{\"p\": {{\"policy\": \"${{data.aws_iam_policy_document.d.json}}\"}}}}}}}}"
    )
}

fn quoted_json(text: &str) -> String {
    let whole = format!("{{ \"Version\": \"2012-10-17\", \"Statement\": [{}] }}", json_object(text, false));
    format!("{{\"resource\": {{\"aws_iam_policy\": {{\"p\": {{\"policy\": {}}}}}}}}}", json_template(&whole))
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
        Case::one("block.tf.json", json_block(text)),
        Case::one("quoted.tf.json", quoted_json(text)),
        Case::one("made.tf", policy(&format!("jsonencode({{\n  Version = \"2012-10-17\"\n  Statement = [{made}] }})"))),
        Case::one("dynamic.tf", document(&dynamic)),
    ]
}

#[test]
fn a_statement_written_again_is_the_same() {
    for text in HOSTILE {
        for case in everywhere(text) {
            let same = case.meaning();
            if case.file == "quoted.tf.json" {
                // What is shown is a statement of its own, and cannot be put in the place of the old one.
                continue;
            }
            let (written, meanings) = case.rewritten(|statement| vec![Draft::of(statement)]).unwrap_or_else(|| panic!("{}", case.text()));
            assert_eq!(meanings, same, "{}: {text:?}\n{written}", case.file);
        }
    }
}

#[test]
fn a_statement_is_split_and_changed() {
    for text in HOSTILE {
        for case in everywhere(text).into_iter().filter(|case| !["dynamic.tf", "quoted.tf.json"].contains(&case.file)) {
            let first = |item: &rolelint::policy::Item| &*item.text == "s3:GetObject";
            let (written, meanings) = case
                .rewritten(|statement| {
                    let conditioned = Draft::of(statement).keep_actions(|item| !first(item)).resources(&[text]);
                    let conditioned = conditioned.condition("StringEquals", "aws:PrincipalTag/team", &[text, "y"]);
                    vec![conditioned, Draft::of(statement).named("Others", None).keep_actions(first).keep_conditions(|_| false)]
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

/// The statements of JSON inside of a quoted string, as statements of their own.
#[test]
fn what_cannot_be_replaced_is_written_as_it_is_known() {
    for text in HOSTILE {
        let cases = everywhere(text).into_iter().filter(|case| case.file == "quoted.tf.json");
        for case in cases {
            let same = case.meaning();
            let written = read(&case.files, |statements, sources| {
                let first = statements.first().unwrap();
                lines(&[Draft::of(first)], sources).unwrap_or_else(|| panic!("{}", case.text())).join("\n")
            });
            let again = policy(&format!("<<-JSON\n{{ \"Version\": \"2012-10-17\", \"Statement\": [{written}] }}\nJSON"));
            assert_eq!(Case::one("again.tf", again).meaning(), same, "{text:?}\n{written}");
        }
    }
}

#[test]
fn principals_stay() {
    let trust = |of: &str| format!("resource \"aws_iam_role\" \"r\" {{\n  assume_role_policy = {of}\n}}\n");
    let object = "jsonencode({ Version = \"2012-10-17\", Statement = [{ Effect = \"Allow\", Action = [\"sts:AssumeRole\", \"sts:TagSession\"], \
                  Principal = { AWS = [aws_iam_user.u.arn], Service = \"ec2.amazonaws.com\" } }] })";
    let made = object.replace("[{ Effect", "[merge({ Effect").replace(" } }] })", " } }, {})] })");
    let json = trust(
        "<<-JSON\n    { \"Version\": \"2012-10-17\", \"Statement\": { \"Effect\": \"Allow\", \"Action\": [\"sts:AssumeRole\", \"sts:TagSession\"], \
         \"Principal\": { \"AWS\": \"${aws_iam_user.u.arn}\" } } }\n  JSON",
    );
    let block = "data \"aws_iam_policy_document\" \"d\" {\n  statement {\n    actions = [\"sts:AssumeRole\", \"sts:TagSession\"]\n    principals {\n      \
                 type = \"AWS\"\n      identifiers = [aws_iam_user.u.arn]\n    }\n  }\n}\n";
    let block = format!("{block}{}", trust("data.aws_iam_policy_document.d.json"));
    for text in [trust(object), trust(&made), json, block] {
        let case = Case::one("main.tf", format!("resource \"aws_iam_user\" \"u\" {{ name = \"u\" }}\n{text}"));
        let same = case.meaning();
        let assume = |item: &rolelint::policy::Item| item.text.ends_with("AssumeRole");
        let (written, meanings) = case.rewritten(|statement| vec![Draft::of(statement)]).unwrap();
        assert_eq!(meanings, same, "{written}");
        let (written, meanings) = case
            .rewritten(|statement| {
                let half = |wanted: bool| Draft::of(statement).keep_actions(|item| assume(item) == wanted);
                vec![half(true), half(false)]
            })
            .unwrap();
        let principals: Vec<_> = meanings.iter().map(|meaning| meaning.lines().nth(1)).collect();
        assert_eq!(principals, [same[0].lines().nth(1); 2], "{written}");
    }
}

/// Where not all of a statement is known, no statement is shown that would lack something.
#[test]
fn nothing_is_written_of_what_is_not_known() {
    let text = "variable \"more\" {}\nresource \"aws_iam_policy\" \"p\" {\n  policy = jsonencode({ Version = \"2012-10-17\", Statement = [merge({ Effect = \
                \"Allow\", Action = \"s3:GetObject\", Resource = concat([\"*\"], var.more) }, {})] })\n}\n";
    let case = Case::one("main.tf", text.to_owned());
    let shown = |resources: Option<&str>| {
        read(&case.files, |statements, sources| {
            let draft = Draft::of(statements.first().unwrap());
            let draft = resources.map_or_else(|| draft.clone(), |arn| draft.clone().resources(&[arn]));
            lines(&[draft], sources)
        })
    };
    assert_eq!(shown(None), None);
    assert!(shown(Some("arn:aws:s3:::b/*")).is_some());
}

/// A statement of thousands of resources is not written into every finding.
#[test]
fn a_very_long_statement_is_not_shown() {
    let resources = |count: usize| (0..count).map(|n| format!("\"arn:aws:s3:::bucket-{n}\"")).collect::<Vec<_>>().join(", ");
    let shown = |count| {
        let statement = format!("{{ Effect = \"Allow\", Action = \"s3:*\", Resource = concat([{}], []) }}", resources(count));
        let case =
            Case::one("main.tf", policy(&format!("jsonencode({{ Version = \"2012-10-17\", Statement = [merge({statement}, {{}})] }})")));
        read(&case.files, |statements, sources| lines(&[Draft::of(statements.first().unwrap())], sources))
    };
    assert_eq!(shown(30).map(|lines| lines.len()), Some(36));
    assert_eq!(shown(400), None);
}

/// What is written once for many: a `for`, a `dynamic` block, an argument of a module. Split in two and put back, it gives the two for
/// each, and no instance's value has taken the place of the others'.
#[test]
fn a_repeated_statement_is_split_for_each() {
    let zones = "variable \"zones\" { default = [\"A\", \"B\"] }\n";
    let statement =
        |sid: &str| format!("{{ Sid = {sid}, Effect = \"Allow\", Action = [\"s3:GetObject\", \"s3:PutObject\"], Resource = z }}");
    let list = |list: &str| policy(&format!("jsonencode({{ Version = \"2012-10-17\", Statement = {list} }})"));
    let each = |value: &str| format!("[for z in var.zones : {value} if z != \"C\"]");
    let dynamic = |head: &str, name: &str| {
        document(&format!(
            "  dynamic \"statement\" {{\n    {head}\n    content {{\n      sid = \"Of${{{name}.value}}\"\n      actions = [\"s3:GetObject\", \"s3:PutObject\"]\n      \
             resources = [\"arn:aws:s3:::${{{name}.value}}\"]\n    }}\n  }}"
        ))
    };
    let cases = [
        list(&each(&statement("\"Of${z}\""))),
        list(&format!("concat({}, [])", each(&statement("z")))),
        list(&format!("flatten([{}])", each(&statement("\"Of${z}\"")))),
        list(&format!("[for z in var.zones :\n      {}\n    ]", statement("\"Of${z}\""))),
        list(&format!("flatten([for z in var.zones : [{}]])", statement("\"Of${z}\""))),
        dynamic("for_each = var.zones", "statement"),
        dynamic("for_each = var.zones\n    iterator = each_zone", "each_zone"),
    ];
    let get = |item: &rolelint::policy::Item| &*item.text == "s3:GetObject";
    for text in cases {
        let case = Case::one("main.tf", format!("{zones}{text}"));
        let before = case.meaning();
        let (written, meanings) = case
            .rewritten(|statement| {
                vec![Draft::of(statement).keep_actions(get), Draft::of(statement).named("Others", None).keep_actions(|item| !get(item))]
            })
            .unwrap_or_else(|| panic!("{text}"));
        assert_eq!(before.len(), 2, "{before:#?}");
        let put = meanings.iter().filter(|meaning| meaning.contains("s3:PutObject") && meaning.contains("Others\")"));
        let got: Vec<String> = meanings.iter().filter(|meaning| meaning.contains("s3:GetObject")).cloned().collect();
        let without = |meaning: &String| meaning.replace(", \"Pattern(s3:PutObject)\"", "");
        assert_eq!((meanings.len(), put.count(), got.len()), (4, 2, 2), "{written}\n{meanings:#?}");
        for (got, before) in got.iter().zip(&before) {
            let same = |line: usize| got.lines().nth(line) == before.lines().nth(line);
            assert!(same(0) && same(3), "{written}\n{got}\n{}", without(before));
        }
    }
}

/// Two statements do not stand where one value is asked for, and an arm of a condition keeps its type.
#[test]
fn two_statements_are_not_shown_where_one_stands() {
    let statement = "{ Effect = \"Allow\", Action = [\"s3:GetObject\", \"s3:PutObject\"], Resource = \"*\" }";
    let other = statement.replace("Allow", "Deny");
    let cases = [
        (format!("[true ? {statement} : null]"), true),
        (format!("concat(true ? [{statement}] : [], [])"), true),
        (format!("[true ? {statement} : {other}]"), false),
        (format!("true ? [{statement}] : [{other}]"), false),
        (format!("values({{ for n in [1] : n => {statement} }})"), true),
        (format!("values({{ a = {statement} }})"), true),
        ("[local.one]".to_owned(), true),
    ];
    for (list, one) in cases {
        let text = policy(&format!("jsonencode({{ Version = \"2012-10-17\", Statement = {list} }})"));
        let case = Case::one("main.tf", format!("locals {{\n  one = {statement}\n}}\n{text}"));
        let shown = read(&case.files, |statements, sources| {
            let draft = Draft::of(statements.first().unwrap_or_else(|| panic!("{text}")));
            let split = [draft.clone().keep_actions(|item| item.text.ends_with("GetObject")), draft.clone()];
            (lines(&[draft], sources).is_some(), lines(&split, sources).is_some())
        });
        assert_eq!(shown, (one, false), "{text}");
    }
}

/// A second statement needs a Sid that no other has, and that AWS takes.
#[test]
fn a_new_sid_is_one_that_no_other_statement_has() {
    let sid = |own: &str, suffix: &str| {
        let text = format!(
            "jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Sid = {own}, Effect = \"Allow\", Action = \"s3:*\", Resource = \"*\" }}] }})"
        );
        let case = Case::one("main.tf", format!("variable \"v\" {{}}\nlocals {{\n  a = \"A\"\n}}\n{}", policy(&text)));
        let written =
            read(&case.files, |statements, sources| lines(&[Draft::of(statements.first().unwrap()).named(suffix, None)], sources).unwrap());
        written.iter().find_map(|line| Some(line.split_once("Sid      = ")?.1.to_owned()))
    };
    assert_eq!(sid("\"A\"", "Others").as_deref(), Some("\"AOthers\""));
    assert_eq!(sid("\"A${var.v}\"", "Others").as_deref(), Some("\"A${var.v}Others\""));
    assert_eq!(sid("local.a", "Others").as_deref(), Some("\"${local.a}Others\""));
    for none in ["\"not a sid\"", "\"a-${var.v}\"", "\"\"", "format(\"A\")"] {
        assert_eq!(sid(none, "Others"), None, "{none}");
    }
}

/// Comments that silence rules are about what is replaced.
#[test]
fn ignore_comments_are_not_copied() {
    let text = "jsonencode({ Version = \"2012-10-17\", Statement = [{\n  Effect = \"Allow\"\n  Action = [\n    \"s3:Get*\", # rolelint: ignore[scoped-resource] known\n    # \
                rolelint: ignore[admin-access]\n    \"s3:Put#1\", # the second\n  ]\n  Resource = \"*\"\n}] })";
    let case = Case::one("main.tf", policy(text));
    let written = read(&case.files, |statements, sources| lines(&[Draft::of(statements.first().unwrap())], sources)).unwrap().join("\n");
    let expected = "  {\n    Effect = \"Allow\"\n    Action = [\n      \"s3:Get*\",\n      \"s3:Put#1\", # the second\n    ]\n    Resource = \"*\"\n  }";
    assert_eq!(written, expected);
}

/// What an operator, a key or an action is replaced by where it stands.
fn replaced(files: &[(&str, String)], of: impl Fn(&Statement, &Sources) -> Option<Edit> + Send + Sync) -> Option<String> {
    read(files, |statements, sources| {
        let edit = of(statements.first().unwrap(), sources)?;
        let [only] = edit.replacements.as_slice() else { panic!("{edit:?}") };
        Some(format!("{} -> {}", sources.text(only.span), only.in_place(sources)))
    })
}

#[test]
fn a_token_is_replaced_where_it_is_written() {
    let operator = |statement: &Statement, sources: &Sources| {
        rewrite::operator(&statement.conditions[0], statement, "ForAnyValue:StringLike", sources)
    };
    let action = |statement: &Statement, sources: &Sources| {
        let item = &statement.actions.as_ref().unwrap().items[0];
        rewrite::token(&item.place, &item.text, "a:\"${b}\\", sources)
    };
    let of_all = |text: &str| everywhere(text).into_iter().filter(|case| case.file != "dynamic.tf").map(|case| (case.file, case.files));
    let shown: Vec<_> = of_all("a").map(|(file, files)| (file, replaced(&files, operator), replaced(&files, action))).collect();
    let token = |old: &str, new: &str| Some(format!("{old} -> {new}"));
    let (bare, quoted) = ("StringLike -> \"ForAnyValue:StringLike\"", "\"StringLike\" -> \"ForAnyValue:StringLike\"");
    let hcl = token("\"s3:GetObject\"", r#""a:\"$${b}\\""#);
    let expected = [
        ("object.tf", Some(bare), hcl.clone()),
        ("alone.tf", Some(bare), hcl.clone()),
        ("heredoc.tf", Some(quoted), hcl.clone()),
        // Whether it is read as a template is not known.
        ("policy.json", Some(quoted), None),
        ("block.tf", Some(quoted), hcl),
        ("block.tf.json", Some(quoted), None),
        ("quoted.tf.json", None, None),
        ("made.tf", Some(bare), token("\"a\"", r#""a:\"$${b}\\""#)),
    ];
    let shown: Vec<_> = shown.iter().map(|(file, operator, action)| (*file, operator.as_deref(), action.clone())).collect();
    assert_eq!(shown, expected);
}

#[test]
fn what_is_not_written_there_or_not_for_it_alone_stays() {
    let statement = |condition: &str| {
        policy(&format!(
            "jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Allow\", Action = [var.action, local.action, \"s3:${{local.action}}\"], \
             Resource = \"*\", Condition = {{ {condition} }} }}] }})"
        )) + "variable \"action\" { default = \"s3:Get*\" }\nlocals { action = \"s3:Put*\" }\n"
    };
    let operator = |condition: &str| {
        let files = [("main.tf", statement(condition))];
        replaced(&files, |statement, sources| rewrite::operator(&statement.conditions[0], statement, "ArnLike", sources)).is_some()
    };
    assert!(operator("StringLike = { \"aws:SourceArn\" = \"*\" }"));
    assert!(!operator("StringLike = { \"aws:SourceArn\" = \"*\", \"aws:userid\" = \"*\" }"));
    assert!(!operator("StringLike = { \"aws:SourceArn\" = \"*\" }, ArnLike = { \"aws:PrincipalArn\" = \"*\" }"));
    let files = [("main.tf", statement(""))];
    let actions = |n: usize| {
        replaced(&files, move |statement, sources| {
            let item = &statement.actions.as_ref().unwrap().items[n];
            rewrite::token(&item.place, &item.text, "s3:List*", sources)
        })
    };
    assert_eq!([actions(0), actions(1), actions(2)], [None, Some("\"s3:Put*\" -> \"s3:List*\"".to_owned()), None]);
}

/// What an instance's value is in one case, it need not be in the next: the user's expression stays, or nothing is shown.
#[test]
fn no_value_of_one_instance_is_shown_for_all() {
    let shown = |actions: &str, resource: &str| {
        let text = format!(
            "locals {{\n  all = {{ a = [\"s3:GetObject\", \"s3:PutObject\"], b = [\"s3:GetObject\", \"s3:List*\"] }}\n  both = [\"s3:GetObject\", \"s3:PutObject\"]\n}}\n\
             resource \"aws_iam_policy\" \"p\" {{\n  for_each = local.all\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Allow\", \
             Action = {actions}, Resource = {resource} }}] }})\n}}\n"
        );
        let case = Case::one("main.tf", text);
        read(&case.files, |statements, sources| {
            let put = |item: &rolelint::policy::Item| &*item.text == "s3:PutObject";
            lines(&[Draft::of(statements.first().unwrap()).keep_actions(put)], sources).map(|lines| lines.join("\n"))
        })
    };
    let stays = shown("local.both", "\"arn:aws:s3:::${each.key}/*\"").unwrap();
    assert!(stays.contains("\"arn:aws:s3:::${each.key}/*\"") && stays.contains("[\"s3:PutObject\"]"), "{stays}");
    assert_eq!(shown("each.value", "\"*\""), None);
    assert_eq!(shown("concat(each.value, [])", "\"*\""), None);
}
