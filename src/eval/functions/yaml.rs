//! `yamldecode`: YAML with the scalars of version 1.1 that go-cty-yaml knows (`yes` is true), merge keys, anchors, and one document.
//!
//! <https://developer.hashicorp.com/terraform/language/functions/yamldecode>

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use saphyr_parser::{Event, Parser, ScalarStyle, StrInput, Tag};

use super::dates::yaml_timestamp;
use super::segments::Run;
use super::{Call, Function, Outcome, function};
use crate::eval::number::Number;
use crate::eval::unknown::{Reason, Unknown};
use crate::eval::value::{Entry, Kind, List, Object, Part, Str, Typed, Value};
use crate::source::Span;

pub const TABLE: &[Function] = &[function("yamldecode", 1, 1, yamldecode)];

/// Deeper is no YAML that somebody writes.
const DEEPEST: usize = 200;
/// Members of one mapping, which rules look for one by one.
const MOST_MEMBERS: usize = 20_000;
/// Members that merge keys bring, over all: a few lines can ask for any number of them.
const MOST_MERGED: usize = 100_000;
/// Bytes of text.
const LONGEST: usize = 8 << 20;

fn yamldecode(call: &Call) -> Outcome {
    let source = call.raw(0)?;
    let run = call.segments(0)?.known()?;
    if run.text.len() > LONGEST {
        return Err(limit(call, "so long a YAML text"));
    }
    let offsets = (!run.text.is_ascii()).then(|| run.text.char_indices().map(|(index, _)| index).collect());
    let parser = Parser::new_from_str(&run.text);
    let mut reader = Reader { call, parser, run: &run, source, offsets, anchors: HashMap::new(), merged: 0 };
    Ok(reader.document()?.out_of(&source.way))
}

fn limit(call: &Call, what: &str) -> Arc<Unknown> {
    Arc::new(Unknown::new(Reason::Limit(format!("{what} is given up").into()), call.span))
}

struct Reader<'a> {
    call: &'a Call<'a>,
    parser: Parser<'a, StrInput<'a>>,
    run: &'a Run,
    source: &'a Value,
    /// Where each character begins, if not each is a byte.
    offsets: Option<Vec<usize>>,
    /// By number; nothing while the anchor's own value is being read.
    anchors: HashMap<usize, Option<Value>>,
    merged: usize,
}

type Token<'a> = (Event<'a>, std::ops::Range<usize>);

impl<'a> Reader<'a> {
    fn refuse(&self, what: &str) -> Arc<Unknown> {
        self.call.fail(format!("invalid YAML: {what}"))
    }

    fn next(&mut self) -> Outcome<Token<'a>> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => Ok((event, span.start.index()..span.end.index())),
            Some(Err(error)) if error.info().contains("recursion limit") => Err(limit(self.call, "so deep a YAML text")),
            Some(Err(error)) => Err(self.refuse(&error.to_string())),
            None => Err(self.refuse("it ends too early")),
        }
    }

    fn document(&mut self) -> Outcome {
        self.next()?;
        if !matches!(self.next()?.0, Event::DocumentStart(_)) {
            return Err(self.refuse("there is no document"));
        }
        let token = self.next()?;
        let value = self.value(token, 0)?;
        match (self.next()?.0, self.next()?.0) {
            (Event::DocumentEnd, Event::StreamEnd) => Ok(value),
            _ => Err(self.refuse("only a single document is allowed")),
        }
    }

    fn value(&mut self, (event, place): Token<'a>, depth: usize) -> Outcome {
        if depth > DEEPEST {
            return Err(limit(self.call, "so deep a YAML text"));
        }
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let value = self.scalar(&text, style, tag.as_deref(), place)?;
                self.keep(anchor, Some(&value));
                Ok(value)
            }
            Event::Alias(anchor) => match self.anchors.get(&anchor) {
                Some(Some(value)) => Ok(value.clone()),
                _ => Err(self.refuse("an anchor stands inside of its own definition")),
            },
            Event::SequenceStart(anchor, tag) => self.sequence(anchor, tag.as_deref(), place.start, depth),
            Event::MappingStart(anchor, tag) => self.mapping(anchor, tag.as_deref(), place.start, depth),
            _ => Err(self.refuse("a value is missing")),
        }
    }

    fn keep(&mut self, anchor: usize, value: Option<&Value>) {
        if anchor > 0 {
            self.anchors.insert(anchor, value.cloned());
        }
    }

    fn sequence(&mut self, anchor: usize, tag: Option<&Tag>, start: usize, depth: usize) -> Outcome {
        self.expect_tag(tag, "seq")?;
        self.keep(anchor, None);
        let mut items = Vec::new();
        let end = loop {
            let token = self.next()?;
            if matches!(token.0, Event::SequenceEnd) {
                break token.1.end;
            }
            items.push(self.value(token, depth + 1)?);
        };
        let list = Kind::List(Arc::new(List { items, ..List::default() }));
        let value = Value::new(list, self.span(&(start..end))).typed(Typed::Structural);
        self.keep(anchor, Some(&value));
        Ok(value)
    }

    fn expect_tag(&self, tag: Option<&Tag>, wanted: &str) -> Outcome<()> {
        match tag {
            Some(tag) if !(tag.is_yaml_core_schema() && tag.suffix == wanted) => Err(self.refuse("a tag that has no meaning here")),
            _ => Ok(()),
        }
    }

    fn mapping(&mut self, anchor: usize, tag: Option<&Tag>, start: usize, depth: usize) -> Outcome {
        self.expect_tag(tag, "map")?;
        self.keep(anchor, None);
        let mut object = Members::default();
        let end = loop {
            let (event, place) = self.next()?;
            let (text, style, tag) = match event {
                Event::MappingEnd => break place.end,
                Event::Scalar(text, style, anchor, tag) => {
                    if anchor > 0 {
                        let key = self.scalar(&text, style, tag.as_deref(), place.clone())?;
                        self.keep(anchor, Some(&key));
                    }
                    (text, style, tag)
                }
                _ => return Err(self.refuse("only strings are allowed as keys")),
            };
            let merge = match tag.as_deref() {
                None => text == "<<",
                Some(tag) => tag.is_yaml_core_schema() && tag.suffix == "merge",
            };
            let key = if merge { None } else { Some(self.scalar(&text, style, tag.as_deref(), place)?) };
            let token = self.next()?;
            let value = self.value(token, depth + 1)?;
            match key {
                None => self.merge(&mut object, &value)?,
                Some(key) => {
                    let name = key.known_string().ok_or_else(|| self.refuse("only strings are allowed as keys"))?;
                    let entry = Entry { key: name.as_ref().into(), key_span: key.span, value };
                    if let Some(earlier) = object.set(entry) {
                        object.object.shadowed.push(earlier);
                    }
                }
            }
            if object.places.len() > MOST_MEMBERS {
                return Err(limit(self.call, "a YAML mapping with so many members"));
            }
        };
        let value = Value::object(object.object, self.span(&(start..end))).typed(Typed::Structural);
        self.keep(anchor, Some(&value));
        Ok(value)
    }

    fn merge(&mut self, object: &mut Members, value: &Value) -> Outcome<()> {
        let Some(merged) = value.as_object() else { return Err(self.refuse("only a mapping can be merged")) };
        self.merged += merged.entries.len();
        if self.merged > MOST_MERGED {
            return Err(limit(self.call, "so many merged members"));
        }
        for entry in &merged.entries {
            object.set(entry.clone());
        }
        Ok(())
    }

    fn scalar(&self, text: &str, style: ScalarStyle, tag: Option<&Tag>, place: std::ops::Range<usize>) -> Outcome {
        let tag = match tag {
            None => "",
            Some(tag) if tag.is_yaml_core_schema() => tag.suffix.as_str(),
            // The tag that says: no tag.
            Some(tag) if tag.suffix.is_empty() => "str",
            Some(_) => return Err(self.refuse("a tag that is not supported")),
        };
        let string = || self.string(text, style, &place);
        let quoted = matches!(style, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted);
        let wrong = || self.refuse(&format!("{text:?} is no {tag}"));
        match tag {
            "str" => Ok(string()),
            "binary" => STANDARD.decode(text.replace('\n', "")).map(|_| string()).map_err(|_| wrong()),
            "" if style != ScalarStyle::Plain && !text.is_empty() && quoted => Ok(string()),
            "" | "bool" | "int" | "float" | "null" | "timestamp" if quoted => Ok(string()),
            "" | "bool" | "int" | "float" | "null" | "timestamp" => match resolve(text, tag) {
                Resolved::Kind(kind) => Ok(Value::new(kind, self.span(&place))),
                Resolved::Text(other) => Ok(Value::string(other.as_ref(), self.span(&place))),
                Resolved::Same => Ok(string()),
                Resolved::Wrong => Err(wrong()),
            },
            _ => Err(self.refuse("a tag that is not supported")),
        }
    }

    /// A scalar points at its own text where that is written as it is.
    fn string(&self, text: &str, style: ScalarStyle, place: &std::ops::Range<usize>) -> Value {
        let quote = usize::from(matches!(style, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted));
        let token = self.bytes(place);
        let inside = token.start + quote..token.start + quote + text.len();
        let exact = self.run.text.get(inside.clone()) == Some(text);
        let run = if exact { self.run.slice(inside) } else { self.run.slice(token).respell(text) };
        let span = self.span(place);
        if run.is_empty() {
            return Value::string(text, span);
        }
        Value::str(Str { parts: run.into_parts().collect(), symbol: None }, span)
    }

    /// The bytes of a range of characters.
    fn bytes(&self, place: &std::ops::Range<usize>) -> std::ops::Range<usize> {
        let byte = |character: usize| match &self.offsets {
            Some(offsets) => offsets.get(character).copied().unwrap_or(self.run.text.len()),
            None => character.min(self.run.text.len()),
        };
        let start = byte(place.start);
        start..byte(place.end).max(start)
    }

    /// Where a range of characters was written. The end of a block is where the next thing starts: white space is no part of it.
    fn span(&self, place: &std::ops::Range<usize>) -> Span {
        let bytes = self.bytes(place);
        let text = self.run.text.get(bytes.clone()).unwrap_or_default().trim_end();
        let end = bytes.start + text.len();
        // Its first and its last character: what is between them is not copied for each level.
        let last = text.chars().next_back().map_or(0, char::len_utf8);
        let of = |range| match self.run.slice(range).into_parts().next() {
            Some(Part::Text(text)) => Some(text.span_of(0..text.value().len())),
            _ => None,
        };
        let first = text.chars().next().map_or(0, char::len_utf8);
        let (Some(first), Some(last)) = (of(bytes.start..bytes.start + first), of(end - last..end)) else { return self.source.span };
        match first.file == last.file && first.start <= last.end {
            true => Span { end: last.end, ..first },
            false => self.source.span,
        }
    }
}

/// A mapping under way, with the place of each key: there may be many.
#[derive(Default)]
struct Members {
    object: Object,
    places: HashMap<Arc<str>, usize>,
}

impl Members {
    /// Puts a member in, and gives the one that stood there before.
    fn set(&mut self, entry: Entry) -> Option<Entry> {
        let place = self.places.get(&entry.key).copied().unwrap_or(self.object.entries.len());
        match self.object.entries.get_mut(place) {
            Some(existing) => Some(std::mem::replace(existing, entry)),
            None => {
                self.places.insert(Arc::clone(&entry.key), place);
                self.object.entries.push(entry);
                None
            }
        }
    }
}

enum Resolved {
    Kind(Kind),
    Text(Cow<'static, str>),
    Same,
    Wrong,
}

/// What a plain scalar is, as its tag, or its text alone, says.
fn resolve(text: &str, tag: &str) -> Resolved {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => return Resolved::Kind(Kind::Bool(true)),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => return Resolved::Kind(Kind::Bool(false)),
        "" | "~" | "null" | "Null" | "NULL" => return Resolved::Kind(Kind::Null),
        // Terraform has an infinity, but nothing that takes one.
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" | "-.inf" | "-.Inf" | "-.INF" => return Resolved::Wrong,
        ".nan" | ".NaN" | ".NAN" if tag.is_empty() => return Resolved::Wrong,
        _ => {}
    }
    let number = |text: &str| Number::parse(text).map(Kind::Number);
    let starts = |with: fn(char) -> bool| text.starts_with(with);
    if starts(|first| first == '.')
        && let Some(kind) = number(text)
    {
        return Resolved::Kind(kind);
    }
    let mut tag = tag;
    if starts(|first| first.is_ascii_digit() || matches!(first, '+' | '-')) {
        if matches!(tag, "" | "timestamp")
            && let Some(time) = yaml_timestamp(text)
        {
            return Resolved::Text(Cow::Owned(time));
        }
        if is_integer(text) || number(text).is_some() {
            tag = "int";
        }
    }
    match tag {
        "" => Resolved::Same,
        "null" => Resolved::Kind(Kind::Null),
        "int" | "float" => {
            let plain = text.replace('_', "");
            number(&plain).or_else(|| prefixed(&plain)).map_or(Resolved::Wrong, Resolved::Kind)
        }
        _ => Resolved::Wrong,
    }
}

fn is_integer(text: &str) -> bool {
    let all = |digits: &str, test: fn(char) -> bool| !digits.is_empty() && digits.chars().all(test);
    let octal = text.strip_prefix("0o").is_some_and(|digits| all(digits, |digit| matches!(digit, '0'..='7')));
    octal || text.strip_prefix("0x").is_some_and(|digits| all(digits, |digit| digit.is_ascii_hexdigit()))
}

/// A whole number with the prefix of its base.
fn prefixed(text: &str) -> Option<Kind> {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
    let (digits, base) = match digits.get(..2)? {
        "0x" | "0X" => (digits.get(2..)?, 16),
        "0o" | "0O" => (digits.get(2..)?, 8),
        "0b" | "0B" => (digits.get(2..)?, 2),
        _ => return None,
    };
    let size = i128::from(u64::from_str_radix(digits, base).ok()?);
    Some(Kind::Number(Number::whole(if negative { -size } else { size })))
}
