//! Texts of a known form: `repo:{owner}/{repo}:pull_request` with what each variable may hold.
//!
//! A form is a row of symbols like a pattern, so that `search` finds a text of it that conditions let pass. What a form has more
//! than a pattern are classes of characters, and names: a text of the form can be read back into its variables.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use super::alphabet::{Characters, Set, Symbol};

/// What a variable of a form holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// A character of `first`, and any number of `rest`.
    Run { first: Characters, rest: Characters },
    /// Any number of these, none too.
    Any(Characters),
    /// `0191f956-042f-7ec4-aa62-8e5eeae396d0`, in braces if so.
    Uuid { braces: bool },
}

#[derive(Clone, Debug)]
enum Part {
    Text(Arc<str>),
    Variable { name: Arc<str>, class: Class },
}

/// A row of literal texts and of variables.
#[derive(Clone, Debug)]
pub struct Form {
    parts: Vec<Part>,
    /// Of most forms nobody asks for them: of an issuer that no policy names, of one that only reads texts.
    symbols: OnceLock<Vec<Symbol>>,
}

/// What the variables of a text of a form hold, by name.
pub type Reading = BTreeMap<Arc<str>, String>;

/// Longer texts are not read: subjects are a few hundred characters (GitHub, HashiCorp and GitLab give names some dozens each).
const MOST_READ: usize = 4096;

impl Form {
    /// Reads a template, whose variables stand in braces; `class` says what each holds. None if it does not know one.
    pub fn parse(template: &str, class: impl Fn(&str) -> Option<Class>) -> Option<Form> {
        let mut parts = Vec::new();
        let mut rest = template;
        while let Some((text, after)) = rest.split_once('{') {
            let (name, tail) = after.split_once('}')?;
            parts.push(Part::Text(text.into()));
            parts.push(Part::Variable { name: name.into(), class: class(name)? });
            rest = tail;
        }
        parts.push(Part::Text(rest.into()));
        Some(Form::of(parts))
    }

    fn of(parts: Vec<Part>) -> Form {
        Form { parts, symbols: OnceLock::new() }
    }

    /// The same with some variables fixed. None if it lacks one of them, so that it has no such text.
    pub fn with(&self, fixed: &[(Arc<str>, String)]) -> Option<Form> {
        if !fixed.iter().all(|(name, _)| self.has_variable(name)) {
            return None;
        }
        let part = |part: &Part| match part {
            Part::Variable { name, .. } => match fixed.iter().find(|(fixed, _)| fixed == name) {
                Some((_, value)) => Part::Text(value.as_str().into()),
                None => part.clone(),
            },
            Part::Text(_) => part.clone(),
        };
        Some(Form::of(self.parts.iter().map(part).collect()))
    }

    /// The text whose variables hold this; what `reading` lacks is left out.
    pub fn write(&self, reading: &Reading) -> String {
        let text = |part: &Part| match part {
            Part::Text(text) => text.to_string(),
            Part::Variable { name, .. } => reading.get(name).cloned().unwrap_or_default(),
        };
        self.parts.iter().map(text).collect()
    }

    pub fn has_variable(&self, wanted: &str) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Variable { name, .. } if &**name == wanted))
    }

    pub(super) fn symbols(&self) -> &[Symbol] {
        self.symbols.get_or_init(|| self.parts.iter().flat_map(symbols).collect())
    }

    /// What each variable holds in `text`, the first ones as little as they can; none if it is no text of the form.
    pub fn read(&self, text: &str) -> Option<Reading> {
        let text: Vec<char> = text.chars().take(MOST_READ + 1).collect();
        if text.len() > MOST_READ {
            return None;
        }
        // For each part from the last one on: where it may begin, and where it then may end.
        let mut ends: Vec<Vec<Option<usize>>> = Vec::with_capacity(self.parts.len());
        let mut after: Vec<bool> = (0..=text.len()).map(|at| at == text.len()).collect();
        for part in self.parts.iter().rev() {
            let starts = part.starts(&text, &after);
            after = starts.iter().map(Option::is_some).collect();
            ends.push(starts);
        }
        let mut read = Reading::new();
        let mut at = 0;
        for (part, ends) in self.parts.iter().zip(ends.iter().rev()) {
            let end = (*ends.get(at)?)?;
            if let Part::Variable { name, .. } = part {
                read.insert(Arc::clone(name), text.get(at..end)?.iter().collect());
            }
            at = end;
        }
        Some(read)
    }
}

impl Part {
    /// For each place of the text the nearest end of a text of this part that begins there and after which the rest fits.
    fn starts(&self, text: &[char], after: &[bool]) -> Vec<Option<usize>> {
        let fits = |end: usize| after.get(end).copied().unwrap_or(false);
        let fixed = |length: usize, has: &dyn Fn(usize, char) -> bool| {
            let matches = |at: usize| {
                let part = text.get(at..at + length)?;
                (fits(at + length) && part.iter().enumerate().all(|(index, character)| has(index, *character))).then_some(at + length)
            };
            (0..=text.len()).map(matches).collect::<Vec<Option<usize>>>()
        };
        match self {
            Part::Text(literal) => {
                let literal: Vec<char> = literal.chars().collect();
                fixed(literal.len(), &|index, character| literal.get(index) == Some(&character))
            }
            Part::Variable { class: Class::Uuid { braces }, .. } => {
                let row = uuid(*braces);
                fixed(row.len(), &|index, character| match row.get(index) {
                    Some(Symbol::Char(one)) => *one == character,
                    Some(Symbol::One(set)) => set.has(character),
                    _ => false,
                })
            }
            Part::Variable { class: Class::Any(rest), .. } => tails(text, *rest, &fits),
            Part::Variable { class: Class::Run { first, rest }, .. } => {
                let tails = tails(text, *rest, &fits);
                let start = |at: usize| text.get(at).filter(|character| first.has(**character)).and_then(|_| *tails.get(at + 1)?);
                (0..=text.len()).map(start).collect()
            }
        }
    }
}

/// For each place the nearest end after any number of these characters.
fn tails(text: &[char], rest: Characters, fits: &dyn Fn(usize) -> bool) -> Vec<Option<usize>> {
    let mut ends = vec![None; text.len() + 1];
    let mut next = None;
    for at in (0..=text.len()).rev() {
        let go_on = next.filter(|_| text.get(at).is_some_and(|character| rest.has(*character)));
        next = if fits(at) { Some(at) } else { go_on };
        if let Some(end) = ends.get_mut(at) {
            *end = next;
        }
    }
    ends
}

fn symbols(part: &Part) -> Vec<Symbol> {
    match part {
        Part::Text(text) => text.chars().map(Symbol::Char).collect(),
        Part::Variable { class: Class::Run { first, rest }, .. } => vec![Symbol::One(Set::Class(*first)), Symbol::Many(Set::Class(*rest))],
        Part::Variable { class: Class::Any(rest), .. } => vec![Symbol::Many(Set::Class(*rest))],
        Part::Variable { class: Class::Uuid { braces }, .. } => uuid(*braces),
    }
}

fn uuid(braces: bool) -> Vec<Symbol> {
    let hex = Symbol::One(Set::Class(Characters::parse("0-9a-f")));
    let mut row = Vec::with_capacity(38);
    row.extend(braces.then_some(Symbol::Char('{')));
    for (index, length) in [8, 4, 4, 4, 12].into_iter().enumerate() {
        row.extend((index > 0).then_some(Symbol::Char('-')));
        row.extend(std::iter::repeat_n(hex, length));
    }
    row.extend(braces.then_some(Symbol::Char('}')));
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(template: &str) -> Form {
        let name = Characters::parse("A-Za-z0-9._-");
        let class = |variable: &str| match variable {
            "any" => Some(Class::Any(Characters::parse("not::"))),
            "path" => Some(Class::Run { first: name, rest: Characters::parse("A-Za-z0-9._/-") }),
            "id" => Some(Class::Uuid { braces: true }),
            "unknown" => None,
            _ => Some(Class::Run { first: name, rest: name }),
        };
        Form::parse(template, class).unwrap()
    }

    fn read(template: &str, text: &str) -> Option<Vec<String>> {
        form(template).read(text).map(|read| read.into_values().collect())
    }

    #[test]
    fn a_text_is_read_into_the_variables_of_its_form() {
        assert_eq!(read("repo:{owner}/{repo}:pull_request", "repo:acme/web:pull_request"), Some(vec!["acme".into(), "web".into()]));
        assert_eq!(read("repo:{owner}/{repo}:pull_request", "repo:acme/web/x:pull_request"), None);
        assert_eq!(read("repo:{owner}/{repo}:pull_request", "repo:/web:pull_request"), None);
        assert_eq!(read("{a_group}/{path}/{project}", "a/b/c/d"), Some(vec!["a".into(), "b/c".into(), "d".into()]));
        assert_eq!(read("x:{any}", "x:"), Some(vec![String::new()]));
        assert_eq!(read("x:{any}", "x:a:b"), None);
        assert!(read("{id}:y", "{0191f956-042f-7ec4-aa62-8e5eeae396d0}:y").is_some());
        assert_eq!(read("{id}:y", "0191f956-042f-7ec4-aa62-8e5eeae396d0:y"), None);
        assert!(Form::parse("{unknown}", |_| None).is_none());
    }

    #[test]
    fn a_fixed_variable_is_a_text() {
        let fixed = [(Arc::from("owner"), "acme".to_owned())];
        let form = form("repo:{owner}/{repo}").with(&fixed).unwrap();
        assert!(form.read("repo:acme/web").is_some() && form.read("repo:other/web").is_none());
        assert!(form.with(&fixed).is_none());
    }
}
