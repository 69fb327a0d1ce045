//! By which paths a request can be allowed: which Allows grant, and what must allow it beside them.
//!
//! In one account an Allow of the caller's own policies is enough, or one of the resource's; across accounts it takes both. How the resource's
//! policy names the caller decides what else counts (IAM User Guide, "Policy evaluation for requests within a single account", "Cross-account
//! policy evaluation logic", "Permissions boundaries for IAM entities").

use std::borrow::Cow;

use super::parts::{Held, Part};
use super::question::Question;
use super::requester::{Form, Requester, SERVICE_LINKED};
use super::witness::{Avoided, Level, Start};
use crate::catalog;
use crate::policy::condition::is_key;
use crate::policy::pattern::Pattern;
use crate::policy::{Principal, Statement};

/// One Allow; without a statement everything, which the root user has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grant<'a> {
    pub statement: Option<&'a Statement>,
    pub position: Option<usize>,
}

impl<'a> Grant<'a> {
    pub fn start(self) -> Start<'a> {
        self.statement.map_or(Start::All, Start::Of)
    }
}

/// Allows that grant, and what else must allow.
pub(super) struct Path<'a> {
    pub grants: Vec<Grant<'a>>,
    pub levels: Vec<Level<'a>>,
}

/// All that decides about a question.
pub(super) struct Situation<'a> {
    pub paths: Vec<Path<'a>>,
    /// What must allow a request by whichever path.
    pub common: Vec<Level<'a>>,
    denies: Vec<(usize, Cow<'a, Statement>)>,
}

impl<'a> Situation<'a> {
    pub fn of(held: &[Held<'a>], owner: Option<&str>, management: Option<&str>, question: &Question) -> Situation<'a> {
        let requester = Requester::of(question.caller().who);
        let (action, on) = (question.action, question.resources.as_slice());
        let reading = Reading { held, requester: &requester, action, on, owner, management };
        let denies = held.iter().enumerate().filter(|(_, held)| held.statement.denies() && reading.counts(held.part));
        Situation {
            paths: reading.paths(),
            common: reading.common(),
            denies: denies.map(|(position, held)| (position, reading.as_it_denies(held.statement))).collect(),
        }
    }

    pub fn denies(&self) -> impl Iterator<Item = Avoided<'_>> {
        self.denies.iter().map(|(position, statement)| Avoided { position: *position, statement })
    }
}

struct Reading<'r, 'a> {
    held: &'r [Held<'a>],
    requester: &'r Requester<'r>,
    action: &'r str,
    on: &'r [Pattern],
    owner: Option<&'r str>,
    management: Option<&'r str>,
}

impl<'a> Reading<'_, 'a> {
    /// Whether policies with a part count for who asks (AWS Organizations User Guide, "Tasks and entities not restricted by SCPs", "Resources and
    /// entities not restricted by RCPs").
    fn counts(&self, part: Part) -> bool {
        let is_managed = |account: Option<&str>| account.is_some() && account == self.management;
        match part {
            Part::ServiceControl(_) => {
                self.requester.is_of_account() && !self.requester.is_service_linked() && !is_managed(self.requester.account)
            }
            Part::ResourceControl(_) => {
                let owner = self.owner.or(self.requester.account);
                let is_free = self.requester.is_service_linked() || self.is_for_service_linked();
                !is_free && !is_managed(owner) && catalog::is_bound_by_resource_control(self.action)
            }
            _ => true,
        }
    }

    /// A Deny as it is about who asks. "All principals that have a permissions boundary are always denied" by `NotPrincipal`, listed or not.
    fn as_it_denies(&self, deny: &'a Statement) -> Cow<'a, Statement> {
        let by_exception = deny.principals.as_ref().is_some_and(|principals| principals.negated);
        match by_exception && self.has(Part::Boundary) && self.requester.is_of_account() {
            true => Cow::Owned(Statement { principals: None, ..deny.clone() }),
            false => Cow::Borrowed(deny),
        }
    }

    /// Whether all that is called on are roles that services have linked to themselves.
    fn is_for_service_linked(&self) -> bool {
        let is_linked = |resource: &Pattern| resource.literal_prefix().contains(SERVICE_LINKED);
        !self.on.is_empty() && self.on.iter().all(is_linked)
    }

    fn has(&self, part: Part) -> bool {
        self.held.iter().any(|held| held.part == part)
    }

    fn allows(&self, part: Part) -> impl Iterator<Item = (usize, &'a Statement)> {
        let own = self.held.iter().enumerate().filter(move |(_, held)| held.part == part && held.statement.allows());
        own.map(|(position, held)| (position, held.statement))
    }

    /// The level that policies of a part are; none where there is no such policy.
    fn level(&self, part: Part) -> Option<Level<'a>> {
        (self.has(part) && self.counts(part)).then(|| self.allows(part).map(|(_, statement)| statement).collect())
    }

    fn common(&self) -> Vec<Level<'a>> {
        let mut parts: Vec<Part> = Vec::new();
        for held in self.held {
            let is_common = matches!(held.part, Part::Endpoint | Part::ServiceControl(_) | Part::ResourceControl(_));
            if is_common && !parts.contains(&held.part) {
                parts.push(held.part);
            }
        }
        parts.into_iter().filter_map(|part| self.level(part)).collect()
    }

    /// The policy of what is called on: of a resource, or of a role.
    fn of_owner(&self) -> Option<Part> {
        [Part::Trust, Part::Resource].into_iter().find(|part| self.has(*part))
    }

    fn is_across(&self) -> bool {
        let own = self.requester.account;
        self.requester.is_of_account() && own.is_some() && self.owner.is_some() && self.owner != own
    }

    fn paths(&self) -> Vec<Path<'a>> {
        let mut paths: Vec<Path> = vec![self.by_identity()];
        if let Some(part) = self.of_owner().filter(|_| !self.is_across()) {
            for (position, statement) in self.allows(part) {
                let Some(limited) = self.is_limited(statement) else { continue };
                let levels = if limited {
                    [Part::Boundary, Part::Session].into_iter().filter_map(|part| self.level(part)).collect()
                } else {
                    Vec::new()
                };
                let grant = Grant { statement: Some(statement), position: Some(position) };
                match paths.iter_mut().skip(1).find(|path| path.levels.len() == levels.len()) {
                    Some(path) => path.grants.push(grant),
                    None => paths.push(Path { grants: vec![grant], levels }),
                }
            }
        }
        paths
    }

    /// What the caller's own policies grant. Of keys and roles, and in another account, the owner must let it in as well: "the key policy must
    /// allow it" (KMS Developer Guide, "Key policies in AWS KMS"), by naming the account at least.
    fn by_identity(&self) -> Path<'a> {
        let grants: Vec<Grant> = match self.requester.form {
            Form::Root => vec![Grant { statement: None, position: None }],
            _ => self
                .allows(Part::Identity)
                .map(|(position, statement)| Grant { statement: Some(statement), position: Some(position) })
                .collect(),
        };
        // Without a session policy a federated user has nothing of the user who made it (STS API Reference, GetFederationToken).
        let grants = if self.requester.form == Form::Federated && !self.has(Part::Session) { Vec::new() } else { grants };
        let mut levels: Vec<Level> = [Part::Boundary, Part::Session].into_iter().filter_map(|part| self.level(part)).collect();
        let is_key = self.action.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("kms:")) && self.has(Part::Resource);
        if is_key || self.has(Part::Trust) || self.is_across() {
            levels.push(self.of_owner().map(|part| self.allows(part).map(|(_, statement)| statement).collect()).unwrap_or_default());
        }
        Path { grants, levels }
    }

    /// Whether what a statement of the owner's grants directly is limited by a boundary and a session policy; nothing where it grants nothing
    /// directly, but lets the caller's account decide.
    fn is_limited(&self, statement: &Statement) -> Option<bool> {
        let principals = statement.principals.as_ref().filter(|principals| !principals.negated)?;
        let named: Vec<&Principal> = principals.items.iter().filter(|item| self.requester.may_be(item)).collect();
        let direct = |principal: &&&Principal| !principal.is_whole_account() || !self.requester.is_of_account();
        let named: Vec<&Principal> = named.iter().filter(direct).copied().collect();
        let by_arn = statement.conditions.iter().any(|condition| is_key(&condition.key, &["aws:PrincipalArn"]));
        let unlimited = |principal: &&Principal| match self.requester.form {
            Form::Service | Form::Anonymous | Form::Root => true,
            Form::User | Form::Federated | Form::Other => !principal.is_everybody() || by_arn,
            // The session's own ARN, or everybody's with the role's in a condition.
            Form::Role | Form::Session | Form::Holder => {
                principal.item.text.contains(":assumed-role/") || principal.is_everybody() && by_arn
            }
        };
        (!named.is_empty()).then(|| !named.iter().any(unlimited))
    }
}
