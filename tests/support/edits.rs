//! Whether a help does what it says: its change is made in source, and all rules run again.

use std::collections::BTreeMap;

use rolelint::config::Persona;
use rolelint::finding::{Edit, Finding, Outcome, ProblemKind, Replacement};

use super::project::Project;

/// An example, and what is said of it.
pub struct Before<'b> {
    pub files: &'b [(String, String)],
    pub project: &'b Project,
    pub outcome: &'b Outcome,
    pub persona: Persona,
}

/// What a mistake hides: a statement that lets nobody in, or not those that it names, is weak in other ways once it does. The rule whose
/// help is followed, and those that may speak then.
const BRINGS_TO_LIGHT: &[(&str, &[&str])] = &[
    ("condition-bypassable", &["admin-of-people"]),
    ("external-id-bypassable", &["external-id-guessable"]),
    ("trust-action-mismatch", &["external-id-recommended", "oidc-subject-legacy-form", "saml-audience-missing"]),
    ("unknown-service-principal", &["service-role-confused-deputy"]),
];

/// How many findings of a rule there are at an address.
type Counts = BTreeMap<(&'static str, String), usize>;

impl Before<'_> {
    /// Makes the change of a finding. What is wrong then, if the finding is not gone, another one has come, or source cannot be read.
    pub fn make(&self, finding: &Finding, edit: &Edit) -> Result<(), String> {
        let files = self.changed(edit)?;
        let after = Project::new(&files).check(self.persona);
        let mut before = counts(self.outcome);
        let own = before.entry((finding.rule, finding.address.clone())).or_default();
        *own = own.saturating_sub(1);
        let hidden = BRINGS_TO_LIGHT.iter().filter(|(rule, _)| *rule == finding.rule).flat_map(|(_, then)| *then);
        let hidden: Vec<&str> = hidden.copied().collect();
        let is_new = |finding: &&Finding| {
            let count = before.entry((finding.rule, finding.address.clone())).or_default();
            let known = *count > 0;
            *count = count.saturating_sub(1);
            !known && !hidden.contains(&finding.rule)
        };
        let new = after.findings.iter().filter(|finding| finding.suppressed.is_none()).filter(is_new);
        let mut wrong: Vec<String> = new.map(|new| format!("    {}, {}: {}", new.rule, new.address, new.message)).collect();
        if unread(&after) > unread(self.outcome) {
            wrong.push("    source cannot be read".to_owned());
        }
        if wrong.is_empty() {
            return Ok(());
        }
        let shown = files.iter().zip(self.files).filter(|(new, old)| new != old).map(|((name, text), _)| format!("    {name}:\n{text}"));
        Err(format!("{}\n{}", wrong.join("\n"), shown.collect::<String>()))
    }

    /// The files with the change, made from the end backward.
    fn changed(&self, edit: &Edit) -> Result<Vec<(String, String)>, String> {
        let mut replacements: Vec<&Replacement> = edit.replacements.iter().collect();
        replacements.sort_by_key(|one| (one.span.file, one.span.start, one.span.end));
        let overlap = |pair: &[&Replacement]| pair[0].span.file == pair[1].span.file && pair[0].span.end > pair[1].span.start;
        if replacements.windows(2).any(overlap) {
            return Err("    its parts overlap".to_owned());
        }
        let mut files = self.files.to_vec();
        for one in replacements.into_iter().rev() {
            let path = self.project.sources.file(one.span.file).path.clone();
            let file = files.iter_mut().find(|(name, _)| *name == path);
            let (_, text) = file.ok_or_else(|| format!("    there is no file {path}"))?;
            text.replace_range(one.span.range(), &one.in_place(&self.project.sources));
        }
        Ok(files)
    }
}

fn counts(outcome: &Outcome) -> Counts {
    let mut counts = Counts::new();
    for finding in outcome.findings.iter().filter(|finding| finding.suppressed.is_none()) {
        *counts.entry((finding.rule, finding.address.clone())).or_default() += 1;
    }
    counts
}

/// How much of source cannot be read.
fn unread(outcome: &Outcome) -> usize {
    let kinds = outcome.problems.iter().map(|problem| problem.kind);
    kinds.filter(|kind| matches!(kind, ProblemKind::Syntax | ProblemKind::Terraform)).count()
}
