//! What `.rolelint.hcl` takes: its settings and blocks, each declared once. From here come the checks of the parser, the names that may be
//! meant, and what `rolelint config` prints. The options of rules are declared in the same form beside their rules.

/// A setting, an argument of a block, or an option of a rule.
#[derive(Debug)]
pub struct Argument {
    pub name: &'static str,
    pub takes: Takes,
    /// What holds without it, as HCL has it; nothing where that is nothing in particular.
    pub default: Option<&'static str>,
    /// Whether the block needs it.
    pub required: bool,
    /// What it does, in one sentence or two.
    pub text: &'static str,
}

/// What an argument is worth.
#[derive(Clone, Copy, Debug)]
pub enum Takes {
    /// True or false.
    Flag,
    /// Any text.
    Text,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A list of strings; a single string counts as a list of one.
    Texts,
    /// A list of names, with `*` and `?` as IAM has them.
    Patterns,
}

impl Takes {
    /// The type as documentation names it.
    pub fn name(self) -> &'static str {
        match self {
            Takes::Flag => "bool",
            Takes::Text => "string",
            Takes::Word(_) => "one of",
            Takes::Texts => "list of strings",
            Takes::Patterns => "list of patterns",
        }
    }

    /// The words of which it is one.
    pub fn words(self) -> &'static [&'static str] {
        match self {
            Takes::Word(words) => words,
            _ => &[],
        }
    }
}

/// A block.
#[derive(Debug)]
pub struct BlockKind {
    pub name: &'static str,
    /// What its label is, if it has one.
    pub label: Option<&'static str>,
    pub text: &'static str,
    pub arguments: &'static [Argument],
}

/// The words of `severity`, from the least.
const SEVERITIES: &[&str] = &["info", "low", "medium", "high", "critical"];

/// The settings at the top of the file.
pub const SETTINGS: &[Argument] = &[
    Argument {
        name: "persona",
        takes: Takes::Word(&["default", "pedantic"]),
        default: Some("\"default\""),
        required: false,
        text: "Which rules run: `pedantic` adds rules that follow AWS's guidance more strictly than most teams want",
    },
    Argument {
        name: "select",
        takes: Takes::Texts,
        default: None,
        required: false,
        text: "The only rules that run, by ID, tag, prefix or glob. Without it, all of the persona do",
    },
    Argument {
        name: "ignore",
        takes: Takes::Texts,
        default: None,
        required: false,
        text: "Rules that do not run, by ID, tag, prefix or glob",
    },
    Argument {
        name: "fail_on",
        takes: Takes::Word(&["info", "low", "medium", "high", "critical", "never"]),
        default: None,
        required: false,
        text: "The severity from which findings fail the run. Without it, findings of rules at level `deny` do",
    },
    Argument {
        name: "min_severity",
        takes: Takes::Word(SEVERITIES),
        default: Some("\"info\""),
        required: false,
        text: "The severity from which findings are shown",
    },
    Argument {
        name: "baseline",
        takes: Takes::Text,
        default: None,
        required: false,
        text: "The file of known findings, relative to this file: only others are reported",
    },
    Argument {
        name: "exclude",
        takes: Takes::Texts,
        default: None,
        required: false,
        text: "Globs of paths that are not reported, relative to this file",
    },
    Argument {
        name: "exclude_external_modules",
        takes: Takes::Flag,
        default: Some("false"),
        required: false,
        text: "Leave out findings inside modules that Terraform has downloaded",
    },
    Argument {
        name: "strict_coverage",
        takes: Takes::Flag,
        default: Some("false"),
        required: false,
        text: "Fail if the statements or lists of a policy are unknown",
    },
    Argument {
        name: "allow_override",
        takes: Takes::Flag,
        default: Some("false"),
        required: false,
        text: "Let files in subdirectories loosen what this file says, not only tighten it",
    },
];

/// What every `rule` block takes beside the rule's own options.
pub const LEVEL: Argument = Argument {
    name: "level",
    takes: Takes::Word(&["allow", "warn", "deny"]),
    default: None,
    required: false,
    text: "`allow`: the rule does not run. `warn`: it is shown. `deny`: it is shown and fails the run. Without it, rules of medium severity and above deny, the others warn, and pedantic rules do not run",
};

/// The blocks.
pub const BLOCKS: &[BlockKind] = &[
    BlockKind {
        name: "account",
        label: Some("NAME"),
        text: "One of your own accounts. Once you declare them, every other account that a role trusts is a third party",
        arguments: &[
            Argument { name: "id", takes: Takes::Text, default: None, required: true, text: "The account ID, 12 digits" },
            Argument {
                name: "environment",
                takes: Takes::Text,
                default: None,
                required: false,
                text: "Shown in messages, such as \"production\"",
            },
            Argument {
                name: "trusted",
                takes: Takes::Flag,
                default: Some("false"),
                required: false,
                text: "Roles can trust the whole account: one for security or identities",
            },
            Argument {
                name: "directories",
                takes: Takes::Texts,
                default: None,
                required: false,
                text: "Globs of the root modules that deploy to the account, relative to this file",
            },
        ],
    },
    BlockKind {
        name: "organization",
        label: None,
        text: "Your organization in AWS Organizations. Any other one is somebody else's",
        arguments: &[Argument {
            name: "id",
            takes: Takes::Text,
            default: None,
            required: false,
            text: "The organization ID, such as \"o-a1b2c3d4e5\". Required",
        }],
    },
    BlockKind {
        name: "vendor",
        label: Some("NAME"),
        text: "Somebody else's accounts that you admit on purpose: they need an external ID",
        arguments: &[Argument { name: "accounts", takes: Takes::Texts, default: None, required: true, text: "Their account IDs" }],
    },
    BlockKind {
        name: "rule",
        label: Some("RULE"),
        text: "How one rule runs. Beside `level` it takes the rule's own options",
        arguments: &[LEVEL],
    },
];

/// The setting of this name.
pub fn setting(name: &str) -> Option<&'static Argument> {
    SETTINGS.iter().find(|setting| setting.name == name)
}

/// The block of this name.
pub fn block(name: &str) -> Option<&'static BlockKind> {
    BLOCKS.iter().find(|block| block.name == name)
}

/// The names of some arguments, in order.
pub fn names(arguments: &[Argument]) -> Vec<&'static str> {
    arguments.iter().map(|argument| argument.name).collect()
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::*;
    use crate::config::Persona;
    use crate::finding::{FailOn, Level, Severity};

    fn words<V: ValueEnum>() -> Vec<String> {
        V::value_variants().iter().filter_map(V::to_possible_value).map(|value| value.get_name().to_owned()).collect()
    }

    #[test]
    fn the_words_are_those_that_are_read() {
        let of = |name: &str| setting(name).unwrap().takes.words().to_vec();
        assert_eq!(of("persona"), words::<Persona>());
        assert_eq!(of("fail_on"), words::<FailOn>());
        assert_eq!(of("min_severity"), words::<Severity>());
        assert_eq!(LEVEL.takes.words().to_vec(), words::<Level>());
    }
}
