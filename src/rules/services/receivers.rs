//! What can be done to the resources that carry a policy, in words: what a caller that is let in can do.

use crate::policy::arn::Arn;
use crate::policy::{CarrierType, Document, Statement};

/// A kind of resource that has a policy of its own.
pub struct Receiver {
    /// The prefix of its service, as in its actions.
    pub service: &'static str,
    /// Beginnings of the names of Terraform's resources that carry its policy.
    carriers: &'static [&'static str],
    /// What people call it.
    noun: &'static str,
    /// Actions that do something for whoever calls them, and how one says that of it: `read objects of` a bucket. What tells or gives
    /// nothing away, such as `s3:GetBucketAcl`, is not here, nor what a service refuses to all other accounts whatever the policy says:
    /// `s3:PutBucketPolicy`, `sqs:SetQueueAttributes`, `kms:PutKeyPolicy` ("Cross-account use: No" in their API references).
    uses: &'static [(&'static str, &'static str)],
}

/// Source: the services' pages of the Service Authorization Reference. Vaults of AWS Backup are not here: it takes copies from accounts of
/// the same organisation alone, and refuses others all else (AWS Backup Developer Guide, "Vault access policies").
const RECEIVERS: &[Receiver] = &[
    Receiver {
        service: "s3",
        carriers: &["aws_s3_bucket", "aws_s3_access_point", "aws_s3control_"],
        noun: "bucket",
        uses: &[
            ("s3:GetObject", "read objects of"),
            ("s3:GetObjectVersion", "read objects of"),
            ("s3:PutObject", "write objects to"),
            ("s3:DeleteObject", "delete objects of"),
            ("s3:DeleteObjectVersion", "delete objects of"),
            ("s3:ListBucket", "list the objects of"),
        ],
    },
    Receiver {
        service: "sns",
        carriers: &["aws_sns_topic"],
        noun: "topic",
        uses: &[("sns:Publish", "publish to"), ("sns:Subscribe", "subscribe to"), ("sns:SetTopicAttributes", "change the attributes of")],
    },
    Receiver {
        service: "sqs",
        carriers: &["aws_sqs_queue"],
        noun: "queue",
        uses: &[
            ("sqs:SendMessage", "send messages to"),
            ("sqs:ReceiveMessage", "read messages of"),
            ("sqs:DeleteMessage", "delete messages of"),
            ("sqs:PurgeQueue", "empty"),
        ],
    },
    Receiver {
        service: "lambda",
        carriers: &["aws_lambda_permission"],
        noun: "function",
        uses: &[
            ("lambda:InvokeFunction", "call"),
            ("lambda:InvokeFunctionUrl", "call the URL of"),
            ("lambda:UpdateFunctionCode", "change the code of"),
        ],
    },
    Receiver {
        service: "lambda",
        carriers: &["aws_lambda_layer_version_permission"],
        noun: "layer",
        uses: &[("lambda:GetLayerVersion", "read")],
    },
    Receiver {
        service: "kms",
        carriers: &["aws_kms_"],
        noun: "key",
        uses: &[
            ("kms:Decrypt", "decrypt with"),
            ("kms:Encrypt", "encrypt with"),
            ("kms:GenerateDataKey", "encrypt with"),
            ("kms:CreateGrant", "let others use"),
        ],
    },
    Receiver {
        service: "ecr",
        carriers: &["aws_ecr_"],
        noun: "repository",
        uses: &[("ecr:BatchGetImage", "pull images of"), ("ecr:PutImage", "push images to"), ("ecr:BatchDeleteImage", "delete images of")],
    },
    Receiver {
        service: "secretsmanager",
        carriers: &["aws_secretsmanager_"],
        noun: "secret",
        uses: &[("secretsmanager:GetSecretValue", "read"), ("secretsmanager:PutSecretValue", "change")],
    },
    Receiver {
        service: "events",
        carriers: &["aws_cloudwatch_event_"],
        noun: "event bus",
        uses: &[("events:PutEvents", "send events to"), ("events:PutRule", "make rules on")],
    },
    Receiver {
        service: "logs",
        carriers: &["aws_cloudwatch_log_"],
        noun: "log groups",
        uses: &[("logs:PutLogEvents", "write to"), ("logs:PutSubscriptionFilter", "send logs to")],
    },
    Receiver {
        service: "ses",
        carriers: &["aws_ses"],
        noun: "identity",
        uses: &[("ses:SendEmail", "send mail as"), ("ses:SendRawEmail", "send mail as")],
    },
    Receiver {
        service: "dynamodb",
        carriers: &["aws_dynamodb_"],
        noun: "table",
        uses: &[
            ("dynamodb:GetItem", "read"),
            ("dynamodb:Scan", "read"),
            ("dynamodb:PutItem", "write to"),
            ("dynamodb:DeleteItem", "delete from"),
            ("dynamodb:ExportTableToPointInTime", "export"),
        ],
    },
    Receiver {
        service: "kinesis",
        carriers: &["aws_kinesis_"],
        noun: "stream",
        uses: &[("kinesis:GetRecords", "read"), ("kinesis:PutRecord", "write to"), ("kinesis:PutRecords", "write to")],
    },
    Receiver { service: "apigateway", carriers: &["aws_api_gateway_"], noun: "API", uses: &[("execute-api:Invoke", "call")] },
    Receiver {
        service: "codeartifact",
        carriers: &["aws_codeartifact_"],
        noun: "repository",
        uses: &[
            ("codeartifact:ReadFromRepository", "read packages of"),
            ("codeartifact:GetAuthorizationToken", "get tokens for"),
            ("codeartifact:PublishPackageVersion", "publish packages to"),
        ],
    },
    Receiver {
        service: "glacier",
        carriers: &["aws_glacier_"],
        noun: "vault",
        uses: &[("glacier:InitiateJob", "read"), ("glacier:UploadArchive", "write to"), ("glacier:DeleteArchive", "delete from")],
    },
    Receiver {
        service: "glue",
        carriers: &["aws_glue_"],
        noun: "catalog",
        uses: &[("glue:GetTable", "read"), ("glue:UpdateTable", "change"), ("glue:AuthorizeInboundIntegration", "make integrations with")],
    },
    Receiver { service: "kafka", carriers: &["aws_msk_"], noun: "cluster", uses: &[("kafka:CreateVpcConnection", "connect to")] },
    Receiver {
        service: "mediastore",
        carriers: &["aws_media_store_"],
        noun: "container",
        uses: &[("mediastore:GetObject", "read objects of"), ("mediastore:PutObject", "write objects to")],
    },
    Receiver { service: "xray", carriers: &["aws_xray_"], noun: "traces", uses: &[("xray:PutTraceSegments", "write to")] },
];

/// What the resources are whose policy a document is: by its carrier, in a file by the actions of the statement.
pub fn receiver(document: &Document, statement: &Statement) -> Option<&'static Receiver> {
    let by_carrier = |receiver: &&Receiver| receiver.carriers.iter().any(|carrier| document.carrier.resource().starts_with(carrier));
    RECEIVERS.iter().filter(by_carrier).max_by_key(|receiver| receiver.carriers.iter().map(|carrier| carrier.len()).max()).or_else(|| {
        let actions = statement.actions.iter().flat_map(|actions| &actions.items);
        let mut services = actions.filter_map(|item| item.pattern.literal_prefix().split_once(':').map(|(service, _)| service));
        let first = services.next().filter(|_| document.carrier == CarrierType::File)?;
        RECEIVERS.iter().find(|receiver| receiver.service.eq_ignore_ascii_case(first))
    })
}

impl Receiver {
    /// The harmful actions that a statement certainly allows, with the words for them.
    pub fn allowed(&self, statement: &Statement) -> Vec<(&'static str, &'static str)> {
        let mut allowed: Vec<(&str, &str)> = Vec::new();
        for (action, words) in self.uses {
            if statement.covers_action(action).certainly() && is_reached(action, statement) {
                allowed.push((action, words));
            }
        }
        allowed
    }

    /// What `words` says beside whose policy it is: an action for each of the words that it has, and whether there are more.
    pub fn facts(&self, allowed: &[(&str, &str)]) -> Vec<&'static str> {
        let words = distinct(allowed);
        let action = |words: &&str| self.uses.iter().find(|(_, each)| each == words).map(|(action, _)| *action);
        words.iter().take(2).filter_map(action).chain((words.len() > 2).then_some("more")).collect()
    }

    /// ``read objects of and write objects to bucket `aws_s3_bucket.x` ``
    pub fn words(&self, allowed: &[(&str, &str)], document: &Document) -> String {
        let done = match distinct(allowed).as_slice() {
            [] => "use".to_owned(),
            [only] => (*only).to_owned(),
            [first, second] => format!("{first} and {second}"),
            [first, second, ..] => format!("{first}, {second} and otherwise use"),
        };
        let bearer = ["_policy", "_permission"].iter().any(|end| document.carrier.resource().ends_with(end));
        let of = if bearer { format!("the {} of", self.noun) } else { self.noun.to_owned() };
        format!("{done} {of} `{}`", document.address)
    }
}

/// The words for some actions, each once.
fn distinct<'w>(allowed: &[(&str, &'w str)]) -> Vec<&'w str> {
    let mut words: Vec<&str> = Vec::new();
    for (_, each) in allowed {
        if !words.contains(each) {
            words.push(each);
        }
    }
    words
}

/// Whether an action on a bucket's objects can be about what the statement's resources are: `arn:aws:s3:::logs` is the bucket, and none of
/// its objects; `arn:aws:s3:::logs/*` are its objects alone. What is not known can be either.
fn is_reached(action: &str, statement: &Statement) -> bool {
    let Some(resources) = statement.resources.as_ref().filter(|resources| !resources.negated && resources.gap.is_none()) else {
        return true;
    };
    if !action.starts_with("s3:") {
        return true;
    }
    let of_bucket = action == "s3:ListBucket";
    resources.items.iter().any(|item| {
        let (in_objects, open) = match Arn::split(&item.pattern) {
            Some(arn) => (arn.resource.literal_prefix().contains('/'), arn.resource.has_hole() || arn.resource.has_wildcard()),
            None => (item.text.ends_with("/*"), !is_arn_of_bucket(&item.text)),
        };
        if of_bucket { !in_objects } else { in_objects || open }
    })
}

/// `${aws_s3_bucket.logs.arn}`, of a bucket whose name source does not give.
fn is_arn_of_bucket(text: &str) -> bool {
    text.starts_with("${") && text.contains("aws_s3_bucket.") && text.ends_with(".arn}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog;

    #[test]
    fn every_action_is_one_of_aws() {
        for (action, _) in RECEIVERS.iter().flat_map(|receiver| receiver.uses) {
            assert!(catalog::action(action).is_some(), "{action}");
        }
    }
}
