mod partial;

use std::sync::Arc;

use proptest::prelude::*;

use super::{TABLES, call};
use crate::eval::json;
use crate::eval::number::Number;
use crate::eval::unknown::{Reason, Unknown};
use crate::eval::value::{Entry, Kind, List, Object, Part, Str, Value};
use crate::source::{File, FileId, FileKind, NoFiles, Sources, Span};
use crate::syntax::text::Text;

fn file() -> FileId {
    Sources::new(Box::new(NoFiles)).add(File::new("main.tf", FileKind::Hcl, Vec::new()))
}

/// Where the call stands in these tests.
fn here() -> Span {
    Span::new(file(), 500..600)
}

/// A string that stands in the file from byte `start` on.
fn at(text: &str, start: usize) -> Value {
    Value::text(Text::verbatim(text, Span::new(file(), start..start + text.len()), start))
}

fn s(text: &str) -> Value {
    at(text, 100)
}

fn n(number: i128) -> Value {
    Value::number(Number::whole(number), here())
}

fn list(items: &[Value]) -> Value {
    Value::list(items.to_vec(), here())
}

fn open_list(items: &[Value]) -> Value {
    let more = Some(Arc::new(Unknown::new(Reason::Variable("more".into()), here())));
    Value::new(Kind::List(Arc::new(List { items: items.to_vec(), more, ..List::default() })), here())
}

fn object(entries: &[(&str, Value)]) -> Value {
    let entries = entries.iter().map(|(key, value)| Entry { key: (*key).into(), key_span: here(), value: value.clone() }).collect();
    Value::object(Object { entries, ..Object::default() }, here())
}

/// `var.x`, of which nothing is known.
fn unknown() -> Value {
    Value::unknown(Unknown::new(Reason::Variable("x".into()), here()), here())
}

/// An account number, say.
fn word() -> Value {
    Value::unknown(Unknown::symbolic(Reason::Data("account".into()), here(), "account", true), here())
}

/// A string of parts, as a template makes it.
fn template(parts: &[Value]) -> Value {
    let mut string = Str::default();
    for part in parts {
        match &part.kind {
            Kind::Unknown(unknown) => string.push(Part::Unknown(Arc::clone(unknown))),
            _ => part.as_str().unwrap().parts.iter().for_each(|part| string.push(part.clone())),
        }
    }
    Value::str(string, here())
}

fn run(name: &str, arguments: &[Value]) -> Value {
    call(name, arguments, here()).unwrap_or_else(|| panic!("no function {name}"))
}

/// A value as people would write it: unknowns in `${}`, further members as `…`.
fn show(value: &Value) -> String {
    match &value.kind {
        Kind::String(text) => text.display(),
        Kind::Unknown(unknown) if unknown.is_failed() => "error".to_owned(),
        Kind::Unknown(unknown) => format!("${{{}}}", unknown.name()),
        Kind::List(list) => {
            let mut items: Vec<String> = list.items.iter().map(show).collect();
            items.extend(list.more.as_ref().map(|_| "…".to_owned()));
            format!("[{}]", items.join(" "))
        }
        Kind::Object(object) => {
            let mut members: Vec<String> = object.entries.iter().map(|entry| format!("{}={}", entry.key, show(&entry.value))).collect();
            members.extend(object.more.as_ref().map(|_| "…".to_owned()));
            format!("{{{}}}", members.join(" "))
        }
        _ => json::encode(value).unwrap_or_else(|| "lazy".to_owned()),
    }
}

#[track_caller]
fn check(name: &str, arguments: &[Value], expected: &str) {
    assert_eq!(show(&run(name, arguments)), expected, "{name}({})", arguments.iter().map(show).collect::<Vec<_>>().join(", "));
}

#[test]
fn names_are_unique_and_take_a_prefix() {
    let mut names: Vec<&str> = TABLES.iter().flat_map(|table| table.iter()).map(|function| function.name).collect();
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count);
    assert_eq!(show(&run("core::upper", &[s("a")])), "A");
    assert!(call("nothing", &[], here()).is_none());
}

#[test]
fn join_and_format_keep_known_segments() {
    let role = template(&[s("arn:aws:iam::"), word(), s(":role/x")]);
    check("join", &[s(":"), list(&[s("arn"), unknown(), s("root")])], "arn:${var.x}:root");
    check("join", &[s(","), open_list(&[s("a")])], "${var.more}");
    check("format", &[s("arn:aws:iam::%s:role/%s"), word(), s("x")], "arn:aws:iam::${account}:role/x");
    check("format", &[s("%s/*"), role.clone()], "arn:aws:iam::${account}:role/x/*");
    check("format", &[s("%5s"), unknown()], "${var.x}");
    check("formatlist", &[s("%s/*"), list(&[s("a"), unknown()])], "[a/* ${var.x}/*]");
    check("formatlist", &[s("%s-%s"), list(&[s("a"), s("b")]), word()], "[a-${account} b-${account}]");
    check("formatlist", &[s("%s/*"), unknown()], "${var.x}");
    let arn = || template(&[s("arn:aws:iam::"), word(), s(":role/%s")]);
    check("formatlist", &[arn(), list(&[s("a"), s("b")])], "[arn:aws:iam::${account}:role/a arn:aws:iam::${account}:role/b]");
    check("format", &[arn(), s("a")], "arn:aws:iam::${account}:role/a");
    check("format", &[template(&[s("%"), word(), s("s")]), s("a")], "${account}");
    check("format", &[template(&[s("%s/"), unknown()]), s("a")], "${var.x}");
    check("formatlist", &[s("%s/*"), open_list(&[s("a")])], "[a/* …]");
    check("upper", std::slice::from_ref(&role), "ARN:AWS:IAM::${account}:ROLE/X");
    check("jsondecode", &[run("jsonencode", &[role])], "arn:aws:iam::${account}:role/x");
}

#[test]
fn what_unknown_text_could_change_is_unknown() {
    let arn = template(&[s("arn:aws:s3:::"), unknown()]);
    let role = template(&[s("arn:aws:iam::"), word(), s(":role/x")]);
    check("split", &[s(":"), role.clone()], "[arn aws iam  ${account} role/x]");
    check("split", &[s("a"), role.clone()], "${account}");
    check("split", &[s(":"), arn.clone()], "${var.x}");
    check("replace", &[role.clone(), s(":role/"), s(":assumed-role/")], "arn:aws:iam::${account}:assumed-role/x");
    check("replace", &[arn.clone(), s(":"), s("-")], "arn-aws-s3---${var.x}");
    check("replace", &[arn.clone(), s("::x"), s("-")], "${var.x}");
    check("trimprefix", &[arn.clone(), s("arn:")], "aws:s3:::${var.x}");
    check("trimsuffix", &[arn.clone(), s("/*")], "${var.x}");
    check("trimsuffix", &[role.clone(), s("/x")], "arn:aws:iam::${account}:role");
    check("startswith", &[arn.clone(), s("arn:")], "true");
    check("startswith", &[arn.clone(), s("http")], "false");
    check("startswith", &[unknown(), s("http")], "${var.x}");
    check("endswith", &[arn.clone(), s("*")], "${var.x}");
    check("endswith", &[role.clone(), s("/*")], "false");
    check("strcontains", &[arn.clone(), s("s3")], "true");
    check("strcontains", &[arn.clone(), s("q")], "${var.x}");
    check("strcontains", &[role, s("*")], "false");
    check("substr", &[arn.clone(), n(0), n(3)], "arn");
    check("substr", &[arn.clone(), n(4), n(-1)], "aws:s3:::${var.x}");
    check("substr", &[arn.clone(), n(0), n(50)], "${var.x}");
    check("trimspace", &[template(&[s("  a "), word(), s("\n")])], "a ${account}");
    check("trim", &[template(&[unknown(), s("a")]), s("a")], "${var.x}");
    check("regex", &[s("a"), arn], "${var.x}");
}

#[test]
fn lists_keep_what_is_known() {
    check("concat", &[list(&[s("a")]), unknown(), list(&[s("b")])], "[a b …]");
    check("flatten", &[list(&[list(&[s("a")]), s("b"), word(), unknown()])], "[a b ${account} …]");
    check("compact", &[list(&[s("a"), s(""), word(), unknown()])], "[a ${account} ${var.x} …]");
    check("distinct", &[list(&[s("a"), s("a"), unknown()])], "[a ${var.x} …]");
    check("distinct", &[list(&[s("a"), template(&[s("b"), unknown()])])], "[a b${var.x}]");
    check("toset", &[list(&[s("b"), unknown(), s("a")])], "[a b ${var.x}]");
    check("tolist", &[run("toset", &[list(&[s("b"), unknown()])])], "[b ${var.x} …]");
    check("setunion", &[list(&[s("b")]), unknown(), list(&[s("a")])], "[a b …]");
    check("contains", &[list(&[unknown(), s("a")]), s("a")], "true");
    check("contains", &[list(&[unknown(), s("a")]), s("b")], "${var.x}");
    check("contains", &[open_list(&[s("a")]), s("b")], "${var.more}");
    check("length", &[list(&[unknown(), unknown()])], "2");
    check("length", &[open_list(&[s("a")])], "${var.more}");
    check("length", &[run("toset", &[list(&[unknown(), s("a")])])], "${var.x}");
    check("element", &[list(&[s("a"), unknown()]), n(2)], "a");
    check("element", &[open_list(&[s("a")]), n(0)], "${var.more}");
    check("one", &[list(&[unknown()])], "${var.x}");
    check("coalesce", &[s(""), s("a"), unknown()], "a");
    check("coalesce", &[unknown(), s("a")], "${var.x}");
    check("coalescelist", &[list(&[]), list(&[unknown()])], "[${var.x}]");
    check("alltrue", &[list(&[unknown(), Value::bool(false, here())])], "false");
    check("anytrue", &[list(&[unknown(), Value::bool(false, here())])], "${var.x}");
    check("setsubtract", &[list(&[s("a"), s("b")]), list(&[unknown()])], "${var.x}");
    check("sort", &[list(&[unknown(), s("b"), s("a")])], "[a b ${var.x} …]");
}

#[test]
fn maps_keep_what_cannot_be_overridden() {
    let (a, b) = (object(&[("a", n(1))]), object(&[("b", n(2))]));
    check("merge", &[a.clone(), unknown(), b.clone()], "{a=${var.x} b=2 …}");
    check("merge", &[a.clone(), Value::null(here()), b.clone()], "{a=1 b=2}");
    let open = run("merge", &[unknown(), a.clone()]);
    check("lookup", &[open.clone(), s("a"), s("d")], "1");
    check("lookup", &[open.clone(), s("b"), s("d")], "${var.x}");
    check("lookup", &[a.clone(), s("b"), unknown()], "${var.x}");
    check("keys", std::slice::from_ref(&open), "[a …]");
    check("values", &[open], "[1 …]");
    check("zipmap", &[list(&[s("a"), s("b")]), list(&[n(1), unknown()])], "{a=1 b=${var.x}}");
    check("zipmap", &[list(&[s("a"), unknown()]), list(&[n(1), n(2)])], "{a=${var.x} …}");
}

#[test]
fn a_failed_argument_fails_the_call() {
    let failed = Value::unknown(Unknown::failed("no such key", here()), here());
    check("coalesce", &[s("a"), failed.clone()], "error");
    check("concat", &[list(&[s("a")]), failed], "error");
    check("upper", &[], "error");
    check("upper", &[Value::null(here())], "error");
}

#[test]
fn results_point_at_what_was_written() {
    let places = |value: &Value| -> Vec<(u32, u32)> {
        let text = value.as_str().unwrap().into_owned();
        let spans = text.parts.iter().map(|part| match part {
            Part::Text(text) => {
                let span = text.span_of(0..text.value().len());
                (span.start, span.end)
            }
            _ => (0, 0),
        });
        spans.collect()
    };
    let pieces = run("split", &[s(","), at("s3:Get,s3:Put", 10)]);
    assert_eq!(places(&pieces.as_list().unwrap().items[1]), [(17, 23)]);
    assert_eq!(places(&run("trimprefix", &[at("xs3:Get", 10), s("x")])), [(11, 17)]);
    assert_eq!(places(&run("lower", &[at("S3:GET", 10)])), [(10, 16)]);
    assert_eq!(places(&run("replace", &[at("a-b", 10), s("-"), at("+", 50)])), [(10, 11), (50, 51), (12, 13)]);
    assert_eq!(places(&run("replace", &[at("abc", 10), s("/(a)(b)/"), at("$2-$1", 50)])), [(11, 12), (52, 53), (10, 11), (12, 13)]);
    assert_eq!(places(&run("format", &[at("x-%s", 10), at("y", 50)])), [(10, 12), (50, 51)]);
    assert_eq!(places(&run("regex", &[s("b+"), at("abbc", 10)])), [(11, 13)]);
    assert_eq!(places(&run("substr", &[at("hello", 10), n(1), n(3)])), [(11, 14)]);
    let sorted = run("sort", &[list(&[at("b", 10), at("a", 20)])]);
    assert_eq!(sorted.as_list().unwrap().items[0].span.range(), 20..21);
}

#[test]
fn jsondecode_keeps_places_and_holes() {
    let text = template(&[at(r#"{"Action":["s3:Get"],"Resource":""#, 10), word(), at(r#"/*"}"#, 60)]);
    let value = run("jsondecode", &[text]);
    assert_eq!(show(&value), "{Action=[s3:Get] Resource=${account}/*}");
    let action = &value.as_object().unwrap().get("Action").unwrap().as_list().unwrap().items[0];
    assert_eq!(action.as_str().unwrap().parts.len(), 1);
    let Some(Part::Text(action)) = action.as_str().unwrap().parts.first().cloned() else { panic!("no text") };
    assert_eq!(action.span_of(0..6).range(), 22..28);

    let joined = run("lower", &[run("join", &[s(","), open_list(&[s("a")])])]);
    check("jsondecode", &[template(&[s(r#"["a",""#), joined, s(r#""]"#)])], "[a ${var.more} …]");
    check("jsondecode", &[template(&[s(r#"{"a":"#), run("jsonencode", &[list(&[word()])]), s("}")])], "{a=[${account}]}");
    check("jsondecode", &[template(&[s(r#"{"x:aud":"a",""#), word(), s(r#":sub":"b"}"#)])], "{x:aud=a …}");
    check("jsondecode", &[s("{")], "error");
    check("jsondecode", &[unknown()], "${var.x}");
}

#[test]
fn functions_read_through_jsonencode() {
    let encoded = run("jsonencode", &[object(&[("a", template(&[s("x<"), word()])), ("b", unknown())])]);
    check("replace", &[encoded.clone(), s("\\u003c"), s("<")], r#"{"a":"x<${account}","b":${var.x}}"#);
    check("join", &[s(""), list(std::slice::from_ref(&encoded))], "${jsonencode(…)}");
    check("jsondecode", &[encoded], "{a=x<${account} b=${var.x}}");
}

#[test]
fn nothing_explodes() {
    check("range", &[n(1_000_000_000)], "error");
    check("pow", &[n(10), n(100_000)], "error");
    check("parseint", &[s(&"9".repeat(100)), n(10)], &"9".repeat(100));
    check("parseint", &[s(&"9".repeat(100_000)), n(10)], "${…}");
    check("tonumber", &[s("1e999999999")], "${…}");
    check("regex", &[s(&"(a*)*".repeat(20)), s(&"a".repeat(5_000))], &format!("[{} {}]", "a".repeat(5_000), vec![""; 19].join(" ")));
    check("regex", &[s("((a{1000}){1000}){1000}"), s("a")], "${…}");
    let many = list(&vec![s("a"); 1_000]);
    check("setproduct", &[many.clone(), many], "${…}");
    check("format", &[s("%999999999s"), s("a")], "error");
    check("indent", &[n(1_000_000_000), s("a\nb")], "${…}");
    check("cidrhost", &[s("::/0"), n(i128::MIN)], "8000::");
    check("abs", &[n(i128::MIN)], "170141183460469231731687303715884105728");
    check("formatdate", &[s("YYYY"), s("9999-12-31T23:59:59-23:59")], "9999");
}

#[test]
fn decoding_is_bounded() {
    let bomb = (1..40).fold("a0: &a0 [x]\n".to_owned(), |text, level| {
        let before = level - 1;
        format!("{text}a{level}: &a{level} [*a{before}, *a{before}, *a{before}, *a{before}]\n")
    });
    let value = run("yamldecode", &[s(&bomb)]);
    assert!(value.as_unknown().is_some() || value.size.weight > 1_000_000, "the evaluator gives up what is so heavy");
    check("yamldecode", &[s(&format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)))], "${…}");
    check("yamldecode", &[s(&"- ".repeat(5_000))], "${…}");
    let merges = format!("a: &a {{{}}}\nb:\n{}", (0..9_000).map(|n| format!("k{n}: 1,")).collect::<String>(), "  <<: *a\n".repeat(5_000));
    assert!(run("yamldecode", &[s(&merges)]).as_unknown().is_some());
    check("csvdecode", &[s(&",".repeat(50_000))], "error");
    let zeros = miniz_oxide::deflate::compress_to_vec(&vec![b'0'; 9 << 20], 1);
    let zipped = [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3][..], &zeros].concat();
    check("base64gunzip", &[s(&base64::Engine::encode(&base64::engine::general_purpose::STANDARD, zipped))], "${…}");
}

/// From OpenTofu's documentation and its own examples: Terraform has no such functions.
#[test]
fn functions_of_opentofu() {
    check("cidrcontains", &[s("192.168.2.0/20"), s("192.168.2.1")], "true");
    check("cidrcontains", &[s("192.168.2.0/20"), s("192.168.2.0/22")], "true");
    check("cidrcontains", &[s("192.168.2.0/20"), s("192.126.2.1")], "false");
    check("cidrcontains", &[s("192.168.2.0/20"), s("192.126.2.0/18")], "false");
    check("cidrcontains", &[s("fe80::/48"), s("fe80::1")], "true");
    check("cidrcontains", &[s("10.0.0.0/8"), s("10.0.0.0/7")], "false");
    check("cidrcontains", &[s("fe80::/48"), s("192.168.2.1")], "error");
    check("cidrcontains", &[s("10.0.0.0"), s("10.0.0.1")], "error");
    check("cidrcontains", &[s("10.0.0.0/8"), s("x")], "error");
    check("base64gunzip", &[s("H4sIAAAAAAAA/ypJLS4BAAAA//8BAAD//wx+f9gEAAAA")], "test");
    check("base64gunzip", &[s("dGVzdA==")], "error");
    check("base64gunzip", &[s("!")], "error");
    check("urldecode", &[s("abc123-_")], "abc123-_");
    check("urldecode", &[s("foo%3Abar%40localhost%3Ffoo%3Dbar%26bar%3Dbaz")], "foo:bar@localhost?foo=bar&bar=baz");
    check("urldecode", &[s("mailto%3Aemail%3Fsubject%3Dthis%2Bis%2Bmy%2Bsubject")], "mailto:email?subject=this+is+my+subject");
    check("urldecode", &[s("foo+bar")], "foo bar");
    check("urldecode", &[s("foo%2")], "error");
    check("urldecode", &[s("%FF")], "error");
}

#[test]
fn what_cannot_be_known_is_unknown_with_a_reason() {
    for (name, count) in
        [("timestamp", 0), ("plantimestamp", 0), ("uuid", 0), ("bcrypt", 1), ("base64gzip", 1), ("rsadecrypt", 2), ("issensitive", 1)]
    {
        let value = run(name, &vec![s("x"); count]);
        let unknown = value.as_unknown().unwrap_or_else(|| panic!("{name} is not known"));
        assert_eq!(unknown.reason, Reason::Function(name.into()));
    }
    let open = template(&[s("a: "), unknown()]);
    for name in ["yamldecode", "csvdecode", "base64decode", "urldecode", "sha256", "provider::terraform::decode_tfvars"] {
        assert!(run(name, std::slice::from_ref(&open)).as_unknown().is_some_and(|unknown| !unknown.is_failed()), "{name}");
    }
    check("yamlencode", &[list(&[s("a"), unknown()])], "${var.x}");
    check("issensitive", &[run("sensitive", &[s("x")])], "true");
    check("sensitive", &[template(&[s("a"), unknown()])], "a${var.x}");
}

#[test]
fn yaml_and_csv_point_at_what_was_written() {
    let first = |value: &Value| match value.as_str().unwrap().parts.first() {
        Some(Part::Text(text)) => text.span_of(0..text.value().len()).range(),
        _ => panic!("no text"),
    };
    let text = "Statement:\n  - Action: s3:Get\n    Resource: \"é*\"\n";
    let value = run("yamldecode", &[at(text, 10)]);
    let statement = value.as_object().unwrap().get("Statement").unwrap().as_list().unwrap().items[0].clone();
    assert_eq!(first(statement.as_object().unwrap().get("Action").unwrap()), 33..39);
    assert_eq!(first(statement.as_object().unwrap().get("Resource").unwrap()), 55..58);
    let rows = run("csvdecode", &[at("a,b\n1,\"x,y\"\n", 10)]);
    let row = rows.as_list().unwrap().items[0].clone();
    assert_eq!(first(row.as_object().unwrap().get("b").unwrap()), 17..20);
}

/// Whether `full`, what comes out when the unknown parts are `value`, is one of the values that `partial` allows.
fn allows(partial: &Value, full: &Value, value: &str) -> bool {
    match (&partial.kind, &full.kind) {
        (Kind::Unknown(unknown), _) => {
            unknown.symbol.as_ref().is_none_or(|symbol| &*symbol.key != "account") || full.known_string().as_deref() == Some(value)
        }
        (Kind::String(partial), _) => {
            let parts = partial.parts.iter().map(|part| match part {
                Part::Text(text) => regex::escape(text.value()),
                Part::Unknown(unknown) if unknown.symbol.as_ref().is_some_and(|symbol| &*symbol.key == "account") => regex::escape(value),
                _ => "(?s:.*)".to_owned(),
            });
            let pattern = format!("^{}$", parts.collect::<String>());
            full.known_string().is_some_and(|full| regex::Regex::new(&pattern).unwrap().is_match(&full))
        }
        (Kind::List(partial), Kind::List(full)) => {
            // An unknown member of a set may be one of the others.
            let length = partial.more.is_some() || partial.set || partial.items.len() == full.items.len();
            let items = match &partial.more {
                None if !partial.set => partial.items.iter().zip(&full.items).all(|(partial, full)| allows(partial, full, value)),
                _ => partial
                    .items
                    .iter()
                    .all(|item| item.first_unknown().is_some() || full.items.iter().any(|full| allows(item, full, value))),
            };
            length && items
        }
        (Kind::Object(partial), Kind::Object(full)) => {
            let closed = partial.more.is_some() || partial.entries.len() == full.entries.len();
            closed && partial.entries.iter().all(|entry| full.get(&entry.key).is_some_and(|full| allows(&entry.value, full, value)))
        }
        _ => crate::eval::value::equal(partial, full) == Some(true),
    }
}

/// Calls of string functions over a text with holes.
fn calls(text: &Value, needle: &str) -> Vec<(&'static str, Vec<Value>)> {
    let mut calls = Vec::new();
    for name in ["trimprefix", "trimsuffix", "trim", "startswith", "endswith", "strcontains"] {
        calls.push((name, vec![text.clone(), s(needle)]));
    }
    for name in ["upper", "lower", "title", "trimspace", "chomp", "strrev", "length"] {
        calls.push((name, vec![text.clone()]));
    }
    calls.push(("split", vec![s(needle), text.clone()]));
    calls.push(("replace", vec![text.clone(), s(needle), s("X")]));
    calls.push(("replace", vec![text.clone(), s(&format!("/{}+/", if needle.is_empty() { "a" } else { "[:a]" })), s("X")]));
    calls.push(("indent", vec![n(2), text.clone()]));
    for (start, length) in [(0, 1), (1, 2), (2, -1), (-2, 1)] {
        calls.push(("substr", vec![text.clone(), n(start), n(length)]));
    }
    calls.push(("format", vec![s("<%s>"), text.clone()]));
    calls.push(("format", vec![s("%4s|%q"), text.clone(), text.clone()]));
    calls.push(("join", vec![s(needle), list(&[s("a"), text.clone(), text.clone()])]));
    calls.push(("formatlist", vec![s("%s:%s"), list(&[s("a"), text.clone()]), text.clone()]));
    for name in ["compact", "distinct", "sort", "toset"] {
        calls.push((name, vec![list(&[text.clone(), s(needle), s("a"), s("")])]));
    }
    calls.push(("contains", vec![list(&[s("a"), text.clone()]), s(needle)]));
    calls.push(("coalesce", vec![text.clone(), s("z")]));
    calls
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// Whatever the unknown parts turn out to be, the result is one that was allowed before they were known.
    #[test]
    fn partial_results_are_sound(
        parts in proptest::collection::vec(proptest::option::weighted(0.6, "[a:b/ \n]{1,3}"), 1..4),
        needle in "[a:b/\n]{0,3}",
        is_word in any::<bool>(),
        free in "[a:b/ \n]{0,3}",
        letters in "[ab]{1,3}",
    ) {
        let value = if is_word { letters } else { free };
        let hole = if is_word { word() } else { unknown() };
        let fill = |hole: &Value| template(&parts.iter().map(|part| part.as_deref().map_or_else(|| hole.clone(), s)).collect::<Vec<_>>());
        let (open, closed) = (fill(&hole), fill(&s(&value)));
        for ((name, partial), (_, full)) in calls(&open, &needle).into_iter().zip(calls(&closed, &needle)) {
            let (partial, full) = (run(name, &partial), run(name, &full));
            prop_assert!(allows(&partial, &full, &value), "{name}: {} but {} of {}", show(&partial), show(&full), show(&closed));
        }
    }

    #[test]
    fn nothing_panics(text in ".{0,12}", other in ".{0,6}", number in -20_i128..20) {
        for function in TABLES.iter().flat_map(|table| table.iter()) {
            for arguments in [
                vec![], vec![s(&text)], vec![n(number)], vec![s(&text), s(&other)], vec![s(&text), n(number)], vec![n(number), s(&text)],
                vec![list(&[s(&text), n(number)])], vec![list(&[s(&text)]), n(number)], vec![list(&[s(&text)]), list(&[s(&other)])],
                vec![s(&text), n(number), n(number)], vec![s(&text), s(&other), s(&text)], vec![object(&[("a", s(&text))])],
                vec![s(&text), list(&[s(&other), unknown()])], vec![n(number), n(number), n(number)], vec![unknown()], vec![word(), s(&text)],
            ] {
                let _ = run(function.name, &arguments);
            }
        }
    }
}
