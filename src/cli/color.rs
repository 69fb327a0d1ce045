//! When text on standard output has colours, and when it has links.

use std::io::{IsTerminal, stdout};

use anstream::{AutoStream, ColorChoice};
use clap::ValueEnum;

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    Auto,
    Always,
    Never,
}

impl Color {
    /// anstream decides, as for clap's own help: NO_COLOR (no-color.org), CLICOLOR and CLICOLOR_FORCE (bixense.com/clicolors), TERM, and
    /// whether standard output is a terminal. GitHub's log is none and shows colours all the same.
    pub fn wanted(self) -> bool {
        let wanted = match self {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => AutoStream::choice(&stdout()) != ColorChoice::Never || (shown_elsewhere() && !refused()),
        };
        // Consoles of Windows show escape sequences only to those who ask for it.
        if wanted && stdout().is_terminal() {
            let _ = anstyle_query::windows::enable_ansi_colors();
        }
        wanted
    }
}

/// Whether something that is no terminal shows colours. FORCE_COLOR says so in the jobs of other CIs, which anstream does not know.
fn shown_elsewhere() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty() && value != "0");
    set("GITHUB_ACTIONS") || set("FORCE_COLOR")
}

fn refused() -> bool {
    anstyle_query::no_color() || anstyle_query::clicolor() == Some(false)
}

/// Whether rule ids are links (OSC 8): only where a terminal shows them. In a file or a pipe they would be in the way of who reads it.
pub fn hyperlinks(color: bool) -> bool {
    color && stdout().is_terminal() && supports_hyperlinks::supports_hyperlinks()
}
