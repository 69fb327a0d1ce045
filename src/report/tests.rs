use super::fixture::run;
use clap::ValueEnum;

use super::*;
use crate::finding::Severity;

fn written(format: Format, options: Options) -> String {
    written_from(Severity::Info, format, options)
}

fn written_from(least: Severity, format: Format, options: Options) -> String {
    let mut run = run();
    run.hide_below(least);
    run.written(format, options)
}

fn everything() -> Options<'static> {
    Options { coverage: Detail::Short, suppressed: true, width: 90, version: "0.0.0", ..Options::default() }
}

#[test]
fn full_shows_source_and_says_why() {
    let expected = r#"high[external-id-required]: any Datadog customer can get it to act as `vendor` in your
  account
    ╭─[modules/vendor role/role.tf:9:27]
  7 │       Effect    = "Allow"
  8 │       Action    = ["sts:AssumeRole", "sts:TagSession"]
    ·                    ────────┬───────
    ·                            ╰── to assume the role
  9 │       Principal = { AWS = var.trusted }
    ·                           ──────┬──────
    ·                                 ╰── lets account 464622532012 (Datadog) in
 10 │     }]
    ├─[main.tf:3:11]
  2 │ locals {
  3 │     vendor = "arn:aws:iam::464622532012:root" # é𝄞
    ·              ────────────────┬───────────────
    ·                              ╰── as the [whole account]
  4 │ }
    ╰────
    in: module.monitoring.aws_iam_role.vendor
    also in: module.metrics["eu"].aws_iam_role.vendor
             module.metrics["us"].aws_iam_role.vendor
    how it got there:
      main.tf:8:13                      is passed to the module as `trusted`
      modules/vendor role/role.tf:9:27  is the principal of the trust policy
    confidence: medium
    help: add a condition on the external ID that Datadog gave you:
            Condition = { StringEquals = { "sts:ExternalId" = var.external_id } }

medium[invalid-element]: AWS rejects this policy
    ╭─[modules/vendor role/role.tf:6:17]
  5 │       assume_role_policy = jsonencode({
  6 │ ╭─▶     Statement = [{
  7 │ │         Effect    = "Allow"
  8 │ │         Action    = ["sts:AssumeRole", "sts:TagSession"]
  9 │ │         Principal = { AWS = var.trusted }
 10 │ ├─▶     }]
    · ╰──── has no `Version`
 11 │       })
    ╰────
    in: module.monitoring.aws_iam_role.vendor

low[trust-account-root]: every identity in 464622532012 can assume this role
   ╭─[main.tf:3:38]
 2 │ locals {
 3 │     vendor = "arn:aws:iam::464622532012:root" # é𝄞
   ·                                         ──┬─
   ·                                           ╰── the whole account
 4 │ }
   ╰────
   in: aws_iam_role.other
   help: name the role
   ignored: agreed with the vendor

problem[syntax]: this block cannot be parsed, and is left out
   ╭─[main.tf:6:1]
 6 │ module "monitoring" {
   · ─────────────────────
 7 │   source  = "./modules/vendor role"
   ╰────

problem[unreadable]: `secret.tf` cannot be read: permission denied

4 policies: 1 fully known, 1 missing single values, 1 partly known, 1 unknown.

How to make them known, most valuable first:

  1. `var.trusted` has no value: pass --var-file FILE or --var trusted=VALUE
     3 policies depend on it, 1 of them only for single values
     modules/vendor role/role.tf:1:1

  2. `data.aws_vpc.a` is read when Terraform runs: pass a plan (`rolelint check
     plan.json`)
     1 policy depends on it, only for single values
     modules/vendor role/role.tf:4:10

1 policy unknown:
  main.tf:2:1  trust policy of aws_iam_role.dark
    main.tf:8:13  `var.trusted` [1]

1 policy partly known:
  modules/vendor role/role.tf:3:1
    trust policy of module.monitoring.aws_iam_role.vendor in root `.`
    modules/vendor role/role.tf:4:10  `data.aws_vpc.a` [2]
    modules/vendor role/role.tf:9:27  `var.trusted` [1]

1 policy missing single values:
  main.tf:2:1  trust policy of aws_iam_role.other
    main.tf:8:13  `var.trusted` [1], and in 1 more place

3 findings: 1 high, 1 medium, 1 low; 2 problems, so the result is incomplete (1 of them
ignored by comments).
Looked at 2 files, 2 modules and 4 policies; 1 policy fully known, 1 missing single
values, 1 partly known, 1 unknown.
`rolelint explain RULE` says why and what is good; `# rolelint: ignore[RULE] reason`
ignores one.
"#;
    assert_eq!(written(Format::Full, everything()), expected);
}

#[test]
fn concise_has_a_line_for_each_thing() {
    let expected = r#"modules/vendor role/role.tf:9:27: high[external-id-required] any Datadog customer can get it to act as `vendor` in your account (module.monitoring.aws_iam_role.vendor and 2 more)
modules/vendor role/role.tf:6:17: medium[invalid-element] AWS rejects this policy (module.monitoring.aws_iam_role.vendor)
main.tf:3:38: low[trust-account-root] every identity in 464622532012 can assume this role (aws_iam_role.other) [ignored: agreed with the vendor]
main.tf:6:1: problem[syntax] this block cannot be parsed, and is left out
problem[unreadable] `secret.tf` cannot be read: permission denied
modules/vendor role/role.tf:1:1: unknown[variable] `var.trusted` has no value: pass --var-file FILE or --var trusted=VALUE; 3 policies depend on it, 1 of them only for single values
modules/vendor role/role.tf:4:10: unknown[data] `data.aws_vpc.a` is read when Terraform runs: pass a plan (`rolelint check plan.json`); 1 policy depends on it, only for single values
main.tf:2:1: policy[leaves] trust policy of aws_iam_role.other: `var.trusted`
main.tf:2:1: policy[unresolved] trust policy of aws_iam_role.dark: `var.trusted`
modules/vendor role/role.tf:3:1: policy[partial] trust policy of module.monitoring.aws_iam_role.vendor in root `.`: `data.aws_vpc.a` and `var.trusted`
3 findings: 1 high, 1 medium, 1 low; 2 problems, so the result is incomplete (1 of them ignored by comments). Looked at 2 files, 2 modules and 4 policies; 1 policy fully known, 1 missing single values, 1 partly known, 1 unknown.
"#;
    assert_eq!(written(Format::Concise, everything()), expected);
}

#[test]
fn json_is_version_1() {
    let expected = r#"{"version":1,"tool":{"name":"rolelint","version":"0.0.0"},"configurations":[],"findings":[
{"rule":"external-id-required","severity":"high","confidence":"medium","level":"deny","fails":true,
 "message":"any Datadog customer can get it to act as `vendor` in your account",
 "help":"add a condition on the external ID that Datadog gave you:\n  Condition = { StringEquals = { \"sts:ExternalId\" = var.external_id } }",
 "fix":{"applicability":"has-placeholders","edits":[{"location":{"file":"modules/vendor role/role.tf","start":{"line":10,"column":1,"offset":261},"end":{"line":10,"column":1,"offset":261}},"text":"Condition = { StringEquals = { \"sts:ExternalId\" = var.external_id } }"}]},
 "address":"module.monitoring.aws_iam_role.vendor",
 "instances":["module.metrics[\"eu\"].aws_iam_role.vendor","module.metrics[\"us\"].aws_iam_role.vendor"],
 "roots":["infra"],
 "location":{"file":"modules/vendor role/role.tf","start":{"line":9,"column":27,"offset":246},"end":{"line":9,"column":40,"offset":259}},
 "labels":[{"location":{"file":"modules/vendor role/role.tf","start":{"line":9,"column":27,"offset":246},"end":{"line":9,"column":40,"offset":259}},"message":"lets account 464622532012 (Datadog) in"},
   {"location":{"file":"modules/vendor role/role.tf","start":{"line":8,"column":20,"offset":183},"end":{"line":8,"column":36,"offset":199}},"message":"to assume the role"},
   {"location":{"file":"main.tf","start":{"line":3,"column":11,"offset":41},"end":{"line":3,"column":43,"offset":73}},"message":"as the [whole account]"}],
 "elsewhere":[],"trace":[{"location":{"file":"main.tf","start":{"line":8,"column":13,"offset":156},"end":{"line":8,"column":25,"offset":168}},"message":"is passed to the module as `trusted`"},
   {"location":{"file":"modules/vendor role/role.tf","start":{"line":9,"column":27,"offset":246},"end":{"line":9,"column":38,"offset":257}},"message":"is the principal of the trust policy"}],
 "fingerprint":"ff7c7849377e28cb:1","suppressed":false,"suppressed_by":null},
{"rule":"invalid-element","severity":"medium","confidence":"high","level":"deny","fails":true,
 "message":"AWS rejects this policy",
 "help":"","fix":null,
 "address":"module.monitoring.aws_iam_role.vendor",
 "instances":[],
 "roots":["infra"],
 "location":{"file":"modules/vendor role/role.tf","start":{"line":6,"column":17,"offset":133},"end":{"line":10,"column":7,"offset":267}},
 "labels":[{"location":{"file":"modules/vendor role/role.tf","start":{"line":6,"column":17,"offset":133},"end":{"line":10,"column":7,"offset":267}},"message":"has no `Version`"}],
 "elsewhere":[],"trace":[],
 "fingerprint":"0563c0301638eff0:1","suppressed":false,"suppressed_by":null},
{"rule":"trust-account-root","severity":"low","confidence":"high","level":"warn","fails":false,
 "message":"every identity in 464622532012 can assume this role",
 "help":"name the role","fix":null,
 "address":"aws_iam_role.other",
 "instances":[],
 "roots":["infra"],
 "location":{"file":"main.tf","start":{"line":3,"column":38,"offset":68},"end":{"line":3,"column":42,"offset":72}},
 "labels":[{"location":{"file":"main.tf","start":{"line":3,"column":38,"offset":68},"end":{"line":3,"column":42,"offset":72}},"message":"the whole account"}],
 "elsewhere":[],"trace":[],
 "fingerprint":"9d73582618411016:1","suppressed":true,"suppressed_by":"comment"}
],"problems":[
{"kind":"syntax","message":"this block cannot be parsed, and is left out","location":{"file":"main.tf","start":{"line":6,"column":1,"offset":86},"end":{"line":6,"column":22,"offset":107}}},
{"kind":"unreadable","message":"`secret.tf` cannot be read: permission denied","location":null}
],"ignore_comments":{"used":0,"unused":0,"expired":0,"wrong":0},"baseline":null,"coverage":{"files":2,"modules":2,"policies":4,"resolved":1,"partial":2,"leaves":1,"unresolved":[
{"address":"aws_iam_role.other","location":{"file":"main.tf","start":{"line":8,"column":3,"offset":146},"end":{"line":8,"column":10,"offset":153}},"reason":"`var.trusted` has no value"},
{"address":"aws_iam_role.dark","location":{"file":"main.tf","start":{"line":8,"column":13,"offset":156},"end":{"line":8,"column":25,"offset":168}},"reason":"`var.trusted` has no value"},
{"address":"aws_iam_role.other","location":{"file":"main.tf","start":{"line":8,"column":13,"offset":156},"end":{"line":8,"column":25,"offset":168}},"reason":"`var.trusted` has no value"},
{"address":"module.monitoring.aws_iam_role.vendor","location":{"file":"modules/vendor role/role.tf","start":{"line":4,"column":10,"offset":70},"end":{"line":4,"column":19,"offset":79}},"reason":"`data.aws_vpc.a` is read when Terraform runs"},
{"address":"module.monitoring.aws_iam_role.vendor","location":{"file":"modules/vendor role/role.tf","start":{"line":9,"column":27,"offset":246},"end":{"line":9,"column":38,"offset":257}},"reason":"`var.trusted` has no value"}],
"causes":[
{"id":"variable::var.trusted","kind":"variable","name":"var.trusted","message":"`var.trusted` has no value","help":"pass --var-file FILE or --var trusted=VALUE","location":{"file":"modules/vendor role/role.tf","start":{"line":1,"column":1,"offset":0},"end":{"line":1,"column":19,"offset":18}},"policies":3,"structural":2},
{"id":"data::data.aws_vpc.a","kind":"data","name":"data.aws_vpc.a","message":"`data.aws_vpc.a` is read when Terraform runs","help":"pass a plan (`rolelint check plan.json`)","location":{"file":"modules/vendor role/role.tf","start":{"line":4,"column":10,"offset":70},"end":{"line":4,"column":19,"offset":79}},"policies":1,"structural":0}],
"by_policy":[
{"address":"aws_iam_role.other","root":".","kind":"trust policy","location":{"file":"main.tf","start":{"line":2,"column":1,"offset":22},"end":{"line":2,"column":7,"offset":28}},"state":"leaves",
 "unknown":[{"location":{"file":"main.tf","start":{"line":8,"column":13,"offset":156},"end":{"line":8,"column":25,"offset":168}},"reason":"`var.trusted` has no value","cause":"variable::var.trusted","structural":false},
   {"location":{"file":"main.tf","start":{"line":8,"column":3,"offset":146},"end":{"line":8,"column":10,"offset":153}},"reason":"`var.trusted` has no value","cause":"variable::var.trusted","structural":false}]},
{"address":"aws_iam_role.known","root":".","kind":"trust policy","location":{"file":"main.tf","start":{"line":2,"column":1,"offset":22},"end":{"line":2,"column":7,"offset":28}},"state":"resolved","unknown":[]},
{"address":"aws_iam_role.dark","root":".","kind":"trust policy","location":{"file":"main.tf","start":{"line":2,"column":1,"offset":22},"end":{"line":2,"column":7,"offset":28}},"state":"unresolved",
 "unknown":[{"location":{"file":"main.tf","start":{"line":8,"column":13,"offset":156},"end":{"line":8,"column":25,"offset":168}},"reason":"`var.trusted` has no value","cause":"variable::var.trusted","structural":true}]},
{"address":"module.monitoring.aws_iam_role.vendor","root":".","kind":"trust policy","location":{"file":"modules/vendor role/role.tf","start":{"line":3,"column":1,"offset":25},"end":{"line":3,"column":33,"offset":57}},"state":"partial",
 "unknown":[{"location":{"file":"modules/vendor role/role.tf","start":{"line":4,"column":10,"offset":70},"end":{"line":4,"column":19,"offset":79}},"reason":"`data.aws_vpc.a` is read when Terraform runs","cause":"data::data.aws_vpc.a","structural":false},
   {"location":{"file":"modules/vendor role/role.tf","start":{"line":9,"column":27,"offset":246},"end":{"line":9,"column":38,"offset":257}},"reason":"`var.trusted` has no value","cause":"variable::var.trusted","structural":true}]}
],"elsewhere":[]}}"#;
    let squeeze = |text: &str| text.split_whitespace().collect::<String>();
    assert_eq!(squeeze(&written(Format::Json, everything())), squeeze(expected));
}

#[test]
fn options_choose_what_is_shown() {
    let plain = written(Format::Concise, Options::default());
    assert!(!plain.contains("trust-account-root") && !plain.contains("unresolved") && plain.contains("(1 ignored by comments)"));
    let high = written_from(Severity::High, Format::Concise, Options { summary: false, ..Options::default() });
    assert_eq!(high.lines().filter(|line| !line.contains("problem[")).count(), 1);
    let high = written_from(Severity::High, Format::Full, Options::default());
    assert!(high.contains("1 finding: 1 high; 2 problems, so the result is incomplete (1 less severe not shown)."), "{high}");
    assert!(high.contains("(`--coverage` says why)"));
}

#[test]
fn colour_and_links_only_wrap_the_same_text() {
    for format in [Format::Full, Format::Concise] {
        let plain = written(format, everything());
        let colored = written(format, Options { color: true, hyperlinks: true, ..everything() });
        assert!(!plain.contains('\u{1b}'));
        assert!(
            colored.contains("\u{1b}]8;;https://rolelint.example/rules/external-id-required\u{1b}\\external-id-required\u{1b}]8;;\u{1b}\\")
        );
        let mut bare = String::new();
        let mut rest = colored.as_str();
        while let Some((before, escape)) = rest.split_once('\u{1b}') {
            bare.push_str(before);
            let end = if escape.starts_with(']') { escape.find('\\') } else { escape.find('m') };
            rest = &escape[end.unwrap() + 1..];
        }
        bare.push_str(rest);
        assert_eq!(bare, plain);
    }
}

#[test]
fn a_clean_run_says_what_it_looked_at() {
    let sources = Sources::new(Box::new(crate::source::NoFiles));
    let known = run().outcome.coverage.policies.into_iter().filter(|policy| policy.state == crate::finding::State::Resolved);
    let coverage = crate::finding::Coverage { files: 3, modules: 1, policies: known.collect(), elsewhere: Vec::new() };
    let outcome = Outcome { coverage, ..Outcome::default() };
    let mut out = Vec::new();
    Report { sources: &sources, outcome: &outcome, rules: &[], options: Options::default() }.write(Format::Full, &mut out).unwrap();
    assert_eq!(String::from_utf8(out).unwrap(), "No findings.\nLooked at 3 files, 1 module and 1 policy.\n");
}

proptest::proptest! {
    /// Whatever source holds and wherever labels point: every format is written, and nothing in it moves the cursor.
    #[test]
    fn no_source_and_no_span_breaks_a_report(
        text in "([a-c\"=]{0,9}|[\t\r\né𝄞\u{0}\u{1b}\u{feff}\u{202e}]|\r\n|[x ]{80}){0,40}",
        spans in proptest::collection::vec((0usize..400, 0usize..400), 1..5),
    ) {
        use crate::finding::Label;
        use crate::source::{File, FileKind, Span};
        let mut run = run();
        let file = run.sources.add(File::new("a.tf", FileKind::Hcl, text.clone().into()));
        let label = |(start, length): &(usize, usize)| Label { span: Span::new(file, *start..start + length), message: text.clone() };
        let finding = &mut run.outcome.findings[0];
        finding.primary = label(&spans[0]);
        finding.labels.extend(spans.iter().map(label));
        finding.trace.extend(spans.iter().map(label));
        for format in Format::value_variants().iter().copied() {
            let mut out = Vec::new();
            let options = Options { width: 60, coverage: Detail::All, ..Options::default() };
            Report { sources: &run.sources, outcome: &run.outcome, rules: &[], options }.write(format, &mut out).unwrap();
            let out = String::from_utf8(out).unwrap();
            assert!(!out.contains(['\r', '\t', '\u{1b}', '\u{0}']));
            if matches!(format, Format::Json | Format::Sarif | Format::Gitlab) {
                serde_json::from_str::<serde_json::Value>(&out).unwrap();
            } else {
                assert!(!out.contains('\u{202e}'));
            }
        }
    }
}

proptest::proptest! {
    /// Nothing but a word without a place to break is wider than the terminal, and breaking takes nothing away.
    #[test]
    fn full_keeps_to_its_width(
        text in "([a-z\"=.]{1,20}|[\té監視]{1,9}|\n|[x ]{40}){0,40}",
        spans in proptest::collection::vec((0usize..400, 0usize..90), 1..5),
        messages in proptest::collection::vec("([a-z字]{1,9}( |:|::|/|-| ::|`, )){0,12}", 6),
        width in 60usize..141,
    ) {
        use crate::finding::Label;
        use crate::source::{File, FileKind, Span};
        let mut run = run();
        let file = run.sources.add(File::new("a.tf", FileKind::Hcl, text.into()));
        let mut labels = spans.iter().zip(&messages)
            .map(|((start, length), message)| Label { span: Span::new(file, *start..start + length), message: message.clone() });
        run.outcome.problems.clear();
        run.outcome.findings.truncate(1);
        let finding = &mut run.outcome.findings[0];
        finding.message.clone_from(&messages[5]);
        finding.help = messages[5].clone().into();
        finding.primary = labels.next().unwrap();
        finding.labels = labels.collect();
        finding.trace.clone_from(&finding.labels);
        let full = run.written(Format::Full, Options { width, ..Options::default() });
        for line in full.lines() {
            proptest::prop_assert!(super::text::width(line) <= width, "{line}\n{full}");
        }
        let bare = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
        let all = bare(&full);
        for message in messages.iter().take(spans.len()).chain([&messages[5]]) {
            proptest::prop_assert!(all.contains(&bare(message)), "{message}\n{full}");
        }
    }
}

#[test]
fn statistics_take_the_place_of_the_findings() {
    let options = Options { statistics: true, ..everything() };
    let tables = "\
severity  findings  fail the run
high             1             1
medium           1             1
low              1             0

rule                  severity  findings  fail the run
external-id-required  high             1             1
invalid-element       medium           1             1
trust-account-root    low              1             0

directory            worst  findings  fail the run
modules/vendor role  high          2             2
.                    low           1             0
";
    let concise = written(Format::Concise, options.clone());
    assert!(concise.starts_with(&format!("{tables}main.tf:6:1: problem[syntax]")), "{concise}");
    let full = written(Format::Full, options.clone());
    assert!(full.starts_with(&format!("{tables}\nmain.tf:6:1: problem[syntax]")) && !full.contains("any customer"), "{full}");
    let json: serde_json::Value = serde_json::from_str(&written(Format::Json, options)).unwrap();
    assert_eq!(json["findings"].as_array().unwrap().len(), 3);
    let expected = serde_json::json!({
        "findings": 3, "fail": 2,
        "by_severity": [
            { "severity": "high", "findings": 1, "fail": 1 },
            { "severity": "medium", "findings": 1, "fail": 1 },
            { "severity": "low", "findings": 1, "fail": 0 },
        ],
        "by_rule": [
            { "rule": "external-id-required", "severity": "high", "findings": 1, "fail": 1 },
            { "rule": "invalid-element", "severity": "medium", "findings": 1, "fail": 1 },
            { "rule": "trust-account-root", "severity": "low", "findings": 1, "fail": 0 },
        ],
        "by_directory": [
            { "directory": "modules/vendor role", "severity": "high", "findings": 2, "fail": 2 },
            { "directory": ".", "severity": "low", "findings": 1, "fail": 0 },
        ],
    });
    assert_eq!(json["statistics"], expected);
}

#[test]
fn a_long_report_is_read_from_the_worst_on_and_ends_with_a_table() {
    let mut run = run();
    run.outcome.problems.clear();
    let [high, medium, _] = run.outcome.findings.as_slice() else { panic!() };
    let mut warns = high.clone();
    warns.fails = false;
    warns.message = "only warns".into();
    run.outcome.findings = [vec![medium.clone(); 19], vec![warns, high.clone()]].concat();
    let written = |run: &super::fixture::Run, format| {
        let mut out = Vec::new();
        let report = Report { sources: &run.sources, outcome: &run.outcome, rules: &[], options: Options::default() };
        report.write(format, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    };
    let full = written(&run, Format::Full);
    let titles: Vec<&str> = full.lines().filter(|line| line.contains("]: ")).take(3).collect();
    assert!(titles[0].starts_with("high[external-id-required]: any Datadog customer") && titles[1].ends_with("only warns"), "{titles:?}");
    assert!(titles[2].starts_with("medium["), "{titles:?}");
    let table = "rule                  severity  findings  fail the run\nexternal-id-required  high             2             1\n\
        invalid-element       medium          19            19\n\n21 findings: ";
    assert!(full.contains(table), "{full}");
    // The others stay by path, as tools that compare them expect.
    assert!(written(&run, Format::Concise).starts_with("modules/vendor role/role.tf:6:17: medium"));
    run.outcome.findings.remove(0);
    assert!(!written(&run, Format::Full).contains("findings  fail the run"));
}
