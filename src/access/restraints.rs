//! What stands against a grant: the Denies of the same document and of every other policy that a holder has, and what caps the holder or the
//! account.
//!
//! "If a policy that applies to a request includes a Deny statement, the request results in an explicit deny" (IAM User Guide, "Policy
//! evaluation logic"), whichever of the policies it is. A permissions boundary must allow what the holder's own policies grant. The policies of
//! an organization take away: that AWS's FullAWSAccess is detached Terraform does not write, so that their Allows allow nothing new.

use std::sync::Arc;

use super::Scope;
use super::holder::{Own, asks_who};
use super::question::{Question, Who};
use super::witness::{Avoided, Level};
use crate::catalog;
use crate::estate::{self, AccountRef, Attached, Boundary, BoundaryPolicy, Estate, Identity};
use crate::eval::arms::Assumption;
use crate::policy::pattern::{Case, Pattern};
use crate::policy::{Document, Items, Parts, PolicyKind, Statement};
use crate::source::Span;
use crate::truth::Truth;

/// A cap that source shows, and of which it does not say what it allows, or whether it binds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    pub cap: Cap,
    /// Where it is set.
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cap {
    /// The holder's permissions boundary.
    Boundary,
    /// A policy of the organization, by what attaches it.
    Attached(String),
}

/// What stands against the grants of one holder, or of one document.
#[derive(Default)]
pub struct Restraints<'a> {
    /// Denies, with whether each is there for certain: a policy that rests on what is not decided may not have it.
    denies: Vec<(&'a Statement, bool)>,
    /// The same of resource control policies, which bind some services alone.
    of_resources: Vec<(&'a Statement, bool)>,
    /// Documents of AWS's own policies, which no source has.
    managed: Vec<Arc<Document>>,
    /// What the boundary allows: of the estate, or of one of AWS's own.
    boundary: Option<Allowed<'a>>,
    /// Where the boundary is set, if it is known.
    set_at: Option<Span>,
    open: Vec<Open>,
    /// The holder as its requests show it.
    own: Option<Own>,
    /// Whether it matters to some of it who asks.
    asks_who: bool,
}

enum Allowed<'a> {
    Own(Vec<&'a Statement>),
    Managed(Arc<Document>),
}

impl<'a> Restraints<'a> {
    /// Of the document at hand alone.
    pub fn of_document(document: &'a Document) -> Restraints<'a> {
        let mut restraints = Restraints::default();
        restraints.add(document, true);
        restraints
    }

    /// Of a document of an account, with the organization's policies that bind the account: resources by the one kind, identities by the other.
    pub fn within_account(document: &'a Document, account: &AccountRef, estate: &'a Estate) -> Restraints<'a> {
        let mut restraints = Restraints::of_document(document);
        restraints.bind(account, document.kind, estate);
        restraints
    }

    /// Of the policy at hand, and of all that `holder` has beside it.
    pub fn of_holder(scope: &Scope<'a>, holder: &Identity) -> Restraints<'a> {
        let mut restraints = scope.document().map(Restraints::of_document).unwrap_or_default();
        let at_hand = scope.attached().map(|attached| attached.policy);
        let assumed = scope.document().map(|document| document.assumed.as_slice()).unwrap_or_default();
        for policy in holder.policies.iter().filter(|policy| Some(**policy) != at_hand) {
            // One condition is never taken both ways at once.
            let forms: Vec<&Document> = beside(assumed, scope.estate.policy(*policy)).collect();
            let is_there = forms.len() == 1;
            forms.into_iter().for_each(|form| restraints.add(form, is_there));
        }
        let named = holder.managed.iter().filter_map(|policy| estate::managed_document(policy.aws_name()?));
        restraints.managed.extend(named.filter(|document| document.statements.iter().any(Statement::denies)));
        holder.boundary.iter().for_each(|boundary| restraints.cap(boundary, assumed, scope.estate));
        restraints.bind(&holder.account, PolicyKind::Identity, scope.estate);
        let asks_who = restraints.statements().any(asks_who);
        let own = Some(Own::of(holder, restraints.partition()));
        Restraints { asks_who, own, ..restraints }
    }

    fn add(&mut self, document: &'a Document, is_there: bool) {
        let denies = document.statements.iter().filter(|statement| statement.denies());
        self.denies.extend(denies.map(|statement| (statement, is_there)));
    }

    /// The holder has a boundary.
    fn cap(&mut self, boundary: &Boundary, assumed: &[Assumption], estate: &'a Estate) {
        let open = Open { cap: Cap::Boundary, span: boundary.place.span };
        match &boundary.policy {
            BoundaryPolicy::Own(policy) => match beside(assumed, estate.policy(*policy)).collect::<Vec<_>>().as_slice() {
                [only] if only.gap.is_none() => {
                    self.add(only, true);
                    self.boundary = Some(Allowed::Own(only.statements.iter().filter(|one| one.allows()).collect()));
                    // What it allows is weighed as far as it is known, and it may be less.
                    match only.statements.iter().all(is_given) {
                        true => self.set_at = Some(boundary.place.span),
                        false => self.open.push(open),
                    }
                }
                _ => self.open.push(open),
            },
            BoundaryPolicy::Managed(policy) => match policy.aws_name().and_then(estate::managed_document) {
                Some(document) => {
                    self.managed.push(Arc::clone(&document));
                    self.boundary = Some(Allowed::Managed(document));
                    self.set_at = Some(boundary.place.span);
                }
                None => self.open.push(open),
            },
            BoundaryPolicy::Unknown => self.open.push(open),
        }
    }

    /// An account is in an organization: whatever is attached above it binds identities, or its resources.
    fn bind(&mut self, account: &AccountRef, kind: PolicyKind, estate: &'a Estate) {
        let is_for_resources = matches!(kind, PolicyKind::Resource | PolicyKind::Trust);
        for (binding, is_bound) in estate.organization.binding(account) {
            let forms = binding.policy.map(|policy| estate.policy(policy)).unwrap_or_default();
            let kinds = [PolicyKind::ServiceControl, PolicyKind::ResourceControl];
            let kind = kinds.into_iter().find(|kind| forms.iter().any(|form| form.document.kind == *kind));
            if kind.is_some_and(|kind| (kind == PolicyKind::ResourceControl) != is_for_resources) {
                continue;
            }
            let is_known = forms.len() == 1 && forms.iter().all(|form| form.document.gap.is_none());
            if is_bound != Truth::Yes || !is_known {
                self.open.push(Open { cap: Cap::Attached(binding.address.clone()), span: binding.header });
                continue;
            }
            let denies = forms.iter().flat_map(|form| &form.document.statements).filter(|statement| statement.denies());
            let denies = denies.map(|statement| (statement, true));
            if is_for_resources { self.of_resources.extend(denies) } else { self.denies.extend(denies) }
        }
    }

    /// Whether nothing that is known stands against any grant.
    pub fn is_empty(&self) -> bool {
        self.denies.is_empty() && self.of_resources.is_empty() && self.managed_denies().next().is_none() && !self.is_capped()
    }

    /// Whether a boundary takes something away, as far as its Allows go.
    fn is_capped(&self) -> bool {
        self.boundary.is_some() && !self.allowing().any(allows_everything)
    }

    fn allowing(&self) -> impl Iterator<Item = &Statement> {
        let own = self.boundary.iter().flat_map(|allowed| match allowed {
            Allowed::Own(statements) => statements.as_slice(),
            Allowed::Managed(_) => &[],
        });
        let managed = self.boundary.iter().flat_map(|allowed| match allowed {
            Allowed::Own(_) => &[],
            Allowed::Managed(document) => document.statements.as_slice(),
        });
        own.copied().chain(managed.filter(|statement| statement.allows()))
    }

    /// What must allow a request beside what grants it.
    pub fn levels(&self) -> Vec<Level<'_>> {
        if self.is_capped() { vec![self.allowing().collect()] } else { Vec::new() }
    }

    /// Whether something is against some action of a pattern, or may be.
    pub fn meet(&self, actions: &Pattern) -> bool {
        self.is_capped()
            || self.all().any(|(statement, _)| {
                let named = |items: &Items| items.items.iter().any(|item| item.pattern.intersects(actions, Case::Insensitive).possibly());
                statement.actions.as_ref().is_none_or(|items| items.negated || items.gap.is_some() || named(items))
            })
    }

    /// Whether something is about an action, or may be.
    pub fn are_about(&self, action: &str) -> bool {
        self.is_capped() || self.all().any(|(statement, _)| statement.covers_action(action).possibly())
    }

    /// What each has to say of an action.
    pub fn about(&self, action: &str) -> Vec<Truth> {
        let levels = self.levels();
        let statements = self.all().map(|(statement, _)| statement).chain(levels.iter().flatten().copied());
        statements.map(|statement| statement.covers_action(action)).collect()
    }

    /// A question of whoever holds the policies as one of who it is that does; nothing where that does not matter.
    pub fn asker<'q>(&self, start: Option<&Statement>, question: &Question<'q>) -> Option<Question<'q>> {
        let own = self.own.as_ref().filter(|_| matches!(question.caller().who, Who::Holder))?;
        (self.asks_who || start.is_some_and(asks_who)).then(|| question.asked_by(own))
    }

    /// The partition that some of it names, or else the one in which nearly all accounts are: an account is in one.
    fn partition(&self) -> &str {
        let patterns = self.statements().flat_map(|statement| {
            let values = statement.conditions.iter().flat_map(|condition| &condition.values);
            statement.resources.iter().flat_map(|resources| &resources.items).chain(values)
        });
        let named = patterns.filter_map(|item| item.pattern.literal_prefix().strip_prefix("arn:")?.split(':').next());
        named.into_iter().find(|name| name.starts_with("aws-")).unwrap_or("aws")
    }

    /// All Denies, and what a boundary allows.
    fn statements(&self) -> impl Iterator<Item = &Statement> {
        self.all().map(|(statement, _)| statement).chain(self.allowing())
    }

    /// The condition keys that are tested.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.statements().flat_map(|statement| &statement.conditions).map(|condition| &*condition.key)
    }

    /// All Denies, each with whether it is there for certain.
    pub fn all(&self) -> impl Iterator<Item = (&Statement, bool)> {
        let managed = self.managed_denies().map(|statement| (statement, true));
        self.denies.iter().copied().chain(self.of_resources.iter().copied()).chain(managed)
    }

    fn managed_denies(&self) -> impl Iterator<Item = &Statement> {
        self.managed.iter().flat_map(|document| &document.statements).filter(|statement| statement.denies())
    }

    /// The Denies that count for an action.
    pub fn avoided<'s>(&'s self, action: &str) -> impl Iterator<Item = Avoided<'s>> {
        let of_resources = self.denies.len()..self.denies.len() + self.of_resources.len();
        let is_bound = catalog::is_bound_by_resource_control(action);
        let counts = move |position: &usize| is_bound || !of_resources.contains(position);
        let placed = self.all().enumerate().filter(move |(position, _)| counts(position));
        placed.map(|(position, (statement, is_there))| Avoided { position, statement, is_there })
    }

    /// Caps that source shows and does not give.
    pub fn open(&self) -> &[Open] {
        &self.open
    }

    /// Where the boundary is set that was weighed.
    pub fn boundary(&self) -> Option<Span> {
        self.set_at
    }
}

/// The forms of a policy that can be where decisions are taken so.
fn beside<'a>(assumed: &[Assumption], forms: &'a [Attached]) -> impl Iterator<Item = &'a Document> {
    let can_be = |form: &&Attached| !form.document.assumed.iter().any(|own| assumed.iter().any(|other| own.contradicts(other)));
    forms.iter().filter(can_be).map(|form| &form.document)
}

/// Whether source gives a statement but for single values in its resources and conditions.
fn is_given(statement: &Statement) -> bool {
    let is_known = |items: &Items| items.gap.is_none() && !items.items.iter().any(|item| item.pattern.has_hole());
    statement.effect.is_some() && statement.actions.as_ref().is_some_and(is_known) && !statement.has_unknown(Parts::Whole)
}

/// Whether a statement allows every action on every resource, always.
fn allows_everything(statement: &Statement) -> bool {
    statement.conditions.is_empty() && statement.gap.is_none() && is_everything(statement)
}

/// Whether a statement is about every action on every resource.
pub(super) fn is_everything(statement: &Statement) -> bool {
    let all =
        |items: &Option<Items>| items.as_ref().is_some_and(|items| !items.negated && items.items.iter().any(|item| item.pattern.is_any()));
    all(&statement.actions) && all(&statement.resources)
}
