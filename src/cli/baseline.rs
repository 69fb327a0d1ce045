//! The baseline file: which findings are known, read before the analysis and written after it.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::destination;
use crate::engine::Baseline;
use crate::finding::{Finding, Known, Outcome};
use crate::project::{self, Project};
use crate::report::baseline::{parse, write};
use crate::report::count;
use crate::source::Sources;
use crate::terraform::normalise;

/// What a baseline file is called where nobody names one.
const DEFAULT: &str = ".rolelint-baseline.json";

/// Which file, and what to do with it.
#[derive(Clone, Debug)]
pub struct BaselineFile {
    path: PathBuf,
    /// Whether it is to be written.
    pub write: bool,
    /// Whether the configuration names it.
    configured: bool,
}

impl BaselineFile {
    /// The file that is named, else the one of the configuration; one is written even if nobody names it. `configured` is relative to
    /// where its configuration file is, and must stay in the repository.
    pub fn choose(named: Option<&Path>, configured: Option<PathBuf>, write: bool, start: &Path) -> Result<Option<BaselineFile>, String> {
        if let Some(path) = configured.as_ref().filter(|_| named.is_none()) {
            project::check_found(path).map_err(|reason| format!("the baseline `{}` is not read: {reason}", project::shown(path)))?;
        }
        let is_configured = configured.is_some();
        let path = named.map(Path::to_path_buf).or(configured);
        let default = || project::containing_root(start).map_or_else(|| PathBuf::from(DEFAULT), |root| root.join(DEFAULT));
        Ok(match (path, write) {
            (Some(path), _) => Some(BaselineFile { path, write, configured: is_configured }),
            (None, true) => Some(BaselineFile { path: default(), write, configured: false }),
            (None, false) => None,
        })
    }

    /// Whether it is this file.
    pub fn is_at(&self, path: &Path) -> bool {
        project::shown(path) == self.shown()
    }

    fn shown(&self) -> String {
        Some(project::shown(&self.path)).filter(|shown| !shown.is_empty()).unwrap_or_else(|| ".".to_owned())
    }

    fn parent(&self) -> &Path {
        self.path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
    }

    /// No link of the repository decides where it is written.
    pub fn refuse_links(&self, roots: &[PathBuf]) -> Result<(), String> {
        match self.write {
            true => destination::refuse_links(&self.path, roots).map_err(|reason| format!("--write-baseline: {reason}")),
            false => Ok(()),
        }
    }

    /// What it holds. Where it is to be written it need not be there yet.
    pub fn read(&self, sources: &Sources) -> Result<Baseline, String> {
        let directory = self.path.parent().map(project::shown).unwrap_or_default();
        let directory = sources.absolute(&directory).unwrap_or(directory);
        let text = match project::read_named(&self.path) {
            Ok(bytes) => String::from_utf8(bytes).map_err(|_| format!("the baseline `{}` is not UTF-8", self.shown()))?,
            Err(_) if self.write && !self.path.exists() => return Ok(Baseline { known: Vec::new(), directory }),
            Err(reason) => {
                let hint = if self.path.exists() || !self.parent().is_dir() { "" } else { ": --write-baseline makes it" };
                return Err(format!("cannot read the baseline `{}`: {reason}{hint}", self.shown()));
            }
        };
        if text.lines().any(|line| line.starts_with("<<<<<<<")) {
            let path = self.shown();
            return Err(format!("the baseline `{path}` holds conflict markers: take one of the two sides, and run --write-baseline again"));
        }
        let known = parse(&text).map_err(|wrong| {
            let at = wrong.at.map_or_else(String::new, |(line, column)| format!(":{line}:{column}"));
            format!("{}{at}: this is not a baseline: {}", self.shown(), wrong.reason)
        })?;
        Ok(Baseline { known, directory })
    }

    /// Writes what is found now: a temporary file beside it takes its place in one step, so that nobody sees half of it.
    pub fn save(&self, known: &[Known]) -> io::Result<()> {
        // The name of the temporary file, which the error has, says nothing to anybody.
        let named = |error: io::Error| io::Error::new(error.kind(), format!("`{}`: {}", self.shown(), error.kind()));
        let directory = self.parent();
        if !directory.is_dir() {
            let message = format!("`{}`: the directory `{}` is not there", self.shown(), project::shown(directory));
            return Err(io::Error::new(io::ErrorKind::NotFound, message));
        }
        let mut file = tempfile::Builder::new().prefix(".rolelint-").tempfile_in(directory).map_err(named)?;
        let mut out = io::BufWriter::new(file.as_file_mut());
        write(known, &mut out).and_then(|()| out.flush()).map_err(named)?;
        drop(out);
        readable(file.as_file()).map_err(named)?;
        file.persist(&self.path).map(drop).map_err(|error| named(error.error))
    }

    /// What to say of a file that has been written. `used`: how many entries there were before, and how many of those are gone.
    pub fn written(&self, known: &[Known], (before, gone): (usize, usize), reason: Option<&str>) -> String {
        let added = known.len().saturating_sub(before.saturating_sub(gone));
        let next = if self.configured { "" } else { "; name it as `baseline` in .rolelint.hcl, so that every run knows it" };
        let idle = if reason.is_some() && added == 0 { "; --reason is for what is added, so it stands nowhere" } else { "" };
        let entries = count(known.len(), "entry", "entries");
        format!("wrote {entries} to `{}`: {added} added, {gone} removed{idle}{next}", self.shown())
    }

    /// What `--verbose` says of it.
    pub fn described(&self, baseline: &Baseline) -> String {
        format!("the baseline `{}` has {}", self.shown(), count(baseline.known.len(), "entry", "entries"))
    }
}

/// A temporary file is its owner's alone; this one is for the repository.
#[cfg(unix)]
fn readable(file: &std::fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable(_: &std::fs::File) -> io::Result<()> {
    Ok(())
}

/// What a baseline of this run holds: every instance of every finding that it shows or that was known, and what of the old one this run does
/// not know.
pub fn entries(outcome: &Outcome, kept: Vec<Known>, reason: Option<&str>) -> Vec<Known> {
    // Nobody has seen what is too harmless to be shown.
    let is_kept = |finding: &&Finding| finding.is_in_baseline() || finding.suppressed.is_none() && !finding.hidden;
    let found = outcome.findings.iter().filter(is_kept);
    let with_reason = |known: &Known, is_new: bool| match (is_new, reason) {
        (true, Some(reason)) => Known { reason: Some(reason.to_owned()), ..known.clone() },
        _ => known.clone(),
    };
    let found = found.flat_map(|finding| finding.known_as.iter().map(|known| with_reason(known, finding.suppressed.is_none())));
    found.chain(kept).collect()
}

/// Parts the entries that nothing matches into those that are gone and those of what this run did not look at. `own_values`: this run has
/// values of its own, with which another one may find something else.
pub fn part(outcome: &mut Outcome, project: &Project, directory: &str, own_values: bool) -> Vec<Known> {
    // Of what could not be analysed, or was judged by a wrong configuration, nobody knows what would be found.
    let incomplete = own_values || outcome.problems.iter().any(|problem| problem.kind.fails(false));
    let Some(used) = &mut outcome.baseline else { return Vec::new() };
    // What is excluded was not looked at, whoever walked by.
    let was_seen = |known: &Known| {
        let root = normalise(directory, &known.root);
        let is_asked = project.only.is_empty() || project.only.contains(&project::shown(Path::new(&root)));
        !incomplete && is_asked && project.was_walked(&root) && !project.is_excluded(&format!("{root}/main.tf"))
    };
    let (gone, unseen): (Vec<Known>, Vec<Known>) = std::mem::take(&mut used.gone).into_iter().partition(was_seen);
    used.gone = gone;
    used.unasked.iter().cloned().chain(unseen).collect()
}
