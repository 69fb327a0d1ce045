//! What a change of the code does to the findings on real repositories, and to the time they take.
//!
//! ```text
//! cargo run --release --example corpus-diff -- OLD NEW ~/estates                  OLD and NEW are two builds of rolelint
//! cargo run --release --example corpus-diff -- --each OLD NEW ~/checkouts         every directory in it is a tree of its own
//! cargo run --release --example corpus-diff -- OLD NEW ~/estates -- --pedantic    both are run with --pedantic
//! ```
//!
//! The exit status is 0 if both find the same, 1 if they differ, and 2 if one of them could not be run everywhere.

mod compare;
mod run;
mod show;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;

use compare::Comparison;
use run::{Binaries, Paired, Tree};

/// Run two builds of rolelint over trees, and show which findings are gone, new or changed
#[derive(Parser)]
#[command(name = "corpus-diff")]
pub struct Options {
    /// The rolelint before the change
    old: PathBuf,

    /// The rolelint after the change
    new: PathBuf,

    /// Trees to check: both are run in each, as `rolelint check .`
    #[arg(required = true, value_name = "DIR")]
    directories: Vec<PathBuf>,

    /// Take every directory in DIR as a tree of its own
    #[arg(long)]
    each: bool,

    /// Show findings of this rule alone, without problems and coverage. May be repeated
    #[arg(long, value_name = "RULE")]
    rule: Vec<String>,

    /// How many findings of a rule to show, and of how many trees the time; 0 for all. Counts are always of all
    #[arg(long, value_name = "N", default_value_t = 20)]
    most: usize,

    /// How often to run each. The first run warms the cache and is not timed, so that 1 gives no times
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,

    /// The same as --runs 1
    #[arg(long)]
    no_timing: bool,

    /// Options of `rolelint check` that both get
    #[arg(last = true, value_name = "OPTION")]
    arguments: Vec<OsString>,
}

/// What came of one tree: the comparison and the times, or why there is none.
pub struct Checked {
    tree: Tree,
    result: Result<(Comparison, Vec<Paired>), String>,
}

fn main() -> ExitCode {
    let colour = io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    match diff(&Options::parse(), &mut io::stdout().lock(), colour) {
        Ok(status) => ExitCode::from(status),
        Err(why) => {
            let _ = writeln!(io::stderr(), "corpus-diff: {why}");
            ExitCode::from(2)
        }
    }
}

/// Writes the whole report; the exit status.
pub fn diff(options: &Options, out: &mut dyn Write, colour: bool) -> Result<u8, String> {
    let trees = trees(options)?;
    let binaries = Binaries::find(&options.old, &options.new, &options.arguments)?;
    let runs = if options.no_timing { 1 } else { options.runs };
    let count = trees.len();
    let checked: Vec<Checked> = trees
        .into_iter()
        .enumerate()
        .map(|(index, tree)| {
            progress(&format!("{}/{count} {}", index + 1, tree.name));
            let result = binaries.run(&tree, runs).map(|ran| (compare::compare(&ran.old, &ran.new, &options.rule), ran.times));
            Checked { tree, result }
        })
        .collect();
    progress("");
    // Nobody may read on: `| head`.
    let _ = show::report(out, &checked, &show::View { most: options.most, colour });
    Ok(match () {
        () if checked.iter().any(|checked| checked.result.is_err()) => 2,
        () if checked.iter().filter_map(|checked| checked.result.as_ref().ok()).any(|(comparison, _)| comparison.differs()) => 1,
        () => 0,
    })
}

/// Says on a terminal where it is: a corpus takes minutes.
fn progress(text: &str) {
    if io::stderr().is_terminal() {
        let _ = write!(io::stderr(), "\r\x1b[K{text}");
    }
}

fn trees(options: &Options) -> Result<Vec<Tree>, String> {
    let mut paths = Vec::new();
    for directory in &options.directories {
        let path = run::found(directory)?;
        match path.is_dir() {
            true if options.each => paths.extend(directories_in(&path)?),
            true => paths.push(path),
            false => return Err(format!("{} is no directory", directory.display())),
        }
    }
    if paths.is_empty() {
        return Err("there is no directory to check".to_owned());
    }
    Ok(named(paths))
}

/// Hidden ones are no checkouts.
fn directories_in(path: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = path.read_dir().map_err(|why| format!("{}: {why}", path.display()))?;
    let mut found: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok())
        .filter(|entry| !entry.file_name().to_string_lossy().starts_with('.'))
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .collect();
    found.sort();
    Ok(found)
}

/// A tree is called by its directory's name; where two have the same, by their paths.
fn named(paths: Vec<PathBuf>) -> Vec<Tree> {
    let short = |path: &Path| path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let mut uses: BTreeMap<String, usize> = BTreeMap::new();
    for path in &paths {
        *uses.entry(short(path)).or_default() += 1;
    }
    let name = |path: &Path| Some(short(path)).filter(|name| uses.get(name) == Some(&1)).unwrap_or_else(|| path.display().to_string());
    paths.into_iter().map(|path| Tree { name: name(&path), path }).collect()
}
