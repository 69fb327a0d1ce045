//! A statement as it should be, in the words and the language of the one at hand: what a help text shows to be pasted in its place.
//!
//! A rule says what is to change (`Draft`), `lines` writes it: as an HCL object, as JSON, or as a `statement` block of
//! `aws_iam_policy_document`. What does not change is taken from source as it stands there, expressions included; what cannot be taken
//! from there (it came out of `merge`, of a `dynamic` block) is written out as it is known. Where a single token is wrong, `token` and its like say whether it can be replaced where it stands.

mod around;
pub mod expression;
mod print;
mod token;
mod written;

use std::collections::HashSet;

use super::document::{Condition, Document, Item, Items, Statement};
use crate::finding::{Applicability, Edit, Help};
use crate::source::{Sources, Span};

pub use token::{key, operator, operator_in, sid, token, version};

/// A statement that is to be written anew: as the one at hand, but for what is said.
#[derive(Clone, Debug)]
pub struct Draft<'s> {
    statement: &'s Statement,
    suffix: String,
    actions: Option<Vec<Word>>,
    resources: Option<Vec<Word>>,
    conditions: Option<Vec<Test>>,
}

/// One string of a list.
#[derive(Clone, Debug)]
enum Word {
    /// The statement's own, by its position.
    Kept(usize),
    /// The characters that AWS is to get.
    New(String),
}

/// One key under one operator.
#[derive(Clone, Debug)]
struct Test {
    operator: String,
    key: String,
    /// The condition of the statement whose values stay, by its position.
    kept: Option<usize>,
    values: Vec<Word>,
    /// Whether key is written as in the statement.
    same_key: bool,
}

impl<'s> Draft<'s> {
    /// The statement as it is.
    pub fn of(statement: &'s Statement) -> Draft<'s> {
        Draft { statement, suffix: String::new(), actions: None, resources: None, conditions: None }
    }

    /// What is appended to the Sid, if there is one: two statements of a policy must not have the same. Letters and digits; a number
    /// follows if `document` has such a Sid already.
    #[must_use]
    pub fn named(self, suffix: &str, document: Option<&Document>) -> Draft<'s> {
        let statements = document.iter().flat_map(|document| &document.statements);
        let sids: HashSet<String> = statements.filter_map(|statement| Some(statement.sid.as_ref()?.text.to_ascii_lowercase())).collect();
        // A statement that is repeated has several Sids, and all of them grow.
        let is_taken = |suffix: &str| {
            let end = suffix.to_ascii_lowercase();
            sids.iter().any(|sid| sid.strip_suffix(&end).is_some_and(|start| sids.contains(start)))
        };
        let mut free = suffix.to_owned();
        let mut number = 2;
        while is_taken(&free) {
            free = format!("{suffix}{number}");
            number += 1;
        }
        Draft { suffix: free, ..self }
    }

    /// Only these of the statement's actions.
    #[must_use]
    pub fn keep_actions(self, keep: impl Fn(&Item) -> bool) -> Draft<'s> {
        Draft { actions: kept(self.statement.actions.as_ref(), keep), ..self }
    }

    /// These actions, and no `NotAction`, in the place of the statement's. Characters as AWS is to get them.
    #[must_use]
    pub fn actions(self, names: &[&str]) -> Draft<'s> {
        Draft { actions: Some(new(names)), ..self }
    }

    /// These resources, and no `NotResource`, in the place of the statement's.
    #[must_use]
    pub fn resources(self, arns: &[&str]) -> Draft<'s> {
        Draft { resources: Some(new(arns)), ..self }
    }

    /// Only these of the statement's conditions.
    #[must_use]
    pub fn keep_conditions(self, keep: impl Fn(&Condition) -> bool) -> Draft<'s> {
        self.conditions_as(|condition| keep(condition).then(|| (condition.operator.to_string(), condition.key.to_string())))
    }

    /// The statement's conditions under another operator and key, with the same values; nothing to leave one out.
    #[must_use]
    pub fn conditions_as(self, change: impl Fn(&Condition) -> Option<(String, String)>) -> Draft<'s> {
        let test = |(position, condition): (usize, &Condition)| {
            let (operator, key) = change(condition)?;
            let same_key = *key == *condition.key;
            Some(Test { operator, key, kept: Some(position), values: Vec::new(), same_key })
        };
        let conditions = self.statement.conditions.iter().enumerate().filter_map(test).collect();
        Draft { conditions: Some(conditions), ..self }
    }

    /// A further condition, or other values for one that is there under the same operator.
    #[must_use]
    pub fn condition(self, operator: &str, key: &str, values: &[&str]) -> Draft<'s> {
        let mut draft = if self.conditions.is_none() { self.keep_conditions(|_| true) } else { self };
        let test = Test { operator: operator.to_owned(), key: key.to_owned(), kept: None, values: new(values), same_key: false };
        let conditions = draft.conditions.get_or_insert_default();
        match conditions.iter_mut().find(|other| other.operator == operator && other.key.eq_ignore_ascii_case(key)) {
            Some(other) => *other = test,
            None => conditions.push(test),
        }
        draft
    }

    /// Whether all of it that is to be written is known to be there.
    fn is_whole(&self) -> bool {
        let statement = self.statement;
        let told = |items: &Option<Items>, new: &Option<Vec<Word>>| {
            new.as_ref().is_none_or(|words| words.iter().all(|word| matches!(word, Word::New(_))))
                || items.as_ref().is_none_or(|items| items.gap.is_none())
        };
        let keeps = |test: &Test| test.kept.is_some();
        let conditions = self.conditions.as_ref().is_none_or(|tests| statement.gap.is_none() || !tests.iter().any(keeps));
        !statement.gap.may_widen()
            && statement.effect.is_some()
            && told(&statement.actions, &self.actions)
            && told(&statement.resources, &self.resources)
            && conditions
    }
}

/// Nothing if all stay: then the list may stay as it is written.
fn kept(items: Option<&Items>, keep: impl Fn(&Item) -> bool) -> Option<Vec<Word>> {
    let items = items?;
    let positions = items.items.iter().enumerate().filter(|(_, item)| keep(item)).map(|(position, _)| Word::Kept(position));
    Some(positions.collect()).filter(|kept: &Vec<Word>| kept.len() < items.items.len())
}

fn new(texts: &[&str]) -> Vec<Word> {
    texts.iter().map(|text| Word::New((*text).to_owned())).collect()
}

/// Longer than this a help text is no help.
const MOST_LINES: usize = 100;

/// Source to paste.
#[derive(Clone, Debug)]
pub struct Paste {
    /// As if it stood at the left edge.
    pub text: String,
    /// What they replace.
    pub span: Span,
    /// What that is, if it is more than the statement: `in the place of …`.
    pub place: Option<&'static str>,
    /// Whether source has the statement there as such: what is in a quoted string or a plan has other quotes.
    pub stands: bool,
}

/// The drafts, one after the other, as source to paste in the place of the statement. Nothing if not enough of the statement is known,
/// if it is very long, or if they cannot stand there.
pub fn paste(drafts: &[Draft], sources: &Sources) -> Option<Paste> {
    if drafts.is_empty() || !drafts.iter().all(Draft::is_whole) {
        return None;
    }
    let known = |draft: &Draft| {
        let mut tests = draft.statement.conditions.iter();
        draft.conditions.as_ref().is_none_or(|tests| tests.iter().all(|test| !test.operator.is_empty()))
            && tests.all(|condition| condition.operator.base != super::condition::Base::Unknown)
    };
    if !drafts.iter().all(known) {
        return None;
    }
    print::statements(drafts, sources).filter(|paste| paste.text.lines().count() <= MOST_LINES)
}

/// A help: `words`, and with them what to write; only `words` where that cannot be told.
pub fn help(words: &str, drafts: &[Draft], sources: &Sources) -> Help {
    let Some(Paste { text, span, place, stands }) = paste(drafts, sources) else { return words.into() };
    let applicability = if stands { Applicability::MaybeIncorrect } else { Applicability::DisplayOnly };
    let edit = Edit { applicability, is_shown: true, ..Edit::token(span, text) };
    let words = place.map_or_else(|| words.to_owned(), |place| format!("{words}; {place}"));
    Help::from(words).with(edit)
}
