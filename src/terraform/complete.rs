//! From files to a tree that has every module it calls, as far as those can be read.

use std::collections::BTreeMap;

use super::files::load;
use super::manifest::Manifest;
use super::root::{Unit, UnitSource};
use super::tree::Tree;
use crate::finding::Problem;
use crate::source::{FileId, Sources, Span};

/// Modules that call modules that call modules outside of what was asked for: deeper than this nobody nests them.
const MOST_ROUNDS: usize = 16;

/// A directory that something leads to and that has not been read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub directory: String,
    /// What leads there.
    pub span: Span,
    /// Whether Terraform wrote it down, and not the author of the source.
    pub downloaded: bool,
}

/// Loads and links the modules of `files`, reads what they call beside them, and so on. `data` is the name of Terraform's data directory
/// below each root module, `units` what Terragrunt
/// runs. `read` reads the Terraform files of directories.
pub fn complete(
    sources: &Sources,
    files: &mut Vec<FileId>,
    units: &[Unit],
    data: &str,
    read: &mut dyn FnMut(Vec<Wanted>) -> Vec<FileId>,
) -> (Tree, Vec<Problem>) {
    let mut manifests: BTreeMap<String, Option<Manifest>> = BTreeMap::new();
    let mut problems = Vec::new();
    let mut round = 0;
    let mut tree = load(sources, files);
    tree.link(sources);
    tree.set_units(units);
    loop {
        for root in tree.calling_elsewhere() {
            manifests.entry(root).or_insert_with_key(|root| {
                Manifest::of(root, data, sources).unwrap_or_else(|problem| {
                    problems.push(problem);
                    None
                })
            });
        }
        tree.install(manifests.values().flatten(), sources);
        round += 1;
        let new = if round <= MOST_ROUNDS { read(wanted(&tree)) } else { Vec::new() };
        if new.is_empty() {
            return (tree, problems);
        }
        files.extend(&new);
        // A few modules more are no reason to read thousands again.
        if !tree.extend(load(sources, &new), sources) {
            tree = load(sources, files);
            tree.link(sources);
            tree.set_units(units);
        }
    }
}

fn wanted(tree: &Tree) -> Vec<Wanted> {
    let called = tree.missing().into_iter().map(|(directory, span)| Wanted { directory, span, downloaded: false });
    let downloaded =
        tree.not_yet_read().iter().map(|(directory, span)| Wanted { directory: directory.clone(), span: *span, downloaded: true });
    let run = tree.units().iter().filter_map(|unit| match &unit.source {
        UnitSource::Directory { directory, span } if tree.in_directory(directory).is_none() => {
            Some(Wanted { directory: directory.clone(), span: *span, downloaded: false })
        }
        _ => None,
    });
    called.chain(downloaded).chain(run).collect()
}
