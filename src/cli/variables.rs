//! Values of root variables that the command line gives: `--var` and `--var-file`, of which the last one wins, in whichever order they stand.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};

use crate::eval::{self, Input};
use crate::finding::{Problem, ProblemKind};
use crate::nearest::nearest;
use crate::project;
use crate::project::Project;
use crate::source::{File, FileId, FileKind, Sources};
use crate::syntax::ast::Attribute;
use crate::terraform::{Module, parse_values};

/// One `--var` or `--var-file`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// `NAME=VALUE`
    Value(String),
    File(PathBuf),
}

/// All of them, in the order in which they stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Variables(pub Vec<Given>);

impl Args for Variables {
    fn augment_args(command: Command) -> Command {
        let argument = |name: &'static str, value: &'static str, help: &'static str| {
            Arg::new(name).long(name).value_name(value).help(help).help_heading("Terraform").action(ArgAction::Append)
        };
        command.arg(argument("var", "NAME=VALUE", "The value of a root variable: NAME=VALUE. May be repeated")).arg(
            argument("var-file", "FILE", "A file of values of root variables. May be repeated").value_parser(clap::value_parser!(PathBuf)),
        )
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Variables {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Variables, clap::Error> {
        let values = matches.get_many::<String>("var").unwrap_or_default().cloned().map(Given::Value);
        let files = matches.get_many::<PathBuf>("var-file").unwrap_or_default().cloned().map(Given::File);
        let indices = |name: &str| matches.indices_of(name).unwrap_or_default();
        let mut given: Vec<(usize, Given)> = indices("var").zip(values).chain(indices("var-file").zip(files)).collect();
        given.sort_by_key(|(index, _)| *index);
        Ok(Variables(given.into_iter().map(|(_, given)| given).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Variables {
    /// The values by name, a later one winning over an earlier one, and what is wrong with them. `read` gives a file's bytes.
    pub fn read(&self, sources: &Sources, read: impl Fn(&Path) -> std::io::Result<Vec<u8>>) -> (Vec<(Arc<str>, Input)>, Vec<Problem>) {
        let mut values = Vec::new();
        let mut problems = Vec::new();
        for given in &self.0 {
            match given {
                Given::File(path) => {
                    let shown = project::shown(path);
                    match read(path) {
                        Ok(bytes) if project::is_encrypted(&bytes) => {
                            let message = format!("cannot read --var-file `{shown}`: {}", project::ENCRYPTED);
                            problems.push(Problem::new(ProblemKind::Config, message, None));
                        }
                        Ok(bytes) => file(sources, &shown, bytes, &mut values, &mut problems),
                        Err(error) => {
                            problems.push(Problem::new(ProblemKind::Config, format!("cannot read --var-file `{shown}`: {error}"), None));
                        }
                    }
                }
                Given::Value(given) => match given.split_once('=') {
                    Some((name, text)) => {
                        let file = File::new(format!("--var {name}"), FileKind::Other, text.as_bytes().to_vec());
                        values.push((name.trim().into(), Input::Text(sources.add(file))));
                    }
                    None => problems.push(Problem::new(ProblemKind::Config, format!("--var {given}: expected NAME=VALUE"), None)),
                },
            }
        }
        (values, problems)
    }

    /// Names that no root module declares. Terraform refuses one of `--var`, and warns of one in a file.
    pub fn undeclared(&self, project: &Project) -> Vec<Problem> {
        let tree = &project.tree;
        let roots: Vec<&Module> = tree.roots().into_iter().filter_map(|root| tree.module(root.module)).collect();
        if roots.is_empty() {
            return Vec::new();
        }
        let nowhere = |name: &str| roots.iter().all(|root| !root.variables.contains_key(name));
        let mut problems = Vec::new();
        for given in &self.0 {
            match given {
                Given::Value(text) => {
                    let name = text.split_once('=').map(|(name, _)| name.trim()).filter(|name| nowhere(name));
                    let message = |name| format!("--var {name}: no root module declares this variable{}", meant(name, &roots));
                    problems.extend(name.map(|name| Problem::new(ProblemKind::Config, message(name), None)));
                }
                Given::File(path) => problems.extend(undeclared_in(&project::shown(path), project, &roots, &nowhere)),
            }
        }
        problems
    }
}

/// Names in one file, which has been read.
fn undeclared_in(shown: &str, project: &Project, roots: &[&Module], nowhere: &dyn Fn(&str) -> bool) -> Vec<Problem> {
    let sources = &project.sources;
    let is_it = |id: &FileId| {
        let file = sources.file(*id);
        file.path == shown && matches!(file.kind, FileKind::Variables | FileKind::VariablesJson)
    };
    let Some(id) = sources.ids().into_iter().filter(is_it).last() else { return Vec::new() };
    let (attributes, _) = parse_values(&sources.file(id), id);
    let undeclared = attributes.into_iter().filter(|attribute| nowhere(&attribute.name.text));
    let message = |name: &str| format!("no root module declares the variable `{name}`{}", meant(name, roots));
    undeclared.map(|attribute| Problem::new(ProblemKind::NoEffect, message(&attribute.name.text), attribute.name.span)).collect()
}

/// The declared variable that may be meant.
fn meant(name: &str, roots: &[&Module]) -> String {
    let declared = roots.iter().flat_map(|root| root.variables.keys().map(|name| &**name));
    nearest(name, declared).map_or_else(String::new, |near| format!(": did you mean `{near}`?"))
}

fn file(sources: &Sources, path: &str, bytes: Vec<u8>, values: &mut Vec<(Arc<str>, Input)>, problems: &mut Vec<Problem>) {
    let json = path.ends_with(".json");
    let id = sources.add(File::new(path, if json { FileKind::VariablesJson } else { FileKind::Variables }, bytes));
    let (attributes, wrong) = parse_values(&sources.file(id), id);
    // What Terraform would refuse of a file that is named is wrong use.
    problems.extend(wrong.into_iter().map(|problem| Problem { kind: ProblemKind::Config, ..problem }));
    let value = |attribute: &Attribute| Input::Value(eval::constant(&attribute.value, sources));
    values.extend(attributes.iter().map(|attribute| (Arc::clone(&attribute.name.text), value(attribute))));
}
