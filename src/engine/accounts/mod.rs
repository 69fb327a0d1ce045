//! The map of accounts that a tree deals with: whose each is and why, what is in it, and who lets it in.

mod names;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;

use super::Settings;
use crate::access::doors::{aws_principals, named_callers};
use crate::catalog::{self, AccountKind};
use crate::config::{self, Config};
use crate::estate::{AccountRef, Attached, Concerns, Estate, Home, IdentityKind, gather};
use crate::finding::Problem;
use crate::policy::arn::Arn;
use crate::policy::pattern::Pattern;
use crate::policy::{Item, PolicyKind, Statement};
use crate::source::{Sources, Span};
use crate::terraform::{Root, Tree};

pub use names::Called;

/// All accounts of a tree.
#[derive(Debug, Default)]
pub struct AccountMap {
    /// Those with a number, the user's own first; in order of their numbers.
    pub accounts: Vec<Mapped>,
    /// Provider configurations with roles or policies of which source does not say the account.
    pub unnumbered: Vec<Place>,
    /// Accounts that are let in and have no number in source, as it names them: `var.partner_account_id`, or with what they are made of.
    pub unknown: BTreeMap<String, Vec<Entry>>,
    /// Organizations that conditions name, with the places.
    pub organizations: BTreeMap<Arc<str>, Vec<Span>>,
    /// How many root modules have roles or policies.
    pub roots: usize,
    pub problems: Vec<Problem>,
}

/// Whose an account is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Whose {
    /// The user's: declared, or a provider works in it.
    Own,
    /// Declared as a vendor's.
    ThirdParty,
    /// A vendor's of the catalog.
    Vendor,
    Aws,
    /// Nobody says.
    Stranger,
}

/// An account with a number.
#[derive(Debug)]
pub struct Mapped {
    pub number: Arc<str>,
    pub whose: Whose,
    /// What the configuration or the catalog calls it.
    pub name: Option<Arc<str>>,
    /// The user's declaration.
    pub declared: Option<config::Account>,
    /// The vendor's declaration.
    pub vendor: Option<Span>,
    /// The provider configurations that work in it.
    pub places: Vec<Place>,
    /// Who lets it in.
    pub entries: Vec<Entry>,
    /// Where else policies name it.
    pub mentions: Vec<Span>,
    /// It may be the user's: an ARN names a role of it as one is called that a root module makes in an account without a number.
    pub perhaps: Option<Likeness>,
    /// What source calls it, the most frequent name first.
    pub called: Vec<Called>,
}

/// A role that is made in an account of which source does not tell the number.
#[derive(Clone, Debug)]
pub struct Likeness {
    pub role: String,
    pub root: Arc<str>,
}

/// A provider configuration with what is made by it.
#[derive(Clone, Debug)]
pub struct Place {
    pub home: Home,
    /// Whether the resources are in the default provider of the root module: `directories` may tell its account.
    pub is_default: bool,
    pub roles: usize,
    /// Policies of any kind, trust policies included.
    pub policies: usize,
    /// Who lets this account in, where it has no number.
    pub entries: Vec<Entry>,
}

/// A policy that lets somebody of an account in.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Whether it is a role's trust policy; else it is a resource's policy.
    pub trust: bool,
    /// `role `ci``, or the resource's address.
    pub into: String,
    pub root: Arc<str>,
    /// The account as a whole, and not one of its roles or users.
    pub whole: bool,
    /// The statement asks for an external ID.
    pub external_id: bool,
    pub span: Span,
}

/// What one root module tells.
#[derive(Default)]
struct Told {
    places: Vec<Place>,
    /// By number.
    entries: Vec<(Arc<str>, Entry)>,
    mentions: Vec<(Arc<str>, Span)>,
    unknown: Vec<(String, Entry)>,
    organizations: Vec<(Arc<str>, Span)>,
    /// Names of roles that are made in accounts without a number.
    made: BTreeSet<String>,
    /// Numbers and names of roles in ARNs.
    named: BTreeSet<(Arc<str>, String)>,
    root: Arc<str>,
    problems: Vec<Problem>,
}

/// Draws the map. The same input gives the same map, whatever the number of threads.
pub fn map(tree: &Tree, sources: &Sources, settings: &Settings) -> AccountMap {
    let concerns = Concerns::of(tree, sources, &settings.options);
    let roots: Vec<Root> = tree.roots().into_iter().filter(|root| concerns.module(root.module)).collect();
    let mut map = AccountMap { roots: roots.len(), problems: super::contested(tree, sources, settings), ..AccountMap::default() };
    let gathered = |root: Root| {
        let name: Arc<str> = tree.root_name(&root, sources).into();
        let config = super::config_of(&root, tree, sources, settings);
        told(&gather(tree, sources, &settings.options, config, root, &concerns).estate, &name)
    };
    let mut all: Vec<Told> = roots.into_par_iter().map(gathered).collect();
    all.push(told(&super::policy_files(sources), &"".into()));
    let mut by_number: BTreeMap<Arc<str>, Mapped> = BTreeMap::new();
    let config = settings.configurations.merged();
    for account in &config.accounts {
        by_number.insert(Arc::clone(&account.id), Mapped::new(&account.id));
    }
    for number in config.vendors.iter().flat_map(|vendor| &vendor.accounts) {
        by_number.insert(Arc::clone(number), Mapped::new(number));
    }
    let likenesses = likenesses(&all);
    for told in all {
        join(&mut map, &mut by_number, told);
    }
    for home in super::all_homes(tree, sources, settings) {
        if let AccountRef::Number(number) = &home.account {
            let mapped = by_number.entry(Arc::clone(number)).or_insert_with(|| Mapped::new(number));
            mapped.add_place(Place::of(home));
        }
    }
    let mut called = names::called(sources);
    for mapped in by_number.values_mut() {
        mapped.perhaps = likenesses.get(&mapped.number).cloned();
        mapped.called = called.remove(&mapped.number).unwrap_or_default();
        mapped.judge(&config);
    }
    map.accounts = by_number.into_values().collect();
    map.accounts.sort_by(|a, b| (a.whose, &a.number).cmp(&(b.whose, &b.number)));
    map
}

/// Numbers that ARNs name together with a role that the same root module makes, or that no other than one does.
fn likenesses(all: &[Told]) -> BTreeMap<Arc<str>, Likeness> {
    let mut makers: BTreeMap<&str, Vec<&Told>> = BTreeMap::new();
    for told in all {
        told.made.iter().for_each(|name| makers.entry(name).or_default().push(told));
    }
    let mut found = BTreeMap::new();
    for told in all {
        for (number, name) in &told.named {
            let Some(makers) = makers.get(name.as_str()) else { continue };
            let own = makers.iter().find(|maker| maker.root == told.root);
            if let Some(maker) = own.or(makers.first().filter(|_| makers.len() == 1)) {
                let likeness = || Likeness { role: name.clone(), root: Arc::clone(&maker.root) };
                found.entry(Arc::clone(number)).or_insert_with(likeness);
            }
        }
    }
    found
}

fn join(map: &mut AccountMap, by_number: &mut BTreeMap<Arc<str>, Mapped>, told: Told) {
    for place in told.places {
        match &place.home.account {
            AccountRef::Number(number) => {
                by_number.entry(Arc::clone(number)).or_insert_with(|| Mapped::new(number)).add_place(place);
            }
            _ if place.roles + place.policies > 0 || !place.entries.is_empty() => map.unnumbered.push(place),
            _ => {}
        }
    }
    for (number, entry) in told.entries {
        by_number.entry(Arc::clone(&number)).or_insert_with(|| Mapped::new(&number)).entries.push(entry);
    }
    for (number, span) in told.mentions {
        by_number.entry(Arc::clone(&number)).or_insert_with(|| Mapped::new(&number)).mentions.push(span);
    }
    for (name, entry) in told.unknown {
        let entries = map.unknown.entry(name).or_default();
        // One policy of a module that many root modules call is one place.
        if !entries.iter().any(|known| known.span == entry.span && known.into == entry.into) {
            entries.push(entry);
        }
    }
    for (organization, span) in told.organizations {
        map.organizations.entry(organization).or_default().push(span);
    }
    map.problems.extend(told.problems);
}

impl Mapped {
    fn new(number: &Arc<str>) -> Mapped {
        Mapped {
            number: Arc::clone(number),
            whose: Whose::Stranger,
            name: None,
            declared: None,
            vendor: None,
            places: Vec::new(),
            entries: Vec::new(),
            mentions: Vec::new(),
            perhaps: None,
            called: Vec::new(),
        }
    }

    fn add_place(&mut self, place: Place) {
        let same = |known: &&mut Place| known.home.root == place.home.root && known.home.provider == place.home.provider;
        match self.places.iter_mut().find(same) {
            Some(known) => {
                known.roles += place.roles;
                known.policies += place.policies;
            }
            None => self.places.push(place),
        }
    }

    fn judge(&mut self, config: &Config) {
        if let Some(account) = config.account(&self.number) {
            (self.whose, self.name, self.declared) = (Whose::Own, Some(Arc::clone(&account.name)), Some(account.clone()));
        } else if let Some(vendor) = config.vendor(&self.number) {
            (self.whose, self.name, self.vendor) = (Whose::ThirdParty, Some(Arc::clone(&vendor.name)), Some(vendor.span));
        } else if !self.places.is_empty() {
            self.whose = Whose::Own;
        } else if let Some(known) = catalog::account(&self.number) {
            self.whose = if known.kind() == AccountKind::Vendor { Whose::Vendor } else { Whose::Aws };
            self.name = Some(known.name().into());
        }
        // One policy of a module that is called many times is one place.
        self.entries.sort_by(|a, b| (a.span.file, a.span.start, &a.into).cmp(&(b.span.file, b.span.start, &b.into)));
        self.entries.dedup_by(|a, b| a.span == b.span && a.into == b.into);
        self.mentions.sort_by_key(|span| (span.file, span.start));
        self.mentions.dedup();
    }

    /// Roles and policies that are made in it.
    pub fn made(&self) -> (usize, usize) {
        (self.places.iter().map(|place| place.roles).sum(), self.places.iter().map(|place| place.policies).sum())
    }
}

impl Place {
    fn of(home: Home) -> Place {
        Place { is_default: home.provider == "aws", home, roles: 0, policies: 0, entries: Vec::new() }
    }
}

fn told(estate: &Estate, root: &Arc<str>) -> Told {
    let mut told = Told { places: estate.homes.iter().cloned().map(Place::of).collect(), ..Told::default() };
    told.root = Arc::clone(root);
    told.made = estate.unnumbered_roles().map(str::to_owned).collect();
    told.named = estate.named_roles().collect();
    told.problems = estate.problems.iter().filter(|problem| problem.kind == crate::finding::ProblemKind::Config).cloned().collect();
    for identity in estate.identities.iter().filter(|identity| identity.kind == IdentityKind::Role && identity.trust.is_some()) {
        if let Some(place) = told.places.get_mut(identity.home.index()) {
            place.roles += 1;
        }
    }
    for (form, attached) in estate.forms() {
        if let Some(place) = attached.home.and_then(|home| told.places.get_mut(home.index())).filter(|_| attached.policy.first() == form) {
            place.policies += 1;
        }
        for statement in &attached.document.statements {
            told.statement(statement, attached, estate, root);
        }
    }
    told
}

impl Told {
    fn statement(&mut self, statement: &Statement, attached: &Attached, estate: &Estate, root: &Arc<str>) {
        let admitting = statement.allows() && attached.document.kind != PolicyKind::Identity;
        let admitted: Vec<&Item> = named_callers(statement).filter(|_| admitting).collect();
        for item in &admitted {
            self.admitted(item, statement, attached, estate, root);
        }
        let merely_named = aws_principals(statement).map(|principal| &principal.item).filter(|_| !admitting);
        merely_named.for_each(|item| self.mention(&item.pattern, item.place.span));
        for condition in &statement.conditions {
            let key = condition.key.to_ascii_lowercase();
            if key == "aws:principalorgid" || key == "aws:sourceorgid" || key == "aws:resourceorgid" {
                let named = condition.values.iter().filter_map(|value| Some((value.pattern.as_exact()?, value.place.span)));
                let ids = named.filter(|(id, _)| config::is_organization_id(id));
                self.organizations.extend(ids.map(|(id, span)| (Arc::from(id), span)));
            }
            let others = condition.values.iter().filter(|value| !admitted.iter().any(|item| std::ptr::eq(*item, *value)));
            others.for_each(|value| self.mention(&value.pattern, value.place.span));
        }
        for item in statement.resources.iter().flat_map(|resources| &resources.items) {
            self.mention(&item.pattern, item.place.span);
        }
    }

    /// Notes an account that a policy lets in.
    fn admitted(&mut self, item: &Item, statement: &Statement, attached: &Attached, estate: &Estate, root: &Arc<str>) {
        let pattern = &item.pattern;
        let account = AccountRef::of_principal(pattern);
        if account == attached.account && account != AccountRef::Unknown {
            return;
        }
        let entry = || Entry {
            trust: attached.document.kind == PolicyKind::Trust,
            into: into(attached, estate),
            root: Arc::clone(root),
            whole: Arn::split(pattern).is_none_or(|arn| arn.resource.as_exact() == Some("root")),
            external_id: statement.conditions_on("sts:ExternalId").next().is_some(),
            span: item.place.span,
        };
        match &account {
            AccountRef::Number(number) => self.entries.push((Arc::clone(number), entry())),
            AccountRef::Symbol(_) | AccountRef::Unknown => {
                let known = self.places.iter_mut().find(|place| place.home.account == account && account != AccountRef::Unknown);
                match (known, unknown_account(&account, &item.text)) {
                    (Some(place), _) => place.entries.push(entry()),
                    (None, Some(name)) => self.unknown.push((name, entry())),
                    (None, None) => {}
                }
            }
        }
    }

    fn mention(&mut self, pattern: &Pattern, span: Span) {
        if let AccountRef::Number(number) = AccountRef::of_principal(pattern) {
            self.mentions.push((number, span));
        }
    }
}

/// Data sources that find accounts of AWS's own.
const AWS_OWN: &[&str] =
    &["aws_billing_service_account", "aws_cloudtrail_service_account", "aws_elb_service_account", "aws_redshift_service_account"];

/// What source calls the account of a principal that has no number: `var.partner_account_id`. A reference that is all of a principal may be
/// any principal's, unless its name says that it is an account.
fn unknown_account(account: &AccountRef, text: &str) -> Option<String> {
    if let AccountRef::Symbol(symbol) = account
        && let Some((_, provider)) = symbol.strip_prefix("account(").and_then(|key| key.strip_suffix(')')?.rsplit_once(':'))
    {
        return Some(format!("the account of provider `{provider}`"));
    }
    let field = text.strip_prefix("arn:").and_then(|rest| rest.split(':').nth(3));
    let name = field.unwrap_or(text).strip_prefix("${")?.strip_suffix('}')?;
    let last = name.rsplit('.').next().unwrap_or(name);
    let is_account = field.is_some() || last.contains("account") && !last.contains("arn");
    if !is_account || name.contains("${") || AWS_OWN.iter().any(|kind| name.contains(kind)) {
        return None;
    }
    Some(if *account == AccountRef::Unknown { format!("made of `{name}`") } else { format!("`{name}`") })
}

/// What a policy guards.
fn into(attached: &Attached, estate: &Estate) -> String {
    let holder = estate.holders(attached).next().filter(|_| attached.document.kind == PolicyKind::Trust);
    holder.map_or_else(|| attached.document.address.clone(), |role| format!("{} `{}`", role.kind.name(), role.shown_name()))
}
