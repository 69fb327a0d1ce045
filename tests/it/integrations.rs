//! What others call rolelint with: pre-commit's hook and the GitHub action.

#![cfg(unix)]

use std::fs;
use std::process::Command;

use crate::run::{OPEN_ROLE, PROGRAM, Scratch, command, root};

#[test]
fn pre_commit_stops_a_bad_commit() {
    let installed = Command::new("pre-commit").arg("--version").output().is_ok_and(|output| output.status.success());
    if !installed {
        assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "CI=true, but pre-commit is not installed: .ci/run installs it");
        eprintln!("skipped: pre-commit is not installed (pip install pre-commit)");
        return;
    }
    let output = Command::new("bash").arg(root().join("tests/pre-commit.sh")).arg(PROGRAM).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}

/// What the script of the action leaves behind: outputs, summary, log.
struct Ran {
    outputs: String,
    summary: String,
    log: String,
}

fn action(scratch: &Scratch, inputs: &[(&str, &str)]) -> Ran {
    scratch.write("outputs", "").write("summary", "");
    let mut bash = command(scratch.path());
    // The same variables removed, another program.
    let mut run = Command::new("bash");
    bash.get_envs().filter(|(_, value)| value.is_none()).for_each(|(name, _)| {
        run.env_remove(name);
    });
    bash = run;
    bash.current_dir(scratch.path()).arg(root().join(".github/action/run.sh"));
    bash.env("ROLELINT", PROGRAM).env("RUNNER_TEMP", scratch.path());
    bash.env("GITHUB_OUTPUT", scratch.path().join("outputs")).env("GITHUB_STEP_SUMMARY", scratch.path().join("summary"));
    let output = bash.envs(inputs.iter().copied()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let read = |name: &str| fs::read_to_string(scratch.path().join(name)).unwrap();
    let log = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    Ran { outputs: read("outputs"), summary: read("summary"), log }
}

#[test]
fn the_action_reports_and_says_the_status() {
    let scratch = Scratch::new();
    scratch.write("infra/open/a.tf", OPEN_ROLE).write("infra/quiet too/a.tf", "variable \"a\" {}\n");
    let ran = action(&scratch, &[("INPUT_PATHS", "infra/open\ninfra/quiet too\n")]);
    let sarif = scratch.path().join("rolelint.sarif");
    assert_eq!(ran.outputs, format!("status=1\nsarif-file={}\n", sarif.display()));
    let log: serde_json::Value = serde_json::from_str(&fs::read_to_string(sarif).unwrap()).unwrap();
    assert_eq!(log["runs"][0]["results"][0]["ruleId"], "trust-any-principal");
    assert!(ran.summary.starts_with("### rolelint\n\n``````text\ninfra/open/a.tf:3:"), "{}", ran.summary);
    assert!(ran.summary.contains("1 finding: 1 critical.") && ran.summary.ends_with("\n``````\n"), "{}", ran.summary);
    assert!(ran.log.contains("critical[trust-any-principal]"), "{}", ran.log);
}

#[test]
fn the_action_passes_its_inputs_on() {
    let scratch = Scratch::new();
    scratch.write("a.tf", OPEN_ROLE).write("other.hcl", "rule \"trust-any-principal\" { level = \"allow\" }\n");
    let status = |inputs: &[(&str, &str)]| action(&scratch, inputs).outputs.lines().next().unwrap().to_owned();
    assert_eq!(status(&[]), "status=1");
    assert_eq!(status(&[("INPUT_FAIL_ON", "never")]), "status=0");
    assert_eq!(status(&[("INPUT_CONFIG", "other.hcl")]), "status=0");
    assert_eq!(status(&[("INPUT_ARGS", "--ignore\ntrust-any-principal\r\n")]), "status=0");
    assert!(action(&scratch, &[("INPUT_MIN_SEVERITY", "critical")]).summary.contains("1 finding"));
    // What looks like a command is an argument, and what looks like an option is a path.
    assert_eq!(status(&[("INPUT_PATHS", "$(touch injected)\n--exit-zero\n")]), "status=2");
    assert!(!scratch.path().join("injected").exists());
}

#[test]
fn the_action_says_so_when_there_is_no_report() {
    let scratch = Scratch::new();
    scratch.write("a.tf", OPEN_ROLE).write("rolelint.sarif", "of an earlier run");
    let ran = action(&scratch, &[("INPUT_FAIL_ON", "enormous")]);
    assert_eq!(ran.outputs, "status=2\n");
    assert!(ran.summary.contains("ended with status 2 and without a report"), "{}", ran.summary);
}
