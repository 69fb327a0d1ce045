use super::rule::{About, Context, Rule};
use crate::config::Persona;
use crate::estate::Identity;
use crate::finding::{Category, Confidence, Severity};
use crate::policy::pattern::{Case, Mode, Pattern};
use crate::policy::{Condition, Items, PolicyKind, Statement};
use crate::truth::Truth;

pub struct CertManagerTxtOnly;

static ABOUT: About = About {
    id: "cert-manager-txt-only",
    summary: "a certificate client that can change more than its ACME challenges",
    category: Category::Security,
    severity: Severity::Medium,
    confidence: Confidence::High,
    persona: Persona::Default,
    since: "0.1.0",
    supersedes: &["scoped-resource"],
    tags: &["route53", "cert-manager"],
    options: &["identities"],
    page: include_str!("../../rules/cert-manager-txt-only.md"),
};

const CHANGE: &str = "route53:ChangeResourceRecordSets";
const TYPES: &str = "route53:ChangeResourceRecordSetsRecordTypes";
const NAMES: &str = "route53:ChangeResourceRecordSetsNormalizedRecordNames";

/// Words in a name that say that its bearer answers ACME DNS-01 challenges.
const ACME: &[&str] =
    &["cert-manager", "certmanager", "cert_manager", "acme", "letsencrypt", "lets-encrypt", "lego", "certbot", "dns01", "dns-01"];

impl Rule for CertManagerTxtOnly {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn statement(&self, statement: &Statement, context: &mut Context) {
        let Some(document) = context.document().filter(|document| document.kind == PolicyKind::Identity) else { return };
        if !statement.allows() || !statement.covers_action(CHANGE).certainly() || statement.conditions_gap.is_some() {
            return;
        }
        let holders = context.holders();
        let for_acme = if holders.is_empty() {
            is_acme_name(document.address.trim_end_matches(".json").rsplit(['.', '/']).next().unwrap_or_default(), context)
        } else {
            holders.iter().any(|holder| is_for_acme(holder, context))
        };
        if !for_acme {
            return;
        }
        let limits = Limits::of(statement);
        let (Some(action), Some(what)) = (action(statement), limits.open()) else { return };
        let label = if limits.types && limits.names { "is not limited to zones of its own" } else { "is not limited to ACME challenges" };
        let mut finding =
            context.at(&action.place, label).message(format!("{} can change {what}", context.subject_name())).help(help(statement));
        if let Some(span) = limits.every_zone {
            finding = finding.label(span, "is every zone");
        }
        let mistaken = statement.conditions.iter().find(|condition| is_mistaken(condition));
        if let Some(condition) = mistaken.filter(|_| !limits.names) {
            finding = finding.label(condition.key_place.span, "does not limit the names of records");
        }
        context.report(finding);
    }
}

fn action(statement: &Statement) -> Option<&crate::policy::Item> {
    let actions = statement.actions.as_ref()?;
    let named = actions.items.iter().find(|item| item.pattern.matches(CHANGE, Case::Insensitive).certainly());
    named.or(actions.items.first())
}

/// The three limits that a statement may have.
struct Limits {
    /// The resource that is every zone, if one is.
    every_zone: Option<crate::source::Span>,
    /// TXT records only.
    types: bool,
    /// Challenge names only.
    names: bool,
}

impl Limits {
    fn of(statement: &Statement) -> Limits {
        let is_txt = |pattern: &Pattern| Truth::from(pattern.as_exact().is_some_and(|value| value.eq_ignore_ascii_case("TXT")));
        let challenges = Pattern::parse("_acme-challenge.*", Mode::WILDCARDS);
        let is_challenge = |pattern: &Pattern| {
            let bare = pattern.as_exact() == Some("_acme-challenge");
            challenges.includes(pattern, Case::Insensitive).or(bare.into())
        };
        Limits {
            every_zone: statement.resources.as_ref().and_then(every_zone),
            types: limits(statement, TYPES, is_txt).possibly(),
            names: limits(statement, NAMES, is_challenge).possibly(),
        }
    }

    /// What can be changed although it is not needed; nothing if all three limits hold.
    fn open(&self) -> Option<String> {
        let zones = if self.every_zone.is_some() { "every zone" } else { "the zone" };
        let records = match (self.types, self.names) {
            (false, false) => "every record",
            (true, false) => "every TXT record",
            (false, true) => "records of every type with ACME names",
            (true, true) if self.every_zone.is_some() => return Some("the ACME challenges of every zone, not only of its own".to_owned()),
            (true, true) => return None,
        };
        Some(format!("{records} of {zones}, not only ACME challenges"))
    }
}

/// A key that is meant to limit record names and is none.
fn is_mistaken(condition: &Condition) -> bool {
    let key = condition.key.to_ascii_lowercase();
    key.starts_with("route53:changeresourcerecordsets") && key.contains("name") && !condition.key.eq_ignore_ascii_case(NAMES)
}

/// The resource that is every zone.
fn every_zone(resources: &Items) -> Option<crate::source::Span> {
    if resources.negated {
        return Some(resources.key.span);
    }
    let zones = Pattern::parse("arn:aws:route53:::hostedzone/*", Mode::WILDCARDS);
    let every = |pattern: &Pattern| pattern.includes(&zones, Case::Sensitive).certainly() || ends_in_every_zone(pattern);
    resources.items.iter().find(|item| every(&item.pattern)).map(|item| item.place.span)
}

/// `arn:${partition}:route53:::hostedzone/*`
fn ends_in_every_zone(pattern: &Pattern) -> bool {
    crate::policy::arn::Arn::split(pattern).is_some_and(|arn| {
        let all = Pattern::parse("hostedzone/*", Mode::WILDCARDS);
        arn.resource.includes(&all, Case::Sensitive).certainly()
    })
}

/// Whether a condition on `key` is enforced with values that all satisfy `good`. Route 53 sends these keys with every change, so
/// ForAllValues, AWS's documented form, enforces (Route 53 Developer Guide, "Using IAM policy conditions for fine-grained access control").
fn limits(statement: &Statement, key: &str, good: impl Fn(&Pattern) -> Truth) -> Truth {
    Truth::any(statement.conditions_on(key).map(|condition| {
        let enforced = condition.operator.is_positive() && !condition.operator.if_exists;
        let values = Truth::all(condition.values.iter().map(|value| match good(&value.pattern) {
            Truth::No if value.pattern.has_hole() => Truth::Unknown,
            answer => answer,
        }));
        let values = if condition.gap.is_some() { values.and(Truth::Unknown) } else { values };
        Truth::from(enforced).and(values)
    }))
}

/// Whether an identity answers ACME challenges: by its name or path, or by the service account that may become it.
fn is_for_acme(identity: &Identity, context: &Context) -> bool {
    let named = |item: &Option<crate::policy::Item>| item.as_ref().is_some_and(|item| is_acme_name(&item.text, context));
    if named(&identity.name) || named(&identity.path) || is_acme_name(&identity.label, context) {
        return true;
    }
    let Some(trust) = context.estate.trust(identity) else { return false };
    let mut subjects =
        trust.statements.iter().flat_map(|statement| &statement.conditions).filter(|condition| condition.key.ends_with(":sub"));
    subjects.any(|condition| {
        condition.values.iter().any(|value| value.text.contains("system:serviceaccount:") && is_acme_name(&value.text, context))
    })
}

fn is_acme_name(name: &str, context: &Context) -> bool {
    let name = name.to_ascii_lowercase();
    if name.contains("external-dns") || name.contains("external_dns") || name.contains("externaldns") {
        return false;
    }
    let more = context.config.list_option(ABOUT.id, "identities");
    let by_option = more.iter().any(|pattern| Pattern::parse(pattern, Mode::WILDCARDS).matches(&name, Case::Insensitive).certainly());
    by_option || ACME.iter().any(|word| holds_word(&name, word))
}

/// Whether `word` stands in `name` on its own: `lego` is no word of `legolas`.
fn holds_word(name: &str, word: &str) -> bool {
    let is_letter = |character: Option<char>| character.is_some_and(|character| character.is_ascii_alphabetic());
    name.match_indices(word).any(|(at, _)| {
        let before = name.get(..at).and_then(|before| before.chars().next_back());
        let after = name.get(at + word.len()..).and_then(|after| after.chars().next());
        // Long words are clear wherever they stand: `mycertmanagerrole`.
        word.len() > 6 || !is_letter(before) && !is_letter(after)
    })
}

fn help(statement: &Statement) -> String {
    let others = statement.actions.as_ref().is_some_and(|actions| actions.items.len() > 1);
    let alone = if others { "give route53:ChangeResourceRecordSets a statement of its own, limited" } else { "limit it" };
    format!(
        "{alone} to the zone's ARN, with ForAllValues:StringEquals {TYPES} = [\"TXT\"] and ForAllValues:StringLike {NAMES} = [\"_acme-challenge.*\"]"
    )
}
