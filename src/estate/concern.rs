//! Which modules have a part in the estate, and which of their blocks may hand a policy over: the others are not evaluated, and mostly not
//! even parsed. What leads where is read off the text of blocks, so that more may be looked at than needs to be, and never less.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::gather::interesting;
use super::handed::is_document;
use super::no_policy::gives_no_policy;
use crate::eval::Options;
use crate::source::Sources;
use crate::terraform::{CallSource, Declaration, Given, Module, ModuleId, Tree};

/// What of a tree concerns the estate.
pub struct Concerns {
    modules: Vec<bool>,
    roads: Vec<Roads>,
}

impl Concerns {
    pub fn of(tree: &Tree, sources: &Sources, options: &Options) -> Concerns {
        let roads = roads(tree, sources, options);
        let mut concerns = Concerns { modules: Vec::new(), roads };
        let carries = |module: &Module| module.resources.keys().any(|(mode, kind, _)| interesting(*mode, kind));
        let renders = |module: &Module| module.resources.keys().any(|(mode, kind, _)| is_document(*mode, kind));
        let handing = tree.reaching(&|module| concerns.module_hands(module, tree, sources));
        let rendered = tree.called_from(&handing).into_iter().zip(tree.reaching(&renders)).map(|(called, renders)| called && renders);
        let parts = tree.reaching(&carries).into_iter().zip(handing.iter().copied()).zip(rendered);
        concerns.modules = parts.map(|((carries, hands), renders)| carries || hands || renders).collect();
        concerns
    }

    /// Whether a module has a part in the estate, or calls one that has.
    pub fn module(&self, id: ModuleId) -> bool {
        self.modules.get(id.index()).copied().unwrap_or(false)
    }

    /// Whether a block of a module may give a policy to what it is handed to.
    pub(super) fn hands(&self, module: ModuleId, block: &Declaration, sources: &Sources) -> bool {
        self.roads.get(module.index()).is_some_and(|roads| Mentions::of(block, sources).lead(*roads))
    }

    /// Whether a module hands policies to what source does not show: to a module that is not there, or as an output.
    fn module_hands(&self, module: &Module, tree: &Tree, sources: &Sources) -> bool {
        let away = tree.calls(module.id).iter().filter(|(_, source)| !matches!(source, CallSource::Local(_)));
        let mut blocks = away.filter_map(|(name, _)| module.calls.get(name)).chain(module.outputs.values());
        blocks.any(|block| self.hands(module.id, block, sources))
    }
}

/// By which names of a module a policy may come.
#[derive(Clone, Copy, Default, PartialEq)]
struct Roads {
    locals: bool,
    variables: bool,
    modules: bool,
}

/// What a block's text mentions.
#[derive(Clone, Copy, Default)]
struct Mentions {
    /// A policy, or something that reads one.
    policy: bool,
    locals: bool,
    variables: bool,
    modules: bool,
}

/// What stands in a block in which there is a policy, or which reads one.
static MARKS: LazyLock<Vec<Finder>> =
    LazyLock::new(|| ["Statement", "policy_document", "data.aws_iam_policy", "file(", "file (", "template_"].map(Finder::new).into());
static LOCALS: LazyLock<Finder> = LazyLock::new(|| Finder::new("local."));
static VARIABLES: LazyLock<Finder> = LazyLock::new(|| Finder::new("var."));
static MODULES: LazyLock<Finder> = LazyLock::new(|| Finder::new("module."));

impl Mentions {
    fn of(block: &Declaration, sources: &Sources) -> Mentions {
        block.spans().fold(Mentions::default(), |mentions, span| {
            let text = sources.file(span.file);
            let text = text.text.get(span.range()).unwrap_or_default().as_bytes();
            let has = |finder: &Finder| finder.find(text).is_some();
            mentions.and(Mentions {
                policy: MARKS.iter().any(has),
                locals: has(&LOCALS),
                variables: has(&VARIABLES),
                modules: has(&MODULES),
            })
        })
    }

    fn of_all<'b>(blocks: impl Iterator<Item = &'b Declaration>, sources: &Sources) -> Mentions {
        blocks.map(|block| Mentions::of(block, sources)).fold(Mentions::default(), Mentions::and)
    }

    fn and(self, other: Mentions) -> Mentions {
        Mentions {
            policy: self.policy || other.policy,
            locals: self.locals || other.locals,
            variables: self.variables || other.variables,
            modules: self.modules || other.modules,
        }
    }

    /// Whether something that it mentions may be a policy.
    fn lead(self, roads: Roads) -> bool {
        self.policy || self.locals && roads.locals || self.variables && roads.variables || self.modules && roads.modules
    }
}

/// What the blocks of a module mention.
struct OfModule {
    locals: Mentions,
    outputs: Mentions,
    calls: Vec<(ModuleId, Mentions)>,
}

impl OfModule {
    fn of(module: &Module, tree: &Tree, sources: &Sources) -> OfModule {
        let calls = tree.calls(module.id).iter().filter_map(|(name, source)| match source {
            CallSource::Local(called) => Some((*called, Mentions::of(module.calls.get(name)?, sources))),
            _ => None,
        });
        OfModule {
            locals: Mentions::of_all(module.local_blocks().iter(), sources),
            outputs: Mentions::of_all(module.outputs.values(), sources),
            calls: calls.collect(),
        }
    }
}

/// By which names policies may come, for each module.
fn roads(tree: &Tree, sources: &Sources, options: &Options) -> Vec<Roads> {
    let all: Vec<OfModule> = tree.modules().iter().map(|module| OfModule::of(module, tree, sources)).collect();
    let given = |module: &Module| {
        let by_value = module.values.iter().any(|value| !gives_no_policy(&value.value));
        let by_default = Mentions::of_all(module.variables.values(), sources).policy;
        Roads { variables: by_value || by_default || module.planned || !options.variables.is_empty(), ..Roads::default() }
    };
    let mut roads: Vec<Roads> = tree.modules().iter().map(given).collect();
    for root in tree.roots().iter().filter(|root| root.given != Given::Directory) {
        roads.get_mut(root.module.index()).into_iter().for_each(|roads| roads.variables = true);
    }
    loop {
        let mut next = roads.clone();
        for (index, module) in all.iter().enumerate() {
            let Some(own) = roads.get(index).copied() else { continue };
            let lead = |called: &ModuleId, mentions: Mentions| roads.get(called.index()).is_some_and(|roads| mentions.lead(*roads));
            let outputs = |called: &ModuleId| all.get(called.index()).is_some_and(|of| lead(called, of.outputs));
            if let Some(next) = next.get_mut(index) {
                next.locals |= module.locals.lead(own);
                next.modules |= module.calls.iter().any(|(called, _)| outputs(called));
            }
            for (called, _) in module.calls.iter().filter(|(_, mentions)| mentions.lead(own)) {
                next.get_mut(called.index()).into_iter().for_each(|roads| roads.variables = true);
            }
        }
        if next == roads {
            return roads;
        }
        roads = next;
    }
}
