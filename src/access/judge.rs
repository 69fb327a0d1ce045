//! Whether requests are allowed by some policies together.
//!
//! "By default, all requests are implicitly denied … An explicit allow overrides this default … an explicit deny in any policy overrides any
//! allows" (IAM User Guide, "Policy evaluation logic"). What may allow a request beside which others is in `paths.rs`.

use super::parts::{Held, Part};
use super::paths::{Path, Situation};
use super::question::Question;
use super::witness::{Avoided, Example, Level, Limits, Start, search};
use crate::policy::{Document, PolicyKind, Statement};
use crate::truth::Truth;

/// The policies that decide about a request together.
#[derive(Clone, Debug, Default)]
pub struct Policies<'a> {
    held: Vec<Held<'a>>,
    /// Whether there may be further statements.
    hides_statements: bool,
    /// The account of the resource, where that is not the caller's.
    owner: Option<String>,
    /// The management account of the organization.
    management: Option<String>,
}

/// What came of a question that was put to all policies.
#[derive(Clone, Debug)]
pub struct Decision {
    /// Whether some request of the question is allowed.
    pub some: Truth,
    /// Whether each is.
    pub every: Truth,
    /// What decides: the Allow by which some request is allowed, or else the Denies that turn those away that Allows let through. Without any
    /// no Allow is about the request, or what caps it does not allow it. By their positions.
    pub by: Vec<usize>,
    /// A request that is allowed, where one is for certain.
    pub example: Option<Example>,
    /// Whether a search ended before there was an answer, for what it took.
    pub gave_up: bool,
}

impl<'a> Policies<'a> {
    /// Each with its part.
    pub fn of(documents: impl IntoIterator<Item = (Part, &'a Document)>) -> Policies<'a> {
        let mut policies = Policies::default();
        for (part, document) in documents {
            policies.hides_statements |= document.gap.is_some();
            policies.held.extend(document.statements.iter().map(|statement| Held { statement, part }));
        }
        policies
    }

    /// Each with the part that its kind has.
    pub fn of_documents(documents: &'a [Document]) -> Policies<'a> {
        let part = |document: &Document| match document.kind {
            PolicyKind::Trust => Part::Trust,
            PolicyKind::Identity => Part::Identity,
            PolicyKind::Boundary => Part::Boundary,
            PolicyKind::Resource => Part::Resource,
            PolicyKind::Endpoint => Part::Endpoint,
            PolicyKind::ServiceControl => Part::ServiceControl(0),
            PolicyKind::ResourceControl => Part::ResourceControl(0),
        };
        Policies::of(documents.iter().map(|document| (part(document), document)))
    }

    /// For a resource of an account.
    #[must_use]
    pub fn owned_by(mut self, account: &str) -> Policies<'a> {
        self.owner = Some(account.to_owned());
        self
    }

    /// In the organization that an account manages.
    #[must_use]
    pub fn managed_by(mut self, account: &str) -> Policies<'a> {
        self.management = Some(account.to_owned());
        self
    }

    #[cfg(test)]
    pub(super) fn of_statements(statements: impl IntoIterator<Item = (Part, &'a Statement)>) -> Policies<'a> {
        Policies { held: statements.into_iter().map(|(part, statement)| Held { statement, part }).collect(), ..Policies::default() }
    }

    /// Answers a question. Statements whose effect is not known may allow or deny.
    pub fn judge(&self, question: &Question) -> Decision {
        let hides = self.hides_statements || self.held.iter().any(|held| held.statement.effect.is_none());
        // What is hidden may turn either answer.
        let blurred = |truth: Truth| if hides { Truth::Unknown } else { truth };
        let situation = Situation::of(&self.held, self.owner.as_deref(), self.management.as_deref(), question);
        let mut decision = Decision { some: Truth::No, every: Truth::No, by: Vec::new(), example: None, gave_up: false };
        'paths: for path in &situation.paths {
            let levels: Vec<Level> = situation.common.iter().chain(&path.levels).cloned().collect();
            for grant in &path.grants {
                let limits = Limits { avoided: situation.denies(), levels: &levels };
                let found = search(grant.start(), limits, question);
                decision.gave_up |= found.gave_up;
                decision.some = decision.some.or(found.truth);
                if found.truth == Truth::Yes {
                    decision = Decision { by: grant.position.into_iter().collect(), example: found.example, ..decision };
                    break 'paths;
                }
                // An Allow that is about no request at all is not why Denies decide.
                let no_denies = Limits { avoided: std::iter::empty(), levels: &levels };
                if search(grant.start(), no_denies, question).truth.possibly() {
                    decision.by.extend(found.met);
                }
            }
        }
        decision.by.sort_unstable();
        decision.by.dedup();
        decision.every = if decision.some == Truth::No { Truth::No } else { every(&situation, question, &mut decision.gave_up) };
        Decision { some: blurred(decision.some), every: blurred(decision.every), ..decision }
    }
}

/// Whether no request is left that nothing allows, and none that is denied.
fn every(situation: &Situation, question: &Question, gave_up: &mut bool) -> Truth {
    let mut outside = |statements: Vec<&Statement>| {
        let avoided = statements.into_iter().enumerate().map(|(position, statement)| Avoided { position, statement });
        let found = search(Start::All, avoided, question);
        *gave_up |= found.gave_up;
        found.truth
    };
    let mut missed = Truth::any(situation.common.iter().map(|level| outside(level.clone())));
    // A request that no path lets through misses, on each of them, the grants or one of the levels.
    let mut ways: Vec<Vec<&Statement>> = vec![Vec::new()];
    for path in &situation.paths {
        let misses = path.misses();
        ways = ways.iter().flat_map(|way| misses.iter().map(move |miss| [way.as_slice(), miss].concat())).collect();
    }
    for way in ways {
        missed = if missed == Truth::Yes { missed } else { missed.or(outside(way)) };
    }
    let is_denied = |deny: Avoided| search(Start::Of(deny.statement), std::iter::empty(), question).truth;
    missed.or(Truth::any(situation.denies().map(is_denied))).opposite()
}

impl<'a> Path<'a> {
    /// What a request must be outside of so that this path does not let it through: any one of these.
    fn misses(&self) -> Vec<Vec<&'a Statement>> {
        let grants: Option<Vec<&Statement>> = self.grants.iter().map(|grant| grant.statement).collect();
        grants.into_iter().chain(self.levels.iter().cloned()).collect()
    }
}
