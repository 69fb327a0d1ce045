//! Rules as SARIF describes them.

use std::collections::HashSet;

use super::wire::{Configuration, Help, Level, Message, Rule, RuleProperties};
use super::{Cuts, Limits};
use crate::finding::{Category, Confidence, Finding, RuleInfo, Severity};
use crate::report::{Report, essence};

/// Every rule of the run, then those that only a finding names.
pub fn descriptors<'a>(report: &Report<'a>, chosen: &[(usize, &'a Finding)], limits: &Limits, cuts: &mut Cuts) -> Vec<Rule<'a>> {
    let mut rules: Vec<Rule> = report.rules.iter().map(|rule| descriptor(rule, limits, cuts)).collect();
    let mut known: HashSet<&str> = report.rules.iter().map(|rule| rule.id).collect();
    for (_, finding) in chosen {
        if known.insert(finding.rule) {
            rules.push(undescribed(finding));
        }
    }
    if rules.len() > limits.rules {
        let text = format!("GitHub accepts {} rules: {} are left out with their results.", limits.rules, rules.len() - limits.rules);
        cuts.note(Level::Error, text);
        rules.truncate(limits.rules);
    }
    rules
}

fn descriptor<'a>(rule: &'a RuleInfo, limits: &Limits, cuts: &mut Cuts) -> Rule<'a> {
    let mut tags = vec![rule.category.name()];
    tags.extend(rule.tags.iter().copied().filter(|tag| *tag != rule.category.name()));
    if tags.len() > limits.tags {
        cuts.note(Level::Warning, format!("GitHub shows {} tags of a rule: `{}` has {}.", limits.tags, rule.id, tags.len()));
        tags.truncate(limits.tags);
    }
    let mut limited = |text: &str| -> Message {
        let text = super::sentence(if text.trim().is_empty() { rule.summary } else { text });
        if text.chars().count() <= limits.description {
            return Message::new(text);
        }
        let note = format!("GitHub takes {} characters of a description: that of `{}` is cut.", limits.description, rule.id);
        cuts.note(Level::Warning, note);
        let mut kept: String = text.chars().take(limits.description - 1).collect();
        kept.push('…');
        Message::new(kept)
    };
    let (short_description, full_description) = (limited(rule.summary), limited(rule.description));
    let text = match rule.url.as_str() {
        "" => full_description.text.clone(),
        url => format!("{}\n\n{url}", full_description.text),
    };
    let markdown = match (rule.help.trim(), rule.url.as_str()) {
        ("", _) => text.clone(),
        (page, "") => essence(page),
        // Each rule's help is in every report: what all pages hold would be half a megabyte.
        (page, url) => format!("{}\n\n[The whole page]({url})\n", essence(page)),
    };
    Rule {
        id: rule.id,
        name: pascal_case(rule.id),
        short_description,
        full_description,
        help: Help { text, markdown },
        help_uri: rule.url.clone(),
        default_configuration: Configuration { level: level(rule.category, rule.severity) },
        properties: RuleProperties {
            tags,
            precision: precision(rule.confidence),
            problem_severity: problem_severity(rule.category, rule.severity),
            security_severity: security_severity(rule.category, rule.severity),
        },
    }
}

/// A rule that nobody described is taken at its finding's word.
fn undescribed(finding: &Finding) -> Rule<'_> {
    let text = format!("The rule `{}`.", finding.rule);
    Rule {
        id: finding.rule,
        name: pascal_case(finding.rule),
        short_description: Message::new(&text),
        full_description: Message::new(&text),
        help: Help { text: text.clone(), markdown: text },
        help_uri: String::new(),
        default_configuration: Configuration { level: level(Category::Security, finding.severity) },
        properties: RuleProperties {
            tags: vec![Category::Security.name()],
            precision: precision(finding.confidence),
            problem_severity: problem_severity(Category::Security, finding.severity),
            security_severity: security_severity(Category::Security, finding.severity),
        },
    }
}

fn level(category: Category, severity: Severity) -> Level {
    match (category, severity) {
        (_, Severity::Critical | Severity::High) | (Category::Correctness, Severity::Medium) => Level::Error,
        (Category::Security, Severity::Medium) => Level::Warning,
        (_, Severity::Low | Severity::Info) => Level::Note,
    }
}

fn problem_severity(category: Category, severity: Severity) -> &'static str {
    match level(category, severity) {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "recommendation",
    }
}

/// In the middle of GitHub's bands (critical above 9.0, high from 7.0, medium from 4.0, low above 0).
fn security_severity(category: Category, severity: Severity) -> Option<&'static str> {
    match (category, severity) {
        (Category::Correctness, _) | (_, Severity::Info) => None,
        (_, Severity::Critical) => Some("9.5"),
        (_, Severity::High) => Some("8.0"),
        (_, Severity::Medium) => Some("5.5"),
        (_, Severity::Low) => Some("2.0"),
    }
}

fn precision(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::High => "high",
        Confidence::Medium => "medium",
        Confidence::Low => "low",
    }
}

fn pascal_case(id: &str) -> String {
    let capital = |word: &str| {
        let mut rest = word.chars();
        rest.next().map(|first| first.to_uppercase().chain(rest).collect::<String>()).unwrap_or_default()
    };
    id.split('-').map(capital).collect::<String>().chars().take(255).collect()
}
