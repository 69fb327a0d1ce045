//! The embedded catalog is what the readable tables say.

#![allow(clippy::unwrap_used, reason = "the helpers of a test may panic like the test")]

use std::fs;
use std::path::{Path, PathBuf};

use rolelint::catalog::encode::{Sources, canonical, encode};

const REFRESH: &str = "run `cargo catalog` and commit what it writes";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}

fn table(name: &str) -> String {
    fs::read_to_string(root().join("data/catalog").join(name)).unwrap()
}

fn sources() -> Sources {
    Sources { reference: table("iam-reference.json"), keys: table("global-condition-keys.json"), accounts: table("known-accounts.json") }
}

#[test]
fn the_embedded_files_are_fresh() {
    let encoded = encode(&sources()).unwrap();
    let embedded = root().join("src/catalog");
    // No assert_eq: it would print a megabyte.
    assert!(fs::read(embedded.join("reference.bin")).unwrap() == encoded.tables, "reference.bin is stale: {REFRESH}");
    assert!(fs::read_to_string(embedded.join("reference.txt")).unwrap() == encoded.text, "reference.txt is stale: {REFRESH}");
}

#[test]
fn the_readable_tables_are_in_the_form_that_diffs_well() {
    let Sources { reference, keys, accounts } = sources();
    for (name, text) in [("iam-reference", reference), ("global-condition-keys", keys), ("known-accounts", accounts)] {
        assert!(canonical(&text).unwrap() == text, "{name}.json is not in canonical form: {REFRESH}");
    }
}

#[test]
fn the_dates_in_the_code_are_those_of_the_tables() {
    use rolelint::catalog::{ACCOUNTS_DATE, DATE, TOP_UP_DATE};
    assert_eq!(encode(&sources()).unwrap().dates, [DATE, TOP_UP_DATE, ACCOUNTS_DATE]);
}

#[test]
fn a_table_that_does_not_hold_together_is_refused_in_words() {
    let mut broken = sources();
    broken.reference = broken.reference.replacen("\"l\":\"W\"", "\"l\":\"X\"", 1);
    let why = encode(&broken).unwrap_err();
    assert!(why.ends_with("unknown access level X"), "{why}");
}
