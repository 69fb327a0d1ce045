//! What the Denies beside a statement of an identity policy leave of it, for those who hold it.

use super::shared::is_about_resources;
use crate::access::{Caller, Denies, Question, Scope, UNNAMED, Who, left, some, unnamed};
use crate::catalog::{self, Action, KeyOrigin, KeyType};
use crate::estate::Identity;
use crate::policy::Statement;
use crate::policy::pattern::Pattern;
use crate::policy::request::Request;
use crate::truth::Truth;

/// The Denies that bind each of those who hold the policy at hand; of one that nobody in source holds, its own.
pub struct Restrained<'a> {
    by_holder: Vec<Denies<'a>>,
}

impl<'a> Restrained<'a> {
    pub fn of(scope: &Scope<'a>) -> Restrained<'a> {
        let holders = scope.holders();
        let of_document = || scope.document().map(Denies::of_document).unwrap_or_default();
        let by_holder = match holders.is_empty() {
            true => vec![of_document()],
            false => holders.into_iter().map(|holder| Denies::of_holder(scope, holder)).collect(),
        };
        Restrained { by_holder }
    }

    /// Of one holder.
    pub fn of_holder(scope: &Scope<'a>, holder: &'a Identity) -> Restrained<'a> {
        Restrained { by_holder: vec![Denies::of_holder(scope, holder)] }
    }

    /// Whether nothing is denied to anybody.
    pub fn is_none(&self) -> bool {
        self.by_holder.iter().all(Denies::is_empty)
    }

    /// Whether a Deny may take some of these actions away from each of them.
    pub fn meets(&self, actions: &Pattern) -> bool {
        self.by_holder.iter().all(|denies| denies.meet(actions))
    }

    /// Whether somebody may use the action on some resource that it works on, and that nobody has tagged.
    pub fn is_left(&self, statement: &Statement, action: Action) -> Truth {
        self.ask_of(statement, action, some(action))
    }

    /// Whether somebody may use the action on resources that no policy names and nobody has tagged: on as good as all that there are.
    pub fn is_left_on_all(&self, statement: &Statement, action: Action) -> Truth {
        self.ask_of(statement, action, unnamed(action))
    }

    fn ask_of(&self, statement: &Statement, action: Action, resources: Vec<Pattern>) -> Truth {
        let name = action.to_string();
        if self.by_holder.iter().any(|denies| !denies.are_about(&name)) {
            return Truth::Yes;
        }
        // One after the other: the first that is let through is enough.
        self.by_holder.iter().fold(Truth::No, |found, denies| {
            if found == Truth::Yes {
                return found;
            }
            let caller = holder(denies);
            found.or(left(statement, denies, &Question { caller: &caller, action: &name, resources: resources.clone() }).some)
        })
    }
}

/// Whoever holds the policy, on what nobody has tagged or named.
fn holder(denies: &Denies) -> Caller<'static> {
    let request = denies.keys().fold(Request::open(), |request, key| match key {
        key if is_tag(key) => request.without(key),
        key if names_resource(key) => request.with(key, UNNAMED),
        _ => request,
    });
    Caller::new(Who::Holder, request.with("aws:PrincipalIsAWSService", "false"))
}

/// Whether a key is a tag of the resource.
fn is_tag(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    ["resourcetag/", "existingobjecttag/"].iter().any(|tag| key.split_once(':').is_some_and(|(_, rest)| rest.starts_with(tag)))
}

/// Whether a key is the ARN of what a request is for, as `secretsmanager:SecretId` is.
fn names_resource(key: &str) -> bool {
    let is_arn = catalog::condition_key(key).is_some_and(|key| key.origin() == KeyOrigin::Service && key.value_type() == KeyType::Arn);
    is_arn && is_about_resources(key)
}
