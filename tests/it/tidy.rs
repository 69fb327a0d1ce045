//! What keeps the tree in order: floors, rules and their pages, sizes, and who may touch what.
//!
//! The floors are those that the comments of src/lib.rs draw: there is no second list.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use regex::Regex;
use rolelint::{catalog, rules};

use crate::run::same_as_file;

/// A file has no more lines than this.
const MOST_LINES: usize = 600;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).expect(path)
}

/// Paths, from the root, of the Rust files below a directory, in order.
fn rust_files(directory: &str) -> Vec<String> {
    let mut waiting: Vec<PathBuf> = vec![root().join(directory)];
    let mut found = Vec::new();
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/"));
        }
    }
    found.sort();
    found
}

/// A file of src without comments and without its tests. Line numbers stay.
struct Source {
    path: String,
    code: String,
}

/// The files of src that are compiled without tests.
fn sources() -> Vec<Source> {
    let all: Vec<(String, String)> = rust_files("src").into_iter().map(|path| (path.clone(), read(&path))).collect();
    let test_module = Regex::new(r"#\[cfg\(test\)\]\s*(?:pub(?:\([a-z]+\))? )?mod ([a-z_]+);").unwrap();
    let mut only_tests = BTreeSet::new();
    for (path, text) in &all {
        let directory = modules_of(path);
        for module in test_module.captures_iter(text) {
            only_tests.insert(format!("{directory}/{}.rs", &module[1]));
            only_tests.insert(format!("{directory}/{}/", &module[1]));
        }
    }
    let is_test = |path: &str| only_tests.iter().any(|test| path == test || (test.ends_with('/') && path.starts_with(test.as_str())));
    let kept = all.into_iter().filter(|(path, _)| !is_test(path));
    kept.map(|(path, text)| Source { code: without_tests(&text), path }).collect()
}

/// Where the modules that a file declares are: `src/eval` for `src/eval/mod.rs` and for `src/eval.rs`.
fn modules_of(path: &str) -> String {
    let stem = path.strip_suffix(".rs").unwrap_or(path);
    let own = ["/mod", "/lib", "/main"].iter().find_map(|name| stem.strip_suffix(name));
    own.unwrap_or(stem).to_owned()
}

/// The text up to an inline test module, which is a file's end, and without comments.
fn without_tests(text: &str) -> String {
    let inline = Regex::new(r"(?m)^#\[cfg\(test\)\]\s*mod [a-z_]+ \{").unwrap();
    let code = inline.find(text).map_or(text, |found| &text[..found.start()]);
    let line = |line: &str| if line.trim_start().starts_with("//") { String::new() } else { line.to_owned() };
    code.lines().map(|text| line(text) + "\n").collect()
}

/// Each module of the crate and its floor, as src/lib.rs has them.
fn floors() -> BTreeMap<String, usize> {
    let mut floors = BTreeMap::new();
    let mut floor = None;
    for line in read("src/lib.rs").lines() {
        if let Some(number) = line.strip_prefix("// Floor ") {
            floor = Some(number.trim().parse().expect("a floor's number"));
        } else if let Some(module) = line.strip_prefix("pub mod ").and_then(|rest| rest.strip_suffix(';')) {
            floors.insert(module.to_owned(), floor.expect("a module stands on a floor"));
        }
    }
    floors
}

/// The crate's module that a file of src belongs to; nothing for `lib.rs` and `main.rs`.
fn module_of(path: &str) -> Option<&str> {
    let inside = path.strip_prefix("src/")?;
    let first = inside.split('/').next()?;
    let module = first.strip_suffix(".rs").unwrap_or(first);
    (!matches!(module, "lib" | "main")).then_some(module)
}

/// How many `super::` lead from a file to the crate's root.
fn depth(path: &str) -> usize {
    modules_of(path).matches('/').count()
}

/// The crate's modules that a file names, with the line.
fn named(source: &Source, floors: &BTreeMap<String, usize>) -> Vec<(String, usize)> {
    let path = Regex::new(r"\bcrate::([a-z_]+)|\bcrate::\{([^}]*)\}|\b((?:super::)+)([a-z_]+)").unwrap();
    let word = Regex::new(r"[a-z_]+").unwrap();
    let mut found = Vec::new();
    for captures in path.captures_iter(&source.code) {
        let line = source.code[..captures.get(0).unwrap().start()].matches('\n').count() + 1;
        let mut names: Vec<&str> = captures.get(1).map(|name| name.as_str()).into_iter().collect();
        names.extend(captures.get(2).iter().flat_map(|group| word.find_iter(group.as_str())).map(|name| name.as_str()));
        let climbs = captures.get(3).is_some_and(|supers| supers.as_str().matches("super").count() >= depth(&source.path));
        names.extend(captures.get(4).filter(|_| climbs).map(|name| name.as_str()));
        found.extend(names.into_iter().filter(|name| floors.contains_key(*name)).map(|name| (name.to_owned(), line)));
    }
    found
}

#[test]
fn no_floor_uses_one_above_it() {
    let floors = floors();
    assert!(floors.len() >= 10, "src/lib.rs names its floors: {floors:?}");
    let mut wrong = Vec::new();
    let mut beside: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for source in sources() {
        let Some(module) = module_of(&source.path) else { continue };
        let Some(own) = floors.get(module) else {
            wrong.push(format!("{}: src/lib.rs does not say on which floor `{module}` is", source.path));
            continue;
        };
        for (other, line) in named(&source, &floors).into_iter().filter(|(other, _)| other != module) {
            if floors[&other] > *own {
                wrong.push(format!("{}:{line}: `{module}` (floor {own}) uses `{other}` (floor {})", source.path, floors[&other]));
            } else if floors[&other] == *own {
                beside.entry(module.to_owned()).or_default().insert(other);
            }
        }
    }
    for module in beside.keys() {
        if reaches(&beside, module, module) {
            wrong.push(format!("`{module}` is in a circle of modules on one floor: {beside:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whether uses lead from one module to another.
fn reaches(uses: &BTreeMap<String, BTreeSet<String>>, from: &str, to: &str) -> bool {
    let mut seen = BTreeSet::new();
    let mut waiting = vec![from];
    while let Some(module) = waiting.pop() {
        for next in uses.get(module).into_iter().flatten() {
            if next == to {
                return true;
            }
            if seen.insert(next) {
                waiting.push(next);
            }
        }
    }
    false
}

/// Names without their ending of the files in a directory that `keep` says yes to.
fn stems(directory: &str, ending: &str, keep: impl Fn(&str) -> bool) -> BTreeSet<String> {
    let entries = std::fs::read_dir(root().join(directory)).expect(directory);
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let kept = names.filter(|name| keep(&format!("{directory}/{name}")));
    kept.map(|name| name.strip_suffix(ending).unwrap_or_else(|| panic!("{directory}/{name} is no {ending} file")).to_owned()).collect()
}

#[test]
fn every_rule_has_a_file_a_page_and_a_place_in_the_list() {
    let ids: Vec<&str> = rules::ALL.iter().map(|rule| rule.about().id).collect();
    assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "rules::ALL is sorted and has each rule once: {ids:?}");
    let listed: BTreeSet<String> = ids.iter().map(|id| (*id).to_owned()).collect();
    assert_eq!(stems("rules", ".md", |path| path != INDEX), listed, "pages and rules::ALL");
    let is_rule = Regex::new(r"(?m)^impl Rule for ").unwrap();
    let of_families: Vec<String> = rust_files("src/rules").into_iter().filter(|path| is_rule.is_match(&read(path))).collect();
    let stem = |path: &String| path.rsplit('/').next().unwrap().trim_end_matches(".rs").replace('_', "-");
    assert_eq!(of_families.iter().map(stem).collect::<BTreeSet<String>>(), listed, "src/rules/*/*.rs and rules::ALL");
    for rule in rules::ALL {
        let about = rule.about();
        let file = read(of_families.iter().find(|path| stem(path) == about.id).unwrap());
        assert!(file.contains(&format!(", \"{}\",", about.id)), "the file of {} is called after it", about.id);
        assert_eq!(about.page, read(&format!("rules/{}.md", about.id)), "{} embeds its own page", about.id);
    }
}

const INDEX: &str = "rules/README.md";

/// Families by their folder, as people call them.
const FAMILIES: &[(&str, &str)] = &[
    ("trust", "Trust policies: who can assume a role"),
    ("external_id", "External IDs"),
    ("federation", "Identity providers: OpenID Connect, SAML, Roles Anywhere"),
    ("services", "AWS services, and resources that others reach"),
    ("permissions", "Permissions of roles, users and permission sets"),
    ("dns", "Route 53"),
    ("conditions", "Conditions"),
    ("validity", "What AWS rejects, or reads differently than it is written"),
];

#[test]
fn the_index_of_rules_is_by_family() {
    let mut text = String::from(
        "# Rules\n\nBy family. `rolelint rules` lists them as well, and `rolelint explain RULE` prints a page. The examples on a page are tests: `# finding` marks\n\
         what the page's rule reports, and a line `also:` below an example names what other rules report there, those for the pedantic too.\n",
    );
    let mut shown = 0;
    for (family, name) in FAMILIES {
        text += &format!("\n## {name}\n\n| rule | severity | finds |\n|---|---|---|\n");
        let of_family = |id: &str| root().join(format!("src/rules/{family}/{}.rs", id.replace('-', "_"))).exists();
        for about in rules::ALL.iter().map(|rule| rule.about()).filter(|about| of_family(about.id)) {
            let pedantic = if about.persona == rolelint::config::Persona::Default { "" } else { " (pedantic)" };
            text += &format!("| [{id}]({id}.md) | {}{pedantic} | {} |\n", about.severity.name(), about.summary, id = about.id);
            shown += 1;
        }
    }
    assert_eq!(shown, rules::ALL.len(), "each rule is in a family of FAMILIES");
    same_as_file(&root().join(INDEX), &text);
}

/// What all rules share knows none of them: a rule, or a family, can be taken out by itself.
#[test]
fn what_rules_share_uses_no_family() {
    let names: Vec<&str> = FAMILIES.iter().map(|(family, _)| *family).collect();
    let families = Regex::new(&format!(r"crate::rules::({})\b", names.join("|"))).unwrap();
    let wrong: Vec<String> = rust_files("src/rules/kit").into_iter().filter(|path| families.is_match(&read(path))).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

/// The first version lists its rules by groups, and says how many there are.
#[test]
fn the_changelog_has_every_rule_once() {
    let changes = read("CHANGELOG.md");
    let head = format!("- {} rules:\n", rules::ALL.len());
    let list = changes.split_once(&head).map(|(_, rest)| rest.split("\n- ").next().unwrap_or_default());
    let list = list.unwrap_or_else(|| panic!("CHANGELOG.md: write `{}` above the groups of rules", head.trim()));
    let listed: Vec<&str> = Regex::new("`([a-z0-9-]+)`").unwrap().captures_iter(list).map(|found| found.get(1).unwrap().as_str()).collect();
    for id in rules::ALL.iter().map(|rule| rule.about().id) {
        let times = listed.iter().filter(|listed| **listed == id).count();
        assert_eq!(times, 1, "CHANGELOG.md: `{id}` stands {times} times in the groups of rules");
    }
    let unknown: Vec<&&str> = listed.iter().filter(|id| rules::find(id).is_none()).collect();
    assert!(unknown.is_empty(), "CHANGELOG.md: not rules: {unknown:?}");
}

/// A page has the parts that `rolelint explain` and the reports take from it. Its sections: tests/support/form.rs.
#[test]
fn pages_have_one_form() {
    for rule in rules::ALL {
        let about = rule.about();
        assert!(about.page.starts_with(&format!("# {}\n\n", about.id)), "{}: the title is the id", about.id);
        let description = about.description();
        assert!(description.ends_with('.') && !description.contains("\n\n"), "{}: one sentence under the title", about.id);
        let unknown: Vec<_> = about.supersedes.iter().filter(|id| rules::find(id).is_none()).collect();
        assert!(unknown.is_empty(), "{} supersedes rules that do not exist: {unknown:?}", about.id);
        // So `--pedantic` takes nothing away of what everybody hears, and one run of it shows what all rules say (tests/support/run.rs).
        let adds_only = about.persona == rolelint::config::Persona::Default || about.supersedes.is_empty();
        assert!(adds_only, "{} is for the pedantic and takes another rule's place", about.id);
    }
}

/// Lines of src, outside of tests, on which a pattern stands, unless the file is one of `allowed`.
fn forbidden(pattern: &str, allowed: &dyn Fn(&str) -> bool) -> Vec<String> {
    let pattern = Regex::new(pattern).unwrap();
    let mut found = Vec::new();
    for source in sources().into_iter().filter(|source| !allowed(&source.path)) {
        let lines = source.code.lines().enumerate().filter(|(_, line)| pattern.is_match(line));
        found.extend(lines.map(|(index, line)| format!("{}:{}: {}", source.path, index + 1, line.trim())));
    }
    found
}

#[test]
fn nothing_panics_on_purpose() {
    let found = forbidden(r"\.unwrap\(\)|\.expect\(|\b(panic|todo|unimplemented)!", &|_| false);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn only_the_terminal_report_knows_miette() {
    let found = forbidden(r"\bmiette\b", &|path| path.starts_with("src/report/terminal"));
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn only_project_and_cli_touch_the_disk_the_environment_and_the_clock() {
    let allowed = |path: &str| path == "src/main.rs" || matches!(module_of(path), Some("project" | "cli"));
    let found = forbidden(r"\bstd::(fs|env|process)\b|\b(SystemTime|Instant)::now\b", &allowed);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// A rule holds judgement: of which actions and keys something is true on a page of AWS's stands in data/catalog, with that page.
#[test]
fn rules_list_no_actions_and_no_condition_keys() {
    let list = Regex::new(r"(?ms)^\s*(?:pub(?:\([a-z: ]+\))? )?(?:const|static) ([A-Z0-9_]+): [^=]+= (&?\[.*?);$").unwrap();
    let text = Regex::new(r#""([A-Za-z0-9-]+:[^"]+)""#).unwrap();
    let is_name = |text: &str| {
        let key = if text.ends_with(['/', ':']) { format!("{text}x") } else { text.to_owned() };
        catalog::action(text).is_some() || catalog::condition_key(&key).is_some()
    };
    let mut looked = 0;
    let mut found = Vec::new();
    for source in sources().into_iter().filter(|source| source.path.starts_with("src/rules/")) {
        for item in list.captures_iter(&source.code) {
            looked += 1;
            let names = text.captures_iter(&item[2]).filter(|name| is_name(&name[1])).count();
            if names >= 3 {
                found.push(format!("{}: {} has {names} names of actions or condition keys", source.path, &item[1]));
            }
        }
    }
    assert!(looked > 15, "lists are found: {looked}");
    assert!(found.is_empty(), "these belong in data/catalog:\n{}", found.join("\n"));
}

/// A rule that judges the Deny that it was handed. No rule looks at others: what they leave of an Allow is asked of `access`.
const JUDGES_DENIES: &[&str] =
    &["caller_chosen_session_name", "condition_bypassable", "condition_operator_mismatch", "key_policy_lockout", "resource_type_mismatch"];

#[test]
fn only_access_weighs_denies() {
    let judges = |path: &str| JUDGES_DENIES.iter().any(|rule| path.starts_with("src/rules/") && path.ends_with(&format!("/{rule}.rs")));
    let found = forbidden(r"\.denies\(\)|Effect::Deny", &|path| module_of(path) != Some("rules") || judges(path));
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Who go through statements that they were not handed: rules about a whole document or estate, those that judge a policy of AWS's where it
/// is attached, and what makes a baseline's marks.
const READS_ALL: &[&str] = &[
    "acme_user_on_eks",
    "administrators",
    "cert_manager_txt_only",
    "dns_zone_unrestricted",
    "external_id_bypassable",
    "external_id_reused",
    "full_access_policy",
    "key_policy_lockout",
    "mark",
    "partition_mismatch",
    "policy_variable_escaping",
    "policy_version_missing",
    "published",
    "dns/mod",
];

#[test]
fn rules_get_one_statement_and_access() {
    let reads = |path: &str| READS_ALL.iter().any(|rule| path.starts_with("src/rules/") && path.ends_with(&format!("/{rule}.rs")));
    let found = forbidden(r"\.statements\b", &|path| module_of(path) != Some("rules") || reads(path));
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn only_access_reads_who_gets_into_a_role() {
    let found = forbidden(r"\.trust\.(iter|into_iter|as_ref|map|and_then|first|forms)\b|= (&)?\w+\.trust\b", &|path| {
        matches!(module_of(path), Some("access" | "estate"))
    });
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Nothing in access asks what people call it: it knows statements, requests and who there is.
#[test]
fn access_has_no_wording() {
    let found = forbidden(r"Finding|\bmessage\b|\bhelp\b|subject_name", &|path| module_of(path) != Some("access"));
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn no_file_is_too_long() {
    let long: Vec<String> = ["benches", "examples", "src", "tests"]
        .into_iter()
        .flat_map(rust_files)
        .filter_map(|path| {
            let lines = read(&path).lines().count();
            (lines > MOST_LINES).then(|| format!("{path} has {lines} lines"))
        })
        .collect();
    assert!(long.is_empty(), "more than {MOST_LINES} lines:\n{}", long.join("\n"));
}

/// What people read must name what is there: commands, options and files.
#[test]
fn documents_name_commands_and_files_that_exist() {
    let help = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_rolelint")).args(arguments).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let commands = help(&["--help"]);
    let command_names: Vec<&str> = ["accounts", "check", "config", "explain", "catalog", "rules", "completions", "man", "version"]
        .into_iter()
        .filter(|name| commands.contains(&format!("\n  {name} ")))
        .collect();
    let options: String = command_names.iter().map(|name| help(&[name, "--help"])).chain([commands.clone()]).collect();
    let inline = Regex::new(r"`rolelint ([a-z]+)\b[^`\n]*`").unwrap();
    let line = Regex::new(r"(?m)^(?:\$ )?rolelint ([a-z]+)(?: |$)").unwrap();
    let fenced = Regex::new(r"(?ms)^```sh\n(.*?)^```").unwrap();
    let option = Regex::new(r"(?m)rolelint [^`\n]*?(--[a-z][a-z-]*)").unwrap();
    let link = Regex::new(r"\]\(([A-Za-z][A-Za-z0-9_./-]*)\)").unwrap();
    let mut wrong = Vec::new();
    for document in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"].into_iter().filter(|name| root().join(name).exists()) {
        let text = read(document);
        let shell: String = fenced.captures_iter(&text).map(|block| block[1].to_owned()).collect();
        let in_text = inline.captures_iter(&text).map(|found| found[1].to_owned());
        let names: Vec<String> = in_text.chain(line.captures_iter(&shell).map(|found| found[1].to_owned())).collect();
        let paths = |name: &str| root().join(name).exists();
        wrong.extend(
            names
                .into_iter()
                .filter(|name| !command_names.contains(&name.as_str()) && !paths(name))
                .map(|name| format!("{document}: no command `{name}`")),
        );
        let given = option.captures_iter(&text).map(|found| found[1].to_owned());
        wrong.extend(given.filter(|name| !options.contains(name.as_str())).map(|name| format!("{document}: no option `{name}`")));
        let links = link.captures_iter(&text).map(|found| found[1].to_owned());
        wrong.extend(links.filter(|path| !paths(path)).map(|path| format!("{document}: no file `{path}`")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
