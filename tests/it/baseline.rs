//! A baseline takes the present as given: what is known neither shows nor fails, and what is new does.

use crate::run::{OPEN_ROLE, Run, Scratch};

/// A repository with one root module, whose account source gives.
fn repository() -> Scratch {
    let scratch = Scratch::new();
    scratch.write(".git/HEAD", "ref: refs/heads/main\n");
    scratch.write("live/providers.tf", "provider \"aws\" {\n  allowed_account_ids = [\"111122223333\"]\n}\n");
    scratch.write("live/main.tf", format!("{OPEN_ROLE}{}", admin("all", "ops")));
    scratch
}

fn admin(label: &str, role: &str) -> String {
    format!(
        r#"
resource "aws_iam_role_policy" "{label}" {{
  role   = "{role}"
  policy = jsonencode({{ Version = "2012-10-17", Statement = [{{ Effect = "Allow", Action = ["*"], Resource = ["*"] }}] }})
}}
"#
    )
}

fn check(scratch: &Scratch, arguments: &[&str]) -> Run {
    scratch.run(&[&["check", "-f", "concise", "--baseline", "known.json"], arguments].concat())
}

fn write(scratch: &Scratch, arguments: &[&str]) -> Run {
    let run = check(scratch, &[&["--write-baseline"], arguments].concat());
    assert_eq!(run.status, Some(0), "{}{}", run.out, run.err);
    run
}

fn known(scratch: &Scratch) -> String {
    std::fs::read_to_string(scratch.path().join("known.json")).unwrap()
}

/// What is reported, by file and rule.
fn new(run: &Run) -> Vec<String> {
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
        assert!(!run.out.contains("not needed any more"), "{directory} {path}: {}", run.out);
    }
}

#[test]
fn what_is_gone_is_counted_and_what_was_not_looked_at_stays() {
    let scratch = repository();
    scratch.write("other/main.tf", OPEN_ROLE);
    write(&scratch, &["."]);
    scratch.write("live/main.tf", OPEN_ROLE).write("other/main.tf", "");
    let run = check(&scratch, &["live"]);
    assert!(run.status == Some(0) && run.out.contains("1 entry of the baseline is not needed any more"), "{}", run.out);
    let few = check(&scratch, &["live", "--select", "dns"]);
    assert!(!few.out.contains("not needed any more"), "{}", few.out);
    let without = check(&scratch, &[".", "--exclude", "live/**"]);
    assert!(without.out.contains("1 entry of the baseline is not needed any more"), "only of `other`: {}", without.out);
    let wrote = write(&scratch, &["live"]);
    assert!(wrote.err.contains("wrote 2 entries to `known.json`: 0 added, 1 removed"), "{}", wrote.err);
    let text = known(&scratch);
    assert!(text.contains("\"root\":\"other\"") && !text.contains("admin-access"), "{text}");
    write(&scratch, &["."]);
    assert!(!known(&scratch).contains("\"root\":\"other\""));
}

#[test]
fn reasons_stay_with_what_they_are_for() {
    let scratch = repository();
    write(&scratch, &[".", "--reason", "from before the audit"]);
    assert_eq!(known(&scratch).matches("\"reason\":\"from before the audit\"").count(), 2);
    scratch.write("live/more.tf", admin("more", "deploy"));
    write(&scratch, &[".", "--reason", "until the migration"]);
    let text = known(&scratch);
    assert_eq!((text.matches("from before the audit").count(), text.matches("until the migration").count()), (2, 1), "{text}");
    let shown = check(&scratch, &[".", "--show-suppressed"]);
    assert!(shown.out.contains(" [known: until the migration]"), "{}", shown.out);
    // A comment says more than the baseline, and what it ignores is not written.
    scratch.write("live/more.tf", format!("# rolelint: ignore[admin-access] reviewed{}", admin("more", "deploy")));
    let commented = check(&scratch, &[".", "--show-suppressed"]);
    assert!(commented.out.contains("[ignored: reviewed]"), "{}", commented.out);
    write(&scratch, &["."]);
    assert!(!known(&scratch).contains("until the migration"));
}

#[test]
fn the_configuration_names_the_file() {
    let scratch = repository();
    scratch.write(".rolelint.hcl", "baseline = \"ci/known.json\"\n").write("ci/readme", "");
    let run = scratch.run(&["check", "--write-baseline"]);
    assert!(run.status == Some(0) && run.err.contains("to `ci/known.json`"), "{}", run.err);
    assert_eq!(scratch.run(&["check"]).status, Some(0));
    assert_eq!(scratch.run(&["check", "live/main.tf"]).status, Some(0));
    // From below, with paths that are the same from everywhere.
    let below = crate::run::rolelint_in(&scratch.path().join("live"), &["check", "."]);
    assert_eq!(below.status, Some(0), "{}{}", below.out, below.err);
    // A nearer file names none.
    scratch.write("live/.rolelint.hcl", "baseline = \"mine.json\"\n").write("live/mine.json", "{\"version\":1,\"findings\":[]}");
    let nearer = scratch.run(&["check", "-f", "concise"]);
    assert!(nearer.status == Some(2) && nearer.out.contains("`baseline` counts in `.rolelint.hcl`"), "{}", nearer.out);
    std::fs::remove_file(scratch.path().join("live/.rolelint.hcl")).unwrap();
    std::fs::remove_file(scratch.path().join("ci/known.json")).unwrap();
    assert_eq!(scratch.run(&["check"]).status, Some(2));
}

#[test]
fn without_a_name_the_file_stands_at_the_top() {
    let scratch = repository();
    let run = crate::run::rolelint_in(&scratch.path().join("live"), &["check", "--write-baseline", "."]);
    assert_eq!(run.status, Some(0), "{}", run.err);
    assert!(scratch.path().join(".rolelint-baseline.json").is_file() && run.err.contains("../.rolelint-baseline.json"), "{}", run.err);
}

#[test]
fn a_broken_file_is_told_with_its_place() {
    let scratch = repository();
    write(&scratch, &["."]);
    let text = known(&scratch);
    for (broken, message) in [
        (text.replacen("\"rule\"", "\"rul\"", 1), "known.json:4:"),
        (format!("<<<<<<< HEAD\n{text}"), "the baseline `known.json` holds conflict markers"),
        (text.replace("\"version\": 1", "\"version\": 7"), "it is of version 7"),
        (String::new(), "known.json:1:0: this is not a baseline"),
    ] {
        scratch.write("known.json", &broken);
        let run = check(&scratch, &["."]);
        assert!(run.status == Some(2) && run.err.contains(message), "{message}: {}", run.err);
    }
}

#[cfg(unix)]
#[test]
fn a_baseline_is_written_through_no_link_of_the_repository() {
    let scratch = repository();
    std::os::unix::fs::symlink("/tmp/rolelint-precious", scratch.path().join("known.json")).unwrap();
    let run = check(&scratch, &[".", "--write-baseline"]);
    assert!(run.status == Some(2) && run.err.contains("is a link"), "{}", run.err);
}

/// A run that does not see all takes nothing away.
#[test]
fn an_incomplete_run_removes_nothing() {
    let scratch = repository();
    write(&scratch, &["."]);
    let before = known(&scratch);
    scratch.write("live/main.tf", OPEN_ROLE.replacen("}\n", "\n", 1));
    let broken = check(&scratch, &["."]);
    assert!(!broken.out.contains("not needed any more"), "{}", broken.out);
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
        assert!(!run.out.contains("not needed any more"), "{own:?}: {}", run.out);
    }
}

#[test]
fn what_is_not_shown_is_not_written() {
    let scratch = repository();
    write(&scratch, &[".", "--min-severity", "critical"]);
    assert!(!known(&scratch).contains("admin-access") && known(&scratch).contains("trust-any-principal"));
    write(&scratch, &["."]);
    let all = known(&scratch);
    write(&scratch, &[".", "--min-severity", "critical"]);
    assert_eq!(known(&scratch), all, "what is known stays");
}

#[test]
fn a_change_of_the_baseline_concerns_everything() {
    let scratch = repository();
    scratch.write(".rolelint.hcl", "baseline = \"known.json\"\n");
    write(&scratch, &["."]);
    let less: Vec<String> = known(&scratch).lines().filter(|line| !line.contains("admin-access")).map(|line| line.to_owned()).collect();
    scratch.write("known.json", less.join("\n").replace("},\n  ]", "}\n  ]"));
    let run = scratch.run(&["check", "--force-exclude", "--changed", "-f", "concise", "--", "known.json"]);
    assert_eq!((run.status, run.rules()), (Some(1), vec!["admin-access"]), "{}{}", run.out, run.err);
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
    // One of two names that are misspelt is mended: the other one is still known, but nothing is that may open something.
    let misspelt = |actions: &str| format!(r#"{{ Effect = "Allow", Action = [{actions}], Resource = "arn:aws:s3:::b/*" }}"#);
    scratch.write("live/main.tf", open(&misspelt(r#""s3:GetObjects", "s3:PutObjects""#), both));
    write(&scratch, &["."]);
    assert!(known(&scratch).contains(r#""token":"\"s3:PutObjects\"""#), "{}", known(&scratch));
    scratch.write("live/main.tf", open(&misspelt(r#""s3:GetObject", "s3:PutObjects""#), both));
    let run = check(&scratch, &["."]);
    assert_eq!(new(&run), Vec::<String>::new(), "{}", run.out);
    assert!(run.out.contains("1 entry of the baseline is not needed any more"), "{}", run.out);
    scratch.write("live/main.tf", open(&misspelt(r#""s3:GetObject", "s3:DeleteObjects""#), both));
    assert_eq!(new(&check(&scratch, &["."])), ["live/main.tf unknown-action"]);
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

#[test]
fn an_account_that_becomes_known_makes_nothing_new() {
    let scratch = repository();
    let providers = std::fs::read_to_string(scratch.path().join("live/providers.tf")).unwrap();
    scratch.write("live/providers.tf", "provider \"aws\" {}\n");
    write(&scratch, &["."]);
    scratch.write("live/providers.tf", &providers);
    assert_eq!(new(&check(&scratch, &["."])), Vec::<String>::new());
    write(&scratch, &["."]);
    scratch.write("live/providers.tf", providers.replace("111122223333", "444455556666"));
    assert_eq!(new(&check(&scratch, &["."])), ["live/main.tf trust-any-principal", "live/main.tf admin-access"]);
    scratch.write("live/providers.tf", "provider \"aws\" {}\n");
    assert_eq!(new(&check(&scratch, &["."])), Vec::<String>::new());
}

/// Options that writing has no use for are mistakes, and what it does with the others is said.
#[test]
fn what_writing_does_with_options_is_said() {
    let scratch = repository();
    for idle in [&["--output", "json=out.json"][..], &["--statistics"], &["--coverage"], &["--show-suppressed"]] {
        let run = check(&scratch, &[&[".", "--write-baseline"], idle].concat());
        assert!(run.status == Some(2) && run.err.contains("cannot be used with '"), "{idle:?}: {}", run.err);
    }
    write(&scratch, &["."]);
    let again = write(&scratch, &[".", "--reason", "too late"]);
    assert!(again.err.contains("0 added, 0 removed; --reason is for what is added, so it stands nowhere"), "{}", again.err);
    let verbose = check(&scratch, &[".", "--verbose"]);
    assert!(verbose.err.contains("the baseline `known.json` has 2 entries"), "{}", verbose.err);
}

#[test]
fn a_long_first_run_says_how_to_start_from_here() {
    let scratch = repository();
    scratch.write("live/main.tf", (0..21).map(|n| admin(&format!("p{n}"), &format!("r{n}"))).collect::<String>());
    let hint = "`--write-baseline` takes all of them as known";
    let flat = |run: Run| run.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat(scratch.run(&["check", "."])).contains(hint));
    scratch.write("live/main.tf", admin("p", "r"));
    assert!(!flat(scratch.run(&["check", "."])).contains(hint));
}

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
