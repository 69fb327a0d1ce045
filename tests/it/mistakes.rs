//! Mistakes in configuration, on the command line and in ignore comments: none is accepted without a word.
//!
//! Each line is a mistake, what is said of it, and the exit status: 2 where something is switched off or cannot be, else that of the run
//! without it.

use crate::run::{OPEN_ROLE, Run, Scratch};

/// A policy that hangs on a list.
const LIST: &str = r#"variable "list" {
  type    = list(string)
  default = []
}
resource "aws_iam_role_policy" "p" {
  role   = "open"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = concat(["s3:ListBucket"], var.list), Resource = "arn:aws:s3:::x" }] })
}
"#;

/// A tree with one critical finding, a variable, a values file and a plan that is none.
fn tree() -> Scratch {
    let scratch = Scratch::new();
    scratch
        .write(".git/HEAD", "ref: refs/heads/main\n")
        .write("infra/a.tf", format!("{OPEN_ROLE}variable \"who\" {{}}\n"))
        .write("infra/list.tf", LIST)
        .write("quiet/a.tf", "variable \"who\" {}\n")
        .write("who.tfvars", "who = \"x\"\n")
        .write("empty/notes.txt", "")
        .write("other.vars", "whom = \"x\"\n")
        .write("block.vars", "who {\n}\n")
        .write("twice.vars", "who = \"x\"\nwho = \"y\"\n")
        .write("list.json", "[]\n");
    scratch
}

fn says(run: &Run, wanted: &str) -> bool {
    // A report for people wraps its lines.
    let all = format!("{} {}", run.out, run.err).split_whitespace().collect::<Vec<_>>().join(" ");
    all.contains(wanted)
}

/// Text of `.rolelint.hcl` that fails the run, and what is said.
const IMPOSSIBLE: &[(&str, &str)] = &[
    // Settings.
    ("persona = \"pedant\"", "`pedant` is not a value of `persona`: did you mean `pedantic`?"),
    ("persona = pedantic", "`persona` is a string: `default` or `pedantic`: write it in quotes"),
    ("persona = \"default\"\npersona = \"pedantic\"", ".rolelint.hcl:2:1: problem[config] `persona` is set twice"),
    ("exclude = [\"a\"]\nexclude = [\"b\"]", "`exclude` is set twice"),
    ("fail_on = \"severe\"", "`severe` is not a value of `fail_on`"),
    ("fail_on = \"hihg\"", "did you mean `high`?"),
    ("min_severity = \"never\"", "`never` is not a value of `min_severity`"),
    ("min_severity = 3", "`min_severity` is a string: `info`, `low`, `medium`, `high` or `critical`: write it in quotes"),
    ("strict_coverage = \"true\"", "`strict_coverage` is true or false: write it without quotes"),
    ("strict_coverage = 1", "`strict_coverage` is true or false"),
    ("exclude_external_modules = yes", "`exclude_external_modules` is true or false"),
    ("allow_override = \"no\"", "`allow_override` is true or false"),
    ("allow_overide = true", "unknown setting `allow_overide`: did you mean `allow_override`?"),
    ("excludes = [\"x\"]", "unknown setting `excludes`: did you mean `exclude`?"),
    ("Persona = \"pedantic\"", "unknown setting `Persona`: did you mean `persona`?"),
    ("failOn = \"high\"", "unknown setting `failOn`: did you mean `fail_on`?"),
    ("level = \"warn\"", "unknown setting `level`"),
    ("exclude = 5", "`exclude` is a list of strings: write it in quotes"),
    ("exclude = [var.x]", "`exclude` is a list of strings"),
    ("exclude = [\"\"]", "an empty string in `exclude` names nothing"),
    ("exclude = [\"[\"]", "`[` is not a glob"),
    ("exclude = [\"a/{b\"]", "`a/{b` is not a glob"),
    ("exclude = [\"../other/**\"]", "`../other/**` leads outside of the directory"),
    ("exclude = [\"/etc/**\"]", "`/etc/**` leads outside of the directory"),
    ("exclude = [\"a/../../b\"]", "leads outside of the directory"),
    ("exclude = [\"a/**,b/**\"]", "`a/**,b/**` holds a comma: write several globs as several strings"),
    ("exclude = [\"infra//**\"]", "has an empty part between two slashes"),
    ("exclude = [\"infra/.*\"]", "is written as a regular expression"),
    ("baseline = \"../b.json\"", "`../b.json` leads outside of this file's directory"),
    ("baseline = [\"b.json\"]", "`baseline` is a string"),
    ("ignore = [\"*\"]", "no rule runs, so nothing is checked"),
    ("select = [\"oidc-thumbprint-*\"]", "its rules are pedantic, so name them by their ids"),
    ("select = [\"no-such-rule\"]", "unknown rule or group `no-such-rule`"),
    ("select = [\"trust-any-principle\"]", "did you mean `trust-any-principal`?"),
    ("select = [\"fedration\"]", "did you mean `federation`?"),
    ("select = [\"trust-*[\"]", "`trust-*[` is not a glob"),
    ("select = [\"zzz-*\"]", "unknown rule or group `zzz-*`"),
    ("select = [\"trust-any-principal\"]\nignore = [\"trust-any-principal\"]", "`trust-any-principal` is both selected and ignored"),
    ("select = [\"trust-any-principal\"]\nignore = [\"trust\"]", "`trust-any-principal` is both selected and ignored"),
    ("select = [\"saml\"]\nignore = [\"federation\", \"saml-*\"]", "none is left to run"),
    (
        "ignore = [\"admin-access\"]\nrule \"admin-access\" { level = \"deny\" }",
        "has a level here and is one of the rules that `ignore` names",
    ),
    ("select = [\"trust\"]\nrule \"admin-access\" { level = \"deny\" }", "is none of the rules that `select` names"),
    ("rule = \"admin-access\"", "`rule` is a block: write it without `=`"),
    ("exclude {\n}", "`exclude` is a setting: write `exclude = …`"),
    // Rules.
    ("rule \"no-such-rule\" { level = \"warn\" }", "unknown rule `no-such-rule`"),
    ("rule \"admin-acess\" { level = \"warn\" }", "unknown rule `admin-acess`: did you mean `admin-access`?"),
    ("rule \"trust-*\" { level = \"warn\" }", "`trust-*` names a group of rules, which only `select` and `ignore` take"),
    ("rule \"\" { level = \"warn\" }", "this `rule` has no name"),
    ("rule { level = \"warn\" }", "`rule` takes one label"),
    ("rule \"a\" \"b\" { level = \"warn\" }", "`rule` takes one label"),
    ("rules \"admin-access\" { level = \"warn\" }", "unknown block `rules`: did you mean `rule`?"),
    ("rule \"admin-access\" { level = \"error\" }", "`error` is not a value of `level`: did you mean `deny`?"),
    ("rule \"admin-access\" { level = \"off\" }", "`off` is not a value of `level`: did you mean `allow`?"),
    ("rule \"admin-access\" { level = \"warning\" }", "`warning` is not a value of `level`: did you mean `warn`?"),
    ("rule \"admin-access\" { level = \"denny\" }", "`denny` is not a value of `level`: did you mean `deny`?"),
    ("rule \"admin-access\" { level = \"x\" }", "`x` is not a value of `level`: expected `allow`, `warn` or `deny`"),
    ("rule \"admin-access\" { level = allow }", "`level` is a string: `allow`, `warn` or `deny`: write it in quotes"),
    ("rule \"admin-access\" { level = false }", "`level` is a string"),
    ("rule \"admin-access\" { levle = \"allow\" }", "has no option `levle`: did you mean `level`?"),
    ("rule \"admin-access\" { Level = \"allow\" }", "has no option `Level`: did you mean `level`?"),
    ("rule \"admin-access\" { severity = \"low\" }", "the rule `admin-access` has no option `severity`: expected `level`"),
    ("rule \"admin-access\" {\n  level = \"warn\"\n  level = \"deny\"\n}", "this attribute is set twice in its block"),
    ("rule \"admin-access\" {\n  except {}\n}", "`rule` has no block `except`"),
    ("rule \"admin-access\" { level = \"warn\" }\nrule \"admin-access\" { level = \"deny\" }", "has a block already"),
    ("rule \"external-id-required\" { required_for = \"everyone\" }", "`everyone` is not a value of `required_for`"),
    ("rule \"external-id-required\" { required_for = \"cross_account\" }", "did you mean `cross-account`?"),
    (
        "rule \"external-id-required\" { required_for = [\"cross-account\"] }",
        "`required_for` is a string: `third-party` or `cross-account`",
    ),
    ("rule \"external-id-required\" { required_for = true }", "`required_for` is a string"),
    ("rule \"external-id-reused\" { across_roles = \"true\" }", "`across_roles` is true or false"),
    ("rule \"external-id-reused\" { across_roles = 1 }", "`across_roles` is true or false"),
    ("rule \"external-id-reused\" { across_role = true }", "did you mean `across_roles`?"),
    ("rule \"cert-manager-txt-only\" { identities = true }", "`identities` is a list of strings"),
    ("rule \"cert-manager-txt-only\" { identities = [1] }", "`identities` is a list of strings"),
    ("rule \"cert-manager-txt-only\" { identities = [\"\"] }", "an empty string in `identities` names nothing"),
    ("rule \"function-url-public\" { allow = [\"web{a,b}\"] }", "`web{a,b}` names nothing: names have `*` and `?` as their only wildcards"),
    ("rule \"resource-policy-any-principal\" { public_buckets = [\"^www-.+$\"] }", "`^www-.+$` names nothing"),
    ("rule \"dns-zone-unrestricted\" { identities = [\"x\"] }", "has no option `identities`"),
    // Accounts.
    ("account \"a\" { id = \"1234\" }", "`1234` is not an account ID: expected 12 digits"),
    ("account \"a\" { id = \"1111-2222-3333\" }", "did you mean `111122223333`?"),
    ("account \"a\" { id = 111122223333 }", "`id` is a string: write it in quotes"),
    ("account \"a\" { id = var.account }", "`id` is a string: write it in quotes, and without references, since nothing is evaluated here"),
    ("account \"a\" { id = \"${local.x}\" }", "`id` is a string"),
    ("account \"a\" {}", "an account needs its `id`, 12 digits"),
    ("account \"\" { id = \"111122223333\" }", "this `account` has no name"),
    ("account { id = \"111122223333\" }", "`account` takes one label"),
    ("accounts \"a\" { id = \"111122223333\" }", "unknown block `accounts`: did you mean `account`?"),
    ("account \"a\" {\n  id    = \"111122223333\"\n  trust = true\n}", "`account` has no argument `trust`: did you mean `trusted`?"),
    ("account \"a\" {\n  id      = \"111122223333\"\n  trusted = \"yes\"\n}", "`trusted` is true or false"),
    (
        "account \"a\" { id = \"464622532012\" }",
        "account 464622532012 belongs to Datadog, so it cannot be your own `a`: write it as a `vendor`",
    ),
    ("account \"a\" { id = \"127311923021\" }", "account 127311923021 belongs to AWS (ELB logs), so it cannot be your own `a`"),
    ("account \"a\" { id = \"111122223333\" }\naccount \"b\" { id = \"111122223333\" }", "is `a` already: it cannot be `b`, too"),
    ("account \"a\" { id = \"111122223333\" }\naccount \"a\" { id = \"222233334444\" }", "there is an account `a` already"),
    ("account \"a\" { id = \"111122223333\" }\nvendor \"v\" { accounts = [\"111122223333\"] }", "it is one or the other"),
    (
        "account \"a\" {\n  id          = \"111122223333\"\n  directories = [\"../x\"]\n}",
        "`../x` is not a path below this file's directory",
    ),
    ("account \"a\" {\n  id          = \"111122223333\"\n  directories = [\"[\"]\n}", "`[` is not a glob"),
    ("vendor \"v\" {}", "a vendor needs `accounts`"),
    ("vendor \"v\" { account = [\"111122223333\"] }", "`vendor` has no argument `account`: did you mean `accounts`?"),
    ("vendor \"v\" { accounts = [\"1\"] }", "`1` is not an account ID"),
    ("vendor \"v\" { accounts = [111122223333] }", "`accounts` is a list of strings of 12 digits"),
    ("vendor \"v\" { accounts = [\"111122223333\"] }\nvendor \"v\" { accounts = [\"222233334444\"] }", "there is a vendor `v` already"),
    ("vendor \"v\" { accounts = [\"111122223333\"] }\nvendor \"w\" { accounts = [\"111122223333\"] }", "is one of the vendor `v` already"),
    ("organization { id = \"r-abcd\" }", "`r-abcd` is not an organization ID"),
    ("organization \"o\" { id = \"o-a1b2c3d4e5\" }", "`organization` takes no label"),
    ("organisation { id = \"o-a1b2c3d4e5\" }", "unknown block `organisation`: did you mean `organization`?"),
    ("organization { ids = [\"o-a1b2c3d4e5\"] }", "an organization needs its `id`"),
    // What is not a configuration at all.
    ("rule \"admin-access\" {", "problem[config]"),
    ("{ \"exclude\": [\"x\"] }", "problem[config]"),
    ("exclude: [\"x\"]", "problem[config]"),
    ("[rules]\n", "problem[config]"),
];

/// Text of `.rolelint.hcl` that has no effect, and what is said.
const WITHOUT_EFFECT: &[(&str, &str)] = &[
    ("exclude = []", "`exclude` is empty, so it has no effect"),
    ("fail_on = \"low\"\nmin_severity = \"high\"", "findings below `high` are not shown and so fail no run"),
    ("rule \"function-url-public\" { allow = [\"a\"] }", "`function-url-public` does not run, so its options have no effect"),
    ("account \"a\" { id = \"123456789012\" }", "123456789012 is the account ID of examples"),
    ("exclude = [\"vendor/**\"]", "`vendor/**` matches nothing below this file's directory"),
    ("exclude = [\"infra/b.tf\"]", "`infra/b.tf` matches nothing"),
    ("exclude = [\"empty\", \"empty\"]", "`empty` is listed twice"),
    ("ignore = [\"saml\", \"saml\"]", "`saml` is listed twice"),
    ("rule \"admin-access\" {}", "this block is empty, so it changes nothing about `admin-access`"),
    ("rule \"cert-manager-txt-only\" { identities = [] }", "`identities` is empty, so it has no effect"),
    ("rule \"cert-manager-txt-only\" { identities = [\"a\", \"a\"] }", "`a` is listed twice"),
    ("vendor \"v\" { accounts = [] }", "the vendor `v` has no accounts, so it has no effect"),
    ("vendor \"v\" { accounts = [\"127311923021\"] }", "account 127311923021 belongs to AWS, not to a vendor `v`"),
    ("account \"a\" {\n  id          = \"111122223333\"\n  environment = \"\"\n}", "`environment` is empty, so it has no effect"),
    ("account \"a\" {\n  id          = \"111122223333\"\n  directories = []\n}", "`directories` is empty, so it has no effect"),
    ("account \"a\" {\n  id          = \"111122223333\"\n  directories = [\"live/*\"]\n}", "`live/*` holds no root module"),
];

#[test]
fn a_mistake_in_the_configuration_is_told_and_fails_where_it_matters() {
    let scratch = tree();
    let mut wrong = Vec::new();
    let cases = IMPOSSIBLE.iter().map(|case| (case, Some(2))).chain(WITHOUT_EFFECT.iter().map(|case| (case, Some(1))));
    for ((text, message), status) in cases {
        scratch.write(".rolelint.hcl", format!("{text}\n"));
        let run = scratch.run(&["check", ".", "-f", "concise"]);
        let placed = run.out.contains(".rolelint.hcl:") || message.starts_with("no rule runs");
        if !says(&run, message) || run.status != status || !placed {
            wrong.push(format!("{text}\n  expected {status:?} {message}\n  got {:?} {}{}", run.status, run.out, run.err));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Arguments, what is said, and the status.
const CALLS: &[(&[&str], &str, i32)] = &[
    (
        &["check", ".", "--select", "trust-any-principal", "--ignore", "trust-any-principal"],
        "`trust-any-principal` is both selected and ignored",
        2,
    ),
    (&["check", ".", "--select", "saml-audience-missing", "--ignore", "saml"], "`saml-audience-missing` is both selected and ignored", 2),
    (&["check", ".", "--select", "saml", "--ignore", "federation"], "none is left to run", 2),
    (
        &["check", ".", "--select", "trust-any-principle"],
        "--select: unknown rule or group `trust-any-principle`: did you mean `trust-any-principal`?",
        2,
    ),
    (&["check", ".", "--select", ""], "unknown rule or group ``", 2),
    (&["check", ".", "--select", "trust,,oidc"], "unknown rule or group ``", 2),
    (&["check", ".", "--ignore", "tust-*"], "--ignore: unknown rule or group `tust-*`", 2),
    (&["check", ".", "--format", "jsn"], "a similar value exists: 'json'", 2),
    (&["check", ".", "--format", "yaml"], "possible values: full, concise, json, sarif, github, markdown, gitlab, junit", 2),
    (&["check", ".", "--min-severity", "hig"], "a similar value exists: 'high'", 2),
    (&["check", ".", "--min-severity", "never"], "possible values", 2),
    (&["check", ".", "--min-confidence", "sure"], "possible values: low, medium, high", 2),
    (&["check", ".", "--fail-on", "critcal"], "a similar value exists: 'critical'", 2),
    (&["check", ".", "--persona", "pedant"], "a similar value exists: 'pedantic'", 2),
    (&["check", ".", "--pedantic", "--persona", "default"], "cannot be used with", 2),
    (&["check", ".", "--no-config", "--config", "x"], "cannot be used with", 2),
    (&["check", ".", "--config", "nowhere.hcl"], "cannot read the configuration `nowhere.hcl`", 2),
    (&["check", ".", "--config", "infra"], "it is a directory", 2),
    (&["check", ".", "--output", "report.txt"], "--output report.txt: the ending does not say a format", 2),
    (&["check", ".", "--output", "report"], "the ending does not say a format", 2),
    (&["check", ".", "--output", "-"], "the ending does not say a format", 2),
    (&["check", ".", "--output", "json=-"], "goes to standard output already", 2),
    (&["check", ".", "--output", "json="], "it names no file", 2),
    (&["check", ".", "--output", ""], "the ending does not say a format", 2),
    (
        &["check", ".", "--output", "xml=a"],
        "`xml` is not a format: expected `full`, `concise`, `json`, `sarif`, `github`, `markdown`, `gitlab` or `junit`",
        2,
    ),
    (&["check", ".", "--output", "sarfi=a"], "did you mean `sarif`?", 2),
    (&["check", ".", "--output", "mardkown=a"], "did you mean `markdown`?", 2),
    (&["check", ".", "--output", "gitlub=a"], "did you mean `github`?", 2),
    (&["check", ".", "--format", "junt"], "a similar value exists: 'junit'", 2),
    (&["check", ".", "--output", "json=a", "--output", "sarif=./a"], "`a` is named twice", 2),
    (&["check", ".", "--output", "json=infra"], "`infra` is a directory", 2),
    (&["check", ".", "--output", "json=infra/a.tf"], "`infra/a.tf` is a file that is analysed, and is not overwritten", 2),
    (&["check", ".", "--output", "json=nowhere/a"], "nowhere/a", 2),
    (&["check", ".", "--source", "infra"], "--source infra: no plan was named", 2),
    (&["check", ".", "--workspace", ""], "a workspace has a name", 2),
    (&["check", ".", "--workspace", "a b"], "Terraform takes no such name", 2),
    (&["check", ".", "--workspace", "a/b"], "Terraform takes no such name", 2),
    (&["check", ".", "--threads", "100000"], "100000 is not in 0..=256", 2),
    (&["check", ".", "--threads=-1"], "-1 is not in 0..=256", 2),
    (&["check", ".", "--threads", "many"], "invalid value 'many'", 2),
    (&["check", ".", "--sarif-category", ""], "a value is required", 2),
    (&["check", ".", "--sarif-category", "x"], "--sarif-category x: no report of this run is in SARIF", 1),
    (&["check", ".", "-f", "junit", "--statistics"], "--statistics: no report of this run is in a format that counts", 1),
    (&["check", ".", "--exclude", "["], "`[` is not a glob", 2),
    (&["check", ".", "--exclude", "/infra"], "leads outside of the directory", 2),
    (&["check", ".", "--exclude", "../x"], "leads outside of the directory", 2),
    (&["check", ".", "--exclude", "a,b"], "holds a comma", 2),
    (&["check", ".", "--ignore", "*"], "no rule runs, so nothing is checked", 2),
    (
        &["check", ".", "--select", "oidc-thumbprint-*"],
        "none of the rules that `oidc-thumbprint-*` selects runs: its rules are pedantic",
        2,
    ),
    (&["check", ".", "--var", "list=["], "`[` is not a value of the variable's type", 2),
    (&["check", ".", "--var", "list=*"], "`*` is not a value of the variable's type", 2),
    (&["check", ".", "--output", "json=.rolelint-baseline.json/x"], "rolelint: ", 2),
    (&["check", ".", "--output", "json=.git/config"], "is not a report: it was read, or is git's", 2),
    (&["check", ".", "--baseline", "nowhere.json"], "cannot read the baseline `nowhere.json`: no such file: --write-baseline makes it", 2),
    (&["check", ".", "--baseline", "who.tfvars"], "who.tfvars:1:1: this is not a baseline: expected value", 2),
    (&["check", ".", "--reason", "x"], "--write-baseline", 2),
    (&["check", ".", "--exclude", "vendor"], "--exclude vendor: nothing matches", 1),
    (&["check", ".", "--var", "who"], "expected NAME=VALUE", 2),
    (&["check", ".", "--var", "whom=x"], "--var whom: no root module declares this variable: did you mean `who`?", 2),
    (&["check", ".", "--var-file", "nowhere.tfvars"], "cannot read --var-file `nowhere.tfvars`", 2),
    (&["check", ".", "--var-file", "other.vars"], "no root module declares the variable `whom`: did you mean `who`?", 1),
    (&["check", ".", "--var-file", "block.vars"], "`who` is a block, which a file of values cannot have", 2),
    (&["check", ".", "--var-file", "twice.vars"], "`who` is set twice", 2),
    (&["check", ".", "--var-file", "list.json"], "list.json", 2),
    (&["check", ".", "--changed", "--coverage=some"], "possible values: short, all", 2),
    (&["check", ".", "--colour", "never"], "a similar argument exists: '--color'", 2),
    (&["check", ".", "--color", "sometimes"], "possible values: auto, always, never", 2),
    (&["check", "empty"], "`empty` holds no Terraform files", 2),
    (&["check", "nowhere"], "cannot read `nowhere`", 2),
    (&["check", "empty/notes.txt"], "is not a Terraform file", 2),
    (&["check", ""], "a value is required", 2),
    (&["chek", "."], "check", 2),
    (&["explain", "trust-any-principle"], "did you mean `trust-any-principal`?", 2),
    (&["explain"], "required arguments were not provided", 2),
    (&["rules", "--format", "jsn"], "a similar value exists: 'json'", 2),
    (&["accounts", "empty"], "`empty` holds no Terraform files", 2),
    (&["accounts", "nowhere"], "cannot read `nowhere`", 2),
    (&["accounts", "--workspace", ""], "a workspace has a name", 2),
    (&["accounts", "--threads", "5000"], "5000 is not in 0..=256", 2),
    (&["accounts", "--format", "hlc"], "possible values: text, json, hcl", 2),
    (&["accounts", "--var", "whom=x"], "no root module declares this variable", 2),
    (&["catalog"], "required arguments were not provided", 2),
    (&["catalog", ""], "a value is required", 2),
];

#[test]
fn a_mistake_on_the_command_line_is_told() {
    let scratch = tree();
    let mut wrong = Vec::new();
    for (arguments, message, status) in CALLS {
        let run = scratch.run(arguments);
        if !says(&run, message) || run.status != Some(*status) {
            wrong.push(format!("{arguments:?}\n  expected {status} {message}\n  got {:?} {}{}", run.status, run.out, run.err));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(!scratch.path().join("a").exists() && !scratch.path().join("report.txt").exists(), "nothing is written by a wrong call");
}

#[test]
fn values_count_in_any_case() {
    let scratch = tree();
    scratch.write(".rolelint.hcl", "persona = \"PEDANTIC\"\nfail_on = \"High\"\nrule \"trust-any-principal\" { level = \"Warn\" }\n");
    let run = scratch.run(&["check", ".", "--format", "CONCISE", "--min-severity", "Low", "--color", "Never"]);
    assert_eq!((run.status, run.rules()), (Some(0), vec!["trust-any-principal"]), "{}{}", run.out, run.err);
    assert!(run.out.contains("[level: warn]"), "{}", run.out);
    let run = scratch.run(&["check", ".", "-f", "concise", "--fail-on", "NEVER"]);
    assert_eq!(run.status, Some(0));
}

#[test]
fn an_empty_change_is_no_mistake() {
    let scratch = tree();
    let run = scratch.run(&["check", "--changed"]);
    assert_eq!(run.status, Some(0), "{}{}", run.out, run.err);
    assert!(run.err.contains("no changed files were named, so there is nothing to check"), "{}", run.err);
    assert!(run.out.contains("No findings."), "{}", run.out);
}

/// What stands behind `# rolelint` above the role, and what is said.
const COMMENTS: &[(&str, &str)] = &[
    (": ignore[trust-any-principal] untill=2099-01-31 honeypot", "`untill=2099-01-31` does not count as a date"),
    (": ignore[trust-any-principal] until: 2099-01-31 honeypot", "`until:` does not count as a date"),
    (": ignore[trust-any-principal] Until=2099-01-31 honeypot", "`Until=2099-01-31` does not count as a date"),
    (": ignore[trust-any-principal] until 2099-01-31", "`until` does not count as a date"),
    (": ignore[trust-any-principal] until = 2099-01-31", "`until` does not count as a date"),
    (": ignore[trust-any-principal] honeypot until=2099-01-31", "write `until=YYYY-MM-DD` right behind `]`"),
    (": ignore[trust-any-principal] expires=2099-01-31", "`expires=2099-01-31` does not count as a date"),
    (": ignore[trust-any-principal] 2099-01-31 honeypot", "the date does not count"),
    (": ignore[trust-any-principal] until=2099-02-30", "`2099-02-30` is not a date"),
    (": ignore[trust-any-principal] until=31.1.2099", "`31.1.2099` is not a date"),
    (": ignore[trust-any-principal] until=", "is not a date"),
    (": ignore[trust-any-principal] until=2099-01-31 until=2098-01-31", "stands behind another date"),
    (": ignore[trust-any-principal", "the list of rules lacks its `]`"),
    (": ignore[trust-any-principal; admin-access]", "`;` cannot stand in a list of rules"),
    (": ignore[]", "must name the rules"),
    (": ignore", "must name the rules"),
    (": ignore trust-any-principal", "must name the rules"),
    (": ignore[*]", "cannot stand in a list of rules"),
    (": ignore[trust-any-principle]", "did you mean `trust-any-principal`?"),
    (": ignore[trust]", "`trust` names a group of rules"),
    (": Ignore[trust-any-principal]", "is not an instruction"),
    (": disable[trust-any-principal]", "is not an instruction"),
    (" ignore[trust-any-principal]", "write `rolelint: ignore[rule-id]`"),
    (":ignore(trust-any-principal)", "must name the rules"),
];

#[test]
fn a_mistake_in_an_ignore_comment_is_told_and_ignores_nothing() {
    let scratch = tree();
    let mut wrong = Vec::new();
    for (comment, message) in COMMENTS {
        scratch.write("infra/a.tf", format!("# rolelint{comment}\n{OPEN_ROLE}variable \"who\" {{}}\n"));
        let run = scratch.run(&["check", ".", "-f", "concise"]);
        let counted = run.out.contains("1 ignore comment with a mistake");
        if !says(&run, message) || run.status != Some(1) || run.rules() != ["trust-any-principal"] || !counted {
            wrong.push(format!("{comment}\n  expected {message}\n  got {:?} {}", run.status, run.out));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn comments_that_are_not_needed_and_expired_ones_are_told_and_counted() {
    let scratch = tree();
    let unused = "# rolelint: ignore[admin-access, trust-any-principal] honeypot\n# of the security team\n";
    let expired = "# rolelint: ignore[trust-any-principal] until=2020-01-31 honeypot\n";
    let pedantic = "# rolelint: ignore[trust-whole-organization] it is meant\n";
    let other = OPEN_ROLE.replace("\"open\"", "\"other\"");
    scratch.write("infra/a.tf", format!("{unused}{OPEN_ROLE}{expired}{other}{pedantic}variable \"who\" {{}}\n"));
    let run = scratch.run(&["check", ".", "-f", "concise"]);
    assert_eq!(run.status, Some(1));
    let has = |text: &str| assert!(run.out.contains(text), "{text} in\n{}", run.out);
    has("infra/a.tf:1:20: problem[ignore] this comment is unused: `admin-access` finds nothing in lines 1 to 6");
    has("infra/a.tf:7:3: problem[ignore] this comment has ignored nothing since 2020-01-31, its last day");
    has("(1 ignored by comments, 1 ignore comment expired, 1 ignore comment unused)");
    let json = scratch.run(&["check", ".", "-f", "json"]).json();
    assert_eq!(json["ignore_comments"], serde_json::json!({ "used": 1, "unused": 1, "expired": 1, "wrong": 0 }));
    let sarif = scratch.run(&["check", ".", "-f", "sarif"]).json();
    assert_eq!(sarif["runs"][0]["properties"]["ignoreComments"], json["ignore_comments"]);
    // A rule that does not run says nothing about whether its comment is needed; one that runs does.
    let few = scratch.run(&["check", ".", "-f", "concise", "--select", "trust-any-principal"]);
    assert!(!few.out.contains("unused"), "{}", few.out);
    let all = scratch.run(&["check", ".", "-f", "concise", "--pedantic"]);
    assert!(all.out.contains("`trust-whole-organization` finds nothing in line 13"), "{}", all.out);
}
