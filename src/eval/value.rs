//! Values of Terraform expressions, known as far as source goes.
//!
//! Unknown is per node: an object may hold unknown members, a list unknown items, a string unknown segments. Every
//! value has the span where it was written and the way it came from there.

use std::borrow::Cow;
use std::sync::Arc;

use super::number::Number;
use super::unknown::{Reason, Symbol, Unknown};
use crate::source::Span;
use crate::syntax::text::Text;

/// A value, where it was written, and the way it came. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Value {
    pub kind: Kind,
    pub span: Span,
    pub way: Way,
    pub(super) size: Size,
    pub(super) typed: Typed,
    /// `sensitive()` made it, or a sensitive variable holds it. What is computed from it does not tell.
    pub(super) sensitive: bool,
}

/// Whether a list is one of Terraform's lists or a tuple, an object a map or an object. They are not equal, even with the same items.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Typed {
    /// Source does not tell, or it makes no difference.
    #[default]
    Open,
    /// A list, set or map: all items have one type.
    Collection,
    /// A tuple or object.
    Structural,
}

/// How much there is to a value when it is written out. Values share what they hold, so a few lines of source can stand for more than
/// fits into memory: whoever walks a value walks all of this.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Size {
    /// Nodes, and a node for every 32 bytes of text.
    pub weight: u32,
    /// Levels of lists and objects.
    pub depth: u16,
    /// The decisions on which something in it rests, each a bit of few: where a bit is not set, its decisions are not in it.
    pub arms: u16,
}

impl Size {
    fn flat(weight: u32) -> Size {
        Size { weight, depth: 0, arms: 0 }
    }

    fn of_unknown(unknown: &Unknown) -> Size {
        let Some(arms) = &unknown.arms else { return Size::flat(1) };
        let (then, otherwise) = (arms.then.size, arms.otherwise.size);
        Size {
            weight: then.weight.saturating_add(otherwise.weight),
            depth: then.depth.max(otherwise.depth).saturating_add(1),
            arms: arms.decision.bit | then.arms | otherwise.arms,
        }
    }

    fn of(kind: &Kind) -> Size {
        let around = |inner: &mut dyn Iterator<Item = Size>| {
            let one = Size { weight: 1, depth: 1, arms: 0 };
            inner.fold(one, |sum, size| Size {
                weight: sum.weight.saturating_add(size.weight),
                depth: sum.depth.max(size.depth.saturating_add(1)),
                arms: sum.arms | size.arms,
            })
        };
        match kind {
            Kind::List(list) => around(&mut list.items.iter().map(|item| item.size)),
            Kind::Object(object) => {
                let open = object.open.iter().map(|entry| entry.value.size);
                around(&mut object.entries.iter().map(|entry| entry.value.size).chain(open))
            }
            Kind::String(text) => around(&mut text.parts.iter().map(|part| match part {
                Part::Text(text) => Size::flat(1 + u32::try_from(text.value().len() / 32).unwrap_or(u32::MAX - 1)),
                Part::Unknown(unknown) => Size::of_unknown(unknown),
                Part::Json(value) => value.size,
            })),
            Kind::Unknown(unknown) => Size::of_unknown(unknown),
            _ => Size::flat(1),
        }
    }
}

#[derive(Clone, Debug)]
pub enum Kind {
    Null,
    Bool(bool),
    Number(Number),
    String(Arc<Str>),
    /// A tuple, list or set.
    List(Arc<List>),
    /// An object or map.
    Object(Arc<Object>),
    Unknown(Arc<Unknown>),
    /// A resource, data source or module call: an object whose attributes the evaluator computes on demand.
    Lazy(Lazy),
}

/// Why a value is taken for a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secrecy {
    /// `sensitive()` made it, or it is a variable's with `sensitive = true`.
    Sensitive,
    /// The result of a `random_password`.
    RandomPassword,
    /// AWS Secrets Manager keeps it.
    SecretsManager,
}

/// What the evaluator knows a lazy object by. Two are the same object if they are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Lazy {
    pub node: u32,
    /// The whole of a resource whose count or `for_each` is unknown: any key leads to the same instance.
    pub any: bool,
}

#[derive(Clone, Debug, Default)]
pub struct List {
    pub items: Vec<Value>,
    pub set: bool,
    /// Nested blocks. Where the provider allows one such block only, it may be an object and no list: source does not tell.
    pub blocks: bool,
    /// There may be further items, and this is why they are not known.
    pub more: Option<Arc<Unknown>>,
}

#[derive(Clone, Debug, Default)]
pub struct Object {
    /// In source order; keys are distinct.
    pub entries: Vec<Entry>,
    /// There may be further members, and this is why they are not known.
    pub more: Option<Arc<Unknown>>,
    /// Members that were written again later in the same object: Terraform keeps the last.
    pub shadowed: Vec<Entry>,
    /// Members whose key is known in part only. Where there are any, `more` says why.
    pub open: Vec<OpenEntry>,
}

#[derive(Clone, Debug)]
pub struct Entry {
    pub key: Arc<str>,
    pub key_span: Span,
    pub value: Value,
}

/// A member whose key is known in part only: another member may have the same key, and then only the later one is there.
#[derive(Clone, Debug)]
pub struct OpenEntry {
    /// With known text and unknown parts.
    pub key: Arc<Str>,
    pub key_span: Span,
    pub value: Value,
    pub(super) why: Arc<Unknown>,
}

impl OpenEntry {
    /// The known text at the beginning and at the end of the key.
    fn ends<'s>(&'s self) -> (&'s str, &'s str) {
        let text = |part: &Option<&'s Part>| match part {
            Some(Part::Text(text)) => text.value(),
            _ => "",
        };
        (text(&self.key.parts.first()), text(&self.key.parts.last()))
    }

    /// Whether the key may be this one.
    pub(super) fn may_be(&self, key: &str) -> bool {
        let (start, end) = self.ends();
        key.starts_with(start) && key.ends_with(end)
    }

    /// Whether the key may be the same as another's.
    pub(super) fn may_be_key_of(&self, other: &OpenEntry) -> bool {
        let ((start, end), (other_start, other_end)) = (self.ends(), other.ends());
        (start.starts_with(other_start) || other_start.starts_with(start)) && (end.ends_with(other_end) || other_end.ends_with(end))
    }
}

impl Object {
    /// Puts a member in whose key is not wholly known; of a key without any known text only `more` is left.
    pub(super) fn add_open(&mut self, key: &Value, key_span: Span, value: Value) {
        let why = key.first_unknown().unwrap_or_else(|| Arc::new(Unknown::failed("the key must be a string", key_span)));
        match key.as_str() {
            Some(text) if text.parts.iter().any(|part| matches!(part, Part::Text(_))) && self.open.len() < MOST_OPEN => {
                // A reason of its own, by which `is_open_only` knows it again.
                let why = Arc::new(why.as_ref().clone());
                if self.more.is_none() || self.is_open_only() {
                    self.more = Some(Arc::clone(&why));
                }
                self.open.push(OpenEntry { key: Arc::new(text.into_owned()), key_span, value, why });
            }
            _ => self.more = Some(why),
        }
    }

    /// Takes the open members of another object over, whose `more` this one has taken over already.
    pub(super) fn take_open(&mut self, other: &Object, way: &Way) {
        let taken = other.open.iter().map(|entry| OpenEntry { value: entry.value.clone().out_of(way), ..entry.clone() });
        self.open.extend(taken.take(MOST_OPEN.saturating_sub(self.open.len())));
    }

    /// Whether the members with open keys are all that it may have beside those that are known.
    pub fn is_open_only(&self) -> bool {
        self.more.as_ref().is_some_and(|more| self.open.last().is_some_and(|entry| Arc::ptr_eq(more, &entry.why)))
    }

    pub fn get(&self, key: &str) -> Option<&Value> {
        self.entries.iter().find(|entry| &*entry.key == key).map(|entry| &entry.value)
    }

    /// Puts a member in as an object literal does: of two with one key the last stays, and that there were two is noted.
    pub fn add(&mut self, entry: Entry) {
        if let Some(earlier) = self.entries.iter().find(|existing| existing.key == entry.key) {
            self.shadowed.push(earlier.clone());
        }
        self.set(entry);
    }

    /// Puts a member in, in place of an earlier one with the same key, as `merge` and duplicate keys do.
    pub fn set(&mut self, entry: Entry) {
        match self.entries.iter_mut().find(|existing| existing.key == entry.key) {
            Some(existing) => *existing = entry,
            None => self.entries.push(entry),
        }
    }
}

/// A string: literal, unknown and JSON-encoded segments in order.
#[derive(Clone, Debug, Default)]
pub struct Str {
    pub parts: Vec<Part>,
    /// What the whole string is known to be although its text is not: `aws_iam_role.ci.arn`. Equal symbols are equal strings.
    pub symbol: Option<Symbol>,
}

#[derive(Clone, Debug)]
pub enum Part {
    Text(Text),
    Unknown(Arc<Unknown>),
    /// What `jsonencode` made: kept as the value, so that nothing is lost on the way to the policy.
    Json(Arc<Value>),
}

impl Str {
    pub fn text(text: Text) -> Str {
        Str { parts: vec![Part::Text(text)], symbol: None }
    }

    /// The text, if all of it is known. A JSON part is rendered as `jsonencode` does.
    pub fn known(&self) -> Option<Cow<'_, str>> {
        match self.parts.as_slice() {
            [] => Some(Cow::Borrowed("")),
            [Part::Text(text)] => Some(Cow::Borrowed(text.value())),
            parts => {
                let mut joined = String::new();
                for part in parts {
                    match part {
                        Part::Text(text) => joined.push_str(text.value()),
                        Part::Unknown(_) => return None,
                        Part::Json(value) => joined.push_str(&super::json::encode(value)?),
                    }
                }
                Some(Cow::Owned(joined))
            }
        }
    }

    /// The value that `jsonencode` was given, if that is all there is.
    pub fn json(&self) -> Option<&Arc<Value>> {
        match self.parts.as_slice() {
            [Part::Json(value)] => Some(value),
            _ => None,
        }
    }

    pub fn push(&mut self, part: Part) {
        if !matches!(&part, Part::Text(text) if text.value().is_empty()) {
            self.parts.push(part);
        }
    }

    /// The text with `…` for what is not known, for people.
    pub fn display(&self) -> String {
        let mut shown = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => shown.push_str(text.value()),
                Part::Unknown(unknown) => {
                    shown.push_str("${");
                    shown.push_str(&unknown.name());
                    shown.push('}');
                }
                Part::Json(value) => shown.push_str(&super::json::encode(value).unwrap_or_else(|| "${jsonencode(…)}".to_owned())),
            }
        }
        shown
    }
}

/// Nobody writes so many keys that depend on something in one object.
const MOST_OPEN: usize = 64;

impl Value {
    pub fn new(kind: Kind, span: Span) -> Value {
        let size = Size::of(&kind);
        Value { kind, span, way: Way::default(), size, typed: Typed::Open, sensitive: false }
    }

    pub(super) fn typed(self, typed: Typed) -> Value {
        Value { typed, ..self }
    }

    pub fn null(span: Span) -> Value {
        Value::new(Kind::Null, span)
    }

    pub fn bool(value: bool, span: Span) -> Value {
        Value::new(Kind::Bool(value), span)
    }

    pub fn number(value: Number, span: Span) -> Value {
        Value::new(Kind::Number(value), span)
    }

    /// A string that the evaluator made; all of it points at `span`.
    pub fn string(value: impl Into<Arc<str>>, span: Span) -> Value {
        Value::text(Text::computed(value, span))
    }

    /// A string that stands in source.
    pub fn text(text: Text) -> Value {
        let span = text.span();
        Value::new(Kind::String(Arc::new(Str::text(text))), span)
    }

    pub fn str(value: Str, span: Span) -> Value {
        Value::new(Kind::String(Arc::new(value)), span)
    }

    pub fn list(items: Vec<Value>, span: Span) -> Value {
        Value::new(Kind::List(Arc::new(List { items, ..List::default() })), span)
    }

    pub fn object(object: Object, span: Span) -> Value {
        Value::new(Kind::Object(Arc::new(object)), span)
    }

    pub fn unknown(unknown: Unknown, span: Span) -> Value {
        Value::new(Kind::Unknown(Arc::new(unknown)), span)
    }

    pub fn unknown_because(reason: Arc<Unknown>, span: Span) -> Value {
        Value::new(Kind::Unknown(reason), span)
    }

    /// What makes whoever wrote it take it for a secret. Not found in what is computed from one.
    pub fn secrecy(&self) -> Option<Secrecy> {
        let made_by = |unknown: &Arc<Unknown>| match unknown.reason.root() {
            Reason::ResourceAttribute(name) if name.starts_with("random_password.") => Some(Secrecy::RandomPassword),
            Reason::Data(name) if name.starts_with("data.aws_secretsmanager_") => Some(Secrecy::SecretsManager),
            _ => None,
        };
        self.first_unknown().as_ref().and_then(made_by).or(self.sensitive.then_some(Secrecy::Sensitive))
    }

    pub fn is_null(&self) -> bool {
        matches!(self.kind, Kind::Null)
    }

    /// Why this value, as a whole, is not known.
    pub fn as_unknown(&self) -> Option<&Arc<Unknown>> {
        match &self.kind {
            Kind::Unknown(unknown) => Some(unknown),
            _ => None,
        }
    }

    pub fn as_list(&self) -> Option<&List> {
        match &self.kind {
            Kind::List(list) => Some(list),
            _ => None,
        }
    }

    pub fn as_object(&self) -> Option<&Object> {
        match &self.kind {
            Kind::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The string's segments; a known bool or number converts as Terraform does it.
    pub fn as_str(&self) -> Option<Cow<'_, Str>> {
        match &self.kind {
            Kind::String(value) => Some(Cow::Borrowed(value)),
            Kind::Bool(value) => Some(Cow::Owned(Str::text(Text::computed(if *value { "true" } else { "false" }, self.span)))),
            Kind::Number(value) => Some(Cow::Owned(Str::text(Text::computed(value.to_string(), self.span)))),
            _ => None,
        }
    }

    /// The text of a wholly known string (or bool or number, converted).
    pub fn known_string(&self) -> Option<Cow<'_, str>> {
        match &self.kind {
            Kind::String(value) => value.known(),
            Kind::Bool(value) => Some(Cow::Borrowed(if *value { "true" } else { "false" })),
            Kind::Number(value) => Some(Cow::Owned(value.to_string())),
            _ => None,
        }
    }

    /// A known bool, also of the strings `"true"` and `"false"`, `"1"` and `"0"`.
    pub fn known_bool(&self) -> Option<bool> {
        match &self.kind {
            Kind::Bool(value) => Some(*value),
            Kind::String(value) => match value.known()?.as_ref() {
                "true" | "1" => Some(true),
                "false" | "0" => Some(false),
                _ => None,
            },
            _ => None,
        }
    }

    /// A known number, also of a string of digits.
    pub fn known_number(&self) -> Option<Number> {
        match &self.kind {
            Kind::Number(value) => Some(value.clone()),
            Kind::String(value) => Number::parse(&value.known()?),
            _ => None,
        }
    }

    /// The first reason why this value or anything inside it is not known. Nothing for a value known to the last leaf.
    /// Lazy objects count as known: their attributes are asked one by one.
    pub fn first_unknown(&self) -> Option<Arc<Unknown>> {
        match &self.kind {
            Kind::Unknown(unknown) => Some(Arc::clone(unknown)),
            Kind::String(value) => value.parts.iter().find_map(|part| match part {
                Part::Text(_) => None,
                Part::Unknown(unknown) => Some(Arc::clone(unknown)),
                Part::Json(value) => value.first_unknown(),
            }),
            Kind::List(list) => list.more.clone().or_else(|| list.items.iter().find_map(Value::first_unknown)),
            Kind::Object(object) => object.more.clone().or_else(|| object.entries.iter().find_map(|entry| entry.value.first_unknown())),
            Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::Lazy(_) => None,
        }
    }

    /// Another value in the place of this one, which came the same way.
    #[must_use]
    pub fn with_kind(&self, kind: Kind) -> Value {
        Value { way: self.way.clone(), typed: self.typed, sensitive: self.sensitive, ..Value::new(kind, self.span) }
    }

    /// The same value, having come one step further.
    pub fn through(mut self, kind: StepKind, name: impl Into<Arc<str>>, span: Span) -> Value {
        self.way = self.way.then(Step { kind, name: name.into(), span });
        self
    }

    /// The same value, having come from inside `container`: what brought the container brought the value.
    pub fn out_of(mut self, container: &Way) -> Value {
        if !container.is_empty() {
            self.way = self.way.join(container);
        }
        self
    }
}

/// Whether two values are equal as `==` says: nothing when unknown parts decide.
pub fn equal(a: &Value, b: &Value) -> Option<bool> {
    let typed = a.typed != Typed::Open && b.typed != Typed::Open && a.typed != b.typed;
    match (&a.kind, &b.kind) {
        (Kind::List(_), Kind::List(_)) | (Kind::Object(_), Kind::Object(_)) if typed => Some(false),
        (Kind::Unknown(_), _) | (_, Kind::Unknown(_)) => None,
        (Kind::Null, Kind::Null) => Some(true),
        (Kind::Bool(a), Kind::Bool(b)) => Some(a == b),
        (Kind::Number(a), Kind::Number(b)) => Some(a == b),
        (Kind::String(a), Kind::String(b)) => equal_strings(a, b),
        (Kind::List(a), Kind::List(b)) => equal_lists(a, b),
        (Kind::Object(a), Kind::Object(b)) => equal_objects(a, b),
        (Kind::Lazy(a), Kind::Lazy(b)) => (a == b).then_some(true),
        _ => Some(false),
    }
}

fn equal_strings(a: &Str, b: &Str) -> Option<bool> {
    if let (Some(a), Some(b)) = (a.known(), b.known()) {
        return Some(a == b);
    }
    if a.symbol.is_some() && a.symbol == b.symbol {
        return Some(true);
    }
    // Different known beginnings cannot be made equal by what follows.
    match (a.parts.first(), b.parts.first()) {
        (Some(Part::Text(a)), Some(Part::Text(b))) => {
            let (a, b) = (a.value(), b.value());
            let shared = a.len().min(b.len());
            (a.as_bytes().get(..shared) != b.as_bytes().get(..shared)).then_some(false)
        }
        _ => None,
    }
}

fn equal_lists(a: &List, b: &List) -> Option<bool> {
    if a.more.is_some() || b.more.is_some() {
        return None;
    }
    if a.items.len() != b.items.len() || a.set != b.set {
        return Some(false);
    }
    all_equal(a.items.iter().zip(&b.items).map(|(a, b)| equal(a, b)))
}

fn equal_objects(a: &Object, b: &Object) -> Option<bool> {
    match a.more.is_some() || b.more.is_some() {
        true => None,
        false if a.entries.len() != b.entries.len() => Some(false),
        false => all_equal(a.entries.iter().map(|entry| b.get(&entry.key).map_or(Some(false), |other| equal(&entry.value, other)))),
    }
}

fn all_equal(pairs: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut answer = Some(true);
    for pair in pairs {
        match pair {
            Some(true) => {}
            Some(false) => return pair,
            None => answer = pair,
        }
    }
    answer
}

/// How a value came to where it is used, oldest step first.
#[derive(Clone, Debug, Default)]
pub struct Way(Option<Arc<Vec<Step>>>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub kind: StepKind,
    /// `local.actions`, `var.role_name`, `module.dns`
    pub name: Arc<str>,
    /// Where the step is taken: the reference, the argument, the call.
    pub span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepKind {
    Local,
    VariableDefault,
    /// `--var`, or a tfvars file.
    VariableValue,
    ModuleArgument,
    ModuleOutput,
    Document,
    File,
    /// Where the words of a template's value were written.
    Written,
    /// The name that a data source looks a thing up by.
    LookedUp,
}

/// Of a longer way the middle is forgotten: nobody reads so long a trace.
const LONGEST_WAY: usize = 24;

impl Way {
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    pub fn steps(&self) -> &[Step] {
        self.0.as_deref().map_or(&[], Vec::as_slice)
    }

    fn then(&self, step: Step) -> Way {
        let mut steps = self.steps().to_vec();
        if steps.last() != Some(&step) && steps.len() < LONGEST_WAY {
            steps.push(step);
        }
        Way(Some(Arc::new(steps)))
    }

    fn join(&self, later: &Way) -> Way {
        if self.is_empty() {
            return later.clone();
        }
        later.steps().iter().fold(self.clone(), |way, step| way.then(step.clone()))
    }
}
