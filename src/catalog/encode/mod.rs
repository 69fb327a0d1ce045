//! Writes the embedded files from the readable tables. Only the generator and a test use it.

mod canonical;
mod changes;
mod input;
mod policies;

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

pub use canonical::canonical;
pub use changes::changes;
use input::{ActionIn, Resources, ServiceIn};

use super::key::{KeyCategory, KeyOrigin, KeyType};
use super::layout::{
    ALSO_PERMISSIONS, AWS_OWNED, AccountRow, ActionRow, CATEGORY_SHIFT, HEADER, KeyRow, LinkRow, MAGIC, MULTI, RCP, RETIRED, ResourceRow,
    SECTIONS, ServiceRow, TOP_UP, Text,
};

/// The readable tables in `data/catalog`, by the names that [`Sources`] holds them under.
pub const FILES: [&str; 11] = [
    "iam-reference.json",
    "global-condition-keys.json",
    "known-accounts.json",
    "managed-policies.json",
    "managed-documents.json",
    "service-principals.json",
    "privilege-escalation.json",
    "service-sources.json",
    "condition-keys.json",
    "lists.json",
    "policies.json",
];

/// The text of the tables in `data/catalog`.
#[derive(Clone)]
pub struct Sources {
    pub reference: String,
    pub keys: String,
    pub accounts: String,
    pub managed: String,
    pub documents: String,
    pub principals: String,
    pub escalations: String,
    /// Embedded as they are.
    pub senders: String,
    pub key_facts: String,
    pub lists: String,
    pub policies: String,
}

impl Sources {
    /// Reads each of [`FILES`].
    pub fn read<E>(mut table: impl FnMut(&str) -> Result<String, E>) -> Result<Sources, E> {
        let [reference, keys, accounts, managed, documents, principals, escalations, senders, key_facts, lists, policies] = FILES;
        Ok(Sources {
            reference: table(reference)?,
            keys: table(keys)?,
            accounts: table(accounts)?,
            managed: table(managed)?,
            documents: table(documents)?,
            principals: table(principals)?,
            escalations: table(escalations)?,
            senders: table(senders)?,
            key_facts: table(key_facts)?,
            lists: table(lists)?,
            policies: table(policies)?,
        })
    }

    /// The texts, in the order of [`FILES`].
    pub fn texts(&self) -> [&str; 11] {
        [
            &self.reference,
            &self.keys,
            &self.accounts,
            &self.managed,
            &self.documents,
            &self.principals,
            &self.escalations,
            &self.senders,
            &self.key_facts,
            &self.lists,
            &self.policies,
        ]
    }
}

/// The files to embed.
#[derive(Clone, PartialEq, Eq)]
pub struct Encoded {
    /// `reference.bin`
    pub tables: Vec<u8>,
    /// `reference.txt`
    pub text: String,
    /// `managed.bin`
    pub documents: Vec<u8>,
    /// The dates of the module: of the base, of the top-up, of the accounts, of the managed policies, of the principals, of the
    /// escalations.
    pub dates: [String; 6],
}

/// Encodes the tables. The error says in one sentence what does not fit.
pub fn encode(sources: &Sources) -> Result<Encoded, String> {
    let reference: input::Reference = input::parse(&with_placeholders(&sources.reference))?;
    let global: input::GlobalKeys = input::parse(&sources.keys)?;
    let accounts: input::Accounts = input::parse(&sources.accounts)?;
    let managed: input::Managed = input::parse(&sources.managed)?;
    let documents: input::Documents = input::parse(&sources.documents)?;
    let principals: input::Principals = input::parse(&sources.principals)?;
    let escalations: input::Escalations = input::parse(&sources.escalations)?;
    let keys = all_keys(&reference, &global)?;
    let mut writer = Writer::new(&keys)?;
    for (prefix, service) in &reference.services {
        writer.service(prefix, service).map_err(|why| format!("{prefix}: {why}"))?;
    }
    writer.keys(keys.values())?;
    writer.claims(&global)?;
    writer.retired(&reference.retired_actions)?;
    writer.accounts(&accounts)?;
    writer.escalations(&escalations)?;
    writer.sensitive(&escalations)?;
    writer.principals(&principals)?;
    let documents = writer.managed(&managed, &documents)?;
    let (tables, text) = writer.finish()?;
    let dates = [reference.date, reference.top_up_date, accounts.date, managed.date, principals.date, escalations.date];
    Ok(Encoded { tables, text, documents, dates })
}

/// AWS writes the placeholder of some tag keys without braces (`secretsmanager:ResourceTag/tag-key`) or leaves it out
/// (`glacier:ResourceTag/`). The readable table keeps AWS's spelling.
fn with_placeholders(json: &str) -> String {
    json.replace("/tag-key\"", "/${TagKey}\"").replace("ResourceTag/\"", "ResourceTag/${TagKey}\"")
}

/// A condition key as the sources together describe it.
struct Key {
    name: String,
    origin: KeyOrigin,
    value: KeyType,
    also: Option<KeyType>,
    multi: bool,
    category: Option<KeyCategory>,
}

impl Key {
    fn category(&self) -> Result<u8, String> {
        self.category.map_or(Ok(0), |category| Ok(place(&KeyCategory::ALL, category)? + 1))
    }

    fn row(&self, name: Text) -> Result<KeyRow, String> {
        Ok(KeyRow {
            name,
            origin: place(&KeyOrigin::ALL, self.origin)?,
            value: place(&KeyType::ALL, self.value)?,
            also: self.also.map_or(Ok(0), |also| Ok::<_, String>(place(&KeyType::ALL, also)? + 1))?,
            flags: if self.multi { MULTI } else { 0 } | self.category()? << CATEGORY_SHIFT,
        })
    }
}

/// Every condition key by its lower-case name. The global keys come first: AWS writes some of them otherwise in the
/// tables of a service (`ec2:SourceInstanceARN`).
fn all_keys(reference: &input::Reference, global: &input::GlobalKeys) -> Result<BTreeMap<String, Key>, String> {
    let mut keys = BTreeMap::new();
    for (name, key) in &global.global {
        let origin = if key.scope == "global" { KeyOrigin::Global } else { KeyOrigin::CrossService };
        let also = key.also.as_deref().map(key_type).transpose()?;
        let category = key_category(&key.category)?;
        let key = Key { name: name.clone(), origin, value: key_type(&key.value)?, also, multi: key.multi, category };
        keys.insert(name.to_ascii_lowercase(), key);
    }
    for (provider, claims) in &global.federation {
        let origin = if provider == "saml" { KeyOrigin::Saml } else { KeyOrigin::WebIdentity };
        for (claim, key) in claims {
            let name = format!("{provider}:{claim}");
            let lower = name.to_ascii_lowercase();
            keys.insert(lower, Key { name, origin, value: key_type(&key.value)?, also: None, multi: key.multi, category: None });
        }
    }
    for service in reference.services.values() {
        for (name, value) in &service.keys {
            let (value, multi) = value.strip_prefix("ArrayOf").map_or((value.as_str(), false), |value| (value, true));
            let value = key_type(value)?;
            let new = Key { name: name.clone(), origin: KeyOrigin::Service, value, also: None, multi: false, category: None };
            let key = keys.entry(name.to_ascii_lowercase()).or_insert(new);
            key.multi |= multi;
            if key.value != value && key.origin == KeyOrigin::Service {
                return Err(format!("services disagree on the type of {name}"));
            }
        }
    }
    Ok(keys)
}

/// Collects the sections.
struct Writer {
    text: Heap,
    key_numbers: HashMap<String, u16>,
    key_sets: Sets<u16>,
    link_sets: Sets<LinkRow>,
    text_sets: Sets<u32>,
    services: Vec<u8>,
    actions: Vec<u8>,
    resources: Vec<u8>,
    keys: Vec<u8>,
    claims: Vec<u8>,
    pattern_keys: Vec<u8>,
    retired: Vec<u8>,
    accounts: Vec<u8>,
    managed: Vec<u8>,
    principals: Vec<u8>,
    escalations: Vec<u8>,
    sensitive: Vec<u8>,
    /// The number of each minimal set by its id.
    escalation_numbers: HashMap<String, u16>,
}

impl Writer {
    fn new(keys: &BTreeMap<String, Key>) -> Result<Writer, String> {
        let numbers = keys.keys().zip(0..=u16::MAX).map(|(name, number)| (name.clone(), number)).collect::<HashMap<_, _>>();
        if numbers.len() != keys.len() {
            return Err("more than 65,536 condition keys".into());
        }
        let mut link_sets = Sets::default();
        link_sets.reserve();
        Ok(Writer {
            text: Heap::default(),
            key_numbers: numbers,
            key_sets: Sets::default(),
            link_sets,
            text_sets: Sets::default(),
            services: Vec::new(),
            actions: Vec::new(),
            resources: Vec::new(),
            keys: Vec::new(),
            claims: Vec::new(),
            pattern_keys: Vec::new(),
            retired: Vec::new(),
            accounts: Vec::new(),
            managed: Vec::new(),
            principals: Vec::new(),
            escalations: Vec::new(),
            sensitive: Vec::new(),
            escalation_numbers: HashMap::new(),
        })
    }

    fn service(&mut self, prefix: &str, service: &ServiceIn) -> Result<(), String> {
        let row = ServiceRow {
            prefix: self.text.add(prefix)?,
            name: self.text.add(&service.name)?,
            actions: (number(self.actions.len() / ActionRow::SIZE)?, number(service.actions.len())?),
            resources: (number(self.resources.len() / ResourceRow::SIZE)?, number(service.resources.len())?),
            keys: self.key_set(service.keys.keys())?,
            flags: if service.rcp == 1 { RCP } else { 0 } | if service.src.is_some() { TOP_UP } else { 0 },
        };
        row.write(&mut self.services);
        let resources = sorted(&service.resources);
        if resources.len() > 1 << 15 {
            return Err("a link has 15 bits for the resource type".into());
        }
        let places = resources.iter().zip(0..).map(|((name, _), place)| (name.as_str(), place)).collect();
        for (name, action) in sorted(&service.actions) {
            self.action(name, action, &places).map_err(|why| format!("{name}: {why}"))?;
        }
        for (name, resource) in resources {
            let row = ResourceRow { name: self.text.add(name)?, arns: self.text_set(&resource.arn)?, keys: self.key_set(&resource.c)? };
            row.write(&mut self.resources);
        }
        Ok(())
    }

    fn action(&mut self, name: &str, action: &ActionIn, places: &HashMap<&str, u16>) -> Result<(), String> {
        let permissions = action.l_ps.as_deref().map(level).transpose()? == level("P").ok();
        let row = ActionRow {
            name: self.text.add(name)?,
            resources: self.links(&action.r, places)?,
            keys: self.key_set(&action.c)?,
            dependents: self.text_set(&action.d)?,
            flags: level(&action.l)? | if action.src.is_some() { TOP_UP } else { 0 } | if permissions { ALSO_PERMISSIONS } else { 0 },
        };
        row.write(&mut self.actions);
        Ok(())
    }

    fn links(&mut self, resources: &Resources, places: &HashMap<&str, u16>) -> Result<u16, String> {
        let links = match resources {
            Resources::None => return Ok(0),
            Resources::Unknown => return Ok(super::layout::RESOURCES_UNKNOWN),
            Resources::Types(links) => links,
        };
        let mut rows = Vec::new();
        for link in links {
            let (name, required, keys) = link.parts();
            let resource = *places.get(name).ok_or_else(|| format!("no resource type {name}"))?;
            rows.push(LinkRow { resource, required, keys: self.key_set(keys)? });
        }
        // The base repeats a link in a few actions.
        rows.sort();
        rows.dedup();
        self.link_sets.add(rows)
    }

    fn keys<'k>(&mut self, keys: impl Iterator<Item = &'k Key>) -> Result<(), String> {
        for (number, key) in keys.enumerate() {
            let name = self.text.add(&key.name)?;
            key.row(name)?.write(&mut self.keys);
            if key.name.contains(['$', '<']) {
                self.pattern_keys.extend(self::number(number)?.to_le_bytes());
            }
        }
        Ok(())
    }

    fn claims(&mut self, global: &input::GlobalKeys) -> Result<(), String> {
        for (name, claim) in sorted(&global.oidc_generic_claims) {
            let value = key_type(&claim.value)?;
            let origin = KeyOrigin::AnyOidcProvider;
            let key = Key { name: name.clone(), origin, value, also: None, multi: claim.multi, category: None };
            key.row(self.text.add(name)?)?.write(&mut self.claims);
        }
        Ok(())
    }

    fn retired(&mut self, retired: &BTreeMap<String, Vec<String>>) -> Result<(), String> {
        let mut names: Vec<String> =
            retired.iter().flat_map(|(prefix, names)| names.iter().map(move |name| format!("{prefix}:{name}"))).collect();
        names.sort_by_key(|name| name.to_ascii_lowercase());
        for name in names {
            self.retired.extend(self.text.add(&name)?.0.to_le_bytes());
        }
        Ok(())
    }

    fn accounts(&mut self, accounts: &input::Accounts) -> Result<(), String> {
        for (id, account) in &accounts.accounts {
            let kind = match account.kind.as_str() {
                "aws" => AWS_OWNED,
                "vendor" => 0,
                other => return Err(format!("account {id} is of unknown type {other}")),
            };
            let row = AccountRow {
                id: id.parse().map_err(|_| format!("{id} is not an account id"))?,
                flags: kind | if account.retired { RETIRED } else { 0 },
                name: self.text.add(&account.name)?,
                also: self.text_set(&account.also)?,
                regions: self.text_set(&account.regions)?,
            };
            row.write(&mut self.accounts);
        }
        Ok(())
    }

    fn key_set<'k>(&mut self, names: impl IntoIterator<Item = &'k String>) -> Result<u16, String> {
        let mut set = Vec::new();
        for name in names {
            let number = self.key_numbers.get(&name.to_ascii_lowercase());
            set.push(*number.ok_or_else(|| format!("no service has the key {name}"))?);
        }
        set.sort_unstable();
        set.dedup();
        self.key_sets.add(set)
    }

    fn text_set(&mut self, names: &[String]) -> Result<u16, String> {
        let set: Result<Vec<u32>, String> = names.iter().map(|name| Ok(self.text.add(name)?.0)).collect();
        self.text_sets.add(set?)
    }

    fn finish(self) -> Result<(Vec<u8>, String), String> {
        let mut links = Vec::new();
        for link in &self.link_sets.items {
            link.write(&mut links);
        }
        let numbers = |numbers: &[u32]| numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>();
        let sections: [Vec<u8>; SECTIONS] = [
            self.services,
            self.actions,
            self.resources,
            self.keys,
            self.claims,
            self.pattern_keys,
            numbers(&self.key_sets.offsets),
            self.key_sets.items.iter().flat_map(|key| key.to_le_bytes()).collect(),
            numbers(&self.link_sets.offsets),
            links,
            numbers(&self.text_sets.offsets),
            numbers(&self.text_sets.items),
            self.retired,
            self.accounts,
            self.managed,
            self.principals,
            self.escalations,
            self.sensitive,
        ];
        let mut file = MAGIC.to_vec();
        let mut end = HEADER;
        for section in &sections {
            end += section.len();
            file.extend(u32::try_from(end).map_err(|_| "over 4 GiB")?.to_le_bytes());
        }
        file.extend(sections.into_iter().flatten());
        Ok((file, self.text.text))
    }
}

/// Every name once, in the order in which names are first met: those of a service lie together.
#[derive(Default)]
struct Heap {
    text: String,
    places: HashMap<String, Text>,
}

impl Heap {
    fn add(&mut self, name: &str) -> Result<Text, String> {
        if let Some(place) = self.places.get(name) {
            return Ok(*place);
        }
        let length = u8::try_from(name.len()).map_err(|_| format!("{name} is longer than 255 bytes"))?;
        let offset = u32::try_from(self.text.len()).ok().filter(|offset| *offset < 1 << 24).ok_or("over 16 MiB of names")?;
        let place = Text(offset << 8 | u32::from(length));
        self.text.push_str(name);
        self.places.insert(name.to_string(), place);
        Ok(place)
    }
}

/// Numbered sets without repeats. Set 0 is the empty one.
struct Sets<T> {
    numbers: HashMap<Vec<T>, u16>,
    /// Where each set starts in `items`, and at last where the last one ends.
    offsets: Vec<u32>,
    items: Vec<T>,
}

impl<T: Clone + Eq + Hash> Default for Sets<T> {
    fn default() -> Self {
        Sets { numbers: HashMap::from([(Vec::new(), 0)]), offsets: vec![0, 0], items: Vec::new() }
    }
}

impl<T: Clone + Eq + Hash> Sets<T> {
    fn add(&mut self, set: Vec<T>) -> Result<u16, String> {
        if let Some(number) = self.numbers.get(&set) {
            return Ok(*number);
        }
        let number = number(self.offsets.len() - 1)?;
        self.items.extend_from_slice(&set);
        self.offsets.push(u32::try_from(self.items.len()).map_err(|_| "too many sets")?);
        self.numbers.insert(set, number);
        Ok(number)
    }

    /// Takes the next number for a set that has a meaning of its own instead of members.
    fn reserve(&mut self) {
        self.offsets.extend(self.offsets.last().copied());
    }
}

fn sorted<T>(map: &BTreeMap<String, T>) -> Vec<(&String, &T)> {
    let mut rows: Vec<_> = map.iter().collect();
    rows.sort_by_key(|(name, _)| name.to_ascii_lowercase());
    rows
}

fn number(count: usize) -> Result<u16, String> {
    u16::try_from(count).map_err(|_| format!("{count} does not fit into 16 bits"))
}

fn place<T: PartialEq>(all: &[T], wanted: T) -> Result<u8, String> {
    let place = all.iter().position(|item| *item == wanted).and_then(|at| u8::try_from(at).ok());
    place.ok_or_else(|| "a value that its list lacks".into())
}

fn level(letter: &str) -> Result<u8, String> {
    let place = ["L", "R", "W", "T", "P"].iter().zip(0..).find(|(known, _)| **known == letter);
    place.map(|(_, level)| level).ok_or_else(|| format!("unknown access level {letter}"))
}

/// None for what nobody has sorted yet.
fn key_category(name: &str) -> Result<Option<KeyCategory>, String> {
    Ok(match name {
        "principal" => Some(KeyCategory::Principal),
        "session" => Some(KeyCategory::Session),
        "network" => Some(KeyCategory::Network),
        "resource" => Some(KeyCategory::Resource),
        "request" => Some(KeyCategory::Request),
        "unclassified" => None,
        other => return Err(format!("unknown category of condition key {other}")),
    })
}

fn key_type(name: &str) -> Result<KeyType, String> {
    Ok(match name {
        "String" => KeyType::String,
        "Numeric" => KeyType::Numeric,
        "Date" => KeyType::Date,
        "Bool" => KeyType::Bool,
        "IPAddress" => KeyType::IpAddress,
        "ARN" => KeyType::Arn,
        other => return Err(format!("unknown type of condition key {other}")),
    })
}
