provider "aws" {
  allowed_account_ids = ["333344445555"]
}

resource "aws_iam_role" "ledger" {
  name = "ledger"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { AWS = "777788889999" } # CloudLedger
      Condition = { StringEquals = { "sts:ExternalId" = "1f0c6a52-9d6b-4a3e-8c55-0b7f6f2f9a11" } }
    }]
  })
}
