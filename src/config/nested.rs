//! What a configuration file of a subdirectory comes to, within the one that governs it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Config, OptionValue, RuleConfig};
use crate::finding::{FailOn, Level, Severity};
use crate::source::Span;

/// What a file of a subdirectory is held against.
pub struct Governing<'a> {
    /// What holds in the directory without the file.
    pub config: &'a Config,
    /// The path of the file that decides whether it may be overridden, as messages show it.
    pub path: &'a str,
    /// Whether a value of an option, by the rule's id and the option's name, can only add findings.
    pub tightens: &'a dyn Fn(&str, &str, &OptionValue) -> bool,
}

impl Config {
    /// What holds in the directory of this file. Its problems are this file's, and what it may not do.
    pub fn within(self, governing: &Governing) -> Config {
        match governing.config.allow_override {
            true => self.overriding(governing.config, governing.path),
            false => self.tightening(governing),
        }
    }

    /// This file's settings, and the governing file's where it has none.
    fn overriding(mut self, outer: &Config, path: &str) -> Config {
        self.only_above(path);
        let has = |list: &[super::Account], id: &str| list.iter().any(|known| &*known.id == id);
        let more: Vec<_> = outer.accounts.iter().filter(|account| !has(&self.accounts, &account.id)).cloned().collect();
        self.accounts.extend(more);
        self.vendors.extend(outer.vendors.iter().cloned());
        self.organizations.extend(outer.organizations.iter().cloned());
        let (select, ignore) = (self.settings.contains_key("select"), self.settings.contains_key("ignore"));
        Config {
            rules: overridden(&outer.rules, self.rules),
            persona: self.persona.or(outer.persona),
            select: if select { self.select } else { outer.select.clone() },
            ignore: if ignore { self.ignore } else { outer.ignore.clone() },
            also_fail_on: outer.also_fail_on.filter(|_| self.fail_on.is_none()),
            fail_on: self.fail_on.or(outer.fail_on),
            min_severity: self.min_severity.or(outer.min_severity),
            exclude_external_modules: self.exclude_external_modules.or(outer.exclude_external_modules),
            strict_coverage: self.strict_coverage.or(outer.strict_coverage),
            allow_override: true,
            ..self
        }
    }

    /// The governing file's settings, and of this file's what asks for more.
    fn tightening(mut self, governing: &Governing) -> Config {
        let outer = governing.config;
        self.only_above(governing.path);
        self.refuse_blocks(governing);
        self.refuse_settings(governing);
        let mut rules = outer.rules.clone();
        for (id, own) in std::mem::take(&mut self.rules) {
            self.refuse_options(&id, &own, governing);
            tighten(rules.entry(Arc::clone(&id)).or_default(), &id, own, governing);
        }
        let fails = self.fail_on.and_then(FailOn::least).filter(|own| *own <= fails_from(outer));
        Config {
            problems: self.problems,
            settings: self.settings,
            rules,
            persona: outer.persona.max(self.persona),
            also_fail_on: outer.also_fail_on.into_iter().chain(fails).min(),
            min_severity: outer.min_severity.map(|least| self.min_severity.map_or(least, |own| own.min(least))),
            strict_coverage: self.strict_coverage.filter(|strict| *strict).or(outer.strict_coverage),
            exclude: Vec::new(),
            ..outer.clone()
        }
    }

    /// Only the file that governs may say so.
    fn only_above(&mut self, path: &str) {
        for name in ["allow_override", "baseline"] {
            if let Some(span) = self.settings.get(name).copied() {
                self.complain(format!("`{name}` only counts in `{path}`, which governs this directory"), span);
            }
        }
    }

    fn refuse(&mut self, what: &str, span: Span, governing: &Governing) {
        let path = governing.path;
        let message = format!(
            "{what} does not count here: `{path}` governs this directory, and this file may only tighten it, unless that one sets `allow_override = true`"
        );
        self.complain(message, span);
    }

    fn refuse_blocks(&mut self, governing: &Governing) {
        let accounts = self.accounts.iter().map(|account| ("`account`", account.span));
        let organizations = self.organizations.iter().map(|organization| ("`organization`", organization.span));
        let vendors = self.vendors.iter().map(|vendor| ("`vendor`", vendor.span));
        let blocks: Vec<_> = accounts.chain(organizations).chain(vendors).collect();
        blocks.into_iter().for_each(|(block, span)| self.refuse(block, span, governing));
    }

    fn refuse_settings(&mut self, governing: &Governing) {
        let outer = governing.config;
        let loosens = |name: &str| match name {
            "exclude" | "select" | "ignore" => true,
            "exclude_external_modules" => self.exclude_external_modules == Some(true) && outer.exclude_external_modules != Some(true),
            "strict_coverage" => self.strict_coverage == Some(false) && outer.strict_coverage == Some(true),
            "persona" => self.persona.is_some_and(|own| own < outer.persona.unwrap_or_default()),
            "min_severity" => self.min_severity.is_some_and(|own| own > outer.min_severity.unwrap_or(Severity::Info)),
            "fail_on" => self.fail_on.is_some_and(|own| own.least() > Some(fails_from(outer)) || own == FailOn::Never),
            _ => false,
        };
        let refused: Vec<(Arc<str>, Span)> =
            self.settings.iter().filter(|(name, _)| loosens(name)).map(|(name, span)| (Arc::clone(name), *span)).collect();
        refused.into_iter().for_each(|(name, span)| self.refuse(&format!("`{name}`"), span, governing));
    }

    fn refuse_options(&mut self, id: &str, own: &RuleConfig, governing: &Governing) {
        if own.level == Some(Level::Allow) {
            self.refuse(&format!("`level = \"allow\"` of `{id}`"), own.span, governing);
        }
        for (name, option) in own.options.iter().filter(|(name, option)| !(governing.tightens)(id, name, &option.value)) {
            self.refuse(&format!("the option `{name}` of `{id}`"), option.name, governing);
        }
    }
}

/// The severity from which findings fail the run in a directory. Without a setting the rules' levels decide, which deny from medium on.
fn fails_from(config: &Config) -> Severity {
    let set = config.fail_on.map_or(Some(Severity::Medium), FailOn::least);
    set.into_iter().chain(config.also_fail_on).min().unwrap_or(Severity::Critical)
}

fn overridden(outer: &BTreeMap<Arc<str>, RuleConfig>, own: BTreeMap<Arc<str>, RuleConfig>) -> BTreeMap<Arc<str>, RuleConfig> {
    let mut rules = outer.clone();
    for (id, own) in own {
        let rule = rules.entry(id).or_default();
        rule.options.extend(own.options);
        rule.span = own.span;
        if own.level.is_some() {
            (rule.level, rule.at_least) = (own.level, None);
        }
    }
    rules
}

fn tighten(rule: &mut RuleConfig, id: &str, own: RuleConfig, governing: &Governing) {
    rule.at_least = rule.at_least.max(own.level.filter(|level| *level != Level::Allow));
    rule.span = own.span;
    for (name, option) in own.options.into_iter().filter(|(name, option)| (governing.tightens)(id, name, &option.value)) {
        let entry = rule.options.entry(name).or_insert_with(|| option.clone());
        match (&mut entry.value, option.value) {
            // More names are more findings.
            (OptionValue::List(known), OptionValue::List(more)) => {
                let new: Vec<_> = more.into_iter().filter(|(item, _)| !known.iter().any(|(known, _)| known == item)).collect();
                known.extend(new);
            }
            (value, own) => *value = own,
        }
    }
}
