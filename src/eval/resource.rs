//! Resources and data sources: what their attributes are worth.

use std::rc::Rc;
use std::sync::Arc;

use super::arms::Look;
use super::evaluator::{Evaluator, Question};
use super::expand::target_name;
use super::expression::reason_of;
use super::modules::{provider_name, resolve_provider};
use super::scope::{Bound, Instance, InstanceId, Key, Node, Provider, Repetition, Scope, Target};
use super::unknown::{Reason, Unknown};
use super::value::{Entry, Kind, Lazy, List, Object, StepKind, Value};
use super::{aws, policy_document};
use crate::source::Span;
use crate::syntax::ast::{Block, Body, Expr};
use crate::terraform::{CallSource, Declaration, ResourceMode};

/// One instance of a resource, for those who go through them.
#[derive(Clone, Debug)]
pub struct Resource {
    pub lazy: Lazy,
    pub mode: ResourceMode,
    pub kind: Arc<str>,
    pub name: Arc<str>,
    /// As Terraform writes it, with the module's address and the key. `[*]` where the key is not known.
    pub address: String,
    pub instance: InstanceId,
    /// The block's kind and labels.
    pub header: Span,
    /// The whole block.
    pub span: Span,
    pub provider: Provider,
    /// Module calls that lead here, outermost first: address and the call's header. Terragrunt's run of the root module has no address.
    pub calls: Vec<(Arc<str>, Span)>,
}

impl Evaluator<'_> {
    /// What `kind.name` stands for in a module.
    pub(super) fn resource(&self, instance: &Rc<Instance>, mode: ResourceMode, kind: &str, name: &str, span: Span) -> Value {
        let target = Target::Resource(mode, kind.into(), name.into());
        let Some(declaration) = self.module(instance).and_then(|module| module.resource(mode, kind, name)) else {
            let shown = target_name(&target);
            return Value::unknown(Unknown::new(Reason::Undeclared(shown.into()), span), span);
        };
        match declaration.parse(self.sources) {
            Some(parsed) => {
                let expansion = self.expansion(instance, &target, &parsed.block);
                self.expanded_value(instance, &target, &expansion, span)
            }
            None => Value::unknown(Unknown::new(Reason::NotParsed(target_name(&target).into()), span), span),
        }
    }

    /// The address of what a lazy object stands for.
    pub(super) fn lazy_name(&self, lazy: Lazy) -> String {
        match self.node(lazy) {
            Some(node) => self.instance(node.instance).address_of(&format!("{}{}", target_name(&node.target), node.key)),
            None => "?".to_owned(),
        }
    }

    /// An attribute of a resource, data source or module call.
    pub(super) fn lazy_attribute(&self, lazy: Lazy, name: &str, span: Span) -> Value {
        let Some(node) = self.node(lazy) else { return Value::null(span) };
        if let Target::Call(call) = &node.target {
            let reason = || Reason::Undeclared(self.lazy_name(lazy).into());
            return match self.called_instance(&node, call) {
                Some(instance) => self.output(&instance, name, span),
                None => Value::unknown(Unknown::new(reason(), span), span),
            };
        }
        let shown = format!("{}.{name}", self.lazy_name(lazy));
        let question = Question::Attribute(lazy.node, name.into());
        let mut value = self.once(question, &shown, span, || {
            let told = self.there(&node, self.resource_attribute(&node, name, span));
            self.planned_attribute(&node, name, told)
        });
        if matches!(&node.target, Target::Resource(ResourceMode::Data, ..)) {
            value = value.through(StepKind::Document, shown, span);
        }
        if matches!(value.kind, Kind::Unknown(_)) || self.is_filled(&node, name) {
            // Written nowhere, so point at this reference and not at the one that asked first.
            value.span = span;
        }
        value
    }

    /// Whether an attribute is not configured and follows from others that are.
    fn is_filled(&self, node: &Node, name: &str) -> bool {
        let Target::Resource(mode, kind, _) = &node.target else { return false };
        let configured = || self.in_resource(node, |block, _| block.body.attribute(name).is_some());
        aws::follows_from_others(*mode, kind, name) && configured() == Some(false)
    }

    /// An attribute of a resource instance: as configured, else as the provider computes it.
    pub fn attribute(&self, lazy: Lazy, name: &str) -> Value {
        let span = self.node(lazy).and_then(|node| self.declaration(&node)).map_or_else(Span::default, Declaration::header);
        self.lazy_attribute(lazy, name, span)
    }

    /// An argument or nested blocks as configured; nothing for what the block does not have.
    pub fn configured_attribute(&self, lazy: Lazy, name: &str) -> Option<Value> {
        let node = self.node(lazy)?;
        let configured = self.in_resource(&node, |block, scope| self.configured(&block.body, name, scope)).flatten()?;
        let value = self.there(&node, configured);
        Some(if value.is_null() { value } else { self.planned_attribute(&node, name, value) })
    }

    /// The value of an attribute of a resource that is there: what its being there rests on is so.
    fn there(&self, node: &Node, value: Value) -> Value {
        if !value.has_arms() {
            return value;
        }
        let instance = self.instance(node.instance);
        let value = value.under(&instance.assumed);
        let Some(parsed) = self.declaration(node).and_then(|declaration| declaration.parse(self.sources)) else { return value };
        value.under(&self.expansion(&instance, &node.target, &parsed.block).implied(&node.key))
    }

    pub(super) fn declaration(&self, node: &Node) -> Option<&Declaration> {
        let Target::Resource(mode, kind, name) = &node.target else { return None };
        let instance = self.instance(node.instance);
        self.module(&instance)?.resource(*mode, kind, name)
    }

    /// Runs `use_block` with a resource's block and scope.
    pub(super) fn in_resource<T>(&self, node: &Node, use_block: impl FnOnce(&Block, &Scope) -> T) -> Option<T> {
        let instance = self.instance(node.instance);
        let parsed = self.declaration(node)?.parse(self.sources)?;
        let block = &parsed.block;
        let expansion = self.expansion(&instance, &node.target, block);
        let repetition = expansion.repetition(&node.key)?;
        let planned = self.planned_block(&instance, node);
        Some(use_block(planned.as_deref().unwrap_or(block), &Scope::of(&instance, repetition)))
    }

    fn resource_attribute(&self, node: &Node, name: &str, span: Span) -> Value {
        let Target::Resource(mode, kind, _) = &node.target else { return Value::null(span) };
        if *mode == ResourceMode::Data && &**kind == "aws_iam_policy_document" && matches!(name, "json" | "minified_json") {
            return self.in_resource(node, |block, scope| policy_document::render(self, block, scope)).unwrap_or_else(|| Value::null(span));
        }
        let configured = self.in_resource(node, |block, scope| self.configured(&block.body, name, scope)).flatten();
        let computed = || aws::computed(self, node, *mode, kind, name, span);
        match configured {
            // What is null in one of two cases is as if it were not there.
            Some(value) if value.arms().is_some() => {
                let value = self.on_arms(&value, span, &|value| if value.is_null() { computed() } else { value.clone() });
                aws::recognisable(self, node, *mode, name, value)
            }
            Some(value) if !value.is_null() => aws::recognisable(self, node, *mode, name, value),
            _ => computed(),
        }
    }

    /// An argument as written, or nested blocks as a list of objects.
    pub(super) fn configured(&self, body: &Body, name: &str, scope: &Scope) -> Option<Value> {
        if let Some(attribute) = body.attribute(name) {
            return Some(self.eval(&attribute.value, scope));
        }
        let parts: Vec<Value> = body.blocks.iter().filter_map(|block| self.blocks_of(block, name, scope)).collect();
        let span = parts.first()?.span;
        Some(self.split(&parts, Look::Top, span, &mut |parts| joined(parts, span)))
    }

    /// What `block` makes of nested blocks called `name`: a list of one for itself, of any number for a `dynamic` block.
    fn blocks_of(&self, block: &Block, name: &str, scope: &Scope) -> Option<Value> {
        let span = block.header();
        if &*block.kind.text == name {
            let items = vec![Value::object(self.body(&block.body, scope), block.span)];
            return Some(Value::new(Kind::List(Arc::new(List { items, blocks: true, ..List::default() })), span));
        }
        if &*block.kind.text != "dynamic" || block.labels.first().is_none_or(|label| &*label.text != name) {
            return None;
        }
        let Some(for_each) = block.body.attribute("for_each") else { return Some(Value::list(Vec::new(), span)) };
        let collection = self.eval(&for_each.value, scope);
        Some(self.on_arms(&collection, span, &|collection| self.dynamic(block, name, collection, scope)))
    }

    /// `dynamic "name" { for_each = …  iterator = x  content { … } }` (language/expressions/dynamic-blocks)
    fn dynamic(&self, block: &Block, name: &str, collection: &Value, scope: &Scope) -> Value {
        let span = block.header();
        let Some((items, more)) = self.items(collection, span) else {
            return Value::unknown_because(reason_of(collection, span), span);
        };
        let mut list = List { more, blocks: true, ..List::default() };
        let iterator = block.body.attribute("iterator").and_then(|attribute| provider_name(&attribute.value));
        let iterator = iterator.unwrap_or_else(|| name.into());
        for (key, value) in items {
            let mut object = Object::default();
            object.set(Entry { key: "key".into(), key_span: span, value: key });
            object.set(Entry { key: "value".into(), key_span: span, value });
            let bound = Bound { name: &iterator, value: Value::object(object, span), outer: scope.variables };
            for content in block.body.blocks("content") {
                list.items.push(Value::object(self.body(&content.body, &scope.with(&bound)), content.span));
            }
        }
        Value::new(Kind::List(Arc::new(list)), span)
    }

    /// A block's body as an object: arguments, and nested blocks as lists of objects.
    pub(super) fn body(&self, body: &Body, scope: &Scope) -> Object {
        let mut object = Object::default();
        for attribute in &body.attributes {
            let value = self.eval(&attribute.value, scope);
            object.add(Entry { key: Arc::clone(&attribute.name.text), key_span: attribute.name.span, value });
        }
        for block in &body.blocks {
            let name = match (&*block.kind.text, block.labels.first()) {
                ("dynamic", Some(label)) => &label.text,
                _ => &block.kind.text,
            };
            if object.get(name).is_none()
                && let Some(value) = self.configured(body, name, scope)
            {
                object.entries.push(Entry { key: Arc::clone(name), key_span: block.kind.span, value });
            }
        }
        object
    }

    /// The provider configuration that a resource belongs to: its `provider` argument, else the default one of its type's name.
    pub(super) fn provider_of(&self, node: &Node) -> Option<Provider> {
        let Target::Resource(_, kind, _) = &node.target else { return None };
        let instance = self.instance(node.instance);
        if let Some(planned) = self.planned_provider(&instance, node) {
            return Some(planned);
        }
        let declaration = self.declaration(node)?;
        let parsed = declaration.parse(self.sources);
        let argument = parsed.as_ref().and_then(|parsed| parsed.block.body.attribute("provider"));
        let reference = |value: &Expr| match provider_name(value) {
            Some(name) => Some(name),
            // Only the key of one of many needs the resource's own `each.key`.
            None => self.in_resource(node, |_, scope| self.provider_reference(value, scope))?,
        };
        let name = argument.and_then(|attribute| reference(&attribute.value));
        let name = name.unwrap_or_else(|| kind.split('_').next().unwrap_or(kind).into());
        Some(resolve_provider(&instance, &name))
    }

    /// Goes through every resource that `interesting` says yes to, in this root module and all that it calls, in order of address.
    /// `reaching` says of each module whether it is worth entering.
    pub fn resources(
        &self,
        interesting: &dyn Fn(ResourceMode, &str) -> bool,
        reaching: &dyn Fn(crate::terraform::ModuleId) -> bool,
    ) -> Vec<Resource> {
        let mut found = Vec::new();
        let mut waiting = vec![Rc::clone(&self.root)];
        while let Some(instance) = waiting.pop() {
            let Some(module) = self.module(&instance) else { continue };
            for ((mode, kind, name), declaration) in &module.resources {
                if interesting(*mode, kind) {
                    self.next_resource();
                    self.resource_instances(&instance, *mode, kind, name, declaration, &mut found);
                }
            }
            for (name, source) in self.tree.calls(instance.module) {
                if matches!(self.leads(&instance, name, source), CallSource::Local(called) if reaching(called)) {
                    waiting.extend(self.children(&instance, name));
                }
            }
        }
        found.sort_by(|a, b| a.address.cmp(&b.address));
        found
    }

    /// The modules that this root has instances of.
    pub fn entered(&self) -> Vec<crate::terraform::ModuleId> {
        self.state.borrow().instances.iter().map(|instance| instance.module).collect()
    }

    /// Every instance of one module call.
    fn children(&self, instance: &Rc<Instance>, name: &Arc<str>) -> Vec<Rc<Instance>> {
        let declaration = self.module(instance).and_then(|module| module.calls.get(name));
        let Some(parsed) = declaration.and_then(|declaration| declaration.parse(self.sources)) else { return Vec::new() };
        self.next_resource();
        let expansion = self.expansion(instance, &Target::Call(Arc::clone(name)), &parsed.block);
        let child = |(key, repetition): &(Key, Repetition)| self.child(instance, name, key, repetition);
        expansion.instances.iter().filter_map(child).collect()
    }

    fn resource_instances(
        &self,
        instance: &Rc<Instance>,
        mode: ResourceMode,
        kind: &Arc<str>,
        name: &Arc<str>,
        declaration: &Declaration,
        found: &mut Vec<Resource>,
    ) {
        let Some(parsed) = declaration.parse(self.sources) else { return };
        let target = Target::Resource(mode, Arc::clone(kind), Arc::clone(name));
        let expansion = self.expansion(instance, &target, &parsed.block);
        for (key, _) in &expansion.instances {
            let node = Node { instance: instance.id, target: target.clone(), key: key.clone() };
            let Some(provider) = self.provider_of(&node) else { continue };
            let (header, span) = self.planned_place(instance, &node).unwrap_or((declaration.header(), declaration.span()));
            found.push(Resource {
                address: instance.address_of(&format!("{}{key}", target_name(&target))),
                lazy: self.lazy(node),
                mode,
                kind: Arc::clone(kind),
                name: Arc::clone(name),
                instance: instance.id,
                header,
                span,
                provider,
                calls: self.run_by(&self.root).into_iter().chain(calls_to(instance)).collect(),
            });
        }
    }
}

/// The nested blocks of one name: those of each block that makes some.
fn joined(parts: &[Value], span: Span) -> Value {
    if let [only @ Value { kind: Kind::List(_), .. }] = parts {
        return only.clone();
    }
    let mut list = List { blocks: true, ..List::default() };
    for part in parts {
        match &part.kind {
            Kind::List(blocks) => {
                list.items.extend(blocks.items.iter().cloned());
                list.more = blocks.more.clone().or(list.more.take());
            }
            _ => list.more = Some(reason_of(part, span)),
        }
    }
    Value::new(Kind::List(Arc::new(list)), span)
}

pub(super) fn calls_to(instance: &Rc<Instance>) -> Vec<(Arc<str>, Span)> {
    let mut calls = Vec::new();
    let mut at = instance;
    while let Some(call) = &at.call {
        calls.push((Arc::clone(&at.address), call.span));
        at = &call.parent;
    }
    calls.reverse();
    calls
}
