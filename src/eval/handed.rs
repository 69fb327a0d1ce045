//! Values whose use source does not show: arguments of modules that are not there, and outputs of a root module.

use std::rc::Rc;
use std::sync::Arc;

use super::evaluator::Evaluator;
use super::expand::Expansion;
use super::modules::{provider_name, resolve_provider};
use super::presence::{self, Presence};
use super::resource::calls_to;
use super::scope::{Instance, Key, Provider, Repetition, Scope, Target};
use super::value::Value;
use crate::source::Span;
use crate::syntax::ast::{Block, Expr, ExprKind};
use crate::terraform::{CallSource, Declaration, Given, ModuleId};

/// A value that is handed to something whose use of it is not in source.
#[derive(Clone, Debug)]
pub struct Handed {
    pub value: Value,
    /// The argument, or the output.
    pub name: Arc<str>,
    /// Where it is named.
    pub span: Span,
    /// `module.role["ci"]`, `output.policy`
    pub taker: String,
    /// The module's source as written; nothing of an output.
    pub source: Option<Arc<str>>,
    /// The head of the call's block, or the output's, and all of it.
    pub header: Span,
    pub block: Span,
    /// The configuration of the AWS provider that counts there.
    pub provider: Provider,
    /// Module calls that lead here.
    pub calls: Vec<(Arc<str>, Span)>,
    pub presence: Presence,
}

/// Whether a block of a module is worth a look, and whether an expression is.
type LookedInto<'l> = &'l dyn Fn(ModuleId, &Declaration) -> bool;
type Wanted<'w> = &'w dyn Fn(&Expr) -> bool;

/// Arguments of a call that are not the module's variables (language/modules/syntax, "Meta-arguments").
const META: &[&str] = &["source", "version", "count", "for_each", "providers", "depends_on"];

impl Evaluator<'_> {
    /// What is handed to modules that are not there, and what the root module outputs if nobody is known to call it, but for expressions
    /// that are not `wanted`, and blocks of a module that are not `looked_into`. Problems on the way are nobody's business: nothing that is judged depends on these values.
    pub fn handed(&self, looked_into: LookedInto, wanted: Wanted) -> Vec<Handed> {
        let told = self.take_problems();
        let instances = self.state.borrow().instances.clone();
        let mut handed: Vec<Handed> = instances.iter().flat_map(|instance| self.handed_by(instance, looked_into, wanted)).collect();
        if *self.given == Given::Directory {
            handed.extend(self.outputs(looked_into, wanted));
        }
        self.take_problems();
        told.into_iter().for_each(|problem| self.tell(problem));
        handed
    }

    fn handed_by(&self, instance: &Rc<Instance>, looked_into: LookedInto, wanted: Wanted) -> Vec<Handed> {
        let mut handed = Vec::new();
        for (name, source) in self.tree.calls(instance.module) {
            let leads = self.leads(instance, name, source);
            if matches!(leads, CallSource::Local(_)) {
                continue;
            }
            let declaration = self.module(instance).and_then(|module| module.calls.get(name));
            let declaration = declaration.filter(|declaration| looked_into(instance.module, declaration));
            let Some(parsed) = declaration.and_then(|declaration| declaration.parse(self.sources)) else { continue };
            let (source, _) = self.absence(instance, name, leads);
            self.next_resource();
            let expansion = self.expansion(instance, &Target::Call(Arc::clone(name)), &parsed.block);
            for (key, repetition) in &expansion.instances {
                let call = Call { instance, name, key, repetition, expansion: &expansion, source: &source };
                handed.extend(self.arguments(&call, &parsed.block, wanted));
            }
        }
        handed
    }

    fn arguments(&self, call: &Call, block: &Block, wanted: Wanted) -> Vec<Handed> {
        let Call { instance, name, key, repetition, expansion, source } = call;
        let scope = Scope::of(instance, repetition);
        let implied = expansion.implied(key);
        let provider = self.provider_given(block, &scope);
        let presence = presence::of_call(instance, expansion, key);
        let arguments = block.body.attributes.iter().filter(|attribute| !META.contains(&&*attribute.name.text) && wanted(&attribute.value));
        let handed = arguments.map(|attribute| {
            self.next_resource();
            Handed {
                value: self.eval(&attribute.value, &scope).under(&instance.assumed).under(&implied),
                name: Arc::clone(&attribute.name.text),
                span: attribute.name.span,
                taker: instance.address_of(&format!("module.{name}{key}")),
                source: Some(Arc::clone(source)),
                header: block.header(),
                block: block.span,
                provider: provider.clone(),
                calls: self.calls_of(instance),
                presence: presence.clone(),
            }
        });
        handed.collect()
    }

    /// The AWS provider that a call gives to its module: `providers = { aws = aws.dns }`, else the caller's own.
    fn provider_given(&self, block: &Block, scope: &Scope) -> Provider {
        let given = block.body.attribute("providers").and_then(|attribute| match &attribute.value.kind {
            ExprKind::Object(items) => items.iter().find(|item| provider_name(&item.key).as_deref() == Some("aws")),
            _ => None,
        });
        let name = given.and_then(|item| self.provider_reference(&item.value, scope));
        resolve_provider(scope.instance, &name.unwrap_or_else(|| "aws".into()))
    }

    fn outputs(&self, looked_into: LookedInto, wanted: Wanted) -> Vec<Handed> {
        let Some(module) = self.module(&self.root) else { return Vec::new() };
        let output = |(name, declaration): (&Arc<str>, &Declaration)| {
            let parsed = looked_into(module.id, declaration).then(|| declaration.parse(self.sources))??;
            parsed.block.body.attribute("value").filter(|value| wanted(&value.value))?;
            self.next_resource();
            let header = declaration.header();
            Some(Handed {
                value: self.output(&self.root, name, header),
                name: Arc::clone(name),
                span: header,
                taker: format!("output.{name}"),
                source: None,
                header,
                block: declaration.span(),
                provider: resolve_provider(&self.root, &"aws".into()),
                calls: self.calls_of(&self.root),
                presence: Presence::default(),
            })
        };
        module.outputs.iter().filter_map(output).collect()
    }

    fn calls_of(&self, instance: &Rc<Instance>) -> Vec<(Arc<str>, Span)> {
        self.run_by(&self.root).into_iter().chain(calls_to(instance)).collect()
    }
}

/// One instance of a call that leads nowhere.
struct Call<'c> {
    instance: &'c Rc<Instance>,
    name: &'c Arc<str>,
    key: &'c Key,
    repetition: &'c Repetition,
    expansion: &'c Expansion,
    source: &'c Arc<str>,
}
