use super::invalid_arn::{self, Keeper};
use crate::catalog::{self, Action, ResourceSupport, arn_match, unlisted};
use crate::finding::{Confidence, Message, Severity, What};
use crate::policy::arn::Arn;
use crate::policy::{Item, PolicyKind, Statement};
use crate::rules::kit::allowed::is_left;
use crate::rules::kit::rule::{Context, Rule, listed};

rule! {
    NotResourceExcludesNothing, "not-resource-excludes-nothing",
    summary: "an Allow whose NotResource leaves nothing out",
    severity: Severity::High,
    confidence: Confidence::Medium,
    supersedes: &["not-resource-allow"],
    tags: &["permissions", "validity"],
}

/// Of what caps or grants: who is let in by a resource's policy is another question.
const KINDS: &[PolicyKind] = &[PolicyKind::Identity, PolicyKind::Boundary, PolicyKind::ServiceControl];

/// Whether this rule speaks of the statement: an Allow of everything but some resources.
pub(super) fn is_for(statement: &Statement, kind: PolicyKind) -> bool {
    let negated = statement.resources.as_ref().is_some_and(|resources| resources.negated);
    KINDS.contains(&kind) && statement.allows() && negated
}

impl Rule for NotResourceExcludesNothing {
    fn kinds(&self) -> &'static [PolicyKind] {
        KINDS
    }

    fn statement(&self, statement: &Statement, context: &mut Context) {
        let (Some(document), Some(kind)) = (context.document(), context.kind()) else { return };
        if !is_for(statement, kind) {
            return;
        }
        let keeper = Keeper::of(document, kind);
        let actions = actions(statement);
        for item in statement.resources.iter().flat_map(|resources| &resources.items) {
            let found = match invalid_arn::of_resource(item, keeper, context) {
                // AWS takes nothing with such an ARN.
                Some(fault) if fault.refused => None,
                Some(fault) => Some((invalid_arn::because(item, &fault), fault.label, fault.help, fault.kind)),
                None => of_another_type(item, &actions),
            };
            let Some((because, label, help, sort)) = found else { continue };
            if kind == PolicyKind::Identity && !leaves(statement, &actions, context) {
                continue;
            }
            let message = reaches(statement, &because);
            context.report(context.at(&item.place, label).kind(sort).fact(&*item.text).message(message).help(help));
        }
    }
}

/// That a statement is about what one of its ARNs should leave out.
pub(super) fn reaches(statement: &Statement, because: &str) -> Message {
    let verb = if statement.allows() { "allows" } else { "denies" };
    let names = statement.actions.iter().flat_map(|actions| &actions.items).map(|item| item.text.to_string()).collect::<Vec<_>>();
    let what = match statement.actions.as_ref().is_some_and(|actions| actions.negated) {
        true => format!("everything but {}", listed(&names, 3)),
        false => listed(&names, 3),
    };
    let alone = statement.resources.as_ref().is_some_and(|resources| resources.gap.is_none() && resources.items.len() == 1);
    let on = if alone { "on every resource" } else { "also on what this ARN should leave out" };
    Message::new("this statement", What::Is(format!("{verb} {what} {on}"))).because(format!("{because}, so it leaves nothing out"))
}

/// The actions that a statement names; none where it names those that it leaves out, or where one is not known.
fn actions(statement: &Statement) -> Vec<Action> {
    let Some(actions) = statement.actions.as_ref().filter(|actions| !actions.negated && actions.gap.is_none()) else { return Vec::new() };
    if actions.items.iter().any(|item| item.pattern.has_hole()) {
        return Vec::new();
    }
    actions.items.iter().flat_map(|item| catalog::expand(&item.text)).collect()
}

/// Whether Denies and a boundary leave one of the actions to those who hold the policy.
fn leaves(statement: &Statement, actions: &[Action], context: &Context) -> bool {
    let access = context.access();
    actions.is_empty() || actions.iter().take(MOST_ASKED).any(|action| is_left(&access, statement, *action).certainly())
}

const MOST_ASKED: usize = 8;

/// What is said of an ARN that none of the actions works on: why, the label, the help, the kind.
fn of_another_type(item: &Item, actions: &[Action]) -> Option<(String, String, String, &'static str)> {
    let first = actions.first()?;
    if Arn::split(&item.pattern).is_none()
        || arn_match::is_unfinished(&item.pattern)
        || !actions.iter().all(|action| is_idle(*action, item))
    {
        return None;
    }
    let works = if actions.len() == 1 { format!("`{first}` works on") } else { "these actions work on".to_owned() };
    let help = match arn_match::takes(*first, &[], actions).text() {
        Some(arns) => format!("name what the actions work on: `{first}` takes {arns}"),
        None => "name what the actions work on".to_owned(),
    };
    Some((format!("`{}` is nothing that {works}", item.text), "leaves nothing out".into(), help, "type"))
}

/// Whether an action certainly does not work on a resource. What the reference knows no type for may work on anything.
fn is_idle(action: Action, item: &Item) -> bool {
    match action.resources() {
        ResourceSupport::Types(kinds) => {
            let mut templates = kinds.into_iter().flat_map(|kind| kind.resource_type().arns());
            !templates.any(|template| arn_match::fits_loosely(&item.pattern, template).possibly())
                && !unlisted::may_take(action, &item.pattern)
        }
        _ => false,
    }
}
