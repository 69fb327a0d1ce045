//! Lists and maps of which source tells only a part: whatever the rest turns out to be, the result must be one that was allowed.

use super::*;

/// A list as it may be written: items that are known or not, and what may stand somewhere in it beside them.
#[derive(Clone, Debug)]
struct Sketch {
    items: Vec<Option<&'static str>>,
    more: Option<(usize, Vec<&'static str>)>,
}

fn text() -> impl Strategy<Value = &'static str> {
    proptest::sample::select(vec!["", "a", "b", "ab", "z"])
}

fn sketch() -> impl Strategy<Value = Sketch> {
    let items = proptest::collection::vec(proptest::option::weighted(0.7, text()), 0..4);
    let more = proptest::option::weighted(0.3, (0..4_usize, proptest::collection::vec(text(), 0..3)));
    (items, more).prop_map(|(items, more)| Sketch { items, more })
}

impl Sketch {
    fn open(&self) -> Value {
        let items: Vec<Value> = self.items.iter().map(|item| item.map_or_else(unknown, s)).collect();
        if self.more.is_some() { open_list(&items) } else { list(&items) }
    }

    /// With what is not known in its place, and at the end what there is more if that has to come last.
    fn closed(&self, fill: &[Value], last: bool) -> Value {
        let mut fill = fill.iter().cycle();
        let mut items: Vec<Value> = self.items.iter().map(|item| item.map_or_else(|| fill.next().unwrap().clone(), s)).collect();
        if let Some((at, more)) = &self.more {
            let at = if last { items.len() } else { (*at).min(items.len()) };
            items.splice(at..at, more.iter().map(|item| s(item)));
        }
        list(&items)
    }

    /// An object with the items as members.
    fn object(list: &Value) -> Value {
        let source = list.as_list().unwrap();
        let names = ["k", "l", "m", "n", "o", "p"];
        let entries =
            source.items.iter().zip(names).map(|(value, name)| Entry { key: name.into(), key_span: here(), value: value.clone() });
        let entries: Vec<Entry> = entries.collect();
        Value::object(Object { entries, more: source.more.clone(), ..Object::default() }, here())
    }
}

fn calls_of([first, second, a, b]: [&Value; 4], needle: &str) -> Vec<(&'static str, Vec<Value>)> {
    let mut calls = Vec::new();
    for name in
        ["compact", "distinct", "flatten", "keys", "length", "one", "reverse", "sort", "sum", "tolist", "toset", "alltrue", "anytrue"]
    {
        calls.push((name, vec![first.clone()]));
        calls.push((name, vec![run("toset", std::slice::from_ref(first))]));
    }
    for name in ["concat", "setunion", "setintersection", "setsubtract", "setproduct", "coalescelist", "zipmap", "matchkeys"] {
        calls.push((name, vec![first.clone(), second.clone()]));
    }
    calls.push(("matchkeys", vec![first.clone(), first.clone(), second.clone()]));
    calls.push(("flatten", vec![list(&[first.clone(), s("x"), second.clone()])]));
    calls.push(("join", vec![s(","), first.clone(), second.clone()]));
    calls.push(("formatlist", vec![s("%s-%s"), first.clone(), s("x")]));
    calls.push(("formatlist", vec![s("%s-%s"), first.clone(), second.clone()]));
    calls.push(("contains", vec![first.clone(), s(needle)]));
    calls.push(("index", vec![first.clone(), s(needle)]));
    for at in 0..3 {
        calls.push(("element", vec![first.clone(), n(at)]));
        calls.push(("slice", vec![first.clone(), n(0), n(at)]));
        calls.push(("chunklist", vec![first.clone(), n(at)]));
    }
    calls.push(("merge", vec![a.clone(), b.clone()]));
    calls.push(("merge", vec![b.clone(), object(&[("k", s("y"))]), a.clone()]));
    for name in ["keys", "values", "length", "tomap"] {
        calls.push((name, vec![a.clone()]));
    }
    calls.push(("lookup", vec![a.clone(), s("k"), s("d")]));
    calls.push(("lookup", vec![a.clone(), s("z"), s("d")]));
    calls.push(("transpose", vec![object(&[("x", first.clone()), ("y", second.clone())])]));
    calls.push(("values", vec![run("merge", &[a.clone(), b.clone()])]));
    // Single values: further items before them would be others.
    let list = first.as_list().unwrap();
    if let ([x, y, ..], None) = (list.items.as_slice(), &list.more) {
        calls.push(("coalesce", vec![x.clone(), y.clone()]));
        calls.push(("coalesce", vec![x.clone(), s(""), y.clone(), s("q")]));
        calls.push(("format", vec![s("%s/%v"), x.clone(), y.clone()]));
        calls.push(("replace", vec![x.clone(), s("a"), y.clone()]));
        calls.push(("max", vec![x.clone(), y.clone()]));
    }
    calls
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn lists_and_maps_allow_what_they_turn_out_to_be(
        first in sketch(),
        second in sketch(),
        needle in text(),
        fill in proptest::collection::vec(proptest::option::weighted(0.9, text()), 1..4),
    ) {
        let fill: Vec<Value> = fill.iter().map(|fill| fill.map_or_else(|| Value::null(here()), s)).collect();
        let object = |list: &Value| Sketch::object(list);
        let open = calls_of([&first.open(), &second.open(), &object(&first.open()), &object(&second.open())], needle);
        let objects = [&first, &second].map(|sketch| object(&sketch.closed(&fill, true)));
        let closed = calls_of([&first.closed(&fill, false), &second.closed(&fill, false), &objects[0], &objects[1]], needle);
        // The calls of two items come last: where there are fewer, they are missing on one side.
        for ((name, partial), (_, full)) in open.into_iter().zip(closed) {
            let (before, after) = (run(name, &partial), run(name, &full));
            if after.as_unknown().is_some() {
                continue;
            }
            let sound = before.as_unknown().is_none_or(|unknown| !unknown.is_failed()) && allows(&before, &after, "");
            let shown = |values: &[Value]| values.iter().map(show).collect::<Vec<_>>().join(", ");
            prop_assert!(sound, "{name}({}) is {}, but {name}({}) is {}", shown(&partial), show(&before), shown(&full), show(&after));
        }
    }
}
