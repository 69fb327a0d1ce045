# Accounts that are ours. Every other account that a role trusts is a third party.
account "management" { id = "111122223333" }

account "tooling" { id = "222233334444" }

account "prod" { id = "333344445555" }

account "dns" { id = "444455556666" }

# Companies that we let in on purpose.
vendor "cloudledger" { accounts = ["777788889999"] }

vendor "nightvault" { accounts = ["888899990000"] }
