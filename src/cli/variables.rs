//! Values of root variables that the command line gives: `--var` and `--var-file`, of which the last one wins, in whichever order they stand.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};

use crate::eval::{self, Input};
use crate::finding::{Problem, ProblemKind};
use crate::project;
use crate::source::{File, FileKind, Sources};
use crate::syntax::{hcl, tf_json};

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

    /// The names that `--var` gives: Terraform refuses one that the root module does not declare, but warns of one in a file.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|given| match given {
            Given::Value(text) => text.split_once('=').map(|(name, _)| name.trim()),
            Given::File(_) => None,
        })
    }
}

fn file(sources: &Sources, path: &str, bytes: Vec<u8>, values: &mut Vec<(Arc<str>, Input)>, problems: &mut Vec<Problem>) {
    let json = path.ends_with(".json");
    let id = sources.add(File::new(path, if json { FileKind::VariablesJson } else { FileKind::Variables }, bytes));
    let text = Arc::clone(&sources.file(id).text);
    let (attributes, wrong) = if json {
        tf_json::parse_variables(id, &text)
    } else {
        let parsed = hcl::parse_file(id, &text);
        (parsed.body.attributes, parsed.problems)
    };
    problems.extend(wrong);
    let value = |attribute: &crate::syntax::ast::Attribute| Input::Value(eval::constant(&attribute.value, sources));
    values.extend(attributes.iter().map(|attribute| (Arc::clone(&attribute.name.text), value(attribute))));
}
