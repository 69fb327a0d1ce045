use super::external_id_required::required_for_own_accounts;
use super::{admitted, excused, without_id};
use crate::config::Persona;
use crate::estate::Relation;
use crate::finding::{Category, Confidence, Severity, What};
use crate::policy::{PolicyKind, Statement, arn_fault};
use crate::rules::kit::rule::{Context, OF_ROLES, Rule};
use crate::rules::kit::trust::lets_in;

rule! {
    ExternalIdRecommended, "external-id-recommended",
    summary: "another account can assume a role without an external ID",
    category: Category::Security,
    severity: Severity::Low,
    confidence: Confidence::Medium,
    persona: Persona::Pedantic,
    tags: &["trust", "external-id"],
}

impl Rule for ExternalIdRecommended {
    fn kinds(&self) -> &'static [PolicyKind] {
        OF_ROLES
    }

    fn statement(&self, statement: &Statement, context: &mut Context) {
        if !lets_in(statement, "sts:AssumeRole", context) || excused(statement).possibly() {
            return;
        }
        for (principal, account, relation) in admitted(statement, context) {
            let number = account.number().unwrap_or_default();
            // AWS rejects the policy for it, which other rules say: who is to be let in is not known yet.
            if principal.item.pattern.has_wildcard() && !principal.is_everybody() || arn_fault::of_principal(&principal.item).is_some() {
                continue;
            }
            let (whose, who, label, declare) = match &relation {
                // Where accounts are declared, `external-id-required` speaks of strangers.
                Relation::Stranger if context.config.accounts.is_empty() => (
                    number,
                    format!("if account {number} works for others, any of them"),
                    "is not known to be yours".to_owned(),
                    "; or declare it as an `account` or a `vendor` in .rolelint.hcl",
                ),
                Relation::Ours { name, trusted: false, .. } if !required_for_own_accounts(context.config) => (
                    &**name,
                    format!("if your account `{name}` works for several teams, any of them"),
                    format!("admits your account `{name}`"),
                    "; or set `trusted = true` in its block in .rolelint.hcl if it works for you alone",
                ),
                _ => continue,
            };
            let finding = without_id(statement, principal, label, context)
                .fact(whose)
                .says(who, What::AssumeThrough("it".to_owned()))
                .help(format!("ask for an external ID with StringEquals on sts:ExternalId{declare}"));
            context.report(finding);
        }
    }
}
