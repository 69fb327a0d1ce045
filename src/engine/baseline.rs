//! Which findings a baseline knows: one entry for one instance, by rule, holder, and what the statement says.

mod matching;
mod moves;

use std::collections::HashSet;

use sha2::{Digest, Sha256};

use self::matching::{Key, Matching};
use self::moves::Moves;
use super::{Judgement, Settings};
use crate::finding::{BaselineUse, Category, Known, SuppressedBy, Suppression};
use crate::policy::meaning::without_account;
use crate::rules;
use crate::source::Sources;
use crate::terraform::{Tree, relative};

/// A baseline that has been read.
#[derive(Clone, Debug, Default)]
pub struct Baseline {
    pub known: Vec<Known>,
    /// The directory of its file, absolute where there is a disk.
    pub directory: String,
}

/// How an entry is looked for that may be this instance.
type Pass<'p, 'b> = &'p dyn Fn(&Known, &mut Matching<'b>) -> Option<&'b Known>;

/// Notes of everything that was said what it is known as, and of what the baseline knows why it is not reported.
pub(super) fn apply(said: &mut [Judgement], tree: &Tree, sources: &Sources, settings: &Settings) -> Option<BaselineUse> {
    let baseline = settings.baseline.as_ref()?;
    let moves = Moves::of(tree, sources, baseline);
    let mut matching = Matching::new(baseline);
    let mut count = 0;
    for judgement in said.iter_mut() {
        judgement.known = Some(known_as(judgement, baseline, sources));
    }
    // Address and token break ties: who has the same ones is first. What is least like an entry comes last.
    let passes: [Pass; 7] = [
        &|known, matching| matching.take(&Key::with_token(known), |_| true),
        &|known, matching| matching.take(&Key::with_address(known), |_| true),
        &|known, matching| matching.take(&Key::of(known), |_| true),
        &|known, matching| {
            moves.names_before(known).iter().find_map(|(address, holder)| matching.take(&Key::called(known, address, holder), |_| true))
        },
        &by_root,
        &with_fewer_holders,
        &by_token,
    ];
    // A comment says more than the baseline, and its entry is not needed any more.
    let mut taken: Vec<bool> = said.iter().map(|judgement| judgement.suppressed.is_some()).collect();
    for (as_before, pass) in [false, true].into_iter().flat_map(|as_before| passes.map(|pass| (as_before, pass))) {
        for (judgement, taken) in said.iter_mut().zip(&mut taken).filter(|(_, taken)| !**taken) {
            let before = if as_before { said_without_account(judgement) } else { None };
            let Some(known) = &mut judgement.known else { continue };
            let entry = match (before, as_before) {
                (Some(statement), _) => pass(&Known { statement, ..known.clone() }, &mut matching),
                (None, true) => None,
                (None, false) => pass(known, &mut matching),
            };
            let Some(entry) = entry else { continue };
            (*taken, count) = (true, count + 1);
            known.reason.clone_from(&entry.reason);
            let reason = entry.reason.clone().unwrap_or_default();
            judgement.suppressed = Some(Suppression { by: SuppressedBy::Baseline, reason });
        }
    }
    let (gone, unasked) = matching.left().into_iter().partition(|known| has_run(known, settings));
    Some(BaselineUse { known: count, gone, unasked })
}

/// The account has become known, or is not known any more: the root module tells them apart, as far as it can.
fn by_root<'b>(known: &Known, matching: &mut Matching<'b>) -> Option<&'b Known> {
    let without = matching.take(&Key::in_root(known, false), |_| true);
    if known.account.is_some() { without } else { without.or_else(|| matching.take(&Key::in_root(known, true), |_| true)) }
}

/// Who held it beside these does not any more: that opens nothing.
fn with_fewer_holders<'b>(known: &Known, matching: &mut Matching<'b>) -> Option<&'b Known> {
    let all = |known: &Known| known.holder.split(", ").map(str::to_owned).collect::<HashSet<_>>();
    // What nobody holds any more is known by its address.
    let left = if known.holder == known.address { HashSet::new() } else { all(known) };
    matching.take(&Key::of_any_holder(known), |entry| left.is_subset(&all(entry)))
}

/// What AWS refuses or what never works is the same mistake whatever else its statement says now. A weakness is not: what is added to the
/// statement may make it worse.
fn by_token<'b>(known: &Known, matching: &mut Matching<'b>) -> Option<&'b Known> {
    let is_refused = rules::find(&known.rule).is_some_and(|rule| rule.about().category == Category::Correctness);
    if is_refused { matching.take(&Key::of_token(known), |_| true) } else { None }
}

impl Baseline {
    /// A path, as findings show it, as seen from the directory of the file.
    fn path(&self, shown: &str, sources: &Sources) -> String {
        relative(&self.directory, &sources.absolute(shown).unwrap_or_else(|| shown.to_owned()))
    }
}

/// Whether the rule of an entry runs; one that does not exist any more finds nothing.
fn has_run(known: &Known, settings: &Settings) -> bool {
    rules::find(&known.rule).is_none_or(|rule| settings.runs(rule.about()))
}

/// What an instance is known as.
fn known_as(judgement: &Judgement, baseline: &Baseline, sources: &Sources) -> Known {
    let said = &judgement.said;
    let mark = said.mark.clone().unwrap_or_default();
    // A policy in a file of its own is known by the path: no module has it.
    let (root, holder, address) = match mark.holder.as_str() {
        "" => {
            let path = baseline.path(&sources.file(said.builder.primary.span.file).path, sources);
            (path.rsplit_once('/').map_or("", |(directory, _)| directory).to_owned(), path.clone(), path)
        }
        holder => (baseline.path(&said.root, sources), holder.to_owned(), said.address.clone()),
    };
    Known {
        root,
        address,
        holder,
        rule: judgement.about.id.to_owned(),
        statement: hash(&said_of(judgement, &mark.meaning)),
        token: token(&sources.text(said.builder.primary.span)),
        account: mark.account,
        reason: None,
    }
}

/// What is only possible is not the same as what is so, which may fail a run.
fn said_of(judgement: &Judgement, meaning: &str) -> String {
    if judgement.said.possible { format!("possible {meaning}") } else { meaning.to_owned() }
}

/// The hash of what the statement says where the account that it is in is not known.
fn said_without_account(judgement: &Judgement) -> Option<String> {
    let mark = judgement.said.mark.as_ref()?;
    let number = mark.account.as_deref().filter(|number| mark.meaning.contains(number))?;
    Some(hash(&said_of(judgement, &without_account(&mark.meaning, number))))
}

/// A longer text does not help to tell findings apart.
const LONGEST_TOKEN: usize = 80;

/// The guilty text, as one line.
fn token(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST_TOKEN) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

/// Whoever proposes a change must not find a statement of the same hash as one that is known.
fn hash(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
