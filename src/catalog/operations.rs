//! Operations of AWS's APIs that are no actions: a policy allows them under other names.

/// Operations and the actions that they need, all of them (Amazon S3 User Guide, "Required permissions
/// for Amazon S3 API operations"; the permission pages of Bedrock, Budgets, KMS, Lambda, SNS and SQS).
const PERMISSIONS: &[(&str, &[&str])] = &[
    ("bedrock:Converse", &["bedrock:InvokeModel"]),
    ("bedrock:ConverseStream", &["bedrock:InvokeModelWithResponseStream"]),
    ("budgets:CreateBudget", &["budgets:ModifyBudget"]),
    ("budgets:DeleteBudget", &["budgets:ModifyBudget"]),
    ("budgets:DescribeBudget", &["budgets:ViewBudget"]),
    ("budgets:DescribeBudgets", &["budgets:ViewBudget"]),
    ("budgets:UpdateBudget", &["budgets:ModifyBudget"]),
    ("kms:ReEncrypt", &["kms:ReEncrypt*"]),
    ("lambda:Invoke", &["lambda:InvokeFunction"]),
    ("s3:CompleteMultipartUpload", &["s3:PutObject"]),
    ("s3:CopyObject", &["s3:GetObject", "s3:PutObject"]),
    ("s3:CreateMultipartUpload", &["s3:PutObject"]),
    ("s3:DeleteBucketLifecycle", &["s3:PutLifecycleConfiguration"]),
    ("s3:DeleteObjects", &["s3:DeleteObject"]),
    ("s3:GetBucketEncryption", &["s3:GetEncryptionConfiguration"]),
    ("s3:GetBucketLifecycle", &["s3:GetLifecycleConfiguration"]),
    ("s3:GetBucketLifecycleConfiguration", &["s3:GetLifecycleConfiguration"]),
    ("s3:GetBucketReplication", &["s3:GetReplicationConfiguration"]),
    ("s3:HeadBucket", &["s3:ListBucket"]),
    ("s3:HeadObject", &["s3:GetObject"]),
    ("s3:ListBuckets", &["s3:ListAllMyBuckets"]),
    ("s3:ListMultipartUploads", &["s3:ListBucketMultipartUploads"]),
    ("s3:ListObjects", &["s3:ListBucket"]),
    ("s3:ListObjectsV2", &["s3:ListBucket"]),
    ("s3:ListObjectVersions", &["s3:ListBucketVersions"]),
    ("s3:ListParts", &["s3:ListMultipartUploadParts"]),
    ("s3:PutBucketEncryption", &["s3:PutEncryptionConfiguration"]),
    ("s3:PutBucketLifecycle", &["s3:PutLifecycleConfiguration"]),
    ("s3:PutBucketLifecycleConfiguration", &["s3:PutLifecycleConfiguration"]),
    ("s3:PutBucketNotificationConfiguration", &["s3:PutBucketNotification"]),
    ("s3:PutBucketReplication", &["s3:PutReplicationConfiguration"]),
    ("s3:UploadPart", &["s3:PutObject"]),
    ("s3:UploadPartCopy", &["s3:GetObject", "s3:PutObject"]),
    ("sns:PublishBatch", &["sns:Publish"]),
    ("sqs:ChangeMessageVisibilityBatch", &["sqs:ChangeMessageVisibility"]),
    ("sqs:DeleteMessageBatch", &["sqs:DeleteMessage"]),
    ("sqs:SendMessageBatch", &["sqs:SendMessage"]),
];

/// The actions, or patterns of actions, that a policy allows an operation by, where that is none of its own name: `s3:GetObject` for
/// `s3:HeadObject`. All of them are needed. Case does not count. Not every service's operations are known.
pub fn permissions_of(operation: &str) -> Option<&'static [&'static str]> {
    PERMISSIONS.iter().find(|(name, _)| name.eq_ignore_ascii_case(operation)).map(|(_, permissions)| *permissions)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{action, expand};

    #[test]
    fn operations_are_no_actions_and_their_permissions_are() {
        for (operation, permissions) in PERMISSIONS {
            assert!(action(operation).is_none(), "{operation}");
            assert!(permissions.iter().all(|permission| expand(permission).next().is_some()), "{operation}");
            assert_eq!(permissions_of(&operation.to_ascii_uppercase()), Some(*permissions));
        }
        assert_eq!(permissions_of("s3:GetObject"), None);
    }
}
