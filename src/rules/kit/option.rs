//! Options of rules. Each is declared once, as a static of its rule: name, type, default and text. From there come what the rule reads, the
//! checks of the configuration, the table on the rule's page and what `rolelint config` prints.

use std::sync::Arc;

use crate::config::schema::{Argument, Takes};
use crate::config::{Config, OptionValue};
use crate::policy::pattern::{Case, Mode, Pattern};

/// An option that a rule's block takes in `.rolelint.hcl`.
#[derive(Debug)]
pub struct RuleOption {
    /// The rule's id.
    pub rule: &'static str,
    pub argument: Argument,
    /// Whether it can only add findings. One that takes findings away counts in a subdirectory's file only where the governing file lets
    /// it override.
    pub tightens: bool,
}

impl RuleOption {
    fn value<'c>(&self, config: &'c Config) -> Option<&'c OptionValue> {
        config.option(self.rule, self.argument.name)
    }
}

/// An option that is true or false, and false without the configuration.
pub struct Flag(pub RuleOption);

impl Flag {
    pub const fn new(rule: &'static str, name: &'static str, text: &'static str, tightens: bool) -> Flag {
        Flag(RuleOption { rule, argument: Argument { name, takes: Takes::Flag, default: Some("false"), required: false, text }, tightens })
    }

    pub fn is_set(&self, config: &Config) -> bool {
        self.0.value(config) == Some(&OptionValue::Bool(true))
    }
}

/// An option that is one of some words. The default is written as HCL has it, in quotes.
pub struct Word(pub RuleOption);

impl Word {
    pub const fn new(
        rule: &'static str,
        name: &'static str,
        words: &'static [&'static str],
        default: &'static str,
        text: &'static str,
        tightens: bool,
    ) -> Word {
        Word(RuleOption {
            rule,
            argument: Argument { name, takes: Takes::Word(words), default: Some(default), required: false, text },
            tightens,
        })
    }

    pub fn is(&self, config: &Config, word: &str) -> bool {
        match self.0.value(config) {
            Some(OptionValue::Text(text)) => &**text == word,
            _ => self.0.argument.default.is_some_and(|default| default.trim_matches('"') == word),
        }
    }
}

/// An option that is a list of names with wildcards, and empty without the configuration.
pub struct Patterns(pub RuleOption);

impl Patterns {
    pub const fn new(rule: &'static str, name: &'static str, text: &'static str, tightens: bool) -> Patterns {
        Patterns(RuleOption {
            rule,
            argument: Argument { name, takes: Takes::Patterns, default: Some("[]"), required: false, text },
            tightens,
        })
    }

    /// The patterns as they are written.
    pub fn listed(&self, config: &Config) -> Vec<Arc<str>> {
        match self.0.value(config) {
            Some(OptionValue::List(items)) => items.iter().map(|(item, _)| Arc::clone(item)).collect(),
            _ => Vec::new(),
        }
    }
}

/// Whether one of some patterns of an option matches a name.
pub fn names(patterns: &[Arc<str>], name: &str, case: Case) -> bool {
    patterns.iter().any(|pattern| Pattern::parse(pattern, Mode::WILDCARDS).matches(name, case).certainly())
}
