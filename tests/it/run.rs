//! Runs the built program, and compares what it says with what is committed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_rolelint");

/// What a run of the program came to.
#[derive(Debug)]
pub struct Run {
    pub status: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Run {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error} in\n{}\n{}", self.out, self.err))
    }

    /// The rules of a report in the format `concise`, in order.
    pub fn rules(&self) -> Vec<&str> {
        let lines = self.out.lines().filter(|line| !line.contains(": problem["));
        lines.filter_map(|line| Some(line.split_once('[')?.1.split_once(']')?.0)).collect()
    }
}

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What changes how and what the program prints.
const VARIABLES: &[&str] = &[
    "CI",
    "CI_PROJECT_DIR",
    "CLICOLOR",
    "CLICOLOR_FORCE",
    "COLORTERM",
    "COLUMNS",
    "DOMTERM",
    "FORCE_COLOR",
    "FORCE_HYPERLINK",
    "GITHUB_ACTIONS",
    "GITHUB_REPOSITORY",
    "GITHUB_SERVER_URL",
    "GITHUB_SHA",
    "GITHUB_WORKSPACE",
    "KONSOLE_VERSION",
    "NO_COLOR",
    "ROLELINT_CONFIG",
    "ROLELINT_FORMAT",
    "TERM_PROGRAM",
    "VTE_VERSION",
    "WT_SESSION",
];

/// The program as a command without what the environment says of printing.
pub fn command(directory: &Path) -> Command {
    let mut command = Command::new(PROGRAM);
    VARIABLES.iter().for_each(|name| {
        command.env_remove(name);
    });
    command.current_dir(directory);
    command
}

pub fn rolelint_in(directory: &Path, arguments: &[&str]) -> Run {
    let output = command(directory).args(arguments).output().unwrap();
    Run { status: output.status.code(), out: String::from_utf8(output.stdout).unwrap(), err: String::from_utf8(output.stderr).unwrap() }
}

/// Runs it at the top of the repository.
pub fn rolelint(arguments: &[&str]) -> Run {
    rolelint_in(root(), arguments)
}

/// Compares with `tests/it/snapshots/<name>`; with ROLELINT_BLESS=1 writes it.
pub fn snapshot(name: &str, got: &str) {
    let got = got.replace(env!("CARGO_PKG_VERSION"), "[version]");
    same_as_file(&root().join("tests/it/snapshots").join(name), &got);
}

/// Fails with the first line that differs, unless the file is to be written.
pub fn same_as_file(path: &Path, got: &str) {
    let old = fs::read_to_string(path).unwrap_or_default().replace("\r\n", "\n");
    if old == got {
        return;
    }
    if std::env::var_os("ROLELINT_BLESS").is_some_and(|bless| bless == "1") {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, got).unwrap();
        return;
    }
    let differs = old.lines().zip(got.lines()).position(|(old, new)| old != new);
    let line = differs.unwrap_or(old.lines().count().min(got.lines().count()));
    panic!(
        "{} is not what comes out now. Line {}:\n  committed: {}\n  now:       {}\nIf the new one is right, write it with `ROLELINT_BLESS=1 cargo test --test it -- index options readme documents looks_so map broken`\n\n{got}",
        path.display(),
        line + 1,
        old.lines().nth(line).unwrap_or("(end)"),
        got.lines().nth(line).unwrap_or("(end)"),
    );
}

/// The findings of a file, as `rule: message`.
pub fn said(text: &str) -> Vec<String> {
    said_with("", text)
}

/// The same with a configuration.
pub fn said_with(configuration: &str, text: &str) -> Vec<String> {
    let scratch = Scratch::new();
    scratch.write("main.tf", text).write(".rolelint.hcl", configuration);
    let report = scratch.run(&["check", "-f", "json", "."]).json();
    let findings = report["findings"].as_array().cloned().unwrap_or_default();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let mut said: Vec<String> =
        findings.iter().map(|finding| format!("{}: {}", text(&finding["rule"]), text(&finding["message"]))).collect();
    said.sort();
    said
}

/// A directory of its own that goes away with it.
pub struct Scratch(PathBuf);

impl Scratch {
    pub fn new() -> Scratch {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("rolelint-test-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Scratch(path.canonicalize().unwrap())
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn write(&self, name: &str, contents: impl AsRef<[u8]>) -> &Scratch {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, contents).unwrap();
        self
    }

    pub fn run(&self, arguments: &[&str]) -> Run {
        rolelint_in(self.path(), arguments)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// An index of git's in which nothing is tracked: without one, ignore files hide nothing.
pub const EMPTY_INDEX: &[u8] = b"DIRC\0\0\0\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

/// Copies a directory, links and all that is in it followed.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(fs::copy(entry.path(), target).unwrap()),
        }
    }
}

/// A role that anybody may assume: one critical finding.
pub const OPEN_ROLE: &str = r#"resource "aws_iam_role" "open" {
  name               = "open"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = "*", Action = "sts:AssumeRole" }] })
}
"#;
