//! How far an identity's permissions reach: actions that could be limited to some resources, on every resource of a type.

use std::collections::HashSet;

use super::administrators::is_everything_for_people;
use super::harm::Harm;
use super::limitable::{Scopable, Weight, creation_key, ends_in_made_up_id, makes_new_ones, scopable_actions};
use super::published::Published;
use super::wide::{Wide, widest};
use crate::access::doors::doors;
use crate::access::{Access, Scope};
use crate::catalog::{self, AccessLevel, Action, ResourceSupport, arn_match};
use crate::estate::Identity;
use crate::finding::What;
use crate::policy::pattern::Pattern;
use crate::policy::{Item, Principal, Statement};
use crate::rules::kit::allowed::LeftOnAll;
use crate::rules::kit::rule::{Context, listed};
use crate::rules::kit::shared::scoped_by_condition;

/// Reports what a statement allows on every resource of a type, of the actions of one weight. An element that stands for actions of both is
/// as bad as the worst of them.
pub fn judge(statement: &Statement, weight: Weight, context: &mut Context) {
    if !statement.allows() || scoped_by_condition(statement).possibly() || is_everything_for_people(statement, context) {
        return;
    }
    let candidates = Wide::all_of(statement);
    if candidates.is_empty() {
        return;
    }
    let mut actions = scopable_actions(statement, weight, context, context.memory);
    if is_for_text_messages(statement, context) {
        actions.retain(|scopable| scopable.of.action.to_string() != "sns:Publish");
    }
    if actions.is_empty() {
        return;
    }
    let mut wide: Vec<(&Scopable, &Item)> =
        actions.iter().filter_map(|scopable| Some((scopable, widest(&candidates, scopable.of)?))).collect();
    // Not all are named, so the gravest come first.
    wide.sort_by_key(|(scopable, _)| (Harm::of(scopable.of.action), std::cmp::Reverse(scopable.of.level)));
    let access = context.access();
    let (wide, names) = left_of(wide, statement, &access);
    let Some((_, item)) = wide.first().copied() else { return };
    let names = listed(&names, 3);
    let every = item.is_every_resource();
    let on = if every { "every resource of the account".to_owned() } else { format!("everything that `{}` matches", item.text) };
    let finding = context
        .at(&item.place, if every { "is every resource" } else { "is every resource of the type" })
        .facts([&*names, if every { "*" } else { &item.text }])
        .says(context.subject_name(), What::Can(format!("use {names} on {on}")))
        .aside(aside(&wide, statement, weight, context))
        .help(help(&wide, statement))
        .rank(wide.iter().map(|(scopable, _)| Harm::of(scopable.of.action).rank()).max().unwrap_or(0));
    context.report_left(finding, &access);
}

/// What is to be said of it: whose statement it is, where it is a copy of one.
fn aside(wide: &[(&Scopable, &Item)], statement: &Statement, weight: Weight, scope: &Scope) -> String {
    let copied =
        || Published::of(statement, scope).filter(|published| wide.iter().all(|(scopable, _)| published.allows(scopable.of.action)));
    match copied().filter(|_| weight == Weight::Minor) {
        Some(published) => format!("as {} does", published.name),
        None => "not only on what it works with".to_owned(),
    }
}

/// Of what one element allows so many actions are named where a Deny takes some of them away.
const MOST_LEFT: usize = 8;

/// What Denies leave of the actions, and what to call them: as the author wrote them, `s3:*` and not the 500 actions that it is, or one by one
/// where some of those are denied.
fn left_of<'w>(
    wide: Vec<(&'w Scopable, &'w Item)>,
    statement: &Statement,
    access: &Access,
) -> (Vec<(&'w Scopable<'w>, &'w Item)>, Vec<String>) {
    let mut names: Vec<String> = Vec::new();
    let mut add = |name: &str| {
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned())
        }
    };
    if access.is_free() {
        wide.iter().for_each(|(scopable, _)| add(&scopable.written.text));
        return (wide, names);
    }
    let mut by_element: Vec<(&Item, Vec<(&Scopable, &Item)>)> = Vec::new();
    for one in wide.iter().copied() {
        match by_element.iter_mut().find(|(written, _)| std::ptr::eq(*written, one.0.written)) {
            Some((_, all)) => all.push(one),
            None => by_element.push((one.0.written, vec![one])),
        }
    }
    let mut left: Vec<(&Scopable, &Item)> = Vec::new();
    let mut left_on_all = LeftOnAll::new(access, statement);
    for (written, all) in by_element {
        if !access.meets(&written.pattern) {
            add(&written.text);
            left.extend(all);
            continue;
        }
        let is_left = |(scopable, _): &&(&Scopable, &Item)| left_on_all.has(scopable.of.action).possibly();
        let found: Vec<(&Scopable, &Item)> = all.iter().filter(is_left).take(MOST_LEFT).copied().collect();
        let whole = found.iter().zip(&all).all(|(one, other)| std::ptr::eq(one.0, other.0));
        match whole || found.len() == MOST_LEFT {
            true if !found.is_empty() => add(&written.text),
            _ => found.iter().for_each(|(scopable, _)| add(&scopable.of.action.to_string())),
        }
        left.extend(found);
    }
    // The worst first, as before.
    let left: HashSet<Action> = left.into_iter().map(|(scopable, _)| scopable.of.action).collect();
    (wide.into_iter().filter(|(scopable, _)| left.contains(&scopable.of.action)).collect(), names)
}

/// A phone number is no resource: who sends text messages needs `sns:Publish` on `*` (Amazon SNS Developer Guide, "Sending SMS messages
/// using Amazon SNS"). That it is meant for them show its names, an action for them beside it, or that the role is for Cognito, which
/// sends codes by them.
fn is_for_text_messages(statement: &Statement, scope: &Scope) -> bool {
    let named = |text: &str| {
        let lower = text.to_ascii_lowercase();
        lower.split(|character: char| !character.is_ascii_alphanumeric()).any(|word| matches!(word, "sms" | "phone" | "otp"))
            || text.contains("SMS")
            || lower.ends_with("sms")
    };
    let by_sid = statement.sid.as_ref().is_some_and(|sid| named(&sid.text));
    let by_address = scope.document().is_some_and(|document| named(&document.address));
    let by_action = statement.actions.iter().flat_map(|actions| &actions.items).any(|item| item.text.contains("SMS"));
    by_sid || by_address || by_action || scope.holders().iter().any(|holder| is_for_cognito(holder, scope))
}

fn is_for_cognito(holder: &Identity, scope: &Scope) -> bool {
    let is_cognito = |principal: &Principal| principal.item.pattern.as_exact() == Some("cognito-idp.amazonaws.com");
    doors(holder, scope.estate).iter().any(|door| is_cognito(door.principal))
}

/// What to write instead: ARNs of the first actions that take different ones, or a condition for tags beside what makes things.
pub fn help(wide: &[(&Scopable, &Item)], statement: &Statement) -> String {
    let mut shown: Vec<(String, String)> = Vec::new();
    let mut tags = None;
    for (scopable, _) in wide {
        if let Some(advice) = only_at_creation(scopable, statement) {
            tags = tags.or(Some(advice));
            continue;
        }
        if shown.len() == 2 {
            continue;
        }
        match takes(scopable, statement) {
            Some((name, arn)) if shown.iter().all(|(known, other)| *other != arn && *known != name) => shown.push((name, arn)),
            _ => {}
        }
    }
    let takes: Vec<String> = shown.iter().map(|(action, arn)| format!("`{action}` takes {arn}")).collect();
    let or_by_tag = if wide.iter().all(|(scopable, _)| is_found_by_tag(scopable.of.action)) {
        "; where the ids are not known beforehand, give them a tag and test `aws:ResourceTag/KEY`"
    } else {
        ""
    };
    let named = (!takes.is_empty()).then(|| format!("name what it works with: {}{or_by_tag}", takes.join(", ")));
    match (named, tags) {
        (None, None) => "name the resources that it works with".to_owned(),
        (Some(one), None) | (None, Some(one)) => one,
        (Some(named), Some(tags)) => format!("{named}; {tags}"),
    }
}

/// Whether AWS makes up the ids of all that an action works on, which may come and go, and gives them tags that conditions can test.
fn is_found_by_tag(action: Action) -> bool {
    let by_tag = catalog::condition_key("aws:ResourceTag/${TagKey}").is_some_and(|key| action.lists_condition_key(&key));
    let ResourceSupport::Types(mut kinds) = action.resources() else { return false };
    // A secret's id begins with its name.
    by_tag && !catalog::reads_data(action) && kinds.all(|kind| kind.resource_type().arns().all(ends_in_made_up_id))
}

/// What an element takes, as it is written: of `s3:*` what most of its actions take, not what one of them does that nobody thinks of.
fn takes(scopable: &Scopable, statement: &Statement) -> Option<(String, String)> {
    let resources = statement.resources.iter().filter(|resources| !resources.negated).flat_map(|resources| &resources.items);
    let own: Vec<&Pattern> = resources.map(|item| &item.pattern).collect();
    if let (None, Some(takes)) = (scopable.named, arn_match::most_taken(&scopable.written.text, &own)) {
        return Some((scopable.written.text.to_string(), takes.text()?));
    }
    let beside = statement.actions.iter().flat_map(|actions| &actions.items).filter_map(|item| catalog::action(&item.text));
    let action = scopable.of.action;
    Some((action.to_string(), arn_match::takes(action, &own, &beside.collect::<Vec<_>>()).text()?))
}

/// For tags that the statement names beside what makes things. The condition is for a statement of its own: requests of the makers do
/// not carry the key.
fn only_at_creation(scopable: &Scopable, statement: &Statement) -> Option<String> {
    let action = scopable.named?;
    let key = creation_key(action)?;
    let others = statement.actions.iter().flat_map(|actions| &actions.items).filter_map(|item| catalog::action(&item.text));
    let makers =
        others.filter(|other| other.service() == action.service() && other.level() == AccessLevel::Write && makes_new_ones(*other));
    let mut makers: Vec<String> = makers.map(|maker| format!("\"{}\"", maker.name())).collect();
    if makers.len() > 3 {
        makers.truncate(2);
        makers.push("…".to_owned());
    }
    let values = match makers.as_slice() {
        [] => {
            return Some(format!("name what `{action}` is for, or limit it to what is being made by a condition on `{}`", key.name()));
        }
        [one] => one.clone(),
        several => format!("[{}]", several.join(", ")),
    };
    Some(format!("to tag only what is being made, give `{action}` a statement with StringEquals `{}` = {values}", key.name()))
}
