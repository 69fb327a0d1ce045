use super::{Claimed, is_denied, is_open, issuers, place_of};
use crate::catalog::{self, About};
use crate::finding::{Category, Severity, What};
use crate::policy::condition::is_key;
use crate::policy::{PolicyKind, Statement};
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
            // Claims each of which says whose the token is.
            let pins: Vec<&str> = catalog::issuer(door.issuer).iter().flat_map(|facts| &facts.pins_tenant).map(String::as_str).collect();
            let other = statement.narrowed_by(narrows) != Truth::No;
            if other || !is_open(statement, &issuer, &pins) || is_denied(statement, principal, &issuer, (&pins, Claimed::Unnamed), context)
            {
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
            context.report(finding);
        }
    }
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
