//! `data.aws_iam_policy_document`: the JSON that the data source renders, as a value with places.
//!
//! Source: the data source's documentation and its observable behaviour (version 5.100): source documents first, own statements over
//! them, override documents last, each by sid; the latest version of all and the last id; `&{…}` stands for IAM's `${…}`.

use std::sync::Arc;

use super::arms::Look;
use super::evaluator::Evaluator;
use super::expression::reason_of;
use super::scope::Scope;
use super::unknown::Unknown;
use super::value::{Entry, Kind, List, Object, Part, Str, Value};
use crate::source::Span;
use crate::syntax::ast::Block;

/// The attribute `json` of one document.
pub(super) fn render(evaluator: &Evaluator, block: &Block, scope: &Scope) -> Value {
    let span = block.header();
    let arguments = Value::object(evaluator.body(&block.body, scope), span);
    evaluator.on_one(&arguments, Look::All, span, &|arguments| match arguments.as_object() {
        Some(arguments) => document(arguments, span),
        None => arguments.clone(),
    })
}

fn document(arguments: &Object, span: Span) -> Value {
    let mut merged = Merged::default();
    for name in ["source_json", "source_policy_documents"] {
        merged.add_documents(arguments.get(name));
    }
    merged.replaceable = Some(merged.statements.len());
    let version = arguments.get("version").filter(|version| !version.is_null()).cloned();
    merged.adopt_version(&version.unwrap_or_else(|| Value::string(NEWEST, span)));
    merged.adopt_id(arguments.get("policy_id"));
    match arguments.get("statement") {
        Some(statements) => merged.add_blocks(statements),
        None if arguments.more.is_some() => merged.more = arguments.more.clone(),
        None => {}
    }
    merged.replaceable = Some(usize::MAX);
    for name in ["override_json", "override_policy_documents"] {
        merged.add_documents(arguments.get(name));
        merged.doubt_named(arguments.get(name));
    }
    let document = merged.document(span);
    Value::str(Str { parts: vec![Part::Json(Arc::new(document))], symbol: None }, span)
}

/// The version that a document has unless it says otherwise. There is no later one.
const NEWEST: &str = "2012-10-17";

#[derive(Default)]
struct Merged {
    version: Option<Value>,
    id: Option<Value>,
    statements: Vec<Value>,
    /// How many statements may be replaced by what comes now. The data source refuses two of one sid among its source documents, and
    /// among its own statements: all of them stay then.
    replaceable: Option<usize>,
    more: Option<Arc<Unknown>>,
    key_span: Option<Span>,
}

impl Merged {
    /// The later of two versions stays. Of one that is not known only so much is known that it is not later than the newest.
    fn adopt_version(&mut self, version: &Value) {
        let later = match (self.version.as_ref().map(Value::known_string), version.known_string()) {
            (None, _) => true,
            (Some(current), None) => current.is_none_or(|current| current != NEWEST),
            (Some(None), Some(version)) => version == NEWEST,
            (Some(Some(current)), Some(version)) => version > current,
        };
        if later {
            self.version = Some(version.clone());
        }
    }

    fn adopt_id(&mut self, id: Option<&Value>) {
        let id = id.filter(|id| !id.is_null() && id.known_string().is_none_or(|id| !id.is_empty()));
        self.id = id.cloned().or(self.id.take());
    }

    /// Documents that are not known: they add statements, and may be of a later version.
    fn open(&mut self, unknown: &Arc<Unknown>, span: Span) {
        self.more = Some(Arc::clone(unknown));
        self.adopt_version(&Value::unknown_because(Arc::clone(unknown), span));
    }

    /// Puts a statement in the place of the one with the same sid, else at the end.
    fn add(&mut self, statement: Value) {
        let sid = |value: &Value| {
            value.as_object().and_then(|object| object.get("Sid")).and_then(Value::known_string).map(|sid| sid.into_owned())
        };
        let same = sid(&statement).filter(|sid| !sid.is_empty());
        let replaceable = self.replaceable.unwrap_or(0);
        let place =
            same.and_then(|wanted| self.statements.iter_mut().take(replaceable).find(|existing| sid(existing).as_ref() == Some(&wanted)));
        match place {
            Some(existing) => *existing = statement,
            None => self.statements.push(statement),
        }
    }

    /// Merges a source or override argument: one document's text, or a list of them.
    fn add_documents(&mut self, argument: Option<&Value>) {
        let Some(argument) = argument else { return };
        match &argument.kind {
            Kind::Null => {}
            Kind::Unknown(unknown) => self.open(unknown, argument.span),
            Kind::List(list) => {
                for item in &list.items {
                    self.add_documents(Some(&item.clone().out_of(&argument.way)));
                }
                if let Some(more) = &list.more {
                    self.open(more, argument.span);
                }
            }
            _ => self.add_document(argument),
        }
    }

    /// Where override documents are not known, any statement with a sid may be another one.
    fn doubt_named(&mut self, argument: Option<&Value>) {
        let unknown = argument.and_then(|argument| match &argument.kind {
            Kind::Unknown(unknown) => Some(Arc::clone(unknown)),
            Kind::List(list) => list.more.clone().or_else(|| list.items.iter().find_map(|item| item.as_unknown().cloned())),
            _ => None,
        });
        let Some(unknown) = unknown else { return };
        for statement in &mut self.statements {
            let Some(object) = statement.as_object().filter(|object| object.get("Sid").is_some()) else { continue };
            let doubtful = Object { more: Some(Arc::clone(&unknown)), ..object.clone() };
            statement.kind = Kind::Object(Arc::new(doubtful));
        }
    }

    fn add_document(&mut self, text: &Value) {
        if text.known_string().is_some_and(|text| text.trim().is_empty()) {
            return;
        }
        let document = match &text.kind {
            Kind::String(json) => super::json::decode(json, text.span),
            _ => text.clone(),
        };
        match &document.kind {
            Kind::Unknown(unknown) => self.open(unknown, text.span),
            Kind::Object(object) => {
                let of_document = |name: &str| object.get(name).map(|value| value.clone().out_of(&document.way).out_of(&text.way));
                self.adopt_id(of_document("Id").as_ref());
                if let Some(version) = of_document("Version").filter(|version| !version.is_null()) {
                    self.adopt_version(&version);
                }
                match of_document("Statement") {
                    Some(statements) => self.add_statements(&statements),
                    None => self.more = object.more.clone().or(self.more.take()),
                }
            }
            _ => {}
        }
    }

    /// Statements of another document: a list. One without a list around it, which JSON allows and the data source does not, counts too.
    fn add_statements(&mut self, statements: &Value) {
        match &statements.kind {
            Kind::List(list) => {
                list.items.iter().for_each(|item| self.add(as_read(item.clone().out_of(&statements.way))));
                self.more = list.more.clone().or(self.more.take());
            }
            Kind::Unknown(unknown) => self.more = Some(Arc::clone(unknown)),
            _ => self.add(as_read(statements.clone())),
        }
    }

    /// Adds the `statement` blocks of the data source itself.
    fn add_blocks(&mut self, statements: &Value) {
        match &statements.kind {
            Kind::List(list) => {
                for statement in &list.items {
                    self.key_span.get_or_insert(statement.span);
                    self.add_block(statement);
                }
                if let Some(more) = &list.more {
                    self.more = Some(Arc::clone(more));
                }
            }
            // JSON syntax: one statement without a list around it.
            Kind::Object(_) => self.add_block(statements),
            Kind::Unknown(unknown) => self.more = Some(Arc::clone(unknown)),
            _ => {}
        }
    }

    fn add_block(&mut self, statement: &Value) {
        match (&statement.kind, statement.as_object()) {
            (_, Some(block)) => self.add(statement_of(block, statement.span)),
            (Kind::Unknown(unknown), _) => self.more = Some(Arc::clone(unknown)),
            _ => {}
        }
    }

    fn document(self, span: Span) -> Value {
        let mut object = Object::default();
        for (name, value) in [("Version", self.version), ("Id", self.id)] {
            object.entries.extend(value.map(|value| Entry { key: name.into(), key_span: value.span, value }));
        }
        let list = List { items: self.statements, more: self.more, ..List::default() };
        let statements = Value::new(Kind::List(Arc::new(list)), span);
        object.entries.push(Entry { key: "Statement".into(), key_span: self.key_span.unwrap_or(span), value: statements });
        Value::object(object, span)
    }
}

/// A statement of another document as the data source reads it: any string that is the whole of a principal means everybody to it.
fn as_read(statement: Value) -> Value {
    let Some(object) = statement.as_object() else { return statement };
    let mut object = object.clone();
    for entry in object.entries.iter_mut().filter(|entry| matches!(&*entry.key, "Principal" | "NotPrincipal")) {
        if matches!(entry.value.kind, Kind::String(_)) {
            entry.value = Value { way: entry.value.way.clone(), ..Value::string("*", entry.value.span) };
        }
    }
    let Value { way, span, .. } = statement;
    Value { way, ..Value::object(object, span) }
}

/// Arguments of a `statement` block and the elements that they become.
const ELEMENTS: &[(&str, &str, bool)] = &[
    ("sid", "Sid", false),
    ("effect", "Effect", false),
    ("actions", "Action", false),
    ("not_actions", "NotAction", false),
    ("resources", "Resource", true),
    ("not_resources", "NotResource", true),
];

fn statement_of(block: &Object, span: Span) -> Value {
    let mut object = Object { more: block.more.clone(), ..Object::default() };
    for (argument, element, variables) in ELEMENTS {
        let entry = block.entries.iter().find(|entry| &*entry.key == *argument && !entry.value.is_null());
        match entry {
            Some(entry) => {
                let value = flat(if *variables { policy_variables(&entry.value) } else { entry.value.clone() });
                // The data source leaves an empty list out of the JSON. It stays here: it was written, and what comes of it may
                // be filled in from elsewhere.
                if *element != "Sid" || value.known_string().is_none_or(|sid| !sid.is_empty()) {
                    object.entries.push(Entry { key: (*element).into(), key_span: entry.key_span, value });
                }
            }
            None if *element == "Effect" => {
                object.entries.push(Entry { key: "Effect".into(), key_span: span, value: Value::string("Allow", span) });
            }
            None => {}
        }
    }
    leave_out_empty(&mut object);
    for (argument, element) in [("principals", "Principal"), ("not_principals", "NotPrincipal")] {
        if let Some(entry) = block.entries.iter().find(|entry| &*entry.key == argument)
            && let Some(value) = principals(&entry.value)
        {
            object.entries.push(Entry { key: element.into(), key_span: entry.key_span, value });
        }
    }
    if let Some(entry) = block.entries.iter().find(|entry| &*entry.key == "condition")
        && let Some(value) = conditions(&entry.value)
    {
        object.entries.push(Entry { key: "Condition".into(), key_span: entry.key_span, value });
    }
    Value::object(object, span)
}

/// Of `actions = []` and `not_actions = [...]` the data source writes the latter alone.
fn leave_out_empty(object: &mut Object) {
    let empty = |value: &Value| value.as_list().is_some_and(|list| list.items.is_empty() && list.more.is_none());
    for (first, second) in [("Action", "NotAction"), ("Resource", "NotResource")] {
        for (this, other) in [(first, second), (second, first)] {
            if object.get(this).is_some_and(empty) && object.get(other).is_some_and(|value| !empty(value)) {
                object.entries.retain(|entry| &*entry.key != this);
            }
        }
    }
}

/// Nested blocks: a list, or in JSON syntax one object.
fn blocks(value: &Value) -> (Vec<&Value>, Option<Arc<Unknown>>) {
    match &value.kind {
        Kind::List(list) => (list.items.iter().collect(), list.more.clone()),
        Kind::Object(_) => (vec![value], None),
        Kind::Unknown(unknown) => (Vec::new(), Some(Arc::clone(unknown))),
        _ => (Vec::new(), None),
    }
}

fn principals(value: &Value) -> Option<Value> {
    let (blocks, mut more) = blocks(value);
    let mut object = Object::default();
    for block in blocks {
        let Some(arguments) = block.as_object() else { continue };
        let (Some(kind), Some(identifiers)) = (arguments.get("type"), arguments.get("identifiers")) else { continue };
        let identifiers = flat(policy_variables(identifiers));
        match kind.known_string().as_deref() {
            Some("*") => match star(&identifiers) {
                Some(star) => return Some(star),
                None => add_to(&mut object, "*", kind.span, identifiers),
            },
            Some(name) => add_to(&mut object, name, kind.span, identifiers),
            None => more = Some(Arc::new(reason_of(kind, kind.span).expansion("principals"))),
        }
    }
    if object.entries.is_empty() && more.is_none() {
        return None;
    }
    object.more = more;
    Some(Value::object(object, value.span))
}

/// `type = "*"` with the identifier `*` becomes `"*"`, at the place of the identifier. What is not known may be that or be refused.
fn star(identifiers: &Value) -> Option<Value> {
    let found = match &identifiers.kind {
        Kind::Unknown(_) => identifiers.clone(),
        Kind::List(list) => {
            let star = list.items.iter().find(|item| item.known_string().as_deref() == Some("*"));
            let star = star.or_else(|| list.items.iter().find(|item| item.first_unknown().is_some()));
            match (star, &list.more) {
                (Some(star), _) => star.clone(),
                (None, Some(more)) => Value::unknown_because(Arc::clone(more), identifiers.span),
                (None, None) => return None,
            }
        }
        _ => return None,
    };
    Some(found.out_of(&identifiers.way))
}

/// Adds values to a member that may be there already: two blocks of one type are one member.
fn add_to(object: &mut Object, name: &str, key_span: Span, values: Value) {
    let Some(existing) = object.entries.iter_mut().find(|entry| &*entry.key == name) else {
        object.entries.push(Entry { key: name.into(), key_span, value: values });
        return;
    };
    let mut list = List::default();
    for value in [&existing.value, &values] {
        match &value.kind {
            Kind::List(part) => {
                list.items.extend(part.items.iter().cloned());
                list.more = part.more.clone().or(list.more.take());
            }
            Kind::Unknown(unknown) => list.more = Some(Arc::clone(unknown)),
            _ => list.items.push(value.clone()),
        }
    }
    existing.value = Value::new(Kind::List(Arc::new(list)), existing.value.span);
}

fn conditions(value: &Value) -> Option<Value> {
    let (blocks, mut more) = blocks(value);
    let mut object = Object::default();
    for block in blocks {
        let Some(arguments) = block.as_object() else { continue };
        let (Some(test), Some(variable)) = (arguments.get("test"), arguments.get("variable")) else {
            more = arguments.more.clone().or(more);
            continue;
        };
        let values = arguments.get("values").map_or_else(|| Value::list(Vec::new(), block.span), |values| flat(policy_variables(values)));
        let Some(operator) = test.known_string() else {
            more = test.first_unknown().or(more);
            continue;
        };
        let add = |keys: &mut Object| match variable.known_string() {
            Some(key) => add_to(keys, &key, variable.span, values),
            None => keys.add_open(variable, variable.span, values),
        };
        let existing = object.entries.iter_mut().find(|entry| *entry.key == *operator);
        match existing {
            Some(entry) => {
                let mut keys = entry.value.as_object().cloned().unwrap_or_default();
                add(&mut keys);
                entry.value = Value::object(keys, entry.value.span);
            }
            None => {
                let mut keys = Object::default();
                add(&mut keys);
                object.entries.push(Entry { key: operator.as_ref().into(), key_span: test.span, value: Value::object(keys, block.span) });
            }
        }
    }
    if object.entries.is_empty() && more.is_none() {
        return None;
    }
    object.more = more;
    Some(Value::object(object, value.span))
}

/// `["${var.names}"]` of a list of names: Terraform makes one list of it up to 0.11, and refuses it since (Upgrading to Terraform v0.12,
/// "Remove extra list brackets").
fn flat(value: Value) -> Value {
    let Kind::List(list) = &value.kind else { return value };
    if !list.items.iter().any(|item| item.as_list().is_some()) {
        return value;
    }
    let mut flat = List { items: Vec::new(), set: list.set, more: list.more.clone(), ..List::default() };
    for item in &list.items {
        match item.as_list() {
            Some(inner) => {
                flat.items.extend(inner.items.iter().map(|part| part.clone().out_of(&item.way)));
                flat.more = flat.more.or_else(|| inner.more.clone());
            }
            None => flat.items.push(item.clone()),
        }
    }
    Value { kind: Kind::List(Arc::new(flat)), ..value.clone() }
}

/// `&{aws:username}` is how HCL writers keep Terraform's hands off IAM's `${aws:username}`.
fn policy_variables(value: &Value) -> Value {
    match &value.kind {
        Kind::List(list) => {
            let items = list.items.iter().map(policy_variables).collect();
            let list = List { items, set: list.set, more: list.more.clone(), ..List::default() };
            Value { kind: Kind::List(Arc::new(list)), ..value.clone() }
        }
        Kind::String(text) if text.parts.iter().any(|part| matches!(part, Part::Text(text) if text.value().contains("&{"))) => {
            let replaced = |part: &Part| match part {
                Part::Text(text) => Part::Text(text.with_value_of_same_length(&text.value().replace("&{", "${"))),
                other => other.clone(),
            };
            let parts = text.parts.iter().map(replaced).collect();
            Value { kind: Kind::String(Arc::new(Str { parts, symbol: text.symbol.clone() })), ..value.clone() }
        }
        _ => value.clone(),
    }
}
