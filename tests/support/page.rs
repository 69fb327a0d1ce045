//! A page: Markdown whose headings are tests and whose fenced blocks are the files of a test.

use std::ops::Range;

use super::statement;

/// One Markdown file.
pub struct Page {
    /// From the repository's root.
    pub path: String,
    pub tests: Vec<Test>,
    /// Line, from 1, and name of each heading of the second level.
    pub sections: Vec<(usize, String)>,
    pub lines: Vec<String>,
    /// What is wrong with the page itself.
    pub mistakes: Vec<String>,
}

/// A heading with code under it: one project.
#[derive(Default)]
pub struct Test {
    /// Headings that lead here, outermost first, without the page's title.
    pub headings: Vec<String>,
    /// Line of the heading, from 1.
    pub line: usize,
    pub files: Vec<File>,
    /// Blocks that say what comes out: `text`, `policy`, `estate`, `findings`, `problems`.
    pub results: Vec<Expected>,
    /// Lines `also: path:line rule, another-rule`, which say what rules report that no mark names.
    pub also: Vec<Also>,
    /// Line of the page behind the last block, from 0: where `also:` lines go.
    pub end: usize,
}

/// A file of the project.
pub struct File {
    pub name: String,
    pub text: String,
    /// Line of the page on which its first written line stands, from 1.
    pub line: usize,
    /// How many lines of it the page writes.
    pub written: usize,
    /// How many lines stand above those, where the page writes a bare statement.
    pub above: usize,
}

impl File {
    /// The line of the page's block, from 1, that a line of the file is; nothing if the page does not write it.
    pub fn written_line(&self, line: usize) -> Option<usize> {
        line.checked_sub(self.above).filter(|line| (1..=self.written).contains(line))
    }

    /// The page's line, from 1, that a line of the file is; that of the fence if the page does not write it.
    pub fn page_line(&self, line: usize) -> usize {
        self.line + self.written_line(line).unwrap_or(0) - 1
    }
}

/// An `also:` line.
pub struct Also {
    /// Line of the page, from 0.
    pub at: usize,
    pub text: String,
}

/// A block that says what comes out.
pub struct Expected {
    /// The fence's first word.
    pub kind: String,
    /// Further words of the fence.
    pub options: Vec<String>,
    pub text: String,
    /// Lines of the page that hold it, from 0: what blessing replaces.
    pub lines: Range<usize>,
}

const RESULTS: [&str; 6] = ["text", "policy", "accounts", "estate", "findings", "problems"];
const FILES: [&str; 4] = ["hcl", "json", "yaml", "tftpl"];
pub const ALSO: &str = "also: ";

impl Test {
    pub fn section(&self) -> &str {
        self.headings.first().map_or("", String::as_str)
    }

    pub fn title(&self) -> String {
        self.headings.join(" / ")
    }

    pub fn result(&self, kind: &str) -> Option<&Expected> {
        self.results.iter().find(|expected| expected.kind == kind)
    }

    pub fn file(&self, name: &str) -> Option<&File> {
        self.files.iter().find(|file| file.name == name)
    }
}

impl Page {
    pub fn parse(path: &str, text: &str) -> Page {
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let mut reader =
            Reader { tests: vec![Test::default()], mistakes: Vec::new(), headings: Vec::new(), sections: Vec::new(), name: None, path };
        let mut at = 0;
        while let Some(line) = lines.get(at) {
            match fence(line) {
                Some((ticks, info)) => {
                    let end = (at + 1..lines.len()).find(|index| is_closing(&lines[*index], ticks));
                    let Some(end) = end else {
                        reader.mistake(at + 1, "this block is never closed");
                        break;
                    };
                    reader.block(&info, &lines, at + 1..end);
                    at = end + 1;
                }
                None => {
                    reader.prose(line, at + 1);
                    at += 1;
                }
            }
        }
        reader.also_in_place();
        let Reader { tests, mistakes, sections, .. } = reader;
        let tests = tests.into_iter().filter(|test| !test.files.is_empty() || !test.results.is_empty()).collect();
        Page { path: path.to_owned(), tests, sections, lines, mistakes }
    }

    /// The file's stem, which is the rule's id on a rule's page.
    pub fn stem(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or(&self.path);
        name.strip_suffix(".md").unwrap_or(name)
    }
}

struct Reader<'p> {
    tests: Vec<Test>,
    mistakes: Vec<String>,
    headings: Vec<(usize, String)>,
    sections: Vec<(usize, String)>,
    /// The name that the next block gets.
    name: Option<String>,
    path: &'p str,
}

impl Reader<'_> {
    fn mistake(&mut self, line: usize, what: &str) {
        self.mistakes.push(format!("{}:{line}: {what}", self.path));
    }

    fn prose(&mut self, line: &str, number: usize) {
        let level = line.bytes().take_while(|byte| *byte == b'#').count();
        if (1..=6).contains(&level) && line.as_bytes().get(level) == Some(&b' ') {
            self.headings.retain(|(above, _)| *above < level);
            let name = line[level..].trim().to_owned();
            self.sections.extend((level == 2).then(|| (number, name.clone())));
            self.headings.push((level, name));
            let headings = self.headings.iter().filter(|(level, _)| *level > 1).map(|(_, text)| text.clone()).collect();
            self.tests.push(Test { headings, line: number, ..Test::default() });
            self.name = None;
        } else if let (true, Some(test)) = (line.starts_with(ALSO), self.tests.last_mut()) {
            test.also.push(Also { at: number - 1, text: line.to_owned() });
            self.name = None;
        } else if let Some(name) = line.trim().strip_prefix('`').and_then(|rest| rest.strip_suffix("`:")) {
            self.name = Some(name.to_owned());
        } else if !line.trim().is_empty() {
            self.name = None;
        }
    }

    /// `also:` lines stand together and below the example, so that they can be written anew.
    fn also_in_place(&mut self) {
        let misplaced = |test: &Test| {
            let apart = test.also.windows(2).any(|pair| pair[0].at + 1 != pair[1].at);
            let first = test.also.first()?;
            (apart || first.at < test.end || test.files.is_empty()).then_some(first.at + 1)
        };
        let lines: Vec<usize> = self.tests.iter().filter_map(misplaced).collect();
        lines.into_iter().for_each(|line| self.mistake(line, "`also:` lines stand together, below the last block of an example"));
    }

    fn block(&mut self, info: &str, lines: &[String], content: Range<usize>) {
        let mut words = info.split_whitespace().map(str::to_owned);
        let kind = words.next().unwrap_or_default();
        let line = content.start;
        let text: String = lines[content.clone()].iter().map(|line| format!("{line}\n")).collect();
        let name = self.name.take();
        let Some(test) = self.tests.last_mut() else { return };
        test.end = content.end + 1;
        if RESULTS.contains(&kind.as_str()) && name.is_none() {
            let twice = test.result(&kind).is_some();
            let empty = test.files.is_empty();
            test.results.push(Expected { kind: kind.clone(), options: words.collect(), text, lines: content });
            if empty {
                self.mistake(line, &format!("this `{kind}` block has no example before it"));
            } else if twice {
                self.mistake(line, &format!("a heading has one `{kind}` block: give each example a heading of its own"));
            }
            return;
        }
        let options: Vec<String> = words.collect();
        let (text, above) = match statement::expand(&options, &text) {
            _ if kind != "hcl" || options.is_empty() => (text, 0),
            Some(file) => file,
            None => return self.mistake(line, &format!("`{info}`: {}", statement::FENCES)),
        };
        let name = match (name, kind.as_str()) {
            (Some(name), _) => name,
            (None, "hcl") => unnamed(test),
            (None, _) if FILES.contains(&kind.as_str()) => {
                return self.mistake(line, &format!("this `{kind}` block needs a name: a line `` `path/name`: `` above it"));
            }
            // Commands and other prose.
            (None, _) => return,
        };
        if test.files.iter().any(|file| file.name == name) {
            return self.mistake(line, &format!("there are two files `{name}` under this heading"));
        }
        test.files.push(File { name, text, line: line + 1, written: content.len(), above });
    }
}

/// `main.tf`, `main2.tf` …
fn unnamed(test: &Test) -> String {
    let taken = |name: &str| test.files.iter().any(|file| file.name == name);
    let numbered = (2..).map(|number| format!("main{number}.tf"));
    std::iter::once("main.tf".to_owned()).chain(numbered).find(|name| !taken(name)).unwrap_or_default()
}

/// An opening fence: how many backticks, and its info string.
fn fence(line: &str) -> Option<(usize, String)> {
    let ticks = line.bytes().take_while(|byte| *byte == b'`').count();
    let info = line.get(ticks..)?;
    (ticks >= 3 && !info.contains('`')).then(|| (ticks, info.trim().to_owned()))
}

fn is_closing(line: &str, ticks: usize) -> bool {
    let line = line.trim_end();
    line.len() >= ticks && line.bytes().all(|byte| byte == b'`')
}
