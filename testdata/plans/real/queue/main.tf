variable "team" {
  type = string
}

variable "bucket" {
  type = string
}

resource "terraform_data" "this" {
  input = "queue of ${var.team} for ${var.bucket}"
}

resource "terraform_data" "name" {
  input = "queue of ${var.team}"
}
