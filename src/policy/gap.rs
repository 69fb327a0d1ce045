//! What of a statement source does not give, and what that may make of it.

use std::sync::Arc;

use super::document::{Items, OpenCondition, Principals, Statement};
use super::pattern::{Case, Pattern};
use crate::eval::unknown::Unknown;
use crate::truth::Truth;

/// The parts of a statement that are not known; what its lists lack is said of each list.
#[derive(Clone, Debug, Default)]
pub struct Gap {
    elements: Option<Arc<Unknown>>,
    conditions: Option<Arc<Unknown>>,
    /// Whether conditions are not known that are none of `open`.
    hides_keys: bool,
    open: Vec<OpenCondition>,
}

impl Gap {
    /// Of a statement of which some element, or its effect, is not known at all.
    pub fn of_elements(unknown: Option<Arc<Unknown>>) -> Gap {
        Gap { elements: unknown, ..Gap::default() }
    }

    /// Of one with conditions that are not known at all.
    pub fn of_conditions(unknown: Arc<Unknown>) -> Gap {
        Gap { conditions: Some(unknown), hides_keys: true, ..Gap::default() }
    }

    pub fn add_element(&mut self, unknown: Arc<Unknown>) {
        self.elements = Some(unknown);
    }

    /// Adds conditions that are not known. `is_open_only`: they are those that are added by `add_open`, of which the rest is.
    pub fn add_conditions(&mut self, unknown: Arc<Unknown>, is_open_only: bool) {
        self.conditions = Some(unknown);
        self.hides_keys |= !is_open_only;
    }

    /// Adds a condition whose key is known in part only.
    pub fn add_open(&mut self, open: OpenCondition) {
        self.open.push(open);
    }

    /// Conditions whose key is known in part only. Each may be on any key that its text allows.
    pub fn open(&self) -> &[OpenCondition] {
        &self.open
    }

    pub fn is_none(&self) -> bool {
        !self.may_narrow()
    }

    /// Whether the statement may be about fewer requests than what is known of it says: by a condition, or by an element.
    pub fn may_narrow(&self) -> bool {
        self.conditions.is_some() || self.elements.is_some()
    }

    /// Whether it may be about more: an element that it seems to lack may be there.
    pub fn may_widen(&self) -> bool {
        self.elements.is_some()
    }

    /// Whether it may have conditions on any key whatever.
    pub fn hides_keys(&self) -> bool {
        self.hides_keys || self.elements.is_some()
    }

    /// Elements that are not known at all.
    pub fn elements(&self) -> Option<&Arc<Unknown>> {
        self.elements.as_ref()
    }

    /// Conditions that are not known and that are none of `open`.
    pub fn hidden_conditions(&self) -> Option<&Arc<Unknown>> {
        self.conditions.as_ref().filter(|_| self.hides_keys)
    }

    /// All that is not known.
    pub fn unknowns(&self) -> impl Iterator<Item = &Arc<Unknown>> {
        self.elements.iter().chain(&self.conditions)
    }

    /// A truth that what is not known may turn from Yes or No.
    pub(super) fn blurs(is_there: bool, truth: Truth) -> Truth {
        if is_there { truth.or(Truth::Unknown) } else { truth }
    }
}

impl Items {
    /// Whether the statement is for a text, of which parts may be unknown, as far as this element says.
    pub fn mean(&self, text: &Pattern, case: Case) -> Truth {
        let named = Truth::any(self.items.iter().map(|item| item.pattern.includes(text, case)));
        self.unless_negated(named)
    }

    /// The answer of the element where `named` is that of its list.
    fn unless_negated(&self, named: Truth) -> Truth {
        let named = Gap::blurs(self.gap.is_some(), named);
        if self.negated { named.opposite() } else { named }
    }
}

impl Principals {
    /// Whether somebody is meant, where `named` says it of those that are listed.
    pub fn mean(&self, named: Truth) -> Truth {
        let named = Gap::blurs(self.gap.is_some(), named);
        if self.negated { named.opposite() } else { named }
    }
}

impl Statement {
    /// Whether the statement's actions certainly include `action`.
    pub fn covers_action(&self, action: &str) -> Truth {
        let Some(actions) = &self.actions else { return if self.gap.may_widen() { Truth::Unknown } else { Truth::No } };
        let named = actions.items.iter().map(|item| item.pattern.matches(action, Case::Insensitive));
        actions.unless_negated(Truth::any(named))
    }

    /// `Yes` where all its conditions are known, else `Unknown`.
    pub fn has_all_conditions(&self) -> Truth {
        if self.gap.may_narrow() { Truth::Unknown } else { Truth::Yes }
    }
}
