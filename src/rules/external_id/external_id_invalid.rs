use super::{KEY, asking, why_invalid};
use crate::finding::{Category, Severity};
use crate::policy::{PolicyKind, Statement};
use crate::rules::kit::rule::{Context, OF_ROLES, Rule};
use crate::rules::kit::shared::assumes_role;
use crate::rules::kit::trust::is_trust;

rule! {
    ExternalIdInvalid, "external-id-invalid",
    summary: "an external ID that no call can carry",
    category: Category::Correctness,
    severity: Severity::Medium,
    supersedes: &["condition-never-matches"],
    tags: &["trust", "external-id"],
}

impl Rule for ExternalIdInvalid {
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
