//! SARIF 2.1.0, shaped for GitHub code scanning: <https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning>.
//!
//! GitHub shows only what it lists there, so: one severity for each rule (`security-severity` is the rule's), the primary
//! token as the only location, other places as related locations that the message links to, the first sentence of the
//! message as the title. It shows suppressed results as open alerts, so they are left out unless they are asked for.

mod rules;
mod wire;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::{self, Write};

use self::wire::*;
use super::json::Comments;
use super::{Report, fingerprints, uri};
use crate::finding::{self, Finding, Label, Problem, ProblemKind};
use crate::source::{ColumnUnit, FileId, Sources, Span};

const BASE: &str = "%SRCROOT%";

/// What GitHub takes. It rejects an upload that goes past the first and the third, and does not show more than the others.
struct Limits {
    results: usize,
    results_shown: usize,
    rules: usize,
    related: usize,
    flow: usize,
    tags: usize,
    /// Characters of a description.
    description: usize,
}

const GITHUB: Limits =
    Limits { results: 25_000, results_shown: 5_000, rules: 25_000, related: 100, flow: 1_000, tags: 10, description: 1_024 };

pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &log(report, &GITHUB))?;
    writeln!(out)
}

fn log<'a>(report: &Report<'a>, limits: &Limits) -> Log<'a> {
    let mut cuts = Cuts::default();
    let chosen = choose(report, limits, &mut cuts);
    let rules = rules::descriptors(report, &chosen, limits, &mut cuts);
    let mut writer = Writer {
        sources: report.sources,
        limits,
        names: fingerprints(report.sources, &report.outcome.findings),
        lines: HashMap::new(),
        rules: rules.iter().enumerate().map(|(n, rule)| (rule.id, (n, rule.default_configuration.level))).collect(),
        cuts,
    };
    let results = chosen.into_iter().filter_map(|(n, finding)| writer.result(n, finding)).collect();
    let mut notifications: Vec<_> = report.outcome.problems.iter().map(|p| problem(report.sources, p)).collect();
    notifications.extend(writer.cuts.notifications());
    let broken = |problem: &Problem| matches!(problem.kind, ProblemKind::Internal | ProblemKind::Config);
    let run = Run {
        tool: Tool {
            driver: Driver {
                name: "rolelint",
                version: report.options.version,
                semantic_version: report.options.version,
                information_uri: env!("CARGO_PKG_REPOSITORY"),
                rules,
            },
        },
        invocations: [Invocation {
            execution_successful: !report.outcome.problems.iter().any(broken),
            tool_execution_notifications: notifications,
        }],
        original_uri_base_ids: BTreeMap::from([(
            BASE,
            BaseLocation { description: Message::new("The directory that rolelint was run in, usually the repository's root.") },
        )]),
        automation_details: report
            .options
            .category
            .map(|category| AutomationDetails { id: format!("{}/", category.trim_end_matches('/')) }),
        column_kind: "utf16CodeUnits",
        results,
        properties: RunProperties {
            configurations: report.outcome.configurations.iter().map(|file| file.path.as_str()).collect(),
            ignore_comments: Comments::of(report.outcome),
        },
    };
    Log { schema: SCHEMA, version: "2.1.0", runs: [run] }
}

/// The findings that fit, in their order; the least severe ones go first.
fn choose<'a>(report: &Report<'a>, limits: &Limits, cuts: &mut Cuts) -> Vec<(usize, &'a Finding)> {
    let mut chosen: Vec<_> = report.shown().collect();
    if chosen.len() > limits.results {
        cuts.note(
            Level::Error,
            format!(
                "GitHub accepts {} results in a run: the {} least severe of {} are left out.",
                limits.results,
                chosen.len() - limits.results,
                chosen.len()
            ),
        );
        chosen.sort_by_key(|(n, finding)| (std::cmp::Reverse(finding.severity), *n));
        chosen.truncate(limits.results);
        chosen.sort_by_key(|(n, _)| *n);
    } else if chosen.len() > limits.results_shown {
        cuts.note(
            Level::Note,
            format!("GitHub shows {} results of a run: the most severe of these {}.", limits.results_shown, chosen.len()),
        );
    }
    chosen
}

/// What was shortened or left out: said once for each kind of cut.
#[derive(Default)]
struct Cuts {
    notes: Vec<(Level, String)>,
    seen: HashSet<String>,
}

impl Cuts {
    fn note(&mut self, level: Level, text: String) {
        if self.seen.insert(text.clone()) {
            self.notes.push((level, text));
        }
    }

    fn notifications(&self) -> impl Iterator<Item = Notification> {
        self.notes.iter().map(|(level, text)| Notification {
            descriptor: Reference { id: LIMIT_OF_GITHUB },
            level: *level,
            message: Message::new(text),
            locations: Vec::new(),
        })
    }
}

const LIMIT_OF_GITHUB: &str = "code-scanning-limit";

fn problem(sources: &Sources, problem: &Problem) -> Notification {
    let level = match problem.kind {
        ProblemKind::Terraform | ProblemKind::Limit | ProblemKind::Ignore | ProblemKind::NoEffect => Level::Warning,
        ProblemKind::Unreadable | ProblemKind::Syntax | ProblemKind::Config | ProblemKind::Internal => Level::Error,
    };
    Notification {
        descriptor: Reference { id: problem.kind.name() },
        level,
        message: Message::new(sentence(&problem.message)),
        locations: problem.span.map(|span| location(sources, span)).into_iter().collect(),
    }
}

struct Writer<'a, 's> {
    sources: &'s Sources,
    limits: &'s Limits,
    names: Vec<String>,
    lines: HashMap<FileId, super::fingerprint::LineHashes>,
    /// Index and level by id.
    rules: HashMap<&'a str, (usize, Level)>,
    cuts: Cuts,
}

impl Writer<'_, '_> {
    /// Nothing for a finding whose rule had to be left out.
    fn result<'a>(&mut self, n: usize, finding: &'a Finding) -> Option<SarifResult<'a>> {
        let (rule_index, level) = *self.rules.get(finding.rule)?;
        let level = match finding.level {
            finding::Level::Deny => level,
            finding::Level::Warn | finding::Level::Allow => level.min(Level::Warning),
        };
        let all: Vec<&Label> = finding.labels.iter().chain(&finding.elsewhere).collect();
        let related = all.get(..self.limits.related).unwrap_or(&all);
        if related.len() < all.len() {
            let text = format!("GitHub shows {} related places of a result: others are left out.", self.limits.related);
            self.cuts.note(Level::Warning, text);
        }
        let mut primary = location(self.sources, finding.primary.span);
        let addresses = std::iter::once(&finding.address).chain(&finding.instances).filter(|a| !a.is_empty());
        primary.logical_locations =
            addresses.map(|address| LogicalLocation { fully_qualified_name: address.clone(), kind: "resource" }).collect();
        primary.message = labelled(&finding.primary.message);
        let related_location = |(id, label): (usize, &&Label)| Location {
            id: Some(id + 1),
            message: labelled(&label.message),
            ..location(self.sources, label.span)
        };
        Some(SarifResult {
            rule_id: finding.rule,
            rule_index,
            level,
            message: spoken(message(finding, related)),
            related_locations: related.iter().enumerate().map(related_location).collect(),
            code_flows: self.flow(finding),
            partial_fingerprints: self.fingerprints(n, finding.primary.span, &primary),
            locations: [primary],
            suppressions: finding.suppressed.as_ref().map(suppression).into_iter().collect(),
            fixes: fix(self.sources, &finding.help).into_iter().collect(),
        })
    }

    /// From the token to where it does harm.
    fn flow(&mut self, finding: &Finding) -> Vec<CodeFlow> {
        if finding.trace.is_empty() {
            return Vec::new();
        }
        let starts_there = finding.trace.first().is_some_and(|step| step.span == finding.primary.span);
        let first = (!starts_there).then_some(&finding.primary);
        let steps: Vec<_> = first.into_iter().chain(&finding.trace).collect();
        if steps.len() > self.limits.flow {
            let text = format!("GitHub shows {} steps of a path: others are left out.", self.limits.flow);
            self.cuts.note(Level::Warning, text);
        }
        let step = |label: &&Label| FlowLocation {
            location: Location { message: labelled(&label.message), ..location(self.sources, label.span) },
        };
        let locations = steps.iter().take(self.limits.flow).map(step).collect();
        vec![CodeFlow { thread_flows: [ThreadFlow { locations }] }]
    }

    fn fingerprints(&mut self, n: usize, span: Span, primary: &Location) -> BTreeMap<&'static str, String> {
        let sources = self.sources;
        let hashes = self.lines.entry(span.file).or_insert_with(|| super::fingerprint::line_hashes(&sources.file(span.file).text));
        let line = hashes.line(primary.physical_location.region.start_line).unwrap_or_default();
        let own = self.names.get(n).cloned().unwrap_or_default();
        BTreeMap::from([("primaryLocationLineHash", line), ("rolelint/v1", own)])
    }
}

/// The change that a program can make, by file. Editors offer it, and make it when they are told to.
fn fix(sources: &Sources, help: &finding::Help) -> Option<Fix> {
    let edit = help.edit.as_ref().filter(|edit| edit.can_be_made())?;
    let mut changes: Vec<(FileId, Vec<Replacement>)> = Vec::new();
    for one in &edit.replacements {
        let PhysicalLocation { region, .. } = location(sources, one.span).physical_location;
        let replacement = Replacement { deleted_region: region, inserted_content: Content { text: one.in_place(sources) } };
        match changes.iter_mut().find(|(file, _)| *file == one.span.file) {
            Some((_, replacements)) => replacements.push(replacement),
            None => changes.push((one.span.file, vec![replacement])),
        }
    }
    let change = |(file, replacements)| ArtifactChange { artifact_location: artifact(sources, file), replacements };
    let description = Message::new(sentence(&plain(&help.words)));
    Some(Fix { description, artifact_changes: changes.into_iter().map(change).collect() })
}

/// SARIF 2.1.0, 3.35.2: `inSource` is a comment in the code, `external` stands elsewhere.
fn suppression(suppression: &finding::Suppression) -> Suppression {
    let kind = match suppression.by {
        finding::SuppressedBy::Comment => "inSource",
        finding::SuppressedBy::Baseline => "external",
    };
    Suppression { kind, justification: suppression.reason.clone() }
}

fn labelled(text: &str) -> Option<Message> {
    Some(text).filter(|text| !text.is_empty()).map(Message::new)
}

/// The consequence as the first sentence, then why with a link to each related place, where, and what to do.
fn message(finding: &Finding, related: &[&Label]) -> String {
    let mut text = sentence(&plain(&finding.message));
    let mut why: Vec<String> = Vec::new();
    if !finding.primary.message.is_empty() {
        why.push(plain(&finding.primary.message));
    }
    for (n, label) in related.iter().enumerate() {
        let words = if label.message.is_empty() { "see here" } else { &label.message };
        let words = words.replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]");
        why.push(format!("[{words}]({})", n + 1));
    }
    let why = sentence(&why.join(", "));
    if !why.is_empty() {
        text.push_str(&format!(" {why}"));
    }
    if !finding.address.is_empty() {
        let more = match finding.instances.len() {
            0 => String::new(),
            n => format!(" and {n} more"),
        };
        text.push_str(&format!(" In `{}`{more}.", plain(&finding.address)));
    }
    if !finding.help.is_empty() {
        text.push_str(&format!("\n{}", sentence(&plain(&finding.help.text()))));
    }
    text
}

/// A text as it is, and where it holds code (lines that begin with a space) as Markdown, too.
fn spoken(text: String) -> Message {
    let markdown = text.lines().any(|line| line.starts_with(' ')).then(|| fenced(&text));
    Message { text, markdown }
}

/// Code between fences that are longer than any row of backticks in it.
fn fenced(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let is_code = |line: &&str| line.starts_with(' ') || line.is_empty();
    let parts = lines.chunk_by(|a, b| is_code(a) == is_code(b)).map(|part| match part.first().is_some_and(is_code) {
        true => format!("{fence}\n{}\n{fence}", part.join("\n")),
        false => part.join("\n\n"),
    });
    parts.collect::<Vec<_>>().join("\n\n")
}

/// User's text must not become a link.
fn plain(text: &str) -> String {
    text.replace("](", "]\\(")
}

/// With a capital at its start, if that is a word, and a full stop.
fn sentence(text: &str) -> String {
    let text = text.trim();
    let mut sentence = String::with_capacity(text.len() + 1);
    let mut rest = text.chars();
    if let Some(first) = rest.next() {
        // `rolelint: …`, `sts:AssumeRole …`: a name is not a word to capitalise.
        let word = text.split(' ').next().unwrap_or_default();
        let is_word = word.chars().all(|c| c.is_alphabetic() || c == '\'' || c == ',');
        if is_word {
            sentence.extend(first.to_uppercase());
        } else {
            sentence.push(first);
        }
        sentence.push_str(rest.as_str());
        // Text of several lines ends in code.
        if !text.ends_with(['.', '!', '?']) && !text.contains('\n') {
            sentence.push('.');
        }
    }
    sentence
}

fn location(sources: &Sources, span: Span) -> Location {
    let (start, end) = sources.positions(span, ColumnUnit::Utf16);
    Location {
        id: None,
        physical_location: PhysicalLocation {
            artifact_location: artifact(sources, span.file),
            region: Region { start_line: start.line, start_column: start.column, end_line: end.line, end_column: end.column },
        },
        logical_locations: Vec::new(),
        message: None,
    }
}

fn artifact(sources: &Sources, file: FileId) -> ArtifactLocation {
    let uri = uri::of(&sources.file(file).path);
    let uri_base_id = (!uri::is_absolute(&uri)).then_some(BASE);
    ArtifactLocation { uri, uri_base_id }
}

#[cfg(test)]
mod tests;
