//! Writes statements: lines of an HCL object, of JSON or of a `statement` block.

use super::around::{Around, Seat};
use super::written::{Inside, Language, Node, Written};
use super::{Draft, Paste, Test, Word};
use crate::policy::document::{Effect, Item, Items, Principals};
use crate::policy::pattern::{Hole, Segment};
use crate::policy::{Condition, PrincipalKind};
use crate::source::{FileKind, Sources, Span};
use crate::syntax::ast::{Expr, ExprKind};
use crate::syntax::{comment, hcl};

/// A list that would be longer stands in several lines.
const LONGEST_LIST: usize = 88;

/// All of them, in the language of the first. Nothing if some part cannot be written, or they cannot stand where the statement does.
pub(super) fn statements(drafts: &[Draft], sources: &Sources) -> Option<Paste> {
    let span = drafts.first()?.statement.place.span;
    let written = Written::at(span, sources);
    let printer = Printer { sources, written: &written };
    let in_blocks = written.language == Language::Block;
    let texts: Vec<Text> = drafts
        .iter()
        .map(|draft| match written.language {
            Language::Block => printer.block(draft),
            _ => printer.object(draft),
        })
        .collect::<Option<_>>()?;
    let (text, place) = seated(&texts, &written.around, in_blocks)?;
    let whole = match &written.around.seat {
        Seat::Each { whole, .. } | Seat::Dynamic { whole, .. } if place.is_some() => *whole,
        _ => span,
    };
    let stands = written.stands && sources.file(span.file).kind != FileKind::Plan;
    Some(Paste { text, span: whole, place, stands })
}

/// The statements as they can stand where the one stands that they replace.
fn seated(texts: &[Text], around: &Around, in_blocks: bool) -> Option<(Text, Option<&'static str>)> {
    let several = texts.len() > 1;
    let list = |open: &str, close: &str| format!("{open}[\n{}\n]{close}", indented(&texts.join(",\n")));
    match &around.seat {
        Seat::Dynamic { arguments, .. } if in_blocks => {
            let arguments: Vec<(String, Text)> =
                arguments.iter().map(|(name, text)| Some((name.clone(), reindented(text)?))).collect::<Option<_>>()?;
            let block = |text: &Text| format!("dynamic \"statement\" {{\n{}\n\n{}\n}}", indented(&aligned(&arguments)), indented(text));
            let blocks: Vec<Text> = texts.iter().map(block).collect();
            Some((blocks.join("\n\n"), Some("in the place of the `dynamic` block")))
        }
        Seat::Fixed => None,
        _ if !several => Some((texts.concat(), None)),
        _ if around.pinned => None,
        Seat::Listed if in_blocks => Some((texts.join("\n\n"), None)),
        Seat::Listed => Some((texts.join(",\n"), None)),
        // What was one statement has to become a list.
        Seat::Alone => Some((list("", ""), None)),
        Seat::Each { head, tail, .. } => {
            let tail = if tail == "]" { tail.clone() } else { format!(" {tail}") };
            Some((list(&format!("flatten({head} "), &format!("{tail})")), Some("in the place of the whole `[for … ]`")))
        }
        Seat::Single | Seat::Dynamic { .. } => None,
    }
}

struct Printer<'p> {
    sources: &'p Sources,
    written: &'p Written,
}

/// What stands behind an element's name, with the line breaks of one that starts at the left edge.
type Text = String;

impl Printer<'_> {
    fn json(&self) -> bool {
        matches!(self.written.language, Language::Json | Language::JsonBlock)
    }

    /// An object of HCL or JSON.
    fn object(&self, draft: &Draft) -> Option<Text> {
        let of_block = self.written.language == Language::JsonBlock;
        let mut members = Vec::new();
        members.extend(self.sid(draft).map(|sid| (if of_block { "sid" } else { "Sid" }.to_owned(), sid)));
        let effect = self.quoted(effect(draft)?);
        members.push((if of_block { "effect" } else { "Effect" }.to_owned(), effect));
        if let Some(principals) = &draft.statement.principals {
            let name = match (of_block, principals.negated) {
                (false, false) => "Principal",
                (false, true) => "NotPrincipal",
                (true, false) => "principals",
                (true, true) => "not_principals",
            };
            members.push((name.to_owned(), self.principals(name, principals)?));
        }
        for (names, items, words) in lists(draft) {
            let Some(items) = items else { continue };
            let name = names[usize::from(stays_negated(items, words)) + 2 * usize::from(of_block)];
            members.push((name.to_owned(), self.list(self.written.element(name), items, words)?));
        }
        if let Some(conditions) = self.conditions(draft)? {
            members.push((if of_block { "condition" } else { "Condition" }.to_owned(), conditions));
        }
        Some(self.members(&members))
    }

    /// A `statement` block.
    fn block(&self, draft: &Draft) -> Option<Text> {
        let mut arguments: Vec<(String, Text)> = Vec::new();
        arguments.extend(self.sid(draft).map(|sid| ("sid".to_owned(), sid)));
        if effect(draft)? != "Allow" || self.written.element("effect").is_some() {
            arguments.push(("effect".to_owned(), self.quoted(effect(draft)?)));
        }
        for (names, items, words) in lists(draft) {
            let Some(items) = items else { continue };
            let name = names[usize::from(stays_negated(items, words)) + 2];
            arguments.push((name.to_owned(), self.list(self.written.element(name), items, words)?));
        }
        let mut parts = vec![aligned(&arguments)];
        if let Some(principals) = &draft.statement.principals {
            let name = if principals.negated { "not_principals" } else { "principals" };
            parts.extend(self.principal_blocks(name, principals)?);
        }
        parts.extend(self.condition_blocks(draft)?);
        let parts: Vec<String> = parts.iter().filter(|part| !part.is_empty()).map(|part| indented(part)).collect();
        let kind = if matches!(self.written.around.seat, Seat::Dynamic { .. }) { "content" } else { "statement" };
        Some(format!("{kind} {{\n{}\n}}", parts.join("\n\n")))
    }

    /// `{ … }` with a line for each member.
    fn members(&self, members: &[(String, Text)]) -> Text {
        if !self.json() {
            return format!("{{\n{}\n}}", indented(&aligned(members)));
        }
        let name = |name: &String| if name.starts_with('"') { name.clone() } else { json_quoted(name) };
        let lines: Vec<String> = members.iter().map(|(key, text)| indented(&format!("{}: {text}", name(key)))).collect();
        format!("{{\n{}\n}}", lines.join(",\n"))
    }

    /// The Sid, with what tells it from the others'. None for a further statement if it is not known, or no Sid as it is.
    fn sid(&self, draft: &Draft) -> Option<Text> {
        let sid = draft.statement.sid.as_ref()?;
        let element = self.written.element(if self.of_block() { "sid" } else { "Sid" }).and_then(usable);
        if draft.suffix.is_empty() {
            return match element {
                Some(text) => Some(text),
                None if sid.text.is_empty() || sid.pattern.has_hole() || self.written.around.varies(&self.written.text) => None,
                None => Some(self.quoted(&sid.text)),
            };
        }
        let is_sid = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let literals = sid.pattern.segments().iter().filter_map(|segment| match segment {
            Segment::Literal(text) => Some(&**text),
            _ => None,
        });
        if sid.text.is_empty() || sid.pattern.has_wildcard() || !literals.into_iter().all(is_sid) {
            return None;
        }
        match element {
            Some(text) => self.grown(&text, &draft.suffix),
            None if sid.pattern.has_hole() || self.written.around.varies(&self.written.text) => None,
            None => Some(self.quoted(&format!("{}{}", sid.text, draft.suffix))),
        }
    }

    /// The expression for a string, `suffix` appended.
    fn grown(&self, text: &str, suffix: &str) -> Option<Text> {
        if let Some(inner) = text.strip_suffix('"').filter(|inner| inner.starts_with('"') && !text.contains('\n')) {
            // Of several strings that are put together, only the last would grow.
            let whole = self.json() || matches!(self.parsed(text)?.kind, ExprKind::Template(_) | ExprKind::String(_));
            return whole.then(|| format!("{inner}{suffix}\""));
        }
        if self.json() || text.contains('\n') {
            return None;
        }
        let named = matches!(self.parsed(text)?.kind, ExprKind::Attribute(..) | ExprKind::Index(..) | ExprKind::Variable(_));
        named.then(|| format!("\"${{{text}}}{suffix}\""))
    }

    fn parsed(&self, text: &str) -> Option<Expr> {
        Some(hcl::parse_expression(self.written.span.file, text).ok()?.tree)
    }

    fn of_block(&self) -> bool {
        matches!(self.written.language, Language::Block | Language::JsonBlock)
    }

    /// One string or a list of them.
    fn list(&self, element: Option<&Node>, items: &Items, words: Option<&Vec<Word>>) -> Option<Text> {
        match (words, element.and_then(usable)) {
            (None, Some(text)) => Some(text),
            (None, None) => self.words(element, &items.items, &all(&items.items), items.gap.is_some()),
            (Some(words), _) => self.words(element, &items.items, words, false),
        }
    }

    fn words(&self, element: Option<&Node>, items: &[Item], words: &[Word], open: bool) -> Option<Text> {
        if open {
            return None;
        }
        let texts: Vec<Text> = words.iter().map(|word| self.word(element, items, word)).collect::<Option<_>>()?;
        let single = element.is_some_and(|element| element.text.starts_with('"')) && !self.of_block();
        match texts.as_slice() {
            [only] if single => Some(only.clone()),
            _ => Some(self.bracketed(&texts)),
        }
    }

    fn bracketed(&self, texts: &[Text]) -> Text {
        let line = format!("[{}]", texts.join(", "));
        if texts.len() < 2 || line.chars().count() <= LONGEST_LIST && !line.contains('\n') {
            return line;
        }
        let last = if self.json() { "" } else { "," };
        format!("[\n{}{last}\n]", indented(&texts.join(",\n")))
    }

    fn word(&self, element: Option<&Node>, items: &[Item], word: &Word) -> Option<Text> {
        let position = match word {
            Word::New(text) => return Some(self.quoted(text)),
            Word::Kept(position) => *position,
        };
        let each = element.and_then(|element| match &element.inside {
            Inside::List(each) if each.len() == items.len() => each.get(position),
            Inside::Nothing if items.len() == 1 && element.text.starts_with('"') => Some(&element.text),
            _ => None,
        });
        let written = each.filter(|text| !text.contains('\n') && !text.contains("%{"));
        written.cloned().or_else(|| self.item(element, items.get(position)?))
    }

    /// A string by what is known of it, or the expression that it was written as. `element`: what it comes from.
    fn item(&self, element: Option<&Node>, item: &Item) -> Option<Text> {
        let span = item.place.span;
        let around = &self.written.around;
        if around.varies(element.map_or(&self.written.text, |element| &element.text)) {
            // What is known is the value of one instance.
            let text = self.expression(span).filter(|_| self.written.span.contains(span) && !self.json())?;
            return Some(text);
        }
        let directory = |file| self.sources.file(file).directory().to_owned();
        // What a module is given may be another thing for each of its calls.
        if span.file != self.written.span.file && directory(span.file) != directory(self.written.span.file) {
            return None;
        }
        if !item.pattern.has_hole() {
            return Some(self.quoted(&item.text));
        }
        if !self.json()
            && let Some(expression) = self.expression(span)
        {
            return Some(expression);
        }
        // `${name}` of what is not known is an interpolation, that of IAM's variables is not.
        // What a hole without an identity is called is what it was made of.
        let doubtful = |segment: &Segment| matches!(segment, Segment::Variable(_) | Segment::Hole(Hole { id: None, .. }));
        let unclear = ["…", "%{", "\"", "\\"].iter().any(|part| item.text.contains(part));
        if !self.written.template || unclear || item.pattern.segments().iter().any(doubtful) {
            return None;
        }
        let quoted = if self.json() { json_quoted(&item.text) } else { hcl_quoted(&item.text, false) };
        Some(quoted)
    }

    /// What stands at `span`, if that is an expression that can stand where the statement does.
    fn expression(&self, span: Span) -> Option<Text> {
        let file = self.sources.file(span.file);
        let text = file.text.get(span.range()).filter(|text| file.kind == FileKind::Hcl && !text.contains('\n'))?;
        let parsed = hcl::parse_expression(span.file, text).ok()?.tree;
        let plain = matches!(
            parsed.kind,
            ExprKind::Template(_)
                | ExprKind::Attribute(..)
                | ExprKind::Index(..)
                | ExprKind::Call { .. }
                | ExprKind::String(_)
                | ExprKind::Variable(_)
        );
        (plain && self.written.around.can_stand(&parsed, span)).then(|| text.to_owned())
    }

    /// Nothing at all, or the conditions as an object; for a block of JSON syntax a list of them.
    fn conditions(&self, draft: &Draft) -> Option<Option<Text>> {
        if self.of_block() {
            let blocks = self.tests(draft)?.into_iter().map(|(operator, key, values)| {
                self.members(&[("test".to_owned(), operator), ("variable".to_owned(), key), ("values".to_owned(), values)])
            });
            let blocks: Vec<Text> = blocks.collect();
            return Some((!blocks.is_empty()).then(|| format!("[\n{}\n]", indented(&blocks.join(",\n")))));
        }
        if let (None, Some(element)) = (&draft.conditions, self.written.element("Condition"))
            && let Some(text) = usable(element)
        {
            return Some(Some(text));
        }
        let mut operators: Vec<(String, Vec<(String, Text)>)> = Vec::new();
        for (operator, key, values) in self.tests(draft)? {
            match operators.iter_mut().find(|(known, _)| *known == operator) {
                Some((_, keys)) => keys.push((key, values)),
                None => operators.push((operator, vec![(key, values)])),
            }
        }
        let name = |operator: String| if self.json() { operator } else { bare(&operator) };
        let members: Vec<(String, Text)> = operators.into_iter().map(|(operator, keys)| (name(operator), self.members(&keys))).collect();
        Some((!members.is_empty()).then(|| self.members(&members)))
    }

    /// Operator, key and values of each condition, as expressions.
    fn tests(&self, draft: &Draft) -> Option<Vec<(Text, Text, Text)>> {
        let conditions = &draft.statement.conditions;
        let as_they_are;
        let tests = match &draft.conditions {
            Some(tests) => tests,
            None if draft.statement.gap.may_narrow() => return None,
            None => {
                as_they_are = Draft::of(draft.statement).keep_conditions(|_| true).conditions.unwrap_or_default();
                &as_they_are
            }
        };
        tests.iter().map(|test| self.test(test, test.kept.and_then(|position| conditions.get(position)))).collect()
    }

    fn test(&self, test: &Test, kept: Option<&Condition>) -> Option<(Text, Text, Text)> {
        let written = kept.and_then(|condition| self.written.tested(condition.key_place.span));
        let key = match written {
            Some((key, _)) if test.same_key && key.starts_with('"') => key.to_owned(),
            _ => self.quoted(&test.key),
        };
        let node = written.map(|(_, values)| values);
        let values = match (kept, node.and_then(usable)) {
            (Some(_), Some(values)) => values,
            (Some(condition), None) => self.words(node, &condition.values, &all(&condition.values), condition.gap.is_some())?,
            (None, _) => self.words(None, &[], &test.values, false)?,
        };
        Some((self.quoted(&test.operator), key, values))
    }

    fn condition_blocks(&self, draft: &Draft) -> Option<Vec<Text>> {
        if let (None, Some(blocks)) = (&draft.conditions, self.own_blocks("condition")) {
            return Some(blocks);
        }
        let block = |(operator, key, values): (Text, Text, Text)| {
            let arguments = [("test".to_owned(), operator), ("variable".to_owned(), key), ("values".to_owned(), values)];
            format!("condition {{\n{}\n}}", indented(&aligned(&arguments)))
        };
        Some(self.tests(draft)?.into_iter().map(block).collect())
    }

    /// The nested blocks of this kind as they are written.
    fn own_blocks(&self, kind: &str) -> Option<Vec<Text>> {
        let own = || self.written.blocks.iter().filter(|block| block.kind == kind);
        if self.written.is_there() { own().map(|block| reindented(&block.text)).collect() } else { None }
    }

    fn principals(&self, name: &str, principals: &Principals) -> Option<Text> {
        if let Some(text) = self.written.element(name).and_then(usable) {
            return Some(text);
        }
        if principals.gap.is_some() || self.of_block() {
            return None;
        }
        if let [principal] = principals.items.as_slice()
            && principal.kind == PrincipalKind::Any
        {
            return Some(self.quoted("*"));
        }
        let kinds = self.principal_kinds(principals)?;
        let name = |kind: String| if self.json() { self.quoted(&kind) } else { bare(&self.quoted(&kind)) };
        Some(self.members(&kinds.into_iter().map(|(kind, texts)| (name(kind), self.bracketed(&texts))).collect::<Vec<_>>()))
    }

    fn principal_blocks(&self, name: &str, principals: &Principals) -> Option<Vec<Text>> {
        if let Some(blocks) = self.own_blocks(name) {
            return Some(blocks);
        }
        if principals.gap.is_some() {
            return None;
        }
        let block = |(kind, texts): (String, Vec<Text>)| {
            let arguments = [("type".to_owned(), self.quoted(&kind)), ("identifiers".to_owned(), self.bracketed(&texts))];
            format!("{name} {{\n{}\n}}", indented(&aligned(&arguments)))
        };
        Some(self.principal_kinds(principals)?.into_iter().map(block).collect())
    }

    fn principal_kinds(&self, principals: &Principals) -> Option<Vec<(String, Vec<Text>)>> {
        let mut kinds: Vec<(String, Vec<Text>)> = Vec::new();
        for principal in &principals.items {
            let kind = match &principal.kind {
                PrincipalKind::Any => "*",
                PrincipalKind::Aws => "AWS",
                PrincipalKind::Service => "Service",
                PrincipalKind::Federated => "Federated",
                PrincipalKind::CanonicalUser => "CanonicalUser",
                PrincipalKind::Other(name) => name,
            };
            let text = self.item(None, &principal.item)?;
            match kinds.iter_mut().find(|(known, _)| known == kind) {
                Some((_, texts)) => texts.push(text),
                None => kinds.push((kind.to_owned(), vec![text])),
            }
        }
        Some(kinds)
    }

    /// A string of exactly these characters.
    fn quoted(&self, text: &str) -> Text {
        match (self.json(), self.written.template) {
            (false, _) => hcl_quoted(text, true),
            (true, true) => json_quoted(&escaped(text)),
            (true, false) => json_quoted(text),
        }
    }
}

type Lists<'d> = [([&'static str; 4], Option<&'d Items>, Option<&'d Vec<Word>>); 2];

/// Actions and resources, with their names in objects and in blocks, each also negated.
fn lists<'d>(draft: &'d Draft) -> Lists<'d> {
    [
        (["Action", "NotAction", "actions", "not_actions"], draft.statement.actions.as_ref(), draft.actions.as_ref()),
        (["Resource", "NotResource", "resources", "not_resources"], draft.statement.resources.as_ref(), draft.resources.as_ref()),
    ]
}

/// What is new is what is meant, not what is left out.
fn stays_negated(items: &Items, words: Option<&Vec<Word>>) -> bool {
    items.negated && words.is_none_or(|words| words.iter().any(|word| matches!(word, Word::Kept(_))))
}

fn effect(draft: &Draft) -> Option<&'static str> {
    Some(match draft.statement.effect? {
        Effect::Allow => "Allow",
        Effect::Deny => "Deny",
    })
}

fn all(items: &[Item]) -> Vec<Word> {
    (0..items.len()).map(Word::Kept).collect()
}

/// The text of an element, if it means the same elsewhere.
fn usable(node: &Node) -> Option<Text> {
    reindented(&node.text)
}

/// Text of several lines as if it started at the left edge. Nothing if its line breaks mean something, as in a heredoc.
fn reindented(text: &str) -> Option<Text> {
    if !text.contains('\n') {
        return Some(text.to_owned());
    }
    if text.contains("<<") {
        return None;
    }
    let text = &without_ignores(text);
    let margin = |line: &str| line.len() - line.trim_start().len();
    let common = text.lines().skip(1).filter(|line| !line.trim().is_empty()).map(margin).min().unwrap_or(0);
    let mut lines: Vec<&str> = text.lines().take(1).collect();
    lines.extend(text.lines().skip(1).map(|line| line.get(common.min(margin(line))..).unwrap_or_default().trim_end()));
    Some(lines.join("\n"))
}

/// Without the comments that silence rules: they were about what is replaced.
fn without_ignores(text: &str) -> String {
    let mut kept = text.to_owned();
    for range in comment::ignore_comments(text).into_iter().rev() {
        let before = text.get(..range.start).unwrap_or_default().trim_end_matches([' ', '\t']);
        // A line of its own goes as a whole.
        let start = if before.ends_with('\n') { before.len() - 1 } else { before.len() };
        kept.replace_range(start..range.end, "");
    }
    kept
}

fn indented(text: &str) -> String {
    let line = |line: &str| if line.is_empty() { String::new() } else { format!("  {line}") };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// `name = value` for each, the signs below each other as `terraform fmt` puts them: a value of several lines is not counted.
fn aligned(members: &[(String, Text)]) -> String {
    let one_line = |member: &&(String, Text)| !member.1.contains('\n');
    let mut lines = Vec::new();
    for group in members.chunk_by(|a, b| one_line(&a) && one_line(&b)) {
        let widest = group.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        lines.extend(group.iter().map(|(name, text)| format!("{name:widest$} = {text}")));
    }
    lines.join("\n")
}

/// A quoted name as HCL takes it for a key: without quotes, if it needs none.
fn bare(quoted: &str) -> String {
    let inner = quoted.trim_matches('"');
    let letters = !inner.is_empty() && inner.chars().all(|c| c.is_ascii_alphabetic());
    if letters { inner.to_owned() } else { quoted.to_owned() }
}

/// `${` and `%{` as templates write what is no interpolation.
fn escaped(text: &str) -> String {
    text.replace("${", "$${").replace("%{", "%%{")
}

pub(super) fn hcl_quoted(text: &str, literal: bool) -> String {
    let mut quoted = String::from("\"");
    let text = if literal { escaped(text) } else { text.to_owned() };
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            character if character.is_control() => quoted.push_str(&format!("\\u{:04x}", character as u32)),
            character => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}

fn json_quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}
