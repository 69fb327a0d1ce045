//! Whether requests are allowed by some policies together.

use super::question::Question;
use super::witness::{Avoided, Example, Start, search};
use crate::policy::{Document, PolicyKind, Statement};
use crate::truth::Truth;

/// The policies that decide about a request together: an identity's, or those of a role or a resource.
///
/// "By default, all requests are implicitly denied … An explicit allow overrides this default … an explicit deny in any policy overrides any
/// allows" (IAM User Guide, "Policy evaluation logic").
#[derive(Clone, Debug, Default)]
pub struct Policies<'a> {
    statements: Vec<Held<'a>>,
    /// Whether there may be further statements.
    hides_statements: bool,
}

#[derive(Clone, Copy, Debug)]
struct Held<'a> {
    statement: &'a Statement,
    /// Whether what it allows counts.
    may_allow: bool,
}

/// What came of a question that was put to all policies.
#[derive(Clone, Debug)]
pub struct Decision {
    /// Whether some request of the question is allowed.
    pub some: Truth,
    /// Whether each is.
    pub every: Truth,
    /// What decides: the Allow by which some request is allowed, or else the Denies that turn those away that Allows let through. Without any no
    /// Allow is about the request. By their positions.
    pub by: Vec<usize>,
    /// A request that is allowed, where one is for certain.
    pub example: Option<Example>,
    /// Whether a search ended before there was an answer, for what it took.
    pub gave_up: bool,
}

impl<'a> Policies<'a> {
    /// Of one account. "IAM role trust policies … must explicitly allow access for principals": beside one, what others allow does not count.
    pub fn of_documents(documents: &'a [Document]) -> Policies<'a> {
        let of_role = documents.iter().any(|document| document.kind == PolicyKind::Trust);
        let mut policies = Policies::default();
        for document in documents {
            policies.hides_statements |= document.gap.is_some();
            let may_allow = !of_role || document.kind == PolicyKind::Trust;
            policies.statements.extend(document.statements.iter().map(|statement| Held { statement, may_allow }));
        }
        policies
    }

    #[cfg(test)]
    pub(super) fn of_statements(statements: &[&'a Statement]) -> Policies<'a> {
        Policies { statements: statements.iter().map(|statement| Held { statement, may_allow: true }).collect(), hides_statements: false }
    }

    /// Answers a question. Statements whose effect is not known may allow or deny.
    pub fn judge(&self, question: &Question) -> Decision {
        let hides = self.hides_statements || self.statements.iter().any(|held| held.statement.effect.is_none());
        // What is hidden may turn either answer.
        let blurred = |truth: Truth| if hides { Truth::Unknown } else { truth };
        let mut decision = Decision { some: Truth::No, every: Truth::No, by: Vec::new(), example: None, gave_up: false };
        for allow in self.of(Statement::allows) {
            let found = search(Start::Of(allow.statement), self.of(Statement::denies), question);
            decision.gave_up |= found.gave_up;
            decision.some = decision.some.or(found.truth);
            if found.truth == Truth::Yes {
                decision = Decision { by: vec![allow.position], example: found.example, ..decision };
                break;
            }
            // An Allow that is about no request at all is not why Denies decide.
            if search(Start::Of(allow.statement), std::iter::empty(), question).truth.possibly() {
                decision.by.extend(found.met);
            }
        }
        decision.by.sort_unstable();
        decision.by.dedup();
        decision.every = if decision.some == Truth::No { Truth::No } else { self.every(question, &mut decision.gave_up) };
        Decision { some: blurred(decision.some), every: blurred(decision.every), ..decision }
    }

    /// Whether no request is left that nothing allows, and none that is denied.
    fn every(&self, question: &Question, gave_up: &mut bool) -> Truth {
        let outside = search(Start::All, self.of(Statement::allows), question);
        *gave_up |= outside.gave_up;
        let is_denied = |deny: Avoided| search(Start::Of(deny.statement), std::iter::empty(), question).truth;
        outside.truth.or(Truth::any(self.of(Statement::denies).map(is_denied))).opposite()
    }

    fn of(&self, is_kind: fn(&Statement) -> bool) -> impl Iterator<Item = Avoided<'a>> {
        let counts = move |held: &Held| is_kind(held.statement) && (held.may_allow || !held.statement.allows());
        let placed = self.statements.iter().enumerate().filter(move |(_, held)| counts(held));
        placed.map(|(position, held)| Avoided { position, statement: held.statement, is_there: true })
    }
}
