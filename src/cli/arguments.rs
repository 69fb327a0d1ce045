//! What the command line takes.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};

use super::color::Color;
use super::format::ListFormat;
use super::variables::Variables;
use super::version;
use crate::nearest::nearest;

#[derive(Debug, Parser)]
#[command(name = "rolelint", version, long_version = version::LONG.as_str(), about = "Finds the IAM mistakes in Terraform and OpenTofu that let somebody in")]
#[command(after_help = "`rolelint PATH` is short for `rolelint check PATH`.")]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Judge the policies in Terraform source
    Check(Box<CheckArguments>),
    /// Show a rule's page: why it matters, what is bad, what to write instead
    Explain {
        /// A rule's ID, such as external-id-required
        rule: String,
    },
    /// Show whose accounts Terraform source deals with: yours, vendors', AWS's and strangers', and why
    Accounts(Box<AccountsArguments>),
    /// Look up what rolelint knows of AWS: actions, services, condition keys, AWS's own policies, accounts, service principals,
    /// issuers of tokens
    Catalog(CatalogArguments),
    /// List all rules
    Rules {
        #[arg(short, long, value_enum, ignore_case = true, default_value_t = ListFormat::Text)]
        format: ListFormat,
    },
    /// Show what .rolelint.hcl takes: settings, blocks and the options of rules, with their types, defaults and meanings
    Config(ConfigArguments),
    /// Print what makes a shell complete rolelint's commands, options and rules
    Completions { shell: clap_complete::Shell },
    /// Print the manual page of rolelint or of a command, or write all of them
    Man {
        /// The command; without it, the page of rolelint itself
        command: Option<String>,
        /// Write all pages into this directory instead
        #[arg(long, value_name = "DIR", conflicts_with = "command")]
        directory: Option<PathBuf>,
    },
    /// Print the version, and up to when rolelint knows AWS
    Version {
        #[arg(short, long, value_enum, ignore_case = true, default_value_t = ListFormat::Text)]
        format: ListFormat,
    },
}

#[derive(Debug, Args)]
pub struct CheckArguments {
    /// Directories to analyse, files whose modules to analyse, or plans: the output of `terraform show -json PLAN`, `-` for standard input.
    /// Without any, the current directory
    pub paths: Vec<PathBuf>,

    /// How to print
    #[arg(short, long, value_enum, ignore_case = true, default_value = "full", env = "ROLELINT_FORMAT", help_heading = "Output")]
    pub format: crate::report::Format,
    /// Also write a report to a file: FORMAT=FILE, or a FILE whose ending says its format. May be repeated
    #[arg(short, long, value_name = "FORMAT=FILE", help_heading = "Output")]
    pub output: Vec<String>,
    /// When to use colours
    #[arg(long, value_enum, ignore_case = true, default_value_t = Color::Auto, help_heading = "Output")]
    pub color: Color,
    /// Count the findings by severity, rule and directory instead of listing them; JSON has both
    #[arg(long, help_heading = "Output")]
    pub statistics: bool,
    /// Tell which policies source does not give in full, and what to do about it: a screen or two, or with `--coverage all` everything
    #[arg(long, value_name = "DETAIL", value_enum, ignore_case = true, num_args = 0..=1, require_equals = true, default_missing_value = "short", help_heading = "Output")]
    pub coverage: Option<CoverageDetail>,
    /// Show findings of this severity and above, whatever the configuration says
    #[arg(long, value_name = "SEVERITY", value_enum, ignore_case = true, help_heading = "Output")]
    pub min_severity: Option<crate::finding::Severity>,
    /// Show findings of this confidence and above
    #[arg(long, value_name = "CONFIDENCE", value_enum, ignore_case = true, default_value = "low", help_heading = "Output")]
    pub min_confidence: crate::finding::Confidence,
    /// Show findings that ignore comments cover or the baseline knows, too
    #[arg(long, help_heading = "Output")]
    pub show_suppressed: bool,
    /// The category of a SARIF report, for several runs of one workflow
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new(), help_heading = "Output")]
    pub sarif_category: Option<String>,
    /// Say on standard error which configuration files and which baseline count, and which rules run
    #[arg(short, long, help_heading = "Output")]
    pub verbose: bool,

    /// Fail (exit status 1) on findings of this severity and above, whatever the rules' levels and the configuration
    #[arg(long, value_name = "SEVERITY", value_enum, ignore_case = true, help_heading = "Exit status")]
    pub fail_on: Option<crate::finding::FailOn>,
    /// Fail (exit status 1) if there is a policy that source gives not at all or only in part; single unknown values are fine
    #[arg(long, help_heading = "Exit status")]
    pub strict_coverage: bool,
    /// Exit with 0 whatever is found
    #[arg(long, help_heading = "Exit status")]
    pub exit_zero: bool,
    /// Do not fail because something could not be read or parsed
    #[arg(long, help_heading = "Exit status")]
    pub keep_going: bool,

    /// Run only these rules: ids, tags such as federation, prefixes such as oidc, or globs such as 'trust-*'
    #[arg(long, value_name = "RULE", value_delimiter = ',', help_heading = "Rules")]
    pub select: Vec<String>,
    /// Do not run these rules
    #[arg(long, value_name = "RULE", value_delimiter = ',', help_heading = "Rules")]
    pub ignore: Vec<String>,
    /// Who the findings are for. `rolelint rules` says which rules are pedantic
    #[arg(long, value_name = "PERSONA", value_enum, ignore_case = true, help_heading = "Rules")]
    pub persona: Option<crate::config::Persona>,
    /// The same as --persona pedantic
    #[arg(long, conflicts_with = "persona", help_heading = "Rules")]
    pub pedantic: bool,
    /// Report only findings that this file does not know; `baseline` in .rolelint.hcl names one for all runs
    #[arg(long, value_name = "FILE", help_heading = "Baseline")]
    pub baseline: Option<PathBuf>,
    /// Write the findings of this run as known instead of reporting them: to the file of --baseline or of .rolelint.hcl, else to
    /// .rolelint-baseline.json
    #[arg(long, help_heading = "Baseline", conflicts_with_all = ["changed", "output", "statistics", "coverage", "show_suppressed", "sarif_category"])]
    pub write_baseline: bool,
    /// Why the findings that --write-baseline adds are left as they are; those that are known keep their reasons
    #[arg(long, value_name = "TEXT", requires = "write_baseline", value_parser = NonEmptyStringValueParser::new(), help_heading = "Baseline")]
    pub reason: Option<String>,
    /// Do not honour ignore comments
    #[arg(long, help_heading = "Rules")]
    pub no_ignores: bool,
    /// The only configuration file, instead of the .rolelint.hcl at the repository's root and those of directories below it
    #[arg(long, value_name = "FILE", env = "ROLELINT_CONFIG", help_heading = "Rules")]
    pub config: Option<PathBuf>,
    /// Read no configuration file
    #[arg(long, conflicts_with = "config", help_heading = "Rules")]
    pub no_config: bool,

    #[command(flatten)]
    pub variables: Variables,
    /// The directory that a plan was made in, if it is not the plan's own or the current one
    #[arg(long, value_name = "DIR", help_heading = "Terraform")]
    pub source: Option<PathBuf>,
    /// What terraform.workspace is
    #[arg(long, value_name = "NAME", value_parser = workspace, help_heading = "Terraform")]
    pub workspace: Option<String>,

    /// Leave out findings inside of modules that Terraform has downloaded; what you pass to them is judged all the same
    #[arg(long, help_heading = "Terraform")]
    pub exclude_external_modules: bool,

    /// Leave out paths that match this glob. May be repeated
    #[arg(long, value_name = "GLOB", help_heading = "Files")]
    pub exclude: Vec<String>,
    /// Leave them out also where they are named on the command line
    #[arg(long, help_heading = "Files")]
    pub force_exclude: bool,
    /// The paths are files that changed: judge what they touch, and pass over those that touch nothing. Without any, nothing has changed
    #[arg(long, help_heading = "Files")]
    pub changed: bool,
    /// Also read what .gitignore leaves out
    #[arg(long, help_heading = "Files")]
    pub no_gitignore: bool,
    /// Threads to use; 0 for one a processor
    #[arg(long, value_name = "NUMBER", default_value_t = 0, value_parser = clap::value_parser!(u16).range(0..=MOST_THREADS), help_heading = "Files")]
    pub threads: u16,
}

#[derive(Debug, Args)]
#[command(after_help = "Exit status: 0, or 2 for wrong use, a wrong configuration, or no Terraform where you named a directory.")]
pub struct AccountsArguments {
    /// Directories to look at, or plans: the output of `terraform show -json PLAN`
    #[arg(default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// How to print; hcl makes the `account` and `vendor` blocks of a .rolelint.hcl
    #[arg(short, long, value_enum, ignore_case = true, default_value_t = AccountsFormat::Text)]
    pub format: AccountsFormat,
    /// List what is otherwise only counted
    #[arg(long)]
    pub all: bool,
    /// When to use colours
    #[arg(long, value_enum, ignore_case = true, default_value_t = Color::Auto)]
    pub color: Color,
    /// The only configuration file, instead of the .rolelint.hcl at the repository's root and those of directories below it
    #[arg(long, value_name = "FILE", env = "ROLELINT_CONFIG")]
    pub config: Option<PathBuf>,
    /// Read no configuration file
    #[arg(long, conflicts_with = "config")]
    pub no_config: bool,
    #[command(flatten)]
    pub variables: Variables,
    /// What terraform.workspace is
    #[arg(long, value_name = "NAME", value_parser = workspace, help_heading = "Terraform")]
    pub workspace: Option<String>,
    /// Leave out paths that match this glob. May be repeated
    #[arg(long, value_name = "GLOB", help_heading = "Files")]
    pub exclude: Vec<String>,
    /// Also read what .gitignore leaves out
    #[arg(long, help_heading = "Files")]
    pub no_gitignore: bool,
    /// Threads to use; 0 for one a processor
    #[arg(long, value_name = "NUMBER", default_value_t = 0, value_parser = clap::value_parser!(u16).range(0..=MOST_THREADS), help_heading = "Files")]
    pub threads: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AccountsFormat {
    Text,
    Json,
    Hcl,
}

#[derive(Debug, Args)]
#[command(after_help = "Exit status: 0 if everything is known, 1 if something is not, 2 for wrong use.")]
pub struct CatalogArguments {
    /// What to look up: iam:PassRole, 's3:Get*', s3, aws:SourceIp, AdministratorAccess, an ARN of a policy of AWS's, an account's twelve
    /// digits or their owner's name, lambda.amazonaws.com
    #[arg(required = true, value_name = "QUERY", value_parser = NonEmptyStringValueParser::new())]
    pub queries: Vec<String>,
    /// Show the document of a policy, too
    #[arg(long)]
    pub document: bool,
    /// List what is otherwise only counted
    #[arg(long)]
    pub all: bool,
    #[arg(short, long, value_enum, ignore_case = true, default_value_t = ListFormat::Text)]
    pub format: ListFormat,
    /// When to use colours
    #[arg(long, value_enum, ignore_case = true, default_value_t = Color::Auto)]
    pub color: Color,
}

#[derive(Debug, Args)]
pub struct ConfigArguments {
    /// A setting, a block or a rule; without it, everything
    pub name: Option<String>,
    #[arg(short, long, value_enum, ignore_case = true, default_value_t = ListFormat::Text)]
    pub format: ListFormat,
    /// When to use colours
    #[arg(long, value_enum, ignore_case = true, default_value_t = Color::Auto)]
    pub color: Color,
}

/// How much `--coverage` tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CoverageDetail {
    Short,
    All,
}

/// More only cost memory, and some systems abort a program that asks for too many.
const MOST_THREADS: i64 = 256;

/// A workspace's name, as Terraform takes it: it must be the same in a URL (internal/command/workspace_command.go, `validWorkspaceName`).
fn workspace(name: &str) -> Result<String, String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.~$&+=:@".contains(c);
    match name {
        "" => Err("a workspace has a name; without the option it is unknown".to_owned()),
        _ if name.chars().all(is_plain) => Ok(name.to_owned()),
        _ => Err("Terraform takes no such name: letters, digits and - _ . ~ $ & + = : @ may be in one".to_owned()),
    }
}

/// The commands, without `help`.
const COMMANDS: &[&str] = &["check", "explain", "accounts", "catalog", "rules", "config", "completions", "man", "version"];

/// A command, or what looks like one misspelt and is no path: clap says which one is meant.
fn is_command(word: &str) -> bool {
    // Many words are near to `man`.
    let near = nearest(word, COMMANDS.iter().copied().filter(|name| name.len() > 3));
    COMMANDS.contains(&word) || near.is_some() && !std::path::Path::new(word).exists()
}

/// An argument that would count as an option although something in the current directory has its name. Hooks and shells put the names of files
/// behind the options, and whoever names the files would choose the options: `rolelint check *` where a file is called `--exit-zero`.
pub fn option_and_file(arguments: &[OsString]) -> Option<&OsString> {
    let before_names = arguments.iter().skip(1).take_while(|argument| *argument != "--");
    let looks_like_option = |argument: &&OsString| argument.as_encoded_bytes().starts_with(b"-") && *argument != "-";
    before_names.filter(looks_like_option).find(|argument| std::fs::symlink_metadata(argument).is_ok())
}

/// Puts `check` before the first argument unless a command stands there: `rolelint infra/` checks `infra/`. And gives `--coverage` the value
/// that stands behind it.
pub fn with_default_command(mut arguments: Vec<OsString>) -> Vec<OsString> {
    let first = arguments.get(1).and_then(|argument| argument.to_str());
    let command = first.is_some_and(|first| matches!(first, "help" | "-h" | "--help" | "-V" | "--version") || is_command(first));
    // Alone, it shows the help.
    if !command && arguments.len() > 1 {
        arguments.insert(1, "check".into());
    }
    if arguments.get(1).is_some_and(|command| command == "check") { with_coverage_detail(arguments) } else { arguments }
}

/// `--coverage all` is `--coverage=all`, and `--coverage infra` still checks `infra`. clap knows only options whose next argument is their
/// value and options whose value has a `=`.
fn with_coverage_detail(arguments: Vec<OsString>) -> Vec<OsString> {
    let mut joined: Vec<OsString> = Vec::with_capacity(arguments.len());
    let mut only_paths = false;
    for argument in arguments {
        match (joined.last_mut(), argument.to_str()) {
            (Some(last), Some(detail @ ("all" | "short"))) if !only_paths && *last == "--coverage" => {
                *last = format!("--coverage={detail}").into()
            }
            _ => {
                only_paths |= argument == "--";
                joined.push(argument);
            }
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn prepared(line: &str) -> String {
        let arguments = with_default_command(std::iter::once("rolelint").chain(line.split_whitespace()).map(OsString::from).collect());
        let arguments: Vec<&str> = arguments.iter().skip(1).filter_map(|argument| argument.to_str()).collect();
        arguments.join(" ")
    }

    #[test]
    fn check_is_the_command_where_none_stands() {
        assert_eq!(prepared(""), "");
        assert_eq!(prepared("infra"), "check infra");
        assert_eq!(prepared("--verbose"), "check --verbose");
        for line in ["check infra", "rules", "help check", "--version", "-V", "version", "man check", "completions bash", "explian x"] {
            assert_eq!(prepared(line), line);
        }
        // Short names of directories that are not there are no misspelt commands.
        for line in ["a", "ms", "main"] {
            assert_eq!(prepared(line), format!("check {line}"));
        }
    }

    #[test]
    fn coverage_takes_its_value_with_a_space_too() {
        assert_eq!(prepared("--coverage all infra"), "check --coverage=all infra");
        assert_eq!(prepared("check infra --coverage short"), "check infra --coverage=short");
        assert_eq!(prepared("infra --coverage all all"), "check infra --coverage=all all");
        for line in [
            "check --coverage infra",
            "check --coverage=short all",
            "check --coverage",
            "check --coverage ./all",
            "check --coverage -- all",
            "check -- --coverage all",
            "catalog --coverage all",
        ] {
            assert_eq!(prepared(line), line);
        }
    }

    #[test]
    fn all_commands_are_known() {
        let command = Arguments::command();
        assert_eq!(command.get_subcommands().map(clap::Command::get_name).collect::<Vec<_>>(), COMMANDS);
    }
}
