//! What source shows and what may stand against a grant, or not: a policy of which it does not give all, that is there in one case only, or that
//! binds an account if that is where source does not say it is.

use std::sync::Arc;

use super::Scope;
use crate::catalog;
use crate::estate::{Attached, Identity};
use crate::eval::Presence;
use crate::eval::arms::Assumption;
use crate::policy::{Document, Items, Parts, Statement};
use crate::source::Span;

/// A policy that may take away what was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    pub cap: Cap,
    /// Where it is set.
    pub span: Span,
    pub why: Why,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cap {
    /// The holder's permissions boundary.
    Boundary,
    /// A policy of the organization, by what attaches it.
    Attached(String),
    /// Another policy of the holder, by its address.
    Denies(String),
    /// The block of public access of a bucket.
    PublicAccessBlock,
}

/// Why nobody knows whether it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// Source does not give it, or not all of it.
    Unknown,
    /// It is there in one case: `` `var.on` is true ``.
    If(String),
    /// Source does not say whether it binds the account.
    Elsewhere,
}

/// A policy by its text.
#[derive(Clone)]
pub(super) enum Text<'a> {
    Own(&'a Document),
    /// One of AWS's, which no source has.
    Managed(Arc<Document>),
}

impl Text<'_> {
    pub fn document(&self) -> &Document {
        match self {
            Text::Own(document) => document,
            Text::Managed(document) => document,
        }
    }

    pub fn denies(&self) -> impl Iterator<Item = &Statement> {
        self.document().statements.iter().filter(|statement| statement.denies())
    }

    pub fn allows(&self) -> impl Iterator<Item = &Statement> {
        self.document().statements.iter().filter(|statement| statement.allows())
    }
}

/// For which requests a policy counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Binds {
    /// Those of whoever holds it, or is below what it is attached to.
    Holder,
    /// Those for resources below: of some services (AWS Organizations User Guide, "Resource control policies").
    Resources,
}

/// What may stand against a grant.
pub(super) struct Perhaps<'a> {
    pub open: Open,
    pub binds: Binds,
    /// What it may be: one of these. Nothing is known of one without any.
    pub texts: Vec<Text<'a>>,
    /// Whether it must allow a request, as a boundary must.
    pub allows: bool,
    /// Whether one of these is there for certain.
    pub is_there: bool,
}

impl Perhaps<'_> {
    pub fn counts_for(&self, action: &str) -> bool {
        self.binds == Binds::Holder || catalog::is_bound_by_resource_control(action)
    }

    /// Whether any request may be one that it takes away.
    pub fn is_of_anything(&self) -> bool {
        self.allows || self.texts.is_empty()
    }

    /// What it allows, where it must.
    pub fn allows(&self) -> impl Iterator<Item = &Statement> {
        self.texts.iter().filter(|_| self.allows).flat_map(Text::allows)
    }
}

/// What is so where a document is there.
pub(super) fn given_with(document: &Document, presence: &Presence) -> Presence {
    presence.and(&Presence { assumed: document.assumed.clone(), ..Presence::default() })
}

/// What is so where somebody holds the policy at hand.
pub(super) fn given_to(holder: &Identity, scope: &Scope) -> Presence {
    let Some(attached) = scope.attached() else { return holder.presence.clone() };
    given_with(&attached.document, &holder.presence.and(&attached.presence).and(&holder.attached_by(attached.policy)))
}

/// What the forms of a policy differ by, which is not decided.
pub(super) fn differ(given: &Presence, forms: &[&Attached]) -> Why {
    let open = |assumption: &&Assumption| !given.assumed.iter().any(|one| one.decision == assumption.decision);
    let assumption = forms.iter().flat_map(|form| &form.document.assumed).find(open);
    assumption.map_or(Why::Unknown, |assumption| Why::If(assumption.decision.says(assumption.taken)))
}

/// The forms of a policy that can be where decisions are taken so.
pub(super) fn beside<'a>(given: &Presence, forms: &'a [Attached]) -> Vec<&'a Attached> {
    let can_be = |form: &&Attached| !form.document.assumed.iter().any(|own| given.assumed.iter().any(|other| own.contradicts(other)));
    forms.iter().filter(can_be).collect()
}

/// The texts, if all of their statements are known to be there.
pub(super) fn known(texts: Vec<Text>) -> Vec<Text> {
    if texts.iter().any(|text| text.document().gap.is_some()) { Vec::new() } else { texts }
}

/// Whether source gives all of a policy.
pub(super) fn is_given(document: &Document) -> bool {
    let is_known = |items: &Items| items.gap.is_none() && !items.items.iter().any(|item| item.pattern.has_hole());
    let of_statement = |statement: &Statement| {
        let items = [&statement.actions, &statement.resources].into_iter().flatten();
        let values = statement.conditions.iter().flat_map(|condition| &condition.values);
        let is_whole = statement.effect.is_some() && statement.actions.is_some() && !statement.has_unknown(Parts::Whole);
        is_whole && items.into_iter().all(is_known) && !values.into_iter().any(|value| value.pattern.has_hole())
    };
    document.gap.is_none() && document.statements.iter().all(of_statement)
}
