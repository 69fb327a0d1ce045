//! The full report: source with marks, why, and what to write instead. The only place that knows miette, which draws the
//! frames; what stands around them is written here, because a finding has more to say than a miette diagnostic can hold.

use std::fmt;
use std::io::{self, Write};

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents,
};
use owo_colors::Style;

use super::concise::problem_line;
use super::folded::{Folded, folded};
use super::snippet::{Frame, HANG, Mark, frames};
use super::summary::{lines, place};
use super::tally::Tallies;
use super::text::{ACCENT, Paint, clean, clean_path, longest, one_line, problem_style, severity_style, unusual, width, wrap};
use super::{Detail, Report, coverage};
use crate::finding::{Confidence, Finding, Label, Problem};

/// Below this, lines wrap rather than shrink further.
const NARROWEST: usize = 50;
/// Columns for a label that are worth hanging it further to the left for.
const LABEL: usize = 36;
/// Instances named one by one; the others are counted.
const INSTANCES: usize = 5;
/// More statements that one finding speaks for are only counted.
const MOST_ELSEWHERE: usize = 3;

/// Reports of more findings end with a table of the rules.
const MANY: usize = 20;

/// What a reader may do with findings.
const NEXT_STEPS: &str = "`rolelint explain RULE` says why and what is good; `# rolelint: ignore[RULE] reason` ignores one.";

/// The same of more findings than anybody mends in a day.
const START_FROM_HERE: &str = "`--write-baseline` takes all of them as known, so that only what is new fails.";

pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let terminal = Terminal { report, paint: Paint { on: report.options.color }, columns: report.options.width.max(NARROWEST) };
    let tallies = Tallies::of(report);
    if report.options.statistics {
        terminal.table(&tallies.lines(), out)?;
    } else {
        for folded in folded(report) {
            writeln!(out, "{}", terminal.finding(&folded).map_err(io::Error::other)?)?;
        }
    }
    terminal.problems(out)?;
    if report.options.coverage != Detail::None {
        coverage::write(report, terminal.paint, terminal.columns, out)?;
    }
    if report.options.summary {
        // What the worst are has scrolled away.
        if tallies.total.findings > MANY && !report.options.statistics {
            terminal.table(&tallies.rule_lines(), out)?;
        }
        for (n, line) in lines(report).into_iter().enumerate() {
            let line = wrap(&line, terminal.columns).join("\n");
            writeln!(out, "{}", if n == 0 { terminal.paint.bold(line) } else { line })?;
        }
        if report.shown().next().is_some() {
            let many = tallies.total.fail > MANY && report.outcome.baseline.is_none();
            let steps = if many { format!("{NEXT_STEPS} {START_FROM_HERE}") } else { NEXT_STEPS.to_owned() };
            wrap(&steps, terminal.columns).iter().try_for_each(|line| writeln!(out, "{}", terminal.paint.dim(line)))?;
        }
    }
    Ok(())
}

struct Terminal<'a> {
    report: &'a Report<'a>,
    paint: Paint,
    columns: usize,
}

impl Terminal<'_> {
    /// Lines under titles, with an empty one behind them.
    fn table(&self, lines: &[String], out: &mut dyn Write) -> io::Result<()> {
        for (n, line) in lines.iter().enumerate() {
            let is_title = n == 0 || lines.get(n - 1).is_some_and(String::is_empty);
            writeln!(out, "{}", if is_title { self.paint.bold(line) } else { line.clone() })?;
        }
        if lines.is_empty() { Ok(()) } else { writeln!(out) }
    }

    fn finding(&self, folded: &Folded) -> Result<String, fmt::Error> {
        let finding = folded.finding;
        let style = severity_style(finding.severity);
        let mut text = self.title(finding.severity.name(), finding.rule, &finding.message, style);
        let elsewhere = finding.elsewhere.iter().take(MOST_ELSEWHERE);
        let labels: Vec<&Label> = std::iter::once(&finding.primary).chain(&finding.labels).chain(elsewhere).collect();
        let indent = self.frames(&mut text, &labels, style)?;
        let mut notes = Notes { terminal: self, text: &mut text, indent };
        notes.address(finding);
        notes.copies(folded, self.report);
        notes.trace(finding);
        if finding.confidence != Confidence::High {
            notes.note("confidence", finding.confidence.name());
        }
        if let Some((what, unusual)) = unusual(finding) {
            notes.note(what, unusual);
        }
        notes.note("help", &finding.help.text());
        if let Some(suppression) = &finding.suppressed {
            let reason = if suppression.reason.is_empty() { "without a reason" } else { &suppression.reason };
            notes.note(suppression.by.word(), reason);
        }
        Ok(text)
    }

    /// Where findings are only counted, a problem is a line.
    fn problems(&self, out: &mut dyn Write) -> io::Result<()> {
        let problems = &self.report.outcome.problems;
        if !self.report.options.statistics {
            return problems.iter().try_for_each(|problem| writeln!(out, "{}", self.problem(problem).map_err(io::Error::other)?));
        }
        problems.iter().try_for_each(|problem| writeln!(out, "{}", problem_line(self.report, problem, self.paint)))?;
        if problems.is_empty() { Ok(()) } else { writeln!(out) }
    }

    fn problem(&self, problem: &Problem) -> Result<String, fmt::Error> {
        let mut text = self.title("problem", problem.kind.name(), &problem.message, problem_style());
        if let Some(span) = problem.span {
            self.frames(&mut text, &[&Label { span, message: String::new() }], problem_style())?;
        }
        Ok(text)
    }

    /// `severity[rule]: message`
    fn title(&self, word: &str, code: &str, message: &str, style: Style) -> String {
        let tag = format!("{word}[{code}]");
        let wrapped = wrap(&format!("{tag}: {}", one_line(message)), self.columns.saturating_sub(2)).join("\n  ");
        let message = wrapped.strip_prefix(&tag).unwrap_or(&wrapped);
        let tag = self.paint.paint(style, format!("{word}[{}]", self.report.code(code)));
        format!("{tag}{}\n", self.paint.bold(message))
    }

    /// Draws the frames as one column, and says how far notes below them are to be indented.
    fn frames(&self, text: &mut String, labels: &[&Label], style: Style) -> Result<usize, fmt::Error> {
        let frames = frames(self.report.sources, labels, self.columns);
        let digits = frames.iter().map(|frame| frame.last_line().to_string().len()).max().unwrap_or(1);
        let count = frames.len();
        for (n, frame) in frames.iter().enumerate() {
            let drawn = self.draw(frame, style)?;
            let pad = " ".repeat(digits - frame.last_line().to_string().len());
            let mut rows: Vec<&str> = drawn.lines().collect();
            if n + 1 < count {
                rows.pop();
            }
            for (row, line) in rows.into_iter().enumerate() {
                // Frames after the first hang on the one above.
                let joined = if n > 0 && row == 0 { line.replacen('╭', "├", 1) } else { line.to_owned() };
                text.push_str(&pad);
                text.push_str(joined.trim_end());
                text.push('\n');
            }
        }
        Ok(digits + 2)
    }

    fn draw(&self, frame: &Frame, primary: Style) -> Result<String, fmt::Error> {
        let mut theme = GraphicalTheme::unicode_nocolor();
        theme.styles.linum = self.paint.style(Style::new().dimmed());
        theme.styles.link = self.paint.style(Style::new().bold());
        let mark_style = |mark: &Mark| self.paint.style(if mark.primary { primary } else { ACCENT });
        let spans: Vec<(Style, LabeledSpan)> =
            frame.marks.iter().flat_map(|mark| spans(frame, mark).into_iter().map(move |span| (mark_style(mark), span))).collect();
        let labels;
        (theme.styles.highlights, labels) = spans.into_iter().unzip();
        let drawing = Drawing { frame, labels };
        let mut drawn = String::new();
        GraphicalReportHandler::new_themed(theme).with_context_lines(1).with_width(200).render_report(&mut drawn, &drawing)?;
        // The first line would be miette's own title, which is empty.
        Ok(drawn.split_once('\n').map_or(String::new(), |(_, frame)| frame.to_owned()))
    }
}

/// A mark as miette takes it. miette hangs a label below the middle of what it underlines. Where that is too far to the right, the label
/// is one of the beginning only, and the rest is underlined beside it; but not before another mark, as miette draws a bar below each.
fn spans(frame: &Frame, mark: &Mark) -> Vec<LabeledSpan> {
    let message = clean(&mark.message);
    let line = frame.text.get(..mark.range.start).unwrap_or_default().rsplit('\n').next().unwrap_or_default();
    let marked = frame.text.get(mark.range.clone()).unwrap_or_default();
    let start = width(line);
    let columns = frame.columns.saturating_sub(HANG);
    // The label of several lines stands behind one more bar than the lines.
    let (labelled, column) = match marked {
        _ if marked.contains('\n') => (marked.len(), 0),
        _ if frame.is_last_of_line(mark) => hung(marked, &message, start, columns),
        _ => (marked.len(), start + width(marked) / 2),
    };
    let message = wrap(&message, columns.saturating_sub(column)).join("\n");
    let message = Some(message).filter(|message| !message.is_empty());
    let span = (mark.range.start, labelled);
    let mut spans =
        vec![if mark.primary { LabeledSpan::new_primary_with_span(message, span) } else { LabeledSpan::new_with_span(message, span) }];
    if labelled < marked.len() {
        spans.push(LabeledSpan::new(None, mark.range.start + labelled, marked.len() - labelled));
    }
    spans
}

/// How much of what is `marked` from the column `start` on is to have the label, and the column that this hangs it below: the middle if
/// the label has the room there that it needs, or else as far to the left as it takes for that, at most at the start.
fn hung(marked: &str, message: &str, start: usize, columns: usize) -> (usize, usize) {
    let middle = start + width(marked) / 2;
    let whole = message.lines().map(width).max().unwrap_or(0);
    let (word, _) = longest(message);
    // On one line if it can be, or else with what may be copied in one piece.
    let room = if start + whole <= columns { whole } else { word.max(whole.min(LABEL)) };
    let below = middle.min(columns.saturating_sub(room)).max(start);
    if below == middle {
        return (marked.len(), middle);
    }
    let ends = marked.char_indices().map(|(at, c)| at + c.len_utf8());
    let hangs = |end: &usize| start + width(marked.get(..*end).unwrap_or_default()) / 2;
    let end = ends.clone().take_while(|end| hangs(end) <= below).last().or_else(|| ends.clone().next()).unwrap_or(marked.len());
    (end, hangs(&end))
}

/// What stands below the frames.
struct Notes<'t, 'a> {
    terminal: &'t Terminal<'a>,
    text: &'t mut String,
    indent: usize,
}

impl Notes<'_, '_> {
    /// `name: text`, with the lines after the first below its beginning.
    fn note(&mut self, name: &str, text: &str) {
        if text.trim().is_empty() {
            return;
        }
        let hang = " ".repeat(self.indent + name.len() + 2);
        let columns = self.terminal.columns.saturating_sub(hang.len());
        let lines = wrap(&clean(text), columns).join(&format!("\n{hang}")).replace(&format!("\n{hang}\n"), "\n\n");
        let name = self.terminal.paint.accent(format!("{name}:"));
        self.text.push_str(&format!("{:indent$}{name} {lines}\n", "", indent = self.indent));
    }

    /// Where the same file stands again.
    fn copies(&mut self, folded: &Folded, report: &Report) {
        let shown: Vec<String> = folded.copies.iter().take(INSTANCES).map(|span| place(report.sources, *span)).collect();
        let more = match folded.copies.len().saturating_sub(INSTANCES) {
            0 => String::new(),
            n => format!(" and {n} more"),
        };
        self.note("also in", &format!("{}{more}", shown.join(", ")));
    }

    fn address(&mut self, finding: &Finding) {
        self.note("in", &one_line(&finding.address));
        if finding.instances.is_empty() {
            return;
        }
        let mut named: Vec<_> = finding.instances.iter().take(INSTANCES).map(|i| one_line(i).into_owned()).collect();
        if finding.instances.len() > INSTANCES {
            named.push(format!("and {} more", finding.instances.len() - INSTANCES));
        }
        self.note("also in", &named.join("\n"));
    }

    fn trace(&mut self, finding: &Finding) {
        if finding.trace.is_empty() {
            return;
        }
        let steps: Vec<_> = finding.trace.iter().map(|step| (place(self.terminal.report.sources, step.span), &step.message)).collect();
        // Behind a place that takes more of the line there is too little left for what happens there.
        let most = self.terminal.columns * 2 / 5;
        let widest = steps.iter().map(|(place, _)| width(place)).filter(|w| *w <= most).max().unwrap_or(0);
        let name = self.terminal.paint.accent("how it got there:");
        self.text.push_str(&format!("{:indent$}{name}\n", "", indent = self.indent));
        for (place, message) in steps {
            let below = width(&place) > most;
            let hang = self.indent + 4 + if below { 0 } else { widest };
            let message = wrap(&one_line(message), self.terminal.columns.saturating_sub(hang)).join(&format!("\n{:hang$}", ""));
            let gap = if below { format!("\n{:hang$}", "") } else { " ".repeat(widest + 2 - width(&place)) };
            self.text.push_str(&format!("{:indent$}{place}{gap}{message}\n", "", indent = self.indent + 2));
        }
    }
}

/// A frame as miette takes it.
struct Drawing<'a> {
    frame: &'a Frame,
    labels: Vec<LabeledSpan>,
}

impl fmt::Display for Drawing<'_> {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl fmt::Debug for Drawing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.frame.fmt(f)
    }
}

impl std::error::Error for Drawing<'_> {}

impl Diagnostic for Drawing<'_> {
    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(self.frame)
    }
}

/// miette's own sources count lines from the start of the file for every label; a frame is all that is to be seen, so
/// whatever span it is asked for, it hands over the whole of itself.
impl SourceCode for Frame {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        _lines_before: usize,
        lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        // Without context it is asked for the place to put into the frame's title.
        let title = self.position().filter(|_| lines_after == 0);
        let (line, column) = match title {
            Some(position) => (position.line as usize - 1, position.column as usize - 1),
            None => (self.first_line - 1, 0),
        };
        let whole = if title.is_some() { *span } else { (0, self.text.len()).into() };
        // So many lines that miette never splits the frame.
        Ok(Box::new(MietteSpanContents::new_named(clean_path(&self.path).into_owned(), self.text.as_bytes(), whole, line, column, 1 << 20)))
    }
}
