//! A made-up estate: many small root modules that call shared ones, most of them without IAM, as estates are.

use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Writes about `files` files into a temporary directory. The same number gives the same files.
pub fn write(files: usize) -> PathBuf {
    let root = std::env::temp_dir().join(format!("rolelint-bench-{}", std::process::id()));
    shared_modules(&root);
    for index in 0..files / 5 {
        root_module(&root.join(format!("teams/team-{:03}/service-{index:05}", index % 200)), index);
    }
    root
}

fn put(path: &Path, text: &str) {
    if let Some(directory) = path.parent() {
        let _ = std::fs::create_dir_all(directory);
    }
    let _ = std::fs::write(path, text);
}

fn shared_modules(root: &Path) {
    put(
        &root.join("modules/role/main.tf"),
        r#"
variable "name" { type = string }
variable "trusted" { type = list(string) }
variable "statements" {
  type = list(object({ actions = list(string), resources = list(string), sid = optional(string) }))
}
data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "AWS"
      identifiers = var.trusted
    }
    condition {
      test     = "StringEquals"
      variable = "sts:ExternalId"
      values   = ["${var.name}-7d0c1f3a"]
    }
  }
}
data "aws_iam_policy_document" "this" {
  dynamic "statement" {
    for_each = var.statements
    content {
      sid       = statement.value.sid
      actions   = statement.value.actions
      resources = statement.value.resources
    }
  }
}
resource "aws_iam_role" "this" {
  name               = var.name
  assume_role_policy = data.aws_iam_policy_document.trust.json
}
resource "aws_iam_role_policy" "this" {
  role   = aws_iam_role.this.id
  policy = data.aws_iam_policy_document.this.json
}
output "arn" { value = aws_iam_role.this.arn }
"#,
    );
}

fn root_module(directory: &Path, index: usize) {
    put(&directory.join("versions.tf"), "terraform {\n  required_version = \">= 1.5\"\n}\n");
    put(
        &directory.join("variables.tf"),
        "variable \"environment\" {\n  type    = string\n  default = \"prod\"\n}\n\nvariable \"subnets\" {\n  type    = list(string)\n  default = []\n}\n",
    );
    put(&directory.join("main.tf"), &instances(index));
    put(&directory.join("outputs.tf"), "output \"environment\" {\n  value = var.environment\n}\n");
    // Half of the modules hold IAM.
    let iam = if index.is_multiple_of(2) { iam(index) } else { format!("locals {{\n  service = \"service-{index}\"\n}}\n") };
    put(&directory.join("iam.tf"), &iam);
}

fn instances(index: usize) -> String {
    let mut text = String::new();
    for number in 0..8 {
        let _ = write!(
            text,
            "resource \"aws_security_group_rule\" \"ingress_{number}\" {{\n  type              = \"ingress\"\n  description       = \"traffic to service {index} on port {number}\"\n  from_port         = {}\n  to_port           = {}\n  protocol          = \"tcp\"\n  cidr_blocks       = [\"10.{}.0.0/16\"]\n  security_group_id = aws_security_group.this.id\n}}\n\n",
            8000 + number,
            8000 + number,
            index % 255
        );
    }
    text
}

fn iam(index: usize) -> String {
    // Some of the pipelines' trust policies let in one branch, others more.
    let subject = if index.is_multiple_of(4) { "ref:refs/heads/main" } else { "*" };
    format!(
        r#"
locals {{
  bucket = "team-service-{index}-${{var.environment}}"
}}

module "deploy" {{
  source  = "../../../modules/role"
  name    = "deploy-{index}"
  trusted = ["arn:aws:iam::{:012}:role/ci"]
  statements = [
    {{ actions = ["s3:PutObject", "s3:GetObject"], resources = ["arn:aws:s3:::${{local.bucket}}/*"] }},
    {{ actions = ["sqs:SendMessage"], resources = [aws_sqs_queue.this.arn], sid = "Queue" }},
  ]
}}

data "aws_iam_policy_document" "pipeline" {{
  statement {{
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {{
      type        = "Federated"
      identifiers = ["arn:aws:iam::{:012}:oidc-provider/token.actions.githubusercontent.com"]
    }}
    condition {{
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:aud"
      values   = ["sts.amazonaws.com"]
    }}
    condition {{
      test     = "StringLike"
      variable = "token.actions.githubusercontent.com:sub"
      values   = ["repo:acme/service-{index}:{subject}"]
    }}
  }}
}}

resource "aws_iam_role" "pipeline" {{
  name               = "pipeline-{index}"
  assume_role_policy = data.aws_iam_policy_document.pipeline.json
}}

resource "aws_sqs_queue" "this" {{
  name = "service-{index}"
}}

resource "aws_iam_role" "task" {{
  name = "task-{index}"
  assume_role_policy = jsonencode({{
    Version   = "2012-10-17"
    Statement = [{{ Effect = "Allow", Action = "sts:AssumeRole", Principal = {{ Service = "ecs-tasks.amazonaws.com" }} }}]
  }})
}}

resource "aws_iam_role_policy" "task" {{
  role   = aws_iam_role.task.id
  policy = <<-EOT
    {{
      "Version": "2012-10-17",
      "Statement": [
        {{ "Effect": "Allow", "Action": ["dynamodb:GetItem", "dynamodb:Query"], "Resource": "arn:aws:dynamodb:eu-west-1:111111111111:table/orders-{index}" }},
        {{ "Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*", "Condition": {{ "StringEquals": {{ "kms:ViaService": "s3.eu-west-1.amazonaws.com" }} }} }}
      ]
    }}
  EOT
}}
"#,
        100_000_000_000_u64 + index as u64,
        100_000_000_000_u64 + index as u64
    )
}
