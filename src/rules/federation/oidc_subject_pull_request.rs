use super::reach::{Breadth, by_condition, repositories};
use super::subjects::doors;
use crate::finding::{Category, Severity, What};
use crate::policy::{PolicyKind, Statement};
use crate::rules::kit::rule::{Context, OF_ROLES, Rule, listed};

rule! {
    OidcSubjectPullRequest, "oidc-subject-pull-request",
    summary: "a role that unreviewed pull requests can assume",
    category: Category::Security,
    severity: Severity::Medium,
    tags: &["trust", "federation"],
}

impl Rule for OidcSubjectPullRequest {
    fn kinds(&self) -> &'static [PolicyKind] {
        OF_ROLES
    }

    fn statement(&self, statement: &Statement, context: &mut Context) {
        for door in doors(statement, context).into_iter().filter(|door| door.facts.any_ref) {
            for list in by_condition(door.wide(statement, context), Breadth::PullRequests) {
                let Some((first, rest)) = list.split_first() else { continue };
                let whose = listed(&repositories(&list), 2);
                let mut finding = context
                    .at(&first.value.place, format!("admits `{}`", first.reach.meant))
                    .fact(&whose)
                    .says(format!("anyone who can push a branch to {whose}"), What::Assume)
                    .by("from an unreviewed pull request")
                    .help("give pull requests their own read-only role, or an environment with reviewers (`:environment:NAME`)");
                for wide in rest.iter().take(3) {
                    finding = finding.label(wide.value.place.span, "and so does this");
                }
                context.report_token(finding);
            }
        }
    }
}
