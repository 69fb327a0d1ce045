use super::is_trust;
use crate::config::Persona;
use crate::finding::{Category, Confidence, Severity};
use crate::policy::{Document, FlawKind, PolicyKind};
use crate::rules::kit::rule::{About, Context, OF_ROLES, Rule};

pub struct TrustResourceElement;

static ABOUT: About = About {
    id: "trust-resource-element",
    summary: "a trust policy with a Resource, which AWS refuses",
    category: Category::Correctness,
    severity: Severity::Medium,
    confidence: Confidence::High,
    persona: Persona::Default,
    since: "0.1.0",
    supersedes: &["invalid-element"],
    tags: &["trust", "validity"],
    options: &[],
    page: include_str!("../../../rules/trust-resource-element.md"),
};

impl Rule for TrustResourceElement {
    fn about(&self) -> &'static About {
        &ABOUT
    }

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
