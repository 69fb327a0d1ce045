//! What caps identities and accounts: permissions boundaries, and the policies of an organization.

use crate::run::{Scratch, said};

fn policy(statements: &str) -> String {
    format!("jsonencode({{ Version = \"2012-10-17\", Statement = [{statements}] }})")
}

const TRUST: &str = r#"{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }"#;
const ALL: &str = r#"{ Effect = "Allow", Action = "*", Resource = "*" }"#;
const ADMIN: &str = "admin-access: role `app` can do everything in the account, and `ec2.amazonaws.com` can assume it";

/// A role `app` with a boundary and a policy.
fn role(name: &str, boundary: &str, statements: &str) -> String {
    format!(
        "resource \"aws_iam_role\" \"app\" {{\n  name = \"{name}\"\n  assume_role_policy = {}\n  {boundary}\n}}\n\
         resource \"aws_iam_role_policy\" \"app\" {{\n  name = \"p\"\n  role = aws_iam_role.app.name\n  policy = {}\n}}\n",
        policy(TRUST),
        policy(statements)
    )
}

/// A policy of the estate as the boundary.
fn own(statements: &str) -> (String, String) {
    let made = format!("resource \"aws_iam_policy\" \"cap\" {{\n  name = \"cap\"\n  policy = {}\n}}\n", policy(statements));
    (made, "permissions_boundary = aws_iam_policy.cap.arn".to_owned())
}

fn bounded(statements: &str, cap: &str) -> Vec<String> {
    let (made, boundary) = own(cap);
    said(&format!("{made}{}", role("app", &boundary, statements)))
}

#[test]
fn a_boundary_takes_away_what_it_does_not_allow() {
    let one_bucket = r#"{ Effect = "Allow", Action = "s3:GetObject", Resource = "arn:aws:s3:::one/*" }"#;
    assert_eq!(bounded(ALL, one_bucket), Vec::<String>::new());
    let wide = r#"{ Effect = "Allow", Action = ["s3:*", "iam:PassRole"], Resource = "*" }"#;
    assert_eq!(bounded(wide, one_bucket), Vec::<String>::new());
    assert_eq!(said(&role("app", "", wide)).len(), 1);
    // What it takes nothing from stands.
    assert_eq!(bounded(ALL, ALL), [ADMIN]);
    let denies = r#"{ Effect = "Allow", Action = "*", Resource = "*" }, { Effect = "Deny", Action = "organizations:*", Resource = "*" }"#;
    assert_eq!(bounded(ALL, denies), [ADMIN]);
    let no_iam = r#"{ Effect = "Allow", Action = "*", Resource = "*" }, { Effect = "Deny", Action = ["iam:*", "sts:*"], Resource = "*" }"#;
    assert!(bounded(ALL, no_iam).iter().all(|said| said.starts_with("scoped-resource")), "{:?}", bounded(ALL, no_iam));
    // A part that both allow, and another that neither does.
    let reads = r#"{ Effect = "Allow", Action = ["s3:GetObject", "secretsmanager:GetSecretValue"], Resource = "*" }"#;
    let of_s3 = r#"{ Effect = "Allow", Action = "s3:*", Resource = "*" }"#;
    let [left] = bounded(reads, of_s3).try_into().unwrap();
    assert!(left.contains("`s3:GetObject`") && !left.contains("secretsmanager"), "{left}");
}

#[test]
fn boundaries_of_aws_and_of_others() {
    let by_arn = |arn: &str| said(&role("app", &format!("permissions_boundary = \"{arn}\""), ALL));
    assert_eq!(by_arn("arn:aws:iam::aws:policy/AdministratorAccess"), [ADMIN]);
    assert_eq!(by_arn("arn:aws:iam::aws:policy/AWSSupportAccess"), Vec::<String>::new());
    assert!(!by_arn("arn:aws:iam::aws:policy/AmazonS3FullAccess").contains(&ADMIN.to_owned()));
    let unknown = format!("{ADMIN}, unless its permissions boundary blocks it");
    assert_eq!(by_arn("arn:aws:iam::111111111111:policy/cap"), [unknown.as_str()]);
    let by_variable = format!("variable \"cap\" {{}}\n{}", role("app", "permissions_boundary = var.cap", ALL));
    assert_eq!(said(&by_variable), [unknown.as_str()]);
    assert_eq!(said(&role("app", "permissions_boundary = null", ALL)), [ADMIN]);
    // Medium, and a warning: no run fails of what source cannot say.
    let scratch = Scratch::new();
    scratch.write("main.tf", &by_variable);
    let run = scratch.run(&["check", "-f", "json", "."]);
    assert_eq!((run.status, run.json()["findings"][0]["confidence"].as_str()), (Some(0), Some("medium")));
}

#[test]
fn a_dns_client_whose_boundary_has_no_dns_is_harmless() {
    let dns = r#"{ Effect = "Allow", Action = "route53:ChangeResourceRecordSets", Resource = "arn:aws:route53:::hostedzone/*" }"#;
    let client = |boundary: &str| role("cert-manager", boundary, dns);
    assert_eq!(said(&client("")).len(), 1);
    let (made, boundary) = own(r#"{ Effect = "Allow", Action = "s3:*", Resource = "*" }"#);
    assert_eq!(said(&format!("{made}{}", client(&boundary))), Vec::<String>::new());
    let (made, boundary) = own(r#"{ Effect = "Allow", Action = "route53:*", Resource = "*" }"#);
    assert_eq!(said(&format!("{made}{}", client(&boundary))).len(), 1);
}

/// Who may only touch identities that have a boundary is no administrator.
#[test]
fn a_boundary_that_asks_for_boundaries_holds() {
    let asks = r#"{ Effect = "Allow", Action = ["iam:Create*", "iam:Attach*", "iam:Put*"], Resource = "*", Condition = { StringEquals = { "iam:PermissionsBoundary" = "arn:aws:iam::111111111111:policy/cap" } } }"#;
    assert!(!bounded(ALL, asks).iter().any(|said| said.starts_with("admin-access")), "{:?}", bounded(ALL, asks));
    // Nor who may only pass and change what is in a namespace.
    let of_namespace = r#"{ Effect = "Allow", Action = ["iam:PassRole", "iam:SetDefaultPolicyVersion"], Resource = ["arn:aws:iam::111111111111:role/apps/*", "arn:aws:iam::111111111111:policy/apps/*"] }, { Effect = "Allow", Action = "s3:*", Resource = "*" }"#;
    let all = r#"{ Effect = "Allow", Action = ["iam:*", "s3:*"], Resource = "*" }"#;
    assert!(!bounded(all, of_namespace).iter().any(|said| said.starts_with("admin-access")), "{:?}", bounded(all, of_namespace));
}

/// A policy of an organization, attached to what `target` says.
fn organization(kind: &str, statements: &str, target: &str) -> String {
    format!(
        "resource \"aws_organizations_policy\" \"p\" {{\n  name = \"p\"\n  type = \"{kind}\"\n  content = {}\n}}\n\
         resource \"aws_organizations_policy_attachment\" \"a\" {{\n  policy_id = aws_organizations_policy.p.id\n  target_id = {target}\n}}\n",
        policy(statements)
    )
}

const NO_IAM: &str = r#"{ Effect = "Deny", Action = ["iam:*", "sts:AssumeRole"], Resource = "*" }"#;
const IAM: &str = r#"{ Effect = "Allow", Action = "iam:*", Resource = "*" }"#;

#[test]
fn a_service_control_policy_binds_the_accounts_below() {
    let of_iam = role("app", "", IAM);
    let loud = said(&of_iam);
    assert_eq!(loud, ["admin-access: role `app` can give itself every permission, and `ec2.amazonaws.com` can assume it"]);
    let attached = |target: &str| said(&format!("{of_iam}{}", organization("SERVICE_CONTROL_POLICY", NO_IAM, target)));
    assert_eq!(attached("\"r-ab12\""), Vec::<String>::new());
    // Nothing says that the account is in that unit, or is that one.
    assert_eq!(attached("\"ou-ab12-cdef3456\""), loud);
    assert_eq!(attached("\"222222222222\""), loud);
    // Another action, and a policy of another kind.
    let other = organization("SERVICE_CONTROL_POLICY", r#"{ Effect = "Deny", Action = "ec2:*", Resource = "*" }"#, "\"r-ab12\"");
    assert_eq!(said(&format!("{of_iam}{other}")), loud);
    // What says nothing of permissions takes none away.
    for kind in ["TAG_POLICY", "BACKUP_POLICY"] {
        assert_eq!(said(&format!("{of_iam}{}", organization(kind, NO_IAM, "\"r-ab12\""))), loud, "{kind}");
    }
}

#[test]
fn the_management_account_is_bound_by_nothing() {
    let made = "resource \"aws_organizations_organization\" \"o\" {\n  feature_set = \"ALL\"\n}\n";
    let root = organization("SERVICE_CONTROL_POLICY", NO_IAM, "aws_organizations_organization.o.roots[0].id");
    let loud = ["admin-access: role `app` can give itself every permission, and `ec2.amazonaws.com` can assume it"];
    assert_eq!(said(&format!("{made}{root}{}", role("app", "", IAM))), loud);
    // Another region is the same account.
    let region = "provider \"aws\" {\n  region = \"us-east-1\"\n}\nprovider \"aws\" {\n  alias  = \"eu\"\n  region = \"eu-west-1\"\n}\n";
    let elsewhere =
        role("app", "provider = aws.eu", IAM).replacen("  role = aws_iam_role", "  provider = aws.eu\n  role = aws_iam_role", 1);
    assert_eq!(said(&format!("{made}{region}{root}{elsewhere}")), loud);
    // A member, in which a provider works.
    let member = "resource \"aws_organizations_organizational_unit\" \"apps\" {\n  name = \"apps\"\n  parent_id = aws_organizations_organization.o.roots[0].id\n}\n\
         resource \"aws_organizations_account\" \"app\" {\n  name = \"app\"\n  email = \"app@example.com\"\n  parent_id = aws_organizations_organizational_unit.apps.id\n}\n\
         provider \"aws\" {\n  alias = \"app\"\n  assume_role {\n    role_arn = \"arn:aws:iam::${aws_organizations_account.app.id}:role/deploy\"\n  }\n}\n";
    let of_member =
        role("app", "provider = aws.app", IAM).replacen("  role = aws_iam_role", "  provider = aws.app\n  role = aws_iam_role", 1);
    assert_eq!(said(&format!("{made}{member}{root}{of_member}")), Vec::<String>::new());
    let unit = organization("SERVICE_CONTROL_POLICY", NO_IAM, "aws_organizations_organizational_unit.apps.id");
    assert_eq!(said(&format!("{made}{member}{unit}{of_member}")), Vec::<String>::new());
    let account = organization("SERVICE_CONTROL_POLICY", NO_IAM, "aws_organizations_account.app.id");
    assert_eq!(said(&format!("{made}{member}{account}{of_member}")), Vec::<String>::new());
    assert_eq!(said(&format!("{made}{member}{of_member}")), loud);
    // Attached, and not known.
    let unknown = "resource \"aws_organizations_policy_attachment\" \"a\" {\n  policy_id = \"p-ab12cd34\"\n  target_id = aws_organizations_account.app.id\n}\n";
    let possible = format!("{}, unless the policy that `aws_organizations_policy_attachment.a` attaches blocks it", loud[0]);
    assert_eq!(said(&format!("{made}{member}{unknown}{of_member}")), [possible]);
    let full = unknown.replace("p-ab12cd34", "p-FullAWSAccess");
    assert_eq!(said(&format!("{made}{member}{full}{of_member}")), loud);
}

#[test]
fn a_resource_control_policy_binds_whoever_comes() {
    let open = format!(
        "resource \"aws_iam_role\" \"r\" {{\n  name = \"r\"\n  assume_role_policy = {}\n}}\n",
        policy(r#"{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { AWS = "*" } }"#)
    );
    let outsiders = |actions: &str| {
        format!(
            r#"{{ Effect = "Deny", Principal = "*", Action = {actions}, Resource = "*", Condition = {{ StringNotEqualsIfExists = {{ "aws:PrincipalOrgID" = "o-a1b2c3d4e5" }}, BoolIfExists = {{ "aws:PrincipalIsAWSService" = "false" }} }} }}"#
        )
    };
    let loud = ["trust-any-principal: anyone with an AWS account can assume role `r`"];
    assert_eq!(said(&open), loud);
    let bound = |kind: &str, actions: &str| said(&format!("{open}{}", organization(kind, &outsiders(actions), "\"r-ab12\"")));
    assert_eq!(bound("RESOURCE_CONTROL_POLICY", r#"["s3:*", "sts:AssumeRole"]"#), Vec::<String>::new());
    assert_eq!(bound("RESOURCE_CONTROL_POLICY", r#""s3:*""#), loud);
    // A topic is of a service that they do not bind.
    let topic = format!(
        "resource \"aws_sns_topic_policy\" \"t\" {{\n  arn = \"arn:aws:sns:us-east-1:111111111111:t\"\n  policy = {}\n}}\n",
        policy(r#"{ Effect = "Allow", Action = "sns:Publish", Principal = "*", Resource = "*" }"#)
    );
    let of_topic = said(&topic);
    assert_eq!(of_topic.len(), 1);
    assert_eq!(said(&format!("{topic}{}", organization("RESOURCE_CONTROL_POLICY", &outsiders(r#""sns:*""#), "\"r-ab12\""))), of_topic);
    let queue = topic
        .replace("aws_sns_topic_policy", "aws_sqs_queue_policy")
        .replace("arn = \"arn:aws:sns", "queue_url = \"arn:aws:sqs")
        .replace("sns:Publish", "sqs:SendMessage");
    assert_eq!(said(&queue).len(), 1);
    assert_eq!(
        said(&format!("{queue}{}", organization("RESOURCE_CONTROL_POLICY", &outsiders(r#""sqs:*""#), "\"r-ab12\""))),
        Vec::<String>::new()
    );
}

/// Allow and Deny under opposite arms of one condition are never there together, under the same they always are.
#[test]
fn one_condition_is_not_taken_both_ways() {
    let of = |allow: &str, deny: &str| {
        let trust = policy(TRUST);
        let text = format!(
            "variable \"on\" {{ type = bool }}\n\
             resource \"aws_iam_role\" \"app\" {{\n  name = \"app\"\n  assume_role_policy = {trust}\n}}\n\
             resource \"aws_iam_role_policy\" \"allow\" {{\n  name = \"allow\"\n  role = aws_iam_role.app.name\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = {allow} }})\n}}\n\
             resource \"aws_iam_role_policy\" \"deny\" {{\n  name = \"deny\"\n  role = aws_iam_role.app.name\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = {deny} }})\n}}\n"
        );
        said(&text)
    };
    let nothing = r#"{ Effect = "Allow", Action = "s3:GetObject", Resource = "arn:aws:s3:::one/*" }"#;
    let (one, other) = (format!("[var.on ? {ALL} : {nothing}]"), format!("[var.on ? {nothing} : {ALL}]"));
    let denied = r#"{ Effect = "Deny", Action = "*", Resource = "*" }"#;
    let deny = format!("[var.on ? {denied} : {nothing}]");
    assert_eq!(of(&one, &deny), Vec::<String>::new());
    assert_eq!(of(&other, &deny), [format!("{ADMIN}, depending on `var.on`")]);
}

/// A boundary that may be one thing or another caps nobody for certain, and is a boundary all the same.
#[test]
fn a_boundary_that_is_known_in_part_is_named() {
    let possible = [format!("{ADMIN}, unless its permissions boundary blocks it")];
    let (made, boundary) = own(r#"{ Effect = "Allow", Action = "s3:*", Resource = "*" }"#);
    let perhaps = boundary.replace("aws_iam_policy.cap.arn", "var.on ? aws_iam_policy.cap.arn : null");
    assert_eq!(said(&format!("variable \"on\" {{}}\n{made}{}", role("app", &perhaps, ALL))), possible);
    let (made, boundary) = own(r#"{ Effect = "Allow", Action = var.actions, Resource = "*" }"#);
    assert_eq!(said(&format!("variable \"actions\" {{}}\n{made}{}", role("app", &boundary, ALL))), possible);
}

/// Where one of two holders has a boundary, nothing is said of what that leaves.
#[test]
fn of_two_holders_the_one_without_a_boundary_counts() {
    let (made, boundary) = own(r#"{ Effect = "Allow", Action = "s3:GetObject", Resource = "arn:aws:s3:::one/*" }"#);
    let second = role("other", "", ALL).replace("\"app\"", "\"other\"").replace("aws_iam_role.app", "aws_iam_role.other");
    let shared = format!(
        "resource \"aws_iam_policy\" \"shared\" {{\n  name = \"shared\"\n  policy = {}\n}}\n\
         resource \"aws_iam_policy_attachment\" \"shared\" {{\n  name = \"shared\"\n  roles = [aws_iam_role.app.name, aws_iam_role.other.name]\n  policy_arn = aws_iam_policy.shared.arn\n}}\n",
        policy(r#"{ Effect = "Allow", Action = "secretsmanager:GetSecretValue", Resource = "*" }"#)
    );
    let scratch = Scratch::new();
    let harmless = r#"{ Effect = "Allow", Action = "s3:ListAllMyBuckets", Resource = "*" }"#;
    scratch.write("main.tf", format!("{made}{}{}{shared}", role("app", &boundary, harmless), second.replace(ALL, harmless)));
    let run = scratch.run(&["check", "."]);
    assert!(run.out.contains("scoped-resource") && !run.out.contains("this boundary"), "{}", run.out);
}

/// A policy that nobody in source holds, and that is made for others to set as a boundary, makes nobody an administrator.
#[test]
fn a_boundary_for_others_grants_nothing() {
    let made = |label: &str, name: &str| {
        format!("resource \"aws_iam_policy\" \"{label}\" {{\n  name = \"{name}\"\n  policy = {}\n}}\n", policy(ALL))
    };
    assert_eq!(said(&made("all", "all")), ["admin-access: any identity with `aws_iam_policy.all` can do everything in the account"]);
    assert_eq!(said(&made("developer_boundary", "developers")), Vec::<String>::new());
    assert_eq!(said(&made("this", "developer-boundary")), Vec::<String>::new());
    // One that somebody holds is a grant, whatever it is called.
    let held = "resource \"aws_iam_user\" \"ann\" {\n  name = \"ann\"\n}\nresource \"aws_iam_user_policy_attachment\" \"ann\" {\n  user = aws_iam_user.ann.name\n  policy_arn = aws_iam_policy.this.arn\n}\n";
    assert_eq!(
        said(&format!("{}{held}", made("this", "developer-boundary"))),
        ["admin-access: user `ann` can do everything in the account"]
    );
    // Those who make roles must set it.
    let asked = role(
        "app",
        "",
        r#"{ Effect = "Allow", Action = "iam:CreateRole", Resource = "arn:aws:iam::*:role/apps/*", Condition = { StringEquals = { "iam:PermissionsBoundary" = aws_iam_policy.all.arn } } }"#,
    );
    assert_eq!(said(&format!("{}{asked}", made("all", "all"))), Vec::<String>::new());
}
