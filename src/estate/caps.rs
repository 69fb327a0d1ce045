//! What caps identities and accounts: permissions boundaries, and the policies of an organization that are attached above an account.

use std::collections::HashSet;

use super::gather::{Gathering, each, managed};
use super::identity::ManagedPolicy;
use super::ids::{IdentityId, PolicyId, RefKey};
use super::organization::{self, Binding};
use super::{IdentityKind, Use, sites};
use crate::eval::arms::Arms;
use crate::eval::value::Value;
use crate::eval::{Presence, Resource};
use crate::policy::Place;
use crate::policy::condition::is_key;
use crate::policy::file::is_boundary;
use crate::policy::lower::item;
use crate::policy::pattern::{Mode, Pattern};
use crate::terraform::ResourceMode;

/// A permissions boundary: "an advanced feature for using a managed policy to set the maximum permissions that an identity-based policy can
/// grant to an IAM entity" (IAM User Guide, "Permissions boundaries for IAM entities").
#[derive(Clone, Debug)]
pub struct Boundary {
    /// The argument that sets it.
    pub place: Place,
    /// The policy's ARN, with holes for what is not known.
    pub arn: Option<Pattern>,
    pub policy: BoundaryPolicy,
    /// On what it rests whether what sets it is there.
    pub presence: Presence,
}

#[derive(Clone, Debug)]
pub enum BoundaryPolicy {
    /// Of the estate.
    Own(PolicyId),
    /// By its ARN: one of AWS's own, or one that is made elsewhere.
    Managed(ManagedPolicy),
    /// One of the estate, or of AWS, in one case, and none in the other: with what that rests on, `` `var.bounded` is true ``.
    Perhaps(Box<BoundaryPolicy>, String),
    /// Source shows that there is one, or may be, and not which.
    Unknown,
}

pub(super) const OF_SET: &str = "aws_ssoadmin_permissions_boundary_attachment";

impl Gathering<'_, '_> {
    /// A service or resource control policy is attached to a root, a unit or an account.
    pub(super) fn binding(&mut self, resource: &Resource) {
        let value = |name: &str| self.evaluator.configured_attribute(resource.lazy, name);
        let (Some(policy), Some(target)) = (value("policy_id"), value("target_id")) else { return };
        let presence = self.evaluator.presence(resource);
        let found = RefKey::of(&policy).into_iter().find_map(|key| self.policies_by_arn.get(&key).copied());
        // AWS attaches it everywhere, and it takes nothing away; nor does what is no policy of permissions.
        let is_full = policy.known_string().is_some_and(|id| &*id == organization::FULL_ACCESS);
        if is_full || RefKey::of(&policy).iter().any(|key| self.of_other_kinds.contains(key)) {
            return;
        }
        // Of two targets it is one.
        let is_one = target.arms().is_none();
        for target in each(&target) {
            let node = self.tree.find(&target).unwrap_or_else(|| self.tree.somewhere());
            let (presence, address) = (presence.clone(), resource.address.clone());
            self.tree.bind(Binding { node, is_one, policy: found, header: resource.header, address, presence });
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
            let Some((boundary, serving)) = self.boundary(resource) else { continue };
            for holder in bounded {
                for policy in serving.iter().copied() {
                    self.estate.policy_mut(policy).iter_mut().for_each(|attached| attached.uses.push(Use::Caps(holder)));
                }
                if let Some(identity) = self.estate.identity_mut(holder) {
                    identity.boundary = Some(boundary.clone());
                }
            }
        }
    }

    /// Policies that nobody in source holds, and that those who make roles must set as a boundary: a condition on `iam:PermissionsBoundary` asks for
    /// them, or their names say so.
    pub(super) fn boundaries_of_others(&mut self, resources: &[Resource]) {
        let conditions = self.estate.policies.iter().flat_map(|attached| &attached.document.statements).flat_map(|one| &one.conditions);
        let of_boundary = conditions.filter(|condition| is_key(&condition.key, &["iam:PermissionsBoundary"]));
        let asked: HashSet<RefKey> =
            of_boundary.flat_map(|condition| &condition.values).filter_map(|value| RefKey::of_arn(&value.pattern)).collect();
        for resource in resources.iter().filter(|resource| &*resource.kind == "aws_iam_policy" && resource.mode == ResourceMode::Managed) {
            let value = |name: &str| self.evaluator.attribute(resource.lazy, name);
            let arn = value("arn");
            let Some(policy) = self.own_policy(&arn) else { continue };
            let is_called_so = || is_boundary(&resource.name) || value("name").known_string().is_some_and(|name| is_boundary(&name));
            if RefKey::in_iam(&arn).is_some_and(|arn| asked.contains(&arn)) || is_called_so() {
                let forms = self.estate.policy_mut(policy).iter_mut();
                forms.filter(|form| form.uses.is_empty()).for_each(|form| form.uses.push(Use::CapsOthers));
            }
        }
    }

    /// The boundary that a resource sets, and the policies of the estate that it may be.
    fn boundary(&self, resource: &Resource) -> Option<(Boundary, Vec<PolicyId>)> {
        let set = self.evaluator.configured_attribute(resource.lazy, "permissions_boundary").filter(|value| !is_none(value))?;
        let values = |path| sites::values(self.evaluator, resource, path);
        // Of a permission set by the ARN, or by the name that the policy has in each account.
        let (arns, names) = match &*resource.kind == OF_SET {
            true => {
                (values("permissions_boundary.managed_policy_arn"), values("permissions_boundary.customer_managed_policy_reference.name"))
            }
            false => (vec![set.clone()], Vec::new()),
        };
        let each_arn: Vec<Value> = arns.iter().flat_map(each).collect();
        let by_arn = each_arn.iter().filter_map(|arn| self.own_policy(arn));
        let by_name = names.iter().flat_map(RefKey::of).filter_map(|key| self.policies_by_name.get(&key)).flatten().copied();
        let serving: Vec<PolicyId> = by_arn.chain(by_name).collect();
        // Where it is one of two, or one and none, what is sure of the one is not of the other.
        let is_one = arns.iter().all(|arn| arn.arms().is_none()) && arns.len() + names.len() == 1;
        let policy = match (serving.as_slice(), each_arn.as_slice()) {
            ([only], _) if is_one => BoundaryPolicy::Own(*only),
            ([], [arn]) if is_one => managed(arn, resource).map_or(BoundaryPolicy::Unknown, BoundaryPolicy::Managed),
            _ => BoundaryPolicy::Unknown,
        };
        let policy = match (&policy, set.arms()) {
            (BoundaryPolicy::Unknown, Some(arms)) => self.of_arms(arms, resource).unwrap_or(policy),
            _ => policy,
        };
        let (place, presence) = (Place { span: set.span, way: set.way.clone() }, self.evaluator.presence(resource));
        let arn = item(&set, Mode::LITERAL).map(|item| item.pattern);
        Some((Boundary { place, arn, policy, presence }, serving))
    }

    /// A boundary in one case, and none in the other.
    fn of_arms(&self, arms: &Arms, resource: &Resource) -> Option<BoundaryPolicy> {
        let (arn, taken) = match (is_none(&arms.then), is_none(&arms.otherwise)) {
            (false, true) => (&arms.then, true),
            (true, false) => (&arms.otherwise, false),
            _ => return None,
        };
        let policy = self.own_policy(arn).map(BoundaryPolicy::Own).or_else(|| managed(arn, resource).map(BoundaryPolicy::Managed))?;
        Some(BoundaryPolicy::Perhaps(Box::new(policy), arms.decision.says(taken)))
    }
}

/// Whether a value sets no boundary: the provider takes an empty text for none.
fn is_none(value: &Value) -> bool {
    let of_arms = |arms: &Arms| is_none(&arms.then) && is_none(&arms.otherwise);
    value.is_null() || value.known_string().is_some_and(|text| text.is_empty()) || value.arms().is_some_and(of_arms)
}
