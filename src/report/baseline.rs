//! The baseline file, version 1: JSON with one line for each known finding, so that a change of it is small in review.
//!
//! ```json
//! {
//!   "version": 1,
//!   "findings": [
//!     { "root": "live/prod", "holder": "role `ci`", "rule": "admin-access", "statement": "0f3c…", "token": "\"*\"", "address": "aws_iam_role_policy.ci" }
//!   ]
//! }
//! ```

use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use crate::finding::Known;

const VERSION: u32 = 1;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    version: u32,
    findings: Vec<WireKnown>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct WireKnown {
    root: String,
    holder: String,
    rule: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    on: String,
    statement: String,
    #[serde(default)]
    token: String,
    address: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// What cannot be read of a baseline file, with the place as far as there is one.
#[derive(Debug, PartialEq, Eq)]
pub struct Unreadable {
    pub reason: String,
    /// Line and column, from 1.
    pub at: Option<(usize, usize)>,
}

/// Reads a baseline file.
pub fn parse(text: &str) -> Result<Vec<Known>, Unreadable> {
    let wrong = |error: serde_json::Error| {
        let text = error.to_string();
        let reason = text.split(" at line ").next().unwrap_or(&text).to_owned();
        Unreadable { reason, at: Some((error.line(), error.column())) }
    };
    // What is derived for a struct takes a list, too.
    if text.trim_start().starts_with('[') {
        return Err(Unreadable { reason: "it is a list".to_owned(), at: None });
    }
    let document: Document = serde_json::from_str(text).map_err(wrong)?;
    if document.version != VERSION {
        let reason = format!("it is of version {}, and this rolelint reads version {VERSION}", document.version);
        return Err(Unreadable { reason, at: None });
    }
    Ok(document.findings.into_iter().map(known).collect())
}

fn known(wire: WireKnown) -> Known {
    let WireKnown { root, holder, rule, on, statement, token, address, account, reason } = wire;
    Known { root, holder, rule, on, statement, token, address, account, reason }
}

/// Writes a baseline file. The entries are sorted, so that the same findings make the same file.
pub fn write(findings: &[Known], out: &mut dyn Write) -> io::Result<()> {
    let mut sorted: Vec<&Known> = findings.iter().collect();
    sorted.sort();
    write!(out, "{{\n  \"version\": {VERSION},\n  \"findings\": [")?;
    for (at, known) in sorted.iter().enumerate() {
        let wire = WireKnown {
            root: known.root.clone(),
            holder: known.holder.clone(),
            rule: known.rule.clone(),
            on: known.on.clone(),
            statement: known.statement.clone(),
            token: known.token.clone(),
            address: known.address.clone(),
            account: known.account.clone(),
            reason: known.reason.clone(),
        };
        let comma = if at == 0 { "" } else { "," };
        write!(out, "{comma}\n    {}", serde_json::to_string(&wire)?)?;
    }
    let end = if sorted.is_empty() { "" } else { "\n  " };
    writeln!(out, "{end}]\n}}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(holder: &str, reason: Option<&str>) -> Known {
        Known {
            root: "live".into(),
            holder: holder.into(),
            rule: "admin-access".into(),
            on: String::new(),
            statement: "00ff".into(),
            token: "\"*\"".into(),
            address: "aws_iam_role.r".into(),
            account: None,
            reason: reason.map(str::to_owned),
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let all = vec![entry("role `b`", Some("needed \"until\" June")), entry("role `a`", None)];
        let mut out = Vec::new();
        write(&all, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let line = r#"    {"root":"live","holder":"role `a`","rule":"admin-access","statement":"00ff","token":"\"*\"","address":"aws_iam_role.r"},"#;
        assert_eq!(text.lines().nth(3), Some(line));
        assert_eq!(parse(&text).unwrap(), vec![all[1].clone(), all[0].clone()]);
        let mut empty = Vec::new();
        write(&[], &mut empty).unwrap();
        assert_eq!(parse(std::str::from_utf8(&empty).unwrap()), Ok(Vec::new()));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let wrong = |text: &str| parse(text).unwrap_err();
        assert_eq!(wrong("{\n  \"version\": 1,\n  \"finding\": []\n}").at, Some((3, 11)));
        assert!(wrong("{\"version\":2,\"findings\":[]}").reason.contains("version 2"));
        assert!(wrong("<<<<<<< HEAD").reason.contains("expected value"));
    }
}
