use super::reach::{Breadth, by_condition, repositories};
use super::subjects::doors;
use crate::finding::{Category, Severity};
use crate::policy::{PolicyKind, Statement};
use crate::rules::kit::rule::{Context, OF_ROLES, Rule, listed};

rule! {
    OidcSubjectPullRequest, "oidc-subject-pull-request",
    summary: "a role that pull requests can become before anybody has looked at them",
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
                    .at(&first.value.place, format!("lets in `{}`", first.reach.meant))
                    .fact(&whose)
                    .message(format!(
                        "whoever may push a branch to {whose} can become {} by a pull request that nobody has looked at",
                        context.subject_name()
                    ))
                    .help("give pull requests a role of their own that only reads, or an environment with reviewers (`:environment:NAME`)");
                for wide in rest.iter().take(3) {
                    finding = finding.label(wide.value.place.span, "and so does this");
                }
                context.report_token(finding);
            }
        }
    }
}
