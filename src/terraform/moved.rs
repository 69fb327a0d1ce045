//! What a resource was called before: `moved` blocks (Terraform, "Refactoring modules").

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::address::end_of_part;
use super::declaration::Declaration;
use super::module::{Module, ModuleId, ResourceMode};
use super::tree::{CallSource, Tree};
use crate::source::Sources;

/// The `moved` blocks of a tree, by what they moved to.
pub struct MovedBlocks<'t> {
    tree: &'t Tree,
    sources: &'t Sources,
    known: RefCell<HashMap<ModuleId, Rc<ByTarget>>>,
}

/// What each address was called before, as the blocks of one module have it.
type ByTarget = HashMap<String, Vec<String>>;

impl<'t> MovedBlocks<'t> {
    pub fn of(tree: &'t Tree, sources: &'t Sources) -> MovedBlocks<'t> {
        MovedBlocks { tree, sources, known: RefCell::default() }
    }

    /// The addresses that a resource of a root module had one step before, by the `moved` blocks of the modules that it is in, and by what
    /// Terraform does by itself: a resource that gets a `count` becomes its first instance.
    pub fn before(&self, root: ModuleId, address: &str) -> Vec<String> {
        let mut found = Vec::new();
        let (mut module, mut inside) = (root, 0);
        while let Some((prefix, rest)) = address.split_at_checked(inside) {
            let moved = self.of_module(module);
            let targets = boundaries(rest).filter_map(|at| Some((moved.get(rest.get(..at)?)?, rest.get(at..)?)));
            found.extend(targets.flat_map(|(from, rest)| from.iter().map(move |from| format!("{prefix}{from}{rest}"))));
            let Some((name, length)) = call(rest) else { break };
            let CallSource::Local(called) = self.tree.call(module, name) else { break };
            (module, inside) = (called, inside + length);
        }
        found.extend(address.strip_suffix("[0]").map(str::to_owned));
        found
    }

    /// What the blocks of a root module itself say was moved: each address with what it was called before.
    pub fn of_root(&self, root: ModuleId) -> Vec<(String, String)> {
        let moved = self.of_module(root);
        moved.iter().flat_map(|(to, from)| from.iter().map(|from| (to.clone(), from.clone()))).collect()
    }

    fn of_module(&self, id: ModuleId) -> Rc<ByTarget> {
        if let Some(known) = self.known.borrow().get(&id) {
            return Rc::clone(known);
        }
        let mut by_target = ByTarget::new();
        if let Some(module) = self.tree.module(id) {
            let said = module.moved.iter().filter_map(|block| ends(block, self.sources));
            for (from, to) in said.filter(|(from, to)| is_move(from, to, module)) {
                by_target.entry(to).or_default().push(from);
            }
        }
        let by_target = Rc::new(by_target);
        self.known.borrow_mut().insert(id, Rc::clone(&by_target));
        by_target
    }
}

/// What a block says: from where, and to where.
fn ends(moved: &Declaration, sources: &Sources) -> Option<(String, String)> {
    let parsed = moved.parse(sources)?;
    let text = |name: &str| {
        let attribute = parsed.block.body.attribute(name)?;
        let written: String = sources.text(attribute.value.span).split_whitespace().collect();
        // In JSON syntax an address is a string.
        Some(written.trim_matches('"').to_owned()).filter(|address| !address.is_empty())
    };
    Some((text("from")?, text("to")?))
}

/// Whether Terraform moves something there: of a type to the same one, and from where nothing is declared any more.
fn is_move(from: &str, to: &str, module: &Module) -> bool {
    let is_plain = |address: &str| !address.contains(['`', ',', '\\']);
    match (resource(from), resource(to)) {
        (Some((old, name)), Some((new, _))) => {
            let is_here = !from.starts_with("module.") && !from.contains('[');
            let stays = is_here && module.resource(ResourceMode::Managed, old, name).is_some() && resource(to) != Some((old, name));
            old == new && !stays && is_plain(from)
        }
        (None, None) => is_plain(from),
        _ => false,
    }
}

/// The type and the name of the resource that an address ends in; nothing for a module's.
fn resource(address: &str) -> Option<(&str, &str)> {
    let mut rest = address;
    while let Some(inside) = rest.strip_prefix("module.") {
        rest = inside.get(end_of_part(inside)? + 1..)?;
    }
    let (kind, name) = rest.split_once('.')?;
    Some((kind, name.split('[').next().unwrap_or(name)))
}

/// Where a shorter address may end that is the beginning of this one, and where it ends itself.
fn boundaries(address: &str) -> impl Iterator<Item = usize> + '_ {
    address.char_indices().filter(|(_, character)| matches!(character, '.' | '[')).map(|(at, _)| at).chain([address.len()])
}

/// The name of the call that an address begins with, and how long that part is, its dot included.
fn call(address: &str) -> Option<(&str, usize)> {
    let inside = address.strip_prefix("module.")?;
    let name = inside.split(['.', '[']).next()?;
    end_of_part(inside).map(|end| (name, "module.".len() + end + 1))
}
