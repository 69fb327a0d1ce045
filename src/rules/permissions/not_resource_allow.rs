use super::breadth::help;
use super::exceptions::leaves_a_type;
use super::harm::Harm;
use super::limitable::{Scopable, Weight, scopable_actions};
use crate::finding::{Category, Severity, What};
use crate::policy::{Item, PolicyKind, Statement};
use crate::rules::kit::allowed::LeftOnAll;
use crate::rules::kit::rule::{Context, OF_IDENTITIES, OneA, Rule, listed};
use crate::rules::kit::shared::scoped_by_condition;

rule! {
    NotResourceAllow, "not-resource-allow",
    summary: "an Allow on every resource but some, which leaves all others of their type in",
    category: Category::Security,
    severity: Severity::Medium,
    one_a: OneA::Holder,
    tags: &["permissions"],
}

impl Rule for NotResourceAllow {
    fn kinds(&self) -> &'static [PolicyKind] {
        OF_IDENTITIES
    }

    fn statement(&self, statement: &Statement, context: &mut Context) {
        let Some(resources) = statement.resources.as_ref().filter(|resources| resources.negated) else { return };
        if !statement.allows() || scoped_by_condition(statement).possibly() {
            return;
        }
        let mut actions = scopable_actions(statement, Weight::Harm, context, context.memory);
        actions.sort_by_key(|scopable| (Harm::of(scopable.of.action), std::cmp::Reverse(scopable.of.level)));
        let access = context.access();
        let mut left = LeftOnAll::new(&access, statement);
        let mut is_left = |scopable: &Scopable| leaves_a_type(statement, scopable.of) && left.has(scopable.of.action).possibly();
        let mut found: Vec<&Scopable> = Vec::new();
        for scopable in &actions {
            // Of what one element stands for the worst speaks.
            let is_new = !found.iter().any(|known| std::ptr::eq(known.written, scopable.written));
            if found.len() < MOST_NAMED && is_new && is_left(scopable) {
                found.push(scopable);
            }
        }
        let Some(worst) = found.first() else { return };
        let of = |scopable: &&Scopable| if access.is_free() { scopable.written.text.to_string() } else { scopable.of.action.to_string() };
        let is_everything = access.is_free() && worst.written.pattern.is_any();
        let names = match is_everything {
            true => "every action".to_owned(),
            false => listed(&found.iter().map(of).collect::<Vec<_>>(), MOST_NAMED),
        };
        let but = listed(&resources.items.iter().map(|item| item.text.to_string()).collect::<Vec<_>>(), 2);
        let rank = Harm::of(worst.of.action).rank();
        let wide: Vec<(&Scopable, &Item)> = found.iter().map(|scopable| (*scopable, scopable.written)).collect();
        let finding = context
            .at(&resources.key, "allows all that it does not name")
            .facts([&*names, &*but])
            .says(context.subject_name(), What::Can(format!("use {names} on everything but {but}")))
            .aside("also on what is made later")
            .help(if is_everything { EVERYTHING.to_owned() } else { help(&wide, statement) })
            .rank(rank);
        context.report_left(finding, &access);
    }
}

const MOST_NAMED: usize = 3;

const EVERYTHING: &str = "list the actions that it needs in `Action`, and in `Resource` what they are for";
