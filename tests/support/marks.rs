//! What an example says of itself: `# finding` and `# = value` comments.

use std::collections::BTreeSet;

use super::page::{File, Test};

/// A rule reports a finding whose primary label starts on this line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    pub file: String,
    /// From 1, in the file.
    pub line: usize,
    pub rule: String,
}

/// What a mark of a `findings` block says is underlined.
#[derive(Debug)]
pub struct Token {
    pub mark: Mark,
    pub text: String,
}

/// A local is worth this.
#[derive(Debug)]
pub struct Worth {
    pub file: String,
    /// Line of the attribute's name, from 1, in the file.
    pub line: usize,
    pub value: String,
}

/// The project's files without their marks, which only the page's readers are to see, and the marks.
///
/// Nothing else moves: a mark stands at the end of its line, or has the line to itself.
pub fn findings(test: &Test, own_rule: Option<&str>, mistakes: &mut Vec<String>) -> (Vec<(String, String)>, BTreeSet<Mark>, Vec<Token>) {
    let (mut marks, mut tokens) = (BTreeSet::new(), Vec::new());
    let mut files = Vec::new();
    for file in &test.files {
        let mut text = String::new();
        for (index, line) in file.text.lines().enumerate() {
            let Some((code, rules)) = split(line) else {
                text.push_str(line);
                text.push('\n');
                continue;
            };
            // Alone on its line it is about the next one.
            let line = index + 1 + usize::from(code.trim().is_empty());
            for rule in rules {
                match rule.or(own_rule.map(str::to_owned)) {
                    Some(rule) => {
                        marks.insert(Mark { file: file.name.clone(), line, rule });
                    }
                    None => mistakes.push(format!("{}: line {line}: write `# finding: rule-id`, this page is of no rule", file.name)),
                }
            }
            text.push_str(code.trim_end());
            text.push('\n');
        }
        files.push((file.name.clone(), text));
    }
    if let Some(listed) = test.result("findings") {
        for (mark, text) in listed.text.lines().filter(|line| !line.trim().is_empty()).filter_map(|line| listed_mark(test, line, mistakes))
        {
            tokens.extend(text.map(|text| Token { mark: mark.clone(), text }));
            marks.insert(mark);
        }
    }
    (files, marks, tokens)
}

/// The code before a mark and the rules that it names; nothing for the page's own.
fn split(line: &str) -> Option<(&str, Vec<Option<String>>)> {
    let at = line.rfind("# finding")?;
    let (code, mark) = line.split_at(at);
    let before = code.chars().next_back();
    if before.is_some_and(|before| !before.is_whitespace()) {
        return None;
    }
    match mark.trim_end().strip_prefix("# finding")? {
        "" => Some((code, vec![None])),
        rest => {
            let rules = rest.strip_prefix(": ")?.split(',').map(|rule| rule.trim().to_owned());
            Some((code, rules.map(Some).collect()))
        }
    }
}

/// `path:line rule`, or with what is underlined `path:line rule token`, for files in which comments cannot stand.
fn listed_mark(test: &Test, line: &str, mistakes: &mut Vec<String>) -> Option<(Mark, Option<String>)> {
    let parsed = line.trim().split_once(' ').and_then(|(place, rest)| {
        let (file, line) = place.rsplit_once(':')?;
        // The page counts the lines that it writes.
        let line = line.parse::<usize>().ok()? + test.file(file).map_or(0, |file| file.above);
        let (rule, token) = rest.trim().split_once(' ').map_or((rest.trim(), None), |(rule, token)| (rule, Some(token.to_owned())));
        Some((Mark { file: file.to_owned(), line, rule: rule.to_owned() }, token))
    });
    if parsed.is_none() {
        mistakes.push(format!("`{line}` is no `path:line rule token`"));
    }
    parsed
}

/// The `# = value` comments of a file.
pub fn worths(file: &File) -> Vec<Worth> {
    let mut found = Vec::new();
    for (index, line) in file.text.lines().enumerate() {
        let Some(at) = line.rfind("# = ") else { continue };
        let (code, value) = line.split_at(at);
        let line = index + 1 + usize::from(code.trim().is_empty());
        found.push(Worth { file: file.name.clone(), line, value: value["# = ".len()..].trim().to_owned() });
    }
    found
}
