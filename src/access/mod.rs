//! Who can do what: the questions that rules ask of the policies of an estate.
//!
//! A rule judges one statement. What other statements take away of it is answered here, in one place and by one search (`witness.rs`), for
//! identity policies, trust policies and resource policies alike. Three things hold:
//!
//! - A verdict is certain only if it is that whatever unknown parts stand for.
//! - A request that is said to be allowed was put through the evaluator of single requests (`policy/evaluate/`) against every Deny.
//! - What the caller, the resource or AWS decides of a request is fixed by the question; only what the asker controls is chosen.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

mod actions;
pub mod doors;
mod holder;
mod judge;
mod keys;
mod parts;
mod paths;
pub mod people;
mod perhaps;
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

pub use holder::{allows_of, as_resource};
pub use judge::{Decision, Policies};
pub use parts::Part;
pub use perhaps::{Cap, Open, Why};
pub use question::{Caller, Question, UNNAMED, Who, is_in_one_region, some, unnamed, unnamed_of};
pub use scope::Scope;
pub use ways::{Way, ways};
pub use witness::Example;

use self::perhaps::Text;
use self::restraints::Restraints;
use self::restraints::is_everything;
use self::witness::{Avoided, Level, Limits, MOST_AT_A_POLICY, Start, search_for};
use crate::estate::{Attached, Estate, Identity};
use crate::eval::Tags;
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
    /// What may stand against what was found to be left, since somebody began to ask.
    deciding: RefCell<Vec<Open>>,
    /// To which of those who hold the policy something was left, by their places, and whether for certain.
    left_to: RefCell<BTreeMap<usize, bool>>,
}

/// Of more holders than this those after the first one are not asked about.
const MOST_HOLDERS: usize = 8;

impl<'a> Access<'a> {
    /// Of the policy at hand.
    pub fn of(scope: &Scope<'a>) -> Access<'a> {
        let holders = if scope.kind() == Some(PolicyKind::Identity) { scope.holders() } else { Vec::new() };
        let within_account = |document| Restraints::within_account(document, &scope.presence(), &scope.account(), scope.estate);
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
        Access::bound_by(
            vec![Restraints::within_account(&attached.document, &attached.presence, &attached.account, estate)],
            Some(&attached.document),
        )
    }

    /// Of a document that nobody is known to hold, such as one of AWS's own policies.
    pub fn of_document(document: &'a Document) -> Access<'a> {
        Access::bound_by(vec![Restraints::of_document(document)], Some(document))
    }

    fn bound_by(bound_by: Vec<Restraints<'a>>, document: Option<&Document>) -> Access<'a> {
        let hides_statements = document.is_some_and(|document| document.gap.is_some());
        Access {
            bound_by,
            hides_statements,
            work_left: Cell::new(MOST_AT_A_POLICY),
            deciding: RefCell::default(),
            left_to: RefCell::default(),
        }
    }

    /// What may take away what was found to be left, since somebody began to ask.
    pub fn open(&self) -> Vec<Open> {
        self.deciding.borrow().clone()
    }

    /// Somebody begins to ask.
    pub(crate) fn begin(&self) {
        self.deciding.take();
        self.left_to.take();
    }

    /// To which holders something was found to be left, by their places: those to whom it is for certain, if there are any. Nothing where nobody
    /// asked.
    fn having(&self) -> Vec<usize> {
        let left_to = self.left_to.borrow();
        let is_sure = left_to.values().any(|sure| *sure);
        left_to.iter().filter(|(_, sure)| **sure || !is_sure).map(|(place, _)| *place).collect()
    }

    /// Whether one is left of several, that one rather than others of which it is sure.
    pub fn any<T>(&self, all: impl IntoIterator<Item = T>, mut ask: impl FnMut(T) -> Truth) -> Truth {
        let before = self.open();
        let mut unsure: Option<Vec<Open>> = None;
        let mut any = Truth::No;
        for one in all {
            self.deciding.replace(before.clone());
            let truth = ask(one);
            if truth == Truth::Yes && *self.deciding.borrow() == before {
                return truth;
            }
            if truth.possibly() && unsure.is_none() {
                unsure = Some(self.open());
            }
            any = any.or(truth);
        }
        self.deciding.replace(unsure.unwrap_or(before));
        any
    }

    /// Where the boundary of the one holder is set, which leaves what is left. Of several it may be another's that does.
    pub fn boundary(&self) -> Option<Span> {
        let [only] = self.bound_by.as_slice() else { return None };
        only.boundary()
    }

    /// The ARN of its policy.
    pub fn boundary_arn(&self) -> Option<Pattern> {
        let [only] = self.bound_by.as_slice() else { return None };
        only.boundary_arn().cloned()
    }

    /// The tags of what the policy at hand is for, if source gives them.
    pub fn tags(&self) -> Option<&'a Tags> {
        self.bound_by.first()?.tags()
    }

    /// Whether nothing is denied to anybody and nothing caps them, as far as source shows.
    pub fn is_free(&self) -> bool {
        self.bound_by.iter().all(Restraints::is_empty)
    }

    /// Whether the policy has statements that are not known: they may deny anything.
    pub fn hides_statements(&self) -> bool {
        self.hides_statements
    }

    /// Whether something may take some of these actions away from one of those who hold the policy.
    pub fn meets(&self, actions: &Pattern) -> bool {
        self.bound_by.iter().any(|restraints| restraints.meet(actions))
    }

    /// Whether something is about an action for one of them, or may be.
    pub fn restrains(&self, action: &str) -> bool {
        self.bound_by.iter().any(|restraints| restraints.are_about(action))
    }

    /// The condition keys that Denies test.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.bound_by.iter().flat_map(Restraints::keys)
    }

    /// All that is certainly denied to somebody.
    fn certain_denies(&self) -> impl Iterator<Item = &Statement> {
        self.bound_by.iter().flat_map(Restraints::certain)
    }

    /// Notes what may stand against a request for an action by one of its Denies.
    fn note(&self, action: &str, is_about: impl Fn(&Statement) -> bool) {
        let mut deciding = self.deciding.borrow_mut();
        for perhaps in self.bound_by.iter().flat_map(|restraints| restraints.perhaps(action)) {
            let mut denies = perhaps.texts.iter().flat_map(Text::denies);
            let may = perhaps.is_of_anything() || denies.any(|deny| deny.covers_action(action).possibly() && is_about(deny));
            if may && !deciding.contains(&perhaps.open) {
                deciding.push(perhaps.open.clone());
            }
        }
    }

    /// Whether some request of a question is left of an Allow to somebody.
    pub fn left(&self, allow: &Statement, question: &Question) -> Truth {
        self.left_of(Start::Of(allow), question)
    }

    /// Whether no boundary of theirs allows an action at all.
    pub fn caps_all_of(&self, action: &str) -> bool {
        self.bound_by
            .iter()
            .all(|restraints| restraints.levels().iter().any(|level| !level.iter().any(|allow| allow.covers_action(action).possibly())))
    }

    /// Whether Denies of everything everywhere leave nobody any request of a question: then none is left of another one either that is asked
    /// in the same region.
    pub fn denies_everything(&self, allow: &Statement, question: &Question) -> bool {
        self.bound_by.iter().all(|restraints| {
            let of_everything = restraints.avoided(question.action, None).filter(|one| is_everything(one.statement));
            let avoided: Vec<Avoided> = of_everything.collect();
            let own = restraints.asker(Some(allow), question);
            let search =
                || search_for(self.work_left.get(), Start::Of(allow), avoided.iter().copied().into(), own.as_ref().unwrap_or(question));
            !avoided.is_empty() && search().truth == Truth::No
        })
    }

    fn left_of(&self, start: Start, question: &Question) -> Truth {
        let mut left = Truth::No;
        let mut unsure: Option<Vec<Open>> = None;
        let mut is_sure = false;
        for (place, restraints) in self.bound_by.iter().enumerate() {
            let (truth, deciding) = self.left_to_one(restraints, start, question);
            left = left.or(truth);
            let sure = truth == Truth::Yes && deciding.is_empty();
            is_sure |= sure;
            if truth.possibly() {
                self.left_to.borrow_mut().entry(place).and_modify(|known| *known |= sure).or_insert(sure);
                unsure.get_or_insert(deciding);
            }
            // One is enough for a finding; the others are asked about for their names.
            if sure && self.bound_by.len() > MOST_HOLDERS {
                break;
            }
        }
        if is_sure {
            return left;
        }
        let mut deciding = self.deciding.borrow_mut();
        for open in unsure.into_iter().flatten() {
            if !deciding.contains(&open) {
                deciding.push(open);
            }
        }
        left
    }

    /// What is left to one, and what may take it away.
    fn left_to_one(&self, restraints: &Restraints, start: Start, question: &Question) -> (Truth, Vec<Open>) {
        let levels = restraints.levels();
        let own = restraints.asker(start.statement(), question);
        let question = own.as_ref().unwrap_or(question);
        let search = |more, levels: &[Level]| {
            let limits = Limits { avoided: restraints.avoided(question.action, more), levels };
            let found = search_for(self.work_left.get(), start, limits, question);
            self.work_left.set(self.work_left.get().saturating_sub(found.work));
            found.truth
        };
        let left = search(None, &levels);
        let mut deciding = Vec::new();
        for perhaps in restraints.perhaps(question.action) {
            if left == Truth::No {
                break;
            }
            let beside = perhaps.texts.iter().map(|text| {
                let allowing = perhaps.allows.then(|| text.allows().collect());
                let levels: Vec<Level> = levels.iter().cloned().chain(allowing).collect();
                search(Some(text), &levels)
            });
            let beside: Vec<Truth> = beside.collect();
            if perhaps.is_there && !beside.is_empty() && beside.iter().all(|truth| *truth == Truth::No) {
                return (Truth::No, Vec::new());
            }
            if beside.is_empty() || beside.iter().any(|truth| *truth != Truth::Yes) {
                deciding.push(perhaps.open.clone());
            }
        }
        (left, deciding)
    }

    /// Whether some request of one of these callers comes through the Denies, on whatever resource. The Allow's own principals and conditions do
    /// not count: whom those let in is judged by itself.
    pub fn passes(&self, allow: &Statement, callers: &[Caller], action: &str) -> Truth {
        if self.is_free() {
            return allow.covers_action(action);
        }
        self.any(callers, |caller| self.left_of(Start::OfWhomever(allow), &Question::anywhere(caller, action)))
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
