//! What is wrong with an ARN by its form alone, whatever the service.
//!
//! Sources: "Amazon Resource Names (ARNs)" and "AWS JSON policy elements: Principal" in the IAM User Guide, and the checks "Missing ARN
//! field", "Invalid ARN prefix", "Invalid partition", "Invalid ARN Region", "Invalid ARN account" and "Invalid principal format" in
//! "IAM policy validation check reference".

use super::arn::Arn;
use super::document::Item;
use super::pattern::{Hole, HoleClass, Pattern, Segment};

/// What is wrong with a resource or principal. What source does not give is never wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ArnFault {
    /// White space before or behind it.
    Space,
    /// No ARN: `my-bucket`.
    Bare,
    /// Fewer than six fields: how many.
    Fields(usize),
    /// No partition of AWS's: `aws` and names that start with it.
    Partition(String),
    /// An account number, or the account in use, where the region belongs.
    AccountAsRegion(String),
    /// A region, or the region in use, where the account belongs.
    RegionAsAccount(String),
    /// An availability zone, `eu-west-1a`, where the region belongs, and its region.
    Zone { zone: String, region: String },
    /// Digits that are no account number, which has twelve.
    Account(String),
    /// A service as an AWS principal: `ec2.amazonaws.com`.
    ServiceAsAccount,
    /// An ARN that nobody can act as: a bucket's, a group's, a provider's.
    NobodysArn,
}

/// What is wrong with the form of a resource.
pub fn of_resource(item: &Item) -> Option<ArnFault> {
    let pattern = &item.pattern;
    if pattern.is_any() || is_placeholder(&item.text) {
        return None;
    }
    if has_space_around(pattern) {
        return Some(ArnFault::Space);
    }
    let start = pattern.literal_prefix();
    if !start.starts_with("arn:") {
        // Where a wildcard, a variable or a hole comes early, it may be all of `arn:`.
        let open = !pattern.is_exact() && (start.is_empty() || "arn:".starts_with(start));
        return (!open || begins_with_word(pattern)).then_some(ArnFault::Bare);
    }
    match Arn::split(pattern) {
        Some(arn) => of_fields(&arn),
        None => of_few_fields(pattern),
    }
}

/// Whether it begins with a word that source does not give, such as the name that AWS makes up for a bucket, and goes on without a colon:
/// no such word is `arn:`.
fn begins_with_word(pattern: &Pattern) -> bool {
    let mut rest = pattern.segments().iter().skip_while(|segment| is_word(segment));
    let goes_on = match rest.next() {
        None => true,
        Some(Segment::Literal(text)) => text.starts_with(['/', '.']),
        Some(_) => false,
    };
    goes_on && pattern.segments().first().is_some_and(is_word)
}

fn is_word(segment: &Segment) -> bool {
    matches!(segment, Segment::Hole(hole) if hole.class == HoleClass::Word)
}

/// What is wrong with a principal under `AWS`. One with a wildcard is another matter.
pub fn of_principal(item: &Item) -> Option<ArnFault> {
    let pattern = &item.pattern;
    if pattern.has_wildcard() || is_placeholder(&item.text) {
        return None;
    }
    if has_space_around(pattern) {
        return Some(ArnFault::Space);
    }
    let Some(arn) = Arn::split(pattern) else {
        return match pattern.as_exact() {
            Some(text) if text.starts_with("arn:") => of_few_fields(pattern),
            Some(text) => of_bare_principal(text),
            None => None,
        };
    };
    of_fields(&arn).or_else(|| {
        let service = arn.service.as_exact()?;
        let may_act: &[&str] = match service {
            "iam" => &["root", "user/", "role/"],
            "sts" => &["assumed-role/", "federated-user/", "self"],
            _ => &[],
        };
        (!starts_with_one(&arn.resource, may_act)).then_some(ArnFault::NobodysArn)
    })
}

/// An account number, a unique id such as `AROA…`, or no principal.
fn of_bare_principal(text: &str) -> Option<ArnFault> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let unique = text.len() >= 16 && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    match text {
        "" => Some(ArnFault::Bare),
        _ if digits => (text.len() != 12).then(|| ArnFault::Account(text.to_owned())),
        _ if unique => None,
        _ if text.ends_with(".amazonaws.com") => Some(ArnFault::ServiceAsAccount),
        _ => Some(ArnFault::Bare),
    }
}

/// Whether the pattern may start with one of `texts`, as far as it is known.
pub fn starts_with_one(pattern: &Pattern, texts: &[&str]) -> bool {
    let known = pattern.literal_prefix();
    let open = !pattern.is_exact();
    texts.iter().any(|text| known.starts_with(text) || open && text.starts_with(known))
}

fn of_few_fields(pattern: &Pattern) -> Option<ArnFault> {
    let text = pattern.as_exact()?;
    Some(ArnFault::Fields(text.split(':').count()))
}

fn of_fields(arn: &Arn) -> Option<ArnFault> {
    let in_use = |field: &Pattern, what: &str| (in_use(field) == Some(what)).then(|| format!("${{{what}}}"));
    let account_as_region = || in_use(&arn.region, "account").map(ArnFault::AccountAsRegion);
    let region_as_account = || in_use(&arn.account, "region").map(ArnFault::RegionAsAccount);
    let of_partition = of_partition(&arn.partition);
    let of_region = || arn.region.as_exact().and_then(of_region).or_else(account_as_region);
    let of_account = || arn.account.as_exact().and_then(of_account).or_else(region_as_account);
    of_partition.or_else(of_region).or_else(of_account)
}

/// Which fact of the provider a field is: `account` of `${data.aws_caller_identity.current.account_id}`.
fn in_use(field: &Pattern) -> Option<&str> {
    match field.segments() {
        [Segment::Hole(Hole { id: Some(id), class: HoleClass::Word })] => id.split_once('(').map(|(what, _)| what),
        _ => None,
    }
}

/// New partitions are all called `aws-…`.
fn of_partition(partition: &Pattern) -> Option<ArnFault> {
    let text = partition.as_exact()?;
    let known = text == "aws" || text.starts_with("aws-");
    (!known && !is_upper_case(text)).then(|| ArnFault::Partition(text.to_owned()))
}

fn of_region(text: &str) -> Option<ArnFault> {
    if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(ArnFault::AccountAsRegion(text.to_owned()));
    }
    let region = text.strip_suffix(|last: char| last.is_ascii_lowercase())?;
    is_region(region).then(|| ArnFault::Zone { zone: text.to_owned(), region: region.to_owned() })
}

/// `eu-west-1`, by its form: AWS makes new ones.
fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [country, middle @ .., number] = parts.as_slice() else { return false };
    let lower = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
    let named = country.len() == 2 && lower(country) && !middle.is_empty() && middle.iter().all(lower);
    named && number.len() == 1 && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// Twelve digits. Other words than regions are left alone: `aws`, `cloudfront`, and what people write for others to fill in.
fn of_account(text: &str) -> Option<ArnFault> {
    if is_region(text) {
        return Some(ArnFault::RegionAsAccount(text.to_owned()));
    }
    let numeric = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let good = text.len() == 12 && !text.contains('-');
    (numeric && !good).then(|| ArnFault::Account(text.to_owned()))
}

fn has_space_around(pattern: &Pattern) -> bool {
    let literal = |segment: Option<&Segment>, at: fn(&str) -> Option<char>| match segment {
        Some(Segment::Literal(text)) => at(text).is_some_and(char::is_whitespace),
        _ => false,
    };
    literal(pattern.segments().first(), |text| text.chars().next()) || literal(pattern.segments().last(), |text| text.chars().next_back())
}

/// What others are to fill in, in whatever way: `ACCOUNT_ID`, `<arn>`, `%BUCKET%`, `{{ arn }}`, `@ARN@`, `[arn]`.
fn is_placeholder(text: &str) -> bool {
    let word = !text.is_empty() && is_upper_case(text) && !is_made_up_by_aws(text);
    text.contains(['<', '>', '{', '}', '[', ']', '%', '@', '#']) && !text.contains("${") || word
}

/// The ID of a zone or a distribution: `Z0123456789ABCDEFGHIJ`.
fn is_made_up_by_aws(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    text.len() >= 10 && digits >= 3 && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn is_upper_case(text: &str) -> bool {
    let upper = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-');
    text.bytes().any(|byte| byte.is_ascii_uppercase()) && text.bytes().all(upper)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::policy::document::Place;
    use crate::policy::pattern::{Mode, PatternBuilder};

    fn item(text: &str) -> Item {
        Item { pattern: Pattern::parse(text, Mode::ALL), place: Place::default(), text: text.into() }
    }

    #[test]
    fn forms_of_resources() {
        let good = [
            "*",
            "arn:aws:s3:::b/*",
            "arn:aws:medialive:*",
            "arn:*:iam::*:role/x",
            "arn:aws-new:s3:::b",
            "${aws:PrincipalTag/arn}",
            "ar*",
            "arn:aws:sqs:eu-west-1:ACCOUNT_ID:q",
            "BUCKET_ARN",
            "<bucket>",
            "arn:aws:dynamodb:us-gov-west-1:111111111111:table/x",
            "arn:aws:iam::aws:policy/x",
        ];
        for text in good {
            assert_eq!(of_resource(&item(text)), None, "{text}");
        }
        let bad = [
            ("my-bucket", ArnFault::Bare),
            ("Z0123456789ABCDEFGHIJ", ArnFault::Bare),
            ("", ArnFault::Bare),
            ("my-bucket/*", ArnFault::Bare),
            (" arn:aws:s3:::b", ArnFault::Space),
            ("arn:aws:s3:::b\n", ArnFault::Space),
            ("arn:aws:s3::b", ArnFault::Fields(5)),
            ("arn::s3:::b", ArnFault::Partition("".into())),
            ("arn:amazon:s3:::b", ArnFault::Partition("amazon".into())),
            ("arn:aws:sqs:111111111111:eu-west-1:q", ArnFault::AccountAsRegion("111111111111".into())),
            ("arn:aws:sqs::eu-west-1:q", ArnFault::RegionAsAccount("eu-west-1".into())),
            ("arn:aws:sqs:*:us-gov-west-1:q", ArnFault::RegionAsAccount("us-gov-west-1".into())),
            ("arn:aws:sqs:eu-west-1b:111111111111:q", ArnFault::Zone { zone: "eu-west-1b".into(), region: "eu-west-1".into() }),
            ("arn:aws:iam::1111-1111-1111:role/x", ArnFault::Account("1111-1111-1111".into())),
            ("arn:aws:iam::11111111111:role/x", ArnFault::Account("11111111111".into())),
        ];
        for (text, fault) in bad {
            assert_eq!(of_resource(&item(text)), Some(fault), "{text}");
        }
    }

    #[test]
    fn forms_of_principals() {
        let good = [
            "*",
            "111111111111",
            "AROA1234567890EXAMPLE",
            "arn:aws:iam::111111111111:root",
            "arn:aws:iam::111111111111:role/a/b",
            "arn:aws:sts::111111111111:assumed-role/a/b",
            "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1",
            "arn:aws:iam::111111111111:role/*",
        ];
        for text in good {
            assert_eq!(of_principal(&item(text)), None, "{text}");
        }
        let bad = [
            ("arn:aws:iam::111111111111/role/x", ArnFault::Fields(5)),
            ("1111111111111", ArnFault::Account("1111111111111".into())),
            ("ec2.amazonaws.com", ArnFault::ServiceAsAccount),
            ("deploy", ArnFault::Bare),
            ("arn:aws:iam::111111111111:group/x", ArnFault::NobodysArn),
            ("arn:aws:s3:::b", ArnFault::NobodysArn),
            ("arn:aws:iam::111111111111:assumed-role/a/b", ArnFault::NobodysArn),
        ];
        for (text, fault) in bad {
            assert_eq!(of_principal(&item(text)), Some(fault), "{text}");
        }
    }

    #[test]
    fn what_source_does_not_give_is_not_wrong() {
        let hole = || Hole { id: None, class: HoleClass::Any };
        let build = |before: &str, after: &str| {
            let pattern = PatternBuilder::new().text(before, Mode::ALL).hole(hole()).text(after, Mode::ALL).finish();
            Item { pattern, place: Place::default(), text: format!("{before}…{after}").into() }
        };
        for (before, after) in [
            ("", ""),
            ("arn:aws:s3::", ""),
            ("arn:", ":iam::111111111111:root"),
            ("arn:aws:iam::", ":role/x"),
            ("arn", ":sts::111111111111:self"),
        ] {
            assert_eq!(of_resource(&build(before, after)), None, "{before}…{after}");
            assert_eq!(of_principal(&build(before, after)), None, "{before}…{after}");
        }
    }

    #[test]
    fn a_word_is_no_arn() {
        let of = |class: HoleClass, after: &str| {
            let pattern = PatternBuilder::new().hole(Hole { id: None, class }).text(after, Mode::ALL).finish();
            of_resource(&Item { pattern, place: Place::default(), text: format!("${{a.b.id}}{after}").into() })
        };
        for after in ["", "/*", ".dkr.ecr.eu-west-1.amazonaws.com/app"] {
            assert_eq!((of(HoleClass::Word, after), of(HoleClass::Any, after)), (Some(ArnFault::Bare), None), "{after}");
        }
        assert_eq!(of(HoleClass::Word, ":aws:s3:::b"), None);
    }

    #[test]
    fn account_and_region_in_use_in_each_other_s_place() {
        let build = |region: &str, account: &str| {
            let hole = |key: &str| Hole { id: Some(format!("{key}(:aws)").into()), class: HoleClass::Word };
            let pattern = PatternBuilder::new().text("arn:aws:sqs:", Mode::ALL).hole(hole(region)).text(":", Mode::ALL);
            let pattern = pattern.hole(hole(account)).text(":q", Mode::ALL).finish();
            let text = pattern.to_string();
            of_resource(&Item { pattern, place: Place::default(), text: text.into() })
        };
        assert_eq!(build("region", "account"), None);
        assert!(matches!(build("account", "region"), Some(ArnFault::AccountAsRegion(_))));
        assert!(matches!(build("region", "region"), Some(ArnFault::RegionAsAccount(_))));
        assert_eq!(build("region", "aws_organizations_account.x.id"), None);
    }

    proptest! {
        #[test]
        fn never_panics(text in "(arn:)?[ a-z0-9:*?/${}-]{0,40}") {
            let _ = (of_resource(&item(&text)), of_principal(&item(&text)));
        }

        #[test]
        fn a_good_arn_has_no_fault(service in "[a-z]{2,8}", region in "(|[a-z]{2}-[a-z]{4,7}-[1-9])", account in "(|[0-9]{12})", name in "[a-z/*-]{1,12}") {
            prop_assert_eq!(of_resource(&item(&format!("arn:aws:{service}:{region}:{account}:{name}"))), None);
        }
    }
}
