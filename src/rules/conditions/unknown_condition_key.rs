use super::condition_never_matches::has_dead_values;
use super::condition_operator_mismatch::compares_other_type;
use crate::access::Scope;
use crate::catalog;
use crate::finding::{Category, Edit, Message, Severity, What};
use crate::policy::condition::{Base, is_key};
use crate::policy::rewrite;
use crate::policy::{Condition, Statement};
use crate::rules::kit::keys::is_unknown;
use crate::rules::kit::rule::{Context, Rule};
use crate::truth::Truth;

rule! {
    UnknownConditionKey, "unknown-condition-key",
    summary: "a condition on a key that does not exist",
    category: Category::Security,
    severity: Severity::High,
    tags: &["conditions"],
}

impl Rule for UnknownConditionKey {
    fn statement(&self, statement: &Statement, context: &mut Context) {
        let unknown = statement.conditions.iter().filter(|condition| is_unknown(&condition.key));
        for (count, condition) in unknown.enumerate() {
            let near = (count < MOST_SUGGESTED).then(|| meant(&condition.key, statement)).flatten();
            let label = match &near {
                Some(near) => format!("did you mean `{near}`?"),
                None => "does not exist".to_owned(),
            };
            let date = format!("AWS had no such key on {}", catalog::DATE);
            let help = match &near {
                // Only requests by TLS have a version of it.
                Some(near) if near.ends_with(":TlsVersion") && asks_without_tls(statement) => {
                    format!("{date}: write `{near}` in a statement of its own: no request is without TLS and of a version of it")
                }
                Some(near) => format!("{date}: write `{near}` if you mean that one"),
                None => format!("{date}: use a key that the action supports"),
            };
            let edit = near.and_then(|near| instead(condition, &near, statement, context));
            let (kind, message) = consequence(condition, statement);
            let mut finding =
                context.at(&condition.key_place, label).kind(kind).fact(&*condition.key).message(message).help(help).edit(edit);
            if let Some(why) = always_true(condition) {
                finding = finding.label(condition.operator_place.span, why);
            }
            context.report(finding);
        }
    }
}

fn asks_without_tls(statement: &Statement) -> bool {
    statement.conditions.iter().any(|condition| is_key(&condition.key, &["aws:SecureTransport"]))
        && statement.passing("aws:SecureTransport").value("false").certainly()
}

/// Nothing that a program should write where the values are wrong for that key, too.
fn instead(condition: &Condition, near: &str, statement: &Statement, scope: &Scope) -> Option<Edit> {
    let edit = rewrite::key(condition, statement, near, scope.sources)?;
    let corrected = Condition { key: near.into(), ..condition.clone() };
    let never = near.ends_with(":TlsVersion") && asks_without_tls(statement);
    let wrong = never || has_dead_values(&corrected, statement) || compares_other_type(&corrected);
    Some(if wrong { edit.only_shown() } else { edit.as_a_guess() })
}

/// A suggestion takes up to a millisecond. Who has so many unknown keys in one statement did not mistype them.
const MOST_SUGGESTED: usize = 100;

/// The nearest key that exists.
pub(in crate::rules) fn meant(key: &str, statement: &Statement) -> Option<String> {
    let services = services(statement);
    let services: Vec<&str> = services.iter().map(String::as_str).collect();
    catalog::suggest_condition_key(key, &services).map(|near| with_own_tag(near, key))
}

/// `aws:ResourceTag/${TagKey}` with the tag that was written in place of the placeholder.
fn with_own_tag(near: String, written: &str) -> String {
    match (near.split_once("${"), written.split_once('/')) {
        (Some((start, _)), Some((_, tag))) if near.ends_with('}') => format!("{start}{tag}"),
        _ => near,
    }
}

/// Services of the statement's actions, for the nearest key.
fn services(statement: &Statement) -> Vec<String> {
    let items = statement.actions.iter().flat_map(|actions| &actions.items);
    let mut services: Vec<String> =
        items.filter_map(|item| item.text.split_once(':')).map(|(prefix, _)| prefix.to_ascii_lowercase()).collect();
    services.sort();
    services.dedup();
    services
}

/// Why the condition is true of every request, if it is: they all lack the key.
fn always_true(condition: &Condition) -> Option<&'static str> {
    let operator = condition.operator;
    let reason = match operator.base {
        Base::Null => "requires the key to be absent, which it always is",
        _ if operator.if_exists => "is met by every request without the key",
        _ => "is met by every request without the key",
    };
    condition.passing().absent().certainly().then_some(reason)
}

fn consequence(condition: &Condition, statement: &Statement) -> (&'static str, Message) {
    let no_key = Message::new(format!("`{}`", condition.key), What::Is("is not a condition key".to_owned()));
    match (statement.allows(), condition.passing().absent()) {
        (true, Truth::Yes) => ("always-allows", no_key.aside("so this condition restricts nothing")),
        (true, Truth::No) => ("never-allows", no_key.aside("so the statement never allows anything")),
        (false, Truth::Yes) => ("always-denies", no_key.aside("so the statement denies as if the condition were not there")),
        (false, Truth::No) => ("never-denies", no_key.aside("so the statement denies nothing")),
        (_, Truth::Unknown) => ("unknown", no_key.aside("so this condition never means what it says")),
    }
}
