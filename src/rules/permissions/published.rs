//! Statements that are copies of what controllers, vendors and AWS publish, known by what they say. What a copy is called says nothing.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use rustc_hash::{FxHashMap, FxHashSet};

use super::limitable::{exposes, gives};
use crate::access::Scope;
use crate::access::doors::{By, Door, doors};
use crate::catalog::{self, Action};
use crate::estate::{Identity, managed_document};
use crate::policy::pattern::{Case, Mode, Pattern};
use crate::policy::{Condition, Item, Statement};

/// For whom a policy is published.
enum Owner {
    /// By AWS, as a policy of its own.
    Aws,
    Pods,
    Others,
}

/// A published statement that allows something on resources whatever they are called.
pub struct Published {
    /// ``the policy that is published for Velero``, ``AWS's policy AWSGlueServiceRole``
    pub name: String,
    owner: Owner,
    actions: FxHashSet<Action>,
    resources: Vec<Pattern>,
}

/// So many actions say of a statement whose it is. Fewer are anybody's: of what AWS itself publishes for a role, and of what pods hold.
const MANY: usize = 10;
const OF_AWS: usize = 7;
const OF_PODS: usize = 5;

/// More than any statement that is published has.
const MOST: usize = 1000;

impl Published {
    /// The statement that one at hand is a copy of, if it has no other resources.
    pub fn of(statement: &Statement, scope: &Scope) -> Option<&'static Published> {
        let copy = Copy::of(statement)?;
        let resources = statement.resources.as_ref().filter(|resources| !resources.negated)?;
        let of_pods = LazyLock::new(|| scope.holders().is_empty() || scope.holders().iter().any(|holder| is_pods(holder, scope)));
        let says_whose = |published: &Published| match published.owner {
            Owner::Aws => copy.actions.len() >= OF_AWS,
            Owner::Pods => *of_pods && (copy.actions.len() >= OF_PODS || copy.actions == published.actions),
            Owner::Others => copy.actions.len() >= MANY,
        };
        let is_it = |published: &&Published| says_whose(published) && resources.items.iter().all(|item| published.reaches(item));
        copy.resembled().find(is_it)
    }

    /// Whether it allows an action. What gives permissions of other identities, or lets others at a thing, is nothing to copy unread.
    pub fn allows(&self, action: Action) -> bool {
        let is_read = catalog::reads_data(action);
        self.actions.contains(&action) && (is_read || !gives(action) && !exposes(action))
    }

    fn reaches(&self, item: &Item) -> bool {
        self.resources.iter().any(|resource| resource.includes(&item.pattern, Case::Sensitive).possibly())
    }
}

/// A statement that may be a copy.
struct Copy {
    elements: Vec<Vec<Action>>,
    actions: FxHashSet<Action>,
}

impl Copy {
    fn of(statement: &Statement) -> Option<Copy> {
        let actions = statement.actions.as_ref().filter(|actions| !actions.negated && (2..=MOST).contains(&actions.items.len()))?;
        // Nobody publishes a pattern of services.
        let of_one_service = |item: &Item| item.text.split_once(':').is_some_and(|(service, _)| !service.contains(['*', '?']));
        if !actions.items.iter().all(of_one_service) {
            return None;
        }
        let elements: Vec<Vec<Action>> = actions.items.iter().map(|item| catalog::expand(&item.text).collect()).collect();
        Some(Copy { actions: elements.iter().flatten().copied().collect(), elements })
    }

    /// The published statements of which four of five elements are, and a third of which is in them, or so much that the rest may have come since.
    fn resembled(&self) -> impl Iterator<Item = &'static Published> {
        let mut shared: BTreeMap<usize, usize> = BTreeMap::new();
        for element in &self.elements {
            let mut of_element: BTreeMap<usize, usize> = BTreeMap::new();
            let known = element.iter().filter_map(|action| ALL.by_action.get(action)).flatten();
            known.for_each(|at| *of_element.entry(*at).or_default() += 1);
            // `s3:*` is no copy of what names two of its actions.
            let most = of_element.into_iter().filter(|(_, count)| 2 * count > element.len());
            most.for_each(|(at, _)| *shared.entry(at).or_default() += 1);
        }
        let candidates = shared.into_iter().filter_map(|(at, count)| Some((ALL.statements.get(at)?, count)));
        let covers = |published: &Published| 3 * published.actions.intersection(&self.actions).count() >= published.actions.len();
        let alike = |(published, count): &(&'static Published, usize)| {
            5 * count >= 4 * self.elements.len() && (*count >= MANY || covers(published))
        };
        candidates.filter(alike).map(|(published, _)| published).collect::<Vec<_>>().into_iter()
    }
}

/// Whether pods get into an identity, by their service account.
fn is_pods(holder: &Identity, scope: &Scope) -> bool {
    let is_pod =
        |door: &Door| door.by() == By::Pod || door.by() == By::Token && door.statement.conditions.iter().any(names_service_account);
    doors(holder, scope.estate).iter().any(is_pod)
}

fn names_service_account(condition: &Condition) -> bool {
    condition.values.iter().any(|value| value.text.starts_with("system:serviceaccount:"))
}

/// All that is published, and which of it has an action.
struct Index {
    statements: Vec<Published>,
    by_action: FxHashMap<Action, Vec<usize>>,
}

static ALL: LazyLock<Index> = LazyLock::new(|| {
    let statements: Vec<Published> = by_others().chain(by_aws()).collect();
    let mut by_action: FxHashMap<Action, Vec<usize>> = FxHashMap::default();
    for (at, published) in statements.iter().enumerate() {
        published.actions.iter().for_each(|action| by_action.entry(*action).or_default().push(at));
    }
    Index { statements, by_action }
});

fn by_others() -> impl Iterator<Item = Published> {
    catalog::published_policies().iter().flat_map(|policy| {
        policy.statements.iter().map(|statement| Published {
            name: format!("the policy that is published for {}", policy.owner),
            owner: if policy.for_pods { Owner::Pods } else { Owner::Others },
            actions: statement.actions.iter().flat_map(|action| catalog::expand(action)).collect(),
            resources: statement.resources.iter().map(|resource| Pattern::parse(resource, Mode::WILDCARDS)).collect(),
        })
    })
}

fn by_aws() -> impl Iterator<Item = Published> {
    let documents = catalog::standard_policies().filter_map(|name| Some((name, managed_document(name)?)));
    documents.flat_map(|(name, document)| {
        let wide = document.statements.iter().filter(|statement| statement.allows() && statement.conditions.is_empty());
        let published = wide.filter_map(|statement| {
            let (actions, resources) = (statement.actions.as_ref()?, statement.resources.as_ref()?);
            Some(Published {
                name: format!("AWS's policy {name}"),
                owner: Owner::Aws,
                actions: actions.items.iter().flat_map(|item| catalog::expand(&item.text)).collect(),
                resources: resources.items.iter().map(|item| item.pattern.clone()).collect(),
            })
            .filter(|_| !actions.negated && !resources.negated)
        });
        published.collect::<Vec<_>>()
    })
}
