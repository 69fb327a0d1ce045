//! Policies that stand alone in a JSON file, or are handed to what is not in source. Nothing says what such a policy is for, so its shape must.

use std::sync::Arc;

use super::document::{CarrierType, Document, PolicyKind};
use super::lower::{Carrier, lower};
use super::variables;
use crate::eval::json;
use crate::eval::unknown::{Reason, Unknown};
use crate::eval::value::{Kind, Object, Part, Str, Value};
use crate::source::{FileId, Sources, Span};
use crate::syntax::text::Text;

/// The largest policy that AWS takes is a key's, 32 KiB without its white space (AWS KMS, "Resource quotas"). Its own go up to 175 KB, and
/// people copy them. Larger files are something else.
pub const LARGEST: usize = 256 << 10;

/// What only policies of AWS IoT have, which look like IAM's but are for devices, with variables and keys of their own (AWS IoT Core
/// Developer Guide, "Thing policy variables").
const OF_DEVICES: &[&str] = &["${iot:", "\"iot:Connection."];

/// Whether a text may be a policy: enough to leave out nearly all JSON without parsing it.
pub fn may_be_policy(text: &[u8]) -> bool {
    let has = |name: &[u8]| memchr::memmem::find(text, name).is_some();
    text.len() <= LARGEST && has(b"\"Statement\"") && has(b"\"Effect\"") && !OF_DEVICES.iter().any(|name| has(name.as_bytes()))
}

/// Whether a text is a policy: an object of `Version`, `Id` and `Statement` and nothing else, whose statements each have an effect, an action
/// and something to act on.
pub fn is_policy(path: &str, text: &str) -> bool {
    may_be_policy(text.as_bytes()) && kind(path, &value(text, Span::default())).is_some()
}

/// The policy in a file.
pub fn document(file: FileId, sources: &Sources) -> Option<Document> {
    let read = sources.file(file);
    let whole = Span::new(file, 0..read.text.len());
    let value = value(&read.text, whole);
    let carrier = Carrier {
        kind: kind(&read.path, &value)?,
        address: read.path.clone(),
        carrier: CarrierType::File,
        on: None,
        header: Span::new(file, 0..1),
        block: whole,
        calls: Vec::new(),
    };
    lower(&value, &carrier)
}

/// A policy whose text stands in no file, such as one of AWS's own. Its places are none in source: not to be shown.
pub fn detached(text: &str, kind: PolicyKind, address: &str) -> Option<Document> {
    let nowhere = Span::default();
    let mut parts = Str::default();
    parts.push(Part::Text(Text::computed(text, nowhere)));
    let carrier = Carrier {
        kind,
        address: address.to_owned(),
        carrier: CarrierType::File,
        on: None,
        header: nowhere,
        block: nowhere,
        calls: Vec::new(),
    };
    lower(&json::decode(&parts, nowhere), &carrier)
}

/// What a value is for, by its shape and by `names`, which are words around it; nothing for what is no policy, or is not known so far.
pub fn look(names: &str, value: &Value) -> Option<PolicyKind> {
    let Kind::String(text) = &value.kind else { return kind(names, value) };
    let may_be = text.parts.iter().any(|part| match part {
        Part::Text(text) => memchr::memmem::find(text.value().as_bytes(), b"\"Statement\"").is_some(),
        Part::Json(_) => true,
        Part::Unknown(_) => false,
    });
    if !may_be || is_of_transfer(text) { None } else { kind(names, &json::decode(text, value.span)) }
}

/// Whether a text has variables of AWS Transfer's, which that fills in before it passes the policy on (AWS Transfer Family User Guide,
/// "Dynamic session policies"): they cap a user's session, and mean nothing to IAM.
fn is_of_transfer(text: &Str) -> bool {
    text.parts.iter().any(|part| match part {
        Part::Text(text) => text.value().contains("${transfer:"),
        Part::Json(value) => mentions_transfer(value),
        Part::Unknown(_) => false,
    })
}

fn mentions_transfer(value: &Value) -> bool {
    match &value.kind {
        Kind::String(text) => is_of_transfer(text),
        Kind::List(list) => list.items.iter().any(mentions_transfer),
        Kind::Object(object) => object.entries.iter().any(|entry| mentions_transfer(&entry.value)),
        _ => false,
    }
}

/// The text as a value. A file that `templatefile()`, `sed` or the like fills in has holes; AWS's own `${aws:username}` is none.
fn value(text: &str, whole: Span) -> Value {
    let all = Text::verbatim(text, whole, 0);
    let mut parts = Str::default();
    let mut written = 0;
    for hole in holes(text) {
        parts.push(Part::Text(all.slice(written..hole.start)));
        let name = text.get(hole.clone()).unwrap_or_default();
        let unknown = Unknown::new(Reason::Placeholder(name.into()), all.span_of(hole.clone()));
        parts.push(Part::Unknown(Arc::new(unknown)));
        written = hole.end;
    }
    parts.push(Part::Text(all.slice(written..text.len())));
    json::decode(&parts, whole)
}

/// `${name}`, `{{ name }}` and `<name>`, in order.
fn holes(text: &str) -> Vec<std::ops::Range<usize>> {
    let mut holes = Vec::new();
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(|rest| memchr::memchr3(b'$', b'{', b'<', rest.as_bytes())) {
        let start = at + found;
        let rest = text.get(start..).unwrap_or_default();
        let length = match rest.as_bytes() {
            [b'$', b'{', ..] => interpolation(rest).filter(|length| !is_variable(rest.get(2..length - 1).unwrap_or_default())),
            [b'{', b'{', ..] => rest.find("}}").filter(|end| one_line(rest, *end)).map(|end| end + 2),
            [b'<', ..] => rest.find('>').filter(|end| rest.get(1..*end).is_some_and(is_name)).map(|end| end + 1),
            _ => None,
        };
        holes.extend(length.map(|length| start..start + length));
        at = start + length.unwrap_or(1);
    }
    holes
}

/// The length of `${…}` with its braces balanced, on one line.
fn interpolation(text: &str) -> Option<usize> {
    let mut open = 0_usize;
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => open += 1,
            b'}' if open == 1 => return Some(index + 1),
            b'}' => open = open.saturating_sub(1),
            b'\n' => return None,
            _ => {}
        }
    }
    None
}

fn one_line(text: &str, end: usize) -> bool {
    text.get(..end).is_some_and(|inside| !inside.contains('\n'))
}

fn is_name(text: &str) -> bool {
    text.len() <= 64 && text.starts_with(|first: char| first.is_ascii_alphabetic()) && !text.contains(['"', '\n', '<', '{'])
}

/// A variable of AWS's: `aws:username`, `aws:PrincipalTag/team, 'none'`, `*`, `?`, `$`. Terraform's expressions have no lone colon but in
/// conditionals, and CloudFormation's `AWS::AccountId` has two.
fn is_variable(inside: &str) -> bool {
    matches!(variables::key_of(inside), "*" | "?" | "$") || variables::is_variable(inside)
}

/// What a policy is for, by its shape; nothing for what is no policy.
fn kind(path: &str, value: &Value) -> Option<PolicyKind> {
    let object = value.as_object().filter(|object| object.more.is_none())?;
    if object.entries.iter().any(|entry| !matches!(&*entry.key, "Version" | "Id" | "Statement")) {
        return None;
    }
    // Other clouds' policies look alike but for the version, which is a date of AWS's.
    let version = object.get("Version").map(|version| version.known_string().is_some_and(|version| is_date(&version)));
    if version == Some(false) {
        return None;
    }
    let statements: Vec<&Object> = match &object.get("Statement")?.kind {
        Kind::List(list) => list.items.iter().filter(|item| item.as_unknown().is_none()).map(Value::as_object).collect::<Option<_>>()?,
        Kind::Object(statement) => vec![statement],
        _ => return None,
    };
    if statements.is_empty() || !statements.iter().all(|statement| is_statement(statement)) {
        return None;
    }
    let any = |names: [&str; 2]| statements.iter().any(|statement| names.iter().any(|name| statement.get(name).is_some()));
    let (principals, resources) = (any(["Principal", "NotPrincipal"]), any(["Resource", "NotResource"]));
    let assumes = || statements.iter().all(|statement| actions(statement).iter().all(|action| starts_with_sts(action)));
    match (principals, resources, named_for(path)) {
        (true, false, _) if assumes() => Some(PolicyKind::Trust),
        (true, _, Some(kind @ (PolicyKind::ResourceControl | PolicyKind::Endpoint))) => Some(kind),
        (true, _, _) => Some(PolicyKind::Resource),
        (false, true, Some(kind @ (PolicyKind::ServiceControl | PolicyKind::Boundary))) => Some(kind),
        (false, true, _) => Some(PolicyKind::Identity),
        (false, false, _) => None,
    }
}

fn is_date(version: &str) -> bool {
    let parts: Vec<&str> = version.split('-').collect();
    parts.iter().map(|part| part.len()).eq([4, 2, 2]) && parts.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
}

fn is_statement(statement: &Object) -> bool {
    let effect = statement.get("Effect").is_some_and(|effect| match effect.known_string() {
        Some(effect) => effect.eq_ignore_ascii_case("Allow") || effect.eq_ignore_ascii_case("Deny"),
        None => effect.first_unknown().is_some(),
    });
    let actions = ["Action", "NotAction"].iter().any(|name| statement.get(name).is_some());
    effect && actions && self::actions(statement).iter().all(|action| action == "*" || action.contains(':'))
}

/// The actions of a statement that are known in full.
fn actions(statement: &Object) -> Vec<String> {
    let text = |value: &Value| value.known_string().map(|text| text.into_owned());
    let given = ["Action", "NotAction"].iter().filter_map(|name| statement.get(name));
    given
        .flat_map(|value| match &value.kind {
            Kind::List(list) => list.items.iter().filter_map(text).collect(),
            _ => Vec::from_iter(text(value)),
        })
        .collect()
}

fn starts_with_sts(action: &str) -> bool {
    action.get(..4).is_some_and(|service| service.eq_ignore_ascii_case("sts:"))
}

/// Whether a name says that a policy is a permissions boundary.
pub fn is_boundary(name: &str) -> bool {
    named_for(name) == Some(PolicyKind::Boundary)
}

/// What the words of a path say that the policy in it is for: caps look like grants.
fn named_for(path: &str) -> Option<PolicyKind> {
    let lower = path.to_ascii_lowercase();
    let words: Vec<&str> = lower.split(|character: char| !character.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let has = |names: &[&str]| words.iter().any(|word| names.contains(word));
    let pair = |first: &str, second: &str| words.windows(2).any(|pair| pair[0] == first && pair[1].starts_with(second));
    if has(&["scp", "scps", "fullawsaccess", "servicecontrolpolicy", "servicecontrolpolicies"]) || pair("service", "control") {
        Some(PolicyKind::ServiceControl)
    } else if has(&["rcp", "rcps"]) || pair("resource", "control") {
        Some(PolicyKind::ResourceControl)
    } else if has(&["boundary", "boundaries", "permissionsboundary", "permissionboundary"]) {
        Some(PolicyKind::Boundary)
    } else if has(&["endpoint", "endpoints", "vpce"]) {
        Some(PolicyKind::Endpoint)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_are_told_from_other_json() {
        for policy in [
            r#"{"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}"#,
            r#"{"Statement": {"Effect": "Allow", "Action": ["iot:Connect", "iot:Publish"], "Resource": "*"}}"#,
            r#"{"Version": "2012-10-17", "Id": "x", "Statement": [{"Effect": "deny", "NotAction": ["*"], "Resource": "${arn}"}]}"#,
            r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "a:b", "Resource": ${jsonencode({ a = "b" })}}]}"#,
        ] {
            assert!(is_policy("x.json", policy), "{policy}");
        }
        for other in [
            "",
            "[]",
            r#"{"Statement": [], "Effect": "Allow"}"#,
            // CloudFormation, another cloud, a rule of something else, a test case about policies.
            r#"{"Resources": {"R": {"Properties": {"PolicyDocument": {"Statement": [{"Effect": "Allow", "Action": "a:b"}]}}}}}"#,
            r#"{"Version": "1", "Statement": [{"Effect": "Allow", "Action": "ecs:*", "Resource": "*"}]}"#,
            r#"{"Statement": [{"Effect": "Allow", "Action": "read", "Resource": "*"}]}"#,
            r#"{"Statement": [{"Effect": "NoSchedule", "Action": "a:b", "Resource": "*"}]}"#,
            r#"{"name": "x", "Statement": [{"Effect": "Allow", "Action": "a:b", "Resource": "*"}]}"#,
            r#"{"Statement": [{"Effect": "Allow", "Action": "a:b"}]}"#,
            // What a device may do.
            r#"{"Statement": [{"Effect": "Allow", "Action": "iot:Connect", "Resource": "arn:aws:iot:a:b:client/${iot:ClientId}"}]}"#,
        ] {
            assert!(!is_policy("x.json", other), "{other}");
        }
    }

    #[test]
    fn variables_of_aws_are_no_holes() {
        let found = |text: &str| holes(text).into_iter().map(|hole| text[hole].to_owned()).collect::<Vec<_>>();
        for variable in ["${aws:username}", "${aws:PrincipalTag/team, 'none'}", "${www.amazon.com:user_id}", "${*}", "$x", "a < b", "{}"] {
            assert!(found(variable).is_empty(), "{variable}");
        }
        assert_eq!(found("a ${x} {{ y }} <Account-Id> ${f({a=1})}"), ["${x}", "{{ y }}", "<Account-Id>", "${f({a=1})}"]);
        assert_eq!(found("arn:aws:s3:::b-${AWS::AccountId}"), ["${AWS::AccountId}"]);
    }

    #[test]
    fn shape_and_path_say_what_a_policy_is_for() {
        let kind_of = |path: &str, text: &str| kind(path, &value(text, Span::default()));
        let identity = r#"{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}"#;
        assert_eq!(kind_of("policies/admin.json", identity), Some(PolicyKind::Identity));
        assert_eq!(kind_of("scp/full.json", identity), Some(PolicyKind::ServiceControl));
        assert_eq!(kind_of("service-control-policies/a.json", identity), Some(PolicyKind::ServiceControl));
        assert_eq!(kind_of("ci-permissions-boundary.json", identity), Some(PolicyKind::Boundary));
        let trust = r#"{"Statement": [{"Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession"], "Principal": "*"}]}"#;
        assert_eq!(kind_of("x.json", trust), Some(PolicyKind::Trust));
        let bucket = r#"{"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Principal": "*", "Resource": "arn:aws:s3:::b/*"}]}"#;
        assert_eq!(kind_of("x.json", bucket), Some(PolicyKind::Resource));
        assert_eq!(kind_of("vpc-endpoint.json", bucket), Some(PolicyKind::Endpoint));
    }
}
