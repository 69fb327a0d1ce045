//! The policies that AWS manages.

use std::fmt;

use super::escalation::{Escalation, escalation_of_number};
use super::frames;
use super::layout::{ADMIN, COMPUTED, DEPRECATED, IAM_FULL, ManagedRow, NO_DOCUMENT, NOT_ACTION, PATH_KNOWN, POWER, TABLES};
use super::names::find;
use super::reference::{AccessLevel, Service, service};

/// A policy that AWS manages: `AdministratorAccess`.
///
/// What is said about its content looks at its document alone. Deny statements are not subtracted. Flags, services and
/// escalations count what it allows on `Resource` `*` without a condition.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ManagedPolicy {
    row: &'static [u8; ManagedRow::SIZE],
}

impl ManagedPolicy {
    pub fn name(self) -> &'static str {
        self.read().name.get()
    }

    /// The path with both slashes: `/`, `/service-role/`. Of some deprecated policies not known.
    pub fn path(self) -> Option<&'static str> {
        let row = self.read();
        (row.flags & PATH_KNOWN != 0).then(|| row.path.get())
    }

    /// The ARN in the partition `aws`: `arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole`. It is the same in the
    /// others but for the partition. None where the path is not known.
    pub fn arn(self) -> Option<String> {
        Some(format!("arn:aws:iam::aws:policy{}{}", self.path()?, self.name()))
    }

    /// The default version: `v2`.
    pub fn version(self) -> Option<&'static str> {
        Some(self.read().version.get()).filter(|version| !version.is_empty())
    }

    /// The day of its last change, as `YYYY-MM-DD`.
    pub fn updated(self) -> Option<&'static str> {
        Some(self.read().updated.get()).filter(|day| !day.is_empty())
    }

    /// Whether AWS has withdrawn it: what holds it keeps it, and nobody can attach it anew.
    pub fn is_deprecated(self) -> bool {
        self.has(DEPRECATED)
    }

    /// Whether its content is known, so that a `false` or an empty list below means no. Of names without a document it is not.
    pub fn is_known_in_full(self) -> bool {
        self.has(COMPUTED)
    }

    /// Every action on every resource.
    pub fn is_admin(self) -> bool {
        self.has(ADMIN)
    }

    /// Every action of IAM on every resource: its holder may grant itself the rest.
    pub fn is_iam_full(self) -> bool {
        self.has(IAM_FULL)
    }

    /// Most of what AWS has, by a list of what is left out: `PowerUserAccess`.
    pub fn is_power(self) -> bool {
        self.has(POWER)
    }

    /// Whether a statement allows by `NotAction`.
    pub fn has_not_action(self) -> bool {
        self.has(NOT_ACTION)
    }

    /// The access levels of the actions that it allows on any resource, weakest first.
    pub fn levels(self) -> impl Iterator<Item = AccessLevel> + Clone {
        let levels = self.read().levels;
        AccessLevel::ALL.into_iter().zip(0..).filter(move |(_, bit)| levels >> bit & 1 == 1).map(|(level, _)| level)
    }

    /// How many of the catalog's actions it allows on any resource; none where it is not known.
    pub fn action_count(self) -> Option<u16> {
        let row = self.read();
        (row.flags & COMPUTED != 0).then_some(row.actions)
    }

    /// Services (of three actions or more) that it allows wholly, by prefix. Left out where it allows nearly everything.
    pub fn full_services(self) -> impl Iterator<Item = Service> + Clone {
        TABLES.text_set(self.read().services).filter_map(service)
    }

    /// Steps of privilege escalation that it allows, by id.
    pub fn escalations(self) -> impl Iterator<Item = Escalation> + Clone {
        TABLES.key_set(self.read().escalations).iter().filter_map(|number| escalation_of_number(u16::from_le_bytes(*number)))
    }

    /// Its patterns of actions that name no action of the catalog, mostly of retired services.
    pub fn unmatched(self) -> impl Iterator<Item = &'static str> + Clone {
        TABLES.text_set(self.read().unmatched)
    }

    /// The policy document as JSON on one line, in AWS's order of members; none where it is not known.
    ///
    /// It is decoded with some of its neighbours when one of them is first asked for (some 0.05 ms), and kept.
    pub fn document(self) -> Option<&'static str> {
        let row = self.read();
        (row.frame != NO_DOCUMENT).then(|| frames::document(row.frame, row.start, row.length)).flatten()
    }

    fn has(self, flag: u8) -> bool {
        self.read().flags & flag != 0
    }

    fn read(self) -> ManagedRow {
        ManagedRow::read(self.row)
    }
}

impl fmt::Debug for ManagedPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ManagedPolicy({})", self.name())
    }
}

/// The policy of AWS's own with this name or ARN, of any partition.
///
/// Case counts, as in IAM's ARNs. An ARN with another path than the policy has names nothing; an ARN of a customer's account
/// neither.
pub fn managed_policy(name_or_arn: &str) -> Option<ManagedPolicy> {
    if !name_or_arn.starts_with("arn:") {
        return named(name_or_arn);
    }
    let (partition, resource) = name_or_arn.strip_prefix("arn:")?.split_once(":iam::aws:policy/")?;
    if partition.contains(':') || !partition.starts_with("aws") {
        return None;
    }
    let (path, name) = resource.rsplit_once('/').unwrap_or(("", resource));
    let inside = |whole: &'static str| whole.trim_matches('/') == path;
    named(name).filter(|policy| policy.path().is_none_or(inside))
}

/// Every policy that AWS manages or once did, by name without regard to case.
pub fn managed_policies() -> impl Iterator<Item = ManagedPolicy> + Clone {
    TABLES.managed.iter().map(|row| ManagedPolicy { row })
}

fn named(name: &str) -> Option<ManagedPolicy> {
    let row = find(TABLES.managed, name, |row| ManagedRow::read(row).name.get())?;
    Some(ManagedPolicy { row }).filter(|policy| policy.name() == name)
}
