//! Which account a provider works in, as far as source, configuration or a plan say it, and why.
//!
//! Source: the AWS provider's documentation, "Provider Configuration" (`assume_role`, `allowed_account_ids`, `profile`).

use std::sync::Arc;

use super::evaluator::Evaluator;
use super::modules::provider_name;
use super::scope::{ANY_OF_MANY, Provider, Repetition, Scope};
use super::unknown::{Reason, Unknown};
use super::value::{Kind, Part, Str, Value};
use crate::source::Span;
use crate::syntax::ast::{Block, Expr, ExprKind};
use crate::terraform::{Declaration, quoted_key};

/// More provider configurations of one root module are not looked at.
const MOST_PROVIDERS: usize = 1_000;

/// The account that the configuration declares for the default provider of the root module at hand.
#[derive(Clone, Debug)]
pub struct Declared {
    /// Twelve digits.
    pub id: Arc<str>,
    pub name: Arc<str>,
    /// Where the configuration says so.
    pub span: Span,
}

/// The account that a provider works in.
#[derive(Clone, Debug)]
pub struct Deployment {
    /// Twelve digits, a symbol, or unknown.
    pub account: Value,
    pub because: Because,
    /// What says so. Where nothing does, the provider's block, if there is one.
    pub span: Option<Span>,
}

/// What tells in which account a provider works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Because {
    /// It assumes this role.
    Assumes(String),
    /// It is allowed to work in this account alone.
    Allows,
    /// The configuration says so of the root module's directory.
    Declared(Arc<str>),
    /// A plan has read or made something there.
    Planned,
    /// Nothing does. It may use a profile, which names an account for whoever has it.
    Nothing { profile: Option<String> },
}

impl Evaluator<'_> {
    /// The account that a provider works in: known if its block says so, else one symbol wherever that provider is used.
    pub fn account_of(&self, provider: &Provider, span: Span) -> Value {
        self.deployment(provider, span).account
    }

    /// As `account_of`, with the reason.
    pub fn deployment(&self, provider: &Provider, span: Span) -> Deployment {
        let told = self.told_by_block(provider, span);
        let open = |account: &Value| match &account.kind {
            Kind::Unknown(reason) => reason.symbol.is_none() || self.known_otherwise(provider).is_some(),
            _ => false,
        };
        if let Some(told) = told.clone().filter(|told| !told.account.is_null() && !open(&told.account)) {
            return told;
        }
        if let Some(known) = self.known_otherwise(provider) {
            return known;
        }
        let (header, profile) = self.block_and_profile(provider);
        let symbol = match told {
            // One of a `for_each` that is not known which: two uses may be two accounts.
            _ if provider.is_one_of_many() => Unknown::new(Reason::Data("account".into()), span),
            _ => provider_symbol(self, provider, "account", span),
        };
        Deployment { account: Value::unknown(symbol, span), because: Because::Nothing { profile }, span: header }
    }

    /// What the plan or the configuration says of a provider whose block does not say.
    fn known_otherwise(&self, provider: &Provider) -> Option<Deployment> {
        let planned = self.planned_account(provider).map(|account| {
            let span = Some(account.span);
            Deployment { account, because: Because::Planned, span }
        });
        planned.or_else(|| {
            let default = provider.instance == self.root.id && &*provider.name == "aws";
            let declared = self.declared.as_ref().filter(|_| default)?;
            let account = Value::string(declared.id.to_string(), declared.span);
            Some(Deployment { account, because: Because::Declared(Arc::clone(&declared.name)), span: Some(declared.span) })
        })
    }

    /// What the provider's block says.
    fn told_by_block(&self, provider: &Provider, span: Span) -> Option<Deployment> {
        let told = self.provider_block(provider, |block, scope| {
            let by_token = || self.configured(&block.body, "assume_role_with_web_identity", scope);
            let roles = self.configured(&block.body, "assume_role", scope).or_else(by_token);
            // The last role of a chain is the one that is used.
            let role = match roles.as_ref().map(|roles| &roles.kind) {
                Some(Kind::List(list)) => list.items.last().map(|role| self.get(role, "role_arn", span)),
                Some(Kind::Object(_)) => roles.as_ref().map(|role| self.get(role, "role_arn", span)),
                _ => None,
            };
            let assumed = role.and_then(|arn| {
                let shown = arn.as_str().map(|text| text.display()).unwrap_or_default();
                Some(Deployment { account: account_field(&arn)?, because: Because::Assumes(shown), span: Some(arn.span) })
            });
            assumed.or_else(|| {
                let allowed = self.configured(&block.body, "allowed_account_ids", scope)?;
                let list = allowed.as_list().filter(|list| list.more.is_none())?;
                let [only] = list.items.as_slice() else { return None };
                Some(Deployment { account: only.clone(), because: Because::Allows, span: Some(only.span) })
            })
        });
        told.flatten()
    }

    /// The header of a provider's block, and the profile that it uses.
    fn block_and_profile(&self, provider: &Provider) -> (Option<Span>, Option<String>) {
        let found = self.provider_block(provider, |block, scope| {
            let profile = self.configured(&block.body, "profile", scope);
            let profile = profile.and_then(|profile| profile.known_string().map(String::from)).filter(|profile| !profile.is_empty());
            (block.header(), profile)
        });
        found.map_or((None, None), |(header, profile)| (Some(header), profile))
    }

    /// `aws.dns`, or with what the key is worth `aws.by_region["eu-west-1"]`: OpenTofu's provider configurations may have `for_each`
    /// (language/providers/configuration).
    pub(super) fn provider_reference(&self, expr: &Expr, scope: &Scope) -> Option<Arc<str>> {
        match &expr.kind {
            ExprKind::Parenthesis(inner) => self.provider_reference(inner, scope),
            ExprKind::Index(base, key) => {
                let (name, key) = (provider_name(base)?, self.eval(key, scope));
                Some(match key.known_string() {
                    Some(key) => format!("{name}[{}]", quoted_key(&key)).into(),
                    None => format!("{name}{ANY_OF_MANY}").into(),
                })
            }
            _ => provider_name(expr),
        }
    }

    /// Runs `use_block` with the block of a provider configuration; nothing if there is none.
    pub(super) fn provider_block<T>(&self, provider: &Provider, use_block: impl FnOnce(&Block, &Scope) -> T) -> Option<T> {
        let instance = self.instance(provider.instance);
        let (name, key) = match provider.name.split_once('[') {
            Some((name, key)) => (name, key.strip_suffix(']')),
            None => (&*provider.name, None),
        };
        let (name, alias) = name.split_once('.').map_or((name, None), |(name, alias)| (name, Some(alias)));
        let declarations = self.module(&instance)?.providers.iter().filter(|(declared, _)| &**declared == name);
        let mut blocks = declarations.filter_map(|(_, declaration)| declaration.parse(self.sources));
        let scope = Scope::of(&instance, &Repetition::Single);
        let alias_of = |block: &Block| {
            block.body.attribute("alias").and_then(|alias| self.eval(&alias.value, &scope).known_string().map(String::from))
        };
        let parsed = blocks.find(|parsed| alias_of(&parsed.block).as_deref() == alias)?;
        let repetition = match parsed.block.body.attribute("for_each") {
            Some(for_each) => one_of(&self.eval(&for_each.value, &scope), key, for_each.value.span),
            None => Repetition::Single,
        };
        Some(use_block(&parsed.block, &Scope::of(&instance, &repetition)))
    }

    /// The region that a provider's block names.
    pub fn region_of(&self, provider: &Provider) -> Option<Value> {
        self.provider_block(provider, |block, scope| self.configured(&block.body, "region", scope)).flatten()
    }

    /// How messages name a provider: `aws.dns`, with the module that holds its block where that is not the root module.
    pub fn provider_shown(&self, provider: &Provider) -> String {
        let instance = self.instance(provider.instance);
        if instance.address.is_empty() { provider.name.to_string() } else { format!("{}.{}", instance.address, provider.name) }
    }

    /// The configurations of the AWS provider in the root module's own files; of those with `for_each` the ones whose keys are known.
    pub fn own_providers(&self) -> Vec<Provider> {
        let Some(module) = self.module(&self.root) else { return Vec::new() };
        let blocks = module.providers.iter().filter(|(name, _)| &**name == "aws");
        let names = |(_, declaration): &(Arc<str>, Declaration)| {
            let parsed = declaration.parse(self.sources)?;
            let body = &parsed.block.body;
            let Some(alias) = body.attribute("alias") else { return Some(vec!["aws".into()]) };
            let alias = self.eval_in_root(&alias.value);
            let name = format!("aws.{}", alias.known_string()?);
            let Some(for_each) = body.attribute("for_each") else { return Some(vec![name]) };
            let keyed = |key: &str| format!("{name}[{}]", quoted_key(key));
            match &self.eval_in_root(&for_each.value).kind {
                Kind::Object(object) => Some(object.entries.iter().map(|entry| keyed(&entry.key)).collect()),
                Kind::List(list) => Some(list.items.iter().filter_map(|item| Some(keyed(&item.known_string()?))).collect()),
                _ => None,
            }
        };
        let mut names: Vec<String> = blocks.filter_map(names).flatten().take(MOST_PROVIDERS).collect();
        names.dedup();
        names.into_iter().map(|name| Provider { instance: self.root.id, name: name.into() }).collect()
    }
}

/// The member of a `for_each` that has a key as `quoted_key` writes it; one that stands for all where that is not known.
fn one_of(collection: &Value, key: Option<&str>, span: Span) -> Repetition {
    let is = |name: &str| key == Some(quoted_key(name).as_str());
    let each = |name: &str, value: &Value| Repetition::Each { key: name.into(), key_span: value.span, value: value.clone() };
    let found = match &collection.kind {
        Kind::Object(object) => object.entries.iter().find(|entry| is(&entry.key)).map(|entry| each(&entry.key, &entry.value)),
        Kind::List(list) => {
            let named = list.items.iter().find_map(|item| Some((item.known_string().filter(|name| is(name))?, item)));
            named.map(|(name, item)| each(&name, item))
        }
        _ => None,
    };
    found.unwrap_or_else(|| Repetition::Any(Value::unknown(Unknown::new(Reason::Data("each.value".into()), span), span)))
}

/// The account of `arn:aws:iam::123456789012:role/x`, with its place.
pub(super) fn account_field(arn: &Value) -> Option<Value> {
    let text = arn.as_str()?;
    let mut colons = 0;
    let mut field = Str::default();
    for part in &text.parts {
        let Part::Text(text) = part else {
            if colons == 4 {
                field.push(part.clone());
            }
            continue;
        };
        let mut start = 0;
        for (at, _) in text.value().match_indices(':') {
            if colons == 4 {
                field.push(Part::Text(text.slice(start..at)));
            }
            colons += 1;
            start = at + 1;
        }
        if colons == 4 {
            field.push(Part::Text(text.slice(start..text.value().len())));
        }
    }
    match field.parts.as_slice() {
        [Part::Unknown(only)] => Some(Value::unknown_because(Arc::clone(only), arn.span)),
        [_, ..] if colons >= 5 => Some(Value::str(field, arn.span)),
        _ => None,
    }
}

/// A fact of a provider that source does not give: one symbol wherever that provider is used.
pub(super) fn provider_symbol(evaluator: &Evaluator, provider: &Provider, what: &str, span: Span) -> Unknown {
    let holder = evaluator.instance(provider.instance);
    let key = format!("{what}({}:{})", evaluator.symbol_scope(&holder), provider.name);
    // Shown as `${account}`: the ARN of a resource holds it although source may have no data source for it.
    Unknown::symbolic(Reason::Data(what.into()), span, key, true)
}
