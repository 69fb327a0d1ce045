use super::{Claimed, is_denied, issuers};
use crate::catalog;
use crate::finding::{Category, Edit, Message, Severity, What};
use crate::policy::condition::{Operator, SetOperator};
use crate::policy::rewrite;
use crate::policy::{Condition, PolicyKind, Statement};
use crate::rules::kit::rule::{Context, OF_ROLES, Rule};
use crate::truth::Truth;

rule! {
    OidcConditionBypassable, "oidc-condition-bypassable",
    summary: "a condition on a claim that tokens without the claim satisfy",
    category: Category::Security,
    severity: Severity::High,
    tags: &["trust", "federation"],
}

impl Rule for OidcConditionBypassable {
    fn kinds(&self) -> &'static [PolicyKind] {
        OF_ROLES
    }

    fn statement(&self, statement: &Statement, context: &mut Context) {
        for (principal, issuer) in issuers(statement, context) {
            let Some(facts) = issuer.exact().and_then(catalog::issuer) else { continue };
            for claim in statement.claims(&issuer) {
                let by = loosely(claim.condition).filter(|_| statement.passing_claim(&issuer, claim.name).absent() == Truth::Yes);
                let (Some(by), Some(lack)) = (by, lack(facts, claim.name)) else { continue };
                let name = claim.name;
                if is_denied(statement, principal, &issuer, (&[name], Claimed::Nothing), context) {
                    continue;
                }
                let role = context.subject_name();
                let message = match lack {
                    Lack::Sometimes(_) => {
                        let satisfies = format!("satisfies this condition of {role}");
                        Message::new(format!("a token without the claim `{name}`"), What::Is(satisfies))
                    }
                    Lack::Always => Message::new(format!("the condition of {role} on `{name}`"), What::RestrictsNothing)
                        .because(format!("AWS does not read this claim from a token of {}", facts.name)),
                };
                let why = match lack {
                    Lack::Sometimes(which) => format!("{which} does not have this claim"),
                    Lack::Always => "is not among the claims that AWS turns into condition keys".to_owned(),
                };
                let finding = context
                    .at(&claim.condition.operator_place, format!("is also met by a token without the claim, because of {by}"))
                    .facts([name, &facts.name])
                    .message(message)
                    .label(claim.condition.key_place.span, why);
                let help = match lack {
                    Lack::Sometimes(_) => "test the claim with StringEquals or StringLike, without IfExists and without ForAllValues",
                    Lack::Always => "test a claim that has a condition key, such as `sub`",
                };
                let alone = Operator { set: None, if_exists: false, ..claim.condition.operator }.to_string();
                let edit = rewrite::operator(claim.condition, statement, &alone, context.sources).map(Edit::as_a_guess);
                context.report(finding.help(help).edit(edit.filter(|_| matches!(lack, Lack::Sometimes(_)))));
            }
        }
    }
}

/// What makes a condition that lists values true without its key.
fn loosely(condition: &Condition) -> Option<&'static str> {
    match condition.operator {
        operator if !operator.is_positive() => None,
        operator if operator.if_exists => Some("IfExists"),
        operator if operator.set == Some(SetOperator::ForAllValues) => Some("ForAllValues"),
        _ => None,
    }
}

/// Which tokens do not carry a claim.
#[derive(Clone, Copy)]
enum Lack {
    Sometimes(&'static str),
    Always,
}

fn lack(facts: &'static catalog::IssuerFacts, claim: &str) -> Option<Lack> {
    match facts.lacking(claim) {
        Some(which) => Some(Lack::Sometimes(which)),
        // Every token has an issuer, too; it is no key of AWS's, but it loses nothing either: the provider is the issuer.
        None if facts.claims_exact && !facts.has_claim(claim) && !claim.eq_ignore_ascii_case("iss") => Some(Lack::Always),
        None => None,
    }
}
