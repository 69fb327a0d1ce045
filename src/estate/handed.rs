//! Policies whose use source does not show: handed to modules that are not there, or output by a root module. They are judged by their
//! looks, as long as nothing in source carries them.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::concern::Concerns;
use super::gather::Gathering;
use super::ids::PolicyId;
use super::no_policy::gives_no_policy;
use super::{Attached, Use, sites};
use crate::eval::value::{Kind, StepKind, Value, Way};
use crate::eval::{Handed, Resource};
use crate::finding::{Problem, ProblemKind};
use crate::policy::file::look;
use crate::policy::lower::Carrier;
use crate::policy::{self, CarrierType, Document, PolicyKind, Taker, placeholder};
use crate::source::{Sources, Span};
use crate::terraform::ResourceMode;

const DOCUMENT: &str = "aws_iam_policy_document";

pub(super) fn is_document(mode: ResourceMode, kind: &str) -> bool {
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

/// More policies than this are not handed over in one root module, nor are so many values looked into.
const MOST_FOUND: usize = 500;
const MOST_LOOKED: usize = 50_000;

/// What is found, within bounds.
#[derive(Default)]
struct Finds {
    found: Vec<Found>,
    /// Where in `found` a data source's policy is.
    by_source: HashMap<Arc<str>, usize>,
    looked: usize,
    /// Where it became too much.
    beyond: Option<Span>,
}

impl Gathering<'_, '_> {
    /// Adds the policies that nothing in source carries. A problem if there are too many.
    pub(super) fn handed(&mut self, concerns: &Concerns, sources: &Sources) -> Option<Problem> {
        let mut finds = Finds::default();
        let judged = Judged::of(self.estate.policies.iter().filter(|attached| !only_caps(attached)).map(|attached| &attached.document));
        for handed in
            self.evaluator.handed(&|module, block| concerns.hands(module, block, sources), &|expression| !gives_no_policy(expression))
        {
            finds.add(&handed.value, &handed, &handed.name);
        }
        let message = || format!("more than {MOST_FOUND} policies, or {MOST_LOOKED} values, are handed over: the others are not looked at");
        let problem = finds.beyond.map(|span| Problem::new(ProblemKind::Limit, message(), span));
        let mut found = finds.found;
        found.retain(|found| !judged.has(found));
        if found.is_empty() {
            return problem;
        }
        let sources = self.evaluator.resources(&is_document, &|module| concerns.module(module));
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
        problem
    }
}

/// Whether what it allows is a limit: rules say nothing of that, so what is handed over as well is judged there.
fn only_caps(attached: &Attached) -> bool {
    let caps = |usage: &Use| matches!(usage, Use::Caps(_) | Use::CapsOthers | Use::Binds(_));
    let is_cap = matches!(
        attached.document.kind,
        PolicyKind::Boundary | PolicyKind::ServiceControl | PolicyKind::ResourceControl | PolicyKind::Endpoint
    );
    is_cap || !attached.uses.is_empty() && attached.uses.iter().all(caps)
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

impl Finds {
    /// Adds the policies in a value: the value itself, or what its lists and objects hold, each once.
    fn add(&mut self, value: &Value, handed: &Handed, names: &str) {
        self.looked += 1;
        if self.looked > MOST_LOOKED || self.found.len() >= MOST_FOUND {
            self.beyond.get_or_insert(handed.span);
            return;
        }
        let source = rendered_by(&value.way).next_back();
        let worlds = || value.worlds().into_iter().map(|(_, value)| value);
        let is_text = matches!(value.kind, Kind::String(_) | Kind::Unknown(_));
        if (source.is_some() || value.arms().is_none()) && is_text && worlds().any(|value| look(names, &value).is_some())
            || value.as_object().is_some_and(|_| look(names, value).is_some())
        {
            return self.found_one(value, source, handed, names);
        }
        if let Some(arms) = value.arms() {
            return [&arms.then, &arms.otherwise].into_iter().for_each(|arm| self.add(&arm.clone().out_of(&value.way), handed, names));
        }
        match &value.kind {
            Kind::List(list) => list.items.iter().for_each(|item| self.add(&item.clone().out_of(&value.way), handed, names)),
            Kind::Object(object) => {
                for entry in &object.entries {
                    self.add(&entry.value.clone().out_of(&value.way), handed, &format!("{names}/{}", entry.key));
                }
            }
            _ => {}
        }
    }

    fn found_one(&mut self, value: &Value, source: Option<Arc<str>>, handed: &Handed, names: &str) {
        let taker = Taker { address: handed.taker.clone(), source: handed.source.clone() };
        let known = source.as_ref().and_then(|source| self.by_source.get(source));
        if let Some(known) = known.and_then(|at| self.found.get_mut(*at)) {
            if !known.takers.contains(&taker) {
                known.takers.push(taker);
            }
            return;
        }
        let files = value.way.steps().iter().filter(|step| step.kind == StepKind::File).map(|step| &*step.name);
        let around = [names, &handed.taker, handed.source.as_deref().unwrap_or_default(), source.as_deref().unwrap_or_default()];
        let names = around.into_iter().chain(files).collect::<Vec<_>>().join("/");
        self.by_source.extend(source.clone().map(|source| (source, self.found.len())));
        self.found.push(Found { value: placeholder::open(value), source, names, handed: handed.clone(), takers: vec![taker] });
    }
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
