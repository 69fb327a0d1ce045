//! The service that a wrong prefix means. A prefix that is near to nothing is a service that the reference does not have.

use super::names::glob;
use super::reference::{Service, service, services};
use crate::nearest::slips;

/// What people call services, and the prefix of their actions. Most are the names of the services in the AWS CLI ("AWS CLI Command
/// Reference") or in Terraform's resources, where those differ from "Actions, resources, and condition keys for AWS services".
const ALIASES: &[(&str, &str)] = &[
    ("acmpca", "acm-pca"),
    ("alb", "elasticloadbalancing"),
    ("amp", "aps"),
    ("api-gateway", "apigateway"),
    ("apigatewayv2", "apigateway"),
    ("appautoscaling", "application-autoscaling"),
    ("application-auto-scaling", "application-autoscaling"),
    ("asg", "autoscaling"),
    ("auto-scaling", "autoscaling"),
    ("beanstalk", "elasticbeanstalk"),
    ("bedrock-agent-runtime", "bedrock"),
    ("bedrock-runtime", "bedrock"),
    ("budget", "budgets"),
    ("certificate-manager", "acm"),
    ("certificatemanager", "acm"),
    ("cloud-formation", "cloudformation"),
    ("cloud-front", "cloudfront"),
    ("cloud-trail", "cloudtrail"),
    ("cloud-watch", "cloudwatch"),
    ("cloudmap", "servicediscovery"),
    ("cloudwatch-events", "events"),
    ("cloudwatch-logs", "logs"),
    ("cloudwatchevents", "events"),
    ("cloudwatchlogs", "logs"),
    ("code-build", "codebuild"),
    ("code-commit", "codecommit"),
    ("code-deploy", "codedeploy"),
    ("code-pipeline", "codepipeline"),
    ("codestarconnections", "codestar-connections"),
    ("cognito", "cognito-identity"),
    ("cognito", "cognito-idp"),
    ("cognitoidentity", "cognito-identity"),
    ("cognitoidp", "cognito-idp"),
    ("config-service", "config"),
    ("configservice", "config"),
    ("cost-explorer", "ce"),
    ("costandusagereport", "cur"),
    ("costexplorer", "ce"),
    ("directory-service", "ds"),
    ("directoryservice", "ds"),
    ("docdb", "rds"),
    ("documentdb", "rds"),
    ("dynamo", "dynamodb"),
    ("dynamo-db", "dynamodb"),
    ("dynamodb-streams", "dynamodb"),
    ("dynamodbstreams", "dynamodb"),
    ("ecs-tasks", "ecs"),
    ("efs", "elasticfilesystem"),
    ("eksauth", "eks-auth"),
    ("elastic-cache", "elasticache"),
    ("elasticcache", "elasticache"),
    ("elasticloadbalancingv2", "elasticloadbalancing"),
    ("elasticsearch", "es"),
    ("elb", "elasticloadbalancing"),
    ("elbv2", "elasticloadbalancing"),
    ("emr", "elasticmapreduce"),
    ("event-bridge", "events"),
    ("eventbridge", "events"),
    ("global-accelerator", "globalaccelerator"),
    ("guard-duty", "guardduty"),
    ("iot-data", "iot"),
    ("kinesis-analytics", "kinesisanalytics"),
    ("kinesis-firehose", "firehose"),
    ("kinesis-video", "kinesisvideo"),
    ("kinesisanalyticsv2", "kinesisanalytics"),
    ("kinesisfirehose", "firehose"),
    ("lex-models", "lex"),
    ("lex-runtime", "lex"),
    ("lexv2", "lex"),
    ("managed-grafana", "grafana"),
    ("managed-prometheus", "aps"),
    ("memory-db", "memorydb"),
    ("msk", "kafka"),
    ("mwaa", "airflow"),
    ("network-manager", "networkmanager"),
    ("nlb", "elasticloadbalancing"),
    ("opensearch-serverless", "aoss"),
    ("opensearchserverless", "aoss"),
    ("opensearchservice", "es"),
    ("organization", "organizations"),
    ("parameterstore", "ssm"),
    ("pinpoint", "mobiletargeting"),
    ("prometheus", "aps"),
    ("rdsdata", "rds-data"),
    ("redshiftdata", "redshift-data"),
    ("resourcegroupstaggingapi", "tag"),
    ("route53-resolver", "route53resolver"),
    ("s3api", "s3"),
    ("sagemaker-runtime", "sagemaker"),
    ("secret-manager", "secretsmanager"),
    ("secretmanager", "secretsmanager"),
    ("secrets-manager", "secretsmanager"),
    ("security-hub", "securityhub"),
    ("serverlessrepository", "serverlessrepo"),
    ("service-discovery", "servicediscovery"),
    ("service-quotas", "servicequotas"),
    ("ses-v2", "ses"),
    ("sesv2", "ses"),
    ("sfn", "states"),
    ("simpledb", "sdb"),
    ("sso-admin", "sso"),
    ("sso-oidc", "sso-oauth"),
    ("ssoadmin", "sso"),
    ("step-functions", "states"),
    ("stepfunction", "states"),
    ("stepfunctions", "states"),
    ("systems-manager", "ssm"),
    ("systemsmanager", "ssm"),
    ("timestream-query", "timestream"),
    ("timestream-write", "timestream"),
    ("transfer-family", "transfer"),
    ("vpc", "ec2"),
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
    let mut aliases = ALIASES.iter().filter(|(alias, _)| *alias == prefix).filter_map(|(_, name)| service(name));
    let alias = aliases.next();
    // Of two that go by one name it is the one that has the action.
    if let Some(second) = aliases.next() {
        let has = |service: &Service| !is_open(action) && has_action(*service, action);
        return alias.into_iter().chain([second]).chain(aliases).find(has);
    }
    alias.or_else(|| owner(&prefix, action)).or_else(|| {
        let near = services().filter_map(|service| Some((slips_of(&prefix, service.prefix())?, service)));
        let near = near.filter(|(slips, service)| speaks_for(*service, &prefix, *slips, action));
        near.min_by_key(|(slips, _)| *slips).map(|(_, service)| service)
    })
}

/// The service that has an action of this very name, as few have, and whose prefix is one that people make the written one of: with other
/// hyphens, a part of it, with more behind it, or its letters in order (`ddb`). Only if there is one.
fn owner(prefix: &str, action: &str) -> Option<Service> {
    if is_open(action) || prefix.len() < 2 {
        return None;
    }
    let owners: Vec<Service> = services().filter(|service| service.action(action).is_some()).take(MOST_OWNERS + 1).collect();
    let mut made = owners.iter().filter(|service| is_made_of(prefix, service.prefix()));
    let first = made.next().filter(|_| owners.len() <= MOST_OWNERS && made.next().is_none());
    first.copied()
}

fn is_open(action: &str) -> bool {
    action.contains(['*', '?'])
}

fn has_action(service: Service, action: &str) -> bool {
    service.actions().any(|known| glob(action.as_bytes(), known.name().as_bytes()))
}

fn is_made_of(prefix: &str, known: &str) -> bool {
    let plain = |name: &str| name.replace('-', "");
    let (own, known) = (plain(prefix), plain(known));
    // `bedrockruntime`, but not `wafv3`, which would be another version.
    let is_version = |rest: &str| !rest.is_empty() && rest.trim_start_matches('v').bytes().all(|byte| byte.is_ascii_digit());
    let begins = |long: &str, short: &str| short.len() >= 3 && long.strip_prefix(short).is_some_and(|rest| !is_version(rest));
    begins(&own, &known) || begins(&known, &own) || is_short_for(&own, &known)
}

/// `ddb` for `dynamodb`: it begins alike, and its letters stand in the name in their order.
fn is_short_for(short: &str, name: &str) -> bool {
    let mut rest = name.chars();
    short.len() < name.len() && short.chars().next() == name.chars().next() && short.chars().all(|letter| rest.any(|other| other == letter))
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
    let owners = services().filter(|other| has_action(*other, action)).take(MOST_OWNERS + 1).count();
    has_action(service, action) && owners <= MOST_OWNERS
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
        assert_eq!(meant("ddb", "GetItem"), Some("dynamodb"));
        assert_eq!(meant("log", "PutLogEvents"), Some("logs"));
        assert_eq!(meant("secrets", "GetSecretValue"), Some("secretsmanager"));
        assert_eq!(meant("bedrock-agent", "GetAgent"), Some("bedrock"));
        assert_eq!(meant("cognito", "AdminGetUser"), Some("cognito-idp"));
        assert_eq!(meant("cognito", "GetId"), Some("cognito-identity"));
        assert_eq!(meant("cognito", "*"), None);
        assert_eq!(meant("brandnew", "GetItem"), None);
        assert_eq!(meant("ddb", "Get*"), None);
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
