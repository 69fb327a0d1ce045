//! What the rules on federation ask of a trust policy.

use super::callers::comes_in;
use super::trust::is_trust;
use crate::access::{Scope, Who};
use crate::policy::federation::{IdentityProvider, Issuer};
use crate::policy::{Place, Principal, Statement};
use crate::truth::Truth;

/// The issuers whose tokens a statement of a trust policy takes, each with the principal that names it.
pub fn issuers<'s>(statement: &'s Statement, scope: &Scope) -> Vec<(&'s Principal, Issuer)> {
    if !lets_in(statement, "sts:AssumeRoleWithWebIdentity", scope) {
        return Vec::new();
    }
    let issuer = |(principal, provider)| match provider {
        IdentityProvider::OpenIdConnect(issuer) => Some((principal, issuer)),
        IdentityProvider::Saml | IdentityProvider::Unknown => None,
    };
    statement.identity_providers().filter_map(issuer).collect()
}

/// Whether the statement is of a trust policy and certainly lets somebody in by `action`.
pub fn lets_in(statement: &Statement, action: &str, scope: &Scope) -> bool {
    is_trust(scope) && statement.allows() && statement.covers_action(action).certainly()
}

/// Whether other statements turn a principal's tokens away by a claim of theirs, or may do so.
pub fn denied_by_claim(statement: &Statement, principal: &Principal, issuer: &Issuer, scope: &Scope) -> bool {
    let carries = |key: &str| issuer.claim(key).is_some();
    !comes_in(statement, scope, Who::Named(principal), "sts:AssumeRoleWithWebIdentity", carries)
}

/// Whether nothing is known to narrow the statement by one of these claims, and nothing that is not known may.
pub fn is_open(statement: &Statement, issuer: &Issuer, claims: &[&str]) -> bool {
    statement.narrowed_by_claim(issuer, claims) == Truth::No
}

/// Where a principal is written, or where the statement names principals if it only refers to something that is made elsewhere.
pub fn place_of<'s>(principal: &'s Principal, statement: &'s Statement, scope: &Scope) -> &'s Place {
    let inside = scope.document().is_some_and(|document| document.block.contains(principal.item.place.span));
    match &statement.principals {
        Some(principals) if !inside && !principal.item.pattern.is_exact() => &principals.key,
        _ => &principal.item.place,
    }
}
