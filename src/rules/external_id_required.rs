use super::rule::{About, Context, Rule};
use super::shared::{assumes_role, aws_principals, is_key, never_applies};
use crate::config::Persona;
use crate::estate::{AccountRef, Relation};
use crate::finding::{Category, Confidence, Severity};
use crate::policy::{PolicyKind, Statement};
use crate::truth::Truth;

pub struct ExternalIdRequired;

static ABOUT: About = About {
    id: "external-id-required",
    summary: "a third party can be made to use your role for somebody else",
    category: Category::Security,
    severity: Severity::High,
    confidence: Confidence::High,
    persona: Persona::Default,
    since: "0.1.0",
    supersedes: &["trust-account-root"],
    tags: &["trust", "external-id"],
    options: &["required_for"],
    page: include_str!("../../rules/external-id-required.md"),
};

impl Rule for ExternalIdRequired {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn statement(&self, statement: &Statement, context: &mut Context) {
        let trust = context.document().is_some_and(|document| document.kind == PolicyKind::Trust);
        if !trust
            || !statement.allows()
            || never_applies(statement)
            || !assumes_role(statement).certainly()
            || excused(statement).possibly()
        {
            return;
        }
        for principal in aws_principals(statement) {
            let account = AccountRef::of_principal(&principal.item.pattern);
            let number = account.number().unwrap_or_default();
            let (message, label) = match context.relation(&account) {
                Relation::Vendor { name } => (
                    format!("any customer of {name} can have {name} act as {} for them", context.subject_name()),
                    format!("lets in {name} ({number})"),
                ),
                Relation::ThirdParty { name } => (
                    format!("any customer of `{name}` can have it act as {} for them", context.subject_name()),
                    format!("lets in `{name}` ({number})"),
                ),
                Relation::Stranger if !context.config.accounts.is_empty() => (
                    format!("whoever account {number} works for can have it act as {} for them", context.subject_name()),
                    "is none of your accounts".to_owned(),
                ),
                Relation::Ours { name, trusted: false, .. } if required_for_own_accounts(context) => (
                    format!(
                        "{} can be assumed from account `{name}` without the external ID that your configuration asks for",
                        context.subject_name()
                    ),
                    format!("lets in your account `{name}`"),
                ),
                _ => continue,
            };
            let finding = context
                .at(&principal.item.place, label)
                .message(message)
                .label(statement.actions.as_ref().map_or(statement.span(), |actions| actions.key.span), "without asking for an external ID")
                .help(help(&account, context));
            context.report(finding);
        }
    }
}

/// Whether something keeps strangers from borrowing the caller: an external ID, well asked for or not (`external-id-bypassable`
/// judges that), or a caller of the own organisation, or people through Identity Center.
fn excused(statement: &Statement) -> Truth {
    if statement.conditions_on("sts:ExternalId").next().is_some() {
        return Truth::Yes;
    }
    let organisation = statement.narrowed_by(|key| is_key(key, &["aws:PrincipalOrgID", "aws:PrincipalOrgPaths"]));
    let people = statement
        .conditions_on("aws:PrincipalArn")
        .any(|condition| !condition.values.is_empty() && condition.values.iter().all(|value| value.text.contains("AWSReservedSSO_")));
    organisation.or(people.into())
}

/// What to write, and what says whose the account is.
fn help(account: &AccountRef, context: &Context) -> String {
    let write = "add a condition StringEquals on sts:ExternalId with the value that the third party made for you alone";
    match (context.relation(account), context.because(account)) {
        (Relation::Stranger, _) => format!("{write}; if the account is yours, declare it as an `account` in .rolelint.hcl"),
        (Relation::Vendor { .. }, Some(because)) => format!("{write}; {because}"),
        _ => write.to_owned(),
    }
}

/// `rule "external-id-required" { required_for = "cross-account" }`
fn required_for_own_accounts(context: &Context) -> bool {
    context.config.text_option(ABOUT.id, "required_for").as_deref() == Some("cross-account")
}
