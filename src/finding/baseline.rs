//! What a baseline holds: findings that are known, so that only new ones fail a run.

/// One instance of a known finding. Its order is that of the file: what one root module's holders have stands together.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Known {
    /// What Terraform is run on, relative to the directory of the baseline file.
    pub root: String,
    /// Who holds the policy: `` role `ci` ``; or what carries it.
    pub holder: String,
    /// The rule's id.
    pub rule: String,
    /// What the policy of a resource is put on: its bucket, queue or secret, as far as source gives it. Empty for others.
    pub on: String,
    /// A hash of what the statement says, 32 hexadecimal digits.
    pub statement: String,
    /// The text that is to blame, on one line: for those who read the file, and to tell findings of one statement apart.
    pub token: String,
    /// The resource as Terraform writes it, where it was last seen.
    pub address: String,
    /// The account's number where source gives it, else what its provider says of it.
    pub account: Option<String>,
    /// Why it is left as it is.
    pub reason: Option<String>,
}

impl Suppression {
    /// How reports say it: `ignored: it is a honeypot`, `known`.
    pub fn words(&self) -> String {
        let by = self.by.word();
        if self.reason.is_empty() { by.to_owned() } else { format!("{by}: {}", self.reason) }
    }
}

impl SuppressedBy {
    pub fn word(self) -> &'static str {
        match self {
            SuppressedBy::Comment => "ignored",
            SuppressedBy::Baseline => "known",
        }
    }
}

/// What a run made of a baseline.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BaselineUse {
    /// How many instances of findings are known.
    pub known: usize,
    /// Those that no finding is like any more, of rules that ran.
    pub gone: Vec<Known>,
    /// Those of rules that did not run, of which nobody knows.
    pub unasked: Vec<Known>,
}

/// Why a finding is not reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    pub by: SuppressedBy,
    /// Empty where nobody says why.
    pub reason: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SuppressedBy {
    /// An ignore comment.
    Comment,
    /// The baseline.
    Baseline,
}
