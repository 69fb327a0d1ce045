//! `rolelint catalog`: what the tables say of a name.

mod json;
mod text;

use std::io::{self, Write};

use super::arguments::{CatalogArguments, ListFormat};
use super::{CLEAN, FOUND, complain};
use crate::catalog::{
    self, Action, ConditionKey, KeyOrigin, KnownAccount, ManagedPolicy, Service, ServicePrincipal, condition_keys, managed_policies,
    service_principals, services,
};

/// Something that is known of a name. A name may be several things: `s3` is a service, and might be an action's.
enum Fact {
    Action(Action),
    /// An action that AWS once had.
    Retired(String),
    Service(Service),
    /// With the name as it was asked for, which fills in placeholders.
    Key(String, ConditionKey),
    /// With its twelve digits.
    Account(String, KnownAccount),
    Policy(ManagedPolicy),
    /// With the name as it was asked for, which may name a region.
    Principal(String, ServicePrincipal),
    Matches(Matches),
}

/// All that a pattern names.
#[derive(Default)]
struct Matches {
    pattern: String,
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
            let color = arguments.color.wanted(&io::stdout());
            out.write_all(text::pages(&answers, arguments.document, color).as_bytes())?;
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
    if is_account(&answer.query) {
        return format!("`{}` is the account of nobody known on {}", answer.query, catalog::ACCOUNTS_DATE);
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
    facts.extend(catalog::service(query).map(Fact::Service));
    facts.extend(catalog::condition_key(query).map(|key| Fact::Key(query.to_owned(), key)));
    facts.extend(catalog::account(query).map(|account| Fact::Account(query.to_owned(), account)));
    facts.extend(catalog::managed_policy(query).map(Fact::Policy));
    facts.extend(catalog::service_principal(query).map(|principal| Fact::Principal(query.to_owned(), principal)));
    facts
}

/// Everything that a pattern names.
fn matching(pattern: &str) -> Option<Fact> {
    let fits = |name: &str| catalog::matches(pattern, name);
    let bare = !pattern.contains(':');
    let found = Matches {
        pattern: pattern.to_owned(),
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
    if is_account(query) || query.contains(['*', '?']) {
        return names;
    }
    let near = |known: &mut dyn Iterator<Item = &'static str>, wanted: &str| catalog::suggest_name(wanted, known).map(str::to_owned);
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
    }
    names.extend(catalog::suggest_action(query).map(|action| action.to_string()));
    names.extend(catalog::suggest_condition_key(query, &[]));
    names
}

fn is_account(query: &str) -> bool {
    query.len() == 12 && query.bytes().all(|byte| byte.is_ascii_digit())
}

/// Where a key comes from, in words.
fn origin(key: &ConditionKey) -> &'static str {
    match key.origin() {
        // Tags of the request and of the resource.
        KeyOrigin::Global if !catalog::in_every_request(key) => "global, in requests of the actions that list it",
        KeyOrigin::Global => "global: requests to every service",
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
