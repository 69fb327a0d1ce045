//! Modules made of a plan, for those whose source is not there.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::configured::{after_apply, name, value};
use super::read::{DEEPEST, resource_key};
use super::{Plan, References, lower};
use crate::source::{FileId, Span};
use crate::syntax::ast::{Attribute, Block, Body, Expr, ExprKind, Name};
use crate::syntax::json_part::JsonPart;
use crate::syntax::text::Text;
use crate::terraform::declaration::Piece;
use crate::terraform::module::{Header, Module, ModuleId};
use crate::terraform::tree::{CallSource, Tree};
use crate::terraform::{Given, ResourceMode, Root};

/// More calls than this no module has.
const MOST_CALLS: usize = 10_000;

/// A module as the configuration section has it.
struct Configured {
    resources: Vec<JsonPart>,
    calls: BTreeMap<Arc<str>, JsonPart>,
    outputs: Vec<(Arc<str>, JsonPart)>,
    variables: Vec<(Arc<str>, JsonPart)>,
}

impl Configured {
    fn new(module: &JsonPart) -> Configured {
        let mut configured = Configured { resources: Vec::new(), calls: BTreeMap::new(), outputs: Vec::new(), variables: Vec::new() };
        for (section, part) in module.members() {
            match &*section {
                "resources" => configured.resources = part.items().collect(),
                "module_calls" => configured.calls = part.members().take(MOST_CALLS).collect(),
                "outputs" => configured.outputs = part.members().collect(),
                "variables" => configured.variables = part.members().collect(),
                _ => {}
            }
        }
        configured
    }
}

/// How a plan and a module of source compare.
#[derive(Default)]
struct Comparison {
    declared: usize,
    undeclared: usize,
    /// The first address that the source does not declare.
    missing: Option<String>,
}

/// What became of a plan.
pub struct Adopted {
    /// The module that it was made of.
    pub source: Option<ModuleId>,
    /// A directory that has most of what the plan has, and the first thing that it does not have.
    pub unlike: Option<(String, String)>,
}

impl Tree {
    /// Takes a plan in as a root of its own: of the first of `directories` that has the source which it was made of, with modules made of the
    /// plan for calls whose source is not there; else of modules made of the plan alone.
    pub fn adopt(&mut self, plan: Plan, path: &str, directories: &[String]) -> Adopted {
        let (mut source, mut unlike) = (None, None);
        for directory in directories {
            let Some(module) = self.in_directory(directory) else { continue };
            let mut comparison = Comparison::default();
            self.compare(module, &plan.root, "", 0, &mut comparison);
            match comparison.missing {
                None if comparison.declared > 0 => {
                    source = Some(module);
                    break;
                }
                Some(missing) if comparison.declared > comparison.undeclared => unlike = unlike.or(Some((directory.clone(), missing))),
                _ => {}
            }
        }
        let module = match source {
            Some(module) => {
                self.fill(module, &plan, &plan.root, path, 0);
                module
            }
            None => self.make(&plan, &plan.root, path, 0),
        };
        let given = Given::Plan(self.plans.len());
        self.plans.push((Root { module, given }, plan));
        Adopted { source, unlike: unlike.filter(|_| source.is_none()) }
    }

    fn compare(&self, id: ModuleId, module: &JsonPart, path: &str, depth: usize, comparison: &mut Comparison) {
        let Some(source) = self.module(id) else { return };
        let configured = Configured::new(module);
        let mut count = |declared: bool, address: &dyn Fn() -> String| match declared {
            true => comparison.declared += 1,
            false => {
                comparison.undeclared += 1;
                comparison.missing.get_or_insert_with(address);
            }
        };
        for resource in &configured.resources {
            let part = |name: &str| resource.get(name).and_then(|part| part.string());
            let Some((mode, kind, label)) = resource_key(part("mode"), part("type"), part("name")) else { continue };
            let data = if mode == ResourceMode::Data { "data." } else { "" };
            count(source.resource(mode, &kind, &label).is_some(), &|| format!("{path}{data}{kind}.{label}"));
        }
        for name in configured.calls.keys() {
            count(source.calls.contains_key(name), &|| format!("{path}module.{name}"));
        }
        for (name, call) in configured.calls {
            if let (CallSource::Local(called), Some(inner)) = (self.call(id, &name), call.get("module"))
                && depth < DEEPEST
                && self.module(called).is_some_and(|module| !module.planned)
            {
                self.compare(called, &inner, &format!("{path}module.{name}."), depth + 1, comparison);
            }
        }
    }

    /// Makes modules for the calls of a module of source, and of those that it calls, that lead to none.
    fn fill(&mut self, id: ModuleId, plan: &Plan, module: &JsonPart, path: &str, depth: usize) {
        let calls = Configured::new(module).calls;
        for (name, call) in calls {
            let Some(inner) = call.get("module").filter(|_| depth < DEEPEST) else { continue };
            match self.call(id, &name) {
                CallSource::Local(called) if self.module(called).is_some_and(|module| module.planned) => {}
                CallSource::Local(called) => self.fill(called, plan, &inner, path, depth + 1),
                _ => {
                    let made = self.make(plan, &inner, path, depth + 1);
                    self.lead(id, &name, made);
                }
            }
        }
    }

    /// Makes a module of its configuration in a plan, and those that it calls.
    fn make(&mut self, plan: &Plan, part: &JsonPart, path: &str, depth: usize) -> ModuleId {
        let configured = Configured::new(part);
        let mut making = Making { module: Module::new(self.next_id(), path.to_owned()), file: plan.file };
        making.module.planned = true;
        making.module.files.push(plan.file);
        making.resources(&configured);
        making.variables_and_outputs(&configured);
        if depth == 0 {
            making.providers(plan);
        }
        let id = making.module.id;
        let mut calls = Vec::new();
        for (name, call) in &configured.calls {
            making.call(name, call);
        }
        self.add(making.module);
        for (name, call) in configured.calls {
            if let Some(inner) = call.get("module").filter(|_| depth < DEEPEST) {
                calls.push((name, self.make(plan, &inner, path, depth + 1)));
            }
        }
        calls.into_iter().for_each(|(name, made)| self.lead(id, &name, made));
        id
    }
}

struct Making {
    module: Module,
    file: FileId,
}

impl Making {
    fn declare(&mut self, kind: &str, labels: &[&Arc<str>], attributes: Vec<Attribute>, header: Span, span: Span) {
        let labels: Vec<Name> = labels.iter().map(|label| name(Arc::clone(label), header)).collect();
        let block = Block { kind: name(kind, header), labels, body: Body { attributes, blocks: Vec::new() }, span };
        self.module.declare(Header::of_block(&block), Piece::Parsed(Arc::new(block)));
    }

    /// Only what is the same for all instances: the arguments are those of each instance.
    fn resources(&mut self, configured: &Configured) {
        for resource in &configured.resources {
            let mut attributes = Vec::new();
            let (mut mode, mut kind, mut label, mut header) = (None, None, None, resource.span());
            for (member, part) in resource.members() {
                match &*member {
                    "mode" => mode = part.string(),
                    "type" => kind = part.string(),
                    "name" => label = part.string(),
                    "address" => header = part.span(),
                    "provider_config_key" => {
                        let key = Text::computed(part.string().unwrap_or_default(), part.span());
                        let value = Expr { kind: ExprKind::String(key), span: part.span() };
                        attributes.push(Attribute { name: name("provider", part.span()), value });
                    }
                    _ => attributes.extend(repetition(&member, &part)),
                }
            }
            let Some((mode, kind, label)) = resource_key(mode, kind, label) else { continue };
            let keyword = if mode == ResourceMode::Data { "data" } else { "resource" };
            self.declare(keyword, &[&kind, &label], attributes, header, resource.span());
        }
    }

    fn variables_and_outputs(&mut self, configured: &Configured) {
        for (label, variable) in &configured.variables {
            let default = variable.get("default").and_then(|default| lower::plain(self.file, &default));
            let attribute = default.map(|value| Attribute { name: name("default", value.span), value });
            self.declare("variable", &[label], attribute.into_iter().collect(), variable.span(), variable.span());
        }
        for (label, output) in &configured.outputs {
            let Some(expression) = output.get("expression") else { continue };
            let value = value(&expression, label, &format!("output.{label}"), &References::DOUBTFUL);
            let attribute = Attribute { name: name("value", expression.span()), value };
            self.declare("output", &[label], vec![attribute], output.span(), output.span());
        }
    }

    fn call(&mut self, label: &Arc<str>, call: &JsonPart) {
        let mut attributes = Vec::new();
        let mut header = call.span();
        for (member, part) in call.members() {
            match &*member {
                "source" => header = part.span(),
                "expressions" => {
                    for (argument, expression) in part.members() {
                        let value = value(&expression, &argument, &format!("module.{label}.{argument}"), &References::DOUBTFUL);
                        attributes.push(Attribute { name: name(argument, expression.span()), value });
                    }
                }
                _ => attributes.extend(repetition(&member, &part)),
            }
        }
        self.declare("module", &[label], attributes, header, call.span());
    }

    fn providers(&mut self, plan: &Plan) {
        for (key, provider) in plan.providers.iter().filter(|(key, _)| !key.contains(':')) {
            let local = key.split('.').next().unwrap_or(key).into();
            let mut attributes = Vec::new();
            for (member, part) in provider.members() {
                match &*member {
                    "alias" => {
                        attributes.extend(lower::plain(self.file, &part).map(|value| Attribute { name: name("alias", part.span()), value }))
                    }
                    "expressions" => attributes.extend(part.members().map(|(argument, expression)| {
                        let value = value(&expression, &argument, &format!("{key}.{argument}"), &References::DOUBTFUL);
                        Attribute { name: name(argument, expression.span()), value }
                    })),
                    _ => {}
                }
            }
            self.declare("provider", &[&local], attributes, provider.span(), provider.span());
        }
    }
}

/// `count` and `for_each`: that they are there is what counts, the plan has the keys.
fn repetition(member: &str, part: &JsonPart) -> Option<Attribute> {
    let argument = match member {
        "count_expression" => "count",
        "for_each_expression" => "for_each",
        _ => return None,
    };
    Some(Attribute { name: name(argument, part.span()), value: after_apply(argument, part.span()) })
}
