//! Values of a plan as expressions: literals, and a mark for what is known only after apply.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::source::FileId;
use crate::syntax::ast::{Expr, ExprKind, ObjectItem};
use crate::syntax::json::{Member, Node, NodeKind};
use crate::syntax::json_part::JsonPart;
use crate::syntax::text::Text;
use crate::syntax::tf_json;

/// A value that is known to its last part.
pub fn plain(file: FileId, value: &JsonPart) -> Option<Expr> {
    Some(tf_json::plain(file, &value.node()?))
}

/// A value with the parts marked that are known only after apply. `name` names it.
pub fn planned(value: &JsonPart, unknown: Option<&JsonPart>, name: &dyn Fn() -> String) -> Option<Expr> {
    let file = value.span().file;
    let unknown = unknown.filter(|unknown| unknown.is_object() || unknown.is_list()).and_then(JsonPart::node);
    let node = value.node()?;
    Some(match &unknown {
        Some(unknown) => mark(file, &node, Some(unknown), &name()),
        None => tf_json::plain(file, &node),
    })
}

fn mark(file: FileId, value: &Node, unknown: Option<&Node>, name: &str) -> Expr {
    let after_apply = |name: &str| Expr { kind: ExprKind::Planned { name: name.into(), perhaps: None }, span: value.span };
    let Some(unknown) = unknown else { return tf_json::plain(file, value) };
    let kind = match (&value.kind, &unknown.kind) {
        (_, NodeKind::Bool(true)) => return after_apply(name),
        (NodeKind::Object(members), NodeKind::Object(marks)) => ExprKind::Object(object(file, value, members, marks, name)),
        (NodeKind::List(items), NodeKind::List(marks)) => {
            let item = |(index, item): (usize, &Node)| mark(file, item, marks.get(index), &format!("{name}[{index}]"));
            ExprKind::List(items.iter().enumerate().map(item).collect())
        }
        _ => return tf_json::plain(file, value),
    };
    Expr { kind, span: value.span }
}

/// Members that are not known are left out of the values.
fn object(file: FileId, value: &Node, members: &[Member], marks: &[Member], name: &str) -> Vec<ObjectItem> {
    let inner = |key: &str| format!("{name}.{key}");
    let key_of = |text: &str, span| Expr { kind: ExprKind::String(Text::computed(text, span)), span };
    let mut marks: BTreeMap<Cow<str>, &Node> = marks.iter().filter_map(|mark| Some((mark.name()?, &mark.value))).collect();
    let mut items = Vec::new();
    for member in members {
        let Some(key) = member.name() else { continue };
        let marked = marks.remove(&key);
        items.push(ObjectItem::new(key_of(&key, member.key_span), mark(file, &member.value, marked, &inner(&key))));
    }
    for (key, _) in marks.into_iter().filter(|(_, mark)| matches!(mark.kind, NodeKind::Bool(true))) {
        let kind = ExprKind::Planned { name: inner(&key).into(), perhaps: None };
        items.push(ObjectItem::new(key_of(&key, value.span), Expr { kind, span: value.span }));
    }
    items
}
