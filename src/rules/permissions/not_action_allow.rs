use super::administrators::is_for_people;
use super::exceptions::grave_left;
use crate::catalog::Action;
use crate::finding::{Category, Severity, What};
use crate::policy::{Item, Items, PolicyKind, Statement};
use crate::rules::kit::allowed::LeftOnAll;
use crate::rules::kit::rule::{Context, OF_IDENTITIES, OneA, Rule, listed};
use crate::rules::kit::shared::scoped_by_condition;

rule! {
    NotActionAllow, "not-action-allow",
    summary: "an Allow of everything but some actions, which leaves dangerous ones in",
    category: Category::Security,
    severity: Severity::Medium,
    supersedes: &["dns-zone-unrestricted", "not-resource-allow"],
    one_a: OneA::Holder,
    tags: &["permissions"],
}

impl Rule for NotActionAllow {
    fn kinds(&self) -> &'static [PolicyKind] {
        OF_IDENTITIES
    }

    fn statement(&self, statement: &Statement, context: &mut Context) {
        let Some(actions) = statement.actions.as_ref().filter(|actions| actions.negated) else { return };
        if !statement.allows() || scoped_by_condition(statement).possibly() || is_for_people(context) {
            return;
        }
        let access = context.access();
        let grave = grave_left(statement, &mut LeftOnAll::new(&access, statement));
        if grave.is_empty() {
            return;
        }
        let names = listed(&grave.iter().map(Action::to_string).collect::<Vec<_>>(), grave.len());
        let but = texts(actions);
        let left = if access.is_free() { "" } else { ", as far as nothing denies it" };
        let can = format!("use every action but {but}{}{left}, including {names}", on(statement));
        let finding = context
            .at(&actions.key, "allows all that it does not name")
            .facts([&*names, &*but])
            .says(context.subject_name(), What::Can(can))
            .help(HELP);
        context.report_left(finding, &access);
    }
}

const HELP: &str = "list the actions that it needs in `Action`; what it must never do can be denied in a statement of its own";

/// What a list names.
fn texts(items: &Items) -> String {
    listed(&items.items.iter().map(|item| item.text.to_string()).collect::<Vec<_>>(), 3)
}

/// On what, where that is not everything.
fn on(statement: &Statement) -> String {
    match &statement.resources {
        Some(resources) if resources.negated => format!(" on everything but {}", texts(resources)),
        Some(resources) if !resources.items.iter().any(Item::is_every_resource) => format!(" on {}", texts(resources)),
        _ => String::new(),
    }
}
