//! Options of rules are declared once: the table on the rule's page and `rolelint config` say what the configuration's checks accept.

use rolelint::rules::{self, About};

use crate::run::{Scratch, rolelint, root, same_as_file};

const TITLE: &str = "| option | type | default | meaning |\n|---|---|---|---|\n";

/// The options of a rule as its page has them.
fn table(about: &About) -> String {
    let row = |option: &&rules::RuleOption| {
        let argument = &option.argument;
        let words: Vec<String> = argument.takes.words().iter().map(|word| format!("`\"{word}\"`")).collect();
        let kind = if words.is_empty() { argument.takes.name().to_owned() } else { words.join(" or ") };
        let default = argument.default.map(|default| format!("`{default}`")).unwrap_or_default();
        format!("| `{}` | {kind} | {default} | {} |\n", argument.name, argument.text)
    };
    TITLE.to_owned() + &about.options.iter().map(row).collect::<String>()
}

/// A page with the table that its rule's declaration makes, in the place of the one that is there.
fn with_table(about: &About) -> String {
    let (before, section) = about.page.split_once("\n## Options\n\n").unwrap_or_else(|| panic!("{} has no section Options", about.id));
    let kept: Vec<&str> = section.lines().skip_while(|line| line.starts_with('|')).collect();
    let rest = kept.join("\n");
    format!("{before}\n## Options\n\n{}\n{}\n", table(about), rest.trim_start_matches('\n'))
}

#[test]
fn the_tables_on_the_pages_are_those_of_the_code() {
    for about in rules::ALL.iter().map(|rule| rule.about()).filter(|about| !about.options.is_empty()) {
        assert!(about.options.iter().all(|option| option.rule == about.id), "{}: an option of another rule", about.id);
        same_as_file(&root().join(format!("rules/{}.md", about.id)), &with_table(about));
    }
}

#[test]
fn the_schema_is_what_the_configuration_takes() {
    let schema: serde_json::Value = serde_json::from_str(&rolelint(&["config", "--format", "json"]).out).unwrap();
    let text = rolelint(&["config"]).out;
    let mut file = String::new();
    let write = |argument: &serde_json::Value, file: &mut String| {
        let name = argument["name"].as_str().unwrap();
        assert!(text.contains(&format!("{name}  ")), "{name} in\n{text}");
        let first = argument["values"].get(0).and_then(serde_json::Value::as_str);
        let value = match (argument["type"].as_str().unwrap(), name) {
            ("bool", _) => "true".to_owned(),
            ("one of", _) => format!("{:?}", first.unwrap()),
            ("list of patterns", _) => "[\"x-*\"]".to_owned(),
            (_, "id") if file.ends_with("organization {\n") => "\"o-a1b2c3d4e5\"".to_owned(),
            (_, "id") => "\"222233334444\"".to_owned(),
            (_, "accounts") => "[\"777788889999\"]".to_owned(),
            (_, "select") => "[\"trust\", \"dns\", \"route53\", \"external-id\", \"permissions\"]".to_owned(),
            (_, "ignore") => "[\"trust-iam-user\"]".to_owned(),
            ("list of strings", _) => "[\"live/**\"]".to_owned(),
            _ => "\"x\"".to_owned(),
        };
        *file += &format!("{name} = {value}\n");
    };
    for setting in schema["settings"].as_array().unwrap().iter().filter(|setting| setting["name"] != "select") {
        write(setting, &mut file);
    }
    for block in schema["blocks"].as_array().unwrap().iter().filter(|block| block["name"] != "rule") {
        let label = if block["label"].is_null() { "" } else { " \"x\"" };
        file += &format!("{}{label} {{\n", block["name"].as_str().unwrap());
        block["arguments"].as_array().unwrap().iter().for_each(|argument| write(argument, &mut file));
        file += "}\n";
    }
    for rule in schema["rules"].as_array().unwrap() {
        file += &format!("rule {} {{\n", rule["id"]);
        rule["options"].as_array().unwrap().iter().for_each(|argument| write(argument, &mut file));
        file += "}\n";
    }
    let scratch = Scratch::new();
    let baseline = r#"{"version":1,"findings":[]}"#;
    scratch.write(".git/HEAD", "").write("live/main.tf", "").write("x", baseline).write(".rolelint.hcl", &file);
    let run = scratch.run(&["check", "."]);
    let wrong: Vec<&str> = run.out.lines().chain(run.err.lines()).filter(|line| line.contains("problem[config]")).collect();
    assert!(wrong.is_empty(), "{file}\n{}", run.out);
}

#[test]
fn one_name_shows_one_thing() {
    let of = |name: &str| rolelint(&["config", name]).out;
    assert!(of("fail_on").starts_with("fail_on  \"info\" | \"low\""));
    assert!(of("account").contains("\n  trusted  bool, default false\n"));
    assert!(of("external-id-required").contains("required_for  \"third-party\" | \"cross-account\", default \"third-party\""));
    assert!(of("admin-access").contains("level  \"allow\" | \"warn\" | \"deny\""));
    for (name, said) in [
        ("fail_onn", "unknown setting or block `fail_onn`: did you mean `fail_on`?"),
        ("fail-on", "unknown setting or block `fail-on`: did you mean `fail_on`?"),
        ("required_for", "`required_for` is an option of the rule `external-id-required`: pass the rule"),
        ("admin-acess", "unknown rule `admin-acess`: did you mean `admin-access`?"),
    ] {
        let run = rolelint(&["config", name]);
        assert_eq!((run.status, run.out.as_str()), (Some(2), ""));
        assert!(run.err.contains(said), "{}", run.err);
    }
}
