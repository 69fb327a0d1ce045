//! Which rules a list of names selects: ids, tags (`federation`), prefixes (`oidc` for `oidc-…`) and globs (`trust-*`).

use std::collections::BTreeSet;

use globset::{Glob, GlobSet, GlobSetBuilder};

use super::rule::About;
use crate::nearest::nearest;
use crate::rules::ALL;

/// Rules that a list of selectors names. Those named by their id are named exactly: whoever writes an id wants that rule, also if it is
/// pedantic, and a group is of those that run anyway.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    exact: BTreeSet<&'static str>,
    groups: BTreeSet<&'static str>,
}

impl Selection {
    /// Adds what one selector names, or says why it names nothing.
    pub fn add(&mut self, selector: &str) -> Result<(), String> {
        if let Some(about) = abouts().find(|about| about.id == selector) {
            self.exact.insert(about.id);
            return Ok(());
        }
        let group = group(selector)?;
        if group.is_empty() {
            return Err(unknown(selector));
        }
        self.groups.extend(group);
        Ok(())
    }

    pub fn is_empty(&self) -> bool {
        self.exact.is_empty() && self.groups.is_empty()
    }

    pub fn has(&self, id: &str) -> bool {
        self.exact.contains(id) || self.groups.contains(id)
    }

    /// Whether the rule is named by its id.
    pub fn has_exactly(&self, id: &str) -> bool {
        self.exact.contains(id)
    }

    /// The first rule that is named by its id here and named there as well.
    pub fn contradicts(&self, other: &Selection) -> Option<&'static str> {
        self.exact.iter().find(|id| other.has(id)).copied()
    }

    /// Whether another one leaves nothing of this.
    pub fn is_within(&self, other: &Selection) -> bool {
        self.exact.union(&self.groups).all(|id| other.has(id))
    }

    pub fn ids(&self) -> impl Iterator<Item = &'static str> {
        self.exact.union(&self.groups).copied()
    }
}

fn abouts() -> impl Iterator<Item = &'static About> {
    ALL.iter().map(|rule| rule.about())
}

/// All rules that a selector names.
pub fn select_all(selector: &str) -> Vec<&'static About> {
    let mut selection = Selection::default();
    match selection.add(selector) {
        Ok(()) => abouts().filter(|about| selection.has(about.id)).collect(),
        Err(_) => Vec::new(),
    }
}

/// The ids of the rules that a tag, a prefix or a glob names.
fn group(selector: &str) -> Result<Vec<&'static str>, String> {
    let glob = match selector.contains(['*', '?', '[', '{']) {
        true => Some(glob(selector).map_err(|error| format!("`{selector}` is not a glob: {}", error.kind()))?),
        false => None,
    };
    let is_named = |about: &&About| match &glob {
        Some(glob) => glob.is_match(about.id),
        None => about.tags.contains(&selector) || about.category.name() == selector || has_prefix(about.id, selector),
    };
    Ok(abouts().filter(is_named).map(|about| about.id).collect())
}

/// A set of one: a matcher alone panics where its expression is too large.
fn glob(text: &str) -> Result<GlobSet, globset::Error> {
    GlobSetBuilder::new().add(Glob::new(text)?).build()
}

/// Whether an id begins with whole words: `oidc-subject` of `oidc-subject-any-ref`.
fn has_prefix(id: &str, prefix: &str) -> bool {
    id.strip_prefix(prefix.trim_end_matches('-')).is_some_and(|rest| rest.starts_with('-'))
}

/// That nothing is named so, with what may be meant.
pub fn unknown(selector: &str) -> String {
    let tags = abouts().flat_map(|about| about.tags.iter().copied().chain([about.category.name()]));
    let prefixes = abouts().flat_map(|about| about.id.match_indices('-').filter_map(|(at, _)| about.id.get(..at)));
    let groups: BTreeSet<&str> = tags.chain(prefixes).collect();
    let plain = selector.trim_end_matches(['*', '-']);
    match nearest(plain, abouts().map(|about| about.id).chain(groups)) {
        Some(near) => format!("unknown rule or group `{selector}`: did you mean `{near}`? `rolelint rules` lists all rules"),
        None => format!("unknown rule or group `{selector}`; `rolelint rules` lists all rules"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(selectors: &[&str]) -> Selection {
        let mut selection = Selection::default();
        selectors.iter().for_each(|selector| selection.add(selector).unwrap());
        selection
    }

    #[test]
    fn ids_tags_prefixes_and_globs_name_rules() {
        let exact = of(&["trust-iam-user"]);
        assert!(exact.has_exactly("trust-iam-user") && !exact.has("trust-any-principal"));
        let prefix = of(&["oidc-subject"]);
        assert!(prefix.has("oidc-subject-any-ref") && !prefix.has("oidc-audience-missing") && !prefix.has_exactly("oidc-subject-any-ref"));
        assert!(of(&["federation"]).has("saml-audience-missing"), "a tag");
        assert!(of(&["correctness"]).has("invalid-arn"), "a category");
        let glob = of(&["trust-*-root"]);
        assert!(glob.has("trust-account-root") && glob.has("trust-own-account-root") && !glob.has("trust-iam-user"));
        // A tag is not a prefix of an id that only begins with the same letters.
        assert!(!of(&["trust"]).has("invalid-sid"));
    }

    #[test]
    fn what_names_nothing_is_told_with_what_is_meant() {
        let wrong = |selector: &str| Selection::default().add(selector).unwrap_err();
        assert!(wrong("trust-iam-usr").contains("did you mean `trust-iam-user`?"));
        assert!(wrong("fedration").contains("did you mean `federation`?"));
        assert!(wrong("nothing-like-it").contains("lists all rules"));
        assert!(wrong("tru*x").contains("unknown rule"));
        assert!(wrong("[").contains("is not a glob"));
        assert!(wrong(&format!("{}a{}", "{".repeat(250), "}".repeat(250))).contains("is not a glob"));
        assert!(wrong("").contains("unknown rule"));
    }

    #[test]
    fn selections_contradict_each_other_where_one_names_an_id() {
        assert_eq!(of(&["trust-iam-user"]).contradicts(&of(&["trust"])), Some("trust-iam-user"));
        assert_eq!(of(&["trust"]).contradicts(&of(&["trust-iam-user"])), None);
        assert!(of(&["trust-iam-user"]).is_within(&of(&["trust"])) && !of(&["trust"]).is_within(&of(&["trust-iam-user"])));
    }
}
