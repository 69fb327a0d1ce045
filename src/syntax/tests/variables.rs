//! Policy variables of AWS's that are not escaped.

use super::{at, file};
use crate::syntax::hcl;

#[test]
fn a_variable_that_is_not_escaped_says_how_it_is_written() {
    let variables = [
        "${aws:username}",
        "${ aws:username }",
        "${aws:PrincipalTag/team, 'all'}",
        "${saml:sub}",
        "${www.amazon.com:user_id}",
        "${cognito-identity.amazonaws.com:sub}",
        "${accounts.google.com:aud}",
        "${s3:prefix}",
        "${ec2:SourceInstanceARN}",
    ];
    for variable in variables {
        let cases = [
            format!("a = \"home/{variable}/*\"\n"),
            format!("a = <<EOT\nhome/$${{x}}/{variable}/*\nEOT\n"),
            format!("a = jsonencode({{ Resource = [\"x/${{b}}\", \"home/{variable}\"] }})\n"),
        ];
        for text in cases {
            let problems = hcl::parse_file(file(), &text).problems;
            let [problem] = problems.as_slice() else { panic!("{text}: {problems:?}") };
            assert!(problem.message.contains(&format!("write `${variable}`")), "{text}: {}", problem.message);
            assert_eq!(at(&text, problem.span.unwrap()), variable);
        }
    }
}

#[test]
fn other_mistakes_are_told_as_ever() {
    for text in ["a = \"${b:c} ${\"\n", "a = \"${var.b:c}\"\n", "a = \"$${aws:username} ${b c}\"\n", "a = \"${b c} ${aws:username}\"\n"] {
        let problems = hcl::parse_file(file(), text).problems;
        assert!(
            !problems.is_empty() && problems.iter().all(|problem| !problem.message.contains("policy variable")),
            "{text}: {problems:?}"
        );
    }
    for text in ["a = \"${b ? c : d}\"\n", "a = \"$${aws:username}\"\n", "a = \"${provider::aws::arn_parse(b).account}\"\n"] {
        assert_eq!(hcl::parse_file(file(), text).problems, [], "{text}");
    }
}
