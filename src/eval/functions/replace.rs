//! `replace`, `regex` and `regexall`.
//!
//! <https://developer.hashicorp.com/terraform/language/functions/regex>

use std::borrow::Cow;
use std::cell::RefCell;
use std::sync::Arc;

use ::regex::{Captures, Regex, RegexBuilder};
use rustc_hash::FxHashMap;

use super::segments::{Run, Segment, Segments, is_word, never_in_word};
use super::{Call, Outcome, replace_in_json};
use crate::eval::unknown::{Reason, Unknown};
use crate::eval::value::{Entry, Kind, Object, Part, Str, Value};

/// A text between slashes is a regular expression.
pub fn replace(call: &Call) -> Outcome {
    let text = call.segments(0)?;
    let searched = call.text(1)?;
    let replacement = call.segments(2)?;
    if searched.len() > 1
        && let Some(pattern) = searched.strip_prefix('/').and_then(|rest| rest.strip_suffix('/'))
    {
        let regex = compile(call, pattern)?;
        return call.changed(0, replace_matches(&regex, &text.known()?, &replacement.known()?));
    }
    let document = match &call.raw(0)?.kind {
        Kind::String(text) => text.json(),
        _ => None,
    };
    if let Some(changed) = document.and_then(|document| replace_in_json::replaced(document, &searched, &replacement)) {
        let argument = call.raw(0)?;
        let text = Str { parts: vec![Part::Json(Arc::new(changed))], symbol: None };
        return Ok(Value::str(text, argument.span).out_of(&argument.way));
    }
    match replace_in_segments(&text, &searched, &replacement) {
        Some(changed) => call.changed(0, changed),
        None => Err(text.known().err().unwrap_or_else(|| call.any_unknown())),
    }
}

/// Nothing where an unknown segment and the text beside it may have it together.
pub fn replace_in_segments(text: &Segments, searched: &str, replacement: &Segments) -> Option<Segments> {
    if text.first_unknown().is_none() {
        return Some(replace_in(&text.known().ok()?, searched, replacement));
    }
    if searched.is_empty() || text.straddles(searched) {
        return None;
    }
    let mut changed = Segments::default();
    for segment in &text.list {
        match segment {
            Segment::Known(run) => changed.append(replace_in(run, searched, replacement)),
            Segment::Unknown(unknown) if cannot_hold(unknown, searched) => changed.push_unknown(Arc::clone(unknown)),
            Segment::Unknown(unknown) => changed.push_unknown(Arc::new(unknown.computed())),
        }
    }
    Some(changed)
}

/// Whether an unknown text certainly has no such part. Accounts, regions, partitions and domains of AWS are made of small letters, digits,
/// dashes and dots: modules put placeholders such as `_BUCKET_ARN_` into policies that hold these.
pub fn cannot_hold(unknown: &Unknown, searched: &str) -> bool {
    let of_provider = matches!(&unknown.reason, Reason::Data(what) if matches!(&**what, "account" | "region" | "partition" | "dns_suffix"));
    is_word(unknown) && searched.contains(never_in_word)
        || of_provider && searched.contains(|letter: char| letter == '_' || letter.is_ascii_uppercase())
}

fn replace_in(run: &Run, searched: &str, replacement: &Segments) -> Segments {
    let mut changed = Segments::default();
    let mut start = 0;
    for (index, found) in run.text.match_indices(searched) {
        changed.push_run(run.slice(start..index));
        changed.append(replacement.clone());
        start = index + found.len();
    }
    changed.push_run(run.from(start));
    changed
}

fn replace_matches(regex: &Regex, run: &Run, replacement: &Run) -> Segments {
    let template = Template::parse(&replacement.text);
    let mut changed = Segments::default();
    let mut start = 0;
    for captures in regex.captures_iter(&run.text) {
        let Some(whole) = captures.get(0) else { continue };
        changed.push_run(run.slice(start..whole.start()));
        for piece in &template.0 {
            match piece {
                Piece::Literal(range) => changed.push_run(replacement.slice(range.clone())),
                Piece::Group(name) => changed.push_run(group(&captures, name).map_or_else(Run::default, |range| run.slice(range))),
            }
        }
        start = whole.end();
    }
    changed.push_run(run.from(start));
    changed
}

fn group(captures: &Captures, name: &str) -> Option<std::ops::Range<usize>> {
    let found = match name.parse::<usize>() {
        Ok(index) => captures.get(index),
        Err(_) => captures.name(name),
    };
    found.map(|found| found.range())
}

/// What a match is replaced with: `$1`, `${name}`, `$$`, as Go's `Regexp.Expand` reads them.
struct Template<'a>(Vec<Piece<'a>>);

enum Piece<'a> {
    Literal(std::ops::Range<usize>),
    Group(&'a str),
}

impl<'a> Template<'a> {
    fn parse(text: &'a str) -> Template<'a> {
        let mut pieces = Vec::new();
        let mut start = 0;
        while let Some(dollar) = text.get(start..).and_then(|rest| rest.find('$')).map(|offset| start + offset) {
            pieces.push(Piece::Literal(start..dollar));
            let rest = text.get(dollar + 1..).unwrap_or_default();
            start = match reference(rest) {
                _ if rest.starts_with('$') => {
                    pieces.push(Piece::Literal(dollar..dollar + 1));
                    dollar + 2
                }
                Some((name, length)) => {
                    pieces.push(Piece::Group(name));
                    dollar + 1 + length
                }
                None => {
                    pieces.push(Piece::Literal(dollar..dollar + 1));
                    dollar + 1
                }
            };
        }
        pieces.push(Piece::Literal(start..text.len()));
        Template(pieces)
    }
}

/// The group's name after a dollar sign, and how much text it took.
fn reference(rest: &str) -> Option<(&str, usize)> {
    let word = |text: &str| text.find(|character: char| !character.is_alphanumeric() && character != '_').unwrap_or(text.len());
    if let Some(braced) = rest.strip_prefix('{') {
        let length = word(braced);
        let closed = braced.get(length..)?.starts_with('}');
        return (closed && length > 0).then_some((braced.get(..length)?, length + 2));
    }
    let length = word(rest);
    (length > 0).then_some((rest.get(..length)?, length))
}

pub fn regex(call: &Call) -> Outcome {
    let regex = compile(call, &call.text(0)?)?;
    let run = call.segments(1)?.known()?;
    check_groups(call, &regex)?;
    match regex.captures(&run.text) {
        Some(captures) => found(call, &regex, &run, &captures),
        None => Err(call.fail("pattern did not match any part of the given string")),
    }
}

pub fn regexall(call: &Call) -> Outcome {
    let regex = compile(call, &call.text(0)?)?;
    let run = call.segments(1)?.known()?;
    check_groups(call, &regex)?;
    let items = regex.captures_iter(&run.text).map(|captures| found(call, &regex, &run, &captures)).collect::<Outcome<_>>()?;
    call.give_list(items, None)
}

fn check_groups(call: &Call, regex: &Regex) -> Outcome<()> {
    let named = regex.capture_names().flatten().count();
    if named > 0 && named + 1 != regex.captures_len() {
        return Err(call.fail("invalid regexp pattern: cannot mix both named and unnamed capture groups"));
    }
    Ok(())
}

/// The match; a list of its groups if it has some; an object if they have names.
fn found(call: &Call, regex: &Regex, run: &Run, captures: &Captures) -> Outcome {
    let source = call.raw(1)?;
    let piece = |range: Option<std::ops::Range<usize>>| match range {
        None => Value::null(source.span),
        Some(range) => {
            let mut piece = Segments::default();
            piece.push_run(run.slice(range));
            piece.into_value(source.span).out_of(&source.way)
        }
    };
    let ranges: Vec<_> = captures.iter().map(|group| group.map(|group| group.range())).collect();
    if ranges.len() == 1 {
        return Ok(piece(ranges.into_iter().next().flatten()));
    }
    if regex.capture_names().flatten().next().is_none() {
        return call.give_list(ranges.into_iter().skip(1).map(piece).collect(), None);
    }
    let mut object = Object::default();
    for (name, range) in regex.capture_names().zip(ranges) {
        if let Some(name) = name {
            object.set(Entry { key: name.into(), key_span: call.span, value: piece(range) });
        }
    }
    Ok(Value::object(object, call.span))
}

/// Long enough for what people write; the automaton has its own bound.
const LONGEST_PATTERN: usize = 20_000;

/// Modules ask the same few expressions of every name, and to compile one takes longer than to use it.
const MOST_COMPILED: usize = 32;

thread_local! {
    static COMPILED: RefCell<FxHashMap<String, Regex>> = RefCell::default();
}

fn compile(call: &Call, pattern: &str) -> Outcome<Regex> {
    let too_large = || Arc::new(Unknown::new(Reason::Limit("a regular expression is too large".into()), call.span));
    if pattern.len() > LONGEST_PATTERN {
        return Err(too_large());
    }
    if let Some(known) = COMPILED.with_borrow(|known| known.get(pattern).cloned()) {
        return Ok(known);
    }
    let Some(translated) = translate(pattern) else { return Err(call.fail("invalid regexp pattern")) };
    match RegexBuilder::new(&translated).size_limit(4 << 20).nest_limit(100).build() {
        Ok(regex) => {
            COMPILED.with_borrow_mut(|known| {
                if known.len() < MOST_COMPILED {
                    known.insert(pattern.to_owned(), regex.clone());
                }
            });
            Ok(regex)
        }
        Err(::regex::Error::CompiledTooBig(_)) => Err(too_large()),
        Err(_) => Err(call.fail("invalid regexp pattern")),
    }
}

/// From Go's dialect to that of the `regex` crate: `\d`, `\w`, `\s` and `\b` are ASCII, a brace that repeats nothing and a bracket in
/// a class are themselves, and a class knows no set operations. Nothing for what Go refuses: a repetition of a repetition, other flags.
fn translate(pattern: &str) -> Option<String> {
    let mut translated = String::with_capacity(pattern.len());
    // How much of a class has been read, if the next character is in one.
    let mut class: Option<usize> = None;
    let mut rest = pattern;
    // What may stand after a repetition: one question mark, and no other repetition.
    let mut repeated = Repeated::No;
    while let Some(first) = rest.chars().next() {
        let inside = class.is_some();
        repeated = repeated.next(first, !inside && (matches!(first, '*' | '+' | '?') || first == '{' && repeats(rest)))?;
        if !inside && !flags_of_go(rest) {
            return None;
        }
        let (written, length) = match (first, class) {
            ('\\', _) => translate_escape(rest, inside),
            ('[', None) if rest.starts_with("[^") => (Cow::Borrowed("[^"), 2),
            ('[', Some(_)) if rest.starts_with("[:") => {
                let length = rest.find(":]").map_or(1, |end| end + 2);
                (Cow::Borrowed(rest.get(..length).unwrap_or_default()), length)
            }
            // First in a class it stands for itself.
            (']', Some(0)) => (Cow::Borrowed("\\]"), 1),
            ('[' | '&' | '~', Some(_)) => (Cow::Owned(format!("\\{first}")), 1),
            ('-', Some(_)) if rest.starts_with("--") || rest.starts_with("-]") => (Cow::Borrowed("\\-"), 1),
            ('{', None) if repeats(rest) => {
                let length = rest.find('}').map_or(1, |end| end + 1);
                (Cow::Borrowed(rest.get(..length).unwrap_or_default()), length)
            }
            ('{', None) => (Cow::Borrowed("\\{"), 1),
            _ => (Cow::Owned(first.to_string()), first.len_utf8()),
        };
        class = match (first, class) {
            ('[', None) => Some(0),
            (']', Some(read)) if read > 0 => None,
            (_, class) => class.map(|read| read + 1),
        };
        translated.push_str(&written);
        rest = rest.get(length..).unwrap_or_default();
    }
    Some(translated)
}

#[derive(Clone, Copy, PartialEq)]
enum Repeated {
    No,
    Once,
    /// `a*?`
    Lazily,
}

impl Repeated {
    fn next(self, character: char, repeats: bool) -> Option<Repeated> {
        match (repeats, self) {
            (false, _) => Some(Repeated::No),
            (true, Repeated::No) => Some(Repeated::Once),
            (true, Repeated::Once) if character == '?' => Some(Repeated::Lazily),
            (true, _) => None,
        }
    }
}

/// Whether a group that begins here, if one does, has only flags that Go knows.
fn flags_of_go(rest: &str) -> bool {
    let Some(flags) = rest.strip_prefix("(?") else { return true };
    let flags = flags.get(..flags.find(|character: char| !character.is_ascii_alphabetic() && character != '-').unwrap_or(0));
    flags.is_none_or(|flags| flags.starts_with('P') || flags.chars().all(|flag| matches!(flag, 'i' | 'm' | 's' | 'U' | '-')))
}

/// What `rest` starts with, a backslash and what belongs to it, and how long that is.
fn translate_escape(rest: &str, in_class: bool) -> (Cow<'_, str>, usize) {
    let Some(escaped) = rest.chars().nth(1) else { return (Cow::Borrowed("\\"), 1) };
    let length = 1 + escaped.len_utf8();
    let after = rest.get(length..).unwrap_or_default();
    match escaped {
        'Q' => {
            let quoted = after.find("\\E").unwrap_or(after.len());
            let literal = ::regex::escape(after.get(..quoted).unwrap_or_default());
            (Cow::Owned(literal), (length + quoted + 2).min(rest.len()))
        }
        'p' | 'P' if after.starts_with("{^") => {
            let end = rest.find('}').unwrap_or(rest.len());
            let turned = if escaped == 'p' { 'P' } else { 'p' };
            (Cow::Owned(format!("\\{turned}{{{}}}", rest.get(length + 2..end).unwrap_or_default())), (end + 1).min(rest.len()))
        }
        // An octal code; one digit alone would be a reference, which Go has none of.
        '0'..='7' if escaped == '0' || after.starts_with(|digit| matches!(digit, '0'..='7')) => {
            let digits: String = rest.chars().skip(1).take(3).take_while(|digit| matches!(digit, '0'..='7')).collect();
            let code = u32::from_str_radix(&digits, 8).unwrap_or(0);
            (Cow::Owned(format!("\\x{{{code:x}}}")), 1 + digits.len())
        }
        'p' | 'P' | 'x' if after.starts_with('{') => {
            let length = rest.find('}').map_or(length, |end| end + 1);
            (Cow::Borrowed(rest.get(..length).unwrap_or_default()), length)
        }
        _ => (Cow::Owned(escape(escaped, in_class)), length),
    }
}

fn escape(escaped: char, in_class: bool) -> String {
    let class = match escaped {
        'd' | 'D' => "0-9",
        'w' | 'W' => "0-9A-Za-z_",
        's' | 'S' => "\\t\\n\\x0C\\r ",
        'b' if !in_class => return "(?-u:\\b)".to_owned(),
        'B' if !in_class => return "(?-u:\\B)".to_owned(),
        other => return format!("\\{other}"),
    };
    match (escaped.is_ascii_uppercase(), in_class) {
        (true, _) => format!("[^{class}]"),
        (false, true) => class.to_owned(),
        (false, false) => format!("[{class}]"),
    }
}

/// Whether `rest` starts with a repetition: `{3}`, `{3,}`, `{3,5}`.
fn repeats(rest: &str) -> bool {
    let inside = rest.strip_prefix('{').and_then(|rest| rest.split_once('}'));
    let Some((inside, _)) = inside else { return false };
    let (least, most) = inside.split_once(',').unwrap_or((inside, ""));
    !least.is_empty() && least.bytes().chain(most.bytes()).all(|byte| byte.is_ascii_digit())
}
