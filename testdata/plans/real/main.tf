variable "environment" {
  type    = string
  default = "dev"
}

variable "token" {
  type      = string
  sensitive = true
}

data "terraform_remote_state" "platform" {
  backend = "local"
  config  = { path = "${path.module}/platform.tfstate" }
}

locals {
  teams = data.terraform_remote_state.platform.outputs.teams
}

resource "terraform_data" "bucket" {
  input = "bucket-${var.environment}"
}

resource "terraform_data" "team" {
  for_each = toset(local.teams)
  input    = "team/${each.key}"
}

resource "terraform_data" "policy" {
  input = jsonencode({ Action = ["s3:GetObject"], Resource = "${terraform_data.bucket.id}/*", Token = var.token })
}

resource "terraform_data" "nested" {
  input = { id = terraform_data.bucket.id, list = [terraform_data.bucket.id, "known"], stage = var.environment }
}

resource "terraform_data" "only_in_dev" {
  count = local.teams[0] == "ops" ? 0 : 1
  input = "dev"
}

resource "terraform_data" "counted" {
  count = length(local.teams)
  input = upper(local.teams[count.index])
}

module "queue" {
  source   = "./queue"
  for_each = { for team in local.teams : "${team}.\"$${x}" => team }

  team   = each.value
  bucket = terraform_data.bucket.id
}
