//! How far a run is: counters that the work moves on, for whoever looks at them meanwhile.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

#[derive(Debug, Default)]
pub struct Progress {
    files: AtomicUsize,
    roots: AtomicUsize,
    judged: AtomicUsize,
}

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Files are found and read: so many so far.
    Reading { files: usize },
    /// Root modules are evaluated and judged.
    Judging { judged: usize, roots: usize },
}

impl Progress {
    /// A file was read.
    pub fn read(&self) {
        self.files.fetch_add(1, Relaxed);
    }

    /// So many root modules more are to be judged.
    pub fn to_judge(&self, roots: usize) {
        self.roots.fetch_add(roots, Relaxed);
    }

    /// A root module was judged.
    pub fn judged(&self) {
        self.judged.fetch_add(1, Relaxed);
    }

    pub fn step(&self) -> Step {
        match self.roots.load(Relaxed) {
            0 => Step::Reading { files: self.files.load(Relaxed) },
            roots => Step::Judging { judged: self.judged.load(Relaxed).min(roots), roots },
        }
    }
}
