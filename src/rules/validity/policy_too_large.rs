use crate::estate::{Attached, Estate, Identity, IdentityKind};
use crate::finding::{Category, Confidence, Severity, What};
use crate::policy::{Document, PolicyKind, Size};
use crate::rules::kit::rule::{Context, Rule};

rule! {
    PolicyTooLarge, "policy-too-large",
    summary: "a policy that is longer than AWS allows",
    category: Category::Correctness,
    severity: Severity::Medium,
    tags: &["validity"],
}

impl Rule for PolicyTooLarge {
    fn document(&self, document: &Document, context: &mut Context) {
        let Some(quota) = quota(document) else { return };
        let length = (quota.counted)(document.size);
        if length <= quota.most {
            return;
        }
        let unless = if quota.adjustable { ", unless the quota was raised" } else { "" };
        let (policy, unit) = (context.policy_name(), quota.unit);
        let why = format!("it has {} {unit}, and {} are allowed{unless}", grouped(length), grouped(quota.most));
        let mut finding = context.at(&document.place, "is too long").rejected(why).help(help(document));
        finding = finding.fact(policy).facts([length, quota.most].map(grouped));
        if quota.adjustable {
            finding = finding.confidence(Confidence::Medium);
        }
        context.report(finding);
    }

    fn identity(&self, identity: &Identity, context: &mut Context) {
        let policies = inline(identity, context.estate);
        let (most, sum) = (most_inline(identity.kind), policies.iter().map(|(_, length)| length).sum::<usize>());
        let (Some((last, _)), true) = (policies.last(), sum > most && policies.iter().all(|(_, length)| *length <= most)) else { return };
        let rejects = format!("rejects the inline policies of {} `{}`", identity.kind.name(), identity.shown_name());
        let why = format!("together they have {} {VISIBLE}, and {} are allowed", grouped(sum), grouped(most));
        let finding = context.at(&last.place, "is one of them").help(help(last));
        let mut finding = finding.says("AWS", What::Is(rejects)).because(why);
        finding = finding.kind("together").facts([sum, most].map(grouped));
        for (document, _) in policies.iter().rev().skip(1).take(4) {
            finding = finding.label(document.place.span, "is another");
        }
        context.report(finding);
    }
}

/// What AWS takes of one policy.
struct Quota {
    most: usize,
    /// What is counted.
    unit: &'static str,
    counted: fn(Size) -> usize,
    /// AWS raises it on request.
    adjustable: bool,
}

/// The policies of one identity that stand in it are counted together.
const INLINE: &[&str] =
    &["aws_iam_group_policy", "aws_iam_role", "aws_iam_role_policy", "aws_iam_user_policy", "aws_ssoadmin_permission_set_inline_policy"];

/// By the resource that carries the policy, in order. Sources: IAM User Guide, "IAM and AWS STS quotas"; of other services their
/// "Quotas" page or the length constraint in their API reference.
const QUOTAS: &[(&str, usize)] = &[
    ("aws_cloudwatch_event_bus_policy", 10_240),
    ("aws_cloudwatch_log_resource_policy", 5_120),
    ("aws_ecr_repository_policy", 10_240),
    ("aws_ecrpublic_repository_policy", 10_240),
    ("aws_efs_file_system_policy", 20_000),
    ("aws_glue_resource_policy", 10_240),
    ("aws_iam_group_policy", 5_120),
    ("aws_iam_policy", 6_144),
    ("aws_iam_role_policy", 10_240),
    ("aws_iam_user_policy", 2_048),
    ("aws_kms_external_key", 32_768),
    ("aws_kms_key", 32_768),
    ("aws_kms_key_policy", 32_768),
    ("aws_kms_replica_external_key", 32_768),
    ("aws_kms_replica_key", 32_768),
    ("aws_s3_bucket", 20_480),
    ("aws_s3_bucket_policy", 20_480),
    ("aws_secretsmanager_secret", 20_480),
    ("aws_secretsmanager_secret_policy", 20_480),
    ("aws_sns_topic", 30_720),
    ("aws_sns_topic_policy", 30_720),
    ("aws_sqs_queue", 8_192),
    ("aws_sqs_queue_policy", 8_192),
    ("aws_ssoadmin_permission_set_inline_policy", 32_768),
    ("aws_transfer_access", 2_048),
    ("aws_transfer_user", 2_048),
    ("aws_vpc_endpoint", 20_480),
    ("aws_vpc_endpoint_policy", 20_480),
];

const VISIBLE: &str = "characters without white space";

fn quota(document: &Document) -> Option<Quota> {
    let visible = |most| Quota { most, unit: VISIBLE, counted: |size| size.compact, adjustable: false };
    let all = |most| Quota { most, unit: "characters", counted: |size| size.written, adjustable: false };
    match (document.kind, document.carrier.resource()) {
        (PolicyKind::Trust, "aws_iam_role" | "awscc_iam_role") => Some(Quota { adjustable: true, ..visible(2_048) }),
        (_, "aws_iam_role" | "awscc_iam_role") => Some(visible(10_240)),
        // "All characters in your SCP count against its maximum size." AWS doubled the one of service control policies in May 2026.
        (PolicyKind::ServiceControl, "aws_organizations_policy") => Some(all(10_240)),
        (PolicyKind::ResourceControl, "aws_organizations_policy") => Some(all(5_120)),
        (_, carrier) => {
            let at = QUOTAS.binary_search_by(|(known, _)| (*known).cmp(carrier)).ok()?;
            QUOTAS.get(at).map(|(_, most)| visible(*most))
        }
    }
}

/// The inline policies of an identity that are there for certain, each in its shortest form, with a document of each.
fn inline<'e>(identity: &Identity, estate: &'e Estate) -> Vec<(&'e Document, usize)> {
    let held = identity.policies.iter().map(|policy| estate.policy(*policy));
    let is_inline = |document: &Document| document.kind == PolicyKind::Identity && INLINE.contains(&document.carrier.resource());
    let shortest = |forms: &[Attached]| forms.iter().map(|form| form.document.size.compact).min().unwrap_or(0);
    let measured = |forms: &'e [Attached]| Some((&forms.first()?.document, shortest(forms)));
    let mut measured: Vec<_> = held.filter_map(measured).filter(|(document, _)| is_inline(document)).collect();
    measured.sort_by_key(|(document, _)| (document.place.span.file, document.place.span.start));
    measured
}

fn most_inline(kind: IdentityKind) -> usize {
    match kind {
        IdentityKind::User => 2_048,
        IdentityKind::Group => 5_120,
        IdentityKind::Role => 10_240,
        IdentityKind::PermissionSet => 32_768,
    }
}

/// 10240 as `10,240`.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut shown = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

fn help(document: &Document) -> &'static str {
    match document.kind {
        PolicyKind::Identity if document.carrier.resource() == "aws_iam_policy" => "split it into several managed policies",
        PolicyKind::Identity => "move parts of it to managed policies: each has its own limit",
        PolicyKind::ServiceControl | PolicyKind::ResourceControl => {
            "write it without white space (`jsonencode()`, `minified_json`), or split it"
        }
        PolicyKind::Trust => "ask for a higher quota (Service Quotas, IAM), or name fewer principals",
        _ => "merge statements that are the same for several resources",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_for_binary_search() {
        assert!(QUOTAS.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    #[test]
    fn numbers_are_grouped_by_thousands() {
        assert_eq!([7, 6_144, 10_240, 1_234_567].map(grouped), ["7", "6,144", "10,240", "1,234,567"]);
    }
}
