# Every repository that makes a release puts it here.
data "aws_iam_policy_document" "releases_trust" {
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
      test     = "StringLike"
      variable = "token.actions.githubusercontent.com:sub"
      values   = ["repo:${var.github_organization}/*:ref:refs/heads/main"]
    }
  }
}

resource "aws_iam_role" "releases" {
  name               = "github-releases"
  assume_role_policy = data.aws_iam_policy_document.releases_trust.json
}

resource "aws_iam_role_policy" "releases" {
  name = "put-releases"
  role = aws_iam_role.releases.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "s3:PutObject"
      Resource = "${aws_s3_bucket.artifacts.arn}/releases/*"
    }]
  })
}
