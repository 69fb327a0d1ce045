use super::rule::{About, Context, Rule};
use super::shared::{assumes_role, aws_principals, is_key, never_applies};
use super::trust_limits::{Limit, is_for_services, left};
use crate::catalog;
use crate::config::Persona;
use crate::estate::AccountRef;
use crate::finding::{Category, Confidence, Severity};
use crate::policy::arn::Arn;
use crate::policy::pattern::{Case, Mode, Pattern};
use crate::policy::{Condition, PolicyKind, Statement};
use crate::truth::Truth;

pub struct TrustAnyPrincipal;

static ABOUT: About = About {
    id: "trust-any-principal",
    summary: "a role that anyone with an AWS account can assume",
    category: Category::Security,
    severity: Severity::Critical,
    confidence: Confidence::High,
    persona: Persona::Default,
    since: "0.1.0",
    supersedes: &["trust-account-root", "trust-own-account-root", "trust-whole-organization", "trust-iam-user", "external-id-required"],
    tags: &["trust"],
    options: &[],
    page: include_str!("../../rules/trust-any-principal.md"),
};

/// Keys that say which account, organisation or identity the caller is of.
const WHO: &[&str] = &[
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:PrincipalAccount",
    "aws:PrincipalServiceName",
    "aws:PrincipalServiceNamesList",
    "aws:PrincipalIsAWSService",
    "aws:userid",
    "aws:SourceOwner",
];

impl Rule for TrustAnyPrincipal {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn statement(&self, statement: &Statement, context: &mut Context) {
        let trust = context.document().is_some_and(|document| document.kind == PolicyKind::Trust);
        if !trust || !statement.allows() || never_applies(statement) || !assumes(statement).certainly() || pinned(statement).possibly() {
            return;
        }
        if is_for_services(statement).possibly() {
            return;
        }
        let Some(everybody) = aws_principals(statement).find(|principal| principal.is_everybody()) else { return };
        let mut finding = context
            .at(&everybody.item.place, "lets everybody in")
            .message(format!("anyone with an AWS account{} can become {}", left(statement), context.subject_name()))
            .help("name the roles or the account that may assume it, or pin the caller with aws:PrincipalOrgID, aws:PrincipalAccount or an aws:PrincipalArn of one account");
        for condition in &statement.conditions {
            let limit = Limit::of(condition).map(|limit| limit.why_not);
            let what = match condition.key.to_ascii_lowercase().as_str() {
                _ if limit.is_some() => limit.unwrap_or_default(),
                "aws:principalarn" => "does not name one account",
                _ if condition.operator.passes_without_key() && is_key(&condition.key, WHO) => {
                    "lets in callers that have no such key, or another value"
                }
                _ if is_key(&condition.key, WHO) => "keeps nobody out",
                _ => continue,
            };
            finding = finding.label(condition.key_place.span, what);
        }
        context.report(finding);
    }
}

/// Whether the statement lets a caller have the role in any of the three ways.
fn assumes(statement: &Statement) -> Truth {
    let by_token = ["sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"].map(|action| statement.covers_action(action));
    assumes_role(statement).or(Truth::any(by_token))
}

/// Organisations, paths and accounts of the forms that AWS gives them: `o-` and ten to 32 letters and digits (Organizations
/// API Reference, Organization; IAM User Guide, "AWS global condition context keys"). All that AWS's examples show have ten.
const FORMS: &[(&str, &[&str])] = &[
    ("aws:PrincipalOrgID", &["o-??????????"]),
    ("aws:PrincipalOrgPaths", &["o-??????????/r-????*/", "o-??????????/r-????*/ou-????*-????????*/"]),
    ("aws:PrincipalAccount", &["????????????"]),
];

/// Whether a condition lets in everybody although it tests who calls: a value is every organisation, path or account there is, or it
/// asks that the caller be no service.
pub(super) fn every_one(condition: &Condition) -> Truth {
    if is_key(&condition.key, &["aws:PrincipalIsAWSService"]) {
        return condition.passing().value("false");
    }
    let Some((_, forms)) = FORMS.iter().find(|(key, _)| key.eq_ignore_ascii_case(&condition.key)) else { return Truth::No };
    let forms: Vec<Pattern> = forms.iter().map(|form| Pattern::parse(form, Mode::WILDCARDS)).collect();
    let wide = condition.values.iter().filter(|value| value.pattern.has_wildcard());
    Truth::any(wide.flat_map(|value| forms.iter().map(|form| value.pattern.includes(form, Case::Insensitive))))
}

/// Whether a condition pins who the caller is.
fn pinned(statement: &Statement) -> Truth {
    // A claim of an identity provider says who its bearer is.
    let claim = |key: &str| catalog::issuer_and_claim(key).is_some() || key.to_ascii_lowercase().starts_with("saml:");
    let named = statement.conditions.iter().filter(|condition| is_key(&condition.key, WHO) || claim(&condition.key));
    let by_key = Truth::any(named.map(|condition| statement.enforces(condition).and(every_one(condition).opposite())));
    let by_key = if statement.conditions_gap.is_some() || statement.gap.is_some() { by_key.or(Truth::Unknown) } else { by_key };
    let by_arn = statement.conditions_on("aws:PrincipalArn").map(|condition| {
        let one_account = condition.values.iter().map(|value| match Arn::split(&value.pattern) {
            Some(arn) if AccountRef::of(&arn.account) != AccountRef::Unknown => Truth::Yes,
            Some(arn) if arn.account.has_hole() => Truth::Unknown,
            None if value.pattern.has_hole() => Truth::Unknown,
            _ => Truth::No,
        });
        let values = if condition.gap.is_some() { Truth::Unknown } else { Truth::all(one_account) };
        statement.enforces(condition).and(values)
    });
    by_key.or(Truth::any(by_arn))
}
