//! What Denies leave of an Allow, as rules tell of it.

use crate::run::Scratch;

/// The rules that speak of a file.
fn rules(text: &str) -> Vec<String> {
    let scratch = Scratch::new();
    scratch.write("main.tf", text);
    let run = scratch.run(&["check", "-f", "concise", "."]);
    run.rules().into_iter().map(str::to_owned).collect()
}

fn policy(statements: &str) -> String {
    format!("jsonencode({{ Version = \"2012-10-17\", Statement = [{statements}] }})")
}

fn inline(name: &str, statements: &str) -> String {
    format!("resource \"aws_iam_role_policy\" \"{name}\" {{\n  role = \"deploy\"\n  policy = {}\n}}\n", policy(statements))
}

const ALL: &str = r#"{ Effect = "Allow", Action = "*", Resource = "*" }"#;

#[test]
fn an_administrator_is_who_can_still_become_one() {
    for (deny, expected) in [
        (r#"{ Effect = "Deny", Action = "organizations:LeaveOrganization", Resource = "*" }"#, &["admin-access"][..]),
        (r#"{ Effect = "Deny", Action = "iam:*", Resource = "arn:aws:iam::*:role/break-glass" }"#, &["admin-access"]),
        // With a second factor it is one.
        (
            r#"{ Effect = "Deny", NotAction = "iam:ListMFADevices", Resource = "*", Condition = { BoolIfExists = { "aws:MultiFactorAuthPresent" = "false" } } }"#,
            &["admin-access"],
        ),
        (r#"{ Effect = "Deny", NotAction = "s3:GetObject", Resource = "*" }"#, &["scoped-resource"]),
        (r#"{ Effect = "Deny", Action = "*", Resource = "*" }"#, &[]),
        // Each of the two leaves half, and both together nothing.
        (r#"{ Effect = "Deny", Action = "*", Resource = "arn:*" }, { Effect = "Deny", Action = "*", NotResource = "arn:*" }"#, &[]),
    ] {
        assert_eq!(rules(&inline("p", &format!("{ALL}, {deny}"))), expected, "{deny}");
    }
    // Of IAM alone nothing is left, although the statement is for more.
    let iam = r#"{ Effect = "Allow", Action = ["s3:*", "iam:*"], Resource = "*" }, { Effect = "Deny", Action = "iam:*", Resource = "*" }"#;
    assert_eq!(rules(&inline("p", iam)), ["scoped-resource"]);
}

/// What is left of IAM must be something that IAM's actions work on, and that nobody had to tag.
#[test]
fn what_is_left_must_be_of_use() {
    for deny in [
        r#"{ Effect = "Deny", Action = "*", NotResource = ["arn:aws:s3:::x", "arn:aws:s3:::x/*"] }"#,
        r#"{ Effect = "Deny", Action = "*", Resource = "*", Condition = { StringNotEquals = { "aws:ResourceTag/env" = "dev" } } }"#,
    ] {
        assert!(!rules(&inline("p", &format!("{ALL}, {deny}"))).contains(&"admin-access".to_owned()), "{deny}");
    }
    // Every action of a bucket, beside the Deny that most have.
    let bucket =
        r#"{ Effect = "Allow", Action = "s3:*", Resource = ["arn:aws:s3:::a", "arn:aws:s3:::a/*", "arn:aws:s3:::b", "arn:aws:s3:::b/*"] }"#;
    for deny in [
        r#"{ Effect = "Deny", Action = "s3:*", Resource = "*", Condition = { Bool = { "aws:SecureTransport" = "false" } } }"#,
        r#"{ Effect = "Deny", Action = "s3:*", Resource = "arn:aws:s3:::c/*" }"#,
    ] {
        assert_eq!(rules(&inline("p", &format!("{bucket}, {deny}"))), ["service-wildcard"], "{deny}");
    }
    let secret = r#"{ Effect = "Allow", Action = "secretsmanager:GetSecretValue", Resource = "*" }, { Effect = "Deny", Action = "secretsmanager:*", Resource = "*", Condition = { StringNotLike = { "secretsmanager:SecretId" = "arn:aws:secretsmanager:*:*:secret:app-*" } } }"#;
    assert_eq!(rules(&inline("p", secret)), Vec::<String>::new());
    let attached = |name: &str, arn: &str| {
        format!("resource \"aws_iam_role_policy_attachment\" \"{name}\" {{\n  role = \"deploy\"\n  policy_arn = \"{arn}\"\n}}\n")
    };
    let admin = attached("admin", "arn:aws:iam::aws:policy/AdministratorAccess");
    assert_eq!(rules(&admin), ["admin-access"]);
    assert_eq!(rules(&format!("{admin}{}", attached("deny", "arn:aws:iam::aws:policy/AWSDenyAll"))), Vec::<String>::new());
}

/// Whoever has an account of their own names its roles and users, and need not be of an organisation.
#[test]
fn a_stranger_chooses_what_is_a_strangers() {
    let role = |deny: &str| {
        let allow = r#"{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { AWS = "*" } }"#;
        let all = format!(r#"{allow}, {{ Effect = "Deny", Action = "*", Principal = "*", Condition = {{ {deny} }} }}"#);
        rules(&format!("resource \"aws_iam_role\" \"r\" {{\n  name = \"r\"\n  assume_role_policy = {}\n}}\n", policy(&all)))
    };
    for open in [
        r#"ArnNotLike = { "aws:PrincipalArn" = "arn:aws:iam::*:role/ci" }"#,
        r#""ForAnyValue:StringNotEquals" = { "aws:PrincipalOrgID" = "o-a1b2c3d4e5" }"#,
        r#"StringNotEquals = { "sts:ExternalId" = "7f3b1c9d-2b0e" }"#,
        r#"StringNotEquals = { "aws:PrincipalTag/team" = "red" }"#,
    ] {
        assert!(role(open).contains(&"trust-any-principal".to_owned()), "{open}");
    }
    for closed in [
        r#"ArnNotLike = { "aws:PrincipalArn" = "arn:aws:iam::111122223333:role/ci" }"#,
        r#"StringNotEquals = { "aws:PrincipalOrgID" = "o-a1b2c3d4e5" }"#,
        r#"StringNotEquals = { "aws:PrincipalAccount" = "111122223333" }"#,
    ] {
        assert_eq!(role(closed), Vec::<String>::new(), "{closed}");
    }
}

/// Another policy of the same role denies, and so does one of AWS's own.
#[test]
fn every_policy_of_a_holder_counts() {
    let allow = inline("allow", ALL);
    let deny = inline("deny", r#"{ Effect = "Deny", Action = "*", Resource = "*" }"#);
    assert_eq!(rules(&allow), ["admin-access"]);
    assert_eq!(rules(&format!("{allow}{deny}")), Vec::<String>::new());
    let other = deny.replace("\"deploy\"", "\"other\"");
    assert_eq!(rules(&format!("{allow}{other}")), ["admin-access"]);
    let managed = "resource \"aws_iam_role_policy_attachment\" \"deny\" {\n  role = \"deploy\"\n  policy_arn = \"arn:aws:iam::aws:policy/AWSDenyAll\"\n}\n";
    assert_eq!(rules(&format!("{allow}{managed}")), Vec::<String>::new());
    // One that may be there leaves the finding.
    let perhaps = deny
        .replace("policy = jsonencode(", "policy = var.strict ? jsonencode(")
        .replace("] })\n", "] }) : jsonencode({ Version = \"2012-10-17\", Statement = [] })\n");
    assert_eq!(rules(&format!("variable \"strict\" {{}}\n{allow}{perhaps}")).first().map(String::as_str), Some("admin-access"));
}

#[test]
fn a_deny_may_scope_what_an_allow_does_not() {
    let read = |deny: &str| {
        rules(&inline("p", &format!(r#"{{ Effect = "Allow", Action = "secretsmanager:GetSecretValue", Resource = "*" }}, {deny}"#)))
    };
    for scoped in [
        r#"{ Effect = "Deny", Action = "*", NotResource = "arn:aws:secretsmanager:*:*:secret:app-*" }"#,
        r#"{ Effect = "Deny", Action = "secretsmanager:*", Resource = "*", Condition = { StringNotEquals = { "aws:ResourceTag/team" = "app" } } }"#,
    ] {
        assert_eq!(read(scoped), Vec::<String>::new(), "{scoped}");
    }
    for open in [
        r#"{ Effect = "Deny", Action = "*", Resource = "arn:aws:secretsmanager:*:*:secret:root-*" }"#,
        r#"{ Effect = "Deny", Action = "*", Resource = "*", Condition = { Bool = { "aws:SecureTransport" = "false" } } }"#,
        r#"{ Effect = "Deny", Action = "*", NotResource = "arn:aws:secretsmanager:eu-west-1:*:secret:*" }"#,
    ] {
        assert_eq!(read(open), ["scoped-resource"], "{open}");
    }
}

const OUTSIDE: &str = r#"Condition = { StringNotEquals = { "aws:PrincipalOrgID" = "o-a1b2c3d4e5" } }"#;

/// A Deny for a part takes away that part.
#[test]
fn a_deny_for_a_part_leaves_the_rest() {
    let queue = |statements: &str| {
        rules(&format!("resource \"aws_sqs_queue_policy\" \"q\" {{\n  queue_url = \"q\"\n  policy = {}\n}}\n", policy(statements)))
    };
    let open = r#"{ Effect = "Allow", Principal = "*", Action = "sqs:*", Resource = "*" }"#;
    let deny = |what: &str| queue(&format!(r#"{open}, {{ Effect = "Deny", Principal = "*", {what} }}"#));
    assert_eq!(deny(&format!(r#"Action = "sqs:ReceiveMessage", Resource = "*", {OUTSIDE}"#)), ["resource-policy-any-principal"]);
    assert_eq!(deny(&format!(r#"Action = "sqs:*", Resource = "*", {OUTSIDE}"#)), Vec::<String>::new());
    // A tag says nothing of somebody else's account, where everybody gives their own.
    assert_eq!(
        deny(r#"Action = "*", Resource = "*", Condition = { StringNotEquals = { "aws:PrincipalTag/team" = "red" } }"#),
        ["resource-policy-any-principal"]
    );
    let account = queue(&format!(
        r#"{open}, {{ Effect = "Deny", Principal = {{ AWS = "arn:aws:iam::444455556666:root" }}, Action = "*", Resource = "*" }}"#
    ));
    assert_eq!(account, ["resource-policy-any-principal"]);
}

#[test]
fn a_vendor_outside_of_the_organisation_is_kept_out() {
    let role = |deny: &str| {
        let allow = r#"{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { AWS = "arn:aws:iam::464622532012:root" } }"#;
        rules(&format!(
            "resource \"aws_iam_role\" \"r\" {{\n  name = \"r\"\n  assume_role_policy = {}\n}}\n",
            policy(&format!("{allow}{deny}"))
        ))
    };
    assert_eq!(role(""), ["external-id-required"]);
    assert_eq!(role(&format!(r#", {{ Effect = "Deny", Action = "*", Principal = "*", {OUTSIDE} }}"#)), Vec::<String>::new());
    assert_eq!(
        role(&format!(r#", {{ Effect = "Deny", Action = "sts:TagSession", Principal = "*", {OUTSIDE} }}"#)),
        ["external-id-required"]
    );
    let asks = r#", { Effect = "Deny", Action = "sts:AssumeRole", Principal = "*", Condition = { StringNotEquals = { "sts:ExternalId" = "7f3b1c9d-2b0e" } } }"#;
    assert!(!role(asks).contains(&"external-id-required".to_owned()));
}
