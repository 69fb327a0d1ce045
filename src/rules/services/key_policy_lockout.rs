use crate::access::{Access, Caller, Who};
use crate::estate::carriers::target;
use crate::estate::{AccountRef, Relation};
use crate::finding::{Category, Severity, What};
use crate::policy::request::Request;
use crate::policy::{Document, Items, PolicyKind, Principal, PrincipalKind, Statement};
use crate::rules::kit::rule::{Context, OF_RESOURCES, Rule};
use crate::rules::kit::shared::never_applies;
use crate::truth::Truth;

rule! {
    KeyPolicyLockout, "key-policy-lockout",
    summary: "a KMS key policy that nobody can change any more",
    category: Category::Security,
    severity: Severity::High,
    tags: &["resource-policy"],
}

/// What changes a key's policy. No other account can call it (AWS KMS API Reference, "PutKeyPolicy": "Cross-account use: No").
const CHANGE: &str = "kms:PutKeyPolicy";

impl Rule for KeyPolicyLockout {
    fn kinds(&self) -> &'static [PolicyKind] {
        OF_RESOURCES
    }

    fn document<'a>(&self, document: &'a Document, context: &mut Context<'a>) {
        let of_key = document.carrier.is_shown() && target(document).is_some_and(|target| target.service == "kms");
        // Of a statement that lacks something AWS speaks first.
        let is_whole = |statement: &Statement| statement.effect.is_some() && statement.actions.as_ref().is_some_and(names_something);
        let hides = document.gap.is_some() || !document.statements.iter().all(is_whole);
        if !of_key || hides || document.statements.is_empty() {
            return;
        }
        let managing: Vec<&Statement> = document.statements.iter().filter(|statement| may_manage(statement, context)).collect();
        let nobody = || What::Can(format!("change the policy of key {}", context.subject_name()));
        if managing.is_empty() {
            let principals = document.statements.iter().filter(|statement| statement.allows()).find_map(|one| one.principals.as_ref());
            let place = principals.map_or(&document.place, |principals| &principals.key);
            let finding = context.at(place, "admits nobody who could change the policy").kind("nobody").says("nobody", nobody());
            let because = format!("no statement allows `{CHANGE}` to its account or to an identity in it");
            context.report_token(finding.because(because).help(ADD_ACCOUNT));
            return;
        }
        let access = Access::of_document(document);
        if managing.iter().any(|statement| leaves_somebody(statement, document, &access, context).possibly()) {
            return;
        }
        let is_to_blame = |statement: &&Statement| statement.denies() && statement.covers_action(CHANGE).possibly();
        let Some(deny) = document.statements.iter().find(is_to_blame) else { return };
        let excepted = deny.principals.as_ref().filter(|principals| principals.negated);
        let (place, label, help) = match (excepted, &deny.effect_place) {
            (Some(excepted), _) => (&excepted.key, "excepts nobody, without both the account and the identity", EXCEPT),
            (None, Some(effect)) => (effect, "denies it to everybody, also to the account's root", EXCEPT_SOMEBODY),
            (None, None) => (&deny.place, "denies it to everybody, also to the account's root", EXCEPT_SOMEBODY),
        };
        let finding = context.at(place, label).kind(if excepted.is_some() { "not-principal" } else { "denied" });
        let finding = finding.says("nobody", nobody());
        context.report_token(finding.because(format!("a Deny takes `{CHANGE}` from everybody whom it is allowed")).help(help));
    }
}

const ADD_ACCOUNT: &str =
    "add the statement of the default key policy: Allow `kms:*` on `*` to `arn:aws:iam::ACCOUNT:root`, the key's own account";

const EXCEPT: &str = "write Principal = \"*\" with a condition ArnNotEquals on `aws:PrincipalArn` that names who is excepted; NotPrincipal must \
                      name the account as well, and of a role each session";

const EXCEPT_SOMEBODY: &str = "except who manages the key, by a condition ArnNotEquals on `aws:PrincipalArn`, or deny only what is to be \
                               kept from everybody";

fn names_something(actions: &Items) -> bool {
    !actions.items.is_empty() || actions.gap.is_some()
}

/// Whether an Allow may let somebody of the key's own account change its policy.
fn may_manage(statement: &Statement, context: &Context) -> bool {
    let open = statement.principals.as_ref().is_none_or(|principals| principals.negated || principals.gap.is_some());
    statement.allows()
        && statement.covers_action(CHANGE).possibly()
        && !never_applies(statement)
        && (open || statement.admitted().any(|principal| may_be_own(principal, context)))
}

/// Whether a principal may be of the account that the key is in.
fn may_be_own(principal: &Principal, context: &Context) -> bool {
    if !matches!(principal.kind, PrincipalKind::Any | PrincipalKind::Aws) {
        return false;
    }
    // Where source does not give the key's account, a number may well be its own.
    let unknown = context.account().number().is_none();
    let relation = || context.relation(&AccountRef::of_principal(&principal.item.pattern));
    principal.is_everybody() || unknown || matches!(relation(), Relation::Same | Relation::Unknown)
}

/// Whether Denies leave it to somebody whom an Allow lets change the policy: to those whom it names, or whom the policy names elsewhere.
fn leaves_somebody(statement: &Statement, document: &Document, access: &Access, context: &Context) -> Truth {
    if statement.principals.as_ref().is_none_or(|principals| principals.negated || principals.gap.is_some()) {
        return Truth::Unknown;
    }
    let all = document.statements.iter().flat_map(|other| &other.principals).flat_map(|principals| &principals.items);
    let known = all.filter(|principal| may_be_own(principal, context) && may_admit(statement, principal));
    let callers: Vec<Caller> = known.map(|principal| Caller::new(Who::Named(principal), Request::open())).collect();
    access.passes(statement, &callers, CHANGE)
}

fn may_admit(statement: &Statement, caller: &Principal) -> bool {
    let is_it = |one: &Principal| one.item.text == caller.item.text || !one.item.pattern.is_exact() && !one.is_whole_account();
    statement.admitted().any(|one| one.is_everybody() || one.is_whole_account() || is_it(one))
}
