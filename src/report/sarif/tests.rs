use serde_json::Value;

use super::*;
use crate::report::Options;
use crate::report::fixture::{self, rules, run};

fn sarif(run: &fixture::Run, options: Options, limits: &Limits) -> Value {
    let rules = rules();
    let report = Report { sources: &run.sources, outcome: &run.outcome, rules: &rules, options };
    serde_json::to_value(log(&report, limits)).unwrap()
}

fn everything() -> Options<'static> {
    Options { suppressed: true, version: "1.2.3", category: Some("ci"), ..Options::default() }
}

fn each<'v>(value: &'v Value, pointer: &str) -> &'v Vec<Value> {
    value.pointer(pointer).unwrap().as_array().unwrap()
}

#[test]
fn rules_hold_what_code_scanning_asks_for() {
    let log = sarif(&run(), everything(), &GITHUB);
    let rules = each(&log, "/runs/0/tool/driver/rules");
    for rule in rules {
        for part in ["/id", "/shortDescription/text", "/fullDescription/text", "/help/text", "/help/markdown"] {
            assert!(rule.pointer(part).unwrap().as_str().is_some_and(|text| !text.is_empty()), "{part} of {rule}");
        }
    }
    let facts = |n: usize| {
        let properties = &rules[n]["properties"];
        (&rules[n]["defaultConfiguration"]["level"], &properties["security-severity"], &properties["problem.severity"])
    };
    assert_eq!(facts(0), (&"error".into(), &"8.0".into(), &"error".into()));
    // A policy that AWS refuses is an error, but no security alert.
    assert_eq!(facts(1), (&"error".into(), &Value::Null, &"error".into()));
    assert_eq!(rules[0]["properties"]["tags"], serde_json::json!(["security", "trust"]));
    assert_eq!(log.pointer("/runs/0/automationDetails/id").unwrap(), "ci/");
    assert_eq!(log.pointer("/runs/0/tool/driver/semanticVersion").unwrap(), "1.2.3");
}

#[test]
fn results_resolve_to_rules_and_places() {
    let mut run = run();
    run.outcome.findings[1].level = finding::Level::Warn;
    let log = sarif(&run, everything(), &GITHUB);
    let rules = each(&log, "/runs/0/tool/driver/rules");
    let results = each(&log, "/runs/0/results");
    assert_eq!(results.len(), 3);
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert_eq!(each(result, "/locations").len(), 1);
        let related = result["relatedLocations"].as_array().cloned().unwrap_or_default();
        let flow = result.pointer("/codeFlows/0/threadFlows/0/locations").and_then(Value::as_array).cloned().unwrap_or_default();
        let flow = flow.iter().map(|step| &step["location"]);
        for location in each(result, "/locations").iter().chain(&related).chain(flow) {
            let uri = location.pointer("/physicalLocation/artifactLocation/uri").unwrap().as_str().unwrap();
            assert!(!uri.starts_with('/') && !uri.contains([' ', '\\', ':']), "{uri}");
            let region = &location["physicalLocation"]["region"];
            for part in ["startLine", "startColumn", "endLine", "endColumn"] {
                assert!(region[part].as_u64().unwrap() >= 1);
            }
        }
        for location in &related {
            let link = format!("]({})", location["id"]);
            assert!(result["message"]["text"].as_str().unwrap().contains(&link));
        }
    }
    let first = &results[0];
    assert_eq!(
        first["message"]["text"],
        "Any Datadog customer can get it to act as `vendor` in your account. Lets account 464622532012 (Datadog) in, \
         [to assume the role](1), [as the \\[whole account\\]](2). In `module.monitoring.aws_iam_role.vendor` and 2 more.\n\
         Add a condition on the external ID that Datadog gave you:\n  Condition = { StringEquals = { \"sts:ExternalId\" = var.external_id } }"
    );
    assert_eq!(first.pointer("/locations/0/physicalLocation/artifactLocation/uri").unwrap(), "modules/vendor%20role/role.tf");
    assert_eq!(each(first, "/codeFlows/0/threadFlows/0/locations").len(), 3);
    // The rule is an error; the user made it a warning.
    assert_eq!(results[1]["level"], "warning");
    assert_eq!(results[2]["suppressions"], serde_json::json!([{"kind": "inSource", "justification": "agreed with the vendor"}]));
}

#[test]
fn columns_count_utf16_units() {
    let mut run = run();
    let file = run.outcome.findings[2].primary.span.file;
    run.outcome.findings[2].primary.span = fixture::span(&run.sources, file, "𝄞");
    let log = sarif(&run, everything(), &GITHUB);
    let region = &log.pointer("/runs/0/results/2/locations/0/physicalLocation/region").unwrap();
    assert_eq!((&region["startColumn"], &region["endColumn"]), (&47.into(), &49.into()));
    assert_eq!(log.pointer("/runs/0/columnKind").unwrap(), "utf16CodeUnits");
}

#[test]
fn every_result_has_the_fingerprint_that_github_would_compute() {
    let run = run();
    let log = sarif(&run, everything(), &GITHUB);
    let hashes = crate::report::fingerprint::line_hashes(fixture::ROLE);
    for result in each(&log, "/runs/0/results") {
        let prints = &result["partialFingerprints"];
        assert!(prints["rolelint/v1"].as_str().is_some_and(|print| !print.is_empty()));
        let line = result.pointer("/locations/0/physicalLocation/region/startLine").unwrap().as_u64().unwrap();
        if result["ruleId"] != "trust-account-root" {
            assert_eq!(prints["primaryLocationLineHash"], hashes.line(u32::try_from(line).unwrap()).unwrap());
        }
    }
}

#[test]
fn suppressed_findings_are_left_out_unless_asked_for() {
    let mut run = run();
    let log = sarif(&run, Options::default(), &GITHUB);
    assert_eq!(each(&log, "/runs/0/results").len(), 2);
    assert!(log.pointer("/runs/0/automationDetails").is_none());
    run.hide_below(crate::finding::Severity::High);
    let log = sarif(&run, Options::default(), &GITHUB);
    assert_eq!(each(&log, "/runs/0/results").len(), 1);
}

#[test]
fn problems_are_notifications() {
    let mut run = run();
    let log = sarif(&run, everything(), &GITHUB);
    let invocation = log.pointer("/runs/0/invocations/0").unwrap();
    assert_eq!(invocation["executionSuccessful"], true);
    let notifications = each(invocation, "/toolExecutionNotifications");
    assert_eq!(notifications[0]["descriptor"]["id"], "syntax");
    assert_eq!(notifications[0].pointer("/locations/0/physicalLocation/region/startLine").unwrap(), 6);
    assert!(notifications[1].get("locations").is_none());

    run.outcome.problems.push(Problem::new(ProblemKind::Internal, "a rule failed", None));
    let log = sarif(&run, everything(), &GITHUB);
    assert_eq!(log.pointer("/runs/0/invocations/0/executionSuccessful").unwrap(), false);
}

#[test]
fn limits_are_kept_and_said() {
    let tight = Limits { results: 2, results_shown: 1, rules: 2, related: 1, flow: 2, tags: 1, description: 40 };
    let mut run = run();
    run.outcome.problems.clear();
    let log = sarif(&run, everything(), &tight);
    let results = each(&log, "/runs/0/results");
    // The low one goes, although it is not the last.
    assert_eq!(results.iter().map(|result| &result["ruleId"]).collect::<Vec<_>>(), ["external-id-required", "invalid-element"]);
    assert_eq!(each(&results[0], "/relatedLocations").len(), 1);
    assert!(!results[0]["message"]["text"].as_str().unwrap().contains("](2)"));
    assert_eq!(each(&results[0], "/codeFlows/0/threadFlows/0/locations").len(), 2);
    let rule = log.pointer("/runs/0/tool/driver/rules/0").unwrap();
    assert_eq!(rule["fullDescription"]["text"].as_str().unwrap().chars().count(), 40);
    assert_eq!(each(rule, "/properties/tags").len(), 1);
    let said: Vec<_> = each(&log, "/runs/0/invocations/0/toolExecutionNotifications")
        .iter()
        .map(|notification| notification["message"]["text"].as_str().unwrap())
        .collect();
    for words in ["results in a run", "related places", "steps of a path", "characters of a description", "tags of a rule"] {
        assert!(said.iter().any(|text| text.contains(words)), "{words} in {said:?}");
    }
}

#[test]
fn only_what_a_program_can_change_is_a_fix() {
    let mut run = run();
    let role = run.outcome.findings[0].primary.span.file;
    let statement = fixture::span(&run.sources, role, "Statement");
    let edit = finding::Edit::token(Span { end: statement.start, ..statement }, "Version = \"2012-10-17\"\n");
    run.outcome.findings[1].help = finding::Help::from("write the version").with(edit);
    let log = sarif(&run, everything(), &GITHUB);
    let results = each(&log, "/runs/0/results");
    // The first has a placeholder in it.
    assert!(results[0].get("fixes").is_none() && results[2].get("fixes").is_none());
    let expected = serde_json::json!([{
        "description": {"text": "Write the version."},
        "artifactChanges": [{
            "artifactLocation": {"uri": "modules/vendor%20role/role.tf", "uriBaseId": "%SRCROOT%"},
            "replacements": [{
                "deletedRegion": {"startLine": 6, "startColumn": 5, "endLine": 6, "endColumn": 5},
                "insertedContent": {"text": "Version = \"2012-10-17\"\r\n"},
            }],
        }],
    }]);
    assert_eq!(results[1]["fixes"], expected);
}

#[test]
fn code_in_a_help_text_is_a_block_of_markdown() {
    let log = sarif(&run(), everything(), &GITHUB);
    let results = each(&log, "/runs/0/results");
    let (text, markdown) = (results[0]["message"]["text"].as_str().unwrap(), results[0]["message"]["markdown"].as_str().unwrap());
    let code = "  Condition = { StringEquals = { \"sts:ExternalId\" = var.external_id } }";
    assert!(text.ends_with(&format!(":\n{code}")), "{text}");
    assert!(markdown.ends_with(&format!(":\n\n```\n{code}\n```")), "{markdown}");
    assert_eq!(results[2]["message"]["markdown"], Value::Null);
    assert_eq!(fenced("a:\n ```x\n b"), "a:\n\n````\n ```x\n b\n````");
}
