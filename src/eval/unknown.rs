//! Why a value is not known, and what is known of it all the same.

use std::sync::Arc;

use super::arms::Arms;
use crate::source::Span;
use crate::terraform::Absence;

/// A value that source does not give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    pub reason: Reason,
    /// What made it so: the variable's declaration, the reference, the call.
    pub span: Span,
    /// What it is known to be, although its text is not.
    pub symbol: Option<Symbol>,
    /// The two values of which it is one.
    pub arms: Option<Arc<Arms>>,
}

/// An identity: the same symbol is the same value wherever it stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Symbol {
    /// `aws_iam_role.ci.arn`, `account(aws.prod)`: with the module's address, unique in a run.
    pub key: Arc<str>,
    /// The text holds no `:` `/` `*` `?` and no white space, and is not empty: an account number, region, partition, generated id.
    pub word: bool,
    /// One text, and no list.
    pub text: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A variable of a root module without default and without a given value.
    Variable(Arc<str>),
    /// A variable of a root module whose default is null, where Terraform takes no null.
    NullDefault(Arc<str>),
    /// An attribute that the provider makes on apply.
    ResourceAttribute(Arc<str>),
    /// What a plan does not give. Unlike a resource's attribute it is nothing that one could recognise elsewhere.
    AfterApply(Arc<str>),
    /// What a data source reads when Terraform runs.
    Data(Arc<str>),
    RemoteState(Arc<str>),
    /// An output of a module that is not there to be analysed.
    ExternalModule {
        address: Arc<str>,
        source: Arc<str>,
        absence: Absence,
    },
    /// `count` or `for_each` depends on something unknown.
    Expansion {
        of: Arc<str>,
        /// What that is: a root reason, so that a chain of blocks that count each other stays one link long.
        because: Arc<Reason>,
    },
    /// The block was not parsed.
    NotParsed(Arc<str>),
    /// A function that rolelint does not know, or that nobody can know before apply (`timestamp`).
    Function(Arc<str>),
    /// Something with this name is not declared.
    Undeclared(Arc<str>),
    /// A value that needs itself.
    Cycle(Arc<str>),
    /// Too large, too deep, too many.
    Limit(Arc<str>),
    /// A file that source names could not be read.
    File {
        path: Arc<str>,
        error: Arc<str>,
    },
    /// What Terragrunt knows when it runs: `dependency.vpc.outputs.id`.
    Terragrunt(Arc<str>),
    /// What a file leaves for somebody else to fill in: `${account}`, with its delimiters.
    Placeholder(Arc<str>),
    /// Which arm of a conditional is taken depends on something unknown.
    Condition(Arc<Reason>),
    /// Computed from something unknown in a way that keeps nothing known.
    Computed(Arc<Reason>),
    /// Terraform would fail here; `try` and `can` see it.
    Failed(Arc<str>),
}

impl Unknown {
    pub fn new(reason: Reason, span: Span) -> Unknown {
        Unknown { reason, span, symbol: None, arms: None }
    }

    /// A value that the provider makes, which is the same wherever its address stands.
    pub fn symbolic(reason: Reason, span: Span, key: impl Into<Arc<str>>, word: bool) -> Unknown {
        Unknown { reason, span, symbol: Some(Symbol { key: key.into(), word, text: word }), arms: None }
    }

    /// Terraform would refuse this.
    pub fn failed(message: impl Into<Arc<str>>, span: Span) -> Unknown {
        Unknown::new(Reason::Failed(message.into()), span)
    }

    /// Something computed from `self` that nothing is known of.
    pub fn computed(&self) -> Unknown {
        let reason = match &self.reason {
            Reason::Computed(_) | Reason::Condition(_) | Reason::Failed(_) => self.reason.clone(),
            reason => Reason::Computed(Arc::new(reason.clone())),
        };
        Unknown { reason, span: self.span, symbol: None, arms: None }
    }

    /// How many there are of the block `of` depends on `self`.
    pub fn expansion(&self, of: impl Into<Arc<str>>) -> Unknown {
        let because = Arc::new(self.reason.root().clone());
        Unknown { reason: Reason::Expansion { of: of.into(), because }, span: self.span, symbol: None, arms: None }
    }

    /// Which of two it is depends on `self`.
    pub fn condition(&self) -> Unknown {
        let reason = match &self.reason {
            Reason::Condition(_) => self.reason.clone(),
            reason => Reason::Condition(Arc::new(reason.clone())),
        };
        Unknown { reason, span: self.span, symbol: None, arms: None }
    }

    /// The attribute `name` of something unknown: of a symbol it is a symbol again.
    pub fn member(&self, name: &str, span: Span) -> Unknown {
        let Some(symbol) = &self.symbol else { return self.computed() };
        let longer = |text: &Arc<str>| Arc::from(format!("{text}.{name}"));
        let reason = match &self.reason {
            Reason::ResourceAttribute(text) => Reason::ResourceAttribute(longer(text)),
            Reason::Data(text) => Reason::Data(longer(text)),
            Reason::RemoteState(text) => Reason::RemoteState(longer(text)),
            Reason::Terragrunt(text) => Reason::Terragrunt(longer(text)),
            Reason::ExternalModule { address, source, absence } => {
                Reason::ExternalModule { address: longer(address), source: Arc::clone(source), absence: *absence }
            }
            other => other.clone(),
        };
        Unknown { reason, span, symbol: Some(Symbol { key: longer(&symbol.key), word: false, text: false }), arms: None }
    }

    /// Whether it is known which thing it is, although its text is not: an attribute of a resource of the estate, the account in use.
    /// Two of them compare, so a policy that holds one is as good as known.
    pub fn is_identity(&self) -> bool {
        match (&self.symbol, &self.reason) {
            (Some(_), Reason::ResourceAttribute(_)) => true,
            (Some(symbol), Reason::Data(_)) => symbol.word,
            _ => false,
        }
    }

    /// Whether it certainly is one text, and no list: such an attribute by its name, or a variable by its type.
    pub fn is_one_text(&self) -> bool {
        let Some(symbol) = &self.symbol else { return false };
        let (Reason::ResourceAttribute(name) | Reason::Data(name)) = &self.reason else { return symbol.word || symbol.text };
        let attribute = name.rsplit('.').next().unwrap_or(name);
        let text = matches!(attribute, "arn" | "id" | "name" | "url") || attribute.ends_with("_arn") || attribute.ends_with("_id");
        symbol.word || symbol.text || text
    }

    pub fn is_failed(&self) -> bool {
        matches!(self.reason, Reason::Failed(_))
    }

    /// Short, for showing a string with unknown parts: `arn:aws:iam::${var.account}:root`.
    ///
    /// What is read from a file goes by the local or variable that holds it: the file's name says nothing of the value.
    pub fn name(&self) -> String {
        let held = self.symbol.as_ref().filter(|_| self.reason.is_of_file()).and_then(|symbol| {
            let at = [":local.", ":var."].iter().find_map(|start| symbol.key.rfind(start))?;
            symbol.key.get(at + 1..)
        });
        held.map_or_else(|| self.reason.name(), str::to_owned)
    }
}

impl Reason {
    /// What would have to be known: the reason behind conditions, computations and counts.
    pub fn root(&self) -> &Reason {
        match self {
            Reason::Condition(inner) | Reason::Computed(inner) | Reason::Expansion { because: inner, .. } => inner.root(),
            reason => reason,
        }
    }

    /// Whether a file would have to be read.
    pub fn is_of_file(&self) -> bool {
        matches!(self.root(), Reason::File { .. })
    }

    /// What is unknown, as source names it.
    pub fn name(&self) -> String {
        match self {
            Reason::Variable(name) | Reason::NullDefault(name) => format!("var.{name}"),
            Reason::ResourceAttribute(name)
            | Reason::AfterApply(name)
            | Reason::Data(name)
            | Reason::RemoteState(name)
            | Reason::Terragrunt(name)
            | Reason::Undeclared(name) => name.to_string(),
            Reason::ExternalModule { address, .. } => address.to_string(),
            Reason::Expansion { of: name, .. } | Reason::NotParsed(name) | Reason::Cycle(name) => name.to_string(),
            Reason::Function(name) => format!("{name}(…)"),
            Reason::Placeholder(text) => text.trim_matches(['$', '{', '}', '<', '>', ' ']).to_owned(),
            Reason::File { path, .. } => format!("file({path:?})"),
            Reason::Condition(inner) | Reason::Computed(inner) => inner.name(),
            Reason::Limit(_) | Reason::Failed(_) => "…".to_owned(),
        }
    }
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Reason::Variable(name) => write!(f, "`var.{name}` has no value: give it one with --var or --var-file"),
            Reason::NullDefault(name) => write!(f, "`var.{name}` is null by default: give it a value with --var or --var-file"),
            Reason::ResourceAttribute(name) | Reason::AfterApply(name) => write!(f, "`{name}` is known only after apply"),
            Reason::Data(name) => write!(f, "`{name}` is read when Terraform runs"),
            Reason::RemoteState(name) => write!(f, "`{name}` comes from another state"),
            Reason::ExternalModule { address, source, absence } => {
                write!(f, "`{address}` comes from module source `{source}`, {}", absence.name())
            }
            Reason::Expansion { of, because } => write!(f, "count or for_each of `{of}` is unknown: {because}"),
            Reason::NotParsed(name) => write!(f, "`{name}` could not be parsed"),
            Reason::Function(name) => write!(f, "`{name}` is a function whose result source does not give"),
            Reason::Terragrunt(name) => write!(f, "`{name}` is known when Terragrunt runs"),
            Reason::Placeholder(text) => write!(f, "`{text}` is filled in elsewhere: nothing in source that is evaluated does it"),
            Reason::Undeclared(name) => write!(f, "`{name}` is not declared"),
            Reason::Cycle(name) => write!(f, "`{name}` depends on itself"),
            Reason::Limit(what) => write!(f, "{what}"),
            Reason::File { path, error } => write!(f, "file `{path}` could not be read: {error}"),
            Reason::Condition(inner) => write!(f, "a condition is unknown: {inner}"),
            Reason::Computed(inner) => write!(f, "{inner}"),
            Reason::Failed(message) => write!(f, "Terraform would fail here: {message}"),
        }
    }
}
