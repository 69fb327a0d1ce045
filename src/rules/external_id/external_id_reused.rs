use std::collections::BTreeMap;
use std::rc::Rc;

use super::{admitted, asking};
use crate::access::Scope;
use crate::estate::{AccountRef, Attached, FormId, Relation};
use crate::eval::unknown::Unknown;
use crate::finding::{Category, Confidence, Severity, What};
use crate::policy::pattern::{Pattern, Segment};
use crate::policy::{Condition, Place, PolicyKind, Statement};
use crate::rules::kit::option::Flag;
use crate::rules::kit::rule::{Context, Rule};
use crate::rules::kit::trust::lets_in;

rule! {
    ExternalIdReused, "external-id-reused",
    summary: "one external ID shared by several third parties",
    category: Category::Security,
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    tags: &["trust", "external-id"],
    options: &[&ACROSS_ROLES.0],
}

static ACROSS_ROLES: Flag = Flag::new(
    "external-id-reused",
    "across_roles",
    "Also report one third party that is asked for the same external ID in two of your accounts",
    true,
);

/// Who is let in under an external ID.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Party {
    /// A vendor's name, or the number of an account that nobody knows.
    name: String,
    shown: String,
}

/// A statement that asks for an external ID.
struct Use<'a> {
    form: FormId,
    attached: &'a Attached,
    statement: &'a Statement,
    place: &'a Place,
    key: &'a Place,
    parties: Rc<[Party]>,
    role: Rc<str>,
}

impl Rule for ExternalIdReused {
    fn estate(&self, context: &mut Context) {
        let across_roles = ACROSS_ROLES.is_set(context.config);
        for uses in by_value(context).values() {
            for (index, again) in uses.iter().enumerate().skip(1) {
                // Few ask for one ID, and of many the first ones are enough.
                let earlier = || uses.iter().take(index.min(MOST_COMPARED));
                let other = earlier().find(|first| are_two(first, again));
                match other.or_else(|| earlier().find(|first| across_roles && are_two_accounts(first, again))) {
                    Some(first) => report(first, again, context),
                    None => continue,
                }
            }
        }
    }
}

/// How many of those who ask for one ID each is compared with.
const MOST_COMPARED: usize = 50;

/// Every use of each value that source tells from others.
fn by_value<'a>(context: &mut Context<'a>) -> BTreeMap<String, Vec<Use<'a>>> {
    let mut found: BTreeMap<String, Vec<Use>> = BTreeMap::new();
    let estate = context.estate;
    for (form, attached) in estate.forms().filter(|(_, attached)| attached.document.kind == PolicyKind::Trust) {
        context.at_policy(form, attached);
        for statement in attached.document.statements.iter().filter(|statement| lets_in(statement, "sts:AssumeRole", context)) {
            let parties: Rc<[Party]> = parties(statement, context).into();
            let role: Rc<str> = context.subject_name().into();
            for (value, place, key) in asking(statement).flat_map(values).filter(|_| !parties.is_empty()) {
                let (parties, role) = (Rc::clone(&parties), Rc::clone(&role));
                found.entry(value).or_default().push(Use { form, attached, statement, place, key, parties, role });
            }
        }
    }
    found
}

/// What the values are known by, with the places of value and key.
fn values(condition: &Condition) -> Vec<(String, &Place, &Place)> {
    let key = &condition.key_place;
    let each = condition.values.iter().filter_map(|value| Some((identity(&value.pattern)?, &value.place, key)));
    let whole = condition.gap.iter().filter(|_| condition.values.is_empty()).filter_map(|gap| Some((symbol(gap)?, key, key)));
    each.chain(whole).collect()
}

fn identity(pattern: &Pattern) -> Option<String> {
    let known = |segment: &Segment| match segment {
        Segment::Literal(_) => true,
        Segment::Hole(hole) => hole.id.is_some(),
        Segment::Star | Segment::Question | Segment::Variable(_) => false,
    };
    let segments = pattern.segments();
    (!segments.is_empty() && segments.iter().all(known)).then(|| match segments {
        [Segment::Hole(hole)] => format!("symbol {}", hole.id.as_deref().unwrap_or_default()),
        _ => format!("text {segments:?}"),
    })
}

fn symbol(unknown: &Unknown) -> Option<String> {
    unknown.symbol.as_ref().map(|symbol| format!("symbol {}", symbol.key))
}

/// The third parties that a statement lets in. Own accounts may share what they like.
fn parties(statement: &Statement, scope: &Scope) -> Vec<Party> {
    let mut parties: Vec<Party> = Vec::new();
    for (_, account, relation) in admitted(statement, scope) {
        let party = match (relation, account.number()) {
            (Relation::Vendor { name }, _) => Party { name: name.to_owned(), shown: name.to_owned() },
            (Relation::ThirdParty { name }, _) => Party { name: name.to_string(), shown: format!("`{name}`") },
            (Relation::Stranger, Some(number)) => Party { name: number.to_owned(), shown: format!("account {number}") },
            _ => continue,
        };
        if !parties.contains(&party) {
            parties.push(party);
        }
    }
    parties
}

/// Whether the two let in different third parties. The forms that one policy may have are never there together.
fn are_two(first: &Use, again: &Use) -> bool {
    !first.attached.policy.has(again.form) && !first.parties.iter().any(|party| again.parties.contains(party))
}

/// Whether two roles in two accounts let in the same third party.
fn are_two_accounts(first: &Use, again: &Use) -> bool {
    let number = |account: &AccountRef| account.number().map(str::to_owned);
    let accounts = (number(&first.attached.account), number(&again.attached.account));
    matches!(accounts, (Some(first), Some(again)) if first != again)
}

fn report<'a>(first: &Use<'a>, again: &Use<'a>, context: &mut Context<'a>) {
    context.at_policy(again.form, again.attached);
    context.at_statement(again.statement);
    let (one, other) = (listed(&first.parties), listed(&again.parties));
    let (other_party, who) = match are_two(first, again) {
        true => (&*one, format!("{one}, which also knows the external ID,")),
        false => ("", format!("anyone who can use {other} for one of your accounts that share this external ID")),
    };
    let label = |used: &Use| format!("is what {} asks of {}", used.role, listed(&used.parties));
    let mut finding = context
        .at(again.place, label(again))
        .known_by(format!("{one} at {}", first.role))
        .facts([other_party, &other])
        .says(who, What::AssumeThrough(other.clone()))
        .help("use a different external ID for each third party: the one that it generated for you");
    // Both may have it from one place, such as a variable's default.
    let there = if first.place.span == again.place.span { first.key } else { first.place };
    if there.span != again.place.span {
        finding = finding.label(there.span, label(first));
    }
    context.report_token(finding);
}

fn listed(parties: &[Party]) -> String {
    match parties {
        [] => String::new(),
        [only] => only.shown.clone(),
        [first, rest @ ..] => format!("{} and {} more", first.shown, rest.len()),
    }
}
