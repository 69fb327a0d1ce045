use crate::access::Access;
use crate::catalog;
use crate::config::Persona;
use crate::estate::Identity;
use crate::finding::{Category, Severity, What};
use crate::policy::PolicyKind;
use crate::rules::kit::rule::{Context, OF_IDENTITIES, Rule, left};

rule! {
    PowerUserAccess, "power-user-access",
    summary: "an identity that can do nearly everything, by an AWS policy that lists what it leaves out",
    category: Category::Security,
    severity: Severity::Low,
    persona: Persona::Pedantic,
    tags: &["permissions"],
}

impl Rule for PowerUserAccess {
    fn kinds(&self) -> &'static [PolicyKind] {
        OF_IDENTITIES
    }

    fn identity(&self, identity: &Identity, context: &mut Context) {
        for policy in &identity.managed {
            let is_power = |name: &&str| catalog::managed_policy(name).is_some_and(|policy| policy.is_power() && !policy.is_admin());
            let Some(name) = policy.aws_name().filter(is_power) else { continue };
            let access = Access::of_holder(context, identity);
            // What is capped or denied is no longer nearly everything.
            if !access.is_free() {
                continue;
            }
            let can = "do everything in the account but manage IAM and the organization: read and delete the data of every service";
            let who = format!("{} `{}`", identity.kind.name(), identity.shown_name());
            let finding = context.at(&policy.place, "is every action but a few").says(who, What::Can(can.to_owned()));
            let finding = finding.aside(format!("through AWS's policy {name}")).help(HELP).known_by(name).fact(name);
            context.report_for(left(finding, &access), &policy.address);
        }
    }
}

const HELP: &str = "grant the services and resources that it works with, or cap it with a permissions boundary";
