use crate::catalog::{self, ConditionKey, KeyOrigin, KeyType, Presence};
use crate::finding::{Category, Confidence, Message, Severity, What};
use crate::policy::condition::is_key;
use crate::policy::condition::{Base, Operator, SetOperator};
use crate::policy::rewrite;
use crate::policy::{Condition, Statement};
use crate::rules::kit::rule::{Context, Rule};

rule! {
    ConditionOperatorMismatch, "condition-operator-mismatch",
    summary: "a condition whose operator does not match its key's type",
    category: Category::Correctness,
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    tags: &["conditions", "validity"],
}

impl Rule for ConditionOperatorMismatch {
    fn statement(&self, statement: &Statement, context: &mut Context) {
        for condition in &statement.conditions {
            let Some(key) = catalog::condition_key(&condition.key) else { continue };
            if matches!(key.origin(), KeyOrigin::Saml | KeyOrigin::WebIdentity | KeyOrigin::AnyOidcProvider) {
                continue;
            }
            let wrong = wrong_type(condition, &key)
                .or_else(|| wrong_set(condition, &key, statement))
                .or_else(|| truth_values(condition, statement));
            let Some(wrong) = wrong else { continue };
            let instead = wrong.instead.map(|operator| operator.to_string());
            let edit = instead.and_then(|instead| rewrite::operator(condition, statement, &instead, context.sources));
            let finding = context
                .at(&condition.operator_place, wrong.label)
                .kind(wrong.kind)
                .facts(wrong.facts)
                .message(wrong.message)
                .label(condition.key_place.span, wrong.holds)
                .help(wrong.help)
                .edit(edit);
            context.report(finding);
        }
    }
}

struct Wrong {
    kind: &'static str,
    facts: Vec<String>,
    message: Message,
    label: &'static str,
    holds: String,
    help: String,
    /// The operator to write, where it can only be one.
    instead: Option<Operator>,
}

/// Whether the operator compares another type of value than the key holds.
pub(super) fn compares_other_type(condition: &Condition) -> bool {
    catalog::condition_key(&condition.key).is_some_and(|key| wrong_type(condition, &key).is_some())
}

/// An operator that compares another kind of value than the key holds, so that it never matches.
fn wrong_type(condition: &Condition, key: &ConditionKey) -> Option<Wrong> {
    let base = condition.operator.base;
    let wanted = operand(base)?;
    let holds = [Some(key.value_type()), key.also_type()];
    if holds.contains(&Some(wanted)) || is_harmless(condition, wanted, key.value_type()) {
        return None;
    }
    let (kind, operators) = words(key.value_type());
    let name = &condition.key;
    Some(Wrong {
        kind: "type",
        facts: vec![base.name().to_owned(), name.to_string()],
        message: Message::new(format!("`{name}`"), What::Is(format!("holds {kind}")))
            .aside(format!("which {} cannot compare", base.name())),
        label: "compares another type of value",
        holds: format!("holds {kind}"),
        help: format!("test it with {operators}"),
        instead: None,
    })
}

/// The kind of value that an operator compares; nothing for those that go with every key.
fn operand(base: Base) -> Option<KeyType> {
    Some(match base {
        Base::StringEquals
        | Base::StringNotEquals
        | Base::StringEqualsIgnoreCase
        | Base::StringNotEqualsIgnoreCase
        | Base::StringLike
        | Base::StringNotLike => KeyType::String,
        Base::NumericEquals
        | Base::NumericNotEquals
        | Base::NumericLessThan
        | Base::NumericLessThanEquals
        | Base::NumericGreaterThan
        | Base::NumericGreaterThanEquals => KeyType::Numeric,
        Base::DateEquals
        | Base::DateNotEquals
        | Base::DateLessThan
        | Base::DateLessThanEquals
        | Base::DateGreaterThan
        | Base::DateGreaterThanEquals => KeyType::Date,
        Base::Bool => KeyType::Bool,
        Base::IpAddress | Base::NotIpAddress => KeyType::IpAddress,
        Base::ArnEquals | Base::ArnLike | Base::ArnNotEquals | Base::ArnNotLike => KeyType::Arn,
        Base::BinaryEquals | Base::Null | Base::Unknown => return None,
    })
}

/// Pairs that compare as they are meant although their types differ: every value is text in the end.
fn is_harmless(condition: &Condition, operator: KeyType, key: KeyType) -> bool {
    let texts = || condition.values.iter().map(|value| &*value.text);
    match (operator, key) {
        // A range is no text that an address could equal.
        (KeyType::String, KeyType::IpAddress) => !texts().any(|text| text.contains('/')),
        (KeyType::String, KeyType::Date) => false,
        (KeyType::String, _) => true,
        // Many keys that hold ARNs are listed as strings.
        (KeyType::Arn, KeyType::String) => {
            texts().any(|text| text.starts_with("arn:") || text.starts_with(['*', '$'])) || condition.values.is_empty()
        }
        // The reference lists some numbers and booleans as strings.
        (KeyType::Numeric | KeyType::Bool, KeyType::String) => true,
        _ => false,
    }
}

fn words(kind: KeyType) -> (&'static str, &'static str) {
    match kind {
        KeyType::String => ("text", "StringEquals or StringLike"),
        KeyType::Numeric => ("a number", "a Numeric operator"),
        KeyType::Date => ("a date", "a Date operator"),
        KeyType::Bool => ("`true` or `false`", "Bool"),
        KeyType::IpAddress => ("an address", "IpAddress or NotIpAddress"),
        KeyType::Arn => ("an ARN", "ArnLike"),
    }
}

/// Keys of services of which AWS says that they need a set operator, even for one value (Amazon DynamoDB Developer Guide, "Using IAM policy
/// conditions for fine-grained access control").
const NEEDS_SET: &[&str] = &["dynamodb:LeadingKeys"];

/// `Bool` or `Null` with both of its values, one of which always matches, or `Null` with another one.
fn truth_values(condition: &Condition, statement: &Statement) -> Option<Wrong> {
    let base = condition.operator.base;
    let has = |wanted: &str| condition.values.iter().any(|value| value.text.eq_ignore_ascii_case(wanted));
    let name = &condition.key;
    if matches!(base, Base::Bool | Base::Null) && has("true") && has("false") {
        return Some(Wrong {
            kind: "both",
            facts: vec![name.to_string()],
            message: match statement.denies() {
                true if base != Base::Null => Message::new("the statement", What::Is(format!("denies every request that has `{name}`"))),
                _ => Message::new(format!("the condition on `{name}`"), What::RestrictsNothing),
            }
            .because("it lists both `true` and `false`"),
            label: "compares with both",
            holds: "is tested here".to_owned(),
            help: "write the one you mean, or remove the condition".to_owned(),
            instead: None,
        });
    }
    let known = |text: &str| text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false");
    let mut texts = condition.values.iter().filter_map(|value| value.pattern.as_exact());
    // What is to be filled in yet is nobody's idea of a value.
    let other = texts.find(|text| !known(text) && !text.is_empty() && !text.contains(['<', '$'])).filter(|_| base == Base::Null)?;
    Some(Wrong {
        kind: "null",
        facts: vec![other.to_owned(), name.to_string()],
        message: Message::new("Null", What::Is(format!("does not accept `{other}`")))
            .because(format!("it is `true` for requests without `{name}` and `false` for requests with it")),
        label: "compares with `true` or `false`",
        holds: format!("is compared with `{other}`"),
        help: "write `\"true\"` if the key must be absent, `\"false\"` if it must be present".to_owned(),
        instead: None,
    })
}

/// Which of the two set operators to write. Without the key ForAllValues is met (IAM User Guide, "Set operators for multivalued context keys").
fn set_operators(condition: &Condition, statement: &Statement) -> String {
    let base = condition.operator.base.name();
    match statement.allows() && condition.operator.is_positive() {
        true => format!(
            "write ForAnyValue:{base} if one must match; if all must, ForAllValues:{base} and Null with `{}` = \"false\", which requires the key",
            condition.key
        ),
        false => format!("write ForAnyValue:{base} if one must match, ForAllValues:{base} if all must"),
    }
}

/// A set operator on a key with one value, or none on a key with several.
fn wrong_set(condition: &Condition, key: &ConditionKey, statement: &Statement) -> Option<Wrong> {
    let operator = condition.operator;
    let name = &condition.key;
    if matches!(operator.base, Base::Null | Base::Unknown) {
        return None;
    }
    if key.is_multi_valued() && operator.set.is_none() && (key.origin() == KeyOrigin::Global || is_key(name, NEEDS_SET)) {
        return Some(Wrong {
            kind: "several",
            facts: vec![name.to_string()],
            message: Message::new(format!("`{name}`"), What::Is("has several values".to_owned()))
                .aside("and the operator does not say whether one or all of them must match"),
            label: "has neither ForAnyValue nor ForAllValues before it",
            holds: "holds several values".to_owned(),
            help: set_operators(condition, statement),
            instead: None,
        });
    }
    let tags = statement.denies() && operator.set == Some(SetOperator::ForAllValues) && is_key(name, &["aws:TagKeys"]);
    if tags && operator.is_positive() && statement.passes_without(name).certainly() {
        return Some(Wrong {
            kind: "no-tags",
            facts: Vec::new(),
            message: Message::new("the statement", What::Is("also denies requests that send no tags".to_owned()))
                .because("ForAllValues is met by them"),
            label: "is met by a request without tags",
            holds: "is in requests that send tags".to_owned(),
            help: format!("write ForAnyValue:{} if one of the tags is enough, or add Null with `{name}` = \"false\"", operator.base.name()),
            instead: None,
        });
    }
    // Of a key that a request can lack, condition-bypassable speaks.
    let loose = operator.set == Some(SetOperator::ForAllValues) && statement.allows() && !statement.is_guarded(name);
    let single = !key.is_multi_valued() && catalog::presence(name) == Presence::Unknown;
    (loose && single && operator.is_positive()).then(|| Wrong {
        kind: "one",
        facts: vec![name.to_string()],
        message: Message::new(format!("`{name}`"), What::Is("has one value".to_owned()))
            .aside("so all that ForAllValues adds is to admit requests without the key"),
        label: "is for keys with several values",
        holds: "holds one value".to_owned(),
        help: format!("test it with {} alone", operator.base.name()),
        instead: Some(Operator { set: None, if_exists: false, ..operator }),
    })
}
