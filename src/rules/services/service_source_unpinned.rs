use super::service_confused_deputy::{Unpinned, help, means_little, unpinned, weak_tests};
use crate::config::Persona;
use crate::finding::{Category, Severity, What};
use crate::policy::{PolicyKind, Statement};
use crate::rules::kit::rule::{Context, OF_RESOURCES, Rule};

rule! {
    ServiceSourceUnpinned, "service-source-unpinned",
    summary: "a service that can use a key, a function or a log group for any source",
    category: Category::Security,
    severity: Severity::Low,
    persona: Persona::Pedantic,
    tags: &["service", "confused-deputy"],
}

impl Rule for ServiceSourceUnpinned {
    fn kinds(&self) -> &'static [PolicyKind] {
        OF_RESOURCES
    }

    fn statement(&self, statement: &Statement, context: &mut Context) {
        for Unpinned { principal, sender, source, facts, words } in unpinned(statement, context, means_little) {
            let for_whom = if source.is_within_account() { "for anything in the account" } else { "for any source" };
            let finding = context
                .at(&principal.item.place, format!("admits {} for any source", sender.name))
                .fact(&sender.name)
                .facts(facts)
                .says(&sender.name, What::Can(words))
                .by(for_whom)
                .help(help(statement, source, context));
            context.report(weak_tests(finding, statement));
        }
    }
}
