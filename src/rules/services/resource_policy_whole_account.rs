use super::whole_accounts::{WholeAccount, whole_accounts};
use crate::estate::Relation;
use crate::finding::{Category, Severity, What};
use crate::policy::pattern::{Case, Mode, Pattern};
use crate::policy::{Item, PolicyKind, Statement};
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
            let Some((every, whose)) = every_action(statement, service).zip(whose(&account, context)) else { continue };
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
                .label(every.place.span, "is every action")
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

/// The action that is all of a service's.
fn every_action<'s>(statement: &'s Statement, service: &str) -> Option<&'s Item> {
    let all = Pattern::parse(&format!("{service}:*"), Mode::WILDCARDS);
    let actions = statement.actions.as_ref().filter(|actions| !actions.negated)?;
    actions.items.iter().find(|item| item.pattern.includes(&all, Case::Insensitive).certainly())
}
