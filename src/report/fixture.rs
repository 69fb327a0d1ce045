//! A run as the tests of all formats see it: two modules, CRLF, characters of several widths, everything a finding can hold.

use std::sync::Arc;

use crate::finding::{
    Category, Cause, CauseKind, Confidence, Coverage, Edit, Finding, Help, Label, Level, Missing, Outcome, PolicyCoverage, Problem,
    ProblemKind, RuleInfo, Severity, State, SuppressedBy, Suppression,
};
use crate::report::{Format, Options, Report};
use crate::source::{File, FileId, FileKind, NoFiles, Sources, Span};

pub const MAIN: &str = "\
# 監視 für Zürich
locals {
\tvendor = \"arn:aws:iam::464622532012:root\" # é𝄞
}

module \"monitoring\" {
  source  = \"./modules/vendor role\"
  trusted = local.vendor
}
";

pub const ROLE: &str = "variable \"trusted\" {}\r
\r
resource \"aws_iam_role\" \"vendor\" {\r
  name = \"vendor\"\r
  assume_role_policy = jsonencode({\r
    Statement = [{\r
      Effect    = \"Allow\"\r
      Action    = [\"sts:AssumeRole\", \"sts:TagSession\"]\r
      Principal = { AWS = var.trusted }\r
    }]\r
  })\r
}\r
";

pub struct Run {
    pub sources: Sources,
    pub outcome: Outcome,
}

impl Run {
    pub fn written(&self, format: Format, options: Options) -> String {
        let mut out = Vec::new();
        Report { sources: &self.sources, outcome: &self.outcome, rules: &rules(), options }.write(format, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    pub fn hide_below(&mut self, least: Severity) {
        self.outcome.findings.iter_mut().for_each(|finding| finding.hidden = finding.severity < least);
    }
}

/// The span of the first `needle`.
pub fn span(sources: &Sources, file: FileId, needle: &str) -> Span {
    let start = sources.file(file).text.find(needle).unwrap();
    Span::new(file, start..start + needle.len())
}

fn label(sources: &Sources, file: FileId, needle: &str, message: &str) -> Label {
    Label { span: span(sources, file, needle), message: message.to_owned() }
}

pub fn run() -> Run {
    let sources = Sources::new(Box::new(NoFiles));
    let main = sources.add(File::new("main.tf", FileKind::Hcl, MAIN.into()));
    let role = sources.add(File::new("modules/vendor role/role.tf", FileKind::Hcl, ROLE.into()));
    let findings = vec![missing_external_id(&sources, main, role), broad_action(&sources, role), ignored(&sources, main)];
    let problems = vec![
        Problem::new(ProblemKind::Syntax, "this block cannot be parsed, and is left out", span(&sources, main, "module \"monitoring\" {")),
        Problem::new(ProblemKind::Unreadable, "`secret.tf` cannot be read: permission denied", None),
    ];
    let coverage = coverage(&sources, main, role);
    Run { sources, outcome: Outcome { findings, problems, coverage, ..Outcome::default() } }
}

/// Four policies: one in each state, two causes, and one policy that has both.
fn coverage(sources: &Sources, main: FileId, role: FileId) -> Coverage {
    let cause = |kind, id: &str, name: &str, message: &str, help: &str, span| {
        Arc::new(Cause { id: id.into(), kind, name: name.into(), message: message.into(), help: help.into(), span })
    };
    let variable = cause(
        CauseKind::Variable,
        "variable::var.trusted",
        "var.trusted",
        "`var.trusted` has no value",
        "pass --var-file FILE or --var trusted=VALUE",
        span(sources, role, "variable \"trusted\""),
    );
    let data = cause(
        CauseKind::Data,
        "data::data.aws_vpc.a",
        "data.aws_vpc.a",
        "`data.aws_vpc.a` is read when Terraform runs",
        "pass a plan (`rolelint check plan.json`)",
        span(sources, role, "\"vendor\"\r"),
    );
    let missing = |file, needle: &str, structural, cause: &Arc<Cause>| Missing {
        span: span(sources, file, needle),
        what: format!("`{}`", cause.name),
        reason: cause.message.clone(),
        structural,
        cause: Arc::clone(cause),
    };
    let policy = |address: &str, root: &str, file, needle, state, missing: Vec<Missing>| PolicyCoverage {
        address: address.into(),
        kind: "trust policy",
        passed_to: Vec::new(),
        root: root.into(),
        span: span(sources, file, needle),
        state,
        missing,
        files: [file].into(),
    };
    let block = "resource \"aws_iam_role\" \"vendor\"";
    let (vendor, other) = ("module.monitoring.aws_iam_role.vendor", "aws_iam_role.other");
    let both = vec![missing(role, "\"vendor\"\r", false, &data), missing(role, "var.trusted", true, &variable)];
    let leaf = vec![missing(main, "local.vendor", false, &variable), missing(main, "trusted", false, &variable)];
    let policies = vec![
        policy(other, "", main, "locals", State::Leaves, leaf),
        policy("aws_iam_role.known", "", main, "locals", State::Resolved, Vec::new()),
        policy("aws_iam_role.dark", "", main, "locals", State::Unresolved, vec![missing(main, "local.vendor", true, &variable)]),
        policy(vendor, "", role, block, State::Partial, both),
    ];
    Coverage { files: 2, modules: 2, policies, elsewhere: Vec::new() }
}

fn missing_external_id(sources: &Sources, main: FileId, role: FileId) -> Finding {
    Finding {
        rule: "external-id-required",
        severity: Severity::High,
        confidence: Confidence::Medium,
        level: Level::Deny,
        message: "any Datadog customer can get it to act as `vendor` in your account".into(),
        help: Help::from("add a condition on the external ID that Datadog gave you").with(condition(sources, role)).with_placeholders(),
        address: "module.monitoring.aws_iam_role.vendor".into(),
        primary: label(sources, role, "var.trusted }", "lets account 464622532012 (Datadog) in"),
        labels: vec![
            label(sources, role, "\"sts:AssumeRole\"", "to assume the role"),
            label(sources, main, "\"arn:aws:iam::464622532012:root\"", "as the [whole account]"),
        ],
        trace: vec![
            label(sources, main, "local.vendor", "is passed to the module as `trusted`"),
            label(sources, role, "var.trusted", "is the principal of the trust policy"),
        ],
        instances: vec!["module.metrics[\"eu\"].aws_iam_role.vendor".into(), "module.metrics[\"us\"].aws_iam_role.vendor".into()],
        roots: vec!["infra".into()],
        suppressed: None,
        elsewhere: Vec::new(),
        known_as: Vec::new(),
        hidden: false,
        fails: true,
    }
}

fn condition(sources: &Sources, role: FileId) -> Edit {
    let Span { file, start, .. } = span(sources, role, "    }]");
    let text = "Condition = { StringEquals = { \"sts:ExternalId\" = var.external_id } }";
    Edit { is_shown: true, ..Edit::token(Span { file, start, end: start }, text) }
}

fn broad_action(sources: &Sources, role: FileId) -> Finding {
    let text = sources.file(role).text.clone();
    let start = text.find("[{").unwrap();
    Finding {
        rule: "invalid-element",
        severity: Severity::Medium,
        confidence: Confidence::High,
        level: Level::Deny,
        message: "AWS rejects this policy".into(),
        help: Help::default(),
        address: "module.monitoring.aws_iam_role.vendor".into(),
        primary: Label { span: Span::new(role, start..text.find("}]").unwrap() + 2), message: "has no `Version`".into() },
        labels: Vec::new(),
        trace: Vec::new(),
        instances: Vec::new(),
        roots: vec!["infra".into()],
        suppressed: None,
        elsewhere: Vec::new(),
        known_as: Vec::new(),
        hidden: false,
        fails: true,
    }
}

fn ignored(sources: &Sources, main: FileId) -> Finding {
    Finding {
        rule: "trust-account-root",
        severity: Severity::Low,
        confidence: Confidence::High,
        level: Level::Warn,
        message: "every identity in 464622532012 can assume this role".into(),
        help: "name the role".into(),
        address: "aws_iam_role.other".into(),
        primary: label(sources, main, "root", "the whole account"),
        labels: Vec::new(),
        trace: Vec::new(),
        instances: Vec::new(),
        roots: vec!["infra".into()],
        suppressed: Some(Suppression { by: SuppressedBy::Comment, reason: "agreed with the vendor".into() }),
        elsewhere: Vec::new(),
        known_as: Vec::new(),
        hidden: false,
        fails: false,
    }
}

pub fn rules() -> Vec<RuleInfo> {
    vec![
        RuleInfo {
            id: "external-id-required",
            summary: "a third party can be tricked into using its access to you for somebody else",
            description: "The party that you trust acts for many customers. Without an external ID each of them can name your role.",
            help: "# external-id-required\n\nWhy it matters.\n",
            severity: Severity::High,
            confidence: Confidence::High,
            category: Category::Security,
            tags: &["trust"],
            url: "https://rolelint.example/rules/external-id-required".into(),
        },
        RuleInfo {
            id: "invalid-element",
            summary: "AWS rejects the policy",
            description: "An element is missing, or where it may not be.",
            help: "# invalid-element\n",
            severity: Severity::Medium,
            confidence: Confidence::High,
            category: Category::Correctness,
            tags: &[],
            url: String::new(),
        },
    ]
}
