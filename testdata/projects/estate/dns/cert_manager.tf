# cert-manager in the clusters of the prod account proves to Let's Encrypt that a domain is ours by writing a TXT record.

locals {
  clusters = ["shop", "warehouse"]
}

data "aws_iam_policy_document" "cert_manager_trust" {
  for_each = toset(local.clusters)

  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::${var.prod_account}:role/${each.key}-cert-manager"]
    }
  }
}

resource "aws_iam_role" "cert_manager" {
  for_each = toset(local.clusters)

  name               = "${each.key}-cert-manager-dns"
  assume_role_policy = data.aws_iam_policy_document.cert_manager_trust[each.key].json
}

resource "aws_iam_role_policy" "cert_manager_shop" {
  name = "acme-challenges"
  role = aws_iam_role.cert_manager["shop"].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "Challenges"
        Effect   = "Allow"
        Action   = "route53:ChangeResourceRecordSets"
        Resource = aws_route53_zone.public["harbourline.example"].arn
        Condition = {
          "ForAllValues:StringEquals" = {
            "route53:ChangeResourceRecordSetsRecordTypes" = ["TXT"]
          }
          "ForAllValues:StringLike" = {
            "route53:ChangeResourceRecordSetsNormalizedRecordNames" = ["_acme-challenge.*"]
          }
        }
      },
      {
        Sid      = "Look"
        Effect   = "Allow"
        Action   = "route53:ListResourceRecordSets"
        Resource = aws_route53_zone.public["harbourline.example"].arn
      },
      {
        Sid      = "Wait"
        Effect   = "Allow"
        Action   = "route53:GetChange"
        Resource = "arn:aws:route53:::change/*"
      },
    ]
  })
}

resource "aws_iam_role_policy" "cert_manager_warehouse" {
  name = "acme-challenges"
  role = aws_iam_role.cert_manager["warehouse"].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "Challenges"
        Effect   = "Allow"
        Action   = "route53:ChangeResourceRecordSets"
        Resource = aws_route53_zone.public["hbl.example"].arn
        Condition = {
          "ForAllValues:StringEquals" = {
            "route53:ChangeResourceRecordSetsRecordTypes" = ["TXT"]
          }
          "ForAllValues:StringLike" = {
            "route53:ChangeResourceRecordSetsRecordNames" = ["_acme-challenge.*"]
          }
        }
      },
      {
        Sid      = "Wait"
        Effect   = "Allow"
        Action   = "route53:GetChange"
        Resource = "arn:aws:route53:::change/*"
      },
    ]
  })
}
