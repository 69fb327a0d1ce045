use crate::access::Scope;
use crate::finding::{Category, Severity};
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
            let Some((message, label, help)) = words(&flaw.kind, document, context) else { continue };
            let (kind, facts) = sort(&flaw.kind, document, context.policy_name());
            let finding = context.at(&flaw.place, label).kind(kind).facts(facts).message(message).help(help);
            context.report(finding);
        }
    }
}

/// Message, label and help.
fn words(flaw: &FlawKind, document: &Document, scope: &Scope) -> Option<(String, String, &'static str)> {
    let policy = scope.policy_name();
    match flaw {
        FlawKind::Empty { element: "Statement", .. } => Some((
            format!("AWS refuses this {policy}: it has no statement"),
            "is empty".into(),
            "write a statement, or make the whole policy depend on there being one",
        )),
        FlawKind::Empty { element, left_out: true } => Some((
            format!("{}: a statement has no {}", refusal(document, policy), element.trim_start_matches("Not")),
            format!("is empty, so that the data source writes no {element}"),
            HELP,
        )),
        FlawKind::Empty { element, left_out: false } => {
            Some((format!("AWS refuses this {policy} or makes nothing of the statement: {element} is empty"), "is empty".into(), HELP))
        }
        FlawKind::NoValues { operator, key } => {
            Some((no_values(*operator, key), "holds no value".into(), "name the values, or leave out the condition together with them"))
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

const HELP: &str = "name at least one, or make the statement depend on there being one";

/// AWS KMS takes a statement without an action or a resource, and makes nothing of it.
fn refusal(document: &Document, policy: &str) -> String {
    match is_of_key(document) {
        true => "AWS makes nothing of a statement".into(),
        false => format!("AWS refuses this {policy}"),
    }
}

fn is_of_key(document: &Document) -> bool {
    document.kind == PolicyKind::Resource && is_key(document.carrier.resource())
}

fn no_values(operator: Operator, key: &str) -> String {
    format!("the condition on `{key}` has no values{}", left(operator).1)
}

/// What is left of a condition without values ("Empty array condition" of AWS IAM Access Analyzer, with its variants), by a word for it.
fn left(operator: Operator) -> (&'static str, &'static str) {
    let set = operator.set;
    if operator.is_negated() {
        ("keeps-out", ": it keeps nothing out")
    } else if operator.if_exists || set == Some(SetOperator::ForAllValues) {
        ("without-key", ": only a request without the key meets it")
    } else if set == Some(SetOperator::ForAnyValue) {
        ("never-met", ": no request meets it")
    } else {
        ("no-values", " to compare with")
    }
}
