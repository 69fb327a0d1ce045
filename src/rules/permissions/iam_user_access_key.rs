use std::sync::Arc;

use crate::access::allows_of;
use crate::estate::{AccessKey, Estate, Identity};
use crate::finding::{Category, Label, Message, Severity, What};
use crate::policy::{Place, Statement};
use crate::rules::kit::rule::{Context, Rule};
use crate::rules::kit::words::words;
use crate::source::Span;

rule! {
    IamUserAccessKey, "iam-user-access-key",
    summary: "an access key of an IAM user, which does not expire",
    category: Category::Security,
    severity: Severity::Medium,
    tags: &["permissions"],
}

impl Rule for IamUserAccessKey {
    fn estate(&self, context: &mut Context) {
        let estate = context.estate;
        // Those of users whom source does not give come first: there is no turning back from an identity to none.
        let (of_known, of_others): (Vec<_>, Vec<_>) = estate.access_keys.iter().partition(|key| key.user.is_some());
        for key in of_others.into_iter().chain(of_known).filter(|key| !key.is_for_mail) {
            let user = key.user.and_then(|id| estate.identity(id));
            if user.is_some_and(|user| only_sends_mail(user, estate)) {
                continue;
            }
            if let Some(user) = user {
                context.at_identity(user);
            }
            let place = Place { span: key.header, ..Place::default() };
            let mut finding = context.at(&place, "is a key that does not expire").known_by(&key.address);
            finding.trace.extend(key.calls.iter().rev().filter(|(address, _)| !address.is_empty()).map(called));
            let message = Message::new(who(key, user), What::Is("has an access key that works from everywhere until it is deleted".into()));
            let message = if key.is_encrypted { message } else { message.aside("and whose secret is in Terraform's state") };
            let kind = if key.is_encrypted { "encrypted" } else { "" };
            context.report_for(finding.kind(kind).message(message).help(help(key, user)), &key.address);
        }
    }
}

fn called((address, span): &(Arc<str>, Span)) -> Label {
    Label { span: *span, message: format!("is called here as `{address}`") }
}

fn who(key: &AccessKey, user: Option<&Identity>) -> String {
    match (user, &key.name) {
        (Some(user), _) => format!("user `{}`", user.shown_name()),
        (None, Some(name)) => format!("user `{}`", name.text),
        (None, None) => "an IAM user".to_owned(),
    }
}

/// Whether all that a user is known to be allowed is to send mail by Amazon SES.
fn only_sends_mail(user: &Identity, estate: &Estate) -> bool {
    let allows: Vec<_> = allows_of(user, estate).collect();
    let sends = |text: &str| text.to_ascii_lowercase().starts_with("ses:send");
    let only_sends = |statement: &&&Statement| {
        let actions = statement.actions.as_ref().filter(|actions| !actions.negated && actions.gap.is_none());
        actions.is_some_and(|actions| !actions.items.is_empty() && actions.items.iter().all(|item| sends(&item.text)))
    };
    user.managed.is_empty() && !allows.is_empty() && allows.iter().filter(only_sends).count() == allows.len()
}

/// For whom a key is, as its user's name says: a name decides nothing but the words.
struct Purpose {
    words: &'static [&'static str],
    help: &'static str,
}

const PURPOSES: &[Purpose] = &[
    Purpose {
        words: &["github", "gha"],
        help: "let the workflow assume a role instead: an aws_iam_openid_connect_provider for token.actions.githubusercontent.com, and a role \
               that trusts the repository's subject",
    },
    Purpose {
        words: &["gitlab", "circleci", "buildkite", "bitbucket", "terraform-cloud", "tfc", "hcp"],
        help: "let the pipeline assume a role instead: its service issues OpenID Connect tokens, which a role can trust by an \
               aws_iam_openid_connect_provider",
    },
    Purpose {
        words: &["ci", "cicd", "deploy", "deployer", "pipeline", "jenkins"],
        help: "let the pipeline assume a role instead: by an OpenID Connect token if its service issues them, or by the role of the \
               instance or task that it runs on",
    },
    Purpose {
        words: &["k8s", "kubernetes", "eks", "cert-manager", "external-dns", "velero", "argocd"],
        help: "give the pod's service account a role instead: by an aws_eks_pod_identity_association, or by a role that trusts the cluster's \
               OpenID Connect provider",
    },
];

const HELP: &str = "use a role instead: workloads in AWS have one, other systems get one by OpenID Connect or IAM Roles Anywhere, and people \
                    sign in with IAM Identity Center or `aws login`";

fn help(key: &AccessKey, user: Option<&Identity>) -> &'static str {
    let names = user.map(|user| [user.shown_name(), user.label.to_string(), user.path.as_ref().map_or("", |path| &path.text).to_owned()]);
    let names = names.into_iter().flatten().chain([key.address.clone()]).map(|name| format!("-{}-", words(&name).join("-")));
    let names: Vec<String> = names.collect();
    let is_named = |word: &&&str| names.iter().any(|name| name.contains(&format!("-{word}-")));
    PURPOSES.iter().find(|purpose| purpose.words.iter().any(|word| is_named(&word))).map_or(HELP, |purpose| purpose.help)
}
