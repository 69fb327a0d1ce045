//! Identity providers: whose tokens a trust policy takes, and which of its conditions test what stands in them.
//!
//! Sources: "IAM JSON policy elements: Principal" (federated user principals) and "IAM and AWS STS condition context keys" (keys of OIDC
//! federation: `ISSUER:CLAIM`) in the IAM User Guide.

use super::condition::Operator;
use super::document::{Condition, Principal, PrincipalKind, Statement};
use super::passing::Passing;
use super::pattern::{Case, Hole, HoleClass, Mode, Pattern, PatternBuilder, Segment, Segments};
use crate::truth::Truth;

#[cfg(test)]
mod tests;

/// Who signs in whoever comes by a `Federated` principal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IdentityProvider {
    /// `arn:aws:iam::111111111111:oidc-provider/HOST/PATH`, or one of the four that IAM has built in.
    OpenIdConnect(Issuer),
    /// `arn:aws:iam::111111111111:saml-provider/NAME`
    Saml,
    /// Source does not tell of which of the two kinds it is.
    Unknown,
}

/// An issuer of OpenID Connect tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer {
    /// Its URL without `https://`, as it stands in the provider's ARN and before the colon of condition keys; trailing slashes count.
    /// Holes for what source does not give; one hole if it gives nothing.
    pub name: Pattern,
}

/// The providers that need no resource of their own: the principal is their name ("IAM JSON policy elements: Principal").
pub const BUILT_IN: [&str; 4] = ["accounts.google.com", "cognito-identity.amazonaws.com", "graph.facebook.com", "www.amazon.com"];

/// Comparisons of names by which the unknown one of a principal is looked for: of each key with each other principal, for each principal.
/// Twenty principals and fifty keys are more than anybody writes by hand.
const MOST_COMPARED: usize = 20_000;

/// A condition on a claim.
#[derive(Clone, Copy, Debug)]
pub struct Claim<'a> {
    /// `sub`, `aud`, `repository_id`: as the policy writes it. AWS ignores the case.
    pub name: &'a str,
    pub condition: &'a Condition,
}

impl Issuer {
    pub fn new(name: &str) -> Issuer {
        Issuer { name: Pattern::exact(name) }
    }

    /// The issuer of the provider that has this ARN; also of one that is written with `https://`, which no provider's ARN has.
    pub fn of_arn(arn: &Pattern) -> Option<Issuer> {
        Issuer::written_in_arn(arn).as_ref().map(Issuer::of_url)
    }

    /// Its name as it is written in an ARN: with `https://` if that is there.
    pub fn written_in_arn(arn: &Pattern) -> Option<Pattern> {
        after(arn, "oidc-provider/")
    }

    /// The issuer with this URL.
    pub fn of_url(url: &Pattern) -> Issuer {
        let mut name = Segments::default();
        for (index, segment) in url.segments().iter().enumerate() {
            match segment {
                Segment::Literal(text) if index == 0 => name.literal(without_scheme(text)),
                other => name.push(other.clone()),
            }
        }
        Issuer { name: name.finish() }
    }

    /// One of which nothing is known.
    pub fn unknown() -> Issuer {
        Issuer { name: Pattern::hole(Hole { id: None, class: HoleClass::Any }) }
    }

    /// Its name, if that is known in full.
    pub fn exact(&self) -> Option<&str> {
        self.name.as_exact()
    }

    /// Whether it is an EKS cluster's: `oidc.eks.REGION.amazonaws.com/id/ID` or `oidc-eks.REGION.api.aws/id/ID`, what is known of it (Amazon
    /// EKS User Guide, "Create an IAM OIDC provider for your cluster").
    pub fn is_of_cluster(&self) -> bool {
        match self.name.segments() {
            [Segment::Literal(start), ..] if start.starts_with("oidc.eks.") || start.starts_with("oidc-eks.") => true,
            // As the cluster that is made in the same source has it.
            [Segment::Literal(start), Segment::Hole(_), Segment::Literal(rest), ..] => &**start == "oidc" && rest.starts_with("eks."),
            _ => false,
        }
    }

    /// Whether nothing of its name is known.
    pub fn is_unknown(&self) -> bool {
        matches!(self.name.segments(), [Segment::Hole(_)])
    }

    /// The claim that a condition key tests: `sub` of `token.actions.githubusercontent.com:sub`. Nothing for a key that certainly is not
    /// one of this issuer's.
    pub fn claim<'k>(&self, key: &'k str) -> Option<&'k str> {
        let (issuer, claim) = split_key(key)?;
        self.name.matches(issuer, Case::Insensitive).possibly().then_some(claim)
    }

    /// The same of a key with unknown parts.
    fn open_claim<'k>(&self, key: &'k Pattern) -> Option<&'k str> {
        let (issuer, claim) = split_open_key(key)?;
        issuer.intersects(&self.name, Case::Insensitive).possibly().then_some(claim)
    }

    /// The key of a claim.
    fn key(&self, claim: &str) -> Pattern {
        let mut key = Segments::default();
        self.name.segments().iter().for_each(|segment| key.push(segment.clone()));
        key.literal(":");
        key.literal(claim);
        key.finish()
    }
}

impl Statement {
    /// The federated principals that it lets in, each with its identity provider; none for NotPrincipal.
    pub fn identity_providers(&self) -> impl Iterator<Item = (&Principal, IdentityProvider)> {
        let admitted = self.admitted();
        admitted.filter_map(|principal| Some((principal, self.identity_provider(principal)?)))
    }

    /// The identity provider that a principal is. Nothing if the principal is not `Federated`.
    ///
    /// Where the ARN does not tell, the keys of the statement's conditions do, and the actions: each of the two kinds has its own.
    pub fn identity_provider(&self, principal: &Principal) -> Option<IdentityProvider> {
        if principal.kind != PrincipalKind::Federated {
            return None;
        }
        Some(match written(principal) {
            IdentityProvider::Saml => IdentityProvider::Saml,
            IdentityProvider::OpenIdConnect(issuer) => IdentityProvider::OpenIdConnect(self.named_by_keys(issuer)),
            // A text that is no provider's name: AWS refuses it.
            IdentityProvider::Unknown if principal.item.pattern.is_exact() => IdentityProvider::Unknown,
            IdentityProvider::Unknown => {
                let by_token = self.covers_action("sts:AssumeRoleWithWebIdentity").possibly();
                let by_assertion = self.covers_action("sts:AssumeRoleWithSAML").possibly();
                let issuer = self.named_by_keys(Issuer::unknown());
                match (by_token, by_assertion) {
                    (true, false) => IdentityProvider::OpenIdConnect(issuer),
                    (false, true) => IdentityProvider::Saml,
                    _ if !issuer.is_unknown() => IdentityProvider::OpenIdConnect(issuer),
                    _ => IdentityProvider::Unknown,
                }
            }
        })
    }

    /// The issuer with what the keys say of its name: only if they leave but one.
    fn named_by_keys(&self, issuer: Issuer) -> Issuer {
        let keys = self.conditions.len() + self.gap.open().len();
        let principals = self.principals.as_ref().map_or(0, |principals| principals.items.len());
        if !issuer.name.has_hole() || keys.saturating_mul(principals).saturating_mul(principals) > MOST_COMPARED {
            return issuer;
        }
        let others: Vec<Issuer> = self.written_issuers().filter(|other| *other != issuer && !other.is_unknown()).collect();
        let known = self.conditions.iter().filter_map(|condition| Some(Pattern::exact(split_key(&condition.key)?.0)));
        let open = self.gap.open().iter().filter_map(|open| Some(split_open_key(&open.key)?.0));
        let mut named: Vec<Pattern> = Vec::new();
        for name in known.chain(open.filter(|_| issuer.is_unknown())) {
            let of_another = others.iter().any(|other| other.name.includes(&name, Case::Insensitive).certainly());
            if !of_another && !named.contains(&name) && issuer.name.intersects(&name, Case::Insensitive).possibly() {
                named.push(name);
            }
        }
        match <[Pattern; 1]>::try_from(named) {
            Ok([name]) => Issuer { name },
            Err(_) => issuer,
        }
    }

    /// The issuers that its principals name by themselves.
    fn written_issuers(&self) -> impl Iterator<Item = Issuer> {
        let principals = self.principals.iter().flat_map(|principals| &principals.items);
        principals.filter(|principal| principal.kind == PrincipalKind::Federated).filter_map(|principal| match written(principal) {
            IdentityProvider::OpenIdConnect(issuer) => Some(issuer),
            _ => None,
        })
    }

    /// The conditions on claims of an issuer's tokens; one whose key is known in part only, too, if that may be this issuer's.
    pub fn claims(&self, issuer: &Issuer) -> Vec<Claim<'_>> {
        let known = self.conditions.iter().filter_map(|condition| Some(Claim { name: issuer.claim(&condition.key)?, condition }));
        let open =
            self.gap.open().iter().filter_map(|open| Some(Claim { name: issuer.open_claim(&open.key)?, condition: &open.condition }));
        known.chain(open).collect()
    }

    /// The conditions on one claim.
    pub fn conditions_on_claim(&self, issuer: &Issuer, name: &str) -> Vec<&Condition> {
        let claims = self.claims(issuer).into_iter();
        claims.filter(|claim| claim.name.eq_ignore_ascii_case(name)).map(|claim| claim.condition).collect()
    }

    /// What of a claim passes.
    pub fn passing_claim(&self, issuer: &Issuer, name: &str) -> Passing<'_> {
        Passing::of(self.conditions_on_claim(issuer, name), self.has_all_conditions_on(issuer, name))
    }

    /// Whether some condition on one of these claims keeps out tokens that do not carry it with one of its values.
    pub fn narrowed_by_claim(&self, issuer: &Issuer, names: &[&str]) -> Truth {
        Truth::any(names.iter().map(|name| {
            let conditions = self.conditions_on_claim(issuer, name);
            let guarded = conditions.iter().any(|condition| condition.passing().absent() == Truth::No);
            let listed = |operator: Operator| guarded && operator.is_positive();
            let enforced = conditions.iter().filter(|condition| listed(condition.operator));
            let narrowed = Truth::any(enforced.map(|condition| condition.matches_everything().opposite()));
            narrowed.or(self.has_all_conditions_on(issuer, name).opposite().and(Truth::Unknown))
        }))
    }

    /// `Yes` where no condition that is not known may be on this claim. One that is known to be on a claim of this name, of an issuer that
    /// source does not give, is one on it: nobody tests the claims of another.
    fn has_all_conditions_on(&self, issuer: &Issuer, name: &str) -> Truth {
        if self.gap.is_none() {
            return Truth::Yes;
        }
        let key = issuer.key(name);
        let told_apart = |open: &Pattern| {
            issuer.open_claim(open).is_some_and(|claim| claim.eq_ignore_ascii_case(name))
                || open.intersects(&key, Case::Insensitive) == Truth::No
        };
        let all = !self.gap.hides_keys() && self.gap.open().iter().all(|open| told_apart(&open.key));
        if all { Truth::Yes } else { Truth::Unknown }
    }
}

/// What the principal's own text says.
fn written(principal: &Principal) -> IdentityProvider {
    let pattern = &principal.item.pattern;
    let built_in = |name: &str| BUILT_IN.iter().find(|known| known.eq_ignore_ascii_case(name));
    if let Some(name) = pattern.as_exact().and_then(built_in) {
        return IdentityProvider::OpenIdConnect(Issuer::new(name));
    }
    match Issuer::of_arn(pattern) {
        Some(issuer) => IdentityProvider::OpenIdConnect(issuer),
        None if after(pattern, "saml-provider/").is_some() => IdentityProvider::Saml,
        None => IdentityProvider::Unknown,
    }
}

/// What follows on the first `marker` that begins the resource of an ARN.
fn after(pattern: &Pattern, marker: &str) -> Option<Pattern> {
    let mut segments = pattern.segments().iter();
    let mut rest = Segments::default();
    let found = segments.by_ref().find_map(|segment| match segment {
        Segment::Literal(text) => text.find(marker).map(|at| (text, at)),
        _ => None,
    });
    let (text, at) = found.filter(|(text, at)| *at == 0 || text.get(..*at).is_some_and(|before| before.ends_with(':')))?;
    rest.literal(text.get(at + marker.len()..)?);
    segments.for_each(|segment| rest.push(segment.clone()));
    Some(rest.finish())
}

/// Whether a condition key begins with an identity provider's ARN: `arn:aws:iam::111111111111:oidc-provider/HOST:sub`.
pub fn begins_with_provider_arn(key: &Pattern) -> bool {
    let is_arn = matches!(key.segments(), [Segment::Literal(start), ..] if start.starts_with("arn:"));
    is_arn && Issuer::written_in_arn(key).is_some()
}

/// Whether a key is a claim of some issuer's tokens.
pub fn is_claim(key: &str) -> bool {
    split_key(key).is_some()
}

/// Issuer and claim of a condition key. Other keys have the name of a service before the colon, without a dot.
fn split_key(key: &str) -> Option<(&str, &str)> {
    let (issuer, claim) = without_scheme(key).split_once(':')?;
    issuer.contains('.').then_some((issuer, claim))
}

/// The same of a key with unknown parts: the claim must be known.
fn split_open_key(key: &Pattern) -> Option<(Pattern, &str)> {
    let (last, before) = key.segments().split_last()?;
    let Segment::Literal(last) = last else { return None };
    let (end, claim) = last.split_once(':')?;
    let mut issuer = PatternBuilder::new();
    for (index, segment) in before.iter().enumerate() {
        issuer = match segment {
            Segment::Literal(text) if index == 0 => issuer.text(without_scheme(text), Mode::LITERAL),
            Segment::Literal(text) => issuer.text(text, Mode::LITERAL),
            Segment::Hole(hole) => issuer.hole(hole.clone()),
            Segment::Star | Segment::Question | Segment::Variable(_) => return None,
        };
    }
    Some((issuer.text(end, Mode::LITERAL).finish(), claim))
}

/// The provider's `url` has the scheme until AWS has answered, and not from then on.
fn without_scheme(text: &str) -> &str {
    text.strip_prefix("https://").unwrap_or(text)
}
