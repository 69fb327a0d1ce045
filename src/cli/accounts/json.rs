//! The map as JSON; docs/json.md describes the shape.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::naming::{From, Name};
use super::root_name;
use crate::engine::accounts::{AccountMap, Entry, Mapped, Place, Whose};
use crate::report::location;
use crate::source::Sources;

/// The version of the shape.
const VERSION: u32 = 1;

pub fn report(map: &AccountMap, names: &BTreeMap<Arc<str>, Name>, sources: &Sources) -> Value {
    json!({
        "version": VERSION,
        "tool": { "name": "rolelint", "version": env!("CARGO_PKG_VERSION") },
        "accounts": map.accounts.iter().map(|mapped| account(mapped, names, sources)).collect::<Vec<_>>(),
        "unnumbered": map.unnumbered.iter().map(|place| provider(place, sources)).collect::<Vec<_>>(),
        "unknown": map.unknown.iter().map(|(name, list)| json!({ "name": name, "let_in_by": entries(list, sources) })).collect::<Vec<_>>(),
        "organizations": map.organizations.iter().map(|(id, spans)| {
            json!({ "id": &**id, "locations": spans.iter().map(|span| location(sources, *span)).collect::<Vec<_>>() })
        }).collect::<Vec<_>>(),
        "root_modules": map.roots,
    })
}

fn account(mapped: &Mapped, names: &BTreeMap<Arc<str>, Name>, sources: &Sources) -> Value {
    let whose = match mapped.whose {
        Whose::Own => "own",
        Whose::ThirdParty => "declared vendor",
        Whose::Vendor => "vendor",
        Whose::Aws => "aws",
        Whose::Stranger => "stranger",
    };
    let declared = mapped.declared.as_ref();
    let name = names.get(&mapped.number);
    let known = name.filter(|name| matches!(name.from, From::Known)).map(|name| &name.name);
    json!({
        "id": &*mapped.number,
        "whose": whose,
        "name": known,
        "suggested_name": name.filter(|_| known.is_none()).map(|name| &name.name),
        "environment": declared.and_then(|account| account.environment.as_deref()),
        "trusted": declared.is_some_and(|account| account.trusted),
        "declared": declared.map(|account| account.span).or(mapped.vendor).map(|span| location(sources, span)),
        "called": mapped.called.iter().map(|called| json!({ "name": called.written, "location": location(sources, called.span) })).collect::<Vec<_>>(),
        "perhaps_of": mapped.perhaps.as_ref().map(|likeness| json!({ "role": likeness.role, "root": root_name(&likeness.root) })),
        "providers": mapped.places.iter().map(|place| provider(place, sources)).collect::<Vec<_>>(),
        "let_in_by": entries(&mapped.entries, sources),
        "named_in": mapped.mentions.iter().map(|span| location(sources, *span)).collect::<Vec<_>>(),
    })
}

fn provider(of: &Place, sources: &Sources) -> Value {
    json!({
        "root": root_name(&of.home.root),
        "provider": of.home.provider,
        "because": of.home.words(),
        "location": of.home.span.map(|span| location(sources, span)),
        "roles": of.roles,
        "policies": of.policies,
        "let_in_by": entries(&of.entries, sources),
    })
}

fn entries(entries: &[Entry], sources: &Sources) -> Vec<Value> {
    let entry = |entry: &Entry| {
        json!({
            "policy": if entry.trust { "trust" } else { "resource" },
            "into": entry.into,
            "root": root_name(&entry.root),
            "whole_account": entry.whole,
            "external_id": entry.external_id,
            "location": location(sources, entry.span),
        })
    };
    entries.iter().map(entry).collect()
}
