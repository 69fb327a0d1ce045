terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

variable "name" {
  type = string
}

variable "service" {
  description = "The AWS service that uses the role, such as ecs-tasks"
  type        = string
}

variable "policies" {
  description = "Inline policies by name, as JSON"
  type        = map(string)
  default     = {}
}

resource "aws_iam_role" "this" {
  name = var.name

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "${var.service}.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "this" {
  for_each = var.policies

  name   = each.key
  role   = aws_iam_role.this.id
  policy = each.value
}

output "arn" {
  value = aws_iam_role.this.arn
}
