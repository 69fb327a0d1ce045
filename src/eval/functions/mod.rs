//! Terraform's functions, over partly known values.

use super::value::Value;
use crate::source::Span;

/// Calls a pure function. `arguments` are evaluated and expanded; `span` is the call's. Nothing if there is no such function.
pub fn call(name: &str, arguments: &[Value], span: Span) -> Option<Value> {
    let _ = (name, arguments, span);
    None
}
