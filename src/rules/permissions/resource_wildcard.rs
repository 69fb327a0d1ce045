use super::breadth::judge;
use super::limitable::Weight;
use crate::config::Persona;
use crate::finding::{Category, Severity};
use crate::policy::{PolicyKind, Statement};
use crate::rules::kit::rule::{Context, OF_IDENTITIES, OneA, Rule};

rule! {
    ResourceWildcard, "resource-wildcard",
    summary: "any other permission on every resource of a type whose resources can be named",
    category: Category::Security,
    severity: Severity::Low,
    persona: Persona::Pedantic,
    one_a: OneA::Holder,
    tags: &["permissions"],
}

impl Rule for ResourceWildcard {
    fn kinds(&self) -> &'static [PolicyKind] {
        OF_IDENTITIES
    }

    fn statement(&self, statement: &Statement, context: &mut Context) {
        judge(statement, Weight::Minor, context);
    }
}
