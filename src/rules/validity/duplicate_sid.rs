use crate::finding::{Category, Message, Severity, What};
use crate::policy::{Document, FlawKind};
use crate::rules::kit::rule::{Context, Rule};

rule! {
    DuplicateSid, "duplicate-sid",
    summary: "two statements of a policy with the same Sid",
    category: Category::Correctness,
    severity: Severity::Medium,
    tags: &["validity"],
}

impl Rule for DuplicateSid {
    fn document(&self, document: &Document, context: &mut Context) {
        for flaw in &document.flaws {
            let FlawKind::SameSid { sid, first, data_source } = &flaw.kind else { continue };
            let message = match data_source {
                true => Message::new("Terraform", What::Is("rejects this document".to_owned()))
                    .because(format!("two statements have the Sid `{sid}`")),
                false => Message::rejected(format!("two statements have the Sid `{sid}`")),
            };
            let finding = context
                .at(&flaw.place, "is the Sid of an earlier statement")
                .facts([if *data_source { "" } else { context.policy_name() }, sid])
                .message(message)
                .label(*first, "is the earlier one")
                .help("give each statement its own Sid, or none");
            context.report(finding);
        }
    }
}
