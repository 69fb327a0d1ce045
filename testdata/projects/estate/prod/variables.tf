variable "cloudledger_external_id" {
  description = "The value that CloudLedger made for us"
  type        = string
}

variable "nightvault_external_id" {
  description = "The value that NightVault made for us"
  type        = string
}

variable "partner_external_id" {
  type = string
}

variable "order_tables" {
  type    = list(string)
  default = ["orders", "order-events"]
}
