//! What a plan adds to source: variables, instances, what data sources read, what resources will be, accounts.
//!
//! Where source tells a value its places stay, and the plan fills in what source leaves open (`settle`). A module whose source is not there
//! is made of the plan: each of its resources' blocks is that of the instance.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use super::account::account_field;
use super::evaluator::Evaluator;
use super::expand::{Expansion, MOST_INSTANCES, target_name};
use super::scope::{Instance, Key, Node, Provider, Repetition, Scope, Target};
use super::settle::settle;
use super::unknown::{Reason, Symbol, Unknown};
use super::value::{Kind, StepKind, Value};
use crate::source::Span;
use crate::syntax::ast::{Block, Expr, ExprKind};
use crate::terraform::plan::{DOUBT, Plan, PlannedInstance, PlannedKey, References, ResourceKey, path_of};
use crate::terraform::{Given, ResourceMode};

/// What a run has made of its plan so far.
#[derive(Default)]
pub(super) struct PlanState {
    blocks: HashMap<Node, Rc<Block>>,
    /// By the key of the provider configuration.
    accounts: Option<Rc<HashMap<Arc<str>, Option<Value>>>>,
}

/// Arguments that name another resource, and by which of its attributes. An argument whose value is known only after apply and which refers
/// to such an attribute alone is that attribute: nothing else would be a name.
const NAMES: &[(&str, &[&str])] = &[
    ("group", &["name", "id"]),
    ("groups", &["name", "id"]),
    ("managed_policy_arns", &["arn", "id"]),
    ("permission_set_arn", &["arn", "id"]),
    ("permissions_boundary", &["arn", "id"]),
    ("policy_arn", &["arn", "id"]),
    ("policy_arns", &["arn", "id"]),
    ("role", &["name", "id"]),
    ("role_name", &["name", "id"]),
    ("roles", &["name", "id"]),
    ("user", &["name", "id"]),
    ("users", &["name", "id"]),
];

fn naming(argument: &str) -> Option<&'static [&'static str]> {
    NAMES.iter().find(|(name, _)| *name == argument).map(|(_, attributes)| *attributes)
}

const REFERENCES: References<'static> = References {
    // Nobody makes another policy of a policy document than the one that it is.
    plain: &|reference| reference.starts_with("data.aws_iam_policy_document.") && reference.ends_with(".json"),
    attribute: &|argument| naming(argument).and_then(|attributes| attributes.first().copied()),
};

fn planned_key(key: &Key) -> Option<PlannedKey> {
    match key {
        Key::None => Some(PlannedKey::None),
        Key::Index(index) => Some(PlannedKey::Index(*index)),
        Key::Name(name) => Some(PlannedKey::Name(Arc::clone(name))),
        Key::Any => None,
    }
}

fn resource_key(target: &Target) -> Option<ResourceKey> {
    match target {
        Target::Resource(mode, kind, name) => Some((*mode, Arc::clone(kind), Arc::clone(name))),
        Target::Call(_) => None,
    }
}

impl<'a> Evaluator<'a> {
    fn plan(&self) -> Option<&'a Plan> {
        match self.given {
            Given::Directory => None,
            given => self.tree.plan(given),
        }
    }

    /// Whether a module is made of a plan because its source is not there.
    fn is_made(&self, instance: &Instance) -> bool {
        self.module(instance).is_some_and(|module| module.planned)
    }

    fn planned_instance(&self, node: &Node) -> Option<&'a PlannedInstance> {
        let plan = self.plan()?;
        plan.instance(&self.instance(node.instance).address, &resource_key(&node.target)?, &planned_key(&node.key)?)
    }

    /// The value of a root variable: as the plan has it, where it stands in source if that says the same.
    pub(super) fn planned_variable(&self, name: &Arc<str>) -> Option<Value> {
        let planned = self.eval_in_root(&self.plan()?.variable(name)?);
        let shown = format!("var.{name}");
        let module = self.module(&self.root)?;
        if let Some(written) = module.values.iter().rev().find(|attribute| attribute.name.text == *name) {
            let value = settle(self.eval_in_root(&written.value), planned);
            return Some(value.through(StepKind::VariableValue, shown, written.name.span));
        }
        let declaration = module.variables.get(name)?;
        let parsed = declaration.parse(self.sources);
        let default = parsed.as_ref().and_then(|parsed| parsed.block.body.attribute("default"));
        match default.map(|default| self.eval_in_root(&default.value)) {
            Some(default) => Some(settle(default, planned).through(StepKind::VariableDefault, shown, declaration.header())),
            None => {
                let span = planned.span;
                Some(planned.through(StepKind::VariableValue, shown, span))
            }
        }
    }

    /// How many there are, where source does not say.
    pub(super) fn planned_expansion(&self, instance: &Instance, target: &Target, expansion: Expansion) -> Expansion {
        let (Some(plan), Some(why)) = (self.plan(), expansion.open()) else { return expansion };
        let keys: Vec<(PlannedKey, Span)> = match target {
            Target::Resource(..) => {
                let Some(key) = resource_key(target) else { return expansion };
                plan.instances(&instance.address, &key).iter().map(|planned| (planned.key.clone(), planned.header())).collect()
            }
            Target::Call(name) => plan.module_keys(&instance.address, name).iter().map(|key| (key.clone(), why.span)).collect(),
        };
        if keys.is_empty() && !plan.complete {
            return expansion;
        }
        if keys.len() > MOST_INSTANCES {
            return self.too_many(&target_name(target), why.span);
        }
        let each = |span| Value::unknown_because(Arc::clone(&why), span);
        let instances: Vec<(Key, Repetition)> = keys
            .into_iter()
            .map(|(key, span)| match key {
                PlannedKey::None => (Key::None, Repetition::Single),
                PlannedKey::Index(index) => (Key::Index(index), Repetition::Count(index)),
                PlannedKey::Name(name) => {
                    let key = Key::Name(Arc::clone(&name));
                    let known = expansion.repetition(&key).cloned();
                    (key, known.unwrap_or_else(|| Repetition::Each { key: name, key_span: span, value: each(span) }))
                }
            })
            .collect();
        // A module in which nothing is planned is not in the plan, but it may have outputs.
        let named = instances.iter().all(|(key, _)| matches!(key, Key::Name(_)));
        let more = (matches!(target, Target::Call(_)) && named).then_some(why);
        Expansion::told(instances, more)
    }

    /// The block of a resource's instance in a module that is made of a plan.
    pub(super) fn planned_block(&self, instance: &Instance, node: &Node) -> Option<Rc<Block>> {
        if !self.is_made(instance) {
            return None;
        }
        if let Some(known) = self.state.borrow().plan.blocks.get(node) {
            return Some(Rc::clone(known));
        }
        let resource = resource_key(&node.target)?;
        let block = Rc::new(self.plan()?.block(&path_of(&instance.address), &resource, self.planned_instance(node), &REFERENCES));
        self.state.borrow_mut().plan.blocks.insert(node.clone(), Rc::clone(&block));
        Some(block)
    }

    /// Where a plan has an instance of a module that is made of it: its address, and all of it.
    pub(super) fn planned_place(&self, instance: &Instance, node: &Node) -> Option<(Span, Span)> {
        let planned = self.is_made(instance).then(|| self.planned_instance(node)).flatten()?;
        Some((planned.header(), planned.span))
    }

    /// An attribute of a resource, given what source says of it.
    pub(super) fn planned_attribute(&self, node: &Node, name: &str, own: Value) -> Value {
        if self.plan().is_none() {
            return own;
        }
        let planned = self.planned_instance(node).and_then(|instance| instance.attribute(name));
        let value = match planned {
            Some(planned) => settle(own, self.eval_in_root(&planned)),
            None => own,
        };
        match naming(name) {
            Some(attributes) => self.named_by(node, name, attributes).unwrap_or_else(|| undoubted(value, attributes)),
            None => value,
        }
    }

    /// What an argument of a module that is made of a plan refers to, if it is a name that the plan knows although not here: the name of
    /// a role that is made in the same plan is known, its id is not.
    fn named_by(&self, node: &Node, name: &str, attributes: &[&str]) -> Option<Value> {
        let instance = self.instance(node.instance);
        let block = self.planned_block(&instance, node)?;
        let ExprKind::Planned { perhaps: Some(referred), .. } = &block.body.attribute(name)?.value.kind else { return None };
        let ExprKind::Attribute(_, attribute) = &referred.kind else { return None };
        let value = attributes.contains(&&*attribute.text).then(|| self.eval(referred, &Scope::of(&instance, &Repetition::Single)))?;
        value.known_string().is_some().then_some(value)
    }

    /// A value that a plan does not give. It is perhaps that of `perhaps`, and one cannot know.
    pub(super) fn after_apply(&self, name: &Arc<str>, perhaps: Option<&Expr>, scope: &Scope, span: Span) -> Value {
        let referred = perhaps.map(|perhaps| self.eval(perhaps, scope));
        let symbol = match referred.as_ref().map(|value| &value.kind) {
            Some(Kind::Unknown(unknown)) => unknown.symbol.as_ref(),
            Some(Kind::String(text)) => text.symbol.as_ref(),
            _ => None,
        };
        let doubtful = symbol.map(|symbol| {
            let key = symbol.key.rsplit_once(DOUBT).map_or(&*symbol.key, |(_, key)| key);
            Symbol { key: format!("{name}{DOUBT}{key}").into(), word: false, text: false }
        });
        Value::unknown(Unknown { reason: Reason::AfterApply(Arc::clone(name)), span, symbol: doubtful, arms: None }, span)
    }

    /// The provider configuration of a resource in a module that is made of a plan: the plan tells which one it is, wherever its block is.
    pub(super) fn planned_provider(&self, instance: &Rc<Instance>, node: &Node) -> Option<Provider> {
        if !self.is_made(instance) {
            return None;
        }
        let key = self.plan()?.provider_key(&path_of(&instance.address), &resource_key(&node.target)?)?;
        let (path, name) = key.rsplit_once(':').unwrap_or(("", &key));
        let mut holder = instance;
        while let Some(call) = &holder.call {
            if *path_of(&holder.address) == *path {
                break;
            }
            holder = &call.parent;
        }
        Some(Provider { instance: holder.id, name: name.into() })
    }

    /// The account that a provider works in, as what it read or made tells.
    pub(super) fn planned_account(&self, provider: &Provider) -> Option<Value> {
        let plan = self.plan()?;
        let known = self.state.borrow().plan.accounts.clone();
        let accounts = known.unwrap_or_else(|| {
            let accounts = Rc::new(self.accounts_of(plan));
            self.state.borrow_mut().plan.accounts = Some(Rc::clone(&accounts));
            accounts
        });
        let path = path_of(&self.instance(provider.instance).address);
        let key = if path.is_empty() { Arc::clone(&provider.name) } else { format!("{path}:{}", provider.name).into() };
        accounts.get(&key).cloned().flatten()
    }

    /// Who the caller is says `aws_caller_identity`, and every identity's ARN has the account that it is in. Two accounts of one provider
    /// are none.
    fn accounts_of(&self, plan: &Plan) -> HashMap<Arc<str>, Option<Value>> {
        let telling = |(mode, kind, _): &ResourceKey| match mode {
            ResourceMode::Data => &**kind == "aws_caller_identity",
            ResourceMode::Managed => matches!(&**kind, "aws_iam_role" | "aws_iam_user" | "aws_iam_group" | "aws_iam_policy"),
        };
        let mut accounts: HashMap<Arc<str>, Option<Value>> = HashMap::new();
        for ((mode, ..), instance, provider) in plan.with_providers(&telling) {
            let attribute = if *mode == ResourceMode::Data { "account_id" } else { "arn" };
            let Some(told) = instance.attribute(attribute).map(|told| self.eval_in_root(&told)) else { continue };
            let account = if *mode == ResourceMode::Data { Some(told) } else { account_field(&told) };
            let digits = account.as_ref().and_then(|account| account.known_string().map(String::from));
            if digits.as_ref().is_none_or(|digits| digits.len() != 12 || digits.bytes().any(|byte| !byte.is_ascii_digit())) {
                continue;
            }
            let known = accounts.entry(provider).or_insert_with(|| account.clone());
            if known.as_ref().and_then(Value::known_string).as_deref() != digits.as_deref() {
                *known = None;
            }
        }
        accounts
    }
}

/// The value that an argument which names a resource has beyond doubt, if it refers to one of `attributes`.
fn undoubted(value: Value, attributes: &[&str]) -> Value {
    let Kind::Unknown(unknown) = &value.kind else { return value };
    let Some((_, key)) = unknown.symbol.as_ref().and_then(|symbol| symbol.key.rsplit_once(DOUBT)) else { return value };
    if !attributes.contains(&key.rsplit('.').next().unwrap_or(key)) {
        return value;
    }
    let name = unknown.reason.name().into();
    let symbol = Some(Symbol { key: key.into(), word: false, text: false });
    let unknown = Unknown { reason: Reason::ResourceAttribute(name), span: unknown.span, symbol, arms: None };
    Value { kind: Kind::Unknown(Arc::new(unknown)), ..value }
}
