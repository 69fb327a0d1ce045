//! Conditions that limit who calls without saying whose they are.

use super::shared::is_key;
use super::trust::wide_arns;
use crate::policy::{Condition, Statement};
use crate::truth::Truth;

/// A key that limits callers but does not say whose they are.
pub struct Limit {
    keys: &'static [&'static str],
    /// Who gets in all the same, before the value that is asked for; nothing for what everybody has.
    who: &'static str,
    /// The same without the value.
    vague: &'static str,
    pub why_not: &'static str,
}

const LIMITS: &[Limit] = &[
    Limit {
        keys: &["sts:ExternalId"],
        who: "",
        vague: " who knows the external ID",
        why_not: "asks for an external ID, which is no secret and does not say who calls",
    },
    Limit {
        keys: &["aws:SourceIp", "aws:VpcSourceIp"],
        who: " who calls from",
        vague: " who calls from the right address",
        why_not: "asks for an address, which does not say who calls",
    },
    Limit {
        keys: &["aws:SourceVpc", "aws:SourceVpcArn", "aws:SourceVpce", "aws:VpceAccount", "aws:VpceOrgID", "aws:VpceOrgPaths"],
        who: " who calls through",
        vague: " who calls through the right network",
        why_not: "asks for a network, which does not say who calls",
    },
    Limit {
        keys: &["aws:PrincipalTag/"],
        who: "",
        vague: " who gives themselves the right tag",
        why_not: "asks for a tag, which everybody sets in an account of their own",
    },
    Limit {
        keys: &["sts:RoleSessionName", "sts:SourceIdentity", "aws:SourceIdentity", "aws:username"],
        who: " who calls themselves",
        vague: " who gives themselves the right name",
        why_not: "asks for a name, which everybody chooses in an account of their own",
    },
    Limit {
        keys: &["aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge"],
        who: "",
        vague: "",
        why_not: "asks for a second factor, which everybody has in an account of their own",
    },
];

impl Limit {
    pub fn of(condition: &Condition) -> Option<&'static Limit> {
        LIMITS.iter().find(|limit| is_key(&condition.key, limit.keys))
    }

    fn words(&self, condition: &Condition) -> String {
        match condition.values.as_slice() {
            [one] if !self.who.is_empty() && condition.gap.is_none() && !one.pattern.has_hole() => format!("{} `{}`", self.who, one.text),
            _ => self.vague.to_owned(),
        }
    }
}

/// Whom of all callers the conditions let in, where one of them limits them at all.
pub fn left(statement: &Statement) -> String {
    let enforced = |condition: &&Condition| statement.enforces(condition).certainly();
    let mut named = statement.conditions_on("aws:PrincipalArn").filter(enforced).filter(|condition| wide_arns(condition).next().is_none());
    if let Some(value) = named.next().and_then(|condition| condition.values.first()) {
        return format!(" who makes a role that fits `{}`", value.text);
    }
    let limits = statement.conditions.iter().filter(enforced);
    let mut words = limits.filter_map(|condition| Some(Limit::of(condition)?.words(condition)));
    words.find(|words| !words.is_empty()).unwrap_or_default()
}

/// Whether the statement is for requests that a service makes for a resource: nobody who calls by themselves has these keys (IAM User
/// Guide, "AWS global condition context keys").
pub fn is_for_services(statement: &Statement) -> Truth {
    statement.narrowed_by(|key| is_key(key, &["aws:SourceAccount", "aws:SourceArn", "aws:SourceOrgID", "aws:SourceOrgPaths"]))
}
