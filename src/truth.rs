//! Three-valued answers.
//!
//! Terraform source is never fully known before apply, so a question about it has three answers. The type has no
//! conversion to `bool` and no `!` on purpose: a caller says which way the unknown falls, `certainly` or `possibly`.

/// The answer to a question about partly known values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Truth {
    Yes,
    No,
    Unknown,
}

impl Truth {
    /// True only when the answer holds whatever the unknown parts turn out to be.
    pub fn certainly(self) -> bool {
        self == Truth::Yes
    }

    /// True unless the answer is known to be no.
    pub fn possibly(self) -> bool {
        self != Truth::No
    }

    /// Both hold.
    pub fn and(self, other: Truth) -> Truth {
        match (self, other) {
            (Truth::No, _) | (_, Truth::No) => Truth::No,
            (Truth::Yes, Truth::Yes) => Truth::Yes,
            _ => Truth::Unknown,
        }
    }

    /// At least one holds.
    pub fn or(self, other: Truth) -> Truth {
        match (self, other) {
            (Truth::Yes, _) | (_, Truth::Yes) => Truth::Yes,
            (Truth::No, Truth::No) => Truth::No,
            _ => Truth::Unknown,
        }
    }

    /// The opposite answer; unknown stays unknown.
    pub fn opposite(self) -> Truth {
        match self {
            Truth::Yes => Truth::No,
            Truth::No => Truth::Yes,
            Truth::Unknown => Truth::Unknown,
        }
    }

    /// True of at least one of `answers`; no for none.
    pub fn any(answers: impl IntoIterator<Item = Truth>) -> Truth {
        answers.into_iter().fold(Truth::No, Truth::or)
    }

    /// True of each of `answers`; yes for none.
    pub fn all(answers: impl IntoIterator<Item = Truth>) -> Truth {
        answers.into_iter().fold(Truth::Yes, Truth::and)
    }
}

impl From<bool> for Truth {
    fn from(known: bool) -> Truth {
        if known { Truth::Yes } else { Truth::No }
    }
}
