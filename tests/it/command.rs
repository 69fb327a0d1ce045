//! The command line, from outside: what it prints, and with which status it ends.

use std::fs;

use serde_json::Value;

use crate::run::{EMPTY_INDEX, OPEN_ROLE, Scratch, copy, rolelint, root, snapshot};

const ESTATE: &str = "testdata/projects/estate";
const BROKEN: &str = "testdata/projects/broken";

#[test]
fn the_estate_looks_so() {
    let full = rolelint(&["check", ESTATE]);
    assert_eq!((full.status, full.err.as_str()), (Some(1), ""));
    snapshot("estate.full.txt", &full.out);
    let concise = rolelint(&["check", ESTATE, "--format", "concise", "--coverage"]);
    assert_eq!(concise.status, Some(1));
    snapshot("estate.concise.txt", &concise.out);
    let json = rolelint(&["check", ESTATE, "--format", "json", "--show-suppressed"]);
    assert_eq!(json.status, Some(1));
    snapshot("estate.json", &json.out);
}

#[test]
fn the_estate_shows_most_rules_once_or_twice() {
    let run = rolelint(&[ESTATE, "--format", "concise"]);
    let mut rules = run.rules();
    let findings = rules.len();
    rules.sort_unstable();
    rules.dedup();
    assert!((6..=24).contains(&findings) && rules.len() >= 7, "{}", run.out);
}

#[test]
fn of_broken_files_only_what_is_broken_is_lost() {
    let full = rolelint(&["check", BROKEN]);
    assert_eq!((full.status, full.err.as_str()), (Some(2), ""));
    snapshot("broken.full.txt", &full.out);
    let concise = rolelint(&["check", BROKEN, "--format", "concise"]);
    snapshot("broken.concise.txt", &concise.out);
    for role in ["`bom`", "`crlf`", "`latin1`", "`before`", "`after`", "`replacement`", "`json`"] {
        assert_eq!(concise.out.matches(role).count(), 1, "{role} in\n{}", concise.out);
    }
    for role in ["`overridden`", "`replaced`", "`unparsable`"] {
        assert!(!concise.out.contains(role), "{role} in\n{}", concise.out);
    }
    let kept = rolelint(&["check", BROKEN, "--keep-going"]);
    assert_eq!(kept.status, Some(1));
}

#[test]
fn json_has_the_fields_of_version_1() {
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
    let sorted = |text: &str| {
        let mut words: Vec<&str> = text.split(' ').collect();
        words.sort_unstable();
        words.join(" ")
    };
    let has = |value: &Value, wanted: &str| assert_eq!(sorted(&keys(value)), sorted(wanted));
    let report = rolelint(&[BROKEN, ESTATE, "--format", "json"]).json();
    has(&report, "version tool configurations findings problems ignore_comments baseline coverage");
    assert_eq!(report["version"], 1);
    has(&report["tool"], "name version");
    has(&report["coverage"], "files modules policies resolved partial leaves unresolved causes by_policy elsewhere");
    let location = |location: &Value| {
        has(location, "file start end");
        has(&location["start"], "line column offset");
        has(&location["end"], "line column offset");
        let file = location["file"].as_str().unwrap();
        assert!(root().join(file).is_file() && !file.contains('\\'), "{file}");
    };
    let findings = report["findings"].as_array().unwrap();
    assert!(findings.len() > 10);
    for finding in findings {
        has(
            finding,
            "rule severity confidence level fails message help fix address instances roots location labels elsewhere trace fingerprint suppressed suppressed_by",
        );
        location(&finding["location"]);
        assert_eq!(finding["suppressed"], false);
        let labels = finding["labels"].as_array().unwrap();
        assert_eq!(labels[0]["location"], finding["location"]);
        for label in labels.iter().chain(finding["trace"].as_array().unwrap()) {
            has(label, "location message");
            location(&label["location"]);
        }
    }
    let problems = report["problems"].as_array().unwrap();
    assert!(!problems.is_empty());
    for problem in problems {
        has(problem, "kind message location");
        location(&problem["location"]);
    }
    for unresolved in report["coverage"]["unresolved"].as_array().unwrap() {
        has(unresolved, "address location reason");
        location(&unresolved["location"]);
    }
    for cause in report["coverage"]["causes"].as_array().unwrap() {
        has(cause, "id kind name message help location policies structural");
        location(&cause["location"]);
    }
    let policies = report["coverage"]["by_policy"].as_array().unwrap();
    assert_eq!(policies.len(), usize::try_from(report["coverage"]["policies"].as_u64().unwrap()).unwrap());
    for policy in policies {
        has(policy, "address root kind location state unknown");
        location(&policy["location"]);
        for unknown in policy["unknown"].as_array().unwrap() {
            has(unknown, "location reason cause structural");
            location(&unknown["location"]);
        }
    }
}

/// The bytes that a location names are the token.
#[test]
fn json_offsets_are_bytes_and_columns_characters() {
    let scratch = Scratch::new();
    let text = OPEN_ROLE.replace("\"open\"\n", "\"open\" /* ü */\n").replace("Effect", "/* é */ Effect");
    scratch.write("a.tf", &text);
    let report = scratch.run(&["check", ".", "--format", "json"]).json();
    let place = &report["findings"][0]["location"];
    let at = |point: &str, what: &str| usize::try_from(place[point][what].as_u64().unwrap()).unwrap();
    assert_eq!(place["file"], "a.tf");
    assert_eq!(&text[at("start", "offset")..at("end", "offset")], "\"*\"");
    let line = text.lines().nth(at("start", "line") - 1).unwrap();
    let token: String = line.chars().skip(at("start", "column") - 1).take(at("end", "column") - at("start", "column")).collect();
    assert_eq!(token, "\"*\"");
}

#[test]
fn sarif_says_what_code_scanning_needs() {
    let run = rolelint(&["check", ESTATE, "--format", "sarif", "--sarif-category", "infra"]);
    assert_eq!(run.status, Some(1));
    let log = run.json();
    assert_eq!(log["version"], "2.1.0");
    assert!(log["$schema"].as_str().unwrap().contains("sarif"));
    let runs = log["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 1);
    let driver = &runs[0]["tool"]["driver"];
    assert_eq!(driver["name"], "rolelint");
    let rules = driver["rules"].as_array().unwrap();
    let results = runs[0]["results"].as_array().unwrap();
    assert_eq!(results.len(), rolelint(&[ESTATE, "--format", "concise"]).rules().len());
    assert!(runs[0]["automationDetails"]["id"].as_str().unwrap().starts_with("infra"));
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(rules[index]["properties"]["security-severity"].is_string() || rules[index]["properties"]["tags"].is_array());
        assert!(result["partialFingerprints"]["primaryLocationLineHash"].is_string());
        let place = &result["locations"][0]["physicalLocation"];
        let uri = place["artifactLocation"]["uri"].as_str().unwrap();
        assert!(uri.starts_with(ESTATE), "{uri}");
        assert!(place["region"]["startLine"].as_u64().unwrap() >= 1 && place["region"]["endColumn"].as_u64().unwrap() >= 1);
    }
}

#[test]
fn a_report_in_a_file_is_the_same_as_on_the_terminal() {
    let scratch = Scratch::new();
    scratch.write("a.tf", OPEN_ROLE);
    let run = scratch.run(&["check", ".", "-o", "sarif=out.sarif", "-o", "concise=out.txt", "--format", "json"]);
    assert_eq!(run.status, Some(1));
    assert_eq!(fs::read_to_string(scratch.path().join("out.sarif")).unwrap(), scratch.run(&[".", "-f", "sarif"]).out);
    assert_eq!(fs::read_to_string(scratch.path().join("out.txt")).unwrap(), scratch.run(&[".", "-f", "concise"]).out);
    assert_eq!(run.out, scratch.run(&[".", "-f", "json"]).out);
}

#[test]
fn the_exit_status_says_what_came_of_it() {
    let scratch = Scratch::new();
    scratch
        .write("open/a.tf", OPEN_ROLE)
        .write("quiet/a.tf", "variable \"a\" {}\n")
        .write("broken/a.tf", "resource \"aws_iam_role\" \"r\" {\n  name = =\n}\n");
    scratch.write("values/a.tfvars", "a = 1\n").write("workflow/.github/workflows/a.yml", "on: push\n").write("text/README.md", "hello\n");
    scratch.write("quiet-too/a.tf", "variable \"a\" {}\n");
    fs::create_dir(scratch.path().join("empty")).unwrap();
    let cases: &[(&[&str], i32)] = &[
        (&["quiet"], 0),
        (&["check", "quiet"], 0),
        (&["open"], 1),
        (&["open", "--exit-zero"], 0),
        (&["open", "--threads", "256"], 1),
        (&["open", "--threads", "100000"], 2),
        (&["open", "--fail-on", "critical"], 1),
        (&["open", "--fail-on", "never"], 0),
        (&["open", "--ignore", "trust-any-principal"], 0),
        (&["open", "--select", "admin-access"], 0),
        (&["broken"], 2),
        (&["broken", "open"], 2),
        (&["broken", "--keep-going"], 0),
        (&["broken", "--exit-zero"], 0),
        (&["open", "--min-severity", "enormous"], 2),
        (&["open", "--fail-on", "enormous"], 2),
        (&["open", "--format", "xml"], 2),
        (&["open", "--output", "xml=a"], 2),
        (&["open", "--config", "nowhere.hcl"], 2),
        (&["open", "--var", "novalue"], 2),
        (&["open", "--var-file", "nowhere.tfvars"], 2),
        (&["rules"], 0),
        (&["--version"], 0),
        (&["--help"], 0),
        (&["check", "--help"], 0),
        (&[], 2),
    ];
    for (arguments, status) in cases {
        let run = scratch.run(arguments);
        assert_eq!(run.status, Some(*status), "{arguments:?}\n{}\n{}", run.out, run.err);
    }
    // Each of them with what is wrong.
    let cases: &[(&[&str], &str)] = &[
        (&["nowhere"], "cannot read `nowhere`"),
        (&["text/README.md"], "`text/README.md` is not a Terraform file"),
        (&["empty"], "`empty` holds no Terraform files"),
        (&["text"], "`text` holds no Terraform files"),
        (&["values"], "`values` holds no Terraform files"),
        (&["workflow"], "`workflow` holds no Terraform files"),
        // What stands beside it, with a longer name, is not in it.
        (&["quiet-too", "empty"], "`empty` holds no Terraform files"),
        (&["open", "--select", "no-such-rule"], "unknown rule or group `no-such-rule`"),
        (&["open", "--ignore", "no-such-rule"], "unknown rule or group `no-such-rule`"),
    ];
    for (arguments, message) in cases {
        let run = scratch.run(arguments);
        assert_eq!(run.status, Some(2), "{arguments:?}");
        assert!(run.out.contains(message) || run.err.contains(message), "{arguments:?}\n{}\n{}", run.out, run.err);
    }
}

#[test]
fn rules_can_be_chosen_by_id_severity_and_confidence() {
    let all = rolelint(&[ESTATE, "-f", "concise"]);
    let of = |arguments: &[&str]| {
        let run = rolelint(&[&[ESTATE, "-f", "concise"], arguments].concat());
        run.rules().into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(of(&["--select", "scoped-resource"]), ["scoped-resource"]);
    // What is selected is a part of the whole: what another rule says better is not said in other words.
    assert_eq!(of(&["--select", "admin-access,trust-account-root"]), ["trust-account-root", "admin-access"]);
    assert_eq!(all.rules().iter().filter(|rule| **rule == "trust-account-root").count(), 1);
    assert_eq!(of(&["--ignore", "scoped-resource"]).len(), all.rules().len() - 1);
    assert_eq!(of(&["--min-severity", "critical"]), ["trust-any-principal"]);
    assert!(!of(&["--min-confidence", "high"]).contains(&"unknown-action".to_owned()));
    // The configuration of the estate says which accounts are its own.
    let named = |arguments: &[&str]| rolelint(&[&[ESTATE, "-f", "concise"], arguments].concat()).out.contains("your account `tooling`");
    assert!(named(&[]) && !named(&["--no-config"]));
}

#[test]
fn lines_keep_to_the_columns_that_the_environment_names() {
    let report = |columns: &str| {
        let output = crate::run::command(root()).env("COLUMNS", columns).args(["check", ESTATE]).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    for columns in ["70", "80", "100"] {
        let out = report(columns);
        let traces = out.split("how it got there:\n").skip(1).flat_map(|rest| rest.lines().take_while(|line| line.starts_with("      ")));
        let wide: Vec<&str> = traces.filter(|line| line.chars().count() > columns.parse().unwrap() && line.trim().contains(' ')).collect();
        // An address in one piece may be too long; what is said of it is not on the same line then.
        let said: Vec<&&str> = wide.iter().filter(|line| line.trim_start().starts_with("testdata/")).collect();
        assert!(said.is_empty(), "{columns}: {said:#?}");
    }
}

#[test]
fn files_that_changed_and_are_nothing_by_themselves_are_passed_over() {
    let scratch = Scratch::new();
    let policy = |action: &str| {
        format!(
            "{{\"Version\": \"2012-10-17\", \"Statement\": [{{\"Effect\": \"Allow\", \"Action\": \"{action}\", \"Resource\": \"*\"}}]}}"
        )
    };
    let template =
        "resource \"aws_iam_role_policy\" \"p\" {\n  role   = \"r\"\n  policy = templatefile(\"${path.module}/p.tftpl\", {})\n}\n";
    scratch.write(".git/HEAD", "").write("a/a.tf", template).write("a/p.tftpl", policy("*")).write("b/b.tf", OPEN_ROLE);
    scratch.write("package.json", "{}").write("settings.json", "{\"Version\": 1}").write("alone.json", policy("*") + "\n");
    let changed = |paths: &[&str]| scratch.run(&[&["check", "--changed", "-f", "concise"], paths].concat());
    let rules = |paths: &[&str]| changed(paths).rules().iter().map(|rule| (*rule).to_owned()).collect::<Vec<_>>();
    assert_eq!(changed(&["package.json", "settings.json"]).status, Some(0));
    assert_eq!(rules(&["a/p.tftpl"]), ["admin-access"]);
    assert_eq!(rules(&["settings.json", "alone.json"]), ["admin-access"]);
    assert_eq!(scratch.run(&["check", "settings.json"]).status, Some(2), "a file that somebody names is meant");
    scratch.write(".rolelint.hcl", "rule \"admin-access\" { level = \"warn\" }\n");
    let all = changed(&[".rolelint.hcl", "settings.json"]);
    assert_eq!((all.status, all.rules().len()), (Some(1), 3), "{}", all.out);
    // What the rule's severity would not give is told.
    assert_eq!(all.out.matches(" [level: warn]\n").count(), 2, "{}", all.out);
}

#[test]
fn a_summary_says_incomplete_only_of_what_is() {
    let scratch = Scratch::new();
    let comment = "# rolelint: ignore[trust-anybody] not a rule\n";
    scratch.write("a/a.tf", format!("{comment}{OPEN_ROLE}")).write("b/b.tf", "resource \"aws_iam_role\" {}\n");
    let comment = scratch.run(&["check", "a"]).out;
    assert!(comment.contains("1 finding: 1 critical; 1 problem (1 ignore comment with a mistake).\n"), "{comment}");
    let label = scratch.run(&["check", "b"]).out;
    assert!(label.contains("`resource` has 1 label, which Terraform rejects"), "{label}");
    assert!(label.contains("No findings; 1 problem, so the result is incomplete.\n") && !label.contains("rolelint explain"), "{label}");
}

#[test]
fn rules_are_explained_and_listed() {
    let page = fs::read_to_string(root().join("rules/external-id-required.md")).unwrap();
    let shown = rolelint(&["explain", "external-id-required"]);
    assert_eq!((shown.status, shown.out.replace("\r\n", "\n")), (Some(0), page.replace("\r\n", "\n")));
    let run = rolelint(&["explain", "external-id-requird"]);
    let hint = "rolelint: unknown rule `external-id-requird`: did you mean `external-id-required`? `rolelint rules` lists all rules\n";
    assert_eq!((run.status, run.err.as_str()), (Some(2), hint));
    let run = rolelint(&["explain", "x"]);
    assert_eq!((run.status, run.err.as_str()), (Some(2), "rolelint: unknown rule `x`; `rolelint rules` lists all rules\n"));
    let list = rolelint(&["rules"]);
    assert_eq!(list.status, Some(0));
    let ids: Vec<&str> = list.out.lines().filter_map(|line| line.split_whitespace().next()).collect();
    let rules = rolelint(&["rules", "--format", "json"]).json();
    let described: Vec<&str> = rules.as_array().unwrap().iter().map(|rule| rule["id"].as_str().unwrap()).collect();
    assert_eq!(ids, described);
    for id in ids {
        assert!(root().join(format!("rules/{id}.md")).is_file(), "{id} has no page");
    }
}

#[test]
fn variables_come_from_files_and_from_the_command_line() {
    let scratch = Scratch::new();
    let role = r#"
        variable "who" { type = string }
        resource "aws_iam_role" "r" {
          name = "r"
          assume_role_policy = jsonencode({
            Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { AWS = var.who }, Action = "sts:AssumeRole" }]
          })
        }
    "#;
    scratch
        .write("main.tf", role)
        .write("open.tfvars", "who = \"*\"\n")
        .write("closed.tfvars.json", "{\"who\": \"arn:aws:iam::111122223333:role/ci\"}");
    let status = |arguments: &[&str]| scratch.run(&[&["check", "."], arguments].concat()).status;
    assert_eq!(status(&[]), Some(0));
    assert_eq!(status(&["--var", "who=*"]), Some(1));
    assert_eq!(status(&["--var-file", "open.tfvars"]), Some(1));
    assert_eq!(status(&["--var-file", "closed.tfvars.json"]), Some(0));
    // The last one wins, file or not.
    assert_eq!(status(&["--var-file", "open.tfvars", "--var-file", "closed.tfvars.json"]), Some(0));
    assert_eq!(status(&["--var-file", "closed.tfvars.json", "--var", "who=*"]), Some(1));
    assert_eq!(status(&["--var", "who=*", "--var-file", "closed.tfvars.json"]), Some(0));
    // A name that nobody declares is refused on the command line and let be in a file, as Terraform does it.
    let misspelt = scratch.run(&["check", ".", "--var", "whom=*"]);
    assert_eq!(misspelt.status, Some(2));
    assert!(misspelt.out.contains("--var whom: no root module declares this variable"), "{}", misspelt.out);
    scratch.write("other.tfvars", "whom = \"*\"\n");
    assert_eq!(status(&["--var-file", "other.tfvars"]), Some(0));
    let coverage = scratch.run(&["check", ".", "--coverage"]);
    assert!(coverage.out.contains("`var.who` has no value"), "{}", coverage.out);
    scratch.write("terraform.tfvars", "who = \"*\"\n");
    assert_eq!(status(&[]), Some(1));
}

/// As pre-commit calls it: with files that were changed. What they belong to is analysed, and what touches them is reported.
#[test]
fn files_stand_for_their_modules() {
    let scratch = Scratch::new();
    copy(&root().join(ESTATE), scratch.path());
    fs::create_dir(scratch.path().join(".git")).unwrap();
    let vendors = scratch.run(&["check", "--force-exclude", "prod/vendors.tf", "--format", "concise"]);
    assert_eq!(vendors.status, Some(1));
    assert!(vendors.out.contains("prod/vendors.tf:9:") && vendors.out.contains("prod/partners.tf:"), "{}", vendors.out);
    assert!(!vendors.out.contains("dns/cert_manager.tf"), "{}", vendors.out);
    // A change of a module concerns those who call it.
    let module = scratch.run(&["check", "modules/deployment-role/main.tf", "-f", "concise"]);
    assert_eq!((module.status, module.rules()), (Some(1), vec!["scoped-resource"]));
    let values = scratch.run(&["check", "tooling/terraform.tfvars", "-f", "concise"]);
    assert_eq!((values.status, values.rules()), (Some(1), vec!["admin-access", "oidc-subject-any-repository"]));
    let excluded = scratch.run(&["check", "prod/vendors.tf", "--exclude", "prod", "--force-exclude", "-f", "concise"]);
    assert_eq!((excluded.status, excluded.rules()), (Some(0), vec![]), "{}", excluded.out);
    let named = scratch.run(&["check", "prod/vendors.tf", "--exclude", "prod/vendors.tf", "-f", "concise"]);
    assert_eq!(named.status, Some(1));
}

#[test]
fn ignored_paths_are_not_walked_but_can_be_named() {
    let scratch = Scratch::new();
    scratch
        .write(".git/index", EMPTY_INDEX)
        .write(".gitignore", "generated/\n")
        .write("generated/a.tf", OPEN_ROLE)
        .write("a.tf", "variable \"a\" {}\n");
    scratch.write(".terraform/modules/a.tf", OPEN_ROLE);
    assert_eq!(scratch.run(&["."]).status, Some(0));
    assert_eq!(scratch.run(&[".", "--no-gitignore"]).status, Some(1));
    assert_eq!(scratch.run(&["generated/a.tf"]).status, Some(1));
    assert_eq!(scratch.run(&[".", "--no-gitignore", "--exclude", "generated"]).status, Some(0));
}

#[test]
fn comments_ignore_findings() {
    let role = |above: &str, behind: &str| {
        format!(
            "{above}resource \"aws_iam_role\" \"open\" {{\n  assume_role_policy = jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Allow\", Principal = \"*\", Action = \"sts:AssumeRole\" }}] }}){behind}\n}}\n"
        )
    };
    let comment = "# rolelint: ignore[trust-any-principal] it is a honeypot";
    let status = |text: &str, arguments: &[&str]| {
        let scratch = Scratch::new();
        scratch.write("a.tf", text);
        scratch.run(&[&["check", "."], arguments].concat())
    };
    assert_eq!(status(&role("", ""), &[]).status, Some(1));
    for text in [role(&format!("{comment}\n"), ""), role("", &format!(" {comment}"))] {
        let run = status(&text, &[]);
        assert_eq!(run.status, Some(0), "{text}");
        assert!(run.out.contains("No findings (1 ignored by comments)."), "{}", run.out);
        assert_eq!(status(&text, &["--no-ignores"]).status, Some(1));
        let shown = status(&text, &["--show-suppressed", "-f", "concise"]);
        assert!(shown.status == Some(0) && shown.out.contains("[ignored: it is a honeypot]"), "{}", shown.out);
    }
    let of_another = role("# rolelint: ignore[admin-access] no such thing here\n", "");
    assert_eq!(status(&of_another, &[]).status, Some(1));
    let still = role("# rolelint: ignore[trust-any-principal] until=9999-12-31 honeypot\n", "");
    assert_eq!(status(&still, &[]).status, Some(0));
    let past = status(&role("# rolelint: ignore[trust-any-principal] until=2020-01-31 honeypot\n", ""), &[]);
    assert!(past.status == Some(1) && past.out.contains("was ignored until 2020-01-31"), "{}", past.out);
}

#[test]
fn the_configuration_sets_levels_and_says_what_is_wrong_in_it() {
    let scratch = Scratch::new();
    scratch.write("infra/a.tf", OPEN_ROLE).write(".rolelint.hcl", "rule \"trust-any-principal\" { level = \"warn\" }\n");
    let warned = scratch.run(&["infra", "-f", "concise"]);
    assert_eq!((warned.status, warned.rules()), (Some(0), vec!["trust-any-principal"]));
    assert_eq!(scratch.run(&["infra", "--fail-on", "high"]).status, Some(1));
    assert_eq!(scratch.run(&["infra", "--no-config"]).status, Some(1));
    scratch.write(".rolelint.hcl", "rule \"trust-any-principal\" { level = \"allow\" }\n");
    assert_eq!(scratch.run(&["infra", "-f", "concise"]).rules(), Vec::<&str>::new());
    scratch.write(".rolelint.hcl", "exclude = [\"infra/**\"]\n");
    assert_eq!(scratch.run(&["."]).status, Some(2));
    scratch.write(".rolelint.hcl", "rule \"no-such-rule\" {}\naccount \"a\" { id = \"1\" }\n");
    let wrong = scratch.run(&["infra", "-f", "concise"]);
    assert_eq!(wrong.status, Some(2));
    assert!(wrong.out.contains(".rolelint.hcl:1:") && wrong.out.contains("unknown rule `no-such-rule`"), "{}", wrong.out);
    assert!(wrong.out.contains(".rolelint.hcl:2:") && wrong.out.contains("`1` is not an account ID"), "{}", wrong.out);
}

/// A module has one name, whichever directory the run starts in.
#[test]
fn the_current_directory_makes_no_difference() {
    let scratch = Scratch::new();
    scratch.write(".git/HEAD", "");
    scratch.write("live/main.tf", "module \"m\" {\n  source = \"../modules/m\"\n  who    = \"*\"\n}\n");
    scratch.write(
        "modules/m/main.tf",
        format!("variable \"who\" {{}}\n{}", crate::run::OPEN_ROLE.replace("Principal = \"*\"", "Principal = var.who")),
    );
    scratch.write("c/main.tf", "locals {}\n");
    let rules = |below: &str, arguments: &[&str]| {
        let run = crate::run::rolelint_in(&scratch.path().join(below), &[&["check", "-f", "concise"], arguments].concat());
        assert!(!run.out.contains("problem[") && run.err.is_empty(), "{below} {arguments:?}: {}{}", run.out, run.err);
        (run.status, run.out.matches("[trust-any-principal]").count())
    };
    for (below, path) in
        [("", "."), ("modules", ".."), ("modules/m", "../.."), ("modules", "m/main.tf"), ("modules", "../live/main.tf"), ("live", "..")]
    {
        assert_eq!(rules(below, &[path]), (Some(1), 1), "{below} {path}");
    }
    assert_eq!(rules("c", &[".."]), (Some(1), 1));
}

#[cfg(unix)]
#[test]
fn a_link_to_the_repository_is_the_repository() {
    let scratch = Scratch::new();
    scratch.write("repo/.git/HEAD", "").write("repo/.rolelint.hcl", "rule \"trust-any-principal\" { level = \"allow\" }\n");
    scratch.write("repo/live/main.tf", crate::run::OPEN_ROLE);
    std::os::unix::fs::symlink(scratch.path().join("repo"), scratch.path().join("link")).unwrap();
    for path in ["repo", "link", "link/live", "link/live/main.tf"] {
        let run = scratch.run(&["check", "-f", "concise", path]);
        assert_eq!((run.status, run.rules()), (Some(0), vec![]), "{path}: {}{}", run.out, run.err);
    }
}

/// Who stops reading has been told all the same.
#[cfg(unix)]
#[test]
fn a_closed_pipe_does_not_make_a_run_pass() {
    let scratch = Scratch::new();
    scratch.write("main.tf", (0..400).map(|n| crate::run::OPEN_ROLE.replace("\"open\"", &format!("\"open{n}\""))).collect::<String>());
    let mut child =
        crate::run::command(scratch.path()).args(["check", ".", "--no-config"]).stdout(std::process::Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(1));
}
