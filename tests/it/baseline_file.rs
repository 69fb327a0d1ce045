//! The baseline's file: which it is, what is written into it, and what is said of it.

use crate::baseline::{admin, check, known, new, repository, write};
use crate::run::{OPEN_ROLE, Run};

#[test]
fn reasons_stay_with_what_they_are_for() {
    let scratch = repository();
    write(&scratch, &[".", "--reason", "from before the audit"]);
    assert_eq!(known(&scratch).matches("\"reason\":\"from before the audit\"").count(), 2);
    scratch.write("live/more.tf", admin("more", "deploy"));
    write(&scratch, &[".", "--reason", "until the migration"]);
    let text = known(&scratch);
    assert_eq!((text.matches("from before the audit").count(), text.matches("until the migration").count()), (2, 1), "{text}");
    let shown = check(&scratch, &[".", "--show-suppressed"]);
    assert!(shown.out.contains(" [known: until the migration]"), "{}", shown.out);
    // A comment says more than the baseline, and what it ignores is not written.
    scratch.write("live/more.tf", format!("# rolelint: ignore[admin-access] reviewed{}", admin("more", "deploy")));
    let commented = check(&scratch, &[".", "--show-suppressed"]);
    assert!(commented.out.contains("[ignored: reviewed]"), "{}", commented.out);
    write(&scratch, &["."]);
    assert!(!known(&scratch).contains("until the migration"));
}

#[test]
fn the_configuration_names_the_file() {
    let scratch = repository();
    scratch.write(".rolelint.hcl", "baseline = \"ci/known.json\"\n").write("ci/readme", "");
    let run = scratch.run(&["check", "--write-baseline"]);
    assert!(run.status == Some(0) && run.err.contains("to `ci/known.json`"), "{}", run.err);
    assert_eq!(scratch.run(&["check"]).status, Some(0));
    assert_eq!(scratch.run(&["check", "live/main.tf"]).status, Some(0));
    // From below, with paths that are the same from everywhere.
    let below = crate::run::rolelint_in(&scratch.path().join("live"), &["check", "."]);
    assert_eq!(below.status, Some(0), "{}{}", below.out, below.err);
    // A nearer file names none.
    scratch.write("live/.rolelint.hcl", "baseline = \"mine.json\"\n").write("live/mine.json", "{\"version\":1,\"findings\":[]}");
    let nearer = scratch.run(&["check", "-f", "concise"]);
    assert!(nearer.status == Some(2) && nearer.out.contains("`baseline` only counts in `.rolelint.hcl`"), "{}", nearer.out);
    std::fs::remove_file(scratch.path().join("live/.rolelint.hcl")).unwrap();
    std::fs::remove_file(scratch.path().join("ci/known.json")).unwrap();
    assert_eq!(scratch.run(&["check"]).status, Some(2));
}

#[test]
fn without_a_name_the_file_stands_at_the_top() {
    let scratch = repository();
    let run = crate::run::rolelint_in(&scratch.path().join("live"), &["check", "--write-baseline", "."]);
    assert_eq!(run.status, Some(0), "{}", run.err);
    assert!(scratch.path().join(".rolelint-baseline.json").is_file() && run.err.contains("../.rolelint-baseline.json"), "{}", run.err);
}

#[test]
fn a_broken_file_is_told_with_its_place() {
    let scratch = repository();
    write(&scratch, &["."]);
    let text = known(&scratch);
    for (broken, message) in [
        (text.replacen("\"rule\"", "\"rul\"", 1), "known.json:4:"),
        (format!("<<<<<<< HEAD\n{text}"), "the baseline `known.json` holds conflict markers"),
        (text.replace("\"version\": 1", "\"version\": 7"), "it is of version 7"),
        (String::new(), "known.json:1:0: this is not a baseline"),
    ] {
        scratch.write("known.json", &broken);
        let run = check(&scratch, &["."]);
        assert!(run.status == Some(2) && run.err.contains(message), "{message}: {}", run.err);
    }
}

#[test]
fn a_baseline_is_written_through_no_link_of_the_repository() {
    let scratch = repository();
    std::os::unix::fs::symlink("/tmp/rolelint-precious", scratch.path().join("known.json")).unwrap();
    let run = check(&scratch, &[".", "--write-baseline"]);
    assert!(run.status == Some(2) && run.err.contains("is a link"), "{}", run.err);
}

#[test]
fn what_is_not_shown_is_not_written() {
    let scratch = repository();
    write(&scratch, &[".", "--min-severity", "critical"]);
    assert!(!known(&scratch).contains("admin-access") && known(&scratch).contains("trust-any-principal"));
    write(&scratch, &["."]);
    let all = known(&scratch);
    write(&scratch, &[".", "--min-severity", "critical"]);
    assert_eq!(known(&scratch), all, "what is known stays");
}

#[test]
fn a_change_of_the_baseline_concerns_everything() {
    let scratch = repository();
    scratch.write(".rolelint.hcl", "baseline = \"known.json\"\n");
    write(&scratch, &["."]);
    let less: Vec<String> = known(&scratch).lines().filter(|line| !line.contains("admin-access")).map(|line| line.to_owned()).collect();
    scratch.write("known.json", less.join("\n").replace("},\n  ]", "}\n  ]"));
    let run = scratch.run(&["check", "--force-exclude", "--changed", "-f", "concise", "--", "known.json"]);
    assert_eq!((run.status, run.rules()), (Some(1), vec!["admin-access"]), "{}{}", run.out, run.err);
}

#[test]
fn a_run_of_some_files_writes_of_those() {
    let scratch = repository();
    write(&scratch, &["."]);
    let before = known(&scratch);
    scratch.write("other/main.tf", OPEN_ROLE);
    let wrote = write(&scratch, &["live/main.tf"]);
    assert!(wrote.err.contains("0 added, 0 removed"), "{}", wrote.err);
    assert_eq!(known(&scratch), before);
    assert_eq!(new(&check(&scratch, &["."])), ["other/main.tf trust-any-principal"]);
    scratch.write("live/main.tf", "");
    write(&scratch, &["other/main.tf"]);
    assert_eq!(known(&scratch).lines().filter(|line| line.contains("\"rule\"")).count(), 3, "what is gone elsewhere stays");
}

#[test]
fn where_it_cannot_be_written_is_said() {
    let scratch = repository();
    let missing = scratch.run(&["check", ".", "--baseline", "no/such/known.json", "--write-baseline"]);
    assert!(missing.status == Some(2) && missing.err.contains("the directory `no/such` is not there"), "{}", missing.err);
    let directory = scratch.run(&["check", ".", "--baseline", "."]);
    assert!(directory.err.contains("cannot read the baseline `.`"), "{}", directory.err);
    write(&scratch, &["."]);
    let before = known(&scratch);
    let output = check(&scratch, &[".", "--output", "json=known.json"]);
    assert!(output.status == Some(2) && output.err.contains("`known.json` is the baseline"), "{}", output.err);
    assert_eq!(known(&scratch), before);
}

#[test]
fn what_writing_does_with_options_is_said() {
    let scratch = repository();
    for idle in [&["--changed"][..], &["--output", "json=out.json"], &["--statistics"], &["--coverage"], &["--show-suppressed"]] {
        let run = check(&scratch, &[&[".", "--write-baseline"], idle].concat());
        assert!(run.status == Some(2) && run.err.contains("cannot be used with '"), "{idle:?}: {}", run.err);
    }
    write(&scratch, &["."]);
    let again = write(&scratch, &[".", "--reason", "too late"]);
    assert!(again.err.contains("0 added, 0 removed; --reason is for what is added, so it stands nowhere"), "{}", again.err);
    let verbose = check(&scratch, &[".", "--verbose"]);
    assert!(verbose.err.contains("the baseline `known.json` has 2 entries"), "{}", verbose.err);
}

#[test]
fn a_long_first_run_says_how_to_start_from_here() {
    let scratch = repository();
    scratch.write("live/main.tf", (0..21).map(|n| admin(&format!("p{n}"), &format!("r{n}"))).collect::<String>());
    let hint = "`--write-baseline` takes all of them as known";
    let flat = |run: Run| run.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat(scratch.run(&["check", "."])).contains(hint));
    scratch.write("live/main.tf", admin("p", "r"));
    assert!(!flat(scratch.run(&["check", "."])).contains(hint));
}
