//! What a refresh changes: two versions of the readable tables side by side.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::Value;

use super::{FILES, Sources};

/// Rows by name.
type Rows = BTreeMap<String, Value>;

/// What the tables call the rows of one kind, and how to find them: the file, the objects that lead to the rows.
struct Kind {
    name: &'static str,
    file: &'static str,
    /// `*` is every member; its name is put before the row's, with this text between.
    path: &'static [&'static str],
    between: &'static str,
    /// Members of a row that are rows of their own.
    apart: &'static [&'static str],
}

const KINDS: &[Kind] = &[
    Kind { name: "services", file: FILES[0], path: &["services"], between: "", apart: &["actions", "resources", "keys"] },
    Kind { name: "actions", file: FILES[0], path: &["services", "*", "actions"], between: ":", apart: &[] },
    Kind { name: "resource types", file: FILES[0], path: &["services", "*", "resources"], between: " ", apart: &[] },
    Kind { name: "condition keys", file: FILES[0], path: &["services", "*", "keys"], between: " ", apart: &[] },
    Kind { name: "retired actions", file: FILES[0], path: &["retired_actions"], between: "", apart: &[] },
    Kind { name: "global condition keys", file: FILES[1], path: &["global"], between: "", apart: &[] },
    Kind { name: "federation claims", file: FILES[1], path: &["federation", "*"], between: ":", apart: &[] },
    Kind { name: "known accounts", file: FILES[2], path: &["accounts"], between: "", apart: &["sources"] },
    Kind { name: "managed policies", file: FILES[3], path: &["policies"], between: "", apart: &[] },
    Kind { name: "policy documents", file: FILES[4], path: &["documents"], between: "", apart: &[] },
    Kind { name: "service principals", file: FILES[5], path: &["principals"], between: "", apart: &["src"] },
    Kind { name: "privilege escalations", file: FILES[6], path: &["paths"], between: "", apart: &["sources", "aliases"] },
    Kind { name: "service sources", file: FILES[7], path: &["senders", "*", "to"], between: " to ", apart: &[] },
    Kind { name: "facts of condition keys", file: FILES[8], path: &["keys"], between: "", apart: &["pages"] },
    Kind { name: "lists", file: FILES[9], path: &["lists"], between: "", apart: &[] },
    Kind { name: "resources with policies", file: FILES[10], path: &["targets"], between: "", apart: &["pages"] },
    Kind { name: "policy quotas", file: FILES[10], path: &["quotas"], between: "", apart: &["pages"] },
    Kind { name: "policy guards", file: FILES[10], path: &["guards"], between: "", apart: &["pages"] },
    Kind { name: "sensitive actions", file: FILES[6], path: &["sensitive_actions"], between: "", apart: &[] },
];

/// What is in the new tables and not in the old ones, and the other way round: first how much of each kind, then names.
/// A table that is empty text has no rows.
pub fn changes(old: &Sources, new: &Sources) -> Result<String, String> {
    let (old, new) = (tables(old)?, tables(new)?);
    let mut counts = String::new();
    let mut names = String::new();
    for kind in KINDS {
        let change = Change::between(kind.rows(&old), kind.rows(&new));
        let (added, removed, changed) = (change.added.len(), change.removed.len(), change.changed.len());
        if added + removed + changed == 0 {
            continue;
        }
        let _ = writeln!(counts, "{:<24}{added:>7} added{removed:>7} removed{changed:>7} changed", kind.name);
        let _ = writeln!(names, "\n{}", kind.name);
        change.added.iter().for_each(|name| names.push_str(&format!("  + {name}\n")));
        change.removed.iter().for_each(|name| names.push_str(&format!("  - {name}\n")));
        change.changed.iter().for_each(|(name, how)| names.push_str(&format!("  ~ {name}: {how}\n")));
    }
    if counts.is_empty() {
        return Ok("no changes\n".to_owned());
    }
    Ok(counts + &names)
}

fn tables(sources: &Sources) -> Result<BTreeMap<&'static str, Value>, String> {
    let mut tables = BTreeMap::new();
    for (file, text) in FILES.into_iter().zip(sources.texts()) {
        let text = if text.trim().is_empty() { "{}" } else { text };
        tables.insert(file, serde_json::from_str(text).map_err(|why| format!("{file}: {why}"))?);
    }
    Ok(tables)
}

impl Kind {
    fn rows(&self, tables: &BTreeMap<&'static str, Value>) -> Rows {
        let mut rows = Rows::new();
        if let Some(table) = tables.get(self.file) {
            self.walk(table, self.path, "", &mut rows);
        }
        rows
    }

    fn walk(&self, value: &Value, path: &[&str], start: &str, rows: &mut Rows) {
        let step = path.split_first();
        match (step, value) {
            (Some((&"*", rest)), Value::Object(members)) => {
                for (name, member) in members {
                    self.walk(member, rest, &format!("{start}{name}{}", self.between), rows);
                }
            }
            (Some((name, rest)), Value::Object(members)) => {
                if let Some(member) = members.get(*name) {
                    self.walk(member, rest, start, rows);
                }
            }
            (None, Value::Object(members)) => {
                for (name, row) in members {
                    self.row(format!("{start}{name}"), row, rows);
                }
            }
            // A list of sets: what is in one is its name, as ids are not unique.
            (None, Value::Array(items)) => {
                for item in items {
                    let parts = item.get("required").and_then(Value::as_array).into_iter().flatten();
                    let name = parts.filter_map(Value::as_str).collect::<Vec<_>>().join(" + ");
                    self.row(name, item, rows);
                }
            }
            _ => {}
        }
    }

    fn row(&self, name: String, row: &Value, rows: &mut Rows) {
        let mut row = row.clone();
        match &mut row {
            Value::Object(members) => members.retain(|member, _| !self.apart.contains(&member.as_str())),
            // A list of names: each is a row.
            Value::Array(names) if names.iter().all(Value::is_string) => {
                for item in names.iter().filter_map(Value::as_str) {
                    rows.insert(format!("{name} {item}"), Value::Null);
                }
                return;
            }
            _ => {}
        }
        rows.insert(name, row);
    }
}

struct Change {
    added: Vec<String>,
    removed: Vec<String>,
    /// With what changed.
    changed: Vec<(String, String)>,
}

impl Change {
    fn between(old: Rows, new: Rows) -> Change {
        let added = new.keys().filter(|name| !old.contains_key(*name)).cloned().collect();
        let removed = old.keys().filter(|name| !new.contains_key(*name)).cloned().collect();
        let both = old.iter().filter_map(|(name, old)| Some((name, old, new.get(name)?)));
        let changed = both.filter(|(_, old, new)| old != new).map(|(name, old, new)| (name.clone(), difference(old, new))).collect();
        Change { added, removed, changed }
    }
}

/// Longer than this a value says only that it changed.
const SHOWN: usize = 60;

fn difference(old: &Value, new: &Value) -> String {
    let (Value::Object(before), Value::Object(after)) = (old, new) else {
        return turned(Some(old), Some(new));
    };
    let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
    names.sort();
    names.dedup();
    let differing = names.into_iter().filter(|name| before.get(*name) != after.get(*name));
    differing.map(|name| format!("{name} {}", turned(before.get(name), after.get(name)))).collect::<Vec<_>>().join(", ")
}

fn turned(old: Option<&Value>, new: Option<&Value>) -> String {
    let shown = |value: Option<&Value>| value.map_or_else(|| "nothing".to_owned(), Value::to_string);
    let (old, new) = (shown(old), shown(new));
    if old.len() > SHOWN || new.len() > SHOWN { "changed".to_owned() } else { format!("{old} -> {new}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources(reference: &str, escalations: &str) -> Sources {
        let empty = String::new();
        Sources {
            reference: reference.to_owned(),
            keys: r#"{"global": {"aws:SourceIp": {"type": "IPAddress"}}, "federation": {"saml": {"aud": {"multi": false}}}}"#.to_owned(),
            accounts: empty.clone(),
            managed: empty.clone(),
            documents: empty.clone(),
            principals: empty.clone(),
            escalations: escalations.to_owned(),
            senders: empty.clone(),
            key_facts: empty.clone(),
            lists: empty.clone(),
            policies: empty,
        }
    }

    const OLD: &str = r#"{"services": {
        "s3": {"name": "S3", "actions": {"Get": {"l": "R"}, "Put": {"l": "W"}, "Gone": {"l": "L"}}, "resources": {}, "keys": {"s3:a": "String"}},
        "old": {"name": "Old", "actions": {"Do": {"l": "W"}}, "resources": {"thing": {"arn": ["arn:x"]}}, "keys": {}}},
        "retired_actions": {"s3": ["Lost"]}}"#;
    const NEW: &str = r#"{"services": {
        "s3": {"name": "Simple", "actions": {"Get": {"l": "R"}, "Put": {"l": "P", "c": ["s3:a"]}, "New": {"l": "L"}}, "resources": {}, "keys": {"s3:a": "ARN"}}},
        "retired_actions": {"s3": ["Gone", "Lost"]}}"#;

    #[test]
    fn what_a_refresh_changes_is_counted_and_named() {
        let escalations = |passed: &str| {
            format!(r#"{{"paths": [{{"id": "x", "required": ["a:B", "c:D"], "passed_to": {passed}, "sources": {passed}}}]}}"#)
        };
        let text = changes(&sources(OLD, &escalations("[]")), &sources(NEW, &escalations("[\"e\"]"))).unwrap();
        let expected = "\
services                      0 added      1 removed      1 changed
actions                       1 added      2 removed      1 changed
resource types                0 added      1 removed      0 changed
condition keys                0 added      0 removed      1 changed
retired actions               1 added      0 removed      0 changed
privilege escalations         0 added      0 removed      1 changed

services
  - old
  ~ s3: name \"S3\" -> \"Simple\"

actions
  + s3:New
  - old:Do
  - s3:Gone
  ~ s3:Put: c nothing -> [\"s3:a\"], l \"W\" -> \"P\"

resource types
  - old thing

condition keys
  ~ s3 s3:a: \"String\" -> \"ARN\"

retired actions
  + s3 Gone

privilege escalations
  ~ a:B + c:D: passed_to [] -> [\"e\"]
";
        assert_eq!(text, expected);
    }

    #[test]
    fn the_same_tables_have_no_changes() {
        assert_eq!(changes(&sources(OLD, ""), &sources(OLD, "")), Ok("no changes\n".to_owned()));
    }

    #[test]
    fn a_table_that_is_not_there_has_no_rows() {
        let text = changes(&sources("", ""), &sources(OLD, "")).unwrap();
        assert!(text.starts_with("services                      2 added      0 removed"), "{text}");
        assert!(changes(&sources("{", ""), &sources(OLD, "")).unwrap_err().starts_with("iam-reference.json: "));
    }
}
