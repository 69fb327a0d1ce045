//! What the rules on conditions ask about the requests that a statement is for.

use crate::access::Scope;
use crate::catalog::{self, Action};
use crate::estate::IdentityKind;
use crate::policy::arn::Arn;
use crate::policy::pattern::Case;
use crate::policy::{Document, Item, Items, PolicyKind, Principal, PrincipalKind, Statement};
use crate::truth::Truth;

/// Who may make a statement's requests.
pub struct Callers {
    /// Requests without credentials.
    pub anonymous: bool,
    /// Requests with the access keys of an IAM user or of the root user.
    pub long_term: bool,
}

/// Who may make the statement's requests, as far as is known; what is not known may be.
pub fn callers(statement: &Statement, document: &Document, scope: &Scope) -> Callers {
    if let Some(principals) = &statement.principals {
        let everybody = principals.negated || principals.items.iter().any(Principal::is_everybody);
        let temporary = !principals.negated && principals.gap.is_none() && principals.items.iter().all(is_temporary);
        return Callers { anonymous: everybody && document.kind != PolicyKind::Trust, long_term: !temporary };
    }
    let holders = scope.holders();
    let roles = holders.iter().all(|holder| matches!(holder.kind, IdentityKind::Role | IdentityKind::PermissionSet));
    Callers { anonymous: false, long_term: holders.is_empty() || !roles }
}

/// Whether a principal has no long-term credentials: a role, its session, a service, who an identity provider signs in.
fn is_temporary(principal: &Principal) -> bool {
    match principal.kind {
        PrincipalKind::Service | PrincipalKind::Federated => true,
        PrincipalKind::Aws => Arn::split(&principal.item.pattern).is_some_and(|arn| {
            let start = arn.resource.literal_prefix();
            start.starts_with("role/") || start.starts_with("assumed-role/")
        }),
        PrincipalKind::Any | PrincipalKind::CanonicalUser | PrincipalKind::Other(_) => false,
    }
}

/// The actions that a statement names, all of them: nothing for NotAction, and where one is not known or not in the catalog.
pub fn actions(statement: &Statement) -> Option<Vec<Action>> {
    let actions = statement.actions.as_ref().filter(|actions| !actions.negated && actions.gap.is_none())?;
    let mut found = Vec::new();
    for item in &actions.items {
        found.extend(actions_of(item)?);
    }
    Some(found)
}

/// The actions that one item stands for; nothing where that is not known, or none is in the catalog.
pub fn actions_of(item: &Item) -> Option<Vec<Action>> {
    if item.pattern.has_hole() || item.pattern.has_variable() {
        return None;
    }
    let found: Vec<Action> = catalog::expand(&item.text).collect();
    (!found.is_empty()).then_some(found)
}

/// Whether `other` is for all requests that `statement` is for, by their actions, resources and principals; its conditions do not count.
/// Unknown where parts of either are not known.
pub fn covers(other: &Statement, statement: &Statement) -> Truth {
    if other.gap.may_widen() || statement.gap.may_widen() {
        return Truth::Unknown;
    }
    let actions = lists_cover(other.actions.as_ref(), statement.actions.as_ref(), Case::Insensitive);
    let resources = lists_cover(other.resources.as_ref(), statement.resources.as_ref(), Case::Sensitive);
    actions.and(resources).and(principals_cover(other, statement))
}

/// The same of one element. Without it, as without a `Resource` in a trust policy, a statement is for everything.
fn lists_cover(other: Option<&Items>, own: Option<&Items>, case: Case) -> Truth {
    let (Some(other), Some(own)) = (other, own) else { return if other.is_none() { Truth::Yes } else { Truth::Unknown } };
    if other.gap.is_some() || own.gap.is_some() {
        return Truth::Unknown;
    }
    let includes = |list: &Items, item: &Item| Truth::any(list.items.iter().map(|wide| wide.pattern.includes(&item.pattern, case)));
    match (other.negated, own.negated) {
        (false, false) => Truth::all(own.items.iter().map(|item| includes(other, item))),
        (true, false) => {
            let meets = |item: &Item| Truth::any(other.items.iter().map(|out| out.pattern.intersects(&item.pattern, case)));
            Truth::all(own.items.iter().map(|item| meets(item).opposite()))
        }
        // What the other leaves out, this one must leave out as well.
        (true, true) => Truth::all(other.items.iter().map(|out| includes(own, out))),
        (false, true) => Truth::any(other.items.iter().map(|item| item.pattern.is_any().into())),
    }
}

fn principals_cover(other: &Statement, statement: &Statement) -> Truth {
    let (Some(others), Some(own)) = (&other.principals, &statement.principals) else { return Truth::Yes };
    if others.negated || own.negated || others.gap.is_some() || own.gap.is_some() {
        return Truth::Unknown;
    }
    let within = |principal: &Principal| {
        let same = |wide: &Principal| wide.kind == principal.kind && wide.item.text == principal.item.text;
        if others.items.iter().any(|wide| wide.is_everybody() || same(wide)) {
            return Truth::Yes;
        }
        // An account is all who are in it, and a name may be unknown.
        if principal.is_everybody() { Truth::No } else { Truth::Unknown }
    };
    Truth::all(own.items.iter().map(within))
}
