//! The policies that AWS has in every account, for the evaluator, which does not know AWS.

use crate::catalog;
use crate::eval::ManagedPolicies;

/// Those of the catalog.
pub struct ManagedByAws;

impl ManagedPolicies for ManagedByAws {
    fn name_and_path(&self, name_or_arn: &str) -> Option<(&'static str, &'static str)> {
        let policy = catalog::managed_policy(name_or_arn)?;
        Some((policy.name(), policy.path()?))
    }

    fn document(&self, name_or_arn: &str) -> Option<&'static str> {
        catalog::managed_policy(name_or_arn)?.document()
    }
}
