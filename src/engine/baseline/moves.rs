//! What `moved` blocks say of an address: an entry of before they were written is still known.

use std::collections::HashMap;

use super::Baseline;
use crate::finding::Known;
use crate::source::Sources;
use crate::terraform::{ModuleId, MovedBlocks, Root, Tree};

/// What was called otherwise before.
pub(super) struct Moves<'t> {
    blocks: MovedBlocks<'t>,
    /// Root modules by the names that they have in the baseline.
    roots: HashMap<String, ModuleId>,
}

/// A chain of `moved` blocks is followed so far.
const MOST_MOVES: usize = 20;

impl<'t> Moves<'t> {
    pub fn of(tree: &'t Tree, sources: &'t Sources, baseline: &Baseline) -> Moves<'t> {
        let named = |root: &Root| (baseline.path(&tree.root_name(root, sources), sources), root.module);
        Moves { blocks: MovedBlocks::of(tree, sources), roots: tree.roots().iter().map(named).collect() }
    }

    /// The addresses and holders by which an instance may be known from before it moved, its own ones included: a role may move, or what
    /// carries its policy, or both.
    pub fn names_before(&self, known: &Known) -> Vec<(String, String)> {
        let Some(root) = self.roots.get(&known.root) else { return Vec::new() };
        let addresses = std::iter::once(known.address.clone()).chain(self.addresses_before(*root, &known.address));
        let holders = self.holders_before(*root, &known.holder);
        addresses.flat_map(|address| holders.iter().map(move |holder| (address.clone(), holder.clone())).collect::<Vec<_>>()).collect()
    }

    /// A text that refers to resources, as it was before they moved.
    pub fn text_before(&self, known: &Known, text: &str) -> String {
        let Some(root) = self.roots.get(&known.root) else { return text.to_owned() };
        let moved = self.blocks.of_root(*root);
        moved.iter().fold(text.to_owned(), |text, (to, from)| text.replace(&format!("{{{to}."), &format!("{{{from}.")))
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
            for before in self.blocks.before(root, &address) {
                if !found.contains(&before) {
                    found.push(before.clone());
                    waiting.push(before);
                }
            }
        }
        found
    }
}
