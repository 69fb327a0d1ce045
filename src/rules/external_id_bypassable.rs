use super::rule::{About, Context, Rule};
use super::shared::assumes_role;
use crate::config::Persona;
use crate::finding::{Category, Confidence, Severity};
use crate::policy::condition::{Base, SetOperator};
use crate::policy::{Condition, Document, PolicyKind, Statement};

pub struct ExternalIdBypassable;

static ABOUT: About = About {
    id: "external-id-bypassable",
    summary: "an external ID is asked for in a way that lets callers in without it",
    category: Category::Security,
    severity: Severity::High,
    confidence: Confidence::High,
    persona: Persona::Default,
    since: "0.1.0",
    supersedes: &["trust-account-root"],
    tags: &["trust", "external-id"],
    options: &[],
    page: include_str!("../../rules/external-id-bypassable.md"),
};

const KEY: &str = "sts:ExternalId";

impl Rule for ExternalIdBypassable {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn statement(&self, statement: &Statement, context: &mut Context) {
        let Some(document) = context.document().filter(|document| document.kind == PolicyKind::Trust) else { return };
        if !statement.allows() || !assumes_role(statement).certainly() || statement.conditions_gap.is_some() {
            return;
        }
        let enforced = statement.conditions_on(KEY).any(|condition| statement.enforces(condition).possibly());
        if enforced || denied_without(document) {
            return;
        }
        for condition in statement.conditions_on(KEY) {
            let Some((place, why)) = weakness(condition, statement) else { continue };
            let finding = context
                .at(place, why)
                .message(format!("{} can be assumed without the right external ID", context.subject_name()))
                .label(condition.key_place.span, "is tested here")
                .help("test it with StringEquals, without IfExists and without ForAllValues, against the exact value");
            context.report(finding);
        }
    }
}

/// Why the condition lets a call without the ID pass, and the token that does it.
fn weakness<'c>(condition: &'c Condition, statement: &Statement) -> Option<(&'c crate::policy::Place, &'static str)> {
    let operator = condition.operator;
    if operator.base == Base::Null {
        return condition.values.iter().find_map(|value| match value.pattern.as_exact() {
            Some("true") => Some((&condition.operator_place, "lets in only calls that have none")),
            // Beside another test it is the guard that this one needs.
            Some("false") if statement.conditions_on(KEY).count() == 1 => Some((&condition.operator_place, "is true of any external ID")),
            _ => None,
        });
    }
    if operator.is_negated() {
        return Some((&condition.operator_place, "is also true of a call that has none"));
    }
    let guarded = statement.is_guarded(KEY);
    if operator.if_exists && !guarded {
        return Some((&condition.operator_place, "is also true of a call that has none, because of IfExists"));
    }
    if operator.set == Some(SetOperator::ForAllValues) && !guarded {
        return Some((&condition.operator_place, "is also true of a call that has none, because of ForAllValues"));
    }
    let any = condition.values.iter().find(|value| value.pattern.is_any())?;
    Some((&any.place, "matches any external ID"))
}

/// Whether another statement turns away calls without the right ID.
fn denied_without(document: &Document) -> bool {
    document.statements.iter().any(|statement| statement.denies() && statement.conditions_on(KEY).next().is_some())
}
