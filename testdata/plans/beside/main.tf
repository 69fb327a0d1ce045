variable "monitoring_account" {
  type = string
}

variable "readers" {
  type = set(string)
}

data "aws_caller_identity" "current" {}

# Reads what another team has written.
data "aws_ssm_parameter" "action" {
  name = "/deploy/action"
}

data "aws_iam_policy_document" "monitoring" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::${var.monitoring_account}:root"]
    }
  }
}

resource "aws_iam_role" "monitoring" {
  name               = "monitoring"
  assume_role_policy = data.aws_iam_policy_document.monitoring.json
}

resource "aws_iam_role" "app" {
  name_prefix = "app-"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.current.account_id}:root" }
    }]
  })
}

resource "aws_iam_role_policy" "deploy" {
  name = "deploy"
  role = aws_iam_role.app.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["s3:PutObject", data.aws_ssm_parameter.action.value]
      Resource = "${aws_s3_bucket.releases.arn}/*"
    }]
  })
}

resource "aws_s3_bucket" "releases" {
  bucket_prefix = "releases-"
}

module "reader" {
  source   = "./reader"
  for_each = var.readers

  role   = aws_iam_role.app.name
  bucket = each.key
}

module "everything" {
  source  = "example.com/team/everything/aws"
  version = "1.2.0"
}

resource "aws_iam_role_policy_attachment" "everything" {
  role       = aws_iam_role.app.name
  policy_arn = module.everything.policy_arn
}
