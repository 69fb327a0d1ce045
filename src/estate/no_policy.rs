//! Expressions that certainly give no policy: most arguments of modules are names, numbers and tags, and are not evaluated to see that.

use crate::syntax::ast::{Expr, ExprKind, TemplatePart};

/// What each policy says, as a key or within a text.
const MARK: &str = "Statement";

/// Functions whose text is elsewhere, or hidden in their argument.
const READS: &[&str] =
    &["file", "filebase64", "templatefile", "templatestring", "base64decode", "textdecodebase64", "base64gunzip", "urldecode"];

/// Roots of traversals whose value is an expression elsewhere.
const ELSEWHERE: &[&str] = &["var", "local", "module", "data", "each"];

/// Whether the value of an expression is certainly no policy and holds none, but for those that another resource carries.
pub fn gives_no_policy(expression: &Expr) -> bool {
    let of_parts = || expression.children().into_iter().all(gives_no_policy);
    match &expression.kind {
        ExprKind::Null | ExprKind::Bool(_) | ExprKind::Number(_) => true,
        ExprKind::Not(_) | ExprKind::Negate(_) | ExprKind::Binary(..) => true,
        ExprKind::Conditional(parts) => parts.iter().skip(1).all(gives_no_policy),
        ExprKind::String(text) => !text.value().contains(MARK),
        ExprKind::Template(parts) => parts.iter().all(|part| match part {
            TemplatePart::Literal(text) => !text.value().contains(MARK),
            TemplatePart::Interpolation(inner) => gives_no_policy(inner),
            TemplatePart::If { .. } | TemplatePart::For { .. } => false,
        }),
        // A resource's attribute, or what a `for` names: that is in its collection.
        ExprKind::Variable(root) => !ELSEWHERE.contains(&&**root),
        ExprKind::Attribute(..) | ExprKind::Index(..) | ExprKind::Splat { .. } => is_of_no_policy(expression) || of_parts(),
        ExprKind::Call { name, .. } => !READS.contains(&&*name.text) && of_parts(),
        ExprKind::List(_) | ExprKind::Object(_) | ExprKind::For(_) | ExprKind::Parenthesis(_) | ExprKind::SplatItem => of_parts(),
        ExprKind::NotParsed(_) | ExprKind::Planned { .. } => false,
    }
}

/// `data.aws_region.current.name`, `each.key`
fn is_of_no_policy(expression: &Expr) -> bool {
    let mut names: Vec<&str> = Vec::new();
    let mut at = expression;
    loop {
        match &at.kind {
            ExprKind::Attribute(base, name) => {
                names.push(&name.text);
                at = base;
            }
            ExprKind::Index(base, _) | ExprKind::Splat { base, .. } => at = base,
            ExprKind::Variable(root) => {
                names.push(root);
                break;
            }
            _ => return false,
        }
    }
    match names.into_iter().rev().take(2).collect::<Vec<_>>().as_slice() {
        ["data", kind] => kind.starts_with("aws_") && !kind.contains("policy"),
        ["each", part] => *part == "key",
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;
    use crate::syntax::hcl::parse_expression;

    fn expression(text: &str) -> Expr {
        parse_expression(FileId::default(), text).unwrap().tree
    }

    #[test]
    fn what_may_give_a_policy_is_evaluated() {
        for text in [
            r#""a""#,
            r#""${aws_s3_bucket.x.arn}/*""#,
            "[1, null, true]",
            "{ Name = upper(\"x\"), b = data.aws_region.current.name }",
            "each.key",
            "jsonencode({ a = aws_iam_role.x[0].arn })",
            "[for x in aws_s3_bucket.all : x.arn if x.id != \"\"]",
            "data.aws_subnets.all[*].ids",
            "var.y == 1 ? 1 : 2",
        ] {
            assert!(gives_no_policy(&expression(text)), "{text}");
        }
        for text in [
            r#""{\"Statement\": []}""#,
            "{ Statement = [] }",
            "{ \"Statement\" = [] }",
            "data.aws_iam_policy_document.x.json",
            "[data.aws_iam_policy_document.x.json]",
            "merge({}, local.x)",
            "var.x",
            "module.x.policy",
            "each.value",
            "file(\"x.json\")",
            "data.template_file.x.rendered",
            "data.aws_iam_policy.x.policy",
            "x[local.y]",
            "[for x in var.y : x]",
            "var.y ? local.y : 2",
        ] {
            assert!(!gives_no_policy(&expression(text)), "{text}");
        }
    }
}
