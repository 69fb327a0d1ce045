//! Whom the conditions of a statement let in: who calls, from where, and for whom a service does.

use crate::catalog::{self, About, KeyFacts, ValueForm, key_facts};
use crate::estate::AccountRef;
use crate::network;
use crate::policy::arn::Arn;
use crate::policy::condition::{Operator, SetOperator, is_key};
use crate::policy::pattern::{Case, Mode, Pattern, Segment};
use crate::policy::{Condition, Item, Principal, Statement};
use crate::truth::Truth;

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
    let Some(facts) = key_facts(&condition.key) else { return Truth::No };
    // Nobody owns all the accounts whose numbers begin so.
    let is_part = |value: &Item| value.pattern.has_wildcard() && !value.pattern.has_hole() && !value.pattern.has_variable();
    if facts.form == Some(ValueForm::Account) && !facts.everybody.is_empty() && condition.values.iter().any(is_part) {
        return Truth::Yes;
    }
    let forms: Vec<Pattern> = facts.everybody.iter().map(|form| Pattern::parse(form, Mode::WILDCARDS)).collect();
    let wide = condition.values.iter().filter(|value| value.pattern.has_wildcard());
    Truth::any(wide.flat_map(|value| forms.iter().map(|form| value.pattern.includes(form, Case::Insensitive))))
}

/// Whether a key says which account, organisation or identity the caller is of. `aws:PrincipalArn` does so by its values, which are read
/// for themselves.
pub fn says_who(key: &str) -> bool {
    key_facts(key).is_some_and(|facts| facts.tells_owner() && facts.form != Some(ValueForm::PrincipalArn))
}

/// Whether a condition pins who the caller is.
pub fn pins_caller(statement: &Statement) -> Truth {
    // A claim of an identity provider says who its bearer is.
    let claim = |key: &str| catalog::issuer_and_claim(key).is_some() || key.to_ascii_lowercase().starts_with("saml:");
    let named = statement.conditions.iter().filter(|condition| says_who(&condition.key) || claim(&condition.key));
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

/// What to write where a condition that is there would pin the caller if a request without its key did not meet it, too:
/// `ForAllValues:StringEquals` on `aws:PrincipalOrgID`.
pub fn tightened(statement: &Statement, pinned: impl Fn(&Statement) -> Truth) -> Option<String> {
    statement.conditions.iter().enumerate().find_map(|(position, condition)| {
        let operator = condition.operator;
        if !operator.is_positive() || operator.set != Some(SetOperator::ForAllValues) && !operator.if_exists {
            return None;
        }
        let has_several = catalog::condition_key(&condition.key).is_some_and(|key| key.is_multi_valued());
        let tight = Operator { set: has_several.then_some(SetOperator::ForAnyValue), if_exists: false, ..operator };
        let mut other = statement.clone();
        other.conditions.get_mut(position)?.operator = tight;
        let key = &condition.key;
        let help = || format!("test {key} with {tight} instead of {operator}, which is also met by a request without {key}");
        pinned(&other).certainly().then(help)
    })
}

/// Whether a condition limits what its key may be where a request carries it: `IfExists` lets through only who has no such key.
fn limits(condition: &Condition) -> Truth {
    if condition.operator.is_positive() { condition.matches_everything().opposite() } else { Truth::No }
}

/// Whether a condition limits for whom a service acts that sends the key. For `sent_by_all` a request without the key is none that
/// comes; else the condition must keep it out.
fn limits_source(statement: &Statement, condition: &Condition, sent_by_all: bool) -> Truth {
    if !About::Source.is_of(&condition.key) {
        return Truth::No;
    }
    let limited = if sent_by_all { limits(condition) } else { statement.enforces(condition) };
    let limited = limited.and(every_one(condition).opposite());
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
    let of_network = |key: &str| About::Address.is_of(key) || About::Endpoint.is_of(key);
    let networks = statement.conditions.iter().filter(|condition| of_network(&condition.key));
    let pinned = networks.map(|condition| match is_anywhere(condition) {
        true => Truth::No,
        false => statement.enforces(condition).and(every_one(condition).opposite()),
    });
    Truth::any(pinned).or(all_known(statement))
}

/// Whether one of the addresses is a network that is nobody's own: all of IPv4 is anywhere, although it leaves out IPv6. No owner
/// has more than a `/8`, or a `/16` of IPv6, and `0.0.0.0/1` is written to get around checks.
fn is_anywhere(condition: &Condition) -> bool {
    let is_wide =
        |text: &str| network::of_condition(text).is_some_and(|range| range.prefix_len() < if range.addr().is_ipv4() { 8 } else { 16 });
    let addresses = ValueForm::Address.is_of(&condition.key) && condition.operator.is_positive();
    addresses && condition.values.iter().any(|value| value.pattern.as_exact().is_some_and(is_wide))
}

/// Whether the conditions ask for what only those have who have an AWS account, such as a signature (IAM User Guide, "AWS
/// global condition context keys"; "Policy elements: Principal key values" gives the type of an anonymous caller).
pub fn asks_for_account(statement: &Statement) -> bool {
    let is_of_signed = |key: &str| key_facts(key).is_some_and(KeyFacts::is_of_signed);
    let signed = statement.conditions.iter().any(|condition| is_of_signed(&condition.key) && statement.is_guarded(&condition.key));
    // A request without an address comes through an endpoint, which only those have who have a VPC.
    let by_endpoint =
        |condition: &Condition| condition.operator.is_positive() && condition.passing().absent().certainly() && !is_anywhere(condition);
    // Only who has a VPC has an endpoint.
    let endpoint =
        statement.conditions.iter().any(|condition| About::Endpoint.is_of(&condition.key) && statement.is_guarded(&condition.key));
    signed
        || endpoint
        || statement.passing("aws:PrincipalType").value("Anonymous") == Truth::No
        || statement.passing("aws:PrincipalAccount").value("anonymous") == Truth::No
        || statement.conditions_on("aws:SourceIp").any(by_endpoint)
}

/// Whether a service's own key, or one that nobody knows, says who may come, or a header that holds what nobody can guess.
pub fn pins_otherwise(statement: &Statement) -> Truth {
    let headers = statement.conditions.iter().filter(|condition| About::Header.is_of(&condition.key));
    let by_secret =
        Truth::any(headers.map(|condition| statement.enforces(condition).and(Truth::all(condition.values.iter().map(is_secret)))));
    statement.narrowed_by(|key| About::Door.is_of(key) || catalog::condition_key(key).is_none()).or(by_secret)
}

/// No secret is shorter.
const SHORTEST_SECRET: usize = 16;

/// Whether a value is a word made up for those who are to know it, as CloudFront can send, and no address or program's name, which everybody
/// can send as well (IAM User Guide, "AWS global condition context keys", `aws:Referer`).
fn is_secret(value: &Item) -> Truth {
    if value.pattern.has_hole() {
        return Truth::Unknown;
    }
    let made_up = |text: &str| {
        let is_of_word = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '+' | '=');
        text.len() >= SHORTEST_SECRET && text.chars().all(is_of_word) && text.contains(|character: char| character.is_ascii_digit())
    };
    value.pattern.as_exact().is_some_and(made_up).into()
}

/// `No`, or `Unknown` where the statement may have further conditions.
fn all_known(statement: &Statement) -> Truth {
    statement.has_all_conditions().opposite()
}

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
    let freely_named = arn.service.as_exact().is_some_and(catalog::names_freely);
    // `arn:aws:s3:::*logs*`: everybody may call a bucket so.
    let any_bucket = arn.service.as_exact() == Some("s3") && arn.resource.has_wildcard() && arn.resource.literal_prefix().is_empty();
    let any_owner = arn.account.is_any() || arn.account.as_exact() == Some("");
    // Nobody owns all the accounts whose numbers begin so.
    let any_account = arn.account.has_wildcard() && !arn.account.has_hole() && !arn.account.has_variable();
    if freely_named && any_account || any_bucket && !arn.resource.has_hole() && any_owner { Truth::No } else { Truth::Yes }
}

/// Whether a pattern of `aws:SourceArn` has no account in it.
pub fn lacks_account(item: &Item) -> Truth {
    match Arn::split(&item.pattern) {
        Some(arn) => (arn.account.is_any() || arn.account.as_exact() == Some("")).into(),
        None => Truth::Unknown,
    }
}

/// The name of a service principal; `events.${data.aws_partition.current.dns_suffix}` is `events.amazonaws.com` in most partitions, and
/// the same service in all, and `logs.${data.aws_region.current.region}.amazonaws.com` is that service's in whatever region.
pub fn service_name(principal: &Principal) -> Option<String> {
    let item = &principal.item;
    match item.pattern.segments() {
        [Segment::Literal(name)] => Some(name.to_string()),
        [Segment::Literal(service), Segment::Hole(_), Segment::Literal(domain)] => {
            (service.ends_with('.') && domain.starts_with(".amazonaws.com")).then(|| format!("{service}amazonaws.com"))
        }
        [Segment::Literal(service), Segment::Hole(_), Segment::Literal(dot), Segment::Hole(_)] => {
            (service.ends_with('.') && &**dot == "." && item.text.ends_with("${dns_suffix}")).then(|| format!("{service}amazonaws.com"))
        }
        _ => item.text.strip_suffix("${dns_suffix}").filter(|name| !name.contains('$')).map(|name| format!("{name}amazonaws.com")),
    }
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

/// `111111111111/CloudTrail/`, also below the ID of an organization.
fn begins_with_account(path: &str) -> bool {
    let mut parts = path.split('/').skip_while(|part| part.starts_with("o-"));
    parts.next().is_some_and(|part| part.len() == 12 && part.bytes().all(|byte| byte.is_ascii_digit()))
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
                if key.split_once("AWSLogs/").is_some_and(|(_, below)| begins_with_account(below)) {
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
