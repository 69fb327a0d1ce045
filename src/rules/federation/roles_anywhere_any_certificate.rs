use super::place_of;
use crate::access::subject::certificate_bearer;
use crate::catalog::About;
use crate::finding::{Category, Severity, What};
use crate::policy::condition::is_key;
use crate::policy::{PolicyKind, PrincipalKind, Statement};
use crate::rules::kit::rule::{Context, OF_ROLES, Rule};
use crate::rules::kit::trust::lets_in;
use crate::truth::Truth;

rule! {
    RolesAnywhereAnyCertificate, "roles-anywhere-any-certificate",
    summary: "a role that any certificate accepted by IAM Roles Anywhere can assume",
    category: Category::Security,
    severity: Severity::Medium,
    supersedes: &["service-role-confused-deputy"],
    tags: &["trust", "federation"],
}

impl Rule for RolesAnywhereAnyCertificate {
    fn kinds(&self) -> &'static [PolicyKind] {
        OF_ROLES
    }

    fn statement(&self, statement: &Statement, context: &mut Context) {
        if !lets_in(statement, "sts:AssumeRole", context) || statement.narrowed_by(pins_certificate) != Truth::No {
            return;
        }
        let access = context.access();
        let bearer = certificate_bearer(SERVICE, pins_certificate, &access);
        if access.hides_statements() || !access.lets_through(statement, &[bearer], "sts:AssumeRole") {
            return;
        }
        let admitted = statement.admitted();
        let named = |principal: &&crate::policy::Principal| {
            principal.kind == PrincipalKind::Service && principal.item.pattern.as_exact() == Some(SERVICE)
        };
        for principal in admitted.filter(named) {
            let finding = context
                .at(place_of(principal, statement, context), "is admitted here for every certificate")
                .says("anyone with a certificate from any trust anchor of the account", What::Assume)
                .help("test `aws:SourceArn` with ArnEquals against the trust anchor, and a field of the certificate that says whose it is, such as `aws:PrincipalTag/x509Subject/CN`");
            context.report(finding);
        }
    }
}

const SERVICE: &str = "rolesanywhere.amazonaws.com";

/// Whether a key pins the trust anchor, or the certificate, whose subject becomes tags and the source identity (IAM Roles Anywhere User Guide,
/// "Trust model").
fn pins_certificate(key: &str) -> bool {
    About::Source.is_of(key) || is_key(key, &["aws:PrincipalTag/", "sts:SourceIdentity"])
}
