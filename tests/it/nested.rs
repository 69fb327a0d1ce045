//! Configuration files of several directories: the one at the repository's root governs, and one below counts for its directory.

use crate::run::{OPEN_ROLE, Run, Scratch, rolelint_in};

/// A repository with a finding in `a` and one in `b`.
fn repository() -> Scratch {
    let scratch = Scratch::new();
    scratch.write(".git/HEAD", "ref: refs/heads/main\n").write("a/a.tf", open("a/a.tf")).write("b/b.tf", open("b/b.tf"));
    scratch
}

/// The open role in a text of its own: copies of one file would be one finding.
fn open(file: &str) -> String {
    format!("{OPEN_ROLE}# {file}\n")
}

const ALLOWED: &str = "rule \"trust-any-principal\" { level = \"allow\" }\n";

/// The files with findings, and `[level: …]` where it is unusual.
fn found(run: &Run) -> Vec<String> {
    let line = |line: &str| {
        let path = line.split(':').next()?;
        let level = line.split_once("[level: ").and_then(|(_, rest)| rest.split(']').next());
        line.contains("[trust-any-principal]").then(|| level.map_or(path.to_owned(), |level| format!("{path} {level}")))
    };
    run.out.lines().filter_map(line).collect()
}

fn check(scratch: &Scratch, arguments: &[&str]) -> Run {
    scratch.run(&[&["check", "-f", "concise"], arguments].concat())
}

/// What a hook is given decides nothing about what holds where.
#[test]
fn a_file_in_one_directory_does_not_silence_another() {
    let scratch = repository();
    scratch.write("a/.rolelint.hcl", ALLOWED);
    for paths in [&["a", "b"][..], &["b", "a"], &["."], &["a/a.tf", "b/b.tf"], &["--changed", "--", "a/a.tf", "b/b.tf"]] {
        let run = check(&scratch, paths);
        assert_eq!((run.status, found(&run)), (Some(1), vec!["b/b.tf".to_owned()]), "{paths:?}: {}{}", run.out, run.err);
    }
    let inside = rolelint_in(&scratch.path().join("a"), &["check", "-f", "concise"]);
    assert_eq!(found(&inside), Vec::<String>::new());
    let beside = rolelint_in(&scratch.path().join("b"), &["check", "../a", ".", "-f", "concise"]);
    assert_eq!(found(&beside), ["b.tf"]);
}

#[test]
fn a_nearer_file_may_only_tighten() {
    let scratch = repository();
    scratch.write(".rolelint.hcl", "rule \"trust-any-principal\" { level = \"warn\" }\n");
    scratch.write("a/.rolelint.hcl", "rule \"trust-any-principal\" { level = \"deny\" }\n");
    let raised = check(&scratch, &["."]);
    assert_eq!((raised.status, found(&raised)), (Some(1), vec!["a/a.tf".to_owned(), "b/b.tf warn".to_owned()]), "{}", raised.out);
    // What it loosens is told, and does not count.
    let loosened = [
        ("rule \"trust-any-principal\" { level = \"allow\" }", "`level = \"allow\"` of `trust-any-principal` does not count here"),
        ("ignore = [\"trust\"]", "`ignore` does not count here"),
        ("select = [\"dns\"]", "`select` does not count here"),
        ("exclude = [\"a.tf\"]", "`exclude` does not count here"),
        ("fail_on = \"never\"", "`fail_on` does not count here"),
        ("fail_on = \"critical\"", "`fail_on` does not count here"),
        ("min_severity = \"critical\"", "`min_severity` does not count here"),
        ("exclude_external_modules = true", "`exclude_external_modules` does not count here"),
        ("allow_override = true", "`allow_override` only counts in `.rolelint.hcl`, which governs this directory"),
        ("account \"x\" { id = \"111122223333\" }", "`account` does not count here"),
        ("vendor \"x\" { accounts = [\"111122223333\"] }", "`vendor` does not count here"),
        ("organization { id = \"o-a1b2c3d4e5\" }", "`organization` does not count here"),
        ("rule \"function-url-public\" { allow = [\"*\"] }", "the option `allow` of `function-url-public` does not count here"),
        (
            "rule \"external-id-required\" { required_for = \"third-party\" }",
            "the option `required_for` of `external-id-required` does not count",
        ),
        ("rule \"external-id-reused\" { across_roles = false }", "the option `across_roles` of `external-id-reused` does not count here"),
    ];
    for (text, message) in loosened {
        scratch.write("a/.rolelint.hcl", format!("{text}\n"));
        let run = check(&scratch, &["."]);
        assert_eq!((run.status, found(&run)), (Some(2), vec!["a/a.tf warn".to_owned(), "b/b.tf warn".to_owned()]), "{text}: {}", run.out);
        assert!(run.out.contains("a/.rolelint.hcl:1:") && run.out.contains(message), "{text}: {}", run.out);
        assert!(run.out.contains("governs this directory") && run.out.contains("`.rolelint.hcl`"), "{}", run.out);
    }
    scratch.write(".rolelint.hcl", "strict_coverage = true\npersona = \"pedantic\"\n");
    scratch.write("a/.rolelint.hcl", "strict_coverage = false\npersona = \"default\"\nrule \"trust-any-principal\" { level = \"warn\" }\n");
    let run = check(&scratch, &["."]);
    for message in ["`strict_coverage` does not count here", "`persona` does not count here", "is at level `deny` here already"] {
        assert!(run.out.contains(message), "{message} in {}", run.out);
    }
    assert_eq!((run.status, found(&run)), (Some(2), vec!["a/a.tf".to_owned(), "b/b.tf".to_owned()]));
}

#[test]
fn a_nearer_file_adds_rules_and_fails_for_more() {
    let scratch = repository();
    scratch.write(".rolelint.hcl", "ignore = [\"trust\"]\nfail_on = \"never\"\nmin_severity = \"critical\"\n");
    scratch.write("a/.rolelint.hcl", "rule \"trust-any-principal\" { level = \"warn\" }\nfail_on = \"high\"\nmin_severity = \"low\"\n");
    let run = check(&scratch, &["."]);
    assert_eq!((run.status, found(&run)), (Some(1), vec!["a/a.tf".to_owned()]), "{}", run.out);
    assert!(run.out.contains("[fails the run: yes]"), "{}", run.out);
    scratch.write("a/.rolelint.hcl", "persona = \"pedantic\"\n");
    scratch.write(".rolelint.hcl", "");
    let role = OPEN_ROLE.replace("Principal = \"*\"", "Principal = { AWS = \"*\" }").replace(
        "Action = \"sts:AssumeRole\"",
        "Action = \"sts:AssumeRole\", Condition = { StringEquals = { \"aws:PrincipalOrgID\" = \"o-a1b2c3d4e5\" } }",
    );
    scratch.write("a/a.tf", &role).write("b/b.tf", &role);
    let run = check(&scratch, &["."]);
    assert!(run.out.contains("a/a.tf:3") && run.out.contains("trust-whole-organization"), "{}", run.out);
    assert!(!run.out.contains("b/b.tf"), "{}", run.out);
}

#[test]
fn the_governing_file_may_allow_overrides() {
    let scratch = repository();
    scratch.write(".rolelint.hcl", "allow_override = true\nfail_on = \"low\"\n").write("a/.rolelint.hcl", ALLOWED);
    scratch.write("a/deep/c.tf", open("a/deep/c.tf")).write("a/deep/.rolelint.hcl", "rule \"trust-any-principal\" { level = \"warn\" }\n");
    let run = check(&scratch, &["."]);
    assert_eq!(found(&run), ["a/deep/c.tf warn", "b/b.tf"], "{}", run.out);
    scratch.write("a/deep/.rolelint.hcl", "exclude = [\"c.tf\"]\n");
    scratch.write("a/.rolelint.hcl", "");
    let run = check(&scratch, &["."]);
    assert_eq!((run.status, found(&run)), (Some(1), vec!["a/a.tf".to_owned(), "b/b.tf".to_owned()]), "{}", run.out);
}

/// Where the root has no file, the topmost one governs what is below it.
#[test]
fn without_a_file_at_the_root_a_nearer_one_governs_its_directory() {
    let scratch = repository();
    scratch.write("a/.rolelint.hcl", "account \"own\" { id = \"111122223333\" }\nexclude = [\"x\"]\n").write("a/x/c.tf", open("a/x/c.tf"));
    scratch.write("a/y/d.tf", open("a/y/d.tf")).write("a/y/.rolelint.hcl", ALLOWED);
    let run = check(&scratch, &["."]);
    assert_eq!((run.status, found(&run)), (Some(2), vec!["a/a.tf".to_owned(), "a/y/d.tf".to_owned(), "b/b.tf".to_owned()]), "{}", run.out);
    assert!(run.out.contains("`a/.rolelint.hcl` governs this directory"), "{}", run.out);
}

/// Accounts that one directory declares are not known in another.
#[test]
fn accounts_of_a_directory_are_its_own() {
    let scratch = repository();
    let role = OPEN_ROLE.replace("Principal = \"*\"", "Principal = { AWS = \"arn:aws:iam::222233334444:root\" }");
    scratch.write("a/a.tf", &role).write("b/b.tf", &role);
    scratch.write("a/.rolelint.hcl", "account \"own\" { id = \"111122223333\" }\n");
    scratch.write("b/.rolelint.hcl", "account \"partner\" {\n  id      = \"222233334444\"\n  trusted = true\n}\n");
    let run = check(&scratch, &["."]);
    assert!(run.out.contains("a/a.tf:3") && !run.out.contains("b/b.tf"), "{}", run.out);
    let map = scratch.run(&["accounts", "."]);
    assert!(map.out.contains("111122223333") && map.out.contains("222233334444"), "{}", map.out);
}

/// A module that is called from elsewhere has its own directory's levels, whichever path is checked.
#[test]
fn a_called_module_has_the_levels_of_its_directory() {
    let scratch = Scratch::new();
    scratch
        .write(".git/HEAD", "")
        .write("modules/m/m.tf", open("modules/m/m.tf"))
        .write("live/main.tf", "module \"m\" { source = \"../modules/m\" }\n");
    scratch.write(".rolelint.hcl", "allow_override = true\n");
    scratch.write("modules/.rolelint.hcl", "rule \"trust-any-principal\" { level = \"warn\" }\n");
    for path in [".", "live", "modules/m"] {
        let run = check(&scratch, &[path]);
        assert_eq!((run.status, found(&run)), (Some(0), vec!["modules/m/m.tf warn".to_owned()]), "{path}: {}", run.out);
    }
}

#[test]
fn a_file_that_is_named_is_the_only_one() {
    let scratch = repository();
    scratch.write(".rolelint.hcl", ALLOWED).write("a/.rolelint.hcl", "nonsense = 1\n").write("other.hcl", "fail_on = \"never\"\n");
    let run = check(&scratch, &[".", "--config", "other.hcl"]);
    assert_eq!((run.status, found(&run).len()), (Some(0), 2), "{}", run.out);
    let run = check(&scratch, &[".", "--no-config"]);
    assert_eq!((run.status, found(&run).len()), (Some(1), 2), "{}", run.out);
}

/// Globs are relative to the file that they stand in, from wherever rolelint is started.
#[test]
fn what_a_file_excludes_is_excluded_from_everywhere() {
    let scratch = repository();
    scratch.write(".rolelint.hcl", "exclude = [\"[x]/**\", \"a\"]\n").write("[x]/c.tf", open("[x]/c.tf"));
    for (directory, path, expected) in [("", ".", vec!["[x]/c.tf", "b/b.tf"]), ("b", "..", vec!["../[x]/c.tf", "b.tf"])] {
        let run = rolelint_in(&scratch.path().join(directory), &["check", path, "-f", "concise"]);
        let mut found = found(&run);
        found.sort();
        assert_eq!(found, expected, "{}", run.out);
    }
    scratch.write("[x]/.rolelint.hcl", "").write(".rolelint.hcl", "exclude = [\"a/**\", \"b/**\"]\n");
    let run = rolelint_in(&scratch.path().join("[x]"), &["check", "../a", ".", "--exclude", "c.tf", "-f", "concise"]);
    assert_eq!(found(&run), Vec::<String>::new(), "{}", run.out);
}

#[test]
fn the_files_that_count_are_told() {
    let scratch = repository();
    scratch.write(".rolelint.hcl", "").write("a/.rolelint.hcl", "rule \"admin-access\" { level = \"deny\" }\n");
    let run = scratch.run(&["check", "-f", "json", "--verbose"]);
    let expected = serde_json::json!([
        { "file": ".rolelint.hcl", "directory": ".", "governed_by": null },
        { "file": "a/.rolelint.hcl", "directory": "a", "governed_by": ".rolelint.hcl" },
    ]);
    assert_eq!(run.json()["configurations"], expected);
    assert!(run.err.contains("the configuration `a/.rolelint.hcl` counts for `a`, governed by `.rolelint.hcl`"), "{}", run.err);
    let sarif = scratch.run(&["check", "-f", "sarif"]).json();
    assert_eq!(sarif["runs"][0]["properties"]["configurations"], serde_json::json!([".rolelint.hcl", "a/.rolelint.hcl"]));
    let none = scratch.run(&["check", "--no-config", "-v", "-f", "json"]);
    assert!(none.err.contains("there is no configuration file") && none.json()["configurations"] == serde_json::json!([]), "{}", none.err);
}

#[test]
fn a_file_of_another_name_is_told_not_to_be_read() {
    let scratch = repository();
    scratch.write(".rolelint.toml", "[rules]\n");
    let run = check(&scratch, &["."]);
    assert!(run.status == Some(1) && run.out.contains("`.rolelint.toml` is not read"), "{}", run.out);
}

#[test]
#[cfg(unix)]
fn a_configuration_must_be_a_file_of_the_repository() {
    let scratch = repository();
    std::fs::create_dir(scratch.path().join("a/.rolelint.hcl")).unwrap();
    let run = check(&scratch, &["."]);
    assert!(run.status == Some(2) && run.out.contains("it is not a regular file"), "{}{}", run.out, run.err);
    std::fs::remove_dir(scratch.path().join("a/.rolelint.hcl")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", scratch.path().join("a/.rolelint.hcl")).unwrap();
    let run = check(&scratch, &["."]);
    assert!(run.status == Some(2) && run.out.contains("a link that leads outside"), "{}{}", run.out, run.err);
    let run = check(&scratch, &["a"]);
    assert!(run.status == Some(2) && run.err.contains("a link that leads outside"), "{}{}", run.out, run.err);
}

/// A change of one file does not hide what is wrong in the configuration.
#[test]
fn mistakes_are_told_whatever_has_changed() {
    let scratch = repository();
    scratch.write(".rolelint.hcl", "rule \"trust-any-principle\" { level = \"allow\" }\n");
    let run = check(&scratch, &["--changed", "--", "a/a.tf"]);
    assert!(run.status == Some(2) && run.out.contains("did you mean `trust-any-principal`?"), "{}", run.out);
}

#[test]
fn a_selected_rule_that_the_configuration_switches_off_is_told() {
    let scratch = repository();
    scratch.write(".rolelint.hcl", ALLOWED);
    let run = check(&scratch, &[".", "--select", "trust-any-principal"]);
    assert!(run.status == Some(2) && run.out.contains("the rule does not run, because its level here is `allow`"), "{}", run.out);
    // A group is of what runs.
    let run = check(&scratch, &[".", "--select", "trust"]);
    assert_eq!((run.status, found(&run)), (Some(0), vec![]), "{}", run.out);
    scratch.write(".rolelint.hcl", "ignore = [\"trust-*\"]\n");
    assert_eq!(check(&scratch, &["."]).status, Some(0));
    assert_eq!(found(&check(&scratch, &[".", "--select", "trust-any-principal"])).len(), 2);
    scratch.write(".rolelint.hcl", "select = [\"dns\", \"oidc\"]\n");
    let json = scratch.run(&["check", "-v", "-f", "json"]);
    assert!(json.err.contains("oidc-subject-missing") && !json.err.contains("trust-any-principal"), "{}", json.err);
}
