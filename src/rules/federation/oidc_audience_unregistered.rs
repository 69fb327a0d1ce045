use super::{Unregistered, issuers, unregistered_audience};
use crate::catalog;
use crate::finding::{Category, Severity, What};
use crate::policy::federation::Issuer;
use crate::policy::{PolicyKind, Statement};
use crate::rules::kit::rule::{Context, OF_ROLES, Rule, listed};

rule! {
    OidcAudienceUnregistered, "oidc-audience-unregistered",
    summary: "a trust policy that asks for an audience its identity provider does not accept",
    category: Category::Correctness,
    severity: Severity::Medium,
    tags: &["trust", "federation"],
}

impl Rule for OidcAudienceUnregistered {
    fn kinds(&self) -> &'static [PolicyKind] {
        OF_ROLES
    }

    fn statement(&self, statement: &Statement, context: &mut Context) {
        for (principal, issuer) in issuers(statement, context) {
            let Some(Unregistered { asked, registered, list }) = unregistered_audience(statement, principal, &issuer, context) else {
                continue;
            };
            let are = if registered.len() == 1 { "is" } else { "are" };
            let finding = context
                .at(&asked.place, "is not an audience of the identity provider")
                .fact(&*asked.text)
                .says("nobody", What::Assume)
                .because(format!("its identity provider does not accept tokens for `{}`", asked.text))
                .label(list, format!("only {} {are} registered", listed(&registered, 3)))
                .help(help(statement, &issuer, &registered));
            context.report(finding);
        }
    }
}

/// To let the audience in opens the role where no condition says whose token it must be.
fn help(statement: &Statement, issuer: &Issuer, registered: &[String]) -> String {
    let facts = issuer.exact().and_then(catalog::issuer);
    let audience = listed(registered, 3).replace(" and ", " or ");
    let known = facts.filter(|_| !statement.narrowed_by_claim(issuer, &["sub"]).possibly());
    match known.and(issuer.exact()) {
        Some(name) => format!("test `{name}:aud` for {audience}, and `{name}:sub` for the intended subjects, or anyone with a token can"),
        None => format!("test {audience}, which is registered, or add the audience to `client_id_list`"),
    }
}
