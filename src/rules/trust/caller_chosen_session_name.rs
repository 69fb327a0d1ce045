use crate::access::doors::aws_principals;
use crate::catalog::{ValueForm, key_facts};
use crate::estate::{AccountRef, Relation};
use crate::finding::{Category, FindingBuilder, Severity, What};
use crate::policy::pattern::{Case, Mode, Pattern, Segment};
use crate::policy::{Condition, Place, PolicyKind, Principal, Statement};
use crate::rules::kit::callers::every_one;
use crate::rules::kit::rule::{Context, Rule};
use crate::rules::kit::shared::{assumes_role, keeps_out_roles, never_applies};
use crate::truth::Truth;

rule! {
    CallerChosenSessionName, "caller-chosen-session-name",
    summary: "access that depends on a session name, which the caller chooses",
    category: Category::Security,
    severity: Severity::High,
    supersedes: &["trust-account-root", "trust-own-account-root", "trust-whole-organization"],
    tags: &["trust", "conditions"],
}

/// The id of a role that no policy names.
const STRANGER: &str = "AROAZ7Q4W9X2C5V8B3N6M";

/// A session name that no policy names.
const OTHER_NAME: &str = "z7q4w9x2c5v8b3n6m";

impl Rule for CallerChosenSessionName {
    fn statement(&self, statement: &Statement, context: &mut Context) {
        let Some(document) = context.document() else { return };
        if statement.denies() && document.kind == PolicyKind::Resource {
            return spared(statement, context);
        }
        let unclear = statement.gap.may_narrow();
        if !statement.allows() || unclear || never_applies(statement) || says_who(statement) {
            return;
        }
        let Some(principal) = aws_principals(statement).find(|principal| principal.is_everybody() || principal.is_whole_account()) else {
            return;
        };
        let (kind, gains) = match document.kind {
            PolicyKind::Trust if assumes_role(statement).certainly() => ("becomes", What::Assume),
            PolicyKind::Resource => ("uses", What::Can(format!("use what {} grants", context.subject_name()))),
            _ => return,
        };
        let is_own = !principal.is_everybody() && context.relation(&AccountRef::of_principal(&principal.item.pattern)) == Relation::Same;
        // The name adds nothing there, and takes nothing away (`trust-own-account-root`).
        if is_own && document.kind == PolicyKind::Trust {
            return;
        }
        let whose = if is_own { Some("the resource's own account".to_owned()) } else { whose(principal, statement) };
        let among = whose.as_deref().unwrap_or("any account");
        // A signed request has the keys; only what anybody may ask of a resource may lack them.
        let signed = document.kind == PolicyKind::Trust || !principal.is_everybody();
        if let Some((place, name)) = name_of_session(statement, signed) {
            let finding = finding(context, principal, place).says(format!("anyone with any role of {among}"), gains);
            return context.report(named(finding, &name).kind(kind).fact(among).fact(context.name_fact(&name)));
        }
        // Everybody without any limit is what trust-any-principal says.
        let trust = document.kind == PolicyKind::Trust && whose.is_some();
        if let Some((place, name)) = name_to_give(statement).filter(|_| trust && statement.conditions_on("aws:userid").next().is_none()) {
            let finding = finding(context, principal, place).says(format!("anyone allowed sts:AssumeRole in {among}"), gains);
            context.report(named(finding, &name).kind("names").fact(among).fact(context.name_fact(&name)));
        }
    }
}

/// The name of a session that a trust policy's statement asks for, where nothing else in it says which identity calls.
pub fn session_name_alone(statement: &Statement) -> Option<&Place> {
    let found = name_of_session(statement, true).or_else(|| name_to_give(statement)).map(|(place, _)| place);
    found.filter(|_| !says_who(statement))
}

/// A Deny for everybody but the sessions of a name: one that a condition turns away is spared, whatever the others say.
fn spared(statement: &Statement, context: &mut Context) {
    let Some(everybody) = aws_principals(statement).find(|principal| principal.is_everybody()) else { return };
    let user = statement.passing("aws:userid");
    if user.value(&format!("{STRANGER}:{OTHER_NAME}")) != Truth::Yes {
        return;
    }
    let values =
        statement.conditions_on("aws:userid").filter(|condition| condition.operator.is_negated()).flat_map(|condition| &condition.values);
    let found = values
        .filter_map(|value| Some((value, a_name_of(&value.pattern)?)))
        .find(|(_, name)| is_session_name(name) && user.value(&format!("{STRANGER}:{name}")) == Truth::No);
    if let Some((value, name)) = found {
        let evades = What::Can(format!("avoid what {} denies", context.subject_name()));
        let finding = finding(context, everybody, &value.place).says("anyone with any role", evades);
        context.report(named(finding, &name).kind("spared").fact(context.name_fact(&name)));
    }
}

/// A session name that may fit a value of `aws:userid`.
fn a_name_of(pattern: &Pattern) -> Option<String> {
    let known = pattern.segments().iter().map(|segment| match segment {
        Segment::Literal(text) => Some(&**text),
        Segment::Star => Some(""),
        Segment::Question => Some("x"),
        Segment::Variable(_) | Segment::Hole(_) => None,
    });
    let text = known.collect::<Option<String>>()?;
    text.split_once(':').map(|(_, name)| name.to_owned())
}

/// Whether a condition may say which identity calls, or that it is a person: beside that a session name is not all that there is. In
/// `aws:userid` it is the session name that is asked for.
fn says_who(statement: &Statement) -> bool {
    let tells = |key: &str| key_facts(key).is_some_and(|facts| facts.tells_identity() && facts.form != Some(ValueForm::UserId));
    statement.narrowed_by(tells).or(keeps_out_roles(statement)).possibly()
}

/// Whose roles are let in, as far as the principal or the conditions limit that.
fn whose(principal: &Principal, statement: &Statement) -> Option<String> {
    if !principal.is_everybody() {
        let trusted = AccountRef::of_principal(&principal.item.pattern);
        return Some(trusted.number().map_or_else(|| "the trusted account".to_owned(), |number| format!("account {number}")));
    }
    let limits = [
        ("aws:PrincipalAccount", "account", "an account that `aws:PrincipalAccount` admits"),
        ("aws:PrincipalOrgID", "organization", "the organization"),
        ("aws:PrincipalOrgPaths", "", "the organization"),
    ];
    limits.into_iter().find_map(|(key, what, several)| {
        let limit = statement.conditions_on(key).find(|condition| limits_to_values(statement, condition))?;
        Some(match (&*limit.values, &limit.gap) {
            ([only], None) if !what.is_empty() && only.pattern.is_exact() => format!("{what} {}", only.text),
            _ => several.to_owned(),
        })
    })
}

/// Whether a limit to organizations or accounts is one, also where its values are not known.
fn limits_to_values(statement: &Statement, condition: &Condition) -> bool {
    statement.enforces(condition).and(every_one(condition).opposite()).possibly()
}

fn finding(context: &Context, principal: &Principal, place: &Place) -> FindingBuilder {
    context.at(place, "is a name that the caller chooses").label(principal.item.place.span, "does not say which role calls").help(
        "name the caller's role, as the principal or with ArnLike aws:PrincipalArn, or begin aws:userid with the exact id of the role",
    )
}

/// The finding with how it is done.
fn named(finding: FindingBuilder, session: &str) -> FindingBuilder {
    finding.by(format!("by naming the session `{session}`"))
}

/// A session name that lets a session of any role pass `aws:userid`, which is `<id of the role>:<session name>`, and where it stands.
fn name_of_session(statement: &Statement, signed: bool) -> Option<(&Place, String)> {
    let of_stranger = Pattern::parse(&format!("{STRANGER}:??*"), Mode::WILDCARDS);
    let example = session_name_within(statement, "aws:userid", signed, &of_stranger, &format!("{STRANGER}:"))?;
    Some((place_of(statement, "aws:userid", &example)?, example.strip_prefix(STRANGER)?.strip_prefix(':')?.to_owned()))
}

/// A session name that a trust policy asks the new session to have. Each sts:AssumeRole gives one.
fn name_to_give(statement: &Statement) -> Option<(&Place, String)> {
    let example = session_name_within(statement, "sts:RoleSessionName", true, &Pattern::parse("??*", Mode::WILDCARDS), "")?;
    Some((place_of(statement, "sts:RoleSessionName", &example)?, example))
}

/// A value of `key` that passes, where it is `prefix` and a session name, and other names do not pass. `always` says that no request
/// lacks the key.
fn session_name_within(statement: &Statement, key: &str, always: bool, inside: &Pattern, prefix: &str) -> Option<String> {
    let passing = statement.passing(key);
    if !always && passing.absent() != Truth::No || passing.value(&format!("{prefix}{OTHER_NAME}")) != Truth::No {
        return None;
    }
    let no_name = [Pattern::parse("*/*", Mode::WILDCARDS), Pattern::parse(&format!("{prefix}*:*"), Mode::WILDCARDS)];
    let example = passing.example_between(inside, &no_name)?.as_exact()?.to_owned();
    is_session_name(example.strip_prefix(prefix)?).then_some(example)
}

/// STS API Reference, AssumeRole, RoleSessionName: `[\w+=,.@-]{2,64}`.
fn is_session_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte);
    (2..=64).contains(&name.len()) && name.bytes().all(allowed)
}

/// The value that lets `text` in.
fn place_of<'s>(statement: &'s Statement, key: &str, text: &str) -> Option<&'s Place> {
    let conditions =
        statement.conditions.iter().filter(|condition| condition.key.eq_ignore_ascii_case(key) && condition.operator.is_positive());
    let mut values = conditions.flat_map(|condition| &condition.values);
    Some(&values.find(|value| value.pattern.matches(text, Case::Sensitive).certainly())?.place)
}
