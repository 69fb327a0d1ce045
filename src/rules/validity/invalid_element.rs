use crate::access::Scope;
use crate::finding::{Category, Message, Severity, What};
use crate::policy::lower::check::is_key;
use crate::policy::{Document, FlawKind};
use crate::rules::kit::rule::{Context, Rule};

rule! {
    InvalidElement, "invalid-element",
    summary: "a policy that AWS rejects, or reads differently than it is written",
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
fn words(flaw: &FlawKind, document: &Document, scope: &Scope) -> Option<(Message, String, String)> {
    let policy = scope.policy_name();
    let words = match flaw {
        FlawKind::NotJson(error) => {
            (Message::rejected("it is not valid JSON"), error.clone(), "write it with jsonencode() or a policy document data source".into())
        }
        FlawKind::WrongType { element, expected } => {
            (Message::rejected(format!("{element} has the wrong type")), "has the wrong type".into(), format!("write {expected}"))
        }
        FlawKind::UnknownElement { name, nearest, of } => unknown_element(name, *nearest, of),
        FlawKind::Missing { element } => missing(element, document),
        FlawKind::Both { first, second } => (
            Message::rejected(format!("a statement has either {first} or {second}")),
            format!("has {first} and {second}"),
            "keep one of them, or make two statements".to_owned(),
        ),
        FlawKind::NotHere { element } => {
            (Message::rejected(format!("a {policy} has no {element}")), "does not belong here".into(), format!("remove {element}"))
        }
        FlawKind::WrongValue { element, value, expected } => {
            (Message::rejected(format!("`{value}` is not a valid {element}")), "is not a valid value".into(), format!("write {expected}"))
        }
        FlawKind::NotThisValue { element, value, expected } => (
            Message::rejected(format!("{element} cannot be `{value}` in a {policy}")),
            "is not valid in this policy".into(),
            format!("write {expected}"),
        ),
        FlawKind::UnknownOperator { name, nearest } => (
            Message::rejected(format!("`{name}` is not a condition operator")),
            nearest.as_ref().map_or("does not exist".into(), |nearest| format!("did you mean `{nearest}`?")),
            nearest.as_ref().map_or("use one of IAM's condition operators".into(), |nearest| format!("write `{nearest}`")),
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

fn unknown_element(name: &str, nearest: Option<&str>, of: &str) -> (Message, String, String) {
    let message = Message::rejected(format!("`{name}` is not a valid element of {of}"));
    match nearest {
        Some(nearest) if nearest.eq_ignore_ascii_case(name) => {
            (message, format!("did you mean `{nearest}`?"), format!("write `{nearest}`: IAM's element names are case-sensitive"))
        }
        Some(nearest) => (message, format!("did you mean `{nearest}`?"), format!("write `{nearest}`")),
        None => (message, "does not exist".into(), "remove it".into()),
    }
}

/// AWS KMS accepts a statement that lacks an action or a resource, and ignores it.
fn does_nothing(element: &str, document: &Document) -> bool {
    matches!(element, "Action" | "Resource") && is_key(document.carrier.resource())
}

fn missing(element: &str, document: &Document) -> (Message, String, String) {
    let message = match does_nothing(element, document) {
        true => {
            let nothing = What::Is("does nothing".to_owned());
            Message::new("this statement of a key policy", nothing).because(format!("{element} is missing"))
        }
        false => Message::rejected(format!("{element} is missing")),
    };
    (message, format!("has no {element}"), format!("add {element}"))
}
