//! What is wrong in a configuration file by what rolelint knows of rules, options and accounts.

use std::sync::Arc;

use super::configurations::Holds;
use super::settings::{Asked, level};
use crate::catalog::{self, AccountKind};
use crate::config::schema::{LEVEL, Takes};
use crate::config::{Config, OptionValue, RuleOption};
use crate::finding::{FailOn, Problem, ProblemKind};
use crate::nearest::{did_you_mean, one_of};
use crate::rules::{self, About, Selection};
use crate::source::Span;
use crate::syntax::ast::Name;

/// What is wrong in one file. What governs it is another question.
pub fn of(config: &Config) -> Vec<Problem> {
    let mut problems = Vec::new();
    accounts(config, &mut problems);
    rules(config, &mut problems);
    let select = selection(&config.select, &mut problems);
    let ignore = selection(&config.ignore, &mut problems);
    selections(config, &select, &ignore, &mut problems);
    problems
}

/// Levels that a file of a subdirectory sets below what holds there without it.
pub fn of_levels(config: &Config, outer: &Holds, path: &str) -> Vec<Problem> {
    let asked = Asked::default();
    let lowered = config.rules.iter().filter_map(|(id, rule)| {
        let about = rules::find(id)?.about();
        let (own, holds) = (rule.level?, level(about, outer, &asked, false)?);
        let message = format!(
            "`{id}` is at level `{}` here already: `{path}` governs this directory, and this file may only raise levels, unless that one sets `allow_override = true`",
            holds.name()
        );
        // That it does not run at all is refused with the other settings.
        (own < holds && own > crate::finding::Level::Allow).then(|| Problem::new(ProblemKind::Config, message, rule.span))
    });
    lowered.collect()
}

fn complain(problems: &mut Vec<Problem>, message: String, span: Span) {
    problems.push(Problem::new(ProblemKind::Config, message, span));
}

fn warn(problems: &mut Vec<Problem>, message: String, span: Span) {
    problems.push(Problem::new(ProblemKind::NoEffect, message, span));
}

/// Accounts whose owner is public are not the user's own.
fn accounts(config: &Config, problems: &mut Vec<Problem>) {
    for account in &config.accounts {
        // The number that AWS's own pages use in examples.
        if matches!(&*account.id, "123456789012" | "000000000000") {
            let message = format!("{} is the account ID of examples: write that of your own `{}`", account.id, account.name);
            warn(problems, message, account.span);
        }
        if let Some(known) = catalog::account(&account.id) {
            let message = match known.kind() {
                AccountKind::Vendor => format!(
                    "account {} belongs to {}, so it cannot be your own `{}`: write it as a `vendor`",
                    account.id,
                    known.name(),
                    account.name
                ),
                AccountKind::Aws => {
                    format!("account {} belongs to AWS ({}), so it cannot be your own `{}`", account.id, known.name(), account.name)
                }
            };
            complain(problems, message, account.span);
        }
    }
    for vendor in &config.vendors {
        let of_aws = |id: &&Arc<str>| catalog::account(id).is_some_and(|known| known.kind() == AccountKind::Aws);
        for id in vendor.accounts.iter().filter(of_aws) {
            warn(problems, format!("account {id} belongs to AWS, not to a vendor `{}`", vendor.name), vendor.span);
        }
    }
}

fn rules(config: &Config, problems: &mut Vec<Problem>) {
    for (id, rule) in &config.rules {
        let Some(known) = rules::find(id) else {
            complain(problems, no_rule(id), rule.span);
            continue;
        };
        for (name, option) in &rule.options {
            option_mistakes(known.about(), name, option, problems);
        }
    }
}

/// That a rule does not exist, with the one that may be meant.
pub fn no_rule(id: &str) -> String {
    let known = rules::ALL.iter().map(|rule| rule.about().id);
    if rules::find(id).is_none() && !rules::select_all(id).is_empty() {
        return format!("`{id}` names a group of rules, which only `select` and `ignore` take: name each rule by its id");
    }
    match crate::nearest::nearest(id, known) {
        Some(near) => format!("unknown rule `{id}`: did you mean `{near}`? `rolelint rules` lists all rules"),
        None => format!("unknown rule `{id}`; `rolelint rules` lists all rules"),
    }
}

fn option_mistakes(about: &About, name: &str, option: &RuleOption, problems: &mut Vec<Problem>) {
    let Some(known) = about.option(name) else {
        let names: Vec<&str> = [LEVEL.name].into_iter().chain(about.options.iter().map(|option| option.argument.name)).collect();
        let hint = did_you_mean(name, &names);
        return complain(problems, format!("the rule `{}` has no option `{name}`{hint}", about.id), option.name);
    };
    match (&known.argument.takes, &option.value) {
        (Takes::Flag, OptionValue::Bool(_)) => {}
        (Takes::Flag, _) => complain(problems, format!("`{name}` is true or false"), option.span),
        (Takes::Word(words), OptionValue::Text(word)) if words.contains(&&**word) => {}
        (Takes::Word(words), OptionValue::Text(word)) => {
            complain(problems, format!("`{word}` is not a value of `{name}`{}", did_you_mean(word, words)), option.span);
        }
        (Takes::Word(words), _) => complain(problems, format!("`{name}` is a string: {}", one_of(words)), option.span),
        (Takes::Text, OptionValue::Text(_)) | (Takes::Texts, OptionValue::List(_)) => {}
        (Takes::Text, _) => complain(problems, format!("`{name}` is a string"), option.span),
        (Takes::Patterns, OptionValue::List(items)) => patterns(name, items, option.span, problems),
        (Takes::Patterns | Takes::Texts, _) => complain(problems, format!("`{name}` is a list of strings"), option.span),
    }
}

fn patterns(name: &str, items: &[(Arc<str>, Span)], list: Span, problems: &mut Vec<Problem>) {
    if items.is_empty() {
        warn(problems, format!("`{name}` is empty, so it has no effect"), list);
    }
    for (at, (item, span)) in items.iter().enumerate() {
        if item.trim().is_empty() {
            complain(problems, format!("an empty string in `{name}` names nothing"), *span);
        } else if items.iter().take(at).any(|(earlier, _)| earlier == item) {
            warn(problems, format!("`{item}` is listed twice"), *span);
        } else if item.contains(['[', ']', '{', '}', '(', ')', '^', '$', '|', '\\']) {
            complain(problems, format!("`{item}` names nothing: names have `*` and `?` as their only wildcards"), *span);
        }
    }
}

/// The rules that a list of a file names.
pub fn selection(names: &[Name], problems: &mut Vec<Problem>) -> Selection {
    let mut selection = Selection::default();
    for name in names {
        if let Err(message) = selection.add(&name.text) {
            complain(problems, message, name.span);
        }
    }
    selection
}

fn selections(config: &Config, select: &Selection, ignore: &Selection, problems: &mut Vec<Problem>) {
    if let (Some(fails), Some(shown)) = (config.fail_on.and_then(FailOn::least), config.min_severity)
        && fails < shown
    {
        let message = format!("findings below `{}` are not shown and so fail no run: `min_severity` says so", shown.name());
        warn(problems, message, config.settings.get("fail_on").copied().unwrap_or_default());
    }
    let place = |setting: &str| config.settings.get(setting).copied().unwrap_or_default();
    if let Some(message) = contradiction(select, ignore) {
        complain(problems, message, place("ignore"));
    }
    for (id, rule) in config.rules.iter().filter(|(id, rule)| rule.level.is_some() && rules::find(id).is_some()) {
        if ignore.has(id) && rule.level != Some(crate::finding::Level::Allow) {
            complain(
                problems,
                format!("`{id}` has a level here and is one of the rules that `ignore` names: remove one of the two"),
                rule.span,
            );
        } else if !select.is_empty() && !select.has(id) {
            complain(
                problems,
                format!("`{id}` has a level here and is none of the rules that `select` names, so it does not run"),
                rule.span,
            );
        }
    }
}

/// Why two lists of rules make no sense together.
pub fn contradiction(select: &Selection, ignore: &Selection) -> Option<String> {
    if let Some(id) = select.contradicts(ignore) {
        return Some(format!("`{id}` is both selected and ignored"));
    }
    let nothing = !select.is_empty() && select.is_within(ignore);
    nothing.then(|| "every rule that is selected is ignored, too, so none is left to run".to_owned())
}
