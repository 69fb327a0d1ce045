//! Values of root variables that the command line gives: `--var` and `--var-file`, of which the last one wins, in whichever order they stand.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};

use crate::eval::{self, Input};
use crate::finding::{Problem, ProblemKind};
use crate::nearest::nearest;
use crate::project;
use crate::source::{File, FileKind, Sources, Span};
use crate::syntax::ast::Attribute;
use crate::terraform::{Module, Tree, parse_values};

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

/// What they are worth.
#[derive(Default)]
pub struct Values {
    /// By name, a later one winning over an earlier one.
    pub values: Vec<(Arc<str>, Input)>,
    /// What is wrong with them.
    pub problems: Vec<Problem>,
    /// Every name, with its place in a file; `--var` has none.
    names: Vec<(Arc<str>, Option<Span>)>,
}

impl Variables {
    /// `read` gives a file's bytes.
    pub fn read(&self, sources: &Sources, read: impl Fn(&Path) -> std::io::Result<Vec<u8>>) -> Values {
        let mut read_so_far = Values::default();
        for given in &self.0 {
            let added = match given {
                Given::File(path) => {
                    let bytes = read(path).map_err(|error| error.to_string());
                    let bytes =
                        bytes.and_then(|bytes| if project::is_encrypted(&bytes) { Err(project::ENCRYPTED.to_owned()) } else { Ok(bytes) });
                    let shown = project::shown(path);
                    match bytes {
                        Ok(bytes) => {
                            read_so_far.add_file(sources, &shown, bytes);
                            Ok(())
                        }
                        Err(reason) => Err(format!("cannot read --var-file `{shown}`: {reason}")),
                    }
                }
                Given::Value(given) => read_so_far.add_value(sources, given),
            };
            read_so_far.problems.extend(added.err().map(|message| Problem::new(ProblemKind::Config, message, None)));
        }
        read_so_far
    }
}

impl Values {
    fn add_value(&mut self, sources: &Sources, given: &str) -> Result<(), String> {
        let (name, text) = given.split_once('=').ok_or_else(|| format!("--var {given}: expected NAME=VALUE"))?;
        let file = File::new(format!("--var {name}"), FileKind::Other, text.as_bytes().to_vec());
        let name: Arc<str> = name.trim().into();
        self.names.push((Arc::clone(&name), None));
        self.values.push((name, Input::Text(sources.add(file))));
        Ok(())
    }

    fn add_file(&mut self, sources: &Sources, path: &str, bytes: Vec<u8>) {
        let json = path.ends_with(".json");
        let id = sources.add(File::new(path, if json { FileKind::VariablesJson } else { FileKind::Variables }, bytes));
        let (attributes, wrong) = parse_values(&sources.file(id), id);
        // What Terraform would refuse of a file that is named is wrong use.
        self.problems.extend(wrong.into_iter().map(|problem| Problem { kind: ProblemKind::Config, ..problem }));
        for Attribute { name, value } in &attributes {
            self.names.push((Arc::clone(&name.text), Some(name.span)));
            self.values.push((Arc::clone(&name.text), Input::Value(eval::constant(value, sources))));
        }
    }

    /// Names that no root module declares. Terraform refuses one of `--var`, and warns of one in a file.
    pub fn undeclared(&self, tree: &Tree) -> Vec<Problem> {
        let roots: Vec<&Module> = tree.roots().into_iter().filter_map(|root| tree.module(root.module)).collect();
        if roots.is_empty() {
            return Vec::new();
        }
        let nowhere = |name: &str| roots.iter().all(|root| !root.variables.contains_key(name));
        let problem = |(name, span): &(Arc<str>, Option<Span>)| {
            let meant = meant(name, &roots);
            match span {
                None => Problem::new(ProblemKind::Config, format!("--var {name}: no root module declares this variable{meant}"), None),
                Some(_) => Problem::new(ProblemKind::NoEffect, format!("no root module declares the variable `{name}`{meant}"), *span),
            }
        };
        self.names.iter().filter(|(name, _)| nowhere(name)).map(problem).collect()
    }
}

/// The declared variable that may be meant.
fn meant(name: &str, roots: &[&Module]) -> String {
    let declared = roots.iter().flat_map(|root| root.variables.keys().map(|name| &**name));
    nearest(name, declared).map_or_else(String::new, |near| format!(": did you mean `{near}`?"))
}
