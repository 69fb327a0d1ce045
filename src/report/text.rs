//! Words and characters for people: what a terminal may be shown, numbers, colours, line breaks.

use std::borrow::Cow;

use owo_colors::Style;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::finding::{Finding, Level, Severity};

/// What is drawn for a character that would move the cursor, start an escape sequence or turn the reading direction
/// round: source and messages hold what others wrote, and must not be able to rewrite the screen.
pub fn picture(c: char) -> Option<char> {
    match c {
        // What stands for a byte that was not UTF-8.
        crate::source::REPLACED_BYTE => Some('\u{fffd}'),
        '\u{7f}' => Some('\u{2421}'),
        c if (c as u32) < 0x20 => char::from_u32(0x2400 + c as u32),
        '\u{80}'..='\u{9f}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => Some('\u{fffd}'),
        _ => None,
    }
}

/// The same for a character behind others: GitHub's runner obeys `##[command]` wherever in a line of the output it stands
/// (`ActionCommand.TryParse`), and not only at its start as `::command::`.
pub fn picture_after(before: &str, c: char) -> Option<char> {
    if c == '[' && before.ends_with("##") { Some('\u{2772}') } else { picture(c) }
}

/// `text` without anything that a terminal or GitHub's runner would obey; line breaks stay.
pub fn clean(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|c| c != '\n' && picture(c).is_some()) && !text.contains("##[") {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len());
    for c in text.replace("\r\n", "\n").chars() {
        let c = match c {
            '\n' => '\n',
            '\t' => ' ',
            c => picture_after(&safe, c).unwrap_or(c),
        };
        safe.push(c);
    }
    Cow::Owned(safe)
}

/// A path without anything that a terminal would obey, in one piece: a name may hold line breaks, and what follows one would be a line
/// of the report, or a command to GitHub's runner, which obeys lines of the output that start with `::`.
pub fn clean_path(path: &str) -> Cow<'_, str> {
    let command = path.trim_start().starts_with("::");
    if !command && !path.chars().any(|c| picture(c).is_some()) && !path.contains("##[") {
        return Cow::Borrowed(path);
    }
    let mut safe = if command { "./".to_owned() } else { String::new() };
    for c in path.chars() {
        safe.push(picture_after(&safe, c).unwrap_or(c));
    }
    Cow::Owned(safe)
}

/// The same as `clean`, on one line.
pub fn one_line(text: &str) -> Cow<'_, str> {
    let text = clean(text);
    if !text.contains('\n') {
        return text;
    }
    Cow::Owned(text.split_whitespace().collect::<Vec<_>>().join(" "))
}

pub fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

pub fn char_width(c: char) -> usize {
    UnicodeWidthChar::width(c).unwrap_or(0)
}

/// `1 file`, `2 files`.
pub fn count(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

/// `a`, `a and b`, `a, b and c`.
pub fn enumerate(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Breaks `text` into lines of at most `columns`. Its own line breaks stay, and lines that start with a space (code) are kept as they are.
/// A word that is too long gets a line of its own, and is broken where `pieces` allows it if it is still too long there: an ARN that fits
/// a line can be copied. No line is made to start with `::`, as GitHub's commands do.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.trim_end().lines() {
        if paragraph.starts_with(' ') || width(paragraph) <= columns {
            lines.push(paragraph.to_owned());
            continue;
        }
        let mut line = String::new();
        for word in words(paragraph) {
            if !line.is_empty() && width(&line) + 1 + width(word) > columns {
                lines.push(std::mem::take(&mut line));
            } else if !line.is_empty() {
                line.push(' ');
            }
            if width(&line) + width(word) <= columns {
                line.push_str(word);
                continue;
            }
            for piece in pieces(word) {
                if !line.is_empty() && width(&line) + width(piece) > columns {
                    lines.push(std::mem::take(&mut line));
                }
                line.push_str(piece);
            }
        }
        lines.push(line);
    }
    lines
}

/// The columns of the longest word that `wrap` keeps whole if it can, and of the longest piece that it never breaks.
pub fn longest(text: &str) -> (usize, usize) {
    let of = |most: (usize, usize), word: &str| {
        let piece = pieces(word).map(width).max().unwrap_or(0);
        (most.0.max(width(word)), most.1.max(piece))
    };
    text.lines().flat_map(words).fold((0, 0), of)
}

/// What stands between single spaces, but what starts with `::` is one with the word before it.
fn words(paragraph: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(paragraph);
    std::iter::from_fn(move || {
        let text = rest?;
        let end = text.match_indices(' ').map(|(at, _)| at).find(|at| !text[at + 1..].starts_with("::"));
        rest = end.map(|at| &text[at + 1..]);
        Some(end.map_or(text, |at| &text[..at]))
    })
}

/// The parts of a word between which a line may break: behind what separates the parts of ARNs and names, and never before more of that or
/// before what closes. A URL is one part: terminals open only those that they see whole.
fn pieces(word: &str) -> impl Iterator<Item = &str> {
    const BEHIND: &[char] = &[':', '/', '-', '_', ',', '.'];
    const NEVER_BEFORE: &[char] = &['`', ')', ']', '}', '\'', '"', ';', '!', '?', '…', ' '];
    let mut rest = word;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        if rest.contains("://") {
            return Some(std::mem::take(&mut rest));
        }
        let breaks = |end: &usize| !rest[*end..].starts_with(BEHIND) && !rest[*end..].starts_with(NEVER_BEFORE);
        let end = rest.match_indices(BEHIND).map(|(at, one)| at + one.len()).find(breaks).unwrap_or(rest.len());
        let (piece, after) = rest.split_at(end);
        rest = after;
        Some(piece)
    })
}

/// What becomes of a finding where its severity does not say it: its level, or whether it fails the run where that is not what the level says.
pub fn unusual(finding: &Finding) -> Option<(&'static str, &'static str)> {
    let usual = if finding.severity >= Severity::Medium { Level::Deny } else { Level::Warn };
    if finding.fails != (finding.level == Level::Deny) {
        return Some(("fails the run", if finding.fails { "yes" } else { "no" }));
    }
    (finding.level != usual).then(|| ("level", finding.level.name()))
}

/// Text that terminals make a link (OSC 8).
pub fn link(url: &str, text: &str) -> String {
    format!("\u{1b}]8;;{}\u{1b}\\{text}\u{1b}]8;;\u{1b}\\", clean(url))
}

/// Colours, or none.
#[derive(Clone, Copy)]
pub struct Paint {
    pub on: bool,
}

impl Paint {
    pub fn style(self, style: Style) -> Style {
        if self.on { style } else { Style::new() }
    }

    pub fn paint(self, style: Style, text: impl std::fmt::Display) -> String {
        self.style(style).style(text).to_string()
    }

    pub fn bold(self, text: impl std::fmt::Display) -> String {
        self.paint(Style::new().bold(), text)
    }

    pub fn dim(self, text: impl std::fmt::Display) -> String {
        self.paint(Style::new().dimmed(), text)
    }

    pub fn accent(self, text: impl std::fmt::Display) -> String {
        self.paint(ACCENT, text)
    }
}

/// Secondary marks and the words before help.
pub const ACCENT: Style = Style::new().cyan();

pub fn severity_style(severity: Severity) -> Style {
    match severity {
        Severity::Critical => Style::new().bright_red().bold(),
        Severity::High => Style::new().red().bold(),
        Severity::Medium => Style::new().yellow().bold(),
        Severity::Low => Style::new().blue().bold(),
        Severity::Info => Style::new().bold(),
    }
}

pub fn problem_style() -> Style {
    Style::new().magenta().bold()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nothing_that_a_terminal_obeys_gets_through() {
        assert_eq!(clean("plain é\nsecond"), "plain é\nsecond");
        assert_eq!(clean("\u{1b}[2J\r\n\u{202e}x\u{1a}"), "␛[2J\n\u{fffd}x\u{fffd}");
        assert_eq!(one_line("a\n  b"), "a b");
        assert_eq!(clean_path("a b\r\n\t::error::\u{1b}é.tf"), "a b␍␊␉::error::␛é.tf");
        assert_eq!(clean_path("::error::x.tf"), "./::error::x.tf");
        assert_eq!(clean_path("a/##[add-mask]x.tf"), "a/##❲add-mask]x.tf");
        assert_eq!(clean("###[a]\n# [b] [[##["), "###❲a]\n# [b] [[##❲");
    }

    #[test]
    fn lines_break_between_words_and_code_stays() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("a\n  long code line\nimpossiblylong x", 6), ["a", "  long code line", "impossiblylong", "x"]);
        assert_eq!(wrap("one two ::three", 7), ["one", "two ::", "three"]);
        assert_eq!(enumerate(&["a".into(), "b".into(), "c".into()]), "a, b and c");
    }

    #[test]
    fn a_long_word_moves_to_a_line_of_its_own_before_it_is_broken() {
        let arn = "see `arn:aws:iam::111122223333:role/ci-deploy`, too";
        assert_eq!(wrap(arn, 48), ["see `arn:aws:iam::111122223333:role/ci-deploy`,", "too"]);
        assert_eq!(wrap(arn, 44), ["see", "`arn:aws:iam::111122223333:role/ci-deploy`,", "too"]);
        assert_eq!(wrap(arn, 30), ["see", "`arn:aws:iam::111122223333:", "role/ci-deploy`, too"]);
        assert_eq!(wrap(arn, 10), ["see", "`arn:aws:", "iam::", "111122223333:", "role/ci-", "deploy`,", "too"]);
        assert_eq!(pieces("(a::b/c-d_e.html):").collect::<Vec<_>>(), ["(a::", "b/", "c-", "d_", "e.", "html):"]);
        assert_eq!(pieces("(https://a.b/c-d_e.html):").collect::<Vec<_>>(), ["(https://a.b/c-d_e.html):"]);
        assert_eq!(longest("a `ab:cd` ::e-fgh"), (15, 6));
    }

    proptest! {
        #[test]
        fn only_what_has_no_place_to_break_is_wider(text in "([a-z。字]{0,9}[ :/_.,`-]{0,3}){0,30}", columns in 1usize..60) {
            let text = text.trim();
            let lines = wrap(text, columns);
            for line in &lines {
                prop_assert!(width(line) <= columns || words(line).flat_map(pieces).count() == 1 , "{line:?} in {lines:?}");
            }
            let without_spaces = |text: &str| text.replace(' ', "");
            prop_assert_eq!(without_spaces(&lines.concat()), without_spaces(text));
            // What fits a line is in one piece.
            for word in words(text).filter(|word| width(word) <= columns && !word.is_empty()) {
                prop_assert!(lines.iter().any(|line| line.contains(word)), "{word:?} in {lines:?}");
            }
            prop_assert!(!lines.iter().skip(1).any(|line| line.starts_with("::")), "{lines:?}");
        }
    }
}
