//! The map as blocks of `.rolelint.hcl`, each with the reason for it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::naming::{self, From, Name};
use super::{place, root_name};
use crate::config::{Account, Config};
use crate::engine::accounts::{AccountMap, Mapped, Place, Whose};
use crate::report::one_line;
use crate::source::Sources;
use crate::terraform::quoted_key;

/// Columns of a comment.
const COLUMNS: usize = 110;
/// Root modules named one by one.
const NAMED: usize = 20;

pub fn configuration(map: &AccountMap, names: &BTreeMap<Arc<str>, Name>, config: &Config, sources: &Sources) -> String {
    let mut file = File { text: String::new(), names, sources };
    file.comment(
        "Accounts found by `rolelint accounts`. Declared accounts are unchanged; names and environments of the others come from source.",
    );
    file.organizations(map, config);
    let of = |whose: Whose| map.accounts.iter().filter(move |mapped| mapped.whose == whose);
    of(Whose::Own).for_each(|mapped| file.own(mapped));
    file.declared_vendors(config);
    let (guarded, open): (Vec<&Mapped>, Vec<&Mapped>) = of(Whose::Stranger)
        .filter(|mapped| !mapped.entries.is_empty())
        .partition(|mapped| mapped.entries.iter().any(|entry| entry.external_id));
    guarded.iter().for_each(|mapped| file.guarded(mapped));
    file.strangers(&open);
    file.undirected(map);
    file.text
}

struct File<'f> {
    text: String,
    names: &'f BTreeMap<Arc<str>, Name>,
    sources: &'f Sources,
}

impl File<'_> {
    /// A paragraph of comment, after an empty line.
    fn comment(&mut self, text: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        for line in crate::report::wrap(&one_line(text), COLUMNS) {
            self.text.push_str(&format!("# {}\n", line.trim_start()));
        }
    }

    fn line(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
    }

    fn name(&self, mapped: &Mapped) -> String {
        self.names.get(&mapped.number).map_or_else(|| mapped.number.to_string(), |name| name.name.clone())
    }

    fn organizations(&mut self, map: &AccountMap, config: &Config) {
        for organization in &config.organizations {
            self.text.push('\n');
            self.line(&format!("organization {{ id = {} }}", quoted_key(&organization.id)));
        }
        let new: Vec<_> = map.organizations.iter().filter(|(id, _)| config.organizations.iter().all(|known| known.id != **id)).collect();
        match new.as_slice() {
            [(id, spans)] if config.organizations.is_empty() => {
                let first = spans.first().map(|span| place(self.sources, *span)).unwrap_or_default();
                self.comment(&format!("The only organization that conditions name ({first})."));
                self.line(&format!("organization {{ id = {} }}", quoted_key(id)));
            }
            [] => {}
            several => {
                self.comment("Conditions also name these organizations. Uncomment the ones that your accounts are in:");
                for (id, spans) in several {
                    let first = spans.first().map(|span| place(self.sources, *span)).unwrap_or_default();
                    self.line(&format!("# organization {{ id = {} }} # {}", quoted_key(id), one_line(&first)));
                }
            }
        }
    }

    fn own(&mut self, mapped: &Mapped) {
        let name = self.name(mapped);
        match (&mapped.declared, mapped.places.first()) {
            (Some(declared), _) => {
                self.comment(&format!("Declared in {}.", place(self.sources, declared.span)));
                self.block(&name, &mapped.number, Some(declared), declared.environment.as_deref());
            }
            (None, first) => {
                let why = first.map(|first| self.why(first, mapped)).unwrap_or_default();
                self.comment(&format!("{why}{}", self.called(mapped)));
                self.block(&name, &mapped.number, None, naming::environment(&name));
            }
        }
    }

    /// `Provider `aws` of `envs/prod` allows only account … (envs/prod/main.tf:3), and 2 more.`
    fn why(&self, first: &Place, mapped: &Mapped) -> String {
        let at = first.home.span.map(|span| format!(" ({})", place(self.sources, span))).unwrap_or_default();
        let more = match mapped.places.len() {
            0 | 1 => String::new(),
            count => format!(", and {} more", count - 1),
        };
        let words = first.home.words();
        let mut letters = words.chars();
        let words = letters.next().map(|letter| letter.to_uppercase().chain(letters).collect::<String>()).unwrap_or_default();
        format!("{words}{at}{more}.")
    }

    fn called(&self, mapped: &Mapped) -> String {
        match self.names.get(&mapped.number).map(|name| &name.from) {
            Some(From::Source { written, span }) => format!(" Called `{written}` in {}.", place(self.sources, *span)),
            _ => String::new(),
        }
    }

    fn block(&mut self, name: &str, number: &str, declared: Option<&Account>, environment: Option<&str>) {
        let mut arguments = vec![("id", quoted_key(number))];
        arguments.extend(environment.map(|environment| ("environment", quoted_key(environment))));
        if declared.is_some_and(|account| account.trusted) {
            arguments.push(("trusted", "true".to_owned()));
        }
        if let Some(directories) = declared.and_then(|account| account.directories.as_ref()) {
            let globs: Vec<String> = directories.written().map(|glob| quoted_key(glob)).collect();
            arguments.push(("directories", format!("[{}]", globs.join(", "))));
        }
        if let [(argument, value)] = arguments.as_slice() {
            return self.line(&format!("account {} {{ {argument} = {value} }}", quoted_key(name)));
        }
        let width = arguments.iter().map(|(argument, _)| argument.len()).max().unwrap_or(0);
        self.line(&format!("account {} {{", quoted_key(name)));
        for (argument, value) in &arguments {
            self.line(&format!("  {argument:<width$} = {value}"));
        }
        self.line("}");
    }

    fn declared_vendors(&mut self, config: &Config) {
        for vendor in &config.vendors {
            let accounts: Vec<String> = vendor.accounts.iter().map(|id| quoted_key(id)).collect();
            self.comment(&format!("Declared in {}.", place(self.sources, vendor.span)));
            self.line(&format!("vendor {} {{ accounts = [{}] }}", quoted_key(&vendor.name), accounts.join(", ")));
        }
    }

    /// Somebody who is asked for an external ID is somebody else.
    fn guarded(&mut self, mapped: &Mapped) {
        let asking = mapped.entries.iter().find(|entry| entry.external_id);
        let why = asking.map(|entry| format!("{} asks it for an external ID ({}).", entry.into, place(self.sources, entry.span)));
        self.comment(&format!("A third party: {}{}", why.unwrap_or_default(), self.called(mapped)));
        self.line(&format!("vendor {} {{ accounts = [{}] }}", quoted_key(&self.name(mapped)), quoted_key(&mapped.number)));
    }

    /// Nothing says whose these are: the blocks are comments, so that none says too much.
    fn strangers(&mut self, open: &[&Mapped]) {
        if open.is_empty() {
            return;
        }
        self.comment("These accounts are admitted and their owner is unknown. Uncomment those that are yours; declare others as a `vendor` with `accounts`.");
        for mapped in open {
            let first = mapped.entries.first().map(|entry| {
                let at = place(self.sources, entry.span);
                // A file that is a policy is its own name.
                if at.starts_with(&entry.into) { at } else { format!("{} in {at}", entry.into) }
            });
            let more = mapped.entries.len().saturating_sub(1);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let name = quoted_key(&self.name(mapped));
            self.line(&format!(
                "# account {name} {{ id = {} }} # {}{more}",
                quoted_key(&mapped.number),
                one_line(&first.unwrap_or_default())
            ));
        }
    }

    /// Root modules of which an account's `directories` could tell where they deploy.
    fn undirected(&mut self, map: &AccountMap) {
        let mut roots: Vec<&str> =
            map.unnumbered.iter().filter(|place| place.is_default).map(|place| root_name(&place.home.root)).collect();
        roots.sort_unstable();
        roots.dedup();
        if roots.is_empty() {
            return;
        }
        self.comment(
            "The account that these root modules deploy to is unknown. Set it with `directories = [\"…\"]` in an `account` block:",
        );
        for root in roots.iter().take(NAMED) {
            self.line(&format!("#   {}", one_line(root)));
        }
        if let Some(more) = roots.len().checked_sub(NAMED).filter(|more| *more > 0) {
            self.line(&format!("#   and {more} more"));
        }
    }
}
