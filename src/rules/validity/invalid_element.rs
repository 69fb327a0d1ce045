use crate::access::Scope;
use crate::catalog;
use crate::finding::{Category, Message, Severity, What};
use crate::policy::lower::check::is_key;
use crate::policy::{Document, FlawKind, PolicyKind};
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

/// Message, label and help of a flaw; nothing for those that have a rule of their own. A message says all that one needs to know: the
/// label and the help are not in every format.
fn words(flaw: &FlawKind, document: &Document, scope: &Scope) -> Option<(Message, String, String)> {
    let policy = scope.policy_name();
    let words = match flaw {
        FlawKind::NotJson(error) => (
            Message::rejected(format!("it is not valid JSON ({})", error.trim_start_matches("invalid JSON: "))),
            error.clone(),
            "write it with jsonencode() or a policy document data source".into(),
        ),
        FlawKind::WrongType { element, expected } => {
            (Message::rejected(format!("{element} must be {expected}")), "has the wrong type".into(), format!("write {expected}"))
        }
        FlawKind::BareStatement { is_list } => bare_statement(*is_list),
        FlawKind::UnknownElement { name, nearest, of } => unknown_element(name, *nearest, of),
        FlawKind::Missing { elements } => missing(elements, document),
        FlawKind::Both { first, second } => (
            Message::rejected(format!("a statement cannot have both {first} and {second}")),
            format!("has {first} and {second}"),
            "keep one of them, or make two statements".to_owned(),
        ),
        FlawKind::NotHere { element } => (
            Message::rejected(format!("{} cannot have a {element}", kind_of(document.kind))),
            "does not belong here".into(),
            format!("remove {element}"),
        ),
        FlawKind::WrongValue { element, value, expected } => (
            Message::rejected(format!("{element} must be {expected}, not `{value}`")),
            "is not a valid value".into(),
            format!("write {expected}"),
        ),
        FlawKind::NotThisValue { element: "Action", value, .. } if is_of_no_service(value) => return None,
        FlawKind::NotThisValue { element, value, expected } => (
            Message::rejected(format!("{element} cannot be `{value}` in a {policy}")),
            "is not valid in this policy".into(),
            format!("write {expected}"),
        ),
        FlawKind::WildcardService { action } => (
            Message::rejected(format!("the service of `{action}` has a wildcard")),
            "does not name one service".into(),
            "write an action for each service that you mean, such as `s3:Get*`".into(),
        ),
        FlawKind::KeyAsOperator { key } => (
            Message::rejected(format!("`{key}` is a condition key and stands where an operator belongs")),
            "is not an operator".into(),
            format!("put it under an operator: `{{ \"StringEquals\": {{ \"{key}\": … }} }}`"),
        ),
        FlawKind::UnknownOperator { name, nearest: Some(nearest) } => (
            Message::rejected(format!("`{name}` is not a condition operator, but `{nearest}` is")),
            format!("did you mean `{nearest}`?"),
            format!("write `{nearest}`"),
        ),
        FlawKind::UnknownOperator { name, nearest: None } => (
            Message::rejected(format!("`{name}` is not a condition operator")),
            "does not exist".into(),
            "use one of IAM's condition operators".into(),
        ),
        _ => return None,
    };
    Some(words)
}

/// With its article; of the kinds that people call just policies more exactly.
fn kind_of(kind: PolicyKind) -> &'static str {
    match kind {
        PolicyKind::Trust => "a trust policy",
        PolicyKind::Identity => "an identity policy",
        PolicyKind::Boundary => "a permissions boundary",
        PolicyKind::Resource => "a resource policy",
        PolicyKind::Endpoint => "an endpoint policy",
        PolicyKind::ServiceControl => "a service control policy",
        PolicyKind::ResourceControl => "a resource control policy",
    }
}

/// The action of a service that does not exist has a rule of its own.
fn is_of_no_service(action: &str) -> bool {
    action.split_once(':').is_some_and(|(service, _)| catalog::service(&service.to_ascii_lowercase()).is_none())
}

fn bare_statement(is_list: bool) -> (Message, String, String) {
    let (what, label, around) = match is_list {
        true => ("it is a list of statements without a policy around it", "is a list of statements", "…"),
        false => ("it is a statement without a policy around it", "is an element of a statement", "[{ … }]"),
    };
    let help = format!("put it into `Statement`: `{{ \"Version\": \"2012-10-17\", \"Statement\": {around} }}`");
    (Message::rejected(what), label.into(), help)
}

/// Which of these messages it is, and what it says beside the policy's kind.
fn sort<'f>(flaw: &'f FlawKind, document: &Document) -> (&'static str, Vec<&'f str>) {
    match flaw {
        FlawKind::NotJson(_) => ("json", Vec::new()),
        FlawKind::WrongType { element, .. } => ("type", vec![element]),
        FlawKind::UnknownElement { name, of, .. } => ("unknown-element", vec![name, of]),
        FlawKind::BareStatement { .. } => ("bare", Vec::new()),
        FlawKind::Missing { elements } if does_nothing(elements, document) => ("does-nothing", elements.clone()),
        FlawKind::Missing { elements } => ("missing", elements.clone()),
        FlawKind::KeyAsOperator { key } => ("key", vec![key]),
        FlawKind::WildcardService { action } => ("service", vec![action]),
        FlawKind::Both { first, second } => ("both", vec![first, second]),
        FlawKind::NotHere { element } => ("not-here", vec![element]),
        FlawKind::WrongValue { element, value, .. } => ("value", vec![value, element]),
        FlawKind::NotThisValue { element, value, .. } => ("not-this-value", vec![element, value]),
        FlawKind::UnknownOperator { name, .. } => ("operator", vec![name]),
        _ => ("", Vec::new()),
    }
}

fn unknown_element(name: &str, nearest: Option<&str>, of: &str) -> (Message, String, String) {
    let what = if of == "Principal" { "a type of principal".to_owned() } else { format!("an element of {of}") };
    let Some(nearest) = nearest else {
        return (Message::rejected(format!("`{name}` is not {what}")), "does not exist".into(), "remove it".into());
    };
    let message = Message::rejected(format!("`{name}` is not {what}, but `{nearest}` is"));
    let help = match nearest.eq_ignore_ascii_case(name) {
        true => format!("write `{nearest}`: IAM's element names are case-sensitive"),
        false => format!("write `{nearest}`"),
    };
    (message, format!("did you mean `{nearest}`?"), help)
}

/// AWS KMS accepts a statement that lacks an action or a resource, and ignores it.
fn does_nothing(elements: &[&str], document: &Document) -> bool {
    elements.iter().all(|element| matches!(*element, "Action" | "Resource")) && is_key(document.carrier.resource())
}

fn missing(elements: &[&str], document: &Document) -> (Message, String, String) {
    let (all, are) = match elements {
        [only] => ((*only).to_owned(), "is"),
        [first @ .., last] => (format!("{} and {last}", first.join(", ")), "are"),
        [] => (String::new(), "are"),
    };
    let message = match does_nothing(elements, document) {
        true => {
            let nothing = What::Is("does nothing".to_owned());
            Message::new("this statement of a key policy", nothing).because(format!("{all} {are} missing"))
        }
        false => Message::rejected(format!("{all} {are} missing")),
    };
    (message, format!("has no {}", elements.join(" and no ")), format!("add {all}"))
}
