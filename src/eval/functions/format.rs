//! `format` and `formatlist`.
//!
//! <https://developer.hashicorp.com/terraform/language/functions/format>

use std::sync::Arc;

use unicode_segmentation::UnicodeSegmentation as _;

use super::convert::to_bool;
use super::segments::{Run, Segment};
use super::{Call, Outcome};
use crate::eval::json;
use crate::eval::number::{Decimal, Digits, Number};
use crate::eval::unknown::Unknown;
use crate::eval::value::{Kind, Part, Str, Value};
use crate::syntax::text::Text;

pub fn format(call: &Call) -> Outcome {
    let spec = Spec::of(call)?;
    let arguments: Vec<&Value> = call.arguments.iter().skip(1).collect();
    let mut value = Value::str(interpolate(call, &spec, &arguments)?, call.span);
    value.way = call.way();
    Ok(value)
}

/// One result for each item of the lists among the arguments; other arguments are the same for all.
pub fn formatlist(call: &Call) -> Outcome {
    let spec = Spec::of(call)?;
    let mut count = None;
    let mut more = None;
    for argument in call.arguments.iter().skip(1) {
        let Some(list) = argument.as_list() else { continue };
        if count.is_some_and(|count| count != list.items.len()) || (count.is_some() && (list.more.is_some() || more.is_some())) {
            // With further items they may yet be of one length, but not item by item as they stand here.
            let open = list.more.as_ref().or(more.as_ref());
            return Err(open.map_or_else(|| call.fail("lists of different lengths"), |more| Arc::new(more.computed())));
        }
        count = Some(list.items.len());
        more.clone_from(&list.more);
    }
    if count.is_none()
        && let Some(open) = call.arguments.iter().skip(1).find(|argument| may_be_list(argument))
    {
        return Err(call.opened(open));
    }
    let mut items = Vec::new();
    for index in 0..count.unwrap_or(1) {
        let row: Vec<&Value> = call.arguments.iter().skip(1).map(|argument| nth(argument, index)).collect();
        items.push(Value::str(interpolate(call, &spec, &row)?, call.span).out_of(&call.way()));
    }
    // That there are none, such as by a variable's default, comes from the list that is empty.
    let empty = call.arguments.iter().skip(1).find(|argument| argument.as_list().is_some_and(|list| list.items.is_empty()));
    let formatted = call.give_list(items, more)?;
    Ok(match empty {
        Some(list) => formatted.out_of(&list.way),
        None => formatted,
    })
}

fn may_be_list(argument: &Value) -> bool {
    match &argument.kind {
        Kind::Unknown(unknown) => unknown.symbol.is_none(),
        kind => matches!(kind, Kind::Lazy(_)),
    }
}

fn nth(argument: &Value, index: usize) -> &Value {
    argument.as_list().and_then(|list| list.items.get(index)).unwrap_or(argument)
}

/// `%[argument]flags width.precision verb`
#[derive(Default)]
struct Verb {
    argument: Option<usize>,
    sharp: bool,
    plus: bool,
    minus: bool,
    space: bool,
    zero: bool,
    width: usize,
    precision: Option<usize>,
    letter: char,
    /// Where the text after the verb begins.
    end: usize,
}

/// A format string. Words in it that source does not give, such as an account or a partition, hold no verb and stay as they are.
struct Spec {
    /// With a mark for each unknown word.
    run: Run,
    words: Vec<Arc<Unknown>>,
}

/// Of a private area: no policy holds it.
const MARK: char = '\u{F8FF}';

impl Spec {
    fn of(call: &Call) -> Outcome<Spec> {
        let segments = call.segments(0)?;
        let apart = |segment: &Segment| match segment {
            Segment::Known(run) => !run.text.contains(MARK),
            Segment::Unknown(unknown) => unknown.symbol.as_ref().is_some_and(|symbol| symbol.word),
        };
        if !segments.list.iter().all(apart) {
            return Ok(Spec { run: segments.known()?, words: Vec::new() });
        }
        let mut spec = Spec { run: Run::default(), words: Vec::new() };
        for segment in segments.list {
            match segment {
                Segment::Known(run) => spec.run.append(run),
                Segment::Unknown(unknown) => {
                    spec.run.push(Text::computed(String::from(MARK), unknown.span));
                    spec.words.push(unknown);
                }
            }
        }
        Ok(spec)
    }

    /// What is wrong with the format string, unless an unknown word may be to blame.
    fn fault(&self, call: &Call, message: &str) -> Arc<Unknown> {
        self.words.first().map_or_else(|| call.fail(message), |word| Arc::new(word.computed()))
    }
}

fn interpolate(call: &Call, spec: &Spec, arguments: &[&Value]) -> Outcome<Str> {
    let mut result = Str::default();
    let (mut words, whole) = (spec.words.iter(), spec);
    let spec = &whole.run;
    let (mut start, mut next, mut used) = (0, 0, 0);
    let mut symbol = None;
    while let Some(percent) = spec.text.get(start..).and_then(|rest| rest.find('%')).map(|offset| start + offset) {
        push_run(&mut result, spec.slice(start..percent), &mut words);
        let Some(verb) = parse_verb(&spec.text, percent + 1) else { return Err(whole.fault(call, "unrecognized format sequence")) };
        start = verb.end;
        if verb.letter == MARK {
            return Err(whole.fault(call, "unsupported format verb"));
        }
        if verb.letter == '%' {
            if verb.end > percent + 2 {
                return Err(whole.fault(call, "unrecognized format sequence"));
            }
            push_run(&mut result, spec.slice(percent..percent + 1), &mut words);
            continue;
        }
        let index = verb.argument.unwrap_or(next);
        next = index + 1;
        used = used.max(next);
        let Some(argument) = arguments.get(index) else { return Err(call.fail("not enough arguments for the format string")) };
        if spec.text.len() == 2 {
            symbol = argument.as_str().and_then(|text| text.symbol.clone());
        }
        write_verb(call, &verb, argument, &mut result)?;
    }
    push_run(&mut result, spec.from(start), &mut words);
    if used < arguments.len() {
        return Err(call.fail("too many arguments for the format string"));
    }
    result.symbol = symbol;
    Ok(result)
}

/// Known text, and an unknown word in place of each mark.
fn push_run<'u>(result: &mut Str, run: Run, words: &mut impl Iterator<Item = &'u Arc<Unknown>>) {
    for part in run.into_parts() {
        let mark = matches!(&part, Part::Text(text) if text.value().chars().eq([MARK]));
        match mark.then(|| words.next()).flatten() {
            Some(word) => result.parts.push(Part::Unknown(Arc::clone(word))),
            None => result.push(part),
        }
    }
}

fn parse_verb(text: &str, start: usize) -> Option<Verb> {
    let mut verb = Verb::default();
    let mut rest = text.get(start..)?;
    loop {
        match rest.bytes().next()? {
            b'#' => verb.sharp = true,
            b'+' => verb.plus = true,
            b'-' => verb.minus = true,
            b' ' => verb.space = true,
            b'0' => verb.zero = true,
            _ => break,
        }
        rest = rest.get(1..)?;
    }
    if let Some(width) = digits(&mut rest) {
        verb.width = width?;
    }
    if let Some(after) = rest.strip_prefix('.') {
        rest = after;
        verb.precision = Some(digits(&mut rest).unwrap_or(Some(0))?);
    }
    if let Some(after) = rest.strip_prefix('[') {
        rest = after;
        verb.argument = Some(digits(&mut rest)??.checked_sub(1)?);
        rest = rest.strip_prefix(']')?;
    }
    verb.letter = rest.chars().next()?;
    verb.end = text.len() - rest.len() + verb.letter.len_utf8();
    Some(verb)
}

/// The number that `rest` starts with, if any; `Some(None)` if it is absurd.
fn digits(rest: &mut &str) -> Option<Option<usize>> {
    let length = rest.find(|character: char| !character.is_ascii_digit()).unwrap_or(rest.len());
    let (number, after) = rest.split_at_checked(length)?;
    if number.is_empty() {
        return None;
    }
    *rest = after;
    Some(number.parse().ok().filter(|number| *number <= 10_000))
}

fn write_verb(call: &Call, verb: &Verb, argument: &Value, result: &mut Str) -> Outcome<()> {
    if !matches!(verb.letter, 'v' | 't' | 'b' | 'd' | 'o' | 'x' | 'X' | 'e' | 'E' | 'f' | 'g' | 'G' | 's' | 'q') {
        return Err(call.fail(format!("unsupported format verb {:?}", verb.letter)));
    }
    let open = match &argument.kind {
        Kind::Lazy(_) => Some(call.opened(argument)),
        _ => argument.first_unknown(),
    };
    if let Some(unknown) = open {
        return write_unknown(call, verb, argument, unknown, result);
    }
    if matches!(verb.letter, 's' | 'v')
        && verb.width == 0
        && verb.precision.is_none()
        && !verb.sharp
        && matches!(argument.kind, Kind::String(_))
    {
        // What `jsonencode` made stays what it is, and text keeps its place.
        call.parts(argument)?.parts.iter().for_each(|part| result.push(part.clone()));
        return Ok(());
    }
    let text = known_verb(call, verb, argument)?;
    result.push(Part::Text(Text::computed(text, argument.span)));
    Ok(())
}

fn write_unknown(call: &Call, verb: &Verb, argument: &Value, unknown: Arc<Unknown>, result: &mut Str) -> Outcome<()> {
    let plain = verb.width == 0 && verb.precision.is_none() && !verb.sharp;
    let string = matches!(argument.kind, Kind::Unknown(_) | Kind::String(_));
    match (verb.letter, &argument.kind) {
        ('s' | 'v', _) if plain && string => call.parts(argument)?.parts.iter().for_each(|part| result.push(part.clone())),
        ('v', Kind::List(_) | Kind::Object(_)) => result.push(Part::Json(Arc::new(argument.clone()))),
        (_, Kind::List(_) | Kind::Object(_)) => return Err(call.wrong("string")),
        _ => result.push(Part::Unknown(Arc::new(unknown.computed()))),
    }
    Ok(())
}

fn known_verb(call: &Call, verb: &Verb, argument: &Value) -> Outcome<String> {
    match verb.letter {
        'v' => Ok(default_text(verb, argument)),
        _ if argument.is_null() => Err(call.fail("unsupported value: null value cannot be formatted")),
        's' | 'q' => {
            let text = argument.known_string().ok_or_else(|| call.wrong("string"))?;
            Ok(string_text(verb, &text))
        }
        't' => Ok(to_bool(call, argument)?.to_string()),
        'b' | 'd' | 'o' | 'x' | 'X' => {
            let number = argument.known_number().filter(|_| !matches!(argument.kind, Kind::Bool(_)));
            number.and_then(|number| whole_text(verb, &number)).ok_or_else(|| call.wrong("whole number"))
        }
        _ => {
            let number = argument.known_number().ok_or_else(|| call.wrong("number"))?;
            Ok(float_text(verb, &number))
        }
    }
}

/// `%v`: strings as they are, numbers as `%g`, anything else as JSON.
fn default_text(verb: &Verb, argument: &Value) -> String {
    match &argument.kind {
        Kind::String(text) if !verb.sharp => pad(verb, text.known().unwrap_or_default().into_owned(), 0),
        Kind::Number(number) if !verb.sharp => float_text(&Verb { letter: 'g', ..*verb }, number),
        _ => pad(verb, json::encode(argument).unwrap_or_default(), 0),
    }
}

fn string_text(verb: &Verb, text: &str) -> String {
    let cut: String = match verb.precision {
        Some(precision) => text.graphemes(true).take(precision).collect(),
        None => text.to_owned(),
    };
    let quoted = if verb.letter == 'q' { json::quote(&cut) } else { cut };
    pad(verb, quoted, 0)
}

/// Fills up to the width; zeros go after the first `sign` bytes.
fn pad(verb: &Verb, text: String, sign: usize) -> String {
    let missing = verb.width.saturating_sub(text.graphemes(true).count());
    if missing == 0 {
        return text;
    }
    match text.split_at_checked(sign) {
        _ if verb.minus => text + &" ".repeat(missing),
        Some((sign, digits)) if verb.zero => format!("{sign}{}{digits}", "0".repeat(missing)),
        _ => " ".repeat(missing) + &text,
    }
}

fn sign(verb: &Verb, negative: bool) -> &'static str {
    match () {
        () if negative => "-",
        () if verb.plus => "+",
        () if verb.space => " ",
        () => "",
    }
}

/// Nothing for a number that is not whole.
fn whole_text(verb: &Verb, number: &Number) -> Option<String> {
    let (prefix, base) = match verb.letter {
        'b' => ("0b", 2),
        'o' => ("0", 8),
        'x' => ("0x", 16),
        'X' => ("0X", 16),
        _ => ("", 10),
    };
    let mut digits = number.whole_digits(base)?;
    if verb.letter == 'X' {
        digits = digits.to_uppercase();
    }
    let mut zero = verb.zero;
    if let Some(precision) = verb.precision {
        // Zeros are what the precision asks for, and no others.
        zero = false;
        digits = if precision == 0 && digits == "0" { String::new() } else { format!("{digits:0>precision$}") };
    }
    let sign = format!("{}{}", sign(verb, *number < Number::whole(0)), if verb.sharp { prefix } else { "" });
    Some(pad(&Verb { zero, ..*verb }, format!("{sign}{digits}"), sign.len()))
}

fn float_text(verb: &Verb, number: &Number) -> String {
    let sign = sign(verb, number.is_negative());
    let digits = match verb.letter {
        'f' => {
            let decimals = verb.precision.unwrap_or(6);
            number.decimal(Digits::Fraction(decimals)).plain(Some(decimals))
        }
        'e' | 'E' => {
            let decimals = verb.precision.unwrap_or(6);
            scientific(&number.decimal(Digits::Significant(decimals + 1)), decimals)
        }
        _ => general(number, verb.precision),
    };
    let digits = if matches!(verb.letter, 'E' | 'G') { digits.to_uppercase() } else { digits };
    pad(verb, format!("{sign}{digits}"), sign.len())
}

/// Go writes at least two digits of exponent, and its sign.
fn scientific(decimal: &Decimal, decimals: usize) -> String {
    let (first, rest) = decimal.digits.split_at_checked(1).unwrap_or(("0", ""));
    let exponent = if decimal.digits.is_empty() { 0 } else { decimal.point - 1 };
    let point = if decimals > 0 { "." } else { "" };
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{first}{point}{rest:0<decimals$}e{sign}{:02}", exponent.abs())
}

/// `%g`: scientific for exponents below -4 or at least the precision, 6 where the shortest text is wanted.
fn general(number: &Number, precision: Option<usize>) -> String {
    let decimal = match precision {
        Some(precision) => number.decimal(Digits::Significant(precision.max(1))),
        None => number.decimal(Digits::Shortest),
    };
    let count = decimal.digits.len();
    let exponent = decimal.point - 1;
    let threshold = match precision {
        None => 6,
        Some(precision) if precision > count && count as i64 >= decimal.point => count as i64,
        Some(precision) => precision.max(1) as i64,
    };
    if !decimal.digits.is_empty() && (exponent < -4 || exponent >= threshold) {
        return scientific(&decimal, count - 1);
    }
    decimal.plain(None)
}
