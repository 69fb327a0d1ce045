//! Which findings a baseline knows: one entry for one instance, by rule, holder, and what the statement says.

mod matching;
mod moves;

use std::collections::HashSet;

use self::matching::{Key, Matching};
use self::moves::Moves;
use super::{Judgement, Settings};
use crate::finding::{BaselineUse, Known, SuppressedBy, Suppression};
use crate::policy::meaning::{hash, without_account};
use crate::rules::{self, BOUNDED, Mark};
use crate::source::Sources;
use crate::terraform::{Tree, relative};

/// A baseline that has been read.
#[derive(Clone, Debug, Default)]
pub struct Baseline {
    pub known: Vec<Known>,
    /// The directory of its file, absolute where there is a disk.
    pub directory: String,
}

/// An instance that looks for its entry.
struct Instance<'j> {
    known: Known,
    /// What its rule and its statement say, of which `known` has the hash.
    mark: Option<&'j Mark>,
    possible: bool,
}

/// How an entry is looked for that may be this instance.
type Pass<'p, 'b> = &'p dyn Fn(&Instance, &mut Matching<'b>) -> Option<&'b Known>;

/// Notes of everything that was said what it is known as, and of what the baseline knows why it is not reported.
pub(super) fn apply(said: &mut [Judgement], tree: &Tree, sources: &Sources, settings: &Settings) -> Option<BaselineUse> {
    let baseline = settings.baseline.as_ref()?;
    let moves = Moves::of(tree, sources, baseline);
    let mut matching = Matching::new(baseline);
    // Address and token break ties: who has the same ones is first. What is least like an entry comes last.
    let passes: [Pass; 6] = [
        &|instance, matching| matching.take(&Key::with_token(&instance.known), |_| true),
        &|instance, matching| matching.take(&Key::with_address(&instance.known), |_| true),
        &|instance, matching| matching.take(&Key::of(&instance.known), |_| true),
        &|instance, matching| before_move(instance, &moves, matching),
        &before_account,
        &with_fewer_holders,
    ];
    let mut found: Vec<Option<&Known>> = vec![None; said.len()];
    let instances: Vec<Instance> = said.iter().map(|judgement| Instance::of(judgement, baseline, sources)).collect();
    for pass in passes {
        let waiting = said.iter().zip(&instances).zip(&mut found);
        // A comment says more than the baseline, and its entry is not needed any more.
        let waiting = waiting.filter(|((judgement, _), found)| judgement.suppressed.is_none() && found.is_none());
        waiting.for_each(|((_, instance), found)| *found = pass(instance, &mut matching));
    }
    let known: Vec<Known> = instances.into_iter().map(|instance| instance.known).collect();
    for ((judgement, known), entry) in said.iter_mut().zip(known).zip(&found) {
        let reason = entry.and_then(|entry| entry.reason.clone());
        if entry.is_some() {
            judgement.suppressed = Some(Suppression { by: SuppressedBy::Baseline, reason: reason.clone().unwrap_or_default() });
        }
        judgement.known = Some(Known { reason, ..known });
    }
    let (gone, unasked) = matching.left().into_iter().partition(|known| has_run(known, settings));
    Some(BaselineUse { known: found.iter().flatten().count(), gone, unasked })
}

/// By the addresses of before something moved.
fn before_move<'b>(instance: &Instance, moves: &Moves, matching: &mut Matching<'b>) -> Option<&'b Known> {
    let Instance { known, mark, .. } = instance;
    let said = |text: &str| moves.text_before(known, text);
    let before = Known { on: said(&known.on), ..instance.saying(&said(&mark.as_ref()?.meaning)) };
    let names = moves.names_before(known);
    let mut keys =
        [known, &before].into_iter().flat_map(|known| names.iter().map(move |(address, holder)| Key::called(known, address, holder)));
    keys.find_map(|key| matching.take(&key, |_| true))
}

/// By what was known before the configuration said which account it is. What says so in Terraform may have led elsewhere.
fn before_account<'b>(instance: &Instance, matching: &mut Matching<'b>) -> Option<&'b Known> {
    let mark = instance.mark.filter(|mark| mark.declared)?;
    let number = mark.account.as_deref()?;
    let before = instance.saying(&without_account(&mark.meaning, number));
    [&instance.known, &before].into_iter().find_map(|known| matching.take(&Key::before_account(known), |_| true))
}

/// Who held it beside these does not any more: that opens nothing. Nor does a boundary, or what else may take away what was certain.
fn with_fewer_holders<'b>(instance: &Instance, matching: &mut Matching<'b>) -> Option<&'b Known> {
    let certain = Instance { possible: false, known: instance.known.clone(), ..*instance };
    let certain = instance.mark.filter(|_| instance.possible).map(|mark| certain.saying(&mark.meaning));
    std::iter::once(&instance.known).chain(&certain).find_map(|known| of_fewer_holders(known, matching))
}

fn of_fewer_holders<'b>(known: &Known, matching: &mut Matching<'b>) -> Option<&'b Known> {
    let all = |known: &Known| known.holder.split(", ").map(str::to_owned).collect::<HashSet<_>>();
    // What nobody holds any more is known by its address.
    let left = if known.holder == known.address { HashSet::new() } else { all(known) };
    matching.take(&Key::of_any_holder(known), |entry| {
        let before = all(entry);
        left.iter().all(|holder| before.contains(holder) || holder.strip_suffix(BOUNDED).is_some_and(|holder| before.contains(holder)))
    })
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

impl<'j> Instance<'j> {
    fn of(judgement: &'j Judgement, baseline: &Baseline, sources: &Sources) -> Instance<'j> {
        let said = &judgement.said;
        let mark = said.mark.as_ref();
        // A policy in a file of its own is known by the path: no module has it.
        let (root, holder, address) = match mark.map_or("", |mark| mark.holder.as_str()) {
            "" => {
                let path = baseline.path(&sources.file(said.builder.primary.span.file).path, sources);
                (path.rsplit_once('/').map_or("", |(directory, _)| directory).to_owned(), path.clone(), path)
            }
            holder => (baseline.path(&said.root, sources), holder.to_owned(), said.address.clone()),
        };
        let known = Known {
            root,
            address,
            holder,
            rule: judgement.about.id.to_owned(),
            on: mark.map(|mark| mark.on.clone()).unwrap_or_default(),
            statement: String::new(),
            token: token(&sources.text(said.builder.primary.span)),
            account: mark.and_then(|mark| mark.account.clone()),
            reason: None,
        };
        let instance = Instance { known, mark, possible: said.possible };
        Instance { known: instance.saying(mark.map_or("", |mark| &mark.meaning)), ..instance }
    }

    /// The same with another meaning. What is only possible is not the same as what is so, which may fail a run.
    fn saying(&self, meaning: &str) -> Known {
        let statement = if self.possible { hash(&format!("possible {meaning}")) } else { hash(meaning) };
        Known { statement, ..self.known.clone() }
    }
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
