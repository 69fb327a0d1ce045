//! The text that everything else points into: files, spans, lines and columns.

use std::ops::Range;
use std::sync::{Arc, OnceLock, RwLock};

use line_index::{LineIndex, TextSize, WideEncoding, WideLineCol};

/// A file of this run. Ids are handed out in the order in which files are added: they compare equal or not, nothing
/// else; sort by path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(u32);

/// A range of bytes in one file.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Span {
    pub file: FileId,
    pub start: u32,
    pub end: u32,
}

impl Span {
    pub fn new(file: FileId, range: Range<usize>) -> Span {
        let clamp = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Span { file, start: clamp(range.start), end: clamp(range.end) }
    }

    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// The smallest span that holds both; `self` when they are in different files.
    pub fn to(self, other: Span) -> Span {
        if self.file != other.file {
            return self;
        }
        Span { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// Whether `other` lies inside this span.
    pub fn contains(self, other: Span) -> bool {
        self.file == other.file && self.start <= other.start && other.end <= self.end
    }
}

impl std::fmt::Debug for Span {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}..{}", self.file.0, self.start, self.end)
    }
}

/// What a file is, which its name alone decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// `.tf`, `.tofu`: HCL blocks.
    Hcl,
    /// `.tf.json`, `.tofu.json`.
    HclJson,
    /// `.tfvars`: HCL attributes.
    Variables,
    /// `.tfvars.json`.
    VariablesJson,
    /// `terragrunt.hcl`: which module Terragrunt runs, and with which values.
    Terragrunt,
    /// A `.json` file that is a policy.
    Policy,
    /// What `terraform show -json` writes of a plan.
    Plan,
    /// Anything that is read because source names it: templates, policy JSON.
    Other,
}

/// One file's text and place.
#[derive(Debug)]
pub struct File {
    /// Relative to the current directory where that is possible, with forward slashes.
    pub path: String,
    pub kind: FileKind,
    /// Always UTF-8. Bytes that were not are replaced one for one, so that every offset is the file's own.
    pub text: Arc<str>,
    /// Offsets of the bytes that were replaced.
    pub replaced: Vec<u32>,
    /// Why what is in it is not known: then its text is empty.
    pub unread: Option<Arc<str>>,
    lines: OnceLock<LineIndex>,
}

/// What stands in `File::text` for a byte that is not part of valid UTF-8 (ASCII "substitute").
pub const REPLACED_BYTE: char = '\u{1a}';

impl File {
    pub fn new(path: impl Into<String>, kind: FileKind, bytes: Vec<u8>) -> File {
        File::from_bytes(path, kind, &bytes)
    }

    /// As `new`, from a buffer that the caller goes on using.
    pub fn from_bytes(path: impl Into<String>, kind: FileKind, bytes: &[u8]) -> File {
        let (text, replaced) = match std::str::from_utf8(bytes) {
            Ok(text) => (Arc::from(text), Vec::new()),
            Err(_) => decode(bytes.to_vec()),
        };
        File { path: path.into(), kind, text, replaced, unread: None, lines: OnceLock::new() }
    }

    /// A file that is there and cannot be read.
    pub fn unread(path: impl Into<String>, kind: FileKind, reason: &str) -> File {
        File { unread: Some(reason.into()), ..File::from_bytes(path, kind, &[]) }
    }

    /// The directory part of the path, without a slash at its end; empty for the current directory.
    pub fn directory(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(directory, _)| directory)
    }

    pub fn name(&self) -> &str {
        self.path.rsplit_once('/').map_or(self.path.as_str(), |(_, name)| name)
    }

    pub fn lines(&self) -> &LineIndex {
        self.lines.get_or_init(|| LineIndex::new(&self.text))
    }
}

/// Makes text of bytes without moving any of them.
fn decode(mut bytes: Vec<u8>) -> (Arc<str>, Vec<u32>) {
    let mut replaced = Vec::new();
    let mut from = 0;
    while let Err(error) = std::str::from_utf8(bytes.get(from..).unwrap_or_default()) {
        let start = from + error.valid_up_to();
        let end = error.error_len().map_or(bytes.len(), |length| start + length);
        for (offset, byte) in bytes.iter_mut().enumerate().take(end).skip(start) {
            *byte = REPLACED_BYTE as u8;
            replaced.push(u32::try_from(offset).unwrap_or(u32::MAX));
        }
        from = end;
    }
    (String::from_utf8_lossy(&bytes).into(), replaced)
}

/// How a column is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnUnit {
    /// Unicode scalar values, as people count.
    Characters,
    /// As SARIF's `utf16CodeUnits` and the language server protocol count.
    Utf16,
}

/// A place as people and protocols name it: both from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    pub line: u32,
    pub column: u32,
}

/// Why a path that source names could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadError {
    NotFound,
    /// The path leaves the analysed root.
    OutsideRoot,
    TooLarge {
        bytes: u64,
    },
    Failed(String),
}

impl std::fmt::Display for ReadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ReadError::NotFound => f.write_str("no such file"),
            ReadError::OutsideRoot => f.write_str("the path leads outside the analysed directory"),
            ReadError::TooLarge { bytes } => write!(f, "the file is too large to read ({bytes} bytes)"),
            ReadError::Failed(reason) => f.write_str(reason),
        }
    }
}

/// Where files come from that source names (`file()`, `templatefile()`): the disk in the program, a map in tests.
/// Paths are those of `File::path`, already joined and normalised.
pub trait Files: Send + Sync {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError>;
    fn exists(&self, path: &str) -> bool;
    /// The absolute form of a path, as `abspath()` gives it; nothing where there is no disk.
    fn absolute(&self, _path: &str) -> Option<String> {
        None
    }
    /// The absolute form of a path without links.
    fn real(&self, path: &str) -> Option<String> {
        self.absolute(path)
    }
    /// Paths of the files below `directory`, sorted; for `fileset()`.
    fn list(&self, directory: &str) -> Vec<String>;
}

/// Nothing beyond the files that were handed over.
pub struct NoFiles;

impl Files for NoFiles {
    fn read(&self, _: &str) -> Result<Vec<u8>, ReadError> {
        Err(ReadError::NotFound)
    }
    fn exists(&self, _: &str) -> bool {
        false
    }
    fn list(&self, _: &str) -> Vec<String> {
        Vec::new()
    }
}

/// All the text of a run. Files are only ever added, so a `FileId` stays good.
pub struct Sources {
    files: RwLock<Vec<Arc<File>>>,
    named: RwLock<std::collections::HashMap<String, Result<FileId, ReadError>>>,
    disk: Box<dyn Files>,
}

impl Sources {
    pub fn new(disk: Box<dyn Files>) -> Sources {
        Sources { files: RwLock::default(), named: RwLock::default(), disk }
    }

    pub fn add(&self, file: File) -> FileId {
        let mut files = self.files.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        files.push(Arc::new(file));
        FileId(u32::try_from(files.len() - 1).unwrap_or(u32::MAX))
    }

    /// Empty for an id of another run.
    pub fn file(&self, id: FileId) -> Arc<File> {
        let files = self.files.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        match files.get(id.0 as usize) {
            Some(file) => Arc::clone(file),
            None => Arc::new(File::new("", FileKind::Other, Vec::new())),
        }
    }

    pub fn ids(&self) -> Vec<FileId> {
        let files = self.files.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        (0..u32::try_from(files.len()).unwrap_or(u32::MAX)).map(FileId).collect()
    }

    /// The file that source names by `path`, read once.
    pub fn named(&self, path: &str) -> Result<FileId, ReadError> {
        {
            let named = self.named.read().unwrap_or_else(std::sync::PoisonError::into_inner);
            if let Some(known) = named.get(path) {
                return known.clone();
            }
        }
        let read = self.disk.read(path).map(|bytes| self.add(File::new(path, FileKind::Other, bytes)));
        let mut named = self.named.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        named.entry(path.to_owned()).or_insert(read).clone()
    }

    /// Whether source has named a path and it could be read.
    pub fn is_named(&self, path: &str) -> bool {
        matches!(self.named.read().unwrap_or_else(std::sync::PoisonError::into_inner).get(path), Some(Ok(_)))
    }

    pub fn exists(&self, path: &str) -> bool {
        self.disk.exists(path)
    }

    pub fn list(&self, directory: &str) -> Vec<String> {
        self.disk.list(directory)
    }

    pub fn absolute(&self, path: &str) -> Option<String> {
        self.disk.absolute(path)
    }

    /// The absolute form of a path without links, as far as there is a disk.
    pub fn real(&self, path: &str) -> Option<String> {
        self.disk.real(path)
    }

    /// The text under `span`.
    pub fn text(&self, span: Span) -> String {
        self.file(span.file).text.get(span.range()).unwrap_or_default().to_owned()
    }

    /// Where a span starts and ends.
    pub fn positions(&self, span: Span, unit: ColumnUnit) -> (Position, Position) {
        let file = self.file(span.file);
        (position(&file, span.start, unit), position(&file, span.end, unit))
    }
}

/// In a file of so many bytes lines are counted faster than an index is made.
const SMALL: usize = 16 << 10;

/// The place behind `before`.
fn counted(before: &str, unit: ColumnUnit) -> Position {
    let line = memchr::memchr_iter(b'\n', before.as_bytes()).count();
    let start = memchr::memrchr(b'\n', before.as_bytes()).map_or(0, |newline| newline + 1);
    let in_line = before.get(start..).unwrap_or_default();
    let column = match unit {
        ColumnUnit::Characters => in_line.chars().count(),
        ColumnUnit::Utf16 => in_line.encode_utf16().count(),
    };
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX).saturating_add(1);
    Position { line: number(line), column: number(column) }
}

/// Line and column of a byte offset; an offset past the end is the end, one inside a character is its start.
pub fn position(file: &File, offset: u32, unit: ColumnUnit) -> Position {
    let mut offset = (offset as usize).min(file.text.len());
    while !file.text.is_char_boundary(offset) {
        offset -= 1;
    }
    if let Some(before) = file.text.get(..offset).filter(|_| file.text.len() <= SMALL) {
        return counted(before, unit);
    }
    let index = file.lines();
    let at = index.line_col(TextSize::new(u32::try_from(offset).unwrap_or(u32::MAX)));
    let encoding = match unit {
        ColumnUnit::Characters => WideEncoding::Utf32,
        ColumnUnit::Utf16 => WideEncoding::Utf16,
    };
    let wide = index.to_wide(encoding, at).unwrap_or(WideLineCol { line: at.line, col: at.col });
    Position { line: wide.line + 1, column: wide.col + 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_or_utf16_units() {
        let file = File::new("a.tf", FileKind::Hcl, "x\né𝄞z".into());
        assert_eq!(position(&file, 2, ColumnUnit::Characters), Position { line: 2, column: 1 });
        assert_eq!(position(&file, 8, ColumnUnit::Characters), Position { line: 2, column: 3 });
        assert_eq!(position(&file, 8, ColumnUnit::Utf16), Position { line: 2, column: 4 });
        assert_eq!(position(&file, 999, ColumnUnit::Characters).line, 2);
        // A large file is looked up in an index.
        let file = File::new("a.tf", FileKind::Hcl, format!("x\né𝄞z\n{}", "#".repeat(SMALL)).into());
        assert_eq!(position(&file, 2, ColumnUnit::Characters), Position { line: 2, column: 1 });
        assert_eq!(position(&file, 8, ColumnUnit::Characters), Position { line: 2, column: 3 });
        assert_eq!(position(&file, 8, ColumnUnit::Utf16), Position { line: 2, column: 4 });
    }

    #[test]
    fn bytes_that_are_not_utf8_keep_their_place() {
        let file = File::new("a.tf", FileKind::Hcl, b"a\xff\xfeb\xc3".to_vec());
        assert_eq!(&*file.text, "a\u{1a}\u{1a}b\u{1a}");
        assert_eq!(file.replaced, [1, 2, 4]);
    }
}
