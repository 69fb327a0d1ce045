//! AWS's own policies, service principals, escalations, and what requests carry.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::layout::{
    AccountRow, ActionRow, EscalationRow, KeyRow, LinkRow, MAGIC, ManagedRow, PrincipalRow, ResourceRow, SensitiveRow, ServiceRow, Tables,
};
use super::*;
use crate::truth::Truth;

fn the_policy(name: &str) -> ManagedPolicy {
    managed_policy(name).unwrap_or_else(|| panic!("{name} is a policy of AWS's"))
}

fn carried(name: &str, key: &str) -> Truth {
    let action = action(name).unwrap_or_else(|| panic!("{name} is an action"));
    carries(action, &condition_key(key).unwrap_or_else(|| panic!("{key} is a condition key")))
}

#[test]
fn the_tables_hold_what_their_readme_counts() {
    assert_eq!(managed_policies().count(), 1_670);
    assert_eq!(managed_policies().filter(|policy| policy.document().is_some()).count(), 1_644);
    assert_eq!(managed_policies().filter(|policy| policy.is_deprecated()).count(), 74);
    assert_eq!(managed_policies().filter(|policy| policy.arn().is_none()).count(), 48);
    assert_eq!(managed_policies().filter(|policy| policy.is_known_in_full()).count(), 1_596);
    assert_eq!(service_principals().count(), 434);
    assert_eq!(escalations().count(), 56);
}

#[test]
fn every_document_is_one_line_of_json_with_statements() {
    for policy in managed_policies() {
        let Some(text) = policy.document() else { continue };
        let document: serde_json::Value = serde_json::from_str(text).unwrap_or_else(|why| panic!("{policy:?}: {why}"));
        assert!(text.starts_with("{\"Version\":\"2012-10-17\",\"Statement\":") && !text.contains('\n'), "{policy:?}");
        assert!(document["Statement"].is_array() || document["Statement"].is_object(), "{policy:?}");
    }
}

#[test]
fn a_managed_policy_says_what_it_allows() {
    let admin = the_policy("AdministratorAccess");
    assert_eq!((admin.path(), admin.version(), admin.updated()), (Some("/"), Some("v1"), Some("2015-02-06")));
    assert!(admin.is_admin() && admin.is_iam_full() && !admin.is_power() && !admin.is_deprecated());
    let document = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    assert_eq!(admin.document(), Some(document));
    assert_eq!(admin.action_count(), Some(22_406));
    assert_eq!(admin.levels().collect::<Vec<_>>(), AccessLevel::ALL);
    assert!(the_policy("PowerUserAccess").is_power() && the_policy("PowerUserAccess").has_not_action());
    let iam = the_policy("IAMFullAccess");
    assert!(iam.is_iam_full() && !iam.is_admin());
    assert!(iam.full_services().any(|service| service.prefix() == "iam"));
    assert!(iam.escalations().any(|set| set.actions().eq(["iam:CreatePolicyVersion"])));
    let read = the_policy("AWSAccountManagementReadOnlyAccess");
    assert_eq!(read.levels().collect::<Vec<_>>(), [AccessLevel::List, AccessLevel::Read]);
    assert_eq!((read.full_services().count(), read.escalations().count()), (0, 0));
    let new = the_policy("AIDevOpsChannelAccessPolicy");
    assert_eq!((new.document(), new.version(), new.action_count()), (None, None, None));
}

#[test]
fn a_managed_policy_is_found_by_name_and_by_arn_of_any_partition() {
    let basic = the_policy("AWSLambdaBasicExecutionRole");
    let arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
    assert_eq!(basic.arn().as_deref(), Some(arn));
    for arn in [arn, &arn.replace("arn:aws:", "arn:aws-cn:"), &arn.replace("arn:aws:", "arn:aws-us-gov:")] {
        assert_eq!(managed_policy(arn), Some(basic), "{arn}");
    }
    let wrong = [
        "",
        "arn:",
        "awslambdabasicexecutionrole",
        "arn:aws:iam::aws:policy/AWSLambdaBasicExecutionRole",
        "arn:aws:iam::aws:policy/service-role/",
        "arn:aws:iam::111111111111:policy/AdministratorAccess",
        "arn:other:iam::aws:policy/AdministratorAccess",
        "arn:aws:x:iam::aws:policy/AdministratorAccess",
    ];
    for name in wrong {
        assert_eq!(managed_policy(name), None, "{name}");
    }
}

#[test]
fn a_deprecated_policy_without_a_known_path_has_no_arn_and_is_found_by_any() {
    let lost = managed_policies().find(|policy| policy.path().is_none()).unwrap();
    assert!(lost.is_deprecated() && lost.arn().is_none());
    assert_eq!(managed_policy(&format!("arn:aws:iam::aws:policy/service-role/{}", lost.name())), Some(lost));
}

#[test]
fn a_service_principal_is_known_in_its_regional_forms() {
    let logs = service_principal("logs.amazonaws.com").unwrap();
    for name in ["LOGS.amazonaws.com", "logs.eu-west-1.amazonaws.com", "logs.us-gov-west-1.amazonaws.com", "logs.amazonaws.com.cn"] {
        assert_eq!(service_principal(name), Some(logs), "{name}");
    }
    assert_eq!(service_principal("logs.cn-north-1.amazonaws.com.cn"), Some(logs));
    assert_eq!(service_principal("ec2.amazonaws.com.cn").unwrap().name(), "ec2.amazonaws.com.cn");
    assert_eq!(service_principal("delivery.logs.amazonaws.com").unwrap().name(), "delivery.logs.amazonaws.com");
    for name in
        ["", ".cn", "logs", "logs.amazonaws.org", "nowhere.amazonaws.com", "logs.eu.amazonaws.com", "logs.eu-1.amazonaws.com", "é.cn"]
    {
        assert_eq!(service_principal(name), None, "{name}");
    }
    let uses: Vec<_> = service_principal("lambda.amazonaws.com").unwrap().uses().collect();
    assert!(uses.contains(&PrincipalUse::Passed) && uses.contains(&PrincipalUse::Compute), "{uses:?}");
}

#[test]
fn escalations_name_their_actions() {
    let with_lambda: Vec<_> = escalations_with("LAMBDA:createfunction").collect();
    assert!(!with_lambda.is_empty());
    assert!(with_lambda.iter().all(|set| set.actions().any(|action| action == "lambda:CreateFunction")));
    let create = escalations().find(|set| set.actions().eq(["iam:CreatePolicyVersion"])).unwrap();
    assert_eq!((create.id(), create.kind()), ("iam-001", EscalationKind::SelfEscalation));
    assert!(create.label().ends_with("iam:CreatePolicyVersion"));
    assert_eq!(escalations_with("s3:ListAllMyBuckets").count(), 0);
    let ids: BTreeSet<_> = escalations().map(Escalation::id).collect();
    assert_eq!(ids.len(), 56);
}

#[test]
fn no_escalation_is_part_of_another() {
    let sets: Vec<BTreeSet<_>> = escalations().map(|set| set.actions().collect()).collect();
    for (at, set) in sets.iter().enumerate() {
        assert!(sets.iter().enumerate().all(|(other, larger)| at == other || !set.is_subset(larger)), "{set:?}");
    }
}

#[test]
fn sensitive_actions_are_on_lists() {
    assert_eq!(sensitive("S3:getobject").collect::<Vec<_>>(), [SensitiveKind::DataAccess]);
    assert_eq!(sensitive("s3:PutBucketPolicy").collect::<Vec<_>>(), [SensitiveKind::ResourceExposure]);
    assert_eq!(sensitive("s3:ListAllMyBuckets").count(), 0);
    assert_eq!(sensitive("").count(), 0);
}

#[test]
fn a_request_carries_keys_of_its_action_of_its_resource_types_and_global_ones() {
    let cases = [
        ("sts:AssumeRole", "sts:ExternalId", Truth::Yes),
        ("ec2:RunInstances", "ec2:ImageType", Truth::Yes),
        ("s3:GetObject", "aws:SourceIp", Truth::Yes),
        ("s3:GetObject", "lambda:SourceFunctionArn", Truth::Yes),
        ("s3:GetObject", "aws:ResourceTag/team", Truth::Yes),
        ("iam:PassRole", "iam:PassedToService", Truth::Yes),
        ("iam:CreateRole", "iam:PassedToService", Truth::No),
        ("s3:GetObject", "sts:ExternalId", Truth::No),
        ("s3:ListAllMyBuckets", "aws:RequestTag/team", Truth::No),
        ("s3:GetObject", "saml:aud", Truth::Unknown),
        ("sts:AssumeRoleWithWebIdentity", "token.actions.githubusercontent.com:repository", Truth::Yes),
        ("sts:AssumeRoleWithWebIdentity", "oidc.example.com:sub", Truth::Unknown),
    ];
    for (action, key, expected) in cases {
        assert_eq!(carried(action, key), expected, "{action} {key}");
    }
    let top_up = services().flat_map(Service::actions).find(|action| action.is_top_up()).unwrap();
    assert_eq!(carries(top_up, &condition_key("sts:ExternalId").unwrap()), Truth::Unknown);
}

#[test]
fn the_keys_that_an_action_carries_are_those_that_it_is_said_to_carry() {
    for name in ["ec2:RunInstances", "s3:PutObject", "sts:AssumeRoleWithWebIdentity", "iam:PassRole", "s3:ListAllMyBuckets"] {
        let action = action(name).unwrap();
        let listed: BTreeSet<&str> = action.carried_keys().map(|one| one.key.name()).collect();
        for key in condition_keys() {
            assert_eq!(listed.contains(key.name()), carries(action, &key).certainly(), "{name} {}", key.name());
        }
    }
    let image = action("ec2:RunInstances").unwrap().carried_keys().find(|one| one.key.name() == "ec2:ImageType").unwrap();
    assert!(matches!(image.source, KeySource::ResourceType(kind) if kind.name() == "image"));
}

#[test]
fn the_debug_form_of_a_fact_is_one_line() {
    let facts = format!("{:?} {:?} {:?}", the_policy("ReadOnlyAccess"), service_principals().next(), escalations().next());
    assert!(facts.len() < 200 && !facts.contains('\n'), "{facts}");
}

proptest! {
    #[test]
    fn no_text_makes_a_lookup_of_a_policy_panic(text in "\\PC{0,24}", head in "(arn:aws:iam::aws:policy/|logs\\.|)", tail in "(\\.amazonaws\\.com|\\.cn|)") {
        let text = format!("{head}{text}{tail}");
        let _ = (managed_policy(&text), service_principal(&text), escalations_with(&text).count(), sensitive(&text).count());
        prop_assert!(crate::nearest::nearest(&text, managed_policies().map(ManagedPolicy::name)).is_none_or(|name| !name.is_empty()));
    }

    /// Every row reader takes whatever bytes stand there: a number that leads nowhere is an empty name or an empty set.
    #[test]
    fn no_bytes_make_the_tables_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), known in any::<bool>()) {
        let mut file = if known { MAGIC.to_vec() } else { Vec::new() };
        file.extend(bytes);
        let tables = Tables::read(Box::leak(file.into_boxed_slice()));
        for set in [0, 1, 2, 0xffff] {
            let _ = (tables.key_set(set), tables.link_set(set), tables.text_set(set).count());
        }
        let mut read = 0;
        read += tables.services.iter().map(|row| ServiceRow::read(row).name.get().len()).sum::<usize>();
        read += tables.actions.iter().map(|row| ActionRow::read(row).name.get().len()).sum::<usize>();
        read += tables.resources.iter().map(|row| ResourceRow::read(row).name.get().len()).sum::<usize>();
        read += tables.keys.iter().map(|row| KeyRow::read(row).name.get().len()).sum::<usize>();
        read += tables.link_set_items.iter().map(|row| usize::from(LinkRow::read(row).resource)).sum::<usize>();
        read += tables.accounts.iter().map(|row| AccountRow::read(row).name.get().len()).sum::<usize>();
        read += tables.principals.iter().map(|row| PrincipalRow::read(row).name.get().len()).sum::<usize>();
        read += tables.escalations.iter().map(|row| EscalationRow::read(row).label.get().len()).sum::<usize>();
        read += tables.sensitive.iter().map(|row| SensitiveRow::read(row).action.get().len()).sum::<usize>();
        let managed = tables.managed.iter().map(ManagedRow::read);
        read += managed.map(|row| frames::document(row.frame, row.start, row.length).unwrap_or(row.name.get()).len()).sum::<usize>();
        prop_assert!(known || read == 0);
    }
}
