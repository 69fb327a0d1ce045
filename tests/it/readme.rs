//! What the documents show is what comes out.

use std::fs;

use crate::run::{rolelint, root, same_as_file};

/// A fence of a document after `<!-- rolelint ARGUMENTS -->` holds what that command prints.
#[test]
fn the_documents_show_real_output() {
    for name in ["README.md", "docs/json.md"] {
        let path = root().join(name);
        let text = fs::read_to_string(&path).unwrap().replace("\r\n", "\n");
        let mut parts = text.split("<!-- rolelint ");
        let mut made = parts.next().unwrap_or_default().to_owned();
        let mut shown = 0;
        for part in parts {
            let (arguments, rest) = part.split_once(" -->\n").unwrap();
            let (fence, rest) = rest.trim_start_matches('\n').split_once('\n').unwrap();
            let (_, rest) = format!("\n{rest}").split_once("\n```\n").map(|(old, rest)| (old.to_owned(), rest.to_owned())).unwrap();
            let run = rolelint(&arguments.split(' ').collect::<Vec<_>>());
            made.push_str(&format!("<!-- rolelint {arguments} -->\n\n{fence}\n{}\n```\n{rest}", run.out.trim_end()));
            shown += 1;
        }
        assert!(shown > 0, "{name} shows nothing");
        same_as_file(&path, &made);
    }
}

/// The two commands that the README gives: the one is the example, the other what CI runs.
#[test]
fn ci_runs_the_test_command_of_the_readme() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let ci = fs::read_to_string(root().join(".ci/run")).unwrap();
    assert!(readme.contains("\ncargo run --release -- check testdata/projects/estate\n"));
    assert!(readme.contains("\ncargo test\n") && ci.lines().any(|line| line == "cargo test"));
}
