locals {
  accounts = {
    management = "111122223333"
    tooling    = "222233334444"
    prod       = "333344445555"
    dns        = "444455556666"
  }

  ci_role_arn = "arn:aws:iam::${local.accounts.tooling}:role/github-deploy"
}
