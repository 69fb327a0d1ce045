//! Where an expression is evaluated: in which module instance, for which `each` or `count`, with which variables of for-expressions.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::arms::Assumption;
use super::value::Value;
use crate::source::Span;
use crate::terraform::{ModuleId, ResourceMode, quoted_key};

/// A module in use: a root module, or one call of a child module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InstanceId(pub(super) u32);

#[derive(Debug)]
pub struct Instance {
    pub id: InstanceId,
    pub module: ModuleId,
    /// Empty for a root module, `module.a["x"].module.b` below it.
    pub address: Arc<str>,
    /// The call that made it; none for a root module.
    pub call: Option<Call>,
    /// From the provider names of this module to the configurations that they stand for.
    pub providers: BTreeMap<Arc<str>, Provider>,
    /// What is so if the module is there.
    pub assumed: Vec<Assumption>,
}

impl Instance {
    /// `rest` with this module's address before it.
    pub fn address_of(&self, rest: &str) -> String {
        if self.address.is_empty() { rest.to_owned() } else { format!("{}.{rest}", self.address) }
    }
}

/// How a child module came to be.
#[derive(Debug)]
pub struct Call {
    pub parent: Rc<Instance>,
    pub name: Arc<str>,
    pub repetition: Repetition,
    /// The call's block header.
    pub span: Span,
}

/// A provider configuration: the module instance that holds its block and its name there (`aws`, `aws.dns`,
/// of OpenTofu's with `for_each` `aws.by_region["eu-west-1"]`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Provider {
    pub instance: InstanceId,
    pub name: Arc<str>,
}

impl Provider {
    /// Whether it is one of those that a `for_each` makes, and not known which.
    pub fn is_one_of_many(&self) -> bool {
        self.name.ends_with(ANY_OF_MANY)
    }
}

/// The key of a provider configuration that is one of many, not known which (`Provider::name`).
pub(super) const ANY_OF_MANY: &str = "[*]";

/// Which of a resource's or call's instances an expression belongs to.
#[derive(Clone, Debug)]
pub enum Repetition {
    Single,
    Count(usize),
    Each {
        key: Arc<str>,
        key_span: Span,
        value: Value,
    },
    /// One that stands for all: how many there are is not known. Holds `each.value` and `count.index`.
    Any(Value),
}

/// The key part of an address.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Key {
    None,
    Index(usize),
    Name(Arc<str>),
    Any,
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Key::None => Ok(()),
            Key::Index(index) => write!(f, "[{index}]"),
            Key::Name(name) => write!(f, "[{}]", quoted_key(name)),
            Key::Any => f.write_str("[*]"),
        }
    }
}

/// What a lazy object is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Node {
    pub instance: InstanceId,
    pub target: Target,
    pub key: Key,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Target {
    Resource(ResourceMode, Arc<str>, Arc<str>),
    Call(Arc<str>),
}

/// The place of an expression. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Scope<'s> {
    pub instance: &'s Rc<Instance>,
    pub repetition: &'s Repetition,
    pub variables: Option<&'s Bound<'s>>,
    /// The element that a splat is at.
    pub splat: Option<&'s Value>,
    /// A template file sees the variables that it is given and nothing else.
    pub sealed: bool,
}

/// A variable of a for-expression, template or dynamic block.
pub struct Bound<'s> {
    pub name: &'s str,
    pub value: Value,
    pub outer: Option<&'s Bound<'s>>,
}

impl<'s> Scope<'s> {
    pub fn of(instance: &'s Rc<Instance>, repetition: &'s Repetition) -> Scope<'s> {
        Scope { instance, repetition, variables: None, splat: None, sealed: false }
    }

    pub fn variable(&self, name: &str) -> Option<&'s Value> {
        let mut at = self.variables;
        while let Some(bound) = at {
            if bound.name == name {
                return Some(&bound.value);
            }
            at = bound.outer;
        }
        None
    }

    pub fn with<'n>(&'n self, variables: &'n Bound<'n>) -> Scope<'n> {
        Scope { variables: Some(variables), ..*self }
    }
}
