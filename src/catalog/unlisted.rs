//! Resources that actions take although the Service Authorization Reference has none for them.
//!
//! The reference says "only `*`" of actions that AWS itself names resources for: in its managed policies, its guides, and the errors
//! that its services answer with. Where there is such evidence, nothing is certain, and nothing may be said.

use super::reference::Action;
use crate::policy::arn::Arn;
use crate::policy::pattern::Pattern;

/// Actions for which AWS's managed policies name resources of other services, or which nobody needs.
const ANYTHING: &[&str] = &[
    "arc-zonal-shift:GetManagedResource",
    "connect:GetMetricDataV2",
    "sagemaker-mlflow:AccessUI",
    "ssm:DeregisterManagedInstance",
    "ssmmessages:OpenDataChannel",
    // "No permissions are required" (API reference of AWS STS).
    "sts:GetCallerIdentity",
    // Tags are given through this to things of every service: four policies (`AwsGlueSession…`).
    "tag:TagResources",
    "tag:UntagResources",
    "waf-regional:GetWebACLForResource",
    "wafv2:DisassociateWebACL",
];

/// Actions that take resources of their own service which the reference does not have for them. AWS's managed policies name them for
/// most: the reads of logs beside log groups stand in four (`AmazonSageMakerServiceCatalogProducts…ServiceRolePolicy`).
const OWN_SERVICE: &[&str] = &[
    "ec2:DescribeAddressesAttribute",
    // The resource is the target, a catalog or database (AWS Glue Developer Guide, "Configuring a zero-ETL integration target").
    "glue:AuthorizeInboundIntegration",
    // Its errors name the layer: "not authorized to perform: lambda:ListLayerVersions on resource: arn:aws:lambda:…:layer:NAME".
    "lambda:ListLayerVersions",
    "logs:DescribeDestinations",
    "logs:DescribeExportTasks",
    "logs:DescribeIndexPolicies",
    "logs:DescribeLogGroups",
    "logs:DescribeQueries",
    "logs:DescribeQueryDefinitions",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:StopLiveTail",
    "logs:StopQuery",
    "logs:TestMetricFilter",
    "mgh:DescribeApplicationState",
    "pricingplanmanager:GetSubscription",
    "resource-explorer-2:ListIndexes",
];

/// Services whose requests are all made inside of one thing, which their APIs take with each (`/detector/DETECTOR-ID/findings`), and
/// how its ARNs begin. Sources: the API references; `AIDevOpsOperatorAppAccessPolicy` and `SageMakerStudioProjectUserRolePolicy`, which
/// name it for actions that the reference has no resource for; older editions of the reference, which had it for all of GuardDuty.
const INSIDE: &[(&str, &str)] = &[("aidevops", "agentspace/"), ("datazone", "domain/"), ("guardduty", "detector/")];

/// Whether an action may take a resource that the reference does not have for it.
pub fn may_take(action: Action, resource: &Pattern) -> bool {
    let is_in = |list: &[&str]| list.iter().any(|known| known.split_once(':') == Some((action.service().prefix(), action.name())));
    if is_in(ANYTHING) {
        return true;
    }
    let Some(arn) = Arn::split(resource) else { return is_in(OWN_SERVICE) };
    let own = arn.service.as_exact().is_none_or(|service| service == action.service().prefix());
    own && (is_in(OWN_SERVICE) || is_inside(action, arn.resource.literal_prefix()))
}

fn is_inside(action: Action, resource: &str) -> bool {
    let inside = INSIDE.iter().find(|(service, start)| *service == action.service().prefix() && resource.starts_with(start));
    inside.is_some_and(|(_, start)| {
        // `guardduty:ListDetectors` is asked for outside of any.
        let all = format!("{}s", start.trim_end_matches('/'));
        !action.name().to_ascii_lowercase().contains(&all)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::action;
    use crate::policy::pattern::Mode;

    #[test]
    fn every_name_is_an_action() {
        for name in ANYTHING.iter().chain(OWN_SERVICE) {
            assert!(action(name).is_some(), "{name}");
        }
    }

    #[test]
    fn evidence_holds_for_what_it_is_about() {
        for (name, resource, answer) in [
            ("tag:TagResources", "arn:aws:glue:*:*:session/*", true),
            ("logs:DescribeLogGroups", "arn:aws:logs:eu-west-1:111111111111:log-group:x", true),
            ("logs:DescribeLogGroups", "arn:aws:sns:eu-west-1:111111111111:x", false),
            ("guardduty:ListFindings", "arn:aws:guardduty:eu-west-1:111111111111:detector/1", true),
            ("guardduty:ListDetectors", "arn:aws:guardduty:eu-west-1:111111111111:detector/1", false),
            ("ssm:DescribeParameters", "arn:aws:ssm:eu-west-1:111111111111:parameter/x", false),
        ] {
            assert_eq!(may_take(action(name).unwrap(), &Pattern::parse(resource, Mode::ALL)), answer, "{name} on {resource}");
        }
    }
}
