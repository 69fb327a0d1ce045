//! Statements that are copies of what controllers, vendors and AWS publish, known by what they say. What a copy is called says nothing.

use std::sync::LazyLock;

use rustc_hash::FxHashSet;

use super::limitable::raises;
use crate::access::Scope;
use crate::access::doors::{By, Door, doors};
use crate::catalog::{self, Action};
use crate::estate::{Identity, managed_document};
use crate::policy::pattern::{Case, Mode, Pattern};
use crate::policy::{Condition, Item, Statement};

/// A published statement that allows something on resources whatever they are called.
pub struct Published {
    /// ``the policy that is published for Velero``, ``AWS's policy AWSGlueServiceRole``
    pub name: String,
    for_pods: bool,
    actions: FxHashSet<Action>,
    resources: Vec<Pattern>,
}

/// So many elements of a statement say whose it is. Fewer are anybody's, unless it is a pod that has just those.
const FEWEST: usize = 5;

/// Of a long statement so many that are known are enough: older copies lack what was added since.
const MANY: usize = 10;

impl Published {
    /// The statement that one at hand is a copy of, if it has no other resources.
    pub fn of(statement: &Statement, scope: &Scope) -> Option<&'static Published> {
        let actions = statement.actions.as_ref().filter(|actions| !actions.negated && actions.items.len() > 1)?;
        let resources = statement.resources.as_ref().filter(|resources| !resources.negated)?;
        let elements: Vec<Vec<Action>> = actions.items.iter().map(|item| catalog::expand(&item.text).collect()).collect();
        let is_enough = elements.len() >= FEWEST;
        let of_pods = LazyLock::new(|| scope.holders().iter().any(|holder| is_pods(holder, scope)));
        let is_it = |published: &&Published| {
            (is_enough || published.for_pods && published.is_made_of(&elements) && *of_pods)
                && published.resembles(&elements)
                && resources.items.iter().all(|item| published.reaches(item))
        };
        ALL.iter().find(is_it)
    }

    /// Whether it allows an action. What gives the permissions of other identities is nothing to copy unread.
    pub fn allows(&self, action: Action) -> bool {
        !raises(action) && self.actions.contains(&action)
    }

    fn is_made_of(&self, elements: &[Vec<Action>]) -> bool {
        let all: FxHashSet<Action> = elements.iter().flatten().copied().collect();
        all == self.actions
    }

    /// Four of five elements are in it, and a third of it is in those, or they are many.
    fn resembles(&self, elements: &[Vec<Action>]) -> bool {
        let known = |element: &&Vec<Action>| element.iter().any(|action| self.actions.contains(action));
        let shared = elements.iter().filter(known).count();
        let covered = || self.actions.iter().filter(|action| elements.iter().any(|element| element.contains(action))).count();
        5 * shared >= 4 * elements.len() && (shared >= MANY || 3 * covered() >= self.actions.len())
    }

    fn reaches(&self, item: &Item) -> bool {
        self.resources.iter().any(|resource| resource.includes(&item.pattern, Case::Sensitive).possibly())
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

static ALL: LazyLock<Vec<Published>> = LazyLock::new(|| by_others().chain(by_aws()).collect());

fn by_others() -> impl Iterator<Item = Published> {
    catalog::published_policies().iter().flat_map(|policy| {
        policy.statements.iter().map(|statement| Published {
            name: format!("the policy that is published for {}", policy.owner),
            for_pods: policy.for_pods,
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
                for_pods: false,
                actions: actions.items.iter().flat_map(|item| catalog::expand(&item.text)).collect(),
                resources: resources.items.iter().map(|item| item.pattern.clone()).collect(),
            })
            .filter(|_| !actions.negated && !resources.negated)
        });
        published.collect::<Vec<_>>()
    })
}
