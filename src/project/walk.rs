//! Finds files by walking directories.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use ignore::{WalkBuilder, WalkState};

use super::ignored::Ignored;
use super::{CONFIGURATION, Reading, containing_root, is_read_as, kind_of, not_read, plain, policies, shown};
use crate::source::FileKind;

/// Whether `kind_of` may know a file of this name.
pub(super) fn may_be_read(name: &str) -> bool {
    [".tf", ".tofu", ".json", ".tfvars", ".yml", ".yaml", "terragrunt.hcl"].iter().any(|ending| name.ends_with(ending))
}

/// Terraform's own working directories and what version control keeps.
pub(super) fn is_skipped_directory(name: &str) -> bool {
    matches!(name, ".terraform" | ".git" | ".terragrunt-cache" | ".hg" | ".svn" | "node_modules")
}

impl Reading<'_> {
    /// Walks a directory in parallel.
    pub(super) fn walk(&mut self, root: &Path) {
        let found = Mutex::new(Vec::new());
        let configurations = Mutex::new(Vec::new());
        let failed = Mutex::new(Vec::new());
        let roots: Vec<PathBuf> = containing_root(root).into_iter().collect();
        let exclude = self.exclude.clone();
        let data = self.request.data_directory.clone();
        let mut walker = WalkBuilder::new(root);
        // Ignore files are read by `Ignored`: the walker would read whatever they lead to.
        walker.standard_filters(false).follow_links(false);
        let ignored = self.request.gitignore.then(|| Ignored::new(Arc::clone(&self.repositories), root, &roots)).flatten();
        walker.threads(rayon::current_num_threads());
        walker.filter_entry(move |entry| {
            let directory = entry.file_type().is_some_and(|kind| kind.is_dir());
            let skipped = directory && entry.depth() > 0 && entry.file_name().to_str().is_some_and(is_skipped_directory);
            let skipped = skipped || directory && entry.depth() > 0 && entry.path().ends_with(&data);
            if skipped || !exclude.is_empty() && exclude.is_match(&shown(entry.path())) {
                return false;
            }
            let asked = entry.depth() > 0 && (directory || may_be_read(&entry.file_name().to_string_lossy()));
            !asked || ignored.as_ref().is_none_or(|ignored| !ignored.leaves_out(entry.path(), directory))
        });
        walker.build_parallel().run(|| {
            Box::new(|entry| {
                match entry {
                    Ok(entry) => {
                        if entry.file_name() == CONFIGURATION {
                            push(&configurations, shown(entry.path()));
                            return WalkState::Continue;
                        }
                        // Most files of a repository are none of ours: their names alone say so.
                        if !may_be_read(&entry.file_name().to_string_lossy()) {
                            return WalkState::Continue;
                        }
                        let path = shown(entry.path());
                        let Some(file_type) = entry.file_type() else { return WalkState::Continue };
                        let Some(kind) = kind_of(&path) else {
                            if policies::is_json(&path) && file_type.is_file() && policies::is_candidate(entry.path()) {
                                push(&found, (path, FileKind::Policy));
                            }
                            return WalkState::Continue;
                        };
                        match is_read_as(entry.path(), &path, file_type, &roots) {
                            Ok(true) => push(&found, (path, kind)),
                            Ok(false) => {}
                            Err(reason) => push(&failed, not_read(&path, &reason)),
                        }
                    }
                    Err(error) => push(&failed, format!("cannot read a directory: {error}")),
                }
                WalkState::Continue
            })
        });
        self.repositories.problems().into_iter().for_each(|message| self.complain(message));
        self.found.extend(found.into_inner().unwrap_or_default());
        self.configurations.extend(configurations.into_inner().unwrap_or_default());
        let mut failed = failed.into_inner().unwrap_or_default();
        failed.sort();
        failed.into_iter().for_each(|message| self.complain(message));
    }

    /// The Terraform files of one directory, without those below it.
    pub(super) fn directory(&mut self, directory: &Path) {
        let Ok(entries) = std::fs::read_dir(directory) else { return };
        // In the order of their names: the disk's own is another one elsewhere, and so would be that of the complaints.
        let entries: BTreeMap<PathBuf, std::fs::DirEntry> = entries.filter_map(Result::ok).map(|entry| (entry.path(), entry)).collect();
        for (path, entry) in entries {
            let shown = shown(&path);
            // What is excluded is read all the same where somebody calls it: what is made there is another one's.
            let Some(kind) = kind_of(&shown) else { continue };
            let is_read = entry.file_type().map_err(|error| plain(&error));
            match is_read.and_then(|file_type| is_read_as(&path, &shown, file_type, &self.roots)) {
                Ok(true) => drop(self.found.insert(shown, kind)),
                Ok(false) => {}
                Err(reason) => self.complain(not_read(&shown, &reason)),
            }
        }
    }
}

fn push<T>(list: &Mutex<Vec<T>>, item: T) {
    list.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(item);
}
