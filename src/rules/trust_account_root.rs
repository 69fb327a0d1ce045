use super::rule::{About, Context, Rule};
use super::shared::{assumes_role, aws_principals, is_key, is_whole_account, keeps_out_roles, never_applies};
use crate::config::Persona;
use crate::estate::{AccountRef, Relation};
use crate::finding::{Category, Confidence, Severity};
use crate::policy::{PolicyKind, Statement};

pub struct TrustAccountRoot;

static ABOUT: About = About {
    id: "trust-account-root",
    summary: "a role that a whole other account can assume",
    category: Category::Security,
    severity: Severity::Medium,
    confidence: Confidence::High,
    persona: Persona::Default,
    since: "0.1.0",
    supersedes: &[],
    tags: &["trust"],
    options: &[],
    page: include_str!("../../rules/trust-account-root.md"),
};

/// Keys that narrow an account down to some of its identities.
const NARROWING: &[&str] = &[
    "aws:PrincipalArn",
    "aws:PrincipalTag/",
    "aws:MultiFactorAuthPresent",
    "aws:MultiFactorAuthAge",
    "aws:SourceIdentity",
    "aws:userid",
    "aws:username",
    "aws:PrincipalServiceName",
    "sts:ExternalId",
    "sts:SourceIdentity",
];

impl Rule for TrustAccountRoot {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn statement(&self, statement: &Statement, context: &mut Context) {
        let trust = context.document().is_some_and(|document| document.kind == PolicyKind::Trust);
        if !trust || !statement.allows() || never_applies(statement) || !assumes_role(statement).certainly() || narrowed(statement) {
            return;
        }
        for principal in aws_principals(statement).filter(|principal| is_whole_account(principal)) {
            let account = AccountRef::of_principal(&principal.item.pattern);
            let whose = match context.relation(&account) {
                Relation::Ours { trusted: true, .. } => continue,
                Relation::Ours { name, environment: Some(environment), .. } => format!("your account `{name}` ({environment})"),
                Relation::Ours { name, .. } => format!("your account `{name}`"),
                Relation::ThirdParty { name } => format!("the account of `{name}`"),
                Relation::Vendor { name } => format!("the account of {name}"),
                Relation::Stranger => format!("account {}", account.number().unwrap_or_default()),
                Relation::Same | Relation::Aws { .. } | Relation::Unknown => continue,
            };
            let finding = context
                .at(&principal.item.place, "is the account as a whole")
                .message(format!("every identity in {whose} that may call sts:AssumeRole can become {}", context.subject_name()))
                .help("name the role that needs it, `arn:aws:iam::<account>:role/<name>`, or narrow the account down with aws:PrincipalArn, aws:PrincipalTag or aws:MultiFactorAuthPresent");
            context.report(finding);
        }
    }
}

/// Whether conditions may narrow the account down.
fn narrowed(statement: &Statement) -> bool {
    let by_key = statement.narrowed_by(|key| is_key(key, NARROWING));
    by_key.or(keeps_out_roles(statement)).possibly() || session_named_by_caller(statement)
}

/// A session name that must be the caller's own (`${aws:username}`) says who calls; any other one the caller picks.
fn session_named_by_caller(statement: &Statement) -> bool {
    statement.conditions_on("sts:RoleSessionName").any(|condition| {
        let enforced = statement.enforces(condition).certainly();
        enforced && condition.values.iter().all(|value| value.pattern.has_variable())
    })
}
