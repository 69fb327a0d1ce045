//! The policies that AWS has in every account: for the evaluator, which does not know AWS, and for rules, which do not parse JSON.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use crate::catalog;
use crate::eval::ManagedPolicies;
use crate::policy::{Document, PolicyKind, file};

/// Documents by the names of their policies; nothing for one whose document is not known.
type Documents = HashMap<&'static str, Option<Arc<Document>>>;

/// Those that have been asked for.
static LOWERED: LazyLock<Mutex<Documents>> = LazyLock::new(Mutex::default);

/// What a policy of AWS's says, by its name or ARN; nothing if there is none, or its document is not known. It is lowered when it is first
/// asked for, and kept. Its places are none in source: not to be shown.
pub fn managed_document(name_or_arn: &str) -> Option<Arc<Document>> {
    let policy = catalog::managed_policy(name_or_arn)?;
    let mut lowered = LOWERED.lock().unwrap_or_else(PoisonError::into_inner);
    let lower = || file::detached(policy.document()?, PolicyKind::Identity, policy.name()).map(Arc::new);
    lowered.entry(policy.name()).or_insert_with(lower).clone()
}

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
