//! `rolelint config`: what `.rolelint.hcl` takes, by name, type, default and meaning.

use std::io::{self, Write};

use owo_colors::OwoColorize;
use serde_json::{Value, json};

use super::arguments::ConfigArguments;
use super::format::ListFormat;
use super::layout::fitted;
use super::width::columns;
use super::{CLEAN, FAILED, complain};
use crate::config::schema::{Argument, BLOCKS, BlockKind, LEVEL, SETTINGS};
use crate::engine::no_rule;
use crate::nearest::{did_you_mean, nearest};
use crate::rules::{self, About, RuleOption};

/// Columns before what is said of an argument.
const INDENT: usize = 2;

pub fn config(arguments: &ConfigArguments) -> io::Result<u8> {
    let mut out = io::stdout().lock();
    let Some(name) = arguments.name.as_deref() else {
        match arguments.format {
            ListFormat::Text => out.write_all(whole(&page(arguments)).as_bytes())?,
            ListFormat::Json => writeln!(out, "{:#}", schema())?,
        }
        return Ok(CLEAN);
    };
    let Some(found) = Found::by(name) else {
        complain(&unknown(name));
        return Ok(FAILED);
    };
    match arguments.format {
        ListFormat::Text => out.write_all(found.text(&page(arguments)).as_bytes())?,
        ListFormat::Json => writeln!(out, "{:#}", found.json())?,
    }
    Ok(CLEAN)
}

/// How to write.
struct Page {
    color: bool,
    columns: usize,
}

fn page(arguments: &ConfigArguments) -> Page {
    Page { color: arguments.color.wanted(), columns: columns() }
}

/// What a name stands for.
enum Found {
    Setting(&'static Argument),
    Block(&'static BlockKind),
    Rule(&'static About),
}

impl Found {
    fn by(name: &str) -> Option<Found> {
        let setting = SETTINGS.iter().find(|setting| setting.name == name).map(Found::Setting);
        let block = || BLOCKS.iter().find(|block| block.name == name).map(Found::Block);
        setting.or_else(block).or_else(|| rules::find(name).map(|rule| Found::Rule(rule.about())))
    }

    fn text(&self, page: &Page) -> String {
        match self {
            Found::Setting(setting) => page.argument(setting, 0),
            Found::Block(block) => page.block(block),
            Found::Rule(about) => page.rule(about),
        }
    }

    fn json(&self) -> Value {
        match self {
            Found::Setting(setting) => argument(setting),
            Found::Block(block) => self::block(block),
            Found::Rule(about) => rule(about),
        }
    }
}

fn unknown(name: &str) -> String {
    if let Some(option) = with_options().flat_map(|about| about.options).find(|option| option.argument.name == name) {
        return format!("`{name}` is an option of the rule `{}`: pass the rule", option.rule);
    }
    let settings = || SETTINGS.iter().map(|setting| setting.name).chain(BLOCKS.iter().map(|block| block.name));
    let near = nearest(&name.replace('-', "_"), settings());
    if near.is_none() && name.contains('-') {
        return no_rule(name);
    }
    format!("unknown setting or block `{name}`{}", did_you_mean(&name.replace('-', "_"), &settings().collect::<Vec<_>>()))
}

fn with_options() -> impl Iterator<Item = &'static About> {
    rules::ALL.iter().map(|rule| rule.about()).filter(|about| !about.options.is_empty())
}

fn whole(page: &Page) -> String {
    let settings = SETTINGS.iter().map(|setting| page.argument(setting, 0));
    let blocks = BLOCKS.iter().map(|block| page.block(block));
    // The level of each stands above.
    let options = |about: &&'static About| about.options.iter().map(|option| page.argument(&option.argument, INDENT)).collect::<String>();
    let rules = with_options().map(|about| page.head(0, "rule", &format!(" \"{}\" {{ … }}", about.id)) + &options(&about));
    settings.chain(blocks).chain(rules).collect::<Vec<_>>().join("\n")
}

impl Page {
    fn head(&self, indent: usize, name: &str, rest: &str) -> String {
        let name = if self.color { name.bold().to_string() } else { name.to_owned() };
        format!("{:indent$}{name}{rest}\n", "")
    }

    fn lines(&self, indent: usize, text: &str) -> String {
        fitted(text, indent, self.columns).into_iter().map(|(indent, line)| format!("{:indent$}{line}\n", "")).collect()
    }

    /// `min_severity  "info" | "low" | …, default "info"`, with what it does below.
    fn argument(&self, argument: &Argument, indent: usize) -> String {
        let words: Vec<String> = argument.takes.words().iter().map(|word| format!("\"{word}\"")).collect();
        let kind = match words.as_slice() {
            [] => argument.takes.name().to_owned(),
            words => words.join(" | "),
        };
        let default = argument.default.map(|default| format!(", default {default}")).unwrap_or_default();
        let default = if argument.required { ", required".to_owned() } else { default };
        self.head(indent, argument.name, &format!("  {kind}{default}")) + &self.lines(indent + INDENT, &format!("{}.", argument.text))
    }

    fn block(&self, block: &BlockKind) -> String {
        let label = block.label.map(|label| format!(" \"{label}\"")).unwrap_or_default();
        let arguments: String = block.arguments.iter().map(|argument| self.argument(argument, INDENT)).collect();
        self.head(0, block.name, &format!("{label} {{ … }}")) + &self.lines(INDENT, &format!("{}.", block.text)) + &arguments
    }

    /// A rule's block with its own options.
    fn rule(&self, about: &About) -> String {
        let options = about.options.iter().map(|option| &option.argument);
        let head = self.head(0, "rule", &format!(" \"{}\" {{ … }}", about.id));
        head + &std::iter::once(&LEVEL).chain(options).map(|argument| self.argument(argument, INDENT)).collect::<String>()
    }
}

/// All of it, for tools.
fn schema() -> Value {
    json!({
        "settings": SETTINGS.iter().map(argument).collect::<Vec<_>>(),
        "blocks": BLOCKS.iter().map(block).collect::<Vec<_>>(),
        "rules": with_options().map(rule).collect::<Vec<_>>(),
    })
}

fn argument(argument: &Argument) -> Value {
    let values = argument.takes.words();
    json!({
        "name": argument.name,
        "type": argument.takes.name(),
        "values": if values.is_empty() { Value::Null } else { json!(values) },
        "default": argument.default,
        "required": argument.required,
        "text": argument.text,
    })
}

fn block(block: &BlockKind) -> Value {
    json!({
        "name": block.name,
        "label": block.label,
        "text": block.text,
        "arguments": block.arguments.iter().map(argument).collect::<Vec<_>>(),
    })
}

fn rule(about: &About) -> Value {
    json!({ "id": about.id, "options": options(about) })
}

/// The options of a rule, as `rolelint rules` has them too.
pub fn options(about: &About) -> Vec<Value> {
    about.options.iter().map(|option: &&RuleOption| argument(&option.argument)).collect()
}
