//! Which ARNs an action takes, for people who are to write one.

use super::{can_be, fits, plainest_types, readable, templates};
use crate::catalog::key::{ConditionKey, KeyOrigin};
use crate::catalog::reference::{AccessLevel, Action, ResourceSupport, ResourceType, expand};
use crate::policy::pattern::Pattern;

/// More types than this are named by none of them: nothing tells which one is meant.
const MANY_TYPES: usize = 3;
/// Of types of which any will do, so many are named.
const MOST_SHOWN: usize = 2;

/// What an action takes, as it is to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Takes {
    /// `*` alone, or as well as what it may be limited to.
    Everything,
    /// One ARN, or several that are all needed.
    All(Vec<String>),
    /// One of these.
    Any(Vec<String>),
}

impl Takes {
    /// `` `arn:aws:sqs:REGION:ACCOUNT:QUEUE-NAME` ``; nothing where it is everything.
    pub fn text(&self) -> Option<String> {
        let (arns, last) = match self {
            Takes::Everything => return None,
            Takes::All(arns) => (arns, " and "),
            Takes::Any(arns) => (arns, " or "),
        };
        let quoted: Vec<String> = arns.iter().map(|arn| format!("`{arn}`")).collect();
        let (end, start) = quoted.split_last()?;
        Some(if start.is_empty() { end.clone() } else { format!("{}{last}{end}", start.join(", ")) })
    }
}

/// What an action takes beside what a statement names and does. All types that the action requires; else those that the statement's own
/// ARNs are of, or that its other actions work on; else the plainest. A single type that a request may leave out is nothing to limit it by
/// where it only reads, or where it has a condition key of its own: such an action is asked for on `*`.
pub fn takes(action: Action, own: &[&Pattern], beside: &[Action]) -> Takes {
    let ResourceSupport::Types(links) = action.resources() else { return Takes::Everything };
    let links: Vec<_> = links.collect();
    let required: Vec<ResourceType> = links.iter().filter(|link| link.is_required()).map(|link| link.resource_type()).collect();
    let plain = |of: &[ResourceType]| -> Vec<ResourceType> {
        plainest_types(action).into_iter().filter(|kind| of.iter().any(|one| one.name() == kind.name())).collect()
    };
    if !required.is_empty() {
        return Takes::All(arns(&required));
    }
    let all: Vec<ResourceType> = plainest_types(action).into_iter().filter(|kind| is_own(*kind, action)).collect();
    let all = if all.is_empty() { plainest_types(action) } else { all };
    let named: Vec<ResourceType> = all.iter().filter(|kind| is_named(**kind, own)).copied().collect();
    if !named.is_empty() {
        return Takes::Any(first_arns(&plain(&named)));
    }
    // Tags are for everything that a service has: what else the statement does tells which.
    let works = |kind: &ResourceType| beside.iter().any(|other| *other != action && !is_for_all(*other) && works_on_type(*other, *kind));
    let meant: Vec<ResourceType> = all.iter().filter(|kind| works(kind)).copied().collect();
    if meant.is_empty() && links.len() == 1 && (action.level() <= AccessLevel::Read || own_key(action).is_some()) {
        return Takes::Everything;
    }
    match (meant.is_empty(), all.len() > MANY_TYPES) {
        (false, _) => Takes::Any(first_arns(&meant)),
        (true, true) => Takes::Any(vec![format!("arn:aws:{}:REGION:ACCOUNT:…", action.service().prefix())]),
        (true, false) => Takes::Any(first_arns(all.get(..1).unwrap_or_default())),
    }
}

/// The key that only this service has, by which requests for an action are limited whatever they are for: `cloudwatch:namespace`. No tag.
pub fn own_key(action: Action) -> Option<ConditionKey> {
    action.condition_keys().find(|key| key.origin() == KeyOrigin::Service && !key.is_pattern() && !key.name().contains('/'))
}

/// What an element of many actions takes, such as `s3:*`: the types that most of them work on, of those that the statement's own ARNs can be
/// of. Nothing for elements of several services.
pub fn most_taken(element: &str, own: &[&Pattern]) -> Option<Takes> {
    element.split_once(':').filter(|(service, _)| !service.contains(['*', '?']))?;
    let mut counts: Vec<(ResourceType, usize)> = Vec::new();
    for action in expand(element) {
        for kind in plainest_types(action).into_iter().filter(|kind| is_own(*kind, action)) {
            match counts.iter_mut().find(|(known, _)| known.name() == kind.name()) {
                Some((_, count)) => *count += 1,
                None => counts.push((kind, 1)),
            }
        }
    }
    if counts.iter().any(|(kind, _)| is_named(*kind, own)) {
        counts.retain(|(kind, _)| is_named(*kind, own));
    }
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let most = counts.first()?.1;
    // A second one only where it is as usual: buckets and objects.
    let usual: Vec<ResourceType> = counts.into_iter().filter(|(_, count)| 2 * count >= most).map(|(kind, _)| kind).collect();
    Some(Takes::All(first_arns(&usual)))
}

/// How an ARN is to be ended for an action that works on what is in its resource, or on what that is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtherEnd {
    /// With `/*` or `:*` behind it: the objects of a bucket, the streams of a log group.
    With(&'static str),
    Without(&'static str),
}

/// By the templates of both types, of which one begins with the other: `${BucketName}` and `${BucketName}/${ObjectName}`.
pub fn other_end(resource: &Pattern, action: Action) -> Option<OtherEnd> {
    let service = resource.literal_prefix().split(':').nth(2).filter(|service| !service.is_empty()).unwrap_or(action.service().prefix());
    let own = templates(service).iter().filter(|template| fits(resource, template).possibly());
    let wanted: Vec<&str> = plainest_types(action).into_iter().flat_map(ResourceType::arns).collect();
    let end = |rest: &str| match rest.as_bytes().first()? {
        b'/' => Some("/*"),
        b':' => Some(":*"),
        _ => None,
    };
    let mut pairs = own.flat_map(|own| wanted.iter().map(move |wanted| (*own, *wanted)));
    pairs.find_map(|(own, wanted)| {
        let longer = || wanted.strip_prefix(own).and_then(end).map(OtherEnd::With);
        let shorter = || own.strip_prefix(wanted).and_then(end).map(OtherEnd::Without);
        longer().or_else(shorter)
    })
}

fn arns(kinds: &[ResourceType]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for arn in kinds.iter().filter_map(|kind| kind.arns().next()).map(readable) {
        if !found.contains(&arn) {
            found.push(arn);
        }
    }
    found
}

fn first_arns(kinds: &[ResourceType]) -> Vec<String> {
    arns(kinds.get(..MOST_SHOWN.min(kinds.len())).unwrap_or(kinds))
}

/// Whether its ARNs are of the action's own service.
fn is_own(kind: ResourceType, action: Action) -> bool {
    kind.arns().any(|template| template.split(':').nth(2) == Some(action.service().prefix()))
}

/// Whether an ARN that is written is, or may be, of a type. `*` names none.
fn is_named(kind: ResourceType, own: &[&Pattern]) -> bool {
    own.iter().any(|pattern| !pattern.is_any() && !pattern.has_hole() && can_be(pattern, kind).possibly())
}

fn works_on_type(action: Action, kind: ResourceType) -> bool {
    plainest_types(action).iter().any(|other| other.name() == kind.name() && other.service() == kind.service())
}

/// Whether an action works on nearly everything that its service has.
fn is_for_all(action: Action) -> bool {
    plainest_types(action).len() > MANY_TYPES
}
