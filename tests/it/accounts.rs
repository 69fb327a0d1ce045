//! `rolelint accounts`.

use crate::run::{Scratch, rolelint, rolelint_in, snapshot};

/// An estate of which source tells some accounts, and no configuration any.
const ESTATE: &[(&str, &str)] = &[
    (
        "dns/main.tf",
        r#"provider "aws" {
  alias = "zones"

  assume_role {
    role_arn = "arn:aws:iam::111111111111:role/dns"
  }
}

resource "aws_iam_role" "zone_editor" {
  provider = aws.zones
  name     = "zone-editor"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { AWS = ["arn:aws:iam::${var.prod_account_id}:root", "arn:aws:iam::444444444444:role/ci"] }
      Condition = { StringEquals = { "aws:PrincipalOrgID" = "o-a1b2c3d4e5" } }
    }]
  })
}

variable "prod_account_id" {
  default = "222222222222"
}
"#,
    ),
    (
        "live/prod/main.tf",
        r#"provider "aws" {
  allowed_account_ids = ["222222222222"]
}

resource "aws_iam_role" "audit" {
  name = "audit"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { AWS = "333333333333" } # Acme audit
      Condition = { StringEquals = { "sts:ExternalId" = "0b1de1a6-3f58-4b3c-9d0e-7a3b8e5d9c11" } }
    }]
  })
}
"#,
    ),
    (
        "live/dev/main.tf",
        r#"variable "partner_account_id" {}

resource "aws_iam_role" "partner" {
  name = "partner"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { AWS = ["arn:aws:iam::${var.partner_account_id}:root", "464622532012"] }
    }]
  })
}
"#,
    ),
];

fn estate() -> Scratch {
    let scratch = Scratch::new();
    ESTATE.iter().for_each(|(name, text)| {
        scratch.write(name, text);
    });
    scratch
}

#[test]
fn the_map_of_the_estate() {
    let run = rolelint(&["accounts", "testdata/projects/estate"]);
    assert_eq!((run.status, run.err.as_str()), (Some(0), ""));
    snapshot("accounts.estate.txt", &run.out);
}

#[test]
fn the_map_without_a_configuration() {
    let scratch = estate();
    let run = scratch.run(&["accounts", "."]);
    assert_eq!((run.status, run.err.as_str()), (Some(0), ""));
    snapshot("accounts.txt", &run.out);
}

/// What is written parses again, declares the same, and settles what it can.
#[test]
fn the_configuration_that_is_written_is_read_again() {
    let scratch = estate();
    let run = || scratch.run(&["accounts", "--format", "hcl"]);
    let first = run();
    assert_eq!((first.status, first.err.as_str()), (Some(0), ""));
    snapshot("accounts.hcl", &first.out);
    scratch.write(".rolelint.hcl", &first.out);
    let second = run();
    assert_eq!((second.status, second.err.as_str()), (Some(0), ""));
    let blocks = |text: &str| text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(blocks(&second.out), blocks(&first.out));
    assert!(blocks(&first.out).len() >= 7, "{}", first.out);
    let check = scratch.run(&["check", ".", "--format", "json", "--exit-zero"]);
    let report = check.json();
    assert_eq!(report["problems"].as_array().map(Vec::len), Some(0), "{}", check.out);
}

/// A declared account stands as it is declared, with its globs.
#[test]
fn a_declared_account_is_shown_and_written_as_it_is_declared() {
    let scratch = estate();
    let config = r#"account "sandbox" {
  id          = "555555555555"
  environment = "development"
  trusted     = true
  directories = ["live/dev/**"]
}
"#;
    scratch.write(".rolelint.hcl", config);
    let text = scratch.run(&["accounts"]).out;
    for part in
        ["555555555555  sandbox (development), trusted as a whole", "declared in .rolelint.hcl:1", "`live/dev` deploys to `sandbox`"]
    {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let hcl = scratch.run(&["accounts", "--format", "hcl"]).out;
    assert!(hcl.contains(config), "{hcl}");
}

#[test]
fn json_has_the_same() {
    let scratch = estate();
    let run = scratch.run(&["accounts", "--format", "json"]);
    let report = run.json();
    let account = |id: &str| report["accounts"].as_array().unwrap().iter().find(|account| account["id"] == id).unwrap();
    assert_eq!(account("111111111111")["whose"], "own");
    assert_eq!(account("111111111111")["suggested_name"], "zones");
    assert_eq!(account("111111111111")["providers"][0]["roles"], 1);
    assert_eq!(account("222222222222")["called"][0]["name"], "prod_account_id");
    assert_eq!(account("333333333333")["let_in_by"][0]["external_id"], true);
    assert_eq!(account("464622532012")["name"], "Datadog");
    assert_eq!(account("444444444444")["whose"], "stranger");
    assert_eq!(report["unknown"][0]["name"], "`var.partner_account_id`");
    assert_eq!(report["unnumbered"][0]["root"], "live/dev");
    assert_eq!(report["organizations"][0]["id"], "o-a1b2c3d4e5");
}

#[test]
fn wrong_use_and_wrong_configurations_are_told() {
    let scratch = estate();
    scratch.write(".rolelint.hcl", "account \"a\" { id = \"1\" }\n").write("empty/x.txt", "");
    let run = scratch.run(&["accounts"]);
    assert_eq!(run.status, Some(2));
    assert!(run.err.contains(".rolelint.hcl:1: `1` is not an account ID: expected 12 digits"), "{}", run.err);
    assert!(run.out.contains("111111111111"), "{}", run.out);
    let run = scratch.run(&["accounts", "--no-config", "empty"]);
    assert_eq!(run.status, Some(2));
    assert!(run.err.contains("`empty` holds no Terraform files"), "{}", run.err);
}

/// A role that another root module makes in an account without a number tells whose that number may be.
#[test]
fn a_number_may_be_the_account_of_a_root_module() {
    let scratch = estate();
    let trusting = r#"resource "aws_iam_role" "reader" {
  name = "reader"

  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { AWS = "arn:aws:iam::666666666666:role/partner" } }]
  })
}
"#;
    scratch.write("reader/main.tf", trusting);
    let run = scratch.run(&["accounts"]);
    let likeness = "possibly yours: its role `partner` has the same name as one that `live/dev` creates";
    assert!(run.out.contains(likeness), "{}", run.out);
    assert_eq!(run.out.matches("possibly yours").count(), 1);
}

/// The globs count from wherever rolelint is run.
#[test]
fn directories_are_relative_to_the_configuration() {
    let scratch = estate();
    let config = "account \"sandbox\" {\n  id          = \"555555555555\"\n  directories = [\"live/dev\"]\n}\n";
    scratch.write(".rolelint.hcl", config).write(".git/HEAD", "");
    let inside = rolelint_in(&scratch.path().join("live/dev"), &["accounts", "."]);
    assert!(inside.out.contains("`.` deploys to `sandbox`"), "{}", inside.out);
    let name = scratch.path().file_name().unwrap().to_str().unwrap();
    let above = rolelint_in(scratch.path().parent().unwrap(), &["accounts", name]);
    assert!(above.out.contains("live/dev` deploys to `sandbox`"), "{}", above.out);
}
