//! What lists of exceptions leave in: `NotAction` and `NotResource` of an Allow.

use std::sync::LazyLock;

use super::harm::Harm;
use super::limitable::{Limitable, Weight, by_types, weight};
use super::wide::Wide;
use crate::access::{unnamed, unnamed_of};
use crate::catalog::arn_match::plainest_types;
use crate::catalog::{self, Action, ResourceType};
use crate::policy::Statement;
use crate::policy::pattern::Case;
use crate::rules::kit::allowed::{LeftOnAll, partition};

/// Whether a statement certainly allows an action on some resource that nobody has named, as far as its own elements say.
pub fn leaves(statement: &Statement, action: Action) -> bool {
    statement.covers_action(&action.to_string()).certainly()
        && match &statement.resources {
            None => false,
            Some(resources) if resources.negated => {
                unnamed(action, partition(statement)).iter().any(|resource| resources.mean(resource, Case::Sensitive).certainly())
            }
            Some(resources) => resources.items.iter().any(|item| item.is_every_resource()),
        }
}

/// Whether a `NotResource` certainly leaves in all that an action is for, but for what it names: of the types that the action works on the one
/// that one thinks of, and each that every call needs.
pub fn leaves_a_type(statement: &Statement, of: Limitable) -> bool {
    let Some(resources) = statement.resources.as_ref().filter(|resources| resources.negated) else { return false };
    let is_left =
        |kind: ResourceType| unnamed_of(kind, partition(statement)).iter().any(|arn| resources.mean(arn, Case::Sensitive).certainly());
    let by_needed = || by_types(of.action, |kind| is_left(kind).then_some(()));
    plainest_types(of.action).first().is_some_and(|kind| is_left(*kind)) && by_needed().is_some()
}

/// All actions that do harm, the worst first, and of those what people know first, then the plainest.
static GRAVE: LazyLock<Vec<(Harm, Action)>> = LazyLock::new(|| {
    let harmful = catalog::expand("*").filter(|action| weight(*action) == Some(Weight::Harm));
    let mut all: Vec<(Harm, Action)> = harmful.map(|action| (Harm::of(action), action)).collect();
    all.sort_by_key(|(harm, action)| (*harm, !catalog::is_telling(*action), action.name().len()));
    all
});

/// How many are named.
const MOST_NAMED: usize = 3;

/// What of the harmful actions a `NotAction` leaves in on all resources of a type: three at most, of as many sorts of harm as there are, the
/// worst first.
pub fn grave_left(statement: &Statement, left: &mut LeftOnAll) -> Vec<Action> {
    let wide = Wide::all_of(statement);
    let negated = statement.resources.as_ref().is_some_and(|resources| resources.negated);
    let reaches =
        |action: Action| if negated { leaves(statement, action) } else { wide.iter().any(|wide| wide.is_all_of_plainest(action)) };
    let allows = |action: Action| statement.covers_action(&action.to_string()).certainly() && reaches(action);
    let mut found: Vec<Action> = Vec::new();
    for harm in Harm::ALL {
        let mut of_sort = GRAVE.iter().filter(|(own, _)| *own == harm).map(|(_, action)| *action);
        found.extend(of_sort.find(|action| allows(*action) && left.has(*action).possibly()));
    }
    if found.is_empty() {
        return found;
    }
    let named = found.clone();
    let others = GRAVE.iter().map(|(_, action)| *action).filter(|action| !named.contains(action) && allows(*action));
    found.extend(others.filter(|action| left.has(*action).possibly()).take(MOST_NAMED.saturating_sub(named.len())));
    found.truncate(MOST_NAMED);
    found
}
