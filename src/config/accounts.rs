//! Whose accounts are whose: the blocks `account`, `organization` and `vendor`.

use std::collections::BTreeMap;
use std::sync::Arc;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use super::Config;
use super::parse::texts;
use crate::source::{Sources, Span};
use crate::syntax::ast::Block;
use crate::truth::Truth;

/// One of the user's own accounts.
#[derive(Clone, Debug)]
pub struct Account {
    pub name: Arc<str>,
    /// Twelve digits.
    pub id: Arc<str>,
    /// `production`: for messages only.
    pub environment: Option<Arc<str>>,
    /// It may be trusted as a whole: an account for security or identities.
    pub trusted: bool,
    /// The root modules whose default provider deploys to it.
    pub directories: Option<Directories>,
    /// The block's header.
    pub span: Span,
}

/// An organization of AWS Organizations that the user's accounts are in.
#[derive(Clone, Debug)]
pub struct Organization {
    /// `o-a1b2c3d4e5`
    pub id: Arc<str>,
    pub span: Span,
}

/// Somebody else's accounts that the user lets in on purpose.
#[derive(Clone, Debug)]
pub struct Vendor {
    pub name: Arc<str>,
    pub accounts: Vec<Arc<str>>,
    pub span: Span,
}

/// Globs of directories, relative to the configuration file.
#[derive(Clone, Debug)]
pub struct Directories {
    globs: Vec<DirectoryGlob>,
    /// The directory of the configuration file: absolute where there is a disk.
    base: String,
    /// What the argument is worth.
    pub span: Span,
}

/// One of them.
#[derive(Clone, Debug)]
pub struct DirectoryGlob {
    pub written: Arc<str>,
    pub span: Span,
    globs: GlobSet,
}

impl Directories {
    /// Whether a directory, as `File::path` writes it, is among them.
    pub fn hold(&self, directory: &str, sources: &Sources) -> bool {
        self.holding(directory, sources).next().is_some()
    }

    /// As they are written.
    pub fn written(&self) -> impl Iterator<Item = &Arc<str>> {
        self.globs.iter().map(|glob| &glob.written)
    }

    /// Those that hold none of some directories.
    pub fn idle<'a>(&'a self, directories: &'a [String], sources: &'a Sources) -> impl Iterator<Item = &'a DirectoryGlob> {
        let holds = |glob: &DirectoryGlob, directory: &String| self.holding(directory, sources).any(|held| held.span == glob.span);
        self.globs.iter().filter(move |glob| !directories.iter().any(|directory| holds(glob, directory)))
    }

    fn holding(&self, directory: &str, sources: &Sources) -> impl Iterator<Item = &DirectoryGlob> {
        let whole = sources.absolute(directory).unwrap_or_else(|| directory.to_owned());
        let inside = match self.base.as_str() {
            "" | "/" => Some(whole.trim_start_matches('/')),
            base => whole.strip_prefix(base).and_then(|rest| if rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }),
        };
        let inside = inside.map(str::to_owned);
        self.globs.iter().filter(move |glob| inside.as_ref().is_some_and(|inside| glob.globs.is_match(inside)))
    }
}

impl Config {
    /// The account of the user with this number.
    pub fn account(&self, id: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| &*account.id == id)
    }

    /// The vendor with this account number.
    pub fn vendor(&self, id: &str) -> Option<&Vendor> {
        self.vendors.iter().find(|vendor| vendor.accounts.iter().any(|account| &**account == id))
    }

    /// The accounts whose `directories` a root module is in; more than one is a mistake.
    pub fn accounts_of(&self, directory: &str, sources: &Sources) -> Vec<&Account> {
        let holds = |account: &&Account| account.directories.as_ref().is_some_and(|directories| directories.hold(directory, sources));
        self.accounts.iter().filter(holds).collect()
    }

    /// Whether an organization is one of the user's own. Unknown if they have declared none. IDs are compared as they are written.
    pub fn own_organization(&self, id: &str) -> Truth {
        match self.organizations.as_slice() {
            [] => Truth::Unknown,
            own => own.iter().any(|organization| &*organization.id == id).into(),
        }
    }

    pub(super) fn account_block(&mut self, name: Arc<str>, block: &Block, sources: &Sources) {
        self.only_known(block);
        let before = self.problems.len();
        let id = self.text(block, "id");
        match id {
            Some(id) if !is_account_id(&id) => {
                self.complain(not_an_account_id(&id), value_span(block, "id"));
            }
            Some(id) => {
                let (environment, trusted) = (self.environment(block), self.flag(block, "trusted").unwrap_or(false));
                let directories = self.directories(block, sources);
                self.add_account(Account { name, id, environment, trusted, directories, span: block.header() }, block);
            }
            None if self.problems.len() == before || block.body.attribute("id").is_none() => {
                self.complain("an account needs its `id`, 12 digits", block.header());
            }
            None => {}
        }
    }

    fn environment(&mut self, block: &Block) -> Option<Arc<str>> {
        let environment = self.text(block, "environment")?;
        if environment.trim().is_empty() {
            self.warn("`environment` is empty, so it has no effect", value_span(block, "environment"));
            return None;
        }
        Some(environment)
    }

    /// Adds an account unless there is one of its name or id.
    fn add_account(&mut self, account: Account, block: &Block) {
        if let Some(other) = self.account(&account.id) {
            let message = format!("account {} is `{}` already: it cannot be `{}`, too", account.id, other.name, account.name);
            return self.complain(message, value_span(block, "id"));
        }
        if self.accounts.iter().any(|other| other.name == account.name) {
            return self.complain(format!("there is an account `{}` already, with another ID", account.name), block.header());
        }
        self.accounts.push(account);
    }

    /// `directories = ["envs/prod/**"]`: `*` is any one directory, `**` any number of them, and `x/**` holds `x` itself.
    fn directories(&mut self, block: &Block, sources: &Sources) -> Option<Directories> {
        let attribute = block.body.attribute("directories")?;
        let Some(items) = texts(&attribute.value) else {
            self.complain("`directories` is a list of strings", attribute.value.span);
            return None;
        };
        if items.is_empty() {
            self.warn("`directories` is empty, so it has no effect", attribute.value.span);
        }
        let globs = items.into_iter().filter_map(|(text, span)| self.directory_glob(text, span)).collect();
        let own = sources.file(block.span.file);
        let base = sources.absolute(own.directory()).unwrap_or_else(|| own.directory().to_owned());
        Some(Directories { globs, base, span: attribute.value.span })
    }

    fn directory_glob(&mut self, text: Arc<str>, span: Span) -> Option<DirectoryGlob> {
        let clean = text.strip_prefix("./").unwrap_or(&text).trim_end_matches('/');
        if text.is_empty() || text.starts_with('/') || clean.split('/').any(|part| part == "..") {
            self.complain(format!("`{text}` is not a path below this file's directory"), span);
            return None;
        }
        let clean = if clean == "." { "" } else { clean };
        let mut builder = GlobSetBuilder::new();
        for pattern in [Some(clean), clean.strip_suffix("/**")].into_iter().flatten() {
            match GlobBuilder::new(pattern).literal_separator(true).build() {
                Ok(glob) => drop(builder.add(glob)),
                Err(error) => {
                    self.complain(format!("`{text}` is not a glob: {}", error.kind()), span);
                    return None;
                }
            }
        }
        match builder.build() {
            Ok(globs) => Some(DirectoryGlob { written: text, span, globs }),
            Err(error) => {
                self.complain(format!("`{text}` is not a glob: {}", error.kind()), span);
                None
            }
        }
    }

    pub(super) fn organization_block(&mut self, block: &Block) {
        self.only_known(block);
        match self.text(block, "id") {
            Some(id) if !is_organization_id(&id) => {
                let message = format!("`{id}` is not an organization ID: expected `o-` and 10 to 32 lower-case letters and digits");
                self.complain(message, value_span(block, "id"));
            }
            Some(id) if self.organizations.iter().any(|known| known.id == id) => {
                self.complain(format!("the organization `{id}` is named twice"), value_span(block, "id"));
            }
            Some(id) => self.organizations.push(Organization { id, span: block.header() }),
            None if block.body.attribute("id").is_none() => {
                self.complain("an organization needs its `id`, such as \"o-a1b2c3d4e5\"", block.header());
            }
            None => {}
        }
    }

    pub(super) fn vendor_block(&mut self, name: Arc<str>, block: &Block) {
        self.only_known(block);
        let Some(attribute) = block.body.attribute("accounts") else {
            return self.complain("a vendor needs `accounts`, a list of account IDs", block.header());
        };
        let Some(items) = texts(&attribute.value) else {
            return self.complain("`accounts` is a list of strings of 12 digits", attribute.value.span);
        };
        if items.is_empty() {
            self.warn(format!("the vendor `{name}` has no accounts, so it has no effect"), attribute.value.span);
        }
        if self.vendors.iter().any(|other| other.name == name) {
            return self.complain(format!("there is a vendor `{name}` already"), block.header());
        }
        let mut accounts: Vec<Arc<str>> = Vec::new();
        for (id, span) in items {
            if !is_account_id(&id) {
                self.complain(not_an_account_id(&id), span);
            } else if accounts.contains(&id) {
                self.complain(format!("`{id}` is listed twice"), span);
            } else if let Some(other) = self.vendor(&id) {
                self.complain(format!("account {id} is one of the vendor `{}` already", other.name), span);
            } else {
                accounts.push(id);
            }
        }
        self.vendors.push(Vendor { name, accounts, span: block.header() });
    }

    /// What only the whole file tells: an account that is a vendor's and the user's own.
    pub(super) fn contradictions(&mut self) {
        let own: BTreeMap<&str, &Account> = self.accounts.iter().map(|account| (&*account.id, account)).collect();
        let both = |vendor: &Vendor| {
            let found = vendor.accounts.iter().filter_map(|id| own.get(&**id));
            let message = |account: &&Account| {
                format!(
                    "account {} is your own `{}` and one of the vendor `{}`: it is one or the other",
                    account.id, account.name, vendor.name
                )
            };
            found.map(|account| (message(account), vendor.span)).collect::<Vec<_>>()
        };
        let found: Vec<(String, Span)> = self.vendors.iter().flat_map(both).collect();
        for (message, span) in found {
            self.complain(message, span);
        }
    }
}

/// Written with hyphens, as the console shows it, the number is meant.
fn not_an_account_id(text: &str) -> String {
    let digits: String = text.chars().filter(|c| !matches!(c, '-' | ' ')).collect();
    match is_account_id(&digits) {
        true => format!("`{text}` is not an account ID: did you mean `{digits}`?"),
        false => format!("`{text}` is not an account ID: expected 12 digits"),
    }
}

/// Twelve digits.
pub fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `o-` and ten to 32 lower-case letters and digits (AWS Organizations API Reference, "Organization").
pub fn is_organization_id(text: &str) -> bool {
    let plain = |id: &str| id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    text.strip_prefix("o-").is_some_and(|id| (10..=32).contains(&id.len()) && plain(id))
}

fn value_span(block: &Block, name: &str) -> Span {
    block.body.attribute(name).map_or(block.header(), |attribute| attribute.value.span)
}
