//! How far a trust policy lets the tokens of an issuer reach, and what the rules of one run have found out about it: the search for it takes
//! milliseconds, and four rules ask.

use std::sync::Arc;

use crate::policy::condition::Operator;
use crate::policy::pattern::Pattern;
use crate::policy::{Condition, Item};
use crate::rules::kit::memory::Memo;

/// How far a value of the subject reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::rules) enum Breadth {
    PullRequests,
    Refs,
    Repositories,
    Tenants,
}

/// A value that lets in more than one repository's one branch.
#[derive(Clone)]
pub(in crate::rules) struct Wide<'a> {
    pub condition: &'a Condition,
    pub value: &'a Item,
    pub reach: Reach,
}

/// What was searched already, by all that the answers depend on: several rules ask, of many roles of one form, and a search takes up to some
/// milliseconds.
pub(in crate::rules) struct Reaches {
    wide: Memo<String, Arc<[FoundReach]>>,
    pinned: Memo<String, bool>,
    fitting: Memo<(&'static str, Operator, Pattern), bool>,
}

impl Default for Reaches {
    fn default() -> Reaches {
        // A door's content is some hundreds of bytes.
        Reaches { wide: Memo::new(512), pinned: Memo::new(512), fitting: Memo::new(512) }
    }
}

impl Reaches {
    /// What `search` finds for a door of this content. `conditions` are those on the subject.
    pub(in crate::rules) fn wide<'a>(
        &self,
        door: String,
        conditions: &[&'a Condition],
        search: impl FnOnce() -> Vec<Wide<'a>>,
    ) -> Vec<Wide<'a>> {
        let find = || search().iter().filter_map(|wide| FoundReach::new(wide, conditions)).collect();
        self.wide.get(door, find).iter().filter_map(|found| found.of(conditions)).collect()
    }

    /// Whether a door of this content pins the tenant.
    pub(in crate::rules) fn is_pinned(&self, door: String, search: impl FnOnce() -> bool) -> bool {
        self.pinned.get(door, search)
    }

    /// Whether some subject of an issuer passes a value.
    pub(in crate::rules) fn fits(&self, issuer: &'static str, operator: Operator, value: &Pattern, search: impl FnOnce() -> bool) -> bool {
        self.fitting.get((issuer, operator, value.clone()), search)
    }
}

/// A `Wide` that borrows nothing: the condition's place among those on the subject, and the value's in it.
struct FoundReach {
    condition: usize,
    value: usize,
    reach: Reach,
}

impl FoundReach {
    fn new(wide: &Wide, conditions: &[&Condition]) -> Option<FoundReach> {
        let condition = conditions.iter().position(|condition| std::ptr::eq(*condition, wide.condition))?;
        let value = wide.condition.values.iter().position(|value| std::ptr::eq(value, wide.value))?;
        Some(FoundReach { condition, value, reach: wide.reach.clone() })
    }

    fn of<'a>(&self, conditions: &[&'a Condition]) -> Option<Wide<'a>> {
        let condition = *conditions.get(self.condition)?;
        Some(Wide { condition, value: condition.values.get(self.value)?, reach: self.reach.clone() })
    }
}

/// What a value lets in.
#[derive(Clone, Debug)]
pub(in crate::rules) struct Reach {
    pub breadth: Breadth,
    /// A subject that is meant, as far as one can tell, and one that gets in as well.
    pub meant: String,
    pub other: String,
    /// The tenant and the repository of the first one.
    pub tenant: String,
    pub repository: String,
    /// Whether any name will do, and not only one that begins or ends in some way.
    pub any_name: bool,
}

/// The values of each condition that reach just so far, in order: one list is one thing to mend.
pub(in crate::rules) fn by_condition<'a>(wide: Vec<Wide<'a>>, breadth: Breadth) -> Vec<Vec<Wide<'a>>> {
    let mut lists: Vec<Vec<Wide>> = Vec::new();
    for one in wide.into_iter().filter(|wide| wide.reach.breadth == breadth) {
        match lists.iter_mut().find(|list| list.first().is_some_and(|first| std::ptr::eq(first.condition, one.condition))) {
            Some(list) => list.push(one),
            None => lists.push(vec![one]),
        }
    }
    lists
}

/// What they let in, as messages name it: the repositories, without repeats.
pub(in crate::rules) fn repositories(list: &[Wide]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in list.iter().map(|wide| &wide.reach.repository) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

impl Reach {
    /// Puts the name of an unknown part in place of what was guessed for it.
    pub(in crate::rules) fn show(&mut self, guess: &str, name: &str) {
        for text in [&mut self.meant, &mut self.other, &mut self.tenant, &mut self.repository] {
            *text = text.replace(guess, name);
        }
    }

    /// Whether who gets in by `other` gets in by this, too.
    pub(in crate::rules) fn includes(&self, other: &Reach) -> bool {
        match self.breadth {
            Breadth::Tenants => true,
            Breadth::Repositories => self.tenant == other.tenant,
            Breadth::Refs => self.repository == other.repository,
            Breadth::PullRequests => false,
        }
    }
}
