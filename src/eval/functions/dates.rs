//! Timestamps.
//!
//! <https://developer.hashicorp.com/terraform/language/functions/formatdate> and its neighbours.

use std::sync::Arc;

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime, Time};

use super::{Call, Function, Outcome, function};
use crate::eval::number::Number;
use crate::eval::unknown::{Reason, Unknown};

pub const TABLE: &[Function] =
    &[function("formatdate", 2, 2, formatdate), function("timeadd", 2, 2, timeadd), function("timecmp", 2, 2, timecmp)];

/// A moment as a clock somewhere shows it.
#[derive(Clone, Copy)]
struct Moment {
    clock: DateTime,
    /// Seconds that the clock is ahead of UTC.
    ahead: i64,
}

const SECOND: i128 = 1_000_000_000;

impl Moment {
    /// RFC 3339.
    fn parse(text: &str) -> Option<Moment> {
        let mut rest = text;
        let date = Date::new(take(&mut rest, 4, "-")?, small(take(&mut rest, 2, "-")?)?, small(take(&mut rest, 2, "T")?)?);
        let (hour, minute, second) = (take(&mut rest, 2, ":")?, take(&mut rest, 2, ":")?, take(&mut rest, 2, "")?);
        let time = Time::new(small(hour)?, small(minute)?, small(second)?, fraction(&mut rest)?);
        let ahead = if rest == "Z" { 0 } else { offset(rest)? };
        Some(Moment { clock: date.ok()?.to_datetime(time.ok()?), ahead })
    }

    /// How long after 1970 began in UTC.
    fn instant(&self) -> SignedDuration {
        self.clock.duration_since(DateTime::constant(1970, 1, 1, 0, 0, 0, 0)) - SignedDuration::from_secs(self.ahead)
    }

    fn zone(&self, colon: &str) -> String {
        let (sign, minutes) = (if self.ahead < 0 { '-' } else { '+' }, self.ahead.abs() / 60);
        format!("{sign}{:02}{colon}{:02}", minutes / 60, minutes % 60)
    }
}

fn small(number: i16) -> Option<i8> {
    i8::try_from(number).ok()
}

fn take(rest: &mut &str, length: usize, after: &str) -> Option<i16> {
    let (digits, remaining) = rest.split_at_checked(length)?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    *rest = remaining.strip_prefix(after)?;
    digits.parse().ok()
}

fn fraction(rest: &mut &str) -> Option<i32> {
    let Some(digits) = rest.strip_prefix('.') else { return Some(0) };
    let length = digits.find(|character: char| !character.is_ascii_digit())?;
    let (digits, remaining) = digits.split_at_checked(length)?;
    *rest = remaining;
    let nine: String = digits.chars().chain(std::iter::repeat('0')).take(9).collect();
    if digits.is_empty() { None } else { nine.parse().ok() }
}

fn offset(text: &str) -> Option<i64> {
    let sign = match text.get(..1)? {
        "+" => 1,
        "-" => -1,
        _ => return None,
    };
    let mut rest = text.get(1..)?;
    let (hours, minutes) = (take(&mut rest, 2, ":")?, take(&mut rest, 2, "")?);
    (rest.is_empty() && hours < 24 && minutes < 60).then_some(sign * (i64::from(hours) * 3600 + i64::from(minutes) * 60))
}

fn moment(call: &Call, index: usize) -> Outcome<Moment> {
    let text = call.text(index)?;
    Moment::parse(&text).ok_or_else(|| call.fail(format!("not a valid RFC3339 timestamp: {text:?}")))
}

fn timecmp(call: &Call) -> Outcome {
    let order = moment(call, 0)?.instant().cmp(&moment(call, 1)?.instant());
    call.give_number(Some(Number::whole(order as i128)))
}

fn timeadd(call: &Call) -> Outcome {
    let moment = moment(call, 0)?;
    let duration = call.text(1)?;
    let invalid = || call.fail(format!("invalid duration {duration:?}"));
    let length = parse_duration(&duration).ok_or_else(invalid)?;
    // The calendar ends with the year 9999, Terraform's does not.
    let beyond = |_| Arc::new(Unknown::new(Reason::Limit("a date beyond the year 9999 is given up".into()), call.span));
    let moved = Moment { clock: moment.clock.checked_add(length).map_err(beyond)?, ..moment };
    let zone = if moved.ahead == 0 { "Z".to_owned() } else { moved.zone(":") };
    call.string(format!("{}{zone}", moved.clock.strftime("%Y-%m-%dT%H:%M:%S")))
}

/// Go's `time.ParseDuration`: `-1h30m`, `1.5h`, `100ms`. 64 bits of nanoseconds are the most.
fn parse_duration(text: &str) -> Option<SignedDuration> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(SignedDuration::ZERO);
    }
    let mut total = 0_i128;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let length = rest.find(|character: char| !character.is_ascii_digit() && character != '.')?;
        let (number, after) = rest.split_at_checked(length)?;
        let length = after.find(|character: char| character.is_ascii_digit() || character == '.').unwrap_or(after.len());
        let (unit, after) = after.split_at_checked(length)?;
        let unit = match unit {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => SECOND,
            "m" => 60 * SECOND,
            "h" => 3_600 * SECOND,
            _ => return None,
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.is_empty() && fraction.is_empty() || fraction.contains('.') {
            return None;
        }
        let whole = if whole.is_empty() { 0 } else { whole.parse::<i64>().ok()?.into() };
        let digits = fraction.get(..fraction.len().min(18))?;
        let part = if digits.is_empty() { 0 } else { digits.parse::<i128>().ok()? * unit / 10_i128.pow(digits.len() as u32) };
        total = total.checked_add(unit.checked_mul(whole)?)?.checked_add(part)?;
        rest = after;
    }
    let total = if negative { -total } else { total };
    i64::try_from(total).ok().map(SignedDuration::from_nanos)
}

/// A date or time as YAML writes it, in the form of RFC 3339: `2001-12-14`, `2001-12-14 21:59:43`, `2001-12-14t21:59:43Z`.
pub fn yaml_timestamp(text: &str) -> Option<String> {
    let date = text.get(..text.find(['T', 't', ' ']).unwrap_or(text.len()))?;
    let mut parts = date.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || year.len() != 4 {
        return None;
    }
    let time = text.get(date.len()..)?;
    let (clock, zone) = match time.get(..1) {
        None => ("00:00:00", "Z"),
        Some(" ") => (time.get(1..)?, "Z"),
        Some(_) => {
            let zone = time.rfind(['Z', '+', '-'])?;
            (time.get(1..zone)?, time.get(zone..)?)
        }
    };
    let (clock, fraction) = clock.split_once('.').map_or((clock, None), |(clock, fraction)| (clock, Some(fraction)));
    let mut parts = clock.split(':');
    let (hour, minute, second) = (parts.next()?, parts.next()?, parts.next()?);
    let numbers = [year, month, day, hour, minute, second].into_iter().chain(fraction);
    if parts.next().is_some() || numbers.clone().any(|number| number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit())) {
        return None;
    }
    let padded = format!("{year}-{month:0>2}-{day:0>2}T{hour:0>2}:{minute:0>2}:{second:0>2}{zone}");
    Moment::parse(&padded).map(|moment| if moment.ahead == 0 { padded.replace("+00:00", "Z").replace("-00:00", "Z") } else { padded })
}

/// Runs of one letter are verbs, what stands between single quotes is itself.
fn formatdate(call: &Call) -> Outcome {
    let spec = call.text(0)?;
    let moment = moment(call, 1)?;
    let mut text = String::new();
    let mut rest: &str = &spec;
    while let Some(first) = rest.chars().next() {
        if first == '\'' {
            let (quoted, after) = unquote(rest).ok_or_else(|| call.fail("unterminated literal '"))?;
            text.push_str(&quoted);
            rest = after;
            continue;
        }
        let length = rest.find(|character| character != first).unwrap_or(rest.len());
        let (run, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
        if first.is_ascii_alphabetic() {
            text.push_str(&verb(run, &moment).ok_or_else(|| call.fail(format!("invalid date format verb {run:?}")))?);
        } else {
            text.push_str(run);
        }
        rest = after;
    }
    call.string(text)
}

/// The text of a literal at the start; two quotes inside stand for one.
fn unquote(text: &str) -> Option<(String, &str)> {
    let mut quoted = String::new();
    let mut rest = text.get(1..)?;
    loop {
        let end = rest.find('\'')?;
        quoted.push_str(rest.get(..end)?);
        rest = rest.get(end + 1..)?;
        match rest.strip_prefix('\'') {
            Some(after) => {
                quoted.push('\'');
                rest = after;
            }
            None => return Some((quoted, rest)),
        }
    }
}

fn verb(run: &str, moment: &Moment) -> Option<String> {
    let shown = match run {
        "YYYY" => "%Y",
        // jiff's `%y` is for the years from 1969 to 2068.
        "YY" => return Some(format!("{:02}", moment.clock.year() % 100)),
        "MMMM" => "%B",
        "MMM" => "%b",
        "MM" => "%m",
        "M" => "%-m",
        "DD" => "%d",
        "D" => "%-d",
        "EEEE" => "%A",
        "EEE" => "%a",
        "hh" => "%H",
        "h" => "%-H",
        "HH" => "%I",
        "H" => "%-I",
        "AA" => "%p",
        "aa" => "%P",
        "mm" => "%M",
        "m" => "%-M",
        "ss" => "%S",
        "s" => "%-S",
        "ZZZ" if moment.ahead == 0 => return Some("UTC".to_owned()),
        "Z" if moment.ahead == 0 => return Some("Z".to_owned()),
        "Z" | "ZZZZZ" => return Some(moment.zone(":")),
        "ZZZ" | "ZZZZ" => return Some(moment.zone("")),
        _ => return None,
    };
    Some(moment.clock.strftime(shown).to_string())
}
