use crate::finding::{Category, Severity};
use crate::policy::condition::SetOperator;
use crate::policy::{Document, FlawKind};
use crate::rules::kit::rule::{Context, Rule};

rule! {
    NullWithIfExists, "null-with-if-exists",
    summary: "a Null condition that cannot say what it seems to",
    category: Category::Correctness,
    severity: Severity::Medium,
    tags: &["validity"],
}

impl Rule for NullWithIfExists {
    fn document(&self, document: &Document, context: &mut Context) {
        for flaw in &document.flaws {
            let Some((message, label, help)) = words(&flaw.kind, context.policy_name()) else { continue };
            let finding = context.at(&flaw.place, label).facts(facts(&flaw.kind, context.policy_name())).message(message).help(help);
            context.report(finding);
        }
    }
}

/// The operator, which says which message it is, and what policy AWS refuses.
fn facts<'f>(flaw: &'f FlawKind, policy: &'f str) -> Vec<&'f str> {
    match flaw {
        FlawKind::NullIfExists { name } => vec![name, policy],
        FlawKind::NullOfSet { name, .. } => vec![name],
        _ => Vec::new(),
    }
}

/// AWS IAM Access Analyzer's "Null with if exists" and "Null with qualifier".
fn words(flaw: &FlawKind, policy: &str) -> Option<(String, &'static str, &'static str)> {
    match flaw {
        FlawKind::NullIfExists { name } => Some((
            format!("AWS refuses this {policy}: `{name}` is no condition operator"),
            "asks of a missing key whether it is missing",
            "write `Null`: \"true\" asks that the key be missing, \"false\" that it be there",
        )),
        FlawKind::NullOfSet { name, set: SetOperator::ForAllValues } => Some((
            format!("the condition `{name}` is always met, whatever the request holds"),
            "is true of every request",
            "write `Null` without a prefix",
        )),
        FlawKind::NullOfSet { name, set: SetOperator::ForAnyValue } => Some((
            format!("the condition `{name}` is never met: the statement does nothing"),
            "is true of no request",
            "write `Null` without a prefix",
        )),
        _ => None,
    }
}
