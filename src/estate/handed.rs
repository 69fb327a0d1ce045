//! Policies whose use source does not show: handed to modules that are not there, or output by a root module. They are judged by their
//! looks, as long as nothing in source carries them.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::gather::Gathering;
use super::ids::PolicyId;
use super::{Attached, sites};
use crate::eval::value::{Kind, StepKind, Value, Way};
use crate::eval::{Handed, Resource};
use crate::policy::file::look;
use crate::policy::lower::Carrier;
use crate::policy::{self, CarrierType, Document, PolicyKind, Taker, placeholder};
use crate::source::Span;
use crate::terraform::{CallSource, Module, ModuleId, ResourceMode, Tree};

const DOCUMENT: &str = "aws_iam_policy_document";

/// Whether a module may hand a policy to what source does not show.
pub fn may_hand(module: &Module, tree: &Tree) -> bool {
    let leads_away = |source: &CallSource| !matches!(source, CallSource::Local(_));
    let has_document = || module.resources.keys().any(|(mode, kind, _)| is_document(*mode, kind));
    tree.calls(module.id).iter().any(|(_, source)| leads_away(source)) || !module.outputs.is_empty() && has_document()
}

fn is_document(mode: ResourceMode, kind: &str) -> bool {
    mode == ResourceMode::Data && kind == DOCUMENT
}

/// A policy that is handed over.
struct Found {
    value: Value,
    /// The data source that renders it: `data.aws_iam_policy_document.ci`, with its module's address.
    source: Option<Arc<str>>,
    /// Words around it, which may say what it is for.
    names: String,
    /// The first to whom it is handed.
    handed: Handed,
    takers: Vec<Taker>,
}

impl Gathering<'_, '_> {
    /// Adds the policies that nothing in source carries.
    pub(super) fn handed(&mut self, reaching: &dyn Fn(ModuleId) -> bool) {
        let mut found: Vec<Found> = Vec::new();
        let judged = Judged::of(self.estate.policies.iter().map(|attached| &attached.document));
        for handed in self.evaluator.handed() {
            add(&handed.value, &handed, &handed.name, &mut found);
        }
        found.retain(|found| !judged.has(found));
        if found.is_empty() {
            return;
        }
        let sources = self.evaluator.resources(&is_document, reaching);
        let sources: HashMap<&str, &Resource> = sources.iter().map(|source| (source.address.as_str(), source)).collect();
        let lowered: Vec<(Found, Vec<Document>)> = found.into_iter().filter_map(|found| lowered(found, &sources)).collect();
        // What is merged into another one is judged in that.
        let merged: HashSet<Arc<str>> = lowered.iter().flat_map(|(found, forms)| merged(found, forms)).collect();
        for (found, forms) in lowered {
            if found.source.as_ref().is_some_and(|source| merged.contains(source)) {
                continue;
            }
            let (home, account) = self.homes.find(self.evaluator, &found.handed.provider, found.handed.header);
            let policy = PolicyId::new(self.estate.policies.len(), forms.len());
            self.estate.policies.extend(forms.into_iter().map(|document| Attached {
                document,
                uses: Vec::new(),
                account: account.clone(),
                home: Some(home),
                policy,
                presence: found.handed.presence.clone(),
            }));
        }
    }
}

/// What is judged where a resource carries it.
struct Judged {
    sources: HashSet<Arc<str>>,
    /// Values that no data source renders, by where they are written.
    written: HashSet<Span>,
}

impl Judged {
    fn of<'d>(documents: impl Iterator<Item = &'d Document>) -> Judged {
        let mut judged = Judged { sources: HashSet::new(), written: HashSet::new() };
        for document in documents {
            judged.written.insert(document.place.span);
            let places = document.statements.iter().map(|statement| &statement.place).chain([&document.place]);
            judged.sources.extend(places.flat_map(|place| rendered_by(&place.way)));
        }
        judged
    }

    fn has(&self, found: &Found) -> bool {
        match &found.source {
            Some(source) => self.sources.contains(source),
            None => self.written.contains(&found.value.span),
        }
    }
}

/// The data sources that a value came through.
fn rendered_by(way: &Way) -> impl DoubleEndedIterator<Item = Arc<str>> {
    let steps = way.steps().iter().filter(|step| step.kind == StepKind::Document && step.name.contains(DOCUMENT));
    steps.filter_map(|step| step.name.strip_suffix(".json").or_else(|| step.name.strip_suffix(".minified_json")).map(Arc::from))
}

/// The data sources of which a document is made, but for its own.
fn merged(found: &Found, forms: &[Document]) -> Vec<Arc<str>> {
    let statements = forms.iter().flat_map(|document| &document.statements);
    statements.flat_map(|statement| rendered_by(&statement.place.way)).filter(|source| Some(source) != found.source.as_ref()).collect()
}

/// Adds the policies in a value: the value itself, or what its lists and objects hold, each once.
fn add(value: &Value, handed: &Handed, names: &str, found: &mut Vec<Found>) {
    let source = rendered_by(&value.way).next_back();
    let worlds = || value.worlds().into_iter().map(|(_, value)| value);
    let is_text = matches!(value.kind, Kind::String(_) | Kind::Unknown(_));
    if (source.is_some() || value.arms().is_none()) && is_text && worlds().any(|value| look(names, &value).is_some())
        || value.as_object().is_some_and(|_| look(names, value).is_some())
    {
        return found_one(value, source, handed, names, found);
    }
    if let Some(arms) = value.arms() {
        return [&arms.then, &arms.otherwise].into_iter().for_each(|arm| add(&arm.clone().out_of(&value.way), handed, names, found));
    }
    match &value.kind {
        Kind::List(list) => list.items.iter().for_each(|item| add(&item.clone().out_of(&value.way), handed, names, found)),
        Kind::Object(object) => {
            for entry in &object.entries {
                add(&entry.value.clone().out_of(&value.way), handed, &format!("{names}/{}", entry.key), found);
            }
        }
        _ => {}
    }
}

fn found_one(value: &Value, source: Option<Arc<str>>, handed: &Handed, names: &str, found: &mut Vec<Found>) {
    let taker = Taker { address: handed.taker.clone(), source: handed.source.clone() };
    let is_same = |known: &&mut Found| known.source.is_some() && known.source == source;
    if let Some(known) = found.iter_mut().find(is_same) {
        if !known.takers.contains(&taker) {
            known.takers.push(taker);
        }
        return;
    }
    let files = value.way.steps().iter().filter(|step| step.kind == StepKind::File).map(|step| &*step.name);
    let around = [names, &handed.taker, handed.source.as_deref().unwrap_or_default(), source.as_deref().unwrap_or_default()];
    let names = around.into_iter().chain(files).collect::<Vec<_>>().join("/");
    found.push(Found { value: placeholder::open(value), source, names, handed: handed.clone(), takers: vec![taker] });
}

/// The forms of a policy, each with all that is known of it.
fn lowered(found: Found, sources: &HashMap<&str, &Resource>) -> Option<(Found, Vec<Document>)> {
    let worlds = found.value.worlds();
    let kind = worlds.iter().find_map(|(_, value)| look(&found.names, value))?;
    let forms: Vec<Document> = sites::each_way(&found.value, &carrier(&found, kind, sources));
    let forms: Vec<Document> = forms.into_iter().filter(|document| !document.is_unknown()).collect();
    if forms.is_empty() { None } else { Some((found, forms)) }
}

/// A document with an address of its own is known by that, another one by whom it is handed to.
fn carrier(found: &Found, kind: PolicyKind, sources: &HashMap<&str, &Resource>) -> Carrier {
    let Found { source, handed, takers, .. } = found;
    let source = source.as_deref().and_then(|source| sources.get(source));
    let argument = if source.is_none() { Some(Arc::clone(&handed.name)) } else { None };
    let to = policy::Handed { argument, span: handed.span, takers: takers.clone() };
    Carrier {
        kind,
        address: source.map_or_else(|| handed.taker.clone(), |source| source.address.clone()),
        carrier: CarrierType::Handed(Arc::new(to)),
        on: None,
        header: source.map_or(handed.header, |source| source.header),
        block: source.map_or(handed.block, |source| source.span),
        calls: source.map_or_else(|| handed.calls.clone(), |source| source.calls.clone()),
    }
}
