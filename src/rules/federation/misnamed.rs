//! Statements by which no token ever comes in, because of how they name the identity provider or a claim: keys that no request carries, a
//! provider's ARN that none has, and a subject that is asked for as the audience.
//!
//! Sources: "IAM and AWS STS condition context keys" (`ISSUER:CLAIM`, without `https://`) and "IAM JSON policy elements: Principal"
//! (`arn:aws:iam::ACCOUNT:oidc-provider/ISSUER`) in the IAM User Guide.

use crate::access::Scope;
use crate::catalog::issuers::issuer_of_subjects;
use crate::policy::federation::{IdentityProvider, Issuer, begins_with_provider_arn, is_claim};
use crate::policy::pattern::{Pattern, Segment};
use crate::policy::{Condition, Item, Principal, Statement};
use crate::truth::Truth;

/// A key that is written for a claim and that no request carries.
pub(in crate::rules) struct NoKey<'s> {
    pub condition: &'s Condition,
    pub why: &'static str,
    /// What no request carries.
    pub what: String,
    /// What to write instead.
    pub help: String,
}

const SCHEME: &str = "https://";

/// Whether a request without the key does not pass.
pub(in crate::rules) fn asks(condition: &Condition) -> bool {
    condition.operator.is_positive() && condition.passing().absent() == Truth::No
}

/// Conditions that ask for such keys.
pub(in crate::rules) fn no_keys<'s>(statement: &'s Statement, scope: &Scope) -> Vec<NoKey<'s>> {
    let known = statement.conditions.iter().map(|condition| (condition, Pattern::exact(&condition.key)));
    let open = statement.gap.open().iter().map(|open| (&open.condition, open.key.clone()));
    let asked = known.chain(open).filter(|(condition, _)| asks(condition));
    let providers: Vec<IdentityProvider> = statement.identity_providers().map(|(_, provider)| provider).collect();
    let of_other_kind = |condition: &'s Condition| of_other_kind(condition, &providers);
    asked.filter_map(|(condition, key)| no_key(condition, &key, scope).or_else(|| of_other_kind(condition))).collect()
}

/// `SAML:aud` where all who come have an OpenID Connect token, and `ISSUER:sub` where all have an assertion.
fn of_other_kind<'s>(condition: &'s Condition, providers: &[IdentityProvider]) -> Option<NoKey<'s>> {
    let all = |of_kind: fn(&IdentityProvider) -> bool| !providers.is_empty() && providers.iter().all(of_kind);
    let is_of_saml = condition.key.get(..SAML.len()).is_some_and(|start| start.eq_ignore_ascii_case(SAML));
    let (why, beside, help) = if is_of_saml && all(|provider| matches!(provider, IdentityProvider::OpenIdConnect(_))) {
        let issuer = providers.iter().find_map(|provider| match provider {
            IdentityProvider::OpenIdConnect(issuer) => issuer.exact(),
            _ => None,
        });
        (
            "is a key of SAML assertions, and not of tokens",
            "a token",
            format!("test `{}:sub` for whose token it must be", issuer.unwrap_or("ISSUER")),
        )
    } else if is_claim(&condition.key) && all(|provider| *provider == IdentityProvider::Saml) {
        (
            "is a key of OpenID Connect tokens, and not of assertions",
            "an assertion",
            "test `SAML:aud`, or name the tokens' provider".to_owned(),
        )
    } else {
        return None;
    };
    Some(NoKey { condition, why, what: format!("{} with {beside}", shown(condition, "such a key")), help })
}

const SAML: &str = "saml:";

fn no_key<'s>(condition: &'s Condition, key: &Pattern, scope: &Scope) -> Option<NoKey<'s>> {
    if begins_with_provider_arn(key) {
        let meant = condition.key.split_once(":oidc-provider/").map(|(_, meant)| meant).filter(|meant| !meant.contains("${"));
        let help =
            meant.map_or_else(|| "begin the key with the provider's URL without `https://`".to_owned(), |meant| format!("write `{meant}`"));
        let what = shown(condition, "a key that begins with an ARN");
        return Some(NoKey { condition, why: "begins with the provider's ARN, and not with its URL", what, help });
    }
    if let Some(meant) = condition.key.strip_prefix("oidc-provider/").filter(|_| key.literal_prefix().starts_with("oidc-provider/")) {
        let what = shown(condition, "a key that begins with `oidc-provider/`");
        let help = match meant.contains("${") {
            true => "begin the key with the provider's URL without `https://`".to_owned(),
            false => format!("write `{meant}`"),
        };
        return Some(NoKey { condition, why: "begins with a part of the provider's ARN, and not with its URL", what, help });
    }
    let written = scope.sources.text(condition.key_place.span);
    if !has_scheme(key, &written) {
        return None;
    }
    let rest = condition.key.get(SCHEME.len()..).filter(|_| !condition.key.starts_with("${"));
    let help = match (rest.filter(|key| !key.contains("${")), reference(&written)) {
        (Some(key), _) => format!("write `{key}`"),
        (None, Some((reference, claim))) => format!("write `${{replace({reference}, \"{SCHEME}\", \"\")}}{claim}`"),
        (None, None) => format!("remove the scheme: `replace(…, \"{SCHEME}\", \"\")`"),
    };
    let what = shown(condition, "a key that begins with `https://`");
    Some(NoKey { condition, why: "has the scheme of the provider's URL, which is not part of a key", what, help })
}

/// The key, or what it is where parts of it are not known.
fn shown(condition: &Condition, otherwise: &str) -> String {
    if condition.key.contains("${") { otherwise.to_owned() } else { format!("`{}`", condition.key) }
}

/// The expression and what follows on it, of `"${expression}:sub"`.
fn reference(written: &str) -> Option<(&str, &str)> {
    let (expression, claim) = written.trim_matches('"').strip_prefix("${")?.split_once('}')?;
    (!claim.contains("${")).then_some((expression.trim(), claim))
}

/// Whether a name begins with `https://`: written so, or taken from a cluster, whose issuer always has it. The URL of a provider's resource
/// has it as well, until AWS has made the provider.
fn has_scheme(name: &Pattern, written: &str) -> bool {
    match name.segments() {
        [Segment::Literal(start), Segment::Hole(_), Segment::Literal(rest), ..] if &**start == "https://oidc" => rest.starts_with("eks."),
        [Segment::Literal(start), ..] => {
            let is_scheme = |text: &str| text.get(..SCHEME.len()).is_some_and(|start| start.eq_ignore_ascii_case(SCHEME));
            is_scheme(start) && written.to_ascii_lowercase().contains(SCHEME)
        }
        _ => false,
    }
}

/// Whether a principal is the ARN of an identity provider with the scheme of its URL, which no provider's ARN has.
pub(in crate::rules) fn has_scheme_in_arn(principal: &Principal, scope: &Scope) -> bool {
    let name = Issuer::written_in_arn(&principal.item.pattern);
    name.is_some_and(|name| has_scheme(&name, &scope.sources.text(principal.item.place.span)))
}

/// The value of a condition on the audience that asks for subjects alone: it is written under the wrong claim. No token is for such an
/// audience unless the provider has it in `client_id_list`.
pub(in crate::rules) fn subject_as_audience<'s>(
    statement: &'s Statement,
    principal: &Principal,
    issuer: &Issuer,
    scope: &Scope,
) -> Option<(&'s Condition, &'s Item)> {
    let is_subject = |value: &Item| issuer_of_subjects(value.pattern.literal_prefix()).is_some();
    let is_one = |condition: &&Condition| asks(condition) && condition.gap.is_none() && condition.values.iter().all(is_subject);
    let condition = statement.conditions_on_claim(issuer, "aud").into_iter().find(is_one)?;
    let value = condition.values.first()?;
    let audiences = || scope.estate.providers_of(principal, issuer).filter_map(|provider| provider.audiences.as_ref());
    let is_registered = audiences().flat_map(|audiences| &audiences.items).any(|audience| audience.text == value.text);
    (!is_registered).then_some((condition, value))
}
