//! Callers as questions mean them: what AWS, the account that they are of and the network that they are in make of what their requests carry.
//!
//! Each key has an owner. What AWS makes of the caller is fixed, what the resource has nobody who asks knows, and only what the caller chooses
//! is open: names and tags in an account of one's own, addresses, sessions (IAM User Guide, "AWS global condition context keys").

use super::Access;
use super::question::{Caller, UNNAMED, Who};
use super::requester::{Form, Requester};
use crate::catalog::{About, KeyFacts, facts_of_keys, key_facts};
use crate::estate::AccountRef;
use crate::policy::condition::is_key;
use crate::policy::federation::{Issuer, is_claim};
use crate::policy::request::Request;
use crate::policy::{Principal, PrincipalKind};

/// The account of somebody whom nobody has named.
const SOMEBODY: &str = "000000000000";
const ORGANISATION: (&str, &str) = ("o-z7q4w9x2c5", "o-z7q4w9x2c5/r-z7q4/");

/// From where anybody can call: from either half of the addresses there are, and through an endpoint of one's own.
const PLACES: &[&[(&str, &str)]] = &[
    &[("aws:SourceIp", "45.77.13.201")],
    &[("aws:SourceIp", "185.77.13.201")],
    &[
        ("aws:SourceVpc", "vpc-0z7q4w9x2c5v8b3n6"),
        ("aws:SourceVpce", "vpce-0z7q4w9x2c5v8b3n6"),
        ("aws:VpceAccount", SOMEBODY),
        ("aws:VpcSourceIp", "10.77.13.201"),
    ],
];

/// One of AWS's own addresses, from which its services call.
const OF_SERVICES: &str = "52.94.76.9";

/// Whoever has an AWS account, calling for itself: as a role or a user, of an organisation and of none, from wherever they like. They name the
/// roles, sessions and users of their account.
pub fn strangers() -> Vec<Caller<'static>> {
    let call = of_no_service(of_no_network(Request::open()));
    let call = call.with("aws:ViaAWSService", "false").with("aws:SecureTransport", "true");
    let from = |request: &Request, place: &[(&str, &str)]| {
        let nowhere = request.clone().without("aws:SourceIp");
        place.iter().fold(nowhere, |request, (key, value)| request.with(key, value))
    };
    let calls = of_any_organisation(call).into_iter().flat_map(|request| PLACES.iter().map(move |place| from(&request, place)));
    // By which door of the owner's they come nobody knows.
    let of = |request| of_resource(Caller::new(Who::Stranger, request)).with_unknown(About::Door.keys());
    calls.flat_map(|request| identities(&of(request), Some(SOMEBODY))).collect()
}

/// Whoever calls without any credentials, which requests to some services need not have (IAM User Guide, "Principal key values").
pub fn anonymous(access: &Access) -> Vec<Caller<'static>> {
    let call = unsigned(of_no_service(of_no_network(Request::open())), access)
        .with("aws:PrincipalType", "Anonymous")
        .with("aws:PrincipalAccount", "anonymous")
        .with("aws:userid", "anonymous")
        .with("aws:SecureTransport", "true")
        .with("aws:ViaAWSService", "false");
    let places = PLACES.iter().filter_map(|place| place.iter().find(|(key, _)| *key == "aws:SourceIp"));
    places.map(|(key, address)| of_resource(Caller::new(Who::Stranger, call.clone().with(key, address)))).collect()
}

/// A service that acts for whoever has an AWS account; by its principal, or any one. A service is of no account and no organisation, and
/// whom it acts for has one or none.
pub fn services_of_strangers<'q>(who: Who<'q>, principal: Option<&str>, access: &Access) -> Vec<Caller<'q>> {
    let (organisation, path) = ORGANISATION;
    let call = principal.into_iter().fold(service_call(access), |call, name| call.with("aws:PrincipalServiceName", name));
    let call = call.with("aws:SourceAccount", SOMEBODY);
    let of_one = call.clone().with("aws:SourceOrgID", organisation).with("aws:SourceOrgPaths", path);
    let of_none = call.without("aws:SourceOrgID").without("aws:SourceOrgPaths");
    // Whatever they have it act for is theirs; a bucket's ARN has no account in it.
    let theirs = [format!("arn:aws:*:*:{SOMEBODY}:*"), format!("arn:aws:s3:::{UNNAMED}*")];
    let theirs: Vec<&str> = theirs.iter().map(String::as_str).collect();
    let of = |request| of_resource(Caller::new(who, request)).meeting("ArnLike", "aws:SourceArn", &theirs);
    [of_one, of_none].map(of).map(|caller| caller.with_unknown(std::iter::once("aws:PrincipalServiceNamesList"))).into()
}

/// Whoever has a certificate that IAM Roles Anywhere takes: `service` calls for it (IAM Roles Anywhere User Guide, "Trust model"). What `keys`
/// say of the certificate nobody has named.
pub fn certificate_bearer<'q>(service: &'q str, keys: impl Fn(&str) -> bool, access: &Access) -> Caller<'q> {
    let call = access.keys().filter(|key| keys(key)).fold(service_call(access), |call, key| call.with(key, UNNAMED));
    Caller::new(Who::Service(service), call.with("aws:PrincipalServiceName", service))
}

fn service_call(access: &Access) -> Request {
    unsigned(of_no_network(Request::open()), access)
        .without("aws:PrincipalAccount")
        .without("aws:userid")
        .with("aws:PrincipalIsAWSService", "true")
        .with("aws:SecureTransport", "true")
        .with("aws:SourceIp", OF_SERVICES)
}

/// Whose an account is, as far as that says which organisation it is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Somebody else's: of another organisation, or of none.
    Others,
    /// Nobody can say.
    Unknown,
}

/// Whoever is in an account that a principal lets in, or is the identity that it names, without a second factor. `number` is the account's.
pub fn of_account<'q>(principal: &'q Principal, number: Option<&str>, whose: Whose) -> Vec<Caller<'q>> {
    let calls = match whose {
        Whose::Others => of_any_organisation(without_device()),
        Whose::Unknown => vec![without_device()],
    };
    let organisation = ["aws:PrincipalOrgID", "aws:PrincipalOrgPaths"].into_iter().filter(|_| whose == Whose::Unknown);
    let callers = calls.into_iter().map(|call| of_resource(Caller::new(Who::Named(principal), call)).with_unknown(organisation.clone()));
    callers.flat_map(|caller| as_named(&caller, principal, number)).collect()
}

/// Those whom a principal lets in, of which nothing is known but that.
pub fn named(principal: &Principal) -> Vec<Caller<'_>> {
    let caller = Caller::new(Who::Named(principal), Request::open());
    match principal.kind {
        PrincipalKind::Aws => as_named(&caller, principal, AccountRef::of_principal(&principal.item.pattern).number()),
        _ => vec![caller],
    }
}

/// A caller as the role or user that a principal names, or as any of its account.
fn as_named<'q>(caller: &Caller<'q>, principal: &Principal, number: Option<&str>) -> Vec<Caller<'q>> {
    let (Some(arn), Requester { form, .. }) = (principal.item.pattern.as_exact(), Requester::of(Who::Named(principal))) else {
        return identities(caller, number);
    };
    let kind = match form {
        Form::Role => "AssumedRole",
        Form::User => "User",
        _ => return identities(caller, number),
    };
    let caller = number
        .into_iter()
        .fold(caller.clone().with("aws:PrincipalIsAWSService", "false"), |caller, number| caller.with("aws:PrincipalAccount", number));
    let caller = caller.with("aws:PrincipalType", kind).with("aws:PrincipalArn", arn);
    vec![if kind == "AssumedRole" { caller.without("aws:username") } else { caller }]
}

/// A caller as a role, and as a user, of an account.
fn identities<'q>(caller: &Caller<'q>, number: Option<&str>) -> Vec<Caller<'q>> {
    let caller = caller.clone().with("aws:PrincipalIsAWSService", "false");
    let caller = number.into_iter().fold(caller, |caller, number| caller.with("aws:PrincipalAccount", number));
    let account = number.unwrap_or("*");
    let arn = |kind: &str| format!("arn:*:iam::{account}:{kind}/*");
    let role = caller.clone().with("aws:PrincipalType", "AssumedRole").without("aws:username");
    let role = role.meeting("StringLike", "aws:userid", &["AROAZ7Q4W9X2C5V8B3N6M:??*"]);
    let role = role.meeting("ArnLike", "aws:PrincipalArn", &[&arn("role")]);
    let user = caller.with("aws:PrincipalType", "User").with("aws:userid", "AIDAZ7Q4W9X2C5V8B3N6M");
    vec![role, user.meeting("ArnLike", "aws:PrincipalArn", &[&arn("user")])]
}

/// Whoever has a token, or an assertion, that a principal stands for. The call is not signed and so is of no account (AWS Security Token
/// Service API Reference, "AssumeRoleWithWebIdentity", "AssumeRoleWithSAML"), and nobody's second factor is known.
pub fn token_bearer<'q>(principal: &'q Principal, access: &Access) -> Caller<'q> {
    let bearer = of_resource(Caller::new(Who::Named(principal), unsigned(without_device(), access)));
    let bearer = match access.tags() {
        Some(tags) => bearer.on_tagged(tags, access.keys()),
        None => bearer,
    };
    let Some(issuer) = Issuer::of_arn(&principal.item.pattern) else { return bearer };
    access.keys().fold(bearer, |bearer, key| match issuer.claim(key) {
        // Claims that no token is without (OpenID Connect Core 1.0, 2).
        Some(claim) if is_key(claim, &["aud", "sub"]) => bearer.meeting("Null", key, &["false"]),
        None if is_claim(key) => bearer.without(key),
        _ => bearer,
    })
}

/// A call without a second factor, as all come that no person makes.
fn without_device() -> Request {
    Request::open().with("aws:SecureTransport", "true").without("aws:MultiFactorAuthPresent").without("aws:MultiFactorAuthAge")
}

fn of_resource(caller: Caller) -> Caller {
    caller.with_unknown(About::Resource.keys())
}

/// The same of some organisation that nobody has named, and of none.
fn of_any_organisation(request: Request) -> Vec<Request> {
    let (organisation, path) = ORGANISATION;
    let of_one = request.clone().with("aws:PrincipalOrgID", organisation).with("aws:PrincipalOrgPaths", path);
    vec![of_one, request.without("aws:PrincipalOrgID").without("aws:PrincipalOrgPaths")]
}

fn without(request: Request, keys: impl Iterator<Item = &'static str>) -> Request {
    keys.fold(request, |request, key| request.without(key))
}

/// A request that comes through no endpoint, and from no instance or function of the owner's.
fn of_no_network(request: Request) -> Request {
    let request = without(request, About::Endpoint.keys().chain(About::Workload.keys()));
    request.without("aws:FederatedProvider")
}

/// A request that no service makes by itself, or for somebody.
fn of_no_service(request: Request) -> Request {
    let request = without(request, About::Source.keys());
    request.without("aws:PrincipalServiceName").without("aws:PrincipalServiceNamesList")
}

/// The same without what only signed requests carry; of tags those that Denies are about.
fn unsigned(request: Request, access: &Access) -> Request {
    let signed = facts_of_keys().iter().filter(|facts| facts.is_of_signed()).map(|facts| facts.name);
    let is_of_signed = |key: &&str| key_facts(key).is_some_and(KeyFacts::is_of_signed);
    access.keys().filter(is_of_signed).fold(without(request, signed), |request, key| request.without(key))
}
