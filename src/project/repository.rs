//! What git itself keeps of a repository: where, which files it tracks, and what `info/exclude` says. No git is run.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use ignore::gitignore::Gitignore;

use super::ignored::Repositories;
use super::index::Tracked;
use super::read::read_own;

/// More than the longest path takes.
const LARGEST_POINTER: u64 = 64 << 10;

/// A configuration of git's. A larger one is something else.
const LARGEST_CONFIG: u64 = 1 << 20;

/// Whether a directory is the top of a repository.
pub(super) fn is_repository(directory: &Path) -> bool {
    directory.join(".git").exists()
}

/// A repository: a directory that holds `.git`.
pub(super) struct Repository {
    top: PathBuf,
    git: Option<GitDirectory>,
    exclude: Option<Gitignore>,
    /// Read when something that could be ours is ignored.
    tracked: OnceLock<Tracked>,
}

/// Where git keeps what it knows.
struct GitDirectory {
    /// Of this working tree.
    own: PathBuf,
    /// Of all working trees of the repository.
    common: PathBuf,
    /// What a link may not lead out of.
    roots: Vec<PathBuf>,
}

impl Repository {
    pub(super) fn at(top: &Path, roots: &[PathBuf], shared: &Repositories) -> Repository {
        let git = GitDirectory::of(top, roots).unwrap_or_else(|(path, reason)| {
            shared.complain(&path, &reason);
            None
        });
        let exclude = git.as_ref().and_then(|git| shared.patterns(&git.common.join("info/exclude"), &git.roots));
        Repository { top: top.to_owned(), git, exclude, tracked: OnceLock::new() }
    }

    /// The patterns of `info/exclude`, and the directory that they are seen from.
    pub(super) fn exclude(&self) -> Option<(&Path, &Gitignore)> {
        self.exclude.as_ref().map(|globs| (self.top.as_path(), globs))
    }

    /// Whether git has a list of what it tracks: not where only the working tree is at hand, or nothing was ever added.
    pub(super) fn has_list(&self) -> bool {
        self.git.as_ref().is_some_and(|git| git.own.join("index").exists())
    }

    /// Whether git tracks a file, or something in a directory.
    pub(super) fn tracks(&self, path: &Path, is_directory: bool, shared: &Repositories) -> bool {
        let Some(git) = &self.git else { return false };
        let Ok(path) = path.strip_prefix(&self.top) else { return false };
        let tracked = self.tracked.get_or_init(|| {
            git.tracked().unwrap_or_else(|(path, reason)| {
                shared.complain(&path, &reason);
                Tracked::default()
            })
        });
        let parts: Vec<&[u8]> = path.components().map(|part| part.as_os_str().as_encoded_bytes()).collect();
        let path = parts.join(&b'/');
        if is_directory { tracked.directory(&path) } else { tracked.file(&path) }
    }
}

impl GitDirectory {
    /// `.git` is a directory, or a file that says where it is: so it is in a submodule and in a second working tree.
    fn of(top: &Path, roots: &[PathBuf]) -> Result<Option<GitDirectory>, (PathBuf, String)> {
        let git = top.join(".git");
        let own = if git.is_dir() { Some(git) } else { pointer(&git, roots, b"gitdir: ")?.map(|path| top.join(path)) };
        // Where only the working tree is at hand, as in a container, the file leads nowhere.
        let Some(own) = own.and_then(|own| own.canonicalize().ok()).filter(|own| own.is_dir()) else { return Ok(None) };
        let mut roots = roots.to_vec();
        roots.push(own.clone());
        let common = pointer(&own.join("commondir"), &roots, b"")?.and_then(|path| own.join(path).canonicalize().ok());
        let common = common.unwrap_or_else(|| own.clone());
        roots.push(common.clone());
        Ok(Some(GitDirectory { own, common, roots }))
    }

    fn tracked(&self) -> Result<Tracked, (PathBuf, String)> {
        Tracked::read(&self.own, self.has_long_hashes()?, &self.roots)
    }

    /// Whether the repository names its objects by SHA-256: `objectFormat` in the section `extensions` of its configuration.
    fn has_long_hashes(&self) -> Result<bool, (PathBuf, String)> {
        let path = self.common.join("config");
        let bytes = read_own(&path, &self.roots, LARGEST_CONFIG).map_err(|reason| (path, reason))?.unwrap_or_default();
        let mut in_extensions = false;
        let mut long = false;
        for line in String::from_utf8_lossy(&bytes).to_ascii_lowercase().lines().map(str::trim) {
            match line.strip_prefix('[') {
                Some(section) => in_extensions = section.split(']').next().is_some_and(|name| name.trim() == "extensions"),
                None => {
                    if let Some(("objectformat", format)) = line.split_once('=').map(|(name, value)| (name.trim(), value.trim()))
                        && in_extensions
                    {
                        long = format.trim_matches('"') == "sha256";
                    }
                }
            }
        }
        Ok(long)
    }
}

/// The path that a file of git's holds, if there is such a file.
fn pointer(path: &Path, roots: &[PathBuf], before: &[u8]) -> Result<Option<PathBuf>, (PathBuf, String)> {
    let wrong = |reason: &str| (path.to_owned(), reason.to_owned());
    let Some(bytes) = read_own(path, roots, LARGEST_POINTER).map_err(|reason| wrong(&reason))? else { return Ok(None) };
    let path = bytes.strip_prefix(before).and_then(|path| std::str::from_utf8(path).ok()).map(|path| path.trim_end_matches(['\r', '\n']));
    match path.filter(|path| !path.is_empty() && !path.contains(['\0', '\n'])) {
        Some(path) => Ok(Some(PathBuf::from(path))),
        None => Err(wrong("it names no directory of git's")),
    }
}
