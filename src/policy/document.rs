//! The one form that every policy is lowered to. Each node has its place in source.

use std::sync::Arc;

use super::arn::Arn;
use super::condition::{Operator, SetOperator};
use super::gap::Gap;
use super::pattern::{Case, Mode, Pattern};
use crate::config::is_account_id;
use crate::eval::arms::Assumption;
use crate::eval::unknown::Unknown;
use crate::eval::value::{Secrecy, Way};
use crate::source::Span;
use crate::truth::Truth;

/// Where something was written and how it came to the policy.
#[derive(Clone, Debug, Default)]
pub struct Place {
    pub span: Span,
    pub way: Way,
}

/// What a document is for, which what it is attached to decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PolicyKind {
    /// Who may assume a role.
    Trust,
    /// What a role, user, group or permission set may do.
    Identity,
    /// Caps an identity; grants nothing.
    Boundary,
    /// On a bucket, queue, topic, key, repository, secret, function.
    Resource,
    /// On a VPC endpoint: caps what passes through it.
    Endpoint,
    /// AWS Organizations' service control policy: caps accounts.
    ServiceControl,
    /// AWS Organizations' resource control policy.
    ResourceControl,
}

impl PolicyKind {
    pub const ALL: [PolicyKind; 7] = [
        PolicyKind::Trust,
        PolicyKind::Identity,
        PolicyKind::Boundary,
        PolicyKind::Resource,
        PolicyKind::Endpoint,
        PolicyKind::ServiceControl,
        PolicyKind::ResourceControl,
    ];

    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            PolicyKind::Trust => "trust policy",
            PolicyKind::Identity => "policy",
            PolicyKind::Boundary => "permissions boundary",
            PolicyKind::Resource => "resource policy",
            PolicyKind::Endpoint => "endpoint policy",
            PolicyKind::ServiceControl => "service control policy",
            PolicyKind::ResourceControl => "resource control policy",
        }
    }
}

/// One policy.
#[derive(Clone, Debug)]
pub struct Document {
    pub kind: PolicyKind,
    /// The resource that carries it, as Terraform writes it.
    pub address: String,
    pub carrier: CarrierType,
    /// What the policy is put on, by the argument that names it: a bucket, a queue, a secret; of an inline policy who holds it.
    pub on: Option<Item>,
    /// The carrier's block header.
    pub header: Span,
    /// The carrier's whole block.
    pub block: Span,
    /// The document's value.
    pub place: Place,
    /// Module calls that lead to the carrier, outermost first; without an address where Terragrunt runs the root module.
    pub calls: Vec<(Arc<str>, Span)>,
    pub version: Option<Item>,
    /// Whether `${…}` is more than its characters: from version 2012-10-17 on, which is not the default.
    pub has_variables: Truth,
    pub size: Size,
    pub statements: Vec<Statement>,
    /// Statements that are not known.
    pub gap: Option<Arc<Unknown>>,
    /// What AWS would refuse or not read as meant.
    pub flaws: Vec<Flaw>,
    /// Every value in it that is not known, with its place.
    pub unknowns: Vec<(Span, Arc<Unknown>)>,
    /// How what it rests on is taken to be decided; empty if it is the only form that the policy can have.
    pub assumed: Vec<Assumption>,
}

impl Document {
    /// Whether its structure is known: only strings inside it may hold unknown parts.
    pub fn is_structured(&self) -> bool {
        self.gap.is_none() && self.statements.iter().all(Statement::is_structured)
    }

    /// Whether nothing of it is known.
    pub fn is_unknown(&self) -> bool {
        self.statements.is_empty() && self.gap.is_some()
    }
}

/// What sort of thing carries a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CarrierType {
    /// A file of its own, which no resource reads.
    File,
    /// A resource of this type.
    Resource(Arc<str>),
    /// What source does not show: a module that is not there, or whoever reads an output.
    Handed(Arc<Handed>),
}

/// To whom a document is handed whose use source does not show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handed {
    /// The argument that it is written in, if it is no data source with an address of its own.
    pub argument: Option<Arc<str>>,
    /// The first of `takers`, where it is handed over.
    pub span: Span,
    pub takers: Vec<Taker>,
}

/// A module that is not there, or an output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taker {
    /// `module.role["ci"]`, `output.policy`
    pub address: String,
    /// The module's source; nothing of an output.
    pub source: Option<Arc<str>>,
}

impl CarrierType {
    /// Whether source shows what a document is put on.
    pub fn is_shown(&self) -> bool {
        matches!(self, CarrierType::Resource(_))
    }

    /// To whom it is handed whose use source does not show.
    pub fn handed(&self) -> Option<&Handed> {
        match self {
            CarrierType::Handed(handed) => Some(handed),
            _ => None,
        }
    }

    /// The resource's type; nothing of a file.
    pub fn resource(&self) -> &str {
        match self {
            CarrierType::File | CarrierType::Handed(_) => "",
            CarrierType::Resource(name) => name,
        }
    }
}

/// How long a policy is at least: what is not known counts for nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Characters of its JSON without any white space.
    pub compact: usize,
    /// Characters of its text as it is sent, where that is written out.
    pub written: usize,
}

/// One statement.
#[derive(Clone, Debug)]
pub struct Statement {
    pub place: Place,
    /// Its position in the document, from 0.
    pub index: usize,
    pub sid: Option<Item>,
    /// Nothing if it is missing, misspelt or unknown.
    pub effect: Option<Effect>,
    pub effect_place: Option<Place>,
    /// `Principal` or `NotPrincipal`.
    pub principals: Option<Principals>,
    /// `Action` or `NotAction`.
    pub actions: Option<Items>,
    /// `Resource` or `NotResource`.
    pub resources: Option<Items>,
    pub conditions: Vec<Condition>,
    /// What of it is not known.
    pub gap: Gap,
}

impl Statement {
    pub fn is_structured(&self) -> bool {
        let lists = [&self.actions, &self.resources];
        self.gap.is_none()
            && lists.iter().all(|list| list.as_ref().is_none_or(|list| list.gap.is_none()))
            && self.principals.as_ref().is_none_or(|principals| principals.gap.is_none())
            && self.conditions.iter().all(|condition| condition.gap.is_none())
    }

    pub fn allows(&self) -> bool {
        self.effect == Some(Effect::Allow)
    }

    pub fn denies(&self) -> bool {
        self.effect == Some(Effect::Deny)
    }

    /// The conditions on `key`, in whatever case it is written.
    pub fn conditions_on<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a Condition> {
        self.conditions.iter().filter(move |condition| condition.key.eq_ignore_ascii_case(key))
    }

    /// The statement as it is for one of its principals alone: a question about each of thousands does not go through all of them.
    pub fn for_principal(&self, principal: &Principal) -> Statement {
        let only = |all: &Principals| Principals {
            negated: all.negated,
            key: all.key.clone(),
            items: vec![principal.clone()],
            gap: all.gap.clone(),
        };
        Statement {
            place: self.place.clone(),
            index: self.index,
            sid: self.sid.clone(),
            effect: self.effect,
            effect_place: self.effect_place.clone(),
            principals: self.principals.as_ref().map(only),
            actions: self.actions.clone(),
            resources: self.resources.clone(),
            conditions: self.conditions.clone(),
            gap: self.gap.clone(),
        }
    }

    /// The statement's key word or whole, for a label that is about nothing inside it.
    pub fn span(&self) -> Span {
        self.place.span
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    Allow,
    Deny,
}

/// One string of a policy.
#[derive(Clone, Debug)]
pub struct Item {
    pub pattern: Pattern,
    pub place: Place,
    /// As written, with `${…}` for what is unknown.
    pub text: Arc<str>,
}

impl Item {
    /// Whether it certainly is every resource of AWS: `*`, or what comes to the same, `arn:aws:*` and `arn:*:*:*:*:*`.
    pub fn is_every_resource(&self) -> bool {
        let whole = || Pattern::parse("arn:aws:*:*:*:*", Mode::WILDCARDS);
        self.pattern.is_any() || self.pattern.has_wildcard() && self.pattern.includes(&whole(), Case::Sensitive).certainly()
    }
}

/// `Action`, `NotAction`, `Resource`, `NotResource`.
#[derive(Clone, Debug)]
pub struct Items {
    /// `NotAction`, `NotResource`.
    pub negated: bool,
    /// The element's name.
    pub key: Place,
    pub items: Vec<Item>,
    /// Further ones that are not known.
    pub gap: Option<Arc<Unknown>>,
}

/// `Principal` or `NotPrincipal`.
#[derive(Clone, Debug)]
pub struct Principals {
    pub negated: bool,
    pub key: Place,
    pub items: Vec<Principal>,
    pub gap: Option<Arc<Unknown>>,
}

#[derive(Clone, Debug)]
pub struct Principal {
    pub kind: PrincipalKind,
    pub item: Item,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PrincipalKind {
    /// `"Principal": "*"`
    Any,
    Aws,
    Service,
    Federated,
    CanonicalUser,
    /// What AWS does not know.
    Other(Arc<str>),
}

impl Principal {
    /// An account as a whole, by its number. It stands nowhere in source.
    pub fn of_account(number: &str) -> Principal {
        let text = format!("arn:aws:iam::{number}:root");
        let item = Item { pattern: Pattern::exact(&text), place: Place::default(), text: text.into() };
        Principal { kind: PrincipalKind::Aws, item }
    }

    /// `arn:aws:iam::123456789012:root` or the twelve digits alone: IAM takes both for the same.
    pub fn is_whole_account(&self) -> bool {
        match Arn::split(&self.item.pattern) {
            Some(arn) => arn.resource.as_exact() == Some("root"),
            None => self.item.pattern.as_exact().is_some_and(is_account_id),
        }
    }

    /// Whether it certainly is everybody: `"*"` or `{"AWS": "*"}`.
    pub fn is_everybody(&self) -> bool {
        matches!(self.kind, PrincipalKind::Any | PrincipalKind::Aws) && self.item.pattern.is_any()
    }
}

/// One key under one operator.
#[derive(Clone, Debug)]
pub struct Condition {
    pub operator: Operator,
    pub operator_place: Place,
    /// As written; keys match without regard to case.
    pub key: Arc<str>,
    pub key_place: Place,
    pub values: Vec<Item>,
    /// Further values that are not known.
    pub gap: Option<Arc<Unknown>>,
    /// The first value that is kept as a secret.
    pub secret: Option<(Secrecy, Place)>,
}

/// A condition whose key has unknown parts: `${module.eks.oidc_provider}:sub`.
#[derive(Clone, Debug)]
pub struct OpenCondition {
    pub key: Pattern,
    /// The rest, with the key as people would write it.
    pub condition: Condition,
}

/// Something AWS would refuse, or reads otherwise than it is written.
#[derive(Clone, Debug)]
pub struct Flaw {
    pub kind: FlawKind,
    pub place: Place,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FlawKind {
    /// The text is no JSON.
    NotJson(String),
    /// The document, a statement or an element is of the wrong type: what it should be.
    WrongType { element: String, expected: &'static str },
    /// An element that IAM does not know, and the one that is meant.
    UnknownElement { name: String, nearest: Option<&'static str>, of: &'static str },
    /// A statement lacks elements, or a policy its statements.
    Missing { elements: Vec<&'static str> },
    /// Elements of a statement, or a list of statements, where a policy should be: nothing of it is in `Statement`.
    BareStatement { is_list: bool },
    /// Both `Action` and `NotAction`, or the like.
    Both { first: &'static str, second: &'static str },
    /// An element that this kind of policy must not have.
    NotHere { element: &'static str },
    /// A value that is none of the element's: `Effect = "allow"`, `Version = "2012-10-18"`.
    WrongValue { element: &'static str, value: String, expected: &'static str },
    /// The value is one of the element's, but not in this kind of policy: `Effect = "Allow"` in a resource control policy.
    NotThisValue { element: &'static str, value: String, expected: &'static str },
    /// A list or object that must not be empty. `left_out`: the data source writes no such element then.
    Empty { element: &'static str, left_out: bool },
    /// A condition key without values.
    NoValues { operator: Operator, key: String },
    /// A key is written again in the same object: this one is lost, and `by` stays.
    SameKey { key: String, of: KeyOf, conditions: Vec<String>, by: Span },
    /// Two condition keys that differ in nothing but their case.
    SameKeyInCase { key: String, first: Span },
    /// A statement has the `Sid` of an earlier one. `data_source`: one policy document data source makes both.
    SameSid { sid: String, first: Span, data_source: bool },
    /// `NullIfExists`
    NullIfExists { name: String },
    /// `ForAllValues:Null`, `ForAnyValue:Null`
    NullOfSet { name: String, set: SetOperator },
    /// A condition key where an operator belongs: `Condition = { "aws:SourceAccount" = … }`.
    KeyAsOperator { key: String },
    /// An action of which a wildcard names the service: `*:Get*`.
    WildcardService { action: String },
    /// An operator that IAM does not know.
    UnknownOperator { name: String, nearest: Option<String> },
}

/// What an object of a policy is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyOf {
    Policy,
    Statement,
    Principal,
    /// Its keys are operators.
    Condition,
    /// Its keys are condition keys.
    Operator,
}
