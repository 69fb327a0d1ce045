use crate::catalog;
use crate::finding::{Category, Confidence, Severity, What};
use crate::policy::{Item, Statement};
use crate::rules::kit::rule::{Context, Rule, listed};

rule! {
    UnknownService, "unknown-service",
    summary: "an action of a service that does not exist",
    category: Category::Correctness,
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    tags: &["validity"],
}

impl Rule for UnknownService {
    fn statement(&self, statement: &Statement, context: &mut Context) {
        let Some(actions) = &statement.actions else { return };
        let mut found: Vec<(Meant, Vec<&Item>)> = Vec::new();
        for item in &actions.items {
            if context.memory.is_fine(ABOUT.id, item, || Meant::by(item).is_none()) {
                continue;
            }
            let Some(meant) = Meant::by(item) else { continue };
            match found.iter_mut().find(|(known, _)| known.prefix == meant.prefix) {
                Some((_, items)) => items.push(item),
                None => found.push((meant, vec![item])),
            }
        }
        for (meant, items) in &found {
            let Some(first) = items.first() else { continue };
            let names: Vec<String> = items.iter().map(|item| item.text.to_string()).collect();
            let many = names.len() > 1;
            let (kind, effect) = match (statement.allows(), actions.negated, many) {
                (_, true, false) => ("excepts", "excepts nothing"),
                (_, true, true) => ("excepts", "except nothing"),
                (true, false, false) => ("allows", "grants nothing"),
                (true, false, true) => ("allows", "grant nothing"),
                (false, false, false) => ("denies", "denies nothing"),
                (false, false, true) => ("denies", "deny nothing"),
            };
            let names = listed(&names, 3);
            let why = format!("AWS does not have a service `{}`", meant.prefix);
            let label = format!("the actions of {} start with `{}:`", meant.service.name(), meant.service.prefix());
            let finding = context.at(&first.place, label).kind(kind).facts([&*names, meant.prefix]);
            let finding = finding.says(&*names, What::Is(effect.to_owned())).because(why);
            context.report(finding.help(meant.help(many)).confidence(Confidence::Medium));
        }
    }
}

/// What an action of no service means.
struct Meant<'i> {
    prefix: &'i str,
    service: catalog::Service,
    /// As written, or as the service has it.
    name: &'i str,
    /// Whether the service has it.
    is_known: bool,
}

impl<'i> Meant<'i> {
    fn by(item: &'i Item) -> Option<Meant<'i>> {
        // Two colons are another mistake, and a wildcard before the colon may be any service.
        let (prefix, name) = item.text.split_once(':').filter(|(prefix, name)| !prefix.contains(['*', '?']) && !name.contains(':'))?;
        if item.pattern.has_hole() {
            return None;
        }
        // `ec2.amazonaws.com:RunInstances`, ` s3:GetObject`: no prefix is written so, now or ever.
        let bare = prefix.trim().trim_end_matches(".amazonaws.com");
        let service = match catalog::service(bare).filter(|_| bare != prefix) {
            Some(service) => service,
            None => catalog::meant_service(prefix, name)?,
        };
        let known = service.action(name).map(|action| action.name());
        let is_known = known.is_some() || catalog::expand(&format!("{}:{name}", service.prefix())).next().is_some();
        Some(Meant { prefix, service, name: known.unwrap_or(name), is_known })
    }

    fn help(&self, many: bool) -> String {
        let (service, name) = (self.service.prefix(), self.name);
        let date = format!("AWS had no such service on {}", catalog::DATE);
        match (many, self.is_known) {
            (true, _) => format!("{date}: write `{service}:` in place of `{}:` if you mean that one", self.prefix),
            (false, true) => format!("{date}: write `{service}:{name}` if you mean that one"),
            (false, false) => format!("{date}: if you mean `{service}:`, write one of its actions: it does not have `{name}`"),
        }
    }
}
