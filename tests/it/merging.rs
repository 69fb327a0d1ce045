//! What instances of one token are one finding: those of which the rule says the same, whoever they are.

use crate::run::Scratch;

/// Of one rule's findings the message and all instances.
fn found(rule: &str, source: &str) -> Vec<(String, Vec<String>)> {
    let scratch = Scratch::new();
    scratch.write("main.tf", source);
    let report = scratch.run(&["check", ".", "--format", "json"]).json();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let told = |finding: &serde_json::Value| {
        let others = finding["instances"].as_array().unwrap().iter().map(text);
        (text(&finding["message"]), std::iter::once(text(&finding["address"])).chain(others).collect())
    };
    report["findings"].as_array().unwrap().iter().filter(|finding| finding["rule"] == rule).map(told).collect()
}

fn said(message: &str, instances: &[&str]) -> (String, Vec<String>) {
    (message.to_owned(), instances.iter().map(ToString::to_string).collect())
}

#[test]
fn instances_that_differ_in_who_they_are_are_one_and_those_that_differ_in_a_fact_are_shown() {
    let source = r#"resource "aws_iam_role" "partner" {
  for_each = {
    audit  = "111122223333"
    backup = "111122223333"
    deploy = "444455556666"
  }

  name = "partner-${each.key}"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { AWS = "arn:aws:iam::${each.value}:root" }
    }]
  })
}
"#;
    let every = |account: &str, role: &str| {
        format!("every identity in account {account} that is allowed sts:AssumeRole can assume role `partner-{role}`")
    };
    let first = every("111122223333", "audit");
    let second = every("444455556666", "deploy");
    assert_eq!(
        found("trust-account-root", source),
        [said(
            &format!("{first}; and 1 more of this kind at the same place"),
            &[r#"aws_iam_role.partner["audit"]"#, r#"aws_iam_role.partner["backup"]"#]
        )]
    );
    let scratch = Scratch::new();
    scratch.write("main.tf", source);
    let report = scratch.run(&["check", ".", "--format", "json"]).json();
    assert_eq!(report["findings"][0]["elsewhere"][0]["message"], second);
}

#[test]
fn how_many_hold_a_policy_and_what_they_are_is_who_they_are() {
    let source = r#"locals {
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "*", Resource = "*" }]
  })
}

resource "aws_iam_policy" "shared" {
  name   = "shared"
  policy = local.policy
}

resource "aws_iam_policy_attachment" "shared" {
  name       = "shared"
  policy_arn = aws_iam_policy.shared.arn
  roles      = ["build", "deploy"]
}

resource "aws_iam_user_policy" "own" {
  name   = "own"
  user   = "ann"
  policy = local.policy
}
"#;
    assert_eq!(
        found("admin-access", source),
        [said("role `build` and 1 more can do everything in the account", &["aws_iam_policy.shared", "aws_iam_user_policy.own"])]
    );
}

#[test]
fn a_fact_that_is_also_a_holders_name_is_the_same_fact() {
    let source = r#"resource "aws_iam_role" "function" {
  for_each = toset(["lambda", "worker"])

  name = each.key

  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda" } }]
  })
}
"#;
    assert_eq!(
        found("unknown-service-principal", source),
        [said(
            "AWS rejects this trust policy: the service principal `lambda` does not exist",
            &[r#"aws_iam_role.function["lambda"]"#, r#"aws_iam_role.function["worker"]"#]
        )]
    );
}

#[test]
fn what_is_each_ones_own_name_is_one_fact() {
    let source = r#"resource "aws_iam_role" "export" {
  for_each = toset(["monthly", "yearly"])

  name = "ledger-${each.key}"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { AWS = "arn:aws:iam::999900001111:role/import" }
      Condition = { StringEquals = { "sts:ExternalId" = "ledger-${each.key}" } }
    }]
  })
}
"#;
    let message = "anyone who guesses `ledger-monthly` can get account 999900001111 to assume role `ledger-monthly` on their behalf";
    assert_eq!(
        found("external-id-guessable", source),
        [said(message, &[r#"aws_iam_role.export["monthly"]"#, r#"aws_iam_role.export["yearly"]"#])]
    );
}

#[test]
fn two_things_that_a_rule_says_of_one_token_are_two_findings() {
    let source = r#"locals {
  actions = ["s3:GetObjekt"]
}

resource "aws_iam_policy" "allow" {
  name = "allow"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = local.actions, Resource = "arn:aws:s3:::example/*" }]
  })
}

resource "aws_iam_policy" "deny" {
  name = "deny"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Deny", Action = local.actions, Resource = "arn:aws:s3:::example/*" }]
  })
}
"#;
    assert_eq!(
        found("unknown-action", source),
        [
            said("`s3:GetObjekt` grants nothing: this action does not exist", &["aws_iam_policy.allow"]),
            said("`s3:GetObjekt` denies nothing: this action does not exist", &["aws_iam_policy.deny"]),
        ]
    );
}

/// A name is an account's own: another role that has it is another holder.
#[test]
fn two_roles_of_one_name_are_two_findings() {
    let role = |label: &str, provider: &str| {
        format!(
            "provider \"aws\" {{\n  alias = \"{provider}\"\n  region = \"eu-west-1\"\n}}\n\
             resource \"aws_iam_role\" \"{label}\" {{\n  provider = aws.{provider}\n  name = \"app\"\n  assume_role_policy = jsonencode({{ Version = \"2012-10-17\", \
             Statement = [{{ Effect = \"Allow\", Action = \"sts:AssumeRole\", Principal = {{ Service = \"{provider}.amazonaws.com\" }} }}] }})\n}}\n\
             resource \"aws_iam_role_policy\" \"{label}\" {{\n  provider = aws.{provider}\n  role = aws_iam_role.{label}.name\n  policy = jsonencode({{ Version = \"2012-10-17\", \
             Statement = [{{ Effect = \"Allow\", Action = \"*\", Resource = \"*\" }}] }})\n}}\n"
        )
    };
    let admin = |service: &str| format!("role `app` can do everything in the account, and `{service}.amazonaws.com` can assume it");
    assert_eq!(
        found("admin-access", &format!("{}{}", role("one", "ec2"), role("two", "lambda"))),
        [said(&admin("ec2"), &["aws_iam_role_policy.one"]), said(&admin("lambda"), &["aws_iam_role_policy.two"])]
    );
}
