//! Runs the pages: `rules/*.md` and the Markdown files of `testdata/policy`, `testdata/estate` and `testdata/eval`.
//!
//! A heading starts a test. The fenced `hcl` blocks under it are the files of one project in memory: `main.tf`, `main2.tf` and so
//! on, or what a line `` `path/name.tf`: `` above a block calls it. `json`, `yaml` and `tftpl` blocks need such a line. A block
//! called `.rolelint.hcl` is the configuration. What lies in `.terraform` is read when `modules.json` there leads to it, and a
//! `json` block that is a policy is a policy file.
//!
//! What comes out is said by
//!
//! - a comment `# finding` at a line's end, or alone on the line above: the page's rule reports there. `# finding: other-rule,
//!   another-rule` names others. On a rule's page the page's rule and those named under the heading are compared; under "Good"
//!   no rule may speak;
//! - a `findings` block with lines `path:line rule`, for places where no comment can stand (JSON, heredocs), or with lines
//!   `path:line rule token`, which say what is underlined there as well (its first line);
//! - a `text` block: the full report of the page's rule;
//! - a comment `# = value` on a local's line, or alone on the line above: what it is worth (tests/support/show_value.rs);
//! - a `policy` block: the documents (tests/support/show_policy.rs), and with `policy places` where each thing is written;
//! - an `accounts` block: whose accounts are whose, and why (tests/support/show_accounts.rs);
//! - an `estate` block: who holds what (tests/support/show_estate.rs);
//! - a `problems` block: what could not be analysed. Without it there must be none.
//!
//! `ROLELINT_BLESS=1 cargo test --test pages` rewrites the `text`, `policy`, `accounts`, `estate` and `problems` blocks. Look at the
//! difference before you commit it.

#![allow(clippy::expect_used, clippy::print_stdout, reason = "tests may stop and talk")]

mod support;

use std::path::Path;
use std::time::Instant;

use rayon::prelude::*;
use support::page::Page;
use support::run::{Ran, run};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The pages of a directory, in order of their names.
fn pages(directory: &str) -> Vec<Page> {
    let entries = std::fs::read_dir(root().join(directory)).expect(directory);
    let names = entries.map(|entry| entry.expect(directory).file_name().into_string().expect("a name of UTF-8"));
    let mut names: Vec<String> = names.filter(|name| name.ends_with(".md") && name != "README.md").collect();
    names.sort();
    let read = |name: &String| {
        let path = format!("{directory}/{name}");
        let text = std::fs::read_to_string(root().join(&path)).expect(&path);
        Page::parse(&path, &text)
    };
    names.iter().map(read).collect()
}

/// Runs a directory's pages and fails with all that differs. A page of `rules` is of the rule that it is called after.
fn run_all(directory: &str, of_rules: bool) {
    let started = Instant::now();
    let bless = std::env::var_os("ROLELINT_BLESS").is_some();
    let pool = rayon::ThreadPoolBuilder::new().stack_size(rolelint::eval::STACK_SIZE).build().expect("threads");
    let ran: Vec<(Page, Ran)> = pool.install(|| {
        pages(directory)
            .into_par_iter()
            .map(|page| {
                let ran = run(&page, of_rules.then(|| page.stem()));
                (page, ran)
            })
            .collect()
    });
    let tests: usize = ran.iter().map(|(_, ran)| ran.tests).sum();
    println!("{directory}: {tests} tests on {} pages in {:.1} s", ran.len(), started.elapsed().as_secs_f32());
    if bless {
        ran.iter().for_each(|(page, ran)| rewrite(page, ran));
    }
    let failures: Vec<&str> = ran.iter().flat_map(|(_, ran)| &ran.failures).map(String::as_str).collect();
    assert!(failures.is_empty(), "{} failures\n\n{}\n", failures.len(), failures.join("\n\n"));
}

/// Writes the blocks of a page as they should be.
fn rewrite(page: &Page, ran: &Ran) {
    if ran.blessed.is_empty() {
        return;
    }
    let mut lines = page.lines.clone();
    let mut edits = ran.blessed.clone();
    edits.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
    for (range, text) in edits {
        lines.splice(range, text.lines().map(str::to_owned));
    }
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    std::fs::write(root().join(&page.path), text).expect("the page is written");
}

#[test]
fn rule_pages() {
    run_all("rules", true);
}

#[test]
fn policy_pages() {
    run_all("testdata/policy", false);
}

#[test]
fn estate_pages() {
    run_all("testdata/estate", false);
}

#[test]
fn eval_pages() {
    run_all("testdata/eval", false);
}

/// A page that is wrong in every way fails in every way.
#[test]
fn the_harness_sees_what_differs() {
    let text = include_str!("support/wrong.md");
    let page = Page::parse("wrong.md", text);
    let failures = run(&page, Some("trust-any-principal")).failures;
    let expected: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("> ")).collect();
    let seen = |wanted: &&&str| failures.iter().any(|failure| failure.contains(**wanted));
    let unseen: Vec<_> = expected.iter().filter(|wanted| !seen(wanted)).collect();
    assert!(unseen.is_empty() && failures.len() == expected.len(), "unseen {unseen:#?}\nof\n{}", failures.join("\n"));
}
