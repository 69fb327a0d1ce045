terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

data "aws_iam_policy_document" "trust" {
  statement {
    sid     = "ContinuousDeployment"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "AWS"
      identifiers = [var.ci_role_arn]
    }

    condition {
      test     = "StringEquals"
      variable = "sts:ExternalId"
      values   = [var.external_id]
    }
  }

  # aws-actions/configure-aws-credentials tags the sessions that it chains.
  statement {
    sid     = "SessionTags"
    actions = ["sts:TagSession"]

    principals {
      type        = "AWS"
      identifiers = [var.ci_role_arn]
    }
  }

  dynamic "statement" {
    for_each = length(var.people) > 0 ? [var.people] : []

    content {
      sid     = "PeopleByIdentityCenter"
      actions = ["sts:AssumeRole"]

      principals {
        type        = "AWS"
        identifiers = ["arn:aws:iam::${var.people_account}:root"]
      }

      condition {
        test     = "ArnLike"
        variable = "aws:PrincipalArn"
        values = [
          for name in statement.value :
          "arn:aws:iam::${var.people_account}:role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_${name}_*"
        ]
      }
    }
  }
}

resource "aws_iam_role" "this" {
  name                 = "${var.name}-deployment"
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  max_session_duration = 3600
}

resource "aws_iam_role_policy" "this" {
  name   = "deploy"
  role   = aws_iam_role.this.id
  policy = var.policy
}
