use crate::finding::{Category, Severity, What};
use crate::policy::{PolicyKind, Principals, Statement};
use crate::rules::kit::rule::{Context, Rule, WITH_PRINCIPALS, listed};
use crate::rules::kit::shared::never_applies;
use crate::rules::kit::trust::is_trust;

rule! {
    TrustNotPrincipal, "trust-not-principal",
    summary: "an Allow for everybody except the principals it names",
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
        if !statement.allows() || never_applies(statement) {
            return;
        }
        let Some(excepted) = statement.principals.as_ref().filter(|principals| principals.negated) else { return };
        let trust = is_trust(context);
        let (but, name) = (but(excepted), context.subject_name());
        let gains = What::Can(format!("do what this statement allows on {name}"));
        // Of the token: what else is wrong with the statement is another thing.
        let finding = context.at(&excepted.key, "admits everybody it does not name");
        let finding = match trust {
            true => finding.kind("refused").says("", What::Rejected).aside(format!("which would let everybody except {but} assume {name}")),
            false if statement.narrowed_by(|_| true).possibly() => {
                finding.kind("conditions").says(format!("everybody except {but} who meets the conditions"), gains)
            }
            false => finding.kind("everybody").says(format!("everybody except {but}, even without an AWS account,"), gains),
        };
        let help = match trust {
            true => "name the principals that need the role in Principal",
            false => "name the admitted principals in Principal; to keep somebody out, add a Deny that names them in Principal",
        };
        context.report_token(finding.help(help).fact(but));
    }
}

/// Who is left out.
fn but(excepted: &Principals) -> String {
    let names: Vec<String> = excepted.items.iter().map(|principal| principal.item.text.to_string()).collect();
    if names.is_empty() { "the principals it names".to_owned() } else { listed(&names, 2) }
}
