terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

variable "github_organization" {
  type = string
}

provider "aws" {
  region              = "eu-central-1"
  allowed_account_ids = ["222233334444"]
}

data "aws_caller_identity" "current" {}

locals {
  prod_account = "333344445555"
  dns_account  = "444455556666"
}
