resource "aws_route53_zone" "public" {
  for_each = toset(["harbourline.example", "hbl.example"])

  name = each.value
}
