//! Input that is broken, huge, or laid out to run for ever: a clear message, everything else analysed, the right status.

use crate::run::{OPEN_ROLE, Scratch, rolelint};

#[test]
fn nested_brackets_cost_one_expression() {
    let scratch = Scratch::new();
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    scratch.write("a.tf", format!("resource \"aws_iam_policy\" \"deep\" {{\n  policy = jsonencode({deep})\n}}\n{OPEN_ROLE}"));
    scratch.write("open.tf", format!("locals {{\n  open = {}\n}}\n", "[".repeat(10_000)));
    scratch.write("b.tf.json", format!("{{\"locals\": {{\"deep\": {deep}}}}}"));
    let run = scratch.run(&["check", ".", "-f", "concise"]);
    assert_eq!(run.rules(), ["trust-any-principal"], "{}\n{}", run.out, run.err);
    assert!(run.out.contains("a.tf:2:") && run.out.contains("nested more than"), "{}", run.out);
    assert!(run.out.lines().count() < 10, "{}", run.out);
}

#[test]
fn a_heredoc_of_10_mb_is_read() {
    let scratch = Scratch::new();
    let policy = |sid: &str| {
        format!(
            r#"{{"Version": "2012-10-17", "Statement": [
                {{"Sid": "{sid}", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}},
                {{"Effect": "Allow", "Action": "*", "Resource": "*"}}
            ]}}"#
        )
    };
    let text = format!("resource \"aws_iam_policy\" \"big\" {{\n  policy = <<EOT\n{}\nEOT\n}}\n{OPEN_ROLE}", policy(&"x".repeat(10 << 20)));
    scratch.write("a.tf", text);
    let run = scratch.run(&["check", ".", "-f", "concise"]);
    assert_eq!((run.status, run.rules()), (Some(1), vec!["policy-too-large", "admin-access", "trust-any-principal"]), "{}", run.err);
}

#[cfg(unix)]
#[test]
fn links_in_a_ring_end() {
    use std::os::unix::fs::symlink;
    let scratch = Scratch::new();
    scratch.write("project/a.tf", OPEN_ROLE).write("outside/secret.tf", OPEN_ROLE);
    let project = scratch.path().join("project");
    symlink(".", project.join("self")).unwrap();
    symlink("../project", project.join("up")).unwrap();
    symlink("loop.tf", project.join("loop.tf")).unwrap();
    symlink("../outside/secret.tf", project.join("secret.tf")).unwrap();
    let run = scratch.run(&["check", "project", "-f", "concise"]);
    assert_eq!(run.rules().iter().filter(|rule| **rule == "trust-any-principal").count(), 1, "{}", run.out);
    assert_eq!(run.status, Some(2));
    assert!(run.out.contains("`project/loop.tf` is not read"), "{}", run.out);
    assert!(run.out.contains("`project/secret.tf` is not read: a link that leads outside"), "{}", run.out);
}

#[cfg(unix)]
#[test]
fn a_file_without_permission_is_one_problem() {
    use std::os::unix::fs::PermissionsExt;
    let scratch = Scratch::new();
    scratch.write("a.tf", OPEN_ROLE).write("b.tf", "variable \"b\" {}\n");
    let locked = scratch.path().join("b.tf");
    std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(0o000)).unwrap();
    if std::fs::read(&locked).is_ok() {
        eprintln!("skipped: this user may read everything");
        return;
    }
    let run = scratch.run(&["check", ".", "-f", "concise"]);
    assert_eq!(run.status, Some(2));
    assert!(run.out.contains("problem[unreadable] cannot read `b.tf`: permission denied"), "{}", run.out);
    assert!(run.out.contains("trust-any-principal"), "{}", run.out);
}

#[test]
fn what_git_crypt_has_locked_is_one_problem_and_unknown() {
    let role = "variable \"who\" {\n  default = \"*\"\n}\n\nresource \"aws_iam_role\" \"r\" {\n  assume_role_policy = jsonencode({\n    \
        Version   = \"2012-10-17\"\n    Statement = [{ Effect = \"Allow\", Action = \"sts:AssumeRole\", Principal = { AWS = var.who } }]\n  \
        })\n}\n";
    let locked = b"\0GITCRYPT\0\x8a\x1f\xfe{\"\n}";
    let scratch = Scratch::new();
    scratch.write("a/a.tf", role).write("b/b.tf", OPEN_ROLE);
    assert_eq!(
        scratch.run(&["check", "a", "-f", "concise"]).rules(),
        ["trust-any-principal"],
        "the default counts where nothing is locked"
    );
    scratch.write("a/terraform.tfvars", locked).write("b/locked.tf", locked);
    let run = scratch.run(&["check", ".", "-f", "concise"]);
    assert_eq!((run.status, run.out.matches("[trust-any-principal]").count()), (Some(2), 1), "{}", run.out);
    assert!(run.out.contains("Looked at 2 files"), "{}", run.out);
    let told: Vec<&str> = run.out.lines().filter(|line| line.contains("problem[")).collect();
    let expected = "problem[unreadable] cannot read `a/terraform.tfvars` and one more file: encrypted by git-crypt, so that the contents are \
        unknown until `git-crypt unlock`";
    assert_eq!(told, [expected]);
    assert_eq!(scratch.run(&["check", "a", "--keep-going"]).status, Some(0));
    // What Terraform reads later wins.
    scratch.write("a/z.auto.tfvars", "who = \"*\"\n");
    assert!(scratch.run(&["check", "a", "-f", "concise"]).out.contains("[trust-any-principal]"));
    scratch.write("a/zz.auto.tfvars", locked);
    let run = scratch.run(&["check", "a", "-f", "concise", "--coverage"]);
    assert!(!run.out.contains("trust-any-principal"), "{}", run.out);
    assert!(run.out.contains("git-crypt unlock"), "{}", run.out);
    let run = scratch.run(&["check", "a", "--var-file", "b/locked.tf", "-f", "concise"]);
    assert!(run.out.contains("problem[config] cannot read --var-file `b/locked.tf`: it is encrypted by git-crypt"), "{}", run.out);
}

#[cfg(unix)]
#[test]
fn a_named_pipe_is_not_waited_for() {
    let scratch = Scratch::new();
    scratch.write("a.tf", OPEN_ROLE);
    let made = std::process::Command::new("mkfifo").arg(scratch.path().join("pipe.tf")).status();
    if !made.is_ok_and(|status| status.success()) {
        eprintln!("skipped: there is no mkfifo");
        return;
    }
    let run = scratch.run(&["check", ".", "-f", "concise"]);
    assert_eq!(run.rules(), ["trust-any-principal"], "{}", run.out);
}

#[test]
fn the_number_of_threads_changes_nothing() {
    for format in ["full", "json", "sarif"] {
        let of = |threads: &str| rolelint(&["testdata/projects", "--format", format, "--coverage", "--threads", threads]).out;
        let one = of("1");
        assert!(one.len() > 1_000);
        for threads in ["2", "7"] {
            assert!(of(threads) == one, "{format} differs with {threads} threads");
        }
    }
}

#[test]
fn bytes_of_no_meaning_do_not_end_the_run() {
    let scratch = Scratch::new();
    let noise: Vec<u8> = (0..60_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    scratch
        .write("noise.tf", &noise)
        .write("zero.tf", [0; 4096])
        .write("empty.tf", "")
        .write("noise.tf.json", &noise)
        .write("a.tf", OPEN_ROLE);
    let run = scratch.run(&["check", ".", "-f", "concise"]);
    assert_eq!(run.status, Some(2), "{}", run.err);
    assert_eq!(run.rules().iter().filter(|rule| **rule == "trust-any-principal").count(), 1, "{}", run.out);
}

#[cfg(unix)]
#[test]
fn a_name_that_is_not_utf8_is_one_problem() {
    use std::os::unix::ffi::OsStrExt;
    let scratch = Scratch::new();
    scratch.write("a.tf", OPEN_ROLE).write("modules/m/m.tf", "");
    let named = |name: &[u8]| scratch.path().join(std::ffi::OsStr::from_bytes(name));
    if std::fs::write(named(b"b\xff.tf"), OPEN_ROLE).is_err() {
        eprintln!("skipped: names are UTF-8 here");
        return;
    }
    std::fs::write(named(b"notes\xff.txt"), "").unwrap();
    std::fs::create_dir(named(b"dir\xff")).unwrap();
    std::fs::write(named(b"dir\xff/c.tf"), OPEN_ROLE).unwrap();
    for arguments in [["check", ".", "-f", "concise"], ["check", "a.tf", "-f", "concise"]] {
        let run = scratch.run(&arguments);
        assert_eq!(run.status, Some(2));
        assert!(run.out.contains("problem[unreadable] `b\u{fffd}.tf` is not read: its name is not UTF-8\n"), "{}", run.out);
        assert!(run.out.contains("trust-any-principal") && !run.out.contains("notes"), "{}", run.out);
    }
    let run = scratch.run(&["check", ".", "-f", "concise"]);
    assert!(run.out.contains("`dir\u{fffd}/c.tf` is not read: its name is not UTF-8\n"), "{}", run.out);
}

/// A repository with a directory that calls a module beside it, and a role outside of it.
#[cfg(unix)]
fn beside_a_secret() -> Scratch {
    let scratch = Scratch::new();
    scratch.write("secret/secret.tf", OPEN_ROLE).write("secret/.git/HEAD", "").write("repository/.git/HEAD", "");
    scratch.write("repository/app/main.tf", "module \"m\" {\n  source = \"../m\"\n}\n").write("repository/m/m.tf", "variable \"m\" {}\n");
    scratch
}

#[cfg(unix)]
#[test]
fn a_link_in_a_called_module_stays_inside() {
    let scratch = beside_a_secret();
    scratch.write("repository/shared.tf", OPEN_ROLE);
    std::os::unix::fs::symlink("../../secret/secret.tf", scratch.path().join("repository/m/secret.tf")).unwrap();
    std::os::unix::fs::symlink("../shared.tf", scratch.path().join("repository/m/shared.tf")).unwrap();
    let run = scratch.run(&["check", "repository/app", "-f", "concise"]);
    assert_eq!(run.status, Some(2), "{}", run.out);
    assert_eq!(run.out.matches("`repository/m/secret.tf` is not read: a link that leads outside").count(), 1, "{}", run.out);
    assert_eq!(run.out.matches("trust-any-principal").count(), 1, "{}", run.out);
    assert!(run.out.contains("repository/m/shared.tf:"), "{}", run.out);
    std::fs::remove_file(scratch.path().join("repository/m/m.tf")).unwrap();
    std::fs::remove_file(scratch.path().join("repository/m/shared.tf")).unwrap();
    let run = scratch.run(&["check", "repository", "-f", "concise"]);
    assert_eq!(run.out.matches("`repository/m/secret.tf` is not read").count(), 1, "said once: {}", run.out);
}

#[cfg(unix)]
#[test]
fn a_named_link_stays_inside() {
    let scratch = beside_a_secret();
    std::os::unix::fs::symlink("../../secret/secret.tf", scratch.path().join("repository/app/secret.tf")).unwrap();
    std::os::unix::fs::symlink("../m/m.tf", scratch.path().join("repository/app/m.tf")).unwrap();
    let run = scratch.run(&["check", "repository/app/secret.tf", "-f", "concise"]);
    assert_eq!((run.status, run.out.contains("trust-any-principal")), (Some(2), false), "{}", run.out);
    assert!(run.out.contains("`repository/app/secret.tf` is not read: a link that leads outside"), "{}", run.out);
    assert!(!run.out.contains("secret/secret.tf:"), "the other repository is not read: {}", run.out);
    let run = scratch.run(&["check", "repository/app/m.tf", "-f", "concise"]);
    assert!(!run.out.contains("`repository/app/m.tf` is not read"), "{}", run.out);
}

#[cfg(unix)]
#[test]
fn a_link_to_what_is_no_file_is_a_problem() {
    use std::os::unix::fs::symlink;
    let scratch = Scratch::new();
    scratch.write("a.tf", OPEN_ROLE).write("sub/b.tf", "");
    symlink("/dev/zero", scratch.path().join("device.tf")).unwrap();
    symlink("sub", scratch.path().join("directory.tf")).unwrap();
    symlink("pipe", scratch.path().join("pipe.tf")).unwrap();
    let piped = std::process::Command::new("mkfifo").arg(scratch.path().join("pipe")).status().is_ok_and(|status| status.success());
    let run = scratch.run(&["check", ".", "-f", "concise"]);
    assert_eq!(run.status, Some(2));
    assert!(run.out.contains("`device.tf` is not read: a link that leads outside"), "{}", run.out);
    assert!(run.out.contains("`directory.tf` is not read: a link that leads to no regular file"), "{}", run.out);
    assert!(!piped || run.out.contains("`pipe.tf` is not read: a link that leads to no regular file"), "{}", run.out);
}

#[cfg(unix)]
#[test]
fn a_configuration_that_was_found_stays_inside() {
    use std::os::unix::fs::symlink;
    let scratch = beside_a_secret();
    scratch.write("secret/other.hcl", "persona = \"secret\"\n").write("repository/inside.hcl", "persona = \"pedantic\"\n");
    let link = scratch.path().join("repository/.rolelint.hcl");
    let secret = scratch.path().join("repository/app/secret.tf");
    symlink("../secret/other.hcl", &link).unwrap();
    let run = scratch.run(&["check", "repository/app", "-f", "concise"]);
    assert_eq!((run.status, run.out.as_str()), (Some(2), ""), "{}", run.err);
    assert!(run.err.contains("the configuration `repository/.rolelint.hcl` is not read: a link that leads outside"), "{}", run.err);
    let named = scratch.run(&["check", "repository/app", "-f", "concise", "--config", "repository/.rolelint.hcl"]);
    assert!(named.out.contains("problem[config]"), "a named one may be anywhere: {}{}", named.out, named.err);
    std::fs::remove_file(&link).unwrap();
    // The directory that a named link leads to has no say either.
    scratch.write("secret/.rolelint.hcl", "persona = \"secret\"\n");
    symlink("../../secret/secret.tf", &secret).unwrap();
    let run = scratch.run(&["check", "repository/app/secret.tf", "-f", "concise"]);
    assert!(!run.out.contains("problem[config]"), "{}", run.out);
    std::fs::remove_file(&secret).unwrap();
    symlink("inside.hcl", &link).unwrap();
    let run = scratch.run(&["check", "repository/app", "-f", "concise"]);
    assert_eq!((run.status, run.err.as_str()), (Some(0), ""), "{}", run.out);
}

#[test]
fn a_configuration_has_an_end() {
    let scratch = Scratch::new();
    scratch.write("a.tf", OPEN_ROLE).write(".rolelint.hcl", "#".repeat((1 << 20) + 1));
    let run = scratch.run(&["check", "."]);
    assert_eq!(run.status, Some(2));
    assert_eq!(run.err, "rolelint: cannot read the configuration `.rolelint.hcl`: it is larger than 1 MiB\n");
    scratch.write(".rolelint.hcl", "#".repeat(1 << 20));
    assert_eq!(scratch.run(&["check", "."]).status, Some(1));
}

#[cfg(unix)]
#[test]
fn names_make_no_lines() {
    let scratch = Scratch::new();
    scratch.write("x\n::error::y\u{1b}[31m.tf", OPEN_ROLE).write("::warning::z.tf", OPEN_ROLE).write("broken\n::error::b.tf", "resource {");
    std::os::unix::fs::symlink("nowhere", scratch.path().join("l\n::error::l ::error::m.tf")).unwrap();
    // This one counts wherever in a line it stands.
    let comment = OPEN_ROLE.replace("\n}", "\n  # ##[add-mask]a\n}");
    scratch.write("##[add-mask]a/a.tf", comment);
    for format in ["concise", "full", "markdown", "junit", "github"] {
        let run = scratch.run(&["check", ".", "-f", format]);
        assert!(!run.out.contains("##["), "{}", run.out);
        if !matches!(format, "concise" | "full") {
            continue;
        }
        assert!(run.out.contains("x␊::error::y␛[31m.tf:1:1"), "{}", run.out);
        assert!(run.out.contains("./::warning::z.tf:3:"), "{}", run.out);
        let obeyed = |line: &&str| line.trim_start().starts_with("::") || line.contains('\u{1b}');
        assert_eq!(run.out.lines().chain(run.err.lines()).find(obeyed), None, "{format}: {}", run.out);
    }
    let run = scratch.run(&["check", "--ignore", "\u{1b}[2J\n::error::rule", "."]);
    assert_eq!(run.err, "rolelint: --ignore: `␛[2J ::error::rule` is not a glob: unclosed character class; missing ']'\n");
}

#[test]
fn globs_that_are_too_large_together_are_a_problem() {
    let scratch = Scratch::new();
    let glob = |n: u8| format!("\"{}[{}x]\"", "?".repeat(200_000), char::from(n));
    let globs: Vec<String> = (b'a'..=b'd').map(glob).collect();
    scratch.write("a.tf", OPEN_ROLE).write(".rolelint.hcl", format!("exclude = [{}]\n", globs.join(", ")));
    let run = scratch.run(&["check", ".", "-f", "concise"]);
    assert_eq!(run.status, Some(2), "{}", run.out);
    assert!(run.out.contains("problem[config] nothing is excluded, because the globs cannot be used together: "), "{}", run.out);
    assert!(run.out.contains("trust-any-principal"), "{}", run.out);
}

/// Denies of many conditions, each of which a request may escape by: what a search takes ends with what it may take, by its texts as well.
#[test]
fn denies_that_multiply_end() {
    let deny = |set: usize, one: usize| {
        format!(
            "{{ Effect = \"Deny\", Principal = \"*\", Action = \"sts:*\", Resource = \"*\", Condition = {{ \
             StringNotLikeIfExists = {{ \"aws:PrincipalOrgID\" = \"o-{one}{set}*\", \"aws:userid\" = \"*{one}*:*\", \"aws:PrincipalTag/t{one}\" = \"$${{aws:PrincipalTag/u{set}}}\" }}, \
             NotIpAddressIfExists = {{ \"aws:SourceIp\" = \"{}.0.0.0/8\" }}, ArnNotLikeIfExists = {{ \"aws:PrincipalArn\" = \"arn:aws:iam::*:role/*{one}*\" }} }} }}",
            one + set + 1
        )
    };
    let control = |set: usize| {
        let statements: Vec<String> = (0..10).map(|one| deny(set, one)).collect();
        format!(
            "resource \"aws_organizations_policy\" \"p{set}\" {{\n  name = \"p{set}\"\n  type = \"RESOURCE_CONTROL_POLICY\"\n  content = jsonencode({{ Version = \"2012-10-17\", Statement = [{}] }})\n}}\n\
             resource \"aws_organizations_policy_attachment\" \"p{set}\" {{\n  policy_id = aws_organizations_policy.p{set}.id\n  target_id = \"r-ab12\"\n}}\n",
            statements.join(", ")
        )
    };
    let scratch = Scratch::new();
    scratch.write("main.tf", format!("{OPEN_ROLE}{}", (0..8).map(control).collect::<String>()));
    let run = scratch.run(&["check", "-f", "concise", "--select", "trust-any-principal", "."]);
    assert_eq!(run.rules(), ["trust-any-principal"], "{}{}", run.out, run.err);
}
