//! What conditions keep out, as far as one statement says.
//!
//! In an Allow, a condition restricts only if it lists values (its operator is not negated), if a request that lacks its key does
//! not pass, and if its values do not match everything. All of that is answered by `evaluate` and `passing`.

use super::condition::Operator;
use super::document::{Condition, Item, Place, Principal, Statement};
use super::pattern::Pattern;
use crate::truth::Truth;

impl Condition {
    /// One that stands nowhere in source.
    pub fn of(operator: &str, key: &str, values: &[&str]) -> Condition {
        let operator = Operator::parse(operator);
        let item =
            |text: &&str| Item { pattern: Pattern::parse(text, operator.value_mode()), place: Place::default(), text: (*text).into() };
        let values = values.iter().map(item).collect();
        let (operator_place, key_place) = (Place::default(), Place::default());
        Condition { operator, operator_place, key: key.into(), key_place, values, gap: None, secret: None }
    }

    /// Whether its values match every text.
    pub fn matches_everything(&self) -> Truth {
        self.passing().everything()
    }
}

impl Statement {
    /// Those whom it names as let in; none for NotPrincipal.
    pub fn admitted(&self) -> impl Iterator<Item = &Principal> + Clone {
        self.principals.iter().filter(|principals| !principals.negated).flat_map(|principals| &principals.items)
    }

    /// Whether its known conditions make sure that requests carry `key`.
    pub fn is_guarded(&self, key: &str) -> bool {
        self.conditions_on(key).any(|condition| condition.passing().absent() == Truth::No)
    }

    /// Whether `condition`, one of this statement's, keeps out requests that do not carry its key with one of its values.
    ///
    /// A value that source does not give is there all the same: nobody leaves a condition open on purpose by a variable.
    pub fn enforces(&self, condition: &Condition) -> Truth {
        if !condition.operator.is_positive() || !self.is_guarded(&condition.key) {
            return Truth::No;
        }
        condition.matches_everything().opposite()
    }

    /// Whether some condition whose key `wanted` says yes to is enforced. Unknown conditions may be.
    pub fn narrowed_by(&self, wanted: impl Fn(&str) -> bool) -> Truth {
        let conditions = self.conditions.iter().filter(|condition| wanted(&condition.key));
        Truth::any(conditions.map(|condition| self.enforces(condition))).or(match self.has_all_conditions() {
            Truth::Yes => Truth::No,
            unknown => unknown,
        })
    }
}
