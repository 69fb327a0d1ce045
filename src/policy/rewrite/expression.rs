//! The expression in source that gives one of a statement's resources.

use super::written::{Inside, Written};
use crate::policy::document::{Item, Statement};
use crate::source::{Sources, Span};

/// An expression as it stands in a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expression {
    /// `aws_sqs_queue.jobs.url`, `"${aws_s3_bucket.site.id}/*"`
    pub text: String,
    /// Nothing where the statement has the same text twice.
    pub span: Option<Span>,
}

/// Nothing of a resource that does not stand in the statement.
pub fn of_resource(statement: &Statement, item: &Item, sources: &Sources) -> Option<Expression> {
    let resources = statement.resources.as_ref()?;
    let position = resources.items.iter().position(|other| std::ptr::eq(other, item))?;
    let written = Written::at(statement.place.span, sources);
    let names = if resources.negated { ["NotResource", "not_resources"] } else { ["Resource", "resources"] };
    let element = names.iter().find_map(|name| written.element(name))?;
    let text = match &element.inside {
        Inside::List(items) if items.len() == resources.items.len() => items.get(position).cloned()?,
        Inside::Nothing if resources.items.len() == 1 => element.text.clone(),
        _ => return None,
    };
    let mut places = written.text.match_indices(&*text).map(|(at, _)| written.span.range().start + at);
    let span = places.next().filter(|_| places.next().is_none()).map(|start| Span::new(written.span.file, start..start + text.len()));
    Some(Expression { text, span })
}
