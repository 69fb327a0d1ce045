//! What was looked at, and what could not be seen: silence means "looked, and found nothing".

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::source::{FileId, Span};

/// How much of a policy source gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Nothing.
    Unresolved,
    /// Some of its statements, or of the lists in them, are not known.
    Partial,
    /// All but single strings: its statements, actions and keys are all there, if in several forms.
    Leaves,
    /// Everything.
    Resolved,
}

impl State {
    pub const ALL: [State; 4] = [State::Unresolved, State::Partial, State::Leaves, State::Resolved];

    pub fn name(self) -> &'static str {
        match self {
            State::Unresolved => "unresolved",
            State::Partial => "partial",
            State::Leaves => "leaves",
            State::Resolved => "resolved",
        }
    }

    /// Whether all statements are there, so that rules may be silent because there is nothing to say.
    pub fn is_structured(self) -> bool {
        matches!(self, State::Leaves | State::Resolved)
    }
}

/// What sort of thing would have to be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CauseKind {
    /// A variable of a root module.
    Variable,
    Workspace,
    /// A module that is not in the tree.
    Module,
    Data,
    RemoteState,
    /// What AWS makes on apply.
    Resource,
    /// The provider's account, region or partition.
    Provider,
    File,
    /// A function whose result source does not give.
    Function,
    Undeclared,
    Syntax,
    Cycle,
    Limit,
    /// Terraform would fail.
    Failed,
}

impl CauseKind {
    pub fn name(self) -> &'static str {
        match self {
            CauseKind::Variable => "variable",
            CauseKind::Workspace => "workspace",
            CauseKind::Module => "module",
            CauseKind::Data => "data",
            CauseKind::RemoteState => "remote-state",
            CauseKind::Resource => "resource",
            CauseKind::Provider => "provider",
            CauseKind::File => "file",
            CauseKind::Function => "function",
            CauseKind::Undeclared => "undeclared",
            CauseKind::Syntax => "syntax",
            CauseKind::Cycle => "cycle",
            CauseKind::Limit => "limit",
            CauseKind::Failed => "failed",
        }
    }
}

/// One thing that would have to be known, which any number of values depend on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// Unique in a run, and the same in the next one: `variable:prod:var.account`.
    pub id: String,
    pub kind: CauseKind,
    /// As source names it: `var.account`, `data.aws_vpc.main`, a module's source, a path.
    pub name: String,
    /// What is the matter, in one sentence: lower case start, no full stop.
    pub message: String,
    /// What to do about it, in the imperative.
    pub help: String,
    /// A place where source names it.
    pub span: Span,
}

/// A value in a policy that source does not give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Where the policy holds it.
    pub span: Span,
    /// In short: `` `data.aws_vpc.main.id` ``, ``a condition on `var.open` ``.
    pub what: String,
    /// Why it is not known, in one sentence.
    pub reason: String,
    /// Whether statements or lists of the policy hang on it, and not only a string.
    pub structural: bool,
    pub cause: Arc<Cause>,
}

/// One policy document of one resource instance in one root module, and how much of it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyCoverage {
    /// The resource that carries it, as Terraform writes it.
    pub address: String,
    /// `trust policy`.
    pub kind: &'static str,
    /// To whom it is passed whose use of it is not in the tree: modules with their sources, outputs without.
    pub passed_to: Vec<(String, Option<Arc<str>>)>,
    /// The root module's directory, empty for the current one.
    pub root: Arc<str>,
    /// The header of the carrier's block.
    pub span: Span,
    pub state: State,
    pub missing: Vec<Missing>,
    /// The files that it comes from.
    pub files: BTreeSet<FileId>,
}

/// A cause, with what hangs on it.
#[derive(Clone, Copy, Debug)]
pub struct Ranked<'c> {
    pub cause: &'c Cause,
    /// Policies that would be better known.
    pub policies: usize,
    /// Those of them in which statements or lists hang on it.
    pub structural: usize,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    pub files: usize,
    pub modules: usize,
    /// In the order of their places.
    pub policies: Vec<PolicyCoverage>,
    /// Module calls whose content is not in the tree, so that what they make is not judged, by place.
    pub elsewhere: Vec<Elsewhere>,
}

/// A call of a module that is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elsewhere {
    pub source: String,
    /// The call.
    pub span: Span,
}

impl Coverage {
    pub fn count(&self, state: State) -> usize {
        self.policies.iter().filter(|policy| policy.state == state).count()
    }

    /// What would have to be known, the most valuable first: what the structure of most policies hangs on, then single values of most, then by name.
    pub fn causes(&self) -> Vec<Ranked<'_>> {
        let mut ranked: Vec<Ranked> = Vec::new();
        let mut known: HashMap<&str, usize> = HashMap::new();
        for policy in &self.policies {
            // Each cause counts once in a policy, as structural if any of its values is.
            let mut of_policy: HashMap<usize, bool> = HashMap::new();
            for Missing { cause, structural, .. } in &policy.missing {
                let position = *known.entry(&cause.id).or_insert_with(|| {
                    ranked.push(Ranked { cause, policies: 0, structural: 0 });
                    ranked.len() - 1
                });
                *of_policy.entry(position).or_default() |= structural;
            }
            for (position, structural) in of_policy {
                if let Some(ranked) = ranked.get_mut(position) {
                    ranked.policies += 1;
                    ranked.structural += usize::from(structural);
                }
            }
        }
        ranked.sort_by_key(|ranked| (Reverse(ranked.structural), Reverse(ranked.policies), &ranked.cause.name, &ranked.cause.id));
        ranked
    }
}
