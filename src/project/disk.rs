//! What source reads by name, within the bounds of what is analysed.

use std::path::{Path, PathBuf};

use ignore::WalkBuilder;

use super::read::{read_error, read_file};
use super::{contained, shown, slashes};
use crate::source::{Files, ReadError};
use crate::terraform::normalise;

/// The disk, as far as the analysed roots go.
pub(super) struct Disk {
    pub roots: Vec<PathBuf>,
}

impl Files for Disk {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        let absolute = Path::new(path).canonicalize().map_err(|error| match read_error(&error) {
            // A path that is not there is outside all the same, if its directory is.
            ReadError::NotFound if !self.would_contain(path) => ReadError::OutsideRoot,
            other => other,
        })?;
        if !self.roots.iter().any(|root| absolute.starts_with(root)) {
            return Err(ReadError::OutsideRoot);
        }
        read_file(&absolute)
    }

    fn exists(&self, path: &str) -> bool {
        // Most that is asked for is not there, which costs less to see than where it would lead.
        Path::new(path).is_file() && contained(Path::new(path), &self.roots)
    }

    fn absolute(&self, path: &str) -> Option<String> {
        let path = if path.is_empty() { "." } else { path };
        let absolute = std::path::absolute(path).ok()?;
        Some(normalise("", &slashes(absolute)))
    }

    fn real(&self, path: &str) -> Option<String> {
        let real = Path::new(if path.is_empty() { "." } else { path }).canonicalize().ok();
        real.map(slashes).or_else(|| self.absolute(path))
    }

    fn list(&self, directory: &str) -> Vec<String> {
        let path = Path::new(if directory.is_empty() { "." } else { directory });
        if !contained(path, &self.roots) {
            return Vec::new();
        }
        let walk = WalkBuilder::new(path).standard_filters(false).follow_links(false).build();
        let files = walk.filter_map(Result::ok).filter(|entry| entry.path().is_file());
        let mut paths: Vec<String> = files.map(|entry| shown(entry.path())).collect();
        paths.sort();
        paths
    }
}

impl Disk {
    fn would_contain(&self, path: &str) -> bool {
        let mut ancestors = Path::new(path).ancestors().skip(1);
        let nearest =
            ancestors.find_map(|ancestor| if ancestor.as_os_str().is_empty() { Path::new(".") } else { ancestor }.canonicalize().ok());
        nearest.is_some_and(|nearest| self.roots.iter().any(|root| nearest.starts_with(root)))
    }
}
