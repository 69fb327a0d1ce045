//! Which configuration holds where: the file at the top governs, and one in a directory below it counts there.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use super::mistakes;
use crate::config::schema::Takes;
use crate::config::{Account, Config, Governing, OptionValue};
use crate::finding::{FileUse, Problem, ProblemKind};
use crate::rules::{self, Selection};
use crate::source::{FileId, Sources, Span};
use crate::syntax::ast::Name;

/// A configuration file that has been read.
#[derive(Clone, Debug)]
pub struct ConfigFile {
    pub file: FileId,
    /// The directory for which it counts.
    pub directory: String,
    pub config: Config,
}

/// What holds somewhere: a configuration with the rules that its lists name.
#[derive(Clone, Debug, Default)]
pub struct Holds {
    pub config: Config,
    pub select: Selection,
    pub ignore: Selection,
}

impl Holds {
    fn of(config: Config) -> Holds {
        // What is wrong in the lists is reported with the file's other mistakes.
        let (select, ignore) = (mistakes::selection(&config.select, &mut Vec::new()), mistakes::selection(&config.ignore, &mut Vec::new()));
        Holds { config, select, ignore }
    }
}

/// What the configuration files of a run come to.
#[derive(Clone, Debug, Default)]
pub struct Configurations {
    /// By directory, absolute where there is a disk.
    nested: BTreeMap<String, Arc<Holds>>,
    /// What holds where no file counts; or everywhere, if somebody named a file.
    elsewhere: Arc<Holds>,
    /// Directories without links, by the names that findings give them: asked for each finding.
    real: Arc<Mutex<HashMap<String, String>>>,
    /// Whether a file counts wherever something is analysed, so that `elsewhere` holds nowhere.
    covering: bool,
    used: Vec<FileUse>,
    /// The baseline that a governing file names, with the directory of that file.
    pub baseline: Option<(String, Name)>,
    pub problems: Vec<Problem>,
}

impl Configurations {
    /// One configuration for everything: a file that somebody named.
    pub fn everywhere(path: String, mut config: Config) -> Configurations {
        lists(&mut config);
        let mut problems = std::mem::take(&mut config.problems);
        problems.extend(mistakes::of(&config));
        let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory).to_owned();
        let baseline = config.baseline.clone().map(|name| (directory, name));
        let used = vec![FileUse { path, directory: None, governed_by: None }];
        Configurations { elsewhere: Arc::new(Holds::of(config)), used, baseline, problems, ..Configurations::default() }
    }

    /// Files in directories of the tree, each for what is below it.
    pub fn of_directories(mut files: Vec<ConfigFile>, sources: &Sources) -> Configurations {
        let mut found = Configurations::default();
        let absolute = |directory: &str| real(directory, sources);
        // What governs comes before what it governs.
        files.sort_by_cached_key(|file| absolute(&file.directory));
        let mut paths: BTreeMap<String, String> = BTreeMap::new();
        for ConfigFile { file, directory, mut config } in files {
            let path = sources.file(file).path.clone();
            let own = absolute(&directory);
            lists(&mut config);
            found.problems.extend(mistakes::of(&config));
            if paths.contains_key(&own) {
                let message = format!("`{path}` is a second configuration of its directory, and does not count");
                found.problems.push(Problem::new(ProblemKind::Config, message, Span::new(file, 0..0)));
                continue;
            }
            let top = ancestors(&own).skip(1).filter_map(|above| paths.get(above)).last().cloned();
            if let (None, Some(name)) = (&top, &config.baseline) {
                found.add_baseline(&directory, name);
            }
            let outer = ancestors(&own).skip(1).find_map(|above| Some((above, found.nested.get(above)?)));
            let mut effective = match (outer, &top) {
                (Some((_, outer)), Some(top)) => {
                    if !outer.config.allow_override {
                        found.problems.extend(mistakes::of_levels(&config, outer, top));
                    }
                    config.within(&Governing { config: &outer.config, path: top, tightens: &tightens })
                }
                _ => config,
            };
            found.problems.append(&mut effective.problems);
            found.nested.insert(own.clone(), Arc::new(Holds::of(effective)));
            paths.insert(own, path.clone());
            found.used.push(FileUse { path, directory: Some(directory), governed_by: top });
        }
        found
    }

    fn add_baseline(&mut self, directory: &str, name: &Name) {
        match &self.baseline {
            None => self.baseline = Some((directory.to_owned(), name.clone())),
            Some(_) => {
                let message = "another configuration that governs a part of this run names a baseline, and a run has one";
                self.problems.push(Problem::new(ProblemKind::Config, message, name.span));
            }
        }
    }

    /// Notes in which directories there is something to analyse.
    pub fn hold_for<'d>(&mut self, directories: impl IntoIterator<Item = &'d str>, sources: &Sources) {
        let elsewhere: *const Holds = &*self.elsewhere;
        self.covering = !directories.into_iter().any(|directory| std::ptr::eq(self.at(directory, sources), elsewhere));
    }

    /// What holds in a directory.
    pub fn at(&self, directory: &str, sources: &Sources) -> &Holds {
        if self.nested.is_empty() {
            return &self.elsewhere;
        }
        let mut known = self.real.lock().unwrap_or_else(PoisonError::into_inner);
        let absolute = known.entry(directory.to_owned()).or_insert_with(|| real(directory, sources));
        ancestors(absolute).find_map(|above| self.nested.get(above)).unwrap_or(&self.elsewhere)
    }

    /// What holds for a file.
    pub fn of(&self, file: FileId, sources: &Sources) -> &Holds {
        self.at(sources.file(file).directory(), sources)
    }

    /// Every configuration that holds where something is analysed.
    pub fn all(&self) -> impl Iterator<Item = &Holds> {
        self.nested.values().chain((!self.covering).then_some(&self.elsewhere)).map(|holds| &**holds)
    }

    /// The files, those that govern first.
    pub fn used(&self) -> &[FileUse] {
        &self.used
    }

    /// The accounts, organizations and vendors of all files, for what is about a whole tree.
    pub fn merged(&self) -> Config {
        let mut merged = Config::default();
        let has = |known: &[Account], id: &str| known.iter().any(|account| &*account.id == id);
        for config in self.nested.values().chain([&self.elsewhere]).map(|holds| &holds.config) {
            let new: Vec<_> = config.accounts.iter().filter(|account| !has(&merged.accounts, &account.id)).cloned().collect();
            merged.accounts.extend(new);
            let new = config.vendors.iter().filter(|vendor| !merged.vendors.iter().any(|known| known.name == vendor.name));
            merged.vendors.extend(new.cloned().collect::<Vec<_>>());
            let new = config.organizations.iter().filter(|own| !merged.organizations.iter().any(|known| known.id == own.id));
            merged.organizations.extend(new.cloned().collect::<Vec<_>>());
        }
        merged
    }
}

fn real(directory: &str, sources: &Sources) -> String {
    sources.real(directory).unwrap_or_else(|| directory.to_owned())
}

/// A directory and those above it, nearest first; the last one is empty, or `/`.
fn ancestors(directory: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(directory), |path| above(path))
}

fn above(path: &str) -> Option<&str> {
    match path.rsplit_once('/') {
        Some(("", rest)) if !rest.is_empty() => path.get(..1),
        Some((above, rest)) if !rest.is_empty() => Some(above),
        Some(_) => None,
        None if !path.is_empty() => path.get(..0),
        None => None,
    }
}

/// One string where a list is expected counts as a list of one.
fn lists(config: &mut Config) {
    for (id, rule) in &mut config.rules {
        let Some(known) = rules::find(id) else { continue };
        for (name, option) in &mut rule.options {
            let patterns = known.about().option(name).is_some_and(|option| matches!(option.argument.takes, Takes::Patterns));
            if let (true, OptionValue::Text(text)) = (patterns, &option.value) {
                option.value = OptionValue::List(vec![(Arc::clone(text), option.span)]);
            }
        }
    }
}

/// Whether a value of an option can only add findings.
fn tightens(rule: &str, name: &str, value: &OptionValue) -> bool {
    let Some(option) = rules::find(rule).and_then(|rule| rule.about().option(name)) else { return false };
    option.tightens
        && match (&option.argument.takes, value) {
            (Takes::Flag, OptionValue::Bool(flag)) => *flag,
            (Takes::Word(_), OptionValue::Text(word)) => option.argument.default.is_none_or(|default| default.trim_matches('"') != &**word),
            (Takes::Patterns, _) => true,
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use super::ancestors;

    #[test]
    fn directories_have_ancestors_up_to_the_root() {
        assert_eq!(ancestors("/a/b").collect::<Vec<_>>(), ["/a/b", "/a", "/"]);
        assert_eq!(ancestors("a/b").collect::<Vec<_>>(), ["a/b", "a", ""]);
        assert_eq!(ancestors("").collect::<Vec<_>>(), [""]);
        assert_eq!(ancestors("/").collect::<Vec<_>>(), ["/"]);
    }
}
