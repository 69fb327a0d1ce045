use super::receivers::receiver;
use crate::access::subject::services_of_strangers;
use crate::access::{Scope, Who};
use crate::catalog::{self, Sender, Sends, ServiceSource};
use crate::finding::{Category, FindingBuilder, Help, Severity, What};
use crate::policy::condition::is_key;
use crate::policy::rewrite::{self, Draft};
use crate::policy::{PolicyKind, Principal, PrincipalKind, Statement};
use crate::rules::kit::callers::{path_names_account, pins_caller, pins_network, pins_otherwise, pins_source, service_name};
use crate::rules::kit::rule::{Context, OF_RESOURCES, Rule};
use crate::rules::kit::shared::never_applies;

rule! {
    ServiceConfusedDeputy, "service-confused-deputy",
    summary: "an AWS service that can be made to use your resource for somebody else",
    category: Category::Security,
    severity: Severity::Medium,
    tags: &["service", "confused-deputy"],
}

impl Rule for ServiceConfusedDeputy {
    fn kinds(&self) -> &'static [PolicyKind] {
        OF_RESOURCES
    }

    fn statement(&self, statement: &Statement, context: &mut Context) {
        for Unpinned { principal, sender, source, facts, words } in
            unpinned(statement, context, |service, source| !means_little(service, source))
        {
            let finding = context
                .at(&principal.item.place, format!("admits {} regardless of whose account it acts for", sender.name))
                .fact(&sender.name)
                .facts(facts)
                .says("anyone with an AWS account", What::Can(format!("make {} {words}", sender.name)))
                .help(help(statement, source, context));
            context.report(weak_tests(finding, statement));
        }
    }
}

/// Whether a service that is let in for whatever it acts for does little harm: it encrypts what is the stranger's own, writes logs of
/// resources to log groups of the account that they are in, or acts for the resource's own account alone.
/// `service-source-unpinned` is about these.
pub(in crate::rules) fn means_little(receiver: &str, source: &ServiceSource) -> bool {
    matches!(receiver, "kms" | "logs") || source.is_within_account()
}

/// A service that a statement lets in whatever it acts for.
pub(in crate::rules) struct Unpinned<'s> {
    pub principal: &'s Principal,
    pub sender: &'static Sender,
    pub source: &'static ServiceSource,
    /// What `words` says beside whose policy it is.
    pub facts: Vec<&'static str>,
    /// What it can do: ``send messages to queue `aws_sqs_queue.x` ``.
    pub words: String,
}

/// The services that a statement of a resource policy lets in for everybody, though they say for whom they act. `of` picks the kinds
/// of resources by their services, and what is known of the service there.
pub(in crate::rules) fn unpinned<'s>(
    statement: &'s Statement,
    scope: &Scope,
    of: impl Fn(&str, &ServiceSource) -> bool,
) -> Vec<Unpinned<'s>> {
    let Some(document) = scope.document_of(PolicyKind::Resource) else { return Vec::new() };
    if !statement.allows() || never_applies(statement) {
        return Vec::new();
    }
    let Some(receiver) = receiver(document, statement) else { return Vec::new() };
    let allowed = receiver.allowed(statement);
    let known = senders(statement, receiver.service).filter(|(_, _, source)| of(receiver.service, source));
    // A key of which the stranger chooses all, an inventory's or a mail's, may have anybody's number in it.
    let known = known.filter(|(_, _, source)| !(source.writes_account() && path_names_account(statement).possibly()));
    let judged = known.filter_map(|(principal, sender, source)| {
        let mut called = allowed.clone();
        // What only tells what is there is no harm.
        called.retain(|(action, _)| *action != "s3:ListBucket" && source.calls(action));
        let actions: Vec<&str> = called.iter().map(|(action, _)| *action).collect();
        let open = unpinned_actions(statement, scope, principal, &actions);
        called.retain(|(action, _)| open.contains(action));
        let words = || receiver.words(&called, document);
        (!called.is_empty()).then(|| Unpinned { principal, sender, source, facts: receiver.facts(&called), words: words() })
    });
    judged.collect()
}

/// The services that a statement lets in and that are known to say for whom they act.
pub(in crate::rules) fn senders<'s>(
    statement: &'s Statement,
    receiver: &'s str,
) -> impl Iterator<Item = (&'s Principal, &'static Sender, &'static ServiceSource)> {
    let admitted = statement.admitted();
    admitted.filter(|principal| principal.kind == PrincipalKind::Service).filter_map(move |principal| {
        let sender = catalog::sender(&service_name(principal)?)?;
        let source = sender.to(receiver).filter(|source| source.sends == Sends::Yes)?;
        Some((principal, sender, source))
    })
}

/// Those of the actions for which nothing says for whom the service may act: no condition of the statement, and no Deny beside it.
pub(in crate::rules) fn unpinned_actions<'a>(
    statement: &Statement,
    scope: &Scope,
    principal: &Principal,
    actions: &[&'a str],
) -> Vec<&'a str> {
    // A key that services' calls lack keeps them all out, which `condition-never-matches` is about.
    let others = pins_caller(statement).or(pins_network(statement)).or(pins_otherwise(statement));
    let of_service = statement.narrowed_by(|key| is_key(key, &["aws:PrincipalArn", "kms:ViaService"]) || is_encryption_context(key));
    if pins_source(statement, true).or(others).or(of_service).possibly() {
        return Vec::new();
    }
    let name = service_name(principal).unwrap_or_else(|| principal.item.text.to_string());
    let access = scope.access();
    access.lets_do(statement, &services_of_strangers(Who::Service(&principal.item.text), Some(&name), &access), actions)
}

/// AWS pins some keys by what they encrypt: `kms:EncryptionContext:aws:logs:arn` (Amazon CloudWatch Logs User Guide, "Encrypt log data").
fn is_encryption_context(key: &str) -> bool {
    key.get(.."kms:EncryptionContext:".len()).is_some_and(|start| start.eq_ignore_ascii_case("kms:EncryptionContext:"))
}

/// Says of each test that is meant to pin and does not why.
pub(in crate::rules) fn weak_tests(finding: FindingBuilder, statement: &Statement) -> FindingBuilder {
    statement.conditions.iter().fold(finding, |finding, condition| {
        let what = match condition.key.to_ascii_lowercase().as_str() {
            "aws:sourcearn" | "aws:sourceaccount" | "aws:sourceorgid" | "aws:sourceorgpaths" if condition.operator.is_negated() => {
                "admits all others"
            }
            "aws:sourcearn" => "does not name an account",
            "aws:sourceaccount" | "aws:sourceorgid" | "aws:sourceorgpaths" => "restricts nobody",
            _ => return finding,
        };
        finding.label(condition.key_place.span, what)
    })
}

/// The condition to add, and the statement with it where it is about one service alone.
pub(in crate::rules) fn help(statement: &Statement, source: &ServiceSource, scope: &Scope) -> Help {
    let by_account = source.keys.iter().any(|key| key == "aws:SourceAccount");
    let arn = source.arn.as_deref().map(|arn| arn.replace("111111111111", "ACCOUNT_ID"));
    let example = arn.as_ref().map(|arn| format!(", such as {arn}")).unwrap_or_default();
    let page = &source.page;
    let carrier = scope.document().map(|document| document.carrier.resource().to_string()).unwrap_or_default();
    if carrier == "aws_lambda_permission" {
        let and_account = if source.arn_has_account() == Some(false) { ", and source_account to your account" } else { "" };
        return match &arn {
            None if by_account => format!("set source_account to your account ({page})").into(),
            _ => format!("set source_arn to the ARN of what calls the function{example}{and_account} ({page})").into(),
        };
    }
    let alone = statement.principals.iter().map(|principals| principals.items.len()).sum::<usize>() == 1;
    let tested = |key: &str| statement.conditions_on(key).next().is_some();
    let key = source.keys.first().map_or("aws:SourceArn", String::as_str);
    let words = match by_account {
        true => "add a condition StringEquals on aws:SourceAccount with your account".to_owned(),
        false => format!("add a condition ArnLike on {key} with the ARN of what it acts for{example}"),
    };
    if !alone || tested("aws:SourceAccount") || tested("aws:SourceArn") {
        let apart = if alone { "" } else { ", in a statement of this service alone" };
        return format!("{words}{apart} ({page})").into();
    }
    let draft = match (by_account, &arn) {
        (true, _) => Draft::of(statement).condition("StringEquals", "aws:SourceAccount", &["ACCOUNT_ID"]),
        (_, Some(arn)) => Draft::of(statement).condition("ArnLike", key, &[arn]),
        (_, None) => return format!("{words} ({page})").into(),
    };
    rewrite::help(&format!("{words} ({page})"), &[draft], scope.sources).with_placeholders()
}
