//! What access says of one request against another evaluator of IAM policies, the crate iam-rs.

use iam_rs::{Arn, Context, ContextValue, Decision, IAMPolicy, IAMRequest, Principal as Caller, PrincipalId, evaluate_policies};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestError, TestRunner};
use rolelint::access::{self, Part, Policies, Question, Who};
use rolelint::policy::pattern::Pattern;
use rolelint::policy::request::{Carried, Request};
use rolelint::policy::{Document, Item, Place, PolicyKind, Principal, PrincipalKind, file};
use rolelint::truth::Truth;
use serde_json::{Value, json};

const ROLE: &str = "arn:aws:iam::111111111111:role/ci";
const ACTIONS: &[&str] = &["s3:GetObject", "s3:PutObject", "s3:DeleteObject"];
const ON: &[&str] = &["arn:aws:s3:::app/a.txt", "arn:aws:s3:::app/home/ann/x", "arn:aws:s3:::logs/b"];
/// A key, and what requests carry of it: nothing, or one of these.
const KEYS: &[(&str, &[&str])] = &[
    ("aws:PrincipalTag/team", &["red", "blue", "re*"]),
    ("aws:username", &["ann", "bob"]),
    ("aws:PrincipalOrgID", &["o-aaaaaaaaaa", "o-bbbbbbbbbb"]),
];
const OPERATORS: &[&str] = &[
    "StringEquals",
    "StringNotEquals",
    "StringLike",
    "StringNotLike",
    "StringEqualsIgnoreCase",
    "StringEqualsIfExists",
    "StringNotEqualsIfExists",
    "StringLikeIfExists",
    "Null",
];
const VALUES: &[&str] = &["red", "RED", "r*", "?ed", "re*", "ann", "o-aaaaaaaaaa", "*"];

fn condition() -> impl Strategy<Value = (String, String, Vec<String>)> {
    let values = prop::sample::subsequence(VALUES, 1..=2);
    let key = prop::sample::select(KEYS);
    (prop::sample::select(OPERATORS), key, values, any::<bool>()).prop_map(|(operator, (key, _), values, flag)| {
        let values = if operator == "Null" { vec![flag.to_string()] } else { values.into_iter().map(str::to_owned).collect() };
        (operator.to_owned(), (*key).to_owned(), values)
    })
}

fn statement() -> impl Strategy<Value = Value> {
    let effect = prop::sample::select(&["Allow", "Allow", "Deny"][..]);
    let actions = prop::sample::subsequence(vec!["s3:*", "s3:Get*", "s3:PutObject", "S3:deleteobject", "ec2:*", "*"], 1..=2);
    let resources =
        vec!["*", "arn:aws:s3:::app/*", "arn:aws:s3:::*/?.txt", "arn:aws:s3:::app/home/${aws:username}/*", "arn:aws:s3:::logs/b"];
    let resources = prop::sample::subsequence(resources, 1..=2);
    let negated = (prop::bool::weighted(0.2), prop::bool::weighted(0.2));
    (effect, actions, resources, negated, prop::option::of(condition())).prop_map(|(effect, actions, resources, negated, condition)| {
        let (action, resource) = (if negated.0 { "NotAction" } else { "Action" }, if negated.1 { "NotResource" } else { "Resource" });
        let mut statement = json!({ "Effect": effect, action: actions, resource: resources });
        if let Some((operator, key, values)) = condition {
            statement["Condition"] = json!({ operator: { key: values } });
        }
        statement
    })
}

#[derive(Clone, Debug)]
struct Case {
    policies: Vec<Value>,
    /// What must allow beside them: a boundary, policies of the levels of an organization, a session's and an endpoint's. Often none.
    caps: Vec<(Part, Vec<Value>)>,
    action: &'static str,
    on: &'static str,
    carried: Vec<Option<&'static str>>,
}

fn policy() -> impl Strategy<Value = Value> {
    prop::collection::vec(statement(), 1..=3).prop_map(|statements| json!({ "Version": "2012-10-17", "Statement": statements }))
}

fn case() -> impl Strategy<Value = Case> {
    let carried: Vec<_> = KEYS.iter().map(|(_, values)| prop::option::of(prop::sample::select(*values))).collect();
    let cap = (prop::sample::select(CAPS), prop::collection::vec(policy(), 1..=2));
    let caps = prop::collection::vec(cap, 0..=2).prop_map(|caps| {
        let mut by_part: Vec<(Part, Vec<Value>)> = Vec::new();
        // One policy at each place but at a level of an organization, where several are attached.
        caps.into_iter().for_each(|(part, policies)| match part {
            Part::ServiceControl(_) => by_part.push((part, policies)),
            part => by_part.push((part, policies.into_iter().take(1).collect())),
        });
        by_part.sort_by_key(|(part, _)| format!("{part:?}"));
        by_part.dedup_by_key(|(part, _)| *part);
        by_part
    });
    let parts = (prop::collection::vec(policy(), 1..=2), caps, prop::sample::select(ACTIONS), prop::sample::select(ON), carried);
    parts.prop_map(|(policies, caps, action, on, carried)| Case { policies, caps, action, on, carried })
}

const CAPS: &[Part] = &[Part::Boundary, Part::ServiceControl(0), Part::ServiceControl(1), Part::Session, Part::Endpoint];

fn own(case: &Case) -> Truth {
    let caps = case.caps.iter().flat_map(|(part, policies)| policies.iter().map(|policy| (*part, policy)));
    let all = case.policies.iter().map(|policy| (Part::Identity, policy)).chain(caps);
    let document = |policy: &Value| file::detached(&policy.to_string(), PolicyKind::Identity, "policy").unwrap();
    let documents: Vec<(Part, Document)> = all.map(|(part, policy)| (part, document(policy))).collect();
    let item = Item { pattern: Pattern::exact(ROLE), place: Place::default(), text: ROLE.into() };
    let principal = Principal { kind: PrincipalKind::Aws, item };
    let keys = KEYS.iter().zip(&case.carried).filter_map(|((key, _), value)| Some((*key, (*value)?)));
    let request = keys.fold(Request::bare(), |request, (key, value)| request.carrying(key, Carried::Values(vec![value.into()])));
    let caller = access::Caller::new(Who::Named(&principal), request);
    let resources = vec![Pattern::exact(case.on)];
    let decision =
        Policies::of(documents.iter().map(|(part, document)| (*part, document))).judge(&Question::new(&caller, case.action, resources));
    assert_eq!(decision.some, decision.every, "one request is all of them");
    decision.some
}

/// The crate knows no caps: that every one of them must allow a request as well is AWS's word, and put together here ("How AWS enforcement code
/// logic evaluates requests" in the IAM User Guide).
fn other(case: &Case) -> Truth {
    let keys = KEYS.iter().zip(&case.carried).filter_map(|((key, _), value)| Some(((*key).to_owned(), (*value)?)));
    let context = keys.fold(Context::new(), |mut context, (key, value)| {
        context.insert(key, ContextValue::String(value.to_owned()));
        context
    });
    let caller = Caller::Aws(PrincipalId::String(ROLE.to_owned()));
    let request = IAMRequest::new_with_context(caller, case.action, Arn::parse(case.on).unwrap(), context);
    let allows = |policies: &[Value]| {
        let policies: Vec<IAMPolicy> = policies.iter().map(|policy| serde_json::from_value(policy.clone()).unwrap()).collect();
        matches!(evaluate_policies(&policies, &request).unwrap(), Decision::Allow)
    };
    (allows(&case.policies) && case.caps.iter().all(|(_, policies)| allows(policies))).into()
}

#[test]
fn iam_rs_decides_in_the_same_way() {
    let config = Config { cases: 400, failure_persistence: None, rng_seed: RngSeed::Fixed(13), ..Config::default() };
    let outcome = TestRunner::new(config).run(&case(), |case| {
        let (own, other) = (own(&case), other(&case));
        prop_assert!(own == other, "access says {own:?}, iam-rs {other:?}: {case:?}");
        Ok(())
    });
    if let Err(TestError::Fail(reason, _)) = &outcome {
        panic!("{reason}");
    }
    assert!(outcome.is_ok());
}
