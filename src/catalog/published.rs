//! Policies that controllers, vendors and AWS's guides publish for their users to copy: `data/catalog/published-policies.json`.
//!
//! Of each are those statements that allow something on resources whatever they are called, without a condition. It is read when one of them
//! is first asked for.

use std::sync::LazyLock;

use serde::Deserialize;

/// A policy that its owner publishes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublishedPolicy {
    #[serde(rename = "id")]
    _id: String,
    /// `AWS Load Balancer Controller`
    pub owner: String,
    /// Where it is published.
    pub page: String,
    #[serde(rename = "read")]
    _read: String,
    /// Whether those who hold it are pods of Kubernetes.
    pub for_pods: bool,
    pub statements: Vec<PublishedStatement>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublishedStatement {
    /// As they are written: `elasticloadbalancing:CreateListener`.
    pub actions: Vec<String>,
    /// ARNs with `*` for region and account, in the partition `aws`; or `*`.
    pub resources: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    policies: Vec<PublishedPolicy>,
}

static JSON: &str = include_str!("../../data/catalog/published-policies.json");

// A test reads the same text, so that this is not empty.
static POLICIES: LazyLock<Vec<PublishedPolicy>> = LazyLock::new(|| serde_json::from_str::<Table>(JSON).unwrap_or_default().policies);

pub fn published_policies() -> &'static [PublishedPolicy] {
    &POLICIES
}

#[cfg(test)]
mod tests {
    use super::published_policies;
    use crate::catalog::{expand, pages::is_day};

    #[test]
    fn every_policy_has_an_owner_a_page_and_actions_that_exist() {
        let policies = published_policies();
        assert!(policies.len() > 50, "the table is read");
        assert!(policies.windows(2).all(|pair| pair[0]._id < pair[1]._id), "each once, in order");
        for policy in policies {
            let id = &policy._id;
            assert!(policy.page.starts_with("https://") && !policy.owner.is_empty() && is_day(&policy._read), "{id}");
            for statement in &policy.statements {
                assert!(statement.actions.len() > 1, "{id}: one action is nobody's own");
                assert!(statement.resources.iter().all(|resource| resource.contains('*')), "{id}: {:?}", statement.resources);
                let unknown: Vec<&String> = statement.actions.iter().filter(|action| expand(action).next().is_none()).collect();
                assert!(unknown.is_empty(), "{id}: {unknown:?}");
                // Whole services are no policy to be recognised by.
                assert!(statement.actions.iter().all(|action| !action.ends_with(":*")), "{id}");
            }
        }
    }
}
