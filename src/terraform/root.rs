//! What Terraform would be run on.

use super::module::ModuleId;
use crate::source::{FileId, Span};

/// One run of Terraform: a module that nobody calls, and what gives its variables their values.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Root {
    pub module: ModuleId,
    pub given: Given,
}

/// Where the values of a root module's variables come from, beside the command line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Given {
    /// `terraform.tfvars` and `*.auto.tfvars` of its directory.
    Directory,
    /// A `terragrunt.hcl`.
    Terragrunt(UnitId),
    /// A plan: its position among the tree's.
    Plan(usize),
}

impl Root {
    /// A module as Terraform finds it in its directory.
    pub fn of(module: ModuleId) -> Root {
        Root { module, given: Given::Directory }
    }
}

/// One of the tree's units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnitId(pub(super) u32);

/// One `terragrunt.hcl` that may run a module.
#[derive(Clone, Debug)]
pub struct Unit {
    pub file: FileId,
    pub directory: String,
    pub source: UnitSource,
}

/// The module that Terragrunt is told to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnitSource {
    /// The one in its own directory: no source is named.
    Own,
    /// A directory of the repository.
    Directory {
        directory: String,
        /// Where the unit says so.
        span: Span,
    },
    /// One that source does not give.
    Elsewhere,
}

impl Unit {
    /// The directory of the module that it runs, as far as that can be read. Files beside a unit whose source is elsewhere are run with it.
    pub fn module_directory(&self) -> &str {
        match &self.source {
            UnitSource::Directory { directory, .. } => directory,
            UnitSource::Own | UnitSource::Elsewhere => &self.directory,
        }
    }
}
