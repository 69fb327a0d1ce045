use crate::access::Scope;
use crate::access::doors::aws_principals;
use crate::access::people::asks_for_factor;
use crate::estate::{AccountRef, Estate, Identity, IdentityKind, Relation};
use crate::finding::{Category, Confidence, Severity, What};
use crate::policy::arn::Arn;
use crate::policy::pattern::Pattern;
use crate::policy::{PolicyKind, Principal, Statement};
use crate::rules::kit::rule::{Context, OF_ROLES, Rule};
use crate::rules::kit::trust::lets_in;

rule! {
    TrustIamUser, "trust-iam-user",
    summary: "a role that an IAM user can assume with keys that do not expire",
    category: Category::Security,
    severity: Severity::Medium,
    tags: &["trust"],
}

impl Rule for TrustIamUser {
    fn kinds(&self) -> &'static [PolicyKind] {
        OF_ROLES
    }

    fn statement(&self, statement: &Statement, context: &mut Context) {
        if !lets_in(statement, "sts:AssumeRole", context) {
            return;
        }
        let asks_for_mfa = asks_for_factor(statement);
        // Who has the key needs the second factor, too: that is how people who are IAM users are let in.
        if asks_for_mfa.certainly() {
            return;
        }
        for principal in aws_principals(statement) {
            let Some(user) = User::of(principal) else { continue };
            if is_of_others(&user, statement, context) {
                continue;
            }
            let defined = user.find(context.estate);
            let name = defined.map_or_else(|| user.shown(principal), Identity::shown_name);
            let keys = defined.map(|user| user.access_keys.as_slice()).unwrap_or_default();
            // One that only an attachment names is made elsewhere.
            let keyless = defined.is_some_and(|user| user.address.contains("aws_iam_user.")) && keys.is_empty();
            let factor = if asks_for_mfa.possibly() { " and the second factor" } else { "" };
            let (who, aside) = match keys {
                [] if keyless => (format!("user `{name}`"), "with a password or keys that do not expire"),
                [] => (format!("anyone with an access key{factor} of user `{name}`"), "and such a key does not expire"),
                _ => (format!("anyone with the access key{factor} of user `{name}`"), "and such a key does not expire"),
            };
            let confidence = match (keyless, asks_for_mfa.possibly()) {
                (true, true) => Confidence::Low,
                (false, false) => Confidence::High,
                _ => Confidence::Medium,
            };
            let finding = context.at(&principal.item.place, "is an IAM user").says(who, What::Assume).aside(aside);
            let mut finding = finding.help(HELP).confidence(confidence);
            let kind = match keys {
                [] if keyless => "",
                [] => "a-key",
                _ => "the-key",
            };
            finding = finding.kind(kind).fact(context.name_fact(&name)).facts((!keyless && asks_for_mfa.possibly()).then_some("mfa"));
            if let [key, ..] = keys {
                finding = finding.label(*key, "gives the user a key that does not expire");
            }
            context.report(finding);
        }
    }
}

const HELP: &str = "let a role assume it instead: workloads in AWS have one, people get one from IAM Identity Center, and other systems get one by OpenID Connect or IAM Roles Anywhere";

/// An IAM user as a principal.
struct User {
    account: AccountRef,
    /// What follows `user/`, with its path.
    name: String,
}

impl User {
    fn of(principal: &Principal) -> Option<User> {
        let arn = Arn::split(&principal.item.pattern)?;
        // CloudFront's origin access identities are users of no account.
        let iam = arn.service.as_exact() == Some("iam") && arn.account.as_exact() != Some("cloudfront");
        let name = arn.resource.to_string().strip_prefix("user/").map(str::to_owned);
        let name = name.filter(|_| iam && !arn.resource.has_wildcard())?;
        Some(User { account: AccountRef::of(&arn.account), name })
    }

    /// The user of the estate.
    fn find<'e>(&self, estate: &'e Estate) -> Option<&'e Identity> {
        let is_named = |name: &Pattern| {
            let name = name.to_string();
            !name.contains('…') && self.name.strip_suffix(&name).is_some_and(|path| path.is_empty() || path.ends_with('/'))
        };
        let mut users = estate.identities.iter().filter(|identity| identity.kind == IdentityKind::User);
        let same = |user: &&Identity| self.account != AccountRef::Unknown && user.account == self.account;
        users.find(|user| same(user) && user.name.as_ref().is_some_and(|name| is_named(&name.pattern)))
    }

    fn shown(&self, principal: &Principal) -> String {
        let written = principal.item.pattern.as_exact().is_some();
        if written { self.name.rsplit('/').next().unwrap_or(&self.name).to_owned() } else { principal.item.text.to_string() }
    }
}

/// Whether the user is a third party's, whose keys are its own matter: of the trust in it other rules speak. Vendors such as Snowflake
/// call as a user of theirs and send an external ID.
fn is_of_others(user: &User, statement: &Statement, scope: &Scope) -> bool {
    match scope.relation(&user.account) {
        Relation::Vendor { .. } | Relation::ThirdParty { .. } | Relation::Aws { .. } => true,
        Relation::Stranger => !scope.config.accounts.is_empty() || statement.conditions_on("sts:ExternalId").next().is_some(),
        Relation::Unknown => statement.conditions_on("sts:ExternalId").next().is_some(),
        Relation::Same | Relation::Ours { .. } => false,
    }
}
