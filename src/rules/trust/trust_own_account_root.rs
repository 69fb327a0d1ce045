use super::{Crowd, denied_to_most, lets_in, narrowed, whole_accounts};
use crate::config::Persona;
use crate::estate::Relation;
use crate::finding::{Category, Confidence, Severity};
use crate::policy::{PolicyKind, Statement};
use crate::rules::kit::rule::{About, Context, OF_ROLES, Rule};

pub struct TrustOwnAccountRoot;

static ABOUT: About = About {
    id: "trust-own-account-root",
    summary: "a role that everybody in its own account can assume who may assume roles",
    category: Category::Security,
    severity: Severity::Low,
    confidence: Confidence::High,
    persona: Persona::Pedantic,
    since: "0.1.0",
    supersedes: &[],
    tags: &["trust"],
    options: &[],
    page: include_str!("../../../rules/trust-own-account-root.md"),
};

impl Rule for TrustOwnAccountRoot {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn kinds(&self) -> &'static [PolicyKind] {
        OF_ROLES
    }

    fn statement(&self, statement: &Statement, context: &mut Context) {
        if !lets_in(statement, context) || narrowed(statement) {
            return;
        }
        for (principal, item, account) in whole_accounts(statement) {
            let crowd = Crowd { principal, account: &account, organization: None };
            if context.relation(&account) != Relation::Same || denied_to_most(statement, crowd, context) {
                continue;
            }
            let message = format!("every identity in its own account that may call sts:AssumeRole can become {}", context.subject_name());
            let finding = context
                .at(&item.place, "is the account as a whole, whoever in it may assume roles")
                .message(message)
                .help("name the roles or users that need it, or narrow the account down with aws:PrincipalArn, aws:PrincipalTag or aws:MultiFactorAuthPresent");
            context.report(finding);
        }
    }
}
