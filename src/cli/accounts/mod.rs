//! `rolelint accounts`: whose accounts source deals with, and why.

mod hcl;
mod json;
mod naming;
mod text;

use std::io::{self, Write};
use std::sync::Arc;

use super::arguments::{AccountsArguments, AccountsFormat};
use super::configuration::{Configuration, data_directory};
use super::width::columns;
use super::{CLEAN, FAILED, complain, excluded, with_threads};
use crate::engine::{Settings, accounts};
use crate::eval::Options;
use crate::finding::{Problem, ProblemKind};
use crate::project::Request;
use crate::source::{ColumnUnit, Sources, Span};

pub fn accounts(arguments: &AccountsArguments) -> io::Result<u8> {
    with_threads(arguments.threads, || accounts_here(arguments))
}

fn accounts_here(arguments: &AccountsArguments) -> io::Result<u8> {
    let mut configuration = match Configuration::find(arguments.config.as_deref(), arguments.no_config, &arguments.paths) {
        Ok(configuration) => configuration,
        Err(message) => {
            complain(&message);
            return Ok(FAILED);
        }
    };
    let request = Request {
        paths: arguments.paths.clone(),
        gitignore: !arguments.no_gitignore,
        exclude: excluded(&arguments.exclude).collect(),
        force_exclude: false,
        changed: false,
        stands_for_all: Vec::new(),
        data_directory: data_directory(),
        source: None,
        progress: Arc::default(),
    };
    let project = configuration.read_project(request);
    let sources = &project.sources;
    let configurations = configuration.parse(sources, &project.idle);
    let mut given = arguments.variables.read(sources, |path| std::fs::read(path));
    given.problems.extend(given.undeclared(&project.tree));
    let options = Options { workspace: arguments.workspace.clone(), variables: given.values };
    // No rule runs: only what finds the values counts.
    let settings = Settings { configurations, options, ignores: true, ..Settings::default() };
    let config = settings.configurations.merged();
    let mut map = accounts::map(&project.tree, sources, &settings);
    let shown = naming::named(&map, &config);
    let name = |number: &str| shown.get(number).map(|name| name.name.as_str());
    map.accounts.sort_by(|a, b| (a.whose, name(&a.number), &a.number).cmp(&(b.whose, name(&b.number), &b.number)));
    let mut out = io::BufWriter::new(io::stdout().lock());
    match arguments.format {
        AccountsFormat::Text => {
            let style = text::Style { color: arguments.color.wanted(), columns: columns(), all: arguments.all };
            out.write_all(text::page(&map, &shown, sources, style).as_bytes())?;
        }
        AccountsFormat::Json => writeln!(out, "{:#}", json::report(&map, &shown, sources))?,
        AccountsFormat::Hcl => out.write_all(hcl::configuration(&map, &shown, &config, sources).as_bytes())?,
    }
    out.flush()?;
    let problems = settings.configurations.problems.iter().chain(&given.problems).chain(&map.problems).chain(&project.problems);
    let is_told = |problem: &&Problem| matches!(problem.kind, ProblemKind::Config | ProblemKind::NoEffect | ProblemKind::Unreadable);
    let told: Vec<&Problem> = problems.filter(is_told).collect();
    for problem in &told {
        let place = problem.span.map(|span| format!("{}: ", place(sources, span))).unwrap_or_default();
        complain(&format!("{place}{}", problem.message));
    }
    // Of nothing there is no map.
    let nothing = project.files.is_empty();
    project.empty.iter().for_each(|message| complain(message));
    let failed = told.iter().any(|problem| problem.kind == ProblemKind::Config) || !project.empty.is_empty() || nothing;
    std::mem::forget((project, map, settings));
    Ok(if failed { FAILED } else { CLEAN })
}

/// `path:line`
fn place(sources: &Sources, span: Span) -> String {
    let (start, _) = sources.positions(span, ColumnUnit::Characters);
    format!("{}:{}", sources.file(span.file).path, start.line)
}

/// A root module's directory; the one that is looked at is `.`.
fn root_name(root: &str) -> &str {
    if root.is_empty() { "." } else { root }
}
