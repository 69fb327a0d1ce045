//! The nearest real name, for help texts. Slow (up to a millisecond): for names that are already known to be wrong.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::key::{ConditionKey, KeyOrigin, claims, condition_keys, issuer_and_claim};
use super::reference::{Action, service, services};
use super::service_name::meant_service;

/// How far a name is from another: the smaller, the better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Cost {
    /// Edits, where one piece left out or put in is a single step however long it is: `…RecordNames` is nearer to
    /// `…NormalizedRecordNames` than to `…RecordTypes`.
    steps: usize,
    edits: usize,
}

impl Cost {
    const SAME: Cost = Cost { steps: 0, edits: 0 };

    fn plus(self, other: Cost) -> Cost {
        Cost { steps: self.steps + other.steps, edits: self.edits + other.edits }
    }
}

/// The action that a wrong `prefix:Name` most likely means; none when nothing is near. Wildcards are not looked into.
///
/// It never does something else than what was written: `BatchGetImage` is no `BatchDeleteImage`, and `DisconnectDirectory` is no
/// `ConnectDirectory`. Verbs that only read stand for each other: `ListConnections` is `GetConnections`.
pub fn suggest_action(unknown: &str) -> Option<Action> {
    let (prefix, name) = unknown.split_once(':').unwrap_or(("", unknown));
    let prefix = prefix.to_ascii_lowercase();
    if name.contains(['*', '?']) {
        return None;
    }
    let named = service(&prefix).into_iter();
    let near: Vec<_> = if service(&prefix).is_some() {
        named.map(|service| (service, Cost::SAME)).collect()
    } else {
        services().filter_map(|service| Some((service, typing_cost(&prefix, service.prefix())?))).collect()
    };
    near.into_iter()
        .flat_map(|(service, cost)| service.actions().map(move |action| (action, cost)))
        .filter_map(|(action, cost)| Some((cost.plus(action_cost(name, action.name())?), action)))
        .min_by_key(|(cost, _)| *cost)
        .map(|(_, action)| action)
        .or_else(|| of_another_service(&prefix, name))
}

/// The action of this name that the service has which goes by the wrong prefix, or one beside it: `es:ESHttpGet` for
/// `opensearch:ESHttpGet`, `ecr:BatchGetImage` for `ecr-public:BatchGetImage`.
fn of_another_service(prefix: &str, name: &str) -> Option<Action> {
    if service(prefix).is_none() {
        return meant_service(prefix, name).and_then(|meant| meant.action(name)).or_else(|| only_owner(name));
    }
    let mut beside = services().filter(|other| are_siblings(prefix, other.prefix())).filter_map(|other| other.action(name));
    beside.next().filter(|_| beside.next().is_none())
}

/// Services that people take for one.
const TAKEN_FOR_ONE: &[[&str; 2]] = &[["ebs", "ec2"], ["es", "opensearch"], ["iam", "sts"]];

fn are_siblings(one: &str, other: &str) -> bool {
    let begins = |long: &str, short: &str| long.strip_prefix(short).is_some_and(|rest| rest.starts_with('-'));
    begins(one, other)
        || begins(other, one)
        || TAKEN_FOR_ONE.iter().any(|pair| pair.contains(&one) && pair.contains(&other) && one != other)
}

/// The cost between the name of no action and that of an action; none where the two do different things.
fn action_cost(unknown: &str, known: &str) -> Option<Cost> {
    let (verb, own) = (verb(unknown), verb(known));
    let (lower, lower_known) = (unknown.to_ascii_lowercase(), known.to_ascii_lowercase());
    if verb.eq_ignore_ascii_case(own) {
        return if are_one_and_many(&lower, &lower_known) { Some(ONE_STEP) } else { name_cost(&lower, &lower_known) };
    }
    let reads = |verb: &str| READS.iter().any(|known| known.eq_ignore_ascii_case(verb));
    if reads(verb) && reads(own) {
        // What is read must be the same.
        let (rest, known) = (lower.get(verb.len()..)?, lower_known.get(own.len()..)?);
        let cost = if are_one_and_many(rest, known) { ONE_STEP } else { typing_cost(rest, known)? };
        return Some(cost.plus(Cost { steps: 1, edits: 2 }));
    }
    // Written in small letters, a name does not show its verb.
    if verb.len() == unknown.len() {
        return name_cost(&lower, &lower_known).filter(|_| !are_opposites(&lower, &lower_known));
    }
    let (verb, own) = (verb.to_ascii_lowercase(), own.to_ascii_lowercase());
    let slip = strsim::osa_distance(&verb, &own) <= (verb.len() / 6).max(1);
    (slip && !VERBS.contains(&*verb) && !are_opposites(&verb, &own)).then(|| name_cost(&lower, &lower_known)).flatten()
}

const ONE_STEP: Cost = Cost { steps: 1, edits: 1 };

/// `listpolicy` and `listpolicies`.
fn are_one_and_many(left: &str, right: &str) -> bool {
    let many = |one: &str, many: &str| {
        many.strip_suffix('s') == Some(one) || many.strip_suffix("ies").is_some_and(|stem| one.strip_suffix('y') == Some(stem))
    };
    many(left, right) || many(right, left)
}

/// Verbs of actions that only read.
const READS: &[&str] = &["Describe", "Get", "List"];

/// The verbs of all actions, in lower case.
static VERBS: LazyLock<HashSet<String>> =
    LazyLock::new(|| services().flat_map(|service| service.actions()).map(|action| verb(action.name()).to_ascii_lowercase()).collect());

/// Whether actions of some service begin with this verb: `List`, `BatchGet`. Case does not count.
pub fn is_verb(word: &str) -> bool {
    VERBS.contains(&word.to_ascii_lowercase())
}

/// `Get` of `GetObject`, `BatchGet` of `BatchGetImage`. A name that is written in small letters is all verb.
fn verb(name: &str) -> &str {
    let word = |from: usize| {
        let bytes = name.bytes().enumerate().skip(from + 1);
        bytes.into_iter().find(|(_, byte)| byte.is_ascii_uppercase()).map_or(name.len(), |(at, _)| at)
    };
    let first = word(0);
    let end = if name.get(..first).is_some_and(|first| first.eq_ignore_ascii_case("Batch")) { word(first) } else { first };
    name.get(..end).unwrap_or(name)
}

/// `connect` and `disconnect`.
fn are_opposites(one: &str, other: &str) -> bool {
    ["de", "dis", "un"].iter().any(|prefix| one.strip_prefix(prefix) == Some(other) || other.strip_prefix(prefix) == Some(one))
}

/// The action of this name when exactly one service has it.
fn only_owner(name: &str) -> Option<Action> {
    let mut owners = services().filter_map(|service| service.action(name));
    let first = owners.next()?;
    owners.next().is_none().then_some(first)
}

/// The name that is nearest to a wrong one; none when none is near. Case does not count.
pub fn suggest_name<'n>(unknown: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let unknown = unknown.to_ascii_lowercase();
    names.filter_map(|name| Some((name_cost(&unknown, &name.to_ascii_lowercase())?, name))).min().map(|(_, name)| name)
}

/// The condition key that a wrong name most likely means, among the keys of its own prefix, the global ones and those of
/// the services with these prefixes; none when nothing is near. A pattern key comes as AWS writes it:
/// `aws:PrincipalTag/${TagKey}`.
pub fn suggest_condition_key(unknown: &str, services: &[&str]) -> Option<String> {
    let lower = unknown.to_ascii_lowercase();
    if let Some((_, meant)) = KEYS_MEANT.iter().find(|(wrong, _)| *wrong == lower) {
        return Some((*meant).to_owned());
    }
    let (prefix, rest) = lower.split_once(':')?;
    let of_services = services.iter().filter_map(|prefix| service(prefix)).flat_map(|service| service.condition_keys());
    let known = condition_keys()
        .filter(|key| {
            matches!(key.origin(), KeyOrigin::Global | KeyOrigin::CrossService)
                || key.name().split_once(':').is_some_and(|(own, _)| own.eq_ignore_ascii_case(prefix))
        })
        .chain(of_services)
        .filter_map(|key| Some((key_cost(prefix, rest, &key)?, key.name().to_string())));
    let issuer = issuer_and_claim(unknown).map(|(issuer, _)| issuer);
    let generic = issuer
        .into_iter()
        .flat_map(|issuer| claims().filter_map(move |claim| Some((name_cost(rest, claim.name())?, format!("{issuer}:{}", claim.name())))));
    known.chain(generic).min().map(|(_, name)| name)
}

/// Keys that people write, too far from the real one to be found by their letters.
const KEYS_MEANT: &[(&str, &str)] = &[
    ("aws:accountid", "aws:PrincipalAccount"),
    ("aws:ip", "aws:SourceIp"),
    ("aws:ipaddress", "aws:SourceIp"),
    ("aws:mfa", "aws:MultiFactorAuthPresent"),
    ("aws:mfapresent", "aws:MultiFactorAuthPresent"),
    ("aws:organizationid", "aws:PrincipalOrgID"),
    ("aws:orgid", "aws:PrincipalOrgID"),
    ("aws:sourceipaddress", "aws:SourceIp"),
    ("aws:vpcendpoint", "aws:SourceVpce"),
    ("aws:vpceid", "aws:SourceVpce"),
    ("aws:vpcid", "aws:SourceVpc"),
];

fn key_cost(prefix: &str, rest: &str, key: &ConditionKey) -> Option<Cost> {
    let name = key.name().to_ascii_lowercase();
    let (own_prefix, own_rest) = name.split_once(':')?;
    let rest_cost = match own_rest.split_once("${").or_else(|| own_rest.split_once('<')) {
        // Compare what stands before the user's part: `PrincipleTag/team` with `PrincipalTag/`.
        Some((stem, _)) => {
            let end = rest.find('/').map_or(rest.len(), |slash| slash + 1);
            name_cost(rest.get(..end)?, stem)?
        }
        None => name_cost(rest, own_rest)?,
    };
    let prefix_cost = match typing_cost(prefix, own_prefix) {
        Some(cost) => cost,
        // The right name under the wrong service: `iam:ExternalId`.
        None if rest_cost == Cost::SAME => Cost { steps: 1, edits: 1 },
        None => return None,
    };
    Some(prefix_cost.plus(rest_cost))
}

/// The cost between two lower-case names, or none when they are not near.
fn name_cost(unknown: &str, known: &str) -> Option<Cost> {
    if one_piece_apart(unknown, known) {
        let edits = unknown.len().abs_diff(known.len());
        return Some(Cost { steps: edits.min(1), edits });
    }
    typing_cost(unknown, known)
}

/// Edits (a letter put in, left out, changed, or swapped with its neighbour), at most one in four letters.
fn typing_cost(unknown: &str, known: &str) -> Option<Cost> {
    let most = (unknown.len().max(known.len()) / 4).clamp(1, 4);
    // The difference of lengths is a lower bound and costs nothing to know.
    if unknown.len().abs_diff(known.len()) > most {
        return None;
    }
    let edits = strsim::osa_distance(unknown, known);
    (edits <= most).then_some(Cost { steps: edits, edits })
}

/// Whether one name is the other with one piece put in anywhere, and the piece is the smaller part of it.
fn one_piece_apart(left: &str, right: &str) -> bool {
    let (short, long) = if left.len() <= right.len() { (left, right) } else { (right, left) };
    let same = |pair: &(u8, u8)| pair.0 == pair.1;
    let start = short.bytes().zip(long.bytes()).take_while(same).count();
    let end = short.bytes().rev().zip(long.bytes().rev()).take_while(same).count();
    start + end >= short.len() && 5 * short.len() >= 3 * long.len()
}
