//! The skimmer and hcl-edit see the same blocks in files that both accept.

use hcl_edit::Span as _;
use hcl_edit::structure::Structure;
use proptest::prelude::*;

use super::file;
use crate::syntax::hcl;
use crate::syntax::skim::skim;

fn expression() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("1".to_owned()),
        Just("true".to_owned()),
        Just("var.x[0].y".to_owned()),
        Just("\"} \\\" #\"".to_owned()),
        Just("\"${var.x}%{ if y }{%{ endif }\"".to_owned()),
        Just("\"$${ {\"".to_owned()),
        Just("x[*].y".to_owned()),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|items| format!("[{}]", items.join(",\n "))),
            prop::collection::vec(inner.clone(), 0..4).prop_map(|items| {
                let items: String = items.iter().enumerate().map(|(index, item)| format!("k{index} = {item} # }}\n")).collect();
                format!("{{\n{items}}}")
            }),
            inner.clone().prop_map(|inner| format!("f({inner} /* ) */)")),
            inner.clone().prop_map(|inner| format!("\"a${{ {inner} }}b\"")),
            inner.clone().prop_map(|inner| format!("[for k, v in {inner} : v if k]")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} == {b} ? {a} : {b})")),
        ]
    })
}

fn item() -> impl Strategy<Value = String> {
    let attribute = prop_oneof![
        4 => expression().prop_map(|value| format!("NAME = {value}\n")),
        1 => Just("NAME = <<-EOT\n  } ${ \"{\" }\n  EOT.\n  EOT\n".to_owned()),
    ];
    attribute.prop_recursive(3, 12, 3, |inner| {
        (prop::sample::select(vec!["", " \"l\"", " \"l\" m"]), prop::collection::vec(inner, 0..4))
            .prop_map(|(labels, items)| format!("NAME{labels} {{ // {{\n{}}}\n", items.concat()))
    })
}

/// Gives every NAME a name of its own.
fn named(text: &str) -> String {
    let mut pieces = text.split("NAME");
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.enumerate().fold(first, |text, (index, piece)| format!("{text}n{index}{piece}"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn the_skimmer_agrees_with_hcl_edit(items in prop::collection::vec(item(), 0..6)) {
        let text = named(&items.concat());
        let found = skim(file(), &text);
        prop_assert_eq!(&found.problems, &[]);
        let body = match hcl_edit::parser::parse_body(&text) {
            Ok(body) => body,
            Err(_) => {
                // It ends a heredoc at `EOT.`; the blocks must parse nevertheless.
                prop_assert!(text.contains("EOT."), "{}", text);
                prop_assert_eq!(hcl::parse_file(file(), &text).problems, []);
                return Ok(());
            }
        };
        let spans = |block: bool| {
            let of = |item: &Structure| (item.is_block() == block).then(|| item.span());
            body.iter().filter_map(of).flatten().collect::<Vec<_>>()
        };
        prop_assert_eq!(found.blocks.iter().map(|block| block.span.range()).collect::<Vec<_>>(), spans(true));
        prop_assert_eq!(found.attributes.iter().map(|one| one.span.range()).collect::<Vec<_>>(), spans(false));
        prop_assert_eq!(hcl::parse_file(file(), &text).problems, []);
    }
}
