//! What a finding is known by in a baseline: who holds the policy and what its statement says, and neither wording nor place.

use std::collections::BTreeSet;

use crate::access::Scope;
use crate::estate::{AccountRef, Identity};
use crate::finding::FindingBuilder;
use crate::policy::meaning::meaning;
use crate::policy::{CarrierType, Document, Statement};

/// What a finding of one instance is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    /// `` role `ci` ``: those who hold the policy, by their names in AWS where source gives them, else by their addresses; or the address of
    /// what carries it.
    pub holder: String,
    /// The account, if source gives it.
    pub account: Option<String>,
    /// What the statement says, or the token where no statement is at hand.
    pub meaning: String,
}

pub(super) fn of(scope: &Scope, builder: &FindingBuilder) -> Mark {
    let account = scope.identity().map_or_else(|| scope.account(), |identity| identity.account.clone());
    Mark { holder: holder(scope), account: number(&account), meaning: meaning_of(scope, builder) }
}

fn number(account: &AccountRef) -> Option<String> {
    account.number().map(ToString::to_string)
}

fn holder(scope: &Scope) -> String {
    let held = scope.holders();
    let all = held.into_iter().chain(scope.identity());
    let names: BTreeSet<String> = all.map(identity).collect();
    match scope.document() {
        _ if !names.is_empty() => names.into_iter().collect::<Vec<_>>().join(", "),
        Some(document) if is_file(document) => String::new(),
        _ => scope.address().to_owned(),
    }
}

/// Whether a policy stands in a file of its own, which its address names: that is known by its path alone.
fn is_file(document: &Document) -> bool {
    document.carrier == CarrierType::File
}

fn identity(identity: &Identity) -> String {
    let kind = identity.kind.name();
    match identity.name.as_ref().and_then(|name| name.pattern.as_exact()) {
        Some(name) => format!("{kind} `{name}`"),
        None => format!("{kind} {}", identity.address),
    }
}

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
