//! Terragrunt: which module a `terragrunt.hcl` runs, and the values that it gives to the module's variables.
//!
//! Source: Terragrunt's documentation, "Configuration Blocks and Attributes" and "Built-in Functions"
//! (<https://terragrunt.gruntwork.io/docs/reference/>).

mod functions;
mod merge;

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;

use rayon::prelude::*;

use super::evaluator::{Evaluator, Options};
use super::scope::{Instance, Repetition, Scope};
use super::unknown::{Reason, Unknown};
use super::value::{Entry, Kind, Object, StepKind, Value};
use crate::finding::Problem;
use crate::source::{FileId, FileKind, Sources, Span};
use crate::syntax::ast::{Attribute, Block, Body, Expr, ExprKind, TemplatePart};
use crate::syntax::{hcl, tf_json};
use crate::terraform::{self, Root, Tree, Unit, UnitSource, normalise, shown};

/// Files that one unit reads: includes, and what those and its locals read. A large file counts as several.
const MOST_READS: usize = 200;
const LARGEST_READ: usize = 16 << 10;
/// `read_terragrunt_config` of files that read files, and so on.
const DEEPEST: u8 = 8;

/// Where an expression of Terragrunt's stands.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// The directory of the `terragrunt.hcl` that Terragrunt runs.
    unit: String,
    /// The directory of the file at hand: the unit's, or that of a file that it includes.
    file: String,
    /// Directories of included files, by the labels of their blocks.
    includes: Vec<(Arc<str>, String)>,
    /// What `include` stands for.
    exposed: Option<Value>,
    depth: u8,
    reads: Rc<Cell<usize>>,
    /// Which ones.
    files: Rc<RefCell<BTreeSet<FileId>>>,
    /// Evaluators so far: what their values rest on has numbers, which must not be the same.
    evaluators: Rc<Cell<u64>>,
    /// How deep the stack is already: a file that is read in the middle of an expression is evaluated on top of it.
    level: u32,
}

/// One file of Terragrunt's, parsed.
struct Config {
    body: Body,
    /// Its locals, as those of a module.
    tree: Tree,
    place: Place,
}

/// An `include` block.
struct Included {
    /// Nothing if its file is not known or not there.
    config: Option<Config>,
    label: Arc<str>,
    span: Span,
    deep: bool,
    merged: bool,
}

/// Every unit of a run, in the order of their paths.
pub fn units(sources: &Sources, files: &[FileId]) -> (Vec<Unit>, Vec<Problem>) {
    let mut own: Vec<FileId> = files.iter().copied().filter(|id| sources.file(*id).kind == FileKind::Terragrunt).collect();
    own.sort_by_cached_key(|id| sources.file(*id).path.clone());
    let read: Vec<(Unit, Vec<Problem>)> = own
        .into_par_iter()
        .map(|id| {
            let directory = sources.file(id).directory().to_owned();
            let (config, problems) = Config::read(sources, id, Place::of(&directory));
            let loaded = Loaded::of(sources, config);
            let source = loaded.source(sources);
            (Unit { file: id, directory, source }, problems)
        })
        .collect();
    let (units, problems): (Vec<Unit>, Vec<Vec<Problem>>) = read.into_iter().unzip();
    (units, problems.into_iter().flatten().collect())
}

/// The files beside a unit's own that decide what it runs, and with which values: those that it includes, and those that it and they read.
pub fn reads(sources: &Sources, unit: &Unit) -> BTreeSet<FileId> {
    let place = Place::of(&unit.directory);
    let files = Rc::clone(&place.files);
    let all = || {
        let (config, _) = Config::read(sources, unit.file, place);
        let loaded = Loaded::of(sources, config);
        loaded.source(sources);
        loaded.inputs(sources, Span::new(unit.file, 0..0));
        loaded.variable_files(sources);
    };
    // A panic here is one that the judgement of the unit tells of.
    let _ = catch_unwind(AssertUnwindSafe(all));
    files.take()
}

/// What a unit gives to the variables of its module.
#[derive(Debug)]
pub(super) struct Inputs {
    /// `inputs`, merged: an object, or unknown.
    pub inputs: Value,
    /// Values of the variable files that Terragrunt is told to pass, in order: a later one wins, and all of them over `inputs`.
    pub files: Vec<Attribute>,
}

impl Inputs {
    fn of(sources: &Sources, unit: &Unit, level: u32) -> Inputs {
        let place = Place { level, ..Place::of(&unit.directory) };
        let (config, _) = Config::read(sources, unit.file, place);
        let loaded = Loaded::of(sources, config);
        Inputs { inputs: loaded.inputs(sources, Span::new(unit.file, 0..0)), files: loaded.variable_files(sources) }
    }
}

impl Place {
    fn of(directory: &str) -> Place {
        Place {
            unit: directory.to_owned(),
            file: directory.to_owned(),
            includes: Vec::new(),
            exposed: None,
            depth: 0,
            reads: Rc::default(),
            files: Rc::default(),
            evaluators: Rc::default(),
            level: 0,
        }
    }

    /// One more file, if it may be read.
    fn read(&self, sources: &Sources, path: &str) -> Option<FileId> {
        let file =
            Some(path).filter(|_| self.depth < DEEPEST && self.reads.get() < MOST_READS).and_then(|path| sources.named(path).ok())?;
        self.reads.set(self.reads.get() + 1 + sources.file(file).text.len() / LARGEST_READ);
        self.note(file);
        (self.reads.get() <= MOST_READS).then_some(file)
    }

    /// Notes a file that was read.
    pub(super) fn note(&self, file: FileId) {
        self.files.borrow_mut().insert(file);
    }
}

impl Config {
    fn read(sources: &Sources, file: FileId, place: Place) -> (Config, Vec<Problem>) {
        let source = sources.file(file);
        let parsed = hcl::parse_file(file, &source.text);
        let tree = terraform::only_locals(sources, file);
        (Config { body: parsed.body, tree, place }, parsed.problems)
    }

    /// The file at a path as an expression gives it; nothing if it cannot be read.
    fn at(sources: &Sources, path: &str, place: &Place) -> Option<Config> {
        let file = place.read(sources, path)?;
        let directory = sources.file(file).directory().to_owned();
        let place = Place { file: directory, exposed: None, depth: place.depth + 1, ..place.clone() };
        Some(Config::read(sources, file, place).0)
    }

    fn with<T>(&self, sources: &Sources, run: impl FnOnce(&Evaluator) -> T) -> Option<T> {
        let root = Root::of(self.tree.modules().first()?.id);
        let options = Options { workspace: None, variables: Vec::new() };
        let mut evaluator = Evaluator::new(&self.tree, sources, &options, &root);
        evaluator.terragrunt = Some(self.place.clone());
        let number = self.place.evaluators.get() + 1;
        self.place.evaluators.set(number);
        evaluator.start_at(self.place.level, number << 32);
        Some(run(&evaluator))
    }

    fn value(&self, sources: &Sources, expr: &Expr) -> Value {
        self.with(sources, |evaluator| evaluator.eval_in_root(expr)).unwrap_or_else(|| Value::null(expr.span))
    }

    /// A path that an argument gives, as `File::path` writes it: relative to the file that it stands in.
    fn path(&self, sources: &Sources, expr: &Expr, directory: &str) -> Option<String> {
        let text = self.value(sources, expr).known_string()?.into_owned();
        Some(shown(sources, normalise(directory, &text)))
    }

    /// What `read_terragrunt_config` and an exposed include see: locals and inputs. Whatever else there is, source alone does not give.
    fn exposed(&self, sources: &Sources, name: &str, span: Span) -> Value {
        let object = self.with(sources, |evaluator| {
            let scope = Scope::of(evaluator.root(), &Repetition::Single);
            let mut locals = Object::default();
            for attribute in self.body.blocks("locals").flat_map(|block| &block.body.attributes) {
                let value = evaluator.eval(&local_of(attribute), &scope);
                locals.set(Entry { key: Arc::clone(&attribute.name.text), key_span: attribute.name.span, value });
            }
            let inputs = self.body.attribute("inputs").map(|inputs| evaluator.eval(&inputs.value, &scope));
            let entry = |key: &str, value: Value| Entry { key: key.into(), key_span: span, value };
            let mut object = Object { more: Some(Arc::new(known_when_run(name, span))), ..Object::default() };
            object.set(entry("locals", Value::object(locals, span)));
            object.set(entry("inputs", inputs.unwrap_or_else(|| Value::object(Object::default(), span))));
            object
        });
        Value::object(object.unwrap_or_default(), span)
    }

    fn terraform(&self) -> Option<&Block> {
        self.body.blocks("terraform").next()
    }
}

/// `local.name`
fn local_of(attribute: &Attribute) -> Expr {
    let span = attribute.name.span;
    let base = Expr { kind: ExprKind::Variable("local".into()), span };
    Expr { kind: ExprKind::Attribute(Box::new(base), attribute.name.clone()), span }
}

fn known_when_run(name: &str, span: Span) -> Unknown {
    Unknown::new(Reason::Terragrunt(name.into()), span)
}

/// A unit with the files that it includes.
struct Loaded {
    config: Config,
    /// In order: later ones override earlier ones.
    includes: Vec<Included>,
}

impl Loaded {
    fn of(sources: &Sources, mut config: Config) -> Loaded {
        let blocks: Vec<Block> = config.body.blocks("include").cloned().collect();
        let mut exposed = Object::default();
        let mut includes = Vec::new();
        for block in &blocks {
            let label = block.labels.first().map_or_else(|| "".into(), |label| Arc::clone(&label.text));
            let directory = config.place.file.clone();
            let path = block.body.attribute("path").and_then(|path| config.path(sources, &path.value, &directory));
            let found = path.and_then(|path| Config::at(sources, &path, &config.place));
            if let Some(found) = &found {
                config.place.includes.push((Arc::clone(&label), found.place.file.clone()));
            }
            let text = |name: &str| {
                let attribute = block.body.attribute(name)?;
                config.value(sources, &attribute.value).known_string().map(|text| text.into_owned())
            };
            let strategy = text("merge_strategy");
            if text("expose").as_deref() == Some("true") {
                let value = match &found {
                    Some(found) => found.exposed(sources, "include", block.span),
                    None => Value::unknown(known_when_run("include", block.span), block.span),
                };
                exposed.set(Entry { key: Arc::clone(&label), key_span: block.span, value });
            }
            let (deep, merged) = (strategy.as_deref() == Some("deep"), strategy.as_deref() != Some("no_merge"));
            includes.push(Included { config: found, label, span: block.header(), deep, merged });
        }
        config.place.exposed = match exposed.get("") {
            Some(bare) => Some(bare.clone()),
            None => Some(Value::object(exposed, Span::default())),
        };
        Loaded { config, includes }
    }

    /// Configurations that count, the winning one first.
    fn by_strength(&self) -> impl Iterator<Item = &Config> {
        let included = self.includes.iter().rev().filter(|include| include.merged).filter_map(|include| include.config.as_ref());
        std::iter::once(&self.config).chain(included)
    }

    /// The module that Terragrunt is told to run: a directory of the repository, or something from elsewhere.
    fn source(&self, sources: &Sources) -> UnitSource {
        let stated = self.by_strength().find_map(|config| Some((config, config.terraform()?.body.attribute("source")?)));
        let Some((config, attribute)) = stated else {
            let lost = self.includes.iter().any(|include| include.merged && include.config.is_none());
            return if lost { UnitSource::Elsewhere } else { UnitSource::Own };
        };
        // In a working copy the one arm of `released ? "git::…" : "../modules/x"` is at hand, and it is what the other one was released from.
        let arms = arms(&attribute.value);
        let mut local = arms.iter().filter_map(|arm| {
            let text = config.value(sources, arm).known_string()?.into_owned();
            let is_local = text.starts_with('.') || text.starts_with('/');
            is_local.then(|| shown(sources, normalise(&self.config.place.unit, &text)))
        });
        match (local.next(), local.next()) {
            (Some(directory), None) => UnitSource::Directory { directory, span: attribute.value.span },
            _ => UnitSource::Elsewhere,
        }
    }

    fn inputs(&self, sources: &Sources, span: Span) -> Value {
        let given = |config: &Config| match config.body.attribute("inputs") {
            Some(inputs) => config.value(sources, &inputs.value),
            None => Value::object(Object::default(), span),
        };
        let mut inputs = given(&self.config);
        for include in self.includes.iter().rev().filter(|include| include.merged) {
            let parent = match &include.config {
                Some(config) => given(config),
                None => {
                    let name = if include.label.is_empty() { "include".to_owned() } else { format!("include.{}", include.label) };
                    Value::unknown(known_when_run(&name, include.span), include.span)
                }
            };
            inputs = merge::merged(&parent, &inputs, include.deep);
        }
        inputs
    }

    /// `extra_arguments` with `required_var_files` and `optional_var_files`: those that are there.
    fn variable_files(&self, sources: &Sources) -> Vec<Attribute> {
        let mut values = Vec::new();
        let mut configs: Vec<&Config> = self.by_strength().collect();
        configs.reverse();
        for config in configs {
            let blocks = config.terraform().into_iter().flat_map(|terraform| terraform.body.blocks("extra_arguments"));
            for list in
                blocks.flat_map(|block| ["required_var_files", "optional_var_files"].map(|name| block.body.attribute(name))).flatten()
            {
                let Kind::List(paths) = config.value(sources, &list.value).kind else { continue };
                for path in paths.items.iter().filter_map(Value::known_string) {
                    let path = shown(sources, normalise(&self.config.place.unit, &path));
                    values.extend(variables_of(sources, &path, &config.place));
                }
            }
        }
        values
    }
}

fn variables_of(sources: &Sources, path: &str, place: &Place) -> Vec<Attribute> {
    let Some(file) = place.read(sources, path) else { return Vec::new() };
    let text = Arc::clone(&sources.file(file).text);
    if path.ends_with(".json") { tf_json::parse_variables(file, &text).0 } else { hcl::parse_file(file, &text).body.attributes }
}

/// What an expression may be worth, if a condition that is not known decides it.
fn arms(expr: &Expr) -> Vec<&Expr> {
    match &expr.kind {
        ExprKind::Conditional(parts) => {
            let [_, then, otherwise] = parts.as_ref();
            [arms(then), arms(otherwise)].concat()
        }
        ExprKind::Parenthesis(inner) => arms(inner),
        ExprKind::Template(parts) => match parts.as_slice() {
            [TemplatePart::Interpolation(only)] => arms(only),
            _ => vec![expr],
        },
        _ => vec![expr],
    }
}

impl Evaluator<'_> {
    /// What Terragrunt gives to a variable of the root module.
    pub(super) fn given_by_terragrunt(&self, unit: &Unit, name: &Arc<str>) -> Option<Value> {
        let inputs = self.inputs_of(unit);
        let beside = self.tree.in_directory(&unit.directory).and_then(|id| self.tree.module(id));
        let own = self.module(&self.root);
        // What the command line names wins over what Terraform finds, and that over the environment (language/values/variables).
        let lists = [Some(&inputs.files), beside.map(|module| &module.values), own.map(|module| &module.values)];
        let attribute = lists.into_iter().flatten().find_map(|values| values.iter().rev().find(|attribute| attribute.name.text == *name));
        let attribute = attribute.map(|attribute| {
            let value = self.eval_in_root(&attribute.value);
            value.through(StepKind::VariableValue, format!("var.{name}"), attribute.name.span)
        });
        attribute.or_else(|| self.input(&inputs.inputs, name))
    }

    fn input(&self, inputs: &Value, name: &Arc<str>) -> Option<Value> {
        let value = match &inputs.kind {
            Kind::Object(object) => match (object.entries.iter().find(|entry| entry.key == *name), &object.more) {
                (Some(entry), _) => {
                    let span = entry.key_span;
                    entry.value.clone().through(StepKind::VariableValue, format!("var.{name}"), span)
                }
                (None, Some(more)) => Value::unknown(more.computed(), inputs.span),
                (None, None) => return None,
            },
            Kind::Unknown(unknown) => Value::unknown(unknown.computed(), inputs.span),
            _ => return None,
        };
        Some(self.as_environment_has_it(value, name))
    }

    /// Terragrunt hands inputs on as TF_VAR_name, in JSON where they are no strings. Terraform takes that as it is for a variable
    /// without a type (language/values/variables, "Complex-typed Values").
    fn as_environment_has_it(&self, value: Value, name: &Arc<str>) -> Value {
        let declaration = self.module(&self.root).and_then(|module| module.variables.get(name));
        let typed = declaration.and_then(|declaration| declaration.parse(self.sources));
        let typed = typed.is_some_and(|parsed| parsed.block.body.attribute("type").is_some());
        match &value.kind {
            Kind::List(_) | Kind::Object(_) if !typed => {
                let text = super::json::render(&value);
                Value::str(text, value.span).out_of(&value.way)
            }
            _ => value,
        }
    }

    fn inputs_of(&self, unit: &Unit) -> Rc<Inputs> {
        if let Some(known) = &self.state.borrow().inputs {
            return Rc::clone(known);
        }
        let inputs = Rc::new(Inputs::of(self.sources, unit, self.level()));
        self.state.borrow_mut().inputs = Some(Rc::clone(&inputs));
        inputs
    }

    /// Where Terragrunt is told to run the root module, as a call without a name.
    pub(super) fn run_by(&self, instance: &Instance) -> Option<(Arc<str>, Span)> {
        let unit = self.unit().filter(|_| instance.call.is_none())?;
        match &unit.source {
            UnitSource::Directory { span, .. } => Some(("".into(), *span)),
            _ => None,
        }
    }

    pub(super) fn unit(&self) -> Option<&Unit> {
        match self.given {
            terraform::Given::Terragrunt(id) => self.tree.unit(*id),
            terraform::Given::Directory | terraform::Given::Plan(_) => None,
        }
    }
}
