//! Where policies are: which arguments of which resources hold one, and what it is for there.
//!
//! Source: the "Argument Reference" of each resource in the AWS provider's documentation, and its schema (5.100): arguments that take
//! an IAM policy as JSON. Policies in other languages are not here: of IoT, of OpenSearch Serverless, of Verified Access (Cedar), of
//! data protection, of life cycles, of stacks.

use std::sync::Arc;

use crate::eval::arms::{Assumption, Decision};
use crate::eval::value::{Entry, Kind, Object, Value};
use crate::eval::{Evaluator, Resource};
use crate::policy::lower::{Carrier, lower, reference};
use crate::policy::{CarrierType, Document, Flaw, FlawKind, PolicyKind};
use crate::source::Span;
use crate::terraform::ResourceMode;

/// A resource type, the argument that holds the policy (`block.argument` for one in nested blocks), and its kind.
///
/// Newer than 5.100 are those of `bedrockagentcore`, `dsql`, `fsx`, `odb`, `osis`, `pinpointsmsvoicev2`, `prometheus`, `s3files` and
/// `s3vectors`, `aws_lambda_resource_policy`, and the session policy of a Pod Identity association. `awscc_` are AWS Cloud Control's.
const SITES: &[(&str, &str, PolicyKind)] = &[
    ("aws_acmpca_policy", "policy", PolicyKind::Resource),
    ("aws_api_gateway_domain_name", "policy", PolicyKind::Resource),
    ("aws_api_gateway_rest_api", "policy", PolicyKind::Resource),
    ("aws_api_gateway_rest_api_policy", "policy", PolicyKind::Resource),
    ("aws_backup_vault_policy", "policy", PolicyKind::Resource),
    ("aws_bedrock_resource_policy", "policy", PolicyKind::Resource),
    ("aws_bedrockagentcore_resource_policy", "policy", PolicyKind::Resource),
    ("aws_cloudsearch_domain_service_access_policy", "access_policy", PolicyKind::Resource),
    ("aws_cloudwatch_event_bus_policy", "policy", PolicyKind::Resource),
    ("aws_cloudwatch_log_delivery_destination_policy", "delivery_destination_policy", PolicyKind::Resource),
    ("aws_cloudwatch_log_destination_policy", "access_policy", PolicyKind::Resource),
    ("aws_cloudwatch_log_resource_policy", "policy_document", PolicyKind::Resource),
    ("aws_codeartifact_domain_permissions_policy", "policy_document", PolicyKind::Resource),
    ("aws_codeartifact_repository_permissions_policy", "policy_document", PolicyKind::Resource),
    ("aws_codebuild_resource_policy", "policy", PolicyKind::Resource),
    ("aws_dsql_cluster_policy", "policy", PolicyKind::Resource),
    ("aws_dynamodb_resource_policy", "policy", PolicyKind::Resource),
    ("aws_ecr_registry_policy", "policy", PolicyKind::Resource),
    ("aws_ecr_repository_creation_template", "repository_policy", PolicyKind::Resource),
    ("aws_ecr_repository_policy", "policy", PolicyKind::Resource),
    ("aws_ecrpublic_repository_policy", "policy", PolicyKind::Resource),
    ("aws_efs_file_system_policy", "policy", PolicyKind::Resource),
    ("aws_eks_pod_identity_association", "policy", PolicyKind::Boundary),
    ("aws_elasticsearch_domain", "access_policies", PolicyKind::Resource),
    ("aws_elasticsearch_domain_policy", "access_policies", PolicyKind::Resource),
    ("aws_fsx_s3_access_point_attachment", "s3_access_point.policy", PolicyKind::Resource),
    ("aws_glacier_vault", "access_policy", PolicyKind::Resource),
    ("aws_glacier_vault_lock", "policy", PolicyKind::Resource),
    ("aws_glue_resource_policy", "policy", PolicyKind::Resource),
    ("aws_iam_group_policy", "policy", PolicyKind::Identity),
    ("aws_iam_policy", "policy", PolicyKind::Identity),
    ("aws_iam_role", "assume_role_policy", PolicyKind::Trust),
    ("aws_iam_role", "inline_policy.policy", PolicyKind::Identity),
    ("aws_iam_role_policy", "policy", PolicyKind::Identity),
    ("aws_iam_user_policy", "policy", PolicyKind::Identity),
    ("aws_kinesis_resource_policy", "policy", PolicyKind::Resource),
    ("aws_kms_external_key", "policy", PolicyKind::Resource),
    ("aws_kms_key", "policy", PolicyKind::Resource),
    ("aws_kms_key_policy", "policy", PolicyKind::Resource),
    ("aws_kms_replica_external_key", "policy", PolicyKind::Resource),
    ("aws_kms_replica_key", "policy", PolicyKind::Resource),
    ("aws_lambda_resource_policy", "policy", PolicyKind::Resource),
    ("aws_media_store_container_policy", "policy", PolicyKind::Resource),
    ("aws_msk_cluster_policy", "policy", PolicyKind::Resource),
    ("aws_networkfirewall_resource_policy", "policy", PolicyKind::Resource),
    ("aws_oam_sink_policy", "policy", PolicyKind::Resource),
    ("aws_odb_network", "kms_policy_document", PolicyKind::Endpoint),
    ("aws_odb_network", "s3_policy_document", PolicyKind::Endpoint),
    ("aws_odb_network", "sts_policy_document", PolicyKind::Endpoint),
    ("aws_opensearch_domain", "access_policies", PolicyKind::Resource),
    ("aws_opensearch_domain_policy", "access_policies", PolicyKind::Resource),
    ("aws_organizations_policy", "content", PolicyKind::ServiceControl),
    ("aws_organizations_resource_policy", "content", PolicyKind::Resource),
    ("aws_osis_pipeline_resource_policy", "policy", PolicyKind::Resource),
    ("aws_osis_resource_policy", "policy", PolicyKind::Resource),
    ("aws_pinpointsmsvoicev2_resource_policy", "policy", PolicyKind::Resource),
    ("aws_prometheus_resource_policy", "policy_document", PolicyKind::Resource),
    ("aws_redshift_resource_policy", "policy", PolicyKind::Resource),
    ("aws_redshiftserverless_resource_policy", "policy", PolicyKind::Resource),
    ("aws_rolesanywhere_profile", "session_policy", PolicyKind::Boundary),
    ("aws_s3_access_point", "policy", PolicyKind::Resource),
    ("aws_s3_bucket", "policy", PolicyKind::Resource),
    ("aws_s3_bucket_policy", "policy", PolicyKind::Resource),
    ("aws_s3control_access_grants_instance_resource_policy", "policy", PolicyKind::Resource),
    ("aws_s3control_access_point_policy", "policy", PolicyKind::Resource),
    ("aws_s3control_bucket_policy", "policy", PolicyKind::Resource),
    ("aws_s3control_multi_region_access_point_policy", "details.policy", PolicyKind::Resource),
    ("aws_s3control_object_lambda_access_point_policy", "policy", PolicyKind::Resource),
    ("aws_s3files_file_system_policy", "policy", PolicyKind::Resource),
    ("aws_s3tables_table_bucket_policy", "resource_policy", PolicyKind::Resource),
    ("aws_s3tables_table_policy", "resource_policy", PolicyKind::Resource),
    ("aws_s3vectors_vector_bucket_policy", "policy", PolicyKind::Resource),
    ("aws_sagemaker_model_package_group_policy", "resource_policy", PolicyKind::Resource),
    ("aws_schemas_registry_policy", "policy", PolicyKind::Resource),
    ("aws_secretsmanager_secret", "policy", PolicyKind::Resource),
    ("aws_secretsmanager_secret_policy", "policy", PolicyKind::Resource),
    ("aws_ses_identity_policy", "policy", PolicyKind::Resource),
    ("aws_sesv2_email_identity_policy", "policy", PolicyKind::Resource),
    ("aws_sns_topic", "policy", PolicyKind::Resource),
    ("aws_sns_topic_policy", "policy", PolicyKind::Resource),
    ("aws_sqs_queue", "policy", PolicyKind::Resource),
    ("aws_sqs_queue_policy", "policy", PolicyKind::Resource),
    ("aws_ssoadmin_permission_set_inline_policy", "inline_policy", PolicyKind::Identity),
    ("aws_transfer_access", "policy", PolicyKind::Boundary),
    ("aws_transfer_user", "policy", PolicyKind::Boundary),
    ("aws_vpc_endpoint", "policy", PolicyKind::Endpoint),
    ("aws_vpc_endpoint_policy", "policy", PolicyKind::Endpoint),
    ("aws_vpclattice_auth_policy", "policy", PolicyKind::Resource),
    ("aws_vpclattice_resource_policy", "policy", PolicyKind::Resource),
    ("aws_xray_resource_policy", "policy_document", PolicyKind::Resource),
    ("awscc_iam_group", "policies.policy_document", PolicyKind::Identity),
    ("awscc_iam_group_policy", "policy_document", PolicyKind::Identity),
    ("awscc_iam_managed_policy", "policy_document", PolicyKind::Identity),
    ("awscc_iam_role", "assume_role_policy_document", PolicyKind::Trust),
    ("awscc_iam_role", "policies.policy_document", PolicyKind::Identity),
    ("awscc_iam_role_policy", "policy_document", PolicyKind::Identity),
    ("awscc_iam_user", "policies.policy_document", PolicyKind::Identity),
    ("awscc_iam_user_policy", "policy_document", PolicyKind::Identity),
];

/// Whether a resource may carry a policy.
pub fn carries_policies(mode: ResourceMode, kind: &str) -> bool {
    mode == ResourceMode::Managed
        && (is_permission(kind) || kind == SUBSCRIBER || SITES.binary_search_by(|(known, _, _)| known.cmp(&kind)).is_ok())
}

/// The policies that a resource carries: of each what it may be, which is one document unless it rests on something undecided.
pub fn documents(evaluator: &Evaluator, resource: &Resource) -> Vec<Vec<Document>> {
    if &*resource.kind == FUNCTION_URL {
        return function_url(evaluator, resource)
            .iter()
            .map(|policy| each_way(policy, &carrier(evaluator, resource, PolicyKind::Resource)))
            .collect();
    }
    if &*resource.kind == SUBSCRIBER {
        return subscriber(evaluator, resource)
            .iter()
            .map(|policy| each_way(policy, &carrier(evaluator, resource, PolicyKind::Trust)))
            .collect();
    }
    if let Some(permission) = permission(&resource.kind) {
        return vec![each_way(&permission.policy(evaluator, resource), &carrier(evaluator, resource, PolicyKind::Resource))];
    }
    let sites = SITES.iter().filter(|(kind, _, _)| *kind == &*resource.kind);
    let mut documents = Vec::new();
    for (_, path, kind) in sites {
        let Some(kind) = actual_kind(evaluator, resource, *kind) else { continue };
        documents.extend(values(evaluator, resource, path).iter().map(|value| each_way(value, &carrier(evaluator, resource, kind))));
    }
    documents
}

/// Lowers a policy in each way in which what it rests on may be decided.
pub(super) fn each_way(value: &Value, carrier: &Carrier) -> Vec<Document> {
    let worlds = value.worlds();
    let alone = worlds.len() == 1;
    let lowered = |(assumed, value): (Vec<Assumption>, Value)| {
        let document = lower(&value, carrier)?;
        Some(Document { assumed: if alone { Vec::new() } else { assumed }, ..document })
    };
    let mut decisions: Vec<Decision> = Vec::new();
    for Assumption { decision, .. } in worlds.iter().flat_map(|(assumed, _)| assumed) {
        if !alone && !decisions.contains(decision) {
            decisions.push(decision.clone());
        }
    }
    let mut documents: Vec<Document> = worlds.into_iter().filter_map(lowered).collect();
    // A value of the wrong type in one case, null above all, or nothing where there must be something, says that this case is not
    // meant to be.
    let by_case = |flaw: &Flaw| matches!(flaw.kind, FlawKind::WrongType { .. } | FlawKind::Empty { .. } | FlawKind::NoValues { .. });
    if documents.iter().any(|document| !document.flaws.iter().any(by_case)) {
        documents.iter_mut().for_each(|document| document.flaws.retain(|flaw| !by_case(flaw)));
    }
    if let Some(first) = documents.first_mut() {
        let undecided = decisions.iter().map(|decision| (decision.span, Arc::new(decision.why.condition())));
        first.unknowns.extend(undecided);
    }
    documents
}

/// Arguments that name what a resource's policy is put on, in the order in which they are looked for (Terraform AWS provider, the pages of
/// the resources of `SITES`).
const PUT_ON: &[&str] = &[
    "bucket",
    "queue_url",
    "secret_arn",
    "repository",
    "repository_name",
    "key_id",
    "function_name",
    "layer_name",
    "event_bus_name",
    "backup_vault_name",
    "vault_name",
    "domain_name",
    "domain",
    "file_system_id",
    "vpc_endpoint_id",
    "rest_api_id",
    "resource_arn",
    "arn",
    "identity",
];

/// The same of an inline policy.
const HELD_BY: &[&str] = &["role", "role_name", "user", "group", "permission_set_arn"];

fn carrier(evaluator: &Evaluator, resource: &Resource, kind: PolicyKind) -> Carrier {
    let arguments = match kind {
        PolicyKind::Identity => HELD_BY,
        PolicyKind::Trust | PolicyKind::Boundary => &[],
        _ => PUT_ON,
    };
    let named = arguments.iter().find_map(|name| evaluator.configured_attribute(resource.lazy, name));
    Carrier {
        kind,
        on: named.and_then(|value| reference(&value)),
        address: resource.address.clone(),
        carrier: CarrierType::Resource(Arc::clone(&resource.kind)),
        header: resource.header,
        block: resource.span,
        calls: resource.calls.clone(),
    }
}

/// An Organizations policy says itself what it is; tag and backup policies are no IAM policies.
fn actual_kind(evaluator: &Evaluator, resource: &Resource, kind: PolicyKind) -> Option<PolicyKind> {
    if &*resource.kind != "aws_organizations_policy" {
        return Some(kind);
    }
    let declared = evaluator.configured_attribute(resource.lazy, "type");
    match declared.as_ref().and_then(Value::known_string).as_deref() {
        None if declared.as_ref().is_some_and(|value| value.as_unknown().is_some()) => None,
        None | Some("SERVICE_CONTROL_POLICY") => Some(PolicyKind::ServiceControl),
        Some("RESOURCE_CONTROL_POLICY") => Some(PolicyKind::ResourceControl),
        Some(_) => None,
    }
}

/// Whether a policy of an organization certainly says nothing of permissions.
pub fn is_of_other_kind(evaluator: &Evaluator, resource: &Resource) -> bool {
    let declared = evaluator.configured_attribute(resource.lazy, "type");
    let is_known = declared.as_ref().and_then(Value::known_string).is_some();
    is_known && actual_kind(evaluator, resource, PolicyKind::ServiceControl).is_none()
}

/// The values of an argument as configured. What is not configured is no policy: AWS's defaults are not the user's.
/// `block.argument` is the argument of each such block.
pub fn values(evaluator: &Evaluator, resource: &Resource, path: &str) -> Vec<Value> {
    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    let Some(value) = evaluator.configured_attribute(resource.lazy, first) else { return Vec::new() };
    let Some(rest) = rest else { return vec![value] };
    let mut found = Vec::new();
    add_members(&value, rest, &mut found);
    found
}

/// The argument `path` of each block. Blocks that are only there in one of two cases are there all the same.
fn add_members(value: &Value, path: &str, found: &mut Vec<Value>) {
    match (&value.kind, value.arms()) {
        (Kind::List(list), _) => list.items.iter().for_each(|block| add_members(block, path, found)),
        (Kind::Object(object), _) => match path.split_once('.') {
            Some((block, rest)) => object.get(block).iter().for_each(|value| add_members(value, rest, found)),
            None => found.extend(object.get(path).cloned()),
        },
        (_, Some(arms)) => [&arms.then, &arms.otherwise].iter().for_each(|arm| add_members(arm, path, found)),
        _ => {}
    }
}

/// A function's URL. Where it asks for no credentials, the provider lets everybody call it ("Argument Reference" of the resource; AWS
/// Lambda Developer Guide, "Control access to Lambda function URLs").
pub const FUNCTION_URL: &str = "aws_lambda_function_url";

/// The permission that the provider adds for a URL without authentication.
fn function_url(evaluator: &Evaluator, resource: &Resource) -> Option<Value> {
    let here = resource.header;
    let argument = |name: &str| evaluator.configured_attribute(resource.lazy, name).filter(|value| !value.is_null());
    let none = argument("authorization_type").filter(|kind| kind.known_string().as_deref() == Some("NONE"))?;
    let mut statement = Object::default();
    statement.entries.push(entry("Effect", Value::string("Allow", here)));
    statement.entries.push(entry("Principal", Value::string("*", none.span)));
    statement.entries.push(entry("Action", Value::string("lambda:InvokeFunctionUrl", here)));
    statement.entries.extend(argument("function_name").map(|on| entry("Resource", on)));
    statement.entries.push(entry("Condition", one("StringEquals", one("lambda:FunctionUrlAuthType", none, here), here)));
    Some(policy_of(statement, here))
}

/// Who reads from Amazon Security Lake, which makes a role for them.
pub const SUBSCRIBER: &str = "aws_securitylake_subscriber";

/// The trust policy of the role that Security Lake makes for a subscriber (Amazon Security Lake User Guide, "Managing data access for
/// Security Lake subscribers").
fn subscriber(evaluator: &Evaluator, resource: &Resource) -> Option<Value> {
    let here = resource.header;
    // The other way is a share of tables, for which no role is made.
    let access = evaluator.configured_attribute(resource.lazy, "access_type").filter(|access| !access.is_null());
    if access.is_some_and(|access| access.known_string().as_deref() != Some("S3")) {
        return None;
    }
    let argument = |name: &str| values(evaluator, resource, &format!("subscriber_identity.{name}")).into_iter().next();
    let mut statement = Object::default();
    statement.entries.push(entry("Effect", Value::string("Allow", here)));
    statement.entries.extend(argument("principal").map(|principal| entry("Principal", principal_of(principal))));
    statement.entries.push(entry("Action", Value::string("sts:AssumeRole", here)));
    statement
        .entries
        .extend(argument("external_id").map(|id| entry("Condition", one("StringEquals", one("sts:ExternalId", id, here), here))));
    Some(policy_of(statement, here))
}

/// An object of one member.
fn one(key: &str, value: Value, here: Span) -> Value {
    Value::object(Object { entries: vec![entry(key, value)], ..Object::default() }, here)
}

/// A policy of one statement.
fn policy_of(statement: Object, here: Span) -> Value {
    let version = entry("Version", Value::string("2012-10-17", here));
    let statements = Value::list(vec![Value::object(statement, here)], here);
    Value::object(Object { entries: vec![version, entry("Statement", statements)], ..Object::default() }, here)
}

/// A resource whose arguments are a statement.
struct Permission {
    resource: &'static str,
    /// The argument that names what may be used.
    on: &'static str,
    /// The action where the argument `action` is left out.
    default_action: Option<&'static str>,
    /// Arguments that are conditions: operator and key.
    conditions: &'static [(&'static str, &'static str, &'static str)],
}

/// Sources: the "Argument Reference" of each, and "AddPermission", "AddLayerVersionPermission" (Lambda), "PutPermission" (EventBridge)
/// and "AddProfilePermission" (Signer) in the API references for what AWS makes of them.
const PERMISSIONS: &[Permission] = &[
    Permission {
        resource: "aws_cloudwatch_event_permission",
        on: "event_bus_name",
        default_action: Some("events:PutEvents"),
        conditions: &[],
    },
    Permission {
        resource: "aws_lambda_layer_version_permission",
        on: "layer_name",
        default_action: None,
        conditions: &[("organization_id", "StringEquals", "aws:PrincipalOrgID")],
    },
    Permission {
        resource: "aws_lambda_permission",
        on: "function_name",
        default_action: None,
        conditions: &[
            ("source_arn", "ArnLike", "AWS:SourceArn"),
            ("source_account", "StringEquals", "AWS:SourceAccount"),
            ("principal_org_id", "StringEquals", "aws:PrincipalOrgID"),
            ("event_source_token", "StringEquals", "lambda:EventSourceToken"),
            ("function_url_auth_type", "StringEquals", "lambda:FunctionUrlAuthType"),
            ("invoked_via_function_url", "Bool", "lambda:InvokedViaFunctionUrl"),
        ],
    },
    Permission { resource: "aws_signer_signing_profile_permission", on: "profile_name", default_action: None, conditions: &[] },
];

/// Whether a resource's arguments are a statement, of which AWS makes a policy.
pub fn is_permission(kind: &str) -> bool {
    kind == FUNCTION_URL || permission(kind).is_some()
}

fn permission(kind: &str) -> Option<&'static Permission> {
    PERMISSIONS.iter().find(|permission| permission.resource == kind)
}

fn entry(key: &str, value: Value) -> Entry {
    Entry { key: key.into(), key_span: value.span, value }
}

impl Permission {
    /// The statement that AWS makes of it, as a policy.
    fn policy(&self, evaluator: &Evaluator, resource: &Resource) -> Value {
        let here = resource.header;
        let argument = |name: &str| evaluator.configured_attribute(resource.lazy, name).filter(|value| !value.is_null());
        let mut statement = Object::default();
        statement.entries.push(entry("Effect", Value::string("Allow", here)));
        statement.entries.extend(argument("principal").map(|principal| entry("Principal", principal_of(principal))));
        let action = argument("action").or_else(|| self.default_action.map(|action| Value::string(action, here)));
        statement.entries.extend(action.map(|action| entry("Action", action)));
        statement.entries.extend(argument(self.on).map(|on| entry("Resource", on)));
        let conditions = self.conditions(evaluator, resource);
        if !conditions.entries.is_empty() {
            statement.entries.push(entry("Condition", Value::object(conditions, here)));
        }
        policy_of(statement, here)
    }

    fn conditions(&self, evaluator: &Evaluator, resource: &Resource) -> Object {
        let mut conditions = Object::default();
        let mut add =
            |operator: &str, operator_span, tested: Entry| match conditions.entries.iter_mut().find(|entry| &*entry.key == operator) {
                Some(existing) => {
                    let mut keys = existing.value.as_object().cloned().unwrap_or_default();
                    keys.entries.push(tested);
                    existing.value = Value::object(keys, existing.value.span);
                }
                None => {
                    let span = tested.value.span;
                    let keys = Value::object(Object { entries: vec![tested], ..Object::default() }, span);
                    conditions.entries.push(Entry { key: operator.into(), key_span: operator_span, value: keys });
                }
            };
        for (name, operator, key) in self.conditions {
            let value = evaluator.configured_attribute(resource.lazy, name).filter(|value| !value.is_null());
            value.into_iter().for_each(|value| add(operator, value.span, entry(key, value)));
        }
        // EventBridge's is a block of its own.
        let block = |name: &str| values(evaluator, resource, &format!("condition.{name}")).into_iter().next();
        if let (Some(operator), Some(key), Some(value)) = (block("type"), block("key"), block("value"))
            && let (Some(operator_name), Some(key_name)) = (operator.known_string(), key.known_string())
        {
            add(&operator_name, operator.span, Entry { key: key_name.as_ref().into(), key_span: key.span, value });
        }
        conditions
    }
}

/// Everybody, a service by its host name, or an account or ARN.
fn principal_of(principal: Value) -> Value {
    let kind = match principal.known_string().as_deref() {
        Some("*") => return principal,
        Some(name) if name.contains(".amazonaws.com") || name.contains(".amazon.com") => "Service",
        Some(_) => "AWS",
        None => "Service",
    };
    let span = principal.span;
    Value::object(Object { entries: vec![entry(kind, principal)], ..Object::default() }, span)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_for_binary_search() {
        assert!(SITES.windows(2).all(|pair| pair[0].0 <= pair[1].0));
    }
}
