//! Data sources that look up what the same source makes, or what AWS has in every account: `data.aws_iam_policy` by the ARN or name of an
//! `aws_iam_policy`, or of one of AWS's own.

use std::rc::Rc;
use std::sync::Arc;

use super::evaluator::Evaluator;
use super::expand::target_name;
use super::scope::{Instance, Key, Node, Target};
use super::value::{Kind, Lazy, Part, StepKind, Value};
use crate::source::Span;
use crate::syntax::ast::ExprKind;
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

/// An attribute of the policy of AWS's own that a data source looks up by its name or its ARN.
///
/// The data source fails where a name has two policies, and AWS's are in every account: what it finds by such a name is AWS's.
pub(super) fn managed_by_aws(evaluator: &Evaluator, node: &Node, attribute: &str, span: Span) -> Option<ManagedByAws> {
    let argument = |name: &str| configured(evaluator, node, name);
    let by_arn = argument("arn");
    let given = by_arn.is_some();
    let wanted = match by_arn {
        Some(arn) => arn_of_some_partition(&arn)?,
        // A path may be that of the account's own policy.
        None if argument("path_prefix").is_some() => return None,
        None => argument("name")?.known_string().filter(|name| !name.starts_with("arn:"))?.into_owned(),
    };
    let (name, path) = evaluator.managed.name_and_path(&wanted)?;
    Some(match attribute {
        // The ARN that was given is the better one: its partition may be written there.
        "arn" | "id" if given => return None,
        "arn" | "id" => ManagedByAws::Arn(format!("arn:{{@partition}}:iam::aws:policy{path}{name}")),
        "name" => ManagedByAws::Value(Value::string(name, span)),
        "path" => ManagedByAws::Value(Value::string(path, span)),
        "policy" => ManagedByAws::Value(Value::string(evaluator.managed.document(&wanted)?, span)),
        _ => return None,
    })
}

/// What a data source found, with the argument that it was found by on its way: what has to change if it is the wrong one.
pub(super) fn with_way(evaluator: &Evaluator, node: &Node, found: Value) -> Value {
    let Some(by) = ["arn", "name"].iter().find_map(|name| configured(evaluator, node, name)) else { return found };
    found.through(StepKind::LookedUp, target_name(&node.target), by.span).out_of(&by.way)
}

/// What an attribute of one of AWS's policies is.
pub(super) enum ManagedByAws {
    Value(Value),
    /// A template with a hole for the partition.
    Arn(String),
}

/// An ARN as text. AWS's own policies are called the same in every partition, so that it need not be known:
/// `arn:${data.aws_partition.current.partition}:iam::aws:policy/ReadOnlyAccess`.
fn arn_of_some_partition(arn: &Value) -> Option<String> {
    if let Some(known) = arn.known_string() {
        return Some(known.to_string());
    }
    match arn.as_str()?.parts.as_slice() {
        [Part::Text(start), Part::Unknown(_), Part::Text(rest)]
            if start.value() == "arn:" && rest.value().starts_with(":iam::aws:policy/") =>
        {
            Some(format!("arn:aws{}", rest.value()))
        }
        _ => None,
    }
}

/// An attribute of the resource that a data source finds, if that is of this module or of one that calls it.
pub(super) fn found(evaluator: &Evaluator, node: &Node, kind: &str, name: &str, span: Span) -> Option<Value> {
    let by = LOOKED_UP_BY.iter().filter(|(known, ..)| *known == kind);
    let (_, argument, attribute) = by.copied().find(|(_, argument, _)| configured(evaluator, node, argument).is_some())?;
    let resource = made_here(evaluator, node, kind, argument, attribute)?;
    let renamed = RENAMED.iter().find(|(data, _)| *data == name).map_or(name, |(_, resource)| *resource);
    Some(evaluator.lazy_attribute(resource, renamed, span))
}

fn configured(evaluator: &Evaluator, node: &Node, name: &str) -> Option<Value> {
    let value = evaluator.in_resource(node, |block, scope| evaluator.configured(&block.body, name, scope)).flatten();
    value.filter(|value| !value.is_null())
}

/// The resource that a data source's argument says. Nothing is evaluated that Terraform would not have to evaluate before it: names and
/// instances of other resources may well depend on this very data source.
fn made_here(evaluator: &Evaluator, node: &Node, kind: &str, argument: &str, attribute: &str) -> Option<Lazy> {
    let named = evaluator.in_resource(node, |block, scope| {
        let base = match &block.body.attribute(argument)?.value.kind {
            ExprKind::Attribute(base, name) if *name.text == *attribute || &*name.text == "id" => base,
            _ => return None,
        };
        match evaluator.eval(base, scope).kind {
            Kind::Lazy(lazy) => Some(lazy).filter(|lazy| evaluator.node(*lazy).is_some_and(|node| is_managed(&node.target, kind))),
            _ => None,
        }
    });
    if let Some(lazy) = named.flatten() {
        return Some(lazy);
    }
    let wanted = configured(evaluator, node, argument)?;
    let mut instance = evaluator.instance(node.instance);
    loop {
        let found = of_symbol(evaluator, &instance, kind, attribute, &wanted).or_else(|| {
            let name = wanted.known_string().filter(|_| attribute == "name")?;
            of_name(evaluator, node, &instance, kind, &name)
        });
        if found.is_some() {
            return found;
        }
        let parent = Rc::clone(&instance.call.as_ref()?.parent);
        instance = parent;
    }
}

fn is_managed(target: &Target, kind: &str) -> bool {
    matches!(target, Target::Resource(ResourceMode::Managed, known, _) if &**known == kind)
}

/// The resource of a module whose attribute a value is known to be, although its text is not known.
fn of_symbol(evaluator: &Evaluator, instance: &Rc<Instance>, kind: &str, attribute: &str, wanted: &Value) -> Option<Lazy> {
    let symbol = match &wanted.kind {
        Kind::Unknown(unknown) => unknown.symbol.as_ref(),
        Kind::String(text) => text.symbol.as_ref(),
        _ => None,
    }?;
    let within = symbol.key.strip_prefix(&*evaluator.symbol_scope(instance))?.strip_prefix(':')?;
    let address = within.strip_prefix(kind)?.strip_prefix('.')?.strip_suffix(attribute)?.strip_suffix('.')?;
    let (name, key) = address.find('[').map_or((address, ""), |at| address.split_at(at));
    let parsed = evaluator.module(instance)?.resource(ResourceMode::Managed, kind, name)?.parse(evaluator.sources)?;
    let target = Target::Resource(ResourceMode::Managed, kind.into(), name.into());
    let expansion = evaluator.expansion(instance, &target, &parsed.block);
    let (key, _) = expansion.instances.iter().find(|(known, _)| known.to_string() == key)?;
    Some(evaluator.lazy(Node { instance: instance.id, target: target.clone(), key: key.clone() }))
}

/// The resource of a module that has this name in its text, and the data source's provider.
fn of_name(evaluator: &Evaluator, node: &Node, instance: &Rc<Instance>, kind: &str, name: &str) -> Option<Lazy> {
    let resources = &evaluator.module(instance)?.resources;
    let candidates = resources.iter().filter(|((mode, known, _), _)| *mode == ResourceMode::Managed && &**known == kind);
    for ((mode, known, label), declaration) in candidates {
        evaluator.charge(1);
        let Some(parsed) = declaration.parse(evaluator.sources) else { continue };
        let body = &parsed.block.body;
        let repeated = body.attribute("count").or(body.attribute("for_each")).is_some();
        let written = body.attribute("name").is_some_and(|attribute| match &attribute.value.kind {
            ExprKind::String(text) => text.value() == name,
            _ => false,
        });
        if written && !repeated {
            let target = Target::Resource(*mode, Arc::clone(known), Arc::clone(label));
            let found = Node { instance: instance.id, target, key: Key::None };
            if evaluator.provider_of(&found) == evaluator.provider_of(node) {
                return Some(evaluator.lazy(found));
            }
        }
    }
    None
}
