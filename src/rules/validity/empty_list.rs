use crate::finding::{Category, Message, Severity, What};
use crate::policy::condition::{Operator, SetOperator};
use crate::policy::lower::check::is_key;
use crate::policy::{Document, FlawKind, PolicyKind};
use crate::rules::kit::rule::{Context, Rule};

rule! {
    EmptyList, "empty-list",
    summary: "a list that must not be empty",
    category: Category::Correctness,
    severity: Severity::Medium,
    tags: &["validity"],
}

impl Rule for EmptyList {
    fn document(&self, document: &Document, context: &mut Context) {
        for flaw in &document.flaws {
            let Some((message, label, help)) = words(&flaw.kind, document) else { continue };
            let (kind, facts) = sort(&flaw.kind, document, context.policy_name());
            let finding = context.at(&flaw.place, label).kind(kind).facts(facts).message(message).help(help);
            context.report(finding);
        }
    }
}

/// Message, label and help.
fn words(flaw: &FlawKind, document: &Document) -> Option<(Message, String, &'static str)> {
    match flaw {
        FlawKind::Empty { element: "Statement", .. } => Some((
            Message::rejected("it has no statement"),
            "is empty".into(),
            "write a statement, or create the policy only if there is one",
        )),
        FlawKind::Empty { element, left_out: true } => Some((
            refusal(document).because(format!("a statement has no {}", element.trim_start_matches("Not"))),
            format!("is empty, so the data source leaves {element} out"),
            HELP,
        )),
        FlawKind::Empty { element, left_out: false } => {
            let rejects = What::Is("rejects the policy or ignores the statement".to_owned());
            Some((Message::new("AWS", rejects).because(format!("{element} is empty")), "is empty".into(), HELP))
        }
        FlawKind::NoValues { operator, key } => {
            Some((no_values(*operator, key), "has no value".into(), "name the values, or omit the condition together with them"))
        }
        _ => None,
    }
}

/// Which of these messages it is, and what it says of the policy.
fn sort<'f>(flaw: &'f FlawKind, document: &Document, policy: &'f str) -> (&'static str, Vec<&'f str>) {
    match flaw {
        FlawKind::Empty { element: "Statement", .. } => ("no-statement", vec![policy]),
        FlawKind::Empty { element, left_out: true } => {
            ("left-out", vec![if is_of_key(document) { "" } else { policy }, element.trim_start_matches("Not")])
        }
        FlawKind::Empty { element, left_out: false } => ("empty", vec![policy, element]),
        FlawKind::NoValues { operator, key } => (left(*operator).0, vec![key]),
        _ => ("", Vec::new()),
    }
}

const HELP: &str = "name at least one, or write the statement only if there is one";

/// AWS KMS accepts a statement without an action or a resource, and ignores it.
fn refusal(document: &Document) -> Message {
    match is_of_key(document) {
        true => Message::new("AWS", What::Is("ignores a statement".to_owned())),
        false => Message::new("", What::Rejected),
    }
}

fn is_of_key(document: &Document) -> bool {
    document.kind == PolicyKind::Resource && is_key(document.carrier.resource())
}

fn no_values(operator: Operator, key: &str) -> Message {
    let message = Message::new(format!("the condition on `{key}`"), What::Is("has no values to compare with".to_owned()));
    match left(operator).1 {
        "" => message,
        why => message.because(why),
    }
}

/// What is left of a condition without values ("Empty array condition" of AWS IAM Access Analyzer, with its variants), by a word for it.
fn left(operator: Operator) -> (&'static str, &'static str) {
    let set = operator.set;
    if operator.is_negated() {
        ("keeps-out", "it excludes nothing")
    } else if operator.if_exists || set == Some(SetOperator::ForAllValues) {
        ("without-key", "only a request without the key meets it")
    } else if set == Some(SetOperator::ForAnyValue) {
        ("never-met", "no request meets it")
    } else {
        ("no-values", "")
    }
}
