//! AWS Organizations: the root, its units and accounts, and which service and resource control policies are attached to them.
//!
//! A policy that is attached to the root or to a unit binds all accounts below (AWS Organizations User Guide, "SCP evaluation"). Terraform:
//! `aws_organizations_organization`, `aws_organizations_organizational_unit`, `aws_organizations_account`,
//! `aws_organizations_policy_attachment`.

use std::collections::HashMap;

use super::account::AccountRef;
use super::ids::{NodeId, PolicyId, RefKey};
use crate::config::is_account_id;
use crate::eval::value::Value;
use crate::eval::{Evaluator, Presence, Resource};
use crate::policy::lower::reference;
use crate::source::Span;
use crate::terraform::ResourceMode;
use crate::truth::Truth;

pub(super) const ORGANIZATION: &str = "aws_organizations_organization";
const UNIT: &str = "aws_organizations_organizational_unit";
const ACCOUNT: &str = "aws_organizations_account";
pub(super) const ATTACHMENT: &str = "aws_organizations_policy_attachment";
const ADMINISTRATOR: &str = "aws_organizations_delegated_administrator";

/// What a policy can be attached to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodeKind {
    Root,
    Unit,
    Account(AccountRef),
    /// Source shows that a policy is attached, and not to what.
    Somewhere,
}

/// A place in the tree of an organization.
#[derive(Clone, Debug)]
pub struct Node {
    pub kind: NodeKind,
    /// As Terraform writes it, or its id where source has only that.
    pub address: String,
    pub parent: Parent,
}

/// What is above a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parent {
    Nothing,
    Of(NodeId),
    /// Source does not say what: policies may be attached there.
    Unknown,
}

/// What AWS attaches to every root, unit and account; detaching it is nothing that Terraform writes.
pub(super) const FULL_ACCESS: &str = "p-FullAWSAccess";

/// A policy is attached somewhere.
#[derive(Clone, Debug)]
pub struct Binding {
    pub node: NodeId,
    /// Whether it is certainly attached there, and not to something else instead.
    pub is_one: bool,
    /// Nothing where source does not give the policy.
    pub policy: Option<PolicyId>,
    /// The resource that attaches it.
    pub header: Span,
    pub address: String,
    /// On what it rests whether that is there.
    pub presence: Presence,
}

/// Who manages the organization: no policy of the organization binds its management account (AWS Organizations User Guide, "Service control
/// policies", "Tasks and entities not restricted by SCPs").
#[derive(Clone, Debug, Default)]
pub struct Managers {
    pub management: Option<AccountRef>,
    /// Accounts that read the organization: each is it, or a delegated administrator, which is bound as all members are.
    pub perhaps: Vec<AccountRef>,
}

#[derive(Clone, Debug, Default)]
pub struct Organization {
    nodes: Vec<Node>,
    bindings: Vec<Binding>,
    managers: Managers,
}

impl Organization {
    pub fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id.index())
    }

    /// Whether an account is the management account.
    fn is_managed_by(&self, account: &AccountRef) -> Truth {
        match &self.managers.management {
            Some(management) => is_same(management, account),
            None if self.managers.perhaps.iter().any(|other| is_same(other, account).possibly()) => Truth::Unknown,
            None => Truth::No,
        }
    }

    /// What is attached above an account, or to it, each with whether it certainly is. One that is no place of the tree is a member all the same,
    /// below the root: that it may be in a unit nobody speaks of.
    pub fn binding(&self, account: &AccountRef) -> Vec<(&Binding, Truth)> {
        if self.bindings.is_empty() {
            return Vec::new();
        }
        let is_place = |node: &Node| matches!(&node.kind, NodeKind::Account(other) if other == account && *other != AccountRef::Unknown);
        let place = self.nodes.iter().position(is_place).map(NodeId::new);
        let is_member = match (self.is_managed_by(account), place) {
            (Truth::Yes, _) => return Vec::new(),
            (Truth::No, _) => Truth::Yes,
            // The account that is made by another one.
            (Truth::Unknown, Some(_)) if !account.is_of_credentials() => Truth::Yes,
            (Truth::Unknown, _) => Truth::Unknown,
        };
        let above: Vec<(NodeId, &Node)> = place.map(|place| self.above(place).collect()).unwrap_or_default();
        let ends_unknown = above.last().is_some_and(|(_, node)| node.parent == Parent::Unknown && node.kind != NodeKind::Root);
        let is_above = |binding: &Binding| match self.node(binding.node).map(|node| &node.kind) {
            Some(NodeKind::Somewhere) => Truth::Unknown,
            Some(NodeKind::Root) => Truth::Yes,
            _ if above.iter().any(|(id, _)| *id == binding.node) => Truth::Yes,
            Some(NodeKind::Unit) if ends_unknown => Truth::Unknown,
            _ => Truth::No,
        };
        let is_attached = |binding: &Binding| if binding.is_one { Truth::Yes } else { Truth::Unknown };
        let bound = |binding: &Binding| is_above(binding).and(is_member).and(is_attached(binding));
        self.bindings.iter().map(|binding| (binding, bound(binding))).filter(|(_, bound)| bound.possibly()).collect()
    }

    /// A place and all above it, from below, as far as source shows.
    pub fn above(&self, id: NodeId) -> impl Iterator<Item = (NodeId, &Node)> {
        let next = |(_, node): &(NodeId, &Node)| match node.parent {
            Parent::Of(parent) => Some((parent, self.node(parent)?)),
            Parent::Nothing | Parent::Unknown => None,
        };
        let first = self.node(id).map(|node| (id, node));
        // Units that are each other's parents are none of AWS's.
        std::iter::successors(first, next).take(self.nodes.len())
    }
}

/// Whether a resource tells of an organization.
pub(super) fn tells_of_an_organization(mode: ResourceMode, kind: &str) -> bool {
    match mode {
        ResourceMode::Managed => matches!(kind, ORGANIZATION | UNIT | ACCOUNT | ATTACHMENT | ADMINISTRATOR),
        ResourceMode::Data => matches!(kind, ORGANIZATION | UNIT),
    }
}

/// Whether only the management account can make a resource (Organizations API Reference: CreateOrganization, CreateAccount,
/// RegisterDelegatedAdministrator).
pub(super) fn takes_the_management_account(mode: ResourceMode, kind: &str) -> bool {
    mode == ResourceMode::Managed && matches!(kind, ORGANIZATION | ACCOUNT | ADMINISTRATOR)
}

/// Whether the management account reads such a resource as a rule: its roots only that and those to whom it delegates can list (the same,
/// ListRoots).
pub(super) fn is_read_by_an_administrator(mode: ResourceMode, kind: &str) -> bool {
    mode == ResourceMode::Data && kind == ORGANIZATION
}

/// Whether two are one account. Two provider configurations that name no account work in that of the same credentials.
pub(super) fn is_same(one: &AccountRef, other: &AccountRef) -> Truth {
    match (one, other) {
        (one, other) if one == other && *one != AccountRef::Unknown => Truth::Yes,
        (AccountRef::Number(one), AccountRef::Number(other)) => (one == other).into(),
        (one, other) if one.is_of_credentials() && other.is_of_credentials() => Truth::Yes,
        _ => Truth::Unknown,
    }
}

/// Whether a value names the root of the organization, which is the first of a list: `roots[0].id`.
fn is_root(value: &Value) -> bool {
    let unknown = value.as_unknown().map(|unknown| unknown.reason.root().name());
    let by_reference = |name: String| name.contains(ORGANIZATION) && name.contains(".roots");
    value.known_string().is_some_and(|text| text.starts_with("r-")) || unknown.is_some_and(by_reference)
}

fn account(id: &Value) -> AccountRef {
    reference(id).map_or(AccountRef::Unknown, |id| AccountRef::of(&id.pattern))
}

/// The tree while it is put together.
#[derive(Default)]
pub(super) struct Tree {
    organization: Organization,
    by_key: HashMap<RefKey, NodeId>,
    root: Option<NodeId>,
}

impl Tree {
    pub fn of(evaluator: &Evaluator, resources: &[Resource]) -> Tree {
        let mut tree = Tree::default();
        for resource in resources {
            let kind = match &*resource.kind {
                ORGANIZATION => NodeKind::Root,
                UNIT => NodeKind::Unit,
                ACCOUNT => NodeKind::Account(account(&evaluator.attribute(resource.lazy, "id"))),
                _ => continue,
            };
            let id = tree.add(kind.clone(), resource.address.clone());
            if kind == NodeKind::Root {
                tree.root.get_or_insert(id);
                continue;
            }
            RefKey::of(&evaluator.attribute(resource.lazy, "id")).into_iter().for_each(|key| {
                tree.by_key.insert(key, id);
            });
        }
        // A unit may come after what is in it.
        for resource in resources.iter().filter(|resource| matches!(&*resource.kind, UNIT | ACCOUNT)) {
            let Some(child) = RefKey::of(&evaluator.attribute(resource.lazy, "id")).iter().find_map(|key| tree.by_key.get(key)).copied()
            else {
                continue;
            };
            let Some(parent) = evaluator.configured_attribute(resource.lazy, "parent_id") else { continue };
            let parent = tree.find(&parent).map_or(Parent::Unknown, Parent::Of);
            if let Some(node) = tree.organization.nodes.get_mut(child.index()) {
                node.parent = parent;
            }
        }
        tree
    }

    fn add(&mut self, kind: NodeKind, address: String) -> NodeId {
        let id = NodeId::new(self.organization.nodes.len());
        // An account without `parent_id` is in the root ("Argument Reference"), or was moved by hand.
        let parent = if kind == NodeKind::Root { Parent::Nothing } else { Parent::Unknown };
        self.organization.nodes.push(Node { kind, address, parent });
        id
    }

    /// What a value names: by a reference to it, or by the form of its id (Organizations API Reference, AttachPolicy, TargetId).
    pub fn find(&mut self, value: &Value) -> Option<NodeId> {
        let keys = RefKey::of(value);
        if let Some(known) = keys.iter().find_map(|key| self.by_key.get(key)) {
            return Some(*known);
        }
        if is_root(value) {
            let root = self.root.unwrap_or_else(|| self.add(NodeKind::Root, "the root".to_owned()));
            self.root = Some(root);
            return Some(root);
        }
        let text = value.known_string()?;
        let kind = match &*text {
            unit if unit.starts_with("ou-") => NodeKind::Unit,
            account if is_account_id(account) => NodeKind::Account(AccountRef::Number(account.into())),
            _ => return None,
        };
        let id = self.add(kind, text.to_string());
        self.by_key.insert(RefKey::Text(text.as_ref().into()), id);
        Some(id)
    }

    pub fn bind(&mut self, binding: Binding) {
        self.organization.bindings.push(binding);
    }

    /// A place of which source does not say which it is.
    pub fn somewhere(&mut self) -> NodeId {
        self.add(NodeKind::Somewhere, "somewhere".to_owned())
    }

    /// The tree, and what is attached in it.
    pub fn into_organization(self, managers: Managers) -> Organization {
        Organization { managers, ..self.organization }
    }
}
