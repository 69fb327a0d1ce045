//! Keeps the catalog: `cargo catalog` writes the embedded files from the readable tables in `data/catalog`.
//!
//! With `--check` it writes nothing and fails when a file would change. With `--changes OLD` it says what is other in the readable
//! tables than in those of OLD, which is a revision of git (`HEAD`, `v1.2.3`) or a directory of such tables.

#![allow(clippy::print_stdout, reason = "a command for the terminal")]

use std::error::Error;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;

use rolelint::catalog::encode::{FILES, Sources, canonical, changes, encode};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => write(false),
        ["--check"] => write(true),
        ["--changes", old] => compare(old),
        _ => Err("usage: cargo catalog [--check | --changes REVISION-OR-DIRECTORY]".into()),
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The tables of a directory, in the form in which they are kept.
fn read(directory: &Path) -> Result<Sources, String> {
    Sources::read(|name| {
        let path = directory.join(name);
        let text = fs::read_to_string(&path).map_err(|why| format!("{}: {why}", path.display()))?;
        canonical(&text).map_err(|why| format!("{}: {why}", path.display()))
    })
}

fn write(check: bool) -> Result<(), Box<dyn Error>> {
    let tables = root().join("data/catalog");
    let sources = read(&tables)?;
    let encoded = encode(&sources)?;
    let embedded = root().join("src/catalog");
    let readable = FILES.iter().zip(sources.texts()).map(|(name, text)| (tables.join(name), text.as_bytes().to_vec()));
    let files = [
        (embedded.join("reference.bin"), encoded.tables),
        (embedded.join("reference.txt"), encoded.text.into_bytes()),
        (embedded.join("managed.bin"), encoded.documents),
    ];
    let mut stale = 0;
    for (path, new) in readable.chain(files) {
        if fs::read(&path).is_ok_and(|old| old == new) {
            continue;
        }
        stale += 1;
        println!("{} {}", if check { "stale" } else { "wrote" }, path.display());
        if !check {
            fs::write(&path, new)?;
        }
    }
    if check && stale > 0 {
        return Err("the catalog is stale: run `cargo catalog` and commit what it writes".into());
    }
    Ok(())
}

fn compare(old: &str) -> Result<(), Box<dyn Error>> {
    let new = read(&root().join("data/catalog"))?;
    let old = if Path::new(old).is_dir() { Sources::read(|name| read_if_there(&Path::new(old).join(name)))? } else { of_revision(old)? };
    // Nobody may read on: `| head`.
    let _ = std::io::stdout().lock().write_all(changes(&old, &new)?.as_bytes());
    Ok(())
}

fn read_if_there(path: &Path) -> Result<String, String> {
    if path.exists() { fs::read_to_string(path).map_err(|why| format!("{}: {why}", path.display())) } else { Ok(String::new()) }
}

/// The tables of a revision. One that it did not have yet is empty.
fn of_revision(revision: &str) -> Result<Sources, String> {
    let git = |arguments: &[&str]| Command::new("git").arg("-C").arg(root()).args(arguments).output().map_err(|why| format!("git: {why}"));
    let known = git(&["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{revision}^{{commit}}")])?;
    let commit = String::from_utf8_lossy(&known.stdout).trim().to_owned();
    if !known.status.success() || commit.is_empty() {
        return Err(format!("{revision} is neither a directory nor a revision"));
    }
    Sources::read(|name| {
        let shown = git(&["show", &format!("{commit}:data/catalog/{name}")])?;
        Ok(if shown.status.success() { String::from_utf8_lossy(&shown.stdout).into_owned() } else { String::new() })
    })
}
