//! A line on standard error that says what a long run is doing, where somebody watches.

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use terminal_size::{Width, terminal_size_of};

use crate::progress::{Progress, Step};

/// What ends before this says nothing.
const PATIENCE: Duration = Duration::from_millis(300);
const BETWEEN: Duration = Duration::from_millis(100);
/// Back to the beginning of the line, and nothing on it.
const CLEAR: &str = "\r\u{1b}[2K";

/// The line, which is there until this is dropped.
pub struct Line {
    pub progress: Arc<Progress>,
    /// Nothing where nobody watches.
    writer: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Line {
    /// `quiet`: others write to standard error meanwhile, and would write into the line.
    pub fn start(quiet: bool) -> Line {
        let progress = Arc::<Progress>::default();
        let watched = !quiet && is_watched();
        let writer = watched.then(|| {
            let (stop, stopped) = channel();
            let progress = Arc::clone(&progress);
            let write = move || {
                let mut wait = PATIENCE;
                while stopped.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                    wait = BETWEEN;
                    let _ = io::stderr().lock().write_all(format!("{CLEAR}{}", fitting(&said(progress.step()), columns())).as_bytes());
                }
                if wait == BETWEEN {
                    let _ = io::stderr().lock().write_all(CLEAR.as_bytes());
                }
            };
            // Where no thread can be had the work is what counts.
            Some((stop, std::thread::Builder::new().spawn(write).ok()?))
        });
        Line { progress, writer: writer.flatten() }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.writer.take() {
            drop(stop);
            let _ = thread.join();
        }
    }
}

/// Whether standard error is a terminal that can take a line back, with somebody before it.
fn is_watched() -> bool {
    let obeys = anstyle_query::term_supports_color() && anstyle_query::windows::enable_ansi_colors() != Some(false);
    io::stderr().is_terminal() && !anstyle_query::is_ci() && obeys
}

fn columns() -> usize {
    terminal_size_of(io::stderr()).map_or(80, |(Width(columns), _)| usize::from(columns))
}

fn said(step: Step) -> String {
    match step {
        Step::Reading { files: 0 } => "Reading files".to_owned(),
        Step::Reading { files } => format!("Reading files: {files}"),
        Step::Judging { judged, roots } => format!("Evaluating and judging root modules: {judged} of {roots}"),
    }
}

/// A line that wraps could not be taken back. All of it is ASCII.
fn fitting(line: &str, columns: usize) -> &str {
    line.get(..columns.saturating_sub(1)).unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_what_is_done_and_never_wraps() {
        let progress = Progress::default();
        assert_eq!(said(progress.step()), "Reading files");
        progress.read();
        assert_eq!(said(progress.step()), "Reading files: 1");
        progress.to_judge(12);
        progress.judged();
        let line = said(progress.step());
        assert_eq!(line, "Evaluating and judging root modules: 1 of 12");
        assert_eq!(fitting(&line, 11), "Evaluating");
        assert_eq!(fitting(&line, 200), line);
    }
}
