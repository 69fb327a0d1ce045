//! What the AWS provider computes: ARNs, ids and names that follow from the arguments, and which values only AWS knows.
//!
//! Source: the "Attribute Reference" of each resource in the provider's documentation.

use std::sync::Arc;

use super::account::provider_symbol;
use super::evaluator::Evaluator;
use super::expand::target_name;
use super::lookup::{self, ManagedByAws};
use super::scope::{Node, Provider, Scope, Target};
use super::unknown::{Reason, Symbol, Unknown};
use super::value::{Entry, Kind, Object, Part, Str, Value};
use crate::source::Span;
use crate::syntax::ast::{Block, Name};
use crate::syntax::text::Text;
use crate::terraform::ResourceMode;

/// How an attribute follows from others. `{name}` is another attribute of the resource, `{name|x}` with what stands for null,
/// `{=word}` something that AWS makes up, `{~path}` the same with any characters, `{@account}`, `{@region}`, `{@partition}` the provider's.
const COMPUTED: &[(&str, &str, &str)] = &[
    ("aws_api_gateway_rest_api", "execution_arn", "arn:{@partition}:execute-api:{@region}:{@account}:{id}"),
    ("aws_cloudwatch_event_bus", "arn", "arn:{@partition}:events:{@region}:{@account}:event-bus/{name}"),
    ("aws_cloudwatch_event_rule", "arn", "arn:{@partition}:events:{@region}:{@account}:rule/{name}"),
    ("aws_cloudwatch_log_group", "arn", "arn:{@partition}:logs:{@region}:{@account}:log-group:{name}"),
    ("aws_codebuild_project", "arn", "arn:{@partition}:codebuild:{@region}:{@account}:project/{name}"),
    ("aws_codecommit_repository", "arn", "arn:{@partition}:codecommit:{@region}:{@account}:{repository_name}"),
    ("aws_codepipeline", "arn", "arn:{@partition}:codepipeline:{@region}:{@account}:{name}"),
    ("aws_dynamodb_table", "arn", "arn:{@partition}:dynamodb:{@region}:{@account}:table/{name}"),
    ("aws_dynamodb_table", "id", "{name}"),
    ("aws_dynamodb_table", "stream_arn", "arn:{@partition}:dynamodb:{@region}:{@account}:table/{name}/stream/{=label}"),
    ("aws_ecr_repository", "arn", "arn:{@partition}:ecr:{@region}:{@account}:repository/{name}"),
    ("aws_ecr_repository", "id", "{name}"),
    ("aws_ecr_repository", "repository_url", "{@account}.dkr.ecr.{@region}.{@dns_suffix}/{name}"),
    ("aws_ecs_cluster", "arn", "arn:{@partition}:ecs:{@region}:{@account}:cluster/{name}"),
    ("aws_ecs_cluster", "id", "arn:{@partition}:ecs:{@region}:{@account}:cluster/{name}"),
    ("aws_eks_cluster", "arn", "arn:{@partition}:eks:{@region}:{@account}:cluster/{name}"),
    ("aws_eks_cluster", "id", "{name}"),
    ("aws_iam_group", "arn", "arn:{@partition}:iam::{@account}:group{path|/}{name}"),
    ("aws_iam_group", "id", "{name}"),
    ("aws_iam_instance_profile", "arn", "arn:{@partition}:iam::{@account}:instance-profile{path|/}{name}"),
    ("aws_iam_instance_profile", "id", "{name}"),
    ("aws_iam_openid_connect_provider", "arn", "arn:{@partition}:iam::{@account}:oidc-provider/{url-without-scheme}"),
    ("aws_iam_openid_connect_provider", "id", "{arn}"),
    ("aws_iam_policy", "arn", "arn:{@partition}:iam::{@account}:policy{path|/}{name}"),
    ("aws_iam_policy", "id", "{arn}"),
    ("aws_iam_role", "arn", "arn:{@partition}:iam::{@account}:role{path|/}{name}"),
    ("aws_iam_role", "id", "{name}"),
    ("aws_iam_saml_provider", "arn", "arn:{@partition}:iam::{@account}:saml-provider/{name}"),
    ("aws_iam_user", "arn", "arn:{@partition}:iam::{@account}:user{path|/}{name}"),
    ("aws_iam_user", "id", "{name}"),
    ("aws_kinesis_firehose_delivery_stream", "arn", "arn:{@partition}:firehose:{@region}:{@account}:deliverystream/{name}"),
    ("aws_kinesis_stream", "arn", "arn:{@partition}:kinesis:{@region}:{@account}:stream/{name}"),
    ("aws_kms_alias", "arn", "arn:{@partition}:kms:{@region}:{@account}:{name}"),
    ("aws_kms_key", "arn", "arn:{@partition}:kms:{@region}:{@account}:key/{key_id}"),
    ("aws_kms_key", "id", "{key_id}"),
    ("aws_kms_key", "key_id", "{=key_id}"),
    ("aws_lambda_function", "arn", "arn:{@partition}:lambda:{@region}:{@account}:function:{function_name}"),
    ("aws_lambda_function", "id", "{function_name}"),
    ("aws_route53_zone", "arn", "arn:{@partition}:route53:::hostedzone/{zone_id}"),
    ("aws_route53_zone", "id", "{zone_id}"),
    ("aws_route53_zone", "zone_id", "{=zone_id}"),
    ("aws_s3_bucket", "arn", "arn:{@partition}:s3:::{bucket}"),
    ("aws_s3_bucket", "id", "{bucket}"),
    ("aws_secretsmanager_secret", "arn", "arn:{@partition}:secretsmanager:{@region}:{@account}:secret:{name}-{=suffix}"),
    ("aws_secretsmanager_secret", "id", "{arn}"),
    ("aws_sfn_state_machine", "arn", "arn:{@partition}:states:{@region}:{@account}:stateMachine:{name}"),
    ("aws_sns_topic", "arn", "arn:{@partition}:sns:{@region}:{@account}:{name}"),
    ("aws_sns_topic", "id", "{arn}"),
    ("aws_sqs_queue", "arn", "arn:{@partition}:sqs:{@region}:{@account}:{name}"),
    ("aws_sqs_queue", "id", "https://sqs.{@region}.{@dns_suffix}/{@account}/{name}"),
    ("aws_sqs_queue", "url", "https://sqs.{@region}.{@dns_suffix}/{@account}/{name}"),
    ("aws_ssm_parameter", "arn", "arn:{@partition}:ssm:{@region}:{@account}:parameter/{name-without-slash}"),
    ("aws_ssm_parameter", "id", "{name}"),
    ("aws_ssoadmin_permission_set", "id", "{=id}"),
    ("awscc_iam_role", "arn", "arn:{@partition}:iam::{@account}:role{path|/}{role_name}"),
    ("awscc_iam_role", "id", "{role_name}"),
];

/// The same for data sources that look a thing up by name.
const LOOKED_UP: &[(&str, &str, &str)] = &[
    // A user, a session of a role, or root: `sts` or `iam`.
    ("aws_caller_identity", "arn", "arn:{@partition}:{=service}::{@account}:{~resource}"),
    ("aws_cloudwatch_log_group", "arn", "arn:{@partition}:logs:{@region}:{@account}:log-group:{name}"),
    ("aws_dynamodb_table", "arn", "arn:{@partition}:dynamodb:{@region}:{@account}:table/{name}"),
    ("aws_ecr_repository", "arn", "arn:{@partition}:ecr:{@region}:{@account}:repository/{name}"),
    ("aws_eks_cluster", "arn", "arn:{@partition}:eks:{@region}:{@account}:cluster/{name}"),
    ("aws_iam_openid_connect_provider", "arn", "arn:{@partition}:iam::{@account}:oidc-provider/{url-without-scheme}"),
    // AWS's own policies are of the account `aws`.
    ("aws_iam_policy", "arn", "arn:{@partition}:iam::{=owner}:policy{~path}{name}"),
    ("aws_iam_policy", "id", "{arn}"),
    ("aws_iam_role", "arn", "arn:{@partition}:iam::{@account}:role{~path}{name}"),
    ("aws_iam_role", "id", "{name}"),
    ("aws_iam_user", "arn", "arn:{@partition}:iam::{@account}:user{~path}{user_name}"),
    ("aws_kms_key", "arn", "arn:{@partition}:kms:{@region}:{@account}:key/{=key_id}"),
    ("aws_lambda_function", "arn", "arn:{@partition}:lambda:{@region}:{@account}:function:{function_name}"),
    ("aws_route53_zone", "arn", "arn:{@partition}:route53:::hostedzone/{zone_id}"),
    ("aws_route53_zone", "id", "{zone_id}"),
    ("aws_route53_zone", "zone_id", "{=zone_id}"),
    ("aws_s3_bucket", "arn", "arn:{@partition}:s3:::{bucket}"),
    ("aws_s3_bucket", "id", "{bucket}"),
    ("aws_sns_topic", "arn", "arn:{@partition}:sns:{@region}:{@account}:{name}"),
    ("aws_sqs_queue", "arn", "arn:{@partition}:sqs:{@region}:{@account}:{name}"),
    ("aws_ssm_parameter", "arn", "arn:{@partition}:ssm:{@region}:{@account}:parameter/{name-without-slash}"),
];

/// Attributes whose text holds no separator and no wildcard, whatever it is.
fn is_word(attribute: &str) -> bool {
    matches!(attribute, "account_id" | "region" | "partition" | "key_id" | "zone_id" | "unique_id" | "hex" | "number" | "dec" | "user_id")
        || attribute.ends_with("_account_id")
}

/// Whether an attribute that is not configured is put together of others.
pub(super) fn follows_from_others(mode: ResourceMode, kind: &str, name: &str) -> bool {
    let table = if mode == ResourceMode::Managed { COMPUTED } else { LOOKED_UP };
    table.iter().any(|(known, attribute, _)| *known == kind && *attribute == name)
}

/// What the attribute `arn` of a resource or data source is, as an ARN with made-up names; nothing for a type of which it is not known.
pub fn example_arn(mode: ResourceMode, kind: &str) -> Option<String> {
    let table = if mode == ResourceMode::Managed { COMPUTED } else { LOOKED_UP };
    let (_, _, template) = table.iter().find(|(known, attribute, _)| *known == kind && *attribute == "arn")?;
    let mut text = String::new();
    let mut rest = *template;
    while let Some((before, after)) = rest.split_once('{') {
        let (hole, after) = after.split_once('}').unwrap_or((after, ""));
        text.push_str(before);
        text.push_str(match hole {
            "@partition" => "aws",
            "@account" => "111122223333",
            "@region" => "us-east-1",
            "path|/" => "/",
            _ => "example",
        });
        rest = after;
    }
    text.push_str(rest);
    Some(text)
}

/// What an attribute that is not configured is worth.
pub(super) fn computed(evaluator: &Evaluator, node: &Node, mode: ResourceMode, kind: &str, name: &str, span: Span) -> Value {
    if let Some(value) = session(evaluator, node, mode, kind, name, span) {
        return value;
    }
    if let Some(value) = rendered(evaluator, node, kind, name, span).or_else(|| read(evaluator, node, mode, kind, name, span)) {
        return value;
    }
    if (kind, name) == ("aws_eks_cluster", "identity") {
        return cluster_identity(evaluator, node, span);
    }
    // Terraform's own resource gives back what it is given (language/resources/terraform-data).
    match (kind, name) {
        ("terraform_data", "output") => return evaluator.lazy_attribute(evaluator.lazy(node.clone()), "input", span),
        ("terraform_data", "input" | "triggers_replace") => return Value::null(span),
        _ => {}
    }
    if mode == ResourceMode::Data
        && let Some(value) = lookup::found(evaluator, node, kind, name, span)
    {
        return value;
    }
    if mode == ResourceMode::Managed
        && matches!(name, "name" | "bucket")
        && let Some(value) = from_prefix(evaluator, node, name, span)
    {
        return value;
    }
    let table = if mode == ResourceMode::Managed { COMPUTED } else { LOOKED_UP };
    if (mode, kind) == (ResourceMode::Data, "aws_iam_policy") {
        let found = lookup::managed_by_aws(evaluator, node, name, span).map(|found| match found {
            ManagedByAws::Value(value) => value,
            ManagedByAws::Arn(template) => fill(evaluator, node, &template, name, span),
        });
        if let Some(found) = found {
            return lookup::with_way(evaluator, node, found);
        }
    }
    match table.iter().find(|(known, attribute, _)| *known == kind && *attribute == name) {
        // Up to 2.x the ARN of a log group is that of its streams (Terraform AWS Provider Version 3 Upgrade Guide, "Removal of arn Wildcard
        // Suffix").
        Some((_, _, template)) if (kind, name) == ("aws_cloudwatch_log_group", "arn") && is_before(evaluator, node, 3) => {
            fill(evaluator, node, &format!("{template}:*"), name, span)
        }
        Some((_, _, template)) => fill(evaluator, node, template, name, span),
        None => only_aws_knows(evaluator, node, mode, name, span),
    }
}

/// `identity[0].oidc[0].issuer` of a cluster: `https://oidc.eks.REGION.amazonaws.com/id/ID` and its like for other endpoints (Amazon EKS
/// User Guide, "Create an IAM OIDC provider for your cluster").
fn cluster_identity(evaluator: &Evaluator, node: &Node, span: Span) -> Value {
    let issuer = fill(evaluator, node, "https://oidc{=oidc_separator}eks.{=oidc_endpoint}/id/{=oidc_id}", "identity.oidc.issuer", span);
    let one = |name: &str, value: Value| {
        let entry = Entry { key: name.into(), key_span: span, value };
        Value::list(vec![Value::object(Object { entries: vec![entry], ..Object::default() }, span)], span)
    };
    one("oidc", one("issuer", issuer))
}

/// Data sources about the credentials in use.
fn session(evaluator: &Evaluator, node: &Node, mode: ResourceMode, kind: &str, name: &str, span: Span) -> Option<Value> {
    let what = match (mode, kind, name) {
        (ResourceMode::Data, "aws_caller_identity", "account_id" | "id") => "account",
        (ResourceMode::Data, "aws_partition", "partition" | "id") => "partition",
        (ResourceMode::Data, "aws_region", "name" | "region" | "id") => "region",
        (ResourceMode::Data, "aws_partition", "dns_suffix") => "dns_suffix",
        _ => return None,
    };
    Some(provider_fact(evaluator, node, what, span))
}

/// The account, region or partition of the provider that a resource belongs to.
fn provider_fact(evaluator: &Evaluator, node: &Node, what: &str, span: Span) -> Value {
    let provider = evaluator.provider_of(node).unwrap_or_else(|| Provider { instance: node.instance, name: "aws".into() });
    match what {
        "account" => evaluator.account_of(&provider, span),
        _ => Value::unknown(provider_symbol(evaluator, &provider, what, span), span),
    }
}

/// `template_file` renders like `templatefile`. Before Terraform 0.7 it was a resource and not a data source.
fn rendered(evaluator: &Evaluator, node: &Node, kind: &str, name: &str, span: Span) -> Option<Value> {
    if (kind, name) != ("template_file", "rendered") {
        return None;
    }
    evaluator.in_resource(node, |block, scope| {
        let template = evaluator.configured(&block.body, "template", scope).unwrap_or_else(|| Value::null(span));
        let variables =
            evaluator.configured(&block.body, "vars", scope).unwrap_or_else(|| Value::object(super::value::Object::default(), span));
        // Before Terraform 0.12 `vars` could be written as a block.
        let variables = match variables.as_list().map(|list| list.items.as_slice()) {
            Some([block]) => block.clone(),
            _ => variables,
        };
        evaluator.template_text(&template, &variables, scope, span)
    })
}

/// The text of a file that a data source of the provider `local` reads.
fn read(evaluator: &Evaluator, node: &Node, mode: ResourceMode, kind: &str, name: &str, span: Span) -> Option<Value> {
    if (mode, name) != (ResourceMode::Data, "content") || !matches!(kind, "local_file" | "local_sensitive_file") {
        return None;
    }
    evaluator.in_resource(node, |block, scope| {
        let path = &block.body.attribute("filename")?.value;
        let function = Name { text: "file".into(), span };
        Some(evaluator.call(&function, std::slice::from_ref(path), false, scope, path.span))
    })?
}

/// `name_prefix` and what AWS or the provider adds to it.
fn from_prefix(evaluator: &Evaluator, node: &Node, name: &str, span: Span) -> Option<Value> {
    let argument = format!("{name}_prefix");
    let prefix = evaluator.in_resource(node, |block, scope| evaluator.configured(&block.body, &argument, scope)).flatten()?;
    let mut text = prefix.as_str()?.into_owned();
    text.push(Part::Unknown(Arc::new(symbolic(evaluator, node, name, true, span))));
    text.symbol = symbolic(evaluator, node, name, true, span).symbol;
    Some(Value::str(text, span))
}

fn symbolic(evaluator: &Evaluator, node: &Node, attribute: &str, word: bool, span: Span) -> Unknown {
    let instance = evaluator.instance(node.instance);
    let shown = format!("{}{}.{attribute}", target_name(&node.target), node.key);
    let key = format!("{}:{shown}", evaluator.symbol_scope(&instance));
    let data = matches!(&node.target, Target::Resource(ResourceMode::Data, ..));
    let reason = if data { Reason::Data(shown.into()) } else { Reason::ResourceAttribute(shown.into()) };
    Unknown::symbolic(reason, span, key, word)
}

/// A configured attribute that is not wholly known is at least this attribute of this resource, so that references to it compare.
pub(super) fn recognisable(evaluator: &Evaluator, node: &Node, mode: ResourceMode, name: &str, value: Value) -> Value {
    let symbol = || symbolic(evaluator, node, name, false, value.span).symbol;
    if mode == ResourceMode::Data {
        return value;
    }
    match &value.kind {
        Kind::String(text) if text.symbol.is_none() && text.parts.iter().any(|part| matches!(part, Part::Unknown(_))) => {
            let text = Str { parts: text.parts.clone(), symbol: symbol() };
            Value { kind: Kind::String(Arc::new(text)), ..value }
        }
        // What is a cluster's issuer has the scheme, and what AWS gives back as a provider's URL has not (GetOpenIDConnectProvider).
        Kind::String(text) if is_provider_url(node, name) && text.parts.iter().any(|part| matches!(part, Part::Unknown(_))) => {
            let text = Str { parts: without_scheme(&text.parts), symbol: symbol() };
            Value { kind: Kind::String(Arc::new(text)), ..value }
        }
        Kind::Unknown(unknown) if unknown.symbol.is_none() && !unknown.is_failed() => {
            let unknown = Unknown { symbol: symbol(), ..unknown.as_ref().clone() };
            Value { kind: Kind::Unknown(Arc::new(unknown)), ..value }
        }
        _ => value,
    }
}

fn is_provider_url(node: &Node, name: &str) -> bool {
    matches!(&node.target, Target::Resource(_, kind, _) if &**kind == "aws_iam_openid_connect_provider" && name == "url")
}

fn without_scheme(parts: &[Part]) -> Vec<Part> {
    let first = parts.iter().take(1).map(|part| match part {
        Part::Text(text) if text.value().starts_with("https://") => Part::Text(text.slice("https://".len()..text.value().len())),
        other => other.clone(),
    });
    first.chain(parts.iter().skip(1).cloned()).collect()
}

fn only_aws_knows(evaluator: &Evaluator, node: &Node, mode: ResourceMode, name: &str, span: Span) -> Value {
    let mut unknown = symbolic(evaluator, node, name, is_word(name), span);
    if let (ResourceMode::Data, Target::Resource(_, kind, _), Reason::Data(shown)) = (mode, &node.target, &unknown.reason)
        && &**kind == "terraform_remote_state"
    {
        unknown.reason = Reason::RemoteState(Arc::clone(shown));
    }
    Value::unknown(unknown, span)
}

/// Fills an ARN's template in. The whole is known to be this attribute, whatever parts of its text are not known.
/// Whether the configuration of the provider asks for a version below `major`: `version = "~> 1.60"`, as one does it up to Terraform 0.12.
fn is_before(evaluator: &Evaluator, node: &Node, major: u32) -> bool {
    let version = |block: &Block, scope: &Scope| {
        let attribute = block.body.attribute("version")?;
        evaluator.eval(&attribute.value, scope).known_string().map(String::from)
    };
    let version = evaluator.provider_of(node).and_then(|provider| evaluator.provider_block(&provider, version)).flatten();
    let is_below = |part: &str| {
        let number = part.trim().trim_start_matches(['=', '~', '>', ' ']);
        let first = number.split('.').next().and_then(|first| first.trim().parse::<u32>().ok());
        let is_open = part.trim().starts_with('>') || part.trim().starts_with('!');
        !is_open && first.is_some_and(|first| first < major) && (number.contains('.') || !part.contains('~'))
    };
    version.is_some_and(|version| version.split(',').any(is_below))
}

fn fill(evaluator: &Evaluator, node: &Node, template: &str, attribute: &str, span: Span) -> Value {
    let mut text = Str::default();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        text.push(Part::Text(Text::computed(before, span)));
        let (hole, after) = after.split_once('}').unwrap_or((after, ""));
        fill_hole(evaluator, node, hole, span, &mut text);
        rest = after;
    }
    text.push(Part::Text(Text::computed(rest, span)));
    if text.parts.iter().all(|part| matches!(part, Part::Text(_))) {
        return Value::str(text, span);
    }
    text.symbol = symbolic(evaluator, node, attribute, false, span).symbol;
    if let [Part::Unknown(only)] = text.parts.as_slice() {
        return Value::unknown_because(Arc::clone(only), span);
    }
    Value::str(text, span)
}

fn fill_hole(evaluator: &Evaluator, node: &Node, hole: &str, span: Span, text: &mut Str) {
    if let Some(fact) = hole.strip_prefix('@') {
        let value = provider_fact(evaluator, node, fact, span);
        match (&value.kind, value.as_str()) {
            (Kind::Unknown(unknown), _) => text.push(Part::Unknown(Arc::clone(unknown))),
            (_, Some(known)) => known.parts.iter().for_each(|part| text.push(part.clone())),
            _ => {}
        }
        return;
    }
    if let Some(made_up) = hole.strip_prefix(['=', '~']) {
        return text.push(Part::Unknown(Arc::new(symbolic(evaluator, node, made_up, hole.starts_with('='), span))));
    }
    let (name, default) = hole.split_once('|').unwrap_or((hole, ""));
    let (name, strip) = match name {
        "url-without-scheme" => ("url", Some("https://")),
        "name-without-slash" => ("name", Some("/")),
        other => (other, None),
    };
    let lazy = evaluator.lazy(node.clone());
    if !default.is_empty() {
        let configured = evaluator.in_resource(node, |block, scope| evaluator.configured(&block.body, name, scope)).flatten();
        if configured.is_none_or(|value| value.is_null()) {
            return text.push(Part::Text(Text::computed(default, span)));
        }
    }
    let value = evaluator.lazy_attribute(lazy, name, span);
    let word = matches!(name, "name" | "bucket" | "function_name" | "repository_name" | "id");
    match (&value.kind, value.as_str()) {
        (Kind::Unknown(unknown), _) if matches!(unknown.reason, Reason::ResourceAttribute(_)) && word => {
            let symbol = unknown.symbol.clone().map(|symbol| Symbol { word: true, ..symbol });
            text.push(Part::Unknown(Arc::new(Unknown { symbol, ..unknown.as_ref().clone() })));
        }
        (Kind::Unknown(unknown), _) => text.push(Part::Unknown(Arc::clone(unknown))),
        (_, Some(value)) => {
            let mut parts = value.parts.iter().cloned();
            if let (Some(strip), Some(Part::Text(first))) = (strip, value.parts.first()) {
                let start = if first.value().starts_with(strip) { strip.len() } else { 0 };
                text.push(Part::Text(first.slice(start..first.value().len())));
                parts.next();
            }
            parts.for_each(|part| text.push(part));
        }
        (_, None) => text.push(Part::Unknown(Arc::new(symbolic(evaluator, node, name, word, span)))),
    }
}
