use super::rule::{About, Context, Rule};
use crate::catalog;
use crate::config::Persona;
use crate::finding::{Category, Confidence, Severity};
use crate::policy::{Item, Statement};

pub struct UnknownService;

static ABOUT: About = About {
    id: "unknown-service",
    summary: "an action of a service that AWS does not have",
    category: Category::Correctness,
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    persona: Persona::Default,
    since: "0.1.0",
    supersedes: &[],
    tags: &["validity"],
    options: &[],
    page: include_str!("../../rules/unknown-service.md"),
};

impl Rule for UnknownService {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn statement(&self, statement: &Statement, context: &mut Context) {
        let Some(actions) = &statement.actions else { return };
        for item in &actions.items {
            let Some(meant) = Meant::by(item) else { continue };
            let effect = match (statement.allows(), actions.negated) {
                (_, true) => "excepts nothing",
                (true, false) => "allows nothing",
                (false, false) => "denies nothing",
            };
            let message = format!("`{}` {effect}: AWS has no service `{}`", item.text, meant.prefix);
            let label = format!("the actions of {} start with `{}:`", meant.service.name(), meant.service.prefix());
            let help = format!("AWS had no such service on {}: write `{}` if that is meant", catalog::DATE, meant.action);
            context.report(context.at(&item.place, label).message(message).help(help).confidence(Confidence::Medium));
        }
    }
}

/// What an action of no service means.
struct Meant<'i> {
    prefix: &'i str,
    service: catalog::Service,
    action: String,
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
        let known = service.action(name).map_or(name, |action| action.name());
        Some(Meant { prefix, service, action: format!("{}:{known}", service.prefix()) })
    }
}
