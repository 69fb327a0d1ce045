//! Who gets into a role, and whom a statement lets in.
//!
//! Read are trust policies, and the associations of EKS Pod Identity, which are no policies. IAM Roles Anywhere, Cognito, SAML and Identity
//! Center come in by trust policies as well; a function's permissions and URL are made the policies that AWS makes of them (`estate/sites.rs`).
//! Not read are grants of KMS keys, shares of Resource Access Manager, grants of Lake Formation and S3 Access Grants, and access entries of EKS.

use std::cell::LazyCell;

use super::{Access, Caller, Who};
use crate::estate::{AccountRef, Estate, Identity};
use crate::policy::arn::Arn;
use crate::policy::federation::IdentityProvider;
use crate::policy::meaning::meaning;
use crate::policy::pattern::{Case, Mode, Pattern};
use crate::policy::request::Request;
use crate::policy::{Condition, Item, Principal, PrincipalKind, Statement};

/// A principal that an Allow of a trust policy lets in, as far as Denies leave it.
#[derive(Clone, Copy, Debug)]
pub struct Door<'a> {
    pub statement: &'a Statement,
    pub principal: &'a Principal,
}

/// How somebody comes in by a door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// Whoever has an AWS account.
    Anybody,
    /// All of an account that may assume roles.
    Account,
    /// A role, a user or a session.
    Identity,
    Service,
    /// A certificate, by IAM Roles Anywhere.
    Certificate,
    /// A pod, by EKS Pod Identity.
    Pod,
    /// A token of OpenID Connect.
    Token,
    /// An identity of an Amazon Cognito identity pool.
    Pool,
    /// A SAML assertion.
    Assertion,
    /// What nobody can tell.
    Unknown,
}

impl Door<'_> {
    pub fn by(&self) -> By {
        let Principal { kind, item } = self.principal;
        match kind {
            PrincipalKind::Any => By::Anybody,
            PrincipalKind::Aws if self.principal.is_everybody() => By::Anybody,
            PrincipalKind::Aws if self.principal.is_whole_account() => By::Account,
            PrincipalKind::Aws => By::Identity,
            PrincipalKind::Service => match item.pattern.as_exact() {
                Some("rolesanywhere.amazonaws.com") => By::Certificate,
                Some("pods.eks.amazonaws.com") => By::Pod,
                _ => By::Service,
            },
            PrincipalKind::Federated => match self.statement.identity_provider(self.principal) {
                Some(IdentityProvider::Saml) => By::Assertion,
                Some(IdentityProvider::OpenIdConnect(issuer)) if issuer.exact() == Some("cognito-identity.amazonaws.com") => By::Pool,
                Some(IdentityProvider::OpenIdConnect(_)) => By::Token,
                Some(IdentityProvider::Unknown) | None => By::Unknown,
            },
            PrincipalKind::CanonicalUser | PrincipalKind::Other(_) => By::Unknown,
        }
    }
}

/// By which calls somebody assumes a role (AWS Security Token Service API Reference).
pub const WAYS_IN: &[&str] = &["sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"];

/// The doors of a role, in whatever form its trust policy has.
pub fn doors<'a>(role: &Identity, estate: &'a Estate) -> Vec<Door<'a>> {
    let mut doors: Vec<Door> = Vec::new();
    for attached in role.trust.iter().flat_map(|trust| estate.policy(*trust)) {
        let access = Access::of_trust(attached, estate);
        for statement in attached.document.statements.iter().filter(|statement| statement.allows()) {
            let same = |one: &Item, other: &Item| one.place.span == other.place.span && one.text == other.text;
            // One token may stand in statements that ask for different things.
            let says = LazyCell::new(|| meaning(statement));
            let is_same =
                |door: &Door, principal: &Principal| same(&door.principal.item, &principal.item) && meaning(door.statement) == *says;
            let is_new = |principal: &&Principal| !doors.iter().any(|door| is_same(door, principal));
            let open = statement.admitted().filter(is_new).filter(|principal| is_open(statement, principal, &access));
            let open: Vec<Door> = open.map(|principal| Door { statement, principal }).collect();
            doors.extend(open);
        }
    }
    doors
}

/// Whether source tells all whom a role's trust policy lets in.
pub fn is_told(role: &Identity, estate: &Estate) -> bool {
    let named = |principal: &Principal| principal.item.pattern.literal_prefix().starts_with(|first: char| first.is_ascii_alphanumeric());
    let told = |statement: &Statement| {
        statement.gap.is_none()
            && statement.principals.as_ref().is_none_or(|principals| principals.gap.is_none())
            && statement.admitted().all(named)
    };
    let trust = role.trust.iter().flat_map(|trust| estate.policy(*trust));
    trust.into_iter().all(|attached| attached.document.gap.is_none() && attached.document.statements.iter().all(told))
}

/// Whether Denies may leave some way in to a principal.
fn is_open(statement: &Statement, principal: &Principal, access: &Access) -> bool {
    let caller = [Caller::new(Who::Named(principal), Request::open())];
    WAYS_IN.iter().any(|action| access.passes(statement, &caller, action).possibly())
}

/// The service accounts of Kubernetes that may assume a role, as `namespace:name`: by EKS Pod Identity, and by the subjects that its trust
/// policy asks for (Amazon EKS User Guide, "IAM roles for service accounts").
pub fn service_accounts(role: &Identity, estate: &Estate) -> Vec<String> {
    let text = |item: &Option<Item>| item.as_ref().map_or_else(String::new, |item| item.text.to_string());
    let associated = role.service_accounts.iter().map(|account| format!("{}:{}", text(&account.namespace), text(&account.name)));
    let doors = doors(role, estate);
    let subjects = doors.iter().flat_map(|door| &door.statement.conditions).filter(|condition| condition.key.ends_with(":sub"));
    let values = subjects.flat_map(|condition| &condition.values);
    let subjects = values.filter_map(|value| Some(value.text.split_once("system:serviceaccount:")?.1.to_owned()));
    let mut accounts: Vec<String> = associated.chain(subjects).collect();
    accounts.dedup();
    accounts
}

/// The principals that a statement admits and that are everybody or AWS identities: none of a NotPrincipal, no services, no federated ones.
pub fn aws_principals(statement: &Statement) -> impl Iterator<Item = &Principal> {
    statement.admitted().filter(|principal| matches!(principal.kind, PrincipalKind::Any | PrincipalKind::Aws))
}

/// What names AWS accounts that a statement lets in, or identities of theirs: its principals, and where one is everybody the values that
/// conditions on the caller's account and ARN list.
pub fn named_callers(statement: &Statement) -> impl Iterator<Item = &Item> {
    let everybody = aws_principals(statement).any(Principal::is_everybody);
    let of_caller = move |condition: &&Condition| {
        let key = ["aws:PrincipalAccount", "aws:PrincipalArn"].iter().any(|key| key.eq_ignore_ascii_case(&condition.key));
        everybody && key && condition.operator.is_positive()
    };
    let by_condition = statement.conditions.iter().filter(of_caller).flat_map(|condition| &condition.values);
    aws_principals(statement).map(|principal| &principal.item).chain(by_condition)
}

/// The accounts that conditions let everybody of in, where the principal is `*`: `aws:PrincipalAccount`, or `aws:PrincipalArn` with
/// every role of an account. Each once, with the value that says so.
pub fn accounts_by_condition(statement: &Statement) -> Vec<(&Item, AccountRef)> {
    let enforced = |condition: &&Condition| statement.enforces(condition).certainly();
    let by_number = statement.conditions_on("aws:PrincipalAccount").filter(enforced).flat_map(|condition| &condition.values);
    let by_number = by_number.map(|value| (value, AccountRef::of(&value.pattern)));
    let by_arn = statement.conditions_on("aws:PrincipalArn").filter(enforced).flat_map(wide_arns);
    let mut found: Vec<(&Item, AccountRef)> = Vec::new();
    for (value, account) in by_number.chain(by_arn.map(|value| (value, AccountRef::of_principal(&value.pattern)))) {
        if !found.iter().any(|(_, other)| *other == account) {
            found.push((value, account));
        }
    }
    found
}

/// Values of `aws:PrincipalArn` that every role fits, in one account or in any.
pub fn wide_arns(condition: &Condition) -> impl Iterator<Item = &Item> {
    let every_role = Pattern::parse("role/*", Mode::WILDCARDS);
    let wide = move |value: &&Item| {
        let resource = Arn::split(&value.pattern).map(|arn| arn.resource);
        resource.is_some_and(|resource| resource.has_wildcard() && resource.includes(&every_role, Case::Sensitive).certainly())
    };
    let positive = condition.operator.is_positive();
    condition.values.iter().filter(move |_| positive).filter(wide)
}
