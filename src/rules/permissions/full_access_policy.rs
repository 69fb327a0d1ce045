use super::service_wildcard::{Whole, first_whole};
use crate::access::Access;
use crate::catalog;
use crate::config::Persona;
use crate::estate::{Identity, managed_document};
use crate::finding::{Category, Severity, What};
use crate::policy::PolicyKind;
use crate::rules::kit::rule::{Context, OF_IDENTITIES, Rule, left};

rule! {
    FullAccessPolicy, "full-access-policy",
    summary: "an AWS policy that allows every action of a service",
    category: Category::Security,
    severity: Severity::Low,
    persona: Persona::Pedantic,
    tags: &["permissions"],
}

impl Rule for FullAccessPolicy {
    fn kinds(&self) -> &'static [PolicyKind] {
        OF_IDENTITIES
    }

    fn identity(&self, identity: &Identity, context: &mut Context) {
        for policy in &identity.managed {
            let Some(name) = policy.aws_name().filter(|name| is_for_anybody(name)) else { continue };
            let Some(document) = managed_document(name) else { continue };
            let access = Access::of_holder(context, identity);
            // One service speaks for the policy.
            let Some(Whole { kind, names, uses, .. }) = document.statements.iter().find_map(|one| first_whole(one, &access)) else {
                continue;
            };
            let who = format!("{} `{}`", identity.kind.name(), identity.shown_name());
            let finding = context.at(&policy.place, "is every action of a service, and every future one").says(who, What::Can(uses));
            let finding = finding.aside(format!("through AWS's policy {name}")).help(HELP).known_by(name).fact(name).fact(names);
            context.report_for(left(finding.kind(kind), &access), &policy.address);
        }
    }
}

/// Whether AWS has not made the policy for one of its services' roles. Of those who can do everything, or give it to themselves, `admin-access`
/// speaks.
fn is_for_anybody(name: &str) -> bool {
    let of_service = |path: &str| path.contains("service-role/");
    catalog::managed_policy(name)
        .is_some_and(|policy| !policy.is_admin() && !policy.is_iam_full() && !policy.path().is_some_and(of_service))
}

const HELP: &str =
    "attach a policy of its own with the actions and resources that it needs, or AWS's read-only policy of the service if it only reads";
