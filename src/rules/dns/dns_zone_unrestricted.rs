use super::cert_manager_txt_only::IDENTITIES;
use super::{ACME, ACTIONS, CHANGE, acme_client, every_zone, grant, is_client, is_everything, leads_elsewhere};
use crate::access::{Access, Scope};
use crate::catalog::{self, AccessLevel, ResourceSupport};
use crate::estate::{Identity, managed_document};
use crate::finding::{Category, Help, Severity, What};
use crate::policy::condition::is_key;
use crate::policy::rewrite::{self, Draft};
use crate::policy::{Item, PolicyKind, Statement};
use crate::rules::kit::records::TYPES;
use crate::rules::kit::rule::{Context, OF_IDENTITIES, Rule, left};
use crate::rules::kit::shared::{never_applies, scoped_by_condition};
use crate::truth::Truth;

rule! {
    DnsZoneUnrestricted, "dns-zone-unrestricted",
    summary: "an identity that can change the records of every hosted zone",
    category: Category::Security,
    severity: Severity::Medium,
    supersedes: &["scoped-resource", "resource-wildcard", "service-wildcard", "full-access-policy", "not-resource-allow"],
    tags: &["route53"],
}

impl Rule for DnsZoneUnrestricted {
    fn kinds(&self) -> &'static [PolicyKind] {
        OF_IDENTITIES
    }

    fn statement(&self, statement: &Statement, context: &mut Context) {
        let Some(document) = context.document_of(PolicyKind::Identity) else { return };
        if !changes_records(statement) || statement.gap.may_narrow() || document.gap.is_some() {
            return;
        }
        let more = IDENTITIES.listed(context.config);
        let (Some(place), Some((zones, label))) = (grant(statement), every_zone(statement)) else { return };
        if acme_client(context, &more).is_some() {
            return;
        }
        let access = context.access();
        if !leads_elsewhere(statement, &access) {
            return;
        }
        let takes_over = What::Can(TAKES_OVER.to_owned());
        let finding = context.at(zones, label).says(context.subject_name(), takes_over).label(place.span, "changes records");
        let finding = finding.help(help(statement, context));
        context.report_left(finding, &access);
    }

    fn identity(&self, identity: &Identity, context: &mut Context) {
        // Of a certificate client `cert-manager-txt-only` speaks.
        let words: Vec<&str> = ACME.iter().copied().filter(|word| *word != "acme").collect();
        if is_client(identity, context.estate, &words, &IDENTITIES.listed(context.config)) {
            return;
        }
        for policy in &identity.managed {
            let Some((name, document)) = policy.aws_name().and_then(|name| Some((name, managed_document(name)?))) else { continue };
            let access = Access::of_holder(context, identity);
            if !document.statements.iter().any(|statement| changes_records(statement) && leads_elsewhere(statement, &access)) {
                continue;
            }
            let who = format!("{} `{}`", identity.kind.name(), identity.shown_name());
            let finding = context.at(&policy.place, "is every record of every zone").says(who, What::Can(TAKES_OVER.to_owned()));
            let finding = finding.aside(format!("through AWS's policy {name}")).help(MANAGED_HELP).known_by(name).fact(name);
            context.report_for(left(finding, &access), &policy.address);
        }
    }
}

const TAKES_OVER: &str = "point every name of every hosted zone elsewhere, not only of its own zones";

const MANAGED_HELP: &str = "attach a policy of its own instead: route53:ChangeResourceRecordSets and route53:ListResourceRecordSets on \
    `arn:aws:route53:::hostedzone/ZONE_ID` with the IDs of its zones, and route53:GetChange, route53:ListHostedZones and \
    route53:ListHostedZonesByName on `*`";

/// Whether a statement is for changes of records, in whatever zones its resources are, and for nothing much else.
fn changes_records(statement: &Statement) -> bool {
    let negated = statement.actions.as_ref().is_none_or(|actions| actions.negated);
    let allowed = !negated && statement.allows() && statement.covers_action(CHANGE).certainly() && !never_applies(statement);
    allowed && !is_everything(statement) && !is_about_more(statement) && !scoped(statement)
}

/// Whether it lets other services be changed, too. Of a statement that is wide in many ways `scoped-resource` tells the worst.
fn is_about_more(statement: &Statement) -> bool {
    let items = statement.actions.iter().flat_map(|actions| &actions.items);
    let of_dns = |action: catalog::Action| action.service().prefix().starts_with("route53");
    let changes = |action: catalog::Action| !matches!(action.effective_level(), AccessLevel::List | AccessLevel::Read);
    items.filter(|item| !item.pattern.has_hole()).any(|item| catalog::expand(&item.text).any(|action| !of_dns(action) && changes(action)))
}

/// Whether conditions keep it to some resources. What may be done to a record says nothing of which, and types of records are weighed
/// by what they can do (`leads_elsewhere`).
fn scoped(statement: &Statement) -> bool {
    let others = statement.conditions.iter().filter(|condition| !is_key(&condition.key, &[ACTIONS, TYPES]));
    scoped_by_condition(&Statement { conditions: others.cloned().collect(), ..statement.clone() }).possibly()
}

/// The statement for one zone, and in another what cannot be limited to a zone. The id of a zone that is yet to be made is not known.
fn help(statement: &Statement, scope: &Scope) -> Help {
    let words = "name the zones that it works with";
    let makes = |item: &Item| item.text.eq_ignore_ascii_case("route53:CreateHostedZone");
    if statement.actions.as_ref().is_some_and(|actions| actions.items.iter().any(makes)) {
        return "it creates zones, whose IDs cannot be known beforehand: let it work in an account without other zones".into();
    }
    let Some(actions) = statement.actions.as_ref().filter(|actions| actions.gap.is_none()) else { return words.into() };
    if actions.items.iter().any(|item| zoned(item) == Truth::Unknown) {
        return format!("{words}: `{CHANGE}` takes `{ZONE}`").into();
    }
    let on_zones = |item: &Item| zoned(item).certainly();
    let limited = Draft::of(statement).keep_actions(on_zones).resources(&[ZONE]);
    let mut drafts = vec![limited];
    if !actions.items.iter().all(on_zones) {
        drafts.push(Draft::of(statement).named("Others", scope.document()).keep_actions(|item| !on_zones(item)));
    }
    rewrite::help(&format!("{words}, with their IDs for ZONE_ID"), &drafts, scope.sources).with_placeholders()
}

const ZONE: &str = "arn:aws:route53:::hostedzone/ZONE_ID";

/// Whether an action is one on a hosted zone; unknown for a wildcard that is some of those and others.
fn zoned(item: &Item) -> Truth {
    if item.pattern.has_hole() {
        return Truth::Unknown;
    }
    let is_zoned = |action: catalog::Action| match action.resources() {
        ResourceSupport::Types(mut types) => types.any(|kind| kind.resource_type().name() == "hostedzone"),
        _ => false,
    };
    let (mut on_zones, mut on_others) = (false, false);
    for action in catalog::expand(&item.text) {
        if is_zoned(action) {
            on_zones = true
        } else {
            on_others = true
        }
        if on_zones && on_others {
            return Truth::Unknown;
        }
    }
    Truth::from(on_zones)
}
