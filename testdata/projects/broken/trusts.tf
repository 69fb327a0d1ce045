# trusts_override.tf lets only one role in.
resource "aws_iam_role" "overridden" {
  name = "overridden"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { AWS = "*" }, Action = "sts:AssumeRole" }]
  })
}
