//! What the Denies beside a statement of an identity policy leave of it, for those who hold it.

use rustc_hash::FxHashMap;

use super::shared::is_about_resources;
use crate::access::{Access, Caller, Question, UNNAMED, Who, as_resource, is_in_one_region, some, unnamed};
use crate::catalog::{self, About, Action, KeyOrigin, KeyType};
use crate::estate::{Identity, IdentityKind};
use crate::policy::Statement;
use crate::policy::pattern::{Mode, Pattern, PatternBuilder, Segment};
use crate::policy::request::Request;
use crate::truth::Truth;

/// Whether somebody may use an action on some resource that it works on, and that nobody has tagged.
pub fn is_left(access: &Access, statement: &Statement, action: Action) -> Truth {
    ask_of(access, statement, action, holder(access), some(action, partition(statement)))
}

/// Whether somebody may use an action of IAM on whatever there is: on identities and policies that nobody has named, and that have no
/// permissions boundary. Who may only touch those of a namespace, or those that have a boundary, makes nothing that is not capped.
pub fn is_left_on_anybody(access: &Access, statement: &Statement, action: Action) -> Truth {
    let caller = holder(access).without("iam:PermissionsBoundary");
    ask_of(access, statement, action, caller, unnamed(action, partition(statement)))
}

/// The same of somebody who has not shown a second factor. What they may do with their own user alone is nothing.
pub fn is_left_without_factor(access: &Access, statement: &Statement, action: Action) -> Truth {
    let keys = About::SecondFactor.keys().fold(holder(access).without("iam:PermissionsBoundary"), |caller, key| caller.without(key));
    ask_of(access, statement, action, keys, unnamed(action, partition(statement)))
}

/// Whether somebody may take off the permissions boundary that they have, or change what it allows ("Delegating responsibility to others using
/// permissions boundaries" in the IAM User Guide denies these). By the action.
pub fn uncaps(access: &Access, statement: &Statement, holder: &Identity) -> Option<&'static str> {
    let of_identity: &[&str] = match holder.kind {
        IdentityKind::Role => &["iam:DeleteRolePermissionsBoundary", "iam:PutRolePermissionsBoundary"],
        IdentityKind::User => &["iam:DeleteUserPermissionsBoundary", "iam:PutUserPermissionsBoundary"],
        IdentityKind::Group | IdentityKind::PermissionSet => &[],
    };
    let themselves = as_resource(holder, partition(statement));
    let of_policy = access.boundary_arn().map(|boundary| ("iam:CreatePolicyVersion", vec![boundary]));
    let all = of_identity.iter().map(|action| (*action, themselves.clone())).chain(of_policy);
    let mut found = None;
    access.any(all, |(action, on)| {
        // Another boundary than the one that they have: who must keep that one gains nothing.
        let caller = self::holder(access);
        let caller = if action.contains(":Put") { caller.with("iam:PermissionsBoundary", ANOTHER) } else { caller };
        let left = |on| access.left(statement, &Question::new(&caller, action, on));
        // As source writes it, it is what a Deny names; by its partition, what an Allow written out names.
        let (written, whole) = (left(on.clone()), on.iter().map(|on| in_partition(on, partition(statement))).collect());
        let left = if written == Truth::Unknown { left(whole) } else { written };
        found = found.or(left.certainly().then_some(action));
        if left.certainly() { left } else { Truth::No }
    });
    found
}

/// An ARN of which source does not give the partition, in one.
fn in_partition(arn: &Pattern, partition: &str) -> Pattern {
    let [Segment::Literal(start), Segment::Hole(_), Segment::Literal(rest), more @ ..] = arn.segments() else { return arn.clone() };
    if &**start != "arn:" || !rest.starts_with(':') {
        return arn.clone();
    }
    let start = PatternBuilder::new().text(&format!("arn:{partition}{rest}"), Mode::LITERAL);
    let whole = more.iter().fold(start, |builder, segment| match segment {
        Segment::Hole(hole) => builder.hole(hole.clone()),
        Segment::Literal(text) => builder.text(text, Mode::LITERAL),
        _ => builder,
    });
    whole.finish()
}

/// A boundary that allows everything.
const ANOTHER: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

/// What of a statement's actions somebody may use on resources that no policy names and nobody has tagged: on as good as all that there are.
pub struct LeftOnAll<'q> {
    access: &'q Access<'q>,
    statement: &'q Statement,
    /// `*` is thousands of actions, most of which Denies treat alike.
    known: FxHashMap<(Vec<Truth>, Vec<Pattern>, bool), Truth>,
    /// Whether everything is denied, of actions of one region and of others.
    nothing: FxHashMap<bool, bool>,
}

impl<'q> LeftOnAll<'q> {
    pub fn new(access: &'q Access<'q>, statement: &'q Statement) -> LeftOnAll<'q> {
        LeftOnAll { access, statement, known: FxHashMap::default(), nothing: FxHashMap::default() }
    }

    /// Of an action that the statement allows.
    pub fn has(&mut self, action: Action) -> Truth {
        let name = action.to_string();
        if self.access.caps_all_of(&name) {
            return Truth::No;
        }
        let is_in_one_region = is_in_one_region(&name);
        let nothing = self
            .nothing
            .entry(is_in_one_region)
            .or_insert_with(|| self.access.denies_everything(self.statement, &Question::anywhere(&holder(self.access), &name)));
        if *nothing {
            return Truth::No;
        }
        let resources = unnamed(action, partition(self.statement));
        let alike = (self.access.about(&name), resources.clone(), is_in_one_region);
        *self.known.entry(alike).or_insert_with(|| ask_of(self.access, self.statement, action, holder(self.access), resources))
    }
}

/// The partition that a statement names, or else the one in which nearly all accounts are: an account is in one.
pub fn partition(statement: &Statement) -> &str {
    let texts = statement.resources.iter().flat_map(|resources| &resources.items).map(|item| item.pattern.literal_prefix());
    let named = texts.filter_map(|text| text.strip_prefix("arn:")?.split_once(':')).map(|(partition, _)| partition);
    named.into_iter().find(|name| name.starts_with("aws-")).unwrap_or("aws")
}

fn ask_of(access: &Access, statement: &Statement, action: Action, caller: Caller, resources: Vec<Pattern>) -> Truth {
    let name = action.to_string();
    if !access.restrains(&name) {
        return Truth::Yes;
    }
    access.left(statement, &Question::new(&caller, &name, resources))
}

/// Whoever holds the policy, on what nobody has tagged or named.
pub fn holder(access: &Access) -> Caller<'static> {
    let request = access.keys().fold(Request::open(), |request, key| match key {
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
