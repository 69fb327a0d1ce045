use super::reach::{Breadth, Wide};
use super::subjects::{Door, doors};
use crate::finding::{Category, Severity, What};
use crate::policy::{PolicyKind, Statement};
use crate::rules::kit::rule::{Context, OF_ROLES, Rule};
use crate::rules::kit::shared::never_applies;

rule! {
    OidcSubjectMissing, "oidc-subject-missing",
    summary: "a role that anyone with an account at a shared identity provider can assume",
    category: Category::Security,
    severity: Severity::Critical,
    supersedes: &["oidc-subject-any-repository", "oidc-subject-any-ref", "oidc-subject-pull-request"],
    tags: &["trust", "federation"],
}

impl Rule for OidcSubjectMissing {
    fn kinds(&self) -> &'static [PolicyKind] {
        OF_ROLES
    }

    fn statement(&self, statement: &Statement, context: &mut Context) {
        for door in doors(statement, context).into_iter().filter(|door| door.shared) {
            let wide = door.wide(statement, context);
            for wide in wide.iter().filter(|wide| wide.reach.breadth == Breadth::Tenants) {
                too_wide(&door, wide, context);
            }
            let asked = door.pins_tenant(statement, context);
            // A subject that is tested for everything has been told of.
            if !asked && !never_applies(statement) && wide.is_empty() && door.is_open(statement) {
                missing(&door, statement, context);
            }
        }
    }
}

fn too_wide(door: &Door, wide: &Wide, context: &mut Context) {
    let reach = &wide.reach;
    let facts = door.facts;
    let looks_alike = wide.value.pattern.has_wildcard() && !reach.any_name;
    let why = match looks_alike {
        false => NO_OWNER.to_owned(),
        true => format!("`{}` also matches {}s that somebody else can register", wide.value.text, facts.tenant_word),
    };
    let finding = context
        .at(&wide.value.place, format!("admits `{}`, but also `{}`", reach.meant, reach.other))
        .fact(&facts.id)
        .facts(looks_alike.then_some(&*wide.value.text))
        .says(&facts.who, What::Assume)
        .because(why)
        // What is no more than wildcards AWS takes for no test.
        .help(help(door, wide.value.text.chars().all(|character| matches!(character, '*' | '?'))));
    context.report_token(finding);
}

/// Why a token of anybody will do.
const NO_OWNER: &str = "no condition restricts whose token it must be";

fn missing(door: &Door, statement: &Statement, context: &mut Context) {
    let facts = door.facts;
    let claim = facts.pins_tenant.first().map_or("sub", String::as_str);
    let key = door.key(claim);
    let mut tests = statement.conditions_on(&key).peekable();
    let mut finding = context
        .at(&door.principal.item.place, "admits every token of the issuer")
        .fact(&facts.id)
        .says(&facts.who, What::Assume)
        .because(NO_OWNER)
        // No page of AWS's says what it makes of a test that keeps nobody out.
        .help(help(door, tests.peek().is_none()));
    for test in tests {
        finding = finding.label(test.key_place.span, "is tested in a way that does not restrict it");
    }
    context.report(finding);
}

fn help(door: &Door, refused: bool) -> String {
    let facts = door.facts;
    let claim = facts.pins_tenant.first().map_or("sub", String::as_str);
    let like = match facts.example_text().filter(|_| claim == "sub") {
        Some(example) => format!(", such as {example}"),
        None => String::new(),
    };
    let operator = if like.contains('*') { "StringLike" } else { "StringEquals" };
    let help = format!("test `{}` with {operator} for what is yours{like}", door.shown_key(claim));
    match facts.aws_demands.as_ref().filter(|_| refused) {
        Some(demand) if demand.claims.iter().any(|asked| asked == claim) => {
            let since = demand.since.as_ref().map(|since| format!("since {since} ")).unwrap_or_default();
            format!("{help}; {since}AWS refuses to create such a role or change its trust policy without it")
        }
        _ => help,
    }
}
