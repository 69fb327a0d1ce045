//! What the tests hold of tables that are kept by hand: each row has a page, and each page the day on which it was read.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

#[derive(Deserialize)]
struct Paged {
    pages: BTreeMap<String, Page>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    url: String,
    read: String,
}

/// Fails if a row names no page or one that the table does not have, if no row names a page, or if a page has no address or no day.
pub fn check_pages<'t>(json: &str, rows: impl Iterator<Item = (&'t str, &'t [&'t str])>) {
    let pages = serde_json::from_str::<Paged>(json).unwrap().pages;
    let mut named = BTreeSet::new();
    for (row, its) in rows {
        assert!(!its.is_empty(), "{row} has no page");
        assert!(its.iter().all(|page| pages.contains_key(*page)), "{row} names a page that the table does not have: {its:?}");
        named.extend(its.iter().map(|page| (*page).to_owned()));
    }
    assert_eq!(named, pages.keys().cloned().collect(), "every page is one of a row");
    for (name, page) in &pages {
        assert!(page.url.starts_with("https://docs.aws.amazon.com/") && page.url.ends_with(".html"), "{name}: {}", page.url);
        assert!(is_day(&page.read), "{name} was read on {}", page.read);
    }
}

/// `2026-11-30`
pub fn is_day(text: &str) -> bool {
    text.len() == 10
        && text.starts_with("20")
        && text.bytes().enumerate().all(|(at, byte)| if matches!(at, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() })
}
