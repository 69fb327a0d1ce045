//! What AWS makes of an identity that source shows: what requests carry that are its own (IAM User Guide, "AWS global condition context keys",
//! "Properties of the principal"; "How to uniquely identify principals in a role session").

use std::sync::Arc;

use super::question::Caller;
use crate::estate::{Estate, Identity, IdentityKind};
use crate::eval::{Tag, Tags};
use crate::policy::condition::is_key;
use crate::policy::pattern::{Mode, Pattern, Segment};
use crate::policy::variables::key_of;
use crate::policy::{Condition, Item, Items, Statement};

/// Keys that follow from who somebody is.
const OF_IDENTITY: &[&str] = &[
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:PrincipalTag/",
    "aws:PrincipalType",
    "aws:TokenIssueTime",
    "aws:userid",
    "aws:username",
];

/// The roles that Identity Center makes for a permission set: those of its region have that in their path, and what ends the name is 16
/// characters (IAM Identity Center User Guide, "Referencing permission sets in resource policies").
fn of_set(name: &str) -> Vec<String> {
    let regions = std::iter::once(String::new()).chain((9..=14).map(|length| format!("{}/", "?".repeat(length))));
    regions.map(|region| format!("role/aws-reserved/sso.amazonaws.com/{region}AWSReservedSSO_{name}_{}", "?".repeat(16))).collect()
}

/// The identity that asks, as its requests show it.
pub(super) struct Own {
    /// What they carry for certain, or lack.
    fixed: Vec<(&'static str, Option<Arc<str>>)>,
    /// What is known of the rest.
    limits: Vec<Condition>,
    /// The identity's tags, where a session cannot have others.
    tags: Option<Tags>,
}

/// Whether it matters to a statement who asks: by a condition's key, or by a variable.
pub(super) fn asks_who(statement: &Statement) -> bool {
    let is_own = |pattern: &Pattern| {
        let names =
            pattern.segments().iter().filter_map(|segment| if let Segment::Variable(name) = segment { Some(key_of(name)) } else { None });
        names.into_iter().any(|key| is_key(key, OF_IDENTITY))
    };
    let by_resource = |items: &Items| items.items.iter().any(|item| is_own(&item.pattern));
    statement.resources.as_ref().is_some_and(by_resource)
        || statement
            .conditions
            .iter()
            .any(|condition| is_key(&condition.key, OF_IDENTITY) || condition.values.iter().any(|value| is_own(&value.pattern)))
}

impl Own {
    /// Of an identity in a partition.
    pub fn of(identity: &Identity, estate: &Estate, partition: &str) -> Own {
        let tags = estate.tags.get(&identity.address).filter(|_| !takes_tags(identity, estate)).cloned();
        let mut own = Own { fixed: Vec::new(), limits: Vec::new(), tags };
        identity.account.number().iter().for_each(|number| own.carry("aws:PrincipalAccount", &[number]));
        let name = glob(identity.name.as_ref());
        let arns = arns(identity, partition);
        own.carry("aws:PrincipalArn", &arns.iter().map(String::as_str).collect::<Vec<_>>());
        match identity.kind {
            IdentityKind::Role | IdentityKind::PermissionSet => {
                own.carry("aws:PrincipalType", &["AssumedRole"]);
                own.carry("aws:userid", &["AROA*:*"]);
                own.lack("aws:username");
                own.limits.push(Condition::of("Null", "aws:TokenIssueTime", &["false"]));
            }
            IdentityKind::User | IdentityKind::Group => {
                own.carry("aws:PrincipalType", &["User"]);
                own.carry("aws:userid", &["AIDA*"]);
                own.carry("aws:username", &[if identity.kind == IdentityKind::User { &name } else { "*" }]);
            }
        }
        own
    }

    /// A key has a value: the one, or one within some patterns.
    fn carry(&mut self, key: &'static str, values: &[&str]) {
        match values {
            [value] if !value.contains(['*', '?']) => self.fixed.push((key, Some((*value).into()))),
            // No account has a colon in it.
            _ => self.limits.push(Condition::of(if key == "aws:PrincipalArn" { "ArnLike" } else { "StringLike" }, key, values)),
        }
    }

    fn lack(&mut self, key: &'static str) {
        self.fixed.push((key, None));
    }

    /// A caller, of whom it is now known who it is, as far as that matters to conditions on `keys`.
    pub fn asks<'q, 'k>(&self, caller: &Caller<'q>, keys: impl Iterator<Item = &'k str>) -> Caller<'q> {
        let open = |key: &str| caller.leaves_open(key);
        let fixed = self.fixed.iter().filter(|(key, _)| open(key));
        let known = fixed.fold(caller.clone(), |known, (key, value)| match value {
            Some(value) => known.with(key, value),
            None => known.without(key),
        });
        let known = self.limits.iter().filter(|limit| open(&limit.key)).fold(known, |known, limit| known.within(limit.clone()));
        match &self.tags {
            Some(tags) => known.tagged(tags, OF_CALLER, keys),
            None => known,
        }
    }
}

/// Whether a session may have tags of its own: who assumes the role gives them ("Passing session tags in AWS STS").
fn takes_tags(identity: &Identity, estate: &Estate) -> bool {
    let forms = identity.trust.map(|trust| estate.policy(trust)).unwrap_or_default();
    let may = |statement: &Statement| !statement.denies() && statement.covers_action("sts:TagSession").possibly();
    let is_known = !forms.is_empty() || identity.kind == IdentityKind::User;
    !is_known || forms.iter().any(|form| form.document.gap.is_some() || form.document.statements.iter().any(may))
}

/// Keys of the caller's tags, and of the resource's.
const OF_CALLER: &str = "aws:PrincipalTag/";
const OF_RESOURCE: &str = "aws:ResourceTag/";

impl Caller<'_> {
    /// The same where somebody or something has these tags.
    fn tagged<'k>(self, tags: &Tags, prefix: &str, keys: impl Iterator<Item = &'k str>) -> Self {
        keys.fold(self, |caller, key| {
            let name = key.get(..prefix.len()).filter(|start| start.eq_ignore_ascii_case(prefix)).and_then(|start| key.get(start.len()..));
            match name.map(|name| tags.get(name)) {
                Some(Tag::Value(value)) => caller.with(key, &value),
                Some(Tag::Absent) => caller.without(key),
                Some(Tag::Unknown) | None => caller,
            }
        })
    }

    /// The same where the resource has these tags.
    pub(super) fn on_tagged<'k>(self, tags: &Tags, keys: impl Iterator<Item = &'k str>) -> Self {
        self.tagged(tags, OF_RESOURCE, keys)
    }
}

/// The ARN of an identity; patterns for what source does not give of it.
fn arns(identity: &Identity, partition: &str) -> Vec<String> {
    let name = glob(identity.name.as_ref());
    let path = match &identity.path {
        // The default of the provider's argument.
        None if !identity.made_elsewhere => "/".to_owned(),
        path => format!("/{}", glob(path.as_ref()).trim_start_matches('/')),
    };
    let resources = match identity.kind {
        IdentityKind::Role => vec![format!("role{path}{name}")],
        IdentityKind::User => vec![format!("user{path}{name}")],
        IdentityKind::Group => vec!["user/*".to_owned()],
        IdentityKind::PermissionSet => of_set(&name),
    };
    let account = identity.account.number().unwrap_or("????????????");
    resources.into_iter().map(|resource| format!("arn:{partition}:iam::{account}:{resource}")).collect()
}

/// The identity as a resource of IAM's.
pub fn as_resource(identity: &Identity, partition: &str) -> Vec<Pattern> {
    match &identity.arn {
        Some(arn) => vec![arn.pattern.clone()],
        None => arns(identity, partition).iter().map(|arn| Pattern::parse(arn, Mode::WILDCARDS)).collect(),
    }
}

/// A text as source gives it, as a pattern: what is not known is any.
fn glob(item: Option<&Item>) -> String {
    let Some(item) = item else { return "*".to_owned() };
    let segments = item.pattern.segments().iter().map(|segment| match segment {
        Segment::Literal(text) => &**text,
        _ => "*",
    });
    segments.collect()
}

/// What the policies of an identity that are in source allow it, before any Deny.
pub fn allows_of<'e>(identity: &'e Identity, estate: &'e Estate) -> impl Iterator<Item = &'e Statement> {
    let documents = identity.policies.iter().flat_map(|policy| estate.policy(*policy)).map(|attached| &attached.document);
    documents.flat_map(|document| &document.statements).filter(|statement| statement.allows())
}
