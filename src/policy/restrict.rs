//! What conditions keep out, as far as one statement says.
//!
//! In an Allow, a condition restricts only if its operator is positive, without `IfExists`, without `ForAllValues` (or with a
//! `Null: false` guard on the same key), and if its values do not match everything.

use super::condition::{Base, SetOperator};
use super::document::{Condition, Statement};
use crate::truth::Truth;

impl Condition {
    /// Whether some value of it matches every text.
    pub fn matches_everything(&self) -> Truth {
        let everything = |pattern: &super::pattern::Pattern| -> Truth {
            if pattern.is_any() {
                Truth::Yes
            } else if pattern.has_hole() {
                Truth::Unknown
            } else {
                Truth::No
            }
        };
        let known = Truth::any(self.values.iter().map(|value| everything(&value.pattern)));
        if self.gap.is_some() { known.or(Truth::Unknown) } else { known }
    }

    /// `Null: { key: "false" }`: the request must carry the key.
    fn asks_for_presence(&self) -> bool {
        self.operator.base == Base::Null
            && self.values.iter().all(|value| value.pattern.as_exact() == Some("false"))
            && !self.values.is_empty()
    }
}

impl Statement {
    /// Whether a `Null` condition makes sure that requests carry `key`.
    pub fn is_guarded(&self, key: &str) -> bool {
        self.conditions_on(key).any(Condition::asks_for_presence)
    }

    /// Whether `condition`, one of this statement's, keeps out requests that do not carry its key with one of its values.
    ///
    /// A value that source does not give is there all the same: nobody leaves a condition open on purpose by a variable.
    pub fn enforces(&self, condition: &Condition) -> Truth {
        if !condition.operator.is_positive() {
            return Truth::No;
        }
        let may_lack = condition.operator.if_exists || condition.operator.set == Some(SetOperator::ForAllValues);
        if may_lack && !self.is_guarded(&condition.key) {
            return Truth::No;
        }
        condition.matches_everything().opposite()
    }

    /// Whether some condition whose key `wanted` says yes to is enforced. Unknown conditions may be.
    pub fn narrowed_by(&self, wanted: impl Fn(&str) -> bool) -> Truth {
        let conditions = self.conditions.iter().filter(|condition| wanted(&condition.key));
        let known = Truth::any(conditions.map(|condition| self.enforces(condition)));
        if self.conditions_gap.is_some() || self.gap.is_some() { known.or(Truth::Unknown) } else { known }
    }

    /// Whether the statement's actions certainly include `action`.
    pub fn covers_action(&self, action: &str) -> Truth {
        let Some(actions) = &self.actions else { return if self.gap.is_some() { Truth::Unknown } else { Truth::No } };
        let named = Truth::any(actions.items.iter().map(|item| item.pattern.matches(action, super::pattern::Case::Insensitive)));
        let named = if actions.gap.is_some() { named.or(Truth::Unknown) } else { named };
        if actions.negated { named.opposite() } else { named }
    }
}
