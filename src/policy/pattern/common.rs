//! A text that several lists of patterns have in common, and which.

use super::algebra::{Clause, Depth, Found, Member, Shape, search};
use super::{Case, Pattern};
use crate::policy::arn::Arn;

/// What lists of patterns have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Common {
    /// This text certainly; unknown parts stand in it as they do in the patterns.
    Text(Pattern),
    /// Certainly none.
    Nothing,
    /// It depends on what is not known, or finding it takes too long.
    Unknown,
}

/// A text that is of one pattern at least of each list in `inside`, and of no pattern in `outside`. `arns` are patterns of which it is one, too,
/// component by component if they are ARNs: a `*` in one takes no `:`. Without any, all texts will do.
pub fn common(arns: &[Pattern], inside: &[Vec<&Pattern>], outside: &[&Pattern]) -> Common {
    if outside.iter().any(|pattern| pattern.is_any()) {
        return Common::Nothing;
    }
    let clauses = || {
        let mut clauses: Vec<Clause> = Vec::new();
        if !arns.is_empty() {
            let shape = |pattern: &Pattern| if Arn::split(pattern).is_some() { Shape::Arn } else { TEXT };
            clauses.push(clause(arns.iter().map(|pattern| (pattern, shape(pattern))), false));
        }
        // What takes everything leaves nothing out.
        let telling = inside.iter().filter(|patterns| !patterns.iter().any(|pattern| pattern.is_any()));
        clauses.extend(telling.map(|patterns| clause(patterns.iter().map(|pattern| (*pattern, TEXT)), false)));
        if !outside.is_empty() {
            clauses.push(clause(outside.iter().map(|pattern| (*pattern, TEXT)), true));
        }
        clauses
    };
    match search(&clauses(), Depth::Certain, false) {
        Found::Text(text) => Common::Text(text),
        _ if search(&clauses(), Depth::Possible, false) == Found::Nothing => Common::Nothing,
        _ => Common::Unknown,
    }
}

/// Resources have case (IAM User Guide, "IAM JSON policy elements: Resource").
const TEXT: Shape = Shape::Text(Case::Sensitive);

fn clause<'p>(patterns: impl Iterator<Item = (&'p Pattern, Shape)>, excluded: bool) -> Clause<'p> {
    let members = patterns.map(|(pattern, shape)| Member { pattern, shape, wild: true }).collect();
    Clause { members, forms: Vec::new(), excluded }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::pattern::Mode;

    #[test]
    fn what_is_left_of_a_pattern() {
        let of = |text: &str| Pattern::parse(text, Mode::WILDCARDS);
        let (all, app, dev, hole) = (
            of("*"),
            of("app-*"),
            of("*-dev"),
            Pattern::hole(crate::policy::pattern::Hole { id: None, class: crate::policy::pattern::HoleClass::Word }),
        );
        let Common::Text(text) = common(&[], &[vec![&all], vec![&app]], &[&dev]) else { panic!("there is one") };
        assert!(app.includes(&text, Case::Sensitive).certainly() && !dev.includes(&text, Case::Sensitive).possibly());
        assert_eq!(common(&[], &[vec![&app], vec![&dev]], &[&app]), Common::Nothing);
        assert_eq!(common(&[], &[vec![&app], vec![&hole]], &[]), Common::Unknown);
        assert_eq!(common(&[], &[vec![&all]], &[&all]), Common::Nothing);
        let other = [of("arn:*:s3:*:*:other")];
        assert_eq!(common(&other, &[vec![&of("arn:aws:s3:::app-*")]], &[]), Common::Nothing, "`*` takes no colon");
    }
}
