//! Strict JSON (RFC 8259) with spans, duplicate keys in order, and holes.
//!
//! Our own and not a library: a policy is often a string with interpolations of which some are unknown, and no JSON library
//! parses a text with holes, nor maps decoded strings back to the heredoc that holds the text.

use std::borrow::Cow;
use std::sync::Arc;

use memchr::memchr2;

use super::text::{Text, TextBuilder};
use crate::finding::{Problem, ProblemKind};
use crate::source::Span;

/// A part of the text to parse.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    Text(Text),
    /// An interpolation whose value is unknown; the number is the caller's.
    Hole(usize),
    /// A hole that is certainly one JSON value.
    Value(usize),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    pub kind: NodeKind,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum NodeKind {
    Null,
    Bool(bool),
    /// The digits as written.
    Number(Arc<str>),
    String(Vec<StringPiece>),
    List(Vec<Node>),
    Object(Vec<Member>),
    /// A hole where a value is expected. In a list it may stand for any number of items, `[${join(",", local.arns)}]`, and for the commas
    /// before and behind them.
    Hole(usize),
}

/// A part of a decoded string. Neighbouring texts were written in different places; an empty string is one empty text.
#[derive(Clone, Debug, PartialEq)]
pub enum StringPiece {
    Text(Text),
    /// In a list it may hold quotes and commas, and so more than one item: `["${join("\", \"", local.arns)}"]`.
    Hole(usize),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    pub key: Vec<StringPiece>,
    pub key_span: Span,
    pub value: Node,
}

impl Member {
    /// The key, if it has no hole.
    pub fn name(&self) -> Option<Cow<'_, str>> {
        known(&self.key)
    }
}

/// The decoded string, if it has no hole.
pub fn known(pieces: &[StringPiece]) -> Option<Cow<'_, str>> {
    match pieces {
        [StringPiece::Text(text)] => Some(Cow::Borrowed(text.value())),
        _ => {
            let parts = pieces.iter().map(|piece| match piece {
                StringPiece::Text(text) => Some(text.value()),
                StringPiece::Hole(_) => None,
            });
            parts.collect::<Option<String>>().map(Cow::Owned)
        }
    }
}

/// Why a text is no JSON, and the token that shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonError {
    pub span: Span,
    pub message: String,
}

impl std::fmt::Display for JsonError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for JsonError {}

impl From<JsonError> for Problem {
    fn from(error: JsonError) -> Problem {
        Problem::new(ProblemKind::Syntax, format!("invalid JSON: {}", error.message), error.span)
    }
}

/// Policies nest about six deep; Terraform's JSON somewhat more. The bound keeps the stack.
const DEEPEST: usize = 200;

/// Parses one JSON value. `whole` is what the text is pointed at where no byte of it can be: when it is empty or only a hole.
pub fn parse(pieces: &[Piece], whole: Span) -> Result<Node, JsonError> {
    let mut parser = Parser { pieces, at: Place { piece: 0, offset: 0 }, whole };
    parser.skip_byte_order_mark();
    let node = parser.value(0)?;
    parser.skip_space();
    match parser.peek() {
        Next::End => Ok(node),
        _ => Err(parser.expected("the end of the JSON text")),
    }
}

#[derive(Clone, Copy)]
struct Place {
    piece: usize,
    offset: usize,
}

enum Next {
    Byte(u8),
    Hole(usize),
    End,
}

struct Parser<'a> {
    pieces: &'a [Piece],
    at: Place,
    whole: Span,
}

impl<'a> Parser<'a> {
    /// The text at hand, past those that are used up.
    fn text(&mut self) -> Option<&'a Text> {
        while let Some(Piece::Text(text)) = self.pieces.get(self.at.piece) {
            if self.at.offset < text.value().len() {
                return Some(text);
            }
            self.next_piece();
        }
        None
    }

    fn peek(&mut self) -> Next {
        if let Some(text) = self.text() {
            return text.value().as_bytes().get(self.at.offset).map_or(Next::End, |byte| Next::Byte(*byte));
        }
        match self.pieces.get(self.at.piece) {
            Some(Piece::Hole(hole) | Piece::Value(hole)) => Next::Hole(*hole),
            _ => Next::End,
        }
    }

    fn next_piece(&mut self) {
        self.at = Place { piece: self.at.piece + 1, offset: 0 };
    }

    fn skip_byte_order_mark(&mut self) {
        if self.text().is_some_and(|text| text.value().starts_with('\u{feff}')) {
            self.at.offset += '\u{feff}'.len_utf8();
        }
    }

    fn skip_space(&mut self) {
        while let Some(text) = self.text() {
            let rest = text.value().as_bytes().get(self.at.offset..).unwrap_or_default();
            let space = rest.iter().position(|byte| !matches!(byte, b' ' | b'\n' | b'\t' | b'\r'));
            self.at.offset += space.unwrap_or(rest.len());
            if space.is_some() {
                return;
            }
        }
    }

    fn value(&mut self, depth: usize) -> Result<Node, JsonError> {
        self.skip_space();
        let start = self.at;
        let kind = match self.peek() {
            Next::Byte(b'{' | b'[') if depth >= DEEPEST => {
                return Err(self.error(format!("nested deeper than {DEEPEST} levels")));
            }
            Next::Byte(b'{') => self.object(depth)?,
            Next::Byte(b'[') => self.list(depth)?,
            Next::Byte(b'"') => NodeKind::String(self.string()?.0),
            Next::Byte(byte) if byte.is_ascii_alphanumeric() || byte == b'-' => self.scalar()?,
            Next::Hole(hole) => {
                self.next_piece();
                NodeKind::Hole(hole)
            }
            _ => return Err(self.expected("a value")),
        };
        Ok(Node { kind, span: self.span_from(start) })
    }

    fn object(&mut self, depth: usize) -> Result<NodeKind, JsonError> {
        self.at.offset += 1;
        let mut members = Vec::new();
        if self.eat(b'}') {
            return Ok(NodeKind::Object(members));
        }
        loop {
            self.skip_space();
            if !matches!(self.peek(), Next::Byte(b'"')) {
                return Err(self.expected("a key in double quotes"));
            }
            let (key, key_span) = self.string()?;
            if !self.eat(b':') {
                return Err(self.expected("`:`"));
            }
            let value = self.value(depth + 1)?;
            members.push(Member { key, key_span, value });
            if self.eat(b'}') {
                return Ok(NodeKind::Object(members));
            }
            if !self.eat(b',') {
                return Err(self.expected("`,` or `}`"));
            }
        }
    }

    fn list(&mut self, depth: usize) -> Result<NodeKind, JsonError> {
        self.at.offset += 1;
        let mut items = Vec::new();
        if self.eat(b']') {
            return Ok(NodeKind::List(items));
        }
        loop {
            let open = self.is_open();
            let item = self.value(depth + 1)?;
            let is_scalar = matches!(item.kind, NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_));
            items.push(item);
            if self.eat(b']') {
                return Ok(NodeKind::List(items));
            }
            let may_bring_comma = match self.peek() {
                Next::Hole(_) => open || !is_scalar && self.is_open(),
                Next::Byte(byte) => open && matches!(byte, b'{' | b'[' | b'"'),
                Next::End => false,
            };
            if !may_bring_comma && !self.eat(b',') {
                return Err(self.expected("`,` or `]`"));
            }
        }
    }

    /// Whether a hole is next that may be items with the commas before and behind them: `[{…}%{ for arn in arns }, {…}%{ endfor }]`.
    fn is_open(&mut self) -> bool {
        self.skip_space();
        matches!(self.peek(), Next::Hole(_)) && matches!(self.pieces.get(self.at.piece), Some(Piece::Hole(_)))
    }

    /// Goes past `byte` if it is next, white space before it left aside.
    fn eat(&mut self, byte: u8) -> bool {
        self.skip_space();
        let found = matches!(self.peek(), Next::Byte(next) if next == byte);
        if found {
            self.at.offset += 1;
        }
        found
    }

    /// A number or one of the three words.
    fn scalar(&mut self) -> Result<NodeKind, JsonError> {
        let start = self.at;
        let word = self.word();
        match &*word {
            "null" => Ok(NodeKind::Null),
            "true" => Ok(NodeKind::Bool(true)),
            "false" => Ok(NodeKind::Bool(false)),
            digits if is_number(digits.as_bytes()) => Ok(NodeKind::Number(digits.into())),
            other => {
                let message = if other.starts_with(|first: char| first.is_ascii_digit() || first == '-') {
                    format!("`{other}` is not a JSON number")
                } else {
                    format!("expected a value, found `{other}`; a string needs double quotes")
                };
                Err(JsonError { span: self.span_from(start), message })
            }
        }
    }

    /// The longest run of characters that numbers and words are made of; it may go on in the next text.
    fn word(&mut self) -> Cow<'a, str> {
        let mut word = Cow::Borrowed("");
        while let Some(text) = self.text() {
            let rest = text.value().get(self.at.offset..).unwrap_or_default();
            let end = rest.bytes().position(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.' | b'_')));
            let part = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
            self.at.offset += part.len();
            word += part;
            if end.is_some() {
                break;
            }
        }
        word
    }

    /// A string from its opening quote on, and its span with both quotes.
    fn string(&mut self) -> Result<(Vec<StringPiece>, Span), JsonError> {
        let start = self.at;
        self.at.offset += 1;
        let mut pieces = Vec::with_capacity(1);
        loop {
            match self.text() {
                Some(text) => {
                    let (stretch, closed) = self.stretch(text)?;
                    if !stretch.value().is_empty() || (closed && pieces.is_empty()) {
                        pieces.push(StringPiece::Text(stretch));
                    }
                    if closed {
                        break;
                    }
                }
                None => match self.peek() {
                    Next::Hole(hole) => {
                        pieces.push(StringPiece::Hole(hole));
                        self.next_piece();
                    }
                    _ => return Err(JsonError { span: self.span_from(start), message: "a string that is not closed".into() }),
                },
            }
        }
        let span = self.span_from(start);
        let own = |piece| match piece {
            StringPiece::Text(text) if text.span().file == span.file => StringPiece::Text(text.with_span(span)),
            other => other,
        };
        Ok((pieces.into_iter().map(own).collect(), span))
    }

    /// The string's bytes up to its closing quote, or to the end of this text; whether it was closed.
    fn stretch(&mut self, text: &'a Text) -> Result<(Text, bool), JsonError> {
        let (home, start) = (self.at.piece, self.at.offset);
        let bytes = text.value().as_bytes();
        let mut decoded: Option<TextBuilder> = None;
        loop {
            let from = self.at.offset;
            let rest = bytes.get(from..).unwrap_or_default();
            let stop = memchr2(b'"', b'\\', rest).map_or(bytes.len(), |length| from + length);
            self.refuse_control_characters(bytes, stop)?;
            self.at.offset = stop;
            if bytes.get(stop) != Some(&b'\\') {
                let closed = stop < bytes.len();
                self.at.offset += usize::from(closed);
                let Some(mut builder) = decoded else {
                    return Ok((text.slice(start..stop), closed));
                };
                builder.append(text, from..stop);
                return Ok((builder.finish(text.span()), closed));
            }
            let builder = decoded.get_or_insert_default();
            builder.append(text, from..stop);
            let character = self.escape()?;
            let left = self.at.piece != home;
            let end = if left { bytes.len() } else { self.at.offset };
            builder.append_escape(character.encode_utf8(&mut [0; 4]), text, stop..end);
            if left {
                // A sequence that two texts share belongs to the first.
                return Ok((decoded.unwrap_or_default().finish(text.span()), false));
            }
        }
    }

    /// RFC 8259, section 7: U+0000 to U+001F must be escaped.
    fn refuse_control_characters(&mut self, bytes: &[u8], stop: usize) -> Result<(), JsonError> {
        let stretch = bytes.get(self.at.offset..stop).unwrap_or_default();
        // Without an early exit the compiler looks at many bytes at once.
        if stretch.iter().fold(u8::MAX, |least, byte| least.min(*byte)) >= b' ' {
            return Ok(());
        }
        self.at.offset += stretch.iter().position(|byte| *byte < b' ').unwrap_or_default();
        let message = match bytes.get(self.at.offset) {
            Some(b'\n' | b'\r') => "a string that is not closed on its line (a line break in a string is written `\\n`)".to_owned(),
            Some(b'\t') => "a tab in a string is written `\\t`".to_owned(),
            byte => format!("a control character in a string is written `\\u{:04x}`", byte.copied().unwrap_or_default()),
        };
        Err(self.error(message))
    }

    /// What the escape sequence at hand stands for.
    fn escape(&mut self) -> Result<char, JsonError> {
        let start = self.at;
        self.at.offset += 1;
        let byte = self.bump();
        let simple = match byte {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode_escape(start),
            _ => return Err(self.error("JSON knows no such escape sequence; a backslash is written `\\\\`".into())),
        };
        Ok(simple)
    }

    fn unicode_escape(&mut self, start: Place) -> Result<char, JsonError> {
        let mut code = self.four_digits()?;
        let span = self.span_from(start);
        if (0xd800..0xdc00).contains(&code) && self.bump() == Some(b'\\') && self.bump() == Some(b'u') {
            let low = self.four_digits()?;
            if (0xdc00..0xe000).contains(&low) {
                code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
            }
        }
        let message = "half of a surrogate pair stands for no character";
        char::from_u32(code).ok_or_else(|| JsonError { span, message: message.into() })
    }

    fn four_digits(&mut self) -> Result<u32, JsonError> {
        let mut code = 0;
        for _ in 0..4 {
            let Next::Byte(byte) = self.peek() else {
                return Err(self.expected("four hexadecimal digits"));
            };
            let Some(digit) = char::from(byte).to_digit(16) else {
                return Err(self.expected("four hexadecimal digits"));
            };
            code = code * 16 + digit;
            self.at.offset += 1;
        }
        Ok(code)
    }

    /// The next byte, if it is an ASCII character, and goes past it.
    fn bump(&mut self) -> Option<u8> {
        match self.peek() {
            Next::Byte(byte) if byte.is_ascii() => {
                self.at.offset += 1;
                Some(byte)
            }
            _ => None,
        }
    }

    fn expected(&mut self, what: &str) -> JsonError {
        let found = match self.peek() {
            Next::End => "the end".to_owned(),
            Next::Hole(_) => "an interpolation whose value is not known".to_owned(),
            Next::Byte(_) => match self.character() {
                Some('/' | '#') => "a comment, which JSON does not have".to_owned(),
                Some(character) if character.is_control() => format!("`{}`", character.escape_default()),
                Some(character) => format!("`{character}`"),
                None => "an unknown character".to_owned(),
            },
        };
        self.error(format!("expected {what}, found {found}"))
    }

    fn character(&mut self) -> Option<char> {
        let offset = self.at.offset;
        self.text().and_then(|text| text.value().get(offset..)).and_then(|rest| rest.chars().next())
    }

    /// An error at the character at hand.
    fn error(&mut self, message: String) -> JsonError {
        let start = self.at;
        let length = self.character().map_or(0, char::len_utf8);
        let span = match self.text() {
            // `text` may have gone to the next piece.
            Some(text) => text.span_of(self.at.offset..self.at.offset + length),
            None => self.span_from(start),
        };
        JsonError { span, message }
    }

    /// From `start` to the place at hand.
    fn span_from(&self, start: Place) -> Span {
        let end = match self.at {
            // All of the piece before.
            Place { piece, offset: 0 } if piece > start.piece => Place { piece: piece - 1, offset: usize::MAX },
            place => place,
        };
        if start.piece == end.piece {
            return self.part(start.piece, start.offset, end.offset);
        }
        self.part(start.piece, start.offset, usize::MAX).to(self.part(end.piece, 0, end.offset))
    }

    fn part(&self, piece: usize, from: usize, to: usize) -> Span {
        match self.pieces.get(piece) {
            Some(Piece::Text(text)) => text.span_of(from.min(text.value().len())..to.min(text.value().len())),
            _ => self.gap(piece),
        }
    }

    /// A hole has no place of its own: it is what lies between the texts beside it.
    fn gap(&self, piece: usize) -> Span {
        let text = |index: usize| match self.pieces.get(index) {
            Some(Piece::Text(text)) => Some(text),
            _ => None,
        };
        let before = piece.checked_sub(1).and_then(text).map(|text| text.span_of(text.value().len()..text.value().len()));
        let after = text(piece + 1).map(|text| text.span_of(0..0));
        match (before, after) {
            (Some(before), Some(after)) if before.file == after.file && before.end <= after.start => {
                Span { file: before.file, start: before.end, end: after.start }
            }
            (Some(before), _) => before,
            (None, Some(after)) => after,
            (None, None) => self.whole,
        }
    }
}

/// `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`
fn is_number(word: &[u8]) -> bool {
    let unsigned = word.strip_prefix(b"-").unwrap_or(word);
    let (whole, rest) = digits(unsigned);
    let mut valid = !whole.is_empty() && (whole == b"0" || !whole.starts_with(b"0"));
    let rest = match rest.strip_prefix(b".") {
        Some(fraction) => {
            let (fraction, rest) = digits(fraction);
            valid &= !fraction.is_empty();
            rest
        }
        None => rest,
    };
    match rest.split_first() {
        Some((b'e' | b'E', exponent)) => {
            let unsigned = exponent.strip_prefix(b"+").or(exponent.strip_prefix(b"-")).unwrap_or(exponent);
            let (exponent, rest) = digits(unsigned);
            valid && !exponent.is_empty() && rest.is_empty()
        }
        Some(_) => false,
        None => valid,
    }
}

fn digits(bytes: &[u8]) -> (&[u8], &[u8]) {
    let length = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    bytes.split_at_checked(length).unwrap_or((bytes, b""))
}

#[cfg(test)]
mod tests;
