//! What the rules on conditions ask about the requests that a statement is for.

use crate::access::Scope;
use crate::catalog::{self, Action};
use crate::estate::IdentityKind;
use crate::policy::arn::Arn;
use crate::policy::{Document, Item, PolicyKind, Principal, PrincipalKind, Statement};

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
