use super::arn_help::{self, FORM};
use super::not_resource_excludes_nothing;
use crate::catalog;
use crate::catalog::arn_match::{self, Misplaced};
use crate::estate::sites;
use crate::eval::value::StepKind;
use crate::finding::{Category, Confidence, Message, Severity, What};
use crate::policy::arn::Arn;
use crate::policy::arn_fault::{self, ArnFault};
use crate::policy::{Document, Item, Place, PolicyKind, PrincipalKind, Statement};
use crate::rules::kit::rule::{Context, Rule};

rule! {
    InvalidArn, "invalid-arn",
    summary: "an ARN that AWS rejects or that matches no resource",
    category: Category::Correctness,
    severity: Severity::Medium,
    supersedes: &["resource-type-mismatch"],
    tags: &["validity"],
}

/// What is wrong, in words.
pub(super) struct Fault {
    /// AWS refuses the policy; otherwise the ARN matches nothing.
    pub refused: bool,
    pub kind: &'static str,
    /// What of the ARN `what` names.
    pub part: String,
    pub what: String,
    pub label: String,
    pub help: String,
    pub confidence: Confidence,
}

/// Who looks at the ARNs of a policy when it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keeper {
    /// IAM, at the form of each.
    Iam,
    /// Amazon SQS, which takes a Resource that is no ARN (cloud-custodian/cloud-custodian#6154).
    Queue,
    /// Another service.
    Other,
}

impl Keeper {
    pub(super) fn of(document: &Document, kind: PolicyKind) -> Keeper {
        match kind {
            PolicyKind::Identity | PolicyKind::Boundary => Keeper::Iam,
            _ if document.carrier.resource().starts_with("aws_sqs_") => Keeper::Queue,
            _ => Keeper::Other,
        }
    }
}

impl Rule for InvalidArn {
    fn statement(&self, statement: &Statement, context: &mut Context) {
        let (Some(document), Some(kind)) = (context.document(), context.kind()) else { return };
        // The argument is a name, of which AWS makes the policy's Resource.
        let short_forms = sites::is_permission(document.carrier.resource());
        let resources = statement.resources.iter().flat_map(|list| &list.items).filter(|_| kind != PolicyKind::Trust);
        for item in resources.filter(|_| !short_forms) {
            if kind == PolicyKind::Resource && is_short_form(item) {
                continue;
            }
            let Some(mut fault) = of_resource(item, Keeper::of(document, kind), context) else { continue };
            let mut place = item.place.clone();
            if fault.kind == BARE {
                let found = arn_help::help(item, statement, context);
                (fault.what, fault.help, place) = (not_an_arn(&found.shown), found.help, found.place);
            }
            if fault.refused || !excludes(statement) {
                report(message(item, &fault, "matches no resource"), item, &place, &fault, context);
            } else if !not_resource_excludes_nothing::is_for(statement, kind) {
                let message = not_resource_excludes_nothing::reaches(statement, &because(item, &fault));
                report(message, item, &place, &fault, context);
            }
        }
        let principals = statement.principals.iter().flat_map(|list| &list.items);
        for principal in principals.filter(|principal| principal.kind == PrincipalKind::Aws && !is_to_be_given(&principal.item)) {
            if let Some(fault) = arn_fault::of_principal(&principal.item) {
                let (item, fault) = (&principal.item, of_principal(&principal.item, fault));
                report(message(item, &fault, "is not a principal"), item, &item.place, &fault, context);
            }
        }
    }
}

/// Whether the ARNs of a statement are what it leaves out.
fn excludes(statement: &Statement) -> bool {
    statement.resources.as_ref().is_some_and(|resources| resources.negated) && statement.effect.is_some()
}

/// Why an ARN matches nothing, as a clause.
pub(super) fn because(item: &Item, fault: &Fault) -> String {
    if fault.what.contains(&*item.text) {
        return fault.what.clone();
    }
    format!("`{}` matches no resource, because {}", item.text, fault.what)
}

fn message(item: &Item, fault: &Fault, matches_nothing: &str) -> Message {
    match fault.refused {
        true => Message::rejected(&*fault.what),
        false if fault.what.contains(&*item.text) => Message::new(&*fault.what, What::Nothing).because(format!("it {matches_nothing}")),
        false => Message::new(format!("`{}`", item.text), What::Is(matches_nothing.to_owned())).because(&*fault.what),
    }
}

fn report(message: Message, item: &Item, place: &Place, fault: &Fault, context: &mut Context) {
    let of = if fault.refused { context.policy_name() } else { &item.text };
    let finding = context.at(place, fault.label.clone()).kind(fault.kind).facts([of, &fault.part]);
    let finding = finding.message(message).help(fault.help.clone());
    context.report(finding.confidence(fault.confidence));
}

/// A policy of API Gateway may leave out all but the path (API Gateway Developer Guide, "Resource policy language").
fn is_short_form(item: &Item) -> bool {
    item.pattern.literal_prefix().starts_with("execute-api:/")
}

/// What is no ARN because something is yet to be given: the default of a variable, or nothing at all, which is what modules make of what
/// they do not have, and what `"${var.arn}/*"` then comes to.
fn is_to_be_given(item: &Item) -> bool {
    let steps = item.place.way.steps();
    let default = steps.iter().any(|step| step.kind == StepKind::VariableDefault);
    // `""`, and not `"${var.account}"` of which nothing is left.
    let written = steps.is_empty() && item.place.span.end.saturating_sub(item.place.span.start) <= 2;
    !item.text.starts_with("arn:") && (default || item.text.is_empty() && !written || item.text.starts_with(['/', ':']))
}

/// What is wrong with a resource. What to write for one that is no ARN is another question: it depends on the statement.
pub(super) fn of_resource(item: &Item, keeper: Keeper, context: &Context) -> Option<Fault> {
    let judged = || match arn_fault::of_resource(item) {
        Some(fault) => Some(of_form(item, fault, keeper)),
        None => of_service(item, keeper == Keeper::Iam),
    };
    let fine = is_to_be_given(item) || context.memory.is_fine(ABOUT.id, item, || judged().is_none());
    if fine { None } else { judged() }
}

/// The kind of fault of what is no ARN at all.
const BARE: &str = "bare";

fn not_an_arn(text: &str) -> String {
    format!("`{text}` is neither an ARN nor `*`")
}

/// What the form alone shows.
fn of_form(item: &Item, fault: ArnFault, keeper: Keeper) -> Fault {
    let text = &*item.text;
    let six = format!("write all six fields, though some are empty: `{FORM}`");
    let never = |kind: &'static str, part: &str, what: String, label: String, help: String| {
        let part = part.to_owned();
        Fault { refused: false, kind, part, what, label, help, confidence: Confidence::High }
    };
    let refused = |kind: &'static str, part: &str, what: String, label: String, help: String| Fault {
        refused: keeper == Keeper::Iam,
        ..never(kind, part, what, label, help)
    };
    match fault {
        ArnFault::Space => {
            refused("space", "", "it has white space around it".into(), "has white space around it".into(), "remove the white space".into())
        }
        // "Resource X must be in ARN format or "*"" (IAM API Reference, CreatePolicy: MalformedPolicyDocument).
        ArnFault::Bare => {
            Fault { refused: keeper != Keeper::Queue, ..never(BARE, text, not_an_arn(text), "is not an ARN".into(), String::new()) }
        }
        ArnFault::Fields(count) => {
            refused("fields", text, format!("`{text}` has {count} of an ARN's six fields"), format!("has {count} fields"), six)
        }
        // "Partition X is not valid for resource Y".
        ArnFault::Partition(partition) => refused(
            "partition",
            &partition,
            format!("`{partition}` is not an AWS partition"),
            "does not have an AWS partition".into(),
            "write `aws`, `aws-cn` or `aws-us-gov`".into(),
        ),
        ArnFault::AccountAsRegion(account) => never(
            "region",
            "",
            "an account ID is where the region belongs".into(),
            format!("`{account}` is where the region belongs"),
            format!("the order is `{FORM}`"),
        ),
        ArnFault::RegionAsAccount(region) => never(
            "region-as-account",
            "",
            "a region is where the account ID belongs".into(),
            format!("`{region}` is where the account ID belongs"),
            format!("the order is `{FORM}`"),
        ),
        ArnFault::Zone { zone, region } => never(
            "zone",
            &zone,
            format!("`{zone}` is an availability zone, not a region"),
            "has a zone where the region belongs".into(),
            format!("write `{region}`"),
        ),
        ArnFault::Account(account) => never(
            "account",
            &account,
            format!("`{account}` is not an account ID: expected 12 digits"),
            "does not have an account ID".into(),
            "write the 12 digits of the account".into(),
        ),
        // Only of principals.
        ArnFault::ServiceAsAccount | ArnFault::NobodysArn => {
            never("nobody", "", "it is not a resource".into(), "is not a resource".into(), six)
        }
    }
}

/// What shows when one knows the service's ARNs.
fn of_service(item: &Item, by_iam: bool) -> Option<Fault> {
    let arn = Arn::split(&item.pattern)?;
    let service = arn.service.as_exact()?;
    if let Some(fault) = of_service_name(service, by_iam) {
        return Some(fault);
    }
    if service == "iam" && !arn.resource.is_any() && !arn_fault::starts_with_one(&arn.resource, catalog::iam_paths()) {
        return Some(Fault {
            refused: by_iam,
            kind: "path",
            part: arn.resource.to_string(),
            what: format!("IAM does not have resources such as `{}`", arn.resource),
            label: "is not an IAM resource".into(),
            help: "IAM's resources start with `role/`, `user/`, `group/`, `policy/`, `instance-profile/` or the like".into(),
            confidence: Confidence::High,
        });
    }
    let misplaced = arn_match::misplaced(&item.pattern)?;
    let (has, none) = match misplaced {
        Misplaced::Region => ("a region", "no region"),
        Misplaced::Account => ("an account", "no account"),
        Misplaced::Both => ("region and account", "neither region nor account"),
    };
    Some(Fault {
        // "can not contain region information" (MalformedPolicyDocument): IAM says it of these two.
        refused: by_iam && misplaced != Misplaced::Account && matches!(service, "iam" | "s3"),
        kind: "misplaced",
        part: item.text.to_string(),
        what: format!("`{}` has {has}, but ARNs of its type have {none}", item.text),
        label: format!("{none} belongs here"),
        help: format!("write `{}`", misplaced.taken_out(&item.text)),
        confidence: Confidence::Medium,
    })
}

fn of_service_name(name: &str, by_iam: bool) -> Option<Fault> {
    if arn_match::is_arn_service(name) || catalog::service(name).is_some_and(|service| service.prefix() == name) {
        return None;
    }
    let fault = |refused: bool, kind: &'static str, what: String, help: String| Fault {
        refused,
        kind,
        part: name.to_owned(),
        what,
        label: "does not have an AWS service".into(),
        help,
        confidence: Confidence::Medium,
    };
    let lower = name.to_ascii_lowercase();
    if name.is_empty() {
        return Some(fault(by_iam, "no-service", "an ARN names its service".into(), format!("the form is `{FORM}`")));
    }
    if lower != name && (arn_match::is_arn_service(&lower) || catalog::service(&lower).is_some()) {
        return Some(fault(false, "case", format!("ARNs have `{lower}`, in lower case"), format!("write `{lower}`")));
    }
    // A misspelt one without an action beside it needs to be long to be told from a new one.
    let meant = catalog::meant_service(name, "")?;
    Some(fault(
        false,
        "service",
        format!("AWS does not have a service `{name}`"),
        format!("ARNs of {} use `{}`", meant.name(), meant.prefix()),
    ))
}

fn of_principal(item: &Item, fault: ArnFault) -> Fault {
    let text = &*item.text;
    let forms = "write an account ID, or `arn:aws:iam::ACCOUNT:root`, `…:role/NAME` or `…:user/NAME`".to_owned();
    let (kind, part, what, help) = match &fault {
        ArnFault::ServiceAsAccount => {
            ("service-as-account", text, format!("`{text}` is a service, not an account"), format!("write `Service = \"{text}\"`"))
        }
        ArnFault::Fields(count) => ("fields", text, format!("`{text}` has {count} of an ARN's six fields"), forms),
        ArnFault::Account(account) => ("account", &**account, format!("`{account}` is not an account ID: expected 12 digits"), forms),
        ArnFault::Space => ("space", text, format!("`{text}` has white space around it"), "remove the white space".to_owned()),
        _ => ("nobody", text, format!("`{text}` is not an account, role, user or session"), forms),
    };
    // "Invalid principal in policy" (MalformedPolicyDocument).
    Fault { refused: true, kind, part: part.to_owned(), what, label: "is not a principal".into(), help, confidence: Confidence::High }
}
