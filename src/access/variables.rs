//! Requests of a region where its conditions or resources have policy variables: the caller's own values of these keys decide what the others
//! must be (IAM User Guide, "IAM policy elements: Variables and tags").
//!
//! A value for a variable is not solved for but tried: absence, what its own conditions ask for and those of other keys, and the texts that
//! conditions name. Where none of these does, nothing is known.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::keys::{self, Wanted};
use super::question::{Question, UNNAMED};
use super::region::{Region, Witness};
use crate::policy::Condition;
use crate::policy::condition::Family;
use crate::policy::pattern::{Case, Pattern, Segment};
use crate::policy::request::{Carried, Request};
use crate::policy::variables::key_of;
use crate::truth::Truth;

/// More ways to choose values are not tried.
const MOST_TRIED: usize = 48;

/// The keys that the region's conditions and resources refer to.
fn names(region: &Region) -> BTreeSet<String> {
    let values = region.wanted.iter().flat_map(|wanted| &wanted.condition.values).map(|value| &value.pattern);
    let patterns = values.chain(region.inside.iter().flatten().copied()).chain(region.outside.iter().copied());
    let segments = patterns.filter(|pattern| pattern.has_variable()).flat_map(Pattern::segments);
    let names = segments.filter_map(|segment| if let Segment::Variable(name) = segment { Some(key_of(name)) } else { None });
    names.map(str::to_ascii_lowercase).collect()
}

/// A request of a region. Where that depends on values of variables, with such values.
pub(super) fn witness(region: &Region, question: &Question) -> Witness {
    let found = region.witness(question);
    if found.truth != Truth::Unknown {
        return found;
    }
    let names = names(region);
    if names.is_empty() {
        return found;
    }
    let by_names = with_names(region, &names, question);
    Witness { work: found.work + by_names.work, ..by_names }
}

fn with_names(region: &Region, names: &BTreeSet<String>, question: &Question) -> Witness {
    // What the question fixes may decide it alone.
    let fixed = names.iter().filter(|name| !question.caller().leaves_open(name)).cloned().collect();
    let found = with_values(region, &fixed, question.caller().request.clone(), question);
    if found.truth == Truth::No {
        return found;
    }
    let resolved: Vec<(Condition, bool)> =
        region.wanted.iter().map(|one| (one.condition.resolved(&question.caller().request), one.holds)).collect();
    let wanted = resolved.iter().map(|(condition, holds)| Wanted { condition, holds: *holds }).collect();
    let mut region = region.clone();
    region.wanted = wanted;
    let region = &region;
    let tried: Vec<Tried> = names.iter().map(|name| (name, candidates(name, region, question))).collect();
    // So may what can be one thing only.
    let found = with_only(&tried, region, question);
    if found.truth == Truth::No {
        return found;
    }
    let mut requests = vec![question.caller().request.clone()];
    let mut is_all = true;
    for (name, (values, all)) in tried {
        is_all &= all;
        let with = |request: &Request| values.iter().map(|value| request.clone().carrying(name, value.clone())).collect::<Vec<_>>();
        requests = requests.iter().flat_map(with).take(MOST_TRIED).collect();
    }
    let mut truth = if is_all { Truth::No } else { Truth::Unknown };
    // To put in other values is work as well.
    let mut work = requests.len();
    for request in requests {
        let found = with_values(region, names, request, question);
        work += found.work;
        if found.truth == Truth::Yes {
            return Witness { work, ..found };
        }
        truth = truth.or(found.truth);
    }
    Witness { truth, resource: None, request: question.caller().request.clone(), work }
}

/// A variable's key with what it may carry, and whether it can carry nothing else.
type Tried<'n> = (&'n String, (Vec<Carried>, bool));

/// The same where only those keys carry something that can carry one thing.
fn with_only(tried: &[Tried], region: &Region, question: &Question) -> Witness {
    let only = tried.iter().filter_map(|(name, candidates)| match (candidates.0.as_slice(), candidates.1) {
        ([only], true) => Some(((*name).clone(), only.clone())),
        _ => None,
    });
    let only: Vec<(String, Carried)> = only.collect();
    let request = only.iter().fold(question.caller().request.clone(), |request, (name, carried)| request.carrying(name, carried.clone()));
    with_values(region, &only.into_iter().map(|(name, _)| name).collect(), request, question)
}

/// What a variable's key may carry, and whether it can carry nothing else.
fn candidates(name: &str, region: &Region, question: &Question) -> (Vec<Carried>, bool) {
    if !question.caller().leaves_open(name) {
        return (vec![question.caller().request.get(name).clone()], true);
    }
    if let Some(text) = region.wanted.iter().find_map(|wanted| named_by(wanted, name, question)) {
        return (vec![Carried::Values(vec![text])], true);
    }
    if let Some(texts) = region.wanted.iter().find_map(|wanted| listed_by(wanted, name, region)) {
        return (texts.iter().map(|text| Carried::Values(vec![Arc::clone(text)])).take(MOST_TRIED).collect(), texts.len() <= MOST_TRIED);
    }
    let own = || region.wanted.iter().filter(|wanted| wanted.condition.key.eq_ignore_ascii_case(name));
    // Several values are no variable, so that a list of plain texts leaves nothing else but absence.
    if let Some(texts) = own().find_map(listed) {
        let values = texts.iter().map(|text| Carried::Values(vec![Arc::clone(text)])).chain([Carried::Absent]);
        return (values.take(MOST_TRIED).collect(), texts.len() < MOST_TRIED);
    }
    let present = Request::bare().carrying(name, Carried::Present);
    if own().any(|wanted| wanted.condition.operator.family() == Family::Null && wanted.met(&present) == Truth::No) {
        return (vec![Carried::Absent], true);
    }
    let written_out = |wanted: &&Wanted| !wanted.condition.values.iter().any(|value| value.pattern.has_variable());
    let mut by_key: BTreeMap<String, Vec<Wanted>> = BTreeMap::new();
    for wanted in region.wanted.iter().filter(written_out) {
        by_key.entry(wanted.condition.key.to_ascii_lowercase()).or_default().push(*wanted);
    }
    // What it would have, what other keys would have that it may have to be like, what it has in common with each of them, and something else.
    let find = |key: &str, wanted: &[Wanted]| keys::find(key, wanted, question.caller()).carried;
    let plain: Vec<Wanted> = own().filter(written_out).copied().collect();
    let first: Vec<Carried> = by_key.iter().filter_map(|(key, wanted)| find(key, wanted)).collect();
    // Absence is tried by itself, and several values are no variable.
    let present = Condition::of("StringLike", name, &["*"]);
    let present = Wanted { condition: &present, holds: true };
    let alike = by_key.iter().filter(|(key, _)| *key != name).filter_map(|(_, wanted)| {
        let renamed: Vec<(Condition, bool)> = wanted.iter().map(|one| (one.condition.about(name), one.holds)).collect();
        let both = plain.iter().copied().chain(renamed.iter().map(|(condition, holds)| Wanted { condition, holds: *holds }));
        find(name, &both.chain([present]).collect::<Vec<Wanted>>())
    });
    let alike: Vec<Carried> = alike.collect();
    let others = other_than(&first, name);
    let others = Wanted { condition: &others, holds: true };
    let again = find(name, &plain.iter().copied().chain([others, present]).collect::<Vec<Wanted>>());
    let found = first.into_iter().chain(alike).chain(again);
    let written = region.wanted.iter().flat_map(|wanted| &wanted.condition.values).filter_map(|value| value.pattern.as_exact());
    let fixed = region.wanted.iter().flat_map(|wanted| match question.caller().request.get(&wanted.condition.key) {
        Carried::Values(values) => values.iter().map(|value| &**value).collect(),
        _ => Vec::new(),
    });
    let texts =
        written.chain(fixed).collect::<BTreeSet<&str>>().into_iter().chain([UNNAMED]).map(|text| Carried::Values(vec![Arc::from(text)]));
    (found.chain(texts).chain([Carried::Absent]).collect(), false)
}

/// The one text that a variable can be, where a key that the question fixes must equal it.
fn named_by(wanted: &Wanted, name: &str, question: &Question) -> Option<Arc<str>> {
    let Carried::Values(values) = question.caller().request.get(&wanted.condition.key) else { return None };
    let [value] = values.as_slice() else { return None };
    equals(wanted, name).then(|| Arc::clone(value))
}

/// The texts that a variable can be, where another key must equal it that can be one of these only.
fn listed_by(wanted: &Wanted, name: &str, region: &Region) -> Option<Vec<Arc<str>>> {
    let must_be_there = !(wanted.holds && wanted.condition.operator.if_exists) && wanted.condition.operator.set.is_none();
    if !must_be_there || !equals(wanted, name) {
        return None;
    }
    let on_it = region.wanted.iter().filter(|other| other.condition.key.eq_ignore_ascii_case(&wanted.condition.key));
    on_it.filter(|other| !std::ptr::eq(other.condition, wanted.condition)).find_map(listed)
}

/// Whether a key must be the text of a variable.
fn equals(wanted: &Wanted, name: &str) -> bool {
    let Some(condition) = wanted.as_condition() else { return false };
    let by_text = condition.operator.family() == Family::Text(Case::Sensitive) && condition.operator.is_positive();
    let [item] = condition.values.as_slice() else { return false };
    let [Segment::Variable(variable)] = item.pattern.segments() else { return false };
    // One with a default can be absent as well.
    by_text && condition.gap.is_none() && variable.trim().eq_ignore_ascii_case(name)
}

impl Condition {
    /// The same on another key.
    fn about(&self, key: &str) -> Condition {
        Condition { key: key.into(), ..self.clone() }
    }
}

/// A condition that none of these values meets.
fn other_than(values: &[Carried], key: &str) -> Condition {
    let texts = values.iter().flat_map(|carried| match carried {
        Carried::Values(values) => values.iter().map(|value| &**value).collect(),
        _ => Vec::new(),
    });
    Condition::of("StringNotEquals", key, &texts.collect::<Vec<&str>>())
}

/// The texts of which a condition asks for one, wherever the key is there.
fn listed(wanted: &Wanted) -> Option<Vec<Arc<str>>> {
    let Condition { operator, values, gap, .. } = wanted.as_condition().filter(|_| wanted.is_of_all())?;
    let by_text = operator.family() == Family::Text(Case::Sensitive) && operator.is_positive();
    let texts = values.iter().map(|value| value.pattern.as_exact().map(Arc::from));
    texts.collect::<Option<Vec<Arc<str>>>>().filter(|_| by_text && gap.is_none())
}

/// The same where the request carries these values of variables.
fn with_values(region: &Region, names: &BTreeSet<String>, mut request: Request, question: &Question) -> Witness {
    let resolved: Vec<(Condition, bool)> = region.wanted.iter().map(|wanted| (wanted.condition.resolved(&request), wanted.holds)).collect();
    let (mut truth, resource) = with_resources(region, &request);
    // What is chosen for other keys is a choice: by it nothing is impossible.
    let given = request.clone();
    let mut by_key: BTreeMap<String, Vec<Wanted>> = BTreeMap::new();
    for (condition, holds) in &resolved {
        by_key.entry(condition.key.to_ascii_lowercase()).or_default().push(Wanted { condition, holds: *holds });
    }
    let mut work = 0;
    for (key, wanted) in &by_key {
        if names.contains(key) {
            truth = truth.and(Truth::all(wanted.iter().map(|one| one.met(&given))));
            continue;
        }
        let found = keys::find(key, wanted, question.caller());
        truth = truth.and(found.truth);
        work += found.work;
        if let Some(carried) = found.carried {
            request = request.carrying(key, carried);
        }
    }
    Witness { truth, resource, request, work }
}

fn with_resources(region: &Region, request: &Request) -> (Truth, Option<Pattern>) {
    let resolved = |pattern: &&Pattern| pattern.resolved(request);
    let inside: Vec<Vec<Pattern>> = region.inside.iter().map(|patterns| patterns.iter().filter_map(resolved).collect()).collect();
    let outside: Vec<Pattern> = region.outside.iter().filter_map(resolved).collect();
    let inside: Vec<Vec<&Pattern>> = inside.iter().map(|patterns| patterns.iter().collect()).collect();
    region.resource(&inside, &outside.iter().collect::<Vec<_>>())
}
