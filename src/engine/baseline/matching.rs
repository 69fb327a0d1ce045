//! Which entry of a baseline an instance takes: the one that is most like it, and each entry once.

use std::collections::HashMap;

use super::Baseline;
use crate::finding::Known;

/// What an instance and an entry must have in common to be the same finding.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    rule: String,
    says: Says,
    /// Nothing where other holders may be meant, too.
    holder: Option<String>,
    place: Place,
    address: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Says {
    /// A statement of this hash.
    Statement(String),
    /// One of this hash, at this token.
    At(String, String),
    /// This token, whatever the statement says beside it.
    Token(String),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Place {
    /// The account, else the root module: the same role in another account is another finding.
    Own(String),
    /// A root module, where the account is known, or is not.
    Root(String, bool),
}

impl Key {
    /// By the rule, who holds the policy and what the statement says.
    pub fn of(known: &Known) -> Key {
        Key {
            rule: known.rule.clone(),
            says: Says::Statement(known.statement.clone()),
            holder: Some(known.holder.clone()),
            place: Place::Own(known.account.clone().unwrap_or_else(|| known.root.clone())),
            address: None,
        }
    }

    pub fn with_address(known: &Known) -> Key {
        Key { address: Some(known.address.clone()), ..Key::of(known) }
    }

    /// Of several findings of one statement, the one at the same token.
    pub fn with_token(known: &Known) -> Key {
        Key { says: Says::At(known.statement.clone(), known.token.clone()), ..Key::with_address(known) }
    }

    /// By another address and holder.
    pub fn called(known: &Known, address: &str, holder: &str) -> Key {
        Key { address: Some(address.to_owned()), holder: Some(holder.to_owned()), ..Key::of(known) }
    }

    /// Of the same root module, where one run knew the account and the other one did not.
    pub fn in_root(known: &Known, has_account: bool) -> Key {
        Key { place: Place::Root(known.root.clone(), has_account), ..Key::of(known) }
    }

    pub fn of_any_holder(known: &Known) -> Key {
        Key { holder: None, ..Key::with_address(known) }
    }

    /// By the token alone, whatever else its statement says now.
    pub fn of_token(known: &Known) -> Key {
        Key { says: Says::Token(known.token.clone()), ..Key::with_address(known) }
    }

    /// All under which an entry is found.
    fn all(entry: &Known) -> [Key; 6] {
        [
            Key::with_token(entry),
            Key::with_address(entry),
            Key::of(entry),
            Key::in_root(entry, entry.account.is_some()),
            Key::of_any_holder(entry),
            Key::of_token(entry),
        ]
    }
}

/// The entries that no finding has taken yet.
pub(super) struct Matching<'b> {
    entries: Vec<(&'b Known, bool)>,
    by_key: HashMap<Key, Vec<usize>>,
}

impl<'b> Matching<'b> {
    pub fn new(baseline: &'b Baseline) -> Matching<'b> {
        let mut by_key: HashMap<Key, Vec<usize>> = HashMap::new();
        for (at, known) in baseline.known.iter().enumerate() {
            Key::all(known).into_iter().for_each(|key| by_key.entry(key).or_default().push(at));
        }
        Matching { entries: baseline.known.iter().map(|known| (known, false)).collect(), by_key }
    }

    /// Takes the first entry of a key that is free and `fits`.
    pub fn take(&mut self, key: &Key, fits: impl Fn(&Known) -> bool) -> Option<&'b Known> {
        let waiting = self.by_key.get_mut(key)?;
        // Those that are taken are not looked at again.
        let entries = &mut self.entries;
        waiting.retain(|at| entries.get(*at).is_some_and(|(_, taken)| !taken));
        let at = waiting.iter().position(|at| entries.get(*at).is_some_and(|(known, _)| fits(known)))?;
        let (known, taken) = entries.get_mut(waiting.swap_remove(at))?;
        *taken = true;
        Some(known)
    }

    pub fn left(self) -> Vec<Known> {
        self.entries.into_iter().filter(|(_, taken)| !taken).map(|(known, _)| known.clone()).collect()
    }
}
