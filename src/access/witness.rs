//! The search for one request that an Allow lets through and no Deny turns away; or that no Allow lets through.
//!
//! An explicit Deny overrides every Allow (IAM User Guide, "Policy evaluation logic"). What Denies leave of an Allow is never written out: a
//! request escapes a Deny by its resource or by any of its conditions, and a few Denies with a few conditions each leave thousands of regions.
//! So one request is looked for that the Allow lets through. If a Deny turns it away, only that Deny is taken apart: into the requests that do
//! not meet its first condition, those that meet that one and not the second, and so on, and those that meet all but are for another resource.
//! Each part is searched in the same way, until a request comes through or none can. What a search may take is bounded.

use std::borrow::Cow;

use super::keys::Wanted;
use super::question::Question;
use super::region::{Region, Witness};
use super::variables;
use crate::policy::pattern::{Case, Pattern};
use crate::policy::request::Request;
use crate::policy::{Bound, Items, Parts, Statement};
use crate::truth::Truth;

/// What one search may take: each part of the requests that is looked at, and more the more there is asked of it. Landing zones' policies take
/// some hundreds.
const MOST_WORK: usize = 4_000;

/// What all searches at one policy may take together: `*` is thousands of actions, each of which may be asked for.
pub(super) const MOST_AT_A_POLICY: usize = 40_000;

/// A request by its resource and keys.
#[derive(Clone, Debug)]
pub struct Example {
    pub resource: Pattern,
    pub request: Request,
}

/// What came of a search.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// Whether there is such a request.
    pub truth: Truth,
    /// One, where there is one for certain.
    pub example: Option<Example>,
    /// The statements that reach requests that were looked at, by their positions.
    pub met: Vec<usize>,
    /// Whether it ended before there was an answer, for what it took.
    pub gave_up: bool,
    /// What it took.
    pub work: usize,
}

/// What a search looks through.
#[derive(Clone, Copy)]
pub(super) enum Start<'a> {
    /// All requests of the question.
    All,
    /// Those that a statement is about.
    Of(&'a Statement),
    /// Those on what a statement is about, whoever makes them and whatever they carry: the asker knows whom it is for.
    OfWhomever(&'a Statement),
}

impl<'a> Start<'a> {
    fn statement(self) -> Option<&'a Statement> {
        match self {
            Start::All => None,
            Start::Of(statement) | Start::OfWhomever(statement) => Some(statement),
        }
    }

    /// Whether it has the caller's requests for the action, as far as resource and conditions do not decide.
    fn has(self, question: &Question) -> Truth {
        match self {
            Start::All => Truth::Yes,
            Start::Of(statement) => question.caller().who.is_meant_by(statement).and(statement.covers_action(question.action)),
            Start::OfWhomever(statement) => statement.covers_action(question.action),
        }
    }

    fn region(self, question: &'a Question) -> Region<'a> {
        let all = Region::of(question);
        let region = self.statement().into_iter().fold(all, |region, statement| region.within(statement, true));
        if let Start::Of(statement) = self { region.all_hold(statement) } else { region }
    }

    fn has_unknown_parts(self) -> bool {
        self.statement().is_some_and(|statement| statement.has_unknown(Parts::Whole))
    }
}

/// A statement that requests are to escape.
#[derive(Clone, Copy)]
pub(super) struct Avoided<'a> {
    pub position: usize,
    pub statement: &'a Statement,
    /// A policy that rests on what is not decided may not have it.
    pub is_there: bool,
}

/// Searches for a request that no statement of `avoided` reaches.
///
/// What is not known is taken at its worst first: then a request that comes through does so whatever it is. Where none does, it is taken at its
/// best: where none comes through even then, there is none.
pub(super) fn search<'a>(start: Start<'a>, avoided: impl Iterator<Item = Avoided<'a>>, question: &'a Question) -> Found {
    search_for(MOST_WORK, start, avoided, question)
}

/// The same where less may be left to take.
pub(super) fn search_for<'a>(most: usize, start: Start<'a>, avoided: impl Iterator<Item = Avoided<'a>>, question: &'a Question) -> Found {
    let most = most.min(MOST_WORK);
    let has = start.has(question);
    let mut found = Found { truth: Truth::No, example: None, met: Vec::new(), gave_up: false, work: 0 };
    if has == Truth::No {
        return found;
    }
    let mut relevant: Vec<Relevant> = Vec::new();
    for one in avoided {
        if one.is_there && reaches_all(one.statement, question) {
            return Found { met: vec![one.position], ..found };
        }
        relevant.extend(Relevant::of(one, question));
    }
    if has == Truth::Yes {
        found = within(most, start, &relevant, (Bound::Least, Parts::Whole), question);
    }
    let is_whole = has == Truth::Yes && !start.has_unknown_parts() && relevant.iter().all(Relevant::is_whole);
    if found.truth == Truth::Yes || is_whole && found.truth == Truth::No {
        return found;
    }
    let mut best = found;
    for parts in [Parts::Whole, Parts::All] {
        // Where whole parts are known, the first search said of them what there is to say.
        if parts == Parts::All || !is_whole {
            let before = best;
            best = within(most, start, &relevant, (Bound::Most, parts), question);
            best.gave_up |= before.gave_up;
            best.work += before.work;
        }
        if best.truth != Truth::Unknown {
            break;
        }
    }
    // Where nobody knows whether conditions are met, it may not matter.
    if let (Truth::Unknown, Start::Of(statement)) = (best.truth, start) {
        let more = within(most, Start::OfWhomever(statement), &relevant, (Bound::Most, Parts::All), question);
        best.work += more.work;
        if more.truth == Truth::No {
            best = Found { work: best.work, ..more };
        }
    }
    let truth = if best.truth == Truth::No { Truth::No } else { Truth::Unknown };
    Found { truth, example: None, ..best }
}

/// The search with what is not known taken so that as little comes through as can be, or as much.
fn within(most: usize, start: Start, relevant: &[Relevant], (bound, parts): (Bound, Parts), question: &Question) -> Found {
    let nothing = Found { truth: Truth::No, example: None, met: Vec::new(), gave_up: false, work: 0 };
    let other = if bound == Bound::Least { Bound::Most } else { Bound::Least };
    let bounded = match start.statement().map(|statement| statement.at(bound, parts)) {
        Some(None) => return nothing,
        Some(Some(statement)) => Some(statement),
        None => None,
    };
    let about = match (start, &bounded) {
        (Start::All, _) | (_, None) => Start::All,
        (Start::Of(_), Some(statement)) => Start::Of(statement),
        (Start::OfWhomever(_), Some(statement)) => Start::OfWhomever(statement),
    };
    let counting = relevant.iter().filter(|one| bound == Bound::Least || one.is_certain);
    let avoided = counting.filter_map(|one| Some((one.position, one.statement.at(other, parts)?))).collect::<Vec<_>>();
    let mut search = Search { question, avoided: &avoided, left: most, example: None, met: Vec::new() };
    let truth = search.run(&about.region(question));
    let work = most - search.left;
    Found { truth, example: search.example.filter(|_| truth == Truth::Yes), met: search.met, gave_up: search.left == 0, work }
}

/// Whether a statement is about every request of the question, whatever its resource and keys: most Denies that matter are.
fn reaches_all(statement: &Statement, question: &Question) -> bool {
    let is_whole = |items: &Items| !items.negated && items.items.iter().any(|item| item.pattern.is_any());
    let everywhere = statement.resources.as_ref().is_none_or(is_whole);
    let always = statement.conditions.is_empty() && statement.gap.is_none();
    everywhere && always && question.caller().who.is_meant_by(statement).certainly() && statement.covers_action(question.action).certainly()
}

/// A statement that is about the caller and the action, or may be.
struct Relevant<'a> {
    position: usize,
    statement: &'a Statement,
    /// Whether it certainly is there and about them.
    is_certain: bool,
}

impl<'a> Relevant<'a> {
    fn of(one: Avoided<'a>, question: &Question) -> Option<Relevant<'a>> {
        let Avoided { position, statement, is_there } = one;
        let meant = question.caller().who.is_meant_by(statement).and(statement.covers_action(question.action));
        meant.possibly().then_some(Relevant { position, statement, is_certain: is_there && meant == Truth::Yes })
    }

    fn is_whole(&self) -> bool {
        self.is_certain && !self.statement.has_unknown(Parts::Whole)
    }
}

struct Search<'s> {
    question: &'s Question<'s>,
    /// With their positions.
    avoided: &'s [(usize, Cow<'s, Statement>)],
    /// How much more it may take.
    left: usize,
    example: Option<Example>,
    met: Vec<usize>,
}

impl<'s> Search<'s> {
    /// Whether some request of the region comes through.
    fn run(&mut self, region: &Region<'s>) -> Truth {
        self.left = self.left.saturating_sub(region.work());
        if self.left == 0 {
            return Truth::Unknown;
        }
        let Witness { truth, resource, request } = variables::witness(region, self.question);
        let (Truth::Yes, Some(resource)) = (truth, resource) else { return if truth == Truth::No { truth } else { Truth::Unknown } };
        let reached = |(_, statement): &&(usize, Cow<Statement>)| reaches(statement, &resource, &request);
        // One that reaches it for certain tells more than one that may.
        let certain = self.avoided.iter().find(|one| reached(one).certainly());
        match certain.or_else(|| self.avoided.iter().find(|one| reached(one).possibly())) {
            // It may be reached for what is not known: to go around it once more finds nothing else.
            Some((position, _)) if region.past.contains(position) => Truth::Unknown,
            Some((position, statement)) => {
                if !self.met.contains(position) {
                    self.met.push(*position);
                }
                let mut region = region.clone();
                region.past.push(*position);
                self.around(&region, statement)
            }
            // The solver of keys is not taken at its word.
            None if !region.wanted.iter().all(|wanted| wanted.met(&request).certainly()) => Truth::Unknown,
            None => {
                self.example = Some(Example { resource, request });
                Truth::Yes
            }
        }
    }

    /// Whether some request of the region comes through beside a statement: by a condition, which takes less to find, or by its resource.
    fn around(&mut self, region: &Region<'s>, statement: &'s Statement) -> Truth {
        let mut truth = Truth::No;
        let mut rest = region.clone();
        for condition in &statement.conditions {
            truth = truth.or(self.run(&rest.clone().with(Wanted { condition, holds: false })));
            if truth == Truth::Yes {
                return truth;
            }
            // One that is not known is not met for certain either way.
            if condition.values.iter().all(|value| is_text(&value.pattern)) {
                rest = rest.with(Wanted { condition, holds: true });
            }
        }
        truth.or(self.run(&rest.within(statement, false)))
    }
}

/// Whether nothing of a pattern is unknown or the request's.
fn is_text(pattern: &Pattern) -> bool {
    !pattern.has_hole() && !pattern.has_variable()
}

/// Whether a statement is about a request, as far as its resource and conditions say.
fn reaches(statement: &Statement, resource: &Pattern, request: &Request) -> Truth {
    let about = statement.resources.as_ref().map_or(Truth::Yes, |items| items.resolved(request).mean(resource, Case::Sensitive));
    about.and(Truth::all(statement.conditions.iter().map(|condition| condition.holds(request))))
}
