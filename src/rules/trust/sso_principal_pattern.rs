use crate::access::Scope;
use crate::access::doors::aws_principals;
use crate::estate::IdentityKind;
use crate::finding::{Category, Severity, What};
use crate::policy::arn::Arn;
use crate::policy::condition::Family;
use crate::policy::pattern::{Case, Mode, Pattern, Segment};
use crate::policy::{Condition, Item, Statement};
use crate::rules::kit::rule::{Context, OneA, Rule};
use crate::truth::Truth;

rule! {
    SsoPrincipalPattern, "sso-principal-pattern",
    summary: "a permission set of Identity Center named in a way that does not match its role",
    category: Category::Security,
    severity: Severity::Medium,
    supersedes: &["condition-never-matches", "trust-principal-wildcard"],
    one_a: OneA::Holder,
    tags: &["trust", "conditions", "identity-center"],
}

/// What the name of every role that Identity Center makes begins with.
const MARK: &str = "AWSReservedSSO_";

/// The ends of those roles' ARNs, without a region where Identity Center is in us-east-1 (IAM Identity Center User Guide, "Referencing
/// permission sets in resource policies, Amazon EKS Cluster config maps, and AWS KMS key policies").
const ROLES: [&str; 2] = [
    "role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_?*_????????????????",
    "role/aws-reserved/sso.amazonaws.com/?*/AWSReservedSSO_?*_????????????????",
];

const PARTITIONS: [&str; 3] = ["arn:aws", "arn:aws-cn", "arn:aws-us-gov"];

/// What is wrong with a way to name a permission set.
struct Fault {
    outcome: Outcome,
    why: &'static str,
}

/// What comes of it.
#[derive(Clone, Copy)]
enum Outcome {
    /// The policy cannot be saved.
    Rejected,
    NeverMatches,
    /// It matches the role until there is another one.
    UntilRenamed,
}

const SUFFIX: Fault =
    Fault { outcome: Outcome::UntilRenamed, why: "ends in a suffix that differs for each role that Identity Center makes" };

impl Rule for SsoPrincipalPattern {
    fn statement(&self, statement: &Statement, context: &mut Context) {
        let by_principal =
            aws_principals(statement).filter_map(|principal| Some((&principal.item, fault_of_principal(&principal.item.pattern)?)));
        let by_arn = statement.conditions_on("aws:PrincipalArn").flat_map(|condition| {
            let faults = condition.values.iter().filter_map(move |value| Some((value, fault_of_arn(condition, &value.pattern)?)));
            faults.filter(move |(value, fault)| matches!(fault.outcome, Outcome::UntilRenamed) || !is_found_beside(condition, value))
        });
        let found: Vec<(&Item, Fault)> = by_principal.chain(by_arn).collect();
        for (item, fault) in found {
            if let Some(name) = set_name(&item.pattern) {
                report(context, item, &name, &fault);
            }
        }
        for value in statement.conditions_on("aws:userid").flat_map(|condition| &condition.values) {
            if let Some(name) = named_in_user_id(&value.pattern, context) {
                let why = "is compared with the ID of the role and the session name, which is the user's";
                report(context, value, &name, &Fault { outcome: Outcome::NeverMatches, why });
            }
        }
    }
}

fn report(context: &mut Context, item: &Item, name: &str, fault: &Fault) {
    let carrier = context.subject_name();
    let shown = if name.is_empty() { "a permission set".to_owned() } else { format!("permission set `{name}`") };
    let arn = Arn::split(&item.pattern);
    let account =
        arn.as_ref().and_then(|arn| arn.account.as_exact()).filter(|account| !account.is_empty() && !account.contains(['*', '?']));
    let account = account.unwrap_or("ACCOUNT");
    let pattern = format!("arn:aws:iam::{account}:role/aws-reserved/sso.amazonaws.com/*{MARK}{name}_*").replace("__*", "_*");
    let finding = context.at(&item.place, fault.why).fact(context.name_fact(name));
    let policy = format!("the policy of {carrier}");
    let finding = match fault.outcome {
        Outcome::Rejected => finding.kind("refused").rejected(format!("it names {shown} with a wildcard as a principal")),
        Outcome::NeverMatches => finding.kind("finds-nothing").says(policy, What::Is(format!("never matches {shown}"))),
        Outcome::UntilRenamed => {
            let lost = "because its role then gets another name";
            finding.kind("for-now").says(policy, What::Is(format!("no longer matches {shown} once that is assigned again"))).aside(lost)
        }
    };
    let finding = finding.help(format!("trust the account's root and test ArnLike aws:PrincipalArn `{pattern}`"));
    context.report(finding);
}

/// Whether the text names a role of Identity Center.
fn is_marked(pattern: &Pattern) -> bool {
    pattern.segments().iter().any(|segment| matches!(segment, Segment::Literal(text) if text.contains(MARK)))
}

fn fault_of_principal(pattern: &Pattern) -> Option<Fault> {
    if !is_marked(pattern) {
        return None;
    }
    if pattern.has_wildcard() {
        return Some(Fault { outcome: Outcome::Rejected, why: "has a wildcard, which a principal cannot have unless it is a lone `*`" });
    }
    fault_of_name(pattern)
}

fn fault_of_arn(condition: &Condition, pattern: &Pattern) -> Option<Fault> {
    let is_pattern = condition.operator.value_mode().wildcards;
    if !is_marked(pattern) || !matches!(condition.operator.family(), Family::Text(_) | Family::Arn) {
        return None;
    }
    let star = |segment: &Segment| matches!(segment, Segment::Literal(text) if text.contains('*'));
    if !is_pattern && pattern.segments().iter().any(star) {
        return Some(Fault { outcome: Outcome::NeverMatches, why: "has a `*` that this operator takes literally" });
    }
    fault_of_name(pattern)
}

/// Whether another value of the condition finds what this one names: then this one is only too many.
fn is_found_beside(condition: &Condition, value: &Item) -> bool {
    let finds = |other: &Item| is_marked(&other.pattern) && fault_of_arn(condition, &other.pattern).is_none();
    condition.values.iter().any(|other| finds(other) && set_name(&other.pattern) == set_name(&value.pattern))
}

fn fault_of_name(pattern: &Pattern) -> Option<Fault> {
    let names = |pattern: &Pattern, role: &str| pattern.intersects(&Pattern::parse(role, Mode::WILDCARDS), Case::Sensitive);
    let whole = PARTITIONS.iter().flat_map(|partition| ROLES.map(|role| format!("{partition}:iam::????????????:{role}")));
    let found = Truth::any(whole.map(|role| names(pattern, &role)));
    // A star for the account stays there: no name of a role holds a colon.
    let ends = Arn::split(pattern).map_or(Truth::Yes, |arn| Truth::any(ROLES.iter().map(|role| names(&arn.resource, role))));
    if found.and(ends) == Truth::No {
        return Some(Fault { outcome: Outcome::NeverMatches, why: "is not the ARN of any role that Identity Center makes" });
    }
    let last = pattern.segments().last();
    matches!(last, Some(Segment::Literal(text)) if without_suffix(text).is_some()).then_some(SUFFIX)
}

/// `AWSReservedSSO_name` of `AWSReservedSSO_name_0123456789abcdef`.
fn without_suffix(text: &str) -> Option<&str> {
    let (name, suffix) = text.rsplit_once('_')?;
    (suffix.len() == 16 && suffix.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(name)
}

/// The permission set's name in the ARN or name of a role, empty if it is none in particular.
fn set_name(pattern: &Pattern) -> Option<String> {
    let text = pattern.segments().iter().rev().find_map(|segment| match segment {
        Segment::Literal(text) if text.contains(MARK) => Some(text),
        _ => None,
    })?;
    let (_, name) = text.rsplit_once(MARK)?;
    // A session follows on the name of its role: `assumed-role/AWSReservedSSO_name_0123456789abcdef/user`.
    let name = name.split(['*', '?', '/', ':']).next().unwrap_or_default();
    Some(without_suffix(name).unwrap_or(name).trim_end_matches('_').to_owned())
}

/// The permission set that a value of `aws:userid` names where the session's name should be.
fn named_in_user_id(pattern: &Pattern, scope: &Scope) -> Option<String> {
    if is_marked(pattern) {
        return set_name(pattern);
    }
    let text = pattern.to_string();
    let (_, session) = text.split_once(':').filter(|_| !pattern.has_hole() && !pattern.has_variable())?;
    let (name, is_path) = session.split_once('/').map_or((session, false), |(name, _)| (name, true));
    let mut sets = scope.estate.identities.iter().filter(|identity| identity.kind == IdentityKind::PermissionSet);
    let is_set = |set: &crate::estate::Identity| set.name.as_ref().and_then(|item| item.pattern.as_exact()) == Some(name);
    // With a slash it is the form of an ARN, `assumed-role/<role>/<session>`.
    let is_meant = !name.is_empty() && !name.contains('*') && sets.any(|set| is_path || is_set(set));
    is_meant.then(|| name.to_owned())
}
