use super::asking;
use crate::access::doors::aws_principals;
use crate::config::Persona;
use crate::eval::value::Secrecy;
use crate::finding::{Category, Severity};
use crate::policy::{PolicyKind, Statement};
use crate::rules::kit::rule::{Context, OF_ROLES, Rule};
use crate::rules::kit::trust::lets_in;

rule! {
    ExternalIdAsSecret, "external-id-as-secret",
    summary: "an external ID that is kept as a secret, which it is not",
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
                Secrecy::RandomPassword => "is made as a password",
                Secrecy::SecretsManager => "is kept in Secrets Manager",
            };
            let finding = context
                .at(place, label)
                .message(format!(
                    "whoever may read {} can read its external ID, which is kept as a secret elsewhere",
                    context.subject_name()
                ))
                .label(condition.key_place.span, "stands here for all to read")
                .help("rely on its being yours alone, not on its being secret: a `random_uuid` or a plain variable does as well");
            context.report_token(finding);
        }
    }
}
