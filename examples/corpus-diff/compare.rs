//! Which findings of one report are in the other: the same, changed, gone or new.
//!
//! Both reports are of the same source, so a finding's place is a good name for it. Reports are read leniently: OLD and NEW may be
//! versions that print different fields, and a field that only one of them prints is no change.

use std::collections::{BTreeMap, HashMap, VecDeque};

use serde_json::{Value, json};

/// The group of what is known of single policies, among those of rules.
pub const COVERAGE: &str = "coverage";

/// A finding; a problem or a policy's coverage in the form of one.
#[derive(Clone, Debug)]
pub struct Entry {
    pub rule: String,
    /// Empty for what is no finding.
    pub severity: String,
    pub message: String,
    pub address: String,
    pub file: String,
    pub line: u64,
    pub column: u64,
    /// All that can change.
    value: Value,
}

#[derive(Debug)]
pub enum Change {
    Gone(Entry),
    New(Entry),
    Changed(Entry, Entry),
}

/// A field that both have, with different values.
#[derive(Debug, PartialEq)]
pub struct Field {
    pub name: String,
    pub old: Value,
    pub new: Value,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pair {
    pub old: u64,
    pub new: u64,
}

/// What two reports on one tree have and have not in common.
#[derive(Debug)]
pub struct Comparison {
    pub findings: Pair,
    /// The numbers of `coverage` by name.
    pub coverage: BTreeMap<String, Pair>,
    /// By file and place.
    pub changes: Vec<Change>,
}

impl Comparison {
    pub fn differs(&self) -> bool {
        !self.changes.is_empty() || self.coverage.values().any(|pair| pair.old != pair.new)
    }
}

/// With `rules`, of the findings of these alone.
pub fn compare(old: &Value, new: &Value, rules: &[String]) -> Comparison {
    let (old_findings, new_findings) = (findings(old, rules), findings(new, rules));
    let findings = Pair { old: old_findings.len() as u64, new: new_findings.len() as u64 };
    let mut changes = changes(old_findings, new_findings);
    let mut coverage = BTreeMap::new();
    if rules.is_empty() {
        changes.extend(self::changes(problems(old), problems(new)));
        // A version that does not list policies says nothing of them.
        if let (Some(old), Some(new)) = (policies(old), policies(new)) {
            changes.extend(self::changes(old, new));
        }
        coverage = numbers(&old["coverage"], &new["coverage"]);
    }
    changes.sort_by(|one, other| one.entry().place().cmp(&other.entry().place()));
    Comparison { findings, coverage, changes }
}

impl Change {
    /// What is now, or was.
    pub fn entry(&self) -> &Entry {
        match self {
            Change::Gone(entry) | Change::New(entry) | Change::Changed(_, entry) => entry,
        }
    }
}

impl Entry {
    fn at(location: &Value, rule: String, message: String, value: Value) -> Entry {
        let number = |name: &str| location["start"][name].as_u64().unwrap_or_default();
        Entry {
            rule,
            message,
            severity: text(&value, "severity"),
            address: text(&value, "address"),
            file: text(location, "file"),
            line: number("line"),
            column: number("column"),
            value,
        }
    }

    fn place(&self) -> (&str, u64, u64) {
        (&self.file, self.line, self.column)
    }

    pub fn is_finding(&self) -> bool {
        !self.severity.is_empty()
    }

    fn at_address(&self) -> bool {
        !self.address.is_empty()
    }
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().map_or(&[], Vec::as_slice)
}

fn findings(report: &Value, rules: &[String]) -> Vec<Entry> {
    let all = list(report, "findings").iter();
    let entries = all.map(|finding| Entry::at(&finding["location"], text(finding, "rule"), text(finding, "message"), finding.clone()));
    entries.filter(|entry| rules.is_empty() || rules.contains(&entry.rule)).collect()
}

fn problems(report: &Value) -> Vec<Entry> {
    let entry = |problem: &Value| {
        let rule = format!("problem[{}]", text(problem, "kind"));
        Entry::at(&problem["location"], rule, text(problem, "message"), problem.clone())
    };
    list(report, "problems").iter().map(entry).collect()
}

/// Each policy with how much of it is known. What is unknown in it changes with every word about it, and is not compared.
fn policies(report: &Value) -> Option<Vec<Entry>> {
    let entry = |policy: &Value| {
        let message = format!("{} of `{}`", text(policy, "kind"), text(policy, "address"));
        let address = format!("{} in {}", message, text(policy, "root"));
        Entry::at(&policy["location"], COVERAGE.to_owned(), message, json!({ "address": address, "state": policy["state"] }))
    };
    Some(report["coverage"]["by_policy"].as_array()?.iter().map(entry).collect())
}

/// The numbers that both have.
fn numbers(old: &Value, new: &Value) -> BTreeMap<String, Pair> {
    let fields = old.as_object().into_iter().flatten();
    let pair = |(name, old): (&String, &Value)| Some((name.clone(), Pair { old: old.as_u64()?, new: new[name].as_u64()? }));
    fields.filter_map(pair).collect()
}

/// What two findings of one rule must agree on to be one and the same, the surest first.
type Key = fn(&Entry) -> Option<String>;

const KEYS: &[Key] = &[
    |entry| Some(format!("{:?} {:?} {} {}", entry.place(), entry.address, entry.message, entry.value)),
    |entry| Some(format!("{:?} {:?} {}", entry.place(), entry.address, entry.message)),
    |entry| Some(format!("{:?} {:?}", entry.place(), entry.address)),
    |entry| Some(format!("{:?}", entry.place())),
    |entry| entry.at_address().then(|| format!("{:?} {:?}", entry.file, entry.address)),
];

/// Pairs the entries one to one; what is left over is gone or new.
fn changes(old: Vec<Entry>, new: Vec<Entry>) -> Vec<Change> {
    let mut gone: Vec<Option<Entry>> = old.into_iter().map(Some).collect();
    let mut come: Vec<Option<Entry>> = new.into_iter().map(Some).collect();
    let mut found = Vec::new();
    for key in KEYS {
        let key = |entry: &Entry| key(entry).map(|key| (entry.rule.clone(), key));
        let mut waiting: HashMap<(String, String), VecDeque<usize>> = HashMap::new();
        for (index, entry) in gone.iter().enumerate() {
            if let Some(key) = entry.as_ref().and_then(key) {
                waiting.entry(key).or_default().push_back(index);
            }
        }
        for slot in &mut come {
            let Some(index) = slot.as_ref().and_then(key).and_then(|key| waiting.get_mut(&key)?.pop_front()) else { continue };
            if let (Some(old), Some(new)) = (gone[index].take(), slot.take())
                && !fields(&old, &new).is_empty()
            {
                found.push(Change::Changed(old, new));
            }
        }
    }
    found.extend(gone.into_iter().flatten().map(Change::Gone));
    found.extend(come.into_iter().flatten().map(Change::New));
    found
}

/// In what they differ: the message first.
pub fn fields(old: &Entry, new: &Entry) -> Vec<Field> {
    let all = old.value.as_object().into_iter().flatten();
    let differing = all.filter_map(|(name, old)| Some((name, old, new.value.get(name)?))).filter(|(_, old, new)| !same(old, new));
    let mut found: Vec<Field> = differing.map(|(name, old, new)| field(name, old, new)).collect();
    found.sort_by_key(|field| field.name != "message");
    found
}

/// Whether they are the same in all that both have.
fn same(old: &Value, new: &Value) -> bool {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => old.iter().all(|(name, old)| new.get(name).is_none_or(|new| same(old, new))),
        (Value::Array(old), Value::Array(new)) => old.len() == new.len() && old.iter().zip(new).all(|(old, new)| same(old, new)),
        _ => old == new,
    }
}

/// A location is its beginning, and if that is the same, how far it goes.
fn field(name: &str, old: &Value, new: &Value) -> Field {
    let place = |value: &Value, end: &str| {
        let point = &value[end];
        Value::String(format!("{}:{}:{}", text(value, "file"), point["line"], point["column"]))
    };
    let ends = |name: &str, end: &str| Field { name: name.to_owned(), old: place(old, end), new: place(new, end) };
    match name {
        "location" if place(old, "start") != place(new, "start") => ends("place", "start"),
        "location" => ends("end", "end"),
        _ => Field { name: name.to_owned(), old: old.clone(), new: new.clone() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(line: u64, address: &str, message: &str) -> Value {
        let location = json!({ "file": "main.tf", "start": { "line": line, "column": 3 }, "end": { "line": line, "column": 9 } });
        json!({ "rule": "r", "severity": "high", "message": message, "address": address, "location": location })
    }

    fn with(mut finding: Value, name: &str, value: Value) -> Value {
        finding[name] = value;
        finding
    }

    fn compared(old: &[Value], new: &[Value]) -> Comparison {
        compare(&json!({ "findings": old }), &json!({ "findings": new }), &[])
    }

    /// One line a change: the mark, the line, the message, and the fields.
    fn marks(comparison: &Comparison) -> Vec<String> {
        let line = |mark: &str, entry: &Entry| format!("{mark} {} {}", entry.line, entry.message);
        let names = |old: &Entry, new: &Entry| fields(old, new).into_iter().map(|field| field.name).collect::<Vec<_>>().join(",");
        let change = |change: &Change| match change {
            Change::Gone(entry) => line("-", entry),
            Change::New(entry) => line("+", entry),
            Change::Changed(old, new) => format!("{} [{}]", line("~", new), names(old, new)),
        };
        comparison.changes.iter().map(change).collect()
    }

    #[test]
    fn the_same_findings_in_another_order_do_not_differ() {
        let (one, other) = (finding(1, "a", "m"), finding(2, "b", "m"));
        let comparison = compared(&[one.clone(), other.clone()], &[other, one]);
        assert!(!comparison.differs());
        assert_eq!(comparison.findings, Pair { old: 2, new: 2 });
    }

    #[test]
    fn each_finding_has_at_most_one_partner() {
        let one = finding(1, "a", "m");
        assert_eq!(marks(&compared(&[one.clone(), one.clone(), one.clone()], std::slice::from_ref(&one))), ["- 1 m", "- 1 m"]);
        assert_eq!(marks(&compared(std::slice::from_ref(&one), &[one.clone(), one.clone()])), ["+ 1 m"]);
    }

    /// Whatever comes first in the report: an exact partner is not taken by a finding that only stands in the same place.
    #[test]
    fn the_nearest_partner_wins() {
        let old = [finding(1, "a", "first"), finding(1, "a", "second")];
        let new = [finding(1, "a", "second"), finding(1, "a", "third")];
        assert_eq!(marks(&compared(&old, &new)), ["~ 1 third [message]"]);
        let old = [finding(1, "a", "m"), with(finding(1, "a", "m"), "help", json!("h"))];
        let new = [with(finding(1, "a", "m"), "help", json!("h"))];
        assert_eq!(marks(&compared(&old, &new)), ["- 1 m"]);
    }

    #[test]
    fn a_finding_may_change_its_words_its_address_or_its_place() {
        let old = finding(1, "a", "m");
        let changed = |new: Value| marks(&compared(std::slice::from_ref(&old), &[new]));
        assert_eq!(changed(with(old.clone(), "message", json!("n"))), ["~ 1 n [message]"]);
        assert_eq!(changed(with(old.clone(), "severity", json!("low"))), ["~ 1 m [severity]"]);
        assert_eq!(changed(finding(1, "b", "m")), ["~ 1 m [address]"]);
        assert_eq!(changed(finding(2, "a", "n")), ["~ 2 n [message,place]"]);
        assert_eq!(changed(finding(2, "b", "m")), ["- 1 m", "+ 2 m"]);
        assert_eq!(changed(with(old.clone(), "rule", json!("s"))), ["- 1 m", "+ 1 m"]);
        let mut longer = old.clone();
        longer["location"]["end"]["column"] = json!(20);
        assert_eq!(changed(longer), ["~ 1 m [end]"]);
    }

    #[test]
    fn without_an_address_only_the_place_counts() {
        assert_eq!(marks(&compared(&[finding(1, "", "m")], &[finding(2, "", "m")])), ["- 1 m", "+ 2 m"]);
    }

    #[test]
    fn a_field_that_only_one_version_prints_is_no_change() {
        let labels = |label: Value| with(finding(1, "a", "m"), "labels", json!([label]));
        let newer = with(labels(json!({ "message": "l", "kind": "why" })), "roots", json!(["."]));
        assert!(!compared(&[labels(json!({ "message": "l" }))], std::slice::from_ref(&newer)).differs());
        assert_eq!(marks(&compared(&[labels(json!({ "message": "k" }))], &[newer])), ["~ 1 m [labels]"]);
    }

    #[test]
    fn problems_and_coverage_are_compared_unless_rules_are_asked_for() {
        let policy = |state: &str| json!({ "address": "a", "root": ".", "kind": "policy", "state": state });
        let problem = json!({ "kind": "syntax", "message": "what", "location": null });
        let report = |problems: Vec<Value>, resolved: u64, state: &str| json!({ "findings": [], "problems": problems, "coverage": { "resolved": resolved, "by_policy": [policy(state)] } });
        let (old, new) = (report(vec![problem], 0, "partial"), report(vec![], 1, "resolved"));
        let comparison = compare(&old, &new, &[]);
        assert_eq!(marks(&comparison), ["- 0 what", "~ 0 policy of `a` [state]"]);
        assert_eq!(comparison.coverage["resolved"], Pair { old: 0, new: 1 });
        assert!(!compare(&old, &new, &["r".to_owned()]).differs());
    }
}
