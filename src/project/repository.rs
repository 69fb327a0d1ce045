//! What git itself keeps of a repository: where, and what `info/exclude` says. No git is run.

use std::path::{Path, PathBuf};

use ignore::gitignore::Gitignore;

use super::ignored::Repositories;
use super::read::read_own;

/// More than the longest path takes.
const LARGEST_POINTER: u64 = 64 << 10;

/// A repository: a directory that holds `.git`.
pub(super) struct Repository {
    top: PathBuf,
    exclude: Option<Gitignore>,
}

/// Where git keeps what it knows.
struct GitDirectory {
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
        Repository { top: top.to_owned(), exclude }
    }

    /// The patterns of `info/exclude`, and the directory that they are seen from.
    pub(super) fn exclude(&self) -> Option<(&Path, &Gitignore)> {
        self.exclude.as_ref().map(|globs| (self.top.as_path(), globs))
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
        Ok(Some(GitDirectory { common, roots }))
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
