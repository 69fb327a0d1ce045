//! What expressions are worth, as Terraform itself says: testdata/eval/generate.py.

use rolelint::eval::evaluate_text;
use rolelint::eval::json;
use serde::Deserialize;

/// Differences that are meant, and why.
const DIFFERENT: &[(&str, &str)] = &[
    ("tostring(1/3)", "Terraform computes with 512 bits, rolelint with 64"),
    ("tonumber(\"-0\")", "there is one zero"),
    ("tostring(-0)", "there is one zero"),
    ("log(10,0)", "there is one zero"),
    ("cidrsubnet(\"10.0.0.0/24\",2,-1)", "Terraform's result lies outside of the block; it is an error here"),
    ("issensitive(\"x\")", "which values are sensitive is not followed"),
];

#[derive(Deserialize)]
struct Golden {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    expression: String,
    /// What `jsonencode` gives; absent for an error.
    json: Option<String>,
}

#[test]
fn expressions_are_worth_what_terraform_says() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/eval/functions.golden.json")).unwrap();
    let golden: Golden = serde_json::from_str(&text).unwrap();
    assert!(golden.cases.len() >= 1_500 && DIFFERENT.len() * 100 <= golden.cases.len());
    let mut wrong = Vec::new();
    for case in &golden.cases {
        let value = evaluate_text(&case.expression);
        let got = match value.as_unknown() {
            Some(unknown) if unknown.is_failed() => "an error".to_owned(),
            Some(unknown) => format!("unknown: {}", unknown.reason),
            None => json::encode(&value).unwrap_or_else(|| format!("partly unknown: {value:?}")),
        };
        let wanted = case.json.as_deref().unwrap_or("an error");
        let different = DIFFERENT.iter().any(|(expression, _)| *expression == case.expression);
        if (got == wanted) == different {
            wrong.push(format!("{}\n  Terraform: {wanted}\n  rolelint:  {got}", case.expression));
        }
    }
    assert!(wrong.is_empty(), "{} of {} differ\n{}", wrong.len(), golden.cases.len(), wrong.join("\n"));
}
