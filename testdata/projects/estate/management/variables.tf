variable "region" {
  type    = string
  default = "eu-central-1"
}

variable "company" {
  description = "First part of the names of global things, such as buckets"
  type        = string
}

variable "zone_ids" {
  description = "Hosted zones that are managed by deployment, by name"
  type        = map(string)
}
