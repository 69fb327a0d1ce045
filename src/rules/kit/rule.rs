//! What a rule is, and what it is given.

use std::ops::Deref;
use std::sync::Arc;

use super::mark::{self, Mark};
use super::memory::Memory;
use super::option::RuleOption;
use crate::access::{Access, Cap, Open, Scope, Why};
use crate::config::Persona;
use crate::estate::{Attached, FormId, Identity, Provider, sites};
use crate::eval::value::{Step, StepKind};
use crate::finding::{Category, Confidence, Finding, FindingBuilder, Label, Message, Severity, Whereabouts};
use crate::policy::{Document, Handed, Place, PolicyKind, Statement};
use crate::source::Span;

/// A rule's own facts.
#[derive(Debug)]
pub struct About {
    /// Kebab-case, the weakness's name.
    pub id: &'static str,
    /// One line, for lists.
    pub summary: &'static str,
    pub category: Category,
    pub severity: Severity,
    /// Usual confidence of its findings.
    pub confidence: Confidence,
    pub persona: Persona,
    /// Version that first had it.
    pub since: &'static str,
    /// Rules that say the same less exactly: silent where this one speaks of the same statement or token. What they report of a token alone
    /// (`Context::report_token`) only where it speaks of that token.
    pub supersedes: &'static [&'static str],
    /// Of what one finding is enough.
    pub one_a: OneA,
    pub tags: &'static [&'static str],
    /// What its `rule` block takes beside `level`.
    pub options: &'static [&'static RuleOption],
    /// `rules/<id>.md`
    pub page: &'static str,
}

/// Of what a rule has one finding, however often it is so: the first of the gravest speaks, and shows the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OneA {
    Token,
    /// Of whoever holds it, by whichever policies of theirs.
    Holder,
}

impl About {
    /// What most rules are. What each has of its own is empty here.
    pub const MOST: About = About {
        id: "",
        summary: "",
        category: Category::Security,
        severity: Severity::Medium,
        confidence: Confidence::High,
        persona: Persona::Default,
        since: "0.1.0",
        supersedes: &[],
        one_a: OneA::Token,
        tags: &[],
        options: &[],
        page: "",
    };

    pub fn option(&self, name: &str) -> Option<&'static RuleOption> {
        self.options.iter().copied().find(|option| option.argument.name == name)
    }

    /// The page's opening sentence: what stands between its title and its first heading.
    pub fn description(&self) -> &'static str {
        let body = self.page.split_once('\n').map_or("", |(_, body)| body);
        body.split("\n## ").next().unwrap_or(body).trim()
    }
}

/// What is said of a rule before it says anything itself.
pub trait Described {
    fn about(&self) -> &'static About;
}

/// Declares a rule: its type, its id, after which its page is called, and those of its facts that are not those of most rules (`About::MOST`).
macro_rules! rule {
    ($rule:ident, $id:literal, $($field:ident: $value:expr),+ $(,)?) => {
        pub struct $rule;

        static ABOUT: $crate::rules::About = $crate::rules::About {
            id: $id,
            page: include_str!(concat!("../../../rules/", $id, ".md")),
            $($field: $value,)+
            ..$crate::rules::About::MOST
        };

        impl $crate::rules::Described for $rule {
            fn about(&self) -> &'static $crate::rules::About {
                &ABOUT
            }
        }
    };
}

/// A judgement. It overrides the one hook whose grain it needs; the engine calls every hook. One rule is asked about a policy after the other,
/// so that none may leave anything behind.
pub trait Rule: Described + Sync {
    /// The kinds of policies that it is for: of others it is not asked.
    fn kinds(&self) -> &'static [PolicyKind] {
        &PolicyKind::ALL
    }

    /// One statement of any policy.
    fn statement(&self, _: &Statement, _: &mut Context) {}

    /// One policy.
    fn document<'a>(&self, _: &'a Document, _: &mut Context<'a>) {}

    /// A role, user, group or permission set with all that it holds.
    fn identity(&self, _: &Identity, _: &mut Context) {}

    /// An identity provider that the estate makes.
    fn provider(&self, _: &Provider, _: &mut Context) {}

    /// All of one root module, for what no policy shows by itself. Turn the context to the policy that is to blame before reporting.
    fn estate(&self, _: &mut Context) {}
}

/// What most rules are for that are for one kind of policy.
pub const OF_ROLES: &[PolicyKind] = &[PolicyKind::Trust];
pub const OF_IDENTITIES: &[PolicyKind] = &[PolicyKind::Identity];
pub const OF_RESOURCES: &[PolicyKind] = &[PolicyKind::Resource];
/// Of those that have principals that AWS looks at.
pub const WITH_PRINCIPALS: &[PolicyKind] = &[PolicyKind::Trust, PolicyKind::Resource];

/// What a rule said, of what.
#[derive(Debug)]
pub struct Said {
    pub builder: FindingBuilder,
    pub address: String,
    /// The directory, unit or plan that Terraform would be run on. The engine knows.
    pub root: Arc<str>,
    /// It holds of some of the forms only that the policy may have.
    pub possible: bool,
    /// The form of a policy that it was said of.
    pub form: Option<FormId>,
    /// The statement or block that it is about: where two rules speak of one, one may supersede the other.
    pub subject: Span,
    /// Who holds it, by address: what is one finding for a holder is so for these.
    pub held_by: String,
    /// What a baseline knows it by, if there is one.
    pub mark: Option<Mark>,
}

/// What a rule may look at beside what it judges, and where it says what it finds.
pub struct Context<'a> {
    scope: Scope<'a>,
    pub(in crate::rules) memory: &'a Memory,
    /// Whether what is said needs marks.
    marks: bool,
    /// The token that is reported by itself, where the statement is not what it is about.
    token: Option<Span>,
    said: Vec<Said>,
}

impl<'a> Deref for Context<'a> {
    type Target = Scope<'a>;

    fn deref(&self) -> &Scope<'a> {
        &self.scope
    }
}

impl<'a> Context<'a> {
    /// `memory` is the run's: what one rule has found out, the next one need not. `marks`: a baseline asks for them.
    pub fn new(scope: Scope<'a>, memory: &'a Memory, marks: bool) -> Context<'a> {
        Context { scope, memory, marks, token: None, said: Vec::new() }
    }

    /// Turns to a policy.
    pub fn at_policy(&mut self, form: FormId, attached: &'a Attached) {
        self.scope.at_policy(form, attached);
    }

    /// Turns back to the whole policy.
    pub fn at_document(&mut self) {
        self.scope.at_document();
    }

    /// Turns to a statement of the policy.
    pub fn at_statement(&mut self, statement: &'a Statement) {
        self.scope.at_statement(statement);
    }

    /// Turns to an identity.
    pub fn at_identity(&mut self, identity: &'a Identity) {
        self.scope.at_identity(identity);
    }

    /// Turns to an identity provider.
    pub fn at_provider(&mut self, provider: &'a Provider) {
        self.scope.at_provider(provider);
    }

    /// What to call the carrier of the policy at hand: `role `ci``, with its name in AWS where that is known.
    pub fn subject_name(&self) -> String {
        match self.holders_left().as_slice() {
            [only] => format!("{} `{}`", only.kind.name(), only.shown_name()),
            [first, rest @ ..] => format!("{} `{}` and {} more", first.kind.name(), first.shown_name(), rest.len()),
            // An identity's policy that nobody in source holds: somebody elsewhere may.
            [] if self.kind() == Some(PolicyKind::Identity) => format!("any identity with {}", self.document_name("")),
            // Nothing says whose trust policy it is.
            [] if self.document().is_some_and(|document| document.kind == PolicyKind::Trust && !document.carrier.is_shown()) => {
                format!("a role with {}", self.document_name("the trust policy "))
            }
            [] if self.document().is_some_and(|document| document.carrier.resource() == sites::SUBSCRIBER) => {
                format!("the role of `{}`", self.address())
            }
            [] => format!("`{}`", self.address()),
        }
    }

    /// The policy at hand by its address, after what to call it there, or by the argument that it is written in.
    fn document_name(&self, what: &str) -> String {
        let handed = self.document().and_then(|document| document.carrier.handed());
        match handed.and_then(|handed| handed.argument.as_deref()) {
            Some(argument) => format!("the `{argument}` of `{}`", self.address()),
            None => format!("{what}`{}`", self.address()),
        }
    }

    /// A name as a fact: of many roles that each ask for their own, it is no fact which that is.
    pub fn name_fact<'n>(&self, name: &'n str) -> &'n str {
        let is_own = self.holders().iter().any(|holder| holder.shown_name() == name);
        if is_own { "its own name" } else { name }
    }

    /// Starts a finding at a token, with the way that it came as its trace.
    pub fn at(&self, place: &Place, label: impl Into<String>) -> FindingBuilder {
        let mut builder = Finding::at(place.span, label);
        builder.trace = place.way.steps().iter().filter(|step| step.span != place.span).map(trace).collect();
        let Some(document) = self.document() else { return builder };
        if !document.block.contains(place.span) {
            let message = format!("is in the {} of `{}`", self.policy_name(), document.address);
            builder.trace.push(Label { span: document.header, message });
        }
        builder.trace.extend(document.carrier.handed().and_then(|handed| taken(handed, document)));
        for (address, span) in document.calls.iter().rev() {
            let message =
                if address.is_empty() { "is run here by Terragrunt".to_owned() } else { format!("is called here as `{address}`") };
            builder.trace.push(Label { span: *span, message });
        }
        builder
    }

    /// What was said since this was called last. Whoever panicked may have left something half done.
    pub fn take_said(&mut self) -> Vec<Said> {
        self.token = None;
        std::mem::take(&mut self.said)
    }

    /// Reports a finding about what is at hand.
    pub fn report(&mut self, builder: FindingBuilder) {
        // Whoever asked what is left says as well what may take it away.
        let builder = perhaps(builder, &self.scope.open());
        self.report_for(builder, self.scope.address());
    }

    /// Reports a finding about its token alone, such as one value of many: what another rule says of the statement is another thing.
    pub fn report_token(&mut self, builder: FindingBuilder) {
        self.token = Some(builder.primary.span);
        self.report(builder);
        self.token = None;
    }

    /// Reports what somebody can do, of whom it is known what is denied to them and what caps them. A cap that source shows and does not give
    /// may take it away: then it is possible, and the message says so.
    pub fn report_left(&mut self, builder: FindingBuilder, access: &Access) {
        self.report(left(builder, access));
    }

    /// The addresses of those who hold the policy at hand, of the identity, or of what carries it.
    fn held_by(&self, address: &str) -> String {
        let holders = self.holders();
        let all: Vec<&str> = holders.iter().copied().chain(self.identity()).map(|identity| identity.address.as_str()).collect();
        if all.is_empty() { address.to_owned() } else { all.join(", ") }
    }

    /// Reports a finding about another address.
    pub fn report_for(&mut self, builder: FindingBuilder, address: &str) {
        let mark = self.marks.then(|| mark::of(self, &builder));
        let possible = builder.possible;
        let is_guessed = self.document().is_some_and(|document| document.carrier.handed().is_some());
        let confidence = if possible || is_guessed { builder.confidence.min(Confidence::Medium) } else { builder.confidence };
        let mut builder = builder.confidence(confidence);
        builder.message.whereabouts = Whereabouts { carrier: self.subject_name(), policy: self.policy_name() };
        self.said.push(Said {
            mark,
            builder,
            address: address.to_owned(),
            root: "".into(),
            possible,
            form: self.form(),
            subject: self.token.unwrap_or(self.scope.subject()),
            held_by: self.held_by(address),
        });
    }
}

/// A finding with what caps those whom it is about.
pub fn left(builder: FindingBuilder, access: &Access) -> FindingBuilder {
    let builder = access.boundary().into_iter().fold(builder, |builder, span| builder.label(span, "this boundary allows it"));
    perhaps(builder, &access.open())
}

/// A finding with what may take away what it is about: then it is possible, and no more.
pub fn perhaps(builder: FindingBuilder, open: &[Open]) -> FindingBuilder {
    let Some(first) = open.first().filter(|_| !builder.possible) else { return builder };
    let unless = match &first.cap {
        Cap::Boundary => "its permissions boundary blocks it".to_owned(),
        Cap::Attached(address) => format!("the policy that `{address}` attaches blocks it"),
        Cap::Denies(address) => format!("`{address}` denies it"),
        Cap::PublicAccessBlock => "its public access block prevents it".to_owned(),
    };
    let message = Message { unless: Some(unless), ..builder.message.clone() };
    let builder = open.iter().fold(builder, |builder, open| builder.label(open.span, may_take_away(open)));
    FindingBuilder { message, possible: true, ..builder }
}

fn may_take_away(open: &Open) -> String {
    let what = match &open.cap {
        Cap::Boundary => "this boundary",
        Cap::Attached(_) | Cap::Denies(_) => "this policy",
        Cap::PublicAccessBlock => "this public access block",
    };
    match &open.why {
        Why::Unknown => format!("{what} may block it: it is not fully known"),
        Why::If(case) => format!("{what} may block it if {case}"),
        Why::Elsewhere => format!("{what} blocks it if it applies to this account, which is unknown"),
    }
}

fn trace(step: &Step) -> Label {
    let name = &step.name;
    let message = match step.kind {
        StepKind::Local => format!("is used here as `{name}`"),
        StepKind::VariableDefault => format!("is the default of `{name}`"),
        StepKind::VariableValue => format!("is set here for `{name}`"),
        StepKind::ModuleArgument => format!("is passed here to `{name}`"),
        StepKind::ModuleOutput => format!("is output here as `{name}`"),
        StepKind::Document => format!("is read here from `{name}`"),
        StepKind::File => format!("is read here from the file `{name}`"),
        StepKind::Written => "is written here".to_owned(),
        StepKind::LookedUp => format!("is named here in `{name}`"),
    };
    Label { span: step.span, message }
}

/// Where a document leaves source. What stands in the call itself needs no label.
fn taken(handed: &Handed, document: &Document) -> Option<Label> {
    let first = handed.takers.first().filter(|_| !document.block.contains(handed.span))?;
    let source = first.source.as_deref()?;
    let of = if source == "?" { String::new() } else { format!(" (`{source}`)") };
    Some(Label { span: handed.span, message: format!("is passed here to `{}`{of}, which is not in the tree", first.address) })
}

/// `` `a`, `b` and 3 more ``
pub fn listed(names: &[String], most: usize) -> String {
    let shown: Vec<String> = names.iter().take(most).map(|name| format!("`{name}`")).collect();
    match (shown.as_slice(), names.len().saturating_sub(most)) {
        ([], _) => String::new(),
        ([only], 0) => only.clone(),
        ([first @ .., last], 0) => format!("{} and {last}", first.join(", ")),
        (_, more) => format!("{} and {more} more", shown.join(", ")),
    }
}
