use super::reach::{Breadth, Wide, by_condition, repositories};
use super::subjects::{Door, doors};
use crate::finding::{Category, Severity, What};
use crate::policy::pattern::{Case, Pattern};
use crate::policy::{PolicyKind, Statement};
use crate::rules::kit::rule::{Context, OF_ROLES, Rule, listed};

rule! {
    OidcSubjectAnyRef, "oidc-subject-any-ref",
    summary: "a role that every branch of a repository can assume",
    category: Category::Security,
    severity: Severity::Medium,
    supersedes: &["oidc-subject-pull-request"],
    tags: &["trust", "federation"],
}

impl Rule for OidcSubjectAnyRef {
    fn kinds(&self) -> &'static [PolicyKind] {
        OF_ROLES
    }

    fn statement(&self, statement: &Statement, context: &mut Context) {
        for door in doors(statement, context).into_iter().filter(|door| door.facts.any_ref) {
            for list in by_condition(door.wide(statement, context), Breadth::Refs) {
                let Some((first, rest)) = list.split_first() else { continue };
                let environment = first.reach.other.contains(":environment:");
                let what = if environment { "environment" } else { "branch" };
                let whose = listed(&repositories(&list), 2);
                let mut finding = context
                    .at(&first.value.place, format!("admits `{}`, but also `{}`", first.reach.meant, first.reach.other))
                    .kind(what)
                    .fact(&whose)
                    .says(format!("any {} of {whose}, including future ones,", words(first, what)), What::Assume)
                    .help(help(&door.facts.id));
                for wide in rest.iter().take(3) {
                    finding = finding.label(wide.value.place.span, format!("admits `{}`", wide.reach.other));
                }
                context.report_token(finding);
            }
            without_subject(&door, statement, context);
        }
    }
}

/// Where another claim names the repository and no subject is asked for.
fn without_subject(door: &Door, statement: &Statement, context: &mut Context) {
    let Some(condition) = door.pinned_by(statement, true) else { return };
    let whose: Vec<String> = condition.values.iter().map(|value| value.text.to_string()).collect();
    let whose = listed(&whose, 2);
    let finding = context
        .at(&condition.key_place, "only says which repository the token must come from")
        .kind("branch")
        .fact(&whose)
        .says(format!("any branch of {whose}, including future ones,"), What::Assume)
        .help(format!("also test `{}`, and {}", door.shown_key("sub"), help(&door.facts.id)));
    context.report_token(finding);
}

/// What gets in, in words: behind `repo:owner/name:*` are pull requests and tags, too.
fn words(wide: &Wide, what: &'static str) -> &'static str {
    let pull_request = wide.reach.meant.split_once(":ref:").map(|(repository, _)| Pattern::exact(&format!("{repository}:pull_request")));
    let is_all = pull_request.is_some_and(|subject| wide.value.pattern.includes(&subject, Case::Sensitive).certainly());
    if is_all { "branch, tag or pull request" } else { what }
}

fn help(issuer: &str) -> &'static str {
    if issuer.starts_with("github") {
        "name the branch (`:ref:refs/heads/main`) or an environment with protection rules (`:environment:production`)"
    } else if issuer.starts_with("gitlab") {
        "name a protected branch (`:ref_type:branch:ref:main`)"
    } else {
        "name the branch (`:ref:refs/heads/main:`)"
    }
}
