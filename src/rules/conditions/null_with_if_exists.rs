use crate::access::Scope;
use crate::finding::{Category, Edit, Message, Severity, What};
use crate::policy::condition::SetOperator;
use crate::policy::{Document, Flaw, FlawKind, rewrite};
use crate::rules::kit::rule::{Context, Rule};

rule! {
    NullWithIfExists, "null-with-if-exists",
    summary: "a Null condition that does not do what it seems to",
    category: Category::Correctness,
    severity: Severity::Medium,
    tags: &["validity"],
}

impl Rule for NullWithIfExists {
    fn document(&self, document: &Document, context: &mut Context) {
        for flaw in &document.flaws {
            let Some((message, label, help)) = words(&flaw.kind) else { continue };
            let finding = context.at(&flaw.place, label).facts(facts(&flaw.kind, context.policy_name())).message(message).help(help);
            let finding = finding.edit(without_affixes(flaw, document, context));
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

/// `Null` in the place of the operator.
fn without_affixes(flaw: &Flaw, document: &Document, scope: &Scope) -> Option<Edit> {
    let (FlawKind::NullIfExists { name } | FlawKind::NullOfSet { name, .. }) = &flaw.kind else { return None };
    rewrite::operator_in(document, &flaw.place, name, "Null", scope.sources)
}

/// AWS IAM Access Analyzer's "Null with if exists" and "Null with qualifier".
fn words(flaw: &FlawKind) -> Option<(Message, &'static str, &'static str)> {
    match flaw {
        FlawKind::NullIfExists { name } => Some((
            Message::rejected(format!("`{name}` is not a condition operator")),
            "asks whether a missing key is missing",
            "write `Null`: \"true\" requires the key to be absent, \"false\" requires it to be present",
        )),
        FlawKind::NullOfSet { name, set: SetOperator::ForAllValues } => Some((
            Message::new(format!("the condition `{name}`"), What::RestrictsNothing).because("every request meets it"),
            "is met by every request",
            "write `Null` without a prefix",
        )),
        FlawKind::NullOfSet { name, set: SetOperator::ForAnyValue } => Some((
            Message::new("the statement", What::Is("does nothing".to_owned())).because(format!("no request meets the condition `{name}`")),
            "is not met by any request",
            "write `Null` without a prefix",
        )),
        _ => None,
    }
}
