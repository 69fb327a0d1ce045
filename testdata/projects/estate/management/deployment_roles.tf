# Each deployment has a role of its own in the account that it deploys to, and an external ID of its own.

locals {
  prod_deployments = {
    website = data.aws_iam_policy_document.deploy_website.json
    orders  = data.aws_iam_policy_document.deploy_orders.json
  }
}

resource "random_uuid" "external_id" {
  for_each = toset(concat(keys(local.prod_deployments), ["dns"]))
}

module "prod_deployment" {
  source    = "../modules/deployment-role"
  for_each  = local.prod_deployments
  providers = { aws = aws.prod }

  name        = each.key
  ci_role_arn = local.ci_role_arn
  external_id = random_uuid.external_id[each.key].result
  policy      = each.value
}

module "dns_deployment" {
  source    = "../modules/deployment-role"
  providers = { aws = aws.dns }

  name           = "dns"
  ci_role_arn    = local.ci_role_arn
  external_id    = random_uuid.external_id["dns"].result
  policy         = data.aws_iam_policy_document.deploy_dns.json
  people         = [aws_ssoadmin_permission_set.dns_deployment.name]
  people_account = local.accounts.management
}
