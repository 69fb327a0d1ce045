use super::misnamed::no_keys;
use super::place_of;
use crate::access::UNNAMED;
use crate::access::subject::token_bearer;
use crate::finding::{Category, Severity, What};
use crate::policy::condition::is_key;
use crate::policy::federation::IdentityProvider;
use crate::policy::{PolicyKind, Principal, Statement};
use crate::rules::kit::rule::{Context, OF_ROLES, Rule};
use crate::rules::kit::trust::lets_in;

rule! {
    SamlAudienceMissing, "saml-audience-missing",
    summary: "a trust policy that accepts SAML assertions issued for any service",
    category: Category::Security,
    severity: Severity::Medium,
    tags: &["trust", "federation"],
}

impl Rule for SamlAudienceMissing {
    fn kinds(&self) -> &'static [PolicyKind] {
        OF_ROLES
    }

    fn statement(&self, statement: &Statement, context: &mut Context) {
        // `persistent` or `transient` says how a subject is named, and not for which service.
        let is_saml =
            |key: &str| key.get(..SAML.len()).is_some_and(|start| start.eq_ignore_ascii_case(SAML)) && !is_key(key, &["saml:sub_type"]);
        if !lets_in(statement, "sts:AssumeRoleWithSAML", context)
            || statement.narrowed_by(is_saml).possibly()
            || !no_keys(statement, context).is_empty()
        {
            return;
        }
        // Nobody has named anything of the assertion that comes.
        let access = context.access();
        let bearer = |principal| {
            access.keys().filter(|key| is_saml(key)).fold(token_bearer(principal, &access), |bearer, key| bearer.with(key, UNNAMED))
        };
        let comes_in =
            |principal| !access.hides_statements() && access.lets_through(statement, &[bearer(principal)], "sts:AssumeRoleWithSAML");
        let providers = statement.identity_providers().filter(|(_, provider)| *provider == IdentityProvider::Saml);
        let admitted: Vec<&Principal> = providers.map(|(principal, _)| principal).filter(|principal| comes_in(principal)).collect();
        for principal in admitted {
            let finding = context
                .at(place_of(principal, statement, context), "is admitted here whatever its assertions are for")
                .says("anyone with an assertion issued for a service other than the AWS sign-in", What::Assume)
                .help("test `SAML:aud` with StringEquals against your sign-in endpoints, such as `https://signin.aws.amazon.com/saml`");
            context.report(finding);
        }
    }
}

const SAML: &str = "saml:";
