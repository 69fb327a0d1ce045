//! Which tokens of an OpenID Connect issuer a trust policy takes, by the grammar of the issuer's subjects: rules ask how far a value reaches,
//! never how it is written.

use std::sync::Arc;

use super::choices::{Choice, one_by_one};
use super::holes::{Guess, guesses};
use super::reach::{Breadth, Reach, Reaches, Wide};
use crate::access::subject::token_bearer;
use crate::access::{Scope, Way, ways};
use crate::catalog::issuers::{FormKind, Host, IssuerFacts, issuer, issuer_of_subjects, issuers};
use crate::catalog::{condition_key, issuer_and_claim};
use crate::policy::federation::Issuer;
use crate::policy::passing::Passing;
use crate::policy::pattern::{Form, Pattern, Reading, Segment};
use crate::policy::{Condition, Item, Principal, Statement};
use crate::rules::kit::rule::Context;
use crate::truth::Truth;

/// A federated principal by which tokens come in.
pub(in crate::rules) struct Door<'a> {
    pub principal: &'a Principal,
    pub issuer: Issuer,
    pub facts: &'static IssuerFacts,
    /// Whether tenants share the issuer, for certain.
    pub shared: bool,
    /// Whether its URL tells what it is, and not only the subjects that are asked for.
    pub known: bool,
    /// What other statements ask of its tokens by denying all others: each of these is enough.
    ways: Vec<Way>,
}

/// Values with wildcards and unknown parts of one statement that are looked at, and guesses at what unknown parts stand for: a search
/// takes up to some milliseconds. Nobody writes so many by hand.
const MOST_VALUES: usize = 40;
const MOST_GUESSES: usize = 60;

/// No trust policy has room for more statements, with 8,192 characters at most (IAM User Guide, "IAM and AWS STS quotas").
const MOST_STATEMENTS: usize = 150;

/// No subject is longer (OpenID Connect Core, section 2: `sub` has 255 ASCII characters at most), and nor is a pattern that somebody wrote for one.
pub(in crate::rules) const LONGEST: usize = 600;

/// What was looked at already.
#[derive(Default)]
struct Spent {
    values: usize,
    guesses: usize,
}

/// A name that nobody has, and one that people understand.
const NOBODYS: &str = "z7q4w9x2";
const NO_NUMBER: &str = "4815162342";
const A_NAME: &str = "web";

/// The doors of a trust policy's statement.
pub(in crate::rules) fn doors<'a>(statement: &'a Statement, scope: &Scope) -> Vec<Door<'a>> {
    if statement.index > MOST_STATEMENTS {
        return Vec::new();
    }
    let issuers = super::issuers(statement, scope).into_iter();
    issuers.filter_map(|(principal, issuer)| door(statement, scope, principal, issuer)).collect()
}

fn door<'a>(statement: &Statement, scope: &Scope, principal: &'a Principal, name: Issuer) -> Option<Door<'a>> {
    // AWS refuses it (`trust-principal-wildcard`).
    if principal.item.pattern.has_wildcard() {
        return None;
    }
    // What a placeholder of a known URL stands for says nothing of whose it is.
    let text: String = name.name.segments().iter().map(|segment| if let Segment::Literal(text) = segment { text } else { "x" }).collect();
    let by_subject = || {
        let conditions = statement.conditions_on_claim(&name, "sub");
        conditions.iter().flat_map(|condition| &condition.values).find_map(|value| issuer_of_subjects(value.pattern.literal_prefix()))
    };
    let of_cluster = || issuers().iter().find(|facts| facts.id == "eks-irsa" && name.is_of_cluster());
    let facts =
        issuer(&text).or_else(of_cluster).or_else(|| by_subject().filter(|_| name.name.has_hole() || !is_of_another_kind(&text)))?;
    let host = facts.host(&text);
    // What a server of one's own makes depends on its version.
    let known = host.is_some() && facts.id != "github-enterprise-server";
    // `oidc-audience-unregistered` speaks of those.
    if super::unregistered_audience(statement, principal, &name, scope).is_some() {
        return None;
    }
    let access = scope.access();
    let ways = ways(statement, &access, &token_bearer(principal, &access), "sts:AssumeRoleWithWebIdentity");
    let shared = host.is_some_and(Host::is_surely_shared);
    (!ways.is_empty()).then_some(Door { principal, issuer: name, facts, shared, known, ways })
}

/// Whether a name is no host that somebody may have a GitLab or a cluster on.
fn is_of_another_kind(name: &str) -> bool {
    !name.contains('.')
}

impl<'a> Door<'a> {
    /// The condition key of a claim.
    pub fn key(&self, claim: &str) -> String {
        if claim.contains(':') { claim.to_owned() } else { format!("{}:{claim}", self.issuer.name) }
    }

    /// The condition key of a claim for a help text: what source does not give of the issuer's name is nothing that one can write.
    pub fn shown_key(&self, claim: &str) -> String {
        if self.issuer.exact().is_some() || claim.contains(':') { self.key(claim) } else { format!("ISSUER:{claim}") }
    }

    /// The conditions on the subject that list values.
    pub fn subjects(&self, statement: &'a Statement) -> Vec<&'a Condition> {
        let conditions = statement.conditions_on_claim(&self.issuer, "sub");
        conditions.into_iter().filter(|condition| condition.operator.is_positive()).collect()
    }

    /// Whether a condition asks for some values of the claim. Every token carries those that are asked about here, so that a loose operator
    /// does not matter (`oidc-condition-bypassable` speaks of those).
    pub fn asks_for(&self, statement: &Statement, claim: &str) -> Truth {
        if claim.contains(':') {
            return statement.narrowed_by(|key| key.eq_ignore_ascii_case(claim));
        }
        Truth::all(self.ways.iter().map(|way| self.asks_for_by(statement, claim, way)))
    }

    /// The same of the tokens that come in by one way.
    fn asks_for_by(&self, statement: &Statement, claim: &str, way: &Way) -> Truth {
        let asked = self.tests(statement, claim, way);
        let some = asked.iter().filter(|condition| condition.operator.is_positive());
        let asked = Truth::any(some.map(|condition| condition.matches_everything().opposite()));
        asked.or(statement.passing_claim(&self.issuer, claim).is_complete().opposite().and(Truth::Unknown))
    }

    /// The conditions on a claim, also those that a way past the Denies asks for.
    fn tests<'c>(&'c self, statement: &'c Statement, claim: &str, way: &'c Way) -> Vec<&'c Condition> {
        let is_on = |condition: &&Condition| self.issuer.claim(&condition.key).is_some_and(|name| name.eq_ignore_ascii_case(claim));
        statement.conditions_on_claim(&self.issuer, claim).into_iter().chain(way.iter().filter(is_on)).collect()
    }

    /// Whether a token can come in at all: no condition asks for what only another issuer's tokens carry, or for a claim that AWS makes no
    /// condition key of (`oidc-subject-never-matches` speaks of those).
    pub fn is_open(&self, statement: &Statement) -> bool {
        let is_carried = |key: &str| match self.issuer.claim(key) {
            Some(claim) => !self.facts.claims_exact || !self.known || self.facts.has_claim(claim) || condition_key(key).is_some(),
            None => issuer_and_claim(key).is_none(),
        };
        !statement.conditions.iter().any(|condition| !is_carried(&condition.key) && condition.passing().absent() == Truth::No)
    }

    /// All that a search at this door depends on.
    fn content(&self, statement: &Statement) -> String {
        let gap = &statement.gap;
        let open: Vec<String> = gap.open().iter().map(|open| format!("{:?} {}", open.key, content(&open.condition))).collect();
        let own: Vec<String> = statement.conditions.iter().map(content).collect();
        let ways: Vec<Vec<String>> = self.ways.iter().map(|way| way.iter().map(content).collect()).collect();
        let hidden = (gap.may_narrow(), gap.may_widen(), gap.hides_keys(), open);
        format!("{:?}", (&self.facts.id, self.known, &self.issuer.name, hidden, own, ways))
    }

    /// Whether conditions may let in tokens of one tenant only.
    pub fn pins_tenant(&self, statement: &Statement, context: &Context) -> bool {
        let search = || self.ways.iter().all(|way| self.pinned(statement, &self.facts.pins_tenant, &self.facts.same_tenant, way));
        context.memory.of::<Reaches>().is_pinned(self.content(statement), search)
    }

    /// Whether one of the claims may pin what `sets` say is the same.
    fn pinned<'c>(&self, statement: &Statement, claims: impl IntoIterator<Item = &'c String>, sets: &[Vec<Arc<str>>], way: &Way) -> bool {
        let tags = statement.conditions.iter().filter(|condition| condition.key.to_ascii_lowercase().starts_with("aws:requesttag/"));
        let by_tags = Truth::any(tags.map(|condition| statement.enforces(condition)));
        // A key that is known but for its issuer tests a claim.
        let unknown = statement.gap.hides_keys();
        unknown || by_tags.possibly() || claims.into_iter().any(|claim| self.pins(statement, claim, sets, way))
    }

    /// The same of one claim. `repository` may be tested for a pattern, too.
    fn pins(&self, statement: &Statement, claim: &str, sets: &[Vec<Arc<str>>], way: &Way) -> bool {
        let asked = if claim.contains(':') { self.asks_for(statement, claim) } else { self.asks_for_by(statement, claim, way) };
        if !asked.possibly() {
            return false;
        }
        let tests = self.tests(statement, claim, way);
        let rows: Vec<&Form> = match claim {
            "sub" => self.facts.rows(),
            _ => self.facts.claim_rows(claim).into_iter().flatten().collect(),
        };
        let all_known = statement.passing_claim(&self.issuer, claim).is_complete() == Truth::Yes
            && tests.iter().all(|condition| condition.gap.is_none() && condition.values.iter().all(is_known));
        let reaches = |choice: &Choice| !choice.is_listed && pair(&passing(choice, None), &rows, &rows, sets).is_some();
        !(all_known && one_by_one(&tests).iter().any(reaches))
    }

    /// The values of the subject that reach far.
    pub fn wide(&self, statement: &'a Statement, context: &Context) -> Vec<Wide<'a>> {
        let conditions = statement.conditions_on_claim(&self.issuer, "sub");
        context.memory.of::<Reaches>().wide(self.content(statement), &conditions, || self.search(statement))
    }

    fn search(&self, statement: &'a Statement) -> Vec<Wide<'a>> {
        let conditions = statement.conditions_on_claim(&self.issuer, "sub");
        let all_known = statement.passing_claim(&self.issuer, "sub").is_complete() == Truth::Yes;
        if !all_known || self.facts.forms.is_empty() || !self.is_open(statement) {
            return Vec::new();
        }
        let mut spent = Spent::default();
        let mut found: Vec<Wide> = Vec::new();
        for one in self.ways.iter().flat_map(|way| self.search_by(statement, &conditions, way, &mut spent)) {
            match found.iter_mut().find(|other| std::ptr::eq(other.value, one.value)) {
                Some(other) if other.reach.breadth >= one.reach.breadth => {}
                Some(other) => *other = one,
                None => found.push(one),
            }
        }
        found
    }

    /// The same of what comes in by one way.
    fn search_by(&self, statement: &'a Statement, conditions: &[&'a Condition], way: &Way, spent: &mut Spent) -> Vec<Wide<'a>> {
        let tests = self.tests(statement, "sub", way);
        let mut wide: Vec<(usize, Wide)> = Vec::new();
        // The more values there are beside, the longer a search takes.
        let weight = 1 + tests.iter().map(|condition| condition.values.len()).sum::<usize>() / 20;
        let positive = conditions.iter().filter(|condition| condition.operator.is_positive());
        let mut all: Vec<(usize, &Condition, &Item)> =
            positive.flat_map(|condition| condition.values.iter().map(|value| (0, *condition, value))).collect();
        all.iter_mut().enumerate().for_each(|(index, one)| one.0 = index);
        // What is given of a value last tells most: those with the least come first, if there are too many to look at.
        all.sort_by_key(|(_, _, value)| (value.pattern.is_exact(), value.pattern.literal_prefix().len()));
        for (index, condition, value) in all {
            let others: Vec<&Condition> = tests.iter().filter(|other| !std::ptr::eq(**other, condition)).copied().collect();
            // To look at one value after another beside many is slow even where each is quick.
            spent.values += usize::from(!value.pattern.is_exact() || weight > 10 && !others.is_empty());
            if spent.values > MOST_VALUES || spent.guesses > MOST_GUESSES {
                break;
            }
            let reach = self.reach_of(condition, value, &others, weight, &mut spent.guesses);
            wide.extend(reach.map(|reach| (index, Wide { condition, value, reach })));
        }
        wide.sort_by_key(|(index, _)| *index);
        let mut wide = self.told_once(wide.into_iter().map(|(_, wide)| wide).collect());
        wide.retain_mut(|wide| self.narrow(statement, &mut wide.reach, way));
        let known = wide.clone();
        // Who may push a branch may open a pull request.
        wide.retain(|wide| wide.reach.breadth != Breadth::PullRequests || !known.iter().any(|other| other.reach.includes(&wide.reach)));
        wide
    }

    /// Leaves out values that another condition narrows to just what one of its own values lets in.
    fn told_once(&self, wide: Vec<Wide<'a>>) -> Vec<Wide<'a>> {
        let Some(first) = wide.first() else { return wide };
        if wide.len() > MOST_VALUES / 2 || wide.iter().all(|other| std::ptr::eq(other.condition, first.condition)) {
            return wide;
        }
        let alone: Vec<Option<Breadth>> =
            wide.iter().map(|wide| self.reach_alone(wide.condition, wide.value).map(|reach| reach.breadth)).collect();
        let is_told = |at: usize, one: &Wide| {
            wide.iter().enumerate().any(|(other_at, other)| {
                let same = other.reach.breadth == one.reach.breadth && other.reach.includes(&one.reach);
                same && !std::ptr::eq(other.condition, one.condition) && (alone.get(other_at), other_at) < (alone.get(at), at)
            })
        };
        wide.iter().enumerate().filter(|(at, one)| !is_told(*at, one)).map(|(_, one)| one.clone()).collect()
    }

    /// Lessens a reach by what other claims pin, as far as that is told. False where nothing is left.
    fn narrow(&self, statement: &Statement, reach: &mut Reach, way: &Way) -> bool {
        let pinned = match reach.breadth {
            Breadth::Tenants => {
                let others = self.facts.pins_tenant.iter().filter(|claim| *claim != "sub");
                self.pinned(statement, others, &self.facts.same_tenant, way)
            }
            _ => false,
        };
        if pinned {
            reach.breadth = Breadth::Repositories;
            reach.tenant.clear();
        }
        let repository = &self.facts.pins_repository;
        if reach.breadth >= Breadth::Repositories && self.pinned(statement, repository, &self.facts.same_repository, way) {
            return false;
        }
        reach.breadth >= Breadth::Repositories || !self.pinned(statement, &self.facts.pins_ref, &[], way)
    }

    /// What a value would let in if it were the only condition.
    pub fn reach_alone(&self, condition: &Condition, value: &Item) -> Option<Reach> {
        self.reach_of(condition, value, &[], 1, &mut 0)
    }

    /// What one value lets in, whatever its unknown parts stand for.
    fn reach_of(&self, condition: &Condition, value: &Item, others: &[&Condition], weight: usize, spent: &mut usize) -> Option<Reach> {
        if let Some(text) = value.pattern.as_exact() {
            return self.exact(text, others);
        }
        let length = least_length(value);
        if length > LONGEST {
            return None;
        }
        let choices = one_by_one(others);
        let mut least: Option<Reach> = None;
        for Guess { pattern, shown } in guesses(value)? {
            *spent += 1 + length / 100 + if others.is_empty() { 0 } else { weight + choices.len() / 4 };
            let one = Condition { values: vec![Item { pattern, ..value.clone() }], gap: None, ..condition.clone() };
            let both = || choices.iter().map(|choice| (choice.is_listed, passing(choice, Some(&one))));
            let fitting: Vec<(bool, Passing)> = both().filter(|(_, both)| both.example_of(&self.facts.rows(), &[]).is_some()).collect();
            // A guess that no subject fits is none.
            if fitting.is_empty() {
                continue;
            }
            let reaches = fitting.iter().filter_map(|(listed, both)| if *listed { self.requests(both) } else { self.reach(both) });
            let mut reach = reaches.max_by_key(|reach| reach.breadth)?;
            shown.iter().for_each(|(guess, name)| reach.show(guess, name));
            if least.as_ref().is_none_or(|least| reach.breadth < least.breadth) {
                least = Some(reach);
            }
        }
        least
    }

    fn exact(&self, text: &str, others: &[&Condition]) -> Option<Reach> {
        let rows = self.facts.rows_of(|kind| kind == FormKind::PullRequest);
        let is_one = rows.iter().any(|row| row.read(text).is_some());
        if !is_one || !others.is_empty() && !Passing::of(others.to_vec(), Truth::Yes).value(text).certainly() {
            return None;
        }
        Some(self.reach_to(None, Breadth::PullRequests, text.to_owned(), text.to_owned()))
    }

    /// What passes conditions that are known in full.
    fn reach(&self, passing: &Passing) -> Option<Reach> {
        let rows = self.facts.rows();
        let branches = self.facts.rows_of(|kind| kind == FormKind::Branch);
        let any_name = |reach: Reach, sets| Reach { any_name: self.takes_any(passing, &reach.meant, sets), ..reach };
        for (breadth, sets) in [(Breadth::Tenants, &self.facts.same_tenant), (Breadth::Repositories, &self.facts.same_repository)] {
            if let Some((meant, other)) = pair(passing, &branches, &rows, sets).or_else(|| pair(passing, &rows, &rows, sets)) {
                let meant = self.presentable(passing, &meant, &[], None);
                let other = self.presentable(passing, &other, sets, Some(&meant));
                return Some(any_name(self.reach_to(Some(passing), breadth, meant, other), sets));
            }
        }
        let free = [("branch", FormKind::Branch), ("environment", FormKind::Environment)];
        let anyone = free.into_iter().find_map(|(variable, kind)| {
            let fixed: Vec<Form> =
                self.facts.rows_of(|one| one == kind).iter().filter_map(|row| row.with(&[(variable.into(), NOBODYS.into())])).collect();
            let found = passing.example_of(&fixed.iter().collect::<Vec<&Form>>(), &[])?;
            Some((variable, found))
        });
        if let Some((variable, found)) = anyone {
            let meant = self.presentable(passing, &found, &[], None);
            let other = self.reading(&meant).map(|(row, mut reading)| {
                reading.insert(variable.into(), format!("some-{variable}"));
                row.write(&reading)
            });
            let other = other.filter(|other| passing.value(other).certainly()).unwrap_or(found);
            return Some(self.reach_to(Some(passing), Breadth::Refs, meant, other));
        }
        self.requests(passing)
    }

    /// The pull requests among what passes.
    fn requests(&self, passing: &Passing) -> Option<Reach> {
        let request = passing.example_of(&self.facts.rows_of(|kind| kind == FormKind::PullRequest), &[])?;
        Some(self.reach_to(Some(passing), Breadth::PullRequests, request.clone(), request))
    }

    /// With what the first subject names its tenant and its repository by: what the value has fixed, rather than what any name will do for.
    fn reach_to(&self, passing: Option<&Passing>, breadth: Breadth, meant: String, other: String) -> Reach {
        let (row, reading) = self.reading(&meant).unzip();
        let reading = reading.unwrap_or_default();
        let is_free = |name: &Arc<str>| row.zip(passing).is_some_and(|(row, passing)| is_free(row, &reading, name, passing));
        let name = |sets: &[Vec<Arc<str>>]| {
            let fixed = sets.iter().filter(|set| !set.iter().any(&is_free));
            fixed.chain(sets).find_map(|set| joined(set, &reading)).unwrap_or_default()
        };
        let (tenant, repository) = (name(&self.facts.same_tenant), name(&self.facts.same_repository));
        Reach { breadth, meant, other, tenant, repository, any_name: false }
    }

    fn reading(&self, text: &str) -> Option<(&'static Form, Reading)> {
        self.facts.rows().into_iter().find_map(|row| Some((row, row.read(text)?)))
    }

    /// Whether names that nobody thought of will do where `sets` are not what they are in `meant`.
    fn takes_any(&self, passing: &Passing, meant: &str, sets: &[Vec<Arc<str>>]) -> bool {
        let Some((row, reading)) = self.reading(meant) else { return false };
        let set = sets.iter().find(|set| joined(set, &reading).is_some());
        set.and_then(|set| set.last()).is_some_and(|last| is_free(row, &reading, last, passing))
    }

    /// The same subject with names that people know, as far as it then still passes and is not that of `meant`, if that is given.
    fn presentable(&self, passing: &Passing, text: &str, sets: &[Vec<Arc<str>>], meant: Option<&str>) -> String {
        let Some((row, mut reading)) = self.reading(text) else { return text.to_owned() };
        let first = meant.and_then(|meant| self.reading(meant)).map(|(_, reading)| reading).unwrap_or_default();
        for (name, sample) in &self.facts.samples {
            let Some(old) = reading.get(name.as_str()).cloned() else { continue };
            let identity = self.facts.same_repository.iter().flatten().any(|one| **one == **name);
            let meant = if identity && meant.is_none() { A_NAME } else { sample };
            let longer = format!("{old}{A_NAME}");
            // A beginning that is given wants an end.
            let longer = (identity && !old.ends_with(char::is_alphanumeric)).then_some(longer.as_str());
            let better = [meant, sample.as_str()].into_iter().chain(longer).find(|text| {
                let mut changed = reading.clone();
                changed.insert(name.as_str().into(), (*text).to_owned());
                let same = sets.iter().any(|set| joined(set, &changed).is_some_and(|one| joined(set, &first) == Some(one)));
                let text = row.write(&changed);
                !same && row.read(&text).is_some() && passing.value(&text).certainly()
            });
            if let Some(better) = better {
                reading.insert(name.as_str().into(), better.to_owned());
            }
        }
        row.write(&reading)
    }
}

/// What a condition asks for, wherever that is written.
fn content(condition: &Condition) -> String {
    let values: Vec<(&Pattern, &str)> = condition.values.iter().map(|value| (&value.pattern, &*value.text)).collect();
    format!("{:?}", (condition.operator, &condition.key, values, condition.gap.is_some()))
}

/// How many characters a text of the value has at least, with one for each wildcard: what a search takes grows with it.
fn least_length(value: &Item) -> usize {
    let length = |segment: &Segment| if let Segment::Literal(text) = segment { text.len() } else { 1 };
    value.pattern.segments().iter().map(length).sum()
}

/// What passes all conditions of a choice, and one more.
fn passing<'c>(choice: &'c Choice, one: Option<&'c Condition>) -> Passing<'c> {
    Passing::of(choice.conditions.iter().map(|condition| &**condition).chain(one).collect(), Truth::Yes)
}

impl<'a> Door<'a> {
    /// The condition that says whose token it must be, or with `repositories` of which of its repositories, where no subject is asked for
    /// and no claim says more.
    pub fn pinned_by(&self, statement: &'a Statement, repositories: bool) -> Option<&'a Condition> {
        let facts = self.facts;
        let (by, closer) = match repositories {
            false => (&facts.whole_tenant, [&facts.pins_repository, &facts.pins_ref]),
            true => (&facts.pins_repository, [&facts.pins_ref, &facts.pins_ref]),
        };
        if !self.is_open_and_has_no_subject(statement) {
            return None;
        }
        let by = by.iter().filter(|claim| !facts.pins_ref.contains(claim));
        let asked = |claim: &&String| self.asks_for(statement, claim).certainly();
        let found =
            by.filter(asked).flat_map(|claim| statement.conditions_on_claim(&self.issuer, claim)).find(|test| test.operator.is_positive());
        let said_closer = closer.into_iter().flatten().any(|claim| self.asks_for(statement, claim).possibly());
        found.filter(|_| !said_closer)
    }

    /// Whether tokens come in, and certainly no condition asks for a subject, nor for tags of the session.
    pub fn is_open_and_has_no_subject(&self, statement: &Statement) -> bool {
        !self.asks_for(statement, "sub").possibly()
            && self.is_open(statement)
            && !self.ways.iter().all(|way| self.pinned(statement, [], &[], way))
    }
}

fn is_known(value: &Item) -> bool {
    value.pattern.segments().iter().all(|segment| !matches!(segment, Segment::Hole(_) | Segment::Variable(_)))
}

/// Whether a name, or number, that nobody thought of passes in place of a variable's.
fn is_free(row: &Form, reading: &Reading, name: &Arc<str>, passing: &Passing) -> bool {
    [NOBODYS, NO_NUMBER].iter().any(|text| {
        let other = row.write(
            &reading.iter().map(|(one, value)| (Arc::clone(one), value.clone())).chain([(Arc::clone(name), (*text).to_owned())]).collect(),
        );
        row.read(&other).is_some() && passing.value(&other).certainly()
    })
}

fn joined(set: &[Arc<str>], reading: &Reading) -> Option<String> {
    let parts: Option<Vec<&str>> = set.iter().map(|name| reading.get(name).map(String::as_str)).collect();
    parts.map(|parts| parts.join("/"))
}

/// The variables of each set that the reading has, as it has them.
fn fixed(sets: &[Vec<Arc<str>>], reading: &Reading) -> Vec<Vec<(Arc<str>, String)>> {
    let one = |set: &Vec<Arc<str>>| set.iter().map(|name| Some((Arc::clone(name), reading.get(name)?.clone()))).collect();
    sets.iter().filter_map(one).collect()
}

/// Two texts that pass, the first one of `first`, both of `rows`, which have none of `sets` in common.
fn pair(passing: &Passing, first: &[&Form], rows: &[&Form], sets: &[Vec<Arc<str>>]) -> Option<(String, String)> {
    if sets.is_empty() {
        return None;
    }
    let read = |text: &str| rows.iter().find_map(|row| row.read(text));
    let alike = |reading: &Reading| -> Vec<Form> {
        fixed(sets, reading).iter().flat_map(|fixed| rows.iter().filter_map(|row| row.with(fixed))).collect()
    };
    let one = passing.example_of(first, &[])?;
    let reading = read(&one)?;
    let mut outside = alike(&reading);
    // The same kind of token shows best what else gets in.
    let other = passing.example_of(first, &outside).or_else(|| passing.example_of(rows, &outside))?;
    let second = read(&other)?;
    if fixed(sets, &second).len() > fixed(sets, &reading).len() {
        // A name, and elsewhere a number: it may be the number of that name.
        outside.extend(alike(&second));
        passing.example_of(rows, &outside)?;
    }
    Some((one, other))
}
