//! Excerpts of source, made fit to be drawn: short lines, no control characters, few lines.
//!
//! Source is hostile to drawing: lines of megabytes, tabs, CRLF, escape sequences, spans that overlap. All of that ends
//! here. A frame holds a handful of clean lines and the ranges to mark in them, so its cost does not depend on the file.

use std::ops::Range;
use std::sync::Arc;

use line_index::TextSize;

use super::text::{char_width, clean, longest, picture_after, width};
use crate::finding::Label;
use crate::source::{ColumnUnit, File, FileId, FileKind, Position, Sources, position};

/// Lines shown above and below a marked one.
const CONTEXT: usize = 1;
/// A span of more lines than this is marked at its first line only.
const LONGEST_SPAN: usize = 6;
/// Labels of one file share a frame up to this many lines.
const LONGEST_FRAME: usize = 20;
const TAB: usize = 4;
/// Columns that are worth cutting the beginning of a line for: in fewer, a label is a column of single words.
const LABEL: usize = 24;
/// Columns beside the digits of a line's number: spaces around it, the bar and a space.
const NUMBERED: usize = 4;
/// Columns of the arrow to a line at which a mark of several lines starts or ends. Such marks share no lines, so there is only one at a time.
const ARROW: usize = 4;
/// Columns before a label, from those of its mark on: a corner, two bars and a space.
pub const HANG: usize = 4;

/// Consecutive lines of one file.
#[derive(Debug)]
pub struct Frame {
    pub path: String,
    /// From 1.
    pub first_line: usize,
    /// Every line ends with a line feed.
    pub text: String,
    /// In the order of their ranges.
    pub marks: Vec<Mark>,
    /// What a line of its text may take.
    pub columns: usize,
}

#[derive(Debug)]
pub struct Mark {
    /// Bytes of `Frame::text`.
    pub range: Range<usize>,
    pub message: String,
    pub primary: bool,
    /// In the file.
    pub position: Position,
}

impl Frame {
    pub fn last_line(&self) -> usize {
        self.first_line + self.text.matches('\n').count().saturating_sub(1)
    }

    /// Whether no mark of one line stands behind it.
    pub fn is_last_of_line(&self, mark: &Mark) -> bool {
        let text = |range: Range<usize>| self.text.get(range).unwrap_or_default();
        let behind = |other: &Mark| other.range.start > mark.range.start && !text(mark.range.start..other.range.end).contains('\n');
        !self.marks.iter().any(behind)
    }

    /// Where the frame as a whole is: its primary mark, or else its first.
    pub fn position(&self) -> Option<Position> {
        let mark = self.marks.iter().find(|mark| mark.primary).or_else(|| self.marks.first());
        mark.map(|mark| mark.position)
    }
}

/// The columns that a label must have of `columns`, so as not to run over the edge and to be easy to read.
fn least_room(message: &str, columns: usize) -> usize {
    let message = clean(message);
    let (word, piece) = longest(&message);
    let word = if word <= columns * 3 / 5 { word } else { 0 };
    message.lines().map(width).max().unwrap_or(0).min(LABEL).max(word).max(piece)
}

/// The frames that show `labels`, of which the first is the primary one. Its frame comes first, the others follow in the
/// order of their labels. `columns` is what a line may take with its number and the bar.
pub fn frames(sources: &Sources, labels: &[&Label], columns: usize) -> Vec<Frame> {
    let mut groups: Vec<Group> = Vec::new();
    let mut digits = 1;
    for (n, label) in labels.iter().enumerate() {
        let file = match groups.iter().find(|group| group.id == label.span.file) {
            Some(group) => Arc::clone(&group.file),
            None => sources.file(label.span.file),
        };
        let place = Place::new(&file, label, n == 0, columns);
        digits = digits.max((place.lines.1 + 1 + CONTEXT).to_string().len());
        let columns = columns.saturating_sub(digits + NUMBERED);
        match groups.iter_mut().find(|group| group.takes(label.span.file, &place, columns)) {
            Some(group) => group.places.push(place),
            None => groups.push(Group { id: label.span.file, file, places: vec![place] }),
        }
    }
    groups.into_iter().map(|group| group.draw(columns.saturating_sub(digits + NUMBERED))).collect()
}

/// A label's span, trimmed to what is worth marking.
struct Place<'a> {
    label: &'a Label,
    primary: bool,
    bytes: Range<usize>,
    /// First and last line, from 0.
    lines: (usize, usize),
    /// Columns that its label must have from where it hangs.
    room: usize,
}

impl<'a> Place<'a> {
    fn new(file: &File, label: &'a Label, primary: bool, columns: usize) -> Place<'a> {
        let mut bytes = boundaries(&file.text, label.span.range());
        if let Some(text) = file.text.get(bytes.clone()) {
            let kept = text.trim();
            bytes.start += if kept.is_empty() { 0 } else { text.len() - text.trim_start().len() };
            bytes.end = bytes.start + kept.len();
        }
        let first = line_of(file, bytes.start);
        let mut last = line_of(file, bytes.end);
        if last - first >= LONGEST_SPAN {
            last = first;
            bytes.end = line_range(file, first).end.max(bytes.start);
        }
        // A label hangs below the middle of the first character at least.
        let half = file.text.get(bytes.clone()).and_then(|text| text.chars().next()).map_or(0, char_width) / 2;
        let room = if label.message.is_empty() { 2 } else { half + HANG + least_room(&label.message, columns) };
        Place { label, primary, bytes, lines: (first, last), room }
    }

    fn is_one_line(&self) -> bool {
        self.lines.0 == self.lines.1
    }
}

struct Group<'a> {
    id: FileId,
    file: Arc<File>,
    places: Vec<Place<'a>>,
}

impl Group<'_> {
    /// First and last line to show.
    fn window(&self) -> (usize, usize) {
        let first = self.places.iter().map(|place| place.lines.0).min().unwrap_or(0);
        let last = self.places.iter().map(|place| place.lines.1).max().unwrap_or(0);
        let context = if is_plan(&self.file) { 0 } else { CONTEXT };
        (first.saturating_sub(context), (last + context).min(line_of(&self.file, self.file.text.len())))
    }

    /// Whether `place` can be drawn here: near enough, and not across another mark.
    fn takes(&self, file: FileId, place: &Place, columns: usize) -> bool {
        if self.id != file {
            return false;
        }
        let (first, last) = self.window();
        let near = place.lines.0 <= last + CONTEXT + 1 && place.lines.1 + CONTEXT + 1 >= first;
        let height = last.max(place.lines.1) - first.min(place.lines.0);
        near && height < LONGEST_FRAME && !self.places.iter().any(|other| self.clash(other, place, columns))
    }

    fn clash(&self, a: &Place, b: &Place, columns: usize) -> bool {
        let shared_lines = a.lines.0 <= b.lines.1 && b.lines.0 <= a.lines.1;
        if !shared_lines || a.is_one_line() != b.is_one_line() {
            return false;
        }
        if !a.is_one_line() {
            return true;
        }
        let line = line_range(&self.file, a.lines.0);
        let (start, end) = (a.bytes.start.min(b.bytes.start), a.bytes.end.max(b.bytes.end));
        let too_far = (end - line.start > columns && end - start > columns / 2) || {
            let (first, last) = if a.bytes.start < b.bytes.start { (a, b) } else { (b, a) };
            self.room(start, first, false, columns).max(self.room(start, last, true, columns)) >= columns
        };
        too_far || a.bytes.start == b.bytes.start || (a.bytes.start < b.bytes.end && b.bytes.start < a.bytes.end)
    }

    fn draw(mut self, columns: usize) -> Frame {
        self.places.sort_by_key(|place| (place.bytes.start, place.bytes.end));
        let (first, last) = self.blank_edges_cut();
        let columns = if self.places.iter().all(Place::is_one_line) { columns } else { columns.saturating_sub(ARROW) };
        let visible: Option<Vec<Range<usize>>> =
            is_plan(&self.file).then(|| self.places.iter().map(|place| within_string(&self.file.text, &place.bytes)).collect());
        let mut text = String::new();
        let mut ranges = vec![0..0; self.places.len()];
        for number in first..=last {
            let line = line_range(&self.file, number);
            let content = self.file.text.get(line.clone()).unwrap_or_default();
            let shown =
                |byte: usize| visible.as_ref().is_none_or(|visible| visible.iter().any(|range| range.contains(&(line.start + byte))));
            let cut = Cut::new(content, self.anchor(number, &line, columns), columns, &shown);
            for (place, range) in self.places.iter().zip(&mut ranges) {
                if place.lines.0 == number {
                    range.start = text.len() + cut.place(place.bytes.start.saturating_sub(line.start));
                }
                if place.lines.1 == number {
                    range.end = text.len() + cut.place(place.bytes.end.saturating_sub(line.start));
                }
            }
            text.push_str(&cut.text);
            text.push('\n');
        }
        let marks = self.places.iter().zip(ranges).map(|(place, range)| Mark {
            range: range.start..range.end.max(range.start),
            message: place.label.message.clone(),
            primary: place.primary,
            position: position(&self.file, offset(place.bytes.start), ColumnUnit::Characters),
        });
        Frame { path: self.file.path.clone(), first_line: first + 1, marks: marks.collect(), text, columns }
    }

    fn blank_edges_cut(&self) -> (usize, usize) {
        let (mut first, mut last) = self.window();
        let is_blank = |number: usize| {
            let text = self.file.text.get(line_range(&self.file, number)).unwrap_or_default();
            // A blank line is never long; do not look through a long one.
            text.len() < 256 && text.trim().is_empty()
        };
        let marked = |number: usize| self.places.iter().any(|p| p.lines.0 <= number && number <= p.lines.1);
        while first < last && !marked(first) && is_blank(first) {
            first += 1;
        }
        while last > first && !marked(last) && is_blank(last) {
            last -= 1;
        }
        (first, last)
    }

    /// The columns from the byte `start` to the end of a label. That of the last mark of a line can hang further to the left than its middle.
    fn room(&self, start: usize, place: &Place, last: bool, columns: usize) -> usize {
        let of = |range: Range<usize>| columns_of(self.file.text.get(range).unwrap_or_default(), columns);
        of(start..place.bytes.start) + place.room + if last { 0 } else { of(place.bytes.clone()) / 2 }
    }

    /// The part of a line that must be seen. What a mark of several lines marks of it gives way to the marks of that line alone.
    fn anchor(&self, number: usize, line: &Range<usize>, columns: usize) -> Option<Anchor> {
        let alone: Vec<&Place> = self.places.iter().filter(|place| place.lines == (number, number)).collect();
        let bounds: Vec<Range<usize>> = if alone.is_empty() {
            let start = self.places.iter().filter(|place| place.lines.0 == number).map(|place| place.bytes.start);
            let end = self.places.iter().filter(|place| place.lines.1 == number).map(|place| place.bytes.end);
            start.chain(end).map(|at| at..at).collect()
        } else {
            alone.iter().map(|place| place.bytes.clone()).collect()
        };
        let within = |byte: usize| byte.saturating_sub(line.start).min(line.len());
        let start = within(bounds.iter().map(|bounds| bounds.start).min()?);
        let end = within(bounds.iter().map(|bounds| bounds.end).max()?);
        let rooms = alone.iter().enumerate().map(|(n, place)| self.room(line.start + start, place, n + 1 == alone.len(), columns));
        let room = rooms.max().unwrap_or(0);
        Some(Anchor { bytes: start..end, room })
    }
}

/// What must be seen of a line.
struct Anchor {
    /// From the line's start.
    bytes: Range<usize>,
    /// Columns for the labels, from there on.
    room: usize,
}

/// One line as it is drawn.
struct Cut {
    text: String,
    /// Pairs of byte offsets, in the line and in `text`, ascending.
    map: Vec<(usize, usize)>,
}

impl Cut {
    /// What is not `shown` is drawn as blanks.
    fn new(line: &str, anchor: Option<Anchor>, columns: usize, shown: &dyn Fn(usize) -> bool) -> Cut {
        let from = match anchor {
            Some(Anchor { bytes, room }) => {
                let whole = fits(line, bytes.end, columns) && fits(line, bytes.start, (columns + 1).saturating_sub(room));
                if whole { 0 } else { back_up(line, bytes.start, (columns / 4).min(columns.saturating_sub(room + 1))) }
            }
            None => 0,
        };
        let mut cut = Cut { text: String::new(), map: Vec::new() };
        let mut column = 0;
        if from > 0 {
            cut.text.push('…');
            column = 1;
        }
        let mut rest = line.get(from..).unwrap_or_default().char_indices().peekable();
        while let Some((at, c)) = rest.next() {
            let (c, times) = match c {
                '\t' => (' ', TAB - column % TAB),
                '\u{feff}' => (c, 0),
                _ if !shown(from + at) => (' ', 1),
                c => (picture_after(&cut.text, c).unwrap_or(c), 1),
            };
            cut.map.push((from + at, cut.text.len()));
            let after = column + times * char_width(c);
            if after > columns || (after == columns && rest.peek().is_some()) {
                cut.text.push('…');
                return cut;
            }
            cut.text.extend(std::iter::repeat_n(c, times));
            column = after;
        }
        cut.map.push((line.len(), cut.text.len()));
        cut
    }

    /// Where a byte of the line is drawn; what was cut off is drawn at the cut.
    fn place(&self, byte: usize) -> usize {
        let n = self.map.partition_point(|(source, _)| *source < byte);
        self.map.get(n).or(self.map.last()).map_or(0, |(_, drawn)| *drawn)
    }
}

/// What stands beside a policy in a plan may be a secret: of a plan only the string is shown that holds the mark.
fn is_plan(file: &File) -> bool {
    file.kind == FileKind::Plan
}

/// `bytes`, and as much on both sides as belongs to the same JSON string, with its quotes.
fn within_string(text: &str, bytes: &Range<usize>) -> Range<usize> {
    let text = text.as_bytes();
    let is_quote = |at: usize| {
        let before = text.get(..at).unwrap_or_default();
        text.get(at) == Some(&b'"') && before.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 0
    };
    let start = if is_quote(bytes.start) { Some(bytes.start) } else { (0..bytes.start).rev().find(|at| is_quote(*at)) };
    let closed = bytes.len() > 1 && is_quote(bytes.end - 1);
    let end = if closed { Some(bytes.end) } else { (bytes.end..text.len()).find(|at| is_quote(*at)).map(|at| at + 1) };
    start.unwrap_or(bytes.start)..end.unwrap_or(bytes.end)
}

/// Whether `line` up to the byte `end` takes no more than `columns`, looking at no more than that.
fn fits(line: &str, end: usize, columns: usize) -> bool {
    let mut column = 0;
    for (at, c) in line.char_indices() {
        if at >= end {
            return true;
        }
        column += if c == '\t' { TAB - column % TAB } else { char_width(c).max(1) };
        if column >= columns {
            return false;
        }
    }
    true
}

/// The columns that a part of a line takes at most, looking at no more than `most` of them.
fn columns_of(part: &str, most: usize) -> usize {
    part.chars().take(most).map(columns_at_most).sum()
}

fn columns_at_most(c: char) -> usize {
    if c == '\t' { TAB } else { char_width(c).max(1) }
}

/// The byte that lies no more than `columns` before `byte`.
fn back_up(line: &str, byte: usize, columns: usize) -> usize {
    let mut left = columns;
    let before = line.get(..byte).unwrap_or_default().char_indices().rev();
    let within = before.take_while(|(_, c)| {
        let fits = columns_at_most(*c) <= left;
        left = left.saturating_sub(columns_at_most(*c));
        fits
    });
    within.last().map_or(byte, |(at, _)| at)
}

fn boundaries(text: &str, range: Range<usize>) -> Range<usize> {
    let floor = |mut at: usize| {
        at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = floor(range.start);
    start..floor(range.end).max(start)
}

fn offset(byte: usize) -> u32 {
    u32::try_from(byte).unwrap_or(u32::MAX)
}

fn line_of(file: &File, byte: usize) -> usize {
    // Not by `position`, which also counts the characters before it in the line.
    file.lines().line_col(TextSize::new(offset(byte.min(file.text.len())))).line as usize
}

/// The bytes of a line, without what ends it.
fn line_range(file: &File, number: usize) -> Range<usize> {
    let Some(range) = file.lines().line(offset(number)) else {
        return file.text.len()..file.text.len();
    };
    let range = usize::from(range.start())..usize::from(range.end());
    let text = file.text.get(range.clone()).unwrap_or_default();
    let text = text.strip_suffix('\n').unwrap_or(text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    range.start..range.start + text.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{NoFiles, Span};

    fn label(file: FileId, range: Range<usize>) -> Label {
        Label { span: Span::new(file, range), message: "m".into() }
    }

    #[test]
    fn a_long_line_is_cut_around_its_mark() {
        let sources = Sources::new(Box::new(NoFiles));
        let text = format!("{}GUILTY{}\n", "é".repeat(500_000), "x".repeat(500_000));
        let file = sources.add(File::new("a.json", FileKind::Other, text.into()));
        let frames = frames(&sources, &[&label(file, 1_000_000..1_000_006)], 45);
        assert_eq!(frames[0].text, "…ééééééééééGUILTYxxxxxxxxxxxxxxxxxxxxxx…\n");
        assert_eq!(&frames[0].text[frames[0].marks[0].range.clone()], "GUILTY");
        assert_eq!(frames[0].position().unwrap().column, 500_001);
    }

    #[test]
    fn of_a_plan_only_the_string_is_shown_that_holds_the_mark() {
        let sources = Sources::new(Box::new(NoFiles));
        let texts = ["{\"password\":\"hunter2\",\"policy\":\"{\\\"Action\\\":\\\"*\\\"}\",\"token\":\"hunter2\"}\n"];
        let pretty = texts[0].replace(",\"", ",\n  \"");
        for text in [texts[0], &pretty] {
            let file = sources.add(File::new("plan.json", FileKind::Plan, text.into()));
            let star = text.find('*').unwrap();
            let frames = frames(&sources, &[&label(file, star..star + 1)], 80);
            assert!(frames[0].text.contains("\"{\\\"Action\\\":\\\"*\\\"}\""), "{}", frames[0].text);
            assert!(!frames[0].text.contains("hunter2") && frames[0].text.lines().count() == 1, "{}", frames[0].text);
            assert_eq!(&frames[0].text[frames[0].marks[0].range.clone()], "*");
        }
    }

    #[test]
    fn tabs_crlf_and_control_characters_become_harmless() {
        let sources = Sources::new(Box::new(NoFiles));
        let file = sources.add(File::new("a.tf", FileKind::Hcl, "\u{feff}a\r\n\tb\u{1b}[2J = \"é\"\r\n".into()));
        let text = sources.file(file).text.clone();
        let start = text.find('b').unwrap();
        let frames = frames(&sources, &[&label(file, start..start + 5)], 80);
        assert_eq!(frames[0].text, "a\n    b␛[2J = \"é\"\n");
        assert_eq!(&frames[0].text[frames[0].marks[0].range.clone()], "b␛[2J");
    }

    #[test]
    fn marks_that_overlap_or_lie_far_apart_get_frames_of_their_own() {
        let sources = Sources::new(Box::new(NoFiles));
        let text: String = (0..100).map(|n| format!("line {n:02}\n")).collect();
        let file = sources.add(File::new("a.tf", FileKind::Hcl, text.into()));
        let at = |line: usize, from: usize, to: usize| label(file, line * 8 + from..line * 8 + to);
        let labels = [at(10, 0, 4), at(10, 5, 7), at(10, 0, 7), at(50, 0, 4), at(13, 0, 4), at(20, 0, 400)];
        let frames = frames(&sources, &labels.iter().collect::<Vec<_>>(), 80);
        let shape: Vec<_> = frames.iter().map(|f| (f.first_line, f.last_line(), f.marks.len())).collect();
        assert_eq!(shape, [(10, 15, 3), (10, 12, 1), (50, 52, 1), (20, 22, 1)]);
    }

    #[test]
    fn a_place_at_the_end_of_the_file_can_be_drawn() {
        let sources = Sources::new(Box::new(NoFiles));
        for text in ["", "a", "a\n", "a\n\n\n"] {
            let file = sources.add(File::new("a.tf", FileKind::Hcl, text.into()));
            for start in 0..5 {
                let frames = frames(&sources, &[&label(file, start..start + 3)], 80);
                assert!(frames[0].text.len() >= frames[0].marks[0].range.end);
            }
        }
    }
}
