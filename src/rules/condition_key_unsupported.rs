use super::requests::actions_of;
use super::rule::{About, Context, Rule, listed};
use crate::catalog::{self, AccessLevel, ConditionKey};
use crate::config::Persona;
use crate::finding::{Category, Confidence, Severity};
use crate::policy::condition::Base;
use crate::policy::rewrite::{self, Draft};
use crate::policy::{Condition, Document, Item, Statement};
use crate::truth::Truth;

pub struct ConditionKeyUnsupported;

static ABOUT: About = About {
    id: "condition-key-unsupported",
    summary: "a condition on a key that the statement's actions do not carry",
    category: Category::Security,
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    persona: Persona::Default,
    since: "0.1.0",
    supersedes: &[],
    tags: &["conditions"],
    options: &[],
    page: include_str!("../../rules/condition-key-unsupported.md"),
};

impl Rule for ConditionKeyUnsupported {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn statement(&self, statement: &Statement, context: &mut Context) {
        let Some(document) = context.document() else { return };
        let Some(actions) = statement.actions.as_ref().filter(|actions| !actions.negated) else { return };
        if statement.effect.is_none() {
            return;
        }
        let mut keys: Vec<&str> = Vec::new();
        for condition in &statement.conditions {
            let key = &*condition.key;
            if condition.operator.base == Base::Null || keys.iter().any(|seen| seen.eq_ignore_ascii_case(key)) {
                continue;
            }
            keys.push(key);
            let Some(known) = catalog::condition_key(key) else { continue };
            let without: Vec<&Item> = actions.items.iter().filter(|item| lacks(item, &known)).collect();
            let passes = match statement.passes_without(key) {
                Truth::Yes => true,
                Truth::No => false,
                Truth::Unknown => continue,
            };
            if without.is_empty() || is_harmless(statement, document, &known, &without, passes) {
                continue;
            }
            report(condition, &without, actions.items.len(), statement, passes, context);
        }
    }
}

/// Whether no request for the action, or for any that the pattern stands for, carries the key.
fn lacks(item: &Item, key: &ConditionKey) -> bool {
    let lacks = |action: &catalog::Action| catalog::carries(*action, key) == Truth::No;
    actions_of(item).is_some_and(|actions| actions.iter().all(lacks))
}

/// Whether what follows is nothing that anybody would miss.
fn is_harmless(statement: &Statement, document: &Document, key: &ConditionKey, without: &[&Item], passes: bool) -> bool {
    let tags = is_tag(key);
    match (statement.allows(), passes) {
        // Actions that only read send no tags, and those without a resource have none of it: a loose test is written for that.
        (_, true) if tags => true,
        // AWS documents IfExists for statements in which some actions lack the key; what only reads does no harm by it.
        (true, true) => {
            statement.conditions_on(key.name()).all(|condition| condition.operator.if_exists) && without.iter().all(|item| only_reads(item))
        }
        (false, true) => false,
        // Allowed elsewhere without the condition, so nobody misses it here.
        (true, false) => without.iter().all(|item| allowed_elsewhere(item, statement, document)),
        (false, false) => tags,
    }
}

fn only_reads(item: &Item) -> bool {
    let reads = |action: &catalog::Action| matches!(action.level(), AccessLevel::List | AccessLevel::Read);
    actions_of(item).is_some_and(|actions| actions.iter().all(reads))
}

fn is_tag(key: &ConditionKey) -> bool {
    let name = key.name().to_ascii_lowercase();
    name.split_once(':').is_some_and(|(_, rest)| ["resourcetag/", "requesttag/", "tagkeys"].iter().any(|start| rest.starts_with(start)))
}

/// Whether another statement may allow the action as well.
fn allowed_elsewhere(item: &Item, statement: &Statement, document: &Document) -> bool {
    let others = document.statements.iter().filter(|other| other.index != statement.index && other.allows());
    document.gap.is_some() || others.into_iter().any(|other| other.covers_action(&item.text).possibly())
}

fn report(condition: &Condition, without: &[&Item], all: usize, statement: &Statement, passes: bool, context: &mut Context) {
    let key = &condition.key;
    let one = without.len() == 1;
    let names: Vec<String> = without.iter().map(|item| item.text.to_string()).collect();
    let names = listed(&names, 3);
    let is = if one { "is" } else { "are" };
    let consequence = match (statement.allows(), passes) {
        (true, true) => format!("{is} allowed whatever the condition on `{key}` says"),
        (true, false) => format!("{is} never allowed by this statement"),
        (false, true) => format!("{is} denied whatever the condition on `{key}` says"),
        (false, false) => format!("{is} not denied by this statement"),
    };
    let carries = if one { "it does not carry" } else { "they do not carry" };
    let help = match (without.len() == all, statement.allows()) {
        (false, true) => split(condition, without, statement, &names, context),
        (true, true) => format!("test a key that {names} {}, or remove the condition", if one { "carries" } else { "carry" }),
        (_, false) => format!(
            "deny {names} by a key that {}, or leave {} out",
            if one { "it carries" } else { "they carry" },
            if one { "it" } else { "them" }
        ),
    };
    let mut finding = context
        .at(&condition.key_place, format!("is in no request for {names}"))
        .message(format!("{names} {consequence}: {carries} `{key}`"))
        .help(help);
    for item in without.iter().take(3) {
        finding = finding.label(item.place.span, "does not carry the key");
    }
    context.report(finding);
}

/// What to write: the statement without these actions, and a second one for them without the conditions on the keys that they lack.
fn split(condition: &Condition, without: &[&Item], statement: &Statement, names: &str, context: &Context) -> String {
    let own = if without.len() == 1 { "its" } else { "their" };
    let words = format!("if {names} may be allowed without this condition, write a statement of {own} own");
    let lacking = |item: &Item| without.iter().any(|other| other.place.span == item.place.span && other.text == item.text);
    let lacked = |key: &str| {
        key.eq_ignore_ascii_case(&condition.key)
            || catalog::condition_key(key).is_some_and(|known| without.iter().any(|item| lacks(item, &known)))
            || super::unknown_condition_key::is_unknown(key)
    };
    let limited = Draft::of(statement).keep_actions(|item| !lacking(item));
    let others = Draft::of(statement).named("Unconditional").keep_actions(lacking).keep_conditions(|test| !lacked(&test.key));
    rewrite::help(&words, &[limited, others], context.sources)
}
