use super::{Claimed, is_denied, is_open, issuers, place_of};
use crate::catalog::{self, About, IssuerFacts};
use crate::finding::{Category, Severity, What};
use crate::policy::condition::{Operator, is_key};
use crate::policy::federation::Issuer;
use crate::policy::passing::Passing;
use crate::policy::{Condition, Item, PolicyKind, Statement};
use crate::rules::kit::rule::{Context, OF_ROLES, Rule};
use crate::truth::Truth;

rule! {
    WebIdentityAppMissing, "web-identity-app-missing",
    summary: "a trust policy that accepts tokens for every application of a public identity provider",
    category: Category::Security,
    severity: Severity::Critical,
    supersedes: &["oidc-subject-missing"],
    tags: &["trust", "federation"],
}

impl Rule for WebIdentityAppMissing {
    fn kinds(&self) -> &'static [PolicyKind] {
        OF_ROLES
    }

    fn statement(&self, statement: &Statement, context: &mut Context) {
        for (principal, issuer) in issuers(statement, context) {
            let Some(door) = DOORS.iter().find(|door| issuer.exact().is_some_and(|name| name.eq_ignore_ascii_case(door.issuer))) else {
                continue;
            };
            let Some(facts) = catalog::issuer(door.issuer) else { continue };
            // Claims each of which says whose the token is.
            let pins: Vec<&str> = facts.pins_tenant.iter().map(String::as_str).collect();
            let (strict, wide) = as_tested(statement, &issuer, facts);
            let other = statement.narrowed_by(narrows) != Truth::No;
            if other || !is_open(&strict, &issuer, &pins) || is_denied(statement, principal, &issuer, (&pins, Claimed::Unnamed), context) {
                continue;
            }
            let finding = context
                .at(place_of(principal, statement, context), format!("is admitted here {}", door.whole))
                .fact(door.issuer)
                .says(door.who, What::Assume)
                .help(door.help);
            // Of Google's tokens `aud` is for whom they were made out; the audience is whatever its holder asked for.
            let asked = statement.conditions_on_claim(&issuer, "oaud");
            let finding = asked.iter().fold(finding, |finding, condition| {
                finding.label(condition.key_place.span, "is an audience, which anyone can ask for a token for")
            });
            let finding = wide.iter().fold(finding, |finding, value| finding.label(value.place.span, "matches anyone's tokens"));
            context.report(finding);
        }
    }
}

/// The statement with what its tests come to: no test for a value that anyone's token has, which are given as well, and one that tokens
/// without the claim meet, where there are none, as it is without that. All tokens have a subject and an audience (OpenID Connect Core 1.0,
/// section 2).
fn as_tested<'s>(statement: &'s Statement, issuer: &Issuer, facts: &IssuerFacts) -> (Statement, Vec<&'s Item>) {
    let mut strict = statement.clone();
    strict.conditions.clear();
    let mut wide: Vec<&Item> = Vec::new();
    for condition in &statement.conditions {
        let claim = issuer.claim(&condition.key);
        let strangers = claim.map_or(&[][..], |claim| facts.strangers(claim));
        let is_anyones = |value: &&Item| {
            let alone = Condition { values: vec![(*value).clone()], ..condition.clone() };
            let passing = Passing::of(vec![&alone], Truth::Yes);
            let known = !strangers.is_empty() && !value.pattern.has_hole() && !value.pattern.has_variable();
            known && strangers.iter().all(|form| passing.example_of(&[form], &[]).is_some())
        };
        let anyones = condition.values.iter().find(is_anyones).filter(|_| condition.operator.is_positive());
        let Some(value) = anyones else {
            let always = claim.is_some_and(|claim| is_key(claim, &["sub", "aud"]));
            let operator = Operator { if_exists: condition.operator.if_exists && !always, ..condition.operator };
            strict.conditions.push(Condition { operator, ..condition.clone() });
            continue;
        };
        wide.push(value);
    }
    (strict, wide)
}

/// A provider that IAM has built in, and who has its tokens.
struct Door {
    issuer: &'static str,
    who: &'static str,
    whole: &'static str,
    help: &'static str,
}

const DOORS: &[Door] = &[
    Door {
        issuer: "cognito-identity.amazonaws.com",
        who: "anyone with an identity from any Amazon Cognito identity pool, in any AWS account,",
        whole: "for every identity pool",
        help: "test `cognito-identity.amazonaws.com:aud` with StringEquals against the ID of your identity pool, which AWS requires since August 2025",
    },
    Door {
        issuer: "accounts.google.com",
        who: "anyone with a Google account or project",
        whole: "for every application",
        help: "test `accounts.google.com:aud` with StringEquals against your client ID, or `accounts.google.com:sub` against the service account's",
    },
    Door {
        issuer: "graph.facebook.com",
        who: "anyone with a Facebook account",
        whole: "for every application",
        help: "test `graph.facebook.com:app_id` with StringEquals against the ID of your application",
    },
    Door {
        issuer: "www.amazon.com",
        who: "anyone with an Amazon account",
        whole: "for every application",
        help: "test `www.amazon.com:app_id` with StringEquals against the ID of your application",
    },
];

/// Whether a key of no claim says who calls, or from where. A session tag may come from the token.
fn narrows(key: &str) -> bool {
    About::Address.is_of(key) || About::Endpoint.is_of(key) || is_key(key, &["aws:RequestTag/", "sts:RoleAuthorizedByIdp"])
}
