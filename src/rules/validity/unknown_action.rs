use super::dead_actions::{Dead, Fault, Meant};
use crate::catalog::{self, AccessLevel, Action, ResourceSupport, arn_match};
use crate::finding::{Category, Confidence, Message, Severity, What};
use crate::policy::Statement;
use crate::policy::pattern::{Case, Pattern};
use crate::rules::kit::rule::{Context, Rule, listed};

rule! {
    UnknownAction, "unknown-action",
    summary: "an action that does not exist",
    category: Category::Correctness,
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    tags: &["validity"],
}

impl Rule for UnknownAction {
    fn statement(&self, statement: &Statement, context: &mut Context) {
        let dead: Vec<Dead> =
            dead_actions(statement, context).into_iter().filter(|dead| dead.allowed_by(statement, context).is_none()).collect();
        for fault in [Fault::NoService, Fault::SeveralColons] {
            let same: Vec<&Dead> = dead.iter().filter(|dead| dead.fault == fault).collect();
            report(&same, statement, context);
        }
        let ignored: Vec<&Dead> = dead.iter().filter(|dead| !dead.fault.is_refused()).collect();
        report(&ignored, statement, context);
    }
}

/// What a statement names as an action that is none.
pub fn dead_actions<'s>(statement: &'s Statement, context: &Context) -> Vec<Dead<'s>> {
    let items = statement.actions.iter().flat_map(|actions| &actions.items);
    let faults = items.filter(|item| !context.memory.is_fine(ABOUT.id, item, || Fault::of(item).is_none()));
    let faults = faults.filter_map(|item| Some((item, Fault::of(item)?)));
    faults.enumerate().map(|(position, (item, fault))| Dead::of(item, fault, statement, position)).collect()
}

/// Of faults of one kind.
fn report(dead: &[&Dead], statement: &Statement, context: &mut Context) {
    let Some((first, rest)) = dead.split_first() else { return };
    let names: Vec<String> = dead.iter().map(|dead| dead.item.text.to_string()).collect();
    let (names, why) = (listed(&names, 3), why(dead));
    let negated = statement.actions.as_ref().is_some_and(|actions| actions.negated);
    let effect = match (statement.allows(), negated) {
        (_, true) => "excepts",
        (true, false) => "allows",
        (false, false) => "denies",
    };
    let message = match (effect, rest.is_empty()) {
        // AWS: "Actions/Conditions must be prefaced with a vendor".
        _ if first.fault.is_refused() => Message::rejected(format!("{names} {why}")),
        ("allows", true) => Message::new(&*names, What::GrantsNothing).because(why),
        ("allows", false) => Message::new(&*names, What::Is("grant nothing".to_owned())).because(why),
        (_, true) => Message::new(&*names, What::Is(format!("{effect} nothing"))).because(why),
        ("excepts", false) => Message::new(&*names, What::Is("except nothing".to_owned())).because(why),
        (_, false) => Message::new(&*names, What::Is("deny nothing".to_owned())).because(why),
    };
    let (kind, refused) = if first.fault.is_refused() { ("refused", Some(context.policy_name())) } else { (effect, None) };
    let finding = context.at(&first.item.place, label(first)).message(message).help(help(dead, statement)).confidence(Confidence::Medium);
    let finding = rest.iter().fold(finding, |finding, dead| finding.further(dead.item.place.span, label(dead)));
    context.report(finding.kind(kind).fact(names).facts(refused));
}

fn why(dead: &[&Dead]) -> String {
    let Some((first, rest)) = dead.split_first() else { return String::new() };
    let one = rest.is_empty();
    let fault = if rest.iter().all(|dead| dead.fault == first.fault) { first.fault } else { Fault::Missing };
    let why = match (fault, one) {
        (Fault::NoService, true) => "does not name a service",
        (Fault::NoService, false) => "do not name a service",
        (Fault::SeveralColons, true) => "has more than one colon",
        (Fault::SeveralColons, false) => "have more than one colon",
        (Fault::MatchesNothing, true) => "no action matches it",
        (Fault::MatchesNothing, false) => "no action matches them",
        (Fault::Retired, true) => return format!("{} no longer has it", service_name(first)),
        (Fault::Retired, false) => "AWS no longer has these actions",
        (Fault::Operation, true) => "it is the name of an API operation, not of an action",
        (Fault::Operation, false) => "they are names of API operations, not of actions",
        (Fault::ConditionKey, true) => "it is the name of a condition key, not of an action",
        (Fault::ConditionKey, false) => "they are names of condition keys, not of actions",
        (Fault::Missing, true) => "this action does not exist",
        (Fault::Missing, false) => "these actions do not exist",
    };
    why.to_owned()
}

fn service_name(dead: &Dead) -> &'static str {
    dead.item.text.split_once(':').and_then(|(prefix, _)| catalog::service(prefix)).map_or("AWS", |service| service.name())
}

fn quoted(needs: &[String]) -> String {
    needs.iter().map(|need| format!("`{need}`")).collect::<Vec<_>>().join(" and ")
}

/// What is said at the token, as its predicate.
pub fn label(dead: &Dead) -> String {
    match (&dead.meant, dead.fault) {
        (Meant::Actions { needs, .. }, Fault::Operation) if needs.len() == 1 => format!("its permission is {}", quoted(needs)),
        (Meant::Actions { needs, .. }, Fault::Operation) => format!("its permissions are {}", quoted(needs)),
        (_, Fault::SeveralColons) => "has more than one colon".to_owned(),
        (Meant::Actions { needs, .. }, _) => format!("did you mean {}?", quoted(needs)),
        (Meant::Pattern(pattern, _), _) => format!("did you mean `{pattern}`?"),
        (Meant::Nothing, Fault::NoService) => "is not an action".to_owned(),
        (Meant::Nothing, Fault::MatchesNothing) => "matches nothing".to_owned(),
        (Meant::Nothing, Fault::Retired) => "was retired".to_owned(),
        (Meant::Nothing, Fault::ConditionKey) => "is a condition key".to_owned(),
        (Meant::Nothing, Fault::Missing | Fault::Operation) => "does not exist".to_owned(),
    }
}

fn help(dead: &[&Dead], statement: &Statement) -> String {
    match dead {
        [one] => help_of_one(one, statement),
        several if several.iter().any(|dead| dead.fault.is_refused()) => {
            let meant = several.iter().filter(|dead| !dead.needs().is_empty());
            let written: Vec<String> = meant.map(|dead| format!("{} for `{}`", quoted(dead.needs()), dead.item.text)).take(3).collect();
            if written.is_empty() { "write `service:Action`".to_owned() } else { format!("write {}", written.join(", ")) }
        }
        several => help_of_several(several, statement),
    }
}

fn help_of_one(dead: &Dead, statement: &Statement) -> String {
    let name = dead.item.text.split_once(':').map_or(&*dead.item.text, |(_, name)| name);
    let date = format!("{} did not have an action `{name}` on {}", service_name(dead), catalog::DATE);
    match (&dead.meant, dead.fault) {
        (Meant::Actions { needs, .. }, Fault::NoService | Fault::SeveralColons) => format!("write {} if you mean that one", quoted(needs)),
        (_, Fault::NoService | Fault::SeveralColons) => "write `service:Action`".to_owned(),
        (_, Fault::MatchesNothing) => {
            format!("no action known on {} matches it: write the action you mean, or remove it", catalog::DATE)
        }
        (_, Fault::Retired) => format!("it no longer existed on {}: remove it, or name the action that replaced it", catalog::DATE),
        (_, Fault::ConditionKey) => format!("{date}: test it in a Condition, or remove it"),
        (Meant::Actions { needs, works }, fault) => {
            let missing = missing(needs, dead, statement);
            let (needed, that) = (quoted(&missing), if missing.len() == 1 { "that one" } else { "those" });
            match where_to(needs, *works, statement) {
                Some(place) => format!("{date}: remove it; or, if it is needed, allow {needed} {place}"),
                None if fault == Fault::Operation => format!("{date}: write {needed} instead"),
                None => format!("{date}: write {needed} if you mean {that}"),
            }
        }
        (Meant::Pattern(pattern, count), _) => format!("{date}: if a `*` is missing, `{pattern}` matches {count} actions"),
        (Meant::Nothing, _) => format!("{date}: remove it, or write the action that is meant"),
    }
}

fn help_of_several(dead: &[&Dead], statement: &Statement) -> String {
    const MOST: usize = 3;
    let date = format!("AWS did not have these actions on {}", catalog::DATE);
    if dead.iter().all(|dead| dead.fault == Fault::ConditionKey) {
        return format!("{date}: test them in a Condition, or remove them");
    }
    // Names for which the same is to be written.
    let mut advice: Vec<(String, Option<String>, Vec<String>)> = Vec::new();
    let mut has_more = false;
    for dead in dead {
        let (what, place) = match &dead.meant {
            Meant::Actions { needs, works } => (quoted(&missing(needs, dead, statement)), where_to(needs, *works, statement)),
            Meant::Pattern(pattern, _) => (format!("`{pattern}`"), None),
            Meant::Nothing => {
                has_more = true;
                continue;
            }
        };
        match advice.iter_mut().find(|(known, to, _)| *known == what && *to == place) {
            Some((.., names)) => names.push(dead.item.text.to_string()),
            None => advice.push((what, place, vec![dead.item.text.to_string()])),
        }
    }
    let text = |(what, place, names): &(String, Option<String>, Vec<String>)| match place {
        Some(place) => format!("remove {}, or allow {what} {place}", listed(names, 3)),
        None => format!("write {what} for {}", listed(names, 3)),
    };
    let mut all: Vec<String> = advice.iter().take(MOST).map(text).collect();
    match (all.is_empty(), has_more || advice.len() > MOST) {
        (true, _) => all.push("remove them, or write the actions that are meant".to_owned()),
        (false, true) => all.push("remove the others, or write the actions that are meant".to_owned()),
        (false, false) => {}
    }
    format!("{date}: {}", all.join("; "))
}

/// What of several permissions the statement does not have yet.
fn missing(needs: &[String], dead: &Dead, statement: &Statement) -> Vec<String> {
    let others = || statement.actions.iter().flat_map(|actions| &actions.items).filter(|item| !std::ptr::eq(*item, dead.item));
    let has = |need: &&String| others().any(|item| item.pattern.includes(&Pattern::exact(need), Case::Insensitive).certainly());
    let left: Vec<String> = needs.iter().filter(|need| !has(need)).cloned().collect();
    if left.is_empty() { needs.to_vec() } else { left }
}

/// Where an Allow of these belongs, if not in this statement: it would allow them on everything, or has nothing that they work on.
fn where_to(needs: &[String], works: bool, statement: &Statement) -> Option<String> {
    if !works {
        let arn = needs.iter().flat_map(|need| catalog::expand(need)).find_map(|action| arn_match::takes(action, &[], &[]).text());
        return Some(arn.map_or("in a statement with Resource \"*\"".to_owned(), |arn| format!("on {arn}")));
    }
    let resources = statement.resources.as_ref().filter(|resources| statement.allows() && !resources.negated)?;
    let limitable = |need: &String| catalog::expand(need).any(|action| matches!(action.resources(), ResourceSupport::Types(_)));
    let wide = resources.items.iter().any(|item| item.is_every_resource()) && needs.iter().any(limitable);
    let wide = wide && !needs.iter().all(|need| is_done_beside(need, statement));
    wide.then(|| "on the resources that are meant, not on `*`".to_owned())
}

/// Whether the statement allows another write of the service on the same types: `kms:ReEncrypt*` beside `kms:Encrypt` gives nothing of another kind.
fn is_done_beside(need: &str, statement: &Statement) -> bool {
    let others = || statement.actions.iter().flat_map(|actions| &actions.items).filter_map(|item| catalog::action(&item.text));
    let is_like = |action: Action, other: Action| {
        let mut kinds = arn_match::plainest_types(other).into_iter();
        other.level() >= action.effective_level() && kinds.any(|kind| arn_match::plainest_types(action).contains(&kind))
    };
    catalog::expand(need).all(|action| action.level() >= AccessLevel::Write && others().any(|other| is_like(action, other)))
}
