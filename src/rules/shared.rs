//! What several rules ask of a statement.

use crate::config::is_account_id;
use crate::policy::arn::Arn;
use crate::policy::{Condition, Principal, PrincipalKind, Statement};
use crate::truth::Truth;

/// Whether the statement lets an AWS principal call sts:AssumeRole itself.
pub fn assumes_role(statement: &Statement) -> Truth {
    statement.covers_action("sts:AssumeRole")
}

/// The AWS principals that a statement lets in; none for NotPrincipal.
pub fn aws_principals(statement: &Statement) -> impl Iterator<Item = &Principal> {
    let admitted = statement.principals.iter().filter(|principals| !principals.negated);
    admitted.flat_map(|principals| &principals.items).filter(|principal| matches!(principal.kind, PrincipalKind::Any | PrincipalKind::Aws))
}

/// `arn:aws:iam::123456789012:root` or the twelve digits alone: IAM takes both for the same.
pub fn is_whole_account(principal: &Principal) -> bool {
    match Arn::split(&principal.item.pattern) {
        Some(arn) => arn.resource.as_exact() == Some("root"),
        None => principal.item.pattern.as_exact().is_some_and(is_account_id),
    }
}

/// Whether `key` is `name`, or begins with it where `name` ends in `/`. Condition keys ignore case.
pub fn is_key(key: &str, names: &[&str]) -> bool {
    names.iter().any(|name| match name.strip_suffix('/') {
        Some(_) => key.len() >= name.len() && key.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name)),
        None => key.eq_ignore_ascii_case(name),
    })
}

/// Keys that say how, when or by whom a request is made, but not on what: they do not scope a `*` resource.
const NOT_ABOUT_RESOURCES: &[&str] = &[
    "aws:CurrentTime",
    "aws:EpochTime",
    "aws:MultiFactorAuthAge",
    "aws:MultiFactorAuthPresent",
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:PrincipalIsAWSService",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:PrincipalType",
    "aws:Referer",
    "aws:RequestedRegion",
    "aws:SecureTransport",
    "aws:SourceIp",
    "aws:TokenIssueTime",
    "aws:UserAgent",
    "aws:userid",
    "aws:username",
];

/// Whether a condition narrows what the statement's actions may be done to.
pub fn scoped_by_condition(statement: &Statement) -> Truth {
    let by_value = statement.narrowed_by(|key| !is_key(key, NOT_ABOUT_RESOURCES));
    let by_tag = statement.conditions.iter().any(|condition| asks_for_tag(statement, condition));
    by_value.or(by_tag.into())
}

/// A tag that must be there, whatever its value: AWS's own policies for controllers mark what they made and may touch in this way.
fn asks_for_tag(statement: &Statement, condition: &Condition) -> bool {
    let tag = condition.key.split_once(':').is_some_and(|(_, rest)| {
        let rest = rest.to_ascii_lowercase();
        rest.starts_with("resourcetag/") || rest.starts_with("requesttag/")
    });
    tag && (statement.is_guarded(&condition.key) || condition.operator.is_positive() && !condition.operator.passes_without_key())
}

/// Whether the statement can never apply, because a condition asks for a key that no request carries
/// (`unknown-condition-key` says so).
pub fn never_applies(statement: &Statement) -> bool {
    statement.conditions.iter().any(|condition| {
        let positive = condition.operator.is_positive() && !condition.operator.passes_without_key();
        positive && super::unknown_condition_key::is_unknown(&condition.key)
    })
}
