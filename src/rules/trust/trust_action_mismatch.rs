use crate::access::Scope;
use crate::access::doors::WAYS_IN;
use crate::finding::{Category, Edit, Severity, What};
use crate::policy::federation::IdentityProvider;
use crate::policy::pattern::Case;
use crate::policy::rewrite;
use crate::policy::{Item, PolicyKind, Principal, PrincipalKind, Statement};
use crate::rules::kit::rule::{Context, OF_ROLES, Rule};

rule! {
    TrustActionMismatch, "trust-action-mismatch",
    summary: "a trust policy whose action its principals cannot call",
    category: Category::Correctness,
    severity: Severity::Medium,
    tags: &["trust", "validity"],
}

/// The actions by which somebody becomes a role, by who it is (AWS STS API Reference).
const BY_IDENTITY: &[&str] = &["sts:AssumeRole"];
const BY_TOKEN: &[&str] = &["sts:AssumeRoleWithWebIdentity"];
const BY_ASSERTION: &[&str] = &["sts:AssumeRoleWithSAML"];
const BY_PROVIDER: &[&str] = &["sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML"];

impl Rule for TrustActionMismatch {
    fn kinds(&self) -> &'static [PolicyKind] {
        OF_ROLES
    }

    fn statement(&self, statement: &Statement, context: &mut Context) {
        if !statement.allows() {
            return;
        }
        let (Some(actions), Some(principals)) = (&statement.actions, &statement.principals) else { return };
        if actions.negated || principals.negated || actions.gap.is_some() || principals.gap.is_some() {
            return;
        }
        // What becomes nobody goes with any principal: sts:TagSession, sts:SetSourceIdentity, sts:SetContext.
        let becoming: Vec<(&Item, Vec<&str>)> =
            actions.items.iter().map(|item| (item, ways(item))).filter(|(_, ways)| !ways.is_empty()).collect();
        if becoming.is_empty() || principals.items.is_empty() {
            return;
        }
        let called = |by: &[&str]| becoming.iter().any(|(_, ways)| ways.iter().any(|way| by.contains(way)));
        let useless = becoming
            .iter()
            .filter(|(_, ways)| !principals.items.iter().any(|principal| ways.iter().any(|way| calls(statement, principal).contains(way))));
        let useless: Vec<&Item> = useless.map(|(item, _)| *item).collect();
        match principals.items.iter().find(|principal| !called(calls(statement, principal))) {
            Some(lost) => report_lost(lost, useless.first().copied(), &becoming, statement, context),
            None => useless.into_iter().for_each(|item| report_useless(item, &principals.items, statement, context)),
        }
    }
}

/// The ways to become a role that an action may be.
fn ways(action: &Item) -> Vec<&'static str> {
    WAYS_IN.iter().copied().filter(|way| action.pattern.matches(way, Case::Insensitive).possibly()).collect()
}

/// The actions by which a principal becomes a role.
fn calls(statement: &Statement, principal: &Principal) -> &'static [&'static str] {
    match principal.kind {
        PrincipalKind::Aws if !principal.is_everybody() => BY_IDENTITY,
        PrincipalKind::Service => BY_IDENTITY,
        PrincipalKind::Federated => match statement.identity_provider(principal) {
            Some(IdentityProvider::OpenIdConnect(_)) => BY_TOKEN,
            Some(IdentityProvider::Saml) => BY_ASSERTION,
            _ => BY_PROVIDER,
        },
        _ => WAYS_IN,
    }
}

/// A principal that calls none of the statement's actions.
fn report_lost(lost: &Principal, useless: Option<&Item>, becoming: &[(&Item, Vec<&str>)], statement: &Statement, context: &mut Context) {
    let needed = calls(statement, lost).join("` or `");
    let written = becoming.first().map_or("", |(item, _)| &*item.text);
    let name = name(statement, lost, context);
    let who = match (&name, lost.kind == PrincipalKind::Federated) {
        (Some(name), true) => format!("an identity from `{name}`"),
        (Some(name), false) => format!("`{name}`"),
        (None, _) => "an identity from the provider".to_owned(),
    };
    let finding = match useless {
        Some(action) => {
            context.at(&action.place, "is not an action that these principals call").label(lost.item.place.span, kind(statement, lost))
        }
        None => context.at(&lost.item.place, kind(statement, lost)),
    };
    let help = match useless {
        Some(_) => format!("write `{needed}`"),
        None => format!("give it a statement of its own with `{needed}`"),
    };
    let edit = match (useless, calls(statement, lost)) {
        (Some(action), [only]) if statement.place.span.contains(action.place.span) => {
            rewrite::token(&action.place, &action.text, only, context.sources)
        }
        _ => None,
    };
    let finding = finding.help(help).edit(edit.map(Edit::as_a_guess)).kind("lost").facts([&*name.unwrap_or_default(), &*needed, written]);
    context.report(finding.says(who, What::CannotAssume).because(format!("that takes `{needed}`, not `{written}`")));
}

/// An action that none of the statement's principals calls.
fn report_useless(item: &Item, principals: &[Principal], statement: &Statement, context: &mut Context) {
    let Some(first) = principals.first() else { return };
    let finding = context
        .at(&item.place, "is not an action that these principals call")
        .kind("useless")
        .fact(&*item.text)
        .says(format!("`{}`", item.text), What::GrantsNothing)
        .because("none of the principals can call it")
        .label(first.item.place.span, kind(statement, first))
        .help(format!("remove `{}`, or name the principals that call it", item.text));
    context.report(finding);
}

fn kind(statement: &Statement, principal: &Principal) -> &'static str {
    match (&principal.kind, statement.identity_provider(principal)) {
        (_, Some(IdentityProvider::OpenIdConnect(_))) => "is an OpenID Connect provider",
        (_, Some(IdentityProvider::Saml)) => "is a SAML provider",
        (_, Some(IdentityProvider::Unknown)) => "is an identity provider",
        (PrincipalKind::Service, None) => "is a service",
        _ => "is an AWS identity",
    }
}

/// What a principal is called; nothing for a provider that source does not name.
fn name(statement: &Statement, principal: &Principal, scope: &Scope) -> Option<String> {
    // Of several that it may be, each is wrong for the same reason.
    let only = scope.document().is_some_and(|document| document.assumed.is_empty());
    match statement.identity_provider(principal) {
        Some(_) if !only => None,
        Some(IdentityProvider::OpenIdConnect(issuer)) if issuer.exact().is_some() => issuer.exact().map(str::to_owned),
        Some(_) if principal.item.pattern.is_exact() => principal.item.text.rsplit('/').next().map(str::to_owned),
        Some(_) => None,
        None => Some(principal.item.text.to_string()),
    }
}
