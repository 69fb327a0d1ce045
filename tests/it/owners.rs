//! Who decides what a request carries of a key: Denies by what AWS, the resource or somebody's token says, and what they leave.

use crate::run::Scratch;

/// The rules that speak of a policy in a resource's argument; `{}` stands for the policy.
fn rules(resource: &str, statements: &[&str]) -> Vec<String> {
    let policy = format!("jsonencode({{ Version = \"2012-10-17\", Statement = [{}] }})", statements.join(", "));
    let scratch = Scratch::new();
    scratch.write("main.tf", resource.replace("{}", &policy));
    // That people are administrators is for the pedantic, unless a level asks for it.
    scratch.write(".rolelint.hcl", "rule \"admin-of-people\" {\n  level = \"deny\"\n}\n");
    scratch.run(&["check", "-f", "concise", "."]).rules().into_iter().map(str::to_owned).collect()
}

const ROLE: &str = "resource \"aws_iam_role\" \"r\" {\n  name = \"r\"\n  assume_role_policy = {}\n}\n";
const BUCKET: &str = "resource \"aws_s3_bucket_policy\" \"b\" {\n  bucket = \"my-data\"\n  policy = {}\n}\n";
const QUEUE: &str =
    "resource \"aws_sqs_queue_policy\" \"q\" {\n  queue_url = \"https://sqs.us-east-1.amazonaws.com/111111111111/q\"\n  policy = {}\n}\n";

/// A Deny with one condition, of whoever `principal` is.
fn deny(principal: &str, condition: &str) -> String {
    format!(r#"{{ Effect = "Deny", Action = "*", Principal = {principal}, Resource = "*", Condition = {{ {condition} }} }}"#)
}

fn in_trust(principal: &str, condition: &str) -> String {
    deny(principal, condition).replace(r#", Resource = "*""#, "")
}

const VENDOR: &str = r#"{ AWS = "arn:aws:iam::464622532012:root" }"#;

/// Each row a Deny beside the same Allow, and what is still said.
fn check(resource: &str, allow: &str, rows: &[(String, &[&str])]) {
    for (deny, expected) in rows {
        assert_eq!(rules(resource, &[allow, deny]), *expected, "{deny}");
    }
}

/// The organisation and the account of a resource are not the caller's to choose (data perimeters).
#[test]
fn what_the_resource_says_is_nobodys_to_choose() {
    let anyone = r#"{ Effect = "Allow", Action = "s3:GetObject", Principal = "*", Resource = "arn:aws:s3:::my-data/*" }"#;
    let any = &["resource-policy-any-principal"][..];
    let of_bucket = |condition| deny(r#""*""#, condition);
    check(
        BUCKET,
        anyone,
        &[
            (of_bucket(r#"StringNotEquals = { "aws:PrincipalOrgID" = "$${aws:ResourceOrgID}" }"#), &[]),
            (of_bucket(r#"StringNotEquals = { "aws:PrincipalAccount" = "$${aws:ResourceAccount}" }"#), &[]),
            // It is too late for that, and always was.
            (of_bucket(r#"DateGreaterThan = { "aws:CurrentTime" = "2020-01-01T00:00:00Z" }"#), &[]),
            (of_bucket(r#"DateLessThan = { "aws:CurrentTime" = "2020-01-01T00:00:00Z" }"#), any),
            (of_bucket(r#"Bool = { "aws:SecureTransport" = ["true", "false"] }"#), &["condition-operator-mismatch"]),
            // AWS has no such key, so that every request lacks it.
            (of_bucket(r#"StringNotEquals = { "aws:PrincipleOrgID" = "o-a1b2c3d4e5" }"#), &["unknown-condition-key"]),
        ],
    );
    let role = r#"{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { AWS = "*" } }"#;
    let of_role = |condition| in_trust(r#""*""#, condition);
    check(
        ROLE,
        role,
        &[
            (of_role(r#"StringNotEquals = { "aws:PrincipalOrgID" = "$${aws:ResourceOrgID}" }"#), &[]),
            (of_role(r#"StringNotEquals = { "aws:PrincipalAccount" = "111111111111" }"#), &[]),
            (of_role(r#"StringEquals = { "aws:PrincipalAccount" = "111111111111" }"#), &["trust-any-principal"]),
        ],
    );
}

/// A service calls from AWS's own network, of no account; whom it acts for has things of any name, in any region.
#[test]
fn a_service_carries_what_services_carry() {
    let sns = r#"{ Effect = "Allow", Action = "sqs:SendMessage", Principal = { Service = "sns.amazonaws.com" }, Resource = "*" }"#;
    let open = &["service-confused-deputy"][..];
    let of_queue = |condition| deny(r#""*""#, condition);
    check(
        QUEUE,
        sns,
        &[
            (of_queue(r#"StringNotEquals = { "aws:SourceVpce" = "vpce-0a1b2c3d" }"#), &[]),
            (of_queue(r#"NotIpAddress = { "aws:SourceIp" = "203.0.113.0/24" }"#), &[]),
            (of_queue(r#"StringNotEquals = { "aws:PrincipalAccount" = "111111111111" }"#), &[]),
            (of_queue(r#"StringNotEquals = { "aws:SourceAccount" = "111111111111" }"#), &[]),
            (of_queue(r#"ArnNotLike = { "aws:SourceArn" = "arn:aws:sns:*:111111111111:*" }"#), &[]),
            (of_queue(r#"ArnNotLike = { "aws:SourceArn" = "arn:aws:sns:eu-west-1:*:alarms" }"#), open),
            (of_queue(r#"StringNotEquals = { "aws:SourceOrgID" = "o-a1b2c3d4e5" }, Null = { "aws:SourceOrgID" = "false" }"#), open),
        ],
    );
}

/// Of two principals each is let in, or denied, by itself.
#[test]
fn each_principal_is_judged_by_itself() {
    let both = r#"{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { AWS = ["arn:aws:iam::464622532012:root", "arn:aws:iam::222222222222:root"] } }"#;
    // Which says more than that the other account is let in as a whole.
    assert_eq!(rules(ROLE, &[both]), ["external-id-required"]);
    let without_id = r#"Null = { "sts:ExternalId" = "true" }"#;
    let wrong_id = in_trust(VENDOR, r#"StringNotEquals = { "sts:ExternalId" = "a7c1" }"#);
    assert_eq!(rules(ROLE, &[both, &wrong_id]), ["trust-account-root"]);
    let others =
        in_trust(r#"{ AWS = "222222222222" }"#, r#"StringNotEquals = { "aws:PrincipalArn" = "arn:aws:iam::222222222222:role/ci" }"#);
    assert_eq!(rules(ROLE, &[both, &others]), ["external-id-required"]);
    // The account may be named by a condition alone.
    let by_condition = r#"{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { AWS = "*" }, Condition = { StringEquals = { "aws:PrincipalAccount" = "222222222222" } } }"#;
    assert_eq!(rules(ROLE, &[by_condition]), ["trust-account-root"]);
    let all = r#"{ Effect = "Deny", Action = "sts:AssumeRole", Principal = { AWS = "222222222222" } }"#;
    assert_eq!(rules(ROLE, &[by_condition, all]), Vec::<String>::new());
    // What a loose test lets in the Deny turns away.
    let loose = r#"{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { AWS = "arn:aws:iam::464622532012:root" }, Condition = { StringEqualsIfExists = { "sts:ExternalId" = "a7c1" } } }"#;
    assert_eq!(rules(ROLE, &[loose]), ["external-id-bypassable"]);
    assert_eq!(rules(ROLE, &[loose, &in_trust(VENDOR, without_id)]), Vec::<String>::new());
    // A vendor's customer may be of no organisation.
    let outside = r#"StringNotEquals = { "aws:PrincipalOrgID" = "o-a1b2c3d4e5" }"#;
    let vendor = r#"{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { AWS = "arn:aws:iam::464622532012:root" } }"#;
    assert_eq!(rules(ROLE, &[vendor, &in_trust(r#""*""#, outside)]), Vec::<String>::new());
    let guarded = format!(r#"{outside}, Null = {{ "aws:PrincipalOrgID" = "false" }}"#);
    assert_eq!(rules(ROLE, &[vendor, &in_trust(r#""*""#, &guarded)]), ["external-id-required"]);
}

/// A Deny of one value leaves the tokens that have another.
#[test]
fn a_deny_of_one_claim_leaves_other_tokens() {
    let saml = r#"{ Effect = "Allow", Action = "sts:AssumeRoleWithSAML", Principal = { Federated = "arn:aws:iam::111111111111:saml-provider/corp" } }"#;
    let of_saml = |condition| in_trust(r#""*""#, condition);
    check(
        ROLE,
        saml,
        &[
            (of_saml(r#"StringEquals = { "SAML:aud" = "https://old.example.com" }"#), &["saml-audience-missing"]),
            (of_saml(r#"StringNotEquals = { "SAML:aud" = "https://signin.aws.amazon.com/saml" }"#), &[]),
        ],
    );
    let anywhere = r#"{ Effect = "Allow", Action = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"], Principal = { Service = "rolesanywhere.amazonaws.com" } }"#;
    check(
        ROLE,
        anywhere,
        &[
            (of_saml(r#"Null = { "aws:PrincipalTag/x509Subject/CN" = "true" }"#), &["roles-anywhere-any-certificate"]),
            (of_saml(r#"StringNotEquals = { "aws:PrincipalTag/x509Subject/CN" = "build" }"#), &[]),
            (of_saml(r#"Bool = { "aws:PrincipalIsAWSService" = "true" }"#), &[]),
        ],
    );
    let github = r#"{ Effect = "Allow", Action = "sts:AssumeRoleWithWebIdentity", Principal = { Federated = "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com" }, Condition = { StringEquals = { "token.actions.githubusercontent.com:aud" = "sts.amazonaws.com", "token.actions.githubusercontent.com:sub" = "repo:acme/app:environment:prod" }, StringEqualsIfExists = { "token.actions.githubusercontent.com:environment" = "prod" } } }"#;
    let claim = |name: &str, test: &str, value: &str| {
        in_trust(r#""*""#, &format!(r#"{test} = {{ "token.actions.githubusercontent.com:{name}" = "{value}" }}"#))
    };
    check(
        ROLE,
        github,
        &[(claim("actor", "StringEquals", "mallory"), &["oidc-condition-bypassable"]), (claim("environment", "Null", "true"), &[])],
    );
}

/// Two providers of the estate are two, whatever their ARNs turn out to be.
#[test]
fn a_deny_for_one_provider_is_none_for_another() {
    let roles = r#"
resource "aws_iam_openid_connect_provider" "gh" {
  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
}
resource "aws_iam_openid_connect_provider" "gl" {
  url            = "https://gitlab.com"
  client_id_list = ["sts.amazonaws.com"]
}
resource "aws_iam_role" "r" {
  name               = "r"
  assume_role_policy = {}
}
"#;
    let allow = r#"{ Effect = "Allow", Action = "sts:AssumeRoleWithWebIdentity", Principal = { Federated = aws_iam_openid_connect_provider.gh.arn }, Condition = { StringEquals = { "token.actions.githubusercontent.com:aud" = "sts.amazonaws.com" } } }"#;
    let deny = |name: &str| {
        format!(
            r#"{{ Effect = "Deny", Action = "sts:AssumeRoleWithWebIdentity", Principal = {{ Federated = aws_iam_openid_connect_provider.{name}.arn }} }}"#
        )
    };
    assert_eq!(rules(roles, &[allow, &deny("gl")]), ["oidc-subject-missing"]);
    assert_eq!(rules(roles, &[allow, &deny("gh")]), Vec::<String>::new());
}

/// IAM and Route 53 are called in one region, wherever the caller is.
#[test]
fn global_services_are_in_one_region() {
    let policy = "resource \"aws_iam_role_policy\" \"p\" {\n  role = \"deploy\"\n  policy = {}\n}\n";
    let iam = r#"{ Effect = "Allow", Action = "iam:*", Resource = "*" }"#;
    let outside = |region: &str| {
        format!(
            r#"{{ Effect = "Deny", Action = "*", Resource = "*", Condition = {{ StringNotEquals = {{ "aws:RequestedRegion" = "{region}" }} }} }}"#
        )
    };
    assert_eq!(rules(policy, &[iam, &outside("eu-west-1")]), Vec::<String>::new());
    assert_eq!(rules(policy, &[iam, &outside("us-east-1")]), ["admin-access"]);
}

/// A role, a user or a permission set with everything but a Deny.
fn admin_of(holder: &str, deny: &str) -> Vec<String> {
    let allow = r#"{ Effect = "Allow", Action = "*", Resource = "*" }"#;
    let trust = r#"jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })"#;
    let resource = match holder.split_once('/') {
        Some(("user", name)) => format!(
            "resource \"aws_iam_user\" \"u\" {{\n  name = \"{name}\"\n}}\n\
             resource \"aws_iam_user_policy\" \"p\" {{\n  user = aws_iam_user.u.name\n  policy = {{}}\n}}\n"
        ),
        Some(("set", name)) => format!(
            "resource \"aws_ssoadmin_permission_set\" \"s\" {{\n  name = \"{name}\"\n  instance_arn = \"arn:aws:sso:::instance/ssoins-1\"\n}}\n\
             resource \"aws_ssoadmin_permission_set_inline_policy\" \"p\" {{\n  instance_arn = \"arn:aws:sso:::instance/ssoins-1\"\n  \
             permission_set_arn = aws_ssoadmin_permission_set.s.arn\n  inline_policy = {{}}\n}}\n"
        ),
        _ => format!(
            "provider \"aws\" {{\n  allowed_account_ids = [\"111111111111\"]\n}}\nvariable \"env\" {{}}\ndata \"aws_caller_identity\" \"me\" {{}}\n\
             resource \"aws_iam_role\" \"r\" {{\n  {holder}\n  assume_role_policy = {trust}\n}}\n\
             resource \"aws_iam_role_policy\" \"p\" {{\n  role = aws_iam_role.r.name\n  policy = {{}}\n}}\n"
        ),
    };
    rules(&resource, &[allow, &format!(r#"{{ Effect = "Deny", Action = "*", Resource = "*", Condition = {{ {deny} }} }}"#)])
}

/// Who holds a policy is somebody, and not whom a Deny excepts (AWS's own landing zones except some roles by `aws:PrincipalArn`).
#[test]
fn what_follows_from_an_identity_is_not_its_to_choose() {
    let (silent, admin, people) = (&[][..], &["admin-access"][..], &["admin-of-people"][..]);
    let but = |arns: &str| format!(r#"ArnNotLike = {{ "aws:PrincipalArn" = {arns} }}"#);
    let role = r#"name = "ci""#;
    let rows: &[(&str, String, &[&str])] = &[
        (role, but(r#""arn:aws:iam::*:role/breakglass""#), silent),
        (role, but(r#""arn:aws:iam::*:role/ci""#), admin),
        (role, but(r#"["arn:aws:iam::*:role/breakglass", "arn:*:iam::111111111111:role/c*"]"#), admin),
        (role, but(r#""arn:aws:iam::222222222222:role/ci""#), silent),
        // The account of source, by whatever name it has there.
        (role, but(r#""arn:aws:iam::${data.aws_caller_identity.me.account_id}:role/ci""#), admin),
        (role, but(r#""arn:aws:iam::${data.aws_caller_identity.me.account_id}:role/breakglass""#), silent),
        (role, but(r#""arn:aws:iam::*:role/ops/ci""#), silent),
        ("name = \"ci\"\n  path = \"/ops/\"", but(r#""arn:aws:iam::*:role/ops/ci""#), admin),
        // What is not known of a name may be what is excepted.
        (r#"name = "${var.env}-ci""#, but(r#""arn:aws:iam::*:role/prod-ci""#), admin),
        (r#"name = "${var.env}-ci""#, but(r#""arn:aws:iam::*:role/prod-deploy""#), silent),
        (r#"name_prefix = "ci-""#, but(r#""arn:aws:iam::*:role/ci-*""#), admin),
        (role, r#"StringNotEquals = { "aws:PrincipalType" = "User" }"#.to_owned(), silent),
        (role, r#"StringNotEquals = { "aws:PrincipalAccount" = "111111111111" }"#.to_owned(), admin),
        (role, r#"StringNotEquals = { "aws:PrincipalAccount" = "222222222222" }"#.to_owned(), silent),
        (role, r#"Null = { "aws:TokenIssueTime" = "false" }"#.to_owned(), silent),
        (role, r#"Null = { "aws:username" = "true" }"#.to_owned(), silent),
        ("user/ann", r#"Null = { "aws:username" = "true" }"#.to_owned(), admin),
        ("user/ann", r#"StringNotEquals = { "aws:username" = "bob" }"#.to_owned(), silent),
        ("user/ann", r#"StringNotLike = { "aws:username" = "a*" }"#.to_owned(), admin),
        ("set/Ops", but(r#""arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_Ops_*""#), people),
        ("set/Ops", but(r#""arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_Dev_*""#), silent),
    ];
    for (holder, deny, expected) in rows {
        assert_eq!(admin_of(holder, deny), *expected, "{holder}: {deny}");
    }
}
