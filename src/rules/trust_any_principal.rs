use super::callers::{WHO, pins_caller};
use super::rule::{About, Context, Rule};
use super::shared::{assumes_role, aws_principals, is_key, never_applies};
use crate::config::Persona;
use crate::finding::{Category, Confidence, Severity};
use crate::policy::{PolicyKind, Statement};
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
    supersedes: &["trust-account-root", "external-id-required"],
    tags: &["trust"],
    options: &[],
    page: include_str!("../../rules/trust-any-principal.md"),
};

impl Rule for TrustAnyPrincipal {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn statement(&self, statement: &Statement, context: &mut Context) {
        let trust = context.document().is_some_and(|document| document.kind == PolicyKind::Trust);
        if !trust || !statement.allows() || never_applies(statement) || !assumes(statement).certainly() || pins_caller(statement).possibly()
        {
            return;
        }
        let Some(everybody) = aws_principals(statement).find(|principal| principal.is_everybody()) else { return };
        let mut finding = context
            .at(&everybody.item.place, "lets everybody in")
            .message(format!("anyone with an AWS account can become {}", context.subject_name()))
            .help("name the roles or the account that may assume it, or pin the caller with aws:PrincipalOrgID, aws:PrincipalAccount or an aws:PrincipalArn of one account");
        for condition in &statement.conditions {
            let what = match condition.key.to_ascii_lowercase().as_str() {
                "sts:externalid" => "asks for an external ID, which is no secret and does not say who calls",
                "aws:sourceip" => "asks for an address, which does not say who calls",
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
