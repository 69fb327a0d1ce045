//! Input that is broken, huge, or laid out to run for ever: a clear message, everything else analysed, the right status.

use std::time::{Duration, Instant};

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
    let start = Instant::now();
    let run = scratch.run(&["check", ".", "-f", "concise"]);
    assert_eq!((run.status, run.rules()), (Some(1), vec!["admin-access", "trust-any-principal"]), "{}", run.err);
    assert!(start.elapsed() < Duration::from_secs(30));
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
