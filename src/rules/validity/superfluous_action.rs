use super::dead_actions::{By, Fault, unique};
use super::unknown_action::{dead_actions, label};
use super::unknown_service;
use crate::finding::{Category, Confidence, Severity, What};
use crate::policy::{Item, Statement};
use crate::rules::kit::rule::{Context, Rule, listed};

rule! {
    SuperfluousAction, "superfluous-action",
    summary: "an action that does not exist, where what it stands for is allowed anyway",
    category: Category::Correctness,
    severity: Severity::Low,
    confidence: Confidence::Medium,
    tags: &["validity"],
}

/// A dead name, what it stands for, and what allows that.
struct Superfluous<'s> {
    item: &'s Item,
    label: String,
    is_operation: bool,
    needs: Vec<String>,
    by: By<'s>,
}

impl Rule for SuperfluousAction {
    fn statement(&self, statement: &Statement, context: &mut Context) {
        let dead = dead_actions(statement, context);
        let of_actions = dead.iter().filter_map(|dead| {
            let by = dead.allowed_by(statement, context)?;
            let is_operation = dead.fault == Fault::Operation;
            Some(Superfluous { item: dead.item, label: label(dead), is_operation, needs: dead.needs().to_vec(), by })
        });
        let of_services = unknown_service::superfluous(statement, context).into_iter().map(|(item, need, by)| Superfluous {
            item,
            label: format!("did you mean `{need}`?"),
            is_operation: false,
            needs: vec![need],
            by,
        });
        let mut found: Vec<Superfluous> = of_actions.chain(of_services).collect();
        found.sort_by_key(|one| statement.actions.iter().flat_map(|list| &list.items).position(|item| std::ptr::eq(item, one.item)));
        report(&found, context);
    }
}

fn report(found: &[Superfluous], context: &mut Context) {
    let Some((first, rest)) = found.split_first() else { return };
    let names: Vec<String> = found.iter().map(|one| one.item.text.to_string()).collect();
    let (names, effect, stands) = match rest.is_empty() {
        true => (listed(&names, 3), "grants nothing", "and what it stands for is allowed anyway"),
        false => (listed(&names, 3), "grant nothing", "and what they stand for is allowed anyway"),
    };
    let finding = context.at(&first.item.place, &*first.label).says(&*names, What::Is(effect.to_owned())).aside(stands).help(help(found));
    let finding = rest.iter().fold(finding, |finding, one| finding.further(one.item.place.span, &*one.label));
    context.report(finding.fact(names).confidence(Confidence::Medium));
}

fn help(found: &[Superfluous]) -> String {
    let one = found.len() == 1;
    let it = if one { "it" } else { "them" };
    let stands_for = match (found.iter().all(|one| one.is_operation), one) {
        (true, true) => "its permission",
        (true, false) => "their permission",
        (false, true) => "what is meant",
        (false, false) => "what they stand for",
    };
    let needs = unique(found.iter().flat_map(|one| one.needs.iter().map(String::as_str)));
    let stands_for = if needs.len() > 1 { stands_for.replace("permission", "permissions") } else { stands_for.to_owned() };
    let mut beside: Vec<&str> = Vec::new();
    for one in found {
        match &one.by {
            By::Elsewhere => return format!("remove {it}: another statement allows {}", listed(&needs, 3)),
            By::Beside(items) => beside.extend(items.iter().map(|item| &*item.text)),
        }
    }
    let beside = unique(beside.into_iter());
    let by = listed(&beside, 3);
    match (beside.as_slice(), needs.as_slice()) {
        ([element], [need]) if element.eq_ignore_ascii_case(need) => format!("remove {it}: {by} in the same statement is {stands_for}"),
        (elements, needs) if elements.len() > 1 && same(elements, needs) => {
            format!("remove {it}: {by} in the same statement are {stands_for}")
        }
        ([_], [need]) => format!("remove {it}: {by} in the same statement allows {stands_for}, `{need}`"),
        ([_], _) => format!("remove {it}: {by} in the same statement allows all that could be meant"),
        _ => format!("remove {it}: {by} in the same statement allow {stands_for}"),
    }
}

fn same(elements: &[String], needs: &[String]) -> bool {
    elements.len() == needs.len() && elements.iter().all(|element| needs.iter().any(|need| element.eq_ignore_ascii_case(need)))
}
