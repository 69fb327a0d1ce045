//! A baseline takes the present as given: what is known neither shows nor fails, and what is new does.

use crate::run::{OPEN_ROLE, Run, Scratch};

/// A repository with one root module, whose account source gives.
pub fn repository() -> Scratch {
    let scratch = Scratch::new();
    scratch.write(".git/HEAD", "ref: refs/heads/main\n");
    scratch.write("live/providers.tf", "provider \"aws\" {\n  allowed_account_ids = [\"111122223333\"]\n}\n");
    scratch.write("live/main.tf", format!("{OPEN_ROLE}{}", admin("all", "ops")));
    scratch
}

pub fn admin(label: &str, role: &str) -> String {
    format!(
        r#"
resource "aws_iam_role_policy" "{label}" {{
  role   = "{role}"
  policy = jsonencode({{ Version = "2012-10-17", Statement = [{{ Effect = "Allow", Action = ["*"], Resource = ["*"] }}] }})
}}
"#
    )
}

pub fn check(scratch: &Scratch, arguments: &[&str]) -> Run {
    scratch.run(&[&["check", "-f", "concise", "--baseline", "known.json"], arguments].concat())
}

pub fn write(scratch: &Scratch, arguments: &[&str]) -> Run {
    let run = check(scratch, &[&["--write-baseline"], arguments].concat());
    assert_eq!(run.status, Some(0), "{}{}", run.out, run.err);
    run
}

pub fn known(scratch: &Scratch) -> String {
    std::fs::read_to_string(scratch.path().join("known.json")).unwrap()
}

/// What is reported, by file and rule.
pub fn new(run: &Run) -> Vec<String> {
    let findings = run.out.lines().filter(|line| line.contains('[') && !line.contains("problem["));
    let of = |line: &str| Some(format!("{} {}", line.split(':').next()?, line.split('[').nth(1)?.split(']').next()?));
    findings.filter_map(of).collect()
}

#[test]
fn what_is_known_neither_shows_nor_fails() {
    let scratch = repository();
    let missing = check(&scratch, &["."]);
    assert!(missing.status == Some(2) && missing.err.contains("cannot read the baseline `known.json`"), "{}", missing.err);
    let wrote = write(&scratch, &["."]);
    assert!(
        wrote.err.contains("wrote 2 entries to `known.json`: 2 added, 0 removed; name it as `baseline` in .rolelint.hcl"),
        "{}",
        wrote.err
    );
    let quiet = check(&scratch, &["."]);
    assert_eq!((quiet.status, new(&quiet)), (Some(0), vec![]), "{}", quiet.out);
    assert!(quiet.out.contains("No findings (2 known by the baseline)."), "{}", quiet.out);
    let shown = check(&scratch, &[".", "--show-suppressed"]);
    assert!(shown.status == Some(0) && shown.out.matches(" [known]\n").count() == 2, "{}", shown.out);
    let json = scratch.run(&["check", "--baseline", "known.json", "-f", "json"]).json();
    assert_eq!(json["baseline"], serde_json::json!({ "known": 2, "gone": [] }));
    let sarif = scratch.run(&["check", "--baseline", "known.json", "--show-suppressed", "-f", "sarif"]).json();
    assert_eq!(sarif["runs"][0]["results"][0]["suppressions"][0]["kind"], "external");
    // The same findings make the same file, a line for each.
    let before = known(&scratch);
    assert_eq!(before.lines().filter(|line| line.contains("\"rule\"")).count(), 2, "{before}");
    write(&scratch, &["live"]);
    assert_eq!(known(&scratch), before);
}

#[test]
fn writing_a_policy_in_another_way_changes_nothing() {
    let scratch = repository();
    write(&scratch, &["."]);
    let rewritten = r#"
# A comment, other spaces, another order, a string for a list.
resource "aws_iam_role_policy" "all" {
  policy = <<EOT
{"Statement":{"Resource":"*","Action":"*","Effect":"Allow","Sid":"All"},"Version":"2012-10-17"}
EOT
  role = "ops"
}
"#;
    scratch.write("live/main.tf", OPEN_ROLE.replace("Principal = \"*\"", "Principal = { AWS = [\"*\"] }")).write("live/all.tf", rewritten);
    let run = check(&scratch, &["."]);
    assert_eq!((run.status, new(&run)), (Some(0), vec![]), "{}", run.out);
    // From a document's data source, in a module, and by a variable.
    scratch.write("live/all.tf", "module \"ops\" {\n  source  = \"../modules/ops\"\n  actions = [\"*\"]\n}\n");
    scratch.write(
        "modules/ops/main.tf",
        r#"
variable "actions" {}
data "aws_iam_policy_document" "this" {
  statement {
    actions   = var.actions
    resources = ["*"]
  }
}
resource "aws_iam_role_policy" "this" {
  role   = "ops"
  policy = data.aws_iam_policy_document.this.json
}
"#,
    );
    scratch.write("live/moved.tf", "moved {\n  from = aws_iam_role_policy.all\n  to   = module.ops.aws_iam_role_policy.this\n}\n");
    let run = check(&scratch, &["."]);
    assert_eq!((run.status, new(&run)), (Some(0), vec![]), "{}", run.out);
}

#[test]
fn what_a_statement_says_is_what_is_known() {
    let scratch = repository();
    write(&scratch, &["."]);
    // Wider, for another role, a copy beside it, and the same for somebody else.
    for (text, expected) in [
        (admin("all", "ops").replace("[\"*\"] }]", "[\"*\"], Condition = {} }]"), 0),
        (admin("all", "ops").replace("\"Allow\", Action = [\"*\"]", "\"Allow\", Action = [\"s3:*\", \"iam:*\"]"), 1),
        (admin("all", "ops") + &admin("more", "deploy"), 1),
        (admin("all", "ops") + &admin("more", "ops"), 1),
    ] {
        scratch.write("live/main.tf", format!("{OPEN_ROLE}{text}"));
        let run = check(&scratch, &["."]);
        assert_eq!((run.status, new(&run).len()), (Some(i32::from(expected > 0)), expected), "{text}\n{}", run.out);
    }
}

#[test]
fn a_copy_in_another_account_or_root_module_is_new() {
    let scratch = repository();
    write(&scratch, &["."]);
    scratch.write("test/main.tf", format!("{OPEN_ROLE}{}", admin("all", "ops")));
    scratch.write("test/providers.tf", "provider \"aws\" {\n  allowed_account_ids = [\"444455556666\"]\n}\n");
    let run = check(&scratch, &["."]);
    assert_eq!(
        (run.status, new(&run)),
        (Some(1), vec!["test/main.tf trust-any-principal".to_owned(), "test/main.tf admin-access".to_owned()])
    );
    // One module that one more root module calls is one more finding, and only that one is told of.
    scratch.write("modules/m/main.tf", OPEN_ROLE).write("live/main.tf", "module \"m\" {\n  source = \"../modules/m\"\n}\n");
    scratch.write("test/main.tf", "");
    write(&scratch, &["."]);
    assert_eq!(check(&scratch, &["."]).status, Some(0));
    scratch.write("test/main.tf", "module \"m\" {\n  source = \"../modules/m\"\n}\n");
    let json = scratch.run(&["check", "--baseline", "known.json", "-f", "json"]).json();
    assert_eq!(json["findings"].as_array().unwrap().len(), 1);
    assert_eq!(json["findings"][0]["roots"], serde_json::json!(["test"]));
}

#[test]
fn moved_blocks_are_followed() {
    let scratch = repository();
    // Its name is not known, so that the address is what it is called.
    let role = OPEN_ROLE.replace("\"open\"\n", "var.name\n").replace("aws_iam_role\" var.name", "aws_iam_role\" \"open\"");
    let of = |label: &str| {
        format!("variable \"name\" {{}}\n{}", role.replace("aws_iam_role\" \"open\"", &format!("aws_iam_role\" \"{label}\"")))
    };
    scratch.write("live/main.tf", of("open"));
    write(&scratch, &["."]);
    scratch.write("live/main.tf", of("other"));
    let renamed = check(&scratch, &["."]);
    assert_eq!((renamed.status, new(&renamed).len()), (Some(1), 1), "{}", renamed.out);
    let moves = |pairs: &[(&str, &str)]| -> String {
        pairs.iter().map(|(from, to)| format!("moved {{\n  from = {from}\n  to   = {to}\n}}\n")).collect()
    };
    scratch.write("live/moved.tf", moves(&[("aws_iam_role.open", "aws_iam_role.middle"), ("aws_iam_role.middle", "aws_iam_role.other")]));
    let followed = check(&scratch, &["."]);
    assert_eq!((followed.status, new(&followed).len()), (Some(0), 0), "{}", followed.out);
    // Into a module, and there to another name.
    scratch.write("modules/m/main.tf", of("deep")).write("modules/m/moved.tf", moves(&[("aws_iam_role.open", "aws_iam_role.deep")]));
    scratch.write("live/main.tf", "variable \"name\" {}\nmodule \"m\" {\n  source = \"../modules/m\"\n  name   = var.name\n}\n");
    scratch.write("live/moved.tf", moves(&[("aws_iam_role.open", "module.m.aws_iam_role.open")]));
    let inside = check(&scratch, &["."]);
    assert_eq!((inside.status, new(&inside).len()), (Some(0), 0), "{}", inside.out);
}

/// Names that source does not give make no two roles one.
#[test]
fn one_more_holder_is_new() {
    let scratch = repository();
    let role = "variable \"name\" {}\nresource \"aws_iam_role\" \"this\" {\n  name               = var.name\n  assume_role_policy = \"{}\"\n}\noutput \"name\" {\n  value = aws_iam_role.this.name\n}\n";
    let policy = "variable \"x\" {}\nresource \"aws_iam_policy\" \"p\" {\n  policy = jsonencode({ Version = \"2012-10-17\", Statement = [{ Effect = \"Allow\", Action = \"*\", Resource = \"*\" }] })\n}\n";
    let held = |count: usize| -> String {
        let one = |n: usize| {
            format!(
                "module \"r{n}\" {{\n  source = \"../modules/r\"\n  name   = \"${{var.x}}-{n}\"\n}}\nresource \"aws_iam_role_policy_attachment\" \"a{n}\" {{\n  role       = module.r{n}.name\n  policy_arn = aws_iam_policy.p.arn\n}}\n"
            )
        };
        policy.to_owned() + &(0..count).map(one).collect::<String>()
    };
    scratch.write("modules/r/main.tf", role).write("live/main.tf", held(2));
    write(&scratch, &["."]);
    assert_eq!(check(&scratch, &["."]).status, Some(0));
    scratch.write("live/main.tf", held(3));
    let more = check(&scratch, &["."]);
    assert!(more.status == Some(1) && new(&more).contains(&"live/main.tf admin-access".to_owned()), "{}", more.out);
}

#[test]
fn a_role_and_its_policy_may_move_together() {
    let scratch = repository();
    let of = |label: &str| {
        format!(
            "variable \"name\" {{}}\n{}{}",
            OPEN_ROLE.replace("\"open\" {", &format!("\"{label}\" {{")).replace("= \"open\"", "= var.name"),
            admin(label, "x").replace("\"x\"", &format!("aws_iam_role.{label}.id"))
        )
    };
    let moves =
        |kinds: &[&str]| -> String { kinds.iter().map(|kind| format!("moved {{\n  from = {kind}.ci\n  to   = {kind}.cd\n}}\n")).collect() };
    scratch.write("live/main.tf", of("ci"));
    write(&scratch, &["."]);
    scratch.write("live/main.tf", of("cd"));
    assert_eq!(new(&check(&scratch, &["."])).len(), 2);
    scratch.write("live/moved.tf", moves(&["aws_iam_role", "aws_iam_role_policy"]));
    let both = check(&scratch, &["."]);
    assert_eq!((both.status, new(&both)), (Some(0), vec![]), "{}", both.out);
}

#[test]
fn a_policy_file_is_the_same_from_everywhere() {
    let scratch = Scratch::new();
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    scratch.write(".git/HEAD", "").write("sub/deep/p.json", policy).write("other/m.tf", "variable \"a\" {}\n");
    write(&scratch, &["."]);
    for (directory, path) in [("sub", "."), ("sub", ".."), ("other", ".."), ("sub/deep", "p.json")] {
        let up = "../".repeat(directory.split('/').count()) + "known.json";
        let run = crate::run::rolelint_in(&scratch.path().join(directory), &["check", path, "--baseline", &up]);
        assert_eq!(run.status, Some(0), "{directory} {path}: {}{}", run.out, run.err);
        assert!(!run.out.contains("no longer needed"), "{directory} {path}: {}", run.out);
    }
}

#[test]
fn what_is_gone_is_counted_and_what_was_not_looked_at_stays() {
    let scratch = repository();
    scratch.write("other/main.tf", OPEN_ROLE);
    write(&scratch, &["."]);
    scratch.write("live/main.tf", OPEN_ROLE).write("other/main.tf", "");
    let run = check(&scratch, &["live"]);
    assert!(run.status == Some(0) && run.out.contains("1 entry of the baseline is no longer needed"), "{}", run.out);
    let few = check(&scratch, &["live", "--select", "dns"]);
    assert!(!few.out.contains("no longer needed"), "{}", few.out);
    let without = check(&scratch, &[".", "--exclude", "live/**"]);
    assert!(without.out.contains("1 entry of the baseline is no longer needed"), "only of `other`: {}", without.out);
    let wrote = write(&scratch, &["live"]);
    assert!(wrote.err.contains("wrote 2 entries to `known.json`: 0 added, 1 removed"), "{}", wrote.err);
    let text = known(&scratch);
    assert!(text.contains("\"root\":\"other\"") && !text.contains("admin-access"), "{text}");
    write(&scratch, &["."]);
    assert!(!known(&scratch).contains("\"root\":\"other\""));
}

#[cfg(unix)]
/// A run that does not see all takes nothing away.
#[test]
fn an_incomplete_run_removes_nothing() {
    let scratch = repository();
    write(&scratch, &["."]);
    let before = known(&scratch);
    scratch.write("live/main.tf", OPEN_ROLE.replacen("}\n", "\n", 1));
    let broken = check(&scratch, &["."]);
    assert!(!broken.out.contains("no longer needed"), "{}", broken.out);
    let wrote = check(&scratch, &[".", "--write-baseline"]);
    assert!(wrote.status == Some(2) && wrote.err.contains("what was known there is kept"), "{}", wrote.err);
    assert_eq!(known(&scratch), before);
    scratch.write("live/main.tf", "variable \"a\" {}\n");
    // A setting that is not understood may be what leaves a finding out.
    scratch.write(".rolelint.hcl", "persona = \"everybody\"\n");
    let wrote = check(&scratch, &[".", "--write-baseline"]);
    assert!(wrote.status == Some(2) && wrote.err.contains("what was known there is kept"), "{}", wrote.err);
    assert_eq!(known(&scratch), before);
    scratch.write(".rolelint.hcl", "");
    for own in [["--workspace", "x"], ["--var", "a=b"]] {
        let run = check(&scratch, &[&["."][..], &own].concat());
        assert!(!run.out.contains("no longer needed"), "{own:?}: {}", run.out);
    }
}

/// What it says is less than what was known, or the same of less.
#[test]
fn what_is_less_than_before_is_not_new() {
    let scratch = repository();
    let open = |policy: &str, roles: &str| {
        format!(
            r#"
resource "aws_iam_policy" "shared" {{
  name   = "shared"
  policy = jsonencode({{ Version = "2012-10-17", Statement = [{policy}] }})
}}
resource "aws_iam_policy_attachment" "shared" {{
  name       = "shared"
  roles      = [{roles}]
  policy_arn = aws_iam_policy.shared.arn
}}
resource "aws_iam_role" "all" {{
  for_each           = toset(["a", "b"])
  name               = each.key
  assume_role_policy = jsonencode({{ Version = "2012-10-17", Statement = [{{ Effect = "Allow", Principal = {{ Service = "ec2.amazonaws.com" }}, Action = "sts:AssumeRole" }}] }})
}}
"#
        )
    };
    let admin = r#"{ Effect = "Allow", Action = "*", Resource = "*" }"#;
    let both = r#"aws_iam_role.all["a"].name, aws_iam_role.all["b"].name"#;
    scratch.write("live/main.tf", open(admin, both));
    write(&scratch, &["."]);
    scratch.write("live/main.tf", open(admin, r#"aws_iam_role.all["b"].name"#));
    assert_eq!(new(&check(&scratch, &["."])), Vec::<String>::new(), "a holder less");
    let wide = |actions: &str| format!(r#"{{ Effect = "Allow", Action = [{actions}], Resource = "*" }}"#);
    scratch.write("live/main.tf", open(&wide(r#""s3:GetObject""#), both));
    write(&scratch, &["."]);
    scratch.write("live/main.tf", open(&wide(r#""s3:GetObject", "s3:PutObject""#), both));
    assert_eq!(new(&check(&scratch, &["."])), ["live/main.tf scoped-resource"]);
}

/// A policy that a role of another root holds is that role's, although source does not make it.
#[test]
fn a_role_that_is_made_elsewhere_is_known_by_its_name() {
    let scratch = repository();
    write(&scratch, &["."]);
    assert!(known(&scratch).contains("\"holder\":\"role `ops`\""), "{}", known(&scratch));
    scratch.write("live/main.tf", format!("{OPEN_ROLE}{}", admin("all", "deploy")));
    assert_eq!(new(&check(&scratch, &["."])), ["live/main.tf admin-access"]);
    // Under another address it is the same.
    scratch.write("live/main.tf", format!("{OPEN_ROLE}{}", admin("renamed", "ops")));
    assert_eq!(new(&check(&scratch, &["."])), Vec::<String>::new());
}

/// The configuration says which account it is. What says so in Terraform may lead elsewhere.
#[test]
fn an_account_that_the_configuration_names_makes_nothing_new() {
    let scratch = repository();
    let providers = std::fs::read_to_string(scratch.path().join("live/providers.tf")).unwrap();
    scratch.write("live/providers.tf", "provider \"aws\" {}\n");
    write(&scratch, &["."]);
    scratch.write(".rolelint.hcl", "account \"prod\" {\n  id          = \"111122223333\"\n  directories = [\"**\"]\n}\n");
    assert_eq!(new(&check(&scratch, &["."])), Vec::<String>::new());
    scratch.write(".rolelint.hcl", "");
    let all = ["live/main.tf trust-any-principal", "live/main.tf admin-access"];
    for other in [&*providers, "provider \"aws\" {\n  assume_role { role_arn = \"arn:aws:iam::444455556666:role/terraform\" }\n}\n"] {
        scratch.write("live/providers.tf", other);
        assert_eq!(new(&check(&scratch, &["."])), all, "{other}");
    }
    write(&scratch, &["."]);
    scratch.write("live/providers.tf", "provider \"aws\" {\n  profile = \"prod\"\n}\n");
    assert_eq!(new(&check(&scratch, &["."])), all);
}

const IN_ACCOUNT: &str = r#"
data "aws_caller_identity" "current" {}
resource "aws_iam_role_policy" "p" {
  role   = "r"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = ["lambda:UpdateFunctionCode"],
    Resource = "arn:aws:lambda:*:${data.aws_caller_identity.current.account_id}:function:*" }] })
}
"#;

#[test]
fn an_account_in_an_arn_may_become_known() {
    let scratch = repository();
    scratch.write("live/providers.tf", "").write("live/main.tf", IN_ACCOUNT);
    write(&scratch, &["."]);
    assert!(known(&scratch).contains("scoped-resource"));
    scratch.write(".rolelint.hcl", "account \"prod\" {\n  id          = \"111122223333\"\n  directories = [\"**\"]\n}\n");
    assert_eq!(new(&check(&scratch, &["."])), Vec::<String>::new());
}

/// Two unknown values are two, and one that becomes certain may fail a run.
#[test]
fn what_is_not_known_counts() {
    let scratch = repository();
    let role = |principal: &str| {
        format!(
            r#"
variable "a" {{}}
variable "b" {{}}
resource "aws_iam_role" "p" {{
  name = "p"
  assume_role_policy = jsonencode({{ Version = "2012-10-17", Statement = [{{ Effect = "Allow", Action = "sts:AssumeRole", Principal = {{ AWS = {principal} }} }}] }})
}}
"#
        )
    };
    scratch.write("live/main.tf", role(r#"["arn:aws:iam::464622532012:root", var.a]"#));
    write(&scratch, &["."]);
    scratch.write("live/main.tf", role(r#"[var.a, "arn:aws:iam::464622532012:root", var.b]"#));
    assert_eq!(new(&check(&scratch, &["."])), ["live/main.tf external-id-required"]);
    scratch.write("live/main.tf", role(r#"var.a == "" ? "*" : "arn:aws:iam::111122223333:role/x""#));
    write(&scratch, &["."]);
    assert_eq!(new(&check(&scratch, &["."])), Vec::<String>::new());
    scratch.write("live/main.tf", role(r#""*""#));
    let run = check(&scratch, &["."]);
    assert_eq!((run.status, new(&run)), (Some(1), vec!["live/main.tf trust-any-principal".to_owned()]));
}

/// What may be taken away since then is no more than it was.
#[test]
fn what_has_become_possible_is_not_new() {
    let role = |boundary: &str| {
        format!(
            "variable \"boundary\" {{}}\nresource \"aws_iam_role\" \"ci\" {{\n  name = \"ci\"\n  {boundary}\n  assume_role_policy = jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Allow\", Action = \"sts:AssumeRole\", Principal = {{ Service = \"ec2.amazonaws.com\" }} }}] }})\n}}\n\
             resource \"aws_iam_role_policy\" \"p\" {{\n  role = aws_iam_role.ci.name\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Allow\", Action = \"*\", Resource = \"*\" }}] }})\n}}\n"
        )
    };
    let scratch = Scratch::new();
    scratch.write("main.tf", role(""));
    check(&scratch, &[".", "--write-baseline"]);
    scratch.write("main.tf", role("permissions_boundary = var.boundary"));
    let run = check(&scratch, &["."]);
    assert_eq!((run.status, new(&run)), (Some(0), Vec::new()), "{}", run.out);
}

/// What a change may not hide behind what is known.
#[test]
fn nothing_hides_behind_what_is_known() {
    let policy =
        |statement: &str| format!("jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Allow\", {statement} }}] }})");
    let inline = |role: &str, statement: &str| {
        format!("resource \"aws_iam_role_policy\" \"p\" {{\n  role = {role}\n  policy = {}\n}}\n", policy(statement))
    };
    let secret = |secret: &str| {
        let read = policy("Principal = \"*\", Action = \"secretsmanager:GetSecretValue\", Resource = \"*\"");
        format!(
            "resource \"aws_secretsmanager_secret\" \"db\" {{}}\nresource \"aws_secretsmanager_secret\" \"motd\" {{}}\nresource \"aws_secretsmanager_secret_policy\" \"p\" {{\n  secret_arn = {secret}\n  policy = {read}\n}}\n"
        )
    };
    let bounded = |boundary: &str| {
        let trust = policy("Action = \"sts:AssumeRole\", Principal = { Service = \"ec2.amazonaws.com\" }");
        format!(
            "resource \"aws_iam_role\" \"ci\" {{\n  name = \"ci\"\n  assume_role_policy = {trust}\n{boundary}}}\n{}",
            inline("aws_iam_role.ci.name", "Action = [\"iam:PassRole\"], Resource = \"*\"")
        )
    };
    let any = r#"Action = "*", Resource = "*""#;
    let limits = r#"Condition = { Bool = { "aws:SecureTransport" = "true" }, IpAddress = { "aws:SourceIp" = "203.0.113.0/24" } }"#;
    let forged = r#"Resource = ["*", "arn:aws:s3:::b\nif Bool aws:securetransport\n  true\nif IpAddress aws:sourceip\n  203.0.113.0/24"]"#;
    let unions = "variable \"env\" {}\nvariable \"org\" {}\n";
    for (name, before, after) in [
        (
            "a typo that becomes an exception",
            inline("\"r\"", r#"Action = ["s3:GetObjects"], Resource = "*""#),
            inline("\"r\"", r#"NotAction = ["s3:GetObjects"], Resource = "*""#),
        ),
        ("a boundary that goes", bounded("  permissions_boundary = \"arn:aws:iam::111111111111:policy/b\"\n"), bounded("")),
        ("another secret", secret("aws_secretsmanager_secret.motd.arn"), secret("aws_secretsmanager_secret.db.arn")),
        (
            "another role of an unknown name",
            format!("{unions}{}", inline("\"${var.env}-sandbox\"", any)),
            format!("{unions}{}", inline("\"${var.env}-ci\"", any)),
        ),
        (
            "conditions in a string",
            inline("\"r\"", &format!("Action = \"*\", Resource = [\"*\", \"arn:aws:s3:::b\"], {limits}")),
            inline("\"r\"", &format!("Action = \"*\", {forged}")),
        ),
        (
            "another reference",
            format!("{unions}{}", inline("\"r\"", "Action = concat([\"s3:PutObject\"], [var.env]), Resource = \"*\"")),
            format!("{unions}{}", inline("\"r\"", "Action = concat([\"s3:PutObject\"], [var.org]), Resource = \"*\"")),
        ),
        ("another role of no name", format!("{unions}{}", inline("var.env", any)), format!("{unions}{}", inline("var.org", any))),
        (
            "another list",
            format!("{unions}{}", inline("\"r\"", r#"Action = concat(["s3:PutObject"], var.env), Resource = "*""#)),
            format!("{unions}{}", inline("\"r\"", r#"Action = concat(["s3:PutObject"], var.org), Resource = "*""#)),
        ),
        (
            "another profile",
            format!("provider \"aws\" {{\n  alias = \"a\"\n  profile = \"sandbox\"\n}}\n{}", inline("\"r\"\n  provider = aws.a", any)),
            format!("provider \"aws\" {{\n  alias = \"a\"\n  profile = \"prod\"\n}}\n{}", inline("\"r\"\n  provider = aws.a", any)),
        ),
        (
            "another policy of AWS's",
            String::from(
                "variable \"p\" { default = \"IAMFullAccess\" }\nresource \"aws_iam_role_policy_attachment\" \"p\" {\n  role = \"r\"\n  policy_arn = \"arn:aws:iam::aws:policy/${var.p}\"\n}\n",
            ),
            String::from(
                "variable \"p\" { default = \"AdministratorAccess\" }\nresource \"aws_iam_role_policy_attachment\" \"p\" {\n  role = \"r\"\n  policy_arn = \"arn:aws:iam::aws:policy/${var.p}\"\n}\n",
            ),
        ),
        (
            "a move of another type",
            String::from(
                "resource \"aws_sqs_queue_policy\" \"p\" {\n  queue_url = \"q\"\n  policy = jsonencode({ Version = \"2012-10-17\", Statement = [{ Effect = \"Allow\", Principal = \"*\", Action = \"*\", Resource = \"*\" }] })\n}\n",
            ),
            String::from(
                "moved {\n  from = aws_sqs_queue_policy.p\n  to = aws_secretsmanager_secret_policy.p\n}\nresource \"aws_secretsmanager_secret_policy\" \"p\" {\n  secret_arn = \"s\"\n  policy = jsonencode({ Version = \"2012-10-17\", Statement = [{ Effect = \"Allow\", Principal = \"*\", Action = \"*\", Resource = \"*\" }] })\n}\n",
            ),
        ),
    ] {
        let scratch = repository();
        scratch.write("live/main.tf", &before);
        write(&scratch, &["."]);
        assert_eq!(new(&check(&scratch, &["."])), Vec::<String>::new(), "{name}");
        assert_ne!(known(&scratch).matches("\"rule\"").count(), 0, "{name}");
        scratch.write("live/main.tf", &after);
        assert_ne!(new(&check(&scratch, &["."])), Vec::<String>::new(), "{name}\n{after}");
    }
}

/// A resource that a statement refers to may move with it.
#[test]
fn references_follow_moves() {
    let scratch = repository();
    let rest = |queue: &str| {
        format!(
            "resource \"aws_sqs_queue\" \"{queue}\" {{}}\nresource \"aws_sqs_queue_policy\" \"p\" {{\n  queue_url = aws_sqs_queue.{queue}.id\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Allow\", Principal = \"*\", Action = \"sqs:SendMessage\", Resource = aws_sqs_queue.{queue}.arn }}] }})\n}}\n"
        )
    };
    scratch.write("live/main.tf", rest("old"));
    write(&scratch, &["."]);
    scratch.write("live/main.tf", rest("new"));
    assert_eq!(new(&check(&scratch, &["."])), ["live/main.tf resource-policy-any-principal"]);
    scratch.write("live/moved.tf", "moved {\n  from = aws_sqs_queue.old\n  to   = aws_sqs_queue.new\n}\n");
    assert_eq!(new(&check(&scratch, &["."])), Vec::<String>::new());
}

#[test]
fn a_policy_that_nobody_holds_any_more_is_known() {
    let scratch = repository();
    let policy = r#"
resource "aws_iam_policy" "p" {
  name   = "p"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "lambda:UpdateFunctionCode", Resource = "*" }] })
}
"#;
    let attachment = "resource \"aws_iam_role_policy_attachment\" \"a\" {\n  role = \"r\"\n  policy_arn = aws_iam_policy.p.arn\n}\n";
    scratch.write("live/main.tf", format!("{policy}{attachment}"));
    write(&scratch, &["."]);
    scratch.write("live/main.tf", policy);
    assert_eq!(new(&check(&scratch, &["."])), Vec::<String>::new());
    write(&scratch, &["."]);
    scratch.write("live/main.tf", format!("{policy}{attachment}"));
    assert_eq!(new(&check(&scratch, &["."])), ["live/main.tf scoped-resource"]);
}

/// A run that is asked about some files writes of those.
#[test]
fn what_a_comment_ignores_is_not_needed_any_more() {
    let scratch = repository();
    write(&scratch, &["."]);
    scratch.write("live/main.tf", format!("{OPEN_ROLE}# rolelint: ignore[admin-access] fine{}", admin("all", "ops")));
    let run = check(&scratch, &["."]);
    assert!(run.out.contains("1 entry of the baseline is no longer needed"), "{}", run.out);
    assert!(write(&scratch, &["."]).err.contains("0 added, 1 removed"));
}

/// Options that writing has no use for are mistakes, and what it does with the others is said.
/// The same file in several environments is one thing to fix, for people; tools get all of it.
#[test]
fn copies_of_one_file_are_one_finding_for_people() {
    let scratch = Scratch::new();
    scratch.write(".git/HEAD", "");
    for environment in ["dev", "prod", "test"] {
        scratch.write(&format!("{environment}/iam.tf"), OPEN_ROLE);
    }
    scratch.write("prod/more.tf", admin("all", "ops"));
    let full = scratch.run(&["check"]).out;
    assert_eq!(full.matches("critical[trust-any-principal]").count(), 1, "{full}");
    assert!(full.contains("also in: prod/iam.tf:3:106, test/iam.tf:3:106"), "{full}");
    assert!(full.contains("4 findings: 3 critical, 1 high."), "the totals are of all: {full}");
    let markdown = scratch.run(&["check", "-f", "markdown"]).out;
    assert!(markdown.contains("and in 2 copies of the file"), "{markdown}");
    assert_eq!(scratch.run(&["check", "-f", "json"]).json()["findings"].as_array().unwrap().len(), 4);
    // A level of one directory is not another's.
    scratch
        .write(".rolelint.hcl", "allow_override = true\n")
        .write("test/.rolelint.hcl", "rule \"trust-any-principal\" { level = \"warn\" }\n");
    let levels = scratch.run(&["check"]).out;
    assert_eq!(levels.matches("critical[trust-any-principal]").count(), 2, "{levels}");
}
