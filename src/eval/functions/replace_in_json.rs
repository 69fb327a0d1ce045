//! `replace` within what `jsonencode` or `data.aws_iam_policy_document` made.
//!
//! Terraform replaces in the JSON text. Where the searched text can only stand inside the strings of that text, the same comes out if
//! each string is changed by itself. What is known of the value then stays known, with its places: statements beside one that
//! is not known, and how many more there may be.

use std::borrow::Cow;
use std::sync::Arc;

use super::replace::{cannot_hold, replace_in_segments};
use super::segments::{Run, Segment, Segments};
use crate::eval::json;
use crate::eval::unknown::{Reason, Unknown};
use crate::eval::value::{Entry, Kind, List, Object, Part, StepKind, Str, Value};
use crate::source::Span;

/// The value with all its strings changed. Nothing where the text would have to be looked at as a whole.
pub fn replaced(value: &Value, searched: &str, replacement: &Segments) -> Option<Value> {
    if is_layout(searched) && replacement.known().is_ok_and(|run| run.text.trim_start().is_empty()) {
        return Some(value.clone());
    }
    if !only_in_strings(searched) || !is_plain(replacement) {
        return None;
    }
    Replace { searched, replacement }.value(value)
}

/// Line breaks and tabs, which stand between the tokens of a JSON text only.
fn is_layout(searched: &str) -> bool {
    !searched.is_empty() && searched.chars().all(|character| matches!(character, '\n' | '\r' | '\t'))
}

/// Whether the JSON text of a value holds `searched` in its strings only, as the characters that it has there.
fn only_in_strings(searched: &str) -> bool {
    // Quotes end a string, other characters that are escaped never stand in one, and white space is layout as well.
    if json::is_escaped(searched) || searched.trim_start().is_empty() {
        return false;
    }
    // What stands between strings are brackets, commas, colons, numbers and three words.
    let punctuation =
        |character: char| matches!(character, '{' | '}' | '[' | ']' | ',' | ':' | '+' | '-' | '.') || character.is_ascii_digit();
    let word = |run: &str| matches!(run, "e" | "E") || ["true", "false", "null"].iter().any(|word| word.contains(run));
    !searched.split(punctuation).all(word)
}

/// Whether what comes in stays inside the string that it comes into.
fn is_plain(replacement: &Segments) -> bool {
    replacement.list.iter().all(|segment| match segment {
        Segment::Known(run) => !run.text.contains(|character: char| matches!(character, '"' | '\\') || character.is_control()),
        Segment::Unknown(_) => true,
    })
}

struct Replace<'a> {
    searched: &'a str,
    replacement: &'a Segments,
}

impl Replace<'_> {
    fn value(&self, value: &Value) -> Option<Value> {
        let kind = match &value.kind {
            Kind::Null | Kind::Bool(_) | Kind::Number(_) => return Some(value.clone()),
            Kind::Lazy(_) => return None,
            Kind::Unknown(unknown) => Kind::Unknown(self.unknown(unknown)),
            Kind::String(text) => return self.string(text, value),
            Kind::List(list) => Kind::List(Arc::new(self.list(list)?)),
            Kind::Object(object) => Kind::Object(Arc::new(self.object(object)?)),
        };
        Some(of_same_place(value, kind))
    }

    fn unknown(&self, unknown: &Arc<Unknown>) -> Arc<Unknown> {
        if cannot_hold(unknown, self.searched) { Arc::clone(unknown) } else { Arc::new(unknown.computed()) }
    }

    fn list(&self, list: &List) -> Option<List> {
        let items = list.items.iter().map(|item| self.value(item)).collect::<Option<Vec<_>>>()?;
        let holds = |item: &Value| matches!(&item.kind, Kind::String(text) if text.known().is_none_or(|text| text.contains(self.searched)));
        // What `join` made may hold quotes and commas, and so more than one item.
        let joined = self.replacement.list.iter().find_map(|segment| match segment {
            Segment::Unknown(unknown) if unknown.symbol.is_none() && matches!(unknown.reason, Reason::Computed(_)) => Some(unknown),
            _ => None,
        });
        let further = joined.filter(|_| list.items.iter().any(holds)).or(list.more.as_ref());
        Some(List { items, more: further.map(|more| self.unknown(more)), ..list.clone() })
    }

    fn object(&self, object: &Object) -> Option<Object> {
        let more = object.more.as_ref();
        // Keys of which a part is unknown: what that is worth is decided where the text is read again.
        if !object.open.is_empty() || more.is_some_and(|more| more.is_failed()) {
            return None;
        }
        let mut changed = Object { more: more.map(|more| self.unknown(more)), ..Object::default() };
        for entry in &object.entries {
            let value = self.value(&entry.value)?;
            let is_escaped = json::is_escaped(&entry.key);
            let finds_escapes = || is_escaped && json::quote(&entry.key).contains(self.searched);
            let key = match entry.key.contains(self.searched) || finds_escapes() {
                true => self.key(entry)?,
                false => Arc::clone(&entry.key),
            };
            // Of two members with one key the later counts, and the text has them in another order.
            if changed.get(&key).is_some() {
                return None;
            }
            changed.entries.push(Entry { key, key_span: entry.key_span, value });
        }
        Some(changed)
    }

    fn key(&self, entry: &Entry) -> Option<Arc<str>> {
        let replacement = self.replacement.known().ok()?;
        (!json::is_escaped(&entry.key)).then(|| entry.key.replace(self.searched, &replacement.text).into())
    }

    fn string(&self, text: &Str, value: &Value) -> Option<Value> {
        if text.parts.iter().any(|part| matches!(part, Part::Json(_))) {
            return None;
        }
        let segments = Segments::of(text);
        if segments.list.iter().all(|segment| self.never_in(segment)) {
            return Some(value.clone());
        }
        if segments.list.iter().any(|segment| self.finds_escapes(segment)) {
            return None;
        }
        let Some(changed) = replace_in_segments(&segments, self.searched, self.replacement) else {
            let unknown = value.first_unknown()?;
            return Some(of_same_place(value, Kind::Unknown(Arc::new(unknown.computed()))));
        };
        let written = written_elsewhere(&changed, value.span);
        let changed = of_same_place(value, Kind::String(Arc::new(changed.into_str())));
        Some(written.into_iter().fold(changed, |changed, at| changed.through(StepKind::Written, "", at)))
    }

    fn never_in(&self, segment: &Segment) -> bool {
        match segment {
            Segment::Known(run) => !escaped(run).contains(self.searched),
            Segment::Unknown(unknown) => cannot_hold(unknown, self.searched),
        }
    }

    /// Whether the text has it where the string has not: `nn` in the `\nnn` of a line break and two letters begins one further left.
    fn finds_escapes(&self, segment: &Segment) -> bool {
        let Segment::Known(run) = segment else { return false };
        if !json::is_escaped(&run.text) {
            return false;
        }
        let quoted = json::quote(&run.text);
        // Where the text goes on after the part of the string before a match.
        let (mut read, mut at) = (0, 1);
        let in_string = run.text.match_indices(self.searched).map(|(start, _)| {
            at += json::quote(run.text.get(read..start).unwrap_or_default()).len() - 2;
            read = start;
            at
        });
        !quoted.match_indices(self.searched).map(|(at, _)| at).eq(in_string)
    }
}

/// As the JSON text has it.
fn escaped(run: &Run) -> Cow<'_, str> {
    if json::is_escaped(&run.text) { Cow::Owned(json::quote(&run.text)) } else { Cow::Borrowed(&run.text) }
}

/// Where a string was written of which nothing was written here.
fn written_elsewhere(changed: &Segments, here: Span) -> Option<Span> {
    let [Segment::Known(run)] = changed.list.as_slice() else { return None };
    run.only_place().filter(|there| !here.contains(*there))
}

fn of_same_place(value: &Value, kind: Kind) -> Value {
    let Value { way, span, typed, sensitive, .. } = value.clone();
    Value { way, typed, sensitive, ..Value::new(kind, span) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::syntax::text::Text;

    fn value() -> impl Strategy<Value = Value> {
        let text = || "[a-cn:u \n&0]{0,6}";
        let leaf = prop_oneof![text().prop_map(|text| Value::string(text, Span::default())), Just(Value::bool(true, Span::default()))];
        leaf.prop_recursive(3, 12, 3, move |inner| {
            let list = proptest::collection::vec(inner.clone(), 0..3).prop_map(|items| Value::list(items, Span::default()));
            let object = proptest::collection::btree_map(text(), inner, 0..3).prop_map(|members| {
                let entry = |(key, value): (String, Value)| Entry { key: key.into(), key_span: Span::default(), value };
                Value::object(Object { entries: members.into_iter().map(entry).collect(), ..Object::default() }, Span::default())
            });
            prop_oneof![list, object]
        })
    }

    fn known(text: &str) -> Segments {
        let mut segments = Segments::default();
        segments.push_text(Text::computed(text, Span::default()));
        segments
    }

    /// As often as in the string, and not where it is there.
    #[test]
    fn what_overlaps_an_escape_is_not_changed_in_the_string() {
        let value = |text: &str| Value::string(text, Span::default());
        assert!(replaced(&value("\nnn"), "nn", &known("x")).is_none());
        let changed = replaced(&value("a\nb, nn"), "nn", &known("x")).unwrap();
        assert_eq!(json::encode(&changed).unwrap(), r#""a\nb, x""#);
    }

    proptest! {
        #[test]
        fn the_same_as_in_the_text(value in value(), searched in "[a-cn:u\n0]{1,2}", replacement in "[a-cx&]{0,3}") {
            let Some(changed) = replaced(&value, &searched, &known(&replacement)) else { return Ok(()) };
            let text = json::encode(&value).unwrap().replace(&searched, &replacement);
            let read = json::decode(&Str::text(Text::computed(text.clone(), Span::default())), Span::default());
            prop_assert_eq!(json::encode(&read), json::encode(&changed), "{}", text);
        }
    }
}
