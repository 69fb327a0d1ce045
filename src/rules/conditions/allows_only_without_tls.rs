use crate::finding::{Category, Severity, What};
use crate::policy::Statement;
use crate::rules::kit::rule::{Context, Rule};
use crate::truth::Truth;

rule! {
    AllowsOnlyWithoutTls, "allows-only-without-tls",
    summary: "a statement that allows only requests without TLS",
    category: Category::Security,
    severity: Severity::Medium,
    tags: &["conditions"],
}

/// Every request carries it (IAM User Guide, "AWS global condition context keys").
const KEY: &str = "aws:SecureTransport";

impl Rule for AllowsOnlyWithoutTls {
    fn statement(&self, statement: &Statement, context: &mut Context) {
        let passing = statement.passing(KEY);
        if !statement.allows() || passing.value("true") != Truth::No || !passing.value("false").certainly() {
            return;
        }
        let Some(condition) = statement.conditions_on(KEY).find(|condition| condition.passing().value("true") == Truth::No) else {
            return;
        };
        let place = condition.values.first().map_or(&condition.key_place, |value| &value.place);
        let finding = context
            .at(place, "is met only by requests without TLS")
            .says("the statement", What::Is("allows only requests without TLS".to_owned()))
            .because("SDKs and the console use TLS, so they are not let in, and anyone on the way can read the rest")
            .help(format!("test `{KEY}` for \"true\" in an Allow; \"false\" is what a Deny tests"));
        context.report_token(finding);
    }
}
