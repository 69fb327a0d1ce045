//! A statement at its least and at its most, whatever stands in the place of what source does not give.
//!
//! Fewer requests or more: a list that may go on makes a statement about more, or with `NotResource` about fewer; a condition that is not known
//! about fewer. Each unknown part can be taken at its worst by itself, so that what holds at both bounds holds of every policy that it may be.

use std::borrow::Cow;

use super::condition::Family;
use super::document::{Condition, Item, Items, Statement};
use super::pattern::{Pattern, Segment, Segments};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// About the requests that it is about for certain.
    Least,
    /// About all that it may be about.
    Most,
}

/// What counts as unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parts {
    /// Whole parts that are not known. An unknown text within a string, and a variable, stay: they are the same text wherever they stand.
    Whole,
    /// Those, too.
    All,
}

impl Statement {
    /// Nothing if the statement is about no request for certain. Its actions and principals stay as they are.
    pub fn at(&self, bound: Bound, parts: Parts) -> Option<Cow<'_, Statement>> {
        if bound == Bound::Least && self.gap.may_narrow() {
            return None;
        }
        if !self.has_unknown(parts) {
            return Some(Cow::Borrowed(self));
        }
        let resources = self.resources.as_ref().map(|items| items.at(bound, parts));
        let conditions = self.conditions.iter().map(|condition| condition.at(bound, parts));
        // A condition of which nothing is known holds at most always, and at least never.
        let conditions: Vec<Option<Condition>> = conditions.collect();
        if bound == Bound::Least && conditions.iter().any(Option::is_none) {
            return None;
        }
        Some(Cow::Owned(Statement { resources, conditions: conditions.into_iter().flatten().collect(), ..self.clone() }))
    }

    /// Whether its two bounds may differ.
    pub fn has_unknown(&self, parts: Parts) -> bool {
        let of_items = |items: &Items| items.gap.is_some() || items.items.iter().any(|item| is_open(item, parts));
        let of_condition = |condition: &Condition| condition.gap.is_some() || condition.values.iter().any(|value| is_open(value, parts));
        self.gap.may_narrow() || self.resources.as_ref().is_some_and(of_items) || self.conditions.iter().any(of_condition)
    }
}

fn is_open(item: &Item, parts: Parts) -> bool {
    parts == Parts::All && (item.pattern.has_hole() || item.pattern.has_variable())
}

impl Items {
    fn at(&self, bound: Bound, parts: Parts) -> Items {
        let is_wide = (bound == Bound::Most) != self.negated;
        Items { items: bounded(&self.items, self.gap.is_some(), is_wide, parts), gap: None, ..self.clone() }
    }
}

impl Condition {
    fn at(&self, bound: Bound, parts: Parts) -> Option<Condition> {
        if self.gap.is_none() && !self.values.iter().any(|value| is_open(value, parts)) {
            return Some(self.clone());
        }
        if !matches!(self.operator.family(), Family::Text(_) | Family::Arn) {
            return None;
        }
        let is_wide = (bound == Bound::Most) != self.operator.is_negated();
        Some(Condition { values: bounded(&self.values, self.gap.is_some(), is_wide, parts), gap: None, ..self.clone() })
    }
}

/// A list with all that it may have, or with what it has for certain.
fn bounded(items: &[Item], has_gap: bool, is_wide: bool, parts: Parts) -> Vec<Item> {
    if !is_wide {
        return items.iter().filter(|item| !is_open(item, parts)).cloned().collect();
    }
    let any = || Item { pattern: Pattern::any(), place: Default::default(), text: "*".into() };
    let widened = |item: &Item| if is_open(item, parts) { Item { pattern: widened(&item.pattern), ..item.clone() } } else { item.clone() };
    items.iter().map(widened).chain(has_gap.then(any)).collect()
}

/// With any text for what is not known.
fn widened(pattern: &Pattern) -> Pattern {
    let mut segments = Segments::default();
    for segment in pattern.segments() {
        segments.push(match segment {
            Segment::Hole(_) | Segment::Variable(_) => Segment::Star,
            known => known.clone(),
        });
    }
    segments.finish()
}
