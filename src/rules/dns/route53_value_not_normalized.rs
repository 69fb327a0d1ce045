use super::ACTIONS;
use crate::access::Scope;
use crate::catalog::{record_changes, record_types};
use crate::finding::{Category, Edit, Severity, What};
use crate::nearest::nearest;
use crate::policy::condition::{Base, Operator, SetOperator};
use crate::policy::pattern::{Case, Segment};
use crate::policy::rewrite;
use crate::policy::{Condition, Item, Statement};
use crate::rules::kit::records::{NAMES, TYPES};
use crate::rules::kit::rule::{Context, Rule};

rule! {
    Route53ValueNotNormalized, "route53-value-not-normalized",
    summary: "a value that never matches a DNS record change, because Route 53 normalizes it",
    category: Category::Correctness,
    severity: Severity::Medium,
    supersedes: &["condition-never-matches"],
    tags: &["route53", "conditions"],
}

impl Rule for Route53ValueNotNormalized {
    fn statement(&self, statement: &Statement, context: &mut Context) {
        for condition in &statement.conditions {
            let Some(key) = [NAMES, TYPES, ACTIONS].into_iter().find(|key| condition.key.eq_ignore_ascii_case(key)) else { continue };
            let what = match key {
                NAMES => "name",
                TYPES => "type",
                _ => "action",
            };
            let (literal, others): (Vec<&Item>, Vec<&Item>) =
                condition.values.iter().partition(|value| is_meant_as_pattern(key, condition, value));
            report_literal(&literal, what, condition, statement, context);
            for value in others {
                let Some(flaw) = flaw(key, condition, value).filter(|flaw| is_written(flaw, value, context)) else { continue };
                let instead = flaw.instead.as_ref().filter(|_| flaw.part != "*");
                let edit = instead.and_then(|instead| rewrite::token(&value.place, &value.text, instead, context.sources));
                let edit = if flaw.names.is_empty() { edit } else { edit.map(Edit::as_a_guess) };
                let finding = context
                    .at(&value.place, flaw.label)
                    .kind(flaw.kind)
                    .facts([what, &value.text])
                    .says(format!("no record change has the {what} `{}`", value.text), What::Nothing)
                    .because(flaw.why)
                    .label(condition.key_place.span, "is compared with the normalized value")
                    .help(help(&flaw))
                    .edit(edit);
                context.report(finding);
            }
        }
    }
}

/// Whether a value has a wildcard under an operator that takes it for a character. What begins with `*.` may be meant as the name of a
/// wildcard record.
fn is_meant_as_pattern(key: &str, condition: &Condition, value: &Item) -> bool {
    let literal = like(condition.operator.base).is_some() && literals(value).any(|text| text.contains(['*', '?']));
    literal && !(key == NAMES && value.text.starts_with("*."))
}

/// The operator that knows wildcards, for one that does not.
fn like(base: Base) -> Option<Base> {
    match base {
        Base::StringEquals | Base::StringEqualsIgnoreCase => Some(Base::StringLike),
        Base::StringNotEquals | Base::StringNotEqualsIgnoreCase => Some(Base::StringNotLike),
        _ => None,
    }
}

fn report_literal(values: &[&Item], what: &str, condition: &Condition, statement: &Statement, context: &mut Context) {
    let Some((first, more)) = values.split_first() else { return };
    let Some(base) = like(condition.operator.base) else { return };
    let text = |value: &Item| context.sources.text(value.place.span);
    if !text(first).contains(['*', '?']) {
        return;
    }
    // Changes of records come in sets: `ForAllValues` is the form that AWS documents for what is allowed.
    let set = condition.operator.set.or((statement.allows() && base == Base::StringLike).then_some(SetOperator::ForAllValues));
    let operator = Operator { base, set, ..condition.operator };
    let help = match &*first.text {
        "*" => format!("write the intended {what}, or remove the condition: under {operator} `*` matches every {what}"),
        _ => format!("write {operator} in the place of {}", condition.operator),
    };
    let edit = rewrite::operator(condition, statement, &operator.to_string(), context.sources).filter(|_| &*first.text != "*");
    let (wildcard, written) = if first.text.contains('*') { ("*", "\\052") } else { ("?", "\\077") };
    let why = match what {
        "name" => format!("Route 53 writes a `{wildcard}` in a name as `{written}`"),
        _ => format!("`{wildcard}` is a wildcard for …Like operators only"),
    };
    let mut finding = context
        .at(&first.place, "is compared literally")
        .kind("wildcard")
        .facts([what, &first.text])
        .says(format!("no record change has the {what} `{}`", first.text), What::Nothing)
        .because(why)
        .label(condition.operator_place.span, "does not have wildcards")
        .help(help)
        .edit(edit.map(Edit::as_a_guess));
    for value in more.iter().take(3) {
        finding = finding.label(value.place.span, "is also compared literally");
    }
    context.report(finding);
}

/// Why a value never matches.
struct Flaw {
    kind: &'static str,
    label: &'static str,
    /// Ends the message.
    why: &'static str,
    /// The part that is wrong, as it stands in the value.
    part: String,
    /// The whole value as it should be, where that can be told.
    instead: Option<String>,
    /// What it may be, if those are few.
    names: &'static [&'static str],
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
    let (names, why) = match key {
        TYPES => (record_types(), "Route 53 does not have this type"),
        _ => (record_changes(), "a change creates, upserts or deletes"),
    };
    if value.pattern.has_variable() || names.iter().any(|name| value.pattern.matches(name, Case::Insensitive).possibly()) {
        let lower = literals(value).flat_map(|text| text.split(|c: char| !c.is_ascii_lowercase())).find(|part| !part.is_empty())?;
        return (!any_case).then(|| Flaw {
            kind: "case",
            label: "has lower case letters",
            why: "Route 53 writes it in upper case",
            part: lower.to_owned(),
            instead: known.then(|| value.text.to_ascii_uppercase()),
            names: &[],
        });
    }
    // What is to be filled in yet is no value.
    let empty = value.text.is_empty() || value.text.contains(['<', '>']);
    let part = literals(value).next()?.to_owned();
    let near = nearest(&value.text, names.iter().copied());
    let label = if key == TYPES { "is not a record type" } else { "is not a change action" };
    (!empty).then(|| Flaw { kind: "unknown", label, why, part, instead: near.map(str::to_owned), names })
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
    let flaw = |kind, label, why, part: &str| Some(Flaw { kind, label, why, part: part.to_owned(), instead: instead(), names: &[] });
    let upper = literals(value).flat_map(|text| text.split('.')).find(|part| part.contains(|c: char| c.is_ascii_uppercase()));
    if let (Some(part), false) = (upper, any_case) {
        return flaw("case", "has upper case letters", "Route 53 compares names in lower case", part);
    }
    if let Some(Segment::Literal(last)) = value.pattern.segments().last()
        && last.ends_with('.')
    {
        return flaw("dot", "ends in a dot", "Route 53 compares names without a dot at the end", ".");
    }
    let wrong = literals(value).find_map(|text| unescaped(text, value))?;
    flaw(
        "escape",
        "has a character that must be escaped",
        "Route 53 writes such a character as \\ and three octal digits",
        &wrong.to_string(),
    )
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
fn is_written(flaw: &Flaw, value: &Item, scope: &Scope) -> bool {
    let written = scope.sources.text(value.place.span);
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
        Some(value) if !flaw.names.is_empty() => format!("did you mean `{value}`?"),
        None if !flaw.names.is_empty() => format!("write one of {}", flaw.names.join(", ")),
        Some(value) => format!("write `{value}`"),
        None if flaw.why.contains("lower") => "write names in lower case".to_owned(),
        None if flaw.why.contains("dot") => "remove the dot at the end".to_owned(),
        None => "write it as Route 53 does, which `aws route53 list-resource-record-sets` shows".to_owned(),
    }
}
