//! AWS's own managed policies are written by those who know: what rolelint says of their validity and their conditions is AWS's oddity
//! or rolelint's mistake. `testdata/managed-policies.md` names and explains each.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use rolelint::catalog;
use rolelint::rules::ALL;
use serde_json::Value;

use crate::run::Scratch;

/// A rule and a policy of AWS's that it speaks of, as a line: `unknown-action AWSCloud9User`.
type Line = String;

#[test]
fn of_awss_own_policies_few_are_odd_and_all_of_these_are_explained() {
    let policies: Vec<_> = catalog::managed_policies().filter_map(|policy| Some((policy.name(), policy.document()?))).collect();
    let said = said(&policies);
    let explained = explained();
    let unexplained: Vec<&Line> = said.difference(&explained).collect();
    let outdated: Vec<&Line> = explained.difference(&said).collect();
    assert!(unexplained.is_empty(), "not explained in testdata/managed-policies.md: {unexplained:#?}");
    assert!(outdated.is_empty(), "explained in testdata/managed-policies.md, but no longer so: {outdated:#?}");
    let odd: BTreeSet<&str> = said.iter().filter_map(|line| line.split_once(' ')).map(|(_, name)| name).collect();
    assert!(odd.len() * 50 <= policies.len(), "{} of {} policies are odd, which is more than 2 %", odd.len(), policies.len());
}

fn said(policies: &[(&str, &str)]) -> BTreeSet<Line> {
    let scratch = Scratch::new();
    for (name, document) in policies {
        scratch.write(&format!("{name}.json"), document);
    }
    let run = scratch.run(&[".", "--no-config", "--persona", "pedantic", "--format", "json"]);
    let report: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(report["coverage"]["policies"], policies.len(), "each of them is read as a policy");
    assert_eq!(report["problems"], Value::Array(Vec::new()));
    let findings = report["findings"].as_array().unwrap().iter();
    let family = findings.filter(|finding| is_of_the_families(finding["rule"].as_str().unwrap()));
    family
        .map(|finding| {
            let file = finding["location"]["file"].as_str().unwrap();
            format!("{} {}", finding["rule"].as_str().unwrap(), file.trim_end_matches(".json"))
        })
        .collect()
}

/// Rules on what a policy is, not on how much it allows: AWS's policies are for every account, and so for every resource.
fn is_of_the_families(rule: &str) -> bool {
    let about = ALL.iter().map(|one| one.about()).find(|about| about.id == rule).unwrap();
    about.tags.contains(&"validity") || about.tags.contains(&"conditions")
}

fn explained() -> BTreeSet<Line> {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/managed-policies.md")).unwrap();
    let mut in_block = false;
    let lines = page.lines().filter(|line| {
        let fence = line.starts_with("```");
        in_block ^= fence;
        in_block && !fence
    });
    lines.map(str::to_owned).collect()
}
