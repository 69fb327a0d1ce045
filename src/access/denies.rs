//! The Denies that bind whoever holds a policy: those of the same document, and of every other policy that they hold.
//!
//! "If a policy that applies to a request includes a Deny statement, the request results in an explicit deny" (IAM User Guide, "Policy
//! evaluation logic"), whichever of the policies it is.

use std::sync::Arc;

use super::Scope;
use crate::estate::{self, Identity};
use crate::policy::pattern::{Case, Pattern};
use crate::policy::{Document, Items, Statement};

/// Denies, with those of AWS's own policies, which no source has.
#[derive(Default)]
pub struct Denies<'a> {
    /// With whether each is there for certain: a policy that rests on what is not decided may not have it.
    own: Vec<(&'a Statement, bool)>,
    managed: Vec<Arc<Document>>,
}

impl<'a> Denies<'a> {
    /// Of the document at hand alone.
    pub fn of_document(document: &'a Document) -> Denies<'a> {
        let own = document.statements.iter().filter(|statement| statement.denies()).map(|statement| (statement, true));
        Denies { own: own.collect(), managed: Vec::new() }
    }

    /// Of the policy at hand, and of all that `holder` holds beside it.
    pub fn of_holder(scope: &Scope<'a>, holder: &Identity) -> Denies<'a> {
        let mut denies = scope.document().map(Denies::of_document).unwrap_or_default();
        let at_hand = scope.attached().map(|attached| attached.policy);
        for policy in holder.policies.iter().filter(|policy| Some(**policy) != at_hand) {
            let statements = scope.estate.policy(*policy).iter().flat_map(|form| &form.document.statements);
            denies.own.extend(statements.filter(|statement| statement.denies()).map(|statement| (statement, policy.is_decided())));
        }
        let named = holder.managed.iter().filter_map(|policy| estate::managed_document(policy.aws_name()?));
        denies.managed.extend(named.filter(|document| document.statements.iter().any(Statement::denies)));
        denies
    }

    pub fn is_empty(&self) -> bool {
        self.own.is_empty() && self.managed.is_empty()
    }

    /// Whether one is about some action of a pattern, or may be.
    pub fn meet(&self, actions: &Pattern) -> bool {
        self.all().any(|(statement, _)| {
            let named = |items: &Items| items.items.iter().any(|item| item.pattern.intersects(actions, Case::Insensitive).possibly());
            statement.actions.as_ref().is_none_or(|items| items.negated || items.gap.is_some() || named(items))
        })
    }

    /// Whether one is about an action, or may be.
    pub fn are_about(&self, action: &str) -> bool {
        self.all().any(|(statement, _)| statement.covers_action(action).possibly())
    }

    /// The condition keys that they test.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.all().flat_map(|(statement, _)| &statement.conditions).map(|condition| &*condition.key)
    }

    /// Each with whether it is there for certain.
    pub fn all(&self) -> impl Iterator<Item = (&Statement, bool)> {
        let managed = self.managed.iter().flat_map(|document| &document.statements).filter(|statement| statement.denies());
        self.own.iter().copied().chain(managed.map(|statement| (statement, true)))
    }
}
