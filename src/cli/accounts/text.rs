//! The map for people: yours first, strangers last, one paragraph for each account that matters.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use owo_colors::OwoColorize;

use super::super::layout::{fitted, table};
use super::naming::{From, Name};
use super::{place, root_name};
use crate::catalog;
use crate::engine::accounts::{AccountMap, Entry, Mapped, Place, Whose};
use crate::eval::Because;
use crate::report::one_line;
use crate::source::{Sources, Span};

/// Columns before what is said of an account.
const INDENT: usize = 14;
/// Policies, places and root modules named of each account; the others are counted.
const NAMED: usize = 3;
/// Lines of a list; the others are counted.
const LISTED: usize = 15;

/// How to write it.
#[derive(Clone, Copy)]
pub struct Style {
    pub color: bool,
    pub columns: usize,
    /// Whatever is otherwise only counted.
    pub all: bool,
}

pub fn page(map: &AccountMap, names: &BTreeMap<Arc<str>, Name>, sources: &Sources, style: Style) -> String {
    let mut page = Page { text: String::new(), names, sources, style };
    page.section(map, Whose::Own, "Yours");
    page.section(map, Whose::ThirdParty, "Declared vendors");
    page.section(map, Whose::Vendor, &format!("Known vendors (as of {})", catalog::ACCOUNTS_DATE));
    page.section(map, Whose::Aws, "AWS's own");
    page.section(map, Whose::Stranger, "Unknown owner");
    page.unknown(map);
    page.unnumbered(map);
    page.summary(map);
    page.text
}

struct Page<'p> {
    text: String,
    names: &'p BTreeMap<Arc<str>, Name>,
    sources: &'p Sources,
    style: Style,
}

impl Page<'_> {
    fn heading(&mut self, text: &str, count: usize) {
        let line = format!("{text} ({count})");
        let line = if self.style.color { line.bold().to_string() } else { line };
        self.text.push_str(&format!("{line}\n\n"));
    }

    fn line(&mut self, indent: usize, text: &str) {
        for (indent, line) in fitted(text, indent, self.style.columns) {
            self.text.push_str(&format!("{:indent$}{line}\n", ""));
        }
    }

    /// The accounts of one owner: a paragraph each for those that do something here, a line each for those that are merely named.
    fn section(&mut self, map: &AccountMap, whose: Whose, heading: &str) {
        let of: Vec<&Mapped> = map.accounts.iter().filter(|mapped| mapped.whose == whose).collect();
        if of.is_empty() {
            return;
        }
        self.heading(heading, of.len());
        let (mut full, brief): (Vec<&Mapped>, Vec<&Mapped>) =
            of.into_iter().partition(|mapped| whose == Whose::Own || !mapped.entries.is_empty());
        if whose != Whose::Own {
            full.sort_by_key(|mapped| std::cmp::Reverse(mapped.entries.len()));
        }
        full.iter().for_each(|mapped| self.account(mapped));
        let rows = brief.iter().map(|mapped| {
            let first = mapped.mentions.first().map(|span| place(self.sources, *span)).unwrap_or_default();
            let more = mapped.mentions.len().saturating_sub(1);
            let where_ = match (first.as_str(), more) {
                ("", _) => "not used".to_owned(),
                (first, 0) => format!("used in {first}"),
                (first, more) => format!("used in {first} and {more} more"),
            };
            vec![mapped.number.to_string(), self.shown_name(mapped), where_]
        });
        self.list(rows.collect());
    }

    /// Rows below each other with an empty line behind them.
    fn list(&mut self, mut rows: Vec<Vec<String>>) {
        if rows.is_empty() {
            return;
        }
        let most = if self.style.all { usize::MAX } else { LISTED };
        let rest = rows.len().saturating_sub(most);
        rows.truncate(most);
        for line in table(rows, self.style.columns.saturating_sub(2)) {
            self.line(2, &line);
        }
        if rest > 0 {
            self.line(2, &format!("and {rest} more (`--all` lists them)"));
        }
        self.text.push('\n');
    }

    /// The name, with where it comes from if nobody has declared it.
    fn shown_name(&self, mapped: &Mapped) -> String {
        let Some(name) = self.names.get(&mapped.number) else { return String::new() };
        match &name.from {
            From::Known => one_line(&name.name).into_owned(),
            From::Source { written, .. } => format!("named `{}`", one_line(written)),
            From::Alias(alias) => format!("provider `aws.{}`", one_line(alias)),
            From::Directory(directory) => format!("of `{}`", one_line(directory)),
            From::Number => String::new(),
        }
    }

    fn account(&mut self, mapped: &Mapped) {
        let number = if self.style.color { mapped.number.bold().to_string() } else { mapped.number.to_string() };
        let environment = mapped.declared.as_ref().and_then(|account| account.environment.as_deref());
        let mut title = self.shown_name(mapped);
        if let Some(environment) = environment {
            title.push_str(&format!(" ({})", one_line(environment)));
        }
        if mapped.declared.as_ref().is_some_and(|account| account.trusted) {
            title.push_str(", trusted as a whole");
        }
        self.text.push_str(format!("  {number}  {title}").trim_end());
        self.text.push('\n');
        for line in self.facts(mapped) {
            self.line(INDENT + 2, &line);
        }
        self.text.push('\n');
    }

    fn facts(&self, mapped: &Mapped) -> Vec<String> {
        let mut lines = Vec::new();
        let declared = mapped.declared.as_ref().map(|account| account.span).or(mapped.vendor);
        lines.extend(declared.map(|span| format!("declared in {}", place(self.sources, span))));
        if let Some(Name { from: From::Source { span, .. }, .. }) = self.names.get(&mapped.number) {
            let at = place(self.sources, *span);
            if !mapped.entries.iter().any(|entry| place(self.sources, entry.span) == at) {
                lines.push(format!("named in {at}"));
            }
        }
        lines.extend(self.why(mapped));
        let (roles, policies) = mapped.made();
        if roles + policies > 0 {
            lines.push(format!("holds {}", made(roles, policies)));
        }
        lines.extend(self.entries(&mapped.entries));
        if let Some(likeness) = mapped.perhaps.as_ref().filter(|_| mapped.whose == Whose::Stranger) {
            let (role, root) = (one_line(&likeness.role), root_name(&likeness.root));
            lines.push(format!("possibly yours: its role `{role}` has the same name as one that `{root}` creates"));
        }
        lines.extend(self.mentions(&mapped.mentions));
        if lines.is_empty() {
            lines.push("not used here".to_owned());
        }
        lines
    }

    /// Why an account is the user's: the first of the providers that work in it.
    fn why(&self, mapped: &Mapped) -> Vec<String> {
        let Some(first) = mapped.places.first() else { return Vec::new() };
        let at = first.home.span.map(|span| format!(" ({})", place(self.sources, span))).unwrap_or_default();
        let mut line = format!("{}{at}", one_line(&first.home.words()));
        let others: Vec<&Place> = mapped.places.iter().skip(1).collect();
        let roots: Vec<String> = others.iter().map(|place| format!("`{}`", root_name(&place.home.root))).collect();
        let most = if self.style.all { usize::MAX } else { NAMED };
        match roots.len() {
            0 => {}
            more if more > most => {
                line.push_str(&format!("; so do {} and {} more", roots.get(..most).unwrap_or_default().join(", "), more - most));
            }
            _ => line.push_str(&format!("; so {} {}", if roots.len() == 1 { "does" } else { "do" }, roots.join(", "))),
        }
        vec![line]
    }

    /// Who lets an account in: roles, then resources.
    fn entries(&self, entries: &[Entry]) -> Vec<String> {
        // A policy that lets several of an account in is told once, by the first of them.
        let mut told: BTreeSet<(&str, &str)> = BTreeSet::new();
        let policies = entries.iter().filter(|entry| told.insert((&entry.root, &entry.into)));
        let (trusts, resources): (Vec<&Entry>, Vec<&Entry>) = policies.partition(|entry| entry.trust);
        let lines = |entries: Vec<&Entry>, what: &str| {
            let most = if self.style.all { usize::MAX } else { NAMED };
            let shown: Vec<String> = entries.iter().take(most).map(|entry| self.entry(entry)).collect();
            match (shown.as_slice(), entries.len().saturating_sub(most)) {
                ([], _) => Vec::new(),
                ([only], 0) => vec![format!("admitted by {only}")],
                (shown, rest) => {
                    let title = format!("admitted by {} {what}", entries.len());
                    let more = (rest > 0).then(|| format!("  and {rest} more"));
                    std::iter::once(title).chain(shown.iter().map(|line| format!("  {line}"))).chain(more).collect()
                }
            }
        };
        let trusts = lines(trusts, "trust policies");
        trusts.into_iter().chain(lines(resources, "resource policies")).collect()
    }

    fn entry(&self, entry: &Entry) -> String {
        let whole = if entry.whole && entry.trust { ", the whole account" } else { "" };
        let id = if entry.external_id { ", with an external ID" } else { "" };
        let at = place(self.sources, entry.span);
        // A file that is a policy is its own name.
        match at.strip_prefix(&entry.into).is_some_and(|rest| rest.starts_with(':')) {
            true => format!("{}{whole}{id}", one_line(&at)),
            false => format!("{}{whole}{id} ({})", one_line(&entry.into), one_line(&at)),
        }
    }

    /// `also used in a.tf:1 and 2 more places`
    fn mentions(&self, spans: &[Span]) -> Option<String> {
        let most = if self.style.all { usize::MAX } else { 1 };
        let shown: Vec<String> = spans.iter().take(most).map(|span| place(self.sources, *span)).collect();
        let more = match spans.len().saturating_sub(most) {
            0 => String::new(),
            1 => " and 1 more place".to_owned(),
            rest => format!(" and {rest} more places"),
        };
        (!shown.is_empty()).then(|| format!("also used in {}{more}", shown.join(", ")))
    }

    fn unknown(&mut self, map: &AccountMap) {
        if map.unknown.is_empty() {
            return;
        }
        self.heading("Admitted, account ID unknown", map.unknown.len());
        for (name, entries) in &map.unknown {
            self.line(2, &one_line(name));
            for line in self.entries(entries) {
                self.line(INDENT + 2, &line);
            }
        }
        self.text.push('\n');
    }

    fn unnumbered(&mut self, map: &AccountMap) {
        if map.unnumbered.is_empty() {
            return;
        }
        let mut roots: BTreeMap<&str, Vec<&Place>> = BTreeMap::new();
        map.unnumbered.iter().for_each(|place| roots.entry(root_name(&place.home.root)).or_default().push(place));
        self.heading("Root modules whose account is unknown", roots.len());
        let mut sorted: Vec<(&str, Vec<&Place>)> = roots.into_iter().collect();
        sorted.sort_by_key(|(_, places)| std::cmp::Reverse(places.iter().map(|place| place.roles + place.policies).max()));
        let rows = sorted.iter().map(|(root, places)| {
            let places: Vec<String> = places.iter().map(|place| unnumbered(place)).collect();
            vec![(*root).to_owned(), places.join("; ")]
        });
        self.list(rows.collect());
    }

    fn summary(&mut self, map: &AccountMap) {
        let count = |whose: Whose| map.accounts.iter().filter(|mapped| mapped.whose == whose).count();
        let vendors = count(Whose::Vendor) + count(Whose::ThirdParty);
        let parts = [
            (count(Whose::Own), "yours"),
            (vendors, if vendors == 1 { "a vendor's" } else { "vendors'" }),
            (count(Whose::Aws), "AWS's"),
            (count(Whose::Stranger), "with an unknown owner"),
        ];
        let known: Vec<String> = parts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
        let total = map.accounts.len();
        let accounts = if total == 1 { "1 account".to_owned() } else { format!("{total} accounts") };
        let modules = if map.roots == 1 { "1 root module".to_owned() } else { format!("{} root modules", map.roots) };
        let line = match known.len() {
            0 => format!("No account ID is known in {modules} with roles or policies."),
            _ => format!("{accounts} in {modules} with roles or policies: {}.", known.join(", ")),
        };
        self.line(0, &line);
        if map.unknown.keys().any(|name| name.contains("`var.")) {
            self.line(0, "Set variables with `--var` and `--var-file`.");
        }
        let defaults = map.unnumbered.iter().filter(|place| place.is_default).count();
        if defaults > 0 {
            let of = if defaults == 1 { "1 root module".to_owned() } else { format!("{defaults} root modules") };
            self.line(
                0,
                &format!(
                    "The account of the default provider is unknown in {of}: set it with `directories` of an `account` in .rolelint.hcl."
                ),
            );
        }
        if total > 0 && map.accounts.iter().any(|mapped| mapped.declared.is_none() && matches!(mapped.whose, Whose::Own | Whose::Stranger))
        {
            self.line(0, "`rolelint accounts --format hcl` writes these accounts as blocks for .rolelint.hcl.");
        }
    }
}

/// `1 role, 3 policies`
fn made(roles: usize, policies: usize) -> String {
    let role = if roles == 1 { "1 role".to_owned() } else { format!("{roles} roles") };
    let policy = if policies == 1 { "1 policy".to_owned() } else { format!("{policies} policies") };
    match (roles, policies) {
        (0, _) => policy,
        (_, 0) => role,
        _ => format!("{role}, {policy}"),
    }
}

/// `aws.dns: 1 role, 3 policies, profile `x``
fn unnumbered(place: &Place) -> String {
    let profile = match &place.home.because {
        Because::Nothing { profile: Some(profile) } => format!(", profile `{}`", one_line(profile)),
        _ => String::new(),
    };
    let entries = match place.entries.len() {
        0 => String::new(),
        1 => ", admitted by 1 policy".to_owned(),
        count => format!(", admitted by {count} policies"),
    };
    format!("{}: {}{profile}{entries}", one_line(&place.home.provider), made(place.roles, place.policies))
}
