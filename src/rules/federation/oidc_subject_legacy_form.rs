use super::holes::guesses;
use super::subjects::{LONGEST, doors};
use crate::config::Persona;
use crate::finding::{Category, Severity, What};
use crate::policy::passing::Passing;
use crate::policy::pattern::Form;
use crate::policy::{Condition, Item, PolicyKind, Statement};
use crate::rules::kit::rule::{Context, OF_ROLES, Rule};
use crate::truth::Truth;

rule! {
    OidcSubjectLegacyForm, "oidc-subject-legacy-form",
    summary: "a GitHub subject without IDs, which new and renamed repositories do not have",
    category: Category::Correctness,
    severity: Severity::Info,
    persona: Persona::Pedantic,
    tags: &["trust", "federation"],
}

/// More values of one statement are not looked at.
const MOST_VALUES: usize = 60;

impl Rule for OidcSubjectLegacyForm {
    fn kinds(&self) -> &'static [PolicyKind] {
        OF_ROLES
    }

    fn statement(&self, statement: &Statement, context: &mut Context) {
        for door in doors(statement, context).into_iter().filter(|door| door.facts.id == "github-actions" && door.shared) {
            let (with_ids, without): (Vec<&Form>, Vec<&Form>) = door.facts.rows().into_iter().partition(|row| row.has_variable("owner_id"));
            let conditions = door.subjects(statement);
            let values = || conditions.iter().flat_map(|condition| condition.values.iter().map(move |value| (*condition, value)));
            if values().count() > MOST_VALUES || conditions.iter().any(|condition| condition.gap.is_some()) {
                continue;
            }
            let Some(kinds) = values().map(|(condition, value)| kind(condition, value, &without, &with_ids)).collect::<Option<Vec<_>>>()
            else {
                continue;
            };
            if kinds.contains(&Kind::WithIds) {
                continue;
            }
            let without: Vec<(&Condition, &Item)> =
                values().zip(&kinds).filter(|(_, kind)| **kind == Kind::Without).map(|(value, _)| value).collect();
            if let Some((condition, value)) = without.first() {
                let of_one = || without.iter().filter(|(other, _)| std::ptr::eq(*other, *condition)).map(|(_, value)| &*value.text);
                let finding = context
                    .at(&value.place, "does not have the IDs of the owner and the repository")
                    .says("a repository created, renamed or transferred after 2026-07-15", What::CannotAssume)
                    .because("its subject contains IDs")
                    .help(both_forms(of_one()));
                // Whom it keeps out it keeps out, whatever is denied.
                context.disregard_open();
                context.report(finding);
            }
        }
    }
}

/// Both forms of the subjects that a condition lists, as a list to paste.
fn both_forms<'v>(subjects: impl Iterator<Item = &'v str>) -> String {
    let pairs: Option<Vec<String>> = subjects.map(|subject| Some(format!("\"{subject}\", \"{}\"", with_ids(subject)?))).collect();
    match pairs.filter(|pairs| pairs.len() <= MOST_SHOWN) {
        Some(pairs) => format!(
            "list both forms, with your IDs (`gh api repos/OWNER/REPOSITORY --jq '.owner.id, .id'` prints them): [{}]",
            pairs.join(", ")
        ),
        None => "list the form with IDs beside each: `repo:OWNER@OWNER-ID/REPOSITORY@REPOSITORY-ID:…`".to_owned(),
    }
}

/// A help text has room for so many.
const MOST_SHOWN: usize = 3;

/// `repo:acme@OWNER-ID/web@REPOSITORY-ID:ref:refs/heads/main` for `repo:acme/web:ref:refs/heads/main`; nothing where the names do not end
/// in plain sight.
fn with_ids(subject: &str) -> Option<String> {
    let (owner, rest) = subject.strip_prefix("repo:")?.split_once('/')?;
    let (repository, rest) = rest.split_once(':')?;
    let plain = |name: &str| !name.contains(['*', '?', '/', '"', '{', '}', '$']);
    (plain(owner) && plain(repository)).then(|| format!("repo:{owner}@OWNER-ID/{repository}@REPOSITORY-ID:{rest}"))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    WithIds,
    Without,
    /// A subject that the tenant has made up.
    Neither,
}

/// What of the two forms a value lets in; none where source does not tell.
fn kind(condition: &Condition, value: &Item, without: &[&Form], with_ids: &[&Form]) -> Option<Kind> {
    if value.text.len() > LONGEST {
        return None;
    }
    let mut kind = Kind::Neither;
    // An unknown owner or repository may have its id with it.
    if value.pattern.has_hole() && value.pattern.literal_prefix().matches(':').count() < 2 {
        return None;
    }
    for guess in guesses(value)? {
        let one = Condition { values: vec![Item { pattern: guess.pattern, ..value.clone() }], ..condition.clone() };
        let passing = Passing::of(vec![&one], Truth::Yes);
        if passing.example_of(with_ids, &[]).is_some() {
            return Some(Kind::WithIds);
        }
        if passing.example_of(without, &[]).is_some() {
            kind = Kind::Without;
        }
    }
    Some(kind)
}
