//! What the rules on Route 53 share: who answers ACME challenges, and what of its zones and records a statement leaves open.
//!
//! Source: "Using IAM policy conditions for fine-grained access control" in the Route 53 Developer Guide, and "DNS-01 challenge" in
//! RFC 8555, section 8.4.

pub mod acme_user_on_eks;
pub mod cert_manager_txt_only;
pub mod dns_zone_unrestricted;
pub mod route53_value_not_normalized;

use std::sync::Arc;

use crate::access::{Access, Caller, Question, doors};
use crate::catalog::record_types;
use crate::estate::{Estate, Identity};
use crate::policy::condition::Base;
use crate::policy::pattern::{Case, Mode, Pattern};
use crate::policy::{Condition, Document, Item, Items, Place, Statement};
use crate::rules::kit::allowed::{holder, partition};
use crate::rules::kit::option;
use crate::rules::kit::records::{NAMES, TYPES, lets_only};
use crate::rules::kit::rule::Context;
use crate::source::Span;
use crate::truth::Truth;

pub const CHANGE: &str = "route53:ChangeResourceRecordSets";
pub const ACTIONS: &str = "route53:ChangeResourceRecordSetsActions";

/// Types of records that name no other host: they vouch for something, or take it away, but lead nobody elsewhere. MX, NS, SRV and their
/// like do, and so does PTR, by which services are found.
const LEADING_NOWHERE: &[&str] = &["CAA", "DS", "SOA", "SPF", "SSHFP", "TLSA", "TXT"];

/// Words in a name that say that its bearer answers ACME DNS-01 challenges.
pub const ACME: &[&str] = &[
    "cert-manager",
    "certmanager",
    "cert_manager",
    "acme",
    "letsencrypt",
    "lets-encrypt",
    "lets_encrypt",
    "lego",
    "certbot",
    "dns01",
    "dns-01",
];

/// Words of those who answer them from inside of Kubernetes.
pub const CERT_MANAGER: &[&str] = &["cert-manager", "certmanager", "cert_manager"];

/// The action, or the list of those that are not, by which a statement allows changes of records.
pub fn grant(statement: &Statement) -> Option<&Place> {
    let actions = statement.actions.as_ref()?;
    if actions.negated {
        return Some(&actions.key);
    }
    let named = actions.items.iter().find(|item| item.pattern.matches(CHANGE, Case::Insensitive).certainly());
    named.map(|item| &item.place)
}

/// Whether every action is allowed on every resource: that makes an administrator, of whom other rules speak.
pub fn is_everything(statement: &Statement) -> bool {
    let every = |items: &Option<Items>, whole: &dyn Fn(&Item) -> bool| {
        items.as_ref().is_some_and(|items| !items.negated && items.items.iter().any(whole))
    };
    every(&statement.actions, &|item| item.pattern.is_any() || &*item.text == "*:*")
        && every(&statement.resources, &Item::is_every_resource)
}

/// The resource that is every hosted zone, and what to say of it.
pub fn every_zone(statement: &Statement) -> Option<(&Place, &'static str)> {
    let resources = statement.resources.as_ref()?;
    if resources.negated {
        return Some((&resources.key, "is every hosted zone but these"));
    }
    resources.items.iter().find_map(|item| {
        let label = match lengths(&item.pattern) {
            0 => return None,
            all if all == ID_LENGTHS.count() => "is every hosted zone",
            _ => "matches every hosted zone whose ID has this length",
        };
        Some((&item.place, label))
    })
}

/// How many characters the id of a hosted zone has behind its Z, as far as ids have been published. The documentation says: 32 at most
/// with the Z ("ResourceId" in the Route 53 API Reference).
const ID_LENGTHS: std::ops::RangeInclusive<usize> = 12..=20;

/// Of how many of those lengths the resource is every hosted zone: of all for `*`, `arn:${partition}:route53:::hostedzone/*`,
/// `hostedzone/Z?*`, as all ids begin with a Z, and of one for `hostedzone/Z????????????????????`.
fn lengths(pattern: &Pattern) -> usize {
    if !pattern.has_wildcard() {
        return 0;
    }
    let includes = |pattern: &Pattern, start: &str, length: usize| {
        let ids = format!("{start}hostedzone/Z{}", "?".repeat(length));
        pattern.includes(&Pattern::parse(&ids, Mode::WILDCARDS), Case::Sensitive).certainly()
    };
    let split = crate::policy::arn::Arn::split(pattern).filter(|arn| arn.service.matches("route53", Case::Sensitive).certainly());
    let is_every = |length: &usize| {
        includes(pattern, "arn:aws:route53:::", *length) || split.as_ref().is_some_and(|arn| includes(&arn.resource, "", *length))
    };
    ID_LENGTHS.filter(is_every).count()
}

/// Whether all types that a condition lists are among `wanted`.
fn lists_types(condition: &Condition, wanted: &[&str]) -> Truth {
    let others = || record_types().iter().filter(|name| !wanted.contains(name));
    let case = match condition.operator.base {
        Base::StringEqualsIgnoreCase | Base::StringNotEqualsIgnoreCase => Case::Insensitive,
        _ => Case::Sensitive,
    };
    lists(condition, |pattern| Truth::any(others().map(|other| pattern.matches(other, case))).opposite())
}

/// Whether all that a condition lists are names of challenges, `_acme-challenge.example.com`. Nothing that a host is called holds that.
/// A name that no record has (`route53-value-not-normalized` says so) lets nothing else pass either.
fn lists_challenges(condition: &Condition) -> Truth {
    let challenges = Pattern::parse("*_acme-challenge*", Mode::WILDCARDS);
    let is_none = |pattern: &Pattern| pattern.as_exact().is_some_and(|text| text.contains(['*', '?']));
    lists(condition, |pattern| challenges.includes(pattern, Case::Insensitive).or(is_none(pattern).into()))
}

fn lists(condition: &Condition, good: impl Fn(&Pattern) -> Truth) -> Truth {
    let values = Truth::all(condition.values.iter().map(|value| match good(&value.pattern) {
        // What it lacks may be in what is not known.
        Truth::No if value.pattern.has_hole() => Truth::Unknown,
        answer => answer,
    }));
    if condition.gap.is_some() { values.and(Truth::Unknown) } else { values }
}

/// Whether the condition limits records to TXT.
pub fn limits_types(condition: &Condition) -> bool {
    lets_only(condition, TYPES) && lists_types(condition, &["TXT"]).possibly()
}

/// Whether the condition limits records to challenges.
pub fn limits_names(condition: &Condition) -> bool {
    lets_only(condition, NAMES) && lists_challenges(condition).possibly()
}

/// What of an Allow is closed: by its own conditions, or by Denies.
#[derive(Clone, Copy, Debug)]
pub struct Closed {
    /// TXT records only.
    pub types: bool,
    /// Names of challenges only.
    pub names: bool,
    /// Not every zone.
    pub zones: bool,
}

impl Closed {
    /// What source does not tell is closed. A record of another type that is no challenge is worse than one that is either, so that both are
    /// open only together.
    pub fn of(statement: &Statement, access: &Access) -> Closed {
        let open = |kind: fn(Caller<'static>) -> Caller<'static>| changes(statement, access, kind, Pattern::any());
        let both = open(|caller| of_no_challenge(of_types(caller, |name| *name != "TXT")));
        let types = !both && !open(|caller| of_types(caller, |name| *name != "TXT"));
        let names = !(both || types && open(of_no_challenge));
        let zones = every_zone(statement).is_none() || !changes(statement, access, |caller| caller, some_zone(statement));
        Closed { types, names, zones }
    }
}

/// Whether an Allow certainly lets every name of every zone lead elsewhere: by a record that names another host.
pub fn leads_elsewhere(statement: &Statement, access: &Access) -> bool {
    let leading = |caller: Caller<'static>| of_no_challenge(of_types(caller, |name| !LEADING_NOWHERE.contains(name)));
    every_zone(statement).is_some() && changes(statement, access, leading, some_zone(statement))
}

/// Whether changes of records of some kind are certainly left of an Allow in some zone.
fn changes(statement: &Statement, access: &Access, kind: fn(Caller<'static>) -> Caller<'static>, zone: Pattern) -> bool {
    let caller = kind(holder(access));
    access.left(statement, &Question::new(&caller, CHANGE, vec![zone])).certainly()
}

/// A zone that no policy names, with an id as long as a pattern likes.
fn some_zone(statement: &Statement) -> Pattern {
    Pattern::parse(&format!("arn:{}:route53:::hostedzone/Z7Q4W9X*", partition(statement)), Mode::WILDCARDS)
}

/// Changes of which one at least is of a record of these types.
fn of_types(caller: Caller<'static>, wanted: fn(&&str) -> bool) -> Caller<'static> {
    let types: Vec<&str> = record_types().iter().copied().filter(wanted).collect();
    caller.meeting("ForAnyValue:StringEquals", TYPES, &types)
}

/// Changes of which one at least is of another name than those of challenges. No name of a record has a wildcard in it
/// (`route53-value-not-normalized` tells of values that have).
fn of_no_challenge(caller: Caller<'static>) -> Caller<'static> {
    caller.meeting("ForAnyValue:StringNotLike", NAMES, &["*_acme-challenge*", "*${*}*", "*${?}*"])
}

/// A key that is meant to limit record names and is none.
pub fn mistaken(statement: &Statement) -> Option<Span> {
    let is_mistaken = |condition: &&Condition| {
        let key = condition.key.to_ascii_lowercase();
        key.starts_with("route53:changeresourcerecordsets") && key.contains("name") && !condition.key.eq_ignore_ascii_case(NAMES)
    };
    statement.conditions.iter().find(is_mistaken).map(|condition| condition.key_place.span)
}

/// What to call whoever holds the policy at hand and answers ACME challenges, and whether others hold it as well; nothing if
/// nobody does. `more` are patterns of further names.
pub fn acme_client(context: &Context, more: &[Arc<str>]) -> Option<(String, bool)> {
    let document = context.document()?;
    // A company may be called Acme: who may do nothing but DNS is the client.
    let words: Vec<&str> = ACME.iter().copied().filter(|word| *word != "acme" || is_all_dns(document)).collect();
    let holders = context.holders();
    if holders.is_empty() {
        let address = document.address.trim_end_matches(".json");
        let name = address.rsplit(['.', '/']).next().unwrap_or_default();
        return is_named(name, &words, more).then(|| (context.subject_name(), false));
    }
    let clients: Vec<&Identity> = holders.iter().copied().filter(|holder| is_client(holder, context.estate, &words, more)).collect();
    match clients.as_slice() {
        [] => None,
        all if all.len() == holders.len() => Some((context.subject_name(), false)),
        // The others may do it for another purpose.
        [first, ..] => Some((format!("{} `{}`", first.kind.name(), first.shown_name()), true)),
    }
}

/// Whether a policy allows nothing but Route 53.
fn is_all_dns(document: &Document) -> bool {
    let allowed = document.statements.iter().filter(|statement| statement.allows()).filter_map(|statement| statement.actions.as_ref());
    let is_dns = |item: &Item| item.text.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("route53:"));
    allowed.into_iter().all(|actions| !actions.negated && actions.items.iter().all(is_dns))
}

/// Whether an identity is an ACME client that one of `words` names: by its name or path, or by the service account that may become it.
/// One that makes records for external-dns as well is none.
pub fn is_client(identity: &Identity, estate: &Estate, words: &[&str], more: &[Arc<str>]) -> bool {
    let subjects = doors::service_accounts(identity, estate);
    if subjects.iter().any(|subject| is_external_dns(&subject.to_ascii_lowercase())) {
        return false;
    }
    let named = |item: &Option<Item>| item.as_ref().is_some_and(|item| is_named(&item.text, words, more));
    named(&identity.name)
        || named(&identity.path)
        || is_named(&identity.label, words, more)
        || subjects.iter().any(|subject| is_named(subject, words, more))
}

fn is_external_dns(name: &str) -> bool {
    ["external-dns", "external_dns", "externaldns"].iter().any(|word| name.contains(word))
}

fn is_named(name: &str, words: &[&str], more: &[Arc<str>]) -> bool {
    let name = name.to_ascii_lowercase();
    let by_option = || option::names(more, &name, Case::Insensitive);
    !is_external_dns(&name) && (by_option() || words.iter().any(|word| holds_word(&name, word)))
}

/// Whether `word` stands in `name` on its own: `lego` is no word of `legolas`.
fn holds_word(name: &str, word: &str) -> bool {
    let is_letter = |character: Option<char>| character.is_some_and(|character| character.is_ascii_alphabetic());
    name.match_indices(word).any(|(at, _)| {
        let before = name.get(..at).and_then(|before| before.chars().next_back());
        let after = name.get(at + word.len()..).and_then(|after| after.chars().next());
        // Long words are clear wherever they stand: `mycertmanagerrole`.
        word.len() > 6 || !is_letter(before) && !is_letter(after)
    })
}
