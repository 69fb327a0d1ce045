//! Does what helps say: the change of a finding is made in source, and all rules run again.

use std::collections::BTreeMap;

use rolelint::config::Persona;
use rolelint::finding::{Edit, Finding, Outcome, ProblemKind, Replacement};

use super::marks;
use super::page::{Page, Test};
use super::project::Project;

/// What became of the changes on a page.
#[derive(Default)]
pub struct Made {
    /// How many were made, by rule.
    pub by_rule: BTreeMap<&'static str, usize>,
    pub failures: Vec<String>,
}

/// Makes every change that a program can make of every example of a page, each by itself.
pub fn make(page: &Page, rule: Option<&str>) -> Made {
    let mut made = Made::default();
    for test in &page.tests {
        let (files, ..) = marks::findings(test, rule, &mut Vec::new());
        let project = Project::new(&files);
        let before = project.check(Persona::Pedantic);
        for finding in before.findings.iter().filter(|finding| finding.suppressed.is_none()) {
            let Some(edit) = finding.help.edit.as_ref().and_then(Edit::applicable) else { continue };
            *made.by_rule.entry(finding.rule).or_default() += 1;
            if let Some(wrong) = wrong(&files, &project, &before, finding, edit) {
                made.failures.push(format!("{}\n{wrong}", told(page, test, &project, finding)));
            }
        }
    }
    made
}

fn told(page: &Page, test: &Test, project: &Project, finding: &Finding) -> String {
    let (file, line) = project.place(finding.primary.span);
    format!("{}:{}: {}: {file}:{line} {}: {}", page.path, test.line, test.title(), finding.rule, finding.help.text())
}

/// What is wrong after the change; nothing if the finding is gone, and no other has come.
fn wrong(files: &[(String, String)], project: &Project, before: &Outcome, finding: &Finding, edit: &Edit) -> Option<String> {
    let changed = match apply(files, project, edit) {
        Ok(changed) => changed,
        Err(why) => return Some(format!("    {why}")),
    };
    let after = Project::new(&changed).check(Persona::Pedantic);
    let mut counts = counts(before);
    let of = counts.entry((finding.rule, finding.address.clone())).or_default();
    *of = of.saturating_sub(1);
    let mut wrong: Vec<String> = Vec::new();
    for left in after.findings.iter().filter(|finding| finding.suppressed.is_none()) {
        let count = counts.entry((left.rule, left.address.clone())).or_default();
        match count.checked_sub(1) {
            Some(less) => *count = less,
            None => wrong.push(format!("    then {} says of {}: {}", left.rule, left.address, left.message)),
        }
    }
    let broken = |outcome: &Outcome| {
        let kinds = outcome.problems.iter().map(|problem| problem.kind);
        kinds.filter(|kind| matches!(kind, ProblemKind::Syntax | ProblemKind::Terraform)).count()
    };
    if broken(&after) > broken(before) {
        wrong.push("    then source cannot be read".to_owned());
    }
    let shown = changed.iter().zip(files).filter(|(new, old)| new != old).map(|((name, text), _)| format!("    {name}:\n{text}"));
    (!wrong.is_empty()).then(|| format!("{}\n{}", wrong.join("\n"), shown.collect::<String>()))
}

fn counts(outcome: &Outcome) -> BTreeMap<(&'static str, String), usize> {
    let mut counts = BTreeMap::new();
    for finding in outcome.findings.iter().filter(|finding| finding.suppressed.is_none()) {
        *counts.entry((finding.rule, finding.address.clone())).or_default() += 1;
    }
    counts
}

/// The files with the change, from the end backward.
fn apply(files: &[(String, String)], project: &Project, edit: &Edit) -> Result<Vec<(String, String)>, String> {
    let mut replacements: Vec<&Replacement> = edit.replacements.iter().collect();
    replacements.sort_by_key(|one| (one.span.start, one.span.end));
    let overlap = |pair: &[&Replacement]| pair[0].span.file == pair[1].span.file && pair[0].span.end > pair[1].span.start;
    if replacements.windows(2).any(overlap) {
        return Err("its parts overlap".to_owned());
    }
    let mut files = files.to_vec();
    for one in replacements.into_iter().rev() {
        let path = project.sources.file(one.span.file).path.clone();
        let Some((_, text)) = files.iter_mut().find(|(name, _)| *name == path) else { return Err(format!("there is no file {path}")) };
        text.replace_range(one.span.range(), &one.in_place(&project.sources));
    }
    Ok(files)
}
