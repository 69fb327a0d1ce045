use std::collections::BTreeSet;

use crate::access::Access;
use crate::access::doors::{By, doors, service_accounts};
use crate::catalog::{self, Action, Escalation};
use crate::estate::{Estate, Identity, managed_document};
use crate::finding::{Category, FindingBuilder, Severity, What};
use crate::policy::pattern::{Case, Mode, Pattern};
use crate::policy::{Item, PolicyKind, Statement};
use crate::rules::kit::allowed;
use crate::rules::kit::rule::{Context, OF_IDENTITIES, Rule, left, listed, perhaps};
use crate::rules::kit::shared::scoped_by_condition;

rule! {
    AdminAccess, "admin-access",
    summary: "an identity that can do everything",
    category: Category::Security,
    severity: Severity::High,
    supersedes: &["scoped-resource", "resource-wildcard"],
    tags: &["permissions"],
}

impl Rule for AdminAccess {
    fn kinds(&self) -> &'static [PolicyKind] {
        OF_IDENTITIES
    }

    fn statement(&self, statement: &Statement, context: &mut Context) {
        if !statement.allows() || scoped_by_condition(statement).possibly() {
            return;
        }
        let (Some((action, label)), true) = (every_action(statement), every_resource(statement)) else { return };
        let holders = context.holders();
        let bounded =
            holders.iter().filter(|holder| !made_by_aws(holder)).map(|holder| (Some(*holder), Access::of_holder(context, holder)));
        let all: Vec<(Option<&Identity>, Access)> = if holders.is_empty() { vec![(None, Access::of(context))] } else { bounded.collect() };
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
        let what = worst.1.consequence(label);
        let who = match holders.first() {
            Some(first) if holders.len() == 1 => named(first),
            Some(first) => format!("{} and {} more", named(first), holders.len() - 1),
            None => context.subject_name(),
        };
        let mut finding = context.at(&action.place, label).kind(worst.1.kind(label)).says(who, What::Can(what)).help(HELP);
        for holder in holders {
            if let Some((span, who)) = who_may_become(holder, context.estate) {
                finding = finding.label(span, who);
            }
        }
        context.report(worst.1.label(finding, access));
    }

    fn identity(&self, identity: &Identity, context: &mut Context) {
        if made_by_aws(identity) {
            return;
        }
        for policy in &identity.managed {
            let Some((name, label)) = policy.aws_name().and_then(|name| Some((name, administers(name)?))) else { continue };
            let access = Access::of_holder(context, identity);
            let document = managed_document(name);
            let statements = document.iter().flat_map(|document| &document.statements).filter(|statement| statement.allows());
            let by_any = |statement| power(&access, statement, label, Some(identity));
            let Some(power) = (if access.is_free() { Some(Power::Everything) } else { statements.filter_map(by_any).max() }) else {
                continue;
            };
            let what = power.consequence(label);
            let finding = context.at(&policy.place, label).says(named(identity), What::Can(what));
            let mut finding = finding.aside(format!("through AWS's policy {name}")).help(HELP);
            if let Some((span, who)) = who_may_become(identity, context.estate) {
                finding = finding.label(span, who);
            }
            finding = finding.known_by(name).fact(name);
            context.report_for(power.label(finding, &access), &policy.address);
        }
    }
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
    if access.any(capabilities(), is_left).possibly() {
        return Some(Power::Everything);
    }
    let bounded = holder.filter(|_| access.boundary().is_some());
    let off = bounded.and_then(|holder| allowed::uncaps(access, statement, holder));
    let roles = || (label != ALL_OF_IAM && access.any(catalog::action("sts:AssumeRole"), is_left).possibly()).then_some(Power::Roles);
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

/// All of IAM is not all of AWS yet: the holder has to grant itself the rest first.
fn consequence(label: &str) -> &'static str {
    if label == ALL_OF_IAM { "give itself every permission" } else { "do everything in the account" }
}

fn kind(label: &str) -> &'static str {
    if label == ALL_OF_IAM { "all-of-iam" } else { "" }
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

fn made_by_aws(identity: &Identity) -> bool {
    let name = identity.name.as_ref().and_then(|name| name.pattern.as_exact());
    name.is_some_and(catalog::is_administrator_of_aws)
}

/// The action that makes an administrator, and how: every action, or every one of IAM, which may grant itself the rest.
fn every_action(statement: &Statement) -> Option<(&Item, &'static str)> {
    let actions = statement.actions.as_ref().filter(|actions| !actions.negated)?;
    let all = actions.items.iter().find(|item| item.pattern.is_any() || matches!(&*item.text, "*:*"));
    let iam = Pattern::parse("iam:*", Mode::WILDCARDS);
    let all_of_iam = || actions.items.iter().find(|item| item.pattern.includes(&iam, Case::Insensitive).certainly());
    all.map(|item| (item, "is every action, and on every resource")).or_else(|| all_of_iam().map(|item| (item, ALL_OF_IAM)))
}

fn every_resource(statement: &Statement) -> bool {
    let resources = statement.resources.as_ref().filter(|resources| !resources.negated);
    resources.is_some_and(|resources| resources.items.iter().any(Item::is_every_resource))
}

/// Who may assume a role, in words.
fn who_may_become(identity: &Identity, estate: &Estate) -> Option<(crate::source::Span, String)> {
    let doors = doors(identity, estate);
    let first = doors.first()?;
    let names = doors.iter().flat_map(|door| match door.by() {
        // Which pods those are the associations say.
        By::Pod if !identity.service_accounts.is_empty() => service_accounts(identity, estate),
        _ => vec![door.principal.item.text.to_string()],
    });
    Some((first.principal.item.place.span, format!("lets {} assume it", listed(&names.collect::<Vec<_>>(), 3))))
}
