//! What to do about a finding: words, and where that is a definite change of source the change itself.

use crate::source::{Sources, Span};

/// What to do about a finding.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Help {
    /// Lower case start, no full stop. Lines that begin with a space are code.
    pub words: String,
    /// The change that the words tell of.
    pub edit: Option<Edit>,
}

impl Help {
    #[must_use]
    pub fn with(self, edit: impl Into<Option<Edit>>) -> Help {
        Help { edit: edit.into(), ..self }
    }

    /// What is to be written has names in capitals in it, for what only the user knows.
    #[must_use]
    pub fn with_placeholders(self) -> Help {
        self.at_most(Applicability::HasPlaceholders)
    }

    /// The change is no surer than this.
    #[must_use]
    pub fn at_most(self, applicability: Applicability) -> Help {
        let edit = self.edit.map(|edit| Edit { applicability: edit.applicability.min(applicability), ..edit });
        Help { edit, ..self }
    }

    /// The words, and below them the code that they end in.
    pub fn text(&self) -> String {
        let Some(edit) = self.edit.as_ref().filter(|edit| edit.is_shown) else { return self.words.clone() };
        let lines = edit.replacements.iter().flat_map(|replacement| replacement.text.lines());
        let code = lines.map(|line| if line.is_empty() { "\n".to_owned() } else { format!("\n  {line}") });
        format!("{}:{}", self.words, code.collect::<String>())
    }

    /// Whether the changes are the same but for the file, which may be a copy of the other's.
    pub fn asks_for_the_same(&self, other: &Help) -> bool {
        let parts = |help: &Help| {
            let replacements = help.edit.iter().flat_map(|edit| &edit.replacements);
            replacements.map(|one| (one.span.range(), one.text.clone())).collect::<Vec<_>>()
        };
        parts(self) == parts(other)
    }

    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }
}

impl<T: Into<String>> From<T> for Help {
    fn from(words: T) -> Help {
        Help { words: words.into(), edit: None }
    }
}

/// Who can make a change: the names are those of rustc's `Applicability`. In ascending order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Applicability {
    /// It shows what to write, but it cannot be put in as it is: what it stands for is not written there as such.
    DisplayOnly,
    /// With something else for the names in capitals in it.
    HasPlaceholders,
    /// A program, if somebody has looked at it: it may not be what was meant, or takes something away. Then the finding is gone, and no
    /// other has come.
    MaybeIncorrect,
    /// A program: the same, and it says what was meant.
    MachineApplicable,
}

impl Applicability {
    pub fn name(self) -> &'static str {
        match self {
            Applicability::DisplayOnly => "display-only",
            Applicability::HasPlaceholders => "has-placeholders",
            Applicability::MaybeIncorrect => "maybe-incorrect",
            Applicability::MachineApplicable => "machine-applicable",
        }
    }
}

/// A change of source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// They do not overlap.
    pub replacements: Vec<Replacement>,
    pub applicability: Applicability,
    /// Whether a report shows the text below the words. A single token the words name themselves.
    pub is_shown: bool,
}

impl Edit {
    /// A token in the place of another.
    pub fn token(span: Span, text: impl Into<String>) -> Edit {
        let replacements = vec![Replacement { span, text: text.into() }];
        Edit { replacements, applicability: Applicability::MachineApplicable, is_shown: false }
    }

    /// Both changes in one.
    #[must_use]
    pub fn and(mut self, other: Edit) -> Edit {
        let new = other.replacements.into_iter().filter(|one| !self.replacements.contains(one)).collect::<Vec<_>>();
        self.replacements.extend(new);
        Edit { applicability: self.applicability.min(other.applicability), is_shown: self.is_shown || other.is_shown, ..self }
    }

    /// Something else may be meant.
    #[must_use]
    pub fn as_a_guess(self) -> Edit {
        Edit { applicability: self.applicability.min(Applicability::MaybeIncorrect), ..self }
    }

    /// Nothing that a program should do: somebody has to decide more than that.
    #[must_use]
    pub fn only_shown(self) -> Edit {
        Edit { applicability: Applicability::DisplayOnly, ..self }
    }

    /// Whether a program can make it as it is.
    pub fn can_be_made(&self) -> bool {
        self.applicability >= Applicability::MaybeIncorrect
    }
}

/// Other text for what stands at a place; an empty span is between two characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replacement {
    pub span: Span,
    /// Of several lines as if the first stood at the left edge, as a report shows it.
    pub text: String,
}

impl Replacement {
    /// The text as it stands in the file: indented as the line in which it begins, with the file's line breaks.
    pub fn in_place(&self, sources: &Sources) -> String {
        if !self.text.contains('\n') {
            return self.text.clone();
        }
        let file = sources.file(self.span.file);
        let before = file.text.get(..self.span.range().start).unwrap_or_default();
        let line = before.rsplit('\n').next().unwrap_or_default();
        let margin = &line[..line.len() - line.trim_start_matches([' ', '\t']).len()];
        let newline = if file.text.contains("\r\n") { "\r\n" } else { "\n" };
        let mut text = String::new();
        for (number, line) in self.text.split('\n').enumerate() {
            if number > 0 {
                text.push_str(newline);
                text.push_str(if line.is_empty() { "" } else { margin });
            }
            text.push_str(line);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{File, FileKind, NoFiles};

    #[test]
    fn what_stands_in_a_file_is_indented_as_its_line() {
        let sources = Sources::new(Box::new(NoFiles));
        let text = "a\r\n  b = [{ old }]\r\n";
        let file = sources.add(File::new("a.tf", FileKind::Hcl, text.into()));
        let start = text.find("{ old").unwrap();
        let replacement = Replacement { span: Span::new(file, start..start + 7), text: "{\n  new\n\n}".to_owned() };
        assert_eq!(replacement.in_place(&sources), "{\r\n    new\r\n\r\n  }");
    }

    #[test]
    fn code_stands_below_the_words() {
        let edit = Edit { is_shown: true, ..Edit::token(Span::default(), "{\n  a = 1\n\n}") };
        assert_eq!(Help::from("write").with(edit).text(), "write:\n  {\n    a = 1\n\n  }");
        assert_eq!(Help::from("write `b`").with(Edit::token(Span::default(), "b")).text(), "write `b`");
    }
}
