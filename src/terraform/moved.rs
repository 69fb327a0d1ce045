//! What a resource was called before: `moved` blocks (Terraform, "Refactoring modules").

use super::address::end_of_part;
use super::declaration::Declaration;
use super::module::ModuleId;
use super::tree::{CallSource, Tree};
use crate::source::Sources;

impl Tree {
    /// The addresses that a resource of a root module had one step before, by the `moved` blocks of the modules that it is in, and by what
    /// Terraform does by itself: a resource that gets a `count` becomes its first instance.
    pub fn moved_from(&self, root: ModuleId, address: &str, sources: &Sources) -> Vec<String> {
        let mut found = Vec::new();
        let (mut module, mut inside) = (root, 0);
        while let Some((prefix, rest)) = address.split_at_checked(inside) {
            let moved = self.module(module).into_iter().flat_map(|module| &module.moved);
            found.extend(moved.filter_map(|block| before(rest, block, sources)).map(|before| format!("{prefix}{before}")));
            let Some((name, length)) = call(rest) else { break };
            let CallSource::Local(called) = self.call(module, name) else { break };
            (module, inside) = (called, inside + length);
        }
        found.extend(address.strip_suffix("[0]").map(str::to_owned));
        found
    }
}

/// What one block makes of an address.
fn before(address: &str, moved: &Declaration, sources: &Sources) -> Option<String> {
    let parsed = moved.parse(sources)?;
    let text = |name: &str| {
        let attribute = parsed.block.body.attribute(name)?;
        let written: String = sources.text(attribute.value.span).split_whitespace().collect();
        // In JSON syntax an address is a string.
        Some(written.trim_matches('"').to_owned()).filter(|address| !address.is_empty())
    };
    let (from, to) = (text("from")?, text("to")?);
    let rest = address.strip_prefix(&to)?;
    (rest.is_empty() || rest.starts_with(['.', '['])).then(|| format!("{from}{rest}"))
}

/// The name of the call that an address begins with, and how long that part is, its dot included.
fn call(address: &str) -> Option<(&str, usize)> {
    let inside = address.strip_prefix("module.")?;
    let name = inside.split(['.', '[']).next()?;
    end_of_part(inside).map(|end| (name, "module.".len() + end + 1))
}
