//! Globs of what is not analysed, each relative to the directory of the file that it stands in.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use globset::{Glob, GlobSet, GlobSetBuilder};

use super::absolute;
use crate::finding::{Problem, ProblemKind};

/// A glob with where it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excluded {
    pub glob: String,
    /// The directory that it is relative to, as findings show it.
    pub directory: String,
    /// The configuration file that has it; nothing for the command line.
    pub file: Option<String>,
}

/// What is left out. Clones share what was matched.
#[derive(Clone, Default)]
pub(super) struct Exclude {
    groups: Arc<Vec<Group>>,
}

/// The globs of one directory.
struct Group {
    /// Absolute, without a slash at its end.
    base: String,
    globs: GlobSet,
    /// Of each glob in the set, which of `excluded` it is made of.
    made_of: Vec<usize>,
    excluded: Vec<Excluded>,
    matched: Vec<AtomicBool>,
}

impl Exclude {
    pub fn new(all: &[Excluded], problems: &mut Vec<Problem>) -> Exclude {
        let mut bases: Vec<(String, Vec<Excluded>)> = Vec::new();
        for excluded in all {
            let base = absolute(&excluded.directory);
            match bases.iter_mut().find(|(known, _)| *known == base) {
                Some((_, list)) => list.push(excluded.clone()),
                None => bases.push((base, vec![excluded.clone()])),
            }
        }
        let groups = bases.into_iter().map(|(base, excluded)| Group::new(base, excluded, problems)).collect();
        Exclude { groups: Arc::new(groups) }
    }

    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// Whether a path, as findings show it, is left out.
    pub fn is_match(&self, shown: &str) -> bool {
        if self.is_empty() {
            return false;
        }
        let path = absolute(shown);
        // Every glob is asked, so that each knows whether it matches anything.
        self.groups.iter().filter(|group| group.is_match(&path)).count() > 0
    }

    /// The globs that have matched nothing so far.
    pub fn unmatched(&self) -> impl Iterator<Item = &Excluded> {
        self.all(false)
    }

    /// The globs that have matched something.
    pub fn matched(&self) -> impl Iterator<Item = &Excluded> {
        self.all(true)
    }

    fn all(&self, wanted: bool) -> impl Iterator<Item = &Excluded> {
        let pairs = self.groups.iter().flat_map(|group| group.excluded.iter().zip(&group.matched));
        pairs.filter(move |(_, matched)| matched.load(Ordering::Relaxed) == wanted).map(|(excluded, _)| excluded)
    }
}

impl Group {
    fn new(base: String, excluded: Vec<Excluded>, problems: &mut Vec<Problem>) -> Group {
        let mut builder = GlobSetBuilder::new();
        let mut made_of = Vec::new();
        for (at, Excluded { glob, .. }) in excluded.iter().enumerate() {
            let plain = glob.strip_prefix("./").unwrap_or(glob);
            // A directory's name leaves out what is in it.
            for pattern in [plain.to_owned(), format!("{}/**", plain.trim_end_matches('/'))] {
                match Glob::new(&pattern) {
                    Ok(glob) => {
                        builder.add(glob);
                        made_of.push(at);
                    }
                    Err(error) => {
                        problems.push(Problem::new(ProblemKind::Config, format!("`{glob}` is not a glob: {}", error.kind()), None));
                        break;
                    }
                }
            }
        }
        // Each may be a glob, and all of them together too large.
        let globs = builder.build().unwrap_or_else(|error| {
            let message = format!("nothing is excluded, because the globs cannot be used together: {}", error.kind());
            problems.push(Problem::new(ProblemKind::Config, message, None));
            GlobSet::empty()
        });
        let matched = excluded.iter().map(|_| AtomicBool::new(false)).collect();
        Group { base, globs, made_of, excluded, matched }
    }

    fn is_match(&self, absolute: &str) -> bool {
        let Some(inside) = absolute.strip_prefix(&*self.base).and_then(|rest| rest.strip_prefix('/')) else { return false };
        let found = self.globs.matches(inside);
        let made_of = found.iter().filter_map(|glob| self.made_of.get(*glob));
        made_of.filter_map(|at| self.matched.get(*at)).for_each(|matched| matched.store(true, Ordering::Relaxed));
        !found.is_empty()
    }
}
