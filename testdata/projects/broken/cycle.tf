# Each needs the other.
locals {
  first  = local.second
  second = local.first
}

resource "aws_iam_role" "cycle" {
  name               = "cycle"
  assume_role_policy = local.first
}
