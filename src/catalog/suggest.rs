//! The nearest real name, for help texts. Slow (up to a millisecond): for names that are already known to be wrong.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::key::{ConditionKey, KeyOrigin, claims, condition_keys, issuer_and_claim};
use super::operations::operations;
use super::reference::{Action, service, services};
use super::service_name::meant_service;
use crate::nearest::{Cost, cost, of_slips, slips};

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
    near_actions(&prefix, name).min_by_key(|(cost, _)| *cost).map(|(_, action)| action).or_else(|| of_another_service(&prefix, name))
}

/// The actions that are near a name, in no order.
fn near_actions<'n>(prefix: &str, name: &'n str) -> impl Iterator<Item = (Cost, Action)> + use<'n> {
    let near: Vec<_> = match service(prefix) {
        Some(service) => vec![(service, Cost::SAME)],
        None => services().filter_map(|service| Some((service, of_slips(prefix, service.prefix())?))).collect(),
    };
    near.into_iter()
        .flat_map(|(service, cost)| service.actions().map(move |action| (action, cost)))
        .filter_map(|(action, cost)| Some((cost.plus(action_cost(name, action.name())?), action)))
}

/// What a name that is no action may mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meant {
    /// The actions, or patterns of actions, that it would be allowed by. All of them are needed.
    pub needs: Vec<String>,
    /// Whether it is a single letter, or an `s`, away: nobody would ask what is meant.
    pub is_slip: bool,
}

/// What a wrong `prefix:Name` of a service that there is may mean, the nearest first: actions, and operations by the actions that they
/// need: `s3:ListObject` is near `ListObjects`, which `s3:ListBucket` allows.
pub fn meant_actions(unknown: &str) -> Vec<Meant> {
    let lower = unknown.to_ascii_lowercase();
    let of = |needs: &[&str], is_slip| Meant { needs: needs.iter().map(|name| (*name).to_owned()).collect(), is_slip };
    let Some((prefix, name)) = lower.split_once(':').filter(|(prefix, _)| service(prefix).is_some()) else { return Vec::new() };
    if let Some((_, needs)) = ACTIONS_MEANT.iter().find(|(wrong, _)| *wrong == lower) {
        return vec![of(needs, false)];
    }
    let name = unknown.get(unknown.len() - name.len()..).unwrap_or(name);
    let actions = near_actions(prefix, name).map(|(cost, action)| (cost, vec![action.to_string()]));
    let near_operation = |(known, needs): (&str, &[&str])| Some((action_cost(name, known)?, of(needs, false).needs));
    let mut near: Vec<(Cost, Vec<String>)> = actions.chain(operations(prefix).filter_map(near_operation)).collect();
    if near.is_empty() {
        near.extend(of_another_service(prefix, name).map(|action| (Cost::SAME, vec![action.to_string()])));
    }
    near.sort();
    near.into_iter().map(|(cost, needs)| Meant { needs, is_slip: cost.edits <= 1 }).collect()
}

/// Names that people write for actions, in lower case, too far from the real ones to be found by their letters: methods of SDKs
/// (`getObjectMetadata` in the AWS SDK for Java is `HeadObject`), and words for what is done.
const ACTIONS_MEANT: &[(&str, &[&str])] = &[
    ("s3:createobject", &["s3:PutObject"]),
    ("s3:downloadobject", &["s3:GetObject"]),
    ("s3:getobjectmetadata", &["s3:GetObject"]),
    ("s3:putbucket", &["s3:PutObject"]),
    ("s3:readobject", &["s3:GetObject"]),
    ("s3:uploadobject", &["s3:PutObject"]),
    ("s3:writeobject", &["s3:PutObject"]),
];

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
        return if are_one_and_many(&lower, &lower_known) { Some(Cost::ONE_STEP) } else { cost(&lower, &lower_known) };
    }
    let reads = |verb: &str| READS.iter().any(|known| known.eq_ignore_ascii_case(verb));
    if reads(verb) && reads(own) {
        // What is read must be the same.
        let (rest, known) = (lower.get(verb.len()..)?, lower_known.get(own.len()..)?);
        let cost = if are_one_and_many(rest, known) { Cost::ONE_STEP } else { of_slips(rest, known)? };
        return Some(cost.plus(Cost { steps: 1, edits: 2 }));
    }
    // Written in small letters, a name does not show its verb.
    if verb.len() == unknown.len() {
        return cost(&lower, &lower_known).filter(|_| !are_opposites(&lower, &lower_known));
    }
    let (verb, own) = (verb.to_ascii_lowercase(), own.to_ascii_lowercase());
    // `Gt` for `Get` is too short for `slips`, and only one letter away.
    let slip = slips(&verb, &own).is_some() || cost(&verb, &own).is_some_and(|cost| cost.edits == 1);
    (slip && !VERBS.contains(&*verb) && !are_opposites(&verb, &own)).then(|| cost(&lower, &lower_known)).flatten()
}

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
        .flat_map(|issuer| claims().filter_map(move |claim| Some((cost(rest, claim.name())?, format!("{issuer}:{}", claim.name())))));
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
            cost(rest.get(..end)?, stem)?
        }
        None => cost(rest, own_rest)?,
    };
    let prefix_cost = match of_slips(prefix, own_prefix) {
        Some(cost) => cost,
        // The right name under the wrong service: `iam:ExternalId`.
        None if rest_cost == Cost::SAME => Cost::ONE_STEP,
        None => return None,
    };
    Some(prefix_cost.plus(rest_cost))
}
