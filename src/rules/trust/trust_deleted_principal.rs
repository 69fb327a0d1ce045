use crate::finding::{Category, Severity, What};
use crate::policy::{PolicyKind, PrincipalKind, Statement};
use crate::rules::kit::rule::{Context, Rule, WITH_PRINCIPALS};

rule! {
    TrustDeletedPrincipal, "trust-deleted-principal",
    summary: "a principal that is the ID of a deleted role or user",
    category: Category::Correctness,
    severity: Severity::Low,
    tags: &["trust", "validity"],
}

/// What the ids of roles and users start with (IAM User Guide, "IAM identifiers", unique identifiers).
const PREFIXES: &[(&str, &str)] = &[("AROA", "role"), ("AIDA", "user")];

impl Rule for TrustDeletedPrincipal {
    fn kinds(&self) -> &'static [PolicyKind] {
        WITH_PRINCIPALS
    }

    fn statement(&self, statement: &Statement, context: &mut Context) {
        let principals = statement.principals.iter().flat_map(|principals| &principals.items);
        for principal in principals.filter(|principal| principal.kind == PrincipalKind::Aws) {
            let item = &principal.item;
            let Some(kind) = item.pattern.as_exact().and_then(kind_of_id) else { continue };
            let finding = context
                .at(&item.place, format!("is the ID of one {kind}, and not of another with the same name"))
                .fact(&*item.text)
                .says(format!("`{}`", item.text), What::Is(format!("is the ID of a deleted {kind}")))
                .because(format!("a new {kind} with that name will not match"))
                .help(format!("write the ARN of the {kind}, or remove the ID"));
            context.report_token(finding);
        }
    }
}

/// `role` of `AROA1234567890EXAMPLE`.
fn kind_of_id(text: &str) -> Option<&'static str> {
    let is_id = text.len() >= 16 && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    PREFIXES.iter().find(|(prefix, _)| is_id && text.starts_with(prefix)).map(|(_, kind)| *kind)
}
