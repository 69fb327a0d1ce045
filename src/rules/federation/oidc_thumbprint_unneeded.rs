use crate::config::Persona;
use crate::estate::Provider;
use crate::finding::{Category, Severity, What};
use crate::rules::kit::rule::{Context, Rule};

rule! {
    OidcThumbprintUnneeded, "oidc-thumbprint-unneeded",
    summary: "an identity provider with thumbprints that AWS ignores",
    category: Category::Security,
    severity: Severity::Info,
    persona: Persona::Pedantic,
    tags: &["federation"],
}

impl Rule for OidcThumbprintUnneeded {
    fn provider(&self, provider: &Provider, context: &mut Context) {
        let Some(thumbprints) = provider.thumbprints.as_ref().filter(|list| !list.items.is_empty() || !list.complete) else { return };
        let Some(issuer) = provider.issuer().and_then(|issuer| issuer.exact()).filter(|name| ignores_thumbprints(name)) else { return };
        let finding = context
            .at(&thumbprints.place, "is ignored")
            .fact(issuer)
            .says("AWS", What::Is(format!("verifies `{issuer}` with its own certificate authorities and ignores thumbprints")))
            .help("remove `thumbprint_list`: it is optional since version 5.81 of the AWS provider");
        context.report(finding);
    }
}

/// Issuers that AWS's page and the provider's name: GitHub, GitLab, Google, Auth0, and keys that lie in Amazon S3.
fn ignores_thumbprints(issuer: &str) -> bool {
    let host = issuer.split('/').next().unwrap_or(issuer);
    let in_s3 = host.ends_with(".amazonaws.com") && host.split('.').any(|label| label == "s3" || label.starts_with("s3-"));
    matches!(host, "token.actions.githubusercontent.com" | "gitlab.com" | "accounts.google.com") || host.ends_with(".auth0.com") || in_s3
}
