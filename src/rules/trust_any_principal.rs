use super::rule::{About, Context, Rule};
use super::shared::{assumes_role, aws_principals, is_key, never_applies};
use super::trust::wide_arns;
use crate::catalog;
use crate::config::Persona;
use crate::estate::AccountRef;
use crate::finding::{Category, Confidence, Severity};
use crate::policy::arn::Arn;
use crate::policy::pattern::{Case, Mode, Pattern};
use crate::policy::{Condition, PolicyKind, Statement};
use crate::truth::Truth;

pub struct TrustAnyPrincipal;

static ABOUT: About = About {
    id: "trust-any-principal",
    summary: "a role that anyone with an AWS account can assume",
    category: Category::Security,
    severity: Severity::Critical,
    confidence: Confidence::High,
    persona: Persona::Default,
    since: "0.1.0",
    supersedes: &["trust-account-root", "trust-own-account-root", "trust-iam-user", "external-id-required"],
    tags: &["trust"],
    options: &[],
    page: include_str!("../../rules/trust-any-principal.md"),
};

/// Keys that say which account, organisation or identity the caller is of.
const WHO: &[&str] = &[
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:PrincipalAccount",
    "aws:PrincipalServiceName",
    "aws:PrincipalServiceNamesList",
    "aws:PrincipalIsAWSService",
    "aws:userid",
    "aws:FederatedProvider",
    // Of requests that a service makes for somebody: nobody who calls by themselves has them.
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceOrgID",
    "aws:SourceOrgPaths",
    "aws:SourceOwner",
];

/// A key that limits callers but does not say whose they are.
struct Limit {
    keys: &'static [&'static str],
    /// Who gets in all the same, before the value that is asked for; nothing for what everybody has.
    who: &'static str,
    /// The same without the value.
    vague: &'static str,
    why_not: &'static str,
}

const LIMITS: &[Limit] = &[
    Limit {
        keys: &["sts:ExternalId"],
        who: "",
        vague: " who knows the external ID",
        why_not: "asks for an external ID, which is no secret and does not say who calls",
    },
    Limit {
        keys: &["aws:SourceIp", "aws:VpcSourceIp"],
        who: " who calls from",
        vague: " who calls from the right address",
        why_not: "asks for an address, which does not say who calls",
    },
    Limit {
        keys: &["aws:SourceVpc", "aws:SourceVpcArn", "aws:SourceVpce", "aws:VpceAccount", "aws:VpceOrgID", "aws:VpceOrgPaths"],
        who: " who calls through",
        vague: " who calls through the right network",
        why_not: "asks for a network, which does not say who calls",
    },
    Limit {
        keys: &["aws:PrincipalTag/"],
        who: "",
        vague: " who gives themselves the right tag",
        why_not: "asks for a tag, which everybody sets in an account of their own",
    },
    Limit {
        keys: &["sts:RoleSessionName", "sts:SourceIdentity", "aws:SourceIdentity", "aws:username"],
        who: " who calls themselves",
        vague: " who gives themselves the right name",
        why_not: "asks for a name, which everybody chooses in an account of their own",
    },
    Limit {
        keys: &["aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge"],
        who: "",
        vague: "",
        why_not: "asks for a second factor, which everybody has in an account of their own",
    },
];

impl Limit {
    fn of(condition: &Condition) -> Option<&'static Limit> {
        LIMITS.iter().find(|limit| is_key(&condition.key, limit.keys))
    }

    fn words(&self, condition: &Condition) -> String {
        match condition.values.as_slice() {
            [one] if !self.who.is_empty() && condition.gap.is_none() && !one.pattern.has_hole() => format!("{} `{}`", self.who, one.text),
            _ => self.vague.to_owned(),
        }
    }
}

impl Rule for TrustAnyPrincipal {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn statement(&self, statement: &Statement, context: &mut Context) {
        let trust = context.document().is_some_and(|document| document.kind == PolicyKind::Trust);
        if !trust || !statement.allows() || never_applies(statement) || !assumes(statement).certainly() || pinned(statement).possibly() {
            return;
        }
        let Some(everybody) = aws_principals(statement).find(|principal| principal.is_everybody()) else { return };
        let message = format!("anyone with an AWS account{} can become {}", left(statement), context.subject_name());
        let mut finding = context
            .at(&everybody.item.place, "lets everybody in")
            .message(message)
            .help("name the roles or the account that may assume it, or pin the caller with aws:PrincipalOrgID, aws:PrincipalAccount or an aws:PrincipalArn of one account");
        for condition in &statement.conditions {
            let Some(what) = why_not_enough(condition) else { continue };
            finding = finding.label(condition.key_place.span, what);
        }
        context.report(finding);
    }
}

/// Whom of all callers the conditions let in, where one of them limits them at all.
fn left(statement: &Statement) -> String {
    let enforced = |condition: &&Condition| statement.enforces(condition).certainly();
    let mut named = statement.conditions_on("aws:PrincipalArn").filter(enforced).filter(|condition| wide_arns(condition).next().is_none());
    if let Some(value) = named.next().and_then(|condition| condition.values.first()) {
        return format!(" who makes a role that fits `{}`", value.text);
    }
    let limits = statement.conditions.iter().filter(enforced);
    let mut words = limits.filter_map(|condition| Some(Limit::of(condition)?.words(condition)));
    words.find(|words| !words.is_empty()).unwrap_or_default()
}

/// Why a condition does not pin the caller; nothing for one that does not seem to.
fn why_not_enough(condition: &Condition) -> Option<&'static str> {
    if let Some(limit) = Limit::of(condition) {
        return Some(limit.why_not);
    }
    match is_key(&condition.key, WHO) {
        _ if is_key(&condition.key, &["aws:PrincipalArn"]) => Some("does not name one account"),
        true if condition.operator.passes_without_key() => Some("lets in callers that have no such key, or another value"),
        true => Some("keeps nobody out"),
        false => None,
    }
}

/// Whether the statement lets a caller have the role in any of the three ways.
fn assumes(statement: &Statement) -> Truth {
    let by_token = ["sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"].map(|action| statement.covers_action(action));
    assumes_role(statement).or(Truth::any(by_token))
}

/// Organisations, paths and accounts of the forms that AWS gives them: `o-` and ten to 32 letters and digits (Organizations
/// API Reference, Organization; IAM User Guide, "AWS global condition context keys"). All that AWS's examples show have ten.
const FORMS: &[(&str, &[&str])] = &[
    ("aws:PrincipalOrgID", &["o-??????????"]),
    ("aws:PrincipalOrgPaths", &["o-??????????/r-????*/", "o-??????????/r-????*/ou-????*-????????*/"]),
    ("aws:PrincipalAccount", &["????????????"]),
];

/// Whether a condition lets in everybody although it tests who calls: a value is every organisation, path or account there is, or it
/// asks that the caller be no service.
pub(super) fn every_one(condition: &Condition) -> Truth {
    if is_key(&condition.key, &["aws:PrincipalIsAWSService"]) {
        return condition.passing().value("false");
    }
    let Some((_, forms)) = FORMS.iter().find(|(key, _)| key.eq_ignore_ascii_case(&condition.key)) else { return Truth::No };
    let forms: Vec<Pattern> = forms.iter().map(|form| Pattern::parse(form, Mode::WILDCARDS)).collect();
    let wide = condition.values.iter().filter(|value| value.pattern.has_wildcard());
    Truth::any(wide.flat_map(|value| forms.iter().map(|form| value.pattern.includes(form, Case::Insensitive))))
}

/// Whether a condition pins who the caller is.
fn pinned(statement: &Statement) -> Truth {
    // A claim of an identity provider says who its bearer is.
    let claim = |key: &str| catalog::issuer_and_claim(key).is_some() || key.to_ascii_lowercase().starts_with("saml:");
    let named = statement.conditions.iter().filter(|condition| is_key(&condition.key, WHO) || claim(&condition.key));
    let by_key = Truth::any(named.map(|condition| statement.enforces(condition).and(every_one(condition).opposite())));
    let by_key = if statement.conditions_gap.is_some() || statement.gap.is_some() { by_key.or(Truth::Unknown) } else { by_key };
    let by_arn = statement.conditions_on("aws:PrincipalArn").map(|condition| {
        let one_account = condition.values.iter().map(|value| match Arn::split(&value.pattern) {
            Some(arn) if AccountRef::of(&arn.account) != AccountRef::Unknown => Truth::Yes,
            Some(arn) if arn.account.has_hole() => Truth::Unknown,
            None if value.pattern.has_hole() => Truth::Unknown,
            _ => Truth::No,
        });
        let values = if condition.gap.is_some() { Truth::Unknown } else { Truth::all(one_account) };
        statement.enforces(condition).and(values)
    });
    by_key.or(Truth::any(by_arn))
}
