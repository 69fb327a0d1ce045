//! Where the resources of an estate are: one account for each provider configuration, with what says so.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::account::AccountRef;
use super::identity::{Identity, IdentityKind};
use super::ids::HomeId;
use super::{Attached, Estate};
use crate::catalog::partition_of;
use crate::config::{Config, is_account_id};
use crate::eval::scope::Provider;
use crate::eval::{Because, Declared, Evaluator, Options};
use crate::finding::{Problem, ProblemKind};
use crate::policy::arn::Arn;
use crate::policy::lower::item;
use crate::policy::pattern::{Mode, Pattern, Segment};
use crate::policy::{Item, Statement};
use crate::source::{Sources, Span};
use crate::terraform::{Root, Tree};

/// A provider configuration and the account that it works in.
#[derive(Clone, Debug)]
pub struct Home {
    pub account: AccountRef,
    /// As messages name it: `aws.dns`, with its module's address before it.
    pub provider: String,
    pub because: Because,
    /// The region that the provider's block names, where that is known, and where it is written.
    pub region: Option<(Arc<str>, Span)>,
    /// What says which account it is; else the provider's block, if there is one.
    pub span: Option<Span>,
    /// The directory, unit or plan of the root module.
    pub root: Arc<str>,
}

impl Home {
    pub(super) fn of(evaluator: &Evaluator, provider: &Provider, span: Span, root: &Arc<str>) -> Home {
        let deployment = evaluator.deployment(provider, span);
        let item = item(&deployment.account, Mode::LITERAL);
        Home {
            account: item.map_or(AccountRef::Unknown, |item| AccountRef::of(&item.pattern)),
            provider: evaluator.provider_shown(provider),
            region: evaluator.region_of(provider).and_then(|region| Some((region.known_string()?.into(), region.span))),
            because: deployment.because,
            span: deployment.span,
            root: Arc::clone(root),
        }
    }

    /// Why it is that account, or why that is not known, as a clause: "provider `aws` allows only account 111111111111".
    pub fn words(&self) -> String {
        let provider = &self.provider;
        match (&self.because, self.account.number()) {
            (Because::Assumes(role), _) => format!("provider `{provider}` assumes `{role}`"),
            (Because::Allows, Some(number)) => format!("provider `{provider}` allows only account {number}"),
            (Because::Allows, None) => format!("provider `{provider}` allows only one account"),
            (Because::Declared(name), _) => format!("the configuration says that `{}` deploys to `{name}`", shown(&self.root)),
            (Because::Planned, _) => format!("the plan uses it with provider `{provider}`"),
            (Because::Nothing { profile: Some(profile) }, _) => {
                format!("provider `{provider}` uses the profile `{profile}`, whose account is unknown")
            }
            (Because::Nothing { profile: None }, _) => format!("provider `{provider}` does not say its account"),
        }
    }
}

impl Home {
    /// The partition of its region, where that is known.
    pub fn partition(&self) -> Option<&'static str> {
        self.region.as_ref().and_then(|(region, _)| partition_of(region))
    }

    /// The root module's name.
    pub fn shown_root(&self) -> &str {
        shown(&self.root)
    }
}

/// A root module's name; the checked directory itself is `.`.
fn shown(root: &str) -> &str {
    if root.is_empty() { "." } else { root }
}

/// The account that the configuration declares for a root module, if it declares one and not two.
pub(super) fn declared(tree: &Tree, sources: &Sources, config: &Config, root: &Root) -> Option<Declared> {
    let found = accounts_of(tree, sources, config, root);
    let [only] = found.as_slice() else { return None };
    let span = only.directories.as_ref()?.span;
    Some(Declared { id: Arc::clone(&only.id), name: Arc::clone(&only.name), span })
}

/// The accounts that a configuration declares for a root module: by the directory that Terraform or Terragrunt is run in.
pub(super) fn accounts_of<'c>(tree: &Tree, sources: &Sources, config: &'c Config, root: &Root) -> Vec<&'c crate::config::Account> {
    config.accounts_of(&run_in(tree, sources, root), sources)
}

/// The directory that Terraform or Terragrunt is run in.
pub fn run_in(tree: &Tree, sources: &Sources, root: &Root) -> String {
    match root.given {
        crate::terraform::Given::Plan(_) => tree.module(root.module).map_or_else(String::new, |module| module.directory.clone()),
        _ => tree.root_name(root, sources),
    }
}

/// Root modules that are in the directories of two accounts: which of the two is meant is not known. `config` is what holds for a root.
pub fn contested<'c>(tree: &Tree, sources: &Sources, config: &dyn Fn(&Root) -> &'c Config) -> Vec<Problem> {
    let mut pairs: BTreeMap<(&str, &str), (Span, Vec<String>)> = BTreeMap::new();
    for root in tree.roots() {
        if let [first, second, ..] = accounts_of(tree, sources, config(&root), &root).as_slice()
            && let Some(directories) = &second.directories
        {
            let names = &mut pairs.entry((&first.name, &second.name)).or_insert((directories.span, Vec::new())).1;
            names.push(format!("`{}`", shown(&tree.root_name(&root, sources))));
        }
    }
    let problem = |((first, second), (span, roots)): ((&str, &str), (Span, Vec<String>))| {
        let (verb, rest) = match roots.len() {
            1 => ("is", String::new()),
            2 => ("are", " and 1 more root module".to_owned()),
            more => ("are", format!(" and {} more root modules", more - 1)),
        };
        let root = roots.first().map_or("", String::as_str);
        let message = format!("{root}{rest} {verb} in the directories of both `{first}` and `{second}`, so neither counts there");
        Problem::new(ProblemKind::Config, message, span)
    };
    pairs.into_iter().map(problem).collect()
}

/// The user's own account numbers that providers of the tree name, each with the first that does: who deploys somewhere has an account there.
pub type Deployed = BTreeMap<Arc<str>, Home>;

/// The configurations of the AWS provider in the files of a root module, with the accounts that they work in.
pub fn homes(tree: &Tree, sources: &Sources, options: &Options, config: &Config, root: &Root) -> Vec<Home> {
    let evaluator = Evaluator::new(tree, sources, options, root).with_declared_account(declared(tree, sources, config, root));
    let name: Arc<str> = tree.root_name(root, sources).into();
    evaluator.own_providers().iter().map(|provider| Home::of(&evaluator, provider, Span::default(), &name)).collect()
}

/// The accounts of homes that are numbers and that no configuration has told.
pub fn deployed(homes: impl IntoIterator<Item = Home>) -> Deployed {
    let mut deployed = Deployed::new();
    for home in homes {
        if let (AccountRef::Number(number), false) = (&home.account, matches!(home.because, Because::Declared(_))) {
            deployed.entry(Arc::clone(number)).or_insert(home);
        }
    }
    deployed
}

/// The homes of an estate while it is gathered: a provider configuration is looked at once.
pub(super) struct Homes {
    found: RefCell<(Vec<Home>, HashMap<Provider, HomeId>)>,
    root: Arc<str>,
}

impl Homes {
    pub fn new(root: String) -> Homes {
        Homes { found: RefCell::default(), root: root.into() }
    }

    /// A provider's home, and the account.
    pub fn find(&self, evaluator: &Evaluator, provider: &Provider, span: Span) -> (HomeId, AccountRef) {
        if let Some(known) = self.known(provider) {
            return known;
        }
        let home = Home::of(evaluator, provider, span, &self.root);
        let account = home.account.clone();
        let (list, known) = &mut *self.found.borrow_mut();
        list.push(home);
        let id = HomeId::new(list.len() - 1);
        known.insert(provider.clone(), id);
        (id, account)
    }

    fn known(&self, provider: &Provider) -> Option<(HomeId, AccountRef)> {
        let (list, known) = &*self.found.borrow();
        let id = *known.get(provider)?;
        Some((id, list.get(id.index())?.account.clone()))
    }

    pub fn into_list(self) -> Vec<Home> {
        self.found.into_inner().0
    }
}

/// A provider that says another account than the configuration does.
pub(super) fn contradiction(homes: &[Home], declared: &Declared) -> Option<Problem> {
    let other = |home: &&Home| home.provider == "aws" && home.account.number().is_some_and(|number| *number != *declared.id);
    let home = homes.iter().find(other)?;
    let (name, id) = (&declared.name, &declared.id);
    let message = format!("`{}` cannot deploy to `{name}`, account {id}: {}", home.shown_root(), home.words());
    Some(Problem::new(ProblemKind::Config, message, declared.span))
}

impl Estate {
    /// Where the resource is that carries a policy.
    pub fn home(&self, attached: &Attached) -> Option<&Home> {
        self.homes.get(attached.home?.index())
    }

    /// Where an identity is.
    pub fn home_of(&self, identity: &Identity) -> Option<&Home> {
        self.homes.get(identity.home.index())
    }

    /// Numbers of accounts that ARNs name with a role that this very root makes by that name, in an account that source does not give:
    /// the number may well be that account's own.
    pub(super) fn perhaps_own(&self) -> BTreeSet<Arc<str>> {
        let names: BTreeSet<&str> = self.unnumbered_roles().collect();
        if names.is_empty() {
            return BTreeSet::new();
        }
        self.named_roles().filter(|(_, name)| names.contains(&**name)).map(|(number, _)| number).collect()
    }

    /// The names of the roles that are made in an account that source does not give.
    pub fn unnumbered_roles(&self) -> impl Iterator<Item = &str> {
        let unnumbered = |identity: &&Identity| identity.kind == IdentityKind::Role && identity.account.number().is_none();
        let made = self.identities.iter().filter(move |identity| unnumbered(identity) && identity.trust.is_some());
        made.filter_map(|identity| identity.name.as_ref()?.pattern.as_exact())
    }

    /// The roles that policies name by ARNs with an account's number: that, and the role's name without its path.
    pub fn named_roles(&self) -> impl Iterator<Item = (Arc<str>, String)> {
        let statements = self.policies.iter().flat_map(|attached| &attached.document.statements);
        statements.flat_map(named_items).filter_map(|item| numbered_role(&item.pattern))
    }
}

/// Everything of a statement that may be an ARN.
pub fn named_items(statement: &Statement) -> impl Iterator<Item = &Item> {
    let principals = statement.principals.iter().flat_map(|principals| &principals.items).map(|principal| &principal.item);
    let resources = statement.resources.iter().flat_map(|resources| &resources.items);
    let values = statement.conditions.iter().flat_map(|condition| &condition.values);
    principals.chain(resources).chain(values)
}

/// The account number and the name of a role's ARN.
fn numbered_role(pattern: &Pattern) -> Option<(Arc<str>, String)> {
    let arn = Arn::split(pattern)?;
    let [Segment::Literal(number)] = arn.account.segments() else { return None };
    let name = arn.resource.as_exact()?.strip_prefix("role/")?.rsplit('/').next()?.to_owned();
    (arn.service.as_exact() == Some("iam") && is_account_id(number)).then(|| (Arc::clone(number), name))
}
