//! Reads one configuration file. What it does not understand is a problem with its place, and the rest counts.

use std::sync::Arc;

use clap::ValueEnum;
use globset::Glob;

use super::schema::{self, BLOCKS, LEVEL, SETTINGS};
use super::{Config, OptionValue, Persona, RuleConfig, RuleOption};
use crate::finding::{FailOn, Level, Problem, ProblemKind, Severity};
use crate::nearest::{did_you_mean, one_of};
use crate::source::{FileId, Sources, Span};
use crate::syntax::ast::{Attribute, Block, Expr, ExprKind, Name};
use crate::syntax::hcl;

pub fn parse(sources: &Sources, file: FileId) -> Config {
    let parsed = hcl::parse_file(file, &sources.file(file).text);
    let mut config = Config { problems: parsed.problems, ..Config::default() };
    for problem in &mut config.problems {
        problem.kind = ProblemKind::Config;
    }
    for attribute in &parsed.body.attributes {
        config.setting(attribute);
    }
    for block in &parsed.body.blocks {
        config.block(block, sources);
    }
    config.contradictions();
    config
}

impl Config {
    pub(super) fn complain(&mut self, message: impl Into<String>, span: Span) {
        self.problems.push(Problem::new(ProblemKind::Config, message, span));
    }

    /// Says that something has no effect.
    pub(super) fn warn(&mut self, message: impl Into<String>, span: Span) {
        self.problems.push(Problem::new(ProblemKind::NoEffect, message, span));
    }

    fn setting(&mut self, attribute: &Attribute) {
        let Attribute { name, value } = attribute;
        if schema::setting(&name.text).is_some() && self.settings.insert(Arc::clone(&name.text), name.span).is_some() {
            return self.complain(format!("`{}` is set twice", name.text), name.span);
        }
        match &*name.text {
            "exclude" => self.exclude_setting(value),
            "select" => self.select = self.names("select", value),
            "ignore" => self.ignore = self.names("ignore", value),
            "baseline" => self.baseline_setting(value),
            "persona" => self.persona = self.one_of::<Persona>("persona", value),
            "fail_on" => self.fail_on = self.one_of::<FailOn>("fail_on", value),
            "min_severity" => self.min_severity = self.one_of::<Severity>("min_severity", value),
            "exclude_external_modules" => self.exclude_external_modules = self.bool_of("exclude_external_modules", value),
            "strict_coverage" => self.strict_coverage = self.bool_of("strict_coverage", value),
            "allow_override" => self.allow_override = self.bool_of("allow_override", value).unwrap_or(false),
            other if schema::block(other).is_some() => {
                self.complain(format!("`{other}` is a block: write it without `=`"), name.span);
            }
            other => self.complain(format!("unknown setting `{other}`{}", did_you_mean(other, &schema::names(SETTINGS))), name.span),
        }
    }

    /// A file below this file's directory.
    fn baseline_setting(&mut self, value: &Expr) {
        match string(value) {
            None => self.complain(format!("`baseline` is a string{}", hint(value)), value.span),
            Some(path) if path.trim().is_empty() => self.complain("`baseline` names no file", value.span),
            Some(path) if path.starts_with('/') || path.split('/').any(|part| part == "..") => {
                self.complain(format!("`{path}` leads outside of this file's directory"), value.span);
            }
            Some(text) => self.baseline = Some(Name { text, span: value.span }),
        }
    }

    /// Globs of paths below this file's directory.
    fn exclude_setting(&mut self, value: &Expr) {
        for glob in self.names("exclude", value) {
            let text = &*glob.text;
            if let Some(reason) = matches_nothing(text) {
                self.complain(format!("`{text}` {reason}, so it excludes nothing"), glob.span);
            } else if let Err(error) = Glob::new(text) {
                self.complain(format!("`{text}` is not a glob: {}", error.kind()), glob.span);
            } else {
                self.exclude.push(glob);
            }
        }
    }

    /// A list of strings that are not empty; a single string counts as a list of one.
    fn names(&mut self, setting: &str, value: &Expr) -> Vec<Name> {
        let Some(items) = texts(value) else {
            self.complain(format!("`{setting}` is a list of strings{}", hint(value)), value.span);
            return Vec::new();
        };
        // An empty list of rules takes the place of that of a file above.
        if items.is_empty() && setting == "exclude" {
            self.warn(format!("`{setting}` is empty, so it has no effect"), value.span);
        }
        let mut names: Vec<Name> = Vec::new();
        for (text, span) in items {
            if text.trim().is_empty() {
                self.complain(format!("an empty string in `{setting}` names nothing"), span);
            } else if names.iter().any(|name| name.text == text) {
                self.warn(format!("`{text}` is listed twice"), span);
            } else {
                names.push(Name { text, span });
            }
        }
        names
    }

    /// A word of a few, in any case.
    fn one_of<V: ValueEnum>(&mut self, setting: &str, value: &Expr) -> Option<V> {
        let possible: Vec<_> = V::value_variants().iter().filter_map(ValueEnum::to_possible_value).collect();
        let names: Vec<&str> = possible.iter().map(|value| value.get_name()).collect();
        let Some(text) = string(value) else {
            self.complain(format!("`{setting}` is a string: {}{}", one_of(&names), hint(value)), value.span);
            return None;
        };
        let known = V::from_str(&text, true).ok();
        if known.is_none() {
            self.complain(format!("`{text}` is not a value of `{setting}`{}", did_you_mean(&text, &names)), value.span);
        }
        known
    }

    pub(super) fn bool_of(&mut self, setting: &str, value: &Expr) -> Option<bool> {
        match value.kind {
            ExprKind::Bool(flag) => Some(flag),
            _ => {
                let hint = if matches!(string(value).as_deref(), Some("true" | "false")) { ": write it without quotes" } else { "" };
                self.complain(format!("`{setting}` is true or false{hint}"), value.span);
                None
            }
        }
    }

    fn block(&mut self, block: &Block, sources: &Sources) {
        let label = block.labels.first().map(|label| Arc::clone(&label.text));
        let kind = &*block.kind.text;
        match (kind, label, block.labels.len()) {
            ("account" | "vendor" | "rule", Some(name), 1) if name.trim().is_empty() => {
                self.complain(format!("this `{kind}` has no name: {kind} \"name\" {{ … }}"), block.header());
            }
            ("account", Some(name), 1) => self.account_block(name, block, sources),
            ("organization", None, _) => self.organization_block(block),
            ("organization", ..) => self.complain("`organization` takes no label: organization { id = \"o-…\" }", block.header()),
            ("vendor", Some(name), 1) => self.vendor_block(name, block),
            ("rule", Some(name), 1) => self.rule_block(name, block),
            ("account" | "vendor" | "rule", ..) => {
                self.complain(format!("`{kind}` takes one label: {kind} \"name\" {{ … }}"), block.header());
            }
            _ if schema::setting(kind).is_some() => self.complain(format!("`{kind}` is a setting: write `{kind} = …`"), block.kind.span),
            _ => {
                let known: Vec<&str> = BLOCKS.iter().map(|block| block.name).collect();
                self.complain(format!("unknown block `{kind}`{}", did_you_mean(kind, &known)), block.kind.span);
            }
        }
    }

    fn rule_block(&mut self, name: Arc<str>, block: &Block) {
        if self.rules.contains_key(&name) {
            return self.complain(format!("the rule `{name}` has a block already"), block.header());
        }
        self.no_blocks(block);
        if block.body.attributes.is_empty() && block.body.blocks.is_empty() {
            self.warn(format!("this block is empty, so it changes nothing about `{name}`"), block.header());
        }
        let mut rule = RuleConfig { span: block.header(), ..RuleConfig::default() };
        for Attribute { name, value } in &block.body.attributes {
            if &*name.text == LEVEL.name {
                rule.level = self.level(value);
                continue;
            }
            let given = RuleOption { value: option(value), name: name.span, span: value.span };
            rule.options.insert(Arc::clone(&name.text), given);
        }
        self.rules.insert(name, rule);
    }

    /// Other tools' words for levels are no typing mistakes of ours, so that no name is near.
    fn level(&mut self, value: &Expr) -> Option<Level> {
        let foreign = string(value).and_then(|text| match text.to_ascii_lowercase().as_str() {
            "off" | "disable" | "disabled" | "ignore" | "none" => Some(Level::Allow),
            "warning" | "notice" | "info" => Some(Level::Warn),
            "error" | "fail" | "block" | "forbid" | "on" => Some(Level::Deny),
            _ => None,
        });
        let Some(meant) = foreign else { return self.one_of("level", value) };
        let text = string(value).unwrap_or_default();
        self.complain(format!("`{text}` is not a value of `level`: did you mean `{}`?", meant.name()), value.span);
        None
    }

    /// An argument that is a string.
    pub(super) fn text(&mut self, block: &Block, name: &str) -> Option<Arc<str>> {
        let attribute = block.body.attribute(name)?;
        let text = string(&attribute.value);
        if text.is_none() {
            self.complain(format!("`{name}` is a string{}", hint(&attribute.value)), attribute.value.span);
        }
        text
    }

    /// An argument that is true or false.
    pub(super) fn flag(&mut self, block: &Block, name: &str) -> Option<bool> {
        let attribute = block.body.attribute(name)?;
        self.bool_of(name, &attribute.value)
    }

    /// Complains of arguments that the schema does not have.
    pub(super) fn only_known(&mut self, block: &Block) {
        let known = schema::block(&block.kind.text).map_or_else(Vec::new, |kind| schema::names(kind.arguments));
        for attribute in &block.body.attributes {
            let name = &attribute.name;
            if !known.contains(&&*name.text) {
                let hint = did_you_mean(&name.text, &known);
                self.complain(format!("`{}` has no argument `{}`{hint}", block.kind.text, name.text), name.span);
            }
        }
        self.no_blocks(block);
    }

    fn no_blocks(&mut self, block: &Block) {
        for inner in &block.body.blocks {
            self.complain(format!("`{}` has no block `{}`", block.kind.text, inner.kind.text), inner.kind.span);
        }
    }
}

/// Why no path below a directory matches a glob.
pub fn matches_nothing(glob: &str) -> Option<&'static str> {
    let braces = glob.contains('{');
    match glob {
        _ if glob.starts_with('/') || glob.split('/').any(|part| part == "..") => {
            Some("leads outside of the directory that it is relative to")
        }
        _ if glob.contains("//") => Some("has an empty part between two slashes"),
        _ if glob.contains(',') && !braces => Some("holds a comma: write several globs as several strings"),
        _ if glob.ends_with("/.*") => Some("is written as a regular expression: `dir/**` is everything in a directory"),
        _ => None,
    }
}

/// What may be meant by a value that is not a string.
fn hint(value: &Expr) -> &'static str {
    match value.kind {
        ExprKind::Number(_) => ": write it in quotes",
        ExprKind::List(_) | ExprKind::Object(_) | ExprKind::Bool(_) | ExprKind::String(_) => "",
        _ => ": write it in quotes, and without references, since nothing is evaluated here",
    }
}

pub(super) fn string(expr: &Expr) -> Option<Arc<str>> {
    match &expr.kind {
        ExprKind::String(text) => Some(text.shared()),
        _ => None,
    }
}

/// The strings of a list with their places; a string is a list of one.
pub(super) fn texts(expr: &Expr) -> Option<Vec<(Arc<str>, Span)>> {
    match &expr.kind {
        ExprKind::List(items) => items.iter().map(|item| Some((string(item)?, item.span))).collect(),
        ExprKind::String(_) => Some(vec![(string(expr)?, expr.span)]),
        _ => None,
    }
}

fn option(expr: &Expr) -> OptionValue {
    match &expr.kind {
        ExprKind::Bool(value) => OptionValue::Bool(*value),
        ExprKind::String(text) => OptionValue::Text(text.shared()),
        ExprKind::List(_) => texts(expr).map_or(OptionValue::Other, OptionValue::List),
        _ => OptionValue::Other,
    }
}
