//! The name that is meant where another one was written.

/// The most letters that may be wrong, however long a name is.
const MOST_SLIPS: usize = 4;

/// How many letters are wrong in `written` if `known` is meant, whatever their case: put in, left out, changed or swapped with a neighbour
/// (optimal string alignment). Nothing if that is more than one in four of the shorter one: the names have nothing to do with each other. So
/// of three letters none may be wrong: `sns` is not meant for `sqs`.
pub fn slips(written: &str, known: &str) -> Option<usize> {
    let (own, length) = (written.chars().count(), known.chars().count());
    let most = (own.min(length) / 4).min(MOST_SLIPS);
    // The difference of lengths is a lower bound and costs nothing to know.
    if own.abs_diff(length) > most {
        return None;
    }
    let slips = strsim::osa_distance(&written.to_lowercase(), &known.to_lowercase());
    (slips <= most).then_some(slips)
}

/// How far a name is from another: the smaller, the better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cost {
    /// Slips, where one piece left out or put in is a single step however long it is: `…RecordNames` is nearer to
    /// `…NormalizedRecordNames` than to `…RecordTypes`.
    pub steps: usize,
    pub edits: usize,
}

impl Cost {
    pub const SAME: Cost = Cost { steps: 0, edits: 0 };
    pub const ONE_STEP: Cost = Cost { steps: 1, edits: 1 };

    pub fn plus(self, other: Cost) -> Cost {
        Cost { steps: self.steps + other.steps, edits: self.edits + other.edits }
    }
}

/// Every slip is a step.
pub fn of_slips(written: &str, known: &str) -> Option<Cost> {
    slips(written, known).map(|edits| Cost { steps: edits, edits })
}

/// The cost between two names, whatever their case: slips, or one piece that is left out or put in. Nothing where they are not near.
pub fn cost(written: &str, known: &str) -> Option<Cost> {
    if one_piece_apart(written, known) {
        let edits = written.len().abs_diff(known.len());
        return Some(Cost { steps: edits.min(1), edits });
    }
    of_slips(written, known)
}

/// Whether one name is the other with one piece put in anywhere, and the piece is the smaller part of it.
fn one_piece_apart(left: &str, right: &str) -> bool {
    let (short, long) = if left.len() <= right.len() { (left, right) } else { (right, left) };
    let same = |pair: &(u8, u8)| pair.0.eq_ignore_ascii_case(&pair.1);
    let start = short.bytes().zip(long.bytes()).take_while(same).count();
    let end = short.bytes().rev().zip(long.bytes().rev()).take_while(same).count();
    start + end >= short.len() && 5 * short.len() >= 3 * long.len()
}

/// The known name that is nearest to a wrong one, whatever its case; nothing where none is near.
pub fn nearest<'n>(wrong: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    known.into_iter().filter_map(|name| Some((cost(wrong, name)?, name))).min_by_key(|(cost, _)| *cost).map(|(_, name)| name)
}

/// What to say after "there is no `wrong`": ": did you mean `x`?", else what there is.
pub fn did_you_mean(wrong: &str, known: &[&str]) -> String {
    match nearest(wrong, known.iter().copied()) {
        Some(name) => format!(": did you mean `{name}`?"),
        None => format!(": expected {}", one_of(known)),
    }
}

/// `` `a`, `b` or `c` ``
pub fn one_of(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.as_slice() {
        [] => "nothing".to_owned(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_near_whatever_its_case_and_a_stranger_is_not() {
        let known = ["account", "organization", "vendor", "rule"];
        assert_eq!(nearest("accounts", known), Some("account"));
        assert_eq!(nearest("ORGANISATION", known), Some("organization"));
        assert_eq!(nearest("Rules", known), Some("rule"));
        assert_eq!(nearest("accuont", known), Some("account"));
        assert_eq!(nearest("trust", ["id", "trusted"]), Some("trusted"));
        assert_eq!(nearest("RecordNames", ["RecordTypes", "NormalizedRecordNames", "RecordNamesX"]), Some("RecordNamesX"));
        assert_eq!(nearest("team", known), None);
        assert_eq!(nearest("x", ["id"]), None);
        assert_eq!(nearest("sns", ["sqs", "SNS"]), Some("SNS"));
        assert_eq!(did_you_mean("team", &["rule", "vendor"]), ": expected `rule` or `vendor`");
    }

    #[test]
    fn one_letter_in_four_may_be_wrong() {
        let pairs = [
            ("sqs", "sns", None),
            ("logs", "lags", Some(1)),
            ("Principle", "Principal", Some(2)),
            ("acton", "Action", Some(1)),
            ("Efct", "Effect", None),
            ("ecs", "gecs", None),
            ("Organisationen", "organizations", Some(3)),
            ("abcdefghijklmnopqrst", "bcdefghijklmnopqrstx", Some(2)),
            ("12345678901234567890", "1234567890123456789012345", None),
            ("", "", Some(0)),
        ];
        for (written, known, expected) in pairs {
            assert_eq!(slips(written, known), expected, "{written} {known}");
            assert_eq!(slips(known, written), expected, "{known} {written}");
        }
    }
}
