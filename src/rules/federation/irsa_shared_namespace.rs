use super::namespaces::{SHARED, whole_namespaces};
use super::subjects::doors;
use crate::finding::{Category, Severity, What};
use crate::policy::{PolicyKind, Statement};
use crate::rules::kit::rule::{Context, OF_ROLES, Rule};

rule! {
    IrsaSharedNamespace, "irsa-shared-namespace",
    summary: "a role that every pod in `default` or `kube-system` can assume",
    category: Category::Security,
    severity: Severity::Medium,
    supersedes: &["irsa-whole-namespace"],
    tags: &["trust", "federation", "kubernetes"],
}

impl Rule for IrsaSharedNamespace {
    fn kinds(&self) -> &'static [PolicyKind] {
        OF_ROLES
    }

    fn statement(&self, statement: &Statement, context: &mut Context) {
        for door in doors(statement, context).into_iter().filter(|door| door.facts.id == "eks-irsa") {
            for (value, namespace) in whole_namespaces(&door, statement) {
                if !SHARED.contains(&&*namespace) {
                    continue;
                }
                let finding = context
                    .at(&value.place, "admits every service account of a namespace that many workloads share")
                    .fact(&namespace)
                    .says(format!("every pod in namespace `{namespace}`"), What::Assume)
                    .help(format!("name the service account: `system:serviceaccount:{namespace}:SERVICE-ACCOUNT`"));
                context.report_token(finding);
            }
        }
    }
}
