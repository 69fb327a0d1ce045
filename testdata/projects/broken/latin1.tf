# Latin-1, not UTF-8: Rôle déployé
resource "aws_iam_role" "latin1" {
  name = "latin1"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { AWS = "*" }, Action = "sts:AssumeRole" }]
  })
}
