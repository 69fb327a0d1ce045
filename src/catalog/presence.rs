//! Which condition keys a request carries, and which it can lack.
//!
//! Sources: the paragraphs "Availability" of the IAM User Guide's pages "AWS global condition context keys" and "IAM and AWS STS
//! condition context keys"; "AWS KMS condition keys"; "Using IAM policy conditions for fine-grained access control" of
//! Route 53; "Condition keys for Amazon S3".

/// Whether requests carry a condition key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// Every request to which the key can apply.
    Always,
    /// All but anonymous requests.
    Signed,
    /// All but requests that are made with long-term credentials, such as an IAM user's access keys: a role has none.
    Temporary,
    /// Not every request; who lacks it, as the subject of a sentence: "a call through a VPC endpoint".
    Sometimes(&'static str),
    /// AWS's documentation does not say, or it depends on the resource.
    Unknown,
}

impl Presence {
    /// Who lacks the key, as the subject of a sentence; nothing for nobody, or if it is not known.
    pub fn lacking(self) -> Option<&'static str> {
        match self {
            Presence::Always | Presence::Unknown => None,
            Presence::Signed => Some("an anonymous request"),
            Presence::Temporary => Some("a call with an IAM user's access keys"),
            Presence::Sometimes(who) => Some(who),
        }
    }
}

const DIRECT: Presence = Presence::Sometimes("a call that the caller makes directly");
const ENDPOINT: Presence = Presence::Sometimes("a call that does not come through a VPC endpoint");
const NO_SOURCE: Presence = Presence::Sometimes("a call that names no source");
const OUTSIDER: Presence = Presence::Sometimes("a caller outside of any organization");
const OUTSIDE_RESOURCE: Presence = Presence::Sometimes("a call on a resource outside of any organization");
const NOT_AWS: Presence = Presence::Sometimes("a caller that is not an AWS service");
const NO_INSTANCE: Presence = Presence::Sometimes("a call that is not made with the role of an EC2 instance");

/// Keys and their presence; a name that ends in `/` or `:` stands for all that begin with it. In order of their lower-case names.
const ROWS: &[(&str, Presence)] = &[
    ("aws:CalledVia", DIRECT),
    ("aws:CalledViaFirst", DIRECT),
    ("aws:CalledViaLast", DIRECT),
    ("aws:CurrentTime", Presence::Always),
    ("aws:Ec2InstanceSourcePrivateIPv4", NO_INSTANCE),
    ("aws:Ec2InstanceSourceVpc", NO_INSTANCE),
    ("aws:EpochTime", Presence::Always),
    ("aws:FederatedProvider", Presence::Sometimes("a caller that no identity provider has signed in")),
    ("aws:MultiFactorAuthAge", Presence::Sometimes("a call without MFA")),
    ("aws:MultiFactorAuthPresent", Presence::Temporary),
    ("aws:PrincipalAccount", Presence::Always),
    ("aws:PrincipalArn", Presence::Signed),
    ("aws:PrincipalIsAWSService", Presence::Signed),
    ("aws:PrincipalOrgID", OUTSIDER),
    ("aws:PrincipalOrgPaths", OUTSIDER),
    ("aws:PrincipalServiceName", NOT_AWS),
    ("aws:PrincipalServiceNamesList", NOT_AWS),
    ("aws:PrincipalTag/", Presence::Sometimes("a caller without the tag")),
    ("aws:PrincipalType", Presence::Always),
    ("aws:referer", Presence::Sometimes("a call that does not come from a link in a browser")),
    ("aws:RequestedRegion", Presence::Always),
    ("aws:RequestTag/", Presence::Sometimes("a call that does not send the tag")),
    ("aws:ResourceOrgID", OUTSIDE_RESOURCE),
    ("aws:ResourceOrgPaths", OUTSIDE_RESOURCE),
    ("aws:ResourceTag/", Presence::Sometimes("a call on a resource without the tag")),
    ("aws:SecureTransport", Presence::Always),
    ("aws:SourceAccount", NO_SOURCE),
    ("aws:SourceArn", NO_SOURCE),
    ("aws:SourceIdentity", Presence::Sometimes("a caller whose session has no source identity")),
    ("aws:SourceIp", Presence::Sometimes("a call through a VPC endpoint")),
    ("aws:SourceOrgID", NO_SOURCE),
    ("aws:SourceOrgPaths", NO_SOURCE),
    ("aws:SourceVpc", ENDPOINT),
    ("aws:SourceVpcArn", ENDPOINT),
    ("aws:SourceVpce", ENDPOINT),
    ("aws:TagKeys", Presence::Sometimes("a call that sends no tags")),
    ("aws:TokenIssueTime", Presence::Temporary),
    ("aws:UserAgent", Presence::Always),
    ("aws:userid", Presence::Always),
    ("aws:username", Presence::Sometimes("a caller that is not an IAM user")),
    ("aws:ViaAWSService", Presence::Always),
    ("aws:VpceAccount", ENDPOINT),
    ("aws:VpceOrgID", ENDPOINT),
    ("aws:VpceOrgPaths", ENDPOINT),
    ("aws:VpcSourceIp", ENDPOINT),
    ("ec2:RoleDelivery", NO_INSTANCE),
    ("ec2:SourceInstanceArn", NO_INSTANCE),
    ("iam:PermissionsBoundary", Presence::Sometimes("a call on an identity without a permissions boundary")),
    ("iam:PolicyARN", Presence::Always),
    ("kms:CallerAccount", Presence::Always),
    ("kms:EncryptionContext:", Presence::Sometimes("a call without that encryption context")),
    ("kms:ViaService", Presence::Sometimes("a call that reaches KMS directly")),
    ("lambda:SourceFunctionArn", Presence::Sometimes("a call that no Lambda function makes")),
    ("route53:ChangeResourceRecordSetsActions", Presence::Always),
    ("route53:ChangeResourceRecordSetsNormalizedRecordNames", Presence::Always),
    ("route53:ChangeResourceRecordSetsRecordTypes", Presence::Always),
    ("s3:ExistingObjectTag/", Presence::Sometimes("a call on an object without the tag")),
    ("s3:prefix", Presence::Sometimes("a listing of the whole bucket")),
    ("sts:ExternalId", Presence::Sometimes("a call without an external ID")),
    ("sts:RoleSessionName", Presence::Always),
    ("sts:SourceIdentity", Presence::Sometimes("a call that sets no source identity")),
];

/// Whether requests carry this condition key. Case does not count.
pub fn presence(key: &str) -> Presence {
    let row = ROWS.iter().find(|(name, _)| match name.strip_suffix(['/', ':']) {
        Some(_) => key.len() > name.len() && key.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name)),
        None => key.eq_ignore_ascii_case(name),
    });
    row.map_or(Presence::Unknown, |(_, presence)| *presence)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::condition_key;

    #[test]
    fn every_row_is_a_key_of_the_catalog_and_in_order() {
        for (name, presence) in ROWS {
            let written = if name.ends_with(['/', ':']) { format!("{name}x") } else { (*name).to_owned() };
            assert!(condition_key(&written).is_some(), "{name}");
            assert_eq!(super::presence(&written.to_ascii_uppercase()), *presence, "{name}");
        }
        let names: Vec<String> = ROWS.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
        assert!(names.is_sorted(), "{names:?}");
    }

    #[test]
    fn a_tag_needs_its_name() {
        assert_eq!(presence("aws:PrincipalTag/"), Presence::Unknown);
        assert_eq!(presence("ec2:InstanceType"), Presence::Unknown);
    }
}
