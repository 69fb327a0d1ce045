//! Order, search and patterns of names, which AWS compares without regard to case.

use std::cmp::Ordering;

/// Order of two names by their lower-case bytes: the order of the tables.
pub fn order(left: &str, right: &str) -> Ordering {
    order_bytes(left.as_bytes(), right.as_bytes())
}

/// A loop over slices takes half the time of comparing two iterators, and a pattern such as `*:Describe*` comes here ten thousand times.
fn order_bytes(left: &[u8], right: &[u8]) -> Ordering {
    for (left, right) in left.iter().zip(right) {
        let order = left.to_ascii_lowercase().cmp(&right.to_ascii_lowercase());
        if order.is_ne() {
            return order;
        }
    }
    left.len().cmp(&right.len())
}

/// The row of this name in rows that are sorted by [`order`].
pub fn find<T>(rows: &'static [T], name: &str, name_of: fn(&T) -> &'static str) -> Option<&'static T> {
    let at = rows.binary_search_by(|row| order(name_of(row), name)).ok()?;
    rows.get(at)
}

/// The rows whose name matches an IAM pattern (`*` any text, `?` one character), in order.
///
/// The text before the first wildcard is found by binary search, so that only its rows are looked at.
pub fn matching<T>(rows: &'static [T], pattern: &str, name_of: fn(&T) -> &'static str) -> impl Iterator<Item = &'static T> {
    let (literal, rest) = split_literal(pattern);
    let rows = if rest.is_empty() {
        find(rows, literal, name_of).map_or(&[][..], std::slice::from_ref)
    } else {
        starting_with(rows, literal, name_of)
    };
    rows.iter().filter(move |row| match rest {
        "" | "*" => true,
        _ => name_of(row).as_bytes().get(literal.len()..).is_some_and(|tail| glob(rest.as_bytes(), tail)),
    })
}

/// A pattern as the text before its first wildcard, and the rest.
fn split_literal(pattern: &str) -> (&str, &str) {
    let end = pattern.find(['*', '?']).unwrap_or(pattern.len());
    pattern.split_at_checked(end).unwrap_or((pattern, ""))
}

/// The rows whose name starts with this text.
pub fn starting_with<T>(rows: &'static [T], start: &str, name_of: fn(&T) -> &'static str) -> &'static [T] {
    let start = start.as_bytes();
    let compare = |row: &T| {
        let name = name_of(row).as_bytes();
        order_bytes(name.get(..start.len()).unwrap_or(name), start)
    };
    let from = rows.partition_point(|row| compare(row) == Ordering::Less);
    let rows = rows.get(from..).unwrap_or(&[]);
    let count = rows.partition_point(|row| compare(row) == Ordering::Equal);
    rows.get(..count).unwrap_or(&[])
}

/// Whether a name matches an IAM pattern (`*` any text, `?` one character). Case does not count.
pub fn matches(pattern: &str, name: &str) -> bool {
    glob(pattern.as_bytes(), name.as_bytes())
}

/// Whether text matches a pattern of `*` (any bytes) and `?` (one byte; the names are ASCII). Case does not count.
///
/// Linear in space and at worst quadratic in time: on a mismatch only the last star is tried again, one byte later.
pub fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut in_text) = (0, 0);
    let mut retry = None;
    while let Some(byte) = text.get(in_text) {
        match pattern.get(at) {
            Some(b'*') => {
                retry = Some((at + 1, in_text));
                at += 1;
            }
            Some(wanted) if *wanted == b'?' || wanted.eq_ignore_ascii_case(byte) => {
                at += 1;
                in_text += 1;
            }
            _ => {
                let Some((after_star, taken)) = retry else { return false };
                retry = Some((after_star, taken + 1));
                at = after_star;
                in_text = taken + 1;
            }
        }
    }
    pattern.get(at..).is_none_or(|rest| rest.iter().all(|byte| *byte == b'*'))
}
