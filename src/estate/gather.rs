//! From resources to the estate: policies lowered, identities found, attachments joined.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::access_keys::{AccessKey, is_for_mail};
use super::account::AccountRef;
use super::concern::Concerns;
use super::home::{Homes, contradiction, declared};
use super::identity::{Identity, IdentityKind, ManagedPolicy, ServiceAccount};
use super::ids::{HomeId, IdentityId, PolicyId, RefKey};
use super::managed::ManagedByAws;
use super::{Attached, Estate, Use, buckets, federation, kubernetes, organization, sites};
use crate::config::Config;
use crate::eval::unknown::Reason;
use crate::eval::value::{Kind, Value};
use crate::eval::{Evaluator, Options, Presence, Resource, Tags};
use crate::finding::{Problem, ProblemKind};
use crate::policy::PolicyKind;
use crate::policy::lower::{item, reference};
use crate::policy::pattern::Mode;
use crate::source::Sources;
use crate::terraform::{ModuleId, ResourceMode, Root, Tree};

/// The estate of one root module.
pub struct Gathered {
    pub root: Root,
    pub estate: Estate,
    /// The modules that it has instances of.
    pub entered: Vec<ModuleId>,
}

/// Resources that are not policies themselves but say who holds one.
const ATTACHMENTS: &[&str] = &[
    "aws_eks_pod_identity_association",
    "aws_iam_access_key",
    "aws_iam_group",
    "aws_iam_group_membership",
    "aws_iam_group_policies_exclusive",
    "aws_iam_group_policy_attachment",
    "aws_iam_group_policy_attachments_exclusive",
    "aws_iam_policy_attachment",
    "aws_iam_role",
    "aws_iam_role_policies_exclusive",
    "aws_iam_role_policy_attachment",
    "aws_iam_role_policy_attachments_exclusive",
    "aws_iam_user",
    "aws_iam_user_group_membership",
    "aws_iam_user_policies_exclusive",
    "aws_iam_user_policy_attachment",
    "aws_iam_user_policy_attachments_exclusive",
    "aws_ssoadmin_customer_managed_policy_attachment",
    "aws_ssoadmin_managed_policy_attachment",
    "aws_ssoadmin_permission_set",
    "aws_ssoadmin_permissions_boundary_attachment",
];

/// Whether a resource has a part in the estate.
pub(super) fn interesting(mode: ResourceMode, kind: &str) -> bool {
    sites::carries_policies(mode, kind)
        || kubernetes::tells_of_a_cluster(mode, kind)
        || federation::is_provider(mode, kind)
        || buckets::tells_of_a_bucket(mode, kind)
        || organization::tells_of_an_organization(mode, kind)
        || mode == ResourceMode::Managed && ATTACHMENTS.contains(&kind)
}

/// Evaluates one root module, and all that it calls, into its estate.
pub fn gather(tree: &Tree, sources: &Sources, options: &Options, config: &Config, root: Root, concerns: &Concerns) -> Gathered {
    let declared = declared(tree, sources, config, &root);
    let evaluator = Evaluator::new(tree, sources, options, &root).with_managed_policies(&ManagedByAws);
    let evaluator = evaluator.with_declared_account(declared.clone());
    let resources = evaluator.resources(&interesting, &|module| concerns.module(module));
    let mut gathering = Gathering {
        evaluator: &evaluator,
        estate: Estate::default(),
        homes: Homes::new(tree.root_name(&root, sources)),
        by_key: HashMap::new(),
        by_address: HashMap::new(),
        policies_by_arn: HashMap::new(),
        policies_by_name: HashMap::new(),
        of_other_kinds: HashSet::new(),
        inline: HashSet::new(),
        members: Vec::new(),
        tree: organization::Tree::of(&evaluator, &resources),
        sources: (tree, sources),
    };
    for resource in &resources {
        evaluator.next_resource();
        gathering.identity(resource);
        gathering.provider(resource);
    }
    for resource in &resources {
        evaluator.next_resource();
        gathering.policies(resource);
    }
    for resource in &resources {
        evaluator.next_resource();
        gathering.attachment(resource);
    }
    gathering.estate.clusters = kubernetes::clusters(&evaluator, tree, root.module, &resources);
    gathering.estate.buckets = buckets::buckets(&evaluator, &resources, &|resource| gathering.account(resource));
    gathering.memberships();
    gathering.boundaries(&resources);
    gathering.boundaries_of_others(&resources);
    let too_many = gathering.handed(concerns, sources);
    let managers = gathering.managers(&resources);
    gathering.estate.tags = tags(&gathering.estate, &evaluator, &resources);
    let homes = gathering.homes.into_list();
    let mut estate = gathering.estate;
    estate.organization = gathering.tree.into_organization(managers);
    estate.problems = evaluator.take_problems();
    estate.problems.extend(too_many);
    estate.problems.extend(declared.and_then(|declared| contradiction(&homes, &declared)));
    estate.homes = homes;
    estate.perhaps_own = estate.perhaps_own();
    estate.problems.extend(refused(&estate));
    let entered = evaluator.entered();
    drop(evaluator);
    Gathered { root, estate, entered }
}

/// Resources that are themselves what their policies are for, and that can have tags.
const TAGGED: &[&str] =
    &["aws_dynamodb_table", "aws_iam_role", "aws_iam_user", "aws_kms_key", "aws_secretsmanager_secret", "aws_sns_topic", "aws_sqs_queue"];

/// The tags of resources, if some condition is about tags: to evaluate them takes as long as all else.
fn tags(estate: &Estate, evaluator: &Evaluator, resources: &[Resource]) -> HashMap<String, Tags> {
    let is_of_tags = |key: &str| key.split_once('/').is_some_and(|(key, _)| key.to_ascii_lowercase().ends_with("tag"));
    let conditions = estate.policies.iter().flat_map(|attached| &attached.document.statements).flat_map(|statement| &statement.conditions);
    if !conditions.into_iter().any(|condition| is_of_tags(&condition.key)) {
        return HashMap::new();
    }
    let tagged = resources.iter().filter(|resource| resource.mode == ResourceMode::Managed && TAGGED.contains(&&*resource.kind));
    tagged.map(|resource| (resource.address.clone(), evaluator.tags(resource))).collect()
}

/// Policies that Terraform fails on before AWS sees them.
fn refused(estate: &Estate) -> Vec<Problem> {
    let problem = |attached: &Attached| match attached.document.gap.as_ref().map(|gap| (&gap.reason, gap.span)) {
        Some((Reason::Failed(message), span)) if attached.document.is_unknown() && attached.document.flaws.is_empty() => {
            let (policy, address) = (attached.kind().name(), &attached.document.address);
            let message = format!("Terraform would fail on the {policy} of `{address}`: {message}");
            Some(Problem::new(ProblemKind::Terraform, message, span))
        }
        _ => None,
    };
    // A form in which Terraform fails is not meant, as long as there is another.
    estate.policies.iter().filter(|attached| attached.policy.is_decided()).filter_map(problem).collect()
}

pub(super) struct Gathering<'e, 'a> {
    pub(super) evaluator: &'e Evaluator<'a>,
    pub(super) estate: Estate,
    pub(super) homes: Homes,
    /// Identities by kind and by what names them.
    by_key: HashMap<(IdentityKind, RefKey), Vec<IdentityId>>,
    pub(super) by_address: HashMap<String, IdentityId>,
    /// Each `aws_iam_policy` by what names it.
    pub(super) policies_by_arn: HashMap<RefKey, PolicyId>,
    /// The same by name, which is one policy in each account.
    pub(super) policies_by_name: HashMap<RefKey, Vec<PolicyId>>,
    /// Policies of the organization that say nothing of permissions: of tags, backups and the like.
    pub(super) of_other_kinds: HashSet<RefKey>,
    /// Inline policies by who holds them and what names them.
    inline: HashSet<(IdentityId, RefKey)>,
    /// Groups and their members.
    members: Vec<(IdentityId, IdentityId)>,
    pub(super) tree: organization::Tree,
    /// The tree that it is of, with its text.
    sources: (&'a Tree, &'a Sources),
}

fn identity_kind(resource: &str) -> Option<IdentityKind> {
    match resource {
        "aws_iam_role" | "awscc_iam_role" => Some(IdentityKind::Role),
        "aws_iam_user" => Some(IdentityKind::User),
        "aws_iam_group" => Some(IdentityKind::Group),
        "aws_ssoadmin_permission_set" => Some(IdentityKind::PermissionSet),
        _ => None,
    }
}

impl Gathering<'_, '_> {
    /// Where a resource is: its provider's home, and the account.
    fn home(&self, resource: &Resource) -> (HomeId, AccountRef) {
        self.homes.find(self.evaluator, &resource.provider, resource.header)
    }

    fn account(&self, resource: &Resource) -> AccountRef {
        self.home(resource).1
    }

    /// Who manages the organization, as far as resources show whose account that takes.
    fn managers(&self, resources: &[Resource]) -> organization::Managers {
        let accounts = |is: fn(ResourceMode, &str) -> bool| {
            let those = resources.iter().filter(|resource| is(resource.mode, &resource.kind));
            those.map(|resource| self.account(resource)).collect::<Vec<AccountRef>>()
        };
        organization::Managers {
            management: accounts(organization::takes_the_management_account).into_iter().next(),
            perhaps: accounts(organization::is_read_by_an_administrator),
        }
    }

    fn identity(&mut self, resource: &Resource) {
        let Some(kind) = identity_kind(&resource.kind) else { return };
        let named = if &*resource.kind == "awscc_iam_role" { "role_name" } else { "name" };
        let name = self.evaluator.attribute(resource.lazy, named);
        let id = IdentityId::new(self.estate.identities.len());
        let by: &[&str] = match kind {
            IdentityKind::PermissionSet => &["arn", "id"],
            IdentityKind::Role => &[named, "id", "arn"],
            _ => &["name", "id"],
        };
        for attribute in by.iter().copied() {
            for key in RefKey::of(&self.evaluator.attribute(resource.lazy, attribute)) {
                self.by_key.entry((kind, key)).or_default().push(id);
            }
        }
        let path = self.evaluator.configured_attribute(resource.lazy, "path");
        let (home, account) = self.home(resource);
        let identity = Identity {
            kind,
            address: resource.address.clone(),
            name: item(&name, Mode::LITERAL),
            path: path.and_then(|path| item(&path, Mode::LITERAL)),
            arn: item(&self.evaluator.attribute(resource.lazy, "arn"), Mode::LITERAL),
            header: resource.header,
            label: Arc::clone(&resource.name),
            account,
            home,
            trust: None,
            presence: self.evaluator.presence(resource),
            policies: Vec::new(),
            attached: Vec::new(),
            managed: Vec::new(),
            boundary: None,
            service_accounts: Vec::new(),
            access_keys: Vec::new(),
            made_elsewhere: false,
            incomplete: false,
        };
        self.by_address.insert(resource.address.clone(), id);
        self.estate.identities.push(identity);
    }

    fn provider(&mut self, resource: &Resource) {
        self.estate.providers.extend(federation::Provider::of(self.evaluator, resource, self.account(resource)));
    }

    /// The identity that a value names in an account. Two of one name are in two accounts, and an attachment is in its holder's.
    fn find(&self, kind: IdentityKind, value: &Value, account: &AccountRef) -> Option<IdentityId> {
        let named = RefKey::of(value).into_iter().find_map(|key| self.by_key.get(&(kind, key)))?;
        let whose = |id: &IdentityId| self.estate.identity(*id).map(|identity| &identity.account);
        let elsewhere = |other: &AccountRef| matches!((other.number(), account.number()), (Some(other), Some(own)) if other != own);
        let same = named.iter().find(|id| whose(id) == Some(account));
        same.or_else(|| named.iter().find(|id| whose(id).is_some_and(|other| !elsewhere(other)))).copied()
    }

    fn policies(&mut self, resource: &Resource) {
        let holder = self.holder(resource);
        let (home, account) = self.home(resource);
        if let Some(holder) = holder {
            let names = match &*resource.kind {
                "aws_iam_role" => sites::values(self.evaluator, resource, "inline_policy.name"),
                _ => vec![self.evaluator.attribute(resource.lazy, "name")],
            };
            self.inline.extend(names.iter().flat_map(RefKey::of).map(|key| (holder, key)));
        }
        let is_of_organization = &*resource.kind == "aws_organizations_policy";
        if is_of_organization && sites::is_of_other_kind(self.evaluator, resource) {
            let keys = ["id", "arn"].iter().flat_map(|name| RefKey::of(&self.evaluator.attribute(resource.lazy, name)));
            self.of_other_kinds.extend(keys);
        }
        let presence = self.evaluator.presence(resource);
        for forms in sites::documents(self.evaluator, resource) {
            if forms.is_empty() {
                continue;
            }
            let policy = PolicyId::new(self.estate.policies.len(), forms.len());
            if is_of_organization {
                for key in ["id", "arn"].iter().flat_map(|name| RefKey::of(&self.evaluator.attribute(resource.lazy, name))) {
                    self.policies_by_arn.entry(key).or_insert(policy);
                }
            }
            if &*resource.kind == "aws_iam_policy" {
                let arn = self.evaluator.attribute(resource.lazy, "arn");
                for key in RefKey::of(&arn).into_iter().chain(RefKey::in_iam(&arn)) {
                    self.policies_by_arn.entry(key).or_insert(policy);
                }
                for key in RefKey::of(&self.evaluator.attribute(resource.lazy, "name")) {
                    self.policies_by_name.entry(key).or_default().push(policy);
                }
            }
            let kind = forms.first().map(|document| document.kind);
            if let Some(identity) = holder.and_then(|holder| self.estate.identity_mut(holder)) {
                match kind {
                    Some(PolicyKind::Trust) => identity.trust = Some(policy),
                    _ => identity.policies.push(policy),
                }
            }
            for document in forms {
                let uses = holder.map(|holder| if document.kind == PolicyKind::Trust { Use::Trusts(holder) } else { Use::Grants(holder) });
                let uses = uses.into_iter().collect();
                let (account, presence) = (account.clone(), presence.clone());
                self.estate.policies.push(Attached { document, uses, account, home: Some(home), policy, presence });
            }
        }
    }

    /// The identity that an inline policy belongs to.
    fn holder(&mut self, resource: &Resource) -> Option<IdentityId> {
        let (kind, argument) = match &*resource.kind {
            "aws_iam_role" | "awscc_iam_role" => return self.by_address.get(&resource.address).copied(),
            "aws_iam_role_policy" => (IdentityKind::Role, "role"),
            "awscc_iam_role_policy" => (IdentityKind::Role, "role_name"),
            "aws_iam_user_policy" => (IdentityKind::User, "user"),
            "aws_iam_group_policy" => (IdentityKind::Group, "group"),
            "aws_ssoadmin_permission_set_inline_policy" => (IdentityKind::PermissionSet, "permission_set_arn"),
            _ => return None,
        };
        let name = self.evaluator.attribute(resource.lazy, argument);
        self.find(kind, &name, &self.account(resource)).or_else(|| {
            let is_named = name.known_string().is_some() && kind != IdentityKind::PermissionSet;
            is_named.then(|| self.made_elsewhere(kind, &name, resource))
        })
    }

    fn attachment(&mut self, resource: &Resource) {
        let single = |kind, argument| vec![(kind, argument)];
        let (holders, policies) = match &*resource.kind {
            "aws_iam_role_policy_attachment" => (single(IdentityKind::Role, "role"), "policy_arn"),
            "aws_iam_role_policy_attachments_exclusive" => (single(IdentityKind::Role, "role_name"), "policy_arns"),
            "aws_iam_user_policy_attachment" => (single(IdentityKind::User, "user"), "policy_arn"),
            "aws_iam_user_policy_attachments_exclusive" => (single(IdentityKind::User, "user_name"), "policy_arns"),
            "aws_iam_group_policy_attachment" => (single(IdentityKind::Group, "group"), "policy_arn"),
            "aws_iam_group_policy_attachments_exclusive" => (single(IdentityKind::Group, "group_name"), "policy_arns"),
            "aws_iam_role" | "awscc_iam_role" => return self.attached_by_role(resource),
            "aws_ssoadmin_managed_policy_attachment" => (single(IdentityKind::PermissionSet, "permission_set_arn"), "managed_policy_arn"),
            "aws_ssoadmin_customer_managed_policy_attachment" => return self.attached_by_name(resource),
            organization::ATTACHMENT => return self.binding(resource),
            "aws_eks_pod_identity_association" => return self.associated(resource),
            "aws_iam_access_key" => return self.access_key(resource),
            "aws_iam_group_membership" => return self.joined(resource, "group", "users"),
            "aws_iam_user_group_membership" => return self.joined(resource, "groups", "user"),
            "aws_iam_role_policies_exclusive" => return self.inline_only(resource, IdentityKind::Role, "role_name"),
            "aws_iam_user_policies_exclusive" => return self.inline_only(resource, IdentityKind::User, "user_name"),
            "aws_iam_group_policies_exclusive" => return self.inline_only(resource, IdentityKind::Group, "group_name"),
            "aws_iam_policy_attachment" => {
                (vec![(IdentityKind::Role, "roles"), (IdentityKind::User, "users"), (IdentityKind::Group, "groups")], "policy_arn")
            }
            _ => return,
        };
        let Some(arns) = self.evaluator.configured_attribute(resource.lazy, policies) else { return };
        for (kind, argument) in holders {
            let named = self.evaluator.configured_attribute(resource.lazy, argument).map(|value| each(&value)).unwrap_or_default();
            for name in named {
                let holder = self.find(kind, &name, &self.account(resource)).or_else(|| self.elsewhere(kind, &name, &arns, resource));
                if let Some(holder) = holder {
                    self.attach_all(holder, &arns, resource);
                }
            }
        }
    }

    /// An identity that is made elsewhere, of which source tells the name and what is attached to it. One without a name tells nothing
    /// of a policy that is judged anyway.
    fn elsewhere(&mut self, kind: IdentityKind, name: &Value, arns: &Value, resource: &Resource) -> Option<IdentityId> {
        let own = |arn: &Value| self.own_policy(arn).is_some();
        if item(name, Mode::LITERAL).is_none() && each(arns).iter().all(own) {
            return None;
        }
        Some(self.made_elsewhere(kind, name, resource))
    }

    fn made_elsewhere(&mut self, kind: IdentityKind, name: &Value, resource: &Resource) -> IdentityId {
        let id = IdentityId::new(self.estate.identities.len());
        let (home, account) = self.home(resource);
        for key in RefKey::of(name) {
            self.by_key.entry((kind, key)).or_default().push(id);
        }
        self.estate.identities.push(Identity {
            kind,
            address: resource.address.clone(),
            name: reference(name),
            path: None,
            arn: None,
            header: resource.header,
            label: Arc::clone(&resource.name),
            account,
            home,
            trust: None,
            presence: self.evaluator.presence(resource),
            policies: Vec::new(),
            attached: Vec::new(),
            managed: Vec::new(),
            boundary: None,
            service_accounts: Vec::new(),
            access_keys: Vec::new(),
            made_elsewhere: true,
            incomplete: true,
        });
        id
    }

    /// The identities that an argument names, and whether it may name others.
    pub(super) fn named(&self, resource: &Resource, kind: IdentityKind, argument: &str) -> (Vec<IdentityId>, bool) {
        let Some(value) = self.evaluator.configured_attribute(resource.lazy, argument) else { return (Vec::new(), false) };
        let account = self.account(resource);
        let names = each(&value);
        let found: Vec<IdentityId> = names.iter().filter_map(|name| self.find(kind, name, &account)).collect();
        let more = found.len() < names.len() || value.as_list().is_some_and(|list| list.more.is_some());
        (found, more)
    }

    /// Customer managed policies of a permission set: in each account the one of that name.
    fn attached_by_name(&mut self, resource: &Resource) {
        let (holders, _) = self.named(resource, IdentityKind::PermissionSet, "permission_set_arn");
        let presence = self.evaluator.presence(resource);
        for name in sites::values(self.evaluator, resource, "customer_managed_policy_reference.name") {
            let found: Vec<PolicyId> =
                RefKey::of(&name).iter().filter_map(|key| self.policies_by_name.get(key)).flatten().copied().collect();
            for holder in &holders {
                found.iter().for_each(|policy| self.hold(*holder, *policy, &presence));
                self.doubt(*holder, found.is_empty());
            }
        }
    }

    /// A service account of Kubernetes may become a role: EKS Pod Identity.
    fn associated(&mut self, resource: &Resource) {
        let (holders, _) = self.named(resource, IdentityKind::Role, "role_arn");
        let argument = |name: &str| self.evaluator.configured_attribute(resource.lazy, name).and_then(|value| item(&value, Mode::LITERAL));
        let account = ServiceAccount { namespace: argument("namespace"), name: argument("service_account") };
        for holder in holders {
            if let Some(identity) = self.estate.identity_mut(holder) {
                identity.service_accounts.push(account.clone());
            }
        }
    }

    /// A user has a key. One that is switched off opens nothing.
    fn access_key(&mut self, resource: &Resource) {
        let status = self.evaluator.configured_attribute(resource.lazy, "status");
        if status.and_then(|status| status.known_string().map(|status| &*status == "Inactive")).unwrap_or(false) {
            return;
        }
        let (users, _) = self.named(resource, IdentityKind::User, "user");
        let argument = |name: &str| self.evaluator.configured_attribute(resource.lazy, name).filter(|value| !value.is_null());
        self.estate.access_keys.push(AccessKey {
            address: resource.address.clone(),
            header: resource.header,
            calls: resource.calls.clone(),
            user: users.first().copied(),
            name: argument("user").and_then(|user| item(&user, Mode::LITERAL)),
            is_encrypted: argument("pgp_key").is_some(),
            is_for_mail: is_for_mail(resource.header, &resource.name, self.sources.0, self.sources.1),
        });
        for user in users {
            if let Some(identity) = self.estate.identity_mut(user) {
                identity.access_keys.push(resource.header);
            }
        }
    }

    /// Users become members of groups.
    fn joined(&mut self, resource: &Resource, groups: &str, users: &str) {
        let (groups, more) = self.named(resource, IdentityKind::Group, groups);
        let (users, _) = self.named(resource, IdentityKind::User, users);
        for user in users {
            self.doubt(user, more);
            self.members.extend(groups.iter().map(|group| (*group, user)));
        }
    }

    /// Members hold what their groups hold.
    fn memberships(&mut self) {
        for (group, user) in std::mem::take(&mut self.members) {
            let Some(group) = self.estate.identity(group).cloned() else { continue };
            for policy in &group.policies {
                self.hold(user, *policy, &group.presence);
            }
            group.managed.into_iter().for_each(|policy| self.hold_managed(user, policy));
            self.doubt(user, group.incomplete);
        }
    }

    /// The names of all inline policies that an identity has: one that source does not have is there and not known.
    fn inline_only(&mut self, resource: &Resource, kind: IdentityKind, holder: &str) {
        let (holders, _) = self.named(resource, kind, holder);
        let Some(names) = self.evaluator.configured_attribute(resource.lazy, "policy_names") else { return };
        for holder in holders {
            let known = |name: &Value| RefKey::of(name).into_iter().any(|key| self.inline.contains(&(holder, key)));
            let more = !each(&names).iter().all(known) || names.as_list().is_some_and(|list| list.more.is_some());
            self.doubt(holder, more);
        }
    }

    /// Notes that an identity may hold policies that are not known.
    fn doubt(&mut self, holder: IdentityId, more: bool) {
        if let Some(identity) = self.estate.identity_mut(holder).filter(|_| more) {
            identity.incomplete = true;
        }
    }

    /// `managed_policy_arns` of a role.
    fn attached_by_role(&mut self, resource: &Resource) {
        let arns = self.evaluator.configured_attribute(resource.lazy, "managed_policy_arns");
        let holder = self.by_address.get(&resource.address).copied();
        if let (Some(arns), Some(holder)) = (arns, holder) {
            self.attach_all(holder, &arns, resource);
        }
    }

    /// Attaches one policy or a list of them; what a list may hold further is not known.
    fn attach_all(&mut self, holder: IdentityId, arns: &Value, resource: &Resource) {
        for arn in each(arns) {
            self.attach(holder, &arn, resource);
        }
        self.doubt(holder, arns.as_list().is_some_and(|list| list.more.is_some()));
    }

    fn attach(&mut self, holder: IdentityId, arn: &Value, resource: &Resource) {
        match self.own_policy(arn) {
            Some(policy) => self.hold(holder, policy, &self.evaluator.presence(resource)),
            None => match managed(arn, resource) {
                Some(policy) => self.hold_managed(holder, ManagedPolicy { presence: self.evaluator.presence(resource), ..policy }),
                None => self.doubt(holder, true),
            },
        }
    }

    /// The policy of the estate that an ARN is of.
    pub(super) fn own_policy(&self, arn: &Value) -> Option<PolicyId> {
        RefKey::of(arn).into_iter().chain(RefKey::in_iam(arn)).find_map(|key| self.policies_by_arn.get(&key)).copied()
    }

    /// An identity holds a policy of the estate, in all its forms, if what attaches it is there. Said twice it is held once.
    fn hold(&mut self, holder: IdentityId, policy: PolicyId, presence: &Presence) {
        let Some(identity) = self.estate.identity_mut(holder) else { return };
        identity.attached.push((policy, presence.clone()));
        if identity.policies.contains(&policy) {
            return;
        }
        identity.policies.push(policy);
        self.estate.policy_mut(policy).iter_mut().for_each(|attached| attached.uses.push(Use::Grants(holder)));
    }

    fn hold_managed(&mut self, holder: IdentityId, policy: ManagedPolicy) {
        let Some(identity) = self.estate.identity_mut(holder) else { return };
        // Attached in two places, it has to be taken away in both.
        if !identity.managed.iter().any(|held| held.arn == policy.arn && held.place.span == policy.place.span) {
            identity.managed.push(policy);
        }
    }
}

pub(super) fn managed(arn: &Value, resource: &Resource) -> Option<ManagedPolicy> {
    let item = item(arn, Mode::LITERAL)?;
    Some(ManagedPolicy { arn: item.pattern, place: item.place, address: resource.address.clone(), presence: Presence::default() })
}

/// One value, or those of a list; of two that it may be, both.
pub(super) fn each(value: &Value) -> Vec<Value> {
    if let Some(arms) = value.arms() {
        return [&arms.then, &arms.otherwise].iter().flat_map(|arm| each(arm)).collect();
    }
    match &value.kind {
        Kind::List(list) => list.items.iter().flat_map(|item| each(&item.clone().out_of(&value.way))).collect(),
        Kind::Null => Vec::new(),
        _ => vec![value.clone()],
    }
}
