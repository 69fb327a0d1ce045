//! Strings that know where each of their bytes was written.
//!
//! A quoted string is unescaped and a `<<-` heredoc dedented, so the value's offsets are not the file's. A finding about an action
//! inside a heredoc's JSON needs the way back.

use std::ops::Range;
use std::sync::Arc;

use crate::source::{FileId, Span};

/// A decoded string with a map from its bytes to the file's.
#[derive(Clone, Debug, PartialEq)]
pub struct Text {
    value: Arc<str>,
    /// What the string as a whole is to be pointed at: the quoted string or heredoc with its delimiters, or the expression that made it.
    span: Span,
    map: Map,
}

#[derive(Clone, Debug, PartialEq)]
enum Map {
    /// Computed: every byte comes from the whole span.
    Whole,
    /// Written as it is, starting at this offset.
    Verbatim(u32),
    /// In order of both offsets, without gaps in the value.
    Runs(Arc<[Run]>),
}

/// A stretch of the value and the stretch of source that made it. Where the lengths are equal the bytes are the same;
/// an escape sequence never has the length of what it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// Where it starts in the value.
    pub value: u32,
    pub value_length: u32,
    /// Where it starts in the file.
    pub source: u32,
    pub source_length: u32,
}

impl Run {
    fn verbatim(self) -> bool {
        self.value_length == self.source_length
    }
}

impl Text {
    /// A string that the evaluator made: it points at `span` as a whole.
    pub fn computed(value: impl Into<Arc<str>>, span: Span) -> Text {
        Text { value: value.into(), span, map: Map::Whole }
    }

    /// A string that stands in the file byte for byte from `start` on.
    pub fn verbatim(value: impl Into<Arc<str>>, span: Span, start: usize) -> Text {
        Text { value: value.into(), span, map: Map::Verbatim(u32::try_from(start).unwrap_or(u32::MAX)) }
    }

    pub fn value(&self) -> &str {
        &self.value
    }

    pub fn shared(&self) -> Arc<str> {
        Arc::clone(&self.value)
    }

    /// The whole literal or expression.
    pub fn span(&self) -> Span {
        self.span
    }

    /// The same text, pointed at as a whole by another span (a template's literal belongs to its template).
    pub fn with_span(mut self, span: Span) -> Text {
        self.span = span;
        self
    }

    /// Where bytes of the value were written. An empty range is the place between two bytes.
    pub fn span_of(&self, range: Range<usize>) -> Span {
        let file = self.span.file;
        match &self.map {
            Map::Whole => self.span,
            Map::Verbatim(start) => Span::new(file, *start as usize + range.start..*start as usize + range.end),
            Map::Runs(runs) => runs_span(runs, range, file).unwrap_or(self.span),
        }
    }

    /// Another text of as many bytes, each written where the old one was. A value of another length points at the whole.
    pub fn with_value_of_same_length(&self, value: &str) -> Text {
        let map = if value.len() == self.value.len() { self.map.clone() } else { Map::Whole };
        Text { value: value.into(), span: self.span, map }
    }

    /// The bytes `range` of the value as a text of their own; empty if that is no range of whole characters.
    pub fn slice(&self, range: Range<usize>) -> Text {
        let Some(value) = self.value.get(range.clone()) else {
            return Text::computed("", self.span);
        };
        let map = match &self.map {
            Map::Whole => Map::Whole,
            Map::Verbatim(start) => Map::Verbatim(start + range.start as u32),
            Map::Runs(runs) => Map::Runs(cut(runs, range).into()),
        };
        Text { value: value.into(), span: self.span, map }
    }
}

fn runs_span(runs: &[Run], range: Range<usize>, file: FileId) -> Option<Span> {
    let (start, end) = (u32::try_from(range.start).ok()?, u32::try_from(range.end).ok()?);
    let first = runs.partition_point(|run| run.value + run.value_length <= start);
    let first_run = runs.get(first).or(runs.last())?;
    let from = source_start(*first_run, start);
    if end <= start {
        return Some(Span { file, start: from, end: from });
    }
    let last = runs.partition_point(|run| run.value < end).checked_sub(1)?;
    let last_run = runs.get(last)?;
    let to = if last_run.verbatim() {
        last_run.source + (end - last_run.value).min(last_run.source_length)
    } else {
        last_run.source + last_run.source_length
    };
    Some(Span { file, start: from, end: to.max(from) })
}

fn source_start(run: Run, value_offset: u32) -> u32 {
    if value_offset >= run.value + run.value_length {
        run.source + run.source_length
    } else if run.verbatim() {
        run.source + value_offset.saturating_sub(run.value)
    } else {
        run.source
    }
}

fn cut(runs: &[Run], range: Range<usize>) -> Vec<Run> {
    let (start, end) = (range.start as u32, range.end as u32);
    // A long heredoc has a run for every line and is cut into thousands of strings: find the first, do not walk to it.
    let first = runs.partition_point(|run| run.value + run.value_length <= start);
    let mut kept = Vec::new();
    for run in runs.iter().skip(first) {
        let (from, to) = (run.value.max(start), (run.value + run.value_length).min(end));
        if from >= to {
            break;
        }
        let mut part = Run { value: from - start, value_length: to - from, ..*run };
        if run.verbatim() {
            part.source = run.source + (from - run.value);
            part.source_length = part.value_length;
        }
        kept.push(part);
    }
    kept
}

/// Builds a decoded string piece by piece.
#[derive(Default)]
pub struct TextBuilder {
    value: String,
    runs: Vec<Run>,
}

impl TextBuilder {
    pub fn new() -> TextBuilder {
        TextBuilder::default()
    }

    /// Bytes that stand in the file as they are, from `source` on.
    pub fn verbatim(&mut self, text: &str, source: usize) {
        if text.is_empty() {
            return;
        }
        let length = text.len() as u32;
        let source = source as u32;
        if let Some(last) = self.runs.last_mut()
            && last.verbatim()
            && last.source + last.source_length == source
        {
            last.value_length += length;
            last.source_length += length;
        } else {
            self.runs.push(Run { value: self.value.len() as u32, value_length: length, source, source_length: length });
        }
        self.value.push_str(text);
    }

    /// Bytes that `source`, a range of another length, stands for.
    pub fn escape(&mut self, decoded: &str, source: Range<usize>) {
        if decoded.is_empty() {
            return;
        }
        self.runs.push(Run {
            value: self.value.len() as u32,
            value_length: decoded.len() as u32,
            source: source.start as u32,
            source_length: (source.end - source.start) as u32,
        });
        self.value.push_str(decoded);
    }

    /// The bytes `range` of `text`, each from where it was written itself; `text` is of the file that `finish` names.
    pub fn append(&mut self, text: &Text, range: Range<usize>) {
        let Some(part) = text.value.get(range.clone()) else {
            return;
        };
        match &text.map {
            Map::Whole => self.computed(part, text.span),
            Map::Verbatim(start) => self.verbatim(part, *start as usize + range.start),
            Map::Runs(runs) => {
                for run in cut(runs, range) {
                    let bytes = run.value as usize..(run.value + run.value_length) as usize;
                    let piece = part.get(bytes).unwrap_or_default();
                    if run.verbatim() {
                        self.verbatim(piece, run.source as usize);
                    } else {
                        self.escape(piece, run.source as usize..(run.source + run.source_length) as usize);
                    }
                }
            }
        }
    }

    /// What the bytes `range` of `text`, an escape sequence of the language that `text` is written in, stand for.
    pub fn append_escape(&mut self, decoded: &str, text: &Text, range: Range<usize>) {
        self.computed(decoded, text.span_of(range));
    }

    /// Bytes that all come from the whole of `span`, which may happen to be as long as they are: two runs then keep them from
    /// being taken for verbatim.
    fn computed(&mut self, decoded: &str, span: Span) {
        let source = span.range();
        let first = decoded.chars().next().map_or(0, char::len_utf8);
        match decoded.split_at_checked(first) {
            Some((head, tail)) if decoded.len() == source.len() && !tail.is_empty() => {
                self.escape(head, source.clone());
                self.escape(tail, source);
            }
            _ => self.escape(decoded, source),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.value.is_empty()
    }

    /// `span` is what the whole is pointed at.
    pub fn finish(self, span: Span) -> Text {
        let map = match self.runs.as_slice() {
            [] => Map::Whole,
            [only] if only.verbatim() => Map::Verbatim(only.source),
            _ => Map::Runs(self.runs.into()),
        };
        Text { value: self.value.into(), span, map }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{File, FileKind, NoFiles, Sources};

    fn file() -> FileId {
        Sources::new(Box::new(NoFiles)).add(File::new("a.tf", FileKind::Hcl, Vec::new()))
    }

    /// `"ab\\nc"` at offset 10: the value is `ab\nc`, as JSON inside a quoted HCL string.
    fn escaped(file: FileId) -> Text {
        let mut builder = TextBuilder::new();
        builder.verbatim("ab", 11);
        builder.escape("\\", 13..15);
        builder.verbatim("nc", 15);
        builder.finish(Span::new(file, 10..18))
    }

    #[test]
    fn maps_compose() {
        let file = file();
        let outer = escaped(file);
        let mut builder = TextBuilder::new();
        builder.append(&outer, 0..2);
        builder.append_escape("\n", &outer, 2..4);
        builder.append(&outer, 4..5);
        let text = builder.finish(outer.span());
        assert_eq!(text.value(), "ab\nc");
        assert_eq!(text.span_of(1..2).range(), 12..13);
        assert_eq!(text.span_of(2..3).range(), 13..16);
        assert_eq!(text.span_of(3..4).range(), 16..17);
        assert_eq!(text.span_of(0..4).range(), 11..17);
    }

    #[test]
    fn a_slice_keeps_its_place() {
        let outer = escaped(file());
        let slice = outer.slice(1..4);
        assert_eq!(slice.value(), "b\\n");
        assert_eq!(slice.span_of(0..1).range(), 12..13);
        assert_eq!(slice.span_of(1..2).range(), 13..15);
        assert_eq!(slice.span_of(2..3).range(), 15..16);
    }

    #[test]
    fn computed_bytes_point_at_the_whole_even_when_as_long() {
        let file = file();
        let computed = Text::computed("wxyz", Span::new(file, 20..24));
        let mut builder = TextBuilder::new();
        builder.append(&computed, 0..4);
        let text = builder.finish(computed.span());
        assert_eq!(text.span_of(2..3).range(), 20..24);
        assert_eq!(text.span_of(0..4).range(), 20..24);
    }
}
