//! `count` and `for_each`: how many there are of a resource or module call, and what each is called.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::arms::{Assumption, Decision, choose};
use super::evaluator::{Evaluator, Question};
use super::expression::reason_of;
use super::scope::{Instance, Key, Node, Repetition, Scope, Target};
use super::unknown::{Reason, Unknown};
use super::value::{Entry, Kind, List, Object, Value};
use crate::finding::ProblemKind;
use crate::source::Span;
use crate::syntax::ast::Block;

/// More instances than this of one resource are given up.
pub(super) const MOST_INSTANCES: usize = 10_000;

/// The instances of a resource or module call.
#[derive(Debug)]
pub(super) struct Expansion {
    pub instances: Vec<(Key, Repetition)>,
    /// Whether there is exactly one, without a key.
    pub single: bool,
    /// Whether keys are names.
    named: bool,
    /// There may be further instances, and why they are not known; one with `Key::Any` stands for them.
    pub more: Option<Arc<Unknown>>,
    /// What there is depends on this, and is one of these two: `instances` are those of both.
    either: Option<(Decision, Rc<Expansion>, Rc<Expansion>)>,
}

impl Expansion {
    fn of(instances: Vec<(Key, Repetition)>) -> Expansion {
        Expansion { instances, single: false, named: false, more: None, either: None }
    }

    fn single() -> Expansion {
        Expansion { single: true, ..Expansion::of(vec![(Key::None, Repetition::Single)]) }
    }

    /// These and no others, but that there may be `more`.
    pub fn told(instances: Vec<(Key, Repetition)>, more: Option<Arc<Unknown>>) -> Expansion {
        let single = matches!(instances.as_slice(), [(Key::None, _)]);
        Expansion { single, more, ..Expansion::of(instances) }
    }

    /// Why it is not known how many there are.
    pub fn open(&self) -> Option<Arc<Unknown>> {
        self.more.clone().or_else(|| self.either.as_ref().map(|(decision, ..)| Arc::clone(&decision.why)))
    }

    /// The instances of both: what is judged must hold for each.
    fn either(decision: &Decision, then: Expansion, otherwise: Expansion, span: Span) -> Expansion {
        let mut instances: BTreeMap<Key, Repetition> = then.instances.iter().cloned().collect();
        for (key, repetition) in &otherwise.instances {
            match (instances.get_mut(key), repetition) {
                (Some(Repetition::Each { value, .. }), Repetition::Each { value: other, .. }) => {
                    *value = choose(decision, value, other, span);
                }
                (Some(_), _) => {}
                (None, _) => drop(instances.insert(key.clone(), repetition.clone())),
            }
        }
        let instances = instances.into_iter().collect();
        let more = then.more.clone().or_else(|| otherwise.more.clone());
        let either = Some((decision.clone(), Rc::new(then), Rc::new(otherwise)));
        Expansion { instances, single: false, named: false, more, either }
    }

    fn unknown(why: Arc<Unknown>, span: Span) -> Expansion {
        let mut expansion = Expansion::of(Vec::new());
        expansion.add_unknown(why, span);
        expansion
    }

    /// Adds the one that stands for all that are not known.
    fn add_unknown(&mut self, why: Arc<Unknown>, span: Span) {
        let each = Value::unknown_because(Arc::clone(&why), span);
        self.instances.push((Key::Any, Repetition::Any(each)));
        self.more = Some(why);
    }

    /// What is so if there is an instance of this key.
    pub fn implied(&self, key: &Key) -> Vec<Assumption> {
        let Some((decision, then, otherwise)) = &self.either else { return Vec::new() };
        let (arm, taken) = match (then.has(key), otherwise.has(key)) {
            (true, false) => (then, true),
            (false, true) => (otherwise, false),
            _ => return Vec::new(),
        };
        let mut assumed = arm.implied(key);
        assumed.push(Assumption { decision: decision.clone(), taken });
        assumed
    }

    fn has(&self, key: &Key) -> bool {
        self.repetition(key).is_some()
    }

    pub fn repetition(&self, key: &Key) -> Option<&Repetition> {
        // Counted instances stand at their index, named ones in order: ten thousand of them are not searched one by one.
        let at = match key {
            Key::Index(index) => Some(*index),
            Key::Name(_) => self.instances.binary_search_by(|(known, _)| known.cmp(key)).ok(),
            Key::None | Key::Any => None,
        };
        let direct = at.and_then(|at| self.instances.get(at)).filter(|(known, _)| known == key);
        direct.or_else(|| self.instances.iter().find(|(known, _)| known == key)).map(|(_, repetition)| repetition)
    }
}

impl Evaluator<'_> {
    /// The expansion of a block with `count` or `for_each`, computed once.
    pub(super) fn expansion(&self, instance: &Rc<Instance>, target: &Target, block: &Block) -> Rc<Expansion> {
        let node = Node { instance: instance.id, target: target.clone(), key: Key::None };
        if let Some(known) = self.state.borrow().expansions.get(&node) {
            return Rc::clone(known);
        }
        let span = block.header();
        let name = target_name(target);
        let computed = self.guarded(Question::Expansion(node.clone()), || {
            let told = self.expand(instance, &name, block);
            self.planned_expansion(instance, target, told)
        });
        let expansion = computed.unwrap_or_else(|| {
            let value = self.cycle(&name, span);
            Expansion::unknown(reason_of(&value, span), span)
        });
        let expansion = Rc::new(expansion);
        self.state.borrow_mut().expansions.insert(node, Rc::clone(&expansion));
        expansion
    }

    fn expand(&self, instance: &Rc<Instance>, name: &str, block: &Block) -> Expansion {
        let scope = Scope::of(instance, &Repetition::Single);
        if let Some(count) = block.body.attribute("count") {
            let value = self.eval(&count.value, &scope);
            self.tell_failed(&value, "count", name);
            return self.expand_count(&value, name, count.value.span);
        }
        if let Some(for_each) = block.body.attribute("for_each") {
            let value = self.eval(&for_each.value, &scope);
            self.tell_failed(&value, "for_each", name);
            return self.expand_each(&value, name, for_each.value.span);
        }
        // OpenTofu 1.11: `lifecycle { enabled = … }`
        let enabled = block.body.blocks("lifecycle").find_map(|lifecycle| lifecycle.body.attribute("enabled"));
        if let Some(enabled) = enabled {
            return match self.eval(&enabled.value, &scope).known_bool() {
                Some(false) => Expansion::of(Vec::new()),
                _ => Expansion::single(),
            };
        }
        Expansion::single()
    }

    fn expand_count(&self, count: &Value, name: &str, span: Span) -> Expansion {
        if let Some(arms) = count.arms() {
            if let Some(only) = arms.only_valid() {
                return self.expand_count(only, name, span);
            }
            let [then, otherwise] = [&arms.then, &arms.otherwise].map(|arm| self.expand_count(arm, name, span));
            return Expansion::either(&arms.decision, then, otherwise, span);
        }
        let number = count.known_number().or_else(|| count.known_bool().map(|yes| super::number::Number::whole(i128::from(yes))));
        match number.map(|number| number.as_index()) {
            Some(Some(count)) if count <= MOST_INSTANCES => {
                let instances = (0..count).map(|index| (Key::Index(index), Repetition::Count(index))).collect();
                Expansion::of(instances)
            }
            Some(Some(_)) => self.too_many(name, span),
            Some(None) => {
                self.problem(ProblemKind::Terraform, format!("the count of `{name}` is not a whole number from 0 on"), span);
                Expansion::unknown(Arc::new(Unknown::failed("the count is not a whole number", span)), span)
            }
            None => Expansion::unknown(because(count, name, span), span),
        }
    }

    fn expand_each(&self, each: &Value, name: &str, span: Span) -> Expansion {
        if let Some(arms) = each.arms() {
            if let Some(only) = arms.only_valid() {
                return self.expand_each(only, name, span);
            }
            let [then, otherwise] = [&arms.then, &arms.otherwise].map(|arm| self.expand_each(arm, name, span));
            return Expansion::either(&arms.decision, then, otherwise, span);
        }
        let Some((items, more)) = self.items(each, span) else {
            return Expansion::unknown(because(each, name, span), span);
        };
        if items.len() > MOST_INSTANCES {
            return self.too_many(name, span);
        }
        let mut expansion = Expansion { named: true, ..Expansion::of(Vec::new()) };
        let is_list = matches!(each.kind, Kind::List(_));
        let mut unknown = more;
        for (key, value) in items {
            // A set's items are their own keys. Terraform refuses a list here; its items are what the author means.
            let key = if is_list { value.clone() } else { key };
            match key.known_string() {
                Some(name) => {
                    let name: Arc<str> = name.as_ref().into();
                    let repetition = Repetition::Each { key: Arc::clone(&name), key_span: key.span, value };
                    expansion.instances.push((Key::Name(name), repetition));
                }
                None => unknown = Some(reason_of(&key, span)),
            }
        }
        if let Some(unknown) = unknown {
            expansion.add_unknown(Arc::new(unknown.expansion(name)), span);
        }
        expansion
    }

    /// Where Terraform would fail on how many there are, so that nothing of the module is applied, it is a problem.
    fn tell_failed(&self, value: &Value, argument: &str, name: &str) {
        if let Some((Reason::Failed(message), span)) = value.as_unknown().map(|unknown| (&unknown.reason, unknown.span)) {
            self.problem(ProblemKind::Terraform, format!("Terraform would fail on the {argument} of `{name}`: {message}"), span);
        }
    }

    pub(super) fn too_many(&self, name: &str, span: Span) -> Expansion {
        let limit = self.limit(&format!("`{name}` has more than {MOST_INSTANCES} instances"), span);
        Expansion::unknown(reason_of(&limit, span), span)
    }

    /// What `aws_x.name` or `module.name` stands for: one object, a list or a map of them.
    pub(super) fn expanded_value(&self, instance: &Instance, target: &Target, expansion: &Expansion, span: Span) -> Value {
        if let Some((decision, then, otherwise)) = &expansion.either {
            let [then, otherwise] = [then, otherwise].map(|arm| self.expanded_value(instance, target, arm, span));
            return choose(decision, &then, &otherwise, span);
        }
        let lazy = |key: &Key| self.lazy(Node { instance: instance.id, target: target.clone(), key: key.clone() });
        let value = |key: &Key| Value::new(Kind::Lazy(lazy(key)), span);
        if expansion.instances.is_empty() && expansion.named {
            return Value::object(Object::default(), span);
        }
        let known: Vec<&Key> = expansion.instances.iter().map(|(key, _)| key).filter(|key| **key != Key::Any).collect();
        if expansion.single {
            return value(&Key::None);
        }
        if known.is_empty() && expansion.more.is_some() {
            return value(&Key::Any);
        }
        if known.iter().all(|key| matches!(key, Key::Index(_))) {
            let items = known.into_iter().map(value).collect();
            return Value::new(Kind::List(Arc::new(List { items, more: expansion.more.clone(), ..List::default() })), span);
        }
        let mut object = Object { more: expansion.more.clone(), ..Object::default() };
        for key in known {
            if let Key::Name(name) = key {
                object.entries.push(Entry { key: Arc::clone(name), key_span: span, value: value(key) });
            }
        }
        Value::object(object, span)
    }
}

fn because(value: &Value, name: &str, span: Span) -> Arc<Unknown> {
    let unknown = reason_of(value, span);
    if unknown.is_failed() {
        return unknown;
    }
    Arc::new(unknown.expansion(name))
}

pub(super) fn target_name(target: &Target) -> String {
    match target {
        Target::Resource(crate::terraform::ResourceMode::Managed, kind, name) => format!("{kind}.{name}"),
        Target::Resource(crate::terraform::ResourceMode::Data, kind, name) => format!("data.{kind}.{name}"),
        Target::Call(name) => format!("module.{name}"),
    }
}
