use super::reach::Breadth;
use super::subjects::doors;
use crate::finding::{Category, Severity, What};
use crate::policy::{PolicyKind, Statement};
use crate::rules::kit::rule::{Context, OF_ROLES, Rule};

rule! {
    IrsaAnyServiceAccount, "irsa-any-service-account",
    summary: "a role that pods in every namespace of a cluster can assume",
    category: Category::Security,
    severity: Severity::High,
    tags: &["trust", "federation", "kubernetes"],
}

impl Rule for IrsaAnyServiceAccount {
    fn kinds(&self) -> &'static [PolicyKind] {
        OF_ROLES
    }

    fn statement(&self, statement: &Statement, context: &mut Context) {
        for door in doors(statement, context).into_iter().filter(|door| door.facts.id == "eks-irsa") {
            let help = format!("test `{}` with StringEquals for `system:serviceaccount:NAMESPACE:SERVICE-ACCOUNT`", door.shown_key("sub"));
            let wide = door.wide(statement, context);
            for wide in wide.iter().filter(|wide| wide.reach.breadth == Breadth::Repositories) {
                let namespace = if wide.reach.any_name { "any namespace of the cluster" } else { "any namespace whose name matches" };
                let finding = context
                    .at(&wide.value.place, format!("admits `{}`, but also `{}`", wide.reach.meant, wide.reach.other))
                    .kind(if wide.reach.any_name { "any-namespace" } else { "" })
                    .says(format!("anyone who can run a pod in {namespace}"), What::Assume)
                    .help(help.clone());
                context.report_token(finding);
            }
            if wide.is_empty() && !door.asks_for(statement, "sub").possibly() && door.is_open(statement) {
                let finding = context
                    .at(&door.principal.item.place, "admits every service account of the cluster")
                    .says("anyone who can run a pod in the cluster", What::Assume)
                    .help(help);
                context.report(finding);
            }
        }
    }
}
