//! What AWS services say for what they act: the form of `aws:SourceArn` in their requests.

use crate::catalog::arn_match::{self, Misplaced};
use crate::catalog::{self, ServiceSource, Sure};
use crate::policy::arn::Arn;
use crate::policy::condition::is_key;
use crate::policy::pattern::Pattern;
use crate::policy::{PrincipalKind, Statement};
use crate::rules::kit::callers::service_name;

/// Why no request of the statement's principals, if all of them are services of which that is known, has a value that the pattern matches
/// under `aws:SourceArn`: the reason, and the ARN that they send.
pub fn why_never(key: &str, pattern: &Pattern, statement: &Statement) -> Option<(&'static str, String)> {
    if !is_key(key, &["aws:SourceArn"]) {
        return None;
    }
    let written = Arn::split(pattern)?;
    let sources = sources(statement)?;
    let sent: Vec<Arn> = sources.iter().map(|source| example(source)).collect::<Option<_>>()?;
    let has_service = |arn: &&Arn| written.service.as_exact().is_none_or(|service| arn.service.as_exact() == Some(service));
    let first = sources.first()?.arn.as_deref()?;
    if !sent.iter().any(|arn| has_service(&arn)) {
        return Some(("is of another service than what these principals act for", help(first)));
    }
    // A field of which something is known is not empty. AWS's examples leave out what their types have, so that those decide.
    let is_filled = |field: &Pattern| field.as_exact() != Some("") && !field.is_any() && !field.has_hole();
    match arn_match::misplaced(pattern)? {
        Misplaced::Account if is_filled(&written.account) => Some(("has an account, and ARNs of its type have none", help(first))),
        Misplaced::Region | Misplaced::Both if is_filled(&written.region) => {
            Some(("has a region, and ARNs of its type have none", help(first)))
        }
        _ => None,
    }
}

fn help(example: &str) -> String {
    format!("write an ARN of the form `{}`", example.replace("111111111111", "ACCOUNT").replace("us-east-1", "REGION"))
}

fn example(source: &ServiceSource) -> Option<Arn> {
    Arn::split(&Pattern::exact(source.arn.as_deref()?))
}

/// What each of the principals sends to what the statement's actions are of. Nothing if that is not known of one of them.
fn sources(statement: &Statement) -> Option<Vec<&'static ServiceSource>> {
    let principals = statement.principals.as_ref().filter(|principals| !principals.negated && principals.gap.is_none())?;
    let receiver = receiver(statement)?;
    let source = |name: &str| catalog::sender(name)?.to(receiver).filter(|source| source.sure != Sure::SecondHand);
    let of_services = principals.items.iter().map(|principal| match principal.kind {
        PrincipalKind::Service => source(&service_name(principal)?),
        _ => None,
    });
    of_services.collect::<Option<Vec<_>>>().filter(|sources| !sources.is_empty())
}

/// The service that all actions are of; `trust` for those by which a role is assumed.
fn receiver(statement: &Statement) -> Option<&str> {
    let actions = statement.actions.as_ref().filter(|actions| !actions.negated && actions.gap.is_none())?;
    let mut prefixes = actions.items.iter().map(|item| item.text.split_once(':').map(|(prefix, _)| prefix));
    let first = prefixes.next()??;
    let all = prefixes.all(|prefix| prefix.is_some_and(|prefix| prefix.eq_ignore_ascii_case(first)));
    let receiver = if first.eq_ignore_ascii_case("sts") { "trust" } else { first };
    all.then_some(receiver)
}
