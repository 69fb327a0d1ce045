//! Calls of modules from elsewhere, and what Terraform has downloaded for them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::manifest::{Manifest, meets, same_source};
use super::module::{Module, ModuleId};
use super::root::Given;
use super::tree::{CallSource, Tree};
use crate::source::{FileId, Sources, Span};

/// Why a module is not there to be analysed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Absence {
    /// A local path without a module.
    NotThere,
    /// The root module has no list of downloaded modules, or the call is not in it.
    NotDownloaded,
    /// Another source or version of it was downloaded.
    Stale,
    /// It was downloaded, but its directory is gone or is not to be read.
    Gone,
}

impl Absence {
    /// What to say of the module's source.
    pub fn name(self) -> &'static str {
        match self {
            Absence::NotThere => "which is not in the tree",
            Absence::NotDownloaded => "which is not downloaded: `terraform init` or `terraform get` does that",
            Absence::Stale => "of which another one is downloaded: run `terraform init` again",
            Absence::Gone => "whose download is gone or cannot be read: run `terraform init` again",
        }
    }
}

/// Who calls, and what that leads to.
type Outcome = (ModuleId, Result<ModuleId, Absence>);

/// What all manifests of a run say of the calls in its tree.
#[derive(Debug, Default)]
pub(super) struct Installed {
    /// By root module and path of calls: who calls, and what.
    calls: BTreeMap<ModuleId, BTreeMap<String, Outcome>>,
    /// Modules from elsewhere that a module calls, whatever the root.
    called: BTreeMap<ModuleId, BTreeSet<ModuleId>>,
    /// Directories that calls lead to and that the tree does not have, with the place where the manifest names them.
    wanted: Vec<(String, Span)>,
    /// Directories below which lie packages, each with a slash at its end.
    packages: BTreeSet<String>,
}

impl Tree {
    /// Joins the calls of modules from elsewhere with what the manifests say of them. The tree must be linked.
    pub fn install<'m>(&mut self, manifests: impl Iterator<Item = &'m Manifest>, sources: &Sources) {
        let mut installed = Installed::default();
        for manifest in manifests {
            installed.packages.insert(format!("{}/", manifest.packages));
            let Some(root) = self.in_directory(&manifest.root) else { continue };
            for key in manifest.records.keys().filter(|key| !key.is_empty()) {
                self.install_one(root, key, manifest, sources, &mut installed);
            }
        }
        self.installed = installed;
    }

    fn install_one(&self, root: ModuleId, key: &str, manifest: &Manifest, sources: &Sources, installed: &mut Installed) {
        let (parent, name) = key.rsplit_once('.').unwrap_or(("", key));
        let caller = manifest.directory(parent).and_then(|directory| self.in_directory(directory));
        let (Some(caller), Some(record)) = (caller, manifest.records.get(key)) else { return };
        let CallSource::External(address) = self.call(caller, name) else { return };
        let version = self.module(caller).and_then(|module| module.calls.get(name)?.plain_argument("version", sources));
        let found = version.as_deref().zip(record.version.as_deref());
        let outcome = if !same_source(&address, &record.source) || found.is_some_and(|(wanted, version)| !meets(version, wanted)) {
            Err(Absence::Stale)
        } else {
            self.in_directory(&record.directory).ok_or(Absence::Gone)
        };
        match outcome {
            Ok(called) => drop(installed.called.entry(caller).or_default().insert(called)),
            Err(Absence::Gone) => installed.wanted.push((record.directory.clone(), record.span)),
            Err(_) => {}
        }
        installed.calls.entry(root).or_default().insert(key.to_owned(), (caller, outcome));
    }

    /// Where a call of a module from elsewhere leads: `path` is the path of calls from the root module, this one's name last.
    pub fn installed(&self, root: ModuleId, path: &str, caller: ModuleId) -> Result<ModuleId, Absence> {
        match self.installed.calls.get(&root).and_then(|calls| calls.get(path)) {
            Some((known, outcome)) if *known == caller => *outcome,
            Some(_) => Err(Absence::Stale),
            None => Err(Absence::NotDownloaded),
        }
    }

    /// Every module that may be at the end of a call in this one.
    pub(super) fn called_by(&self, id: ModuleId) -> impl Iterator<Item = ModuleId> {
        let local = self.calls(id).iter().filter_map(|(_, source)| match source {
            CallSource::Local(called) => Some(*called),
            _ => None,
        });
        local.chain(self.installed.called.get(&id).into_iter().flatten().copied())
    }

    /// Whether a path, as `File::path` writes it, lies inside of a downloaded module.
    pub fn is_downloaded(&self, path: &str) -> bool {
        self.installed.packages.iter().any(|packages| path.starts_with(packages.as_str()))
    }

    /// Directories of downloaded modules that are called and that the tree does not have, with the place where a manifest names them.
    pub fn not_yet_read(&self) -> &[(String, Span)] {
        &self.installed.wanted
    }

    /// Calls of modules from elsewhere that no manifest leads to, of the modules that `reached` says yes to: the source and the call.
    pub fn not_there(&self, reached: &dyn Fn(ModuleId) -> bool) -> Vec<(Arc<str>, Span)> {
        let there: BTreeSet<(ModuleId, &str)> = self
            .installed
            .calls
            .values()
            .flatten()
            .filter(|(_, (_, outcome))| outcome.is_ok())
            .map(|(path, (caller, _))| (*caller, path.rsplit_once('.').map_or(path.as_str(), |(_, name)| name)))
            .collect();
        let mut calls = Vec::new();
        for module in self.modules().iter().filter(|module| reached(module.id)) {
            for (name, source) in self.calls(module.id) {
                if let (CallSource::External(source), Some(call)) = (source, module.calls.get(name))
                    && !there.contains(&(module.id, &**name))
                {
                    calls.push((Arc::clone(source), call.header()));
                }
            }
        }
        calls
    }

    /// Directories of root modules below which something from elsewhere is called: where a manifest is worth looking for.
    pub fn calling_elsewhere(&self) -> Vec<String> {
        let external = |id: ModuleId| self.calls(id).iter().any(|(_, source)| matches!(source, CallSource::External(_)));
        if !self.modules().iter().any(|module| external(module.id)) {
            return Vec::new();
        }
        let roots: BTreeSet<ModuleId> = self.roots().into_iter().map(|root| root.module).collect();
        roots.into_iter().filter_map(|id| self.module(id)).map(|module| module.directory.clone()).collect()
    }
}

/// Files that are there twice, each with the first one of the same text: those of a module that two root modules have downloaded, at the
/// same path in its package, and those of a module that nobody calls and whose copy, file for file, somebody does.
pub fn copies(tree: &Tree, sources: &Sources) -> BTreeMap<FileId, FileId> {
    let mut first: BTreeMap<(String, Arc<str>), FileId> = BTreeMap::new();
    let mut copies = uncalled_copies(tree, sources);
    if tree.installed.packages.is_empty() {
        return copies;
    }
    for id in sources.ids() {
        let file = sources.file(id);
        let package = tree.installed.packages.iter().find_map(|packages| file.path.strip_prefix(packages.as_str()));
        let Some((_, inside)) = package.and_then(|path| path.split_once('/')) else { continue };
        let original = *first.entry((inside.to_owned(), Arc::clone(&file.text))).or_insert(id);
        copies.insert(id, original);
    }
    copies
}

fn uncalled_copies(tree: &Tree, sources: &Sources) -> BTreeMap<FileId, FileId> {
    let text_of = |module: &Module| -> Vec<(String, Arc<str>)> {
        let name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
        let files = module.files.iter().map(|id| sources.file(*id));
        files.map(|file| (name(&file.path), Arc::clone(&file.text))).collect()
    };
    let roots: BTreeSet<ModuleId> =
        tree.roots().into_iter().filter(|root| root.given == Given::Directory).map(|root| root.module).collect();
    let called = tree.modules().iter().filter(|module| !roots.contains(&module.id) && !module.files.is_empty());
    let called: HashMap<Vec<(String, Arc<str>)>, &Module> = called.map(|module| (text_of(module), module)).collect();
    // Values of its own make another module of the same text.
    let uncalled = roots.iter().filter_map(|id| tree.module(*id)).filter(|module| module.values.is_empty());
    let twins = uncalled.filter_map(|module| Some((module, called.get(&text_of(module))?)));
    twins.flat_map(|(module, twin)| module.files.iter().copied().zip(twin.files.iter().copied())).collect()
}
