# Accounts that are ours. Every other account that a role trusts is a third party.
account "management" { id = "111122223333" }

account "tooling" { id = "222233334444" }

account "prod" {
  id          = "333344445555"
  environment = "production"
}

account "dns" { id = "444455556666" }

organization {
  id = "o-h4rb0ur11n"
}

# Companies that we let in on purpose.
vendor "cloudledger" { accounts = ["777788889999"] }

vendor "nightvault" { accounts = ["888899990000"] }
