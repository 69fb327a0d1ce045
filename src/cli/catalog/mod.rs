//! `rolelint catalog`: what the tables say of a name.

mod json;
mod text;

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::arguments::CatalogArguments;
use super::format::ListFormat;
use super::width::columns;
use super::{CLEAN, FOUND, complain};
use crate::catalog::{
    self, Action, ConditionKey, IssuerFacts, KeyOrigin, KnownAccount, ManagedPolicy, Sender, Service, ServicePrincipal, condition_keys,
    managed_policies, service_principals, services,
};
use crate::nearest::nearest;

/// Fewer letters begin too many names.
const SHORTEST_START: usize = 3;

/// Something that is known of a name. A name may be several things: `s3` is a service, and might be an action's.
enum Fact {
    Action(Action),
    /// An action that AWS once had.
    Retired(String),
    /// An operation of an API, with the actions that it needs.
    Operation(String, &'static [&'static str]),
    Service(Service),
    /// With the name as it was asked for, which fills in placeholders.
    Key(String, ConditionKey),
    /// With its twelve digits.
    Account(String, KnownAccount),
    /// All accounts of one owner; never empty.
    Owner(Vec<KnownAccount>),
    Policy(ManagedPolicy),
    /// With the name as it was asked for, which may name a region.
    Principal(String, ServicePrincipal),
    /// A service principal that AWS's policies do not name, and whose own pages say for whom it acts.
    Sender(String, &'static Sender),
    /// With the name as it was asked for, which fills in placeholders.
    Issuer(String, &'static IssuerFacts),
    Matches(Matches),
}

/// All that a pattern names.
#[derive(Default)]
struct Matches {
    pattern: String,
    /// Whether only the name of an action was given, without its service.
    bare: bool,
    actions: Vec<Action>,
    keys: Vec<ConditionKey>,
    services: Vec<Service>,
    policies: Vec<ManagedPolicy>,
    principals: Vec<ServicePrincipal>,
}

/// What came of one query.
struct Answer {
    query: String,
    /// None if nothing of that name is known.
    facts: Vec<Fact>,
    /// Names that may be meant instead.
    suggestions: Vec<String>,
}

pub fn catalog(arguments: &CatalogArguments) -> io::Result<u8> {
    let answers: Vec<Answer> = arguments.queries.iter().map(|query| answer(query)).collect();
    let mut out = io::BufWriter::new(io::stdout().lock());
    match arguments.format {
        ListFormat::Text => {
            let color = arguments.color.wanted();
            let style = text::Style { color, columns: columns(), documents: arguments.document, all: arguments.all };
            out.write_all(text::pages(&answers, style).as_bytes())?;
        }
        ListFormat::Json => writeln!(out, "{:#}", json::report(&answers, arguments.document))?,
    }
    out.flush()?;
    let unknown: Vec<&Answer> = answers.iter().filter(|answer| answer.facts.is_empty()).collect();
    if arguments.format == ListFormat::Text {
        unknown.iter().for_each(|answer| complain(&not_known(answer)));
    }
    Ok(if unknown.is_empty() { CLEAN } else { FOUND })
}

fn not_known(answer: &Answer) -> String {
    let meant = match answer.suggestions.as_slice() {
        [] => String::new(),
        names => format!(": did you mean {}?", names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" or ")),
    };
    if let Some(id) = account_id(&answer.query) {
        return format!("`{id}` is the account of nobody known on {}", catalog::ACCOUNTS_DATE);
    }
    format!("AWS had nothing called `{}` on {}{meant}", answer.query, catalog::DATE)
}

fn answer(query: &str) -> Answer {
    let query = query.trim();
    let facts = if query.contains(['*', '?']) { matching(query).into_iter().collect() } else { named(query) };
    let suggestions = if facts.is_empty() { suggestions(query) } else { Vec::new() };
    Answer { query: query.to_owned(), facts, suggestions }
}

/// Everything that has this name.
fn named(query: &str) -> Vec<Fact> {
    let mut facts = Vec::new();
    facts.extend(catalog::action(query).map(Fact::Action));
    facts.extend(catalog::retired_action(query).then(|| Fact::Retired(query.to_owned())));
    facts.extend(catalog::permissions_of(query).map(|permissions| Fact::Operation(query.to_owned(), permissions)));
    facts.extend(catalog::service(query).map(Fact::Service));
    facts.extend(catalog::condition_key(query).map(|key| Fact::Key(query.to_owned(), key)));
    facts.extend(account_id(query).and_then(|id| Some(Fact::Account(id.to_owned(), catalog::account(id)?))));
    facts.extend(catalog::managed_policy(query).map(Fact::Policy));
    let principal = catalog::service_principal(query);
    let sender = catalog::sender(query).filter(|_| principal.is_none()).map(|sender| Fact::Sender(query.to_owned(), sender));
    facts.extend(principal.map(|principal| Fact::Principal(query.to_owned(), principal)).or(sender));
    let url = query.strip_prefix("https://").unwrap_or(query);
    facts.extend(catalog::issuer(url).map(|issuer| Fact::Issuer(url.to_owned(), issuer)));
    // A word that is the name of something is that: what else begins with it is not meant.
    if facts.is_empty() && !query.contains([':', '.']) {
        facts.extend(owners(query));
        facts.extend(of_any_service(query));
    }
    facts
}

/// The accounts of the owner of this name, or of those whose names begin so.
fn owners(name: &str) -> Vec<Fact> {
    let is = |known: &str| known.eq_ignore_ascii_case(name);
    let begins =
        |known: &str| name.len() >= SHORTEST_START && known.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
    let called = |fits: &dyn Fn(&str) -> bool| {
        let mut owners: BTreeMap<&str, Vec<KnownAccount>> = BTreeMap::new();
        for account in catalog::accounts().filter(|account| fits(account.name()) || account.also().any(fits)) {
            owners.entry(account.name()).or_default().push(account);
        }
        owners
    };
    let exact = called(&is);
    let owners = if exact.is_empty() { called(&begins) } else { exact };
    owners.into_values().map(Fact::Owner).collect()
}

/// The action of this name, whichever service has it.
fn of_any_service(name: &str) -> Option<Fact> {
    let actions: Vec<Action> = services().filter_map(|service| service.action(name)).collect();
    match actions.as_slice() {
        [] => None,
        [only] => Some(Fact::Action(*only)),
        _ => Some(Fact::Matches(Matches { pattern: format!("*:{name}"), bare: true, actions, ..Matches::default() })),
    }
}

/// Everything that a pattern names.
fn matching(pattern: &str) -> Option<Fact> {
    let fits = |name: &str| catalog::matches(pattern, name);
    let bare = !pattern.contains(':');
    let found = Matches {
        pattern: pattern.to_owned(),
        bare: false,
        actions: catalog::expand(pattern).collect(),
        // `*` is every action, as in a policy.
        keys: condition_keys().filter(|key| !bare && fits(key.name())).collect(),
        services: services().filter(|service| bare && pattern != "*" && fits(service.prefix())).collect(),
        policies: managed_policies().filter(|policy| bare && pattern != "*" && fits(policy.name())).collect(),
        principals: service_principals().filter(|principal| pattern.contains('.') && fits(principal.name())).collect(),
    };
    let Matches { actions, keys, services, policies, principals, .. } = &found;
    let nothing = actions.is_empty() && keys.is_empty() && services.is_empty() && policies.is_empty() && principals.is_empty();
    (!nothing).then_some(Fact::Matches(found))
}

/// Names that are near to one that is not known.
fn suggestions(query: &str) -> Vec<String> {
    let mut names = Vec::new();
    if account_id(query).is_some() || query.contains(['*', '?']) {
        return names;
    }
    let near = |known: &mut dyn Iterator<Item = &'static str>, wanted: &str| nearest(wanted, known).map(str::to_owned);
    if query.starts_with("arn:") {
        let name = query.rsplit('/').next().unwrap_or(query);
        let known = managed_policies().find(|policy| policy.name() == name).and_then(ManagedPolicy::arn);
        names.extend(known.or_else(|| near(&mut managed_policies().map(ManagedPolicy::name), name)));
        return names;
    }
    if query.contains(".amazonaws.") {
        names.extend(near(&mut service_principals().map(ServicePrincipal::name), query));
        return names;
    }
    if !query.contains(':') {
        names.extend(near(&mut services().map(Service::prefix), query));
        names.extend(near(&mut managed_policies().map(ManagedPolicy::name), query));
        names.extend(near(&mut catalog::accounts().map(KnownAccount::name), query));
    }
    names.extend(catalog::suggest_action(query).map(|action| action.to_string()));
    names.extend(catalog::suggest_condition_key(query, &[]));
    names
}

/// The twelve digits that were asked for, alone or as the account of an ARN.
fn account_id(query: &str) -> Option<&str> {
    let id = if query.starts_with("arn:") { query.split(':').nth(4)? } else { query };
    (id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit())).then_some(id)
}

/// Where a key comes from, in words.
fn origin(key: &ConditionKey) -> &'static str {
    match key.origin() {
        // Tags of the request and of the resource.
        KeyOrigin::Global if !catalog::in_every_request(key) => "global, in requests of the actions that list it",
        KeyOrigin::Global => "global: requests to any service",
        KeyOrigin::CrossService => "the session: requests to every service that it makes",
        KeyOrigin::Service => "the services that list it",
        KeyOrigin::Saml => "a claim of a SAML assertion",
        KeyOrigin::WebIdentity => "a claim of one web identity provider",
        KeyOrigin::AnyOidcProvider => "a claim of any OpenID Connect provider",
    }
}

/// The actions that list a key, themselves or by a resource type.
fn carriers(key: &ConditionKey) -> Vec<Action> {
    let listing = services().filter(|service| service.has_condition_key(key)).flat_map(Service::actions);
    listing.filter(|action| action.lists_condition_key(key)).collect()
}
