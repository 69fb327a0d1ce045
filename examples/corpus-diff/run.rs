//! Runs the two builds in a tree, in turn, and takes their times.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

pub struct Tree {
    pub name: String,
    pub path: PathBuf,
}

/// How long one run took.
#[derive(Clone, Copy, Default)]
pub struct Time {
    /// User and system time; nothing on systems that do not tell it of children.
    pub cpu: Option<Duration>,
    pub wall: Duration,
}

/// The times of two runs right after each other, so that a machine whose speed drifts slows both.
#[derive(Clone, Copy, Default)]
pub struct Paired {
    pub old: Time,
    pub new: Time,
}

/// The reports on a tree, and the times of the runs after the first.
pub struct Ran {
    pub old: Value,
    pub new: Value,
    pub times: Vec<Paired>,
}

pub struct Binaries<'a> {
    old: PathBuf,
    new: PathBuf,
    arguments: &'a [OsString],
}

/// A path that holds whatever the current directory, as the binaries are run in other ones.
pub fn found(path: &Path) -> Result<PathBuf, String> {
    path.canonicalize().map_err(|why| format!("{}: {why}", path.display()))
}

impl<'a> Binaries<'a> {
    pub fn find(old: &Path, new: &Path, arguments: &'a [OsString]) -> Result<Binaries<'a>, String> {
        Ok(Binaries { old: found(old)?, new: found(new)?, arguments })
    }

    /// Runs both this many times. Only the first reports are read: the later runs are for the clock.
    pub fn run(&self, tree: &Tree, runs: u32) -> Result<Ran, String> {
        let old = self.report("OLD", &self.old, tree)?;
        let new = self.report("NEW", &self.new, tree)?;
        let pair = |_| Ok(Paired { old: self.time(&self.old, tree)?, new: self.time(&self.new, tree)? });
        let times = (1..runs).map(pair).collect::<Result<_, String>>()?;
        Ok(Ran { old, new, times })
    }

    fn command(&self, binary: &Path, tree: &Tree) -> Command {
        let mut command = Command::new(binary);
        command.args(["check", ".", "--format", "json", "--exit-zero"]).args(self.arguments).current_dir(&tree.path).stdin(Stdio::null());
        command
    }

    fn report(&self, which: &str, binary: &Path, tree: &Tree) -> Result<Value, String> {
        let output = self.command(binary, tree).output().map_err(|why| cannot_run(binary, &why))?;
        let printed = serde_json::from_slice(&output.stdout).map_err(|why| why.to_string());
        let report = printed.and_then(|report: Value| match report.get("findings").is_some_and(Value::is_array) {
            true => Ok(report),
            false => Err("there are no `findings` in it".to_owned()),
        });
        report.map_err(|why| {
            let stderr = String::from_utf8_lossy(&output.stderr).trim_end().to_owned();
            format!("{which} does not print a report in JSON ({why}; {}):\n{stderr}", output.status)
        })
    }

    fn time(&self, binary: &Path, tree: &Tree) -> Result<Time, String> {
        let mut command = self.command(binary, tree);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let before = cpu_of_children();
        let start = Instant::now();
        command.status().map_err(|why| cannot_run(binary, &why))?;
        let wall = start.elapsed();
        let cpu = before.zip(cpu_of_children()).map(|(before, after)| after.saturating_sub(before));
        Ok(Time { cpu, wall })
    }
}

fn cannot_run(binary: &Path, why: &std::io::Error) -> String {
    format!("{} cannot be run: {why}", binary.display())
}

/// What all children that have ended, and theirs, took of the processors.
#[cfg(unix)]
fn cpu_of_children() -> Option<Duration> {
    use nix::sys::resource::{UsageWho, getrusage};
    use nix::sys::time::{TimeVal, TimeValLike};
    let duration = |time: TimeVal| u64::try_from(time.num_microseconds()).ok().map(Duration::from_micros);
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).ok()?;
    Some(duration(usage.user_time())? + duration(usage.system_time())?)
}

#[cfg(not(unix))]
fn cpu_of_children() -> Option<Duration> {
    None
}
