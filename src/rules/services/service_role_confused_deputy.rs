use super::service_confused_deputy::{help, senders, unpinned_actions, weak_tests};
use crate::config::Persona;
use crate::finding::{Category, Severity, What};
use crate::policy::{PolicyKind, Statement};
use crate::rules::kit::rule::{Context, OF_ROLES, Rule};
use crate::rules::kit::shared::{assumes_role, never_applies};

rule! {
    ServiceRoleConfusedDeputy, "service-role-confused-deputy",
    summary: "a service that can use a role for any of its resources",
    category: Category::Security,
    severity: Severity::Low,
    persona: Persona::Pedantic,
    tags: &["trust", "service", "confused-deputy"],
}

impl Rule for ServiceRoleConfusedDeputy {
    fn kinds(&self) -> &'static [PolicyKind] {
        OF_ROLES
    }

    fn statement(&self, statement: &Statement, context: &mut Context) {
        if !statement.allows() || never_applies(statement) || !assumes_role(statement).certainly() {
            return;
        }
        for (principal, sender, source) in senders(statement, "trust") {
            // What it asks of the session says for whom it works as well: Firehose and VM Import send an external ID.
            let external = statement.conditions_on("sts:ExternalId").next().is_some();
            if external || unpinned_actions(statement, context, principal, &["sts:AssumeRole"]).is_empty() {
                continue;
            }
            let finding = context
                .at(&principal.item.place, format!("admits {} for any source", sender.name))
                .fact(&sender.name)
                .says(&sender.name, What::Assume)
                .by("for any of its resources")
                .help(help(statement, source, context));
            let finding = weak_tests(finding, statement);
            context.report(finding);
        }
    }
}
