//! How long the catalog takes: lookups, patterns, the documents of AWS's own policies, and what it adds to the start of the program.
//!
//! ```text
//! cargo bench --bench catalog
//! cargo bench --bench catalog -- --runs 300      how often programs are started
//! ```
//!
//! A lookup's time is that of the fastest of nine rounds. Programs are started in turn with an empty one, which is made with `rustc`, so that a
//! machine whose speed drifts slows all; on a busy machine quote the fastest starts.

#![allow(clippy::print_stdout, reason = "the figures are what it is for")]

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rolelint::catalog;

fn main() {
    // Before anything else has touched the tables: the pages of the file are not in memory yet.
    let first = time(1, || catalog::action("kms:Decrypt").is_some());
    documents();
    println!("first lookup          {first:>10.1?}");
    lookups();
    patterns();
    starts(runs());
}

fn runs() -> usize {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--runs").skip(1);
    arguments.next().and_then(|number| number.parse().ok()).unwrap_or(200).max(1)
}

/// The time of one call, in the fastest of nine rounds of so many.
fn time<T>(calls: u32, mut call: impl FnMut() -> T) -> Duration {
    let rounds = if calls == 1 { 1 } else { 9 };
    let mut round = || {
        let start = Instant::now();
        (0..calls).for_each(|_| drop(black_box(call())));
        start.elapsed() / calls
    };
    (0..rounds).map(|_| round()).min().unwrap_or_default()
}

type Lookup = fn() -> bool;

fn lookups() {
    let cases: [(&str, Lookup); 9] = [
        ("action", || catalog::action(black_box("s3:GetObject")).is_some()),
        ("action that is not", || catalog::action(black_box("s3:GetObjekt")).is_some()),
        ("service", || catalog::service(black_box("dynamodb")).is_some()),
        ("condition key", || catalog::condition_key(black_box("sts:ExternalId")).is_some()),
        ("key with a hole", || catalog::condition_key(black_box("aws:ResourceTag/team")).is_some()),
        ("account", || catalog::account(black_box("464622532012")).is_some()),
        ("policy by name", || catalog::managed_policy(black_box("AmazonS3FullAccess")).is_some()),
        ("policy by ARN", || catalog::managed_policy(black_box("arn:aws:iam::aws:policy/AmazonS3FullAccess")).is_some()),
        ("service principal", || catalog::service_principal(black_box("lambda.amazonaws.com")).is_some()),
    ];
    for (name, lookup) in cases {
        println!("{name:<22}{:>10.1?}", time(20_000, lookup));
    }
    if let (Some(pass), Some(passed)) = (catalog::action("iam:PassRole"), catalog::condition_key("iam:PassedToService")) {
        println!("carries a key         {:>10.1?}", time(20_000, || catalog::carries(pass, black_box(&passed))));
    }
}

fn patterns() {
    for pattern in ["s3:Get*", "iam:*Role*", "ec2:*", "*:Describe*", "*"] {
        let count = catalog::expand(pattern).count();
        let taken = time(200, || catalog::expand(black_box(pattern)).count());
        println!("expand {pattern:<15}{taken:>10.1?}   {count} actions");
    }
}

/// A document is decoded with its neighbours when one of them is first asked for.
fn documents() {
    let mut first: Vec<Duration> = Vec::new();
    let mut bytes = 0;
    let start = Instant::now();
    for policy in catalog::managed_policies() {
        let start = Instant::now();
        bytes += black_box(policy.document()).map_or(0, str::len);
        first.push(start.elapsed());
    }
    let all = start.elapsed();
    // Fifteen of sixteen are there already: the slow ones are those that decode.
    first.sort_unstable();
    let decoding = first.split_off(first.len() - first.len() / 16);
    let middle = decoding.get(decoding.len() / 2).copied().unwrap_or_default();
    println!("decode a frame        {middle:>10.1?}   the slowest {:.1?}", decoding.last().copied().unwrap_or_default());
    println!("decode all            {all:>10.1?}   {:.1} MB", f64::from(u32::try_from(bytes).unwrap_or(u32::MAX)) / 1e6);
    println!("decoded before        {:>10.1?}", first.get(first.len() / 2).copied().unwrap_or_default());
}

/// Starts of the program against those of one that does nothing.
fn starts(runs: usize) {
    let rolelint = Path::new(env!("CARGO_BIN_EXE_rolelint"));
    let made = empty_program();
    let empty = made.as_deref().unwrap_or(Path::new("true"));
    let commands: [(&str, &Path, &[&str]); 4] = [
        ("an empty program", empty, &[]),
        ("rolelint --version", rolelint, &["--version"]),
        ("catalog iam:PassRole", rolelint, &["catalog", "iam:PassRole"]),
        ("catalog a document", rolelint, &["catalog", "ReadOnlyAccess", "--document"]),
    ];
    let mut times: Vec<Vec<Duration>> = vec![Vec::new(); commands.len()];
    for _ in 0..runs {
        for ((_, program, arguments), times) in commands.iter().zip(&mut times) {
            let start = Instant::now();
            let ended = Command::new(program).args(*arguments).stdout(Stdio::null()).stderr(Stdio::null()).status();
            if ended.is_ok() {
                times.push(start.elapsed());
            }
        }
    }
    let fastest: Vec<Duration> = times.iter().map(|times| times.iter().min().copied().unwrap_or_default()).collect();
    let base = fastest.first().copied().unwrap_or_default();
    for (((name, ..), times), fastest) in commands.iter().zip(&mut times).zip(fastest) {
        let more = (fastest.as_secs_f64() - base.as_secs_f64()) * 1e3;
        println!("{name:<22}{fastest:>10.1?}   {more:.2} ms more than empty; median of {runs}: {:.1?}", median(times));
    }
    if let Some(directory) = made.as_deref().and_then(Path::parent) {
        let _ = std::fs::remove_dir_all(directory);
    }
}

/// A program that does nothing, in a directory of its own.
fn empty_program() -> Option<PathBuf> {
    let directory = std::env::temp_dir().join(format!("rolelint-bench-{}", std::process::id()));
    std::fs::create_dir_all(&directory).ok()?;
    let source = directory.join("empty.rs");
    std::fs::write(&source, "fn main() {}\n").ok()?;
    let program = directory.join("empty");
    let made = Command::new("rustc").arg("-O").arg("-o").arg(&program).arg(&source).status().is_ok_and(|status| status.success());
    made.then_some(program)
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
