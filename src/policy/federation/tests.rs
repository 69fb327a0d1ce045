use std::sync::Arc;

use super::*;
use crate::eval::unknown::Unknown;
use crate::policy::condition::Operator;
use crate::policy::document::{Item, Items, OpenCondition, Place, Principals};
use crate::policy::evaluate::tests::{condition, statement};
use crate::source::Span;

const GITHUB: &str = "token.actions.githubusercontent.com";

fn hole(id: Option<&str>) -> Hole {
    Hole { id: id.map(Into::into), class: HoleClass::Any }
}

fn item(pattern: Pattern) -> Item {
    let text = pattern.to_string().into();
    Item { pattern, place: Place::default(), text }
}

fn federated(pattern: Pattern) -> Principal {
    Principal { kind: PrincipalKind::Federated, item: item(pattern) }
}

fn actions(action: &str) -> Option<Items> {
    Some(Items { negated: false, key: Place::default(), items: vec![item(Pattern::exact(action))], gap: None })
}

fn trust(conditions: &[(&str, &str, &str)], principals: &[Principal]) -> Statement {
    let conditions = conditions.iter().map(|(operator, key, value)| condition(operator, key, &[value])).collect();
    let items = principals.to_vec();
    let principals = Some(Principals { negated: false, key: Place::default(), items, gap: None });
    Statement { principals, actions: actions("sts:AssumeRoleWithWebIdentity"), ..statement(conditions) }
}

fn provider(text: &str) -> Option<IdentityProvider> {
    let principal = federated(Pattern::parse(text, Mode::WILDCARDS));
    trust(&[], &[]).identity_provider(&principal)
}

fn open(hole_id: Option<&str>, end: &str, value: &str) -> OpenCondition {
    let key = PatternBuilder::new().hole(hole(hole_id)).text(end, Mode::LITERAL).finish();
    let condition = condition("StringEquals", &key.to_string(), &[value]);
    OpenCondition { key, condition }
}

fn unknown() -> Arc<Unknown> {
    Arc::new(Unknown::failed("not known", Span::default()))
}

fn with_open(statement: Statement, open: OpenCondition) -> Statement {
    let mut gap = statement.gap.clone();
    gap.add_conditions(unknown(), true);
    gap.add_open(open);
    Statement { gap, ..statement }
}

/// "IAM JSON policy elements: Principal", federated user principals.
#[test]
fn the_arn_names_the_provider() {
    let issuer = |name: &str| Some(IdentityProvider::OpenIdConnect(Issuer::new(name)));
    assert_eq!(provider("arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"), issuer(GITHUB));
    assert_eq!(provider("arn:aws-cn:iam::111111111111:oidc-provider/login.example.com/"), issuer("login.example.com/"));
    assert_eq!(provider("arn:aws:iam::111111111111:saml-provider/oidc-provider/x"), Some(IdentityProvider::Saml));
    assert_eq!(provider("cognito-identity.amazonaws.com"), issuer("cognito-identity.amazonaws.com"));
    assert_eq!(provider("example.com"), Some(IdentityProvider::Unknown));
    let service = Principal { kind: PrincipalKind::Service, item: item(Pattern::exact("ec2.amazonaws.com")) };
    assert_eq!(trust(&[], &[]).identity_provider(&service), None);
}

#[test]
fn the_action_tells_the_kind() {
    let unknown = federated(Pattern::hole(hole(None)));
    let by = |action: &str| Statement { actions: actions(action), ..trust(&[], &[]) }.identity_provider(&unknown);
    assert_eq!(by("sts:AssumeRoleWithSAML"), Some(IdentityProvider::Saml));
    assert_eq!(by("sts:AssumeRoleWithWebIdentity"), Some(IdentityProvider::OpenIdConnect(Issuer::unknown())));
    assert_eq!(by("sts:*"), Some(IdentityProvider::Unknown));
}

#[test]
fn keys_name_an_issuer_that_the_arn_does_not() {
    let unknown = federated(Pattern::hole(hole(None)));
    let sub = ("StringLike", "token.actions.githubusercontent.com:sub", "repo:acme/site:*");
    let named = Some(IdentityProvider::OpenIdConnect(Issuer::new(GITHUB)));
    assert_eq!(trust(&[sub, ("StringEquals", "aws:SourceVpc", "x")], &[]).identity_provider(&unknown), named);
    let two = trust(&[sub, ("StringEquals", "gitlab.com:sub", "x")], &[]);
    assert_eq!(two.identity_provider(&unknown), Some(IdentityProvider::OpenIdConnect(Issuer::unknown())));
    // One of them is the other principal's.
    let gitlab = federated(Pattern::exact("arn:aws:iam::111111111111:oidc-provider/gitlab.com"));
    let both = Statement { principals: trust(&[], &[gitlab, unknown.clone()]).principals, ..two };
    assert_eq!(both.identity_provider(&unknown), named);
}

#[test]
fn claims_are_those_of_the_issuer() {
    let github = Issuer::new(GITHUB);
    assert_eq!(github.claim("Token.actions.githubusercontent.com:sub"), Some("sub"));
    assert_eq!(github.claim("token.actions.githubusercontent.com/acme:sub"), None);
    assert_eq!(github.claim("https://token.actions.githubusercontent.com:aud"), Some("aud"));
    assert_eq!(github.claim("aws:SourceIp"), None);
    assert_eq!(
        Issuer::new("accounts.google.com").claim("accounts.google.com:google/organization_number"),
        Some("google/organization_number")
    );
    assert_eq!(Issuer::unknown().claim("oidc.example.com/id/A:sub"), Some("sub"));
    assert_eq!(Issuer::unknown().claim("aws:sub"), None);
}

#[test]
fn a_key_that_is_known_in_part_tests_its_claim() {
    let eks = Issuer { name: Pattern::hole(hole(Some("module.eks.oidc"))) };
    let statement = with_open(trust(&[], &[]), open(None, ":sub", "system:serviceaccount:dns:external-dns"));
    assert_eq!(statement.passing_claim(&eks, "sub").value("system:serviceaccount:dns:external-dns"), Truth::Yes);
    assert_eq!(statement.passing_claim(&eks, "sub").absent(), Truth::No);
    assert_eq!(statement.narrowed_by_claim(&eks, &["sub"]), Truth::Yes);
    // Of the other claim it is known that nothing tests it; of other keys it is not.
    assert_eq!(statement.narrowed_by_claim(&eks, &["aud"]), Truth::No);
    assert_eq!(statement.passing_claim(&eks, "aud").absent(), Truth::Yes);
    assert_eq!(statement.passes_without("aws:SourceVpc"), Truth::Unknown);
}

#[test]
fn a_claim_that_is_not_known_may_be_any() {
    let key = PatternBuilder::new().text("token.actions.githubusercontent.com:", Mode::LITERAL).hole(hole(None)).finish();
    let statement = with_open(trust(&[], &[]), OpenCondition { key, condition: condition("StringEquals", "…", &["x"]) });
    assert_eq!(statement.narrowed_by_claim(&Issuer::new(GITHUB), &["sub"]), Truth::Unknown);
    assert_eq!(statement.narrowed_by_claim(&Issuer::new("gitlab.com"), &["sub"]), Truth::No);
    let mut hidden = with_open(trust(&[], &[]), open(None, ":aud", "x"));
    hidden.gap.add_conditions(unknown(), false);
    assert_eq!(hidden.narrowed_by_claim(&Issuer::new(GITHUB), &["sub"]), Truth::Unknown);
}

#[test]
fn what_passes_without_the_claim_does_not_narrow() {
    let narrowed = |operator: &str, value: &str| {
        let key = format!("{GITHUB}:sub");
        assert_eq!(Operator::parse(operator).base, condition(operator, &key, &[value]).operator.base);
        trust(&[(operator, &key, value)], &[]).narrowed_by_claim(&Issuer::new(GITHUB), &["sub"])
    };
    assert_eq!(narrowed("StringLike", "repo:acme/*"), Truth::Yes);
    assert_eq!(narrowed("StringLike", "*"), Truth::No);
    assert_eq!(narrowed("StringEqualsIfExists", "repo:acme/site:ref:refs/heads/main"), Truth::No);
    assert_eq!(narrowed("ForAllValues:StringEquals", "x"), Truth::No);
    assert_eq!(narrowed("ForAnyValue:StringEquals", "x"), Truth::Yes);
}

#[test]
fn clusters_are_known_by_their_issuer() {
    let of = |url: &str| Issuer::of_url(&Pattern::exact(url)).is_of_cluster();
    assert!(of("https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE") && of("https://oidc-eks.eu-west-1.api.aws/id/EXAMPLE"));
    assert!(!of("https://oidc.example.com/eks.") && !of("https://id.example.com/oidc.eks.") && !Issuer::unknown().is_of_cluster());
    let made = |text: &str| {
        let builder = PatternBuilder::new().text("https://oidc", Mode::LITERAL).hole(hole(Some("separator")));
        Issuer::of_url(&builder.text(text, Mode::LITERAL).finish()).is_of_cluster()
    };
    assert!(made("eks.") && !made("example.com"));
}
