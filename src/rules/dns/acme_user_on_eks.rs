use super::{CERT_MANAGER, is_client};
use crate::estate::{Estate, Identity, IdentityKind};
use crate::finding::{Category, Confidence, Severity, What};
use crate::policy::{Place, PrincipalKind};
use crate::rules::kit::rule::{Context, Rule};
use crate::source::Span;

rule! {
    AcmeUserOnEks, "acme-user-on-eks",
    summary: "an IAM user with permanent keys for cert-manager, whose service account could have a role",
    category: Category::Security,
    severity: Severity::Low,
    confidence: Confidence::Medium,
    supersedes: &["iam-user-access-key"],
    tags: &["cert-manager", "eks"],
}

impl Rule for AcmeUserOnEks {
    fn identity(&self, identity: &Identity, context: &mut Context) {
        // One that only an attachment names is made elsewhere.
        if identity.kind != IdentityKind::User || !identity.address.contains("aws_iam_user.") {
            return;
        }
        let Some((span, what)) = cluster(context.estate) else { return };
        if !is_client(identity, context.estate, CERT_MANAGER, &[]) {
            return;
        }
        let header = Place { span: identity.header, ..Place::default() };
        let place = identity.name.as_ref().filter(|name| name.pattern.is_exact()).map_or(&header, |name| &name.place);
        let uses = format!("uses keys of user `{}` that do not expire and can be copied out of the cluster", identity.shown_name());
        let finding = context.at(place, "is a user, whose keys work from everywhere").label(span, what).help(HELP);
        let finding = finding.says("cert-manager", What::Is(uses));
        context.report(finding);
    }
}

const HELP: &str = "use a role that the service account assumes by itself: with an aws_eks_pod_identity_association, or with a trust policy for \
                    sts:AssumeRoleWithWebIdentity on the cluster's OpenID Connect provider and the subject \
                    system:serviceaccount:cert-manager:cert-manager";

/// What tells that the estate has an EKS cluster.
fn cluster(estate: &Estate) -> Option<(Span, String)> {
    if let Some(cluster) = estate.clusters.first() {
        return Some((cluster.span, "is a cluster whose service accounts can have roles".to_owned()));
    }
    let principals = estate.policies.iter().flat_map(|attached| &attached.document.statements).flat_map(|statement| &statement.principals);
    let mut federated = principals.flat_map(|principals| &principals.items).filter(|principal| principal.kind == PrincipalKind::Federated);
    let provider = federated.find(|principal| principal.item.text.contains(":oidc-provider/oidc.eks."))?;
    Some((provider.item.place.span, "already gives roles to service accounts of a cluster".to_owned()))
}
