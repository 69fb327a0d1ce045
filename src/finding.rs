//! What rolelint has to say: findings about the user's policies, and problems with reading them.

mod baseline;
mod coverage;
mod edit;
mod message;

pub use baseline::{BaselineUse, Known, SuppressedBy, Suppression};
pub use coverage::{Cause, CauseKind, Coverage, Elsewhere, Missing, PolicyCoverage, Ranked, State};
pub use edit::{Applicability, Edit, Help, Replacement};
pub use message::{Message, Tail, What, Whereabouts};

use clap::ValueEnum;

use crate::source::Span;

/// How bad it is if it is true. One a rule: code scanning shows it by rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, ValueEnum)]
pub enum Severity {
    Info,
    Low,
    Medium,
    High,
    Critical,
}

impl Severity {
    pub const ALL: [Severity; 5] = [Severity::Critical, Severity::High, Severity::Medium, Severity::Low, Severity::Info];

    pub fn name(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
            Severity::Critical => "critical",
        }
    }
}

/// How sure it is that it is true.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, ValueEnum)]
pub enum Confidence {
    Low,
    Medium,
    High,
}

impl Confidence {
    pub fn name(self) -> &'static str {
        match self {
            Confidence::Low => "low",
            Confidence::Medium => "medium",
            Confidence::High => "high",
        }
    }
}

/// What the user makes of a rule: whether it fails the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, ValueEnum)]
pub enum Level {
    Allow,
    Warn,
    Deny,
}

impl Level {
    pub fn name(self) -> &'static str {
        match self {
            Level::Allow => "allow",
            Level::Warn => "warn",
            Level::Deny => "deny",
        }
    }
}

/// From which severity on findings fail the run, whatever the rules' levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    Info,
    Low,
    Medium,
    High,
    Critical,
    Never,
}

impl FailOn {
    /// The least severity that fails; nothing if none does.
    pub fn least(self) -> Option<Severity> {
        match self {
            FailOn::Info => Some(Severity::Info),
            FailOn::Low => Some(Severity::Low),
            FailOn::Medium => Some(Severity::Medium),
            FailOn::High => Some(Severity::High),
            FailOn::Critical => Some(Severity::Critical),
            FailOn::Never => None,
        }
    }
}

/// What a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Category {
    /// Somebody gets in, or further than meant.
    Security,
    /// AWS refuses it, or it can never work.
    Correctness,
}

impl Category {
    pub fn name(self) -> &'static str {
        match self {
            Category::Security => "security",
            Category::Correctness => "correctness",
        }
    }
}

/// A rule as reports describe it.
#[derive(Clone, Debug)]
pub struct RuleInfo {
    /// Kebab-case.
    pub id: &'static str,
    /// One sentence of plain text.
    pub summary: &'static str,
    /// A paragraph of plain text: why it matters.
    pub description: &'static str,
    /// The rule's page, Markdown.
    pub help: &'static str,
    pub severity: Severity,
    /// How sure its findings usually are.
    pub confidence: Confidence,
    pub category: Category,
    /// Words to filter by, beside the category.
    pub tags: &'static [&'static str],
    /// Where the page is published.
    pub url: String,
}

/// A place with what is to be said of it. Labels of one finding read on as one sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    pub span: Span,
    pub message: String,
}

/// One weakness, at the token that causes it.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule's id.
    pub rule: &'static str,
    pub severity: Severity,
    pub confidence: Confidence,
    pub level: Level,
    /// The consequence in one sentence: lower case start, no full stop.
    pub message: String,
    /// What to write instead.
    pub help: Help,
    /// The resource as Terraform writes it, `module.a["x"].aws_iam_role.r[0]`.
    pub address: String,
    /// The guilty token.
    pub primary: Label,
    /// Other places that explain why, in any file.
    pub labels: Vec<Label>,
    /// What else it speaks for: other statements that give its holder more, other instances of the token.
    pub elsewhere: Vec<Label>,
    /// How the guilty token came to where it does harm: locals, variables, module calls.
    pub trace: Vec<Label>,
    /// Further instances of the same token (other calls of its module).
    pub instances: Vec<String>,
    /// Directories, units or plans in which it was found: what Terraform would be run on.
    pub roots: Vec<String>,
    /// Why it is not reported, if an ignore comment covers it or a baseline knows it.
    pub suppressed: Option<Suppression>,
    /// Whether it is less severe than what is to be shown where it stands.
    pub hidden: bool,
    /// Whether it fails the run, if it is shown.
    pub fails: bool,
    /// What a baseline knows its instances as, where there is one.
    pub known_as: Vec<Known>,
}

impl Finding {
    /// Whether the run fails because of it: what is accepted or not shown does not fail it.
    pub fn fails_run(&self) -> bool {
        self.fails && self.suppressed.is_none() && !self.hidden
    }

    /// Whether it is not reported because a baseline knows it.
    pub fn is_in_baseline(&self) -> bool {
        self.suppressed.as_ref().is_some_and(|suppression| suppression.by == SuppressedBy::Baseline)
    }

    /// Starts a finding: none is without a primary label.
    pub fn at(span: Span, label: impl Into<String>) -> FindingBuilder {
        FindingBuilder {
            primary: Label { span, message: label.into() },
            message: Message::default(),
            help: Help::default(),
            confidence: Confidence::High,
            possible: false,
            labels: Vec::new(),
            trace: Vec::new(),
            rank: 0,
            further: Vec::new(),
            known_by: None,
            sort: Sort::default(),
        }
    }
}

/// What a finding is beside its rule, its token and who it is about: instances of one token that differ in nothing of this are one
/// finding. It is data and no sentence, so that a message can be put in other words.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sort {
    /// Which of the rule's messages it is, where several may be about one token.
    pub kind: &'static str,
    /// What the message says of this instance, in order.
    pub facts: Vec<String>,
}

/// What a rule says; the engine adds the rule's own facts and the address.
#[derive(Clone, Debug)]
pub struct FindingBuilder {
    pub primary: Label,
    pub message: Message,
    pub help: Help,
    pub confidence: Confidence,
    /// It holds as far as something lets it that source shows and does not give.
    pub possible: bool,
    pub labels: Vec<Label>,
    pub trace: Vec<Label>,
    /// How grave it is among those of its rule that one finding speaks for.
    pub rank: u8,
    /// Further tokens that are at fault, labelled: a comment at one is of use as soon as the first is mended, and ignores nothing before.
    pub further: Vec<Span>,
    /// What a baseline must know it by beside the statement: what else it is about.
    pub known_by: Option<String>,
    pub sort: Sort,
}

impl FindingBuilder {
    pub fn rank(mut self, rank: u8) -> Self {
        self.rank = rank;
        self
    }

    pub fn known_by(mut self, what: impl Into<String>) -> Self {
        self.known_by = Some(what.into());
        self
    }

    /// Which of the rule's messages it is: a short word.
    pub fn kind(mut self, kind: &'static str) -> Self {
        self.sort.kind = kind;
        self
    }

    /// Adds what the message says that may be otherwise for another instance of the token: an account, an action, a value's text. Never
    /// who holds or carries the policy.
    pub fn fact(self, fact: impl Into<String>) -> Self {
        self.facts([fact])
    }

    pub fn facts(mut self, facts: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.sort.facts.extend(facts.into_iter().map(Into::into));
        self
    }

    /// The consequence: who can do what, or what AWS makes of which part of the policy. Where, the context knows.
    pub fn message(mut self, message: Message) -> Self {
        self.message = message;
        self
    }

    pub fn says(self, who: impl Into<String>, what: What) -> Self {
        self.message(Message::new(who, what))
    }

    pub fn rejected(self, why: impl Into<String>) -> Self {
        self.message(Message::rejected(why))
    }

    pub fn by(self, way: impl Into<String>) -> Self {
        let message = self.message.clone().by(way);
        self.message(message)
    }

    pub fn aside(self, clause: impl Into<String>) -> Self {
        let message = self.message.clone().aside(clause);
        self.message(message)
    }

    pub fn because(self, why: impl Into<String>) -> Self {
        let message = self.message.clone().because(why);
        self.message(message)
    }

    /// What to do: words, or words with the change that they tell of.
    pub fn help(mut self, help: impl Into<Help>) -> Self {
        self.help = help.into();
        self
    }

    /// The change that the help's words tell of, where there is a definite one.
    pub fn edit(mut self, edit: impl Into<Option<Edit>>) -> Self {
        self.help = self.help.with(edit);
        self
    }

    pub fn confidence(mut self, confidence: Confidence) -> Self {
        self.confidence = confidence;
        self
    }

    /// Adds a token that is at fault as well.
    pub fn further(mut self, span: Span, message: impl Into<String>) -> Self {
        self.further.push(span);
        self.label(span, message)
    }

    /// Adds a label, unless it has been added before.
    pub fn label(mut self, span: Span, message: impl Into<String>) -> Self {
        let label = Label { span, message: message.into() };
        if !self.labels.contains(&label) {
            self.labels.push(label);
        }
        self
    }
}

/// What kind of thing went wrong in reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProblemKind {
    /// A file could not be read.
    Unreadable,
    /// A block or file could not be parsed.
    Syntax,
    /// Terraform would refuse it: a cycle, a missing module directory, a duplicate declaration.
    Terraform,
    /// It went past a bound that keeps rolelint quick: an expansion, a nesting, a size.
    Limit,
    /// A comment that is meant to ignore findings and does not.
    Ignore,
    /// The configuration file or a command line value is wrong: something is switched off, or cannot be.
    Config,
    /// A setting or a command line value has no effect.
    NoEffect,
    /// rolelint's own bug.
    Internal,
}

impl ProblemKind {
    pub fn name(self) -> &'static str {
        match self {
            ProblemKind::Unreadable => "unreadable",
            ProblemKind::Syntax => "syntax",
            ProblemKind::Terraform => "terraform",
            ProblemKind::Limit => "limit",
            ProblemKind::Ignore => "ignore",
            ProblemKind::Config => "config",
            ProblemKind::NoEffect => "no-effect",
            ProblemKind::Internal => "internal",
        }
    }

    /// Whether it fails the run; with `keep_going`, what could not be read or parsed does not.
    pub fn fails(self, keep_going: bool) -> bool {
        match self {
            ProblemKind::Internal | ProblemKind::Config => true,
            ProblemKind::Unreadable | ProblemKind::Syntax | ProblemKind::Limit => !keep_going,
            ProblemKind::Terraform | ProblemKind::Ignore | ProblemKind::NoEffect => false,
        }
    }
}

/// Something that could not be analysed, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub kind: ProblemKind,
    pub message: String,
    /// Nothing for a path that could not even be opened; the message names it.
    pub span: Option<Span>,
}

impl Problem {
    pub fn new(kind: ProblemKind, message: impl Into<String>, span: impl Into<Option<Span>>) -> Problem {
        Problem { kind, message: message.into(), span: span.into() }
    }
}

/// A configuration file that counts, with where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileUse {
    pub path: String,
    /// The directory for which it counts; everywhere if it was named.
    pub directory: Option<String>,
    /// The file that governs this one, which may then only tighten or override it.
    pub governed_by: Option<String>,
}

/// All that a run has to say, in the order in which it is said: by file path, offset, rule.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    pub findings: Vec<Finding>,
    pub problems: Vec<Problem>,
    pub coverage: Coverage,
    /// Those that govern come first.
    pub configurations: Vec<FileUse>,
    /// Every ignore comment in source.
    pub comments: Vec<IgnoreComment>,
    /// What the baseline came to, if there is one.
    pub baseline: Option<BaselineUse>,
}

impl Outcome {
    /// How many ignore comments came to this.
    pub fn comments_in(&self, state: CommentState) -> usize {
        self.comments.iter().filter(|comment| comment.state == state).count()
    }
}

/// An ignore comment with its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IgnoreComment {
    pub span: Span,
    pub state: CommentState,
}

/// What became of an ignore comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CommentState {
    /// It covers a finding of each rule that it names and that runs.
    Used,
    /// There is nothing that it covers, of one of its rules at least.
    Unused,
    /// Its date is past.
    Expired,
    /// It cannot be read, or names a rule that does not exist.
    Wrong,
}
