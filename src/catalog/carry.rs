//! Which condition keys the request of an action carries.

use super::key::{ConditionKey, KeyOrigin, condition_keys};
use super::lists::tests_each_resource;
use super::reference::{AccessLevel, Action, ActionResource, ResourceSupport, ResourceType, services_of_key};
use crate::truth::Truth;

/// Services whose lists of keys in the Service Authorization Reference have holes: AWS's own managed policies test these
/// services' keys with actions that do not list them, of other services too.
const HOLES: &[&str] =
    &["a4b", "aws-marketplace", "deadline", "dms", "glue", "iottwinmaker", "lakeformation", "nimble", "redshift-data", "sagemaker"];

/// Permissions that are asked for beside another action of the same call, whose keys they may share; the reference and AWS's
/// page "Passing session tags in AWS STS" list few, and no page says that they have no others.
const BESIDE: &[&str] = &["sts:SetContext", "sts:SetSourceIdentity", "sts:TagSession"];

/// Services whose documentation says that what only describes has no resource, and so no tags of one (Amazon EC2 User Guide,
/// "Supported resource-level permissions"; the same of Elastic Load Balancing and EC2 Auto Scaling).
const DESCRIBE_NO_RESOURCE: &[&str] = &["autoscaling", "ec2", "elasticloadbalancing"];

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

/// Whether a request for `action` can carry `key`: no only where the Service Authorization Reference lists what the action and its
/// resource types carry, and the key is not among it.
///
/// Global keys and keys of the session are in requests for any action. Keys of identity providers are never decided, and of tags only
/// what is certain: the reference leaves out many, but an action that is of no resource, such as `ec2:DescribeInstances`, has no tags
/// of one, and one that only reads sends none.
pub fn carries(action: Action, key: &ConditionKey) -> Truth {
    if action.lists_condition_key(key) {
        return Truth::Yes;
    }
    let name = format!("{action}");
    let beside = BESIDE.iter().any(|known| known.eq_ignore_ascii_case(&name));
    if beside || action.is_top_up() || matches!(action.resources(), ResourceSupport::Unknown) {
        return Truth::Unknown;
    }
    match (key.origin(), tag(key)) {
        (KeyOrigin::Global | KeyOrigin::Service, Some(tag)) => carries_tag(action, key, tag),
        (KeyOrigin::Global | KeyOrigin::CrossService, _) => Truth::Yes,
        (KeyOrigin::Service, _) => {
            let of_holes = |prefix: &str| HOLES.iter().any(|known| known.eq_ignore_ascii_case(prefix));
            let key_service = key.name().split_once(':').map_or("", |(prefix, _)| prefix);
            let holes = of_holes(action.service().prefix()) || of_holes(key_service) || !is_listed_somewhere(key);
            if holes { Truth::Unknown } else { Truth::No }
        }
        (KeyOrigin::Saml | KeyOrigin::WebIdentity | KeyOrigin::AnyOidcProvider, _) => Truth::Unknown,
    }
}

/// The resource types that each request for `action` needs and that do not have `key`, where another of its types has it and a condition is
/// tested for each resource by itself. None where the action itself lists the key, and none for tags of resources: the reference leaves out
/// many.
pub fn required_without(action: Action, key: &ConditionKey) -> impl Iterator<Item = ResourceType> + use<> {
    let judged = tests_each_resource(action)
        && !types_with(action, key).is_empty()
        && !action.condition_keys().any(|own| own == *key)
        && !matches!(tag(key), Some(Tag::OfResource));
    let key = *key;
    links(action).filter(move |link| judged && link.is_required() && !has_key(*link, &key)).map(ActionResource::resource_type)
}

/// The resource types of an action that have a key where it is used with them: of those that each request needs, or else of all.
pub fn types_with(action: Action, key: &ConditionKey) -> Vec<ResourceType> {
    let having: Vec<ActionResource> = links(action).filter(|link| link.condition_keys().any(|own| own == *key)).collect();
    let needed = having.iter().any(|link| link.is_required());
    having.into_iter().filter(|link| !needed || link.is_required()).map(ActionResource::resource_type).collect()
}

fn links(action: Action) -> impl Iterator<Item = ActionResource> {
    match action.resources() {
        ResourceSupport::Types(links) => Some(links),
        ResourceSupport::WildcardOnly | ResourceSupport::Unknown => None,
    }
    .into_iter()
    .flatten()
}

/// Whether the type has a key where the action is used with it. A type lists tags of the request for what creates it.
fn has_key(link: ActionResource, key: &ConditionKey) -> bool {
    let of_type = || !matches!(tag(key), Some(Tag::OfRequest)) && link.resource_type().condition_keys().any(|own| own == *key);
    link.condition_keys().any(|own| own == *key) || of_type()
}

/// Whether requests to every service may carry a key. Tags of the request and of the resource are those of some actions only.
pub fn in_every_request(key: &ConditionKey) -> bool {
    let tags = matches!(key.name(), "aws:ResourceTag/${TagKey}" | "aws:RequestTag/${TagKey}" | "aws:TagKeys");
    matches!(key.origin(), KeyOrigin::Global | KeyOrigin::CrossService) && !tags
}

/// A service may list a key for itself and for none of its actions: then it is not known which of them carry it.
fn is_listed_somewhere(key: &ConditionKey) -> bool {
    services_of_key(key.name()).any(|service| service.actions().any(|action| action.lists_condition_key(key)))
}

#[derive(Clone, Copy)]
enum Tag {
    OfResource,
    OfRequest,
}

/// What the tags are on that a key is about.
fn tag(key: &ConditionKey) -> Option<Tag> {
    let name = key.name().to_ascii_lowercase();
    let (_, rest) = name.split_once(':')?;
    if rest == "tagkeys" || rest.starts_with("requesttag/") {
        return Some(Tag::OfRequest);
    }
    rest.starts_with("resourcetag/").then_some(Tag::OfResource)
}

fn carries_tag(action: Action, key: &ConditionKey, tag: Tag) -> Truth {
    // A service that lists the key nowhere may support it all the same.
    if !action.service().has_condition_key(key) {
        return Truth::Unknown;
    }
    let never = match tag {
        Tag::OfResource => {
            DESCRIBE_NO_RESOURCE.contains(&action.service().prefix())
                && action.level() == AccessLevel::List
                && matches!(action.resources(), ResourceSupport::WildcardOnly)
        }
        Tag::OfRequest => matches!(action.level(), AccessLevel::List | AccessLevel::Read),
    };
    if never { Truth::No } else { Truth::Unknown }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{action, condition_key};

    fn asked(name: &str, key: &str) -> Truth {
        carries(action(name).unwrap(), &condition_key(key).unwrap())
    }

    #[test]
    fn keys_of_the_action_of_its_resource_types_and_of_every_request() {
        assert_eq!(asked("route53:ChangeResourceRecordSets", "route53:ChangeResourceRecordSetsRecordTypes"), Truth::Yes);
        assert_eq!(asked("route53:ListResourceRecordSets", "route53:ChangeResourceRecordSetsRecordTypes"), Truth::No);
        assert_eq!(asked("ec2:RunInstances", "ec2:InstanceType"), Truth::Yes);
        assert_eq!(asked("s3:PutObject", "ec2:InstanceType"), Truth::No);
        assert_eq!(asked("s3:PutObject", "aws:SourceIp"), Truth::Yes);
        assert_eq!(asked("s3:PutObject", "lambda:SourceFunctionArn"), Truth::Yes);
        assert_eq!(asked("secretsmanager:GetSecretValue", "secretsmanager:ResourceTag/team"), Truth::Yes);
    }

    #[test]
    fn what_the_reference_may_leave_out_is_unknown() {
        assert_eq!(asked("sts:TagSession", "sts:ExternalId"), Truth::Unknown);
        assert_eq!(asked("sts:AssumeRoleWithWebIdentity", "sts:ExternalId"), Truth::No);
        assert_eq!(asked("sts:AssumeRole", "gitlab.example.com:sub"), Truth::Unknown);
        assert_eq!(asked("states:InvokeHTTPEndpoint", "states:HTTPMethod"), Truth::Unknown);
        assert_eq!(asked("glue:ListTableOptimizerRuns", "glue:LakeFormationPermissions"), Truth::Unknown);
    }

    #[test]
    fn of_tags_only_what_is_certain() {
        assert_eq!(asked("ec2:TerminateInstances", "aws:ResourceTag/team"), Truth::Yes);
        assert_eq!(asked("ec2:DescribeInstances", "aws:ResourceTag/team"), Truth::No);
        assert_eq!(asked("ec2:DescribeInstances", "aws:RequestTag/team"), Truth::No);
        assert_eq!(asked("bedrock:CreatePrompt", "aws:ResourceTag/team"), Truth::Unknown);
    }
}
