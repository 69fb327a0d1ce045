//! One module: a directory and what its files declare.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

use super::declaration::{Declaration, Parsed, Piece};
use crate::finding::{Problem, ProblemKind};
use crate::source::{FileId, Sources};
use crate::syntax::ast::{Attribute, Expr};
use crate::syntax::skim::SkimmedBlock;

/// A module of the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModuleId(pub(super) u32);

impl ModuleId {
    /// Its position among the tree's modules.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// `resource` or `data`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ResourceMode {
    Managed,
    Data,
}

type ByName = BTreeMap<Arc<str>, Declaration>;
type Locals = HashMap<Arc<str>, Local>;

/// One local value: its block and its position there.
#[derive(Clone, Debug)]
pub struct Local {
    block: Arc<Parsed>,
    position: usize,
}

impl Local {
    pub fn value(&self) -> Option<&Expr> {
        self.block.block.body.attributes.get(self.position).map(|attribute| &attribute.value)
    }
}

/// What the files of one directory declare. Maps are sorted, so that every walk over them has one order.
#[derive(Debug)]
pub struct Module {
    pub id: ModuleId,
    /// With forward slashes, empty for the current directory.
    pub directory: String,
    pub files: Vec<FileId>,
    pub variables: ByName,
    pub outputs: ByName,
    pub calls: ByName,
    pub resources: BTreeMap<(ResourceMode, Arc<str>, Arc<str>), Declaration>,
    /// `provider` blocks by local name and alias: `aws`, `aws.dns`.
    pub providers: Vec<(Arc<str>, Declaration)>,
    /// `terraform` blocks.
    pub settings: Vec<Declaration>,
    /// `moved` blocks.
    pub moved: Vec<Declaration>,
    /// `terraform.tfvars` and `*.auto.tfvars` of the directory, in the order in which Terraform loads them.
    pub values: Vec<Attribute>,
    /// The last of these files that cannot be read, and how many of `values` it may replace: those that stand before it.
    pub lost_values: Option<(usize, FileId)>,
    /// Whether a file that declares something cannot be read.
    pub unread: bool,
    pub problems: Vec<Problem>,
    /// Made of a plan because its source is not there: what its resources are told is with their instances in the plan.
    pub planned: bool,
    /// `locals` blocks: those of override files last.
    local_blocks: Vec<Declaration>,
    /// How many of them stand in files that are not override files.
    primary_locals: usize,
    locals: RwLock<Option<Arc<Locals>>>,
    /// What is wrong with the locals, found when somebody asks for one.
    local_problems: RwLock<Vec<Problem>>,
}

impl Module {
    pub(super) fn new(id: ModuleId, directory: String) -> Module {
        Module {
            id,
            directory,
            files: Vec::new(),
            variables: BTreeMap::new(),
            outputs: BTreeMap::new(),
            calls: BTreeMap::new(),
            resources: BTreeMap::new(),
            providers: Vec::new(),
            settings: Vec::new(),
            moved: Vec::new(),
            values: Vec::new(),
            lost_values: None,
            unread: false,
            problems: Vec::new(),
            planned: false,
            local_blocks: Vec::new(),
            primary_locals: 0,
            locals: RwLock::default(),
            local_problems: RwLock::default(),
        }
    }

    /// A local value.
    pub fn local(&self, name: &str, sources: &Sources) -> Option<Local> {
        self.locals(sources).get(name).cloned()
    }

    /// Whether a `locals` block or its file could not be read, so that a missing local may be in it.
    pub fn locals_incomplete(&self) -> bool {
        self.unread || self.local_blocks.iter().any(|block| block.problem().is_some())
    }

    pub fn local_blocks(&self) -> &[Declaration] {
        &self.local_blocks
    }

    fn locals(&self, sources: &Sources) -> Arc<Locals> {
        if let Some(known) = &*self.locals.read().unwrap_or_else(PoisonError::into_inner) {
            return Arc::clone(known);
        }
        let mut locals = Locals::new();
        let mut problems = Vec::new();
        for (index, declaration) in self.local_blocks.iter().enumerate() {
            let overrides = index >= self.primary_locals;
            let Some(block) = declaration.parse(sources) else { continue };
            for (position, attribute) in block.block.body.attributes.iter().enumerate() {
                let name = Arc::clone(&attribute.name.text);
                let wrong = match (overrides, locals.contains_key(&name)) {
                    (false, true) => Some(format!("local `{name}` is declared twice in this module: the first one is analysed")),
                    (true, false) if !self.locals_incomplete() => {
                        Some(format!("this override file has a local `{name}` that no other file declares"))
                    }
                    _ => None,
                };
                problems.extend(wrong.map(|message| Problem::new(ProblemKind::Terraform, message, attribute.name.span)));
                if overrides || !locals.contains_key(&name) {
                    locals.insert(name, Local { block: Arc::clone(&block), position });
                }
            }
        }
        let locals = Arc::new(locals);
        *self.local_problems.write().unwrap_or_else(PoisonError::into_inner) = problems;
        *self.locals.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&locals));
        locals
    }

    /// What is wrong with the locals, as far as somebody asked for one.
    pub fn local_problems(&self) -> Vec<Problem> {
        self.local_problems.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Drops every parsed tree of the module.
    pub fn release(&self) {
        *self.locals.write().unwrap_or_else(PoisonError::into_inner) = None;
        self.declarations().for_each(Declaration::release);
    }

    pub fn resource(&self, mode: ResourceMode, kind: &str, name: &str) -> Option<&Declaration> {
        self.resources.get(&(mode, Arc::from(kind), Arc::from(name)))
    }

    /// Every declaration, for asking which had problems.
    pub fn declarations(&self) -> impl Iterator<Item = &Declaration> {
        let named = [&self.variables, &self.outputs, &self.calls];
        named
            .into_iter()
            .flat_map(BTreeMap::values)
            .chain(self.resources.values())
            .chain(self.providers.iter().map(|(_, declaration)| declaration))
            .chain(&self.local_blocks)
            .chain(&self.settings)
            .chain(&self.moved)
    }

    /// Files one block of a primary (not override) file.
    pub(super) fn declare(&mut self, header: Header, piece: Piece) {
        let declaration = Declaration::new(piece);
        let at = declaration.header();
        let duplicate = match (header.kind.as_ref(), header.labels.as_slice()) {
            ("variable", [name]) => insert(&mut self.variables, Arc::clone(name), declaration),
            ("output", [name]) => insert(&mut self.outputs, Arc::clone(name), declaration),
            ("module", [name]) => insert(&mut self.calls, Arc::clone(name), declaration),
            ("resource", [kind, name]) => {
                insert(&mut self.resources, (ResourceMode::Managed, Arc::clone(kind), Arc::clone(name)), declaration)
            }
            ("data", [kind, name]) => insert(&mut self.resources, (ResourceMode::Data, Arc::clone(kind), Arc::clone(name)), declaration),
            ("locals", []) => {
                self.local_blocks.push(declaration);
                self.primary_locals += 1;
                false
            }
            ("provider", [name]) => {
                self.providers.push((Arc::clone(name), declaration));
                false
            }
            ("terraform", []) => {
                self.settings.push(declaration);
                false
            }
            ("moved", []) => {
                self.moved.push(declaration);
                false
            }
            ("resource" | "data" | "variable" | "output" | "module" | "provider", _) => {
                let labels = match header.labels.len() {
                    1 => "1 label".to_owned(),
                    n => format!("{n} labels"),
                };
                let message = format!("`{}` has {labels}, which Terraform rejects", header.kind);
                self.problems.push(Problem::new(ProblemKind::Terraform, message, at));
                false
            }
            // removed, import, check, ephemeral and what is yet to come hold no policies.
            _ => false,
        };
        if duplicate {
            let name = header.labels.join(".");
            let message = format!("{} `{name}` is declared twice in this module: the first one is analysed", header.kind);
            self.problems.push(Problem::new(ProblemKind::Terraform, message, at));
        }
    }

    /// Merges one block of an override file (language/files/override).
    pub(super) fn override_with(&mut self, header: Header, piece: Piece) {
        let base = match (header.kind.as_ref(), header.labels.as_slice()) {
            ("locals", []) => return self.local_blocks.push(Declaration::new(piece)),
            ("terraform", []) => return self.settings.push(Declaration::new(piece)),
            ("variable", [name]) => self.variables.get_mut(name),
            ("output", [name]) => self.outputs.get_mut(name),
            ("module", [name]) => self.calls.get_mut(name),
            ("resource", [kind, name]) => self.resources.get_mut(&(ResourceMode::Managed, Arc::clone(kind), Arc::clone(name))),
            ("data", [kind, name]) => self.resources.get_mut(&(ResourceMode::Data, Arc::clone(kind), Arc::clone(name))),
            ("provider", [_]) => return self.declare(header, piece),
            _ => None,
        };
        match base {
            Some(base) => base.add_override(piece),
            None => {
                let at = Declaration::new(piece).header();
                let message = format!("this override file has a {} `{}` that no other file declares", header.kind, header.labels.join("."));
                self.problems.push(Problem::new(ProblemKind::Terraform, message, at));
            }
        }
    }
}

/// A block's kind and labels.
pub(super) struct Header {
    pub kind: Arc<str>,
    pub labels: Vec<Arc<str>>,
}

impl Header {
    pub fn of_skimmed(block: &SkimmedBlock) -> Header {
        Header { kind: Arc::clone(&block.kind.text), labels: block.labels.iter().map(|label| Arc::clone(&label.text)).collect() }
    }

    pub fn of_block(block: &crate::syntax::ast::Block) -> Header {
        Header { kind: Arc::clone(&block.kind.text), labels: block.labels.iter().map(|label| Arc::clone(&label.text)).collect() }
    }
}

/// Keeps the first of two; true if there was one.
fn insert<K: Ord>(map: &mut BTreeMap<K, Declaration>, key: K, declaration: Declaration) -> bool {
    match map.entry(key) {
        std::collections::btree_map::Entry::Vacant(entry) => {
            entry.insert(declaration);
            false
        }
        std::collections::btree_map::Entry::Occupied(_) => true,
    }
}
