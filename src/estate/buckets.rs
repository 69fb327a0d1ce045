//! What source says of buckets beside their policies: whether they are meant to be public.

use std::collections::HashMap;

use super::ids::RefKey;
use crate::eval::value::Value;
use crate::eval::{Evaluator, Resource};
use crate::terraform::ResourceMode;
use crate::truth::Truth;

/// What is said of a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Amazon S3 refuses a public policy, or does not heed it, because public access is blocked (Amazon S3 User Guide, "Blocking public
    /// access to your Amazon S3 storage"). `Unknown` where source does not say.
    pub refuses_public_policy: Truth,
    /// It is a website, has an ACL for everybody, or says in so many words that public policies are not blocked.
    pub is_public_on_purpose: Truth,
}

impl Default for Bucket {
    fn default() -> Bucket {
        Bucket { refuses_public_policy: Truth::No, is_public_on_purpose: Truth::No }
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
pub(super) fn buckets(evaluator: &Evaluator, resources: &[Resource]) -> HashMap<String, Bucket> {
    let mut by_name: HashMap<RefKey, Bucket> = HashMap::new();
    let mut of_account = Truth::No;
    for resource in resources {
        let said = match &*resource.kind {
            "aws_s3_account_public_access_block" => {
                of_account = of_account.or(blocks(evaluator, resource));
                continue;
            }
            "aws_s3_bucket_public_access_block" => Bucket {
                refuses_public_policy: blocks(evaluator, resource),
                is_public_on_purpose: set(evaluator, resource, "block_public_policy").is_some_and(|set| set == Truth::No).into(),
            },
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
            known.refuses_public_policy = known.refuses_public_policy.or(said.refuses_public_policy);
            known.is_public_on_purpose = known.is_public_on_purpose.or(said.is_public_on_purpose);
        }
    }
    let policies = resources.iter().filter(|resource| matches!(&*resource.kind, "aws_s3_bucket" | "aws_s3_bucket_policy"));
    let of_policy = |resource: &Resource| {
        let found = names(evaluator, resource).into_iter().filter_map(|key| by_name.get(&key).copied());
        let all = found.fold(Bucket::default(), |all, one| Bucket {
            refuses_public_policy: all.refuses_public_policy.or(one.refuses_public_policy),
            is_public_on_purpose: all.is_public_on_purpose.or(one.is_public_on_purpose),
        });
        (resource.address.clone(), Bucket { refuses_public_policy: all.refuses_public_policy.or(of_account), ..all })
    };
    policies.map(of_policy).collect()
}

/// All that the bucket of a resource is known by.
fn names(evaluator: &Evaluator, resource: &Resource) -> Vec<RefKey> {
    let attributes: &[&str] = if &*resource.kind == "aws_s3_bucket" { &["bucket", "id"] } else { &["bucket"] };
    attributes.iter().flat_map(|name| RefKey::of(&evaluator.attribute(resource.lazy, name))).collect()
}

/// Whether public policies are refused, or not heeded.
fn blocks(evaluator: &Evaluator, resource: &Resource) -> Truth {
    let set = |name: &str| set(evaluator, resource, name).unwrap_or(Truth::No);
    set("block_public_policy").or(set("restrict_public_buckets"))
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
