//! Whether requests for an action carry a condition key.

use super::key::{ConditionKey, KeyOrigin};
use super::reference::{AccessLevel, Action, ResourceSupport, services_of_key};
use crate::truth::Truth;

/// Services whose lists of keys in the Service Authorization Reference have holes: AWS's own managed policies test these
/// services' keys with actions that do not list them.
const HOLES: &[&str] =
    &["a4b", "aws-marketplace", "deadline", "dms", "glue", "iottwinmaker", "lakeformation", "nimble", "redshift-data", "sagemaker"];

/// Permissions that are asked for beside another action of the same call, whose keys they may share; the reference and AWS's
/// page "Passing session tags in AWS STS" list few, and no page says that they have no others.
const BESIDE: &[&str] = &["sts:SetContext", "sts:SetSourceIdentity", "sts:TagSession"];

/// Services whose documentation says that what only describes has no resource, and so no tags of one (Amazon EC2 User Guide,
/// "Supported resource-level permissions"; the same of Elastic Load Balancing and EC2 Auto Scaling).
const DESCRIBE_NO_RESOURCE: &[&str] = &["autoscaling", "ec2", "elasticloadbalancing"];

/// Whether a request for `action` can carry `key`: no only where the Service Authorization Reference lists what the action and its
/// resource types carry, and the key is not among it.
///
/// Global keys and keys of the session are in requests for any action. Keys of identity providers are never decided, and of tags only
/// what is certain: the reference leaves out many, but an action that is of no resource, such as `ec2:DescribeInstances`, has no tags
/// of one, and one that only reads sends none.
pub fn carries(action: Action, key: &ConditionKey) -> Truth {
    if is_listed(action, key) {
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
            let holes = HOLES.contains(&action.service().prefix()) || !is_listed_somewhere(key);
            if holes { Truth::Unknown } else { Truth::No }
        }
        (KeyOrigin::Saml | KeyOrigin::WebIdentity | KeyOrigin::AnyOidcProvider, _) => Truth::Unknown,
    }
}

/// Whether the reference lists the key for the action, for one of its resource types, or for both together.
fn is_listed(action: Action, key: &ConditionKey) -> bool {
    let same = |other: ConditionKey| other.name().eq_ignore_ascii_case(key.name());
    let of_types = match action.resources() {
        ResourceSupport::Types(mut types) => {
            types.any(|link| link.condition_keys().any(same) || link.resource_type().condition_keys().any(same))
        }
        ResourceSupport::WildcardOnly | ResourceSupport::Unknown => false,
    };
    of_types || action.condition_keys().any(same)
}

/// A service may list a key for itself and for none of its actions: then it is not known which of them carry it.
fn is_listed_somewhere(key: &ConditionKey) -> bool {
    services_of_key(key.name()).any(|service| service.actions().any(|action| is_listed(action, key)))
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
