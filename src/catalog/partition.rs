//! Partitions: groups of regions, each with an IAM of its own ("A partition is a group of AWS Regions. Each AWS account is scoped to one
//! partition", "Amazon Resource Names" in the IAM User Guide, reference-arns).

/// What regions outside of the partition `aws` begin with, by what AWS's SDKs tell them apart.
const OF_REGIONS: [(&str, &str); 7] = [
    ("cn-", "aws-cn"),
    ("us-gov-", "aws-us-gov"),
    ("us-iso-", "aws-iso"),
    ("us-isob-", "aws-iso-b"),
    ("eu-isoe-", "aws-iso-e"),
    ("us-isof-", "aws-iso-f"),
    ("eusc-", "aws-eusc"),
];

/// What regions of the partition `aws` begin with: `eu-west-1`. AWS makes new ones, and a new start may be that of a new partition.
const COUNTRIES: [&str; 9] = ["af", "ap", "ca", "eu", "il", "me", "mx", "sa", "us"];

/// The partition of a region; nothing for what may be none.
pub fn partition_of(region: &str) -> Option<&'static str> {
    let own = OF_REGIONS.iter().find(|(start, _)| region.starts_with(start)).map(|(_, partition)| *partition);
    own.or_else(|| is_commercial(region).then_some("aws"))
}

/// `eu-west-1`: a country, one word and a number.
fn is_commercial(region: &str) -> bool {
    let parts: Vec<&str> = region.split('-').collect();
    let [country, word, number] = parts.as_slice() else { return false };
    let is_word = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
    COUNTRIES.contains(country) && is_word && !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::partition_of;

    #[test]
    fn a_region_is_in_one_partition() {
        let of = [
            ("eu-west-1", Some("aws")),
            ("ap-southeast-5", Some("aws")),
            ("cn-northwest-1", Some("aws-cn")),
            ("us-gov-east-1", Some("aws-us-gov")),
            ("us-isob-east-1", Some("aws-iso-b")),
            ("eusc-de-east-1", Some("aws-eusc")),
            ("us-new-east-1", None),
            ("xx-west-1", None),
            ("*", None),
            ("", None),
        ];
        for (region, partition) in of {
            assert_eq!(partition_of(region), partition, "{region}");
        }
    }
}
