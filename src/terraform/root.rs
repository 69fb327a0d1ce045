//! What Terraform would be run on.

use super::module::ModuleId;

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
    /// A plan: its position among the tree's.
    Plan(usize),
}

impl Root {
    /// A module as Terraform finds it in its directory.
    pub fn of(module: ModuleId) -> Root {
        Root { module, given: Given::Directory }
    }
}
