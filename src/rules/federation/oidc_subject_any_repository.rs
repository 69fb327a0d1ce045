use super::reach::{Breadth, Reach};
use super::subjects::{Door, doors};
use crate::finding::{Category, Severity, What};
use crate::policy::{PolicyKind, Statement};
use crate::rules::kit::rule::{Context, OF_ROLES, Rule};

rule! {
    OidcSubjectAnyRepository, "oidc-subject-any-repository",
    summary: "a role that every repository or project of an organization can assume",
    category: Category::Security,
    severity: Severity::High,
    supersedes: &["oidc-subject-any-ref", "oidc-subject-pull-request"],
    tags: &["trust", "federation"],
}

impl Rule for OidcSubjectAnyRepository {
    fn kinds(&self) -> &'static [PolicyKind] {
        OF_ROLES
    }

    fn statement(&self, statement: &Statement, context: &mut Context) {
        for door in doors(statement, context).into_iter().filter(|door| door.facts.any_repository) {
            for wide in door.wide(statement, context) {
                let whole = wide.reach.breadth == Breadth::Tenants && !door.shared;
                if wide.reach.breadth != Breadth::Repositories && !whole {
                    continue;
                }
                let finding = context
                    .at(&wide.value.place, format!("admits `{}`, but also `{}`", wide.reach.meant, wide.reach.other))
                    .kind(kind(&wide.reach, whole))
                    .facts(facts(&door, &wide.reach, whole))
                    .says(who(&door, &wide.reach, whole), What::Assume)
                    .help(help(&door));
                context.report_token(finding);
            }
            without_subject(&door, statement, context);
        }
    }
}

/// Where no subject is asked for: another claim may name the owner, or the issuer's URL does.
fn without_subject(door: &Door, statement: &Statement, context: &mut Context) {
    let unit = unit(door);
    let by_claim = door.pinned_by(statement, false);
    let own = !door.shared && door.known && door.is_open_and_has_no_subject(statement);
    let closer = || door.facts.pins_repository.iter().any(|claim| door.asks_for(statement, claim).possibly());
    let (kind, place, label, whose) = match by_claim {
        Some(condition) => ("claim", &condition.key_place, "only says whose token it must be", "of that owner"),
        None if own && !closer() => {
            ("issuer", &door.principal.item.place, "admits every token of the issuer", "that has tokens of this issuer")
        }
        None => return,
    };
    let finding = context
        .at(place, label)
        .kind(kind)
        .fact(unit)
        .says(format!("any {unit} {whose}, including future ones,"), What::Assume)
        .help(help(door));
    context.report_token(finding);
}

fn who(door: &Door, reach: &Reach, whole: bool) -> String {
    let facts = door.facts;
    let unit = unit(door);
    match (whole, reach.tenant.as_str(), reach.any_name) {
        (true, ..) => format!("any {unit} of the whole server"),
        (false, "", _) => format!("any {unit} that its other conditions admit, including future ones,"),
        (false, tenant, true) => format!("any {unit} of {} `{tenant}`, including future ones,", facts.tenant_word),
        (false, tenant, false) => format!("any {unit} of {} `{tenant}` whose name matches, including future ones,", facts.tenant_word),
    }
}

fn kind(reach: &Reach, whole: bool) -> &'static str {
    match (whole, reach.tenant.as_str(), reach.any_name) {
        (true, ..) => "server",
        (false, "", _) => "conditions",
        (false, _, true) => "tenant",
        (false, _, false) => "name",
    }
}

/// What `who` names.
fn facts<'d>(door: &'d Door, reach: &'d Reach, whole: bool) -> Vec<&'d str> {
    match whole || reach.tenant.is_empty() {
        true => vec![unit(door)],
        false => vec![unit(door), &door.facts.tenant_word, &reach.tenant],
    }
}

/// What two subjects differ in.
fn unit(door: &Door) -> &'static str {
    match door.facts.id.as_str() {
        // A workspace is in a project, whose members decide on it.
        "hcp-terraform" => "project",
        "scalr" => "environment",
        _ => &door.facts.repository_word,
    }
}

fn help(door: &Door) -> String {
    let example = door.facts.example_text().map(|example| format!(", each as {example}")).unwrap_or_default();
    format!("list the {} that need the role{example}; give others their own roles", plural(unit(door)))
}

/// `repositories`
fn plural(word: &str) -> String {
    match word.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None => format!("{word}s"),
    }
}
