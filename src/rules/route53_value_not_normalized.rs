use super::route53::{ACTIONS, NAMES, TYPES};
use super::rule::{About, Context, Rule};
use crate::config::Persona;
use crate::finding::{Category, Confidence, Severity};
use crate::policy::condition::Base;
use crate::policy::pattern::Segment;
use crate::policy::{Condition, Item, Statement};

pub struct Route53ValueNotNormalized;

static ABOUT: About = About {
    id: "route53-value-not-normalized",
    summary: "a value that no change of a DNS record can have, because Route 53 writes it otherwise",
    category: Category::Correctness,
    severity: Severity::Medium,
    confidence: Confidence::High,
    persona: Persona::Default,
    since: "0.1.0",
    supersedes: &[],
    tags: &["route53", "conditions"],
    options: &[],
    page: include_str!("../../rules/route53-value-not-normalized.md"),
};

impl Rule for Route53ValueNotNormalized {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn statement(&self, statement: &Statement, context: &mut Context) {
        for condition in &statement.conditions {
            let Some(key) = [NAMES, TYPES, ACTIONS].into_iter().find(|key| condition.key.eq_ignore_ascii_case(key)) else { continue };
            for value in condition.values.iter() {
                let Some(flaw) = flaw(key, condition, value).filter(|flaw| is_written(flaw, value, context)) else { continue };
                let what = if key == NAMES {
                    "name"
                } else if key == TYPES {
                    "type"
                } else {
                    "action"
                };
                let finding = context
                    .at(&value.place, flaw.label)
                    .message(format!("no change of a record has the {what} `{}`: {}", value.text, flaw.why))
                    .label(condition.key_place.span, "is compared as Route 53 writes it")
                    .help(help(&flaw));
                context.report(finding);
            }
        }
    }
}

/// Why a value never matches.
struct Flaw {
    label: &'static str,
    /// Ends the message.
    why: &'static str,
    /// The part that is wrong, as it stands in the value.
    part: String,
    /// The whole value as it should be, where that can be told.
    instead: Option<String>,
}

fn flaw(key: &str, condition: &Condition, value: &Item) -> Option<Flaw> {
    let any_case = match condition.operator.base {
        Base::StringEquals | Base::StringNotEquals | Base::StringLike | Base::StringNotLike => false,
        Base::StringEqualsIgnoreCase | Base::StringNotEqualsIgnoreCase => true,
        _ => return None,
    };
    let known = value.pattern.segments().iter().all(|segment| !matches!(segment, Segment::Hole(_) | Segment::Variable(_)));
    if key == NAMES {
        return name_flaw(value, any_case, known);
    }
    let lower = literals(value).flat_map(|text| text.split(|c: char| !c.is_ascii_lowercase())).find(|part| !part.is_empty())?;
    (!any_case).then(|| Flaw {
        label: "has lower case letters",
        why: "Route 53 writes it in upper case",
        part: lower.to_owned(),
        instead: known.then(|| value.text.to_ascii_uppercase()),
    })
}

fn literals(value: &Item) -> impl Iterator<Item = &str> {
    value.pattern.segments().iter().filter_map(|segment| match segment {
        Segment::Literal(text) => Some(&**text),
        _ => None,
    })
}

/// All letters are lower case, there is no dot at the end, and what is no letter, digit, `-`, `_` or `.` is `\` and three octal digits
/// (Route 53 Developer Guide, "Normalizing Route 53 condition key values").
fn name_flaw(value: &Item, any_case: bool, known: bool) -> Option<Flaw> {
    let wildcards = value.pattern.has_wildcard();
    let instead = || known.then(|| normalised(&value.text, wildcards)).flatten();
    let flaw = |label, why, part: &str| Some(Flaw { label, why, part: part.to_owned(), instead: instead() });
    let upper = literals(value).flat_map(|text| text.split('.')).find(|part| part.contains(|c: char| c.is_ascii_uppercase()));
    if let (Some(part), false) = (upper, any_case) {
        return flaw("has upper case letters", "Route 53 compares names in lower case", part);
    }
    if let Some(Segment::Literal(last)) = value.pattern.segments().last()
        && last.ends_with('.')
    {
        return flaw("ends in a dot", "Route 53 compares names without a dot at the end", ".");
    }
    let wrong = literals(value).find_map(|text| unescaped(text, value))?;
    flaw("has a character that is to be escaped", "Route 53 writes such a character as \\ and three octal digits", &wrong.to_string())
}

/// A character that never stands for itself. `*` under an operator without wildcards is only clear where it is the whole first label,
/// as in the name of a wildcard record.
fn unescaped(text: &str, value: &Item) -> Option<char> {
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let after = rest.get(first.len_utf8()..).unwrap_or_default();
        rest = match first {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' | '.' => after,
            '\\' if after.len() >= 3 && after.bytes().take(3).all(|digit| matches!(digit, b'0'..=b'7')) => {
                after.get(3..).unwrap_or_default()
            }
            '*' | '?' if !(first == '*' && value.text.starts_with("*.")) => after,
            wrong => return Some(wrong),
        };
    }
    None
}

/// The name as Route 53 writes it. Nothing for letters beyond ASCII, which have several encodings.
fn normalised(name: &str, wildcards: bool) -> Option<String> {
    let mut text = String::new();
    let mut rest = name.strip_suffix('.').unwrap_or(name).chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            'a'..='z' | '0'..='9' | '-' | '_' | '.' => text.push(character),
            'A'..='Z' => text.push(character.to_ascii_lowercase()),
            '\\' if rest.peek().is_some_and(|next| next.is_digit(8)) => text.push(character),
            '*' | '?' if wildcards => text.push(character),
            other if other.is_ascii() => text.push_str(&format!("\\{:03o}", other as u32)),
            _ => return None,
        }
    }
    Some(text)
}

/// Whether the part stands where the value is written: what a resource's attribute gives is changed by its provider.
fn is_written(flaw: &Flaw, value: &Item, context: &Context) -> bool {
    let written = context.sources.text(value.place.span);
    let written = written.trim_end_matches(['"', '\\']);
    if flaw.part == "." { written.ends_with('.') } else { written.contains(&flaw.part) }
}

fn help(flaw: &Flaw) -> String {
    match &flaw.instead {
        Some(value) if flaw.part == "*" => {
            let doubled = value.replace('\\', "\\\\");
            format!(
                "write \"{doubled}\" (a backslash is written twice) for the wildcard record, or test with StringLike for every name below"
            )
        }
        Some(value) if value.contains('\\') => {
            format!("write `{value}`; in a string of JSON or HCL a backslash is written twice: \"{}\"", value.replace('\\', "\\\\"))
        }
        Some(value) => format!("write `{value}`"),
        None if flaw.why.contains("lower") => "write names in lower case".to_owned(),
        None if flaw.why.contains("dot") => "leave the dot at the end away".to_owned(),
        None => "write it as Route 53 does, which `aws route53 list-resource-record-sets` shows".to_owned(),
    }
}
