//! The embedded catalog is what the readable tables say.

#![allow(clippy::unwrap_used, reason = "the helpers of a test may panic like the test")]

use std::fs;
use std::path::{Path, PathBuf};

use rolelint::catalog::encode::{FILES, Sources, canonical, encode};

const REFRESH: &str = "run `cargo catalog` and commit what it writes";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}

fn sources() -> Sources {
    Sources::read(|name| fs::read_to_string(root().join("data/catalog").join(name))).unwrap()
}

#[test]
fn the_embedded_files_are_fresh() {
    let encoded = encode(&sources()).unwrap();
    let embedded = root().join("src/catalog");
    // No assert_eq: it would print a megabyte.
    assert!(fs::read(embedded.join("reference.bin")).unwrap() == encoded.tables, "reference.bin is stale: {REFRESH}");
    assert!(fs::read_to_string(embedded.join("reference.txt")).unwrap() == encoded.text, "reference.txt is stale: {REFRESH}");
    assert!(fs::read(embedded.join("managed.bin")).unwrap() == encoded.documents, "managed.bin is stale: {REFRESH}");
}

#[test]
fn the_readable_tables_are_in_the_form_that_diffs_well() {
    let sources = sources();
    for (name, text) in FILES.iter().zip(sources.texts()) {
        assert!(canonical(text).unwrap() == text, "{name} is not in canonical form: {REFRESH}");
    }
}

#[test]
fn the_dates_in_the_code_are_those_of_the_tables() {
    use rolelint::catalog::{ACCOUNTS_DATE, DATE, ESCALATIONS_DATE, MANAGED_POLICIES_DATE, PRINCIPALS_DATE, TOP_UP_DATE};
    let dates = [DATE, TOP_UP_DATE, ACCOUNTS_DATE, MANAGED_POLICIES_DATE, PRINCIPALS_DATE, ESCALATIONS_DATE];
    assert_eq!(encode(&sources()).unwrap().dates, dates);
}

#[test]
fn a_document_is_the_one_of_the_table() {
    let table: serde_json::Value = serde_json::from_str(&sources().documents).unwrap();
    for (name, document) in table["documents"].as_object().unwrap() {
        let embedded = rolelint::catalog::managed_policy(name).unwrap().document().unwrap();
        assert!(serde_json::from_str::<serde_json::Value>(embedded).unwrap() == *document, "{name}");
    }
}

#[test]
fn a_table_that_does_not_hold_together_is_refused_in_words() {
    let refused = |change: fn(&mut Sources)| {
        let mut broken = sources();
        change(&mut broken);
        encode(&broken).err().unwrap()
    };
    let why = refused(|tables| tables.reference = tables.reference.replacen("\"l\":\"W\"", "\"l\":\"X\"", 1));
    assert!(why.ends_with("unknown access level X"), "{why}");
    let why = refused(|tables| tables.managed = tables.managed.replacen("\"admin\"", "\"admiral\"", 1));
    assert!(why.ends_with("unknown flag admiral"), "{why}");
    let why = refused(|tables| tables.managed = tables.managed.replacen(":policy/AdministratorAccess\"", ":policy/Else\"", 1));
    assert_eq!(why, "AdministratorAccess: arn:aws:iam::aws:policy/Else is not its ARN");
    let why = refused(|tables| tables.documents = tables.documents.replacen("\"AdministratorAccess\"", "\"Nobody\"", 1));
    assert_eq!(why, "Nobody has a document and is no managed policy");
}
