use std::collections::HashMap;

use super::dead_actions;
use crate::access::Scope;
use crate::catalog::arn_match::{OtherEnd, Takes};
use crate::catalog::{self, AccessLevel, Action, ConditionKey, ResourceSupport, arn_match, unlisted};
use crate::eval::value::StepKind;
use crate::finding::{Category, Confidence, Message, Severity, What};
use crate::policy::arn::Arn;
use crate::policy::pattern::{Case, Pattern};
use crate::policy::{Item, PolicyKind, Statement};
use crate::rules::kit::memory::{Memo, Memory};
use crate::rules::kit::rule::{Context, Rule, listed};
use crate::truth::Truth;

rule! {
    ResourceTypeMismatch, "resource-type-mismatch",
    summary: "an action on resources of a type that it does not support",
    category: Category::Correctness,
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    tags: &["validity"],
}

/// Whether an ARN of a template may be one of a pattern's (`arn_match::fits_loosely`), as far as a run remembers.
struct Fits(Memo<(Pattern, &'static str), bool>);

impl Default for Fits {
    fn default() -> Fits {
        Fits(Memo::new(4096))
    }
}

impl Fits {
    fn may(&self, resource: &Pattern, template: &'static str) -> bool {
        self.0.get((resource.clone(), template), || arn_match::fits_loosely(resource, template).possibly())
    }
}

impl Rule for ResourceTypeMismatch {
    fn statement(&self, statement: &Statement, context: &mut Context) {
        let trust = context.kind().is_none_or(|kind| kind == PolicyKind::Trust);
        if trust || statement.gap.may_widen() || !(statement.allows() || statement.denies()) {
            return;
        }
        let (Some(actions), Some(resources)) = (&statement.actions, &statement.resources) else { return };
        if actions.negated || resources.negated || resources.gap.is_some() || resources.items.is_empty() {
            return;
        }
        // A resource that is no ARN has a rule of its own, and some are a service's own short forms.
        let odd = |item: &Item| !item.pattern.is_any() && !item.pattern.literal_prefix().starts_with("arn:");
        if resources.items.iter().any(|item| odd(item) || arn_match::is_unfinished(&item.pattern)) {
            return;
        }
        let mut asked = Asked { resources: &resources.items, memory: context.memory, known: HashMap::new() };
        let idle: Vec<Idle> = actions.items.iter().filter_map(|item| asked.idle(item)).collect();
        if idle.len() < actions.items.len() && is_one_or_the_other(&idle, &resources.items, context) {
            return;
        }
        let idle: Vec<Idle> = idle.into_iter().filter(|idle| !is_allowed_elsewhere(idle, statement, context)).collect();
        report(&idle, statement, &resources.items, context);
    }
}

/// An action that works on none of the statement's resources.
struct Idle<'s> {
    item: &'s Item,
    /// All that it stands for.
    actions: Vec<Action>,
    /// Names of the types that it works on; none if it works on `*` only.
    kinds: Vec<String>,
}

struct Asked<'s> {
    resources: &'s [Item],
    memory: &'s Memory,
    /// The same types come back in most actions of a service.
    known: HashMap<(&'static str, bool), bool>,
}

impl<'s> Asked<'s> {
    /// Nothing for what may work on one of the resources, or is not known.
    fn idle(&mut self, item: &'s Item) -> Option<Idle<'s>> {
        if item.pattern.has_hole() || self.resources.iter().any(|resource| resource.pattern.is_any()) {
            return None;
        }
        let mut actions = catalog::expand(&item.text);
        let first = actions.next()?;
        if is_bare_verb(&item.text) && self.of_service(first) {
            return None;
        }
        let (mut kinds, mut all) = (Vec::new(), Vec::new());
        for action in [first].into_iter().chain(actions) {
            all.push(action);
            if self.may_work(action) {
                return None;
            }
            for kind in arn_match::plainest_types(action) {
                if !kinds.iter().any(|known| known == kind.name()) {
                    kinds.push(kind.name().to_owned());
                }
            }
        }
        // `cloudwatch:PutMetricData` may leave its only type out, and nearly always does.
        if all.len() == 1 && !kinds.is_empty() && arn_match::takes(first, &[], &[]) == Takes::Everything {
            kinds.insert(0, "*".to_owned());
        }
        Some(Idle { item, actions: all, kinds })
    }

    /// Whether some resource is, or may be, of the action's own service.
    fn of_service(&self, action: Action) -> bool {
        let other = |resource: &Item| {
            let service = Arn::split(&resource.pattern).and_then(|arn| arn.service.as_exact().map(str::to_owned));
            service.is_some_and(|service| service != action.service().prefix())
        };
        !self.resources.iter().all(other)
    }

    fn may_work(&mut self, action: Action) -> bool {
        if self.resources.iter().any(|resource| unlisted::may_take(action, &resource.pattern) || is_of_renamed(action, resource)) {
            return true;
        }
        match action.resources() {
            ResourceSupport::Unknown => true,
            // What changes something changes a thing: where the reference has no type for it, it may have a hole.
            ResourceSupport::WildcardOnly if action.level() > AccessLevel::Read && self.of_service(action) => true,
            ResourceSupport::WildcardOnly => {
                let resources = self.resources;
                let answer = || Truth::any(resources.iter().map(|resource| arn_match::works_on(action, &resource.pattern))).possibly();
                *self.known.entry((action.service().prefix(), true)).or_insert_with(answer)
            }
            ResourceSupport::Types(kinds) => kinds.flat_map(|kind| kind.resource_type().arns()).any(|template| {
                let (resources, fits) = (self.resources, self.memory.of::<Fits>());
                let answer = || resources.iter().any(|resource| fits.may(&resource.pattern, template));
                *self.known.entry((template, false)).or_insert_with(answer)
            }),
        }
    }
}

/// Whether a resource is of the action's service under its other name. AWS's guides do not agree on whether the old actions work on
/// ARNs of the new name.
fn is_of_renamed(action: Action, resource: &Item) -> bool {
    let service = Arn::split(&resource.pattern).and_then(|arn| arn.service.as_exact().map(str::to_owned));
    service.is_some_and(|service| catalog::is_renamed(&service, action.service().prefix()))
}

/// `s3:Describe*`: who writes a bare verb takes what there is, and may find nothing.
fn is_bare_verb(action: &str) -> bool {
    let verb = action.split_once(':').and_then(|(_, name)| name.strip_suffix('*'));
    verb.is_some_and(|verb| {
        let mut letters = verb.chars();
        letters.next().is_some_and(char::is_alphabetic) && letters.all(|letter| letter.is_ascii_lowercase())
    })
}

/// A module that is given the ARN of a queue or of a topic allows what either needs: of two actions one is always idle.
fn is_one_or_the_other(idle: &[Idle], resources: &[Item], scope: &Scope) -> bool {
    let given = |kind| matches!(kind, StepKind::ModuleArgument | StepKind::VariableDefault | StepKind::VariableValue);
    resources.iter().all(|item| {
        let Some(arn) = Arn::split(&item.pattern) else { return false };
        let Some(service) = arn.service.as_exact() else { return false };
        let written = scope.sources.text(item.place.span);
        let by_variable = item.place.way.steps().iter().any(|step| given(step.kind)) || written.contains("var.");
        by_variable
            && !written.contains(&format!(":{service}:"))
            && idle.iter().all(|idle| idle.actions.iter().all(|action| action.service().prefix() != service))
    })
}

/// Whether another statement allows the action on everything, or on what is meant, so that nothing is missing.
fn is_allowed_elsewhere(idle: &Idle, statement: &Statement, scope: &Scope) -> bool {
    let includes = |wider: &Item| wider.pattern.includes(&idle.item.pattern, Case::Insensitive).certainly();
    let on_everything = |other: &Statement| {
        let all = other.resources.iter().any(|list| !list.negated && list.items.iter().any(Item::is_every_resource));
        all && other.actions.iter().any(|list| !list.negated && list.items.iter().any(includes))
    };
    let each = || idle.actions.iter().all(|action| dead_actions::is_allowed_elsewhere(*action, statement, scope));
    statement.allows() && (scope.is_allowed_to_the_same(statement, on_everything) || each() || is_left_over(idle, statement, scope))
}

/// Whether nothing that the statement names is of the action's service, and another one allows the action on something that is: then this one
/// was left behind.
fn is_left_over(idle: &Idle, statement: &Statement, scope: &Scope) -> bool {
    let resources =
        |of: &Statement| of.resources.iter().filter(|list| !list.negated).flat_map(|list| list.items.clone()).collect::<Vec<_>>();
    let service = |item: &Item| Arn::split(&item.pattern).and_then(|arn| arn.service.as_exact().map(str::to_owned));
    let of_others =
        |action: &Action| resources(statement).iter().all(|item| service(item).is_some_and(|service| service != action.service().prefix()));
    let works = |other: &Statement| {
        let allows = |action: &Action| other.covers_action(&action.to_string()).certainly();
        let on_something = |action: &Action| resources(other).iter().any(|item| arn_match::works_on(*action, &item.pattern).certainly());
        idle.actions.iter().all(|action| allows(action) && on_something(action))
    };
    idle.actions.iter().all(of_others) && scope.is_allowed_to_the_same(statement, works)
}

/// So many elements of a statement are pointed at.
const MOST_LABELS: usize = 4;

fn report(idle: &[Idle], statement: &Statement, resources: &[Item], context: &mut Context) {
    let (Some((first, rest)), Some(resource)) = (idle.split_first(), resources.first()) else { return };
    let names: Vec<String> = idle.iter().map(|idle| idle.item.text.to_string()).collect();
    let work = if rest.is_empty() { "works" } else { "work" };
    let (effect, effects) = if statement.denies() { ("denied", "denies") } else { ("allowed", "allows") };
    let (names, kinds) = (listed(&names, 3), listed(&all_kinds(idle), 3));
    let of = match (kinds.is_empty(), idle.iter().any(|idle| idle.kinds.is_empty())) {
        (true, _) => "only on `*`".to_owned(),
        (false, false) => format!("on {kinds}"),
        (false, true) => format!("on {kinds}, or only on `*`"),
    };
    let refused = context.document().is_some_and(|document| BUCKETS.contains(&document.carrier.resource()));
    let message = match refused {
        // "Action does not apply to any resource(s) in statement" (Amazon S3 User Guide, "Troubleshooting bucket policies").
        true => Message::new("S3", What::Is("rejects this policy".to_owned()))
            .because(format!("{names} {work} {of}, which the statement does not name")),
        false => Message::new("this statement", What::Is(format!("never {effects} {names}"))).aside(format!("which {work} {of}")),
    };
    let named = match (kinds.is_empty(), resources.len()) {
        (true, 1) => "is not `*`",
        (true, _) => "and those after it are not `*`",
        (false, 1) => "is another resource",
        (false, _) => "and those after it are other resources",
    };
    let finding = context.at(&first.item.place, label(first)).message(message).confidence(Confidence::Medium);
    let finding = rest.iter().take(MOST_LABELS - 1).fold(finding, |finding, idle| finding.further(idle.item.place.span, label(idle)));
    let mut finding = finding.help(help(idle, statement, context)).kind(if refused { "refused" } else { effect }).facts([names, kinds]);
    if resource.place.span != first.item.place.span {
        finding = finding.label(resource.place.span, named);
    }
    context.report(finding);
}

fn label(idle: &Idle) -> String {
    if idle.kinds.is_empty() { "works only on `*`".to_owned() } else { format!("works on {}", listed(&idle.kinds, 2)) }
}

const BUCKETS: &[&str] = &["aws_s3_bucket", "aws_s3_bucket_policy"];

fn all_kinds(idle: &[Idle]) -> Vec<String> {
    let mut kinds: Vec<String> = Vec::new();
    for kind in idle.iter().flat_map(|idle| &idle.kinds) {
        if !kinds.contains(kind) {
            kinds.push(kind.clone());
        }
    }
    kinds
}

/// So many kinds of resources are named to write instead.
const MOST_NAMED: usize = 2;

fn help(idle: &[Idle], statement: &Statement, scope: &Scope) -> String {
    let (mut for_all, mut by_key): (Vec<String>, Vec<String>) = Default::default();
    let mut needed: Vec<(String, Vec<String>)> = Vec::new();
    for one in idle {
        let Some(action) =
            one.actions.iter().find(|action| matches!(action.resources(), ResourceSupport::Types(_)) || one.kinds.is_empty())
        else {
            continue;
        };
        let key = statement.resources.as_ref().and_then(|list| list.items.first()).and_then(|resource| key_for(*action, resource));
        let takes = || takes(one, *action, statement, scope);
        match (key, one.kinds.is_empty()) {
            (Some(key), _) => by_key.push(format!("write Resource \"*\" for `{action}`, and limit it by a condition on `{}`", key.name())),
            (None, true) => for_all.push(one.item.text.to_string()),
            (None, false) => match takes() {
                Some(arn) => match needed.iter_mut().find(|(known, _)| *known == arn) {
                    Some((_, names)) => names.push(one.item.text.to_string()),
                    None => needed.push((arn, vec![one.item.text.to_string()])),
                },
                None => by_key.push(on_everything(*action)),
            },
        }
    }
    needed.truncate(MOST_NAMED);
    by_key.truncate(1);
    let works = if idle.len() == 1 { "it works" } else { "they work" };
    let need = |names: &[String]| if names.len() == 1 { "needs" } else { "need" };
    let needed: Vec<String> = needed.iter().map(|(arn, names)| format!("{} {} {arn}", listed(names, 3), need(names))).collect();
    let named = (!needed.is_empty()).then(|| format!("name what {works} with: {}", needed.join(", ")));
    let (it, them) = if for_all.len() == 1 { ("it", "it") } else { ("them", "them") };
    let it = if for_all.len() == idle.len() { it.to_owned() } else { listed(&for_all, 3) };
    let moved = (!for_all.is_empty()).then(|| {
        let date = catalog::DATE;
        format!("remove {it} if nothing needs {them}, or move {them} to a statement with Resource \"*\": AWS does not have a resource type for {them} (as of {date})")
    });
    named.into_iter().chain(by_key).chain(moved).collect::<Vec<_>>().join("; ")
}

/// What an element takes: the statement's own resource with its end changed, if that will do, else the form of an ARN.
fn takes(idle: &Idle, action: Action, statement: &Statement, scope: &Scope) -> Option<String> {
    let resources = statement.resources.as_ref().map_or(&[][..], |list| &list.items);
    if let Some(own) = resources.iter().find_map(|resource| with_other_end(idle, resource, scope)) {
        return Some(format!("`{own}`"));
    }
    let own: Vec<&Pattern> = resources.iter().map(|item| &item.pattern).collect();
    let beside = statement.actions.iter().flat_map(|actions| &actions.items).filter_map(|item| catalog::action(&item.text));
    match idle.actions.as_slice() {
        [_] => arn_match::takes(action, &own, &beside.collect::<Vec<_>>()).text(),
        _ => arn_match::most_taken(&idle.item.text, &own)?.text(),
    }
}

/// `arn:aws:s3:::site/*` for what is in `arn:aws:s3:::site`, and that for its bucket.
fn with_other_end(idle: &Idle, resource: &Item, scope: &Scope) -> Option<String> {
    let mut typed = idle.actions.iter().filter(|action| matches!(action.resources(), ResourceSupport::Types(_))).peekable();
    let (text, pattern) = match arn_match::other_end(&resource.pattern, **typed.peek()?)? {
        OtherEnd::With(end) => (format!("{}{end}", written(resource, scope)?), resource.pattern.followed_by(end)?),
        OtherEnd::Without(end) => {
            (written(resource, scope)?.strip_suffix(end)?.to_owned(), resource.pattern.without_end(end.trim_end_matches('*'))?)
        }
    };
    typed.all(|action| arn_match::works_on(*action, &pattern).possibly()).then_some(text)
}

/// A resource as its author would write it into a string: `${aws_s3_bucket.site.arn}` where source does not give all of it. Nothing where that
/// is written in more words than a reference.
fn written(resource: &Item, scope: &Scope) -> Option<String> {
    if !resource.pattern.has_hole() {
        return Some(resource.text.to_string());
    }
    let text = scope.sources.text(resource.place.span);
    if let Some(inside) = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
        return Some(inside.to_owned());
    }
    let is_reference = text.chars().all(|character| character.is_ascii_alphanumeric() || "._-[]\"".contains(character));
    if is_reference { Some(format!("${{{text}}}")) } else { text.starts_with("${").then(|| text.to_owned()) }
}

/// For an action that is asked for on everything although it has a resource type.
fn on_everything(action: Action) -> String {
    match arn_match::own_key(action) {
        Some(key) => format!("write Resource \"*\" for `{action}`, and limit it by a condition on `{}`", key.name()),
        None => format!("write Resource \"*\" for `{action}`"),
    }
}

/// The action's condition key for a resource of its service that stands where it takes another: `ecs:cluster` for a cluster beside
/// `ecs:ListTasks` (Amazon ECS Developer Guide, "Identity-based policy examples").
fn key_for(action: Action, resource: &Item) -> Option<ConditionKey> {
    let arn = Arn::split(&resource.pattern)?;
    let service = arn.service.as_exact().filter(|service| *service == action.service().prefix())?;
    let (kind, _) = arn.resource.literal_prefix().split_once(['/', ':'])?;
    action.condition_keys().find(|key| key.name().eq_ignore_ascii_case(&format!("{service}:{kind}")))
}
