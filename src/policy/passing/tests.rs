//! The questions by example, then against trying every short text.

use proptest::prelude::*;

use super::*;
use crate::policy::evaluate::tests::{condition, statement};
use crate::policy::pattern::{Hole, HoleClass, Mode, PatternBuilder};
use Truth::{No, Unknown, Yes};

fn pattern(text: &str) -> Pattern {
    Pattern::parse(text, Mode::WILDCARDS)
}

/// One condition after another: operator and values.
fn on_k(conditions: &[(&str, &[&str])]) -> Statement {
    statement(conditions.iter().map(|(operator, values)| condition(operator, "k", values)).collect())
}

fn example(passing: &Passing) -> Option<String> {
    Some(passing.example()?.to_string())
}

#[test]
fn subjects_of_tokens() {
    let all = on_k(&[("StringLike", &["repo:acme/*:ref:refs/heads/main", "repo:acme/site:*"])]);
    let subject = all.passing("K");
    assert_eq!(subject.absent(), No);
    assert_eq!(subject.any_of(&pattern("repo:acme/*:pull_request")), Yes);
    assert_eq!(subject.any_of(&pattern("repo:evil/*")), No);
    assert_eq!(subject.only(&[pattern("repo:acme/*")]), Yes);
    assert_eq!(subject.only(&[pattern("repo:acme/site:*")]), No);
    assert_eq!(subject.only(&[pattern("repo:acme/site:*"), pattern("*:ref:refs/heads/main")]), Yes);
    assert_eq!(subject.example_outside(&[pattern("repo:acme/site:*")]).unwrap().to_string(), "repo:acme/:ref:refs/heads/main");
    assert_eq!(subject.example_in(&pattern("repo:acme/?*:environment:?*")).unwrap().to_string(), "repo:acme/site:environment:x");
    assert_eq!([subject.nothing(), subject.everything()], [No, No]);

    let both = on_k(&[("StringLike", &["repo:acme/*"]), ("StringNotLike", &["*:pull_request", "repo:acme/old:*"])]);
    let subject = both.passing("k");
    assert_eq!(subject.any_of(&pattern("*:pull_request")), No);
    assert_eq!(subject.any_of(&pattern("repo:acme/old*")), Yes);
    assert_eq!(subject.example_in(&pattern("repo:acme/old*")).unwrap().to_string(), "repo:acme/old");
}

#[test]
fn conditions_count_together() {
    let nothing = |conditions: &[(&str, &[&str])]| on_k(conditions).passing("k").nothing();
    assert_eq!(nothing(&[("StringEquals", &["a"]), ("StringEquals", &["b", "c"])]), Yes);
    assert_eq!(nothing(&[("StringEquals", &["a"]), ("StringEqualsIgnoreCase", &["A"])]), No);
    assert_eq!(nothing(&[("StringLike", &["a*"]), ("StringLike", &["*b"]), ("StringNotLike", &["a*b"])]), Yes);
    assert_eq!(nothing(&[("StringLike", &["a*"]), ("StringNotEquals", &["a"])]), No);
    assert_eq!(nothing(&[("StringEquals", &[])]), Yes);
    assert_eq!(nothing(&[]), No);
    assert_eq!(nothing(&[("Null", &["true"]), ("StringEquals", &["a"])]), Yes);
    // A set of values has one for each.
    assert_eq!(nothing(&[("ForAnyValue:StringEquals", &["a"]), ("ForAnyValue:StringEquals", &["b"])]), No);
    assert_eq!(nothing(&[("ForAnyValue:StringEquals", &["a"]), ("ForAllValues:StringEquals", &["b"])]), Yes);
    assert_eq!(nothing(&[("ForAnyValue:StringEquals", &["a"]), ("StringEquals", &["b"])]), Unknown);
    let absent = |conditions: &[(&str, &[&str])]| on_k(conditions).passes_without("K");
    assert_eq!(absent(&[("StringNotEquals", &["a"])]), Yes);
    assert_eq!(absent(&[("StringNotEquals", &["a"]), ("Null", &["false"])]), No);
    assert_eq!(absent(&[("StringEqualsIfExists", &["a"]), ("StringLike", &["*"])]), No);
    assert_eq!(absent(&[]), Yes);
}

#[test]
fn typed_conditions_count_together() {
    let passing = |conditions: &[(&str, &[&str])]| {
        let statement = on_k(conditions);
        let passing = statement.passing("k");
        (passing.nothing(), passing.everything(), example(&passing).unwrap_or_default())
    };
    let some = |example: &str| (No, No, example.to_owned());
    let none = || (Yes, No, String::new());
    assert_eq!(passing(&[("NumericLessThan", &["5"]), ("NumericGreaterThan", &["4"])]), some("4.999999999999999999"));
    assert_eq!(passing(&[("NumericLessThan", &["5"])]), some("0"));
    assert_eq!(passing(&[("NumericLessThan", &["5"]), ("NumericGreaterThanEquals", &["5"])]), none());
    assert_eq!(passing(&[("NumericEquals", &["5"]), ("NumericNotEquals", &["5.0"])]), none());
    assert_eq!(passing(&[("NumericEquals", &["five"])]), none());
    assert_eq!(passing(&[("DateGreaterThan", &["2026-01-01"]), ("DateLessThan", &["2025-01-01"])]), none());
    assert_eq!(passing(&[("DateLessThan", &["2020"])]), (Unknown, Unknown, String::new()));
    assert_eq!(passing(&[("IpAddress", &["10.0.0.0/8"]), ("NotIpAddress", &["10.1.0.0/16"])]), some("10.0.0.0"));
    assert_eq!(passing(&[("IpAddress", &["10.1.0.0/16"]), ("NotIpAddress", &["10.0.0.0/8"])]), none());
    assert_eq!(passing(&[("IpAddress", &["0.0.0.0/0", "::/0"])]), (No, Yes, "198.51.100.7".to_owned()));
    assert_eq!(passing(&[("IpAddress", &["0.0.0.0/0"])]), some("198.51.100.7"));
    assert_eq!(passing(&[("Bool", &["true"]), ("Bool", &["false"])]), none());
    assert_eq!(passing(&[("Bool", &["true", "false"])]), (No, Yes, "true".to_owned()));
    assert_eq!(passing(&[("NumericLessThan", &["5"]), ("StringLike", &["*"])]), some("0"));
    assert_eq!(passing(&[("NumericLessThan", &["5"]), ("StringLike", &["a*"]), ("StringLike", &["b*"])]), none());
    assert_eq!(passing(&[("NumericLessThan", &["5"]), ("StringLike", &["-12*"])]), (Unknown, No, String::new()));
}

#[test]
fn arns_by_component() {
    let statement = on_k(&[("ArnLike", &["arn:aws:iam::*:role/ci-*"])]);
    let caller = statement.passing("k");
    assert_eq!(caller.any_of(&pattern("arn:aws:iam::111111111111:role/ci-a:b")), Yes);
    assert_eq!(caller.any_of(&pattern("arn:aws:iam::1:2:role/ci-a")), No);
    assert_eq!(caller.only(&[pattern("arn:aws:iam::*:role/ci-*")]), Yes);
    assert_eq!(caller.only(&[pattern("arn:aws:iam::????????????:role/ci-*")]), No);
    assert_eq!(on_k(&[("ArnNotLike", &["arn:*:*:*:*:*"])]).passing("k").any_of(&pattern("arn:?:?:?:?:?")), No);
    assert_eq!(on_k(&[("ArnLike", &["arn:aws:iam::111*"])]).passing("k").nothing(), Unknown);
    assert_eq!(on_k(&[("ArnLike", &["arn:aws:iam::111*"])]).passing("k").any_of(&pattern("repo:*")), No);
    let account = Hole { id: Some("account".into()), class: HoleClass::Word };
    let mut holed = condition("ArnLike", "k", &["x"]);
    holed.values[0].pattern =
        PatternBuilder::new().text("arn:aws:iam::", Mode::ALL).hole(account.clone()).text(":role/*", Mode::ALL).finish();
    let same = PatternBuilder::new().text("arn:aws:iam::", Mode::ALL).hole(account).text(":role/ci", Mode::ALL).finish();
    assert_eq!(holed.passing().any_of(&same), Yes);
    assert_eq!(holed.passing().only(&[pattern("arn:aws:iam::*:role/*")]), Yes);
    assert_eq!(holed.passing().any_of(&pattern("arn:aws:iam::111111111111:role/ci")), Unknown);
    assert_eq!(example(&holed.passing()).unwrap(), "arn:aws:iam::${account}:role/");
}

#[test]
fn variables_may_be_any_text() {
    let name = on_k(&[("StringLike", &["${aws:username}"])]);
    let passing = name.passing("k");
    assert_eq!([passing.any_of(&Pattern::any()), passing.any_of(&pattern("bob")), passing.nothing()], [Yes, Unknown, No]);
    assert_eq!(example(&passing).unwrap(), "${aws:username}");
    // It is one text, whichever.
    assert_eq!(passing.everything(), No);
    assert_eq!(on_k(&[("StringLike", &["*${v}"])]).passing("k").everything(), Unknown);
    assert_eq!(on_k(&[("StringEquals", &["${v}"]), ("StringNotEquals", &["${V}"])]).passing("k").nothing(), Yes);
    assert_eq!(on_k(&[("StringLike", &["a${v}"])]).passing("k").only(&[pattern("a*")]), Yes);
}

#[test]
fn the_key_itself_is_everything() {
    let everything = |operator: &str, value: &str| on_k(&[(operator, &[value])]).passing("k").everything();
    assert_eq!(["${k}", "${K, 'none'}", "*"].map(|value| everything("StringLike", value)), [Yes; 3]);
    assert_eq!([everything("StringEquals", "${k}"), everything("ArnLike", "${k}"), everything("StringLike", "${k}*")], [Yes; 3]);
    assert_eq!(everything("StringNotEquals", "${k}"), No);
    // What a set of values comes to nobody says.
    assert_ne!(everything("ForAnyValue:StringEquals", "${k}"), Yes);
    let own = on_k(&[("StringEquals", &["${k}"]), ("StringLike", &["a*"])]);
    let passing = own.passing("k");
    assert_eq!([passing.value("ab"), passing.value("b"), passing.absent(), passing.nothing()], [Yes, No, No, No]);
    assert_eq!(passing.only(&[pattern("a*")]), Yes);
    assert_eq!(on_k(&[("StringNotEquals", &["${k}"])]).passing("k").nothing(), Yes);
}

#[test]
fn long_lists_of_typed_values() {
    let numbers: Vec<String> = (0..20_000).map(|number| number.to_string()).collect();
    let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
    let blocks: Vec<String> =
        (0..=255).flat_map(|a| (0..=255).map(move |b| format!("{a}.{b}.0.0/16"))).chain(["::/0".to_owned()]).collect();
    let blocks: Vec<&str> = blocks.iter().map(String::as_str).collect();
    for operator in ["NumericEquals", "NumericLessThan", "NumericGreaterThanEquals", "NumericNotEquals"] {
        assert_eq!(on_k(&[(operator, &numbers)]).passing("k").everything(), No, "{operator}");
    }
    assert_eq!(on_k(&[("NumericEquals", &numbers), ("NumericNotEquals", &numbers)]).passing("k").nothing(), Yes);
    assert_eq!(on_k(&[("NumericEquals", &numbers), ("NumericGreaterThan", &["19998"])]).passing("k").nothing(), No);
    assert_eq!(on_k(&[("IpAddress", &blocks)]).passing("k").everything(), Yes);
    assert_eq!(on_k(&[("IpAddress", &blocks[1..])]).passing("k").everything(), No);
    let none = on_k(&[("IpAddress", &blocks), ("NotIpAddress", &["0.0.0.0/1", "128.0.0.0/1", "::/0"])]);
    assert_eq!(none.passing("k").nothing(), Yes);
}

#[test]
fn hostile_conditions_end() {
    let long = "*a".repeat(1_000);
    let many: Vec<String> = (0..3_000).map(|number| format!("{number}*x{number}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let statement = on_k(&[("StringLike", &[&long, "*b"]), ("StringNotLike", &[&"*b".repeat(1_000)]), ("StringLike", &many)]);
    let passing = statement.passing("k");
    passing.nothing();
    passing.only(&[pattern(&long), pattern("*?a?????????????????")]);
    passing.everything();
    let exact: Vec<String> = (0..20_000).map(|number| number.to_string()).collect();
    let exact: Vec<&str> = exact.iter().map(String::as_str).collect();
    assert_eq!(on_k(&[("NumericNotEquals", &exact), ("StringEquals", &exact)]).passing("k").nothing(), Unknown);
}

/// All texts over `a`, `b`, `c` and `A` up to this length.
fn texts(longest: u32) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut from = 0;
    for _ in 0..longest {
        let to = all.len();
        for index in from..to {
            all.extend(["a", "b", "c", "A"].map(|letter| format!("{}{letter}", all[index])));
        }
        from = to;
    }
    all
}

const OPERATORS: [&str; 12] = [
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
    "StringLike",
    "StringNotLike",
    "ArnLike",
    "ArnNotLike",
    "StringLikeIfExists",
    "Null",
];

fn asked() -> impl Strategy<Value = (String, Vec<String>)> {
    let set = prop::sample::select(vec!["", "", "", "ForAllValues:", "ForAnyValue:"]);
    let values = prop::collection::vec("[abA*?]{0,3}", 0..3);
    (set, prop::sample::select(OPERATORS.to_vec()), values, any::<bool>()).prop_map(|(set, operator, values, null)| match operator {
        "Null" => (operator.to_owned(), vec![null.to_string()]),
        _ => (format!("{set}{operator}"), values),
    })
}

fn built(conditions: &[(String, Vec<String>)]) -> Statement {
    let one = |(operator, values): &(String, Vec<String>)| condition(operator, "k", &values.iter().map(String::as_str).collect::<Vec<_>>());
    statement(conditions.iter().map(one).collect())
}

fn holds(statement: &Statement, values: &[&str]) -> Truth {
    let values = values.iter().map(|value| (*value).into()).collect();
    statement.conditions_hold(&Request::bare().carrying("k", Carried::Values(values)))
}

/// Whether the answer is what trying says: a yes of some text decides, and an unknown needs one that is not known. `open` says
/// that there may be one that was not tried.
fn fits(answer: Truth, tried: Truth, open: bool) -> bool {
    match (answer, tried) {
        (_, Yes) => answer == Yes,
        // A longer text may be what there is.
        (Yes, _) | (No, No) => true,
        (Unknown, tried) => open || tried == Unknown,
        (No, _) => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases.min(600)))]

    #[test]
    fn questions_as_by_trying(
        conditions in prop::collection::vec(asked(), 1..4), inside in "[abA*?]{0,3}", outside in prop::collection::vec("[ab*?]{0,3}", 0..3),
    ) {
        let statement = built(&conditions);
        let passing = statement.passing("k");
        let (inside, outside): (Pattern, Vec<Pattern>) = (pattern(&inside), outside.iter().map(|text| pattern(text)).collect());
        let is_in = |one: &Pattern, text: &str| one.matches(text, Case::Sensitive).certainly();
        // What a short ARN matches is not documented.
        let open = conditions.iter().any(|(operator, _)| operator.contains("Arn"));
        let (mut any, mut in_it, mut out, mut fails) = (No, No, No, No);
        for text in texts(5) {
            let holds = holds(&statement, &[&text]);
            prop_assert_eq!(passing.value(&text), holds);
            any = any.or(holds);
            in_it = in_it.or(holds.and(is_in(&inside, &text).into()));
            out = out.or(holds.and(Truth::from(!outside.iter().any(|one| is_in(one, &text)))));
            if !text.is_empty() {
                fails = fails.or(holds.opposite());
            }
        }
        prop_assert!(fits(passing.any_of(&inside), in_it, open), "any_of {:?}, tried {:?}", passing.any_of(&inside), in_it);
        prop_assert!(fits(passing.only(&outside).opposite(), out, open), "only {:?}, tried {:?}", passing.only(&outside), out);
        prop_assert!(fits(passing.everything().opposite(), fails, open), "everything {:?}, tried {:?}", passing.everything(), fails);
        prop_assert!(any != Yes || passing.nothing() == No);
        for example in [passing.example(), passing.example_in(&inside), passing.example_outside(&outside)].into_iter().flatten() {
            prop_assert_eq!(holds(&statement, &[example.as_exact().unwrap()]), Yes);
        }
        prop_assert_eq!(passing.example_in(&inside).is_some(), passing.any_of(&inside) == Yes);
        if let Some(example) = passing.example_in(&inside) {
            prop_assert!(is_in(&inside, example.as_exact().unwrap()));
        }
        if let Some(example) = passing.example_outside(&outside) {
            prop_assert!(!outside.iter().any(|one| is_in(one, example.as_exact().unwrap())));
        }
        if passing.nothing() == Yes {
            let few = texts(2);
            let pairs = few.iter().flat_map(|one| few.iter().map(move |other| [one.as_str(), other.as_str()]));
            let set_operators = conditions.iter().any(|(operator, _)| operator.contains("For"));
            for pair in pairs.filter(|_| set_operators) {
                prop_assert!(holds(&statement, &pair) != Yes, "{:?}", pair);
            }
        }
        prop_assert_eq!(passing.absent(), statement.conditions_hold(&Request::bare()));
    }
}

/// `<x>` and `<y>` may be any text, `[v]` and `[w]` are words.
fn with_holes(text: &str, mode: Mode) -> Pattern {
    let mut builder = PatternBuilder::new();
    let mut rest = text;
    while let Some(start) = rest.find(['<', '[']) {
        let class = if rest[start..].starts_with('<') { HoleClass::Any } else { HoleClass::Word };
        builder = builder.text(&rest[..start], mode).hole(Hole { id: Some(rest[start + 1..start + 2].into()), class });
        rest = &rest[start + 3..];
    }
    builder.text(rest, mode).finish()
}

fn parts() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        5 => prop::sample::select(vec!["a", "b", "*", "?", ":", "a:a:a:a:", ":::::"]),
        3 => prop::sample::select(vec!["<x>", "<y>", "[v]", "[w]"]),
    ];
    prop::collection::vec(part, 0..5).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases.min(600)))]

    /// No text of the unknown parts contradicts a yes or a no.
    #[test]
    fn unknown_parts_never_contradict(
        conditions in prop::collection::vec((prop::sample::select(OPERATORS[..11].to_vec()), prop::collection::vec(parts(), 0..3)), 1..4),
        query in parts(),
        any in prop::collection::vec((prop::sample::select(vec!["", "a", "b", "ba", "*", "?", ":", "a:", ":::::"]), prop::sample::select(vec!["a", "b", "ab", "aab"])), 12),
    ) {
        let build = |texts: &dyn Fn(&str) -> String| {
            let one = |(operator, values): &(&str, Vec<String>)| {
                let mut condition = condition(operator, "k", &vec!["x"; values.len()]);
                let mode = condition.operator.value_mode();
                for (item, text) in condition.values.iter_mut().zip(values) {
                    item.pattern = with_holes(&texts(text), mode);
                }
                condition
            };
            let statement = statement(conditions.iter().map(one).collect());
            let passing = statement.passing("k");
            let query = with_holes(&texts(&query), Mode::WILDCARDS);
            [passing.any_of(&query), passing.only(&[query]), passing.everything(), passing.nothing()]
        };
        let unknown = build(&|text| text.to_owned());
        for pair in any.chunks(2) {
            let [(x, v), (y, w)] = pair else { continue };
            let known = build(&|text| text.replace("<x>", x).replace("<y>", y).replace("[v]", v).replace("[w]", w));
            for (index, (unknown, known)) in unknown.iter().zip(known).enumerate() {
                prop_assert!(*unknown == Unknown || known == Unknown || *unknown == known, "question {}: {:?} but {:?} for {:?}", index, unknown, known, pair);
            }
        }
    }
}
