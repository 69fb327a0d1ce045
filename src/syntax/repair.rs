//! Makes hcl-edit accept what Terraform accepts, without moving a byte.
//!
//! hcl-edit refuses some valid HCL: duplicate object keys, newlines in places where HCL ignores them, heredoc lines that begin
//! like the end marker; empty heredocs it reads as longer ones. It also takes quadratic time for objects with thousands of keys. This walks over the text once and
//! writes a copy of the same length that says the same and is accepted. Strings are decoded from the original text afterwards.

use std::collections::HashMap;
use std::ops::Range;

use super::lex::{self, Mark};

/// What the text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Body,
    Expression,
    Template,
}

/// Text of the same length that hcl-edit can read.
#[derive(Debug)]
pub(super) struct Repaired {
    pub text: String,
    /// Object items that are overwritten by later items and therefore gone from the text.
    pub shadowed: Vec<ShadowedItem>,
    /// Objects whose items are gone from the text because there are too many, innermost first.
    pub large: Vec<LargeObject>,
}

/// An object with more items than hcl-edit reads in good time.
#[derive(Debug)]
pub(super) struct LargeObject {
    /// Of its opening brace.
    pub open: usize,
    pub chunks: Vec<Chunk>,
}

/// An object item that is gone from the text.
#[derive(Debug)]
pub(super) struct ShadowedItem {
    pub key: Range<usize>,
    /// The item, as an object of its own.
    pub item: Chunk,
}

/// Some of an object's items, as an object of their own.
#[derive(Debug)]
pub(super) struct Chunk {
    /// Where the text's second byte stands; the first is a brace.
    pub start: usize,
    pub text: String,
}

/// hcl-edit compares every key with all before it: 2,000 take 7 ms.
const LARGE_OBJECT: usize = 2_000;
const CHUNK: usize = 500;
/// What is lost with more bytes than this is known by its key alone: items lie in items.
const LARGE_ITEM: usize = 32 << 10;

/// Brackets in brackets; hcl-edit stops at 64 levels.
const MAX_DEPTH: usize = 150;

/// Whether a text may hold a large object: every item has an `=` or a `:`.
pub(super) fn may_hold_large_object(text: &str) -> bool {
    text.len() > LARGE_OBJECT * 4 && memchr::memchr2_iter(b'=', b':', text.as_bytes()).nth(LARGE_OBJECT).is_some()
}

/// Nothing if the text is broken beyond what can be followed.
pub(super) fn repair(text: &str, form: Form) -> Option<Repaired> {
    let bytes = text.as_bytes();
    let mut walker = Walker { bytes, out: bytes.to_vec(), shadowed: Vec::new(), large: Vec::new(), depth: 0 };
    match form {
        Form::Body => walker.body(0, None)?,
        Form::Expression => walker.expression(0)?,
        Form::Template => walker.template(0, bytes.len())?,
    };
    // Only whole tokens were overwritten, so this is UTF-8.
    let text = String::from_utf8(walker.out).ok()?;
    Some(Repaired { text, shadowed: walker.shadowed, large: walker.large })
}

struct Walker<'a> {
    bytes: &'a [u8],
    out: Vec<u8>,
    shadowed: Vec<ShadowedItem>,
    large: Vec<LargeObject>,
    depth: usize,
}

/// One `key = value` of an object.
struct Item {
    /// With the comma that follows, if one does.
    range: Range<usize>,
    key: Range<usize>,
}

impl Walker<'_> {
    fn byte(&self, at: usize) -> Option<u8> {
        self.bytes.get(at).copied()
    }

    fn slice(&self, range: Range<usize>) -> &[u8] {
        self.bytes.get(range).unwrap_or_default()
    }

    /// Overwrites with spaces what is not a newline.
    fn blank(&mut self, range: Range<usize>) {
        for byte in self.out.get_mut(range).unwrap_or_default() {
            if !matches!(*byte, b'\n' | b'\r') {
                *byte = b' ';
            }
        }
    }

    fn nested<T>(&mut self, walk: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        if self.depth >= MAX_DEPTH {
            return None;
        }
        self.depth += 1;
        let result = walk(self);
        self.depth -= 1;
        result
    }

    /// Attributes and blocks, up to and past `closer` or to the end of the text.
    fn body(&mut self, mut at: usize, closer: Option<u8>) -> Option<usize> {
        // After `=` a brace opens an object, before it a block.
        let mut in_value = false;
        loop {
            match self.byte(at) {
                None => return closer.is_none().then_some(at),
                byte if byte == closer => return Some(at + 1),
                Some(b'\n') => {
                    in_value = false;
                    at += 1;
                }
                Some(b'=') => {
                    in_value = true;
                    at += 1;
                }
                Some(b'{') if !in_value => at = self.nested(|walker| walker.body(at + 1, Some(b'}')))?,
                Some(_) => at = self.token(at)?,
            }
        }
    }

    fn expression(&mut self, mut at: usize) -> Option<usize> {
        while at < self.bytes.len() {
            at = self.token(at)?;
        }
        Some(at)
    }

    /// Past a string, heredoc, comment or bracket, with what is in it; past one byte of anything else.
    fn token(&mut self, at: usize) -> Option<usize> {
        match self.byte(at)? {
            b'"' => self.string(at),
            b'<' => match lex::heredoc_start(self.bytes, at) {
                Some(start) => self.heredoc(&start),
                None => Some(at + 1),
            },
            b'#' | b'/' => Some(lex::comment(self.bytes, at).ok()?.unwrap_or(at + 1)),
            b'(' => self.nested(|walker| walker.loose(at + 1, b')')),
            b'[' => self.nested(|walker| walker.loose(at + 1, b']')),
            b'{' if self.is_for(at + 1) => self.nested(|walker| walker.loose(at + 1, b'}')),
            b'{' => self.nested(|walker| walker.object(at)),
            b')' | b']' | b'}' => None,
            _ => Some(at + 1),
        }
    }

    /// Whether `for` is the first word inside a bracket.
    fn is_for(&self, mut at: usize) -> bool {
        loop {
            match self.byte(at) {
                Some(b' ' | b'\t' | b'\r' | b'\n') => at += 1,
                Some(b'#' | b'/') => match lex::comment(self.bytes, at) {
                    Ok(Some(end)) => at = end,
                    _ => return false,
                },
                _ => return self.slice(at..lex::identifier(self.bytes, at)) == b"for",
            }
        }
    }

    /// Where HCL ignores newlines, there are none afterwards, nor line comments, which need one.
    fn loose(&mut self, mut at: usize, closer: u8) -> Option<usize> {
        loop {
            match self.byte(at)? {
                byte if byte == closer => return Some(at + 1),
                b'\r' | b'\n' => {
                    if let Some(byte) = self.out.get_mut(at) {
                        *byte = b' ';
                    }
                    at += 1;
                }
                b'#' | b'/' => {
                    let end = lex::comment(self.bytes, at).ok()?.unwrap_or(at);
                    if !lex::starts_with(self.bytes, at, b"/*") {
                        self.blank(at..end);
                    }
                    at = end.max(at + 1);
                }
                _ => at = self.token(at)?,
            }
        }
    }

    fn string(&mut self, open: usize) -> Option<usize> {
        let mut at = open + 1;
        loop {
            match self.byte(at)? {
                b'"' => return Some(at + 1),
                b'\\' => at += 2,
                b'\n' => return None,
                b'$' | b'%' => at = self.mark(at)?,
                _ => at += 1,
            }
        }
    }

    fn mark(&mut self, at: usize) -> Option<usize> {
        match lex::template_mark(self.bytes, at) {
            Mark::Escape => Some(at + 3),
            Mark::Nothing => Some(at + 1),
            Mark::Sequence => self.nested(|walker| walker.loose(at + 2, b'}')),
        }
    }

    /// Literal text with sequences, past `end` if a sequence does not end before.
    fn template(&mut self, mut at: usize, end: usize) -> Option<usize> {
        while let Some(found) = memchr::memchr2(b'$', b'%', self.bytes.get(at..end).unwrap_or_default()) {
            at = self.mark(at + found)?;
        }
        Some(at.max(end))
    }

    /// hcl-edit ends a heredoc at a line that begins with the marker, whatever follows: such lines are masked.
    fn heredoc(&mut self, start: &lex::HeredocStart) -> Option<usize> {
        let heredoc = lex::heredoc(self.bytes, start).ok()?;
        if heredoc.body.is_empty() {
            self.fill(start, heredoc.end);
            return Some(heredoc.end);
        }
        let marker = self.slice(start.marker.clone()).to_vec();
        let mut line = heredoc.body.start;
        while line < heredoc.body.end {
            let end = lex::line_end(self.bytes, line);
            let text = self.slice(line..end);
            let indent = text.len() - text.trim_ascii_start().len();
            if text.trim_ascii_start().starts_with(&marker) {
                self.mask(line + indent);
            }
            let at = self.template(line, end)?;
            line = lex::line_end(self.bytes, at) + 1;
        }
        Some(heredoc.end)
    }

    /// hcl-edit takes the end of an empty heredoc for its first line, and goes on to the next such marker: with a marker of one letter
    /// there is room for a line of spaces. What a heredoc holds is read from the original.
    fn fill(&mut self, start: &lex::HeredocStart, end: usize) {
        let Some(place) = self.out.get_mut(start.marker.start..end) else { return };
        if let [first, second, spaces @ .., third, fourth] = place {
            (*first, *second, *third, *fourth) = (b'E', b'\n', b'\n', b'E');
            spaces.fill(b' ');
        }
    }

    /// A letter beyond ASCII is left alone: half of it would be no text.
    fn mask(&mut self, at: usize) {
        if let Some(byte) = self.out.get_mut(at)
            && byte.is_ascii()
        {
            *byte = if *byte == b'_' { b'x' } else { b'_' };
        }
    }

    fn object(&mut self, open: usize) -> Option<usize> {
        let mut items = Vec::new();
        let (mut start, mut key) = (None, None);
        let mut at = open + 1;
        loop {
            let byte = self.byte(at)?;
            match byte {
                b'}' | b'\n' | b',' => {
                    let end = at + usize::from(byte == b',');
                    if let (Some(start), Some(key)) = (start.take(), key.take()) {
                        items.push(Item { range: start..end, key });
                    }
                    at += 1;
                    if byte == b'}' {
                        break;
                    }
                }
                b' ' | b'\t' | b'\r' => at += 1,
                b'#' | b'/' => at = lex::comment(self.bytes, at).ok()?.unwrap_or(at + 1),
                b'=' | b':' if key.is_none() => {
                    let from = start?;
                    key = Some(from..from + self.slice(from..at).trim_ascii_end().len());
                    at += 1;
                }
                _ => {
                    start = start.or(Some(at));
                    at = self.token(at)?;
                }
            }
        }
        self.remove_shadowed(&mut items);
        if items.len() > LARGE_OBJECT {
            self.take_out(open, at, &items);
        }
        Some(at)
    }

    /// Terraform keeps the last of several items with the same key.
    fn remove_shadowed(&mut self, items: &mut Vec<Item>) {
        let mut last: HashMap<Vec<u8>, usize> = HashMap::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            last.insert(normal_key(self.slice(item.key.clone())), index);
        }
        if last.len() == items.len() {
            return;
        }
        let mut index = 0;
        items.retain(|item| {
            let kept = last.get(&normal_key(self.slice(item.key.clone()))) == Some(&index);
            index += 1;
            if !kept {
                let inside = self.out.get(item.range.clone()).filter(|inside| inside.len() <= LARGE_ITEM).unwrap_or_default();
                let item_alone = Chunk { start: item.range.start, text: format!("{{{}\n}}", String::from_utf8_lossy(inside)) };
                self.shadowed.push(ShadowedItem { key: item.key.clone(), item: item_alone });
                self.blank(item.range.clone());
            }
            kept
        });
    }

    fn take_out(&mut self, open: usize, end: usize, items: &[Item]) {
        let chunk = |items: &[Item]| {
            let (first, last) = (items.first()?, items.last()?);
            let inside = std::str::from_utf8(self.out.get(first.range.start..last.range.end)?).ok()?;
            // The newline ends a comment or a heredoc.
            Some(Chunk { start: first.range.start, text: format!("{{{inside}\n}}") })
        };
        let chunks = items.chunks(CHUNK).filter_map(chunk).collect();
        self.large.push(LargeObject { open, chunks });
        self.blank(open + 1..end - 1);
    }
}

/// Keys that HCL takes for the same, as far as their text tells: `a`, `"a"`, `( var.a )` and `(var.a)`.
fn normal_key(key: &[u8]) -> Vec<u8> {
    match key {
        [b'"', inside @ .., b'"'] => inside.to_vec(),
        _ => key.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect(),
    }
}
