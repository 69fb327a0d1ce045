use super::{admitted, excused, without_id};
use crate::access::Scope;
use crate::config::Config;
use crate::estate::{AccountRef, Relation};
use crate::finding::{Category, Severity};
use crate::policy::{PolicyKind, Statement};
use crate::rules::kit::rule::{Context, OF_ROLES, Rule, RuleOption, Takes};
use crate::rules::kit::trust::lets_in;

rule! {
    ExternalIdRequired, "external-id-required",
    summary: "a third party can be made to use your role for somebody else",
    category: Category::Security,
    severity: Severity::High,
    supersedes: &["trust-account-root", "trust-unknown-account"],
    tags: &["trust", "external-id"],
    options: &[RuleOption { name: "required_for", takes: Takes::Word(&["third-party", "cross-account"]), tightens: true }],
}

impl Rule for ExternalIdRequired {
    fn kinds(&self) -> &'static [PolicyKind] {
        OF_ROLES
    }

    fn statement(&self, statement: &Statement, context: &mut Context) {
        if !lets_in(statement, "sts:AssumeRole", context) || excused(statement).possibly() {
            return;
        }
        for (principal, account, relation) in admitted(statement, context) {
            let number = account.number().unwrap_or_default();
            let role = context.subject_name();
            let (kind, whose, message, label) = match &relation {
                Relation::Vendor { name } => (
                    "vendor",
                    *name,
                    format!("any customer of {name} can have {name} become {role} for them"),
                    format!("lets in {name} ({number})"),
                ),
                Relation::ThirdParty { name } => (
                    "third-party",
                    &**name,
                    format!("any customer of `{name}` can have it become {role} for them"),
                    format!("lets in `{name}` ({number})"),
                ),
                Relation::Stranger if !context.config.accounts.is_empty() => (
                    "stranger",
                    number,
                    format!("whoever account {number} works for can have it become {role} for them"),
                    "is none of your accounts".to_owned(),
                ),
                Relation::Ours { name, trusted: false, .. } if required_for_own_accounts(context.config) => (
                    "ours",
                    &**name,
                    format!("{role} can be assumed from account `{name}` without the external ID that your configuration asks for"),
                    format!("lets in your account `{name}`"),
                ),
                _ => continue,
            };
            let finding =
                without_id(statement, principal, label, context).kind(kind).fact(whose).message(message).help(help(&account, context));
            context.report(finding);
        }
    }
}

/// What to write, and what says whose the account is.
fn help(account: &AccountRef, scope: &Scope) -> String {
    let write = "add a condition StringEquals on sts:ExternalId with the value that the third party made for you alone";
    match (scope.relation(account), scope.because(account)) {
        (Relation::Stranger, _) => format!("{write}; if the account is yours, declare it as an `account` in .rolelint.hcl"),
        (Relation::Vendor { .. }, Some(because)) => format!("{write}; {because}"),
        _ => write.to_owned(),
    }
}

/// `rule "external-id-required" { required_for = "cross-account" }`
pub fn required_for_own_accounts(config: &Config) -> bool {
    config.text_option(ABOUT.id, "required_for").as_deref() == Some("cross-account")
}
