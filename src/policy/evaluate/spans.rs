//! Numbers, dates, addresses and booleans as spans of a line, so that what many values come to is found by sorting them.

use std::cmp::Ordering::{Equal, Greater, Less};
use std::net::{Ipv4Addr, Ipv6Addr};

use super::typed::{self, Scalar};
use crate::network;
use crate::policy::condition::Family;
use crate::policy::document::Condition;

/// Values of requests from `first` to `last`, both in it. Addresses of the two families are on two lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Span {
    line: u8,
    first: i128,
    last: i128,
}

/// Spans that neither overlap nor touch, ascending.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Spans(Vec<Span>);

/// The values that pass a condition.
#[derive(Clone, Debug)]
pub(in crate::policy) struct Passed {
    family: Family,
    /// Whatever the values are that source does not give, or that can be read in two ways.
    certain: Spans,
    /// For some of them.
    possible: Spans,
}

impl Passed {
    /// None for a condition on what has no order.
    pub(in crate::policy) fn by(condition: &Condition) -> Option<Passed> {
        let family = condition.operator.family();
        let whole = Spans(whole(family)?);
        let negated = condition.operator.is_negated();
        let mut listed = Vec::new();
        let mut unclear = condition.gap.is_some();
        for value in &condition.values {
            match value.pattern.as_exact().map(|text| span_of(family, text)) {
                Some(Listed::Span(span)) => listed.push(span),
                // What is not of the type matches nothing; whether a negated operator is true then nobody says.
                Some(Listed::Nothing) => unclear |= negated,
                Some(Listed::Unclear) | None => unclear = true,
            }
        }
        let certain = Spans::of(listed).within(&whole);
        let possible = if unclear { whole.clone() } else { certain.clone() };
        Some(match negated {
            false => Passed { family, certain, possible },
            true => Passed { family, certain: possible.others(&whole), possible: certain.others(&whole) },
        })
    }

    /// What passes both; None where they are about different types.
    pub(in crate::policy) fn and(&self, other: &Passed) -> Option<Passed> {
        let same = std::mem::discriminant(&self.family) == std::mem::discriminant(&other.family);
        let passed = || Passed {
            family: self.family,
            certain: self.certain.within(&other.certain),
            possible: self.possible.within(&other.possible),
        };
        same.then(passed)
    }

    /// A value that passes, if there certainly is one.
    pub(in crate::policy) fn example(&self) -> Option<String> {
        let texts = |span: &Span| text_of(self.family, span.line, span.first).or_else(|| text_of(self.family, span.line, span.last));
        self.certain.0.iter().find_map(texts)
    }

    /// Whether nothing can pass.
    pub(in crate::policy) fn is_nothing(&self) -> bool {
        self.possible.0.is_empty()
    }

    /// Whether all that can pass does, and that is everything.
    pub(in crate::policy) fn is_everything(&self) -> bool {
        whole(self.family).is_some_and(|whole| self.certain.0 == whole)
    }

    /// Whether what can pass is not everything.
    pub(in crate::policy) fn is_limited(&self) -> bool {
        whole(self.family).is_some_and(|whole| self.possible.0 != whole)
    }
}

/// What a value of a policy lists.
enum Listed {
    Span(Span),
    Nothing,
    Unclear,
}

/// More than the largest number that `typed` reads.
const FAR: i128 = 20_000_000_000_000_000_000_000_000_000_000_000_000;

/// All values of the type.
fn whole(family: Family) -> Option<Vec<Span>> {
    let span = |line, first, last| Span { line, first, last };
    Some(match family {
        Family::Number(_) | Family::Date(_) => vec![span(0, -FAR, FAR)],
        Family::Bool => vec![span(0, 0, 1)],
        Family::Address => vec![span(0, 0, i128::from(u32::MAX)), span(1, i128::MIN, i128::MAX)],
        Family::Binary | Family::Text(_) | Family::Arn | Family::Null | Family::Unknown => return None,
    })
}

fn span_of(family: Family, text: &str) -> Listed {
    let (scalar, orders) = match family {
        Family::Number(orders) => (typed::number(text), orders),
        Family::Date(orders) => (typed::date(text), orders),
        Family::Bool => (typed::boolean(text).map(|value| Scalar::Known(value.into())), &[Equal] as &[_]),
        _ => {
            return network::of_condition(text).map_or(Listed::Nothing, |network| {
                let line = if network.addr().is_ipv4() { 0 } else { 1 };
                let [first, last] = [network.network(), network.broadcast()].map(|address| on_line(line, network::bits(address)));
                Listed::Span(Span { line, first, last })
            });
        }
    };
    let value = match scalar {
        None => return Listed::Nothing,
        Some(Scalar::Unclear) => return Listed::Unclear,
        Some(Scalar::Known(value)) => value,
    };
    let equal = orders.contains(&Equal);
    Listed::Span(match (orders.contains(&Less), orders.contains(&Greater)) {
        (true, _) => Span { line: 0, first: -FAR, last: if equal { value } else { value - 1 } },
        (_, true) => Span { line: 0, first: if equal { value } else { value + 1 }, last: FAR },
        _ => Span { line: 0, first: value, last: value },
    })
}

/// Keeps the order: the lowest address of IPv6 is the lowest number.
fn on_line(line: u8, bits: u128) -> i128 {
    if line == 0 { i128::try_from(bits).unwrap_or(i128::MAX) } else { i128::from_be_bytes((bits ^ (1 << 127)).to_be_bytes()) }
}

fn text_of(family: Family, line: u8, value: i128) -> Option<String> {
    match family {
        Family::Number(_) => Some(typed::number_text(value)),
        Family::Date(_) => typed::date_text(value),
        Family::Bool => Some((value == 1).to_string()),
        Family::Address if line == 0 => Some(Ipv4Addr::from_bits(u32::try_from(value).ok()?).to_string()),
        Family::Address => Some(Ipv6Addr::from_bits(u128::from_be_bytes(value.to_be_bytes()) ^ (1 << 127)).to_string()),
        _ => None,
    }
}

impl Spans {
    fn of(mut spans: Vec<Span>) -> Spans {
        spans.sort_unstable();
        let mut joined: Vec<Span> = Vec::new();
        for span in spans {
            match joined.last_mut() {
                Some(before) if before.line == span.line && span.first <= before.last.saturating_add(1) => {
                    before.last = before.last.max(span.last);
                }
                _ => joined.push(span),
            }
        }
        Spans(joined)
    }

    /// What both have.
    fn within(&self, other: &Spans) -> Spans {
        let (mut common, mut ones, mut others) = (Vec::new(), self.0.iter().peekable(), other.0.iter().peekable());
        while let (Some(one), Some(two)) = (ones.peek(), others.peek()) {
            let (first, last) = (one.first.max(two.first), one.last.min(two.last));
            if one.line == two.line && first <= last {
                common.push(Span { line: one.line, first, last });
            }
            if (one.line, one.last) <= (two.line, two.last) {
                ones.next()
            } else {
                others.next()
            };
        }
        Spans(common)
    }

    /// What of `whole` they have not.
    fn others(&self, whole: &Spans) -> Spans {
        let mut left = Vec::new();
        let mut spans = self.0.iter().peekable();
        for all in &whole.0 {
            let mut from = Some(all.first);
            while let Some(span) = spans.next_if(|span| span.line == all.line) {
                let Some(first) = from else { continue };
                if first < span.first {
                    left.push(Span { line: all.line, first, last: span.first - 1 });
                }
                from = span.last.checked_add(1).filter(|next| *next <= all.last);
            }
            left.extend(from.map(|first| Span { line: all.line, first, last: all.last }));
        }
        Spans(left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::evaluate::tests::condition;

    fn passed(operator: &str, values: &[&str]) -> Passed {
        Passed::by(&condition(operator, "k", values)).unwrap()
    }

    #[test]
    fn blocks_that_meet_are_one() {
        let halves = passed("IpAddress", &["128.0.0.0/1", "0.0.0.0/1", "10.0.0.0/8", "8000::/1", "::/1"]);
        assert!(halves.is_everything() && !halves.is_limited());
        assert!(passed("NotIpAddress", &["::/0", "0.0.0.0/0"]).is_nothing());
        let gap = passed("IpAddress", &["128.0.0.0/1", "0.0.0.0/1", "8000::/1", "::/2"]);
        assert!(!gap.is_everything() && gap.is_limited());
        assert_eq!(passed("NotIpAddress", &["::/2", "8000::/1", "0.0.0.0/0"]).example().unwrap(), "4000::");
        assert_eq!(passed("NotIpAddress", &["0.0.0.0/1", "128.0.0.0/2"]).example().unwrap(), "192.0.0.0");
    }

    #[test]
    fn what_two_conditions_leave() {
        let both = |one: (&str, &[&str]), other: (&str, &[&str])| passed(one.0, one.1).and(&passed(other.0, other.1)).unwrap();
        assert!(both(("NumericLessThan", &["3", "5"]), ("NumericGreaterThanEquals", &["5"])).is_nothing());
        assert_eq!(both(("NumericLessThanEquals", &["3", "5"]), ("NumericGreaterThanEquals", &["5"])).example().unwrap(), "5");
        assert!(both(("NumericEquals", &["1", "2"]), ("NumericNotEquals", &["2.0", "1"])).is_nothing());
        assert!(both(("Bool", &["TRUE"]), ("Bool", &["false"])).is_nothing());
        assert!(passed("NumericLessThan", &["5"]).and(&passed("Bool", &["true"])).is_none());
        let unclear = both(("DateLessThan", &["2020"]), ("DateGreaterThan", &["2026-01-01"]));
        assert!(unclear.example().is_none() && !unclear.is_nothing());
        assert!(passed("NumericNotEquals", &["five"]).is_limited().eq(&false) && !passed("NumericNotEquals", &["five"]).is_everything());
    }
}
