//! Writes the embedded catalog from the readable tables in `data/catalog`: `cargo catalog`. With `--check` it writes
//! nothing and fails when a file would change.

#![allow(clippy::print_stdout, reason = "a command for the terminal")]

use std::error::Error;
use std::fs;
use std::path::Path;

use rolelint::catalog::encode::{Sources, canonical, encode};

fn main() -> Result<(), Box<dyn Error>> {
    let check = match std::env::args().skip(1).collect::<Vec<_>>().as_slice() {
        [] => false,
        [only] if only == "--check" => true,
        _ => return Err("usage: cargo catalog [--check]".into()),
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let table = |name: &str| -> Result<(std::path::PathBuf, String), Box<dyn Error>> {
        let path = root.join("data/catalog").join(name);
        let text = fs::read_to_string(&path).map_err(|why| format!("{}: {why}", path.display()))?;
        let text = canonical(&text).map_err(|why| format!("{}: {why}", path.display()))?;
        Ok((path, text))
    };
    let (reference_path, reference) = table("iam-reference.json")?;
    let (keys_path, keys) = table("global-condition-keys.json")?;
    let (accounts_path, accounts) = table("known-accounts.json")?;
    let sources = Sources { reference, keys, accounts };
    let encoded = encode(&sources)?;
    let embedded = root.join("src/catalog");
    let files = [
        (reference_path, sources.reference.into_bytes()),
        (keys_path, sources.keys.into_bytes()),
        (accounts_path, sources.accounts.into_bytes()),
        (embedded.join("reference.bin"), encoded.tables),
        (embedded.join("reference.txt"), encoded.text.into_bytes()),
    ];
    let mut stale = 0;
    for (path, new) in files {
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
