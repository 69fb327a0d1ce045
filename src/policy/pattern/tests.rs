use proptest::prelude::*;

use super::*;

fn pattern(text: &str) -> Pattern {
    Pattern::parse(text, Mode::ALL)
}

/// `<id>` is a hole of any text, `[id]` one of a word; `<>` and `[]` have no id.
fn holed(text: &str) -> Pattern {
    let mut builder = PatternBuilder::new();
    let mut rest = text;
    while let Some(start) = rest.find(['<', '[']) {
        let (class, close) = if rest[start..].starts_with('<') { (HoleClass::Any, '>') } else { (HoleClass::Word, ']') };
        let end = start + rest[start..].find(close).unwrap();
        let id = &rest[start + 1..end];
        let hole = Hole { id: (!id.is_empty()).then(|| id.into()), class };
        builder = builder.text(&rest[..start], Mode::ALL).hole(hole);
        rest = &rest[end + 1..];
    }
    builder.text(rest, Mode::ALL).finish()
}

fn includes(outer: &str, inner: &str) -> Truth {
    holed(outer).includes(&holed(inner), Case::Sensitive)
}

fn intersects(one: &str, other: &str) -> Truth {
    let (one, other) = (holed(one), holed(other));
    let answer = one.intersects(&other, Case::Sensitive);
    assert_eq!(answer, other.intersects(&one, Case::Sensitive));
    answer
}

use Truth::{No, Unknown, Yes};

#[test]
fn equal_sets_are_equal_patterns() {
    assert_eq!(pattern("a*?b**"), pattern("a?*b*"));
    assert_eq!(pattern("*?*?"), pattern("??*"));
    assert!(pattern("**").is_any());
    assert!(!pattern("?*").is_any() && !holed("<x>").is_any());
    assert_eq!(pattern("x").segments(), [Segment::Literal("x".into())]);
    assert_eq!(std::mem::size_of::<Pattern>(), 16);
}

#[test]
fn modes_say_what_is_special() {
    assert_eq!(Pattern::parse("a*${x}", Mode::LITERAL).as_exact(), Some("a*${x}"));
    assert_eq!(Pattern::parse("a*${*}${$}{", Mode::VARIABLES).as_exact(), Some("a**${"));
    assert_eq!(Pattern::parse("*${*}", Mode::WILDCARDS).segments(), [Segment::Star, lit("${"), Segment::Star, lit("}")]);
    assert_eq!(pattern("${*}${?}${$}").as_exact(), Some("*?$"));
    assert_eq!(pattern("a${b*").segments(), [lit("a${b"), Segment::Star]);
    assert_eq!(pattern("").as_exact(), Some(""));
}

fn lit(text: &str) -> Segment {
    Segment::Literal(text.into())
}

#[test]
fn variables_keep_their_default() {
    let variable = |name: &str| Segment::Variable(name.into());
    assert_eq!(pattern("${aws:username}/x").segments(), [variable("aws:username"), lit("/x")]);
    assert_eq!(pattern("${s3:prefix, 'a*b'}c").segments(), [variable("s3:prefix, 'a*b'"), lit("c")]);
    assert!(pattern("${x}").has_variable() && !pattern("${*}").has_variable());
}

#[test]
fn a_variable_that_is_named_by_a_hole_is_unknown() {
    let any = Segment::Hole(Hole { id: None, class: HoleClass::Any });
    assert_eq!(holed("a${aws:PrincipalTag/[tag]}b*").segments(), [lit("a"), any, lit("b"), Segment::Star]);
    assert_eq!(holed("a${b<x>c").segments().len(), 3);
}

#[test]
fn what_it_is() {
    assert!(pattern("s3:*").has_wildcard() && !pattern("s3:Get").has_wildcard());
    assert!(holed("a<x>").has_hole() && !holed("a<x>").is_exact());
    assert_eq!(holed("arn:[x]*").literal_prefix(), "arn:");
    assert_eq!(pattern("*x").literal_prefix(), "");
    assert_eq!(holed("a<account>b<>").to_string(), "a${account}b…");
}

#[test]
fn case_folds_ascii_only() {
    let action = pattern("s3:GET*É");
    assert_eq!(action.matches("S3:getObjectÉ", Case::Insensitive), Yes);
    assert_eq!(action.matches("S3:getObjecté", Case::Insensitive), No);
    assert_eq!(action.matches("S3:getObjectÉ", Case::Sensitive), No);
    assert_eq!(pattern("s3:*").includes(&pattern("S3:Get*"), Case::Insensitive), Yes);
    assert_eq!(pattern("s3:*").includes(&pattern("S3:Get*"), Case::Sensitive), No);
    assert_eq!(pattern("*X").intersects(&pattern("a*x"), Case::Insensitive), Yes);
}

#[test]
fn inclusion_of_known_patterns() {
    assert_eq!(includes("*a*", "*ba*"), Yes);
    assert_eq!(includes("?*", "*?"), Yes);
    assert_eq!(includes("*", "?*"), Yes);
    assert_eq!(includes("?*", "*"), No);
    assert_eq!(includes("*ab*", "*a*b*"), No);
    assert_eq!(includes("*a*b*", "*ab*"), Yes);
    assert_eq!(includes("a?*", "a*"), No);
    assert_eq!(includes("repo:acme/*", "repo:acme/x:*"), Yes);
    assert_eq!(includes("repo:acme/x:*", "repo:acme/x*"), No);
    assert_eq!(includes("*a*", "*"), No);
    assert_eq!(includes("é?", "??"), No);
}

#[test]
fn inclusion_with_unknown_parts() {
    assert_eq!(includes("arn:aws:s3:::<b>/*", "arn:aws:s3:::<b>/logs/*"), Yes);
    assert_eq!(includes("arn:aws:s3:::<b>/*", "arn:aws:s3:::<c>/logs/*"), Unknown);
    assert_eq!(includes("arn:aws:s3:::<b>/*", "arn:aws:s3:::x/logs/*"), Unknown);
    assert_eq!(includes("arn:aws:s3:::<b>/*", "arn:aws:sns:*"), No);
    assert_eq!(includes("arn:aws:s3:::*", "arn:aws:s3:::<b>"), Yes);
    assert_eq!(includes("arn:aws:iam::[a]:role/*", "arn:aws:iam::[a]:role/x"), Yes);
    assert_eq!(includes("arn:aws:iam::[]:role/*", "arn:aws:iam::[]:role/x"), Unknown);
    assert_eq!(includes("arn:aws:iam::[]:role/*", "arn:aws:iam::[]:user/x"), No);
    assert_eq!(includes("?*", "[a]"), Yes);
    assert_eq!(includes("?*", "<a>"), Unknown);
    assert_eq!(includes("?", "[a]"), Unknown);
    assert_eq!(includes("a:[]:b", "a:b:c:b"), No);
    assert_eq!(includes("abc", "a*<x>"), No);
    assert_eq!(includes("<x>", "*"), Unknown);
    assert_eq!(includes("[x]", "*"), No);
    assert_eq!(includes("a[x]", "a:[x]"), No);
    assert_eq!(includes("/${aws:username}/*", "/${aws:UserName}/x"), Yes);
    assert_eq!(includes("${k, 'a'}", "${k, 'b'}"), Unknown);
}

#[test]
fn intersection() {
    assert_eq!(intersects("a*", "*b"), Yes);
    assert_eq!(intersects("a?", "?b?"), No);
    assert_eq!(intersects("a<x>", "a*"), Yes);
    assert_eq!(intersects("a<x>", "b*"), No);
    assert_eq!(intersects("a<x>b", "a?b"), Unknown);
    assert_eq!(intersects("a[x]b", "a?*b"), Yes);
    assert_eq!(intersects("[x]", "a:b"), No);
    assert_eq!(intersects("[x]", "ab"), Unknown);
    assert_eq!(intersects("*[x]:", "<y>[x]:"), Yes);
    assert_eq!(intersects("*<x>", "<y>*"), Yes);
}

#[test]
fn matching_with_unknown_parts_is_never_certain() {
    assert_eq!(holed("a<x>").matches("ab", Case::Sensitive), Unknown);
    assert_eq!(holed("*<x>").matches("", Case::Sensitive), Unknown);
    assert_eq!(holed("a<x>").matches("b", Case::Sensitive), No);
    assert_eq!(holed("a[x]").matches("a", Case::Sensitive), No);
    assert_eq!(pattern("${aws:username}").matches("bob", Case::Sensitive), Unknown);
}

#[test]
fn hostile_patterns_end() {
    let long = "*a".repeat(1_000);
    let one = "?".repeat(2_000);
    assert_eq!(includes(&long, &long), Yes);
    assert_eq!(includes(&long, &format!("{long}a")), Yes);
    assert_eq!(includes("*", &long), Yes);
    assert_eq!(includes(&long, "*"), No);
    assert_eq!(intersects(&long, &"*b".repeat(1_000)), No);
    assert_eq!(intersects(&long, &"b*".repeat(1_000)), Yes);
    let fewer = "?".repeat(200);
    assert_eq!(includes(&format!("*a{fewer}"), &format!("b*a{fewer}")), Yes);
    assert_eq!(pattern(&long).matches(&"ab".repeat(1_000), Case::Sensitive), No);
    // May give up, but soon.
    intersects(&"*a".repeat(3_000), &"*b*".repeat(2_000));
    includes(&format!("*a{one}b"), &format!("*{one}a?b*{one}b"));
    includes(&"<x>*".repeat(500), &"*?<y>".repeat(500));
    intersects(&"[x]a".repeat(500), &"a[y]".repeat(500));
}

/// Straight from the meaning.
fn naive(pattern: &[char], text: &[char]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some(('*', rest)) => (0..=text.len()).any(|taken| naive(rest, &text[taken..])),
        Some(('?', rest)) => !text.is_empty() && naive(rest, &text[1..]),
        Some((character, rest)) => text.first() == Some(character) && naive(rest, &text[1..]),
    }
}

fn naive_match(pattern: &str, text: &str) -> bool {
    let characters = |text: &str| text.chars().collect::<Vec<char>>();
    naive(&characters(pattern), &characters(text))
}

/// All strings over `a`, `b` and `c` up to this length.
fn strings(longest: usize) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut from = 0;
    for _ in 0..longest {
        let to = all.len();
        for index in from..to {
            for letter in ['a', 'b', 'c'] {
                let longer = format!("{}{letter}", all[index]);
                all.push(longer);
            }
        }
        from = to;
    }
    all
}

/// Over `a` and `b`: `c` is the fresh letter. So short that strings of seven letters tell all.
fn wild() -> impl Strategy<Value = String> {
    "[ab*?]{0,4}"
}

/// The hole texts that are tried: any may be a pattern, a word may not.
const ANY_TEXTS: [&str; 9] = ["", "a", "b", "ba", "*", "?", "a*", ":", "a?:"];
const WORD_TEXTS: [&str; 5] = ["a", "b", "ab", "ba", "aab"];

/// The unknown parts of a test's patterns: two holes of any text, two words, one variable.
#[derive(Clone, Debug)]
struct Substitution {
    any: [&'static str; 2],
    word: [&'static str; 2],
    variable: &'static str,
}

impl Substitution {
    fn apply(&self, text: &str) -> Pattern {
        let known = text.replace("<x>", self.any[0]).replace("<y>", self.any[1]).replace("[x]", self.word[0]).replace("[y]", self.word[1]);
        let mut builder = PatternBuilder::new();
        for (index, part) in known.split("${v}").enumerate() {
            if index > 0 {
                builder = builder.text(self.variable, Mode::LITERAL);
            }
            builder = builder.text(part, Mode::ALL);
        }
        builder.finish()
    }
}

fn with_unknown_parts() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        6 => prop::sample::select(vec!["a", "b", "*", "?", ":"]),
        3 => prop::sample::select(vec!["<x>", "<y>", "[v]", "[w]", "${v}"]),
    ];
    prop::collection::vec(part, 0..6).prop_map(|parts| parts.concat())
}

fn substitutions() -> impl Strategy<Value = Vec<Substitution>> {
    let any = || prop::sample::select(ANY_TEXTS.to_vec());
    let word = || prop::sample::select(WORD_TEXTS.to_vec());
    let one = (any(), any(), word(), word(), prop::sample::select(vec!["", "a", "b", "ab", ":", "*", "?"]));
    let one = one.prop_map(|(x, y, v, w, variable)| Substitution { any: [x, y], word: [v, w], variable });
    prop::collection::vec(one, 30)
}

proptest! {
    #[test]
    fn matches_as_the_naive_matcher(pattern_text in "[abé*?]{0,8}", text in "[abé]{0,8}") {
        let known = pattern(&pattern_text);
        let expected = naive_match(&pattern_text, &text);
        prop_assert_eq!(known.matches(&text, Case::Sensitive), Truth::from(expected));
        prop_assert_eq!(known.matches(&text.to_ascii_uppercase(), Case::Insensitive), Truth::from(expected));
        prop_assert_eq!(algebra::may_match(&known, &text, Case::Sensitive), expected);
    }

    #[test]
    fn displays_what_it_parses(text in "[ab*?$${}:',]{0,12}|([ab*?$]|\\$\\{\\*\\}|\\$\\{aws:a\\}|\\$\\{k, 'b'\\}){0,8}") {
        for mode in [Mode::ALL, Mode::WILDCARDS, Mode::VARIABLES, Mode::LITERAL] {
            let parsed = Pattern::parse(&text, mode);
            prop_assert_eq!(&pattern(&parsed.to_string()), &parsed);
        }
    }

    #[test]
    fn pieces_make_the_same_pattern(text in "[ab*?$${}:',]{0,12}", cut in 0..13usize) {
        let (head, tail) = text.split_at_checked(cut.min(text.len())).unwrap();
        prop_assert_eq!(PatternBuilder::new().text(head, Mode::ALL).text(tail, Mode::ALL).finish(), pattern(&text));
    }

    #[test]
    fn never_panics(one in "\\PC{0,10}", other in "([*?:]|\\PC){0,10}") {
        let (one, other) = (pattern(&one), pattern(&other));
        one.includes(&other, Case::Insensitive);
        one.intersects(&other, Case::Sensitive);
        crate::policy::arn::Arn::split(&one);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases.min(2_000)))]

    /// Exact: the answers are those of looking at every string that is long enough to tell.
    #[test]
    fn known_patterns_as_by_brute_force(one in wild(), other in wild()) {
        let (mut meet, mut inside) = (false, true);
        for text in strings(7) {
            let (by_one, by_other) = (naive_match(&one, &text), naive_match(&other, &text));
            meet |= by_one && by_other;
            inside &= by_one || !by_other;
        }
        let (one, other) = (pattern(&one), pattern(&other));
        prop_assert_eq!(one.includes(&other, Case::Sensitive), Truth::from(inside));
        prop_assert_eq!(one.intersects(&other, Case::Sensitive), Truth::from(meet));
        prop_assert_eq!(algebra::intersects(&other, &one, Case::Sensitive), Truth::from(meet));
        prop_assert_eq!(algebra::includes(&one, &other, Case::Sensitive), Truth::from(inside));
    }

    /// Sound: no text of the unknown parts contradicts a yes or a no.
    #[test]
    fn unknown_parts_never_contradict(
        one in with_unknown_parts(), other in with_unknown_parts(), text in "[ab:]{0,4}", tried in substitutions(),
    ) {
        let (some, rest) = (holed(&one), holed(&other));
        let matched = some.matches(&text, Case::Sensitive);
        let included = some.includes(&rest, Case::Sensitive);
        let met = some.intersects(&rest, Case::Sensitive);
        for substitution in tried {
            let (one, other) = (substitution.apply(&one), substitution.apply(&other));
            let agrees = |answer: Truth, fact: Truth| answer == Truth::Unknown || answer == fact;
            prop_assert!(agrees(matched, one.matches(&text, Case::Sensitive)), "matches {:?}", substitution);
            prop_assert!(agrees(included, one.includes(&other, Case::Sensitive)), "includes {:?}", substitution);
            prop_assert!(agrees(met, one.intersects(&other, Case::Sensitive)), "intersects {:?}", substitution);
        }
    }
}
