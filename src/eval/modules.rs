//! Modules in use: instances, their variables and outputs, and the providers that they are given.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::constraint;
use super::conversion::convert;
use super::evaluator::{Evaluator, Input, Question};
use super::scope::{Call, Instance, InstanceId, Key, Node, Provider, Repetition, Scope, Target};
use super::types::Type;
use super::unknown::{Reason, Unknown};
use super::value::{Entry, Kind, Lazy, Object, StepKind, Value};
use crate::finding::ProblemKind;
use crate::source::{FileId, Span};
use crate::syntax::ast::{Block, Expr, ExprKind, ObjectItem};
use crate::syntax::hcl;
use crate::syntax::text::Text;
use crate::terraform::{Absence, CallSource, Given, ModuleId};

/// More instances of modules than this below one root module are not analysed.
const MOST_MODULES: usize = 20_000;

pub(super) fn root_instance(module: ModuleId) -> Rc<Instance> {
    let id = InstanceId(0);
    Rc::new(Instance { id, module, address: "".into(), call: None, providers: BTreeMap::new(), assumed: Vec::new() })
}

impl Evaluator<'_> {
    /// The value of an input variable in one module instance.
    pub(super) fn variable(&self, instance: &Rc<Instance>, name: &Arc<str>, span: Span) -> Value {
        let shown = format!("var.{name}");
        let question = Question::Variable(instance.id, Arc::clone(name));
        self.once(question, &shown, span, || self.variable_now(instance, name, span))
    }

    fn variable_now(&self, instance: &Rc<Instance>, name: &Arc<str>, span: Span) -> Value {
        let shown: Arc<str> = format!("var.{name}").into();
        let Some(declaration) = self.module(instance).and_then(|module| module.variables.get(name)) else {
            return Value::unknown(Unknown::new(Reason::Undeclared(shown), span), span);
        };
        let Some(parsed) = declaration.parse(self.sources) else {
            return Value::unknown(Unknown::new(Reason::NotParsed(shown), span), span);
        };
        let body = &parsed.block.body;
        let scope = Scope::of(instance, &Repetition::Single);
        let declared = body.attribute("type").map(|attribute| constraint::parse(&attribute.value, &|expr| self.eval(expr, &scope)));
        let nullable = body.attribute("nullable").and_then(|attribute| self.eval(&attribute.value, &scope).known_bool()) != Some(false);
        let default = body.attribute("default").map(|attribute| {
            let value = self.eval(&attribute.value, &scope);
            value.through(StepKind::VariableDefault, Arc::clone(&shown), declaration.header())
        });
        let given = self.given(instance, name, declared.as_ref());
        let value = match (given, default) {
            (Some(given), Some(default)) if given.is_null() && !nullable => default,
            (Some(given), _) => given,
            (None, Some(default)) => default,
            (None, None) => self.without_value(instance, name, declared.as_ref(), declaration.header()),
        };
        let sensitive = body.attribute("sensitive").is_some_and(|attribute| self.eval(&attribute.value, &scope).known_bool() == Some(true));
        self.charge(u64::from(value.size.weight));
        let member_of = |lazy, name: &str| self.member_of(lazy, name, value.span);
        let converted = convert(value.clone(), &declared.unwrap_or(Type::Any), Some(&member_of));
        Value { sensitive: sensitive || converted.sensitive, ..converted }
    }

    /// A variable that has neither value nor default.
    fn without_value(&self, instance: &Instance, name: &Arc<str>, declared: Option<&Type>, at: Span) -> Value {
        let key = format!("{}:var.{name}", self.symbol_scope(instance));
        let mut unknown = Unknown::symbolic(Reason::Variable(Arc::clone(name)), at, key, false);
        if let Some(symbol) = &mut unknown.symbol {
            symbol.text = matches!(declared, Some(Type::String | Type::Number | Type::Bool));
        }
        Value::unknown(unknown, at)
    }

    /// What makes a symbol of this module instance unlike the same name elsewhere.
    pub(super) fn symbol_scope(&self, instance: &Instance) -> String {
        format!("{}/{}", self.root_directory(), instance.address)
    }

    /// The value that the caller, the command line or a tfvars file gives.
    fn given(&self, instance: &Instance, name: &Arc<str>, declared: Option<&Type>) -> Option<Value> {
        let Some(call) = &instance.call else { return self.given_to_root(name, declared) };
        let declaration = self.module(&call.parent)?.calls.get(&call.name)?;
        let parsed = declaration.parse(self.sources)?;
        let argument = parsed.block.body.attribute(name)?;
        let value = self.eval(&argument.value, &Scope::of(&call.parent, &call.repetition));
        Some(value.through(StepKind::ModuleArgument, format!("module.{}", call.name), argument.name.span))
    }

    fn given_to_root(&self, name: &Arc<str>, declared: Option<&Type>) -> Option<Value> {
        let shown = format!("var.{name}");
        if let Some((_, input)) = self.options.variables.iter().rev().find(|(given, _)| given == name) {
            let value = match input {
                Input::Value(value) => value.clone(),
                Input::Text(file) => self.text_input(*file, declared),
            };
            let span = value.span;
            return Some(value.through(StepKind::VariableValue, shown, span));
        }
        let module = match self.given {
            Given::Directory => self.module(&self.root)?,
            Given::Terragrunt(id) => return self.given_by_terragrunt(self.tree.unit(*id)?, name),
            Given::Plan(_) => return self.planned_variable(name),
        };
        let position = module.values.iter().rposition(|attribute| attribute.name.text == *name);
        if let Some((_, file)) = module.lost_values.filter(|(replaced, _)| position.is_none_or(|at| at < *replaced)) {
            let source = self.sources.file(file);
            let reason = Reason::File { path: source.path.as_str().into(), error: source.unread.clone().unwrap_or_default() };
            let span = Span::new(file, 0..0);
            return Some(Value::unknown(Unknown::new(reason, span), span));
        }
        let attribute = module.values.get(position?)?;
        let value = self.eval_in_root(&attribute.value);
        Some(value.through(StepKind::VariableValue, shown, attribute.name.span))
    }

    /// Text of the command line is the string itself for a variable of a primitive type or none, else an expression
    /// (cli/commands/plan, "Input Variables on the Command Line").
    fn text_input(&self, id: FileId, declared: Option<&Type>) -> Value {
        let file = self.sources.file(id);
        let span = Span::new(id, 0..file.text.len());
        if declared.is_none_or(Type::is_primitive) {
            return Value::text(Text::verbatim(Arc::clone(&file.text), span, 0));
        }
        let value = match hcl::parse_expression(id, &file.text) {
            Ok(parsed) => super::constant(&parsed.tree, self.sources),
            Err(problem) => Value::unknown(Unknown::failed(problem.message, span), span),
        };
        // Terraform refuses it; unknown, it would only make findings go away.
        if value.first_unknown().is_some() {
            let message = format!("`{}` is not a value of the variable's type", file.text);
            self.problem(ProblemKind::Config, message, span);
        }
        value
    }

    /// An output of a module instance.
    pub(super) fn output(&self, instance: &Rc<Instance>, name: &str, span: Span) -> Value {
        let shown: Arc<str> = instance.address_of(name).into();
        let Some(declaration) = self.module(instance).and_then(|module| module.outputs.get(name)) else {
            return Value::unknown(Unknown::new(Reason::Undeclared(shown), span), span);
        };
        let Some(parsed) = declaration.parse(self.sources) else {
            return Value::unknown(Unknown::new(Reason::NotParsed(shown), span), span);
        };
        let Some(value) = parsed.block.body.attribute("value") else { return Value::null(span) };
        let question = Question::Output(instance.id, name.into());
        let value = self.once(question, &shown, span, || self.eval(&value.value, &Scope::of(instance, &Repetition::Single)));
        value.through(StepKind::ModuleOutput, shown, span)
    }

    /// An attribute of a resource or an output of a module call; nothing if there is no such output.
    fn member_of(&self, lazy: Lazy, name: &str, span: Span) -> Option<Value> {
        let node = self.node(lazy)?;
        if let Target::Call(call) = &node.target {
            let instance = self.called_instance(&node, call)?;
            self.module(&instance)?.outputs.get(name)?;
        }
        Some(self.lazy_attribute(lazy, name, span))
    }

    /// A module call as the object of its outputs, where all of them are asked for; any other value as it is.
    pub(super) fn opened(&self, value: &Value) -> Value {
        let Kind::Lazy(lazy) = value.kind else { return value.clone() };
        let Some(node) = self.node(lazy).filter(|_| !lazy.any) else { return value.clone() };
        let Target::Call(call) = &node.target else { return value.clone() };
        let Some(module) = self.called_instance(&node, call).and_then(|instance| self.module(&instance)) else { return value.clone() };
        let mut object = Object::default();
        for (name, declaration) in &module.outputs {
            let output = self.lazy_attribute(lazy, name, value.span);
            object.entries.push(Entry { key: Arc::clone(name), key_span: declaration.header(), value: output });
        }
        self.charge(object.entries.len() as u64);
        Value::object(object, value.span).out_of(&value.way)
    }

    /// What `module.name` stands for.
    pub(super) fn module_call(&self, instance: &Rc<Instance>, name: &Arc<str>, span: Span) -> Value {
        let shown: Arc<str> = instance.address_of(&format!("module.{name}")).into();
        let unknown = |reason| Value::unknown(Unknown::new(reason, span), span);
        let Some(declaration) = self.module(instance).and_then(|module| module.calls.get(name)) else {
            return unknown(Reason::Undeclared(shown));
        };
        let Some(parsed) = declaration.parse(self.sources) else { return unknown(Reason::NotParsed(shown)) };
        match self.call_source(instance, name) {
            CallSource::Local(_) => {
                let target = Target::Call(Arc::clone(name));
                let expansion = self.expansion(instance, &target, &parsed.block);
                self.expanded_value(instance, &target, &expansion, span)
            }
            found @ (CallSource::External(_) | CallSource::Missing(_)) => {
                let (source, absence) = self.absence(instance, name, found);
                let key = format!("{}:module.{name}", self.symbol_scope(instance));
                let address = format!("module.{name}").into();
                Value::unknown(Unknown::symbolic(Reason::ExternalModule { address, source, absence }, span, key, false), span)
            }
            CallSource::Unknown => unknown(Reason::ExternalModule { address: shown, source: "?".into(), absence: Absence::NotThere }),
        }
    }

    /// Where a call leads from this instance: what Terraform has downloaded for one root module it may not have for another.
    pub(super) fn call_source(&self, instance: &Instance, name: &str) -> CallSource {
        self.leads(instance, name, &self.tree.call(instance.module, name))
    }

    /// As `call_source`, of a call whose source is at hand.
    pub(super) fn leads(&self, instance: &Instance, name: &str, source: &CallSource) -> CallSource {
        match source {
            CallSource::External(_) => {
                let installed = self.tree.installed(self.root.module, &path_of(instance, name), instance.module);
                installed.map_or_else(|_| source.clone(), CallSource::Local)
            }
            _ => source.clone(),
        }
    }

    pub(super) fn absence(&self, instance: &Instance, name: &str, source: CallSource) -> (Arc<str>, Absence) {
        match source {
            CallSource::External(source) => {
                let installed = self.tree.installed(self.root.module, &path_of(instance, name), instance.module);
                (source, installed.err().unwrap_or(Absence::NotDownloaded))
            }
            // A directory is told from an address as Terraform tells them.
            CallSource::Missing(directory) if !directory.starts_with("../") => (format!("./{directory}").into(), Absence::NotThere),
            CallSource::Missing(directory) => (directory, Absence::NotThere),
            _ => ("?".into(), Absence::NotThere),
        }
    }

    /// The module instance that one call with one key makes. Nothing for a module that calls itself.
    pub(super) fn child(&self, parent: &Rc<Instance>, name: &Arc<str>, key: &Key, repetition: &Repetition) -> Option<Rc<Instance>> {
        let node = Node { instance: parent.id, target: Target::Call(Arc::clone(name)), key: key.clone() };
        if let Some(known) = self.state.borrow().children.get(&node) {
            return known.clone();
        }
        let child = self.make_child(parent, name, key, repetition);
        self.state.borrow_mut().children.insert(node, child.clone());
        child
    }

    fn make_child(&self, parent: &Rc<Instance>, name: &Arc<str>, key: &Key, repetition: &Repetition) -> Option<Rc<Instance>> {
        let CallSource::Local(module) = self.call_source(parent, name) else { return None };
        let declaration = self.module(parent)?.calls.get(name)?;
        let span = declaration.header();
        let mut at = Some(parent);
        while let Some(ancestor) = at {
            if ancestor.module == module {
                let message = format!("`module.{name}` leads back to the module that calls it, so it is not analysed");
                self.problem(ProblemKind::Terraform, message, span);
                return None;
            }
            at = ancestor.call.as_ref().map(|call| &call.parent);
        }
        let parsed = declaration.parse(self.sources)?;
        let block = &parsed.block;
        if self.state.borrow().instances.len() >= MOST_MODULES {
            self.problem(
                ProblemKind::Limit,
                format!("more than {MOST_MODULES} modules are called from one root; the others are not analysed"),
                span,
            );
            return None;
        }
        let id = InstanceId(u32::try_from(self.state.borrow().instances.len()).unwrap_or(u32::MAX));
        let call = Call { parent: Rc::clone(parent), name: Arc::clone(name), repetition: repetition.clone(), span };
        let address = parent.address_of(&format!("module.{name}{key}")).into();
        let expansion = self.expansion(parent, &Target::Call(Arc::clone(name)), block);
        let assumed = parent.assumed.iter().cloned().chain(expansion.implied(key)).collect();
        let providers = self.child_providers(&Scope::of(parent, repetition), block, module, id);
        let child = Rc::new(Instance { id, module, address, call: Some(call), providers, assumed });
        self.state.borrow_mut().instances.push(Rc::clone(&child));
        Some(child)
    }

    /// Which provider configurations a child module gets: `providers = { aws = aws.dns }`, else the parent's default ones, else
    /// its own blocks (language/modules/develop/providers).
    fn child_providers(&self, caller: &Scope, block: &Block, module: ModuleId, id: InstanceId) -> BTreeMap<Arc<str>, Provider> {
        let mut providers = BTreeMap::new();
        for (name, declaration) in self.tree.module(module).into_iter().flat_map(|module| &module.providers) {
            let aliased = declaration.parse(self.sources).is_some_and(|parsed| parsed.block.body.attribute("alias").is_some());
            if !aliased {
                providers.insert(Arc::clone(name), Provider { instance: id, name: Arc::clone(name) });
            }
        }
        let given = block.body.attribute("providers").map(|attribute| &attribute.value.kind);
        if let Some(ExprKind::Object(items)) = given {
            for ObjectItem { key, value, .. } in items {
                if let (Some(inner), Some(outer)) = (provider_name(key), self.provider_reference(value, caller)) {
                    providers.insert(inner, resolve_provider(caller.instance, &outer));
                }
            }
        }
        providers
    }

    /// The instance that a lazy module call stands for.
    pub(super) fn called_instance(&self, node: &Node, name: &Arc<str>) -> Option<Rc<Instance>> {
        let parent = self.instance(node.instance);
        let declaration = self.module(&parent)?.calls.get(name)?;
        let parsed = declaration.parse(self.sources)?;
        let block = &parsed.block;
        let expansion = self.expansion(&parent, &node.target, block);
        self.child(&parent, name, &node.key, expansion.repetition(&node.key)?)
    }
}

/// The names of the calls that lead to a call, from the root module on: `vpc.sub`.
fn path_of(instance: &Instance, name: &str) -> String {
    let mut path = name.to_owned();
    let mut at = instance.call.as_ref();
    while let Some(call) = at {
        path = format!("{}.{path}", call.name);
        at = call.parent.call.as_ref();
    }
    path
}

/// `aws` or `aws.dns`, of an expression that is never evaluated.
pub(super) fn provider_name(expr: &Expr) -> Option<Arc<str>> {
    match &expr.kind {
        ExprKind::Variable(name) => Some(Arc::clone(name)),
        ExprKind::String(text) => Some(text.shared()),
        ExprKind::Attribute(base, alias) => match &base.kind {
            ExprKind::Variable(name) => Some(format!("{name}.{}", alias.text).into()),
            _ => None,
        },
        ExprKind::Parenthesis(inner) => provider_name(inner),
        _ => None,
    }
}

/// The configuration that a provider name of a module stands for. A default one (without alias) is the caller's unless the call or the module
/// itself says otherwise.
pub(super) fn resolve_provider(instance: &Instance, name: &Arc<str>) -> Provider {
    match (instance.providers.get(name), &instance.call) {
        (Some(provider), _) => provider.clone(),
        (None, Some(call)) if !name.contains('.') => resolve_provider(&call.parent, name),
        _ => Provider { instance: instance.id, name: Arc::clone(name) },
    }
}
