# Monitoring: Datadog reads metrics.
resource "aws_iam_role" "datadog" {
  name = "datadog-integration"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::464622532012:root" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "datadog" {
  name = "read-metrics"
  role = aws_iam_role.datadog.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["cloudwatch:GetMetricData", "cloudwatch:ListMetrics", "tag:GetResources"]
      Resource = "*"
    }]
  })
}

# Cost reports: CloudLedger reads the bills.
resource "aws_iam_role" "cloudledger" {
  name = "cloudledger-cost-reports"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::777788889999:root" }
      Action    = "sts:AssumeRole"
      Condition = {
        StringEquals = { "sts:ExternalId" = var.cloudledger_external_id }
      }
    }]
  })
}

resource "aws_iam_role_policy" "cloudledger" {
  name = "read-bills"
  role = aws_iam_role.cloudledger.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["ce:GetCostAndUsage", "cur:DescribeReportDefinitions"]
      Resource = "*"
    }]
  })
}

# Backups: NightVault copies the order tables.
data "aws_iam_policy_document" "nightvault_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::888899990000:role/collector"]
    }

    condition {
      test     = "StringEqualsIfExists"
      variable = "sts:ExternalId"
      values   = [var.nightvault_external_id]
    }
  }
}

resource "aws_iam_role" "nightvault" {
  name               = "nightvault-backup"
  assume_role_policy = data.aws_iam_policy_document.nightvault_trust.json
}

resource "aws_iam_role_policy" "nightvault" {
  name = "read-order-tables"
  role = aws_iam_role.nightvault.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["dynamodb:DescribeTable", "dynamodb:Scan"]
      Resource = [for name in var.order_tables : "arn:aws:dynamodb:${local.region}:${local.account}:table/${name}"]
    }]
  })
}
