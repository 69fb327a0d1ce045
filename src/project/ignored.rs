//! What `.gitignore` and `.git/info/exclude` leave out, as git understands them.
//!
//! Whoever proposes a change to a repository also writes its ignore files. So they are read within the bounds of everything else that is
//! read, and they do not hide what git tracks: Terraform reads that, whatever `.gitignore` says.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use rustc_hash::{FxHashMap, FxHashSet};

use super::read::read_own;
use super::repository::{Repository, is_repository};
use super::{not_read, shown};

/// An ignore file is a page or two. A larger one is something else, and may never end.
const LARGEST_IGNORE_FILE: u64 = 1 << 20;

/// What all walks of a run share: each repository is looked at once.
#[derive(Default)]
pub(super) struct Repositories {
    by_directory: Mutex<FxHashMap<PathBuf, Arc<Repository>>>,
    problems: Mutex<BTreeSet<String>>,
}

impl Repositories {
    /// The repository whose top is this directory.
    fn at(&self, directory: &Path, roots: &[PathBuf]) -> Arc<Repository> {
        let mut known = self.by_directory.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(repository) = known.get(directory) {
            return Arc::clone(repository);
        }
        let repository = Arc::new(Repository::at(directory, roots, self));
        known.insert(directory.to_owned(), Arc::clone(&repository));
        repository
    }

    /// Notes that a file is not read. Walking goes on, on many threads.
    pub(super) fn complain(&self, path: &Path, reason: &str) {
        self.problems.lock().unwrap_or_else(PoisonError::into_inner).insert(not_read(&shown(path), reason));
    }

    /// What was noted since the last time, in order.
    pub(super) fn problems(&self) -> BTreeSet<String> {
        std::mem::take(&mut *self.problems.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The patterns of an ignore file, if there is one and it holds any.
    pub(super) fn patterns(&self, path: &Path, roots: &[PathBuf]) -> Option<Gitignore> {
        let globs = read_own(path, roots, LARGEST_IGNORE_FILE).and_then(|bytes| bytes.map(|bytes| patterns(&bytes)).transpose());
        globs
            .unwrap_or_else(|reason| {
                self.complain(path, &reason);
                None
            })
            .filter(|globs| !globs.is_empty())
    }
}

fn patterns(bytes: &[u8]) -> Result<Gitignore, String> {
    let text = String::from_utf8_lossy(bytes);
    // Paths are matched as they are seen from the file's own directory.
    let mut builder = GitignoreBuilder::new("");
    for line in text.trim_start_matches('\u{feff}').lines() {
        // A line that is no pattern matches nothing, and git says nothing of it either. Git has no braces, and keeps a tab at the end.
        if !line.trim_end_matches(' ').ends_with('\t') {
            let _ = builder.add_line(None, &line.replace('{', "\\{").replace('}', "\\}"));
        }
    }
    // Each may be a pattern, and all of them together too large.
    builder.build().map_err(|error| format!("its patterns cannot be used together: {error}"))
}

/// What is left out of one walk.
pub(super) struct Ignored {
    shared: Arc<Repositories>,
    /// The walked directory as it was named.
    named: PathBuf,
    /// The same without links.
    start: PathBuf,
    /// Where ignore files begin to count: the top of the repository, or without one the walked directory.
    top: PathBuf,
    /// What a link may not lead out of.
    roots: Vec<PathBuf>,
    /// Made when something in a directory may be ours.
    directories: RwLock<FxHashMap<PathBuf, Arc<Directory>>>,
    /// Ignored directories that are walked for what git tracks in them.
    ignored: RwLock<FxHashSet<PathBuf>>,
}

/// What counts in a directory.
struct Directory {
    /// The directory of the ignore file, and the file's patterns.
    patterns: Option<(PathBuf, Gitignore)>,
    /// The nearest directory upward with patterns that count here.
    outer: Option<Arc<Directory>>,
    repository: Option<Arc<Repository>>,
}

impl Ignored {
    pub(super) fn new(shared: Arc<Repositories>, named: &Path, roots: &[PathBuf]) -> Option<Ignored> {
        let start = named.canonicalize().ok()?;
        let top = start.ancestors().find(|ancestor| is_repository(ancestor)).unwrap_or(&start).to_owned();
        let (named, roots) = (named.to_owned(), roots.to_owned());
        Some(Ignored { shared, named, start, top, roots, directories: RwLock::default(), ignored: RwLock::default() })
    }

    /// Whether a directory or file that the walk has come to is left out. A directory is asked for before what is in it.
    pub(super) fn leaves_out(&self, path: &Path, is_directory: bool) -> bool {
        let Ok(inside) = path.strip_prefix(&self.named) else { return false };
        let path = self.start.join(inside);
        let Some(parent) = path.parent() else { return false };
        let directory = self.directory(parent);
        // Nothing in an ignored directory can be taken back by a pattern.
        let in_ignored = self.ignored.read().unwrap_or_else(PoisonError::into_inner).contains(parent);
        if !in_ignored && !directory.ignores(&path, is_directory) {
            return false;
        }
        // Without git's list of what it tracks, an ignore file may name what belongs to the tree.
        let Some(repository) = directory.repository.as_ref().filter(|repository| repository.has_list()) else { return false };
        let tracked = repository.tracks(&path, is_directory, &self.shared);
        // A submodule is a repository of its own, with ignore files of its own.
        if tracked && is_directory && !is_repository(&path) {
            self.ignored.write().unwrap_or_else(PoisonError::into_inner).insert(path);
        }
        !tracked
    }

    fn directory(&self, path: &Path) -> Arc<Directory> {
        if let Some(known) = self.directories.read().unwrap_or_else(PoisonError::into_inner).get(path) {
            return Arc::clone(known);
        }
        let made = Arc::new(self.make(path));
        let mut directories = self.directories.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(directories.entry(path.to_owned()).or_insert(made))
    }

    fn make(&self, path: &Path) -> Directory {
        let own = is_repository(path).then(|| self.shared.at(path, &self.roots));
        // What is above a repository, or above the walked directory, does not count.
        let parent = path.parent().filter(|_| own.is_none() && path != self.top).map(|parent| self.directory(parent));
        let outer = parent.as_ref().and_then(|parent| if parent.patterns.is_some() { Some(parent) } else { parent.outer.as_ref() });
        let patterns = self.shared.patterns(&path.join(".gitignore"), &self.roots);
        Directory {
            patterns: patterns.map(|globs| (path.to_owned(), globs)),
            outer: outer.cloned(),
            repository: own.or_else(|| parent.as_ref().and_then(|parent| parent.repository.clone())),
        }
    }
}

impl Directory {
    /// Whether patterns leave out what is in this directory: the nearest file that speaks of it decides, `info/exclude` last.
    fn ignores(&self, path: &Path, is_directory: bool) -> bool {
        let mut next = Some(self);
        while let Some(directory) = next {
            if let Some((at, globs)) = &directory.patterns
                && let Some(decided) = decides(globs, at, path, is_directory)
            {
                return decided;
            }
            next = directory.outer.as_deref();
        }
        let exclude = self.repository.as_ref().and_then(|repository| repository.exclude());
        exclude.is_some_and(|(at, globs)| decides(globs, at, path, is_directory) == Some(true))
    }
}

/// Whether the last pattern that matches leaves a path out or takes it back.
fn decides(globs: &Gitignore, at: &Path, path: &Path, is_directory: bool) -> Option<bool> {
    match globs.matched(path.strip_prefix(at).ok()?, is_directory) {
        Match::None => None,
        Match::Ignore(_) => Some(true),
        Match::Whitelist(_) => Some(false),
    }
}
