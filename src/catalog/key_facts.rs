//! What AWS's pages say of condition keys beyond their types: what a key is about and who therefore decides its value, what a value tells
//! of the caller, what it looks like, and which requests carry the key.
//!
//! The facts are `data/catalog/condition-keys.json`, one row a key, which names the page of each. It is read when it is first asked for.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::names::order;
use super::presence::Presence;

/// What a condition key is about, which says who decides its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum About {
    /// The account that the caller is of.
    Account,
    /// The organization that the caller's account is of.
    Organization,
    /// Which identity calls.
    Identity,
    /// Whether the caller has used a second factor, and when.
    SecondFactor,
    /// A name, a tag or a word that the caller, or whoever runs its account, chooses.
    CallerChosen,
    /// Which service of AWS calls by itself.
    Service,
    /// For whose resource such a service acts (IAM User Guide, "The confused deputy problem").
    Source,
    /// Which service or server makes the request on behalf of the caller.
    Forwarder,
    /// The public address that the request comes from.
    Address,
    /// The VPC endpoint that the request comes through, and what AWS says of its owner.
    Endpoint,
    /// The instance or function whose role calls.
    Workload,
    /// What the request is made on.
    Resource,
    /// The tags that the request sends.
    RequestTags,
    /// By which door of the resource's owner a request comes, such as an access point.
    Door,
    /// What the caller's program says in a header, which anybody can send.
    Header,
    /// How the request is signed and sent.
    Transport,
}

/// What the values of a condition key look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ValueForm {
    /// Twelve digits.
    Account,
    /// An address or a range of addresses.
    Address,
    Arn,
    /// `AES256`, `aws:kms`, `aws:kms:dsse`
    Encryption,
    ExternalId,
    /// `t3.micro`
    InstanceType,
    /// The name of a user or of a session.
    Name,
    /// What the caller sends, by its service's page: a name will do where the reference has the type ARN.
    NameOrArn,
    /// `o-a1b2c3d4e5`
    Organization,
    /// `o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/`
    OrganizationPath,
    PrincipalArn,
    /// `AssumedRole`
    PrincipalType,
    /// The name of a DNS record, in lower case and with `\052` for a star.
    RecordName,
    Region,
    /// A service's principal: `ec2.amazonaws.com`.
    Service,
    Tag,
    /// `AROA…:session`
    UserId,
    Vpc,
    VpcEndpoint,
}

/// What a value of a key tells of the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Tells {
    /// Which account or organization the caller is of, among all that there are.
    Owner,
    /// Which of an account's identities it is.
    Identity,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum CarriedBy {
    Always,
    Signed,
    Temporary,
    Sometimes,
}

/// What is known of one condition key. What a row leaves out is not known, or does not hold.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyFacts {
    /// In AWS's case. One that ends in `/` or `:` stands for all keys that begin so: `aws:PrincipalTag/`.
    #[serde(skip)]
    pub name: &'static str,
    pub about: Option<About>,
    pub form: Option<ValueForm>,
    #[serde(default)]
    tells: Vec<Tells>,
    /// Patterns that together match every caller's value.
    #[serde(default)]
    pub everybody: Vec<&'static str>,
    carried: Option<CarriedBy>,
    lacking: Option<&'static str>,
    /// 1 if only requests that somebody with an AWS account has signed carry it.
    #[serde(default)]
    signed: u8,
    /// 1 if only identities of accounts have it, and no service that calls by itself.
    #[serde(default)]
    of_accounts: u8,
    /// The key that says of whoever a service acts for what this one says of an identity: `aws:SourceAccount` for `aws:PrincipalAccount`.
    pub source_key: Option<&'static str>,
    /// 1 if no page lists the key, although requests carry it or AWS's own policies test it.
    #[serde(default)]
    unlisted: u8,
    #[serde(rename = "pages")]
    _pages: Vec<&'static str>,
}

impl KeyFacts {
    /// Whether requests carry it.
    pub fn presence(&self) -> Presence {
        match (self.carried, self.lacking) {
            (Some(CarriedBy::Always), _) => Presence::Always,
            (Some(CarriedBy::Signed), _) => Presence::Signed,
            (Some(CarriedBy::Temporary), _) => Presence::Temporary,
            (Some(CarriedBy::Sometimes), Some(who)) => Presence::Sometimes(who),
            (Some(CarriedBy::Sometimes) | None, _) => Presence::Unknown,
        }
    }

    /// Whether its value says which account or organization the caller is of, among all that there are: no name or tag does.
    pub fn tells_owner(&self) -> bool {
        self.tells.contains(&Tells::Owner)
    }

    /// Whether its value says which of an account's identities calls.
    pub fn tells_identity(&self) -> bool {
        self.tells.contains(&Tells::Identity)
    }

    /// Whether only requests carry it that somebody with an AWS account has signed.
    pub fn is_of_signed(&self) -> bool {
        self.signed == 1 || matches!(self.presence(), Presence::Signed | Presence::Temporary)
    }

    /// Whether only identities of accounts have it: what a service does by itself it does as a principal of its own, which is of no account
    /// and no organization.
    pub fn is_of_accounts(&self) -> bool {
        self.of_accounts == 1
    }

    /// Whether no page lists the key, although requests carry it or AWS's own policies test it.
    pub fn is_unlisted(&self) -> bool {
        self.unlisted == 1
    }
}

impl About {
    /// Whether a condition key is about this. Case does not count.
    pub fn is_of(self, key: &str) -> bool {
        about(key) == Some(self)
    }

    /// The names of the keys that are.
    pub fn keys(self) -> impl Iterator<Item = &'static str> {
        facts_of_keys().iter().filter(move |facts| facts.about == Some(self)).map(|facts| facts.name)
    }
}

impl ValueForm {
    /// Whether the values of a condition key have this form. Case does not count.
    pub fn is_of(self, key: &str) -> bool {
        value_form(key) == Some(self)
    }

    /// Whether no value of the form has a `*` or `?` in it. Tags of IAM have none either (IAM User Guide, "Rules for tagging in IAM and AWS STS").
    pub fn has_no_wildcards(self) -> bool {
        !matches!(self, ValueForm::Address | ValueForm::Encryption)
    }
}

/// What is known of a condition key; nothing for most. Case does not count.
pub fn key_facts(key: &str) -> Option<&'static KeyFacts> {
    let find = |name: &str| {
        let at = facts_of_keys().binary_search_by(|facts| order(facts.name, name)).ok()?;
        facts_of_keys().get(at)
    };
    find(key).or_else(|| find(family(key)?))
}

/// What a condition key is about.
pub fn about(key: &str) -> Option<About> {
    key_facts(key)?.about
}

/// What the values of a condition key look like.
pub fn value_form(key: &str) -> Option<ValueForm> {
    key_facts(key)?.form
}

/// Every key of which something is known, by its name.
pub fn facts_of_keys() -> &'static [KeyFacts] {
    &ROWS
}

/// `aws:PrincipalTag/` of `aws:PrincipalTag/team`, and `kms:EncryptionContext:` of `kms:EncryptionContext:department`.
fn family(key: &str) -> Option<&str> {
    let (prefix, rest) = key.split_once(':')?;
    let end = rest.find(['/', ':'])? + prefix.len() + 2;
    key.get(..end)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[serde(borrow)]
    keys: BTreeMap<&'static str, KeyFacts>,
    #[serde(rename = "pages")]
    _pages: serde::de::IgnoredAny,
}

static JSON: &str = include_str!("../../data/catalog/condition-keys.json");

static ROWS: LazyLock<Vec<KeyFacts>> = LazyLock::new(|| {
    // A test reads the same text, so that this is not empty.
    let table = serde_json::from_str::<Table>(JSON).map(|table| table.keys).unwrap_or_default();
    let mut rows: Vec<KeyFacts> = table.into_iter().map(|(name, facts)| KeyFacts { name, ..facts }).collect();
    rows.sort_by(|left, right| order(left.name, right.name));
    rows
});

/// Whether requests carry this condition key. Case does not count, and a tag needs its name.
pub fn presence(key: &str) -> Presence {
    let facts = key_facts(key).filter(|_| !key.ends_with(['/', ':']));
    facts.map_or(Presence::Unknown, |facts| facts.presence())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::condition_key;
    use crate::catalog::pages::check_pages;

    #[test]
    fn the_table_is_read_and_every_row_has_its_pages() {
        assert!(facts_of_keys().len() > 90, "the table is read");
        check_pages(JSON, facts_of_keys().iter().map(|facts| (facts.name, facts._pages.as_slice())));
    }

    #[test]
    fn every_row_is_a_key_of_the_catalog_and_says_something() {
        for facts in facts_of_keys() {
            let written = if facts.name.ends_with(['/', ':']) { format!("{}x", facts.name) } else { facts.name.to_owned() };
            assert_eq!(condition_key(&written).is_none(), facts.is_unlisted(), "{}", facts.name);
            assert_eq!(key_facts(&written.to_ascii_uppercase()).map(|facts| facts.name), Some(facts.name));
            assert_eq!(facts.carried == Some(CarriedBy::Sometimes), facts.lacking.is_some(), "{}", facts.name);
            let says = facts.about.is_some() || facts.form.is_some() || facts.carried.is_some() || facts.is_unlisted();
            assert!(says, "{} says nothing", facts.name);
            assert!(facts.source_key.is_none_or(|key| facts.is_of_accounts() && about(key) == Some(About::Source)), "{}", facts.name);
            let whose = facts.tells_owner() || matches!(facts.about, Some(About::Endpoint | About::Source));
            assert!(facts.everybody.is_empty() || whose, "{}", facts.name);
        }
    }

    #[test]
    fn a_tag_is_found_by_its_family() {
        assert_eq!(about("AWS:PrincipalTag/x509Subject/CN"), Some(About::CallerChosen));
        assert_eq!(about("kms:EncryptionContext:department"), None);
        assert_eq!(value_form("kms:EncryptionContext:aws:s3:arn"), Some(ValueForm::Arn));
        assert_eq!(about("git.example.com/_services/token:sub"), None);
        assert!(About::Source.is_of("aws:sourcearn") && !About::Source.is_of("aws:SourceArn2"));
    }

    #[test]
    fn a_tag_needs_its_name() {
        assert_eq!(presence("aws:PrincipalTag/"), Presence::Unknown);
        assert_eq!(presence("AWS:PRINCIPALTAG/x"), Presence::Sometimes("a caller without the tag"));
        assert_eq!(presence("ec2:InstanceType"), Presence::Unknown);
    }
}
