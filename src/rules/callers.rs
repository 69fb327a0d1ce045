//! Whom the conditions of a statement let in: who calls, from where, and for whom a service does.

use crate::access::{Access, Caller, Scope, Who};
use crate::catalog::{self, Presence};
use crate::estate::AccountRef;
use crate::policy::arn::Arn;
use crate::policy::condition::is_key;
use crate::policy::pattern::{Case, Mode, Pattern, Segment};
use crate::policy::request::Request;
use crate::policy::{Condition, Item, Principal, Statement};
use crate::truth::Truth;

/// Keys that say which account, organisation or identity the caller is of.
pub const WHO: &[&str] = &[
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:PrincipalAccount",
    "aws:PrincipalServiceName",
    "aws:PrincipalServiceNamesList",
    "aws:PrincipalIsAWSService",
    "aws:userid",
    "aws:FederatedProvider",
    "aws:SourceOwner",
];

/// Organisations, paths and accounts of the forms that AWS gives them: `o-` and ten to 32 letters and digits (Organizations
/// API Reference, Organization; IAM User Guide, "AWS global condition context keys"). All that AWS's examples show have ten.
const FORMS: &[(&str, &[&str])] = &[
    ("aws:PrincipalOrgID", &["o-??????????"]),
    ("aws:PrincipalOrgPaths", &["o-??????????/r-????*/", "o-??????????/r-????*/ou-????*-????????*/"]),
    ("aws:PrincipalAccount", &["????????????"]),
    // Every role's sessions, and every user (IAM User Guide, "IAM identifiers").
    ("aws:userid", &["AROA?????????????????:*", "AIDA?????????????????"]),
];

/// Whether a condition lets in everybody although it tests who calls: a value is every organisation, path or account there is, or it
/// asks that the caller be no service.
pub fn every_one(condition: &Condition) -> Truth {
    if is_key(&condition.key, &["aws:PrincipalIsAWSService"]) {
        return condition.passing().value("false");
    }
    if is_key(&condition.key, &["aws:FederatedProvider"]) {
        // Everybody may make a provider of that name in an account of their own.
        let any_account = Pattern::parse("????????????", Mode::WILDCARDS);
        let of_any = |value: &Item| Arn::split(&value.pattern).map_or(Truth::No, |arn| arn.account.includes(&any_account, Case::Sensitive));
        return Truth::any(condition.values.iter().map(of_any));
    }
    let Some((_, forms)) = FORMS.iter().find(|(key, _)| key.eq_ignore_ascii_case(&condition.key)) else { return Truth::No };
    let forms: Vec<Pattern> = forms.iter().map(|form| Pattern::parse(form, Mode::WILDCARDS)).collect();
    let wide = condition.values.iter().filter(|value| value.pattern.has_wildcard());
    Truth::any(wide.flat_map(|value| forms.iter().map(|form| value.pattern.includes(form, Case::Insensitive))))
}

/// Whether a condition pins who the caller is.
pub fn pins_caller(statement: &Statement) -> Truth {
    // A claim of an identity provider says who its bearer is.
    let claim = |key: &str| catalog::issuer_and_claim(key).is_some() || key.to_ascii_lowercase().starts_with("saml:");
    let named = statement.conditions.iter().filter(|condition| is_key(&condition.key, WHO) || claim(&condition.key));
    let by_key = Truth::any(named.map(|condition| statement.enforces(condition).and(every_one(condition).opposite())));
    let by_key = by_key.or(all_known(statement));
    let by_arn = statement.conditions_on("aws:PrincipalArn").map(|condition| {
        let one_account = condition.values.iter().map(|value| match Arn::split(&value.pattern) {
            Some(arn) if AccountRef::of(&arn.account) != AccountRef::Unknown => Truth::Yes,
            // Whatever is no account number is nobody's.
            Some(arn) if arn.account.as_exact().is_some_and(|account| !account.is_empty() && !account.contains(['*', '?'])) => Truth::Yes,
            Some(arn) if arn.account.has_hole() => Truth::Unknown,
            None if value.pattern.has_hole() => Truth::Unknown,
            _ => Truth::No,
        });
        let values = if condition.gap.is_some() { Truth::Unknown } else { Truth::all(one_account) };
        statement.enforces(condition).and(values)
    });
    by_key.or(Truth::any(by_arn))
}

/// Keys by which a service says for whose resource it acts (IAM User Guide, "The confused deputy problem"); `aws:SourceOwner` is an
/// older one of Amazon SNS.
pub const FOR_WHOM: &[&str] = &["aws:SourceArn", "aws:SourceAccount", "aws:SourceOrgID", "aws:SourceOrgPaths", "aws:SourceOwner"];

/// Keys that say which account a caller of one service is of, or by which door of the owner's it comes.
const OF_SERVICES: &[&str] = &[
    "kms:CallerAccount",
    "s3:AccessGrantsInstanceArn",
    "s3:AccessPointNetworkOrigin",
    "s3:DataAccessPointAccount",
    "s3:DataAccessPointArn",
    "lambda:EventSourceToken",
    "elasticfilesystem:AccessedViaMountTarget",
    "elasticfilesystem:AccessPointArn",
    // Not who calls but a word that callers must know: owners use them so.
    "aws:Referer",
    "aws:UserAgent",
];

/// Keys of the network that a request comes by.
const FROM_WHERE: &[&str] = &[
    "aws:SourceIp",
    "aws:SourceVpc",
    "aws:SourceVpcArn",
    "aws:SourceVpce",
    "aws:VpcSourceIp",
    "aws:VpceAccount",
    "aws:VpceOrgID",
    "aws:VpceOrgPaths",
];

/// Whether a condition limits what its key may be where a request carries it: `IfExists` lets through only who has no such key.
fn limits(condition: &Condition) -> Truth {
    if condition.operator.is_positive() { condition.matches_everything().opposite() } else { Truth::No }
}

/// Whether a condition limits for whom a service acts that sends the key. For `sent_by_all` a request without the key is none that
/// comes; else the condition must keep it out.
fn limits_source(statement: &Statement, condition: &Condition, sent_by_all: bool) -> Truth {
    if !is_key(&condition.key, FOR_WHOM) {
        return Truth::No;
    }
    let limited = if sent_by_all { limits(condition) } else { statement.enforces(condition) };
    if !is_key(&condition.key, &["aws:SourceArn"]) {
        return limited;
    }
    let named = Truth::all(condition.values.iter().map(names_owner));
    limited.and(if condition.gap.is_some() { named.or(Truth::Unknown) } else { named })
}

/// Whether the statement says for whom a service may act.
pub fn pins_source(statement: &Statement, sent_by_all: bool) -> Truth {
    let pinned = Truth::any(statement.conditions.iter().map(|condition| limits_source(statement, condition, sent_by_all)));
    pinned.or(all_known(statement))
}

/// Whether the statement says from which network requests come. `0.0.0.0/0` is none.
pub fn pins_network(statement: &Statement) -> Truth {
    let networks = statement.conditions.iter().filter(|condition| is_key(&condition.key, FROM_WHERE));
    let pinned = networks.map(|condition| if is_anywhere(condition) { Truth::No } else { statement.enforces(condition) });
    Truth::any(pinned).or(all_known(statement))
}

/// Whether one of the addresses is a network that is nobody's own: all of IPv4 is anywhere, although it leaves out IPv6. No owner
/// has more than a `/8`, or a `/16` of IPv6, and `0.0.0.0/1` is written to get around checks.
fn is_anywhere(condition: &Condition) -> bool {
    let is_wide = |text: &str| {
        let Some((address, bits)) = text.split_once('/') else { return false };
        let Ok(bits) = bits.parse::<u32>() else { return false };
        bits < if address.contains(':') { 16 } else { 8 }
    };
    let addresses = is_key(&condition.key, &["aws:SourceIp", "aws:VpcSourceIp"]) && condition.operator.is_positive();
    addresses && condition.values.iter().any(|value| value.pattern.as_exact().is_some_and(is_wide))
}

/// Whether the conditions ask for what only those have who have an AWS account, such as a signature (IAM User Guide, "AWS
/// global condition context keys"; "Policy elements: Principal key values" gives the type of an anonymous caller).
pub fn asks_for_account(statement: &Statement) -> bool {
    let signed = statement.conditions.iter().any(|condition| is_key(&condition.key, OF_SIGNED) && statement.is_guarded(&condition.key));
    // A request without an address comes through an endpoint, which only those have who have a VPC.
    let by_endpoint =
        |condition: &Condition| condition.operator.is_positive() && condition.passing().absent().certainly() && !is_anywhere(condition);
    signed
        || statement.passing("aws:PrincipalType").value("Anonymous") == Truth::No
        || statement.conditions_on("aws:SourceIp").any(by_endpoint)
}

/// Keys that requests without a signature lack.
const OF_SIGNED: &[&str] = &[
    "aws:MultiFactorAuthAge",
    "aws:MultiFactorAuthPresent",
    "aws:PrincipalArn",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:PrincipalTag/",
    "aws:SourceIdentity",
    "aws:TokenIssueTime",
    "aws:username",
];

/// Whether a service's own key, or one that nobody knows, says who may come.
pub fn pins_otherwise(statement: &Statement) -> Truth {
    statement.narrowed_by(|key| is_key(key, OF_SERVICES) || catalog::condition_key(key).is_none())
}

/// `No`, or `Unknown` where the statement may have further conditions.
fn all_known(statement: &Statement) -> Truth {
    statement.has_all_conditions().opposite()
}

/// Services whose resources are called as their owner likes, so that a name without its account is anybody's.
const FREELY_NAMED: &[&str] = &[
    "budgets",
    "cloudformation",
    "cloudtrail",
    "cloudwatch",
    "codebuild",
    "codepipeline",
    "dynamodb",
    "events",
    "iot",
    "kinesis",
    "lambda",
    "logs",
    "scheduler",
    "ses",
    "sns",
    "sqs",
    "states",
];

/// Whether a pattern of `aws:SourceArn` says whose resource it is: by its account, or by a name that is one owner's, such as a bucket's or
/// an id that AWS made up. What cannot be read may.
fn names_owner(item: &Item) -> Truth {
    let pattern = &item.pattern;
    let Some(arn) = Arn::split(pattern) else {
        let open = pattern.is_any() || matches!(pattern.as_exact(), Some("arn:*" | "arn:aws:*"));
        return if open { Truth::No } else { Truth::Unknown };
    };
    if arn.service.is_any() || arn.resource.is_any() && (arn.account.is_any() || arn.account.as_exact() == Some("")) {
        return Truth::No;
    }
    let freely_named = arn.service.as_exact().is_some_and(|service| FREELY_NAMED.contains(&service));
    // `arn:aws:s3:::*logs*`: everybody may call a bucket so.
    let any_bucket = arn.service.as_exact() == Some("s3") && arn.resource.has_wildcard() && arn.resource.literal_prefix().is_empty();
    let any_owner = arn.account.is_any() || arn.account.as_exact() == Some("");
    if freely_named && arn.account.is_any() || any_bucket && !arn.resource.has_hole() && any_owner { Truth::No } else { Truth::Yes }
}

/// Whether a pattern of `aws:SourceArn` has no account in it.
pub fn lacks_account(item: &Item) -> Truth {
    match Arn::split(&item.pattern) {
        Some(arn) => (arn.account.is_any() || arn.account.as_exact() == Some("")).into(),
        None => Truth::Unknown,
    }
}

/// What a call does not carry that comes through no endpoint and that no service makes for somebody.
const ONLY_OF_OTHERS: &[&str] = &[
    "aws:Ec2InstanceSourcePrivateIPv4",
    "aws:Ec2InstanceSourceVpc",
    "aws:FederatedProvider",
    "ec2:RoleDelivery",
    "ec2:SourceInstanceArn",
    "lambda:SourceFunctionArn",
    "aws:PrincipalServiceName",
    "aws:PrincipalServiceNamesList",
    "aws:SourceVpc",
    "aws:SourceVpcArn",
    "aws:SourceVpce",
    "aws:VpceAccount",
    "aws:VpceOrgID",
    "aws:VpceOrgPaths",
    "aws:SourceArn",
    "aws:SourceAccount",
    "aws:SourceOrgID",
    "aws:SourceOrgPaths",
    "aws:SourceOwner",
];

const ORGANISATION: (&str, &str) = ("o-z7q4w9x2c5", "o-z7q4w9x2c5/r-z7q4/");

/// From where anybody can call: from either half of the addresses there are, and through an endpoint of one's own.
const PLACES: &[&[(&str, &str)]] = &[
    &[("aws:SourceIp", "45.77.13.201")],
    &[("aws:SourceIp", "185.77.13.201")],
    &[
        ("aws:SourceVpc", "vpc-0z7q4w9x2c5v8b3n6"),
        ("aws:SourceVpce", "vpce-0z7q4w9x2c5v8b3n6"),
        ("aws:VpceAccount", "000000000000"),
        ("aws:VpcSourceIp", "10.77.13.201"),
    ],
];

/// Whoever has an AWS account, calling for itself: as a role or a user, of an organisation and of none, from wherever they like. They name the
/// roles, sessions and users of their account.
pub fn strangers() -> Vec<Caller<'static>> {
    let without = |request: Request, keys: &[&str]| keys.iter().fold(request, |request, key| request.without(key));
    let call = without(Request::open(), ONLY_OF_OTHERS)
        .with("aws:PrincipalAccount", "000000000000")
        .with("aws:PrincipalIsAWSService", "false")
        .with("aws:ViaAWSService", "false")
        .with("aws:SecureTransport", "true");
    let (organisation, path) = ORGANISATION;
    let of_one = call.clone().with("aws:PrincipalOrgID", organisation).with("aws:PrincipalOrgPaths", path);
    let of_none = without(call, &["aws:PrincipalOrgID", "aws:PrincipalOrgPaths"]);
    let from = |request: &Request, place: &[(&str, &str)]| {
        let nowhere = request.clone().without("aws:SourceIp");
        place.iter().fold(nowhere, |request, (key, value)| request.with(key, value))
    };
    let calls = [of_one, of_none].into_iter().flat_map(|request| PLACES.iter().map(move |place| from(&request, place)));
    // By which door of the owner's they come nobody knows.
    let of = |request| Caller::new(Who::Stranger, request).with_unknown(OF_SERVICES.iter().copied());
    calls.flat_map(|request| [as_role(of(request.clone())), as_user(of(request))]).collect()
}

fn as_role(caller: Caller) -> Caller {
    let caller = caller.with("aws:PrincipalType", "AssumedRole").without("aws:username");
    let caller = caller.meeting("StringLike", "aws:userid", &["AROAZ7Q4W9X2C5V8B3N6M:??*"]);
    caller.meeting("StringLike", "aws:PrincipalArn", &["arn:aws:iam::000000000000:role/*"])
}

fn as_user(caller: Caller) -> Caller {
    let caller = caller.with("aws:PrincipalType", "User").with("aws:userid", "AIDAZ7Q4W9X2C5V8B3N6M");
    caller.meeting("StringLike", "aws:PrincipalArn", &["arn:aws:iam::000000000000:user/*"])
}

/// Whoever calls without any credentials, which requests to some services need not have.
pub fn anonymous(access: &Access) -> Vec<Caller<'static>> {
    let of_signed = |key: &&str| is_key(key, OF_SIGNED) || matches!(catalog::presence(key), Presence::Signed | Presence::Temporary);
    let call = ONLY_OF_OTHERS.iter().chain(OF_SIGNED).fold(Request::open(), |call, key| call.without(key));
    let call = access.keys().filter(of_signed).fold(call, |call, key| call.without(key));
    let call = call.with("aws:PrincipalType", "Anonymous").with("aws:SecureTransport", "true").with("aws:ViaAWSService", "false");
    let places = PLACES.iter().filter_map(|place| place.iter().find(|(key, _)| *key == "aws:SourceIp"));
    places.map(|(key, address)| Caller::new(Who::Stranger, call.clone().with(key, address))).collect()
}

/// A service that acts for whoever has an AWS account; by its principal, or any one. A service is of no account and no organisation.
pub fn service_of_stranger<'q>(who: Who<'q>, principal: Option<&str>) -> Caller<'q> {
    let (organisation, path) = ORGANISATION;
    let call = Request::open()
        .with("aws:PrincipalIsAWSService", "true")
        .with("aws:SecureTransport", "true")
        .with("aws:SourceAccount", "000000000000")
        .with("aws:SourceArn", "arn:aws:z7q4w9x2c5v8b3n6m:us-east-1:000000000000:z7q4w9x2c5v8b3n6m")
        .with("aws:SourceOrgID", organisation)
        .with("aws:SourceOrgPaths", path)
        .without("aws:PrincipalOrgID")
        .without("aws:PrincipalOrgPaths")
        .without("aws:PrincipalArn");
    Caller::new(who, principal.into_iter().fold(call, |call, name| call.with("aws:PrincipalServiceName", name)))
}

/// A call from the account that a principal is in or is, without a second factor. Of somebody else's account the organisation is another one.
pub fn of_account(principal: &Principal, is_others: bool) -> Caller<'_> {
    let (organisation, path) = ORGANISATION;
    let call = without_device().with("aws:PrincipalIsAWSService", "false");
    let account = AccountRef::of_principal(&principal.item.pattern);
    let call = account.number().into_iter().fold(call, |call, number| call.with("aws:PrincipalAccount", number));
    match is_others {
        true => Caller::new(Who::Named(principal), call.with("aws:PrincipalOrgID", organisation).with("aws:PrincipalOrgPaths", path)),
        false => Caller::new(Who::Named(principal), call).with_unknown(["aws:PrincipalOrgID", "aws:PrincipalOrgPaths"].into_iter()),
    }
}

/// Whoever has a token, or an assertion, that a principal stands for. The call is not signed and so is of no account (AWS Security Token
/// Service API Reference, "AssumeRoleWithWebIdentity", "AssumeRoleWithSAML"), and nobody's second factor is known.
pub fn token_bearer<'q>(principal: &'q Principal, access: &Access) -> Caller<'q> {
    let of_signed = |key: &&str| {
        is_key(key, &["aws:PrincipalOrgID", "aws:PrincipalOrgPaths"])
            || matches!(catalog::presence(key), Presence::Signed | Presence::Temporary)
    };
    Caller::new(Who::Named(principal), access.keys().filter(of_signed).fold(without_device(), |call, key| call.without(key)))
}

/// Whether some call of the action certainly comes through the Denies of the policy at hand. Of some keys nobody knows what it carries.
pub fn comes_in(statement: &Statement, scope: &Scope, who: Who, action: &str, is_unknowable: impl Fn(&str) -> bool) -> bool {
    let access = scope.access();
    let caller = match who {
        Who::Named(principal) => token_bearer(principal, &access),
        _ => Caller::new(who, without_device()),
    };
    let caller = caller.with_unknown(access.keys().filter(|key| is_unknowable(key)));
    !access.hides_statements() && access.lets_through(statement, &[caller], action)
}

/// A call without a second factor, as all come that no person makes.
fn without_device() -> Request {
    Request::open().with("aws:SecureTransport", "true").without("aws:MultiFactorAuthPresent").without("aws:MultiFactorAuthAge")
}

/// Whether the objects that a statement of a bucket policy is about lie under an account's number, as services write them:
/// `AWSLogs/111111111111/*`. What source does not give of the path may be one.
pub fn path_names_account(statement: &Statement) -> Truth {
    let Some(resources) = &statement.resources else { return Truth::Unknown };
    if resources.negated || resources.gap.is_some() {
        return Truth::Unknown;
    }
    let objects: Vec<Truth> = resources.items.iter().filter_map(|item| account_in_key(&item.pattern)).collect();
    if objects.is_empty() { Truth::No } else { Truth::all(objects) }
}

/// The same of one ARN; None if it is that of a bucket.
fn account_in_key(pattern: &Pattern) -> Option<Truth> {
    let mut in_key = false;
    for segment in pattern.segments() {
        match segment {
            Segment::Literal(text) => {
                let key = match text.split_once('/') {
                    _ if in_key => text,
                    Some((_, key)) => {
                        in_key = true;
                        key
                    }
                    None => continue,
                };
                if key.split(|letter: char| !letter.is_ascii_digit()).any(|digits| digits.len() == 12) {
                    return Some(Truth::Yes);
                }
            }
            Segment::Hole(_) if in_key => return Some(Truth::Unknown),
            _ => {}
        }
    }
    match pattern.segments() {
        _ if in_key => Some(Truth::No),
        [Segment::Hole(_)] => Some(Truth::Unknown),
        _ => None,
    }
}
