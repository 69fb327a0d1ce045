//! Bare statements: a block whose fence says what carries the statements that it holds. One statement stands without its braces, several
//! stand in theirs, `{ … },` and so on.

/// What a fence may say.
pub const FENCES: &str = "a bare statement stands in a fence `hcl trust`, `hcl identity` or `hcl bucket`, each with a name or without";

/// What carries a statement: the lines of the file above it.
struct Carrier {
    kind: &'static str,
    /// Its name where the fence gives none.
    name: &'static str,
    head: fn(&str) -> String,
}

const CARRIERS: [Carrier; 3] = [
    Carrier {
        kind: "trust",
        name: "deploy",
        head: |name| format!("resource \"aws_iam_role\" \"{name}\" {{\n  name = \"{name}\"\n\n  assume_role_policy = jsonencode({{\n"),
    },
    Carrier {
        kind: "identity",
        name: "ci",
        head: |name| format!("resource \"aws_iam_policy\" \"{name}\" {{\n  name = \"{name}\"\n\n  policy = jsonencode({{\n"),
    },
    Carrier {
        kind: "bucket",
        name: "reports",
        head: |name| {
            format!("resource \"aws_s3_bucket_policy\" \"{name}\" {{\n  bucket = \"example-{name}\"\n\n  policy = jsonencode({{\n")
        },
    },
];

/// The file that a bare statement stands for, and how many of its lines stand above the statement.
pub fn expand(options: &[String], body: &str) -> Option<(String, usize)> {
    let (kind, name) = match options {
        [kind] => (kind, None),
        [kind, name] => (kind, Some(name.as_str())),
        _ => return None,
    };
    let (opening, closing) = if body.starts_with('{') { ("[", "]") } else { ("[{", "}]") };
    let carrier = CARRIERS.iter().find(|carrier| carrier.kind == kind)?;
    let mut text = (carrier.head)(name.unwrap_or(carrier.name));
    text += &format!("    Version = \"2012-10-17\"\n    Statement = {opening}\n");
    let above = text.lines().count();
    for line in body.lines() {
        text += &if line.is_empty() { "\n".to_owned() } else { format!("      {line}\n") };
    }
    text += &format!("    {closing}\n  }})\n}}\n");
    Some((text, above))
}
