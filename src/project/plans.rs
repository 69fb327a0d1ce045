//! Plans that are named on the command line: read, and joined with the source that they were made of.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::{LARGEST, Reading, containing_root, is_read_as, not_read, plain, read_file, shown};
use crate::finding::{Problem, ProblemKind};
use crate::source::{File, FileId, FileKind, Sources};
use crate::terraform::{Tree, plan};

/// The name of standard input.
const STANDARD_INPUT: &str = "-";

/// How a plan that came through a pipe is shown.
const SHOWN_INPUT: &str = "<stdin>";

/// How a zip archive begins: what `terraform plan -out` writes is one.
const ARCHIVE: &[u8] = b"PK\x03\x04";

/// A plan's text, and where its source may be.
pub(super) struct PlanFile {
    file: File,
    directory: PathBuf,
}

impl Reading<'_> {
    /// Takes standard input, or a pipe, as a plan.
    pub(super) fn streamed(&mut self, path: &Path) -> bool {
        let is_input = path.as_os_str() == STANDARD_INPUT;
        let is_pipe = || std::fs::metadata(path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir());
        if !is_input && !is_pipe() {
            return false;
        }
        let mut bytes = Vec::new();
        let limit = LARGEST + 1;
        let read = match is_input {
            true => std::io::stdin().lock().take(limit).read_to_end(&mut bytes),
            false => std::fs::File::open(path).and_then(|pipe| pipe.take(limit).read_to_end(&mut bytes)),
        };
        let name = if is_input { SHOWN_INPUT.to_owned() } else { shown(path) };
        match read {
            Err(error) => self.complain(format!("cannot read `{name}`: {}", plain(&error))),
            Ok(_) if bytes.len() as u64 > LARGEST => {
                self.complain(format!("`{name}` is not read: it is larger than {} MiB", LARGEST >> 20))
            }
            Ok(_) if !self.plan(&name, &bytes, Path::new(".")) => {
                self.complain(format!("`{name}` is no plan: pass the output of `terraform show -json plan`"));
            }
            Ok(_) => {}
        }
        true
    }

    /// Takes a file that is none of Terraform's source as a plan, if it is meant as one.
    pub(super) fn plan_file(&mut self, path: &Path, name: &str) -> bool {
        let roots: Vec<PathBuf> = containing_root(path).into_iter().collect();
        let is_read = std::fs::symlink_metadata(path).map_err(|error| plain(&error));
        if let Err(reason) = is_read.and_then(|metadata| is_read_as(path, name, metadata.file_type(), &roots)) {
            self.complain(not_read(name, &reason));
            return true;
        }
        match read_file(path) {
            Ok(bytes) => {
                let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
                self.plan(name, &bytes, directory)
            }
            Err(error) => {
                self.complain(format!("cannot read `{name}`: {error}"));
                true
            }
        }
    }

    /// Keeps a plan, or says what is wrong with what may be meant as one.
    fn plan(&mut self, name: &str, bytes: &[u8], directory: &Path) -> bool {
        if bytes.starts_with(ARCHIVE) {
            // Any archive may have changed.
            if self.request.changed {
                return false;
            }
            self.complain(format!(
                "`{name}` is a plan in Terraform's own format: run `terraform show -json {name} > plan.json`, and check that"
            ));
            return true;
        }
        if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
            self.complain(format!("`{name}` is UTF-16, as PowerShell's `>` writes it: write it with `| Out-File -Encoding utf8`"));
            return true;
        }
        let file = File::from_bytes(name, FileKind::Plan, bytes);
        if !plan::is_plan(&file.text) {
            return false;
        }
        self.plans.push(PlanFile { file, directory: directory.to_owned() });
        true
    }

    /// Finds the source of the plans, without judging any that nobody named. Returns the directories that somebody named.
    pub(super) fn plan_sources(&mut self) -> BTreeSet<String> {
        let named = self.found.keys().map(|path| directory_of_shown(path)).collect();
        for directory in self.plan_directories() {
            self.roots.extend(containing_root(&directory));
            self.directory(&directory);
        }
        named
    }

    fn plan_directories(&self) -> Vec<PathBuf> {
        match &self.request.source {
            Some(source) if !self.plans.is_empty() => vec![source.clone()],
            _ => {
                let here = (!self.plans.is_empty()).then(|| PathBuf::from("."));
                self.plans.iter().map(|plan| plan.directory.clone()).chain(here).collect()
            }
        }
    }

    /// Makes each plan a root of the tree. `named` are the directories of source that is judged by itself, too.
    pub(super) fn adopt_plans(&mut self, sources: &Sources, tree: &mut Tree, files: &mut Vec<FileId>, named: &BTreeSet<String>) {
        if self.plans.is_empty() {
            return;
        }
        for module in tree.modules().iter().filter(|module| !named.contains(&module.directory)).map(|module| module.id).collect::<Vec<_>>()
        {
            tree.set_aside(module);
        }
        for PlanFile { file, directory } in std::mem::take(&mut self.plans) {
            let path = file.path.clone();
            let id = sources.add(file);
            files.push(id);
            match plan::read(sources, id) {
                Ok(plan) => self.adopt(tree, plan, id, &path, &directory, named),
                Err(problem) => self.problems.push(problem),
            }
        }
    }

    fn adopt(&mut self, tree: &mut Tree, plan: plan::Plan, id: FileId, path: &str, beside: &Path, named: &BTreeSet<String>) {
        let given = self.request.source.as_deref();
        let mut directories = vec![shown(given.unwrap_or(beside))];
        if given.is_none() {
            directories.push(String::new());
            directories.extend(named.iter().cloned());
        }
        let adopted = tree.adopt(plan, path, &directories);
        if let Some(module) = adopted.source {
            // The plan says more of it than its source alone.
            tree.set_aside(module);
        }
        if !self.only.is_empty() {
            self.only.insert(directory_of_shown(path));
        }
        let at = crate::source::Span::new(id, 0..1);
        match (adopted.unlike, given) {
            (Some((directory, missing)), _) => {
                let here = if directory.is_empty() { "." } else { &directory };
                let message =
                    format!("the source in `{here}` has no `{missing}`, so it is not what this plan was made of: the plan is judged alone");
                self.problems.push(Problem::new(ProblemKind::Terraform, message, at));
            }
            (None, Some(source)) if adopted.source.is_none() => {
                let message = format!("--source `{}` is not the directory that this plan was made in", shown(source));
                self.problems.push(Problem::new(ProblemKind::Config, message, at));
            }
            _ => {}
        }
    }
}

fn directory_of_shown(path: &str) -> String {
    path.rsplit_once('/').map_or("", |(directory, _)| directory).to_owned()
}
