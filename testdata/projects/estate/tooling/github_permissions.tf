# Deployment: on into the deployment roles, by name.
resource "aws_iam_role_policy" "deploy" {
  name = "assume-deployment-roles"
  role = aws_iam_role.github["github-deploy"].name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Action = ["sts:AssumeRole", "sts:TagSession"]
      Resource = [
        "arn:aws:iam::${local.prod_account}:role/website-deployment",
        "arn:aws:iam::${local.prod_account}:role/orders-deployment",
        "arn:aws:iam::${local.dns_account}:role/dns-deployment",
      ]
    }]
  })
}

# Plans read the state and change nothing.
resource "aws_iam_role_policy" "plan" {
  name = "read-state"
  role = aws_iam_role.github["github-plan"].name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["s3:GetObject", "s3:ListBucket"]
      Resource = ["arn:aws:s3:::harbourline-terraform-state", "arn:aws:s3:::harbourline-terraform-state/*"]
    }]
  })
}

# Makes new accounts ready.
resource "aws_iam_role_policy_attachment" "bootstrap" {
  role       = aws_iam_role.github["github-bootstrap"].name
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}
