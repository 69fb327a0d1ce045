//! Where a file may be written.

use std::collections::VecDeque;
use std::path::{Component, Path, PathBuf};

use crate::project;

/// As many links as Linux follows in one path.
const MOST_LINKS: usize = 40;

/// The directories whose links lead no writer anywhere: the repositories of the analysed paths and of the current directory, or where there
/// is none, those directories themselves.
pub fn roots<'p>(analysed: impl Iterator<Item = &'p Path>) -> Vec<PathBuf> {
    let all = analysed.chain([Path::new(".")]).filter_map(project::containing_root);
    // Without a repository, the top of the disk is nobody's tree: its links, such as /bin, are the system's.
    all.filter(|root| root.parent().is_some()).collect()
}

/// Says why a file must not be written: a link that stands in one of the roots decides where it would go. Whoever can change the
/// repository can put such a link there, and would choose which of the user's files is written over.
///
/// Every part of the path is looked at, the file itself as well as its directories, and so is where links outside of the roots lead. Those
/// outside are followed: `/dev/stdout` and `/tmp` are links on some systems. Nothing is made or changed. Whoever writes a file that an
/// option names asks this first, before anything is read or written.
pub fn refuse_links(destination: &Path, roots: &[PathBuf]) -> Result<(), String> {
    let shown = project::shown(destination);
    let absolute = std::path::absolute(destination).map_err(|error| format!("cannot write `{shown}`: {error}"))?;
    // `absolute` takes no `..` away on Unix, where it means the parent of what a link leads to.
    let mut ahead: VecDeque<PathBuf> = absolute.components().map(own).collect();
    let mut reached = PathBuf::new();
    let mut links = 0;
    while let Some(part) = ahead.pop_front() {
        match part.as_os_str().as_encoded_bytes() {
            b"." => continue,
            b".." => {
                reached.pop();
                continue;
            }
            _ => {}
        }
        let next = reached.join(&part);
        // What is not there leads nowhere.
        if !std::fs::symlink_metadata(&next).is_ok_and(|metadata| metadata.is_symlink()) {
            reached = next;
            continue;
        }
        // Roots are written as the system writes them, which has another form of a drive on Windows.
        let stands = reached.canonicalize().unwrap_or_else(|_| reached.clone());
        if roots.iter().any(|root| stands.starts_with(root)) {
            let link = project::shown(&next);
            return Err(format!("`{shown}` is not written: `{link}` is a link, and no link of the repository decides where files go"));
        }
        links += 1;
        if links > MOST_LINKS {
            return Err(format!("`{shown}` is not written: more than {MOST_LINKS} links lead to it"));
        }
        let target = std::fs::read_link(&next).map_err(|error| format!("cannot write `{shown}`: {error}"))?;
        target.components().rev().map(own).for_each(|part| ahead.push_front(part));
    }
    Ok(())
}

/// A part of a path that is a path by itself: an absolute one starts anew where it is joined to another.
fn own(part: Component<'_>) -> PathBuf {
    PathBuf::from(part.as_os_str())
}
