//! A few lines of source that ask for more than fits: one problem, exit status 2, and everything else is judged.

use crate::run::{OPEN_ROLE, Scratch};

/// Checks source beside an open role, which must be found all the same.
fn gives_up(name: &str, source: &str) {
    let scratch = Scratch::new();
    scratch.write("a.tf", source).write("open.tf", OPEN_ROLE);
    let run = scratch.run(&["check", ".", "-f", "concise"]);
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
