//! Operations of AWS's APIs that are no actions: a policy allows them under other names.

/// Operations and the actions that they need, all of them (Amazon S3 User Guide, "Required permissions
/// for Amazon S3 API operations"; the permission pages of Bedrock, Budgets, DynamoDB, KMS, Lambda, SNS and SQS).
const PERMISSIONS: &[(&str, &[&str])] = &[
    ("bedrock:Converse", &["bedrock:InvokeModel"]),
    ("bedrock:ConverseStream", &["bedrock:InvokeModelWithResponseStream"]),
    ("budgets:CreateBudget", &["budgets:ModifyBudget"]),
    ("budgets:DeleteBudget", &["budgets:ModifyBudget"]),
    ("budgets:DescribeBudget", &["budgets:ViewBudget"]),
    ("budgets:DescribeBudgets", &["budgets:ViewBudget"]),
    ("budgets:UpdateBudget", &["budgets:ModifyBudget"]),
    ("dynamodb:TransactGetItems", &["dynamodb:GetItem"]),
    ("kms:ReEncrypt", &["kms:ReEncrypt*"]),
    ("lambda:Invoke", &["lambda:InvokeFunction"]),
    ("lambda:InvokeWithResponseStream", &["lambda:InvokeFunction"]),
    ("s3:CompleteMultipartUpload", &["s3:PutObject"]),
    ("s3:CopyObject", &["s3:GetObject", "s3:PutObject"]),
    ("s3:CreateMultipartUpload", &["s3:PutObject"]),
    ("s3:DeleteBucketCors", &["s3:PutBucketCORS"]),
    ("s3:DeleteBucketEncryption", &["s3:PutEncryptionConfiguration"]),
    ("s3:DeleteBucketLifecycle", &["s3:PutLifecycleConfiguration"]),
    ("s3:DeleteBucketReplication", &["s3:PutReplicationConfiguration"]),
    ("s3:DeleteBucketTagging", &["s3:PutBucketTagging"]),
    ("s3:DeleteObjects", &["s3:DeleteObject"]),
    ("s3:DeletePublicAccessBlock", &["s3:PutBucketPublicAccessBlock"]),
    ("s3:GetBucketAccelerateConfiguration", &["s3:GetAccelerateConfiguration"]),
    ("s3:GetBucketAnalyticsConfiguration", &["s3:GetAnalyticsConfiguration"]),
    ("s3:GetBucketEncryption", &["s3:GetEncryptionConfiguration"]),
    ("s3:GetBucketInventoryConfiguration", &["s3:GetInventoryConfiguration"]),
    ("s3:GetBucketLifecycle", &["s3:GetLifecycleConfiguration"]),
    ("s3:GetBucketLifecycleConfiguration", &["s3:GetLifecycleConfiguration"]),
    ("s3:GetBucketMetricsConfiguration", &["s3:GetMetricsConfiguration"]),
    ("s3:GetBucketNotificationConfiguration", &["s3:GetBucketNotification"]),
    ("s3:GetBucketReplication", &["s3:GetReplicationConfiguration"]),
    ("s3:GetObjectLockConfiguration", &["s3:GetBucketObjectLockConfiguration"]),
    ("s3:GetPublicAccessBlock", &["s3:GetBucketPublicAccessBlock"]),
    ("s3:HeadBucket", &["s3:ListBucket"]),
    ("s3:HeadObject", &["s3:GetObject"]),
    ("s3:ListBuckets", &["s3:ListAllMyBuckets"]),
    ("s3:ListMultipartUploads", &["s3:ListBucketMultipartUploads"]),
    ("s3:ListObjects", &["s3:ListBucket"]),
    ("s3:ListObjectsV2", &["s3:ListBucket"]),
    ("s3:ListObjectVersions", &["s3:ListBucketVersions"]),
    ("s3:ListParts", &["s3:ListMultipartUploadParts"]),
    ("s3:PutBucketAccelerateConfiguration", &["s3:PutAccelerateConfiguration"]),
    ("s3:PutBucketAnalyticsConfiguration", &["s3:PutAnalyticsConfiguration"]),
    ("s3:PutBucketEncryption", &["s3:PutEncryptionConfiguration"]),
    ("s3:PutBucketInventoryConfiguration", &["s3:PutInventoryConfiguration"]),
    ("s3:PutBucketLifecycle", &["s3:PutLifecycleConfiguration"]),
    ("s3:PutBucketLifecycleConfiguration", &["s3:PutLifecycleConfiguration"]),
    ("s3:PutBucketMetricsConfiguration", &["s3:PutMetricsConfiguration"]),
    ("s3:PutBucketNotificationConfiguration", &["s3:PutBucketNotification"]),
    ("s3:PutBucketReplication", &["s3:PutReplicationConfiguration"]),
    ("s3:PutObjectLockConfiguration", &["s3:PutBucketObjectLockConfiguration"]),
    ("s3:PutPublicAccessBlock", &["s3:PutBucketPublicAccessBlock"]),
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

/// The operations of a service, without its prefix, and what each is allowed by.
pub(super) fn operations(prefix: &str) -> impl Iterator<Item = (&'static str, &'static [&'static str])> {
    let of_service = move |(operation, needs): &(&'static str, &'static [&'static str])| {
        operation.split_once(':').filter(|(service, _)| service.eq_ignore_ascii_case(prefix)).map(|(_, name)| (name, *needs))
    };
    PERMISSIONS.iter().filter_map(of_service)
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
