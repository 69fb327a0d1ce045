//! How many findings there are, by severity, by rule and by directory: every format that tells a number has it from here.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::Report;
use super::text::{clean_path, width};
use crate::finding::{Finding, Severity};

/// Findings, and how many of them fail the run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub findings: usize,
    pub fail: usize,
}

impl Tally {
    fn add(&mut self, finding: &Finding) {
        self.findings += 1;
        self.fail += usize::from(finding.fails_run());
    }
}

/// What is counted together: a rule or a directory, with the worst severity of its findings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub name: String,
    pub worst: Severity,
    pub tally: Tally,
}

/// The findings that a report shows, counted.
pub struct Tallies {
    pub total: Tally,
    /// Those that there are, the worst first.
    pub by_severity: Vec<(Severity, Tally)>,
    /// The worst first, then those with the most findings.
    pub by_rule: Vec<Group>,
    /// In the same order. The current directory is `.`.
    pub by_directory: Vec<Group>,
}

impl Tallies {
    pub fn of(report: &Report) -> Tallies {
        let mut total = Tally::default();
        let mut severities: BTreeMap<Reverse<Severity>, Tally> = BTreeMap::new();
        let (mut rules, mut directories) = (Groups::default(), Groups::default());
        for (_, finding) in report.shown() {
            total.add(finding);
            severities.entry(Reverse(finding.severity)).or_default().add(finding);
            rules.add(finding.rule, finding);
            let file = report.sources.file(finding.primary.span.file);
            let directory = file.directory();
            directories.add(if directory.is_empty() { "." } else { directory }, finding);
        }
        Tallies {
            total,
            by_severity: severities.into_iter().map(|(Reverse(severity), tally)| (severity, tally)).collect(),
            by_rule: rules.ordered(),
            by_directory: directories.ordered(),
        }
    }

    /// For people: three tables, or a sentence where there is nothing to count.
    pub fn lines(&self) -> Vec<String> {
        if self.total.findings == 0 {
            return Vec::new();
        }
        let mut severities = vec![["severity", "findings", "fail the run"].map(str::to_owned).to_vec()];
        let row =
            |(severity, tally): &(Severity, Tally)| vec![severity.name().to_owned(), tally.findings.to_string(), tally.fail.to_string()];
        severities.extend(self.by_severity.iter().map(row));
        let mut lines = table(&severities, 1);
        lines.push(String::new());
        lines.extend(self.rule_lines());
        lines.push(String::new());
        lines.extend(table(&grouped("directory", &self.by_directory), 2));
        lines
    }

    /// The table by rule and severity.
    pub fn rule_lines(&self) -> Vec<String> {
        table(&grouped("rule", &self.by_rule), 2)
    }
}

#[derive(Default)]
struct Groups(BTreeMap<String, (Option<Severity>, Tally)>);

impl Groups {
    fn add(&mut self, name: &str, finding: &Finding) {
        let (worst, tally) = match self.0.get_mut(name) {
            Some(known) => known,
            None => self.0.entry(name.to_owned()).or_default(),
        };
        *worst = (*worst).max(Some(finding.severity));
        tally.add(finding);
    }

    fn ordered(self) -> Vec<Group> {
        let group = |(name, (worst, tally)): (String, (Option<Severity>, Tally))| worst.map(|worst| Group { name, worst, tally });
        let mut groups: Vec<Group> = self.0.into_iter().filter_map(group).collect();
        // Stable, so that names decide last.
        groups.sort_by_key(|group| (Reverse(group.worst), Reverse(group.tally.findings)));
        groups
    }
}

fn grouped(what: &str, groups: &[Group]) -> Vec<Vec<String>> {
    let title = if what == "directory" { "worst" } else { "severity" };
    let mut rows = vec![[what, title, "findings", "fail the run"].map(str::to_owned).to_vec()];
    rows.extend(groups.iter().map(|Group { name, worst, tally }| {
        vec![clean_path(name).into_owned(), worst.name().to_owned(), tally.findings.to_string(), tally.fail.to_string()]
    }));
    rows
}

/// Columns under each other; those from `numbers` on are numbers, which end under each other.
fn table(rows: &[Vec<String>], numbers: usize) -> Vec<String> {
    let columns = rows.first().map_or(0, Vec::len);
    let widest = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| width(cell)).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(widest).collect();
    let line = |row: &Vec<String>| {
        let cell = |(column, (cell, wide)): (usize, (&String, &usize))| {
            let pad = " ".repeat(wide.saturating_sub(width(cell)));
            if column < numbers { format!("{cell}{pad}") } else { format!("{pad}{cell}") }
        };
        row.iter().zip(&widths).enumerate().map(cell).collect::<Vec<_>>().join("  ")
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::{rules, run};
    use crate::report::{Options, Report};

    fn tallies(suppressed: bool) -> Tallies {
        let run = run();
        let options = Options { suppressed, ..Options::default() };
        Tallies::of(&Report { sources: &run.sources, outcome: &run.outcome, rules: &rules(), options })
    }

    #[test]
    fn what_an_ignore_comment_covers_counts_where_it_is_shown_and_never_fails() {
        assert_eq!(tallies(false).total, Tally { findings: 2, fail: 2 });
        let all = tallies(true);
        assert_eq!(all.total, Tally { findings: 3, fail: 2 });
        assert_eq!(all.by_severity[2], (Severity::Low, Tally { findings: 1, fail: 0 }));
        assert_eq!(
            all.by_rule.iter().map(|group| group.name.as_str()).collect::<Vec<_>>(),
            ["external-id-required", "invalid-element", "trust-account-root"]
        );
        let expected = Group { name: "modules/vendor role".into(), worst: Severity::High, tally: Tally { findings: 2, fail: 2 } };
        assert_eq!(all.by_directory[0], expected);
        assert_eq!(all.by_directory[1].name, ".");
    }

    #[test]
    fn numbers_end_under_each_other() {
        let rows = [vec!["rule".to_owned(), "findings".to_owned()], vec!["a-long-rule".to_owned(), "12".to_owned()]];
        assert_eq!(table(&rows, 1), ["rule         findings", "a-long-rule        12"]);
        assert!(Tallies { total: Tally::default(), by_severity: vec![], by_rule: vec![], by_directory: vec![] }.lines().is_empty());
    }
}
