use super::{Crowd, denied_to_most, narrowed};
use crate::access::doors::{accounts_by_condition, aws_principals};
use crate::catalog::About;
use crate::estate::{AccountRef, Relation};
use crate::finding::{Category, Severity, What};
use crate::policy::{Condition, Item, PolicyKind, Statement};
use crate::rules::kit::rule::{Context, OF_ROLES, Rule};
use crate::rules::kit::trust::lets_in;
use crate::truth::Truth;

rule! {
    TrustUnknownAccount, "trust-unknown-account",
    summary: "a role that an account with an unknown owner can assume",
    category: Category::Security,
    severity: Severity::Medium,
    supersedes: &["trust-account-root", "trust-iam-user"],
    tags: &["trust"],
}

impl Rule for TrustUnknownAccount {
    fn kinds(&self) -> &'static [PolicyKind] {
        OF_ROLES
    }

    fn statement(&self, statement: &Statement, context: &mut Context) {
        if !lets_in(statement, "sts:AssumeRole", context) {
            return;
        }
        let strange: Vec<(&Item, String)> = organizations(statement)
            .filter(|(_, id)| context.config.own_organization(id) == Truth::No)
            .map(|(value, id)| (value, id.to_owned()))
            .collect();
        let everybody = aws_principals(statement).find(|principal| principal.is_everybody());
        if let Some(principal) = everybody.filter(|_| !narrowed(statement)) {
            for (value, id) in &strange {
                let crowd = Crowd { principal, account: &AccountRef::Unknown, organization: Some(id) };
                if !denied_to_most(statement, crowd, context) {
                    report_organization(value, id, context);
                }
            }
        }
        if context.config.accounts.is_empty() || strange.is_empty() && is_of_organization(statement) {
            return;
        }
        let named = aws_principals(statement).map(|principal| (&principal.item, AccountRef::of_principal(&principal.item.pattern)));
        let mut found: Vec<(&Item, AccountRef)> = named.collect();
        if everybody.is_some() {
            found.extend(accounts_by_condition(statement));
        }
        for (item, account) in found {
            let (Relation::Stranger, Some(number)) = (context.relation(&account), account.number()) else { continue };
            let finding = context
                .at(&item.place, "is not one of your accounts or a known vendor's")
                .fact(number)
                .says(format!("account {number}, whose owner is unknown,"), What::Assume)
                .help(format!(
                    "if it is yours, add `account \"NAME\" {{ id = \"{number}\" }}` to .rolelint.hcl; if it is a vendor's, add \
                     `vendor \"NAME\" {{ accounts = [\"{number}\"] }}`; otherwise remove it"
                ));
            context.report_token(finding);
        }
    }
}

fn report_organization(value: &Item, id: &str, context: &mut Context) {
    let help = format!(
        "if it is yours, add `organization {{ id = \"{id}\" }}` to .rolelint.hcl; otherwise name the accounts or roles that need it"
    );
    let finding = context.at(&value.place, "is not one of your organizations").fact(id).help(help);
    context.report_token(finding.says(format!("every identity of the organization `{id}`, which is not yours,"), What::Assume));
}

/// The organizations that conditions ask for.
fn organizations(statement: &Statement) -> impl Iterator<Item = (&Item, &str)> {
    let enforced = |condition: &&Condition| statement.enforces(condition).certainly();
    let by_id = statement.conditions_on("aws:PrincipalOrgID").filter(enforced).flat_map(|condition| &condition.values);
    let by_path = statement.conditions_on("aws:PrincipalOrgPaths").filter(enforced).flat_map(|condition| &condition.values);
    let by_id = by_id.filter_map(|value| Some((value, value.pattern.as_exact()?)));
    // `o-a1b2c3d4e5/r-ab12/*`
    by_id.chain(by_path.filter_map(|value| Some((value, value.pattern.literal_prefix().split_once('/')?.0))))
}

/// Whether only callers of an organization get in: the account is one of its, though the configuration does not have it.
fn is_of_organization(statement: &Statement) -> bool {
    statement.narrowed_by(|key| About::Organization.is_of(key)).possibly()
}
