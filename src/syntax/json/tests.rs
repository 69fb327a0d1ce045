use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::source::{File, FileId, FileKind, NoFiles, Sources};

fn file() -> FileId {
    Sources::new(Box::new(NoFiles)).add(File::new("a.json", FileKind::Other, Vec::new()))
}

fn text(value: &str, start: usize) -> Text {
    Text::verbatim(value, Span::new(file(), start..start + value.len()), start)
}

fn parse_str(json: &str) -> Result<Node, JsonError> {
    parse(&[Piece::Text(text(json, 0))], Span::new(file(), 0..json.len()))
}

/// Texts as they stand in `source` one after the other, `§` being a hole.
fn pieces(source: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut start = 0;
    for (index, part) in source.split('§').enumerate() {
        if index > 0 {
            pieces.push(Piece::Hole(index - 1));
            start += '§'.len_utf8();
        }
        if !part.is_empty() {
            pieces.push(Piece::Text(text(part, start)));
        }
        start += part.len();
    }
    pieces
}

fn parse_holes(source: &str) -> Result<Node, JsonError> {
    parse(&pieces(source), Span::new(file(), 0..source.len()))
}

fn error(source: &str) -> (String, std::ops::Range<usize>) {
    let error = parse_holes(source).unwrap_err();
    (error.message, error.span.range())
}

fn to_serde(node: &Node) -> Value {
    match &node.kind {
        NodeKind::Null => Value::Null,
        NodeKind::Bool(value) => Value::Bool(*value),
        NodeKind::Number(digits) => serde_json::from_str(digits).unwrap(),
        NodeKind::String(pieces) => Value::String(known(pieces).unwrap().into_owned()),
        NodeKind::List(items) => items.iter().map(to_serde).collect(),
        NodeKind::Object(members) => members.iter().map(|member| (member.name().unwrap().into_owned(), to_serde(&member.value))).collect(),
        NodeKind::Hole(_) => panic!("a hole"),
    }
}

/// Every string of the tree, keys as well.
fn strings<'a>(node: &'a Node, found: &mut Vec<&'a [StringPiece]>) {
    match &node.kind {
        NodeKind::String(pieces) => found.push(pieces),
        NodeKind::List(items) => items.iter().for_each(|item| strings(item, found)),
        NodeKind::Object(members) => {
            for member in members {
                found.push(&member.key);
                strings(&member.value, found);
            }
        }
        _ => {}
    }
}

fn members(node: &Node) -> &[Member] {
    match &node.kind {
        NodeKind::Object(members) => members,
        _ => panic!("no object"),
    }
}

#[test]
fn keeps_duplicates_in_order_with_their_places() {
    let source = r#"{ "a": 1, "b": [true], "a": null }"#;
    let node = parse_str(source).unwrap();
    assert_eq!(node.span.range(), 0..source.len());
    let shown: Vec<_> = members(&node)
        .iter()
        .map(|member| (member.name().unwrap().into_owned(), &source[member.key_span.range()], &source[member.value.span.range()]))
        .collect();
    assert_eq!(shown, [("a".into(), "\"a\"", "1"), ("b".into(), "\"b\"", "[true]"), ("a".into(), "\"a\"", "null")]);
}

#[test]
fn holes_in_strings_keys_and_values() {
    let source = r#"{"a§": "arn:§:x", "b": §, "c": [§, "§§"]}"#;
    let node = parse_holes(source).unwrap();
    let members = members(&node);
    let hole = StringPiece::Hole;
    assert!(matches!(members[0].key.as_slice(), [StringPiece::Text(a), StringPiece::Hole(0)] if a.value() == "a"));
    let NodeKind::String(parts) = &members[0].value.kind else { panic!() };
    let [StringPiece::Text(before), StringPiece::Hole(1), StringPiece::Text(after)] = parts.as_slice() else { panic!() };
    assert_eq!((before.value(), after.value()), ("arn:", ":x"));
    assert_eq!(&source[after.span_of(1..2).range()], "x");
    assert_eq!(&source[before.span().range()], "\"arn:§:x\"");
    assert_eq!(members[1].value.kind, NodeKind::Hole(2));
    assert_eq!(&source[members[1].value.span.range()], "§");
    let NodeKind::List(items) = &members[2].value.kind else { panic!() };
    assert_eq!(items[0].kind, NodeKind::Hole(3));
    assert_eq!(items[1].kind, NodeKind::String(vec![hole(4), hole(5)]));
}

#[test]
fn only_a_hole() {
    let node = parse_holes(" § ").unwrap();
    assert_eq!((node.kind, node.span.range()), (NodeKind::Hole(0), 1..3));
    assert_eq!(parse_holes("§").unwrap().span.range(), 0..2);
}

#[test]
fn holes_elsewhere_are_errors() {
    assert_eq!(
        error(r#"{"a": 1, § }"#),
        ("expected a key in double quotes, found an interpolation whose value is not known".into(), 9..11)
    );
    assert_eq!(error(r#"{"a" § 1}"#).0, "expected `:`, found an interpolation whose value is not known");
    assert_eq!(error("[1§]").0, "expected `,` or `]`, found an interpolation whose value is not known");
    assert_eq!(error("[§1]"), ("expected `,` or `]`, found `1`".into(), 3..4));
    assert_eq!(error(r#"["\u00§41"]"#).0, "expected four hexadecimal digits, found an interpolation whose value is not known");
    assert!(parse_holes("{}§").is_err());
}

#[test]
fn errors_name_what_is_missing_and_where() {
    assert_eq!(error(r#"{"a": 1 "b": 2}"#), ("expected `,` or `}`, found `\"`".into(), 8..9));
    assert_eq!(error("[1, ]"), ("expected a value, found `]`".into(), 4..5));
    assert_eq!(error("{\"a\":1,}"), ("expected a key in double quotes, found `}`".into(), 7..8));
    assert_eq!(error("{} x"), ("expected the end of the JSON text, found `x`".into(), 3..4));
    assert_eq!(error(""), ("expected a value, found the end".into(), 0..0));
    assert_eq!(error("{// no\n}"), ("expected a key in double quotes, found a comment, which JSON does not have".into(), 1..2));
    assert_eq!(error("[01]"), ("`01` is not a JSON number".into(), 1..3));
    assert_eq!(error("[yes]"), ("expected a value, found `yes`; a string needs double quotes".into(), 1..4));
    assert_eq!(error("[\"a\nb\"]").1, 3..4);
    assert_eq!(error("[\"ab"), ("a string that is not closed".into(), 1..4));
    assert_eq!(error(r#"["\x"]"#).0, "JSON knows no such escape sequence; a backslash is written `\\\\`");
    assert_eq!(error(r#"["\ud800"]"#), ("half of a surrogate pair stands for no character".into(), 2..8));
    assert_eq!(error("[é]"), ("expected a value, found `é`".into(), 1..3));
}

#[test]
fn depth_is_an_error_and_no_overflow() {
    assert!(parse_str(&"[".repeat(100_000)).unwrap_err().message.starts_with("nested deeper"));
    assert!(parse_str(&r#"{"a":"#.repeat(100_000)).unwrap_err().message.starts_with("nested deeper"));
    assert!(parse_str(&("[".repeat(200) + &"]".repeat(200))).is_ok());
}

#[test]
fn a_byte_order_mark_is_tolerated() {
    assert_eq!(parse_str("\u{feff}{}").unwrap().span.range(), 3..5);
    assert!(parse_str("{\u{feff}}").is_err());
}

/// `<<-EOT` takes two spaces from each line: the tree points into the file all the same.
#[test]
fn spans_go_through_a_dedented_heredoc() {
    let source = "<<-EOT\n  {\n    \"Action\": \"s3:\\u0047et\"\n  }\n  EOT";
    let mut builder = crate::syntax::text::TextBuilder::new();
    let mut offset = 7;
    for line in source[7..source.len() - 5].split_inclusive('\n') {
        builder.verbatim(&line[2..], offset + 2);
        offset += line.len();
    }
    let heredoc = builder.finish(Span::new(file(), 0..source.len()));
    let node = parse(&[Piece::Text(heredoc.clone())], heredoc.span()).unwrap();
    let member = &members(&node)[0];
    assert_eq!(&source[node.span.range()], "{\n    \"Action\": \"s3:\\u0047et\"\n  }");
    assert_eq!(&source[member.key_span.range()], "\"Action\"");
    let NodeKind::String(parts) = &member.value.kind else { panic!() };
    let [StringPiece::Text(action)] = parts.as_slice() else { panic!() };
    assert_eq!(action.value(), "s3:Get");
    assert_eq!(&source[action.span_of(3..4).range()], "\\u0047");
    assert_eq!(&source[action.span_of(4..6).range()], "et");
    assert_eq!(&source[action.span_of(0..6).range()], "s3:\\u0047et");
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        // serde_json reads back exactly only what has few digits.
        any::<i32>().prop_map(|number| Value::from(f64::from(number) / 8.0)),
        "(\\PC|[\"\\\\/\\n\\t\u{1}\u{7f}é𝄞]){0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::hash_map("[a-zA-Z\"é\n]{0,4}", inner, 0..6).prop_map(|map| map.into_iter().collect()),
        ]
    })
}

fn serialised() -> impl Strategy<Value = (Value, String)> {
    (json(), any::<bool>()).prop_map(|(value, pretty)| {
        let json = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
        (value, json.unwrap())
    })
}

/// Escapes every third character of the strings, which serde_json does not do by itself.
fn escape_more(json: &str) -> String {
    let mut inside = false;
    let mut escaped = String::new();
    let mut characters = json.char_indices();
    while let Some((index, character)) = characters.next() {
        match character {
            '\\' => {
                let rest = if json.get(index..).is_some_and(|rest| rest.starts_with("\\u")) { 5 } else { 1 };
                escaped.push(character);
                escaped.extend(characters.by_ref().take(rest).map(|(_, next)| next));
            }
            '"' => {
                inside = !inside;
                escaped.push('"');
            }
            _ if inside && index % 3 == 0 => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    escaped.push_str(&format!("\\u{unit:04X}"));
                }
            }
            _ => escaped.push(character),
        }
    }
    escaped
}

/// Whether serde_json takes it, numbers beyond its range put aside: their digits are ours to keep.
fn serde_accepts(json: &str) -> Option<bool> {
    match serde_json::from_str::<Value>(json) {
        Ok(_) => Some(true),
        Err(error) if error.to_string().contains("out of range") => None,
        Err(_) => Some(false),
    }
}

/// The first character boundary from `at` on.
fn boundary(json: &str, at: usize) -> usize {
    (at..json.len()).find(|at| json.is_char_boundary(*at)).unwrap_or(json.len())
}

/// Cuts `json` at the character boundaries after `cuts`.
fn cut(json: &str, cuts: &[prop::sample::Index]) -> Vec<Piece> {
    let mut places: Vec<usize> = cuts.iter().map(|cut| boundary(json, cut.index(json.len() + 1))).collect();
    places.extend([0, json.len()]);
    places.sort_unstable();
    places.windows(2).map(|pair| Piece::Text(text(&json[pair[0]..pair[1]], pair[0]))).collect()
}

proptest! {
    #[test]
    fn agrees_with_what_was_serialised((value, json) in serialised()) {
        prop_assert_eq!(&to_serde(&parse_str(&json).unwrap()), &value);
        prop_assert_eq!(&to_serde(&parse_str(&escape_more(&json)).unwrap()), &value);
    }

    #[test]
    fn cuts_change_nothing((value, json) in serialised(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6)) {
        let json = escape_more(&json);
        let node = parse(&cut(&json, &cuts), Span::new(file(), 0..json.len())).unwrap();
        prop_assert_eq!(to_serde(&node), value);
        prop_assert_eq!(node.span.range(), 0..json.len());
    }

    #[test]
    fn each_character_maps_to_its_source((_, json) in serialised()) {
        let json = escape_more(&json);
        let node = parse_str(&json).unwrap();
        let mut found = Vec::new();
        strings(&node, &mut found);
        for pieces in found {
            let [StringPiece::Text(text)] = pieces else { panic!("one text") };
            for (offset, character) in text.value().char_indices() {
                let source = &json[text.span_of(offset..offset + character.len_utf8()).range()];
                let decoded: String = serde_json::from_str(&format!("\"{source}\"")).unwrap();
                prop_assert_eq!(decoded, character.to_string());
            }
            let whole: String = serde_json::from_str(&json[text.span().range()]).unwrap();
            prop_assert_eq!(whole, text.value());
        }
    }

    #[test]
    fn accepts_what_serde_json_accepts(
        (_, json) in serialised(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), "[\\[\\]{}:,\"\\\\ 0-9eEu.+tn\n\t/-]{0,2}", 0..3usize), 0..4),
    ) {
        let mut json = escape_more(&json);
        for (place, insert, remove) in edits {
            let from = boundary(&json, place.index(json.len() + 1));
            let to = boundary(&json, from + remove);
            json.replace_range(from..to, &insert);
        }
        if let Some(accepts) = serde_accepts(&json) {
            prop_assert_eq!(parse_str(&json).is_ok(), accepts, "{}", json);
        }
    }

    #[test]
    fn never_panics(bytes in prop::collection::vec(any::<u8>(), 0..60), json in "[\\[\\]{}:,\"\\\\ 0-9eu.tn§-]{0,40}") {
        let file = File::new("a", FileKind::Other, bytes);
        let _ = parse_str(&file.text);
        if let Err(error) = parse_holes(&json) {
            prop_assert!(error.span.range().end <= json.len() && error.span.start <= error.span.end);
        }
    }
}
