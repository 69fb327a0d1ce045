use super::requests::{actions, callers};
use crate::access::subject::named;
use crate::access::{Caller, Question, Scope};
use crate::catalog::{self, About, Action, Presence, ResourceSupport, ValueForm};
use crate::finding::{Category, Confidence, Edit, Severity, What};
use crate::policy::condition::{Operator, is_key};
use crate::policy::pattern::{Case, Mode, Pattern};
use crate::policy::rewrite;
use crate::policy::{Condition, Document, PolicyKind, Statement};
use crate::rules::kit::allowed::holder;
use crate::rules::kit::rule::{Context, Rule};
use crate::rules::services::receivers::receiver;
use crate::rules::services::service_confused_deputy::senders;

rule! {
    ConditionBypassable, "condition-bypassable",
    summary: "a condition that a request without the tested key satisfies",
    category: Category::Security,
    severity: Severity::High,
    // Those whom the condition should keep out.
    supersedes: &["trust-account-root", "trust-own-account-root"],
    tags: &["conditions"],
}

const MFA: &str = "aws:MultiFactorAuthPresent";
const MFA_AGE: &str = "aws:MultiFactorAuthAge";

impl Rule for ConditionBypassable {
    fn statement(&self, statement: &Statement, context: &mut Context) {
        let Some(document) = context.document() else { return };
        for condition in &statement.conditions {
            let Some(who) = lacking(condition, statement, document, context) else { continue };
            let open = (is_loose(condition, statement) && !only_forwarders(condition)) || only_keeps_out(condition, statement);
            if statement.allows() && open && !excused(&condition.key, statement, context) {
                allowed(condition, statement, who, context);
            }
            if statement.denies() && misses_those_without(condition) && !is_denied(statement, &condition.key, context) {
                not_denied(condition, statement, who, context);
            }
        }
    }
}

/// Who can lack the key in the statement's requests; nothing where nobody can or it is not known.
fn lacking(condition: &Condition, statement: &Statement, document: &Document, scope: &Scope) -> Option<&'static str> {
    let key = &*condition.key;
    let presence = catalog::presence(key);
    let callers = callers(statement, document, scope);
    let possible = match presence {
        Presence::Always | Presence::Unknown => false,
        Presence::Signed => callers.anonymous,
        Presence::Temporary => callers.long_term,
        Presence::Sometimes(_) if may_be_loose(key) => false,
        Presence::Sometimes(_) if all_send(key, statement, document) => false,
        // Who holds a policy is in its organization or not, whatever it sends.
        Presence::Sometimes(_) if About::Organization.is_of(key) => statement.principals.is_some(),
        Presence::Sometimes(_) if is_key(key, &["aws:ResourceTag/"]) => every_action_is_of_one_tagged_type(statement),
        Presence::Sometimes(_) => true,
    };
    presence.lacking().filter(|_| possible)
}

/// Whether a loose operator may test a key: it says which tags may be sent, and none is fine (IAM User Guide, "Controlling access during
/// AWS requests"); the external ID has rules of its own; resources of some services have no organization to speak of.
fn may_be_loose(key: &str) -> bool {
    match (catalog::about(key), catalog::value_form(key)) {
        (Some(About::RequestTags), _) | (_, Some(ValueForm::ExternalId)) => true,
        (Some(About::Resource), form) => matches!(form, Some(ValueForm::Organization | ValueForm::OrganizationPath)),
        _ => false,
    }
}

/// Whether a statement is for services alone that are known to send a key such as `aws:SourceArn` with each of their calls.
fn all_send(key: &str, statement: &Statement, document: &Document) -> bool {
    let Some(principals) = statement.principals.as_ref().filter(|principals| !principals.negated && principals.gap.is_none()) else {
        return false;
    };
    let receiver = match document.kind {
        PolicyKind::Trust => Some("trust"),
        _ => receiver(document, statement).map(|receiver| receiver.service),
    };
    let Some(receiver) = receiver else { return false };
    let sent = senders(statement, receiver).filter(|(_, _, source)| source.keys.iter().any(|sent| sent.eq_ignore_ascii_case(key)));
    let sending = sent.count();
    sending > 0 && sending == principals.items.len()
}

/// A statement for actions of several resource types needs `IfExists` for a tag that only some types have.
fn every_action_is_of_one_tagged_type(statement: &Statement) -> bool {
    let one_tagged_type = |action: &Action| match action.resources() {
        ResourceSupport::Types(mut types) => match (types.next(), types.next()) {
            (Some(only), None) => only.resource_type().condition_keys().any(|key| key.name() == "aws:ResourceTag/${TagKey}"),
            _ => false,
        },
        ResourceSupport::WildcardOnly | ResourceSupport::Unknown => false,
    };
    actions(statement).is_some_and(|actions| !actions.is_empty() && actions.iter().all(one_tagged_type))
}

/// Whether a request without the key passes although the condition looks as if it asked for one.
fn is_loose(condition: &Condition, statement: &Statement) -> bool {
    condition.operator.is_positive()
        && condition.passing().absent().certainly()
        && statement.passes_without(&condition.key).certainly()
        && !condition.matches_everything().certainly()
}

/// `StringEqualsIfExists: { aws:CalledViaLast: … }` says which services may forward a caller's request, and that callers may come
/// themselves: AWS's own policies are written so.
fn only_forwarders(condition: &Condition) -> bool {
    let plain = condition.operator.if_exists && condition.operator.set.is_none();
    plain && About::Forwarder.is_of(&condition.key) && ValueForm::Service.is_of(&condition.key)
}

/// Whether a key says who makes a request, or from where.
fn is_of_caller(key: &str) -> bool {
    matches!(catalog::about(key), Some(About::SecondFactor | About::Organization | About::Address | About::Endpoint))
}

/// Whether the statement's only limit is a value that the key must not have: a request without the key has no such value.
fn only_keeps_out(condition: &Condition, statement: &Statement) -> bool {
    condition.operator.is_negated()
        && is_of_caller(&condition.key)
        && statement.conditions.len() == 1
        && statement.passes_without(&condition.key).certainly()
}

/// Whether Denies turn away all who lack the key, or may, of those whom the statement lets in.
fn excused(key: &str, statement: &Statement, scope: &Scope) -> bool {
    complement(key, statement) || is_denied(statement, key, scope)
}

/// Whether Denies turn away all requests without the key that a statement is about, whatever its effect and its own conditions on the key,
/// or may.
fn is_denied(statement: &Statement, key: &str, scope: &Scope) -> bool {
    let access = scope.access();
    if access.is_free() {
        return access.hides_statements();
    }
    let others = statement.conditions.iter().filter(|condition| !condition.key.eq_ignore_ascii_case(key));
    let about = Statement { conditions: others.cloned().collect(), ..statement.clone() };
    let comes_through = |caller: Caller| {
        let caller = lacking_together(key).fold(caller.without(key), Caller::without);
        let is_left = |action: &String| access.left(&about, &Question::anywhere(&caller, action)).certainly();
        access.told_apart(statement).iter().any(is_left)
    };
    let principals = statement.admitted();
    let somebody = match &statement.principals {
        None => comes_through(holder(&access)),
        Some(_) => principals.flat_map(named).any(comes_through),
    };
    access.hides_statements() || !somebody
}

/// The keys that a request lacks that lacks one of them: those of a second factor, of an organization, of an endpoint.
fn lacking_together(key: &str) -> impl Iterator<Item = &'static str> {
    let together = catalog::about(key).filter(|about| matches!(about, About::SecondFactor | About::Organization | About::Endpoint));
    together.into_iter().flat_map(About::keys)
}

/// A request has a public address or comes through an endpoint: who lists values of both, with IfExists, tests every request. AWS
/// documents it.
fn complement(key: &str, statement: &Statement) -> bool {
    let tests = |about: About| statement.conditions.iter().any(|other| about.is_of(&other.key) && lists_some(other));
    About::Address.is_of(key) && tests(About::Endpoint) || About::Endpoint.is_of(key) && tests(About::Address)
}

/// Whether the condition asks for one of some values, and not for any at all: every endpoint's ID begins with `vpce-`.
fn lists_some(condition: &Condition) -> bool {
    let all = ["vpce-*", "vpc-*", "o-*"].map(|text| Pattern::parse(text, Mode::WILDCARDS));
    let every = |value: &Pattern| value.has_wildcard() && all.iter().any(|ids| value.includes(ids, Case::Sensitive).certainly());
    condition.operator.is_positive()
        && !condition.matches_everything().certainly()
        && !condition.values.iter().any(|value| every(&value.pattern))
}

/// `Bool: { aws:MultiFactorAuthPresent: false }` in a Deny, or the same as text: it lets through who has no such key. So does
/// `NumericGreaterThan: { aws:MultiFactorAuthAge: 3600 }`, which looks as if a second factor that is fresh were asked for.
fn misses_those_without(condition: &Condition) -> bool {
    let passing = condition.passing();
    // No factor is older than a session, which is a day and a half at most.
    let (denied, let_through) = match () {
        () if is_key(&condition.key, &[MFA]) => ("false", "true"),
        () if is_key(&condition.key, &[MFA_AGE]) => ("1000000", "0"),
        () => return false,
    };
    condition.operator.is_positive()
        && condition.gap.is_none()
        && !passing.absent().possibly()
        && passing.value(denied).certainly()
        && !passing.value(let_through).possibly()
}

fn allowed(condition: &Condition, statement: &Statement, who: &str, context: &mut Context) {
    let key = &condition.key;
    let base = condition.operator.base.name();
    let because = if condition.operator.if_exists {
        "IfExists"
    } else if condition.operator.is_negated() {
        base
    } else {
        "ForAllValues"
    };
    let multi = catalog::condition_key(key).is_some_and(|known| known.is_multi_valued());
    let help = match (condition.operator.is_negated(), multi) {
        (true, _) if is_key(key, &[MFA]) => format!("require MFA: test `{key}` = \"true\" with Bool"),
        (true, true) => format!("list the allowed values instead, with ForAnyValue:{}", base.replace("Not", "")),
        (true, false) => format!("list the allowed values instead, with {}", base.replace("Not", "")),
        (false, true) => format!("test it with ForAnyValue:{base}, or add Null with `{key}` = \"false\", which requires the key"),
        (false, false) => format!("test it with {base} alone, which is not met without the key"),
    };
    let alone = Operator { set: None, if_exists: false, ..condition.operator };
    let alone = Some(alone.to_string()).filter(|_| !condition.operator.is_negated() && !multi);
    let edit = alone.and_then(|alone| rewrite::operator(condition, statement, &alone, context.sources));
    let finding = context
        .at(&condition.operator_place, format!("is also met by a request without the key, because of {because}"))
        .kind("passes")
        .fact(&**key)
        .says(who, What::Is("satisfies this condition".to_owned()))
        .because(format!("it does not have `{key}`"))
        .label(condition.key_place.span, "is tested here")
        .help(help)
        .edit(edit.map(Edit::as_a_guess));
    // Somebody may want to keep out one address, and nobody else; of MFA there is nothing else.
    let meant = condition.operator.is_negated() && !is_key(key, &[MFA]);
    context.report(if meant { finding.confidence(Confidence::Medium) } else { finding });
}

fn not_denied(condition: &Condition, statement: &Statement, who: &str, context: &mut Context) {
    let key = &condition.key;
    let loose = Operator { if_exists: true, ..condition.operator }.to_string();
    let edit = rewrite::operator(condition, statement, &loose, context.sources);
    let finding = context
        .at(&condition.operator_place, "is not met by a request without the key")
        .kind("not-denied")
        .fact(&**key)
        .says(who, What::Is("is not denied".to_owned()))
        .because(format!("it does not have `{key}`, so the condition does not match"))
        .label(
            condition.key_place.span,
            if is_key(key, &[MFA]) { "is only in requests with temporary credentials" } else { "is only in requests made with MFA" },
        )
        .help(format!("use {}IfExists, which is also met by a request without the key", condition.operator.base.name()))
        .edit(edit.map(Edit::as_a_guess));
    context.report(finding);
}
