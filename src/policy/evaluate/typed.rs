//! Values that are more than text: numbers, dates, addresses, booleans and bytes.

use std::net::IpAddr;

use ipnet::IpNet;
use jiff::SignedDuration;
use jiff::civil::{Date, DateTime, Time};

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
const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);

/// "One of the W3C implementations of the ISO 8601 date formats or in epoch (UNIX) time", in nanoseconds since 1970.
///
/// Four digits are a year as well as a number of seconds.
pub(super) fn date(text: &str) -> Option<Scalar> {
    if is_digits(text) {
        let unclear = text.len() == 4 || text.len() > 15;
        return Some(if unclear { Scalar::Unclear } else { Scalar::Known(text.parse::<i128>().ok()? * NANOS) });
    }
    let (day, time) = text.split_once('T').map_or((text, None), |(day, time)| (day, Some(time)));
    let mut parts = day.splitn(3, '-');
    let (year, month) = (digits(parts.next()?, 4)?, digits(parts.next()?, 2)?);
    let day = match parts.next() {
        Some(day) => digits(day, 2)?,
        None if time.is_none() => 1,
        None => return None,
    };
    let day = Date::new(year, month.try_into().ok()?, day.try_into().ok()?).ok()?;
    let Some(time) = time else { return Some(Scalar::Known(since_epoch(day.to_datetime(Time::midnight())))) };
    let (clock, zone) = time.split_at(time.find(['Z', '+', '-'])?);
    let (clock, fraction) = clock.split_once('.').map_or((clock, None), |(clock, fraction)| (clock, Some(fraction)));
    let mut parts = clock.splitn(3, ':');
    let (hour, minute, second) = (digits(parts.next()?, 2)?, digits(parts.next()?, 2)?, parts.next());
    let second = second.map_or(Some(0), |second| digits(second, 2))?;
    let time = Time::new(hour.try_into().ok()?, minute.try_into().ok()?, second.try_into().ok()?, 0).ok()?;
    let offset = offset(zone)?;
    let nanos: i128 = match fraction {
        Some(fraction) if !is_digits(fraction) => return None,
        Some(fraction) if fraction.len() > 9 => return Some(Scalar::Unclear),
        fraction => format!("{:0<9}", fraction.unwrap_or_default()).parse().ok()?,
    };
    Some(Scalar::Known(since_epoch(day.to_datetime(time)) - offset * NANOS + nanos))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn digits(text: &str, length: usize) -> Option<i16> {
    text.parse().ok().filter(|_| text.len() == length && is_digits(text))
}

/// `Z`, `+hh:mm` or `-hh:mm` in seconds. Without one nobody says where it is.
fn offset(zone: &str) -> Option<i128> {
    if zone == "Z" {
        return Some(0);
    }
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let (hours, minutes) = zone.get(1..)?.split_once(':')?;
    let two = |text: &str, below: i16| digits(text, 2).filter(|value| *value < below).map(i128::from);
    Some(sign * (two(hours, 24)? * 3600 + two(minutes, 60)? * 60))
}

fn since_epoch(moment: DateTime) -> i128 {
    moment.duration_since(EPOCH).as_nanos()
}

pub(super) fn date_text(nanos: i128) -> Option<String> {
    let since = SignedDuration::new(i64::try_from(nanos.div_euclid(NANOS)).ok()?, i32::try_from(nanos.rem_euclid(NANOS)).ok()?);
    let moment = EPOCH.checked_add(since).ok().filter(|moment| moment.year() >= 0)?;
    Some(format!("{moment}Z"))
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
        assert_eq!(text("1969-12-31T23:59:59.5Z"), "1969-12-31T23:59:59.5Z");
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
            let midnight = i128::from(day) * 86_400 * NANOS;
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
