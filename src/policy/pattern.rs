//! The strings of IAM policies: literal text, `*` and `?`, policy variables, and parts that source alone does not give.
//!
//! Questions about them (`matches`, `intersects`, `includes`) are questions about sets of strings and have exact answers, found
//! with automata in `algebra`; unknown parts make an answer `Unknown` unless it is the same for every text they may stand for.
//! Sources: the IAM User Guide's pages "IAM JSON policy elements: Resource", "… Condition operators" and "IAM policy elements:
//! Variables and tags".

mod algebra;
mod alphabet;
mod common;
mod ends;
mod forms;
mod parse;

use std::fmt;
use std::sync::Arc;

pub(super) use self::algebra::{Clause, Depth, Found, Member, Shape, search, search_counted};
pub use self::alphabet::Characters;
pub use self::common::{Common, common};
pub use self::forms::{Class, Form, Reading};
pub use self::parse::PatternBuilder;
pub(super) use self::parse::Segments;
use crate::truth::Truth;

/// A set of strings, as a policy writes it.
///
/// Kept in one form, so that equal patterns are the same set: no two literals in a row, a run of wildcards has its `?` first and
/// one `*` at most (`*?` and `?*` mean the same). Holes without an id are equal in form although they may differ in text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pattern {
    segments: Arc<[Segment]>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Segment {
    /// Never empty. May hold `*` where that is an ordinary character.
    Literal(Arc<str>),
    /// `*`: any characters, none too, `:` and `/` as well.
    Star,
    /// `?`: one character.
    Question,
    /// `${aws:username}` without its braces: text of the request, in which `*` and `?` mean themselves. The same name is the
    /// same text.
    Variable(Arc<str>),
    Hole(Hole),
}

/// A part of the pattern's own text that source alone does not give.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Hole {
    /// Holes with the same id stand for the same text.
    pub id: Option<Arc<str>>,
    pub class: HoleClass,
}

/// What is known of a hole's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HoleClass {
    /// Nothing: it may be empty, and may hold wildcards.
    Any,
    /// One or more characters other than `:`, `/`, `*` and `?`: an account number, a region, a name.
    Word,
}

/// Whether `A` is `a`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Case {
    Sensitive,
    /// Only ASCII letters have case: actions, and operators such as `StringEqualsIgnoreCase`.
    Insensitive,
}

/// What is more than its characters in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Mode {
    /// `*` and `?`. `StringEquals` takes them literally, `StringLike`, the ARN operators, Action and Resource do not.
    pub wildcards: bool,
    /// `${…}`, from policy version 2012-10-17 on.
    pub variables: bool,
}

impl Mode {
    pub const LITERAL: Mode = Mode { wildcards: false, variables: false };
    pub const WILDCARDS: Mode = Mode { wildcards: true, variables: false };
    pub const VARIABLES: Mode = Mode { wildcards: false, variables: true };
    pub const ALL: Mode = Mode { wildcards: true, variables: true };
}

impl Pattern {
    pub fn parse(text: &str, mode: Mode) -> Pattern {
        PatternBuilder::new().text(text, mode).finish()
    }

    /// Just this text.
    pub fn exact(text: &str) -> Pattern {
        Pattern::parse(text, Mode::LITERAL)
    }

    /// `*`
    pub fn any() -> Pattern {
        Pattern { segments: [Segment::Star].into() }
    }

    /// One unknown text.
    pub fn hole(hole: Hole) -> Pattern {
        PatternBuilder::new().hole(hole).finish()
    }

    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Whether it is one known string.
    pub fn is_exact(&self) -> bool {
        self.as_exact().is_some()
    }

    /// The one string that it is.
    pub fn as_exact(&self) -> Option<&str> {
        match &*self.segments {
            [] => Some(""),
            [Segment::Literal(text)] => Some(text),
            _ => None,
        }
    }

    /// Whether it certainly is `*`, however that is written.
    pub fn is_any(&self) -> bool {
        matches!(&*self.segments, [Segment::Star])
    }

    pub fn has_wildcard(&self) -> bool {
        self.segments.iter().any(|segment| matches!(segment, Segment::Star | Segment::Question))
    }

    pub fn has_hole(&self) -> bool {
        self.segments.iter().any(|segment| matches!(segment, Segment::Hole(_)))
    }

    pub fn has_variable(&self) -> bool {
        self.segments.iter().any(|segment| matches!(segment, Segment::Variable(_)))
    }

    /// The text before the first wildcard, variable or hole.
    pub fn literal_prefix(&self) -> &str {
        match self.segments.first() {
            Some(Segment::Literal(text)) => text,
            _ => "",
        }
    }

    /// Whether the text is one of the pattern's strings.
    pub fn matches(&self, text: &str, case: Case) -> Truth {
        if self.is_known() {
            return glob(&self.segments, text, case).into();
        }
        // No text is matched whatever an unknown part stands for: it may be longer than the text.
        if algebra::may_match(self, text, case) { Truth::Unknown } else { Truth::No }
    }

    /// Whether there is a string that both match.
    pub fn intersects(&self, other: &Pattern, case: Case) -> Truth {
        match (self.as_exact(), other.as_exact()) {
            (_, Some(text)) => self.matches(text, case),
            (Some(text), _) => other.matches(text, case),
            _ => algebra::intersects(self, other, case),
        }
    }

    /// Whether it matches every string that `other` matches.
    pub fn includes(&self, other: &Pattern, case: Case) -> Truth {
        if self.is_any() || (self == other && self.is_named()) {
            return Truth::Yes;
        }
        match other.as_exact() {
            Some(text) => self.matches(text, case),
            None => algebra::includes(self, other, case),
        }
    }

    /// Whether all its holes have ids, so that it is equal to itself.
    fn is_named(&self) -> bool {
        self.segments.iter().all(|segment| !matches!(segment, Segment::Hole(Hole { id: None, .. })))
    }

    /// Neither holes nor variables.
    fn is_known(&self) -> bool {
        self.segments.iter().all(|segment| !matches!(segment, Segment::Variable(_) | Segment::Hole(_)))
    }
}

/// The usual two-pointer match: when it fails, the last `*` takes one character more. Allocates nothing, since every action of
/// the catalog is asked.
fn glob(segments: &[Segment], text: &str, case: Case) -> bool {
    let (mut segment, mut rest) = (0, text);
    let mut retry: Option<(usize, &str)> = None;
    loop {
        let next = match segments.get(segment) {
            None if rest.is_empty() => return true,
            None => None,
            Some(Segment::Star) => {
                if segment + 1 == segments.len() {
                    return true;
                }
                retry = Some((segment + 1, rest));
                Some(rest)
            }
            Some(Segment::Question) => without_first(rest),
            Some(Segment::Literal(literal)) => strip_prefix(rest, literal, case),
            Some(Segment::Variable(_) | Segment::Hole(_)) => return false,
        };
        if let Some(next) = next {
            (segment, rest) = (segment + 1, next);
            continue;
        }
        let Some((after, from)) = retry else {
            return false;
        };
        let Some(shorter) = without_first(from) else {
            return false;
        };
        retry = Some((after, shorter));
        (segment, rest) = (after, shorter);
    }
}

fn without_first(text: &str) -> Option<&str> {
    let mut characters = text.chars();
    characters.next().map(|_| characters.as_str())
}

fn strip_prefix<'a>(text: &'a str, prefix: &str, case: Case) -> Option<&'a str> {
    match case {
        Case::Sensitive => text.strip_prefix(prefix),
        Case::Insensitive => {
            let (head, tail) = text.split_at_checked(prefix.len())?;
            head.eq_ignore_ascii_case(prefix).then_some(tail)
        }
    }
}

/// As a policy would write it, so that it parses to the same again; only holes are shown for people: `${id}`, or `…` without one.
impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for segment in &*self.segments {
            match segment {
                Segment::Literal(text) => literal(text, f)?,
                Segment::Star => f.write_str("*")?,
                Segment::Question => f.write_str("?")?,
                Segment::Variable(name) => write!(f, "${{{name}}}")?,
                Segment::Hole(Hole { id: Some(id), .. }) => write!(f, "${{{id}}}")?,
                Segment::Hole(Hole { id: None, .. }) => f.write_str("…")?,
            }
        }
        Ok(())
    }
}

/// Characters that would mean more than themselves are written as the variables `${*}`, `${?}` and `${$}`.
fn literal(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let special = matches!(character, '*' | '?') || (character == '$' && characters.peek() == Some(&'{'));
        if special { write!(f, "${{{character}}}")? } else { write!(f, "{character}")? }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
