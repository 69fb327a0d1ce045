//! Values of operators that compare more than text: numbers, dates, booleans, addresses.
//!
//! Source: IAM User Guide, "IAM JSON policy elements: Condition operators".

use std::net::{Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use crate::network;
use crate::policy::condition::{Base, Family, Operator};
use crate::policy::{Condition, Item};

/// Why the value is none of the operator's type, so that no request has it; nothing if it may be one.
pub fn why_none(condition: &Condition, value: &Item) -> Option<&'static str> {
    let reason = match condition.operator.family() {
        Family::Number(_) => "is not a number",
        Family::Date(_) => "is not a date such as `2026-01-31T00:00:00Z`",
        Family::Bool => "is neither `true` nor `false`",
        Family::Address => "is neither an address nor a range such as `203.0.113.0/24`",
        Family::Text(_) | Family::Arn | Family::Binary | Family::Null | Family::Unknown => return None,
    };
    // Whoever writes a variable there is told by AWS.
    let written = value.pattern.as_exact().is_some_and(|text| !text.contains("${"));
    let operator = Operator { set: None, base: positive(condition.operator.base), if_exists: false };
    // Field by field: the whole condition may have thousands of values, each of which comes here.
    let alone = Condition {
        operator,
        operator_place: condition.operator_place.clone(),
        key: condition.key.clone(),
        key_place: condition.key_place.clone(),
        values: vec![value.clone()],
        gap: None,
        secret: None,
    };
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

/// Ranges whose addresses are never seen from outside: RFC 1918, the host itself (RFC 1122), link-local ones (RFC 3927), and the same of
/// IPv6: the host itself and link-local ones (RFC 4291), unique local ones (RFC 4193).
const PRIVATE: [IpNet; 8] = [
    v4(Ipv4Addr::new(10, 0, 0, 0), 8),
    v4(Ipv4Addr::new(127, 0, 0, 0), 8),
    v4(Ipv4Addr::new(169, 254, 0, 0), 16),
    v4(Ipv4Addr::new(172, 16, 0, 0), 12),
    v4(Ipv4Addr::new(192, 168, 0, 0), 16),
    v6(Ipv6Addr::LOCALHOST, 128),
    v6(Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7),
    v6(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10),
];

const fn v4(address: Ipv4Addr, prefix: u8) -> IpNet {
    IpNet::V4(Ipv4Net::new_assert(address, prefix))
}

const fn v6(address: Ipv6Addr, prefix: u8) -> IpNet {
    IpNet::V6(Ipv6Net::new_assert(address, prefix))
}

/// Whether a range lies in one that is never the source of a request over the internet.
pub fn is_private(text: &str) -> bool {
    network::of_condition(text).is_some_and(|range| PRIVATE.iter().any(|private| private.contains(&range)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_ranges() {
        for text in ["10.1.0.0/16", "172.31.0.1", "192.168.0.0/16", "127.0.0.1", "169.254.169.254/32", "fd00::/8", "fe80::1", "::1"] {
            assert!(is_private(text), "{text}");
        }
        for text in ["10.0.0.0/7", "172.32.0.0/16", "8.8.8.8", "2001:db8::/32", "::/0", "fc00::/6", "10.0.0.0/x", "x"] {
            assert!(!is_private(text), "{text}");
        }
    }
}
