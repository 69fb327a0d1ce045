//! `rolelint catalog`: what it says of a name, and with which status it ends.

use serde_json::Value;

use crate::run::{rolelint, snapshot};

fn facts(queries: &[&str]) -> Vec<Value> {
    let arguments: Vec<&str> = ["catalog"].iter().chain(queries).chain(&["--format", "json"]).copied().collect();
    let report = rolelint(&arguments).json();
    assert_eq!(report["version"], 1);
    report["answers"].as_array().unwrap().iter().flat_map(|answer| answer["facts"].as_array().unwrap()).cloned().collect()
}

#[test]
fn facts_look_so() {
    let queries = [
        "catalog",
        "iam:PassRole",
        "s3:Get*Acl",
        "sns",
        "deepracer:GetCar",
        "aws:SourceIp",
        "aws:ResourceTag/team",
        "oidc.example.com/id:sub",
        "route53:ChangeResourceRecordSetsRecordTypes",
        "s3:HeadObject",
        "GetObject",
        "464622532012",
        "datadog",
        "127311923021",
        "IAMFullAccess",
        "AWSB9InternalServicePolicy",
        "arn:aws-cn:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
        "logs.eu-west-1.amazonaws.com",
        "token.actions.githubusercontent.com",
        "https://oidc.circleci.com/org/0191f956-042f-7ec4-aa62-8e5eeae396d0",
        "*PowerUser",
    ];
    let run = rolelint(&[&queries[..], &["--document"]].concat());
    assert_eq!((run.status, run.err.as_str()), (Some(0), ""));
    assert!(!run.out.contains('\u{1b}'), "no colours without a terminal");
    snapshot("catalog.txt", &run.out);
}

#[test]
fn what_is_not_known_is_said_with_the_date_and_the_nearest_name() {
    let run = rolelint(&["catalog", "s3:GetObjekt", "s3:GetObject", "111111111111"]);
    assert_eq!(run.status, Some(1));
    assert!(run.out.starts_with("s3:GetObject: an action of Amazon S3\n"), "{}", run.out);
    let expected = "\
rolelint: AWS had nothing called `s3:GetObjekt` on 2026-09-26: did you mean `s3:GetObject`?
rolelint: `111111111111` is the account of nobody known on 2025-09-17
";
    assert_eq!(run.err, expected);
    let cases = [
        ("dynamdb", "`dynamodb`"),
        ("AdministratorAcces", "`AdministratorAccess`"),
        ("administratoraccess", "`AdministratorAccess`"),
        ("aws:SourceIpp", "`aws:SourceIp`"),
        ("lamda.amazonaws.com", "`lambda.amazonaws.com`"),
        ("arn:aws:iam::aws:policy/AWSLambdaBasicExecutionRole", "`arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole`"),
    ];
    for (wrong, meant) in cases {
        let run = rolelint(&["catalog", wrong]);
        assert_eq!((run.status, run.out.as_str()), (Some(1), ""), "{wrong}");
        assert!(run.err.contains(meant), "{}", run.err);
    }
    for nothing in ["zzz*", "s3:zzz*", "arn:aws:iam::aws:policy/\u{1b}[31m"] {
        let run = rolelint(&["catalog", nothing]);
        assert_eq!((run.status, run.out.as_str()), (Some(1), ""), "{nothing}");
        assert!(!run.err.contains("did you mean") && !run.err.contains('\u{1b}'), "{}", run.err);
    }
}

#[test]
fn what_is_no_name_of_the_tables_leads_to_one() {
    let one = |query: &str| {
        let found = facts(&[query]);
        assert_eq!(found.len(), 1, "{query}: {found:?}");
        found[0].clone()
    };
    let operation = one("s3:copyobject");
    assert_eq!(
        (&operation["kind"], &operation["permissions"]),
        (&"operation".into(), &serde_json::json!(["s3:GetObject", "s3:PutObject"]))
    );
    assert_eq!(one("kms:ReEncrypt")["permissions"], serde_json::json!(["kms:ReEncrypt*"]));
    assert_eq!(one("createpolicyversion")["kind"], "pattern");
    assert_eq!(one("AttachUserPolicy")["name"], "iam:AttachUserPolicy");
    let objects = one("GetObject");
    let names: Vec<&str> = objects["actions"].as_array().unwrap().iter().map(|action| action["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"s3:GetObject") && names.contains(&"mediastore:GetObject"), "{names:?}");
    for start in ["Datadog", "DATADOG", "datad"] {
        let datadog = one(start);
        assert_eq!((&datadog["kind"], &datadog["name"]), (&"owner".into(), &"Datadog".into()));
        assert!(datadog["accounts"].as_array().unwrap().iter().any(|account| account["id"] == "464622532012"), "{datadog}");
    }
    assert_eq!(one("arn:aws:iam::464622532012:root")["name"], "Datadog");
    let run = rolelint(&["catalog", "arn:aws:iam::111111111111:role/a"]);
    assert_eq!(run.err, "rolelint: `111111111111` is the account of nobody known on 2025-09-17\n");
    let many = rolelint(&["catalog", "TagResource"]).out;
    assert!(many.lines().count() == 23 && many.ends_with(" more (`--all` lists them)\n"), "{many}");
    assert!(rolelint(&["catalog", "TagResource", "--all"]).out.lines().count() > 200);
}

#[test]
fn presence_of_keys_is_told() {
    let facts = facts(&["aws:PrincipalOrgID", "aws:MultiFactorAuthPresent", "aws:RequestedRegion", "ec2:InstanceType"]);
    let of = |n: usize| (facts[n]["presence"].as_str().unwrap(), facts[n]["lacking"].as_str());
    assert_eq!(of(0), ("sometimes", Some("a caller outside of any organization")));
    assert_eq!(of(1), ("sometimes", Some("a call with an IAM user's access keys")));
    assert_eq!((of(2), of(3)), (("always", None), ("unknown", None)));
}

#[test]
fn pages_keep_to_the_width() {
    let queries = ["s3:PutObject", "ec2:RunInstances", "aws:ResourceTag/x", "AdministratorAccess", "sagemaker", "Datadog", "s3:Get*"];
    for columns in ["60", "80", "120"] {
        let output = crate::run::command(crate::run::root()).env("COLUMNS", columns).arg("catalog").args(queries).output().unwrap();
        let out = String::from_utf8(output.stdout).unwrap();
        let most: usize = columns.parse().unwrap();
        // A name that does not fit is not torn in two.
        let wide: Vec<&str> = out.lines().filter(|line| line.len() > most && line.trim().contains(' ')).collect();
        assert!(wide.is_empty(), "{columns}: {wide:#?}");
        assert!(out.lines().any(|line| line.len() > most * 3 / 4), "{columns}");
    }
}

#[test]
fn types_of_which_one_is_needed_and_long_lists_are_told_so() {
    let page = |arguments: &[&str]| rolelint(&[&["catalog"], arguments].concat()).out;
    let object = page(&["s3:GetObject"]);
    assert!(object.contains("  resource types    one of these:\n") && !object.contains("optional"), "{object}");
    assert_eq!(object.matches("s3:AccessGrantsInstanceArn").count(), 1);
    let admin = page(&["AdministratorAccess"]);
    assert!(admin.contains(" ways to more permissions that are known\n") && admin.lines().count() < 25, "{admin}");
    assert!(page(&["AdministratorAccess", "--all"]).lines().count() > 55);
    assert!(page(&["ec2:*"]).lines().nth(1).unwrap().contains(" List, "));
    let code = page(&["lambda:UpdateFunctionCode"]);
    assert!(code.contains("                      alone\n"), "{code}");
}

#[test]
fn wrong_use_of_the_catalog_ends_with_2() {
    for arguments in [&["catalog"][..], &["catalog", ""], &["catalog", "s3", "--format", "xml"]] {
        assert_eq!(rolelint(arguments).status, Some(2), "{arguments:?}");
    }
}

#[test]
fn a_name_that_is_two_things_shows_both() {
    let kinds = |query: &str| facts(&[query]).iter().map(|fact| fact["kind"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(kinds("Billing"), ["service", "policy"]);
    assert_eq!(kinds("rds:CopyOptionGroup"), ["action", "condition key"]);
    let both = &facts(&["s3:*Version*"])[0];
    assert!(!both["actions"].as_array().unwrap().is_empty() && !both["condition_keys"].as_array().unwrap().is_empty());
}

#[test]
fn json_tells_the_same_as_text() {
    let facts = facts(&["iam:PassRole", "sts:ExternalId", "PowerUserAccess", "ec2.cn-north-1.amazonaws.com.cn", "127311923021", "sqs"]);
    let [pass, external, power, ec2, elb, sqs] = facts.as_slice() else { panic!("{facts:?}") };
    assert_eq!((&pass["kind"], &pass["level"]), (&Value::from("action"), &Value::from("Write")));
    assert_eq!(pass["effective_level"], "Permissions management");
    assert_eq!(pass["resource_types"][0]["arns"][0], "arn:${Partition}:iam::${Account}:role/${RoleNameWithPath}");
    let key = |name: &str| pass["condition_keys"].as_array().unwrap().iter().find(|key| key["name"] == name).unwrap();
    assert_eq!(key("iam:PassedToService")["resource_type"], Value::Null);
    assert_eq!(key("iam:ResourceTag/${TagKey}")["resource_type"], "role");
    assert!(pass["global_condition_keys"].as_array().unwrap().contains(&"aws:SourceIp".into()));
    assert!(
        pass["escalations"].as_array().unwrap().iter().any(|set| set["passed_to"] == serde_json::json!(["tasks.apprunner.amazonaws.com"]))
    );
    assert_eq!((&external["services"], &external["actions"]), (&serde_json::json!(["sts"]), &serde_json::json!(["sts:AssumeRole"])));
    assert_eq!((&power["power"], &power["admin"], &power["document"]), (&true.into(), &false.into(), &Value::Null));
    assert!(power.get("document").is_none(), "only with --document");
    assert_eq!(ec2["name"], "ec2.amazonaws.com");
    assert_eq!((&elb["owner"], &elb["regions"]), (&"aws".into(), &serde_json::json!(["us-east-1"])));
    assert!(sqs["actions"].as_array().unwrap().contains(&"sqs:SendMessage".into()));
}

#[test]
fn colours_come_when_asked_for() {
    let run = rolelint(&["catalog", "sqs:SendMessage", "--color", "always"]);
    assert!(run.out.starts_with("\u{1b}[1msqs:SendMessage\u{1b}[0m: an action of Amazon SQS\n"), "{:?}", run.out);
}
