//! What a run is to look for, and at which level each rule runs where.

use std::sync::Arc;

use super::baseline::Baseline;
use super::configurations::{Configurations, Holds};
use crate::config::{Config, Persona};
use crate::eval::Options;
use crate::finding::{FailOn, Level, Severity};
use crate::progress::Progress;
use crate::rules::{About, Selection};
use crate::source::{FileId, Sources};

/// What a run is to look for.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    pub configurations: Configurations,
    pub options: Options,
    /// What is asked for by whoever starts the run, which counts before every file.
    pub asked: Asked,
    /// The findings that are known.
    pub baseline: Option<Baseline>,
    /// Whether the run sees every caller of what it analyses, and no values that only this run has: then what it does not find is not there.
    pub whole: bool,
    /// Whether ignore comments count.
    pub ignores: bool,
    /// `2027-01-31`: an ignore comment whose date is past has no effect. None: no date is past.
    pub today: Option<String>,
    /// Told of each root module, for those who wait.
    pub progress: Arc<Progress>,
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

    /// Whether a rule is asked: it runs somewhere, or takes the place of another one that does although it does not run itself.
    pub fn asks(&self, about: &About) -> bool {
        let stands_in = || self.configurations.all().any(|holds| stands_in(about, holds, &self.asked));
        self.runs(about) || (!about.supersedes.is_empty() && stands_in())
    }

    /// Whether what a rule says in a file takes the place of what others say there.
    pub fn takes_place(&self, about: &About, file: FileId, sources: &Sources) -> bool {
        stands_in(about, self.configurations.of(file, sources), &self.asked)
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

    /// Whether a finding of a rule at a level fails the run where a configuration holds. Who asks on the command line decides; else a level
    /// that is set for the rule, and then `fail_on`.
    pub fn fails(&self, about: &About, level: Level, config: &Config) -> bool {
        let at_least = |fail_on: FailOn| fail_on.least().is_some_and(|least| about.severity >= least);
        let has_level = config.rules.get(about.id).is_some_and(|rule| rule.level.is_some() || rule.at_least == Some(Level::Deny));
        let also = || config.also_fail_on.is_some_and(|least| about.severity >= least);
        match (self.fail_on, config.fail_on) {
            (Some(asked), _) => at_least(asked),
            (None, Some(own)) if !has_level => at_least(own) || also(),
            (None, _) => level == Level::Deny || also(),
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
    let own = (is_wanted(about, holds, asked) && !is_switched_off(about, holds, asked)).then(|| by_level.unwrap_or(default));
    own.max(at_least)
}

/// Whether a rule would run if nothing switched it off by its name.
fn is_wanted(about: &About, holds: &Holds, asked: &Asked) -> bool {
    let Holds { config, select, .. } = holds;
    // Who selects rules on the command line does not mean the file's lists, but still its levels.
    let select = if asked.select.is_empty() { select } else { &asked.select };
    if !select.is_empty() && !select.has(about.id) {
        return false;
    }
    let has_level = config.rules.get(about.id).is_some_and(|rule| rule.level.is_some_and(|level| level != Level::Allow));
    select.has_exactly(about.id) || has_level || about.persona <= asked.persona.or(config.persona).unwrap_or_default()
}

fn is_switched_off(about: &About, holds: &Holds, asked: &Asked) -> bool {
    let allowed = holds.config.rules.get(about.id).is_some_and(|rule| rule.level == Some(Level::Allow));
    allowed || asked.ignore.has(about.id) || (asked.select.is_empty() && holds.ignore.has(about.id))
}

/// Whether what a rule says takes the place of what others say: where it runs, or would if neither a name switched it off nor `--select` left
/// it out. Who does not want to hear of a mistake does not want to hear of it in other words, and `--select` shows a part of what the whole
/// run shows. A rule that only a nearer file adds takes nothing away.
fn stands_in(about: &About, holds: &Holds, asked: &Asked) -> bool {
    let whole = Asked { select: Selection::default(), ..asked.clone() };
    is_wanted(about, holds, asked) || is_wanted(about, holds, &whole)
}
