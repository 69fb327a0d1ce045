//! Condition keys: what they hold and where they come from.

use std::sync::LazyLock;

use super::layout::{CATEGORY_SHIFT, KeyRow, MULTI, TABLES};
use super::names::{find, order, starting_with};
use super::template::fills;

/// A condition key that AWS knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ConditionKey {
    name: &'static str,
    origin: KeyOrigin,
    value: KeyType,
    also: Option<KeyType>,
    multi: bool,
    category: Option<KeyCategory>,
    number: Option<u16>,
}

/// Where a condition key comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyOrigin {
    /// `aws:*`, for requests to any service.
    Global,
    /// Named after one service but part of the session, so in requests to any service: `lambda:SourceFunctionArn`.
    CrossService,
    /// Defined by the services that list it.
    Service,
    /// A claim of a SAML assertion: `saml:aud`.
    Saml,
    /// A claim that AWS lists for one web identity provider: `token.actions.githubusercontent.com:repository`.
    WebIdentity,
    /// A claim that AWS takes from every OpenID Connect provider, as `<issuer>:<claim>`: `gitlab.example.com:sub`.
    AnyOidcProvider,
}

impl KeyOrigin {
    pub(super) const ALL: [KeyOrigin; 6] = [
        KeyOrigin::Global,
        KeyOrigin::CrossService,
        KeyOrigin::Service,
        KeyOrigin::Saml,
        KeyOrigin::WebIdentity,
        KeyOrigin::AnyOidcProvider,
    ];
}

/// What a key that is in requests to any service is about: the headings of "AWS global condition context keys" in the IAM User Guide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyCategory {
    Principal,
    Session,
    Network,
    Resource,
    Request,
}

impl KeyCategory {
    pub(super) const ALL: [KeyCategory; 5] =
        [KeyCategory::Principal, KeyCategory::Session, KeyCategory::Network, KeyCategory::Resource, KeyCategory::Request];
}

/// What a condition key holds; it decides which condition operators fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyType {
    String,
    Numeric,
    Date,
    Bool,
    IpAddress,
    Arn,
}

impl KeyType {
    pub(super) const ALL: [KeyType; 6] =
        [KeyType::String, KeyType::Numeric, KeyType::Date, KeyType::Bool, KeyType::IpAddress, KeyType::Arn];

    /// AWS's name: `IPAddress`.
    pub fn name(self) -> &'static str {
        match self {
            KeyType::String => "String",
            KeyType::Numeric => "Numeric",
            KeyType::Date => "Date",
            KeyType::Bool => "Bool",
            KeyType::IpAddress => "IPAddress",
            KeyType::Arn => "ARN",
        }
    }
}

impl ConditionKey {
    /// The name in AWS's case, with AWS's placeholders: `aws:ResourceTag/${TagKey}`, `s3:ExistingObjectTag/<key>`.
    /// Of a key of any OpenID Connect provider only the claim: `sub`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    pub fn origin(&self) -> KeyOrigin {
        self.origin
    }

    pub fn value_type(&self) -> KeyType {
        self.value
    }

    /// A second type that AWS accepts; only `aws:EpochTime` (a date or a number) has one.
    pub fn also_type(&self) -> Option<KeyType> {
        self.also
    }

    /// Whether the key holds several values in one request, so that `ForAllValues` and `ForAnyValue` make sense.
    /// True when it does so for some service.
    pub fn is_multi_valued(&self) -> bool {
        self.multi
    }

    /// What it is about; none for the keys of single services and of identity providers, and for a few that AWS has not sorted.
    pub fn category(&self) -> Option<KeyCategory> {
        self.category
    }

    /// Whether the name holds a placeholder.
    pub fn is_pattern(&self) -> bool {
        self.name.contains("${") || self.name.contains('<')
    }

    pub(super) fn number(&self) -> Option<u16> {
        self.number
    }

    fn from_row(row: &[u8; KeyRow::SIZE], number: Option<u16>) -> Option<ConditionKey> {
        let row = KeyRow::read(row);
        Some(ConditionKey {
            name: row.name.get(),
            origin: *KeyOrigin::ALL.get(usize::from(row.origin))?,
            value: *KeyType::ALL.get(usize::from(row.value))?,
            also: row.also.checked_sub(1).and_then(|at| KeyType::ALL.get(usize::from(at))).copied(),
            multi: row.flags & MULTI != 0,
            category: (row.flags >> CATEGORY_SHIFT).checked_sub(1).and_then(|at| KeyCategory::ALL.get(usize::from(at))).copied(),
            number,
        })
    }
}

/// The condition key of this name, or none when AWS has no such key.
///
/// Case does not count. Placeholders match one character or more: `aws:ResourceTag/team` is
/// `aws:ResourceTag/${TagKey}`. Every OpenID Connect provider has the keys `<issuer>:<claim>` for the claims `aud`, `sub`,
/// `amr`, `azp`, `email` and `oaud`: `oidc.eks.eu-west-1.amazonaws.com/id/ABC:sub`.
pub fn condition_key(name: &str) -> Option<ConditionKey> {
    let exact = TABLES.keys.binary_search_by(|row| order(name_of(row), name)).ok();
    exact.and_then(|at| key_of_number(u16::try_from(at).ok()?)).or_else(|| pattern_key(name)).or_else(|| claim_of_any_provider(name))
}

/// Every key of the tables, in order of name, without the claims of any OpenID Connect provider.
pub fn condition_keys() -> impl Iterator<Item = ConditionKey> {
    (0..=u16::MAX).map_while(key_of_number)
}

/// The issuer (a host, with or without a path) and the claim of a condition key `<issuer>:<claim>`, whether AWS knows the
/// claim or not. None when the part before the first colon is not a host name, as in `aws:SourceIp`.
pub fn issuer_and_claim(key: &str) -> Option<(&str, &str)> {
    let (issuer, claim) = key.split_once(':')?;
    let host = issuer.split('/').next()?;
    let label = |label: &str| !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    (host.contains('.') && host.split('.').all(label) && !claim.is_empty()).then_some((issuer, claim))
}

pub(super) fn key_of_number(number: u16) -> Option<ConditionKey> {
    ConditionKey::from_row(TABLES.keys.get(usize::from(number))?, Some(number))
}

/// The claims that every OpenID Connect provider has.
pub(super) fn claims() -> impl Iterator<Item = ConditionKey> {
    TABLES.claims.iter().filter_map(|row| ConditionKey::from_row(row, None))
}

fn pattern_key(name: &str) -> Option<ConditionKey> {
    let (prefix, rest) = name.split_once(':')?;
    // Only an issuer, which has a dot, can fill in a placeholder before the colon.
    if prefix.contains('.') {
        let starts = |start: &str| name.get(..start.len()).is_some_and(|own| own.eq_ignore_ascii_case(start));
        let near = KEYS_OF_ISSUERS.iter().filter(|(start, _)| starts(start)).map(|(_, key)| *key);
        return longest_filled(near, prefix, rest);
    }
    let near = starting_with(TABLES.pattern_keys, name.get(..=prefix.len())?, pattern_name);
    longest_filled(near.iter().filter_map(|number| key_of_number(u16::from_le_bytes(*number))), prefix, rest)
}

/// Split first, so that a placeholder in an issuer does not take the colon. The longest wins: `events` has both
/// `Metadata/${MetadataKey}` and `Metadata/${MetadataKey}/Matcher`.
fn longest_filled(keys: impl Iterator<Item = ConditionKey>, prefix: &str, rest: &str) -> Option<ConditionKey> {
    let filled = keys.filter(|key| key.name.split_once(':').is_some_and(|(issuer, tail)| fills(issuer, prefix) && fills(tail, rest)));
    filled.max_by_key(|key| key.name.len())
}

/// The pattern keys that a name with a dot before its colon may be, each with the text before its first placeholder: every key of a token's
/// claim is looked for among them, and is nearly never there.
static KEYS_OF_ISSUERS: LazyLock<Vec<(&str, ConditionKey)>> = LazyLock::new(|| {
    let keys = TABLES.pattern_keys.iter().filter_map(|number| key_of_number(u16::from_le_bytes(*number)));
    let is_of_issuer = |key: &ConditionKey| key.name.split(':').next().is_some_and(|issuer| issuer.contains(['.', '$', '<', '*']));
    keys.filter(is_of_issuer).map(|key| (key.name.split(['$', '<', '*']).next().unwrap_or_default(), key)).collect()
});

fn pattern_name(number: &[u8; 2]) -> &'static str {
    TABLES.keys.get(usize::from(u16::from_le_bytes(*number))).map_or("", name_of)
}

fn claim_of_any_provider(name: &str) -> Option<ConditionKey> {
    let (_, claim) = issuer_and_claim(name)?;
    ConditionKey::from_row(find(TABLES.claims, claim, name_of)?, None)
}

fn name_of(row: &[u8; KeyRow::SIZE]) -> &'static str {
    KeyRow::read(row).name.get()
}
