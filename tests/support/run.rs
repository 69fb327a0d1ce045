//! Runs one page: each of its tests, and all that differs.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use rolelint::config::Persona;
use rolelint::estate::{Estate, ManagedByAws};
use rolelint::eval::Evaluator;
use rolelint::finding::{Finding, Outcome};
use rolelint::rules;
use rolelint::source::FileId;
use rolelint::syntax::hcl;

use super::marks::{self, Mark, Token, Worth};
use super::page::{ALSO, Expected, Page, Test};
use super::project::Project;
use super::show_policy::Show;
use super::{edits, show_accounts, show_estate, show_value};

/// What is wrong with a page, and what its blocks should say instead.
#[derive(Default)]
pub struct Ran {
    pub tests: usize,
    /// How many changes of helps were made.
    pub changes: usize,
    pub failures: Vec<String>,
    /// Lines of the page, from 0, and their new text.
    pub blessed: Vec<(Range<usize>, String)>,
}

/// What rules report that no mark names: the message by line of the page's block and rule, by the file's place in the example.
type Unmarked = BTreeMap<(usize, usize), BTreeMap<String, String>>;

/// Runs the tests of a page, which is of a rule or of none.
pub fn run(page: &Page, rule: Option<&str>) -> Ran {
    let mut ran = Ran { failures: page.mistakes.clone(), ..Ran::default() };
    for test in &page.tests {
        let mut running = Running { page, test, rule, ran: &mut ran };
        running.run();
        ran.tests += 1;
    }
    ran
}

struct Running<'r> {
    page: &'r Page,
    test: &'r Test,
    rule: Option<&'r str>,
    ran: &'r mut Ran,
}

impl Running<'_> {
    fn run(&mut self) {
        let mut mistakes = Vec::new();
        let (files, marks, tokens) = marks::findings(self.test, self.rule, &mut mistakes);
        mistakes.iter().for_each(|mistake| self.fail(None, mistake));
        let project = Project::new(&files);
        // All rules, and the page's own as ever: no rule that the default leaves out takes another's place (tests/it/tidy.rs).
        let persona = if self.rule.is_some() { Persona::Pedantic } else { Persona::Default };
        let outcome = project.check(persona);
        self.findings(&project, &outcome, &marks, &tokens);
        self.helps(&edits::Before { files: &files, project: &project, outcome: &outcome, persona });
        self.worths(&project);
        let problems: BTreeSet<String> = outcome.problems.iter().map(|problem| project.problem(problem)).collect();
        self.lines("problems", &problems.into_iter().map(|line| line + "\n").collect::<String>());
        if let Some(rule) = self.rule {
            self.result("text", |_| project.report(&outcome, rule));
        }
        self.result("policy", |expected| {
            let show = Show { project: &project, places: expected.options.iter().any(|option| option == "places") };
            let estates = project.estates();
            let documents = estates.iter().flat_map(|estate| &estate.policies).map(|attached| show.policy(attached));
            documents.collect::<Vec<_>>().join("\n")
        });
        self.result("accounts", |_| {
            let of = |estate: &Estate| show_accounts::accounts(estate, &project.config, &|span| project.place(span));
            project.estates().iter().map(of).collect()
        });
        self.result("estate", |_| project.estates().iter().map(show_estate::estate).collect());
    }

    /// What a help tells as a change of source is made, each by itself.
    fn helps(&mut self, before: &edits::Before) {
        for finding in before.outcome.findings.iter().filter(|finding| finding.suppressed.is_none()) {
            let Some(edit) = finding.help.edit.as_ref().filter(|edit| edit.can_be_made()) else { continue };
            self.ran.changes += 1;
            if let Err(wrong) = before.make(finding, edit) {
                let (file, line) = before.project.place(finding.primary.span);
                self.fail(Some((&file, line)), &format!("{}: after its help is followed: {}\n{wrong}", finding.rule, finding.help.text()));
            }
        }
    }

    /// Notes a failure at a line of a file of the test, or at its heading.
    fn fail(&mut self, place: Option<(&str, usize)>, what: &str) {
        let at = place.and_then(|(name, line)| self.test.file(name).map(|file| file.page_line(line)));
        let within = place.map(|(name, line)| format!(" ({})", self.written(name, line))).unwrap_or_default();
        let line = at.unwrap_or(self.test.line);
        self.ran.failures.push(format!("{}:{line}: {}{within}: {what}", self.page.path, self.test.title()));
    }

    /// `main.tf:3`, as the page counts.
    fn written(&self, name: &str, line: usize) -> String {
        match self.test.file(name).map(|file| file.written_line(line)) {
            Some(Some(line)) => format!("{name}:{line}"),
            Some(None) => format!("{name}, outside of its statement"),
            None => format!("{name}:{line}"),
        }
    }

    /// Both ways: each mark has a finding, each finding a mark or an `also:` line.
    fn findings(&mut self, project: &Project, outcome: &Outcome, marks: &BTreeSet<Mark>, tokens: &[Token]) {
        let good = self.rule.is_some() && self.test.section() == "Good";
        let named: BTreeSet<&str> = self.rule.into_iter().chain(marks.iter().map(|mark| mark.rule.as_str())).collect();
        if let Some(unknown) = named.iter().find(|id| rules::find(id).is_none()) {
            self.fail(None, &format!("there is no rule `{unknown}`"));
        }
        let all = self.rule.is_some();
        let counts = |finding: &&Finding| finding.suppressed.is_none() && (all || named.contains(finding.rule));
        let mut found = BTreeSet::new();
        let mut underlined = BTreeSet::new();
        let mut unmarked = Unmarked::new();
        let places =
            |finding: &Finding| std::iter::once(&finding.primary).chain(&finding.elsewhere).map(|label| label.span).collect::<Vec<_>>();
        let found_there =
            outcome.findings.iter().filter(counts).flat_map(|finding| places(finding).into_iter().map(move |span| (span, finding)));
        for (span, finding) in found_there {
            let (file, line) = project.place(span);
            let mark = Mark { file, line, rule: finding.rule.to_owned() };
            if good && is_loud(finding.rule, self.rule) {
                self.fail(Some((&mark.file, line)), &format!("{} reports under Good: {}", finding.rule, finding.message));
            } else if !marks.contains(&mark) {
                self.unmarked(&mark, finding, &mut unmarked);
            }
            underlined.insert((mark.clone(), first_line(&project.sources.text(span)).to_owned()));
            found.insert(mark);
        }
        for token in tokens.iter().filter(|token| found.contains(&token.mark)) {
            let there: Vec<&str> = underlined.iter().filter(|(mark, _)| *mark == token.mark).map(|(_, text)| text.as_str()).collect();
            if !there.contains(&token.text.as_str()) {
                let what = format!("{} underlines {}, not {}", token.mark.rule, there.join(" and "), token.text);
                self.fail(Some((&token.mark.file, token.mark.line)), &what);
            }
        }
        for mark in marks.difference(&found) {
            self.fail(Some((&mark.file, mark.line)), &format!("{} reports nothing here", mark.rule));
        }
        self.also(&unmarked);
    }

    /// A finding without a mark is a mistake if it is of the page's rule, and needs an `also:` line if it is of another.
    fn unmarked(&mut self, mark: &Mark, finding: &Finding, unmarked: &mut Unmarked) {
        let of_file = self.test.files.iter().position(|file| file.name == mark.file);
        let place = of_file.and_then(|file| Some((file, self.test.files.get(file)?.written_line(mark.line)?)));
        match place {
            Some(place) if self.rule.is_some_and(|own| own != finding.rule) => {
                unmarked.entry(place).or_default().insert(mark.rule.clone(), finding.message.clone());
            }
            _ => self.fail(Some((&mark.file, mark.line)), &format!("{} reports without a mark: {}", finding.rule, finding.message)),
        }
    }

    /// Compares the `also:` lines with what rules report that no mark names.
    fn also(&mut self, unmarked: &Unmarked) {
        let name = |file: usize| self.test.files.get(file).map_or("", |file| file.name.as_str());
        let line = |(&(file, line), said): (&(usize, usize), &BTreeMap<String, String>)| {
            format!("{ALSO}{}:{line} {}", name(file), said.keys().map(String::as_str).collect::<Vec<_>>().join(", "))
        };
        let wanted: Vec<String> = unmarked.iter().map(line).collect();
        let written: Vec<&str> = self.test.also.iter().map(|also| also.text.as_str()).collect();
        if wanted == written {
            return;
        }
        for also in self.test.also.iter().filter(|also| !wanted.contains(&also.text)) {
            let what = format!("{}:{}: {}: `{}` is not what is reported", self.page.path, also.at + 1, self.test.title(), also.text);
            self.ran.failures.push(what);
        }
        for ((_, said), wanted) in unmarked.iter().zip(&wanted).filter(|(_, wanted)| !written.contains(&wanted.as_str())) {
            let said: Vec<String> = said.iter().map(|(rule, message)| format!("\n    {rule}: {message}")).collect();
            self.fail(None, &format!("without its line `{wanted}`:{}", said.concat()));
        }
        if wanted.iter().all(|line| written.contains(&line.as_str())) && wanted.len() == written.len() {
            self.fail(None, "the `also:` lines are not in the order of their places");
        }
        self.ran.blessed.push(self.also_edit(&wanted));
    }

    /// What writes the `also:` lines anew, with the empty line above them.
    fn also_edit(&self, wanted: &[String]) -> (Range<usize>, String) {
        let blank = |line: usize| self.page.lines.get(line).is_none_or(|line| line.trim().is_empty());
        let range = match (self.test.also.first(), self.test.also.last()) {
            (Some(first), Some(last)) if first.at > 0 && blank(first.at - 1) => first.at - 1..last.at + 1,
            (Some(first), Some(last)) => first.at..last.at + 1,
            _ => self.test.end..self.test.end,
        };
        let mut text: String = wanted.iter().map(|line| format!("\n{line}")).collect();
        if !wanted.is_empty() {
            text.push('\n');
            text.push_str(if blank(range.end) { "" } else { "\n" });
        }
        (range, text)
    }

    /// `# = value` comments of the root modules' locals.
    fn worths(&mut self, project: &Project) {
        for file in &self.test.files {
            let worths = marks::worths(file);
            let Some(id) = project.file(&file.name).filter(|_| !worths.is_empty()) else { continue };
            worths.iter().for_each(|worth| self.worth(project, id, worth));
        }
    }

    fn worth(&mut self, project: &Project, file: FileId, worth: &Worth) {
        let place = Some((worth.file.as_str(), worth.line));
        let source = project.sources.file(file);
        let parsed = hcl::parse_file(file, &source.text);
        let locals = parsed.body.blocks("locals").flat_map(|block| &block.body.attributes);
        let mut names = locals.filter(|attribute| project.place(attribute.name.span).1 == worth.line).map(|attribute| &attribute.name.text);
        let Some(name) = names.next() else {
            return self.fail(place, "no attribute of a locals block starts here");
        };
        let module = project.tree.in_directory(source.directory());
        let root = project.tree.roots().into_iter().find(|root| Some(root.module) == module);
        let (Some(root), Ok(expression)) = (root, hcl::parse_expression(file, &format!("local.{name}"))) else {
            return self.fail(place, "this module is no root module: mark what its caller makes of it");
        };
        let evaluator = Evaluator::new(&project.tree, &project.sources, &project.options, &root).with_managed_policies(&ManagedByAws);
        let got = show_value::value(&evaluator.eval_in_root(&expression.tree));
        if !same(&got, &worth.value) {
            self.fail(place, &format!("local.{name}\n    is worth {got}\n    not      {}", worth.value));
        }
    }

    /// Compares a block that is there with what it should say.
    fn result(&mut self, kind: &str, actual: impl FnOnce(&Expected) -> String) {
        if let Some(expected) = self.test.result(kind) {
            let actual = actual(expected);
            self.compare(expected, actual);
        }
    }

    /// The same for a block that may be left out when it would be empty.
    fn lines(&mut self, kind: &str, actual: &str) {
        match self.test.result(kind) {
            Some(expected) => self.compare(expected, actual.to_owned()),
            None if actual.is_empty() => {}
            None => self.fail(None, &format!("{kind} without a `{kind}` block:\n{}", indented(actual))),
        }
    }

    fn compare(&mut self, expected: &Expected, actual: String) {
        let actual = actual.trim_end_matches('\n').to_owned() + "\n";
        if actual != expected.text && !(expected.text.is_empty() && actual.trim().is_empty()) {
            self.fail(None, &format!("the `{}` block should be\n{}", expected.kind, indented(&actual)));
            self.ran.blessed.push((expected.lines.clone(), actual));
        }
    }
}

/// Whether a rule may not speak of what is good: the page's own, and those that everybody hears.
fn is_loud(rule: &str, own: Option<&str>) -> bool {
    own == Some(rule) || rules::find(rule).is_none_or(|rule| rule.about().persona == Persona::Default)
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("    {line}\n")).collect::<String>().trim_end().to_owned()
}

/// JSON is compared as JSON, anything else as text.
fn same(got: &str, wanted: &str) -> bool {
    let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
    match (json(got), json(wanted)) {
        (Some(got), Some(wanted)) => got == wanted,
        _ => got == wanted,
    }
}
