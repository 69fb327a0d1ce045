//! The bytes of files, and why some cannot be had.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::check_link;
use crate::finding::{Problem, ProblemKind};
use crate::policy::file::is_policy;
use crate::progress::Progress;
use crate::source::{File, FileId, FileKind, ReadError, Sources};

/// Larger files are not read: nobody writes Terraform of this size, and memory is the user's.
pub(super) const LARGEST: u64 = 64 << 20;

/// How a file begins that git-crypt has encrypted and nobody has unlocked.
const GIT_CRYPT: &[u8] = b"\0GITCRYPT\0";

/// Why such a file is not read.
pub const ENCRYPTED: &str = "it is encrypted by git-crypt";

/// Whether a file is encrypted by git-crypt.
pub fn is_encrypted(bytes: &[u8]) -> bool {
    bytes.starts_with(GIT_CRYPT)
}

pub(super) fn read_all(
    sources: &Sources,
    found: &BTreeMap<String, FileKind>,
    progress: &Progress,
    problems: &mut Vec<Problem>,
) -> Vec<FileId> {
    let read: Vec<(&String, Result<File, String>)> = found
        .par_iter()
        // One buffer a thread: every file's text is allocated once, at its own size.
        .map_init(Vec::new, |buffer, (path, kind)| {
            buffer.clear();
            let read = read_into(Path::new(path), buffer).map_err(|error| error.to_string());
            progress.read();
            (path, read.map(|()| File::from_bytes(path.clone(), *kind, buffer)))
        })
        .collect();
    let mut files = Vec::new();
    let mut encrypted: Vec<&String> = Vec::new();
    for (path, result) in read {
        match result {
            // That it might be one did not say that it is.
            Ok(file) if file.kind == FileKind::Policy && !is_policy(&file.path, &file.text) => {}
            Ok(file) => files.push(sources.add(file)),
            Err(reason) => {
                match reason == ENCRYPTED {
                    true => encrypted.push(path),
                    false => problems.push(Problem::new(ProblemKind::Unreadable, format!("cannot read `{path}`: {reason}"), None)),
                }
                // What it says is unknown, and not what it would be without the file.
                let declares =
                    |kind: &FileKind| matches!(kind, FileKind::Hcl | FileKind::HclJson | FileKind::Variables | FileKind::VariablesJson);
                let kind = found.get(path).copied().filter(declares);
                files.extend(kind.map(|kind| sources.add(File::unread(path, kind, &reason))));
            }
        }
    }
    problems.extend(locked(&encrypted));
    files
}

/// That files are encrypted: said once, because where one is, all of them are.
fn locked(paths: &[&String]) -> Option<Problem> {
    let (first, others) = paths.split_first()?;
    let more = match others.len() {
        0 => String::new(),
        1 => " and one more file".to_owned(),
        n => format!(" and {n} more files"),
    };
    let message = format!("cannot read `{first}`{more}: encrypted by git-crypt, so that the contents are unknown until `git-crypt unlock`");
    Some(Problem::new(ProblemKind::Unreadable, message, None))
}

pub(super) fn read_file(path: &Path) -> Result<Vec<u8>, ReadError> {
    // A named pipe would make us wait for ever, already when it is opened.
    if !std::fs::metadata(path).map_err(|error| read_error(&error))?.is_file() {
        return Err(ReadError::Failed("it is no regular file".to_owned()));
    }
    let mut bytes = Vec::new();
    read_into(path, &mut bytes)?;
    Ok(bytes)
}

/// The bytes of a file that nobody named, of at most so many, or why they cannot be had. Nothing if it is not there.
pub(super) fn read_own(path: &Path, roots: &[PathBuf], largest: u64) -> Result<Option<Vec<u8>>, String> {
    use std::io::ErrorKind::{NotADirectory, NotFound};
    let metadata = match std::fs::symlink_metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if matches!(error.kind(), NotFound | NotADirectory) => return Ok(None),
        Err(error) => return Err(plain(&error)),
    };
    if metadata.is_symlink() {
        check_link(path, roots)?;
    } else if !metadata.is_file() {
        return Err("it is no regular file".to_owned());
    }
    let file = std::fs::File::open(path).map_err(|error| plain(&error))?;
    let mut bytes = Vec::new();
    file.take(largest + 1).read_to_end(&mut bytes).map_err(|error| plain(&error))?;
    if bytes.len() as u64 > largest {
        return Err(format!(
            "it is larger than {}",
            if largest >> 20 == 0 { format!("{} KiB", largest >> 10) } else { format!("{} MiB", largest >> 20) }
        ));
    }
    Ok(Some(bytes))
}

/// Reads a file that is known to be a regular one.
fn read_into(path: &Path, buffer: &mut Vec<u8>) -> Result<(), ReadError> {
    let file = std::fs::File::open(path).map_err(|error| read_error(&error))?;
    // Tens of thousands of files are read: the disk is asked for the text and nothing else.
    (&file).take(LARGEST + 1).read_to_end(buffer).map_err(|error| read_error(&error))?;
    if buffer.len() as u64 > LARGEST {
        let bytes = file.metadata().map_or(LARGEST + 1, |metadata| metadata.len());
        return Err(ReadError::TooLarge { bytes });
    }
    if is_encrypted(buffer) {
        return Err(ReadError::Failed(ENCRYPTED.to_owned()));
    }
    Ok(())
}

pub(super) fn read_error(error: &std::io::Error) -> ReadError {
    match error.kind() {
        std::io::ErrorKind::NotFound => ReadError::NotFound,
        _ => ReadError::Failed(plain(error)),
    }
}

/// An error without its number: `permission denied`.
pub(super) fn plain(error: &std::io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut characters = text.chars();
    characters.next().map(|first| first.to_lowercase().collect::<String>() + characters.as_str()).unwrap_or_default()
}
