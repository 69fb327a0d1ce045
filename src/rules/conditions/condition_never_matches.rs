use super::key_values::{self, has_no_wildcards, why_never};
use super::sent_sources;
use super::typed_values;
use crate::access::Scope;
use crate::catalog::{self, KeyType, ValueForm};
use crate::finding::{Category, Confidence, Edit, Message, Severity, What};
use crate::policy::arn::Arn;
use crate::policy::condition::{Base, Family, Operator, SetOperator, is_key};
use crate::policy::pattern::{Mode, Pattern, Segment};
use crate::policy::rewrite;
use crate::policy::{Condition, Item, Principal, PrincipalKind, Statement};
use crate::rules::kit::rule::{Context, Rule, listed};
use crate::rules::kit::shared::{asks_services_for_account, assumes_role};

rule! {
    ConditionNeverMatches, "condition-never-matches",
    summary: "a condition on a value that its key never has",
    category: Category::Security,
    severity: Severity::High,
    tags: &["conditions"],
}

impl Rule for ConditionNeverMatches {
    fn statement(&self, statement: &Statement, context: &mut Context) {
        if statement.effect.is_none() {
            return;
        }
        let mut said: Vec<&str> = Vec::new();
        for condition in &statement.conditions {
            if matches!(condition.operator.base, Base::Null | Base::Unknown) || catalog::condition_key(&condition.key).is_none() {
                continue;
            }
            if asks_services_for_account(condition, statement) {
                said.push(&condition.key);
                not_of_services(condition, statement, context);
                continue;
            }
            let dead: Vec<(&Item, Why)> =
                condition.values.iter().filter_map(|value| Some((value, why(condition, value, statement)?))).collect();
            let all = dead.len() == condition.values.len() && condition.gap.is_none();
            // Private addresses beside public ones are a habit, and so is a wrong form beside the right one: they do no harm.
            if dead.is_empty() || !all && dead.iter().all(|(_, why)| why.habit) {
                continue;
            }
            said.push(&condition.key);
            report(condition, &dead, all, statement, context);
        }
        contradictions(statement, &said, context);
    }
}

/// Says that services have no such key.
fn not_of_services(condition: &Condition, statement: &Statement, context: &mut Context) {
    let key = &condition.key;
    let (kind, effect) = match statement.allows() {
        true => ("never-allows", "never allows anything"),
        false => ("never-denies", "never denies anything"),
    };
    let meant = catalog::key_facts(key).and_then(|facts| facts.source_key);
    // Whoever has a service take a role must be allowed to pass it, and few services say for whom they ask for one.
    let (help, edit) = match meant.filter(|_| !assumes_role(statement).possibly()) {
        Some(meant) => {
            let edit = rewrite::key(condition, statement, meant, context.sources).filter(|_| !ValueForm::PrincipalArn.is_of(key));
            (format!("test `{meant}`, which says for whom the service acts"), edit)
        }
        None => ("remove the condition".to_owned(), None),
    };
    let mut finding = context
        .at(&condition.key_place, "says who an identity of an account is")
        .says("the statement", What::Is(effect.to_owned()))
        .because(format!("the requests of an AWS service do not have `{key}`"))
        .kind(kind)
        .fact(&**key)
        .help(help)
        .edit(edit.map(Edit::as_a_guess));
    for principal in statement.admitted().take(3) {
        finding = finding.label(principal.item.place.span, "is an AWS service");
    }
    context.report_token(finding);
}

/// Conditions on one key that no request meets together; `said` are keys of which something has been said.
fn contradictions(statement: &Statement, said: &[&str], context: &mut Context) {
    let mut seen: Vec<&str> = said.to_vec();
    for condition in &statement.conditions {
        let key = &*condition.key;
        if seen.iter().any(|other| other.eq_ignore_ascii_case(key)) {
            continue;
        }
        seen.push(key);
        // Of one key written twice under one operator, `duplicate-key` tells.
        let twice = |other: &&Condition| other.operator_place.span == condition.operator_place.span;
        if statement.conditions_on(key).skip(1).any(|other| twice(&other)) {
            continue;
        }
        // Of a condition without values `empty-list` speaks.
        if statement.conditions_on(key).any(|condition| condition.values.is_empty() && condition.gap.is_none()) {
            continue;
        }
        let mut others = statement.conditions_on(key).skip(1).peekable();
        let never = statement.passing(key).nothing().certainly() && !statement.passes_without(key).possibly();
        if others.peek().is_none() || !never {
            continue;
        }
        let verb = if statement.allows() { "allows" } else { "denies" };
        let mut finding = context
            .at(&condition.key_place, "is tested here")
            .says("the statement", What::Is(format!("never {verb} anything")))
            .because(format!("no request meets all its conditions on `{key}`"))
            .kind("contradiction")
            .facts([verb, key])
            .help("all conditions of a statement must hold: keep one of them, or make two statements");
        for other in others.take(3) {
            finding = finding.label(other.key_place.span, "is also tested here, for what the other does not match");
        }
        context.report_token(finding);
    }
}

/// Why a value is never that of a request, and what to write.
struct Why {
    reason: &'static str,
    help: String,
    /// What that is, where it is definite.
    instead: Option<Instead>,
    /// Many write it beside others that do match.
    habit: bool,
}

/// What to write instead.
enum Instead {
    Operator(String),
    Value(String),
}

impl Why {
    fn instead(self, instead: Instead) -> Why {
        Why { instead: Some(instead), ..self }
    }
}

fn why(condition: &Condition, value: &Item, statement: &Statement) -> Option<Why> {
    let key = &*condition.key;
    let base = condition.operator.base;
    // What is to be filled in yet: an empty default, `<YOUR_ID>`.
    if value.text.is_empty() || value.text.contains('<') && value.text.contains('>') {
        return None;
    }
    let because = |reason, help: &str| Some(Why { reason, help: help.to_owned(), instead: None, habit: false });
    if let Some(like) =
        wildcard_form(base, key, &value.pattern).filter(|_| has_no_wildcards(key, &value.pattern) && has_literal_wildcard(&value.pattern))
    {
        let reason = "is compared literally: only `…Like` operators have wildcards";
        if is_whatever(&value.text) {
            return because(reason, &format!("write the intended values: with {} it would match anything", like.name()));
        }
        let instead = Operator { base: like, ..condition.operator }.to_string();
        return because(reason, &format!("test it with {}", like.name())).map(|why| why.instead(Instead::Operator(instead)));
    }
    if let Some(reason) = typed_values::why_none(condition, value) {
        return because(reason, "write a value that the operator can compare");
    }
    if condition.operator.family() == Family::Arn && key_values::has_too_few_parts(key, &value.pattern) {
        let help = "write all six parts, `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`; a part may be empty or `*`";
        return because("has fewer parts than an ARN: with an Arn operator a `*` does not match across colons", help);
    }
    if is_key(key, &["aws:SourceIp"]) && typed_values::is_private(&value.text) {
        let help = "test `aws:VpcSourceIp`, which is in requests through a VPC endpoint, or name the public addresses".to_owned();
        return Some(Why { reason: "is a private address: `aws:SourceIp` is always a public one", help, instead: None, habit: true });
    }
    let text = matches!(
        base,
        Base::StringEquals
            | Base::StringNotEquals
            | Base::StringEqualsIgnoreCase
            | Base::StringNotEqualsIgnoreCase
            | Base::StringLike
            | Base::StringNotLike
            | Base::ArnEquals
            | Base::ArnLike
            | Base::ArnNotEquals
            | Base::ArnNotLike
    );
    if !text {
        return None;
    }
    let any_case = matches!(base, Base::StringEqualsIgnoreCase | Base::StringNotEqualsIgnoreCase);
    let pattern = if any_case { key_values::as_known(key, &value.pattern) } else { value.pattern.clone() };
    if let Some(never) = why_never(key, &pattern) {
        let beside = condition.values.iter().any(|other| never.help.contains(&format!("`{}`", other.text)));
        if beside {
            let help = "remove it: the right value is listed beside it".to_owned();
            return Some(Why { reason: never.reason, help, instead: None, habit: true });
        }
        return Some(Why { reason: never.reason, help: never.help, instead: never.instead.map(Instead::Value), habit: false });
    }
    if let Some((reason, help)) = sent_sources::why_never(key, &pattern, statement) {
        return Some(Why { reason, help, instead: None, habit: false });
    }
    let other = condition.operator.is_positive() && contradicts_principals(key, &value.pattern, statement);
    if other {
        return because("is in another account than all of the principals", "name the principals' account, or other principals");
    }
    None
}

/// Whether the pattern holds `*` or `?` as an ordinary character, whatever its unknown parts are.
fn has_literal_wildcard(pattern: &Pattern) -> bool {
    pattern.segments().iter().any(|segment| matches!(segment, Segment::Literal(text) if text.contains(['*', '?'])))
}

/// A value that says nothing once its `*` is a wildcard: every subject of GitHub's tokens begins with `repo:`.
fn is_whatever(text: &str) -> bool {
    text.strip_prefix("repo:").unwrap_or(text).chars().all(|character| matches!(character, '*' | '?'))
}

/// The operator that takes `*` for a wildcard, for one that does not. Of an ARN it is the one that AWS shows for it, whose `*` stays
/// between two colons ("IAM JSON policy elements: Condition operators").
fn wildcard_form(base: Base, key: &str, value: &Pattern) -> Option<Base> {
    let negated = match base {
        Base::StringEquals | Base::StringEqualsIgnoreCase => false,
        Base::StringNotEquals | Base::StringNotEqualsIgnoreCase => true,
        _ => return None,
    };
    let holds_arn = catalog::condition_key(key).is_some_and(|known| known.value_type() == KeyType::Arn) && Arn::split(value).is_some();
    Some(match (holds_arn, negated) {
        (true, false) => Base::ArnLike,
        (true, true) => Base::ArnNotLike,
        (false, false) => Base::StringLike,
        (false, true) => Base::StringNotLike,
    })
}

/// Whether the condition asks for a caller of an account that no principal of the statement is in.
fn contradicts_principals(key: &str, value: &Pattern, statement: &Statement) -> bool {
    let asked = if is_key(key, &["aws:PrincipalAccount"]) {
        value.as_exact().map(str::to_owned)
    } else if is_key(key, &["aws:PrincipalArn"]) {
        Arn::split(value).and_then(|arn| arn.account.as_exact().map(str::to_owned))
    } else {
        None
    };
    let principals = statement.principals.as_ref().filter(|principals| !principals.negated && principals.gap.is_none());
    let (Some(asked), Some(principals)) = (asked.filter(|account| is_account(account)), principals) else { return false };
    let accounts: Option<Vec<String>> = principals.items.iter().map(account_of).collect();
    accounts.is_some_and(|accounts| !accounts.is_empty() && !accounts.contains(&asked))
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The account of a principal of AWS, if that is known.
fn account_of(principal: &Principal) -> Option<String> {
    if principal.kind != PrincipalKind::Aws {
        return None;
    }
    let pattern = &principal.item.pattern;
    let own = pattern.as_exact().filter(|text| is_account(text)).map(str::to_owned);
    own.or_else(|| Arn::split(pattern)?.account.as_exact().filter(|account| is_account(account)).map(str::to_owned))
}

/// A value as a message shows it: a line is enough to know it by.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(MOST_SHOWN) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or(text)),
        None => text.to_owned(),
    }
}

const MOST_SHOWN: usize = 100;

/// One change for all of the values, if each has one.
fn instead(condition: &Condition, dead: &[(&Item, Why)], statement: &Statement, scope: &Scope) -> Option<Edit> {
    let (_, first) = dead.first()?;
    if let Some(Instead::Operator(operator)) = &first.instead {
        let is_same = |(_, why): &(&Item, Why)| matches!(&why.instead, Some(Instead::Operator(other)) if other == operator);
        return rewrite::operator(condition, statement, operator, scope.sources).filter(|_| dead.iter().all(is_same));
    }
    let edits = dead.iter().map(|(value, why)| match &why.instead {
        Some(Instead::Value(instead)) => rewrite::token(&value.place, &value.text, instead, scope.sources),
        _ => None,
    });
    edits.collect::<Option<Vec<Edit>>>()?.into_iter().reduce(Edit::and)
}

/// Whether a value of which one part is made a wildcard may be of any account: more than the statement is meant for, perhaps.
fn is_of_any_account(value: &Item) -> bool {
    let pattern = Pattern::parse(&value.text, Mode::WILDCARDS);
    match Arn::split(&pattern) {
        Some(arn) if arn.account.as_exact() == Some("") => arn.resource.literal_prefix().is_empty(),
        Some(arn) => arn.account.has_wildcard(),
        None => pattern.literal_prefix().is_empty(),
    }
}

/// Whether a condition has a value that its key never has.
pub(super) fn has_dead_values(condition: &Condition, statement: &Statement) -> bool {
    condition.values.iter().any(|value| why(condition, value, statement).is_some())
}

fn report(condition: &Condition, dead: &[(&Item, Why)], all: bool, statement: &Statement, context: &mut Context) {
    let Some((first, why)) = dead.first() else { return };
    let names: Vec<String> = dead.iter().map(|(value, _)| shortened(&value.text)).collect();
    let never = format!("no request has {} as its `{}`", listed(&names, 2).replace(" and ", " or "), condition.key);
    let statement_is = |effect: String| Message::new("the statement", What::Is(effect)).because(never.clone());
    let looks = format!("`{}` never has this form", condition.key);
    let values = listed(&names, 2);
    let operator = condition.operator;
    let spare = statement.allows() && operator.is_positive() && dead.len() < condition.values.len();
    let passes = operator.if_exists || operator.set == Some(SetOperator::ForAllValues);
    let (kind, message) = match (operator.is_negated(), all, statement.allows()) {
        (true, _, true) => ("not-kept-out", statement_is(format!("does not exclude {values}"))),
        (true, _, false) => ("not-excepted", statement_is(format!("also denies what {values} should except"))),
        // What others match, the statement allows all the same.
        (false, false, true) if spare => {
            let are = if names.len() == 1 { "is" } else { "are" };
            ("superfluous", Message::new(&values, What::Is(format!("{are} unnecessary"))).because(looks))
        }
        (false, false, _) => {
            let matches = if names.len() == 1 { "matches" } else { "match" };
            ("nothing", Message::new(&values, What::Is(format!("{matches} nothing"))).because(looks))
        }
        (false, true, true) if passes => ("allows-without", statement_is("allows only requests without the key".to_owned())),
        (false, true, false) if passes => ("denies-without", statement_is("denies only requests without the key".to_owned())),
        (false, true, true) => ("never-allows", statement_is("never allows anything".to_owned())),
        (false, true, false) => ("never-denies", statement_is("never denies anything".to_owned())),
    };
    let confidence = match (all, spare) {
        (true, _) => Confidence::High,
        (false, true) => Confidence::Low,
        (false, false) => Confidence::Medium,
    };
    let mut finding = context.at(&first.place, why.reason).message(message).help(why.help.clone()).confidence(confidence);
    let edit = instead(condition, dead, statement, context).map(Edit::as_a_guess);
    let opens = statement.allows() && dead.iter().any(|(value, _)| is_of_any_account(value));
    finding = finding.edit(edit.map(|edit| if opens { edit.only_shown() } else { edit }));
    finding = finding.kind(kind).fact(values).fact(&*condition.key);
    if first.place.span != condition.key_place.span {
        finding = finding.label(condition.key_place.span, format!("is tested by {}", operator.base.name()));
    }
    for (value, why) in dead.iter().skip(1).take(3) {
        finding = finding.label(value.place.span, why.reason);
    }
    context.report_token(finding);
}
