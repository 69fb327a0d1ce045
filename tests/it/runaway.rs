//! A few lines of source that ask for more than fits: one problem, exit status 2, and everything else is judged.

use crate::run::{OPEN_ROLE, Scratch};

/// Checks source beside an open role, which must be found all the same.
fn gives_up(name: &str, source: &str) {
    let scratch = Scratch::new();
    scratch.write("a.tf", source).write("open.tf", OPEN_ROLE);
    let run = scratch.run(&["check", ".", "-f", "concise", "--select", "trust-any-principal"]);
    assert_eq!(run.rules(), ["trust-any-principal"], "{name}: {}\n{}", run.out, run.err);
    assert_eq!(run.status, Some(2), "{name}: {}", run.out);
    assert!(run.out.contains("problem[limit]"), "{name}: {}", run.out);
}

/// `a0`, and thirty locals that hold the one before twice, by `twice`.
fn doubling(first: &str, twice: &str) -> String {
    let locals: String = (1..=30).map(|n| format!("  a{n} = {}\n", twice.replace('@', &format!("local.a{}", n - 1)))).collect();
    format!(
        "locals {{\n  a0 = {first}\n{locals}}}\nresource \"aws_iam_policy\" \"p\" {{\n  policy = jsonencode({{ Version = \"2012-10-17\", Id = local.a30, Statement = [] }})\n}}\n"
    )
}

#[test]
fn values_that_double_are_given_up() {
    gives_up("lists in lists", &doubling("[\"x\"]", "[@, @]"));
    gives_up("objects", &doubling("{ k = \"x\" }", "{ a = @, b = @ }"));
    gives_up("concat", &doubling("[\"x\"]", "concat(@, @)"));
    gives_up("strings", &doubling("\"xxxxxxxxxxxxxxxx\"", "\"${@}${@}\""));
    gives_up("format", &doubling("\"xxxxxxxxxxxxxxxx\"", "format(\"%s%s\", @, @)"));
    gives_up("join", &doubling("\"xxxxxxxxxxxxxxxx\"", "join(\"\", [@, @])"));
    gives_up("replace", &doubling("\"a\"", "replace(@, \"a\", \"aaaaaaaaaa\")"));
}

#[test]
fn loops_in_loops_are_given_up() {
    let count = "length([for a in range(1000) : [for b in range(1000) : [for c in range(1000) : a]]])";
    gives_up("for", &format!("resource \"aws_iam_role\" \"r\" {{\n  count = {count}\n  name = \"r\"\n  assume_role_policy = \"\"\n}}\n"));
}

#[test]
fn modules_that_multiply_are_given_up() {
    let scratch = Scratch::new();
    let calls = |to: &str| format!("module \"a\" {{\n  source = \"../{to}\"\n}}\nmodule \"b\" {{\n  source = \"../{to}\"\n}}\n");
    for level in 0..20 {
        scratch.write(&format!("m{level}/main.tf"), calls(&format!("m{}", level + 1)));
    }
    scratch.write("m20/main.tf", OPEN_ROLE);
    let run = scratch.run(&["check", ".", "-f", "concise"]);
    assert_eq!((run.status, run.rules()), (Some(2), vec!["trust-any-principal"]), "{}", run.err);
    assert!(run.out.contains("more than 20000 modules are called"), "{}", run.out);
}

#[test]
fn a_template_that_includes_itself_is_a_cycle() {
    let scratch = Scratch::new();
    scratch.write("t.tftpl", "${templatefile(\"t.tftpl\", {})}${templatefile(\"t.tftpl\", {})}");
    scratch.write("a.tf", format!("resource \"aws_iam_policy\" \"p\" {{\n  policy = templatefile(\"t.tftpl\", {{}})\n}}\n{OPEN_ROLE}"));
    let run = scratch.run(&["check", ".", "-f", "concise"]);
    assert_eq!(run.rules(), ["trust-any-principal"], "{}", run.err);
    assert!(run.out.contains("`t.tftpl` depends on itself"), "{}", run.out);
}

/// Checks source of which a part cannot be: the part is told with its place, and an open role beside it is found.
fn is_told(source: &str, problem: &str) {
    let scratch = Scratch::new();
    scratch.write("a.tf", source).write("open.tf", OPEN_ROLE);
    let run = scratch.run(&["check", ".", "-f", "concise"]);
    assert_eq!(run.rules(), ["trust-any-principal"], "{source}: {}\n{}", run.out, run.err);
    assert!(run.out.lines().any(|line| line.starts_with("a.tf:") && line.contains(problem)), "{source}: {}", run.out);
}

#[test]
fn what_cannot_be_is_told_with_its_place() {
    let policy = |value: &str| format!("resource \"aws_iam_policy\" \"p\" {{\n  policy = {value}\n}}\n");
    is_told(&policy("local.self\n}\nlocals {\n  self = local.self"), "problem[terraform] `local.self` depends on itself");
    is_told(
        &policy("jsonencode(range(1e9))"),
        "problem[terraform] Terraform would fail on the policy of `aws_iam_policy.p`: more than 1024",
    );
    is_told(&policy("file(\"/etc/hostname\")"), "problem[unreadable] `/etc/hostname` is not read");
    is_told(&policy("file(\"../../outside\")"), "problem[unreadable] `../../outside` is not read");
    is_told(&policy("regex(\"((((a{500}){500}){500}){500})\", \"a\")"), "problem[limit] a regular expression is too large");
    is_told(
        "resource \"aws_iam_policy\" \"p\" {\n  for_each = toset(flatten([for n in range(1000) : [for m in range(1000) : \"${n}-${m}\"]]))\n  policy = \"\"\n}\n",
        "problem[limit] this value is too large",
    );
    is_told(
        "resource \"aws_iam_policy\" \"p\" {\n  count  = 1000000\n  policy = \"\"\n}\n",
        "problem[limit] `aws_iam_policy.p` has more than 10000 instances",
    );
}

#[test]
fn modules_that_call_each_other_are_told() {
    let scratch = Scratch::new();
    scratch.write("a/main.tf", "module \"b\" {\n  source = \"../b\"\n}\n");
    scratch.write("b/main.tf", format!("module \"a\" {{\n  source = \"../a\"\n}}\n{OPEN_ROLE}"));
    let run = scratch.run(&["check", ".", "-f", "concise"]);
    assert_eq!(run.rules(), ["trust-any-principal"], "{}", run.err);
    assert!(run.out.contains("b/main.tf:1:1: problem[terraform] `module.a` leads back to the module that calls it"), "{}", run.out);
}

#[test]
fn conditions_that_multiply_end() {
    let conditions: String = (0..60).map(|n| format!("    var.f[{n}] ? [\"s3:{n}\"] : [],\n")).collect();
    let source = format!(
        "variable \"f\" {{\n  type = list(bool)\n}}\nlocals {{\n  all = concat(\n{conditions}  )\n  again = [for a in local.all : [for b in local.all : \"${{a}}${{b}}\" if var.f[b]] if var.f[a]]\n}}\nresource \"aws_iam_policy\" \"p\" {{\n  policy = jsonencode({{ Statement = [for a in flatten(local.again) : {{ Effect = \"Allow\", Action = a, Resource = \"*\" }}] }})\n}}\n"
    );
    let scratch = Scratch::new();
    scratch.write("a.tf", source).write("open.tf", OPEN_ROLE);
    let run = scratch.run(&["check", ".", "-f", "concise"]);
    assert!(run.rules().contains(&"trust-any-principal"), "{}\n{}", run.out, run.err);
}

#[test]
fn long_lists_of_a_condition_end() {
    let list = |one: &dyn Fn(usize) -> String| (0..2_500).map(one).collect::<Vec<_>>().join(",");
    let block = |n: usize| format!("\"10.{}.{}.0/24\"", n / 256, n % 256);
    let conditions = [
        format!("{{ NumericLessThan = {{ \"aws:MultiFactorAuthAge\" = [{}] }} }}", list(&|n| format!("\"{n}\""))),
        format!("{{ NumericEquals = {{ \"aws:MultiFactorAuthAge\" = [{}] }} }}", list(&|n| format!("\"{n}\""))),
        format!("{{ DateGreaterThan = {{ \"aws:CurrentTime\" = [{}] }} }}", list(&|n| format!("\"20{:02}-01-01T00:00:00Z\"", n % 100))),
        format!("{{ IpAddress = {{ \"aws:SourceIp\" = [{}] }} }}", list(&block)),
        format!("{{ NotIpAddress = {{ \"aws:SourceIp\" = [{}] }} }}", list(&block)),
        format!("{{ ArnLike = {{ \"aws:PrincipalArn\" = [{}] }} }}", list(&|n| format!("\"arn:aws:iam::{n:012}:role/*-{n}\""))),
    ];
    let principals = list(&|n| format!("\"arn:aws:iam::{n:012}:root\""));
    let scratch = Scratch::new();
    scratch.write("open.tf", OPEN_ROLE);
    for (index, condition) in conditions.iter().enumerate() {
        let source = format!(
            "resource \"aws_iam_role\" \"r{index}\" {{\n  name = \"r\"\n  assume_role_policy = jsonencode({{\n    Version = \"2012-10-17\"\n    Statement = [{{ Effect = \"Allow\", Action = \"sts:AssumeRole\", Principal = {{ AWS = {} }}, Condition = {condition} }}]\n  }})\n}}\n",
            if index == 0 { format!("[{principals}]") } else { "\"arn:aws:iam::111111111111:role/ci\"".to_owned() },
        );
        scratch.write(&format!("r{index}.tf"), source);
    }
    // What a Deny leaves is asked for each principal.
    let outsiders = "{ Effect = \"Deny\", Action = \"sts:AssumeRole\", Principal = \"*\", Condition = { StringNotEquals = { \"aws:PrincipalOrgID\" = \"o-abcdefghij\" } } }";
    let allow = format!("{{ Effect = \"Allow\", Action = \"sts:AssumeRole\", Principal = {{ AWS = [{principals}] }} }}");
    scratch.write(
        "denied.tf",
        format!("resource \"aws_iam_role\" \"denied\" {{\n  assume_role_policy = jsonencode({{\n    Version = \"2012-10-17\"\n    Statement = [{outsiders}, {allow}]\n  }})\n}}\n"),
    );
    let run = scratch.run(&[
        "check",
        ".",
        "-f",
        "concise",
        "--select",
        "trust-any-principal,trust-account-root,condition-never-matches,caller-chosen-session-name",
    ]);
    assert!(run.rules().contains(&"trust-any-principal"), "{}\n{}", run.out, run.err);
    assert!(!run.out.contains("problem["), "{}", run.out);
}
