use crate::catalog;
use crate::finding::{Category, Confidence, Message, Severity, What};
use crate::policy::{Item, Statement};
use crate::rules::kit::rule::{Context, Rule};

rule! {
    UnknownAction, "unknown-action",
    summary: "an action that does not exist",
    category: Category::Correctness,
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    tags: &["validity"],
}

impl Rule for UnknownAction {
    fn statement(&self, statement: &Statement, context: &mut Context) {
        let Some(actions) = &statement.actions else { return };
        let effect = match (statement.allows(), actions.negated) {
            (_, true) => "excepts",
            (true, false) => "allows",
            (false, false) => "denies",
        };
        let policy = context.policy_name();
        for item in &actions.items {
            if context.memory.is_fine(ABOUT.id, item, || unknown(item).is_none()) {
                continue;
            }
            let Some((what, label, help)) = unknown(item) else { continue };
            let one_colon = item.text.matches(':').count() == 1;
            let name = format!("`{}`", item.text);
            let message = match one_colon {
                true if effect == "allows" => Message::new(name, What::GrantsNothing).because(what),
                true => Message::new(name, What::Is(format!("{effect} nothing"))).because(what),
                // AWS: "Actions/Conditions must be prefaced with a vendor".
                false => Message::rejected(format!("{name} {what}")),
            };
            let finding = context.at(&item.place, label).message(message).help(help).confidence(Confidence::Medium);
            let (kind, refused) = if one_colon { (effect, None) } else { ("refused", Some(policy)) };
            context.report(finding.kind(kind).fact(&*item.text).facts(refused));
        }
    }
}

/// What is wrong with an action, the label and the help. Nothing for one that exists, that is not wholly known, or whose service
/// the catalog does not have.
fn unknown(item: &Item) -> Option<(String, String, String)> {
    let text = &*item.text;
    // Of a policy variable in an action `policy-variable-escaping` speaks.
    if item.pattern.has_hole() || item.pattern.is_any() || text.contains("${") || catalog::is_unlisted_action(text) {
        return None;
    }
    let Some((prefix, name)) = text.split_once(':') else {
        let (label, help) = match catalog::suggest_action(text) {
            Some(action) => (format!("did you mean `{action}`?"), format!("write `{action}` if you mean that one")),
            None => ("is not an action".into(), "write `service:Action`".into()),
        };
        return Some(("does not name a service".into(), label, help));
    };
    // "Actions/Condition can contain only one colon" (MalformedPolicyDocument).
    if name.contains(':') {
        let last = text.rsplitn(3, ':').take(2).collect::<Vec<_>>();
        let meant = last.get(1).zip(last.first()).map(|(prefix, name)| format!("{prefix}:{name}"));
        let help = match meant.and_then(|meant| catalog::action(&meant)) {
            Some(action) => format!("write `{action}` if you mean that one"),
            None => "write `service:Action`".into(),
        };
        return Some(("has more than one colon".into(), "has more than one colon".into(), help));
    }
    if catalog::is_half_known(prefix) {
        return None;
    }
    if item.pattern.has_wildcard() {
        let known = prefix.contains(['*', '?']) || catalog::service(prefix).is_some();
        // `xray:List*`, written for every service alike and for what is yet to come, loses nothing.
        let for_all = name.strip_suffix('*').is_some_and(catalog::is_verb);
        return (known && !for_all && catalog::expand(text).next().is_none()).then(|| {
            let help = format!("no action known on {} matches it: write the action you mean, or remove it", catalog::DATE);
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
            format!("it no longer existed on {}: remove it, or name the action that replaced it", catalog::DATE),
        ));
    }
    let date = format!("{} did not have an action `{name}` on {}", service.name(), catalog::DATE);
    if let Some(permissions) = catalog::permissions_of(text) {
        let quoted: Vec<String> = permissions.iter().map(|permission| format!("`{permission}`")).collect();
        let (needed, is) = (quoted.join(" and "), if quoted.len() == 1 { "its permission is" } else { "its permissions are" });
        let what = "it is the name of an API operation, not of an action".to_owned();
        return Some((what, format!("{is} {needed}"), format!("{date}: write {needed} instead")));
    }
    if catalog::condition_key(text).is_some() {
        let what = "it is the name of a condition key, not of an action".to_owned();
        return Some((what, "is a condition key".into(), format!("{date}: test it in a Condition, or remove it")));
    }
    // A near name of another service is not what was meant, but the same name may be.
    let is_meant = |near: &catalog::Action| near.service().prefix().eq_ignore_ascii_case(prefix) || near.name().eq_ignore_ascii_case(name);
    Some(match catalog::suggest_action(text).filter(is_meant) {
        Some(near) => {
            ("this action does not exist".into(), format!("did you mean `{near}`?"), format!("{date}: write `{near}` if you mean that one"))
        }
        None => ("this action does not exist".into(), "does not exist".into(), date),
    })
}
