use super::{Crowd, denied_to_most, narrowed, whole_accounts, whose};
use crate::access::Scope;
use crate::access::doors::wide_arns;
use crate::estate::{AccountRef, Relation};
use crate::finding::{Category, Severity, What};
use crate::policy::{Item, PolicyKind, Statement};
use crate::rules::kit::rule::{Context, OF_ROLES, Rule};
use crate::rules::kit::trust::lets_in;

rule! {
    TrustAccountRoot, "trust-account-root",
    summary: "a role that a whole other account can assume",
    category: Category::Security,
    severity: Severity::Medium,
    tags: &["trust"],
}

impl Rule for TrustAccountRoot {
    fn kinds(&self) -> &'static [PolicyKind] {
        OF_ROLES
    }

    fn statement(&self, statement: &Statement, context: &mut Context) {
        if !lets_in(statement, "sts:AssumeRole", context) || narrowed(statement) {
            return;
        }
        for (principal, item, account) in whole_accounts(statement) {
            let label = if principal.is_everybody() { "admits the whole account" } else { "is the whole account" };
            if !denied_to_most(statement, Crowd { principal, account: &account, organization: None }, context) {
                report(item, &account, label, statement, context);
            }
        }
    }
}

fn report(item: &Item, account: &AccountRef, label: &str, statement: &Statement, context: &mut Context) {
    if matches!(context.relation(account), Relation::Ours { trusted: true, .. }) {
        return;
    }
    let Some(whose) = whose(account, context) else { return };
    let mut finding = context
        .at(&item.place, label)
        .fact(&whose)
        .says(format!("every identity in {whose} that is allowed sts:AssumeRole"), What::Assume)
        .help(help(account, context));
    let wide = statement.conditions_on("aws:PrincipalArn").flat_map(wide_arns).find(|value| value.place.span != item.place.span);
    if let Some(wide) = wide {
        finding = finding.label(wide.place.span, "matches every role of the account");
    }
    context.report(finding);
}

fn help(account: &AccountRef, scope: &Scope) -> String {
    let number = account.number().unwrap_or("ACCOUNT_ID");
    let name = format!(
        "name the role that needs it, `arn:aws:iam::{number}:role/NAME`, or narrow the account down with aws:PrincipalArn, \
         aws:PrincipalTag or aws:MultiFactorAuthPresent"
    );
    match scope.relation(account) {
        Relation::Ours { .. } if account.number().is_some() => {
            format!("{name}; if the whole account is trusted, say so with `trusted = true` in its `account` block in .rolelint.hcl")
        }
        Relation::Stranger => {
            format!("{name}; if it is yours and trusted as a whole, declare it as an `account` with `trusted = true` in .rolelint.hcl")
        }
        _ => name,
    }
}
