//! Modules that Terragrunt runs.

use crate::run::{OPEN_ROLE, Scratch};

const MODULE: &str = r#"
variable "name" {}
variable "trusted" {}

resource "aws_iam_role" "this" {
  name               = var.name
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { AWS = var.trusted }, Action = "sts:AssumeRole" }] })
}
"#;

fn unit(name: &str, trusted: &str) -> String {
    format!(
        "terraform {{\n  source = \"../../modules//role\"\n}}\n\ninclude \"root\" {{\n  path = find_in_parent_folders(\"root.hcl\")\n}}\n\n\
         inputs = {{\n  name    = \"{name}\"\n  trusted = \"{trusted}\"\n}}\n"
    )
}

fn estate() -> Scratch {
    let scratch = Scratch::new();
    scratch.write(".git/HEAD", "ref: refs/heads/main\n").write("live/root.hcl", "remote_state {\n  backend = \"s3\"\n}\n");
    scratch.write("modules/role/main.tf", MODULE);
    scratch
        .write("live/open/terragrunt.hcl", unit("open", "*"))
        .write("live/closed/terragrunt.hcl", unit("closed", "arn:aws:iam::111111111111:role/ci"));
    scratch.write("live/open/.terragrunt-cache/x/y/main.tf", OPEN_ROLE);
    scratch
}

#[test]
fn a_module_is_judged_with_the_inputs_of_each_unit() {
    let scratch = estate();
    let run = scratch.run(&[".", "--format", "concise"]);
    assert_eq!(run.rules(), ["trust-any-principal"], "{}", run.out);
    assert!(run.out.starts_with("live/open/terragrunt.hcl:11:13:") && run.out.contains("can assume role `open`"), "{}", run.out);
    assert!(run.out.contains("2 policies") && !run.out.contains("problem["), "{}", run.out);
    let full = scratch.run(&["."]);
    let flat = full.out.split_whitespace().collect::<Vec<_>>().join(" ");
    for step in ["live/open/terragrunt.hcl:11:3 is set here for `var.trusted`", "live/open/terragrunt.hcl:2:12 is run here by Terragrunt"] {
        assert!(flat.contains(step), "{step}\n{}", full.out);
    }
}

#[test]
fn what_is_wrong_in_the_module_is_one_finding_however_many_units_run_it() {
    let scratch = estate();
    scratch.write("modules/role/main.tf", format!("{MODULE}\n{OPEN_ROLE}"));
    let run = scratch.run(&[".", "--format", "concise", "--select", "trust-any-principal"]);
    assert_eq!(run.out.matches("modules/role/main.tf").count(), 1, "{}", run.out);
}

#[test]
fn a_module_beside_what_was_named_is_read() {
    let run = estate().run(&["live", "--format", "concise"]);
    assert_eq!(run.rules(), ["trust-any-principal"], "{}{}", run.out, run.err);
}

#[test]
fn a_named_file_is_its_unit() {
    let scratch = estate();
    for (name, findings) in [("live/open/terragrunt.hcl", 1), ("live/closed/terragrunt.hcl", 0)] {
        let run = scratch.run(&[name, "--format", "concise"]);
        assert_eq!((run.rules().len(), run.err.as_str()), (findings, ""), "{}", run.out);
    }
}

#[test]
fn an_ignore_comment_in_the_unit_counts() {
    let scratch = estate();
    let text = unit("open", "*").replace("  trusted", "  # rolelint: ignore[trust-any-principal] a honeypot\n  trusted");
    scratch.write("live/open/terragrunt.hcl", text);
    let run = scratch.run(&[".", "--format", "concise"]);
    assert_eq!((run.rules().len(), run.status), (0, Some(0)), "{}", run.out);
}

/// Files that read files, from deep inside of expressions: neither time nor the stack runs out.
#[test]
fn files_that_read_each_other_come_to_an_end() {
    let scratch = estate();
    let deep = |name: &str| format!("{}read_terragrunt_config(\"{name}\"){}", "[".repeat(400), "]".repeat(400));
    let all = |names: &[&str]| {
        let locals = names.iter().enumerate().map(|(index, name)| format!("  l{index} = {}\n", deep(name)));
        format!("locals {{\n{}}}\n", locals.collect::<String>())
    };
    let names = ["a.hcl", "b.hcl", "c.hcl", "d.hcl"];
    for name in names {
        scratch.write(&format!("live/open/{name}"), all(&names));
    }
    scratch.write(
        "live/open/terragrunt.hcl",
        format!("{}\n{}", all(&names), unit("open", "*").replace("inputs = {", "inputs = {\n  x = local.l0")),
    );
    let run = scratch.run(&[".", "--format", "concise"]);
    assert_eq!(run.rules(), ["trust-any-principal"], "{}{}", run.out, run.err);
}

/// Units `open` and `closed` that take a decision from `live/env.hcl`, and `alone`, which reads nothing.
fn estate_with_environment() -> Scratch {
    let scratch = estate();
    let unit = |open: &str, closed: &str| {
        format!(
            "locals {{\n  env = read_terragrunt_config(find_in_parent_folders(\"env.hcl\"))\n}}\n\n\
             terraform {{\n  source = \"../../modules//role\"\n}}\n\n\
             inputs = {{\n  name    = \"x\"\n  trusted = local.env.locals.public ? \"{open}\" : \"{closed}\"\n}}\n"
        )
    };
    scratch.write("live/env.hcl", "locals {\n  public = true\n}\n").write("live/unread.hcl", "locals {}\n");
    scratch
        .write("live/open/terragrunt.hcl", unit("*", "arn:aws:iam::111111111111:role/ci"))
        .write("live/closed/terragrunt.hcl", unit("arn:aws:iam::111111111111:role/ci", "*"))
        .write("live/alone/terragrunt.hcl", self::unit("alone", "*"));
    scratch
}

#[test]
fn a_changed_file_stands_for_the_units_that_read_it() {
    let scratch = estate_with_environment();
    let places = |changed: &str| -> Vec<String> {
        let run = scratch.run(&["--changed", "--format", "concise", "--select", "trust-any-principal", "--", changed]);
        let places = run.out.lines().filter(|line| line.contains("trust-any-principal"));
        places.map(|line| line.split(':').next().unwrap().to_owned()).collect()
    };
    // The value is nowhere in the finding: it decides which one of two is taken.
    assert_eq!(places("live/env.hcl"), ["live/open/terragrunt.hcl"]);
    assert_eq!(places("live/root.hcl"), ["live/alone/terragrunt.hcl"]);
    assert!(places("live/unread.hcl").is_empty());
    // And so does what the file that is read reads itself.
    scratch.write("live/env.hcl", "locals {\n  public = jsondecode(file(\"${get_repo_root()}/env.json\")).public\n}\n");
    scratch.write("env.json", "{ \"public\": true }");
    assert_eq!(places("env.json"), ["live/open/terragrunt.hcl"]);
}

#[test]
fn a_changed_parent_stands_for_the_units_that_include_it() {
    let scratch = estate();
    let include = "include \"root\" {\n  path = find_in_parent_folders()\n}\n\nterraform {\n  source = \"../../modules//role\"\n}\n";
    scratch
        .write("live/terragrunt.hcl", "inputs = {\n  name    = \"from above\"\n  trusted = \"*\"\n}\n")
        .write("live/open/terragrunt.hcl", include)
        .write("live/closed/terragrunt.hcl", format!("{include}\ninputs = {{ trusted = \"arn:aws:iam::111111111111:role/ci\" }}\n"));
    let run = scratch.run(&["--changed", "--format", "concise", "--select", "trust-any-principal", "--", "live/terragrunt.hcl"]);
    assert_eq!(run.rules(), ["trust-any-principal"], "{}{}", run.out, run.err);
}
