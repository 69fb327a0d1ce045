//! The evaluator: lazy, memoised, safe against cycles and against source that asks for too much.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::arms::Look;
use super::expand::Expansion;
use super::scope::{Instance, InstanceId, Node, Repetition, Scope};
use super::terragrunt::{Inputs, Place};
use super::unknown::{Reason, Unknown};
use super::value::{Kind, Lazy, List, Value};
use crate::finding::{Problem, ProblemKind};
use crate::source::{FileId, Sources, Span};
use crate::syntax::ast::{Expr, TemplatePart};
use crate::terraform::{Given, Module, Root, Tree};

/// What the user gives beside the source.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// What `terraform.workspace` is; unknown without.
    pub workspace: Option<String>,
    /// Values of root variables, in order: a later one wins.
    pub variables: Vec<(Arc<str>, Input)>,
}

/// The value of a root variable that comes from outside of the source.
#[derive(Clone, Debug)]
pub enum Input {
    Value(Value),
    /// A file whose text is what the command line gives: how it is read depends on the variable's type.
    Text(FileId),
}

/// The policies that AWS itself has in every account. The evaluator does not know AWS: whoever does tells it.
pub trait ManagedPolicies: Sync {
    /// Name and path (`/service-role/`) of the policy with this name or ARN.
    fn name_and_path(&self, name_or_arn: &str) -> Option<(&'static str, &'static str)>;
    /// Its document as JSON.
    fn document(&self, name_or_arn: &str) -> Option<&'static str>;
}

/// None are known.
struct NoPolicies;

impl ManagedPolicies for NoPolicies {
    fn name_and_path(&self, _: &str) -> Option<(&'static str, &'static str)> {
        None
    }

    fn document(&self, _: &str) -> Option<&'static str> {
        None
    }
}

/// Something that is computed at most once.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Question {
    Variable(InstanceId, Arc<str>),
    Local(InstanceId, Arc<str>),
    Output(InstanceId, Arc<str>),
    Attribute(u32, Arc<str>),
    Expansion(Node),
    Template(FileId),
}

#[derive(Default)]
pub(super) struct State {
    pub instances: Vec<Rc<Instance>>,
    pub children: FxHashMap<Node, Option<Rc<Instance>>>,
    pub nodes: Vec<Rc<Node>>,
    pub node_ids: FxHashMap<Node, u32>,
    pub expansions: FxHashMap<Node, Rc<Expansion>>,
    pub templates: FxHashMap<FileId, Rc<Result<Vec<TemplatePart>, Problem>>>,
    /// What Terragrunt gives to the root module.
    pub inputs: Option<Rc<Inputs>>,
    pub plan: super::plan::PlanState,
    memo: FxHashMap<Question, Value>,
    active: FxHashSet<Question>,
    depth: u32,
    /// Of the resource at hand, and of all.
    steps: u64,
    all_steps: u64,
    problems: Vec<Problem>,
    /// How many decisions were numbered.
    numbered: u64,
    /// Inside of how many `try` and `can` the expression at hand stands: there a part that fails fails the whole.
    attempts: u32,
}

impl State {
    fn exhausted(&self) -> bool {
        self.steps > MOST_STEPS || self.all_steps > MOST_STEPS_OF_ALL
    }
}

/// Nested deeper than this, a value is given up. Stacks are sized for it (`STACK_SIZE`).
const DEEPEST: u32 = 1_500;
/// A resource that asks for more steps than this is not source that somebody wrote by hand. Each has its own budget, so that one takes
/// nothing from the others.
const MOST_STEPS: u64 = 2_000_000;
/// A root module that asks for more steps than this.
const MOST_STEPS_OF_ALL: u64 = 60_000_000;
/// A value with more to it is given up: some 30 MB of text, or a million items.
const HEAVIEST: u32 = 1_000_000;
/// A value nested deeper is given up.
const MOST_LEVELS: u16 = 1_000;
/// Steps that a number with many bits costs.
const LARGE_NUMBER: u64 = 30;
/// Bytes of stack that a thread which evaluates needs for `DEEPEST`.
pub const STACK_SIZE: usize = 256 << 20;

/// Evaluates one root module and all that it calls. Not shared between threads: each root has its own.
pub struct Evaluator<'a> {
    pub(super) tree: &'a Tree,
    pub(super) sources: &'a Sources,
    pub(super) options: &'a Options,
    /// What gives the root module's variables their values.
    pub(super) given: &'a Given,
    pub(super) root: Rc<Instance>,
    /// Of a file of Terragrunt's: where that is.
    pub(super) terragrunt: Option<Place>,
    pub(super) managed: &'a dyn ManagedPolicies,
    /// The account of the root module's default provider, where its block does not say another.
    pub(super) declared: Option<super::Declared>,
    pub(super) state: RefCell<State>,
}

impl<'a> Evaluator<'a> {
    pub fn new(tree: &'a Tree, sources: &'a Sources, options: &'a Options, root: &'a Root) -> Evaluator<'a> {
        let instance = super::modules::root_instance(root.module);
        let state = State { instances: vec![Rc::clone(&instance)], ..State::default() };
        Evaluator {
            tree,
            sources,
            options,
            given: &root.given,
            root: instance,
            terragrunt: None,
            managed: &NoPolicies,
            declared: None,
            state: RefCell::new(state),
        }
    }

    /// With the policies that AWS has in every account, which `data.aws_iam_policy` finds by name and ARN.
    pub fn with_managed_policies(self, managed: &'a dyn ManagedPolicies) -> Evaluator<'a> {
        Evaluator { managed, ..self }
    }

    /// With the account that the configuration declares for the root module.
    pub fn with_declared_account(self, declared: Option<super::Declared>) -> Evaluator<'a> {
        Evaluator { declared, ..self }
    }

    pub fn root(&self) -> &Rc<Instance> {
        &self.root
    }

    /// What went wrong so far: cycles and limits.
    pub fn take_problems(&self) -> Vec<Problem> {
        std::mem::take(&mut self.state.borrow_mut().problems)
    }

    pub(super) fn instance(&self, id: InstanceId) -> Rc<Instance> {
        let state = self.state.borrow();
        state.instances.get(id.0 as usize).map_or_else(|| Rc::clone(&self.root), Rc::clone)
    }

    pub(super) fn module(&self, instance: &Instance) -> Option<&'a Module> {
        self.tree.module(instance.module)
    }

    /// The directory of the root module: where Terraform runs.
    pub(super) fn root_directory(&self) -> &'a str {
        self.module(&self.root).map_or("", |module| module.directory.as_str())
    }

    pub(super) fn lazy(&self, node: Node) -> Lazy {
        let any = node.key == super::scope::Key::Any;
        let mut state = self.state.borrow_mut();
        if let Some(id) = state.node_ids.get(&node) {
            return Lazy { node: *id, any };
        }
        let id = u32::try_from(state.nodes.len()).unwrap_or(u32::MAX);
        state.nodes.push(Rc::new(node.clone()));
        state.node_ids.insert(node, id);
        Lazy { node: id, any }
    }

    pub(super) fn node(&self, lazy: Lazy) -> Option<Rc<Node>> {
        self.state.borrow().nodes.get(lazy.node as usize).map(Rc::clone)
    }

    pub(super) fn problem(&self, kind: ProblemKind, message: String, span: Span) {
        self.tell(Problem::new(kind, message, span));
    }

    pub(super) fn tell(&self, problem: Problem) {
        let mut state = self.state.borrow_mut();
        if !state.problems.contains(&problem) {
            state.problems.push(problem);
        }
    }

    /// Computes the answer to `question` once. One that needs itself is unknown, and a problem at `span`.
    pub(super) fn once(&self, question: Question, name: &str, span: Span, compute: impl FnOnce() -> Value) -> Value {
        if let Some(known) = self.state.borrow().memo.get(&question) {
            return known.clone();
        }
        if !self.state.borrow_mut().active.insert(question.clone()) {
            return self.cycle(name, span);
        }
        // What a name stands for is evaluated by itself: where that fails, no `try` around the name helps.
        let attempts = std::mem::take(&mut self.state.borrow_mut().attempts);
        let value = self.named(compute(), name, &question);
        self.state.borrow_mut().attempts = attempts;
        let mut state = self.state.borrow_mut();
        state.active.remove(&question);
        state.memo.insert(question, value.clone());
        value
    }

    /// What has a name is the same wherever the name stands, also where it is not known.
    fn named(&self, value: Value, name: &str, question: &Question) -> Value {
        let (Kind::Unknown(unknown), Question::Local(instance, _) | Question::Variable(instance, _)) = (&value.kind, question) else {
            return value;
        };
        let has_name = unknown.symbol.is_some() && !unknown.reason.is_of_file();
        if has_name || unknown.arms.is_some() || unknown.is_failed() {
            return value;
        }
        let key = format!("{}:{name}", self.symbol_scope(&self.instance(*instance))).into();
        let unknown = Unknown { symbol: Some(super::unknown::Symbol { key, word: false, text: false }), ..unknown.as_ref().clone() };
        Value { kind: Kind::Unknown(Arc::new(unknown)), ..value }
    }

    /// As `once`, for what is not a value: runs `compute` unless it is already under way.
    pub(super) fn guarded<T>(&self, question: Question, compute: impl FnOnce() -> T) -> Option<T> {
        if !self.state.borrow_mut().active.insert(question.clone()) {
            return None;
        }
        let result = compute();
        self.state.borrow_mut().active.remove(&question);
        Some(result)
    }

    pub(super) fn cycle(&self, name: &str, span: Span) -> Value {
        self.problem(ProblemKind::Terraform, format!("`{name}` depends on itself, so its value is unknown"), span);
        Value::unknown(Unknown::new(Reason::Cycle(name.into()), span), span)
    }

    /// Evaluates one level deeper, within bounds.
    pub fn eval(&self, expr: &Expr, scope: &Scope) -> Value {
        {
            let mut state = self.state.borrow_mut();
            state.depth += 1;
            state.steps += 1;
            if state.depth > DEEPEST || state.exhausted() {
                let too_deep = state.depth > DEEPEST;
                state.depth -= 1;
                drop(state);
                let what = if too_deep { "values are nested too deeply" } else { "evaluating this module takes too many steps" };
                return self.limit(what, expr.span);
            }
        }
        let value = self.expression(expr, scope);
        self.state.borrow_mut().depth -= 1;
        if value.size.weight > HEAVIEST || value.size.depth > MOST_LEVELS {
            return self.limit("this value is too large", expr.span);
        }
        if let Kind::Number(number) = &value.kind
            && number.is_large()
        {
            self.charge(LARGE_NUMBER);
        }
        if makes_values(expr) {
            self.charge(u64::from(value.size.weight) / 64);
        }
        value
    }

    /// How deep the stack is.
    pub(super) fn level(&self) -> u32 {
        self.state.borrow().depth
    }

    /// Begins on a stack that another evaluator has used so far, with numbers that no other one gives.
    pub(super) fn start_at(&self, level: u32, number: u64) {
        let mut state = self.state.borrow_mut();
        state.depth = level;
        state.numbered = number;
    }

    /// Counts work that is done outside of `eval` as so many steps.
    pub(super) fn charge(&self, steps: u64) {
        let mut state = self.state.borrow_mut();
        state.steps += steps;
    }

    /// Evaluates an argument of `try` or `can`.
    pub(super) fn attempted(&self, argument: &Expr, scope: &Scope) -> Value {
        self.state.borrow_mut().attempts += 1;
        let value = self.eval(argument, scope);
        self.state.borrow_mut().attempts -= 1;
        value
    }

    pub(super) fn is_attempt(&self) -> bool {
        self.state.borrow().attempts > 0
    }

    /// Whether the resource at hand has used its budget up.
    pub(super) fn exhausted(&self) -> bool {
        self.state.borrow().exhausted()
    }

    /// A number that was not given before.
    pub(super) fn next_number(&self) -> u64 {
        let mut state = self.state.borrow_mut();
        state.numbered += 1;
        state.numbered
    }

    /// Gives the next resource a budget of its own.
    pub fn next_resource(&self) {
        let mut state = self.state.borrow_mut();
        state.all_steps += state.steps;
        state.steps = 0;
    }

    pub(super) fn limit(&self, what: &str, span: Span) -> Value {
        self.problem(ProblemKind::Limit, format!("{what}; rolelint gives up on this value"), span);
        Value::unknown(Unknown::new(Reason::Limit(what.into()), span), span)
    }

    /// Evaluates an expression of a root module, outside of any resource.
    pub fn eval_in_root(&self, expr: &Expr) -> Value {
        self.eval(expr, &Scope::of(&self.root, &Repetition::Single))
    }

    /// A member of an object, resource or module call.
    pub fn get(&self, value: &Value, name: &str, span: Span) -> Value {
        if value.arms().is_some() {
            return self.on_arms(value, span, &|value| self.get(value, name, span));
        }
        match &value.kind {
            Kind::Object(object) => match (object.get(name), &object.more) {
                (Some(member), _) => member.clone().out_of(&value.way),
                (None, Some(more)) => Value::unknown(more.computed(), span),
                (None, None) => Value::unknown(Unknown::failed(format!("there is no attribute `{name}`"), span), span),
            },
            Kind::Lazy(lazy) => self.lazy_attribute(*lazy, name, span),
            Kind::Unknown(unknown) => Value::unknown(unknown.member(name, span), span),
            Kind::Null => Value::unknown(Unknown::failed(format!("null has no attribute `{name}`"), span), span),
            Kind::List(list) if list.blocks => self.of_only_block(list, name, span),
            _ => Value::unknown(Unknown::failed(format!("this value has no attribute `{name}`"), span), span),
        }
    }

    /// An argument of a block of which the provider allows one only, as configured, or as the provider makes it. It is called as source
    /// calls it.
    fn of_only_block(&self, list: &List, name: &str, span: Span) -> Value {
        let configured = match (list.items.as_slice(), &list.more) {
            ([only], None) => only.as_object().and_then(|object| object.get(name)),
            _ => None,
        };
        configured.cloned().unwrap_or_else(|| {
            let written: String = self.sources.text(span).split_whitespace().collect();
            let name = if written.ends_with(name) { written.as_str() } else { name };
            Value::unknown(Unknown::new(Reason::ResourceAttribute(name.into()), span), span)
        })
    }

    /// `value[key]`
    pub(super) fn index(&self, value: &Value, key: &Value, span: Span) -> Value {
        if let Kind::Lazy(lazy) = &value.kind
            && lazy.any
        {
            return value.clone();
        }
        if value.arms().is_some() {
            return self.on_arms(value, span, &|value| self.index(value, key, span));
        }
        if key.has_arms() {
            return self.on_one(key, Look::All, span, &|key| self.index(value, key, span));
        }
        if let Some(unknown) = key.first_unknown() {
            if let Kind::Object(object) = &value.kind {
                // Terraform fails on any other key, so it is one of these; but `try` sees that it may be none.
                let none = match object.entries.last().filter(|_| !self.is_attempt()) {
                    Some(last) => last.value.clone(),
                    None => Value::unknown(Unknown::failed("there is no such key", span), span),
                };
                if let Some(member) = self.keyed(object, key, none, span) {
                    return member.out_of(&value.way);
                }
            }
            return Value::unknown(unknown.computed(), span);
        }
        match &value.kind {
            Kind::List(list) if list.set => Value::unknown(Unknown::failed("the members of a set have no index", span), span),
            Kind::List(list) => match (&list.more, key.known_number().and_then(|number| number.as_index())) {
                (Some(more), _) => Value::unknown(more.computed(), span),
                (None, Some(index)) => match list.items.get(index) {
                    Some(item) => item.clone().out_of(&value.way),
                    None => Value::unknown(Unknown::failed(format!("there is no item {index}"), span), span),
                },
                (None, None) => Value::unknown(Unknown::failed("a list needs a whole number as its index", span), span),
            },
            Kind::Unknown(unknown) => Value::unknown(unknown.computed(), span),
            _ => match key.known_string() {
                Some(name) => self.get(value, &name, span),
                None => Value::unknown(Unknown::failed("this is no key", span), span),
            },
        }
    }
}

/// Whether evaluating the expression makes a new value, rather than find one that is there.
fn makes_values(expr: &Expr) -> bool {
    use crate::syntax::ast::ExprKind;
    matches!(
        expr.kind,
        ExprKind::List(_) | ExprKind::Object(_) | ExprKind::For(_) | ExprKind::Call { .. } | ExprKind::Template(_) | ExprKind::Splat { .. }
    )
}
