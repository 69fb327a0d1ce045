//! Terraform's JSON configuration syntax, lowered to the same tree as HCL.
//!
//! Which members of a body are nested blocks only a provider's schema tells, so each is lowered to an attribute; who looks for
//! blocks also looks for attributes that are objects, or lists of objects. Source: Terraform's "JSON Configuration Syntax" and
//! HCL's "JSON Syntax Specification".

use std::sync::Arc;

use memchr::memmem;

use super::ast::{Attribute, Block, Body, Expr, ExprKind, Name, ObjectItem, TemplatePart};
use super::json::{self, Member, Node, NodeKind, Piece, StringPiece};
use super::text::Text;
use crate::finding::{Problem, ProblemKind};
use crate::source::{FileId, Span};

/// Parses a string as an HCL template, as `syntax::hcl` does.
pub type ParseTemplate = fn(FileId, &Text) -> Result<Vec<TemplatePart>, Problem>;

/// The top-level blocks of a `.tf.json` file, and what is wrong with the rest of it.
pub fn parse_blocks(file: FileId, text: &Arc<str>, parse_template: ParseTemplate) -> (Vec<Block>, Vec<Problem>) {
    let mut lowering = Lowering { file, template: Some(parse_template), problems: Vec::new() };
    let Some(root) = lowering.parse(text) else {
        return (Vec::new(), lowering.problems);
    };
    let mut blocks = Vec::new();
    for member in lowering.members(&root, "the top level") {
        lowering.blocks_of_kind(member, &mut blocks);
    }
    (blocks, lowering.problems)
}

/// The values of a `.tfvars.json` file: plain data, in which `${` means nothing.
pub fn parse_variables(file: FileId, text: &Arc<str>) -> (Vec<Attribute>, Vec<Problem>) {
    let mut lowering = Lowering { file, template: None, problems: Vec::new() };
    let Some(root) = lowering.parse(text) else {
        return (Vec::new(), lowering.problems);
    };
    let members = match &root.kind {
        NodeKind::Object(_) => lowering.members(&root, "the top level"),
        _ => lowering.not_an_object(&root, "the top level"),
    };
    let attributes = members.into_iter().filter_map(|member| lowering.attribute(member)).collect();
    (attributes, lowering.problems)
}

/// A value as it is: plain data.
pub fn plain(file: FileId, node: &Node) -> Expr {
    Lowering { file, template: None, problems: Vec::new() }.expression(node)
}

/// How many labels a top-level block has. Source: the block types of Terraform and OpenTofu.
fn label_count(kind: &str) -> Option<usize> {
    match kind {
        "resource" | "data" | "ephemeral" | "action" | "list" => Some(2),
        "module" | "variable" | "output" | "provider" | "check" => Some(1),
        "locals" | "terraform" | "moved" | "removed" | "import" | "encryption" | "language" => Some(0),
        _ => None,
    }
}

/// Whether Terraform reads the member's strings without a scope, in which HCL's JSON takes them as they are.
fn is_plain(kind: &str, member: &str) -> bool {
    match kind {
        "terraform" => true,
        "variable" => member != "validation",
        "module" => matches!(member, "source" | "version" | "providers" | "depends_on"),
        _ => matches!(member, "depends_on" | "provider"),
    }
}

struct Lowering {
    file: FileId,
    /// Nothing where strings are plain.
    template: Option<ParseTemplate>,
    problems: Vec<Problem>,
}

impl Lowering {
    fn parse(&mut self, text: &Arc<str>) -> Option<Node> {
        let whole = Span::new(self.file, 0..text.len());
        match json::parse(&[Piece::Text(Text::verbatim(Arc::clone(text), whole, 0))], whole) {
            Ok(node) => Some(node),
            Err(error) => {
                self.problems.push(error.into());
                None
            }
        }
    }

    /// The members of an object, or of each object of a list; comments left out.
    fn members<'a>(&mut self, node: &'a Node, what: &str) -> Vec<&'a Member> {
        match &node.kind {
            NodeKind::Object(members) => members.iter().filter(|member| member.name().as_deref() != Some("//")).collect(),
            NodeKind::List(items) => items.iter().flat_map(|item| self.members(item, what)).collect(),
            NodeKind::Null => Vec::new(),
            _ => self.not_an_object(node, what),
        }
    }

    fn not_an_object<'a>(&mut self, node: &Node, what: &str) -> Vec<&'a Member> {
        self.problem(node.span, format!("expected an object in {what}"));
        Vec::new()
    }

    fn problem(&mut self, span: Span, message: String) {
        self.problems.push(Problem::new(ProblemKind::Syntax, message, span));
    }

    fn blocks_of_kind(&mut self, member: &Member, blocks: &mut Vec<Block>) {
        let Some(kind) = name(member) else {
            return;
        };
        match label_count(&kind.text) {
            Some(count) => self.labelled(&kind, &mut Vec::new(), count, &member.value, blocks),
            None => self.problem(kind.span, format!("`{}` is no kind of block that Terraform has", kind.text)),
        }
    }

    /// Goes through as many levels of objects as there are labels to come.
    fn labelled(&mut self, kind: &Name, labels: &mut Vec<Name>, missing: usize, node: &Node, blocks: &mut Vec<Block>) {
        if missing == 0 {
            return self.bodies(kind, labels, node, blocks);
        }
        let what = format!("`{}`", kind.text);
        for member in self.members(node, &what) {
            if let Some(label) = name(member) {
                labels.push(label);
                self.labelled(kind, labels, missing - 1, &member.value, blocks);
                labels.pop();
            }
        }
    }

    fn bodies(&mut self, kind: &Name, labels: &[Name], node: &Node, blocks: &mut Vec<Block>) {
        match &node.kind {
            NodeKind::List(items) => items.iter().for_each(|item| self.bodies(kind, labels, item, blocks)),
            NodeKind::Null => {}
            _ => {
                let members = self.members(node, &format!("`{}`", kind.text));
                if members.is_empty() && !matches!(node.kind, NodeKind::Object(_)) {
                    return;
                }
                // Other blocks may stand between the key of the kind and this one, so both are pointed at by the last key.
                let header = labels.last().map_or(kind.span, |label| label.span);
                let attributes = members.into_iter().filter_map(|member| self.member(&kind.text, member)).collect();
                blocks.push(Block {
                    kind: Name { text: Arc::clone(&kind.text), span: header },
                    labels: labels.to_vec(),
                    body: Body { attributes, blocks: Vec::new() },
                    span: header.to(node.span),
                });
            }
        }
    }

    /// A member of the body of a top-level block.
    fn member(&mut self, kind: &str, member: &Member) -> Option<Attribute> {
        let template = self.template;
        if member.name().is_some_and(|name| is_plain(kind, &name)) {
            self.template = None;
        }
        let attribute = self.attribute(member);
        self.template = template;
        attribute
    }

    fn attribute(&mut self, member: &Member) -> Option<Attribute> {
        Some(Attribute { name: name(member)?, value: self.expression(&member.value) })
    }

    fn expression(&mut self, node: &Node) -> Expr {
        let kind = match &node.kind {
            NodeKind::Null => ExprKind::Null,
            NodeKind::Bool(value) => ExprKind::Bool(*value),
            NodeKind::Number(digits) => number(digits, node.span),
            NodeKind::String(pieces) => self.string(pieces),
            NodeKind::List(items) => ExprKind::List(items.iter().map(|item| self.expression(item)).collect()),
            NodeKind::Object(members) => ExprKind::Object(members.iter().map(|member| self.item(member)).collect()),
            NodeKind::Hole(_) => ExprKind::NotParsed("".into()),
        };
        Expr { kind, span: node.span }
    }

    /// Keys are templates as well.
    fn item(&mut self, member: &Member) -> ObjectItem {
        let key = Expr { kind: self.string(&member.key), span: member.key_span };
        ObjectItem::new(key, self.expression(&member.value))
    }

    fn string(&mut self, pieces: &[StringPiece]) -> ExprKind {
        // A file is one text without holes, so its strings are as well.
        let [StringPiece::Text(text)] = pieces else {
            return ExprKind::NotParsed("".into());
        };
        let bytes = text.value().as_bytes();
        let template = self.template.filter(|_| memmem::find(bytes, b"${").is_some() || memmem::find(bytes, b"%{").is_some());
        let Some(parse) = template else {
            return ExprKind::String(text.clone());
        };
        match parse(self.file, text) {
            Ok(parts) => match <[TemplatePart; 1]>::try_from(parts) {
                Ok([TemplatePart::Literal(literal)]) => ExprKind::String(literal),
                Ok(only) => ExprKind::Template(only.into()),
                Err(parts) => ExprKind::Template(parts),
            },
            Err(problem) => {
                self.problems.push(problem);
                ExprKind::NotParsed(text.shared())
            }
        }
    }
}

fn name(member: &Member) -> Option<Name> {
    Some(Name { text: member.name()?.into(), span: member.key_span })
}

/// HCL has no negative literals.
fn number(digits: &Arc<str>, span: Span) -> ExprKind {
    match digits.strip_prefix('-') {
        Some(positive) => {
            let inner = Span { start: span.start + 1, ..span };
            ExprKind::Negate(Box::new(Expr { kind: ExprKind::Number(positive.into()), span: inner }))
        }
        None => ExprKind::Number(Arc::clone(digits)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{File, FileKind, NoFiles, Sources};

    /// Knows only `${name}`; refuses what is not closed.
    fn parse_template(_: FileId, text: &Text) -> Result<Vec<TemplatePart>, Problem> {
        let value = text.value();
        let (mut parts, mut at) = (Vec::new(), 0);
        while let Some(start) = value[at..].find("${").map(|offset| at + offset) {
            let problem = || Problem::new(ProblemKind::Syntax, "not closed", text.span_of(start..value.len()));
            let end = value[start..].find('}').map(|offset| start + offset).ok_or_else(problem)?;
            if start > at {
                parts.push(TemplatePart::Literal(text.slice(at..start)));
            }
            let kind = ExprKind::Variable(value[start + 2..end].into());
            parts.push(TemplatePart::Interpolation(Expr { kind, span: text.span_of(start + 2..end) }));
            at = end + 1;
        }
        if at < value.len() {
            parts.push(TemplatePart::Literal(text.slice(at..value.len())));
        }
        Ok(parts)
    }

    fn file() -> FileId {
        Sources::new(Box::new(NoFiles)).add(File::new("a.tf.json", FileKind::HclJson, Vec::new()))
    }

    fn blocks(source: &str) -> (Vec<Block>, Vec<Problem>) {
        parse_blocks(file(), &source.into(), parse_template)
    }

    fn shown(block: &Block) -> String {
        let labels: Vec<&str> = block.labels.iter().map(|label| &*label.text).collect();
        let attributes: Vec<String> =
            block.body.attributes.iter().map(|attribute| format!("{}={}", attribute.name.text, value(&attribute.value))).collect();
        format!("{} {:?} {}", block.kind.text, labels, attributes.join(" "))
    }

    fn value(expr: &Expr) -> String {
        match &expr.kind {
            ExprKind::String(text) => format!("{:?}", text.value()),
            ExprKind::Number(digits) => digits.to_string(),
            ExprKind::Negate(inner) => format!("-{}", value(inner)),
            ExprKind::Bool(value) => value.to_string(),
            ExprKind::Template(parts) => parts
                .iter()
                .map(|part| match part {
                    TemplatePart::Literal(text) => text.value().to_owned(),
                    TemplatePart::Interpolation(Expr { kind: ExprKind::Variable(name), .. }) => format!("<{name}>"),
                    other => format!("{other:?}"),
                })
                .collect(),
            ExprKind::List(items) => format!("[{}]", items.iter().map(value).collect::<Vec<_>>().join(",")),
            ExprKind::Object(items) => {
                let items: Vec<String> = items.iter().map(|item| format!("{}:{}", value(&item.key), value(&item.value))).collect();
                format!("{{{}}}", items.join(","))
            }
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn labels_are_nested_objects_and_bodies_may_be_lists() {
        let source = r#"{
            "//": "a comment",
            "resource": {
                "aws_iam_role": { "a": { "name": "x", "//": "no" }, "b": [{ "name": "y" }] },
                "aws_iam_policy": [{ "p": {} }]
            },
            "locals": [{ "a": 1 }, { "b": -2.5 }],
            "resource": { "aws_iam_user": { "u": null } },
            "module": { "m": { "source": "./m" } }
        }"#;
        let (blocks, problems) = blocks(source);
        assert_eq!(problems, []);
        let all: Vec<String> = blocks.iter().map(shown).collect();
        assert_eq!(
            all,
            [
                r#"resource ["aws_iam_role", "a"] name="x""#,
                r#"resource ["aws_iam_role", "b"] name="y""#,
                r#"resource ["aws_iam_policy", "p"] "#,
                "locals [] a=1",
                "locals [] b=-2.5",
                r#"module ["m"] source="./m""#,
            ]
        );
        assert_eq!(&source[blocks[1].header().range()], r#""b""#);
        assert_eq!(&source[blocks[1].span.range()], r#""b": [{ "name": "y" }"#);
    }

    #[test]
    fn strings_are_templates_where_terraform_evaluates_them() {
        let source = r#"{
            "resource": { "t": { "r": { "a": "${x}", "b": { "k${y}": ["p-\u0024{z}"] }, "c": "$", "provider": "aws.x" } } },
            "variable": { "v": { "type": "string", "default": "${not}", "validation": { "condition": "${yes}" } } },
            "terraform": { "backend": { "s3": { "key": "${not}" } } }
        }"#;
        let (blocks, problems) = blocks(source);
        assert_eq!(problems, []);
        let all: Vec<String> = blocks.iter().map(shown).collect();
        assert_eq!(
            all,
            [
                r#"resource ["t", "r"] a=<x> b={k<y>:[p-<z>]} c="$" provider="aws.x""#,
                r#"variable ["v"] type="string" default="${not}" validation={"condition":<yes>}"#,
                r#"terraform [] backend={"s3":{"key":"${not}"}}"#,
            ]
        );
        let ExprKind::Template(parts) = &blocks[0].body.attributes[0].value.kind else { panic!() };
        let [TemplatePart::Interpolation(x)] = parts.as_slice() else { panic!() };
        assert_eq!(&source[x.span.range()], "x");
    }

    #[test]
    fn what_is_wrong_is_a_problem_and_loses_only_itself() {
        let source = r#"{ "resource": { "t": { "bad": 7, "good": { "a": "${" } } }, "ressource": {}, "data": "x", "output": { "o": {} } }"#;
        let (blocks, problems) = blocks(source);
        let all: Vec<String> = blocks.iter().map(shown).collect();
        assert_eq!(all, [r#"resource ["t", "good"] a=NotParsed("${")"#, r#"output ["o"] "#]);
        let said: Vec<(&str, &str)> =
            problems.iter().map(|problem| (problem.message.as_str(), &source[problem.span.unwrap().range()])).collect();
        assert_eq!(
            said,
            [
                ("expected an object in `resource`", "7"),
                ("not closed", "${"),
                ("`ressource` is no kind of block that Terraform has", "\"ressource\""),
                ("expected an object in `data`", "\"x\""),
            ]
        );
    }

    #[test]
    fn a_file_that_is_no_json_is_one_problem() {
        let (found, problems) = blocks("{");
        assert!(found.is_empty());
        assert_eq!(problems[0].message, "invalid JSON: expected a key in double quotes, found the end");
    }

    #[test]
    fn variables_are_plain() {
        let source = r#"{ "a": "${x}", "b": [{ "c": null }], "//": 1 }"#;
        let (attributes, problems) = parse_variables(file(), &source.into());
        assert_eq!(problems, []);
        assert_eq!(attributes.len(), 2);
        assert_eq!(value(&attributes[0].value), r#""${x}""#);
        assert_eq!(parse_variables(file(), &"[]".into()).1[0].message, "expected an object in the top level");
    }
}
