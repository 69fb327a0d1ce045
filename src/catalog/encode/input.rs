//! The shapes of `data/catalog/*.json`; its README explains the fields.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

pub fn parse<T: DeserializeOwned>(json: &str) -> Result<T, String> {
    serde_json::from_str(json).map_err(|why| why.to_string())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    pub date: String,
    pub top_up_date: String,
    pub services: BTreeMap<String, ServiceIn>,
    pub retired_actions: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceIn {
    pub name: String,
    #[serde(default)]
    pub rcp: u8,
    pub src: Option<String>,
    pub actions: BTreeMap<String, ActionIn>,
    pub resources: BTreeMap<String, ResourceIn>,
    pub keys: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActionIn {
    pub l: String,
    pub l_ps: Option<String>,
    #[serde(default)]
    pub r: Resources,
    #[serde(default)]
    pub c: Vec<String>,
    #[serde(default)]
    pub d: Vec<String>,
    pub src: Option<String>,
}

/// A field that is left out, null or a list, each with its own meaning.
#[derive(Default)]
pub enum Resources {
    #[default]
    None,
    Unknown,
    Types(Vec<Link>),
}

impl<'de> Deserialize<'de> for Resources {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(from)?.map_or(Resources::Unknown, Resources::Types))
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
pub enum Link {
    Plain(String, u8),
    WithKeys(String, u8, Vec<String>),
}

impl Link {
    /// Resource type, whether it is required, keys valid only with it.
    pub fn parts(&self) -> (&str, bool, &[String]) {
        match self {
            Link::Plain(name, required) => (name, *required == 1, &[]),
            Link::WithKeys(name, required, keys) => (name, *required == 1, keys),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResourceIn {
    pub arn: Vec<String>,
    #[serde(default)]
    pub c: Vec<String>,
    #[serde(rename = "src")]
    _src: Option<String>,
}

#[derive(Deserialize)]
pub struct GlobalKeys {
    pub global: BTreeMap<String, GlobalKey>,
    pub federation: BTreeMap<String, BTreeMap<String, Claim>>,
    pub oidc_generic_claims: BTreeMap<String, Claim>,
}

#[derive(Deserialize)]
pub struct GlobalKey {
    #[serde(rename = "type")]
    pub value: String,
    pub multi: bool,
    pub scope: String,
    pub also: Option<String>,
    pub category: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    #[serde(rename = "type")]
    pub value: String,
    pub multi: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accounts {
    pub date: String,
    pub accounts: BTreeMap<String, AccountIn>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountIn {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(rename = "sources")]
    _sources: Vec<String>,
    #[serde(default)]
    pub regions: Vec<String>,
    #[serde(default)]
    pub also: Vec<String>,
    #[serde(default)]
    pub retired: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Managed {
    pub date: String,
    pub policies: BTreeMap<String, ManagedIn>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManagedIn {
    pub arn: Option<String>,
    pub v: Option<String>,
    pub updated: Option<String>,
    pub levels: Option<String>,
    pub n_actions: Option<u16>,
    #[serde(default)]
    pub flags: Vec<String>,
    #[serde(default)]
    pub full_services: Vec<String>,
    #[serde(default)]
    pub privesc: Vec<String>,
    #[serde(default)]
    pub unmatched: Vec<String>,
    #[serde(default)]
    pub deprecated: u8,
    #[serde(rename = "src")]
    _src: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Documents {
    pub documents: BTreeMap<String, serde_json::Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Principals {
    pub date: String,
    pub principals: BTreeMap<String, PrincipalIn>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrincipalIn {
    #[serde(rename = "src")]
    _src: Vec<String>,
    #[serde(default, rename = "use")]
    pub uses: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Escalations {
    pub date: String,
    pub paths: Vec<EscalationIn>,
    pub sensitive_actions: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EscalationIn {
    pub id: String,
    pub required: Vec<String>,
    pub category: String,
    pub label: String,
    pub min: bool,
    #[serde(default)]
    pub passed_to: Vec<String>,
    #[serde(rename = "sources")]
    _sources: Vec<String>,
    #[serde(default, rename = "aliases")]
    _aliases: Vec<String>,
    #[serde(default, rename = "unknown_actions")]
    _unknown_actions: Vec<String>,
}
