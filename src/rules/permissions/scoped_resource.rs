use super::breadth::judge;
use super::limitable::Weight;
use crate::finding::{Category, Severity};
use crate::policy::{PolicyKind, Statement};
use crate::rules::kit::rule::{Context, OF_IDENTITIES, OneA, Rule};

rule! {
    ScopedResource, "scoped-resource",
    summary: "a permission to read data, change code or delete on every resource of a type whose resources can be named",
    category: Category::Security,
    severity: Severity::Medium,
    supersedes: &["service-wildcard", "resource-wildcard"],
    one_a: OneA::Holder,
    tags: &["permissions"],
}

impl Rule for ScopedResource {
    fn kinds(&self) -> &'static [PolicyKind] {
        OF_IDENTITIES
    }

    fn statement(&self, statement: &Statement, context: &mut Context) {
        judge(statement, Weight::Harm, context);
    }
}
