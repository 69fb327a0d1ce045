//! Reads questions, one JSON object a line, and writes what access says to each: for comparisons with other evaluators.
//!
//! ```text
//! {"identity": [POLICY, …], "resource": POLICY, "caller": "arn:aws:iam::111111111111:role/ci", "action": "s3:GetObject",
//!  "on": "arn:aws:s3:::bucket/key", "context": {"aws:SourceIp": "198.51.100.7", "aws:TagKeys": ["a", "b"]}}
//! ```
//!
//! `identity` are the caller's own policies; `resource`, of the same account, is what is called on, or a role's trust policy as `trust`. `context`
//! is all that the request carries. The answer is `{"some": "allowed" | "denied" | "unknown", "every": …, "by": [[POLICY, STATEMENT], …]}`, with
//! the positions of the policies in the order above, or `{"error": …}`.

#![allow(clippy::print_stdout, reason = "a command for the terminal")]

use std::io::{self, BufRead};

use rolelint::access::{Caller, Policies, Question, Who};
use rolelint::policy::pattern::Pattern;
use rolelint::policy::request::{Carried, Request};
use rolelint::policy::{Document, Item, Place, PolicyKind, Principal, PrincipalKind, file};
use rolelint::truth::Truth;
use serde::Deserialize;
use serde_json::{Map, Value, json};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    #[serde(default)]
    identity: Vec<Value>,
    resource: Option<Value>,
    trust: Option<Value>,
    /// An ARN, or the name of a service.
    caller: String,
    action: String,
    on: Option<String>,
    #[serde(default)]
    context: Map<String, Value>,
}

fn main() -> io::Result<()> {
    for line in io::stdin().lock().lines() {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let answer = serde_json::from_str(&line).map_err(|error| error.to_string()).and_then(|asked| answer(&asked));
        println!("{}", answer.unwrap_or_else(|error| json!({ "error": error })));
    }
    Ok(())
}

fn answer(asked: &Asked) -> Result<Value, String> {
    let identity = asked.identity.iter().map(|policy| (policy, PolicyKind::Identity));
    let resource = asked.resource.iter().map(|policy| (policy, PolicyKind::Resource));
    let trust = asked.trust.iter().map(|policy| (policy, PolicyKind::Trust));
    let read = |(policy, kind): (&Value, PolicyKind)| {
        file::detached(&policy.to_string(), kind, "policy").filter(|document| document.gap.is_none() && document.flaws.is_empty())
    };
    let named = |(position, policy)| read(policy).ok_or_else(|| format!("policy {position} is none, or AWS would refuse it"));
    let documents = identity.chain(resource).chain(trust).enumerate().map(named).collect::<Result<Vec<Document>, String>>()?;
    let principal = principal(&asked.caller);
    let caller = Caller::new(Who::Named(&principal), request(&asked.context)?);
    let resources = asked.on.iter().map(|on| Pattern::exact(on)).collect();
    let decision = Policies::of_documents(&documents).judge(&Question::new(&caller, &asked.action, resources));
    let places: Vec<(usize, usize)> = documents
        .iter()
        .enumerate()
        .flat_map(|(at, document)| (0..document.statements.len()).map(move |statement| (at, statement)))
        .collect();
    let by: Vec<&(usize, usize)> = decision.by.iter().filter_map(|position| places.get(*position)).collect();
    Ok(json!({ "some": word(decision.some), "every": word(decision.every), "by": by }))
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
