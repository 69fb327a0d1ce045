//! What others call rolelint with: the hook of pre-commit and prek, and the GitHub action.

#![cfg(unix)]

use std::fs;
use std::process::Command;

use crate::run::{OPEN_ROLE, PROGRAM, Scratch, command, root};

#[test]
fn pre_commit_stops_a_bad_commit() {
    stops_a_bad_commit("pre-commit");
}

#[test]
fn prek_stops_a_bad_commit() {
    stops_a_bad_commit("prek");
}

fn stops_a_bad_commit(runner: &str) {
    let installed = Command::new(runner).arg("--version").output().is_ok_and(|output| output.status.success());
    if !installed {
        assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "CI=true, but {runner} is not installed: .ci/run installs it");
        eprintln!("skipped: {runner} is not installed (pip install {runner})");
        return;
    }
    let output = Command::new("bash").arg(root().join("tests/pre-commit.sh")).arg(PROGRAM).arg(runner).output().unwrap();
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
    assert!(ran.summary.starts_with("### rolelint: 1 finding fails the run\n\n| severity |"), "{}", ran.summary);
    assert!(ran.summary.contains("`infra/open/a.tf:3` in `aws_iam_role.open`"), "{}", ran.summary);
    assert!(ran.summary.contains("\n1 finding: 1 critical.\n"), "{}", ran.summary);
    assert!(ran.log.contains("critical[trust-any-principal]") && !ran.log.contains("::error"), "{}", ran.log);
}

/// A repository whose source and names try to command the runner.
#[test]
fn the_action_annotates_where_it_does_not_upload_and_nothing_else_is_a_command() {
    let scratch = Scratch::new();
    let role = OPEN_ROLE.replace("\n  assume", "\n  # ##[stop-commands]x ::set-output name=status::0\n  assume");
    scratch.write("infra/a.tf", role).write("infra/broken\n::error::x.tf", "resource {");
    let inputs = [("INPUT_UPLOAD_SARIF", "false"), ("INPUT_PATHS", "infra\nempty"), ("GITHUB_WORKSPACE", scratch.path().to_str().unwrap())];
    fs::create_dir(scratch.path().join("empty")).unwrap();
    let of_the_commit = [("GITHUB_SERVER_URL", "https://github.com"), ("GITHUB_REPOSITORY", "acme/estate"), ("GITHUB_SHA", "0123abc")];
    let ran = action(&scratch, &[&inputs[..], &of_the_commit[..]].concat());
    let (first, rest) = ran.log.split_once('\n').unwrap();
    let token = first.strip_prefix("::stop-commands::").unwrap();
    assert!(token.len() == 32 && token.chars().all(|c| c.is_ascii_hexdigit()), "{token}");
    let (stopped, obeyed) = rest.split_once(&format!("\n::{token}::\n")).unwrap();
    assert!(stopped.contains("##❲stop-commands]x") && stopped.contains("rolelint: `empty` holds no Terraform files"), "{stopped}");
    let broken = "file=infra/broken␊%3A%3Aerror%3A%3Ax.tf,line=1,";
    let starts = [
        "::error file=infra/a.tf,line=4,endLine=4,col=".to_owned(),
        format!("::error {broken}"),
        format!("::notice {broken}"),
        "::error title=rolelint::`empty` holds".to_owned(),
    ];
    assert_eq!(obeyed.lines().count(), starts.len(), "{obeyed}");
    assert!(obeyed.lines().zip(starts).all(|(line, start)| line.starts_with(&start)), "{obeyed}");
    assert!(ran.summary.contains("(https://github.com/acme/estate/blob/0123abc/infra/a.tf#L4)"), "{}", ran.summary);
    assert!(ran.outputs.starts_with("status=2\n"), "{}", ran.outputs);
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
    let annotates = |upload: &str| action(&scratch, &[("INPUT_UPLOAD_SARIF", upload)]).log.contains("\n::error file=");
    assert_eq!(["true", "True", "false", "FALSE", ""].map(annotates), [false, false, true, true, true]);
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
