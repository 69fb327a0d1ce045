//! Plans: the output of `terraform show -json PLAN`, and OpenTofu's (internals/json-format).
//!
//! A plan says which instances there are, what is planned for each (`planned_values`) and which parts of that are known only after
//! apply (`resource_changes[].change.after_unknown`), what data sources read (`prior_state`), the variables, and the configuration
//! without its expressions: of those that are not constant only what they refer to.

mod configured;
mod lower;
mod made;
mod read;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::module::ResourceMode;
use crate::source::{FileId, Span};
use crate::syntax::ast::{Block, Expr};
use crate::syntax::json_part::JsonPart;

pub use configured::{DOUBT, References};
pub use made::Adopted;
pub use read::{is_plan, read};

/// The mode, type and name of a resource.
pub type ResourceKey = (ResourceMode, Arc<str>, Arc<str>);

/// A plan, indexed: its values are read when somebody asks.
#[derive(Debug)]
pub struct Plan {
    pub file: FileId,
    /// Whether it is of the whole configuration: one that was made with `-target` is not (Terraform 1.8 says so).
    pub complete: bool,
    variables: HashMap<Arc<str>, JsonPart>,
    /// By the address of the module instance.
    modules: HashMap<Arc<str>, PlannedModule>,
    /// What the configuration has of each resource, by the module's path.
    configured: HashMap<Arc<str>, BTreeMap<ResourceKey, ConfiguredResource>>,
    /// `configuration.root_module`
    root: JsonPart,
    /// `configuration.provider_config`, by key.
    providers: BTreeMap<Arc<str>, JsonPart>,
}

#[derive(Debug, Default)]
struct PlannedModule {
    /// Sorted by key.
    resources: BTreeMap<ResourceKey, Vec<PlannedInstance>>,
    /// The keys of each module call, sorted.
    calls: BTreeMap<Arc<str>, Vec<PlannedKey>>,
}

#[derive(Debug)]
struct ConfiguredResource {
    /// Which provider configuration: `aws`, `aws.dns`, `module.x:aws`.
    provider: Option<Arc<str>>,
    expressions: Option<JsonPart>,
}

/// The key part of an address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PlannedKey {
    None,
    Index(usize),
    Name(Arc<str>),
}

impl std::fmt::Display for PlannedKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            PlannedKey::None => Ok(()),
            PlannedKey::Index(index) => write!(f, "[{index}]"),
            PlannedKey::Name(name) => write!(f, "[{}]", super::quoted_key(name)),
        }
    }
}

/// One instance of a resource as it will be, or of a data source as it was read.
#[derive(Debug)]
pub struct PlannedInstance {
    pub key: PlannedKey,
    /// All that the plan says of it in one place.
    pub span: Span,
    address: JsonPart,
    values: JsonPart,
    /// Which parts of the values are known only after apply.
    unknown: Option<JsonPart>,
    /// Whether it is made anew, so that nothing of it comes from AWS.
    created: bool,
}

impl Plan {
    /// The value of a root variable.
    pub fn variable(&self, name: &str) -> Option<Expr> {
        self.variables.get(name).and_then(|value| lower::plain(self.file, value))
    }

    /// The instances of a resource in one module instance.
    pub fn instances(&self, module: &str, resource: &ResourceKey) -> &[PlannedInstance] {
        let instances = self.modules.get(module).and_then(|module| module.resources.get(resource));
        instances.map_or(&[], Vec::as_slice)
    }

    /// One instance of a resource.
    pub fn instance(&self, module: &str, resource: &ResourceKey, key: &PlannedKey) -> Option<&PlannedInstance> {
        let instances = self.instances(module, resource);
        instances.binary_search_by(|instance| instance.key.cmp(key)).ok().and_then(|at| instances.get(at))
    }

    /// The keys of a module call, as far as there is anything in the modules.
    pub fn module_keys(&self, module: &str, call: &str) -> &[PlannedKey] {
        self.modules.get(module).and_then(|module| module.calls.get(call)).map_or(&[], Vec::as_slice)
    }

    /// Every instance of every resource for which `wanted` says yes, with the key of its provider configuration.
    pub fn with_providers(&self, wanted: &dyn Fn(&ResourceKey) -> bool) -> Vec<(&ResourceKey, &PlannedInstance, Arc<str>)> {
        let mut found = Vec::new();
        for (address, module) in &self.modules {
            let path = path_of(address);
            for (resource, instances) in module.resources.iter().filter(|(resource, _)| wanted(resource)) {
                if let Some(provider) = self.provider_key(&path, resource) {
                    found.extend(instances.iter().map(|instance| (resource, instance, Arc::clone(&provider))));
                }
            }
        }
        found
    }

    /// Which provider configuration a resource belongs to. Terraform before 1.1 names the one of the module also where the module is given
    /// its caller's.
    pub fn provider_key(&self, path: &str, resource: &ResourceKey) -> Option<Arc<str>> {
        let key = self.configured.get(path)?.get(resource)?.provider.clone()?;
        let Some((mut path, name)) = key.rsplit_once(':') else { return Some(key) };
        loop {
            let candidate = if path.is_empty() { name.to_owned() } else { format!("{path}:{name}") };
            if path.is_empty() || self.providers.contains_key(candidate.as_str()) {
                return Some(candidate.into());
            }
            path = path.rsplit_once(".module.").map_or("", |(outer, _)| outer);
        }
    }

    /// A resource's block, as far as the plan gives it: the arguments of the configuration with the values of `instance`, and for what
    /// is known only after apply what it refers to.
    pub fn block(&self, path: &str, resource: &ResourceKey, instance: Option<&PlannedInstance>, references: &References) -> Block {
        let expressions = self.configured.get(path).and_then(|module| module.get(resource)).and_then(|found| found.expressions.as_ref());
        configured::block(self.file, resource, expressions, instance, references)
    }
}

impl PlannedInstance {
    /// The address, where the plan names it.
    pub fn header(&self) -> Span {
        self.address.span()
    }

    /// What an attribute will be: nothing if the plan says nothing of it, or that all of it is known only after apply.
    pub fn attribute(&self, name: &str) -> Option<Expr> {
        self.lowered(name, &self.values.get(name)?, self.unknown.as_ref().and_then(|unknown| unknown.get(name)).as_ref())
    }

    fn lowered(&self, name: &str, value: &JsonPart, unknown: Option<&JsonPart>) -> Option<Expr> {
        if unknown.is_some_and(JsonPart::is_true) {
            return None;
        }
        lower::planned(value, unknown, &|| {
            let address = self.address.string().unwrap_or_default();
            format!("{address}.{name}")
        })
    }
}

/// The path of a module instance: its address without keys.
pub fn path_of(address: &str) -> Arc<str> {
    if !address.contains('[') {
        return address.into();
    }
    let (mut path, mut quoted, mut key, mut escaped) = (String::new(), false, false, false);
    for character in address.chars() {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' if key => quoted = !quoted,
            '[' if !quoted => key = true,
            ']' if !quoted => key = false,
            _ if !key => path.push(character),
            _ => {}
        }
    }
    path.into()
}

#[cfg(test)]
mod tests {
    use super::path_of;

    #[test]
    fn a_path_is_an_address_without_keys() {
        assert_eq!(&*path_of(r#"module.a["x].\"y"].module.b[0].module.c"#), "module.a.module.b.module.c");
        assert_eq!(&*path_of("module.a"), "module.a");
    }
}
