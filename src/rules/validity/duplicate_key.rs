use crate::finding::{Category, Severity};
use crate::policy::{Document, FlawKind, KeyOf};
use crate::rules::kit::rule::listed;
use crate::rules::kit::rule::{Context, Rule};

rule! {
    DuplicateKey, "duplicate-key",
    summary: "a key that is written twice, so that what the first one says is lost",
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
                    .message(format!("AWS refuses this {}: `{key}` is there twice, and case does not count", context.policy_name()))
                    .label(*first, "is here first")
                    .help("write it once"),
                _ => continue,
            };
            context.report(finding);
        }
    }
}

/// What is lost with the key.
fn message(key: &str, of: KeyOf, conditions: &[String]) -> String {
    let is = if conditions.len() == 1 { "is" } else { "are" };
    match of {
        KeyOf::Operator => format!("values of the condition on `{key}` are lost: the key is written twice under one operator"),
        KeyOf::Condition if !conditions.is_empty() => {
            format!("the condition on {} {is} lost: `{key}` is written twice", listed(conditions, 3))
        }
        KeyOf::Statement if !conditions.is_empty() => {
            format!("the condition on {} {is} lost: the statement has two of `{key}`", listed(conditions, 3))
        }
        KeyOf::Condition => format!("one condition is lost: `{key}` is written twice"),
        KeyOf::Statement => format!("one `{key}` is lost: the statement has two"),
        KeyOf::Policy => format!("one `{key}` is lost: the policy has two"),
        KeyOf::Principal => format!("principals are lost: `{key}` is written twice"),
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
