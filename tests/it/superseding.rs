//! Where two rules speak of one thing, the more exact one does; what is independent stays.

use crate::run::Scratch;

fn rules(source: &str) -> Vec<(u64, String)> {
    let scratch = Scratch::new();
    scratch.write("main.tf", source);
    let report = scratch.run(&["check", ".", "--format", "json"]).json();
    let findings = report["findings"].as_array().unwrap();
    findings.iter().map(|one| (one["location"]["start"]["line"].as_u64().unwrap(), one["rule"].as_str().unwrap().to_owned())).collect()
}

fn said(line: u64, rule: &str) -> (u64, String) {
    (line, rule.to_owned())
}

#[test]
fn of_one_value_the_more_exact_rule_speaks_and_of_its_neighbour_the_other() {
    let source = r#"resource "aws_ssoadmin_permission_set" "deploy" {
  name = "DeployAccess"
}

resource "aws_iam_role" "deploy" {
  name = "deploy"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { AWS = "arn:aws:iam::111111111111:root" }
      Condition = {
        StringLike = { "aws:userid" = "AROA*:DeployAccess/*" }
        StringEquals = {
          "aws:PrincipalOrgID" = "111111111111"
        }
      }
    }]
  })
}
"#;
    assert_eq!(rules(source), [said(15, "sso-principal-pattern"), said(17, "condition-never-matches")]);
}

#[test]
fn every_zone_says_more_than_every_action() {
    let source = r#"resource "aws_iam_policy" "dns" {
  name = "dns"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "route53:*", Resource = "*" },
      { Effect = "Allow", Action = "s3:*", Resource = "*" },
    ]
  })
}
"#;
    assert_eq!(rules(source), [said(7, "dns-zone-unrestricted"), said(8, "scoped-resource")]);
}

#[test]
fn a_star_in_a_record_name_is_one_rules_mistake() {
    let source = r#"resource "aws_iam_policy" "dns" {
  name = "dns"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "route53:ChangeResourceRecordSets"
      Resource = "arn:aws:route53:::hostedzone/Z0123456789EXAMPLE"
      Condition = {
        "ForAllValues:StringEquals" = {
          "route53:ChangeResourceRecordSetsNormalizedRecordNames" = [
            "*.example.com",
            "_acme-challenge.*",
          ]
        }
      }
    }]
  })
}
"#;
    assert_eq!(rules(source), [said(13, "route53-value-not-normalized"), said(14, "route53-value-not-normalized")]);
}

#[test]
fn of_a_trust_policy_one_rule_speaks_for_one_mistake() {
    let source = r#"resource "aws_iam_role" "deploy" {
  name = "deploy"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "sts:AssumeRole", Principal = { AWS = "arn:aws:iam::*:root" } },
      { Effect = "Allow", Action = "sts:AssumeRole", NotPrincipal = { AWS = "arn:aws:iam::111111111111:root" } },
      { Effect = "Allow", Action = "sts:AssumeRole", Principal = { AWS = "arn:aws:iam::464622532012:user/agent" } },
      { Effect = "Allow", Action = "sts:AssumeRole", Principal = { AWS = ["*", "arn:aws:iam::111111111111:user/ann"] } },
      { Effect = "Allow", Action = "sts:AssumeRole", Principal = { AWS = "AROAEXAMPLE1EXAMPLE2Q" }, Resource = "*" },
    ]
  })
}
"#;
    let expected = [
        said(7, "trust-principal-wildcard"),
        said(8, "trust-not-principal"),
        said(9, "external-id-required"),
        said(10, "trust-any-principal"),
        said(11, "trust-deleted-principal"),
        said(11, "trust-resource-element"),
    ];
    assert_eq!(rules(source), expected);
}
