//! Which actions it is worth to limit to some resources, and how much.

use std::collections::HashSet;
use std::sync::{Arc, LazyLock};

use rustc_hash::{FxHashMap, FxHashSet};

use super::administrators::is_for_people;
use super::published::Published;
use super::wide::Wide;
use crate::access::Scope;
use crate::catalog::{self, AccessLevel, Action, ConditionKey, ResourceSupport, ResourceType, Service};
use crate::policy::{Item, Statement};
use crate::rules::kit::memory::{Memo, Memory};

/// What it is worth to limit an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// It changes something, and the worst that comes of it is a nuisance.
    Minor,
    /// It gives away data or secrets, changes code or permissions, deletes, or lets somebody take over what others work with.
    Harm,
}

/// An action that could be limited, and the element that grants it.
pub struct Scopable<'s> {
    pub of: Limitable,
    pub written: &'s Item,
    /// The action that the element is, if it is one alone.
    pub named: Option<Action>,
}

/// An action that changes something or reads data, and can be limited to resources.
#[derive(Clone, Copy)]
pub struct Limitable {
    pub action: Action,
    pub level: AccessLevel,
    weight: Weight,
    /// Whether it is for what is made beside it, if the statement makes something of the service.
    marks_new: bool,
    /// Whether it may be used on everything where the resource is `*`.
    pub on_everything: bool,
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
    /// Actions that make things.
    makes: Vec<Action>,
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
        let is_whole = text == "*" || text.ends_with(":*");
        for action in catalog::expand(text) {
            if is_maker(&action) {
                element.makes.push(action);
            }
            if let Some(weight) = weight(action) {
                // Who has all of a service makes its things, too.
                let weight = if is_whole && !gives(action) { Weight::Minor } else { weight };
                element.limitable.push(of(action, weight));
            }
        }
        element.limitable.sort_by_key(|one| std::cmp::Reverse(one.level));
        element
    }
}

/// Actions of the statement that could be limited and are worth as much as is asked, each by the first element that grants it, the worst
/// first. An element that stands for actions of both weights is as bad as the worst of them.
pub fn scopable_actions<'s>(statement: &'s Statement, weight: Weight, scope: &Scope, memory: &Memory) -> Vec<Scopable<'s>> {
    let elements = elements(statement, memory);
    let makes = |service: Service| elements.iter().any(|(_, element)| element.makes.iter().any(|maker| maker.service() == service));
    let (made, published) =
        (LazyLock::new(|| Made::by_policy(statement, scope, memory)), LazyLock::new(|| Published::of(statement, scope)));
    let of_people = LazyLock::new(|| is_for_people(scope));
    let is_excused =
        |action: Action| made.has(action) || published.is_some_and(|published| published.allows(action)) || !raises(action) && *of_people;
    let weight_of = |of: &Limitable| if of.weight == Weight::Harm && is_excused(of.action) { Weight::Minor } else { of.weight };
    let mut seen: FxHashSet<Action> = FxHashSet::default();
    let mut found = Vec::new();
    for (written, element) in &elements {
        let named = catalog::action(&written.text);
        let is_new = |of: &&Limitable| !(of.marks_new && makes(of.action.service())) && (elements.len() == 1 || seen.insert(of.action));
        let new: Vec<(Weight, &Limitable)> = element.limitable.iter().filter(is_new).map(|of| (weight_of(of), of)).collect();
        if new.iter().map(|(weight, _)| *weight).max() == Some(weight) {
            let worst = new.into_iter().filter(|(own, _)| *own == weight);
            found.extend(worst.map(|(_, of)| Scopable { of: *of, written, named }));
        }
    }
    found.sort_by_key(|scopable| std::cmp::Reverse(scopable.of.level));
    found
}

fn elements<'s>(statement: &'s Statement, memory: &Memory) -> Vec<(&'s Item, Arc<Element>)> {
    let actions = statement.actions.as_ref().filter(|actions| !actions.negated);
    let known = actions.into_iter().flat_map(|actions| &actions.items).filter(|item| !item.pattern.has_hole());
    // What another element grants, however many stars it has, is granted by the first.
    let mut seen: FxHashSet<Arc<str>> = FxHashSet::default();
    let texts = known.map(|item| (item, one_star(&item.text)));
    texts.filter(|(_, text)| seen.insert(Arc::clone(text))).map(|(item, text)| (item, Elements::of(memory, &text))).collect()
}

/// `s3:*` of `s3:**`.
fn one_star(text: &Arc<str>) -> Arc<str> {
    if !text.contains("**") {
        return Arc::clone(text);
    }
    let mut short = String::with_capacity(text.len());
    text.chars().for_each(|character| {
        if character != '*' || !short.ends_with('*') {
            short.push(character)
        }
    });
    short.into()
}

/// What a policy makes under whatever name: nobody can name those things before they are there, and who makes them changes and deletes
/// them, too. By service what stands behind the verb in the names of its actions: `Function` of `lambda:CreateFunction`.
#[derive(Default)]
struct Made(FxHashMap<Service, FxHashSet<&'static str>>);

/// Of a policy with more statements than fit into one of AWS's, only what each makes by itself counts.
const MOST_STATEMENTS: usize = 100;

impl Made {
    fn by_policy(statement: &Statement, scope: &Scope, memory: &Memory) -> Made {
        let mut made = Made::default();
        match scope.allows().nth(MOST_STATEMENTS) {
            None => scope.allows().for_each(|other| made.add(other, memory)),
            Some(_) => made.add(statement, memory),
        }
        made
    }

    fn add(&mut self, statement: &Statement, memory: &Memory) {
        let makers = makers(statement, memory);
        if makers.is_empty() || !statement.conditions.is_empty() || !statement.gap.is_none() {
            return;
        }
        let wide = Wide::all_of(statement);
        for maker in makers.into_iter().filter(|maker| wide.iter().any(|wide| wide.is_all_of_a_type(*maker))) {
            self.0.entry(maker.service()).or_default().extend(noun(maker));
        }
    }

    fn has(&self, action: Action) -> bool {
        let nouns = self.0.get(&action.service());
        nouns.is_some_and(|nouns| is_management(action) && nouns.iter().any(|noun| action.name().contains(noun)))
    }
}

/// Actions of a statement that make things.
fn makers(statement: &Statement, memory: &Memory) -> Vec<Action> {
    let actions = statement.actions.iter().filter(|actions| !actions.negated).flat_map(|actions| &actions.items);
    let makers = actions.filter(|item| !item.pattern.has_hole()).flat_map(|item| match item.pattern.is_exact() {
        true => may_make(&item.text).then(|| catalog::action(&item.text)).flatten().filter(is_maker).into_iter().collect(),
        false => Elements::of(memory, &one_star(&item.text)).makes.clone(),
    });
    makers.collect()
}

/// Whether the name begins as those of makers do, without looking it up.
fn may_make(text: &str) -> bool {
    let name = text.split_once(':').map_or("", |(_, name)| name);
    MAKERS.iter().any(|verb| name.get(..verb.len()).is_some_and(|start| start.eq_ignore_ascii_case(verb)))
}

fn is_maker(action: &Action) -> bool {
    action.level() == AccessLevel::Write && makes_new_ones(*action)
}

/// What an action makes, in the singular: `Snapshot` of `CreateSnapshots`.
fn noun(maker: Action) -> Option<&'static str> {
    let rest = MAKERS.iter().find_map(|verb| maker.name().strip_prefix(verb))?;
    let one = rest.strip_suffix('s').unwrap_or(rest);
    (one.len() > 2).then_some(one)
}

/// Whether it is about what identities may do.
pub fn raises(action: Action) -> bool {
    matches!(action.service().prefix(), "iam" | "sts")
}

/// Whether an action is part of managing a thing, and gives nobody access to it, its data or another identity's permissions.
fn is_management(action: Action) -> bool {
    !makes_new_ones(action) && !gives(action) && !exposes(action)
}

/// Whether it may let others at a thing, or is known to give away something.
pub fn exposes(action: Action) -> bool {
    action.effective_level() == AccessLevel::Permissions || catalog::sensitive(&action.to_string()).next().is_some()
}

/// Whether an action certainly gives data, or permissions of other identities.
pub fn gives(action: Action) -> bool {
    static STEPS: LazyLock<HashSet<&'static str>> =
        LazyLock::new(|| catalog::escalations().flat_map(|escalation| escalation.actions()).collect());
    raises(action) || catalog::reads_data(action) || STEPS.contains(&*action.to_string())
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
pub fn creation_key(action: Action) -> Option<ConditionKey> {
    let mut keys = action.condition_keys().filter(|_| gives_tags(action));
    keys.find(|key| key.name().strip_prefix(action.service().prefix()) == Some(":CreateAction"))
}

/// What it is worth to limit an action; nothing for one that only lists or describes, that cannot be limited, or that AWS's own basic policies
/// allow on everything.
pub fn weight(action: Action) -> Option<Weight> {
    if !matches!(action.resources(), ResourceSupport::Types(_)) {
        return None;
    }
    match action.effective_level() {
        AccessLevel::List => None,
        // AWS sorts a few by what they show: `billing:GetResourcePolicy` manages no permissions.
        AccessLevel::Permissions if action.level() == AccessLevel::Permissions && only_shows(action) => None,
        _ if catalog::is_half(action) || catalog::deletes_little(action) => Some(Weight::Minor),
        // AWS calls `rds-data:ExecuteStatement` a write.
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

/// An action that makes what does not exist yet. Where AWS makes up the id, nobody can name it before.
pub fn makes_new_ones(action: Action) -> bool {
    MAKERS.iter().any(|verb| action.name().starts_with(verb))
}

const MAKERS: &[&str] = &["Create", "BatchCreate", "Run", "Allocate", "Request", "Import", "Copy"];

/// `volume/${VolumeId}`
pub fn ends_in_made_up_id(template: &str) -> bool {
    template.strip_suffix('}').is_some_and(|rest| rest.ends_with("Id") || rest.ends_with("ID"))
}

/// What `spanning` finds for the first type that the action needs, if it finds something for each: an action that needs several types is
/// limited as soon as one of them is.
pub fn by_types<T>(action: Action, spanning: impl Fn(ResourceType) -> Option<T>) -> Option<T> {
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
