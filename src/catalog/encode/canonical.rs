//! The one way to write the readable tables: sorted, one action, key, account, policy or statement a line, so that a refresh
//! reads as a list of what AWS changed.

use serde_json::Value;

/// JSON in this form. The same content gives the same bytes.
pub fn canonical(json: &str) -> Result<String, String> {
    let value: Value = serde_json::from_str(json).map_err(|why| why.to_string())?;
    let mut out = String::new();
    write(&value, &mut Vec::new(), &mut out);
    out.push('\n');
    Ok(out)
}

/// A policy document on one line, its members in the order in which AWS writes them.
pub fn document(value: &Value) -> String {
    let mut out = String::new();
    // A path that is too long to be one of those that span lines.
    write(value, &mut vec![DOCUMENTS, "", "", ""], &mut out);
    out
}

/// The table of policy documents.
const DOCUMENTS: &str = "documents";

/// Members of documents and statements, as AWS orders them.
const IN_DOCUMENTS: [&str; 12] = [
    "Version",
    "Id",
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
    "Statement",
];

fn write<'v>(value: &'v Value, path: &mut Vec<&'v str>, out: &mut String) {
    match value {
        Value::Object(fields) => {
            // serde_json sorts them only as long as no crate of the build asks it to keep their order.
            let mut fields: Vec<_> = fields.iter().collect();
            let documents = path.first() == Some(&DOCUMENTS);
            let place = |name: &str| IN_DOCUMENTS.iter().position(|known| documents && *known == name).unwrap_or(IN_DOCUMENTS.len());
            fields.sort_by_key(|(name, _)| (place(name), name.as_str()));
            let broken = !fields.is_empty() && spans_lines(path);
            let member = |(name, value): (&'v String, &'v Value), path: &mut Vec<&'v str>, out: &mut String| {
                out.push_str(&Value::from(name.as_str()).to_string());
                out.push_str(if broken { ": " } else { ":" });
                path.push(name);
                write(value, path, out);
                path.pop();
            };
            sequence(('{', '}'), broken, fields.into_iter(), path, out, member);
        }
        Value::Array(items) => {
            let broken = !items.is_empty() && list_spans_lines(path);
            let member = |item: &'v Value, path: &mut Vec<&'v str>, out: &mut String| {
                path.push("");
                write(item, path, out);
                path.pop();
            };
            sequence(('[', ']'), broken, items.iter(), path, out, member);
        }
        _ => out.push_str(&value.to_string()),
    }
}

/// Brackets around members with commas between, each on a line of its own or all on one.
fn sequence<'v, T>(
    brackets: (char, char),
    broken: bool,
    members: impl Iterator<Item = T>,
    path: &mut Vec<&'v str>,
    out: &mut String,
    member: impl Fn(T, &mut Vec<&'v str>, &mut String),
) {
    out.push(brackets.0);
    for (place, item) in members.enumerate() {
        if place > 0 {
            out.push(',');
        }
        if broken {
            new_line(path.len() + 1, out);
        }
        member(item, path, out);
    }
    if broken {
        new_line(path.len(), out);
    }
    out.push(brackets.1);
}

/// Whether the members of the object at this path have lines of their own: the path is of object names from the top.
fn spans_lines(path: &[&str]) -> bool {
    let levels = match path.first() {
        // services, prefix, actions or resources or keys
        Some(&"services") => 3,
        // federation, provider; documents, policy
        Some(&"federation" | &DOCUMENTS) => 2,
        // senders, principal, to
        Some(&"senders") => 3,
        _ => 1,
    };
    path.len() <= levels
}

/// Whether the items of the list at this path have lines of their own.
fn list_spans_lines(path: &[&str]) -> bool {
    matches!(path, ["paths"] | ["sensitive_actions" | "lists", _] | [DOCUMENTS, _, "Statement"])
}

fn new_line(depth: usize, out: &mut String) {
    out.push('\n');
    out.extend(std::iter::repeat_n(' ', depth));
}
