//! Policies in `.json` files that no Terraform reads.

use crate::run::{OPEN_ROLE, Scratch};

const TRUST: &str =
    r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}"#;
const ADMIN: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}"#;

#[test]
fn a_policy_file_is_found_and_called_by_its_path() {
    let scratch = Scratch::new();
    scratch.write("policies/trust.json", TRUST).write("policies/package.json", ADMIN).write("policies/.hidden.json", ADMIN);
    scratch.write("policies/data.json", r#"{"Statement": "Effect"}"#);
    let run = scratch.run(&["policies", "--format", "concise"]);
    assert_eq!(run.rules(), ["trust-any-principal"], "{}{}", run.out, run.err);
    let what = "anyone with an AWS account can assume a role with the trust policy `policies/trust.json` (policies/trust.json)";
    assert!(run.out.contains(what), "{}", run.out);
    assert_eq!(run.status, Some(1));
}

#[test]
fn a_directory_with_other_json_is_still_empty() {
    let scratch = Scratch::new();
    scratch.write("data/a.json", r#"{"Statement": "Effect"}"#);
    let run = scratch.run(&["data"]);
    assert!(run.err.contains("`data` holds no Terraform files"), "{}", run.err);
    assert_eq!(run.status, Some(2));
}

#[test]
fn a_named_policy_file_is_judged_alone() {
    let scratch = Scratch::new();
    scratch.write(".git/HEAD", "ref: refs/heads/main\n");
    scratch.write("p/trust.json", TRUST).write("p/admin.json", ADMIN).write("main.tf", OPEN_ROLE);
    let run = scratch.run(&["p/trust.json", "--format", "concise"]);
    assert_eq!(run.rules(), ["trust-any-principal"], "{}", run.out);
    assert!(run.out.contains("p/trust.json:1"), "{}", run.out);
}

#[test]
fn a_named_policy_file_that_source_reads_is_judged_where_it_is_used() {
    let scratch = Scratch::new();
    scratch.write(".git/HEAD", "ref: refs/heads/main\n");
    scratch.write("p/admin.json", ADMIN).write("other/main.tf", OPEN_ROLE);
    scratch.write("main.tf", "resource \"aws_iam_policy\" \"p\" {\n  policy = file(\"p/admin.json\")\n}\n");
    let run = scratch.run(&["p/admin.json", "--format", "concise"]);
    assert_eq!(run.rules(), ["admin-access"], "{}", run.out);
    assert!(run.out.contains("(aws_iam_policy.p)"), "{}", run.out);
}

#[test]
fn a_named_file_that_is_no_policy_is_told() {
    let scratch = Scratch::new();
    scratch
        .write("a.json", "{}")
        .write("b.json", r#"{"Statement": [], "Effect": 1}"#)
        .write("c.json", format!("{ADMIN}{}", " ".repeat(270_000)));
    for name in ["a.json", "b.json", "c.json"] {
        let run = scratch.run(&[name, "--format", "concise"]);
        assert!(run.out.contains(&format!("`{name}` is no policy document")), "{}{}", run.out, run.err);
        assert_eq!(run.status, Some(2));
    }
}
