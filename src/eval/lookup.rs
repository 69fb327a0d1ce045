//! Data sources that look up what the same source makes: `data.aws_iam_policy` by the ARN or name of an `aws_iam_policy`.

use std::rc::Rc;
use std::sync::Arc;

use super::evaluator::Evaluator;
use super::scope::{Instance, Node, Target};
use super::value::{Kind, Lazy, Str, Value, equal};
use crate::source::Span;
use crate::terraform::ResourceMode;

/// A data source, the argument that it looks a thing up by, and the attribute of the resource of its name that this is.
const LOOKED_UP_BY: &[(&str, &str, &str)] = &[
    ("aws_iam_group", "group_name", "name"),
    ("aws_iam_policy", "arn", "arn"),
    ("aws_iam_policy", "name", "name"),
    ("aws_iam_role", "name", "name"),
    ("aws_iam_user", "user_name", "name"),
];

/// Attributes that are called otherwise by the data source and by the resource.
const RENAMED: &[(&str, &str)] = &[("group_name", "name"), ("group_id", "unique_id"), ("user_name", "name"), ("user_id", "unique_id")];

/// Some of AWS's own policies and their paths (AWS Managed Policy Reference Guide). The data source fails where a name has two
/// policies, and AWS's are in every account: what it finds by such a name is AWS's.
const AWS_POLICIES: &[(&str, &str)] = &[
    ("AWSLambdaBasicExecutionRole", "/service-role/"),
    ("AdministratorAccess", "/"),
    ("AmazonEC2ContainerRegistryReadOnly", "/"),
    ("AmazonECSTaskExecutionRolePolicy", "/service-role/"),
    ("AmazonEKSClusterPolicy", "/"),
    ("AmazonEKSWorkerNodePolicy", "/"),
    ("AmazonEKS_CNI_Policy", "/"),
    ("AmazonS3FullAccess", "/"),
    ("AmazonS3ReadOnlyAccess", "/"),
    ("AmazonSSMManagedInstanceCore", "/"),
    ("Billing", "/job-function/"),
    ("CloudWatchAgentServerPolicy", "/"),
    ("DatabaseAdministrator", "/job-function/"),
    ("IAMFullAccess", "/"),
    ("IAMReadOnlyAccess", "/"),
    ("NetworkAdministrator", "/job-function/"),
    ("PowerUserAccess", "/"),
    ("ReadOnlyAccess", "/"),
    ("SecurityAudit", "/"),
    ("SupportUser", "/job-function/"),
    ("SystemAdministrator", "/job-function/"),
    ("ViewOnlyAccess", "/job-function/"),
];

/// The path of the policy of AWS's own that a data source looks up by its name.
pub(super) fn aws_policy_path(evaluator: &Evaluator, node: &Node) -> Option<&'static str> {
    let argument = |name: &str| configured(evaluator, node, name);
    let name = argument("name")?;
    let name = name.known_string()?;
    let (_, path) = AWS_POLICIES.iter().find(|(known, _)| *known == name)?;
    argument("path_prefix").is_none().then_some(*path)
}

/// An attribute of the resource that a data source finds, if that is of this module or of one that calls it.
pub(super) fn found(evaluator: &Evaluator, node: &Node, kind: &str, name: &str, span: Span) -> Option<Value> {
    let by = LOOKED_UP_BY.iter().filter(|(known, ..)| *known == kind);
    let (_, argument, attribute) = by.copied().find(|(_, argument, _)| configured(evaluator, node, argument).is_some())?;
    let wanted = configured(evaluator, node, argument)?;
    let resource = made_here(evaluator, node, kind, attribute, &wanted, span)?;
    let renamed = RENAMED.iter().find(|(data, _)| *data == name).map_or(name, |(_, resource)| *resource);
    Some(evaluator.lazy_attribute(resource, renamed, span))
}

fn configured(evaluator: &Evaluator, node: &Node, name: &str) -> Option<Value> {
    let value = evaluator.in_resource(node, |block, scope| evaluator.configured(&block.body, name, scope)).flatten();
    value.filter(|value| !value.is_null())
}

/// The resource of this kind whose attribute is `wanted`, with the same provider.
fn made_here(evaluator: &Evaluator, node: &Node, kind: &str, attribute: &str, wanted: &Value, span: Span) -> Option<Lazy> {
    let provider = evaluator.provider_of(node);
    let mut instance = evaluator.instance(node.instance);
    loop {
        let candidates = nodes(evaluator, &instance, kind);
        evaluator.charge(candidates.len() as u64);
        for candidate in candidates {
            let same_provider = evaluator.provider_of(&candidate) == provider;
            let lazy = evaluator.lazy(candidate);
            if same_provider && same(&evaluator.lazy_attribute(lazy, attribute, span), wanted) {
                return Some(lazy);
            }
        }
        let parent = Rc::clone(&instance.call.as_ref()?.parent);
        instance = parent;
    }
}

/// Every instance of every resource of a kind in a module.
fn nodes(evaluator: &Evaluator, instance: &Rc<Instance>, kind: &str) -> Vec<Node> {
    let Some(module) = evaluator.module(instance) else { return Vec::new() };
    let mut nodes = Vec::new();
    for ((mode, known, name), declaration) in &module.resources {
        if *mode != ResourceMode::Managed || &**known != kind {
            continue;
        }
        let Some(parsed) = declaration.parse(evaluator.sources) else { continue };
        let target = Target::Resource(*mode, Arc::clone(known), Arc::clone(name));
        let expansion = evaluator.expansion(instance, &target, &parsed.block);
        nodes.extend(expansion.instances.iter().map(|(key, _)| Node { instance: instance.id, target: target.clone(), key: key.clone() }));
    }
    nodes
}

/// Whether two values certainly are the same text.
fn same(value: &Value, wanted: &Value) -> bool {
    let symbol = |value: &Value| match &value.kind {
        Kind::Unknown(unknown) => unknown.symbol.clone(),
        Kind::String(text) => Str::clone(text).symbol,
        _ => None,
    };
    equal(value, wanted) == Some(true) || symbol(value).is_some_and(|own| symbol(wanted).as_ref() == Some(&own))
}
