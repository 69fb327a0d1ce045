use super::administrators::{Whom, judge_identity, judge_statement};
use crate::config::Persona;
use crate::estate::Identity;
use crate::finding::{Category, Severity};
use crate::policy::{PolicyKind, Statement};
use crate::rules::kit::rule::{Context, OF_IDENTITIES, OneA, Rule};

rule! {
    AdminOfPeople, "admin-of-people",
    summary: "people who can do everything",
    category: Category::Security,
    severity: Severity::Low,
    persona: Persona::Pedantic,
    one_a: OneA::Holder,
    tags: &["permissions"],
}

impl Rule for AdminOfPeople {
    fn kinds(&self) -> &'static [PolicyKind] {
        OF_IDENTITIES
    }

    fn statement(&self, statement: &Statement, context: &mut Context) {
        judge_statement(statement, Whom::People, context);
    }

    fn identity(&self, identity: &Identity, context: &mut Context) {
        judge_identity(identity, Whom::People, context);
    }
}
