//! The search for one request that an Allow lets through and no Deny turns away.
//!
//! An explicit Deny overrides every Allow (IAM User Guide, "Policy evaluation logic"). What Denies leave of an Allow is never written out: a
//! request escapes a Deny by its resource or by any of its conditions, and a few Denies with a few conditions each leave thousands of regions.
//! So one request is looked for that the Allow lets through. If a Deny turns it away, only that Deny is taken apart: into the requests that it
//! does not reach because of their resource, those that it does not reach because of its first condition although the resource is meant, and
//! so on. Each part is searched in the same way, until a request comes through or none can. The number of searches is bounded.

use std::collections::BTreeMap;

use super::keys::{self, Wanted};
use super::question::Question;
use crate::policy::pattern::{Case, Common, Pattern, common};
use crate::policy::request::Request;
use crate::policy::{Items, Statement};
use crate::truth::Truth;

/// Searches of one question. Landing zones' policies take some dozens.
const MOST_SEARCHES: usize = 400;

/// What came of a question.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// Whether some request of the question is allowed.
    pub some: Truth,
    /// A request that is allowed, where one is for certain.
    pub example: Option<Example>,
}

impl Verdict {
    fn without(some: Truth) -> Verdict {
        Verdict { some, example: None }
    }
}

/// A request by its resource and keys.
#[derive(Clone, Debug)]
pub struct Example {
    pub resource: Pattern,
    pub request: Request,
}

/// A Deny that is about the caller and the action, or may be.
struct Relevant<'a> {
    statement: &'a Statement,
    /// Whether it certainly is, and all of its conditions are known.
    certain: bool,
}

/// An Allow, as far as it counts.
#[derive(Clone, Copy)]
pub(super) struct Grant<'a> {
    allow: &'a Statement,
    /// To whomever, and under no conditions.
    to_whomever: bool,
}

impl<'a> Grant<'a> {
    pub fn of(allow: &'a Statement) -> Grant<'a> {
        Grant { allow, to_whomever: false }
    }

    /// Without its principals and conditions: the asker knows whom they let in.
    pub fn to_whomever(allow: &'a Statement) -> Grant<'a> {
        Grant { allow, to_whomever: true }
    }
}

/// What is left of an Allow. Each Deny comes with whether it is there for certain.
pub(super) fn left<'a>(grant: Grant<'a>, denies: &[(&'a Statement, bool)], question: &'a Question) -> Verdict {
    let allow = grant.allow;
    let meant = if grant.to_whomever { Truth::Yes } else { question.caller.who.is_meant_by(allow) };
    let base = meant.and(allow.covers_action(question.action));
    let base = base.and(allow.has_all_conditions());
    if base == Truth::No || denies.iter().any(|(deny, is_there)| *is_there && denies_all(deny, question)) {
        return Verdict::without(Truth::No);
    }
    let denies: Vec<Relevant> = denies.iter().filter_map(|(deny, is_there)| Relevant::of(deny, *is_there, question)).collect();
    let mut search = Search { question, denies: &denies, left: MOST_SEARCHES, example: None };
    let some = base.and(search.run(&Region::of(grant, question)));
    Verdict { example: search.example.filter(|_| some == Truth::Yes), ..Verdict::without(some) }
}

/// Whether a Deny turns away every request of the question, whatever its resource and keys: most that matter do.
fn denies_all(deny: &Statement, question: &Question) -> bool {
    let is_whole = |items: &Items| !items.negated && items.items.iter().any(|item| item.pattern.is_any());
    let everywhere = deny.resources.as_ref().is_none_or(is_whole);
    let always = deny.conditions.is_empty() && deny.gap.is_none();
    everywhere && always && question.caller.who.is_meant_by(deny).certainly() && deny.covers_action(question.action).certainly()
}

impl<'a> Relevant<'a> {
    fn of(deny: &'a Statement, is_there: bool, question: &Question) -> Option<Relevant<'a>> {
        let meant = question.caller.who.is_meant_by(deny).and(deny.covers_action(question.action));
        let certain = is_there && meant == Truth::Yes && deny.gap.is_none();
        meant.possibly().then_some(Relevant { statement: deny, certain })
    }
}

/// Requests: those on some resources, of which some conditions hold and others do not.
#[derive(Clone)]
struct Region<'a> {
    /// The resource is one of the question's.
    asked: &'a [Pattern],
    /// And of one pattern at least of each of these.
    inside: Vec<Vec<&'a Pattern>>,
    /// And of none of these.
    outside: Vec<&'a Pattern>,
    /// There may be more resources than that.
    may_be_more: bool,
    /// There may be less.
    may_be_less: bool,
    wanted: Vec<Wanted<'a>>,
}

/// A request of a region. Truth is not Yes without one.
struct Witness {
    truth: Truth,
    resource: Option<Pattern>,
    request: Request,
}

impl<'a> Region<'a> {
    fn of(grant: Grant<'a>, question: &'a Question) -> Region<'a> {
        let region = Region {
            asked: &question.resources,
            inside: Vec::new(),
            outside: Vec::new(),
            may_be_more: false,
            may_be_less: false,
            wanted: Vec::new(),
        };
        let region = region.within(grant.allow, true);
        if grant.to_whomever { region } else { region.all_hold(grant.allow) }
    }

    /// Of these, the requests on resources that a statement is about, or on others.
    fn within(mut self, statement: &'a Statement, inside: bool) -> Region<'a> {
        match &statement.resources {
            // A trust policy has none: it is about its role.
            None if inside => {}
            None => self.inside.push(Vec::new()),
            Some(Items { negated, items, gap, .. }) => {
                let patterns = items.iter().map(|item| &item.pattern);
                match inside != *negated {
                    true => {
                        self.inside.push(patterns.collect());
                        self.may_be_more |= gap.is_some();
                    }
                    false => {
                        self.outside.extend(patterns);
                        self.may_be_less |= gap.is_some();
                    }
                }
            }
        }
        self
    }

    fn all_hold(mut self, statement: &'a Statement) -> Region<'a> {
        self.wanted.extend(statement.conditions.iter().map(|condition| Wanted { condition, holds: true }));
        self
    }

    fn with(mut self, wanted: Wanted<'a>) -> Region<'a> {
        self.wanted.push(wanted);
        self
    }

    fn witness(&self, question: &Question) -> Witness {
        let (mut truth, resource) = self.resource();
        let mut by_key: BTreeMap<String, Vec<Wanted>> = BTreeMap::new();
        for wanted in &self.wanted {
            by_key.entry(wanted.condition.key.to_ascii_lowercase()).or_default().push(*wanted);
        }
        let mut request = question.caller.request.clone();
        for (key, wanted) in &by_key {
            if truth == Truth::No {
                break;
            }
            let found = keys::find(key, wanted, question.caller);
            truth = truth.and(found.truth);
            if let Some(carried) = found.carried {
                request = request.carrying(key, carried);
            }
        }
        Witness { truth, resource, request }
    }

    fn resource(&self) -> (Truth, Option<Pattern>) {
        match common(self.asked, &self.inside, &self.outside) {
            Common::Text(text) if self.may_be_less => (Truth::Unknown, Some(text)),
            Common::Text(text) => (Truth::Yes, Some(text)),
            Common::Nothing if self.may_be_more => (Truth::Unknown, None),
            Common::Nothing => (Truth::No, None),
            Common::Unknown => (Truth::Unknown, None),
        }
    }
}

struct Search<'s, 'a> {
    question: &'s Question<'s>,
    denies: &'s [Relevant<'a>],
    /// How many more searches there may be.
    left: usize,
    example: Option<Example>,
}

impl<'a> Search<'_, 'a> {
    /// Whether some request of the region comes through.
    fn run(&mut self, region: &Region<'a>) -> Truth {
        let Some(left) = self.left.checked_sub(1) else {
            return Truth::Unknown;
        };
        self.left = left;
        let Witness { truth, resource, request } = region.witness(self.question);
        let (Truth::Yes, Some(resource)) = (truth, resource) else { return if truth == Truth::No { truth } else { Truth::Unknown } };
        match self.denies.iter().find(|deny| reaches(deny.statement, &resource, &request).possibly()) {
            Some(deny) => self.around(region, deny),
            None => {
                self.example = Some(Example { resource, request });
                Truth::Yes
            }
        }
    }

    /// Whether some request of the region comes through beside a Deny.
    fn around(&mut self, region: &Region<'a>, deny: &Relevant<'a>) -> Truth {
        let statement = deny.statement;
        let mut truth = self.run(&region.clone().within(statement, false));
        let mut rest = region.clone().within(statement, true);
        for condition in &statement.conditions {
            if truth == Truth::Yes {
                return truth;
            }
            truth = truth.or(self.run(&rest.clone().with(Wanted { condition, holds: false })));
            rest = rest.with(Wanted { condition, holds: true });
        }
        // What is not known of the Deny may let it through.
        if deny.certain { truth } else { truth.or(Truth::Unknown) }
    }
}

/// Whether a Deny turns a request away, as far as its resource and conditions say.
fn reaches(deny: &Statement, resource: &Pattern, request: &Request) -> Truth {
    let about = deny.resources.as_ref().map_or(Truth::Yes, |items| items.mean(resource, Case::Sensitive));
    about.and(Truth::all(deny.conditions.iter().map(|condition| condition.holds(request))))
}
