//! From text, and parts that are not known, to a pattern.

use std::sync::Arc;

use super::{Hole, HoleClass, Mode, Pattern, Segment};

/// Puts a pattern together of known text and holes.
#[derive(Default)]
pub struct PatternBuilder {
    items: Vec<Item>,
}

enum Item {
    Text(String, Mode),
    Hole(Hole),
}

impl PatternBuilder {
    pub fn new() -> PatternBuilder {
        PatternBuilder::default()
    }

    #[must_use]
    pub fn text(mut self, text: &str, mode: Mode) -> PatternBuilder {
        match self.items.last_mut() {
            Some(Item::Text(last, last_mode)) if *last_mode == mode => last.push_str(text),
            _ => self.items.push(Item::Text(text.to_owned(), mode)),
        }
        self
    }

    #[must_use]
    pub fn hole(mut self, hole: Hole) -> PatternBuilder {
        self.items.push(Item::Hole(hole));
        self
    }

    pub fn finish(self) -> Pattern {
        let mut segments = Segments::default();
        // `start` is more than 0 where a variable that began in an earlier item ends in this one.
        let (mut index, mut start) = (0, 0);
        while let Some(item) = self.items.get(index) {
            index += 1;
            match item {
                Item::Hole(hole) => segments.push(Segment::Hole(hole.clone())),
                Item::Text(text, mode) => {
                    let rest = text.get(start..).unwrap_or_default();
                    start = 0;
                    let closing = self.closing(index);
                    let left_open = segments.text(rest, *mode, closing.is_some());
                    if let (true, Some(end)) = (left_open, closing) {
                        // `${aws:PrincipalTag/`, a hole and `}`: some variable.
                        segments.push(Segment::Hole(Hole { id: None, class: HoleClass::Any }));
                        (index, start) = end;
                    }
                }
            }
        }
        segments.finish()
    }

    /// The first item from `index` on in which a `}` can end a variable, and the offset after it.
    fn closing(&self, index: usize) -> Option<(usize, usize)> {
        self.items.iter().enumerate().skip(index).find_map(|(index, item)| match item {
            Item::Text(text, mode) if mode.variables => text.find('}').map(|offset| (index, offset + 1)),
            _ => None,
        })
    }
}

/// Segments in the form that `Pattern` promises.
#[derive(Default)]
pub(in crate::policy) struct Segments {
    done: Vec<Segment>,
    literal: String,
}

impl Segments {
    pub(in crate::policy) fn push(&mut self, segment: Segment) {
        if let Segment::Literal(text) = &segment {
            return self.literal(text);
        }
        self.end_literal();
        match (&segment, self.done.last()) {
            (Segment::Star, Some(Segment::Star)) => {}
            (Segment::Question, Some(Segment::Star)) => {
                let before_star = self.done.len() - 1;
                self.done.insert(before_star, segment);
            }
            _ => self.done.push(segment),
        }
    }

    pub(in crate::policy) fn literal(&mut self, text: &str) {
        self.literal.push_str(text);
    }

    pub(in crate::policy) fn finish(mut self) -> Pattern {
        self.end_literal();
        Pattern { segments: self.done.into() }
    }

    fn end_literal(&mut self) {
        if !self.literal.is_empty() {
            self.done.push(Segment::Literal(Arc::from(self.literal.as_str())));
            self.literal.clear();
        }
    }

    /// Appends `text`; with `may_stay_open` only up to a variable that it opens and does not close, and says whether it has one.
    fn text(&mut self, text: &str, mode: Mode, may_stay_open: bool) -> bool {
        let mut rest = text;
        while let Some((before, from)) = special(rest, mode).and_then(|offset| rest.split_at_checked(offset)) {
            self.literal(before);
            rest = if let Some(after) = from.strip_prefix('*') {
                self.push(Segment::Star);
                after
            } else if let Some(after) = from.strip_prefix('?') {
                self.push(Segment::Question);
                after
            } else if let Some((name, after)) = variable(from) {
                self.variable(name);
                after
            } else if may_stay_open {
                return true;
            } else {
                self.literal("${");
                from.strip_prefix("${").unwrap_or_default()
            };
        }
        self.literal(rest);
        false
    }

    fn variable(&mut self, name: &str) {
        match name {
            // "Variables and tags", special characters.
            "*" | "?" | "$" => self.literal(name),
            "" => self.literal("${}"),
            _ => self.push(Segment::Variable(name.into())),
        }
    }
}

/// Where the next part stands that is more than its characters.
fn special(text: &str, mode: Mode) -> Option<usize> {
    let bytes = text.as_bytes();
    let meant = |(offset, byte): (usize, &u8)| match byte {
        b'*' | b'?' => mode.wildcards,
        b'$' => mode.variables && bytes.get(offset + 1) == Some(&b'{'),
        _ => false,
    };
    bytes.iter().enumerate().position(meant)
}

/// The name of the variable that `text` starts with, with its default value if it has one (`${key, 'default'}`), and what follows.
fn variable(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix("${")?.split_once('}')
}
