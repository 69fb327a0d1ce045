//! Strings as runs of known text between unknown segments.

use std::ops::Range;
use std::sync::Arc;

use crate::eval::json;
use crate::eval::unknown::{Symbol, Unknown};
use crate::eval::value::{Part, Str, Value};
use crate::source::Span;
use crate::syntax::text::Text;

/// Known text, made of pieces that were written in different places.
#[derive(Clone, Debug, Default)]
pub struct Run {
    pub text: String,
    pieces: Vec<Text>,
}

impl Run {
    pub fn push(&mut self, piece: Text) {
        if !piece.value().is_empty() {
            self.text.push_str(piece.value());
            self.pieces.push(piece);
        }
    }

    pub fn append(&mut self, other: Run) {
        self.text.push_str(&other.text);
        self.pieces.extend(other.pieces);
    }

    /// The bytes `range`, each with its place.
    pub fn slice(&self, range: Range<usize>) -> Run {
        let mut cut = Run::default();
        let mut start = 0;
        for piece in &self.pieces {
            let end = start + piece.value().len();
            let (from, to) = (range.start.max(start), range.end.min(end));
            if from < to {
                cut.push(piece.slice(from - start..to - start));
            }
            start = end;
        }
        cut
    }

    pub fn from(&self, start: usize) -> Run {
        self.slice(start..self.text.len())
    }

    pub fn into_parts(self) -> impl Iterator<Item = Part> {
        self.pieces.into_iter().map(Part::Text)
    }

    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Where it was written, if that is one place.
    pub fn only_place(&self) -> Option<Span> {
        match self.pieces.as_slice() {
            [only] => Some(only.span()),
            _ => None,
        }
    }

    /// The same places with the letters of `changed`, piece by piece; pointed at as a whole if the lengths differ.
    pub fn respell(&self, changed: &str) -> Run {
        let mut respelled = Run::default();
        let mut start = 0;
        for piece in &self.pieces {
            let end = start + piece.value().len();
            match changed.get(start..end) {
                Some(part) if changed.len() == self.text.len() => respelled.push(spelled(piece, part)),
                _ => return self.pieces.first().map_or_else(Run::default, |first| Run::of(Text::computed(changed, first.span()))),
            }
            start = end;
        }
        respelled
    }

    pub fn of(piece: Text) -> Run {
        let mut run = Run::default();
        run.push(piece);
        run
    }

    /// The same places with other letters. A piece whose length changes points at its whole literal.
    pub fn map(&self, change: impl Fn(&str) -> String) -> Run {
        let mut changed = Run::default();
        for piece in &self.pieces {
            changed.push(spelled(piece, &change(piece.value())));
        }
        changed
    }
}

/// Letters keep their places only where each is one byte before and after.
fn spelled(piece: &Text, changed: &str) -> Text {
    if piece.value().is_ascii() && changed.is_ascii() {
        return piece.with_value_of_same_length(changed);
    }
    Text::computed(changed, piece.span_of(0..piece.value().len()))
}

#[derive(Clone, Debug)]
pub enum Segment {
    Known(Run),
    Unknown(Arc<Unknown>),
}

/// A string. Known runs are never empty and never next to each other.
#[derive(Clone, Debug, Default)]
pub struct Segments {
    pub list: Vec<Segment>,
    /// The identity of the whole, lost by any change.
    symbol: Option<Symbol>,
}

impl Segments {
    pub fn unknown(unknown: &Arc<Unknown>) -> Segments {
        Segments { list: vec![Segment::Unknown(Arc::clone(unknown))], symbol: unknown.symbol.clone() }
    }

    /// What `jsonencode` made is spelled out: known text with places, and what in it is unknown.
    pub fn of(text: &Str) -> Segments {
        let mut segments = Segments::default();
        segments.push_parts(&text.parts);
        segments.symbol = text.symbol.clone();
        segments
    }

    fn push_parts(&mut self, parts: &[Part]) {
        for part in parts {
            match part {
                Part::Text(text) => self.push_text(text.clone()),
                Part::Unknown(unknown) => self.push_unknown(Arc::clone(unknown)),
                Part::Json(value) => self.push_parts(&json::render(value).parts),
            }
        }
    }

    pub fn push_text(&mut self, text: Text) {
        self.push_run(Run::of(text));
    }

    pub fn push_run(&mut self, run: Run) {
        if run.is_empty() {
            return;
        }
        match self.list.last_mut() {
            Some(Segment::Known(last)) => last.append(run),
            _ => self.list.push(Segment::Known(run)),
        }
    }

    pub fn push_unknown(&mut self, unknown: Arc<Unknown>) {
        self.list.push(Segment::Unknown(unknown));
    }

    pub fn push(&mut self, segment: Segment) {
        match segment {
            Segment::Known(run) => self.push_run(run),
            Segment::Unknown(unknown) => self.push_unknown(unknown),
        }
    }

    pub fn append(&mut self, other: Segments) {
        other.list.into_iter().for_each(|segment| self.push(segment));
    }

    pub fn first_unknown(&self) -> Option<&Arc<Unknown>> {
        self.list.iter().find_map(|segment| match segment {
            Segment::Unknown(unknown) => Some(unknown),
            Segment::Known(_) => None,
        })
    }

    /// The one run of a wholly known string (an empty string has an empty one), else why there is none.
    pub fn known(&self) -> Result<Run, Arc<Unknown>> {
        match (self.first_unknown(), self.list.first()) {
            (Some(unknown), _) => Err(Arc::new(unknown.computed())),
            (None, Some(Segment::Known(run))) => Ok(run.clone()),
            (None, _) => Ok(Run::default()),
        }
    }

    /// Whether it starts with `prefix`, if the known beginning decides.
    pub fn starts_with(&self, prefix: &str) -> Option<bool> {
        match self.list.first() {
            None => Some(prefix.is_empty()),
            Some(Segment::Known(run)) if run.text.starts_with(prefix) => Some(true),
            Some(Segment::Known(run)) => (self.list.len() == 1 || !prefix.starts_with(run.text.as_str())).then_some(false),
            Some(Segment::Unknown(_)) if prefix.is_empty() => Some(true),
            Some(Segment::Unknown(unknown)) => (is_word(unknown) && prefix.starts_with(never_in_word)).then_some(false),
        }
    }

    /// Whether it ends with `suffix`, if the known end decides.
    pub fn ends_with(&self, suffix: &str) -> Option<bool> {
        match self.list.last() {
            None => Some(suffix.is_empty()),
            Some(Segment::Known(run)) if run.text.ends_with(suffix) => Some(true),
            Some(Segment::Known(run)) => (self.list.len() == 1 || !suffix.ends_with(run.text.as_str())).then_some(false),
            Some(Segment::Unknown(_)) if suffix.is_empty() => Some(true),
            Some(Segment::Unknown(unknown)) => (is_word(unknown) && suffix.ends_with(never_in_word)).then_some(false),
        }
    }

    /// The same segments without the whole's identity.
    pub fn changed(mut self) -> Segments {
        self.symbol = None;
        self
    }

    /// The same without runs that have become empty.
    pub fn tidy(self) -> Segments {
        let mut tidied = Segments { list: Vec::new(), symbol: self.symbol.clone() };
        tidied.append(self);
        tidied
    }

    pub fn into_value(self, span: Span) -> Value {
        if let [Segment::Unknown(unknown)] = self.list.as_slice() {
            return Value::unknown_because(Arc::clone(unknown), span);
        }
        Value::str(self.into_str(), span)
    }

    pub fn into_str(self) -> Str {
        let mut parts = Vec::new();
        for segment in self.list {
            match segment {
                Segment::Known(run) => parts.extend(run.into_parts()),
                Segment::Unknown(unknown) => parts.push(Part::Unknown(unknown)),
            }
        }
        Str { parts, symbol: self.symbol }
    }

    /// Whether an occurrence of `needle` could take characters of an unknown segment and of known text next to it, or (where the
    /// unknown is empty) of the known text on both its sides. Errs on the side of yes.
    pub fn straddles(&self, needle: &str) -> bool {
        self.list.iter().enumerate().any(|(index, segment)| {
            let Segment::Unknown(unknown) = segment else { return false };
            let before = index.checked_sub(1).and_then(|before| self.list.get(before));
            straddles(needle, before, is_word(unknown), self.list.get(index + 1))
        })
    }
}

/// `needle` is split in three: what the text before has to end with, what the unknown segment has to hold, what the text after has to
/// begin with. At least two of them take part.
fn straddles(needle: &str, before: Option<&Segment>, word: bool, after: Option<&Segment>) -> bool {
    let cuts: Vec<usize> = needle.char_indices().map(|(index, _)| index).chain([needle.len()]).collect();
    // Nobody searches for so much text; the search below is cubic.
    if cuts.len() > 64 {
        return true;
    }
    cuts.iter().any(|&from| {
        cuts.iter().any(|&to| {
            let (Some(head), Some(middle), Some(tail)) = (needle.get(..from), needle.get(from..to), needle.get(to..)) else { return false };
            let across = if middle.is_empty() {
                !word && !head.is_empty() && !tail.is_empty()
            } else {
                let fits = !word || !middle.contains(never_in_word);
                fits && !(head.is_empty() && tail.is_empty())
            };
            across && could_end_with(before, head) && could_start_with(after, tail)
        })
    })
}

fn could_end_with(segment: Option<&Segment>, head: &str) -> bool {
    match segment {
        _ if head.is_empty() => true,
        None => false,
        Some(Segment::Unknown(_)) => true,
        Some(Segment::Known(run)) => run.text.ends_with(head) || head.ends_with(run.text.as_str()),
    }
}

fn could_start_with(segment: Option<&Segment>, tail: &str) -> bool {
    match segment {
        _ if tail.is_empty() => true,
        None => false,
        Some(Segment::Unknown(_)) => true,
        Some(Segment::Known(run)) => run.text.starts_with(tail) || tail.starts_with(run.text.as_str()),
    }
}

pub fn is_word(unknown: &Unknown) -> bool {
    unknown.symbol.as_ref().is_some_and(|symbol| symbol.word)
}

/// What the text of a word symbol holds none of.
pub fn never_in_word(character: char) -> bool {
    matches!(character, ':' | '/' | '*' | '?') || character.is_whitespace()
}

/// What `function` makes of an unknown string, the same for the same string.
pub fn derived(function: &str, unknown: &Unknown) -> Arc<Unknown> {
    let mut computed = unknown.computed();
    computed.symbol =
        unknown.symbol.as_ref().map(|symbol| Symbol { key: format!("{function}({})", symbol.key).into(), word: symbol.word, text: true });
    Arc::new(computed)
}

/// Whether a partly known string is certainly not empty.
pub fn certainly_text(text: &Str) -> bool {
    text.parts.iter().any(|part| match part {
        Part::Text(text) => !text.value().is_empty(),
        Part::Unknown(unknown) => is_word(unknown),
        Part::Json(_) => true,
    })
}
