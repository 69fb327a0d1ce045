use super::rule::{About, Context, Rule};
use crate::config::Persona;
use crate::finding::{Category, Confidence, Severity};
use crate::policy::{Document, FlawKind};

pub struct InvalidElement;

static ABOUT: About = About {
    id: "invalid-element",
    summary: "a policy that AWS refuses, or reads otherwise than it is written",
    category: Category::Correctness,
    severity: Severity::Medium,
    confidence: Confidence::High,
    persona: Persona::Default,
    since: "0.1.0",
    supersedes: &[],
    tags: &["validity"],
    options: &[],
    page: include_str!("../../rules/invalid-element.md"),
};

impl Rule for InvalidElement {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn document(&self, document: &Document, context: &mut Context) {
        for flaw in &document.flaws {
            let (message, label, help) = words(&flaw.kind, document);
            let finding = context.at(&flaw.place, label).message(message).help(help);
            context.report(finding);
        }
    }
}

/// Message, label and help of a flaw.
fn words(flaw: &FlawKind, document: &Document) -> (String, String, String) {
    let policy = document.kind.name();
    let refuses = format!("AWS refuses this {policy}");
    match flaw {
        FlawKind::NotJson(error) => {
            (format!("{refuses}: it is no valid JSON"), error.clone(), "write it with jsonencode() or a policy document data source".into())
        }
        FlawKind::WrongType { element, expected } => {
            (format!("{refuses}: {element} is of the wrong type"), "is of another type".into(), format!("write {expected}"))
        }
        FlawKind::UnknownElement { name, nearest: Some(nearest), of } => (
            format!("{refuses}: `{name}` is no element of {of}"),
            format!("`{nearest}` is meant"),
            match nearest.eq_ignore_ascii_case(name) {
                true => format!("write `{nearest}`: IAM's names keep to their case"),
                false => format!("write `{nearest}`"),
            },
        ),
        FlawKind::UnknownElement { name, nearest: None, of } => {
            (format!("{refuses}: `{name}` is no element of {of}"), "is unknown to IAM".into(), "remove it".into())
        }
        FlawKind::Missing { element } => {
            (format!("{refuses}: {element} is missing"), format!("has no {element}"), format!("add {element}"))
        }
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
        FlawKind::SameSid { sid } => (
            format!("{refuses}: two statements have the Sid `{sid}`"),
            "is the Sid of an earlier statement".into(),
            "give each statement a Sid of its own, or none".into(),
        ),
        FlawKind::UnknownOperator { name, nearest } => (
            format!("{refuses}: `{name}` is no condition operator"),
            "is unknown to IAM".into(),
            nearest.map_or("use one of IAM's condition operators".into(), |nearest| format!("write `{nearest}`")),
        ),
    }
}
