//! The kinds of policies that AWS's services and identities have: how long one may be, what it lets callers do to the resource that carries
//! it, and what else guards that resource.
//!
//! The facts are `data/catalog/policies.json`, read when they are first asked for. Which of Terraform's resources carry which of these
//! policies is not AWS's to say: `estate/carriers.rs`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// A kind of resource that has a policy of its own.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyTarget {
    /// The prefix of its service, as in its actions.
    pub service: &'static str,
    /// What people call it.
    pub noun: &'static str,
    /// Actions that do something for whoever calls them, and how one says that of it: `read objects of` a bucket. What tells or gives
    /// nothing away, such as `s3:GetBucketAcl`, is not here, nor what a service refuses to all other accounts whatever the policy says:
    /// `s3:PutBucketPolicy`, `sqs:SetQueueAttributes`, `kms:PutKeyPolicy` ("Cross-account use: No" in their API references).
    pub uses: Vec<(&'static str, &'static str)>,
    #[serde(rename = "pages")]
    _pages: Vec<&'static str>,
}

/// How long one kind of policy may be.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyQuota {
    /// In characters.
    pub most: usize,
    #[serde(default)]
    white_space: u8,
    #[serde(default)]
    adjustable: u8,
    #[serde(default)]
    together: u8,
    #[serde(borrow, rename = "pages")]
    _pages: Vec<&'static str>,
}

impl PolicyQuota {
    /// Whether white space counts as well.
    pub fn counts_white_space(&self) -> bool {
        self.white_space == 1
    }

    /// Whether AWS raises it on request.
    pub fn is_adjustable(&self) -> bool {
        self.adjustable == 1
    }

    /// Whether all policies of this kind that one identity has are counted together.
    pub fn is_for_all_together(&self) -> bool {
        self.together == 1
    }
}

/// What decides who comes to a resource whose policy is open to everybody as a rule.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Guard {
    by: &'static str,
    #[serde(rename = "pages")]
    _pages: Vec<&'static str>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[serde(borrow)]
    targets: BTreeMap<&'static str, PolicyTarget>,
    quotas: BTreeMap<&'static str, PolicyQuota>,
    guards: BTreeMap<&'static str, Guard>,
    #[serde(rename = "pages")]
    _pages: serde::de::IgnoredAny,
}

static JSON: &str = include_str!("../../data/catalog/policies.json");

// A test reads the same text, so that this is not empty.
static TABLE: LazyLock<Table> = LazyLock::new(|| serde_json::from_str(JSON).unwrap_or_default());

/// The kind of resource that the table calls so: `bucket`.
pub fn policy_target(name: &str) -> Option<&'static PolicyTarget> {
    TABLE.targets.get(name)
}

/// The kind of resource that a service has with a policy of its own; of several the first by name. Case does not count.
pub fn policy_target_of_service(prefix: &str) -> Option<&'static PolicyTarget> {
    TABLE.targets.values().find(|target| target.service.eq_ignore_ascii_case(prefix))
}

/// How long the kind of policy may be that the table calls so: `role-trust`.
pub fn policy_quota(name: &str) -> Option<&'static PolicyQuota> {
    TABLE.quotas.get(name)
}

/// What decides who comes to a kind of resource whose policy is open to everybody as a rule: `authorizers of its methods` for an `api`.
pub fn policy_guard(name: &str) -> Option<&'static str> {
    TABLE.guards.get(name).map(|guard| guard.by)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::pages::check_pages;
    use crate::catalog::{action, service};

    #[test]
    fn the_table_is_read_and_every_row_has_its_pages() {
        assert!(TABLE.targets.len() > 15 && TABLE.quotas.len() > 15 && !TABLE.guards.is_empty(), "the table is read");
        let targets = TABLE.targets.iter().map(|(name, row)| (*name, row._pages.as_slice()));
        let quotas = TABLE.quotas.iter().map(|(name, row)| (*name, row._pages.as_slice()));
        let guards = TABLE.guards.iter().map(|(name, row)| (*name, row._pages.as_slice()));
        check_pages(JSON, targets.chain(quotas).chain(guards));
    }

    #[test]
    fn every_use_is_an_action_and_every_quota_a_number() {
        for (name, target) in &TABLE.targets {
            assert!(service(target.service).is_some() && !target.uses.is_empty(), "{name}");
            assert!(target.uses.iter().all(|(used, words)| action(used).is_some() && !words.is_empty()), "{name}: {:?}", target.uses);
        }
        assert!(TABLE.quotas.values().all(|quota| quota.most >= 2_048));
        assert_eq!(policy_target_of_service("Lambda").map(|target| target.noun), Some("function"));
    }
}
