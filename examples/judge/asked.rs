//! One question, as JSON has it.

use rolelint::access::{Caller, Part, Policies, Question, Who};
use rolelint::policy::pattern::Pattern;
use rolelint::policy::request::{Carried, Request};
use rolelint::policy::{Document, Item, Place, PolicyKind, Principal, PrincipalKind, file};
use rolelint::truth::Truth;
use serde::Deserialize;
use serde_json::{Map, Value, json};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    #[serde(default)]
    identity: Vec<Value>,
    #[serde(default)]
    boundary: Vec<Value>,
    #[serde(default)]
    session: Vec<Value>,
    endpoint: Option<Value>,
    #[serde(default)]
    scps: Vec<Vec<Value>>,
    #[serde(default)]
    rcps: Vec<Vec<Value>>,
    resource: Option<Value>,
    trust: Option<Value>,
    /// An ARN, the name of a service, or `anonymous`.
    caller: String,
    action: String,
    on: Option<String>,
    owner: Option<String>,
    management: Option<String>,
    #[serde(default)]
    context: Map<String, Value>,
}

/// What access says to a question.
pub fn answer(asked: &Asked) -> Result<Value, String> {
    let parts = asked.parts();
    let read = |(part, policy): &(Part, &Value)| {
        let document = file::detached(&policy.to_string(), kind(*part), "policy");
        document.filter(|document| document.gap.is_none() && document.flaws.is_empty())
    };
    let named = |(position, part)| read(part).ok_or_else(|| format!("policy {position} is none, or AWS would refuse it"));
    let documents = parts.iter().enumerate().map(named).collect::<Result<Vec<Document>, String>>()?;
    let mut policies = Policies::of(parts.iter().map(|(part, _)| *part).zip(&documents));
    policies = asked.owner.iter().fold(policies, |policies, owner| policies.owned_by(owner));
    policies = asked.management.iter().fold(policies, |policies, management| policies.managed_by(management));
    let principal = principal(&asked.caller);
    let who = if asked.caller == "anonymous" { Who::Stranger } else { Who::Named(&principal) };
    let caller = Caller::new(who, request(&asked.context)?);
    let resources = asked.on.iter().map(|on| Pattern::exact(on)).collect();
    let decision = policies.judge(&Question::new(&caller, &asked.action, resources));
    let places: Vec<(usize, usize)> = documents
        .iter()
        .enumerate()
        .flat_map(|(at, document)| (0..document.statements.len()).map(move |statement| (at, statement)))
        .collect();
    let by: Vec<&(usize, usize)> = decision.by.iter().filter_map(|position| places.get(*position)).collect();
    Ok(json!({ "some": word(decision.some), "every": word(decision.every), "by": by }))
}

impl Asked {
    /// All policies in order, with their parts.
    fn parts(&self) -> Vec<(Part, &Value)> {
        let mut parts: Vec<(Part, &Value)> = Vec::new();
        parts.extend(self.identity.iter().map(|policy| (Part::Identity, policy)));
        parts.extend(self.boundary.iter().map(|policy| (Part::Boundary, policy)));
        parts.extend(self.session.iter().map(|policy| (Part::Session, policy)));
        parts.extend(self.endpoint.iter().map(|policy| (Part::Endpoint, policy)));
        for (level, policies) in self.scps.iter().enumerate() {
            parts.extend(policies.iter().map(|policy| (Part::ServiceControl(level), policy)));
        }
        for (level, policies) in self.rcps.iter().enumerate() {
            parts.extend(policies.iter().map(|policy| (Part::ResourceControl(level), policy)));
        }
        parts.extend(self.resource.iter().map(|policy| (Part::Resource, policy)));
        parts.extend(self.trust.iter().map(|policy| (Part::Trust, policy)));
        parts
    }
}

fn kind(part: Part) -> PolicyKind {
    match part {
        Part::Identity | Part::Session => PolicyKind::Identity,
        Part::Boundary => PolicyKind::Boundary,
        Part::Endpoint => PolicyKind::Endpoint,
        Part::ServiceControl(_) => PolicyKind::ServiceControl,
        Part::ResourceControl(_) => PolicyKind::ResourceControl,
        Part::Resource => PolicyKind::Resource,
        Part::Trust => PolicyKind::Trust,
    }
}

fn word(truth: Truth) -> &'static str {
    match truth {
        Truth::Yes => "allowed",
        Truth::No => "denied",
        Truth::Unknown => "unknown",
    }
}

fn principal(caller: &str) -> Principal {
    let kind = if caller.starts_with("arn:") { PrincipalKind::Aws } else { PrincipalKind::Service };
    Principal { kind, item: Item { pattern: Pattern::exact(caller), place: Place::default(), text: caller.into() } }
}

/// What is not given of the context is not there.
fn request(context: &Map<String, Value>) -> Result<Request, String> {
    context.iter().try_fold(Request::bare(), |request, (key, value)| {
        let values = match value {
            Value::Array(values) => values.iter().map(text).collect::<Result<_, _>>()?,
            one => vec![text(one)?],
        };
        Ok(request.carrying(key, Carried::Values(values)))
    })
}

fn text(value: &Value) -> Result<std::sync::Arc<str>, String> {
    match value {
        Value::String(text) => Ok(text.as_str().into()),
        Value::Bool(_) | Value::Number(_) => Ok(value.to_string().into()),
        _ => Err(format!("a context key has {value}")),
    }
}
