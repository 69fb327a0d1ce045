//! Values that are more than text: numbers, dates, addresses, booleans and bytes.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::network::{self, bits};
use crate::policy::condition::Family;
use crate::policy::pattern::Pattern;
use crate::truth::Truth;

/// Whether a request's `value` stands to the policy's as the operator asks. None where one of them is not of its type.
pub(super) fn matches(family: Family, pattern: &Pattern, value: &str) -> Option<Truth> {
    let Some(asked) = pattern.as_exact() else { return Some(Truth::Unknown) };
    match family {
        Family::Number(orders) => compare(number(asked)?, number(value)?, orders),
        Family::Date(orders) => compare(date(asked)?, date(value)?, orders),
        Family::Bool => Some((boolean(asked)? == boolean(value)?).into()),
        // "compares the value of the specified key byte for byte against a base-64 encoded representation".
        Family::Binary => Some((asked.trim_end_matches('=') == value.trim_end_matches('=')).into()),
        Family::Address => Some(network::of_condition(asked)?.contains(&value.parse::<IpAddr>().ok()?).into()),
        Family::Text(_) | Family::Arn | Family::Null | Family::Unknown => Some(Truth::Unknown),
    }
}

/// A number or a date as an integer of some small unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scalar {
    Known(i128),
    /// It is one, but it can be read in two ways, or is finer than the unit.
    Unclear,
}

fn compare(asked: Scalar, value: Scalar, orders: &[std::cmp::Ordering]) -> Option<Truth> {
    match (asked, value) {
        (Scalar::Known(asked), Scalar::Known(value)) => Some(orders.contains(&value.cmp(&asked)).into()),
        _ => Some(Truth::Unknown),
    }
}

/// "AWS condition types: Boolean" in lower case; other cases are taken as well, since JSON policies are written with them.
pub(super) fn boolean(text: &str) -> Option<bool> {
    [("true", true), ("false", false)].into_iter().find(|(name, _)| text.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// One, in units of `number`.
const ONE: i128 = 1_000_000_000_000_000_000;

/// "Compares against an integer or decimal value", in units of 10⁻¹⁸.
pub(super) fn number(text: &str) -> Option<Scalar> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() && part.is_empty() || !are_digits(whole) || !are_digits(part) {
        return None;
    }
    let (whole, part) = (whole.trim_start_matches('0'), part.trim_end_matches('0'));
    if whole.len() > 19 || part.len() > 18 {
        return Some(Scalar::Unclear);
    }
    let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let part: i128 = format!("{part:0<18}").parse().ok()?;
    let value = whole * ONE + part;
    Some(Scalar::Known(if negative { -value } else { value }))
}

pub(super) fn number_text(value: i128) -> String {
    let (sign, value) = (if value < 0 { "-" } else { "" }, value.unsigned_abs());
    let one = ONE.unsigned_abs();
    let part = format!("{:018}", value % one);
    let part = part.trim_end_matches('0');
    let point = if part.is_empty() { "" } else { "." };
    format!("{sign}{}{point}{part}", value / one)
}

const NANOS: i128 = 1_000_000_000;
const DAY: i128 = 86_400 * NANOS;

/// "One of the W3C implementations of the ISO 8601 date formats or in epoch (UNIX) time", in nanoseconds since 1970.
///
/// Four digits are a year as well as a number of seconds.
pub(super) fn date(text: &str) -> Option<Scalar> {
    let bytes = text.as_bytes();
    let is_epoch = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_epoch(text) {
        let unclear = bytes.len() == 4 || bytes.len() > 15;
        return Some(if unclear { Scalar::Unclear } else { Scalar::Known(text.parse::<i128>().ok()? * NANOS) });
    }
    let field = |from: usize, length: usize| -> Option<i128> {
        let digits = text.get(from..from + length).filter(|digits| is_epoch(digits))?;
        digits.parse().ok()
    };
    let separator = |at: usize, expected: u8| bytes.get(at) == Some(&expected);
    if !separator(4, b'-') {
        return None;
    }
    let (year, month) = (field(0, 4)?, field(5, 2)?);
    let day = if text.len() == 7 { 1 } else { field(8, 2).filter(|_| separator(7, b'-'))? };
    if !(1..=12).contains(&month) || !(1..=days_of_month(year, month)).contains(&day) {
        return None;
    }
    let midnight = days_before(year, month, day) * DAY;
    if text.len() <= 10 {
        return Some(Scalar::Known(midnight));
    }
    if !separator(10, b'T') || !separator(13, b':') {
        return None;
    }
    let (hour, minute) = (field(11, 2).filter(|hour| *hour < 24)?, field(14, 2).filter(|minute| *minute < 60)?);
    let (second, rest) = if separator(16, b':') { (field(17, 2).filter(|second| *second < 60)?, 19) } else { (0, 16) };
    let rest = text.get(rest..)?;
    let (fraction, zone) = match rest.strip_prefix('.') {
        Some(after) => after.split_at(after.bytes().take_while(u8::is_ascii_digit).count()),
        None => ("", rest),
    };
    if rest.starts_with('.') && fraction.is_empty() || fraction.len() > 9 {
        return if fraction.is_empty() { None } else { Some(Scalar::Unclear) };
    }
    let nanos: i128 = format!("{fraction:0<9}").parse().ok()?;
    let seconds = hour * 3600 + minute * 60 + second - offset(zone)?;
    Some(Scalar::Known(midnight + seconds * NANOS + nanos))
}

/// `Z`, `+hh:mm` or `-hh:mm` in seconds. Without one nobody says where it is.
fn offset(zone: &str) -> Option<i128> {
    if zone == "Z" {
        return Some(0);
    }
    let sign = match zone.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, minutes) = zone.get(1..)?.split_once(':')?;
    let two = |text: &str, below: i128| text.parse().ok().filter(|value| text.len() == 2 && (0..below).contains(value));
    Some(sign * (two(hours, 24)? * 3600 + two(minutes, 60)? * 60))
}

fn is_leap(year: i128) -> bool {
    year % 4 == 0 && year % 100 != 0 || year % 400 == 0
}

fn days_of_month(year: i128, month: i128) -> i128 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// From 1970-01-01 to this day of the Gregorian calendar.
fn days_before(year: i128, month: i128, day: i128) -> i128 {
    let leaps = |year: i128| year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let before_year = (year - 1970) * 365 + leaps(year - 1) - leaps(1969);
    let before_month: i128 = (1..month).map(|month| days_of_month(year, month)).sum();
    before_year + before_month + day - 1
}

pub(super) fn date_text(nanos: i128) -> Option<String> {
    let (days, rest) = (nanos.div_euclid(DAY), nanos.rem_euclid(DAY));
    // 400 years have 146,097 days; the guess is not too late.
    let mut year = 1969 + (days * 400).div_euclid(146_097);
    while days_before(year + 1, 1, 1) <= days {
        year += 1;
    }
    let month = (1..=12).rev().find(|month| days_before(year, *month, 1) <= days)?;
    let day = days - days_before(year, month, 1) + 1;
    if !(0..=9999).contains(&year) {
        return None;
    }
    let (second, fraction) = (rest / NANOS, rest % NANOS);
    let fraction = if fraction == 0 { String::new() } else { format!(".{fraction:09}") };
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    Some(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}Z"))
}

/// The first and the last address of a network, and those next to them.
fn edges(network: IpNet) -> Vec<IpAddr> {
    let (first, last) = (bits(network.network()), bits(network.broadcast()));
    let all = [Some(first), Some(last), first.checked_sub(1), last.checked_add(1)];
    all.into_iter().flatten().filter_map(|bits| network::like(network.addr(), bits)).collect()
}

/// Values of requests between which the answer of an operator with this value changes: the value itself, and its neighbours on
/// either side, the plain ones first. With those of all of a key's values every answer that there is comes up.
pub(in crate::policy) fn points(family: Family, asked: &str) -> Vec<String> {
    match family {
        Family::Number(_) => around(number(asked), &[0, ONE, -ONE, 1, -1]).into_iter().map(number_text).collect(),
        Family::Date(_) => around(date(asked), &[0, NANOS, -NANOS, 1, -1]).into_iter().filter_map(date_text).collect(),
        Family::Bool => ["true", "false"].map(str::to_owned).into(),
        Family::Binary => vec![asked.to_owned(), format!("AA{asked}")],
        Family::Address => network::of_condition(asked).into_iter().flat_map(edges).map(|address| address.to_string()).collect(),
        Family::Text(_) | Family::Arn | Family::Null | Family::Unknown => Vec::new(),
    }
}

/// Some values of the type, whatever a policy asks for: for values that ask for nothing, and for addresses of both families.
pub(in crate::policy) fn somewhere(family: Family) -> impl Iterator<Item = &'static str> {
    let values: &[&str] = match family {
        Family::Number(_) => &["0"],
        Family::Date(_) => &["2020-04-01T00:00:00Z"],
        Family::Bool => &["true", "false"],
        Family::Binary => &["QmluYXJ5"],
        Family::Address => &["198.51.100.7", "2001:db8::7"],
        Family::Text(_) | Family::Arn | Family::Null | Family::Unknown => &[],
    };
    values.iter().copied()
}

fn around(scalar: Option<Scalar>, steps: &[i128]) -> Vec<i128> {
    match scalar {
        Some(Scalar::Known(value)) => steps.iter().filter_map(|step| value.checked_add(*step)).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_exact() {
        let known = |text: &str| match number(text) {
            Some(Scalar::Known(value)) => number_text(value),
            other => format!("{other:?}"),
        };
        assert_eq!(["5.0", "-0.50", "+7", "007", ".5"].map(known), ["5", "-0.5", "7", "7", "0.5"]);
        assert_eq!(number("9007199254740993"), Some(Scalar::Known(9_007_199_254_740_993 * ONE)));
        assert_eq!(number("123456789012345678901"), Some(Scalar::Unclear));
        assert!(["", "-", ".", "1e3", "1,000", "0x1", " 1", "1.2.3", "é"].iter().all(|text| number(text).is_none()));
    }

    #[test]
    fn dates_in_the_forms_of_w3c() {
        let text = |text: &str| match date(text) {
            Some(Scalar::Known(nanos)) => date_text(nanos).unwrap(),
            other => format!("{other:?}"),
        };
        assert_eq!(text("2020-02"), "2020-02-01T00:00:00Z");
        assert_eq!(text("2020-02-29"), "2020-02-29T00:00:00Z");
        assert_eq!(text("2020-04-01T00:00Z"), "2020-04-01T00:00:00Z");
        assert_eq!(text("2020-04-01T01:30:00+02:00"), "2020-03-31T23:30:00Z");
        assert_eq!(text("1969-12-31T23:59:59.5Z"), "1969-12-31T23:59:59.500000000Z");
        assert_eq!(text("1585699200"), "2020-04-01T00:00:00Z");
        assert_eq!(text("2020"), "Some(Unclear)");
        for none in [
            "",
            "2020-13",
            "2019-02-29",
            "2020-1-1",
            "2020-04-01T00:00",
            "2020-04-01T24:00Z",
            "2020-04-01 00:00Z",
            "2020-04-01T00:00:00.Z",
            "tomorrow",
            "éééé-01",
        ] {
            assert_eq!(text(none), "None", "{none}");
        }
        for day in [-719_162, -1, 0, 59, 11_016, 18_321, 2_932_896] {
            let midnight = i128::from(day) * DAY;
            assert_eq!(date(&date_text(midnight).unwrap()), Some(Scalar::Known(midnight)));
        }
    }

    #[test]
    fn networks_have_edges() {
        let shown = |text: &str| edges(network::of_condition(text).unwrap()).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(shown("10.1.2.3/8"), ["10.0.0.0", "10.255.255.255", "9.255.255.255", "11.0.0.0"]);
        assert_eq!(shown("::/0").len(), 2);
    }
}
