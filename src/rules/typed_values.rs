//! Values of operators that compare more than text: numbers, dates, booleans, addresses.
//!
//! Source: IAM User Guide, "IAM JSON policy elements: Condition operators".

use std::net::{IpAddr, Ipv4Addr};

use crate::policy::Item;
use crate::policy::condition::Base;

/// Why the value is none of the operator's type, so that no request has it; nothing if it may be one.
pub fn why_none(base: Base, value: &Item) -> Option<&'static str> {
    let text = value.pattern.as_exact().filter(|text| !text.contains("${"))?;
    match base {
        Base::Bool => (!["true", "false"].iter().any(|known| text.eq_ignore_ascii_case(known))).then_some("is neither `true` nor `false`"),
        Base::NumericEquals
        | Base::NumericNotEquals
        | Base::NumericLessThan
        | Base::NumericLessThanEquals
        | Base::NumericGreaterThan
        | Base::NumericGreaterThanEquals => text.trim().parse::<f64>().is_err().then_some("is no number"),
        Base::DateEquals
        | Base::DateNotEquals
        | Base::DateLessThan
        | Base::DateLessThanEquals
        | Base::DateGreaterThan
        | Base::DateGreaterThanEquals => (!is_date(text)).then_some("is no date such as `2026-01-31T00:00:00Z`"),
        Base::IpAddress | Base::NotIpAddress => network(text).is_none().then_some("is no address and no range such as `203.0.113.0/24`"),
        _ => None,
    }
}

/// `2026`, `2026-01`, `2026-01-31`, with a time after `T`, or seconds since 1970.
fn is_date(text: &str) -> bool {
    let text = text.trim();
    let (date, time) = text.split_once(['T', 't']).map_or((text, None), |(date, time)| (date, Some(time)));
    let mut parts = date.split('-');
    let digits = |part: &str, count: usize| part.len() == count && part.bytes().all(|byte| byte.is_ascii_digit());
    let in_range = |part: &str, most: u32| digits(part, 2) && part.parse::<u32>().is_ok_and(|number| (1..=most).contains(&number));
    let epoch = time.is_none() && !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let year = parts.next().is_some_and(|year| digits(year, 4));
    let rest = parts.next().is_none_or(|month| in_range(month, 12)) && parts.next().is_none_or(|day| in_range(day, 31));
    let time = time.is_none_or(|time| time.starts_with(|character: char| character.is_ascii_digit()) && time.contains(':'));
    epoch || year && rest && parts.next().is_none() && time
}

/// An address and the length of its prefix.
fn network(text: &str) -> Option<(IpAddr, u8)> {
    let (address, prefix) = text.trim().split_once('/').map_or((text.trim(), None), |(address, prefix)| (address, Some(prefix)));
    let address: IpAddr = address.parse().ok()?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let prefix = prefix.map_or(Some(most), |prefix| prefix.parse::<u8>().ok())?;
    (prefix <= most).then_some((address, prefix))
}

/// Whether a range lies in one of RFC 1918.
pub fn is_private(text: &str) -> bool {
    let ranges = [(Ipv4Addr::new(10, 0, 0, 0), 8), (Ipv4Addr::new(172, 16, 0, 0), 12), (Ipv4Addr::new(192, 168, 0, 0), 16)];
    let Some((IpAddr::V4(address), prefix)) = network(text) else { return false };
    ranges.iter().any(|(start, length)| prefix >= *length && u32::from(address) >> (32 - length) == u32::from(*start) >> (32 - length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_iso_8601_or_seconds() {
        for text in ["2026", "2026-01", "2026-01-31", "2026-01-31T00:00:00Z", "2026-01-31T00:00+01:00", "1768000000"] {
            assert!(is_date(text), "{text}");
        }
        for text in ["", "31.01.2026", "2026-13-01", "2026-1-1", "2026-01-31T", "tomorrow", "2026-01-31-01"] {
            assert!(!is_date(text), "{text}");
        }
    }

    #[test]
    fn addresses_and_ranges() {
        for text in ["203.0.113.7", "203.0.113.0/24", "0.0.0.0/0", "2001:db8::/32", "::1"] {
            assert!(network(text).is_some(), "{text}");
        }
        for text in ["", "203.0.113.*", "203.0.113.0/33", "203.0.113", "vpc-1", "203.0.113.0/x"] {
            assert!(network(text).is_none(), "{text}");
        }
        for text in ["10.1.0.0/16", "172.31.0.1", "192.168.0.0/16"] {
            assert!(is_private(text), "{text}");
        }
        for text in ["10.0.0.0/7", "172.32.0.0/16", "8.8.8.8", "fd00::/8", "x"] {
            assert!(!is_private(text), "{text}");
        }
    }
}
