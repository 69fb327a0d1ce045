//! Expressions: literals, operators, conditionals, for-expressions, splats.

use std::cmp::Ordering;
use std::sync::Arc;

use super::arms::Look;
use super::calls::{fails, may_fail};
use super::conversion::order;
use super::evaluator::Evaluator;
use super::number::Number;
use super::scope::{Bound, Key, Node, Scope};
use super::types::{in_common_type, settles};
use super::unknown::{Reason, Unknown};
use super::value::{Entry, Kind, Lazy, List, Object, Typed, Value, equal};
use crate::source::Span;
use crate::syntax::ast::{BinaryOperator, Expr, ExprKind, ForExpr, ObjectItem};

/// Keys with their values, and why there may be more.
pub(super) type Items = (Vec<(Value, Value)>, Option<Arc<Unknown>>);

/// A for-expression over more items than this is given up.
const MOST_ITEMS: usize = 20_000;

impl Evaluator<'_> {
    pub(super) fn expression(&self, expr: &Expr, scope: &Scope) -> Value {
        let span = expr.span;
        match &expr.kind {
            ExprKind::Null => Value::null(span),
            ExprKind::Bool(value) => Value::bool(*value, span),
            ExprKind::Number(digits) => match Number::parse(digits) {
                Some(number) => Value::number(number, span),
                None => Value::unknown(Unknown::new(Reason::Limit(format!("`{digits}` is too large a number").into()), span), span),
            },
            ExprKind::String(text) => Value::text(text.clone()),
            ExprKind::Template(parts) => self.template(parts, scope, span),
            ExprKind::List(items) => {
                let items: Vec<Value> = items.iter().map(|item| self.eval(item, scope)).collect();
                self.made_of(&items, span, &|items| Value::list(items.to_vec(), span).typed(Typed::Structural))
            }
            ExprKind::Object(items) => self.object(items, scope, span),
            ExprKind::Variable(_) | ExprKind::Attribute(..) | ExprKind::Index(..) => self.traversal(expr, scope),
            ExprKind::Splat { base, each, .. } => self.splat(base, each, scope, span),
            ExprKind::SplatItem => scope.splat.cloned().unwrap_or_else(|| Value::null(span)),
            ExprKind::Call { name, arguments, expand } => chosen(self.call(name, arguments, *expand, scope, span), span),
            ExprKind::Conditional(arms) => {
                let [condition, then, otherwise] = arms.as_ref();
                chosen(self.conditional(condition, then, otherwise, scope, span), span)
            }
            ExprKind::Not(inner) => self.on_one(&self.decided(inner, scope), Look::All, span, &|value| not(value, span)),
            ExprKind::Negate(inner) => self.on_one(&self.eval(inner, scope), Look::All, span, &|value| negate(value, span)),
            ExprKind::Binary(operator, sides) => {
                let [left, right] = sides.as_ref();
                self.binary(*operator, left, right, scope, span)
            }
            ExprKind::For(expression) => self.for_expression(expression, scope, span),
            ExprKind::Parenthesis(inner) => self.eval(inner, scope),
            ExprKind::Planned { name, perhaps } => self.after_apply(name, perhaps.as_deref(), scope, span),
            ExprKind::NotParsed(name) => Value::unknown(Unknown::new(Reason::NotParsed(Arc::clone(name)), span), span),
        }
    }

    fn object(&self, items: &[ObjectItem], scope: &Scope, span: Span) -> Value {
        if items.len() > MOST_ITEMS {
            return self.limit("this object has too many members", span);
        }
        let mut keys = Vec::with_capacity(items.len());
        let mut values = Vec::with_capacity(items.len());
        for item in items {
            keys.push(self.eval(&item.key, scope));
            values.push(self.eval(&item.value, scope));
        }
        let build = |keys: &[Value], values: &[Value]| {
            let mut object = Object::default();
            for ((item, key), value) in items.iter().zip(keys).zip(values) {
                match key.known_string() {
                    Some(name) => {
                        let key: Arc<str> = name.as_ref().into();
                        object.shadowed.extend(item.shadows.iter().map(|lost| self.lost(&key, lost, scope)));
                        object.add(Entry { key, key_span: item.key.span, value: value.clone() });
                    }
                    None if key.as_str().is_none() => object.more = Some(reason_of(key, span)),
                    None => object.add_open(key, item.key.span, value.clone()),
                }
            }
            refuse(object.more.as_ref(), span).unwrap_or_else(|| Value::object(object, span).typed(Typed::Structural))
        };
        self.made_of(&values, span, &|values| self.split(&keys, Look::All, span, &mut |keys| build(keys, values)))
    }

    /// An item that a later one of the same key overwrites. Terraform evaluates it all the same, but nothing becomes of it.
    fn lost(&self, key: &Arc<str>, item: &ObjectItem, scope: &Scope) -> Entry {
        Entry { key: Arc::clone(key), key_span: item.key.span, value: self.eval(&item.value, scope) }
    }

    /// What is built of `parts`. Inside of `try` a part that fails fails the whole; elsewhere what is known of the others stays known.
    fn made_of(&self, parts: &[Value], span: Span, build: &dyn Fn(&[Value]) -> Value) -> Value {
        if !self.is_attempt() || !parts.iter().any(may_fail) {
            return build(parts);
        }
        self.split(parts, Look::All, span, &mut |parts| match parts.iter().find(|part| fails(part)) {
            Some(failed) => Value::unknown_because(reason_of(failed, span), span),
            None => build(parts),
        })
    }

    /// `compute` of one value, in each way in which it may be decided.
    pub(super) fn on_one(&self, value: &Value, look: Look, span: Span, compute: &dyn Fn(&Value) -> Value) -> Value {
        self.split(std::slice::from_ref(value), look, span, &mut |values| values.first().map_or_else(|| Value::null(span), compute))
    }

    fn splat(&self, base: &Expr, each: &Expr, scope: &Scope, span: Span) -> Value {
        let base = self.eval(base, scope);
        self.on_arms(&base, span, &|base| self.splat_over(base, each, scope, span))
    }

    fn splat_over(&self, base: &Value, each: &Expr, scope: &Scope, span: Span) -> Value {
        let apply = |item: &Value| self.eval(each, &Scope { splat: Some(item), ..*scope });
        match &base.kind {
            Kind::Null => Value::list(Vec::new(), span),
            Kind::Unknown(unknown) => Value::unknown(unknown.computed(), span),
            Kind::List(list) => {
                let items = list.items.iter().map(|item| apply(item).out_of(&base.way)).collect();
                Value::new(Kind::List(Arc::new(List { items, more: list.more.clone(), ..List::default() })), span)
            }
            // One that stands for all of a resource whose count is unknown: there may be none or more.
            Kind::Lazy(lazy) if lazy.any => {
                let more = Some(self.uncounted(*lazy, span));
                Value::new(Kind::List(Arc::new(List { items: vec![apply(base)], more, ..List::default() })), span)
            }
            _ => Value::list(vec![apply(base)], span),
        }
    }

    fn conditional(&self, condition: &Expr, then: &Expr, otherwise: &Expr, scope: &Scope, span: Span) -> Value {
        let decided = self.eval(condition, scope);
        if let Some(known) = decided.known_bool() {
            let (chosen, other) = if known { (then, otherwise) } else { (otherwise, then) };
            let chosen = self.eval(chosen, scope);
            // Both arms have one type, so a number is a string if the other arm is one. An arm that is not taken is otherwise left alone:
            // what it reads may not be there.
            let settled = settles(&chosen, says_its_type(other));
            return if settled { chosen } else { self.alike(chosen, &self.eval(other, scope), span) };
        }
        let reason = reason_of(&decided, span);
        if reason.is_failed() {
            return Value::unknown_because(reason, span);
        }
        let (then, otherwise) = (self.eval(then, scope), self.eval(otherwise, scope));
        let arms = [self.alike(then.clone(), &otherwise, span), self.alike(otherwise, &then, span)];
        self.select(condition, &decided, scope, span, &arms)
    }

    /// One arm of a conditional, in the type that both have in common.
    fn alike(&self, chosen: Value, other: &Value, span: Span) -> Value {
        self.charge((u64::from(chosen.size.weight) + u64::from(other.size.weight)) / 16);
        let refused = || Value::unknown(Unknown::failed("the arms of this conditional have no type in common", span), span);
        in_common_type(chosen, other).unwrap_or_else(refused)
    }

    fn binary(&self, operator: BinaryOperator, left: &Expr, right: &Expr, scope: &Scope, span: Span) -> Value {
        // What is either true or false is told apart, so that the rest of the condition counts.
        let logical = matches!(operator, BinaryOperator::And | BinaryOperator::Or);
        let side = |expr: &Expr| if logical { self.decided(expr, scope) } else { self.eval(expr, scope) };
        let left = side(left);
        if let (BinaryOperator::And, Some(false)) | (BinaryOperator::Or, Some(true)) = (operator, left.known_bool()) {
            return Value::bool(operator == BinaryOperator::Or, span);
        }
        let right = side(right);
        let compute = |sides: &[Value]| match (operator, sides) {
            (BinaryOperator::Equal | BinaryOperator::NotEqual, [left, right]) => match equal(left, right) {
                Some(same) => Value::bool(same == (operator == BinaryOperator::Equal), span),
                None => self
                    .compared(left, right, operator == BinaryOperator::Equal, span)
                    .unwrap_or_else(|| Value::unknown_because(first_reason(left, right, span), span)),
            },
            (BinaryOperator::And | BinaryOperator::Or, [left, right]) => self::logical(operator, left, right, span),
            (_, [left, right]) => arithmetic(operator, left, right, span),
            _ => Value::null(span),
        };
        self.split(&[left, right], Look::All, span, &mut |sides| compute(sides))
    }

    fn for_expression(&self, expression: &ForExpr, scope: &Scope, span: Span) -> Value {
        let collection = self.eval(&expression.collection, scope);
        self.on_arms(&collection, span, &|collection| self.for_over(collection, expression, scope, span))
    }

    fn for_over(&self, collection: &Value, expression: &ForExpr, scope: &Scope, span: Span) -> Value {
        let Some((items, more)) = self.items(collection, span) else {
            return self.for_over_unknown(&reason_of(collection, span), expression, scope, span);
        };
        if items.len() > MOST_ITEMS {
            return self.limit("this for-expression goes over too many items", span);
        }
        let mut results = Vec::with_capacity(items.len());
        // Conditions and keys, two for each result: what is undecided in them decides what there is.
        let mut deciding = Vec::with_capacity(items.len() * 2);
        for (key, item) in items {
            let key = Bound { name: expression.key_variable.as_deref().unwrap_or(""), value: key, outer: scope.variables };
            let value = Bound { name: &expression.value_variable, value: item, outer: Some(&key) };
            let inner = scope.with(&value);
            let condition = match &expression.condition {
                Some(condition) => self.decided(condition, &inner),
                None => Value::bool(true, span),
            };
            if condition.known_bool() == Some(false) {
                continue;
            }
            results.push(self.eval(&expression.value, &inner));
            deciding.push(condition);
            deciding.push(expression.key.as_ref().map_or_else(|| Value::null(span), |key| self.eval(key, &inner)));
        }
        self.split(&deciding, Look::All, span, &mut |deciding| collect(expression, deciding, &results, more.clone(), span))
    }

    /// What is written around an item is known whatever the item is: `"repo:acme/${name}:*"` stands for all texts that the list has.
    fn for_over_unknown(&self, why: &Arc<Unknown>, expression: &ForExpr, scope: &Scope, span: Span) -> Value {
        let unknown = Value::unknown_because(Arc::clone(why), span);
        if expression.key.is_some() || expression.condition.is_some() || why.is_failed() {
            return unknown;
        }
        let item = Value::unknown_because(Arc::new(why.computed()), span);
        let key = Bound { name: expression.key_variable.as_deref().unwrap_or(""), value: item.clone(), outer: scope.variables };
        let value = Bound { name: &expression.value_variable, value: item, outer: Some(&key) };
        let result = self.eval(&expression.value, &scope.with(&value));
        if !matches!(result.kind, Kind::String(_)) {
            return unknown;
        }
        let list = List { items: vec![result], more: Some(Arc::clone(why)), ..List::default() };
        Value::new(Kind::List(Arc::new(list)), span).typed(Typed::Structural)
    }

    /// What a for-expression, `for_each` or template goes over: keys and values, and why there may be more. Nothing for an unknown.
    pub(super) fn items(&self, collection: &Value, span: Span) -> Option<Items> {
        let collection = &self.opened(collection);
        match &collection.kind {
            Kind::List(list) => {
                let with_key = |(index, item): (usize, &Value)| {
                    let item = item.clone().out_of(&collection.way);
                    let key = if list.set { item.clone() } else { Value::number(Number::whole(index as i128), span) };
                    (key, item)
                };
                let mut items: Vec<_> = list.items.iter().enumerate().map(with_key).collect();
                if list.set {
                    items.sort_by(|a, b| order(&a.0, &b.0));
                }
                Some((items, list.more.clone()))
            }
            Kind::Object(object) => {
                let mut entries: Vec<&Entry> = object.entries.iter().collect();
                entries.sort_by(|a, b| a.key.cmp(&b.key));
                let with_key =
                    |entry: &Entry| (Value::string(Arc::clone(&entry.key), entry.key_span), entry.value.clone().out_of(&collection.way));
                Some((entries.into_iter().map(with_key).collect(), object.more.clone()))
            }
            // One that stands for all, with a key that is not known.
            Kind::Lazy(lazy) if lazy.any => {
                let more = self.uncounted(*lazy, span);
                let key = Value::unknown_because(Arc::clone(&more), span);
                Some((vec![(key, collection.clone())], Some(more)))
            }
            _ => None,
        }
    }

    /// Why it is not known how many there are of what `lazy` stands for.
    fn uncounted(&self, lazy: Lazy, span: Span) -> Arc<Unknown> {
        let node = self.node(lazy).map(|node| Node { key: Key::None, ..node.as_ref().clone() });
        let more = node.and_then(|node| self.state.borrow().expansions.get(&node).and_then(|expansion| expansion.more.clone()));
        let why = more.unwrap_or_else(|| Arc::new(Unknown::failed("the block has no instances", span)));
        Arc::new(why.expansion(self.lazy_name(lazy)))
    }
}

/// What a for-expression gives: of each result whether it is there, and its key.
fn collect(expression: &ForExpr, deciding: &[Value], results: &[Value], more: Option<Arc<Unknown>>, span: Span) -> Value {
    let mut list = List { more: more.clone(), ..List::default() };
    let mut groups: Vec<(Arc<str>, Span, Vec<Value>)> = Vec::new();
    let mut object = Object { more, ..Object::default() };
    for (pair, result) in deciding.chunks(2).zip(results) {
        let [condition, key_value] = pair else { continue };
        match condition.known_bool() {
            Some(true) => {}
            Some(false) => continue,
            None => {
                list.more = Some(reason_of(condition, span));
                object.more = list.more.clone();
                continue;
            }
        }
        let Some(key) = &expression.key else {
            list.items.push(result.clone());
            continue;
        };
        match key_value.known_string() {
            None if expression.grouping || key_value.as_str().is_none() => object.more = Some(reason_of(key_value, span)),
            None => object.add_open(key_value, key.span, result.clone()),
            Some(name) if expression.grouping => match groups.iter_mut().find(|group| *group.0 == *name) {
                Some(group) => group.2.push(result.clone()),
                None => groups.push((name.as_ref().into(), key.span, vec![result.clone()])),
            },
            Some(name) if object.get(&name).is_some() => {
                let twice = format!("two items have the key {name:?}");
                return Value::unknown(Unknown::failed(twice, key.span), span);
            }
            Some(name) => object.set(Entry { key: name.as_ref().into(), key_span: key.span, value: result.clone() }),
        }
    }
    if let Some(refused) = refuse(object.more.as_ref(), span) {
        return refused;
    }
    if expression.key.is_none() {
        return Value::new(Kind::List(Arc::new(list)), span).typed(Typed::Structural);
    }
    for (key, key_span, items) in groups {
        object.set(Entry { key, key_span, value: Value::list(items, span).typed(Typed::Structural) });
    }
    Value::object(object, span).typed(Typed::Structural)
}

/// Whether an expression's type is to be seen, and nothing has to be looked up for it.
fn says_its_type(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::List(_) | ExprKind::Object(_) | ExprKind::String(_) | ExprKind::Number(_) | ExprKind::Bool(_) => true,
        ExprKind::Call { name, .. } => matches!(&*name.text, "tolist" | "toset" | "tomap"),
        _ => false,
    }
}

/// What Terraform makes of a key or condition that is of the wrong type.
fn refuse(reason: Option<&Arc<Unknown>>, span: Span) -> Option<Value> {
    reason.filter(|reason| reason.is_failed()).map(|reason| Value::unknown_because(Arc::clone(reason), span))
}

/// The reason why `value` is not known; for one that is of the wrong type, that Terraform would fail.
pub(super) fn reason_of(value: &Value, span: Span) -> Arc<Unknown> {
    match &value.kind {
        // What is computed of an unknown thing is another thing.
        Kind::Unknown(unknown) if unknown.symbol.is_some() || unknown.arms.is_some() => {
            Arc::new(Unknown { symbol: None, arms: None, ..unknown.as_ref().clone() })
        }
        Kind::Unknown(unknown) => Arc::clone(unknown),
        _ => value.first_unknown().map(|unknown| Arc::new(unknown.computed())).unwrap_or_else(|| match value.kind {
            Kind::Lazy(_) => Arc::new(Unknown::new(Reason::Computed(Arc::new(Reason::Function("a whole resource".into()))), span)),
            _ => Arc::new(Unknown::failed("the value is of the wrong type", span)),
        }),
    }
}

fn first_reason(left: &Value, right: &Value, span: Span) -> Arc<Unknown> {
    let unknown = left.first_unknown().or_else(|| right.first_unknown());
    unknown.map_or_else(|| reason_of(left, span), |unknown| Arc::new(unknown.computed()))
}

/// An empty list that a function or a conditional chose is not one that somebody wrote there: it points at what chose it.
fn chosen(value: Value, span: Span) -> Value {
    let nothing = value.as_list().is_some_and(|list| list.items.is_empty() && list.more.is_none());
    if nothing && value.way.is_empty() { Value { span, ..value } } else { value }
}

fn not(value: &Value, span: Span) -> Value {
    match value.known_bool() {
        Some(known) => Value::bool(!known, span),
        None => Value::unknown_because(reason_of(value, span), span),
    }
}

fn negate(value: &Value, span: Span) -> Value {
    let negated = value.known_number().and_then(|number| number.negate());
    match negated {
        Some(number) => Value::number(number, span),
        None => Value::unknown_because(reason_of(value, span), span),
    }
}

fn logical(operator: BinaryOperator, left: &Value, right: &Value, span: Span) -> Value {
    let decisive = operator == BinaryOperator::Or;
    match (left.known_bool(), right.known_bool()) {
        (Some(a), Some(b)) => Value::bool(if decisive { a || b } else { a && b }, span),
        (_, Some(b)) if b == decisive => Value::bool(decisive, span),
        _ => Value::unknown_because(first_reason(left, right, span), span),
    }
}

fn arithmetic(operator: BinaryOperator, left: &Value, right: &Value, span: Span) -> Value {
    let (Some(a), Some(b)) = (left.known_number(), right.known_number()) else {
        return Value::unknown_because(first_reason(left, right, span), span);
    };
    let ordered = a.partial_cmp(&b);
    let number = match operator {
        BinaryOperator::Less => return Value::bool(ordered == Some(Ordering::Less), span),
        BinaryOperator::LessOrEqual => return Value::bool(ordered.is_some_and(Ordering::is_le), span),
        BinaryOperator::Greater => return Value::bool(ordered == Some(Ordering::Greater), span),
        BinaryOperator::GreaterOrEqual => return Value::bool(ordered.is_some_and(Ordering::is_ge), span),
        BinaryOperator::Add => a.add(&b),
        BinaryOperator::Subtract => a.subtract(&b),
        BinaryOperator::Multiply => a.multiply(&b),
        BinaryOperator::Divide => a.divide(&b),
        BinaryOperator::Modulo => a.remainder(&b),
        BinaryOperator::Equal | BinaryOperator::NotEqual | BinaryOperator::And | BinaryOperator::Or => None,
    };
    match number {
        Some(number) => Value::number(number, span),
        None => Value::unknown(Unknown::failed("this cannot be computed", span), span),
    }
}
