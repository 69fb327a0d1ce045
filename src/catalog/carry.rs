//! Which condition keys the request of an action carries.

use super::key::{ConditionKey, KeyOrigin, condition_key, condition_keys};
use super::reference::{Action, ResourceSupport, ResourceType, Service};
use crate::truth::Truth;

/// A condition key of an action, and where it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CarriedKey {
    pub key: ConditionKey,
    pub source: KeySource,
}

/// Why a request carries a condition key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// The action lists it, whatever the resource.
    Action,
    /// It is valid when the action is used with a resource of this type: the type lists it, or the action for this type only.
    ResourceType(ResourceType),
    /// Requests of every service may carry it: `aws:SourceIp`, and session keys such as `lambda:SourceFunctionArn`.
    EveryRequest,
}

impl Action {
    /// Every condition key that a request may carry, by source: the action's own, those of its resource types, the global ones. A key
    /// that has several sources comes several times.
    ///
    /// `aws:ResourceTag/${TagKey}`, `aws:RequestTag/${TagKey}` and `aws:TagKeys` come only where they are listed.
    pub fn carried_keys(self) -> impl Iterator<Item = CarriedKey> {
        let own = self.condition_keys().map(|key| CarriedKey { key, source: KeySource::Action });
        let types = match self.resources() {
            ResourceSupport::Types(types) => Some(types),
            ResourceSupport::WildcardOnly | ResourceSupport::Unknown => None,
        };
        let of_types = types.into_iter().flatten().flat_map(|link| {
            let kind = link.resource_type();
            let by_type = kind.condition_keys().filter(move |key| !link.condition_keys().any(|other| other == *key));
            link.condition_keys().chain(by_type).map(move |key| CarriedKey { key, source: KeySource::ResourceType(kind) })
        });
        let everywhere = condition_keys().filter(in_every_request).map(|key| CarriedKey { key, source: KeySource::EveryRequest });
        own.chain(of_types).chain(everywhere)
    }

    /// Whether the action lists a key, or one of its resource types does.
    pub fn lists_condition_key(self, key: &ConditionKey) -> bool {
        if self.condition_keys().any(|own| own == *key) {
            return true;
        }
        let ResourceSupport::Types(mut types) = self.resources() else { return false };
        types.any(|link| link.condition_keys().chain(link.resource_type().condition_keys()).any(|own| own == *key))
    }
}

/// Whether requests of an action carry the condition key of this name, in some form or under some circumstances.
///
/// No is said only of a service's own key that AWS links to other actions. Unknown are keys that the catalog lacks, actions whose
/// links are not known (the top-up's), keys that their service links to no action at all, tag keys (`aws:RequestTag/…`) that are
/// not listed, and claims of identity providers that are not listed, as sessions carry some of them on.
pub fn carries(action: Action, key: &str) -> Truth {
    let Some(key) = condition_key(key) else { return Truth::Unknown };
    if in_every_request(&key) || action.lists_condition_key(&key) {
        return Truth::Yes;
    }
    let service = action.service();
    match key.origin() {
        KeyOrigin::AnyOidcProvider if service.prefix() == "sts" && action.name() == "AssumeRoleWithWebIdentity" => Truth::Yes,
        KeyOrigin::Service if !matches!(action.resources(), ResourceSupport::Unknown) => {
            let adrift = service.has_condition_key(&key) && !is_linked(service, &key);
            if adrift { Truth::Unknown } else { Truth::No }
        }
        _ => Truth::Unknown,
    }
}

/// Whether requests to every service may carry a key. Tags of the request and of the resource are those of some actions only.
pub fn in_every_request(key: &ConditionKey) -> bool {
    let tags = matches!(key.name(), "aws:ResourceTag/${TagKey}" | "aws:RequestTag/${TagKey}" | "aws:TagKeys");
    matches!(key.origin(), KeyOrigin::Global | KeyOrigin::CrossService) && !tags
}

/// Whether an action or a resource type of the service names a key. AWS lists some keys for a service and for nothing in it.
fn is_linked(service: Service, key: &ConditionKey) -> bool {
    service.actions().any(|action| action.lists_condition_key(key))
        || service.resource_types().any(|kind| kind.condition_keys().any(|own| own == *key))
}
