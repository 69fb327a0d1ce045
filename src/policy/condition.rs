//! Condition operators (IAM User Guide, "IAM JSON policy elements: Condition operators").

use std::cmp::Ordering::{self, Equal, Greater, Less};
use std::fmt;

use super::pattern::{Case, Mode};

/// `ForAllValues:StringLikeIfExists` and the like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Operator {
    pub set: Option<SetOperator>,
    pub base: Base,
    pub if_exists: bool,
}

/// How a key with several values is tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SetOperator {
    /// True also for a request without the key.
    ForAllValues,
    ForAnyValue,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Base {
    StringEquals,
    StringNotEquals,
    StringEqualsIgnoreCase,
    StringNotEqualsIgnoreCase,
    StringLike,
    StringNotLike,
    NumericEquals,
    NumericNotEquals,
    NumericLessThan,
    NumericLessThanEquals,
    NumericGreaterThan,
    NumericGreaterThanEquals,
    DateEquals,
    DateNotEquals,
    DateLessThan,
    DateLessThanEquals,
    DateGreaterThan,
    DateGreaterThanEquals,
    Bool,
    BinaryEquals,
    IpAddress,
    NotIpAddress,
    ArnEquals,
    ArnLike,
    ArnNotEquals,
    ArnNotLike,
    Null,
    /// One that IAM does not know.
    Unknown,
}

/// What the values of an operator are, and which of them match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    Text(Case),
    Arn,
    /// How the request's number must stand to the policy's.
    Number(&'static [Ordering]),
    Date(&'static [Ordering]),
    Bool,
    Binary,
    Address,
    Null,
    Unknown,
}

/// Names of all known operators, as IAM writes them and wants them; they are read in any case.
pub const OPERATORS: &[(&str, Base)] = &[
    ("StringEquals", Base::StringEquals),
    ("StringNotEquals", Base::StringNotEquals),
    ("StringEqualsIgnoreCase", Base::StringEqualsIgnoreCase),
    ("StringNotEqualsIgnoreCase", Base::StringNotEqualsIgnoreCase),
    ("StringLike", Base::StringLike),
    ("StringNotLike", Base::StringNotLike),
    ("NumericEquals", Base::NumericEquals),
    ("NumericNotEquals", Base::NumericNotEquals),
    ("NumericLessThan", Base::NumericLessThan),
    ("NumericLessThanEquals", Base::NumericLessThanEquals),
    ("NumericGreaterThan", Base::NumericGreaterThan),
    ("NumericGreaterThanEquals", Base::NumericGreaterThanEquals),
    ("DateEquals", Base::DateEquals),
    ("DateNotEquals", Base::DateNotEquals),
    ("DateLessThan", Base::DateLessThan),
    ("DateLessThanEquals", Base::DateLessThanEquals),
    ("DateGreaterThan", Base::DateGreaterThan),
    ("DateGreaterThanEquals", Base::DateGreaterThanEquals),
    ("Bool", Base::Bool),
    ("BinaryEquals", Base::BinaryEquals),
    ("IpAddress", Base::IpAddress),
    ("NotIpAddress", Base::NotIpAddress),
    ("ArnEquals", Base::ArnEquals),
    ("ArnLike", Base::ArnLike),
    ("ArnNotEquals", Base::ArnNotEquals),
    ("ArnNotLike", Base::ArnNotLike),
    ("Null", Base::Null),
];

impl Base {
    /// The operator as IAM writes it, without what stands before and after it.
    pub fn name(self) -> &'static str {
        OPERATORS.iter().find(|(_, known)| *known == self).map_or("another operator", |(name, _)| name)
    }
}

/// Whether `key` is one of `names`, or begins with one that ends in `/`. Condition keys ignore case (IAM User Guide, "IAM JSON policy
/// elements: Condition").
pub fn is_key(key: &str, names: &[&str]) -> bool {
    names.iter().any(|name| match name.strip_suffix('/') {
        Some(_) => key.len() >= name.len() && key.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name)),
        None => key.eq_ignore_ascii_case(name),
    })
}

/// Operators of which a value passes one where it does not pass the other.
const OPPOSITES: &[(Base, Base)] = &[
    (Base::StringEquals, Base::StringNotEquals),
    (Base::StringEqualsIgnoreCase, Base::StringNotEqualsIgnoreCase),
    (Base::StringLike, Base::StringNotLike),
    (Base::NumericEquals, Base::NumericNotEquals),
    (Base::NumericLessThan, Base::NumericGreaterThanEquals),
    (Base::NumericLessThanEquals, Base::NumericGreaterThan),
    (Base::DateEquals, Base::DateNotEquals),
    (Base::DateLessThan, Base::DateGreaterThanEquals),
    (Base::DateLessThanEquals, Base::DateGreaterThan),
    (Base::IpAddress, Base::NotIpAddress),
    (Base::ArnEquals, Base::ArnNotEquals),
    (Base::ArnLike, Base::ArnNotLike),
];

impl Base {
    /// The operator that a value passes which does not pass this one; nothing where IAM has none.
    pub fn opposite(self) -> Option<Base> {
        OPPOSITES.iter().find_map(|(one, other)| match self {
            _ if self == *one => Some(*other),
            _ if self == *other => Some(*one),
            _ => None,
        })
    }
}

/// As IAM writes it.
impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let set = match self.set {
            Some(SetOperator::ForAllValues) => "ForAllValues:",
            Some(SetOperator::ForAnyValue) => "ForAnyValue:",
            None => "",
        };
        write!(f, "{set}{}{}", self.base.name(), if self.if_exists { "IfExists" } else { "" })
    }
}

impl Operator {
    pub fn parse(text: &str) -> Operator {
        let (set, rest) = match text.split_once(':') {
            Some((prefix, rest)) if prefix.eq_ignore_ascii_case("ForAllValues") => (Some(SetOperator::ForAllValues), rest),
            Some((prefix, rest)) if prefix.eq_ignore_ascii_case("ForAnyValue") => (Some(SetOperator::ForAnyValue), rest),
            _ => (None, text),
        };
        let exact = |name: &str| OPERATORS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, base)| *base);
        let stem = rest.len().checked_sub("IfExists".len()).and_then(|at| rest.split_at_checked(at));
        match (exact(rest), stem) {
            (Some(base), _) => Operator { set, base, if_exists: false },
            // Null has no IfExists form.
            (None, Some((stem, end))) if end.eq_ignore_ascii_case("IfExists") => {
                let base = exact(stem).filter(|base| *base != Base::Null).unwrap_or(Base::Unknown);
                Operator { set, base, if_exists: true }
            }
            _ => Operator { set, base: Base::Unknown, if_exists: false },
        }
    }

    /// Whether a value that matches lets the request through, rather than keep it out.
    pub fn is_positive(self) -> bool {
        !self.is_negated() && !matches!(self.base, Base::Null | Base::Unknown)
    }

    /// `StringNotEquals` and its like: true for a request without the key.
    pub fn is_negated(self) -> bool {
        matches!(
            self.base,
            Base::StringNotEquals
                | Base::StringNotEqualsIgnoreCase
                | Base::StringNotLike
                | Base::NumericNotEquals
                | Base::DateNotEquals
                | Base::NotIpAddress
                | Base::ArnNotEquals
                | Base::ArnNotLike
        )
    }

    /// Whether a request without the key passes, by this operator alone; `Null` and what is no operator do not count.
    ///
    /// The set operator decides first (IAM User Guide, "Set operators for multivalued context keys": without the key, ForAllValues is true and
    /// ForAnyValue false), then `IfExists`, then whether the operator is negated ("Condition operators"). Of `ForAnyValue:…IfExists` the two
    /// pages say the opposite; what AWS does is the former (AWS re:Post, "ForAnyValue:StringEqualsIfExists behaving unexpectedly").
    pub fn passes_without_key(self) -> bool {
        match self.set {
            Some(SetOperator::ForAllValues) => true,
            Some(SetOperator::ForAnyValue) => false,
            None => self.if_exists || self.is_negated(),
        }
    }

    /// How its values compare.
    pub fn family(self) -> Family {
        match self.base {
            Base::StringEquals | Base::StringNotEquals | Base::StringLike | Base::StringNotLike => Family::Text(Case::Sensitive),
            Base::StringEqualsIgnoreCase | Base::StringNotEqualsIgnoreCase => Family::Text(Case::Insensitive),
            Base::ArnEquals | Base::ArnLike | Base::ArnNotEquals | Base::ArnNotLike => Family::Arn,
            Base::NumericEquals | Base::NumericNotEquals => Family::Number(&[Equal]),
            Base::NumericLessThan => Family::Number(&[Less]),
            Base::NumericLessThanEquals => Family::Number(&[Less, Equal]),
            Base::NumericGreaterThan => Family::Number(&[Greater]),
            Base::NumericGreaterThanEquals => Family::Number(&[Greater, Equal]),
            Base::DateEquals | Base::DateNotEquals => Family::Date(&[Equal]),
            Base::DateLessThan => Family::Date(&[Less]),
            Base::DateLessThanEquals => Family::Date(&[Less, Equal]),
            Base::DateGreaterThan => Family::Date(&[Greater]),
            Base::DateGreaterThanEquals => Family::Date(&[Greater, Equal]),
            Base::Bool => Family::Bool,
            Base::BinaryEquals => Family::Binary,
            Base::IpAddress | Base::NotIpAddress => Family::Address,
            Base::Null => Family::Null,
            Base::Unknown => Family::Unknown,
        }
    }

    /// What is more than its characters in a value under this operator.
    pub fn value_mode(self) -> Mode {
        match self.base {
            Base::StringLike | Base::StringNotLike | Base::ArnEquals | Base::ArnLike | Base::ArnNotEquals | Base::ArnNotLike => Mode::ALL,
            Base::StringEquals | Base::StringNotEquals | Base::StringEqualsIgnoreCase | Base::StringNotEqualsIgnoreCase => Mode::VARIABLES,
            _ => Mode::LITERAL,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_are_read_with_their_prefix_and_suffix() {
        let parsed = Operator::parse("ForAllValues:stringlikeifexists");
        assert_eq!(parsed, Operator { set: Some(SetOperator::ForAllValues), base: Base::StringLike, if_exists: true });
        assert!(parsed.passes_without_key() && parsed.is_positive());
        assert_eq!(Operator::parse("NullIfExists").base, Base::Unknown);
        assert_eq!(Operator::parse("StringMatches").base, Base::Unknown);
        assert!(Operator::parse("StringNotLike").passes_without_key());
        assert!(!Operator::parse("ForAnyValue:StringNotLike").passes_without_key());
        assert!(!Operator::parse("ForAnyValue:StringLikeIfExists").passes_without_key());
    }

    #[test]
    fn operators_are_written_as_they_are_read() {
        for (name, base) in OPERATORS {
            let suffixes: &[&str] = if *base == Base::Null { &[""] } else { &["", "IfExists"] };
            for text in
                ["", "ForAllValues:", "ForAnyValue:"].iter().flat_map(|set| suffixes.iter().map(move |end| format!("{set}{name}{end}")))
            {
                assert_eq!(Operator::parse(&text.to_lowercase()).to_string(), text);
            }
        }
    }
}
