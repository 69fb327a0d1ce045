use super::whole_accounts::{WholeAccount, whole_accounts};
use crate::estate::Relation;
use crate::finding::{Category, Confidence, Severity, What};
use crate::policy::{PolicyKind, Statement};
use crate::rules::kit::rule::{Context, OF_RESOURCES, Rule};

rule! {
    ResourcePolicyVendor, "resource-policy-vendor",
    summary: "a vendor that can be made to use your resource for another of its customers",
    category: Category::Security,
    severity: Severity::High,
    confidence: Confidence::Medium,
    supersedes: &["resource-policy-whole-account"],
    tags: &["resource-policy", "confused-deputy"],
}

impl Rule for ResourcePolicyVendor {
    fn kinds(&self) -> &'static [PolicyKind] {
        OF_RESOURCES
    }

    fn statement(&self, statement: &Statement, context: &mut Context) {
        for one in whole_accounts(statement, context) {
            let WholeAccount { principal, account, relation, facts, words, .. } = one;
            let (name, shown) = match &relation {
                Relation::Vendor { name } => ((*name).to_owned(), (*name).to_owned()),
                Relation::ThirdParty { name } => (name.to_string(), format!("`{name}`")),
                _ => continue,
            };
            let because = context.because(&account).map(|because| format!("; {because}")).unwrap_or_default();
            let finding = context
                .at(&principal.item.place, format!("admits {shown} whichever customer it works for"))
                .fact(&name)
                .facts(facts)
                .says(format!("any {shown} customer"), What::Can(format!("get it to {words}")))
                .help(format!(
                    "add the condition that {shown} documents for its customers, such as StringEquals on a tag of its role with the ID of your \
                     account there (`aws:PrincipalTag/…`){because}"
                ));
            context.report_token(finding);
        }
    }
}
