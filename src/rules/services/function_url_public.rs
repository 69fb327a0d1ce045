use crate::access::doors::aws_principals;
use crate::access::subject::{anonymous, strangers};
use crate::access::{Caller, Scope};
use crate::config::Persona;
use crate::estate::sites::FUNCTION_URL;
use crate::finding::{Category, Severity, What};
use crate::policy::condition::is_key;
use crate::policy::pattern::Case;
use crate::policy::{Item, PolicyKind, Statement};
use crate::rules::kit::option::{Patterns, names};
use crate::rules::kit::rule::{Context, OF_RESOURCES, Rule};
use crate::rules::kit::shared::never_applies;
use crate::truth::Truth;

rule! {
    FunctionUrlPublic, "function-url-public",
    summary: "a Lambda function that anyone on the internet can call",
    category: Category::Security,
    severity: Severity::Medium,
    persona: Persona::Pedantic,
    tags: &["resource-policy", "lambda"],
    options: &[&ALLOW.0],
}

static ALLOW: Patterns = Patterns::new("function-url-public", "allow", "Names of functions that anyone is meant to call", false);

const AUTHENTICATION: &str = "lambda:FunctionUrlAuthType";

impl Rule for FunctionUrlPublic {
    fn kinds(&self) -> &'static [PolicyKind] {
        OF_RESOURCES
    }

    fn statement(&self, statement: &Statement, context: &mut Context) {
        if !statement.allows() || never_applies(statement) || !is_public(statement).certainly() {
            return;
        }
        let access = context.access();
        let callers = strangers().into_iter().chain(anonymous(&access)).map(|caller| caller.with(AUTHENTICATION, "NONE"));
        let callers: Vec<Caller> = callers.collect();
        if !access.lets_through(statement, &callers, "lambda:InvokeFunctionUrl") {
            return;
        }
        // The permission that belongs to a URL of the estate is the same door.
        let is_url = context.document().is_some_and(|document| document.carrier.resource() == FUNCTION_URL);
        let name = function(statement).map(name);
        if !is_url && has_url(function(statement), context) {
            return;
        }
        if name.as_deref().is_some_and(|name| names(&ALLOW.listed(context.config), name, Case::Sensitive)) {
            return;
        }
        let Some(none) = statement.conditions_on(AUTHENTICATION).find_map(|condition| condition.values.first()) else { return };
        let function = name.as_ref().map_or_else(|| context.subject_name(), |name| format!("function `{name}`"));
        let finding = context
            .at(&none.place, "does not ask callers for credentials")
            .facts(name)
            .says("anyone on the internet", What::Can(format!("call {function}")))
            .help("use AWS_IAM, behind CloudFront with an origin access control if browsers call it; if it is meant to be public and checks its callers itself, list it in this rule's option `allow` in .rolelint.hcl");
        context.report_token(finding);
    }
}

/// Whether everybody may call the function by its URL, without a signature.
fn is_public(statement: &Statement) -> Truth {
    let everybody = aws_principals(statement).any(|principal| principal.is_everybody());
    let without = statement.conditions_on(AUTHENTICATION).next().is_some() && statement.passing(AUTHENTICATION).value("NONE").certainly();
    let pinned = statement.narrowed_by(|key| !is_key(key, &[AUTHENTICATION, "lambda:InvokedViaFunctionUrl"]));
    Truth::from(everybody && without).and(statement.covers_action("lambda:InvokeFunctionUrl")).and(pinned.opposite())
}

/// Whether a URL of the estate is, or may be, that of a function.
fn has_url(function_of: Option<&Item>, scope: &Scope) -> bool {
    scope.estate.functions_with_urls().any(|other| match (function_of, other) {
        (Some(one), Some(other)) => one.pattern.has_hole() || other.pattern.has_hole() || name(one) == name(other),
        _ => true,
    })
}

fn function(statement: &Statement) -> Option<&Item> {
    statement.resources.as_ref().and_then(|resources| resources.items.first())
}

/// The function's name, also of its ARN.
fn name(item: &Item) -> String {
    match item.text.split_once(":function:") {
        Some((_, name)) => name.to_owned(),
        None => item.text.to_string(),
    }
}
