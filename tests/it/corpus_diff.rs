//! `examples/corpus-diff` on trees of its own: the two builds are scripts that run the one rolelint with different options.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use clap::Parser;

use crate::run::{OPEN_ROLE, PROGRAM, Scratch};

// Compiled in here, so that the tests never meet an example that was built before the last change, and its unit tests run.
#[allow(dead_code, reason = "the test calls what main calls")]
#[path = "../../examples/corpus-diff/main.rs"]
mod program;

/// A role that anybody may assume, by the name of `var.name`, and one that may do everything.
const TREE: &str = r#"variable "name" {}

resource "aws_iam_role" "open" {
  name               = var.name
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = "*", Action = "sts:AssumeRole" }] })
}

resource "aws_iam_role_policy" "all" {
  role   = "ops"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = var.name == "after" ? "*" : "s3:*", Resource = "*" }] })
}
"#;

/// A shell writes it: a program cannot be run while it is open for writing, and a child that another test starts just then would keep
/// open what this process has open.
fn script(scratch: &Scratch, name: &str, text: &str) -> PathBuf {
    let path = scratch.path().join(name);
    let write = r#"printf '%s\n' '#!/bin/sh' "$1" > "$2" && chmod +x "$2""#;
    assert!(Command::new("sh").args(["-c", write, "sh", text]).arg(&path).status().unwrap().success());
    path
}

fn build(scratch: &Scratch, name: &str, options: &str) -> PathBuf {
    script(scratch, name, &format!("unset ROLELINT_CONFIG\nexec '{PROGRAM}' \"$@\" --no-config {options}"))
}

/// The trees `one` and `two`, and two builds: both give the role of `one` another name, by which it is allowed more in NEW.
fn two_trees() -> Scratch {
    let scratch = Scratch::new();
    scratch.write("trees/one/main.tf", TREE).write("trees/two/main.tf", format!("variable \"name\" {{}}\n\n{OPEN_ROLE}"));
    build(&scratch, "old", "--var name=before");
    build(&scratch, "new", "--var name=after");
    scratch
}

/// The report on OLD, NEW and the trees, and the exit status.
fn diff(scratch: &Scratch, old: &str, new: &str, options: &[&str]) -> Result<(u8, String), String> {
    let mut arguments: Vec<OsString> = vec!["corpus-diff".into()];
    arguments.extend([old, new, "trees"].map(|name| scratch.path().join(name).into()));
    arguments.extend(options.iter().map(OsString::from));
    let mut out = Vec::new();
    let status = program::diff(&program::Options::try_parse_from(arguments).unwrap(), &mut out, false)?;
    Ok((status, String::from_utf8(out).unwrap()))
}

#[test]
fn shows_what_is_gone_new_and_changed() {
    let scratch = two_trees();
    let (status, out) = diff(&scratch, "old", "new", &["--each", "--no-timing"]).unwrap();
    assert_eq!(status, 1, "{out}");
    let source = r#"      … = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = var.name == "after" ? "*" : "s3:*", Resource = "*" }] })"#;
    let role = TREE.lines().nth(4).unwrap().trim();
    let expected = format!(
        "\
2 trees, 2 files, 3 findings

admin-access            -0     +1     ~0
scoped-resource         -1     +0     ~0
trust-any-principal     -0     +0     ~1
all findings            -1     +1     ~1

admin-access
+ one/main.tf:10:113 high[admin-access] role `ops` can do everything in the account
{source}
    gone here: scoped-resource

scoped-resource
- one/main.tf:10:138 medium[scoped-resource] role `ops` can use `s3:*` on every resource of the account, not only on what it works with
{source}
    new here: admin-access

trust-any-principal
~ one/main.tf:5:106 critical[trust-any-principal] anyone with an AWS account can assume role `after`
      {role}
    message was: anyone with an AWS account can assume role `before`
"
    );
    assert_eq!(out, expected);
}

#[test]
fn the_same_build_twice_shows_times_and_no_differences() {
    let scratch = two_trees();
    let (status, out) = diff(&scratch, "new", "new", &["--each", "--runs", "3"]).unwrap();
    assert_eq!(status, 0, "{out}");
    assert!(out.starts_with("2 trees, 2 files, 3 findings\nNo differences.\n\nseconds, least of 2 runs\n"), "{out}");
    let rows: Vec<Vec<&str>> = out.lines().skip(5).map(|line| line.split_whitespace().collect()).collect();
    let mut names: Vec<&str> = rows.iter().map(|row| row[0]).collect();
    names.sort_unstable();
    assert_eq!(names, ["one", "total", "two"], "{out}");
    assert!(rows.iter().all(|row| row[1..].len() == 5 && row[1..].iter().all(|cell| cell.parse::<f64>().is_ok())), "{out}");
}

#[test]
fn a_directory_is_one_tree_and_both_builds_get_the_options() {
    let scratch = two_trees();
    let (status, out) = diff(&scratch, "old", "new", &["--no-timing", "--", "--min-severity", "critical"]).unwrap();
    assert_eq!(status, 1, "{out}");
    assert!(out.starts_with("1 tree, 2 files, 2 findings\n\ntrust-any-principal     -0     +0     ~1\n\ntrust-any-principal\n"), "{out}");
    assert!(out.contains("\n~ trees/one/main.tf:5:106 critical[trust-any-principal] "), "{out}");
}

#[test]
fn counts_are_of_all_findings_and_rules_are_asked_by_name() {
    let scratch = two_trees();
    for n in 0..4 {
        scratch.write(
            &format!("trees/one/{n}.tf"),
            TREE.replace("\"all\"", &format!("\"all_{n}\""))
                .replace("\"open\"", &format!("\"open_{n}\""))
                .replace("\"ops\"", &format!("\"ops_{n}\"")),
        );
    }
    let (status, out) = diff(&scratch, "old", "new", &["--no-timing", "--rule", "admin-access", "--most", "2"]).unwrap();
    assert_eq!(status, 1, "{out}");
    assert!(out.starts_with("1 tree, 0 -> 5 findings\n\nadmin-access     -0     +5     ~0\n"), "{out}");
    assert_eq!(out.matches("\n+ ").count(), 2, "{out}");
    assert!(out.ends_with("  and 3 more (--most 0 shows all)\n"), "{out}");
    assert_eq!(diff(&scratch, "old", "new", &["--no-timing", "--rule", "trust-unknown-account"]).unwrap().0, 0);
}

#[test]
fn problems_and_coverage_are_shown() {
    let scratch = two_trees();
    scratch.write(
        "trees/two/policy.tf",
        r#"variable "actions" { type = list(string) }

resource "aws_iam_role_policy" "some" {
  role   = "ops"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = var.actions, Resource = "arn:aws:s3:::b/*" }] })
}
"#,
    );
    build(&scratch, "more", r#"--var name=after --var 'actions=["s3:GetObject"]'"#);
    let (status, out) = diff(&scratch, "new", "more", &["--each", "--no-timing"]).unwrap();
    assert_eq!(status, 1, "{out}");
    let policy = "\n~ two/policy.tf:3:1 coverage policy of `aws_iam_role_policy.some`\n      resource \"aws_iam_role_policy\" \"some\" {\n    state: partial -> resolved\n";
    assert!(out.contains(policy), "{out}");
    assert!(out.contains("\n+ one problem[config] "), "{out}");
    assert!(out.contains("\ncoverage in numbers\n") && out.contains("\n  resolved  3 -> 4           two 1 -> 2\n"), "{out}");
}

#[test]
fn a_build_that_fails_on_one_tree_is_told_after_the_others() {
    let scratch = two_trees();
    script(
        &scratch,
        "broken",
        &format!("case $PWD in */two) echo 'it broke' >&2; exit 101 ;; esac\nexec '{PROGRAM}' \"$@\" --var name=after"),
    );
    let (status, out) = diff(&scratch, "new", "broken", &["--each", "--no-timing", "--rule", "admin-access"]).unwrap();
    assert_eq!(status, 2, "{out}");
    assert!(out.starts_with("1 of 2 trees, 1 finding\n\nfailed on two: NEW does not print a report in JSON ("), "{out}");
    assert!(out.ends_with("exit status: 101):\n  it broke\n"), "{out}");
}

#[test]
fn what_does_not_exist_is_an_error() {
    let scratch = two_trees();
    let missing = diff(&scratch, "absent", "new", &[]).unwrap_err();
    assert!(missing.contains("absent: No such file"), "{missing}");
    let no_tree = diff(&scratch, "old", "new", &[scratch.path().join("absent").to_str().unwrap()]).unwrap_err();
    assert!(no_tree.contains("absent: No such file"), "{no_tree}");
    let file = diff(&scratch, "old", "new", &[scratch.path().join("old").to_str().unwrap()]).unwrap_err();
    assert!(file.ends_with("is no directory"), "{file}");
}
