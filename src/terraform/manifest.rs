//! What `terraform init` has downloaded, and where it put it: `modules/modules.json` in Terraform's data directory.
//!
//! Its shape is that of Terraform's package `modsdir`: `{"Modules": [{"Key": "vpc.sub", "Source": …, "Version": …, "Dir": …}]}`, where
//! `Key` is the path of calls from the root module and `Dir` is relative to where Terraform ran.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::path::{normalise, shown};
use crate::finding::{Problem, ProblemKind};
use crate::source::{FileId, ReadError, Sources, Span};
use crate::syntax::json::{self, Member, Node, NodeKind, Piece};
use crate::syntax::text::Text;

/// Where Terraform keeps its data below a root module, unless TF_DATA_DIR says otherwise.
pub const DATA_DIRECTORY: &str = ".terraform";

/// A manifest of more modules than this was not written by Terraform.
const MOST_RECORDS: usize = 20_000;
/// A larger manifest is not parsed.
const LARGEST: usize = 8 << 20;

/// The modules that one root module was given.
#[derive(Debug)]
pub struct Manifest {
    /// The directory of the root module.
    pub root: String,
    /// Where packages are put, and the manifest lies.
    pub packages: String,
    /// By path of calls from the root: `vpc.sub`.
    pub records: BTreeMap<String, Record>,
}

/// One downloaded or local module.
#[derive(Debug)]
pub struct Record {
    pub source: Arc<str>,
    pub version: Option<Arc<str>>,
    /// As `File::path` writes it.
    pub directory: String,
    /// `Dir`'s value in the manifest.
    pub span: Span,
}

impl Manifest {
    /// The manifest of the root module in `root`, if there is one. One that cannot be read is a problem.
    pub fn of(root: &str, data: &str, sources: &Sources) -> Result<Option<Manifest>, Problem> {
        let packages = shown(sources, normalise(root, &format!("{data}/modules")));
        let path = format!("{packages}/modules.json");
        if !sources.exists(&path) {
            return Ok(None);
        }
        let file = match sources.named(&path) {
            Ok(file) => file,
            Err(ReadError::NotFound) => return Ok(None),
            Err(error) => return Err(Problem::new(ProblemKind::Unreadable, format!("`{path}` is not read: {error}"), None)),
        };
        let records = records(file, root, sources)?;
        Ok(Some(Manifest { root: root.to_owned(), packages, records }))
    }

    /// The directory of the module at the end of a path of calls; of the root module for no path.
    pub fn directory(&self, key: &str) -> Option<&str> {
        if key.is_empty() {
            return Some(&self.root);
        }
        self.records.get(key).map(|record| record.directory.as_str())
    }
}

fn records(file: FileId, root: &str, sources: &Sources) -> Result<BTreeMap<String, Record>, Problem> {
    let text = Arc::clone(&sources.file(file).text);
    let whole = Span::new(file, 0..text.len());
    let wrong = |message: &str, span: Span| {
        let message = format!("this is no list of downloaded modules, so none is looked for: {message}");
        Problem::new(ProblemKind::Syntax, message, span)
    };
    if text.len() > LARGEST {
        return Err(Problem::new(ProblemKind::Limit, "this list of downloaded modules is too large to read", Span::new(file, 0..1)));
    }
    let parsed = json::parse(&[Piece::Text(Text::verbatim(text, whole, 0))], whole);
    let node = parsed.map_err(|error| wrong(&error.message, error.span))?;
    let Some(Node { kind: NodeKind::List(items), .. }) = member(&node, "Modules") else {
        return Err(wrong("it has no list `Modules`", Span::new(file, 0..1)));
    };
    let mut records = BTreeMap::new();
    for item in items.iter().take(MOST_RECORDS) {
        let (Some(key), Some(source), Some(directory)) = (string(item, "Key"), string(item, "Source"), string(item, "Dir")) else {
            return Err(wrong("a module without `Key`, `Source` or `Dir`", item.span));
        };
        let span = member(item, "Dir").map_or(item.span, |node| node.span);
        let version = string(item, "Version").filter(|version| !version.is_empty());
        let directory = shown(sources, normalise(root, &directory.replace('\\', "/")));
        records.insert(key.to_string(), Record { source, version, directory, span });
    }
    Ok(records)
}

fn member<'n>(node: &'n Node, name: &str) -> Option<&'n Node> {
    let NodeKind::Object(members) = &node.kind else { return None };
    let named = |member: &&Member| member.name().as_deref() == Some(name);
    members.iter().rev().find(named).map(|member| &member.value)
}

fn string(node: &Node, name: &str) -> Option<Arc<str>> {
    match &member(node, name)?.kind {
        NodeKind::String(pieces) => json::known(pieces).map(|text| text.as_ref().into()),
        _ => None,
    }
}

/// Whether what was downloaded is what a call asks for. What Terraform writes into the manifest is the address in full: with the registry's
/// host, with `git::` and a scheme (language/modules/sources). Addresses that are neither of a registry nor of git are taken on trust.
pub(super) fn same_source(written: &str, recorded: &str) -> bool {
    if written == recorded {
        return true;
    }
    if let Some(host) = recorded.strip_suffix(written).and_then(|rest| rest.strip_suffix('/')) {
        return host.contains('.') && !host.contains('/');
    }
    match (is_registry(written), is_git(written)) {
        (false, false) => !is_registry(recorded),
        (true, _) => false,
        (false, true) => is_git(recorded) && plain(written) == plain(recorded),
    }
}

/// `namespace/name/provider`, perhaps with a host before it and a directory inside of the package after it.
fn is_registry(source: &str) -> bool {
    let package = source.split("//").next().unwrap_or(source);
    let parts: Vec<&str> = package.split('/').collect();
    let word =
        |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    let hosted = |host: &str| host.contains('.') && !matches!(host, "github.com" | "bitbucket.org" | "gitlab.com");
    match parts.as_slice() {
        [namespace, _, _] => !namespace.contains('.') && parts.iter().all(word),
        [host, ..] if parts.len() == 4 => hosted(host) && parts.iter().all(word),
        _ => false,
    }
}

fn is_git(source: &str) -> bool {
    source.starts_with("git::") || source.starts_with("git@") || source.starts_with("github.com/") || source.starts_with("bitbucket.org/")
}

/// An address of git without what can be written in several ways: `github.com/owner/name//directory?ref=v1`.
fn plain(source: &str) -> String {
    let source = source.strip_prefix("git::").unwrap_or(source);
    let source = source.split_once("://").map_or(source, |(_, rest)| rest);
    let end = source.find(['/', '?']).unwrap_or(source.len());
    let (authority, rest) = source.split_at(end);
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host).replacen(':', "/", 1);
    let address = format!("{host}{rest}");
    let (path, query) = address.split_once('?').unwrap_or((&address, ""));
    let (package, inside) = path.split_once("//").unwrap_or((path, ""));
    format!("{}//{inside}?{query}", package.trim_end_matches(".git"))
}

/// Whether a downloaded version is one that a call's `version` asks for (language/expressions/version-constraints). Constraints that are
/// not understood are taken to be met.
pub(super) fn meets(version: &str, constraints: &str) -> bool {
    let Some(version) = numbers(version) else { return true };
    constraints.split(',').all(|constraint| {
        let constraint = constraint.trim();
        let digits = constraint.find(|character: char| character.is_ascii_digit()).unwrap_or(0);
        let (operator, wanted) = constraint.split_at(digits);
        let Some(wanted) = numbers(wanted) else { return true };
        let (have, want) = (padded(&version), padded(&wanted));
        match operator.trim() {
            "" | "=" => have == want,
            "!=" => have != want,
            ">" => have > want,
            ">=" => have >= want,
            "<" => have < want,
            "<=" => have <= want,
            // All but the last of the numbers stay as they are.
            "~>" => have >= want && version.iter().zip(&wanted).take(wanted.len().saturating_sub(1)).all(|(a, b)| a == b),
            _ => true,
        }
    })
}

fn numbers(version: &str) -> Option<Vec<u64>> {
    version.trim().trim_start_matches('v').split('.').map(|part| part.parse().ok()).collect()
}

fn padded(version: &[u64]) -> Vec<u64> {
    version.iter().copied().chain(std::iter::repeat(0)).take(version.len().max(4)).collect()
}

#[cfg(test)]
mod tests {
    use super::{meets, same_source};

    #[test]
    fn addresses_are_compared_as_terraform_writes_them_in_full() {
        for (written, recorded) in [
            ("terraform-aws-modules/vpc/aws", "registry.terraform.io/terraform-aws-modules/vpc/aws"),
            ("terraform-aws-modules/iam/aws//modules/role", "registry.opentofu.org/terraform-aws-modules/iam/aws//modules/role"),
            ("app.terraform.io/acme/vpc/aws", "app.terraform.io/acme/vpc/aws"),
            ("github.com/acme/vpc", "git::https://github.com/acme/vpc.git"),
            ("git@github.com:acme/vpc.git//a?ref=v1", "git::ssh://git@github.com/acme/vpc.git//a?ref=v1"),
            ("git@example.com:vpc.git", "git::ssh://git@example.com/vpc.git"),
            ("git::https://example.com/vpc.git?ref=v1", "git::https://example.com/vpc.git?ref=v1"),
            ("s3::https://s3.amazonaws.com/b/vpc.zip", "s3::https://s3-eu-west-1.amazonaws.com/b/vpc.zip"),
        ] {
            assert!(same_source(written, recorded), "{written} {recorded}");
        }
        for (written, recorded) in [
            ("terraform-aws-modules/vpc/aws", "registry.terraform.io/terraform-aws-modules/iam/aws"),
            ("acme/vpc/aws", "registry.terraform.io/other/acme/vpc/aws"),
            ("github.com/acme/vpc?ref=v2", "git::https://github.com/acme/vpc.git?ref=v1"),
            ("github.com/acme/vpc", "registry.terraform.io/acme/vpc/aws"),
            ("s3::https://s3.amazonaws.com/b/vpc.zip", "registry.terraform.io/acme/vpc/aws"),
        ] {
            assert!(!same_source(written, recorded), "{written} {recorded}");
        }
    }

    #[test]
    fn versions_meet_constraints() {
        for (version, constraints) in
            [("5.1.0", "5.1.0"), ("5.1.0", "~> 5.0"), ("5.1.9", "~> 5.1.2"), ("5.1", ">= 5, < 6"), ("5.1.0-rc1", "4.0"), ("1.0.0", "= 1.0")]
        {
            assert!(meets(version, constraints), "{version} {constraints}");
        }
        for (version, constraints) in
            [("5.1.0", "5.2.0"), ("6.0.0", "~> 5.0"), ("5.2.0", "~> 5.1.2"), ("5.1.0", ">= 5, < 5.1"), ("4.0", "> 4")]
        {
            assert!(!meets(version, constraints), "{version} {constraints}");
        }
    }
}
