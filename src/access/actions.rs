//! The actions that a statement is about, as far as there is a difference between them.

use rustc_hash::FxHashSet;

use super::{Access, UNNAMED};
use crate::catalog;
use crate::policy::{Items, Statement};
use crate::truth::Truth;

impl Access<'_> {
    /// Which Denies and caps are about an action. On the same resources two actions for which they are the same have the same answers.
    pub fn about(&self, action: &str) -> Vec<Truth> {
        self.bound_by.iter().flat_map(|restraints| restraints.about(action)).collect()
    }

    /// Actions of a statement: of those that all Denies treat alike one. What the catalog does not know stands for itself; nothing where the
    /// actions are not known.
    pub fn told_apart(&self, statement: &Statement) -> Vec<String> {
        let Some(actions) = &statement.actions else { return Vec::new() };
        let mut known: FxHashSet<Vec<Truth>> = FxHashSet::default();
        let is_new = |action: &String| known.insert(self.about(action));
        all_of(actions).filter(|action| statement.covers_action(action).certainly()).filter(is_new).collect()
    }
}

fn all_of(actions: &Items) -> Box<dyn Iterator<Item = String> + '_> {
    if actions.negated {
        return Box::new(catalog::expand("*").map(|action| action.to_string()));
    }
    Box::new(actions.items.iter().flat_map(|item| {
        let text = item.pattern.as_exact().map(str::to_owned);
        let mut expanded =
            text.is_none().then(|| catalog::expand(&item.text).map(|action| action.to_string())).into_iter().flatten().peekable();
        // Of a service that the catalog does not know, some action.
        let unknown = (text.is_none() && expanded.peek().is_none()).then(|| item.text.replace('*', UNNAMED).replace('?', "z"));
        text.into_iter().chain(unknown).chain(expanded)
    }))
}
