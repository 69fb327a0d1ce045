//! What the rules on federation ask of a trust policy.

pub mod choices;
pub mod holes;
pub mod irsa_any_service_account;
pub mod irsa_shared_namespace;
pub mod irsa_whole_namespace;
pub mod misnamed;
pub mod namespaces;
pub mod oidc_audience_missing;
pub mod oidc_audience_unregistered;
pub mod oidc_condition_bypassable;
pub mod oidc_provider_other_account;
pub mod oidc_subject_any_ref;
pub mod oidc_subject_any_repository;
pub mod oidc_subject_legacy_form;
pub mod oidc_subject_missing;
pub mod oidc_subject_never_matches;
pub mod oidc_subject_pull_request;
pub mod oidc_thumbprint_unneeded;
pub mod reach;
pub mod roles_anywhere_any_certificate;
pub mod saml_audience_missing;
pub mod subjects;
pub mod web_identity_app_missing;

use misnamed::{has_scheme_in_arn, no_keys, subject_as_audience};

use crate::access::subject::token_bearer;
use crate::access::{Question, Scope, UNNAMED};
use crate::estate::Values;
use crate::policy::condition::is_key;
use crate::policy::federation::{IdentityProvider, Issuer};
use crate::policy::{Condition, Item, Place, Principal, Statement};
use crate::rules::kit::trust::lets_in;
use crate::source::Span;
use crate::truth::Truth;

/// The issuers whose tokens a statement of a trust policy takes, each with the principal that names it. None by which nobody comes in because
/// it is misnamed (`oidc-subject-never-matches` speaks of those).
pub fn issuers<'s>(statement: &'s Statement, scope: &Scope) -> Vec<(&'s Principal, Issuer)> {
    if !lets_in(statement, "sts:AssumeRoleWithWebIdentity", scope) || !no_keys(statement, scope).is_empty() {
        return Vec::new();
    }
    let issuer = |(principal, provider)| match provider {
        IdentityProvider::OpenIdConnect(issuer) => Some((principal, issuer)),
        IdentityProvider::Saml | IdentityProvider::Unknown => None,
    };
    let misnamed = |principal: &Principal, issuer: &Issuer| {
        has_scheme_in_arn(principal, scope) || subject_as_audience(statement, principal, issuer, scope).is_some()
    };
    statement.identity_providers().filter_map(issuer).filter(|(principal, issuer)| !misnamed(principal, issuer)).collect()
}

/// An audience that a statement asks for and that the identity provider, which is in source, does not accept.
pub struct Unregistered<'s> {
    pub asked: &'s Item,
    pub registered: Vec<String>,
    /// `client_id_list`
    pub list: Span,
}

/// The audience that keeps all of a provider's tokens out, because AWS turns them away before it looks at the trust policy.
pub fn unregistered_audience<'s>(
    statement: &'s Statement,
    principal: &Principal,
    issuer: &Issuer,
    scope: &Scope,
) -> Option<Unregistered<'s>> {
    let conditions = statement.conditions_on_claim(issuer, "aud");
    let asked = conditions.into_iter().find(|condition| condition.operator.is_positive())?.values.first()?;
    let lists: Option<Vec<&Values>> = scope.estate.providers_of(principal, issuer).map(|provider| provider.audiences.as_ref()).collect();
    let lists = lists.filter(|lists| lists.iter().all(|list| list.complete))?;
    let list = lists.first()?.place.span;
    let registered: Vec<String> = lists.iter().flat_map(|list| &list.items).map(|item| item.text.to_string()).collect();
    let passing = statement.passing_claim(issuer, "aud");
    let accepted = Truth::any(registered.iter().map(|audience| passing.value(audience)));
    (!registered.is_empty() && accepted == Truth::No).then_some(Unregistered { asked, registered, list })
}

/// What a token has of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claimed {
    Nothing,
    /// Something that nobody has named.
    Unnamed,
}

/// Whether other statements turn away all of a principal's tokens that have this of some claims, or may do so.
pub fn is_denied(statement: &Statement, principal: &Principal, issuer: &Issuer, claims: (&[&str], Claimed), scope: &Scope) -> bool {
    let access = scope.access();
    if access.is_free() {
        return access.hides_statements();
    }
    let (claims, claimed) = claims;
    let is_meant = |key: &&str| is_key(key, claims) || issuer.claim(key).is_some_and(|claim| is_key(claim, claims));
    let bearer = access.keys().filter(is_meant).fold(token_bearer(principal, &access), |bearer, key| match claimed {
        Claimed::Nothing => bearer.without(key),
        Claimed::Unnamed => bearer.with(key, UNNAMED),
    });
    // A loose condition on the claim itself lets in whoever has none.
    let is_other = |condition: &&Condition| !is_meant(&&*condition.key);
    let conditions = statement.conditions.iter().filter(is_other).cloned().collect();
    let about = Statement { conditions, ..statement.for_principal(principal) };
    let left = access.left(&about, &Question::anywhere(&bearer, "sts:AssumeRoleWithWebIdentity"));
    access.hides_statements() || !left.certainly()
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
