//! Accounts whose owner is public.

use super::layout::{AWS_OWNED, AccountRow, RETIRED, TABLES};

/// An AWS account whose owner is public knowledge: a vendor's, or one of AWS's own.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KnownAccount {
    row: &'static [u8; AccountRow::SIZE],
}

/// Who owns a known account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AccountKind {
    Vendor,
    Aws,
}

impl KnownAccount {
    /// Its twelve digits.
    pub fn id(self) -> String {
        format!("{:012}", self.read().id)
    }

    /// The owner, or for AWS's own accounts what it is for: `Datadog`, `ELB logs`.
    pub fn name(self) -> &'static str {
        self.read().name.get()
    }

    pub fn kind(self) -> AccountKind {
        if self.read().flags & AWS_OWNED != 0 { AccountKind::Aws } else { AccountKind::Vendor }
    }

    /// Regions that AWS uses the account in, as `us-east-1`; empty where the sources name none.
    pub fn regions(self) -> impl Iterator<Item = &'static str> + Clone {
        TABLES.text_set(self.read().regions)
    }

    /// Other names that the sources give the account.
    pub fn also(self) -> impl Iterator<Item = &'static str> + Clone {
        TABLES.text_set(self.read().also)
    }

    /// Whether the sources say that the owner no longer uses it.
    pub fn is_retired(self) -> bool {
        self.read().flags & RETIRED != 0
    }

    fn read(self) -> AccountRow {
        AccountRow::read(self.row)
    }
}

impl std::fmt::Debug for KnownAccount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "KnownAccount({:012} {})", self.read().id, self.name())
    }
}

/// The known account with this id, which is twelve decimal digits.
pub fn account(id: &str) -> Option<KnownAccount> {
    if id.len() != 12 || !id.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let id: u64 = id.parse().ok()?;
    let at = TABLES.accounts.binary_search_by_key(&id, |row| AccountRow::read(row).id).ok()?;
    TABLES.accounts.get(at).map(|row| KnownAccount { row })
}

/// Every known account, by id.
pub fn accounts() -> impl Iterator<Item = KnownAccount> + Clone {
    TABLES.accounts.iter().map(|row| KnownAccount { row })
}
