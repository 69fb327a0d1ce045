//! What a run is to look for, and at which level each rule runs where.

use super::configurations::{Configurations, Holds};
use crate::config::{Config, Persona};
use crate::eval::Options;
use crate::finding::{FailOn, Level, Severity};
use crate::rules::{About, Selection};
use crate::source::{FileId, Sources};

/// What a run is to look for.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    pub configurations: Configurations,
    pub options: Options,
    /// What is asked for by whoever starts the run, which counts before every file.
    pub asked: Asked,
    /// Whether ignore comments count.
    pub ignores: bool,
    /// `2027-01-31`: an ignore comment whose date is past has no effect. None: no date is past.
    pub today: Option<String>,
}

/// What the command line asks for.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    pub persona: Option<Persona>,
    /// The only rules to run; all if empty.
    pub select: Selection,
    /// Rules not to run.
    pub ignore: Selection,
    pub fail_on: Option<FailOn>,
    pub min_severity: Option<Severity>,
    /// Whether to leave out what is at fault inside of downloaded modules.
    pub exclude_external_modules: bool,
    /// Whether a policy that is not known fails the run.
    pub strict_coverage: bool,
}

impl Settings {
    /// Whether a rule runs anywhere.
    pub fn runs(&self, about: &About) -> bool {
        self.configurations.all().any(|holds| level(about, holds, &self.asked, false).is_some())
    }

    /// The level of a rule for what stands in a file; nothing if it does not run there.
    pub fn level_in(&self, about: &About, file: FileId, sources: &Sources, possible: bool) -> Option<Level> {
        level(about, self.configurations.of(file, sources), &self.asked, possible)
    }
}

impl Asked {
    /// The severity from which findings are shown where a configuration holds.
    pub fn shown_from(&self, config: &Config) -> Severity {
        self.min_severity.or(config.min_severity).unwrap_or(Severity::Info)
    }

    /// Whether a finding of a severity and level fails the run where a configuration holds.
    pub fn fails(&self, severity: Severity, level: Level, config: &Config) -> bool {
        let at_least = |fail_on: FailOn| fail_on.least().is_some_and(|least| severity >= least);
        match (self.fail_on, config.fail_on) {
            (Some(asked), _) => at_least(asked),
            (None, own) => own.map_or(level == Level::Deny, at_least) || config.also_fail_on.is_some_and(|least| severity >= least),
        }
    }

    pub fn excludes_external_modules(&self, config: &Config) -> bool {
        self.exclude_external_modules || config.exclude_external_modules == Some(true)
    }

    pub fn is_strict(&self, config: &Config) -> bool {
        self.strict_coverage || config.strict_coverage == Some(true)
    }
}

/// The level at which a rule runs where a configuration holds; nothing if it does not run there. What is only `possible`, because it rests
/// on a condition that is not known, fails no run by itself.
pub fn level(about: &About, holds: &Holds, asked: &Asked, possible: bool) -> Option<Level> {
    let rule = holds.config.rules.get(about.id);
    let (by_level, at_least) = (rule.and_then(|rule| rule.level), rule.and_then(|rule| rule.at_least));
    if asked.ignore.has(about.id) || (!asked.select.is_empty() && !asked.select.has(about.id)) {
        return None;
    }
    let default = if about.severity >= Severity::Medium && !possible { Level::Deny } else { Level::Warn };
    let own = runs(about, holds, asked, by_level).then(|| by_level.unwrap_or(default));
    own.max(at_least)
}

fn runs(about: &About, holds: &Holds, asked: &Asked, by_level: Option<Level>) -> bool {
    let Holds { config, select, ignore } = holds;
    // Who selects rules on the command line does not mean the file's lists, but still its levels.
    let listed = !asked.select.is_empty() || !ignore.has(about.id) && (select.is_empty() || select.has(about.id));
    if !listed || by_level == Some(Level::Allow) {
        return false;
    }
    let named = asked.select.has_exactly(about.id) || select.has_exactly(about.id);
    let persona = asked.persona.or(config.persona).unwrap_or_default();
    named || by_level.is_some() || about.persona <= persona
}
