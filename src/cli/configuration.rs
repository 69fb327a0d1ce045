//! Which configuration files count, and what of the environment counts beside them.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::config::{self, Config};
use crate::engine::{ConfigFile, Configurations};
use crate::finding::{Problem, ProblemKind};
use crate::project::{self, Excluded, Project, Request};
use crate::source::{File, FileId, FileKind, NoFiles, Sources};
use crate::syntax::ast::Name;
use crate::terraform::{DATA_DIRECTORY, normalise};

/// A configuration is a page or two. A larger file is something else, and may never end.
const LARGEST_CONFIGURATION: u64 = 1 << 20;

/// What people call a configuration that is not read.
const LOOK_ALIKES: &[&str] = &[
    "rolelint.hcl",
    ".rolelint",
    ".rolelintrc",
    ".rolelint.tf",
    ".rolelint.json",
    ".rolelint.toml",
    ".rolelint.yaml",
    ".rolelint.yml",
    "rolelint.json",
    "rolelint.toml",
    "rolelint.yaml",
    "rolelint.yml",
];

/// TF_DATA_DIR, where it names a directory below each root module. An absolute one is of one root module, and nobody says which.
pub fn data_directory() -> String {
    let given = std::env::var("TF_DATA_DIR").ok().filter(|given| !given.is_empty() && Path::new(given).is_relative());
    given.map_or_else(|| DATA_DIRECTORY.to_owned(), |given| normalise("", &given.replace(std::path::MAIN_SEPARATOR, "/")))
}

/// The configuration files of a run.
#[derive(Default)]
pub struct Configuration {
    files: Vec<ReadFile>,
    /// Whether the only file was named, and so holds everywhere.
    named: bool,
    /// Whether files of directories count.
    nested: bool,
    problems: Vec<Problem>,
}

struct ReadFile {
    path: PathBuf,
    bytes: Vec<u8>,
    /// What it says of what to read. Its places are nobody's: it is parsed among the sources when they are there.
    said: Config,
}

impl ReadFile {
    fn new(path: &Path, bytes: Vec<u8>) -> ReadFile {
        let sources = Sources::new(Box::new(NoFiles));
        let mut read = ReadFile { path: path.to_path_buf(), bytes, said: Config::default() };
        read.said = config::parse(&sources, read.add_to(&sources));
        read
    }

    fn shown(&self) -> String {
        project::shown(&self.path)
    }

    /// The directory for which it counts.
    fn directory(&self) -> String {
        self.path.parent().map(project::shown).unwrap_or_default()
    }

    fn add_to(&self, sources: &Sources) -> FileId {
        sources.add(File::new(self.shown(), FileKind::Other, self.bytes.clone()))
    }
}

impl Configuration {
    /// The file that is named, else those from where the analysis starts upward, as far as the repository goes.
    pub fn find(named: Option<&Path>, none: bool, starts: &[PathBuf]) -> Result<Configuration, String> {
        match named {
            _ if none => Ok(Configuration::default()),
            Some(path) => {
                let bytes = read_configuration(path).map_err(|reason| unreadable(path, &reason))?;
                Ok(Configuration { files: vec![ReadFile::new(path, bytes)], named: true, ..Configuration::default() })
            }
            None => {
                let mut found = Configuration { nested: true, ..Configuration::default() };
                for start in starts {
                    found.upward(start)?;
                }
                Ok(found)
            }
        }
    }

    /// Adds the files in a directory and above it up to the top: the repository's root, or without a repository the current directory if
    /// that is above, else the directory itself. If there is none, the nearest one further up counts.
    fn upward(&mut self, start: &Path) -> Result<(), String> {
        let Some(start) = project::directory_of(start) else { return Ok(()) };
        let here = std::env::current_dir().ok().filter(|here| start.starts_with(here));
        let repository = project::repository_of(&start);
        let top = repository.clone().or(here).unwrap_or_else(|| start.clone());
        let mut found = false;
        for directory in start.ancestors() {
            let is_above = !directory.starts_with(&top);
            if is_above && (found || repository.is_some()) {
                break;
            }
            found |= self.add(&directory.join(project::CONFIGURATION))?;
        }
        if !found {
            self.look_alikes(&top);
        }
        Ok(())
    }

    /// Adds a file that nobody named, if it is there: it must not lead to where the repository's own files do not.
    fn add(&mut self, path: &Path) -> Result<bool, String> {
        let Ok(metadata) = std::fs::symlink_metadata(path) else { return Ok(false) };
        if self.files.iter().any(|known| known.path == path) {
            return Ok(true);
        }
        let refused = |reason: String| {
            format!("the configuration `{}` is not read: {reason}; name it with --config if you want it", project::shown(path))
        };
        // To open a named pipe would wait for ever.
        if !metadata.is_file() && !metadata.is_symlink() {
            return Err(refused("it is not a regular file".to_owned()));
        }
        project::check_found(path).map_err(refused)?;
        let bytes = read_configuration(path).map_err(|reason| unreadable(path, &reason))?;
        self.files.push(ReadFile::new(path, bytes));
        Ok(true)
    }

    /// Reads what is asked for but for what the files exclude, and adds those files that are met on the way.
    pub fn read_project(&mut self, mut request: Request) -> Project {
        request.exclude.extend(self.excluded());
        let found = project::find(&request);
        self.add_nested(found.configurations());
        let also: Vec<Excluded> = self.excluded().into_iter().filter(|excluded| !request.exclude.contains(excluded)).collect();
        let project = found.read(&also);
        self.add_beside(&project.directories_beside());
        project
    }

    /// Adds files of directories that came to be read because somebody calls what is in them, as findings show them.
    fn add_beside(&mut self, directories: &BTreeSet<String>) {
        for directory in directories.iter().filter(|_| self.nested).collect::<Vec<_>>() {
            let path = if directory.is_empty() { Path::new(".") } else { Path::new(directory) };
            if let Err(message) = self.upward(path) {
                self.problems.push(Problem::new(ProblemKind::Config, message, None));
            }
        }
    }

    fn look_alikes(&mut self, directory: &Path) {
        for name in LOOK_ALIKES.iter().filter(|name| directory.join(name).is_file()) {
            let shown = project::shown(&directory.join(name));
            let message = format!("`{shown}` is not read: rolelint's configuration is a file named `{}`", project::CONFIGURATION);
            let problem = Problem::new(ProblemKind::NoEffect, message, None);
            if !self.problems.contains(&problem) {
                self.problems.push(problem);
            }
        }
    }

    /// Adds files that were met below, as findings show them.
    fn add_nested(&mut self, paths: &BTreeSet<String>) {
        if !self.nested {
            return;
        }
        for shown in paths.iter().filter(|shown| !self.files.iter().any(|known| known.shown() == **shown)).collect::<Vec<_>>() {
            if let Err(message) = self.add(Path::new(shown)) {
                self.problems.push(Problem::new(ProblemKind::Config, message, None));
            }
        }
    }

    /// What the files exclude of which those that govern them let them.
    fn excluded(&self) -> Vec<Excluded> {
        let counts = |file: &&ReadFile| self.governing(file).is_none_or(|top| top.said.allow_override);
        let of = |file: &ReadFile| -> Vec<Excluded> {
            let (directory, shown) = (file.directory(), file.shown());
            let excluded = |glob: &Name| Excluded { glob: glob.text.to_string(), directory: directory.clone(), file: Some(shown.clone()) };
            file.said.exclude.iter().map(excluded).collect()
        };
        self.files.iter().filter(counts).flat_map(of).collect()
    }

    /// The baselines that the files name, as findings show them: a change of one concerns everything.
    pub fn baselines(&self) -> Vec<String> {
        let of = |file: &ReadFile| {
            let name = file.said.baseline.as_ref()?;
            file.path.parent().map(|parent| project::shown(&parent.join(&*name.text)))
        };
        self.files.iter().filter_map(of).collect()
    }

    /// The topmost file above a file's directory.
    fn governing(&self, file: &ReadFile) -> Option<&ReadFile> {
        let own = file.path.parent()?.canonicalize().ok()?;
        own.ancestors().skip(1).filter_map(|above| self.in_directory(above)).last()
    }

    /// The file in a directory, which is without links.
    fn in_directory(&self, directory: &Path) -> Option<&ReadFile> {
        let is_in = |file: &&ReadFile| file.path.parent().and_then(|parent| parent.canonicalize().ok()).is_some_and(|own| own == directory);
        self.files.iter().find(is_in)
    }

    /// What the files come to, and what is wrong in them. `idle` are globs that exclude nothing.
    pub fn parse(self, sources: &Sources, idle: &[Excluded]) -> Configurations {
        let files: Vec<ConfigFile> = self
            .files
            .iter()
            .map(|file| {
                let id = file.add_to(sources);
                let mut config = config::parse(sources, id);
                config.exclude_nothing(&file.shown(), idle);
                ConfigFile { file: id, directory: file.directory(), config }
            })
            .collect();
        let mut configurations = match (self.named, files) {
            (true, mut files) => match files.pop() {
                Some(only) => Configurations::everywhere(sources.file(only.file).path.clone(), only.config),
                None => Configurations::default(),
            },
            (false, files) => Configurations::of_directories(files, sources),
        };
        configurations.problems.splice(0..0, self.problems);
        configurations
    }
}

impl Config {
    /// Says of which globs of this file nothing is left out.
    fn exclude_nothing(&mut self, path: &str, idle: &[Excluded]) {
        let is_idle = |glob: &str| idle.iter().any(|excluded| excluded.file.as_deref() == Some(path) && excluded.glob == glob);
        let idle: Vec<_> = self.exclude.iter().filter(|glob| is_idle(&glob.text)).cloned().collect();
        for glob in idle {
            let message = format!("`{}` matches nothing below this file's directory, so it excludes nothing", glob.text);
            self.problems.push(Problem::new(ProblemKind::NoEffect, message, glob.span));
        }
    }
}

fn unreadable(path: &Path, reason: &str) -> String {
    format!("cannot read the configuration `{}`: {reason}", project::shown(path))
}

fn read_configuration(path: &Path) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    if path.is_dir() {
        return Err("it is a directory".to_owned());
    }
    let file = std::fs::File::open(path).map_err(|error| error.to_string())?;
    // Counted while reading: a pipe or a device has no length.
    file.take(LARGEST_CONFIGURATION + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > LARGEST_CONFIGURATION {
        return Err("it is larger than 1 MiB".to_owned());
    }
    Ok(bytes)
}
