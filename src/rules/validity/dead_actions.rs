//! Actions that do not exist: which of a statement's are none, why, what is meant, and whether that is allowed anyway.

use crate::access::Scope;
use crate::catalog::{self, AccessLevel, Action, ResourceSupport, arn_match};
use crate::policy::pattern::{Case, Pattern};
use crate::policy::{Item, Statement};

/// Why an action is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// `GetObject`
    NoService,
    /// `arn:aws:iam:PassRole`
    SeveralColons,
    /// A wildcard that matches no action.
    MatchesNothing,
    /// AWS had it once.
    Retired,
    /// The name of an operation of the API, which is allowed by other names.
    Operation,
    ConditionKey,
    Missing,
}

impl Fault {
    /// Whether AWS refuses the policy, and does not only ignore the action.
    pub fn is_refused(self) -> bool {
        matches!(self, Fault::NoService | Fault::SeveralColons)
    }

    /// Of an item of `Action`. Nothing for one that exists, that is not wholly known, or whose service the catalog does not have.
    pub fn of(item: &Item) -> Option<Fault> {
        let text = &*item.text;
        // Of a policy variable in an action `policy-variable-escaping` speaks.
        if item.pattern.has_hole() || item.pattern.is_any() || text.contains("${") || catalog::is_unlisted_action(text) {
            return None;
        }
        let Some((prefix, name)) = text.split_once(':') else { return Some(Fault::NoService) };
        // "Actions/Condition can contain only one colon" (MalformedPolicyDocument).
        if name.contains(':') {
            return Some(Fault::SeveralColons);
        }
        if catalog::is_half_known(prefix) {
            return None;
        }
        if item.pattern.has_wildcard() {
            let known = prefix.contains(['*', '?']) || catalog::service(prefix).is_some();
            // `xray:List*`, written for every service alike and for what is yet to come, loses nothing.
            let for_all = name.strip_suffix('*').is_some_and(catalog::is_verb);
            return (known && !for_all && catalog::expand(text).next().is_none()).then_some(Fault::MatchesNothing);
        }
        catalog::service(prefix)?;
        match () {
            () if catalog::action(text).is_some() => None,
            () if catalog::retired_action(text) => Some(Fault::Retired),
            () if catalog::permissions_of(text).is_some() => Some(Fault::Operation),
            () if catalog::condition_key(text).is_some() => Some(Fault::ConditionKey),
            () => Some(Fault::Missing),
        }
    }
}

/// What a statement has instead of an action.
pub struct Dead<'s> {
    pub item: &'s Item,
    pub fault: Fault,
    pub meant: Meant,
    /// Whether it is one of so many that nobody asks what each means.
    beyond: bool,
}

/// Of more dead names in a statement it is not worked out what is meant: that is slow, and a statement of a policy holds no more.
const MOST_ASKED: usize = 100;

/// What is meant by a name that is no action.
pub enum Meant {
    Nothing,
    /// Actions or patterns of actions, all of them; whether some resource of the statement is one that they work on.
    Actions {
        needs: Vec<String>,
        works: bool,
    },
    /// With a `*` at its end it matches so many actions, which only list and read.
    Pattern(String, usize),
}

impl<'s> Dead<'s> {
    /// The one at a position among those of its statement.
    pub fn of(item: &'s Item, fault: Fault, statement: &Statement, position: usize) -> Dead<'s> {
        let beyond = position >= MOST_ASKED;
        let meant = if beyond { Meant::Nothing } else { meant(&item.text, fault, statement) };
        Dead { item, fault, meant, beyond }
    }

    /// What is meant, if these are actions.
    pub fn needs(&self) -> &[String] {
        match &self.meant {
            Meant::Actions { needs, .. } => needs,
            Meant::Nothing | Meant::Pattern(..) => &[],
        }
    }

    /// What allows all that is meant, so that nothing is missing.
    pub fn allowed_by<'b>(&self, statement: &'b Statement, scope: &Scope) -> Option<By<'b>> {
        if self.beyond || self.fault.is_refused() { None } else { allowed_by(self.item, self.needs(), statement, scope) }
    }
}

fn meant(text: &str, fault: Fault, statement: &Statement) -> Meant {
    let actions = |needs: Vec<String>| {
        let works = needs.iter().all(|need| works_here(need, statement));
        Meant::Actions { needs, works }
    };
    match fault {
        Fault::NoService => catalog::suggest_action(text).map_or(Meant::Nothing, |action| actions(vec![action.to_string()])),
        Fault::SeveralColons => {
            let last = text.rsplitn(3, ':').take(2).collect::<Vec<_>>();
            let meant = last.get(1).zip(last.first()).and_then(|(prefix, name)| catalog::action(&format!("{prefix}:{name}")));
            meant.map_or(Meant::Nothing, |action| actions(vec![action.to_string()]))
        }
        Fault::MatchesNothing | Fault::Retired | Fault::ConditionKey => Meant::Nothing,
        Fault::Operation => {
            let needs = catalog::permissions_of(text).unwrap_or_default();
            actions(needs.iter().map(|need| (*need).to_owned()).collect())
        }
        Fault::Missing => near(text, statement).map(actions).unwrap_or_else(|| without_star(text)),
    }
}

/// What is near a name, works on the statement's resources, and gives no more than what stands around it. The same name in another service is
/// what is written.
fn near(text: &str, statement: &Statement) -> Option<Vec<String>> {
    let (prefix, name) = text.split_once(':')?;
    let is_own = |need: &str| {
        // A near name of another service is not what was meant, but the same name may be.
        need.split_once(':').is_some_and(|(own, known)| own.eq_ignore_ascii_case(prefix) || known.eq_ignore_ascii_case(name))
    };
    let works = |meant: &catalog::Meant| meant.needs.iter().all(|need| works_here(need, statement));
    let all: Vec<catalog::Meant> =
        catalog::meant_actions(text).into_iter().filter(|meant| meant.needs.iter().all(|need| is_own(need))).collect();
    // What is plainly meant is so on other resources as well.
    let meant = all.iter().find(|meant| works(meant)).or_else(|| all.iter().find(|meant| meant.is_slip))?;
    let is_same = |need: &str| need.split_once(':').is_some_and(|(_, known)| known.eq_ignore_ascii_case(name));
    let is_modest = |need: &String| is_same(need) || is_modest(need, meant.is_slip, statement);
    meant.needs.iter().all(is_modest).then(|| meant.needs.clone())
}

/// Nobody is talked into managing permissions, save where that is plainly what is written, beside others that do.
fn is_modest(need: &str, is_slip: bool, statement: &Statement) -> bool {
    let manages = |action: Action| action.effective_level() == AccessLevel::Permissions;
    if !statement.allows() || !catalog::expand(need).any(manages) {
        return true;
    }
    let mut others = statement.actions.iter().flat_map(|actions| &actions.items).filter_map(|item| catalog::action(&item.text)).peekable();
    is_slip && (others.peek().is_none() || others.any(manages))
}

/// `es:List`, where a `*` is missing. Not where it would stand for more than lists and reads.
fn without_star(text: &str) -> Meant {
    let pattern = format!("{text}*");
    let is_verb = text.split_once(':').is_some_and(|(_, name)| catalog::is_verb(name));
    let count = catalog::expand(&pattern).count();
    let shows = catalog::expand(&pattern).all(|action| action.effective_level() <= AccessLevel::Read);
    if is_verb && shows && count > 0 { Meant::Pattern(pattern, count) } else { Meant::Nothing }
}

/// Whether an action, or one that a pattern stands for, may work on a resource that the statement names.
fn works_here(need: &str, statement: &Statement) -> bool {
    let Some(resources) = statement.resources.as_ref().filter(|resources| !resources.negated && resources.gap.is_none()) else {
        return true;
    };
    let works = |action: Action| resources.items.iter().any(|item| arn_match::works_on(action, &item.pattern).possibly());
    resources.items.is_empty() || catalog::expand(need).any(works)
}

/// What allows all that a dead name stands for.
pub enum By<'s> {
    /// These elements of the same statement.
    Beside(Vec<&'s Item>),
    /// Another statement of those who hold this one, in part or alone.
    Elsewhere,
}

/// What allows all of `needs`, or all that an item could stand for. Only what it certainly allows, to everybody whom the statement is for.
pub fn allowed_by<'s>(item: &Item, needs: &[String], statement: &'s Statement, scope: &Scope) -> Option<By<'s>> {
    let actions = statement.actions.as_ref().filter(|actions| statement.allows() && !actions.negated)?;
    let others = || actions.items.iter().filter(|other| !std::ptr::eq(*other, item));
    let includes = |other: &Item, name: &Pattern| other.pattern.includes(name, Case::Insensitive).certainly();
    // `s3:*` allows what is meant by `s3:Head*`, whatever it is.
    let live = |other: &&Item| catalog::expand(&other.text).next().is_some();
    if let Some(wider) = others().filter(|other| includes(other, &item.pattern)).find(live) {
        return Some(By::Beside(vec![wider]));
    }
    let wanted: Vec<Action> = needs.iter().flat_map(|need| catalog::expand(need)).collect();
    if wanted.is_empty() {
        return None;
    }
    let mut beside: Vec<&Item> = Vec::new();
    let mut is_elsewhere = false;
    for action in wanted {
        let name = Pattern::exact(&action.to_string());
        match others().find(|other| includes(other, &name)).filter(|_| works_here(&action.to_string(), statement)) {
            Some(other) if beside.iter().any(|known| std::ptr::eq(*known, other)) => {}
            Some(other) => beside.push(other),
            None if is_allowed_elsewhere(action, statement, scope) => is_elsewhere = true,
            None => return None,
        }
    }
    Some(if is_elsewhere { By::Elsewhere } else { By::Beside(beside) })
}

/// Whether another statement of those who hold this one allows an action on what this one is about: on what it names, on more, or on what
/// is meant where it names more.
pub fn is_allowed_elsewhere(action: Action, statement: &Statement, scope: &Scope) -> bool {
    let name = Pattern::exact(&action.to_string());
    let ours: Vec<&Item> = statement.resources.iter().filter(|list| !list.negated).flat_map(|list| &list.items).collect();
    let covers = |other: &Statement| {
        let by_action = other
            .actions
            .iter()
            .any(|list| !list.negated && list.items.iter().any(|one| one.pattern.includes(&name, Case::Insensitive).certainly()));
        by_action && other.gap.is_none() && other.conditions.is_empty() && is_about(action, other, &ours)
    };
    statement.allows() && scope.is_allowed_to_the_same(statement, covers)
}

/// Whether a statement names, for an action, all that others name: or something of it.
fn is_about(action: Action, other: &Statement, ours: &[&Item]) -> bool {
    let theirs: Vec<&Item> = other.resources.iter().filter(|list| !list.negated).flat_map(|list| &list.items).collect();
    let on: Vec<&&Item> = theirs.iter().filter(|item| arn_match::works_on(action, &item.pattern).certainly()).collect();
    if on.iter().any(|item| item.is_every_resource()) {
        return true;
    }
    if matches!(action.resources(), ResourceSupport::WildcardOnly) || on.is_empty() {
        return false;
    }
    ours.iter().all(|own| own.is_every_resource() || on.iter().any(|item| is_related(item, own)))
}

/// Whether two resources are one thing, or one is what is in the other: a bucket and its objects, as they are written.
fn is_related(one: &Item, other: &Item) -> bool {
    let includes = |wide: &Item, narrow: &Item| wide.pattern.includes(&narrow.pattern, Case::Sensitive).certainly();
    let starts = |long: &Item, short: &Item| {
        let short = short.text.trim_end_matches(['*', '/', ':']);
        long.text.strip_prefix(short).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', ':', '*']))
    };
    includes(one, other) || includes(other, one) || starts(one, other) || starts(other, one)
}

/// Names in their order, each once.
pub fn unique<'n>(names: impl Iterator<Item = &'n str>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for name in names {
        if !found.iter().any(|known| known == name) {
            found.push(name.to_owned());
        }
    }
    found
}
