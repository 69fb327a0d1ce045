//! The subjects of OpenID Connect issuers, against examples of their documentation: testdata/oidc/subjects.jsonl, a line each with its source.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use rolelint::catalog::issuers::{FormKind, IssuerFacts, issuer, issuer_of_subjects};
use rolelint::policy::pattern::Reading;
use serde_json::Value;

/// Issuers whose subjects have so many forms that no grammar of them is closed.
const OPEN: &[&str] = &["octopus.example.com", "jenkins.acme.com/oidc"];

fn text<'a>(line: &'a Value, key: &str) -> &'a str {
    line[key].as_str().unwrap_or_default()
}

fn facts(line: &Value) -> Option<&'static IssuerFacts> {
    issuer(text(line, "issuer")).or_else(|| issuer_of_subjects(text(line, "subject")))
}

/// The forms that a subject has, with what its variables hold.
fn readings(facts: &IssuerFacts, subject: &str) -> Vec<(String, Reading)> {
    let forms = facts.forms.iter().filter(|form| form.kind != FormKind::Possible);
    forms.flat_map(|form| form.rows.iter().filter_map(|row| Some((form.id.clone(), row.read(subject)?)))).collect()
}

/// What two subjects of one tenant or repository have the same, such as `acme/web`.
fn identities(sets: &[Vec<std::sync::Arc<str>>], reading: &Reading) -> BTreeSet<String> {
    let joined = |set: &Vec<std::sync::Arc<str>>| {
        let parts: Option<Vec<&str>> = set.iter().map(|name| reading.get(name).map(String::as_str)).collect();
        parts.map(|parts| parts.join("/"))
    };
    sets.iter().filter_map(joined).collect()
}

#[test]
fn subjects_of_the_documentation_are_read_as_they_are_meant() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/oidc/subjects.jsonl");
    let mut wrong = Vec::new();
    let mut judged = 0;
    for line in fs::read_to_string(path).unwrap().lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let (subject, valid) = (text(&line, "subject"), line["valid"].as_bool().unwrap());
        if OPEN.contains(&text(&line, "issuer")) {
            continue;
        }
        let Some(facts) = facts(&line) else {
            assert!(!valid, "no issuer for {line}");
            continue;
        };
        judged += 1;
        let read = readings(facts, subject);
        if !valid {
            // A form that is not closed may hold more than what is known.
            if !read.is_empty() && facts.closed {
                wrong.push(format!("is no subject, but is read: {line} {read:?}"));
            }
            continue;
        }
        let form: Vec<&(String, Reading)> = read.iter().filter(|(id, _)| *id == text(&line, "form")).collect();
        if form.is_empty() {
            wrong.push(format!("is not read as {}: {line} {read:?}", text(&line, "form")));
        }
        for (key, sets) in [("tenant", &facts.same_tenant), ("repository", &facts.same_repository)] {
            let named = text(&line, key);
            let found: BTreeSet<String> = form.iter().flat_map(|(_, reading)| identities(sets, reading)).collect();
            if !named.is_empty() && !found.is_empty() && !found.iter().any(|one| one == named || one.ends_with(&format!("/{named}"))) {
                let whole = form.iter().any(|(_, reading)| reading.values().any(|value| value == named));
                if !whole {
                    wrong.push(format!("has {key} {found:?}: {line}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(judged > 170, "{judged} lines are judged");
}
