//! Terraform's functions, over partly known values.
//!
//! What source does not say stays open, and nothing else does: `concat` of a known and an unknown list keeps the known items, `join`
//! keeps the known segments. Whatever could come out differently once the unknown parts are known is unknown here; nothing is guessed.
//!
//! <https://developer.hashicorp.com/terraform/language/functions>

mod charsets;
mod cidr;
mod collections;
mod convert;
mod csv;
mod dates;
mod encode;
mod format;
mod lists;
mod maps;
mod numbers;
mod replace;
mod replace_in_json;
mod segments;
mod sets;
mod strings;
#[cfg(test)]
mod tests;
mod tfvars;
mod yaml;
mod yaml_encode;

use std::borrow::Cow;
use std::sync::Arc;

use super::number::Number;
use super::unknown::{Reason, Unknown};
use super::value::{Kind, List, Object, Part, Str, Typed, Value, Way};
use crate::source::Span;
use segments::Segments;

/// A function's result, or why there is none: an unknown argument, or arguments that Terraform refuses.
type Outcome<T = Value> = Result<T, Arc<Unknown>>;

/// One of Terraform's functions.
struct Function {
    name: &'static str,
    least: usize,
    most: usize,
    run: fn(&Call) -> Outcome,
}

const ANY: usize = usize::MAX;

const fn function(name: &'static str, least: usize, most: usize, run: fn(&Call) -> Outcome) -> Function {
    Function { name, least, most, run }
}

const TABLES: [&[Function]; 15] = [
    lists::TABLE,
    strings::TABLE,
    maps::TABLE,
    collections::TABLE,
    sets::TABLE,
    convert::TABLE,
    encode::TABLE,
    numbers::TABLE,
    cidr::TABLE,
    dates::TABLE,
    csv::TABLE,
    yaml::TABLE,
    yaml_encode::TABLE,
    charsets::TABLE,
    tfvars::TABLE,
];

/// Calls a pure function. `arguments` are evaluated and expanded; `span` is the call's. Nothing if there is no such function.
pub fn call(name: &str, arguments: &[Value], span: Span) -> Option<Value> {
    let name = name.strip_prefix("core::").unwrap_or(name);
    let function = TABLES.iter().flat_map(|table| table.iter()).find(|function| function.name == name)?;
    let call = Call { name: function.name, arguments, span };
    Some(call.run(function).unwrap_or_else(|reason| Value::unknown_because(reason, span)))
}

/// Whether `call` knows a function of this name.
pub fn exists(name: &str) -> bool {
    let name = name.strip_prefix("core::").unwrap_or(name);
    TABLES.iter().flat_map(|table| table.iter()).any(|function| function.name == name)
}

/// The function of text that one of a file's bytes applies.
pub fn of_file(name: &str) -> Option<&'static str> {
    let pairs = [
        ("filebase64", "base64encode"),
        ("filebase64sha256", "base64sha256"),
        ("filebase64sha512", "base64sha512"),
        ("filemd5", "md5"),
        ("filesha1", "sha1"),
        ("filesha256", "sha256"),
        ("filesha512", "sha512"),
    ];
    pairs.iter().find(|pair| pair.0 == name).map(|pair| pair.1)
}

/// A call under way: its arguments, asked for by what they have to be.
struct Call<'a> {
    name: &'static str,
    arguments: &'a [Value],
    span: Span,
}

impl<'a> Call<'a> {
    fn run(&self, function: &Function) -> Outcome {
        // Terraform evaluates all arguments first, so a failed one fails the call even where the function would not look at it.
        if let Some(failed) = self.arguments.iter().filter_map(Value::as_unknown).find(|unknown| unknown.is_failed()) {
            return Err(Arc::clone(failed));
        }
        if self.arguments.len() < function.least || self.arguments.len() > function.most {
            return Err(self.fail(format!("function {:?} takes another number of arguments", self.name)));
        }
        (function.run)(self)
    }

    fn fail(&self, message: impl Into<Arc<str>>) -> Arc<Unknown> {
        Arc::new(Unknown::failed(message, self.span))
    }

    fn count(&self) -> usize {
        self.arguments.len()
    }

    /// The argument as it is, null and unknown included.
    fn raw(&self, index: usize) -> Outcome<&'a Value> {
        self.arguments.get(index).ok_or_else(|| self.fail(format!("function {:?} needs another argument", self.name)))
    }

    /// An argument that is neither null nor unknown as a whole.
    fn argument(&self, index: usize) -> Outcome<&'a Value> {
        self.certain(self.raw(index)?)
    }

    fn certain<'b>(&self, value: &'b Value) -> Outcome<&'b Value> {
        match &value.kind {
            Kind::Unknown(_) | Kind::Lazy(_) => Err(self.opened(value)),
            Kind::Null => Err(self.fail(format!("argument of {:?} must not be null", self.name))),
            _ => Ok(value),
        }
    }

    /// Why something computed from `value` is not known, `value` being unknown as a whole or in part.
    fn opened(&self, value: &Value) -> Arc<Unknown> {
        match value.first_unknown() {
            Some(unknown) => Arc::new(unknown.computed()),
            // A resource as a whole: its attributes are for the evaluator to ask, one by one.
            None => Arc::new(Unknown::new(Reason::Function(self.name.into()), value.span)),
        }
    }

    /// The first reason why any argument is not known to the last leaf.
    fn any_unknown(&self) -> Arc<Unknown> {
        match self.arguments.iter().find(|value| value.first_unknown().is_some() || matches!(value.kind, Kind::Lazy(_))) {
            Some(value) => self.opened(value),
            None => Arc::new(Unknown::new(Reason::Function(self.name.into()), self.span)),
        }
    }

    /// A string (or a bool or number, converted) with its unknown segments.
    fn segments(&self, index: usize) -> Outcome<Segments> {
        let value = self.raw(index)?;
        match &value.kind {
            Kind::Unknown(unknown) => Ok(Segments::unknown(unknown)),
            _ => match self.certain(value)?.as_str() {
                Some(text) => Ok(Segments::of(&text)),
                None => Err(self.wrong("string")),
            },
        }
    }

    /// A string's parts, as they are: what `jsonencode` made stays what it is.
    fn parts<'b>(&self, value: &'b Value) -> Outcome<Cow<'b, Str>> {
        match &value.kind {
            Kind::Unknown(unknown) => Ok(Cow::Owned(Str { parts: vec![Part::Unknown(Arc::clone(unknown))], symbol: None })),
            _ => self.certain(value)?.as_str().ok_or_else(|| self.wrong("string")),
        }
    }

    /// A wholly known string.
    fn text(&self, index: usize) -> Outcome<Cow<'a, str>> {
        let value = self.argument(index)?;
        match value.known_string() {
            Some(text) => Ok(text),
            None if matches!(value.kind, Kind::String(_)) => Err(self.opened(value)),
            None => Err(self.wrong("string")),
        }
    }

    fn number(&self, index: usize) -> Outcome<Number> {
        self.number_of(self.raw(index)?)
    }

    fn number_of(&self, value: &Value) -> Outcome<Number> {
        match self.certain(value)?.known_number() {
            Some(number) => Ok(number),
            None if value.first_unknown().is_some() => Err(self.opened(value)),
            None if value.known_string().is_some_and(|text| Number::is_too_large(&text)) => {
                Err(Arc::new(Unknown::new(Reason::Limit("so large a number is given up".into()), self.span)))
            }
            None => Err(self.wrong("number")),
        }
    }

    /// A whole number of 64 bits, which is all that functions of whole numbers take.
    fn whole(&self, index: usize) -> Outcome<i128> {
        let whole = self.number(index)?.as_whole().and_then(|whole| i64::try_from(whole).ok());
        whole.map(i128::from).ok_or_else(|| self.wrong("whole number"))
    }

    fn list(&self, index: usize) -> Outcome<&'a List> {
        self.argument(index)?.as_list().ok_or_else(|| self.wrong("list"))
    }

    /// A list that is known to have no further items.
    fn closed_list(&self, index: usize) -> Outcome<&'a List> {
        let list = self.list(index)?;
        match &list.more {
            Some(more) => Err(Arc::new(more.computed())),
            None => Ok(list),
        }
    }

    fn object(&self, index: usize) -> Outcome<&'a Object> {
        self.argument(index)?.as_object().ok_or_else(|| self.wrong("map"))
    }

    fn wrong(&self, wanted: &str) -> Arc<Unknown> {
        self.fail(format!("{wanted} required as argument of {:?}", self.name))
    }

    /// A new string made by this call.
    fn string(&self, text: impl Into<Arc<str>>) -> Outcome {
        Ok(Value::string(text, self.span))
    }

    fn bool(&self, value: bool) -> Outcome {
        Ok(Value::bool(value, self.span))
    }

    fn give_number(&self, value: Option<Number>) -> Outcome {
        value.map(|number| Value::number(number, self.span)).ok_or_else(|| self.fail("the result is not a number"))
    }

    /// A list, whose items have one type.
    fn give_list(&self, items: Vec<Value>, more: Option<Arc<Unknown>>) -> Outcome {
        Ok(Value::new(Kind::List(Arc::new(List { items, more, ..List::default() })), self.span).typed(Typed::Collection))
    }

    /// A list if the argument is one, a tuple if it is one.
    fn give_same(&self, argument: &Value, items: Vec<Value>, more: Option<Arc<Unknown>>) -> Outcome {
        Ok(self.give_list(items, more)?.typed(argument.typed))
    }

    /// What string functions give: `segments`, written where the argument was written and come the way it came.
    fn changed(&self, index: usize, segments: Segments) -> Outcome {
        let argument = self.raw(index)?;
        let mut value = segments.into_value(argument.span);
        value.way = argument.way.clone();
        Ok(value)
    }

    /// The way of the first argument that came from elsewhere, for results made of several.
    fn way(&self) -> Way {
        self.arguments.iter().find(|value| !value.way.is_empty()).map(|value| value.way.clone()).unwrap_or_default()
    }
}

/// The items of a list as values of their own: what brought the list brought them.
fn items_of<'a>(list: &'a List, container: &'a Value) -> impl Iterator<Item = Value> + 'a {
    list.items.iter().map(|item| item.clone().out_of(&container.way))
}
