use super::misnamed::{asks, has_scheme_in_arn, no_keys, subject_as_audience};
use super::reach::{Breadth, Reaches};
use super::subjects::{Door, LONGEST, doors};
use crate::access::Scope;
use crate::catalog::{self, issuer_and_claim};
use crate::finding::{Category, Edit, Help, Message, Severity, What};
use crate::policy::condition::{Base, Operator};
use crate::policy::federation::{IdentityProvider, Issuer};
use crate::policy::passing::Passing;
use crate::policy::pattern::{Form, Mode, Pattern, Segment};
use crate::policy::rewrite;
use crate::policy::{Condition, Item, PolicyKind, Statement};
use crate::rules::kit::rule::{Context, OF_ROLES, Rule};
use crate::truth::Truth;

rule! {
    OidcSubjectNeverMatches, "oidc-subject-never-matches",
    summary: "a condition on an identity provider's tokens that no token meets",
    category: Category::Correctness,
    severity: Severity::Medium,
    supersedes: &["condition-never-matches", "unknown-condition-key"],
    tags: &["trust", "federation", "conditions"],
}

impl Rule for OidcSubjectNeverMatches {
    fn kinds(&self) -> &'static [PolicyKind] {
        OF_ROLES
    }

    fn statement(&self, statement: &Statement, context: &mut Context) {
        if !statement.allows() {
            return;
        }
        misnamed(statement, context);
        keys(statement, context);
        let doors = doors(statement, context);
        // What no token has lets nobody in, whatever is denied.
        context.disregard_open();
        // Two providers of one kind have the same subjects.
        let Some(door) = doors.first().filter(|door| doors.iter().all(|other| other.facts.id == door.facts.id)) else { return };
        claims(door, statement, context);
        values(door, statement, context);
    }
}

/// Providers and claims that are written so that no token is of them.
fn misnamed(statement: &Statement, context: &mut Context) {
    for no_key in no_keys(statement, context) {
        let finding = context
            .at(&no_key.condition.key_place, no_key.why)
            .kind("no-key")
            .fact(&*no_key.condition.key)
            .says("nobody", What::Assume)
            .because(format!("no request carries {}", no_key.what))
            .help(no_key.help);
        context.report_token(finding);
    }
    for (principal, provider) in statement.identity_providers() {
        let IdentityProvider::OpenIdConnect(issuer) = provider else { continue };
        if has_scheme_in_arn(principal, context) {
            let arn = &principal.item.text;
            let finding = context
                .at(&principal.item.place, "has the scheme of the provider's URL, which is not part of its ARN")
                .kind("no-provider")
                .fact(&**arn)
                .says("nobody", What::Assume)
                .because(format!("no identity provider has the ARN `{arn}`"))
                .help("remove `https://` from the ARN");
            context.report_token(finding);
        }
        if let Some((condition, value)) = subject_as_audience(statement, principal, &issuer, context) {
            let finding = context
                .at(&value.place, "is a subject, not an audience")
                .kind("subject-as-audience")
                .fact(&*value.text)
                .says("nobody", What::Assume)
                .because(format!("no token is for the audience `{}`", value.text))
                .label(condition.key_place.span, "is whom the token is for, and not whose it is")
                .help(subject_and_audience(&issuer, !statement.conditions_on_claim(&issuer, "sub").is_empty()));
            context.report_token(finding);
        }
    }
}

/// What to test where a subject stands for the audience.
fn subject_and_audience(issuer: &Issuer, has_subject: bool) -> String {
    let name = issuer.exact().unwrap_or("ISSUER");
    let facts = if issuer.is_of_cluster() { catalog::issuers::issuer_of_subjects("system:serviceaccount:") } else { catalog::issuer(name) };
    let audience = facts.and_then(|facts| facts.audience.as_ref()).map_or_else(String::new, |audience| format!(", such as `{audience}`"));
    match has_subject {
        true => format!("write an audience that the provider accepts{audience}"),
        false => format!("test `{name}:sub` for it, and `{name}:aud` for an audience that the provider accepts{audience}"),
    }
}

/// Conditions on keys that no token of the statement's providers has.
fn keys(statement: &Statement, context: &mut Context) {
    let providers: Option<Vec<Issuer>> = statement
        .identity_providers()
        .map(|(_, provider)| match provider {
            IdentityProvider::OpenIdConnect(issuer) if issuer.exact().is_some() => Some(issuer),
            _ => None,
        })
        .collect();
    let all_told = statement.principals.as_ref().is_some_and(|principals| !principals.negated && principals.gap.is_none());
    let Some(providers) = providers.filter(|providers| all_told && !providers.is_empty()) else { return };
    both(&providers, statement, context);
    for condition in statement.conditions.iter().filter(|condition| asks(condition)) {
        let Some((name, claim)) = issuer_and_claim(&condition.key) else { continue };
        if providers.iter().any(|issuer| issuer.claim(&condition.key).is_some()) {
            continue;
        }
        let Some(own) = providers.first().and_then(Issuer::exact) else { continue };
        let reason = if own.strip_suffix('/') == Some(name) {
            "lacks the slash at the end of the provider's URL"
        } else if own.strip_prefix(name).is_some_and(|path| path.starts_with('/')) {
            "lacks the path of the provider's URL"
        } else {
            "is a key of another provider"
        };
        // A key of an issuer that everybody knows is right more often than the name of a provider that nobody knows.
        let is_known = |name: &str| catalog::issuer(name).is_some();
        let by_principal = is_known(name) && !is_known(own);
        let help = match by_principal {
            true => format!("name the provider of `{name}` as the principal, or write `{own}:{claim}`"),
            false => format!("write `{own}:{claim}`"),
        };
        let edit = rewrite::key(condition, statement, &format!("{own}:{claim}"), context.sources).filter(|_| !by_principal);
        let finding = context
            .at(&condition.key_place, reason)
            .kind("other-provider")
            .facts([own, &condition.key])
            .says("nobody", What::Assume)
            .because(format!("no token of `{own}` has `{}`", condition.key))
            .help(help)
            .edit(edit.map(Edit::as_a_guess));
        context.report_token(finding);
    }
}

/// Conditions on claims of several providers, all of which must hold: a token is of one.
fn both(providers: &[Issuer], statement: &Statement, context: &mut Context) {
    let asked = || statement.conditions.iter().filter(|condition| asks(condition) && issuer_and_claim(&condition.key).is_some());
    let of_another = |issuer: &Issuer| asked().find(|condition| issuer.claim(&condition.key).is_none());
    let of_some = |condition: &Condition| providers.iter().any(|issuer| issuer.claim(&condition.key).is_some());
    if providers.len() > MOST_PROVIDERS || !asked().all(of_some) || !providers.iter().all(|issuer| of_another(issuer).is_some()) {
        return;
    }
    let Some(first) = asked().next() else { return };
    let own = providers.iter().find(|issuer| issuer.claim(&first.key).is_some());
    let Some(second) = own.and_then(of_another) else { return };
    let names = [first, second].map(|condition| issuer_and_claim(&condition.key).map_or("", |(name, _)| name));
    let finding = context
        .at(&second.key_place, "is a key of another provider's tokens, and all conditions must hold")
        .kind("two-providers")
        .facts(names)
        .says("nobody", What::Assume)
        .because(format!("no token comes from both `{}` and `{}`", names[0], names[1]))
        .label(first.key_place.span, "is a key of one provider's tokens")
        .help("give each provider a statement of its own");
    context.report_token(finding);
}

/// Nobody names so many in a statement.
const MOST_PROVIDERS: usize = 40;

/// Claims that AWS makes no condition key of.
fn claims(door: &Door, statement: &Statement, context: &mut Context) {
    if !door.facts.claims_exact || !door.known {
        return;
    }
    for claim in statement.claims(&door.issuer) {
        let key = door.key(claim.name);
        if door.facts.has_claim(claim.name) || !asks(claim.condition) || catalog::condition_key(&key).is_some() {
            continue;
        }
        let known: Vec<&str> = door.facts.claims.iter().map(String::as_str).filter(|claim| *claim != "amr").collect();
        let finding = context
            .at(&claim.condition.key_place, format!("is a claim that AWS had no condition key for on {}", catalog::issuers::ISSUERS_DATE))
            .kind("no-key")
            .fact(&key)
            .says("nobody", What::Assume)
            .because(format!("no request carries `{key}`"))
            .help(format!("test a claim that AWS has a key for: {}", known.join(", ")));
        context.report_token(finding);
    }
}

/// Values that no subject of the issuer's is.
fn values(door: &Door, statement: &Statement, context: &mut Context) {
    let mut left = MOST_VALUES;
    for condition in door.subjects(statement) {
        let values = &condition.values;
        let mut is_affordable = |value: &&Item| {
            left = left.saturating_sub(1 + value.text.len() / 60);
            left > 0
        };
        let dead: Vec<(&Item, String, Help)> =
            values.iter().take_while(&mut is_affordable).filter_map(|value| why(door, condition, value, statement, context)).collect();
        let all = dead.len() == values.len() && condition.gap.is_none();
        for (value, reason, help) in dead {
            let message = match all {
                true => {
                    let why = format!("no subject of {} is `{}`", door.facts.name, value.text);
                    Message::new("nobody", What::Assume).because(why)
                }
                false => {
                    let matches = What::Is("matches nobody".to_owned());
                    let why = format!("{} never issues this subject", door.facts.name);
                    Message::new(format!("`{}`", value.text), matches).because(why)
                }
            };
            let finding = context.at(&value.place, reason).message(message).help(help);
            let kind = if all { "nobody" } else { "value" };
            context.report_token(finding.kind(kind).facts([&*value.text, &door.facts.name]));
        }
    }
}

/// A search takes up to some milliseconds, and more for a longer value.
const MOST_VALUES: usize = 60;

fn why<'a>(
    door: &Door,
    condition: &Condition,
    value: &'a Item,
    statement: &Statement,
    context: &Context,
) -> Option<(&'a Item, String, Help)> {
    // What is to be filled in yet: an empty default, `<YOUR_ORG>`.
    if value.text.is_empty() || value.text.len() > LONGEST || value.text.contains(['<', '>']) || condition.operator.if_exists {
        return None;
    }
    let literal = |segment: &Segment| matches!(segment, Segment::Literal(text) if text.contains(['*', '?']));
    if !condition.operator.value_mode().wildcards && value.pattern.segments().iter().any(literal) {
        let reason = "is compared literally: only StringLike has wildcards";
        return Some((value, reason.to_owned(), meant(door, condition, value, statement, context)));
    }
    if !door.facts.closed || !door.facts.forms_read || !door.known || matches!(condition.operator.base, Base::StringEqualsIgnoreCase) {
        return None;
    }
    let fits = |rows: &[&Form]| match value.pattern.as_exact() {
        Some(text) => rows.iter().any(|row| row.read(text).is_some()),
        None => {
            let one = Condition { values: vec![value.clone()], gap: None, ..condition.clone() };
            !Passing::of(vec![&one], Truth::Yes).none_of(rows)
        }
    };
    // All forms are many more.
    let search = || fits(&door.facts.rows()) || fits(&door.facts.rows_of(|_| true));
    if context.memory.of::<Reaches>().fits(&door.facts.id, condition.operator, &value.pattern, search) {
        return None;
    }
    let example = door.facts.example_text().map(|example| format!(", such as {example}")).unwrap_or_default();
    let issuer = &door.facts.name;
    let reason = match value.pattern.as_exact().filter(|_| door.facts.id == "eks-irsa").and_then(foreign_to_kubernetes) {
        Some(character) => format!("has `{character}`, which no Kubernetes name can contain"),
        None => "does not have a form of the issuer's subjects".to_owned(),
    };
    Some((value, reason, format!("write a subject as {issuer} issues it{example}").into()))
}

/// What a service account's subject has that neither a namespace nor a service account can be called: a capital, `_`.
fn foreign_to_kubernetes(subject: &str) -> Option<char> {
    let mut names = subject.strip_prefix("system:serviceaccount:")?.chars();
    names.find(|character| !matches!(character, 'a'..='z' | '0'..='9' | '-' | '.' | ':'))
}

/// What to write for a value with a wildcard that is none: with StringLike it might let in too many.
fn meant(door: &Door, condition: &Condition, value: &Item, statement: &Statement, scope: &Scope) -> Help {
    let pattern = value.pattern.as_exact().map(|text| Pattern::parse(text, Mode::WILDCARDS));
    let Some(pattern) = pattern else { return "test it with StringLike".into() };
    let operator = Operator { base: Base::StringLike, ..condition.operator };
    let like = Condition { operator, values: vec![Item { pattern, ..value.clone() }], gap: None, ..condition.clone() };
    let reach = like.values.first().and_then(|value| door.reach_alone(&like, value));
    let too_wide = if door.facts.any_ref { Breadth::Refs } else { Breadth::Repositories };
    if reach.is_some_and(|reach| reach.breadth >= too_wide) {
        let example = door.facts.example_text().unwrap_or_default();
        return format!("write the intended subjects, such as {example}: with StringLike it would admit more than that").into();
    }
    let edit = rewrite::operator(condition, statement, &operator.to_string(), scope.sources);
    Help::from("test it with StringLike").with(edit.map(Edit::as_a_guess))
}
