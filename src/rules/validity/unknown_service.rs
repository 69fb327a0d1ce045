use super::dead_actions::{By, allowed_by, unique};
use crate::catalog;
use crate::finding::{Category, Confidence, Severity, What};
use crate::policy::pattern::{Case, Mode, Pattern};
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
        let found: Vec<(&Item, Meant)> =
            mistaken(statement, context).into_iter().filter(|(item, meant)| meant.allowed_by(item, statement, context).is_none()).collect();
        let Some(((first, meant), rest)) = found.split_first() else { return };
        let names: Vec<String> = found.iter().map(|(item, _)| item.text.to_string()).collect();
        let negated = statement.actions.as_ref().is_some_and(|actions| actions.negated);
        let (kind, effect) = match (statement.allows(), negated, rest.is_empty()) {
            (_, true, true) => ("excepts", "excepts nothing"),
            (_, true, false) => ("excepts", "except nothing"),
            (true, false, true) => ("allows", "grants nothing"),
            (true, false, false) => ("allows", "grant nothing"),
            (false, false, true) => ("denies", "denies nothing"),
            (false, false, false) => ("denies", "deny nothing"),
        };
        let (names, prefixes) = (listed(&names, 3), unique(found.iter().map(|(_, meant)| meant.prefix)));
        let why = match prefixes.as_slice() {
            [one] => format!("AWS does not have a service `{one}`"),
            several => format!("AWS does not have the services {}", listed(several, 3)),
        };
        let finding = context.at(&first.place, meant.label()).kind(kind).facts([&*names, &*prefixes.join(" ")]);
        // The first action of each service says what is meant by its prefix.
        let firsts =
            rest.iter().enumerate().filter(|(at, (_, other))| found.iter().take(at + 1).all(|(_, known)| known.prefix != other.prefix));
        let finding = firsts.fold(finding, |finding, (_, (item, meant))| finding.further(item.place.span, meant.label()));
        let finding = finding.says(&*names, What::Is(effect.to_owned())).because(why);
        context.report(finding.help(help(&found)).confidence(Confidence::Medium));
    }
}

/// The actions of a statement whose service is none, while what is meant is allowed anyway: by what.
pub fn superfluous<'s>(statement: &'s Statement, context: &Context) -> Vec<(&'s Item, String, By<'s>)> {
    let all = mistaken(statement, context).into_iter();
    all.filter_map(|(item, meant)| Some((item, meant.written(), meant.allowed_by(item, statement, context)?))).collect()
}

fn mistaken<'s>(statement: &'s Statement, context: &Context) -> Vec<(&'s Item, Meant<'s>)> {
    let items = statement.actions.iter().flat_map(|actions| &actions.items);
    let wrong = items.filter(|item| !context.memory.is_fine(ABOUT.id, item, || Meant::by(item).is_none()));
    wrong.filter_map(|item| Some((item, Meant::by(item)?))).collect()
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

    /// What is meant, as it is to be written.
    fn written(&self) -> String {
        format!("{}:{}", self.service.prefix(), self.name)
    }

    fn label(&self) -> String {
        format!("the actions of {} start with `{}:`", self.service.name(), self.service.prefix())
    }

    fn allowed_by<'s>(&self, item: &Item, statement: &'s Statement, context: &Context) -> Option<By<'s>> {
        let pattern = Pattern::parse(&self.written(), Mode::WILDCARDS);
        let wider = |other: &&Item| statement.allows() && other.pattern.includes(&pattern, Case::Insensitive).certainly();
        let beside = statement.actions.iter().filter(|actions| !actions.negated).flat_map(|actions| &actions.items);
        if let Some(wider) = self.name.contains(['*', '?']).then(|| beside.into_iter().find(wider)).flatten() {
            return Some(By::Beside(vec![wider]));
        }
        // All that a pattern stands for is too much to ask for one by one.
        let asked = self.is_known && !self.name.contains(['*', '?']);
        let needs: Vec<String> = asked.then(|| self.written()).into_iter().collect();
        allowed_by(item, &needs, statement, context)
    }
}

fn help(found: &[(&Item, Meant)]) -> String {
    let date = format!("AWS had no such service on {}", catalog::DATE);
    if let [(_, meant)] = found {
        let (service, name) = (meant.service.prefix(), meant.name);
        return match meant.is_known {
            true => format!("{date}: write `{service}:{name}` if you mean that one"),
            false => format!("{date}: if you mean `{service}:`, write one of its actions: it does not have `{name}`"),
        };
    }
    let pairs: Vec<String> =
        found.iter().map(|(_, meant)| format!("`{}:` in place of `{}:`", meant.service.prefix(), meant.prefix)).collect();
    let pairs = unique(pairs.iter().map(String::as_str));
    let lacking: Vec<String> = found.iter().filter(|(_, meant)| !meant.is_known).map(|(_, meant)| meant.written()).collect();
    let written = match pairs.as_slice() {
        [one] => format!("{date}: write {one} if you mean that one"),
        several => format!("AWS had no such services on {}: write {}", catalog::DATE, several.join(", ")),
    };
    let exist = if lacking.len() == 1 { "does not exist either" } else { "do not exist either" };
    if lacking.is_empty() { written } else { format!("{written}; {} {exist}", listed(&lacking, 3)) }
}
