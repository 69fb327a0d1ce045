//! A token in the place of another one, where exactly that one is written: what came out of an expression, of a variable or of an argument
//! of a module is not replaced where it is used, nor there, where it may have other uses.

use super::print::hcl_quoted;
use crate::eval::value::StepKind;
use crate::finding::Edit;
use crate::policy::{Condition, Document, Place, Statement};
use crate::source::{FileKind, Sources, Span};
use crate::syntax::ast::ExprKind;
use crate::syntax::hcl;

/// `new` for `old`, a string at `place`. Nothing where something else stands there.
pub fn token(place: &Place, old: &str, new: &str, sources: &Sources) -> Option<Edit> {
    let passed = |kind| !matches!(kind, StepKind::Local | StepKind::Document | StepKind::File);
    if place.way.steps().iter().any(|step| passed(step.kind)) {
        return None;
    }
    let written = written(place.span, sources).filter(|written| written.value.eq_ignore_ascii_case(old))?;
    Some(Edit::token(place.span, written.quoted(new)?))
}

/// Another operator for a condition. Nothing where it is that of other keys, too, or where there is such a test already.
pub fn operator(condition: &Condition, statement: &Statement, new: &str, sources: &Sources) -> Option<Edit> {
    let shares = |other: &&Condition| other.operator_place.span == condition.operator_place.span && other.key != condition.key;
    if statement.conditions.iter().any(|other| shares(&other)) {
        return None;
    }
    operator_at(&condition.operator_place, &condition.operator.to_string(), statement, new, sources)
}

/// Another operator for all keys under the one at `place`.
pub fn operator_in(document: &Document, place: &Place, old: &str, new: &str, sources: &Sources) -> Option<Edit> {
    let statement = document.statements.iter().find(|statement| stands_in(place, statement))?;
    operator_at(place, old, statement, new, sources)
}

/// Another Sid for a statement. Nothing where a statement of the policy has it.
pub fn sid(statement: &Statement, document: &Document, new: &str, sources: &Sources) -> Option<Edit> {
    let sid = statement.sid.as_ref()?;
    let is_taken = document.statements.iter().filter_map(|other| other.sid.as_ref()).any(|other| other.text.eq_ignore_ascii_case(new));
    if is_taken { None } else { token(&sid.place, &sid.text, new, sources) }
}

fn operator_at(place: &Place, old: &str, statement: &Statement, new: &str, sources: &Sources) -> Option<Edit> {
    if !stands_in(place, statement) || statement.gap.may_narrow() {
        return None;
    }
    let is_of = |other: &&Condition| other.operator_place.span == place.span;
    let keys: Vec<&str> = statement.conditions.iter().filter(is_of).map(|condition| &*condition.key).collect();
    let same = statement.conditions.iter().filter(|other| !is_of(other) && other.operator.to_string().eq_ignore_ascii_case(new));
    // The members of an object have names of their own; of blocks there may be several with one operator.
    let taken = |other: &Condition| names_member(place.span, sources) || keys.iter().any(|key| other.key.eq_ignore_ascii_case(key));
    if same.into_iter().any(taken) {
        return None;
    }
    token(place, old, new, sources)
}

/// Another key for a condition. Nothing where that is tested already in the same way.
pub fn key(condition: &Condition, statement: &Statement, new: &str, sources: &Sources) -> Option<Edit> {
    let same = |other: &Condition| other.operator == condition.operator && other.key.eq_ignore_ascii_case(new);
    if !stands_in(&condition.key_place, statement) || statement.gap.may_narrow() || statement.conditions.iter().any(same) {
        return None;
    }
    token(&condition.key_place, &condition.key, new, sources)
}

/// Another version for a policy, or one for a policy that has none.
pub fn version(document: &Document, new: &str, sources: &Sources) -> Option<Edit> {
    if let Some(version) = &document.version {
        return token(&version.place, &version.text, new, sources);
    }
    let span = document.place.span;
    let file = sources.file(span.file);
    let inside = file.text.get(span.range())?.strip_prefix('{')?;
    let first = inside.trim_start();
    let member = match file.kind {
        _ if first.starts_with('"') && !first.contains("\" =") => format!("\"Version\": \"{new}\","),
        FileKind::Hcl | FileKind::Variables | FileKind::Terragrunt => format!("Version = \"{new}\""),
        _ => return None,
    };
    let space = inside.get(..inside.len() - first.len())?;
    let in_lines = space.contains('\n');
    let comma = if in_lines || member.ends_with(',') { "" } else { "," };
    // The next member stands behind the same space.
    let start = span.range().start + 1 + space.len();
    let behind = if in_lines { "\n" } else { " " };
    (!first.is_empty() && !first.starts_with('}'))
        .then(|| Edit::token(Span::new(span.file, start..start), format!("{member}{comma}{behind}")))
}

/// Whether it is written in the statement, and not elsewhere for several.
fn stands_in(place: &Place, statement: &Statement) -> bool {
    statement.place.span.contains(place.span)
}

/// Whether what stands at `span` is the name of an object's member.
fn names_member(span: Span, sources: &Sources) -> bool {
    let file = sources.file(span.file);
    file.text.get(span.range().end..).is_some_and(|behind| behind.trim_start().starts_with(['=', ':']))
}

/// A string as it is written.
struct Written {
    value: String,
    language: Language,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Language {
    /// Of HCL, or of JSON in a heredoc, which is written the same but for characters that policies do not have.
    Hcl,
    /// A name without quotes.
    Bare,
    Json,
    /// Of JSON that may be a template: `${` may be an interpolation there.
    JsonTemplate,
}

impl Written {
    fn quoted(&self, text: &str) -> Option<String> {
        let template = text.contains("${") || text.contains("%{");
        match self.language {
            _ if text.chars().any(char::is_control) => None,
            Language::Bare if text.bytes().all(|byte| byte.is_ascii_alphabetic()) => Some(text.to_owned()),
            Language::Hcl | Language::Bare => Some(hcl_quoted(text, true)),
            Language::JsonTemplate if template => None,
            Language::Json | Language::JsonTemplate => serde_json::to_string(text).ok(),
        }
    }
}

fn written(span: Span, sources: &Sources) -> Option<Written> {
    let file = sources.file(span.file);
    let text = file.text.get(span.range())?;
    let language = match file.kind {
        FileKind::Hcl | FileKind::Variables | FileKind::Terragrunt if text.starts_with('"') => Language::Hcl,
        FileKind::Hcl | FileKind::Variables | FileKind::Terragrunt => Language::Bare,
        FileKind::Policy => Language::Json,
        FileKind::HclJson | FileKind::VariablesJson | FileKind::Other => Language::JsonTemplate,
        FileKind::Plan => return None,
    };
    let value = match language {
        Language::Hcl => match hcl::parse_expression(span.file, text).ok()?.tree.kind {
            ExprKind::String(text) => text.value().to_owned(),
            _ => return None,
        },
        Language::Bare => {
            let is_name = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphabetic());
            let before = file.text.get(..span.range().start)?;
            (is_name && before.ends_with([' ', '\t', '\n', '{', ',']) && names_member(span, sources)).then(|| text.to_owned())?
        }
        Language::Json | Language::JsonTemplate => serde_json::from_str(text).ok()?,
    };
    let template = language == Language::JsonTemplate && (value.contains("${") || value.contains("%{"));
    (!template).then_some(Written { value, language })
}
