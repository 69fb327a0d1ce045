//! What caps identities and accounts: permissions boundaries, and the policies of an organization that are attached above an account.

use super::gather::{Gathering, each, managed};
use super::identity::ManagedPolicy;
use super::ids::{IdentityId, PolicyId, RefKey};
use super::organization::{self, Binding};
use super::{IdentityKind, Use};
use crate::eval::Resource;
use crate::eval::value::Value;
use crate::policy::{Place, sites};

/// A permissions boundary: "an advanced feature for using a managed policy to set the maximum permissions that an identity-based policy can
/// grant to an IAM entity" (IAM User Guide, "Permissions boundaries for IAM entities").
#[derive(Clone, Debug)]
pub struct Boundary {
    /// The argument that sets it.
    pub place: Place,
    pub policy: BoundaryPolicy,
}

#[derive(Clone, Debug)]
pub enum BoundaryPolicy {
    /// Of the estate.
    Own(PolicyId),
    /// By its ARN: one of AWS's own, or one that is made elsewhere.
    Managed(ManagedPolicy),
    /// Source shows that there is one, or may be, and not which.
    Unknown,
}

pub(super) const OF_SET: &str = "aws_ssoadmin_permissions_boundary_attachment";

impl Gathering<'_, '_> {
    /// A service or resource control policy is attached to a root, a unit or an account.
    pub(super) fn binding(&mut self, resource: &Resource) {
        let value = |name: &str| self.evaluator.configured_attribute(resource.lazy, name);
        let (Some(policy), Some(target)) = (value("policy_id"), value("target_id")) else { return };
        let found = RefKey::of(&policy).into_iter().find_map(|key| self.policies_by_arn.get(&key).copied());
        // AWS attaches it everywhere, and it takes nothing away.
        if policy.known_string().is_some_and(|id| &*id == organization::FULL_ACCESS) {
            return;
        }
        for target in each(&target) {
            let Some(node) = self.tree.find(&target) else { continue };
            self.tree.bind(Binding { node, policy: found, header: resource.header, address: resource.address.clone() });
            if let Some(policy) = found {
                self.estate.policy_mut(policy).iter_mut().for_each(|attached| attached.uses.push(Use::Binds(node)));
            }
        }
    }

    /// Sets the boundaries of identities, by their own arguments and by attachments of permission sets.
    pub(super) fn boundaries(&mut self, resources: &[Resource]) {
        for resource in resources {
            let bounded: Vec<IdentityId> = match &*resource.kind {
                "aws_iam_role" | "aws_iam_user" | "awscc_iam_role" => self.by_address.get(&resource.address).copied().into_iter().collect(),
                OF_SET => self.named(resource, IdentityKind::PermissionSet, "permission_set_arn").0,
                _ => continue,
            };
            let Some(boundary) = self.boundary(resource) else { continue };
            for holder in bounded {
                if let BoundaryPolicy::Own(policy) = boundary.policy {
                    self.estate.policy_mut(policy).iter_mut().for_each(|attached| attached.uses.push(Use::Caps(holder)));
                }
                if let Some(identity) = self.estate.identity_mut(holder) {
                    identity.boundary = Some(boundary.clone());
                }
            }
        }
    }

    fn boundary(&self, resource: &Resource) -> Option<Boundary> {
        let set = self.evaluator.configured_attribute(resource.lazy, "permissions_boundary").filter(|value| !value.is_null())?;
        let place = Place { span: set.span, way: set.way.clone() };
        let policy = if &*resource.kind == OF_SET { self.boundary_of_set(resource) } else { self.boundary_by_arn(&set, resource) };
        Some(Boundary { place, policy })
    }

    fn boundary_by_arn(&self, arn: &Value, resource: &Resource) -> BoundaryPolicy {
        // Where it is one of two, or one and none, what is sure of the one is not of the other.
        if arn.arms().is_some() {
            return BoundaryPolicy::Unknown;
        }
        let own = RefKey::of(arn).iter().find_map(|key| self.policies_by_arn.get(key)).copied();
        let own = own.map(BoundaryPolicy::Own);
        own.or_else(|| managed(arn, resource).map(BoundaryPolicy::Managed)).unwrap_or(BoundaryPolicy::Unknown)
    }

    /// Of a permission set: by the ARN, or by the name that the policy has in each account.
    fn boundary_of_set(&self, resource: &Resource) -> BoundaryPolicy {
        let values = |path| sites::values(self.evaluator, resource, path);
        if let [arn] = values("permissions_boundary.managed_policy_arn").as_slice() {
            return self.boundary_by_arn(arn, resource);
        }
        let names = values("permissions_boundary.customer_managed_policy_reference.name");
        let found = names.iter().flat_map(RefKey::of).find_map(|key| self.policies_by_name.get(&key));
        match found.map(Vec::as_slice) {
            Some([policy]) => BoundaryPolicy::Own(*policy),
            _ => BoundaryPolicy::Unknown,
        }
    }
}
