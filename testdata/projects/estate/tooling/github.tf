resource "aws_iam_openid_connect_provider" "github" {
  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
}

locals {
  # Which repository and environment may have which role.
  github_roles = {
    github-deploy    = "repo:${var.github_organization}/infrastructure:environment:production"
    github-plan      = "repo:${var.github_organization}/infrastructure:environment:plan"
    github-bootstrap = "repo:${var.github_organization}/bootstrap:environment:accounts"
  }
}

data "aws_iam_policy_document" "github_trust" {
  for_each = local.github_roles

  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [aws_iam_openid_connect_provider.github.arn]
    }

    condition {
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:aud"
      values   = ["sts.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:sub"
      values   = [each.value]
    }
  }
}

resource "aws_iam_role" "github" {
  for_each = local.github_roles

  name               = each.key
  assume_role_policy = data.aws_iam_policy_document.github_trust[each.key].json
}
