//! A summary of the job as GitHub shows it (`GITHUB_STEP_SUMMARY`), or a comment.
//!
//! Text of the user stands in no table, and outside of code every character that could begin something is escaped: a name that somebody
//! chose must be no link, no image and no heading here. What GitHub would refuse as too long is
//! cut and counted; the totals are never cut.

use std::io::{self, Write};

use super::Report;
use super::checkout::path_in;
use super::folded::{Folded, folded};
use super::summary::{lines, place};
use super::tally::{Group, Tallies, Tally};
use super::text::{clean, clean_path, count, one_line};
use super::uri;
use crate::finding::{Confidence, Problem, Severity};
use crate::source::{ColumnUnit, Span};

/// How much is written at most.
struct Limits {
    bytes: usize,
    findings: usize,
    problems: usize,
}

/// GitHub takes 1 MiB of a step, and nothing at all of what is longer. The rest is for what else the step writes.
const GITHUB: Limits = Limits { bytes: 1_000_000, findings: 50, problems: 50 };

pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(document(report, &GITHUB).as_bytes())
}

/// The totals are made first, so that the lists get what room they leave.
fn document(report: &Report, limits: &Limits) -> String {
    let tallies = Tallies::of(report);
    let head = head(report, &tallies);
    let tail = tail(report);
    let mut room = limits.bytes.saturating_sub(head.len() + tail.len());
    // What is wrong with the run itself must not be cut for the sake of findings, nor take all of their room.
    let asked = list(report.options.also_fails.iter().map(|reason| format!("- {}\n", marked(reason))), limits.problems, room / 4);
    let problems = list(report.outcome.problems.iter().map(|problem| problem_item(report, problem)), limits.problems, room / 4);
    let asked = section("What is asked of the run, and not so", &asked, "thing", "things");
    let problems = section("Problems", &problems, "problem", "problems");
    room = room.saturating_sub(asked.len() + problems.len());
    let findings = if report.options.statistics {
        String::new()
    } else {
        let list = list(folded(report).iter().map(|folded| finding_item(report, folded)), limits.findings, room);
        section(if list.cut > 0 { "The worst findings" } else { "Findings" }, &list, "finding", "findings")
    };
    format!("{head}{asked}{findings}{problems}{tail}")
}

fn head(report: &Report, tallies: &Tallies) -> String {
    let mut text = format!("### rolelint: {}\n\n", verdict(report, tallies.total));
    if tallies.total.findings > 0 {
        let rows = tallies.by_severity.iter().map(|(severity, tally)| format!("| {} |{}", severity.name(), numbers(*tally)));
        text.push_str(&table(&["severity"], rows));
        let rows = tallies
            .by_rule
            .iter()
            .map(|group| format!("| {} | {} |{}", rule(report, &group.name), group.worst.name(), numbers(group.tally)));
        text.push_str(&table(&["rule", "severity"], rows));
    }
    if tallies.total.findings > 0 && report.options.statistics {
        text.push_str(&directories(&tallies.by_directory));
    }
    text
}

/// Names of directories are the user's, so this is a list.
fn directories(groups: &[Group]) -> String {
    const MOST: usize = 100;
    let item = |group: &Group| {
        let fail = if group.tally.fail > 0 { format!(", {} of them fail the run", group.tally.fail) } else { String::new() };
        format!(
            "- {}: {}, the worst {}{fail}\n",
            code(&clean_path(&group.name)),
            count(group.tally.findings, "finding", "findings"),
            group.worst.name()
        )
    };
    let mut text: String = groups.iter().take(MOST).map(item).collect();
    if groups.len() > MOST {
        text.push_str(&format!("\nNot shown: {}.\n", count(groups.len() - MOST, "directory", "directories")));
    }
    text.push('\n');
    text
}

/// What the run comes to, in one sentence.
fn verdict(report: &Report, total: Tally) -> String {
    let failing = report.outcome.problems.iter().filter(|problem| problem.kind.fails(report.options.keep_going)).count();
    let mut why = Vec::new();
    match (total.fail, total.findings) {
        (0, _) => {}
        (1, 1) => why.push("1 finding fails the run".to_owned()),
        (fail, all) if fail == all => why.push(format!("{all} findings fail the run")),
        (fail, all) => why.push(format!("{fail} of {all} findings {} the run", if fail == 1 { "fails" } else { "fail" })),
    }
    if failing > 0 {
        why.push(format!(
            "{} {} it incomplete or wrong",
            count(failing, "problem", "problems"),
            if failing == 1 { "makes" } else { "make" }
        ));
    }
    if !report.options.also_fails.is_empty() {
        why.push("it does not meet what is asked of it".to_owned());
    }
    match (why.is_empty(), total.findings) {
        (false, _) => why.join(", and "),
        (true, 0) => "no findings".to_owned(),
        (true, 1) => "1 finding, which does not fail the run".to_owned(),
        (true, all) => format!("{all} findings, none of which fails the run"),
    }
}

/// The totals of the text reports.
fn tail(report: &Report) -> String {
    lines(report).iter().map(|line| marked(line) + "\n").collect()
}

fn table(titles: &[&str], rows: impl Iterator<Item = String>) -> String {
    let titles = titles.iter().map(|title| format!("| {title} ")).collect::<String>();
    let columns = titles.matches('|').count();
    let mut text = format!("{titles}| findings | fail the run |\n{}|--:|--:|\n", "|---".repeat(columns));
    rows.for_each(|row| text.push_str(&(row + "\n")));
    text.push('\n');
    text
}

fn numbers(tally: Tally) -> String {
    format!(" {} | {} |", tally.findings, tally.fail)
}

/// Items as far as there is room.
struct List {
    text: String,
    cut: usize,
}

fn list(items: impl Iterator<Item = String>, most: usize, bytes: usize) -> List {
    let mut list = List { text: String::new(), cut: 0 };
    let mut shown = 0;
    for item in items {
        // What is behind the first that does not fit is left out, too: the list is the worst of all.
        if list.cut > 0 || shown == most || list.text.len() + item.len() + ROOM_FOR_HEADING > bytes {
            list.cut += 1;
        } else {
            list.text.push_str(&item);
            shown += 1;
        }
    }
    list
}

/// More than a heading and the sentence about what is cut take.
const ROOM_FOR_HEADING: usize = 200;

fn section(title: &str, list: &List, one: &str, many: &str) -> String {
    if list.text.is_empty() && list.cut == 0 {
        return String::new();
    }
    let mut text = format!("#### {title}\n\n{}\n", list.text);
    if list.cut > 0 {
        text.push_str(&format!(
            "Not shown here: {}; the log has all.\n\n",
            count(list.cut, &format!("more {one}"), &format!("more {many}"))
        ));
    }
    text
}

fn finding_item(report: &Report, folded: &Folded) -> String {
    let finding = folded.finding;
    let mut text = format!("- **{}** {}: {}", finding.severity.name(), rule(report, finding.rule), marked(&finding.message));
    text.push_str(&format!("  \n  {}", link(report, finding.primary.span)));
    if !finding.address.is_empty() {
        text.push_str(&format!(" in {}", code(&one_line(&finding.address))));
    }
    if !finding.instances.is_empty() {
        text.push_str(&format!(" and {}", count(finding.instances.len(), "more", "more")));
    }
    if !folded.copies.is_empty() {
        text.push_str(&format!(" and in {}", count(folded.copies.len(), "copy of the file", "copies of the file")));
    }
    if finding.confidence != Confidence::High {
        text.push_str(&format!(", {} confidence", finding.confidence.name()));
    }
    if let Some(reason) = &finding.suppressed {
        text.push_str(&format!(", {}", marked(&reason.words())));
    } else if !finding.fails_run() && finding.severity >= Severity::Medium {
        text.push_str(", does not fail the run");
    }
    text.push('\n');
    text
}

fn problem_item(report: &Report, problem: &Problem) -> String {
    let place = problem.span.map_or_else(String::new, |span| format!("  \n  {}", link(report, span)));
    format!("- **{}**: {}{place}\n", problem.kind.name(), marked(&problem.message))
}

/// A rule's id, which leads to its page.
fn rule(report: &Report, id: &str) -> String {
    match report.rule(id).map(|rule| rule.url.as_str()).filter(|url| is_plain(url)) {
        Some(url) => format!("[{id}]({url})"),
        None => id.to_owned(),
    }
}

/// `path:line`, which leads there if GitHub says where the commit can be read.
fn link(report: &Report, span: Span) -> String {
    let (start, _) = report.sources.positions(span, ColumnUnit::Characters);
    let path = path_in(report.options.checkout, report.sources, span.file);
    let target = match (report.options.blob.filter(|blob| is_plain(blob)), report.options.checkout) {
        (Some(blob), Some(checkout)) => {
            checkout.path(&report.sources.file(span.file).path).map(|path| format!("{blob}/{}#L{}", uri::of(&path), start.line))
        }
        _ => None,
    };
    match target {
        Some(target) => format!("[{}]({target})", code(&format!("{path}:{}", start.line))),
        None => {
            let at = place(report.sources, span);
            code(at.rsplit_once(':').map_or(at.as_str(), |(line, _)| line))
        }
    }
}

/// An address that can stand between the brackets of a link as it is.
fn is_plain(url: &str) -> bool {
    let safe = |c: char| c.is_ascii_alphanumeric() || "-._~:/%+@".contains(c);
    (url.starts_with("https://") || url.starts_with("http://")) && url.chars().all(safe)
}

/// A sentence in which names stand between backticks, as messages have them. A name that holds one itself only changes which part is code:
/// neither part can begin anything.
fn marked(text: &str) -> String {
    let text = one_line(text);
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return escaped(&text);
    }
    let part = |(n, part): (usize, &&str)| if n % 2 == 0 { escaped(part) } else { code(part) };
    parts.iter().enumerate().map(part).collect()
}

/// Code in a line, whatever it holds: the marks around it are longer than any inside.
fn code(text: &str) -> String {
    let text = clean(text).replace('\n', " ");
    if text.trim().is_empty() {
        return escaped(&format!("`{text}`"));
    }
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let marks = "`".repeat(longest + 1);
    let blank = if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) { " " } else { "" };
    format!("{marks}{blank}{text}{blank}{marks}")
}

/// Text without anything that Markdown, GitHub's additions to it or HTML would obey: links of themselves (`https://`, `www.`), mentions
/// and formulas are such additions. Those of them that look at what is left after the escapes are stopped by a comment.
fn escaped(text: &str) -> String {
    let text = clean(text).replace('\n', " ");
    let mut escaped = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        let before = || text.get(..at).unwrap_or_default().to_ascii_lowercase();
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '~' | '|' | '$' | '!' => escaped.extend(['\\', c]),
            '@' | '#' => escaped.extend([c].iter().chain(STOP)),
            ':' if text.get(at..).is_some_and(|rest| rest.starts_with("://")) => escaped.extend([c].iter().chain(STOP)),
            '.' if before().ends_with("www") => escaped.extend([c].iter().chain(STOP)),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Shows nothing, and parts what is before it from what is behind.
const STOP: &[char] = &['<', '!', '-', '-', ' ', '-', '-', '>'];

#[cfg(test)]
mod tests;
