//! The report for people: how much differs, each difference with its source, and the times.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use owo_colors::{OwoColorize, Style};
use serde_json::Value;

use super::compare::{Change, Entry, Pair, fields};
use super::run::{Paired, Time, Tree};
use super::{Checked, Comparison};

/// A source line or a message in JSON may have megabytes.
const WIDTH: usize = 140;

pub struct View {
    /// How many of a kind are shown; 0 for all.
    pub most: usize,
    pub colour: bool,
}

/// A change, and where.
#[derive(Clone, Copy)]
struct Located<'a> {
    tree: &'a Tree,
    change: &'a Change,
    /// All changes of the tree.
    beside: &'a [Change],
}

pub fn report(out: &mut dyn Write, checked: &[Checked], view: &View) -> io::Result<()> {
    let results = || checked.iter().filter_map(|checked| Some((&checked.tree, checked.result.as_ref().ok()?)));
    let comparisons: Vec<(&Tree, &Comparison)> = results().map(|(tree, (comparison, _))| (tree, comparison)).collect();
    let times: Vec<(&Tree, &[Paired])> = results().map(|(tree, (_, times))| (tree, times.as_slice())).collect();
    let mut groups: BTreeMap<&str, Vec<Located>> = BTreeMap::new();
    for (tree, comparison) in &comparisons {
        for change in &comparison.changes {
            groups.entry(&change.entry().rule).or_default().push(Located { tree, change, beside: &comparison.changes });
        }
    }
    view.head(out, checked.len(), &comparisons)?;
    view.table(out, &groups)?;
    for (rule, changes) in &groups {
        view.group(out, rule, changes)?;
    }
    view.coverage(out, &comparisons)?;
    view.times(out, &times)?;
    view.failures(out, checked)
}

/// How many are gone, new, and changed.
fn counts(changes: &[Located]) -> [usize; 3] {
    let count = |is: fn(&Change) -> bool| changes.iter().filter(|located| is(located.change)).count();
    [
        count(|change| matches!(change, Change::Gone(_))),
        count(|change| matches!(change, Change::New(_))),
        count(|change| matches!(change, Change::Changed(..))),
    ]
}

fn plural(count: usize, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}

/// `30 -> 28`, or `30` where nothing changed.
fn turned(pair: Pair) -> String {
    if pair.old == pair.new { pair.new.to_string() } else { format!("{} -> {}", pair.old, pair.new) }
}

fn sum(pairs: impl Iterator<Item = Pair>) -> Pair {
    pairs.fold(Pair::default(), |sum, pair| Pair { old: sum.old + pair.old, new: sum.new + pair.new })
}

impl View {
    fn painted(&self, text: &str, style: Style) -> String {
        if self.colour { text.style(style).to_string() } else { text.to_owned() }
    }

    fn bold(&self, text: &str) -> String {
        self.painted(text, Style::new().bold())
    }

    fn dim(&self, text: &str) -> String {
        self.painted(text, Style::new().dimmed())
    }

    /// Of which there are none is dim, so that the eye finds the others.
    fn counted(&self, [gone, new, changed]: [usize; 3]) -> String {
        let part = |mark: char, count: usize, style: Style| {
            let text = format!("{:>6}", format!("{mark}{count}"));
            if count == 0 { self.dim(&text) } else { self.painted(&text, style) }
        };
        format!(
            "{} {} {}",
            part('-', gone, Style::new().red()),
            part('+', new, Style::new().green()),
            part('~', changed, Style::new().yellow())
        )
    }

    fn head(&self, out: &mut dyn Write, all: usize, comparisons: &[(&Tree, &Comparison)]) -> io::Result<()> {
        let trees = plural(all, "tree");
        let trees = if comparisons.len() == all { trees } else { format!("{} of {trees}", comparisons.len()) };
        let files = sum(comparisons.iter().filter_map(|(_, comparison)| comparison.coverage.get("files").copied()));
        let files = if files == Pair::default() { String::new() } else { format!(", {} files", turned(files)) };
        let findings = sum(comparisons.iter().map(|(_, comparison)| comparison.findings));
        let word = if findings == (Pair { old: 1, new: 1 }) { "finding" } else { "findings" };
        writeln!(out, "{}", self.bold(&format!("{trees}{files}, {} {word}", turned(findings))))?;
        match comparisons.len() < all || comparisons.iter().any(|(_, comparison)| comparison.differs()) {
            true => Ok(()),
            false => writeln!(out, "No differences."),
        }
    }

    fn table(&self, out: &mut dyn Write, groups: &BTreeMap<&str, Vec<Located>>) -> io::Result<()> {
        let width = groups.keys().map(|rule| rule.len()).max().unwrap_or_default().max("all findings".len());
        if !groups.is_empty() {
            writeln!(out)?;
        }
        for (rule, changes) in groups {
            writeln!(out, "{rule:<width$} {}", self.counted(counts(changes)))?;
        }
        let findings: Vec<Located> = groups.values().flatten().copied().filter(|located| located.change.entry().is_finding()).collect();
        match groups.len() {
            0 | 1 => Ok(()),
            _ => writeln!(out, "{:<width$} {}", "all findings", self.counted(counts(&findings))),
        }
    }

    fn group(&self, out: &mut dyn Write, rule: &str, changes: &[Located]) -> io::Result<()> {
        writeln!(out, "\n{}", self.bold(rule))?;
        for located in self.shown(changes) {
            self.change(out, *located)?;
        }
        self.rest(out, changes.len())
    }

    fn shown<'a, T>(&self, all: &'a [T]) -> &'a [T] {
        if self.most == 0 { all } else { &all[..all.len().min(self.most)] }
    }

    fn rest(&self, out: &mut dyn Write, count: usize) -> io::Result<()> {
        match count.checked_sub(self.most) {
            Some(rest) if rest > 0 && self.most > 0 => writeln!(out, "  and {rest} more (--most 0 shows all)"),
            _ => Ok(()),
        }
    }

    fn change(&self, out: &mut dyn Write, Located { tree, change, beside }: Located) -> io::Result<()> {
        let (mark, style) = match change {
            Change::Gone(_) => ("-", Style::new().red()),
            Change::New(_) => ("+", Style::new().green()),
            Change::Changed(..) => ("~", Style::new().yellow()),
        };
        let entry = change.entry();
        let place =
            if entry.file.is_empty() { tree.name.clone() } else { format!("{}/{}:{}:{}", tree.name, entry.file, entry.line, entry.column) };
        let rule = if entry.is_finding() { format!("{}[{}]", entry.severity, entry.rule) } else { entry.rule.clone() };
        writeln!(out, "{} {place} {} {}", self.painted(mark, style), self.painted(&rule, style), cut(&entry.message, 0, 3 * WIDTH))?;
        if let Some(line) = source_line(tree, entry) {
            writeln!(out, "      {}", self.dim(&line))?;
        }
        match change {
            Change::Changed(old, new) => self.fields(out, old, new)?,
            Change::Gone(_) => note(out, "new here", replaced(change, beside))?,
            Change::New(_) => note(out, "gone here", replaced(change, beside))?,
        }
        Ok(())
    }

    /// Short values are shown; of the help, where it begins to differ; of lists, such as the trace, only that they changed.
    fn fields(&self, out: &mut dyn Write, old: &Entry, new: &Entry) -> io::Result<()> {
        let mut others = Vec::new();
        for field in fields(old, new) {
            match (&field.old, &field.new) {
                (Value::String(old), Value::String(_)) if field.name == "message" => {
                    writeln!(out, "    message was: {}", cut(old, 0, 3 * WIDTH))?;
                }
                (Value::String(old), Value::String(new)) if field.name == "help" => {
                    let differs = old.chars().zip(new.chars()).take_while(|(old, new)| old == new).count();
                    writeln!(out, "    help was: {}", cut(old, differs, WIDTH))?;
                    writeln!(out, "    help is:  {}", cut(new, differs, WIDTH))?;
                }
                (Value::String(old), Value::String(new)) if field.name != "fingerprint" => {
                    writeln!(out, "    {}: {old} -> {new}", field.name)?;
                }
                (Value::Bool(old), Value::Bool(new)) => writeln!(out, "    {}: {old} -> {new}", field.name)?,
                _ => others.push(field.name),
            }
        }
        note(out, "also changed", others)
    }

    fn coverage(&self, out: &mut dyn Write, comparisons: &[(&Tree, &Comparison)]) -> io::Result<()> {
        let mut totals: BTreeMap<&str, Vec<(&Tree, Pair)>> = BTreeMap::new();
        for (tree, comparison) in comparisons {
            for (name, pair) in &comparison.coverage {
                totals.entry(name).or_default().push((tree, *pair));
            }
        }
        // What one tree gains and another loses is a difference, though the total stays.
        totals.retain(|_, pairs| pairs.iter().any(|(_, pair)| pair.old != pair.new));
        if totals.is_empty() {
            return Ok(());
        }
        writeln!(out, "\n{}", self.bold("coverage in numbers"))?;
        for (name, pairs) in totals {
            let differing: Vec<_> = pairs.iter().filter(|(_, pair)| pair.old != pair.new).collect();
            let trees = self.shown(&differing).iter().map(|(tree, pair)| format!("{} {}", tree.name, turned(*pair)));
            let trees = trees.collect::<Vec<_>>().join(", ");
            writeln!(out, "  {name:<9} {:<16} {}", turned(sum(pairs.iter().map(|(_, pair)| *pair))), self.dim(&trees))?;
        }
        Ok(())
    }

    fn times(&self, out: &mut dyn Write, trees: &[(&Tree, &[Paired])]) -> io::Result<()> {
        let runs = trees.iter().map(|(_, times)| times.len()).max().unwrap_or_default();
        if runs == 0 {
            return Ok(());
        }
        let totals: Vec<Paired> =
            (0..runs).map(|run| trees.iter().filter_map(|(_, times)| times.get(run)).copied().fold(Paired::default(), add)).collect();
        let mut rows: Vec<(&str, &[Paired])> = trees.iter().map(|(tree, times)| (tree.name.as_str(), *times)).collect();
        rows.sort_by_key(|(_, times)| std::cmp::Reverse(least(times, |pair| time(pair.old))));
        let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default().clamp(5, 40);
        let title = format!("seconds, least of {}", plural(runs, "run"));
        writeln!(out, "\n{}", self.bold(&title))?;
        writeln!(out, "  {:<width$} {:>9} {:>9} {:>8}  {:>9} {:>9}", "", "CPU OLD", "NEW", "NEW/OLD", "wall OLD", "NEW")?;
        for (name, times) in self.shown(&rows) {
            writeln!(out, "  {}", row(name, times, width))?;
        }
        self.rest(out, rows.len())?;
        if rows.len() > 1 {
            writeln!(out, "  {}", self.bold(&row("total", &totals, width)))?;
        }
        Ok(())
    }

    fn failures(&self, out: &mut dyn Write, checked: &[Checked]) -> io::Result<()> {
        let failed = checked.iter().filter_map(|checked| Some((&checked.tree, checked.result.as_ref().err()?)));
        let failed: Vec<_> = failed.collect();
        for (tree, why) in self.shown(&failed) {
            let name = self.painted(&format!("failed on {}", tree.name), Style::new().red().bold());
            writeln!(out, "\n{name}: {}", why.trim_end().replace('\n', "\n  "))?;
        }
        self.rest(out, failed.len())
    }
}

fn note(out: &mut dyn Write, what: &str, names: Vec<String>) -> io::Result<()> {
    if names.is_empty() { Ok(()) } else { writeln!(out, "    {what}: {}", names.join(", ")) }
}

/// The other rules of which findings came where this one went, or the other way round: often one takes the place of another.
fn replaced(change: &Change, beside: &[Change]) -> Vec<String> {
    let entry = change.entry();
    let here = |other: &Entry| {
        other.file == entry.file && (other.line == entry.line || (other.address == entry.address && !entry.address.is_empty()))
    };
    let opposite = |other: &&Change| matches!((change, other), (Change::Gone(_), Change::New(_)) | (Change::New(_), Change::Gone(_)));
    let others = beside.iter().filter(opposite).map(Change::entry);
    let rules = others.filter(|other| entry.is_finding() && other.is_finding() && other.rule != entry.rule && here(other));
    rules.map(|other| other.rule.clone()).collect::<BTreeSet<_>>().into_iter().collect()
}

/// A line, without what stands left of it; of a longer one the part around the column.
fn source_line(tree: &Tree, entry: &Entry) -> Option<String> {
    let index = usize::try_from(entry.line).ok()?.checked_sub(1)?;
    let text = fs::read(tree.path.join(Path::new(&entry.file))).ok()?;
    let line = text.split(|byte| *byte == b'\n').nth(index)?;
    let line = String::from_utf8_lossy(line);
    let indent = line.chars().take_while(|c| c.is_whitespace()).count();
    let column = usize::try_from(entry.column).unwrap_or_default();
    Some(cut(line.trim(), column.saturating_sub(indent + 1), WIDTH))
}

/// So much of one line of text, with `around` in it.
fn cut(text: &str, around: usize, width: usize) -> String {
    let text = text.replace(['\n', '\t', '\r'], " ");
    let length = text.chars().count();
    if length <= width {
        return text;
    }
    // A third is what led there. The two ellipses are within the width.
    let start = around.saturating_sub(width / 3).min(length - (width - 2));
    let middle: String = text.chars().skip(start).take(width - 2).collect();
    let before = if start > 0 { "…" } else { "" };
    let after = if start + width - 2 < length { "…" } else { "" };
    format!("{before}{middle}{after}")
}

fn add(one: Paired, other: Paired) -> Paired {
    let cpu = |one: Option<Duration>, other: Option<Duration>| one.or(other).map(|_| one.unwrap_or_default() + other.unwrap_or_default());
    let time = |one: Time, other: Time| Time { cpu: cpu(one.cpu, other.cpu), wall: one.wall + other.wall };
    Paired { old: time(one.old, other.old), new: time(one.new, other.new) }
}

/// What is compared: the time of the processors, which other programs disturb less.
fn time(time: Time) -> Duration {
    time.cpu.unwrap_or(time.wall)
}

fn least<T: Ord>(times: &[Paired], of: impl Fn(&Paired) -> T) -> Option<T> {
    times.iter().map(of).min()
}

/// The median over the pairs of runs.
fn ratio(times: &[Paired]) -> Option<f64> {
    let ratios = times.iter().map(|pair| time(pair.new).as_secs_f64() / time(pair.old).as_secs_f64());
    let mut ratios: Vec<f64> = ratios.filter(|ratio| ratio.is_finite()).collect();
    ratios.sort_by(f64::total_cmp);
    let middle = ratios.len() / 2;
    let upper = ratios.get(middle)?;
    let lower = if ratios.len().is_multiple_of(2) { ratios.get(middle - 1)? } else { upper };
    Some((lower + upper) / 2.0)
}

fn row(name: &str, times: &[Paired], width: usize) -> String {
    let seconds = |time: Option<Duration>| time.map_or("?".to_owned(), |time| format!("{:.3}", time.as_secs_f64()));
    let cpu = |of: fn(&Paired) -> Option<Duration>| seconds(least(times, of).flatten());
    let wall = |of: fn(&Paired) -> Duration| seconds(least(times, of));
    let ratio = ratio(times).map_or("?".to_owned(), |ratio| format!("{ratio:.2}"));
    format!(
        "{:<width$} {:>9} {:>9} {ratio:>8}  {:>9} {:>9}",
        cut(name, 0, width),
        cpu(|pair| pair.old.cpu),
        cpu(|pair| pair.new.cpu),
        wall(|pair| pair.old.wall),
        wall(|pair| pair.new.wall)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_long_line_the_part_around_the_column_is_shown() {
        assert_eq!(cut("short", 900, 20), "short");
        let line = format!("{}WORD{}", "a".repeat(5000), "b".repeat(5000));
        let shown = cut(&line, 5000, 30);
        assert_eq!((shown.chars().count(), shown.contains("aWORDb")), (30, true), "{shown}");
        assert_eq!(cut(&line, 0, 6), "aaaa…");
        assert_eq!(cut(&line, 10_003, 6), "…bbbb");
    }

    #[test]
    fn the_ratio_is_the_median_of_the_pairs() {
        let time = |millis| Time { cpu: Some(Duration::from_millis(millis)), wall: Duration::ZERO };
        let pair = |old, new| Paired { old: time(old), new: time(new) };
        assert_eq!(ratio(&[pair(100, 100), pair(100, 200), pair(100, 900)]), Some(2.0));
        assert_eq!(ratio(&[pair(100, 100), pair(100, 200)]), Some(1.5));
        assert_eq!(ratio(&[pair(0, 0)]), None);
    }
}
