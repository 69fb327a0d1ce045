variable "role" {
  type = string
}

variable "bucket" {
  type = string
}

resource "aws_iam_role_policy" "this" {
  name = var.bucket
  role = var.role

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "s3:GetObjekt"
      Resource = "arn:aws:s3:::${var.bucket}/*"
    }]
  })
}
