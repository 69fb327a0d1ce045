//! AWS's own rules, row by row: who asks, by which policies, and what AWS's page says of it (`testdata/access/decisions.jsonl`).

use serde_json::{Map, Value};

#[path = "../../examples/judge/asked.rs"]
mod asked;

#[test]
fn decisions_are_those_of_awss_pages() {
    let rows = include_str!("../../testdata/access/decisions.jsonl");
    let (mut differing, mut count) = (Vec::new(), 0);
    for line in rows.lines() {
        let mut row: Map<String, Value> = serde_json::from_str(line).unwrap();
        let mut take = |name: &str| row.remove(name).and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default();
        let (case, page, verdict) = (take("case"), take("page"), take("verdict"));
        assert!(!page.is_empty(), "{case}");
        let asked = serde_json::from_value(Value::Object(row)).unwrap();
        let answer = asked::answer(&asked).unwrap_or_else(|error| panic!("{case}: {error}"));
        count += 1;
        if answer["some"] != verdict.as_str() {
            differing.push(format!("{case}\n  AWS: {verdict}, here: {answer}\n  {page}\n"));
        }
    }
    assert!(count >= 280, "{count} rows");
    assert!(differing.is_empty(), "{} of {count}\n{}", differing.len(), differing.join("\n"));
}
