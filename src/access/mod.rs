//! Who can do what: the questions that rules ask of the policies of an estate.
//!
//! A rule judges one statement. What other statements take away of it is answered here, in one place and by one search (`witness.rs`), for
//! identity policies, trust policies and resource policies alike. Three things hold:
//!
//! - A verdict is certain only if it is that whatever unknown parts stand for.
//! - A request that is said to be allowed was put through the evaluator of single requests (`policy/evaluate/`) against every Deny.
//! - What the caller, the resource or AWS decides of a request is fixed by the question; only what the asker controls is chosen.

use std::cell::Cell;

mod actions;
pub mod doors;
mod holder;
mod judge;
mod keys;
mod parts;
mod paths;
mod question;
mod region;
mod requester;
mod restraints;
mod scope;
pub mod subject;
#[cfg(test)]
mod tests;
mod variables;
mod ways;
mod witness;

pub use judge::{Decision, Policies};
pub use parts::Part;
pub use question::{Caller, Question, UNNAMED, Who, is_in_one_region, some, unnamed};
pub use restraints::{Cap, Open};
pub use scope::Scope;
pub use ways::{Way, ways};
pub use witness::Example;

use self::restraints::Restraints;
use self::restraints::is_everything;
use self::witness::{Avoided, Limits, MOST_AT_A_POLICY, Start, search_for};
use crate::estate::{Attached, Estate, Identity};
use crate::policy::pattern::Pattern;
use crate::policy::{Document, PolicyKind, Statement};
use crate::source::Span;
use crate::truth::Truth;

/// What binds those who come by the policy at hand: each of those who hold it, or whoever is let in by it.
pub struct Access<'a> {
    /// Of each holder; of a policy that nobody in source holds, of a trust policy and of a resource's, those of its document alone.
    bound_by: Vec<Restraints<'a>>,
    hides_statements: bool,
    /// What searches may still take.
    work_left: Cell<usize>,
}

impl<'a> Access<'a> {
    /// Of the policy at hand.
    pub fn of(scope: &Scope<'a>) -> Access<'a> {
        let holders = if scope.kind() == Some(PolicyKind::Identity) { scope.holders() } else { Vec::new() };
        let within_account = |document| Restraints::within_account(document, &scope.account(), scope.estate);
        let of_document = || scope.document().map(within_account).unwrap_or_default();
        let bound_by = match holders.is_empty() {
            true => vec![of_document()],
            false => holders.into_iter().map(|holder| Restraints::of_holder(scope, holder)).collect(),
        };
        Access::bound_by(bound_by, scope.document())
    }

    /// Of one holder.
    pub fn of_holder(scope: &Scope<'a>, holder: &Identity) -> Access<'a> {
        Access::bound_by(vec![Restraints::of_holder(scope, holder)], scope.document())
    }

    /// Of a role's trust policy.
    pub fn of_trust(attached: &'a Attached, estate: &'a Estate) -> Access<'a> {
        Access::bound_by(vec![Restraints::within_account(&attached.document, &attached.account, estate)], Some(&attached.document))
    }

    /// Of a document that nobody is known to hold, such as one of AWS's own policies.
    pub fn of_document(document: &'a Document) -> Access<'a> {
        Access::bound_by(vec![Restraints::of_document(document)], Some(document))
    }

    fn bound_by(bound_by: Vec<Restraints<'a>>, document: Option<&Document>) -> Access<'a> {
        let hides_statements = document.is_some_and(|document| document.gap.is_some());
        Access { bound_by, hides_statements, work_left: Cell::new(MOST_AT_A_POLICY) }
    }

    /// Caps of all holders that source shows and does not give: they may take away what is left, of each holder.
    pub fn open(&self) -> Vec<&Open> {
        let is_open = self.bound_by.iter().all(|restraints| !restraints.open().is_empty());
        self.bound_by.iter().filter(|_| is_open).flat_map(Restraints::open).collect()
    }

    /// Where the boundary of the one holder is set, which leaves what is left. Of several it may be another's that does.
    pub fn boundary(&self) -> Option<Span> {
        let [only] = self.bound_by.as_slice() else { return None };
        only.boundary()
    }

    /// Whether nothing is denied to anybody and nothing caps them, as far as source shows.
    pub fn is_free(&self) -> bool {
        self.bound_by.iter().all(Restraints::is_empty)
    }

    /// Whether the policy has statements that are not known: they may deny anything.
    pub fn hides_statements(&self) -> bool {
        self.hides_statements
    }

    /// Whether a Deny may take some of these actions away from each of those who hold the policy.
    pub fn meets(&self, actions: &Pattern) -> bool {
        self.bound_by.iter().all(|restraints| restraints.meet(actions))
    }

    /// Whether some Deny is about an action for each of them, or may be.
    pub fn restrains(&self, action: &str) -> bool {
        self.bound_by.iter().all(|restraints| restraints.are_about(action))
    }

    /// The condition keys that Denies test.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.bound_by.iter().flat_map(Restraints::keys)
    }

    /// All that is denied to somebody, each with whether it is there for certain.
    fn denies(&self) -> impl Iterator<Item = (&Statement, bool)> {
        self.bound_by.iter().flat_map(Restraints::all)
    }

    /// Whether some request of a question is left of an Allow to somebody.
    pub fn left(&self, allow: &Statement, question: &Question) -> Truth {
        self.left_of(Start::Of(allow), question)
    }

    /// Whether Denies of everything everywhere leave nobody any request of a question: then none is left of another one either that is asked
    /// in the same region.
    pub fn denies_everything(&self, allow: &Statement, question: &Question) -> bool {
        self.bound_by.iter().all(|restraints| {
            let of_everything = restraints.avoided(question.action).filter(|one| one.is_there && is_everything(one.statement));
            let avoided: Vec<Avoided> = of_everything.collect();
            let own = restraints.asker(Some(allow), question);
            let search =
                || search_for(self.work_left.get(), Start::Of(allow), avoided.iter().copied().into(), own.as_ref().unwrap_or(question));
            !avoided.is_empty() && search().truth == Truth::No
        })
    }

    fn left_of(&self, start: Start, question: &Question) -> Truth {
        let mut left = Truth::No;
        // One after the other: the first that is let through is enough.
        for restraints in &self.bound_by {
            let levels = restraints.levels();
            let own = restraints.asker(start.statement(), question);
            let limits = Limits { avoided: restraints.avoided(question.action), levels: &levels };
            let found = search_for(self.work_left.get(), start, limits, own.as_ref().unwrap_or(question));
            self.work_left.set(self.work_left.get().saturating_sub(found.work));
            left = left.or(found.truth);
            if left == Truth::Yes {
                break;
            }
        }
        left
    }

    /// Whether some request of one of these callers comes through the Denies, on whatever resource. The Allow's own principals and conditions do
    /// not count: whom those let in is judged by itself.
    pub fn passes(&self, allow: &Statement, callers: &[Caller], action: &str) -> Truth {
        if self.is_free() {
            return allow.covers_action(action);
        }
        Truth::any(callers.iter().map(|caller| self.left_of(Start::OfWhomever(allow), &Question::anywhere(caller, action))))
    }

    /// Whether it certainly does. Where nothing is denied the Allow speaks for itself.
    pub fn lets_through(&self, allow: &Statement, callers: &[Caller], action: &str) -> bool {
        self.is_free() || self.passes(allow, callers, action).certainly()
    }

    /// Those of the actions that a statement allows a caller and that no Deny takes away, or may take away.
    pub fn lets_do<'s>(&self, allow: &Statement, callers: &[Caller], actions: &[&'s str]) -> Vec<&'s str> {
        actions.iter().filter(|action| self.lets_through(allow, callers, action)).copied().collect()
    }
}
