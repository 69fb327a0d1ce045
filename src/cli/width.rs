//! How wide text on standard output may be.

use terminal_size::{Width, terminal_size_of};

/// Where nobody says how wide it is: files, pipes, logs of CI.
const USUAL: usize = 100;

/// COLUMNS, else the terminal's columns where standard output is one. Wide terminals get wide text, but not wider than people read.
pub fn columns() -> usize {
    let said = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let terminal = || terminal_size_of(std::io::stdout()).map(|(Width(columns), _)| usize::from(columns));
    said.or_else(terminal).unwrap_or(USUAL).clamp(60, 140)
}
