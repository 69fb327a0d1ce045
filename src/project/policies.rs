//! Which `.json` files are worth reading: most of a repository's are no policies, and there may be many of them.

use std::cell::RefCell;
use std::io::Read;
use std::path::Path;

use crate::policy::file;

/// Files of tools that every repository of JavaScript has, some of them many times.
const NEVER: &[&str] = &["package.json", "package-lock.json", "tsconfig.json", "composer.json", "composer.lock"];

pub fn is_json(shown: &str) -> bool {
    let name = shown.rsplit('/').next().unwrap_or(shown);
    name.ends_with(".json") && !name.starts_with('.') && !NEVER.contains(&name)
}

/// Whether a file may hold a policy. No more is read of it than the largest policy takes, and nothing is kept.
pub fn is_candidate(path: &Path) -> bool {
    let Ok(file) = std::fs::File::open(path) else { return false };
    TEXT.with_borrow_mut(|text| {
        text.clear();
        let most = file::LARGEST as u64;
        file.take(most + 1).read_to_end(text).is_ok() && text.len() as u64 <= most && file::may_be_policy(text)
    })
}

thread_local! {
    /// Of thousands of files that are looked at, few are kept.
    static TEXT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// What to say of a file that was named and is none.
pub fn no_policy(shown: &str) -> String {
    format!("`{shown}` is no policy document: expected a JSON object of Version and Statement, of at most {} KiB", file::LARGEST >> 10)
}
