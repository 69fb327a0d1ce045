//! Kubernetes in the estate: what tells that an EKS cluster is there.

use std::collections::HashSet;

use crate::eval::value::Kind;
use crate::eval::{Evaluator, Resource};
use crate::policy::federation::Issuer;
use crate::policy::lower::pattern;
use crate::policy::pattern::Mode;
use crate::source::Span;
use crate::terraform::{CallSource, ModuleId, ResourceMode, Tree};

/// Something by which one knows that an EKS cluster is in use.
#[derive(Clone, Debug)]
pub struct Cluster {
    /// Its block's header.
    pub span: Span,
    /// As Terraform writes it.
    pub address: String,
}

/// Whether a resource or data source may be a cluster or its OpenID Connect provider.
pub(super) fn tells_of_a_cluster(mode: ResourceMode, kind: &str) -> bool {
    match mode {
        ResourceMode::Managed => matches!(kind, "aws_eks_cluster" | "aws_iam_openid_connect_provider"),
        ResourceMode::Data => kind == "aws_eks_cluster",
    }
}

/// What of a root module tells of a cluster: its resources, and calls of a registry's module for EKS that is not there.
pub(super) fn clusters(evaluator: &Evaluator, tree: &Tree, root: ModuleId, resources: &[Resource]) -> Vec<Cluster> {
    let is_cluster = |resource: &&Resource| match &*resource.kind {
        "aws_eks_cluster" => true,
        "aws_iam_openid_connect_provider" => is_of_eks(evaluator, resource),
        _ => false,
    };
    let found = resources.iter().filter(is_cluster);
    let mut clusters: Vec<Cluster> = found.map(|resource| Cluster { span: resource.header, address: resource.address.clone() }).collect();
    clusters.extend(called(tree, root));
    clusters
}

/// Issuers of EKS are `https://oidc.eks.<region>.amazonaws.com/id/<id>` (EKS User Guide, "Create an IAM OIDC provider for your cluster").
fn is_of_eks(evaluator: &Evaluator, resource: &Resource) -> bool {
    let Some(url) = evaluator.configured_attribute(resource.lazy, "url") else { return false };
    match &url.kind {
        Kind::String(text) => Issuer::of_url(&pattern(text, Mode::LITERAL)).is_of_cluster(),
        // Nothing else has such an attribute: `aws_eks_cluster.main[var.which].identity[0].oidc[0].issuer`.
        Kind::Unknown(unknown) => unknown.name().contains("aws_eks_cluster."),
        _ => false,
    }
}

/// Calls of modules for EKS, such as `terraform-aws-modules/eks/aws`, from all modules that the root calls.
fn called(tree: &Tree, root: ModuleId) -> Vec<Cluster> {
    let (mut seen, mut waiting, mut found) = (HashSet::from([root]), vec![root], Vec::new());
    while let Some(id) = waiting.pop() {
        let Some(module) = tree.module(id) else { continue };
        for (name, source) in tree.calls(id) {
            match source {
                CallSource::Local(called) if seen.insert(*called) => waiting.push(*called),
                CallSource::External(source) if is_eks_module(source) => {
                    let span = module.calls.get(name).map(|declaration| declaration.header());
                    found.extend(span.map(|span| Cluster { span, address: format!("module.{name}") }));
                }
                _ => {}
            }
        }
    }
    found
}

/// `<namespace>/eks/aws`, a registry's module, with its host before it or not.
fn is_eks_module(source: &str) -> bool {
    let source = source.split("//").next().unwrap_or(source);
    source.ends_with("/eks/aws") && source.split('/').count() <= 4
}
