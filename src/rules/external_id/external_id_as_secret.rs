use super::asking;
use crate::access::doors::aws_principals;
use crate::config::Persona;
use crate::eval::value::Secrecy;
use crate::finding::{Category, Severity, What};
use crate::policy::{PolicyKind, Statement};
use crate::rules::kit::rule::{Context, OF_ROLES, Rule};
use crate::rules::kit::trust::lets_in;

rule! {
    ExternalIdAsSecret, "external-id-as-secret",
    summary: "an external ID that is kept as a secret although it is readable in the trust policy",
    category: Category::Security,
    severity: Severity::Info,
    persona: Persona::Pedantic,
    tags: &["trust", "external-id"],
}

impl Rule for ExternalIdAsSecret {
    fn kinds(&self) -> &'static [PolicyKind] {
        OF_ROLES
    }

    fn statement(&self, statement: &Statement, context: &mut Context) {
        if !lets_in(statement, "sts:AssumeRole", context) || aws_principals(statement).next().is_none() {
            return;
        }
        for condition in asking(statement) {
            let Some((secrecy, place)) = &condition.secret else { continue };
            let label = match secrecy {
                Secrecy::Sensitive => "is marked as sensitive",
                Secrecy::RandomPassword => "is generated as a password",
                Secrecy::SecretsManager => "is kept in Secrets Manager",
            };
            let finding = context
                .at(place, label)
                .says(
                    format!("anyone allowed to read {}", context.subject_name()),
                    What::Can("read its external ID, which is kept as a secret elsewhere".to_owned()),
                )
                .label(condition.key_place.span, "is readable here")
                .help("an external ID must be unique, not secret: a `random_uuid` or a plain variable is enough");
            context.report_token(finding);
        }
    }
}
