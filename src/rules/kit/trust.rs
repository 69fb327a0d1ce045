//! Whom a statement of a trust policy is for.

use super::shared::never_applies;
use crate::access::Scope;
use crate::policy::{PolicyKind, Statement};

/// Whether the policy at hand says who may assume a role.
pub fn is_trust(scope: &Scope) -> bool {
    scope.kind() == Some(PolicyKind::Trust)
}

/// Whether the statement is of a trust policy and certainly lets somebody in by `action`, such as `sts:AssumeRole`.
pub fn lets_in(statement: &Statement, action: &str, scope: &Scope) -> bool {
    is_trust(scope) && statement.allows() && !never_applies(statement) && statement.covers_action(action).certainly()
}
