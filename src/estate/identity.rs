//! Identities: roles, users, groups and Identity Center's permission sets.

use std::sync::Arc;

use super::account::AccountRef;
use super::caps::Boundary;
use super::ids::{HomeId, PolicyId};
use crate::eval::{Beside, Presence};
use crate::policy::pattern::Pattern;
use crate::policy::{Item, Place};
use crate::source::Span;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IdentityKind {
    Role,
    User,
    Group,
    PermissionSet,
}

impl IdentityKind {
    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            IdentityKind::Role => "role",
            IdentityKind::User => "user",
            IdentityKind::Group => "group",
            IdentityKind::PermissionSet => "permission set",
        }
    }
}

/// Somebody who holds policies.
#[derive(Clone, Debug)]
pub struct Identity {
    pub kind: IdentityKind,
    pub address: String,
    /// Its name in AWS, with holes for what is not known.
    pub name: Option<Item>,
    pub path: Option<Item>,
    /// Its ARN as source gives it, with holes for what is not known.
    pub arn: Option<Item>,
    /// The block's kind and labels.
    pub header: Span,
    /// The resource's name in Terraform: what to call it where its name is not known.
    pub label: Arc<str>,
    pub account: AccountRef,
    /// The provider configuration that it belongs to.
    pub home: HomeId,
    pub trust: Option<PolicyId>,
    /// On what it rests whether the resource is there.
    pub presence: Presence,
    /// The policies that it holds.
    pub policies: Vec<PolicyId>,
    /// The same with each resource that attaches one, and on what it rests whether that is there.
    pub(super) attached: Vec<(PolicyId, Presence)>,
    /// Managed policies that are not of this estate.
    pub managed: Vec<ManagedPolicy>,
    pub boundary: Option<Boundary>,
    /// Service accounts of Kubernetes that become it by EKS Pod Identity.
    pub service_accounts: Vec<ServiceAccount>,
    /// Headers of the `aws_iam_access_key` blocks that give this user keys which do not expire.
    pub access_keys: Vec<Span>,
    /// Source only names it.
    pub made_elsewhere: bool,
    /// Policies may be attached that are not known.
    pub incomplete: bool,
}

impl Identity {
    /// On what it rests whether a policy is attached to it, where one resource attaches it.
    pub fn attached_by(&self, policy: PolicyId) -> Presence {
        let mut ways = self.attached.iter().filter(|(attached, _)| *attached == policy);
        match (ways.next(), ways.next()) {
            (Some((_, presence)), None) => presence.clone(),
            _ => Presence::default(),
        }
    }

    /// The account in which it acts. A permission set does in those that it is assigned to, and not where it is made.
    pub fn lives_in(&self) -> AccountRef {
        if self.kind == IdentityKind::PermissionSet { AccountRef::Unknown } else { self.account.clone() }
    }

    /// Whether it holds a policy where something else is there, as far as what attaches it decides.
    pub fn holds(&self, policy: PolicyId, given: &Presence) -> Beside {
        let ways = self.attached.iter().filter(|(attached, _)| *attached == policy).map(|(_, presence)| presence.beside(given));
        // The surest way is how it is held; an inline policy is attached by being there.
        ways.min_by_key(|way| match way {
            Beside::Always => 0,
            Beside::Perhaps(_) => 1,
            Beside::Never => 2,
        })
        .unwrap_or(Beside::Always)
    }

    /// The name in AWS, or the address if that is not known.
    pub fn shown_name(&self) -> String {
        match self.name.as_ref().and_then(|name| name.pattern.as_exact()) {
            Some(name) => name.to_owned(),
            None => self.address.clone(),
        }
    }
}

/// A service account of Kubernetes, as far as it is known.
#[derive(Clone, Debug)]
pub struct ServiceAccount {
    pub namespace: Option<Item>,
    pub name: Option<Item>,
}

/// A managed policy that is attached by its ARN.
#[derive(Clone, Debug)]
pub struct ManagedPolicy {
    pub arn: Pattern,
    /// The ARN, where it is attached.
    pub place: Place,
    /// The resource that attaches it.
    pub address: String,
    /// On what it rests whether that is there.
    pub presence: Presence,
}

impl ManagedPolicy {
    /// The name, if it is one of AWS's own: `AdministratorAccess`, `job-function/Billing` without its path.
    pub fn aws_name(&self) -> Option<&str> {
        let arn = self.arn.as_exact().or_else(|| self.suffix())?;
        let (_, rest) = arn.split_once(":iam::aws:policy/")?;
        Some(rest.rsplit('/').next().unwrap_or(rest))
    }

    /// What follows an unknown partition: `arn:${partition}:iam::aws:policy/X`.
    fn suffix(&self) -> Option<&str> {
        use crate::policy::pattern::Segment;
        match self.arn.segments() {
            [Segment::Literal(start), Segment::Hole(_), Segment::Literal(rest)] if &**start == "arn:" => Some(rest),
            _ => None,
        }
    }
}
