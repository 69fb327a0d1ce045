//! Texts that modules replace in the policies that they are given, such as `_S3_BUCKET_ARN_` (terraform-aws-modules/s3-bucket/aws, input
//! `policy`: "The following placeholders can be used"). What they stand for is not known where the module is not there.

use std::ops::Range;
use std::sync::Arc;

use crate::eval::arms::Arms;
use crate::eval::unknown::{Reason, Unknown};
use crate::eval::value::{Entry, Kind, List, Object, Part, Str, Value};
use crate::syntax::text::Text;

/// The value with placeholders as what is not known.
pub fn open(value: &Value) -> Value {
    let kind = match &value.kind {
        Kind::String(text) => Kind::String(Arc::new(open_text(text))),
        Kind::List(list) => {
            let items = list.items.iter().map(open).collect();
            Kind::List(Arc::new(List { items, ..list.as_ref().clone() }))
        }
        Kind::Object(object) => {
            let entries = object.entries.iter().map(|entry| Entry { value: open(&entry.value), ..entry.clone() }).collect();
            Kind::Object(Arc::new(Object { entries, ..object.as_ref().clone() }))
        }
        Kind::Unknown(unknown) => match unknown.arms.as_deref() {
            Some(Arms { decision, then, otherwise }) => {
                let arms = Arms { decision: decision.clone(), then: open(then), otherwise: open(otherwise) };
                Kind::Unknown(Arc::new(Unknown { arms: Some(Arc::new(arms)), ..unknown.as_ref().clone() }))
            }
            None => return value.clone(),
        },
        _ => return value.clone(),
    };
    value.with_kind(kind)
}

fn open_text(text: &Str) -> Str {
    let mut opened = Str { parts: Vec::new(), symbol: text.symbol.clone() };
    for part in &text.parts {
        match part {
            Part::Text(text) => open_part(text, &mut opened),
            Part::Json(value) => opened.push(Part::Json(Arc::new(open(value)))),
            Part::Unknown(_) => opened.push(part.clone()),
        }
    }
    opened
}

fn open_part(text: &Text, opened: &mut Str) {
    let mut done = 0;
    for range in placeholders(text.value()) {
        opened.push(Part::Text(text.slice(done..range.start)));
        let name = text.value().get(range.clone()).unwrap_or_default();
        opened.push(Part::Unknown(Arc::new(Unknown::new(Reason::Placeholder(name.into()), text.span_of(range.clone())))));
        done = range.end;
    }
    if done == 0 {
        opened.push(Part::Text(text.clone()));
    } else {
        opened.push(Part::Text(text.slice(done..text.value().len())));
    }
}

/// Words in capitals between underscores.
fn placeholders(text: &str) -> Vec<Range<usize>> {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        let length = rest.iter().take_while(|byte| is_word(byte)).count();
        let is_placeholder = |word: &[u8]| {
            let inside = word.strip_prefix(b"_").and_then(|word| word.strip_suffix(b"_"));
            inside.is_some_and(|inside| inside.first().is_some_and(u8::is_ascii_uppercase) && !inside.iter().any(u8::is_ascii_lowercase))
        };
        if rest.get(..length).is_some_and(is_placeholder) {
            found.push(at..at + length);
        }
        at += length.max(1);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::placeholders;

    #[test]
    fn words_in_capitals_between_underscores_are_placeholders() {
        let found = |text: &'static str| placeholders(text).into_iter().map(|range| &text[range]).collect::<Vec<_>>();
        assert_eq!(found("_S3_BUCKET_ARN_/*"), ["_S3_BUCKET_ARN_"]);
        assert_eq!(found("arn:aws:iam::_AWS_ACCOUNT_ID_:role/_X_"), ["_AWS_ACCOUNT_ID_", "_X_"]);
        for text in ["", "_", "__", "a_B_c", "MY_BUCKET_ARN", "_lower_", "é_", "arn:aws:s3:::a_b/*"] {
            assert!(found(text).is_empty(), "{text}");
        }
    }
}
