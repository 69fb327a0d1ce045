//! Comments, and what they tell rolelint to ignore.

use std::ops::Range;

use jiff::civil::Date;
use memchr::memmem;

use super::ast::Name;
use super::lex;
use crate::nearest::nearest;
use crate::source::{FileId, Span};

/// `# rolelint: ignore[rule-id, other-rule] until=2027-01-31 reason`, in any form of comment.
#[derive(Clone, Debug, PartialEq)]
pub struct IgnoreDirective {
    /// From `rolelint:` to the end of the comment's text.
    pub span: Span,
    pub rules: Vec<Name>,
    /// A date as written, `2027-01-31`: the last day on which it holds.
    pub until: Option<(String, Span)>,
    pub reason: Option<String>,
    /// Whether nothing but the comment stands on its line: then it is about what follows, otherwise about its own line.
    pub own_line: bool,
    /// Why it has no effect.
    pub malformed: Option<String>,
}

const MARK: &str = "rolelint:";

/// What every comment holds that is meant for rolelint, however it is written.
const NEEDLES: [&str; 2] = ["olelint", "OLELINT"];

/// Each scan for the end of a heredoc or comment that has none runs to the end of the text: so many are enough.
const MAX_UNCLOSED: usize = 40;

/// The ranges of all comments of HCL text, in order, without the newlines that end them. Comments inside interpolations are
/// left out.
pub fn comments(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut comments = Vec::new();
    let mut unclosed = 0;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let end = match byte {
            b'"' => lex::quoted(bytes, at),
            b'<' if unclosed < MAX_UNCLOSED => match lex::heredoc_start(bytes, at) {
                Some(start) => lex::heredoc(bytes, &start).map(|heredoc| heredoc.end),
                None => Ok(at + 1),
            },
            b'#' | b'/' if unclosed < MAX_UNCLOSED || !lex::starts_with(bytes, at, b"/*") => lex::comment(bytes, at).map(|end| {
                comments.extend(end.map(|end| at..end));
                end.unwrap_or(at + 1)
            }),
            _ => Ok(at + 1),
        };
        // What never ends must not hide what follows it.
        at = end.unwrap_or_else(|fault| {
            unclosed += usize::from(fault.unclosed);
            fault.at.max(at + 1)
        });
    }
    comments
}

/// Where what begins on the line at `start` ends: the line itself, or the last of the brackets that are opened on it.
pub fn end_of_construct(text: &str, start: usize) -> usize {
    let bytes = text.as_bytes();
    let (mut at, mut depth) = (start, 0_usize);
    while let Some(&byte) = bytes.get(at) {
        let next = match byte {
            b'"' => lex::quoted(bytes, at).ok(),
            b'<' => lex::heredoc_start(bytes, at).and_then(|start| lex::heredoc(bytes, &start).ok()).map(|heredoc| heredoc.end),
            b'#' | b'/' => lex::comment(bytes, at).ok().flatten(),
            b'{' | b'[' | b'(' => {
                depth += 1;
                None
            }
            b'}' | b']' | b')' => {
                depth = depth.saturating_sub(1);
                None
            }
            b'\n' if depth == 0 => return at,
            _ => None,
        };
        at = next.unwrap_or(at + 1).max(at + 1);
    }
    text.len()
}

/// The ignore comments of HCL text, and what is meant as one.
pub fn ignore_directives(file: FileId, text: &str) -> Vec<IgnoreDirective> {
    if NEEDLES.iter().all(|needle| memmem::find(text.as_bytes(), needle.as_bytes()).is_none()) {
        return Vec::new();
    }
    comments(text).into_iter().filter_map(|comment| directive(file, text, comment)).collect()
}

/// The ranges of the ignore comments of HCL text, in order.
pub fn ignore_comments(text: &str) -> Vec<Range<usize>> {
    if memmem::find(text.as_bytes(), MARK.as_bytes()).is_none() {
        return Vec::new();
    }
    let is_mark = |comment: &Range<usize>| {
        let inside = text.get(comment.clone()).unwrap_or_default().trim_start_matches(['#', '/', '*']);
        inside.trim_start().starts_with(MARK)
    };
    comments(text).into_iter().filter(is_mark).collect()
}

/// Reads one comment; nothing if it is not meant for rolelint.
fn directive(file: FileId, text: &str, comment: Range<usize>) -> Option<IgnoreDirective> {
    let raw = text.get(comment.clone())?;
    let inside = raw.strip_prefix("/*").and_then(|raw| raw.strip_suffix("*/")).unwrap_or(raw);
    let inside = inside.trim_end().trim_start_matches(['#', '/', '*']).trim();
    let start = comment.start + raw.find(inside)?;
    let line = text.get(..comment.start)?.rsplit('\n').next().unwrap_or_default();
    let after = text.get(comment.end..)?.split('\n').next().unwrap_or_default();
    let mut directive = IgnoreDirective {
        span: Span::new(file, start..start + inside.len()),
        rules: Vec::new(),
        until: None,
        reason: None,
        own_line: line.trim_start_matches('\u{feff}').trim().is_empty() && after.trim().is_empty(),
        malformed: None,
    };
    match inside.strip_prefix(MARK) {
        Some(words) => {
            let mut reader = Reader { file, text: words, start: start + MARK.len() };
            directive.malformed = read(&mut reader, &mut directive).err();
        }
        None => directive.malformed = Some(misspelt(inside)?),
    }
    Some(directive)
}

/// Why a comment such as `rolelint ignore[x]` or `Rolelint: ignore[x]` ignores nothing; nothing if it is only about rolelint.
fn misspelt(inside: &str) -> Option<String> {
    let rest =
        inside.get(.."rolelint".len()).filter(|name| name.eq_ignore_ascii_case("rolelint")).and_then(|_| inside.get("rolelint".len()..));
    let instruction = rest?.trim_start_matches([' ', '\t', ':', '=', '-']);
    let is_meant = ["ignore", "disable", "skip", "allow", "nolint", "noqa"]
        .iter()
        .any(|word| instruction.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word)));
    // `rolelint ignore admin-access` is meant; that rolelint ignores a file is a sentence.
    let next = instruction.split_whitespace().nth(1).unwrap_or_default();
    let names_rule = next.contains('-') && next.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    (is_meant && (instruction.contains('[') || inside.contains(':') || names_rule)).then(|| "write `rolelint: ignore[rule-id]`".to_owned())
}

/// What is left of a comment, and where that starts in the file.
struct Reader<'a> {
    file: FileId,
    text: &'a str,
    start: usize,
}

impl<'a> Reader<'a> {
    /// Takes `length` bytes, and the white space before them away.
    fn take(&mut self, length: usize) -> Name {
        let (taken, rest) = self.text.split_at_checked(length).unwrap_or((self.text, ""));
        let name = Name { text: taken.into(), span: Span::new(self.file, self.start..self.start + taken.len()) };
        self.start += taken.len();
        self.text = rest;
        name
    }

    fn skip_spaces(&mut self) {
        self.take(self.text.len() - self.text.trim_start().len());
    }

    fn word(&self) -> &'a str {
        self.text.split(|character: char| character.is_whitespace()).next().unwrap_or_default()
    }
}

fn read(reader: &mut Reader, directive: &mut IgnoreDirective) -> Result<(), String> {
    reader.skip_spaces();
    if !reader.text.starts_with("ignore") {
        return Err(format!("`{}` is not an instruction: write `ignore[rule-id]`", reader.word()));
    }
    reader.take("ignore".len());
    reader.skip_spaces();
    if !reader.text.starts_with('[') {
        return Err("an ignore comment must name the rules: `ignore[rule-id]`".to_owned());
    }
    reader.take(1);
    rules(reader, directive)?;
    reader.skip_spaces();
    if let Some(date) = reader.word().strip_prefix("until=") {
        let length = date.len();
        reader.take("until=".len());
        let date = reader.take(length);
        if !is_date(&date.text) {
            return Err(format!("`{}` is not a date: write `until=YYYY-MM-DD`", date.text));
        }
        directive.until = Some((date.text.to_string(), date.span));
    }
    if let Some(mistake) = date_in_reason(reader.text, directive.until.is_some()) {
        return Err(mistake);
    }
    let reason = reader.text.trim_start_matches([' ', '\t', ':', '-', '–', '—']).trim();
    directive.reason = (!reason.is_empty()).then(|| reason.to_owned());
    Ok(())
}

/// Words for the last day that are not ours.
const OTHER_WORDS: &[&str] = &["expires", "expire", "expiry", "exp", "till", "til", "before", "after", "ends", "by"];

/// What in a reason is meant as a date, and does not count as one: a comment that is to end must not stay for ever.
fn date_in_reason(reason: &str, has_date: bool) -> Option<String> {
    let words: Vec<&str> = reason.split_whitespace().collect();
    for (at, word) in words.iter().enumerate() {
        let next = words.iter().skip(at + 1).find(|word| !matches!(**word, "=" | ":")).copied().unwrap_or_default();
        let (name, value) =
            word.split_once(['=', ':']).map_or((*word, next), |(name, value)| (name, if value.is_empty() { next } else { value }));
        let marked = word.contains(['=', ':']);
        let is_until = nearest(name, ["until"]).is_some();
        let dated = looks_like_date(value);
        let other = OTHER_WORDS.contains(&&*name.to_lowercase());
        if (is_until && (dated || marked && at == 0)) || (other && dated) || (word.contains('=') && (is_until || other)) {
            return Some(match has_date {
                true => format!("`{word}` stands behind another date"),
                false => format!("`{word}` does not count as a date: write `until=YYYY-MM-DD` right behind `]`"),
            });
        }
    }
    let bare = words.first().is_some_and(|first| looks_like_date(first));
    bare.then(|| "the date does not count: write `until=YYYY-MM-DD` right behind `]`".to_owned())
}

/// `2027-01-31`, `31.1.2027`, `2027/01/31`, `2027-01`.
fn looks_like_date(text: &str) -> bool {
    let text = text.trim_matches(|c: char| !c.is_ascii_digit());
    let parts: Vec<&str> = text.split(['-', '/', '.']).collect();
    let is_number = |part: &&str| !part.is_empty() && part.len() <= 4 && part.bytes().all(|byte| byte.is_ascii_digit());
    let has_year = parts.iter().any(|part| part.len() == 4 && part.starts_with("20"));
    (2..=3).contains(&parts.len()) && parts.iter().all(is_number) && has_year
}

/// Reads rule ids up to and past `]`.
fn rules(reader: &mut Reader, directive: &mut IgnoreDirective) -> Result<(), String> {
    loop {
        reader.skip_spaces();
        let is_id = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '/');
        let length = reader.text.find(|character| !is_id(character)).unwrap_or(reader.text.len());
        if length > 0 {
            directive.rules.push(reader.take(length));
        }
        reader.skip_spaces();
        match reader.text.chars().next() {
            Some(']') => {
                reader.take(1);
                break;
            }
            Some(',') if length > 0 => {
                reader.take(1);
            }
            Some(other) => return Err(format!("`{other}` cannot stand in a list of rules")),
            None => return Err("the list of rules lacks its `]`".to_owned()),
        }
    }
    if directive.rules.is_empty() {
        return Err("an ignore comment must name the rules: `ignore[rule-id]`".to_owned());
    }
    Ok(())
}

/// Whether `text` is a day of the calendar in the form 2027-01-31.
fn is_date(text: &str) -> bool {
    let form = text.bytes().enumerate().all(|(at, byte)| if matches!(at, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() });
    form && text.len() == 10 && text.parse::<Date>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{NoFiles, Sources};

    fn directives(text: &str) -> Vec<IgnoreDirective> {
        let file = Sources::new(Box::new(NoFiles)).add(crate::source::File::new("a.tf", crate::source::FileKind::Hcl, Vec::new()));
        ignore_directives(file, text)
    }

    #[test]
    fn all_that_a_directive_may_say() {
        let text = "a = 1 // rolelint: ignore[one, two] until=2028-02-29 - known to be fine\n/* rolelint:ignore [x] */\n";
        let found = directives(text);
        let [first, second] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(first.malformed, None);
        assert_eq!(first.rules.iter().map(|rule| &text[rule.span.range()]).collect::<Vec<_>>(), ["one", "two"]);
        let (date, span) = first.until.as_ref().unwrap();
        assert_eq!((date.as_str(), &text[span.range()]), ("2028-02-29", "2028-02-29"));
        assert_eq!(first.reason.as_deref(), Some("known to be fine"));
        assert!(!first.own_line && second.own_line);
        assert_eq!(&text[second.span.range()], "rolelint:ignore [x]");
        assert_eq!((second.rules.len(), second.until.as_ref(), second.reason.as_ref()), (1, None, None));
    }

    #[test]
    fn only_comments_count() {
        let text = "a = \"# rolelint: ignore[x]\"\nb = <<E\n# rolelint: ignore[x]\nE\n# see rolelint: ignore[x]\n# rolelint: ignore[y]\n";
        assert_eq!(directives(text).len(), 1);
    }

    #[test]
    fn what_is_wrong_with_a_directive() {
        let cases = [
            ("ignore", "an ignore comment must name the rules: `ignore[rule-id]`"),
            ("ignore[]", "an ignore comment must name the rules: `ignore[rule-id]`"),
            ("ignore[a", "the list of rules lacks its `]`"),
            ("ignore[a b]", "`b` cannot stand in a list of rules"),
            ("ignore[a] until=2027-02-29", "`2027-02-29` is not a date: write `until=YYYY-MM-DD`"),
            ("ignore[a] untill=2027-01-31 x", "`untill=2027-01-31` does not count as a date: write `until=YYYY-MM-DD` right behind `]`"),
            ("ignore[a] until: 2027-01-31 x", "`until:` does not count as a date: write `until=YYYY-MM-DD` right behind `]`"),
            ("ignore[a] Until=2027-01-31", "`Until=2027-01-31` does not count as a date: write `until=YYYY-MM-DD` right behind `]`"),
            ("ignore[a] until = 2027-01-31", "`until` does not count as a date: write `until=YYYY-MM-DD` right behind `]`"),
            ("ignore[a] until 2027-01-31", "`until` does not count as a date: write `until=YYYY-MM-DD` right behind `]`"),
            ("ignore[a] known, until=2027-01-31", "`until=2027-01-31` does not count as a date: write `until=YYYY-MM-DD` right behind `]`"),
            ("ignore[a] expires=2027-01-31 x", "`expires=2027-01-31` does not count as a date: write `until=YYYY-MM-DD` right behind `]`"),
            ("ignore[a] 2027-01-31 x", "the date does not count: write `until=YYYY-MM-DD` right behind `]`"),
            ("ignore[a] until=2027-01-31 until=2028-01-31", "`until=2028-01-31` stands behind another date"),
            ("ignore[a] until=", "`` is not a date: write `until=YYYY-MM-DD`"),
            ("disable[a]", "`disable[a]` is not an instruction: write `ignore[rule-id]`"),
        ];
        for (text, message) in cases {
            let found = directives(&format!("# rolelint: {text}\n"));
            assert_eq!(found[0].malformed.as_deref(), Some(message));
        }
    }

    #[test]
    fn a_reason_may_speak_of_time() {
        for reason in
            ["until the migration is over", "see ticket OPS-2027", "ADR 12: until then", "by design since 2024-01-01", "JIRA=OPS-1"]
        {
            let found = directives(&format!("# rolelint: ignore[a] {reason}\n"));
            assert_eq!((found[0].malformed.as_deref(), found[0].reason.as_deref()), (None, Some(reason)), "{reason}");
        }
    }

    #[test]
    fn what_is_meant_as_an_ignore_comment_is_told() {
        for text in [
            "rolelint ignore[a]",
            "Rolelint: ignore[a]",
            "ROLELINT: ignore[a] x",
            "rolelint:ignore a",
            "rolelint=ignore[a]",
            "rolelint : ignore[a]",
            "rolelint:disable[a]",
        ] {
            let found = directives(&format!("# {text}\n"));
            assert!(found.first().is_some_and(|directive| directive.malformed.is_some()), "{text}");
        }
        for text in ["rolelint is run in CI", "see rolelint: ignore[a]", "rolelint ignores this file", "rolelinter: ignore[a]"] {
            assert!(directives(&format!("# {text}\n")).is_empty(), "{text}");
        }
    }
}
