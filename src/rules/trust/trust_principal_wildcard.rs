use crate::finding::{Category, Severity};
use crate::policy::arn::Arn;
use crate::policy::{Item, PolicyKind, Principal, PrincipalKind, Statement};
use crate::rules::kit::rule::{Context, Rule, WITH_PRINCIPALS};

rule! {
    TrustPrincipalWildcard, "trust-principal-wildcard",
    summary: "a wildcard in a principal, which AWS does not allow",
    category: Category::Correctness,
    severity: Severity::Medium,
    tags: &["trust", "validity"],
}

impl Rule for TrustPrincipalWildcard {
    fn kinds(&self) -> &'static [PolicyKind] {
        WITH_PRINCIPALS
    }

    fn statement(&self, statement: &Statement, context: &mut Context) {
        let Some(policy) = context.kind() else { return };
        for principal in statement.principals.iter().flat_map(|principals| &principals.items) {
            let Some(help) = help(principal, policy) else { continue };
            let item = &principal.item;
            let why = match named(principal) {
                true => format!("`{}` does not name anybody, because principals cannot contain wildcards", item.text),
                false => format!("{} principals must be named one by one", kind(principal)),
            };
            let what = if named(principal) { &item.text } else { kind(principal) };
            let finding = context.at(&item.place, "has a wildcard").facts([context.policy_name(), what]);
            context.report_token(finding.rejected(why).help(help));
        }
    }
}

/// Whether only a part of the name is a wildcard.
fn named(principal: &Principal) -> bool {
    !principal.item.pattern.is_any()
}

fn kind(principal: &Principal) -> &'static str {
    match principal.kind {
        PrincipalKind::Federated => "Federated",
        _ => "Service",
    }
}

/// What to write instead; nothing for a principal that is in order.
fn help(principal: &Principal, policy: PolicyKind) -> Option<String> {
    let item = &principal.item;
    if !item.pattern.has_wildcard() {
        return None;
    }
    match principal.kind {
        PrincipalKind::Aws if item.pattern.is_any() => None,
        PrincipalKind::Aws => Some(help_for_aws(item)),
        PrincipalKind::Service => Some("name each service, `ec2.amazonaws.com`".to_owned()),
        PrincipalKind::Federated if policy == PolicyKind::Trust => Some("name the ARN of each identity provider".to_owned()),
        _ => None,
    }
}

fn help_for_aws(item: &Item) -> String {
    let Some(arn) = Arn::split(&item.pattern) else {
        return "name an account, or its roles one by one".to_owned();
    };
    let session = arn.service.as_exact() == Some("sts");
    match (arn.account.has_wildcard(), session) {
        (true, _) => "name each account; for all accounts of an organization write `*` with StringEquals on aws:PrincipalOrgID".to_owned(),
        (false, true) => "name the role of the session: `arn:aws:iam::ACCOUNT:role/NAME`".to_owned(),
        (false, false) => {
            // The user's own text, up to the account.
            let start: Vec<&str> = item.text.splitn(6, ':').take(5).collect();
            format!(
                "write `{}:root` as the principal, and ArnLike on aws:PrincipalArn with `{}` as a condition",
                start.join(":"),
                item.text
            )
        }
    }
}
