//! AWS's own examples, then an evaluator that is written straight from the documentation against the real one.

use proptest::prelude::*;

use super::*;
use crate::eval::unknown::{Reason, Unknown};
use crate::policy::condition::OPERATORS;
use crate::policy::document::Place;
use crate::policy::pattern::Pattern;
use Truth::{No, Unknown as Unsure, Yes};

pub(in crate::policy) fn condition(operator: &str, key: &str, values: &[&str]) -> Condition {
    Condition::of(operator, key, values)
}

pub(in crate::policy) fn statement(conditions: Vec<Condition>) -> Statement {
    Statement {
        place: Place::default(),
        index: 0,
        sid: None,
        effect: None,
        effect_place: None,
        principals: None,
        actions: None,
        resources: None,
        conditions,
        gap: Gap::default(),
    }
}

fn request(keys: &[(&str, &[&str])]) -> Request {
    keys.iter().fold(Request::bare(), |request, (key, values)| {
        request.carrying(key, Carried::Values(values.iter().map(|value| (*value).into()).collect()))
    })
}

fn holds(operator: &str, key: &str, values: &[&str], keys: &[(&str, &[&str])]) -> Truth {
    condition(operator, key, values).holds(&request(keys))
}

/// "Condition operators", string condition operators.
#[test]
fn strings() {
    let tag = "aws:PrincipalTag/job-category";
    assert_eq!(holds("StringEquals", tag, &["iamuser-admin"], &[("AWS:principaltag/JOB-category", &["iamuser-admin"])]), Yes);
    assert_eq!(holds("StringEquals", tag, &["iamuser-admin"], &[(tag, &["iamuser-Admin"])]), No);
    assert_eq!(holds("StringEquals", tag, &["iamuser-admin"], &[]), No);
    assert_eq!(holds("StringEqualsIgnoreCase", tag, &["IAMUSER-admin"], &[(tag, &["iamuser-Admin"])]), Yes);
    assert_eq!(holds("StringNotEqualsIgnoreCase", tag, &["IAMUSER-admin"], &[(tag, &["iamuser-Admin"])]), No);
    assert_eq!(holds("StringEquals", tag, &["*"], &[(tag, &["x"])]), No);
    let prefix = ["", "home/", "home/${aws:username}/"];
    let with = |prefix: &'static [&'static str]| [("s3:prefix", prefix), ("aws:username", &["bob"][..])];
    assert_eq!(holds("StringEquals", "s3:prefix", &prefix, &with(&["home/bob/"])), Yes);
    assert_eq!(holds("StringEquals", "s3:prefix", &prefix, &with(&["home/eve/"])), No);
    assert_eq!(holds("StringLike", "s3:prefix", &["home/${aws:username}/*"], &with(&["home/bob/a/b"])), Yes);
    assert_eq!(holds("StringNotEquals", "aws:PrincipalTag/hr", &["a", "b"], &[("aws:PrincipalTag/hr", &["b"])]), No);
    assert_eq!(holds("StringNotEquals", "aws:PrincipalTag/hr", &["a", "b"], &[("aws:PrincipalTag/hr", &["c"])]), Yes);
    assert_eq!(holds("StringNotLike", "aws:PrincipalTag/hr", &["a*"], &[]), Yes);
}

/// "Condition operators", numeric, date, Boolean, binary and IP address condition operators.
#[test]
fn typed_values() {
    let keys = |value: &'static [&'static str]| [("s3:max-keys", value)];
    assert_eq!(holds("NumericLessThanEquals", "s3:max-keys", &["10"], &keys(&["10"])), Yes);
    assert_eq!(holds("NumericLessThanEquals", "s3:max-keys", &["10"], &keys(&["11"])), No);
    assert_eq!(holds("NumericLessThan", "s3:max-keys", &["10"], &keys(&["9.9"])), Yes);
    assert_eq!(holds("NumericGreaterThan", "s3:max-keys", &["10"], &keys(&["10"])), No);
    assert_eq!(holds("NumericNotEquals", "s3:max-keys", &["10"], &keys(&["10.0"])), No);
    assert_eq!(holds("NumericEquals", "s3:max-keys", &["ten"], &keys(&["10"])), No);
    assert_eq!(holds("NumericNotEquals", "s3:max-keys", &["ten"], &keys(&["10"])), Unsure);

    let issued = |value: &'static [&'static str]| [("aws:TokenIssueTime", value)];
    assert_eq!(holds("DateGreaterThan", "aws:TokenIssueTime", &["2020-01-01T00:00:01Z"], &issued(&["2020-01-01T00:00:02Z"])), Yes);
    assert_eq!(holds("DateGreaterThan", "aws:TokenIssueTime", &["2020-01-01T00:00:01Z"], &issued(&["1577836801"])), No);
    assert_eq!(holds("DateGreaterThanEquals", "aws:TokenIssueTime", &["2020-01-01T00:00:01Z"], &issued(&["1577836801"])), Yes);
    assert_eq!(holds("DateNotEquals", "aws:TokenIssueTime", &["2020-01-01"], &issued(&["2020-01-01T01:00:00+01:00"])), No);
    assert_eq!(holds("DateLessThan", "aws:TokenIssueTime", &["2020"], &issued(&["2019-01-01"])), Unsure);

    let transport = |value: &'static [&'static str]| [("aws:SecureTransport", value)];
    assert_eq!(holds("Bool", "aws:SecureTransport", &["false"], &transport(&["false"])), Yes);
    assert_eq!(holds("Bool", "aws:SecureTransport", &["false"], &transport(&["true"])), No);
    assert_eq!(holds("Bool", "aws:SecureTransport", &["false"], &[]), No);
    assert_eq!(holds("BoolIfExists", "aws:MultiFactorAuthPresent", &["true"], &[]), Yes);
    assert_eq!(holds("BinaryEquals", "k", &["QmluYXJ5VmFsdWVJbkJhc2U2NA=="], &[("k", &["QmluYXJ5VmFsdWVJbkJhc2U2NA=="])]), Yes);
    assert_eq!(holds("BinaryEquals", "k", &["QmluYXJ5VmFsdWVJbkJhc2U2NA=="], &[("k", &["ASIAIOSFODNN7EXAMPLE"])]), No);

    let from = |value: &'static [&'static str]| [("aws:SourceIp", value)];
    let blocks = ["203.0.113.0/24", "2001:DB8:1234:5678::/64"];
    assert_eq!(holds("IpAddress", "aws:SourceIp", &blocks, &from(&["203.0.113.9"])), Yes);
    assert_eq!(holds("IpAddress", "aws:SourceIp", &blocks, &from(&["2001:db8:1234:5678::1"])), Yes);
    assert_eq!(holds("NotIpAddress", "aws:SourceIp", &blocks, &from(&["203.0.113.9"])), No);
    assert_eq!(holds("NotIpAddress", "aws:SourceIp", &blocks, &from(&["203.0.114.9"])), Yes);
    assert_eq!(holds("NotIpAddress", "aws:SourceIp", &blocks, &[]), Yes);
}

/// "Condition operators", Amazon Resource Name (ARN) condition operators.
#[test]
fn arns() {
    let from = |value: &'static [&'static str]| [("aws:SourceArn", value)];
    let topic = from(&["arn:aws:sns:eu-west-1:111111111111:orders:eu"]);
    for operator in ["ArnEquals", "ArnLike"] {
        assert_eq!(holds(operator, "aws:SourceArn", &["arn:aws:sns:eu-west-1:111111111111:orders:eu"], &topic), Yes);
        assert_eq!(holds(operator, "aws:SourceArn", &["arn:aws:sns:*:111111111111:orders*"], &topic), Yes);
        assert_eq!(holds(operator, "aws:SourceArn", &["arn:*:*:*:*:*"], &topic), Yes);
        // A wildcard keeps to its component, but for the last.
        assert_eq!(holds(operator, "aws:SourceArn", &["arn:aws:sns:*:orders:eu:*"], &topic), No);
        assert_eq!(holds(operator, "aws:SourceArn", &["arn:aws:sns:*:eu"], &topic), Unsure);
        assert_eq!(holds(operator, "aws:SourceArn", &["arn:aws:sqs:*"], &topic), No);
        assert_eq!(holds(operator, "aws:SourceArn", &["*"], &topic), Yes);
    }
    assert_eq!(holds("StringLike", "aws:SourceArn", &["arn:aws:sns:*:eu"], &topic), Yes);
    assert_eq!(holds("ArnNotLike", "aws:SourceArn", &["arn:aws:sns:*:111111111111:*"], &topic), No);
    assert_eq!(holds("ArnNotEquals", "aws:SourceArn", &["arn:aws:sns:*:222222222222:*"], &topic), Yes);
}

/// "Condition operators", …IfExists and Null.
#[test]
fn presence() {
    let types = ["t1.*", "t2.*", "m3.*"];
    assert_eq!(holds("StringLikeIfExists", "ec2:InstanceType", &types, &[]), Yes);
    assert_eq!(holds("StringLikeIfExists", "ec2:InstanceType", &types, &[("ec2:InstanceType", &["t2.nano"])]), Yes);
    assert_eq!(holds("StringLikeIfExists", "ec2:InstanceType", &types, &[("ec2:InstanceType", &["m5.large"])]), No);
    let issued: [(&str, &[&str]); 1] = [("aws:TokenIssueTime", &["2020-01-01T00:00:00Z"])];
    assert_eq!(holds("Null", "aws:TokenIssueTime", &["true"], &[]), Yes);
    assert_eq!(holds("Null", "aws:TokenIssueTime", &["true"], &issued), No);
    assert_eq!(holds("Null", "aws:TokenIssueTime", &["false"], &[]), No);
    assert_eq!(holds("Null", "aws:TokenIssueTime", &["false"], &issued), Yes);
    assert_eq!(holds("Null", "aws:TokenIssueTime", &["true", "false"], &issued), Yes);
    assert_eq!(holds("Null", "aws:TokenIssueTime", &["maybe"], &issued), No);
    let open =
        |condition: Condition| [Carried::Present, Carried::Unknown].map(|carried| condition.holds(&Request::bare().carrying("k", carried)));
    assert_eq!(open(condition("Null", "k", &["false"])), [Yes, Unsure]);
    assert_eq!(open(condition("StringLike", "k", &["a", "*"])), [Yes, Unsure]);
    assert_eq!(open(condition("StringLikeIfExists", "k", &["*"])), [Yes, Yes]);
    assert_eq!(open(condition("StringNotLike", "k", &["*"])), [No, Unsure]);
    assert_eq!(open(condition("StringEquals", "k", &["a"])), [Unsure, Unsure]);
    assert_eq!(open(condition("StringMatches", "k", &["a"])), [Unsure, Unsure]);
}

/// "Multivalued context key examples" and "Single-valued vs. multivalued context keys".
#[test]
fn several_values() {
    let tags = |values: &'static [&'static str]| [("aws:TagKeys", values)];
    let not_key1 = |keys: &[(&str, &[&str])]| holds("ForAllValues:StringNotLike", "aws:TagKeys", &["key1*"], keys);
    assert_eq!(not_key1(&tags(&["key1:legal"])), No);
    assert_eq!(not_key1(&tags(&["key1:hr", "key1:personnel"])), No);
    assert_eq!(not_key1(&tags(&["key2:audit"])), Yes);
    assert_eq!(not_key1(&[]), Yes);
    let any = |keys: &[(&str, &[&str])]| holds("ForAnyValue:StringEquals", "aws:TagKeys", &["environment", "webserver"], keys);
    assert_eq!(any(&tags(&["costcenter", "webserver"])), Yes);
    assert_eq!(any(&tags(&["costcenter"])), No);
    assert_eq!(any(&tags(&[])), No);
    assert_eq!(any(&[]), No);
    assert_eq!(holds("ForAllValues:StringEquals", "aws:TagKeys", &["a"], &tags(&["a", "b"])), No);
    assert_eq!(holds("ForAllValues:StringEquals", "aws:TagKeys", &["a"], &tags(&[""])), Yes);
    assert_eq!(holds("ForAllValues:StringEquals", "aws:TagKeys", &["a"], &tags(&[])), Yes);
    assert_eq!(holds("StringEquals", "aws:TagKeys", &["a"], &tags(&["a", "b"])), Unsure);
    assert_eq!(holds("StringEquals", "aws:TagKeys", &["a"], &tags(&["b", "c"])), No);
    assert_eq!(holds("ForAnyValue:StringNotEquals", "aws:TagKeys", &["a"], &[]), No);
    assert_eq!(holds("ForAnyValue:StringNotEquals", "aws:TagKeys", &["a"], &tags(&["a", "b"])), Yes);
}

/// "Variables and tags".
#[test]
fn variables() {
    let team = |operator: &str, value: &str, keys: &[(&str, &[&str])]| holds(operator, "s3:ExistingObjectTag/Team", &[value], keys);
    let object: (&str, &[&str]) = ("s3:ExistingObjectTag/Team", &["yellow"]);
    let variable = "${aws:PrincipalTag/Team}";
    assert_eq!(team("StringEquals", variable, &[object, ("aws:principaltag/team", &["yellow"])]), Yes);
    assert_eq!(team("StringEquals", variable, &[object, ("aws:PrincipalTag/Team", &["red"])]), No);
    // Without a value it is null, which nothing is equal to or like.
    assert_eq!(team("StringEquals", variable, &[object]), No);
    assert_eq!(team("StringNotEquals", variable, &[object]), Yes);
    let company = "${aws:PrincipalTag/Team, 'company-wide'}";
    assert_eq!(team("StringEquals", company, &[("s3:ExistingObjectTag/Team", &["company-wide"])]), Yes);
    assert_eq!(team("StringEquals", "${aws:PrincipalTag/Team, company-wide}", &[("s3:ExistingObjectTag/Team", &["company-wide"])]), Unsure);
    // A request's text has no wildcards, and a policy's own are written so.
    assert_eq!(team("StringLike", variable, &[object, ("aws:PrincipalTag/Team", &["*"])]), No);
    assert_eq!(team("StringLike", "a${*}", &[("s3:ExistingObjectTag/Team", &["ab"])]), No);
    assert_eq!(team("StringLike", "a${*}${?}${$}", &[("s3:ExistingObjectTag/Team", &["a*?$"])]), Yes);
    // Only strings and ARNs have variables.
    assert_eq!(holds("Bool", "k", &["${v}"], &[("k", &["true"]), ("v", &["true"])]), No);
    let known = condition("StringEquals", "k", &["${v}"]);
    assert_eq!(known.holds(&Request::open().with("k", "a")), Unsure);
    assert_eq!(condition("StringLike", "k", &["x${v}"]).holds(&Request::open().with("k", "a")), No);
    assert_eq!(known.holds(&request(&[("k", &["a"]), ("v", &["a", "b"])])), Unsure);
    let old = Item { pattern: Pattern::parse("${v}", crate::policy::pattern::Mode::WILDCARDS), place: Place::default(), text: "".into() };
    assert_eq!(Condition { values: vec![old], ..known }.holds(&request(&[("k", &["a"]), ("v", &["a"])])), No);
}

/// What source does not give.
#[test]
fn unknown_values_and_conditions() {
    let gap = || Some(Arc::new(Unknown::new(Reason::Variable("v".into()), Default::default())));
    let request = request(&[("k", &["a"])]);
    let with_gap = |operator: &str, value: &str| Condition { gap: gap(), ..condition(operator, "k", &[value]) }.holds(&request);
    assert_eq!([with_gap("StringEquals", "a"), with_gap("StringEquals", "b")], [Yes, Unsure]);
    assert_eq!([with_gap("StringNotEquals", "a"), with_gap("StringNotEquals", "b")], [No, Unsure]);
    assert_eq!(Condition { gap: gap(), ..condition("StringEquals", "k", &[]) }.holds(&Request::bare()), No);
    let both = |second: &str| statement(vec![condition("StringEquals", "k", &["a"]), condition("StringLike", "K", &[second])]);
    assert_eq!(both("?").conditions_hold(&request), Yes);
    assert_eq!(both("b").conditions_hold(&request), No);
    let more =
        |second: &str| Statement { gap: gap().map_or_else(Gap::default, Gap::of_conditions), ..both(second) }.conditions_hold(&request);
    assert_eq!([more("?"), more("b")], [Unsure, No]);
}

/// The naive evaluator: one reading of what AWS leaves open, and plain answers.
#[derive(Clone, Copy, Debug)]
struct Reading {
    several_are_all: bool,
    mistyped_is_other: bool,
    empty_is_null: bool,
    set_decides_null: bool,
    none_is_absent: bool,
    short_arn_is_text: bool,
}

impl Reading {
    fn all() -> impl Iterator<Item = Reading> {
        (0..64u32).map(|bits| {
            let bit = |at: u32| bits & (1 << at) != 0;
            Reading {
                several_are_all: bit(0),
                mistyped_is_other: bit(1),
                empty_is_null: bit(2),
                set_decides_null: bit(3),
                none_is_absent: bit(4),
                short_arn_is_text: bit(5),
            }
        })
    }
}

/// A condition and a request as plain text.
#[derive(Clone, Debug)]
pub(in crate::policy) struct Written {
    pub operator: String,
    pub key: &'static str,
    pub values: Vec<String>,
}

impl Written {
    pub fn condition(&self) -> Condition {
        condition(&self.operator, self.key, &self.values.iter().map(String::as_str).collect::<Vec<_>>())
    }
}

type Keys = Vec<(&'static str, Vec<String>)>;

fn look_up<'k>(keys: &'k Keys, key: &str) -> Option<&'k Vec<String>> {
    keys.iter().find(|(name, _)| name.to_lowercase() == key.to_lowercase()).map(|(_, values)| values)
}

fn naive(written: &Written, keys: &Keys, reading: Reading) -> bool {
    let (set, rest) = written.operator.split_once(':').unwrap_or(("", &written.operator));
    let (base, if_exists) = rest.strip_suffix("IfExists").map_or((rest, false), |base| (base, true));
    let given = look_up(keys, written.key);
    if base == "Null" {
        let is_null = match given {
            None if !set.is_empty() && reading.set_decides_null => return set == "ForAllValues",
            None => true,
            Some(values) if values.is_empty() => true,
            Some(values) => values.len() == 1 && values[0].is_empty() && reading.empty_is_null,
        };
        return written.values.iter().any(|value| value == if is_null { "true" } else { "false" });
    }
    let negated = base.contains("Not");
    let one = |value: &String| {
        let mut matched = false;
        for policy in &written.values {
            match naive_match(base, policy, value, keys, reading) {
                Some(yes) => matched |= yes,
                None => matched |= negated && !reading.mistyped_is_other,
            }
        }
        matched != negated
    };
    let absent = match (if_exists, set) {
        (_, "ForAllValues") => true,
        (_, "ForAnyValue") => false,
        (true, _) => true,
        _ => negated,
    };
    let Some(values) = given else { return absent };
    if values.is_empty() {
        return match set {
            "ForAllValues" => true,
            "ForAnyValue" => false,
            _ if if_exists && reading.none_is_absent => true,
            _ => negated,
        };
    }
    let is_null = values.len() == 1 && values[0].is_empty();
    match set {
        "ForAllValues" => is_null || values.iter().all(one),
        "ForAnyValue" => !(is_null && reading.empty_is_null) && values.iter().any(one),
        _ if reading.several_are_all => values.iter().all(one),
        _ => values.iter().any(one),
    }
}

/// None where a value is not of the operator's type.
fn naive_match(base: &str, policy: &str, value: &str, keys: &Keys, reading: Reading) -> Option<bool> {
    if base.starts_with("String") || base.starts_with("Arn") {
        let wild = base.contains("Like") || base.starts_with("Arn");
        let Some(tokens) = tokens(policy, keys, wild) else { return Some(false) };
        let value: Vec<char> = value.chars().collect();
        if base.contains("IgnoreCase") {
            let lower = |text: &[Token]| text.iter().map(|token| token.lower()).collect::<Vec<Token>>();
            return Some(glob(&lower(&tokens), &value.iter().map(char::to_ascii_lowercase).collect::<Vec<char>>()));
        }
        if !base.starts_with("Arn") || tokens == [Token::Star] {
            return Some(glob(&tokens, &value));
        }
        let parts: Vec<&[Token]> = tokens.splitn(6, |token| *token == Token::Is(':')).collect();
        let given: Vec<&[char]> = value.splitn(6, |character| *character == ':').collect();
        if parts.len() < 6 {
            return Some(reading.short_arn_is_text && glob(&tokens, &value));
        }
        return Some(given.len() == 6 && parts.iter().zip(given).all(|(part, text)| glob(part, text)));
    }

    let ordered = |policy: f64, value: f64| match base.split_at(if base.starts_with("Date") { 4 } else { 7 }).1 {
        "Equals" | "NotEquals" => value == policy,
        "LessThan" => value < policy,
        "LessThanEquals" => value <= policy,
        "GreaterThan" => value > policy,
        _ => value >= policy,
    };
    if base.starts_with("Numeric") {
        let number = |text: &str| text.parse::<f64>().ok();
        return Some(ordered(number(policy)?, number(value)?));
    }
    if base.starts_with("Date") {
        let date = |text: &str| DATES.iter().find(|(name, _)| *name == text).map(|(_, seconds)| *seconds);
        return Some(ordered(date(policy)?, date(value)?));
    }
    match base {
        "Bool" => Some(policy.parse::<bool>().ok()? == value.parse::<bool>().ok()?),
        "BinaryEquals" => Some(policy == value),
        _ => {
            let address = |text: &str| {
                Some(text.parse::<std::net::Ipv4Addr>().ok()?.octets().iter().fold(0, |all, octet| all * 256 + u64::from(*octet)))
            };
            let (network, bits) = policy.split_once('/').unwrap_or((policy, "32"));
            let size = 1u64 << (32 - bits.parse::<u32>().ok()?);
            Some(address(network)? / size == address(value)? / size)
        }
    }
}

const DATES: &[(&str, f64)] = &[
    ("1", 1.0),
    ("2", 2.0),
    ("2020-01-01", 1_577_836_800.0),
    ("2020-01-01T00:00:01Z", 1_577_836_801.0),
    ("2020-01-01T01:00:00+01:00", 1_577_836_800.0),
    ("1577836801", 1_577_836_801.0),
];

#[derive(Clone, Copy, Debug, PartialEq)]
enum Token {
    Is(char),
    Star,
    One,
}

impl Token {
    fn lower(self) -> Token {
        match self {
            Token::Is(character) => Token::Is(character.to_ascii_lowercase()),
            other => other,
        }
    }
}

/// None where a variable has no value.
fn tokens(policy: &str, keys: &Keys, wild: bool) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = policy;
    while let Some(first) = rest.chars().next() {
        if let Some((inside, after)) = rest.strip_prefix("${").and_then(|rest| rest.split_once('}')) {
            let (key, default) = inside.split_once(", ").unwrap_or((inside, ""));
            let given = look_up(keys, key).map(|values| values[0].as_str());
            let default = default.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
            let text = if matches!(inside, "*" | "?" | "$") { inside } else { given.or(default)? };
            tokens.extend(text.chars().map(Token::Is));
            rest = after;
            continue;
        }
        tokens.push(match first {
            '*' if wild => Token::Star,
            '?' if wild => Token::One,
            other => Token::Is(other),
        });
        rest = &rest[first.len_utf8()..];
    }
    Some(tokens)
}

fn glob(tokens: &[Token], text: &[char]) -> bool {
    match tokens.split_first() {
        None => text.is_empty(),
        Some((Token::Star, rest)) => (0..=text.len()).any(|taken| glob(rest, &text[taken..])),
        Some((Token::One, rest)) => !text.is_empty() && glob(rest, &text[1..]),
        Some((Token::Is(one), rest)) => text.first() == Some(one) && glob(rest, &text[1..]),
    }
}

/// Values that are something for one type or another.
const VALUES: &[&str] = &[
    "",
    "a",
    "A",
    "ab",
    "b",
    "*",
    "a*",
    "true",
    "false",
    "1",
    "2",
    "1.5",
    "-1",
    "2020-01-01",
    "2020-01-01T00:00:01Z",
    "2020-01-01T01:00:00+01:00",
    "1577836801",
    "10.0.0.1",
    "10.0.1.1",
    "11.0.0.1",
    "arn:aws:s3:::b",
    "arn:aws:iam::1:role/b",
    "QQ==",
];

const ASKED: &[&str] = &[
    "",
    "a",
    "b",
    "*",
    "?",
    "a*",
    "?b",
    "*b*",
    "A*",
    "${v}",
    "${V}*",
    "${v, 'a'}",
    "a${*}",
    "true",
    "false",
    "1",
    "2",
    "1.5",
    "2020-01-01",
    "2020-01-01T00:00:01Z",
    "10.0.0.0/24",
    "10.0.0.0/8",
    "10.0.1.1",
    "0.0.0.0/0",
    "arn:aws:s3:::*",
    "arn:*:*:*:*:*",
    "arn:aws:*:role/b",
    "arn:aws:iam::*:role/${v}",
    "QQ==",
];

pub(in crate::policy) fn operators() -> impl Strategy<Value = String> {
    let names: Vec<&str> = OPERATORS.iter().map(|(name, _)| *name).collect();
    let set = prop::sample::select(vec!["", "", "ForAllValues:", "ForAnyValue:"]);
    (set, prop::sample::select(names), any::<bool>()).prop_map(|(set, name, if_exists)| {
        let suffix = if if_exists && name != "Null" { "IfExists" } else { "" };
        format!("{set}{name}{suffix}")
    })
}

fn asked() -> impl Strategy<Value = Written> {
    let values = prop::collection::vec(prop::sample::select(ASKED), 0..4);
    (operators(), prop::sample::select(vec!["k", "K"]), values).prop_map(|(operator, key, values)| {
        let is_text = operator.contains("String") || operator.contains("Arn");
        // Elsewhere `${v}` is text, which is of no type.
        let values = values.into_iter().filter(|value| is_text || !value.contains('$')).map(str::to_owned).collect();
        Written { operator, key, values }
    })
}

fn given() -> impl Strategy<Value = Keys> {
    let value = || prop::sample::select(VALUES).prop_map(str::to_owned);
    let of_key = prop_oneof![1 => Just(None), 4 => prop::collection::vec(value(), 1).prop_map(Some), 2 => prop::collection::vec(value(), 0..3).prop_map(Some)];
    let variable = prop::option::of(prop::sample::select(vec!["a", "b", "*", ""]));
    (of_key, variable).prop_map(|(of_key, variable)| {
        let variable = variable.map(|value| ("v", vec![value.to_owned()]));
        of_key.map(|values| ("k", values)).into_iter().chain(variable).collect()
    })
}

fn as_request(keys: &Keys) -> Request {
    let carried = |values: &Vec<String>| Carried::Values(values.iter().map(|value| value.as_str().into()).collect());
    keys.iter().fold(Request::bare(), |request, (key, values)| request.carrying(key, carried(values)))
}

/// The answer of all readings, if they agree.
fn expected(written: &[Written], keys: &Keys) -> Truth {
    let mut answers = Reading::all().map(|reading| written.iter().all(|one| naive(one, keys, reading)));
    let first = answers.next().unwrap();
    if answers.all(|answer| answer == first) { first.into() } else { Unsure }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases.max(2_000)))]

    #[test]
    fn as_the_naive_evaluator(written in asked(), keys in given()) {
        prop_assert_eq!(written.condition().holds(&as_request(&keys)), expected(std::slice::from_ref(&written), &keys));
    }

    /// What is said of a request that is not known is true of every one.
    #[test]
    fn nothing_known_contradicts_nothing_unknown(written in asked(), keys in given()) {
        let (condition, known) = (written.condition(), expected(std::slice::from_ref(&written), &keys));
        let agrees = |answer: Truth| answer == Unsure || known == Unsure || answer == known;
        prop_assert!(agrees(condition.holds(&Request::open())));
        let request = as_request(&keys).carrying("v", Carried::Unknown);
        prop_assert!(agrees(condition.holds(&request)));
        if look_up(&keys, "k").is_some_and(|values| !values.is_empty() && !values[0].is_empty()) {
            prop_assert!(agrees(condition.holds(&request.carrying("k", Carried::Present))));
        }
    }

    #[test]
    fn statements_as_the_naive_evaluator(written in prop::collection::vec(asked(), 0..4), keys in given()) {
        let statement = statement(written.iter().map(Written::condition).collect());
        let (answer, expected) = (statement.conditions_hold(&as_request(&keys)), expected(&written, &keys));
        // Readings are the same for all conditions of a statement, which single answers do not know.
        prop_assert!(answer == Unsure || expected == answer, "{:?} {:?}", answer, expected);
    }
}
