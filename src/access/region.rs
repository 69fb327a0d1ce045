//! Requests as a search takes them apart: on some resources and not on others, of which some conditions hold and others do not.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use super::keys::{self, Wanted};
use super::question::Question;
use crate::policy::pattern::{Common, Pattern, common};
use crate::policy::request::Request;
use crate::policy::{Items, Statement};
use crate::truth::Truth;

/// Requests: those on some resources, of which some conditions hold and others do not.
#[derive(Clone)]
pub(super) struct Region<'a> {
    /// The resource is one of the question's.
    asked: &'a [Pattern],
    /// And of one pattern at least of each of these.
    pub inside: Vec<Vec<&'a Pattern>>,
    /// And of none of these.
    pub outside: Vec<&'a Pattern>,
    pub wanted: Vec<Wanted<'a>>,
    /// The statements that it is to be past, by their positions.
    pub past: Vec<usize>,
    /// The levels that allow all of it, by their places.
    pub inside_of: Vec<usize>,
    /// Its resource, once somebody has asked: conditions do not change it.
    found: OnceCell<(Truth, Option<Pattern>)>,
}

/// A request of a region. Truth is not Yes without one.
pub(super) struct Witness {
    pub truth: Truth,
    pub resource: Option<Pattern>,
    pub request: Request,
    /// What it took to find its keys.
    pub work: usize,
}

impl<'a> Region<'a> {
    /// All requests of a question.
    pub fn of(question: &'a Question) -> Region<'a> {
        Region {
            asked: &question.resources,
            inside: Vec::new(),
            outside: Vec::new(),
            wanted: Vec::new(),
            past: Vec::new(),
            inside_of: Vec::new(),
            found: OnceCell::new(),
        }
    }

    /// Of these, the requests on resources that a statement is about, or on others.
    pub fn within(mut self, statement: &'a Statement, inside: bool) -> Region<'a> {
        self.found = OnceCell::new();
        match &statement.resources {
            // A trust policy has none: it is about its role.
            None if inside => {}
            None => self.inside.push(Vec::new()),
            Some(Items { negated, items, .. }) => {
                let patterns = items.iter().map(|item| &item.pattern);
                if inside != *negated { self.inside.push(patterns.collect()) } else { self.outside.extend(patterns) }
            }
        }
        self
    }

    pub fn all_hold(mut self, statement: &'a Statement) -> Region<'a> {
        self.wanted.extend(statement.conditions.iter().map(|condition| Wanted { condition, holds: true }));
        self
    }

    /// What it takes to look for a request of it.
    pub fn work(&self) -> usize {
        1 + (self.inside.iter().map(Vec::len).sum::<usize>() + self.outside.len() + self.wanted.len()) / 4
    }

    pub fn with(mut self, wanted: Wanted<'a>) -> Region<'a> {
        self.wanted.push(wanted);
        self
    }

    /// A request of it, where a variable is a text of which nothing is known but that it is the same each time.
    pub fn witness(&self, question: &Question) -> Witness {
        let (mut truth, resource) = self.found.get_or_init(|| self.resource(&self.inside, &self.outside)).clone();
        let mut by_key: BTreeMap<String, Vec<Wanted>> = BTreeMap::new();
        for wanted in &self.wanted {
            by_key.entry(wanted.condition.key.to_ascii_lowercase()).or_default().push(*wanted);
        }
        let mut request = question.caller().request.clone();
        let mut work = 0;
        for (key, wanted) in &by_key {
            if truth == Truth::No {
                break;
            }
            let found = keys::find(key, wanted, question.caller());
            truth = truth.and(found.truth);
            work += found.work;
            if let Some(carried) = found.carried {
                request = request.carrying(key, carried);
            }
        }
        // The resource may name what the request now carries.
        let resource = resource.and_then(|resource| resource.resolved(&request));
        if resource.is_none() && truth == Truth::Yes {
            truth = Truth::Unknown;
        }
        Witness { truth, resource, request, work }
    }

    /// A resource of it, where its patterns are these.
    pub fn resource(&self, inside: &[Vec<&Pattern>], outside: &[&Pattern]) -> (Truth, Option<Pattern>) {
        match common(self.asked, inside, outside) {
            Common::Text(text) => (Truth::Yes, Some(text)),
            Common::Nothing => (Truth::No, None),
            Common::Unknown => (Truth::Unknown, None),
        }
    }
}
