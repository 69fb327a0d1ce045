//! On what it rests whether a resource is there: its `count` or `for_each`, and those of the module calls that lead to it.

use std::sync::Arc;

use super::arms::Assumption;
use super::evaluator::Evaluator;
use super::expand::Expansion;
use super::resource::Resource;
use super::scope::{Instance, Key, Repetition};

/// What is so where a resource is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Presence {
    /// Decisions that are then taken so.
    pub assumed: Vec<Assumption>,
    /// Things that source does not give, of which there is then at least one: `var.roles`.
    pub some_of: Vec<Arc<str>>,
}

/// Whether something is there where something else is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Beside {
    Always,
    /// With what that rests on: `` `var.on` is true ``
    Perhaps(String),
    Never,
}

impl Presence {
    /// Both are there.
    #[must_use]
    pub fn and(&self, other: &Presence) -> Presence {
        let mut both = self.clone();
        both.assumed.extend(other.assumed.iter().filter(|one| !self.assumed.contains(one)).cloned());
        both.some_of.extend(other.some_of.iter().filter(|one| !self.some_of.contains(one)).cloned());
        both
    }

    /// Whether it is there where `given` is.
    pub fn beside(&self, given: &Presence) -> Beside {
        if self.assumed.iter().any(|own| given.assumed.iter().any(|other| own.contradicts(other))) {
            return Beside::Never;
        }
        let undecided = self.assumed.iter().find(|own| !given.assumed.contains(own)).map(|own| own.decision.says(own.taken));
        let unknown = || self.some_of.iter().find(|own| !given.some_of.contains(own)).map(|name| format!("`{name}` is not empty"));
        undecided.or_else(unknown).map_or(Beside::Always, Beside::Perhaps)
    }
}

impl Evaluator<'_> {
    /// On what it rests whether a resource is there.
    pub fn presence(&self, resource: &Resource) -> Presence {
        let Some(node) = self.node(resource.lazy) else { return Presence::default() };
        let instance = self.instance(node.instance);
        let presence = of_module(&instance);
        if node.key == Key::None {
            return presence;
        }
        let Some(parsed) = self.declaration(&node).and_then(|declaration| declaration.parse(self.sources)) else { return presence };
        presence.with(&self.expansion(&instance, &node.target, &parsed.block), &node.key)
    }
}

impl Presence {
    /// The same of what is there once for each instance of an expansion, of the one with this key.
    fn with(mut self, expansion: &Expansion, key: &Key) -> Presence {
        self.assumed.extend(expansion.implied(key));
        self.some_of.extend(expansion.repetition(key).and_then(unknown_of));
        self
    }
}

/// On what it rests whether a module is there.
fn of_module(instance: &Instance) -> Presence {
    Presence { assumed: instance.assumed.clone(), some_of: of_calls(instance) }
}

/// The same of a module that is called in another one, whether or not its source is there.
pub(super) fn of_call(instance: &Instance, expansion: &Expansion, key: &Key) -> Presence {
    of_module(instance).with(expansion, key)
}

/// The calls of modules that stand for all that there are.
fn of_calls(instance: &Instance) -> Vec<Arc<str>> {
    let mut found = Vec::new();
    let mut next = instance.call.as_ref();
    while let Some(call) = next {
        found.extend(unknown_of(&call.repetition));
        next = call.parent.call.as_ref();
    }
    found
}

/// What is not known of how many there are.
fn unknown_of(repetition: &Repetition) -> Option<Arc<str>> {
    let Repetition::Any(each) = repetition else { return None };
    each.as_unknown().map(|unknown| unknown.reason.root().name().into())
}
