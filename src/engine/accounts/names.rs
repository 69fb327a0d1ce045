//! What source calls an account: the name of the variable, key or comment that stands beside its number. Only good for a suggestion.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::policy::condition::{Base, Operator};
use crate::source::{FileId, Sources, Span};

/// A name that source has for an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Called {
    /// Lower case, words joined by `-`, without `account` and `id`: `prod` of `prod_account_id`.
    pub name: String,
    /// As it is written.
    pub written: String,
    /// Where it is first called so.
    pub span: Span,
    /// How often.
    pub times: usize,
}

/// Words that say of a number that it is an account's, and not which.
const GENERIC: &str = "account accounts accountid aws default id ids identifiers key name no number owner owners \
    principal principals source target value values var local this self current the of for to allowed \
    trusted arn arns root iam role user resource provider providers test example locals module condition conditions sourceaccount sourceowner principalaccount resourceaccount calleraccount";

/// More lines than this above a number are not looked at for the block that it is in.
const MOST_LINES_ABOVE: usize = 40;

/// Bytes of a line that may hold a name.
const LONGEST_LINE: usize = 400;

/// More names of one number are not told apart.
const MOST_NAMES: usize = 50;

/// The names of all numbers of twelve digits in the files that were read.
pub fn called(sources: &Sources) -> BTreeMap<Arc<str>, Vec<Called>> {
    let mut found: BTreeMap<Arc<str>, Vec<Called>> = BTreeMap::new();
    let mut files: Vec<FileId> = sources.ids();
    files.sort_by_cached_key(|id| sources.file(*id).path.clone());
    for id in files {
        let file = sources.file(id);
        for at in numbers(&file.text) {
            let (Some(number), Some((written, start))) = (file.text.get(at..at + 12), written_name(&file.text, at)) else { continue };
            let name = clean(&written);
            if name.is_empty() {
                continue;
            }
            let names = found.entry(number.into()).or_default();
            let full = names.len() >= MOST_NAMES;
            match names.iter_mut().find(|called| called.name == name) {
                Some(called) => called.times += 1,
                None if full => {}
                None => names.push(Called { name, span: Span::new(id, start..start + written.len()), written, times: 1 }),
            }
        }
    }
    found.values_mut().for_each(|names| names.sort_by_key(|called| std::cmp::Reverse(called.times)));
    found
}

/// Where runs of exactly twelve digits start that are no part of a word.
fn numbers(text: &str) -> Vec<usize> {
    let mut found = Vec::new();
    let bytes = text.as_bytes();
    let is_word = |at: Option<usize>| {
        at.and_then(|at| bytes.get(at)).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte == b'-')
    };
    let mut at = 0;
    while let Some(offset) = bytes.get(at..).and_then(|rest| rest.iter().position(u8::is_ascii_digit)) {
        let start = at + offset;
        let length = bytes.get(start..).map_or(0, |rest| rest.iter().take_while(|byte| byte.is_ascii_digit()).count());
        at = start + length;
        if length == 12 && !is_word(start.checked_sub(1)) && !is_word(Some(at)) {
            found.push(start);
        }
    }
    found
}

/// The name that stands before a number (`prod = "…"`, `"prod": "…"`), or that of the variable or object that it is in, or the comment
/// behind it; with its place.
fn written_name(text: &str, at: usize) -> Option<(String, usize)> {
    let start_of_line = line_start(text, at)?;
    let line = text.get(start_of_line..at)?;
    let rest = text.as_bytes().get(at..)?.iter().take(LONGEST_LINE).position(|byte| *byte == b'\n');
    let end = rest.map(|length| at + length).or_else(|| (text.len() - at < LONGEST_LINE).then_some(text.len()))?;
    if let Some(comment) = comment(text.get(at + 12..end)?) {
        let start = at + 12 + text.get(at + 12..end)?.find(&comment)?;
        return Some((comment, start));
    }
    // The number of an image's registry is no account that the key is called after.
    let whole = text.get(at + 12..end)?.chars().next().is_none_or(|next| !matches!(next, '.' | ':' | '/'));
    let key = key_before(line).filter(|_| whole)?;
    let start = start_of_line + line.rfind(key)?;
    if !clean(key).is_empty() {
        return Some((key.to_owned(), start));
    }
    enclosing(text, start_of_line, indentation(line))
}

/// Where the line begins that a place is in; nothing for a long line, which nobody has written.
fn line_start(text: &str, at: usize) -> Option<usize> {
    let before = text.as_bytes().get(at.saturating_sub(LONGEST_LINE)..at)?;
    let newline = before.iter().rposition(|byte| *byte == b'\n').map(|newline| at - before.len() + newline + 1);
    newline.or_else(|| (before.len() == at).then_some(0))
}

/// A short comment: `# shared services`.
fn comment(rest: &str) -> Option<String> {
    let rest = rest.split_once('#').or_else(|| rest.split_once("//")).map(|(_, comment)| comment.trim())?;
    let words = rest.split_whitespace().count();
    let plain = rest.chars().all(|c| c.is_alphanumeric() || " -_./()".contains(c));
    (plain && (1..=4).contains(&words) && !clean(rest).is_empty() && rest.len() <= 40).then(|| rest.to_owned())
}

/// The key of `key = "` or `"key": "`.
fn key_before(line: &str) -> Option<&str> {
    // The field of an ARN before the account is no key.
    if line.ends_with(':') {
        return None;
    }
    let line = line.trim_end().trim_end_matches(['"', '\'']).trim_end();
    let line = line.strip_suffix(['=', ':'])?.trim_end().trim_end_matches(['"', '\'']);
    let start = line.rfind(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-')).map_or(0, |before| before + 1);
    line.get(start..).filter(|key| !key.is_empty())
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// The name of the block or object that a line is in: `variable "prod_account_id" {`, `prod = {`.
fn enclosing(text: &str, from_line: usize, inner: usize) -> Option<(String, usize)> {
    let mut end = from_line.checked_sub(1)?;
    for _ in 0..MOST_LINES_ABOVE {
        let start = line_start(text, end)?;
        let line = text.get(start..end)?;
        if let Some(opening) = line.trim_end().strip_suffix('{').filter(|_| indentation(line) < inner) {
            let opening = opening.trim_end().trim_end_matches(['=', ':']).trim_end().trim_end_matches(['"', '\'']);
            let from = opening.rfind(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-')).map_or(0, |before| before + 1);
            let name = opening.get(from..)?;
            return (!clean(name).is_empty()).then(|| (name.to_owned(), start + from));
        }
        end = start.checked_sub(1)?;
    }
    None
}

/// Lower case, words joined by `-`, without those that every account has.
fn clean(written: &str) -> String {
    let lower = written.to_lowercase();
    let words = lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| {
        !word.is_empty() && !GENERIC.split(' ').any(|generic| generic == *word) && Operator::parse(word).base == Base::Unknown
    });
    let name = words.collect::<Vec<_>>().join("-");
    // A name of digits alone says nothing.
    if name.chars().any(|c| c.is_ascii_alphabetic()) { name } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{File, FileKind, NoFiles};

    #[test]
    fn a_number_is_called_after_what_stands_beside_it() {
        let text = r#"
variable "prod_account_id" {
  type    = string
  default = "111111111111"
}
locals {
  accounts = {
    dev_account   = "222222222222"
    "shared-tools" : "333333333333"
    audit = {
      id = 444444444444
    }
  }
  trusted = ["555555555555", # Acme monitoring
    "arn:aws:iam::666666666666:root", "arn:aws:sqs:eu-west-1:666666666666:queue"]
  id = "777777777777"
  again = "222222222222"
  image = "888888888888.dkr.ecr.eu-west-1.amazonaws.com/x"
  hash = "a888888888888"
  long = "9999999999999"
  dev  = "222222222222"
  Condition = {
    StringEquals = {
      "kms:CallerAccount" = "123412341234"
    }
  }
}
"#;
        let sources = Sources::new(Box::new(NoFiles));
        sources.add(File::new("main.tf", FileKind::Hcl, text.into()));
        let found = called(&sources);
        let shown =
            |number: &str| found.get(number).map(|names| names.iter().map(|called| called.name.clone()).collect::<Vec<_>>().join(" "));
        assert_eq!(shown("111111111111").as_deref(), Some("prod"));
        assert_eq!(shown("222222222222").as_deref(), Some("dev again"));
        assert_eq!(shown("333333333333").as_deref(), Some("shared-tools"));
        assert_eq!(shown("444444444444").as_deref(), Some("audit"));
        assert_eq!(shown("555555555555").as_deref(), Some("acme-monitoring"));
        // A line that a machine has written is not searched.
        assert_eq!(written_name(&format!("x = \"{}\", y = \"", "a".repeat(500)), 510), None);
        assert_eq!(found.len(), 5, "{found:?}");
        let prod = &found["111111111111"][0];
        assert_eq!(sources.text(prod.span), "prod_account_id");
    }
}
