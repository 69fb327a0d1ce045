//! What several rules ask of a statement.

use crate::catalog::{self, About, KeyCategory, KeyFacts, KeyOrigin, ValueForm};
use crate::policy::condition::{Base, is_key};
use crate::policy::{Condition, PrincipalKind, Statement};
use crate::truth::Truth;

/// Whether the statement lets an AWS principal call sts:AssumeRole itself.
pub fn assumes_role(statement: &Statement) -> Truth {
    statement.covers_action("sts:AssumeRole")
}

/// Whether the conditions on who calls leave out plain callers: `aws:PrincipalIsAWSService` that is false, or a type of principal that
/// sessions of roles have, says nothing about who it is.
pub fn keeps_out_roles(statement: &Statement) -> Truth {
    let out = |key: &str, of_role: &str| match statement.conditions_on(key).next() {
        Some(_) => statement.passing(key).value(of_role).opposite(),
        None => Truth::No,
    };
    out("aws:PrincipalIsAWSService", "false").or(out("aws:PrincipalType", "AssumedRole"))
}

/// Whether a key says what a request is made on, and not only how, when or by whom: only then does it scope a `*` resource. Who may
/// hold a permission is no limit on what it is good for. A key that the catalog does not have may be anything.
pub fn is_about_resources(key: &str) -> bool {
    let Some(known) = catalog::condition_key(key) else { return true };
    match (known.origin(), known.category()) {
        (KeyOrigin::Service, _) => !About::Transport.is_of(key),
        (KeyOrigin::Global | KeyOrigin::CrossService, Some(KeyCategory::Resource)) => true,
        (KeyOrigin::Global, Some(KeyCategory::Network | KeyCategory::Request)) => limits_reach(key),
        _ => false,
    }
}

/// Whether a key of a request, or of the network that it comes by, limits what it reaches: the endpoint that leads to it (its policy caps
/// it), the tags that it gives, the service that makes it for the caller and what it makes it for. An address in a VPC limits nothing.
fn limits_reach(key: &str) -> bool {
    match catalog::about(key) {
        Some(About::Forwarder | About::RequestTags | About::Source) => true,
        Some(About::Endpoint) => !ValueForm::Address.is_of(key),
        _ => false,
    }
}

/// Whether a condition narrows what the statement's actions may be done to.
pub fn scoped_by_condition(statement: &Statement) -> Truth {
    let by_value = statement.narrowed_by(is_about_resources);
    let by_tag = statement.conditions.iter().any(|condition| asks_for_tag(statement, condition));
    by_value.or(by_tag.into()).or(super::records::limits_records(statement).into())
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
/// (`unknown-condition-key` says so), or none of its principals (`condition-never-matches`).
pub fn never_applies(statement: &Statement) -> bool {
    statement.conditions.iter().any(|condition| {
        let positive = condition.operator.is_positive() && !condition.operator.passes_without_key();
        positive && super::keys::is_unknown(&condition.key) || asks_services_for_account(condition, statement)
    })
}

/// Whether a condition asks for what only identities of accounts have (`aws:PrincipalOrgID`), in a statement that is for services alone: a
/// service that calls by itself is of no account and no organization (IAM User Guide, "AWS global condition context keys").
pub fn asks_services_for_account(condition: &Condition, statement: &Statement) -> bool {
    let Some(principals) = statement.principals.as_ref().filter(|principals| !principals.negated && principals.gap.is_none()) else {
        return false;
    };
    let services = !principals.items.is_empty() && principals.items.iter().all(|principal| principal.kind == PrincipalKind::Service);
    let asks = condition.operator.is_positive() && !condition.operator.passes_without_key() && condition.operator.base != Base::Null;
    services && asks && catalog::key_facts(&condition.key).is_some_and(KeyFacts::is_of_accounts) && !is_tag_of_session(condition, statement)
}

/// IAM Roles Anywhere tags sessions with what a certificate says, and asks for the role with those tags ("Trust model" of its user guide).
fn is_tag_of_session(condition: &Condition, statement: &Statement) -> bool {
    is_key(&condition.key, &["aws:PrincipalTag/"]) && assumes_role(statement).possibly()
}
