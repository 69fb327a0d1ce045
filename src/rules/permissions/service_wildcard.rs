use crate::access::Access;
use crate::catalog::{self, AccessLevel, Action, ResourceSupport, Service, arn_match};
use crate::config::Persona;
use crate::finding::{Category, Severity, What};
use crate::policy::{Item, PolicyKind, Statement};
use crate::rules::kit::allowed;
use crate::rules::kit::rule::{Context, OF_IDENTITIES, Rule, listed};
use crate::rules::kit::shared::scoped_by_condition;

rule! {
    ServiceWildcard, "service-wildcard",
    summary: "every action of a service, including dangerous and future ones",
    category: Category::Security,
    severity: Severity::Low,
    persona: Persona::Pedantic,
    tags: &["permissions"],
}

impl Rule for ServiceWildcard {
    fn kinds(&self) -> &'static [PolicyKind] {
        OF_IDENTITIES
    }

    fn statement(&self, statement: &Statement, context: &mut Context) {
        if !statement.allows() || scoped_by_condition(statement).possibly() {
            return;
        }
        let (Some(actions), Some(resources)) = (&statement.actions, &statement.resources) else { return };
        if actions.negated || resources.negated || resources.gap.is_some() || is_one_thing(&resources.items) {
            return;
        }
        let access = context.access();
        for item in &actions.items {
            let Some(Whole { service, kind, names, uses }) = whole(item, &resources.items, statement, &access) else { continue };
            let label = format!("is {} actions, and every future one", service.actions().count());
            let help = format!("name the actions that are needed, or groups of them such as `{}:Get*`", service.prefix());
            let finding = context.at(&item.place, label).says(context.subject_name(), What::Can(uses)).help(help);
            context.report_left(finding.kind(kind).facts([service.prefix(), &names]), &access);
        }
    }
}

/// Every action of a service, as far as it matters.
pub(super) struct Whole {
    service: Service,
    pub kind: &'static str,
    /// Actions that show what it means.
    pub names: String,
    pub uses: String,
}

/// The first one of a statement, on more than one thing.
pub(super) fn first_whole(statement: &Statement, access: &Access) -> Option<Whole> {
    let (actions, resources) = (statement.actions.as_ref()?, statement.resources.as_ref()?);
    let limited = actions.negated || resources.negated || is_one_thing(&resources.items) || scoped_by_condition(statement).possibly();
    if !statement.allows() || limited {
        return None;
    }
    actions.items.iter().find_map(|item| whole(item, &resources.items, statement, access))
}

fn whole(item: &Item, resources: &[Item], statement: &Statement, access: &Access) -> Option<Whole> {
    let service = every_action_of(item)?;
    let is_left = |action: &Action| access.is_free() || allowed::is_left(access, statement, *action).possibly();
    let reached: Vec<Action> = grave(service).filter(|action| may_reach(*action, resources)).collect();
    let grave: Vec<Action> = reached.iter().copied().filter(is_left).collect();
    // One speaks for the rest: what changes permissions before what deletes, and the plainest of them.
    let plainest = |action: &&Action| (action.effective_level(), std::cmp::Reverse(action.name().len()));
    let worst = grave.iter().max_by_key(plainest)?;
    let names: Vec<String> = examples(&grave, *worst).iter().map(Action::to_string).collect();
    let (kind, but) = match grave.len() == reached.len() {
        true => ("", ""),
        false if access.boundary().is_some() => ("not-denied", " that is left to it"),
        false => ("not-denied", " that is not denied"),
    };
    let names = listed(&names, names.len());
    let uses = format!("use every `{}` action{but}, including {names}", service.prefix());
    Some(Whole { service, kind, names, uses })
}

/// The service of `svc:*`, and nothing else.
fn every_action_of(item: &Item) -> Option<Service> {
    let (prefix, rest) = item.text.split_once(':')?;
    let all = !rest.is_empty() && rest.bytes().all(|byte| byte == b'*');
    all.then(|| catalog::service(prefix)).flatten().filter(|_| !item.pattern.has_hole())
}

/// What makes it matter: actions that change permissions, or delete.
fn grave(service: Service) -> impl Iterator<Item = Action> {
    service.actions().filter(|action| {
        let deletes = ["Delete", "Terminate", "Purge"].iter().any(|verb| action.name().starts_with(verb));
        // What cannot be narrowed to single things is no thing of worth: the draft of a support case.
        let narrowable = matches!(action.resources(), ResourceSupport::Types(_));
        action.effective_level() == AccessLevel::Permissions || deletes && narrowable && action.level() == AccessLevel::Write
    })
}

fn may_reach(action: Action, resources: &[Item]) -> bool {
    let known = matches!(action.resources(), ResourceSupport::Types(_) | ResourceSupport::WildcardOnly);
    known && resources.iter().any(|item| arn_match::works_on(action, &item.pattern).certainly())
}

/// One that changes permissions and one that deletes.
fn examples(grave: &[Action], worst: Action) -> Vec<Action> {
    let deletes = grave.iter().filter(|action| action.name().starts_with("Delete") && **action != worst);
    [worst].into_iter().chain(deletes.copied().min_by_key(|action| action.name().len())).collect()
}

/// Whether all that is named is one thing, known or not, and what is in it: a queue, a table with its indexes, a bucket with its
/// objects. Who owns a thing may well do everything with it.
fn is_one_thing(resources: &[Item]) -> bool {
    let texts: Vec<&str> = resources.iter().map(|item| &*item.text).collect();
    arn_match::is_one_thing(&texts)
}
