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
    /// The levels that do not allow requests that were looked at, by their places.
    pub lacking: Vec<usize>,
    /// Whether it ended before there was an answer, for what it took.
    pub gave_up: bool,
    /// What it took.
    pub work: usize,
}

impl Found {
    fn nothing() -> Found {
        Found { truth: Truth::No, example: None, met: Vec::new(), lacking: Vec::new(), gave_up: false, work: 0 }
    }
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
    pub fn statement(self) -> Option<&'a Statement> {
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
}

impl<'a> Avoided<'a> {
    fn of(statement: &'a Statement) -> Avoided<'a> {
        Avoided { position: 0, statement }
    }
}

/// Policies of which one at least must allow a request, beside what grants it: a boundary, the policies of one level of an organization.
pub(super) type Level<'a> = Vec<&'a Statement>;

/// What stands between a grant and a request.
pub(super) struct Limits<'a, A> {
    /// Statements that requests are to escape.
    pub avoided: A,
    /// "An explicit allow is required at every level" (AWS Organizations User Guide, "SCP evaluation").
    pub levels: &'a [Level<'a>],
}

impl<'a, A: Iterator<Item = Avoided<'a>>> From<A> for Limits<'a, A> {
    fn from(avoided: A) -> Limits<'a, A> {
        Limits { avoided, levels: &[] }
    }
}

/// Searches for a request that no statement of `avoided` reaches, and that each level allows.
///
/// What is not known is taken at its worst first: then a request that comes through does so whatever it is. Where none does, it is taken at its
/// best: where none comes through even then, there is none.
pub(super) fn search<'a, A>(start: Start<'a>, limits: impl Into<Limits<'a, A>>, question: &'a Question) -> Found
where
    A: Iterator<Item = Avoided<'a>>,
{
    search_for(MOST_WORK, start, limits.into(), question)
}

/// The same where less may be left to take.
pub(super) fn search_for<'a, A>(most: usize, start: Start<'a>, limits: Limits<'a, A>, question: &'a Question) -> Found
where
    A: Iterator<Item = Avoided<'a>>,
{
    let most = most.min(MOST_WORK);
    let has = start.has(question);
    let mut found = Found::nothing();
    if has == Truth::No {
        return found;
    }
    let mut relevant: Vec<Relevant> = Vec::new();
    for one in limits.avoided {
        if reaches_all(one.statement, question) {
            return Found { met: vec![one.position], ..found };
        }
        relevant.extend(Relevant::of(one, question));
    }
    let levels: Vec<Vec<Relevant>> =
        limits.levels.iter().map(|level| level.iter().filter_map(|one| Relevant::of(Avoided::of(one), question)).collect()).collect();
    let between = Between { relevant: &relevant, levels: &levels };
    if has == Truth::Yes {
        found = within(most, start, between, (Bound::Least, Parts::Whole), question);
    }
    let is_whole = has == Truth::Yes && !start.has_unknown_parts() && between.is_whole();
    if found.truth == Truth::Yes || is_whole && found.truth == Truth::No {
        return found;
    }
    let mut best = found;
    for parts in [Parts::Whole, Parts::All] {
        // Where whole parts are known, the first search said of them what there is to say.
        if parts == Parts::All || !is_whole {
            let before = best;
            best = within(most, start, between, (Bound::Most, parts), question);
            best.gave_up |= before.gave_up;
            best.work += before.work;
        }
        if best.truth != Truth::Unknown {
            break;
        }
    }
    // Where nobody knows whether conditions are met, it may not matter.
    if let (Truth::Unknown, Start::Of(statement)) = (best.truth, start) {
        let more = within(most, Start::OfWhomever(statement), between, (Bound::Most, Parts::All), question);
        best.work += more.work;
        if more.truth == Truth::No {
            best = Found { work: best.work, ..more };
        }
    }
    let truth = if best.truth == Truth::No { Truth::No } else { Truth::Unknown };
    Found { truth, example: None, ..best }
}

/// The search with what is not known taken so that as little comes through as can be, or as much.
fn within(most: usize, start: Start, between: Between, (bound, parts): (Bound, Parts), question: &Question) -> Found {
    let other = if bound == Bound::Least { Bound::Most } else { Bound::Least };
    let bounded = match start.statement().map(|statement| statement.at(bound, parts)) {
        Some(None) => return Found::nothing(),
        Some(Some(statement)) => Some(statement),
        None => None,
    };
    let about = match (start, &bounded) {
        (Start::All, _) | (_, None) => Start::All,
        (Start::Of(_), Some(statement)) => Start::Of(statement),
        (Start::OfWhomever(_), Some(statement)) => Start::OfWhomever(statement),
    };
    let counting = between.relevant.iter().filter(|one| bound == Bound::Least || one.is_certain);
    let avoided = counting.filter_map(|one| Some((one.position, one.statement.at(other, parts)?))).collect::<Vec<_>>();
    // What allows is taken as the grant is.
    let levels: Vec<Vec<Cow<Statement>>> = between.levels.iter().map(|level| allowing(level, bound, parts)).collect();
    let mut search = Search { question, avoided: &avoided, levels: &levels, left: most, found: Found::nothing() };
    let truth = search.run(&about.region(question));
    let (work, found) = (most - search.left, search.found);
    Found { truth, example: found.example.filter(|_| truth == Truth::Yes), gave_up: work == most, work, ..found }
}

/// What a level allows: for certain, or at most.
fn allowing<'r>(level: &'r [Relevant], bound: Bound, parts: Parts) -> Vec<Cow<'r, Statement>> {
    let counting = level.iter().filter(|one| bound == Bound::Most || one.is_certain);
    counting.filter_map(|one| one.statement.at(bound, parts)).collect()
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
    /// Whether it certainly is about them.
    is_certain: bool,
}

impl<'a> Relevant<'a> {
    fn of(one: Avoided<'a>, question: &Question) -> Option<Relevant<'a>> {
        let Avoided { position, statement } = one;
        let meant = question.caller().who.is_meant_by(statement).and(statement.covers_action(question.action));
        meant.possibly().then_some(Relevant { position, statement, is_certain: meant == Truth::Yes })
    }

    fn is_whole(&self) -> bool {
        self.is_certain && !self.statement.has_unknown(Parts::Whole)
    }
}

/// What is between a grant and requests, as far as it is about the caller and the action.
#[derive(Clone, Copy)]
struct Between<'b, 'a> {
    relevant: &'b [Relevant<'a>],
    levels: &'b [Vec<Relevant<'a>>],
}

impl Between<'_, '_> {
    fn is_whole(&self) -> bool {
        self.relevant.iter().all(Relevant::is_whole) && self.levels.iter().flatten().all(Relevant::is_whole)
    }
}

struct Search<'s> {
    question: &'s Question<'s>,
    /// With their positions.
    avoided: &'s [(usize, Cow<'s, Statement>)],
    levels: &'s [Vec<Cow<'s, Statement>>],
    /// How much more it may take.
    left: usize,
    /// What it has come to so far.
    found: Found,
}

impl<'s> Search<'s> {
    /// Whether some request of the region comes through.
    fn run(&mut self, region: &Region<'s>) -> Truth {
        self.left = self.left.saturating_sub(region.work());
        if self.left == 0 {
            return Truth::Unknown;
        }
        let Witness { truth, resource, request, work } = variables::witness(region, self.question);
        self.left = self.left.saturating_sub(work);
        let (Truth::Yes, Some(resource)) = (truth, resource) else { return if truth == Truth::No { truth } else { Truth::Unknown } };
        let reached = |(_, statement): &&(usize, Cow<Statement>)| reaches(statement, &resource, &request);
        // One that reaches it for certain tells more than one that may.
        let certain = self.avoided.iter().find(|one| reached(one).certainly());
        match certain.or_else(|| self.avoided.iter().find(|one| reached(one).possibly())) {
            // It may be reached for what is not known: to go around it once more finds nothing else.
            Some((position, _)) if region.past.contains(position) => Truth::Unknown,
            Some((position, statement)) => {
                note(&mut self.found.met, *position);
                let mut region = region.clone();
                region.past.push(*position);
                self.around(&region, statement)
            }
            // The solver of keys is not taken at its word.
            None if !region.wanted.iter().all(|wanted| wanted.met(&request).certainly()) => Truth::Unknown,
            None => {
                let allows = |level: &[Cow<Statement>]| level.iter().any(|allow| reaches(allow, &resource, &request).certainly());
                let lacking = self.levels.iter().enumerate().find(|(at, level)| !region.inside_of.contains(at) && !allows(level));
                match lacking {
                    Some((at, level)) => self.inside_level(region, at, level),
                    None => {
                        self.found.example = Some(Example { resource, request });
                        Truth::Yes
                    }
                }
            }
        }
    }

    /// Whether some request of the region comes through that one of a level's statements allows.
    fn inside_level(&mut self, region: &Region<'s>, at: usize, level: &'s [Cow<'s, Statement>]) -> Truth {
        note(&mut self.found.lacking, at);
        let mut truth = Truth::No;
        for allow in level {
            let mut inside = region.clone().within(allow, true).all_hold(allow);
            inside.inside_of.push(at);
            truth = truth.or(self.run(&inside));
            if truth == Truth::Yes {
                break;
            }
        }
        truth
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

fn note(places: &mut Vec<usize>, place: usize) {
    if !places.contains(&place) {
        places.push(place);
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
