//! What source says of buckets beside their policies: whether they are meant to be public.

use std::collections::HashMap;

use super::account::AccountRef;
use super::ids::RefKey;
use super::organization::is_same as is_same_account;
use crate::eval::value::Value;
use crate::eval::{Beside, Evaluator, Presence, Resource};
use crate::policy::lower::reference;
use crate::source::Span;
use crate::terraform::ResourceMode;
use crate::truth::Truth;

/// What is said of a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Amazon S3 refuses a public policy, or does not heed it, because public access is blocked (Amazon S3 User Guide, "Blocking public
    /// access to your Amazon S3 storage"). `Unknown` where source does not say.
    pub refuses_public_policy: Truth,
    /// The block of public access that may do so.
    pub perhaps_by: Option<Span>,
    /// It is a website, has an ACL for everybody, or says in so many words that public policies are not blocked.
    pub is_public_on_purpose: Truth,
}

impl Default for Bucket {
    fn default() -> Bucket {
        Bucket { refuses_public_policy: Truth::No, perhaps_by: None, is_public_on_purpose: Truth::No }
    }
}

/// Resources that say something of a bucket.
pub(super) fn tells_of_a_bucket(mode: ResourceMode, kind: &str) -> bool {
    mode == ResourceMode::Managed
        && matches!(
            kind,
            "aws_s3_account_public_access_block"
                | "aws_s3_bucket"
                | "aws_s3_bucket_acl"
                | "aws_s3_bucket_public_access_block"
                | "aws_s3_bucket_website_configuration"
        )
}

/// What is said of the bucket of each policy, by the address of the policy's carrier.
pub(super) fn buckets(evaluator: &Evaluator, resources: &[Resource], account: &dyn Fn(&Resource) -> AccountRef) -> HashMap<String, Bucket> {
    let mut by_name: HashMap<RefKey, Bucket> = HashMap::new();
    let mut blocks_by_name: HashMap<RefKey, Vec<Block>> = HashMap::new();
    let mut of_accounts: Vec<(AccountRef, Block)> = Vec::new();
    for resource in resources {
        let said = match &*resource.kind {
            "aws_s3_account_public_access_block" => {
                let named = evaluator.configured_attribute(resource.lazy, "account_id").filter(|value| !value.is_null());
                let whose = named.and_then(|id| reference(&id)).map(|id| AccountRef::of(&id.pattern));
                of_accounts.push((whose.unwrap_or_else(|| account(resource)), Block::of(evaluator, resource)));
                continue;
            }
            "aws_s3_bucket_public_access_block" => {
                for key in names(evaluator, resource) {
                    blocks_by_name.entry(key).or_default().push(Block::of(evaluator, resource));
                }
                let is_open = set(evaluator, resource, "block_public_policy").is_some_and(|set| set == Truth::No);
                Bucket { is_public_on_purpose: is_open.into(), ..Bucket::default() }
            }
            "aws_s3_bucket_website_configuration" => Bucket { is_public_on_purpose: Truth::Yes, ..Bucket::default() },
            "aws_s3_bucket_acl" => Bucket { is_public_on_purpose: has_public_acl(evaluator, resource), ..Bucket::default() },
            "aws_s3_bucket" => {
                let website = evaluator.configured_attribute(resource.lazy, "website").is_some_and(|blocks| is_there(&blocks));
                Bucket { is_public_on_purpose: Truth::from(website).or(has_public_acl(evaluator, resource)), ..Bucket::default() }
            }
            _ => continue,
        };
        for key in names(evaluator, resource) {
            let known = by_name.entry(key).or_default();
            known.is_public_on_purpose = known.is_public_on_purpose.or(said.is_public_on_purpose);
        }
    }
    let policies = resources.iter().filter(|resource| matches!(&*resource.kind, "aws_s3_bucket" | "aws_s3_bucket_policy"));
    let of_policy = |resource: &Resource| {
        let (own, presence, names) = (account(resource), evaluator.presence(resource), names(evaluator, resource));
        let purposes = names.iter().filter_map(|key| by_name.get(key)).map(|bucket| bucket.is_public_on_purpose);
        let blocks = names.iter().filter_map(|key| blocks_by_name.get(key)).flatten().map(|block| (block.beside(&presence), block.header));
        // The block of an account is for the buckets of that account.
        let of_account = of_accounts.iter().map(|(other, block)| (is_same_account(&own, other).and(block.beside(&presence)), block.header));
        let blocks: Vec<(Truth, Span)> = blocks.chain(of_account).collect();
        let bucket = Bucket {
            refuses_public_policy: Truth::any(blocks.iter().map(|(refuses, _)| *refuses)),
            perhaps_by: blocks.iter().find(|(refuses, _)| *refuses == Truth::Unknown).map(|(_, header)| *header),
            is_public_on_purpose: Truth::any(purposes),
        };
        (resource.address.clone(), bucket)
    };
    policies.map(of_policy).collect()
}

/// All that the bucket of a resource is known by.
fn names(evaluator: &Evaluator, resource: &Resource) -> Vec<RefKey> {
    let attributes: &[&str] = if &*resource.kind == "aws_s3_bucket" { &["bucket", "id"] } else { &["bucket"] };
    attributes.iter().flat_map(|name| RefKey::of(&evaluator.attribute(resource.lazy, name))).collect()
}

/// A block of public access.
struct Block {
    /// Whether public policies are refused, or not heeded.
    refuses: Truth,
    presence: Presence,
    header: Span,
}

impl Block {
    fn of(evaluator: &Evaluator, resource: &Resource) -> Block {
        let set = |name: &str| set(evaluator, resource, name).unwrap_or(Truth::No);
        let refuses = set("block_public_policy").or(set("restrict_public_buckets"));
        Block { refuses, presence: evaluator.presence(resource), header: resource.header }
    }

    /// The same where something else is there.
    fn beside(&self, given: &Presence) -> Truth {
        let is_there = match self.presence.beside(given) {
            Beside::Always => Truth::Yes,
            Beside::Perhaps(_) => Truth::Unknown,
            Beside::Never => Truth::No,
        };
        self.refuses.and(is_there)
    }
}

/// What an argument is set to, if it is.
fn set(evaluator: &Evaluator, resource: &Resource, name: &str) -> Option<Truth> {
    let value = evaluator.configured_attribute(resource.lazy, name).filter(|value| !value.is_null())?;
    Some(value.known_bool().map_or(Truth::Unknown, Truth::from))
}

fn has_public_acl(evaluator: &Evaluator, resource: &Resource) -> Truth {
    let acl = evaluator.configured_attribute(resource.lazy, "acl").filter(|value| !value.is_null());
    match acl.as_ref().map(Value::known_string) {
        Some(Some(acl)) => acl.starts_with("public-").into(),
        Some(None) => Truth::Unknown,
        None => Truth::No,
    }
}

/// Whether there is a block, or may be.
fn is_there(blocks: &Value) -> bool {
    !blocks.is_null() && blocks.as_list().is_none_or(|list| !list.items.is_empty() || list.more.is_some())
}
