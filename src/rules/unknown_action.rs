use super::rule::{About, Context, Rule};
use crate::catalog;
use crate::config::Persona;
use crate::finding::{Category, Confidence, Severity};
use crate::policy::{Item, Statement};

pub struct UnknownAction;

static ABOUT: About = About {
    id: "unknown-action",
    summary: "an action that does not exist, so that the statement does not do what it says",
    category: Category::Correctness,
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    persona: Persona::Default,
    since: "0.1.0",
    supersedes: &[],
    tags: &["validity"],
    page: include_str!("../../rules/unknown-action.md"),
};

impl Rule for UnknownAction {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn statement(&self, statement: &Statement, context: &mut Context) {
        let Some(actions) = &statement.actions else { return };
        let effect = match (statement.allows(), actions.negated) {
            (_, true) => "excepts nothing",
            (true, false) => "allows nothing",
            (false, false) => "denies nothing",
        };
        for item in &actions.items {
            let Some((what, label, help)) = unknown(item) else { continue };
            let message = format!("`{}` {effect}: {what}", item.text);
            let finding = context.at(&item.place, label).message(message).help(help).confidence(Confidence::Medium);
            context.report(finding);
        }
    }
}

/// Actions that AWS's own documentation grants although its reference does not have them: the default policy of a topic, log
/// policies of search domains, the verbs of API Gateway.
const DOCUMENTED_ELSEWHERE: &[&str] = &["apigateway:HEAD", "apigateway:OPTIONS", "logs:PutLogEventsBatch", "sns:Receive"];

/// What is wrong with an action, the label and the help. Nothing for one that exists, that is not wholly known, or whose service
/// the catalog does not have.
fn unknown(item: &Item) -> Option<(String, String, String)> {
    let text = &*item.text;
    let elsewhere = DOCUMENTED_ELSEWHERE.iter().any(|known| known.eq_ignore_ascii_case(text));
    if item.pattern.has_hole() || item.pattern.is_any() || elsewhere {
        return None;
    }
    let Some((prefix, name)) = text.split_once(':') else {
        let with_service = catalog::suggest_action(text).map(|action| format!("`{action}` is meant, perhaps"));
        return Some((
            "it has no service before it".into(),
            with_service.unwrap_or("is no action".into()),
            "write `service:Action`".into(),
        ));
    };
    if item.pattern.has_wildcard() {
        let known = prefix.contains(['*', '?']) || catalog::service(prefix).is_some();
        return (known && catalog::expand(text).next().is_none()).then(|| {
            let help = format!("no action known on {} matches it: write the one that is meant, or remove it", catalog::DATE);
            ("no action matches it".into(), "matches nothing".into(), help)
        });
    }
    let service = catalog::service(prefix)?;
    if catalog::action(text).is_some() {
        return None;
    }
    if catalog::retired_action(text) {
        return Some((
            format!("{} no longer has it", service.name()),
            "was retired".into(),
            "remove it, or name the action that took its place".into(),
        ));
    }
    let date = format!("{} had no action `{name}` on {}", service.name(), catalog::DATE);
    Some(match catalog::suggest_action(text) {
        Some(near) => {
            ("there is no such action".into(), format!("`{near}` is meant, perhaps"), format!("{date}: write `{near}` if that is meant"))
        }
        None => ("there is no such action".into(), "does not exist".into(), date),
    })
}
