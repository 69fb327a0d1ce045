//! How long `rolelint check` takes on a whole corpus, against only walking and reading the same files.
//!
//! ```text
//! cargo bench --bench corpus -- ~/estates             a directory of your own
//! cargo bench --bench corpus                          a made-up estate of about 20,000 files
//! cargo bench --bench corpus -- --runs 9 --files 2000
//! ```
//!
//! The two are run in turn, so that a machine whose speed drifts slows both; the ratio of the medians is what to quote. Memory is
//! the peak of the whole process.

#![allow(clippy::print_stdout, reason = "the figures are what it is for")]

mod synthetic;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rayon::prelude::*;

fn main() {
    let options = Options::read(std::env::args().skip(1));
    let made = options.directory.is_none().then(|| synthetic::write(options.files));
    let Some(directory) = options.directory.clone().or(made.clone()) else { return };
    let (files, bytes) = walk_and_read(&directory);
    println!("{}: {files} files, {:.1} MB", directory.display(), bytes as f64 / 1e6);
    let mut reading = Vec::new();
    let mut checking = Vec::new();
    let mut memory = 0;
    // The first round warms the page cache and is not counted.
    for round in 0..=options.runs {
        let start = Instant::now();
        walk_and_read(&directory);
        let read = start.elapsed();
        let (check, peak) = check(&directory);
        if round > 0 {
            reading.push(read);
            checking.push(check);
            memory = memory.max(peak);
        }
    }
    let (read, check) = (median(&mut reading), median(&mut checking));
    println!("walk and read   {read:>10.1?}   (median of {})", options.runs);
    println!("rolelint check  {check:>10.1?}   {:.2} times as long", check.as_secs_f64() / read.as_secs_f64());
    println!("peak memory     {:>8} MB", memory / 1024);
    if let Some(made) = made {
        let _ = std::fs::remove_dir_all(made);
    }
}

struct Options {
    directory: Option<PathBuf>,
    runs: usize,
    files: usize,
}

impl Options {
    fn read(mut arguments: impl Iterator<Item = String>) -> Options {
        let mut options = Options { directory: None, runs: 5, files: 20_000 };
        while let Some(argument) = arguments.next() {
            let mut number = |default| arguments.next().and_then(|text| text.parse().ok()).unwrap_or(default);
            match argument.as_str() {
                "--runs" => options.runs = number(options.runs).max(1),
                "--files" => options.files = number(options.files),
                // cargo's own.
                "--bench" => {}
                path => options.directory = Some(path.into()),
            }
        }
        options
    }
}

/// Walks as rolelint does and reads what it would read.
fn walk_and_read(directory: &Path) -> (usize, usize) {
    let found = std::sync::Mutex::new(Vec::new());
    ignore::WalkBuilder::new(directory)
        .hidden(false)
        .ignore(false)
        .git_global(false)
        .require_git(false)
        .threads(rayon::current_num_threads())
        .build_parallel()
        .run(|| {
            Box::new(|entry| {
                if let Ok(entry) = entry
                    && entry.file_type().is_some_and(|kind| kind.is_file())
                    && [".tf", ".tofu", ".tf.json", ".tofu.json", ".tfvars", ".tfvars.json"]
                        .iter()
                        .any(|ending| entry.file_name().to_string_lossy().ends_with(ending))
                    && let Ok(mut found) = found.lock()
                {
                    found.push(entry.into_path());
                }
                ignore::WalkState::Continue
            })
        });
    let found = found.into_inner().unwrap_or_default();
    let bytes = found.par_iter().map(|path| std::fs::read(path).map_or(0, |bytes| bytes.len())).sum();
    (found.len(), bytes)
}

/// Runs the program as a user would; its time and its peak memory in KiB (0 where the system does not tell).
fn check(directory: &Path) -> (Duration, u64) {
    let start = Instant::now();
    let child = Command::new(env!("CARGO_BIN_EXE_rolelint"))
        .args(["check", "--exit-zero", "--no-config", "--format", "json"])
        .arg(directory)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut child) = child else { return (Duration::ZERO, 0) };
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while let Ok(None) = child.try_wait() {
        peak = peak.max(high_water_mark(&status));
        std::thread::sleep(Duration::from_millis(2));
    }
    (start.elapsed(), peak)
}

/// `VmHWM` of a process (Linux, proc(5)).
fn high_water_mark(status: &str) -> u64 {
    let text = std::fs::read_to_string(status).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
