//! The files that git tracks, as its index lists them.

use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use filetime::FileTime;
use gix_index::State;
use gix_index::decode::Options;
use gix_index::hash::Kind;

use super::read::read_own;
use super::walk::may_be_read;

/// The index of the largest repositories has some hundred megabytes. Of a larger one nothing is read, and memory is the user's.
const LARGEST_INDEX: u64 = 512 << 20;

/// No path on a disk is longer.
const LONGEST_PATH: usize = 1 << 16;

/// What is tracked, as far as it may be read.
#[derive(Default)]
pub(super) struct Tracked {
    /// From the top of the repository and in order: files that may be read, submodules, and with a slash at the end the directories that a
    /// sparse index names for all that is in them.
    paths: Vec<Box<[u8]>>,
}

impl Tracked {
    /// Reads the index of a working tree. Without one nothing is tracked. What is wrong is told with the file.
    pub(super) fn read(git: &Path, long_hashes: bool, roots: &[PathBuf]) -> Result<Tracked, (PathBuf, String)> {
        let kind = if long_hashes { Kind::Sha256 } else { Kind::Sha1 };
        let path = git.join("index");
        let Some(state) = state(&path, kind, roots)? else { return Ok(Tracked::default()) };
        let mut paths = kept(&state, |_| false);
        // A split index holds what has changed since another file was written.
        if let Some(link) = state.link().filter(|link| !link.shared_index_checksum.is_null()) {
            let shared = git.join(format!("sharedindex.{}", link.shared_index_checksum));
            let Some(base) = self::state(&shared, kind, roots)? else { return Err((shared, "it is not there".to_owned())) };
            let mut gone = vec![false; base.entries().len()];
            let read = link.bitmaps.as_ref().is_none_or(|bitmaps| {
                bitmaps.delete.for_each_set_bit(|position| gone.get_mut(position).map(|gone| *gone = true)).is_some()
            });
            if !read {
                return Err((path, "it is broken: it takes away more than there is".to_owned()));
            }
            paths.extend(kept(&base, |position| gone.get(position).copied().unwrap_or(false)));
        }
        paths.sort_unstable();
        paths.dedup();
        Ok(Tracked { paths })
    }

    pub(super) fn file(&self, path: &[u8]) -> bool {
        self.has(path) || self.is_in_sparse(path)
    }

    /// Whether something in a directory is tracked, or the directory is a submodule.
    pub(super) fn directory(&self, path: &[u8]) -> bool {
        let inside = [path, b"/"].concat();
        let first = self.paths.partition_point(|tracked| **tracked < *inside);
        self.paths.get(first).is_some_and(|tracked| tracked.starts_with(&inside)) || self.has(path) || self.is_in_sparse(path)
    }

    fn has(&self, path: &[u8]) -> bool {
        self.paths.binary_search_by(|tracked| (**tracked).cmp(path)).is_ok()
    }

    /// Whether a directory above is one of which a sparse index names nothing but itself.
    fn is_in_sparse(&self, path: &[u8]) -> bool {
        let ends = path.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(position, _)| position + 1);
        ends.into_iter().any(|end| path.get(..end).is_some_and(|above| self.has(above)))
    }
}

/// The paths of an index that count here.
fn kept(state: &State, gone: impl Fn(usize) -> bool) -> Vec<Box<[u8]>> {
    let entries = state.entries().iter().enumerate().filter(|(position, _)| !gone(*position));
    let counts = |(_, entry): (usize, &gix_index::Entry)| {
        let path: &[u8] = entry.path(state);
        let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or(path);
        // What replaces an entry of the shared index has no path of its own.
        let is_ours = entry.mode.is_submodule() || entry.mode.is_sparse() || may_be_read(&String::from_utf8_lossy(name));
        (is_ours && !path.is_empty()).then(|| path.into())
    };
    entries.filter_map(counts).collect()
}

fn state(path: &Path, kind: Kind, roots: &[PathBuf]) -> Result<Option<State>, (PathBuf, String)> {
    let bytes = read_own(path, roots, LARGEST_INDEX).map_err(|reason| (path.to_owned(), reason))?;
    let decoded = bytes.map(|bytes| decode(bytes, kind)).transpose();
    decoded.map_err(|reason| (path.to_owned(), format!("it is no index of git's: {reason}")))
}

fn decode(mut bytes: Vec<u8>, kind: Kind) -> Result<State, String> {
    without_extensions(&mut bytes, kind.len_in_bytes()).ok_or("it is cut off, or its paths are too long")?;
    let options = Options { thread_limit: Some(1), ..Options::default() };
    let decode = || State::from_bytes(&bytes, FileTime::zero(), kind, options);
    // The decoder is written for what git has written.
    let decoded = catch_unwind(decode).map_err(|_| "it cannot be decoded")?;
    decoded.map(|(state, _)| state).map_err(|error| error.to_string())
}

/// Takes away what a decoder may leave out of an index, the checksum with it, and says whether the rest is safe to decode: some of the
/// optional extensions are decoded by recursion, as deep as a file says, and version 4 writes of a path only how it differs from the one
/// before, so that a small file may stand for paths without end.
fn without_extensions(bytes: &mut Vec<u8>, hash: usize) -> Option<()> {
    let number = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?));
    let (version, count) = (number(4)?, number(8)?);
    let mut at = 12;
    let (mut path, mut paths) = (0_usize, 0_usize);
    for _ in 0..count {
        let start = at;
        // Times, numbers of the disk and of the owner, size, and the object.
        at += 40 + hash;
        let flags = u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?);
        at += if flags & 0x4000 == 0 { 2 } else { 4 };
        if version == 4 {
            let (strip, length) = distance(bytes.get(at..)?)?;
            at += length;
            path = path.checked_sub(strip)?;
        } else {
            path = 0;
        }
        let rest = bytes.get(at..)?;
        let length = memchr::memchr(0, rest.get(..rest.len().min(LONGEST_PATH))?)?;
        path += length;
        paths += path;
        if path > LONGEST_PATH || paths as u64 > LARGEST_INDEX {
            return None;
        }
        at += length;
        // The path ends with a zero, before version 4 with as many as fill eight bytes.
        at = if version == 4 { at + 1 } else { start + ((at - start + 8) & !7) };
    }
    let mut kept = Vec::new();
    let end = bytes.len().checked_sub(hash)?;
    let mut extensions = bytes.get(at..end)?;
    while let Some((head, rest)) = extensions.split_at_checked(8) {
        let size = u32::from_be_bytes(head.get(4..)?.try_into().ok()?) as usize;
        let (body, rest) = rest.split_at_checked(size)?;
        // A small letter says that the index cannot be understood without.
        if head.first()?.is_ascii_lowercase() {
            kept.extend_from_slice(head);
            kept.extend_from_slice(body);
        }
        extensions = rest;
    }
    bytes.truncate(at);
    bytes.extend_from_slice(&kept);
    // No checksum: git writes none either where `index.skipHash` is set.
    bytes.resize(bytes.len() + hash, 0);
    Some(())
}

/// A number as git writes distances, seven bits a byte, and how many bytes it has.
fn distance(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut value = 0_usize;
    for (position, byte) in bytes.iter().take(5).enumerate() {
        value = if position == 0 { 0 } else { value + 1 } << 7 | usize::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((value, position + 1));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// An index as git writes it, of version 2 or 4.
    fn index(version: u8, paths: &[&str]) -> Vec<u8> {
        let mut bytes = [b"DIRC\0\0\0", &[version][..], &u32::try_from(paths.len()).unwrap().to_be_bytes()].concat();
        for path in paths {
            let start = bytes.len();
            bytes.extend([0; 24]);
            bytes.extend([0, 0, 0x81, 0xa4]);
            bytes.extend([0; 12 + 20]);
            bytes.extend(u16::try_from(path.len()).unwrap().to_be_bytes());
            if version == 4 {
                // Nothing is shared with the path before.
                let before = paths.iter().take_while(|other| *other != path).last().map_or(0, |other| other.len());
                bytes.push(u8::try_from(before).unwrap());
            }
            bytes.extend(path.as_bytes());
            let end = if version == 4 { bytes.len() + 1 } else { start + ((bytes.len() - start + 8) & !7) };
            bytes.resize(end, 0);
        }
        bytes.extend(b"TREE\0\0\0\x06\0-1 0\n");
        bytes.extend([0; 20]);
        bytes
    }

    const PATHS: [&str; 5] = ["a.tf", "b/c/d.tf", "b/c.tf", "b/readme.md", "c.d/e.tf.json"];

    #[test]
    fn paths_are_found() {
        for version in [2, 4] {
            let state = decode(index(version, &PATHS), Kind::Sha1).unwrap();
            let mut paths = kept(&state, |position| position == 0);
            paths.sort();
            let tracked = Tracked { paths };
            assert!(["b/c/d.tf", "b/c.tf", "c.d/e.tf.json"].iter().all(|path| tracked.file(path.as_bytes())));
            assert!(!["a.tf", "b/readme.md", "b", "b/c", "c.d/e.tf"].iter().any(|path| tracked.file(path.as_bytes())));
            assert!(["b", "b/c", "c.d"].iter().all(|path| tracked.directory(path.as_bytes())));
            assert!(!["a", "c", "b/c.", "c.d/e"].iter().any(|path| tracked.directory(path.as_bytes())));
        }
        let sparse = Tracked { paths: vec![(*b"x/y/").into()] };
        assert!(sparse.file(b"x/y/a.tf") && sparse.directory(b"x/y") && sparse.directory(b"x") && sparse.directory(b"x/y/z"));
        assert!(!sparse.file(b"x/a.tf") && !sparse.directory(b"y"));
    }

    #[test]
    fn distances_are_as_git_writes_them() {
        let of = |bytes: &[u8]| distance(bytes);
        assert_eq!((of(&[5]), of(&[0x80, 0]), of(&[0x81, 0x7f])), (Some((5, 1)), Some((128, 2)), Some((383, 2))));
        assert_eq!((of(&[]), of(&[0x80]), of(&[0xff; 9])), (None, None, None));
    }

    proptest! {
        #[test]
        fn a_broken_index_ends(version in prop_oneof![Just(2), Just(4)], changes in prop::collection::vec((4_usize..500, any::<u8>()), 1..4), end in 12_usize..600) {
            let mut bytes = index(version, &PATHS);
            bytes.truncate(end);
            for (at, byte) in changes {
                if let Some(old) = bytes.get_mut(at) {
                    *old = byte;
                }
            }
            if let Ok(state) = decode(bytes, Kind::Sha1) {
                kept(&state, |_| false);
            }
        }
    }
}
