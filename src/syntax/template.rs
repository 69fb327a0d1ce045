//! What the literals of strings, heredocs and template files stand for, byte for byte.
//!
//! hcl-edit decodes strings too, but forgets where each byte came from, leaves strip markers to its user and dedents by rules of
//! its own. This follows HCL (<https://github.com/hashicorp/hcl/blob/main/hclsyntax/parser_template.go>), where heredocs and
//! template files are cut into lines first, strip markers reach no further than the line, and dedenting comes after stripping.

use std::ops::Range;

use super::lex::{self, Mark};
use super::text::{Text, TextBuilder};
use crate::source::Span;

/// How literals are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Between quotes: backslash escapes.
    Quoted,
    /// Lines of a heredoc; `<<-` removes common indentation.
    Heredoc { indented: bool },
    /// A template file: lines without an end marker.
    Bare,
}

/// A stretch of source that yields the same bytes, or an escape sequence that yields one character (or a template mark).
#[derive(Clone, Debug, PartialEq, Eq)]
enum Unit {
    Verbatim(Range<usize>),
    Escape(Range<usize>, Escaped),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Escaped {
    Character(char),
    /// `${`
    Interpolation,
    /// `%{`
    Directive,
}

/// One literal token of HCL: a whole quoted literal, or a line's part of a heredoc.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Literal {
    source: Range<usize>,
    units: Vec<Unit>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Literal(Literal),
    Sequence,
}

/// The decoded literals of one template, in source order.
#[derive(Debug, Default)]
pub(super) struct Literals {
    found: Vec<Literal>,
}

impl Literals {
    /// Decodes the literals of the template at `body`. Stops early at what is no template: the parser will have refused it.
    pub fn of(text: &str, body: Range<usize>, form: Form) -> Literals {
        let mut pieces = pieces(text, body, form);
        if let Form::Heredoc { indented: true } = form {
            dedent(text, &mut pieces);
        }
        let found = pieces.into_iter().filter_map(|piece| match piece {
            Piece::Literal(literal) => Some(literal),
            Piece::Sequence => None,
        });
        Literals { found: found.collect() }
    }

    /// The text of all literals inside `range`, every byte mapped to where `place` says that its source is.
    pub fn text(&self, text: &str, range: Range<usize>, span: Span, place: &dyn Place) -> Text {
        let first = self.found.partition_point(|literal| literal.source.start < range.start);
        let mut builder = TextBuilder::new();
        for literal in self.found.iter().skip(first).take_while(|literal| literal.source.end <= range.end) {
            for unit in &literal.units {
                match unit {
                    Unit::Verbatim(source) => place.verbatim(&mut builder, text, source.clone()),
                    Unit::Escape(source, escaped) => place.escape(&mut builder, escaped.decoded().as_str(), source.clone()),
                }
            }
        }
        builder.finish(span)
    }
}

/// Where the text that is parsed stands in a file.
pub(super) trait Place {
    fn span(&self, range: Range<usize>) -> Span;
    fn verbatim(&self, builder: &mut TextBuilder, text: &str, range: Range<usize>);
    fn escape(&self, builder: &mut TextBuilder, decoded: &str, range: Range<usize>);
}

impl Escaped {
    fn decoded(self) -> String {
        match self {
            Escaped::Character(character) => character.to_string(),
            Escaped::Interpolation => "${".to_owned(),
            Escaped::Directive => "%{".to_owned(),
        }
    }
}

/// Decodes what stands between the quotes of a string without interpolations.
pub(super) fn unescape(raw: &str) -> String {
    let mut decoded = String::with_capacity(raw.len());
    for unit in units(raw, 0..raw.len(), Form::Quoted) {
        match unit {
            Unit::Verbatim(range) => decoded.push_str(raw.get(range).unwrap_or_default()),
            Unit::Escape(_, escaped) => decoded.push_str(&escaped.decoded()),
        }
    }
    decoded
}

/// Cuts a template into literal tokens and sequences, and applies the sequences' strip markers.
fn pieces(text: &str, body: Range<usize>, form: Form) -> Vec<Piece> {
    let bytes = text.as_bytes().get(..body.end).unwrap_or_default();
    let mut pieces = Vec::new();
    let mut at = body.start;
    // A strip marker acts on a literal right beside it only.
    let mut strip_next = false;
    while at < body.end {
        let end = literal_end(bytes, at, form);
        if end > at {
            let mut literal = Literal { source: at..end, units: units(text, at..end, form) };
            if strip_next {
                literal.trim_start(text);
            }
            pieces.push(Piece::Literal(literal));
            strip_next = false;
            at = end;
            continue;
        }
        let Ok(end) = lex::sequence(bytes, at) else {
            break;
        };
        if bytes.get(at + 2) == Some(&b'~')
            && let Some(Piece::Literal(before)) = pieces.last_mut()
        {
            before.trim_end(text);
        }
        strip_next = end.checked_sub(2).and_then(|before| bytes.get(before)) == Some(&b'~');
        pieces.push(Piece::Sequence);
        at = end;
    }
    pieces
}

/// Where the literal token at `at` ends: at a sequence, or after its line's newline unless it is quoted.
fn literal_end(bytes: &[u8], mut at: usize, form: Form) -> usize {
    let stops = |byte: u8| match form {
        Form::Quoted => matches!(byte, b'$' | b'%' | b'\\'),
        Form::Heredoc { .. } | Form::Bare => matches!(byte, b'$' | b'%' | b'\n'),
    };
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        at += rest.iter().position(|&byte| stops(byte)).unwrap_or(rest.len());
        match bytes.get(at) {
            None => return at,
            Some(b'\n') => return at + 1,
            Some(b'\\') => at = (at + 2).min(bytes.len()),
            Some(_) => match lex::template_mark(bytes, at) {
                Mark::Sequence => return at,
                Mark::Escape => at += 3,
                Mark::Nothing => at += 1,
            },
        }
    }
}

/// Decodes one literal token.
fn units(text: &str, range: Range<usize>, form: Form) -> Vec<Unit> {
    let bytes = text.as_bytes().get(..range.end).unwrap_or_default();
    let mut units = Vec::new();
    let mut plain = range.start;
    let mut at = range.start;
    while let Some(found) = memchr::memchr3(b'\\', b'$', b'%', bytes.get(at..).unwrap_or_default()) {
        at += found;
        let Some((length, escaped)) = escape_at(text, at, form).filter(|(length, _)| at + length <= range.end) else {
            at += 1;
            continue;
        };
        if at > plain {
            units.push(Unit::Verbatim(plain..at));
        }
        units.push(Unit::Escape(at..at + length, escaped));
        at += length;
        plain = at;
    }
    if range.end > plain {
        units.push(Unit::Verbatim(plain..range.end));
    }
    units
}

/// The escape sequence at `at`, with its length.
fn escape_at(text: &str, at: usize, form: Form) -> Option<(usize, Escaped)> {
    let bytes = text.as_bytes();
    if bytes.get(at) == Some(&b'\\') {
        return if form == Form::Quoted { backslash(text, at) } else { None };
    }
    if lex::template_mark(bytes, at) != Mark::Escape {
        return None;
    }
    let escaped = if bytes.get(at) == Some(&b'$') { Escaped::Interpolation } else { Escaped::Directive };
    Some((3, escaped))
}

fn backslash(text: &str, at: usize) -> Option<(usize, Escaped)> {
    let character = |length: usize, character: char| Some((length, Escaped::Character(character)));
    let hex = |digits: usize| {
        let digits = text.get(at + 2..at + 2 + digits)?;
        let code = u32::from_str_radix(digits, 16).ok()?;
        character(2 + digits.len(), char::from_u32(code)?)
    };
    match text.as_bytes().get(at + 1)? {
        b'n' => character(2, '\n'),
        b'r' => character(2, '\r'),
        b't' => character(2, '\t'),
        b'"' => character(2, '"'),
        b'\\' => character(2, '\\'),
        b'u' => hex(4),
        b'U' => hex(8),
        _ => None,
    }
}

impl Literal {
    fn trim_start(&mut self, text: &str) {
        let mut gone = 0;
        for unit in &mut self.units {
            match unit {
                Unit::Escape(_, Escaped::Character(character)) if character.is_whitespace() => gone += 1,
                Unit::Escape(..) => break,
                Unit::Verbatim(range) => {
                    let kept = text.get(range.clone()).unwrap_or_default().trim_start();
                    range.start = range.end - kept.len();
                    if !kept.is_empty() {
                        break;
                    }
                    gone += 1;
                }
            }
        }
        self.units.drain(..gone.min(self.units.len()));
    }

    fn trim_end(&mut self, text: &str) {
        while let Some(unit) = self.units.last_mut() {
            match unit {
                Unit::Escape(_, Escaped::Character(character)) if character.is_whitespace() => {}
                Unit::Escape(..) => return,
                Unit::Verbatim(range) => {
                    let kept = text.get(range.clone()).unwrap_or_default().trim_end();
                    range.end = range.start + kept.len();
                    if !kept.is_empty() {
                        return;
                    }
                }
            }
            self.units.pop();
        }
    }

    /// The white space that the token starts with, in characters; nothing for a blank line, which has no say in dedenting.
    fn indentation(&self, text: &str) -> Option<usize> {
        let Some(Unit::Verbatim(first)) = self.units.first() else {
            return Some(0);
        };
        let first = text.get(first.clone()).unwrap_or_default();
        let kept = first.trim_start();
        let blank = kept.is_empty() && self.units.len() == 1 && first.ends_with('\n');
        (!blank).then(|| first.get(..first.len() - kept.len()).unwrap_or_default().chars().count())
    }

    fn ends_line(&self, text: &str) -> bool {
        match self.units.last() {
            Some(Unit::Verbatim(range)) => text.get(range.clone()).unwrap_or_default().ends_with('\n'),
            _ => false,
        }
    }

    fn remove_indentation(&mut self, text: &str, characters: usize) {
        if let Some(Unit::Verbatim(range)) = self.units.first_mut() {
            let line = text.get(range.clone()).unwrap_or_default();
            range.start += line.chars().take(characters).map(char::len_utf8).sum::<usize>();
        }
    }
}

/// Takes from every line the smallest indentation that any has. A line whose newline a strip marker took does not end, so the
/// next one is not at the start of a line: HCL does it so, and it shows in `%{ endif ~}`.
fn dedent(text: &str, pieces: &mut [Piece]) {
    let mut smallest = usize::MAX;
    let mut starting = Vec::new();
    let mut line_start = true;
    for (index, piece) in pieces.iter().enumerate() {
        let literal = match piece {
            Piece::Literal(literal) => Some(literal),
            Piece::Sequence => None,
        };
        if line_start {
            line_start = false;
            match literal.map(|literal| literal.indentation(text)) {
                Some(Some(indentation)) => {
                    smallest = smallest.min(indentation);
                    starting.push(index);
                }
                Some(None) => {}
                None => smallest = 0,
            }
        }
        line_start |= literal.is_some_and(|literal| literal.ends_line(text));
    }
    for index in starting {
        if let Some(Piece::Literal(literal)) = pieces.get_mut(index) {
            literal.remove_indentation(text, smallest);
        }
    }
}
