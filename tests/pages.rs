//! Runs the pages: `rules/*.md`, the further examples of each rule in `testdata/rules/<id>/*.md`, and the Markdown files of
//! `testdata/policy`, `testdata/estate` and `testdata/eval`.
//!
//! A heading starts a test. The fenced `hcl` blocks under it are the files of one project in memory: `main.tf`, `main2.tf` and so
//! on, or what a line `` `path/name.tf`: `` above a block calls it. `json`, `yaml` and `tftpl` blocks need such a line. A block
//! called `.rolelint.hcl` is the configuration. What lies in `.terraform` is read when `modules.json` there leads to it, and a
//! `json` block that is a policy is a policy file.
//!
//! A fence with a further word holds a bare statement, the inside of one object of `Statement`, or several, each in its braces
//! (tests/support/statement.rs):
//!
//! - `hcl trust` is the trust policy of `aws_iam_role.deploy`;
//! - `hcl identity` is a managed policy, `aws_iam_policy.ci`;
//! - `hcl bucket` is the policy of the bucket `example-reports`, `aws_s3_bucket_policy.reports`.
//!
//! A third word is another name: `hcl trust monitoring`. The page counts the lines of such a block as it writes them; a `text`
//! block shows the file that is made of it.
//!
//! What comes out is said by
//!
//! - a comment `# finding` at a line's end, or alone on the line above: the page's rule reports there. `# finding: other-rule,
//!   another-rule` names others;
//! - a `findings` block with lines `path:line rule`, for places where no comment can stand (JSON, heredocs), or with lines
//!   `path:line rule token`, which say what is underlined there as well (its first line);
//! - in an example of a rule, lines `also: path:line rule, another-rule` below its last block: what else is reported, by place. They
//!   are written by blessing, and read by people: whether each of them is right is for you to say;
//! - a `text` block: the full report of the page's rule;
//! - a comment `# = value` on a local's line, or alone on the line above: what it is worth (tests/support/show_value.rs);
//! - a `policy` block: the documents (tests/support/show_policy.rs), and with `policy places` where each thing is written;
//! - an `accounts` block: whose accounts are whose, and why (tests/support/show_accounts.rs);
//! - an `estate` block: who holds what (tests/support/show_estate.rs);
//! - a `problems` block: what could not be analysed. Without it there must be none.
//!
//! Where the help of a finding is a change that a program can make, it is made, and all rules run again: the finding must be gone, and no
//! other may have come (tests/support/edits.rs).
//!
//! In the examples of a rule all rules are compared, those for the pedantic as well. Under a heading "Good" of the second level, on a page
//! or among the further examples, neither the page's rule nor one that everybody hears may speak. Elsewhere the rules are compared that a
//! heading's marks name. What a page must look like: tests/support/form.rs.
//!
//! `ROLELINT_BLESS=1 cargo test --test pages` rewrites the `also:` lines and the `text`, `policy`, `accounts`, `estate` and `problems`
//! blocks. Look at the difference before you commit it. A page with a mistake is left as it is.

#![allow(clippy::expect_used, clippy::print_stdout, reason = "tests may stop and talk")]

mod support;

use std::path::Path;
use std::time::Instant;

use rayon::prelude::*;
use rolelint::config::Persona;
use rolelint::finding::Edit;
use rolelint::rules;
use support::edits::Before;
use support::form;
use support::page::Page;
use support::project::Project;
use support::run::{Ran, run};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What a directory holds, in order of the names.
fn names(directory: &str) -> Vec<String> {
    let entries = std::fs::read_dir(root().join(directory)).expect(directory);
    let mut names: Vec<String> = entries.map(|entry| entry.expect(directory).file_name().into_string().expect("a name of UTF-8")).collect();
    names.sort();
    names
}

/// The pages of a directory, in order of their names.
fn pages(directory: &str) -> Vec<Page> {
    let read = |name: &String| {
        let path = format!("{directory}/{name}");
        let text = std::fs::read_to_string(root().join(&path)).expect(&path);
        Page::parse(&path, &text)
    };
    names(directory).iter().filter(|name| name.ends_with(".md") && *name != "README.md").map(read).collect()
}

/// Runs pages, each of which is of a rule or of none, and fails with all that differs.
fn run_all(what: &str, pages: Vec<(Page, Option<String>)>) {
    let started = Instant::now();
    let bless = std::env::var_os("ROLELINT_BLESS").is_some();
    let pool = rayon::ThreadPoolBuilder::new().stack_size(rolelint::eval::STACK_SIZE).build().expect("threads");
    let run_one = |(page, rule): (Page, Option<String>)| {
        let ran = run(&page, rule.as_deref());
        (page, rule, ran)
    };
    let mut ran: Vec<(Page, Option<String>, Ran)> = pool.install(|| pages.into_par_iter().map(run_one).collect());
    let tests: usize = ran.iter().map(|(.., ran)| ran.tests).sum();
    let changes: usize = ran.iter().map(|(.., ran)| ran.changes).sum();
    println!("{what}: {tests} tests and {changes} changes on {} pages in {:.1} s", ran.len(), started.elapsed().as_secs_f32());
    if bless {
        let written = ran.iter_mut().filter_map(|(page, rule, ran)| rewrite(page, rule.as_deref(), ran)).count();
        println!("{what}: wrote {written} pages: read the difference");
    }
    let failures: Vec<&str> = ran.iter().flat_map(|(.., ran)| &ran.failures).map(String::as_str).collect();
    assert!(failures.is_empty(), "{} failures\n\n{}\n", failures.len(), failures.join("\n\n"));
}

/// Runs a directory's pages, which are of no rule.
fn run_directory(directory: &str) {
    run_all(directory, pages(directory).into_iter().map(|page| (page, None)).collect());
}

/// Writes the blocks and `also:` lines of a page as they should be, from its end backward. What is still wrong then fails.
fn rewrite(page: &Page, rule: Option<&str>, ran: &mut Ran) -> Option<()> {
    if ran.blessed.is_empty() {
        return None;
    }
    let mut edits = std::mem::take(&mut ran.blessed);
    edits.sort_by_key(|(range, _)| (range.start, range.end));
    let overlap = edits.windows(2).any(|pair| pair[0].0.end > pair[1].0.start || pair[0].0 == pair[1].0);
    if overlap || !page.mistakes.is_empty() {
        ran.failures.push(format!("{}: fix the mistakes above first: nothing was written", page.path));
        return None;
    }
    let mut lines = page.lines.clone();
    for (range, text) in edits.into_iter().rev() {
        lines.splice(range, text.lines().map(str::to_owned));
    }
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    std::fs::write(root().join(&page.path), &text).expect("the page is written");
    ran.failures = run(&Page::parse(&page.path, &text), rule).failures;
    Some(())
}

/// Each page of `rules` is of the rule that it is called after, and for people to read.
#[test]
fn rule_pages() {
    let of_rule = |mut page: Page| {
        let rule = page.stem().to_owned();
        let about = rules::find(&rule).expect("a page is called after its rule").about();
        page.mistakes.extend(form::of_page(&page, about));
        (page, Some(rule))
    };
    run_all("rules", pages("rules").into_iter().map(of_rule).collect());
}

/// Each directory of `testdata/rules` holds further examples of the rule that it is called after.
#[test]
fn rule_examples() {
    let mut all = Vec::new();
    for id in names("testdata/rules") {
        assert!(rules::find(&id).is_some(), "testdata/rules/{id}: there is no rule of this name");
        for mut page in pages(&format!("testdata/rules/{id}")) {
            page.mistakes.extend(form::of_examples(&page));
            all.push((page, Some(id.clone())));
        }
    }
    run_all("testdata/rules", all);
}

#[test]
fn policy_pages() {
    run_directory("testdata/policy");
}

#[test]
fn estate_pages() {
    run_directory("testdata/estate");
}

#[test]
fn eval_pages() {
    run_directory("testdata/eval");
}

/// A page that is wrong in every way fails in every way.
#[test]
fn the_harness_sees_what_differs() {
    let text = include_str!("support/wrong.md");
    let about = rules::find("trust-any-principal").expect("a rule").about();
    let mut page = Page::parse("wrong.md", text);
    page.mistakes.extend(form::of_page(&page, about));
    let failures = run(&page, Some(about.id)).failures;
    let expected: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("> ")).collect();
    let seen = |wanted: &&&str| failures.iter().any(|failure| failure.contains(**wanted));
    let unseen: Vec<_> = expected.iter().filter(|wanted| !seen(wanted)).collect();
    assert!(unseen.is_empty() && failures.len() == expected.len(), "unseen {unseen:#?}\nof\n{}", failures.join("\n"));
}

/// A change that leaves the finding, or source that cannot be read, is told.
#[test]
fn the_harness_follows_helps() {
    let text = "resource \"aws_iam_role\" \"ci\" {\n  assume_role_policy = jsonencode({ Version = \"2012-10-17\", Statement = [{ Effect = \"Allow\", \
                Action = \"sts:AssumeRole\", Principal = \"*\" }] })\n}\n";
    let files = [("main.tf".to_owned(), text.to_owned())];
    let project = Project::new(&files);
    let outcome = project.check(Persona::Pedantic);
    let finding = outcome.findings.iter().find(|finding| finding.rule == "trust-any-principal").expect("a finding");
    let before = Before { files: &files, project: &project, outcome: &outcome, persona: Persona::Pedantic };
    let after = |text: &str| before.make(finding, &Edit::token(finding.primary.span, text));
    assert!(after("\"*\"").is_err_and(|wrong| wrong.contains("trust-any-principal")));
    assert!(after("\"").is_err_and(|wrong| wrong.contains("cannot be read")));
    assert_eq!(after("{ Service = \"ec2.amazonaws.com\" }"), Ok(()));
}

/// A bare statement is a file as people write it, and every line of it is found again on the page.
#[test]
fn a_bare_statement_stands_for_a_file() {
    let page =
        Page::parse("page.md", "# Page\n\n## Example\n\n```hcl trust monitoring\nEffect = \"Allow\"\n\nAction = \"sts:AssumeRole\"\n```\n");
    let file = page.tests.first().and_then(|test| test.file("main.tf")).expect("the file");
    let expected = r#"resource "aws_iam_role" "monitoring" {
  name = "monitoring"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"

      Action = "sts:AssumeRole"
    }]
  })
}
"#;
    assert_eq!(file.text, expected);
    assert_eq!((file.written_line(6), file.written_line(7), file.written_line(9), file.written_line(10)), (None, Some(1), Some(3), None));
    assert_eq!((file.page_line(6), file.page_line(7), file.page_line(9)), (5, 6, 8));
    let page = Page::parse("page.md", "# Page\n\n## Example\n\n```hcl bucket\n{ Effect = \"Allow\" },\n{ Effect = \"Deny\" },\n```\n");
    let several = &page.tests.first().and_then(|test| test.file("main.tf")).expect("the file").text;
    assert!(several.contains("    Statement = [\n      { Effect = \"Allow\" },\n      { Effect = \"Deny\" },\n    ]\n"), "{several}");
}
