//! `rolelint check`: read, judge, report.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::Offset;

use super::arguments::{CheckArguments, CoverageDetail};
use super::baseline::{self, BaselineFile};
use super::color::hyperlinks;
use super::configuration::{Configuration, data_directory};
use super::destination;
use super::output::{Output, outputs};
use super::progress;
use super::surroundings::Surroundings;
use super::width::columns;
use super::{CLEAN, FAILED, FOUND, complain, excluded, with_threads};
use crate::config::{self, Directories, DirectoryGlob, Persona};
use crate::engine::{self, Asked, Configurations, Settings, contradiction};
use crate::estate;
use crate::eval::Options;
use crate::finding::{Finding, Known, Outcome, Problem, ProblemKind, RuleInfo};
use crate::project::{self, Project, Request};
use crate::report::{self, Detail, Format, Report};
use crate::rules::{self, Selection};
use crate::source::{FileId, FileKind, Span};

pub fn check(arguments: &CheckArguments) -> io::Result<u8> {
    with_threads(arguments.threads, || match check_here(arguments) {
        Ok(status) => status,
        Err(message) => {
            complain(&message);
            Ok(FAILED)
        }
    })
}

/// The status; or what is wrong with the call, so that nothing was analysed.
fn check_here(arguments: &CheckArguments) -> Result<io::Result<u8>, String> {
    if let Some((glob, reason)) = arguments.exclude.iter().find_map(|glob| Some((glob, config::matches_nothing(glob)?))) {
        return Err(format!("--exclude {glob}: this glob {reason}"));
    }
    let asked = asked(arguments)?;
    let outputs = outputs(&arguments.output)?;
    no_link_decides(arguments, &outputs)?;
    let paths = paths(arguments);
    let starts: Vec<PathBuf> = arguments.source.iter().chain(&paths).cloned().collect();
    let mut configuration = Configuration::find(arguments.config.as_deref(), arguments.no_config, &starts)?;
    let line = progress::Line::start(arguments.verbose);
    let request = Request {
        paths,
        gitignore: !arguments.no_gitignore,
        exclude: excluded(&arguments.exclude).collect(),
        force_exclude: arguments.force_exclude,
        changed: arguments.changed,
        stands_for_all: configuration.baselines(),
        data_directory: data_directory(),
        source: arguments.source.clone(),
        progress: Arc::clone(&line.progress),
    };
    let project = configuration.read_project(request);
    no_source_is_overwritten(&outputs, &project)?;
    judge(arguments, asked, configuration, &outputs, project, line)
}

/// What is to be looked at. Of an empty list of changed files nothing is.
fn paths(arguments: &CheckArguments) -> Vec<PathBuf> {
    match arguments.paths.as_slice() {
        [] if arguments.changed => {
            complain("no changed files were named, so there is nothing to check");
            Vec::new()
        }
        [] => vec![PathBuf::from(".")],
        paths => paths.to_vec(),
    }
}

fn judge(
    arguments: &CheckArguments,
    asked: Asked,
    configuration: Configuration,
    outputs: &[Output],
    project: Project,
    line: progress::Line,
) -> Result<io::Result<u8>, String> {
    let mut configurations = configuration.parse(&project.sources, &project.idle);
    let directories = project.directories();
    configurations.hold_for(directories.iter().map(String::as_str), &project.sources);
    let file = baseline_file(arguments, &configurations)?;
    let baseline = file.as_ref().map(|file| file.read(&project.sources)).transpose()?;
    if let Some(output) = file.as_ref().and_then(|file| outputs.iter().find(|output| file.is_at(&output.path))) {
        return Err(format!("--output: `{}` is the baseline, and is not overwritten", project::shown(&output.path)));
    }
    let mut given = arguments.variables.read(&project.sources, |path| std::fs::read(path));
    given.problems.extend(given.undeclared(&project.tree));
    let settings = Settings {
        configurations,
        baseline,
        options: Options { workspace: arguments.workspace.clone(), variables: given.values },
        asked,
        whole: project.is_whole() && arguments.exclude.is_empty() && arguments.workspace.is_none() && arguments.variables.0.is_empty(),
        ignores: !arguments.no_ignores,
        today: Some(today()),
        progress: Arc::clone(&line.progress),
    };
    if arguments.verbose {
        verbose(&settings);
        file.iter().zip(&settings.baseline).for_each(|(file, baseline)| complain(&file.described(baseline)));
    }
    let is_source =
        |id: &&FileId| Some(project.sources.file(**id)).is_some_and(|file| file.kind != FileKind::Policy && file.unread.is_none());
    let files = project.files.iter().filter(is_source).count();
    let mut outcome = engine::check(&project.tree, &project.sources, &settings, files);
    outcome.problems.splice(0..0, project.problems.iter().cloned().chain(wrong(arguments, outputs, &project, &settings, given.problems)));
    leave_out_excluded(&mut outcome, &project);
    let kept = match &settings.baseline {
        Some(known) => {
            let own_values = arguments.workspace.is_some() || !arguments.variables.0.is_empty();
            baseline::part(&mut outcome, &project, &known.directory, own_values)
        }
        None => Vec::new(),
    };
    drop(line);
    Ok(match file.filter(|file| file.write) {
        Some(file) => {
            let beyond = narrow(&mut outcome, &project, arguments);
            write_baseline(&file, arguments, &outcome, [beyond, kept].concat(), &settings)
        }
        None => tell(arguments, outputs, project, outcome, settings),
    })
}

/// Reports what came of it, and says the status.
fn tell(arguments: &CheckArguments, outputs: &[Output], project: Project, mut outcome: Outcome, settings: Settings) -> io::Result<u8> {
    narrow(&mut outcome, &project, arguments);
    let also_fails = also_fails(&project, &outcome, &settings);
    let written = report(arguments, outputs, &project, &outcome, &also_fails);
    let status = status(arguments, &project, &outcome, &also_fails);
    // Who stops reading has still been told of what was found: `rolelint check . | head` fails as it does without `head`.
    if written.as_ref().is_err_and(|error| error.kind() != io::ErrorKind::BrokenPipe) {
        written?;
    }
    // The process ends now: to free hundreds of thousands of small things one by one would only take time.
    std::mem::forget((project, outcome, settings));
    Ok(status)
}

/// What is wrong with the configuration and with what is asked for. `of_variables` are mistakes in the values that are given.
fn wrong(
    arguments: &CheckArguments,
    outputs: &[Output],
    project: &Project,
    settings: &Settings,
    of_variables: Vec<Problem>,
) -> Vec<Problem> {
    let mut wrong = settings.configurations.problems.clone();
    wrong.extend(of_variables);
    let off = switched_off(settings);
    if off.is_empty() {
        wrong.extend(nothing_runs(arguments, settings));
    }
    wrong.extend(off);
    wrong.extend(idle_options(arguments, outputs, project));
    wrong.extend(options_of_idle_rules(settings));
    wrong.extend(idle_directories(settings, project));
    wrong
}

/// The baseline of this run, if there is one.
fn baseline_file(arguments: &CheckArguments, configurations: &Configurations) -> Result<Option<BaselineFile>, String> {
    let configured = configurations.baseline.as_ref().map(|(directory, name)| PathBuf::from(directory).join(&*name.text));
    let start = arguments.paths.first().map_or(Path::new("."), PathBuf::as_path);
    let file = BaselineFile::choose(arguments.baseline.as_deref(), configured, arguments.write_baseline, start)?;
    let roots = destination::roots(arguments.paths.iter().map(PathBuf::as_path));
    file.iter().try_for_each(|file| file.refuse_links(&roots))?;
    Ok(file)
}

/// Writes what is found now as known. Nothing is reported but problems: all of it is known from now on.
fn write_baseline(
    file: &BaselineFile,
    arguments: &CheckArguments,
    outcome: &Outcome,
    kept: Vec<Known>,
    settings: &Settings,
) -> io::Result<u8> {
    let known = baseline::entries(outcome, kept, arguments.reason.as_deref());
    file.save(&known)?;
    let fatal = || outcome.problems.iter().filter(|problem| problem.kind.fails(arguments.keep_going));
    fatal().for_each(|problem| complain(&format!("{}; what was known there is kept", problem.message)));
    let used = outcome.baseline.as_ref();
    let before = settings.baseline.as_ref().map_or(0, |baseline| baseline.known.len());
    let gone = used.map_or(0, |used| used.gone.len());
    complain(&file.written(&known, (before, gone), arguments.reason.as_deref()));
    Ok(if fatal().next().is_some() && !arguments.exit_zero { FAILED } else { CLEAN })
}

/// What the command line asks of rules and findings.
fn asked(arguments: &CheckArguments) -> Result<Asked, String> {
    let select = selection("--select", &arguments.select)?;
    let ignore = selection("--ignore", &arguments.ignore)?;
    if let Some(message) = contradiction(&select, &ignore) {
        return Err(format!("--select and --ignore: {message}"));
    }
    Ok(Asked {
        persona: arguments.persona.or(arguments.pedantic.then_some(Persona::Pedantic)),
        select,
        ignore,
        fail_on: arguments.fail_on,
        min_severity: arguments.min_severity,
        exclude_external_modules: arguments.exclude_external_modules,
        strict_coverage: arguments.strict_coverage,
    })
}

fn selection(option: &str, selectors: &[String]) -> Result<Selection, String> {
    let mut selection = Selection::default();
    for selector in selectors {
        selection.add(selector.trim()).map_err(|message| format!("{option}: {message}"))?;
    }
    Ok(selection)
}

/// No link of the repository decides where a report goes.
fn no_link_decides(arguments: &CheckArguments, outputs: &[Output]) -> Result<(), String> {
    let roots = destination::roots(arguments.paths.iter().chain(&arguments.source).map(PathBuf::as_path));
    outputs.iter().try_for_each(|output| destination::refuse_links(&output.path, &roots).map_err(|reason| format!("--output: {reason}")))
}

/// A report must not take the place of what it is about.
fn no_source_is_overwritten(outputs: &[Output], project: &Project) -> Result<(), String> {
    for Output { path, .. } in outputs {
        let shown = project::shown(path);
        if project.files.iter().any(|file| project.sources.file(*file).path == shown) {
            return Err(format!("--output: `{shown}` is a file that is analysed, and is not overwritten"));
        }
    }
    Ok(())
}

/// Which configuration files count, and how many rules run.
fn verbose(settings: &Settings) {
    let used = settings.configurations.used();
    for file in used {
        let place = match file.directory.as_deref() {
            None => "everything".to_owned(),
            Some("") => "the current directory".to_owned(),
            Some(directory) => format!("`{directory}`"),
        };
        let governed = file.governed_by.as_ref().map_or_else(String::new, |top| format!(", governed by `{top}`"));
        complain(&format!("the configuration `{}` counts for {place}{governed}", file.path));
    }
    if used.is_empty() {
        complain("there is no configuration file");
    }
    let run: Vec<&str> = rules::ALL.iter().map(|rule| rule.about()).filter(|about| settings.runs(about)).map(|about| about.id).collect();
    complain(&format!("{} of {} rules run: {}", run.len(), rules::ALL.len(), run.join(", ")));
}

/// That no rule runs, or none of those that one name selects: a run that checks nothing must not pass.
fn nothing_runs(arguments: &CheckArguments, settings: &Settings) -> Vec<Problem> {
    let runs = |id: &str| rules::find(id).is_some_and(|rule| settings.runs(rule.about()));
    let problem = |message: String, span| Problem::new(ProblemKind::Config, message, span);
    let idle = |selector: &str| {
        let mut one = Selection::default();
        one.add(selector).is_ok() && !one.ids().any(runs)
    };
    let why = |selector: &str| {
        let all_pedantic = rules::select_all(selector).iter().all(|about| about.persona > Persona::Default);
        if all_pedantic { ": its rules are pedantic, so name them by their ids, or use --pedantic" } else { "" }
    };
    let message = |selector: &str| format!("none of the rules that `{selector}` selects runs{}", why(selector));
    let asked = arguments.select.iter().map(|selector| selector.trim());
    let of_call = asked.filter(|selector| idle(selector)).map(|selector| problem(format!("--select: {}", message(selector)), None));
    let listed = settings.configurations.all().flat_map(|holds| &holds.config.select);
    let of_files = listed.filter(|name| arguments.select.is_empty() && idle(&name.text));
    let of_files = of_files.map(|name| problem(message(&name.text), Some(name.span)));
    let mut problems: Vec<Problem> = of_call.chain(of_files).collect();
    if problems.is_empty() && settings.configurations.all().next().is_some() && !rules::ALL.iter().any(|rule| settings.runs(rule.about())) {
        problems.push(problem("no rule runs, so nothing is checked".to_owned(), None));
    }
    problems
}

/// Rules that are selected by their id, and that the configuration switches off.
fn switched_off(settings: &Settings) -> Vec<Problem> {
    let select = &settings.asked.select;
    let off = rules::ALL.iter().map(|rule| rule.about()).filter(|about| select.has_exactly(about.id) && !settings.runs(about));
    let problem = |about: &rules::About| {
        let of = |holds: &engine::Holds| holds.config.rules.get(about.id).map(|rule| rule.span);
        let message = format!("--select {}: the rule does not run, because its level here is `allow`", about.id);
        Problem::new(ProblemKind::Config, message, settings.configurations.all().find_map(of))
    };
    off.map(problem).collect()
}

/// Options of rules that run nowhere.
fn options_of_idle_rules(settings: &Settings) -> Vec<Problem> {
    let of = |holds: &engine::Holds| {
        let idle = holds.config.rules.iter().filter(|(_, rule)| !rule.options.is_empty() && rule.level.is_none());
        let idle = idle.filter(|(id, _)| rules::find(id).is_some_and(|rule| !settings.runs(rule.about())));
        let message = |id: &str| format!("`{id}` does not run, so its options have no effect: a pedantic rule runs where it has a `level`");
        idle.map(|(id, rule)| Problem::new(ProblemKind::NoEffect, message(id), rule.span)).collect::<Vec<_>>()
    };
    // Who asks for some rules only knows that others do not run.
    if settings.asked.select.is_empty() { settings.configurations.all().flat_map(of).collect() } else { Vec::new() }
}

/// Options that do nothing in this run.
fn idle_options(arguments: &CheckArguments, outputs: &[Output], project: &Project) -> Vec<Problem> {
    let problem = |kind, message: String| Problem::new(kind, message, None);
    let reports_in =
        |formats: &[Format]| outputs.iter().map(|one| one.format).chain([arguments.format]).any(|format| formats.contains(&format));
    let source = arguments.source.iter().filter(|_| !project.has_plan).map(|source| {
        let message = format!("--source {}: no plan was named that this could be the source of", project::shown(source));
        problem(ProblemKind::Config, message)
    });
    let exclude = project.idle.iter().filter(|excluded| excluded.file.is_none() && !arguments.changed);
    let exclude = exclude.map(|excluded| problem(ProblemKind::NoEffect, format!("--exclude {}: nothing matches", excluded.glob)));
    let category = arguments.sarif_category.iter().filter(|_| !reports_in(&[Format::Sarif]));
    let category =
        category.map(|name| problem(ProblemKind::NoEffect, format!("--sarif-category {name}: no report of this run is in SARIF")));
    let counting = [Format::Full, Format::Concise, Format::Json, Format::Markdown];
    let statistics = (arguments.statistics && !reports_in(&counting))
        .then(|| problem(ProblemKind::NoEffect, "--statistics: no report of this run is in a format that counts".to_owned()));
    source.chain(exclude).chain(category).chain(statistics).collect()
}

/// Directories that an account is said to have, and that hold no root module.
fn idle_directories(settings: &Settings, project: &Project) -> Vec<Problem> {
    let (tree, sources) = (&project.tree, &project.sources);
    let roots: Vec<String> = tree.roots().iter().map(|root| estate::run_in(tree, sources, root)).collect();
    let config = settings.configurations.merged();
    let directories = config.accounts.iter().filter_map(|account| account.directories.as_ref());
    // Of what was not looked at nobody knows what it holds.
    let is_known = |directories: &&Directories| project.was_walked(sources.file(directories.span.file).directory());
    let idle = directories.filter(is_known).flat_map(|directories| directories.idle(&roots, sources));
    let problem = |glob: &DirectoryGlob| {
        let message = format!("`{}` holds no root module, so the account has none there", glob.written);
        Problem::new(ProblemKind::NoEffect, message, glob.span)
    };
    idle.map(problem).collect()
}

/// The current day in UTC, as ignore comments write it.
fn today() -> String {
    Offset::UTC.to_datetime(Timestamp::now()).date().to_string()
}

/// Leaves out what is at fault in files that are excluded, and that somebody reads or calls all the same.
fn leave_out_excluded(outcome: &mut Outcome, project: &Project) {
    let is_excluded = |span: Span| project.is_excluded(&project.sources.file(span.file).path);
    outcome.findings.retain(|finding| !is_excluded(finding.primary.span));
    outcome.comments.retain(|comment| !is_excluded(comment.span));
    outcome.problems.retain(|problem| problem.kind != ProblemKind::Ignore || !problem.span.is_some_and(is_excluded));
}

/// Keeps what was asked for: findings of the named files' modules, of enough confidence. Returns what the baseline knows of the others.
fn narrow(outcome: &mut Outcome, project: &Project, arguments: &CheckArguments) -> Vec<Known> {
    let mut beyond = leave(outcome, |finding| finding.confidence >= arguments.min_confidence);
    if project.only.is_empty() {
        return beyond;
    }
    let is_named = |file: FileId| {
        let file = project.sources.file(file);
        project.only.contains(file.directory()) || project.only.contains(&file.path)
    };
    let wanted = |span: Span| is_named(span.file);
    let touches = |finding: &Finding| {
        let labels = finding.labels.iter().chain(&finding.trace).map(|label| label.span);
        // What a unit gives to a module that many run touches the unit, whichever of them the finding tells of.
        let root = finding.roots.iter().any(|root| project.only.contains(root));
        root || std::iter::once(finding.primary.span).chain(labels).any(wanted)
    };
    beyond.extend(leave(outcome, touches));
    // What is wrong with the configuration is so whatever has changed.
    let is_asked = |problem: &Problem| matches!(problem.kind, ProblemKind::Config | ProblemKind::NoEffect);
    outcome.problems.retain(|problem| is_asked(problem) || problem.span.is_none_or(wanted));
    outcome.comments.retain(|comment| wanted(comment.span));
    outcome.coverage.policies.retain(|policy| project.only.contains(&*policy.root) || policy.files.iter().any(|file| is_named(*file)));
    beyond
}

/// Leaves these findings, and returns what the baseline knows of the others.
fn leave(outcome: &mut Outcome, wanted: impl Fn(&Finding) -> bool) -> Vec<Known> {
    let (wanted, others): (Vec<Finding>, Vec<Finding>) = std::mem::take(&mut outcome.findings).into_iter().partition(wanted);
    outcome.findings = wanted;
    others.into_iter().filter(Finding::is_in_baseline).flat_map(|finding| finding.known_as).collect()
}

/// A report takes the place of nothing that this run has read, and of nothing that is git's.
fn refuse_what_was_read(path: &Path, project: &Project) -> io::Result<()> {
    let shown = project::shown(path);
    let was_read = project.sources.ids().into_iter().any(|file| project.sources.file(file).path == shown);
    match was_read || shown.split('/').any(|part| part == ".git") {
        true => Err(io::Error::new(io::ErrorKind::InvalidInput, format!("`{shown}` is not a report: it was read, or is git's"))),
        false => Ok(()),
    }
}

fn report(arguments: &CheckArguments, outputs: &[Output], project: &Project, outcome: &Outcome, also_fails: &[String]) -> io::Result<()> {
    let surroundings = Surroundings::look();
    let rules: Vec<RuleInfo> = rules::ALL.iter().map(|rule| rules::info(rule.about())).collect();
    let mut options = report::Options {
        color: arguments.color.wanted(),
        coverage: match arguments.coverage {
            None => Detail::None,
            Some(CoverageDetail::Short) => Detail::Short,
            Some(CoverageDetail::All) => Detail::All,
        },
        suppressed: arguments.show_suppressed,
        category: arguments.sarif_category.as_deref(),
        statistics: arguments.statistics,
        keep_going: arguments.keep_going,
        also_fails,
        ..report::Options::default()
    };
    let report = |options: report::Options<'_>, format: Format, out: &mut dyn Write| {
        Report { sources: &project.sources, outcome, rules: &rules, options: surroundings.tell(format, options) }.write(format, out)
    };
    for Output { format, path } in outputs {
        refuse_what_was_read(path, project)?;
        let file =
            std::fs::File::create(path).map_err(|error| io::Error::new(error.kind(), format!("`{}`: {error}", project::shown(path))))?;
        let mut out = io::BufWriter::new(file);
        report(report::Options { color: false, ..options.clone() }, *format, &mut out)?;
        out.flush()?;
    }
    options.width = columns();
    options.hyperlinks = hyperlinks(options.color);
    let mut out = io::BufWriter::new(io::stdout().lock());
    report(options, arguments.format, &mut out)?;
    out.flush()
}

/// What fails the run and is neither a finding nor a problem: directories without Terraform, which fail it with status 2, then policies that
/// source does not give, where that is asked for.
fn also_fails(project: &Project, outcome: &Outcome, settings: &Settings) -> Vec<String> {
    let is_strict = |span: Span| settings.asked.is_strict(&settings.configurations.of(span.file, &project.sources).config);
    let mut reasons: Vec<String> = project.empty.clone();
    reasons.extend(report::strict_lines(&project.sources, &outcome.coverage, &is_strict));
    reasons
}

fn status(arguments: &CheckArguments, project: &Project, outcome: &Outcome, also_fails: &[String]) -> u8 {
    also_fails.iter().for_each(|reason| complain(reason));
    let failed = outcome.problems.iter().any(|problem| problem.kind.fails(arguments.keep_going)) || !project.empty.is_empty();
    let found = outcome.findings.iter().any(Finding::fails_run);
    match (failed, found || !also_fails.is_empty()) {
        _ if arguments.exit_zero => CLEAN,
        (true, _) => FAILED,
        (false, true) => FOUND,
        (false, false) => CLEAN,
    }
}
