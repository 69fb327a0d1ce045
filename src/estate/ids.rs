//! What an estate's things are called by within it, and what values of Terraform are joined by.

use std::sync::Arc;

use crate::eval::value::{Kind, Value};
use crate::policy::lower::{item, pattern};
use crate::policy::pattern::{Mode, Pattern, Segment};

/// One form of a policy: its place in `Estate::policies`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FormId(usize);

/// A policy, which has several forms where its source rests on what is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PolicyId {
    first: usize,
    forms: usize,
}

/// A role, user, group or permission set: its place in `Estate::identities`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IdentityId(usize);

/// A provider configuration: its place in `Estate::homes`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HomeId(usize);

/// A place in the tree of an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(usize);

impl NodeId {
    pub(super) fn new(index: usize) -> NodeId {
        NodeId(index)
    }

    pub(super) fn index(self) -> usize {
        self.0
    }
}

impl FormId {
    pub(super) fn new(index: usize) -> FormId {
        FormId(index)
    }

    pub(super) fn index(self) -> usize {
        self.0
    }
}

impl PolicyId {
    /// The policy whose forms are the next `forms` of the estate, from `first` on.
    pub(super) fn new(first: usize, forms: usize) -> PolicyId {
        PolicyId { first, forms }
    }

    pub fn forms(self) -> impl DoubleEndedIterator<Item = FormId> {
        (self.first..self.first + self.forms).map(FormId)
    }

    pub fn has(self, form: FormId) -> bool {
        (self.first..self.first + self.forms).contains(&form.0)
    }

    /// Whether it has no other form: nothing that it rests on is undecided.
    pub fn is_decided(self) -> bool {
        self.forms == 1
    }

    /// The form to count it by.
    pub fn first(self) -> FormId {
        FormId(self.first)
    }

    pub(super) fn range(self) -> std::ops::Range<usize> {
        self.first..self.first + self.forms
    }
}

impl IdentityId {
    pub(super) fn new(index: usize) -> IdentityId {
        IdentityId(index)
    }

    pub(super) fn index(self) -> usize {
        self.0
    }
}

impl HomeId {
    pub(super) fn new(index: usize) -> HomeId {
        HomeId(index)
    }

    pub fn index(self) -> usize {
        self.0
    }
}

/// What a value can be recognised by where another resource refers to it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum RefKey {
    Text(Arc<str>),
    /// What an unknown value is: `aws_iam_role.ci.arn`.
    Symbol(Arc<str>),
    /// Text with unknown parts, each of which is known by a symbol.
    Shape(Vec<Segment>),
}

impl RefKey {
    /// An ARN of IAM's by what follows on the partition, which source seldom gives: the account and the resource.
    pub fn in_iam(arn: &Value) -> Option<RefKey> {
        RefKey::of_arn(&item(arn, Mode::LITERAL)?.pattern)
    }

    /// The same of an ARN as policies have it.
    pub fn of_arn(whole: &Pattern) -> Option<RefKey> {
        const SERVICE: &str = ":iam::";
        let mut rest: Vec<Segment> = Vec::new();
        for segment in whole.segments() {
            match segment {
                Segment::Literal(text) if rest.is_empty() => {
                    rest.extend(text.split_once(SERVICE).map(|(_, rest)| Segment::Literal(rest.into())))
                }
                Segment::Hole(hole) if !rest.is_empty() && hole.id.is_none() => return None,
                segment if !rest.is_empty() => rest.push(segment.clone()),
                _ => {}
            }
        }
        (!rest.is_empty()).then_some(RefKey::Shape(rest))
    }

    /// All that a value can be recognised by: its text, its symbol, its parts if each of them is a symbol.
    pub fn of(value: &Value) -> Vec<RefKey> {
        if let Some(known) = value.known_string() {
            return vec![RefKey::Text(known.as_ref().into())];
        }
        match &value.kind {
            Kind::Unknown(unknown) => unknown.symbol.iter().map(|symbol| RefKey::Symbol(Arc::clone(&symbol.key))).collect(),
            Kind::String(text) => {
                let symbol = text.symbol.iter().map(|symbol| RefKey::Symbol(Arc::clone(&symbol.key)));
                let whole = pattern(text, Mode::LITERAL);
                let identified = |segment: &Segment| !matches!(segment, Segment::Hole(hole) if hole.id.is_none());
                let shape = whole.segments().iter().all(identified).then(|| RefKey::Shape(whole.segments().to_vec()));
                symbol.chain(shape).collect()
            }
            _ => Vec::new(),
        }
    }
}
