data "aws_iam_policy_document" "state" {
  statement {
    sid     = "State"
    actions = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]

    resources = ["arn:aws:s3:::${var.company}-terraform-state/deployments/*"]
  }

  statement {
    sid       = "StateList"
    actions   = ["s3:ListBucket"]
    resources = ["arn:aws:s3:::${var.company}-terraform-state"]
  }
}

data "aws_iam_policy_document" "deploy_website" {
  source_policy_documents = [data.aws_iam_policy_document.state.json]

  statement {
    sid       = "Publish"
    actions   = ["s3:PutObject", "s3:DeleteObject"]
    resources = ["arn:aws:s3:::${var.company}-website/*"]
  }

  statement {
    sid       = "Invalidate"
    actions   = ["cloudfront:CreateInvalidation", "cloudfront:GetInvalidation"]
    resources = ["arn:aws:cloudfront::${local.accounts.prod}:distribution/E1HARBOURLINE"]
  }
}

data "aws_iam_policy_document" "deploy_orders" {
  source_policy_documents = [data.aws_iam_policy_document.state.json]

  # Neither of them can be limited to a resource.
  statement {
    sid       = "Look"
    actions   = ["ecs:DescribeTaskDefinition", "ecr:GetAuthorizationToken"]
    resources = ["*"]
  }

  statement {
    sid       = "Register"
    actions   = ["ecs:RegisterTaskDefinition"]
    resources = ["arn:aws:ecs:${var.region}:${local.accounts.prod}:task-definition/orders:*"]
  }

  statement {
    sid       = "Roll"
    actions   = ["ecs:DescribeServices", "ecs:UpdateService"]
    resources = ["*"]
  }

  statement {
    sid       = "PassTaskRole"
    actions   = ["iam:PassRole"]
    resources = ["arn:aws:iam::${local.accounts.prod}:role/orders-task"]

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["ecs-tasks.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "deploy_dns" {
  source_policy_documents = [data.aws_iam_policy_document.state.json]

  statement {
    sid       = "Records"
    actions   = ["route53:ChangeResourceRecordSets", "route53:ListResourceRecordSets"]
    resources = [for id in values(var.zone_ids) : "arn:aws:route53:::hostedzone/${id}"]
  }

  # Neither of them can be limited to a zone.
  statement {
    sid       = "Zones"
    actions   = ["route53:ListHostedZones", "route53:GetChange"]
    resources = ["*"]
  }
}
