//! From a value to a document: one way in for every written form.

pub mod check;
mod size;

use std::sync::Arc;

use self::check::{effect_of, is_effect, is_statement, misspelt};
use super::condition::{Base, OPERATORS, Operator};
use super::document::*;
use super::gap::Gap;
use super::pattern::{Hole, HoleClass, Mode, Pattern, PatternBuilder};
use crate::eval::json;
use crate::eval::unknown::{Reason, Unknown};
use crate::eval::value::{Entry, Kind, Object, OpenEntry, Part, Secrecy, StepKind, Str, Value};
use crate::nearest::{nearest, slips};
use crate::source::Span;
use crate::truth::Truth;

/// What carries a document.
#[derive(Clone, Debug)]
pub struct Carrier {
    pub kind: PolicyKind,
    pub address: String,
    pub carrier: CarrierType,
    /// What the policy is put on.
    pub on: Option<Item>,
    pub header: Span,
    pub block: Span,
    pub calls: Vec<(Arc<str>, Span)>,
}

/// Lowers a policy: JSON text, what `jsonencode` was given, or a value that is no string at all. Nothing for null
/// and for no text: no policy.
pub fn lower(value: &Value, carrier: &Carrier) -> Option<Document> {
    let empty = matches!(&value.kind, Kind::String(text) if text.known().is_some_and(|text| text.trim().is_empty()));
    if value.is_null() || empty {
        return None;
    }
    let place = Place { span: value.span, way: value.way.clone() };
    let document = Document {
        kind: carrier.kind,
        address: carrier.address.clone(),
        carrier: carrier.carrier.clone(),
        on: carrier.on.clone(),
        header: carrier.header,
        block: carrier.block,
        calls: carrier.calls.clone(),
        place,
        version: None,
        has_variables: Truth::Unknown,
        size: Size::default(),
        statements: Vec::new(),
        gap: None,
        flaws: Vec::new(),
        unknowns: Vec::new(),
        assumed: Vec::new(),
    };
    let mut lowering = Lowering { document, mode: Mode::ALL };
    lowering.whole(value);
    Some(lowering.document)
}

struct Lowering {
    document: Document,
    /// How resources and condition values are read: variables exist from version 2012-10-17 on.
    mode: Mode,
}

impl Lowering {
    fn whole(&mut self, value: &Value) {
        let decoded = match &value.kind {
            Kind::String(text) => json::decode(text, value.span).out_of(&value.way),
            _ => value.clone(),
        };
        self.collect_unknowns(&decoded);
        self.document.size = size::of(value, &decoded);
        match &decoded.kind {
            Kind::Object(object) => self.document_object(object, &decoded),
            Kind::Unknown(unknown) => self.unknown_document(value, unknown),
            Kind::List(list) if list.items.iter().any(|item| item.as_object().is_some_and(is_statement)) => {
                self.flaw(FlawKind::BareStatement { is_list: true }, place_of(&decoded));
            }
            _ => self.wrong_type("the policy", "a JSON object", &decoded),
        }
    }

    fn unknown_document(&mut self, value: &Value, unknown: &Arc<Unknown>) {
        let written = matches!(&value.kind, Kind::String(text) if text.known().is_some());
        match &unknown.reason {
            Reason::Failed(message) if written => {
                let place = Place { span: unknown.span, way: value.way.clone() };
                self.flaw(FlawKind::NotJson(message.to_string()), place);
            }
            _ => {}
        }
        self.document.gap = Some(Arc::clone(unknown));
    }

    /// Everything that source does not give, but for what has an identity: an account or ARN of the estate is as good as known.
    fn collect_unknowns(&mut self, value: &Value) {
        match &value.kind {
            Kind::Unknown(unknown) => self.note_unknown(value.span, unknown),
            Kind::String(text) => {
                for part in &text.parts {
                    match part {
                        Part::Unknown(unknown) => self.note_unknown(unknown.span, unknown),
                        Part::Json(value) => self.collect_unknowns(value),
                        Part::Text(_) => {}
                    }
                }
            }
            Kind::List(list) => {
                list.items.iter().for_each(|item| self.collect_unknowns(item));
                list.more.iter().for_each(|more| self.note_more(value.span, more));
            }
            Kind::Object(object) => {
                object.entries.iter().for_each(|entry| self.collect_unknowns(&entry.value));
                object.more.iter().for_each(|more| self.note_more(value.span, more));
            }
            _ => {}
        }
    }

    /// One unknown document may leave many statements in doubt: it is told once.
    fn note_more(&mut self, span: Span, more: &Arc<Unknown>) {
        if !self.document.unknowns.iter().any(|(_, known)| known.reason == more.reason) {
            self.note_unknown(span, more);
        }
    }

    fn note_unknown(&mut self, span: Span, unknown: &Arc<Unknown>) {
        if !unknown.is_identity() {
            self.document.unknowns.push((span, Arc::clone(unknown)));
        }
    }

    fn flaw(&mut self, kind: FlawKind, place: Place) {
        self.document.flaws.push(Flaw { kind, place });
    }

    fn wrong_type(&mut self, element: &str, expected: &'static str, value: &Value) {
        self.flaw(FlawKind::WrongType { element: element.to_owned(), expected }, place_of(value));
    }

    fn document_object(&mut self, object: &Object, whole: &Value) {
        self.document.place.span = whole.span;
        if let Some(first) = check::bare_statement(object) {
            let place = Place { span: first.key_span, way: whole.way.clone() };
            return self.flaw(FlawKind::BareStatement { is_list: false }, place);
        }
        self.check_keys(object, &whole.way, KeyOf::Policy);
        match member(object, "Version") {
            Some(version) => self.version(&version.value.clone().out_of(&whole.way)),
            None => self.no_version(object, whole),
        }
        self.check_names(object, &whole.way, &["Version", "Id", "Statement"], "a policy");
        match member(object, "Statement") {
            Some(entry) => self.statements(&entry.value.clone().out_of(&whole.way)),
            None if object.more.is_some() => self.document.gap = object.more.clone(),
            None if misspelt(object, "Statement") => {}
            None => self.flaw(FlawKind::Missing { elements: vec!["Statement"] }, place_of(whole)),
        }
    }

    fn version(&mut self, version: &Value) {
        if version.as_unknown().is_some() {
            return;
        }
        let Some(item) = item(version, Mode::LITERAL) else {
            return self.wrong_type("Version", "a string", version);
        };
        match item.pattern.as_exact() {
            None => {}
            Some("2012-10-17") => self.document.has_variables = Truth::Yes,
            Some("2008-10-17") if self.document.kind == PolicyKind::ResourceControl => {
                self.old_language();
                self.not_this_value("Version", "2008-10-17", "\"2012-10-17\"", &item.place);
            }
            Some("2008-10-17") => self.old_language(),
            Some(other) => {
                let flaw = FlawKind::WrongValue { element: "Version", value: other.to_owned(), expected: "\"2012-10-17\"" };
                self.flaw(flaw, item.place.clone());
            }
        }
        self.document.version = Some(item);
    }

    /// The language is that of 2008 where no version is written (IAM User Guide, "IAM JSON policy elements: Version").
    fn no_version(&mut self, object: &Object, whole: &Value) {
        if object.more.is_some() || misspelt(object, "Version") || object.get("Version").is_some() {
            return;
        }
        self.old_language();
        if self.document.kind == PolicyKind::ResourceControl {
            self.flaw(FlawKind::Missing { elements: vec!["Version"] }, place_of(whole));
        }
    }

    fn old_language(&mut self) {
        self.document.has_variables = Truth::No;
        self.mode = Mode::WILDCARDS;
    }

    fn statements(&mut self, value: &Value) {
        match &value.kind {
            Kind::List(list) => {
                if self.is_empty_list(value) && value.way.steps().iter().all(|step| step.kind != StepKind::Document) {
                    self.flaw(FlawKind::Empty { element: "Statement", left_out: false }, place_of(value));
                }
                for item in &list.items {
                    self.statement(&item.clone().out_of(&value.way));
                }
                // A statement of the list may be unknown as well.
                self.document.gap = self.document.gap.take().or_else(|| list.more.clone());
                self.check_sids();
            }
            Kind::Object(_) => self.statement(value),
            Kind::Unknown(unknown) => self.document.gap = Some(Arc::clone(unknown)),
            _ => self.wrong_type("Statement", "an object or a list of objects", value),
        }
    }

    fn statement(&mut self, value: &Value) {
        let object = match &value.kind {
            Kind::Object(object) => object,
            Kind::Unknown(unknown) => return self.document.gap = Some(Arc::clone(unknown)),
            // A list in the list: `Statement = [local.a, local.b]` of lists. AWS refuses it.
            _ => return self.wrong_type("a statement", "an object", value),
        };
        let mut statement = Statement {
            place: place_of(value),
            index: self.document.statements.len(),
            sid: member(object, "Sid").and_then(|entry| item(&entry.value.clone().out_of(&value.way), Mode::LITERAL)),
            effect: None,
            effect_place: None,
            principals: None,
            actions: None,
            resources: None,
            conditions: Vec::new(),
            gap: Gap::of_elements(object.more.clone()),
        };
        let known = ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"];
        self.check_names(object, &value.way, &known, "a statement");
        self.check_keys(object, &value.way, KeyOf::Statement);
        self.effect(object, value, &mut statement);
        statement.principals = self.principals(object, value);
        statement.actions = self.items(object, value, ["Action", "NotAction"], Mode::WILDCARDS);
        self.check_actions(&statement);
        let mode = self.mode;
        statement.resources = self.items(object, value, ["Resource", "NotResource"], mode);
        self.conditions(object, value, &mut statement);
        self.check_elements(object, value, &statement);
        self.check_sid(object, &value.way);
        self.document.statements.push(statement);
    }

    fn effect(&mut self, object: &Object, whole: &Value, statement: &mut Statement) {
        let Some(entry) = member(object, "Effect") else { return };
        let value = entry.value.clone().out_of(&whole.way);
        statement.effect_place = Some(place_of(&value));
        match value.known_string().as_deref() {
            Some(text) => {
                let (effect, expected) = effect_of(text);
                statement.effect = effect;
                if !is_effect(text, self.document.kind) {
                    self.flaw(FlawKind::WrongValue { element: "Effect", value: text.to_owned(), expected }, place_of(&value));
                }
            }
            None => match value.first_unknown() {
                Some(unknown) => statement.gap.add_element(unknown),
                None => self.wrong_type("Effect", "\"Allow\" or \"Deny\"", &value),
            },
        }
    }

    fn items(&mut self, object: &Object, whole: &Value, names: [&'static str; 2], mode: Mode) -> Option<Items> {
        let (name, negated) = match (member(object, names[0]), member(object, names[1])) {
            (Some(_), _) => (names[0], false),
            (None, Some(_)) => (names[1], true),
            (None, None) => return None,
        };
        let entry = member(object, name)?;
        let value = entry.value.clone().out_of(&whole.way);
        let key = Place { span: entry.key_span, way: value.way.clone() };
        let (items, gap) = self.strings(&value, name, mode);
        Some(Items { negated, key, items, gap })
    }

    /// One string or a list of them. A list in a list is flattened by nobody: AWS refuses it.
    fn strings(&mut self, value: &Value, element: &str, mode: Mode) -> (Vec<Item>, Option<Arc<Unknown>>) {
        match &value.kind {
            Kind::List(list) => {
                let mut lowered = Vec::new();
                let mut gap = list.more.clone();
                for part in &list.items {
                    let part = part.clone().out_of(&value.way);
                    match (item(&part, mode), &part.kind) {
                        (Some(item), _) => lowered.push(item),
                        // One unknown value in a list of strings is one string.
                        (None, Kind::Unknown(unknown)) => lowered.push(unknown_item(unknown, &part)),
                        (None, Kind::Lazy(_)) => gap = Some(Arc::new(Unknown::failed("a whole resource is no string", part.span))),
                        // At the outer list: the inner one may be a fine list elsewhere.
                        (None, Kind::List(_)) => self.wrong_type(element, "one list of strings, not a list in a list", value),
                        (None, _) => self.wrong_type(element, "a string or a list of strings", &part),
                    }
                }
                (lowered, gap)
            }
            // Not known at all: one string or a list of any length.
            Kind::Unknown(unknown) => match &unknown.symbol {
                Some(_) if unknown.is_identity() || unknown.is_one_text() => (vec![unknown_item(unknown, value)], None),
                _ => (Vec::new(), Some(Arc::clone(unknown))),
            },
            _ => match item(value, mode) {
                Some(item) => (vec![item], None),
                None => {
                    self.wrong_type(element, "a string or a list of strings", value);
                    (Vec::new(), None)
                }
            },
        }
    }

    fn principals(&mut self, object: &Object, whole: &Value) -> Option<Principals> {
        let (entry, negated) = match (member(object, "Principal"), member(object, "NotPrincipal")) {
            (Some(entry), _) => (entry, false),
            (None, Some(entry)) => (entry, true),
            (None, None) => return None,
        };
        let value = entry.value.clone().out_of(&whole.way);
        let key = Place { span: entry.key_span, way: value.way.clone() };
        let mut principals = Principals { negated, key, items: Vec::new(), gap: None };
        match &value.kind {
            Kind::Object(object) => {
                self.check_keys(object, &value.way, KeyOf::Principal);
                for Entry { key, key_span, value: members } in &object.entries {
                    self.principal_kind(key, *key_span, &members.clone().out_of(&value.way), &mut principals);
                }
                principals.gap = principals.gap.or_else(|| object.more.clone());
            }
            Kind::Unknown(unknown) => principals.gap = Some(Arc::clone(unknown)),
            _ => match item(&value, Mode::WILDCARDS) {
                Some(item) if item.pattern.is_any() => principals.items.push(Principal { kind: PrincipalKind::Any, item }),
                Some(item) if item.pattern.has_hole() => principals.gap = value.first_unknown(),
                _ => self.wrong_type("Principal", "\"*\" or an object such as { AWS = \"…\" }", &value),
            },
        }
        Some(principals)
    }

    fn principal_kind(&mut self, name: &Arc<str>, span: Span, value: &Value, principals: &mut Principals) {
        const KINDS: [(&str, PrincipalKind); 4] = [
            ("AWS", PrincipalKind::Aws),
            ("Service", PrincipalKind::Service),
            ("Federated", PrincipalKind::Federated),
            ("CanonicalUser", PrincipalKind::CanonicalUser),
        ];
        let found = KINDS.iter().find(|(known, _)| *known == &**name);
        if (&**name, self.document.kind) == ("CanonicalUser", PolicyKind::Trust) {
            let place = Place { span, way: value.way.clone() };
            self.not_this_value("Principal", name, "AWS, Service or Federated", &place);
        }
        let kind = match found {
            Some((_, kind)) => kind.clone(),
            None => {
                let nearest = nearest(name, KINDS.iter().map(|(known, _)| *known));
                let place = Place { span, way: value.way.clone() };
                self.flaw(FlawKind::UnknownElement { name: name.to_string(), nearest, of: "Principal" }, place);
                PrincipalKind::Other(Arc::clone(name))
            }
        };
        // Only a bare `*` is more than its characters in a principal.
        let (items, gap) = self.strings(value, "Principal", Mode::WILDCARDS);
        principals.items.extend(items.into_iter().map(|item| Principal { kind: kind.clone(), item }));
        // Some identity provider it is, and the conditions may name it.
        if let (PrincipalKind::Federated, Some(unknown), Kind::Unknown(_)) = (&kind, &gap, &value.kind) {
            principals.items.push(Principal { kind, item: unknown_item(unknown, value) });
        }
        principals.gap = principals.gap.take().or(gap);
    }

    fn conditions(&mut self, object: &Object, whole: &Value, statement: &mut Statement) {
        let Some(entry) = member(object, "Condition") else { return };
        let value = entry.value.clone().out_of(&whole.way);
        match &value.kind {
            Kind::Null => {}
            Kind::Object(operators) => {
                operators.more.iter().for_each(|more| statement.gap.add_conditions(Arc::clone(more), false));
                self.check_keys(operators, &value.way, KeyOf::Condition);
                for Entry { key, key_span, value: keys } in &operators.entries {
                    self.operator(key, *key_span, &keys.clone().out_of(&value.way), statement);
                }
            }
            Kind::Unknown(unknown) => statement.gap.add_conditions(Arc::clone(unknown), false),
            _ => self.wrong_type("Condition", "an object of operators", &value),
        }
    }

    fn operator(&mut self, name: &Arc<str>, span: Span, keys: &Value, statement: &mut Statement) {
        let operator = Operator::parse(name);
        let operator_place = Place { span, way: keys.way.clone() };
        if operator.base == Base::Unknown && check::is_key_name(name) {
            return self.flaw(FlawKind::KeyAsOperator { key: name.to_string() }, operator_place);
        }
        let refused = self.check_null(name, operator, &operator_place);
        if !refused && (operator.base == Base::Unknown || self.is_in_wrong_case(name, operator)) {
            let nearest = nearest_operator(name);
            self.flaw(FlawKind::UnknownOperator { name: name.to_string(), nearest }, operator_place.clone());
        }
        match &keys.kind {
            Kind::Object(object) => {
                if let Some(more) = &object.more {
                    statement.gap.add_conditions(Arc::clone(more), object.is_open_only());
                }
                self.check_keys(object, &keys.way, KeyOf::Operator);
                let mode = Mode { variables: self.mode.variables && operator.value_mode().variables, ..operator.value_mode() };
                for Entry { key, key_span, value } in &object.entries {
                    let value = value.clone().out_of(&keys.way);
                    let key_place = Place { span: *key_span, way: keys.way.clone() };
                    let (values, gap) = self.strings(&value, "the value of a condition", mode);
                    if self.is_written_empty(&value) {
                        self.flaw(FlawKind::NoValues { operator, key: key.to_string() }, Place { span: value.span, ..key_place.clone() });
                    }
                    let operator_place = operator_place.clone();
                    let (key, secret) = (Arc::clone(key), secret(&value));
                    statement.conditions.push(Condition { operator, operator_place, key, key_place, values, gap, secret });
                }
                for OpenEntry { key, key_span, value, .. } in &object.open {
                    let value = value.clone().out_of(&keys.way);
                    let key_place = Place { span: *key_span, way: keys.way.clone() };
                    let (values, gap) = self.strings(&value, "the value of a condition", mode);
                    let (operator_place, written, secret) = (operator_place.clone(), key.display().into(), secret(&value));
                    let condition = Condition { operator, operator_place, key: written, key_place, values, gap, secret };
                    statement.gap.add_open(OpenCondition { key: pattern(key, Mode::LITERAL), condition });
                }
            }
            Kind::Unknown(unknown) => statement.gap.add_conditions(Arc::clone(unknown), false),
            _ => self.wrong_type(name, "an object of condition keys", keys),
        }
    }
}

/// An element that is there and not null: Terraform's `jsonencode` writes null members, which AWS refuses, but nobody means them.
fn member<'o>(object: &'o Object, name: &str) -> Option<&'o Entry> {
    object.entries.iter().find(|entry| &*entry.key == name && !entry.value.is_null())
}

fn place_of(value: &Value) -> Place {
    Place { span: value.span, way: value.way.clone() }
}

/// The first value of a condition that is kept as a secret.
fn secret(value: &Value) -> Option<(Secrecy, Place)> {
    let own = |value: &Value| value.secrecy().map(|secrecy| (secrecy, place_of(value)));
    match &value.kind {
        Kind::List(list) => list.items.iter().find_map(|part| own(&part.clone().out_of(&value.way))),
        _ => own(value),
    }
}

fn unknown_item(unknown: &Arc<Unknown>, value: &Value) -> Item {
    let pattern = Pattern::hole(hole(unknown));
    Item { pattern, place: place_of(value), text: format!("${{{}}}", unknown.name()).into() }
}

fn hole(unknown: &Unknown) -> Hole {
    match &unknown.symbol {
        Some(symbol) => Hole { id: Some(Arc::clone(&symbol.key)), class: if symbol.word { HoleClass::Word } else { HoleClass::Any } },
        None => Hole { id: None, class: HoleClass::Any },
    }
}

/// A string, number or bool as one item of a policy; a single unknown with an identity too.
pub fn item(value: &Value, mode: Mode) -> Option<Item> {
    if let Kind::Unknown(unknown) = &value.kind {
        return unknown.is_identity().then(|| unknown_item(unknown, value));
    }
    let text = value.as_str()?;
    Some(Item { pattern: pattern(&text, mode), place: place_of(value), text: text.display().into() })
}

/// The same, also of a value of which only what it refers to is known, which may turn out to be no text.
pub fn reference(value: &Value) -> Option<Item> {
    let whole = |unknown: &Arc<Unknown>| unknown.symbol.is_some().then(|| unknown_item(unknown, value));
    item(value, Mode::LITERAL).or_else(|| if let Kind::Unknown(unknown) = &value.kind { whole(unknown) } else { None })
}

/// The pattern of a string with unknown parts.
pub fn pattern(text: &Str, mode: Mode) -> Pattern {
    let mut builder = PatternBuilder::new();
    for part in &text.parts {
        builder = match part {
            Part::Text(text) => builder.text(text.value(), mode),
            Part::Unknown(unknown) => builder.hole(hole(unknown)),
            Part::Json(value) => match json::encode(value) {
                Some(text) => builder.text(&text, mode),
                None => builder.hole(Hole { id: None, class: HoleClass::Any }),
            },
        };
    }
    builder.finish()
}

/// The operator that is meant by a wrong name, with its set operator and `IfExists`. One that a word is missing of may be any of several:
/// `String`.
fn nearest_operator(name: &str) -> Option<String> {
    let (set, rest) = match name.split_once(':') {
        Some((set, rest)) => (Some(nearest(set, ["ForAllValues", "ForAnyValue"])?), rest),
        None => (None, name),
    };
    let with_set = |operator: &str| set.map_or_else(|| operator.to_owned(), |set| format!("{set}:{operator}"));
    let known = || OPERATORS.iter().map(|(known, _)| *known);
    let loose = known().filter(|known| *known != "Null").map(|known| format!("{known}IfExists"));
    let all = known().map(str::to_owned).chain(loose);
    let near = all.filter_map(|known| Some((slips(rest, &known)?, known))).min_by_key(|(slips, _)| *slips);
    let begins = |known: &&str| rest.get(..known.len()).is_some_and(|start| start.eq_ignore_ascii_case(known));
    near.map(|(_, known)| with_set(&known)).or_else(|| known().find(begins).map(with_set))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operator_is_meant_that_is_near_or_that_the_name_begins_with() {
        let meant = [
            ("stringequals", Some("StringEquals")),
            ("StringEqual", Some("StringEquals")),
            ("IpAdress", Some("IpAddress")),
            ("Boolean", Some("Bool")),
            ("String", None),
            ("Nul1", Some("Null")),
            ("StringEqualsIfExist", Some("StringEqualsIfExists")),
            ("ForAnyValues:StringLike", Some("ForAnyValue:StringLike")),
            ("ForAllValue:StringEqualIfExists", Some("ForAllValues:StringEqualsIfExists")),
            ("Frob:StringEquals", None),
            ("Frobnicate", None),
        ];
        for (name, expected) in meant {
            assert_eq!(nearest_operator(name).as_deref(), expected, "{name}");
        }
    }

    /// "Version" in the IAM User Guide: variables came with 2012-10-17, and what has no version is older.
    #[test]
    fn variables_need_their_version() {
        let carrier = || Carrier {
            kind: PolicyKind::Identity,
            address: String::new(),
            carrier: CarrierType::Resource("aws_iam_policy".into()),
            on: None,
            header: Span::default(),
            block: Span::default(),
            calls: Vec::new(),
        };
        let has_variable = |version: &str| {
            let text = format!(r#"{{{version} "Statement": {{"Condition": {{"StringLike": {{"k": "${{aws:username}}*"}}}}}}}}"#);
            let document = lower(&Value::string(text, Span::default()), &carrier()).unwrap();
            document.statements[0].conditions[0].values[0].pattern.has_variable()
        };
        assert!(has_variable(r#""Version": "2012-10-17","#));
        assert!(!has_variable(r#""Version": "2008-10-17","#));
        assert!(!has_variable(""));
    }
}
