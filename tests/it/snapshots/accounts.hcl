# Whose accounts are whose, as `rolelint accounts` found it. Declared accounts stand as they are declared; names
# and environments of the others are taken from source.

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

# These are let in, and nothing says whose they are. Uncomment those that are yours; what belongs to somebody
# else is a `vendor` with `accounts`.
# account "account-444444444444" { id = "444444444444" } # role `zone-editor` in dns/main.tf:18

# Of these root modules source does not say to which account they deploy. `directories = ["…"]` in the block of
# an account says it of all that its globs match:
#   live/dev
