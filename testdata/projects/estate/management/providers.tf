terraform {
  required_version = ">= 1.6"

  required_providers {
    aws    = { source = "hashicorp/aws" }
    random = { source = "hashicorp/random" }
  }
}

provider "aws" {
  region              = var.region
  allowed_account_ids = [local.accounts.management]
}

provider "aws" {
  alias  = "prod"
  region = var.region

  assume_role {
    role_arn = "arn:aws:iam::${local.accounts.prod}:role/account-setup"
  }
}

provider "aws" {
  alias  = "dns"
  region = var.region

  assume_role {
    role_arn = "arn:aws:iam::${local.accounts.dns}:role/account-setup"
  }
}
