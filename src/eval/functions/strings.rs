//! Functions over strings.
//!
//! <https://developer.hashicorp.com/terraform/language/functions/upper> and its neighbours.

use unicode_segmentation::UnicodeSegmentation as _;

use super::format::{format, formatlist};
use super::replace::{regex, regexall, replace};
use super::segments::{Run, Segment, Segments, derived, is_word, never_in_word};
use super::{ANY, Call, Function, Outcome, function};
use crate::eval::unknown::{Reason, Unknown};
use crate::eval::value::{Kind, List, Str, Value};
use crate::syntax::text::Text;
use std::sync::Arc;

pub const TABLE: &[Function] = &[
    function("format", 1, ANY, format),
    function("formatlist", 1, ANY, formatlist),
    function("join", 1, ANY, join),
    function("split", 2, 2, split),
    function("replace", 3, 3, replace),
    function("lower", 1, 1, |call| recase(call, lower)),
    function("upper", 1, 1, |call| recase(call, upper)),
    function("trimprefix", 2, 2, trimprefix),
    function("trimsuffix", 2, 2, trimsuffix),
    function("startswith", 2, 2, |call| decide(call, Segments::starts_with)),
    function("endswith", 2, 2, |call| decide(call, Segments::ends_with)),
    function("strcontains", 2, 2, |call| decide(call, contains)),
    function("substr", 3, 3, substr),
    function("regex", 2, 2, regex),
    function("regexall", 2, 2, regexall),
    function("trim", 2, 2, trim),
    function("trimspace", 1, 1, |call| trim_edges(call, true, true, true, char::is_whitespace)),
    function("chomp", 1, 1, |call| trim_edges(call, false, true, true, |character| matches!(character, '\r' | '\n'))),
    function("title", 1, 1, title),
    function("strrev", 1, 1, strrev),
    function("indent", 2, 2, indent),
    function("basename", 1, 1, basename),
    function("dirname", 1, 1, dirname),
    function("pathexpand", 1, 1, pathexpand),
    function("abspath", 1, 1, never_known),
    function("uuid", 0, 0, never_known),
    function("timestamp", 0, 0, never_known),
    function("plantimestamp", 0, 0, never_known),
    function("bcrypt", 1, 2, never_known),
    function("rsadecrypt", 2, 2, never_known),
    function("base64gzip", 1, 1, never_known),
];

/// What depends on the machine or the time, or what nobody builds a policy with.
pub fn never_known(call: &Call) -> Outcome {
    Err(Arc::new(Unknown::new(Reason::Function(call.name.into()), call.span)))
}

fn join(call: &Call) -> Outcome {
    let separator = call.parts(call.raw(0)?)?;
    if call.count() < 2 {
        return Err(call.fail("at least one list is required"));
    }
    let mut items = Vec::new();
    for index in 1..call.count() {
        items.extend(&call.closed_list(index)?.items);
    }
    let mut joined = Str::default();
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            separator.parts.iter().for_each(|part| joined.push(part.clone()));
        }
        call.parts(item)?.parts.iter().for_each(|part| joined.push(part.clone()));
    }
    if let [only] = items.as_slice() {
        joined.symbol = call.parts(only)?.symbol.clone();
    }
    let mut value = Value::str(joined, call.span);
    value.way = call.way();
    Ok(value)
}

/// Where an unknown segment might hold a separator nothing is known of the result; a word never holds some of them.
fn split(call: &Call) -> Outcome {
    let separator = call.text(0)?;
    let text = call.segments(1)?;
    if text.first_unknown().is_none() {
        let run = text.known()?;
        return split_known(call, &separator, &run);
    }
    let certain = !separator.is_empty() && separator.chars().all(never_in_word);
    let words = text.list.iter().all(|segment| !matches!(segment, Segment::Unknown(unknown) if !is_word(unknown)));
    if !certain || !words {
        return Err(text.known().err().unwrap_or_else(|| call.any_unknown()));
    }
    let mut pieces = vec![Segments::default()];
    for segment in text.list {
        match segment {
            Segment::Unknown(unknown) => add(&mut pieces, |piece| piece.push_unknown(unknown)),
            Segment::Known(run) => {
                for (index, range) in cut(&run.text, &separator).into_iter().enumerate() {
                    if index > 0 {
                        pieces.push(Segments::default());
                    }
                    add(&mut pieces, |piece| piece.push_run(run.slice(range)));
                }
            }
        }
    }
    give_pieces(call, pieces)
}

fn add(pieces: &mut [Segments], to_last: impl FnOnce(&mut Segments)) {
    if let Some(last) = pieces.last_mut() {
        to_last(last);
    }
}

fn split_known(call: &Call, separator: &str, run: &Run) -> Outcome {
    let pieces = cut(&run.text, separator).into_iter().map(|range| {
        let mut piece = Segments::default();
        piece.push_run(run.slice(range));
        piece
    });
    give_pieces(call, pieces.collect())
}

/// Where the pieces between the separators are; the characters, if the separator is empty.
fn cut(text: &str, separator: &str) -> Vec<std::ops::Range<usize>> {
    if separator.is_empty() {
        return text.char_indices().map(|(index, character)| index..index + character.len_utf8()).collect();
    }
    let mut pieces = Vec::new();
    let mut start = 0;
    for (index, _) in text.match_indices(separator) {
        pieces.push(start..index);
        start = index + separator.len();
    }
    pieces.push(start..text.len());
    pieces
}

fn give_pieces(call: &Call, pieces: Vec<Segments>) -> Outcome {
    let source = call.raw(1)?;
    let items = pieces.into_iter().map(|piece| piece.into_value(source.span).out_of(&source.way)).collect();
    let mut list = Value::new(Kind::List(Arc::new(List { items, ..List::default() })), call.span);
    list.way = source.way.clone();
    Ok(list)
}

fn recase(call: &Call, change: fn(&str) -> String) -> Outcome {
    let text = call.segments(0)?;
    let mut changed = Segments::default();
    for segment in text.list {
        match segment {
            Segment::Known(run) => changed.push_run(run.map(change)),
            Segment::Unknown(unknown) => changed.push_unknown(derived(call.name, &unknown)),
        }
    }
    call.changed(0, changed)
}

/// Character by character, whatever stands around it.
fn lower(text: &str) -> String {
    text.chars().filter_map(|character| character.to_lowercase().next()).collect()
}

/// Go maps character to character: `ß` has no single upper-case letter and stays.
fn upper(text: &str) -> String {
    let single = |character: char| {
        let mut upper = character.to_uppercase();
        match (upper.next(), upper.next()) {
            (Some(only), None) => only,
            _ => character,
        }
    };
    text.chars().map(single).collect()
}

fn decide(call: &Call, question: fn(&Segments, &str) -> Option<bool>) -> Outcome {
    let text = call.segments(0)?;
    let wanted = call.text(1)?;
    match question(&text, &wanted) {
        Some(answer) => call.bool(answer),
        None => Err(text.known().err().unwrap_or_else(|| call.any_unknown())),
    }
}

fn contains(text: &Segments, wanted: &str) -> Option<bool> {
    let known = text.list.iter().any(|segment| matches!(segment, Segment::Known(run) if run.text.contains(wanted)));
    if known || wanted.is_empty() {
        return Some(true);
    }
    let hidden = text.list.iter().any(|segment| match segment {
        Segment::Unknown(unknown) => !is_word(unknown) || !wanted.contains(never_in_word),
        Segment::Known(_) => false,
    });
    (!hidden && !text.straddles(wanted)).then_some(false)
}

fn trimprefix(call: &Call) -> Outcome {
    let text = call.segments(0)?;
    let prefix = call.text(1)?;
    match text.starts_with(&prefix) {
        Some(false) => Ok(call.argument(0)?.clone()),
        Some(true) => {
            let mut rest = text.changed();
            if let Some(Segment::Known(run)) = rest.list.first_mut() {
                *run = run.from(prefix.len());
            }
            call.changed(0, rest.tidy())
        }
        None => Err(text.known().err().unwrap_or_else(|| call.any_unknown())),
    }
}

fn trimsuffix(call: &Call) -> Outcome {
    let text = call.segments(0)?;
    let suffix = call.text(1)?;
    match text.ends_with(&suffix) {
        Some(false) => Ok(call.argument(0)?.clone()),
        Some(true) => {
            let mut rest = text.changed();
            if let Some(Segment::Known(run)) = rest.list.last_mut() {
                *run = run.slice(0..run.text.len().saturating_sub(suffix.len()));
            }
            call.changed(0, rest.tidy())
        }
        None => Err(text.known().err().unwrap_or_else(|| call.any_unknown())),
    }
}

fn trim(call: &Call) -> Outcome {
    let cut = call.text(1)?;
    trim_edges(call, true, true, cut.chars().all(never_in_word), |character| cut.contains(character))
}

/// Takes characters from the ends. `harmless`: no word holds any of the characters that are cut.
fn trim_edges(call: &Call, start: bool, end: bool, harmless: bool, cut: impl Fn(char) -> bool + Copy) -> Outcome {
    // What `jsonencode` made of a list or object stays what it is.
    let argument = call.raw(0)?;
    let inside = argument.as_str().and_then(|text| text.json().map(|value| matches!(value.kind, Kind::List(_) | Kind::Object(_))));
    if inside == Some(true) && !['{', '}', '[', ']'].into_iter().any(cut) {
        return Ok(argument.clone());
    }
    let mut text = call.segments(0)?;
    let certain = (!start || trim_edge(&mut text.list, true, harmless, cut)) && (!end || trim_edge(&mut text.list, false, harmless, cut));
    if certain { call.changed(0, text.changed().tidy()) } else { Err(call.any_unknown()) }
}

/// Where the edge is unknown it stays so. Says whether that is all: trimming could reach through it into known text, or from known text
/// through to it.
fn trim_edge(list: &mut [Segment], at_start: bool, harmless: bool, cut: impl Fn(char) -> bool + Copy) -> bool {
    let stays = |unknown: &Unknown| harmless && is_word(unknown);
    let (edge, next) = match list {
        [] => return true,
        [edge] => (edge, None),
        [edge, next, ..] if at_start => (edge, Some(next)),
        [.., next, edge] => (edge, Some(next)),
    };
    match edge {
        Segment::Known(run) => {
            let kept = if at_start { run.text.trim_start_matches(cut) } else { run.text.trim_end_matches(&cut) };
            let through = kept.is_empty() && next.is_some_and(|next| !matches!(next, Segment::Unknown(unknown) if stays(unknown)));
            *run = if at_start { run.from(run.text.len() - kept.len()) } else { run.slice(0..kept.len()) };
            !through
        }
        Segment::Unknown(unknown) if stays(unknown) => true,
        Segment::Unknown(unknown) => {
            *unknown = Arc::new(unknown.computed());
            match next {
                None => true,
                Some(Segment::Known(next)) if at_start => !next.text.starts_with(cut),
                Some(Segment::Known(next)) => !next.text.ends_with(cut),
                Some(Segment::Unknown(_)) => false,
            }
        }
    }
}

/// Offsets count what people see as one character, from the end if negative.
fn substr(call: &Call) -> Outcome {
    let text = call.segments(0)?;
    let (offset, length) = (call.whole(1)?, call.whole(2)?);
    if text.first_unknown().is_none() {
        let run = text.known()?;
        let bounds: Vec<usize> = run.text.grapheme_indices(true).map(|(index, _)| index).chain([run.text.len()]).collect();
        let count = bounds.len() as i128 - 1;
        let start = if offset < 0 { (offset + count).max(0) } else { offset.min(count) };
        let end = if length < 0 { count } else { start.saturating_add(length).min(count) };
        let at = |position: i128| usize::try_from(position).ok().and_then(|position| bounds.get(position)).copied().unwrap_or(0);
        let mut cut = Segments::default();
        cut.push_run(run.slice(at(start)..at(end)));
        return call.changed(0, cut);
    }
    let (Some(Segment::Known(run)), Ok(offset)) = (text.list.first(), usize::try_from(offset)) else {
        return Err(call.any_unknown());
    };
    // The last character before an unknown segment may go on in it.
    let bounds: Vec<usize> = run.text.grapheme_indices(true).map(|(index, _)| index).collect();
    let Some(&start) = bounds.get(offset) else { return Err(call.any_unknown()) };
    let mut kept = Segments::default();
    match usize::try_from(length) {
        Ok(length) => match bounds.get(offset.saturating_add(length)) {
            Some(&end) => kept.push_run(run.slice(start..end)),
            None => return Err(call.any_unknown()),
        },
        Err(_) => {
            kept.push_run(run.from(start));
            for segment in text.list.iter().skip(1) {
                kept.push(segment.clone());
            }
        }
    }
    call.changed(0, kept)
}

fn title(call: &Call) -> Outcome {
    let run = call.segments(0)?.known()?;
    // A letter is upper-cased after anything that is no letter, digit or underscore; outside ASCII only after white space.
    let separates = |character: char| {
        if character.is_ascii() { !character.is_ascii_alphanumeric() && character != '_' } else { character.is_whitespace() }
    };
    let mut changed = String::new();
    let mut before = ' ';
    for character in run.text.chars() {
        let mut buffer = [0; 4];
        let single = character.encode_utf8(&mut buffer);
        match character {
            _ if !separates(before) => changed.push(character),
            // Two letters in one have a form of their own at the beginning of a word.
            'Ǆ'..='ǆ' => changed.push('ǅ'),
            'Ǉ'..='ǉ' => changed.push('ǈ'),
            'Ǌ'..='ǌ' => changed.push('ǋ'),
            'Ǳ'..='ǳ' => changed.push('ǲ'),
            _ => changed.push_str(&upper(single)),
        }
        before = character;
    }
    let mut segments = Segments::default();
    segments.push_run(run.respell(&changed));
    call.changed(0, segments)
}

fn strrev(call: &Call) -> Outcome {
    let run = call.segments(0)?.known()?;
    call.string(run.text.graphemes(true).rev().collect::<String>())
}

fn indent(call: &Call) -> Outcome {
    let spaces = call.whole(0)?;
    let text = call.segments(1)?;
    let Ok(spaces) = usize::try_from(spaces) else { return Err(call.fail("the number of spaces must not be negative")) };
    if spaces > 10_000 {
        return Err(Arc::new(Unknown::new(Reason::Limit("indent by more than 10,000 spaces".into()), call.span)));
    }
    let mut changed = Segments::default();
    for segment in text.list {
        match segment {
            Segment::Unknown(unknown) if is_word(&unknown) => changed.push_unknown(unknown),
            Segment::Unknown(unknown) => changed.push_unknown(Arc::new(unknown.computed())),
            Segment::Known(run) => {
                let mut start = 0;
                for (index, _) in run.text.match_indices('\n') {
                    changed.push_run(run.slice(start..index + 1));
                    changed.push_text(Text::computed(" ".repeat(spaces), call.span));
                    start = index + 1;
                }
                changed.push_run(run.from(start));
            }
        }
    }
    call.changed(1, changed)
}

fn basename(call: &Call) -> Outcome {
    let run = call.segments(0)?.known()?;
    let path = run.text.trim_end_matches('/');
    if path.is_empty() {
        return call.string(if run.text.is_empty() { "." } else { "/" });
    }
    let start = path.rfind('/').map_or(0, |slash| slash + 1);
    let mut name = Segments::default();
    name.push_run(run.slice(start..path.len()));
    call.changed(0, name)
}

fn dirname(call: &Call) -> Outcome {
    let path = call.text(0)?;
    match path.rfind('/') {
        None => call.string("."),
        Some(slash) => call.string(clean(path.get(..=slash).unwrap_or_default())),
    }
}

/// A path without empty, `.` and resolvable `..` steps, as Go's `filepath.Clean` writes it.
fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut steps: Vec<&str> = Vec::new();
    for step in path.split('/') {
        match step {
            "" | "." => {}
            ".." if steps.last().is_some_and(|last| *last != "..") => {
                steps.pop();
            }
            ".." if rooted => {}
            step => steps.push(step),
        }
    }
    match (rooted, steps.is_empty()) {
        (true, _) => format!("/{}", steps.join("/")),
        (false, true) => ".".to_owned(),
        (false, false) => steps.join("/"),
    }
}

fn pathexpand(call: &Call) -> Outcome {
    if call.text(0)?.starts_with('~') { never_known(call) } else { Ok(call.argument(0)?.clone()) }
}
