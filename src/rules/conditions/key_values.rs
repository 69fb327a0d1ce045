//! What the value of a condition key can look like.
//!
//! Sources: IAM User Guide, "AWS global condition context keys", "IAM and AWS STS condition context keys", "IAM identifiers" (unique
//! IDs), "IAM policy elements: Variables and tags" (principal key values), "IAM and AWS STS quotas" (names); STS API reference,
//! AssumeRole (session names, external IDs); Organizations API reference (organization IDs).

use crate::catalog::{self, KeyType, ValueForm, issuer_and_claim};
use crate::nearest::nearest;
use crate::policy::arn::Arn;
use crate::policy::condition::is_key;
use crate::policy::pattern::{Mode, Pattern, PatternBuilder, Segment};

/// Why a value is never that of a request, and what to write instead.
#[derive(Debug, PartialEq, Eq)]
pub struct Never {
    pub reason: &'static str,
    pub help: String,
    /// The value to write, where the help names one.
    pub instead: Option<String>,
}

impl Never {
    fn instead(self, value: impl Into<String>) -> Never {
        Never { instead: Some(value.into()), ..self }
    }
}

fn never(reason: &'static str, help: &str) -> Option<Never> {
    Some(Never { reason, help: help.to_owned(), instead: None })
}

/// Why no request has a value that the pattern matches under this key; nothing if one may.
pub fn why_never(key: &str, pattern: &Pattern) -> Option<Never> {
    let arn = of_arn_attribute(pattern);
    let pattern = arn.as_ref().unwrap_or(pattern);
    match catalog::value_form(key) {
        Some(ValueForm::Account) => account(pattern),
        Some(ValueForm::Name) => {
            let wrong = stranger(pattern, is_name);
            never("is never in a name, which can only contain letters, digits and `_+=,.@-`", "write the name alone").filter(|_| wrong)
        }
        Some(ValueForm::UserId) => user_id(pattern),
        Some(ValueForm::ExternalId) => {
            let wrong = stranger(pattern, |c| is_name(c) || matches!(c, ':' | '/'));
            never("is not an external ID, which can only contain letters, digits and `_+=,.@:/-`", "agree on another external ID")
                .filter(|_| wrong)
        }
        Some(ValueForm::Organization) => {
            let wrong = !may_start_with(pattern, "o-") || stranger(pattern, |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
            never("is not an organization ID, which begins with `o-`", "write the organization's ID: `o-…`").filter(|_| wrong)
        }
        Some(ValueForm::OrganizationPath) => path(pattern),
        Some(ValueForm::PrincipalArn) => principal_arn(pattern),
        Some(ValueForm::PrincipalType) => {
            let known = pattern.as_exact().is_none_or(|text| catalog::principal_types().contains(&text));
            let help = "write one of `Account`, `User`, `AssumedRole`, `FederatedUser` and `Anonymous`";
            never("is not a principal type", help).filter(|_| !known)
        }
        Some(ValueForm::VpcEndpoint) => {
            let wrong = !may_start_with(pattern, "vpce-");
            never("is not a VPC endpoint ID, which begins with `vpce-`", "write the endpoint's ID, or test `aws:SourceVpc`")
                .filter(|_| wrong)
        }
        Some(ValueForm::Vpc) => {
            let wrong = !may_start_with(pattern, "vpc-");
            never("is not a VPC ID, which begins with `vpc-`", "write the VPC's ID, or test `aws:SourceVpce`").filter(|_| wrong)
        }
        Some(ValueForm::Service) => service(key, pattern),
        Some(ValueForm::Region) => region(pattern),
        Some(ValueForm::Encryption) => {
            let known = pattern.as_exact().is_none_or(|text| text == "AES256" || text.starts_with("aws:"));
            never("is not an encryption that S3 supports", "write `AES256`, `aws:kms` or `aws:kms:dsse`").filter(|_| !known)
        }
        Some(ValueForm::NameOrArn) => None,
        Some(ValueForm::Address | ValueForm::Arn | ValueForm::InstanceType | ValueForm::RecordName | ValueForm::Tag) | None => {
            let arn = catalog::condition_key(key).is_some_and(|known| known.value_type() == KeyType::Arn);
            not_arn(pattern).filter(|_| arn)
        }
    }
}

/// A text that is compared without case, in the case of the key's values: `aws:kms` for `AWS:KMS`.
pub fn as_known(key: &str, pattern: &Pattern) -> Pattern {
    let Some(text) = pattern.as_exact() else { return pattern.clone() };
    let known = match catalog::value_form(key) {
        Some(ValueForm::PrincipalType) => catalog::principal_types().iter().find(|known| known.eq_ignore_ascii_case(text)).copied(),
        Some(ValueForm::Encryption) => Some("AES256").filter(|known| known.eq_ignore_ascii_case(text)),
        _ => None,
    };
    Pattern::exact(&known.map_or_else(|| text.to_ascii_lowercase(), str::to_owned))
}

/// The pattern of a value that is the `arn` of a resource: whatever its text is, it is an ARN.
fn of_arn_attribute(pattern: &Pattern) -> Option<Pattern> {
    let [Segment::Hole(hole)] = pattern.segments() else { return None };
    let id = hole.id.as_deref()?;
    let address = id.rsplit_once(':').map_or(id, |(_, address)| address);
    let is_of_resource = address.starts_with("aws_") || address.starts_with("data.aws_");
    (is_of_resource && address.ends_with(".arn")).then(|| PatternBuilder::new().text("arn:", Mode::LITERAL).hole(hole.clone()).finish())
}

fn not_arn(pattern: &Pattern) -> Option<Never> {
    never("is not an ARN, which begins with `arn:`", "write the whole ARN").filter(|_| !may_start_with(pattern, "arn:"))
}

/// Whether `*` and `?` are never in a value of the key, so that a test without wildcards for one that holds them is a mistake.
pub fn has_no_wildcards(key: &str, pattern: &Pattern) -> bool {
    // Names of records are normalized: the star of a wildcard record is `\052` (of `*.` tells `route53-value-not-normalized`).
    let of_any_name = ValueForm::RecordName.is_of(key) && pattern.literal_prefix().starts_with("*.");
    if of_any_name || is_key(key, &["aws:SourceArn"]) && is_for_bills(pattern) {
        return false;
    }
    let arn = catalog::condition_key(key).is_some_and(|known| known.value_type() == KeyType::Arn);
    arn || catalog::value_form(key).is_some_and(ValueForm::has_no_wildcards) || issuer_and_claim(key).is_some()
}

/// `definition/*` and `export/*` are the sources that AWS's billing names in its requests to write a report, star and all: the policy that
/// it sets for a bucket asks for them with StringEquals (AWS Cost and Usage Reports User Guide, "Setting up an Amazon S3 bucket").
fn is_for_bills(pattern: &Pattern) -> bool {
    Arn::split(pattern).is_some_and(|arn| matches!(arn.service.as_exact(), Some("cur" | "bcm-data-exports")))
}

fn is_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '+' | '=' | ',' | '.' | '@' | '-')
}

/// Whether the pattern's own text has a character that no value has.
fn stranger(pattern: &Pattern, known: impl Fn(char) -> bool) -> bool {
    literals(pattern).any(|text| text.chars().any(|character| !known(character)))
}

fn literals(pattern: &Pattern) -> impl Iterator<Item = &str> {
    pattern.segments().iter().filter_map(|segment| match segment {
        Segment::Literal(text) => Some(&**text),
        _ => None,
    })
}

/// Whether a text that begins so may match: as far as the pattern is plain text at its start.
fn may_start_with(pattern: &Pattern, start: &str) -> bool {
    let own = pattern.literal_prefix();
    match pattern.as_exact() {
        Some(text) => text.starts_with(start),
        None => own.starts_with(start) || start.starts_with(own),
    }
}

/// A service's principal; of `kms:ViaService` with a region ("AWS KMS condition keys": `s3.us-east-1.amazonaws.com`).
fn service(key: &str, pattern: &Pattern) -> Option<Never> {
    let text = pattern.as_exact()?;
    if !text.contains('.') {
        let help = "write the service's principal, such as `ec2.amazonaws.com`";
        return never("is not a service principal, which ends like `.amazonaws.com`", help);
    }
    if is_key(key, &["kms:ViaService"]) {
        let alone = text.strip_suffix(".amazonaws.com").filter(|service| !service.contains('.'))?;
        let help =
            format!("write the region, too, such as `{alone}.eu-central-1.amazonaws.com`, or `{alone}.*.amazonaws.com` with StringLike");
        return never("does not name a region, as the values of `kms:ViaService` do", &help);
    }
    let meant = catalog::meant_service_principal(text).filter(|_| text.contains('.'))?;
    never("is not a service principal", &format!("did you mean `{meant}`?")).map(|never| never.instead(meant))
}

/// A zone of a region, a region without its hyphens, or one with a slip in one of its words.
fn region(pattern: &Pattern) -> Option<Never> {
    let text = pattern.as_exact()?;
    if let Some(meant) = hyphenated(text).filter(|meant| meant != text) {
        return never("is not a region", &format!("did you mean `{meant}`?")).map(|never| never.instead(meant));
    }
    let (words, end) = text.rsplit_once('-')?;
    let (country, rest) = words.split_once('-')?;
    let plain = country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_lowercase());
    let number = end.trim_end_matches(|character: char| character.is_ascii_lowercase());
    if !plain || number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let is_known = |word: &str| catalog::region_words().contains(&word);
    if end.len() == number.len() + 1 && number.len() == 1 && rest.split('-').all(is_known) {
        let region = text.trim_end_matches(|character: char| character.is_ascii_lowercase());
        return never("is an availability zone, not a region", &format!("write the region: `{region}`")).map(|never| never.instead(region));
    }
    let meant = |word: &str| nearest(word, catalog::region_words().iter().copied()).filter(|_| !is_known(word));
    let mended: Vec<&str> = rest.split('-').map(|word| meant(word).unwrap_or(word)).collect();
    let mended = mended.join("-");
    let meant = format!("{country}-{mended}-{end}");
    never("is not a region", &format!("did you mean `{meant}`?")).map(|never| never.instead(meant)).filter(|_| mended != rest)
}

/// `eu-west-1` of `euwest1`, `us_east_1` and `EU-WEST-1`: a country, a known word and a number, with whatever between them.
fn hyphenated(text: &str) -> Option<String> {
    let plain: String = text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let between = text.chars().all(|character| character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | ' '));
    let (country, rest) = plain.split_at_checked(2).filter(|_| between)?;
    let (word, number) = rest.split_at_checked(rest.len().checked_sub(1)?)?;
    let is_region = country.bytes().all(|byte| byte.is_ascii_lowercase())
        && number.bytes().all(|byte| byte.is_ascii_digit())
        && catalog::region_words().contains(&word);
    is_region.then(|| format!("{country}-{word}-{number}"))
}

/// Whether a pattern of an ARN has fewer than its six parts, and ends in no star: an Arn operator compares part by part (IAM User Guide,
/// "IAM JSON policy elements: Condition operators").
pub fn has_too_few_parts(key: &str, pattern: &Pattern) -> bool {
    let arn = catalog::condition_key(key).is_some_and(|known| known.value_type() == KeyType::Arn);
    let colons: usize = literals(pattern).map(|text| text.matches(':').count()).sum();
    let plain = !pattern.has_hole() && !pattern.has_variable() && !matches!(pattern.segments().last(), Some(Segment::Star));
    arn && plain && pattern.literal_prefix().starts_with("arn:") && colons < 5
}

fn account(pattern: &Pattern) -> Option<Never> {
    let length = pattern.as_exact().is_some_and(|text| text.len() != 12);
    let wrong = length || stranger(pattern, |character| character.is_ascii_digit());
    never("is not an account ID: expected 12 digits", "write the account ID").filter(|_| wrong)
}

/// `AIDA…`, `AROA…:session`, an account's number, or that with the name of a federated user.
fn user_id(pattern: &Pattern) -> Option<Never> {
    let slash = "test `aws:PrincipalArn`, the role's ARN: most callers choose the session name themselves";
    if stranger(pattern, |character| is_name(character) || character == ':') {
        return never("is never in `aws:userid`: a session name can only contain letters, digits and `_+=,.@-`", slash);
    }
    let colons: usize = literals(pattern).map(|text| text.matches(':').count()).sum();
    never("is never in `aws:userid`, which has one colon at most", slash).filter(|_| colons > 1)
}

/// `o-…/r-…/ou-…/`, with a slash at the end.
fn path(pattern: &Pattern) -> Option<Never> {
    if !may_start_with(pattern, "o-") {
        return never("is not an organization path, which begins with the organization ID", "write `o-…/r-…/ou-…/`");
    }
    match pattern.segments().last() {
        Some(Segment::Literal(text)) if !text.ends_with('/') => {
            never("is not an organization path, which ends with `/`", "write `/` at its end, or `/*` for everything below")
        }
        _ => None,
    }
}

/// The ARN of a user, of a role (not of its session), of a federated user, or of an account's root user.
fn principal_arn(pattern: &Pattern) -> Option<Never> {
    if !may_start_with(pattern, "arn:") {
        return not_arn(pattern);
    }
    let arn = Arn::split(pattern)?;
    let role = arn.resource.literal_prefix().strip_prefix("assumed-role/")?;
    let name = role.split('/').next().filter(|name| !name.is_empty() && role.contains('/')).unwrap_or("NAME");
    let role = format!("arn:{}:iam::{}:role/{name}", arn.partition, arn.account);
    (arn.service.as_exact() == Some("sts")).then(|| Never {
        reason: "is the ARN of a session; `aws:PrincipalArn` is the ARN of the role",
        help: format!("write the role's ARN: `{role}`"),
        instead: Some(role).filter(|_| name != "NAME"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_never(key: &str, text: &str) -> bool {
        why_never(key, &Pattern::parse(text, Mode::ALL)).is_some()
    }

    #[test]
    fn session_names_have_no_slash() {
        assert!(is_never("aws:userid", "AROA*:Access/*"));
        assert!(is_never("AWS:UserId", "AROA1:a:b"));
        for text in ["AROAEXAMPLE:*", "AIDAEXAMPLE", "*:ci@example.com", "111111111111", "*", "AROA${aws:PrincipalTag/x}:y"] {
            assert!(!is_never("aws:userid", text), "{text}");
        }
        assert!(is_never("sts:RoleSessionName", "team/ci") && !is_never("sts:RoleSessionName", "team-*"));
    }

    #[test]
    fn accounts_and_organizations() {
        assert!(is_never("aws:SourceAccount", "11111111111") && is_never("aws:PrincipalAccount", "arn:aws:iam::111111111111:root"));
        assert!(!is_never("aws:SourceAccount", "111111111111") && !is_never("aws:SourceAccount", "1111*"));
        assert!(is_never("aws:PrincipalOrgID", "111111111111") && !is_never("aws:PrincipalOrgID", "o-a1b2c3d4e5"));
        assert!(is_never("aws:PrincipalOrgPaths", "o-a1/r-b2/ou-c3") && !is_never("aws:PrincipalOrgPaths", "o-a1/r-b2/ou-c3/*"));
        assert!(!is_never("aws:PrincipalOrgID", "o-*") && !is_never("aws:PrincipalOrgID", "*"));
    }

    #[test]
    fn regions() {
        for text in ["eu-central-1a", "eu-centrl-1", "us-est-1", "us-gov-wst-1", "eucentral1", "us-east1", "us_east_1", "EU-WEST-1"] {
            assert!(is_never("aws:RequestedRegion", text), "{text}");
        }
        for text in
            ["eu-central-1", "us-gov-west-1", "us-isob-east-1", "ap-southeast-7", "eusc-de-east-1", "us-west-2-lax-1", "xx-middle-1", "*"]
        {
            assert!(!is_never("aws:RequestedRegion", text), "{text}");
        }
    }

    #[test]
    fn services() {
        assert!(is_never("iam:PassedToService", "ec2.amazonaws.co") && is_never("aws:CalledVia", "cloudformatoin.amazonaws.com"));
        assert!(is_never("kms:ViaService", "s3.amazonaws.com") && !is_never("kms:ViaService", "s3.eu-west-1.amazonaws.com"));
        for text in
            ["ec2.amazonaws.com", "ec2.amazonaws.com.cn", "eks.amazonaws.com", "quite-new.amazonaws.com", "logs.eu-west-1.amazonaws.com"]
        {
            assert!(!is_never("iam:PassedToService", text), "{text}");
        }
    }

    #[test]
    fn arns() {
        assert!(is_never("aws:PrincipalArn", "arn:aws:sts::111111111111:assumed-role/ci/*"));
        assert!(is_never("aws:SourceArn", "111111111111") && is_never("aws:SourceArn", "s3.amazonaws.com"));
        for text in ["arn:aws:iam::111111111111:role/ci", "*", "*:role/ci", "a*", "arn:aws:iam::*:role/*"] {
            assert!(!is_never("aws:PrincipalArn", text), "{text}");
        }
    }
}
