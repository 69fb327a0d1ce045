# Partners put their price lists here. The external ID is in the contract.
resource "aws_iam_role" "partner_upload" {
  name = "partner-upload"

  assume_role_policy = <<-POLICY
    {
      "Version": "2012-10-17",
      "Statement": [
        {
          "Effect": "Allow",
          "Principal": { "AWS": "*" },
          "Action": "sts:AssumeRole",
          "Condition": {
            "StringEquals": { "sts:ExternalId": "${var.partner_external_id}" }
          }
        }
      ]
    }
  POLICY
}

resource "aws_iam_role_policy" "partner_upload" {
  name = "put-price-lists"
  role = aws_iam_role.partner_upload.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "s3:PutObject"
      Resource = "arn:aws:s3:::harbourline-partners/price-lists/*"
    }]
  })
}

# The inventory job in the tooling account lists what runs here.
resource "aws_iam_role" "inventory" {
  name = "inventory-reader"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "222233334444" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy_attachment" "inventory" {
  role       = aws_iam_role.inventory.name
  policy_arn = "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"
}

# Any account of the organisation may list the services that it can call.
resource "aws_iam_role" "service_directory" {
  name = "service-directory-reader"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = "*"
      Action    = "sts:AssumeRole"
      Condition = {
        StringEquals = { "aws:PrincipalOrgID" = "o-h4rb0ur11n" }
        ArnLike      = { "aws:PrincipalArn" = "arn:aws:iam::*:role/service-*" }
      }
    }]
  })
}

resource "aws_iam_role_policy" "service_directory" {
  name = "discover"
  role = aws_iam_role.service_directory.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["servicediscovery:ListServices", "servicediscovery:DiscoverInstances"]
      Resource = "*"
    }]
  })
}
