//! What belongs to the program as a program: its version, completions and manual pages, and what a terminal is shown.

use crate::run::{OPEN_ROLE, Scratch, rolelint};

#[test]
fn the_version_says_up_to_when_aws_is_known() {
    let number = env!("CARGO_PKG_VERSION");
    let long = rolelint(&["--version"]);
    let start = format!("rolelint {number} (catalog {}", rolelint::catalog::DATE);
    assert!(long.out.starts_with(&start) && long.out.ends_with(")\n"), "{}", long.out);
    assert_eq!(
        long.out.contains(", "),
        option_env!("ROLELINT_COMMIT").is_some(),
        "the commit is the release workflow's to say: {}",
        long.out
    );
    assert_eq!(rolelint(&["-V"]).out, format!("rolelint {number}\n"));
    let command = rolelint(&["version"]);
    assert_eq!((command.status, command.out), (Some(0), long.out));
    let json = rolelint(&["version", "--format", "json"]).json();
    assert_eq!(json["version"], number);
    assert_eq!(json["catalog"]["date"], rolelint::catalog::DATE);
    let dates = json["catalog"].as_object().unwrap();
    assert!(dates.values().all(|date| date.as_str().is_some_and(|date| date.starts_with("20") && date.len() >= 7)), "{dates:?}");
}

#[test]
fn completions_know_commands_options_and_rules() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let run = rolelint(&["completions", shell]);
        assert_eq!((run.status, run.err.as_str()), (Some(0), ""), "{shell}");
        // PowerShell's and Elvish's are of commands and options only.
        let has_values = !matches!(shell, "powershell" | "elvish");
        for (word, expected) in [("explain", true), ("strict-coverage", true), ("trust-any-principal", has_values)] {
            assert_eq!(run.out.contains(word), expected, "{shell}: {word}");
        }
    }
    let run = rolelint(&["completions", "csh"]);
    assert!(run.status == Some(2) && run.err.contains("possible values: bash, elvish, fish, powershell, zsh"), "{}", run.err);
}

#[test]
fn every_command_has_a_manual_page() {
    let page = rolelint(&["man"]);
    assert_eq!(page.status, Some(0));
    assert!(page.out.contains(".TH rolelint 1") && page.out.contains("rolelint\\-check(1)"), "{}", page.out);
    let check = rolelint(&["man", "check"]);
    assert!(check.out.contains(".TH rolelint-check 1") && check.out.contains("\\-\\-strict\\-coverage"), "{}", check.out);
    let wrong = rolelint(&["man", "chekc"]);
    assert_eq!((wrong.status, wrong.err.as_str()), (Some(2), "rolelint: unknown command `chekc`: did you mean `check`?\n"));
    let scratch = Scratch::new();
    assert_eq!(scratch.run(&["man", "--directory", "share/man1"]).status, Some(0));
    let mut pages: Vec<String> = std::fs::read_dir(scratch.path().join("share/man1"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    pages.sort();
    let commands = ["accounts", "catalog", "check", "completions", "config", "explain", "man", "rules", "version"];
    let expected: Vec<String> = commands.iter().map(|name| format!("rolelint-{name}.1")).chain(["rolelint.1".to_owned()]).collect();
    assert_eq!(pages, expected);
}

#[test]
fn help_is_a_command_too() {
    assert_eq!(rolelint(&["help"]).out, rolelint(&["--help"]).out);
    assert_eq!(rolelint(&["help", "check"]).out, rolelint(&["check", "--help"]).out);
}

#[test]
fn coverage_takes_its_detail_with_a_space() {
    let scratch = Scratch::new();
    scratch.write("infra/a.tf", OPEN_ROLE).write("infra/b.tf", OPEN_ROLE.replace("open", "other").replace("\"*\"", "var.x"));
    let all = scratch.run(&["infra", "--coverage=all"]);
    assert_eq!(scratch.run(&["infra", "--coverage", "all"]).out, all.out);
    let short = scratch.run(&["infra", "--coverage=short"]);
    assert!(short.out != all.out);
    assert_eq!(scratch.run(&["--coverage", "short", "infra"]).out, short.out);
    assert_eq!(scratch.run(&["--coverage", "infra"]).out, short.out);
}

/// Whether a run with these variables prints colours into a pipe.
fn is_coloured(arguments: &[&str], variables: &[(&str, &str)]) -> bool {
    let scratch = Scratch::new();
    scratch.write("a.tf", OPEN_ROLE);
    let mut command = crate::run::command(scratch.path());
    let output = command.args(["check", "."]).args(arguments).envs(variables.iter().copied()).output().unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    assert!(!out.contains("\u{1b}]8"), "no links in a pipe");
    out.contains("\u{1b}[")
}

#[test]
fn the_environment_decides_on_colours_unless_an_option_does() {
    for (variables, expected) in [
        (&[][..], false),
        (&[("CLICOLOR_FORCE", "1")], true),
        (&[("CLICOLOR_FORCE", "1"), ("FORCE_HYPERLINK", "1")], true),
        (&[("FORCE_COLOR", "1")], true),
        (&[("GITHUB_ACTIONS", "true")], true),
        (&[("GITHUB_ACTIONS", "true"), ("CLICOLOR", "0")], false),
        (&[("GITHUB_ACTIONS", "true"), ("NO_COLOR", "1")], false),
        (&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], false),
    ] {
        assert_eq!(is_coloured(&[], variables), expected, "{variables:?}");
    }
    assert!(is_coloured(&["--color", "always"], &[("NO_COLOR", "1")]));
    assert!(!is_coloured(&["--color", "never"], &[("CLICOLOR_FORCE", "1"), ("GITHUB_ACTIONS", "true")]));
}

/// On a terminal, which only Unix can make for a test.
#[cfg(unix)]
mod terminal {
    use std::io::{Read, Write};
    use std::process::Stdio;
    use std::time::Duration;

    use nix::pty::openpty;

    use super::*;

    /// What the program shows on a terminal of its own, where standard input ends after so long. The terminal is its standard output, its
    /// standard error, or both.
    fn shown(arguments: &[&str], variables: &[(&str, &str)], after: Duration, streams: [bool; 2]) -> String {
        let scratch = Scratch::new();
        scratch.write("a.tf", OPEN_ROLE);
        let terminal = openpty(None, None).unwrap();
        let mut command = crate::run::command(scratch.path());
        command.args(arguments).env("TERM", "xterm-256color").envs(variables.iter().copied()).stdin(Stdio::piped());
        let end = |is: bool| if is { Stdio::from(terminal.slave.try_clone().unwrap()) } else { Stdio::null() };
        command.stdout(end(streams[0])).stderr(end(streams[1]));
        let mut child = command.spawn().unwrap();
        drop((command, terminal.slave));
        std::thread::sleep(after);
        // Not a plan: that is told after it was read.
        let _ = child.stdin.take().unwrap().write_all(b"{}");
        let mut all = Vec::new();
        let mut master = std::fs::File::from(terminal.master);
        let mut part = [0; 4096];
        // Linux says at the end of a terminal that it failed.
        while let Ok(count @ 1..) = master.read(&mut part) {
            all.extend_from_slice(&part[..count]);
        }
        child.wait().unwrap();
        String::from_utf8(all).unwrap()
    }

    const LINK: &str = "\u{1b}]8;;https://";

    #[test]
    fn rule_ids_are_links_where_the_terminal_has_them() {
        let kitty = &[("TERM", "xterm-kitty")];
        for format in ["full", "concise"] {
            let of = |variables: &[(&str, &str)], more: &[&str]| {
                shown(&[&["check", ".", "--format", format], more].concat(), variables, Duration::ZERO, [true, false])
            };
            let linked = of(kitty, &[]);
            assert!(linked.contains(LINK) && linked.contains("\u{1b}\\trust-any-principal\u{1b}]8;;\u{1b}\\"), "{format}: {linked}");
            let plain = of(&[], &[]);
            assert!(plain.contains("\u{1b}[") && !plain.contains(LINK), "{format}: {plain}");
            assert!(!of(kitty, &["--color", "never"]).contains('\u{1b}'), "{format}");
            assert!(!of(&[("TERM", "dumb")], &[]).contains('\u{1b}'), "{format}");
        }
    }

    #[test]
    fn a_long_run_says_what_it_does_and_takes_it_back() {
        let long = Duration::from_millis(900);
        let said = shown(&["check", "-"], &[], long, [true, true]);
        let (line, rest) = said.split_once("Reading files").unwrap_or_else(|| panic!("{said:?}"));
        assert_eq!(line, "\r\u{1b}[2K");
        let report = rest.rsplit_once("\r\u{1b}[2K").unwrap().1;
        assert!(report.contains("is no plan") && !report.contains("Reading files"), "{said:?}");
        // Nobody watches, or the line could not be taken back.
        for variables in [("CI", "true"), ("TERM", "dumb")] {
            let said = shown(&["check", "-"], &[variables], long, [false, true]);
            assert!(!said.contains("Reading files") && !said.contains("\u{1b}[2K"), "{variables:?}: {said:?}");
        }
        assert!(!shown(&["check", "-"], &[], long, [true, false]).contains("Reading files"));
    }
}
