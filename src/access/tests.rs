//! The search against an evaluator that is written straight from the documentation and tries every request of a small universe.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::witness::{self, Grant};
use super::{Caller, Question, Who};
use crate::eval::unknown::{Reason, Unknown};
use crate::policy::condition::Operator;
use crate::policy::pattern::{Case, Mode, Pattern};
use crate::policy::request::{Carried, Request};
use crate::policy::{Condition, Effect, Gap, Item, Items, Place, Statement};
use crate::source::Span;
use crate::truth::Truth;

/// What requests of the universe are on.
const RESOURCES: &[&str] = &["a", "ab", "abb", "b", "c", "xb"];
/// And what they carry of each key: any of these values, or none of them.
const VALUES: &[&str] = &["x", "y", "xy", "x*", "other"];
const KEYS: &[&str] = &["k:one", "k:two"];

const OPERATORS: &[&str] = &[
    "StringEquals",
    "StringNotEquals",
    "StringLike",
    "StringNotLike",
    "StringEqualsIfExists",
    "StringNotEqualsIfExists",
    "ForAllValues:StringEquals",
    "ForAnyValue:StringEquals",
    "ForAllValues:StringNotLike",
    "ForAnyValue:StringLike",
    "Null",
];

fn item(text: &str, mode: Mode) -> Item {
    Item { pattern: Pattern::parse(text, mode), place: Place::default(), text: text.into() }
}

fn condition(operator: &str, key: &str, values: &[&str]) -> Condition {
    let operator = Operator::parse(operator);
    let values = values.iter().map(|text| item(text, operator.value_mode())).collect();
    Condition { operator, operator_place: Place::default(), key: key.into(), key_place: Place::default(), values, gap: None, secret: None }
}

fn items(negated: bool, texts: &[&str]) -> Items {
    Items { negated, key: Place::default(), items: texts.iter().map(|text| item(text, Mode::WILDCARDS)).collect(), gap: None }
}

fn statement(effect: Effect, actions: Items, resources: Items, conditions: Vec<Condition>) -> Statement {
    Statement {
        place: Place::default(),
        index: 0,
        sid: None,
        effect: Some(effect),
        effect_place: None,
        principals: None,
        actions: Some(actions),
        resources: Some(resources),
        conditions,
        gap: Gap::default(),
    }
}

prop_compose! {
    fn any_condition()(operator in prop::sample::select(OPERATORS), key in prop::sample::select(KEYS), values in prop::sample::subsequence(vec!["x", "y", "x*"], 1..=2), flag in any::<bool>()) -> Condition {
        match operator {
            "Null" => condition(operator, key, &[if flag { "true" } else { "false" }]),
            // A wildcard that is none is a text that no request of the universe has.
            _ => condition(operator, key, &values),
        }
    }
}

prop_compose! {
    fn any_items()(negated in prop::bool::weighted(0.3), texts in prop::sample::subsequence(vec!["*", "a*", "b", "a", "?b", "c"], 1..=2)) -> Items {
        items(negated, &texts)
    }
}

prop_compose! {
    fn any_actions()(negated in prop::bool::weighted(0.3), texts in prop::sample::subsequence(vec!["s:*", "s:Get", "s:Put"], 1..=2)) -> Items {
        items(negated, &texts)
    }
}

fn any_statement(effect: Effect) -> impl Strategy<Value = Statement> {
    // A part that is not known may be anything.
    let unknown = prop::bool::weighted(0.1);
    (any_actions(), any_items(), prop::collection::vec(any_condition(), 0..=2), unknown).prop_map(
        move |(actions, resources, conditions, unknown)| {
            let gap = || Gap::of_conditions(Unknown::new(Reason::Cycle("x".into()), Span::default()).into());
            Statement { gap: if unknown { gap() } else { Gap::default() }, ..statement(effect, actions, resources, conditions) }
        },
    )
}

/// All requests of the universe.
fn universe() -> Vec<(&'static str, Vec<Vec<&'static str>>)> {
    // An empty list stands for a key that is not there.
    let subset = |bits: u32| (0..VALUES.len()).filter(|at| bits & (1 << at) != 0).map(|at| VALUES[at]).collect();
    let carried: Vec<Vec<&str>> = (0..1_u32 << VALUES.len()).map(subset).collect();
    let mut all = Vec::new();
    for resource in RESOURCES.iter().chain(&["zzz"]) {
        for one in &carried {
            all.extend(carried.iter().map(|two| (*resource, vec![one.clone(), two.clone()])));
        }
    }
    all
}

/// `*` and `?` the plain way.
fn glob(pattern: &str, text: &str) -> bool {
    match (pattern.chars().next(), text.chars().next()) {
        (None, None) => true,
        (Some('*'), _) => glob(&pattern[1..], text) || !text.is_empty() && glob(pattern, &text[1..]),
        (Some('?'), Some(_)) => glob(&pattern[1..], &text[1..]),
        (Some(one), Some(other)) if one == other => glob(&pattern[1..], &text[1..]),
        _ => false,
    }
}

/// "Condition operators", "Set operators for multivalued context keys", "Condition operator to check existence of condition keys". Nothing
/// where several values that differ meet an operator without `ForAllValues` or `ForAnyValue`, of which AWS does not say what happens.
fn holds(condition: &Condition, values: &[&str]) -> Option<bool> {
    let name = condition.operator.to_string();
    let listed = |value: &str| {
        condition.values.iter().any(|item| if name.contains("Like") { glob(&item.text, value) } else { *item.text == *value })
    };
    let passes = |value: &&str| listed(value) != name.contains("Not");
    Some(match values {
        _ if name == "Null" => values.is_empty() == (&*condition.values[0].text == "true"),
        [] => name.ends_with("IfExists") || name.contains("ForAllValues") || name.contains("Not") && !name.contains("ForAnyValue"),
        _ if name.starts_with("ForAllValues") => values.iter().all(passes),
        _ if name.starts_with("ForAnyValue") => values.iter().any(passes),
        [value] => passes(value),
        // Whichever of them counts.
        _ if values.iter().all(passes) => true,
        _ if !values.iter().any(passes) => false,
        _ => return None,
    })
}

/// Whether a statement is about a request; nothing where AWS does not say, or source does not.
fn applies(statement: &Statement, action: &str, resource: &str, keys: &[Vec<&str>]) -> Option<bool> {
    let element = |items: &Items, text: &str| items.items.iter().any(|item| glob(&item.text, text)) != items.negated;
    if !element(statement.actions.as_ref()?, action) || !element(statement.resources.as_ref()?, resource) {
        return Some(false);
    }
    let mut sure = statement.gap.is_none();
    for condition in &statement.conditions {
        let at = KEYS.iter().position(|key| **key == *condition.key)?;
        match holds(condition, &keys[at]) {
            Some(false) => return Some(false),
            Some(true) => {}
            None => sure = false,
        }
    }
    sure.then_some(true)
}

/// Whether one request is allowed, as far as source says.
fn allowed(allow: &Statement, denies: &[Statement], action: &str, resource: &str, keys: &[Vec<&str>]) -> Truth {
    let truth = |applies: Option<bool>| applies.map_or(Truth::Unknown, Truth::from);
    let denied = Truth::any(denies.iter().map(|deny| truth(applies(deny, action, resource, keys))));
    truth(applies(allow, action, resource, keys)).and(denied.opposite())
}

fn judged(allow: &Statement, denies: &[Statement], action: &str) -> witness::Verdict {
    let all: Vec<(&Statement, bool)> = denies.iter().map(|deny| (deny, true)).collect();
    let caller = Caller::new(Who::Holder, Request::open());
    witness::left(Grant::of(allow), &all, &Question::anywhere(&caller, action))
}

/// A statement in short, for messages.
fn short(statement: &Statement) -> String {
    let list = |items: &Items| {
        let texts: Vec<&str> = items.items.iter().map(|item| &*item.text).collect();
        format!("{}{texts:?}", if items.negated { "not " } else { "" })
    };
    let of = |items: &Option<Items>| items.as_ref().map(list).unwrap_or_default();
    let conditions: Vec<String> = statement
        .conditions
        .iter()
        .map(|one| format!("{} {} {:?}", one.operator, one.key, one.values.iter().map(|value| &*value.text).collect::<Vec<_>>()))
        .collect();
    let gap = if statement.gap.may_narrow() { " and ?" } else { "" };
    format!("{:?} {} on {} if {conditions:?}{gap}", statement.effect, of(&statement.actions), of(&statement.resources))
}

/// The same cases in each run, and others in a long one.
fn seed() -> RngSeed {
    if std::env::var_os("ACCESS_CASES").is_some() { RngSeed::Random } else { RngSeed::Fixed(13) }
}

/// How many cases; `ACCESS_CASES` sets more.
fn cases() -> u32 {
    std::env::var("ACCESS_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(300)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, rng_seed: seed(), ..ProptestConfig::default() })]

    #[test]
    fn verdicts_are_those_of_trying_everything(
        allow in any_statement(Effect::Allow),
        denies in prop::collection::vec(any_statement(Effect::Deny), 0..=3),
        action in prop::sample::select(&["s:Get", "s:Put"][..]),
    ) {
        let verdict = judged(&allow, &denies, action);
        let tried: Vec<Truth> = universe().iter().map(|(resource, keys)| allowed(&allow, &denies, action, resource, keys)).collect();
        let some = Truth::any(tried.iter().copied());
        let told = std::iter::once(&allow).chain(&denies).map(short).collect::<Vec<_>>().join("\n");
        // Whatever is allowed in the small universe is in the large one.
        prop_assert!(!(verdict.some == Truth::No && some.certainly()), "No, but some request is allowed\n{told}");
        // The universe has a request for every way in which these texts can differ.
        prop_assert!(!(verdict.some == Truth::Yes && some == Truth::No), "Yes, but no request is allowed: {:?}\n{told}", verdict.example);
        let is_known = allow.gap.is_none() && denies.iter().all(|deny| deny.gap.is_none());
        prop_assert!(!is_known || verdict.some != Truth::Unknown || some == Truth::Unknown, "Unknown, and it is {some:?}\n{told}");
        if let Some(example) = verdict.example {
            let resource = example.resource.as_exact().unwrap_or_default().to_owned();
            let values = |key: &&str| match example.request.get(key) {
                Carried::Values(values) => values.iter().map(|value| value.to_string()).collect(),
                _ => Vec::<String>::new(),
            };
            let keys: Vec<Vec<String>> = KEYS.iter().map(values).collect();
            let keys: Vec<Vec<&str>> = keys.iter().map(|values| values.iter().map(String::as_str).collect()).collect();
            prop_assert!(allowed(&allow, &denies, action, &resource, &keys).certainly(), "the example is not allowed: {resource} {keys:?}\n{told}");
        }
    }
}

/// The rows that need no cap: what is left of an Allow beside a Deny.
#[test]
fn what_a_deny_leaves() {
    let all = || items(false, &["*"]);
    let allow = statement(Effect::Allow, all(), all(), Vec::new());
    let deny = |actions: Items, resources: Items, conditions: Vec<Condition>| vec![statement(Effect::Deny, actions, resources, conditions)];
    let some = |denies: &[Statement], action: &str| judged(&allow, denies, action).some;
    let but_reads = deny(items(true, &["s3:GetObject"]), all(), Vec::new());
    assert_eq!((some(&but_reads, "iam:AttachRolePolicy"), some(&but_reads, "s3:GetObject")), (Truth::No, Truth::Yes));
    let but_app = deny(all(), items(true, &["app-*"]), Vec::new());
    let example = judged(&allow, &but_app, "s3:GetObject").example.unwrap();
    assert!(Pattern::parse("app-*", Mode::WILDCARDS).includes(&example.resource, Case::Sensitive).certainly());
    let without_tls = deny(all(), all(), vec![condition("Bool", "aws:SecureTransport", &["false"])]);
    assert_eq!(some(&without_tls, "s3:GetObject"), Truth::Yes);
    // Each of two Denies leaves something, and both together nothing.
    let halves = [deny(all(), items(false, &["a*"]), Vec::new()), deny(all(), items(true, &["a*"]), Vec::new())].concat();
    assert_eq!(some(&halves, "s3:GetObject"), Truth::No);
}

#[test]
fn many_denies_are_searched_and_not_multiplied() {
    let all = || items(false, &["*"]);
    let allow = statement(Effect::Allow, all(), all(), Vec::new());
    let keys: Vec<String> = (0..60).map(|n| format!("aws:PrincipalTag/k{n}")).collect();
    let deny = |key: &String| {
        statement(
            Effect::Deny,
            all(),
            all(),
            vec![condition("StringNotEquals", key, &["x"]), condition("StringNotEquals", "aws:PrincipalTag/other", &["y"])],
        )
    };
    let denies: Vec<Statement> = keys.iter().map(deny).collect();
    assert_eq!(judged(&allow, &denies, "s3:GetObject").some, Truth::Yes);
}
