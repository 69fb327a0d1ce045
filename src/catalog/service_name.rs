//! The service that a wrong prefix means. A prefix that is near to nothing is a service that the reference does not have.

use super::names::glob;
use super::reference::{Service, service, services};
use crate::nearest::slips;

/// What people call services, and the prefix of their actions. Most are the names of the services in the AWS CLI ("AWS CLI Command
/// Reference") or in Terraform's resources, where those differ from "Actions, resources, and condition keys for AWS services".
const ALIASES: &[(&str, &str)] = &[
    ("api-gateway", "apigateway"),
    ("apigatewayv2", "apigateway"),
    ("application-auto-scaling", "application-autoscaling"),
    ("appautoscaling", "application-autoscaling"),
    ("auto-scaling", "autoscaling"),
    ("beanstalk", "elasticbeanstalk"),
    ("budget", "budgets"),
    ("certificatemanager", "acm"),
    ("certificate-manager", "acm"),
    ("cloudmap", "servicediscovery"),
    ("cloudwatch-events", "events"),
    ("cloudwatch-logs", "logs"),
    ("cloudwatchevents", "events"),
    ("cloudwatchlogs", "logs"),
    ("cognitoidentity", "cognito-identity"),
    ("cognitoidp", "cognito-idp"),
    ("configservice", "config"),
    ("config-service", "config"),
    ("cost-explorer", "ce"),
    ("costexplorer", "ce"),
    ("docdb", "rds"),
    ("documentdb", "rds"),
    ("dynamo", "dynamodb"),
    ("dynamo-db", "dynamodb"),
    ("efs", "elasticfilesystem"),
    ("elasticsearch", "es"),
    ("elb", "elasticloadbalancing"),
    ("elbv2", "elasticloadbalancing"),
    ("elasticloadbalancingv2", "elasticloadbalancing"),
    ("emr", "elasticmapreduce"),
    ("event-bridge", "events"),
    ("eventbridge", "events"),
    ("kinesis-firehose", "firehose"),
    ("kinesisfirehose", "firehose"),
    ("msk", "kafka"),
    ("opensearchservice", "es"),
    ("organization", "organizations"),
    ("parameterstore", "ssm"),
    ("prometheus", "aps"),
    ("secret-manager", "secretsmanager"),
    ("secrets-manager", "secretsmanager"),
    ("secretmanager", "secretsmanager"),
    ("sesv2", "ses"),
    ("sfn", "states"),
    ("sso-admin", "sso"),
    ("ssoadmin", "sso"),
    ("step-functions", "states"),
    ("stepfunction", "states"),
    ("stepfunctions", "states"),
    ("systems-manager", "ssm"),
    ("systemsmanager", "ssm"),
    ("waf-v2", "wafv2"),
    ("x-ray", "xray"),
];

/// The service that is meant by a prefix that is none, when there is evidence: a name that people have for a service, or a
/// misspelt prefix whose service has the action. `action` is what stands behind the colon, which may have wildcards.
///
/// Nothing without evidence: AWS makes new services all the time.
pub fn meant_service(prefix: &str, action: &str) -> Option<Service> {
    let prefix = prefix.to_ascii_lowercase();
    if service(&prefix).is_some() {
        return None;
    }
    let alias = ALIASES.iter().find(|(alias, _)| *alias == prefix).and_then(|(_, name)| service(name));
    alias.or_else(|| {
        let near = services().filter_map(|service| Some((slips_of(&prefix, service.prefix())?, service)));
        let near = near.filter(|(slips, service)| speaks_for(*service, &prefix, *slips, action));
        near.min_by_key(|(slips, _)| *slips).map(|(_, service)| service)
    })
}

/// Names that differ in digits only are versions of one another.
fn slips_of(unknown: &str, known: &str) -> Option<usize> {
    let letters = |name: &str| name.chars().filter(|character| !character.is_ascii_digit()).collect::<String>();
    slips(unknown, known).filter(|_| letters(unknown) != letters(known))
}

/// How many services may have an action for its name to be evidence: `TagResource` is everywhere.
const MOST_OWNERS: usize = 8;

/// Whether the action is one of the service's and of few others.
fn speaks_for(service: Service, prefix: &str, slips: usize, action: &str) -> bool {
    let literal = action.split(['*', '?']).next().unwrap_or_default();
    // `organisations:*` has nothing but the name.
    if literal.is_empty() {
        return slips == 1 && prefix.len() >= 8;
    }
    let has = |service: Service| service.actions().any(|known| glob(action.as_bytes(), known.name().as_bytes()));
    has(service) && services().filter(|other| has(*other)).take(MOST_OWNERS + 1).count() <= MOST_OWNERS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meant(prefix: &str, action: &str) -> Option<&'static str> {
        meant_service(prefix, action).map(Service::prefix)
    }

    #[test]
    fn aliases_are_no_services_and_lead_to_one() {
        for (alias, name) in ALIASES {
            assert!(service(alias).is_none(), "{alias} is a service");
            assert!(service(name).is_some(), "{name} is no service");
        }
    }

    #[test]
    fn a_service_is_meant_only_on_evidence() {
        assert_eq!(meant("cloudwatchlogs", "PutLogEvents"), Some("logs"));
        assert_eq!(meant("ELB", "*"), Some("elasticloadbalancing"));
        assert_eq!(meant("dynamodbb", "GetItem"), Some("dynamodb"));
        assert_eq!(meant("lamda", "InvokeFunction"), Some("lambda"));
        assert_eq!(meant("organisations", "*"), Some("organizations"));
        // A real one, a new one, a newer version, an action that everybody has, none that the service has.
        assert_eq!(meant("s3", "GetObject"), None);
        assert_eq!(meant("brandnew", "DoThings"), None);
        assert_eq!(meant("wafv3", "CreateWebACL"), None);
        assert_eq!(meant("lamda", "TagResource"), None);
        assert_eq!(meant("lamda", "DoThings"), None);
        assert_eq!(meant("lamda", "*"), None);
        assert_eq!(meant("", ""), None);
    }
}
