use crate::access::doors::{WAYS_IN, aws_principals, wide_arns};
use crate::access::subject::strangers;
use crate::catalog::{About, ValueForm};
use crate::finding::{Category, Severity, What};
use crate::policy::condition::is_key;
use crate::policy::{Condition, PolicyKind, Statement};
use crate::rules::kit::callers::{lacks_account, pins_caller, pins_source, says_who, tightened};
use crate::rules::kit::rule::{Context, OF_ROLES, Rule};
use crate::rules::kit::shared::never_applies;
use crate::truth::Truth;

rule! {
    TrustAnyPrincipal, "trust-any-principal",
    summary: "a role that anyone with an AWS account can assume",
    category: Category::Security,
    severity: Severity::Critical,
    supersedes: &[
        "trust-account-root",
        "trust-own-account-root",
        "trust-whole-organization",
        "trust-iam-user",
        "external-id-required",
        "condition-bypassable",
    ],
    tags: &["trust"],
}

/// A key that limits callers but does not say whose they are.
struct Limit {
    /// What it asks for.
    kind: &'static str,
    is_of: fn(&str) -> bool,
    /// Who gets in all the same, before the value that is asked for; nothing for what everybody has.
    who: &'static str,
    /// The same without the value.
    vague: &'static str,
    why_not: &'static str,
}

const LIMITS: &[Limit] = &[
    Limit {
        kind: "external-id",
        is_of: |key| ValueForm::ExternalId.is_of(key),
        who: "",
        vague: " who knows the external ID",
        why_not: "asks for an external ID, which is not a secret and does not say who calls",
    },
    Limit {
        kind: "address",
        is_of: |key| ValueForm::Address.is_of(key),
        who: " who calls from",
        vague: " who calls from the right address",
        why_not: "asks for an address, which does not say who calls",
    },
    Limit {
        kind: "network",
        // Where it is no address, which stands above.
        is_of: |key| About::Endpoint.is_of(key),
        who: " who calls through",
        vague: " who calls through the right network",
        why_not: "asks for a network, which does not say who calls",
    },
    Limit {
        kind: "tag",
        is_of: |key| is_key(key, &["aws:PrincipalTag/"]),
        who: "",
        vague: " who sets the right tag",
        why_not: "asks for a tag, which anyone can set in their own account",
    },
    Limit {
        kind: "name",
        is_of: |key| ValueForm::Name.is_of(key),
        who: " who takes the name",
        vague: " who chooses the right name",
        why_not: "asks for a name, which anyone can choose in their own account",
    },
    Limit {
        kind: "mfa",
        is_of: |key| About::SecondFactor.is_of(key),
        who: "",
        vague: "",
        why_not: "asks for a second factor, which anyone has in their own account",
    },
];

impl Limit {
    fn of(condition: &Condition) -> Option<&'static Limit> {
        LIMITS.iter().find(|limit| (limit.is_of)(&condition.key))
    }

    fn left(&self, condition: &Condition) -> Left {
        let (words, value) = match condition.values.as_slice() {
            [one] if !self.who.is_empty() && condition.gap.is_none() && !one.pattern.has_hole() => {
                (format!("{} `{}`", self.who, one.text), Some(one.text.to_string()))
            }
            _ => (self.vague.to_owned(), None),
        };
        Left { kind: self.kind, value, words }
    }
}

impl Rule for TrustAnyPrincipal {
    fn kinds(&self) -> &'static [PolicyKind] {
        OF_ROLES
    }

    fn statement(&self, statement: &Statement, context: &mut Context) {
        if !statement.allows() || never_applies(statement) || !assumes(statement).certainly() || pinned(statement).possibly() {
            return;
        }
        let Some(everybody) = aws_principals(statement).find(|principal| principal.is_everybody()) else { return };
        if context.access().lets_do(statement, &strangers(), WAYS_IN).is_empty() {
            return;
        }
        let left = left(statement);
        let mut finding = context
            .at(&everybody.item.place, "admits everybody")
            .kind(left.kind)
            .facts(left.value.as_ref().map(|value| context.name_fact(value)))
            .says(format!("anyone with an AWS account{}", left.words), What::Assume)
            .help(tightened(statement, pinned).unwrap_or_else(|| HELP.to_owned()));
        for condition in &statement.conditions {
            let Some(what) = why_not_enough(condition) else { continue };
            finding = finding.label(condition.key_place.span, what);
        }
        context.report_left(finding, &context.access());
    }
}

const HELP: &str = "name the roles or the account that need it, or pin the caller with aws:PrincipalOrgID, aws:PrincipalAccount or an aws:PrincipalArn of one account";

/// Whom of all callers the conditions let in; nobody in particular where they limit nobody.
#[derive(Default)]
struct Left {
    kind: &'static str,
    /// Which value is asked for.
    value: Option<String>,
    words: String,
}

fn left(statement: &Statement) -> Left {
    let enforced = |condition: &&Condition| statement.enforces(condition).certainly();
    let mut named = statement.conditions_on("aws:PrincipalArn").filter(enforced).filter(|condition| wide_arns(condition).next().is_none());
    // The one by which anybody gets in, not one of a known account beside it.
    let open = |condition: &'_ Condition| condition.values.iter().position(|value| lacks_account(value).certainly()).unwrap_or(0);
    if let Some(value) = named.next().and_then(|condition| condition.values.get(open(condition))) {
        let words = format!(" who creates a role that matches `{}`", value.text);
        return Left { kind: "role", value: Some(value.text.to_string()), words };
    }
    let limits = statement.conditions.iter().filter(enforced);
    let mut left = limits.filter_map(|condition| Some(Limit::of(condition)?.left(condition)));
    left.find(|left| !left.words.is_empty()).unwrap_or_default()
}

/// Why a condition does not pin the caller; nothing for one that does not seem to.
fn why_not_enough(condition: &Condition) -> Option<&'static str> {
    if let Some(limit) = Limit::of(condition) {
        return Some(limit.why_not);
    }
    match says_who(&condition.key) || About::Source.is_of(&condition.key) {
        _ if is_key(&condition.key, &["aws:PrincipalArn"]) => Some("does not name one account"),
        true if condition.operator.passes_without_key() => Some("admits callers without this key, or with another value"),
        true => Some("restricts nobody"),
        false => None,
    }
}

/// Whether conditions say who calls; only services that act for somebody have the keys that say for whom.
fn pinned(statement: &Statement) -> Truth {
    pins_caller(statement).or(pins_source(statement, false))
}

/// Whether the statement lets a caller have the role in any of the three ways.
fn assumes(statement: &Statement) -> Truth {
    Truth::any(WAYS_IN.iter().map(|action| statement.covers_action(action)))
}
