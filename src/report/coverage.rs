//! What source does not give, for people: totals, what would have to be known, and each policy.

use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::Arc;

use super::summary::place;
use super::text::{Paint, count, enumerate, one_line, width, wrap};
use super::{Detail, Report};
use crate::finding::{Cause, Coverage, Missing, PolicyCoverage, Ranked, State};
use crate::source::{Sources, Span};

/// Causes and policies that `Detail::Short` names: about a screen.
const CAUSES: usize = 10;
const POLICIES: usize = 20;
/// Missing values named of one policy, if not all are asked for.
const VALUES: usize = 4;

/// `2 missing single values`, `1 partly known`, `1 unknown`: the states that occur, except fully known.
pub fn gaps(report: &Report) -> Vec<String> {
    let states = [(State::Leaves, "missing single values"), (State::Partial, "partly known"), (State::Unresolved, "unknown")];
    let counted = states.into_iter().map(|(state, how)| (report.outcome.coverage.count(state), how));
    counted.filter(|(n, _)| *n > 0).map(|(n, how)| format!("{n} {how}")).collect()
}

/// For reading.
pub fn write(report: &Report, paint: Paint, columns: usize, out: &mut dyn Write) -> io::Result<()> {
    let all = report.options.coverage == Detail::All;
    let causes = report.outcome.coverage.causes();
    let shown = if all { causes.len() } else { CAUSES };
    let listing =
        Listing { report, paint, columns, all, numbers: causes.iter().take(shown).map(|r| r.cause.id.as_str()).zip(1..).collect() };
    writeln!(out, "{}\n", paint.bold(totals(report)))?;
    if !causes.is_empty() {
        writeln!(out, "{}\n", paint.bold("How to make them known, most valuable first:"))?;
        for (n, ranked) in causes.iter().take(shown).enumerate() {
            listing.cause(n + 1, ranked, out)?;
        }
        if causes.len() > shown {
            writeln!(out, "     and {} more: --coverage all lists them\n", causes.len() - shown)?;
        }
    }
    listing.policies(out)?;
    listing.elsewhere(out)
}

/// `37 policies: 34 fully known, 2 missing single values, 1 partly known.`
fn totals(report: &Report) -> String {
    let coverage = &report.outcome.coverage;
    if coverage.policies.is_empty() {
        return "There are no policies.".to_owned();
    }
    let full = format!("{} fully known", coverage.count(State::Resolved));
    let parts: Vec<String> = std::iter::once(full).chain(gaps(report)).collect();
    format!("{}: {}.", count(coverage.policies.len(), "policy", "policies"), parts.join(", "))
}

fn depend(ranked: &Ranked) -> String {
    let Ranked { policies, structural, .. } = *ranked;
    let depend = if policies == 1 { "depends" } else { "depend" };
    let all = format!("{} {depend} on it", count(policies, "policy", "policies"));
    match policies - structural {
        0 => all,
        n if n == policies => format!("{all}, only for single values"),
        n => format!("{all}, {n} of them only for single values"),
    }
}

fn sentence(cause: &Cause) -> String {
    one_line(&format!("{}: {}", cause.message, cause.help)).into_owned()
}

struct Listing<'a> {
    report: &'a Report<'a>,
    paint: Paint,
    columns: usize,
    all: bool,
    /// Of the causes that are shown, by id.
    numbers: HashMap<&'a str, usize>,
}

impl Listing<'_> {
    fn cause(&self, n: usize, ranked: &Ranked, out: &mut dyn Write) -> io::Result<()> {
        let hang = "     ";
        let lines = wrap(&sentence(ranked.cause), self.columns.saturating_sub(hang.len())).join(&format!("\n{hang}"));
        writeln!(out, "{} {lines}", self.paint.accent(format!("{n:>3}.")))?;
        writeln!(out, "{hang}{}", depend(ranked))?;
        writeln!(out, "{hang}{}\n", self.paint.dim(place(self.report.sources, ranked.cause.span)))
    }

    /// Each policy under its state, the least known first.
    fn policies(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut room = if self.all { usize::MAX } else { POLICIES };
        for state in State::ALL {
            let policies = self.report.outcome.coverage.policies.iter().filter(|policy| policy.state == state);
            let groups = if self.all { policies.map(|policy| vec![policy]).collect() } else { alike(policies) };
            if groups.is_empty() || state == State::Resolved && !self.all {
                continue;
            }
            let heading = heading(state, groups.iter().map(Vec::len).sum());
            if room == 0 {
                writeln!(out, "{}\n", self.paint.bold(format!("{heading}: --coverage all lists them")))?;
                continue;
            }
            writeln!(out, "{}", self.paint.bold(format!("{heading}:")))?;
            for group in groups.iter().take(room) {
                self.policy(group, out)?;
            }
            let hidden: usize = groups.iter().skip(room).map(Vec::len).sum();
            if hidden > 0 {
                writeln!(out, "  and {hidden} more: --coverage all lists them")?;
            }
            room = room.saturating_sub(groups.len());
            writeln!(out)?;
        }
        Ok(())
    }

    /// Modules that are not there, by source.
    fn elsewhere(&self, out: &mut dyn Write) -> io::Result<()> {
        let calls = &self.report.outcome.coverage.elsewhere;
        let mut sources: Vec<(&str, Vec<Span>)> = Vec::new();
        for call in calls {
            match sources.iter_mut().find(|(source, _)| *source == call.source) {
                Some((_, spans)) => spans.push(call.span),
                None => sources.push((&call.source, vec![call.span])),
            }
        }
        if sources.is_empty() {
            return Ok(());
        }
        sources.sort_by_key(|(source, spans)| (std::cmp::Reverse(spans.len()), *source));
        let title = match sources.len() {
            1 => "1 module is not downloaded and was skipped: run `terraform init` to include it, or pass a plan".to_owned(),
            n => format!("{n} modules are not downloaded and were skipped: run `terraform init` to include them, or pass a plan"),
        };
        writeln!(out, "{}", self.paint.bold(wrap(&title, self.columns).join("\n")))?;
        let shown = if self.all { sources.len() } else { CAUSES };
        for (source, spans) in sources.iter().take(shown) {
            let at = spans.first().map_or_else(String::new, |span| place(self.report.sources, *span));
            let more = if spans.len() > 1 {
                format!(", and called in {}", count(spans.len() - 1, "more place", "more places"))
            } else {
                String::new()
            };
            let judged = match self.passed_to(source) {
                0 => String::new(),
                n => format!("; {} passed to it judged without it", count(n, "policy", "policies")),
            };
            writeln!(out, "  {}  `{}`{more}{judged}", self.paint.bold(at), one_line(source))?;
        }
        if sources.len() > shown {
            writeln!(out, "  and {} more: --coverage all lists them", sources.len() - shown)?;
        }
        writeln!(out)
    }

    /// How many policies are passed to modules of this source.
    fn passed_to(&self, source: &str) -> usize {
        let is_passed = |policy: &&PolicyCoverage| policy.passed_to.iter().any(|(_, of)| of.as_deref() == Some(source));
        self.report.outcome.coverage.policies.iter().filter(is_passed).count()
    }

    fn policy(&self, alike: &[&PolicyCoverage], out: &mut dyn Write) -> io::Result<()> {
        let Some(policy) = alike.first() else { return Ok(()) };
        let sources = self.report.sources;
        let (at, name) = (place(sources, policy.span), named(sources, policy));
        let fits = width(&at) + width(&name) + 4 <= self.columns;
        writeln!(out, "  {}{}{name}", self.paint.bold(&at), if fits { "  " } else { "\n    " })?;
        if alike.len() > 1 {
            writeln!(out, "    and {} of this block, for the same reasons", count(alike.len() - 1, "more policy", "more policies"))?;
        }
        let values = gathered(policy, self.all);
        let shown = if self.all { values.len() } else { VALUES };
        let place = |missing: &Missing| place(sources, missing.span);
        let widest = values.iter().take(shown).map(|(missing, _)| width(&place(missing))).filter(|w| *w <= 60).max().unwrap_or(0);
        for (missing, more) in values.iter().take(shown) {
            let at = place(missing);
            let pad = " ".repeat(widest.saturating_sub(width(&at)));
            let number = self.numbers.get(missing.cause.id.as_str()).map(|n| self.paint.accent(format!(" [{n}]"))).unwrap_or_default();
            let more = if *more > 0 { format!(", and in {}", count(*more, "more place", "more places")) } else { String::new() };
            writeln!(out, "    {}{pad}  {}{number}{more}", self.paint.dim(at), one_line(&missing.what))?;
        }
        if values.len() > shown {
            writeln!(out, "    and {}", count(values.len() - shown, "more value", "more values"))?;
        }
        Ok(())
    }
}

/// The missing values of a policy with the number of further places of each; with `all`, each place by itself.
fn gathered(policy: &PolicyCoverage, all: bool) -> Vec<(&Missing, usize)> {
    let mut values: Vec<(&Missing, usize)> = Vec::new();
    let mut known: HashMap<(&str, &str), usize> = HashMap::new();
    for missing in &policy.missing {
        let position = *known.entry((&missing.what, &missing.cause.id)).or_insert(values.len());
        match values.get_mut(position).filter(|_| !all) {
            Some((_, more)) => *more += 1,
            None => values.push((missing, 0)),
        }
    }
    values
}

/// Places and names of missing values.
type Values<'c> = Vec<(Span, &'c str)>;

/// Policies of one block that lack the same values in the same places: the instances of a loop, or of a module that is called often.
fn alike<'c>(policies: impl Iterator<Item = &'c PolicyCoverage>) -> Vec<Vec<&'c PolicyCoverage>> {
    let mut groups: Vec<Vec<&PolicyCoverage>> = Vec::new();
    let mut known: HashMap<(Span, &str, Values), usize> = HashMap::new();
    for policy in policies {
        let missing = policy.missing.iter().map(|missing| (missing.span, missing.what.as_str())).collect();
        let position = *known.entry((policy.span, policy.kind, missing)).or_insert(groups.len());
        match groups.get_mut(position) {
            Some(group) => group.push(policy),
            None => groups.push(vec![policy]),
        }
    }
    groups
}

fn heading(state: State, n: usize) -> String {
    let policies = count(n, "policy", "policies");
    match state {
        State::Unresolved => format!("{policies} unknown"),
        State::Partial => format!("{policies} partly known"),
        State::Leaves => format!("{policies} missing single values"),
        State::Resolved => format!("{policies} fully known"),
    }
}

/// `trust policy of aws_iam_role.ci`, with the root module where the place does not say it, and with whom it is passed to where that is
/// not in the tree.
fn named(sources: &Sources, policy: &PolicyCoverage) -> String {
    let file = sources.file(policy.span.file);
    let root = match &*policy.root {
        root if root == file.directory() => String::new(),
        "" => " in root `.`".to_owned(),
        root => format!(" in root `{root}`"),
    };
    // A data source carries no policy, but is one.
    let of = if policy.address.contains("data.aws_iam_policy_document.") { "" } else { "of " };
    one_line(&format!("{} {of}{}{root}{}", policy.kind, policy.address, passed(policy))).into_owned()
}

/// `, passed to module.role (terraform-aws-modules/iam/aws)`
fn passed(policy: &PolicyCoverage) -> String {
    let taker = |(address, source): &(String, Option<Arc<str>>)| match source.as_deref() {
        Some(source) if source != "?" => format!("{address} ({source})"),
        _ => address.clone(),
    };
    let takers: Vec<String> = policy.passed_to.iter().filter(|(address, _)| *address != policy.address).map(taker).collect();
    if takers.is_empty() { String::new() } else { format!(", passed to {}", enumerate(&takers)) }
}

/// For searching: a line for each cause, then for each policy that is not known in full; with `Detail::All` for every policy.
pub fn concise(report: &Report, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    for ranked in report.outcome.coverage.causes() {
        let place = paint.bold(place(report.sources, ranked.cause.span));
        writeln!(out, "{place}: unknown[{}] {}; {}", ranked.cause.kind.name(), sentence(ranked.cause), depend(&ranked))?;
    }
    let shown = |policy: &&PolicyCoverage| policy.state != State::Resolved || report.options.coverage == Detail::All;
    for policy in report.outcome.coverage.policies.iter().filter(shown) {
        let place = paint.bold(place(report.sources, policy.span));
        let why = whats(policy);
        let why = if why.is_empty() { String::new() } else { format!(": {}", enumerate(&why)) };
        writeln!(out, "{place}: policy[{}] {}{why}", policy.state.name(), named(report.sources, policy))?;
    }
    for call in &report.outcome.coverage.elsewhere {
        let place = paint.bold(place(report.sources, call.span));
        writeln!(out, "{place}: module[unread] `{}` is not downloaded and was skipped", one_line(&call.source))?;
    }
    Ok(())
}

/// What is missing in a policy, each thing once.
fn whats(policy: &PolicyCoverage) -> Vec<String> {
    let mut whats: Vec<String> = Vec::new();
    for Missing { what, .. } in &policy.missing {
        let what = one_line(what);
        if !whats.iter().any(|known| *known == what) {
            whats.push(what.into_owned());
        }
    }
    whats
}

/// A line for each policy of which statements or lists are not known, as `--strict-coverage` tells of them, where that is asked for.
pub fn strict_lines(sources: &Sources, coverage: &Coverage, is_strict: &dyn Fn(Span) -> bool) -> Vec<String> {
    let open = coverage.policies.iter().filter(|policy| !policy.state.is_structured() && is_strict(policy.span));
    let line = |policy: &PolicyCoverage| {
        let how = if policy.state == State::Partial { "only partly known" } else { "unknown" };
        let mut why: Vec<&str> =
            policy.missing.iter().filter(|missing| missing.structural).map(|missing| missing.cause.message.as_str()).collect();
        why.dedup();
        let why = why.join("; ");
        one_line(&format!("{}: {} is {how}: {why}", place(sources, policy.span), named(sources, policy))).into_owned()
    };
    open.map(line).collect()
}
