# Accounts found by `rolelint accounts`. Declared accounts are unchanged; names and environments of the others
# come from source.

# The only organization that conditions name (dns/main.tf:19).
organization { id = "o-a1b2c3d4e5" }

# Provider `aws` allows only account 222222222222 (live/prod/main.tf:2). Called `prod_account_id` in
# dns/main.tf:24.
account "prod" {
  id          = "222222222222"
  environment = "production"
}

# Provider `aws.zones` assumes `arn:aws:iam::111111111111:role/dns` (dns/main.tf:5).
account "zones" { id = "111111111111" }

# A third party: role `audit` asks it for an external ID (live/prod/main.tf:13). Called `Acme audit` in
# live/prod/main.tf:13.
vendor "acme-audit" { accounts = ["333333333333"] }

# These accounts are admitted and their owner is unknown. Uncomment those that are yours; declare others as a
# `vendor` with `accounts`.
# account "account-444444444444" { id = "444444444444" } # role `zone-editor` in dns/main.tf:18

# The account that these root modules deploy to is unknown. Set it with `directories = ["…"]` in an `account`
# block:
#   live/dev
