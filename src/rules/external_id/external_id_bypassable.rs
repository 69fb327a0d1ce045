use std::collections::HashMap;

use super::{KEY, asking, denied_without};
use crate::access::Scope;
use crate::access::doors::aws_principals;
use crate::estate::{AccountRef, Relation};
use crate::finding::{Category, Edit, Severity, What};
use crate::policy::condition::{Base, Operator, SetOperator};
use crate::policy::pattern::{Case, Mode, Pattern, Segment};
use crate::policy::rewrite;
use crate::policy::{Condition, Document, Item, PolicyKind, Principal, Statement};
use crate::rules::kit::rule::{Context, OF_ROLES, Rule};
use crate::rules::kit::shared::{assumes_role, never_applies};

rule! {
    ExternalIdBypassable, "external-id-bypassable",
    summary: "a condition on the external ID that callers without it satisfy",
    category: Category::Security,
    severity: Severity::High,
    supersedes: &["trust-account-root", "external-id-required", "external-id-recommended"],
    tags: &["trust", "external-id"],
}

impl Rule for ExternalIdBypassable {
    fn kinds(&self) -> &'static [PolicyKind] {
        OF_ROLES
    }

    fn document<'a>(&self, document: &'a Document, context: &mut Context<'a>) {
        if document.kind != PolicyKind::Trust {
            return;
        }
        let asked = Asked::of(document);
        for statement in &document.statements {
            context.at_statement(statement);
            judge(statement, &asked, context);
        }
    }
}

fn judge(statement: &Statement, asked: &Asked, context: &mut Context) {
    if !statement.allows() || !assumes_role(statement).certainly() || statement.gap.may_narrow() {
        return;
    }
    // A service that has an external ID sends it always: Cognito for its messages, Firehose.
    let known = statement.principals.as_ref().is_some_and(|principals| principals.gap.is_none());
    if known && aws_principals(statement).next().is_none() {
        return;
    }
    let denied = || aws_principals(statement).all(|principal| denied_without(statement, principal, context));
    if statement.conditions_on(KEY).any(|condition| statement.enforces(condition).possibly() && any_id(condition).is_none()) || denied() {
        return;
    }
    if statement.conditions_on(KEY).next().is_none() {
        return beside(statement, asked, context);
    }
    for condition in statement.conditions_on(KEY) {
        let Some((place, why)) = weakness(condition, statement) else { continue };
        let finding = context
            .at(place, why)
            .says(context.subject_name(), What::Can("be assumed without the right external ID".to_owned()))
            .label(condition.key_place.span, "is tested here")
            .help("test it with StringEquals, without IfExists and without ForAllValues, against the exact value")
            .edit(asked_exactly(condition, statement, context));
        context.report(finding);
    }
}

/// A statement without any limit, for callers of whom another one asks an external ID: any one that allows is enough.
fn beside(statement: &Statement, asked: &Asked, context: &mut Context) {
    if never_applies(statement) || statement.narrowed_by(|_| true).possibly() {
        return;
    }
    for principal in aws_principals(statement).filter(|principal| !principal.is_everybody()) {
        let Some(asking) = asked.condition(principal) else { continue };
        if context.relation(&AccountRef::of_principal(&principal.item.pattern)) == Relation::Same {
            continue;
        }
        let finding = context
            .at(&principal.item.place, "is admitted here without any condition")
            .says(context.subject_name(), What::Can("be assumed without the external ID that another statement asks for".to_owned()))
            .label(asking.key_place.span, "asks for one, but any statement that allows is enough")
            .help(
                "add the condition to this statement too, or remove the statement; a statement for sts:TagSession alone does not need it",
            );
        context.report(finding);
    }
}

/// Of whom the policy asks an external ID.
#[derive(Default)]
struct Asked<'d> {
    callers: HashMap<&'d Pattern, &'d Condition>,
    accounts: HashMap<AccountRef, &'d Condition>,
}

impl<'d> Asked<'d> {
    fn of(document: &'d Document) -> Asked<'d> {
        let mut asked = Asked::default();
        for statement in document.statements.iter().filter(|statement| statement.allows() && assumes_role(statement).certainly()) {
            let Some(condition) = asking(statement).find(|condition| statement.enforces(condition).certainly()) else { continue };
            for pattern in aws_principals(statement).map(|principal| &principal.item.pattern) {
                asked.callers.entry(pattern).or_insert(condition);
                asked.accounts.entry(AccountRef::of_principal(pattern)).or_insert(condition);
            }
        }
        asked
    }

    /// The condition for these callers: of the same ARN, or of the same account if it is let in as a whole.
    fn condition(&self, principal: &Principal) -> Option<&'d Condition> {
        let pattern = &principal.item.pattern;
        let same = self.callers.get(pattern).filter(|_| !has_unnamed_hole(pattern)).copied();
        let account = || Some(AccountRef::of_principal(pattern)).filter(|account| *account != AccountRef::Unknown);
        same.or_else(|| self.accounts.get(&account().filter(|_| principal.is_whole_account())?).copied())
    }
}

/// Whether something in the pattern may be another text each time.
fn has_unnamed_hole(pattern: &Pattern) -> bool {
    pattern.segments().iter().any(|segment| matches!(segment, Segment::Hole(hole) if hole.id.is_none()))
}

/// Why the condition lets a call without the ID pass, and the token that does it.
fn weakness<'c>(condition: &'c Condition, statement: &Statement) -> Option<(&'c crate::policy::Place, &'static str)> {
    let operator = condition.operator;
    if operator.base == Base::Null {
        return condition.values.iter().find_map(|value| match value.pattern.as_exact() {
            Some("true") => Some((&condition.operator_place, "admits only calls without one")),
            // Beside another test it is the guard that this one needs.
            Some("false") if statement.conditions_on(KEY).count() == 1 => Some((&condition.operator_place, "is met by any external ID")),
            _ => None,
        });
    }
    if operator.is_negated() {
        return Some((&condition.operator_place, "is also met by a call without one"));
    }
    let guarded = statement.is_guarded(KEY);
    if operator.if_exists && !guarded {
        return Some((&condition.operator_place, "is also met by a call without one, because of IfExists"));
    }
    if operator.set == Some(SetOperator::ForAllValues) && !guarded {
        return Some((&condition.operator_place, "is also met by a call without one, because of ForAllValues"));
    }
    Some((&any_id(condition)?.place, "matches any external ID"))
}

/// The condition without what lets calls without the ID pass, where its values are exact.
fn asked_exactly(condition: &Condition, statement: &Statement, scope: &Scope) -> Option<Edit> {
    let exact =
        condition.operator.is_positive() && condition.gap.is_none() && !condition.values.iter().any(|value| value.pattern.has_wildcard());
    let instead = Operator { set: None, base: Base::StringEquals, if_exists: false }.to_string();
    rewrite::operator(condition, statement, &instead, scope.sources).filter(|_| exact).map(Edit::as_a_guess)
}

/// A value that every external ID fits: none has less than two characters (AWS STS API Reference, AssumeRole).
fn any_id(condition: &Condition) -> Option<&Item> {
    let shortest = Pattern::parse("??*", Mode::WILDCARDS);
    let is_any = |value: &&Item| value.pattern.includes(&shortest, Case::Sensitive).certainly();
    condition.values.iter().filter(|_| condition.operator.is_positive()).find(is_any)
}
