use super::receivers::receiver;
use super::service_confused_deputy::senders;
use crate::access::Scope;
use crate::catalog::About;
use crate::config::Persona;
use crate::finding::{Category, Severity, What};
use crate::policy::arn::Arn;
use crate::policy::condition::is_key;
use crate::policy::{Item, PolicyKind, Principal, PrincipalKind, Statement};
use crate::rules::kit::callers::lacks_account;
use crate::rules::kit::rule::{Context, Rule, WITH_PRINCIPALS};
use crate::rules::kit::shared::never_applies;

rule! {
    SourceArnWithoutAccount, "source-arn-without-account",
    summary: "a source identified only by a bucket name that others can take",
    category: Category::Security,
    severity: Severity::Low,
    persona: Persona::Pedantic,
    tags: &["service", "confused-deputy"],
}

impl Rule for SourceArnWithoutAccount {
    fn kinds(&self) -> &'static [PolicyKind] {
        WITH_PRINCIPALS
    }

    fn statement(&self, statement: &Statement, context: &mut Context) {
        let judged = matches!(context.kind(), Some(PolicyKind::Resource | PolicyKind::Trust));
        let with_account = |key: &str| About::Account.is_of(key) || About::Source.is_of(key) && !is_key(key, &["aws:SourceArn"]);
        if !judged
            || !statement.allows()
            || never_applies(statement)
            || !admits_services_of_others(statement, context)
            || statement.narrowed_by(with_account).possibly()
        {
            return;
        }
        let Some(condition) = statement.conditions_on("aws:SourceArn").find(|condition| statement.enforces(condition).certainly()) else {
            return;
        };
        let Some(bucket) = condition.values.iter().find(|item| is_bucket(item)) else { return };
        let finding = context
            .at(&bucket.place, "does not say in which account the bucket is")
            .says("anyone who owns the bucket of that name, even after you delete it,", What::Can(format!("use `{}`", context.address())))
            .help(match context.document().is_some_and(|document| document.carrier.resource() == "aws_lambda_permission") {
                true => "set source_account to the account that the bucket is in",
                false => "add a condition StringEquals on aws:SourceAccount with the account that the bucket is in",
            });
        context.report(finding);
    }
}

/// Whether the statement is for services, or for everybody, as the older forms of such policies are. Services that act for the
/// resource's own account alone, such as those that write S3's access logs, act for no other owner of a bucket.
fn admits_services_of_others(statement: &Statement, scope: &Scope) -> bool {
    let admitted = statement.admitted();
    let receiver = scope.document().and_then(|document| receiver(document, statement));
    let stays_within = |principal: &Principal| {
        let known = receiver.iter().flat_map(|receiver| senders(statement, receiver.service));
        known.into_iter().any(|(sender, _, source)| sender.item.text == principal.item.text && source.is_within_account())
    };
    admitted.into_iter().any(|principal| principal.is_everybody() || principal.kind == PrincipalKind::Service && !stays_within(principal))
}

/// Whether it certainly is the ARN of one bucket, which has no account in it.
fn is_bucket(item: &Item) -> bool {
    let of_s3 = Arn::split(&item.pattern).is_some_and(|arn| arn.service.as_exact() == Some("s3") && !arn.resource.is_any());
    of_s3 && lacks_account(item).certainly()
}
