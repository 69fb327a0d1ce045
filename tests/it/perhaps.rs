//! What source shows and what may stand against a grant, or not: caps and Denies that are there in one case, that bind perhaps, or of which source
//! does not give all.

use crate::run::{Scratch, said, said_with};

fn policy(statement: &str) -> String {
    format!("jsonencode({{ Version = \"2012-10-17\", Statement = [{statement}] }})")
}

const NOBODY: &[&str] = &[];
const ADMIN: &str = "admin-access: role `app` can do everything in the account, and `ec2.amazonaws.com` can assume it";
const TRUST: &str = r#"{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }"#;
const ALL: &str = r#"{ Effect = "Allow", Action = "*", Resource = "*" }"#;
const NOTHING: &str = r#"{ Effect = "Deny", Action = "*", Resource = "*" }"#;

/// A role `app` that may do everything; `role` and `grant` are further arguments.
fn admin(role: &str, grant: &str) -> String {
    format!(
        "resource \"aws_iam_role\" \"app\" {{\n  name = \"app\"\n  assume_role_policy = {}\n  {role}\n}}\n\
         resource \"aws_iam_role_policy\" \"app\" {{\n  role = \"app\"\n  policy = {}\n  {grant}\n}}\n",
        policy(TRUST),
        policy(ALL)
    )
    .replace("role = \"app\"", if role.contains("count =") { "role = aws_iam_role.app[0].name" } else { "role = aws_iam_role.app.name" })
}

/// Another policy of that role.
fn denying(arguments: &str) -> String {
    format!("resource \"aws_iam_role_policy\" \"deny\" {{\n  role = \"app\"\n  policy = {}\n  {arguments}\n}}\n", policy(NOTHING))
}

const ON: &str = "variable \"on\" {}\n";
const COUNTED: &str = "count = var.on ? 1 : 0";

/// The finding, if something does not take it away.
fn unless(finding: &str, what: &str) -> Vec<String> {
    vec![format!("{finding}, unless {what}")]
}

#[test]
fn a_policy_that_is_there_in_one_case_denies_in_that_one() {
    let by_deny = unless(ADMIN, "`aws_iam_role_policy.deny[0]` denies it");
    assert_eq!(said(&format!("{}{}", admin("", ""), denying(""))), NOBODY);
    assert_eq!(said(&format!("{ON}{}{}", admin("", ""), denying(COUNTED))), by_deny);
    // Where the grant is there in the same case, the Deny always is; where it is in the other one, never.
    assert_eq!(said(&format!("{ON}{}{}", admin("", COUNTED), denying(COUNTED))), NOBODY);
    assert_eq!(said(&format!("{ON}{}{}", admin(COUNTED, COUNTED), denying(COUNTED))), NOBODY);
    assert_eq!(said(&format!("{ON}{}{}", admin("", "count = var.on ? 0 : 1"), denying(COUNTED))), [ADMIN]);
    // One that takes nothing away is not spoken of.
    let harmless = denying(COUNTED).replace(NOTHING, r#"{ Effect = "Deny", Action = "organizations:LeaveOrganization", Resource = "*" }"#);
    assert_eq!(said(&format!("{ON}{}{harmless}", admin("", ""))), [ADMIN]);
    // Things of which source does not say how many there are.
    let each = "variable \"names\" {\n  type = set(string)\n}\n";
    let of_each = denying("for_each = var.names");
    assert_eq!(said(&format!("{each}{}{of_each}", admin("", ""))), unless(ADMIN, "`aws_iam_role_policy.deny[*]` denies it"));
    assert_eq!(said(&format!("{each}{}{of_each}", admin("", "for_each = var.names"))), NOBODY);
    // What attaches a policy may be there or not as well.
    let attached = format!(
        "resource \"aws_iam_policy\" \"deny\" {{\n  name = \"deny\"\n  policy = {}\n}}\n\
         resource \"aws_iam_role_policy_attachment\" \"deny\" {{\n  role = aws_iam_role.app.name\n  policy_arn = aws_iam_policy.deny.arn\n  {COUNTED}\n}}\n",
        policy(NOTHING)
    );
    assert_eq!(said(&format!("{ON}{}{attached}", admin("", ""))), unless(ADMIN, "`aws_iam_policy.deny` denies it"));
    assert_eq!(said(&format!("{}{}", admin("", ""), attached.replace(COUNTED, ""))), NOBODY);
    let by_aws = "resource \"aws_iam_role_policy_attachment\" \"none\" {\n  role = aws_iam_role.app.name\n  policy_arn = \"arn:aws:iam::aws:policy/AWSDenyAll\"\n  count = var.on ? 1 : 0\n}\n";
    assert_eq!(said(&format!("{ON}{}{by_aws}", admin("", ""))), unless(ADMIN, "`aws_iam_role_policy_attachment.none[0]` denies it"));
    // The same of what a policy says: of two forms both deny it, or one does.
    let either = |other: &str| denying("").replace("Action = \"*\"", &format!("Action = var.on ? [\"*\"] : {other}"));
    assert_eq!(
        said(&format!("{ON}{}{}", admin("", ""), either(r#"["iam:*", "sts:*"]"#))),
        [
            "scoped-resource: role `app` can use `*` on every resource of the account, not only on what it works with, unless `aws_iam_role_policy.deny` denies it"
        ]
    );
    assert_eq!(said(&format!("{ON}{}{}", admin("", ""), either(r#"["ec2:*"]"#))), unless(ADMIN, "`aws_iam_role_policy.deny` denies it"));
}

/// The case is said where the policy is.
#[test]
fn the_case_is_said() {
    let scratch = Scratch::new();
    scratch.write("main.tf", format!("{ON}{}{}", admin("", ""), denying(COUNTED)));
    let run = scratch.run(&["check", "."]);
    assert_eq!(run.status, Some(0), "{}", run.out);
    let said = run.out.split_whitespace().filter(|word| !word.contains(['│', '┤', '·'])).collect::<Vec<_>>().join(" ");
    assert!(said.contains("this policy may block it if `var.on` is true"), "{}", run.out);
}

const MADE: &str = "resource \"aws_organizations_organization\" \"o\" {\n  feature_set = \"ALL\"\n}\n";
const READ: &str = "data \"aws_organizations_organization\" \"o\" {}\n";
const AT_THE_ROOT: &str = "\"r-ab12\"";

fn attached(kind: &str, statement: &str, target: &str, arguments: &str) -> String {
    format!(
        "resource \"aws_organizations_policy\" \"p\" {{\n  name = \"p\"\n  type = \"{kind}_CONTROL_POLICY\"\n  content = {}\n}}\n\
         resource \"aws_organizations_policy_attachment\" \"a\" {{\n  policy_id = aws_organizations_policy.p.id\n  target_id = {target}\n  {arguments}\n}}\n",
        policy(statement)
    )
}

#[test]
fn a_policy_of_an_organization_binds_whom_source_shows_below() {
    let scp = |target: &str, arguments: &str| attached("SERVICE", NOTHING, target, arguments);
    let by_scp = unless(ADMIN, "the policy that `aws_organizations_policy_attachment.a` attaches blocks it");
    let app = admin("", "");
    assert_eq!(said(&format!("{}{app}", scp(AT_THE_ROOT, ""))), NOBODY);
    let counted = unless(ADMIN, "the policy that `aws_organizations_policy_attachment.a[0]` attaches blocks it");
    assert_eq!(said(&format!("{ON}{}{app}", scp(AT_THE_ROOT, COUNTED))), counted);
    // Whoever reads the organization's roots is in its management account, or one to which that delegates.
    assert_eq!(said(&format!("{READ}{}{app}", scp("data.aws_organizations_organization.o.roots[0].id", ""))), by_scp);
    assert_eq!(said(&format!("{MADE}{}{app}", scp("aws_organizations_organization.o.roots[0].id", ""))), [ADMIN]);
    // Whoever makes accounts is in it, also where something is attached to that account.
    let account = "resource \"aws_organizations_account\" \"new\" {\n  name = \"new\"\n  email = \"new@example.com\"\n}\n";
    assert_eq!(said(&format!("{account}{}{app}", scp(AT_THE_ROOT, ""))), [ADMIN]);
    let provider = "provider \"aws\" {\n  allowed_account_ids = [\"111111111111\"]\n}\n";
    assert_eq!(said(&format!("{provider}{MADE}{}{app}", scp("\"111111111111\"", ""))), [ADMIN]);
    assert_eq!(said(&format!("{provider}{}{app}", scp("\"111111111111\"", ""))), NOBODY);
    assert_eq!(said(&format!("{provider}{}{app}", scp("\"222222222222\"", ""))), [ADMIN]);
    // Attached to something, or to one of two.
    let target = "variable \"target\" {}\n";
    assert_eq!(said(&format!("{target}{}{app}", scp("var.target", ""))), by_scp);
    assert_eq!(said(&format!("{ON}{provider}{}{app}", scp("var.on ? \"111111111111\" : \"222222222222\"", ""))), by_scp);
    // What is not known of it may not matter.
    let of = |statement: &str| format!("variable \"of\" {{}}\n{}{app}", attached("SERVICE", statement, AT_THE_ROOT, ""));
    assert_eq!(
        said(&of(
            r#"{ Effect = "Deny", Action = "*", Resource = "*", Condition = { StringNotEquals = { "aws:RequestedRegion" = var.of } } }"#
        )),
        by_scp
    );
    assert_eq!(said(&of(r#"{ Effect = "Deny", Action = "ec2:*", Resource = var.of }"#)), [ADMIN]);
    // A permission set's roles are in the accounts that it is assigned to.
    let set = format!(
        "{provider}resource \"aws_ssoadmin_permission_set\" \"s\" {{\n  name = \"s\"\n  instance_arn = \"arn:aws:sso:::instance/ssoins-1\"\n}}\n\
         resource \"aws_ssoadmin_permission_set_inline_policy\" \"p\" {{\n  instance_arn = \"arn:aws:sso:::instance/ssoins-1\"\n  permission_set_arn = aws_ssoadmin_permission_set.s.arn\n  inline_policy = {}\n}}\n",
        policy(ALL)
    );
    assert_eq!(
        said_with("rule \"admin-of-people\" {\n  level = \"deny\"\n}\n", &format!("{set}{}", scp("\"111111111111\"", ""))),
        ["admin-of-people: permission set `s` can do everything in the account"]
    );
}

/// What nobody knows of a resource control policy does not matter to what none of them binds.
#[test]
fn an_unknown_policy_matters_to_what_it_may_bind() {
    let topic = format!(
        "resource \"aws_sns_topic_policy\" \"t\" {{\n  arn = \"arn:aws:sns:us-east-1:111111111111:t\"\n  policy = {}\n}}\n",
        policy(r#"{ Effect = "Allow", Action = "sns:Publish", Principal = "*", Resource = "*" }"#)
    );
    let queue = topic
        .replace("sns_topic_policy", "sqs_queue_policy")
        .replace("  arn = \"arn:aws:sns", "  queue_url = \"arn:aws:sqs")
        .replace("sns:Publish", "sqs:SendMessage");
    let attached = "variable \"policy\" {}\nresource \"aws_organizations_policy_attachment\" \"a\" {\n  policy_id = var.policy\n  target_id = \"r-ab12\"\n}\n";
    let alone = said(&topic);
    assert_eq!(alone.len(), 1);
    assert_eq!(said(&format!("{attached}{topic}")), alone);
    let [of_queue] = said(&queue).try_into().unwrap();
    assert_eq!(
        said(&format!("{attached}{queue}")),
        unless(&of_queue, "the policy that `aws_organizations_policy_attachment.a` attaches blocks it")
    );
    // Rules on who comes in say it as well, and what a token cannot be is so whatever is denied.
    let tokens = |subject: &str| {
        let of_github = r#"Principal = { Federated = "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com" }, Action = "sts:AssumeRoleWithWebIdentity""#;
        let asked = format!(
            "StringEquals = {{ \"token.actions.githubusercontent.com:aud\" = \"sts.amazonaws.com\" }}, StringLike = {{ \"token.actions.githubusercontent.com:sub\" = \"{subject}\" }}"
        );
        format!(
            "resource \"aws_iam_role\" \"r\" {{\n  name = \"r\"\n  assume_role_policy = {}\n}}\n",
            policy(&format!("{{ Effect = \"Allow\", {of_github}, Condition = {{ {asked} }} }}"))
        )
    };
    let [wide] = said(&tokens("repo:acme/*")).try_into().unwrap();
    assert_eq!(
        said(&format!("{attached}{}", tokens("repo:acme/*"))),
        unless(&wide, "the policy that `aws_organizations_policy_attachment.a` attaches blocks it")
    );
    let never = said(&tokens("repo:acme:main"));
    assert_eq!(never.len(), 1);
    assert_eq!(said(&format!("{attached}{}", tokens("repo:acme:main"))), never);
    let vendor = format!(
        "resource \"aws_iam_role\" \"r\" {{\n  name = \"r\"\n  assume_role_policy = {}\n}}\n",
        policy(r#"{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { AWS = "arn:aws:iam::464622532012:root" } }"#)
    );
    let [of_vendor] = said(&vendor).try_into().unwrap();
    assert_eq!(
        said(&format!("{attached}{vendor}")),
        unless(&of_vendor, "the policy that `aws_organizations_policy_attachment.a` attaches blocks it")
    );
}

#[test]
fn a_boundary_that_is_there_in_one_case_is_named_with_it() {
    let cap = format!(
        "resource \"aws_iam_policy\" \"cap\" {{\n  name = \"cap\"\n  policy = {}\n}}\n",
        policy(r#"{ Effect = "Allow", Action = "s3:GetObject", Resource = "arn:aws:s3:::one/*" }"#)
    );
    let of = |boundary: &str| said(&format!("{ON}{cap}{}", admin(&format!("permissions_boundary = {boundary}"), "")));
    let possible = unless(ADMIN, "its permissions boundary blocks it");
    assert_eq!(of("var.on ? aws_iam_policy.cap.arn : null"), possible);
    assert_eq!(of("var.on ? null : aws_iam_policy.cap.arn"), possible);
    // The provider takes an empty text for none.
    assert_eq!(of("\"\""), [ADMIN]);
    assert_eq!(of("var.on ? \"\" : null"), [ADMIN]);
    // One that takes nothing away, wherever it is there.
    assert_eq!(of("var.on ? \"arn:aws:iam::aws:policy/AdministratorAccess\" : null"), [ADMIN]);
    // By its ARN, written out.
    let provider = "provider \"aws\" {\n  allowed_account_ids = [\"111111111111\"]\n}\n";
    let by_arn = |arn: &str| {
        said(&format!(
            "{provider}data \"aws_caller_identity\" \"me\" {{}}\n{cap}{}",
            admin(&format!("permissions_boundary = \"{arn}\""), "")
        ))
    };
    assert_eq!(by_arn("arn:aws:iam::111111111111:policy/cap"), NOBODY);
    assert_eq!(by_arn("arn:aws:iam::${data.aws_caller_identity.me.account_id}:policy/cap"), NOBODY);
    assert_eq!(by_arn("arn:aws:iam::222222222222:policy/cap"), possible);
    assert_eq!(by_arn("arn:aws:iam::111111111111:policy/other/cap"), possible);
}

/// Who may take the boundary off has everything one call later (IAM User Guide, "Permissions boundaries for IAM entities").
#[test]
fn a_boundary_that_its_holder_can_take_off_is_none() {
    let provider = "provider \"aws\" {\n  allowed_account_ids = [\"111111111111\"]\n}\n";
    let of = |cap: &str| {
        let cap = format!("resource \"aws_iam_policy\" \"cap\" {{\n  name = \"cap\"\n  policy = {}\n}}\n", policy(cap));
        let said = said(&format!("{provider}{cap}{}", admin("permissions_boundary = aws_iam_policy.cap.arn", "")));
        said.into_iter().filter(|said| said.starts_with("admin-access")).collect::<Vec<String>>()
    };
    let off = [
        "admin-access: role `app` can remove its permissions boundary, and then do everything in the account, and `ec2.amazonaws.com` can assume it",
    ];
    let allow = |actions: &str, on: &str| format!("{{ Effect = \"Allow\", Action = {actions}, Resource = {on} }}");
    for action in ["iam:DeleteRolePermissionsBoundary", "iam:PutRolePermissionsBoundary"] {
        assert_eq!(of(&allow(&format!("[\"s3:*\", \"{action}\"]"), "\"*\"")), off);
        assert_eq!(of(&allow(&format!("\"{action}\""), "\"arn:aws:iam::111111111111:role/app\"")), off);
        assert_eq!(of(&allow(&format!("\"{action}\""), "\"arn:aws:iam::111111111111:role/other\"")), NOBODY);
    }
    assert_eq!(of(&allow("\"iam:CreatePolicyVersion\"", "\"arn:aws:iam::111111111111:policy/cap\"")), off);
    assert_eq!(of(&allow("\"iam:CreatePolicyVersion\"", "\"arn:aws:iam::111111111111:policy/app-*\"")), NOBODY);
    // Of users, and with a condition that keeps the boundary.
    assert_eq!(of(&allow("\"iam:DeleteUserPermissionsBoundary\"", "\"*\"")), NOBODY);
    // A policy of the organization that may take that away is named all the same.
    let perhaps = "resource \"aws_organizations_policy_attachment\" \"a\" {\n  policy_id = \"p-ab12cd34\"\n  target_id = \"r-ab12\"\n}\n";
    let cap = format!(
        "resource \"aws_iam_policy\" \"cap\" {{\n  name = \"cap\"\n  policy = {}\n}}\n",
        policy(&allow("\"iam:DeleteRolePermissionsBoundary\"", "\"*\""))
    );
    let with_scp = said(&format!("{provider}{cap}{perhaps}{}", admin("permissions_boundary = aws_iam_policy.cap.arn", "")));
    assert!(
        with_scp.contains(&format!("{}, unless the policy that `aws_organizations_policy_attachment.a` attaches blocks it", off[0])),
        "{with_scp:?}"
    );
    let kept = r#"{ Effect = "Allow", Action = "iam:PutRolePermissionsBoundary", Resource = "*", Condition = { StringEquals = { "iam:PermissionsBoundary" = "arn:aws:iam::111111111111:policy/cap" } } }"#;
    assert_eq!(of(kept), NOBODY);
}

/// A bucket's block of public access, of the bucket or of the account that it is in.
#[test]
fn a_block_of_public_access_is_one_where_it_is() {
    let bucket = format!(
        "resource \"aws_s3_bucket_policy\" \"b\" {{\n  bucket = \"my-data\"\n  policy = {}\n}}\n",
        policy(r#"{ Effect = "Allow", Action = ["s3:GetObject", "s3:PutObject"], Principal = "*", Resource = "arn:aws:s3:::my-data/*" }"#)
    );
    let [open] = said(&bucket).try_into().unwrap();
    let possible = unless(&open, "its public access block prevents it");
    let block = |value: &str, arguments: &str| {
        format!(
            "{ON}resource \"aws_s3_bucket_public_access_block\" \"b\" {{\n  bucket = \"my-data\"\n  restrict_public_buckets = {value}\n  {arguments}\n}}\n{bucket}"
        )
    };
    assert_eq!(said(&block("true", "")), NOBODY);
    assert_eq!(said(&block("false", "")), std::slice::from_ref(&open));
    assert_eq!(said(&block("var.on", "")), possible);
    assert_eq!(said(&block("true", COUNTED)), possible);
    assert_eq!(
        said(
            &block("true", COUNTED).replace("  bucket = \"my-data\"\n  policy", &format!("  bucket = \"my-data\"\n  {COUNTED}\n  policy"))
        ),
        NOBODY
    );
    let of_account = |arguments: &str| {
        format!(
            "provider \"aws\" {{\n  allowed_account_ids = [\"111111111111\"]\n}}\nprovider \"aws\" {{\n  alias = \"two\"\n  allowed_account_ids = [\"222222222222\"]\n}}\n\
             resource \"aws_s3_account_public_access_block\" \"a\" {{\n  block_public_policy = true\n  {arguments}\n}}\n{bucket}"
        )
    };
    assert_eq!(said(&of_account("")), NOBODY);
    assert_eq!(said(&of_account("provider = aws.two")), std::slice::from_ref(&open));
    assert_eq!(said(&of_account("account_id = \"222222222222\"")), [open]);
}

/// A resource's tags are its owner's, and source gives them (AWS's own resource control policies except resources by a tag).
#[test]
fn tags_in_source_are_those_of_the_resource() {
    let queue = |tags: &str| {
        let allow = r#"{ Effect = "Allow", Action = "sqs:SendMessage", Principal = "*", Resource = "*" }"#;
        let deny = r#"{ Effect = "Deny", Action = "sqs:*", Principal = "*", Resource = "*", Condition = { StringNotEqualsIfExists = { "aws:ResourceTag/open" = "yes" } } }"#;
        said(&format!(
            "variable \"tag\" {{}}\nresource \"aws_sqs_queue\" \"q\" {{\n  name = \"q\"\n  {tags}\n  policy = {}\n}}\n",
            policy(&format!("{allow}, {deny}"))
        ))
    };
    assert_eq!(queue("").len(), 0);
    assert_eq!(queue("tags = { open = \"no\" }").len(), 0);
    assert_eq!(queue("tags = { open = \"yes\" }").len(), 1);
    // Unknown is no guess: nothing is said of it.
    assert_eq!(queue("tags = { open = var.tag }").len(), 0);
    let by_default = "provider \"aws\" {\n  default_tags {\n    tags = { open = \"yes\" }\n  }\n}\n";
    let said_with = |tags: &str, deny: &str| {
        said(
            &format!("{by_default}{}", admin(tags, ""))
                .replace(ALL, &format!("{ALL}, {{ Effect = \"Deny\", Action = \"*\", Resource = \"*\", Condition = {{ {deny} }} }}")),
        )
    };
    let of = |value: &str| format!("StringNotEquals = {{ \"aws:PrincipalTag/open\" = \"{value}\" }}");
    assert_eq!(said_with("", &of("yes")), [ADMIN]);
    assert_eq!(said_with("", &of("no")), NOBODY);
    assert_eq!(said_with("tags = { open = \"no\" }", &of("no")), [ADMIN]);
    assert_eq!(said_with("tags = { other = \"no\" }", r#"Null = { "aws:PrincipalTag/third" = "true" }"#), NOBODY);
    // Whoever assumes the role may give its sessions tags.
    let taggable = said(
        &format!("{by_default}{}", admin("", ""))
            .replace(ALL, &format!("{ALL}, {{ Effect = \"Deny\", Action = \"*\", Resource = \"*\", Condition = {{ {} }} }}", of("no")))
            .replace("Action = \"sts:AssumeRole\"", "Action = [\"sts:AssumeRole\", \"sts:TagSession\"]"),
    );
    assert_eq!(taggable, [ADMIN]);
}

/// Of those who hold one policy the ones are named to whom it is left.
#[test]
fn who_is_capped_is_not_named() {
    let cap = format!(
        "resource \"aws_iam_policy\" \"cap\" {{\n  name = \"cap\"\n  policy = {}\n}}\n",
        policy(r#"{ Effect = "Allow", Action = "s3:GetObject", Resource = "arn:aws:s3:::one/*" }"#)
    );
    let role = |name: &str, boundary: &str| {
        format!(
            "resource \"aws_iam_role\" \"{name}\" {{\n  name = \"{name}\"\n  assume_role_policy = {}\n  {boundary}\n}}\n",
            policy(TRUST)
        )
    };
    let shared = |statement: &str| {
        format!(
            "resource \"aws_iam_policy\" \"shared\" {{\n  name = \"shared\"\n  policy = {}\n}}\n\
             resource \"aws_iam_policy_attachment\" \"shared\" {{\n  name = \"shared\"\n  roles = [aws_iam_role.a.name, aws_iam_role.b.name]\n  policy_arn = aws_iam_policy.shared.arn\n}}\n",
            policy(statement)
        )
    };
    let all = |boundary: &str, statement: &str| {
        said(&format!("variable \"cap\" {{}}\n{cap}{}{}{}", role("a", boundary), role("b", ""), shared(statement)))
    };
    let secrets = r#"{ Effect = "Allow", Action = "secretsmanager:GetSecretValue", Resource = "*" }"#;
    let of_b = "scoped-resource: role `b` can use `secretsmanager:GetSecretValue` on every resource of the account, not only on what it works with";
    assert_eq!(all("permissions_boundary = aws_iam_policy.cap.arn", secrets), [of_b]);
    assert_eq!(all("permissions_boundary = var.cap", secrets), [of_b]);
    assert_eq!(all("", secrets), [of_b.replace("`b`", "`a` and 1 more")]);
    assert_eq!(
        all("permissions_boundary = var.cap", ALL),
        ["admin-access: role `b` can do everything in the account, and `ec2.amazonaws.com` can assume it"]
    );
}

/// Nobody without credentials is of an account, and no token is without a subject.
#[test]
fn who_has_no_account_names_none() {
    let queue = |deny: &str| {
        let allow = r#"{ Effect = "Allow", Action = "sqs:SendMessage", Principal = "*", Resource = "*" }"#;
        said(&format!(
            "resource \"aws_sqs_queue\" \"q\" {{\n  name = \"q\"\n  policy = {}\n}}\n",
            policy(&format!(
                "{allow}, {{ Effect = \"Deny\", Action = \"*\", Principal = \"*\", Resource = \"*\", Condition = {{ {deny} }} }}"
            ))
        ))
    };
    assert_eq!(queue(r#"StringNotEquals = { "aws:PrincipalAccount" = ["111111111111", "222222222222"] }"#), NOBODY);
    let but_them = queue(r#"StringNotEquals = { "aws:PrincipalAccount" = "anonymous" }"#);
    assert!(but_them.iter().any(|said| said.starts_with("resource-policy-any-principal: anyone can ")), "{but_them:?}");
    let role = |deny: &str| {
        let allow = r#"{ Effect = "Allow", Action = "sts:AssumeRoleWithWebIdentity", Principal = { Federated = "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com" }, Condition = { StringEquals = { "token.actions.githubusercontent.com:aud" = "sts.amazonaws.com" } } }"#;
        said(&format!(
            "resource \"aws_iam_role\" \"r\" {{\n  name = \"r\"\n  assume_role_policy = {}\n}}\n",
            policy(&format!("{allow}, {{ Effect = \"Deny\", Action = \"*\", Principal = \"*\", Condition = {{ {deny} }} }}"))
        ))
    };
    let subject = r#"StringNotEquals = { "token.actions.githubusercontent.com:sub" = "repo:acme/web:ref:refs/heads/main" }"#;
    assert_eq!(role(subject), NOBODY);
    assert_eq!(role(&format!(r#"{subject}, Null = {{ "token.actions.githubusercontent.com:sub" = "false" }}"#)), NOBODY);
    assert_eq!(role(&format!(r#"{subject}, Null = {{ "token.actions.githubusercontent.com:sub" = "true" }}"#)).len(), 1);
    // A token has no claims of another issuer.
    assert_eq!(role(r#"Null = { "gitlab.com:sub" = "true" }"#), NOBODY);
}
