use super::{at, attribute};
use crate::syntax::ast::{Expr, ExprKind, TemplatePart};

/// An expression in a notation in which nothing is implied.
fn show(expression: &Expr) -> String {
    match &expression.kind {
        ExprKind::Null => "null".to_owned(),
        ExprKind::Bool(value) => value.to_string(),
        ExprKind::Number(digits) => digits.to_string(),
        ExprKind::String(text) => format!("{:?}", text.value()),
        ExprKind::Template(parts) => format!("`{}`", parts.iter().map(part).collect::<String>()),
        ExprKind::List(items) => format!("[{}]", list(items)),
        ExprKind::Object(items) => {
            let items: Vec<_> = items.iter().map(|item| format!("{}={}", show(&item.key), show(&item.value))).collect();
            format!("{{{}}}", items.join(" "))
        }
        ExprKind::Variable(name) => name.to_string(),
        ExprKind::Attribute(of, name) => format!("{}.{}", show(of), name.text),
        ExprKind::Index(of, key) => format!("{}[{}]", show(of), show(key)),
        ExprKind::Splat { base, each, legacy } => {
            format!("{}{{{}{}}}", show(base), if *legacy { ".*" } else { "*" }, show(each))
        }
        ExprKind::SplatItem => "_".to_owned(),
        ExprKind::Call { name, arguments, expand } => {
            format!("{}({}{})", name.text, list(arguments), if *expand { "..." } else { "" })
        }
        ExprKind::Conditional(parts) => {
            let [condition, yes, no] = &**parts;
            format!("({} ? {} : {})", show(condition), show(yes), show(no))
        }
        ExprKind::Not(of) => format!("!{}", show(of)),
        ExprKind::Negate(of) => format!("-{}", show(of)),
        ExprKind::Binary(operator, operands) => {
            let [left, right] = &**operands;
            format!("({} {operator:?} {})", show(left), show(right))
        }
        ExprKind::For(each) => format!(
            "for({:?} {} in {}: {:?} {} {} {:?})",
            each.key_variable,
            each.value_variable,
            show(&each.collection),
            each.key.as_ref().map(show),
            show(&each.value),
            each.grouping,
            each.condition.as_ref().map(show)
        ),
        ExprKind::Parenthesis(inner) => format!("({})", show(inner)),
        ExprKind::Planned { name, .. } => format!("!{name}"),
        ExprKind::NotParsed(why) => format!("?{why}"),
    }
}

fn list(items: &[Expr]) -> String {
    items.iter().map(show).collect::<Vec<_>>().join(" ")
}

fn part(part: &TemplatePart) -> String {
    let parts = |parts: &[TemplatePart]| parts.iter().map(self::part).collect::<String>();
    match part {
        TemplatePart::Literal(text) => text.value().to_owned(),
        TemplatePart::Interpolation(expression) => format!("${{{}}}", show(expression)),
        TemplatePart::If { condition, then, otherwise, .. } => {
            format!("%if({})[{}][{}]", show(condition), parts(then), parts(otherwise))
        }
        TemplatePart::For { value_variable, collection, body, .. } => {
            format!("%for({value_variable} in {})[{}]", show(collection), parts(body))
        }
    }
}

#[test]
fn every_kind_of_expression() {
    let cases = [
        ("null", "null"),
        ("-1", "-1"),
        ("- 1.50e3", "-1.50e3"),
        ("12345678901234567890123", "12345678901234567890123"),
        ("1 - -1", "(1 Subtract -1)"),
        ("a || b && c == d + 1 * 2", "(a Or (b And (c Equal (d Add (1 Multiply 2)))))"),
        ("1 - 2 - 3", "((1 Subtract 2) Subtract 3)"),
        ("!a.b", "!a.b"),
        ("a ? b : c ? d : e", "(a ? b : (c ? d : e))"),
        ("a.b[\"c\"].d[0]", "a.b[\"c\"].d[0]"),
        ("a.0.b", "a[0].b"),
        ("a[*].b[0].c", "a{*_.b[0].c}"),
        ("a.*.b[0]", "a{.*_.b}[0]"),
        ("a.*.b.0.c[1].d", "a{.*_.b[0].c}[1].d"),
        ("a[*].b[*].c", "a{*_.b{*_.c}}"),
        ("a.*", "a{.*_}"),
        ("f(a, b...)", "f(a b...)"),
        ("provider::aws::arn_parse(x)", "provider::aws::arn_parse(x)"),
        ("{ b = 1, \"c\" : 2, (d) = 3, true = 4, e.f = 5, 7 = 6 }", "{\"b\"=1 \"c\"=2 (d)=3 \"true\"=4 e.f=5 7=6}"),
        ("[for k, v in x : v if k]", "for(Some(\"k\") v in x: None v false Some(\"k\"))"),
        ("{for v in x : v => v.n...}", "for(None v in x: Some(\"v\") v.n true None)"),
        ("\"x${y}z\"", "`x${y}z`"),
        ("\"${y}\"", "`${y}`"),
        ("\"%{ if y }1%{ else }2%{ endif }\"", "`%if(y)[1][2]`"),
        ("\"%{ for i in y }${i},%{ endfor }\"", "`%for(i in y)[${i},]`"),
    ];
    for (source, expected) in cases {
        assert_eq!(show(&attribute(&format!("a = {source}\n")).tree), expected, "{source}");
    }
}

#[test]
fn spans_are_what_was_written() {
    let text = "\u{feff}# é\na = f(x.y[0].z, \"s${ v }\", { \"k\" = -12 })\n";
    let ExprKind::Call { name, arguments, .. } = attribute(text).tree.kind else { panic!() };
    assert_eq!(at(text, name.span), "f");
    assert_eq!(at(text, arguments[0].span), "x.y[0].z");
    let ExprKind::Attribute(index, name) = &arguments[0].kind else { panic!() };
    assert_eq!((at(text, index.span), at(text, name.span)), ("x.y[0]", "z"));
    let ExprKind::Template(parts) = &arguments[1].kind else { panic!() };
    let [TemplatePart::Literal(literal), TemplatePart::Interpolation(v)] = parts.as_slice() else { panic!() };
    assert_eq!((at(text, literal.span_of(0..1)), at(text, v.span)), ("s", "v"));
    let ExprKind::Object(items) = &arguments[2].kind else { panic!() };
    assert_eq!((at(text, items[0].key.span), at(text, items[0].value.span)), ("\"k\"", "-12"));
}

#[test]
fn blocks_keep_their_structure() {
    let text = "resource \"t\" name {\n  a = 1\n  nested { b = 2 }\n  dynamic \"x\" {\n    c = 3\n  }\n}\n";
    let parsed = crate::syntax::hcl::parse_file(super::file(), text);
    let block = &parsed.body.blocks[0];
    assert_eq!(at(text, block.header()), "resource \"t\" name");
    assert_eq!(at(text, block.span), text.trim_end());
    assert_eq!(block.labels.iter().map(|label| &*label.text).collect::<Vec<_>>(), ["t", "name"]);
    let nested: Vec<_> = block.body.blocks.iter().map(|block| at(text, block.header())).collect();
    assert_eq!(nested, ["nested", "dynamic \"x\""]);
    assert_eq!(at(text, block.body.blocks[0].body.attribute("b").unwrap().name.span), "b");
}
