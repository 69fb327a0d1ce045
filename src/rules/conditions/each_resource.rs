//! Keys that only some of the resources of one request carry. A service that asks for each resource of a request whether it is allowed tests a
//! condition for each of them: an Allow that tests `ec2:InstanceType` on `*` never allows `ec2:RunInstances`, which is asked for the image and
//! the subnet as well (Amazon EC2 User Guide, "Policy structure", "Condition keys for Amazon EC2").

use super::requests::actions_of;
use crate::access::Scope;
use crate::catalog::arn_match::{can_be, readable};
use crate::catalog::{self, Action, ConditionKey, ResourceType};
use crate::finding::{Edit, Help, What};
use crate::policy::arn::Arn;
use crate::policy::condition::{Base, Operator};
use crate::policy::pattern::{Case, Mode, Pattern};
use crate::policy::rewrite;
use crate::policy::{Condition, Item, Statement};
use crate::rules::kit::rule::{Context, listed};
use crate::truth::Truth;

/// Says of each key that some of an action's resources lack what that makes of the action.
pub fn judge(statement: &Statement, context: &mut Context) {
    let (Some(actions), Some(resources)) = (&statement.actions, &statement.resources) else { return };
    if actions.negated || resources.negated || context.document().is_none_or(|document| document.gap.is_some()) {
        return;
    }
    let mut seen: Vec<&str> = Vec::new();
    let mut lacks: Vec<Lack> = Vec::new();
    for condition in &statement.conditions {
        let key = &*condition.key;
        if seen.iter().any(|other| other.eq_ignore_ascii_case(key)) {
            continue;
        }
        seen.push(key);
        let Some(known) = catalog::condition_key(key) else { continue };
        let passes = match statement.passes_without(key) {
            Truth::Yes => true,
            Truth::No => false,
            Truth::Unknown => continue,
        };
        // Where the others pass, an Allow is still limited for what carries the key; where they do not, a Deny is as well.
        if passes == statement.allows() {
            continue;
        }
        let found = actions.items.iter().filter_map(|item| Some((item, decided(item, &known, statement, &resources.items, context)?)));
        let found: Vec<Found> = found.collect();
        match lacks.iter_mut().find(|lack| lack.has_same(&found)) {
            _ if found.is_empty() => {}
            Some(lack) => lack.more.push(condition),
            None => lacks.push(Lack { condition, key: known, more: Vec::new(), found }),
        }
    }
    for lack in lacks {
        report(&lack, statement, context);
    }
}

/// An action, and the resources without a key that decide on it.
type Found<'s> = (&'s Item, Vec<ResourceType>);

/// What the keys of some conditions are missing from: an action and the resources of its requests without them.
struct Lack<'s> {
    condition: &'s Condition,
    key: ConditionKey,
    /// Conditions on other keys of which the same is true.
    more: Vec<&'s Condition>,
    found: Vec<Found<'s>>,
}

impl Lack<'_> {
    fn has_same(&self, found: &[Found]) -> bool {
        self.found.iter().map(|(item, _)| &item.text).eq(found.iter().map(|(item, _)| &item.text))
    }
}

/// The resources without the key that alone decide on an action, or on all that a pattern stands for; nothing where none does.
fn decided(item: &Item, key: &ConditionKey, statement: &Statement, resources: &[Item], scope: &Scope) -> Option<Vec<ResourceType>> {
    let mut kinds: Vec<ResourceType> = Vec::new();
    for action in actions_of(item)? {
        let named = |kind: &ResourceType| resources.iter().any(|item| names(&item.pattern, *kind));
        let decides = |kind: &ResourceType| match statement.allows() {
            true => !is_allowed_elsewhere(action, *kind, statement, scope),
            false => others_pass(action, *kind, statement),
        };
        let of_action: Vec<ResourceType> = catalog::required_without(action, key).filter(named).filter(decides).collect();
        if of_action.is_empty() {
            return None;
        }
        kinds.extend(of_action.into_iter().filter(|kind| !kinds.contains(kind)).collect::<Vec<_>>());
    }
    Some(kinds)
}

/// Whether a resource that is written is, or stands for, resources of a type: `*`, `arn:aws:ec2:*:*:*`, `arn:aws:ec2:*:*:subnet/subnet-1a2b3c4d`.
/// That `*` takes colons and slashes as well does not count: nobody means an image by `arn:aws:ec2:*:*:instance/*`.
fn names(resource: &Pattern, kind: ResourceType) -> bool {
    let whole = |arn: &Arn| arn.resource.is_any() && can_be(resource, kind).certainly();
    let of_type = |template: &str| {
        let all = Pattern::parse(&everything_of(template), Mode::WILDCARDS);
        resource.includes(&all, Case::Sensitive).certainly() || all.includes(resource, Case::Sensitive).certainly()
    };
    kind.arns().any(of_type) || Arn::split(resource).is_some_and(|arn| whole(&arn))
}

/// Whether a resource that is written may be one of a type, by what stands behind its account.
fn may_name(resource: &Pattern, kind: ResourceType) -> bool {
    let Some(arn) = Arn::split(resource) else { return true };
    let of_type = |template: &str| {
        let all = Arn::split(&Pattern::parse(&everything_of(template), Mode::WILDCARDS));
        all.is_none_or(|all| arn.resource.intersects(&all.resource, Case::Sensitive).possibly())
    };
    kind.arns().any(of_type)
}

/// Whether another statement may allow an action on resources of a type, so that this one is for the others alone.
fn is_allowed_elsewhere(action: Action, kind: ResourceType, statement: &Statement, scope: &Scope) -> bool {
    let name = action.to_string();
    let may_be_on = |other: &Statement| match &other.resources {
        Some(list) if !list.negated && list.gap.is_none() => list.items.iter().any(|item| may_name(&item.pattern, kind)),
        _ => true,
    };
    scope.is_allowed_beside(statement, |other| other.covers_action(&name).possibly() && may_be_on(other))
}

/// Whether a resource meets all conditions whose keys it does not carry.
fn others_pass(action: Action, kind: ResourceType, statement: &Statement) -> bool {
    let lacks = |condition: &&Condition| {
        let known = catalog::condition_key(&condition.key);
        known.is_none_or(|known| catalog::required_without(action, &known).any(|without| without == kind))
    };
    statement.conditions.iter().filter(lacks).all(|condition| statement.passes_without(&condition.key).certainly())
}

fn report(lack: &Lack, statement: &Statement, context: &mut Context) {
    let Lack { condition, more, found, .. } = lack;
    let Some((_, kinds)) = found.first() else { return };
    let names: Vec<String> = found.iter().map(|(item, _)| item.text.to_string()).collect();
    let (is, it) = if found.len() == 1 { ("is", "it") } else { ("are", "them") };
    let names = listed(&names, 3);
    let kinds: Vec<String> = kinds.iter().map(|kind| kind.name().to_owned()).collect();
    let has = if kinds.len() == 1 { "has" } else { "have" };
    let kinds = listed(&kinds, 2);
    let (kind, consequence) = match statement.allows() {
        true => ("never-allowed-on-all", format!("the statement alone never allows {it}")),
        false => ("always-denied-on-some", format!("the statement denies {it} regardless of the condition")),
    };
    let help = help(lack, statement, context);
    let mut finding = context
        .at(&condition.key_place, format!("is not a key of {kinds}"))
        .says(&names, What::Is(format!("{is} also checked for {kinds}, which {has} no `{}`", condition.key)))
        .aside(format!("so {consequence}"))
        .kind(kind)
        .facts([names.clone(), condition.key.to_string()])
        .help(help);
    for condition in more {
        finding = finding.label(condition.key_place.span, "and neither is this one");
    }
    for (item, _) in found.iter().take(3) {
        finding = finding.label(item.place.span, "is checked for each resource of the request");
    }
    context.report(finding);
}

/// `…IfExists` for an Allow that tests what the service itself says of one of the resources; else the resources that have the key.
fn help(lack: &Lack, statement: &Statement, context: &Context) -> Help {
    let Lack { condition, key, found, more } = lack;
    let having =
        found.iter().flat_map(|(item, _)| actions_of(item).into_iter().flatten()).flat_map(|action| catalog::types_with(action, key));
    let mut arns: Vec<String> = having.filter_map(|kind| kind.arns().next()).map(everything_of).collect();
    arns.dedup();
    let arns = listed(&arns, 3);
    let operator = condition.operator;
    let is_plain =
        more.is_empty() && operator.set.is_none() && operator.base != Base::Null && statement.conditions_on(&condition.key).count() == 1;
    match statement.allows() {
        true if is_plain && !key.name().starts_with("aws:") => {
            let loose = Operator { if_exists: true, ..operator }.to_string();
            let met = format!("{loose}, which is also met by resources without the key");
            let all = statement.actions.as_ref().is_some_and(|actions| actions.items.len() == found.len());
            if !all {
                // For the others it stays as strict as it is.
                let names: Vec<String> = found.iter().map(|(item, _)| item.text.to_string()).collect();
                let own = if found.len() == 1 { "its" } else { "their" };
                return format!("allow {} in {own} own statement, with {met}", listed(&names, 3)).into();
            }
            let edit = rewrite::operator(condition, statement, &loose, context.sources);
            Help::from(format!("use {met}")).with(edit.map(Edit::as_a_guess))
        }
        true => format!("limit this statement to {arns}, and allow the other resources in a statement without this condition").into(),
        false => format!("limit this statement to {arns}").into(),
    }
}

/// `arn:aws:ec2:*:*:instance/*` of a template.
fn everything_of(template: &str) -> String {
    let text = readable(template);
    let is_name = |part: &str| !part.is_empty() && part.chars().all(|letter| letter.is_ascii_uppercase() || letter == '-');
    let parts = text.split_inclusive([':', '/']).map(|part| {
        let end = part.find([':', '/']).unwrap_or(part.len());
        let (name, end) = part.split_at(end);
        format!("{}{end}", if is_name(name) { "*" } else { name })
    });
    parts.collect()
}
