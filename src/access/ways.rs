//! What Denies of a trust policy ask of those who come in, as conditions.
//!
//! Whoever searches for a request of a form of its own, such as two tokens of two repositories, needs to know what the Denies ask of it
//! before there is one to try. That is written out only as far as keys go that the caller chooses: of a token, its claims.

use std::collections::BTreeMap;

use super::Access;
use super::keys::{self, Wanted};
use super::question::Caller;
use crate::policy::{Condition, Statement};
use crate::truth::Truth;

/// More are left out: less is left then than there is.
const MOST_WAYS: usize = 24;

/// Conditions, all of which a request must meet beside the Allow's own so that no Deny turns it away.
pub type Way = Vec<Condition>;

/// The ways past the Denies for a caller's requests for an action, as far as source tells of any. Without Denies there is one, which asks for
/// nothing.
pub fn ways<'w>(allow: &'w Statement, access: &'w Access, caller: &Caller, action: &str) -> Vec<Way> {
    let own: Vec<Wanted> = allow.conditions.iter().map(|condition| Wanted { condition, holds: true }).collect();
    let mut ways: Vec<Vec<Wanted<'w>>> = vec![Vec::new()];
    for deny in access.certain_denies() {
        if caller.who.is_meant_by(deny).and(deny.covers_action(action)) == Truth::No {
            continue;
        }
        // Whatever else it is about, it turns nobody away where one of its conditions is not met.
        let with = |way: &[Wanted<'w>], condition| [way, &[Wanted { condition, holds: false }]].concat();
        let next = ways.iter().flat_map(|way| deny.conditions.iter().map(move |condition| with(way, condition)));
        ways = next.filter(|way| is_open([own.as_slice(), way].concat(), caller)).take(MOST_WAYS).collect();
    }
    // What may stand against some of them may close these.
    access.note(action, |deny| caller.who.is_meant_by(deny).possibly());
    ways.iter().map(|way| asked(way, caller)).collect()
}

/// Whether some request may meet all of these.
fn is_open(wanted: Vec<Wanted>, caller: &Caller) -> bool {
    let mut by_key: BTreeMap<String, Vec<Wanted>> = BTreeMap::new();
    for one in wanted {
        by_key.entry(one.condition.key.to_ascii_lowercase()).or_default().push(one);
    }
    by_key.iter().all(|(key, wanted)| keys::find(key, wanted, caller).truth.possibly())
}

/// What the caller's requests must meet, as far as that can be said of one value of a key, or of its presence.
fn asked(way: &[Wanted], caller: &Caller) -> Way {
    let open = way.iter().filter(|one| caller.leaves_open(&one.condition.key));
    open.filter_map(|one| one.as_condition().or_else(|| one.as_presence())).collect()
}
