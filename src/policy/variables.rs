//! Policy variables as they are written: `${aws:username}` (IAM User Guide, "IAM policy elements: Variables and tags").

use super::condition::{Base, Operator};
use super::document::{Item, Statement};
use super::pattern::Segment;

/// `aws:PrincipalTag/team` of `aws:PrincipalTag/team, 'none'`.
pub fn key_of(variable: &str) -> &str {
    variable.split(',').next().unwrap_or(variable).trim()
}

/// Whether the text between the braces looks like a variable of AWS's: a prefix, a colon and a key.
pub fn is_variable(inside: &str) -> bool {
    let word = |text: &str, more: &[char]| {
        !text.is_empty() && text.chars().all(|character| character.is_ascii_alphanumeric() || more.contains(&character))
    };
    key_of(inside).split_once(':').is_some_and(|(prefix, key)| {
        word(prefix, &['.', '-', '_', '/']) && !key.starts_with(':') && word(key, &['.', '-', '_', '/', ':', '@', '=', '+', ' '])
    })
}

/// What stands in a string as ordinary characters although it looks like a variable behind `sigil`, which is `$` or `&`: its text
/// without the braces.
pub fn literal(item: &Item, sigil: char) -> impl Iterator<Item = &str> {
    let texts = item.pattern.segments().iter().filter_map(|segment| match segment {
        Segment::Literal(text) => Some(&**text),
        _ => None,
    });
    texts.flat_map(move |text| {
        let starts = text.match_indices('{').filter(move |(at, _)| text.get(..*at).is_some_and(|before| before.ends_with(sigil)));
        starts.filter_map(|(at, _)| text.get(at + 1..)?.split_once('}')).map(|(inside, _)| inside).filter(|inside| is_variable(inside))
    })
}

impl Operator {
    /// Whether variables mean something in its values: those of strings and ARNs.
    pub fn takes_variables(self) -> bool {
        self.base != Base::Unknown && self.value_mode().variables
    }
}

impl Statement {
    /// The strings in which a policy may have variables.
    pub fn with_variables(&self) -> impl Iterator<Item = &Item> {
        let resources = self.resources.iter().flat_map(|resources| &resources.items);
        let conditions = self.conditions.iter().filter(|condition| condition.operator.takes_variables());
        resources.chain(conditions.flat_map(|condition| &condition.values))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Place;
    use crate::policy::pattern::{Mode, Pattern};

    fn item(text: &str) -> Item {
        Item { pattern: Pattern::parse(text, Mode::WILDCARDS), place: Place::default(), text: text.into() }
    }

    #[test]
    fn variables_are_found_in_what_is_literal() {
        let found = |text: &str, sigil| literal(&item(text), sigil).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(found("a/${aws:username}/*/${aws:PrincipalTag/team, 'none'}", '$'), ["aws:username", "aws:PrincipalTag/team, 'none'"]);
        assert_eq!(found("a/&{aws:username}", '&'), ["aws:username"]);
        assert!(found("a/&{aws:username}", '$').is_empty());
        for other in ["${aws:username", "${}", "${name}", "${AWS::AccountId}", "{aws:username}", "$ {a:b}", "é{a:b}"] {
            assert!(found(other, '$').is_empty(), "{other}");
        }
    }
}
