//! From the JSON of a plan to its index.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use memchr::memmem;

use super::{ConfiguredResource, Plan, PlannedInstance, PlannedKey, ResourceKey};
use crate::finding::{Problem, ProblemKind};
use crate::source::{FileId, Sources, Span};
use crate::syntax::json_part::JsonPart;
use crate::terraform::ResourceMode;

/// Modules that call modules that call modules: deeper than this nobody nests them. Each level is looked through once more.
pub(super) const DEEPEST: usize = 32;

/// Whether a text may be meant as a plan or a state: it has one of the members that all of them have.
pub fn is_plan(text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let has = |member: &str| memmem::find(text.as_bytes(), member.as_bytes()).is_some();
    text.starts_with('{') && ["\"format_version\"", "\"terraform_version\"", "\"@level\""].into_iter().any(has)
}

/// Reads a plan. What is no plan is a problem that says what to pass instead.
pub fn read(sources: &Sources, file: FileId) -> Result<Plan, Problem> {
    let text = Arc::clone(&sources.file(file).text);
    let root = JsonPart::whole(file, &text).map_err(|problem| explained(&text, problem))?;
    let sections: HashMap<Arc<str>, JsonPart> = root.members().collect();
    let section = |name: &str| sections.get(name);
    let refuse = |message: &str, span: Span| Err(Problem::new(ProblemKind::Unreadable, message.to_owned(), span));
    let first_line = Span::new(file, root.span().range().start..root.span().range().start + 1);
    if let Some(version) = section("format_version")
        && version.string().is_some_and(|version| !matches!(version.split('.').next(), Some("0" | "1")))
    {
        return refuse("this plan is of a format that rolelint does not know: it reads format_version 1 and before", version.span());
    }
    let (Some(planned), Some(configuration)) = (section("planned_values"), section("configuration")) else {
        let is_state = section("values").is_some() || section("serial").is_some();
        return refuse(if is_state { STATE } else { NO_PLAN }, first_line);
    };
    if let Some((name, part)) = misshapen(&sections) {
        return refuse(
            &format!("`{name}` of this plan is not what Terraform writes: pass the output of `terraform show -json` as it is"),
            part.span(),
        );
    }
    let changes = section("resource_changes").map(changes).unwrap_or_default();
    let configuration_root = configuration.get("root_module").unwrap_or_else(|| configuration.clone());
    let mut plan = Plan {
        file,
        complete: section("complete").is_none_or(JsonPart::is_true),
        variables: HashMap::new(),
        modules: HashMap::new(),
        configured: HashMap::new(),
        root: configuration_root.clone(),
        providers: configuration.get("provider_config").map(|providers| providers.members().collect()).unwrap_or_default(),
    };
    for (name, variable) in section("variables").iter().flat_map(|variables| variables.members()) {
        if let Some(value) = variable.get("value") {
            plan.variables.insert(name, value);
        }
    }
    if let Some(values) = planned.get("root_module") {
        plan.values(&values, &[], &changes, &|_| true);
    }
    let read = section("prior_state").and_then(|state| state.get("values")).and_then(|values| values.get("root_module"));
    if let Some(values) = read {
        // Of what there was before only data sources are still so.
        plan.values(&values, &[], &changes, &|mode| mode == ResourceMode::Data);
    }
    for instances in plan.modules.values_mut().flat_map(|module| module.resources.values_mut()) {
        instances.sort_by(|a, b| a.key.cmp(&b.key));
        // A data source that is read again on apply is planned as well, and that stands first.
        instances.dedup_by(|later, earlier| later.key == earlier.key);
    }
    for keys in plan.modules.values_mut().flat_map(|module| module.calls.values_mut()) {
        keys.sort();
        keys.dedup();
    }
    plan.configuration(&configuration_root, "", 0);
    Ok(plan)
}

/// The first member that is of another type than Terraform gives it: read as if it were empty, a plan with mistakes would pass.
fn misshapen(sections: &HashMap<Arc<str>, JsonPart>) -> Option<(&'static str, JsonPart)> {
    let wrong = |name: &'static str, part: Option<JsonPart>, fits: fn(&JsonPart) -> bool| {
        part.filter(|part| !fits(part) && !part.is_null()).map(|part| (name, part))
    };
    let section = |name: &str| sections.get(name).cloned();
    let resources = |name: &str| section(name).and_then(|values| values.get("root_module")).and_then(|module| module.get("resources"));
    wrong("planned_values", section("planned_values"), JsonPart::is_object)
        .or_else(|| wrong("configuration", section("configuration"), JsonPart::is_object))
        .or_else(|| wrong("variables", section("variables"), JsonPart::is_object))
        .or_else(|| wrong("resource_changes", section("resource_changes"), JsonPart::is_list))
        .or_else(|| wrong("planned_values.root_module.resources", resources("planned_values"), JsonPart::is_list))
        .or_else(|| wrong("configuration.root_module.resources", resources("configuration"), JsonPart::is_list))
}

const NO_PLAN: &str = "this is not the output of `terraform show -json` for a plan: it needs `planned_values` and `configuration`";
const STATE: &str = "this is a state, which does not say what was configured: pass a plan, `terraform plan -out=plan` and \
                     `terraform show -json plan > plan.json`";

/// Adds what may have gone wrong to what is wrong.
fn explained(text: &str, mut problem: Problem) -> Problem {
    if text.contains("\"@level\"") && text.contains("\"@message\"") {
        problem.message = "this is the log of `terraform plan -json`: pass the output of `terraform show -json plan` instead".to_owned();
        problem.kind = ProblemKind::Unreadable;
    }
    problem
}

/// What `resource_changes` says of one instance.
struct Change {
    unknown: Option<JsonPart>,
    created: bool,
    deleted: bool,
}

/// The changes by address. What is left of a replaced object (`deposed`) is no instance.
fn changes(changes: &JsonPart) -> HashMap<Arc<str>, Change> {
    let mut found = HashMap::new();
    for item in changes.items() {
        let (mut address, mut change, mut deposed) = (None, None, false);
        for (name, value) in item.members() {
            match &*name {
                "address" => address = value.string(),
                "change" => change = Some(value),
                "deposed" => deposed = true,
                _ => {}
            }
        }
        let (Some(address), Some(change), false) = (address, change, deposed) else { continue };
        let (mut unknown, mut actions, mut created) = (None, Vec::new(), false);
        for (name, value) in change.members() {
            match &*name {
                "actions" => actions = value.items().filter_map(|action| action.string()).collect(),
                "after_unknown" => unknown = Some(value),
                "before" => created = value.is_null(),
                _ => {}
            }
        }
        let is = |names: &[&str]| actions.iter().map(|action| &**action).eq(names.iter().copied());
        created |= actions.iter().any(|action| &**action == "create");
        found.insert(address, Change { unknown, created, deleted: is(&["delete"]) || is(&["forget"]) });
    }
    found
}

impl Plan {
    /// Adds the resources of a module instance of `planned_values` or `prior_state`, and those of the modules that it calls.
    fn values(&mut self, values: &JsonPart, steps: &[Step], changes: &HashMap<Arc<str>, Change>, wanted: &dyn Fn(ResourceMode) -> bool) {
        for (name, part) in values.members() {
            match &*name {
                "resources" => {
                    let instances = part.items().filter_map(|item| instance(&item, changes));
                    let instances: Vec<_> = instances.filter(|(resource, _)| wanted(resource.0)).collect();
                    // A module of which nothing stays is not there.
                    if !instances.is_empty() {
                        let address = self.calls(steps);
                        let module = self.modules.entry(address.into()).or_default();
                        instances.into_iter().for_each(|(resource, instance)| module.resources.entry(resource).or_default().push(instance));
                    }
                }
                "child_modules" => {
                    for child in part.items() {
                        let address = child.get("address").and_then(|address| address.string());
                        if let Some(inner) =
                            address.and_then(|raw| self::steps(&raw)).filter(|inner| (steps.len() + 1..DEEPEST).contains(&inner.len()))
                        {
                            self.values(&child, &inner, changes, wanted);
                        }
                    }
                }
                _ => {}
            }
        }
    }

    /// Notes the calls that lead to a module instance, and returns its address.
    fn calls(&mut self, steps: &[Step]) -> String {
        let mut address = String::new();
        for (name, key) in steps {
            let module = self.modules.entry(address.as_str().into()).or_default();
            let keys = module.calls.entry(Arc::clone(name)).or_default();
            if keys.last() != Some(key) {
                keys.push(key.clone());
            }
            let dot = if address.is_empty() { "" } else { "." };
            address.push_str(&format!("{dot}module.{name}{key}"));
        }
        address
    }

    /// Notes what the configuration has of each resource.
    fn configuration(&mut self, module: &JsonPart, path: &str, depth: usize) {
        let mut resources = BTreeMap::new();
        for (name, part) in module.members() {
            match &*name {
                "resources" => resources = part.items().filter_map(|item| configured(&item)).collect(),
                "module_calls" if depth < DEEPEST => {
                    for (call, part) in part.members() {
                        let dot = if path.is_empty() { "" } else { "." };
                        if let Some(module) = part.get("module") {
                            self.configuration(&module, &format!("{path}{dot}module.{call}"), depth + 1);
                        }
                    }
                }
                _ => {}
            }
        }
        self.configured.insert(path.into(), resources);
    }
}

pub(super) fn resource_key(mode: Option<Arc<str>>, kind: Option<Arc<str>>, name: Option<Arc<str>>) -> Option<ResourceKey> {
    let mode = match mode.as_deref() {
        Some("managed") => ResourceMode::Managed,
        Some("data") => ResourceMode::Data,
        _ => return None,
    };
    Some((mode, kind?, name?))
}

fn instance(item: &JsonPart, changes: &HashMap<Arc<str>, Change>) -> Option<(ResourceKey, PlannedInstance)> {
    let (mut address, mut mode, mut kind, mut name, mut index, mut values) = (None, None, None, None, None, None);
    for (member, part) in item.members() {
        match &*member {
            "address" => address = Some(part),
            "mode" => mode = part.string(),
            "type" => kind = part.string(),
            "name" => name = part.string(),
            "index" => index = Some(part),
            "values" => values = Some(part),
            // An object that is to be replaced and is still there.
            "deposed_key" => return None,
            _ => {}
        }
    }
    let key = match &index {
        Some(index) => match (index.index(), index.string()) {
            (Some(index), _) => PlannedKey::Index(index),
            (None, Some(name)) => PlannedKey::Name(name),
            (None, None) => return None,
        },
        None => PlannedKey::None,
    };
    let address = address?;
    let change = address.string().and_then(|address| changes.get(&address));
    if change.is_some_and(|change| change.deleted) {
        return None;
    }
    let instance = PlannedInstance {
        key,
        span: item.span(),
        address,
        values: values?,
        unknown: change.and_then(|change| change.unknown.clone()),
        created: change.is_some_and(|change| change.created),
    };
    Some((resource_key(mode, kind, name)?, instance))
}

fn configured(item: &JsonPart) -> Option<(ResourceKey, ConfiguredResource)> {
    let (mut mode, mut kind, mut name, mut provider, mut expressions) = (None, None, None, None, None);
    for (member, part) in item.members() {
        match &*member {
            "mode" => mode = part.string(),
            "type" => kind = part.string(),
            "name" => name = part.string(),
            "provider_config_key" => provider = part.string(),
            "expressions" => expressions = Some(part),
            _ => {}
        }
    }
    Some((resource_key(mode, kind, name)?, ConfiguredResource { provider, expressions }))
}

/// A call with one of its keys.
type Step = (Arc<str>, PlannedKey);

/// The calls that `module.a["x"].module.b[0]` goes through. Keys are quoted as HCL quotes strings.
fn steps(address: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    let mut rest = address;
    loop {
        rest = rest.strip_prefix("module.")?;
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let (name, after) = rest.split_at_checked(end)?;
        let (key, after) = match after.strip_prefix('[') {
            Some(inside) => key(inside)?,
            None => (PlannedKey::None, after),
        };
        steps.push((name.into(), key));
        match after.strip_prefix('.') {
            Some(further) => rest = further,
            None => return after.is_empty().then_some(steps),
        }
    }
}

/// A key, and what follows its bracket.
fn key(text: &str) -> Option<(PlannedKey, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let (digits, rest) = text.split_once(']')?;
        return Some((PlannedKey::Index(digits.parse().ok()?), rest));
    };
    let mut name = String::new();
    let mut characters = quoted.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((PlannedKey::Name(name.into()), quoted.get(at + 1..)?.strip_prefix(']')?)),
            '\\' => match characters.next()?.1 {
                escape @ ('u' | 'U') => {
                    let digits: String = characters.by_ref().map(|(_, digit)| digit).take(if escape == 'u' { 4 } else { 8 }).collect();
                    name.push(char::from_u32(u32::from_str_radix(&digits, 16).ok()?)?);
                }
                'n' => name.push('\n'),
                'r' => name.push('\r'),
                't' => name.push('\t'),
                other => name.push(other),
            },
            // `$${` and `%%{` are `${` and `%{`.
            '$' | '%'
                if quoted
                    .get(at + 1..)
                    .is_some_and(|rest| rest.starts_with(character) && rest.get(1..).is_some_and(|rest| rest.starts_with('{'))) => {}
            other => name.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_apart() {
        let shown = |address: &str| steps(address).map(|steps| steps.iter().map(|(name, key)| format!("{name}{key} ")).collect::<String>());
        assert_eq!(shown(r#"module.a["q$${r}"].module.b[12].module.c"#).as_deref(), Some(r#"a["q$${r}"] b[12] c "#));
        assert_eq!(shown(r#"module.a["\u00a0\U000e0001u"]"#).as_deref(), Some(r#"a["\u00a0\U000e0001u"] "#));
        assert_eq!(shown(r#"module.a["w\"].z"]"#).as_deref(), Some(r#"a["w\"].z"] "#));
        for broken in ["", "a", "module.a[", "module.a[\"x]", "module.a[x]", "module.a]b"] {
            assert_eq!(shown(broken).filter(|_| broken != "module.a]b"), None, "{broken}");
        }
    }
}
