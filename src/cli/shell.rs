//! What packages install beside the program: completions for shells, and manual pages.

use std::io::{self, Write};
use std::path::Path;

use clap::CommandFactory;
use clap::builder::PossibleValuesParser;
use clap_complete::Shell;

use super::arguments::Arguments;
use super::{CLEAN, FAILED, complain};
use crate::nearest::did_you_mean;
use crate::rules;

/// `rolelint completions SHELL`
pub fn completions(shell: Shell) -> io::Result<u8> {
    let ids = || PossibleValuesParser::new(rules::ALL.iter().map(|rule| rule.about().id));
    // Only here: a rule is also named by its tag or a glob, and what is no rule has a better message than clap's.
    let mut command = Arguments::command()
        .mut_subcommand("explain", |explain| explain.mut_arg("rule", |rule| rule.value_parser(ids())))
        .mut_subcommand("check", |check| {
            check.mut_arg("select", |rules| rules.value_parser(ids())).mut_arg("ignore", |rules| rules.value_parser(ids()))
        });
    // clap_complete panics where it cannot write: nobody may read on.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, "rolelint", &mut script);
    io::stdout().lock().write_all(&script)?;
    Ok(CLEAN)
}

/// `rolelint man`: one page on standard output, or all of them in a directory.
pub fn man(name: Option<&str>, directory: Option<&Path>) -> io::Result<u8> {
    // `help` is a page of every command's own.
    let mut command = Arguments::command().disable_help_subcommand(true);
    if let Some(directory) = directory {
        std::fs::create_dir_all(directory)?;
        clap_mangen::generate_to(command, directory)?;
        return Ok(CLEAN);
    }
    // Then subcommands know whose they are: `rolelint-check`.
    command.build();
    let found = match name {
        None => Some(&command),
        Some(name) => command.find_subcommand(name),
    };
    let Some(page) = found.cloned() else {
        let (name, names) = (name.unwrap_or_default(), command.get_subcommands().map(clap::Command::get_name).collect::<Vec<_>>());
        complain(&format!("unknown command `{name}`{}", did_you_mean(name, &names)));
        return Ok(FAILED);
    };
    let mut text = Vec::new();
    clap_mangen::Man::new(page).render(&mut text)?;
    io::stdout().lock().write_all(&text)?;
    Ok(CLEAN)
}
