//! Names that AWS's pages tell apart: actions whose answers hold data, services that take unsigned requests, types of DNS records.
//!
//! The facts are `data/catalog/lists.json`: each list is rows of names and the pages that they are from. It is read when one of them is first
//! asked for.

use std::collections::HashSet;
use std::sync::LazyLock;

use serde::Deserialize;

use super::reference::Action;

/// Some names of a list.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row<'t> {
    #[serde(borrow)]
    names: Vec<&'t str>,
    #[serde(rename = "pages")]
    _pages: Vec<&'t str>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Lists<'t> {
    #[serde(borrow)]
    data_reads: Vec<Row<'t>>,
    basic_permissions: Vec<Row<'t>>,
    takeovers: Vec<Row<'t>>,
    small_deletes: Vec<Row<'t>>,
    half_permissions: Vec<Row<'t>>,
    telling_actions: Vec<Row<'t>>,
    unlisted_actions: Vec<Row<'t>>,
    half_known_services: Vec<Row<'t>>,
    renamed_services: Vec<Row<'t>>,
    freely_named_services: Vec<Row<'t>>,
    unsigned_services: Vec<Row<'t>>,
    standard_policies: Vec<Row<'t>>,
    everything_services: Vec<Row<'t>>,
    each_resource_actions: Vec<Row<'t>>,
    iam_paths: Row<'t>,
    principal_types: Row<'t>,
    record_changes: Row<'t>,
    record_types: Row<'t>,
    region_words: Row<'t>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table<'t> {
    #[serde(borrow)]
    lists: Lists<'t>,
    #[serde(rename = "pages")]
    _pages: serde::de::IgnoredAny,
}

static JSON: &str = include_str!("../../data/catalog/lists.json");

// A test reads the same text, so that this is not empty.
static LISTS: LazyLock<Lists<'static>> = LazyLock::new(|| serde_json::from_str::<Table>(JSON).unwrap_or_default().lists);

fn names(rows: &'static [Row<'static>]) -> impl Iterator<Item = &'static str> + Clone {
    rows.iter().flat_map(|row| &row.names).copied()
}

/// Whether two prefixes are those of one service, which AWS has renamed.
pub fn is_renamed(prefix: &str, other: &str) -> bool {
    LISTS.renamed_services.iter().any(|row| row.names.contains(&prefix) && row.names.contains(&other))
}

/// Whether a list has a name. Case does not count.
fn has(rows: &'static [Row<'static>], name: &str) -> bool {
    names(rows).any(|known| known.eq_ignore_ascii_case(name))
}

/// Prefixes and names of actions: each of twenty thousand is looked for in such a list.
type Actions = HashSet<(&'static str, &'static str)>;

fn actions(rows: &'static [Row<'static>]) -> Actions {
    names(rows).filter_map(|action| action.split_once(':')).collect()
}

/// Whether a read gives away data or secrets, not only how things are set up.
pub fn reads_data(action: Action) -> bool {
    static NAMES: LazyLock<Actions> = LazyLock::new(|| actions(&LISTS.data_reads));
    NAMES.contains(&(action.service().prefix(), action.name()))
}

/// Whether a write changes code, credentials, data or where traffic goes, so that whoever can do it takes over what others work with.
pub fn takes_over(action: Action) -> bool {
    static NAMES: LazyLock<Actions> = LazyLock::new(|| actions(&LISTS.takeovers));
    NAMES.contains(&(action.service().prefix(), action.name()))
}

/// Whether what a `Delete…` deletes is quickly made again and holds nothing: a dashboard, an alias, a filter.
pub fn deletes_little(action: Action) -> bool {
    static NAMES: LazyLock<Actions> = LazyLock::new(|| actions(&LISTS.small_deletes));
    NAMES.contains(&(action.service().prefix(), action.name()))
}

/// Whether what an action gives is of no use without another permission: who may decrypt must be able to read what is encrypted.
pub fn is_half(action: Action) -> bool {
    static NAMES: LazyLock<Actions> = LazyLock::new(|| actions(&LISTS.half_permissions));
    NAMES.contains(&(action.service().prefix(), action.name()))
}

/// Whether AWS's own basic policies for functions, agents and people allow an action on everything: it writes logs and metrics, makes network
/// interfaces of functions in a VPC, or a device that is of no use until it is enabled for a user.
pub fn is_basic(action: Action) -> bool {
    static NAMES: LazyLock<Actions> = LazyLock::new(|| actions(&LISTS.basic_permissions));
    NAMES.contains(&(action.service().prefix(), action.name()))
}

/// Whether an action is one by which people see at once what a permission to do nearly everything means.
pub fn is_telling(action: Action) -> bool {
    static NAMES: LazyLock<Actions> = LazyLock::new(|| actions(&LISTS.telling_actions));
    NAMES.contains(&(action.service().prefix(), action.name()))
}

/// Whether AWS's guides or managed policies allow an action, written `sns:Receive`, although its reference does not have it.
pub fn is_unlisted_action(action: &str) -> bool {
    has(&LISTS.unlisted_actions, action)
}

/// Whether AWS's guides or managed policies have a score of actions of a service that its reference lacks: what the reference does not have
/// says nothing.
pub fn is_half_known(prefix: &str) -> bool {
    has(&LISTS.half_known_services, prefix)
}

/// Whether a service's resources are called as their owner likes, so that a name without its account is anybody's.
pub fn names_freely(prefix: &str) -> bool {
    has(&LISTS.freely_named_services, prefix)
}

/// Whether a service takes requests that nobody has signed.
pub fn takes_unsigned(prefix: &str) -> bool {
    has(&LISTS.unsigned_services, prefix)
}

/// AWS's own policies for roles of services, agents and nodes, which people copy.
pub fn standard_policies() -> impl Iterator<Item = &'static str> + Clone {
    names(&LISTS.standard_policies)
}

/// Whether a service asks for `*`, and for no ARN of a whole type, where its reference has no resource for an action.
pub(super) fn asks_for_everything(prefix: &str) -> bool {
    has(&LISTS.everything_services, prefix)
}

/// Whether AWS's guide shows of an action that the conditions of a statement are tested for each resource of a request by itself.
pub(super) fn tests_each_resource(action: Action) -> bool {
    static NAMES: LazyLock<Actions> = LazyLock::new(|| actions(&LISTS.each_resource_actions));
    NAMES.contains(&(action.service().prefix(), action.name()))
}

/// What the resource part of an ARN of IAM begins with: `role/`.
pub fn iam_paths() -> &'static [&'static str] {
    &LISTS.iam_paths.names
}

/// The types of principals that a request has as `aws:PrincipalType`.
pub fn principal_types() -> &'static [&'static str] {
    &LISTS.principal_types.names
}

/// What is done to a DNS record: `UPSERT`.
pub fn record_changes() -> &'static [&'static str] {
    &LISTS.record_changes.names
}

/// Types of DNS records: `TXT`.
pub fn record_types() -> &'static [&'static str] {
    &LISTS.record_types.names
}

/// What the names of regions are made of beside a country and a number: `central`. A new region has another country or number, and words of
/// these.
pub fn region_words() -> &'static [&'static str] {
    &LISTS.region_words.names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::pages::check_pages;
    use crate::catalog::{action, managed_policy, service};

    fn all() -> [&'static [Row<'static>]; 19] {
        let lists = &*LISTS;
        [
            &lists.data_reads,
            &lists.basic_permissions,
            &lists.takeovers,
            &lists.small_deletes,
            &lists.half_permissions,
            &lists.telling_actions,
            &lists.unlisted_actions,
            &lists.half_known_services,
            &lists.renamed_services,
            &lists.freely_named_services,
            &lists.unsigned_services,
            &lists.standard_policies,
            &lists.everything_services,
            &lists.each_resource_actions,
            std::slice::from_ref(&lists.iam_paths),
            std::slice::from_ref(&lists.principal_types),
            std::slice::from_ref(&lists.record_changes),
            std::slice::from_ref(&lists.record_types),
            std::slice::from_ref(&lists.region_words),
        ]
    }

    #[test]
    fn the_table_is_read_and_every_row_has_its_pages() {
        for rows in all() {
            assert!(names(rows).next().is_some() && rows.iter().all(|row| !row.names.is_empty()), "the table is read");
            let unique: HashSet<String> = names(rows).map(str::to_ascii_lowercase).collect();
            assert_eq!(unique.len(), names(rows).count(), "a name stands in one row: {unique:?}");
        }
        check_pages(JSON, all().into_iter().flatten().map(|row| (row.names[0], row._pages.as_slice())));
    }

    #[test]
    fn actions_and_services_are_those_of_the_catalog() {
        for name in [
            &LISTS.data_reads,
            &LISTS.half_permissions,
            &LISTS.takeovers,
            &LISTS.small_deletes,
            &LISTS.basic_permissions,
            &LISTS.telling_actions,
            &LISTS.each_resource_actions,
        ]
        .into_iter()
        .flat_map(|rows| names(rows))
        {
            assert!(action(name).is_some_and(|action| action.to_string() == name), "{name}");
        }
        for name in names(&LISTS.unlisted_actions) {
            assert!(action(name).is_none(), "the reference has {name}");
        }
        assert!(names(&LISTS.standard_policies).all(|name| managed_policy(name).is_some()));
        for rows in [&LISTS.half_known_services, &LISTS.freely_named_services, &LISTS.unsigned_services, &LISTS.everything_services] {
            assert!(names(rows).all(|prefix| service(prefix).is_some()), "{:?}", names(rows).collect::<Vec<_>>());
        }
    }
}
