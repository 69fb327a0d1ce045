//! Names for findings that outlive an edit elsewhere in the file.

use std::collections::HashMap;

use crate::finding::Finding;
use crate::source::Sources;

/// One for each finding, none twice: `<hash>:<n>`.
///
/// The hash is FNV-1a (64 bits) over the rule, the directory of the file, the resource's address and the text under the
/// primary span with its blanks collapsed: Terraform's addresses are unique in a module, and a module is a directory, so
/// neither moving lines nor moving the block to another file of the module changes it. `n` counts from 1 where the same
/// text is found twice at one address.
pub fn fingerprints(sources: &Sources, findings: &[Finding]) -> Vec<String> {
    let mut names = Names::default();
    let name = |finding: &Finding| {
        let file = sources.file(finding.primary.span.file);
        let text = file.text.get(finding.primary.span.range()).unwrap_or_default();
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        names.next([finding.rule, file.directory(), &finding.address, &text])
    };
    findings.iter().map(name).collect()
}

/// Names that have been given.
#[derive(Default)]
pub struct Names {
    seen: HashMap<u64, u32>,
}

impl Names {
    /// A name for what these texts tell apart.
    pub fn next<'a>(&mut self, parts: impl IntoIterator<Item = &'a str>) -> String {
        let mut hash = Fnv::new();
        parts.into_iter().for_each(|part| hash.part(part));
        let count = self.seen.entry(hash.0).or_default();
        *count += 1;
        format!("{:016x}:{count}", hash.0)
    }
}

struct Fnv(u64);

impl Fnv {
    fn new() -> Fnv {
        Fnv(0xcbf2_9ce4_8422_2325)
    }

    /// A blank and a zero behind each part, so that no two lists of parts are the same bytes.
    fn part(&mut self, part: &str) {
        part.bytes().chain([b' ', 0]).for_each(|byte| self.byte(byte));
    }

    fn byte(&mut self, byte: u8) {
        self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
}

/// How many characters a line's hash looks at.
const WINDOW: usize = 100;

/// For every line of `text`, GitHub's `primaryLocationLineHash`: `<hash>:<n>`.
///
/// GitHub computes it for results that come without one and compares it with one that is given, so it must be this:
/// a polynomial hash (factor 37, modulo 2^64) over the 100 UTF-16 units from the line's start that are not blanks or tabs,
/// where every line ending is one line feed and 65535 and zeros follow the file's end. `n` counts lines with that hash.
pub fn line_hashes(text: &str) -> LineHashes {
    let mut roller = Roller::default();
    let mut after_cr = false;
    for unit in text.encode_utf16() {
        let skipped = unit == u16::from(b' ') || unit == u16::from(b'\t') || (after_cr && unit == u16::from(b'\n'));
        after_cr = unit == u16::from(b'\r');
        if !skipped {
            roller.character(if after_cr { u16::from(b'\n') } else { unit });
        }
    }
    roller.character(u16::MAX);
    for _ in 0..WINDOW {
        roller.push(0);
    }
    LineHashes(roller.done)
}

/// By line, from 0.
pub struct LineHashes(Vec<(u64, u32)>);

impl LineHashes {
    /// `line` counts from 1.
    pub fn line(&self, line: u32) -> Option<String> {
        let (hash, count) = self.0.get((line as usize).checked_sub(1)?)?;
        Some(format!("{hash:x}:{count}"))
    }
}

struct Roller {
    window: [u16; WINDOW],
    /// Whether the character in the window begins a line.
    starts: [bool; WINDOW],
    at: usize,
    hash: u64,
    /// 37 to the power of `WINDOW`: what a character weighs when it leaves.
    leaving: u64,
    line_start: bool,
    done: Vec<(u64, u32)>,
    counts: HashMap<u64, u32>,
}

impl Default for Roller {
    fn default() -> Self {
        Roller {
            window: [0; WINDOW],
            starts: [false; WINDOW],
            at: 0,
            hash: 0,
            leaving: (0..WINDOW).fold(1, |product: u64, _| product.wrapping_mul(37)),
            line_start: true,
            done: Vec::new(),
            counts: HashMap::new(),
        }
    }
}

impl Roller {
    fn character(&mut self, unit: u16) {
        let starts = self.line_start;
        self.line_start = unit == u16::from(b'\n');
        self.push(unit);
        let placed = (self.at + WINDOW - 1) % WINDOW;
        self.starts[placed] = starts;
    }

    /// Takes a character into the window; if the one that leaves began a line, that line's hash is complete.
    fn push(&mut self, unit: u16) {
        let slot = self.at;
        if std::mem::take(&mut self.starts[slot]) {
            let count = self.counts.entry(self.hash).or_default();
            *count += 1;
            self.done.push((self.hash, *count));
        }
        let left = std::mem::replace(&mut self.window[slot], unit);
        let entered = self.hash.wrapping_mul(37).wrapping_add(u64::from(unit));
        self.hash = entered.wrapping_sub(self.leaving.wrapping_mul(u64::from(left)));
        self.at = (slot + 1) % WINDOW;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;
    use crate::source::{File, FileKind};

    fn hashes(text: &str) -> Vec<String> {
        let hashes = line_hashes(text);
        (1..).map_while(|line| hashes.line(line)).collect()
    }

    /// The expected values come from a direct evaluation of the polynomial in another language.
    #[test]
    fn line_hashes_are_those_that_github_computes() {
        assert_eq!(hashes(""), ["c129715d7a2bc9a3:1"]);
        let crlf = "resource \"aws_iam_role\" \"x\" {\r\n\tname = \"é𝄞\"\r\n}\r\n";
        let expected = ["a174e3d4a1fac210:1", "9fd69bdfe570bf1:1", "32dce9ccfdbc9d3e:1", "c129715d7a2bc9a3:1"];
        assert_eq!(hashes(crlf), expected);
        assert_eq!(hashes(&crlf.replace("\r\n", "\n")), expected);
        assert_eq!(
            hashes("a = 1\nb\r  c\n\n"),
            ["dd4e48bfcb3fe037:1", "b8a367705bcf4346:1", "2a9159bd01820062:1", "3c5bef55b72b93c9:1", "c129715d7a2bc9a3:1"]
        );
        let same = hashes(&"x\n".repeat(102));
        assert_eq!(same.len(), 103);
        assert_eq!(same[..3], ["c0fe7b2700d6c254:1", "c0fe7b2700d6c254:2", "c0fe7b2700d6c254:3"]);
        assert_eq!(same[101], "828973aa50c68d6d:1");
    }

    #[test]
    fn fingerprints_outlive_moved_lines_and_are_never_shared() {
        let run = fixture::run();
        let mut findings = run.outcome.findings.clone();
        findings.push(findings[0].clone());
        let before = fingerprints(&run.sources, &findings);
        assert_eq!(before[0].replace(":1", ":2"), before[3]);

        let moved = run.sources.add(File::new("modules/vendor role/other.tf", FileKind::Hcl, format!("# new\n\n{}", fixture::ROLE).into()));
        findings[0].primary.span = fixture::span(&run.sources, moved, "var.trusted }");
        assert_eq!(fingerprints(&run.sources, &findings)[0], before[0]);
        findings[0].primary.span = fixture::span(&run.sources, moved, "var.trusted");
        assert_ne!(fingerprints(&run.sources, &findings)[0], before[0]);
    }
}
