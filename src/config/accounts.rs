//! Whose accounts are whose: the blocks `account`, `organization` and `vendor`.

use std::collections::BTreeMap;
use std::sync::Arc;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use super::{Config, string, strings};
use crate::source::{Sources, Span};
use crate::syntax::ast::{Block, Expr, ExprKind};
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
    /// As they are written.
    pub written: Vec<Arc<str>>,
    globs: GlobSet,
    /// The directory of the configuration file: absolute where there is a disk.
    base: String,
    /// What the argument is worth.
    pub span: Span,
}

impl Directories {
    /// Whether a directory, as `File::path` writes it, is among them.
    pub fn hold(&self, directory: &str, sources: &Sources) -> bool {
        let whole = sources.absolute(directory).unwrap_or_else(|| directory.to_owned());
        let inside = match self.base.as_str() {
            "" | "/" => Some(whole.trim_start_matches('/')),
            base => whole.strip_prefix(base).and_then(|rest| if rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }),
        };
        inside.is_some_and(|inside| self.globs.is_match(inside))
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
        self.only(block, &["id", "environment", "trusted", "directories"]);
        let before = self.problems.len();
        let id = self.text(block, "id");
        match id {
            Some(id) if !is_account_id(&id) => {
                self.complain(format!("`{id}` is no account id: it has 12 digits"), value_span(block, "id"));
            }
            Some(id) => {
                let (environment, trusted) = (self.text(block, "environment"), self.flag(block, "trusted").unwrap_or(false));
                let directories = self.directories(block, sources);
                self.add_account(Account { name, id, environment, trusted, directories, span: block.header() }, block);
            }
            None if self.problems.len() == before || block.body.attribute("id").is_none() => {
                self.complain("an account needs its `id`, 12 digits", block.header());
            }
            None => {}
        }
    }

    /// Adds an account unless there is one of its name or id.
    fn add_account(&mut self, account: Account, block: &Block) {
        if let Some(other) = self.account(&account.id) {
            let message = format!("account {} is `{}` already: it cannot be `{}`, too", account.id, other.name, account.name);
            return self.complain(message, value_span(block, "id"));
        }
        if self.accounts.iter().any(|other| other.name == account.name) {
            return self.complain(format!("there is an account `{}` already, with another id", account.name), block.header());
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
        let mut builder = GlobSetBuilder::new();
        let mut written = Vec::new();
        for (text, span) in items {
            let clean = text.strip_prefix("./").unwrap_or(&text).trim_end_matches('/');
            if text.is_empty() || text.starts_with('/') || clean.split('/').any(|part| part == "..") {
                self.complain(format!("`{text}` is no path below this file's directory"), span);
                continue;
            }
            let clean = if clean == "." { "" } else { clean };
            written.push(Arc::clone(&text));
            for pattern in [Some(clean), clean.strip_suffix("/**")].into_iter().flatten() {
                match GlobBuilder::new(pattern).literal_separator(true).build() {
                    Ok(glob) => drop(builder.add(glob)),
                    Err(error) => {
                        self.complain(format!("`{text}` is no glob: {}", error.kind()), span);
                        break;
                    }
                }
            }
        }
        let own = sources.file(block.span.file);
        let base = sources.absolute(own.directory()).unwrap_or_else(|| own.directory().to_owned());
        match builder.build() {
            Ok(globs) => Some(Directories { written, globs, base, span: attribute.value.span }),
            Err(error) => {
                self.complain(format!("`directories` are too many: {}", error.kind()), attribute.value.span);
                None
            }
        }
    }

    pub(super) fn organization_block(&mut self, block: &Block) {
        self.only(block, &["id"]);
        match self.text(block, "id") {
            Some(id) if !is_organization_id(&id) => {
                let message = format!("`{id}` is no id of an organization: it is `o-` and 10 to 32 lower-case letters and digits");
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
        self.only(block, &["accounts"]);
        let Some(attribute) = block.body.attribute("accounts") else {
            return self.complain("a vendor needs `accounts`, a list of account ids", block.header());
        };
        let Some(items) = texts(&attribute.value) else {
            return self.complain("`accounts` is a list of strings of 12 digits", attribute.value.span);
        };
        if self.vendors.iter().any(|other| other.name == name) {
            return self.complain(format!("there is a vendor `{name}` already"), block.header());
        }
        let mut accounts: Vec<Arc<str>> = Vec::new();
        for (id, span) in items {
            if !is_account_id(&id) {
                self.complain(format!("`{id}` is no account id: it has 12 digits"), span);
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

/// The strings of a list with their places.
fn texts(expr: &Expr) -> Option<Vec<(Arc<str>, Span)>> {
    match &expr.kind {
        ExprKind::List(items) => Some(strings(expr)?.into_iter().zip(items.iter().map(|item| item.span)).collect()),
        ExprKind::String(_) => Some(vec![(string(expr)?, expr.span)]),
        _ => None,
    }
}
