use super::{KEY, asking, why_invalid};
use crate::config::Persona;
use crate::finding::{Category, Confidence, Severity};
use crate::policy::{PolicyKind, Statement};
use crate::rules::kit::rule::{About, Context, OF_ROLES, Rule};
use crate::rules::kit::shared::assumes_role;
use crate::rules::trust::is_trust;

pub struct ExternalIdInvalid;

static ABOUT: About = About {
    id: "external-id-invalid",
    summary: "an external ID that no call can carry",
    category: Category::Correctness,
    severity: Severity::Medium,
    confidence: Confidence::High,
    persona: Persona::Default,
    since: "0.1.0",
    supersedes: &["condition-never-matches"],
    tags: &["trust", "external-id"],
    options: &[],
    page: include_str!("../../../rules/external-id-invalid.md"),
};

impl Rule for ExternalIdInvalid {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn kinds(&self) -> &'static [PolicyKind] {
        OF_ROLES
    }

    fn statement(&self, statement: &Statement, context: &mut Context) {
        if !is_trust(context) || !statement.allows() || !assumes_role(statement).possibly() {
            return;
        }
        for condition in asking(statement) {
            let dead: Vec<_> = condition.values.iter().filter_map(|value| Some((value, why_invalid(value)?))).collect();
            let nobody = dead.len() == condition.values.len() && condition.gap.is_none() && !statement.passes_without(KEY).possibly();
            for (value, why) in dead {
                let message = match nobody {
                    true => format!("nobody can assume {} here: AWS takes no such external ID from a caller", context.subject_name()),
                    false => format!("AWS takes no such external ID from a caller of {}", context.subject_name()),
                };
                let finding = context
                    .at(&value.place, why)
                    .kind(if nobody { "nobody" } else { "" })
                    .message(message)
                    .help("write the external ID as the caller sends it: 2 to 1,224 letters, digits and `_+=,.@:/-`");
                context.report_token(finding);
            }
        }
    }
}
