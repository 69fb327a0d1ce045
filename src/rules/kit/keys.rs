//! Condition keys that AWS does not have.

use crate::catalog;

/// A key of a service that the catalog has, or of no service at all, that it does not know.
pub fn is_unknown(key: &str) -> bool {
    let carried = catalog::key_facts(key).is_some_and(catalog::KeyFacts::is_unlisted);
    // An empty key is a variable's empty default, which somebody will fill in.
    if carried || key.is_empty() || key.contains("${") || catalog::condition_key(key).is_some() {
        return false;
    }
    match key.split_once(':') {
        None => true,
        Some((prefix, _)) if prefix.eq_ignore_ascii_case("aws") => true,
        // Claims of identity providers are their own; their issuers have dots in their names.
        Some((prefix, _)) if prefix.contains('.') => false,
        Some((prefix, _)) => catalog::service(prefix).is_some(),
    }
}
