//! rolelint's own syntax tree: small, owned, every node with its span in the file.
//!
//! hcl-edit parses, `syntax::lower` makes this of it and drops it: its tree is some twenty times its source.

use std::sync::Arc;

use super::text::Text;
use crate::source::Span;

/// An identifier.
#[derive(Clone, Debug, PartialEq)]
pub struct Name {
    pub text: Arc<str>,
    pub span: Span,
}

/// `kind "label" { … }`. JSON syntax lowers to the same.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    pub kind: Name,
    pub labels: Vec<Name>,
    pub body: Body,
    /// From the kind to the closing brace.
    pub span: Span,
}

impl Block {
    /// The kind and labels: what a finding about the whole block points at.
    pub fn header(&self) -> Span {
        self.labels.last().map_or(self.kind.span, |last| self.kind.span.to(last.span))
    }
}

/// What stands between a block's braces, in source order within each list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Body {
    pub attributes: Vec<Attribute>,
    pub blocks: Vec<Block>,
}

impl Body {
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| &*attribute.name.text == name)
    }

    pub fn blocks<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Block> {
        self.blocks.iter().filter(move |block| &*block.kind.text == kind)
    }
}

/// `name = value`
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    pub name: Name,
    pub value: Expr,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    pub kind: ExprKind,
    pub span: Span,
}

impl Expr {
    /// The expressions that it is made of, but for those in directives of templates.
    pub fn children(&self) -> Vec<&Expr> {
        match &self.kind {
            ExprKind::List(items) => items.iter().collect(),
            ExprKind::Object(items) => items.iter().flat_map(|item| [&item.key, &item.value]).collect(),
            ExprKind::Attribute(base, _) | ExprKind::Not(base) | ExprKind::Negate(base) | ExprKind::Parenthesis(base) => vec![base],
            ExprKind::Index(base, key) => vec![base, key],
            ExprKind::Splat { base, each, .. } => vec![base, each],
            ExprKind::Call { arguments, .. } => arguments.iter().collect(),
            ExprKind::Conditional(parts) => parts.iter().collect(),
            ExprKind::Binary(_, parts) => parts.iter().collect(),
            ExprKind::For(each) => [&each.collection, &each.value].into_iter().chain(&each.key).chain(&each.condition).collect(),
            ExprKind::Template(parts) => {
                let inner = parts.iter().filter_map(|part| match part {
                    TemplatePart::Interpolation(inner) => Some(inner),
                    _ => None,
                });
                inner.collect()
            }
            _ => Vec::new(),
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    Null,
    Bool(bool),
    /// The digits as written, `1e3`, `0.5`; the evaluator makes a number of them.
    Number(Arc<str>),
    /// A quoted string or heredoc without interpolation.
    String(Text),
    /// A quoted string or heredoc with interpolations or directives. The span includes quotes or delimiters.
    Template(Vec<TemplatePart>),
    List(Vec<Expr>),
    Object(Vec<ObjectItem>),
    /// The first name of a traversal: `var`, `local`, `aws_iam_role`, `each`, a for variable.
    Variable(Arc<str>),
    /// `base.name`
    Attribute(Box<Expr>, Name),
    /// `base[key]`, also the legacy `base.0`
    Index(Box<Expr>, Box<Expr>),
    /// `base[*].a.b` or the legacy `base.*.a`: `each` is applied to every element, its base being `SplatItem`.
    Splat {
        base: Box<Expr>,
        each: Box<Expr>,
        /// The legacy form ends at the first index: `a.*.b[0]` is `(a.*.b)[0]`; lowering has seen to that.
        legacy: bool,
    },
    /// Stands for the current element inside `Splat::each`.
    SplatItem,
    /// `name(args…)`; provider functions are named `provider::aws::arn_parse`.
    Call {
        name: Name,
        arguments: Vec<Expr>,
        /// The last argument is followed by `...`
        expand: bool,
    },
    Conditional(Box<[Expr; 3]>),
    Not(Box<Expr>),
    Negate(Box<Expr>),
    Binary(BinaryOperator, Box<[Expr; 2]>),
    For(Box<ForExpr>),
    Parenthesis(Box<Expr>),
    /// The block that held this expression was rejected, and only this part of it could not be recovered.
    NotParsed(Arc<str>),
    /// A value that a plan does not give, because it is known only after apply. `perhaps` is all that its expression refers to: it is that
    /// itself, or something made of it.
    Planned {
        name: Arc<str>,
        perhaps: Option<Box<Expr>>,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub struct ObjectItem {
    /// A bare identifier key is lowered to `String`, `(expression)` keys to `Parenthesis`.
    pub key: Expr,
    pub value: Expr,
    /// An earlier item of the same object with the same key, which is lost.
    pub shadows: Option<Box<ObjectItem>>,
}

impl ObjectItem {
    pub fn new(key: Expr, value: Expr) -> ObjectItem {
        ObjectItem { key, value, shadows: None }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOperator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    And,
    Or,
}

/// `[for k, v in collection : value if condition]` or `{for k, v in collection : key => value... if condition}`
#[derive(Clone, Debug, PartialEq)]
pub struct ForExpr {
    pub key_variable: Option<Arc<str>>,
    pub value_variable: Arc<str>,
    pub collection: Expr,
    /// Present in the object form.
    pub key: Option<Expr>,
    pub value: Expr,
    /// The object form's `...`
    pub grouping: bool,
    pub condition: Option<Expr>,
}

/// A piece of a template. White space control (`~`) is already applied to the literals beside it.
#[derive(Clone, Debug, PartialEq)]
pub enum TemplatePart {
    Literal(Text),
    /// `${ … }`
    Interpolation(Expr),
    /// `%{ if … }…%{ else }…%{ endif }`
    If {
        condition: Expr,
        then: Vec<TemplatePart>,
        otherwise: Vec<TemplatePart>,
        span: Span,
    },
    /// `%{ for k, v in … }…%{ endfor }`
    For {
        key_variable: Option<Arc<str>>,
        value_variable: Arc<str>,
        collection: Expr,
        body: Vec<TemplatePart>,
        span: Span,
    },
}
