use super::{Claimed, is_denied, is_open, issuers, place_of};
use crate::config::Persona;
use crate::finding::{Category, Severity, What};
use crate::policy::federation::{BUILT_IN, Issuer};
use crate::policy::{PolicyKind, Statement};
use crate::rules::kit::rule::{Context, OF_ROLES, Rule};

rule! {
    OidcAudienceMissing, "oidc-audience-missing",
    summary: "a trust policy that accepts tokens for every audience its identity provider has registered",
    category: Category::Security,
    severity: Severity::Low,
    persona: Persona::Pedantic,
    tags: &["trust", "federation"],
}

impl Rule for OidcAudienceMissing {
    fn kinds(&self) -> &'static [PolicyKind] {
        OF_ROLES
    }

    fn statement(&self, statement: &Statement, context: &mut Context) {
        for (principal, issuer) in issuers(statement, context) {
            // Of the built-in providers the audience is the application, which is another rule's.
            let built_in = issuer.exact().is_some_and(|name| BUILT_IN.contains(&name));
            let tested = !is_open(statement, &issuer, AUDIENCE) || AUDIENCE.iter().any(|claim| is_tested(statement, &issuer, claim));
            if built_in || tested || is_denied(statement, principal, &issuer, (AUDIENCE, Claimed::Unnamed), context) {
                continue;
            }
            let providers: Vec<_> = context.estate.providers_of(principal, &issuer).collect();
            let one = |values: &crate::estate::Values| values.complete && values.items.len() == 1;
            if !providers.is_empty() && providers.iter().all(|provider| provider.audiences.as_ref().is_some_and(one)) {
                continue;
            }
            let accepts = What::Is("accepts tokens for every audience that its identity provider has registered".to_owned());
            let place = place_of(principal, statement, context);
            let mut finding = context.at(place, "is admitted without a test of the audience").says(context.subject_name(), accepts);
            if let Some(list) = providers.iter().find_map(|provider| provider.audiences.as_ref()) {
                finding = finding.label(list.place.span, "are the audiences that AWS accepts");
            }
            let key = issuer.exact().unwrap_or("ISSUER");
            context.report(finding.help(format!("test `{key}:aud` with StringEquals against the audience that the role is for")));
        }
    }
}

/// What a token was made for: the authorised party if it names one, and what its `aud` is.
const AUDIENCE: &[&str] = &["aud", "oaud"];

/// How it is tested is another rule's business.
fn is_tested(statement: &Statement, issuer: &Issuer, claim: &str) -> bool {
    !statement.conditions_on_claim(issuer, claim).is_empty()
}
