//! Which of AWS's policies each of Terraform's resources carries. What AWS makes of such a policy is the catalog's.
//!
//! Source: the pages of the resources in the AWS provider's documentation.

use super::IdentityKind;
use crate::catalog::{self, PolicyQuota, PolicyTarget};
use crate::policy::{Document, PolicyKind};

/// Beginnings of the names of resources that carry the policy of a kind of resource; none is the beginning of another. Vaults of AWS Backup
/// are not here: it takes copies from accounts of the same organisation alone, and refuses others all else (AWS Backup Developer Guide,
/// "Vault access policies").
const TARGETS: &[(&str, &str)] = &[
    ("aws_api_gateway_", "api"),
    ("aws_cloudwatch_event_", "event-bus"),
    ("aws_cloudwatch_log_", "log-groups"),
    ("aws_codeartifact_", "package-repository"),
    ("aws_dynamodb_", "table"),
    ("aws_ecr_", "image-repository"),
    ("aws_glacier_", "vault"),
    ("aws_glue_", "data-catalog"),
    ("aws_kinesis_", "stream"),
    ("aws_kms_", "key"),
    ("aws_lambda_layer_version_permission", "layer"),
    ("aws_lambda_permission", "function"),
    ("aws_media_store_", "container"),
    ("aws_msk_", "cluster"),
    ("aws_s3_access_point", "bucket"),
    ("aws_s3_bucket", "bucket"),
    ("aws_s3control_", "bucket"),
    ("aws_secretsmanager_", "secret"),
    ("aws_ses", "mail-identity"),
    ("aws_sns_topic", "topic"),
    ("aws_sqs_queue", "queue"),
    ("aws_xray_", "traces"),
];

/// The same of resources whose policies are open to `*` as a rule, because something else decides who comes in.
const GUARDED: &[(&str, &str)] = &[
    ("aws_api_gateway_", "api"),
    ("aws_cloudwatch_log_resource_policy", "log-groups"),
    ("aws_ecrpublic_", "public-image-repository"),
    ("aws_efs_", "file-system"),
    ("aws_elasticsearch_", "domain"),
    ("aws_opensearch_", "domain"),
    ("aws_s3_access_point", "access-point"),
    ("aws_s3control_", "access-point"),
    ("aws_vpclattice_", "service-network"),
];

/// Resources by the policy whose length AWS limits, in order.
const QUOTAS: &[(&str, &str)] = &[
    ("aws_cloudwatch_event_bus_policy", "event-bus"),
    ("aws_cloudwatch_log_resource_policy", "log-groups"),
    ("aws_ecr_repository_policy", "image-repository"),
    ("aws_ecrpublic_repository_policy", "public-image-repository"),
    ("aws_efs_file_system_policy", "file-system"),
    ("aws_glue_resource_policy", "data-catalog"),
    ("aws_iam_group_policy", "group-inline"),
    ("aws_iam_policy", "managed-policy"),
    ("aws_iam_role", "role-inline"),
    ("aws_iam_role_policy", "role-inline"),
    ("aws_iam_user_policy", "user-inline"),
    ("aws_kms_external_key", "key"),
    ("aws_kms_key", "key"),
    ("aws_kms_key_policy", "key"),
    ("aws_kms_replica_external_key", "key"),
    ("aws_kms_replica_key", "key"),
    ("aws_s3_bucket", "bucket"),
    ("aws_s3_bucket_policy", "bucket"),
    ("aws_secretsmanager_secret", "secret"),
    ("aws_secretsmanager_secret_policy", "secret"),
    ("aws_sns_topic", "topic"),
    ("aws_sns_topic_policy", "topic"),
    ("aws_sqs_queue", "queue"),
    ("aws_sqs_queue_policy", "queue"),
    ("aws_ssoadmin_permission_set_inline_policy", "permission-set-inline"),
    ("aws_transfer_access", "transfer-session"),
    ("aws_transfer_user", "transfer-session"),
    ("aws_vpc_endpoint", "endpoint"),
    ("aws_vpc_endpoint_policy", "endpoint"),
    ("awscc_iam_role", "role-inline"),
];

fn begins<'t>(table: &'t [(&str, &'static str)], carrier: &str) -> Option<&'t str> {
    table.iter().find(|(start, _)| carrier.starts_with(start)).map(|(_, name)| *name)
}

/// The kind of resource whose policy a document is.
pub fn target(document: &Document) -> Option<&'static PolicyTarget> {
    catalog::policy_target(begins(TARGETS, document.carrier.resource())?)
}

/// Whether something else than its policy decides who comes to the resource whose policy a document is.
pub fn is_guarded_otherwise(document: &Document) -> bool {
    begins(GUARDED, document.carrier.resource()).and_then(catalog::policy_guard).is_some()
}

/// How long AWS lets a document be.
pub fn quota(document: &Document) -> Option<&'static PolicyQuota> {
    let name = match (document.kind, document.carrier.resource()) {
        (PolicyKind::Trust, "aws_iam_role" | "awscc_iam_role") => "role-trust",
        (PolicyKind::ServiceControl, "aws_organizations_policy") => "service-control",
        (PolicyKind::ResourceControl, "aws_organizations_policy") => "resource-control",
        (_, carrier) => {
            let at = QUOTAS.binary_search_by(|(known, _)| (*known).cmp(carrier)).ok()?;
            QUOTAS.get(at)?.1
        }
    };
    catalog::policy_quota(name)
}

/// How long the inline policies of an identity may be together.
pub fn inline_quota(kind: IdentityKind) -> Option<&'static PolicyQuota> {
    catalog::policy_quota(match kind {
        IdentityKind::User => "user-inline",
        IdentityKind::Group => "group-inline",
        IdentityKind::Role => "role-inline",
        IdentityKind::PermissionSet => "permission-set-inline",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_one_of_the_catalog() {
        assert!(TARGETS.iter().all(|(_, name)| catalog::policy_target(name).is_some()));
        assert!(GUARDED.iter().all(|(_, name)| catalog::policy_guard(name).is_some()));
        assert!(QUOTAS.iter().all(|(_, name)| catalog::policy_quota(name).is_some()));
        for name in ["role-trust", "service-control", "resource-control"] {
            assert!(catalog::policy_quota(name).is_some(), "{name}");
        }
        for kind in [IdentityKind::User, IdentityKind::Group, IdentityKind::Role, IdentityKind::PermissionSet] {
            assert!(inline_quota(kind).is_some_and(PolicyQuota::is_for_all_together), "{kind:?}");
        }
    }

    #[test]
    fn the_tables_are_in_order_and_no_beginning_is_anothers() {
        assert!(QUOTAS.windows(2).all(|pair| pair[0].0 < pair[1].0));
        for table in [TARGETS, GUARDED] {
            let clash = |(start, _): &(&str, &str)| table.iter().any(|(other, _)| other != start && other.starts_with(start));
            assert!(!table.iter().any(clash));
        }
    }
}
