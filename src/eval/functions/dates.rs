//! Timestamps.
//!
//! <https://developer.hashicorp.com/terraform/language/functions/formatdate> and its neighbours.

use super::{Call, Function, Outcome, function};
use crate::eval::number::Number;

pub const TABLE: &[Function] =
    &[function("formatdate", 2, 2, formatdate), function("timeadd", 2, 2, timeadd), function("timecmp", 2, 2, timecmp)];

/// A moment, and the clock it was written by.
#[derive(Clone, Copy)]
struct Moment {
    /// Nanoseconds since 1970 in UTC.
    instant: i128,
    /// Seconds that the clock is ahead of UTC.
    ahead: i64,
    utc: bool,
}

const SECOND: i128 = 1_000_000_000;
const DAY: i64 = 86_400;

const MONTHS: [&str; 12] =
    ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
const WEEKDAYS: [&str; 7] = ["Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"];

struct Clock {
    year: i64,
    month: i64,
    day: i64,
    weekday: &'static str,
    hour: i64,
    minute: i64,
    second: i64,
}

impl Moment {
    /// RFC 3339.
    fn parse(text: &str) -> Option<Moment> {
        let mut rest = text;
        let year = take(&mut rest, 4, "-")?;
        let month = take(&mut rest, 2, "-")?;
        let day = take(&mut rest, 2, "T")?;
        let hour = take(&mut rest, 2, ":")?;
        let minute = take(&mut rest, 2, ":")?;
        let second = take(&mut rest, 2, "")?;
        let valid = (1..=12).contains(&month) && (1..=days_in(year, month)).contains(&day) && hour < 24 && minute < 60 && second < 60;
        let nanoseconds = fraction(&mut rest)?;
        let (ahead, utc) = if rest == "Z" { (0, true) } else { (offset(rest)?, false) };
        let seconds = days_from_civil(year, month, day) * DAY + hour * 3600 + minute * 60 + second - ahead;
        valid.then_some(Moment { instant: i128::from(seconds) * SECOND + nanoseconds, ahead, utc })
    }

    fn clock(&self) -> Option<Clock> {
        let seconds = i64::try_from(self.instant.div_euclid(SECOND)).ok()?.checked_add(self.ahead)?;
        let (days, time) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
        let (year, month, day) = civil_from_days(days);
        let weekday = usize::try_from(days.rem_euclid(7)).ok().and_then(|day| WEEKDAYS.get(day)).copied().unwrap_or_default();
        Some(Clock { year, month, day, weekday, hour: time / 3600, minute: time / 60 % 60, second: time % 60 })
    }

    fn zone(&self, colon: &str) -> String {
        let (sign, minutes) = (if self.ahead < 0 { '-' } else { '+' }, self.ahead.abs() / 60);
        format!("{sign}{:02}{colon}{:02}", minutes / 60, minutes % 60)
    }
}

fn take(rest: &mut &str, length: usize, after: &str) -> Option<i64> {
    let (digits, remaining) = rest.split_at_checked(length)?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    *rest = remaining.strip_prefix(after)?;
    digits.parse().ok()
}

fn fraction(rest: &mut &str) -> Option<i128> {
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
    (rest.is_empty() && hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Howard Hinnant's algorithms for the proleptic Gregorian calendar: years begin in March, so that the odd day comes last.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, day_of_year - (153 * shifted + 2) / 5 + 1)
}

fn moment(call: &Call, index: usize) -> Outcome<Moment> {
    let text = call.text(index)?;
    Moment::parse(&text).ok_or_else(|| call.fail(format!("not a valid RFC3339 timestamp: {text:?}")))
}

fn timecmp(call: &Call) -> Outcome {
    let order = moment(call, 0)?.instant.cmp(&moment(call, 1)?.instant);
    call.give_number(Some(Number::whole(order as i128)))
}

fn timeadd(call: &Call) -> Outcome {
    let moment = moment(call, 0)?;
    let duration = call.text(1)?;
    let invalid = || call.fail(format!("invalid duration {duration:?}"));
    let length = parse_duration(&duration).ok_or_else(invalid)?;
    let moved = Moment { instant: moment.instant.checked_add(length).ok_or_else(invalid)?, ..moment };
    let clock = moved.clock().ok_or_else(invalid)?;
    let zone = if moved.ahead == 0 { "Z".to_owned() } else { moved.zone(":") };
    let Clock { year, month, day, hour, minute, second, .. } = clock;
    call.string(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{zone}"))
}

/// Go's `time.ParseDuration`: `-1h30m`, `1.5h`, `100ms`. In nanoseconds, of which 64 bits are the most.
fn parse_duration(text: &str) -> Option<i128> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
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
    i64::try_from(total).ok().map(i128::from)
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
    let clock = moment.clock().ok_or_else(|| call.fail("not a valid timestamp"))?;
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
            text.push_str(&verb(run, &moment, &clock).ok_or_else(|| call.fail(format!("invalid date format verb {run:?}")))?);
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

fn verb(run: &str, moment: &Moment, clock: &Clock) -> Option<String> {
    let month = usize::try_from(clock.month - 1).ok().and_then(|month| MONTHS.get(month)).copied().unwrap_or_default();
    let hour12 = if clock.hour % 12 == 0 { 12 } else { clock.hour % 12 };
    let half = if clock.hour < 12 { "am" } else { "pm" };
    Some(match run {
        "YYYY" => format!("{:04}", clock.year),
        "YY" => format!("{:02}", clock.year % 100),
        "MMMM" => month.to_owned(),
        "MMM" => month.chars().take(3).collect(),
        "MM" => format!("{:02}", clock.month),
        "M" => clock.month.to_string(),
        "DD" => format!("{:02}", clock.day),
        "D" => clock.day.to_string(),
        "EEEE" => clock.weekday.to_owned(),
        "EEE" => clock.weekday.chars().take(3).collect(),
        "hh" => format!("{:02}", clock.hour),
        "h" => clock.hour.to_string(),
        "HH" => format!("{hour12:02}"),
        "H" => hour12.to_string(),
        "AA" => half.to_uppercase(),
        "aa" => half.to_owned(),
        "mm" => format!("{:02}", clock.minute),
        "m" => clock.minute.to_string(),
        "ss" => format!("{:02}", clock.second),
        "s" => clock.second.to_string(),
        "ZZZZZ" => moment.zone(":"),
        "ZZZZ" => moment.zone(""),
        "ZZZ" if moment.utc || moment.ahead == 0 => "UTC".to_owned(),
        "ZZZ" => moment.zone(""),
        "Z" if moment.utc || moment.ahead == 0 => "Z".to_owned(),
        "Z" => moment.zone(":"),
        _ => return None,
    })
}
