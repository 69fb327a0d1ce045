//! The form of what stands in files: a rule's page, which is for readers, and the further examples of a rule.

use rolelint::rules::About;

use super::marks;
use super::page::{Page, Test};

/// The longest page that people read.
const PAGE: usize = 150;
/// The longest file of further examples.
const EXAMPLES: usize = 600;
const BAD: usize = 3;
const GOOD: usize = 2;

/// What is wrong with the form of a rule's page.
pub fn of_page(page: &Page, about: &About) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut say = |line: usize, what: String| wrong.push(format!("{}:{line}: {what}", page.path));
    if page.lines.len() > PAGE {
        say(PAGE + 1, format!("the page has {} lines, and at most {PAGE} are read: move examples to testdata/rules", page.lines.len()));
    }
    let found: Vec<&str> = page.sections.iter().map(|(_, name)| name.as_str()).collect();
    let is_there = |name: &&str| *name != "Options" || !about.options.is_empty();
    let sections = ["Why it matters", "Bad", "Good", "Options", "What it does not see", "References"];
    let expected: Vec<&str> = sections.into_iter().filter(is_there).collect();
    if found != expected {
        say(1, format!("the sections are {}, not {}", found.join(", "), expected.join(", ")));
    }
    let of_section = |name: &'static str| page.tests.iter().filter(move |test| test.section() == name);
    for (name, most) in [("Bad", BAD), ("Good", GOOD)] {
        let examples: Vec<&Test> = of_section(name).collect();
        match examples.get(most) {
            Some(first) => say(first.line, format!("{name} has {} examples, and a page at most {most}", examples.len())),
            None if examples.is_empty() => say(1, format!("{name} has no example")),
            None => {}
        }
    }
    if let Some(first) = of_section("Bad").next().filter(|test| test.result("text").is_none()) {
        say(first.line, "the first bad example shows its report in a `text` block".to_owned());
    }
    let shown = |test: &Test| marks::findings(test, Some(about.id), &mut Vec::new()).1.iter().any(|mark| mark.rule == about.id);
    let silent: Vec<String> = of_section("Bad").filter(|test| !shown(test)).map(|test| test.line.to_string()).collect();
    if !silent.is_empty() {
        say(1, format!("bad examples without a finding of the rule, on line {}", silent.join(", ")));
    }
    for test in page.tests.iter().filter(|test| !matches!(test.section(), "Bad" | "Good")) {
        say(test.line, format!("an example stands under Bad or Good, not under {}", test.section()));
    }
    wrong
}

/// What is wrong with the form of a file of further examples.
pub fn of_examples(page: &Page) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut say = |line: usize, what: String| wrong.push(format!("{}:{line}: {what}", page.path));
    if page.lines.len() > EXAMPLES {
        say(EXAMPLES + 1, format!("the file has {} lines, and at most {EXAMPLES} are read: make two topics of it", page.lines.len()));
    }
    if !page.lines.first().is_some_and(|line| line.starts_with("# ")) {
        say(1, "a title says what the examples are about".to_owned());
    }
    for test in page.tests.iter().filter(|test| test.headings.is_empty() || test.title() == "Good") {
        say(test.line, "an example has a heading of its own".to_owned());
    }
    wrong
}
