//! `--coverage` and `--strict-coverage`: what is not known, why, and what to do first.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::run::{Scratch, rolelint};

/// A role whose trust policy needs `trusted` for its structure, and whose permissions need `bucket` for one string and `actions` for a list.
const APP: &str = r#"
variable "trusted" {}
variable "bucket" {}
variable "actions" {}
resource "aws_iam_role" "app" {
  name = "app"
  assume_role_policy = jsonencode({
    Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { AWS = var.trusted }, Action = "sts:AssumeRole" }]
  })
}
resource "aws_iam_role_policy" "app" {
  name = "app"
  role = aws_iam_role.app.id
  policy = jsonencode({
    Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = var.actions, Resource = "arn:aws:s3:::${var.bucket}/*" }]
  })
}
"#;

fn call(trusted: &str, bucket: &str, actions: &str) -> String {
    format!("module \"app\" {{\n  source  = \"../modules/app\"\n  trusted = {trusted}\n  bucket  = {bucket}\n  actions = {actions}\n}}\n")
}

/// Two root modules that call one module: `prod` lacks three variables, `dev` an external module, a data source and the workspace.
fn estate() -> Scratch {
    let scratch = Scratch::new();
    let variables = "variable \"trusted\" {}\nvariable \"bucket\" {}\nvariable \"actions\" {}\n";
    let extra = r#"
module "vpc" { source = "acme/vpc/aws" }
data "aws_ssm_parameter" "bucket" { name = "bucket" }
resource "aws_sqs_queue_policy" "q" {
  queue_url = "q"
  policy    = module.vpc.policy
}
resource "aws_iam_policy" "both" {
  name   = "both"
  policy = terraform.workspace == "prod" ? module.vpc.a : data.aws_ssm_parameter.bucket.value
}
resource "aws_iam_policy" "known" {
  name   = "known"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "arn:aws:s3:::a/*" }] })
}
"#;
    let dev = call("\"arn:aws:iam::111111111111:role/ci\"", "data.aws_ssm_parameter.bucket.value", "module.vpc.actions");
    scratch
        .write("modules/app/main.tf", APP)
        .write("prod/main.tf", call("var.trusted", "var.bucket", "var.actions") + variables)
        .write("dev/main.tf", dev + extra);
    scratch
}

fn text<'v>(value: &'v Value, field: &str) -> &'v str {
    value[field].as_str().unwrap()
}

fn items<'v>(value: &'v Value, field: &str) -> &'v Vec<Value> {
    value[field].as_array().unwrap()
}

/// `id policies structural` of each cause, in order.
fn causes(report: &Value) -> Vec<String> {
    let line = |cause: &Value| format!("{} {} {}", text(cause, "id"), cause["policies"], cause["structural"]);
    items(&report["coverage"], "causes").iter().map(line).collect()
}

#[test]
fn json_says_what_each_policy_needs_in_each_root() {
    let scratch = estate();
    let report = scratch.run(&["check", ".", "--format", "json"]).json();
    let policies: Vec<String> = items(&report["coverage"], "by_policy")
        .iter()
        .map(|policy| {
            let needs: BTreeSet<&str> = items(policy, "unknown").iter().map(|unknown| text(unknown, "cause")).collect();
            let needs: Vec<&str> = needs.into_iter().collect();
            format!("{} {} {}: {}", text(policy, "root"), text(policy, "address"), text(policy, "state"), needs.join(" "))
        })
        .collect();
    let expected = [
        "dev aws_sqs_queue_policy.q unresolved: module:dev:acme/vpc/aws",
        "dev aws_iam_policy.both unresolved: data:dev:data.aws_ssm_parameter.bucket module:dev:acme/vpc/aws workspace::terraform.workspace",
        "dev aws_iam_policy.known resolved: ",
        "dev module.app.aws_iam_role.app resolved: ",
        "prod module.app.aws_iam_role.app partial: variable:prod:var.trusted",
        "dev module.app.aws_iam_role_policy.app partial: data:dev:data.aws_ssm_parameter.bucket module:dev:acme/vpc/aws",
        "prod module.app.aws_iam_role_policy.app partial: variable:prod:var.actions variable:prod:var.bucket",
    ];
    assert_eq!(policies, expected);
    let expected = [
        "module:dev:acme/vpc/aws 3 3",
        "data:dev:data.aws_ssm_parameter.bucket 2 1",
        "variable:prod:var.actions 1 1",
        "variable:prod:var.trusted 1 1",
        "workspace::terraform.workspace 1 0",
        "variable:prod:var.bucket 1 0",
    ];
    assert_eq!(causes(&report), expected);
}

#[test]
fn the_order_is_the_same_however_the_paths_are_given() {
    let scratch = estate();
    let json = |paths: &[&str]| scratch.run(&[&["check", "--format", "json"], paths].concat()).json()["coverage"].clone();
    let one = json(&["prod", "dev", "modules"]);
    assert_eq!(one, json(&["modules", "dev", "prod", "--threads", "1"]));
    let full = |paths: &[&str]| scratch.run(&[&["check", "--coverage=all"], paths].concat()).out;
    assert_eq!(full(&["prod", "dev", "modules"]), full(&["dev", "modules", "prod"]));
}

#[test]
fn text_says_what_to_do_first_and_then_of_each_policy_why() {
    let run = estate().run(&["check", ".", "--coverage"]);
    let expected = "\
7 policies: 2 fully known, 3 partly known, 2 unknown.

How to make them known, most valuable first:

  1. module `acme/vpc/aws` is not downloaded: run `terraform init` in `dev`
     3 policies depend on it
     dev/main.tf:16:44

";
    assert!(run.out.contains(expected), "{}", run.out);
    let wanted = [
        "`terraform.workspace` is chosen when Terraform runs: pass --workspace NAME",
        "`var.actions` of `prod` has no value: pass --var-file FILE or --var actions=VALUE",
        "`data.aws_ssm_parameter.bucket` is read when Terraform runs: pass a plan of `dev` (`rolelint",
        "     2 policies depend on it, 1 of them only for single values\n",
        "     1 policy depends on it, only for single values\n",
        "  dev/main.tf:10:1  resource policy of aws_sqs_queue_policy.q\n    dev/main.tf:12:15  `module.vpc.policy` [1]\n",
        "a condition on `terraform.workspace` [5]\n",
        "  modules/app/main.tf:5:1  trust policy of module.app.aws_iam_role.app in root `prod`\n",
        "`var.bucket` [6]\n",
    ];
    for wanted in wanted {
        assert!(run.out.contains(wanted), "{wanted} in\n{}", run.out);
    }
    // What is known is listed only if everything is asked for.
    assert!(!run.out.contains("aws_iam_policy.known"), "{}", run.out);
    let all = estate().run(&["check", ".", "--coverage=all"]);
    assert!(all.out.contains("2 policies fully known:\n  dev/main.tf:18:1  policy of aws_iam_policy.known\n"), "{}", all.out);
    let given = estate().run(&["check", ".", "--coverage", "--workspace", "prod", "--var", "actions=s3:GetObject"]);
    assert!(!given.out.contains("terraform.workspace") && !given.out.contains("var.actions"), "{}", given.out);
}

#[test]
fn concise_is_a_line_for_each_cause_and_policy() {
    let run = estate().run(&["check", ".", "--coverage", "--format", "concise"]);
    let lines: Vec<&str> = run.out.lines().collect();
    assert!(lines.iter().any(|line| line.starts_with("dev/main.tf:16:44: unknown[module] module `acme/vpc/aws` is not downloaded")));
    let policy = "modules/app/main.tf:11:1: policy[partial] policy of module.app.aws_iam_role_policy.app in root `prod`: `var.bucket` and `var.actions`";
    assert!(lines.contains(&policy), "{}", run.out);
    assert_eq!(lines.iter().filter(|line| line.contains(": policy[")).count(), 5);
}

#[test]
fn a_long_list_is_cut_and_instances_of_a_block_are_taken_together() {
    let scratch = Scratch::new();
    let mut source = String::new();
    for n in 0..30 {
        let policy = format!("jsonencode({{ Version = \"2012-10-17\", Statement = var.v{n:02} }})");
        source += &format!("variable \"v{n:02}\" {{}}\nresource \"aws_iam_policy\" \"p{n:02}\" {{\n  policy = {policy}\n}}\n");
    }
    source += "variable \"shared\" {}\nresource \"aws_iam_policy\" \"each\" {\n  count  = 9\n  policy = var.shared\n}\n";
    scratch.write("main.tf", source);
    let short = scratch.run(&["check", ".", "--coverage"]).out;
    // What nine policies wait for comes first, although it stands last.
    assert!(short.contains("  1. `var.shared` has no value") && short.contains("     9 policies depend on it\n"), "{short}");
    assert!(short.contains(" 10. `var.v08`") && !short.contains("`var.v09` has no value"), "{short}");
    assert!(short.contains("     and 21 more: --coverage all lists them\n"), "{short}");
    assert!(short.contains("39 policies unknown:\n") && short.contains("  and 19 more: --coverage all lists them\n"), "{short}");
    let all = scratch.run(&["check", ".", "--coverage=all"]).out;
    assert!(all.contains(" 31. `var.v29`") && all.contains("aws_iam_policy.each[8]\n") && !all.contains(" more"), "{all}");
    scratch.write("main.tf", "variable \"shared\" {}\nresource \"aws_iam_policy\" \"each\" {\n  count  = 9\n  policy = var.shared\n}\n");
    let folded = scratch.run(&["check", ".", "--coverage"]).out;
    let wanted = "  main.tf:2:1  policy of aws_iam_policy.each[0]\n    and 8 more policies of this block, for the same reasons\n";
    assert!(folded.contains(wanted) && folded.contains("9 policies unknown:\n"), "{folded}");
}

/// What hides behind counts, conditions and functions is what the user can give.
#[test]
fn the_cause_is_what_lies_at_the_bottom() {
    let scratch = Scratch::new();
    let source = r#"
variable "names" { type = list(string) }
variable "open" { type = bool }
data "aws_iam_policy_document" "counted" {
  for_each = toset(var.names)
  statement { actions = ["s3:GetObject"] }
}
resource "aws_iam_policy" "counted" {
  policy = join("", [for document in data.aws_iam_policy_document.counted : document.json])
}
resource "aws_iam_policy" "chosen" {
  policy = upper(var.open ? "{}" : jsonencode({ Version = "2012-10-17" }))
}
resource "aws_iam_policy" "read" {
  policy = file("${path.module}/nowhere.json")
}
resource "aws_iam_policy" "lost" {
  policy = local.lost
}
"#;
    scratch.write("main.tf", source);
    let report = scratch.run(&["check", ".", "--format", "json"]).json();
    let expected = ["undeclared::local.lost 1 1", "file::nowhere.json 1 1", "variable::var.names 1 1", "variable::var.open 1 0"];
    assert_eq!(causes(&report), expected);
    // Both forms of what rests on a condition are known and judged: that is no gap.
    let chosen = items(&report["coverage"], "by_policy").iter().find(|policy| text(policy, "address") == "aws_iam_policy.chosen");
    assert_eq!(chosen.map(|policy| text(policy, "state")), Some("leaves"));
}

#[test]
fn counts_agree_with_the_lists() {
    for paths in [&["testdata/projects"][..], &["testdata/projects/estate/modules"]] {
        let report = rolelint(&[&["check", "--format", "json"], paths].concat()).json();
        let coverage = &report["coverage"];
        let number = |field: &str| usize::try_from(coverage[field].as_u64().unwrap()).unwrap();
        let policies = items(coverage, "by_policy");
        let of = |state: &str| policies.iter().filter(|policy| text(policy, "state") == state).count();
        assert_eq!(number("policies"), policies.len());
        assert_eq!((number("resolved"), number("leaves"), number("partial")), (of("resolved"), of("leaves"), of("leaves") + of("partial")));
        assert!(of("unresolved") > 0 && of("leaves") > 0);
        let mut counted: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
        for policy in policies {
            let unknown = items(policy, "unknown");
            assert_eq!(text(policy, "state") == "resolved", unknown.is_empty());
            assert_eq!(
                matches!(text(policy, "state"), "partial" | "unresolved"),
                unknown.iter().any(|unknown| unknown["structural"] == true)
            );
            let causes: BTreeSet<&str> = unknown.iter().map(|unknown| text(unknown, "cause")).collect();
            for cause in causes {
                let structural = unknown.iter().any(|unknown| text(unknown, "cause") == cause && unknown["structural"] == true);
                let counts = counted.entry(cause).or_default();
                *counts = (counts.0 + 1, counts.1 + u64::from(structural));
            }
        }
        let said = items(coverage, "causes");
        let named: BTreeMap<&str, (u64, u64)> = said
            .iter()
            .map(|cause| (text(cause, "id"), (cause["policies"].as_u64().unwrap(), cause["structural"].as_u64().unwrap())))
            .collect();
        assert_eq!((named.len(), named), (said.len(), counted));
    }
}

#[test]
fn strict_coverage_fails_for_structure_and_not_for_single_values() {
    let scratch = estate();
    let strict = |arguments: &[&str]| scratch.run(&[&["check", "--strict-coverage", "--format", "concise"], arguments].concat());
    assert_eq!(scratch.run(&["check", "."]).status, Some(0));
    let run = strict(&["."]);
    assert_eq!(run.status, Some(1));
    let expected = [
        "rolelint: dev/main.tf:10:1: resource policy of aws_sqs_queue_policy.q is unknown: module `acme/vpc/aws` is not downloaded",
        "rolelint: dev/main.tf:14:1: policy of aws_iam_policy.both is unknown: module `acme/vpc/aws` is not downloaded; `data.aws_ssm_parameter.bucket` is read when Terraform runs",
        "rolelint: modules/app/main.tf:5:1: trust policy of module.app.aws_iam_role.app in root `prod` is only partly known: `var.trusted` of `prod` has no value",
        "rolelint: modules/app/main.tf:11:1: policy of module.app.aws_iam_role_policy.app in root `dev` is only partly known: module `acme/vpc/aws` is not downloaded",
        "rolelint: modules/app/main.tf:11:1: policy of module.app.aws_iam_role_policy.app in root `prod` is only partly known: `var.actions` of `prod` has no value",
    ];
    assert_eq!(run.err.lines().collect::<Vec<_>>(), expected);
    // Whatever the format, and whatever is said of findings.
    let json = scratch.run(&["check", ".", "--strict-coverage", "--format", "json", "--fail-on", "never"]);
    assert_eq!((json.status, json.err.lines().count()), (Some(1), 5));
    assert_eq!(json.json()["findings"], Value::Array(Vec::new()));
    assert_eq!(strict(&[".", "--exit-zero"]).status, Some(0));
    // With all but the name of a bucket given.
    let given = ["prod", "--var", "trusted=arn:aws:iam::111111111111:role/ci", "--var", "actions=s3:GetObject"];
    let run = strict(&given);
    assert_eq!((run.status, run.err.as_str()), (Some(0), ""));
    // What could not be read weighs more.
    scratch.write("broken/main.tf", "resource \"aws_iam_role\" \"r\" {\n  name = =\n}\n");
    assert_eq!(strict(&["."]).status, Some(2));
}

#[test]
fn strict_coverage_can_be_configured() {
    let scratch = estate();
    scratch.write(".rolelint.hcl", "strict_coverage = true\n");
    assert_eq!(scratch.run(&["check", "."]).status, Some(1));
    assert_eq!(scratch.run(&["check", ".", "--no-config"]).status, Some(0));
    scratch.write(".rolelint.hcl", "strict_coverage = \"yes\"\n");
    let wrong = scratch.run(&["check", ".", "-f", "concise"]);
    assert_eq!(wrong.status, Some(2));
    assert!(wrong.out.contains("`strict_coverage` is true or false"), "{}", wrong.out);
}

/// As pre-commit calls it: a changed file stands for its module.
#[test]
fn named_files_narrow_the_policies_that_count() {
    let scratch = estate();
    std::fs::create_dir(scratch.path().join(".git")).unwrap();
    let of = |file: &str| {
        let report = scratch.run(&["check", file, "--format", "json"]).json();
        let policies = items(&report["coverage"], "by_policy");
        assert_eq!(report["coverage"]["policies"], policies.len());
        policies.iter().map(|policy| format!("{} {}", text(policy, "root"), text(policy, "address"))).collect::<Vec<_>>()
    };
    assert_eq!(of("prod/main.tf"), ["prod module.app.aws_iam_role.app", "prod module.app.aws_iam_role_policy.app"]);
    assert_eq!(of("modules/app/main.tf").len(), 4);
    assert_eq!(of("dev/main.tf").len(), 5);
    assert_eq!(scratch.run(&["check", "dev/main.tf", "--strict-coverage"]).err.lines().count(), 3);
}

/// What is said can be done, and says nothing of a plan where there is none.
#[test]
fn the_advice_can_be_followed() {
    let scratch = Scratch::new();
    let source = r#"
variable "prefix" {
  type    = string
  default = null
}
variable "sites" {
  type    = map(object({ buckets = list(string) }))
  default = { blue = { buckets = ["b1"] }, green = { buckets = ["g1", "g2"] } }
}
resource "vendor_link" "this" {
  auth {
    role { name = "reader" }
  }
}
resource "aws_iam_policy" "table" {
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Action = "dynamodb:GetItem", Resource = "arn:aws:dynamodb:eu-west-1:111122223333:table/${var.prefix}-jobs" }
  ] })
}
resource "aws_iam_policy" "site" {
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Action = "s3:GetObject", Resource = concat([for name in var.sites[lower(terraform.workspace)].buckets : "arn:aws:s3:::${name}/*"]) }
  ] })
}
resource "aws_iam_role" "vendor" {
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{
    Effect    = "Allow", Action = "sts:AssumeRole", Principal = { AWS = "111122223333" }
    Condition = { StringEquals = { "sts:ExternalId" = vendor_link.this.auth.role.external_id } }
  }] })
}
"#;
    scratch.write("main.tf", source);
    let run = scratch.run(&["check", ".", "--coverage"]);
    let flat = run.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains("`var.prefix` is null by default: pass --var prefix=VALUE"), "{}", run.out);
    assert!(flat.contains("pass --workspace NAME"), "{}", run.out);
    assert!(!flat.contains("the plan") && !flat.contains("would fail") && !flat.contains("partly known"), "{}", run.out);
}

#[test]
fn policies_for_modules_that_are_not_there_say_to_whom_they_are_passed() {
    let scratch = Scratch::new();
    let source = r#"
data "aws_iam_policy_document" "read" {
  statement {
    actions   = ["s3:GetObject"]
    resources = ["arn:aws:s3:::reports/*"]
  }
}
module "reader" {
  source = "acme/role/aws"
  policy = data.aws_iam_policy_document.read.json
}
"#;
    scratch.write("main.tf", source);
    let run = scratch.run(&["check", ".", "--coverage", "all"]);
    let flat = run.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains("policy data.aws_iam_policy_document.read, passed to module.reader (acme/role/aws)"), "{}", run.out);
    assert!(flat.contains("`acme/role/aws`; 1 policy passed to it judged without it"), "{}", run.out);
    let report = scratch.run(&["check", ".", "--format", "json"]).json();
    let [policy] = items(&report["coverage"], "by_policy").as_slice() else { panic!("{report}") };
    assert_eq!(policy["passed_to"], serde_json::json!(["module.reader"]));
}

/// Terraform loads `terraform.tfvars` and `*.auto.tfvars`, and what it is given (language/values/variables).
#[test]
fn files_of_values_that_terraform_does_not_load_are_nobodys_problem() {
    let scratch = Scratch::new();
    scratch.write("main.tf", "variable \"name\" {}\nresource \"aws_iam_user\" \"u\" { name = var.name }\n");
    let template = "name = \"{{ name }}\"\n{% for h in hubs %}\n";
    scratch.write("sites/template.tfvars", template).write("other.tfvars", template).write("other.tfvars.json", "{");
    let run = scratch.run(&["check", "."]);
    assert_eq!(run.status, Some(0), "{}", run.out);
    scratch.write("more.auto.tfvars", template);
    assert_eq!(scratch.run(&["check", "."]).status, Some(2));
}
