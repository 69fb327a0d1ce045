//! Who can do everything, and who gets into them.

use std::collections::BTreeSet;

use super::exceptions;
use crate::access::doors::{By, Door, doors, service_accounts};
pub use crate::access::people::Whom;
use crate::access::people::{asks_for_factor, whom_for};
use crate::access::{Access, Scope};
use crate::catalog::{self, Action, Escalation};
use crate::estate::{Identity, managed_document};
use crate::finding::{FindingBuilder, What};
use crate::policy::pattern::{Case, Mode, Pattern};
use crate::policy::{Item, Place, Statement};
use crate::rules::kit::allowed;
use crate::rules::kit::rule::{Context, left, listed, perhaps};
use crate::rules::kit::shared::scoped_by_condition;
use crate::source::Span;

/// Reports those whom a statement makes administrators.
pub fn judge_statement(statement: &Statement, whom: Whom, context: &mut Context) {
    if !statement.allows() || scoped_by_condition(statement).possibly() {
        return;
    }
    let (Some((place, label)), true) = (every_action(statement), every_resource(statement)) else { return };
    let holders = context.holders();
    let held = holders.iter().map(|holder| (Some(*holder), Access::of_holder(context, holder)));
    let bounded = held.filter(|(holder, access)| holder.is_some_and(|holder| whom_by(access, [statement], holder, context) == whom));
    let nobody = holders.is_empty() && whom == Whom::Anybody;
    let all: Vec<(Option<&Identity>, Access)> = if nobody { vec![(None, Access::of(context))] } else { bounded.collect() };
    let powers = all.into_iter().filter_map(|(holder, access)| {
        let power = power(&access, statement, label, holder)?;
        Some((access.open().is_empty(), power, holder, access))
    });
    let mut administrators: Vec<_> = powers.collect();
    // What is worst and sure is said: what caps one of several caps none of the others.
    let Some(worst) = administrators.iter().map(|(sure, power, ..)| (*sure, *power)).max() else { return };
    administrators.retain(|(sure, power, ..)| (*sure, *power) == worst);
    let Some((.., access)) = administrators.first() else { return };
    let holders: Vec<&Identity> = administrators.iter().filter_map(|(_, _, holder, _)| *holder).collect();
    let power = worst.1;
    let who = match holders.first() {
        Some(first) if holders.len() == 1 => named(first),
        Some(first) => format!("{} and {} more", named(first), holders.len() - 1),
        None => context.subject_name(),
    };
    let mut finding = context.at(place, label).kind(power.kind(label)).says(who, What::Can(power.consequence(label))).help(HELP);
    let entries: Vec<Entry> = holders.iter().filter_map(|holder| Entry::of(holder, context)).collect();
    if let (Some(first), 1) = (entries.first(), holders.len()) {
        finding = finding.aside(first.clause()).facts(first.names.clone());
    }
    for entry in &entries {
        finding = finding.label(entry.place, entry.label());
    }
    context.report(power.label(finding, access).rank(power.rank(label)));
}

/// Reports an identity that a policy of AWS's makes an administrator.
pub fn judge_identity(identity: &Identity, whom: Whom, context: &mut Context) {
    for policy in &identity.managed {
        let Some((name, label)) = policy.aws_name().and_then(|name| Some((name, administers(name)?))) else { continue };
        let access = Access::of_holder(context, identity);
        let document = managed_document(name);
        let statements = document.iter().flat_map(|document| &document.statements).filter(|statement| statement.allows());
        if whom_by(&access, statements.clone(), identity, context) != whom {
            continue;
        }
        let by_any = |statement| power(&access, statement, label, Some(identity));
        let Some(power) = (if access.is_free() { Some(Power::Everything) } else { statements.filter_map(by_any).max() }) else {
            continue;
        };
        let mut finding = context.at(&policy.place, label).says(named(identity), What::Can(power.consequence(label))).help(HELP);
        let by_policy = format!("through AWS's policy {name}");
        finding = match Entry::of(identity, context) {
            Some(entry) => {
                let finding = finding.aside(format!("{by_policy}, {}", entry.clause())).facts(entry.names.clone());
                finding.label(entry.place, entry.label())
            }
            None => finding.aside(by_policy),
        };
        finding = finding.known_by(name).fact(name).rank(power.rank(label));
        context.report_for(power.label(finding, &access), &policy.address);
    }
}

/// Whether the policy at hand is held, and by identities alone that are for people.
pub fn is_for_people(scope: &Scope) -> bool {
    let holders = scope.holders();
    !holders.is_empty() && holders.iter().all(|holder| whom_for(holder, scope.estate, scope.config) == Whom::People)
}

/// Whether a statement gives everything to people alone, of whom another rule speaks.
pub fn is_everything_for_people(statement: &Statement, scope: &Scope) -> bool {
    let holders = scope.holders();
    let by = |holder: &&Identity| whom_by(&Access::of_holder(scope, holder), [statement], holder, scope) == Whom::People;
    every_action(statement).is_some() && every_resource(statement) && !holders.is_empty() && holders.iter().all(by)
}

/// For whom it is what statements give an identity: for people, too, if a second factor must be shown for it.
fn whom_by<'s>(access: &Access, statements: impl IntoIterator<Item = &'s Statement>, holder: &Identity, scope: &Scope) -> Whom {
    let asks = |statement: &Statement| {
        let by_itself = asks_for_factor(statement).certainly();
        let with = |action| allowed::is_left_on_anybody(access, statement, action);
        let without = |action| allowed::is_left_without_factor(access, statement, action);
        let by_denies = || access.any(capabilities(), with).possibly() && !access.any(capabilities(), without).possibly();
        by_itself || !access.is_free() && by_denies()
    };
    let mut statements = statements.into_iter().peekable();
    let all_ask = statements.peek().is_some() && statements.all(asks);
    if all_ask { Whom::People } else { whom_for(holder, scope.estate, scope.config) }
}

/// Who gets into a role.
struct Entry {
    place: Span,
    /// In words that can assume a role.
    names: Vec<String>,
}

impl Entry {
    fn of(identity: &Identity, scope: &Scope) -> Option<Entry> {
        let doors = doors(identity, scope.estate);
        let first = doors.first()?;
        let mut names: Vec<String> = doors.iter().flat_map(|door| callers(door, identity, scope)).collect();
        names.dedup();
        Some(Entry { place: first.principal.item.place.span, names })
    }

    fn clause(&self) -> String {
        format!("and {} can assume it", self.words())
    }

    fn label(&self) -> String {
        format!("lets {} assume it", self.words())
    }

    fn words(&self) -> String {
        listed(&self.names, 2)
    }
}

/// The subjects of tokens and the service accounts of pods say more than the provider that vouches for them.
fn callers(door: &Door, identity: &Identity, scope: &Scope) -> Vec<String> {
    let subjects = || {
        let tests =
            door.statement.conditions.iter().filter(|condition| condition.key.ends_with(":sub") && condition.operator.is_positive());
        tests.flat_map(|condition| &condition.values).map(|value| value.text.to_string()).collect::<Vec<_>>()
    };
    let own = vec![door.principal.item.text.to_string()];
    let found = match door.by() {
        // Which pods those are the associations say.
        By::Pod if !identity.service_accounts.is_empty() => service_accounts(identity, scope.estate),
        By::Token => subjects(),
        _ => Vec::new(),
    };
    if found.is_empty() { own } else { found }
}

/// What an administrator can still do where something is denied: change who may do what, or have another identity's permissions. These are
/// the actions of IAM by which permissions are raised.
fn capabilities() -> impl Iterator<Item = Action> {
    let names: BTreeSet<&str> = catalog::escalations().flat_map(Escalation::actions).filter(|action| action.starts_with("iam:")).collect();
    names.into_iter().filter_map(catalog::action)
}

/// What is left to an administrator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Power {
    /// To assume roles, and nothing of IAM.
    Roles,
    /// To take off the boundary first, by this action.
    BoundaryOff(&'static str),
    Everything,
}

/// What Denies and caps leave of what makes an administrator. What source does not tell of them may be anything.
fn power(access: &Access, statement: &Statement, label: &str, holder: Option<&Identity>) -> Option<Power> {
    if access.is_free() {
        return Some(Power::Everything);
    }
    let is_left = |action| allowed::is_left_on_anybody(access, statement, action);
    if access.any(capabilities().filter(|action| exceptions::leaves(statement, *action)), is_left).possibly() {
        return Some(Power::Everything);
    }
    let bounded = holder.filter(|_| access.boundary().is_some());
    let off = bounded.and_then(|holder| allowed::uncaps(access, statement, holder));
    let roles = || (!is_by_iam(label) && access.any(catalog::action("sts:AssumeRole"), is_left).possibly()).then_some(Power::Roles);
    off.map(Power::BoundaryOff).or_else(roles)
}

impl Power {
    fn consequence(self, label: &str) -> String {
        match self {
            Power::Everything => consequence(label).to_owned(),
            Power::BoundaryOff(_) => {
                format!("remove its permissions boundary, and then {}", consequence(label))
            }
            Power::Roles => "assume every role that trusts the whole account".to_owned(),
        }
    }

    /// How grave it is.
    fn rank(self, label: &str) -> u8 {
        match self {
            Power::Everything if !is_by_iam(label) => 3,
            Power::Everything => 2,
            Power::BoundaryOff(_) => 1,
            Power::Roles => 0,
        }
    }

    fn kind(self, label: &str) -> &'static str {
        match self {
            Power::Everything => kind(label),
            Power::BoundaryOff(_) => "boundary-off",
            Power::Roles => "roles",
        }
    }

    /// The finding with what the boundary does.
    fn label(self, finding: FindingBuilder, access: &Access) -> FindingBuilder {
        match (self, access.boundary()) {
            (Power::BoundaryOff(action), Some(boundary)) => {
                let finding = finding.label(boundary, format!("this boundary allows `{action}`")).fact(action).help(KEEP);
                perhaps(finding, &access.open())
            }
            (_, Some(_)) => left(finding.help(NARROW), access),
            _ => left(finding, access),
        }
    }
}

/// What to say of the token that is all of IAM.
const ALL_OF_IAM: &str = "is all of IAM, on every resource";

/// The same of a list of exceptions, `NotAction` or `NotResource`, by which the holder can still change permissions.
const LEAVES_IAM: &str = "leaves IAM in";

/// Whether what makes the administrator is IAM. That is not all of AWS yet: the holder has to grant itself the rest first.
fn is_by_iam(label: &str) -> bool {
    label == ALL_OF_IAM || label == LEAVES_IAM
}

fn consequence(label: &str) -> &'static str {
    if is_by_iam(label) { "give itself every permission" } else { "do everything in the account" }
}

fn kind(label: &str) -> &'static str {
    match label {
        ALL_OF_IAM => "all-of-iam",
        LEAVES_IAM => "leaves-iam",
        _ => "",
    }
}

/// What to say of a policy of AWS's own that makes an administrator. All of IAM does, because its holder may grant itself the rest.
fn administers(name: &str) -> Option<&'static str> {
    let policy = catalog::managed_policy(name)?;
    let all = policy.is_admin().then_some("is every action on every resource");
    all.or_else(|| policy.is_iam_full().then_some(ALL_OF_IAM))
}

const KEEP: &str = "deny in the boundary what changes it: DeleteRolePermissionsBoundary, PutRolePermissionsBoundary, the same for users, and CreatePolicyVersion, DeletePolicyVersion and SetDefaultPolicyVersion on the boundary itself";

const NARROW: &str = "grant the services and resources that it works with, or allow no more than those in its permissions boundary";

const HELP: &str = "grant the services and resources that it works with, or cap it with a permissions boundary";

fn named(identity: &Identity) -> String {
    format!("{} `{}`", identity.kind.name(), identity.shown_name())
}

/// The token that makes an administrator, and how: every action, every one of IAM, which may grant itself the rest, or a list of exceptions
/// that leaves enough of IAM in for that.
fn every_action(statement: &Statement) -> Option<(&Place, &'static str)> {
    let actions = statement.actions.as_ref()?;
    if actions.negated {
        return leaves_iam(statement).then_some((&actions.key, LEAVES_IAM));
    }
    let all = actions.items.iter().find(|item| item.pattern.is_any() || matches!(&*item.text, "*:*"));
    let iam = Pattern::parse("iam:*", Mode::WILDCARDS);
    let all_of_iam = || actions.items.iter().find(|item| item.pattern.includes(&iam, Case::Insensitive).certainly());
    if let Some(resources) = statement.resources.as_ref().filter(|resources| resources.negated) {
        return all.or_else(all_of_iam).map(|_| (&resources.key, LEAVES_IAM));
    }
    let all = all.map(|item| (&item.place, "is every action, and on every resource"));
    all.or_else(|| all_of_iam().map(|item| (&item.place, ALL_OF_IAM)))
}

fn every_resource(statement: &Statement) -> bool {
    let Some(resources) = &statement.resources else { return false };
    if resources.negated { leaves_iam(statement) } else { resources.items.iter().any(Item::is_every_resource) }
}

/// Whether exceptions leave in all actions of one way to raise permissions by IAM.
fn leaves_iam(statement: &Statement) -> bool {
    let is_left = |name: &str| catalog::action(name).is_some_and(|action| exceptions::leaves(statement, action));
    let by_iam = |set: &Escalation| set.actions().any(|name| name.starts_with("iam:"));
    catalog::escalations().filter(by_iam).any(|set| set.actions().all(is_left))
}
