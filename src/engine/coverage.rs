//! How much of each policy is known, and what would have to be known for the rest.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use crate::estate::{Attached, Estate};
use crate::eval::unknown::{Reason, Unknown};
use crate::finding::{Cause, CauseKind, Missing, PolicyCoverage, State};
use crate::policy::{Document, Statement};
use crate::source::{FileId, Sources, Span};
use crate::terraform::Absence;

/// The policies of one root module, whose directory is `root`.
pub fn policies(estate: &Estate, root: &str, sources: &Sources) -> Vec<PolicyCoverage> {
    let mut listing = Listing { root: root.into(), sources, causes: HashMap::new() };
    let first = estate.forms().filter(|(form, attached)| attached.policy.first() == *form);
    first.filter_map(|(_, attached)| listing.policy(estate.policy(attached.policy))).collect()
}

struct Listing<'a> {
    root: Arc<str>,
    sources: &'a Sources,
    /// By id.
    causes: HashMap<String, Arc<Cause>>,
}

impl Listing<'_> {
    /// One policy, in all forms that it may have: what is not known in one of them is not known.
    fn policy(&mut self, forms: &[Attached]) -> Option<PolicyCoverage> {
        let all: Vec<&Document> = forms.iter().map(|form| &form.document).collect();
        let first = all.first()?;
        // A form in which Terraform fails is never applied, as long as there is another.
        let fails = |document: &&&Document| document.gap.as_ref().is_some_and(|gap| gap.is_failed());
        let valid: Vec<&Document> = all.iter().filter(|document| !fails(document)).copied().collect();
        let documents = if valid.is_empty() { all.clone() } else { valid };
        let missing = self.missing(&documents);
        let state = if documents.iter().all(|document| document.is_unknown()) {
            State::Unresolved
        } else if missing.is_empty() {
            State::Resolved
        } else if !missing.iter().any(|missing| missing.structural) {
            State::Leaves
        } else {
            State::Partial
        };
        Some(PolicyCoverage {
            address: first.address.clone(),
            kind: first.kind.name(),
            passed_to: passed_to(first),
            root: Arc::clone(&self.root),
            span: first.header,
            state,
            files: files(&documents, &missing),
            missing,
        })
    }

    /// Every value that is not known, each once at each place.
    fn missing(&mut self, documents: &[&Document]) -> Vec<Missing> {
        let gaps: Vec<(Span, &Unknown)> = documents.iter().flat_map(|document| gaps(document)).collect();
        let structural: HashSet<String> = gaps.iter().map(|(_, gap)| self.cause(gap).id.clone()).collect();
        let mut missing: Vec<Missing> = Vec::new();
        let mut seen: HashSet<(Span, String)> = HashSet::new();
        let mut covered: HashSet<String> = HashSet::new();
        for (span, unknown) in documents.iter().flat_map(|document| &document.unknowns) {
            let cause = self.cause(unknown);
            let reason = unknown.reason.to_string();
            covered.insert(cause.id.clone());
            if seen.insert((*span, reason.clone())) {
                let what = what(&unknown.reason);
                missing.push(Missing { span: *span, what, reason, structural: structural.contains(&cause.id), cause });
            }
        }
        // What is told of a value that stands for many is not told of each.
        for (span, gap) in gaps {
            let cause = self.cause(gap);
            if !gap.is_identity() && covered.insert(cause.id.clone()) {
                missing.push(Missing { span, what: what(&gap.reason), reason: gap.reason.to_string(), structural: true, cause });
            }
        }
        missing
    }

    fn cause(&mut self, unknown: &Unknown) -> Arc<Cause> {
        let directory = self.sources.file(unknown.span.file).directory().to_owned();
        let cause = cause(unknown, &directory, &self.root);
        Arc::clone(self.causes.entry(cause.id.clone()).or_insert_with(|| Arc::new(cause)))
    }
}

/// What leaves statements or lists open, with the place of the smallest thing that it leaves open.
fn gaps(document: &Document) -> Vec<(Span, &Unknown)> {
    let mut gaps: Vec<(Span, &Unknown)> = document.gap.iter().map(|gap| (document.place.span, gap.as_ref())).collect();
    for statement in &document.statements {
        let Statement { place, principals, actions, resources, conditions, gap, .. } = statement;
        gaps.extend(gap.unknowns().map(|gap| (place.span, gap.as_ref())));
        for items in actions.iter().chain(resources) {
            gaps.extend(items.gap.iter().map(|gap| (items.key.span, gap.as_ref())));
        }
        gaps.extend(principals.iter().filter_map(|principals| Some((principals.key.span, principals.gap.as_deref()?))));
        gaps.extend(conditions.iter().filter_map(|condition| Some((condition.key_place.span, condition.gap.as_deref()?))));
    }
    gaps
}

fn passed_to(document: &Document) -> Vec<(String, Option<Arc<str>>)> {
    let takers = document.carrier.handed().into_iter().flat_map(|handed| &handed.takers);
    takers.map(|taker| (taker.address.clone(), taker.source.clone())).collect()
}

/// Where the policy comes from: who changes one of these files may change it.
fn files(documents: &[&Document], missing: &[Missing]) -> BTreeSet<FileId> {
    let mut files: BTreeSet<FileId> = missing.iter().flat_map(|missing| [missing.span.file, missing.cause.span.file]).collect();
    for document in documents {
        let places = std::iter::once(&document.place).chain(document.statements.iter().map(|statement| &statement.place));
        files.extend(places.flat_map(|place| place.way.steps().iter().map(|step| step.span.file).chain([place.span.file])));
        files.extend(document.calls.iter().map(|(_, span)| span.file));
        files.insert(document.header.file);
    }
    files
}

fn what(reason: &Reason) -> String {
    match reason {
        Reason::Condition(inner) => format!("a condition on `{}`", inner.root().name()),
        Reason::Expansion { of, .. } => format!("the number of `{of}`"),
        Reason::Computed(inner) => what(inner),
        Reason::Limit(message) | Reason::Failed(message) => message.to_string(),
        reason => format!("`{}`", reason.name()),
    }
}

/// What would have to be known, for a value that is read in the module `directory` under the module `root`.
///
/// Values of a root module's own are told apart by root, because each root is mended by itself. What is mended in source is one cause,
/// whoever calls the module; so is what one option of the command line gives to all.
fn cause(unknown: &Unknown, directory: &str, root: &str) -> Cause {
    let reason = unknown.reason.root();
    let Words { kind, name, message, help } = words(reason, root);
    let id = match kind {
        CauseKind::Workspace => format!("{}::{name}", kind.name()),
        CauseKind::Variable | CauseKind::Module | CauseKind::Provider => format!("{}:{root}:{name}", kind.name()),
        CauseKind::Data | CauseKind::RemoteState | CauseKind::Resource if directory != root => {
            format!("{}:{directory}:{name}@{root}", kind.name())
        }
        _ => format!("{}:{directory}:{name}", kind.name()),
    };
    Cause { id, kind, name, message, help, span: unknown.span }
}

struct Words {
    kind: CauseKind,
    name: String,
    message: String,
    help: String,
}

fn words(reason: &Reason, root: &str) -> Words {
    let words = |kind, name: &str, message: String, help: &str| Words { kind, name: name.to_owned(), message, help: help.to_owned() };
    let told = reason.to_string();
    let of = if root.is_empty() { String::new() } else { format!(" of `{root}`") };
    let plan = format!("pass a plan{of} (`rolelint check plan.json`)");
    match reason {
        Reason::Variable(name) => {
            let help = format!("pass --var-file FILE or --var {name}=VALUE");
            words(CauseKind::Variable, &format!("var.{name}"), format!("`var.{name}`{of} has no value"), &help)
        }
        Reason::NullDefault(name) => {
            let message = format!("`var.{name}`{of} is null by default");
            words(CauseKind::Variable, &format!("var.{name}"), message, &format!("pass --var {name}=VALUE"))
        }
        Reason::Data(name) if &**name == "terraform.workspace" => {
            words(CauseKind::Workspace, name, format!("`{name}` is chosen when Terraform runs"), "pass --workspace NAME")
        }
        Reason::Data(name) => match block(name) {
            Some(block) => words(CauseKind::Data, block, format!("`{block}` is read when Terraform runs"), &plan),
            None => words(CauseKind::Provider, name, format!("the provider's {name} is not in source"), &plan),
        },
        Reason::RemoteState(name) => {
            let block = block(name).unwrap_or(name);
            words(CauseKind::RemoteState, block, format!("`{block}` comes from another state"), &plan)
        }
        Reason::ResourceAttribute(name) => {
            let block = block(name).unwrap_or(name);
            let help = format!("once it is applied, {plan}");
            words(CauseKind::Resource, block, format!("attributes of `{block}` are known only after apply"), &help)
        }
        Reason::Terragrunt(name) => {
            let unit = name.splitn(3, '.').take(2).collect::<Vec<_>>().join(".");
            words(CauseKind::RemoteState, &unit, format!("`{unit}` is known when Terragrunt runs"), &plan)
        }
        Reason::Placeholder(text) => {
            let message = format!("`{text}` is filled in by what reads this text, which is not evaluated");
            words(CauseKind::File, text, message, "source does not say its value")
        }
        Reason::AfterApply(name) => {
            let block = block(name).unwrap_or(name);
            let message = format!("attributes of `{block}` are not in the plan: they are known only after apply");
            words(CauseKind::Resource, block, message, "pass the source of the plan with --source DIR")
        }
        Reason::ExternalModule { address, source, absence } => module(address, source, *absence, root),
        Reason::File { path, error } => {
            let help = if error.contains("git-crypt") { "run `git-crypt unlock`" } else { "put it into the tree" };
            words(CauseKind::File, path, format!("file `{path}` could not be read ({error})"), help)
        }
        Reason::Function(name) => {
            words(CauseKind::Function, &format!("{name}(…)"), format!("the result of `{name}(…)` is known only when Terraform runs"), &plan)
        }
        Reason::Undeclared(name) => words(CauseKind::Undeclared, name, told, "declare it"),
        Reason::NotParsed(name) => words(CauseKind::Syntax, name, told, "fix the syntax error, which is listed as a problem"),
        Reason::Cycle(name) => words(CauseKind::Cycle, name, told, "break the cycle"),
        Reason::Limit(message) => {
            words(CauseKind::Limit, message, format!("too much to compute: {message}"), "pass a smaller part of the tree")
        }
        Reason::Failed(message) => {
            let help = "fix it, or give the variables that lead here other values";
            words(CauseKind::Failed, message, format!("Terraform would fail here ({message})"), help)
        }
        // Not a root: `Reason::root` has looked behind them.
        Reason::Condition(inner) | Reason::Computed(inner) | Reason::Expansion { because: inner, .. } => self::words(inner, root),
    }
}

fn module(address: &str, source: &str, absence: Absence, root: &str) -> Words {
    let (name, message, help) = if source == "?" {
        (address, format!("the source of `{address}` is not known"), "write it as a plain string".to_owned())
    } else if source.starts_with("./") || source.starts_with("../") {
        (source, format!("module `{source}` does not exist"), "add it, or check a directory that contains it too".to_owned())
    } else {
        let place = if root.is_empty() { String::new() } else { format!(" in `{root}`") };
        let message = match absence {
            Absence::Stale => format!("a different version of module `{source}` is downloaded"),
            Absence::Gone => format!("the download of module `{source}` is missing or cannot be read"),
            Absence::NotThere | Absence::NotDownloaded => format!("module `{source}` is not downloaded"),
        };
        (source, message, format!("run `terraform init`{place}"))
    };
    Words { kind: CauseKind::Module, name: name.to_owned(), message, help }
}

/// The block in the name of one of its attributes: `data.aws_vpc.main` of `data.aws_vpc.main["a"].tags.x`. Nothing for a name that is no block's.
fn block(attribute: &str) -> Option<&str> {
    let kind = attribute.strip_prefix("data.").unwrap_or(attribute);
    let name = kind.split_once('.')?.1;
    let length = name.find(['.', '[']).unwrap_or(name.len());
    attribute.get(..attribute.len() - name.len() + length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_told_of_by_their_block() {
        assert_eq!(block("data.aws_vpc.main[\"a.b\"].tags.x"), Some("data.aws_vpc.main"));
        assert_eq!(block("aws_s3_bucket.b.arn"), Some("aws_s3_bucket.b"));
        assert_eq!(block("aws_s3_bucket.b"), Some("aws_s3_bucket.b"));
        assert_eq!(block("region"), None);
    }

    #[test]
    fn what_lies_behind_counts_and_conditions_is_the_cause() {
        let variable = Unknown::new(Reason::Variable("who".into()), Span::default());
        let derived = variable.computed().condition().expansion("aws_iam_role.r").computed();
        let found = cause(&derived, "prod", "prod");
        assert_eq!((found.id.as_str(), found.kind), ("variable:prod:var.who", CauseKind::Variable));
        assert_eq!(found.id, cause(&variable, "prod", "prod").id);
        let data = Unknown::new(Reason::Data("data.aws_vpc.main.id".into()), Span::default());
        assert_eq!(cause(&data, "modules/net", "prod").id, "data:modules/net:data.aws_vpc.main@prod");
        assert_eq!(cause(&data, "prod", "prod").name, "data.aws_vpc.main");
        let workspace = Unknown::new(Reason::Data("terraform.workspace".into()), Span::default());
        assert_eq!(cause(&workspace, "modules/net", "prod").id, cause(&workspace, "dev", "dev").id);
    }

    #[test]
    fn a_module_is_asked_for_as_its_source_is_written() {
        let of = |source: &str| {
            words(&Reason::ExternalModule { address: "module.a".into(), source: source.into(), absence: Absence::NotDownloaded }, "prod")
        };
        assert!(of("acme/a/aws").help.starts_with("run `terraform init` in `prod`"));
        assert!(of("../a").help.starts_with("add it"));
        assert_eq!(of("?").name, "module.a");
    }
}
