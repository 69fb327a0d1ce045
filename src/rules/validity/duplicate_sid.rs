use crate::finding::{Category, Severity};
use crate::policy::{Document, FlawKind};
use crate::rules::kit::rule::{Context, Rule};

rule! {
    DuplicateSid, "duplicate-sid",
    summary: "a Sid that two statements of one policy have",
    category: Category::Correctness,
    severity: Severity::Medium,
    tags: &["validity"],
}

impl Rule for DuplicateSid {
    fn document(&self, document: &Document, context: &mut Context) {
        for flaw in &document.flaws {
            let FlawKind::SameSid { sid, first, data_source } = &flaw.kind else { continue };
            let message = match data_source {
                true => format!("Terraform refuses this document: two statements have the Sid `{sid}`"),
                false => format!("AWS refuses this {}: two statements have the Sid `{sid}`", context.policy_name()),
            };
            let finding = context
                .at(&flaw.place, "is the Sid of an earlier statement")
                .facts([if *data_source { "" } else { context.policy_name() }, sid])
                .message(message)
                .label(*first, "is the earlier one")
                .help("give each statement a Sid of its own, or none");
            context.report(finding);
        }
    }
}
