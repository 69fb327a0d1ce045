use super::*;
use crate::finding::ProblemKind;
use crate::report::fixture::{Run, rules, run};
use crate::report::{Checkout, Format, Options};
use crate::source::{File, FileKind};

fn written(run: &Run, options: Options) -> String {
    run.written(Format::Markdown, options)
}

fn within(run: &Run, limits: &Limits) -> String {
    document(&Report { sources: &run.sources, outcome: &run.outcome, rules: &rules(), options: Options::default() }, limits)
}

#[test]
fn a_summary_has_verdict_totals_findings_and_coverage() {
    let checkout = Checkout { top: "/work".into(), here: "/work/live".into() };
    let blob = Some("https://github.com/acme/estate/blob/0123abc");
    let got = written(&run(), Options { checkout: Some(&checkout), blob, suppressed: true, ..Options::default() });
    let expected = "\
### rolelint: 2 of 3 findings fail the run, and 2 problems make it incomplete or wrong

| severity | findings | fail the run |
|---|--:|--:|
| high | 1 | 1 |
| medium | 1 | 1 |
| low | 1 | 0 |

| rule | severity | findings | fail the run |
|---|---|--:|--:|
| [external-id-required](https://rolelint.example/rules/external-id-required) | high | 1 | 1 |
| invalid-element | medium | 1 | 1 |
| trust-account-root | low | 1 | 0 |

#### Findings

- **high** [external-id-required](https://rolelint.example/rules/external-id-required): any Datadog customer can get it to act as `vendor` in your account\u{20}\u{20}
  [`live/modules/vendor role/role.tf:9`](https://github.com/acme/estate/blob/0123abc/live/modules/vendor%20role/role.tf#L9) in `module.monitoring.aws_iam_role.vendor` and 2 more, medium confidence
- **medium** invalid-element: AWS rejects this policy\u{20}\u{20}
  [`live/modules/vendor role/role.tf:6`](https://github.com/acme/estate/blob/0123abc/live/modules/vendor%20role/role.tf#L6) in `module.monitoring.aws_iam_role.vendor`
- **low** trust-account-root: every identity in 464622532012 can assume this role\u{20}\u{20}
  [`live/main.tf:3`](https://github.com/acme/estate/blob/0123abc/live/main.tf#L3) in `aws_iam_role.other`, ignored: agreed with the vendor

#### Problems

- **syntax**: this block cannot be parsed, and is left out\u{20}\u{20}
  [`live/main.tf:6`](https://github.com/acme/estate/blob/0123abc/live/main.tf#L6)
- **unreadable**: `secret.tf` cannot be read: permission denied

3 findings: 1 high, 1 medium, 1 low; 2 problems, so the result is incomplete (1 of them ignored by comments).
Looked at 2 files, 2 modules and 4 policies; 1 policy fully known, 1 missing single values, 1 partly known, 1 unknown (`--coverage` says why).
";
    assert_eq!(got, expected);
}

#[test]
fn a_verdict_says_what_fails() {
    let mut run = run();
    run.outcome.problems.clear();
    let title = |run: &Run, options| written(run, options).lines().next().unwrap().to_owned();
    assert_eq!(title(&run, Options::default()), "### rolelint: 2 findings fail the run");
    run.outcome.findings[0].fails = false;
    assert_eq!(title(&run, Options::default()), "### rolelint: 1 of 2 findings fails the run");
    run.outcome.findings[1].fails = false;
    assert_eq!(title(&run, Options::default()), "### rolelint: 2 findings, none of which fails the run");
    let reasons = ["a policy is known only in part".to_owned()];
    assert_eq!(title(&run, Options { also_fails: &reasons, ..Options::default() }), "### rolelint: it does not meet what is asked of it");
    let also = written(&run, Options { also_fails: &reasons, ..Options::default() });
    assert!(also.contains("#### What is asked of the run, and not so\n\n- a policy is known only in part\n"), "{also}");
    run.outcome.findings.clear();
    assert_eq!(title(&run, Options::default()), "### rolelint: no findings");
}

/// Links lead only where they are meant to, and only code holds what a name says.
#[test]
fn nothing_of_the_source_is_markdown() {
    let mut run = run();
    let file = run.sources.add(File::new("a`b](javascript:x) <img>\n# x.tf", FileKind::Hcl, "x".into()));
    let finding = &mut run.outcome.findings[0];
    finding.primary.span = Span::new(file, 0..1);
    finding.message = "role `x` <script>` [a](https://evil.example) ![i](x) @everyone www.evil.example\n# head\n| a | b | $x$ #1".into();
    finding.address = "aws_iam_role.x[\"``` ` </details> | \"]".into();
    let checkout = Checkout { top: "/work".into(), here: "/work".into() };
    let blob = Some("https://github.com/acme/estate/blob/0123abc");
    let got = written(&run, Options { checkout: Some(&checkout), blob, ..Options::default() });
    let item = got.split("#### Findings\n\n- ").nth(1).unwrap().split("\n- ").next().unwrap();
    let message = r"role \`x\` &lt;script&gt;\` \[a\](https:<!-- -->//evil.example) \!\[i\](x) @<!-- -->everyone www.<!-- -->evil.example #<!-- --> head \| a \| b \| \$x\$ #<!-- -->1";
    assert!(item.contains(message), "{item}");
    assert!(item.contains("[``a`b](javascript:x) <img>␊# x.tf:1``](https://github.com/acme/estate/blob/0123abc/a%60b%5D%28javascript%3Ax%29%20%3Cimg%3E%0A%23%20x.tf#L1)"), "{item}");
    assert!(item.contains("in ````aws_iam_role.x[\"``` ` </details> | \"]````"), "{item}");
    // What CI says of itself is no link unless it can be one.
    for blob in ["javascript:alert(1)", "https://x.example/a b", "https://x.example/)[x](y"] {
        assert!(!written(&run, Options { checkout: Some(&checkout), blob: Some(blob), ..Options::default() }).contains("x.example"));
    }
    assert_eq!(marked("the key `a` of `b`: <c>"), "the key `a` of `b`: &lt;c&gt;");
    assert_eq!((code("`"), code(" a"), code(" ")), ("`` ` ``".into(), "`  a `".into(), "\\` \\`".into()));
}

#[test]
fn what_does_not_fit_is_counted_and_totals_stay() {
    let mut run = run();
    let mut long = run.outcome.findings[0].clone();
    long.message = "x".repeat(3_000);
    run.outcome.findings = vec![long.clone(); 60];
    run.outcome.problems = vec![Problem::new(ProblemKind::Syntax, "y".repeat(3_000), None); 70];
    let small = Limits { bytes: 50_000, ..GITHUB };
    let got = within(&run, &small);
    assert!(got.len() <= small.bytes && got.len() > 40_000, "{}", got.len());
    assert!(got.contains("| high | 60 | 60 |") && got.contains("\n60 findings: 60 high; 70 problems"), "{got}");
    let findings = got.matches("- **high**").count();
    assert!(got.contains(&format!("Not shown here: {} more findings; the log has all.", 60 - findings)), "{got}");
    let problems = got.matches("- **syntax**").count();
    assert!(got.contains(&format!("Not shown here: {} more problems; the log has all.", 70 - problems)), "{got}");
    // Of a large estate --strict-coverage has a lot to say.
    let reasons = vec!["z".repeat(3_000); 10_000];
    let options = Options { also_fails: &reasons, ..Options::default() };
    let got = document(&Report { sources: &run.sources, outcome: &run.outcome, rules: &[], options }, &small);
    assert!(got.len() <= small.bytes && got.contains("more things; the log has all.") && got.contains("- **high**"), "{}", got.len());
    // One that is too long by itself.
    run.outcome.findings[0].message = "x".repeat(2_000_000);
    run.outcome.problems.clear();
    let got = written(&run, Options::default());
    assert!(got.len() < 1 << 20 && got.contains("Not shown here: 60 more findings"), "{}", got.len());
    run.outcome.findings.remove(0);
    let got = written(&run, Options::default());
    assert!(got.matches("- **high**").count() == 50 && got.contains("Not shown here: 9 more findings; the log has all."));
}

#[test]
fn statistics_list_directories_instead_of_findings() {
    let got = written(&run(), Options { statistics: true, ..Options::default() });
    assert!(got.contains("- `modules/vendor role`: 2 findings, the worst high, 2 of them fail the run\n"), "{got}");
    assert!(!got.contains("any customer") && got.contains("#### Problems"));
}
