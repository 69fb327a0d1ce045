//! Other accounts that a resource policy lets in as a whole.

use super::receivers::receiver;
use crate::access::Scope;
use crate::access::doors::aws_principals;
use crate::access::subject::{Whose, of_account};
use crate::catalog::About;
use crate::estate::{AccountRef, Relation};
use crate::policy::{PolicyKind, Principal, Statement};
use crate::rules::kit::shared::never_applies;

/// An account whose identities a statement lets in, all of them, and what they can do.
pub(in crate::rules) struct WholeAccount<'s> {
    pub principal: &'s Principal,
    pub account: AccountRef,
    pub relation: Relation,
    /// The prefix of the resource's service.
    pub service: &'static str,
    /// What `words` says beside whose policy it is.
    pub facts: Vec<&'static str>,
    /// What they can do: ``read objects of bucket `aws_s3_bucket.x` ``
    pub words: String,
}

/// The accounts that an Allow of a resource policy lets in as a whole, as far as no condition says which of their identities, or of whose
/// requests, and no Deny takes away what it lets them do.
pub(in crate::rules) fn whole_accounts<'s>(statement: &'s Statement, scope: &Scope) -> Vec<WholeAccount<'s>> {
    let Some(document) = scope.document_of(PolicyKind::Resource) else { return Vec::new() };
    if !statement.allows() || never_applies(statement) || statement.gap.may_narrow() || is_narrowed(statement) {
        return Vec::new();
    }
    let Some(receiver) = receiver(document, statement) else { return Vec::new() };
    let allowed = receiver.allowed(statement);
    let actions: Vec<&str> = allowed.iter().map(|(action, _)| *action).collect();
    let whole = aws_principals(statement).filter(|principal| principal.is_whole_account()).filter_map(|principal| {
        let account = AccountRef::of_principal(&principal.item.pattern);
        let left = scope.access().lets_do(statement, &of_account(principal, account.number(), Whose::Others), &actions);
        let mut allowed = allowed.clone();
        allowed.retain(|(action, _)| left.contains(action));
        (!allowed.is_empty()).then(|| WholeAccount {
            principal,
            relation: scope.relation(&account),
            account,
            service: receiver.service,
            facts: receiver.facts(&allowed),
            words: receiver.words(&allowed, document),
        })
    });
    whole.collect()
}

/// Whether a condition may say more than which account, or organization, callers are of and that they use TLS.
fn is_narrowed(statement: &Statement) -> bool {
    let harmless = |key: &str| [About::Account, About::Organization, About::Transport].iter().any(|about| about.is_of(key));
    statement.narrowed_by(|key| !harmless(key)).possibly()
}
