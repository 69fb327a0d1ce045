//! What is asked: a set of requests, and who makes them.

use super::holder::Own;
use crate::catalog::{self, Action, Part, ResourceSupport, ResourceType};
use crate::config::is_account_id;
use crate::estate::AccountRef;
use crate::eval::Tags;
use crate::policy::arn::Arn;
use crate::policy::condition::is_key;
use crate::policy::pattern::{Case, Mode, Pattern, Segment};
use crate::policy::request::{Carried, Request};
use crate::policy::{Condition, Principal, PrincipalKind, Statement};
use crate::truth::Truth;

/// What is asked about: the requests of a caller for one action.
#[derive(Clone, Debug)]
pub struct Question<'q> {
    caller: &'q Caller<'q>,
    /// The same where more is known of these requests.
    known: Option<Caller<'q>>,
    /// As AWS writes it: `s3:GetObject`.
    pub(super) action: &'q str,
    /// On what: texts of one of these patterns.
    pub(super) resources: Vec<Pattern>,
}

/// Services with one endpoint for all regions, which is in us-east-1: their requests carry that region, wherever they come from (IAM User
/// Guide, "AWS global condition context keys", aws:RequestedRegion; AWS General Reference, "Service endpoints").
const IN_ONE_REGION: &[&str] = &["cloudfront", "iam", "organizations", "route53"];

/// Whether all requests for an action go to one region.
pub fn is_in_one_region(action: &str) -> bool {
    let service = action.split(':').next().unwrap_or_default();
    IN_ONE_REGION.iter().any(|known| known.eq_ignore_ascii_case(service))
}

impl<'q> Question<'q> {
    pub fn new(caller: &'q Caller<'q>, action: &'q str, resources: Vec<Pattern>) -> Question<'q> {
        let known = is_in_one_region(action).then(|| caller.clone().with("aws:RequestedRegion", "us-east-1"));
        Question { caller, known, action, resources }
    }

    pub(super) fn caller(&self) -> &Caller<'q> {
        self.known.as_ref().unwrap_or(self.caller)
    }

    /// The same of an identity that is known.
    pub(super) fn asked_by<'k>(&self, own: &Own, keys: impl Iterator<Item = &'k str>) -> Question<'q> {
        Question { known: Some(own.asks(self.caller(), keys)), ..self.clone() }
    }

    /// The same of a resource that has these tags.
    pub(super) fn on_tagged<'k>(&self, tags: &Tags, keys: impl Iterator<Item = &'k str>) -> Question<'q> {
        Question { known: Some(self.caller().clone().on_tagged(tags, keys)), ..self.clone() }
    }

    /// On any resource.
    pub fn anywhere(caller: &'q Caller<'q>, action: &'q str) -> Question<'q> {
        Question::new(caller, action, vec![Pattern::any()])
    }
}

/// Who makes the requests, and what these carry.
#[derive(Clone, Debug)]
pub struct Caller<'q> {
    pub(super) who: Who<'q>,
    /// What the requests carry as far as that is fixed. Of what is not known here the caller may choose.
    pub(super) request: Request,
    /// What the caller chooses from, where not every value of a key is theirs to choose.
    pub(super) limits: Vec<Condition>,
    /// Keys of which nobody knows what the requests carry, and that the caller does not choose.
    unknowable: Vec<String>,
}

impl<'q> Caller<'q> {
    pub fn new(who: Who<'q>, request: Request) -> Caller<'q> {
        Caller { who, request, limits: Vec::new(), unknowable: Vec::new() }
    }

    /// The same with one value for a key.
    #[must_use]
    pub fn with(mut self, key: &str, value: &str) -> Caller<'q> {
        self.request = self.request.with(key, value);
        self
    }

    /// The same without a key.
    #[must_use]
    pub fn without(mut self, key: &str) -> Caller<'q> {
        self.request = self.request.without(key);
        self
    }

    /// The same where the caller chooses for a key what meets a condition.
    #[must_use]
    pub fn meeting(self, operator: &str, key: &str, values: &[&str]) -> Caller<'q> {
        self.within(Condition::of(operator, key, values))
    }

    #[must_use]
    pub(super) fn within(mut self, limit: Condition) -> Caller<'q> {
        self.limits.push(limit);
        self
    }

    /// The same where nobody knows what the requests carry of some keys; `aws:ResourceTag/` stands for each that begins so.
    #[must_use]
    pub fn with_unknown<'k>(mut self, keys: impl Iterator<Item = &'k str>) -> Caller<'q> {
        self.unknowable.extend(keys.map(str::to_owned));
        self
    }

    /// Whether the caller chooses what the requests carry of a key.
    pub(super) fn leaves_open(&self, key: &str) -> bool {
        *self.request.get(key) == Carried::Unknown && !self.unknowable.iter().any(|known| is_key(key, &[known]))
    }
}

/// Who makes the requests, as the element `Principal` names it (IAM User Guide, "AWS JSON policy elements: Principal").
#[derive(Clone, Copy, Debug)]
pub enum Who<'q> {
    /// Whoever holds the identity policy: its statements name no principal.
    Holder,
    /// Somebody whom no policy names: of any account, or of none.
    Stranger,
    /// A service, by its principal.
    Service(&'q str),
    /// Those whom a principal of a statement lets in.
    Named(&'q Principal),
}

impl Who<'_> {
    /// Whether a statement is about them.
    pub(super) fn is_meant_by(&self, statement: &Statement) -> Truth {
        let Some(principals) = &statement.principals else {
            return if statement.gap.may_widen() && !matches!(self, Who::Holder) { Truth::Unknown } else { Truth::Yes };
        };
        let named = if principals.negated { self.is_excepted(&principals.items) } else { self.is_one_of(&principals.items) };
        principals.mean(named)
    }

    fn is_one_of<'p>(&self, others: impl IntoIterator<Item = &'p Principal>) -> Truth {
        Truth::any(others.into_iter().map(|other| self.is_among(other)))
    }

    /// Whether `NotPrincipal` lists them: of a user, a role or a session the account must be listed as well (IAM User Guide, "AWS JSON policy
    /// elements: NotPrincipal").
    fn is_excepted(&self, listed: &[Principal]) -> Truth {
        let is_identity = matches!(self, Who::Named(own) if own.kind == PrincipalKind::Aws && !own.is_whole_account());
        if !is_identity || listed.iter().any(Principal::is_everybody) {
            return self.is_one_of(listed);
        }
        let (accounts, others): (Vec<&Principal>, Vec<&Principal>) = listed.iter().partition(|principal| principal.is_whole_account());
        self.is_one_of(others).and(self.is_one_of(accounts))
    }

    /// Whether they are among those whom a principal names.
    pub(super) fn is_among(&self, other: &Principal) -> Truth {
        if other.is_everybody() {
            return Truth::Yes;
        }
        match self {
            Who::Holder => Truth::Unknown,
            Who::Stranger => Truth::No,
            Who::Service(name) => (other.kind == PrincipalKind::Service && other.item.text.eq_ignore_ascii_case(name)).into(),
            Who::Named(own) => is_within(own, other),
        }
    }
}

/// Whether all whom `own` names are among those whom `other` names.
fn is_within(own: &Principal, other: &Principal) -> Truth {
    let is_aws = |principal: &Principal| matches!(principal.kind, PrincipalKind::Any | PrincipalKind::Aws);
    if is_aws(own) != is_aws(other) || !is_aws(own) && own.kind != other.kind {
        return Truth::No;
    }
    let is_same = own.item.pattern == other.item.pattern && has_named_holes(&own.item.pattern);
    if std::ptr::eq(own, other) || is_same {
        return Truth::Yes;
    }
    if !is_aws(own) {
        let may_be_same = own.item.pattern.intersects(&other.item.pattern, Case::Sensitive).possibly();
        return if may_be_same { Truth::Unknown } else { Truth::No };
    }
    if let Some(answer) = is_of_role(own, other) {
        return answer;
    }
    // Most lists of principals are of many accounts, each written out.
    let accounts = [own, other].map(|principal| principal.item.pattern.as_exact().and_then(account_of));
    if own.is_everybody() || matches!(accounts, [Some(one), Some(two)] if one != two) {
        return Truth::No;
    }
    let accounts = [own, other].map(|principal| AccountRef::of_principal(&principal.item.pattern));
    let [own_account, other_account] = &accounts;
    let whole = |principal: &Principal| principal.is_whole_account();
    match (own_account.number(), other_account.number()) {
        (Some(one), Some(two)) if one != two => Truth::No,
        _ if whole(own) && is_one_identity(other) => Truth::No,
        // An account as a Deny names it is everybody in it ("AWS account principals").
        (Some(_), Some(_)) if whole(other) => Truth::Yes,
        (Some(_), Some(_)) if whole(own) => Truth::No,
        _ if own_account == other_account && whole(other) && *own_account != AccountRef::Unknown => Truth::Yes,
        (Some(_), Some(_)) if own.item.pattern.is_exact() && other.item.pattern.is_exact() => Truth::No,
        _ => Truth::Unknown,
    }
}

/// Whether an ARN is that of a role, a user or a session, whatever their account.
fn is_one_identity(principal: &Principal) -> bool {
    let resource = Arn::split(&principal.item.pattern).map(|arn| arn.resource);
    let starts = ["role/", "user/", "assumed-role/", "federated-user/"];
    resource.is_some_and(|resource| starts.iter().any(|start| resource.literal_prefix().starts_with(start)))
}

/// Whether a session is one of a role, which is named without its path; a role may have a session of that name. Nothing where neither is named.
fn is_of_role(own: &Principal, other: &Principal) -> Option<Truth> {
    let [own, other] = [own, other].map(|principal| principal.item.pattern.as_exact());
    let (own, other) = (own?, other?);
    match (session_of(own), session_of(other)) {
        (Some(session), None) => role_of(other).map(|role| (role == session).into()),
        (None, Some(session)) => role_of(own).map(|role| if role == session { Truth::Unknown } else { Truth::No }),
        _ => None,
    }
}

/// The account and the name of the role of a session's ARN.
fn session_of(arn: &str) -> Option<(&str, &str)> {
    let (account, resource) = arn.split_once(":sts::")?.1.split_once(':')?;
    Some((account, resource.strip_prefix("assumed-role/")?.split('/').next()?))
}

/// The same of a role's ARN.
fn role_of(arn: &str) -> Option<(&str, &str)> {
    let (account, resource) = arn.split_once(":iam::")?.1.split_once(':')?;
    Some((account, resource.strip_prefix("role/")?.rsplit('/').next()?))
}

/// Whether what source does not give of a pattern is the same text wherever it stands.
fn has_named_holes(pattern: &Pattern) -> bool {
    pattern.segments().iter().all(|segment| !matches!(segment, Segment::Hole(hole) if hole.id.is_none()))
}

/// The account's number in an ARN.
fn account_of(arn: &str) -> Option<&str> {
    arn.split(':').nth(4).filter(|account| is_account_id(account))
}

/// A name that few policies have.
pub const UNNAMED: &str = "z7q4w9x2c5v8b3n6m";

/// Resources of an action's that no policy names: one of each type that it works on, in any account and region of a partition. An action
/// that works on no single resource is asked for on `*`.
pub fn unnamed(action: Action, partition: &str) -> Vec<Pattern> {
    resources(action, UNNAMED, partition)
}

/// The same of one type.
pub fn unnamed_of(kind: ResourceType, partition: &str) -> Vec<Pattern> {
    kind.arns().map(|template| of_template(template, UNNAMED, partition)).collect()
}

/// All resources that an action works on.
pub fn some(action: Action, partition: &str) -> Vec<Pattern> {
    resources(action, "*", partition)
}

fn resources(action: Action, name: &str, partition: &str) -> Vec<Pattern> {
    let ResourceSupport::Types(types) = action.resources() else { return vec![Pattern::exact("*")] };
    types.flat_map(|kind| kind.resource_type().arns()).map(|template| of_template(template, name, partition)).collect()
}

fn of_template(template: &str, name: &str, partition: &str) -> Pattern {
    let text = catalog::arn_parts(template).map(|part| match part {
        Part::Literal(literal) => literal,
        Part::Placeholder("Partition") => partition,
        Part::Placeholder("Region" | "Account") => "*",
        Part::Placeholder(_) => name,
    });
    Pattern::parse(&text.collect::<String>(), Mode::WILDCARDS)
}
