use super::receivers::receiver;
use crate::access::doors::aws_principals;
use crate::access::subject::{self, services_of_strangers, strangers};
use crate::access::{Caller, Cap, Open, Scope, Who, Why};
use crate::catalog::{self, About, Sends, takes_unsigned};
use crate::estate::carriers::is_guarded_otherwise;
use crate::finding::{Category, Confidence, Severity, What};
use crate::policy::condition::is_key;
use crate::policy::pattern::{Case, Mode, Pattern};
use crate::policy::{Condition, Document, Item, PolicyKind, Statement};
use crate::rules::kit::callers::{asks_for_account, every_one, pins_caller, pins_network, pins_otherwise, pins_source, tightened};
use crate::rules::kit::option::{self, Patterns};
use crate::rules::kit::rule::{Context, OF_RESOURCES, Rule, perhaps};
use crate::rules::kit::shared::never_applies;
use crate::rules::kit::words::words;
use crate::truth::Truth;

rule! {
    ResourcePolicyAnyPrincipal, "resource-policy-any-principal",
    summary: "a resource that is open to everybody",
    category: Category::Security,
    severity: Severity::High,
    // It names the condition that keeps nobody out.
    supersedes: &["condition-bypassable"],
    tags: &["resource-policy"],
    options: &[&PUBLIC_BUCKETS.0],
}

static PUBLIC_BUCKETS: Patterns =
    Patterns::new("resource-policy-any-principal", "public_buckets", "Names of buckets that anyone is meant to read", false);

impl Rule for ResourcePolicyAnyPrincipal {
    fn kinds(&self) -> &'static [PolicyKind] {
        OF_RESOURCES
    }

    fn statement(&self, statement: &Statement, context: &mut Context) {
        let Some(document) = context.document_of(PolicyKind::Resource) else { return };
        if is_guarded_otherwise(document) || !statement.allows() || never_applies(statement) {
            return;
        }
        let Some(everybody) = aws_principals(statement).find(|principal| principal.is_everybody()) else { return };
        let Some(receiver) = receiver(document, statement) else { return };
        let services = services_let_in(statement, receiver.service);
        if pinned(&without_services(statement, services.as_ref())).possibly() {
            return;
        }
        let mut allowed = receiver.allowed(statement);
        let named: Vec<&str> = allowed.iter().map(|(action, _)| *action).collect();
        let access = context.access();
        // Who has no account, as far as the service, the conditions and the Denies let them in.
        let by_nobody = match takes_unsigned(receiver.service) && services.is_none() && !asks_for_account(statement) {
            true => access.lets_do(statement, &subject::anonymous(&access), &named),
            false => Vec::new(),
        };
        let callers: Vec<Caller> = match &services {
            Some(Services::Any) => services_of_strangers(Who::Stranger, None, &access),
            Some(Services::One(name)) => services_of_strangers(Who::Service(name), Some(name), &access),
            None => strangers(),
        };
        let by_somebody = access.lets_do(statement, &callers, &named);
        let anonymous_may_call = !by_nobody.is_empty();
        // What anyone can is the worst of it, and all that is said.
        let actions = if anonymous_may_call { by_nobody } else { by_somebody };
        if actions.is_empty() {
            return;
        }
        allowed.retain(|(action, _)| actions.contains(action));
        let reads_alone = actions.iter().all(|action| matches!(*action, "s3:GetObject" | "s3:ListBucket"));
        if receiver.service == "s3" && (is_inert(document, context) || reads_alone && is_meant(statement, document, context)) {
            return;
        }
        // Calls of people carry no such key.
        let services_alone = services.is_some() || About::Source.keys().any(|key| statement.is_guarded(key));
        let (kind, who) = match services_alone {
            true => ("service", "anyone with an AWS account"),
            false if anonymous_may_call => ("anonymous", "anyone"),
            false => ("stranger", "anyone with an AWS account"),
        };
        let words = receiver.words(&allowed, document);
        let mut finding = context
            .at(&everybody.item.place, "admits everybody")
            .kind(kind)
            .facts(receiver.facts(&allowed))
            .says(who, What::Can(if services_alone { format!("make AWS services {words}") } else { words }))
            .help(match &services {
                Some(_) => HELP_FOR_SERVICES.to_owned(),
                None => tightened(statement, pinned).unwrap_or_else(|| help(document, receiver.service == "s3" && reads_alone)),
            });
        for condition in &statement.conditions {
            if let Some(why) = why_open(condition) {
                finding = finding.label(condition.key_place.span, why);
            }
        }
        // Buckets that were made since April 2023 refuse such a policy until their owner unblocks it, which source may do elsewhere.
        let blocked = receiver.service == "s3" && !says_public(document, context);
        let finding = if blocked { finding.confidence(Confidence::Medium) } else { finding };
        let block = (receiver.service == "s3").then(|| perhaps_inert(document, context)).flatten();
        context.report(perhaps(finding, &block.into_iter().chain(access.open()).collect::<Vec<Open>>()));
    }
}

enum Services {
    Any,
    /// By its principal.
    One(String),
}

/// The services that conditions let in, where nothing but that says who calls: `aws:PrincipalIsAWSService` is true "whenever a service
/// principal makes a direct API request" (IAM User Guide, "AWS global condition context keys"), also for somebody else's trail or topic. Of
/// one by its name it must be known that it acts for others there.
fn services_let_in(statement: &Statement, receiver: &str) -> Option<Services> {
    let asks = |condition: &&Condition| About::Service.is_of(&condition.key) && statement.enforces(condition).certainly();
    let names: Vec<&Item> = statement.conditions.iter().filter(asks).flat_map(|condition| &condition.values).collect();
    let acts_for_others = |name: &str| {
        let source = catalog::sender(name).and_then(|sender| sender.to(receiver));
        source.is_some_and(|source| source.sends == Sends::Yes).then(|| Services::One(name.to_owned()))
    };
    let every = Pattern::parse("?*.amazonaws.com", Mode::WILDCARDS);
    let is_flag = |item: &&Item| item.pattern.as_exact().is_some_and(|text| text.eq_ignore_ascii_case("true"));
    let is_every = |item: &&Item| item.pattern.has_wildcard() && item.pattern.includes(&every, Case::Insensitive).certainly();
    match names.as_slice() {
        [] => None,
        some if some.iter().any(is_every) => Some(Services::Any),
        all if all.iter().all(is_flag) => Some(Services::Any),
        all => all.iter().filter_map(|item| item.pattern.as_exact()).find_map(acts_for_others),
    }
}

/// The statement without what only says that a service calls.
fn without_services(statement: &Statement, services: Option<&Services>) -> Statement {
    let is_other = |condition: &&Condition| services.is_none() || !About::Service.is_of(&condition.key);
    Statement { conditions: statement.conditions.iter().filter(is_other).cloned().collect(), ..statement.clone() }
}

/// Why a condition that looks as if it kept people out does not.
fn why_open(condition: &Condition) -> Option<&'static str> {
    if About::Service.is_of(&condition.key) && condition.operator.is_positive() {
        return Some("does not say for whom the service acts");
    }
    if About::Header.is_of(&condition.key) {
        return Some("is a header, which anyone can send");
    }
    if every_one(condition).certainly() {
        return Some("restricts nobody");
    }
    let address = is_key(&condition.key, &["aws:SourceIp"]);
    let keys = ["aws:SourceArn", "aws:SourceAccount", "aws:PrincipalOrgID", "aws:PrincipalArn"];
    if !address && !is_key(&condition.key, &keys) {
        return None;
    }
    match condition.operator.is_positive() && condition.passing().absent().certainly() {
        true => Some("is also met by a request without the key"),
        false if address && condition.operator.is_positive() => Some("admits every address"),
        false => Some("restricts nobody"),
    }
}

const HELP_FOR_SERVICES: &str = "name the service as the principal, and say for whom it acts: with aws:SourceAccount, aws:SourceOrgID or an aws:SourceArn of one account";

/// What to write. A permission of a function has arguments where others have conditions.
fn help(document: &Document, public_bucket: bool) -> String {
    if document.carrier.resource() == "aws_lambda_permission" {
        return "set principal to the account or the service that calls the function, with source_arn or source_account for a service; \
                principal_org_id pins `*` to an organization"
            .to_owned();
    }
    let pin = "name the accounts or roles that need it, or pin the caller with aws:PrincipalOrgID, aws:PrincipalAccount or aws:SourceVpce; \
               for an AWS service, name the service";
    match public_bucket {
        true => format!("{pin}; list a bucket that is meant to be public in this rule's option `public_buckets` in .rolelint.hcl"),
        false => pin.to_owned(),
    }
}

/// Whether a condition says who calls or from where.
fn pinned(statement: &Statement) -> Truth {
    let url = ["lambda:FunctionUrlAuthType", "lambda:InvokedViaFunctionUrl"];
    // An owner who writes that nobody need sign means it.
    let public_url =
        statement.conditions.iter().any(|condition| is_key(&condition.key, &url) && condition.passing().value("AWS_IAM") != Truth::Yes);
    pins_caller(statement).or(pins_network(statement)).or(pins_otherwise(statement)).or(pins_source(statement, false)).or(public_url.into())
}

/// Whether the bucket's block of public access makes such a policy do nothing, as far as source says.
fn is_inert(document: &Document, scope: &Scope) -> bool {
    scope.estate.buckets.get(&document.address).is_some_and(|bucket| bucket.refuses_public_policy.certainly())
}

/// The block of public access of which source does not say whether it does.
fn perhaps_inert(document: &Document, scope: &Scope) -> Option<Open> {
    let bucket = scope.estate.buckets.get(&document.address).filter(|bucket| bucket.refuses_public_policy == Truth::Unknown)?;
    Some(Open { cap: Cap::PublicAccessBlock, span: bucket.perhaps_by?, why: Why::Unknown })
}

/// Whether other resources make the bucket public, or may.
fn says_public(document: &Document, scope: &Scope) -> bool {
    scope.estate.buckets.get(&document.address).is_some_and(|bucket| bucket.is_public_on_purpose.possibly())
}

/// Whether everybody is meant to read: the bucket is a website, has an ACL or an unblocked public access that says so, the statement or the
/// resource is called so, or an option names the bucket.
fn is_meant(statement: &Statement, document: &Document, scope: &Scope) -> bool {
    let listed = PUBLIC_BUCKETS.listed(scope.config);
    let resources = statement.resources.iter().flat_map(|resources| &resources.items);
    let names = resources.filter_map(|item| item.text.rsplit(":::").next()?.split('/').next().map(str::to_owned));
    let label = document.address.rsplit('.').next().map(str::to_owned);
    let named = |name: &str| option::names(&listed, name, Case::Sensitive);
    let called = statement.sid.as_ref().is_some_and(|sid| is_called_public(&sid.text)) || label.as_deref().is_some_and(is_called_public);
    says_public(document, scope) || called || names.chain(label).any(|name| named(&name))
}

/// Whether a name says that something is public, and not that it is to be kept from that: `PublicRead`, but not `block_public_access` nor
/// `republication`.
fn is_called_public(name: &str) -> bool {
    let words = words(name);
    let denies = ["no", "not", "non", "never", "block", "deny", "prevent", "disable", "restrict", "private"];
    let is_public = |word: &String| word.starts_with("public") && !word.starts_with("publicat");
    words.iter().any(is_public) && !words.iter().any(|word| denies.contains(&word.as_str()))
}
