//! Modules from elsewhere that Terraform has downloaded.

use serde_json::json;

use crate::run::{OPEN_ROLE, Scratch, command};

/// A root module that calls a downloaded one, whose role takes its trust policy as an argument and holds an administrator's policy.
fn root_with_download(scratch: &Scratch, data: &str) {
    scratch.write(".git/HEAD", "ref: refs/heads/main\n").write(".gitignore", ".terraform\n");
    scratch.write("live/main.tf", ROOT);
    scratch.write(&format!("live/{data}/modules/modules.json"), manifest(&format!("{data}/modules/role")));
    scratch.write(&format!("live/{data}/modules/role/main.tf"), ROLE);
    scratch.write(&format!("live/{data}/modules/role/examples/open/main.tf"), OPEN_ROLE);
    scratch.write(&format!("live/{data}/modules/role/modules/unused/main.tf"), OPEN_ROLE);
}

fn manifest(directory: &str) -> String {
    let module = json!({ "Key": "role", "Source": "registry.terraform.io/example/role/aws", "Version": "1.2.0", "Dir": directory });
    json!({ "Modules": [{ "Key": "", "Source": "", "Dir": "." }, module] }).to_string()
}

const ROOT: &str = r#"
module "role" {
  source  = "example/role/aws"
  version = "~> 1.0"
  trust   = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = "*", Action = "sts:AssumeRole" }] })
}
"#;

const ROLE: &str = r#"
variable "trust" {}

resource "aws_iam_role" "this" {
  name               = "this"
  assume_role_policy = var.trust
}

resource "aws_iam_role_policy" "this" {
  role   = aws_iam_role.this.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "*", Resource = "*" }] })
}
"#;

#[test]
fn what_was_downloaded_is_judged_as_it_is_called() {
    let scratch = Scratch::new();
    root_with_download(&scratch, ".terraform");
    let run = scratch.run(&[".", "--format", "concise"]);
    assert_eq!(run.rules(), ["admin-access", "trust-any-principal"], "{}", run.out);
    assert!(run.out.contains("live/.terraform/modules/role/main.tf:11") && run.out.contains("live/main.tf:5"), "{}", run.out);
    assert!(run.out.contains("(module.role.aws_iam_role_policy.this)"), "{}", run.out);
    let full = scratch.run(&["."]);
    assert!(full.out.contains("is called here as `module.role`"), "{}", full.out);
}

#[test]
fn findings_inside_downloads_can_be_left_out() {
    let scratch = Scratch::new();
    root_with_download(&scratch, ".terraform");
    let run = scratch.run(&[".", "--format", "concise", "--exclude-external-modules"]);
    assert_eq!(run.rules(), ["trust-any-principal"], "{}", run.out);
    scratch.write(".rolelint.hcl", "exclude_external_modules = true\n");
    let run = scratch.run(&[".", "--format", "concise"]);
    assert_eq!(run.rules(), ["trust-any-principal"], "{}", run.out);
}

#[test]
fn without_a_download_it_is_said_how_to_get_one() {
    let scratch = Scratch::new();
    scratch.write("main.tf", format!("{ROOT}{ROLE}").replace("var.trust", "module.role.trust").as_str());
    let run = scratch.run(&[".", "--coverage"]);
    let flat = run.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains("is not downloaded: run `terraform init`"), "{}", run.out);
    assert_eq!(run.status, Some(1));
}

#[test]
fn the_data_directory_may_have_another_name() {
    let scratch = Scratch::new();
    root_with_download(&scratch, ".data/prod");
    let run = command(scratch.path()).args([".", "--format", "concise"]).env("TF_DATA_DIR", ".data/prod").output().unwrap();
    let out = String::from_utf8(run.stdout).unwrap();
    assert_eq!(out.lines().filter(|line| line.contains(".data/prod/modules/role/main.tf:11")).count(), 1, "{out}");
    assert!(!out.contains("examples") && !out.contains("unused"), "{out}");
}

#[test]
fn a_manifest_leads_nowhere_outside_of_the_repository() {
    let elsewhere = Scratch::new();
    elsewhere.write("role/main.tf", ROLE);
    let outside = elsewhere.path().join("role");
    let scratch = Scratch::new();
    root_with_download(&scratch, ".terraform");
    scratch.write("live/.terraform/modules/modules.json", manifest(outside.to_str().unwrap()));
    scratch.write("other/main.tf", OPEN_ROLE);
    let run = scratch.run(&[".", "--format", "concise"]);
    // What the call passes on is judged without it.
    assert_eq!(run.rules(), ["trust-any-principal"; 2], "{}", run.out);
    assert!(run.out.contains("modules.json:1") && run.out.contains("leads outside the analysed directory"), "{}", run.out);
    assert_eq!(run.status, Some(2));
}

#[test]
fn a_broken_manifest_costs_the_downloads_and_nothing_else() {
    let scratch = Scratch::new();
    root_with_download(&scratch, ".terraform");
    scratch.write("other/main.tf", OPEN_ROLE);
    for broken in ["{", "{\"Modules\": 1}", "{\"Modules\": [{\"Key\": \"role\"}]}", "\u{0}", &"[".repeat(100_000)] {
        scratch.write("live/.terraform/modules/modules.json", broken);
        let run = scratch.run(&[".", "--format", "concise"]);
        assert_eq!(run.rules(), ["trust-any-principal"; 2], "{}", run.out);
        assert!(run.out.contains("live/.terraform/modules/modules.json:1") && run.out.contains("no list of downloaded"), "{}", run.out);
        assert_eq!(run.status, Some(2));
    }
}
