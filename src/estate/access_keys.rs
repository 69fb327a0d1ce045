//! Access keys of users, which do not expire, and what they are for as far as source shows.

use std::sync::Arc;

use super::ids::IdentityId;
use crate::policy::Item;
use crate::source::{Sources, Span};
use crate::terraform::Tree;

/// An `aws_iam_access_key` that is not switched off.
#[derive(Clone, Debug)]
pub struct AccessKey {
    pub address: String,
    pub header: Span,
    /// Module calls that lead to it, outermost first.
    pub calls: Vec<(Arc<str>, Span)>,
    /// The user, if that is in source.
    pub user: Option<IdentityId>,
    /// What names the user.
    pub name: Option<Item>,
    /// The secret is encrypted before it gets into Terraform's state.
    pub is_encrypted: bool,
    /// It is turned into a password for Amazon SES, which takes nothing else by SMTP (Amazon SES Developer Guide, "Obtaining Amazon SES SMTP
    /// credentials").
    pub is_for_mail: bool,
}

/// Whether the module in which a key is declared reads its password for SMTP: `ses_smtp_password_v4` of `aws_iam_access_key` in the
/// documentation of the AWS provider.
pub(super) fn is_for_mail(header: Span, name: &str, tree: &Tree, sources: &Sources) -> bool {
    let module = tree.modules().iter().find(|module| module.files.contains(&header.file));
    let named = format!("aws_iam_access_key.{name}");
    module.is_some_and(|module| module.files.iter().any(|file| reads_password(&sources.file(*file).text, &named)))
}

const PASSWORD: &str = "ses_smtp_password";

fn reads_password(text: &str, named: &str) -> bool {
    text.contains(PASSWORD)
        && text.match_indices(named).any(|(at, _)| {
            let rest = text.get(at + named.len()..).unwrap_or_default();
            let is_longer = rest.starts_with(|next: char| next.is_alphanumeric() || matches!(next, '_' | '-'));
            // All of them, as in a `for`: what is read of each stands elsewhere.
            let rest = after_index(rest);
            !is_longer && rest.strip_prefix('.').is_none_or(|attribute| attribute.starts_with(PASSWORD) || attribute.starts_with("*."))
        })
}

/// What follows `[0]` or `[each.key]`.
fn after_index(text: &str) -> &str {
    let mut depth = 0;
    for (at, character) in text.char_indices() {
        match character {
            '[' => depth += 1,
            ']' if depth == 1 => return text.get(at + 1..).unwrap_or_default(),
            ']' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::reads_password;

    #[test]
    fn a_password_is_read_of_one_key_or_of_all() {
        let reads = |text: &str| reads_password(text, "aws_iam_access_key.mail");
        for text in [
            "value = aws_iam_access_key.mail.ses_smtp_password_v4",
            "value = aws_iam_access_key.mail[0].ses_smtp_password_v4",
            r#"value = aws_iam_access_key.mail[var.names["a"]].ses_smtp_password_v4"#,
            "value = aws_iam_access_key.mail[*].ses_smtp_password_v4",
            "value = { for name, key in aws_iam_access_key.mail : name => key.ses_smtp_password_v4 }",
        ] {
            assert!(reads(text), "{text}");
        }
        for text in [
            "value = aws_iam_access_key.mail.secret",
            "value = aws_iam_access_key.mail_other.ses_smtp_password_v4",
            "value = [aws_iam_access_key.mail.secret, aws_iam_access_key.other.ses_smtp_password_v4]",
        ] {
            assert!(!reads(text), "{text}");
        }
    }
}
