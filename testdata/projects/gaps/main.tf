# A vendor that backs up our buckets. What it may do is decided where this is run.

variable "backup_external_id" {
  type = string
}

variable "backup_actions" {
  type = list(string)
}

data "aws_iam_policy_document" "backup_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::777788889999:root"]
    }

    condition {
      test     = "StringEqualsIfExists"
      variable = "sts:ExternalId"
      values   = [var.backup_external_id]
    }
  }
}

resource "aws_iam_role" "backup" {
  name               = "backup"
  assume_role_policy = data.aws_iam_policy_document.backup_trust.json
}

resource "aws_iam_role_policy" "backup" {
  name = "backup"
  role = aws_iam_role.backup.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = var.backup_actions
      Resource = "arn:aws:s3:::ledger-*/*"
    }]
  })
}
