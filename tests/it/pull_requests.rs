//! What CI shows beside a change: where paths start, and what each format says of one and the same run.

use std::fs;

use crate::run::{OPEN_ROLE, Scratch, command};

/// Runs it in `live` of a repository, with what CI says of itself.
fn in_live(scratch: &Scratch, arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let output = command(&scratch.path().join("live")).args(arguments).envs(variables.iter().copied()).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn paths_start_where_ci_says_or_at_the_top_of_the_repository() {
    let scratch = Scratch::new();
    scratch.write("live/a.tf", OPEN_ROLE).write("modules/m/b.tf", format!("{OPEN_ROLE}# b\n")).write(".git/HEAD", "ref: refs/heads/main\n");
    let top = scratch.path().to_str().unwrap();
    let live = scratch.path().join("live");
    let check = |format: &str, variables: &[(&str, &str)]| in_live(&scratch, &["check", ".", "../modules/m", "-f", format], variables);
    let both = |format: &str, variables: &[(&str, &str)], before: &str, first: &str, second: &str| {
        let out = check(format, variables);
        let places = [first, second].map(|path| format!("{before}{path}"));
        assert!(places.iter().all(|place| out.contains(place.as_str())), "{format} {variables:?}\n{out}");
    };
    for variables in [&[][..], &[("GITHUB_WORKSPACE", top)], &[("GITHUB_WORKSPACE", "/nowhere/at/all")]] {
        both("github", variables, "::error file=", "live/a.tf,line=3,", "modules/m/b.tf,line=3,");
    }
    both("gitlab", &[("CI_PROJECT_DIR", top)], "\"path\": \"", "live/a.tf", "modules/m/b.tf");
    both("junit", &[("CI_PROJECT_DIR", top)], "file=\"", "live/a.tf", "modules/m/b.tf");
    // A checkout of its own, which does not hold the module.
    both("github", &[("GITHUB_WORKSPACE", live.to_str().unwrap())], "::error file=", "a.tf,line=3,", "../modules/m/b.tf,line=3,");
    let commit = [("GITHUB_SERVER_URL", "https://github.com"), ("GITHUB_REPOSITORY", "acme/estate"), ("GITHUB_SHA", "0123abc")];
    both("markdown", &commit, "](https://github.com/acme/estate/blob/0123abc/", "live/a.tf#L3)", "modules/m/b.tf#L3)");
    // Without one of them there is nothing to link to.
    assert!(!check("markdown", &commit[..2]).contains("blob/0"), "no commit is known");
}

#[test]
fn endings_say_the_format_and_every_format_says_what_fails() {
    let scratch = Scratch::new();
    scratch.write("live/a.tf", OPEN_ROLE.replace("\"*\"", "var.who")).write("live/v.tf", "variable \"who\" {}\n");
    fs::create_dir(scratch.path().join("live/reports")).unwrap();
    let written = ["reports/a.md", "reports/a.xml", "gitlab=reports/a.json", "github=reports/a.txt"];
    let arguments = [&["check", ".", "--strict-coverage"][..], &written.map(|name| ["--output", name]).concat()].concat();
    in_live(&scratch, &arguments, &[]);
    let read = |name: &str| fs::read_to_string(scratch.path().join("live/reports").join(name)).unwrap();
    assert!(read("a.md").starts_with("### rolelint: it does not meet what is asked of it\n"), "{}", read("a.md"));
    assert!(read("a.xml").contains("<error message=\"a.tf:1:1: trust policy of aws_iam_role.open"), "{}", read("a.xml"));
    assert!(read("a.txt").starts_with("::error title=rolelint::a.tf:1:1: trust policy of aws_iam_role.open"), "{}", read("a.txt"));
    let entries: serde_json::Value = serde_json::from_str(&read("a.json")).unwrap();
    assert_eq!(entries[0]["severity"], "major", "{entries}");
}
