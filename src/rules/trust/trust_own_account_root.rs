use super::caller_chosen_session_name::session_name_alone;
use super::{Crowd, denied_to_most, narrowed, whole_accounts};
use crate::config::Persona;
use crate::estate::Relation;
use crate::finding::{Category, Severity, What};
use crate::policy::{PolicyKind, Statement};
use crate::rules::kit::rule::{Context, OF_ROLES, Rule};
use crate::rules::kit::trust::lets_in;

rule! {
    TrustOwnAccountRoot, "trust-own-account-root",
    summary: "a role that every identity of its own account can assume if it is allowed sts:AssumeRole",
    category: Category::Security,
    severity: Severity::Low,
    persona: Persona::Pedantic,
    tags: &["trust"],
}

impl Rule for TrustOwnAccountRoot {
    fn kinds(&self) -> &'static [PolicyKind] {
        OF_ROLES
    }

    fn statement(&self, statement: &Statement, context: &mut Context) {
        let session = session_name_alone(statement);
        if !lets_in(statement, "sts:AssumeRole", context) || session.is_none() && narrowed(statement) {
            return;
        }
        for (principal, item, account) in whole_accounts(statement) {
            let crowd = Crowd { principal, account: &account, organization: None };
            if context.relation(&account) != Relation::Same || denied_to_most(statement, crowd, context) {
                continue;
            }
            let finding = context
                .at(&item.place, "is the whole account")
                .says("every identity in the role's own account that is allowed sts:AssumeRole", What::Assume)
                .help("name the roles or users that need it, or narrow the account down with aws:PrincipalArn, aws:PrincipalTag or aws:MultiFactorAuthPresent");
            let finding = session.into_iter().fold(finding, |finding, name| finding.label(name.span, "is a name that the caller chooses"));
            context.report(finding);
        }
    }
}
