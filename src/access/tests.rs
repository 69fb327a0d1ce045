//! The search against an evaluator that is written straight from the documentation and tries every request of a small universe.

use std::cell::Cell;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestError, TestRunner};

use self::naive::{Naive, Without};
use super::judge::{Decision, Policies};
use super::{Caller, Part, Question, Who};
use crate::eval::unknown::{Reason, Unknown};
use crate::policy::pattern::{Case, Mode, Pattern};
use crate::policy::request::{Carried, Request};
use crate::policy::{Condition, Effect, Gap, Item, Items, Place, Principal, PrincipalKind, Principals, Statement};
use crate::source::Span;
use crate::truth::Truth;

mod naive;

/// What requests of the universe are on, and one that no pattern names.
const RESOURCES: &[&str] = &["a", "ab", "abb", "b", "c", "xb", "zzz"];
/// And what they carry of each key: any of these values, or none of them.
const VALUES: &[&str] = &["x", "y", "xy", "x*", "other"];
const KEYS: &[&str] = &["k:one", "k:two"];

const PLAIN: &[&str] = &["StringEquals", "StringNotEquals", "StringLike", "StringNotLike"];
const OTHERS: &[&str] = &[
    "StringEqualsIfExists",
    "StringNotEqualsIfExists",
    "StringLikeIfExists",
    "ForAllValues:StringEquals",
    "ForAnyValue:StringEquals",
    "ForAllValues:StringNotLike",
    "ForAnyValue:StringLike",
    "ForAnyValue:StringNotEquals",
    "Null",
];

fn unknown() -> Unknown {
    Unknown::new(Reason::Cycle("x".into()), Span::default())
}

fn item(text: &str) -> Item {
    Item { pattern: Pattern::parse(text, Mode::WILDCARDS), place: Place::default(), text: text.into() }
}

fn items(negated: bool, texts: &[&str]) -> Items {
    Items { negated, key: Place::default(), items: texts.iter().map(|text| item(text)).collect(), gap: None }
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

/// A third and more of the conditions are of the kinds that are easily got wrong: sets, IfExists, Null, variables.
fn any_condition() -> impl Strategy<Value = Condition> {
    let operators = prop_oneof![3 => prop::sample::select(PLAIN), 2 => prop::sample::select(OTHERS)];
    let values = prop::sample::subsequence(vec!["x", "y", "x*"], 1..=2);
    let parts = (operators, prop::sample::select(KEYS), values, any::<bool>(), prop::bool::weighted(0.1), prop::bool::weighted(0.04));
    parts.prop_map(|(operator, key, mut values, flag, with_variable, with_gap)| {
        let own = if key == KEYS[0] { "${k:two}" } else { "${k:one}" };
        if operator == "Null" {
            values = vec![if flag { "true" } else { "false" }];
        } else if with_variable {
            values = vec![own];
        }
        let gap = with_gap.then(|| unknown().into());
        Condition { gap, ..Condition::of(operator, key, &values) }
    })
}

fn any_items(texts: &'static [&'static str], most_unknown: f64) -> impl Strategy<Value = Items> {
    let texts = prop::sample::subsequence(texts, 1..=2);
    (prop::bool::weighted(0.3), texts, prop::bool::weighted(most_unknown))
        .prop_map(|(negated, texts, with_gap)| Items { gap: with_gap.then(|| unknown().into()), ..items(negated, &texts) })
}

fn any_statement(effect: Effect) -> impl Strategy<Value = Statement> {
    // Denies reach further than Allows: as often as not they leave nothing.
    let denies = effect == Effect::Deny;
    let actions = any_items(&["sqs:*", "sqs:*", "sqs:Get", "sqs:Put", "sqs:Other"], 0.03);
    let resources = any_items(if denies { &["*", "*", "a*", "b", "?b"] } else { &["*", "a*", "b", "a", "?b", "c"] }, 0.03);
    let conditions = prop::collection::vec(any_condition(), if denies { 0..=1 } else { 0..=2 });
    (actions, resources, conditions, prop::bool::weighted(0.06)).prop_map(move |(actions, resources, conditions, with_gap)| {
        let gap = if with_gap { Gap::of_conditions(unknown().into()) } else { Gap::default() };
        Statement { gap, ..statement(effect, actions, resources, conditions) }
    })
}

/// What is fixed of the caller's requests.
#[derive(Clone, Copy, Debug)]
enum Fixed {
    Nothing,
    Value,
    Absent,
}

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Requester {
    Holder,
    User,
    Session,
}

/// Whom a statement of the resource's policy names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum To {
    User,
    Role,
    Session,
    Account,
    Others,
}

const USER: &str = "arn:aws:iam::111111111111:user/ana";
const SESSION: &str = "arn:aws:sts::111111111111:assumed-role/ci/build";

impl To {
    fn arn(self) -> &'static str {
        match self {
            To::User => USER,
            To::Role => "arn:aws:iam::111111111111:role/team/ci",
            To::Session => SESSION,
            To::Account => "arn:aws:iam::111111111111:root",
            To::Others => "arn:aws:iam::222222222222:root",
        }
    }
}

#[derive(Clone, Debug)]
struct Granted {
    to: To,
    statement: Statement,
}

#[derive(Clone, Debug)]
struct Asked {
    requester: Requester,
    allows: Vec<Statement>,
    denies: Vec<Statement>,
    /// What caps the caller and the account.
    caps: Vec<(Part, Vec<Statement>)>,
    resource: Vec<Granted>,
    action: &'static str,
    resources: &'static [&'static str],
    fixed: Fixed,
}

fn any_question() -> impl Strategy<Value = Asked> {
    let resources: &[&'static [&'static str]] = &[&["*"], &["*"], &["a*"], &["b", "zzz"]];
    let fixed = prop::sample::select(&[Fixed::Nothing, Fixed::Nothing, Fixed::Value, Fixed::Absent][..]);
    let allows = prop::collection::vec(any_statement(Effect::Allow), 1..=3);
    let denies = prop::collection::vec(any_statement(Effect::Deny), 1..=5);
    let action = prop::sample::select(&["sqs:Get", "sqs:Put"][..]);
    let parts = (allows, denies, action, prop::sample::select(resources), fixed);
    parts.prop_map(|(allows, denies, action, resources, fixed)| {
        let (requester, caps, resource) = (Requester::Holder, Vec::new(), Vec::new());
        Asked { requester, allows, denies, caps, resource, action, resources, fixed }
    })
}

/// One policy, as often as not with a Deny.
fn any_cap() -> impl Strategy<Value = Vec<Statement>> {
    let parts = (prop::collection::vec(any_statement(Effect::Allow), 1..=2), prop::option::weighted(0.3, any_statement(Effect::Deny)));
    parts.prop_map(|(allows, deny)| allows.into_iter().chain(deny).collect())
}

/// The same questions of callers with boundaries, sessions and organizations, at resources with a policy.
fn any_capped_question() -> impl Strategy<Value = Asked> {
    let requester = prop::sample::select(&[Requester::Holder, Requester::User, Requester::Session][..]);
    let cap = |part: Part, often: f64| prop::option::weighted(often, any_cap()).prop_map(move |cap| cap.map(|cap| (part, cap)));
    let caps = (
        cap(Part::Boundary, 0.7),
        cap(Part::Session, 0.1),
        cap(Part::ServiceControl(0), 0.3),
        cap(Part::ServiceControl(1), 0.2),
        cap(Part::ResourceControl(0), 0.15),
        cap(Part::Endpoint, 0.05),
    );
    let to = prop::sample::select(&[To::User, To::Role, To::Session, To::Account, To::Others][..]);
    let resource = prop::collection::vec((to, any_statement(Effect::Allow)), 0..=2);
    // Most callers may do all that is asked for, so that it is the caps that decide.
    (any_question(), requester, caps, resource, prop::bool::weighted(0.7)).prop_map(|(mut asked, requester, caps, resource, is_wide)| {
        asked.denies.truncate(usize::from(!is_wide));
        if is_wide {
            asked.allows = vec![statement(Effect::Allow, items(false, &["sqs:*"]), items(false, &["*"]), Vec::new())];
        }
        asked.requester = requester;
        let (boundary, session, root, unit, resources, endpoint) = caps;
        asked.caps = [boundary, session, root, unit, resources, endpoint].into_iter().flatten().collect();
        let granted =
            resource.into_iter().map(|(to, statement)| Granted { to, statement: Statement { principals: Some(naming(to)), ..statement } });
        asked.resource = if requester == Requester::Holder { Vec::new() } else { granted.collect() };
        asked
    })
}

fn naming(to: To) -> Principals {
    let principal = Principal { kind: PrincipalKind::Aws, item: item(to.arn()) };
    Principals { negated: false, key: Place::default(), items: vec![principal], gap: None }
}

impl Asked {
    /// All statements, with their parts.
    fn statements(&self) -> Vec<(Part, &Statement)> {
        let own = self.allows.iter().chain(&self.denies).map(|one| (Part::Identity, one));
        let caps = self.caps.iter().flat_map(|(part, cap)| cap.iter().map(move |one| (*part, one)));
        own.chain(caps).chain(self.resource.iter().map(|granted| (Part::Resource, &granted.statement))).collect()
    }

    fn judged(&self) -> Decision {
        let of = |arn: &str| Principal { kind: PrincipalKind::Aws, item: item(arn) };
        let (user, session) = (of(USER), of(SESSION));
        let who = match self.requester {
            Requester::Holder => Who::Holder,
            Requester::User => Who::Named(&user),
            Requester::Session => Who::Named(&session),
        };
        let caller = Caller::new(who, Request::open());
        let caller = match self.fixed {
            Fixed::Nothing => caller,
            Fixed::Value => caller.with(KEYS[1], "x"),
            Fixed::Absent => caller.without(KEYS[1]),
        };
        let resources = self.resources.iter().map(|text| Pattern::parse(text, Mode::WILDCARDS)).collect();
        Policies::of_statements(self.statements()).judge(&Question::new(&caller, self.action, resources))
    }

    /// In short, for messages.
    fn told(&self) -> String {
        let to = |one: &Statement| {
            one.principals.as_ref().and_then(|principals| principals.items.first()).map(|first| first.item.text.to_string())
        };
        let told = |(part, one): (Part, &Statement)| format!("{part:?} {} {}", to(one).unwrap_or_default(), short(one));
        let all: Vec<String> = self.statements().into_iter().map(told).collect();
        format!("{:?}: {} on {:?}, {:?}\n{}", self.requester, self.action, self.resources, self.fixed, all.join("\n"))
    }
}

/// A statement in short, for messages.
fn short(statement: &Statement) -> String {
    let list = |items: &Items| {
        let texts: Vec<&str> = items.items.iter().map(|item| &*item.text).collect();
        format!("{}{texts:?}{}", if items.negated { "not " } else { "" }, if items.gap.is_some() { " and ?" } else { "" })
    };
    let of = |items: &Option<Items>| items.as_ref().map(list).unwrap_or_default();
    let values = |one: &Condition| one.values.iter().map(|value| value.text.to_string()).collect::<Vec<String>>();
    let more = |one: &Condition| if one.gap.is_some() { " and ?" } else { "" };
    let conditions: Vec<String> =
        statement.conditions.iter().map(|one| format!("{} {} {:?}{}", one.operator, one.key, values(one), more(one))).collect();
    let gap = if statement.gap.may_narrow() { " and ?" } else { "" };
    format!("{:?} {} on {} if {conditions:?}{gap}", statement.effect, of(&statement.actions), of(&statement.resources))
}

/// How questions ended.
#[derive(Default)]
struct Ends {
    asked: Cell<u32>,
    allowed: Cell<u32>,
    denied_by_statement: Cell<u32>,
    denied_by_absence: Cell<u32>,
    unknown: Cell<u32>,
    gave_up: Cell<u32>,
    /// Of those that no Deny alone decides: what would be allowed without the boundary, and without the organization.
    by_boundary: Cell<u32>,
    by_organization: Cell<u32>,
}

fn count(cell: &Cell<u32>) {
    cell.set(cell.get() + 1);
}

/// How many cases; `ACCESS_CASES` sets more, which differ from run to run.
fn cases() -> Option<u32> {
    std::env::var("ACCESS_CASES").ok().and_then(|cases| cases.parse().ok())
}

/// Puts as many questions as are asked for, and says how they ended.
fn put<S: Strategy<Value = Asked>>(questions: &S) -> [f64; 7] {
    let rng_seed = if cases().is_some() { RngSeed::Random } else { RngSeed::Fixed(13) };
    let config = Config { cases: cases().unwrap_or(200), failure_persistence: None, rng_seed, ..Config::default() };
    let ends = Ends::default();
    let outcome = TestRunner::new(config).run(questions, |asked| compare(&asked, &ends));
    if let Err(TestError::Fail(reason, _)) = &outcome {
        panic!("{reason}");
    }
    assert!(outcome.is_ok());
    let share = |cell: &Cell<u32>| f64::from(cell.get()) / f64::from(ends.asked.get());
    let all = [
        &ends.allowed,
        &ends.denied_by_statement,
        &ends.denied_by_absence,
        &ends.unknown,
        &ends.gave_up,
        &ends.by_boundary,
        &ends.by_organization,
    ];
    let shares = all.map(share);
    let [allowed, by_statement, by_absence, unknown, gave_up, by_boundary, by_organization] = shares;
    println!(
        "{} questions: {allowed:.3} allowed, {by_statement:.3} denied by statement, {by_absence:.3} by absence, {unknown:.3} unknown, {gave_up:.4} given up, {by_boundary:.3} denied by a boundary, {by_organization:.3} by an organization",
        ends.asked.get()
    );
    shares
}

#[test]
fn decisions_are_those_of_trying_everything() {
    let [allowed, by_statement, by_absence, _, gave_up, _, _] = put(&any_question());
    assert!(allowed >= 0.15 && by_statement >= 0.15 && by_absence >= 0.15 && gave_up < 0.01);
}

#[test]
fn capped_decisions_are_those_of_trying_everything() {
    let [allowed, _, _, _, gave_up, by_boundary, by_organization] = put(&any_capped_question());
    assert!(allowed >= 0.1 && by_boundary >= 0.15 && by_organization >= 0.15 && gave_up < 0.01);
}

fn compare(asked: &Asked, ends: &Ends) -> Result<(), TestCaseError> {
    let decision = asked.judged();
    let (naive, documented) = (Naive::of(asked), Naive::documented(asked));
    let told = || format!("{decision:?}\n{}", asked.told());
    count(&ends.asked);
    count(match documented.some() {
        Truth::Yes => &ends.allowed,
        Truth::No if documented.is_allowed_without(Without::Denies) => &ends.denied_by_statement,
        Truth::No => &ends.denied_by_absence,
        Truth::Unknown => &ends.unknown,
    });
    for (what, cell) in [(Without::Boundary, &ends.by_boundary), (Without::Organization, &ends.by_organization)] {
        if documented.some() == Truth::No && documented.is_allowed_without(what) {
            count(cell);
        }
    }
    if decision.gave_up {
        count(&ends.gave_up);
        return Ok(());
    }
    let [some, every] = [naive.some(), naive.every()];
    prop_assert!([some, documented.some()].contains(&decision.some), "some: trying everything says {some:?}\n{}", told());
    prop_assert!([every, documented.every()].contains(&decision.every), "every: trying everything says {every:?}\n{}", told());
    if let Some(example) = &decision.example {
        let resource = example.resource.as_exact().unwrap_or_default();
        let keys = KEYS.iter().map(|key| match example.request.get(key) {
            Carried::Values(values) => values.iter().map(ToString::to_string).collect(),
            _ => Vec::new(),
        });
        prop_assert!(naive::allows(asked, resource, &keys.collect::<Vec<Vec<String>>>()), "the example is not allowed\n{}", told());
    }
    let statements = asked.statements();
    let deciding = |effect| decision.by.iter().all(|at| statements.get(*at).is_some_and(|(_, one)| one.effect == effect));
    match decision.some {
        Truth::Yes => prop_assert!(decision.by.len() == 1 && deciding(Some(Effect::Allow)), "not by an Allow\n{}", told()),
        Truth::No if documented.is_allowed_without(Without::Denies) => {
            prop_assert!(!decision.by.is_empty() && deciding(Some(Effect::Deny)), "not by a Deny\n{}", told());
        }
        Truth::No if naive.is_allowed_without(Without::Denies) => {}
        Truth::No => prop_assert!(decision.by.is_empty(), "by something\n{}", told()),
        Truth::Unknown => {}
    }
    Ok(())
}

fn left(allow: &Statement, denies: &[Statement], action: &str) -> Decision {
    let caller = Caller::new(Who::Holder, Request::open());
    let statements: Vec<&Statement> = std::iter::once(allow).chain(denies).collect();
    Policies::of_statements(statements.iter().map(|statement| (Part::Identity, *statement))).judge(&Question::anywhere(&caller, action))
}

/// The rows that need no cap: what is left of an Allow beside a Deny.
#[test]
fn what_a_deny_leaves() {
    let all = || items(false, &["*"]);
    let allow = statement(Effect::Allow, all(), all(), Vec::new());
    let deny = |actions: Items, resources: Items, conditions: Vec<Condition>| vec![statement(Effect::Deny, actions, resources, conditions)];
    let some = |denies: &[Statement], action: &str| left(&allow, denies, action).some;
    let but_reads = deny(items(true, &["s3:GetObject"]), all(), Vec::new());
    assert_eq!((some(&but_reads, "iam:AttachRolePolicy"), some(&but_reads, "s3:GetObject")), (Truth::No, Truth::Yes));
    let but_app = deny(all(), items(true, &["app-*"]), Vec::new());
    let example = left(&allow, &but_app, "s3:GetObject").example.unwrap();
    assert!(Pattern::parse("app-*", Mode::WILDCARDS).includes(&example.resource, Case::Sensitive).certainly());
    let without_tls = deny(all(), all(), vec![Condition::of("Bool", "aws:SecureTransport", &["false"])]);
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
            vec![Condition::of("StringNotEquals", key, &["x"]), Condition::of("StringNotEquals", "aws:PrincipalTag/other", &["y"])],
        )
    };
    let denies: Vec<Statement> = keys.iter().map(deny).collect();
    assert_eq!(left(&allow, &denies, "s3:GetObject").some, Truth::Yes);
}
