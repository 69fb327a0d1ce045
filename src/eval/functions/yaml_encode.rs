//! `yamlencode`: block style, every string in double quotes or, with line breaks, literal.
//!
//! <https://developer.hashicorp.com/terraform/language/functions/yamlencode>

use std::fmt::Write as _;

use super::{Call, Function, Outcome, function};
use crate::eval::value::{Kind, Value};

pub const TABLE: &[Function] = &[function("yamlencode", 1, 1, yamlencode)];

/// Deeper is no YAML that somebody reads.
const DEEPEST: usize = 500;
/// A line that is longer is folded at its next space.
const WIDTH: usize = 80;
/// A key that is longer has a line of its own.
const LONGEST_KEY: usize = 128;
const INDENT: usize = 2;

fn yamlencode(call: &Call) -> Outcome {
    let value = call.raw(0)?;
    if value.first_unknown().is_some() || matches!(value.kind, Kind::Lazy(_)) {
        return Err(call.opened(value));
    }
    let mut writer = Writer { text: String::new() };
    if writer.node(value, 0, Place::Root, 0).is_none() {
        return Err(call.any_unknown());
    }
    writer.text.push('\n');
    // What is plain at the top might go on in the next line.
    if matches!(value.kind, Kind::Null | Kind::Bool(_) | Kind::Number(_)) {
        writer.text.push_str("...\n");
    }
    call.string(writer.text)
}

#[derive(Clone, Copy, PartialEq)]
enum Place {
    Root,
    Item,
    Member,
}

struct Writer {
    text: String,
}

impl Writer {
    fn column(&self) -> usize {
        self.text.rsplit('\n').next().map_or(0, |line| line.chars().count())
    }

    fn line(&mut self, indent: usize) {
        self.text.push('\n');
        self.text.extend(std::iter::repeat_n(' ', indent));
    }

    /// Writes a value without its last line break. Nothing for one whose text is not certain.
    fn node(&mut self, value: &Value, indent: usize, place: Place, depth: usize) -> Option<()> {
        if depth > DEEPEST {
            return None;
        }
        match &value.kind {
            Kind::Null => self.text.push_str("null"),
            Kind::Bool(_) | Kind::Number(_) => self.text.push_str(&value.known_string()?),
            Kind::String(text) => self.string(&text.known()?, if place == Place::Root { INDENT } else { indent + INDENT }, true),
            Kind::List(list) if list.more.is_some() => return None,
            Kind::Object(object) if object.more.is_some() => return None,
            Kind::List(list) if list.items.is_empty() => self.text.push_str("[]"),
            Kind::Object(object) if object.entries.is_empty() => self.text.push_str("{}"),
            Kind::List(list) => {
                // A list in a mapping is indented as the mapping is.
                let indent = if place == Place::Item { indent + INDENT } else { indent };
                for (index, item) in list.items.iter().enumerate() {
                    if index > 0 || place == Place::Member {
                        self.line(indent);
                    }
                    self.text.push_str("- ");
                    self.node(item, indent, Place::Item, depth + 1)?;
                }
            }
            Kind::Object(object) => {
                let indent = if place == Place::Root { indent } else { indent + INDENT };
                let mut entries: Vec<_> = object.entries.iter().collect();
                entries.sort_by(|a, b| a.key.cmp(&b.key));
                for (index, entry) in entries.into_iter().enumerate() {
                    if index > 0 || place == Place::Member {
                        self.line(indent);
                    }
                    self.member(&entry.key, &entry.value, indent, depth)?;
                }
            }
            Kind::Unknown(_) | Kind::Lazy(_) => return None,
        }
        Some(())
    }

    fn member(&mut self, key: &str, value: &Value, indent: usize, depth: usize) -> Option<()> {
        let collection = |value: &Value| match &value.kind {
            Kind::List(list) => !list.items.is_empty(),
            Kind::Object(object) => !object.entries.is_empty(),
            _ => false,
        };
        if key.contains('\n') || key.len() > LONGEST_KEY {
            if collection(value) {
                return None;
            }
            self.text.push_str("? ");
            self.string(key, indent + INDENT, true);
            self.line(indent);
            self.text.push_str(": ");
        } else {
            self.string(key, indent, false);
            self.text.push(':');
            if !collection(value) {
                self.text.push(' ');
            }
        }
        self.node(value, indent, Place::Member, depth + 1)
    }

    fn string(&mut self, text: &str, indent: usize, folds: bool) {
        let spaces_at_ends = text.ends_with(' ') || text.contains(" \n");
        if text.contains('\n') && !spaces_at_ends && text.chars().all(is_printable) {
            self.literal(text, indent);
        } else {
            self.quoted(text, indent, folds);
        }
    }

    fn literal(&mut self, text: &str, indent: usize) {
        self.text.push('|');
        if text.starts_with([' ', '\n']) {
            let _ = write!(self.text, "{INDENT}");
        }
        let body = text.strip_suffix('\n');
        match body {
            None => self.text.push('-'),
            Some(body) if body.is_empty() || body.ends_with('\n') => self.text.push('+'),
            Some(_) => {}
        }
        for line in body.unwrap_or(text).split('\n') {
            self.line(if line.is_empty() { 0 } else { indent });
            self.text.push_str(line);
        }
    }

    fn quoted(&mut self, text: &str, indent: usize, folds: bool) {
        self.text.push('"');
        let mut column = self.column();
        let mut after_space = false;
        let mut characters = text.chars().enumerate().peekable();
        while let Some((index, character)) = characters.next() {
            let inside = index > 0 && characters.peek().is_some();
            if character == ' ' && folds && !after_space && column > WIDTH && inside {
                self.line(indent);
                column = indent;
                // The space would be lost among those of the indentation.
                if characters.peek().is_some_and(|next| next.1 == ' ') {
                    self.text.push('\\');
                    column += 1;
                }
                after_space = true;
                continue;
            }
            after_space = character == ' ';
            let start = self.text.len();
            self.character(character);
            column += self.text.get(start..).map_or(0, |written| written.chars().count());
        }
        self.text.push('"');
    }

    fn character(&mut self, character: char) {
        let short = match character {
            '"' | '\\' => character,
            '\0' => '0',
            '\u{7}' => 'a',
            '\u{8}' => 'b',
            '\t' => 't',
            '\n' => 'n',
            '\u{b}' => 'v',
            '\u{c}' => 'f',
            '\r' => 'r',
            '\u{1b}' => 'e',
            '\u{85}' => 'N',
            '\u{2028}' => 'L',
            '\u{2029}' => 'P',
            _ if is_printable(character) => return self.text.push(character),
            _ => {
                let code = character as u32;
                // Writing to a string cannot fail.
                let _ = match code {
                    0..=0xff => write!(self.text, "\\x{code:02X}"),
                    0x100..=0xffff => write!(self.text, "\\u{code:04X}"),
                    _ => write!(self.text, "\\U{code:08X}"),
                };
                return;
            }
        };
        self.text.push('\\');
        self.text.push(short);
    }
}

fn is_printable(character: char) -> bool {
    matches!(character, '\n' | ' '..='~' | '\u{a0}'..='\u{2027}' | '\u{202a}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}')
}
