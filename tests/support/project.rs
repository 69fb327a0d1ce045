//! An example as a project in memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use rolelint::config::{self, Config, Persona};
use rolelint::engine::{self, Configurations, Settings};
use rolelint::estate::{Concerns, Estate, deployed, gather, homes};
use rolelint::eval::{Options, terragrunt};
use rolelint::finding::{Outcome, Problem};
use rolelint::policy::file::is_policy;
use rolelint::report::{self, Format, Report};
use rolelint::rules;
use rolelint::source::{ColumnUnit, File, FileId, FileKind, Files, ReadError, Sources, Span};
use rolelint::terraform::{self, DATA_DIRECTORY, Tree};

/// Files by path; nothing lies outside of them.
struct Memory(BTreeMap<String, String>);

impl Files for Memory {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        if path.starts_with("..") || path.starts_with('/') {
            return Err(ReadError::OutsideRoot);
        }
        self.0.get(path).map(|text| text.clone().into_bytes()).ok_or(ReadError::NotFound)
    }

    fn exists(&self, path: &str) -> bool {
        self.0.contains_key(path)
    }

    fn list(&self, directory: &str) -> Vec<String> {
        let inside = |path: &&String| directory.is_empty() || path.starts_with(&format!("{directory}/"));
        self.0.keys().filter(inside).cloned().collect()
    }

    fn absolute(&self, path: &str) -> Option<String> {
        Some(terraform::normalise("/project", path))
    }
}

pub struct Project {
    pub sources: Sources,
    pub tree: Tree,
    pub config: Config,
    pub options: Options,
    files: Vec<(String, FileId)>,
}

/// What a file is on disk, by its name.
fn kind_of(name: &str) -> FileKind {
    let ends = |ending: &str| name.ends_with(ending);
    if name == "terragrunt.hcl" || ends("/terragrunt.hcl") {
        FileKind::Terragrunt
    } else if ends(".tf") || ends(".tofu") {
        FileKind::Hcl
    } else if ends(".tf.json") || ends(".tofu.json") {
        FileKind::HclJson
    } else if ends(".tfvars") {
        FileKind::Variables
    } else if ends(".tfvars.json") {
        FileKind::VariablesJson
    } else {
        FileKind::Other
    }
}

impl Project {
    pub fn new(files: &[(String, String)]) -> Project {
        let sources = Sources::new(Box::new(Memory(files.iter().cloned().collect())));
        let mut read = Vec::new();
        let mut config = Config::default();
        for (name, text) in files {
            let kind = if name.ends_with(".json") && is_policy(name, text) { FileKind::Policy } else { kind_of(name) };
            if name == ".rolelint.hcl" {
                let id = sources.add(File::new(name.clone(), FileKind::Other, text.clone().into_bytes()));
                config = config::parse(&sources, id);
            } else if kind != FileKind::Other {
                read.push((name.clone(), sources.add(File::new(name.clone(), kind, text.clone().into_bytes()))));
            }
        }
        // What Terraform has downloaded is read when it is called, as the program does it.
        let of_data = |name: &str| name.split('/').any(|part| part == DATA_DIRECTORY);
        let mut downloads: Vec<FileId> = read.iter().filter(|(name, _)| of_data(name)).map(|(_, id)| *id).collect();
        let mut ids: Vec<FileId> = read.iter().filter(|(name, _)| !of_data(name)).map(|(_, id)| *id).collect();
        let (units, problems) = terragrunt::units(&sources, &ids);
        config.problems.extend(problems);
        let (tree, problems) = terraform::complete(&sources, &mut ids, &units, DATA_DIRECTORY, &mut |wanted| {
            let is_wanted = |id: &FileId| wanted.iter().any(|wanted| sources.file(*id).directory() == wanted.directory);
            let (new, rest) = downloads.drain(..).partition(is_wanted);
            downloads = rest;
            new
        });
        config.problems.extend(problems);
        Project { sources, tree, config, options: Options { workspace: None, variables: Vec::new() }, files: read }
    }

    pub fn file(&self, name: &str) -> Option<FileId> {
        self.files.iter().find(|(known, _)| known == name).map(|(_, id)| *id)
    }

    /// All that rolelint says, to somebody of this persona.
    pub fn check(&self, persona: Persona) -> Outcome {
        let config = Config { persona: self.config.persona.or(Some(persona)), ..self.config.clone() };
        let configurations = Configurations::everywhere(".rolelint.hcl".to_owned(), config);
        let options = self.options.clone();
        let settings = Settings { configurations, options, ignores: true, ..Settings::default() };
        let mut outcome = engine::check(&self.tree, &self.sources, &settings, self.files.len());
        outcome.problems.splice(0..0, settings.configurations.problems.iter().cloned());
        outcome
    }

    /// The estates of the project's roots, and last that of policy files that none of them reads.
    pub fn estates(&self) -> Vec<Estate> {
        let concerns = Concerns::of(&self.tree, &self.sources, &self.options);
        let gathered = |root| gather(&self.tree, &self.sources, &self.options, &self.config, root, &concerns).estate;
        let mut estates: Vec<Estate> = self.tree.roots().into_iter().map(gathered).collect();
        estates.push(engine::policy_files(&self.sources));
        let homes = self.tree.roots().into_iter().flat_map(|root| homes(&self.tree, &self.sources, &self.options, &self.config, &root));
        let deployed = Arc::new(deployed(homes));
        estates.iter_mut().for_each(|estate| estate.deployed = Arc::clone(&deployed));
        estates
    }

    /// Path and line, from 1, at which a span starts.
    pub fn place(&self, span: Span) -> (String, usize) {
        let (start, _) = self.sources.positions(span, ColumnUnit::Characters);
        (self.sources.file(span.file).path.clone(), start.line as usize)
    }

    /// `main.tf:3 terraform: message`
    pub fn problem(&self, problem: &Problem) -> String {
        let place = problem.span.map(|span| self.place(span)).map_or_else(String::new, |(file, line)| format!("{file}:{line} "));
        format!("{place}{}: {}", problem.kind.name(), problem.message)
    }

    /// The full report of one rule's findings.
    pub fn report(&self, outcome: &Outcome, rule: &str) -> String {
        let own = outcome.findings.iter().filter(|finding| finding.rule == rule).cloned().collect();
        let outcome = Outcome { findings: own, ..Outcome::default() };
        let infos: Vec<_> = rules::ALL.iter().map(|rule| rules::info(rule.about())).collect();
        let options = report::Options { summary: false, ..report::Options::default() };
        let mut out = Vec::new();
        let report = Report { sources: &self.sources, outcome: &outcome, rules: &infos, options };
        report.write(Format::Full, &mut out).expect("a report is written to memory");
        String::from_utf8(out).expect("a report is UTF-8")
    }
}
