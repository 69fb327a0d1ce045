//! The limits of Route 53 on which records a change may be for ("Using IAM policy conditions for fine-grained access control" in the Route 53
//! Developer Guide).

use crate::policy::condition::SetOperator;
use crate::policy::{Condition, Statement};

pub const TYPES: &str = "route53:ChangeResourceRecordSetsRecordTypes";
pub const NAMES: &str = "route53:ChangeResourceRecordSetsNormalizedRecordNames";

/// Whether `condition` is on `key` and lets only the values pass that it lists. Route 53 sends its keys with every change, so
/// `ForAllValues`, AWS's documented form, keeps out all others, and so does `IfExists`. For `ForAnyValue` one change of many that is
/// right would be enough.
pub fn lets_only(condition: &Condition, key: &str) -> bool {
    let operator = condition.operator;
    condition.key.eq_ignore_ascii_case(key) && operator.is_positive() && operator.set != Some(SetOperator::ForAnyValue)
}

/// Whether conditions limit the type or the names of records in some way. Route 53 sends both keys with every change.
pub fn limits_records(statement: &Statement) -> bool {
    let limits = |condition: &&Condition| {
        (lets_only(condition, TYPES) || lets_only(condition, NAMES)) && !condition.matches_everything().certainly()
    };
    statement.conditions.iter().any(|condition| limits(&condition))
}
