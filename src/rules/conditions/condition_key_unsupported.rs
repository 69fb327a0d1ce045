use super::each_resource;
use super::requests::actions_of;
use super::unknown_condition_key;
use crate::access::Scope;
use crate::catalog::{self, AccessLevel, ConditionKey};
use crate::finding::{Category, Confidence, Help, Severity, What};
use crate::policy::condition::Base;
use crate::policy::rewrite::{self, Draft};
use crate::policy::{Condition, Document, Item, Statement};
use crate::rules::kit::keys::is_unknown;
use crate::rules::kit::rule::{Context, Rule, listed};
use crate::truth::Truth;

rule! {
    ConditionKeyUnsupported, "condition-key-unsupported",
    summary: "a condition on a key that the statement's actions do not support",
    category: Category::Security,
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    tags: &["conditions"],
}

impl Rule for ConditionKeyUnsupported {
    fn statement(&self, statement: &Statement, context: &mut Context) {
        let Some(document) = context.document() else { return };
        let Some(actions) = statement.actions.as_ref().filter(|actions| !actions.negated) else { return };
        if statement.effect.is_none() {
            return;
        }
        let mut seen: Vec<&str> = Vec::new();
        let mut lacks: Vec<Lack> = Vec::new();
        for condition in &statement.conditions {
            let key = &*condition.key;
            // Of a condition without values `empty-list` speaks.
            let is_empty = condition.values.is_empty() && condition.gap.is_none();
            if is_empty || condition.operator.base == Base::Null || seen.iter().any(|other| other.eq_ignore_ascii_case(key)) {
                continue;
            }
            seen.push(key);
            let Some(known) = catalog::condition_key(key) else { continue };
            let without: Vec<usize> = (0..).zip(&actions.items).filter(|(_, item)| is_without(item, &known)).map(|(at, _)| at).collect();
            let passes = match statement.passes_without(key) {
                Truth::Yes => true,
                Truth::No => false,
                Truth::Unknown => continue,
            };
            let items: Vec<&Item> = without.iter().filter_map(|at| actions.items.get(*at)).collect();
            let lack = Lacking { key: &known, items: &items, all: items.len() == actions.items.len(), passes };
            if items.is_empty() || is_harmless(statement, document, &lack, context) {
                continue;
            }
            match lacks.iter_mut().find(|lack| lack.without == without && lack.passes == passes) {
                Some(lack) => lack.conditions.push(condition),
                None => lacks.push(Lack { conditions: vec![condition], without, passes }),
            }
        }
        for lack in lacks {
            let items: Vec<&Item> = lack.without.iter().filter_map(|at| actions.items.get(*at)).collect();
            report(&lack, &items, actions.items.len(), statement, context);
        }
        each_resource::judge(statement, context);
    }
}

/// Actions of a statement that lack the keys of some of its conditions, all with the same consequence.
struct Lack<'s> {
    conditions: Vec<&'s Condition>,
    /// Positions of the actions.
    without: Vec<usize>,
    /// Whether the conditions hold without the keys.
    passes: bool,
}

/// Whether no request for the action, or for any that the pattern stands for, carries the key.
fn is_without(item: &Item, key: &ConditionKey) -> bool {
    let known = !item.pattern.has_hole() && !item.pattern.has_variable();
    // One action that carries it is enough: `*` is twenty thousand.
    let mut actions = known.then(|| catalog::expand(&item.text)).into_iter().flatten().peekable();
    actions.peek().is_some() && actions.all(|action| catalog::carries(action, key) == Truth::No)
}

/// Actions that lack one key.
struct Lacking<'s> {
    key: &'s ConditionKey,
    items: &'s [&'s Item],
    /// Whether the statement has no others.
    all: bool,
    /// Whether the conditions on the key hold without it.
    passes: bool,
}

/// Whether what follows is nothing that anybody would miss.
fn is_harmless(statement: &Statement, document: &Document, lacking: &Lacking, scope: &Scope) -> bool {
    let tags = is_tag(lacking.key);
    match (statement.allows(), lacking.passes) {
        // Actions that only read send no tags, and those without a resource have none of it: a loose test is written for that.
        (_, true) if tags => true,
        // AWS documents IfExists for statements in which some actions lack the key; what only reads does no harm by it.
        (true, true) => {
            statement.conditions_on(lacking.key.name()).all(|condition| condition.operator.if_exists)
                && (!lacking.all || lacking.items.iter().all(|item| only_reads(item)))
        }
        (false, true) => false,
        // Allowed elsewhere without the condition, so nobody misses it here.
        (true, false) => lacking.items.iter().all(|item| allowed_elsewhere(item, statement, document, scope)),
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

/// Whether another statement may allow the action as well: of this policy, or of another that all who hold this one hold.
fn allowed_elsewhere(item: &Item, statement: &Statement, document: &Document, scope: &Scope) -> bool {
    document.gap.is_some() || scope.is_allowed_beside(statement, |other| other.covers_action(&item.text).possibly())
}

fn report(lack: &Lack, without: &[&Item], all: usize, statement: &Statement, context: &mut Context) {
    let Some((first, more)) = lack.conditions.split_first() else { return };
    let one = without.len() == 1;
    let names: Vec<String> = without.iter().map(|item| item.text.to_string()).collect();
    let names = listed(&names, 3);
    let keys: Vec<String> = lack.conditions.iter().map(|condition| condition.key.to_string()).collect();
    let keys = listed(&keys, 3);
    let (it, says) = (if one { "it" } else { "them" }, if more.is_empty() { "condition" } else { "conditions" });
    let (kind, consequence) = match (statement.allows(), lack.passes) {
        (true, true) => ("always-allowed", format!("the statement allows {it} regardless of the {says}")),
        (true, false) => ("never-allowed", format!("the statement never allows {it}")),
        (false, true) => ("always-denied", format!("the statement denies {it} regardless of the {says}")),
        (false, false) => ("never-denied", format!("the statement does not deny {it}")),
    };
    let supports = if one { "supports" } else { "support" };
    let help = match (without.len() == all, statement.allows()) {
        (false, true) => split(&lack.conditions, without, statement, &names, context),
        (true, true) => format!("test a key that {names} {supports}, or remove the condition").into(),
        (_, false) if one => format!("deny {names} with a key that it supports, or remove it").into(),
        (_, false) => format!("deny {names} with a key that they support, or remove them").into(),
    };
    let mut finding = context
        .at(&first.key_place, format!("is not in requests for {names}"))
        .says(&names, What::Is(format!("{} {keys}", if one { "does not support" } else { "do not support" })))
        .aside(format!("so {consequence}"))
        .kind(kind)
        .facts([names, keys])
        .help(help);
    for condition in more {
        finding = finding.label(condition.key_place.span, "and so is this one");
    }
    for item in without.iter().take(3) {
        finding = finding.label(item.place.span, if more.is_empty() { "does not support the key" } else { "does not support the keys" });
    }
    context.report(finding);
}

/// The draft with the keys that are meant in the place of those that do not exist: what is shown is to be right.
fn with_known_keys<'s>(draft: Draft<'s>, statement: &Statement) -> Draft<'s> {
    let unknown = |condition: &Condition| is_unknown(&condition.key);
    if !statement.conditions.iter().any(unknown) {
        return draft;
    }
    draft.conditions_as(|condition| {
        let meant = unknown(condition).then(|| unknown_condition_key::meant(&condition.key, statement)).flatten();
        Some((condition.operator.to_string(), meant.unwrap_or_else(|| condition.key.to_string())))
    })
}

/// What to write: the statement without these actions, and a second one for them without the conditions on the keys that they lack.
fn split(conditions: &[&Condition], without: &[&Item], statement: &Statement, names: &str, scope: &Scope) -> Help {
    let own = if without.len() == 1 { "its" } else { "their" };
    let this = if conditions.len() == 1 { "this condition" } else { "these conditions" };
    let words = format!("to allow {names} without {this}, write {own} own statement");
    let lacking = |item: &Item| without.iter().any(|other| other.place.span == item.place.span && other.text == item.text);
    let lacked = |key: &str| {
        conditions.iter().any(|condition| key.eq_ignore_ascii_case(&condition.key))
            || catalog::condition_key(key).is_some_and(|known| without.iter().any(|item| is_without(item, &known)))
            || is_unknown(key)
    };
    let limited = with_known_keys(Draft::of(statement).keep_actions(|item| !lacking(item)), statement);
    let others = Draft::of(statement).named("Other", scope.document()).keep_actions(lacking).keep_conditions(|test| !lacked(&test.key));
    rewrite::help(&words, &[limited, others], scope.sources)
}
