//! What the rules on trust policies share.

pub mod caller_chosen_session_name;
pub mod sso_principal_pattern;
pub mod trust_account_root;
pub mod trust_action_mismatch;
pub mod trust_any_principal;
pub mod trust_broad_action;
pub mod trust_deleted_principal;
pub mod trust_iam_user;
pub mod trust_not_principal;
pub mod trust_own_account_root;
pub mod trust_principal_wildcard;
pub mod trust_resource_element;
pub mod trust_unknown_account;
pub mod trust_whole_organization;

use crate::access::doors::{accounts_by_condition, aws_principals, wide_arns};
use crate::access::subject::{Whose, of_account};
use crate::access::{Scope, UNNAMED};
use crate::catalog::{self, About, Presence, ValueForm, key_facts};
use crate::estate::{AccountRef, Relation};
use crate::policy::condition::Base;
use crate::policy::{Condition, Item, Principal, Statement};
use crate::rules::kit::shared::keeps_out_roles;
use crate::truth::Truth;

/// Whether a key narrows an account, or an organisation, down to some of its identities. What `aws:PrincipalArn` leaves is read of its values.
fn narrows(key: &str) -> bool {
    key_facts(key).is_some_and(|facts| facts.tells_identity() && facts.form != Some(ValueForm::PrincipalArn))
}

/// Whether conditions may narrow an account, or an organisation, down to some of its identities.
pub fn narrowed(statement: &Statement) -> bool {
    let by_key = statement.narrowed_by(narrows);
    let by_arn = statement.conditions_on("aws:PrincipalArn").map(|condition| match wide_arns(condition).next() {
        Some(_) => Truth::No,
        None => statement.enforces(condition),
    });
    let named = by_key.or(Truth::any(by_arn)).or(keeps_out_roles(statement)).possibly() || session_named_by_caller(statement);
    named || requires_second_factor(statement)
}

/// Whether callers must carry a key that only those have who used a second factor: `Null: { aws:MultiFactorAuthAge: false }`.
fn requires_second_factor(statement: &Statement) -> bool {
    let only_theirs = |key: &str| About::SecondFactor.is_of(key) && matches!(catalog::presence(key), Presence::Sometimes(_));
    let asks = |condition: &Condition| condition.operator.base == Base::Null && condition.passing().absent() == Truth::No;
    statement.conditions.iter().any(|condition| only_theirs(&condition.key) && asks(condition))
}

/// Those of an account, or of an organization, that a principal lets in.
#[derive(Clone, Copy)]
pub struct Crowd<'s> {
    pub principal: &'s Principal,
    pub account: &'s AccountRef,
    pub organization: Option<&'s str>,
}

/// The accounts that a statement lets in as a whole, by principals or by conditions, with the principal and what says so.
pub fn whole_accounts(statement: &Statement) -> Vec<(&Principal, &Item, AccountRef)> {
    let whole = aws_principals(statement).filter(|principal| principal.is_whole_account());
    let by_principal = whole.map(|principal| (principal, &principal.item, AccountRef::of_principal(&principal.item.pattern)));
    let everybody = aws_principals(statement).find(|principal| principal.is_everybody());
    let by_condition = everybody
        .into_iter()
        .flat_map(|everybody| accounts_by_condition(statement).into_iter().map(move |(value, account)| (everybody, value, account)));
    by_principal.chain(by_condition).collect()
}

/// Whether other statements turn away callers that nothing is known of but their account, or may: by `ArnNotEquals` on `aws:PrincipalArn`, or
/// somebody else's account by the organisation. Asked for is a role that nobody has named: people and workloads come as roles.
pub fn denied_to_most(statement: &Statement, crowd: Crowd, scope: &Scope) -> bool {
    let access = scope.access();
    if access.is_free() {
        return false;
    }
    let Crowd { principal, account, organization } = crowd;
    let is_others = matches!(scope.relation(account), Relation::ThirdParty { .. } | Relation::Vendor { .. } | Relation::Stranger);
    let whose = if is_others { Whose::Others } else { Whose::Unknown };
    let role = format!("arn:aws:iam::{}:role/{UNNAMED}", account.number().unwrap_or("000000000000"));
    // Whom a condition lets in by the account are of that account for Denies, too.
    let of_number = account.number().filter(|_| principal.is_everybody()).map(Principal::of_account);
    let principal = of_number.as_ref().unwrap_or(principal);
    // The first of each two is a role.
    let roles = of_account(principal, account.number(), whose).into_iter().step_by(2).map(|caller| caller.with("aws:PrincipalArn", &role));
    let roles = roles.map(|caller| organization.into_iter().fold(caller, |caller, id| caller.with("aws:PrincipalOrgID", id)));
    let callers = roles.map(|caller| access.keys().filter(|key| narrows(key)).fold(caller, |caller, key| caller.without(key)));
    !access.lets_through(statement, &callers.collect::<Vec<_>>(), "sts:AssumeRole")
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
