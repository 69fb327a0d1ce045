//! Valid HCL that hcl-edit refuses, and invalid HCL.

use super::{at, attribute, file, string};
use crate::finding::ProblemKind;
use crate::syntax::ast::ExprKind;
use crate::syntax::{hcl, skim};

#[test]
fn terraform_accepts_these() {
    let cases = [
        "a = { for k in y : k => a ? b :\nc }\n",
        "a = { for k in y :\nk\n=>\na &&\nb\nif\nc\n}\n",
        "a = [for x in b ==\nc ? [] : [1] : x]\n",
        "a = [for x in b == # why\nc ? [] : [1] : x]\n",
        "a = [\r\n  for\r\n x in y : x]\n",
        "a = [\r\n  for\r\n x in y : x]\r\n",
        "a = (!\na)\n",
        "\u{feff}a = 1\n",
        "a = \"${\n  b\n}%{ if\nc }x%{ endif }\"\n",
        "a = f(\n  b, # one\n  c // two\n)\n",
        "a = { b = { for k in y : k => k ?\n1 : 2 }\n c = 1 }\n",
    ];
    for text in cases {
        attribute(text);
    }
}

#[test]
fn the_last_of_equal_keys_counts() {
    let cases = [
        "a = { x = 1, x = 2 }\n",
        "a = {\n  x = <<EOT\nq\nEOT\n  x = 2 # c\n}\n",
        "a = {\n  x = { y = 1, y = 3 }\n  y = 3\n  x = 2\n  y = 3 }\n",
        "a = { x = 1, \"x\" = 2 }\n",
        "a = { \"x\" = 1, \"x\" = 2 }\n",
    ];
    for text in cases {
        let parsed = attribute(text);
        let ExprKind::Object(items) = parsed.tree.kind else { panic!() };
        let last = items.iter().rfind(|item| matches!(&item.key.kind, ExprKind::String(key) if key.value() == "x")).unwrap();
        assert_eq!(at(text, last.value.span), "2", "{text}");
        assert!(parsed.shadowed.iter().any(|name| &*name.text == "x"), "{text}");
    }
    let text = "a = { x = 1, x = 2 }\n";
    assert_eq!(attribute(text).shadowed[0].span.range(), 6..7);
}

#[test]
fn an_item_that_is_overwritten_is_kept_beside_the_one_that_counts() {
    let text = "a = {\n  x = { y = 1, y = 3 }\n  y = 3\n  \"x\" = { z = <<EOT\nq\nEOT\n  }\n  x = 2\n}\n";
    let ExprKind::Object(items) = attribute(text).tree.kind else { panic!() };
    let [y, x] = items.as_slice() else { panic!("{items:?}") };
    assert!(y.shadows.is_none());
    // The last of those that are lost, with what it says.
    let lost = x.shadows.as_deref().unwrap();
    assert_eq!((at(text, lost.key.span), at(text, x.key.span)), ("\"x\"", "x"));
    let ExprKind::Object(inner) = &lost.value.kind else { panic!() };
    assert_eq!(at(text, inner[0].key.span), "z");
    // One of two in an object that is lost is of that object alone.
    let nested = "a = { x = { y = 1, y = 3 }, y = 3, x = 2 }\n";
    let ExprKind::Object(items) = attribute(nested).tree.kind else { panic!() };
    let lost = items.iter().find_map(|item| item.shadows.as_deref()).unwrap();
    let ExprKind::Object(inner) = &lost.value.kind else { panic!() };
    assert_eq!(inner[0].shadows.as_deref().map(|lost| at(nested, lost.value.span)), Some("1"));
}

#[test]
fn only_a_marker_alone_on_its_line_ends_a_heredoc() {
    assert_eq!(string("a = <<EOF\nq\nEOF\"\nEOF\n"), "q\nEOF\"\n");
    assert_eq!(string("a = <<EOF\nEOF x\n  EOF # c\nEOFs\nEOF  \n"), "EOF x\n  EOF # c\nEOFs\n");
    // hcl-edit reads this one without complaint, as two attributes.
    let parsed = hcl::parse_file(file(), "a = <<EOF\nEOF # c\nb = <<EOF\nEOF\n");
    assert_eq!((parsed.body.attributes.len(), parsed.problems.len()), (1, 0));
}

#[test]
fn an_empty_heredoc_ends_at_its_own_marker() {
    let text = "b {\n  a = <<-EOT\n  EOT\n\n  b = [<<EOT\nEOT\n  ]\n  c = <<EOT\nx\nEOT\n}\n";
    let parsed = hcl::parse_file(file(), text);
    let attributes = &parsed.body.blocks[0].body.attributes;
    let names: Vec<&str> = attributes.iter().map(|attribute| &*attribute.name.text).collect();
    assert_eq!((names, parsed.problems.len()), (vec!["a", "b", "c"], 0));
    let ExprKind::String(last) = &attributes[2].value.kind else { panic!() };
    assert_eq!(last.value(), "x\n");
}

#[test]
fn objects_of_thousands_of_keys_are_quick() {
    let items: String = (0..20_000).map(|index| format!("  k{index} = [\"v{index}\"] # c\n")).collect();
    let text = format!("b {{\na = {{\n{items}  k7 = 7\n}}\n}}\n");
    let started = std::time::Instant::now();
    let parsed = hcl::parse_file(file(), &text);
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
    assert_eq!(parsed.problems, []);
    let ExprKind::Object(items) = &parsed.body.blocks[0].body.attribute("a").unwrap().value.kind else { panic!() };
    assert_eq!((items.len(), parsed.shadowed.len()), (20_000, 1));
    assert_eq!(at(&text, items[19_998].value.span), "[\"v19999\"]");
    assert_eq!(at(&text, items[19_999].key.span), "k7");
}

#[test]
fn nesting_beyond_all_bounds_is_one_problem() {
    let deep = |count: usize| format!("a = {}1{}\n", "[".repeat(count), "]".repeat(count));
    attribute(&deep(60));
    let quotes = format!("a = {}x{}\n", "\"${".repeat(5_000), "}\"".repeat(5_000));
    let cases = [
        (deep(70), "nested more than 64 levels deep"),
        (deep(100_000), "nested more than 64 levels deep"),
        (format!("a = {}1\n", "x ? 1 : ".repeat(100)), "nested more than 64 levels deep"),
        (format!("a = 1{}\n", " + 1".repeat(200)), "more than 128 operators in a row"),
        (format!("a = x{}\n", ".y".repeat(100_000)), "more than 200 accesses in a row"),
        (quotes, "interpolations are nested too deeply"),
    ];
    for (text, message) in cases {
        let parsed = hcl::parse_file(file(), &text);
        let messages: Vec<_> = parsed.problems.iter().map(|problem| problem.message.as_str()).collect();
        assert_eq!(messages, [message]);
    }
}

#[test]
fn a_problem_is_at_the_guilty_token() {
    let cases = [
        ("ok {}\nb {\n  x = 1\n  x = 2\n}\n", "x = 2\n", "this attribute is set twice in its block"),
        ("b {\n  x = { y 1 }\n}\n", "1 }", "`=` or `:` must follow an object key"),
        ("b {\n  x = \"\\q\"\n}\n", "q\"\n", "no such escape sequence"),
    ];
    for (text, place, message) in cases {
        let parsed = hcl::parse_file(file(), text);
        let [problem] = parsed.problems.as_slice() else { panic!("{:?}", parsed.problems) };
        assert_eq!((problem.kind, problem.message.as_str()), (ProblemKind::Syntax, message));
        let span = problem.span.unwrap();
        assert_eq!(&text[span.range().start..span.range().start + 1], &place[..1], "{message}: {span:?}");
    }
}

#[test]
fn a_broken_block_is_refused_with_its_problem() {
    let text = "b {\n  x = (1]\n}\n";
    let skimmed = skim::skim(file(), text);
    let problem = hcl::parse_block(text, &skimmed.blocks[0]).unwrap_err();
    assert_eq!(skimmed.problems, [problem]);
}
