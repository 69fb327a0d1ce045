//! Plans: judged with the source that they were made of, and alone. How those of testdata/plans were made is in its README.md.

use std::fs;
use std::io::Write;
use std::process::Stdio;

use rolelint::config::Config;
use rolelint::estate::{Concerns, gather};
use rolelint::eval::{self, Evaluator, Options};
use rolelint::source::{File, FileKind, NoFiles, Sources};
use rolelint::terraform::{self, plan};
use serde_json::{Value, json};

use crate::run::{Run, Scratch, command, copy, rolelint, root};

const BESIDE: &str = "testdata/plans/beside";
const ALONE: &str = "testdata/plans/alone/plan.json";
const REAL: &str = "testdata/plans/real";

/// The findings of a concise report: place, rule and address. Places in a plan are shown by the text that they point at.
fn findings(run: &Run, directory: &std::path::Path) -> Vec<String> {
    let severities = [": low[", ": medium[", ": high[", ": critical["];
    let lines = run.out.lines().filter(|line| severities.iter().any(|severity| line.contains(severity)));
    let shown = lines.map(|line| {
        let mut fields = line.splitn(4, ':');
        let (path, row, column) = (fields.next().unwrap(), fields.next().unwrap(), fields.next().unwrap());
        let rest = fields.next().unwrap();
        let rule = rest.split_once('[').unwrap().1.split_once(']').unwrap().0;
        let address = rest.rsplit_once(" (").map_or("", |(_, address)| address.trim_end_matches(')'));
        let place = match path.ends_with(".json") {
            true => {
                let text = fs::read_to_string(directory.join(path)).unwrap();
                let line = text.lines().nth(row.parse::<usize>().unwrap() - 1).unwrap();
                let from = line.chars().skip(column.parse::<usize>().unwrap() - 1).collect::<String>();
                format!(
                    "plan {}",
                    from.chars().take_while(|c| !matches!(c, ',' | ']' | '}')).collect::<String>().split(r"\n").next().unwrap()
                )
            }
            false => format!("{}:{row}:{column}", path.trim_start_matches("testdata/plans/")),
        };
        format!("{rule} at {place} in {address}")
    });
    shown.collect()
}

fn check(arguments: &[&str]) -> (Run, Vec<String>) {
    let arguments: Vec<&str> = ["check", "--format", "concise"].iter().chain(arguments).copied().collect();
    let run = rolelint(&arguments);
    let found = findings(&run, root());
    (run, found)
}

/// `text` with each first string, which must be there, replaced by the second.
fn repaired(text: &str, repairs: &[(&str, &str)]) -> String {
    repairs.iter().fold(text.to_owned(), |text, (weak, good)| {
        assert!(text.contains(weak), "{weak}");
        text.replace(weak, good)
    })
}

#[test]
fn source_with_its_plan_tells_more_than_source_alone() {
    let (source, found) = check(&[BESIDE, "--coverage"]);
    assert_eq!(found, ["unknown-action at beside/reader/main.tf:17:18 in module.reader[*].aws_iam_role_policy.this"]);
    for missing in [
        "unknown[variable] `var.monitoring_account`",
        "the number of `module.reader`",
        "unknown[data] `data.aws_ssm_parameter.action` is read",
    ] {
        assert!(source.out.contains(missing), "{missing} in\n{}", source.out);
    }
    let (plan, found) = check(&[&format!("{BESIDE}/plan.json"), "--coverage"]);
    assert_eq!(
        found,
        [
            // The account is in the plan, the ARN in the source.
            "external-id-required at beside/main.tf:22:22 in aws_iam_role.monitoring",
            // The source of the module is not there.
            r#"admin-access at plan \"*\" in module.everything.aws_iam_policy.this"#,
            // What a data source read is in the plan.
            r#"superfluous-action at plan "s3:GetObjct" in aws_iam_role_policy.deploy"#,
            r#"superfluous-action at beside/reader/main.tf:17:18 in module.reader["logs"].aws_iam_role_policy.this and 1 more"#,
        ]
    );
    // `aws_iam_role.app` trusts its own account: that this is 111111111111 says the plan of both.
    assert!(!plan.out.contains("trust-account-root") && !plan.out.contains("unknown["), "{}", plan.out);
    assert_eq!(plan.status, Some(1));
}

#[test]
fn a_plan_alone_is_judged_by_its_own_text() {
    let (run, found) = check(&[ALONE, "--coverage"]);
    assert_eq!(
        found,
        [
            // Neither the role's name nor the policy's ARN is known: the references join them.
            r#"admin-access at plan \"*\" in aws_iam_policy.everything"#,
            // `aws_iam_role.dns` trusts the same account, which is that of its provider.
            r#"trust-account-root at plan \"arn:aws:iam::222222222222:root\" in aws_iam_role.partner"#,
            // A document that is read on apply.
            r#"superfluous-action at plan "s3:GetObjct" in aws_iam_role_policy.deferred"#,
            // What a `dynamic` block made is in no expression.
            r#"unknown-action at plan \"iam:ListUserz\" in aws_iam_role.inline"#,
            // `aws_iam_policy.team[each.key].arn`
            r#"admin-access at plan \"*\" in aws_iam_policy.team["ops"]"#,
            r#"superfluous-action at plan \"s3:GetObjekt\" in module.reader["logs"].aws_iam_role_policy.this"#,
            r#"superfluous-action at plan \"s3:GetObjekt\" in module.reader["media"].aws_iam_role_policy.this"#,
        ]
    );
    assert!(
        run.out.contains("in root `testdata/plans/alone/plan.json`: `data.aws_iam_policy_document.deferred.statement[0].resources[0]`"),
        "{}",
        run.out
    );
    // To be destroyed.
    assert!(!run.out.contains("aws_iam_role_policy.old"), "{}", run.out);
}

#[test]
fn what_is_repaired_is_not_found() {
    let scratch = Scratch::new();
    let plan = fs::read_to_string(root().join(ALONE)).unwrap();
    let everything = r#"\"Action\":\"*\",\"Effect\":\"Allow\",\"Resource\":\"*\""#;
    let repairs = [
        (everything, r#"\"Action\":\"s3:GetObject\",\"Effect\":\"Allow\",\"Resource\":\"arn:aws:s3:::app/*\""#),
        ("arn:aws:iam::222222222222:root", "arn:aws:iam::222222222222:role/deploy"),
        ("GetObjct", "GetObject"),
        ("ListUserz", "ListUsers"),
        ("GetObjekt", "GetObject"),
    ];
    let run = scratch.write("plan.json", repaired(&plan, &repairs)).run(&["plan.json", "--format", "concise"]);
    assert_eq!((run.status, run.rules()), (Some(0), vec![]), "{}", run.out);

    copy(&root().join(BESIDE), scratch.path());
    let source = fs::read_to_string(root().join(BESIDE).join("main.tf")).unwrap();
    let plan = fs::read_to_string(root().join(BESIDE).join("plan.json")).unwrap();
    let reader = fs::read_to_string(root().join(BESIDE).join("reader/main.tf")).unwrap();
    let named = (":root", ":role/ours");
    scratch.write("main.tf", repaired(&source, &[named, ("${var.monitoring_account}", "111111111111")]));
    scratch.write("reader/main.tf", repaired(&reader, &[("GetObjekt", "GetObject")]));
    scratch.write("plan.json", repaired(&plan, &[repairs[0], repairs[2], repairs[4], named, ("464622532012", "111111111111")]));
    let run = scratch.run(&["plan.json", "--format", "concise"]);
    assert_eq!((run.status, run.rules()), (Some(0), vec![]), "{}", run.out);
}

#[test]
fn the_plan_is_right_where_source_says_something_else() {
    let scratch = Scratch::new();
    copy(&root().join(BESIDE), scratch.path());
    let source = fs::read_to_string(root().join(BESIDE).join("main.tf")).unwrap();
    // As `ignore_changes` makes it: what is planned is not what is written.
    scratch.write(
        "main.tf",
        repaired(&source, &[("\"arn:aws:iam::${var.monitoring_account}:root\"", "\"arn:aws:iam::111111111111:role/ours\"")]),
    );
    let found = findings(&scratch.run(&["plan.json", "--format", "concise"]), scratch.path());
    let expected = r#"external-id-required at plan \"arn:aws:iam::464622532012:root\" in aws_iam_role.monitoring"#;
    assert!(found.iter().any(|finding| finding == expected), "{found:#?}");
}

#[test]
fn an_ignore_comment_in_source_holds_for_the_plan() {
    let scratch = Scratch::new();
    copy(&root().join(BESIDE), scratch.path());
    let source = fs::read_to_string(root().join(BESIDE).join("main.tf")).unwrap();
    let ignored = "# rolelint: ignore[superfluous-action, external-id-required] until it is known\nresource";
    scratch.write("main.tf", source.replace("resource", ignored));
    let run = scratch.run(&["plan.json", "--format", "concise"]);
    assert_eq!(run.rules(), ["admin-access", "superfluous-action"], "{}", run.out);
}

#[test]
fn the_source_is_beside_the_plan_or_here_or_where_one_says() {
    let scratch = Scratch::new();
    copy(&root().join(BESIDE), &scratch.path().join("infra"));
    fs::rename(scratch.path().join("infra/plan.json"), scratch.path().join("plan.json")).unwrap();
    let place = |run: &Run| run.out.lines().find(|line| line.contains("GetObjekt")).unwrap().split(':').next().unwrap().to_owned();
    assert_eq!(place(&scratch.run(&["plan.json", "--format", "concise"])), "plan.json");
    assert_eq!(place(&scratch.run(&["plan.json", "--source", "infra", "--format", "concise"])), "infra/reader/main.tf");
    // Named beside it, the directory is judged with the plan and not once more without.
    let both = scratch.run(&["infra", "plan.json", "--format", "concise"]);
    assert_eq!((place(&both).as_str(), both.rules().len()), ("infra/reader/main.tf", 4), "{}", both.out);
    let here = crate::run::rolelint_in(&scratch.path().join("infra"), &["../plan.json", "--format", "concise"]);
    assert_eq!(place(&here), "reader/main.tf");
    let wrong = scratch.run(&["plan.json", "--source", "nowhere", "--format", "concise"]);
    assert!(
        wrong.status == Some(2) && wrong.out.contains("--source `nowhere` is not the directory that this plan was made in"),
        "{}",
        wrong.out
    );
}

#[test]
fn source_that_has_changed_since_is_not_mistaken_for_the_plan() {
    let scratch = Scratch::new();
    copy(&root().join(BESIDE), scratch.path());
    let source = fs::read_to_string(scratch.path().join("main.tf")).unwrap();
    scratch.write("main.tf", source.replace("\"monitoring\" {", "\"watching\" {"));
    let run = scratch.run(&["plan.json", "--format", "concise"]);
    assert!(run.out.contains("has no `aws_iam_role.monitoring`, so it is not what this plan was made of"), "{}", run.out);
    assert!(findings(&run, scratch.path()).iter().all(|finding| finding.contains(" at plan ")), "{}", run.out);
    assert_eq!(run.status, Some(1));
}

#[test]
fn a_plan_may_come_through_a_pipe() {
    let mut child =
        command(root()).args(["check", "-", "--format", "concise"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(&fs::read(root().join(ALONE)).unwrap()).unwrap();
    let out = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
    assert!(out.starts_with("<stdin>:1:422: high[admin-access]"), "{out}");
}

#[test]
fn plans_are_not_picked_up_by_walking() {
    let run = rolelint(&["check", "testdata/plans/alone"]);
    assert_eq!((run.status, run.err.as_str()), (Some(2), "rolelint: `testdata/plans/alone` holds no Terraform files\n"));
}

#[test]
fn what_is_no_plan_is_told_with_what_to_pass() {
    let scratch = Scratch::new();
    let plan = fs::read_to_string(root().join(ALONE)).unwrap();
    let cases: [(&str, &[u8], &str); 9] = [
        ("tfplan", b"PK\x03\x04\x14\0", "run `terraform show -json tfplan > plan.json`"),
        ("cut.json", plan.get(..5000).unwrap().as_bytes(), "cut.json:1:5000: problem[syntax] invalid JSON: the text ends too early"),
        (
            "wrong.json",
            b"{\"format_version\": \"1.2\",\n \"planned_values\": x}",
            "wrong.json:2:20: problem[syntax] invalid JSON: expected value",
        ),
        ("state.json", br#"{"format_version":"1.0","values":{"root_module":{}}}"#, "this is a state"),
        ("other.json", br#"{"format_version":"1.0","valid":true}"#, "it needs `planned_values` and `configuration`"),
        (
            "types.json",
            br#"{"format_version":"1.2","planned_values":[],"configuration":{}}"#,
            "`planned_values` of this plan is not what Terraform writes",
        ),
        (
            "list.json",
            br#"{"format_version":"1.2","planned_values":{"root_module":{"resources":"x"}},"configuration":{}}"#,
            "`planned_values.root_module.resources` of this plan is not what Terraform writes",
        ),
        ("newer.json", br#"{"format_version":"2.0","planned_values":{},"configuration":{}}"#, "format_version 1"),
        (
            "log.json",
            b"{\"@level\":\"info\",\"@message\":\"Terraform 1.11.4\"}\n{\"@level\":\"info\",\"@message\":\"\"}\n",
            "`terraform plan -json`",
        ),
    ];
    for (name, bytes, expected) in cases {
        let run = scratch.write(name, bytes).run(&[name, "--format", "concise"]);
        assert_eq!(run.status, Some(2), "{name}: {}", run.out);
        assert!(run.out.contains(expected), "{name}: {}", run.out);
    }
    let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain("{}".encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let run = scratch.write("utf16.json", utf16).run(&["utf16.json"]);
    assert!(run.status == Some(2) && run.out.contains("UTF-16"), "{}", run.out);
}

#[test]
fn nothing_of_a_plan_is_shown_but_the_policy() {
    let scratch = Scratch::new();
    let plan = fs::read_to_string(root().join(ALONE)).unwrap();
    let secret = r#""description":"hunter2","name":"everything""#;
    scratch.write("plan.json", repaired(&plan, &[(r#""description":null,"name":"everything""#, secret)]));
    for format in ["full", "concise", "json", "sarif"] {
        let run = scratch.run(&["plan.json", "--format", format, "--coverage"]);
        assert!(run.out.contains("admin-access") && !run.out.contains("hunter2"), "{}", run.out);
    }
}

/// What `input` of each resource is, by address.
fn inputs(name: &str, with_source: bool) -> Vec<String> {
    let sources = Sources::new(Box::new(NoFiles));
    let read = |name: &str, kind| sources.add(File::new(name, kind, fs::read(root().join(REAL).join(name)).unwrap()));
    let files: Vec<_> = ["main.tf", "queue/main.tf"].map(|name| read(name, FileKind::Hcl)).into_iter().filter(|_| with_source).collect();
    let mut tree = terraform::load(&sources, &files);
    tree.link(&sources);
    let plan = plan::read(&sources, read(name, FileKind::Plan)).unwrap();
    let adopted = tree.adopt(plan, name, &[String::new()]);
    assert_eq!((adopted.source.is_some(), adopted.unlike), (with_source, None));
    let options = Options { workspace: None, variables: Vec::new() };
    let root = tree.roots().pop().unwrap();
    let evaluator = Evaluator::new(&tree, &sources, &options, &root);
    let resources = evaluator.resources(&|_, kind| kind == "terraform_data", &|_| true);
    let shown = resources.iter().map(|resource| {
        let input = evaluator.configured_attribute(resource.lazy, "input").unwrap();
        format!("{} = {}", resource.address, eval::json::render(&input).display())
    });
    shown.collect()
}

#[test]
fn a_real_plan_gives_what_terraform_gave() {
    let known = [
        r#"module.queue["ops.\"$${x}"].terraform_data.name = "queue of ops""#,
        r#"module.queue["web.\"$${x}"].terraform_data.name = "queue of web""#,
        r#"terraform_data.bucket = "bucket-prod""#,
        r#"terraform_data.counted[0] = "OPS""#,
        r#"terraform_data.counted[1] = "WEB""#,
        r#"terraform_data.team["ops"] = "team/ops""#,
        r#"terraform_data.team["web"] = "team/web""#,
    ];
    let (with_source, alone) = (inputs("plan.json", true), inputs("plan.json", false));
    for line in known {
        assert!(with_source.iter().any(|shown| shown == line), "{line} in {with_source:#?}");
        assert!(alone.iter().any(|shown| shown == line), "{line} in {alone:#?}");
    }
    // What is known only after apply: source has its parts.
    let of = |list: &[String], address: &str| list.iter().find(|line| line.starts_with(address)).cloned().unwrap();
    let queue = r#"module.queue["ops.\"$${x}"].terraform_data.this"#;
    assert_eq!(of(&with_source, queue), format!("{queue} = \"queue of ops for ${{terraform_data.bucket.id}}\""));
    assert_eq!(of(&alone, queue), format!("{queue} = ${{terraform_data.this.input}}"));
    let nested = |id: &str| format!(r#"terraform_data.nested = {{"id":${{{id}.id}},"list":[${{{id}.list[0]}},"known"],"stage":"prod"}}"#);
    assert_eq!(of(&alone, "terraform_data.nested"), nested("terraform_data.nested.input"));
    assert_eq!(of(&with_source, "terraform_data.nested"), nested("terraform_data.bucket").replace(".list[0]", ".id"));
    assert_eq!(with_source.len(), alone.len());
    assert!(alone.iter().all(|line| !line.contains("only_in_dev")), "{alone:#?}");
}

#[test]
fn of_a_real_change_what_there_is_is_known_and_what_goes_is_not_judged() {
    let (with_source, alone) = (inputs("update.json", true), inputs("update.json", false));
    assert_eq!(with_source, alone);
    let all = with_source.join("\n");
    assert!(!all.contains("web") && !all.contains("${terraform_data"), "{all}");
    assert!(all.contains(r#"terraform_data.bucket = "bucket-stage""#) && all.contains(r#"terraform_data.counted[0] = "OPS""#), "{all}");
}

/// Every place of a JSON value, up to a depth: the way to it.
fn places(value: &Value, way: &str, depth: usize, found: &mut Vec<String>) {
    found.push(way.to_owned());
    match value {
        Value::Object(members) if depth > 0 => {
            members
                .iter()
                .for_each(|(key, inner)| places(inner, &format!("{way}/{}", key.replace('~', "~0").replace('/', "~1")), depth - 1, found));
        }
        Value::Array(items) if depth > 0 => {
            items.iter().enumerate().for_each(|(index, inner)| places(inner, &format!("{way}/{index}"), depth - 1, found));
        }
        _ => {}
    }
}

#[test]
fn a_plan_with_anything_in_the_place_of_anything_is_read() {
    let plan: Value = serde_json::from_str(&fs::read_to_string(root().join(ALONE)).unwrap()).unwrap();
    let mut ways = Vec::new();
    places(&plan, "", 8, &mut ways);
    let others =
        [Value::Null, json!(true), json!(-1.5e300), json!("${x"), json!([[{}]]), json!({"references": ["a[", "each.key", "x.y"], "a": {}})];
    // A different part of them in each place, so that the test stays quick.
    for (index, way) in ways.iter().enumerate().skip(1).step_by(3) {
        let mut changed = plan.clone();
        *changed.pointer_mut(way).unwrap() = others[index / 3 % others.len()].clone();
        let sources = Sources::new(Box::new(NoFiles));
        let id = sources.add(File::new("plan.json", FileKind::Plan, changed.to_string().into_bytes()));
        let mut tree = terraform::load(&sources, &[]);
        if let Ok(plan) = plan::read(&sources, id) {
            tree.adopt(plan, "plan.json", &[]);
        }
        let options = Options { workspace: None, variables: Vec::new() };
        for root in tree.roots() {
            gather(&tree, &sources, &options, &Config::default(), root, &Concerns::of(&tree, &sources, &options));
        }
    }
}

#[test]
fn a_plan_that_is_laid_out_to_run_for_ever_ends() {
    let scratch = Scratch::new();
    let plan = fs::read_to_string(root().join(ALONE)).unwrap();
    let module = |depth: usize| "module.a.".repeat(depth).trim_end_matches('.').to_owned();
    let nested = (1..500).fold(String::from("[]"), |inner, depth| {
        let depth = 500 - depth;
        format!(r#"[{{"address":"{}","resources":[],"child_modules":{inner}}}]"#, module(depth))
    });
    let calls = (0..2000).fold(String::from("{}"), |inner, _| format!(r#"{{"module_calls":{{"a":{{"source":"./a","module":{inner}}}}}}}"#));
    let policy = r#"{"address":"aws_iam_policy.many[INDEX]","mode":"managed","type":"aws_iam_policy","name":"many","index":INDEX,"values":{"policy":"{}"}},"#;
    let many: String = (0..20_000).rev().map(|index| policy.replace("INDEX", &index.to_string())).collect();
    let many_configured = r#"{"mode":"managed","type":"aws_iam_policy","name":"many","expressions":{"policy":{}},"count_expression":{}},"#;
    let long = format!(r#"{{"references":["a{}"]}}"#, "[a".repeat(100_000));
    for (name, text) in [
        ("nested", repaired(&plan, &[(r#""child_modules":["#, &format!(r#""child_modules":{nested},"x":["#))])),
        ("calls", repaired(&plan, &[(r#""module_calls":{"#, &format!(r#""module_calls":{{"deep":{{"source":"./a","module":{calls}}},"#))])),
        (
            "deep",
            repaired(&plan, &[(r#""description":null"#, &format!(r#""description":{}{}"#, "[".repeat(100_000), "]".repeat(100_000)))]),
        ),
        (
            "long",
            repaired(
                &plan,
                &[(r#"{"references":["data.aws_iam_policy_document.deferred.json","data.aws_iam_policy_document.deferred"]}"#, &long)],
            ),
        ),
        ("many", plan.replacen(r#""root_module":{"resources":["#, &format!(r#""root_module":{{"resources":[{many}"#), 1)),
    ] {
        let text = if name == "many" {
            let (before, after) = text.rsplit_once(r#""root_module":{"resources":["#).unwrap();
            format!(r#"{before}"root_module":{{"resources":[{many_configured}{after}"#)
        } else {
            text
        };
        let run = scratch.write("plan.json", text).run(&["plan.json", "--format", "concise"]);
        assert!(run.out.contains("high[admin-access]"), "{name}: {}{}", run.out, run.err);
        assert_eq!(run.out.contains("more than 10000 instances"), name == "many", "{name}: {}", run.out);
    }
}

#[test]
fn a_role_that_the_plan_makes_is_found_by_its_name_although_its_id_is_not_known() {
    let trust = r#"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"sts:AssumeRole\",\"Principal\":{\"Service\":\"ec2.amazonaws.com\"}}]}"#;
    let policy = r#"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}]}"#;
    let resource = |kind: &str, values: &str, unknown: &str| {
        format!(
            r#"{{"address":"{kind}.ci","mode":"managed","type":"{kind}","name":"ci","provider_name":"registry.terraform.io/hashicorp/aws","values":{{{values}}},"change":{{"actions":["create"],"before":null,"after":{{{values}}},"after_unknown":{{{unknown}}}}}}}"#
        )
    };
    let role = resource("aws_iam_role", &format!(r#""name":"deploy","assume_role_policy":"{trust}""#), r#""id":true,"arn":true"#);
    let inline = resource("aws_iam_role_policy", &format!(r#""name":"ci","policy":"{policy}""#), r#""id":true,"role":true"#);
    let configured = r#"{"address":"aws_iam_role.ci","mode":"managed","type":"aws_iam_role","name":"ci","expressions":{"name":{"constant_value":"deploy"},"assume_role_policy":{}}},{"address":"aws_iam_role_policy.ci","mode":"managed","type":"aws_iam_role_policy","name":"ci","expressions":{"policy":{},"role":{"references":["aws_iam_role.ci.id","aws_iam_role.ci"]}}}"#;
    let scratch = Scratch::new();
    scratch.write(
        "plan.json",
        format!(
            r#"{{"format_version":"1.2","planned_values":{{"root_module":{{"resources":[{role},{inline}]}}}},"resource_changes":[{role},{inline}],"configuration":{{"root_module":{{"resources":[{configured}]}}}}}}"#
        ),
    );
    let run = scratch.run(&["check", "plan.json", "-f", "concise"]);
    assert!(run.out.contains("role `deploy` can do everything in the account"), "{}\n{}", run.out, run.err);
}
