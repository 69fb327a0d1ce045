//! Amazon Resource Names: `arn:partition:service:region:account:resource`.

use super::pattern::{Pattern, Segment, Segments};

/// The fields of an ARN pattern, wildcards, variables and holes kept. Source: "Amazon Resource Names (ARNs)" in the IAM User Guide.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Arn {
    pub partition: Pattern,
    pub service: Pattern,
    /// Empty for global services.
    pub region: Pattern,
    /// Empty where the resource's name is unique without it (S3 buckets).
    pub account: Pattern,
    /// All after the fifth colon, with further colons.
    pub resource: Pattern,
}

impl Arn {
    /// Splits at the first five colons that are written as such.
    ///
    /// A wildcard or unknown part between two of them is taken for (part of) that field, although IAM lets a `*` in a resource
    /// match colons as well: who writes `arn:aws:iam::*:role/x` means any account. Nothing for what does not start with `arn:`
    /// or has too few colons, such as `*`, `arn:aws:s3*` or an ARN that is unknown as a whole: their fields cannot be told.
    pub fn split(pattern: &Pattern) -> Option<Arn> {
        let [arn, partition, service, region, account, resource] = components(pattern)?;
        (arn.as_exact() == Some("arn")).then_some(Arn { partition, service, region, account, resource })
    }
}

/// What stands between the first five colons that are written as such, and the rest. None where there are fewer.
pub(super) fn components(pattern: &Pattern) -> Option<[Pattern; 6]> {
    let mut fields = Vec::with_capacity(6);
    let mut field = Segments::default();
    for segment in pattern.segments() {
        let Segment::Literal(text) = segment else {
            field.push(segment.clone());
            continue;
        };
        let mut rest = &**text;
        while fields.len() < 5
            && let Some((before, after)) = rest.split_once(':')
        {
            field.literal(before);
            fields.push(std::mem::take(&mut field).finish());
            rest = after;
        }
        field.literal(rest);
    }
    fields.push(field.finish());
    fields.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::pattern::{Hole, HoleClass, Mode, PatternBuilder};

    fn fields(text: &str) -> Option<[String; 5]> {
        let arn = Arn::split(&Pattern::parse(text, Mode::ALL))?;
        Some([arn.partition, arn.service, arn.region, arn.account, arn.resource].map(|field| field.to_string()))
    }

    #[test]
    fn splits_at_the_first_five_colons() {
        let some = |fields: [&str; 5]| Some(fields.map(str::to_owned));
        assert_eq!(fields("arn:aws:iam::123456789012:role/x"), some(["aws", "iam", "", "123456789012", "role/x"]));
        assert_eq!(fields("arn:aws:s3:::b/*:x"), some(["aws", "s3", "", "", "b/*:x"]));
        assert_eq!(fields("arn:aws:iam::*:role/x"), some(["aws", "iam", "", "*", "role/x"]));
        assert_eq!(
            fields("arn:aws:lo*:eu-?:${aws:PrincipalAccount}:log-group:a:*"),
            some(["aws", "lo*", "eu-?", "${aws:PrincipalAccount}", "log-group:a:*"])
        );
    }

    #[test]
    fn what_has_no_certain_fields_is_not_split() {
        for text in ["*", "", "arn:*", "arn:aws:iam::123*", "arn:aws:s3:::"] {
            assert_eq!(fields(text).is_some(), text == "arn:aws:s3:::", "{text}");
        }
        assert_eq!(fields("*:aws:iam::123456789012:role/x"), None);
        let hole = Hole { id: Some("bucket".into()), class: HoleClass::Any };
        assert_eq!(Arn::split(&PatternBuilder::new().hole(hole).text("/*", Mode::ALL).finish()), None);
    }

    #[test]
    fn holes_stay_in_their_field() {
        let account = Hole { id: Some("account".into()), class: HoleClass::Word };
        let pattern = PatternBuilder::new().text("arn:aws:iam::", Mode::ALL).hole(account.clone()).text(":role/x", Mode::ALL).finish();
        let arn = Arn::split(&pattern).unwrap();
        assert_eq!(arn.account, Pattern::hole(account));
        assert_eq!(arn.resource, Pattern::exact("role/x"));
    }
}
