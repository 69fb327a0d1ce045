//! What stands beside a value that tokens are tested for: the other conditions of its statement, and statements that deny.

use std::borrow::Cow;

use crate::policy::condition::{Family, Operator};
use crate::policy::federation::Issuer;
use crate::policy::request::Request;
use crate::policy::{Condition, Document, Principal, PrincipalKind, Statement};
use crate::truth::Truth;

/// What the statements of a document that deny leave of an issuer's tokens.
pub(super) enum Left {
    /// Nothing, or source does not tell.
    Nothing,
    /// Tokens that meet these conditions as well; all of them if there are none.
    Those(Vec<Condition>),
}

const ACTION: &str = "sts:AssumeRoleWithWebIdentity";

/// What is left of the tokens that come in by `principal`. Of several tests in one Deny only one counts, so that less may be left here than
/// there is.
pub(super) fn left(document: &Document, principal: &Principal, issuer: &Issuer) -> Left {
    let mut conditions: Vec<Condition> = Vec::new();
    for statement in document.statements.iter().filter(|statement| statement.denies() && is_about(statement, principal)) {
        match statement.covers_action(ACTION) {
            Truth::No => continue,
            Truth::Unknown => return Left::Nothing,
            Truth::Yes => {}
        }
        if statement.gap.may_narrow() || statement.conditions.is_empty() {
            return Left::Nothing;
        }
        let (claims, others): (Vec<&Condition>, Vec<&Condition>) =
            statement.conditions.iter().partition(|condition| issuer.claim(&condition.key).is_some());
        // No token says of a second factor that its bearer had it, and every request is encrypted that is to come through.
        let request = Request::open().without("aws:MultiFactorAuthPresent").with("aws:SecureTransport", "true");
        if Truth::all(others.iter().map(|condition| condition.holds(&request))) == Truth::No {
            continue;
        }
        let subject = |condition: &&&Condition| issuer.claim(&condition.key).is_some_and(|claim| claim.eq_ignore_ascii_case("sub"));
        let first = claims.iter().find(subject).or_else(|| claims.first());
        conditions.extend(first.and_then(|condition| opposite(condition)));
    }
    Left::Those(conditions)
}

/// Whether a statement is about a principal: by name, or about everybody.
fn is_about(statement: &Statement, principal: &Principal) -> bool {
    let same =
        |other: &Principal| other.is_everybody() || other.kind == PrincipalKind::Federated && other.item.pattern == principal.item.pattern;
    statement.principals.as_ref().is_some_and(|principals| !principals.negated && principals.items.iter().any(same))
}

/// What is true of a claim, which every token has, where the condition is not.
fn opposite(condition: &Condition) -> Option<Condition> {
    let is_text = matches!(condition.operator.family(), Family::Text(_));
    let base = condition.operator.base.opposite().filter(|_| is_text)?;
    Some(Condition { operator: Operator { base, set: None, if_exists: false }, ..condition.clone() })
}

/// Conditions of which each that lists values has but one left.
pub(super) struct Choice<'c> {
    pub conditions: Vec<Cow<'c, Condition>>,
    /// Whether one of them lists plain texts, so that no wildcard of another means more than those.
    pub is_listed: bool,
}

/// More combinations than these are looked at all at once.
const MOST_CHOICES: usize = 24;

/// The conditions, all on one key, with each value of every list by itself, in all combinations; texts without wildcards stay together.
///
/// Two texts that pass by two values of a list are two that somebody has thought of: only what passes by one value reaches further.
pub(super) fn one_by_one<'c>(conditions: &[&'c Condition]) -> Vec<Choice<'c>> {
    let whole = || conditions.iter().map(|condition| Cow::Borrowed(*condition)).collect();
    let mut choices = vec![Choice { conditions: Vec::new(), is_listed: false }];
    for condition in conditions {
        let parts = if condition.operator.is_positive() { parts(condition) } else { vec![(Cow::Borrowed(*condition), false)] };
        if choices.len() * parts.len() > MOST_CHOICES {
            return vec![Choice { conditions: whole(), is_listed: false }];
        }
        let with = |choice: &Choice<'c>, (part, is_listed): &(Cow<'c, Condition>, bool)| Choice {
            conditions: choice.conditions.iter().chain([part]).cloned().collect(),
            is_listed: choice.is_listed || *is_listed,
        };
        choices = choices.iter().flat_map(|choice| parts.iter().map(move |part| with(choice, part))).collect();
    }
    choices
}

/// A condition for each of its values with wildcards, and one for all others.
fn parts(condition: &Condition) -> Vec<(Cow<'_, Condition>, bool)> {
    let (exact, open): (Vec<_>, Vec<_>) = condition.values.iter().partition(|value| value.pattern.is_exact());
    let some = |values| Condition { values, gap: None, ..condition.clone() };
    let listed = (!exact.is_empty()).then(|| (Cow::Owned(some(exact.into_iter().cloned().collect())), true));
    let open = open.into_iter().take(MOST_CHOICES + 1).map(|value| (Cow::Owned(some(vec![value.clone()])), false));
    listed.into_iter().chain(open).collect()
}
