//! Lists of values taken one by one: what passes by one of them reaches further than what passes by two that somebody has thought of.

use std::borrow::Cow;

use crate::policy::Condition;

/// Conditions of which each that lists values has but one left.
pub(in crate::rules) struct Choice<'c> {
    pub conditions: Vec<Cow<'c, Condition>>,
    /// Whether one of them lists plain texts, so that no wildcard of another means more than those.
    pub is_listed: bool,
}

/// More combinations than these are looked at all at once.
const MOST_CHOICES: usize = 24;

/// The conditions, all on one key, with each value of every list by itself, in all combinations; texts without wildcards stay together.
///
/// Two texts that pass by two values of a list are two that somebody has thought of: only what passes by one value reaches further.
pub(in crate::rules) fn one_by_one<'c>(conditions: &[&'c Condition]) -> Vec<Choice<'c>> {
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
