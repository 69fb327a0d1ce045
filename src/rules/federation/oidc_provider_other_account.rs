use super::place_of;
use crate::estate::AccountRef;
use crate::finding::{Category, Severity, What};
use crate::policy::arn::Arn;
use crate::policy::federation::IdentityProvider;
use crate::policy::{PolicyKind, Statement};
use crate::rules::kit::rule::{Context, OF_ROLES, Rule};
use crate::rules::kit::trust::lets_in;

rule! {
    OidcProviderOtherAccount, "oidc-provider-other-account",
    summary: "a trust policy that names an identity provider in another account",
    category: Category::Correctness,
    severity: Severity::Medium,
    tags: &["trust", "federation"],
}

impl Rule for OidcProviderOtherAccount {
    fn kinds(&self) -> &'static [PolicyKind] {
        OF_ROLES
    }

    fn statement(&self, statement: &Statement, context: &mut Context) {
        let by_token =
            lets_in(statement, "sts:AssumeRoleWithWebIdentity", context) || lets_in(statement, "sts:AssumeRoleWithSAML", context);
        let account = context.account();
        let Some(own) = account.number().filter(|_| by_token) else { return };
        for (principal, provider) in statement.identity_providers() {
            let of = Arn::split(&principal.item.pattern).map(|arn| AccountRef::of(&arn.account)).unwrap_or_default();
            let Some(other) = of.number().filter(|other| *other != own && provider != IdentityProvider::Unknown) else { continue };
            let finding = context
                .at(place_of(principal, statement, context), format!("is in account {other}"))
                .says("nobody", What::Assume)
                .by("through this provider: a role only accepts identity providers of its own account")
                .help(format!("name the provider of account {own}, which the role is in; create one there if it does not exist"));
            context.report(finding);
        }
    }
}
