//! Subjects of a cluster's tokens that let in every service account of one namespace.

use super::subjects::Door;
use crate::policy::{Item, Statement};

/// A service account that nobody has.
const NOBODYS: &str = "z7q4w9x2";

/// Namespaces that every cluster has and that many workloads share: objects without a namespace come into `default`, and `kube-system` is for
/// the cluster's own (kubernetes.io, "Namespaces", "Initial namespaces").
pub(in crate::rules) const SHARED: [&str; 2] = ["default", "kube-system"];

/// The values that let in every service account of a namespace, with its name.
pub(in crate::rules) fn whole_namespaces<'s>(door: &Door<'s>, statement: &'s Statement) -> Vec<(&'s Item, String)> {
    let passing = statement.passing_claim(&door.issuer, "sub");
    let values = door.subjects(statement).into_iter().flat_map(|condition| &condition.values);
    let whole = values.filter_map(|value| {
        let (namespace, _) = value.pattern.literal_prefix().strip_prefix("system:serviceaccount:")?.split_once(':')?;
        let anybody = format!("system:serviceaccount:{namespace}:{NOBODYS}");
        (value.pattern.has_wildcard() && passing.value(&anybody).certainly()).then(|| (value, namespace.to_owned()))
    });
    if door.is_open(statement) { whole.collect() } else { Vec::new() }
}
