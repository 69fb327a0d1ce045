use super::{Crowd, denied_to_most, narrowed};
use crate::access::doors::aws_principals;
use crate::config::Persona;
use crate::estate::AccountRef;
use crate::finding::{Category, Severity, What};
use crate::policy::condition::is_key;
use crate::policy::{Condition, Item, PolicyKind, Statement};
use crate::rules::kit::rule::{Context, OF_ROLES, Rule};
use crate::rules::kit::trust::lets_in;
use crate::truth::Truth;

rule! {
    TrustWholeOrganization, "trust-whole-organization",
    summary: "a role that every account of an organization can assume",
    category: Category::Security,
    severity: Severity::Low,
    persona: Persona::Pedantic,
    tags: &["trust"],
}

impl Rule for TrustWholeOrganization {
    fn kinds(&self) -> &'static [PolicyKind] {
        OF_ROLES
    }

    fn statement(&self, statement: &Statement, context: &mut Context) {
        if !lets_in(statement, "sts:AssumeRole", context) || narrowed(statement) || narrowed_within(statement).possibly() {
            return;
        }
        let Some(everybody) = aws_principals(statement).find(|principal| principal.is_everybody()) else { return };
        let Some((condition, organization)) = whole_organization(statement) else { return };
        let id = organization.pattern.as_exact().map(|id| id.split('/').next().unwrap_or(id));
        if denied_to_most(statement, Crowd { principal: everybody, account: &AccountRef::Unknown, organization: id }, context) {
            return;
        }
        let named = id.map_or_else(String::new, |id| format!(" `{id}`"));
        let finding = context
            .at(&everybody.item.place, "is everybody")
            .kind(if id.is_none() { "unnamed" } else { "" })
            .facts(id)
            .says(format!("every identity of the organization{named} that is allowed sts:AssumeRole"), What::Assume)
            .label(condition.key_place.span, "is the only limit, and every account of the organization meets it")
            .help(
                "name the accounts or roles that need it, or narrow the organization down with aws:PrincipalOrgPaths or aws:PrincipalArn",
            );
        context.report(finding);
    }
}

/// The condition that pins the caller's organization, and its value.
fn whole_organization(statement: &Statement) -> Option<(&Condition, &Item)> {
    let pins = |condition: &&Condition| statement.enforces(condition).certainly();
    // A pattern for ids is no organization's.
    let by_id = statement.conditions_on("aws:PrincipalOrgID").map(|condition| (condition, is_id as fn(&Item) -> bool));
    let by_path = statement.conditions_on("aws:PrincipalOrgPaths").map(|condition| (condition, is_whole_path as fn(&Item) -> bool));
    let mut found = by_id.chain(by_path).filter(|(condition, _)| pins(condition));
    found.find_map(|(condition, is_whole)| Some((condition, condition.values.iter().find(|value| is_whole(value))?)))
}

fn is_id(value: &Item) -> bool {
    !value.pattern.has_wildcard()
}

/// `o-a1b2c3d4e5/*`, and the same with the root: everything that the organization has.
fn is_whole_path(value: &Item) -> bool {
    let fields: Vec<&str> = value.text.trim_end_matches('/').split('/').collect();
    let is_one = |organization: &str| organization.starts_with("o-") && !organization.contains(['*', '?']);
    value.pattern.has_wildcard()
        && match fields.as_slice() {
            [organization, "*"] => is_one(organization),
            [organization, root, "*"] => is_one(organization) && (root.starts_with("r-") || *root == "*"),
            _ => false,
        }
}

/// Whether something narrows the organization down to a part of its accounts.
fn narrowed_within(statement: &Statement) -> Truth {
    let account = statement.narrowed_by(|key| is_key(key, &["aws:PrincipalAccount", "aws:PrincipalIsAWSService"]));
    let path = statement
        .conditions_on("aws:PrincipalOrgPaths")
        .map(|condition| if condition.values.iter().any(is_whole_path) { Truth::No } else { statement.enforces(condition) });
    account.or(Truth::any(path))
}
