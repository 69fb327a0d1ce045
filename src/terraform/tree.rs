//! All modules of a run and which calls which.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::install::Installed;
use super::module::{Module, ModuleId};
use super::path::{normalise, shown};
use super::plan::Plan;
use super::root::{Given, Root, Unit, UnitId};
use crate::finding::{Problem, ProblemKind};
use crate::source::{Sources, Span};
use crate::syntax::ast::{Expr, ExprKind};

/// Where a module call's content is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallSource {
    /// A directory of the tree.
    Local(ModuleId),
    /// A local path that the tree has no module at.
    Missing(Arc<str>),
    /// A registry, git or other address.
    External(Arc<str>),
    /// Not a literal, or not there.
    Unknown,
}

/// Every module of a run.
#[derive(Debug)]
pub struct Tree {
    modules: Vec<Module>,
    by_directory: HashMap<String, ModuleId>,
    calls: Vec<Vec<(Arc<str>, CallSource)>>,
    /// What Terraform has downloaded for calls of modules from elsewhere.
    pub(super) installed: Installed,
    units: Vec<Unit>,
    pub(super) plans: Vec<(Root, Plan)>,
    /// Modules that are not roots of themselves, although nobody calls them: they were read for the sake of a plan.
    aside: HashSet<ModuleId>,
}

impl Tree {
    pub(super) fn new(modules: Vec<Module>) -> Tree {
        let by_directory = modules.iter().map(|module| (module.directory.clone(), module.id)).collect();
        Tree {
            modules,
            by_directory,
            calls: Vec::new(),
            installed: Installed::default(),
            units: Vec::new(),
            plans: Vec::new(),
            aside: HashSet::new(),
        }
    }

    /// Reads the `source` of every module call. Until then no module is known to be called.
    pub fn link(&mut self, sources: &Sources) {
        use rayon::prelude::*;
        let calls = self.modules.par_iter().map(|module| self.calls_of(module, sources)).collect();
        self.calls = calls;
    }

    /// Adds modules that were read later, and leads calls to them that led nowhere. False if a directory of theirs is in the tree.
    #[must_use]
    pub(super) fn extend(&mut self, more: Tree, sources: &Sources) -> bool {
        if more.modules.iter().any(|module| self.by_directory.contains_key(&module.directory)) {
            return false;
        }
        let first = self.modules.len();
        for mut module in more.modules {
            module.id = ModuleId(u32::try_from(self.modules.len()).unwrap_or(u32::MAX));
            self.by_directory.insert(module.directory.clone(), module.id);
            self.modules.push(module);
        }
        for (_, source) in self.calls.iter_mut().flatten() {
            if let CallSource::Missing(directory) = source
                && let Some(id) = self.by_directory.get(&**directory)
            {
                *source = CallSource::Local(*id);
            }
        }
        let calls: Vec<_> = self.modules.iter().skip(first).map(|module| self.calls_of(module, sources)).collect();
        self.calls.extend(calls);
        true
    }

    fn calls_of(&self, module: &Module, sources: &Sources) -> Vec<(Arc<str>, CallSource)> {
        let resolve = |name: &Arc<str>| {
            let source = call_source(module, name, sources);
            let resolved = match source {
                Some(path) if is_local(&path) => {
                    let directory = shown(sources, normalise(&module.directory, &path));
                    self.by_directory.get(&directory).map_or(CallSource::Missing(directory.into()), |id| CallSource::Local(*id))
                }
                Some(address) => CallSource::External(address),
                None => CallSource::Unknown,
            };
            (Arc::clone(name), resolved)
        };
        module.calls.keys().map(resolve).collect()
    }

    pub fn modules(&self) -> &[Module] {
        &self.modules
    }

    pub fn module(&self, id: ModuleId) -> Option<&Module> {
        self.modules.get(id.0 as usize)
    }

    pub fn in_directory(&self, directory: &str) -> Option<ModuleId> {
        self.by_directory.get(directory).copied()
    }

    /// The calls in a module and where each leads.
    pub fn calls(&self, id: ModuleId) -> &[(Arc<str>, CallSource)] {
        self.calls.get(id.0 as usize).map_or(&[], Vec::as_slice)
    }

    pub fn call(&self, id: ModuleId, name: &str) -> CallSource {
        self.calls(id).iter().find(|(call, _)| &**call == name).map_or(CallSource::Unknown, |(_, source)| source.clone())
    }

    /// Modules that no other module of the tree calls: each is evaluated by itself. In a ring of modules that call each other
    /// the first is taken, so that nothing is lost.
    pub fn roots(&self) -> Vec<Root> {
        // What was downloaded is judged as it is called, or not at all.
        let downloaded: Vec<bool> = self.modules.iter().map(|module| self.is_downloaded(&module.directory)).collect();
        let mut reached = downloaded.clone();
        for (_, source) in
            self.modules.iter().flat_map(|module| self.calls(module.id).iter().filter(move |call| call.1 != CallSource::Local(module.id)))
        {
            if let CallSource::Local(id) = source
                && let Some(called) = reached.get_mut(id.0 as usize)
            {
                *called = true;
            }
        }
        let by_terragrunt = self.run_by_terragrunt();
        for root in &by_terragrunt {
            if let Some(run) = reached.get_mut(root.module.index()) {
                *run = true;
            }
        }
        let mut roots: Vec<ModuleId> =
            self.modules.iter().map(|module| module.id).filter(|id| !reached.get(id.0 as usize).copied().unwrap_or(true)).collect();
        let mut covered = downloaded;
        by_terragrunt.iter().for_each(|root| self.cover(root.module, &mut covered));
        roots.iter().for_each(|root| self.cover(*root, &mut covered));
        for module in &self.modules {
            if !covered.get(module.id.0 as usize).copied().unwrap_or(true) {
                roots.push(module.id);
                self.cover(module.id, &mut covered);
            }
        }
        roots.retain(|root| !self.aside.contains(root));
        let mut roots: Vec<Root> = roots.into_iter().map(Root::of).chain(by_terragrunt).collect();
        roots.sort();
        roots.extend(self.plans.iter().map(|(root, _)| root.clone()));
        roots
    }

    /// Modules that are called, but that nobody has an instance of, since `count` or `for_each` of every call is empty as long as nobody
    /// switches it on: the outermost of them, each to be evaluated by itself.
    pub fn switched_off(&self, entered: &HashSet<ModuleId>) -> Vec<Root> {
        if !self.plans.is_empty() {
            return Vec::new();
        }
        let of_entered = entered.iter().flat_map(|module| self.called_by(*module));
        let mut off: Vec<ModuleId> = of_entered.filter(|called| !entered.contains(called)).collect();
        off.retain(|module| self.module(*module).is_some_and(|module| !self.is_downloaded(&module.directory)));
        off.sort_unstable();
        off.dedup();
        off.into_iter().map(Root::of).collect()
    }

    /// What to call a root: its directory, its unit's directory, or its plan.
    pub fn root_name(&self, root: &Root, sources: &Sources) -> String {
        let own = || self.module(root.module).map_or_else(String::new, |module| module.directory.clone());
        match &root.given {
            Given::Directory => own(),
            Given::Terragrunt(UnitId(unit)) => self.units.get(*unit as usize).map_or_else(own, |unit| unit.directory.clone()),
            Given::Plan(plan) => self.plans.get(*plan).map_or_else(own, |(_, plan)| sources.file(plan.file).path.clone()),
        }
    }

    /// Modules that units run, each with its unit.
    fn run_by_terragrunt(&self) -> Vec<Root> {
        let declares = |module: ModuleId| self.module(module).is_some_and(|module| module.declarations().next().is_some());
        let root = |(index, unit): (usize, &Unit)| {
            let module = self.in_directory(unit.module_directory()).filter(|module| declares(*module) && !self.aside.contains(module))?;
            Some(Root { module, given: Given::Terragrunt(UnitId(u32::try_from(index).ok()?)) })
        };
        self.units.iter().enumerate().filter_map(root).collect()
    }

    /// Tells which modules Terragrunt runs.
    pub fn set_units(&mut self, units: &[Unit]) {
        self.units = units.to_vec();
    }

    pub fn units(&self) -> &[Unit] {
        &self.units
    }

    pub fn unit(&self, id: UnitId) -> Option<&Unit> {
        self.units.get(id.0 as usize)
    }

    /// What gives a root its values, if that is a plan.
    pub fn plan(&self, given: &Given) -> Option<&Plan> {
        match given {
            Given::Plan(position) => self.plans.get(*position).map(|(_, plan)| plan),
            Given::Directory | Given::Terragrunt(_) => None,
        }
    }

    /// Judges a module only where something calls it.
    pub fn set_aside(&mut self, module: ModuleId) {
        self.aside.insert(module);
    }

    pub(super) fn next_id(&self) -> ModuleId {
        ModuleId(u32::try_from(self.modules.len()).unwrap_or(u32::MAX))
    }

    /// Adds a module that is of no directory.
    pub(super) fn add(&mut self, module: Module) {
        self.aside.insert(module.id);
        self.modules.push(module);
        self.calls.resize_with(self.modules.len(), Vec::new);
    }

    /// Leads a call to a module.
    pub(super) fn lead(&mut self, caller: ModuleId, name: &Arc<str>, called: ModuleId) {
        let Some(calls) = self.calls.get_mut(caller.index()) else { return };
        match calls.iter_mut().find(|(call, _)| call == name) {
            Some((_, source)) => *source = CallSource::Local(called),
            None => calls.push((Arc::clone(name), CallSource::Local(called))),
        }
    }

    fn cover(&self, from: ModuleId, covered: &mut [bool]) {
        let mut waiting = vec![from];
        while let Some(id) = waiting.pop() {
            match covered.get_mut(id.0 as usize) {
                Some(done) if !*done => *done = true,
                _ => continue,
            }
            waiting.extend(self.called_by(id));
        }
    }

    /// For each module whether it is a root, or called from one.
    pub fn reached(&self) -> Vec<bool> {
        let mut reached = vec![false; self.modules.len()];
        self.roots().into_iter().for_each(|root| self.cover(root.module, &mut reached));
        reached
    }

    /// For each module whether it is one of some, or called from one.
    pub fn called_from(&self, some: &[bool]) -> Vec<bool> {
        let mut reached = vec![false; self.modules.len()];
        let callers = self.modules.iter().filter(|module| some.get(module.id.index()).copied().unwrap_or(false));
        callers.for_each(|module| self.cover(module.id, &mut reached));
        reached
    }

    /// For each module whether `concerns` says yes to it, or to a module that it calls.
    pub fn reaching(&self, concerns: &dyn Fn(&Module) -> bool) -> Vec<bool> {
        let mut reaching: Vec<bool> = self.modules.iter().map(concerns).collect();
        let mut changed = true;
        while changed {
            changed = false;
            for module in &self.modules {
                let index = module.id.0 as usize;
                let leads = self.called_by(module.id).any(|called| reaching.get(called.index()).copied().unwrap_or(false));
                if leads
                    && let Some(entry) = reaching.get_mut(index)
                    && !*entry
                {
                    *entry = true;
                    changed = true;
                }
            }
        }
        reaching
    }

    /// Directories that local module calls name and the tree does not have, with the place of the call.
    pub fn missing(&self) -> Vec<(String, Span)> {
        self.missing_among(&|_| true)
    }

    fn missing_among(&self, wanted: &dyn Fn(ModuleId) -> bool) -> Vec<(String, Span)> {
        let mut missing = Vec::new();
        for module in self.modules.iter().filter(|module| wanted(module.id)) {
            for (name, source) in self.calls(module.id) {
                if let (CallSource::Missing(directory), Some(call)) = (source, module.calls.get(name)) {
                    missing.push((directory.to_string(), call.header()));
                }
            }
        }
        missing
    }

    /// Calls in the modules of `among` that lead to a directory without Terraform: Terraform refuses them.
    pub fn missing_problems(&self, among: &[bool]) -> Vec<Problem> {
        let problem = |(directory, span): (String, Span)| {
            Problem::new(
                ProblemKind::Terraform,
                format!("`{directory}`, which this call names, holds no module or lies outside of what is analysed"),
                span,
            )
        };
        let wanted = |module: ModuleId| among.get(module.index()).copied().unwrap_or(false);
        self.missing_among(&wanted).into_iter().map(problem).collect()
    }
}

/// `./x`, `../x`: what Terraform reads from the disk beside the caller (language/modules/sources).
fn is_local(source: &str) -> bool {
    source.starts_with("./") || source.starts_with("../") || source == "." || source == ".."
}

fn call_source(module: &Module, name: &str, sources: &Sources) -> Option<Arc<str>> {
    let declaration = module.calls.get(name)?;
    if let Some(source) = declaration.plain_argument("source", sources) {
        return Some(source);
    }
    let parsed = declaration.parse(sources)?;
    let source = literal(&parsed.block.body.attribute("source")?.value);
    declaration.release();
    source
}

fn literal(expression: &Expr) -> Option<Arc<str>> {
    match &expression.kind {
        ExprKind::String(text) => Some(text.shared()),
        ExprKind::Parenthesis(inner) => literal(inner),
        _ => None,
    }
}
