use crate::finding::{Category, Severity};
use crate::policy::{Item, PolicyKind, PrincipalKind, Statement};
use crate::rules::kit::rule::{Context, OF_ROLES, Rule};
use crate::rules::kit::shared::never_applies;
use crate::rules::kit::trust::is_trust;

rule! {
    TrustBroadAction, "trust-broad-action",
    summary: "a trust policy that allows more of AWS STS than to assume the role",
    category: Category::Security,
    severity: Severity::Low,
    tags: &["trust"],
}

impl Rule for TrustBroadAction {
    fn kinds(&self) -> &'static [PolicyKind] {
        OF_ROLES
    }

    fn statement(&self, statement: &Statement, context: &mut Context) {
        if !is_trust(context) || !statement.allows() || never_applies(statement) {
            return;
        }
        let Some(actions) = statement.actions.as_ref().filter(|actions| !actions.negated) else { return };
        for item in actions.items.iter().filter(|item| is_broad(item)) {
            let name = context.subject_name();
            let mut principals = statement.principals.iter().flat_map(|principals| &principals.items);
            let services = principals.all(|principal| principal.kind == PrincipalKind::Service);
            let message = match services {
                true => format!("{name} allows its services every action of AWS STS, and all that they do is assume it"),
                false => format!("whoever may become {name} may also give the session tags and a source identity of their choice"),
            };
            let finding = context
                .at(&item.place, "is sts:TagSession, sts:SetSourceIdentity and sts:SetContext as well")
                .kind(if services { "services" } else { "" })
                .message(message)
                .help(format!("write `{}`, and sts:TagSession only where the callers' tags are wanted", action(statement)));
            context.report(finding);
        }
    }
}

/// `*`, `sts:*`
fn is_broad(item: &Item) -> bool {
    let rest = item.text.split_once(':').map_or(&*item.text, |(prefix, rest)| if prefix.eq_ignore_ascii_case("sts") { rest } else { "" });
    !rest.is_empty() && rest.bytes().all(|byte| byte == b'*') && item.pattern.has_wildcard()
}

/// The action that the statement's principals need.
fn action(statement: &Statement) -> &'static str {
    let mut kinds = statement.principals.iter().flat_map(|principals| &principals.items);
    let federated = kinds.find(|principal| principal.kind == PrincipalKind::Federated);
    match federated {
        Some(provider) if provider.item.text.contains(":saml-provider/") => "sts:AssumeRoleWithSAML",
        Some(_) => "sts:AssumeRoleWithWebIdentity",
        None => "sts:AssumeRole",
    }
}
