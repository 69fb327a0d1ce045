//! Policies that may have several forms, because a condition in their source is not known: what is said of some forms only is possible,
//! and says on what it rests.

use std::collections::{BTreeMap, BTreeSet};

use super::merge::SpanKey;
use crate::estate::Estate;
use crate::eval::arms::Assumption;
use crate::finding::Confidence;
use crate::rules::Said;

/// What was said of one token, in the forms that say it.
type Key = (usize, SpanKey, String);

/// Keeps of what is said of several forms of one policy one, with the conditions on which it rests.
pub(super) fn weigh(said: Vec<Said>, estate: &Estate) -> Vec<Said> {
    let forms_of = |said: &Said| {
        let attached = said.policy.and_then(|position| estate.policies.get(position))?;
        (attached.forms.len() > 1).then_some(attached.forms.clone())
    };
    let key = |said: &Said, start: usize| (start, SpanKey::of(said.builder.primary.span), said.sort.clone());
    let mut saying: BTreeMap<Key, Vec<usize>> = BTreeMap::new();
    for (said, forms) in said.iter().filter_map(|said| Some((said, forms_of(said)?))) {
        saying.entry(key(said, forms.start)).or_default().extend(said.policy);
    }
    let weighed = |mut said: Said| {
        let Some(forms) = forms_of(&said) else { return Some(said) };
        // The first form to say it speaks for the others.
        let positions = saying.remove(&key(&said, forms.start))?;
        let assumed = |position: usize| estate.policies.get(position).map_or(&[][..], |attached| &attached.document.assumed);
        if forms.clone().all(|form| positions.contains(&form)) {
            return Some(said);
        }
        said.possible = true;
        said.builder.confidence = said.builder.confidence.min(Confidence::Medium);
        let everywhere = |assumption: &&Assumption| positions.iter().all(|form| assumed(*form).contains(assumption));
        let first = positions.first().map_or(&[][..], |first| assumed(*first));
        let rests: Vec<&Assumption> = first.iter().filter(everywhere).collect();
        let names: BTreeSet<&str> = rests.iter().map(|assumption| assumption.decision.name()).collect();
        let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
        said.builder.message.push_str(&match names.is_empty() {
            true => ", depending on conditions that are not known".to_owned(),
            false => format!(", depending on {}", names.join(" and ")),
        });
        for Assumption { decision, taken } in rests {
            let message = format!("only if {}", decision.says(*taken));
            said.builder = said.builder.label(decision.span, message);
        }
        Some(said)
    };
    said.into_iter().filter_map(weighed).collect()
}
