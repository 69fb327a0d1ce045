//! What to write where a resource is named by something that is no ARN.

use crate::access::Scope;
use crate::catalog::arn_meant::{Meant, meant};
use crate::catalog::{self, Action, ResourceSupport, arn_match};
use crate::eval::example_arn;
use crate::policy::pattern::{Mode, Pattern};
use crate::policy::rewrite::expression;
use crate::policy::{Item, Place, Statement};
use crate::terraform::ResourceMode;

/// Six fields.
pub const FORM: &str = "arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE";

/// Of `*` that many actions are looked at.
const MOST_ACTIONS: usize = 400;

/// What to say of something that is no ARN.
pub struct Help {
    /// What to write.
    pub help: String,
    /// Where what is wrong stands.
    pub place: Place,
    /// What to call it.
    pub shown: String,
}

/// What to write, and where it stands: an attribute that is no ARN is right where it is set and wrong where it is used. Never an ARN of
/// something that none of the statement's actions works on: where no action tells, what the form is.
pub fn help(item: &Item, statement: &Statement, scope: &Scope) -> Help {
    let text = &*item.text;
    let here = |help: String| Help { help, place: item.place.clone(), shown: text.to_owned() };
    if text.is_empty() {
        return here("name a resource, or `*`".to_owned());
    }
    if is_without_start(text) {
        return here(format!("write `arn:{}`", text.trim_start_matches(':')));
    }
    let actions = actions(statement);
    let written = expression::of_resource(statement, item, scope.sources);
    if let Some((written, reference)) = written.and_then(|written| by_reference(&written.text, &actions).map(|found| (written, found))) {
        let place = written.span.map_or_else(|| item.place.clone(), |span| Place { span, way: statement.place.way.clone() });
        // Of what only AWS knows people know the reference.
        let shown = if text.contains("${") { written.text.trim_matches('"') } else { text };
        return Help { help: format!("write its ARN: `{reference}`"), place, shown: shown.to_owned() };
    }
    // What a variable or an argument brings here.
    if let Some(reference) = by_reference(&format!("\"{text}\""), &actions) {
        return here(format!("pass its ARN: `{reference}`"));
    }
    here(by_actions(text, &actions).unwrap_or_else(|| format!("write its ARN, which has the form `{FORM}`")))
}

/// `aws:s3:::bucket`, of which only the beginning is missing.
fn is_without_start(text: &str) -> bool {
    let partition = text.trim_start_matches(':').split(':').next().unwrap_or_default();
    matches!(partition, "aws" | "aws-cn" | "aws-us-gov") && text.matches(':').count() >= 4
}

/// What the statement is about; nothing of a `NotAction`, nor of what is not known.
fn actions(statement: &Statement) -> Vec<Action> {
    let named = statement.actions.iter().filter(|actions| !actions.negated).flat_map(|actions| &actions.items);
    named.filter(|item| !item.pattern.has_hole()).flat_map(|item| catalog::expand(&item.text)).take(MOST_ACTIONS).collect()
}

/// The ARN of the same resource of Terraform's: `aws_sqs_queue.jobs.arn` for `aws_sqs_queue.jobs.url`. With `/*` or `:*` where the
/// actions are for what is in it.
fn by_reference(written: &str, actions: &[Action]) -> Option<String> {
    let quoted = written.strip_prefix("\"${").and_then(|rest| rest.strip_suffix('"')).and_then(|rest| rest.split_once('}'));
    let (reference, rest) = quoted.unwrap_or((written, ""));
    let (address, _) = reference.trim().rsplit_once('.')?;
    let plain = |character: char| character.is_ascii_alphanumeric() || "._-[]".contains(character);
    if !address.chars().all(plain) || rest.contains("${") {
        return None;
    }
    let (mode, own) = match address.strip_prefix("data.") {
        Some(own) => (ResourceMode::Data, own),
        None => (ResourceMode::Managed, address),
    };
    let example = example_arn(mode, own.split('.').next()?)?;
    let fits = |rest: &&str| actions.iter().any(|action| takes(*action, &format!("{example}{rest}")));
    let rest = [rest, "/*", ":*"].into_iter().find(fits)?;
    Some(if rest.is_empty() { format!("{address}.arn") } else { format!("\"${{{address}.arn}}{rest}\"") })
}

/// Whether an ARN is of a type that the action works on.
fn takes(action: Action, arn: &str) -> bool {
    let arn = Pattern::parse(arn, Mode::WILDCARDS);
    match action.resources() {
        ResourceSupport::Types(kinds) => kinds.into_iter().any(|kind| arn_match::can_be(&arn, kind.resource_type()).possibly()),
        _ => false,
    }
}

/// The ARN for what most of the actions work on, or for both of the two things that they do.
fn by_actions(text: &str, actions: &[Action]) -> Option<String> {
    let mut found: Vec<(Meant, Action, usize)> = Vec::new();
    for action in actions {
        let Some(meant) = meant(text, *action) else { continue };
        match found.iter_mut().find(|(known, ..)| known.template == meant.template) {
            Some((.., count)) => *count += 1,
            None => found.push((meant, *action, 1)),
        }
    }
    // What the name can be comes before what it cannot.
    found.sort_by_key(|(meant, _, count)| (!meant.is_named, std::cmp::Reverse(*count)));
    let all: usize = found.iter().map(|(.., count)| count).sum();
    match found.as_slice() {
        [] if actions.iter().all(|action| matches!(action.resources(), ResourceSupport::WildcardOnly)) => {
            actions.first().map(|action| format!("write `*`: `{action}` does not work on single resources"))
        }
        [(first, one, _), (second, other, _)] if first.is_named == second.is_named => {
            Some(format!("write its ARN: `{}` for `{one}`, `{}` for `{other}`", first.arn, second.arn))
        }
        [(only, ..), rest @ ..] if rest.is_empty() || only.is_named && !rest.iter().any(|(other, ..)| other.is_named) => {
            Some(format!("write its ARN: `{}`", only.arn))
        }
        [(first, _, count), ..] if count * 2 > all => Some(format!("write its ARN: `{}`", first.arn)),
        _ => None,
    }
}
