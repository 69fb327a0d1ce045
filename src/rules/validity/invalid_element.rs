use crate::access::Scope;
use crate::finding::{Category, Severity};
use crate::policy::lower::check::is_key;
use crate::policy::{Document, FlawKind};
use crate::rules::kit::rule::{Context, Rule};

rule! {
    InvalidElement, "invalid-element",
    summary: "a policy that AWS refuses, or reads otherwise than it is written",
    category: Category::Correctness,
    severity: Severity::Medium,
    tags: &["validity"],
}

impl Rule for InvalidElement {
    fn document(&self, document: &Document, context: &mut Context) {
        for flaw in &document.flaws {
            let Some((message, label, help)) = words(&flaw.kind, document, context) else { continue };
            let (kind, facts) = sort(&flaw.kind, document);
            let finding = context.at(&flaw.place, label).kind(kind).fact(context.policy_name()).facts(facts).message(message).help(help);
            context.report(finding);
        }
    }
}

/// Message, label and help of a flaw; nothing for those that have a rule of their own.
fn words(flaw: &FlawKind, document: &Document, scope: &Scope) -> Option<(String, String, String)> {
    let policy = scope.policy_name();
    let refuses = format!("AWS refuses this {policy}");
    let words = match flaw {
        FlawKind::NotJson(error) => {
            (format!("{refuses}: it is no valid JSON"), error.clone(), "write it with jsonencode() or a policy document data source".into())
        }
        FlawKind::WrongType { element, expected } => {
            (format!("{refuses}: {element} is of the wrong type"), "is of another type".into(), format!("write {expected}"))
        }
        FlawKind::UnknownElement { name, nearest, of } => unknown_element(&refuses, name, *nearest, of),
        FlawKind::Missing { element } => missing(&refuses, element, document),
        FlawKind::Both { first, second } => (
            format!("{refuses}: a statement has either {first} or {second}"),
            format!("has {first} and {second}"),
            "keep one of them, or make two statements".to_owned(),
        ),
        FlawKind::NotHere { element } => {
            (format!("{refuses}: a {policy} has no {element}"), "does not belong here".into(), format!("remove {element}"))
        }
        FlawKind::WrongValue { element, value, expected } => {
            (format!("{refuses}: `{value}` is no {element}"), "is no such value".into(), format!("write {expected}"))
        }
        FlawKind::NotThisValue { element, value, expected } => (
            format!("{refuses}: in a {policy} {element} is not `{value}`"),
            "is not taken in such a policy".into(),
            format!("write {expected}"),
        ),
        FlawKind::UnknownOperator { name, nearest } => (
            format!("{refuses}: `{name}` is no condition operator"),
            "is unknown to IAM".into(),
            nearest.map_or("use one of IAM's condition operators".into(), |nearest| format!("write `{nearest}`")),
        ),
        _ => return None,
    };
    Some(words)
}

/// Which of these messages it is, and what it says beside the policy's kind.
fn sort<'f>(flaw: &'f FlawKind, document: &Document) -> (&'static str, Vec<&'f str>) {
    match flaw {
        FlawKind::NotJson(_) => ("json", Vec::new()),
        FlawKind::WrongType { element, .. } => ("type", vec![element]),
        FlawKind::UnknownElement { name, of, .. } => ("unknown-element", vec![name, of]),
        FlawKind::Missing { element } if does_nothing(element, document) => ("does-nothing", vec![element]),
        FlawKind::Missing { element } => ("missing", vec![element]),
        FlawKind::Both { first, second } => ("both", vec![first, second]),
        FlawKind::NotHere { element } => ("not-here", vec![element]),
        FlawKind::WrongValue { element, value, .. } => ("value", vec![value, element]),
        FlawKind::NotThisValue { element, value, .. } => ("not-this-value", vec![element, value]),
        FlawKind::UnknownOperator { name, .. } => ("operator", vec![name]),
        _ => ("", Vec::new()),
    }
}

fn unknown_element(refuses: &str, name: &str, nearest: Option<&str>, of: &str) -> (String, String, String) {
    let message = format!("{refuses}: `{name}` is no element of {of}");
    match nearest {
        Some(nearest) if nearest.eq_ignore_ascii_case(name) => {
            (message, format!("`{nearest}` is meant"), format!("write `{nearest}`: IAM's names keep to their case"))
        }
        Some(nearest) => (message, format!("`{nearest}` is meant"), format!("write `{nearest}`")),
        None => (message, "is unknown to IAM".into(), "remove it".into()),
    }
}

/// AWS KMS takes a statement that lacks an action or a resource, and makes nothing of it.
fn does_nothing(element: &str, document: &Document) -> bool {
    matches!(element, "Action" | "Resource") && is_key(document.carrier.resource())
}

fn missing(refuses: &str, element: &str, document: &Document) -> (String, String, String) {
    let message = match does_nothing(element, document) {
        true => format!("this statement of a key policy does nothing: {element} is missing"),
        false => format!("{refuses}: {element} is missing"),
    };
    (message, format!("has no {element}"), format!("add {element}"))
}
