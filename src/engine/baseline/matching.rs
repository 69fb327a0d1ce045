//! Which entry of a baseline an instance takes: the one that is most like it, and each entry once.

use std::collections::HashMap;

use super::Baseline;
use crate::config::is_account_id;
use crate::finding::Known;

/// What an instance and an entry must have in common to be the same finding.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    rule: String,
    says: Says,
    /// Nothing where other holders may be meant, too.
    holder: Option<String>,
    /// What the policy is put on.
    on: String,
    place: Place,
    address: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Says {
    /// A statement of this hash.
    Statement(String),
    /// One of this hash, at this token.
    At(String, String),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Place {
    /// The same role in another account is another finding. What has no name there is known by its address, so by its root module.
    Account(String),
    Root(String),
    /// A root module of which the account was not known.
    Unnumbered(String),
}

impl Key {
    /// By the rule, who holds the policy and what the statement says.
    pub fn of(known: &Known) -> Key {
        Key {
            rule: known.rule.clone(),
            says: Says::Statement(known.statement.clone()),
            holder: Some(known.holder.clone()),
            on: known.on.clone(),
            place: match &known.account {
                // Names stand in backquotes.
                Some(account) if known.holder.contains('`') => Place::Account(account.clone()),
                Some(account) => Place::Account(format!("{account} {}", known.root)),
                None => Place::Root(known.root.clone()),
            },
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

    /// Of the same root module, where the account was not known.
    pub fn before_account(known: &Known) -> Key {
        Key { place: Place::Unnumbered(known.root.clone()), ..Key::of(known) }
    }

    pub fn of_any_holder(known: &Known) -> Key {
        let place = match &known.account {
            Some(account) => Place::Account(format!("{account} {}", known.root)),
            None => Place::Root(known.root.clone()),
        };
        Key { holder: None, place, ..Key::with_address(known) }
    }

    /// All under which an entry is found.
    fn all(entry: &Known) -> Vec<Key> {
        let mut all = vec![Key::with_token(entry), Key::with_address(entry), Key::of(entry), Key::of_any_holder(entry)];
        let is_number = entry.account.as_deref().is_some_and(is_account_id);
        all.extend((!is_number).then(|| Key::before_account(entry)));
        all
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
