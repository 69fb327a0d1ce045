use crate::finding::{Category, Severity};
use crate::policy::{Document, FlawKind, PolicyKind};
use crate::rules::kit::rule::{Context, OF_ROLES, Rule};
use crate::rules::kit::trust::is_trust;

rule! {
    TrustResourceElement, "trust-resource-element",
    summary: "a trust policy with a Resource, which AWS refuses",
    category: Category::Correctness,
    severity: Severity::Medium,
    supersedes: &["invalid-element"],
    tags: &["trust", "validity"],
}

impl Rule for TrustResourceElement {
    fn kinds(&self) -> &'static [PolicyKind] {
        OF_ROLES
    }

    fn document(&self, document: &Document, context: &mut Context) {
        if !is_trust(context) {
            return;
        }
        for flaw in &document.flaws {
            let FlawKind::NotHere { element: element @ ("Resource" | "NotResource") } = flaw.kind else { continue };
            let finding = context
                .at(&flaw.place, "does not belong here")
                .fact(element)
                .message(format!(
                    "AWS refuses this trust policy: it has a {element}, and a trust policy is about {} alone",
                    context.subject_name()
                ))
                .help(format!("remove {element}; which roles somebody may assume stands in that one's own policies"));
            context.report_token(finding);
        }
    }
}
