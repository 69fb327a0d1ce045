//! Where the files of a report are in the repository, as those who show it beside a change want to know.

use super::text::clean_path;
use crate::source::{File, FileId, Sources};
use crate::terraform::normalise;

/// Two absolute directories with forward slashes: the top of the checkout, and the one that paths are relative to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkout {
    pub top: String,
    pub here: String,
}

impl Checkout {
    /// A path of a report as seen from the top; nothing for a file outside.
    pub fn path(&self, shown: &str) -> Option<String> {
        let absolute = match shown.starts_with(&format!("{}/", self.top)) || shown.starts_with('/') {
            true => shown.to_owned(),
            false => normalise(&self.here, shown),
        };
        // A drive of Windows (`C:/`) is written as it is, a path of Unix with its slash.
        let top = self.top.trim_end_matches('/');
        Some(absolute.strip_prefix(top)?.strip_prefix('/')?.to_owned()).filter(|path| !path.is_empty())
    }
}

/// A file's path from the top of the repository, where that is known and holds it, else as the report has it.
pub fn path_in(checkout: Option<&Checkout>, sources: &Sources, file: FileId) -> String {
    let file: std::sync::Arc<File> = sources.file(file);
    let inside = checkout.and_then(|checkout| checkout.path(&file.path));
    // Nobody else needs the mark that keeps a path from reading as a command at the start of a line.
    let path = inside.unwrap_or_else(|| file.path.clone());
    clean_path(&path).into_owned()
}

#[cfg(test)]
mod tests {
    use super::Checkout;

    #[test]
    fn paths_start_at_the_top_of_the_repository() {
        let checkout = |top: &str, here: &str| Checkout { top: top.into(), here: here.into() };
        let of = |here: &str, shown: &str| checkout("/work/estate", here).path(shown);
        assert_eq!(of("/work/estate", "a/b.tf").as_deref(), Some("a/b.tf"));
        assert_eq!(of("/work/estate/live", "a/b.tf").as_deref(), Some("live/a/b.tf"));
        assert_eq!(of("/work/estate/live", "../modules/b.tf").as_deref(), Some("modules/b.tf"));
        assert_eq!(of("/", "work/estate/b.tf").as_deref(), Some("b.tf"));
        assert_eq!(of("/tmp", "/work/estate/b.tf").as_deref(), Some("b.tf"));
        assert_eq!(of("/work/estate", "../estate-2/b.tf"), None);
        assert_eq!(of("/work/estate", "/etc/b.tf"), None);
        assert_eq!(checkout("/", "/work").path("b.tf").as_deref(), Some("work/b.tf"));
        assert_eq!(checkout("C:/work", "C:/work/live").path("b.tf").as_deref(), Some("live/b.tf"));
        assert_eq!(checkout("C:/work", "D:/").path("C:/work/b.tf").as_deref(), Some("b.tf"));
    }
}
