use proptest::prelude::*;

use super::*;

fn the_action(name: &str) -> Action {
    action(name).unwrap_or_else(|| panic!("{name} is an action"))
}

fn the_key(name: &str) -> ConditionKey {
    condition_key(name).unwrap_or_else(|| panic!("{name} is a condition key"))
}

fn types_of(name: &str) -> Vec<(&'static str, bool)> {
    match the_action(name).resources() {
        ResourceSupport::Types(types) => types.map(|one| (one.resource_type().name(), one.is_required())).collect(),
        other => panic!("{name} has {other:?}"),
    }
}

fn expanded(pattern: &str) -> Vec<String> {
    expand(pattern).map(|action| action.to_string()).collect()
}

fn suggested(unknown: &str) -> Option<String> {
    suggest_action(unknown).map(|action| action.to_string())
}

/// The obvious matcher: tries every length for every star.
fn naive(pattern: &[u8], text: &[u8]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some((b'*', rest)) => (0..=text.len()).any(|taken| naive(rest, &text[taken..])),
        Some((b'?', rest)) => !text.is_empty() && naive(rest, &text[1..]),
        Some((byte, rest)) => text.first().is_some_and(|first| first.eq_ignore_ascii_case(byte)) && naive(rest, &text[1..]),
    }
}

fn naive_expansion(pattern: &str) -> Vec<String> {
    let pattern = if pattern == "*" { "*:*" } else { pattern };
    let Some((prefix, name)) = pattern.split_once(':') else { return Vec::new() };
    services()
        .filter(|service| naive(prefix.as_bytes(), service.prefix().as_bytes()))
        .flat_map(|service| service.actions())
        .filter(|action| naive(name.as_bytes(), action.name().as_bytes()))
        .map(|action| action.to_string())
        .collect()
}

#[test]
fn the_tables_hold_what_their_readme_counts() {
    assert_eq!(services().count(), 460);
    assert_eq!(services().flat_map(Service::actions).count(), 22_406);
    assert_eq!(services().flat_map(Service::resource_types).count(), 2_358);
    // Three fewer than rows: `secretsmanager:ResourceTag/tag-key` is `${TagKey}` written otherwise, and so are two more.
    assert_eq!(services().flat_map(Service::condition_keys).count(), 2_582);
    assert_eq!(services().filter(|service| service.supports_rcp()).count(), 62);
    assert_eq!(services().filter(|service| service.is_top_up()).count(), 4);
    let support =
        |wanted: fn(&ResourceSupport) -> bool| services().flat_map(Service::actions).filter(|action| wanted(&action.resources())).count();
    assert_eq!(support(|resources| matches!(resources, ResourceSupport::WildcardOnly)), 6_721);
    assert_eq!(support(|resources| matches!(resources, ResourceSupport::Unknown)), 315);
    assert_eq!(services().flat_map(Service::actions).filter(|action| action.is_top_up()).count(), 315);
}

#[test]
fn every_name_in_the_tables_is_whole() {
    for service in services() {
        assert!(!service.prefix().is_empty() && !service.name().is_empty());
        for action in service.actions() {
            assert!(action.name().bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'), "{action}");
            assert_eq!(super::action(&action.to_string()), Some(action));
            if let ResourceSupport::Types(types) = action.resources() {
                assert!(types.count() > 0, "{action} has types");
            }
        }
        for resource in service.resource_types() {
            assert!(resource.arns().count() > 0, "{resource:?} has an ARN");
            assert!(resource.arns().all(|arn| arn.starts_with("arn:")), "{resource:?}");
            assert_eq!(service.resource_type(resource.name()), Some(resource));
        }
    }
    for key in condition_keys() {
        assert_eq!(condition_key(key.name()), Some(key));
    }
}

#[test]
fn a_service_is_found_by_its_prefix_in_any_case() {
    let s3 = service("S3").unwrap();
    assert_eq!((s3.prefix(), s3.name(), s3.supports_rcp()), ("s3", "Amazon S3", true));
    assert_eq!(service("route53").unwrap().name(), "Amazon Route 53");
    assert!(!service("route53").unwrap().supports_rcp());
}

#[test]
fn an_action_is_found_in_any_case_and_named_in_that_of_aws() {
    let action = the_action("S3:getobject");
    assert_eq!((action.service().prefix(), action.name()), ("s3", "GetObject"));
    assert_eq!(action.to_string(), "s3:GetObject");
    assert_eq!(Some(action), service("s3").unwrap().action("GETOBJECT"));
}

#[test]
fn names_that_aws_does_not_have_are_not_found() {
    for name in ["", ":", "s3", "s3:", ":GetObject", "s3:GetObjekt", "s3:Get*", "s33:GetObject", "s3:GetObject:x", "é:ü"] {
        assert_eq!(action(name), None, "{name}");
    }
    for prefix in ["", "s", "s33", "amazon s3", "*"] {
        assert_eq!(service(prefix), None, "{prefix}");
    }
    for key in ["", ":", "aws", "aws:", "aws:SourceIpp", "aws:ResourceTag/", "aws:ResourceTag", "sts:Externalid2", "nohost:sub"] {
        assert_eq!(condition_key(key), None, "{key}");
    }
}

#[test]
fn levels_are_those_of_aws() {
    let cases = [
        ("s3:ListAllMyBuckets", AccessLevel::List),
        ("s3:GetObject", AccessLevel::Read),
        ("kms:Decrypt", AccessLevel::Write),
        ("dynamodb:Scan", AccessLevel::Read),
        ("ec2:CreateTags", AccessLevel::Tagging),
        ("s3:PutBucketPolicy", AccessLevel::Permissions),
        ("iam:CreatePolicyVersion", AccessLevel::Permissions),
        ("lambda:InvokeFunction", AccessLevel::Write),
    ];
    for (name, level) in cases {
        assert_eq!(the_action(name).level(), level, "{name}");
        assert_eq!(the_action(name).effective_level(), level, "{name}");
    }
}

#[test]
fn global_keys_have_the_category_that_aws_sorts_them_into() {
    let cases = [
        ("aws:PrincipalTag/team", Some(KeyCategory::Principal)),
        ("aws:SourceIdentity", Some(KeyCategory::Session)),
        ("aws:sourceip", Some(KeyCategory::Network)),
        ("aws:ResourceAccount", Some(KeyCategory::Resource)),
        ("aws:TagKeys", Some(KeyCategory::Request)),
        ("aws:ViaCustomerDomain", None),
        ("s3:prefix", None),
        ("saml:aud", None),
    ];
    for (name, category) in cases {
        assert_eq!(the_key(name).category(), category, "{name}");
    }
}

#[test]
fn passing_a_role_is_a_write_that_in_effect_manages_permissions() {
    let pass = the_action("iam:PassRole");
    assert_eq!((pass.level(), pass.effective_level()), (AccessLevel::Write, AccessLevel::Permissions));
    assert!(AccessLevel::Write < AccessLevel::Permissions);
}

#[test]
fn an_action_names_its_resource_types() {
    assert_eq!(types_of("s3:GetObject"), [("accesspointobject", false), ("object", false)]);
    assert_eq!(types_of("iam:PassRole"), [("role", true)]);
    assert_eq!(types_of("kms:Decrypt"), [("key", true)]);
    assert_eq!(types_of("route53:ChangeResourceRecordSets"), [("hostedzone", true)]);
    // The source says each of these twice.
    assert_eq!(types_of("directconnect:AssociateHostedConnection"), [("dxcon", true), ("dxlag", false)]);
}

#[test]
fn actions_without_resource_types_take_only_the_wildcard() {
    for name in ["route53:ListHostedZones", "sts:GetCallerIdentity", "s3:ListAllMyBuckets", "ec2:DescribeInstances"] {
        assert!(matches!(the_action(name).resources(), ResourceSupport::WildcardOnly), "{name}");
    }
}

#[test]
fn actions_of_the_top_up_source_have_unknown_resources() {
    let top_up = services().flat_map(Service::actions).find(|action| action.is_top_up()).unwrap();
    assert!(matches!(top_up.resources(), ResourceSupport::Unknown));
}

#[test]
fn keys_that_are_valid_only_with_a_resource_type_are_kept_with_it() {
    let ResourceSupport::Types(mut types) = the_action("ec2:RunInstances").resources() else { panic!("has types") };
    let image = types.find(|one| one.resource_type().name() == "image").unwrap();
    assert!(image.is_required());
    assert!(image.condition_keys().any(|key| key.name() == "ec2:ImageType"));
}

#[test]
fn a_resource_type_has_arns_and_keys() {
    let object = service("s3").unwrap().resource_type("Object").unwrap();
    assert_eq!(object.arns().collect::<Vec<_>>(), ["arn:${Partition}:s3:::${BucketName}/${ObjectName}"]);
    let keys: Vec<_> = object.condition_keys().map(|key| key.name()).collect();
    assert_eq!(keys, ["aws:ResourceTag/${TagKey}", "s3:BucketTag/${TagKey}"]);
}

#[test]
fn an_action_names_its_condition_keys() {
    let keys: Vec<_> = the_action("route53:ChangeResourceRecordSets").condition_keys().map(|key| key.name()).collect();
    assert_eq!(
        keys,
        [
            "route53:ChangeResourceRecordSetsActions",
            "route53:ChangeResourceRecordSetsNormalizedRecordNames",
            "route53:ChangeResourceRecordSetsRecordTypes"
        ]
    );
    assert!(the_action("sts:AssumeRole").condition_keys().any(|key| key.name() == "sts:ExternalId"));
    assert!(the_action("iam:PassRole").condition_keys().any(|key| key.name() == "iam:PassedToService"));
}

#[test]
fn an_action_names_the_actions_it_depends_on() {
    let dependents: Vec<_> = the_action("lambda:CreateFunction").dependent_actions().collect();
    assert_eq!(dependents, ["iam:PassRole", "lambda:PassCapacityProvider"]);
    assert_eq!(the_action("s3:GetObject").dependent_actions().count(), 0);
}

#[test]
fn patterns_expand_to_as_many_actions_as_a_scan_finds() {
    for (pattern, count) in [("s3:Get*", 63), ("*", 22_406), ("iam:*Role*", 27), ("ec2:*", 826), ("*:Describe*", 1_931)] {
        assert_eq!(expand(pattern).count(), count, "{pattern}");
        assert_eq!(expanded(pattern), naive_expansion(pattern), "{pattern}");
    }
}

#[test]
fn patterns_expand_in_any_case_and_with_single_characters() {
    assert_eq!(expanded("S3:GETOBJECT"), ["s3:GetObject"]);
    assert_eq!(expanded("iam:?etRole"), ["iam:GetRole"]);
    assert_eq!(expanded("s?:GetObjectAcl"), ["s3:GetObjectAcl"]);
    assert_eq!(expanded("sts:assumerole*root*"), Vec::<String>::new());
    assert_eq!(expanded("*:AssumeRole"), ["sts:AssumeRole"]);
}

#[test]
fn patterns_that_aws_refuses_expand_to_nothing() {
    for pattern in ["", ":", "s3", "s3*", "?", "GetObject", "s3:", "s3:Get:*", ":*"] {
        assert_eq!(expand(pattern).count(), 0, "{pattern}");
    }
}

#[test]
fn the_record_set_keys_of_route53_hold_several_strings() {
    for end in ["Actions", "NormalizedRecordNames", "RecordTypes"] {
        let key = the_key(&format!("route53:ChangeResourceRecordSets{end}"));
        assert_eq!((key.origin(), key.value_type()), (KeyOrigin::Service, KeyType::String));
        assert!(key.is_multi_valued());
    }
    assert!(!the_key("route53:VPCs").is_multi_valued());
}

#[test]
fn global_keys_have_types() {
    let cases = [
        ("aws:sourceip", "aws:SourceIp", KeyType::IpAddress, false),
        ("aws:PrincipalOrgPaths", "aws:PrincipalOrgPaths", KeyType::String, true),
        ("aws:TagKeys", "aws:TagKeys", KeyType::String, true),
        ("aws:PrincipalArn", "aws:PrincipalArn", KeyType::Arn, false),
        ("aws:MultiFactorAuthPresent", "aws:MultiFactorAuthPresent", KeyType::Bool, false),
        ("aws:MultiFactorAuthAge", "aws:MultiFactorAuthAge", KeyType::Numeric, false),
    ];
    for (written, name, value, multi) in cases {
        let key = the_key(written);
        assert_eq!((key.name(), key.origin(), key.value_type()), (name, KeyOrigin::Global, value));
        assert_eq!(key.is_multi_valued(), multi, "{name}");
        assert_eq!(key.also_type(), None);
    }
    let epoch = the_key("aws:EpochTime");
    assert_eq!((epoch.value_type(), epoch.also_type()), (KeyType::Date, Some(KeyType::Numeric)));
}

#[test]
fn session_keys_named_after_a_service_count_for_every_service() {
    let key = the_key("ec2:SourceInstanceARN");
    assert_eq!((key.origin(), key.value_type()), (KeyOrigin::CrossService, KeyType::Arn));
    assert!(service("ec2").unwrap().has_condition_key(&key));
}

#[test]
fn placeholders_in_keys_match_any_text_but_none() {
    let cases = [
        ("aws:ResourceTag/team", "aws:ResourceTag/${TagKey}"),
        ("AWS:principaltag/a:b/c", "aws:PrincipalTag/${TagKey}"),
        ("s3:ExistingObjectTag/class", "s3:ExistingObjectTag/<key>"),
        ("kms:EncryptionContext:aws:s3:arn", "kms:EncryptionContext:${EncryptionContextKey}"),
        ("events:Metadata/x/Matcher", "events:Metadata/${MetadataKey}/Matcher"),
    ];
    for (written, name) in cases {
        let key = the_key(written);
        assert!(key.is_pattern());
        assert_eq!(key.name(), name);
    }
    assert_eq!(condition_key("s3:ExistingObjectTag/"), None);
}

#[test]
fn claims_that_aws_lists_belong_to_their_provider() {
    let cases = [
        ("token.actions.githubusercontent.com:repository", "token.actions.githubusercontent.com:repository"),
        ("token.actions.githubusercontent.com/acme:ref", "token.actions.githubusercontent.com/${SubPath}:ref"),
        ("token.actions.acme.ghe.com:Repository", "token.actions.${Domain}.ghe.com:repository"),
        ("gitlab.com:project_id", "gitlab.com:project_id"),
        ("cognito-identity.amazonaws.com:amr", "cognito-identity.amazonaws.com:amr"),
    ];
    for (written, name) in cases {
        let key = the_key(written);
        assert_eq!((key.name(), key.origin()), (name, KeyOrigin::WebIdentity));
        assert!(service("sts").unwrap().has_condition_key(&key));
    }
    assert_eq!(the_key("SAML:aud").origin(), KeyOrigin::Saml);
    assert!(the_key("saml:edupersonaffiliation").is_multi_valued());
}

#[test]
fn every_oidc_provider_has_the_generic_claims() {
    for issuer in ["oidc.eks.eu-west-1.amazonaws.com/id/ABC", "token.actions.githubusercontent.com", "acme.auth0.com/"] {
        let key = the_key(&format!("{issuer}:sub"));
        assert_eq!((key.name(), key.origin(), key.value_type()), ("sub", KeyOrigin::AnyOidcProvider, KeyType::String));
        assert!(the_key(&format!("{issuer}:AMR")).is_multi_valued());
        assert_eq!(condition_key(&format!("{issuer}:unheard_of")), None);
    }
}

#[test]
fn an_issuer_is_a_host_with_or_without_a_path() {
    assert_eq!(issuer_and_claim("a.b/c/d:sub"), Some(("a.b/c/d", "sub")));
    assert_eq!(issuer_and_claim("token.actions.githubusercontent.com:x"), Some(("token.actions.githubusercontent.com", "x")));
    for key in ["aws:SourceIp", "a.b", "a.b:", "a..b:sub", ".b:sub", "a b.c:sub", "https://a.b:sub"] {
        assert_eq!(issuer_and_claim(key), None, "{key}");
    }
}

#[test]
fn a_key_names_the_services_that_list_it() {
    let owners: Vec<_> = services_of_key("sts:ExternalId").map(Service::prefix).collect();
    assert_eq!(owners, ["sts"]);
    assert!(services_of_key("aws:ResourceTag/team").count() > 300);
    assert_eq!(services_of_key("aws:NoSuchKey").count(), 0);
    assert_eq!(keys_of_service("ROUTE53").count(), 4);
    assert_eq!(keys_of_service("nowhere").count(), 0);
}

#[test]
fn retired_actions_are_remembered_and_not_listed() {
    assert!(retired_action("sso:DeletePermissionsPolicy"));
    assert!(retired_action("DEEPRACER:getcar"));
    assert!(!retired_action("s3:GetObject"));
    assert_eq!(action("sso:DeletePermissionsPolicy"), None);
}

#[test]
fn accounts_of_vendors_and_of_aws_are_known() {
    let datadog = account("464622532012").unwrap();
    assert_eq!((datadog.name(), datadog.kind(), datadog.is_retired()), ("Datadog", AccountKind::Vendor, false));
    assert_eq!(datadog.regions().count(), 0);
    let elb = account("127311923021").unwrap();
    assert_eq!((elb.name(), elb.kind()), ("ELB logs", AccountKind::Aws));
    assert_eq!(elb.regions().collect::<Vec<_>>(), ["us-east-1"]);
    assert_eq!(account("034638983726").unwrap().also().collect::<Vec<_>>(), ["CloudTrail logs"]);
    assert!(account("068664126052").unwrap().is_retired());
}

#[test]
fn an_account_id_is_twelve_digits() {
    assert_eq!(account("000010852771").unwrap().name(), "AWS Lambda layer publisher");
    for id in ["", "10852771", "464622532013", "0464622532012", "+64622532012", "46462253201a"] {
        assert_eq!(account(id), None, "{id}");
    }
}

#[test]
fn a_mistyped_action_gets_the_nearest_name() {
    let cases = [
        ("s3:GetObjekt", "s3:GetObject"),
        ("s3:getobjets", "s3:GetObject"),
        ("S3:PutBuketPolicy", "s3:PutBucketPolicy"),
        ("dynamdb:GetItem", "dynamodb:GetItem"),
        ("iam:AssumeRole", "sts:AssumeRole"),
        ("GetHostedZone", "route53:GetHostedZone"),
        ("route53:ListRecordSets", "route53:ListResourceRecordSets"),
        ("glue:ListConnections", "glue:GetConnections"),
        ("iam:GetPolicys", "iam:GetPolicy"),
        ("logs:GtLogEvents", "logs:GetLogEvents"),
        ("ec2:DesrciobeAddresses", "ec2:DescribeAddresses"),
        ("ecr-public:BatchGetImage", "ecr:BatchGetImage"),
        ("rds:Connect", "rds-db:connect"),
        ("ebs:CreateVolume", "ec2:CreateVolume"),
        ("opensearch:ESHttpGet", "es:ESHttpGet"),
        ("iam:ListPolicy", "iam:ListPolicies"),
        ("chatbot:GetSlackChannelConfiguration", "chatbot:DescribeSlackChannelConfigurations"),
    ];
    for (unknown, name) in cases {
        assert_eq!(suggested(unknown).as_deref(), Some(name), "{unknown}");
    }
}

#[test]
fn operations_are_meant_by_what_they_need() {
    let meant = |unknown: &str| meant_actions(unknown).into_iter().flat_map(|meant| meant.needs).collect::<Vec<_>>();
    assert!(meant("s3:ListObject").contains(&"s3:ListBucket".to_owned()));
    assert_eq!(meant("S3:PutBucket"), ["s3:PutObject"]);
    assert_eq!(meant("rds:Connect"), ["rds-db:connect"]);
    assert_eq!(meant("sqs:SendMesage").first().map(String::as_str), Some("sqs:SendMessage"));
    assert!(meant_actions("sqs:SendMesage").first().is_some_and(|meant| meant.is_slip));
    assert!(meant("nosuch:GetItem").is_empty() && meant("s3:Frobnicate").is_empty());
}

#[test]
fn what_does_something_else_is_no_suggestion() {
    for unknown in ["ecr:PullImage", "iam:TaiRole", "sqs:ReadMessage", "ds:DisconnectDirectory", "ds:deauthorizeApplication"] {
        assert_eq!(suggested(unknown), None, "{unknown}");
    }
}

#[test]
fn an_action_that_is_near_nothing_gets_no_suggestion() {
    for unknown in ["", ":", "s3:Frobnicate", "s3:X", "nosuch:Frobnicate", "s3:GetObjekt*", "s3:\u{e9}"] {
        assert_eq!(suggested(unknown), None, "{unknown}");
    }
}

#[test]
fn a_wrong_condition_key_gets_the_nearest_name() {
    let cases = [
        ("route53:ChangeResourceRecordSetsRecordNames", "route53", "route53:ChangeResourceRecordSetsNormalizedRecordNames"),
        ("aws:SourceIP4", "s3", "aws:SourceIp"),
        ("aws:PrincipalOrg", "s3", "aws:PrincipalOrgID"),
        ("aws:PrincipalTags/team", "s3", "aws:PrincipalTag/${TagKey}"),
        ("aws:ResourceTag", "ec2", "aws:ResourceTag/${TagKey}"),
        ("aws:ExternalId", "sts", "sts:ExternalId"),
        ("s3:SourceVpce", "s3", "aws:SourceVpce"),
        ("token.actions.githubusercontent.com:repositry", "sts", "token.actions.githubusercontent.com:repository"),
        ("oidc.example.com/id/AB:subs", "sts", "oidc.example.com/id/AB:sub"),
    ];
    for (unknown, service, name) in cases {
        assert_eq!(suggest_condition_key(unknown, &[service]).as_deref(), Some(name), "{unknown}");
    }
    let without_services = suggest_condition_key("route53:ChangeResourceRecordSetsRecordNames", &[]);
    assert_eq!(without_services.as_deref(), Some("route53:ChangeResourceRecordSetsNormalizedRecordNames"));
}

#[test]
fn a_condition_key_that_is_near_nothing_gets_no_suggestion() {
    for unknown in ["", ":", "aws:Frobnicate", "no colon", "sts:Zebra", "oidc.example.com:frobnicate", "aws:é/ü"] {
        assert_eq!(suggest_condition_key(unknown, &["s3", "nosuch"]), None, "{unknown}");
    }
}

#[test]
fn an_arn_template_splits_into_literals_and_placeholders() {
    let parts: Vec<_> = arn_parts("arn:${Partition}:dms::${Account}:cert:*").collect();
    assert_eq!(
        parts,
        [
            Part::Literal("arn:"),
            Part::Placeholder("Partition"),
            Part::Literal(":dms::"),
            Part::Placeholder("Account"),
            Part::Literal(":cert:"),
            Part::Placeholder("*"),
        ]
    );
    assert_eq!(arn_parts("").count(), 0);
    assert_eq!(arn_parts("a${b").collect::<Vec<_>>(), [Part::Literal("a${b")]);
}

proptest! {
    #[test]
    fn expansion_equals_a_naive_filter_over_all_actions(
        // Made of pieces of real names, so that most patterns match something.
        pattern in "(\\*|s3|S\\?|iam|ec2|[a-e]\\*|\\*[0-9]|sts|r\\*3)(:(\\*|Get|get\\*|\\?et|List|Role|\\*role|O|\\*|\\?\\?|e\\*){0,4})?"
    ) {
        prop_assert_eq!(expanded(&pattern), naive_expansion(&pattern));
    }

    #[test]
    fn no_text_makes_a_lookup_panic(text in "\\PC{0,24}", head in "(aws:|s3:|a\\.b:|\\$\\{|<|)") {
        let text = format!("{head}{text}");
        let _ = (action(&text), expand(&text).count(), condition_key(&text), account(&text), retired_action(&text));
        let _ = (suggest_action(&text), suggest_condition_key(&text, &["s3"]), arn_parts(&text).count());
    }

    #[test]
    fn the_parts_of_a_template_join_to_it_again(template in "([a-z:/]|\\$\\{[A-Z]\\}|<[a-z]>|\\*|\\$|é){0,12}") {
        let joined: String = arn_parts(&template).map(|part| match part {
            Part::Literal(text) => text.to_string(),
            Part::Placeholder("*") => "*".to_string(),
            Part::Placeholder(name) if name.chars().all(|c| c.is_ascii_uppercase()) => format!("${{{name}}}"),
            Part::Placeholder(name) => format!("<{name}>"),
        }).collect();
        prop_assert_eq!(joined, template);
    }
}
