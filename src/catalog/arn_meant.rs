//! The ARN that is meant where something else names a resource: a queue's URL, a table's name, a key's ID.
//!
//! Sources: the "Resource types" tables of the Service Authorization Reference; "Amazon SQS queue and message identifiers", "Methods for
//! accessing a bucket" in the Amazon S3 User Guide, "Pushing a Docker image" in the Amazon ECR User Guide for what the services' own names
//! look like. What is not certain is left to be filled in: an ARN of another thing would be worse than none.

use super::arn_match::{plainest_types, readable};
use super::partition::partition_of;
use super::reference::Action;
use super::template::{Part, arn_parts, fills};

/// What one has to write for `action` to mean what `text` names, and the template that it is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meant {
    pub arn: String,
    pub template: &'static str,
    /// Nothing but the region and the account is left to be filled in.
    pub is_named: bool,
}

/// Where a resource is, as far as its own service's name for it tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Named<'t> {
    /// Nothing where the name alone does not tell.
    service: Option<&'t str>,
    partition: Option<&'static str>,
    region: Option<&'t str>,
    account: Option<&'t str>,
    name: &'t str,
}

/// Nothing for an action that takes no resource of a known type.
pub fn meant(text: &str, action: Action) -> Option<Meant> {
    let template = plainest_types(action).first()?.arns().next()?;
    let service = template.split(':').nth(2)?;
    let named = named(text).filter(|named| named.service.is_none_or(|own| own == service));
    let arn = named.and_then(|named| filled_in(template, &named));
    let is_named = arn.is_some();
    Some(Meant { arn: arn.unwrap_or_else(|| readable(template)), template, is_named })
}

/// What a text names, by its form; nothing for what may be anything.
fn named(text: &str) -> Option<Named<'_>> {
    if let Some(name) = text.strip_prefix("s3://") {
        return Some(Named { service: Some("s3"), name: name.trim_end_matches('/'), ..Named::default() });
    }
    let located = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let (host, path) = located.unwrap_or(text).split_once('/').unwrap_or((located.unwrap_or(text), ""));
    let domains = [(".amazonaws.com", None), (".amazonaws.com.cn", Some("aws-cn"))];
    let of_aws = domains.iter().find_map(|(domain, partition)| Some((host.strip_suffix(domain)?, *partition)));
    match of_aws {
        Some((host, partition)) => {
            of_host(host, path).map(|named| Named { partition: partition.or_else(|| partition_of(named.region?)), ..named })
        }
        None if located.is_some() || text.contains([':', ' ', '<', '>', '"']) => None,
        None => Some(Named { name: text, ..Named::default() }),
    }
}

/// `sqs.eu-west-1` with `111122223333/jobs`, `111122223333.dkr.ecr.eu-west-1` with `app:latest`, `reports.s3.eu-west-1` with `2026/a.csv`.
fn of_host<'t>(host: &'t str, path: &'t str) -> Option<Named<'t>> {
    let labels: Vec<&str> = host.split('.').collect();
    let in_account = |service, region| {
        let (account, name) = path.split_once('/').filter(|(account, name)| is_account(account) && !name.is_empty())?;
        Some(Named { service: Some(service), region: Some(region), account: Some(account), name, partition: None })
    };
    match labels.as_slice() {
        [account, "dkr", "ecr", region] if is_account(account) => {
            let name = path.split([':', '@']).next().filter(|name| !name.is_empty())?;
            Some(Named { service: Some("ecr"), region: Some(region), account: Some(account), name, partition: None })
        }
        // The older form of a queue's URL.
        [region, "queue"] => in_account("sqs", region),
        ["s3"] | ["s3", _] => Some(Named { service: Some("s3"), name: path.trim_end_matches('/'), ..Named::default() }),
        [service, region] if is_region(region) => in_account(service, region),
        _ => None,
    }
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_region(text: &str) -> bool {
    text.matches('-').count() >= 2 && text.ends_with(|last: char| last.is_ascii_digit())
}

/// The template with the name in its place; nothing where the name is not one of its kind.
fn filled_in(template: &'static str, named: &Named) -> Option<String> {
    let fields: Vec<&str> = template.splitn(6, ':').collect();
    let [_, _, service, region, account, resource] = fields.as_slice() else { return None };
    let mut parts = arn_parts(resource);
    let lead = match arn_parts(resource).next()? {
        Part::Literal(literal) => {
            parts.next();
            literal
        }
        Part::Placeholder(_) => "",
    };
    let rest = resource.get(lead.len()..)?;
    let name = named.name.strip_prefix(lead).unwrap_or(named.name);
    let placeholders: Vec<&str> =
        arn_parts(rest).filter_map(|part| if let Part::Placeholder(name) = part { Some(name) } else { None }).collect();
    let name = match placeholders.as_slice() {
        [only] => is_one(only, name).then(|| name.to_owned())?,
        // All objects of a bucket that is named alone.
        ["BucketName", "ObjectName"] if is_one("BucketName", name) => format!("{name}/*"),
        ["BucketName", "ObjectName"] if fills(rest, name) => name.to_owned(),
        _ => return None,
    };
    let partition = named.partition.unwrap_or("aws");
    let field = |field: &str, known: Option<&str>, open: &'static str| match field {
        "" => String::new(),
        _ => known.unwrap_or(open).to_owned(),
    };
    let (region, account) = (field(region, named.region, "REGION"), field(account, named.account, "ACCOUNT"));
    Some(format!("arn:{partition}:{service}:{region}:{account}:{lead}{name}"))
}

/// Whether a text can be what a placeholder is for. An ID is none of the names that people give: a secret's ID ends in characters that AWS
/// adds, an alias is not the ID of its key.
fn is_one(placeholder: &str, text: &str) -> bool {
    let wild = text.trim_end_matches('*');
    match placeholder {
        _ if text.is_empty() => false,
        "BucketName" => !text.contains('/'),
        _ if placeholder.ends_with("Id") => is_made_by_aws(text),
        _ => !wild.is_empty() && (!text.contains('/') || takes_slashes(placeholder)),
    }
}

/// Names with paths: `/aws/lambda/x` of a log group, `team/app` of a repository, `ops/deploy` of a role.
fn takes_slashes(placeholder: &str) -> bool {
    placeholder.ends_with("WithPath")
        || placeholder.ends_with("WithoutLeadingSlash")
        || matches!(placeholder, "RepositoryName" | "LogGroupName")
}

/// `Z0123456789ABCDEFGHIJ`, `11111111-2222-3333-4444-555555555555`, `i-0123456789abcdef0`.
fn is_made_by_aws(text: &str) -> bool {
    let long = text.split('-').any(|word| word.len() >= 8 && word.bytes().any(|byte| byte.is_ascii_digit()));
    let upper = text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    let hex = text.rsplit('-').next().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_hexdigit()));
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') && long && (upper || hex)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::action;

    fn arn(text: &str, name: &str) -> String {
        meant(text, action(name).unwrap()).unwrap().arn
    }

    #[test]
    fn what_services_call_their_own_has_one_arn() {
        let cases = [
            ("https://sqs.eu-west-1.amazonaws.com/111122223333/jobs", "sqs:SendMessage", "arn:aws:sqs:eu-west-1:111122223333:jobs"),
            ("https://sqs.cn-north-1.amazonaws.com.cn/111122223333/jobs", "sqs:SendMessage", "arn:aws-cn:sqs:cn-north-1:111122223333:jobs"),
            ("https://eu-west-1.queue.amazonaws.com/111122223333/jobs", "sqs:SendMessage", "arn:aws:sqs:eu-west-1:111122223333:jobs"),
            (
                "111122223333.dkr.ecr.us-gov-west-1.amazonaws.com/team/app:v1",
                "ecr:BatchGetImage",
                "arn:aws-us-gov:ecr:us-gov-west-1:111122223333:repository/team/app",
            ),
            ("s3://reports/2026/*", "s3:GetObject", "arn:aws:s3:::reports/2026/*"),
            ("s3://reports/", "s3:ListBucket", "arn:aws:s3:::reports"),
            ("https://s3.eu-west-1.amazonaws.com/reports/a.csv", "s3:GetObject", "arn:aws:s3:::reports/a.csv"),
            ("reports", "s3:GetObject", "arn:aws:s3:::reports/*"),
            ("orders", "dynamodb:GetItem", "arn:aws:dynamodb:REGION:ACCOUNT:table/orders"),
            ("table/orders", "dynamodb:GetItem", "arn:aws:dynamodb:REGION:ACCOUNT:table/orders"),
            ("Z0123456789ABCDEFGHIJ", "route53:ChangeResourceRecordSets", "arn:aws:route53:::hostedzone/Z0123456789ABCDEFGHIJ"),
            ("11111111-2222-3333-4444-555555555555", "kms:Decrypt", "arn:aws:kms:REGION:ACCOUNT:key/11111111-2222-3333-4444-555555555555"),
            ("ops/deploy", "iam:PassRole", "arn:aws:iam::ACCOUNT:role/ops/deploy"),
        ];
        for (text, name, expected) in cases {
            assert_eq!(arn(text, name), expected, "{text}");
        }
    }

    #[test]
    fn what_may_be_another_thing_is_left_to_be_filled_in() {
        let cases = [
            ("alias/app", "kms:Decrypt", "arn:aws:kms:REGION:ACCOUNT:key/KEY-ID"),
            ("prod/db", "secretsmanager:GetSecretValue", "arn:aws:secretsmanager:REGION:ACCOUNT:secret:SECRET-ID"),
            ("https://sqs.eu-west-1.amazonaws.com/111122223333/jobs", "sns:Publish", "arn:aws:sns:REGION:ACCOUNT:TOPIC-NAME"),
            ("https://example.com/jobs", "sqs:SendMessage", "arn:aws:sqs:REGION:ACCOUNT:QUEUE-NAME"),
            ("a/b", "dynamodb:GetItem", "arn:aws:dynamodb:REGION:ACCOUNT:table/TABLE-NAME"),
            ("app", "ecs:UpdateService", "arn:aws:ecs:REGION:ACCOUNT:service/CLUSTER-NAME/SERVICE-NAME"),
        ];
        for (text, name, expected) in cases {
            let meant = meant(text, action(name).unwrap()).unwrap();
            assert_eq!((&*meant.arn, meant.is_named), (expected, false), "{text}");
        }
        assert_eq!(meant("x", action("ec2:DescribeInstances").unwrap()), None);
    }
}
