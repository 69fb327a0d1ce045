//! What strings stand for, and where each byte of that was written.

use proptest::prelude::*;

use super::{at, attribute, file, string};
use crate::source::Span;
use crate::syntax::ast::{ExprKind, TemplatePart};
use crate::syntax::hcl;
use crate::syntax::text::Text;

/// A template's literals as they are, `@` for an interpolation, `[]` around the parts of directives.
fn shape(parts: &[TemplatePart]) -> String {
    let one = |part: &TemplatePart| match part {
        TemplatePart::Literal(text) => text.value().to_owned(),
        TemplatePart::Interpolation(_) => "@".to_owned(),
        TemplatePart::If { then, otherwise, .. } => format!("[{}|{}]", shape(then), shape(otherwise)),
        TemplatePart::For { body, .. } => format!("[{}]", shape(body)),
    };
    parts.iter().map(one).collect()
}

fn template(text: &str) -> String {
    match attribute(text).tree.kind {
        ExprKind::Template(parts) => shape(&parts),
        ExprKind::String(text) => text.value().to_owned(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn escapes() {
    let text = r#"a = "\n\r\t\"\\\u00e9\U0001d11e$${x}%%{y} $ % $$ $$$${z} é""#.to_owned() + "\n";
    assert_eq!(string(&text), "\n\r\t\"\\é𝄞${x}%{y} $ % $$ $$${z} é");
    assert_eq!(string("a = \"\"\n"), "");
}

/// Each of these was evaluated with Terraform 1.11.4, `x` being `X`.
#[test]
fn strip_markers_and_dedenting_are_terraforms() {
    let cases = [
        ("\"$  ${~ x}|\"", "$@|"),
        ("\"$$${x}\"", "$${x}"),
        ("\"a  $$  ${~ x}\"", "a  $$@"),
        ("<<EOT\ncost $\nEOT", "cost $\n"),
        ("<<EOT\n${x ~}\n   foo\n\n  ${~ x}\nEOT", "@   foo\n\n@\n"),
        ("<<-EOT\n    a\n      ${x}\n   \n  \n    b\n    EOT", "a\n  @\n   \n  \nb\n"),
        ("\"${x ~} \\n\\n  foo \\n ${~ x}\"", "@foo@"),
        ("<<-EOT\n    a\n    %{ if true ~}\n      b\n    %{ endif ~}\n    c\n    EOT", "a\n[      b\n|]    c\n"),
        ("<<-EOT\n\ta\n    b\n    EOT", "a\n   b\n"),
        ("<<EOT\na $${x} %%{y} \\n \\\" $$ %% $$${x} 100%\nEOT", "a ${x} %{y} \\n \\\" $$ %% $${x} 100%\n"),
        ("<<-EOT\n    ${x} ~\n     y\n  EOT", "@ ~\n y\n"),
        ("<<-EOT\n      a\n    ${~ x}\n      c\n  EOT", "      a\n@\n      c\n"),
        ("<<-EOT\r\n    x\r\n      y\r\n    EOT\r", "x\r\n  y\r\n"),
        ("<<EOT\nEOT", ""),
        ("<<-EOT\n\n  EOT", "\n"),
    ];
    for (source, expected) in cases {
        assert_eq!(template(&format!("a = {source}\n")), expected, "{source}");
    }
}

#[test]
fn template_files() {
    let text = "  a\n  ${ x ~}\n\n   foo\n\n  ${~ x}\n$\n$${q} 100%%\n$";
    let whole = Span::new(file(), 0..text.len());
    let parsed = hcl::parse_template(&Text::verbatim(text, whole, 0)).unwrap();
    assert_eq!(shape(&parsed.tree), "  a\n  @\n   foo\n\n@\n$\n${q} 100%%\n$");
    let problem = hcl::parse_template(&Text::verbatim("a ${ b", whole, 0)).unwrap_err();
    assert!(problem.span.is_some());
}

#[test]
fn templates_inside_strings_lead_back_to_the_file() {
    let text = "a = \"\\t$${ x } \\\"y\\\"$$${z}\"\n";
    let ExprKind::String(string) = attribute(text).tree.kind else { panic!() };
    assert_eq!(string.value(), "\t${ x } \"y\"$${z}");
    let parsed = hcl::parse_template(&string).unwrap().tree;
    let [TemplatePart::Literal(tab), TemplatePart::Interpolation(x), TemplatePart::Literal(rest)] = parsed.as_slice() else {
        panic!("{parsed:?}")
    };
    assert_eq!((at(text, tab.span_of(0..1)), at(text, x.span)), ("\\t", "x"));
    assert_eq!(rest.value(), " \"y\"${z}");
    assert_eq!((at(text, rest.span_of(2..3)), at(text, rest.span_of(1..2))), ("y", "\\\""));
}

#[test]
fn a_stripped_literal_still_keeps_its_template_from_being_one_value() {
    let ExprKind::Template(parts) = attribute("a = \"${x ~} \"\n").tree.kind else { panic!() };
    assert_eq!(parts.len(), 2);
}

/// A string in pieces: what is written, and what that stands for.
fn quoted_piece() -> impl Strategy<Value = (String, String)> {
    prop_oneof![
        "[a-z :*/é𝄞{}#<-]{1,6}".prop_map(|text| (text.clone(), text)),
        any::<char>().prop_map(|c| (format!("\\U{:08x}", u32::from(c)), c.to_string())),
        (0x20u32..0xd7ff).prop_map(|c| (format!("\\u{c:04X}"), char::from_u32(c).unwrap().to_string())),
        prop::sample::select(vec![("\\n", "\n"), ("\\t", "\t"), ("\\r", "\r"), ("\\\"", "\""), ("\\\\", "\\")])
            .prop_map(|(written, value)| (written.to_owned(), value.to_owned())),
        prop::sample::select(vec![("$${", "${"), ("%%{", "%{"), ("$ ", "$ "), ("% ", "% ")])
            .prop_map(|(written, value)| (written.to_owned(), value.to_owned())),
    ]
}

/// Checks that each piece of a value leads to the piece of source that made it.
fn check_map(text: &str, value: &Text, pieces: &[(String, String)], start: usize) {
    let (mut source, mut offset) = (start, 0);
    for (written, stands_for) in pieces {
        let span = value.span_of(offset..offset + stands_for.len());
        assert_eq!(span.range(), source..source + written.len(), "{stands_for:?} of {text:?}");
        if written == stands_for {
            for (index, character) in stands_for.char_indices() {
                let one = value.span_of(offset + index..offset + index + character.len_utf8());
                assert_eq!(at(text, one), character.to_string());
            }
        }
        source += written.len();
        offset += stands_for.len();
    }
}

proptest! {
    #[test]
    fn any_quoted_string_leads_back(pieces in prop::collection::vec(quoted_piece(), 0..12)) {
        let written: String = pieces.iter().map(|(written, _)| written.as_str()).collect();
        let expected: String = pieces.iter().map(|(_, value)| value.as_str()).collect();
        let text = format!("# é\na = \"{written}\"\n");
        let ExprKind::String(value) = attribute(&text).tree.kind else { panic!() };
        prop_assert_eq!(value.value(), expected);
        check_map(&text, &value, &pieces, text.find('"').unwrap() + 1);
    }

    #[test]
    fn any_heredoc_leads_back(
        lines in prop::collection::vec(("[a-zé\"\\\\{}]{1,5}", prop::sample::select(vec!["", "$${", "%%{", " $ ", " %"])), 1..8),
        indents in prop::collection::vec(0usize..6, 8),
        newline in prop::sample::select(vec!["\n", "\r\n"]),
    ) {
        let mut text = format!("a = <<-EOT{newline}");
        let smallest = indents.iter().take(lines.len()).min().unwrap();
        let mut expected = String::new();
        let mut places = Vec::new();
        for ((word, mark), indent) in lines.iter().zip(&indents) {
            text += &" ".repeat(*indent);
            expected += &" ".repeat(indent - smallest);
            places.push((expected.len()..expected.len() + word.len(), text.len()..text.len() + word.len()));
            text += &format!("{word}{mark}x{newline}");
            expected += &format!("{word}{}x{newline}", mark.replace("$${", "${").replace("%%{", "%{"));
        }
        text += &format!("  EOT{newline}");
        let ExprKind::String(value) = attribute(&text).tree.kind else { panic!() };
        prop_assert_eq!(value.value(), expected);
        for (of_value, of_source) in places {
            prop_assert_eq!(value.span_of(of_value).range(), of_source);
        }
    }

    #[test]
    fn literals_between_interpolations_lead_back(pieces in prop::collection::vec(quoted_piece(), 1..6)) {
        let middle: Vec<_> = pieces.iter().map(|(written, _)| written.as_str()).collect();
        let text = format!("a = \"{}\"\n", middle.join("${x}"));
        let ExprKind::Template(parts) = attribute(&format!("a = \"{}${{x}}\"\n", middle.join("${x}"))).tree.kind else { panic!() };
        let literals: Vec<_> = parts.iter().filter_map(|part| match part {
            TemplatePart::Literal(text) => Some(text),
            _ => None,
        }).collect();
        prop_assert_eq!(literals.len(), pieces.len());
        let mut source = 5;
        for (literal, piece) in literals.iter().zip(&pieces) {
            prop_assert_eq!(literal.value(), &piece.1);
            check_map(&text, literal, std::slice::from_ref(piece), source);
            source += piece.0.len() + 4;
        }
    }
}
