//! Large JSON, read where it is asked for: what lies between is skipped, and only what somebody wants becomes a tree.
//!
//! A plan of Terraform's has tens of megabytes of which a run looks at a few policies. As trees of nodes they would take some
//! ten times that.

use std::sync::Arc;

use memchr::memchr2;
use serde::de::IgnoredAny;

use super::json::{self, Node, Piece};
use super::text::Text;
use crate::finding::{Problem, ProblemKind};
use crate::source::{FileId, Span};

/// One value of a JSON text that is valid as a whole. Cheap to clone.
#[derive(Clone)]
pub struct JsonPart {
    text: Arc<str>,
    file: FileId,
    start: usize,
    end: usize,
}

impl std::fmt::Debug for JsonPart {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "JsonPart({:?})", self.span())
    }
}

impl JsonPart {
    /// The whole of a file, after looking that it is valid to its end.
    pub fn whole(file: FileId, text: &Arc<str>) -> Result<JsonPart, Problem> {
        let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let body = text.get(start..).unwrap_or_default();
        if let Err(error) = serde_json::from_str::<IgnoredAny>(body) {
            return Err(invalid(file, text, &error));
        }
        let bytes = text.as_bytes();
        let start = skip_space(bytes, start);
        Ok(JsonPart { text: Arc::clone(text), file, start, end: end_of_value(bytes, start) })
    }

    pub fn span(&self) -> Span {
        Span::new(self.file, self.start..self.end)
    }

    fn part(&self, start: usize, end: usize) -> JsonPart {
        JsonPart { text: Arc::clone(&self.text), file: self.file, start, end }
    }

    fn written(&self) -> &str {
        self.text.get(self.start..self.end).unwrap_or_default()
    }

    fn first_byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.start).copied()
    }

    pub fn is_object(&self) -> bool {
        self.first_byte() == Some(b'{')
    }

    pub fn is_list(&self) -> bool {
        self.first_byte() == Some(b'[')
    }

    pub fn is_null(&self) -> bool {
        self.first_byte() == Some(b'n')
    }

    pub fn is_true(&self) -> bool {
        self.first_byte() == Some(b't')
    }

    /// The keys and values of an object; nothing for anything else.
    pub fn members(&self) -> impl Iterator<Item = (Arc<str>, JsonPart)> + '_ {
        let mut at = if self.is_object() { self.start + 1 } else { self.end };
        std::iter::from_fn(move || {
            let bytes = self.text.as_bytes();
            at = skip_to_next(bytes, at);
            if at >= self.end || bytes.get(at) != Some(&b'"') {
                return None;
            }
            let key = self.part(at, end_of_string(bytes, at));
            // The colon, with white space on both sides.
            let start = skip_space(bytes, skip_space(bytes, key.end) + 1);
            let value = self.part(start, end_of_value(bytes, start));
            at = value.end;
            Some((key.string().unwrap_or_default(), value))
        })
    }

    /// A member of an object.
    pub fn get(&self, name: &str) -> Option<JsonPart> {
        self.members().find(|(key, _)| &**key == name).map(|(_, value)| value)
    }

    /// The items of a list; nothing for anything else.
    pub fn items(&self) -> impl Iterator<Item = JsonPart> + '_ {
        let mut at = if self.is_list() { self.start + 1 } else { self.end };
        std::iter::from_fn(move || {
            let bytes = self.text.as_bytes();
            at = skip_to_next(bytes, at);
            if at >= self.end || bytes.get(at) == Some(&b']') {
                return None;
            }
            let item = self.part(at, end_of_value(bytes, at));
            at = item.end;
            Some(item)
        })
    }

    /// A string, decoded.
    pub fn string(&self) -> Option<Arc<str>> {
        let inside = self.written().strip_prefix('"')?.strip_suffix('"')?;
        if !inside.contains('\\') {
            return Some(inside.into());
        }
        match self.node()?.kind {
            json::NodeKind::String(pieces) => json::known(&pieces).map(|text| text.as_ref().into()),
            _ => None,
        }
    }

    /// A whole number from 0 on.
    pub fn index(&self) -> Option<usize> {
        self.written().parse().ok()
    }

    /// The value as a tree. Nothing for one that is nested too deeply.
    pub fn node(&self) -> Option<Node> {
        let text = Text::verbatim(self.written(), self.span(), self.start);
        json::parse(&[Piece::Text(text)], self.span()).ok()
    }
}

fn invalid(file: FileId, text: &str, error: &serde_json::Error) -> Problem {
    let before: usize = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let mut at = (before + error.column().saturating_sub(1)).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let message = if error.is_eof() {
        "invalid JSON: the text ends too early, as if it had been cut off".to_owned()
    } else {
        let said = error.to_string();
        format!("invalid JSON: {}", said.split(" at line ").next().unwrap_or(&said))
    };
    let end = at + text.get(at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
    Problem::new(ProblemKind::Syntax, message, Span::new(file, at..end))
}

fn skip_while(bytes: &[u8], at: usize, skipped: impl Fn(u8) -> bool) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().position(|byte| !skipped(*byte)).unwrap_or(rest.len())
}

fn skip_space(bytes: &[u8], at: usize) -> usize {
    skip_while(bytes, at, |byte| byte.is_ascii_whitespace())
}

/// Past white space and the comma before a member or item.
fn skip_to_next(bytes: &[u8], at: usize) -> usize {
    skip_while(bytes, at, |byte| byte.is_ascii_whitespace() || byte == b',')
}

fn end_of_value(bytes: &[u8], start: usize) -> usize {
    match bytes.get(start) {
        Some(b'"') => end_of_string(bytes, start),
        Some(b'{' | b'[') => end_of_container(bytes, start),
        _ => skip_while(bytes, start, |byte| !byte.is_ascii_whitespace() && !matches!(byte, b',' | b']' | b'}')),
    }
}

fn end_of_container(bytes: &[u8], start: usize) -> usize {
    let (mut depth, mut at) = (0_usize, start);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                at = end_of_string(bytes, at);
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += 1;
        if depth == 0 {
            break;
        }
    }
    at
}

/// The byte after the closing quote of the string whose opening quote is at `start`.
fn end_of_string(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(found) = memchr2(b'"', b'\\', bytes.get(at..).unwrap_or_default()) {
        at += found;
        if bytes.get(at) == Some(&b'"') {
            return at + 1;
        }
        at += 2;
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{File, FileKind, NoFiles, Sources};

    fn whole(text: &str) -> Result<JsonPart, Problem> {
        let file = Sources::new(Box::new(NoFiles)).add(File::new("plan.json", FileKind::Other, Vec::new()));
        JsonPart::whole(file, &text.into())
    }

    #[test]
    fn members_are_found_without_reading_what_lies_between() {
        let text = "\u{feff} {\"a\\\"b\" : [1, {\"}\": \"]\\\\\"}, \"x\"] ,\n\"c\":{\"d\":true,\"e\":null},\"f\":-1.5e3}\n";
        let root = whole(text).unwrap();
        let members: Vec<(Arc<str>, String)> = root.members().map(|(key, value)| (key, value.written().to_owned())).collect();
        let expected = [("a\"b", "[1, {\"}\": \"]\\\\\"}, \"x\"]"), ("c", "{\"d\":true,\"e\":null}"), ("f", "-1.5e3")];
        assert_eq!(members, expected.map(|(key, value)| (Arc::from(key), value.to_owned())));
        let items: Vec<String> = root.get("a\"b").unwrap().items().map(|item| item.written().to_owned()).collect();
        assert_eq!(items, ["1", "{\"}\": \"]\\\\\"}", "\"x\""]);
        assert!(root.get("c").unwrap().get("d").unwrap().is_true() && root.get("c").unwrap().get("e").unwrap().is_null());
        assert_eq!(root.get("nothing").map(|part| part.span()), None);
    }

    #[test]
    fn a_tree_knows_where_it_stands_in_the_whole_file() {
        let text = r#"{"skipped":[[[]]],"policy":"{\"Action\":\"*\"}"}"#;
        let policy = whole(text).unwrap().get("policy").unwrap();
        assert_eq!(policy.string().as_deref(), Some(r#"{"Action":"*"}"#));
        let json::NodeKind::String(pieces) = policy.node().unwrap().kind else { panic!() };
        let [json::StringPiece::Text(decoded)] = pieces.as_slice() else { panic!() };
        let star = decoded.value().find('*').unwrap();
        assert_eq!(decoded.span_of(star..star + 1).start as usize, text.find('*').unwrap());
    }

    #[test]
    fn what_is_no_json_is_told_with_its_place() {
        let problem = whole("{\"a\": 1,\n \"b\": [1, 2").unwrap_err();
        assert_eq!(problem.message, "invalid JSON: the text ends too early, as if it had been cut off");
        assert_eq!(problem.span.unwrap().start, 19);
        let problem = whole("{\"é\": x}").unwrap_err();
        assert_eq!(problem.message, "invalid JSON: expected value");
        assert_eq!(problem.span.unwrap().start, 7);
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        assert_eq!(whole(&deep).unwrap().items().count(), 1);
    }
}
