//! What AWS would refuse of a policy's form, or read otherwise than it is written.
//!
//! Sources: IAM User Guide, "IAM JSON policy element reference", "Grammar of the IAM JSON policy language", "IAM policy validation
//! check reference"; AWS Organizations User Guide, "SCP syntax", "RCP syntax"; AWS KMS API Reference, "PutKeyPolicy".

use std::collections::HashMap;

use super::super::condition::Operator;
use super::super::document::*;
use super::{Lowering, member, place_of};
use crate::eval::value::{Entry, Kind, Object, StepKind, Value, Way};
use crate::nearest::{nearest, slips};
use crate::source::Span;

impl Lowering {
    /// What a statement must and must not have.
    pub(super) fn check_elements(&mut self, object: &Object, whole: &Value, statement: &Statement) {
        for (first, second) in [("Action", "NotAction"), ("Resource", "NotResource"), ("Principal", "NotPrincipal")] {
            if has(object, whole, first) && has(object, whole, second) {
                self.flaw(FlawKind::Both { first, second }, place_of(whole));
            }
        }
        if object.more.is_none() {
            self.check_missing(object, whole, statement);
        }
        for element in unwanted(self.document.kind) {
            if let Some(entry) = member(object, element).filter(|_| has(object, whole, element)) {
                let place = Place { span: entry.key_span, way: whole.way.clone() };
                self.flaw(FlawKind::NotHere { element }, place);
            }
        }
        self.check_empty(object, whole);
        if self.document.kind == PolicyKind::ResourceControl && self.document.carrier.is_shown() {
            self.check_resource_control(statement);
        }
    }

    fn check_missing(&mut self, object: &Object, whole: &Value, statement: &Statement) {
        let kind = self.document.kind;
        let lacks =
            |given: bool, names: [&str; 2]| !given && !names.iter().any(|name| misspelt(object, name) || object.get(name).is_some());
        let is_resource_named = needs_resource(kind, self.document.carrier.resource());
        let missing = [
            ("Effect", lacks(member(object, "Effect").is_some(), ["Effect", "Effect"])),
            ("Action", lacks(statement.actions.is_some(), ["Action", "NotAction"])),
            ("Resource", is_resource_named && lacks(statement.resources.is_some(), ["Resource", "NotResource"])),
            ("Principal", needs_principal(kind) && lacks(statement.principals.is_some(), ["Principal", "NotPrincipal"])),
        ];
        let elements: Vec<&str> = missing.iter().filter(|(_, missing)| *missing).map(|(element, _)| *element).collect();
        if !elements.is_empty() {
            self.flaw(FlawKind::Missing { elements }, place_of(whole));
        }
    }

    /// Lists that hold nothing. The data source leaves an empty list out, but for principals.
    fn check_empty(&mut self, object: &Object, whole: &Value) {
        let kind = self.document.kind;
        for pair in [["Action", "NotAction"], ["Resource", "NotResource"], ["Principal", "NotPrincipal"]] {
            let by_data_source = is_of_data_source(&whole.way);
            for element in pair {
                let Some(entry) = member(object, element).filter(|_| !unwanted(kind).contains(&element)) else { continue };
                let value = entry.value.clone().out_of(&whole.way);
                let left_out = by_data_source && !element.ends_with("Principal");
                let other = pair.iter().any(|name| *name != element && has(object, whole, name));
                let wanted = !left_out || element.ends_with("Action") || needs_resource(kind, self.document.carrier.resource());
                if self.holds_nothing(&value) && wanted && !(left_out && other) {
                    self.flaw(FlawKind::Empty { element, left_out }, place_of(&value));
                }
            }
        }
    }

    /// "RCP syntax": only Deny, everybody, and no action that is `*` alone.
    fn check_resource_control(&mut self, statement: &Statement) {
        if let (Some(Effect::Allow), Some(place)) = (statement.effect, &statement.effect_place) {
            self.not_this_value("Effect", "Allow", "\"Deny\"", place);
        }
        let principals = statement.admitted();
        if let Some(other) = principals.into_iter().find(|principal| principal.kind != PrincipalKind::Any) {
            self.not_this_value("Principal", &other.item.text, "\"*\"", &other.item.place);
        }
        let actions = statement.actions.iter().filter(|actions| !actions.negated).flat_map(|actions| &actions.items);
        if let Some(every) = actions.into_iter().find(|action| action.pattern.is_any()) {
            self.not_this_value("Action", "*", "the actions of a service, such as \"s3:*\"", &every.place);
        }
    }

    /// A list that is meant to be empty. What comes of the variables of a root module is not: their defaults are nobody's last word, and
    /// who runs it may give others. So the list must stand there as `[]`, or a module must be called so that it is empty.
    pub(super) fn is_empty_list(&self, value: &Value) -> bool {
        lists_nothing(value) && !self.is_default_of_root(value) && (stands_there(value) || self.depth() > 0)
    }

    /// `[]`, written where it is meant.
    pub(super) fn is_written_empty(&self, value: &Value) -> bool {
        lists_nothing(value) && !self.is_default_of_root(value) && stands_there(value)
    }

    /// In how many module calls the carrier is.
    fn depth(&self) -> usize {
        self.document.calls.iter().filter(|(address, _)| !address.is_empty()).count()
    }

    /// Whether it is the default of a variable of the root module. That of a module that is called is what AWS gets: its call gave no other.
    fn is_default_of_root(&self, value: &Value) -> bool {
        let steps = value.way.steps();
        let Some(default) = steps.iter().rposition(|step| step.kind == StepKind::VariableDefault) else { return false };
        let later = |kind: StepKind| steps.iter().skip(default + 1).filter(|step| step.kind == kind).count();
        // An argument brings it one call deeper, an output one back.
        self.depth() + later(StepKind::ModuleOutput) <= later(StepKind::ModuleArgument)
    }

    /// IAM: "Action vendors (e.g., aws, ec2, etc.) must not contain wildcards", but for `*:*`, and "AssumeRole policy may only specify STS
    /// AssumeRole actions" (MalformedPolicyDocument). Other services have policies of their own.
    pub(super) fn check_actions(&mut self, statement: &Statement) {
        let kind = self.document.kind;
        if !is_of_iam(kind) {
            return;
        }
        for item in statement.actions.iter().flat_map(|actions| &actions.items).filter(|item| !item.pattern.has_hole()) {
            let Some((service, _)) = item.text.split_once(':') else { continue };
            if service.contains(['*', '?']) && &*item.text != "*:*" {
                self.flaw(FlawKind::WildcardService { action: item.text.to_string() }, item.place.clone());
            } else if kind == PolicyKind::Trust && !service.contains(['*', '?']) && !service.eq_ignore_ascii_case("sts") {
                self.not_this_value("Action", &item.text, "an action of AWS STS, such as \"sts:AssumeRole\"", &item.place);
            }
        }
    }

    /// `[]`, `{}`, and an object of nothing but empty lists.
    fn holds_nothing(&self, value: &Value) -> bool {
        let nothing = |entry: &Entry| self.is_empty_list(&entry.value.clone().out_of(&value.way));
        let members = |object: &Object| {
            object.more.is_none() && object.entries.iter().all(nothing) && (stands_there(value) || !object.entries.is_empty())
        };
        self.is_empty_list(value) || value.as_object().is_some_and(members)
    }

    pub(super) fn not_this_value(&mut self, element: &'static str, value: &str, expected: &'static str, place: &Place) {
        self.flaw(FlawKind::NotThisValue { element, value: value.to_owned(), expected }, place.clone());
    }

    pub(super) fn check_names(&mut self, object: &Object, way: &Way, known: &[&'static str], of: &'static str) {
        for entry in &object.entries {
            if !known.contains(&&*entry.key) {
                let nearest = nearest(&entry.key, known.iter().copied());
                let place = Place { span: entry.key_span, way: way.clone() };
                self.flaw(FlawKind::UnknownElement { name: entry.key.to_string(), nearest, of }, place);
            }
        }
    }

    /// Keys that are written twice. "Individual elements must not contain multiple instances of the same key" (grammar); Terraform
    /// keeps the last before AWS sees any.
    pub(super) fn check_keys(&mut self, object: &Object, way: &Way, of: KeyOf) {
        for lost in &object.shadowed {
            let Some(kept) = object.entries.iter().find(|entry| entry.key == lost.key) else { continue };
            let place = Place { span: lost.key_span, way: way.clone() };
            let conditions = conditions_in(lost, of);
            self.flaw(FlawKind::SameKey { key: lost.key.to_string(), of, conditions, by: kept.key_span }, place);
        }
        // Condition keys and operators ignore case: "Duplicate keys with different case".
        if matches!(of, KeyOf::Condition | KeyOf::Operator) {
            let mut seen: HashMap<String, Span> = HashMap::new();
            for entry in &object.entries {
                match seen.get(&entry.key.to_ascii_lowercase()) {
                    Some(first) => {
                        let place = Place { span: entry.key_span, way: way.clone() };
                        self.flaw(FlawKind::SameKeyInCase { key: entry.key.to_string(), first: *first }, place);
                    }
                    None => drop(seen.insert(entry.key.to_ascii_lowercase(), entry.key_span)),
                }
            }
        }
    }

    /// Whether IAM does not take an operator for its case: "Invalid Condition type : stringEquals" (MalformedPolicyDocument). Of other
    /// services nothing is known.
    pub(super) fn is_in_wrong_case(&self, name: &str, operator: Operator) -> bool {
        is_of_iam(self.document.kind) && operator.to_string() != name
    }

    /// Of `Null` with a prefix or suffix that it does not have. Says whether there was something to say.
    pub(super) fn check_null(&mut self, name: &str, operator: Operator, place: &Place) -> bool {
        let base = name.split_once(':').map_or(name, |(_, base)| base);
        let name = name.to_owned();
        let kind = match operator.set {
            _ if base.eq_ignore_ascii_case("NullIfExists") => FlawKind::NullIfExists { name },
            Some(set) if base.eq_ignore_ascii_case("Null") => FlawKind::NullOfSet { name, set },
            _ => return false,
        };
        let refused = matches!(kind, FlawKind::NullIfExists { .. });
        self.flaw(kind, place.clone());
        refused
    }

    /// `Sid` must be a string.
    pub(super) fn check_sid(&mut self, object: &Object, way: &Way) {
        let Some(entry) = member(object, "Sid") else { return };
        if matches!(entry.value.kind, Kind::List(_) | Kind::Object(_)) {
            let value = entry.value.clone().out_of(way);
            self.wrong_type("Sid", "a string", &value);
        }
    }

    /// "In IAM, the Sid value must be unique within a JSON policy" ("IAM JSON policy elements: Sid"), and so it is in SNS and SQS
    /// (Amazon SNS Developer Guide, "Amazon SNS API permissions"). S3 takes two, and of others nothing is written.
    pub(super) fn check_sids(&mut self) {
        let unique = has_unique_sids(self.document.kind, self.document.carrier.resource());
        let mut first: HashMap<String, Place> = HashMap::new();
        let mut flaws = Vec::new();
        for sid in self.document.statements.iter().filter_map(|statement| statement.sid.as_ref()) {
            let Some(text) = sid.pattern.as_exact().filter(|text| !text.is_empty()) else { continue };
            match first.get(text) {
                Some(earlier) => {
                    let source = data_source(&sid.place.way);
                    let data_source = source.is_some() && source == data_source(&earlier.way);
                    if unique || data_source {
                        let kind = FlawKind::SameSid { sid: text.to_owned(), first: earlier.span, data_source };
                        flaws.push(Flaw { kind, place: sid.place.clone() });
                    }
                }
                None => drop(first.insert(text.to_owned(), sid.place.clone())),
            }
        }
        self.document.flaws.extend(flaws);
    }
}

/// No expression but `[]` and `{}` is as short: `var.a` has five characters.
const SHORTEST_REFERENCE: usize = 4;

/// What a kind of policy must not have in a statement.
fn unwanted(kind: PolicyKind) -> &'static [&'static str] {
    match kind {
        PolicyKind::Identity | PolicyKind::Boundary | PolicyKind::ServiceControl => &["Principal", "NotPrincipal"],
        PolicyKind::Trust => &["Resource", "NotResource", "NotPrincipal"],
        PolicyKind::ResourceControl => &["NotPrincipal", "NotAction"],
        PolicyKind::Resource | PolicyKind::Endpoint => &[],
    }
}

/// Whether IAM keeps such policies, and looks at them when they are written.
fn is_of_iam(kind: PolicyKind) -> bool {
    matches!(kind, PolicyKind::Identity | PolicyKind::Boundary | PolicyKind::Trust)
}

fn needs_principal(kind: PolicyKind) -> bool {
    matches!(kind, PolicyKind::Trust | PolicyKind::Resource | PolicyKind::ResourceControl | PolicyKind::Endpoint)
}

/// Of resource policies those of S3, SNS and KMS; others, such as ECR's, do without.
fn needs_resource(kind: PolicyKind, carrier: &str) -> bool {
    match kind {
        PolicyKind::Identity | PolicyKind::Boundary | PolicyKind::ServiceControl | PolicyKind::ResourceControl => true,
        PolicyKind::Resource => {
            matches!(carrier, "aws_s3_bucket" | "aws_s3_bucket_policy" | "aws_sns_topic" | "aws_sns_topic_policy") || is_key(carrier)
        }
        PolicyKind::Trust | PolicyKind::Endpoint => false,
    }
}

fn has_unique_sids(kind: PolicyKind, carrier: &str) -> bool {
    match kind {
        PolicyKind::Identity | PolicyKind::Boundary | PolicyKind::Trust => true,
        _ => matches!(carrier, "aws_sns_topic" | "aws_sns_topic_policy" | "aws_sqs_queue" | "aws_sqs_queue_policy"),
    }
}

/// A key of AWS KMS, which takes statements that do nothing.
pub fn is_key(carrier: &str) -> bool {
    carrier.starts_with("aws_kms_")
}

/// An element that is there: the data source writes none for an empty list.
fn has(object: &Object, whole: &Value, name: &str) -> bool {
    let left_out = |value: &Value| !name.ends_with("Principal") && is_of_data_source(&whole.way) && lists_nothing(value);
    member(object, name).is_some_and(|entry| !left_out(&entry.value))
}

/// Whether `element` is there under a name that only its case or a letter tells from the right one.
pub(super) fn misspelt(object: &Object, element: &str) -> bool {
    object.entries.iter().any(|entry| &*entry.key != element && slips(&entry.key, element).is_some())
}

/// The effect that is meant, and how it is written.
pub(super) fn effect_of(text: &str) -> (Option<Effect>, &'static str) {
    match text {
        _ if text.eq_ignore_ascii_case("Allow") => (Some(Effect::Allow), "\"Allow\""),
        _ if text.eq_ignore_ascii_case("Deny") => (Some(Effect::Deny), "\"Deny\""),
        _ => (None, "\"Allow\" or \"Deny\""),
    }
}

/// "The Effect value is case sensitive" ("IAM JSON policy elements: Effect"; the check "Invalid effect"). Of trust policies AWS takes `allow`:
/// its own account factory has written it for years.
pub(super) fn is_effect(text: &str, kind: PolicyKind) -> bool {
    matches!(text, "Allow" | "Deny") || kind == PolicyKind::Trust && effect_of(text).0.is_some()
}

/// Whether an object has what only a statement has.
pub(super) fn is_statement(object: &Object) -> bool {
    first_of_statement(object).is_some()
}

/// The first element of a statement in what should be a policy and has none in `Statement`.
pub(super) fn bare_statement(object: &Object) -> Option<&Entry> {
    let none = object.more.is_none() && object.get("Statement").is_none() && !misspelt(object, "Statement");
    if none { first_of_statement(object) } else { None }
}

/// The first element of a statement, if there are several.
fn first_of_statement(object: &Object) -> Option<&Entry> {
    const ELEMENTS: [&str; 8] = ["Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "NotPrincipal", "Condition"];
    let is_one = |entry: &&Entry| ELEMENTS.iter().any(|element| entry.key.eq_ignore_ascii_case(element));
    let mut found = object.entries.iter().filter(is_one);
    let first = found.next();
    if found.next().is_some() { first } else { None }
}

/// Whether the name of an operator is that of a condition key: only a set operator has a colon behind it.
pub(super) fn is_key_name(name: &str) -> bool {
    let set = |prefix: &str| slips(prefix, "ForAllValues").is_some() || slips(prefix, "ForAnyValue").is_some();
    name.split_once(':').is_some_and(|(prefix, rest)| !rest.is_empty() && !set(prefix))
}

fn stands_there(value: &Value) -> bool {
    value.span.range().len() < SHORTEST_REFERENCE
}

fn lists_nothing(value: &Value) -> bool {
    value.as_list().is_some_and(|list| list.items.is_empty() && list.more.is_none())
}

/// The policy document data source that wrote it.
fn data_source(way: &Way) -> Option<&str> {
    let documents = way.steps().iter().filter(|step| step.kind == StepKind::Document);
    documents.map(|step| &*step.name).rfind(|name| name.contains("aws_iam_policy_document."))
}

fn is_of_data_source(way: &Way) -> bool {
    data_source(way).is_some()
}

/// The condition keys whose limit goes with a lost member.
fn conditions_in(lost: &Entry, of: KeyOf) -> Vec<String> {
    let members = |value: &Value| value.as_object().map(|object| object.entries.clone()).unwrap_or_default();
    let keys = |value: &Value| members(value).iter().map(|entry| entry.key.to_string()).collect::<Vec<_>>();
    match of {
        KeyOf::Condition => keys(&lost.value),
        KeyOf::Statement if &*lost.key == "Condition" => members(&lost.value).iter().flat_map(|operator| keys(&operator.value)).collect(),
        KeyOf::Operator => vec![lost.key.to_string()],
        KeyOf::Policy | KeyOf::Statement | KeyOf::Principal => Vec::new(),
    }
}
