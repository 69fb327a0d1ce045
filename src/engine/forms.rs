//! Policies that may have several forms, because a condition in their source is not known: what is said of some forms only is possible,
//! and says on what it rests.

use std::collections::{BTreeMap, BTreeSet};

use super::merge::SpanKey;
use crate::estate::{Estate, FormId, PolicyId};
use crate::eval::arms::Assumption;
use crate::finding::{Confidence, Sort};
use crate::rules::Said;

/// What was said of one token, in the forms that say it.
type Key = (PolicyId, SpanKey, Sort);

/// Merges findings made on several variants of one policy, and names the conditions they depend on.
pub(super) fn weigh(said: Vec<Said>, estate: &Estate) -> Vec<Said> {
    let undecided = |said: &Said| {
        let policy = estate.form(said.form?)?.policy;
        (!policy.is_decided()).then_some(policy)
    };
    let key = |said: &Said, policy: PolicyId| (policy, SpanKey::of(said.builder.primary.span), said.builder.sort.clone());
    let mut saying: BTreeMap<Key, Vec<FormId>> = BTreeMap::new();
    let mut meanings: BTreeMap<Key, BTreeSet<String>> = BTreeMap::new();
    for (said, policy) in said.iter().filter_map(|said| Some((said, undecided(said)?))) {
        saying.entry(key(said, policy)).or_default().extend(said.form);
        meanings.entry(key(said, policy)).or_default().extend(said.mark.as_ref().map(|mark| mark.meaning.clone()));
    }
    let weighed = |mut said: Said| {
        let Some(policy) = undecided(&said) else { return Some(said) };
        // The first form to say it speaks for the others.
        let forms = saying.remove(&key(&said, policy))?;
        // A baseline knows it by what all of them say.
        let all = meanings.remove(&key(&said, policy));
        if let (Some(mark), Some(all)) = (&mut said.mark, all) {
            mark.meaning = all.into_iter().collect::<Vec<_>>().join("\n\n");
        }
        let assumed = |form: FormId| estate.form(form).map_or(&[][..], |attached| &attached.document.assumed);
        if policy.forms().all(|form| forms.contains(&form)) {
            return Some(said);
        }
        said.possible = true;
        said.builder.confidence = said.builder.confidence.min(Confidence::Medium);
        let everywhere = |assumption: &&Assumption| forms.iter().all(|form| assumed(*form).contains(assumption));
        let first = forms.first().map_or(&[][..], |first| assumed(*first));
        let rests: Vec<&Assumption> = first.iter().filter(everywhere).collect();
        let names: BTreeSet<&str> = rests.iter().map(|assumption| assumption.decision.name()).collect();
        let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
        said.builder.message.depends = Some(names);
        for Assumption { decision, taken } in rests {
            let message = format!("only if {}", decision.says(*taken));
            said.builder = said.builder.label(decision.span, message);
        }
        Some(said)
    };
    said.into_iter().filter_map(weighed).collect()
}
