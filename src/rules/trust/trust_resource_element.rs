use crate::finding::{Category, Severity};
use crate::policy::{Document, FlawKind, PolicyKind};
use crate::rules::kit::rule::{Context, OF_ROLES, Rule};

rule! {
    TrustResourceElement, "trust-resource-element",
    summary: "a trust policy with a Resource, which AWS rejects",
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
        for flaw in &document.flaws {
            let FlawKind::NotHere { element: element @ ("Resource" | "NotResource") } = flaw.kind else { continue };
            let finding = context
                .at(&flaw.place, "does not belong here")
                .fact(element)
                .rejected(format!("it has a {element}, and a trust policy only applies to {} itself", context.subject_name()))
                .help(format!("remove {element}; which roles a principal can assume belongs in that principal's own policies"));
            context.report_token(finding);
        }
    }
}
