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
        // With a second factor it is one, so people are.
        (
            r#"{ Effect = "Deny", NotAction = "iam:ListMFADevices", Resource = "*", Condition = { BoolIfExists = { "aws:MultiFactorAuthPresent" = "false" } } }"#,
            &[],
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
    // Every action on buckets, beside the Deny that most have.
    let bucket = r#"{ Effect = "Allow", Action = "s3:*", Resource = "arn:aws:s3:::*" }"#;
    for deny in [
        r#"{ Effect = "Deny", Action = "s3:*", Resource = "*", Condition = { Bool = { "aws:SecureTransport" = "false" } } }"#,
        r#"{ Effect = "Deny", Action = "s3:*", Resource = "arn:aws:s3:::c/*" }"#,
    ] {
        assert_eq!(rules(&inline("p", &format!("{bucket}, {deny}"))), ["scoped-resource"], "{deny}");
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

const GITHUB: &str = "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com";

/// A role for GitHub's tokens with a subject, and a Deny for tokens that meet some conditions.
fn github(subject: &str, denied: &str) -> Vec<String> {
    let of = |effect: &str, condition: &str| {
        format!(
            r#"{{ Effect = "{effect}", Action = "sts:AssumeRoleWithWebIdentity", Principal = {{ Federated = "{GITHUB}" }}, Condition = {{ {condition} }} }}"#
        )
    };
    let asked = r#"StringEquals = { "token.actions.githubusercontent.com:aud" = "sts.amazonaws.com" }"#;
    let allow = of("Allow", &format!("{asked}\n StringLike = {{ \"token.actions.githubusercontent.com:sub\" = \"{subject}\" }}"));
    let statements = format!("{allow}, {}", of("Deny", denied));
    rules(&format!("resource \"aws_iam_role\" \"ci\" {{\n  name = \"ci\"\n  assume_role_policy = {}\n}}\n", policy(&statements)))
}

/// "If a single statement includes multiple condition operators, all must be met" (IAM User Guide, "Conditions with multiple context keys or
/// values"): a Deny with two tests lets through who fails one.
#[test]
fn a_deny_of_tokens_is_escaped_by_any_of_its_tests() {
    let not_acme = r#"StringNotLike = { "token.actions.githubusercontent.com:sub" = "repo:acme/web:ref:refs/heads/main" }"#;
    assert!(github("repo:*", not_acme).is_empty());
    for other in [
        r#"StringNotEquals = { "token.actions.githubusercontent.com:aud" = "sts.amazonaws.com" }"#,
        r#"Bool = { "aws:SecureTransport" = "false" }"#,
        r#"IpAddress = { "aws:SourceIp" = "192.0.2.0/24" }"#,
    ] {
        assert_eq!(github("repo:*", &format!("{not_acme}\n {other}")), ["oidc-subject-missing"], "{other}");
    }
    // Nobody who comes by a token is of an organisation, or signs a request.
    assert!(github("repo:*", r#"StringNotEquals = { "aws:PrincipalOrgID" = "o-abcdefghij" }"#).is_empty());
    let of_requests = r#"StringLike = { "token.actions.githubusercontent.com:sub" = "*:pull_request" }"#;
    assert_eq!(github("repo:acme/web:*", of_requests), ["oidc-subject-any-ref"]);
    assert!(github("repo:acme/web:pull_request", of_requests).is_empty());
}

/// Who lacks a key is kept out only if nothing is left of what the statement allows.
#[test]
fn who_lacks_a_key_may_be_denied_for_a_part() {
    let bucket = |denied: &str| {
        let network = r#"Condition = { StringEqualsIfExists = { "aws:SourceVpce" = "vpce-0a1b2c3d" } }"#;
        let allow = format!(
            r#"{{ Effect = "Allow", Principal = {{ AWS = "111111111111" }}, Action = ["s3:GetObject", "s3:PutObject"], Resource = "arn:aws:s3:::a/*", {network} }}"#
        );
        let deny = format!(
            r#"{{ Effect = "Deny", Principal = "*", Action = "{denied}", Resource = "arn:aws:s3:::a/*", Condition = {{ Null = {{ "aws:SourceVpce" = "true" }} }} }}"#
        );
        let policy = policy(&format!("{allow}, {deny}"));
        rules(&format!("resource \"aws_s3_bucket_policy\" \"a\" {{\n  bucket = \"a\"\n  policy = {policy}\n}}\n"))
    };
    assert!(bucket("s3:*").is_empty());
    assert_eq!(bucket("s3:PutObject"), ["condition-bypassable"]);
}

/// Records of another type and records of another name are two things; a Deny with both tests leaves either.
#[test]
fn denies_of_records_are_weighed_together() {
    let of = |denies: &str| {
        let allow = r#"{ Effect = "Allow", Action = "route53:ChangeResourceRecordSets", Resource = "arn:aws:route53:::hostedzone/Z1D633PJN98FT9" }"#;
        let held = policy(&format!("{allow}, {denies}"));
        let run = format!("resource \"aws_iam_role_policy\" \"p\" {{\n  role = \"cert-manager\"\n  policy = {held}\n}}\n");
        let scratch = Scratch::new();
        scratch.write("main.tf", &run);
        scratch.run(&["check", "-f", "concise", "."]).out
    };
    let deny = |condition: &str| {
        format!(r#"{{ Effect = "Deny", Action = "route53:ChangeResourceRecordSets", Resource = "*", Condition = {{ {condition} }} }}"#)
    };
    let types = r#""ForAnyValue:StringNotEquals" = { "route53:ChangeResourceRecordSetsRecordTypes" = "TXT" }"#;
    let names = r#""ForAnyValue:StringNotLike" = { "route53:ChangeResourceRecordSetsNormalizedRecordNames" = "_acme-challenge.*" }"#;
    assert!(!of(&format!("{}, {}", deny(types), deny(names))).contains("cert-manager-txt-only"));
    assert!(of(&deny(types)).contains("can change every TXT record"));
    assert!(of(&deny(names)).contains("can delegate the ACME challenges"));
    // Of both at once nothing is left, but of each.
    let both = format!("{types}\n {names}");
    assert!(of(&deny(&both)).contains("can delegate the ACME challenges"), "{}", of(&deny(&both)));
}

/// What a stranger picks, a Deny cannot rest on; what only the owner's callers have keeps strangers out.
#[test]
fn a_stranger_is_whoever_gets_past() {
    let trust = |deny: &str| {
        let of =
            |effect: &str, condition: &str| format!(r#"{{ Effect = "{effect}", Principal = "*", Action = "sts:AssumeRole"{condition} }}"#);
        let policy = policy(&format!("{}, {}", of("Allow", ""), of("Deny", &format!(", Condition = {{ {deny} }}"))));
        rules(&format!("resource \"aws_iam_role\" \"r\" {{\n  name = \"r\"\n  assume_role_policy = {policy}\n}}\n"))
    };
    for open in [
        r#"StringNotLike = { "aws:userid" = "*:deploy" }"#,
        r#"ArnLike = { "aws:PrincipalArn" = "arn:aws:iam::*:role/*" }"#,
        r#"ArnNotLike = { "aws:PrincipalArn" = "arn:aws:iam::*:user/*" }"#,
        r#"StringEquals = { "aws:PrincipalType" = "AssumedRole" }"#,
        r#"Null = { "aws:SourceVpce" = "true" }"#,
        r#"NotIpAddress = { "aws:SourceIp" = "0.0.0.0/1" }"#,
        r#"IpAddress = { "aws:SourceIp" = "198.51.100.0/24" }"#,
    ] {
        assert_eq!(trust(open), ["trust-any-principal"], "{open}");
    }
    for closed in [
        r#"StringNotEquals = { "aws:PrincipalOrgID" = "o-abcdefghij" }"#,
        r#"StringNotEquals = { "aws:SourceVpce" = "vpce-0a1b2c3d" }"#,
        r#"NotIpAddress = { "aws:SourceIp" = "198.51.100.0/24" }"#,
        r#"ArnNotEquals = { "lambda:SourceFunctionArn" = "arn:aws:lambda:eu-west-1:111111111111:function:f" }"#,
        r#"StringNotEquals = { "aws:FederatedProvider" = "arn:aws:iam::111111111111:oidc-provider/example.com" }"#,
    ] {
        assert!(trust(closed).is_empty(), "{closed}");
    }
}

/// Requests without a signature have none of the caller's keys.
#[test]
fn whoever_signs_nothing_is_asked_about_too() {
    for deny in [
        r#"Null = { "aws:PrincipalArn" = "false" }"#,
        r#"StringNotEquals = { "aws:PrincipalType" = "Anonymous" }"#,
        r#"ArnLike = { "aws:PrincipalArn" = "arn:aws:*:*:*:*" }"#,
    ] {
        let statements = format!(
            r#"{{ Effect = "Allow", Principal = "*", Action = "s3:GetObject", Resource = "arn:aws:s3:::my-data/*" }}, {{ Effect = "Deny", Principal = "*", Action = "s3:*", Resource = "arn:aws:s3:::my-data/*", Condition = {{ {deny} }} }}"#
        );
        let policy = policy(&statements);
        let found = rules(&format!("resource \"aws_s3_bucket_policy\" \"b\" {{\n  bucket = \"my-data\"\n  policy = {policy}\n}}\n"));
        assert_eq!(found, ["resource-policy-any-principal"], "{deny}");
    }
}

/// Every token has a subject: to ask that it be there asks for nothing.
#[test]
fn a_deny_of_tokens_without_a_claim_leaves_those_with_it() {
    let missing = r#"Null = { "token.actions.githubusercontent.com:sub" = "true" }"#;
    assert_eq!(github("repo:*", missing), ["oidc-subject-missing"]);
    assert_eq!(github("repo:acme/*", missing), ["oidc-subject-any-repository"]);
}

/// An account is in one partition: a Deny for all of `aws` leaves nothing.
#[test]
fn no_resource_is_of_another_partition() {
    let denied = |partition: &str| {
        let statements = format!(
            r#"{{ Effect = "Allow", Action = ["iam:*"], Resource = "*" }}, {{ Effect = "Deny", Action = "iam:*", Resource = "arn:{partition}:iam::*:*" }}"#
        );
        rules(&inline("p", &statements)).contains(&"admin-access".to_owned())
    };
    assert!(!denied("aws") && !denied("*"));
    assert!(denied("aws-cn"));
}

/// An administrator that pods can become: the label names them by their service account.
#[test]
fn pods_of_an_administrator_are_named() {
    let scratch = Scratch::new();
    let text = r#"
resource "aws_iam_role" "ops" {
  name = "ops"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["sts:AssumeRole", "sts:TagSession"], Principal = { Service = "pods.eks.amazonaws.com" } }]
  })
}
resource "aws_iam_role_policy_attachment" "ops" {
  role       = aws_iam_role.ops.name
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}
resource "aws_eks_pod_identity_association" "ops" {
  cluster_name    = "main"
  namespace       = "ops"
  service_account = "runner"
  role_arn        = aws_iam_role.ops.arn
}
"#;
    scratch.write("main.tf", text);
    let run = scratch.run(&["check", "."]);
    assert!(run.out.contains("lets `ops:runner` assume it"), "{}", run.out);
}
