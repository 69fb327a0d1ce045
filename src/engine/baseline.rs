//! Which findings a baseline knows: one entry for one instance, by rule, holder, and what the statement says.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use super::{Judgement, Settings};
use crate::finding::{BaselineUse, Known, SuppressedBy, Suppression};
use crate::rules;
use crate::source::Sources;
use crate::terraform::{ModuleId, Root, Tree, relative};

/// A baseline that has been read.
#[derive(Clone, Debug, Default)]
pub struct Baseline {
    pub known: Vec<Known>,
    /// The directory of its file, absolute where there is a disk.
    pub directory: String,
}

/// The keys under which an instance is looked for.
type Pass<'p> = &'p dyn Fn(&Known) -> Vec<Key>;

/// Notes of everything that was said what it is known as, and of what the baseline knows why it is not reported.
pub(super) fn apply(said: &mut [Judgement], tree: &Tree, sources: &Sources, settings: &Settings) -> Option<BaselineUse> {
    let baseline = settings.baseline.as_ref()?;
    let moves = Moves::of(tree, sources, baseline);
    let mut matching = Matching::new(baseline);
    let mut count = 0;
    for judgement in said.iter_mut() {
        judgement.known = Some(known_as(judgement, baseline, sources));
    }
    // The address breaks ties: who has the same one is first.
    let moved = |known: &Known| moves.keys_before(known);
    let passes: [Pass; 3] = [&|known| vec![Key::with_address(known)], &|known| vec![Key::of(known)], &moved];
    let mut taken = vec![false; said.len()];
    for keys in passes {
        for (judgement, taken) in said.iter_mut().zip(&mut taken).filter(|(_, taken)| !**taken) {
            let Some(known) = &mut judgement.known else { continue };
            let Some(reason) = keys(known).iter().find_map(|key| matching.take(key)) else { continue };
            (*taken, count) = (true, count + 1);
            known.reason.clone_from(&reason);
            let by = SuppressedBy::Baseline;
            judgement.suppressed.get_or_insert_with(|| Suppression { by, reason: reason.unwrap_or_default() });
        }
    }
    let (gone, unasked) = matching.left().into_iter().partition(|known| has_run(known, settings));
    Some(BaselineUse { known: count, gone, unasked })
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
        statement: hash(&mark.meaning),
        account: mark.account,
        reason: None,
    }
}

/// Whoever proposes a change must not find a statement of the same hash as one that is known.
fn hash(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// What two instances must have in common to be the same finding.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    rule: String,
    statement: String,
    holder: String,
    /// The account, else the root module: the same role in another account is another finding.
    place: String,
    address: Option<String>,
}

impl Key {
    fn of(known: &Known) -> Key {
        Key {
            rule: known.rule.clone(),
            statement: known.statement.clone(),
            holder: known.holder.clone(),
            place: known.account.clone().unwrap_or_else(|| known.root.clone()),
            address: None,
        }
    }

    fn with_address(known: &Known) -> Key {
        Key { address: Some(known.address.clone()), ..Key::of(known) }
    }
}

/// The entries that no finding has taken yet.
struct Matching<'b> {
    entries: Vec<(&'b Known, bool)>,
    by_key: HashMap<Key, Vec<usize>>,
}

impl<'b> Matching<'b> {
    fn new(baseline: &'b Baseline) -> Matching<'b> {
        let mut by_key: HashMap<Key, Vec<usize>> = HashMap::new();
        // Backwards, since entries are taken from the end.
        for (at, known) in baseline.known.iter().enumerate().rev() {
            by_key.entry(Key::of(known)).or_default().push(at);
            by_key.entry(Key::with_address(known)).or_default().push(at);
        }
        Matching { entries: baseline.known.iter().map(|known| (known, false)).collect(), by_key }
    }

    /// Takes an entry, and gives its reason.
    fn take(&mut self, key: &Key) -> Option<Option<String>> {
        let waiting = self.by_key.get_mut(key)?;
        while let Some(at) = waiting.pop() {
            if let Some((known, taken @ false)) = self.entries.get_mut(at) {
                *taken = true;
                return Some(known.reason.clone());
            }
        }
        None
    }

    fn left(self) -> Vec<Known> {
        self.entries.into_iter().filter(|(_, taken)| !taken).map(|(known, _)| known.clone()).collect()
    }
}

/// What was called otherwise before.
struct Moves<'t> {
    tree: &'t Tree,
    sources: &'t Sources,
    /// Root modules by the names that they have in the baseline.
    roots: HashMap<String, ModuleId>,
}

/// A chain of `moved` blocks is followed so far.
const MOST_MOVES: usize = 20;

impl<'t> Moves<'t> {
    fn of(tree: &'t Tree, sources: &'t Sources, baseline: &Baseline) -> Moves<'t> {
        let named = |root: &Root| (baseline.path(&tree.root_name(root, sources), sources), root.module);
        Moves { tree, sources, roots: tree.roots().iter().map(named).collect() }
    }

    /// Keys under which an instance may be known by an address that it had before.
    fn keys_before(&self, known: &Known) -> Vec<Key> {
        let Some(root) = self.roots.get(&known.root) else { return Vec::new() };
        // A role may move, or what carries its policy, or both.
        let addresses = std::iter::once(known.address.clone()).chain(self.addresses_before(*root, &known.address));
        let holders = self.holders_before(*root, &known.holder);
        let key = |address: &String, holder: &String| Key { holder: holder.clone(), address: Some(address.clone()), ..Key::of(known) };
        addresses.flat_map(|address| holders.iter().map(move |holder| key(&address, holder)).collect::<Vec<_>>()).collect()
    }

    /// What those who hold a policy may have been called before, all of them as many steps back.
    fn holders_before(&self, root: ModuleId, holder: &str) -> Vec<String> {
        let options = |part: &str| {
            // A name in AWS stays; an address is the last word.
            let (kind, address) = part.rsplit_once(' ').map_or(("", part), |(kind, address)| (kind, address));
            let before = if address.contains('`') { Vec::new() } else { self.addresses_before(root, address) };
            let named = before.into_iter().map(|address| if kind.is_empty() { address } else { format!("{kind} {address}") });
            std::iter::once(part.to_owned()).chain(named).collect::<Vec<_>>()
        };
        let parts: Vec<Vec<String>> = holder.split(", ").map(options).collect();
        let steps = parts.iter().map(Vec::len).max().unwrap_or(1);
        let at = |step: usize| parts.iter().filter_map(|part| part.get(step).or(part.last()).cloned()).collect::<Vec<_>>().join(", ");
        (0..steps).map(at).collect()
    }

    fn addresses_before(&self, root: ModuleId, address: &str) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        let mut waiting = vec![address.to_owned()];
        while let Some(address) = waiting.pop().filter(|_| found.len() < MOST_MOVES) {
            for before in self.tree.moved_from(root, &address, self.sources) {
                if !found.contains(&before) {
                    found.push(before.clone());
                    waiting.push(before);
                }
            }
        }
        found
    }
}
