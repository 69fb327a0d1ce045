//! A value as source tells it and as a plan tells it: the plan is right, and source knows the places.

use std::ops::Range;
use std::sync::Arc;

use super::json;
use super::value::{Entry, Kind, List, Object, Part, Str, Value, equal};

/// More pairs of items than this are not compared: each item then stands for the one at its position.
const MOST_PAIRS: usize = 250_000;

/// What `planned` says, with the places of `own` wherever that says the same. What the plan leaves unknown stays as `own` knows it.
pub(super) fn settle(own: Value, planned: Value) -> Value {
    if planned.as_unknown().is_some() || same_scalar(&own, &planned) {
        return own;
    }
    if let Some(arms) = own.arms() {
        let fits = |arm: &&Value| !contradict(arm, &planned);
        return match ([&arms.then, &arms.otherwise].into_iter().filter(fits).collect::<Vec<_>>().as_slice(), planned.first_unknown()) {
            // What the plan leaves open may decide which of them it is.
            ([_, _], Some(_)) => own,
            ([arm, ..], _) => settle(Value::clone(arm).out_of(&own.way), planned),
            ([], _) => planned.out_of(&own.way),
        };
    }
    let settled = match (&own.kind, &planned.kind) {
        (Kind::Lazy(_), _) => return own,
        (Kind::String(a), Kind::String(b)) => settle_strings(&own, a, &planned, b),
        (Kind::List(a), Kind::List(b)) => Some(Kind::List(Arc::new(settle_lists(a, b)))),
        (Kind::Object(a), Kind::Object(b)) => Some(Kind::Object(Arc::new(settle_objects(a, b)))),
        // To a policy one is as good as a list of one.
        (Kind::List(list), _) if list.items.len() == 1 && list.more.is_none() => match list.items.first() {
            Some(only) if !contradict(only, &planned) => {
                let items = vec![settle(only.clone(), planned.clone())];
                Some(Kind::List(Arc::new(List { items, set: list.set, ..List::default() })))
            }
            _ => None,
        },
        (_, Kind::List(list)) if list.items.len() == 1 && list.more.is_none() => match list.items.first() {
            Some(only) if !contradict(&own, only) => return settle(own, only.clone()),
            _ => None,
        },
        _ => None,
    };
    match settled {
        Some(kind) => Value { way: own.way, ..Value::new(kind, own.span) },
        None => Value { way: own.way, ..planned },
    }
}

fn same_scalar(own: &Value, planned: &Value) -> bool {
    match (&own.kind, &planned.kind) {
        (Kind::List(_) | Kind::Object(_), _) | (_, Kind::List(_) | Kind::Object(_)) => false,
        _ => {
            equal(own, planned) == Some(true)
                || matches!((own.known_string(), planned.known_string()), (Some(own), Some(planned)) if own == planned)
        }
    }
}

fn settle_objects(own: &Object, planned: &Object) -> Object {
    let mut settled = Object {
        entries: Vec::with_capacity(planned.entries.len()),
        more: planned.more.clone(),
        shadowed: own.shadowed.clone(),
        ..Object::default()
    };
    for entry in &own.entries {
        match planned.get(&entry.key) {
            Some(other) => settled.entries.push(Entry { value: settle(entry.value.clone(), other.clone()), ..entry.clone() }),
            None if planned.more.is_some() => settled.entries.push(entry.clone()),
            None => {}
        }
    }
    settled.entries.extend(planned.entries.iter().filter(|entry| own.get(&entry.key).is_none()).cloned());
    settled
}

/// The items of the plan in their order, each with the item of source that it is.
fn settle_lists(own: &List, planned: &List) -> List {
    let mut free: Vec<Option<&Value>> = own.items.iter().map(Some).collect();
    let few = own.items.len().saturating_mul(planned.items.len()) <= MOST_PAIRS;
    let mut item = |(position, planned): (usize, &Value)| {
        let fits = |own: &Option<&Value>| own.is_some_and(|own| !contradict(own, planned));
        let at = match free.get(position).is_some_and(fits) {
            true => Some(position),
            false if few => free.iter().position(fits),
            false => None,
        };
        match at.and_then(|at| free.get_mut(at)).and_then(Option::take) {
            Some(own) => settle(own.clone(), planned.clone()),
            None => planned.clone(),
        }
    };
    List { items: planned.items.iter().enumerate().map(&mut item).collect(), set: own.set, blocks: own.blocks, more: planned.more.clone() }
}

/// Whether `own` says something that `planned` does not have.
fn contradict(own: &Value, planned: &Value) -> bool {
    match (&own.kind, &planned.kind) {
        (Kind::Object(own), Kind::Object(planned)) => {
            own.entries.iter().any(|entry| planned.get(&entry.key).is_some_and(|other| contradict(&entry.value, other)))
        }
        (Kind::List(own), Kind::List(planned)) => {
            own.items.len() == planned.items.len()
                && own.items.iter().zip(&planned.items).all(|(a, b)| contradict(a, b))
                && !own.items.is_empty()
        }
        (Kind::String(own), Kind::String(planned)) if is_json(own) && is_json(planned) => false,
        (Kind::List(list), _) if list.items.len() == 1 => list.items.iter().any(|only| contradict(only, planned)),
        (_, Kind::List(list)) if list.items.len() == 1 => list.items.iter().any(|only| contradict(own, only)),
        _ => equal(own, planned) == Some(false) && !same_scalar(own, planned),
    }
}

/// Whether a text is a JSON object or list, by how it begins.
fn is_json(text: &Str) -> bool {
    match text.parts.first() {
        Some(Part::Json(_)) => true,
        Some(Part::Text(text)) => text.value().trim_start().starts_with(['{', '[']),
        _ => false,
    }
}

fn settle_strings(own: &Value, a: &Arc<Str>, planned: &Value, b: &Arc<Str>) -> Option<Kind> {
    if is_json(a) && is_json(b) {
        let written = match a.json() {
            Some(value) => Value::clone(value),
            None => json::decode(a, own.span),
        };
        let told = json::decode(b, planned.span);
        let both = [&written, &told].iter().all(|value| matches!(value.kind, Kind::Object(_) | Kind::List(_)));
        if both && equal(&written, &told) == Some(true) {
            return Some(own.kind.clone());
        }
        if both {
            let settled = Part::Json(Arc::new(settle(written, told)));
            return Some(Kind::String(Arc::new(Str { parts: vec![settled], symbol: None })));
        }
    }
    fill_in(a, b).map(|text| Kind::String(Arc::new(text)))
}

/// The text of the plan in place of the unknown parts of the text of source: what is known before the first and after the last of them
/// keeps its place.
fn fill_in(own: &Str, planned: &Str) -> Option<Str> {
    let [Part::Text(told)] = planned.parts.as_slice() else { return None };
    let known = |part: &Part| matches!(part, Part::Text(_));
    let first = own.parts.iter().position(|part| !known(part))?;
    let last = own.parts.iter().rposition(|part| !known(part))?;
    let texts = |range: Range<usize>| -> Vec<&crate::syntax::text::Text> {
        let parts = own.parts.get(range).unwrap_or_default();
        parts.iter().filter_map(|part| if let Part::Text(text) = part { Some(text) } else { None }).collect()
    };
    let (before, after) = (texts(0..first), texts(last + 1..own.parts.len()));
    let joined = |texts: &[&crate::syntax::text::Text]| texts.iter().map(|text| text.value()).collect::<String>();
    let (head, tail) = (joined(&before), joined(&after));
    let middle = told.value().strip_prefix(head.as_str())?.strip_suffix(tail.as_str())?;
    let mut filled = Str::default();
    before.into_iter().for_each(|text| filled.push(Part::Text(text.clone())));
    filled.push(Part::Text(told.slice(head.len()..head.len() + middle.len())));
    after.into_iter().for_each(|text| filled.push(Part::Text(text.clone())));
    Some(filled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::evaluate_text;

    /// Settles two expressions, and says where each string begins.
    fn settled(own: &str, planned: &str) -> String {
        let value = settle(evaluate_text(own), evaluate_text(&format!("({planned})")));
        json::encode(&value).unwrap_or_else(|| "unknown".to_owned()) + " " + &places(&value)
    }

    fn places(value: &Value) -> String {
        match &value.kind {
            Kind::List(list) => list.items.iter().map(places).collect(),
            Kind::Object(object) => object.entries.iter().map(|entry| places(&entry.value)).collect(),
            Kind::String(text) => text
                .parts
                .iter()
                .map(|part| match part {
                    Part::Text(text) => format!("{}+", text.span_of(0..text.value().len()).start),
                    Part::Json(value) => places(value),
                    Part::Unknown(_) => "?".to_owned(),
                })
                .collect(),
            _ => String::new(),
        }
    }

    #[test]
    fn the_plan_is_right_and_source_knows_the_places() {
        // The second expression is indented, so that its offsets are others.
        assert_eq!(settled(r#"["a", "b"]"#, r#"          ["b", "c"]"#), r#"["b","c"] 7+18+"#);
        assert_eq!(
            settled(r#"{ x = "a", y = timestamp() }"#, r#"                    { x = "a", y = "t", z = "n" }"#),
            r#"{"x":"a","y":"t","z":"n"} 7+37+46+"#
        );
        assert_eq!(settled(r#"["a"]"#, r#"           "a""#), r#"["a"] 2+"#);
        assert_eq!(settled(r#""x-${timestamp()}-y""#, r#"                     "x-1-y""#), r#""x-1-y" 1+25+17+"#);
        assert_eq!(settled(r#""x-${timestamp()}-y""#, r#"                     "other""#), r#""other" 23+"#);
        assert_eq!(settled("1", r#"   "1""#), "1 ");
        // Of two values that which the plan has.
        assert_eq!(settled(r#"timestamp() == "t" ? "a" : "b""#, r#"                    "b""#), r#""b" 28+"#);
        assert_eq!(settled(r#"timestamp() == "t" ? "a" : "b""#, r#"                    "c""#), r#""c" 22+"#);
    }

    #[test]
    fn policies_are_settled_inside_of_their_text() {
        let own = r#"jsonencode({ a = ["q", timestamp()], b = "x" })"#;
        let planned = r#"                                                  "{\"a\":[\"q\",\"now\"],\"b\":\"x\"}""#;
        assert_eq!(settled(own, planned), r#""{\"a\":[\"q\",\"now\"],\"b\":\"x\"}" 19+68+42+"#);
    }
}
