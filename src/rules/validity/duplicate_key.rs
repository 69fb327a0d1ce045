use crate::finding::{Category, Message, Severity, What};
use crate::policy::{Document, FlawKind, KeyOf};
use crate::rules::kit::rule::listed;
use crate::rules::kit::rule::{Context, Rule};

rule! {
    DuplicateKey, "duplicate-key",
    summary: "a key that is written twice, so that the first value is lost",
    category: Category::Correctness,
    severity: Severity::Medium,
    tags: &["validity"],
}

impl Rule for DuplicateKey {
    fn document(&self, document: &Document, context: &mut Context) {
        for flaw in &document.flaws {
            let finding = match &flaw.kind {
                FlawKind::SameKey { key, of, conditions, by } => context
                    .at(&flaw.place, "is overwritten")
                    .kind(kind(*of))
                    .facts([key, &listed(conditions, 3)])
                    .message(message(key, *of, conditions))
                    .label(*by, "by this one")
                    .help(help(*of)),
                FlawKind::SameKeyInCase { key, first } => context
                    .at(&flaw.place, "is the same key in another case")
                    .kind("case")
                    .facts([context.policy_name(), key])
                    .rejected(format!("`{key}` is there twice, and case does not matter"))
                    .label(*first, "is here first")
                    .help("write it once"),
                _ => continue,
            };
            context.report(finding);
        }
    }
}

/// What is lost with the key.
fn message(key: &str, of: KeyOf, conditions: &[String]) -> Message {
    let is = if conditions.len() == 1 { "is" } else { "are" };
    let twice = format!("`{key}` is written twice");
    let tested = format!("the condition on {}", listed(conditions, 3));
    let lost = |what: String, is: &str| Message::new(what, What::Is(format!("{is} lost")));
    match of {
        KeyOf::Operator => {
            lost(format!("values of the condition on `{key}`"), "are").because("the key is written twice under one operator")
        }
        KeyOf::Condition if !conditions.is_empty() => lost(tested, is).because(twice),
        KeyOf::Statement if !conditions.is_empty() => lost(tested, is).because(format!("the statement has two of `{key}`")),
        KeyOf::Condition => lost("one condition".to_owned(), "is").because(twice),
        KeyOf::Statement => lost(format!("one `{key}`"), "is").because("the statement has two"),
        KeyOf::Policy => lost(format!("one `{key}`"), "is").because("the policy has two"),
        KeyOf::Principal => lost("principals".to_owned(), "are").because(twice),
    }
}

fn kind(of: KeyOf) -> &'static str {
    match of {
        KeyOf::Policy => "policy",
        KeyOf::Statement => "statement",
        KeyOf::Principal => "principal",
        KeyOf::Condition => "condition",
        KeyOf::Operator => "operator",
    }
}

fn help(of: KeyOf) -> &'static str {
    match of {
        KeyOf::Condition => "put the keys of both under one operator: all of them must hold",
        KeyOf::Operator | KeyOf::Principal => "write the key once, with a list of all values",
        KeyOf::Policy | KeyOf::Statement => "write one of the two, or make two statements",
    }
}
