//! Accounts: whose a role is, and whose a principal.

use std::sync::Arc;

use super::{Estate, Home};
use crate::catalog;
use crate::config::{Config, is_account_id};
use crate::policy::arn::Arn;
use crate::policy::meaning::OWN_ACCOUNT;
use crate::policy::pattern::{Pattern, Segment};

/// An account as far as it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum AccountRef {
    /// Twelve digits.
    Number(Arc<str>),
    /// One that has no number in source but is one and the same wherever its symbol stands.
    Symbol(Arc<str>),
    #[default]
    Unknown,
}

/// What another account is to the one that a role is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Relation {
    Same,
    /// Declared in the configuration as the user's own, or one that a provider of the tree works in.
    Ours {
        /// The number again where the configuration has no name for it.
        name: Arc<str>,
        /// `production`, where the configuration says it.
        environment: Option<Arc<str>>,
        /// The configuration says that it may be trusted as a whole.
        trusted: bool,
    },
    /// Of the catalog's list of vendors.
    Vendor {
        name: &'static str,
    },
    /// Declared in the configuration as a vendor.
    ThirdParty {
        name: Arc<str>,
    },
    /// AWS's own.
    Aws {
        name: &'static str,
    },
    /// A number that nobody knows.
    Stranger,
    /// Not known which account it is.
    Unknown,
}

impl AccountRef {
    /// The account that a pattern names: twelve digits, or one symbol.
    pub fn of(pattern: &Pattern) -> AccountRef {
        match pattern.segments() {
            [Segment::Literal(digits)] if is_account_id(digits) => AccountRef::Number(Arc::clone(digits)),
            [Segment::Hole(hole)] => hole.id.as_ref().map_or(AccountRef::Unknown, |id| AccountRef::Symbol(Arc::clone(id))),
            _ => AccountRef::Unknown,
        }
    }

    /// The account that an AWS principal is of: an ARN's, or the number itself.
    pub fn of_principal(pattern: &Pattern) -> AccountRef {
        match Arn::split(pattern) {
            Some(arn) => AccountRef::of(&arn.account),
            None => AccountRef::of(pattern),
        }
    }

    /// Whether it is known only as that of a provider's own credentials.
    pub(super) fn is_of_credentials(&self) -> bool {
        matches!(self, AccountRef::Symbol(symbol) if symbol.starts_with(OWN_ACCOUNT))
    }

    /// The label of the `aws_organizations_account` whose `id` it is. That is another account than the one that makes it: where there is one
    /// provider configuration, than that of everything that is made.
    fn made_by_organization(&self) -> Option<&str> {
        let AccountRef::Symbol(symbol) = self else { return None };
        let address = symbol.rsplit_once(':').map_or(&**symbol, |(_, address)| address);
        address.strip_prefix("aws_organizations_account.")?.strip_suffix(".id")
    }

    pub fn number(&self) -> Option<&str> {
        match self {
            AccountRef::Number(number) => Some(number),
            _ => None,
        }
    }
}

impl Estate {
    /// What `other` is to the account `own` that a resource of this estate is in.
    pub fn relation(&self, own: &AccountRef, other: &AccountRef, config: &Config) -> Relation {
        if *other == AccountRef::Unknown {
            return Relation::Unknown;
        }
        if own == other {
            return Relation::Same;
        }
        if let Some(name) = other.made_by_organization().filter(|_| self.homes.len() == 1 && *own != AccountRef::Unknown) {
            return Relation::Ours { name: name.into(), environment: None, trusted: false };
        }
        let Some(number) = other.number() else { return Relation::Unknown };
        if let Some(account) = config.account(number) {
            let (name, environment) = (Arc::clone(&account.name), account.environment.clone());
            return Relation::Ours { name, environment, trusted: account.trusted };
        }
        if let Some(vendor) = config.vendor(number) {
            return Relation::ThirdParty { name: Arc::clone(&vendor.name) };
        }
        if self.works_in(number).is_some() {
            return Relation::Ours { name: number.into(), environment: None, trusted: false };
        }
        match catalog::account(number) {
            Some(known) if known.kind() == catalog::AccountKind::Vendor => Relation::Vendor { name: known.name() },
            Some(known) => Relation::Aws { name: known.name() },
            None if own.number().is_none() && self.perhaps_own.contains(number) => Relation::Unknown,
            None => Relation::Stranger,
        }
    }

    /// The provider configuration of this root module, else of the tree, that works in an account.
    fn works_in(&self, number: &str) -> Option<&Home> {
        let own = self.homes.iter().find(|home| home.account.number() == Some(number));
        own.or_else(|| self.deployed.get(number))
    }

    /// Why an account is what `relation` says it is, as a clause; nothing where nothing says it.
    pub fn because(&self, account: &AccountRef, relation: &Relation, config: &Config) -> Option<String> {
        let number = account.number()?;
        let known = |what: String| Some(format!("{number} is {what} in the list of known accounts of {}", catalog::ACCOUNTS_DATE));
        match relation {
            Relation::Ours { name, .. } if config.account(number).is_some() => {
                Some(format!("{number} is your account `{name}` in the configuration"))
            }
            Relation::Ours { .. } => {
                let home = self.works_in(number)?;
                Some(format!("{number} is yours, because in `{}` {}", home.shown_root(), home.words()))
            }
            Relation::ThirdParty { name } => Some(format!("{number} is the vendor `{name}` in the configuration")),
            Relation::Vendor { name } => known(format!("the vendor {name}")),
            Relation::Aws { name } => known(format!("{name} of AWS")),
            Relation::Same | Relation::Stranger | Relation::Unknown => None,
        }
    }
}
