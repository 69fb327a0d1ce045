use super::{KEY, asking, why_invalid};
use crate::finding::{Category, Severity, What};
use crate::policy::{PolicyKind, Statement};
use crate::rules::kit::rule::{Context, OF_ROLES, Rule};
use crate::rules::kit::shared::assumes_role;

rule! {
    ExternalIdInvalid, "external-id-invalid",
    summary: "an external ID that AWS does not accept from any caller",
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
        if !statement.allows() || !assumes_role(statement).possibly() {
            return;
        }
        for condition in asking(statement) {
            let dead: Vec<_> = condition.values.iter().filter_map(|value| Some((value, why_invalid(value)?))).collect();
            let nobody = dead.len() == condition.values.len() && condition.gap.is_none() && !statement.passes_without(KEY).possibly();
            for (value, why) in dead {
                let finding = context.at(&value.place, why);
                let finding = match nobody {
                    true => {
                        finding.kind("nobody").says("nobody", What::Assume).because("AWS does not accept this external ID from a caller")
                    }
                    false => {
                        let never = format!("does not accept this external ID from a caller of {}", context.subject_name());
                        finding.says("AWS", What::Is(never))
                    }
                };
                let finding = finding.help("write the external ID as the caller sends it: 2 to 1,224 letters, digits and `_+=,.@:/-`");
                context.report_token(finding);
            }
        }
    }
}
