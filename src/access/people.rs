//! For whom an identity is: for people alone, who have signed in, or for a workload, a pipeline, another account or a key as well.

use super::doors::{By, Door, doors, is_told};
use crate::config::Config;
use crate::estate::{AccountRef, Estate, Identity, IdentityKind, Relation};
use crate::policy::arn::Arn;
use crate::policy::{Condition, Item, Statement};
use crate::truth::Truth;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whom {
    Anybody,
    /// Nobody but people.
    People,
}

/// What an identity is called says nothing. What source does not tell may let in anybody.
pub fn whom_for(identity: &Identity, estate: &Estate, config: &Config) -> Whom {
    let people = match identity.kind {
        IdentityKind::PermissionSet => true,
        IdentityKind::User | IdentityKind::Group => false,
        IdentityKind::Role => {
            let doors = doors(identity, estate);
            let entry = Entry { role: identity, estate, config };
            !doors.is_empty()
                && identity.service_accounts.is_empty()
                && is_told(identity, estate)
                && doors.iter().all(|door| entry.is_for_a_person(door))
        }
    };
    if people { Whom::People } else { Whom::Anybody }
}

/// Whether only requests with a second factor meet the conditions. `Bool` with "false" lets in just those without ("aws:MultiFactorAuthPresent"
/// and "aws:MultiFactorAuthAge" in the IAM User Guide, "AWS global condition context keys").
pub fn asks_for_factor(statement: &Statement) -> Truth {
    let must_be = |key: &'static str, wrong: Option<&str>| match statement.conditions_on(key).next() {
        None => Truth::No,
        Some(_) => {
            let passing = statement.passing(key);
            let without = passing.absent().or(wrong.map_or(Truth::No, |wrong| passing.value(wrong)));
            without.opposite()
        }
    };
    must_be("aws:MultiFactorAuthPresent", Some("false")).or(must_be("aws:MultiFactorAuthAge", None))
}

/// A role that is looked at.
struct Entry<'e> {
    role: &'e Identity,
    estate: &'e Estate,
    config: &'e Config,
}

impl Entry<'_> {
    /// Whether a door is for somebody who has signed in, in an account that is not a stranger's: with a second factor; by IAM Identity Center,
    /// whose roles nobody else assumes; or with an assertion of the organization's identity provider.
    fn is_for_a_person(&self, door: &Door) -> bool {
        let named = &door.principal.item;
        match door.by() {
            By::Assertion => self.is_known(named),
            By::Account | By::Identity if asks_for_factor(door.statement).certainly() => self.is_known(named),
            By::Account | By::Identity => self.is_of_identity_center(door),
            _ => false,
        }
    }

    /// Roles that IAM Identity Center makes ("Referencing permission sets in resource policies" in the IAM Identity Center User Guide): only
    /// people who are assigned to them assume them.
    fn is_of_identity_center(&self, door: &Door) -> bool {
        // A path of IAM may hold nearly any character: the resource must begin so.
        let made = |item: &Item| {
            let resource = Arn::split(&item.pattern).filter(|arn| !arn.account.has_wildcard()).map(|arn| arn.resource);
            let reserved = resource.is_some_and(|resource| resource.literal_prefix().starts_with("role/aws-reserved/sso.amazonaws.com/"));
            reserved && self.is_known(item)
        };
        let by_condition = |condition: &Condition| {
            let listed = condition.operator.is_positive() && !condition.values.is_empty() && condition.values.iter().all(made);
            listed && door.statement.enforces(condition).certainly()
        };
        made(&door.principal.item) || door.statement.conditions_on("aws:PrincipalArn").any(by_condition)
    }

    /// A number that nobody has declared is known as long as the configuration declares no accounts at all.
    fn is_known(&self, named: &Item) -> bool {
        let account =
            Arn::split(&named.pattern).map_or_else(|| AccountRef::of_principal(&named.pattern), |arn| AccountRef::of(&arn.account));
        match self.estate.relation(&self.role.account, &account, self.config) {
            Relation::Same | Relation::Ours { .. } | Relation::Unknown => true,
            Relation::Stranger => self.config.accounts.is_empty(),
            Relation::Vendor { .. } | Relation::ThirdParty { .. } | Relation::Aws { .. } => false,
        }
    }
}
