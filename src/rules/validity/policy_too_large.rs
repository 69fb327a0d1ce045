use crate::catalog::PolicyQuota;
use crate::estate::carriers::{inline_quota, quota};
use crate::estate::{Attached, Estate, Identity};
use crate::finding::{Category, Confidence, Severity, What};
use crate::policy::{Document, PolicyKind};
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
        let (length, unit) = match quota.counts_white_space() {
            true => (document.size.written, "characters"),
            false => (document.size.compact, VISIBLE),
        };
        if length <= quota.most {
            return;
        }
        let unless = if quota.is_adjustable() { ", unless the quota was raised" } else { "" };
        let policy = context.policy_name();
        let why = format!("it has {} {unit}, and {} are allowed{unless}", grouped(length), grouped(quota.most));
        let mut finding = context.at(&document.place, "is too long").rejected(why).help(help(document));
        finding = finding.fact(policy).facts([length, quota.most].map(grouped));
        if quota.is_adjustable() {
            finding = finding.confidence(Confidence::Medium);
        }
        context.report(finding);
    }

    fn identity(&self, identity: &Identity, context: &mut Context) {
        let policies = inline(identity, context.estate);
        let Some(most) = inline_quota(identity.kind).map(|quota| quota.most) else { return };
        let sum = policies.iter().map(|(_, length)| length).sum::<usize>();
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

const VISIBLE: &str = "characters without white space";

/// The inline policies of an identity that are there for certain, each in its shortest form, with a document of each.
fn inline<'e>(identity: &Identity, estate: &'e Estate) -> Vec<(&'e Document, usize)> {
    let held = identity.policies.iter().map(|policy| estate.policy(*policy));
    let is_inline =
        |document: &Document| document.kind == PolicyKind::Identity && quota(document).is_some_and(PolicyQuota::is_for_all_together);
    let shortest = |forms: &[Attached]| forms.iter().map(|form| form.document.size.compact).min().unwrap_or(0);
    let measured = |forms: &'e [Attached]| Some((&forms.first()?.document, shortest(forms)));
    let mut measured: Vec<_> = held.filter_map(measured).filter(|(document, _)| is_inline(document)).collect();
    measured.sort_by_key(|(document, _)| (document.place.span.file, document.place.span.start));
    measured
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
    fn numbers_are_grouped_by_thousands() {
        assert_eq!([7, 6_144, 10_240, 1_234_567].map(grouped), ["7", "6,144", "10,240", "1,234,567"]);
    }
}
