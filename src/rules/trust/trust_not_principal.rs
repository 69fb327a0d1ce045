use crate::finding::{Category, Severity};
use crate::policy::{PolicyKind, Principals, Statement};
use crate::rules::kit::rule::{Context, Rule, WITH_PRINCIPALS, listed};
use crate::rules::kit::shared::never_applies;
use crate::rules::kit::trust::{has_principals, is_trust};

rule! {
    TrustNotPrincipal, "trust-not-principal",
    summary: "an Allow for everybody but those whom it names",
    category: Category::Security,
    severity: Severity::High,
    supersedes: &["invalid-element"],
    tags: &["trust", "validity"],
}

impl Rule for TrustNotPrincipal {
    fn kinds(&self) -> &'static [PolicyKind] {
        WITH_PRINCIPALS
    }

    fn statement(&self, statement: &Statement, context: &mut Context) {
        if !has_principals(context) || !statement.allows() || never_applies(statement) {
            return;
        }
        let Some(excepted) = statement.principals.as_ref().filter(|principals| principals.negated) else { return };
        let trust = is_trust(context);
        let (but, name) = (but(excepted), context.subject_name());
        let (kind, message) = match trust {
            true => ("refused", format!("AWS refuses this trust policy, which would let everybody but {but} become {name}")),
            false if statement.narrowed_by(|_| true).possibly() => {
                ("conditions", format!("whoever meets the conditions and is not {but} gets what this statement allows on {name}"))
            }
            false => {
                ("everybody", format!("everybody but {but} gets what this statement allows on {name}, also those without an AWS account"))
            }
        };
        let help = match trust {
            true => "name those who may assume the role in Principal",
            false => "name those who are let in, in Principal; to keep somebody out, add a Deny whose Principal is that one",
        };
        // Of the token: what else is wrong with the statement is another thing.
        let finding = context.at(&excepted.key, "lets in all whom it does not name").message(message).help(help);
        context.report_token(finding.kind(kind).fact(but));
    }
}

/// Who is left out.
fn but(excepted: &Principals) -> String {
    let names: Vec<String> = excepted.items.iter().map(|principal| principal.item.text.to_string()).collect();
    if names.is_empty() { "those whom it names".to_owned() } else { listed(&names, 2) }
}
