//! Strings and ARNs: which texts a policy's value matches, with its variables.

use std::borrow::Cow;

use crate::policy::arn::components;
use crate::policy::document::{Condition, Item, Items};
use crate::policy::pattern::{Case, Hole, HoleClass, Pattern, Segment, Segments};
use crate::policy::request::{Carried, Request};
use crate::truth::Truth;

/// Whether `value` is one of the pattern's texts, with the request's values for its variables.
pub(super) fn matches(pattern: &Pattern, value: &str, case: Case, request: &Request) -> Truth {
    if !pattern.has_variable() {
        return pattern.matches(value, case);
    }
    pattern.resolved(request).map_or(Truth::No, |pattern| pattern.matches(value, case))
}

/// The same for the ARN operators, which take `ArnEquals` and `ArnLike` for one: "Each of the six colon-delimited components of
/// the ARN is checked separately and each can include multi-character match wildcards" ("Condition operators").
///
/// A lone `*` is every ARN. What an ARN of fewer components matches is not documented.
pub(super) fn arn_matches(pattern: &Pattern, value: &str, request: &Request) -> Truth {
    let resolved = if pattern.has_variable() { pattern.resolved(request) } else { Some(pattern.clone()) };
    let Some(pattern) = resolved else { return Truth::No };
    // Each component is part of the whole: what the whole does not match, they do not.
    if pattern.is_any() || !pattern.matches(value, Case::Sensitive).possibly() {
        return pattern.matches(value, Case::Sensitive);
    }
    let (Some(asked), true) = (components(&pattern), whole_components(&pattern)) else { return Truth::Unknown };
    let mut given = value.splitn(asked.len(), ':');
    Truth::all(asked.iter().map(|part| given.next().map_or(Truth::No, |text| part.matches(text, Case::Sensitive))))
}

/// Whether no unknown part of it can hold a colon.
fn whole_components(pattern: &Pattern) -> bool {
    pattern.segments().iter().all(|segment| !matches!(segment, Segment::Variable(_) | Segment::Hole(Hole { class: HoleClass::Any, .. })))
}

impl Pattern {
    /// The pattern with the request's values in place of its variables; one that is not known stays.
    ///
    /// None where a variable has no value and no default: "the value is effectively null. There is no equal or like value"
    /// ("Variables and tags", policy variables with no value).
    pub fn resolved(&self, request: &Request) -> Option<Pattern> {
        let mut segments = Segments::default();
        for segment in self.segments() {
            let Segment::Variable(variable) = segment else {
                segments.push(segment.clone());
                continue;
            };
            let (key, default) = split_variable(variable);
            match (request.get(key), default) {
                (Carried::Values(values), _) if values.len() == 1 => values.iter().for_each(|value| segments.literal(value)),
                (Carried::Absent, Default::None) => return None,
                (Carried::Absent, Default::Text(text)) => segments.literal(text),
                // A multivalued key is no variable, but nobody says what comes of it.
                _ => segments.push(segment.clone()),
            }
        }
        Some(segments.finish())
    }
}

impl Items {
    /// The same with the request's values in place of variables. What has a variable without one is no text.
    pub fn resolved(&self, request: &Request) -> Cow<'_, Items> {
        if !self.items.iter().any(|item| item.pattern.has_variable()) {
            return Cow::Borrowed(self);
        }
        let resolved = |item: &Item| item.pattern.resolved(request).map(|pattern| Item { pattern, ..item.clone() });
        Cow::Owned(Items { items: self.items.iter().filter_map(resolved).collect(), ..self.clone() })
    }
}

impl Condition {
    /// The same with the request's values in place of variables. A value whose variable has none matches nothing.
    pub fn resolved(&self, request: &Request) -> Condition {
        let value = |item: &Item| item.pattern.resolved(request).map(|pattern| Item { pattern, ..item.clone() });
        Condition { values: self.values.iter().filter_map(value).collect(), ..self.clone() }
    }
}

enum Default<'a> {
    None,
    Text(&'a str),
    /// Not in single quotes.
    Malformed,
}

/// `key, 'default'`: "surround the default value with single quotes (' '), and separate the variable text and the default value
/// with a comma and space" ("Variables and tags", specifying default values).
fn split_variable(variable: &str) -> (&str, Default<'_>) {
    let Some((key, default)) = variable.split_once(',') else { return (variable.trim(), Default::None) };
    let text = default.trim().strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
    (key.trim(), text.map_or(Default::Malformed, Default::Text))
}
