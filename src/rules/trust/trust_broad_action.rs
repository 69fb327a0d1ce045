use crate::finding::{Category, Edit, Severity, What};
use crate::policy::rewrite;
use crate::policy::{Item, PolicyKind, PrincipalKind, Statement};
use crate::rules::kit::rule::{Context, OF_ROLES, Rule};
use crate::rules::kit::shared::never_applies;

rule! {
    TrustBroadAction, "trust-broad-action",
    summary: "a trust policy that allows more STS actions than assuming the role",
    category: Category::Security,
    severity: Severity::Low,
    tags: &["trust"],
}

impl Rule for TrustBroadAction {
    fn kinds(&self) -> &'static [PolicyKind] {
        OF_ROLES
    }

    fn statement(&self, statement: &Statement, context: &mut Context) {
        if !statement.allows() || never_applies(statement) {
            return;
        }
        let Some(actions) = statement.actions.as_ref().filter(|actions| !actions.negated) else { return };
        for item in actions.items.iter().filter(|item| is_broad(item)) {
            let name = context.subject_name();
            let mut principals = statement.principals.iter().flat_map(|principals| &principals.items);
            let services = principals.all(|principal| principal.kind == PrincipalKind::Service);
            let (who, what) = match services {
                true => (name, What::Is("allows its services every STS action, although they only assume the role".to_owned())),
                false => (
                    format!("anyone who can assume {name}"),
                    What::Can("also set session tags and a source identity of their choice".to_owned()),
                ),
            };
            let finding = context
                .at(&item.place, "includes sts:TagSession, sts:SetSourceIdentity and sts:SetContext")
                .kind(if services { "services" } else { "" })
                .says(who, what);
            let needed = action(statement);
            let is_beside = actions.items.iter().any(|other| other.text.eq_ignore_ascii_case(needed));
            let finding = finding.help(match is_beside {
                true => format!("remove it: `{needed}` stands beside it; add sts:TagSession only if you need the callers' tags"),
                false => format!("write `{needed}`, and sts:TagSession only if you need the callers' tags"),
            });
            let edit = rewrite::token(&item.place, &item.text, needed, context.sources).filter(|_| !is_beside);
            context.report(finding.edit(edit.map(Edit::as_a_guess)));
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
