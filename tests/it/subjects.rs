//! The subjects of OpenID Connect issuers, against examples of their documentation: testdata/oidc/subjects.jsonl, a line each with its source.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use rolelint::catalog::issuers::{FormKind, IssuerFacts, issuer, issuer_of_subjects};
use rolelint::policy::pattern::Reading;
use serde_json::Value;

use crate::run::Scratch;

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

/// A trust policy of GitHub's with these conditions on the subject.
fn role(name: &str, conditions: &str) -> String {
    format!(
        "resource \"aws_iam_role\" \"{name}\" {{\n  name = \"{name}\"\n  assume_role_policy = jsonencode({{\n    Version = \"2012-10-17\"\n    Statement = [{{\n      Effect = \"Allow\"\n      Action = \"sts:AssumeRoleWithWebIdentity\"\n      Principal = {{ Federated = \"arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com\" }}\n      Condition = {{ {conditions} }}\n    }}]\n  }})\n}}\n"
    )
}

#[test]
fn long_lists_of_subjects_end() {
    let key = "token.actions.githubusercontent.com:sub";
    let list = |one: &dyn Fn(usize) -> String| format!("[{}]", (0..1_000).map(one).collect::<Vec<_>>().join(","));
    let stars = list(&|n| format!("\"repo:*a*b*{n}*c*/*a*b*:*:*a*b*\""));
    let refs = list(&|n| format!("\"repo:acme/web-{n}:*\""));
    let names = list(&|n| format!("\"repo:acme/web-{n}:ref:refs/heads/main\""));
    let requests = list(&|n| format!("\"repo:acme/web-{n}:pull_request\""));
    let holes = list(&|n| format!("\"repo:${{var.a}}{n}/${{var.b}}${{var.c}}*\""));
    let conditions = [
        format!("StringLike = {{ \"{key}\" = {stars} }}, StringEqualsIgnoreCase = {{ \"{key}\" = {names} }}"),
        format!(
            "StringLike = {{ \"{key}\" = {stars} }}, \"ForAnyValue:StringLike\" = {{ \"{key}\" = {refs} }}, StringNotLike = {{ \"{key}\" = {stars} }}"
        ),
        format!("StringLike = {{ \"{key}\" = {refs} }}"),
        format!("StringEquals = {{ \"{key}\" = {requests} }}, StringLike = {{ \"{key}\" = {requests} }}"),
        format!("StringLike = {{ \"{key}\" = {holes} }}"),
        format!("StringLike = {{ \"{key}\" = \"repo:{}\" }}", "*a?b".repeat(5_000)),
    ];
    let scratch = Scratch::new();
    scratch.write("variables.tf", "variable \"a\" {}\nvariable \"b\" {}\nvariable \"c\" {}\n");
    scratch.write("open.tf", role("open", &format!("StringLike = {{ \"{key}\" = \"repo:*\" }}")));
    for (index, condition) in conditions.iter().enumerate() {
        scratch.write(&format!("r{index}.tf"), role(&format!("r{index}"), condition));
    }
    let rules = rolelint::rules::ALL.iter().map(|rule| rule.about().id).filter(|id| id.starts_with("oidc-") || id.starts_with("irsa-"));
    let run = scratch.run(&["check", ".", "-f", "concise", "--select", &rules.collect::<Vec<_>>().join(",")]);
    assert!(run.rules().contains(&"oidc-subject-missing") && run.rules().contains(&"oidc-subject-any-ref"), "{}\n{}", run.out, run.err);
    assert!(!run.out.contains("problem["), "{}", run.out);
}
