//! What to call accounts that nobody has declared.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::config::Config;
use crate::engine::accounts::{AccountMap, Mapped};
use crate::source::Span;

/// A name that no other account has.
pub struct Name {
    pub name: String,
    pub from: From,
}

/// Where a name comes from.
pub enum From {
    /// The configuration or the catalog says so.
    Known,
    /// A variable, key or comment beside the number.
    Source { written: String, span: Span },
    /// The alias of a provider that works in it.
    Alias(String),
    /// The directory of a root module that deploys to it.
    Directory(String),
    /// Nothing but the number.
    Number,
}

/// A name for each account, by its number.
pub fn named(map: &AccountMap, config: &Config) -> BTreeMap<Arc<str>, Name> {
    let mut taken: BTreeSet<String> = config.accounts.iter().map(|account| account.name.to_string()).collect();
    taken.extend(config.vendors.iter().map(|vendor| vendor.name.to_string()));
    let name = |mapped: &Mapped| {
        if let Some(name) = &mapped.name {
            return (Arc::clone(&mapped.number), Name { name: name.to_string(), from: From::Known });
        }
        let (name, from) = found(mapped);
        let last = mapped.number.get(8..).unwrap_or_default();
        let name = if taken.contains(&name) { format!("{name}-{last}") } else { name };
        // Two numbers may end in the same four digits.
        let name = if taken.contains(&name) { format!("account-{}", mapped.number) } else { name };
        taken.insert(name.clone());
        (Arc::clone(&mapped.number), Name { name, from })
    };
    map.accounts.iter().map(name).collect()
}

/// The best name that source has.
fn found(mapped: &Mapped) -> (String, From) {
    if let Some(called) = mapped.called.first() {
        return (called.name.clone(), From::Source { written: called.written.clone(), span: called.span });
    }
    let aliases = mapped.places.iter().filter_map(|place| place.home.provider.rsplit_once("aws.").map(|(_, alias)| alias));
    if let Some(alias) = aliases.min() {
        let name = words(alias);
        if !name.is_empty() {
            return (name, From::Alias(alias.to_owned()));
        }
    }
    let roots: Vec<&str> = mapped.places.iter().filter(|place| place.is_default).map(|place| &*place.home.root).collect();
    if let Some(directory) = common(&roots) {
        let name = words(directory.rsplit('/').next().unwrap_or(&directory));
        if !name.is_empty() {
            return (name, From::Directory(directory));
        }
    }
    (format!("account-{}", mapped.number), From::Number)
}

/// Lower case, words joined by `-`.
fn words(text: &str) -> String {
    let lower = text.to_lowercase();
    lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-")
}

/// The directory that all of some are in.
fn common(directories: &[&str]) -> Option<String> {
    let (first, rest) = directories.split_first()?;
    let mut parts: Vec<&str> = first.split('/').collect();
    for other in rest {
        let shared = parts.iter().zip(other.split('/')).take_while(|(a, b)| *a == b).count();
        parts.truncate(shared);
    }
    let joined = parts.join("/");
    (!joined.is_empty() && !joined.starts_with("..")).then_some(joined)
}

/// The environment that a word of a name stands for.
pub fn environment(name: &str) -> Option<&'static str> {
    let known = |word: &str| match word {
        "prod" | "production" | "prd" | "live" => Some("production"),
        "stage" | "staging" | "stg" | "preprod" | "preproduction" => Some("staging"),
        "dev" | "development" => Some("development"),
        "sandbox" => Some("sandbox"),
        "test" | "testing" | "qa" | "integration" => Some("test"),
        _ => None,
    };
    let found: BTreeSet<&str> = name.split('-').filter_map(known).collect();
    // A name of two environments tells neither; nor does `non-prod`.
    let one = found.len() == 1 && !name.split('-').any(|word| word == "non" || word == "pre" || word == "not");
    one.then(|| found.into_iter().next()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_one_environment() {
        assert_eq!(environment("payments-prod"), Some("production"));
        assert_eq!(environment("non-prod"), None);
        assert_eq!(environment("dev-test"), None);
        assert_eq!(environment("product"), None);
    }

    #[test]
    fn directories_have_one_that_they_are_all_in() {
        assert_eq!(common(&["live/prod/a", "live/prod/b"]).as_deref(), Some("live/prod"));
        assert_eq!(common(&["a", "b"]), None);
        assert_eq!(common(&["../x"]), None);
        assert_eq!(words("dns_Management.eu"), "dns-management-eu");
    }
}
