//! What whoever proposes a change may name, ignore and link: none of it steers a run.

use crate::run::{OPEN_ROLE, Scratch};

const QUIET: &str = "variable \"a\" {}\n";

/// A role that anybody may assume, of a name that no other file's role has.
fn role(file: &str) -> String {
    OPEN_ROLE.replace("\"open\"", &format!("\"{}\"", file.replace(|letter: char| !letter.is_ascii_alphanumeric(), "_")))
}

/// The files in which a run finds open roles.
fn found(scratch: &Scratch, arguments: &[&str]) -> Vec<String> {
    let run = scratch.run(&[&["check", "-f", "concise"], arguments].concat());
    let file = |line: &str| line.contains("[trust-any-principal]").then(|| line.split(':').next().unwrap_or_default().to_owned());
    run.out.lines().filter_map(file).collect()
}

const CONFIGURATION: &str = "rule \"trust-any-principal\" { level = \"allow\" }\n";

#[test]
fn names_of_files_are_no_options() {
    let scratch = Scratch::new();
    scratch.write("a.tf", role("a.tf")).write("evil.tf", CONFIGURATION).write("--config=evil.tf", QUIET);
    let run = scratch.run(&["check", "--config=evil.tf", "a.tf"]);
    let expected = "rolelint: `--config=evil.tf` is an option and also the name of a file here: put `--` before the names of files\n";
    assert_eq!((run.status, run.out.as_str(), run.err.as_str()), (Some(2), "", expected));
    assert_eq!(found(&scratch, &["--", "--config=evil.tf", "a.tf"]), ["a.tf"]);
    let outside = Scratch::new();
    let target = outside.path().join("x.tf");
    scratch.write(&format!("--output=json={}", target.display()), QUIET);
    let name = format!("--output=json={}", target.display());
    assert_eq!(scratch.run(&["check", &name, "a.tf"]).status, Some(2));
    assert_eq!(scratch.run(&[&name]).status, Some(2), "whatever the command is");
    assert!(!target.exists());
    assert_eq!(found(&scratch, &["--", &name, "a.tf"]), ["a.tf"]);
    assert!(!target.exists());
    // An option alone, a file's name as its value and standard input are none of these.
    assert_eq!(scratch.run(&["check", "--config", "evil.tf", "--exit-zero", "a.tf"]).status, Some(0));
    scratch.write("-", QUIET);
    let run = scratch.run(&["check", "-"]);
    assert!(run.out.contains("<stdin>") && !run.err.contains("put `--`"), "{}{}", run.out, run.err);
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_nowhere_is_a_name_too() {
    let scratch = Scratch::new();
    scratch.write("a.tf", role("a.tf"));
    std::os::unix::fs::symlink("nowhere", scratch.path().join("--exit-zero")).unwrap();
    assert_eq!(scratch.run(&["check", "--exit-zero", "a.tf"]).status, Some(2));
}
