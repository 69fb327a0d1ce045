//! One round through an estate: each policy is turned to once, and all rules that are for its kind are asked there.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::estate::Estate;
use crate::rules::{Context, Rule, Said};

/// What came of asking one rule.
#[derive(Default)]
pub(super) struct Asked {
    /// In the order of the estate's parts, as if it had been asked alone.
    pub said: Vec<Said>,
    /// Whether it panicked somewhere. That costs what it would have said there, and nothing else.
    pub failed: bool,
}

/// Asks every rule about all that the estate has. The answers are in the order of the rules. `context`: one that is turned to nothing yet.
pub(super) fn ask<'a>(rules: &[&'static dyn Rule], estate: &'a Estate, context: impl Fn() -> Context<'a>) -> Vec<Asked> {
    let asked = rules.iter().map(|_| Asked::default()).collect();
    let mut round = Round { rules, asked, context: context() };
    for (form, attached) in estate.forms() {
        let kind = attached.kind();
        round.context.at_policy(form, attached);
        round.each(
            |rule| rule.kinds().contains(&kind),
            |rule, context| {
                context.at_document();
                rule.document(&attached.document, context);
                for statement in &attached.document.statements {
                    context.at_statement(statement);
                    rule.statement(statement, context);
                }
            },
        );
    }
    for identity in &estate.identities {
        round.each(
            |_| true,
            |rule, context| {
                context.at_identity(identity);
                rule.identity(identity, context);
            },
        );
    }
    for provider in &estate.providers {
        round.each(
            |_| true,
            |rule, context| {
                context.at_provider(provider);
                rule.provider(provider, context);
            },
        );
    }
    round.context = context();
    round.each(|_| true, |rule, context| rule.estate(context));
    round.asked
}

struct Round<'r, 'a> {
    rules: &'r [&'static dyn Rule],
    /// Of each rule.
    asked: Vec<Asked>,
    context: Context<'a>,
}

impl<'a> Round<'_, 'a> {
    fn each(&mut self, is_for: impl Fn(&dyn Rule) -> bool, ask: impl Fn(&dyn Rule, &mut Context<'a>)) {
        let context = &mut self.context;
        for (rule, asked) in self.rules.iter().zip(&mut self.asked).filter(|(rule, _)| is_for(**rule)) {
            let is_well = catch_unwind(AssertUnwindSafe(|| ask(*rule, context))).is_ok();
            let said = context.take_said();
            match is_well {
                true => asked.said.extend(said),
                false => asked.failed = true,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ask;
    use crate::access::Scope;
    use crate::config::Config;
    use crate::estate::Estate;
    use crate::policy::{Document, PolicyKind, Statement};
    use crate::rules::{self, About, Context, Described, Memory, Rule};
    use crate::source::{File, FileKind, NoFiles, Sources};

    /// Says each statement's place, and `breaks` at a statement after having begun to.
    struct Speaks {
        kinds: &'static [PolicyKind],
        breaks: bool,
    }

    impl Described for Speaks {
        fn about(&self) -> &'static About {
            rules::ALL[0].about()
        }
    }

    impl Rule for Speaks {
        fn kinds(&self) -> &'static [PolicyKind] {
            self.kinds
        }

        fn document<'a>(&self, document: &'a Document, context: &mut Context<'a>) {
            context.report(context.at(&document.place, "policy"));
        }

        fn statement(&self, statement: &Statement, context: &mut Context) {
            context.report_token(context.at(&statement.place, "statement"));
            assert!(!self.breaks || statement.allows(), "this is for the test");
        }
    }

    static EVERYWHERE: Speaks = Speaks { kinds: &PolicyKind::ALL, breaks: false };
    static OF_ROLES: Speaks = Speaks { kinds: &[PolicyKind::Trust], breaks: false };
    static BROKEN: Speaks = Speaks { kinds: &PolicyKind::ALL, breaks: true };

    #[test]
    fn a_rule_is_asked_at_its_kinds_and_what_breaks_costs_one_policy() {
        let sources = Sources::new(Box::new(NoFiles));
        let policy = |name: &str, statement: &str| {
            let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{statement}]}}"#);
            sources.add(File::new(name, FileKind::Policy, text.into()))
        };
        let denies = r#"{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}"#;
        let trusts = r#"{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}"#;
        let allows = r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}"#;
        let files = [policy("denies.json", denies), policy("trusts.json", trusts), policy("allows.json", allows)];
        let (estate, config, memory) = (Estate::of_files(&files, &sources), Config::default(), Memory::default());
        let asked =
            ask(&[&EVERYWHERE, &BROKEN, &OF_ROLES], &estate, || Context::new(Scope::new(&estate, &config, &sources), &memory, false));
        let said: Vec<(Vec<&str>, bool)> =
            asked.iter().map(|asked| (asked.said.iter().map(|said| said.address.as_str()).collect(), asked.failed)).collect();
        let twice = |names: &[&'static str]| names.iter().flat_map(|name| [*name; 2]).collect::<Vec<&str>>();
        let expected = [
            (twice(&["denies.json", "trusts.json", "allows.json"]), false),
            (twice(&["trusts.json", "allows.json"]), true),
            (twice(&["trusts.json"]), false),
        ];
        assert_eq!(said, expected);
        // Each statement by itself, and not what the last one that was looked at left behind.
        assert!(asked.iter().flat_map(|asked| asked.said.chunks(2)).all(|pair| pair[0].subject != pair[1].subject));
    }
}
