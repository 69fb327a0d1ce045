//! From what rules said to findings: one for each rule, token and sort, however many instances say it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use super::{Judgement, Settings};
use crate::finding::{Applicability, Finding, Label, Level, Message, Sort, SuppressedBy};
use crate::rules::{self, OneA, Said};
use crate::source::{FileId, Sources, Span};

/// What the merging looks at.
pub(super) struct Merging<'a> {
    pub settings: &'a Settings,
    pub sources: &'a Sources,
    /// Files with the same text as another one, which stands for them.
    pub copies: BTreeMap<FileId, FileId>,
}

/// What one finding may be made of: the same rule at the same token, which is reported in the same way.
type Token = (&'static str, SpanKey, Level, Option<SuppressedBy>);

/// What is said of one token, by its sort.
type Sorts<'j> = BTreeMap<&'j Sort, Vec<&'j Judgement>>;

/// Leaves out what another rule says better.
pub(super) fn without_superseded(mut said: Vec<Judgement>, settings: &Settings, sources: &Sources) -> Vec<Judgement> {
    // Of one instance: what is so of a role for a vendor is not so of the same block's role for somebody else.
    let both = |said: &Said| [said.subject, said.builder.primary.span];
    let of = |judgement: &Judgement| both(&judgement.said).map(|span| (judgement.about.id, span, judgement.said.address.clone()));
    let takes_place = |judgement: &&Judgement| {
        let file = judgement.said.builder.primary.span.file;
        !judgement.about.supersedes.is_empty() && settings.takes_place(judgement.about, file, sources)
    };
    let spoken: HashSet<(&str, Span, String)> = said.iter().filter(takes_place).flat_map(of).collect();
    said.retain(|Judgement { about, said, .. }| {
        let mut better = rules::ALL.iter().map(|rule| rule.about()).filter(|other| other.supersedes.contains(&about.id));
        !better.any(|other| both(said).iter().any(|span| spoken.contains(&(other.id, *span, said.address.clone()))))
    });
    said
}

/// The level at which something is said where it stands; nothing if the rule does not run there.
pub(super) fn level_of(judgement: &Judgement, settings: &Settings, sources: &Sources) -> Option<Level> {
    let said = &judgement.said;
    settings.level_in(judgement.about, said.builder.primary.span.file, sources, said.possible)
}

impl Merging<'_> {
    pub fn findings(&self, said: &[Judgement]) -> Vec<Finding> {
        let mut tokens: BTreeMap<Token, Sorts> = BTreeMap::new();
        for judgement in said {
            let by = judgement.suppressed.as_ref().map(|suppression| suppression.by);
            let token = SpanKey::of(judgement.said.builder.primary.span).original(&self.copies);
            let sorts = tokens.entry((judgement.about.id, token, self.level(judgement), by)).or_default();
            sorts.entry(&judgement.said.builder.sort).or_default().push(judgement);
        }
        let merged = tokens.into_values().flat_map(|sorts| self.findings_at(sorts)).collect();
        once(merged).into_iter().map(|Merged { message, finding, .. }| Finding { message: message.text(), ..finding }).collect()
    }

    fn level(&self, judgement: &Judgement) -> Level {
        level_of(judgement, self.settings, self.sources).unwrap_or(Level::Warn)
    }

    /// The findings of one rule at one token: one of each kind, for all that say something else of it as well.
    fn findings_at(&self, sorts: Sorts) -> Vec<Merged> {
        let mut kinds: BTreeMap<&'static str, Vec<Vec<&Judgement>>> = BTreeMap::new();
        for (sort, heard) in sorts {
            kinds.entry(sort.kind).or_default().push(heard);
        }
        let of_kind = |sorts: Vec<Vec<&Judgement>>| {
            let folded = sorts.len().saturating_sub(1);
            let mut sorts = sorts.into_iter();
            let mut first = self.merged(sorts.next()?, folded)?;
            for other in sorts.filter_map(|heard| self.merged(heard, 0)) {
                let span = other.finding.primary.span;
                first.finding.elsewhere.push(Label { span, message: other.message.text() });
                first.finding.known_as.extend(other.finding.known_as);
            }
            Some(first)
        };
        kinds.into_values().filter_map(of_kind).collect()
    }

    /// One finding of all instances that say the same: reported at the first address.
    fn merged(&self, mut heard: Vec<&Judgement>, folded: usize) -> Option<Merged> {
        // What is certain of one instance is not said with another one's doubts.
        let order = |said: &Said| {
            let sure = (said.possible, Reverse(said.builder.confidence));
            let file = said.builder.primary.span.file;
            let is_copy = self.copies.get(&file).is_some_and(|original| *original != file);
            (is_copy, sure, said.address.clone(), Arc::clone(&said.root), said.builder.message.text())
        };
        heard.sort_by_cached_key(|judgement| order(&judgement.said));
        let (judgement, rest) = heard.split_first()?;
        let first = &judgement.said;
        let others = rest.iter().map(|judgement| &judgement.said);
        // The same address in another root is another resource.
        let name = |said: &Said| if said.root == first.root { said.address.clone() } else { format!("{} of {}", said.address, said.root) };
        let is_other = |said: &&Said| said.address != first.address || said.root != first.root;
        let mut instances: Vec<String> = others.filter(is_other).map(name).collect();
        instances.dedup();
        let roots: BTreeSet<&Arc<str>> = heard.iter().map(|judgement| &judgement.said.root).collect();
        let finding = self.finding(judgement);
        // One change cannot be right for instances of which each asks for another.
        let agree = rest.iter().all(|judgement| judgement.said.builder.help.asks_for_the_same(&first.builder.help));
        let help = if agree { finding.help } else { finding.help.at_most(Applicability::DisplayOnly) };
        let finding = Finding {
            help,
            instances,
            roots: roots.into_iter().map(|root| root.to_string()).collect(),
            known_as: heard.iter().filter_map(|judgement| judgement.known.clone()).collect(),
            ..finding
        };
        let message = Message { folded, ..first.builder.message.clone() };
        Some(Merged { message, one_a: judgement.about.one_a, rank: first.builder.rank, held_by: first.held_by.clone(), finding })
    }

    /// All but its message.
    fn finding(&self, judgement: &Judgement) -> Finding {
        let Judgement { about, said, suppressed, .. } = judgement;
        let builder = said.builder.clone();
        let config = &self.settings.configurations.of(builder.primary.span.file, self.sources).config;
        let level = self.level(judgement);
        Finding {
            rule: about.id,
            severity: about.severity,
            confidence: builder.confidence.min(about.confidence),
            level,
            message: String::new(),
            help: builder.help,
            address: said.address.clone(),
            primary: builder.primary,
            labels: builder.labels,
            elsewhere: Vec::new(),
            trace: builder.trace,
            instances: Vec::new(),
            roots: Vec::new(),
            suppressed: suppressed.clone(),
            hidden: about.severity < self.settings.asked.shown_from(config),
            fails: self.settings.asked.fails(about, level, config),
            known_as: Vec::new(),
        }
    }
}

/// A finding whose sentence is not made yet.
struct Merged {
    message: Message,
    one_a: OneA,
    rank: u8,
    held_by: String,
    finding: Finding,
}

/// What one finding is enough for.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Group {
    rule: &'static str,
    level: Level,
    suppressed: Option<SuppressedBy>,
    roots: Vec<String>,
    /// Who holds it.
    of: String,
}

impl Merged {
    fn group(&self) -> Option<Group> {
        let Finding { rule, level, roots, suppressed, .. } = &self.finding;
        let of = match self.one_a {
            OneA::Token => return None,
            OneA::Holder => self.held_by.clone(),
        };
        let suppressed = suppressed.as_ref().map(|suppression| suppression.by);
        Some(Group { rule, level: *level, suppressed, roots: roots.clone(), of })
    }

    fn take(&mut self, other: Merged) {
        self.message.elsewhere += 1;
        let message = match other.message.deed() {
            Some(deed) => format!("it can also {deed}"),
            None => other.message.text(),
        };
        self.finding.elsewhere.push(Label { span: other.finding.primary.span, message });
        self.finding.known_as.extend(other.finding.known_as);
    }
}

/// What is said several times of what one finding is enough for is said once: the first of the gravest speaks for the others.
fn once(merged: Vec<Merged>) -> Vec<Merged> {
    let mut groups: BTreeMap<Group, Vec<Merged>> = BTreeMap::new();
    let mut all: Vec<Merged> = Vec::new();
    for one in merged {
        match one.group() {
            Some(group) => groups.entry(group).or_default().push(one),
            None => all.push(one),
        }
    }
    for mut group in groups.into_values() {
        let gravest = (0..group.len()).max_by_key(|at| (group.get(*at).map(|one| one.rank), Reverse(*at))).unwrap_or(0);
        let mut speaker = group.remove(gravest);
        group.into_iter().for_each(|other| speaker.take(other));
        all.push(speaker);
    }
    all
}

/// A span's place, for a map in one run.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct SpanKey(FileId, u32, u32);

impl SpanKey {
    pub fn of(span: Span) -> SpanKey {
        SpanKey(span.file, span.start, span.end)
    }

    /// The same place in the file that this one is a copy of.
    fn original(self, copies: &BTreeMap<FileId, FileId>) -> SpanKey {
        SpanKey(copies.get(&self.0).copied().unwrap_or(self.0), self.1, self.2)
    }
}
