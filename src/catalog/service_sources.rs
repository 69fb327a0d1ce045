//! Which services say for whom they act: whether a service principal sends `aws:SourceArn` and `aws:SourceAccount` where a policy
//! lets it in.
//!
//! The IAM User Guide, "The confused deputy problem", asks for these keys wherever a service acts for somebody's resource; which
//! service sends them to what stands on the pages of each. The table is read of its readable form when it is first asked for.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::names::matches;
use super::principal::global_name;

/// What is known of a service principal and one kind of policy.
#[derive(Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct ServiceSource {
    /// Whether it sends any of `keys`.
    pub sends: Sends,
    /// The keys that AWS's page shows. A key that is not here may be sent all the same.
    pub keys: Vec<String>,
    /// What it calls there, as AWS's page has it: actions, and patterns of them. Empty where the service does nothing for others.
    #[serde(default)]
    actions: Vec<String>,
    /// What its `aws:SourceArn` looks like, in account 111111111111.
    pub arn: Option<String>,
    /// 1 if that ARN has the account in it, 0 if not.
    arn_account: Option<u8>,
    /// The page of AWS's that says so.
    pub page: String,
    pub sure: Sure,
    /// 1 if AWS lets the service act for resources of the receiver's own account alone: there is nobody to be confused by. So it is of
    /// EventBridge and functions: a rule of another account calls them with a role of that account, which the policy must let in itself
    /// (EventBridge User Guide, "Sending events to an AWS service in another account"). Not so of queues, which a rule of another account may
    /// have for its dead letters ("Using dead-letter queues to process undelivered events").
    #[serde(default)]
    within_account: u8,
    /// 1 if it writes into a bucket below `AWSLogs/` and the ID of the account that it acts for, which nobody can choose otherwise.
    #[serde(default)]
    writes_account: u8,
}

/// Whether a service says for whom it acts.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Sends {
    Yes,
    No,
    /// Others say so, and no page of AWS's was found.
    Unsure,
}

/// How a fact is known.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Sure {
    /// A policy on AWS's page has the condition.
    Example,
    /// AWS's page says it in words.
    Page,
    SecondHand,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    date: String,
    senders: BTreeMap<String, Sender>,
}

/// One service principal.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sender {
    /// The service in a word or two: `EventBridge`.
    pub name: String,
    /// By what receives its calls: `trust` for roles, else the prefix of the service whose resources carry the policy.
    to: BTreeMap<String, ServiceSource>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    // A test reads the same text, so that this is not empty.
    serde_json::from_str(include_str!("../../data/catalog/service-sources.json"))
        .unwrap_or_else(|_| Table { date: String::new(), senders: BTreeMap::new() })
});

impl Sender {
    /// What it sends to this kind of policy: `trust`, `sns`, `s3`. None if nobody knows.
    pub fn to(&self, receiver: &str) -> Option<&ServiceSource> {
        self.to.get(receiver)
    }

    /// All that is known of it, by receiver.
    pub fn receivers(&self) -> impl Iterator<Item = (&str, &ServiceSource)> {
        self.to.iter().map(|(receiver, source)| (receiver.as_str(), source))
    }
}

impl ServiceSource {
    /// Whether its `aws:SourceArn` has an account in it; those of S3 and Route 53 have none.
    pub fn arn_has_account(&self) -> Option<bool> {
        self.arn_account.map(|flag| flag == 1)
    }

    /// Whether the service is known to call this action (`s3:PutObject`) there.
    pub fn calls(&self, action: &str) -> bool {
        self.actions.iter().any(|known| matches(known, action))
    }

    /// Whether it writes objects below `AWSLogs/` and the account that it acts for.
    pub fn writes_account(&self) -> bool {
        self.writes_account == 1
    }

    /// Whether it acts for resources of the receiver's own account alone.
    pub fn is_within_account(&self) -> bool {
        self.within_account == 1
    }
}

/// What is known of a service principal, in whatever form it is written: `logs.eu-west-1.amazonaws.com` is `logs.amazonaws.com`.
pub fn sender(principal: &str) -> Option<&'static Sender> {
    let lower = principal.to_ascii_lowercase();
    TABLE.senders.get(&lower).or_else(|| TABLE.senders.get(&global_name(&lower)?))
}

/// The month of the table, as `YYYY-MM`.
pub fn senders_date() -> &'static str {
    &TABLE.date
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read_and_makes_sense() {
        assert!(TABLE.senders.len() > 100, "the table is read");
        for (principal, sender) in &TABLE.senders {
            assert_eq!(*principal, principal.to_ascii_lowercase());
            for (receiver, source) in sender.receivers() {
                let row = format!("{principal} {receiver}");
                assert!(source.page.starts_with("https://docs.aws.amazon.com/"), "{row}: {}", source.page);
                assert_eq!(source.keys.is_empty(), source.sends == Sends::No, "{row}");
                assert_eq!(source.sends == Sends::Unsure, source.sure == Sure::SecondHand, "{row}");
                assert!(source.sends != Sends::Yes || !source.actions.is_empty(), "{row}");
                assert!(source.arn.as_ref().is_none_or(|arn| arn.starts_with("arn:aws:")), "{row}");
                let account = source.arn.as_ref().map(|arn| arn.contains(":111111111111:"));
                assert!(account.is_none() || source.arn_has_account() == account, "{row}");
            }
        }
    }

    #[test]
    fn a_principal_is_found_in_each_of_its_forms() {
        for name in ["sns.amazonaws.com", "SNS.amazonaws.com", "sns.eu-west-1.amazonaws.com", "sns.amazonaws.com.cn"] {
            assert_eq!(sender(name).map(|sender| sender.name.as_str()), Some("SNS"), "{name}");
        }
        assert!(sender("sns.example.com").is_none());
        assert_eq!(sender("events.amazonaws.com").and_then(|events| events.to("sns")).map(|to| to.sends), Some(Sends::No));
    }
}
