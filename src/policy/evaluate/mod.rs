//! Whether conditions hold for a request.
//!
//! Source: the IAM User Guide's pages "IAM JSON policy elements: Condition operators", "Single-valued vs. multivalued context
//! keys", "Conditions with multiple context keys or values" and "IAM policy elements: Variables and tags". Where they say nothing
//! the answer is `Unknown`, unless it is the same either way.

pub(super) mod spans;
mod text;
pub(super) mod typed;

#[cfg(test)]
pub(super) mod tests;

use std::sync::Arc;

use super::condition::{Family, SetOperator};
use super::document::{Condition, Item, Statement};
use super::gap::Gap;
use super::pattern::{Pattern, Segment};
use super::request::{Carried, Request};
use super::variables::key_of;
use crate::truth::Truth;

impl Condition {
    /// Whether the request meets the condition.
    pub fn holds(&self, request: &Request) -> Truth {
        self.holds_for(request.get(&self.key), request)
    }

    /// The same, where the request carries `carried` of the condition's key; `request` has the keys of variables.
    pub(super) fn holds_for(&self, carried: &Carried, request: &Request) -> Truth {
        match (self.operator.family(), carried) {
            (Family::Unknown, _) => Truth::Unknown,
            (Family::Null, _) => self.null_holds(carried),
            (_, Carried::Absent) => self.operator.passes_without_key().into(),
            (_, Carried::Present) => self.holds_with_some(),
            (_, Carried::Unknown) => same([self.operator.passes_without_key().into(), self.holds_with_some()]),
            (_, Carried::Values(values)) => match &**values {
                [] => self.holds_with_none(),
                values => self.holds_with(values, request),
            },
        }
    }

    /// For a key whose values are not known.
    fn holds_with_some(&self) -> Truth {
        match (self.has_any_value(), self.operator.is_negated()) {
            (true, negated) => Truth::from(!negated),
            (false, _) => Truth::Unknown,
        }
    }

    /// Whether one of the values is a `*` that matches every text.
    pub(super) fn has_any_value(&self) -> bool {
        matches!(self.operator.family(), Family::Text(_) | Family::Arn)
            && self.values.iter().any(|value| value.pattern.is_any() || self.is_own(&value.pattern))
    }

    /// Whether a value asks for what the request has of the key itself: `StringEquals aws:PrincipalAccount = "${aws:PrincipalAccount}"`
    /// is true of every account. A multivalued key is no variable ("Variables and tags"), so a set operator is left out.
    pub(super) fn is_own(&self, pattern: &Pattern) -> bool {
        let own = |segment: &Segment| matches!(segment, Segment::Variable(name) if key_of(name).eq_ignore_ascii_case(&self.key));
        let is_star = |segment: &Segment| *segment == Segment::Star;
        let segments = pattern.segments();
        self.operator.set.is_none()
            && segments.iter().all(|segment| own(segment) || is_star(segment))
            && segments.iter().filter(|segment| own(segment)).count() == 1
    }

    /// For a key that is there without a value. A set operator then says the same as without the key ("Set operators for
    /// multivalued context keys": "null dataset"); so does every other one, but nobody says whether IfExists takes it to exist.
    fn holds_with_none(&self) -> Truth {
        let operator = self.operator;
        let absent = Truth::from(operator.passes_without_key());
        let strict = Truth::from(super::condition::Operator { if_exists: false, ..operator }.passes_without_key());
        same([absent, strict])
    }

    fn holds_with(&self, values: &[Arc<str>], request: &Request) -> Truth {
        let mut each = values.iter().map(|value| self.admits(value, request));
        let is_null = matches!(values, [only] if only.is_empty());
        match self.operator.set {
            // "… or if the context key value resolves to a null dataset, such as an empty string" (the same page).
            Some(SetOperator::ForAllValues) if is_null => Truth::Yes,
            Some(SetOperator::ForAnyValue) if is_null => Truth::any(each).and(Truth::Unknown),
            Some(SetOperator::ForAllValues) => Truth::all(each),
            Some(SetOperator::ForAnyValue) => Truth::any(each),
            // "Multivalued context keys require a condition set operator": what happens without one is not documented.
            None => each.next().map_or(Truth::Unknown, |first| each.fold(first, |one, other| same([one, other]))),
        }
    }

    /// Whether one value of a request suits the condition's values: is among them, or for a negated operator among none.
    fn admits(&self, value: &str, request: &Request) -> Truth {
        let listed = Truth::any(self.values.iter().map(|item| self.matches(item, value, request)));
        let listed = Gap::blurs(self.gap.is_some(), listed);
        if self.operator.is_negated() { listed.opposite() } else { listed }
    }

    /// Whether `value`, of a request, is what `item`, of the policy, asks for. What is not of the operator's type matches nothing;
    /// whether a negated operator then is true nobody says.
    fn matches(&self, item: &Item, value: &str, request: &Request) -> Truth {
        let family = self.operator.family();
        match family {
            Family::Text(_) | Family::Arn if item.pattern.has_variable() && self.is_own(&item.pattern) => Truth::Yes,
            Family::Text(case) => text::matches(&item.pattern, value, case, request),
            Family::Arn => text::arn_matches(&item.pattern, value, request),
            _ => typed::matches(family, &item.pattern, value).unwrap_or(match self.operator.is_negated() {
                true => Truth::Unknown,
                false => Truth::No,
            }),
        }
    }

    /// "Condition operator to check existence of condition keys": `true` asks that the key be absent or null, `false` that it be
    /// there and not null.
    fn null_holds(&self, carried: &Carried) -> Truth {
        let asks = |what: &str| {
            let known = Truth::any(self.values.iter().map(|value| match value.pattern.as_exact() {
                Some(text) => text.eq_ignore_ascii_case(what).into(),
                None => Truth::Unknown,
            }));
            Gap::blurs(self.gap.is_some(), known)
        };
        let (absent, present) = (asks("true"), asks("false"));
        match carried {
            Carried::Absent => match self.operator.set {
                None => absent,
                // Not documented: the set operator may decide, or Null.
                Some(set) => same([absent, Truth::from(set == SetOperator::ForAllValues)]),
            },
            Carried::Present => present,
            Carried::Unknown => same([absent, present]),
            Carried::Values(values) => match &**values {
                [] => absent,
                [only] if only.is_empty() => same([absent, present]),
                _ => present,
            },
        }
    }
}

impl Statement {
    /// Whether the request meets all conditions of the statement.
    pub fn conditions_hold(&self, request: &Request) -> Truth {
        let known = Truth::all(self.conditions.iter().map(|condition| condition.holds(request)));
        known.and(self.has_all_conditions())
    }
}

/// The answer that both give.
fn same([one, other]: [Truth; 2]) -> Truth {
    if one == other { one } else { Truth::Unknown }
}
