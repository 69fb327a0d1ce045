//! What AWS Organizations' policies bind.

/// Services whose resources resource control policies bind (AWS Organizations User Guide, "Resource control policies", "List of AWS services
/// that support RCPs", read in 2026-09), by the prefixes of their actions.
const BOUND: &[&str] = &[
    "aoss",
    "appconfig",
    "appstream",
    "autoscaling",
    "autoscaling-plans",
    "budgets",
    "clouddirectory",
    "cloudfront",
    "cloudsearch",
    "cloudtrail-data",
    "codeartifact",
    "codebuild",
    "codecommit",
    "codepipeline",
    "cognito-identity",
    "cognito-idp",
    "comprehend",
    "comprehendmedical",
    "compute-optimizer",
    "cost-optimization-hub",
    "dax",
    "dsql",
    "dynamodb",
    "ecr",
    "ecr-public",
    "events",
    "firehose",
    "fis",
    "fms",
    "gamelift",
    "health",
    "inspector-scan",
    "kendra",
    "kinesisvideo",
    "kms",
    "logs",
    "memorydb",
    "networkmonitor",
    "notifications",
    "opensearch",
    "pca-connector-ad",
    "personalize",
    "polly",
    "pricing",
    "resource-groups",
    "rolesanywhere",
    "s3",
    "secretsmanager",
    "servicediscovery",
    "signin",
    "sqs",
    "sts",
    "support",
    "swf",
    "textract",
    "timestream-influxdb",
    "transcribe",
    "transfer",
    "translate",
    "wafv2",
    "workspaces",
    "xray",
];

/// Whether resource control policies bind an action, written as AWS does: `s3:GetObject`. Who retires a grant of a key is not bound ("Resources
/// and entities not restricted by RCPs").
pub fn is_bound_by_resource_control(action: &str) -> bool {
    let service = action.split(':').next().unwrap_or_default();
    BOUND.iter().any(|bound| bound.eq_ignore_ascii_case(service)) && !action.eq_ignore_ascii_case("kms:RetireGrant")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog;

    #[test]
    fn services_are_those_of_the_catalog() {
        assert!(BOUND.iter().all(|prefix| catalog::service(prefix).is_some()) && BOUND.is_sorted());
        assert!(is_bound_by_resource_control("STS:AssumeRole") && !is_bound_by_resource_control("kms:RetireGrant"));
        assert!(!is_bound_by_resource_control("ec2:RunInstances"));
    }
}
