use super::{admitted, excused, without_id};
use crate::access::Scope;
use crate::config::Config;
use crate::estate::{AccountRef, Relation};
use crate::finding::{Category, Severity, What};
use crate::policy::{PolicyKind, Statement};
use crate::rules::kit::option::Word;
use crate::rules::kit::rule::{Context, OF_ROLES, Rule};
use crate::rules::kit::trust::lets_in;

rule! {
    ExternalIdRequired, "external-id-required",
    summary: "a third party can be made to assume your role for somebody else",
    category: Category::Security,
    severity: Severity::High,
    supersedes: &["trust-account-root", "trust-unknown-account"],
    tags: &["trust", "external-id"],
    options: &[&REQUIRED_FOR.0],
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
            let through = |deputy: &str| What::AssumeThrough(deputy.to_owned());
            let (kind, whose, (who, what), label) = match &relation {
                Relation::Vendor { name } => {
                    ("vendor", *name, (format!("any {name} customer"), through(name)), format!("admits {name} ({number})"))
                }
                Relation::ThirdParty { name } => {
                    ("third-party", &**name, (format!("any customer of `{name}`"), through("it")), format!("admits `{name}` ({number})"))
                }
                Relation::Stranger if !context.config.accounts.is_empty() => {
                    let who = format!("anyone that account {number} works for");
                    ("stranger", number, (who, through("it")), "is not one of your accounts".to_owned())
                }
                Relation::Ours { name, trusted: false, .. } if required_for_own_accounts(context.config) => {
                    let without = format!("be assumed from account `{name}` without the external ID that your configuration asks for");
                    ("ours", &**name, (context.subject_name(), What::Can(without)), format!("admits your account `{name}`"))
                }
                _ => continue,
            };
            let finding = without_id(statement, principal, label, context).kind(kind).fact(whose).says(who, what);
            context.report(finding.help(help(&account, context)));
        }
    }
}

/// What to write, and what says whose the account is.
fn help(account: &AccountRef, scope: &Scope) -> String {
    let write = "add a condition StringEquals on sts:ExternalId with the value that the third party generated for you";
    match (scope.relation(account), scope.because(account)) {
        (Relation::Stranger, _) => format!("{write}; if the account is yours, declare it as an `account` in .rolelint.hcl"),
        (Relation::Vendor { .. }, Some(because)) => format!("{write}; {because}"),
        _ => write.to_owned(),
    }
}

static REQUIRED_FOR: Word = Word::new(
    "external-id-required",
    "required_for",
    &["third-party", "cross-account"],
    "\"third-party\"",
    "Whose access needs an external ID: that of third parties, or `cross-account` for your own other accounts too",
    true,
);

pub fn required_for_own_accounts(config: &Config) -> bool {
    REQUIRED_FOR.is(config, "cross-account")
}
