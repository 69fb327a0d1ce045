use super::{ACME, ACTIONS, CHANGE, Closed};
use super::{acme_client, every_zone, grant, is_client, is_everything, limits_names, limits_types, mistaken};
use crate::access::{Access, Scope};
use crate::estate::{Identity, managed_document};
use crate::finding::{Applicability, Category, Help, Severity, What};
use crate::policy::arn::Arn;
use crate::policy::pattern::Case;
use crate::policy::rewrite::{self, Draft};
use crate::policy::{Condition, Document, Item, PolicyKind, Statement};
use crate::rules::kit::option::Patterns;
use crate::rules::kit::records::{NAMES, TYPES, limits_records};
use crate::rules::kit::rule::{Context, OF_IDENTITIES, Rule, left};
use crate::rules::kit::shared::never_applies;

rule! {
    CertManagerTxtOnly, "cert-manager-txt-only",
    summary: "a certificate client that can change more than ACME challenges",
    category: Category::Security,
    severity: Severity::Medium,
    supersedes: &["scoped-resource", "resource-wildcard", "full-access-policy", "not-resource-allow"],
    tags: &["route53", "cert-manager"],
    options: &[&IDENTITIES.0],
}

pub static IDENTITIES: Patterns = Patterns::new(
    "cert-manager-txt-only",
    "identities",
    "Names of further roles and users that answer ACME challenges and do nothing else in Route 53",
    true,
);

impl Rule for CertManagerTxtOnly {
    fn kinds(&self) -> &'static [PolicyKind] {
        OF_IDENTITIES
    }

    fn statement(&self, statement: &Statement, context: &mut Context) {
        let Some(document) = context.document_of(PolicyKind::Identity) else { return };
        if !changes_records(statement) || is_everything(statement) {
            return;
        }
        let more = IDENTITIES.listed(context.config);
        let Some((client, shared)) = acme_client(context, &more) else { return };
        let access = context.access();
        let closed = Closed::of(statement, &access);
        // A statement of the document that is not known may be the Deny that closes it.
        let (Some(place), Some(what), None) = (grant(statement), open(closed), &document.gap) else { return };
        let label = if closed.types && closed.names { "is not limited to its own zones" } else { "is not limited to ACME challenges" };
        let finding = context.at(place, label).facts(lacking(closed)).says(client, What::Can(what));
        let mut finding = finding.help(help(statement, closed, shared, context));
        if let Some((zones, label)) = every_zone(statement).filter(|_| !closed.zones) {
            finding = finding.label(zones.span, label);
        }
        if let Some(span) = mistaken(statement).filter(|_| !closed.names) {
            finding = finding.label(span, "does not limit the names of records");
        }
        context.report_left(finding, &access);
    }

    fn identity(&self, identity: &Identity, context: &mut Context) {
        let more = IDENTITIES.listed(context.config);
        // AWS's own policies do not tell a certificate client from a company that is called Acme.
        let words: Vec<&str> = ACME.iter().copied().filter(|word| *word != "acme").collect();
        if !is_client(identity, context.estate, &words, &more) {
            return;
        }
        let access = Access::of_holder(context, identity);
        for policy in &identity.managed {
            let Some(name) = policy.aws_name() else { continue };
            let Some(what) = managed_document(name).and_then(|document| allowed_by(&document, &access)) else { continue };
            let client = format!("{} `{}`", identity.kind.name(), identity.shown_name());
            let finding = context.at(&policy.place, "is every record of every zone").fact(name).help(MANAGED_HELP);
            let finding = finding.says(client, What::Can(what)).aside(format!("through AWS's policy {name}"));
            context.report_for(left(finding, &access), &policy.address);
        }
    }
}

/// Whether a statement lets records of some zone be changed.
fn changes_records(statement: &Statement) -> bool {
    let of_zones = |item: &Item| Arn::split(&item.pattern).is_none_or(|arn| arn.service.matches("route53", Case::Sensitive).possibly());
    let elsewhere = statement.resources.as_ref().is_some_and(|resources| {
        !resources.negated && resources.gap.is_none() && !resources.items.is_empty() && !resources.items.iter().any(of_zones)
    });
    statement.allows() && statement.covers_action(CHANGE).certainly() && statement.gap.is_none() && !never_applies(statement) && !elsewhere
}

/// What a policy of AWS's own lets a client do although it is not needed; nothing for one that makes an administrator, of whom other
/// rules speak.
fn allowed_by(document: &Document, access: &Access) -> Option<String> {
    if document.statements.iter().any(|statement| statement.allows() && is_everything(statement)) {
        return None;
    }
    let changing = document.statements.iter().filter(|statement| changes_records(statement) && !limits_records(statement));
    changing.into_iter().find_map(|statement| open(Closed::of(statement, access)))
}

/// What can be done although it is not needed; nothing if all three limits hold.
fn open(closed: Closed) -> Option<String> {
    let zones = if closed.zones { "the zone" } else { "every zone" };
    Some(match (closed.types, closed.names) {
        (false, false) => format!("point every name of {zones} elsewhere and get certificates for it, not only answer ACME challenges"),
        (true, false) => format!("change every TXT record of {zones}, including those that verify its mail, not only ACME challenges"),
        (false, true) => {
            format!("delegate the ACME challenges of {zones} to other name servers, with record types other than TXT")
        }
        (true, true) if !closed.zones => "get certificates for the names of every zone, not only its own".to_owned(),
        (true, true) => return None,
    })
}

/// The limits that are not there.
fn lacking(closed: Closed) -> impl Iterator<Item = &'static str> {
    let limits = [(closed.types, "types"), (closed.names, "names"), (closed.zones, "zones")];
    limits.into_iter().filter(|(holds, _)| !holds).map(|(_, limit)| limit)
}

/// For zones that the statement does not name.
const SOME_ZONE: &str = "arn:aws:route53:::hostedzone/ZONE_ID";

/// What to hold in the place of a policy of AWS's own.
const MANAGED_HELP: &str = r#"attach its own policy instead: this statement with the zone's ID for ZONE_ID, route53:ListResourceRecordSets on the same zone, route53:GetChange on change/* and route53:ListHostedZonesByName on *:
  {
    Effect   = "Allow"
    Action   = "route53:ChangeResourceRecordSets"
    Resource = "arn:aws:route53:::hostedzone/ZONE_ID"
    Condition = {
      "ForAllValues:StringEquals" = {
        "route53:ChangeResourceRecordSetsRecordTypes" = ["TXT"]
      }
      "ForAllValues:StringLike" = {
        "route53:ChangeResourceRecordSetsNormalizedRecordNames" = ["_acme-challenge.*"]
      }
    }
  }"#;

/// The statement limited, and what else it allows in another.
fn help(statement: &Statement, closed: Closed, shared: bool, scope: &Scope) -> Help {
    let start = if shared { "in a policy that no other identity has, " } else { "" };
    let some_zone = every_zone(statement).is_some();
    let placeholder = if some_zone && !closed.zones { ", with the zone's ID for ZONE_ID" } else { "" };
    let limited = |words: &str, drafts: &[Draft]| {
        let help = rewrite::help(&format!("{start}{words}{placeholder}"), drafts, scope.sources);
        match (some_zone, shared) {
            (true, _) => help.with_placeholders(),
            // The others who hold the policy need what it would lose.
            (false, true) => help.at_most(Applicability::DisplayOnly),
            (false, false) => help,
        }
    };
    let Some(actions) = statement.actions.as_ref().filter(|actions| !actions.negated && actions.gap.is_none()) else {
        return limited("allow only the actions that it needs, and limit this one", &[challenges(statement)]);
    };
    let is_change = |item: &Item| item.pattern.matches(CHANGE, Case::Insensitive).certainly();
    let wide = actions.items.iter().any(|item| is_change(item) && !item.pattern.is_exact());
    if !wide && actions.items.iter().all(is_change) {
        return limited("limit it to TXT records, to ACME challenges and to its zone", &[challenges(statement)]);
    }
    let others = Draft::of(statement).named("Others", scope.document()).keep_conditions(|condition| !is_of_records(condition));
    let others = if wide { others.actions(&needed(statement)) } else { others.keep_actions(|item| !is_change(item)) };
    let words = "put record changes in their own statement, limited to TXT records, ACME challenges and the zone";
    limited(words, &[challenges(statement), others])
}

/// What an ACME client does besides, and what the statement says besides a wildcard for all of it.
fn needed(statement: &Statement) -> Vec<&str> {
    let mut needed = vec!["route53:ListResourceRecordSets"];
    if statement.resources.as_ref().is_some_and(|resources| resources.items.iter().any(Item::is_every_resource)) {
        // These are of no zone.
        needed.extend(["route53:GetChange", "route53:ListHostedZonesByName"]);
    }
    let items = statement.actions.iter().flat_map(|actions| &actions.items);
    let named = items.filter(|item| item.pattern.is_exact() && !item.text.eq_ignore_ascii_case(CHANGE)).map(|item| &*item.text);
    for name in named {
        if !needed.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            needed.push(name);
        }
    }
    needed
}

/// Keys that only changes of records carry.
fn is_of_records(condition: &Condition) -> bool {
    condition.key.get(..CHANGE.len()).is_some_and(|start| start.eq_ignore_ascii_case(CHANGE))
}

/// The statement for challenges and nothing else. Limits that hold stay as they are.
fn challenges(statement: &Statement) -> Draft<'_> {
    let holds = |condition: &Condition| {
        limits_types(condition) || limits_names(condition) || condition.key.eq_ignore_ascii_case(ACTIONS) || !is_of_records(condition)
    };
    let is_change = |item: &Item| item.pattern.as_exact().is_some_and(|name| name.eq_ignore_ascii_case(CHANGE));
    let named = statement.actions.as_ref().is_some_and(|actions| !actions.negated && actions.items.iter().any(is_change));
    let mut draft = Draft::of(statement).keep_conditions(holds);
    draft = if named { draft.keep_actions(is_change) } else { draft.actions(&[CHANGE]) };
    if every_zone(statement).is_some() {
        draft = draft.resources(&[SOME_ZONE]);
    }
    if !statement.conditions.iter().any(limits_types) {
        draft = draft.condition("ForAllValues:StringEquals", TYPES, &["TXT"]);
    }
    if !statement.conditions.iter().any(limits_names) {
        draft = draft.condition("ForAllValues:StringLike", NAMES, &["_acme-challenge.*"]);
    }
    draft
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog;

    #[test]
    fn policies_of_aws_that_are_too_much_for_a_certificate_client() {
        let names = catalog::managed_policies().map(|policy| policy.name());
        let wide: Vec<&str> = names
            .filter(|name| managed_document(name).is_some_and(|document| allowed_by(&document, &Access::of_document(&document)).is_some()))
            .collect();
        for name in ["AmazonRoute53FullAccess", "NetworkAdministrator", "PowerUserAccess", "SystemAdministrator"] {
            assert!(wide.contains(&name), "{name}");
        }
        // ROSA's is limited to names of its own zones.
        for name in ["AdministratorAccess", "AmazonRoute53ReadOnlyAccess", "ReadOnlyAccess", "ROSAIngressOperatorPolicy"] {
            assert!(!wide.contains(&name), "{name}");
        }
    }
}
