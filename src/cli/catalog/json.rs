//! Facts as JSON; docs/json.md describes the shape.

use serde_json::{Value, json};

use super::{Answer, Fact, Matches, carriers};
use crate::catalog::issuers::FormKind;
use crate::catalog::{
    self, AccountKind, Action, CarriedKey, ConditionKey, Escalation, IssuerFacts, KeyOrigin, KeySource, KnownAccount, ManagedPolicy,
    Presence, ResourceSupport, Sender, Sends, Service, ServicePrincipal, ServiceSource,
};

/// The version of the shape.
const VERSION: u32 = 1;

pub fn report(answers: &[Answer], documents: bool) -> Value {
    let answers = answers.iter().map(|answer| {
        json!({
            "query": answer.query,
            "facts": answer.facts.iter().map(|fact| of_fact(fact, documents)).collect::<Vec<_>>(),
            "suggestions": answer.suggestions,
        })
    });
    json!({
        "version": VERSION,
        "tool": { "name": "rolelint", "version": env!("CARGO_PKG_VERSION") },
        "dates": {
            "reference": catalog::DATE,
            "top_up": catalog::TOP_UP_DATE,
            "accounts": catalog::ACCOUNTS_DATE,
            "policies": catalog::MANAGED_POLICIES_DATE,
            "principals": catalog::PRINCIPALS_DATE,
            "escalations": catalog::ESCALATIONS_DATE,
            "senders": catalog::senders_date(),
            "issuers": catalog::issuers::ISSUERS_DATE,
        },
        "answers": answers.collect::<Vec<_>>(),
    })
}

fn of_fact(fact: &Fact, documents: bool) -> Value {
    match fact {
        Fact::Action(action) => of_action(*action),
        Fact::Retired(name) => json!({ "kind": "retired action", "name": name }),
        Fact::Operation(name, permissions) => json!({ "kind": "operation", "name": name, "permissions": permissions }),
        Fact::Service(service) => of_service(*service),
        Fact::Key(_, key) => of_key(key),
        Fact::Account(_, account) => of_account(*account),
        Fact::Owner(accounts) => json!({
            "kind": "owner",
            "name": accounts.first().map(|account| account.name()),
            "accounts": accounts.iter().map(|account| of_account(*account)).collect::<Vec<_>>(),
        }),
        Fact::Policy(policy) => of_policy(*policy, documents),
        Fact::Principal(_, principal) => of_principal(*principal),
        Fact::Sender(name, sender) => json!({ "kind": "service principal", "name": name, "uses": [], "sends": of_sender(sender) }),
        Fact::Issuer(name, issuer) => of_issuer(name, issuer),
        Fact::Matches(matches) => of_matches(matches),
    }
}

fn of_action(action: Action) -> Value {
    let name = action.to_string();
    let resources = match action.resources() {
        ResourceSupport::Unknown => Value::Null,
        ResourceSupport::WildcardOnly => json!([]),
        ResourceSupport::Types(types) => types
            .map(|link| {
                let kind = link.resource_type();
                json!({ "name": kind.name(), "required": link.is_required(), "arns": kind.arns().collect::<Vec<_>>() })
            })
            .collect(),
    };
    let (everywhere, listed): (Vec<CarriedKey>, Vec<CarriedKey>) =
        action.carried_keys().partition(|carried| carried.source == KeySource::EveryRequest);
    let keys = listed.iter().map(|carried| {
        let kind = match carried.source {
            KeySource::ResourceType(kind) => Some(kind.name()),
            KeySource::Action | KeySource::EveryRequest => None,
        };
        json!({
            "name": carried.key.name(),
            "type": carried.key.value_type().name(),
            "multi_valued": carried.key.is_multi_valued(),
            "resource_type": kind,
        })
    });
    json!({
        "kind": "action",
        "name": name,
        "service": action.service().name(),
        "level": action.level().name(),
        "effective_level": action.effective_level().name(),
        "top_up": action.is_top_up(),
        "resource_types": resources,
        "condition_keys": keys.collect::<Vec<_>>(),
        "global_condition_keys": everywhere.iter().map(|carried| carried.key.name()).collect::<Vec<_>>(),
        "dependent_actions": action.dependent_actions().collect::<Vec<_>>(),
        "escalations": catalog::escalations_with(&name).map(of_escalation).collect::<Vec<_>>(),
        "sensitive": catalog::sensitive(&name).map(|kind| kind.name()).collect::<Vec<_>>(),
    })
}

fn of_account(account: KnownAccount) -> Value {
    json!({
        "kind": "account",
        "id": account.id(),
        "owner": match account.kind() { AccountKind::Vendor => "vendor", AccountKind::Aws => "aws" },
        "name": account.name(),
        "also": account.also().collect::<Vec<_>>(),
        "regions": account.regions().collect::<Vec<_>>(),
        "retired": account.is_retired(),
    })
}

fn of_escalation(escalation: Escalation) -> Value {
    json!({
        "id": escalation.id(),
        "category": escalation.kind().name(),
        "label": escalation.label(),
        "actions": escalation.actions().collect::<Vec<_>>(),
        "passed_to": escalation.passed_to().collect::<Vec<_>>(),
    })
}

fn of_service(service: Service) -> Value {
    let kinds = service.resource_types().map(|kind| json!({ "name": kind.name(), "arns": kind.arns().collect::<Vec<_>>() }));
    json!({
        "kind": "service",
        "prefix": service.prefix(),
        "name": service.name(),
        "resource_control_policies": service.supports_rcp(),
        "top_up": service.is_top_up(),
        "actions": service.actions().map(|action| action.to_string()).collect::<Vec<_>>(),
        "resource_types": kinds.collect::<Vec<_>>(),
        "condition_keys": service.condition_keys().map(|key| key.name()).collect::<Vec<_>>(),
    })
}

fn of_key(key: &ConditionKey) -> Value {
    let origin = match key.origin() {
        KeyOrigin::Global => "global",
        KeyOrigin::CrossService => "session",
        KeyOrigin::Service => "service",
        KeyOrigin::Saml => "saml",
        KeyOrigin::WebIdentity => "web identity",
        KeyOrigin::AnyOidcProvider => "any OpenID Connect provider",
    };
    let presence = catalog::presence(key.name());
    let listed_by = carriers(key).iter().map(|action| action.to_string()).collect::<Vec<_>>();
    json!({
        "kind": "condition key",
        "name": key.name(),
        "origin": origin,
        "type": key.value_type().name(),
        "also_type": key.also_type().map(|kind| kind.name()),
        "multi_valued": key.is_multi_valued(),
        "presence": match presence {
            Presence::Always => "always",
            Presence::Signed | Presence::Temporary | Presence::Sometimes(_) => "sometimes",
            Presence::Unknown => "unknown",
        },
        "lacking": presence.lacking(),
        "services": catalog::services_of_key(key.name()).map(Service::prefix).collect::<Vec<_>>(),
        "actions": listed_by,
    })
}

fn of_policy(policy: ManagedPolicy, documents: bool) -> Value {
    let mut value = json!({
        "kind": "policy",
        "name": policy.name(),
        "arn": policy.arn(),
        "version": policy.version(),
        "updated": policy.updated(),
        "deprecated": policy.is_deprecated(),
        "known_in_full": policy.is_known_in_full(),
        "admin": policy.is_admin(),
        "iam_full": policy.is_iam_full(),
        "power": policy.is_power(),
        "not_action": policy.has_not_action(),
        "levels": policy.levels().map(|level| level.name()).collect::<Vec<_>>(),
        "actions": policy.action_count(),
        "full_services": policy.full_services().map(Service::prefix).collect::<Vec<_>>(),
        "escalations": policy.escalations().map(of_escalation).collect::<Vec<_>>(),
        "unmatched": policy.unmatched().collect::<Vec<_>>(),
    });
    if documents && let Value::Object(members) = &mut value {
        let document = policy.document().and_then(|text| serde_json::from_str(text).ok());
        members.insert("document".to_owned(), document.unwrap_or(Value::Null));
    }
    value
}

fn of_principal(principal: ServicePrincipal) -> Value {
    json!({
        "kind": "service principal",
        "name": principal.name(),
        "uses": principal.uses().map(|use_| use_.name()).collect::<Vec<_>>(),
        "sends": catalog::sender(principal.name()).map(of_sender),
    })
}

/// What a service says for whom it acts, by the kind of policy.
fn of_sender(sender: &Sender) -> Value {
    let source = |source: &ServiceSource| {
        json!({
            "sends": match source.sends {
                Sends::Yes => "yes",
                Sends::No => "no",
                Sends::Unsure => "unsure",
            },
            "keys": source.keys,
            "arn": source.arn,
            "arn_has_account": source.arn_has_account(),
            "within_account": source.is_within_account(),
            "page": source.page,
        })
    };
    sender.receivers().map(|(receiver, found)| (receiver.to_owned(), source(found))).collect::<serde_json::Map<_, _>>().into()
}

fn of_issuer(name: &str, issuer: &IssuerFacts) -> Value {
    let forms = issuer.forms.iter().filter(|form| form.kind != FormKind::Possible);
    let forms = forms.map(|form| json!({ "id": form.id, "template": form.template, "default": form.kind != FormKind::Customised }));
    json!({
        "kind": "issuer",
        "id": issuer.id,
        "name": issuer.name,
        "providers": issuer.hosts.iter().map(|host| json!({ "name": host.provider, "shared": host.shared })).collect::<Vec<_>>(),
        "shared": issuer.host(name).map(|host| host.shared),
        "who": issuer.who,
        "audience": issuer.audience,
        "pins_tenant": issuer.pins_tenant,
        "aws_asks_for": issuer.aws_demands.as_ref().map(|demand| demand.claims.clone()).unwrap_or_default(),
        "aws_asks_since": issuer.aws_demands.as_ref().and_then(|demand| demand.since.clone()),
        "claims": issuer.claims,
        "subjects": forms.collect::<Vec<_>>(),
        "sources": issuer.sources,
    })
}

fn of_matches(matches: &Matches) -> Value {
    json!({
        "kind": "pattern",
        "pattern": matches.pattern,
        "actions": matches.actions.iter().map(|action| json!({ "name": action.to_string(), "level": action.level().name() })).collect::<Vec<_>>(),
        "condition_keys": matches.keys.iter().map(ConditionKey::name).collect::<Vec<_>>(),
        "services": matches.services.iter().map(|service| service.prefix()).collect::<Vec<_>>(),
        "policies": matches.policies.iter().map(|policy| policy.name()).collect::<Vec<_>>(),
        "principals": matches.principals.iter().map(|principal| principal.name()).collect::<Vec<_>>(),
    })
}
