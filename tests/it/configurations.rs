//! Whole configurations are worth what Terraform plans: testdata/eval/plan.py and the pages of testdata/eval/configurations.
//!
//! Each heading of a page is a configuration. Its resource instances, their arguments and the root module's outputs are compared with
//! Terraform's plan. Of what the plan does not know, nothing may be known here that is not so after the apply. What Terraform refuses
//! must be seen to be wrong.

#[path = "../support/page.rs"]
#[allow(dead_code, reason = "the pages of other tests have blocks for results")]
mod page;
#[path = "../support/project.rs"]
#[allow(dead_code, reason = "nothing is reported here")]
mod project;
#[path = "../support/statement.rs"]
mod statement;

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::path::Path;

use clap::{Args, FromArgMatches};
use page::{Page, Test};
use project::Project;
use rolelint::cli::variables::{Values, Variables};
use rolelint::config::Persona;
use rolelint::estate::ManagedByAws;
use rolelint::eval::value::{Kind, Part, Value};
use rolelint::eval::{Evaluator, json};
use rolelint::terraform::Root;
use serde::Deserialize;
use serde_json::Value as Json;

const UNKNOWN: &str = "(known after apply)";

/// Differences that are meant, by title and path, and why.
const DIFFERENT: &[(&str, &str, &str)] = &[
    ("for_each over a list", "terraform_data.x[\"a\"]", "its items are what the author means"),
    ("An argument that the module does not declare", "output.x", "it changes nothing"),
    ("An attribute of a resource with for_each", "output.x", "it can only mean that instance"),
    ("A splat of a list that is null", "output.x", "a null has no type here"),
    ("In strings, lists, maps and conditionals", "output.all.null", "that an id is never null is the provider's to say"),
    ("A resource in whole", "output.keys", "which attributes a resource has is the provider's to say"),
    ("A list is equal to no tuple, and a map to no object", "output.all[1]", "an empty list has no element type here"),
    ("Maps", "output.all.tomap.c", "what is unknown has no type here and may be a number"),
];

#[derive(Deserialize)]
struct Golden {
    configurations: Vec<Planned>,
}

#[derive(Deserialize)]
struct Planned {
    page: String,
    title: String,
    /// Summaries of Terraform's errors.
    error: Option<Vec<String>>,
    /// Arguments by the instance's address.
    #[serde(default)]
    resources: BTreeMap<String, BTreeMap<String, Json>>,
    #[serde(default)]
    outputs: BTreeMap<String, Json>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {
    /// Where Terraform runs.
    #[serde(default)]
    directory: String,
    workspace: Option<String>,
    #[serde(default)]
    arguments: Vec<String>,
}

#[test]
fn configurations_are_worth_what_terraform_plans() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/eval");
    let text = std::fs::read_to_string(format!("{root}/configurations.golden.json")).unwrap();
    let golden: Golden = serde_json::from_str(&text).unwrap();
    let mut wrong = Vec::new();
    let mut met = BTreeSet::new();
    let mut tests = 0;
    let mut names: Vec<String> = std::fs::read_dir(format!("{root}/configurations"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    for name in names {
        let text = std::fs::read_to_string(format!("{root}/configurations/{name}")).unwrap();
        let page = Page::parse(&name, &text);
        wrong.extend(page.mistakes.iter().cloned());
        for test in &page.tests {
            tests += 1;
            let title = test.headings.last().unwrap();
            match golden.configurations.iter().find(|planned| planned.page == name && planned.title == *title) {
                Some(planned) => Comparison { planned, met: &mut met, wrong: &mut wrong }.run(test),
                None => wrong.push(format!("{name}: {title}: Terraform was not asked")),
            }
        }
    }
    let gone = DIFFERENT.iter().enumerate().filter(|(index, _)| !met.contains(index));
    wrong.extend(gone.map(|(_, (title, path, _))| format!("{title}: {path} is said to differ and does not")));
    assert_eq!(tests, golden.configurations.len(), "run testdata/eval/plan.py");
    assert!(wrong.is_empty(), "{} differences in {tests} configurations\n{}", wrong.len(), wrong.join("\n"));
}

struct Comparison<'c> {
    planned: &'c Planned,
    /// Those of `DIFFERENT` that were met.
    met: &'c mut BTreeSet<usize>,
    wrong: &'c mut Vec<String>,
}

impl Comparison<'_> {
    fn run(&mut self, test: &Test) {
        let is_options = |file: &&page::File| file.name == "options.json";
        let options = test.files.iter().find(is_options).map(|file| serde_json::from_str(&file.text).unwrap());
        let options: Options = options.unwrap_or_default();
        let files: Vec<_> = test.files.iter().filter(|file| !is_options(file)).map(|file| (file.name.clone(), file.text.clone())).collect();
        let mut project = Project::new(&files);
        project.options.workspace = options.workspace;
        let arguments = variables(&options.arguments);
        let read = |path: &Path| {
            let file = test.files.iter().find(|file| Path::new(&file.name) == path);
            file.map(|file| file.text.clone().into_bytes()).ok_or(ErrorKind::NotFound.into())
        };
        let Values { values, problems, .. } = arguments.read(&project.sources, read);
        problems.iter().for_each(|problem| self.differs("problem", "nothing", &project.problem(problem)));
        project.options.variables = values;
        let module = project.tree.in_directory(&options.directory).unwrap();
        let root = Root::of(module);
        let evaluator = Evaluator::new(&project.tree, &project.sources, &project.options, &root).with_managed_policies(&ManagedByAws);
        let found = found(&project, &evaluator);
        if self.planned.error.is_some() {
            return self.refused(&project, &evaluator, &found);
        }
        let problems = project.check(Persona::Default).problems;
        let problems = problems.into_iter().chain(evaluator.take_problems()).map(|problem| project.problem(&problem));
        problems.for_each(|problem| self.differs("problem", "nothing", &problem));
        let wanted: BTreeMap<String, Json> = self.planned.paths();
        for (path, json) in &wanted {
            match found.get(path) {
                Some(value) => self.compare(&evaluator, path, json, value),
                None => self.differs(path, &json.to_string(), "nothing"),
            }
        }
        for path in found.keys().filter(|path| !wanted.contains_key(*path)) {
            self.differs(path, "nothing", &shown(&found[path]));
        }
    }

    /// Terraform refuses it: there is a problem, or what is wrong is not known. Where there are outputs, they are wrong; else an argument.
    fn refused(&mut self, project: &Project, evaluator: &Evaluator, found: &BTreeMap<String, Value>) {
        let problems = project.check(Persona::Default).problems.into_iter().chain(evaluator.take_problems()).count();
        let outputs = found.iter().filter(|(path, _)| path.starts_with("output."));
        let mut outputs = outputs.map(|(path, value)| (path, value, value.first_unknown().is_none())).peekable();
        let known = match outputs.peek() {
            Some(_) => outputs.find(|(_, _, known)| *known),
            None if found.values().any(|value| value.first_unknown().is_some()) => None,
            None => found.iter().map(|(path, value)| (path, value, true)).next(),
        };
        if let (Some((path, value, _)), 0) = (known, problems) {
            let error = self.planned.error.iter().flatten().map(String::as_str).collect::<Vec<_>>().join("; ");
            self.differs(path, &error, &shown(value));
        }
    }

    fn compare(&mut self, evaluator: &Evaluator, path: &str, wanted: &Json, got: &Value) {
        match (wanted, &got.kind) {
            (Json::Object(members), _) if members.len() == 1 && members.contains_key(UNKNOWN) => {
                if !may_be(got, &members[UNKNOWN]) {
                    self.differs(path, &format!("{UNKNOWN}, then {}", members[UNKNOWN]), &shown(got));
                }
            }
            (Json::Array(items), Kind::List(list)) if items.len() == list.items.len() && list.more.is_none() => {
                for (at, (wanted, got)) in items.iter().zip(&list.items).enumerate() {
                    self.compare(evaluator, &format!("{path}[{at}]"), wanted, got);
                }
            }
            (Json::Object(members), Kind::Object(object)) if members.len() == object.entries.len() && object.more.is_none() => {
                for (name, wanted) in members {
                    match object.get(name) {
                        Some(got) => self.compare(evaluator, &format!("{path}.{name}"), wanted, got),
                        None => self.differs(&format!("{path}.{name}"), &wanted.to_string(), "nothing"),
                    }
                }
            }
            (Json::Object(members), Kind::Lazy(_)) => {
                for (name, wanted) in members {
                    self.compare(evaluator, &format!("{path}.{name}"), wanted, &evaluator.get(got, name, got.span));
                }
            }
            // The plan knows how many there are, and here it is only known what some of them are.
            _ if holds_unknown(wanted) => {
                if !may_be(got, &applied(wanted)) {
                    self.differs(path, &wanted.to_string(), &shown(got));
                }
            }
            _ => {
                let known = json::encode(got).map(|text| serde_json::from_str::<Json>(&text).unwrap());
                if known.as_ref() != Some(wanted) {
                    self.differs(path, &wanted.to_string(), &shown(got));
                }
            }
        }
    }

    fn differs(&mut self, path: &str, wanted: &str, got: &str) {
        let Planned { page, title, .. } = self.planned;
        match DIFFERENT.iter().position(|(known, at, _)| known == title && *at == path) {
            Some(known) => drop(self.met.insert(known)),
            None => self.wrong.push(format!("{page}: {title}: {path}\n  Terraform: {wanted}\n  rolelint:  {got}")),
        }
    }
}

fn holds_unknown(planned: &Json) -> bool {
    match planned {
        Json::Array(items) => items.iter().any(holds_unknown),
        Json::Object(members) => members.contains_key(UNKNOWN) || members.values().any(holds_unknown),
        _ => false,
    }
}

/// A value of the plan as it is after the apply.
fn applied(planned: &Json) -> Json {
    match planned {
        Json::Array(items) => items.iter().map(applied).collect(),
        Json::Object(members) => match members.get(UNKNOWN) {
            Some(applied) => applied.clone(),
            None => members.iter().map(|(name, member)| (name.clone(), applied(member))).collect(),
        },
        _ => planned.clone(),
    }
}

/// Whether what is known of a value is true of what it is after the apply.
fn may_be(got: &Value, applied: &Json) -> bool {
    match (&got.kind, applied) {
        (Kind::Unknown(unknown), _) => !unknown.is_failed(),
        (Kind::Lazy(_), _) => applied.is_object(),
        (Kind::String(text), Json::String(applied)) => {
            let pattern: String = json::render(got).parts.iter().map(pattern).collect();
            let quoted = serde_json::to_string(applied).unwrap();
            text.known().map_or_else(|| regex::Regex::new(&format!("(?s)^{pattern}$")).unwrap().is_match(&quoted), |text| text == *applied)
        }
        (Kind::List(list), Json::Array(items)) => {
            let somewhere = |got: &Value| items.iter().any(|item| may_be(got, item));
            match list.more.is_some() || list.set {
                true => list.items.iter().all(somewhere),
                false => list.items.len() == items.len() && list.items.iter().zip(items).all(|(got, item)| may_be(got, item)),
            }
        }
        (Kind::Object(object), Json::Object(members)) => {
            let whole = object.more.is_some() || object.entries.len() == members.len();
            whole && object.entries.iter().all(|entry| members.get(&*entry.key).is_some_and(|member| may_be(&entry.value, member)))
        }
        _ => json::encode(got).is_some_and(|text| serde_json::from_str::<Json>(&text).unwrap() == *applied),
    }
}

fn pattern(part: &Part) -> String {
    match part {
        Part::Text(text) => regex::escape(text.value()),
        Part::Unknown(_) => ".*".to_owned(),
        Part::Json(value) => json::render(value).parts.iter().map(pattern).collect(),
    }
}

impl Planned {
    /// Values by the path that `found` gives them.
    fn paths(&self) -> BTreeMap<String, Json> {
        let arguments = self.resources.iter().flat_map(|(address, arguments)| {
            let exists = (address.clone(), Json::Bool(true));
            let named = arguments.iter().map(move |(name, value)| (format!("{address}.{name}"), value.clone()));
            std::iter::once(exists).chain(named)
        });
        arguments.chain(self.outputs.iter().map(|(name, value)| (format!("output.{name}"), value.clone()))).collect()
    }
}

/// Terraform's `-var` and `-var-file`, which have two dashes here.
fn variables(arguments: &[String]) -> Variables {
    let command = Variables::augment_args(clap::Command::new("rolelint").no_binary_name(true));
    let arguments = arguments.iter().map(|argument| format!("-{argument}"));
    Variables::from_arg_matches(&command.get_matches_from(arguments)).unwrap()
}

/// The instances, their arguments that are not null, and the root's outputs.
fn found(project: &Project, evaluator: &Evaluator) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    for resource in evaluator.resources(&|_, kind| kind == "terraform_data", &|_| true) {
        found.insert(resource.address.clone(), Value::bool(true, resource.span));
        for name in ["input", "triggers_replace"] {
            let value = evaluator.configured_attribute(resource.lazy, name).filter(|value| !value.is_null());
            value.into_iter().for_each(|value| drop(found.insert(format!("{}.{name}", resource.address), value)));
        }
    }
    let module = project.tree.module(evaluator.root().module).unwrap();
    for (name, declaration) in &module.outputs {
        let parsed = declaration.parse(&project.sources).unwrap();
        let value = parsed.block.body.attribute("value").map(|attribute| evaluator.eval_in_root(&attribute.value));
        found.insert(format!("output.{name}"), value.unwrap_or_else(|| Value::null(declaration.header())));
    }
    found
}

fn shown(value: &Value) -> String {
    match value.as_unknown() {
        Some(unknown) => format!("unknown: {}", unknown.reason),
        None => json::encode(value).unwrap_or_else(|| json::render(value).display()),
    }
}
