use super::whole_accounts::{WholeAccount, whole_accounts};
use crate::catalog::{self, AccessLevel, Action};
use crate::estate::Relation;
use crate::finding::{Category, Severity, What};
use crate::policy::pattern::{Case, Mode, Pattern};
use crate::policy::{Place, PolicyKind, Statement};
use crate::rules::kit::rule::{Context, OF_RESOURCES, Rule};
use crate::rules::trust::whose;

rule! {
    ResourcePolicyWholeAccount, "resource-policy-whole-account",
    summary: "a resource that a whole other account can use in every way",
    category: Category::Security,
    severity: Severity::Medium,
    tags: &["resource-policy"],
}

impl Rule for ResourcePolicyWholeAccount {
    fn kinds(&self) -> &'static [PolicyKind] {
        OF_RESOURCES
    }

    fn statement(&self, statement: &Statement, context: &mut Context) {
        // A number may well be that of the resource's own account, where source does not give that.
        if context.account().number().is_none() {
            return;
        }
        for one in whole_accounts(statement, context) {
            let WholeAccount { principal, account, relation, service, facts, words } = one;
            let Some(((every, label), whose)) = every_action(statement, service).zip(whose(&account, context)) else { continue };
            if matches!(relation, Relation::Ours { trusted: true, .. }) {
                continue;
            }
            let number = account.number().unwrap_or("ACCOUNT");
            let example = statement_example(&facts);
            let finding = context
                .at(&principal.item.place, "is the whole account")
                .fact(&whose)
                .facts(facts)
                .says(format!("every identity in {whose} that is allowed `{service}` actions"), What::Can(words))
                .label(every.span, label)
                .help(format!(
                    "give the account a statement of its own with the actions that it needs{example}, or name the role that needs them all, \
                     `arn:aws:iam::{number}:role/NAME`"
                ));
            context.report_token(finding);
        }
    }
}

fn statement_example(actions: &[&str]) -> String {
    actions.first().map_or_else(String::new, |action| format!(", such as `{action}`"))
}

/// What makes it every action of a service: one that is all of them, or a `NotAction` that leaves in what changes the resource's policy.
fn every_action<'s>(statement: &'s Statement, service: &str) -> Option<(&'s Place, &'static str)> {
    let actions = statement.actions.as_ref()?;
    if actions.negated {
        let changes = |action: &Action| action.effective_level() == AccessLevel::Permissions;
        let mut all = catalog::service(service)?.actions().filter(changes);
        let is_left = all.any(|action| statement.covers_action(&action.to_string()).certainly());
        return is_left.then_some((&actions.key, "is every action but a few"));
    }
    let all = Pattern::parse(&format!("{service}:*"), Mode::WILDCARDS);
    let item = actions.items.iter().find(|item| item.pattern.includes(&all, Case::Insensitive).certainly())?;
    Some((&item.place, "is every action"))
}
