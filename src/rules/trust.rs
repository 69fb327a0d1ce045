//! What the rules on trust policies share.

use super::callers::of_account;
use super::shared::{assumes_role, keeps_out_roles, never_applies};
use crate::access::doors::{aws_principals, wide_arns};
use crate::access::{Access, Caller, Scope, UNNAMED};
use crate::estate::{AccountRef, Relation};
use crate::policy::condition::is_key;
use crate::policy::{PolicyKind, Principal, Statement};
use crate::truth::Truth;

/// Whether the policy at hand says who may assume a role.
pub fn is_trust(scope: &Scope) -> bool {
    scope.kind() == Some(PolicyKind::Trust)
}

/// Whether the policy at hand has principals that AWS looks at: a role's, or a resource's.
pub fn has_principals(scope: &Scope) -> bool {
    matches!(scope.kind(), Some(PolicyKind::Trust | PolicyKind::Resource))
}

/// Whether the statement, of a trust policy, lets AWS principals become the role.
pub fn lets_in(statement: &Statement, scope: &Scope) -> bool {
    is_trust(scope) && statement.allows() && !never_applies(statement) && assumes_role(statement).certainly()
}

/// Keys that narrow an account, or an organisation, down to some of its identities.
const NARROWING: &[&str] = &[
    "aws:FederatedProvider",
    "aws:MultiFactorAuthAge",
    "aws:MultiFactorAuthPresent",
    "aws:PrincipalServiceName",
    "aws:PrincipalTag/",
    "aws:SourceIdentity",
    "aws:userid",
    "aws:username",
    "sts:ExternalId",
    "sts:SourceIdentity",
];

/// Whether conditions may narrow an account, or an organisation, down to some of its identities.
pub fn narrowed(statement: &Statement, scope: &Scope) -> bool {
    let by_key = statement.narrowed_by(|key| is_key(key, NARROWING));
    let by_arn = statement.conditions_on("aws:PrincipalArn").map(|condition| match wide_arns(condition).next() {
        Some(_) => Truth::No,
        None => statement.enforces(condition),
    });
    by_key.or(Truth::any(by_arn)).or(keeps_out_roles(statement)).possibly()
        || session_named_by_caller(statement)
        || denied_to_most(statement, scope)
}

/// Whether other statements turn away callers that nothing is known of but their account, or may: by `ArnNotEquals` on `aws:PrincipalArn`, or
/// somebody else's account by the organisation.
fn denied_to_most(statement: &Statement, scope: &Scope) -> bool {
    let access = scope.access();
    if access.is_free() {
        return false;
    }
    let comes_in = |principal| access.lets_through(statement, &[nobody_in(principal, &access, scope)], "sts:AssumeRole");
    !aws_principals(statement).any(comes_in)
}

/// A role that nobody has named, in a principal's account, and that nothing else is known of.
fn nobody_in<'p>(principal: &'p Principal, access: &Access, scope: &Scope) -> Caller<'p> {
    let account = AccountRef::of_principal(&principal.item.pattern);
    let is_others = matches!(scope.relation(&account), Relation::ThirdParty { .. } | Relation::Vendor { .. } | Relation::Stranger);
    let role = format!("arn:aws:iam::{}:role/{UNNAMED}", account.number().unwrap_or("000000000000"));
    let caller = of_account(principal, is_others).with("aws:PrincipalArn", &role);
    access.keys().filter(|key| is_key(key, NARROWING)).fold(caller, |caller, key| caller.without(key))
}

/// A session name that must be the caller's own (`${aws:username}`) says who calls; any other one the caller picks.
fn session_named_by_caller(statement: &Statement) -> bool {
    statement.conditions_on("sts:RoleSessionName").any(|condition| {
        let enforced = statement.enforces(condition).certainly();
        enforced && condition.values.iter().all(|value| value.pattern.has_variable())
    })
}

/// What to call an account that is another's than the role's; nothing for its own, for AWS's and for what is not known.
pub fn whose(account: &AccountRef, scope: &Scope) -> Option<String> {
    Some(match scope.relation(account) {
        Relation::Ours { name, environment: Some(environment), .. } => format!("your account `{name}` ({environment})"),
        Relation::Ours { name, .. } => format!("your account `{name}`"),
        Relation::ThirdParty { name, .. } => format!("the account of `{name}`"),
        Relation::Vendor { name, .. } => format!("the account of {name}"),
        Relation::Stranger => format!("account {}", account.number().unwrap_or_default()),
        Relation::Same | Relation::Aws { .. } | Relation::Unknown => return None,
    })
}
