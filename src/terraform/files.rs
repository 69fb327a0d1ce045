//! From files to modules: which files of a directory count, in which order, and what each declares.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use rayon::prelude::*;

use super::declaration::Piece;
use super::module::{Header, Module, ModuleId};
use super::tree::Tree;
use crate::finding::{Problem, ProblemKind};
use crate::source::{File, FileId, FileKind, Sources};
use crate::syntax::ast::{Attribute, Block};
use crate::syntax::skim::{self, Skimmed};
use crate::syntax::{hcl, tf_json};

/// What one file declares, before it is known whose module it is.
enum Contents {
    Skimmed(Skimmed),
    Json(Vec<Block>),
    Values(Vec<Attribute>),
    /// The file cannot be read.
    Unread,
    Nothing,
}

/// One file's part of its module.
struct FilePart {
    file: Arc<File>,
    id: FileId,
    contents: Contents,
    problems: Vec<Problem>,
}

/// Reads the declarations of `files` in parallel and groups them into modules by directory.
pub fn load(sources: &Sources, files: &[FileId]) -> Tree {
    let files = effective(sources, files);
    let mut read: Vec<FilePart> = files
        .into_par_iter()
        .map(|(file, id)| {
            let (contents, problems) = contents(&file, id);
            FilePart { file, id, contents, problems }
        })
        .collect();
    read.sort_by(|a, b| a.file.path.cmp(&b.file.path));
    let mut directories: BTreeMap<String, Vec<FilePart>> = BTreeMap::new();
    for entry in read {
        directories.entry(entry.file.directory().to_owned()).or_default().push(entry);
    }
    let directories: Vec<(String, Vec<FilePart>)> = directories.into_iter().collect();
    let numbered = directories.into_par_iter().enumerate();
    let modules = numbered
        .map(|(index, (directory, entries))| module(ModuleId(u32::try_from(index).unwrap_or(u32::MAX)), directory, entries))
        .collect();
    Tree::new(modules)
}

/// A file of another tool's that has `locals` as Terraform has them, and nothing else that counts.
pub fn only_locals(sources: &Sources, file: FileId) -> Tree {
    let source = sources.file(file);
    let mut module = Module::new(ModuleId(0), source.directory().to_owned());
    let contents = Contents::Skimmed(skim::skim_file(file, &source));
    let locals = pieces(contents, file).into_iter().filter(|(header, _)| header.kind.as_ref() == "locals");
    locals.for_each(|(header, piece)| module.declare(header, piece));
    Tree::new(vec![module])
}

/// The files that Terraform or OpenTofu would load: `a.tofu` stands in for `a.tf` (opentofu.org, "files and directories").
fn effective(sources: &Sources, files: &[FileId]) -> Vec<(Arc<File>, FileId)> {
    let of_terraform = |file: &File| matches!(file.kind, FileKind::Hcl | FileKind::HclJson | FileKind::Variables | FileKind::VariablesJson);
    let all: Vec<(Arc<File>, FileId)> = files.iter().map(|id| (sources.file(*id), *id)).filter(|(file, _)| of_terraform(file)).collect();
    let tofu: HashSet<String> = all
        .iter()
        .filter(|(file, _)| file.path.ends_with(".tofu") || file.path.ends_with(".tofu.json"))
        .map(|(file, _)| file.path.clone())
        .collect();
    let replaced = |path: &str| {
        let twin = path.strip_suffix(".tf").map(|stem| format!("{stem}.tofu"));
        let twin = twin.or_else(|| path.strip_suffix(".tf.json").map(|stem| format!("{stem}.tofu.json")));
        twin.is_some_and(|twin| tofu.contains(&twin))
    };
    all.into_iter().filter(|(file, _)| tofu.is_empty() || !replaced(&file.path)).collect()
}

fn contents(file: &File, id: FileId) -> (Contents, Vec<Problem>) {
    if file.unread.is_some() {
        return (Contents::Unread, Vec::new());
    }
    match file.kind {
        FileKind::Hcl => {
            let mut skimmed = skim::skim_file(id, file);
            let mut problems = std::mem::take(&mut skimmed.problems);
            let stray = skimmed.attributes.iter().filter(|attribute| attribute.broken.is_none());
            problems.extend(stray.map(|attribute| {
                let message = format!("`{}` stands outside of any block, which Terraform rejects", attribute.name.text);
                Problem::new(ProblemKind::Syntax, message, attribute.name.span)
            }));
            (Contents::Skimmed(skimmed), problems)
        }
        FileKind::HclJson => {
            let (blocks, problems) = tf_json::parse_blocks(id, &file.text, |_, text| Ok(hcl::parse_template(text)?.tree));
            (Contents::Json(blocks), problems)
        }
        // What is left may be for `--var-file`, or no values at all.
        FileKind::Variables | FileKind::VariablesJson if load_order(file.name()).is_none() => (Contents::Nothing, Vec::new()),
        FileKind::Variables | FileKind::VariablesJson => {
            let (attributes, problems) = parse_values(file, id);
            (Contents::Values(attributes), problems)
        }
        FileKind::Terragrunt | FileKind::Policy | FileKind::Plan | FileKind::Other => (Contents::Nothing, Vec::new()),
    }
}

/// What a file of values sets, and what is wrong in it. Terraform refuses blocks there, and a name that is set twice.
pub fn parse_values(file: &File, id: FileId) -> (Vec<Attribute>, Vec<Problem>) {
    if file.kind == FileKind::VariablesJson {
        return tf_json::parse_variables(id, &file.text);
    }
    let parsed = hcl::parse_file(id, &file.text);
    let mut problems = parsed.problems;
    for block in &parsed.body.blocks {
        let kind = &block.kind.text;
        let message = format!("`{kind}` is a block, which a file of values cannot have: write `{kind} = …`");
        problems.push(Problem::new(ProblemKind::Terraform, message, block.header()));
    }
    let mut seen = HashSet::new();
    for name in parsed.body.attributes.iter().map(|attribute| &attribute.name) {
        if !seen.insert(Arc::clone(&name.text)) {
            problems.push(Problem::new(ProblemKind::Terraform, format!("`{}` is set twice", name.text), name.span));
        }
    }
    (parsed.body.attributes, problems)
}

/// `override.tf`, `x_override.tf` and their JSON and OpenTofu forms.
fn is_override(name: &str) -> bool {
    let stem = [".tf.json", ".tofu.json", ".tf", ".tofu"].iter().find_map(|ending| name.strip_suffix(ending));
    stem.is_some_and(|stem| stem == "override" || stem.ends_with("_override"))
}

/// Values that Terraform loads without being told: `terraform.tfvars`, then its JSON form, then `*.auto.tfvars` in order of
/// their names (language/values/variables). Nothing for files that need `--var-file`.
fn load_order(name: &str) -> Option<(u8, &str)> {
    match name {
        "terraform.tfvars" => Some((0, name)),
        "terraform.tfvars.json" => Some((1, name)),
        _ if name.ends_with(".auto.tfvars") || name.ends_with(".auto.tfvars.json") => Some((2, name)),
        _ => None,
    }
}

fn module(id: ModuleId, directory: String, entries: Vec<FilePart>) -> Module {
    let mut module = Module::new(id, directory);
    let mut overrides = Vec::new();
    let mut values = Vec::new();
    let mut lost: Option<((u8, String), FileId)> = None;
    for FilePart { file, id: file_id, contents, problems } in entries {
        module.files.push(file_id);
        module.problems.extend(problems);
        match contents {
            Contents::Values(attributes) => {
                if let Some((rank, name)) = load_order(file.name()) {
                    values.push(((rank, name.to_owned()), attributes));
                }
            }
            Contents::Nothing => {}
            Contents::Unread => match load_order(file.name()) {
                Some((rank, name)) => lost = lost.max(Some(((rank, name.to_owned()), file_id))),
                None => module.unread |= matches!(file.kind, FileKind::Hcl | FileKind::HclJson),
            },
            declared if is_override(file.name()) => overrides.push((file_id, declared)),
            declared => {
                pieces(declared, file_id).into_iter().for_each(|(header, piece)| module.declare(header, piece));
            }
        }
    }
    for (file_id, declared) in overrides {
        pieces(declared, file_id).into_iter().for_each(|(header, piece)| module.override_with(header, piece));
    }
    values.sort_by(|a, b| a.0.cmp(&b.0));
    module.lost_values = lost.map(|(order, file)| {
        let earlier = values.iter().take_while(|(other, _)| *other < order);
        (earlier.map(|(_, attributes)| attributes.len()).sum(), file)
    });
    module.values = values.into_iter().flat_map(|(_, attributes)| attributes).collect();
    module
}

fn pieces(contents: Contents, id: FileId) -> Vec<(Header, Piece)> {
    match contents {
        Contents::Skimmed(skimmed) => {
            skimmed.blocks.into_iter().map(|block| (Header::of_skimmed(&block), Piece::Skimmed(id, block))).collect()
        }
        Contents::Json(blocks) => blocks.into_iter().map(|block| (Header::of_block(&block), Piece::Parsed(Arc::new(block)))).collect(),
        Contents::Values(_) | Contents::Unread | Contents::Nothing => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::is_override;

    #[test]
    fn override_files_go_by_name() {
        assert!(is_override("override.tf") && is_override("x_override.tf.json") && is_override("a_override.tofu"));
        assert!(!is_override("overrides.tf") && !is_override("myoverride.tf"));
    }
}
