//! What can be done to the resources that carry a policy, in words: what a caller that is let in can do.

use crate::catalog::{PolicyTarget, policy_target_of_service};
use crate::estate::carriers;
use crate::policy::arn::Arn;
use crate::policy::{CarrierType, Document, Statement};

/// A kind of resource that has a policy of its own.
pub struct Receiver {
    /// The prefix of its service, as in its actions.
    pub service: &'static str,
    target: &'static PolicyTarget,
}

/// What the resources are whose policy a document is: by its carrier, in a file by the actions of the statement.
pub fn receiver(document: &Document, statement: &Statement) -> Option<Receiver> {
    let by_actions = || {
        let actions = statement.actions.iter().flat_map(|actions| &actions.items);
        let mut services = actions.filter_map(|item| item.pattern.literal_prefix().split_once(':').map(|(service, _)| service));
        policy_target_of_service(services.next().filter(|_| document.carrier == CarrierType::File)?)
    };
    let target = carriers::target(document).or_else(by_actions)?;
    Some(Receiver { service: target.service, target })
}

impl Receiver {
    /// The harmful actions that a statement certainly allows, with the words for them.
    pub fn allowed(&self, statement: &Statement) -> Vec<(&'static str, &'static str)> {
        let mut allowed: Vec<(&str, &str)> = Vec::new();
        for (action, words) in &self.target.uses {
            if statement.covers_action(action).certainly() && is_reached(action, statement) {
                allowed.push((action, words));
            }
        }
        allowed
    }

    /// What `words` says beside whose policy it is: an action for each of the words that it has, and whether there are more.
    pub fn facts(&self, allowed: &[(&str, &str)]) -> Vec<&'static str> {
        let words = distinct(allowed);
        let action = |words: &&str| self.target.uses.iter().find(|(_, each)| each == words).map(|(action, _)| *action);
        words.iter().take(2).filter_map(action).chain((words.len() > 2).then_some("more")).collect()
    }

    /// ``read objects of and write objects to bucket `aws_s3_bucket.x` ``
    pub fn words(&self, allowed: &[(&str, &str)], document: &Document) -> String {
        let done = match distinct(allowed).as_slice() {
            [] => "use".to_owned(),
            [only] => (*only).to_owned(),
            [first, second] => format!("{first} and {second}"),
            [first, second, ..] => format!("{first}, {second} and otherwise use"),
        };
        let bearer = ["_policy", "_permission"].iter().any(|end| document.carrier.resource().ends_with(end));
        let of = if bearer { format!("the {} of", self.target.noun) } else { self.target.noun.to_owned() };
        format!("{done} {of} `{}`", document.address)
    }
}

/// The words for some actions, each once.
fn distinct<'w>(allowed: &[(&str, &'w str)]) -> Vec<&'w str> {
    let mut words: Vec<&str> = Vec::new();
    for (_, each) in allowed {
        if !words.contains(each) {
            words.push(each);
        }
    }
    words
}

/// Whether an action on a bucket's objects can be about what the statement's resources are: `arn:aws:s3:::logs` is the bucket, and none of
/// its objects; `arn:aws:s3:::logs/*` are its objects alone. What is not known can be either.
fn is_reached(action: &str, statement: &Statement) -> bool {
    let Some(resources) = statement.resources.as_ref().filter(|resources| !resources.negated && resources.gap.is_none()) else {
        return true;
    };
    if !action.starts_with("s3:") {
        return true;
    }
    let of_bucket = action == "s3:ListBucket";
    resources.items.iter().any(|item| {
        let (in_objects, open) = match Arn::split(&item.pattern) {
            Some(arn) => (arn.resource.literal_prefix().contains('/'), arn.resource.has_hole() || arn.resource.has_wildcard()),
            None => (item.text.ends_with("/*"), !is_arn_of_bucket(&item.text)),
        };
        if of_bucket { !in_objects } else { in_objects || open }
    })
}

/// `${aws_s3_bucket.logs.arn}`, of a bucket whose name source does not give.
fn is_arn_of_bucket(text: &str) -> bool {
    text.starts_with("${") && text.contains("aws_s3_bucket.") && text.ends_with(".arn}")
}
