//! Ways over stretches of HCL that need no understanding: strings, heredocs, comments, brackets.
//!
//! Everything works on bytes and byte offsets. What ends what follows HCL's own scanner
//! (<https://github.com/hashicorp/hcl/blob/main/hclsyntax/scan_tokens.rl>), not hcl-edit's grammar, which is laxer.

use std::ops::Range;

use memchr::{memchr, memchr2, memmem};

/// Why there is no way on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// The token to point at.
    pub at: usize,
    pub message: &'static str,
    /// Nothing was found wrong until the text ended: what was opened at `at` is never closed.
    pub unclosed: bool,
}

impl Fault {
    fn here(at: usize, message: &'static str) -> Fault {
        Fault { at, message, unclosed: false }
    }

    fn unclosed(at: usize, message: &'static str) -> Fault {
        Fault { at, message, unclosed: true }
    }
}

pub(super) type Scan = Result<usize, Fault>;

/// Strings in interpolations in strings. HCL has no bound, hcl-edit stops at 64 levels of anything.
const MAX_DEPTH: u32 = 96;

const fn table(stops: &[u8]) -> [bool; 256] {
    let mut table = [false; 256];
    let mut index = 0;
    while index < stops.len() {
        table[stops[index] as usize] = true;
        index += 1;
    }
    table
}

static CODE_STOPS: [bool; 256] = table(b"\"#/<([{)]}");
static LINE_STOPS: [bool; 256] = table(b"\"#/<([{)]}\n");
static STRING_STOPS: [bool; 256] = table(b"\"\\$%\n");

/// The first place at or after `at` that holds one of `stops`; the end otherwise.
#[inline]
fn seek(bytes: &[u8], at: usize, stops: &[bool; 256]) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    rest.iter().position(|&byte| stops[usize::from(byte)]).map_or(bytes.len(), |found| at + found)
}

pub(super) fn starts_with(bytes: &[u8], at: usize, prefix: &[u8]) -> bool {
    bytes.get(at..).is_some_and(|rest| rest.starts_with(prefix))
}

/// Whether an identifier can start with this byte. Beyond ASCII the parser decides, character by character.
pub(super) fn is_ident_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

pub(super) fn is_ident_continue(byte: u8) -> bool {
    is_ident_start(byte) || byte.is_ascii_digit() || byte == b'-'
}

/// The end of the identifier that starts at `at`; `at` itself if none does.
pub(super) fn identifier(bytes: &[u8], at: usize) -> usize {
    match bytes.get(at) {
        Some(&first) if is_ident_start(first) => {
            let rest = bytes.get(at..).unwrap_or_default();
            at + rest.iter().position(|&byte| !is_ident_continue(byte)).unwrap_or(rest.len())
        }
        _ => at,
    }
}

/// Past spaces, tabs and comments that end on the same line or span lines by themselves; not past a newline.
pub(super) fn spaces(bytes: &[u8], mut at: usize) -> Scan {
    loop {
        match bytes.get(at) {
            Some(b' ' | b'\t') => at += 1,
            Some(b'/') if starts_with(bytes, at, b"/*") => at = block_comment(bytes, at)?,
            _ => return Ok(at),
        }
    }
}

/// The end of a comment that starts at `at`, without the newline that ends a line comment; nothing if none starts there.
#[inline]
pub(super) fn comment(bytes: &[u8], at: usize) -> Result<Option<usize>, Fault> {
    match bytes.get(at) {
        Some(b'#') => Ok(Some(line_end(bytes, at))),
        Some(b'/') if starts_with(bytes, at, b"//") => Ok(Some(line_end(bytes, at))),
        Some(b'/') if starts_with(bytes, at, b"/*") => block_comment(bytes, at).map(Some),
        _ => Ok(None),
    }
}

fn block_comment(bytes: &[u8], at: usize) -> Scan {
    let rest = bytes.get(at + 2..).unwrap_or_default();
    match memmem::find(rest, b"*/") {
        Some(found) => Ok(at + 2 + found + 2),
        None => Err(Fault::unclosed(at, "this comment is never closed")),
    }
}

/// The next newline, or the end of the text.
pub(super) fn line_end(bytes: &[u8], at: usize) -> usize {
    memchr(b'\n', bytes.get(at..).unwrap_or_default()).map_or(bytes.len(), |found| at + found)
}

/// Past the closing quote of the string that opens at `open`.
pub(super) fn quoted(bytes: &[u8], open: usize) -> Scan {
    quoted_at(bytes, open, 0)
}

fn quoted_at(bytes: &[u8], open: usize, depth: u32) -> Scan {
    let mut at = open + 1;
    loop {
        at = seek(bytes, at, &STRING_STOPS);
        match bytes.get(at) {
            Some(b'"') => return Ok(at + 1),
            // The escaped byte cannot end the string. A newline can be no escape and ends it below.
            Some(b'\\') if bytes.get(at + 1) != Some(&b'\n') => at += 2,
            Some(b'\\') => at += 1,
            Some(b'$' | b'%') => at = marker(bytes, at, depth)?,
            Some(_) => return Err(Fault::here(open, "this string is not closed on its line")),
            None => return Err(Fault::here(open, "this string is never closed")),
        }
    }
}

/// Past what a `$` or `%` in a template begins: an escape, a sequence, or nothing.
fn marker(bytes: &[u8], at: usize, depth: u32) -> Scan {
    match template_mark(bytes, at) {
        Mark::Escape => Ok(at + 3),
        Mark::Sequence => sequence_at(bytes, at, depth),
        Mark::Nothing => Ok(at + 1),
    }
}

/// What a `$` or `%` in a template begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// `$${` or `%%{`, which stand for `${` and `%{`.
    Escape,
    /// `${` or `%{`
    Sequence,
    Nothing,
}

pub(super) fn template_mark(bytes: &[u8], at: usize) -> Mark {
    let mut rest = bytes.get(at..).unwrap_or_default().iter();
    match (rest.next(), rest.next(), rest.next()) {
        (Some(b'$' | b'%'), Some(b'{'), _) => Mark::Sequence,
        (Some(b'$'), Some(b'$'), Some(b'{')) | (Some(b'%'), Some(b'%'), Some(b'{')) => Mark::Escape,
        _ => Mark::Nothing,
    }
}

/// Past the closing brace of the `${` or `%{` at `open`.
pub(super) fn sequence(bytes: &[u8], open: usize) -> Scan {
    sequence_at(bytes, open, 0)
}

fn sequence_at(bytes: &[u8], open: usize, depth: u32) -> Scan {
    if depth >= MAX_DEPTH {
        return Err(Fault::here(open, "interpolations are nested too deeply"));
    }
    brackets_at(bytes, open + 1, depth + 1)
}

/// Past the bracket that closes the one at `open`.
pub(super) fn brackets(bytes: &[u8], open: usize) -> Scan {
    brackets_at(bytes, open, 0)
}

fn closing(open: u8) -> u8 {
    match open {
        b'(' => b')',
        b'[' => b']',
        _ => b'}',
    }
}

fn brackets_at(bytes: &[u8], open: usize, depth: u32) -> Scan {
    // The innermost open bracket is a variable of its own: few levels ever need the stack.
    let mut awaited = closing(bytes.get(open).copied().unwrap_or(b'{'));
    let mut outer: Vec<u8> = Vec::new();
    let mut at = open + 1;
    loop {
        at = seek(bytes, at, &CODE_STOPS);
        match bytes.get(at) {
            None => return Err(Fault::unclosed(open, "this bracket is never closed")),
            Some(&byte @ (b'(' | b'[' | b'{')) => {
                outer.push(awaited);
                awaited = closing(byte);
                at += 1;
            }
            Some(&byte) if byte == awaited => {
                at += 1;
                match outer.pop() {
                    Some(next) => awaited = next,
                    None => return Ok(at),
                }
            }
            Some(b')' | b']' | b'}') => {
                return Err(Fault::here(at, "this bracket does not close the one that is open"));
            }
            Some(_) => at = token(bytes, at, depth)?,
        }
    }
}

/// Past a string, a comment or a heredoc at `at`, or one byte on.
fn token(bytes: &[u8], at: usize, depth: u32) -> Scan {
    match bytes.get(at) {
        Some(b'"') => quoted_at(bytes, at, depth),
        Some(b'<') => match heredoc_start(bytes, at) {
            Some(start) => heredoc_at(bytes, &start, depth).map(|heredoc| heredoc.end),
            None => Ok(at + 1),
        },
        _ => Ok(comment(bytes, at)?.unwrap_or(at + 1)),
    }
}

/// Where an expression that starts at `at` in a body ends: at its line's newline or comment, with its trailing spaces.
pub(super) fn expression_line(bytes: &[u8], mut at: usize) -> Scan {
    loop {
        at = seek(bytes, at, &LINE_STOPS);
        match bytes.get(at) {
            None | Some(b'\n' | b'#') => return Ok(at),
            Some(b'/') if starts_with(bytes, at, b"//") => return Ok(at),
            Some(b'(' | b'[' | b'{') => at = brackets(bytes, at)?,
            Some(b')' | b']' | b'}') => return Err(Fault::here(at, "this bracket closes nothing")),
            Some(_) => at = token(bytes, at, 0)?,
        }
    }
}

/// The first line of a heredoc.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct HeredocStart {
    /// Of the `<<`.
    pub open: usize,
    pub marker: Range<usize>,
    /// `<<-`
    pub indented: bool,
    /// Of the first byte of the first line.
    pub body: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Heredoc {
    /// The lines, the last newline included.
    pub body: Range<usize>,
    /// After the marker that ends it.
    pub end: usize,
}

/// Reads `<<MARKER` or `<<-MARKER` and its newline.
pub(super) fn heredoc_start(bytes: &[u8], open: usize) -> Option<HeredocStart> {
    if !starts_with(bytes, open, b"<<") {
        return None;
    }
    let indented = bytes.get(open + 2) == Some(&b'-');
    let from = open + 2 + usize::from(indented);
    let to = identifier(bytes, from);
    let newline = to + usize::from(bytes.get(to) == Some(&b'\r'));
    (to > from && bytes.get(newline) == Some(&b'\n')).then(|| HeredocStart { open, marker: from..to, indented, body: newline + 1 })
}

/// Finds the end of a heredoc.
pub(super) fn heredoc(bytes: &[u8], start: &HeredocStart) -> Result<Heredoc, Fault> {
    heredoc_at(bytes, start, 0)
}

/// A line ends the heredoc if nothing but white space stands beside the marker; HCL wants a newline after it, we take the
/// end of the text as well. A line that goes on after an interpolation is none.
fn heredoc_at(bytes: &[u8], start: &HeredocStart, depth: u32) -> Result<Heredoc, Fault> {
    let marker = bytes.get(start.marker.clone()).unwrap_or_default();
    let mut line = start.body;
    while line < bytes.len() {
        let mut end = line_end(bytes, line);
        if bytes.get(line..end).unwrap_or_default().trim_ascii() == marker {
            let text = bytes.get(line..end).unwrap_or_default();
            let indent = text.len() - text.trim_ascii_start().len();
            return Ok(Heredoc { body: start.body..line, end: line + indent + marker.len() });
        }
        let mut at = line;
        while let Some(found) = memchr2(b'$', b'%', bytes.get(at..end).unwrap_or_default()) {
            at = self::marker(bytes, at + found, depth)?;
            if at > end {
                end = line_end(bytes, at);
            }
        }
        line = end + 1;
    }
    Err(Fault::unclosed(start.open, "this heredoc is never closed"))
}
