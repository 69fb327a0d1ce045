//! What whoever proposes a change may name, ignore and link: none of it steers a run.

use std::path::Path;
use std::process::Command;

use crate::run::{EMPTY_INDEX, OPEN_ROLE, Scratch, rolelint_in};

const QUIET: &str = "variable \"a\" {}\n";

/// A role that anybody may assume, of a name that no other file's role has.
fn role(file: &str) -> String {
    OPEN_ROLE.replace("\"open\"", &format!("\"{}\"", file.replace(|letter: char| !letter.is_ascii_alphanumeric(), "_")))
}

/// The real git, with nothing of the user's own.
fn git_command(directory: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("GIT_")) {
        command.env_remove(name);
    }
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
    for who in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{who}_NAME"), "test").env(format!("GIT_{who}_EMAIL"), "test@example.com");
    }
    command.current_dir(directory).args(["-c", "protocol.file.allow=always"]).args(arguments);
    command
}

fn git(directory: &Path, arguments: &[&str]) {
    let output = git_command(directory, arguments).output().unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn repository() -> Scratch {
    let scratch = Scratch::new();
    git(scratch.path(), &["init", "--quiet"]);
    git(scratch.path(), &["read-tree", "--empty"]);
    scratch
}

/// Where the open roles are that a run finds, and its status. Everything that goes wrong is in `wrong`.
struct Found {
    status: Option<i32>,
    files: Vec<String>,
    wrong: Vec<String>,
}

fn found(scratch: &Scratch, arguments: &[&str]) -> Found {
    let run = scratch.run(&[&["check", "-f", "concise"], arguments].concat());
    let file = |line: &str| line.contains("[trust-any-principal]").then(|| line.split(':').next().unwrap_or_default().to_owned());
    let wrong = |line: &&str| line.contains("problem[");
    let mut files: Vec<String> = run.out.lines().filter_map(file).collect();
    files.sort();
    Found { status: run.status, files, wrong: run.out.lines().filter(wrong).chain(run.err.lines()).map(str::to_owned).collect() }
}

/// The same where nothing goes wrong.
fn files(scratch: &Scratch, arguments: &[&str]) -> Vec<String> {
    let found = found(scratch, arguments);
    assert!(found.wrong.is_empty() && found.status == Some(i32::from(!found.files.is_empty())), "{:?} {:?}", found.status, found.wrong);
    found.files
}

const CONFIGURATION: &str = "rule \"trust-any-principal\" { level = \"allow\" }\n";

#[test]
fn names_of_files_are_no_options() {
    let scratch = Scratch::new();
    scratch.write("a.tf", role("a.tf")).write("evil.tf", CONFIGURATION).write("--config=evil.tf", QUIET);
    let run = scratch.run(&["check", "--config=evil.tf", "a.tf"]);
    let expected = "rolelint: `--config=evil.tf` is an option and also the name of a file here: put `--` before the names of files\n";
    assert_eq!((run.status, run.out.as_str(), run.err.as_str()), (Some(2), "", expected));
    assert_eq!(found(&scratch, &["--", "--config=evil.tf", "a.tf"]).files, ["a.tf"]);
    let outside = Scratch::new();
    let target = outside.path().join("x.tf");
    scratch.write(&format!("--output=json={}", target.display()), QUIET);
    let name = format!("--output=json={}", target.display());
    assert_eq!(scratch.run(&["check", &name, "a.tf"]).status, Some(2));
    assert_eq!(scratch.run(&[&name]).status, Some(2), "whatever the command is");
    assert!(!target.exists());
    assert_eq!(found(&scratch, &["--", &name, "a.tf"]).files, ["a.tf"]);
    assert!(!target.exists());
    // An option alone, a file's name as its value and standard input are none of these.
    assert_eq!(scratch.run(&["check", "--config", "evil.tf", "--exit-zero", "a.tf"]).status, Some(0));
    scratch.write("-", QUIET);
    let run = scratch.run(&["check", "-"]);
    assert!(run.out.contains("<stdin>") && !run.err.contains("put `--`"), "{}{}", run.out, run.err);
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_nowhere_is_a_name_too() {
    let scratch = Scratch::new();
    scratch.write("a.tf", role("a.tf"));
    std::os::unix::fs::symlink("nowhere", scratch.path().join("--exit-zero")).unwrap();
    assert_eq!(scratch.run(&["check", "--exit-zero", "a.tf"]).status, Some(2));
}

#[cfg(unix)]
#[test]
fn ignore_files_stay_inside_and_end() {
    use std::os::unix::fs::symlink;
    let scratch = Scratch::new();
    scratch.write("outside", "*.tf\n").write("r/.git/index", EMPTY_INDEX);
    for directory in ["device", "outside", "pipe", "directory", "large", "nowhere", "inside"] {
        scratch.write(&format!("r/{directory}/a.tf"), role(&format!("r/{directory}/a.tf")));
    }
    let at = |directory: &str| scratch.path().join("r").join(directory).join(".gitignore");
    symlink("/dev/zero", at("device")).unwrap();
    symlink("../../outside", at("outside")).unwrap();
    symlink("missing", at("nowhere")).unwrap();
    symlink("../ignored", at("inside")).unwrap();
    scratch.write("r/ignored", "*.tf\n").write("r/directory/.gitignore/x", "").write("r/large/.gitignore", "#".repeat((1 << 20) + 1));
    assert!(Command::new("mkfifo").arg(at("pipe")).status().unwrap().success());
    let found = found(&scratch, &["r"]);
    assert_eq!(found.status, Some(2));
    let expected: Vec<String> = ["device", "directory", "large", "nowhere", "outside", "pipe"].map(|name| format!("r/{name}/a.tf")).into();
    assert_eq!(found.files, expected);
    let reasons = [
        ("device", "a link that leads outside the analysed directory"),
        ("directory", "it is no regular file"),
        ("large", "it is larger than 1 MiB"),
        ("nowhere", "a link that leads nowhere (no such file or directory)"),
        ("outside", "a link that leads outside the analysed directory"),
        ("pipe", "it is no regular file"),
    ];
    let told: Vec<String> =
        reasons.iter().map(|(name, reason)| format!("problem[unreadable] `r/{name}/.gitignore` is not read: {reason}")).collect();
    assert_eq!(found.wrong, told);
    assert_eq!(scratch.run(&["check", "r", "--no-gitignore", "--exit-zero"]).status, Some(0));
}

#[test]
fn patterns_count_as_they_do_for_git() {
    let scratch = repository();
    let names =
        ["a.tf", "b.tf", "x/a.tf", "x/b.tf", "x/keep/a.tf", "y/z/a.tf", "out/a.tf", "out/keep/a.tf", "only/a.tf", "only/b.tf", "c.tf"];
    for name in names {
        scratch.write(name, role(name));
    }
    // Lines that are no patterns, of no meaning in UTF-8, and a byte order mark.
    scratch.write(".gitignore", b"\xef\xbb\xbf/a.tf\r\n[\n{a,\n\xff\xfe\n!!\n/\n**\\\nb.tf\nout/\n!out/keep/\nonly/*\n!only/b.tf\n");
    scratch.write("x/.gitignore", "!b.tf\na.tf\n").write("x/keep/.gitignore", "!a.tf\n").write(".git/info/exclude", "c.tf\ny/\n!b.tf\n");
    let expected = ["only/b.tf", "x/b.tf", "x/keep/a.tf"];
    let ignored = |name: &&str| git_command(scratch.path(), &["check-ignore", "--quiet", "--no-index", name]).status().unwrap().success();
    assert_eq!(names.into_iter().filter(|name| !ignored(name)).collect::<std::collections::BTreeSet<_>>(), expected.into(), "so says git");
    assert_eq!(files(&scratch, &[]), expected);
    // What is above the named directory counts, and what is named is walked.
    assert_eq!(files(&scratch, &["x"]), ["x/b.tf", "x/keep/a.tf"]);
    assert_eq!(files(&scratch, &["out"]), ["out/a.tf", "out/keep/a.tf"]);
    assert_eq!(files(&scratch, &["only"]), ["only/b.tf"]);
    assert_eq!(files(&scratch, &["--no-gitignore"]).len(), names.len());
}

#[test]
fn ignore_files_count_within_one_repository() {
    let scratch = Scratch::new();
    scratch
        .write(".gitignore", "*.tf\n")
        .write("r/.git/index", EMPTY_INDEX)
        .write("r/a.tf", role("r/a.tf"))
        .write("r/.gitignore", "/n/b.tf\nv/\n");
    scratch
        .write("r/n/.git/index", EMPTY_INDEX)
        .write("r/n/b.tf", role("r/n/b.tf"))
        .write("r/n/c.tf", role("r/n/c.tf"))
        .write("r/n/.gitignore", "c.tf\n");
    scratch.write("r/v/.git/index", EMPTY_INDEX).write("r/v/d.tf", role("r/v/d.tf"));
    assert_eq!(files(&scratch, &["r"]), ["r/a.tf", "r/n/b.tf"]);
    // Without git's list of what it tracks, nobody knows what belongs to the tree.
    scratch
        .write("d/.gitignore", "e/b.tf\n")
        .write("d/e/a.tf", role("d/e/a.tf"))
        .write("d/e/b.tf", role("d/e/b.tf"))
        .write("d/e/c.tf", role("d/e/c.tf"));
    scratch.write("d/e/.gitignore", "c.tf\n");
    assert_eq!(files(&scratch, &["d"]), ["d/e/a.tf", "d/e/b.tf", "d/e/c.tf"]);
}

/// A repository in which a commit ignores the files that it adds, beside files of the same directories that are not tracked.
fn hiding(arguments: &[&str]) -> Scratch {
    let scratch = Scratch::new();
    git(scratch.path(), &[&["init", "--quiet"], arguments].concat());
    scratch.write(".gitignore", "hidden.tf\n/deep/\n*.tfvars\n").write("a.tf", QUIET).write("hidden.tf", role("hidden.tf"));
    scratch
        .write("deep/down/b.tf", role("deep/down/b.tf"))
        .write("deep/.gitignore", "*\n")
        .write("deep/.terraform/c.tf", role("deep/.terraform/c.tf"));
    git(scratch.path(), &["add", "--all", "--force"]);
    git(scratch.path(), &["commit", "--quiet", "--message", "hide"]);
    scratch
        .write("deep/down/untracked.tf", role("deep/down/untracked.tf"))
        .write("deep/other/d.tf", role("deep/other/d.tf"))
        .write("sub/hidden.tf", role("sub/hidden.tf"));
    scratch
}

const TRACKED: [&str; 2] = ["deep/down/b.tf", "hidden.tf"];

#[test]
fn what_is_tracked_cannot_be_ignored() {
    let scratch = hiding(&[]);
    assert_eq!(files(&scratch, &[]), TRACKED);
    assert_eq!(files(&scratch, &["--no-gitignore"]).len(), 5);
    for version in ["3", "4"] {
        git(scratch.path(), &["update-index", "--index-version", version]);
        assert_eq!(files(&scratch, &[]), TRACKED, "version {version}");
    }
    git(scratch.path(), &["rm", "--quiet", "--cached", "hidden.tf"]);
    assert_eq!(files(&scratch, &[]), TRACKED[..1]);
    std::fs::remove_file(scratch.path().join(".git/index")).unwrap();
    let all = ["deep/down/b.tf", "deep/down/untracked.tf", "deep/other/d.tf", "hidden.tf", "sub/hidden.tf"];
    assert_eq!(files(&scratch, &[]), all, "without an index nobody knows what is tracked");
}

#[test]
fn other_forms_of_an_index_are_read() {
    let long = hiding(&["--object-format=sha256"]);
    assert_eq!(files(&long, &[]), TRACKED);
    let split = hiding(&[]);
    git(split.path(), &["update-index", "--split-index"]);
    git(split.path(), &["-c", "splitIndex.maxPercentChange=100", "rm", "--quiet", "--cached", "hidden.tf"]);
    split.write("new/hidden.tf", role("new/hidden.tf"));
    git(split.path(), &["-c", "splitIndex.maxPercentChange=100", "add", "--force", "new"]);
    assert_eq!(files(&split, &[]), ["deep/down/b.tf", "new/hidden.tf"]);
    let shared = std::fs::read_dir(split.path().join(".git")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    for name in shared.filter(|name| name.starts_with("sharedindex.")) {
        std::fs::remove_file(split.path().join(".git").join(name)).unwrap();
    }
    let found = found(&split, &[]);
    assert!(found.status == Some(2) && found.wrong[0].contains("` is not read: it is not there"), "{:?}", found.wrong);
    let sparse = hiding(&[]);
    sparse.write("cone/a.tf", QUIET);
    git(sparse.path(), &["add", "cone"]);
    git(sparse.path(), &["commit", "--quiet", "--message", "cone"]);
    for name in ["deep/down/untracked.tf", "deep/other/d.tf"] {
        std::fs::remove_file(sparse.path().join(name)).unwrap();
    }
    git(sparse.path(), &["sparse-checkout", "set", "--cone", "--sparse-index", "cone"]);
    assert_eq!(files(&sparse, &[]), ["hidden.tf"]);
}

#[test]
fn a_broken_index_is_a_problem_and_gitignore_holds() {
    let scratch = hiding(&[]);
    let index = scratch.path().join(".git/index");
    let whole = std::fs::read(&index).unwrap();
    let told = |bytes: &[u8]| {
        std::fs::write(&index, bytes).unwrap();
        let found = found(&scratch, &[]);
        assert_eq!((found.status, found.files.len(), found.wrong.len()), (Some(2), 0, 1), "{:?}", found.wrong);
        found.wrong[0].clone()
    };
    let expected = "problem[unreadable] `.git/index` is not read: it is no index of git's: it is cut off, or its paths are too long";
    assert_eq!(told(&whole[..whole.len() / 2]), expected);
    assert_eq!(told(b""), expected);
    assert!(told(&[b"NONE", &whole[4..]].concat()).starts_with("problem[unreadable] `.git/index` is not read: it is no index of git's: "));
    // Optional parts that would be decoded by recursion are not decoded at all.
    let (entries, checksum) = whole.split_at(whole.len() - 20);
    let trees = b"\0-1 1\n".repeat(1 << 20);
    let size = u32::try_from(trees.len()).unwrap().to_be_bytes();
    std::fs::write(&index, [entries, b"TREE", &size, &trees, checksum].concat()).unwrap();
    assert_eq!(files(&scratch, &[]), TRACKED);
    // A few bytes of version 4 that stand for paths without end.
    let entry = |strip: &[u8], path: &[u8]| [&[0; 24], &[0, 0, 0x81, 0xa4][..], &[0; 32], &[0, 0], strip, path, b"\0"].concat();
    let mut bomb = [&b"DIRC\0\0\0\x04"[..], &100_000_u32.to_be_bytes()].concat();
    bomb.extend(entry(&[0], &b"d/".repeat(30_000)));
    (1..100_000).for_each(|_| bomb.extend(entry(&[0], b"")));
    bomb.extend([0; 20]);
    assert_eq!(told(&bomb), expected);
    std::fs::remove_file(&index).unwrap();
    std::fs::create_dir(&index).unwrap();
    let found = found(&scratch, &[]);
    assert_eq!(found.wrong, ["problem[unreadable] `.git/index` is not read: it is no regular file"]);
}

#[test]
fn worktrees_and_submodules_have_their_own_index() {
    let scratch = Scratch::new();
    scratch.write("main/.gitignore", "hidden.tf\n").write("main/hidden.tf", role("main/hidden.tf")).write("main/a.tf", QUIET);
    let main = scratch.path().join("main");
    git(&main, &["init", "--quiet"]);
    git(&main, &["add", "--all", "--force"]);
    git(&main, &["commit", "--quiet", "--message", "hide"]);
    git(&main, &["worktree", "add", "--quiet", "../tree"]);
    scratch.write("main/.git/info/exclude", "excluded.tf\n");
    scratch.write("tree/sub/hidden.tf", role("tree/sub/hidden.tf")).write("tree/excluded.tf", role("tree/excluded.tf"));
    assert_eq!(files(&scratch, &["tree"]), ["tree/hidden.tf"]);
    git(&scratch.path().join("tree"), &["rm", "--quiet", "--cached", "hidden.tf"]);
    assert_eq!(files(&scratch, &["tree"]), <[&str; 0]>::default());
    assert_eq!(files(&scratch, &["main"]), ["main/hidden.tf"]);
    // A submodule in a directory that is ignored around it.
    scratch.write("outer/.gitignore", "*.tf\nvendor/\n").write("outer/vendor/untracked.tf", role("outer/vendor/untracked.tf"));
    let outer = scratch.path().join("outer");
    git(&outer, &["init", "--quiet"]);
    git(&outer, &["submodule", "--quiet", "add", "--force", "../main", "vendor/sub"]);
    assert!(outer.join("vendor/sub/.git").is_file());
    scratch
        .write("outer/vendor/sub/new.tf", role("outer/vendor/sub/new.tf"))
        .write("outer/vendor/sub/x/hidden.tf", role("outer/vendor/sub/x/hidden.tf"));
    assert_eq!(files(&scratch, &["outer"]), ["outer/vendor/sub/hidden.tf", "outer/vendor/sub/new.tf"]);
    // A file that says nothing is told, one that leads to what is not at hand is not.
    scratch.write("tree/.git", "gitdir: /not/at/hand\n");
    assert_eq!(files(&scratch, &["tree"]), ["tree/excluded.tf", "tree/hidden.tf", "tree/sub/hidden.tf"]);
    scratch.write("tree/.git", "x".repeat(100));
    assert_eq!(found(&scratch, &["tree"]).wrong, ["problem[unreadable] `tree/.git` is not read: it names no directory of git's"]);
}

#[cfg(unix)]
#[test]
fn no_link_of_the_repository_decides_where_reports_go() {
    use std::os::unix::fs::symlink;
    let scratch = Scratch::new();
    scratch.write("r/.git/HEAD", "").write("r/infra/a.tf", role("r/infra/a.tf")).write("outside/precious", "precious");
    let link = |target: &str, name: &str| symlink(target, scratch.path().join(name)).unwrap();
    link("../outside/precious", "r/report.json");
    link("../outside/new.json", "r/new.json");
    link("../outside", "r/out");
    link("infra", "r/within");
    link("r/report.json", "back.json");
    link("outside", "elsewhere");
    link("ring", "ring");
    let here = scratch.path().join("r");
    let run = |output: &str| rolelint_in(&here, &["check", "infra", "-f", "concise", "--output", "first.json", "--output", output]);
    let count = |directory: &str| std::fs::read_dir(scratch.path().join(directory)).unwrap().count();
    let absolute = here.join("infra/../out/x.json");
    let before = (count("outside"), count("r"));
    let refused = [
        ("report.json", "report.json"),
        ("new.json", "new.json"),
        ("out/x.json", "out"),
        ("within/x.json", "within"),
        ("../back.json", "report.json"),
        ("../elsewhere/../r/./out/x.json", "out"),
        (absolute.to_str().unwrap(), "out"),
    ];
    for (output, link) in refused {
        let run = run(output);
        assert_eq!((run.status, run.out.as_str()), (Some(2), ""), "{output}");
        let reason = format!("is not written: `{link}` is a link, and no link of the repository decides where files go\n");
        assert!(run.err.starts_with("rolelint: --output: `") && run.err.ends_with(&reason), "{output}: {}", run.err);
        assert_eq!((count("outside"), count("r")), before, "{output}");
    }
    assert_eq!(std::fs::read_to_string(scratch.path().join("outside/precious")).unwrap(), "precious");
    assert!(run("json=../ring").err.contains("more than 40 links lead to it"), "{}", run("json=../ring").err);
    assert_eq!((count("outside"), count("r")), before);
    // The current directory counts where nothing in it is analysed, and without a repository, too.
    let elsewhere = rolelint_in(&here, &["check", "../outside", "--output", "out/x.json"]);
    assert!(elsewhere.status == Some(2) && elsewhere.err.contains("`out` is a link"), "{}", elsewhere.err);
    let outside = scratch.run(&["check", "r/infra", "--output", "elsewhere/x.json"]);
    assert!(outside.status == Some(2) && outside.err.contains("`elsewhere` is a link"), "{}", outside.err);
    // Links that stand elsewhere are the user's own.
    assert_eq!((run("../elsewhere/x.json").status, count("outside")), (Some(1), before.0 + 1));
    let piped = run("json=/dev/stdout");
    assert!(piped.status == Some(1) && piped.out.contains("\"findings\""), "{}{}", piped.out, piped.err);
}
