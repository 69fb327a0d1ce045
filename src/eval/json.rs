//! JSON as `jsonencode` writes it and `jsondecode` reads it.

use std::borrow::Cow;
use std::sync::Arc;

use super::number::Number;
use super::unknown::{Reason, Unknown};
use super::value::{Entry, Kind, List, Object, Part, StepKind, Str, Value};
use crate::source::Span;
use crate::syntax::json::{self, Member, Node, NodeKind, Piece, StringPiece};
use crate::syntax::text::Text;

/// The text of a wholly known value: no spaces, keys sorted, `<`, `>` and `&` escaped, as Go's encoder does it.
/// Nothing if anything in it is unknown.
pub fn encode(value: &Value) -> Option<String> {
    let mut text = String::new();
    write(value, &mut text)?;
    Some(text)
}

fn write(value: &Value, text: &mut String) -> Option<()> {
    match &value.kind {
        Kind::Null => text.push_str("null"),
        Kind::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
        Kind::Number(value) => text.push_str(&value.to_string()),
        Kind::String(value) => write_string(&value.known()?, text),
        Kind::List(list) => {
            if list.more.is_some() {
                return None;
            }
            text.push('[');
            for (index, item) in list.items.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write(item, text)?;
            }
            text.push(']');
        }
        Kind::Object(object) => {
            if object.more.is_some() {
                return None;
            }
            let mut entries: Vec<_> = object.entries.iter().collect();
            entries.sort_by(|a, b| a.key.cmp(&b.key));
            text.push('{');
            for (index, entry) in entries.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write_string(&entry.key, text);
                text.push(':');
                write(&entry.value, text)?;
            }
            text.push('}');
        }
        Kind::Unknown(_) | Kind::Lazy(_) => return None,
    }
    Some(())
}

/// A string with its quotes.
pub fn quote(value: &str) -> String {
    let mut text = String::new();
    write_string(value, &mut text);
    text
}

fn write_string(value: &str, text: &mut String) {
    text.push('"');
    for character in value.chars() {
        match escape(character) {
            Some(escaped) => text.push_str(&escaped),
            None => text.push(character),
        }
    }
    text.push('"');
}

/// Whether a text has characters that Go's encoder does not write as they are.
pub fn is_escaped(text: &str) -> bool {
    text.chars().any(|character| escape(character).is_some())
}

/// How Go's encoder writes a character that it does not write as it is.
fn escape(character: char) -> Option<Cow<'static, str>> {
    let short = match character {
        '"' => "\\\"",
        '\\' => "\\\\",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        '\u{8}' => "\\b",
        '\u{c}' => "\\f",
        '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => return Some(Cow::Owned(format!("\\u{:04x}", character as u32))),
        _ => return None,
    };
    Some(Cow::Borrowed(short))
}

/// The text of any value: strings keep their places, what is not known stays an unknown segment. Punctuation points at
/// the value that it belongs to.
pub fn render(value: &Value) -> Str {
    let mut text = Str::default();
    render_into(value, &mut text);
    text
}

fn render_into(value: &Value, text: &mut Str) {
    let span = value.span;
    match &value.kind {
        Kind::String(string) => render_string(string, span, text),
        Kind::List(list) => {
            push(text, "[", span);
            for (index, item) in list.items.iter().enumerate() {
                push(text, if index > 0 { "," } else { "" }, span);
                render_into(item, text);
            }
            if let Some(more) = &list.more {
                text.push(Part::Unknown(Arc::new(more.computed())));
            }
            push(text, "]", span);
        }
        Kind::Object(object) => {
            let mut entries: Vec<_> = object.entries.iter().collect();
            entries.sort_by(|a, b| a.key.cmp(&b.key));
            push(text, "{", span);
            for (index, entry) in entries.into_iter().enumerate() {
                push(text, if index > 0 { "," } else { "" }, span);
                let mut key = String::new();
                write_string(&entry.key, &mut key);
                text.push(Part::Text(Text::computed(key, entry.key_span)));
                push(text, ":", span);
                render_into(&entry.value, text);
            }
            if let Some(more) = &object.more {
                text.push(Part::Unknown(Arc::new(more.computed())));
            }
            push(text, "}", span);
        }
        // What stands here may be of any type: the value's identity is not that of its JSON text.
        Kind::Unknown(unknown) => text.push(Part::Unknown(Arc::new(unknown.computed()))),
        Kind::Lazy(_) => text.push(Part::Unknown(Arc::new(Unknown::new(Reason::Function("jsonencode".into()), value.span)))),
        Kind::Null | Kind::Bool(_) | Kind::Number(_) => push(text, &encode(value).unwrap_or_default(), value.span),
    }
}

fn render_string(string: &Str, span: Span, text: &mut Str) {
    push(text, "\"", span);
    for part in &string.parts {
        match part {
            Part::Text(part) => render_text(part, text),
            // Characters that JSON escapes do not occur in words.
            Part::Unknown(unknown) if unknown.symbol.as_ref().is_some_and(|symbol| symbol.word) => text.push(part.clone()),
            Part::Unknown(unknown) => text.push(Part::Unknown(Arc::new(unknown.computed()))),
            Part::Json(value) => {
                for inner in render(value).parts {
                    match inner {
                        Part::Text(inner) => render_text(&inner, text),
                        other => text.push(other),
                    }
                }
            }
        }
    }
    push(text, "\"", span);
}

fn render_text(part: &Text, text: &mut Str) {
    let mut plain = 0;
    for (index, character) in part.value().char_indices() {
        if let Some(escaped) = escape(character) {
            let after = index + character.len_utf8();
            text.push(Part::Text(part.slice(plain..index)));
            push(text, &escaped, part.span_of(index..after));
            plain = after;
        }
    }
    text.push(Part::Text(part.slice(plain..part.value().len())));
}

fn push(text: &mut Str, piece: &str, span: Span) {
    text.push(Part::Text(Text::computed(piece, span)));
}

/// What a JSON text says: every string keeps its place, what is unknown in the text is unknown in the value.
pub fn decode(text: &Str, span: Span) -> Value {
    let mut decoder = Decoder { holes: Vec::new(), span };
    let pieces: Vec<Piece> = text.parts.iter().map(|part| decoder.piece(part)).collect();
    match json::parse(&pieces, span) {
        Ok(node) => decoder.value(node),
        // With the unknown part filled in it may well be valid.
        Err(error) => match text.parts.iter().find_map(hole_reason) {
            Some(unknown) => Value::unknown(unknown.computed(), span),
            None => Value::unknown(Unknown::failed(format!("invalid JSON: {error}"), error.span), span),
        },
    }
}

fn hole_reason(part: &Part) -> Option<Arc<Unknown>> {
    match part {
        Part::Unknown(unknown) => Some(Arc::clone(unknown)),
        Part::Json(value) => value.first_unknown(),
        Part::Text(_) => None,
    }
}

/// Where a string was written of which nothing stands in the JSON text itself: `"${trusted}"` of a template.
fn written_elsewhere(pieces: &[StringPiece], here: Span) -> Option<Span> {
    let [StringPiece::Text(text)] = pieces else { return None };
    let there = text.span();
    (there.file != here.file || there.end <= here.start || here.end <= there.start).then_some(there)
}

const MOST_MEMBERS: usize = 20_000;

struct Decoder<'a> {
    holes: Vec<&'a Part>,
    span: Span,
}

impl<'a> Decoder<'a> {
    fn piece(&mut self, part: &'a Part) -> Piece {
        if let Part::Text(text) = part {
            return Piece::Text(text.clone());
        }
        self.holes.push(part);
        let hole = self.holes.len() - 1;
        if matches!(part, Part::Json(_)) { Piece::Value(hole) } else { Piece::Hole(hole) }
    }

    fn value(&self, node: Node) -> Value {
        let span = node.span;
        match node.kind {
            NodeKind::Null => Value::null(span),
            NodeKind::Bool(value) => Value::bool(value, span),
            NodeKind::Number(digits) => match Number::parse(&digits) {
                Some(number) => Value::number(number, span),
                None => Value::unknown(Unknown::failed("invalid JSON number", span), span),
            },
            NodeKind::String(pieces) => {
                let written = written_elsewhere(&pieces, span);
                let value = Value::str(self.string(pieces), span);
                written.into_iter().fold(value, |value, at| value.through(StepKind::Written, "", at))
            }
            NodeKind::List(nodes) => self.list(nodes, span),
            NodeKind::Object(members) => self.object(members, span),
            NodeKind::Hole(hole) => match self.holes.get(hole) {
                Some(Part::Json(value)) => Value::clone(value),
                // The text of any value may stand here: it is not the value.
                _ => Value::unknown_because(Arc::new(self.unknown(hole).computed()), span),
            },
        }
    }

    /// A hole among the items may stand for several of them, and so may one in a string that `join` made.
    fn list(&self, nodes: Vec<Node>, span: Span) -> Value {
        let mut list = List::default();
        for node in nodes {
            match &node.kind {
                NodeKind::Hole(hole) if !matches!(self.holes.get(*hole), Some(Part::Json(_))) => list.more = Some(self.unknown(*hole)),
                NodeKind::String(pieces) => {
                    let holes = pieces.iter().filter_map(|piece| match piece {
                        StringPiece::Hole(hole) => Some(self.unknown(*hole)),
                        StringPiece::Text(_) => None,
                    });
                    let joined =
                        holes.into_iter().find(|unknown| unknown.symbol.is_none() && matches!(unknown.reason, Reason::Computed(_)));
                    list.more = joined.or(list.more.take());
                    list.items.push(self.value(node));
                }
                _ => list.items.push(self.value(node)),
            }
        }
        Value::new(Kind::List(Arc::new(list)), span)
    }

    fn object(&self, members: Vec<Member>, span: Span) -> Value {
        let mut object = Object::default();
        // Members are looked for one by one; nobody writes so many.
        if members.len() > MOST_MEMBERS {
            let limit = Reason::Limit("a JSON object with too many members".into());
            return Value::unknown(Unknown::new(limit, span), span);
        }
        for member in members {
            let key: Option<Arc<str>> = member.name().map(|name| name.into());
            match key {
                Some(key) => {
                    if let Some(existing) = object.entries.iter().position(|entry| entry.key == key) {
                        object.shadowed.push(object.entries.remove(existing));
                    }
                    object.entries.push(Entry { key, key_span: member.key_span, value: self.value(member.value) });
                }
                None => self.open_member(&mut object, member),
            }
        }
        Value::object(object, span)
    }

    /// A member whose key is not known may be any member before it that its known beginning and end allow.
    fn open_member(&self, object: &mut Object, member: Member) {
        let (mut before, mut after, mut unknown) = (String::new(), String::new(), None);
        for piece in &member.key {
            match piece {
                StringPiece::Hole(hole) => {
                    unknown = unknown.or(Some(self.unknown(*hole)));
                    after.clear();
                }
                StringPiece::Text(text) if unknown.is_none() => before.push_str(text.value()),
                StringPiece::Text(text) => after.push_str(text.value()),
            }
        }
        let Some(unknown) = unknown else { return };
        for entry in &mut object.entries {
            if entry.key.starts_with(&before) && entry.key.ends_with(&after) {
                entry.value = Value::unknown_because(Arc::new(unknown.computed()), entry.value.span);
            }
        }
        let key = Value::str(self.string(member.key), member.key_span);
        let value = self.value(member.value);
        object.add_open(&key, member.key_span, value);
    }

    fn string(&self, pieces: Vec<StringPiece>) -> Str {
        let mut string = Str::default();
        for piece in pieces {
            string.push(match piece {
                StringPiece::Text(text) => Part::Text(text),
                StringPiece::Hole(hole) => Part::Unknown(self.unknown(hole)),
            });
        }
        string
    }

    fn unknown(&self, hole: usize) -> Arc<Unknown> {
        match self.holes.get(hole) {
            Some(Part::Unknown(unknown)) => Arc::clone(unknown),
            Some(Part::Json(value)) => value.first_unknown().map_or_else(|| self.lost(), |unknown| Arc::new(unknown.computed())),
            _ => self.lost(),
        }
    }

    /// JSON text inside of a JSON string, and no policy.
    fn lost(&self) -> Arc<Unknown> {
        Arc::new(Unknown::new(Reason::Function("jsondecode".into()), self.span))
    }
}
