//! What a finding is known by in a baseline: who holds the policy and what its statement says, and neither wording nor place.

use std::collections::BTreeSet;

use crate::access::Scope;
use crate::estate::{Home, Identity};
use crate::eval::Because;
use crate::finding::FindingBuilder;
use crate::policy::meaning::{hash, meaning, written};
use crate::policy::{CarrierType, Document, Statement};

/// What a finding of one instance is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    /// `` role `ci` ``: those who hold the policy, by their names in AWS where source gives them, else by their addresses; or the address of
    /// what carries it.
    pub holder: String,
    /// What the policy of a resource is put on.
    pub on: String,
    /// The account, if source gives it, else the provider if that is not the default one.
    pub account: Option<String>,
    /// Whether only the configuration says which account it is.
    pub declared: bool,
    /// What the statement says, or the token where no statement is at hand.
    pub meaning: String,
}

pub(in crate::rules) fn of(scope: &Scope, builder: &FindingBuilder) -> Mark {
    // Who is known by name needs no more.
    let on = scope
        .document()
        .filter(|_| scope.holders().is_empty())
        .and_then(|document| document.on.as_ref())
        .map_or_else(String::new, |on| written(&on.pattern));
    let known_by = builder.known_by.as_ref().map_or_else(String::new, |more| format!("\n{more}"));
    Mark {
        holder: holder(scope),
        on,
        account: account(scope),
        declared: home(scope).is_some_and(|home| matches!(home.because, Because::Declared(_))),
        meaning: format!("{} confidence{known_by}\n{}", builder.confidence.name(), meaning_of(scope, builder)),
    }
}

fn home<'a>(scope: &Scope<'a>) -> Option<&'a Home> {
    let of_policy = scope.attached().and_then(|attached| scope.estate.home(attached));
    of_policy.or_else(|| scope.identity().and_then(|identity| scope.estate.homes.get(identity.home.index())))
}

fn account(scope: &Scope) -> Option<String> {
    let account = scope.identity().map_or_else(|| scope.account(), |identity| identity.account.clone());
    // What tells it from others where no number does: the provider's name, the role that it assumes, its profile.
    let tells = |home: &&Home| *home.provider != *"aws" || !matches!(home.because, Because::Nothing { profile: None });
    let provider = || home(scope).filter(tells).map(Home::words);
    account.number().map(ToString::to_string).or_else(provider)
}

/// Of more holders than this the others are only counted, with a hash that tells them apart.
const MOST_HOLDERS: usize = 8;

fn holder(scope: &Scope) -> String {
    let held = scope.holders();
    let all = held.into_iter().chain(scope.identity());
    let names: BTreeSet<String> = all.map(identity).collect();
    match scope.document() {
        _ if !names.is_empty() => listed(names),
        Some(document) if is_file(document) => String::new(),
        _ => scope.address().to_owned(),
    }
}

/// Whether a policy stands in a file of its own, which its address names: that is known by its path alone.
fn is_file(document: &Document) -> bool {
    document.carrier == CarrierType::File
}

fn listed(names: BTreeSet<String>) -> String {
    let names: Vec<String> = names.into_iter().collect();
    if names.len() <= MOST_HOLDERS {
        return names.join(", ");
    }
    let all = names.join(", ");
    let first: Vec<&str> = names.iter().take(MOST_HOLDERS).map(String::as_str).collect();
    format!("{} and {} more ({})", first.join(", "), names.len() - MOST_HOLDERS, hash(&all))
}

/// Its name in AWS, or its address. Of one that is made elsewhere there is no address of its own, and its name may refer to something.
fn identity(identity: &Identity) -> String {
    let kind = identity.kind.name();
    let name = identity.name.as_ref().filter(|name| name.pattern.is_exact() || identity.made_elsewhere);
    let shown = name.map_or_else(|| identity.address.clone(), |name| format!("`{}`", written(&name.pattern)));
    let bounded = if identity.boundary.is_some() { BOUNDED } else { "" };
    format!("{kind} {shown}{bounded}")
}

/// What is known of a holder whom a boundary caps is not known of one whom it does not.
pub const BOUNDED: &str = " with a boundary";

fn meaning_of(scope: &Scope, builder: &FindingBuilder) -> String {
    let token = builder.primary.span;
    let within = |statement: &&Statement| statement.place.span.contains(token);
    let around = || scope.document().and_then(|document| document.statements.iter().find(within));
    let is_whole = || scope.document().is_some_and(|document| token.contains(document.place.span));
    match scope.statement().or_else(around) {
        Some(statement) => meaning(statement),
        // That it is too long, say: whichever expression it is made of.
        None if is_whole() => "policy".to_owned(),
        None => scope.sources.text(token).split_whitespace().collect::<Vec<_>>().join(" "),
    }
}
