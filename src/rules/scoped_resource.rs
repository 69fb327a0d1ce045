use std::collections::BTreeMap;

use super::rule::{About, Context, Rule, listed};
use super::shared::scoped_by_condition;
use crate::catalog::{self, AccessLevel, Action, ResourceSupport};
use crate::config::Persona;
use crate::finding::{Category, Confidence, Severity};
use crate::policy::arn::Arn;
use crate::policy::pattern::{Case, Mode, Pattern};
use crate::policy::{Item, PolicyKind, Statement};

pub struct ScopedResource;

static ABOUT: About = About {
    id: "scoped-resource",
    summary: "a permission on every resource of a kind that can be named one by one",
    category: Category::Security,
    severity: Severity::Medium,
    confidence: Confidence::High,
    persona: Persona::Default,
    since: "0.1.0",
    supersedes: &[],
    tags: &["permissions"],
    page: include_str!("../../rules/scoped-resource.md"),
};

/// Reads that give away data or secrets, not only how things are set up.
const DATA_READS: &[&str] = &[
    "athena:GetQueryResults",
    "codecommit:GitPull",
    "dynamodb:BatchGetItem",
    "dynamodb:GetItem",
    "dynamodb:GetRecords",
    "dynamodb:PartiQLSelect",
    "dynamodb:Query",
    "dynamodb:Scan",
    "ebs:GetSnapshotBlock",
    "kinesis:GetRecords",
    "kms:Decrypt",
    "lambda:GetFunction",
    "rds-data:ExecuteStatement",
    "redshift:GetClusterCredentials",
    "s3:GetObject",
    "s3:GetObjectVersion",
    "secretsmanager:GetSecretValue",
    "secretsmanager:BatchGetSecretValue",
    "sqs:ReceiveMessage",
    "ssm:GetParameter",
    "ssm:GetParameterHistory",
    "ssm:GetParameters",
    "ssm:GetParametersByPath",
];

/// What AWS's own basic policies for functions and agents grant on everything: logs and the network interfaces of functions in a VPC.
/// Who may only write logs cannot read or delete them.
const HARMLESS: &[&str] = &[
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "logs:PutRetentionPolicy",
    "logs:TagResource",
    "logs:TagLogGroup",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
];

impl Rule for ScopedResource {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn statement(&self, statement: &Statement, context: &mut Context) {
        let identity = context.document().is_some_and(|document| document.kind == PolicyKind::Identity);
        if !identity || !statement.allows() || scoped_by_condition(statement).possibly() {
            return;
        }
        let Some(resources) = statement.resources.as_ref().filter(|resources| !resources.negated) else { return };
        let actions = scopable_actions(statement);
        if actions.is_empty() {
            return;
        }
        for item in &resources.items {
            let wide: Vec<Action> = actions.iter().copied().filter(|action| spans_a_type(item, *action)).collect();
            let Some(first) = wide.first() else { continue };
            let names: Vec<String> = wide.iter().map(ToString::to_string).collect();
            let verb = if item.pattern.is_any() { "every resource" } else { "every resource that this matches" };
            let finding = context
                .at(&item.place, if item.pattern.is_any() { "is every resource" } else { "is every resource of the kind" })
                .message(format!("{} can use {} on {verb}, not only on its own", context.subject_name(), listed(&names, 3)))
                .help(help(*first, &wide));
            context.report(finding);
            // One statement, one cause: the first wide resource makes the others moot.
            return;
        }
    }
}

/// Actions of the statement that change something or read data, and can be limited to resources.
fn scopable_actions(statement: &Statement) -> Vec<Action> {
    let Some(actions) = statement.actions.as_ref().filter(|actions| !actions.negated) else { return Vec::new() };
    let mut found: Vec<Action> = Vec::new();
    for item in actions.items.iter().filter(|item| !item.pattern.has_hole()) {
        for action in catalog::expand(&item.text) {
            if matters(action) && !found.contains(&action) {
                found.push(action);
            }
        }
    }
    found
}

fn matters(action: Action) -> bool {
    if !matches!(action.resources(), ResourceSupport::Types(_)) {
        return false;
    }
    let is_in = |names: &[&str]| {
        let mut names = names.iter().filter_map(|name| name.split_once(':'));
        names.any(|(service, name)| service == action.service().prefix() && name == action.name())
    };
    match action.effective_level() {
        AccessLevel::List => false,
        AccessLevel::Read => is_in(DATA_READS),
        AccessLevel::Write | AccessLevel::Tagging | AccessLevel::Permissions => !is_in(HARMLESS),
    }
}

/// Whether the resource is `*`, or certainly matches every resource of one of the action's types in some account and region.
fn spans_a_type(item: &Item, action: Action) -> bool {
    if item.pattern.is_any() {
        return true;
    }
    if !item.pattern.has_wildcard() {
        return false;
    }
    let Some(arn) = Arn::split(&item.pattern) else { return false };
    let ResourceSupport::Types(types) = action.resources() else { return false };
    let service = arn.service.as_exact().unwrap_or_default();
    types.flat_map(|kind| kind.resource_type().arns()).any(|template| {
        let template = template_pattern(template);
        let Some(whole) = Arn::split(&template) else { return false };
        whole.service.as_exact() == Some(service) && arn.resource.includes(&whole.resource, Case::Sensitive).certainly()
    })
}

/// An ARN template with `*` for each placeholder.
fn template_pattern(template: &str) -> Pattern {
    let mut text = String::new();
    for part in catalog::arn_parts(template) {
        match part {
            catalog::Part::Literal(literal) => text.push_str(literal),
            catalog::Part::Placeholder(_) => text.push('*'),
        }
    }
    Pattern::parse(&text, Mode::WILDCARDS)
}

/// The ARN to write instead, by the types that the actions work on.
fn help(first: Action, actions: &[Action]) -> String {
    let mut types: BTreeMap<&str, &str> = BTreeMap::new();
    for action in actions {
        let ResourceSupport::Types(kinds) = action.resources() else { continue };
        for kind in kinds {
            if let Some(arn) = kind.resource_type().arns().next() {
                types.entry(kind.resource_type().name()).or_insert(arn);
            }
        }
    }
    let own = match first.resources() {
        ResourceSupport::Types(mut kinds) => kinds.next().map(|kind| kind.resource_type()),
        _ => None,
    };
    let Some(own) = own else { return "name the resources that it works with".to_owned() };
    let others = types.len().saturating_sub(1);
    let more = match others {
        0 => String::new(),
        1 => ", and the other actions one more kind of resource".to_owned(),
        _ => format!(", and the other actions {others} more kinds of resources"),
    };
    let arn = own.arns().next().unwrap_or_default();
    format!("name what it works with: `{first}` takes a {} as `{arn}`{more}", own.name())
}
