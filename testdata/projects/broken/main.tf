# A block that no parser takes, between two that are well.

resource "aws_iam_role" "before" {
  name               = "before"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { AWS = "*" }, Action = "sts:AssumeRole" }] })
}

resource "aws_iam_role" "unparsable" {
  name = = "unparsable"
}

resource "aws_iam_role" "after" {
  name               = "after"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { AWS = "*" }, Action = "sts:AssumeRole" }] })
}

# Its directory does not exist.
module "nowhere" {
  source = "./nowhere"
}
