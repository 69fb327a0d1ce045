variable "name" {
  description = "What is deployed; the role is called <name>-deployment"
  type        = string
}

variable "ci_role_arn" {
  description = "The one role that deploys from CI"
  type        = string
}

variable "external_id" {
  description = "A value of its own for each deployment role"
  type        = string
}

variable "policy" {
  description = "What a deployment may do, as JSON"
  type        = string
}

variable "people" {
  description = "Permission sets whose holders may deploy by hand"
  type        = list(string)
  default     = []
}

variable "people_account" {
  description = "The account that people sign in to"
  type        = string
  default     = null
}
