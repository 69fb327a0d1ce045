//! Policy variables of AWS's that Terraform takes for expressions: `${aws:username}` for `$${aws:username}`.
//!
//! HCL has no expression that begins with a name and a colon, but for the functions of providers (`provider::aws::arn_parse`).

use std::ops::Range;

use super::lex::{self, Mark};

/// The policy variable around `at`, if one stands there unescaped.
pub(super) fn around(text: &str, at: usize) -> Option<Range<usize>> {
    all(text).find(|range| range.contains(&at))
}

/// All that are not escaped.
pub(super) fn all(text: &str) -> impl Iterator<Item = Range<usize>> {
    let starts = text.match_indices("${").map(|(at, _)| at).filter(|at| is_sequence(text.as_bytes(), *at));
    starts.filter_map(|start| {
        let (inside, _) = text.get(start + 2..)?.split_once('}')?;
        is_variable(inside).then(|| start..start + 2 + inside.len() + 1)
    })
}

/// Whether the mark at `at` begins a sequence: of `$${` the second `$` does not.
fn is_sequence(bytes: &[u8], at: usize) -> bool {
    let dollars = bytes.iter().take(at).rev().take_while(|byte| **byte == b'$').count();
    dollars == 0 && lex::template_mark(bytes, at) == Mark::Sequence
}

/// `aws:username`, `aws:PrincipalTag/team, 'none'`, `cognito-identity.amazonaws.com:sub` ("IAM policy elements: Variables and tags").
fn is_variable(inside: &str) -> bool {
    let word = |text: &str, more: &str| {
        !text.is_empty() && text.chars().all(|character| character.is_ascii_alphanumeric() || more.contains(character))
    };
    let Some((prefix, key)) = inside.trim().split_once(':') else { return false };
    let key = key.split(',').next().unwrap_or(key).trim_end();
    let of_terraform = ["var.", "local.", "module.", "data.", "each.", "self.", "path.", "count."];
    let begins = prefix.starts_with(|first: char| first.is_ascii_alphabetic());
    begins
        && word(prefix, "._-/")
        && word(key, "._-/:@=+ ")
        && !key.starts_with(':')
        && !of_terraform.iter().any(|start| prefix.starts_with(start))
}

/// What to say of it.
pub(super) fn message(variable: &str, more: usize) -> String {
    let likewise = match more {
        0 => String::new(),
        more => format!("; the block has {more} more"),
    };
    format!("Terraform takes `{variable}` for an expression of its own: write `${variable}` for the policy variable of AWS{likewise}")
}
