use super::administrators::{Whom, judge_identity, judge_statement};
use crate::estate::Identity;
use crate::finding::{Category, Severity};
use crate::policy::{PolicyKind, Statement};
use crate::rules::kit::rule::{Context, OF_IDENTITIES, OneA, Rule};

rule! {
    AdminAccess, "admin-access",
    summary: "an identity that can do everything, and that not only people get into",
    category: Category::Security,
    severity: Severity::High,
    supersedes: &["scoped-resource", "resource-wildcard", "not-action-allow", "not-resource-allow"],
    one_a: OneA::Holder,
    tags: &["permissions"],
}

impl Rule for AdminAccess {
    fn kinds(&self) -> &'static [PolicyKind] {
        OF_IDENTITIES
    }

    fn statement(&self, statement: &Statement, context: &mut Context) {
        judge_statement(statement, Whom::Anybody, context);
    }

    fn identity(&self, identity: &Identity, context: &mut Context) {
        judge_identity(identity, Whom::Anybody, context);
    }
}
