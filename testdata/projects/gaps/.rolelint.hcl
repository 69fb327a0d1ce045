vendor "nightvault" { accounts = ["777788889999"] }
