//! From hcl-edit's tree to ours.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::Arc;

use hcl_edit::Span as _;
use hcl_edit::expr::{self, BinaryOperator as Operator, Expression, ObjectKey, TraversalOperator, UnaryOperator};
use hcl_edit::structure;
use hcl_edit::template::{Directive, Element, Template};
use hcl_edit::{Decorated, Ident};

use super::ast::{Attribute, BinaryOperator, Block, Body, Expr, ExprKind, ForExpr, Name, ObjectItem, TemplatePart};
use super::lex;
use super::template::{Form, Literals, Place};
use super::text::Text;
use crate::finding::{Problem, ProblemKind};

/// Our tree nests where hcl-edit's has a list: a bound keeps the recursion over it from using up the stack.
const MAX_TRAVERSAL: usize = 200;

/// Lowers one tree. All ranges are offsets in `text`, which hcl-edit saw from `base` on.
pub(super) struct Lowering<'a> {
    pub text: &'a str,
    pub base: usize,
    pub place: &'a dyn Place,
    /// Whether hcl-edit saw the very text, so that its values must be ours.
    pub exact: bool,
    /// Items of objects that were parsed in chunks, by the offset of their opening brace.
    pub large: HashMap<usize, Vec<ObjectItem>>,
    /// Items that are gone from the text because later ones of the same object overwrite them, by the offset of their key.
    pub lost: BTreeMap<usize, ObjectItem>,
    pub shadowed: Vec<Name>,
    /// Why the result must not be used.
    pub problem: Option<Problem>,
    /// hcl-edit ended a heredoc where HCL does not.
    pub misread: bool,
}

impl Lowering<'_> {
    /// A node's range in `text`; `outer` if hcl-edit has none for it.
    fn range(&self, span: Option<Range<usize>>, outer: &Range<usize>) -> Range<usize> {
        span.map_or_else(|| outer.clone(), |span| span.start + self.base..span.end + self.base)
    }

    fn source(&self, range: Range<usize>) -> &str {
        self.text.get(range).unwrap_or_default()
    }

    fn name(&self, ident: &Decorated<Ident>, outer: &Range<usize>) -> Name {
        let range = self.range(ident.span(), outer);
        Name { text: ident.as_str().into(), span: self.place.span(range) }
    }

    pub fn body(&mut self, body: &structure::Body, outer: &Range<usize>) -> Body {
        let mut lowered = Body::default();
        for item in body {
            match item {
                structure::Structure::Attribute(attribute) => {
                    let range = self.range(attribute.span(), outer);
                    lowered.attributes.push(self.attribute(attribute, &range));
                }
                structure::Structure::Block(block) => {
                    let range = self.range(block.span(), outer);
                    lowered.blocks.push(self.block(block, &range));
                }
            }
        }
        lowered
    }

    pub fn attribute(&mut self, attribute: &structure::Attribute, outer: &Range<usize>) -> Attribute {
        Attribute { name: self.name(&attribute.key, outer), value: self.expression(&attribute.value, outer) }
    }

    pub fn block(&mut self, block: &structure::Block, outer: &Range<usize>) -> Block {
        let labels = block.labels.iter().map(|label| {
            let range = self.range(label.span(), outer);
            Name { text: label.as_str().into(), span: self.place.span(range) }
        });
        Block {
            labels: labels.collect(),
            kind: self.name(&block.ident, outer),
            body: self.body(&block.body, outer),
            span: self.place.span(outer.clone()),
        }
    }

    pub fn expression(&mut self, expression: &Expression, outer: &Range<usize>) -> Expr {
        let range = self.range(expression.span(), outer);
        let kind = match expression {
            Expression::Null(_) => ExprKind::Null,
            Expression::Bool(value) => ExprKind::Bool(*value.value()),
            Expression::Number(_) => self.number(&range),
            Expression::String(value) => ExprKind::String(self.string(value, &range)),
            Expression::StringTemplate(template) => {
                let body = range.start + 1..range.end.saturating_sub(1);
                self.template(template, body, &range, Form::Quoted)
            }
            Expression::HeredocTemplate(heredoc) => self.heredoc(&heredoc.template, &range),
            Expression::Array(items) => ExprKind::List(items.iter().map(|item| self.expression(item, &range)).collect()),
            Expression::Object(object) => ExprKind::Object(self.object(object, &range)),
            Expression::Parenthesis(inner) => ExprKind::Parenthesis(Box::new(self.expression(inner.inner(), &range))),
            Expression::Variable(name) => ExprKind::Variable(name.as_str().into()),
            Expression::Traversal(traversal) => return self.traversal(traversal, &range),
            Expression::FuncCall(call) => self.call(call, &range),
            Expression::Conditional(conditional) => ExprKind::Conditional(Box::new([
                self.expression(&conditional.cond_expr, &range),
                self.expression(&conditional.true_expr, &range),
                self.expression(&conditional.false_expr, &range),
            ])),
            Expression::UnaryOp(operation) => {
                let operand = Box::new(self.expression(&operation.expr, &range));
                match operation.operator.value() {
                    UnaryOperator::Not => ExprKind::Not(operand),
                    UnaryOperator::Neg => ExprKind::Negate(operand),
                }
            }
            Expression::BinaryOp(operation) => {
                let operands = [self.expression(&operation.lhs_expr, &range), self.expression(&operation.rhs_expr, &range)];
                ExprKind::Binary(binary_operator(*operation.operator.value()), Box::new(operands))
            }
            Expression::ForExpr(each) => ExprKind::For(Box::new(self.for_expression(each, &range))),
        };
        Expr { kind, span: self.place.span(range) }
    }

    /// hcl-edit reads a sign as part of the number, HCL as an operator.
    fn number(&self, range: &Range<usize>) -> ExprKind {
        let written = self.source(range.clone());
        let Some(rest) = written.strip_prefix('-') else {
            return ExprKind::Number(written.into());
        };
        let digits = rest.trim_start_matches([' ', '\t']);
        // A comment between sign and digits is legal; the digits are what is left at the end.
        let digits = digits.rsplit(['/', '\n', ' ', '\t']).next().unwrap_or(digits);
        let start = range.end - digits.len();
        let span = self.place.span(start..range.end);
        ExprKind::Negate(Box::new(Expr { kind: ExprKind::Number(digits.into()), span }))
    }

    fn string(&self, value: &str, range: &Range<usize>) -> Text {
        let body = range.start + 1..range.end.saturating_sub(1);
        let literals = Literals::of(self.text, body.clone(), Form::Quoted);
        let text = literals.text(self.text, body, self.place.span(range.clone()), self.place);
        debug_assert!(!self.exact || text.value() == value, "decoded {:?} as {:?}", value, text.value());
        text
    }

    /// Templates without sequences are strings.
    fn template(&mut self, template: &Template, body: Range<usize>, range: &Range<usize>, form: Form) -> ExprKind {
        let literals = Literals::of(self.text, body.clone(), form);
        if template.iter().all(Element::is_literal) {
            let span = self.place.span(range.clone());
            return ExprKind::String(literals.text(self.text, body, span, self.place));
        }
        ExprKind::Template(self.parts(template, &literals, range))
    }

    fn heredoc(&mut self, template: &Template, range: &Range<usize>) -> ExprKind {
        let bytes = self.text.as_bytes();
        let start = lex::heredoc_start(bytes, range.start);
        let whole = start.and_then(|start| Some((lex::heredoc(bytes, &start).ok()?, start.indented)));
        let Some((heredoc, indented)) = whole else {
            self.misread = true;
            return ExprKind::NotParsed("this heredoc has no end".into());
        };
        self.misread |= heredoc.end != range.end;
        self.template(template, heredoc.body, range, Form::Heredoc { indented })
    }

    /// A whole template file.
    pub fn bare_template(&mut self, template: &Template) -> Vec<TemplatePart> {
        let body = self.base..self.text.len();
        let literals = Literals::of(self.text, body.clone(), Form::Bare);
        self.parts(template, &literals, &body)
    }

    fn parts(&mut self, template: &Template, literals: &Literals, outer: &Range<usize>) -> Vec<TemplatePart> {
        template.iter().map(|element| self.part(element, literals, outer)).collect()
    }

    fn part(&mut self, element: &Element, literals: &Literals, outer: &Range<usize>) -> TemplatePart {
        let range = self.range(element.span(), outer);
        match element {
            Element::Literal(_) => {
                let span = self.place.span(outer.clone());
                TemplatePart::Literal(literals.text(self.text, range, span, self.place))
            }
            Element::Interpolation(interpolation) => TemplatePart::Interpolation(self.expression(&interpolation.expr, &range)),
            Element::Directive(directive) => self.directive(directive, literals, outer, range),
        }
    }

    fn directive(&mut self, directive: &Directive, literals: &Literals, outer: &Range<usize>, range: Range<usize>) -> TemplatePart {
        match directive {
            Directive::If(directive) => {
                let otherwise = directive.else_expr.as_ref().map(|other| &other.template);
                TemplatePart::If {
                    condition: self.expression(&directive.if_expr.cond_expr, &range),
                    then: self.parts(&directive.if_expr.template, literals, outer),
                    otherwise: otherwise.map(|other| self.parts(other, literals, outer)).unwrap_or_default(),
                    span: self.place.span(range),
                }
            }
            Directive::For(directive) => {
                let each = &directive.for_expr;
                TemplatePart::For {
                    key_variable: each.key_var.as_ref().map(|name| name.as_str().into()),
                    value_variable: each.value_var.as_str().into(),
                    collection: self.expression(&each.collection_expr, &range),
                    body: self.parts(&each.template, literals, outer),
                    span: self.place.span(range),
                }
            }
        }
    }

    pub fn object(&mut self, object: &expr::Object, range: &Range<usize>) -> Vec<ObjectItem> {
        let mut items = self.large.remove(&range.start).unwrap_or_default();
        for (key, value) in object {
            let key = self.object_key(key, range);
            items.push(ObjectItem::new(key, self.expression(value.expr(), range)));
        }
        self.give_back_lost(&mut items, range);
        self.shadowed.extend(shadowed(&items));
        items
    }

    /// Tells each item of the object in `range` which earlier one it overwrites.
    fn give_back_lost(&mut self, items: &mut [ObjectItem], range: &Range<usize>) {
        let inside: Vec<usize> = self.lost.range(range.clone()).map(|(start, _)| *start).collect();
        let mut lost: HashMap<Arc<str>, ObjectItem> = HashMap::new();
        for item in inside.iter().filter_map(|start| self.lost.remove(start)) {
            if let Some(key) = key_text(&item) {
                lost.insert(key, item);
            }
        }
        if lost.is_empty() {
            return;
        }
        for item in items {
            item.shadows = key_text(item).and_then(|key| lost.remove(&key)).map(Box::new);
        }
    }

    /// Keywords are names here, as HCL has it: `{ true = 1 }`.
    fn object_key(&mut self, key: &ObjectKey, outer: &Range<usize>) -> Expr {
        let range = self.range(key.span(), outer);
        let word = match key {
            ObjectKey::Ident(name) => Some(name.as_str()),
            ObjectKey::Expression(Expression::Null(_) | Expression::Bool(_)) => Some(self.source(range.clone())),
            ObjectKey::Expression(_) => None,
        };
        match (word, key) {
            (Some(word), _) => {
                let span = self.place.span(range);
                Expr { kind: ExprKind::String(Text::verbatim(word, span, span.start as usize)), span }
            }
            (None, ObjectKey::Expression(expression)) => self.expression(expression, outer),
            (None, ObjectKey::Ident(_)) => Expr { kind: ExprKind::Null, span: self.place.span(range) },
        }
    }

    fn call(&mut self, call: &expr::FuncCall, range: &Range<usize>) -> ExprKind {
        let mut text = String::new();
        for part in &call.name.namespace {
            text.push_str(part.as_str());
            text.push_str("::");
        }
        text.push_str(call.name.name.as_str());
        let last = self.range(call.name.name.span(), range);
        let name = Name { text: text.into(), span: self.place.span(range.start..last.end) };
        let arguments = call.args.iter().map(|argument| self.expression(argument, range)).collect();
        ExprKind::Call { name, arguments, expand: call.args.expand_final() }
    }

    fn for_expression(&mut self, each: &expr::ForExpr, range: &Range<usize>) -> ForExpr {
        ForExpr {
            key_variable: each.intro.key_var.as_ref().map(|name| name.as_str().into()),
            value_variable: each.intro.value_var.as_str().into(),
            collection: self.expression(&each.intro.collection_expr, range),
            key: each.key_expr.as_ref().map(|key| self.expression(key, range)),
            value: self.expression(&each.value_expr, range),
            grouping: each.grouping,
            condition: each.cond.as_ref().map(|condition| self.expression(&condition.expr, range)),
        }
    }

    fn traversal(&mut self, traversal: &expr::Traversal, range: &Range<usize>) -> Expr {
        if traversal.operators.len() > MAX_TRAVERSAL {
            let span = self.place.span(range.clone());
            let message = format!("more than {MAX_TRAVERSAL} accesses in a row");
            self.problem = Some(Problem::new(ProblemKind::Limit, message.clone(), span));
            return Expr { kind: ExprKind::NotParsed(message.into()), span };
        }
        let base = self.expression(&traversal.expr, range);
        self.accesses(base, range.start, &traversal.operators, range)
    }

    /// Applies accesses from left to right to `base`, which starts at `start`. A full splat takes all that follow into its
    /// `each`, a legacy splat the names and numbers right after it, as HCL's parser does.
    fn accesses(&mut self, mut base: Expr, start: usize, operators: &[Decorated<TraversalOperator>], outer: &Range<usize>) -> Expr {
        let mut rest = operators;
        while let Some((operator, after)) = rest.split_first() {
            rest = after;
            let range = self.range(operator.span(), outer);
            let mut end = range.end;
            let of = Box::new(base);
            let kind = match operator.value() {
                TraversalOperator::GetAttr(name) => ExprKind::Attribute(of, self.name(name, &range)),
                TraversalOperator::Index(index) => ExprKind::Index(of, Box::new(self.expression(index, &range))),
                TraversalOperator::LegacyIndex(index) => {
                    let number = self.range(index.span(), &range);
                    let digits: Arc<str> = index.value().to_string().into();
                    let index = Expr { kind: ExprKind::Number(digits), span: self.place.span(number) };
                    ExprKind::Index(of, Box::new(index))
                }
                TraversalOperator::FullSplat(_) | TraversalOperator::AttrSplat(_) => {
                    let legacy = matches!(operator.value(), TraversalOperator::AttrSplat(_));
                    let taken = if legacy { legacy_length(rest) } else { rest.len() };
                    let (inner, after) = rest.split_at_checked(taken).unwrap_or((rest, &[]));
                    rest = after;
                    let item = Expr { kind: ExprKind::SplatItem, span: self.place.span(range.clone()) };
                    end = inner.last().map_or(end, |last| self.range(last.span(), outer).end);
                    let each = Box::new(self.accesses(item, range.start, inner, outer));
                    ExprKind::Splat { base: of, each, legacy }
                }
            };
            base = Expr { kind, span: self.place.span(start..end) };
        }
        base
    }
}

/// How many accesses a legacy splat takes: all but brackets and further splats.
fn legacy_length(operators: &[Decorated<TraversalOperator>]) -> usize {
    let taken = |operator: &Decorated<TraversalOperator>| {
        matches!(operator.value(), TraversalOperator::GetAttr(_) | TraversalOperator::LegacyIndex(_))
    };
    operators.iter().position(|operator| !taken(operator)).unwrap_or(operators.len())
}

fn key_text(item: &ObjectItem) -> Option<Arc<str>> {
    match &item.key.kind {
        ExprKind::String(text) => Some(text.shared()),
        _ => None,
    }
}

/// The keys that a later item of the same object overwrites.
fn shadowed(items: &[ObjectItem]) -> Vec<Name> {
    let mut last: HashMap<&str, &Expr> = HashMap::with_capacity(items.len());
    let mut shadowed = Vec::new();
    for item in items {
        if let ExprKind::String(text) = &item.key.kind
            && let Some(earlier) = last.insert(text.value(), &item.key)
        {
            shadowed.push(Name { text: text.shared(), span: earlier.span });
        }
    }
    shadowed
}

fn binary_operator(operator: Operator) -> BinaryOperator {
    match operator {
        Operator::Eq => BinaryOperator::Equal,
        Operator::NotEq => BinaryOperator::NotEqual,
        Operator::LessEq => BinaryOperator::LessOrEqual,
        Operator::GreaterEq => BinaryOperator::GreaterOrEqual,
        Operator::Less => BinaryOperator::Less,
        Operator::Greater => BinaryOperator::Greater,
        Operator::Plus => BinaryOperator::Add,
        Operator::Minus => BinaryOperator::Subtract,
        Operator::Mul => BinaryOperator::Multiply,
        Operator::Div => BinaryOperator::Divide,
        Operator::Mod => BinaryOperator::Modulo,
        Operator::And => BinaryOperator::And,
        Operator::Or => BinaryOperator::Or,
    }
}
