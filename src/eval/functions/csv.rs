//! `csvdecode`: RFC 4180 as Go's `encoding/csv` reads it.
//!
//! <https://developer.hashicorp.com/terraform/language/functions/csvdecode>

use std::sync::Arc;

use super::segments::{Run, Segments};
use super::{Call, Function, Outcome, function};
use crate::eval::value::{Entry, Object, Typed, Value};
use crate::syntax::text::Text;

pub const TABLE: &[Function] = &[function("csvdecode", 1, 1, csvdecode)];

fn csvdecode(call: &Call) -> Outcome {
    let source = call.raw(0)?;
    let run = call.segments(0)?.known()?;
    let refused = |what: &str| call.fail(format!("invalid CSV: {what}"));
    let mut rows = Reader { run: &run, at: 0, source }.rows().map_err(refused)?.into_iter();
    let header = rows.next().ok_or_else(|| refused("missing header line"))?;
    let mut names: Vec<(Arc<str>, _)> = Vec::new();
    for name in &header {
        names.push((name.known_string().unwrap_or_default().into(), name.span));
    }
    let mut sorted: Vec<&Arc<str>> = names.iter().map(|(name, _)| name).collect();
    sorted.sort();
    if sorted.windows(2).any(|pair| pair.first() == pair.last()) {
        return Err(refused("duplicate column name"));
    }
    let mut items = Vec::new();
    for row in rows {
        if row.len() != names.len() {
            return Err(refused("wrong number of fields"));
        }
        let entry = |((key, key_span), value): (&(Arc<str>, _), Value)| Entry { key: Arc::clone(key), key_span: *key_span, value };
        let entries = names.iter().zip(row).map(entry).collect();
        items.push(Value::object(Object { entries, ..Object::default() }, source.span).typed(Typed::Structural));
    }
    let mut list = call.give_list(items, None)?;
    list.way = source.way.clone();
    Ok(list)
}

struct Reader<'a> {
    run: &'a Run,
    at: usize,
    source: &'a Value,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.run.text.get(self.at..).unwrap_or_default()
    }

    /// The rows; lines with nothing on them are none.
    fn rows(mut self) -> Result<Vec<Vec<Value>>, &'static str> {
        let mut rows = Vec::new();
        while !self.rest().is_empty() {
            if self.end_line() {
                continue;
            }
            let mut row = vec![self.field()?];
            while self.rest().starts_with(',') {
                self.at += 1;
                row.push(self.field()?);
            }
            if !self.end_line() && !self.rest().is_empty() {
                return Err("something stands after a quoted field");
            }
            rows.push(row);
        }
        Ok(rows)
    }

    fn end_line(&mut self) -> bool {
        let length = if self.rest().starts_with("\r\n") { 2 } else { usize::from(self.rest().starts_with('\n')) };
        self.at += length;
        length > 0
    }

    fn field(&mut self) -> Result<Value, &'static str> {
        if self.rest().starts_with('"') {
            return self.quoted();
        }
        let line = self.rest().find('\n').unwrap_or(self.rest().len());
        let line = self.rest().get(..line).unwrap_or_default();
        let line = line.strip_suffix('\r').unwrap_or(line);
        let length = line.find(',').unwrap_or(line.len());
        if line.get(..length).is_some_and(|field| field.contains('"')) {
            return Err("a quote stands in a field without quotes");
        }
        let start = self.at;
        self.at += length;
        Ok(self.piece(start..self.at))
    }

    /// Two quotes stand for one, and a line's end in it is a newline.
    fn quoted(&mut self) -> Result<Value, &'static str> {
        let start = self.at + 1;
        let mut end = start;
        loop {
            let rest = self.run.text.get(end..).unwrap_or_default();
            let quote = rest.find('"').ok_or("a quoted field does not end")?;
            end += quote;
            if !self.run.text.get(end + 1..).is_some_and(|after| after.starts_with('"')) {
                break;
            }
            end += 2;
        }
        self.at = end + 1;
        let text = self.run.text.get(start..end).unwrap_or_default();
        if !text.contains('"') && !text.contains('\r') {
            return Ok(self.piece(start..end));
        }
        let decoded = text.replace("\"\"", "\"").replace("\r\n", "\n");
        let place = self.piece(start..end).span;
        Ok(Value::text(Text::computed(decoded, place)).out_of(&self.source.way))
    }

    fn piece(&self, range: std::ops::Range<usize>) -> Value {
        let mut piece = Segments::default();
        piece.push_run(self.run.slice(range));
        piece.into_value(self.source.span).out_of(&self.source.way)
    }
}
