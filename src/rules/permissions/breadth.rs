//! How far an identity's permissions reach: actions that could be limited to some resources, on every resource of a type.

use std::collections::HashSet;
use std::sync::Arc;

use rustc_hash::FxHashSet;

use crate::access::doors::doors;
use crate::access::{Access, Scope};
use crate::catalog::{self, AccessLevel, Action, ConditionKey, ResourceSupport, ResourceType, Service, arn_match};
use crate::estate::Identity;
use crate::finding::What;
use crate::policy::arn::Arn;
use crate::policy::pattern::{Case, Mode, Pattern};
use crate::policy::{Item, Principal, Statement};
use crate::rules::kit::allowed::LeftOnAll;
use crate::rules::kit::memory::{Memo, Memory};
use crate::rules::kit::rule::{Context, listed};
use crate::rules::kit::shared::scoped_by_condition;

/// What it is worth to limit an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// It changes something, and the worst that comes of it is a nuisance.
    Minor,
    /// It gives away data or secrets, changes code or permissions, deletes, or lets somebody take over what others work with.
    Harm,
}

/// Reports what a statement allows on every resource of a type, of the actions of one weight. An element that stands for actions of both is
/// as bad as the worst of them.
pub fn judge(statement: &Statement, weight: Weight, context: &mut Context) {
    if !statement.allows() || scoped_by_condition(statement).possibly() {
        return;
    }
    let Some(resources) = statement.resources.as_ref().filter(|resources| !resources.negated) else { return };
    let candidates: Vec<Candidate> = resources.items.iter().filter_map(Candidate::of).collect();
    if candidates.is_empty() {
        return;
    }
    let mut actions = scopable_actions(statement, context.memory);
    actions.retain(|scopable| scopable.weight == weight);
    if is_for_text_messages(statement, context) {
        actions.retain(|scopable| scopable.of.action.to_string() != "sns:Publish");
    }
    if actions.is_empty() {
        return;
    }
    let wide: Vec<(&Scopable, &Item)> = actions.iter().filter_map(|scopable| Some((scopable, widest(&candidates, scopable.of)?))).collect();
    let access = context.access();
    let (wide, names) = left_of(wide, statement, &access);
    let Some((_, item)) = wide.first().copied() else { return };
    let names = listed(&names, 3);
    let every = item.is_every_resource();
    let on = if every { "every resource of the account".to_owned() } else { format!("everything that `{}` matches", item.text) };
    let finding = context
        .at(&item.place, if every { "is every resource" } else { "is every resource of the type" })
        .facts([&*names, if every { "*" } else { &item.text }])
        .says(context.subject_name(), What::Can(format!("use {names} on {on}, not only on what it works with")))
        .help(help(&wide, statement));
    context.report_left(finding, &access);
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
        match whole {
            true if !found.is_empty() => add(&written.text),
            _ => found.iter().for_each(|(scopable, _)| add(&scopable.of.action.to_string())),
        }
        left.extend(found);
    }
    // The worst first, as before.
    let left: HashSet<Action> = left.into_iter().map(|(scopable, _)| scopable.of.action).collect();
    (wide.into_iter().filter(|(scopable, _)| left.contains(&scopable.of.action)).collect(), names)
}

/// An action that could be limited, and the element that grants it.
struct Scopable<'s> {
    of: Limitable,
    written: &'s Item,
    /// The action that the element is, if it is one alone.
    named: Option<Action>,
    /// The worst of what the element stands for.
    weight: Weight,
}

/// An action that changes something or reads data, and can be limited to resources.
#[derive(Clone, Copy)]
struct Limitable {
    action: Action,
    level: AccessLevel,
    weight: Weight,
    /// Whether it is for what is made beside it, if the statement makes something of the service.
    marks_new: bool,
    /// Whether it may be used on everything where the resource is `*`.
    on_everything: bool,
}

/// What elements grant that could be limited, as far as a run remembers: it is large, and few are written with wildcards.
struct Elements(Memo<Arc<str>, Arc<Element>>);

impl Default for Elements {
    fn default() -> Elements {
        Elements(Memo::new(8))
    }
}

impl Elements {
    fn of(memory: &Memory, text: &Arc<str>) -> Arc<Element> {
        let find = || Arc::new(Element::of(text));
        // A single action is found as quickly as what is remembered of it.
        if text.contains(['*', '?']) { memory.of::<Elements>().0.get(Arc::clone(text), find) } else { find() }
    }
}

/// What one element of a statement grants. `*` is twenty thousand actions, and stands in many policies.
#[derive(Default)]
struct Element {
    /// The worst first: what changes permissions, then what changes or reads data.
    limitable: Vec<Limitable>,
    /// The services of which it makes things.
    makes: HashSet<Service>,
}

impl Element {
    fn of(text: &str) -> Element {
        let of = |action: Action, weight: Weight| Limitable {
            action,
            weight,
            level: action.effective_level(),
            marks_new: marks_new_ones(action),
            on_everything: by_types(action, |kind| kind.arns().next()).is_some(),
        };
        let mut element = Element::default();
        for action in catalog::expand(text) {
            if action.level() == AccessLevel::Write && makes_new_ones(action) {
                element.makes.insert(action.service());
            }
            if let Some(weight) = weight(action) {
                element.limitable.push(of(action, weight));
            }
        }
        element.limitable.sort_by_key(|one| std::cmp::Reverse(one.level));
        element
    }
}

/// Actions of the statement that could be limited, each by the first element that grants it, the worst first.
fn scopable_actions<'s>(statement: &'s Statement, memory: &Memory) -> Vec<Scopable<'s>> {
    let Some(actions) = statement.actions.as_ref().filter(|actions| !actions.negated) else { return Vec::new() };
    let known = actions.items.iter().filter(|item| !item.pattern.has_hole());
    let elements: Vec<(&Item, Arc<Element>)> = known.map(|item| (item, Elements::of(memory, &item.text))).collect();
    let makes = |service: Service| elements.iter().any(|(_, element)| element.makes.contains(&service));
    let mut seen: FxHashSet<Action> = FxHashSet::default();
    let mut found = Vec::new();
    for (written, element) in &elements {
        let named = catalog::action(&written.text);
        let is_new = |of: &&Limitable| !(of.marks_new && makes(of.action.service())) && (elements.len() == 1 || seen.insert(of.action));
        let new: Vec<&Limitable> = element.limitable.iter().filter(is_new).collect();
        let worst = new.iter().map(|of| of.weight).max().unwrap_or(Weight::Minor);
        found.extend(new.into_iter().filter(|of| of.weight == worst).map(|of| Scopable { of: *of, written, named, weight: worst }));
    }
    found.sort_by_key(|scopable| std::cmp::Reverse(scopable.of.level));
    found
}

/// A tag for what another action of the statement makes, whose id AWS makes up: nobody can name it before. Where the service has a
/// condition for just that, the tag is a choice.
fn marks_new_ones(action: Action) -> bool {
    if !gives_tags(action) || creation_key(action).is_some() {
        return false;
    }
    let ResourceSupport::Types(kinds) = action.resources() else { return false };
    let (made_up, named): (Vec<_>, Vec<_>) = kinds.partition(|kind| kind.resource_type().arns().all(ends_in_made_up_id));
    made_up.len() > named.len()
}

/// Whether it tags; what takes tags away is for no new thing.
fn gives_tags(action: Action) -> bool {
    action.level() == AccessLevel::Tagging && !["Delete", "Remove", "Untag"].iter().any(|verb| action.name().starts_with(verb))
}

/// The key by which tags are limited to what a call has just made: `ec2:CreateAction` (Amazon EC2 User Guide, "Grant permission to tag
/// Amazon EC2 resources during creation"), and those of the services that do the same.
fn creation_key(action: Action) -> Option<ConditionKey> {
    let mut keys = action.condition_keys().filter(|_| gives_tags(action));
    keys.find(|key| key.name().strip_prefix(action.service().prefix()) == Some(":CreateAction"))
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

/// What it is worth to limit an action; nothing for one that only lists or describes, that cannot be limited, or that AWS's own basic policies
/// allow on everything.
fn weight(action: Action) -> Option<Weight> {
    if !matches!(action.resources(), ResourceSupport::Types(_)) {
        return None;
    }
    match action.effective_level() {
        AccessLevel::List => None,
        // AWS sorts a few by what they show: `billing:GetResourcePolicy` manages no permissions.
        AccessLevel::Permissions if action.level() == AccessLevel::Permissions && only_shows(action) => None,
        // AWS calls `kms:Decrypt` a write.
        _ if catalog::reads_data(action) => Some(Weight::Harm),
        AccessLevel::Read => None,
        // Who may only write logs cannot read or delete them.
        _ if catalog::is_basic(action) => None,
        AccessLevel::Permissions => Some(Weight::Harm),
        AccessLevel::Tagging => Some(Weight::Minor),
        AccessLevel::Write => Some(if harms(action) { Weight::Harm } else { Weight::Minor }),
    }
}

/// Whether a write deletes what others work with, takes it over, or is known to give away credentials, permissions or access.
fn harms(action: Action) -> bool {
    let deletes = ["Delete", "Terminate", "Purge", "BatchDelete"].iter().any(|verb| action.name().starts_with(verb));
    deletes && !catalog::deletes_little(action) || catalog::takes_over(action) || catalog::sensitive(&action.to_string()).next().is_some()
}

fn only_shows(action: Action) -> bool {
    ["Describe", "Get", "List", "View"].iter().any(|verb| action.name().starts_with(verb))
}

/// The resource because of which the action may be used on everything: `*`, or a pattern that certainly matches every resource of
/// a type.
fn widest<'i>(candidates: &[Candidate<'i>], of: Limitable) -> Option<&'i Item> {
    // Nothing comes before a `*` that stands first.
    if let Some(Candidate { item, arn: None }) = candidates.first() {
        return of.on_everything.then_some(*item);
    }
    let spans = |candidate: &Candidate, kind: ResourceType| kind.arns().any(|template| candidate.spans(template));
    by_types(of.action, |kind| candidates.iter().find(|candidate| spans(candidate, kind)).map(|candidate| candidate.item))
}

/// What `spanning` finds for the first type that the action needs, if it finds something for each: an action that needs several types is
/// limited as soon as one of them is.
fn by_types<T>(action: Action, spanning: impl Fn(ResourceType) -> Option<T>) -> Option<T> {
    let ResourceSupport::Types(types) = action.resources() else { return None };
    let types: Vec<_> = types.collect();
    let required: Vec<_> = types.iter().filter(|kind| kind.is_required()).collect();
    let needed = if required.is_empty() { types.iter().collect() } else { required };
    if makes_new_ones(action) && needed.iter().all(|kind| kind.resource_type().arns().all(ends_in_made_up_id)) {
        return None;
    }
    let mut widest = None;
    for kind in needed {
        match spanning(kind.resource_type()) {
            Some(found) => widest = widest.or(Some(found)),
            // Optional types stand for each other: one that is wide is enough.
            None if !kind.is_required() => {}
            None => return None,
        }
    }
    widest
}

/// An action that makes what does not exist yet. Where AWS makes up the id, nobody can name it before.
fn makes_new_ones(action: Action) -> bool {
    ["Create", "Run", "Allocate", "Request", "Import", "Copy"].iter().any(|verb| action.name().starts_with(verb))
}

/// `volume/${VolumeId}`
fn ends_in_made_up_id(template: &str) -> bool {
    template.strip_suffix('}').is_some_and(|rest| rest.ends_with("Id") || rest.ends_with("ID"))
}

/// A resource that may be every one of a kind: `*`, or an ARN with a wildcard in its last field.
struct Candidate<'i> {
    item: &'i Item,
    /// None for `*`.
    arn: Option<Arn>,
}

impl<'i> Candidate<'i> {
    fn of(item: &'i Item) -> Option<Candidate<'i>> {
        if item.is_every_resource() {
            return Some(Candidate { item, arn: None });
        }
        let arn = Arn::split(&item.pattern).filter(|arn| arn.resource.has_wildcard() && arn.service.is_exact())?;
        Some(Candidate { item, arn: Some(arn) })
    }

    /// Whether it certainly matches everything that fits the template, in some account and region.
    fn spans(&self, template: &str) -> bool {
        let Some(arn) = &self.arn else { return true };
        let one_service = template.split(':').nth(2) == arn.service.as_exact();
        let whole = || Arn::split(&template_pattern(template));
        one_service && whole().is_some_and(|whole| arn.resource.includes(&whole.resource, Case::Sensitive).certainly())
    }
}

/// An ARN template with `*` for each placeholder.
fn template_pattern(template: &str) -> Pattern {
    let mut text = String::new();
    for part in catalog::arn_parts(template) {
        match part {
            catalog::Part::Literal(literal) => text.push_str(literal),
            catalog::Part::Placeholder(_) => text.push('*'),
        }
    }
    Pattern::parse(&text, Mode::WILDCARDS)
}

/// What to write instead: ARNs of the first actions that take different ones, or a condition for tags beside what makes things.
fn help(wide: &[(&Scopable, &Item)], statement: &Statement) -> String {
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
        match arn_match::example(scopable.of.action) {
            Some(arn) if shown.iter().all(|(_, known)| *known != arn) => shown.push((scopable.of.action.to_string(), arn)),
            _ => {}
        }
    }
    let takes: Vec<String> = shown.iter().map(|(action, arn)| format!("`{action}` takes `{arn}`")).collect();
    let named = (!takes.is_empty()).then(|| format!("name what it works with: {}", takes.join(", ")));
    match (named, tags) {
        (None, None) => "name the resources that it works with".to_owned(),
        (Some(one), None) | (None, Some(one)) => one,
        (Some(named), Some(tags)) => format!("{named}; {tags}"),
    }
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
