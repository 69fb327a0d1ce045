use proptest::prelude::*;

use super::*;
use crate::catalog::action;
use crate::policy::pattern::{Hole, Mode};

fn parsed(text: &str) -> Pattern {
    Pattern::parse(text, Mode::ALL)
}

/// What an action takes in a statement that names nothing and does nothing else.
fn shown(name: &str) -> Option<String> {
    takes(action(name).unwrap(), &[], &[]).text()
}

fn on(name: &str, resource: &str) -> Truth {
    works_on(action(name).unwrap(), &parsed(resource))
}

#[test]
fn the_service_is_read_where_it_is_written_out() {
    let partition = Hole { id: None, class: HoleClass::Word };
    let held = PatternBuilder::new().text("arn:", Mode::ALL).hole(partition).text(":s3:::b", Mode::ALL).finish();
    assert_eq!(written_service(&held), Some("s3"));
    assert_eq!(written_service(&parsed("arn:aws:sqs:eu-west-1:111111111111:q")), Some("sqs"));
    for open in ["arn:*:s3:::b", "arn:aws:s*:::b", "arn:aws:s3", "*", "${aws:PrincipalTag/x}:aws:s3:::b", "arn:a?s:s3:::b"] {
        assert_eq!(written_service(&parsed(open)), None, "{open}");
    }
}

#[test]
fn every_reading_of_a_template_is_one_in_any_way() {
    // A part that may be any word is the same word in both.
    let text = |set: &Pattern| parsed(&set.to_string().replace('…', "x"));
    for template in BY_SERVICE.values().flatten() {
        let whole = readings::with(template, IN_ANY_WAY, text).unwrap();
        for ((region, account), name) in MISPLACED.iter().flat_map(|way| [Name::Whole, Name::Short].map(|name| (*way, name))) {
            let Some(one) = readings::with(template, How { region, account, name }, text) else { continue };
            assert!(whole.includes(&one, Case::Sensitive).certainly(), "{whole} of {template}, {one}");
        }
    }
}

#[test]
fn buckets_are_told_from_objects() {
    for (name, resource, answer) in [
        ("s3:ListBucket", "arn:aws:s3:::b", Truth::Yes),
        ("s3:ListBucket", "arn:aws:s3:::b/*", Truth::No),
        ("s3:ListBucket", "arn:aws:s3:::b*", Truth::Yes),
        ("s3:ListBucket", "arn:aws:s3:eu-west-1:111111111111:accesspoint/a", Truth::Yes),
        ("s3:GetObject", "arn:aws:s3:::b", Truth::No),
        ("s3:GetObject", "arn:aws:s3:::b/a/b", Truth::Yes),
        ("s3:GetObject", "arn:aws-cn:s3:::b/*", Truth::Yes),
        ("s3:GetObject", "arn:*:s3:::*", Truth::Yes),
        ("s3:GetObject", "arn:aws:sqs:eu-west-1:111111111111:q", Truth::No),
        ("s3:GetObject", "*", Truth::Yes),
    ] {
        assert_eq!(on(name, resource), answer, "{name} on {resource}");
    }
}

#[test]
fn names_may_have_slashes_where_aws_lets_them() {
    for (name, resource) in [
        ("iam:PassRole", "arn:aws:iam::111111111111:role/a/b/c"),
        ("ssm:GetParameter", "arn:aws:ssm:eu-west-1:111111111111:parameter/a/b"),
        ("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:eu-west-1:111111111111:secret:a/b-123456"),
        ("logs:PutLogEvents", "arn:aws:logs:*:*:log-group:/aws/lambda/x:*"),
        ("lambda:InvokeFunction", "arn:aws:lambda:eu-west-1:111111111111:function:x:live"),
        ("execute-api:Invoke", "arn:aws:execute-api:eu-west-1:111111111111:abc/prod/GET/"),
    ] {
        assert_eq!(on(name, resource), Truth::Yes, "{name} on {resource}");
    }
    assert_eq!(on("logs:PutLogEvents", "arn:aws:logs:eu-west-1:111111111111:log-group:x"), Truth::No);
    assert_eq!(on("kms:Decrypt", "arn:aws:kms:eu-west-1:111111111111:alias/x"), Truth::No);
    // A stack is asked for before it has its id; a region where none belongs is not this question.
    assert_eq!(on("cloudformation:CreateStack", "arn:aws:cloudformation:eu-west-1:111111111111:stack/x"), Truth::Unknown);
    assert_eq!(on("s3:ListBucket", "arn:aws:s3:eu-west-1::b"), Truth::Unknown);
}

#[test]
fn an_action_for_everything_does_not_match_a_single_thing() {
    for (resource, answer) in [
        ("*", Truth::Yes),
        ("arn:aws:dynamodb:eu-west-1:111111111111:table/x", Truth::No),
        ("arn:aws:dynamodb:eu-west-1:111111111111:table/*", Truth::Unknown),
        ("arn:aws:dynamodb:*:*:*", Truth::Unknown),
        ("arn:aws:dynamodb:eu-west-1:111111111111:table/x/*", Truth::No),
        ("arn:aws:sqs:*:*:*", Truth::No),
    ] {
        assert_eq!(on("dynamodb:ListTables", resource), answer, "{resource}");
    }
}

#[test]
fn what_source_does_not_give_may_be_anything() {
    let hole = |class, id: Option<&str>| Hole { id: id.map(Into::into), class };
    let built = |class, id, after: &str| {
        PatternBuilder::new().text("arn:aws:s3:::", Mode::ALL).hole(hole(class, id)).text(after, Mode::ALL).finish()
    };
    let list = action("s3:ListBucket").unwrap();
    assert_eq!(works_on(list, &built(HoleClass::Any, None, "")), Truth::Unknown);
    assert_eq!(works_on(list, &built(HoleClass::Any, None, "/x")), Truth::No);
    assert_eq!(works_on(list, &built(HoleClass::Word, Some("b"), "/*")), Truth::No);
    assert_eq!(works_on(action("s3:GetObject").unwrap(), &built(HoleClass::Word, Some("b"), "")), Truth::No);
    assert_eq!(works_on(list, &Pattern::hole(hole(HoleClass::Any, None))), Truth::Unknown);
}

#[test]
fn what_does_not_belong_is_found() {
    let fault = |text: &str| misplaced(&parsed(text));
    assert_eq!(fault("arn:aws:iam:eu-west-1:111111111111:role/x"), Some(Misplaced::Region));
    assert_eq!(fault("arn:aws:s3:eu-west-1:111111111111:b"), Some(Misplaced::Both));
    assert_eq!(fault("arn:aws:s3::111111111111:b/*"), Some(Misplaced::Account));
    assert_eq!(fault("arn:aws:route53::111111111111:hostedzone/Z"), Some(Misplaced::Account));
    for good in [
        "arn:aws:s3:::b",
        "arn:aws:s3:eu-west-1:111111111111:accesspoint/a",
        "arn:aws:iam::*:role/x",
        "arn:aws:iam:*:*:role/x",
        "arn:aws:ssm:eu-west-1::parameter/aws/service/x",
        "arn:aws:brandnew:eu-west-1:111111111111:thing/x",
        "*",
    ] {
        assert_eq!(fault(good), None, "{good}");
    }
}

#[test]
fn one_thing_is_told_from_many() {
    for one in [
        &["arn:aws:sqs:eu-west-1:1:q"][..],
        &["arn:aws:s3:::b", "arn:aws:s3:::b/*"],
        &["arn:aws:dynamodb:*:1:table/t/index/*", "arn:aws:dynamodb:*:1:table/t"],
        &["arn:aws:dynamodb:*:1:table/t/*"],
        &["${aws_sqs_queue.q.arn}"],
        &[],
    ] {
        assert!(is_one_thing(one), "{one:?}");
    }
    for many in [
        &["*"][..],
        &["arn:aws:sqs:eu-west-1:1:*"],
        &["arn:aws:sqs:eu-west-1:*:q"],
        &["arn:aws:sqs:eu-west-1:1:q-*"],
        &["arn:aws:dynamodb:*:1:table/*"],
        &["arn:aws:s3:::b", "arn:aws:s3:::c"],
        &["arn:aws:s3:::b", "arn:aws:s3:::bc/*"],
    ] {
        assert!(!is_one_thing(many), "{many:?}");
    }
}

#[test]
fn names_that_are_missing_or_stand_for_nothing_are_seen() {
    for text in
        ["arn:aws:s3:::", "arn:aws:s3:::/*", "arn:aws:kms:eu-west-1:1:key/", "arn:aws:kms:::KEY_NOT_IN_USE", "arn:aws:ce:us-east-1:1:/GetX"]
    {
        assert!(is_unfinished(&parsed(text)), "{text}");
    }
    for text in ["arn:aws:s3:::b", "arn:aws:apigateway:eu-west-1::/restapis/x", "*", "arn:aws:route53:::hostedzone/Z1"] {
        assert!(!is_unfinished(&parsed(text)), "{text}");
    }
}

#[test]
fn examples_are_for_people() {
    assert_eq!(readable("arn:${Partition}:iam::${Account}:role/${RoleNameWithPath}"), "arn:aws:iam::ACCOUNT:role/ROLE-NAME-WITH-PATH");
    assert_eq!(shown("s3:GetObject").unwrap(), "`arn:aws:s3:::BUCKET-NAME/OBJECT-NAME`");
    assert_eq!(shown("s3:ListAllMyBuckets"), None);
    assert_eq!(shown("ssm:SendCommand").unwrap(), "`arn:aws:ssm:REGION:ACCOUNT:document/DOCUMENT-NAME`");
    assert!(shown("states:DescribeExecution").unwrap().contains(":execution:"));
    assert!(shown("execute-api:Invoke").unwrap().contains(":API-ID/STAGE/"));
    assert_eq!(shown("ec2:CreateTags").unwrap(), "`arn:aws:ec2:REGION:ACCOUNT:…`");
}

/// A template whose placeholders are filled in.
fn filled(template: &str, words: &[String]) -> String {
    let mut text = String::new();
    for (part, word) in arn_parts(template).zip(words.iter().cycle()) {
        text.push_str(match part {
            Part::Literal(literal) => literal,
            Part::Placeholder(_) => word,
        });
    }
    text
}

fn all_types() -> Vec<ResourceType> {
    services().flat_map(|service| service.resource_types().collect::<Vec<_>>()).collect()
}

proptest! {
    #[test]
    fn a_filled_template_is_of_its_type(at in any::<prop::sample::Index>(), words in prop::collection::vec("[a-z0-9-]{1,8}", 3)) {
        let types = all_types();
        let kind = at.get(&types);
        for template in kind.arns() {
            prop_assert_eq!(can_be(&parsed(&filled(template, &words)), *kind), Truth::Yes);
        }
    }

    /// A part of an ARN that becomes a wildcard or a hole never makes a no of what could be.
    #[test]
    fn opening_an_arn_never_rules_it_out(at in any::<prop::sample::Index>(), words in prop::collection::vec("[a-z0-9-]{1,8}", 3), cut in any::<prop::sample::Index>(), star in any::<bool>()) {
        let types = all_types();
        let kind = at.get(&types);
        let text = filled(kind.arns().next().unwrap(), &words);
        let (start, end) = { let a = cut.index(text.len() + 1); (a, (a + 3).min(text.len())) };
        let builder = PatternBuilder::new().text(&text[..start], Mode::ALL);
        let opened = if star { builder.text("*", Mode::WILDCARDS) } else { builder.hole(Hole { id: None, class: HoleClass::Any }) };
        prop_assert!(can_be(&opened.text(&text[end..], Mode::ALL).finish(), *kind).possibly());
    }

    /// What one type of an action can be, the action works on.
    #[test]
    fn an_action_works_on_what_its_types_can_be(at in any::<prop::sample::Index>(), words in prop::collection::vec("[a-z0-9-]{1,8}", 3)) {
        let all: Vec<Action> = services().flat_map(|service| service.actions()).collect();
        let action = at.get(&all);
        if let ResourceSupport::Types(kinds) = action.resources() {
            for template in kinds.flat_map(|kind| kind.resource_type().arns()) {
                prop_assert!(works_on(*action, &parsed(&filled(template, &words))).certainly());
            }
        }
    }
}

#[test]
fn what_an_action_takes_is_what_the_statement_is_about() {
    let text = |name: &str, own: &[&str], beside: &[&str]| {
        let own: Vec<Pattern> = own.iter().map(|own| parsed(own)).collect();
        let beside: Vec<Action> = beside.iter().map(|name| action(name).unwrap()).collect();
        takes(action(name).unwrap(), &own.iter().collect::<Vec<_>>(), &beside).text()
    };
    let alarm = text("cloudwatch:UntagResource", &["arn:aws:cloudwatch:eu-west-1:111111111111:alarm:*"], &[]).unwrap();
    assert_eq!(alarm, "`arn:aws:cloudwatch:REGION:ACCOUNT:alarm:ALARM-NAME`");
    let parameter = text("ssm:AddTagsToResource", &["*"], &["ssm:PutParameter", "ssm:AddTagsToResource"]).unwrap();
    assert!(parameter.starts_with("`arn:aws:ssm:REGION:ACCOUNT:parameter/") && !parameter.contains(" or "), "{parameter}");
    assert_eq!(text("ssm:AddTagsToResource", &["*"], &[]).unwrap(), "`arn:aws:ssm:REGION:ACCOUNT:…`");
    assert_eq!(text("cloudwatch:PutMetricData", &[], &[]), None);
    assert_eq!(text("glue:CreateTable", &[], &[]).unwrap().matches("arn:").count(), 3);
    let bucket = most_taken("s3:*", &[&parsed("arn:aws:s3:::*")]).unwrap();
    assert_eq!(bucket.text().unwrap(), "`arn:aws:s3:::BUCKET-NAME` and `arn:aws:s3:::BUCKET-NAME/OBJECT-NAME`");
    assert_eq!(most_taken("*", &[]), None);
}

#[test]
fn an_arn_is_ended_otherwise_for_what_is_in_it() {
    for (name, resource, end) in [
        ("s3:GetObject", "arn:aws:s3:::site", Some(OtherEnd::With("/*"))),
        ("s3:ListBucket", "arn:aws:s3:::site/*", Some(OtherEnd::Without("/*"))),
        ("logs:PutLogEvents", "arn:aws:logs:eu-west-1:111111111111:log-group:api", Some(OtherEnd::With(":*"))),
        ("kms:Decrypt", "arn:aws:kms:eu-west-1:111111111111:alias/site", None),
        ("s3:GetObject", "arn:aws:sqs:eu-west-1:111111111111:jobs", None),
    ] {
        assert_eq!(other_end(&parsed(resource), action(name).unwrap()), end, "{name} on {resource}");
    }
}
