//! JSON as `jsonencode` writes it.

use super::value::{Kind, Value};

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

fn write_string(value: &str, text: &mut String) {
    text.push('"');
    for character in value.chars() {
        match character {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '\u{8}' => text.push_str("\\b"),
            '\u{c}' => text.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => text.push_str(&format!("\\u{:04x}", character as u32)),
            other => text.push(other),
        }
    }
    text.push('"');
}

/// The value of a JSON text.
pub fn decode(text: &super::value::Str, span: crate::source::Span) -> Value {
    match text.json() {
        Some(value) => value.as_ref().clone(),
        None => Value::null(span),
    }
}
