//! How long a policy is, as far as it is known.

use std::collections::HashSet;

use super::super::document::Size;
use crate::eval::value::{Kind, Part, Value};

/// The size of a policy: `text` as it is given, `decoded` as it is read.
pub(super) fn of(text: &Value, decoded: &Value) -> Size {
    let compact = compact(decoded);
    Size { compact, written: written(text).max(compact) }
}

/// Characters of the shortest JSON, without any white space: `\"` counts for one. Elements that are null may be gone.
fn compact(value: &Value) -> usize {
    let visible = |text: &str| text.chars().filter(|character| !character.is_whitespace()).count();
    match &value.kind {
        Kind::Null | Kind::Unknown(_) | Kind::Lazy(_) => 0,
        Kind::Bool(_) => 4,
        Kind::Number(number) => number.to_string().len(),
        Kind::String(text) => {
            let parts = text.parts.iter().map(|part| match part {
                Part::Text(text) => visible(text.value()),
                Part::Unknown(_) => 0,
                Part::Json(value) => compact(value),
            });
            2 + parts.sum::<usize>()
        }
        // A list of one is the shorter for being none.
        Kind::List(list) if list.items.len() == 1 => list.items.iter().map(compact).sum(),
        Kind::List(list) => {
            // The data source writes each string once.
            let mut seen = HashSet::new();
            let again = |item: &&Value| item.known_string().is_none_or(|text| seen.insert(text.into_owned()));
            1 + list.items.iter().filter(again).map(|item| compact(item) + 1).sum::<usize>()
        }
        Kind::Object(object) => {
            let members = object.entries.iter().filter(|entry| !entry.value.is_null());
            // Quotes, a colon and a comma.
            1 + members.map(|entry| visible(&entry.key) + 4 + compact(&entry.value)).sum::<usize>()
        }
    }
}

/// Characters of the text, white space too, where it is written out.
fn written(value: &Value) -> usize {
    let Kind::String(text) = &value.kind else { return 0 };
    let parts = text.parts.iter().map(|part| match part {
        Part::Text(text) => text.value().chars().count(),
        Part::Unknown(_) | Part::Json(_) => 0,
    });
    parts.sum()
}
