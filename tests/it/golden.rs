//! What expressions are worth, as Terraform itself says: testdata/eval/generate.py.

use rolelint::eval::evaluate_text;
use rolelint::eval::json;
use serde::Deserialize;

/// Differences that are meant, and why.
const DIFFERENT: &[(&str, &str)] = &[
    ("1 / 0 > 5", "Terraform goes on with an infinity, which nothing takes; here it is an error at once"),
    ("log(3, 7)", "the last bit of a logarithm is the machine's"),
    ("\"\\u0065\\u0301\" == \"\\u00e9\"", "strings are not normalised to composed characters"),
    ("length(\"नमस्ते\")", "what people see as one character is as a newer Unicode says"),
    ("jsondecode(\"\\\"\\\\ud800\\\"\")", "half of a surrogate pair is an error here"),
    (
        "jsondecode(\"{\\\"a\\\":{\\\"x\\\":1},\\\"a\\\":{\\\"y\\\":2}}\")",
        "Terraform takes the type of the first and the value of the last",
    ),
    ("cidrsubnet(\"10.0.0.0/24\",2,-1)", "Terraform's result lies outside of the block; it is an error here"),
    ("cidrhost(\"::ffff:10.0.0.0/104\", 1)", "Terraform's result lies outside of the block"),
    ("issensitive(\"x\")", "what is computed from sensitive values is not followed, so this is unknown"),
    ("issensitive(nonsensitive(sensitive(\"x\")))", "as above"),
    ("nope(1)", "a function that is not known may be one of a newer version, so this is unknown"),
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
        // An error in a member is one of the whole.
        let got = match value.first_unknown() {
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
