//! What the rules about external IDs ask of a trust policy.

pub mod external_id_as_secret;
pub mod external_id_bypassable;
pub mod external_id_guessable;
pub mod external_id_invalid;
pub mod external_id_recommended;
pub mod external_id_required;
pub mod external_id_reused;

use crate::access::doors::aws_principals;
use crate::access::subject::{Whose, of_account};
use crate::access::{Question, Scope, UNNAMED};
use crate::catalog::About;
use crate::estate::{AccountRef, Relation};
use crate::finding::FindingBuilder;
use crate::policy::condition::{Family, is_key};
use crate::policy::{Condition, Item, Principal, Statement};
use crate::rules::kit::rule::Context;
use crate::truth::Truth;

pub const KEY: &str = "sts:ExternalId";

/// What the name of each role begins with that Identity Center makes of a permission set (IAM Identity Center User Guide, "Referencing
/// permission sets").
const PERMISSION_SET: &str = "AWSReservedSSO_";

/// The conditions by which a statement asks for one of some external IDs.
pub fn asking(statement: &Statement) -> impl Iterator<Item = &Condition> {
    let text = |condition: &&Condition| matches!(condition.operator.family(), Family::Text(_)) && condition.operator.is_positive();
    statement.conditions_on(KEY).filter(text)
}

/// Whether something keeps strangers from borrowing the callers: an external ID, well asked for or not (`external-id-bypassable`
/// judges that), a caller of the own organisation, or a person, who can be lent to nobody.
pub fn excused(statement: &Statement) -> Truth {
    if statement.conditions_on(KEY).next().is_some() {
        return Truth::Yes;
    }
    let organisation_or_device =
        statement.narrowed_by(|key| About::Organization.is_of(key) || is_key(key, &["aws:MultiFactorAuthPresent"]));
    let people = statement.conditions_on("aws:PrincipalArn").any(|condition| {
        let named = !condition.values.is_empty() && condition.values.iter().all(|value| value.text.contains(PERMISSION_SET));
        named && statement.enforces(condition).possibly()
    });
    organisation_or_device.or(people.into())
}

/// Whether other statements turn away all calls of a principal that come without the right ID, or may: calls for a stranger, from outside of
/// the own organisation, and without a device that only people have.
pub fn denied_without(statement: &Statement, principal: &Principal, scope: &Scope) -> bool {
    let access = scope.access();
    if access.is_free() {
        return false;
    }
    let account = AccountRef::of_principal(&principal.item.pattern);
    let callers = of_account(principal, account.number(), Whose::Others);
    let calls = callers.into_iter().flat_map(|caller| [caller.clone().without(KEY), caller.with(KEY, UNNAMED)]);
    // What the statement itself lets through of IDs, and no more.
    let about = Statement { conditions: statement.conditions_on(KEY).cloned().collect(), ..statement.for_principal(principal) };
    !calls.into_iter().any(|call| access.left(&about, &Question::anywhere(&call, "sts:AssumeRole")).certainly())
}

/// Whether a principal is the role that Identity Center makes of a permission set: people, who can be lent to nobody.
fn is_people(principal: &Principal) -> bool {
    principal.item.text.contains(PERMISSION_SET)
}

/// The accounts that the statement lets in without an external ID, as far as Denies leave it, with what each is to the role's own.
pub fn admitted<'s>(statement: &'s Statement, scope: &Scope) -> Vec<(&'s Principal, AccountRef, Relation)> {
    let whose = |principal: &'s Principal| {
        let account = AccountRef::of_principal(&principal.item.pattern);
        let relation = scope.relation(&account);
        (principal, account, relation)
    };
    let lent = aws_principals(statement).filter(|principal| !is_people(principal));
    lent.filter(|principal| !denied_without(statement, principal, scope)).map(whose).collect()
}

/// Starts a finding at a principal whom the statement asks for no external ID.
pub fn without_id(statement: &Statement, principal: &Principal, label: impl Into<String>, context: &Context) -> FindingBuilder {
    let asks = statement.actions.as_ref().map_or(statement.span(), |actions| actions.key.span);
    context.at(&principal.item.place, label).label(asks, "without asking for an external ID")
}

/// What messages call an account that is let in; nothing for the role's own, for one without a number, for AWS's and for trusted ones.
pub fn called(account: &AccountRef, relation: &Relation) -> Option<String> {
    match relation {
        Relation::Vendor { name } => Some((*name).to_owned()),
        Relation::ThirdParty { name } => Some(format!("`{name}`")),
        Relation::Ours { name, trusted: false, .. } => Some(format!("account `{name}`")),
        // Whoever asks an account by its number for an external ID takes it for another, even if it may be the role's own.
        Relation::Stranger | Relation::Unknown => account.number().map(|number| format!("account {number}")),
        Relation::Same | Relation::Ours { .. } | Relation::Aws { .. } => None,
    }
}

/// Why no call can carry this external ID: it has 2 to 1,224 letters, digits and `_+=,.@:/-` (AWS Security Token Service API
/// Reference, AssumeRole). Of wildcards `condition-never-matches` tells.
pub fn why_invalid(value: &Item) -> Option<&'static str> {
    use crate::policy::pattern::Segment;
    let literals = || {
        value.pattern.segments().iter().filter_map(|segment| match segment {
            Segment::Literal(text) => Some(text),
            _ => None,
        })
    };
    let allowed = |character: char| character.is_ascii_alphanumeric() || "_+=,.@:/-*?".contains(character);
    // What somebody has yet to fill in is no mistake: `<EXTERNAL_ID>`, `${external_id}`.
    if literals().any(|text| text.contains(['<', '{'])) {
        return None;
    }
    if let Some(text) = literals().find(|text| !text.chars().all(allowed)) {
        let blank = text.chars().any(char::is_whitespace) && text.split_whitespace().collect::<String>().chars().all(allowed);
        return Some(if blank { "holds white space" } else { "holds a character other than letters, digits and `_+=,.@:/-`" });
    }
    match value.pattern.as_exact() {
        Some(text) if text.len() == 1 && !text.contains(['*', '?']) => Some("has one character, and an external ID has two at least"),
        Some(text) if text.len() > 1224 => Some("has more than 1,224 characters"),
        _ => None,
    }
}
