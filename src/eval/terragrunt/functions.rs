//! Terragrunt's own functions and names, as far as source gives what they are worth.

use std::sync::Arc;

use super::super::evaluator::Evaluator;
use super::super::reference::relative;
use super::super::unknown::{Reason, Unknown};
use super::super::value::{Kind, Value};
use super::{Config, Place, known_when_run};
use crate::source::Span;
use crate::terraform::{normalise, shown};

/// Directories upward that are looked through.
const HIGHEST: usize = 64;

/// Names that stand for what other runs or the command line give.
const NAMES: &[&str] = &["dependency", "feature", "unit", "stack", "values"];

impl Evaluator<'_> {
    /// A call of one of Terragrunt's functions; nothing for any other. Those that ask the environment or AWS are like functions that nobody
    /// knows.
    pub(in crate::eval) fn terragrunt_call(&self, function: &str, values: &[Value], span: Span) -> Option<Value> {
        let place = self.terragrunt.as_ref()?;
        let text = |index: usize| values.get(index).and_then(|value: &Value| value.known_string().map(|text| text.into_owned()));
        let string = |text: String| Value::string(text, span);
        // Of the file at hand if it is included, else of the include that is named, or of the only one.
        let parent = || match (text(0), place.includes.as_slice()) {
            _ if place.file != place.unit => Some(place.file.clone()),
            (Some(label), includes) => includes.iter().find(|(known, _)| **known == *label).map(|(_, directory)| directory.clone()),
            (None, [(_, only)]) => Some(only.clone()),
            (None, _) => Some(place.unit.clone()),
        };
        let value = match function {
            "get_terragrunt_dir" | "get_original_terragrunt_dir" => string(self.absolute(&place.unit)),
            "get_parent_terragrunt_dir" => string(self.absolute(&parent()?)),
            "path_relative_to_include" => string(relative(&parent()?, &place.unit)),
            "path_relative_from_include" => string(relative(&place.unit, &parent()?)),
            "get_repo_root" => string(self.absolute(&self.repository(place)?)),
            "get_path_from_repo_root" => string(relative(&self.repository(place)?, &place.unit)),
            "get_path_to_repo_root" => string(relative(&place.unit, &self.repository(place)?)),
            "find_in_parent_folders" => self.find_in_parents(place, values, span)?,
            "read_terragrunt_config" => self.read_config(place, values, span)?,
            _ => return None,
        };
        Some(value)
    }

    /// What a name stands for that only Terragrunt knows; nothing for any other.
    pub(in crate::eval) fn terragrunt_name(&self, name: &str, span: Span) -> Option<Value> {
        let place = self.terragrunt.as_ref()?;
        if name == "include" {
            return place.exposed.clone().map(|value| Value { span, ..value });
        }
        if !NAMES.contains(&name) {
            return None;
        }
        let key = format!("terragrunt {}:{name}", place.unit);
        Some(Value::unknown(Unknown::symbolic(Reason::Terragrunt(name.into()), span, key, false), span))
    }

    fn absolute(&self, directory: &str) -> String {
        self.sources.absolute(directory).unwrap_or_else(|| directory.to_owned())
    }

    fn repository(&self, place: &Place) -> Option<String> {
        let is_root = |directory: &String| [".git", ".git/HEAD"].iter().any(|name| self.sources.exists(&normalise(directory, name)));
        upward(&place.unit).find(is_root)
    }

    /// `find_in_parent_folders(name, fallback)`: the first file of the name above the unit.
    fn find_in_parents(&self, place: &Place, values: &[Value], span: Span) -> Option<Value> {
        let name = match values.first() {
            Some(name) => name.known_string()?.into_owned(),
            None => "terragrunt.hcl".to_owned(),
        };
        let candidates = upward(&place.unit).skip(1).map(|directory| normalise(&directory, &name));
        match candidates.into_iter().find(|path| self.sources.exists(path)) {
            Some(path) => Some(Value::string(self.absolute(&path), span)),
            None => values.get(1).cloned(),
        }
    }

    fn read_config(&self, place: &Place, values: &[Value], span: Span) -> Option<Value> {
        let path = values.first()?.known_string()?.into_owned();
        let path = shown(self.sources, normalise(&place.file, &path));
        let path = if path.ends_with(".hcl") || path.ends_with(".json") { path } else { normalise(&path, "terragrunt.hcl") };
        match Config::at(self.sources, &path, &Place { level: self.level(), ..place.clone() }) {
            Some(config) => {
                let own = config.place.file.clone();
                let config = Config { place: Place { unit: own, includes: Vec::new(), ..config.place }, ..config };
                Some(config.exposed(self.sources, "read_terragrunt_config", span))
            }
            None if matches!(values.get(1).map(|value| &value.kind), Some(Kind::Object(_))) => values.get(1).cloned(),
            None => Some(Value::unknown_because(Arc::new(known_when_run("read_terragrunt_config", span)), span)),
        }
    }
}

/// A directory and those above it.
fn upward(directory: &str) -> impl Iterator<Item = String> {
    let mut next = Some(directory.to_owned());
    std::iter::from_fn(move || {
        let at = next.take()?;
        let above = normalise(&at, "..");
        next = (above != at && !above.starts_with("/..")).then_some(above);
        Some(at)
    })
    .take(HIGHEST)
}
