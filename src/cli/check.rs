//! `rolelint check`: read, judge, report.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

use super::arguments::{CheckArguments, CoverageDetail, FailOn};
use super::configuration::{Configuration, data_directory};
use super::destination;
use super::width::columns;
use super::{CLEAN, FAILED, FOUND, complain, no_rule, with_threads};
use crate::config::{self, Config};
use crate::engine::{self, Settings};
use crate::eval::Options;
use crate::finding::{Finding, Level, Outcome, Problem, ProblemKind, RuleInfo};
use crate::project::{self, Project, Request};
use crate::report::{self, Detail, Format, Report};
use crate::rules;
use crate::source::{FileId, FileKind, Span};
use crate::terraform::Module;

pub fn check(arguments: &CheckArguments) -> io::Result<u8> {
    with_threads(arguments.threads, || check_here(arguments))
}

fn check_here(arguments: &CheckArguments) -> io::Result<u8> {
    if let Some(wrong) = arguments.select.iter().chain(&arguments.ignore).find(|id| rules::find(id).is_none()) {
        complain(&no_rule(wrong));
        return Ok(FAILED);
    }
    let outputs = match outputs(arguments).and_then(|outputs| without_links(arguments, outputs)) {
        Ok(outputs) => outputs,
        Err(message) => {
            complain(&message);
            return Ok(FAILED);
        }
    };
    let start = arguments.source.as_ref().or(arguments.paths.first());
    let configuration = match Configuration::find(arguments.config.as_deref(), arguments.no_config, start.map(PathBuf::as_path)) {
        Ok(configuration) => configuration,
        Err(message) => {
            complain(&message);
            return Ok(FAILED);
        }
    };
    let request = Request {
        paths: arguments.paths.clone(),
        gitignore: !arguments.no_gitignore,
        exclude: arguments.exclude.iter().cloned().chain(configuration.exclude()).collect(),
        force_exclude: arguments.force_exclude,
        changed: arguments.changed,
        data_directory: data_directory(),
        source: arguments.source.clone(),
    };
    let project = project::read(&request);
    let config = configuration.parse(&project.sources);
    let (variables, problems) = arguments.variables.read(&project.sources, |path| std::fs::read(path));
    let settings = Settings {
        options: Options { workspace: arguments.workspace.clone(), variables },
        persona: arguments.persona.or(arguments.pedantic.then_some(config::Persona::Pedantic)).or(config.persona).unwrap_or_default(),
        select: arguments.select.clone(),
        ignore: arguments.ignore.clone(),
        ignores: !arguments.no_ignores,
        today: Some(today()),
        exclude_external_modules: arguments.exclude_external_modules || config.exclude_external_modules.unwrap_or(false),
        config,
    };
    let is_source =
        |id: &&FileId| Some(project.sources.file(**id)).is_some_and(|file| file.kind != FileKind::Policy && file.unread.is_none());
    let files = project.files.iter().filter(is_source).count();
    let mut outcome = engine::check(&project.tree, &project.sources, &settings, files);
    let mut first: Vec<Problem> = project.problems.clone();
    first.extend(settings.config.problems.iter().cloned());
    first.extend(unknown_rules(&settings.config));
    first.extend(problems);
    first.extend(undeclared(arguments, &project));
    outcome.problems.splice(0..0, first);
    narrow(&mut outcome, &project, arguments);
    report(arguments, &outputs, &project, &outcome)?;
    let strict = arguments.strict_coverage || settings.config.strict_coverage;
    let status = status(arguments, &project, &outcome, strict);
    // The process ends now: to free hundreds of thousands of small things one by one would only take time.
    std::mem::forget((project, outcome, settings));
    Ok(status)
}

/// Where reports go besides standard output.
fn outputs(arguments: &CheckArguments) -> Result<Vec<(Format, PathBuf)>, String> {
    let read = |output: &String| match output.split_once('=') {
        Some((format, file)) => match Format::parse(format) {
            Some(format) => Ok((format, PathBuf::from(file))),
            None => Err(format!("--output {output}: `{format}` is no format; expected full, concise, json or sarif")),
        },
        None if output == "-" => Err("--output -: the report of --format goes to standard output already".to_owned()),
        None if output.ends_with(".sarif") => Ok((Format::Sarif, PathBuf::from(output))),
        None if output.ends_with(".json") => Ok((Format::Json, PathBuf::from(output))),
        None => Ok((arguments.format, PathBuf::from(output))),
    };
    arguments.output.iter().map(read).collect()
}

/// The same, unless a link of the repository would decide where one of them goes.
fn without_links(arguments: &CheckArguments, outputs: Vec<(Format, PathBuf)>) -> Result<Vec<(Format, PathBuf)>, String> {
    let roots = destination::roots(arguments.paths.iter().chain(&arguments.source).map(PathBuf::as_path));
    outputs.iter().try_for_each(|(_, path)| destination::refuse_links(path, &roots).map_err(|reason| format!("--output: {reason}")))?;
    Ok(outputs)
}

/// What a rule's block takes beside `level`.
fn takes(options: &[&str]) -> String {
    match options {
        [] => ": it takes `level` alone".to_owned(),
        options => format!(": it takes `level` and `{}`", options.join("`, `")),
    }
}

/// Rules and options that the configuration names and that do not exist.
fn unknown_rules(config: &Config) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (id, rule) in &config.rules {
        match rules::find(id) {
            None => problems.push(Problem::new(ProblemKind::Config, no_rule(id), rule.span)),
            Some(known) => {
                let unknown = rule.options.keys().filter(|name| !known.about().options.contains(&&***name));
                let message = |name: &Arc<str>| format!("the rule `{id}` has no option `{name}`{}", takes(known.about().options));
                problems.extend(unknown.map(|name| Problem::new(ProblemKind::Config, message(name), rule.span)));
            }
        }
    }
    problems
}

/// Names that `--var` gives and no root module declares, as Terraform refuses them.
fn undeclared(arguments: &CheckArguments, project: &project::Project) -> Vec<Problem> {
    let tree = &project.tree;
    let roots: Vec<&Module> = tree.roots().into_iter().filter_map(|root| tree.module(root.module)).collect();
    let nowhere = |name: &&str| !roots.is_empty() && roots.iter().all(|root| !root.variables.contains_key(*name));
    let problem = |name| Problem::new(ProblemKind::Config, format!("--var {name}: no root module declares this variable"), None);
    arguments.variables.names().filter(nowhere).map(problem).collect()
}

/// The current day in UTC, as ignore comments write it.
fn today() -> String {
    let seconds = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs());
    date_of(i64::try_from(seconds / 86_400).unwrap_or(0))
}

/// The civil date of a day counted from 1970-01-01 (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
fn date_of(days: i64) -> String {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_index = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_index + 2) / 5 + 1;
    let month = if month_index < 10 { month_index + 3 } else { month_index - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

/// Keeps what was asked for: findings of the named files' modules, of enough confidence.
fn narrow(outcome: &mut Outcome, project: &Project, arguments: &CheckArguments) {
    outcome.findings.retain(|finding| finding.confidence >= arguments.min_confidence);
    if project.only.is_empty() {
        return;
    }
    let wanted = |span: Span| {
        let file = project.sources.file(span.file);
        project.only.contains(file.directory()) || project.only.contains(&file.path)
    };
    let touches = |finding: &Finding| {
        let labels = finding.labels.iter().chain(&finding.trace).map(|label| label.span);
        // What a unit gives to a module that many run touches the unit, whichever of them the finding tells of.
        let root = finding.roots.iter().any(|root| project.only.contains(root));
        root || std::iter::once(finding.primary.span).chain(labels).any(wanted)
    };
    outcome.findings.retain(touches);
    outcome.problems.retain(|problem| problem.span.is_none_or(wanted));
    let touched = |file: &FileId| {
        let file = project.sources.file(*file);
        project.only.contains(file.directory()) || project.only.contains(&file.path)
    };
    outcome.coverage.policies.retain(|policy| project.only.contains(&*policy.root) || policy.files.iter().any(touched));
}

fn report(arguments: &CheckArguments, outputs: &[(Format, PathBuf)], project: &Project, outcome: &Outcome) -> io::Result<()> {
    let rules: Vec<RuleInfo> = rules::ALL.iter().map(|rule| rules::info(rule.about())).collect();
    let mut options = report::Options {
        color: arguments.color.wanted(&io::stdout()),
        coverage: match arguments.coverage {
            None => Detail::None,
            Some(CoverageDetail::Short) => Detail::Short,
            Some(CoverageDetail::All) => Detail::All,
        },
        min_severity: arguments.min_severity,
        suppressed: arguments.show_suppressed,
        category: arguments.sarif_category.as_deref(),
        ..report::Options::default()
    };
    let report = |options: report::Options<'_>, format: Format, out: &mut dyn Write| {
        Report { sources: &project.sources, outcome, rules: &rules, options }.write(format, out)
    };
    for (format, path) in outputs {
        let file =
            std::fs::File::create(path).map_err(|error| io::Error::new(error.kind(), format!("`{}`: {error}", project::shown(path))))?;
        let mut out = io::BufWriter::new(file);
        report(report::Options { color: false, ..options.clone() }, *format, &mut out)?;
        out.flush()?;
    }
    options.width = columns();
    let mut out = io::BufWriter::new(io::stdout().lock());
    report(options, arguments.format, &mut out)?;
    out.flush()
}

fn status(arguments: &CheckArguments, project: &Project, outcome: &Outcome, strict: bool) -> u8 {
    for path in &project.empty {
        complain(&format!("`{path}` holds no Terraform files"));
    }
    let fatal = |problem: &Problem| match problem.kind {
        ProblemKind::Internal | ProblemKind::Config => true,
        ProblemKind::Unreadable | ProblemKind::Syntax | ProblemKind::Limit => !arguments.keep_going,
        ProblemKind::Terraform | ProblemKind::Ignore => false,
    };
    let failed = outcome.problems.iter().any(fatal) || !project.empty.is_empty();
    let counts = |finding: &Finding| match arguments.fail_on {
        Some(FailOn::Never) => false,
        Some(FailOn::Severity(least)) => finding.severity >= least,
        None => finding.level == Level::Deny,
    };
    // What is not shown does not fail the run either.
    let shown = |finding: &&Finding| finding.suppressed.is_none() && finding.severity >= arguments.min_severity;
    let found = outcome.findings.iter().filter(shown).any(counts);
    let open = if strict { report::strict_lines(&project.sources, &outcome.coverage) } else { Vec::new() };
    open.iter().for_each(|line| complain(line));
    match (failed, found || !open.is_empty()) {
        _ if arguments.exit_zero => CLEAN,
        (true, _) => FAILED,
        (false, true) => FOUND,
        (false, false) => CLEAN,
    }
}

#[cfg(test)]
mod tests {
    use super::date_of;

    #[test]
    fn days_become_dates() {
        assert_eq!(date_of(0), "1970-01-01");
        assert_eq!(date_of(11_016), "2000-02-29");
        assert_eq!(date_of(20_819), "2027-01-01");
    }
}
