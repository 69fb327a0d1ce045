//! Which rolelint this is, and up to when it knows AWS.

use std::io::{self, Write};
use std::sync::LazyLock;

use super::CLEAN;
use super::format::ListFormat;
use crate::catalog;

const VERSION: &str = env!("CARGO_PKG_VERSION");
/// Only the release workflow says from which commit it builds: whoever builds elsewhere may have changed the source.
const COMMIT: Option<&str> = option_env!("ROLELINT_COMMIT");

/// What `--version` prints after the name: `0.1.0 (catalog 2026-09-26, 1a2b3c4d5e)`.
pub static LONG: LazyLock<String> = LazyLock::new(|| {
    let commit = COMMIT.map_or_else(String::new, |commit| format!(", {commit}"));
    format!("{VERSION} (catalog {}{commit})", catalog::DATE)
});

/// `rolelint version`
pub fn version(format: ListFormat) -> io::Result<u8> {
    let mut out = io::stdout().lock();
    match format {
        ListFormat::Text => writeln!(out, "rolelint {}", *LONG)?,
        ListFormat::Json => {
            let version = serde_json::json!({
                "version": VERSION,
                "commit": COMMIT,
                "catalog": {
                    "date": catalog::DATE,
                    "top_up": catalog::TOP_UP_DATE,
                    "managed_policies": catalog::MANAGED_POLICIES_DATE,
                    "accounts": catalog::ACCOUNTS_DATE,
                    "service_principals": catalog::PRINCIPALS_DATE,
                    "service_sources": catalog::senders_date(),
                    "escalations": catalog::ESCALATIONS_DATE,
                    "issuers": catalog::issuers::ISSUERS_DATE,
                },
            });
            writeln!(out, "{version:#}")?;
        }
    }
    Ok(CLEAN)
}
