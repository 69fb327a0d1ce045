//! Values of operators that compare more than text: numbers, dates, booleans, addresses.
//!
//! Source: IAM User Guide, "IAM JSON policy elements: Condition operators".

use std::net::{IpAddr, Ipv4Addr};

use crate::policy::condition::{Base, Family, Operator};
use crate::policy::{Condition, Item};

/// Why the value is none of the operator's type, so that no request has it; nothing if it may be one.
pub fn why_none(condition: &Condition, value: &Item) -> Option<&'static str> {
    let reason = match condition.operator.family() {
        Family::Number(_) => "is no number",
        Family::Date(_) => "is no date such as `2026-01-31T00:00:00Z`",
        Family::Bool => "is neither `true` nor `false`",
        Family::Address => "is no address and no range such as `203.0.113.0/24`",
        Family::Text(_) | Family::Arn | Family::Binary | Family::Null | Family::Unknown => return None,
    };
    // Whoever writes a variable there is told by AWS.
    let written = value.pattern.as_exact().is_some_and(|text| !text.contains("${"));
    let operator = Operator { set: None, base: positive(condition.operator.base), if_exists: false };
    let alone = Condition { operator, values: vec![value.clone()], gap: None, ..condition.clone() };
    (written && alone.passing().nothing().certainly()).then_some(reason)
}

/// The operator that is true where a negated one is false.
fn positive(base: Base) -> Base {
    match base {
        Base::NumericNotEquals => Base::NumericEquals,
        Base::DateNotEquals => Base::DateEquals,
        Base::NotIpAddress => Base::IpAddress,
        other => other,
    }
}

/// Whether a range lies in one of RFC 1918.
pub fn is_private(text: &str) -> bool {
    let ranges = [(Ipv4Addr::new(10, 0, 0, 0), 8), (Ipv4Addr::new(172, 16, 0, 0), 12), (Ipv4Addr::new(192, 168, 0, 0), 16)];
    let (address, prefix) = text.split_once('/').unwrap_or((text, "32"));
    let (Ok(IpAddr::V4(address)), Ok(prefix)) = (address.parse(), prefix.parse::<u8>()) else { return false };
    ranges.iter().any(|(start, length)| prefix >= *length && u32::from(address) >> (32 - length) == u32::from(*start) >> (32 - length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_ranges() {
        for text in ["10.1.0.0/16", "172.31.0.1", "192.168.0.0/16"] {
            assert!(is_private(text), "{text}");
        }
        for text in ["10.0.0.0/7", "172.32.0.0/16", "8.8.8.8", "fd00::/8", "x"] {
            assert!(!is_private(text), "{text}");
        }
    }
}
