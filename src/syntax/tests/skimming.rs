use proptest::prelude::*;

use super::{at, file};
use crate::source::{File, FileKind};
use crate::syntax::comment::comments;
use crate::syntax::skim::{skim, skim_file};

/// Kinds with labels, `!` for a broken one, and names of attributes.
fn outline(text: &str) -> String {
    let found = skim(file(), text);
    let blocks = found.blocks.iter().map(|block| {
        let labels: String = block.labels.iter().map(|label| format!(" {}", label.text)).collect();
        (block.span.start, format!("{}{}{labels}", if block.broken.is_some() { "!" } else { "" }, block.kind.text))
    });
    let attributes = found.attributes.iter().map(|one| (one.span.start, format!("{}={}", one.name.text, at(text, one.value))));
    let mut all: Vec<_> = blocks.chain(attributes).collect();
    all.sort();
    all.into_iter().map(|(_, item)| item).collect::<Vec<_>>().join("; ")
}

#[test]
fn blocks_and_attributes() {
    let cases = [
        ("", ""),
        ("resource \"a\" \"b\" {}\ndata x y { z = 1 }\n", "resource a b; data x y"),
        ("a = 1 # }\nb = [\n 2,\n 3] // x\nc=<<E\n}\nE\n", "a=1; b=[\n 2,\n 3]; c=<<E\n}\nE"),
        ("a \"x\\\"$${y}\" {}", "a x\"${y}"),
        ("a {\r\n  b = \"}\" /* } */ # }\r\n}\r\nc {}\r\n", "a; c"),
        ("a { b = \"${ \"${ {} }\" }\" }\nc {}\n", "a; c"),
        ("a {\n b = <<-E\n  ${ <<F\n }\nF\n }\n  E x\n  E\n}\nc {}\n", "a; c"),
        ("a { b = 1 << 2 }\n", "a"),
        ("\u{feff}a {}\n", "a"),
    ];
    for (text, expected) in cases {
        assert_eq!(outline(text), expected, "{text:?}");
        assert_eq!(skim(file(), text).problems, [], "{text:?}");
    }
}

#[test]
fn a_broken_block_loses_itself_only() {
    let cases = [
        ("a {}\nb \"x\" {\n  y = 1\n\nc \"z\" {\n}\n", "a; !b x; c z", "this block is never closed", 2),
        ("a {\n  x = \"q\n}\nb {}\n", "!a; b", "this string is not closed on its line", 2),
        ("a {\n  x = [1)\n}\nb {}\n", "!a; b", "this bracket does not close the one that is open", 2),
        ("a {\n  x = <<E\n}\nb {}\n", "!a; b", "this heredoc is never closed", 2),
        ("a {\n  /* \n}\nb {}\n", "!a; b", "this comment is never closed", 2),
        ("a {}\n}\nb {}\n", "a; b", "a block or an attribute must start here", 2),
        ("a \"x\" = 1\nb {}\n", "b", "`{` must follow `x`", 1),
        ("a = (\nb {}\n", "a=(; b", "this bracket is never closed", 1),
        ("<<<<<<< HEAD\nb {}\n", "b", "a block or an attribute must start here", 1),
    ];
    for (text, expected, message, line) in cases {
        let problems = skim(file(), text).problems;
        assert_eq!(problems.len(), 1, "{text:?}: {problems:?}");
        assert_eq!(problems[0].message, message, "{text:?}");
        assert_eq!(outline(text), expected, "{text:?}");
        let start = problems[0].span.unwrap().range().start;
        assert_eq!(text[..start].matches('\n').count() + 1, line, "{text:?}");
    }
}

#[test]
fn endless_openings_do_not_take_endless_time() {
    let text = "a {\n".repeat(200_000);
    let started = std::time::Instant::now();
    let found = skim(file(), &text);
    assert!(started.elapsed().as_secs() < 10, "{:?}", started.elapsed());
    assert!(found.problems.iter().any(|problem| problem.message.contains("too many")));
    for opening in ["<<A\n", "a /*\n", "a \"${\n", "a = \"${\n", "a = <<A\n", "\"${\n", ") /*\n", "a { b = \"${ <<A\n"] {
        let text = opening.repeat(100_000);
        assert!(skim(file(), &text).problems.len() <= 42, "{opening}");
        comments(&text);
    }
    assert!(started.elapsed().as_secs() < 30, "{:?}", started.elapsed());
}

#[test]
fn an_encrypted_file_has_few_problems() {
    let bytes = (0..100_000u32).map(|index| (index.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let found = skim_file(file(), &File::new("a.tf", FileKind::Hcl, bytes));
    assert!((1..=60).contains(&found.problems.len()), "{}", found.problems.len());
}

#[test]
fn bytes_that_are_no_text_break_their_block_only() {
    let bytes = b"# \xff\na {\n  # \xff\n}\nb {\n  x = \"\xff\xff\"\n}\nc {}\n".to_vec();
    let found = skim_file(file(), &File::new("a.tf", FileKind::Hcl, bytes));
    assert_eq!(found.blocks.iter().map(|block| block.broken.is_some()).collect::<Vec<_>>(), [false, true, false]);
    assert_eq!(found.problems.len(), 1);
}

proptest! {
    #[test]
    fn nothing_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let file_ = File::new("a.tf", FileKind::Hcl, bytes);
        skim_file(file(), &file_);
        comments(&file_.text);
        crate::syntax::hcl::parse_file(file(), &file_.text);
    }

    #[test]
    fn no_soup_of_tokens_panics(
        words in prop::collection::vec(prop::sample::select(vec![
            "a", "b", " ", "\n", "\r\n", "{", "}", "[", "]", "(", ")", "\"", "${", "%{", "$${", "~}", "<<E\n", "<<-E\n", "E\n", "=",
            ",", ":", "#", "//", "/*", "*/", "for", "in", "if", "endif", "=>", "...", ".", "*", "?", "1", "-", "!", "\\", "é", "\\n",
        ]), 0..60)
    ) {
        let text = words.concat();
        let found = skim(file(), &text);
        for block in &found.blocks {
            prop_assert!(text.get(block.span.range()).is_some() && text.get(block.body.range()).is_some());
        }
        crate::syntax::hcl::parse_file(file(), &text);
        let whole = crate::source::Span::new(file(), 0..text.len());
        let _ = crate::syntax::hcl::parse_template(&crate::syntax::text::Text::verbatim(text.as_str(), whole, 0));
        let _ = crate::syntax::hcl::parse_expression(file(), &text);
        crate::syntax::comment::ignore_directives(file(), &format!("# rolelint: {text}"));
    }
}
